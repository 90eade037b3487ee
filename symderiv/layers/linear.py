"""The affine layer."""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import as_expr
from ..arrays.operator import operator, shape_of
from ..errors import ShapeError
from .record import Shown, with_shapes


def linear(x: object, W: object, b: object = None) -> Expr:
    """W x + b for a vector, X Wᵀ + b for rows of any number of axes; W has shape (outputs, inputs).  Raises ShapeError.

    Source: PyTorch, nn.functional.linear.

    >>> sd.linear([1, 2], [[3, 4], [5, 6]], [1, 1])
    [12, 18]
    """
    signal, weight = as_expr(x), as_expr(W)
    where = Shown("linear", (signal, weight))
    rank = len(shape_of(signal))
    if len(shape_of(weight)) != 2 or not rank:
        raise ShapeError(f"linear takes a vector or a batch of rows and a matrix, not {with_shapes(signal, weight)}",
                         where=where)
    product = operator("matmul")
    value = product(weight, signal) if rank == 1 else product(signal, operator("transpose")(weight))
    if b is None:
        return value
    bias = as_expr(b)
    if len(shape_of(bias)) > 1:
        raise ShapeError(f"the bias {with_shapes(bias)} must be a vector", where=where)
    return operator("add")(value, bias)


__all__ = ["linear"]
