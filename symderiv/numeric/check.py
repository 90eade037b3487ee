"""Checks by numbers: a derivative against derivatives of its primal, and two expressions against each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
from sympy import Expr

from ..errors import EvaluationError, SymderivError
from .differentiate import hessian, jacobian
from .dual import Numbers
from .evaluate import Variables, evaluate_all, evaluate_entries
from .sampling import Sample, random_sizes, reach, sample, sample_at, smallest_sizes

if TYPE_CHECKING:
    from ..engine import Derivation

TOLERANCE = 1e-9
CENTRAL_TOLERANCE = 1e-6
SECOND_ORDER_TOLERANCE = 1e-5
DIGITS = 50
# Sizes beyond this take the evaluator, which enumerates every index, too long.
MAX_REACH = 12
# The digits that mpmath counts with are those of the whole process.
_PRECISION = RLock()


@dataclass(frozen=True)
class CheckReport:
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


def check_derivation(d: Derivation, seed: int = 0, samples: int = 3, sizes: Mapping[str, int] | None = None) -> CheckReport:
    """Index form and closed form against dual numbers and central differences of the primal, entry by entry.

    Each sample has its own pairwise different sizes.  Reproducible by the seed.
    """
    errors: list[tuple[float, float, str]] = []
    tried: list[Mapping[str, int]] = []
    methods = ("dual numbers", "central differences")
    for k in range(samples):
        point = sample([d.primal, d.wrt, *([d.upstream] if d.upstream is not None else [])], seed * 1009 + k, sizes,
                       assuming=[c for c in d.conditions if _is_relation(c)])
        data = point.everything
        tried.append(point.sizes)
        forms = {"index form": np.asarray(evaluate_entries(d.index, d.indices, data), float) if d.indices else
                 np.asarray(evaluate_all([d.index], data, strict=False)[0], float),
                 "closed form": np.asarray(evaluate_all([d.closed], data, strict=False)[0], float)}
        for truth, tolerance, how in _truths(d, data):
            for name, value in forms.items():
                errors.append((_relative(value, truth), tolerance, f"{name} against {how} at {dict(point.sizes)}"))
    bad = [e for e in errors if not e[0] <= e[1]]
    worst = max(bad or errors, key=lambda e: e[0] / e[1], default=(0.0, 1.0, ""))
    first = [e[0] for e in errors if e[1] == TOLERANCE] or [e[0] for e in errors]
    return CheckReport(not bad, worst[0] if bad else max(first, default=0.0), tuple(tried), samples, methods, worst[2])


def _truths(d: Derivation, data: Mapping[str, Any]) -> list[tuple[Numbers, float, str]]:
    if not d.occurs:
        shape = np.shape(evaluate_all([d.closed], data, strict=False)[0])
        return [(np.zeros(shape), TOLERANCE, "the variable not occurring")]
    if d.order == 2:
        second = hessian(d.primal, d.wrt, d.wrt, data)
        return [(_contracted(second, d, data, trailing=True), SECOND_ORDER_TOLERANCE,
                 "central differences of dual numbers")]
    return [(_contracted(jacobian(d.primal, d.wrt, data, "dual"), d, data), TOLERANCE, "dual numbers"),
            (_contracted(jacobian(d.primal, d.wrt, data, "central"), d, data), CENTRAL_TOLERANCE, "central differences")]


def _contracted(full: Numbers, d: Derivation, data: Mapping[str, Any], trailing: bool = False) -> Numbers:
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


def _is_relation(condition: object) -> bool:
    return hasattr(condition, "lhs")


# ------------------------------------------------------------------ two expressions

@dataclass(frozen=True)
class Counterexample:
    """Where two sides differ: sizes, data (labels from 0), the entry counted from 1, and both values there."""

    sizes: Mapping[str, int]
    arrays: Mapping[str, Any]
    entry: tuple[int, ...]
    lhs: float
    rhs: float

    def __str__(self) -> str:
        data = [f"{k} = {v}" for k, v in self.sizes.items()]
        data += [f"{k} = {np.asarray(v).tolist()}" for k, v in self.arrays.items()]
        at = f" at entry {self.entry}" if self.entry else ""
        # As many digits as show the difference.
        shown = ((f"{self.lhs:.{n}g}", f"{self.rhs:.{n}g}") for n in (6, 9, 12, 17))
        left, right = next(((a, b) for a, b in shown if a != b), (repr(self.lhs), repr(self.rhs)))
        return f"for {', '.join(data)}: left {left}, right {right}{at}"


@dataclass(frozen=True)
class Comparison:
    """supported, refuted or undecided, with the counterexample and the evidence in words."""

    status: str
    counterexample: Counterexample | None = None
    evidence: str = ""
    sizes: tuple[Mapping[str, int], ...] = field(default=())


def compare(lhs: Expr, rhs: Expr, *, assuming: Iterable[Any] = (), seed: int = 0, points: int = 4) -> Comparison:
    """Two expressions at small sizes and small whole numbers first, then at random points of several sizes.

    A difference counts only when it is confirmed with 50 digits.
    """
    assumed = tuple(c for c in assuming if _is_relation(c))
    nodes = [lhs, rhs]
    problem = ""
    try:
        variables = Variables(nodes)
    except SymderivError as error:
        return Comparison("undecided", evidence=error.message)
    tried: list[Mapping[str, int]] = []
    rng = np.random.default_rng(seed)
    candidates: list[tuple[dict[str, int], str]] = []
    for chosen in islice(smallest_sizes(variables, assuming=assumed), 12):
        candidates += [(chosen, "integer")] * 4 + [(chosen, "float")]
    beyond = reach(nodes)
    if 4 <= beyond <= MAX_REACH:
        with suppress(SymderivError):
            candidates.append((random_sizes(variables, rng, assuming=assumed, smallest=beyond + 1), "float"))
    for chosen, numbers in candidates:
        try:
            point = sample_at(nodes, chosen, rng, variables=variables, numbers=numbers)
        except SymderivError as error:
            problem = error.message
            continue
        found = _differs(nodes, point)
        if found is not None:
            return Comparison("refuted", found, f"a counterexample, confirmed with {DIGITS} digits", tuple(tried))
        tried.append(chosen)
    for k in range(points):
        try:
            point = sample(nodes, seed * 31 + k, assuming=assumed)
        except SymderivError as error:
            problem = error.message
            continue
        found = _differs(nodes, point)
        if found is not None:
            return Comparison("refuted", found, f"a counterexample, confirmed with {DIGITS} digits", tuple(tried))
        tried.append(point.sizes)
    if not tried:
        return Comparison("undecided", evidence=f"no point could be tried: {problem}")
    different = len({tuple(sorted(s.items())) for s in tried})
    spread = f" with {different} choices of sizes" if different > 1 else ""
    return Comparison("supported", None, f"both sides agree to 9 digits at {len(tried)} points{spread}", tuple(tried))


def _differs(nodes: list[Expr], point: Sample) -> Counterexample | None:
    """The entry that differs most, where it still differs in extended precision."""
    left, right = (np.asarray(v) for v in evaluate_all(nodes, point.everything))
    if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))) or left.shape != right.shape:
        return None
    gap = np.abs(left - right) / np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
    if not gap.size or float(np.max(gap)) <= TOLERANCE:
        return None
    where = np.unravel_index(int(np.argmax(gap)), gap.shape)
    if not confirmed(nodes, point, where):
        return None
    return Counterexample(point.sizes, point.arrays, tuple(int(w) + 1 for w in where), float(left[where]),
                          float(right[where]))


def confirmed(nodes: list[Expr], point: Sample, where: tuple[Any, ...]) -> bool:
    """The same entry in 50-digit arithmetic."""
    with _PRECISION, mpmath.workdps(DIGITS):
        precise = {name: np.vectorize(lambda v: mpmath.mpf(float(v)), otypes=[object])(value)
                   if np.asarray(value).dtype.kind == "f" else value for name, value in point.arrays.items()}
        precise = {name: value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
                   for name, value in precise.items()}
        try:
            left, right = (np.asarray(v, dtype=object) for v in evaluate_all(nodes, {**point.sizes, **precise}))
            a, b = left[where], right[where]
            return bool(abs(a - b) > mpmath.mpf(10) ** -12 * max(1, abs(a), abs(b)))
        except (EvaluationError, TypeError, ValueError):
            return True


__all__ = ["CheckReport", "Comparison", "Counterexample", "check_derivation", "compare", "confirmed"]
