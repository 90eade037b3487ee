"""Parts of arrays: rows, columns and slices at given positions, and the entries that labels name."""

from __future__ import annotations

from typing import Any

from sympy import Expr

from ..arrays.arrays import Apply, Array, Tensor, as_expr, is_whole
from ..arrays.named_sizes import dims
from ..arrays.operator import ATOM, FUNC, POW, Operator, Writer, is_array, operator, register, shape_of
from ..arrays.sizes import Shape, broadcast_shapes, same_size
from ..errors import IndexError_, ShapeError
from .extremes import found_one_hot
from .operator_text import is_op
from .record import Args, NormalisingOperator, Params, Shown, at, python, with_shapes
from .stacks import stacked_take
from .structure import expand_dims


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


def _is_member(params: Params) -> bool:
    """Whether it is a matrix of a stack, S_k, of which only the number is written."""
    *lead, rows, columns = params["index"] if len(params["index"]) > 2 else (None, None, None)
    return rows is None and columns is None and None not in lead


def _lead(params: Params) -> Params:
    return {"index": params["index"][:-2]} if _is_member(params) else params


def _take_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """Positions outside the range read 0, so each fixed axis is read through a guard."""
    fixed = [(axis, python(p)) for axis, p in enumerate(params["index"]) if p is not None]
    key = ", ".join(":" if p is None else f"(({python(p)}) - 1) % a.shape[{axis}]"
                    for axis, p in enumerate(params["index"]))
    inside = " and ".join(f"1 <= {p} <= a.shape[{axis}]" for axis, p in fixed)
    return f"(lambda a: a[{key}] * bool({inside}))({sources[0]})"


def _build_take(op: Operator, args: Args, params: Params) -> Expr:
    """S[k]⁻¹ for S⁻¹ at k: what is computed of each member of a stack, of the one that is taken."""
    (x,), index = args, params["index"]
    if isinstance(x, Apply) and x.op.members:
        count = len(shape_of(x.args[0])) - 2
        lead, own = index[:count], index[count:]
        if lead and len(index) == len(shape_of(x)) and all(p is not None for p in lead):
            member = x.op(op(x.args[0], index=(*lead, None, None)), **x.params)
            return member if all(p is None for p in own) else op(member, index=own)
    return Apply(op, args, params)


register(NormalisingOperator(
    name="take", build=_build_take, called=False, batched=stacked_take, free=True, multilinear=True, plain=True,
    keeps_sign=2, precedence=ATOM + 1, latex_precedence=lambda args, params: ATOM if _is_member(params) else POW,
    shape=_take_shape,
    definition=_take_definition,
    numpy=_take_source,
    text=lambda write, args, params: f"{write(args[0], FUNC - 1)}[{_written_index(write, params, ':')}]",
    latex=lambda write, args, params: f"{{{write(args[0], FUNC - 1)}}}_{{{_written_index(write, _lead(params), ':')}}}",
    example=lambda: Tensor("X", (dims("m"), dims("n")))[2, :]))


def take(x: object, index: tuple[object, ...]) -> Expr:
    """The part of ``x`` at an index, one entry an axis: a position (from 1), or None to keep the axis.

    Raises ShapeError for more entries than axes.  Source: NumPy, ndarray.__getitem__.

    >>> sd.take([[1, 2], [3, 4]], (2, None))
    [3, 4]
    """
    return operator("take")(as_expr(x), index=tuple(None if p is None else as_expr(p) for p in index))


def _pick_shape(args: Args, params: Params) -> Shape:
    x, labels = (shape_of(a) for a in args)
    if len(x) != len(labels) + 1:
        raise ShapeError(f"{with_shapes(*args)}: there must be one label a row", where=Shown("pick", args))
    return broadcast_shapes([x[:-1], labels], Shown("pick", args))


register(Operator(
    name="pick", labels=("labels", -1), keeps_sign=2, precedence=FUNC, shape=_pick_shape,
    definition=lambda out, args, params: at(args[0], (*out, at(args[1], out))),
    numpy=lambda sources, params, shapes: (
        f"np.take_along_axis({sources[0]}, np.asarray({sources[1]})[..., None] - 1, -1)[..., 0]"),
    example=lambda: pick(Tensor("Z", (dims("N"), dims("m"))), Tensor("t", (dims("N"),), label_size=dims("m")))))


def pick(x: object, labels: object) -> Expr:
    """The entries of the last axis that an array of labels names, one a row: x[n, t[n]].  Raises ShapeError.

    Source: NumPy, take_along_axis.

    >>> sd.pick([[1, 2], [3, 4]], [1, 0])
    [2, 3]
    """
    return operator("pick")(as_expr(x), as_expr(labels))


def looked_up(x: Expr, keys: tuple[Any, ...]) -> Any:
    """x[...] with new axes (None), positions that argmax found, or an array of labels: E[ids], and Z[:, ids].

    Raises IndexError_ for other arrays as positions.
    """
    fresh = [n for n, k in enumerate(keys) if k is None]
    own = [k for k in keys if k is not None]
    axis = next((n for n, k in enumerate(own) if is_array(k) or is_op(k, "argmax", "argmin")), None)
    if axis is None:
        part = x if all(map(is_whole, own)) else x[tuple(own)]
        if fresh and not all(map(is_whole, own)):
            raise IndexError_("new axes stand among whole axes only", where=x, hint="index first, then x[:, None]")
        for n in fresh:
            part = expand_dims(part, n)
        return part
    key = as_expr(own.pop(axis))
    rank = len(shape_of(x))
    if fresh or not all(map(is_whole, own)) or len(own) >= rank or axis >= rank:
        raise IndexError_(f"{key} is the only position that can be given here", where=x,
                          hint="index in two steps: x[ids][...]")
    marked = found_one_hot(key)
    if marked is None and getattr(key, "label_size", None) is None:
        raise IndexError_(f"{key} cannot index an axis: it holds numbers, not positions", where=x,
                          hint='declare it as labels: sd.label("ids", m, shape=(N,))')
    size = key.label_size if marked is None else shape_of(marked)[-1]
    if not same_size(size, shape_of(x)[axis]):
        raise ShapeError(f"{key} is in 1..{size}, but axis {axis} of {with_shapes(x)} has size {shape_of(x)[axis]}", where=x,
                         hint=f"it must be a position in 1..{shape_of(x)[axis]}")
    if marked is None:
        marked = operator("one_hot")(key, size=key.label_size)
        if axis == 0 and rank == 2:
            return operator("embedding")(x, key)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    axes = [next(letters) for _ in range(rank)]
    found = "".join(next(letters) for _ in range(len(shape_of(marked)) - 1))
    result = "".join(axes[:axis]) + found + "".join(axes[axis + 1:])
    if rank == 1 and not found:
        return operator("matmul")(marked, x)
    return operator("einsum")(marked, x, spec=f"{found}{axes[axis]},{''.join(axes)}->{result}")


Array._looked_up = looked_up


__all__ = ["pick", "take"]
