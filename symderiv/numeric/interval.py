"""Interval arithmetic for scalar expressions: enclosures that are certain, by mpmath's ``iv``.

Every operation rounds outwards, so the value lies in the interval whatever rounding did.  An enclosure of a difference
that leaves out 0 refutes a claim with certainty; what has no rule here has no enclosure, and nothing is said.

Source: Moore, Kearfott and Cloud, Introduction to Interval Analysis (2009), ch. 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mpmath.ctx_iv import MPIntervalContext  # type: ignore[import-untyped]
from sympy import Abs, Add, Expr, Max, Min, Mul, NumberSymbol, Pow, Rational
from sympy.core.function import Function

from ..arrays.arrays import Tensor
from ..functions import BY_CLASS
from .sampling import Sample

DIGITS = 60
# A context of our own, whose precision nobody else sets.
iv = MPIntervalContext()
iv.dps = DIGITS


class _NoEnclosure(Exception):
    """What an interval cannot say here."""


def enclosure(expr: Expr, boxes: Mapping[str, tuple[Any, Any]]) -> tuple[Any, Any] | None:
    """(low, high) around all values of a scalar expression over a box of its tensors; None where there is no rule."""
    try:
        found = _interval(expr, {name: iv.mpf([low, high]) for name, (low, high) in boxes.items()})
        return found.a, found.b
    except (_NoEnclosure, ZeroDivisionError, ValueError, TypeError, OverflowError, NotImplementedError):
        return None


def certain_difference(lhs: Expr, rhs: Expr, point: Sample) -> bool:
    """Whether two scalars differ at a point for certain."""
    if any(getattr(side, "shape", ()) for side in (lhs, rhs)) or any(_size(v) for v in point.arrays.values()):
        return False
    ends = enclosure(Add(lhs, Mul(-1, rhs, evaluate=False), evaluate=False),
                     {name: (float(v), float(v)) for name, v in point.arrays.items()})
    return ends is not None and bool(ends[0] > 0 or ends[1] < 0)


def _size(value: Any) -> bool:
    return bool(getattr(value, "ndim", 0))


def _interval(expr: Any, boxes: Mapping[str, Any]) -> Any:
    if isinstance(expr, Rational):
        return iv.mpf(int(expr.p)) / iv.mpf(int(expr.q))
    if isinstance(expr, NumberSymbol):
        low, high = (expr.evalf(DIGITS + 10) * (1 + s * Rational(1, 10**DIGITS)) for s in (-1, 1))
        return iv.mpf([str(low), str(high)])
    if isinstance(expr, Tensor) and not expr.shape and expr.name in boxes:
        return boxes[expr.name]
    if isinstance(expr, Add | Mul):
        found = _interval(expr.args[0], boxes)
        for arg in expr.args[1:]:
            other = _interval(arg, boxes)
            found = found + other if isinstance(expr, Add) else found * other
        return found
    if isinstance(expr, Pow):
        return _power(_interval(expr.base, boxes), expr.exp)
    if isinstance(expr, Max | Min):
        intervals = [_interval(arg, boxes) for arg in expr.args]
        pick = max if isinstance(expr, Max) else min
        return iv.mpf([pick(x.a for x in intervals), pick(x.b for x in intervals)])
    if isinstance(expr, Function | Abs) and len(expr.args) == 1:
        record = BY_CLASS.get(type(expr).__name__)
        if record is not None and record.interval is not None:
            found = record.interval(iv, _interval(expr.args[0], boxes))
            if found is not None:
                return found
    raise _NoEnclosure


def _power(base: Any, exponent: Expr) -> Any:
    if exponent.is_Integer:
        if exponent < 0 and base.a <= 0 <= base.b:
            raise _NoEnclosure
        return base ** int(exponent)
    if exponent.is_Rational and base.a > 0:
        return iv.exp(iv.log(base) * iv.mpf(int(exponent.p)) / iv.mpf(int(exponent.q)))
    raise _NoEnclosure
