"""Points at which two sides are compared: many at once for one set of sizes, of every kind that could tell them apart.

Small whole numbers, zeros, ones, both signs, magnitudes from 1e-3 to 1e3, and values beside every constant that the
expressions name, in every entry alone and mixed.  Declared properties hold at every point, and so do assumptions: bounds
and equations by construction, the others by drawing again.  The same seed always gives the same points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sympy import Expr, Float, Integer, NumberSymbol, Rational
from sympy import Sum as SympySum

from ..arrays.arrays import Apply, Array, Tensor
from ..arrays.assumptions import bounds, of_values
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index
from ..bounds import ENTRIES
from ..errors import EvaluationError, SymderivError
from ..late import np
from ..terms.traversals import operands_first
from .assumed import bounded, given_values, holds_at
from .dual import Numbers
from .evaluate import Data, Evaluator, Variables, value_of
from .sampling import Sample, draw, drawn_labels, label_edges
from .unify import concrete

SPREADS = ("integers", "zeros", "ones", "both signs", "positive", "unit", "landmarks", "small", "wide", "large",
           "magnitudes")
FULL = (("integers", 5), ("zeros", 1), ("ones", 1), ("both signs", 4), ("positive", 3), ("unit", 2), ("landmarks", 10),
        ("wide", 2), ("small", 1), ("large", 2), ("magnitudes", 3), ("mixed", 22))
# Where all is numbers, points cost nothing.
NUMBERS = (("integers", 8), ("zeros", 1), ("ones", 1), ("both signs", 4), ("positive", 4), ("unit", 3), ("landmarks", 70),
           ("wide", 6), ("small", 3), ("large", 6), ("magnitudes", 10), ("mixed", 80))
FEW = (("integers", 2), ("zeros", 1), ("both signs", 3), ("positive", 2), ("landmarks", 1), ("mixed", 2))
PLAIN = frozenset(("positive", "symmetric", "diagonal"))
MAX_LANDMARKS = 120
FEW_ENDS = 12
REDRAWN = 8
# Labels at which a sum over classes may begin or end, and what is named among them.
EDGES = 8
ALL_LABELS = 49
# Rows that are drawn at most for one that is wanted, where assumptions refuse most of them.
CROWD = 16


@dataclass(frozen=True)
class Rows:
    """Points of one set of sizes: arrays with the point as first axis, labels from 1 shared by all."""

    sizes: Mapping[str, int]
    tensors: Mapping[str, Numbers]
    labels: Mapping[str, Numbers]
    scalars: Mapping[str, Numbers]
    spreads: tuple[str, ...]

    @property
    def count(self) -> int:
        """The number of points."""
        return len(self.spreads)

    def data(self) -> Data:
        """All points as the evaluator takes them."""
        data = Data.__new__(Data)
        data.tensors, data.labels, data.scalars = dict(self.tensors), dict(self.labels), dict(self.scalars)
        data.kind, data.sizes, data.many = "float", dict(self.sizes), True
        return data

    def only(self, rows: Sequence[int]) -> Rows:
        """Some of the points."""
        chosen = np.asarray(rows, dtype=int)
        return Rows(self.sizes, {n: v[chosen] for n, v in self.tensors.items()}, self.labels,
                    {n: v[chosen] for n, v in self.scalars.items()}, tuple(self.spreads[r] for r in rows))

    def point(self, row: int) -> Sample:
        """One point, as the rest of the library takes it: labels from 0."""
        return one_of(self, row)


def one_of(rows: Any, row: int) -> Sample:
    """One of many points, as the rest of the library takes it: labels, which all points share, from 0."""
    arrays: dict[str, Any] = {name: float(v) if np.ndim(v) == 0 else np.array(v) for name, v in (
        (name, values[row if len(values) > 1 else 0]) for name, values in rows.tensors.items())}
    for name, value in rows.labels.items():
        found = value[0] - 1
        arrays[name] = int(found) if np.ndim(found) == 0 else found
    arrays.update({name: float(value[row]) for name, value in rows.scalars.items()})
    return Sample(arrays, dict(rows.sizes))


# ------------------------------------------------------------------ constants

def parts(exprs: Iterable[Any]) -> Iterable[Any]:
    """Every sub-expression once, those of parameters and of the operators' definitions included."""
    seen: set[Any] = set()
    stack: list[Any] = list(exprs)
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
            continue
        if isinstance(node, int | float) and not isinstance(node, bool):
            node = Integer(node) if isinstance(node, int) else Float(node)
        if not hasattr(node, "args") or node in seen:
            continue
        seen.add(node)
        yield node
        stack.extend(node.args)
        if isinstance(node, Apply):
            stack.extend(node.params.values())
            if node.op.composite:
                stack.append(node.op.definition(node.args, node.params))
            elif node.op.scalar is not None:
                letters = tuple(Index(f"_{k}", 1, size) for k, size in enumerate(node.shape))
                stack.append(node.op.definition(letters, node.args, node.params))


