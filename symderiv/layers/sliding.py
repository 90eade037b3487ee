"""The windows of an array as an array of their own, and their transpose, which adds windows up where they overlap.

With them a convolution is a matrix product (im2col), and pooling a reduction over the window.
Source: Chellapilla, Puri and Simard, High performance convolutional neural networks (2006).
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, KroneckerDelta

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, operator, register, shape_of
from ..arrays.sizes import Shape, as_size
from ..arrays.symbols import Index, Sum
from ..errors import DeclarationError, ShapeError
from .constants import ones
from .record import Args, NormalisingOperator, Params, Shown, at, bound, python, with_shapes
from .windows import SPATIAL, Slide, Spec, moved, normal_params, options, padded_source, slides

LEADING = "abce"


def _each(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _spec(name: str, rank: int, ndim: int, args: Args) -> Spec:
    """Leading axes, then those along which the window slides.  Raises ShapeError."""
    if rank not in SPATIAL or not 0 <= ndim - rank <= len(LEADING):
        raise ShapeError(f"{name} along {rank} axes does not fit {with_shapes(args[0])}", where=Shown(name, args),
                         hint="windows slide along the last axis, or the last two or three")
    letters = LEADING[:ndim - rank] + SPATIAL[rank]
    return Spec(letters, SPATIAL[rank], letters, SPATIAL[rank])


def _build_windows(op: Operator, args: Args, params: Params) -> Expr:
    window = tuple(map(as_size, _each(params["window"])))
    _spec(op.name, len(window), len(shape_of(args[0])), args)
    kept = normal_params(op.name, len(window), args, params)
    return Apply(op, args, {"window": window if len(window) > 1 else window[0], **kept})


def _slides(args: Args, params: Params) -> tuple[Slide, ...]:
    window = _each(params["window"])
    spec = _spec("windows", len(window), len(shape_of(args[0])), args)
    return slides(spec, (args[0], ones(window)), params)


def _windows_shape(args: Args, params: Params) -> Shape:
    window = _each(params["window"])
    spec = _spec("windows", len(window), len(shape_of(args[0])), args)
    sizes = moved("windows", spec, (args[0], ones(window)), params)
    return (*shape_of(args[0])[:-len(window)], *(sizes[s] for s in spec.spatial), *window)


def _windows_definition(out: Args, args: Args, params: Params) -> Expr:
    rank = len(_each(params["window"]))
    places = zip(_slides(args, params), out[-2 * rank:-rank], out[-rank:], strict=True)
    return at(args[0], (*out[:-2 * rank], *(slide.position(n, j) for slide, n, j in places)))


def _windows_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    window, ndim = _each(params["window"]), len(shapes[0])
    rank = len(window)
    axes = range(ndim - rank, ndim)
    steps = [[python(s) for s in (v if isinstance(v, tuple) else (v,) * rank)]
             for v in (params.get("stride", 1), params.get("dilation", 1))]
    padding = params.get("padding", ((0, 0),) * rank)
    sides = [(python(a), python(b)) for a, b in ((padding,) if rank == 1 and "padding" in params else padding)]
    reaches = ", ".join(f"{d} * ({python(n)} - 1) + 1" for n, d in zip(window, steps[1], strict=True))
    key = ", ".join(["...", *(f"::{s}" for s in (*steps[0], *steps[1]))])
    return (f"(lambda x: np.lib.stride_tricks.sliding_window_view({padded_source('x', axes, ndim, sides)}, ({reaches},), "
            f"{tuple(axes)})[{key}])({sources[0]})")


def _window_text(write: Any, value: Any) -> str:
    return f"({', '.join(map(write, value))})" if isinstance(value, tuple) else str(write(value))


register(NormalisingOperator(
    name="windows", keeps_sign=1, build=_build_windows, shape=_windows_shape, definition=_windows_definition,
    numpy=_windows_source,
    text=lambda write, args, params: (
        f"windows({write(args[0])}, {_window_text(write, params['window'])}"
        f"{options(write, {k: v for k, v in params.items() if k != 'window'})})"),
    example=lambda: windows(Tensor("x", (dims("d"),)), 3, stride=2)))


def windows(x: object, window: object, *, stride: object = 1, padding: object = None, dilation: object = 1) -> Expr:
    """The windows that slide along the last axis of x, or along the last two where ``window`` is a pair.

    Entry (..., n, j) is x[..., stride (n - 1) + dilation (j - 1) + 1 - left], 0 outside the range: the axes of the
    positions stand before those of the window.  Raises ShapeError for a window that cannot fit.
    Source: Chellapilla, Puri and Simard (2006).

    >>> sd.windows([1, 2, 3, 4], 2)
    [[1, 2], [2, 3], [3, 4]]
    """
    return operator("windows")(as_expr(x), window=window, stride=stride, padding=padding, dilation=dilation)


# ------------------------------------------------------------------ overlaps added up

def _build_overlap(op: Operator, args: Args, params: Params) -> Expr:
    size = tuple(map(as_size, _each(params["output_size"])))
    shape = shape_of(args[0])
    if len(size) not in SPATIAL or len(shape) < 2 * len(size):
        raise ShapeError(f"{len(size)} axes of windows do not fit {with_shapes(args[0])}", where=Shown(op.name, args))
    kept = normal_params(op.name, len(size), args, {k: v for k, v in params.items() if k != "output_size"})
    if "mode" in kept:
        raise DeclarationError("overlap_add takes padding, not a mode", where=Shown(op.name, args))
    return Apply(op, args, {**kept, "output_size": size if len(size) > 1 else size[0]})


def _overlap_slides(args: Args, params: Params) -> tuple[Slide, ...]:
    """The slides of the windows that were taken of an array of the result's size."""
    size, shape = _each(params["output_size"]), shape_of(args[0])
    rank = len(size)
    spec = Spec(SPATIAL[rank], SPATIAL[rank], SPATIAL[rank], SPATIAL[rank])
    sliding = {key: value for key, value in params.items() if key != "output_size"}
    return slides(spec, (ones(size), ones(shape[-rank:])), sliding)


