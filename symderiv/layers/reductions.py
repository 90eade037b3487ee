"""Sums and means over all entries, or along axes."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Integer, Mul

from ..errors import ShapeError
from ..index.arrays import Apply, Tensor, as_expr
from ..index.operator import Operator, Writer, operator, register, shape_of
from ..index.sizes import Shape, dims, normal_axis
from ..index.symbols import Index, Sum
from .record import Args, NormalisingOperator, Params, Shown, at, bound


def reduced_axes(axis: object, rank: int, where: object) -> tuple[int, ...]:
    """The axes that are summed over, counted from the front; None means all.  Raises ShapeError."""
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(normal_axis(int(a), rank, where) for a in given)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"an axis is named twice in {axis}", where=where)
    return tuple(sorted(axes))


def _build(op: Operator, args: Args, params: Params) -> Expr:
    (x,) = args
    rank = len(shape_of(x))
    axes = reduced_axes(params.get("axis"), rank, Shown(op.name, args))
    if not axes:
        return x
    kept: dict[str, Any] = {}
    if len(axes) < rank:
        kept["axis"] = axes if len(axes) > 1 else axes[0]
    if params.get("keepdims"):
        kept["keepdims"] = True
    return Apply(op, args, kept)


def reduced_shape(args: Args, params: Params) -> Shape:
    """The shape without the axes that are reduced, or with size 1 there where they are kept."""
    shape = shape_of(args[0])
    axes = reduced_axes(params.get("axis"), len(shape), None)
    if params.get("keepdims"):
        return tuple(Integer(1) if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _total(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    shape = shape_of(x)
    axes = reduced_axes(params.get("axis"), len(shape), None)
    letters = list(out)
    if params.get("keepdims"):
        letters = [letter for axis, letter in enumerate(out) if axis not in axes]
    summed: list[Index] = []
    positions: list[Expr] = []
    for axis, size in enumerate(shape):
        if axis in axes:
            summed.append(bound(size, (*out, *summed), args, "kpqr"[len(summed) % 4]))
            positions.append(summed[-1])
        else:
            positions.append(letters.pop(0))
    return Sum(at(x, positions), *summed)


def _count(x: Expr, params: Params) -> Expr:
    shape = shape_of(x)
    return Mul(*(shape[axis] for axis in reduced_axes(params.get("axis"), len(shape), None)))


def _options(params: Params) -> str:
    return "".join(f", {key}={value}" for key, value in params.items())


def _latex(name: str) -> Any:
    def latex(write: Writer, args: Args, params: Params) -> str:
        marks = ",".join(map(str, params["axis"] if isinstance(params["axis"], tuple) else (params["axis"],))) \
            if "axis" in params else ""
        return rf"\operatorname{{{name}}}" + (f"_{{{marks}}}" if marks else "") + rf"\left({write(args[0])}\right)"
    return latex


register(NormalisingOperator(
    name="sum", build=_build, shape=reduced_shape, definition=_total, latex=_latex("sum"),
    numpy=lambda sources, params, shapes: f"np.sum({sources[0]}{_options(params)})",
    example=lambda: sum(Tensor("X", (dims("m"), dims("n"))), axis=0)))

register(NormalisingOperator(
    name="mean", build=_build, shape=reduced_shape, latex=_latex("mean"),
    definition=lambda out, args, params: _total(out, args, params) / _count(args[0], params),
    numpy=lambda sources, params, shapes: f"np.mean({sources[0]}{_options(params)})",
    example=lambda: mean(Tensor("X", (dims("m"), dims("n"))), axis=0)))


def sum(x: object, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """Sum of all entries, or along axes, as NumPy's sum.  Raises ShapeError for an axis that is not there."""
    return operator("sum")(as_expr(x), axis=axis, keepdims=keepdims)


def mean(x: object, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """Mean of all entries, or along axes, as NumPy's mean.  Raises ShapeError for an axis that is not there."""
    return operator("mean")(as_expr(x), axis=axis, keepdims=keepdims)


__all__ = ["mean", "reduced_axes", "reduced_shape", "sum"]
