"""Expressions as rows, so that a deep one is pickled without deep recursion and a shared part once."""

from __future__ import annotations

from typing import Any

from sympy import Basic
from sympy import Sum as SympySum

from .arrays import Apply, Named, bottom_up
from .operator import operator
from .symbols import plain_sum

Row = tuple[Any, ...]


def rows_of(expr: Basic) -> tuple[Row, ...]:
    """The parts of an expression, each behind those that it is built from."""
    places: dict[Basic, int] = {}
    rows: list[Row] = []
    for node in bottom_up(expr):
        places[node] = len(rows)
        rows.append(_row(node, tuple(places[arg] for arg in node.args)))
    return tuple(rows)


def _row(node: Basic, places: tuple[int, ...]) -> Row:
    if isinstance(node, Apply):
        return "apply", node.op.name, node.params, places
    if isinstance(node, Named):
        return "named", node.name, node.letters, places
    return ("leaf", node) if not places else ("other", type(node), places)


def from_rows(rows: tuple[Row, ...]) -> Any:
    """The expression of these rows."""
    built: list[Any] = []
    for kind, *given in rows:
        if kind == "leaf":
            built.append(given[0])
            continue
        args = tuple(built[place] for place in given[-1])
        if kind == "apply":
            built.append(Apply(operator(given[0]), args, given[1]))
        elif kind == "named":
            built.append(Named(given[0], given[1], *args))
        elif given[0] is SympySum:  # without its constructor, which walks all that is below
            built.append(plain_sum(args[0], list(args[1:])))
        else:
            built.append(given[0](*args))
    return built[-1]


__all__ = ["from_rows", "rows_of"]
