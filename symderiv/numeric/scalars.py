"""Scalar arithmetic for every kind of number that the evaluator takes.

Floating and complex arrays stay NumPy's own; Fractions, mpmath numbers and SymPy numbers are entries of object arrays,
and come out as the same kind.  A complex number stands for a real one with an infinitesimal imaginary part (the complex
step), so comparisons and the branches at kinks look at the real part.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

from ..arrays.strict import expression
from ..bounds import remembered
from ..errors import EvaluationError, UnknownFunction
from ..functions import ScalarFunction
from ..late import np
from .dual import Dual, applied, as_dual

# Beyond this, an exponential takes the memory of the machine.
TOO_LARGE = 10**12
def exact_number(value: Any) -> Any:
    """An entry of an exact array as SymPy's number."""
    return value if isinstance(value, sympy.Expr) else expression(value)


def real(x: Any) -> Any:
    """What is compared: values of dual numbers, real parts of complex ones."""
    x = x.value if isinstance(x, Dual) else x
    return x.real if np.iscomplexobj(x) else x


def truth(condition: Any) -> Any:
    """A comparison of object arrays as an array of Booleans."""
    return np.asarray(condition).astype(bool)


def is_multiprecision(value: object) -> bool:
    """Whether a number is one of mpmath's."""
    return isinstance(value, mpmath.mpf | mpmath.mpc)


def as_exact(value: Any) -> Any:
    """Integers and rationals as Fractions, so that division stays exact; other numbers as they are."""
    if isinstance(value, bool | int | np.integer):
        return Fraction(int(value))
    if isinstance(value, sympy.Rational):
        return Fraction(value.p, value.q)
    return value


def _one(record: ScalarFunction, *values: Any) -> Any:
    """A function of numbers of object arrays, each of one kind or another."""
    if any(v != v for v in values):
        return math.nan
    if any(map(is_multiprecision, values)):
        numbers = [mpmath.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v for v in values]
        if (record.exponential or record.bits) and any(mpmath.isfinite(v) and abs(v.real) > TOO_LARGE for v in numbers):
            raise EvaluationError(f"the argument of {record.name} is too large to be computed with")
        found = _of_the_reals(_of_digits(record, mpmath.mp.prec, *numbers), *numbers)
        return math.nan if record.domain and mpmath.isinf(found) and all(map(mpmath.isfinite, numbers)) else found
    if any(isinstance(v, float | complex) for v in values):
        return _floating(record, *map(np.asarray, values)).item()
    exact = as_exact(record.sympy(*map(exact_number, values)))
    return math.nan if getattr(exact, "is_infinite", False) else exact


# The two sides of a line read the same entries, under one letter and another; thousands of digits take milliseconds.
@remembered(1024)
def _of_digits(record: ScalarFunction, precision: int, *numbers: Any) -> Any:
    if record.multiprecision is not None:
        return record.multiprecision(mpmath.mp, *numbers)
    return getattr(mpmath.mp, record.sympy.__name__)(*numbers)


def _floating(record: ScalarFunction, *arrays: Any) -> Any:
    if not record.analytic and any(map(np.iscomplexobj, arrays)):
        raise UnknownFunction(f"{record.name} cannot be evaluated at complex numbers")
    value = record.value(np, *arrays)
    if record.domain:  # at a pole there is no value, and none is made of it
        value = np.where(np.isinf(value) & reduce(np.logical_and, map(np.isfinite, arrays)), np.nan, value)
    if record.pieces:
        value = np.where(reduce(np.logical_or, map(np.isnan, arrays)), np.nan, value)
    return value


def function(record: ScalarFunction, *arrays: Any) -> Any:
    """A function of every entry.  Raises UnknownFunction."""
    if any(isinstance(x, Dual) for x in arrays):
        return applied(record, *arrays)
    if any(x.dtype == object for x in arrays):
        return np.frompyfunc(lambda *values: _one(record, *values), len(arrays), 1)(*arrays)
    return _floating(record, *arrays)


def _of_the_reals(result: Any, *given: Any) -> Any:
    """nan for a complex value of real numbers: such a function has no value there."""
    if isinstance(result, mpmath.mpc) and not any(isinstance(v, mpmath.mpc) for v in given):
        return mpmath.mpf("nan")
    return result


def _object_power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent < 0:
        return math.nan
    if is_multiprecision(base) or is_multiprecision(exponent):
        base, exponent = (mpmath.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v
                          for v in (base, exponent))
        if base != 0 and mpmath.isfinite(base) and mpmath.isfinite(exponent) and abs(exponent) * abs(
                mpmath.ln(abs(base), prec=53)) > TOO_LARGE:
            raise EvaluationError("a power is too large to be computed with")
        if mpmath.isint(exponent):
            return base ** int(exponent)
        return _of_the_reals(base ** exponent, base, exponent)
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        return base ** int(exponent)
    if isinstance(base, Fraction):
        return as_exact(exact_number(base) ** exact_number(exponent))
    if isinstance(exponent, Fraction):
        exponent = mpmath.mpf(exponent.numerator) / exponent.denominator if is_multiprecision(base) else \
            exact_number(exponent)
    return base ** exponent


def power(base: Any, exponent: Any) -> Any:
    """base ** exponent of every entry; undefined real powers are nan."""
    if isinstance(base, Dual) or isinstance(exponent, Dual):
        return as_dual(base).power(exponent)
    if base.dtype == object or exponent.dtype == object:
        return np.frompyfunc(_object_power, 2, 1)(base, exponent)
    if exponent.size == 1:
        e = exponent.reshape(-1)[0].real
        if e == 0.5:
            return np.sqrt(base)
        if abs(e) < 64 and e == int(e):
            return base ** int(e) if e >= 0 else np.where(base == 0, np.nan, 1 / base ** int(-e))
    # NumPy has a value for 1 ** nan.
    return np.where((base == 0) & (exponent.real < 0) | np.isnan(exponent), np.nan, base ** exponent)
