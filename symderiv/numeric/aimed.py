"""Points at and beside the places where expressions branch, where chance seldom leads: relu(1 - 10**8 (a - b - 7)**2).

A sum that stands in what a function with pieces branches on is brought to 0 by moving one entry of one tensor, by secants
from points that are there already: so a claim is tried at a = b + 7 and on both sides of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sympy import Abs, Add, Expr, Function, Max, Min, Piecewise
from sympy.core.relational import Relational

from ..arrays.arrays import Apply, Tensor
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index
from ..errors import SymderivError
from ..functions import BY_CLASS
from ..late import np
from .dual import Numbers
from .points import Rows, parts, satisfied, values_at

PLACES, TENSORS, FROM, STEPS = 6, 2, 8, 40
BESIDE = (0.0, 1e-3, -1e-3, 1e-6, -1e-6)


def places(exprs: Iterable[Any]) -> tuple[Expr, ...]:
    """The sums in what is branched on, of which one may be 0 where nobody looks."""
    found: dict[Expr, None] = {}
    for operand in _branched_on(exprs):
        for node in parts((operand,)):
            if (isinstance(node, Add) or RECORDS.add.of(node)) and not node.has(Index) and any(
                    isinstance(s, Tensor) for s in node.free_symbols):
                found[node] = None
    return tuple(islice(found, PLACES))


def _branched_on(exprs: Iterable[Any]) -> Iterator[Any]:
    for node in parts(exprs):
        if isinstance(node, Apply):
            if node.op.pieces:
                yield from node.args
            elif RECORDS.where.of(node):
                yield node.args[0] - node.args[1]
        elif isinstance(node, Max | Min):
            yield from (Add(a, -node.args[0]) for a in node.args[1:])
        elif isinstance(node, Piecewise):
            yield from (Add(c.lhs, -c.rhs) for c in parts([c for _, c in node.args]) if isinstance(c, Relational))
        elif isinstance(node, Function | Abs):
            record = BY_CLASS.get(type(node).__name__)
            yield from node.args if record is not None and record.pieces else ()


def aimed(rows: Rows, at: Iterable[Expr], assuming: tuple[Any, ...]) -> list[Rows]:
    """Points of one choice of sizes at which a sum is 0, and beside them, reached from some that are there."""
    start = rows.only([k * rows.count // FROM for k in range(FROM)] if rows.count > FROM else range(rows.count))
    found = []
    for place in at:
        free = {s.name: s for s in place.free_symbols if isinstance(s, Tensor)}
        names = [name for name, tensor in sorted(free.items()) if not tensor.properties and name in rows.tensors]
        for group in (g for name in names[:TENSORS] for g in _zeros(place, name, start)):
            good = np.flatnonzero(satisfied(assuming, group)).tolist()
            found += [group.only(good)] if good else []
    return found


def _zeros(place: Expr, name: str, rows: Rows) -> Iterator[Rows]:
    """Points with one entry of a tensor moved to where a sum is 0, and a little further, both ways."""
    centre = rows.tensors[name]
    direction = np.zeros(centre.shape)
    direction.reshape(rows.count, -1)[:, 0] = 1.0

    def moved(by: Numbers) -> Rows:
        return replace(rows, tensors={**rows.tensors, name: centre + by.reshape(-1, *[1] * (centre.ndim - 1)) * direction})

    def values(by: Numbers) -> Numbers:
        return values_at(place, moved(by)).reshape(rows.count, -1)

    every = np.arange(rows.count)
    try:
        with np.errstate(all="ignore"):
            old, new = np.zeros(rows.count), np.ones(rows.count)
            one, other = values(old), values(new)
            apart = np.abs(other - one)
            entry = np.argmax(np.where(np.isnan(apart), 0.0, apart), axis=1)
            below, above = one[every, entry], other[every, entry]
            for _ in range(STEPS):
                step = np.where(above == below, 0.0, above * (new - old) / (above - below))
                if not np.isfinite(step).all() or not step.any():
                    break
                old, new, below = new, new - step, above
                above = values(new)[every, entry]
    except SymderivError:
        return
    if np.isfinite(new).all():
        scale = 1 + np.abs(new)
        yield from (moved(new + by * scale) for by in BESIDE)
