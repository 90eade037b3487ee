"""Parts of arrays: rows, columns and slices at given positions, and the entries that labels name."""

from __future__ import annotations

from typing import Any

from sympy import Expr

from ..errors import ShapeError
from ..index.arrays import Tensor, as_expr
from ..index.operator import ATOM, FUNC, Operator, Writer, operator, register, shape_of
from ..index.sizes import Shape, broadcast_shapes, dims
from .record import Args, Params, Shown, at, python, with_shapes


def _take_shape(args: Args, params: Params) -> Shape:
    shape = shape_of(args[0])
    if len(params["index"]) != len(shape):
        raise ShapeError(f"{len(params['index'])} positions for {with_shapes(args[0])}", where=args[0])
    return tuple(size for size, position in zip(shape, params["index"], strict=True) if position is None)


def _take_definition(out: Args, args: Args, params: Params) -> Expr:
    letters = iter(out)
    return at(args[0], tuple(next(letters) if p is None else p for p in params["index"]))


def _written_index(write: Writer, params: Params, free: str) -> str:
    return ",".join(free if p is None else write(p) for p in params["index"])


def _take_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """Positions outside the range read 0, so each fixed axis is read through a guard."""
    fixed = [(axis, python(p)) for axis, p in enumerate(params["index"]) if p is not None]
    key = ", ".join(":" if p is None else f"(({python(p)}) - 1) % a.shape[{axis}]"
                    for axis, p in enumerate(params["index"]))
    inside = " and ".join(f"1 <= {p} <= a.shape[{axis}]" for axis, p in fixed)
    return f"(lambda a: a[{key}] * bool({inside}))({sources[0]})"


register(Operator(
    name="take", precedence=ATOM + 1, shape=_take_shape, definition=_take_definition, numpy=_take_source,
    text=lambda write, args, params: f"{write(args[0], FUNC - 1)}[{_written_index(write, params, ':')}]",
    latex=lambda write, args, params: f"{{{write(args[0], FUNC - 1)}}}_{{{_written_index(write, params, ':')}}}",
    example=lambda: Tensor("X", (dims("m"), dims("n")))[2, :]))


def take(x: object, index: tuple[Any, ...]) -> Any:
    """The part of ``x`` at an index, one entry an axis: a position (from 1), or None to keep the axis."""
    return operator("take")(as_expr(x), index=tuple(None if p is None else as_expr(p) for p in index))


def _pick_shape(args: Args, params: Params) -> Shape:
    x, labels = (shape_of(a) for a in args)
    if len(x) != len(labels) + 1:
        raise ShapeError(f"{with_shapes(*args)}: there must be one label a row", where=Shown("pick", args))
    return broadcast_shapes([x[:-1], labels], Shown("pick", args))


register(Operator(
    name="pick", precedence=FUNC, shape=_pick_shape,
    definition=lambda out, args, params: at(args[0], (*out, at(args[1], out))),
    numpy=lambda sources, params, shapes: (
        f"np.take_along_axis({sources[0]}, np.asarray({sources[1]})[..., None] - 1, -1)[..., 0]"),
    example=lambda: pick(Tensor("Z", (dims("N"), dims("m"))), Tensor("t", (dims("N"),), label_size=dims("m")))))


def pick(x: object, labels: object) -> Any:
    """The entries of the last axis that an array of labels names, one a row: x[n, t[n]].  Raises ShapeError."""
    return operator("pick")(as_expr(x), as_expr(labels))


__all__ = ["pick", "take"]