def _overlap_definition(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    shape, rank = shape_of(x), len(_each(params["output_size"]))
    summed: list[Index] = []
    meetings: Expr = as_expr(1)
    for axis, (slide, place) in enumerate(zip(_overlap_slides(args, params), out[-rank:], strict=True)):
        n = bound(shape[axis - 2 * rank], (*out, *summed), args, "n")
        j = bound(shape[axis - rank], (*out, *summed, n), args, "j")
        summed += [n, j]
        meetings = meetings * KroneckerDelta(place, slide.position(n, j))
    return Sum(at(x, (*out[:-rank], *summed[::2], *summed[1::2])) * meetings, *summed)


def _overlap_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """np.add.at of every window at its place; what has none adds 0 at the first, so that shapes depend on no values."""
    size = _each(params["output_size"])
    rank, ndim = len(size), len(shapes[0])
    lead = ndim - 2 * rank
    places, inside = [], []
    for axis in range(rank):
        stride, dilation = (python(v[axis] if isinstance(v, tuple) else v)
                            for v in (params.get("stride", 1), params.get("dilation", 1)))
        padding = params.get("padding", ((0, 0),) * rank)
        left = python((padding if rank == 1 and "padding" in params else padding[axis])[0])
        n = f"np.arange(u.shape[{lead + axis}]).reshape({('-1',) + ('1',) * (2 * rank - axis - 1)})".replace("'", "")
        j = f"np.arange(u.shape[{lead + rank + axis}]).reshape({('-1',) + ('1',) * (rank - axis - 1)})".replace("'", "")
        places.append(f"({stride} * {n} + {dilation} * {j} - ({left}))")
        inside.append(f"(p[{axis}] >= 0) & (p[{axis}] < {python(size[axis])})")
    sizes = ", ".join(map(python, size))
    return ("(lambda u, p, keep: (lambda z, u, p: np.add.at(z, (..., *p), u) or z)("
            f"np.zeros(u.shape[:{lead}] + ({sizes},), u.dtype), np.where(keep, u, 0), "
            "tuple(np.where(keep, q, 0) for q in np.broadcast_arrays(*p))))"
            f"(*(lambda u, p: (u, p, {' & '.join(inside)}))(*(lambda u: (u, ({', '.join(places)},)))({sources[0]})))")


register(NormalisingOperator(
    name="overlap_add", keeps_sign=1, build=_build_overlap, definition=_overlap_definition, numpy=_overlap_source,
    shape=lambda args, params: (*shape_of(args[0])[:-2 * len(_each(params["output_size"]))], *_each(params["output_size"])),
    text=lambda write, args, params: f"overlap_add({write(args[0])}{options(write, params)})",
    example=lambda: overlap_add(Tensor("U", (dims("m"), dims("k"))), dims("d"), stride=2)))


def overlap_add(u: object, output_size: object, *, stride: object = 1, padding: object = None, dilation: object = 1) -> Expr:
    """The transpose of ``windows``: every entry added at the place that its window read.  Raises ShapeError.

    Source: PyTorch, nn.Fold.

    >>> sd.overlap_add([[1, 2], [3, 4]], 3)
    [1, 5, 4]
    """
    return operator("overlap_add")(as_expr(u), output_size=output_size, stride=stride, padding=padding, dilation=dilation)


__all__ = ["overlap_add", "windows"]
