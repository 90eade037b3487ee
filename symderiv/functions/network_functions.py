"""Scalar functions of networks that SymPy lacks, and those that are put together from pieces.

relu'(0) = 0 and sign'(0) = 0 are this package's conventions at kinks.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import S

from ..terms.nodes import MINUS_ONE, ONE, Node, add, fn, mul, neg, num, power
from .scalar_function import EVEN, NONNEGATIVE, ODD, POSITIVE, ScalarFunction, by_ends, flat, no_slope, register, rising

# log(1 + exp x) = max(x, 0) + log(1 + exp(-|x|)): the exponential never exceeds 1.
_SOFTPLUS = "(lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))({0})"


def _softplus(np: Any, x: Any) -> Any:
    return np.where(x.real > 0, x + np.log1p(np.exp(-x)), np.log1p(np.exp(x)))


def _positive_part(x: Node) -> Node:
    """x [x > 0], at 0 as well."""
    return mul(x, fn("heaviside", x))


def _logistic(x: Node) -> Node:
    return power(add(ONE, fn("exp", neg(x))), MINUS_ONE)


sigmoid = register(ScalarFunction(
    "sigmoid", "1/(1 + exp(-x)) of every entry, the logistic function.  Source: Bishop (2006), eq. 4.59.", latex=r"\sigma",
    reads=("logistic", "sigm", "Sigmoid"),
    derivative=(lambda x: mul(fn("sigmoid", x), add(ONE, neg(fn("sigmoid", x)))),), numpy="1 / (1 + np.exp(-({0})))",
    jax="jax.nn.sigmoid({0})", torch="torch.sigmoid({0})",
    value=lambda np, x: 1 / (1 + np.exp(-x)), slopes=(lambda np, x: 1 / (1 + np.exp(-x)) / (1 + np.exp(x)),),
    multiprecision=lambda mp, x: 1 / (1 + mp.exp(-x)), interval=by_ends(lambda iv, v: 1 / (1 + iv.exp(-v))),
    expansion=_logistic, shown=True, values={0: S.Half}, limits=(S.Zero, S.One), sign=POSITIVE, exponential=True,
    bits=rising, stem="h", named="s", unit=True))

softplus = register(ScalarFunction(
    "softplus", "log(1 + exp(x)) of every entry.  Source: Dugas, Bengio, Bélisle, Nadeau and Garcia (2001).",
    derivative=(lambda x: fn("sigmoid", x),), numpy=_SOFTPLUS,
    value=_softplus, slopes=(lambda np, x: 1 / (1 + np.exp(-x)),),
    multiprecision=lambda mp, x: x + mp.log1p(mp.exp(-x)) if x.real > 0 else mp.log1p(mp.exp(x)),
    interval=by_ends(lambda iv, v: iv.log(1 + iv.exp(v))),
    expansion=lambda x: fn("log", add(ONE, fn("exp", x))), shown=True, values={0: sympy.log(2)}, sign=POSITIVE,
    exponential=True, bits=rising, stem="h", named="h", unit=True))

relu = register(ScalarFunction(
    "relu", "max(x, 0) of every entry; its derivative at 0 is taken as 0.  Source: Nair and Hinton (2010).",
    latex=r"\operatorname{ReLU}",
    reads=("ReLU", "Relu", "RELU"),
    derivative=(lambda x: fn("heaviside", x),), numpy="np.maximum({0}, 0)",
    value=lambda np, x: np.where(x.real > 0, x, 0), slopes=(lambda np, x: np.where(x > 0, 1.0, 0.0),),
    multiprecision=lambda mp, x: x if x.real > 0 else mp.mpf(0), interval=lambda iv, x: iv.mpf([max(x.a, 0), max(x.b, 0)]),
    values=lambda v: max(v, 0), reflected=lambda f, x: add(f, neg(x)), expansion=_positive_part,
    sign=NONNEGATIVE, kink="relu'(0) = 0", pieces=True, stem="h", named="h", unit=True))

heaviside = register(ScalarFunction(
    "heaviside", "1 where an entry is positive, else 0: the derivative of relu.  Source: DLMF, section 1.16(iv).",
    latex=r"\operatorname{step}",
    bracket="[{0} > 0]",
    reads=("step", "Heaviside"), derivative=(flat,), numpy="np.greater({0}, 0).astype(dtype)",
    value=lambda np, x: np.where(x.real > 0, 1.0, 0.0), slopes=(no_slope,),
    multiprecision=lambda mp, x: mp.mpf(1 if x.real > 0 else 0),
    interval=lambda iv, x: iv.mpf([int(x.a > 0), int(x.b > 0)]),
    values=lambda v: int(v > 0), sign=NONNEGATIVE, indicator=True, by_argument="relu",
    kink="the derivative of the step at 0 is taken as 0", pieces=True))

absolute = register(ScalarFunction(
    "abs", "Absolute value of every entry; its derivative at 0 is taken as 0.  Source: NumPy, abs.",
    sympy=sympy.Abs, reads=("Abs",),
    bracket=r"\left|{0}\right|",
    derivative=(lambda x: fn("sign", x),), numpy="np.abs({0})",
    value=lambda np, x: np.where(x.real < 0, -x, x), slopes=(lambda np, x: np.sign(x),),
    multiprecision=lambda mp, x: -x if x.real < 0 else x, interval=lambda iv, x: abs(x),
    values=lambda v: max(v, -v), square=lambda x: power(x, num(2)), parity=EVEN, sign=NONNEGATIVE,
    expansion=lambda x: add(mul(num(2), _positive_part(x)), neg(x)),
    kink="the derivative of |x| at 0 is taken as 0", pieces=True))

sign = register(ScalarFunction(
    "sign", "1, 0 or -1 by the sign of every entry.  Source: NumPy, sign.",
    sympy=sympy.sign, reads=("sgn", "Sign"), bare=True, derivative=(flat,),
    numpy="np.sign({0})", value=lambda np, x: np.sign(x.real), slopes=(no_slope,),
    multiprecision=lambda mp, x: mp.sign(x.real), values=lambda v: (v > 0) - (v < 0), parity=ODD, by_argument="abs",
    kink="the derivative of sign at 0 is taken as 0", pieces=True))

stop_gradient = register(ScalarFunction(
    "stop_gradient", "Every entry as it is, and a constant in every derivative.  Source: JAX, lax.stop_gradient.",
    latex=r"\operatorname{sg}",
    reads=("sg", "stopgrad", "stopgradient", "StopGradient"), derivative=(flat,),
    # NumPy's identity, which stands for nothing else here.
    numpy="np.positive({0})", jax="jax.lax.stop_gradient({0})", torch="({0}).detach()",
    value=lambda np, x: x, slopes=(no_slope,), multiprecision=lambda mp, x: x, interval=lambda iv, x: x, values=lambda v: v,
    kink="what a stop-gradient holds counts as a constant"))


class _OfValues(ScalarFunction):
    """A function whose condition is all that tells it from its first argument, which is what it is to the engine."""

    def evaluated(self, args: tuple[Node, ...]) -> Node:
        return args[0]


# What cancelled in a text, or was multiplied by 0, stays a condition.
where_defined = register(_OfValues(
    "where_defined", "The first number where the second has a value, and none elsewhere, as x/x is where_defined(1, 1/x)."
    "  Source: docs/conventions.md, Conditions.",
    derivative=(lambda x, y: ONE, flat), numpy="({0} + 0 * {1})", value=lambda np, x, y: x + 0 * y,
    slopes=(lambda np, x, y: 1 + 0 * y, lambda np, x, y: 0 * x), multiprecision=lambda mp, x, y: x + 0 * y))
