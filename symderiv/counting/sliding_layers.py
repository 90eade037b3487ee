"""Layers that slide a window: convolutions, depthwise and transposed ones, pooling, and upsampling by copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Any, ClassVar

from sympy import Expr, Ge, Max, Min, S

from ..arrays.arrays import Apply
from ..arrays.operator import shape_of
from ..arrays.sizes import Shape, as_size, floor_div
from ..arrays.strict import expression
from ..errors import DeclarationError, ShapeError
from ..layers.constants import ones
from ..layers.convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from ..layers.pooling import global_avg_pool
from ..layers.sliding import windows
from ..layers.windows import SPATIAL, Slide, Spec, slides
from .amounts import inner_products
from .layer_plan import Layer, Plan, biased_results, declared, need_rank, signal, weights_of
from .receptive import WHOLE, Extent, Spread, Stage, Window
from .size_text import plain, product

IMAGES = {1: "(C, L)", 2: "(C, H, W)"}
CONVOLUTION = {1: conv1d, 2: conv2d}
TRANSPOSED = {1: conv_transpose1d, 2: conv_transpose2d}


def _extent(value: Any, rank: int, name: str) -> tuple[Expr, ...]:
    """One size for each axis.  Raises DeclarationError."""
    each = value if isinstance(value, tuple) else (value,) * rank
    if len(each) != rank:
        raise DeclarationError(f"{name}={value} has {len(each)} values for {rank} ax{'is' if rank == 1 else 'es'}")
    return tuple(map(as_size, each))


def _slides(applied: Apply, kernel: tuple[Expr, ...]) -> tuple[Slide, ...]:
    """How the kernel of an applied operator slides, by the operators' own rule."""
    rank = len(kernel)
    letters = "c" + SPATIAL[rank]
    spec = Spec(letters, SPATIAL[rank], letters, SPATIAL[rank])
    return slides(spec, (applied.args[0], ones(kernel)), applied.params)


def _slid(apply: Callable[..., Apply], kernel: tuple[Expr, ...], options: dict[str, Any], ceil_mode: bool
          ) -> tuple[Apply, tuple[Slide, ...], tuple[Any, ...]]:
    """An operator applied, sizes rounded down or up, how its kernel slides, and what it needs.  Raises ShapeError."""
    try:
        y = apply(**options)
    except ShapeError as error:
        raise ShapeError(error.message, hint="a smaller kernel, more padding, or less pooling before it") from error
    found = _slides(y, kernel)
    # Rounded up or not, one window must fit.
    needed = _conditions(found)
    if ceil_mode:
        y = apply(**options | {"padding": _hanging_over(found)})
        found = _slides(y, kernel)
    return y, found, needed


def _hanging_over(found: tuple[Slide, ...]) -> Any:
    """The padding with which sizes are rounded up: the last window may hang over, but starts in the signal or left of it."""
    pairs = []
    for slide in found:
        moves = floor_div(slide.free + slide.stride - 1, slide.stride) + 1
        # Only much padding, or a window narrower than its stride, lets one start behind the signal.
        if not (slide.stride - 1 - (slide.reach + 1 - slide.right)).is_negative:
            moves = Max(slide.moves, Min(moves, floor_div(slide.size + slide.left - 1, slide.stride) + 1))
        pairs.append((slide.left, (slide.stride * (moves - 1) - slide.free + slide.right).expand()))
    return tuple(pairs) if len(pairs) > 1 else pairs[0]


def _conditions(found: tuple[Slide, ...]) -> tuple[Any, ...]:
    """The relations of sizes without which a kernel would not fit."""
    return tuple(Ge((s.size + s.left + s.right).expand(), (s.reach + 1).expand())
                 for s in found if not s.fits and not s.free.is_nonnegative)


def _stages(found: tuple[Slide, ...]) -> tuple[Stage, ...]:
    return tuple(Window(s.stride, -s.left, (s.reach - s.left).expand()) for s in found)


def _divided(number: object, groups: object, what: str) -> Expr:
    """The share of a group.  Raises DeclarationError where it is not whole."""
    share = as_size(number) / as_size(groups)
    if share.is_number and not share.is_integer:
        raise DeclarationError(f"{number} {what} do not part into {groups} groups of one size",
                               hint="take a number of groups that divides both the input's channels and the filters")
    return share


# ------------------------------------------------------------------ convolution

