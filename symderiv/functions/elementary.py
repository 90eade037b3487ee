"""Powers, trigonometric and hyperbolic functions, and their inverses.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 4.1 to 4.6.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from ..terms.nodes import MINUS_ONE, ONE, Node, add, fn, mul, neg, num, power
from .scalar_function import EVEN, ODD, POSITIVE, ScalarFunction, by_ends, register, steep

_TWO, _HALF, _ROOT = num(2), num(Fraction(1, 2)), num(Fraction(-1, 2))


def _one_minus_square(x: Node) -> Node:
    return add(ONE, neg(power(x, _TWO)))


def _growth(x: Node) -> Node:
    return fn("exp", mul(_TWO, x))


def _log_enclosure(iv: Any, x: Any) -> Any:
    return iv.log(x) if x.a > 0 else None


exp = register(ScalarFunction(
    "exp", "e to the power of every entry.  Source: DLMF, section 4.2(iii).",
    sympy=sympy.exp, latex=r"\exp", reads=("Exp",), bare=True, stem="e",
    derivative=(lambda x: fn("exp", x),), numpy="np.exp({0})",
    value=lambda np, x: np.exp(x), slopes=(lambda np, x: np.exp(x),), interval=lambda iv, x: iv.exp(x),
    values={0: 1}, undoes="log", sign=POSITIVE, exponential=True, of_matrices=True))

log = register(ScalarFunction(
    "log", "Natural logarithm of every entry.  Source: DLMF, section 4.2(i).",
    sympy=sympy.log, latex=r"\log", reads=("ln", "Log"), bare=True,
    derivative=(lambda x: power(x, MINUS_ONE),), numpy="np.log({0})",
    value=lambda np, x: np.log(x), slopes=(lambda np, x: 1 / x,), interval=_log_enclosure,
    values={1: 0}, undoes="exp", everywhere=False, within=(0, sympy.oo, False), domain=True, of_matrices=True))

sin = register(ScalarFunction(
    "sin", "Sine of every entry.  Source: DLMF, section 4.14.", sympy=sympy.sin, latex=r"\sin", bare=True,
    derivative=(lambda x: fn("cos", x),), numpy="np.sin({0})",
    value=lambda np, x: np.sin(x), slopes=(lambda np, x: np.cos(x),), interval=lambda iv, x: iv.sin(x),
    values={0: 0}, undoes="arcsin", parity=ODD, of_matrices=True))

cos = register(ScalarFunction(
    "cos", "Cosine of every entry.  Source: DLMF, section 4.14.", sympy=sympy.cos, latex=r"\cos", bare=True,
    derivative=(lambda x: neg(fn("sin", x)),), numpy="np.cos({0})",
    value=lambda np, x: np.cos(x), slopes=(lambda np, x: -np.sin(x),), interval=lambda iv, x: iv.cos(x),
    values={0: 1}, undoes="arccos", parity=EVEN, of_matrices=True))

tan = register(ScalarFunction(
    "tan", "Tangent of every entry.  Source: DLMF, section 4.14.", sympy=sympy.tan, latex=r"\tan", reads=("tg",), bare=True,
    derivative=(lambda x: add(ONE, power(fn("tan", x), _TWO)),), numpy="np.tan({0})",
    value=lambda np, x: np.tan(x), slopes=(lambda np, x: 1 + np.tan(x) ** 2,),
    expansion=lambda x: mul(fn("sin", x), power(fn("cos", x), MINUS_ONE)),
    values={0: 0}, undoes="arctan", parity=ODD, everywhere=False, domain=True, of_matrices=True))

sinh = register(ScalarFunction(
    "sinh", "Hyperbolic sine of every entry.  Source: DLMF, section 4.28.", sympy=sympy.sinh, latex=r"\sinh", bare=True,
    derivative=(lambda x: fn("cosh", x),), numpy="np.sinh({0})",
    value=lambda np, x: np.sinh(x), slopes=(lambda np, x: np.cosh(x),),
    interval=by_ends(lambda iv, v: (iv.exp(v) - iv.exp(-v)) / 2),
    expansion=lambda x: mul(_HALF, add(fn("exp", x), neg(fn("exp", neg(x))))),
    values={0: 0}, undoes="arcsinh", parity=ODD, exponential=True, bits=steep, of_matrices=True))

cosh = register(ScalarFunction(
    "cosh", "Hyperbolic cosine of every entry.  Source: DLMF, section 4.28.", sympy=sympy.cosh, latex=r"\cosh", bare=True,
    derivative=(lambda x: fn("sinh", x),), numpy="np.cosh({0})",
    value=lambda np, x: np.cosh(x), slopes=(lambda np, x: np.sinh(x),),
    interval=lambda iv, x: (iv.exp(x) + iv.exp(-x)) / 2,
    expansion=lambda x: mul(_HALF, add(fn("exp", x), fn("exp", neg(x)))),
    values={0: 1}, undoes="arccosh", parity=EVEN, sign=POSITIVE, exponential=True, bits=steep,
    of_matrices=True))

tanh = register(ScalarFunction(
    "tanh", "Hyperbolic tangent of every entry.  Source: DLMF, section 4.28.",
    sympy=sympy.tanh, latex=r"\tanh", reads=("Tanh",), bare=True,
    derivative=(lambda x: _one_minus_square(fn("tanh", x)),), numpy="np.tanh({0})",
    value=lambda np, x: np.tanh(x), slopes=(lambda np, x: 1 / np.cosh(x) ** 2,),
    interval=by_ends(lambda iv, v: 1 - 2 / (iv.exp(2 * v) + 1)),
    expansion=lambda x: mul(add(_growth(x), MINUS_ONE), power(add(_growth(x), ONE), MINUS_ONE)), shown=True,
    values={0: 0}, undoes="arctanh", parity=ODD, exponential=True, bits=steep, quotient=("sinh", "cosh"), of_matrices=True,
    stem="h", named="h", unit=True))

arcsin = register(ScalarFunction(
    "arcsin", "Inverse sine of every entry, for entries between -1 and 1.  Source: DLMF, section 4.23.",
    sympy=sympy.asin, latex=r"\arcsin",
    reads=("asin",), bare=True,
    derivative=(lambda x: power(_one_minus_square(x), _ROOT),), numpy="np.arcsin({0})",
    value=lambda np, x: np.arcsin(x), slopes=(lambda np, x: 1 / np.sqrt(1 - x * x),),
    values={0: 0}, parity=ODD, everywhere=False, within=(-1, 1, True), domain=True, of_matrices=True))

arccos = register(ScalarFunction(
    "arccos", "Inverse cosine of every entry, for entries between -1 and 1.  Source: DLMF, section 4.23.",
    sympy=sympy.acos, latex=r"\arccos",
    reads=("acos",), bare=True,
    derivative=(lambda x: neg(power(_one_minus_square(x), _ROOT)),), numpy="np.arccos({0})",
    value=lambda np, x: np.arccos(x), slopes=(lambda np, x: -1 / np.sqrt(1 - x * x),),
    everywhere=False, within=(-1, 1, True), domain=True, of_matrices=True))

arctan = register(ScalarFunction(
    "arctan", "Inverse tangent of every entry.  Source: DLMF, section 4.23.",
    sympy=sympy.atan, latex=r"\arctan", reads=("atan",), bare=True,
    derivative=(lambda x: power(add(ONE, power(x, _TWO)), MINUS_ONE),), numpy="np.arctan({0})",
    value=lambda np, x: np.arctan(x), slopes=(lambda np, x: 1 / (1 + x * x),),
    values={0: 0}, parity=ODD, domain=True, of_matrices=True))

arcsinh = register(ScalarFunction(
    "arcsinh", "Inverse hyperbolic sine of every entry.  Source: DLMF, section 4.37.", sympy=sympy.asinh, reads=("asinh",),
    derivative=(lambda x: power(add(ONE, power(x, _TWO)), _ROOT),), numpy="np.arcsinh({0})",
    value=lambda np, x: np.arcsinh(x), slopes=(lambda np, x: 1 / np.sqrt(1 + x * x),),
    values={0: 0}, undoes="sinh", parity=ODD, of_matrices=True))

arccosh = register(ScalarFunction(
    "arccosh", "Inverse hyperbolic cosine of every entry, for entries of at least 1.  Source: DLMF, section 4.37.",
    sympy=sympy.acosh,
    reads=("acosh",), derivative=(lambda x: power(add(power(x, _TWO), MINUS_ONE), _ROOT),), numpy="np.arccosh({0})",
    value=lambda np, x: np.arccosh(x), slopes=(lambda np, x: 1 / np.sqrt(x * x - 1),),
    everywhere=False, within=(1, sympy.oo, True), domain=True, of_matrices=True))

arctanh = register(ScalarFunction(
    "arctanh", "Inverse hyperbolic tangent of every entry, for entries between -1 and 1.  Source: DLMF, section 4.37.",
    sympy=sympy.atanh,
    reads=("atanh",), derivative=(lambda x: power(_one_minus_square(x), MINUS_ONE),), numpy="np.arctanh({0})",
    value=lambda np, x: np.arctanh(x), slopes=(lambda np, x: 1 / (1 - x * x),),
    values={0: 0}, undoes="tanh", parity=ODD, everywhere=False, within=(-1, 1, False), domain=True, of_matrices=True))
