"""Checks by numbers: a derivative against derivatives of its primal, and two expressions against each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sympy import Ne

from ..answers import ShowsItself
from ..arrays.arrays import Named, Tensor, subexpressions
from ..errors import BoundExceeded, EvaluationError, SymderivError
from ..functions.network_functions import stop_gradient
from ..late import np
from .comparison import ROUGH, TOLERANCE, Counterexample, apart, compare, confirmed
from .digits import UNCLEAR, VAST, many_digits, precise, settled
from .dual import Numbers
from .evaluate import Data, Evaluator, Variables, evaluate_all, value_of
from .numerical_derivatives import BATCH, differences, hessian, jacobian, jacobians, values_in_digits
from .points import rows_at, values_at
from .sampling import Sample, random_sizes, sample, smallest_sizes

CENTRAL_TOLERANCE = 1e-6
# How near a difference in one direction comes to that in both, where there is no kink.
AHEAD = 1e-3
SECOND_ORDER_TOLERANCE = 1e-5
# Where floats cannot tell, as of exp(1000 x^2): second differences leave half of these.
CLOSE_DIGITS = 100
# The points at which a closed form is held against its index form.
ONE = (("positive", 1), ("both signs", 1))
# What differs there by rounding alone, as behind a softmax of large numbers, agrees at each of these.
MILD, MILD_LOOKS = (("unit", 1),), 2


# The derivative of the primal, what is tolerated, and how it was found; index form and closed form beside it.
Truth = tuple[Numbers, float, str]
Look = tuple[dict[str, Numbers], Truth]
# The derivative and what is tolerated, and in which direction of the variable it was taken where not in all of them.
Seen = tuple[Numbers, float, Numbers | None]
# A derivative, see ``Derivation``, which stands in a room above.
Derived = Any


@dataclass(frozen=True)
class CheckReport(ShowsItself):
    """What a numerical check found: largest relative error, the sizes tried, and by which independent methods."""

    ok: bool
    max_error: float
    sizes: tuple[Mapping[str, int], ...]
    samples: int
    methods: tuple[str, ...] = ()
    worst: str = ""

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        verdict = "agrees" if self.ok else f"DISAGREES ({self.worst})"
        where = "; ".join(", ".join(f"{k}={v}" for k, v in s.items()) for s in self.sizes if s)
        return (f"{verdict}: largest relative error {self.max_error:.1e} at {where or f'{self.samples} points'} "
                f"({', '.join(self.methods)})")


def check_derivation(d: Derived, seed: int = 0, samples: int = 3, sizes: Mapping[str, int] | None = None) -> CheckReport:
    """Index form and closed form against dual numbers and central differences of the primal, entry by entry.

    Each sample has its own pairwise different sizes.  Reproducible by the seed.
    """
    tally, apart = _Tally(), _apart((d,))
    for k in range(samples):
        point = _point((d,), seed * 1009 + k, sizes, apart)
        data = point.everything
        tally.tried.append(point.sizes)
        truths = _truths(d, data)
        forms = _forms((d,), data)[0]
        for truth in truths:
            tally.add(forms, truth, partial(_closely, d, point))
    return tally.report(samples)


def check_together(derivations: Iterable[Derived], seed: int = 0, samples: int = 3,
                   sizes: Mapping[str, int] | None = None) -> CheckReport:
    """One report of several derivatives of one expression, at points that they have in common: the largest error of all.

    What they share is computed once.  Dual numbers are looked at everywhere, central differences at the first sample.
    """
    group, tally = tuple(derivations), _Tally()
    apart = _apart(group)
    for k in range(samples):
        point = _point(group, seed * 1009 + k, sizes, apart)
        data = point.everything
        tally.tried.append(point.sizes)
        for d, forms, first in zip(group, _forms(group, data), _first_truths(group, data), strict=True):
            for truth in _truths(d, data) if first is None or k == 0 else [(*first[:2], "dual numbers")]:
                tally.add(forms, truth, partial(_closely, d, point))
    return tally.report(samples * len(group))


@dataclass
class _Tally:
    """Errors with what is tolerated and where they are, the sizes tried, and the methods, as they are found."""

    errors: list[tuple[float, float, str]] = field(default_factory=list)
    tried: list[Mapping[str, int]] = field(default_factory=list)
    methods: dict[str, None] = field(default_factory=dict)

    def add(self, forms: Mapping[str, Numbers], truth: Truth, closely: Callable[[], Look | None]) -> None:
        """How far index form and closed form are from the truth at the sizes tried last; ``closely`` where floats differ."""
        if not all(_relative(value, truth[0]) <= truth[1] for value in forms.values()):
            forms, truth = closely() or (forms, truth)
        number, tolerance, how = truth
        self.methods[how] = None
        for name, value in forms.items():
            self.errors.append((_relative(value, number), tolerance, f"{name} against {how} at {dict(self.tried[-1])}"))

    def report(self, samples: int) -> CheckReport:
        """What all of them say."""
        bad = [e for e in self.errors if not e[0] <= e[1]]
        worst = max(bad or self.errors, key=lambda e: e[0] / e[1], default=(0.0, 1.0, ""))
        first = [e[0] for e in self.errors if e[1] == TOLERANCE] or [e[0] for e in self.errors]
        largest = worst[0] if bad else max(first, default=0.0)
        return CheckReport(not bad, largest, tuple(self.tried), samples, tuple(self.methods), worst[2])


def _point(derivatives: Sequence[Derived], seed: int, sizes: Mapping[str, int] | None, apart: Sequence[Any] = ()) -> Sample:
    read = dict.fromkeys(e for d in derivatives for e in (d.primal, d.wrt, d.upstream) if e is not None)
    held = _assumed(derivatives)
    with suppress(EvaluationError):  # of all pairs of points, those of one with itself are never apart
        return sample(list(read), seed, sizes, assuming=[*held, *apart])
    return sample(list(read), seed, sizes, assuming=held)


def _assumed(derivatives: Sequence[Derived]) -> list[Any]:
    """The relations that they require, each once."""
    return list(dict.fromkeys(c for d in derivatives for c in d.required if hasattr(c, "lhs")))


def _apart(derivatives: Sequence[Derived]) -> list[Any]:
    """What they need not to be 0: where all of relu(x) is, its norm has a kink."""
    return list(dict.fromkeys(c for d in derivatives for c in d.conditions if isinstance(c, Ne)))


def _entries(d: Derived) -> Any:
    """The index form as an array of its entries."""
    return Named("index_form", d.indices, d.index) if d.indices else d.index


def _forms(derivatives: Sequence[Derived], data: Mapping[str, Any]) -> list[dict[str, Numbers]]:
    """Index form and closed form of each at a point; what they share is computed once."""
    values = evaluate_all([node for d in derivatives for node in (_entries(d), d.closed)], data, strict=False)
    return [{"index form": np.asarray(index, float), "closed form": np.asarray(closed, float)}
            for index, closed in zip(values[::2], values[1::2], strict=True)]


# ------------------------------------------------------------------ before a result is believed

def unsuspected(derivatives: Sequence[Derived]) -> list[bool]:
    """Which of several derivatives have a closed form that agrees with their index form at one small point, or at two
    others where rounding shows less.

    What they share is computed once.  The others are to be looked at one by one.
    """
    fine = _agreeing(derivatives, 0, ONE)
    again = [d for d, agree in zip(derivatives, fine, strict=True) if not agree]
    if again and len(derivatives) > 1:
        looks = zip(*(_agreeing(again, seed, MILD) for seed in range(1, 1 + MILD_LOOKS)), strict=True)
        verdicts = iter([all(each) for each in looks])
        fine = [agree or next(verdicts) for agree in fine]
    return fine


def _agreeing(derivatives: Sequence[Derived], seed: int, plan: tuple[tuple[str, int], ...]) -> list[bool]:
    """Of which the closed form agrees with the index form at the points of a plan."""
    pairs = [(_entries(d), d.found.spelled) for d in derivatives]
    assumed = _assumed(derivatives)
    try:
        variables = Variables([node for pair in pairs for node in pair])
        rng = np.random.default_rng(seed)
        sizes = random_sizes(variables, rng, assuming=assumed)
        rows = rows_at(variables, sizes, rng, np.ones(1), plan=plan, assuming=assumed)
        evaluator = Evaluator(rows.data())
    except (SymderivError, ValueError, OverflowError):
        return [False] * len(pairs)

    def agree(pair: tuple[Any, Any]) -> bool:
        try:
            with np.errstate(all="ignore"):
                left, right = (np.asarray(value_of(evaluator, node), float) for node in pair)
            shape = (rows.count, *np.broadcast_shapes(left.shape[1:], right.shape[1:]))
            gap = apart(*(np.broadcast_to(v, shape).reshape(rows.count, -1) for v in (left, right)))
        except (SymderivError, ValueError, OverflowError, ZeroDivisionError, np.linalg.LinAlgError):
            return False
        return not (gap.alone.any() or (gap.rough > ROUGH).any()) and bool(np.isfinite(left).all())

    return list(map(agree, pairs))


def refutation(d: Derived) -> str | None:
    """Where the closed form differs from the index form at one small point and, looked at closely, for certain."""
    if _agreeing((d,), 0, ONE)[0]:
        return None
    entries, assumed = _entries(d), _assumed((d,))
    try:
        variables = Variables([entries, d.found.spelled])
        rng = np.random.default_rng(0)
        sizes = random_sizes(variables, rng, assuming=assumed)
        rows = rows_at(variables, sizes, rng, np.ones(1), plan=ONE, assuming=assumed)
        gap = apart(*(values_at(node, rows).reshape(rows.count, -1) for node in (entries, d.found.spelled)))
    except (SymderivError, ValueError, OverflowError):
        return None
    suspicious = np.flatnonzero((gap.alone | (gap.rough > ROUGH)).any(axis=1))
    try:
        nodes = (entries, d.found.spelled)
        looked = (settled(nodes, rows.point(int(row)), False) for row in suspicious)
        # Where both are zero but for rounding, more digits at the point itself say so.
        if not any(each is not None and (each in (UNCLEAR, VAST) or each.kind == "differ") for each in looked):
            return None
        report = compare(*nodes, assuming=assumed)
    except BoundExceeded:
        # Too deep to be computed in many digits: rounding alone leaves no difference where numbers are small.
        mild = all(_agreeing((d,), seed, MILD)[0] for seed in range(1, 1 + MILD_LOOKS))
        return None if mild else "the two differ by more than rounding, in a network too deep for many digits"
    return str(report.counterexample) if report.status == "refuted" else None


def doubt(d: Derived) -> str | None:
    """What numbers say against a result at the smallest sizes and at others, in words; None where they agree."""
    return doubts((d,), (d.closed,))[0]


def doubts(derivatives: Sequence[Derived], closed: Sequence[Any]) -> list[str | None]:
    """The same of several derivatives of one expression, with the closed forms that are shown of them.

    Every entry of each is looked at, but at points that they have in common, where what they share is computed once; of a
    large network all entries of a variable together, in one direction.
    """
    read, assumed = Variables([derivatives[0].primal, *(d.wrt for d in derivatives)]), _assumed(derivatives)
    try:
        smallest = next(iter(smallest_sizes(read, assuming=assumed)), None)
    except SymderivError:
        smallest = None
    found = [_Seen() for _ in derivatives]
    tries = (smallest, None, None) if smallest else (None, None)
    for k, sizes in enumerate(tries):
        # At last away from where what the results divide by is 0, if they had no value elsewhere.
        last = k == len(tries) - 1
        if last and not any(seen.verdict and not seen.against for seen in found):
            break
        try:
            point = _point(derivatives, k, sizes, _apart(derivatives) if last else ())
        except _failures():
            continue
        nodes = [(_entries(d), form) for d, form in zip(derivatives, closed, strict=True)]
        variables = Variables([n for pair in nodes for n in pair])
        # A size may have the name of an array that stands in the primal alone.
        known = {**point.arrays, **{n: size for n, size in point.sizes.items() if n not in variables.tensors}}
        evaluator = Evaluator(Data(variables, known, strict=False))
        where = f"at the sizes {dict(point.sizes)}" if point.sizes else "at a point"
        for seen, pair, truth in zip(found, nodes, _first_truths(derivatives, point.everything, False), strict=True):
            if truth is not None and seen.against is None:
                seen.look(evaluator, pair, truth, where)
    return [seen.verdict for seen in found]


@dataclass
class _Seen:
    """What was seen of one derivative at the points so far."""

    against: str | None = None
    nowhere: str | None = None
    valued: bool = False

    def look(self, evaluator: Evaluator, pair: tuple[Any, Any], truth: Seen, where: str) -> None:
        """Index form and closed form against derivatives of the primal at a point."""
        way = truth[2]
        try:
            values = [np.asarray(value_of(evaluator, node), float)[0] for node in pair]
            values = values if way is None else [np.asarray(np.tensordot(v, way, axes=way.ndim)) for v in values]
        except _failures():
            return
        for name, value in zip(("index form", "closed form"), values, strict=True):
            if not np.all(np.isfinite(value)):
                if np.all(np.isfinite(truth[0])):
                    self.against = f"the {name} has no value {where}, where the derivative exists"
                    return
                self.nowhere = f"the {name} has no value at any point that was tried"
            elif np.all(np.isfinite(truth[0])) and not _relative(value, truth[0]) <= max(ROUGH, truth[1]):
                self.against = f"the {name} differs from derivatives of the primal {where}"
                return
            else:
                self.valued = True

    @property
    def verdict(self) -> str | None:
        return self.against or (None if self.valued else self.nowhere)


def _failures() -> tuple[type[Exception], ...]:
    """What can happen at a point at which something has no value."""
    return SymderivError, ZeroDivisionError, np.linalg.LinAlgError


def _first_truths(derivatives: Sequence[Derived], data: Mapping[str, Any], whole: bool = True) -> list[Seen | None]:
    """Of each the derivative of the primal by dual numbers, with its tolerance; None where it has none.

    Unless the ``whole`` is asked for, those of many entries are taken in one direction of each variable.
    """
    found: list[Seen | None] = [None] * len(derivatives)
    together = [k for k, d in enumerate(derivatives) if d.occurs and d.order == 1 and isinstance(d.wrt, Tensor)]
    try:
        if len(together) > 1:
            several = list(dict.fromkeys(derivatives[k].wrt for k in together))
            ways = None if whole else _directions([np.shape(data[v.name]) for v in several])
            full = dict(zip(several, jacobians(derivatives[0].primal, several, data, ways), strict=True))
            for k in together:
                wrt = derivatives[k].wrt
                way = None if ways is None else ways[several.index(wrt)]
                found[k] = _contracted(full[wrt], derivatives[k], data), TOLERANCE, way
    except _failures():
        pass
    for k, d in enumerate(derivatives):
        if found[k] is None:
            try:
                found[k] = *_truths(d, data, quick=True)[0][:2], None
            except _failures():
                continue
    return found


def _directions(shapes: Sequence[tuple[int, ...]]) -> list[Numbers] | None:
    """One for each of several variables, in which no entry is left out; None where there are few entries."""
    if sum(map(math.prod, shapes)) <= BATCH:
        return None
    rng = np.random.default_rng(0)
    return [rng.uniform(0.5, 1.5, shape) * rng.choice((-1, 1), shape) for shape in shapes]


def _truths(d: Derived, data: Mapping[str, Any], quick: bool = False) -> list[tuple[Numbers, float, str]]:
    if not d.occurs:
        shape = np.shape(evaluate_all([d.closed], data, strict=False)[0])
        return [(np.zeros(shape), TOLERANCE, "the variable not occurring")]
    if d.order == 2:
        if d.gradient is not None and _stops(d.primal):
            full = jacobian(d.gradient, d.wrt, data, "dual")
            return [(_contracted(full, d, data, trailing=True), TOLERANCE, "dual numbers of the gradient")]
        second = hessian(d.primal, d.wrt, d.wrt, data)
        return [(_contracted(second, d, data, trailing=True), SECOND_ORDER_TOLERANCE,
                 "central differences of dual numbers")]
    dual = (_contracted(jacobian(d.primal, d.wrt, data, "dual"), d, data), TOLERANCE, "dual numbers")
    # A root of what is 0 at all values has no slope by the chain rule, and is constant.
    unknown = not np.all(np.isfinite(dual[0]))
    if quick or _stops(d.primal):
        return [dual]
    full = jacobian(d.primal, d.wrt, data, "central")
    if unknown:
        full = np.where(np.abs(full - jacobian(d.primal, d.wrt, data, "ahead")) <= AHEAD * (1 + np.abs(full)), full, np.nan)
    central = (_contracted(full, d, data), CENTRAL_TOLERANCE, "central differences")
    return [central] if unknown else [dual, central]


def _stops(primal: Any) -> bool:
    """Whether something in an expression is held constant: differences of its values say nothing of its derivative."""
    return any(map(stop_gradient.applied, subexpressions(primal)))


def _closely(d: Derived, point: Sample) -> Look | None:
    """Index form and closed form, and differences of the primal, in many digits: what is steep or large is told there.

    All are divided by the largest of these differences, so that they are floats again.  None where that cannot be done.
    """
    if not d.occurs or d.order > 2 or _stops(d.primal):
        return None
    data = {**point.sizes, **precise(point)}
    try:
        with many_digits(CLOSE_DIGITS):
            full = differences(d.primal, d.wrt, data, d.order)
            forms = values_in_digits([_entries(d), d.closed, *([] if d.upstream is None else [d.upstream])], data)
            if d.upstream is not None:
                axes = forms[2].ndim
                full = np.tensordot(*((full, forms[2]) if d.order == 2 else (forms[2], full)), axes=axes)
            scale = max([1, *map(abs, full.ravel())])
            index, closed, truth = (np.asarray(np.asarray(v, object) / scale, float) for v in (*forms[:2], full))
    except (SymderivError, TypeError, ValueError, ArithmeticError):
        return None
    return {"index form": index, "closed form": closed}, (truth, CENTRAL_TOLERANCE, "central differences in many digits")


def _contracted(full: Numbers, d: Derived, data: Mapping[str, Any], trailing: bool = False) -> Numbers:
    """With an upstream cotangent (or a direction), the Jacobian contracted with it."""
    if d.upstream is None:
        return full
    g = np.asarray(evaluate_all([d.upstream], data, strict=False)[0], float)
    if trailing:
        return np.asarray(np.tensordot(full, g, axes=g.ndim))
    return np.asarray(np.tensordot(g, full, axes=g.ndim))


def _relative(value: Numbers, truth: Numbers) -> float:
    if value.shape != truth.shape:
        return float("inf")
    if not truth.size:
        return 0.0
    if not (np.all(np.isfinite(value)) and np.all(np.isfinite(truth))):
        return float("inf")
    return float(np.max(np.abs(value - truth)) / max(1.0, float(np.max(np.abs(truth)))))


__all__ = ["TOLERANCE", "Counterexample", "compare", "confirmed"]
