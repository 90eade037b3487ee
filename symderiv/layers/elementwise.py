"""Functions applied to every entry of an array.  On a scalar they give SymPy's function of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr

from ..arrays.arrays import Tensor, as_expr
from ..arrays.operator import Operator, elementwise, is_array, operator
from ..arrays.sizes import dims
from ..functions import network_functions as functions


def _apply(name: str, x: object) -> Any:
    operand = as_expr(x)
    record = operator(name)
    if is_array(operand):
        return record(operand)
    assert record.scalar is not None
    return record.scalar(operand)


def _example(name: str) -> Callable[[], Expr]:
    return lambda: operator(name)(Tensor("x", (dims("n"),)))


def _record(name: str, scalar: Callable[..., Expr], source: str, latex: str | None = None) -> Operator:
    return elementwise(name, scalar, source, latex=latex, example=_example(name))


# log(1 + exp x) = max(x, 0) + log(1 + exp(-|x|)): the exponential never exceeds 1.
_SOFTPLUS = "(lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))(ARG)"

_record("exp", sympy.exp, "np.exp({0})", r"\exp")
_record("log", sympy.log, "np.log({0})", r"\log")
_record("sqrt", sympy.sqrt, "np.sqrt({0})", r"\sqrt{{0}}")
_record("sin", sympy.sin, "np.sin({0})", r"\sin")
_record("cos", sympy.cos, "np.cos({0})", r"\cos")
_record("tan", sympy.tan, "np.tan({0})", r"\tan")
_record("sinh", sympy.sinh, "np.sinh({0})", r"\sinh")
_record("cosh", sympy.cosh, "np.cosh({0})", r"\cosh")
_record("tanh", sympy.tanh, "np.tanh({0})", r"\tanh")
_record("arcsin", sympy.asin, "np.arcsin({0})", r"\arcsin")
_record("arccos", sympy.acos, "np.arccos({0})", r"\arccos")
_record("arctan", sympy.atan, "np.arctan({0})", r"\arctan")
_record("arcsinh", sympy.asinh, "np.arcsinh({0})")
_record("arccosh", sympy.acosh, "np.arccosh({0})")
_record("arctanh", sympy.atanh, "np.arctanh({0})")
# NumPy has no erf; the standard library's is applied entry by entry, in the type of the operand.
_record("erf", sympy.erf, "np.vectorize(math.erf, otypes=[dtype])({0})")
_record("abs", sympy.Abs, "np.abs({0})")
_record("sign", sympy.sign, "np.sign({0})")
_record("sigmoid", functions.sigmoid, "1 / (1 + np.exp(-({0})))", r"\sigma")
_record("softplus", functions.softplus, _SOFTPLUS.replace("ARG", "{0}"))
_record("relu", functions.relu, "np.maximum({0}, 0)")
_record("heaviside", functions.heaviside, "np.greater({0}, 0).astype(dtype)", r"\operatorname{step}")
# Made of the others; the sources are NumPy's own, which lose no digits near 0.
_record("expm1", lambda x: sympy.exp(x) - 1, "np.expm1({0})")
_record("log1p", lambda x: sympy.log(1 + x), "np.log1p({0})")
_record("exp2", lambda x: sympy.Integer(2) ** x, "np.exp2({0})")
_record("log2", lambda x: sympy.log(x) / sympy.log(2), "np.log2({0})", r"\log_{2}")
_record("log10", lambda x: sympy.log(x) / sympy.log(10), "np.log10({0})", r"\log_{10}")
_record("log_sigmoid", lambda x: -functions.softplus(-x), "-" + _SOFTPLUS.replace("ARG", "-({0})"), r"\log \sigma")


def exp(x: object) -> Any:
    """e to the power of every entry."""
    return _apply("exp", x)


def log(x: object) -> Any:
    """Natural logarithm of every entry."""
    return _apply("log", x)


def sqrt(x: object) -> Any:
    """Square root of every entry."""
    return _apply("sqrt", x)


def sin(x: object) -> Any:
    """Sine of every entry."""
    return _apply("sin", x)


def cos(x: object) -> Any:
    """Cosine of every entry."""
    return _apply("cos", x)


def tanh(x: object) -> Any:
    """Hyperbolic tangent of every entry."""
    return _apply("tanh", x)


def erf(x: object) -> Any:
    """Error function of every entry."""
    return _apply("erf", x)


def sigmoid(x: object) -> Any:
    """1/(1 + exp(-x)) of every entry, the logistic function."""
    return _apply("sigmoid", x)


def softplus(x: object) -> Any:
    """log(1 + exp(x)) of every entry."""
    return _apply("softplus", x)


def relu(x: object) -> Any:
    """max(x, 0) of every entry; its derivative at 0 is taken as 0."""
    return _apply("relu", x)


def abs(x: object) -> Any:
    """Absolute value of every entry; its derivative at 0 is taken as 0."""
    return _apply("abs", x)


def sign(x: object) -> Any:
    """1, 0 or -1 by the sign of every entry."""
    return _apply("sign", x)


def tan(x: object) -> Any:
    """Tangent of every entry."""
    return _apply("tan", x)


def sinh(x: object) -> Any:
    """Hyperbolic sine of every entry."""
    return _apply("sinh", x)


def cosh(x: object) -> Any:
    """Hyperbolic cosine of every entry."""
    return _apply("cosh", x)


def arcsin(x: object) -> Any:
    """Inverse sine of every entry, for entries between -1 and 1."""
    return _apply("arcsin", x)


def arccos(x: object) -> Any:
    """Inverse cosine of every entry, for entries between -1 and 1."""
    return _apply("arccos", x)


def arctan(x: object) -> Any:
    """Inverse tangent of every entry."""
    return _apply("arctan", x)


def arcsinh(x: object) -> Any:
    """Inverse hyperbolic sine of every entry."""
    return _apply("arcsinh", x)


def arccosh(x: object) -> Any:
    """Inverse hyperbolic cosine of every entry, for entries of at least 1."""
    return _apply("arccosh", x)


def arctanh(x: object) -> Any:
    """Inverse hyperbolic tangent of every entry, for entries between -1 and 1."""
    return _apply("arctanh", x)


def expm1(x: object) -> Any:
    """exp(x) - 1 of every entry."""
    return _apply("expm1", x)


def log1p(x: object) -> Any:
    """log(1 + x) of every entry."""
    return _apply("log1p", x)


def exp2(x: object) -> Any:
    """2 to the power of every entry."""
    return _apply("exp2", x)


def log2(x: object) -> Any:
    """Logarithm of every entry to base 2."""
    return _apply("log2", x)


def log10(x: object) -> Any:
    """Logarithm of every entry to base 10."""
    return _apply("log10", x)


def log_sigmoid(x: object) -> Any:
    """log σ(x) = -softplus(-x) of every entry."""
    return _apply("log_sigmoid", x)


def heaviside(x: object) -> Any:
    """1 where an entry is positive, else 0: the derivative of relu."""
    return _apply("heaviside", x)


def square(x: object) -> Any:
    """Every entry times itself."""
    return as_expr(x) ** sympy.Integer(2)


def reciprocal(x: object) -> Any:
    """1/x of every entry."""
    return 1 / as_expr(x)


def logaddexp(a: object, b: object) -> Any:
    """log(exp(a) + exp(b)), entry by entry, with NumPy's broadcasting.  Raises ShapeError."""
    return as_expr(a) + softplus(as_expr(b) - as_expr(a))


def hypot(a: object, b: object) -> Any:
    """√(a² + b²), entry by entry, with NumPy's broadcasting.  Raises ShapeError."""
    return sqrt(square(a) + square(b))


def logit(p: object) -> Any:
    """log(p/(1 - p)) of every entry, the inverse of sigmoid."""
    return log(p) - log(1 - as_expr(p))


def power(x: object, exponent: object) -> Any:
    """x ** exponent, entry by entry, with NumPy's broadcasting.  Raises ShapeError."""
    return as_expr(x) ** as_expr(exponent)


__all__ = [
    "abs",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "cos",
    "cosh",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "heaviside",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "logaddexp",
    "logit",
    "power",
    "reciprocal",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "tan",
    "tanh",
]
