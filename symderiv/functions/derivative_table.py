"""The derivative table: one line a function, each partial derivative as a node.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 3.3 and 4.1 to 4.6; relu'(0) = 0 and
sign'(x) = 0 are this package's conventions at kinks.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sympy import pi

from ..terms.nodes import MINUS_ONE, ONE, ZERO, Const, Node, add, fn, mul, neg, num, power

_TWO = num(2)
_HALF = num(Fraction(-1, 2))


def _one_minus_square(x: Node) -> Node:
    return add(ONE, neg(power(x, _TWO)))


TABLE: dict[str, tuple[Callable[..., Node], ...]] = {
    "exp": (lambda x: fn("exp", x),),
    "log": (lambda x: power(x, MINUS_ONE),),
    "sin": (lambda x: fn("cos", x),),
    "cos": (lambda x: neg(fn("sin", x)),),
    "tan": (lambda x: add(ONE, power(fn("tan", x), _TWO)),),
    "sinh": (lambda x: fn("cosh", x),),
    "cosh": (lambda x: fn("sinh", x),),
    "tanh": (lambda x: _one_minus_square(fn("tanh", x)),),
    "arcsin": (lambda x: power(_one_minus_square(x), _HALF),),
    "arccos": (lambda x: neg(power(_one_minus_square(x), _HALF)),),
    "arctan": (lambda x: power(add(ONE, power(x, _TWO)), MINUS_ONE),),
    "arcsinh": (lambda x: power(add(ONE, power(x, _TWO)), _HALF),),
    "arccosh": (lambda x: power(add(power(x, _TWO), MINUS_ONE), _HALF),),
    "arctanh": (lambda x: power(_one_minus_square(x), MINUS_ONE),),
    "erf": (lambda x: mul(_TWO, power(Const(pi), _HALF), fn("exp", neg(power(x, _TWO)))),),
    "sigmoid": (lambda x: mul(fn("sigmoid", x), add(ONE, neg(fn("sigmoid", x)))),),
    "softplus": (lambda x: fn("sigmoid", x),),
    "relu": (lambda x: fn("heaviside", x),),
    "heaviside": (lambda x: ZERO,),
    "abs": (lambda x: fn("sign", x),),
    "sign": (lambda x: ZERO,),
}

KINKS = {
    "relu": "relu'(0) = 0",
    "abs": "the derivative of |x| at 0 is taken as 0",
    "sign": "the derivative of sign at 0 is taken as 0",
    "heaviside": "the derivative of the step at 0 is taken as 0",
}

__all__ = ["KINKS", "TABLE"]