def beyond_floats(exprs: Iterable[Any]) -> bool:
    """Whether a number is named that floats have no digits for, as 1 - 10**-30."""
    return any(isinstance(n, Rational) and max(abs(n.p), n.q) > 2**53 for n in parts(exprs))


def _constants(exprs: Iterable[Any]) -> set[float]:
    return {abs(float(n)) for n in parts(exprs) if isinstance(n, Rational | Float | NumberSymbol)}


def landmarks(exprs: Iterable[Any], assumed: Iterable[Any] = ()) -> Numbers:
    """Values at and beside the constants of expressions, with their halves, doubles, quotients, roots and logarithms.

    Beside those of what is assumed a claim may end to be true: the nearest are nearer.
    """
    ends = tuple(assumed)
    numbers = _constants((*exprs, *ends))
    named = sorted(c for c in numbers if math.isfinite(c))[:12] or [1.0]
    found: dict[float, None] = dict.fromkeys((0.0, 1.0, *named))
    for c in named:
        found |= dict.fromkeys((c + 1, c - 1, c * (1 + 1e-3), c * (1 - 1e-3), c / 2, 2 * c, math.sqrt(c)))
        if c > 0:
            found |= dict.fromkeys((math.log(c), 1 / c))
    for c in named[-4:]:
        found |= dict.fromkeys(c / d for d in named if d > 0)
    near = [c * by for c in sorted(_constants(ends))[:FEW_ENDS] for by in (1 + 1e-5, 1 - 1e-5) if math.isfinite(c)]
    values = list(dict.fromkeys((*list(found)[:MAX_LANDMARKS], *near)))
    return np.array([*values, *(-v for v in values if v)])


# ------------------------------------------------------------------ drawing

