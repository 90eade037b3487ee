"""As much of NumPy as symderiv's numbers need, in plain Python: the evaluator, checks and verdicts run without NumPy too.

Names and meaning are NumPy's, so that the same code reads both; ``symderiv.late.np`` says which of the two is there.
Twenty to two hundred times slower.  What is not here says that it needs NumPy.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Any

from ..errors import ToolMissing
from . import linalg, random
from .array import Complex as complex128
from .array import Float as float64
from .array import Int as int64
from .array import NumberArray as ndarray
from .array import Scalar as generic
from .array import broadcast_shapes, matmul, operand
from .kinds import Wide as longdouble
from .kinds import finfo
from .kinds import kind_of as dtype
from .of_arrays import *  # noqa: F403
from .of_arrays import Ufunc, absolute, one, reduction, rounded, shape_of, signs
from .single_entries import COMPARED, REAL, TWO

nan, inf, pi, e, newaxis = math.nan, math.inf, math.pi, math.e, None
integer, floating, complexfloating, bool_ = int64, float64, complex128, bool
globals().update({name: one(name) for name in REAL})
globals().update({name: Ufunc(name) for name in (*TWO, *COMPARED)})
logical_and, logical_or = Ufunc("bitwise_and"), Ufunc("bitwise_or")
sum, prod, any, all, max, min, mean, var, std, argmax, argmin = map(reduction, (
    "sum", "prod", "any", "all", "max", "min", "mean", "var", "std", "argmax", "argmin"))
abs, sign, round, shape, divide, dot = absolute, signs, rounded, shape_of, Ufunc("true_divide"), matmul


def errstate(**_: str) -> nullcontext[None]:
    """Nothing here warns."""
    return nullcontext()


def ndim(x: Any) -> int:
    """Number of axes of anything."""
    return operand(x).ndim


def size(x: Any) -> int:
    """Number of entries of anything."""
    return operand(x).size


def square(x: Any) -> Any:
    """Every entry times itself."""
    return operand(x) * x


def outer(x: Any, y: Any) -> Any:
    """Every entry of the one times every entry of the other."""
    return Ufunc("multiply").outer(operand(x).reshape(-1), operand(y).reshape(-1))


def real(x: Any) -> Any:
    """The real parts."""
    return operand(x).real


def imag(x: Any) -> Any:
    """The imaginary parts."""
    return operand(x).imag


def logical_not(x: Any) -> Any:
    """Whether an entry is 0."""
    return ~operand(x).astype(bool)


def transpose(x: Any, axes: Any = None) -> Any:
    """With the axes in another order."""
    return operand(x).transpose(*(() if axes is None else (axes,)))


def swapaxes(x: Any, first: int, second: int) -> Any:
    """With two axes exchanged."""
    return operand(x).swapaxes(first, second)


def reshape(x: Any, sizes: Any) -> Any:
    """The same entries in another shape."""
    return operand(x).reshape(sizes)


def nonzero(x: Any) -> Any:
    """The places where an entry is not 0."""
    return operand(x).nonzero()


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ToolMissing(f"this needs NumPy, which is not installed here (its {name})", hint="pip install numpy")


__all__ = ["broadcast_shapes", "complex128", "dtype", "finfo", "float64", "generic", "int64", "linalg", "longdouble",
           "matmul", "ndarray", "random"]
