"""Functions of statistics, the gamma function's, and the angle of a point.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 6.1, 6.3, 6.4, 7.1 and 26.2.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy
from sympy import Expr, pi

from ..errors import NoRule
from ..late import np
from ..terms.nodes import MINUS_ONE, ONE, Const, Node, add, fn, mul, neg, num, power
from .scalar_function import EVEN, ODD, POSITIVE, ScalarFunction, register

_TWO, _HALF = num(2), num(Fraction(1, 2))
_ROOT_OF_TWO_PI = power(mul(_TWO, Const(pi)), num(Fraction(-1, 2)))


def _each(np: Any, rule: Any, *arrays: Any) -> Any:
    """A function of Python's numbers, entry by entry."""
    return np.asarray(np.vectorize(rule, otypes=[float])(*arrays))


# NumPy has no erf; the standard library's is applied entry by entry, in the type of the operand.
erf = register(ScalarFunction(
    "erf", "Error function of every entry.  Source: DLMF, section 7.2(i).", sympy=sympy.erf,
    derivative=(lambda x: mul(num(2), power(Const(pi), num(Fraction(-1, 2))), fn("exp", neg(power(x, num(2))))),),
    numpy="np.vectorize(math.erf, otypes=[dtype])({0})", jax="jax.scipy.special.erf({0})", torch="torch.erf({0})",
    value=lambda np, x: _each(np, math.erf, x), slopes=(lambda np, x: 2 / math.sqrt(math.pi) * np.exp(-x * x),),
    analytic=False, values={0: 0}, parity=ODD, bits=lambda x: 1.5 * x * x))

normal_pdf = register(ScalarFunction(
    "normal_pdf", "Density of the standard normal distribution at every entry, exp(-x²/2)/√(2π)."
    "  Source: Abramowitz and Stegun (1964), 26.2.1.",
    derivative=(lambda x: neg(mul(x, fn("normal_pdf", x))),),
    numpy="(np.exp(-np.square({0}) / 2) / math.sqrt(2 * math.pi))",
    value=lambda np, x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    slopes=(lambda np, x: -x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi),),
    multiprecision=lambda mp, x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    expansion=lambda x: mul(_ROOT_OF_TWO_PI, fn("exp", mul(num(Fraction(-1, 2)), power(x, _TWO)))), shown=True,
    values={0: 1 / sympy.sqrt(2 * pi)}, limits=(sympy.S.Zero, sympy.S.Zero), parity=EVEN, sign=POSITIVE))

def normal_cdf(x: Any) -> Expr:
    """The standard normal distribution function of every entry, by erfc, which loses no digits far below 0."""
    x = np.asarray(x)
    return np.vectorize(math.erfc, otypes=[x.dtype])(-x / math.sqrt(2)) / 2


normal_distribution = register(ScalarFunction(
    "normal_cdf", "Distribution function of the standard normal distribution at every entry, (1 + erf(x/√2))/2."
    "  Source: Abramowitz and Stegun (1964), 26.2.2.",
    derivative=(lambda x: fn("normal_pdf", x),),
    numpy="normal_cdf({0})", helper=normal_cdf,
    jax="jax.scipy.special.ndtr({0})", torch="torch.special.ndtr({0})",
    value=lambda np, x: _each(np, math.erfc, -x / math.sqrt(2)) / 2,
    slopes=(lambda np, x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),),
    multiprecision=lambda mp, x: mp.erfc(-x / mp.sqrt(2)) / 2, analytic=False,
    expansion=lambda x: mul(_HALF, add(ONE, fn("erf", mul(x, power(_TWO, num(Fraction(-1, 2))))))), shown=True,
    values={0: sympy.S.Half}, limits=(sympy.S.Zero, sympy.S.One), sign=POSITIVE, bits=lambda x: 0.75 * x * x))


# ------------------------------------------------------------------ the gamma function

def gammaln(x: Any) -> Expr:
    """log |Γ(x)| of every entry, infinite at 0, -1, -2, ..."""
    x = np.asarray(x)
    return np.vectorize(lambda v: math.lgamma(v) if v > 0 or v != math.floor(v) else math.inf, otypes=[x.dtype])(x)


