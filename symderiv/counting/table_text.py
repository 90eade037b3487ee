"""A table written down, cell by cell, and for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import Expr, floor

from ..arrays.named_sizes import Size
from .rows import LayerRows, Row, replaced
from .size_text import shape_text, text

HEADINGS = ("", "layer", "input", "kernel", "output", "parameters", "operations", "receptive field")
NUMBERS = ("parameters", "operations")
"""Columns of numbers, flush right."""


def shown_columns(table: LayerRows) -> tuple[str, ...]:
    """The headings of the columns that are shown; no receptive field where every layer sees everything."""
    if table.columns:
        return ("", *(name for name in HEADINGS if name in table.columns))
    return HEADINGS[:len(HEADINGS) - all(row.sees_all for row in table.rows)]


def cells(table: LayerRows, size: Callable[[Any], str], shape: Callable[[Iterable[Any]], str], blank: str
          ) -> list[tuple[str, ...]]:
    """The rows, and the totals as the last one, as texts; the place and the layer stand in them as they are."""
    def sizes(given: Iterable[Any]) -> str:
        first, *rest = given
        return shape((*rest, first) if table.channels_last else (first, *rest))

    found = []
    for row in table.rows:
        kernel = row.kernel if row.kernel is None or not table.channels_last else (*row.kernel, *_depth(row))
        found.append((row.place, row.layer, sizes(row.input), blank if kernel is None else shape(kernel), sizes(row.output),
                      size(row.params), size(row.flops), blank if row.sees_all else shape(row.receptive_field)))
    seen = blank if table.rows and table.rows[-1].sees_all else shape(table.receptive_field)
    # Sizes do not add up: without numbers the last row is the network as a whole.
    name = "total" if set(NUMBERS) & set(shown_columns(table)) else "whole"
    found.append(("", name, sizes(table.input), "", sizes(table.output), size(table.params), size(table.flops), seen))
    kept = [HEADINGS.index(name) for name in shown_columns(table)]
    return [tuple(row[n] for n in kept) for row in found]


def _depth(row: Row) -> tuple[Any, ...]:
    """How many channels a kernel reads; nothing where it has no weights."""
    return row.plan.weights[0].shape[1:2] if row.plan.weights else ()


def shortened(table: LayerRows) -> tuple[LayerRows, dict[Any, Expr]]:
    """The table with a name for every size that holds a floor, and what the names stand for."""
    sizes = dict.fromkeys(n for row in table.rows for n in (*row.input, *row.output) if isinstance(n, Expr))
    taken = {str(s) for n in sizes for s in n.free_symbols}
    names: dict[Any, Any] = {}
    for size in sizes:
        if size.xreplace(names).has(floor):
            own = sorted(map(str, size.free_symbols))
            stem = own[0] if len(own) == 1 else "n"
            name = next(f"{stem}_{k}" for k in range(1, len(sizes) + len(taken) + 2) if f"{stem}_{k}" not in taken)
            taken.add(name)
            names[size] = Size(name)
    return replaced(table, names), {name: size for size, name in names.items()}


def as_text(table: LayerRows) -> str:
    """Columns side by side, and below them what counts, what names stand for, and for which sizes it holds."""
    short, names = shortened(table)
    told = ", ".join(f"{name} = {text(size)}" for name, size in names.items())
    held = ", ".join(f"{text(c.lhs)} ≥ {text(c.rhs)}" for c in table.requires)
    below = [table.counted, *([f"where {told}"] if told else []), *([f"for {held}"] if held else [])]
    body = cells(short, text, shape_text, "–")
    rows = [shown_columns(table), *body]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) if rows[0][n] in NUMBERS else cell.ljust(width)
                       for n, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]
    rule = "─" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *below])
