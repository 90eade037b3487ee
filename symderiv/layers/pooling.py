"""Means and largest entries of windows that slide along one to three axes, and means over all positions.

For a mean the zeros of the padding count as entries unless told otherwise: a window has the same number of them
everywhere.  For the largest entry they do not.
Source: Goodfellow, Bengio and Courville, Deep Learning (2016), 9.3.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sympy import Expr, Integer, Mul

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, operator, register, shape_of
from ..arrays.sizes import Shape, as_size
from ..errors import DeclarationError, ShapeError
from .constants import ones
from .extremes import max
from .record import Args, NormalisingOperator, Params, Shown, python, with_shapes
from .reductions import mean
from .sliding import windows
from .windows import SPATIAL, Spec, moved, normal_params, options, padded_source, result_shape

RANK = {f"{name}_pool{rank}d": rank for name in ("avg", "max") for rank in SPATIAL}


def _spec(name: str, shape: Shape) -> Spec:
    """The leading axes, and the spatial ones behind them.  Raises ShapeError for too few or too many axes."""
    rank = RANK[name]
    if not rank <= len(shape) <= rank + 2:
        raise ShapeError(f"{name} takes {rank} to {rank + 2} axes, not shape ({', '.join(map(str, shape))})",
                         where=name, hint="the last axes are those along which the window slides")
    letters = ("nc" if len(shape) == rank + 2 else "c" * (len(shape) - rank)) + SPATIAL[rank]
    return Spec(letters, SPATIAL[rank], letters, SPATIAL[rank])


def _build(op: Operator, args: Args, params: Params) -> Expr:
    """The window is kept for every axis; the stride where it is not the window's."""
    rank = RANK[op.name]
    given = params.get("window")
    sizes = tuple(given) if isinstance(given, tuple | list) else (given,) * rank
    if given is None or len(sizes) != rank:
        raise DeclarationError(f"window={given} has not {rank} values", where=Shown(op.name, args))
    window = tuple(map(as_size, sizes))
    stride = params.get("stride")
    kept = normal_params(op.name, rank, args, {**params, "stride": window if stride is None else stride})
    _spec(op.name, shape_of(args[0]))
    if not params.get("count_include_pad", True) and "padding" in kept:
        kept["count_include_pad"] = False
    return Apply(op, args, {"window": window[0] if len(set(window)) == 1 else window, **kept})


def _window(name: str, params: Params) -> tuple[Expr, ...]:
    window = params["window"]
    return window if isinstance(window, tuple) else (window,) * RANK[name]


def _shape(name: str) -> Any:
    def shape(args: Args, params: Params) -> Shape:
        spec = _spec(name, shape_of(args[0]))
        sizes = dict(zip(spec.signal, shape_of(args[0]), strict=True))
        return result_shape(spec, sizes | moved(name, spec, (args[0], ones(_window(name, params))), params))
    return shape


def _definition(name: str, args: Args, params: Params) -> Expr:
    """The mean: the convolution with a window of ones, divided by their number; or the maximum, axis by axis."""
    (x,), window = args, _window(name, params)
    moving = {key: value for key, value in params.items() if key not in ("window", "count_include_pad")}
    if name.startswith("max"):
        # What lies outside the array takes no part, however small the entries in it.
        inside = windows(ones(shape_of(x)), window, **moving) if "padding" in params else None
        return max(windows(x, window, **moving), axis=tuple(range(len(shape_of(x)), len(shape_of(x)) + len(window))),
                   where=inside)
    spec = _spec(name, shape_of(x))
    convolution = operator(f"conv{RANK[name]}d")
    total = convolution(x, ones(window), spec=spec.text, **moving)
    if "count_include_pad" not in params:
        return total / Mul(*window)
    return total / convolution(ones(shape_of(x)[-len(window):]), ones(window), **moving)