class _Convolution(Layer):
    """Shared by the convolutions."""

    out_channels: Any
    kernel: Any
    _: KW_ONLY
    stride: Any = 1
    padding: Any = 0
    dilation: Any = 1
    groups: Any = 1
    bias: bool = True
    ceil_mode: bool = False

    unnamed: ClassVar[tuple[str, ...] | None] = ("out_channels", "kernel")
    def check(self) -> None:
        """Sizes are positive, and the groups part the filters.  Raises DeclarationError."""
        for name in ("kernel", "stride", "dilation"):
            _extent(getattr(self, name), self.rank, name)
        _divided(self.out_channels, self.groups, "filters")

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator conv1d or conv2d."""
        need_rank(self, shape, self.rank + 1, IMAGES[self.rank])
        return self._read(shape, as_size(self.out_channels), as_size(self.groups))

    def _read(self, shape: Shape, filters: Expr, groups: Expr) -> Plan:
        kernel = _extent(self.kernel, self.rank, "kernel")
        depth = _divided(shape[0], groups, "channels of the input")
        x, w = signal(shape), declared("W", filters, depth, *kernel)
        b = declared("b", filters) if self.bias else None
        options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": groups}
        y, found, needed = _slid(lambda **given: CONVOLUTION[self.rank](x, w, b, **given), kernel, options, self.ceil_mode)
        return Plan(shape_of(y), weights_of(w, b), inner_products((y,)), Extent(map(plain, kernel)), found,
                    _stages(found), biased=biased_results(shape_of(y), self.bias), conditions=needed)


class Conv1d(_Convolution, rank=1):
    """Convolution along the last axis of (C, L): ``out_channels`` kernels, each over all channels of its group.

    padding is a number, (left, right), "same" or "valid"; ``ceil_mode`` rounds the size up.
    """


class Conv2d(_Convolution, rank=2):
    """Convolution along the last axes of (C, H, W): ``out_channels`` kernels, each over all channels of its group.

    kernel, stride, dilation are numbers or pairs; padding is a number, a pair (rows, columns), ((top, bottom),
    (left, right)), "same" or "valid"; ``ceil_mode`` rounds sizes up.
    """


class DepthwiseConv2d(Conv2d):
    """Convolution of every channel with kernels of its own: ``DepthwiseConv2d(kernel)``, as many as ``multiplier`` says.

    ``DepthwiseConv2d(out_channels, kernel)`` says it by the channels that come out, a multiple of those that go in.
    """

    multiplier: Any = 1

    def __init__(self, *size: Any, multiplier: Any = 1, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
                 bias: bool = True, ceil_mode: bool = False, kernel: Any = None, name: str = "") -> None:
        given = size if kernel is None else (*size, kernel)
        if not 1 <= len(given) <= 2:
            raise DeclarationError("a depthwise convolution takes its kernel", hint="DepthwiseConv2d(3, padding=1)")
        values = {"out_channels": given[0] if len(given) == 2 else None, "kernel": given[-1], "multiplier": multiplier,
                  "stride": stride, "padding": padding, "dilation": dilation, "bias": bias, "ceil_mode": ceil_mode,
                  "groups": 1, "name": name}
        for key, value in values.items():
            object.__setattr__(self, key, value)
        self.__post_init__()

    def check(self) -> None:
        """Sizes are positive.  Raises DeclarationError."""
        as_size(self.multiplier)
        for name in ("kernel", "stride", "dilation"):
            _extent(getattr(self, name), self.rank, name)

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator conv2d, with as many groups as channels."""
        need_rank(self, shape, self.rank + 1, IMAGES[self.rank])
        channels = shape[0]
        if self.out_channels is None:
            return self._read(shape, channels * as_size(self.multiplier), channels)
        filters = as_size(self.out_channels)
        _divided(filters, channels, "filters")
        return self._read(shape, filters, channels)

    @property
    def text(self) -> str:
        """As it is written in Python, without its name."""
        return super().text.replace("(None, ", "(")


