"""Two expressions against each other in numbers: agreement, the smallest counterexample, or the condition for it.

Points of every kind (see ``points``) at sizes from 1 to 12, and beyond the whole numbers that stand beside sizes; what
floats find is settled in as many digits as it takes, and a few points are computed in 50 digits whatever floats say.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, cycle, islice, product, repeat
from math import isfinite, prod
from types import MappingProxyType
from typing import Any

import mpmath  # type: ignore[import-untyped]
from sympy import Expr, Gt, Lt

from ..arrays.arrays import Tensor
from ..arrays.assumptions import of_values, words
from ..bounds import ENTRIES, NUMBERS_WORK, budget
from ..errors import BoundExceeded, EvaluationError, SymderivError, UnknownFunction
from ..late import np
from .aimed import aimed, exactly, places
from .closed_sums import with_closed_sums
from .conditions import Found, Group, conditions_for
from .digits import DIGITS, UNCLEAR, VAST, Settled, many_digits, precise, settled, valued
from .domains import needed
from .dual import Numbers
from .evaluate import Variables, evaluate_all
from .interval import certain_difference
from .met import Places, groups, met
from .points import ALL_LABELS, FEW, FULL, NUMBERS, Rows, beyond_floats, breadth, joined, landmarks, rows_at, values_at
from .sampling import Sample, allowed, random_sizes, size_relations, smallest_sizes
from .thresholds import roomy, thresholds, unreached
from .unify import concrete

TOLERANCE = 1e-9
# Beyond this, rounding hardly explains a difference.
ROUGH = 1e-6
PLAIN_SIZES, LARGEST = 12, 12
# What most sizes are where one is to have room for what is read at 2 i or i + j, or is far above the others; how far, for
# how many, and what all are where they are equal.
ROOMY, WIDE, WIDEST, MOST_WIDE, EQUAL = (1, 2, 3), 19, 40, 3, 8
# Entries that the evaluator enumerates at one choice of sizes, for all points together; and in many digits, for one.
MOST, MOST_PRECISE = 400_000, 400
ROWS, MANY = 64, 256
# More conditions than a reader takes in are left to the search for fewer.
FEW_ASKED = 3
# How many suspicious points of one choice of sizes are computed in many digits, how many of all, and of those where the
# sides differ by no more than rounding could explain.
SETTLED, FARTHEST, SETTLED_IN_ALL, ROUNDED = 4, 3, 16, 4
PRECISE, FINE = 6, 200
# So often labels are drawn, at sizes that were there before where there are few.
TURNS, AT_LARGEST = 12, 4
# At so many choices of sizes points are aimed at where expressions branch.
AIMED = 3
# Every so many-th choice of sizes is one from which labels set out to meet conditions, at so many points.
STARTS, MET_ROWS = 5, 16
# Points whose values may need more digits than are computed: they are settled last.
LARGE = frozenset(("large", "magnitudes", "mixed"))
THRESHOLDS = 6
# Where a condition that was not declared is looked for.
PLAN = (("integers", 14), ("both signs", 24), ("positive", 14), ("unit", 6), ("landmarks", 16), ("wide", 16), ("ones", 1))
MOST_SIZES = 3
# At so many choices of sizes both sides must have values where a condition holds.
HELD = 6
# Numbers of an array that are shown one by one.
SHOWN = 60
# Where the work runs out after so many choices of sizes, these are what there is to say.
ENOUGH = 6


@dataclass(frozen=True)
class Counterexample:
    """Where two sides differ: sizes, data (labels from 0), the entry counted from 1, and both values there.

    nan stands for no value, where only the other side has one.
    """

    sizes: Mapping[str, int]
    arrays: Mapping[str, Any]
    entry: tuple[int, ...]
    lhs: float | Decimal
    rhs: float | Decimal

    def __str__(self) -> str:
        data = [f"{k} = {v}" for k, v in self.sizes.items()]
        data += [f"{k} = {_in_words(v)}" for k, v in self.arrays.items()]
        at = f" at entry {self.entry if len(self.entry) > 1 else self.entry[0]}" if self.entry else ""
        # As many digits as show the difference.
        sides = [Decimal(v) if isinstance(v, int) else v for v in (self.lhs, self.rhs)]
        shown = ((f"{sides[0]:.{n}g}", f"{sides[1]:.{n}g}") for n in (6, 9, 12, 17))
        left, right = next(((a, b) for a, b in shown if a != b), (repr(self.lhs), repr(self.rhs)))
        left, right = ("no value" if v == "nan" else v for v in (left, right))
        if left == right:
            at += ", which differ in what is beyond any number that is computed" if "inf" in left else ", by rounding"
        return f"for {', '.join(data)}: left {left}, right {right}{at}" if data else f"left {left}, right {right}{at}"


def _in_words(value: Any) -> str:
    """An array in words; of a large one, how it begins."""
    array = np.asarray(value)
    if array.size <= SHOWN:
        return str(array.tolist())
    return f"{' x '.join(map(str, array.shape))} numbers from {', '.join(map(str, array.reshape(-1)[:6].tolist()))}, ..."


@dataclass(frozen=True)
class Comparison:
    """supported, conditional, refuted or undecided, with the counterexample and the evidence in words.

    ``conditions`` are the relations under which a conditional claim holds.
    """

    status: str
    counterexample: Counterexample | None = None
    evidence: str = ""
    sizes: tuple[Mapping[str, int], ...] = field(default=())
    conditions: tuple[Any, ...] = ()


def compare(lhs: Expr, rhs: Expr, *, assuming: Iterable[Any] = (), seed: int = 0, points: int = 4) -> Comparison:
    """Two expressions in numbers: see the module.  ``points`` is how many choices of random sizes are added."""
    trial = Trial(lhs, rhs, assuming, seed, points)
    return trial.problem or trial.run()


def glance(lhs: Expr, rhs: Expr, *, assuming: Iterable[Any] = (), seed: int = 0) -> Comparison:
    """The same at few points of few sizes: what a proof is held against before it is believed."""
    trial = Trial(lhs, rhs, assuming, seed, points=1, few=True)
    return trial.problem or trial.run()


def one_sided(left: Sequence[Expr], right: Sequence[Expr], *, assuming: Iterable[Any] = (), seed: int = 0) -> bool:
    """Whether at some point all numbers of the one have values and not all of the other: each in all of its entries.

    In floats 1 - p of a softmax p is 0 at some points, which it is at none: so that is asked in many digits as well.
    """
    held = tuple(c for c in assuming if hasattr(c, "rel_op"))
    rng = np.random.default_rng(seed)
    try:
        variables = Variables((*left, *right))
        sizes = random_sizes(variables, rng, assuming=held, smallest=2)
        rows = rows_at(variables, sizes, rng, landmarks((*left, *right)), plan=NUMBERS, assuming=held, limit=MANY)
        with budget(NUMBERS_WORK):
            one, other = (np.all([_have_values(e, rows) for e in side], axis=0) for side in (left, right))
            points = map(rows.point, _evenly(rows, np.flatnonzero(one != other).tolist()))
            asked = [(valued(left, point), valued(right, point)) for point in points]
    except SymderivError:
        return False
    return any(here != there for here, there in asked if None not in (here, there))


def without_slope(expr: Expr, variable: Expr, where: Expr, *, assuming: Iterable[Any] = (), seed: int = 0) -> str | None:
    """A point in words where ``where`` is not 0 and an expression has no derivative by a variable, if one is met.

    Slopes to both sides that come no nearer to each other at a tenth of the step, or a slope that grows without end.
    """
    held = tuple(c for c in assuming if hasattr(c, "rel_op"))
    rng = np.random.default_rng(seed)
    try:
        variables = Variables((expr, where))
        if str(variable) not in variables.tensors:
            return None
        sizes = random_sizes(variables, rng, assuming=held, smallest=2)
        rows = rows_at(variables, sizes, rng, landmarks((expr, where)), plan=NUMBERS, assuming=held, limit=MANY)
        with budget(NUMBERS_WORK):
            asked = values_at(where, rows).reshape(rows.count, -1).all(axis=1)
            kinks = np.flatnonzero(asked & _bent(expr, str(variable), rows))
    except SymderivError:
        return None
    if not kinks.size:
        return None
    point = rows.point(min(kinks.tolist(), key=lambda k: sum(float(np.abs(v[k]).sum()) for v in rows.tensors.values())))
    return ", ".join(f"{name} = {_in_words(value)}" for name, value in {**point.sizes, **point.arrays}.items())


def _bent(expr: Expr, name: str, rows: Rows) -> Numbers:
    """At which points the slopes of an expression to both sides differ, however small the step."""
    centre = rows.tensors[name]
    ahead = np.random.default_rng(1).uniform(0.5, 1.5, centre.shape[1:])
    at = values_at(expr, rows).reshape(rows.count, -1)
    bends, jumps, slopes, edges = [], [], [], []
    with np.errstate(all="ignore"):
        for step in (1e-4, 1e-5, 1e-8):
            up, down = (values_at(expr, replace(rows, tensors={**rows.tensors, name: centre + sign * step * ahead}))
                        .reshape(rows.count, -1) for sign in (1, -1))
            bends.append(np.abs(up - 2 * at + down) / step)
            jumps.append(np.abs(up - down))
            # At the end of where there are values there is one slope: that of the square root at 0 grows without end.
            above, below = np.abs(up - at), np.abs(down - at)
            # On one side there may be no value.
            largest = np.where(np.isnan(above), below, np.where(np.isnan(below), above, np.maximum(above, below)))
            slopes.append(largest / step)
            # Where there is no value but some beside it, as the logarithm and 1/x have at 0, there is no slope.
            edges.append(~np.isfinite(at) & (np.isfinite(up) | np.isfinite(down)))
        steep = (slopes[2] > 3 * slopes[1]) & (slopes[2] > 1.5 * slopes[0]) & (slopes[2] > 1e-2 * (1 + np.abs(at)))
        stay = [(fine > 0.5 * rough) & (fine > 1e-4 * (1 + np.abs(at))) for rough, fine in (bends[:2], jumps[:2])]
        return np.asarray((stay[0] | stay[1] | steep | np.all(edges, axis=0)).any(axis=1))


def _have_values(expr: Expr, rows: Rows) -> Numbers:
    try:
        return np.asarray(np.isfinite(values_at(expr, rows)).reshape(rows.count, -1).all(axis=1))
    except EvaluationError:
        return np.zeros(rows.count, dtype=bool)


_STRICT = {">=": Gt, "<=": Lt}


class Trial:
    """One comparison: the sizes and points that are tried, and what was found."""

    def __init__(self, lhs: Expr, rhs: Expr, assuming: Iterable[Any], seed: int, points: int, few: bool = False) -> None:
        self.nodes = with_closed_sums(lhs), with_closed_sums(rhs)
        self.assumed = tuple(c for c in assuming if hasattr(c, "rel_op"))
        self.seed, self.random, self.few = seed, points, few
        self.rng = np.random.default_rng(seed)
        self.problem: Comparison | None = None
        self.said = ""
        self.tried: list[Mapping[str, int]] = []
        self.without = False  # whether there are sizes at which no point has values
        self.points = self.precise = self.vast = self.widest = 0
        self.most_precise = FINE if beyond_floats(self.nodes) else PRECISE
        self.inexact = any(c.rel_op == "==" for c in of_values(self.assumed))
        self.budget, self.rounded = SETTLED_IN_ALL, ROUNDED
        self.alone: tuple[Sample, Settled] | None = None
        # Where floats differ by more than rounding explains, and no number of digits says which it is.
        self.unclear: Sample | None = None
        # Beside where the sides differ at numbers that floats do not have.
        self.beside: Sample | None = None
        # Where one side alone has a value in floats, and no number of digits says whether it has.
        self.perhaps_alone: Sample | None = None
        try:
            about = (s for c in self.assumed for s in c.free_symbols)
            self.variables = Variables(self.nodes)
            size_relations(self.variables, self.assumed)
            self._also(about)
        except SymderivError as error:
            self.problem = Comparison("undecided", evidence=error.message)
            return
        self.near = landmarks(self.nodes, self.assumed)
        self.places = () if few else places(self.nodes)
        self.asked = [] if few else groups(self.nodes)
        self.breadth = breadth(self.nodes)
        self.plan = FEW if few else FULL if self.breadth else NUMBERS

    def _also(self, symbols: Iterable[Any]) -> None:
        """What the assumptions read is drawn as well: they may tie it to what the sides read."""
        for s in symbols:
            if isinstance(s, Tensor):
                self.variables.tensors.setdefault(s.name, s)

    # -------------------------------------------------------------- the run

    def run(self) -> Comparison:
        """Sizes from the smallest; the first difference that is settled ends it."""
        with budget(NUMBERS_WORK), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not self.variables.names:
                return self._closed()
            found = self._first_wrong()
            if found is not None:
                return self._refuted(*found)
            if not self.points and self.alone is None:
                return Comparison("undecided", evidence=f"no point could be tried: {self.said}")
            if self.unclear is not None and not self.few:
                return Comparison("undecided", evidence=f"the sides differ in floating point at {self.unclear.sizes}, and "
                                  f"{DIGITS} digits do not say whether by rounding; elsewhere {self.agreement()}")
            if self.alone is not None:
                return self._conditional(*self.alone)
            if self.perhaps_alone is not None and not self.few:
                return Comparison("undecided", evidence="one side alone seems to have a value at "
                                  f"{self.perhaps_alone.sizes}, and {DIGITS} digits do not say whether; elsewhere "
                                  f"{self.agreement()}")
            if self.beside is not None:
                return Comparison("undecided", evidence="the sides seem to differ where a sum in what they branch on is 0, "
                                  f"beside {self.beside.everything}; elsewhere {self.agreement()}")
            if self.vast and self.vast == self.precise:
                return Comparison("undecided", evidence=f"{self.agreement()}, but the numbers in the sides ask for more "
                                  "digits than are computed")
            only = [name for name in self.tried[0] if all(sizes[name] == 1 for sizes in self.tried)] if self.without else []
            if only and not self.few:
                return Comparison("undecided", evidence=f"{self.agreement()}, all where {' = '.join(only)} = 1; beyond, no "
                                  "side has a value")
            beyond = unreached(self.nodes, self.tried, self.assumed)
            if beyond and not self.few:
                return Comparison("undecided", evidence=f"{self.agreement()}, and no size goes up to {beyond}, where the "
                                  "sides may differ", sizes=tuple(self.tried))
        return Comparison("supported", None, self.agreement(), tuple(self.tried))

    def _first_wrong(self) -> tuple[Sample, Settled] | None:
        for sizes, labels in self._choices():
            try:
                found = self._at(sizes, labels)
            except BoundExceeded:
                if len(self.tried) < ENOUGH:
                    raise
                break
            if found is not None:
                return found
        return None

    def agreement(self) -> str:
        """How widely both sides agree, in words."""
        different = len({tuple(sorted(s.items())) for s in self.tried})
        largest = max((v for s in self.tried for v in s.values()), default=0)
        spread = f" with {different} choices of sizes up to {largest}" if different > 1 else ""
        digits = f", {DIGITS} digits at {self.precise} of them" if self.precise else ""
        return (f"both sides agree to 9 digits at {self.points} points{spread}, entries of magnitudes 1e-3 to 1e3"
                f"{digits}")

    def _closed(self) -> Comparison:
        """Two numbers: in as many digits as tell them apart."""
        point = Sample({}, {})
        try:
            found = settled(self.nodes, point, self.inexact, self.variables)
            values = [values_at(n, Rows({}, {}, {}, {}, ("ones",)))[0] for n in self.nodes]
        except SymderivError as error:
            return Comparison("undecided", evidence=error.message)
        if found is not None and found.kind == "differ":
            return Comparison("refuted", self._counterexample(point, found), f"two numbers, compared in {DIGITS} digits")
        if found in (UNCLEAR, VAST):
            return Comparison("undecided", evidence="no number of digits that is computed tells whether they are one")
        if found is not None or not all(np.all(np.isfinite(v)) for v in values):
            return Comparison("undecided", evidence="one of the numbers has no value")
        return Comparison("supported", None, f"the numbers agree in {DIGITS} digits and more", ({},))

    # -------------------------------------------------------------- sizes

    def _sizes(self) -> Iterator[dict[str, int]]:
        seen: set[tuple[tuple[str, int], ...]] = set()
        for sizes in self._planned():
            key = tuple(sorted(sizes.items()))
            if key not in seen:
                seen.add(key)
                yield sizes
        if not self.few and self.tried:
            yield from self._again(len(seen))

    def _choices(self) -> Iterator[tuple[dict[str, int], Places]]:
        """All sizes, and then some with labels at which conditions on them are met."""
        yield from ((sizes, {}) for sizes in self._sizes())
        if self.asked and self.tried:
            symbols = {name: s for name, s in self.variables.sizes.items() if s.is_integer}
            starts = [{symbols[name]: size for name, size in sizes.items()} for sizes in self.tried]
            yield from ((sizes, labels) for sizes, labels in met(self.asked, starts[-1::-STARTS], self.rng) if not symbols
                        or allowed(self.variables, sizes, self.assumed))

    def _again(self, choices: int) -> Iterator[dict[str, int]]:
        """Sizes that were there, the largest and then all: one label is shared by all points of one choice of sizes."""
        labels = [*self.variables.labels.values(), *(t for t in self.variables.tensors.values() if t.label_size is not None)]
        if labels:
            largest = max(self.tried, key=lambda sizes: sum(sizes.values()))
            numbers = [label.size for label in self.variables.labels.values()]
            known = prod(map(int, numbers)) if all(size.is_Integer for size in numbers) else 0
            most = known if TURNS < known <= ALL_LABELS else TURNS
            yield from (dict(sizes) for sizes in chain(repeat(largest, AT_LARGEST), islice(
                cycle(self.tried[:choices]), max(0, most - choices - AT_LARGEST))))

    def _planned(self) -> Iterator[dict[str, int]]:
        assumed = self.assumed
        names = [n for n, s in self.variables.sizes.items() if s.is_integer]
        if not names:
            yield {}
            return
        with suppress(EvaluationError):
            yield from islice(smallest_sizes(self.variables, assuming=assumed), 2 if self.few else PLAIN_SIZES)
        beyond = self._thresholds()
        if self.few:
            starts = (2, *beyond[:1]) if beyond and beyond[0] <= LARGEST else (2,)
        else:
            starts = (*(2 for _ in range(self.random)), *range(4, LARGEST + 1), *beyond, *(t + 1 for t in beyond))
        for smallest in starts:
            try:
                yield random_sizes(self.variables, self.rng, assuming=assumed, smallest=smallest)
            except EvaluationError as error:
                self.said = error.message
        yield from () if self.few else (s for s in self._apart(names, max(beyond, default=0)) if allowed(
            self.variables, s, assumed))

    def _apart(self, names: Sequence[str], threshold: int) -> Iterator[dict[str, int]]:
        """Sizes in relations that random ones seldom have: room for what is read, one far above the others, all equal."""
        for base in ROOMY:
            if wide := roomy(self.nodes, base, WIDEST):
                yield {**dict.fromkeys(names, base), **wide}
        for name, base in product(names[:MOST_WIDE], ROOMY[1:]):
            yield {**dict.fromkeys(names, base), name: min(max(WIDE, 3 * threshold + 1), WIDEST)}
        for equal in (threshold + 1, EQUAL) if len(names) > 1 else ():
            yield dict.fromkeys(names, equal)

    def _thresholds(self) -> list[int]:
        """The largest sizes beyond which the sides may change, of those at which points can be drawn."""
        names = [n for n, s in self.variables.sizes.items() if s.is_integer]
        found: list[int] = []
        for number in thresholds((*self.nodes, *self.assumed)):
            with suppress(SymderivError):
                if self._rows(dict.fromkeys(names, number)) >= 2 and len(found) < THRESHOLDS:
                    found.append(number)
        return found

    def _rows(self, sizes: Mapping[str, int]) -> int:
        """How many points are affordable at these sizes."""
        shapes = [[concrete(s, sizes, name) for s in x.shape] for name, x in self.variables.tensors.items()]
        most, letters = ROWS if self.breadth else MANY, min(self.breadth, 12)
        widest = max(sizes.values(), default=1)
        # Sizes that are numbers are what they are: points are few, and all fit into the memory together.
        drawn = sum(prod(shape) for shape in shapes)
        return int(min(most, MOST // max(1, widest**letters), ENTRIES.limit // 4 // max(1, drawn)))

    # -------------------------------------------------------------- one choice of sizes

    def _at(self, sizes: dict[str, int], labels: Places = MappingProxyType({})) -> tuple[Sample, Settled] | None:
        """What is wrong at these sizes, with some labels given; None where nothing is."""
        try:
            limit = self._rows(sizes)
        except SymderivError as error:
            self.said = error.message
            return None
        if limit < 2:
            self.said = self.said or "too many entries"
            return None
        try:
            rows = rows_at(self.variables, sizes, self.rng, self.near, plan=self.plan, assuming=self.assumed,
                           limit=min(limit, MET_ROWS) if labels else limit,
                           turn=len(self.tried), at=labels)
            if self.places and len(self.tried) < AIMED:
                rows = joined([rows, *aimed(rows, self.places, of_values(self.assumed))])
                self._exactly(rows)
            left, right = self._values(rows)
        except SymderivError as error:
            self.said = error.message
            return None
        except (OverflowError, MemoryError, ValueError) as error:
            self.said = str(error)
            return None
        gap = apart(left, right)
        agree = np.asarray(gap.both.any(axis=1) & ~(gap.alone | (gap.rough > TOLERANCE)).any(axis=1))
        self.points += int(agree.sum())
        if agree.any():
            self.tried.append(sizes)
        else:
            self.without, self.said = True, self.said or "a side has no value"
        found = self._settle(rows, gap)
        if found is not None:
            return found
        return None if self.few else self._precisely(rows, agree)

    def _exactly(self, rows: Rows) -> None:
        """Whether the sides differ where a sum is 0 at numbers that floats do not have."""
        for nodes, some in exactly(self.nodes, rows, self.places, of_values(self.assumed)):
            with suppress(SymderivError):
                left, right = (values_at(node, some).reshape(some.count, -1) for node in nodes)
                gap = apart(*np.broadcast_arrays(left, right))
                for row in np.flatnonzero((gap.both & (gap.rough > ROUGH)).any(axis=1)).tolist():
                    self.beside = self.beside or some.point(row)

    def _values(self, rows: Rows) -> tuple[Numbers, Numbers]:
        """Both sides at all points, entries in one axis."""
        problems: list[SymderivError] = []
        sides: list[Numbers | None] = []
        for node in self.nodes:
            try:
                sides.append(values_at(node, rows))
            except UnknownFunction:
                raise
            except SymderivError as error:
                problems.append(error)
                sides.append(None)
        if len(problems) == 2 or (problems and not isinstance(problems[0], EvaluationError)):
            raise problems[0]
        known = next(s for s in sides if s is not None)
        left, right = np.broadcast_arrays(*(np.full(known.shape, np.nan) if s is None else s for s in sides))
        return left.reshape(len(left), -1), right.reshape(len(right), -1)

    def _settle(self, rows: Rows, gap: Gap) -> tuple[Sample, Settled] | None:
        """The suspicious points in many digits: those that differ most first."""
        rough, worst = gap.rough.max(axis=1, initial=0.0), gap.fine.max(axis=1, initial=0.0)
        strong = np.flatnonzero(rough > ROUGH).tolist()
        only = [] if self.alone is not None else _evenly(
            rows, [r for r in np.flatnonzero(gap.alone.any(axis=1) | gap.beyond).tolist() if r not in strong])
        strong.sort(key=lambda r: rows.spreads[r] in LARGE)
        # Beside 0 all differ by all of themselves, what is 0 but for rounding too: of each kind of points the farthest apart
        # is asked as well.
        by_distance = sorted(range(len(gap.far)), key=lambda r: (rows.spreads[r] in LARGE, -gap.far[r]))
        far = list({rows.spreads[r]: r for r in reversed(by_distance) if r in strong and r not in strong[:SETTLED]}.values())
        dear = max(rows.sizes.values(), default=1)**self.breadth > MOST_PRECISE
        weak = [] if dear else [r for r in by_distance if worst[r] > TOLERANCE and r not in strong and r not in only]
        for row in (*strong[:SETTLED], *far[::-1][:FARTHEST], *only, *weak[:1]):
            if self.budget <= 0 and row not in (*strong[:1], *far[-1:]):
                continue
            if row in weak:
                self.rounded -= 1
                if self.rounded < 0:
                    continue
            self.budget -= 1
            point = rows.point(int(row))
            found = settled(self.nodes, point, self.inexact, self.variables)
            if found in (UNCLEAR, VAST) and row in strong and rows.spreads[row] not in LARGE:
                self.unclear = self.unclear or point
            if found is UNCLEAR and row in only and rows.spreads[row] not in LARGE and gap.alone[row].any():
                self.perhaps_alone = self.perhaps_alone or point
            if found is None or found in (UNCLEAR, VAST):
                continue
            if found.kind == "differ":
                return point, found
            self.alone = self.alone or (point, found)
        return None

    def _precisely(self, rows: Rows, agree: Numbers) -> tuple[Sample, Settled] | None:
        """A few points in many digits, whatever floats say."""
        widest = max(rows.sizes.values(), default=1)
        left = max(self.most_precise - self.precise, int(widest > self.widest))
        if left <= 0 or widest**self.breadth > MOST_PRECISE or (self.breadth and widest == 1 and self.precise):
            return None
        self.widest = max(self.widest, widest)
        kinds: dict[str, list[int]] = {}
        for row in np.flatnonzero(agree).tolist():
            kinds.setdefault(rows.spreads[row], []).append(row)
        of_each = [kinds.get(spread, []) for spread in ("both signs", "landmarks", "magnitudes", "positive", "large")]
        plain = [own[:1] for own in of_each[:-1]]
        for row in islice(chain(*(of_each if self.most_precise > PRECISE else plain)), left):
            point = rows.point(row)
            found = settled(self.nodes, point, self.inexact, self.variables)
            self.precise += 1
            self.vast += found is VAST
            if found is not None and found.kind == "differ":
                return point, found
        return None

    # -------------------------------------------------------------- what it means

    def _refuted(self, point: Sample, found: Settled) -> Comparison:
        counterexample = self._counterexample(point, found)
        if not self.few:
            holds = self._condition(exact=True)
            if holds is not None:
                return Comparison("conditional", counterexample, holds[1], tuple(self.tried), holds[0])
        how = f"confirmed with {DIGITS} digits"
        if certain_difference(*self.nodes, point):
            how = f"certain by interval arithmetic, {how}"
        return Comparison("refuted", counterexample, f"a counterexample, {how}", tuple(self.tried))

    def _conditional(self, point: Sample, found: Settled) -> Comparison:
        side = "left" if found.kind == "left alone" else "right"
        if not self.points:
            return Comparison("undecided", self._counterexample(point, found),
                              f"only the {side} side has a value: there is no point at which both have one")
        holds = None if self.few else self._condition(exact=False)
        evidence = f"only the {side} side has a value at some points; where both have one, {self.agreement()}"
        conditions: tuple[Any, ...] = ()
        if holds is not None:
            conditions, evidence = holds[0], f"{holds[1]}; {evidence}"
        return Comparison("conditional", self._counterexample(point, found), evidence, tuple(self.tried), conditions)

    def _condition(self, exact: bool) -> tuple[tuple[Any, ...], str] | None:
        """The first condition of those that explain the points tried under which nothing is wrong at others."""
        asked = () if exact else self._asked_by_one_side()
        for found in (*asked, *conditions_for(self.nodes, list(self._groups()), exact)):
            inside = Trial(*self.nodes, (*self.assumed, *found.conditions), self.seed, 2)
            inside.near = self.near
            if inside.problem is None and inside._holds() and self._has_room(found.conditions):
                counted = f" ({found.counted})" if found.counted else ""
                return found.conditions, f"true where {found.words}, which was not declared{counted}"
        return None

    def _has_room(self, conditions: tuple[Any, ...]) -> bool:
        """Whether conditions hold at points that are not on their edge: x - mean(x) >= 0 says that all entries are equal."""
        strict = tuple(_STRICT[c.rel_op](c.lhs, c.rhs) if c.rel_op in _STRICT else c for c in conditions)
        inside = Trial(*self.nodes, (*self.assumed, *strict), self.seed, 2)
        inside.near = self.near
        with suppress(BoundExceeded):
            return strict == conditions or (inside.problem is None and any(
                inside._at(sizes) is None and inside.points for sizes in islice(inside._sizes(), MOST_SIZES)))
        return False

    def _holds(self) -> bool:
        """Whether nothing differs at any size: what is wrong at the first of them need not be what is wrong at others.

        That both sides have values is asked at a few: whether a determinant is 0 is hard to say in floats.
        """
        with suppress(BoundExceeded):
            for count, (sizes, labels) in enumerate(self._choices()):
                if self._at(sizes, labels) is not None or (count < HELD and self.alone is not None):
                    return False
            return self.points > 0
        return False

    def _asked_by_one_side(self) -> tuple[Found, ...]:
        """What one side divides by, takes the logarithm of and so on, and the other does not."""
        left, right = (dict.fromkeys(needed(node, self.assumed)) for node in self.nodes)
        asked = [tuple(sorted((r for r in one if r not in other), key=lambda r: (len(str(r)), str(r))))
                 for one, other in ((left, right), (right, left))]
        if self.alone is not None and self.alone[1].kind == "left alone":
            asked.reverse()
        return tuple(Found(relations, " and ".join(map(words, relations)), "")
                     for relations in dict.fromkeys((asked[0], asked[0] + asked[1])) if 0 < len(relations) <= FEW_ASKED)

    def _groups(self) -> Iterator[Group]:
        """Points of a few sizes at which a condition may show what it is."""
        rng = np.random.default_rng(self.seed + 1)
        for sizes in islice(self._sizes(), MOST_SIZES):
            try:
                rows = rows_at(self.variables, sizes, rng, self.near[np.abs(self.near) < 20], plan=PLAN,
                               assuming=self.assumed, limit=max(self._rows(sizes), 8) if self.breadth else 128)
                left, right = self._values(rows)
            except (SymderivError, OverflowError, ValueError):
                continue
            gap = apart(left, right)
            wrong = np.asarray((gap.alone | (gap.rough > ROUGH)).any(axis=1))
            yield rows, (np.asarray(~wrong & gap.both.all(axis=1)), wrong)

    def _counterexample(self, point: Sample, found: Settled) -> Counterexample:
        left, right = (float("nan") if v is None else number_shown(v) for v in (found.left, found.right))
        return Counterexample(point.sizes, point.arrays, tuple(p + 1 for p in found.entry), left, right)


def number_shown(value: Any) -> float | Decimal:
    """A number as a float, or in digits where floats have no room for it."""
    try:
        found = float(value)
    except OverflowError:
        found = float("inf")
    if value == found or (isfinite(found) and found):
        return found
    try:
        return Decimal(mpmath.nstr(mpmath.mpmathify(value.evalf(20) if isinstance(value, Expr) else value), 17))
    except (ArithmeticError, TypeError, ValueError):
        return found


@dataclass(frozen=True)
class Gap:
    """Two sides at many points, entry by entry.

    fine, rough  how far they are apart relative to the larger of the two, and to the largest entry at the point: what is
                 0 but for rounding differs from 0 by all of itself
    alone, both  where one alone has a value, and where both have; an array has one where every entry has
    beyond       at which points both are too large for floats
    far          how far they are apart at each point
    """

    fine: Numbers
    rough: Numbers
    alone: Numbers
    both: Numbers
    beyond: Numbers
    far: Numbers


def apart(left: Numbers, right: Numbers) -> Gap:
    """How far two sides are apart; the entries in one axis behind the points."""
    with np.errstate(all="ignore"):
        one, other = np.isfinite(left), np.isfinite(right)
        both = one & other
        scale = np.where(both, np.maximum(np.abs(left), np.abs(right)), 0.0)
        difference = np.where(both, np.abs(left - right), 0.0)
        largest = scale.max(axis=1, keepdims=True, initial=0.0)
        fine, rough = (difference / np.where(s > 0, s, 1.0) for s in (scale, largest))
    alone = one.all(axis=1, keepdims=True) ^ other.all(axis=1, keepdims=True)
    return Gap(fine, rough, alone & (one ^ other), both,
               np.asarray((np.isinf(left) & np.isinf(right)).any(axis=1)), difference.max(axis=1, initial=0.0))


def _evenly(rows: Rows, chosen: list[int]) -> list[int]:
    """So many points as are settled, evenly from the one with the largest negative number to that with the largest."""
    values = (*rows.tensors.values(), *rows.scalars.values())
    numbers = {r: [x for v in values for x in v[r if len(v) > 1 else 0].ravel().tolist()] for r in chosen}
    ordered = sorted(chosen, key=lambda r: max(numbers[r], key=abs, default=0.0))
    places = {k * (len(ordered) - 1) // (SETTLED - 1) for k in range(SETTLED)}
    return [ordered[k] for k in sorted(places) if ordered]


def confirmed(nodes: list[Expr], point: Sample, where: tuple[Any, ...]) -> bool:
    """Whether the sides differ at an entry in 50-digit arithmetic too; where that cannot be said, yes."""
    with many_digits(DIGITS):
        try:
            data = {**point.sizes, **precise(point)}
            left, right = (np.asarray(v, dtype=object) for v in evaluate_all(nodes, data))
            a, b = left[where], right[where]
            return bool(abs(a - b) > mpmath.mpf(10) ** -12 * max(abs(a), abs(b)))
        except (EvaluationError, TypeError, ValueError, ZeroDivisionError):
            return True