def _source(name: str, sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    rank, ndim = RANK[name], len(shapes[0])
    axes = range(ndim - rank, ndim)
    window = [python(n) for n in _window(name, params)]
    padding = params.get("padding", ((0, 0),) * rank)
    sides = [(python(a), python(b)) for a, b in ((padding,) if rank == 1 and "padding" in params else padding)]
    strides = params.get("stride", 1)
    steps = [python(s) for s in (strides if isinstance(strides, tuple) else (strides,) * rank)]
    key = ", ".join(["..."] + [f"::{s}" for s in steps] + [":"] * rank)
    last = tuple(range(-rank, 0))

    def seen(array: str, fill: str = "0") -> str:
        return (f"np.lib.stride_tricks.sliding_window_view({padded_source(array, axes, ndim, sides, fill)}, "
                f"({', '.join(window)},), {tuple(axes)})[{key}]")
    if name.startswith("max"):
        return f"(lambda x: {seen('x', '-np.inf')}.max(axis={last}))({sources[0]})"
    if "count_include_pad" not in params:
        return f"(lambda x: {seen('x')}.mean(axis={last}))({sources[0]})"
    return f"(lambda x: {seen('x')}.sum(axis={last}) / {seen('np.ones_like(x)')}.sum(axis={last}))({sources[0]})"


def _text(name: str, write: Any, args: Args, params: Params) -> str:
    shown = {key: value for key, value in params.items() if key not in ("window", "stride")}
    if params.get("stride", 1) != params["window"]:
        shown["stride"] = params.get("stride", 1)
        shown = {"stride": as_expr(1) if "stride" not in params else params["stride"], **shown}
    window = params["window"]
    size = f"({', '.join(map(write, window))})" if isinstance(window, tuple) else write(window)
    return f"{name}({write(args[0])}, {size}{options(write, shown)})"


def _example(name: str) -> Any:
    shape = {1: (dims("d"),), 2: dims("m n"), 3: (dims("d"), Integer(2), Integer(2))}[RANK[name]]
    return lambda: operator(name)(Tensor("X", shape), window=2, stride=None if RANK[name] == 1 else 1)


for _name in RANK:
    register(NormalisingOperator(
        name=_name, pieces=_name.startswith("max"), build=_build, shape=_shape(_name), composite=True,
        definition=partial(_definition, _name), numpy=partial(_source, _name), text=partial(_text, _name),
        example=_example(_name)))


def _last_window_cut(name: str, x: object, window: object, stride: object, padding: object) -> Any:
    """Padding in which a last window that is cut off by the end counts as well.  Raises DeclarationError."""
    rank = RANK[name]
    each = [tuple(v) if isinstance(v, tuple | list) else (v,) * rank for v in (window, window if stride is None else stride,
                                                                               padding)]
    pairs = []
    for size, step, side in zip(*each, strict=True):
        if isinstance(side, tuple) or not (as_expr(size) - as_expr(step) - as_expr(side)).is_nonnegative:
            raise DeclarationError("with ceil_mode the padding and the stride together must not be longer than the window",
                                   where=Shown(name, (as_expr(x),)), hint="give padding=(left, right) in numbers")
        pairs.append((side, as_expr(side) + as_expr(step) - 1))
    if name.startswith("avg") and any(side != 0 for side in each[2]):
        raise DeclarationError("whether the zeros beyond the padding count is not defined with ceil_mode",
                               where=Shown(name, (as_expr(x),)), hint="count_include_pad=False, or pad first")
    return pairs[0] if rank == 1 else tuple(pairs)


def _pooled(name: str, x: object, window: object, stride: object, padding: object, ceil: bool, **options: object) -> Expr:
    """The operator applied; ``ceil`` pads so that a last window that the end cuts off counts as well."""
    if ceil:
        padding = _last_window_cut(name, x, window, stride, padding)
    return operator(name)(as_expr(x), window=window, stride=stride, padding=padding, **options)


def avg_pool1d(x: object, window: object, *, stride: object = None, padding: object = 0,
               count_include_pad: bool = True, ceil_mode: bool = False) -> Expr:
    """The means of windows along the last axis of x: (L,), (C, L) or (N, C, L).

    The stride is the window unless given; zeros of the padding are counted unless ``count_include_pad`` is False.
    Size of the axis: floor((L + left + right - window) / stride) + 1; with ``ceil_mode`` a last window that the end
    cuts off counts too, over the entries that it has.  Raises ShapeError.
    Source: Dumoulin and Visin (2016), ch. 3.

    >>> sd.avg_pool1d([1, 3, 5, 9], 2)
    [2, 7]
    """
    return _pooled("avg_pool1d", x, window, stride, padding, ceil_mode,
                   count_include_pad=count_include_pad and not ceil_mode)


def avg_pool2d(x: object, window: object, *, stride: object = None, padding: object = 0,
               count_include_pad: bool = True, ceil_mode: bool = False) -> Expr:
    """The means of windows along the last two axes of x: (H, W), (C, H, W) or (N, C, H, W).  Raises ShapeError.

    Source: Dumoulin and Visin (2016), ch. 3.

    >>> sd.avg_pool2d([[1, 3], [5, 7]], 2)
    [[4]]
    """
    return _pooled("avg_pool2d", x, window, stride, padding, ceil_mode,
                   count_include_pad=count_include_pad and not ceil_mode)


def avg_pool3d(x: object, window: object, *, stride: object = None, padding: object = 0,
               count_include_pad: bool = True, ceil_mode: bool = False) -> Expr:
    """The means of windows along the last three axes of x: (D, H, W), (C, D, H, W) or (N, C, D, H, W).  Raises ShapeError.

    Source: Dumoulin and Visin (2016), ch. 3.

    >>> sd.avg_pool3d([[[1, 3], [5, 7]], [[1, 3], [5, 7]]], 2)
    [[[4]]]
    """
    return _pooled("avg_pool3d", x, window, stride, padding, ceil_mode,
                   count_include_pad=count_include_pad and not ceil_mode)


def max_pool1d(x: object, window: object, *, stride: object = None, padding: object = 0, ceil_mode: bool = False) -> Expr:
    """The largest entries of windows along the last axis of x; the first of equal ones takes the gradient.

    The stride is the window unless given.  Padding widens the range of the windows; it holds no entries.
    Raises ShapeError.
    Source: Dumoulin and Visin (2016), ch. 3.

    >>> sd.max_pool1d([1, 3, 5, 4], 2)
    [3, 5]
    """
    return _pooled("max_pool1d", x, window, stride, padding, ceil_mode)


def max_pool2d(x: object, window: object, *, stride: object = None, padding: object = 0, ceil_mode: bool = False) -> Expr:
    """The largest entries of windows along the last two axes of x, the first in row order of equal ones.

    Raises ShapeError.
    Source: Dumoulin and Visin (2016), ch. 3.

    >>> sd.max_pool2d([[1, 3], [5, 7]], 2)
    [[7]]
    """
    return _pooled("max_pool2d", x, window, stride, padding, ceil_mode)


def max_pool3d(x: object, window: object, *, stride: object = None, padding: object = 0, ceil_mode: bool = False) -> Expr:
    """The largest entries of windows along the last three axes of x, the first in row order of equal ones.

    Raises ShapeError.
    Source: Dumoulin and Visin (2016), ch. 3.

    >>> sd.max_pool3d([[[1, 3], [5, 7]], [[1, 3], [5, 9]]], 2)
    [[[9]]]
    """
    return _pooled("max_pool3d", x, window, stride, padding, ceil_mode)


def global_avg_pool(x: object, axis: int | tuple[int, ...] | None = None) -> Expr:
    """The mean over all positions: those of the last axis of (N, C, L), of the last two of (N, C, H, W).

    ``axis`` names other axes.  Raises ShapeError.
    Source: Lin, Chen and Yan (2014).

    >>> sd.global_avg_pool([[[1, 3], [5, 7]]])
    [[2, 6]]
    """
    return mean(x, axis=_positions(x) if axis is None else axis)


def global_max_pool(x: object, axis: int | tuple[int, ...] | None = None) -> Expr:
    """The largest entry of all positions, as global_avg_pool.  Raises ShapeError.

    Source: Oquab, Bottou, Laptev and Sivic (2015).

    >>> sd.global_max_pool([[[1, 3], [5, 7]]])
    [[3, 7]]
    """
    return max(x, axis=_positions(x) if axis is None else axis)


def _positions(x: object) -> tuple[int, ...]:
    """The axes behind those of images and channels.  Raises ShapeError."""
    array = as_expr(x)
    rank = len(shape_of(array))
    if rank < 3:
        raise ShapeError(f"global pooling takes (N, C, L) or (N, C, H, W), not {with_shapes(array)}", where=array,
                         hint="name the axes: axis=-1")
    return tuple(range(2, rank))


__all__ = ["avg_pool1d", "avg_pool2d", "avg_pool3d", "global_avg_pool", "global_max_pool", "max_pool1d", "max_pool2d",
           "max_pool3d"]
