"""Expressions as rows, so that a deep one is pickled without deep recursion and a shared part once."""

from __future__ import annotations

from typing import Any

from sympy import Basic
from sympy import Sum as SympySum

from .symbols import PlainSum
from .walks import bottom_up

Row = tuple[Any, ...]
"""What makes a part again, what it is given first, and the places of its operands among the rows."""


def rows_of(expr: Basic) -> tuple[Row, ...]:
    """The parts of an expression, each behind those that it is built from."""
    places: dict[Basic, int] = {}
    rows: list[Row] = []
    for node in bottom_up(expr):
        places[node] = len(rows)
        made, *given = _made_by(node)
        rows.append((made, tuple(given), tuple(places[arg] for arg in node.args)))
    return tuple(rows)


def _made_by(node: Any) -> tuple[Any, ...]:
    """What makes a node again from its operands, and what it is given before them; a leaf is itself."""
    if isinstance(node, SympySum):  # without its constructor, which walks all that is below
        return (PlainSum,)
    if hasattr(node, "_made_by"):
        return tuple(node._made_by())
    return (type(node) if node.args else node,)


def from_rows(rows: tuple[Row, ...]) -> Any:
    """The expression of these rows."""
    built: list[Any] = []
    for made, given, places in rows:
        built.append(made if isinstance(made, Basic) else made(*given, *(built[place] for place in places)))
    return built[-1]