def rows_at(variables: Variables, sizes: Mapping[str, int], rng: np.random.Generator, near: Numbers, *,
            plan: tuple[tuple[str, int], ...] = FULL, assuming: Iterable[Any] = (), limit: int = 64, turn: int = -1,
            at: Mapping[tuple[str, tuple[int, ...]], int] = MappingProxyType({})) -> Rows:
    """Points at given sizes, at the ``turn``-th of which labels stand at one edge after another; some ``at`` a class.

    Raises EvaluationError where none satisfies the assumptions.
    """
    wanted = tuple(spread for spread, times in plan for _ in range(times))
    # With fewer rows, some of every kind.
    if len(wanted) > limit:
        wanted = tuple(wanted[k * len(wanted) // limit] for k in range(limit))
    held = of_values(assuming)
    labels = _labels(variables, sizes, rng, near, turn)
    for (name, place), label in at.items():
        if name in labels and all(1 <= p <= size for p, size in zip(place, labels[name].shape[1:], strict=True)):
            labels[name][0, *(p - 1 for p in place)] = label
    found = _drawn(variables, sizes, rng, near, wanted, held, labels)
    if not held:
        return found
    good = np.flatnonzero(satisfied(held, found)).tolist()
    kept = [found.only(good)]
    for _ in range(REDRAWN):
        if sum(k.count for k in kept) >= len(wanted):
            break
        more = tuple(rng.choice(SPREADS, size=min(CROWD * len(wanted), 512)))
        again = _drawn(variables, sizes, rng, near, more, held, labels)
        kept.append(again.only(np.flatnonzero(satisfied(held, again)).tolist()[:len(wanted)]))
    rows = joined(kept)
    if not rows.count:
        raise EvaluationError("no point was found that satisfies " + ", ".join(map(str, held)),
                              hint="check the assumptions; equations as name = value, and bounds of one tensor, are met "
                                   "by construction")
    return rows


def joined(groups: Sequence[Rows]) -> Rows:
    """Groups of points of one choice of sizes as one."""
    first = groups[0]
    return Rows(first.sizes, {n: np.concatenate([g.tensors[n] for g in groups]) for n in first.tensors}, first.labels,
                {n: np.concatenate([g.scalars[n] for g in groups]) for n in first.scalars},
                tuple(s for g in groups for s in g.spreads))


def _labels(variables: Variables, sizes: Mapping[str, int], rng: np.random.Generator, near: Numbers,
            turn: int) -> dict[str, Numbers]:
    labels: dict[str, Numbers] = {}
    for name, tensor in sorted(variables.tensors.items()):
        if tensor.label_size is not None:
            shape = tuple(concrete(size, sizes, name) for size in tensor.shape)
            count = concrete(tensor.label_size, sizes, name)
            labels[name] = drawn_labels(count, (1, *shape), rng, turn, _named(near, count)) + 1
    classes = {name: concrete(label.size, sizes, name) for name, label in sorted(variables.labels.items())}
    for place, (name, count) in enumerate(classes.items(), 1):
        edges = [*label_edges(count), *_named(near, count)][:EDGES]
        # Several labels come together at all pairs of edges, in the course of the turns; at all places where these are few.
        edge = place * turn % (len(edges) + 1) if turn >= 0 else len(edges)
        if turn >= 0 and math.prod(classes.values()) <= ALL_LABELS:
            edges, edge = [turn % count], 0
            turn //= count
        labels[name] = np.array([edges[edge]]) + 1 if edge < len(edges) else drawn_labels(count, (1,), rng) + 1
    for name, letter in sorted(variables.letters.items()):
        labels[name] = np.array([concrete(letter.lo, sizes, name)])
    return labels


def _named(near: Numbers, classes: int) -> list[int]:
    """Labels, from 0, that are numbers which the expressions name, and none of those at the edges."""
    return [int(c) - 1 for c in near if c == int(c) and 2 < c < classes - 1]


def _drawn(variables: Variables, sizes: Mapping[str, int], rng: np.random.Generator, near: Numbers,
           spreads: tuple[str, ...], held: tuple[Any, ...], labels: dict[str, Numbers]) -> Rows:
    limits = bounds(held)
    tensors: dict[str, Numbers] = {}
    for name, tensor in sorted(variables.tensors.items()):
        if tensor.label_size is None:
            shape = tuple(concrete(size, sizes, name) for size in tensor.shape)
            own = _mixed(spreads, rng)
            tensors[name] = bounded(_with_properties(tensor, shape, own, rng, near), limits.get(name))
    scalars: dict[str, Numbers] = {}
    for name, symbol in sorted(variables.sizes.items()):
        if not symbol.is_integer:
            own = _mixed(spreads, rng)
            values = _entries(own, (), rng, near)
            scalars[name] = np.where(values == 0, 1.0, np.abs(values)) if symbol.is_positive else values
    rows = Rows(dict(sizes), tensors, labels, scalars, spreads)
    given_values(held, rows.data, tensors)
    return rows


def _mixed(spreads: tuple[str, ...], rng: np.random.Generator) -> list[str]:
    """A spread of its own for every point of mixed ones."""
    drawn = iter(rng.integers(len(SPREADS), size=spreads.count("mixed")))
    return [SPREADS[next(drawn)] if s == "mixed" else s for s in spreads]


def _entries(spreads: Sequence[str], shape: tuple[int, ...], rng: np.random.Generator, near: Numbers) -> Numbers:
    """One row a spread, all in one go.  Raises BoundExceeded where they would not fit into memory."""
    full = (len(spreads), *shape)
    ENTRIES.admit(math.prod(full))
    normal = rng.normal(size=full)
    whole = rng.integers(-3, 4, size=full).astype(float)
    unit = rng.uniform(size=full)
    sign = np.where(rng.uniform(size=full) < 0.5, -1.0, 1.0)
    beside = rng.choice(near, size=full)
    if not shape:
        # A number stands at one after the other, so that none is missed: at 7 where a - 7 is divided by.
        at = [k for k, s in enumerate(spreads) if s == "landmarks"]
        order = sorted(range(len(near)), key=lambda k: float(unit[k % len(unit)]))
        beside[at] = near[[order[k % len(order)] for k in range(len(at))]]
    kinds: dict[str, Callable[[list[int]], Numbers]] = {
        "integers": whole.__getitem__, "zeros": lambda at: 0 * normal[at], "ones": lambda at: np.ones(1),
        "both signs": normal.__getitem__, "positive": lambda at: 0.2 + 1.8 * unit[at],
        "unit": lambda at: 0.05 + 0.9 * unit[at], "landmarks": beside.__getitem__, "small": lambda at: 1e-3 * normal[at],
        "wide": lambda at: 5 * normal[at], "large": lambda at: sign[at] * 10 ** (2 + unit[at]),
        "magnitudes": lambda at: sign[at] * 10 ** (6 * unit[at] - 3)}
    places: dict[str, list[int]] = {}
    for k, s in enumerate(spreads):
        places.setdefault(s, []).append(k)
    found = np.zeros(full)
    for s, at in places.items():
        found[at] = kinds[s](at)
    return found


def _with_properties(tensor: Tensor, shape: tuple[int, ...], spreads: Sequence[str], rng: np.random.Generator,
                     near: Numbers) -> Numbers:
    held = tensor.properties
    if not held <= PLAIN:
        kinds = {"integers": "integers", "zeros": "integers", "ones": "integers", "landmarks": "integers",
                 "positive": "positive", "unit": "unit"}
        rows = [np.asarray(draw(tensor, shape, rng, kinds.get(s, "both signs")), float) for s in spreads]
        return np.stack(rows)
    values = _entries(spreads, shape, rng, near)
    if "symmetric" in held:
        values = (values + np.swapaxes(values, -1, -2)) / 2
    if "positive" in held:
        values = np.where(values == 0, 1.0, np.abs(values))
    if "diagonal" in held:
        values = values * np.eye(shape[-1])
    return values


# ------------------------------------------------------------------ values

def satisfied(conditions: Iterable[Any], rows: Rows) -> Numbers:
    """At which of the points all conditions hold, each in every entry; where one has no value it does not hold."""
    evaluator = Evaluator(rows.data())
    holds = np.ones(rows.count, dtype=bool)
    for relation in conditions:
        holds = holds & holds_at(relation, evaluator, rows.count)
    return holds


def values_at(node: Expr, rows: Rows) -> Numbers:
    """The value of an expression at all points, point first; nan where it has none.

    Raises SymderivError where it has a value at none of them, for one reason.
    """
    try:
        return _values(node, rows)
    except (EvaluationError, ZeroDivisionError, np.linalg.LinAlgError) as error:
        problem = error
    found: list[Numbers | None] = []
    for k in range(rows.count):
        try:
            found.append(_values(node, rows.only([k]))[0])
        except (EvaluationError, ZeroDivisionError, np.linalg.LinAlgError):
            found.append(None)
    shape = next((v.shape for v in found if v is not None), None)
    if shape is None:
        raise problem if isinstance(problem, SymderivError) else EvaluationError(f"no value at these points: {problem}")
    return np.stack([np.full(shape, np.nan) if v is None else v for v in found])


def _values(node: Expr, rows: Rows) -> Numbers:
    with np.errstate(all="ignore"):
        found = np.asarray(value_of(Evaluator(rows.data()), node))
    if found.dtype == object:
        found = found.astype(float)
    return np.broadcast_to(found, (rows.count, *found.shape[1:]))


def breadth(exprs: Iterable[Any], operators: bool = True) -> int:
    """The largest number of letters that the evaluator enumerates at once, generously those inside of ``operators`` too."""
    deepest = 0
    within: dict[Any, int] = {}
    for node in operands_first(exprs, lambda node: getattr(node, "args", ())):
        own = len(node.limits) if isinstance(node, SympySum) else len(node.shape) if isinstance(node, Array) else 0
        inside = max((within[a] for a in getattr(node, "args", ())), default=0)
        if operators and isinstance(node, Apply) and node.op in (RECORDS.inv, RECORDS.det, RECORDS.logdet):
            own += 1
        if operators and isinstance(node, Apply) and not node.op.composite and node.op.scalar is None:
            own += max((len(getattr(a, "shape", ())) for a in node.args), default=0)
        deepest = max(deepest, inside + own)
        closed = isinstance(node, Array) and not any(isinstance(s, Index) for s in node.free_symbols)
        within[node] = 0 if closed else inside + own
    return deepest
