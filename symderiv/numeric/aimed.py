"""Points at and beside the places where expressions branch, where chance seldom leads: relu(1 - 10**8 (a - b - 7)**2).

A sum that stands in what a function with pieces branches on is brought to 0 by moving one entry of one tensor of points
that are there already to between two numbers where it changes its sign: so a claim is tried at a = b + 7 and on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sympy import Abs, Add, Expr, Function, Integer, Max, Min, Piecewise
from sympy.core.relational import Relational

from ..arrays.arrays import Apply, Tensor
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index
from ..errors import SymderivError
from ..functions import BY_CLASS
from ..late import np
from .dual import Numbers
from .points import Rows, joined, parts, satisfied, values_at

PLACES, TENSORS, FROM, ZEROS, STEPS = 6, 2, 4, 10, 80
# Numbers of both signs between which a change of sign is looked for, and how near to each other they are one.
_UPWARDS = (*(10.0**k for k in range(-9, -2)), *(1e-2 * 1.6**k for k in range(40)), *(10.0**k for k in range(7, 14)))
GRID = (*(-g for g in reversed(_UPWARDS)), 0.0, *_UPWARDS)
CLOSE, NEARLY = 4e-16, 1e-11
# Properties that an array may keep when its first entry is moved, and at which points it does.
KEPT: dict[str, Callable[[Numbers], Numbers]] = {
    **dict.fromkeys(("symmetric", "diagonal", "invertible"), lambda v: np.ones(len(v), dtype=bool)),
    "positive": lambda v: v.reshape(len(v), -1).min(axis=1) > 0,
    "positive_definite": lambda v: np.linalg.eigh(v)[0].min(axis=-1) > 0}
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
    """Points of one choice of sizes at which a sum is 0, and beside them, reached from some that are there; and such at
    which the sums before it are 0 as well, each by a tensor of its own."""
    start = rows.only([k * rows.count // FROM for k in range(FROM)] if rows.count > FROM else range(rows.count))
    found: list[Rows] = []
    together, read = start, set[str]()
    # Those of few tensors first: what a later one is reached by stands in none before it.
    for place in sorted(at, key=lambda place: sum(isinstance(s, Tensor) for s in place.free_symbols)):
        free = {s.name: s for s in place.free_symbols if isinstance(s, Tensor)}
        names = [name for name, tensor in sorted(free.items()) if tensor.properties <= KEPT.keys() and name in rows.tensors]
        for name in names[:TENSORS]:
            found += _kept(free[name], _zeros(place, name, start), assuming)
        apart = next((name for name in names if name not in read), None)
        both = _kept(free[apart], _zeros(place, apart, together), assuming) if apart is not None else []
        if both:
            found += both if read else []
            together = joined([group.only(sorted({group.count // 2, group.count - 1})) for group in both])
            read |= free.keys()
    return found


def _kept(tensor: Tensor, groups: Iterable[Rows], assuming: tuple[Any, ...]) -> list[Rows]:
    """Those of the points at which a tensor that was moved has its properties, and all holds that is assumed."""
    found = []
    for group in groups:
        held = [KEPT[p](group.tensors[tensor.name]) for p in sorted(tensor.properties)]
        good = np.flatnonzero(np.all([satisfied(assuming, group), *held], axis=0)).tolist()
        found += [group.only(good)] if good else []
    return found


def exactly(nodes: tuple[Expr, Expr], rows: Rows, at: Iterable[Expr], assuming: tuple[Any, ...],
            ) -> Iterator[tuple[tuple[Expr, Expr], Rows]]:
    """Both sides with 0 for a sum that is 0 beside points but at none that floats have, as log(p) - 6 at p = e^6."""
    strict = tuple(c.lhs - c.rhs for c in assuming if c.rel_op in ("!=", "<", ">"))
    near: dict[int, list[Expr]] = {}
    for place in (p for p in at if not getattr(p, "shape", ())):
        for row in np.flatnonzero(_nearly(place, rows)).tolist():
            near.setdefault(row, []).append(place)
    chosen: dict[tuple[Expr, ...], list[int]] = {}
    for row, found in near.items():
        chosen.setdefault(tuple(found), []).append(row)
    for vanishing, group in chosen.items():
        some = rows.only(group)
        apart = [k for k in range(some.count) if not any(_nearly(end, some)[k] for end in strict)]
        if apart:
            zero = dict.fromkeys(vanishing, Integer(0))
            yield (nodes[0].xreplace(zero), nodes[1].xreplace(zero)), some.only(apart)


def _nearly(place: Expr, rows: Rows) -> Numbers:
    """At which points a number is 0, but for rounding."""
    try:
        with np.errstate(all="ignore"):
            value = np.abs(values_at(place, rows).reshape(rows.count, -1))
    except SymderivError:
        return np.zeros(rows.count, dtype=bool)
    return np.asarray((value <= NEARLY).any(axis=1))


def _zeros(place: Expr, name: str, rows: Rows) -> Iterator[Rows]:
    """Points with one entry of a tensor at a place where a sum changes its sign, and a little further, both ways."""
    def values(some: Rows, at: Numbers) -> Numbers:
        return values_at(place, _moved(some, name, at)).reshape(some.count, -1)

    try:
        with np.errstate(all="ignore"):
            grid = np.array(GRID)
            every_row = rows.only(np.repeat(np.arange(rows.count), len(grid)).tolist())
            known = values(every_row, np.concatenate([grid] * rows.count))
            known = known.reshape(rows.count, len(grid), -1)
            signs = np.sign(known)
            finite = np.isfinite(known)
            changes = np.stack(np.nonzero((signs[:, :-1] != signs[:, 1:]) & finite[:, :-1] & finite[:, 1:]), -1)
            row, left, entry = changes[[k * len(changes) // ZEROS for k in range(min(ZEROS, len(changes)))]].T
            if not len(row):
                return
            group, every = rows.only(row.tolist()), np.arange(len(row))
            low, high = grid[left], grid[left + 1]
            below, above = known[row, left, entry], known[row, left + 1, entry]
            for step in range(STEPS):
                # Halves and secants in turn, until both ends are one number.
                secant = high - above * (high - low) / (above - below)
                between = np.where((step % 2 == 0) & np.isfinite(secant), secant, (low + high) / 2)
                here = values(group, between)[every, entry]
                same = np.sign(here) == np.sign(below)
                low, below = np.where(same, between, low), np.where(same, here, below)
                high, above = np.where(same, high, between), np.where(same, above, here)
                if (np.abs(high - low) <= CLOSE * np.abs(high)).all() or not here.any():
                    break
    except SymderivError:
        return
    nearer = np.where(np.abs(below) < np.abs(above), low, high)
    yield from (_moved(group, name, nearer + by * (1 + np.abs(nearer))) for by in BESIDE)


def _moved(rows: Rows, name: str, at: Numbers) -> Rows:
    """Points with the first entry of a tensor somewhere else."""
    entries = np.array(rows.tensors[name])
    entries.reshape(rows.count, -1)[:, 0] = at
    return replace(rows, tensors={**rows.tensors, name: entries})
