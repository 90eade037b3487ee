"""Arrays turned round, repeated, cut off at a diagonal, and brought to another resolution.

Source: NumPy's roll, repeat, tile, tril and triu; Shi et al., Real-time single image and video super-resolution using an
efficient sub-pixel convolutional neural network (2016), for pixel_shuffle.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sympy import Abs, Add, Expr, Integer, Le, Rational

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, operator, register, shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape, as_size, normal_axis, same_size
from ..arrays.symbols import iverson
from ..errors import DeclarationError, ShapeError
from ..functions.network_functions import relu
from .operator_text import is_op
from .record import Args, NormalisingOperator, Params, Shown, at, python, with_shapes
from .structure import permute, reshape, stretch


def _axis(name: str, x: Expr, axis: int | None) -> int:
    """The axis, which a vector need not name.  Raises ShapeError."""
    rank = len(shape_of(x))
    if axis is None and rank != 1:
        raise ShapeError(f"along which axis of {with_shapes(x)}?", where=Shown(name, (x,)), hint=f"{name}(x, ..., axis=0)")
    return normal_axis(axis or 0, rank, Shown(name, (x,)))


# ------------------------------------------------------------------ triangles

def _triangle_shape(name: str, args: Args, params: Params) -> Shape:
    if len(shape_of(args[0])) < 2:
        raise ShapeError(f"{name} takes a matrix, not {with_shapes(*args)}", where=Shown(name, args))
    return shape_of(args[0])


def _build_triangle(op: Operator, args: Args, params: Params) -> Expr:
    """The main diagonal is not written; a triangle of the same triangle is that triangle."""
    diagonal = as_expr(params.get("k", 0))
    if diagonal.is_integer is not True:
        raise DeclarationError(f"the diagonal {diagonal} is not a whole number", where=Shown(op.name, args))
    kept = {} if diagonal == 0 else {"k": diagonal}
    return args[0] if op.of(args[0]) and args[0].params == kept else Apply(op, args, kept)


def _triangle(name: str, below: bool) -> None:
    def definition(out: Args, args: Args, params: Params) -> Expr:
        beyond = out[-1] - out[-2] - params.get("k", Integer(0))
        inside = iverson(beyond <= 0 if below else beyond >= 0)
        return inside if is_op(args[0], "ones") else inside * at(args[0], out)

    def numpy(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
        return f"np.{name}({sources[0]}, {python(params.get('k', 0))})"

    register(NormalisingOperator(
        name=name, multilinear=True, keeps_sign=1, batched="stacks", build=_build_triangle,
        shape=partial(_triangle_shape, name), definition=definition, numpy=numpy, free=True,
        text=lambda write, args, params: (
            f"{name}({write(args[0])}{', ' + write(params['k']) if params else ''})"),
        example=lambda: operator(name)(Tensor("X", (dims("m"), dims("n"))), k=-1)))


_triangle("tril", True)
_triangle("triu", False)


def tril(x: object, k: object = 0) -> Expr:
    """The lower triangle of a matrix: the entries j <= i + k, zeros above.  Raises ShapeError.  Source: NumPy, tril.

    >>> sd.tril([[1, 2], [3, 4]])
    [[1, 0], [3, 4]]
    """
    return RECORDS.tril(as_expr(x), k=k)


def triu(x: object, k: object = 0) -> Expr:
    """The upper triangle of a matrix: the entries j >= i + k, zeros below.  Raises ShapeError.  Source: NumPy, triu.

    >>> sd.triu([[1, 2], [3, 4]])
    [[1, 2], [0, 4]]
    """
    return RECORDS.triu(as_expr(x), k=k)


# ------------------------------------------------------------------ round and round

def _build_roll(op: Operator, args: Args, params: Params) -> Expr:
    """A shift of nothing, or by the whole size, is none; two shifts along one axis are one."""
    (x,) = args
    axis = _axis("roll", x, params.get("axis"))
    size, steps = shape_of(x)[axis], as_expr(params["shift"])
    if op.of(x) and isinstance(x, Apply) and x.params.get("axis", 0) == axis:
        (x,), steps = x.args, steps + x.params["shift"]
    if steps.is_integer is not True or not (steps.is_nonnegative or steps.is_negative):
        raise DeclarationError(f"by {steps} places, which is not known to be a whole number of places forwards or back",
                               where=Shown("roll", args))
    if steps.is_Integer and size.is_Integer:
        steps = Integer(int(steps) % int(size))
    if steps == 0 or same_size(abs(steps), size):
        return x
    return Apply(op, (x,), {"shift": steps} | ({} if len(shape_of(x)) == 1 else {"axis": axis}))


def _roll_definition(out: Args, args: Args, params: Params) -> Expr:
    """The entry ``shift`` places before, or, where that is before the first, so many from the end."""
    axis, shift = params.get("axis", 0), params["shift"]
    size = shape_of(args[0])[axis]
    before, behind = (out[axis] - shift).expand(), (out[axis] - shift + (size if shift.is_nonnegative else -size)).expand()
    return Add(*(at(args[0], (*out[:axis], place, *out[axis + 1:])) for place in (before, behind)))


register(NormalisingOperator(
    name="roll", multilinear=True, keeps_sign=2, free=True, build=_build_roll, definition=_roll_definition,
    shape=lambda args, params: shape_of(args[0]),
    conditions=lambda args, params: tuple(
        c for c in (Le(abs(params["shift"]), shape_of(args[0])[params.get("axis", 0)]),) if c != True),  # noqa: E712
    numpy=lambda sources, params, shapes: f"np.roll({sources[0]}, {python(params['shift'])}, {params.get('axis', 0)})",
    text=lambda write, args, params: (
        f"roll({write(args[0])}, {write(params['shift'])}{f', axis={a}' if (a := params.get('axis')) is not None else ''})"),
    example=lambda: roll(Tensor("x", (as_expr(dims("n")) + 1,)), 2)))


def roll(x: object, shift: object, axis: int | None = None) -> Expr:
    """The entries moved on by ``shift`` places along an axis, those that leave the end coming in at the front.

    As NumPy's roll; a negative shift moves back.  That it is no longer than the axis is a condition.  Raises ShapeError,
    and DeclarationError for a shift whose sign is not known.  Source: NumPy, roll.

    >>> sd.roll([1, 2, 3], 1)
    [3, 1, 2]
    """
    return RECORDS.roll(as_expr(x), shift=shift, axis=axis)


# ------------------------------------------------------------------ again and again

def _beside(value: Expr, times: Expr, axis: int, inner: bool) -> Any:
    """Copies of every entry, or of the whole, side by side along an axis."""
    shape = shape_of(value)
    new = axis + 1 if inner else axis
    wide = (*shape[:new], times, *shape[new:])
    full = (*shape[:axis], (times * shape[axis]).expand(), *shape[axis + 1:])
    return reshape(stretch(value, wide, tuple(n for n in range(len(wide)) if n != new)), full)


def repeat(x: object, repeats: object, axis: int | None = None) -> Expr:
    """Every entry ``repeats`` times along an axis, as NumPy's repeat: (n,) to (n r,).  Raises ShapeError.

    Source: NumPy, repeat.

    >>> sd.repeat([1, 2], 2)
    [1, 1, 2, 2]
    """
    value = as_expr(x)
    return _beside(value, as_size(repeats), _axis("repeat", value, axis), True)


def tile(x: object, reps: object) -> Expr:
    """The whole array side by side, as often along each axis as ``reps`` says, as NumPy's tile.  Raises ShapeError.

    Source: NumPy, tile.

    >>> sd.tile([1, 2], 2)
    [1, 2, 1, 2]
    """
    value = as_expr(x)
    each = tuple(reps) if isinstance(reps, tuple | list) else (reps,)
    rank = len(shape_of(value))
    if len(each) > rank:
        more = len(each) - rank
        value = stretch(value, (*(Integer(1),) * more, *shape_of(value)), tuple(range(more, len(each))))
    for axis, times in enumerate(each, len(shape_of(value)) - len(each)):
        if times != 1:
            value = _beside(value, as_size(times), axis, False)
    return value


# ------------------------------------------------------------------ resolution

def _blocks(name: str, x: Expr, factor: Expr, rank: int) -> tuple[Shape, Expr]:
    shape = shape_of(x)
    if len(shape) < rank:
        raise ShapeError(f"{name} takes (..., C, H, W), not {with_shapes(x)}", where=Shown(name, (x,)))
    return shape, as_size(factor)


def pixel_shuffle(x: object, factor: object) -> Expr:
    """Channels (..., C r², H, W) laid out as blocks of r × r places: (..., C, H r, W r).  Raises ShapeError.

    Out of entry [c, r (h - 1) + a, r (w - 1) + b] speaks channel (c - 1) r² + (a - 1) r + b at [h, w].
    Source: Shi et al. (2016).

    >>> sd.pixel_shuffle([[[1]], [[2]], [[3]], [[4]]], 2)
    [[[1, 2], [3, 4]]]
    """
    value = as_expr(x)
    shape, r = _blocks("pixel_shuffle", value, as_expr(factor), 3)
    *lead, c, h, w = shape
    channels = (c / r**2).expand()
    if channels.is_integer is not True:
        raise ShapeError(f"the {c} channels of {with_shapes(value)} are not in groups of {r**2}",
                         where=Shown("pixel_shuffle", (value,)), hint=f"declare them as {r**2}*C")
    n = len(lead)
    apart = reshape(value, (*lead, channels, r, r, h, w))
    return reshape(permute(apart, (*range(n), n, n + 3, n + 1, n + 4, n + 2)), (*lead, channels, r * h, r * w))


def pixel_unshuffle(x: object, factor: object) -> Expr:
    """Blocks of r × r places as channels, what ``pixel_shuffle`` undoes: (..., C, H r, W r) to (..., C r², H, W).

    Raises ShapeError.  Source: PyTorch, nn.PixelUnshuffle.

    >>> sd.pixel_unshuffle([[[1, 2], [3, 4]]], 2)
    [[[1]], [[2]], [[3]], [[4]]]
    """
    value = as_expr(x)
    shape, r = _blocks("pixel_unshuffle", value, as_expr(factor), 3)
    *lead, c, h, w = shape
    high, wide = (h / r).expand(), (w / r).expand()
    if not (high.is_integer and wide.is_integer):
        raise ShapeError(f"{h} by {w} is not made of blocks of {r} by {r}", where=Shown("pixel_unshuffle", (value,)),
                         hint=f"declare the last two sizes as multiples: {r}*H, {r}*W")
    n = len(lead)
    apart = reshape(value, (*lead, c, high, r, wide, r))
    return reshape(permute(apart, (*range(n), n, n + 2, n + 4, n + 1, n + 3)), (*lead, c * r**2, high, wide))


def _weight(out: Args, args: Args, params: Params) -> Expr:
    """How much of entry j there is in place i of a line of ``size`` entries drawn ``scale`` times as long.

    The place i stands above (i - 1/2)/scale - 1/2, moved into 0..size - 1; weights fall from 1 to 0 within one entry.
    With ``corners`` the ends stand above each other.
    """
    size, scale = params["size"], params["scale"]
    place = (out[0] - Rational(1, 2)) / scale - Rational(1, 2)
    if params.get("corners"):
        place = (out[0] - 1) * (size - 1) / (scale * size - 1)
    inside = relu(place) - relu(place - (size - 1))
    return relu(1 - Abs(inside - (out[1] - 1)))


def _weight_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    size, scale = python(params["size"]), python(params["scale"])
    places = f"(np.arange({scale} * {size}) + 0.5) / {scale} - 0.5"
    if params.get("corners"):
        places = f"np.arange({scale} * {size}) * (({size} - 1) / ({scale} * {size} - 1))"
    return (f"np.maximum(1 - np.abs(np.clip({places}, 0, {size} - 1)[:, None] - np.arange({size})[None, :]), 0)")


register(Operator(
    name="interpolation", sign=1, plain=True, sized=True, domain=True,
    shape=lambda args, params: ((params["scale"] * params["size"]).expand(), params["size"]),
    definition=_weight, numpy=_weight_source,
    text=lambda write, args, params: (f"interpolation({write(params['size'])}, {write(params['scale'])}"
                                      f"{', corners=True' if params.get('corners') else ''})"),
    example=lambda: RECORDS.matmul(interpolation(dims("n"), 2), Tensor("x", (dims("n"),)))))


def interpolation(size: object, scale: object, corners: bool = False) -> Expr:
    """The matrix (scale n, n) of linear interpolation between the n entries of a line, its rows adding up to 1.

    Raises DeclarationError for what is no size.  Source: PyTorch, nn.Upsample.

    >>> sd.evaluate(sd.interpolation(2, 2)).shape
    (4, 2)
    """
    options = {"corners": True} if corners is True else {}
    return RECORDS.interpolation(size=as_size(size), scale=as_size(scale), **options)


def upsample(x: object, scale: object, mode: str = "nearest", *, align_corners: bool = False) -> Expr:
    """An image (..., H, W), or a vector (L,), drawn ``scale`` times as large along each of these axes.

    "nearest" repeats every entry; "bilinear" interpolates between neighbours, as U X Vᵀ with the matrices of
    ``interpolation``, and "linear" is the same of a vector or of the last axis of (N, C, L).  ``scale`` may be a pair.
    Raises ShapeError and DeclarationError.  Source: PyTorch, nn.Upsample.

    >>> sd.upsample([1, 2], 2)
    [1, 1, 2, 2]
    """
    value = as_expr(x)
    rank = len(shape_of(value))
    if mode not in ("nearest", "bilinear", "linear"):
        raise DeclarationError(f"unknown mode {mode!r}", hint="one of nearest, linear, bilinear")
    axes = (rank - 1,) if rank == 1 or mode == "linear" else (rank - 2, rank - 1)
    each = tuple(scale) if isinstance(scale, tuple | list) else (scale,) * len(axes)
    if not rank or len(each) != len(axes):
        raise ShapeError(f"{len(each)} factors do not fit {with_shapes(value)}", where=Shown("upsample", (value,)))
    for axis, factor in zip(axes, each, strict=True):
        if mode == "nearest":
            value = repeat(value, factor, axis)
            continue
        weights = interpolation(shape_of(value)[axis], factor, align_corners)
        own = "abcdefgh"[:rank]
        spec = f"xz,{own.replace(own[axis], 'z')}->{own.replace(own[axis], 'x')}"
        value = (RECORDS.matmul(weights, value) if rank <= 2 and axis == 0 else
                 RECORDS.matmul(value, RECORDS.transpose(weights)) if rank <= 2 else
                 RECORDS.einsum(weights, value, spec=spec))
    return value


# ------------------------------------------------------------------ running products

def cumprod(x: object, axis: int | None = None) -> Expr:
    """The products of the entries up to each, along an axis, which a vector need not name.

    Π_{k≤i} x_k = Π_k (1 + [k ≤ i](x_k - 1)), so that nothing is divided and zeros are right.  Raises ShapeError.
    Source: NumPy, cumprod.

    >>> sd.cumprod([2, 3, 4])
    [2, 6, 24]
    """
    value = as_expr(x)
    own = _axis("cumprod", value, axis)
    shape = shape_of(value)
    rank, n = len(shape), shape[own]
    last = permute(value, (*(k for k in range(rank) if k != own), own)) if own != rank - 1 else value
    less = RECORDS.add(last, Integer(-1))
    rows = stretch(less, (*shape_of(less)[:-1], Integer(1), n), (*range(rank - 1), rank))
    mask = tril(RECORDS.ones(shape=(n, n)))
    product = RECORDS.prod(RECORDS.add(Integer(1), RECORDS.mul(rows, mask)))
    if own == rank - 1:
        return product
    return permute(product, (*range(own), rank - 1, *range(own, rank - 1)))


__all__ = ["cumprod", "interpolation", "pixel_shuffle", "pixel_unshuffle", "repeat", "roll", "tile", "tril", "triu",
           "upsample"]
