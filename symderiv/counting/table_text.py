"""A table written down: for a terminal, for a document, for a page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sympy import Expr, Symbol, floor

from .size_text import latex, shape_latex, shape_text, text

if TYPE_CHECKING:
    from .table import Table

HEADINGS = ("", "layer", "input", "kernel", "output", "parameters", "operations", "receptive field")
NUMBERS = (5, 6)
"""Columns of numbers, flush right."""
ROWS_A_PAGE = 40
EXPLAINED = 60
"""A page holds the steps behind its rows where there are no more than so many."""


def cells(table: Table, size: Callable[[Any], str], shape: Callable[[Iterable[Any]], str], blank: str
          ) -> list[tuple[str, ...]]:
    """The rows, and the totals as the last one, as texts; the place and the layer stand in them as they are.

    The receptive field is left out where every layer sees everything.
    """
    found = []
    for row in table.rows:
        found.append((row.place, row.layer, shape(row.input), blank if row.kernel is None else shape(row.kernel),
                      shape(row.output), size(row.params), size(row.flops),
                      blank if row.sees_all else shape(row.receptive_field)))
    seen = blank if table.rows and table.rows[-1].sees_all else shape(table.receptive_field)
    found.append(("", "total", shape(table.input), "", shape(table.output), size(table.params), size(table.flops), seen))
    width = len(HEADINGS) - all(row.sees_all for row in table.rows)
    return [row[:width] for row in found]


def shortened(table: Table) -> tuple[Table, dict[Any, Expr]]:
    """The table with a name for every size that holds a floor, and what the names stand for."""
    from .table import replaced

    sizes = dict.fromkeys(n for row in table.rows for n in (*row.input, *row.output) if isinstance(n, Expr))
    taken = {str(s) for n in sizes for s in n.free_symbols}
    names: dict[Any, Any] = {}
    for size in sizes:
        if size.xreplace(names).has(floor):
            own = sorted(map(str, size.free_symbols))
            stem = own[0] if len(own) == 1 else "n"
            name = next(f"{stem}_{k}" for k in range(1, len(sizes) + len(taken) + 2) if f"{stem}_{k}" not in taken)
            taken.add(name)
            names[size] = Symbol(name, positive=True, integer=True)
    return replaced(table, names), {name: size for size, name in names.items()}


def as_text(table: Table) -> str:
    """Columns side by side, and below them what counts, what names stand for, and for which sizes it holds."""
    short, names = shortened(table)
    told = ", ".join(f"{name} = {text(size)}" for name, size in names.items())
    held = ", ".join(f"{text(c.lhs)} ≥ {text(c.rhs)}" for c in table.requires)
    below = [table.counted, *([f"where {told}"] if told else []), *([f"for {held}"] if held else [])]
    body = cells(short, text, shape_text, "–")
    rows = [HEADINGS[:len(body[0])], *body]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) if n in NUMBERS else cell.ljust(width)
                       for n, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]
    rule = "─" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *below])


def as_latex(table: Table) -> str:
    """One tabular, or several where there are more rows than a page holds; below it what counts, and for which sizes."""
    from ..render.escape import latex_literal, latex_text

    short, names = shortened(table)
    body = cells(short, lambda n: f"${latex(n)}$", lambda s: f"${shape_latex(s)}$", "--")
    headings = HEADINGS[1:len(body[0])]
    align = "l" + "".join("r" if n in NUMBERS else "l" for n in range(2, len(headings) + 1))
    lines = [" & ".join((rf"\texttt{{{latex_literal(row[1])}}}" if row[0] else row[1], *row[2:])) + r" \\" for row in body]
    parts = [lines[n:n + ROWS_A_PAGE] for n in range(0, len(lines) - 1, ROWS_A_PAGE)] or [[]]
    parts[-1] = [*(line for line in parts[-1] if line != lines[-1]), r"\hline\rule{0pt}{2.6ex}" + lines[-1]]
    head = " & ".join(headings) + r" \\ \hline\rule{0pt}{2.6ex}%"
    found = [rf"\begin{{tabular}}{{{align}}}" + "\n" + "\n".join([head, *part]) + "\n" + r"\end{tabular}" for part in parts]
    return "\n\n".join([*found, latex_text(_remarks(table, names))])


def _remarks(table: Table, names: dict[Any, Expr]) -> str:
    """What counts, what names of sizes stand for, and for which sizes a table holds: text with mathematics."""
    told = ", ".join(f"${latex(name)} = {latex(size)}$" for name, size in names.items())
    held = ", ".join(f"${latex(c.lhs)} \\ge {latex(c.rhs)}$" for c in table.requires)
    said = table.counted[0].upper() + table.counted[1:] + "."
    return said + (f" Here {told}." if told else "") + (f" This holds for {held}." if held else "")


def as_html(table: Table) -> str:
    """An HTML table; expressions in the sizes as MathML."""
    from ..render.html import prose

    short, names = shortened(table)
    body = cells(short, _html_size, _html_shape, "–")
    headings = HEADINGS[:len(body[0])]
    rows = ["<tr>" + "".join(_cell("th", n, name) for n, name in enumerate(headings)) + "</tr>"]
    for row in body:
        shown = (row[0], f"<code>{escape(row[1])}</code>" if row[0] else row[1], *row[2:])
        rows.append("<tr>" + "".join(_cell("td" if row[0] else "th", n, cell) for n, cell in enumerate(shown)) + "</tr>")
    return (f'<div class="wide"><table style="font-size: .9rem"><thead>{rows[0]}</thead><tbody>{"".join(rows[1:-1])}</tbody>'
            f"<tfoot>{rows[-1]}</tfoot></table></div>{prose(_remarks(table, names))}")


def _cell(tag: str, column: int, content: str) -> str:
    style = "" if column == 1 or tag == "th" else "white-space: nowrap"
    style = style + ("; " if style else "") + "text-align: right" if column in NUMBERS else style
    style = f' style="{style}"' if style else ""
    return f"<{tag}{style}>{content}</{tag}>"


def _html_size(size: Any) -> str:
    from ..render.mathml import mathml

    return f"{size:,}" if isinstance(size, int) else mathml(latex(size))


def _html_shape(shape: Iterable[Any]) -> str:
    from ..render.mathml import mathml

    sizes = tuple(shape)
    return shape_text(sizes) if all(isinstance(n, int) for n in sizes) else mathml(shape_latex(sizes))


def write_page(table: Table, path: str | os.PathLike[str], title: str) -> Path:
    """Write a self-contained page: the table, and the steps behind each row, folded.  Raises OutputError."""
    from ..render.files import write_text
    from ..render.html import page
    from ..render.sections import Fold, Section

    steps = () if len(table) > EXPLAINED else tuple(
        Fold(f"{row.place}  {row.layer}", table.explain(row).latex(), printed=False) for row in table.rows)
    sections = (Section(title="Layers", html=as_html(table), copy=table.latex()),
                *((Section(title="Steps", folds=steps),) if steps else ()))
    name = title or table.network.name or f"{type(table.network).__name__} on {shape_text(table.input)}"
    return write_text(path, page(name, sections))


__all__ = ["as_html", "as_latex", "as_text", "write_page"]
