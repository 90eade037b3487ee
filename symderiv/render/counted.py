"""What counting found, for documents and pages: tables of layers, and the steps behind a row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from html import escape
from itertools import repeat
from pathlib import Path
from typing import Any

from sympy import Expr

from ..counting.explain import Explanation
from ..counting.layer_plan import Layer
from ..counting.networks import Parallel, Residual, Sequential
from ..counting.rows import Row
from ..counting.size_text import latex, shape_latex, shape_text
from ..counting.table import NUMBERS, Table, cells, ordered, shortened, shown_columns
from ..counting.working import table_working
from .escape import latex_literal, latex_text
from .files import write_text
from .graph import Edge, Graph, Vertex
from .html import page, prose
from .mathml import mathml
from .sections import Fold, Section
from .spoken import words_latex

ROWS_A_PAGE = 40
NAMED = 4
EXPLAINED = 60
"""A page holds the steps behind its rows where there are no more than so many."""


def table_latex(table: Table) -> str:
    """One tabular, or several where there are more rows than a page holds; below it what counts, and for which sizes."""
    short, names = shortened(table)
    body = cells(short, lambda n: f"${latex(n)}$", lambda s: f"${shape_latex(s)}$", "--")
    headings = _headings(table)[1:]
    align = "".join("r" if name in NUMBERS else "l" for name in shown_columns(table)[1:])
    lines = [" & ".join((rf"\texttt{{{latex_literal(row[1])}}}" if row[0] else row[1], *row[2:])) + r" \\" for row in body]
    parts = [lines[n:n + ROWS_A_PAGE] for n in range(0, len(lines) - 1, ROWS_A_PAGE)] or [[]]
    parts[-1] = [*(line for line in parts[-1] if line != lines[-1]), r"\hline\rule{0pt}{2.6ex}" + lines[-1]]
    head = " & ".join(headings) + r" \\ \hline\rule{0pt}{2.6ex}%"
    found = [rf"\begin{{tabular}}{{{align}}}" + "\n" + "\n".join([head, *part]) + "\n" + r"\end{tabular}" for part in parts]
    return "\n\n".join(filter(None, [*found, latex_text(_remarks(table, names))]))


def working_latex(table: Table) -> str:
    """The arithmetic behind the rows, as a LaTeX list: a row an item."""
    items = [] if not table.worked else [rf"\item {_layers(layers)}: " + "; ".join(steps) + "."
             for steps, layers in table_working(table).items()]
    return "\n".join([r"\begin{itemize}", *items, r"\end{itemize}"]) if items else ""


def _layers(layers: list[str]) -> str:
    """The layers that one line is about: all of a few, or the first and how many more."""
    named = layers if len(layers) <= NAMED else layers[:1]
    told = ", ".join(rf"\texttt{{{latex_literal(layer)}}}" for layer in named)
    return told if named == layers else f"{told} and {len(layers) - 1} more"


def _remarks(table: Table, names: dict[Any, Expr]) -> str:
    """What counts, what names of sizes stand for, and for which sizes a table holds: text with mathematics."""
    told = ", ".join(f"${latex(name)} = {latex(size)}$" for name, size in names.items())
    held = ", ".join(f"${latex(c.lhs)} \\ge {latex(c.rhs)}$" for c in table.requires)
    said = "" if _usual(table) else table.counted[0].upper() + table.counted[1:] + "."
    return " ".join(filter(None, (said, f"Here {told}." if told else "", f"This holds for {held}." if held else "")))


def _usual(table: Table) -> bool:
    """Whether operations are multiply-adds of one example and nothing else, which the heading says."""
    return table.operations == "mac" and not table.also and table.examples == 1


def _headings(table: Table) -> tuple[str, ...]:
    return tuple("multiply-adds" if name == "operations" and _usual(table) else name for name in shown_columns(table))


def table_fragment(table: Table) -> str:
    """An HTML table; expressions in the sizes as MathML."""
    short, names = shortened(table)
    body = cells(short, _html_size, _html_shape, "–")
    names_of_columns = shown_columns(table)
    rows = ["<tr>" + "".join(map(_cell, repeat("th"), names_of_columns, _headings(table))) + "</tr>"]
    for row in body:
        shown = (row[0], f"<code>{escape(row[1])}</code>" if row[0] else row[1], *row[2:])
        rows.append("<tr>" + "".join(map(_cell, repeat("td" if row[0] else "th"), names_of_columns, shown)) + "</tr>")
    return (f'<div class="wide"><table style="font-size: .9rem"><thead>{rows[0]}</thead><tbody>{"".join(rows[1:-1])}</tbody>'
            f"<tfoot>{rows[-1]}</tfoot></table></div>{prose(_remarks(table, names))}")


def _cell(tag: str, column: str, content: str) -> str:
    style = "" if column == "layer" or tag == "th" else "white-space: nowrap"
    style = style + ("; " if style else "") + "text-align: right" if column in NUMBERS else style
    style = f' style="{style}"' if style else ""
    return f"<{tag}{style}>{content}</{tag}>"


def _html_size(size: Any) -> str:
    return f"{size:,}" if isinstance(size, int) else mathml(latex(size))


def _html_shape(shape: Iterable[Any]) -> str:
    sizes = tuple(shape)
    return shape_text(sizes) if all(isinstance(n, int) for n in sizes) else mathml(shape_latex(sizes))


def table_page(table: Table, path: str | os.PathLike[str], title: str) -> Path:
    """Write a self-contained page: the table, and the steps behind each row, folded.  Raises OutputError."""
    steps = () if len(table) > EXPLAINED else tuple(
        Fold(f"{row.place}  {row.layer}", table.explain(row).latex(), printed=False) for row in table.rows)
    sections = (Section(title="Layers", html=table_fragment(table), copy=table.latex()),
                *((Section(title="Steps", folds=steps),) if steps else ()))
    name = title or table.network.name or f"{type(table.network).__name__} on {shape_text(table.input)}"
    return write_text(path, page(name, sections))


def explanation_latex(explained: Explanation) -> str:
    """The steps as a LaTeX list."""
    items, axis = [], ""
    several = len({step.reason.rpartition(": ")[0] for _, steps in explained.parts for step in steps} - {""}) > 1
    for name, steps in explained.parts:
        for number, step in enumerate(steps):
            head = "" if number or len(explained.parts) == 1 else rf"\textbf{{{latex_text(name.capitalize())}.}} "
            before, _, reason = step.reason.rpartition(": ")
            said, axis = (f"{before}: " if before and before != axis and several else ""), before
            formula = f": ${step.latex}$" if step.latex else ""
            items.append(rf"\item {head}{words_latex(said + reason)}{formula}")
    return "\n".join([r"\begin{itemize}", *items, r"\end{itemize}"])


# ------------------------------------------------------------------ the graph of an architecture: a box for each layer

INPUT, OUTPUT = "input", "output"


def network_graph(table: Table) -> Graph:
    """What reads what in the network of a table, with the shapes."""
    given = {name: shape_latex(ordered(table, shape)) for name, shape in ((INPUT, table.input), (OUTPUT, table.output))}
    made = _Walk(table, iter(table.rows), {INPUT: given[INPUT]}, [], [])
    ends = made.through(table.network, [INPUT])
    start, end = (Vertex(name, rf"\text{{{name}}}", rf"\text{{{name}}}", size, given=True) for name, size in given.items())
    made.edges += [Edge(source, OUTPUT, made.sizes[source]) for source in ends]
    title = table.network.name or type(table.network).__name__
    return Graph(f"Graph of {title}", (start, *made.vertices, end), tuple(made.edges))


class _Walk:
    """A way through a network in the order of the rows of its table."""

    def __init__(self, table: Table, rows: Iterator[Row], sizes: dict[str, str], vertices: list[Vertex], edges: list[Edge]
                 ) -> None:
        self.table, self.rows, self.sizes, self.vertices, self.edges = table, rows, sizes, vertices, edges

    def through(self, layer: Layer, sources: list[str]) -> list[str]:
        """What comes out of a layer that reads these: itself, or the layers at its end."""
        if isinstance(layer, Sequential):
            for inner in layer.layers:
                sources = self.through(inner, sources)
            return sources
        if isinstance(layer, Parallel):
            return self.next([end for branch in layer.layers for end in self.through(branch, sources)])
        if isinstance(layer, Residual):
            body = self.through(Sequential(*layer.layers), sources)
            return self.next([*body, *self.through(layer.shortcut, sources)])
        return self.next(sources)

    def next(self, sources: list[str]) -> list[str]:
        """The box of the next row, with an edge from everything that it reads."""
        row = next(self.rows)
        key = f"r{len(self.vertices)}"
        label = rf"\text{{{latex_literal(row.layer)}}}"
        self.sizes[key] = shape_latex(ordered(self.table, row.output))
        self.vertices.append(Vertex(key, label, label, self.sizes[key], given=False))
        self.edges += [Edge(source, key, self.sizes[source]) for source in sources]
        return [key]