def polygamma(order: Any, x: Any) -> Expr:
    """The derivatives of log |Γ(x)|, counted from ψ: by their recurrence to large x, then by the asymptotic series."""
    order, x = np.asarray(order), np.asarray(x)
    if order.ndim:
        each = np.stack([np.where(order == n, polygamma(n, x), 0) for n in np.unique(order)])
        return each.sum(axis=0)
    if order < 0 or order != np.floor(order):
        return np.full(x.shape, np.nan)
    n = int(order)
    # So far below 0 the recurrence would take too long.
    sign, far, total = (-1) ** (n + 1), np.where(x < -10000, np.nan, x.astype(float)), np.zeros(x.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        while np.any(far < 16 + n):
            near = far < 16 + n
            total = total + np.where(near, sign * math.factorial(n) / far ** (n + 1), 0)
            far = np.where(near, far + 1, far)
        head = -np.log(far) if n == 0 else math.factorial(n - 1) / far**n
        tail = math.factorial(n) / (2 * far ** (n + 1))
        for k, b in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
            tail = tail + b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / far ** (2 * k + n)
    return (total + sign * (head + tail)).astype(x.dtype)


def _pole(mp: Any, rule: Any, at: Any) -> Any:
    """A value of mpmath, infinite at the poles."""
    return mp.inf if at <= 0 and mp.isint(at) else rule(at)


def _log_gamma(v: float) -> float:
    return math.inf if v <= 0 and v == math.floor(v) else math.lgamma(v)


def _psi(order: float, v: float) -> float:
    return float(_polygamma(mpmath.mp, order, mpmath.mpf(v)))


def _polygamma(mp: Any, order: Any, at: Any) -> Any:
    """A value of mpmath; none where the order is no whole number."""
    if order < 0 or order != int(order):
        return mp.nan
    return _pole(mp, lambda z: mp.psi(int(order), z), at)


def _no_order(*_: Any) -> Any:
    raise NoRule("the order of polygamma is a whole number, by which there is no derivative", hint="differentiate by x")


log_gamma = register(ScalarFunction(
    "gammaln", "log |Γ(x)| of every entry.  Source: DLMF, section 5.2(i).",
    derivative=(lambda x: fn("digamma", x),), helper=gammaln,
    numpy="gammaln({0})", jax="jax.scipy.special.gammaln({0})", torch="torch.lgamma({0})", reads=("lgamma", "loggamma"),
    value=lambda np, x: _each(np, _log_gamma, x), slopes=(lambda np, x: _each(np, lambda v: _psi(0, v), x),),
    multiprecision=lambda mp, x: _pole(mp, lambda z: mp.loggamma(z).real, x), analytic=False,
    values={1: 0, 2: 0}, everywhere=False, domain=True))

digamma = register(ScalarFunction(
    "digamma", "ψ(x) of every entry, the derivative of log |Γ(x)|.  Source: DLMF, section 5.2(i).",
    derivative=(lambda x: fn("polygamma", ONE, x),), helper=polygamma,
    numpy="polygamma(0, {0})", jax="jax.scipy.special.digamma({0})", torch="torch.digamma({0})", reads=("psi_function",),
    value=lambda np, x: _each(np, lambda v: _psi(0, v), x), slopes=(lambda np, x: _each(np, lambda v: _psi(1, v), x),),
    multiprecision=lambda mp, x: _pole(mp, lambda z: mp.psi(0, z), x), analytic=False, everywhere=False, domain=True))

derivative_of_digamma = register(ScalarFunction(
    "polygamma", "The derivative of ψ(x) of a whole order, at every entry.  Source: DLMF, section 5.15.",
    derivative=(_no_order, lambda n, x: fn("polygamma", add(n, ONE), x)), helper=polygamma,
    numpy="polygamma({0}, {1})", jax="jax.scipy.special.polygamma({0}, {1})", torch="torch.polygamma(int({0}), {1})",
    value=lambda np, n, x: _each(np, _psi, n, x), slopes=(_no_order, lambda np, n, x: _each(np, _psi, n + 1, x)),
    multiprecision=_polygamma, analytic=False, everywhere=False, domain=True, whole=1))


# ------------------------------------------------------------------ the angle of a point

def _over_square(top: Node, y: Node, x: Node) -> Node:
    return mul(top, power(add(power(x, _TWO), power(y, _TWO)), MINUS_ONE))


arctan2 = register(ScalarFunction(
    "arctan2", "The angle of the point (x, y), given as arctan2(y, x), from the positive axis of x, in (-π, π]."
    "  Source: NumPy, arctan2.",
    derivative=(lambda y, x: _over_square(x, y, x), lambda y, x: neg(_over_square(y, y, x))),
    numpy="np.arctan2({0}, {1})", reads=("atan2",), value=lambda np, y, x: np.arctan2(y, x), analytic=False,
    slopes=(lambda np, y, x: x / (x * x + y * y), lambda np, y, x: -y / (x * x + y * y)),
    multiprecision=lambda mp, y, x: mp.atan2(y, x)))
