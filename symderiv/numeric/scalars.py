"""Scalar arithmetic for every kind of number that the evaluator takes.

Floating and complex arrays stay NumPy's own; Fractions, mpmath numbers and SymPy numbers are entries of object arrays,
and come out as the same kind.  A complex number stands for a real one with an infinitesimal imaginary part (the complex
step), so comparisons and the branches at kinks look at the real part.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import sympy

from ..arrays.strict import expression
from ..errors import EvaluationError, UnknownFunction
from ..functions import network_functions as layer_functions
from .dual import DUAL_FUNCTIONS, Dual, erf

# Beyond this, an exponential takes the memory of the machine.
TOO_LARGE = 10**12
_GROWING = frozenset({"exp", "sinh", "cosh", "tanh", "sigmoid", "softplus", "erf"})

KINKED = frozenset({"Abs", "sign", "relu", "heaviside", "floor", "ceiling"})


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


def _relu(x: Any) -> Any:
    return np.where(real(x) > 0, x, 0)


def _softplus(x: Any) -> Any:
    return np.where(real(x) > 0, x + np.log1p(np.exp(-x)), np.log1p(np.exp(x)))


_NATIVE: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh,
    "Abs": lambda x: np.where(real(x) < 0, -x, x),
    "sign": lambda x: np.sign(real(x)),
    "floor": lambda x: np.floor(real(x)),
    "ceiling": lambda x: np.ceil(real(x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": _softplus,
    "relu": _relu,
    "heaviside": lambda x: np.where(real(x) > 0, 1.0, 0.0),
}

_MPMATH: dict[str, Callable[[Any], Any]] = {
    "Abs": lambda x: -x if x.real < 0 else x,
    "sign": lambda x: mpmath.sign(x.real),
    "ceiling": mpmath.ceil,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: x + mpmath.log1p(mpmath.exp(-x)) if x.real > 0 else mpmath.log1p(mpmath.exp(x)),
    "relu": lambda x: x if x.real > 0 else mpmath.mpf(0),
    "heaviside": lambda x: mpmath.mpf(1 if x.real > 0 else 0),
}


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


def _one(name: str, value: Any) -> Any:
    """A function of one number of an object array."""
    if is_multiprecision(value):
        own = _MPMATH.get(name) or getattr(mpmath, name, None)
        if own is None:
            raise UnknownFunction(f"{name} has no multi-precision evaluation")
        if name in _GROWING and abs(value.real) > TOO_LARGE:
            raise EvaluationError(f"the argument of {name} is too large to be computed with")
        return _of_the_reals(own(value), value)
    if isinstance(value, float | complex):
        return function(name, np.asarray(value)).item()
    own = getattr(layer_functions, name, None) or getattr(sympy, name)
    return as_exact(own(exact_number(value)))


def function(name: str, x: Any) -> Any:
    """A function, named as SymPy names it, of every entry.  Raises UnknownFunction."""
    if isinstance(x, Dual):
        if name not in DUAL_FUNCTIONS:
            raise UnknownFunction(f"{name} has no dual-number derivative")
        return x.function(name)
    if x.dtype == object:
        return np.frompyfunc(lambda v: _one(name, v), 1, 1)(x)
    if name == "erf" and not np.iscomplexobj(x):
        return erf(x)
    if name not in _NATIVE:
        raise UnknownFunction(f"{name} cannot be evaluated")
    return _NATIVE[name](x)


def known(name: str) -> bool:
    """Whether a function can be evaluated at floating-point numbers."""
    return name in _NATIVE or name == "erf"


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
                mpmath.log(abs(base))) > TOO_LARGE:
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
        from .dual import as_dual

        return as_dual(base).power(exponent)
    if base.dtype == object or exponent.dtype == object:
        return np.frompyfunc(_object_power, 2, 1)(base, exponent)
    if exponent.size == 1:
        e = exponent.reshape(-1)[0].real
        if e == 0.5:
            return np.sqrt(base)
        if e == int(e) and abs(e) < 64:
            return base ** int(e) if e >= 0 else 1 / base ** int(-e)
    return base ** exponent


__all__ = ["KINKED", "as_exact", "function", "is_multiprecision", "known", "power", "real", "truth"]