class _Transposed(Layer):
    """Shared by the transposed convolutions."""

    out_channels: Any
    kernel: Any
    _: KW_ONLY
    stride: Any = 1
    padding: Any = 0
    output_padding: Any = 0
    dilation: Any = 1
    groups: Any = 1
    bias: bool = True

    unnamed: ClassVar[tuple[str, ...] | None] = ("out_channels", "kernel")
    def check(self) -> None:
        """Sizes are positive, padding is in numbers, and at most a stride is added.  Raises DeclarationError."""
        if isinstance(self.padding, str):
            raise DeclarationError(f"padding={self.padding!r} of a transposed convolution is understood in several ways",
                                   hint="give padding= and output_padding= as numbers")
        steps = zip(*(_extent(getattr(self, name), self.rank, name) for name in ("stride", "dilation")), strict=True)
        extra = self.output_padding if isinstance(self.output_padding, tuple) else (self.output_padding,) * self.rank
        for more, (stride, dilation) in zip(extra, steps, strict=False):
            more = expression(more, "an output padding", "a number, or one for each axis")
            if (more - stride).is_nonnegative and (more - dilation).is_nonnegative:
                raise DeclarationError(f"output_padding={self.output_padding} is not smaller than the stride {self.stride}")
        _extent(self.kernel, self.rank, "kernel")
        _divided(self.out_channels, self.groups, "filters")

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator conv_transpose1d or conv_transpose2d."""
        need_rank(self, shape, self.rank + 1, IMAGES[self.rank])
        kernel = _extent(self.kernel, self.rank, "kernel")
        filters, groups = as_size(self.out_channels), as_size(self.groups)
        _divided(shape[0], groups, "channels of the input")
        x, w = signal(shape), declared("W", shape[0], filters / groups, *kernel)
        b = declared("b", filters) if self.bias else None
        y = TRANSPOSED[self.rank](x, w, b, stride=self.stride, padding=self.padding, output_padding=self.output_padding,
                                  dilation=self.dilation, groups=groups)
        found = _slides(y, kernel)
        return Plan(shape_of(y), weights_of(w, b), inner_products((y,), (x, w)), Extent(map(plain, kernel)), found,
                    tuple(Spread(s.stride, s.left, s.reach, s.dilation) for s in found),
                    biased=biased_results(shape_of(y), self.bias))


class ConvTranspose1d(_Transposed, rank=1):
    """Transposed convolution along the last axis of (C, L)."""


class ConvTranspose2d(_Transposed, rank=2):
    """Transposed convolution along the last axes of (C, H, W): every entry adds a copy of the kernel, stride apart.

    ``padding`` cuts the margin off, ``output_padding`` keeps so much of its end.
    """


class Upsample(Layer):
    """Every entry of (C, H, W) copied ``scale`` times along both axes (nearest neighbour)."""

    scale: Any

    def check(self) -> None:
        """The scale is positive.  Raises DeclarationError."""
        _extent(self.scale, 2, "scale")

    def plan(self, shape: Shape) -> Plan:
        """The shape of the transposed convolution with a kernel of ones that is as wide as its stride."""
        need_rank(self, shape, 3, IMAGES[2])
        scale = _extent(self.scale, 2, "scale")
        y = conv_transpose2d(signal(shape), ones(shape[0], 1, *scale), stride=scale, groups=shape[0])
        return Plan(shape_of(y), stages=tuple(Spread(s, S.Zero, s - 1) for s in scale))


class ZeroPad2d(Layer):
    """Zeros around (C, H, W), ``padding`` as for Conv2d; negative numbers cut entries off: ``ZeroPad2d(-4)`` crops."""

    padding: Any

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator ``windows``, of one entry each."""
        need_rank(self, shape, 3, IMAGES[2])
        one = _extent(1, 2, "kernel")
        y, found, needed = _slid(lambda **given: windows(signal(shape), one, **given), one, {"padding": self.padding}, False)
        return Plan(shape_of(y)[:-2], stages=_stages(found), conditions=needed)


# ------------------------------------------------------------------ pooling

class _Pool(Layer):
    """Shared by the pooling layers; the window strides by itself unless told otherwise."""

    kernel: Any
    stride: Any = None
    padding: Any = 0
    dilation: Any = 1
    ceil_mode: bool = False

    def check(self) -> None:
        """Sizes are positive.  Raises DeclarationError."""
        for name in ("kernel", "dilation"):
            _extent(getattr(self, name), self.rank, name)
        if self.stride is not None:
            _extent(self.stride, self.rank, "stride")

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator ``windows``, over whose windows pooling is a reduction."""
        need_rank(self, shape, self.rank + 1, IMAGES[self.rank])
        kernel = _extent(self.kernel, self.rank, "kernel")
        options = {"stride": kernel if self.stride is None else self.stride, "padding": self.padding,
                   "dilation": self.dilation}
        y, found, needed = _slid(lambda **given: windows(signal(shape), kernel, **given), kernel, options, self.ceil_mode)
        return Plan(shape_of(y)[:-self.rank], kernel=Extent(map(plain, kernel)), slides=found, stages=_stages(found),
                    pooled=product(shape_of(y)), conditions=needed)


class MaxPool1d(_Pool, rank=1):
    """The largest entry of each window along the last axis of (C, L)."""


class MaxPool2d(_Pool, rank=2):
    """The largest entry of each window along the last axes of (C, H, W); strides by its window unless ``stride`` is given.

    ``padding`` as for Conv2d; ``ceil_mode`` rounds sizes up: the last window may hang over the end.
    """


class AvgPool1d(_Pool, rank=1):
    """The mean of each window along the last axis of (C, L)."""


class AvgPool2d(_Pool, rank=2):
    """The mean of each window along the last axes of (C, H, W); options as for MaxPool2d."""


class _GlobalPool(Layer):
    """Shared by the global pools."""

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator global_avg_pool."""
        need_rank(self, shape, self.rank + 1, IMAGES[self.rank])
        y = global_avg_pool(signal(shape), axis=tuple(range(1, self.rank + 1)))
        return Plan(shape_of(y), kernel=Extent(map(plain, shape[1:])), stages=(WHOLE,), pooled=product(shape))


class GlobalAvgPool1d(_GlobalPool, rank=1):
    """The mean of each channel: (C, L) to (C,)."""


class GlobalAvgPool2d(_GlobalPool, rank=2):
    """The mean of each channel: (C, H, W) to (C,)."""


__all__ = ["AvgPool1d", "AvgPool2d", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "DepthwiseConv2d",
           "GlobalAvgPool1d", "GlobalAvgPool2d", "MaxPool1d", "MaxPool2d", "Upsample",
           "ZeroPad2d"]
