"""How a kernel slides along the axes of its signal: stride, dilation, padding, and the sizes that they give.

Along each axis the entry n of a convolution reads its signal at stride (n - 1) + dilation (j - 1) + 1 - left, j being
the position in the kernel; a transposed convolution writes its signal's entry n there.  Everything is normalised here
once, so that equal convolutions are equal expressions.
Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), ch. 2 to 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Le

from ..arrays.arrays import as_expr
from ..arrays.operator import Writer, shape_of
from ..arrays.sizes import Shape, as_size, floor_div, same_size
from ..errors import DeclarationError, ShapeError
from .record import Args, Params, Shown, python, with_shapes

MODES = ("valid", "full", "same")
SPATIAL = {1: "l", 2: "hw", 3: "dhw"}
"""The letters of the axes along which a kernel slides, by their number."""
PLAIN = (("", "", ""), ("c", "fc", "f"), ("nc", "fc", "nf"))
"""The other axes of signal, kernel and result that need no ``spec``: none, channels, and a batch of them."""


@dataclass(frozen=True)
class Spec:
    """Letters of the axes of signal, kernel and result; ``spatial`` are those along which the kernel slides."""

    signal: str
    kernel: str
    result: str
    spatial: str

    @property
    def text(self) -> str:
        """As it is written, "ncl,fcl->nfl"."""
        return f"{self.signal},{self.kernel}->{self.result}"

    @property
    def channels(self) -> str:
        """The letters that the result has from the kernel alone."""
        return "".join(c for c in self.result if c in self.kernel and c not in self.signal + self.spatial)

    @property
    def summed(self) -> str:
        """The letters of other axes that the result lacks."""
        return "".join(dict.fromkeys(c for c in self.signal + self.kernel if c not in self.result + self.spatial))


@dataclass(frozen=True)
class Slide:
    """One axis: sizes of signal and kernel, and how the second slides along the first."""

    size: Expr
    kernel: Expr
    stride: Expr
    dilation: Expr
    left: Expr
    right: Expr
    fits: bool

    @property
    def reach(self) -> Expr:
        """How far behind its first entry a kernel reads."""
        return (self.dilation * (self.kernel - 1)).expand()

    @property
    def free(self) -> Expr:
        """How far the kernel can move on its padded signal."""
        return (self.size + self.left + self.right - self.reach - 1).expand()

    @property
    def moves(self) -> Expr:
        """The number of positions the kernel takes."""
        return (floor_div(self.free, self.stride) + 1).expand()

    @property
    def spread(self) -> Expr:
        """The number of entries a transposed convolution writes."""
        return (self.stride * (self.size - 1) + self.reach + 1 - self.left - self.right).expand()

    def position(self, n: Expr, j: Expr) -> Expr:
        """Where the entry n meets the kernel's entry j."""
        return (self.stride * (n - 1) + self.dilation * (j - 1) + 1 - self.left).expand()


def spec_of(name: str, rank: int, args: Args, params: Params, transposed: bool = False) -> Spec:
    """The letters of the axes of x and w, from ``spec`` or the usual order.  Raises ShapeError, DeclarationError."""
    x, w = args[:2]
    spatial = SPATIAL[rank]
    ranks = len(shape_of(x)), len(shape_of(w))
    text = params.get("spec")
    if text is None:
        for signal, kernel, result in plain_axes(transposed):
            if ranks == (len(signal) + rank, len(kernel) + rank):
                return Spec(signal + spatial, kernel + spatial, result + spatial, spatial)
        wanted = "(L,) and (k,), (C, L) and (F, C, k), or (N, C, L) and (F, C, k)" if rank == 1 else \
            "(H, W) and (h, w), (C, H, W) and (F, C, h, w), or (N, C, H, W) and (F, C, h, w)"
        raise ShapeError(f"{name} takes shapes {wanted}, not {with_shapes(x, w)}", where=Shown(name, args),
                         hint=f'name the axes, such as spec="n{spatial},f{spatial}->nf{spatial}"')
    operands, arrow, result = str(text).replace(" ", "").partition("->")
    signal, comma, kernel = operands.partition(",")
    found = Spec(signal, kernel, result, spatial)
    words = (signal, kernel, result)
    if not (arrow and comma) or any(not word.isalpha() or len(set(word)) < len(word) for word in words) \
            or any(letter not in word for word in words for letter in spatial) or set(result) - set(signal + kernel):
        raise DeclarationError(f"the spec {text!r} does not name the axes of {name}", where=Shown(name, args),
                               hint=f'as in "nc{spatial},fc{spatial}->nf{spatial}", with {" and ".join(spatial)} in each')
    if ranks != (len(signal), len(kernel)):
        raise ShapeError(f"the spec {text!r} does not fit {with_shapes(x, w)}", where=Shown(name, args))
    return found


def plain_axes(transposed: bool) -> tuple[tuple[str, str, str], ...]:
    """The usual axes besides the spatial ones; a transposed convolution goes from the result's back to the signal's."""
    return tuple((c, b, a) for a, b, c in PLAIN) if transposed else PLAIN


def axis_sizes(name: str, spec: Spec, args: Args) -> dict[str, Expr]:
    """The size of every letter but the spatial ones.  Raises ShapeError where two differ."""
    sizes: dict[str, Expr] = {}
    for letters, array in zip((spec.signal, spec.kernel), args[:2], strict=True):
        for letter, size in zip(letters, shape_of(array), strict=True):
            if letter not in spec.spatial and not same_size(sizes.setdefault(letter, size), size):
                what = {"c": "channels", "g": "groups"}.get(letter, f"the axis {letter}")
                raise ShapeError(f"{what} of {with_shapes(*args[:2])} differ: {sizes[letter]} and {size}",
                                 where=Shown(name, args))
    return sizes


def normal_params(name: str, rank: int, args: Args, params: Params) -> Params:
    """Only what differs from the defaults, one value an axis where there are several.  Raises DeclarationError."""
    kept: Params = {}
    padding = params.get("padding")
    mode = params.get("mode")
    if isinstance(padding, str):
        mode, padding = padding, None
    mode = mode or "valid"
    if mode not in MODES:
        raise DeclarationError(f"unknown mode {mode!r}", where=Shown(name, args), hint="one of " + ", ".join(MODES))
    if padding is None:
        if mode != "valid":
            kept["mode"] = mode
    else:
        pairs = _pairs(name, rank, args, padding)
        if params.get("output_size") is not None:
            pairs = tuple((left, left) for left, _ in pairs)
        if any(side != 0 for pair in pairs for side in pair):
            kept["padding"] = pairs[0] if rank == 1 else pairs
    for key in ("stride", "dilation", "output_size"):
        given = params.get(key)
        if given is None:
            continue
        each = tuple(given) if isinstance(given, tuple | list) else (given,) * rank
        if len(each) != rank:
            raise DeclarationError(f"{key}={given} has {len(each)} values for {rank} axes", where=Shown(name, args))
        values = tuple(map(as_size, each))
        if key == "output_size" or any(value != 1 for value in values):
            kept[key] = values[0] if len(set(values)) == 1 else values
    return kept


def _pairs(name: str, rank: int, args: Args, padding: Any) -> tuple[tuple[Expr, Expr], ...]:
    """Zeros before and after, for every axis; along one axis (a, b) is such a pair, along two (a, b) are two numbers."""
    each = padding if isinstance(padding, tuple | list) and (rank > 1 or isinstance(padding[0], tuple)) \
        else (padding,) * rank
    if len(each) != rank:
        raise DeclarationError(f"padding={padding} has {len(each)} values for {rank} axes", where=Shown(name, args))
    pairs = []
    for one in each:
        left, right = map(as_expr, one if isinstance(one, tuple | list) else (one, one))
        if left.is_integer is False or right.is_integer is False:
            raise DeclarationError(f"the padding {padding} is not a whole number", where=Shown(name, args))
        pairs.append((left, right))
    return tuple(pairs)


def slides(spec: Spec, args: Args, params: Params) -> tuple[Slide, ...]:
    """Every spatial axis.

    "same" leaves ceil(size of x / stride) entries.  Where the kernel has even reach, the odd zero stands at the end
    without flip (as deep learning has it) and at the front with flip (as NumPy's convolve has it).
    """
    x, w = (shape_of(a) for a in args[:2])
    found = []
    for axis, letter in enumerate(spec.spatial):
        n, k = x[spec.signal.index(letter)], w[spec.kernel.index(letter)]
        stride, dilation = (each(params, key, axis) for key in ("stride", "dilation"))
        reach = (dilation * (k - 1)).expand()
        left = right = Integer(0)
        if "padding" in params:
            left, right = params["padding"] if len(spec.spatial) == 1 else params["padding"][axis]
        elif params.get("mode") == "full":
            left = right = reach
        elif params.get("mode") == "same":
            small = floor_div(reach, 2)
            left, right = (reach - small, small) if params.get("flip") else (small, reach - small)
        if "output_size" in params:
            right = (stride * (n - 1) + reach + 1 - left - each(params, "output_size", axis)).expand()
        found.append(Slide(n, k, stride, dilation, left, right, params.get("mode") in ("full", "same")))
    return tuple(found)


def each(params: Params, key: str, axis: int) -> Expr:
    """The stride, dilation or output size of one axis."""
    value = params.get(key, Integer(1))
    return value[axis] if isinstance(value, tuple) else value


def moved(name: str, spec: Spec, args: Args, params: Params) -> dict[str, Expr]:
    """The number of positions along every spatial axis.  Raises ShapeError for a kernel that cannot fit."""
    found = {}
    for letter, slide in zip(spec.spatial, slides(spec, args, params), strict=True):
        free = slide.free
        if free.is_number and free < 0:
            raise ShapeError(f"the kernel does not fit its input: {with_shapes(*args[:2])} need {-free} more entries",
                             where=Shown(name, args), hint='mode="full" or "same", or more padding')
        found[letter] = slide.moves
    return found


def fitting(spec: Spec, args: Args, params: Params) -> tuple[Any, ...]:
    """A kernel must fit its padded input; full and same always do."""
    conditions = []
    for slide in slides(spec, args, params):
        if not slide.fits and not slide.free.is_nonnegative:
            plain = slide.free == slide.size - slide.kernel
            conditions.append(Le(slide.kernel, slide.size) if plain else Le(
                (slide.reach + 1).expand(), (slide.size + slide.left + slide.right).expand()))
    return tuple(dict.fromkeys(conditions))


# ------------------------------------------------------------------ writing

def options(write: Writer, params: Params) -> str:
    """Keyword arguments as plain text."""
    words = []
    for key, value in params.items():
        shown = f'"{value}"' if key in ("mode", "spec") else str(value) if key == "flip" else _written(write, value)
        words.append(f", {key}={shown}")
    return "".join(words)


def _written(write: Writer, value: Any) -> str:
    if isinstance(value, tuple):
        if all(isinstance(v, tuple) and v[0] == v[1] for v in value):
            value = tuple(v[0] for v in value)
            if len(set(value)) == 1:
                return write(value[0])
        return f"({', '.join(_written(write, v) for v in value)})"
    return write(value)


SIGNS = {"stride": "s", "dilation": "d", "padding": "p", "groups": "g", "output_size": "n"}


def marks(write: Writer, params: Params) -> str:
    """Stride, dilation, padding, groups and the size that a transposed one has, below a LaTeX sign."""
    found = []
    for key, sign in SIGNS.items():
        if params.get(key) is not None:
            value = params[key]
            if key == "padding" and not isinstance(value[0], tuple) and value[0] == value[1]:
                value = value[0]
            text = _written(write, value)
            if isinstance(value, tuple) and text.startswith("("):
                text = rf"\left({text[1:-1].replace(', ', ',')}\right)"
            found.append(f"{sign}={text}")
    return ",".join(found)


# ------------------------------------------------------------------ NumPy

def padded_source(array: str, axes: Sequence[int], ndim: int, pairs: Sequence[tuple[str, str]], fill: str = "0") -> str:
    """An array with zeros, or what fills, before and after along some axes; a negative number leaves entries out."""
    if all(pair == ("0", "0") for pair in pairs):
        return array
    plain = all(side.isdigit() for pair in pairs for side in pair)
    sides = [("0", "0")] * ndim
    for axis, pair in zip(axes, pairs, strict=True):
        sides[axis] = pair
    widths = "[" + ", ".join(f"({a}, {b})" for a, b in sides) + "]"
    value = "" if fill == "0" else f", constant_values={fill}"
    if plain:
        return f"np.pad({array}, {widths}{value})"
    return (f"(lambda a, p: np.pad(a, [(max(l, 0), max(r, 0)) for l, r in p]{value})[tuple(slice(max(-l, 0), "
            f"n + max(l, 0) + r) for n, (l, r) in zip(a.shape, p))])({array}, {widths})")


def correlation_source(spec: Spec, signal: str, steps: Sequence[tuple[str, str]], kernel: str) -> str:
    """einsum of the windows of a padded signal x with the kernel w; ``steps`` are (stride, dilation) of each axis."""
    axes = [spec.signal.index(letter) for letter in spec.spatial]
    inner = {letter: chr(ord("A") + n) for n, letter in enumerate(spec.spatial)}
    reaches = ", ".join(f"{d} * (w.shape[{spec.kernel.index(letter)}] - 1) + 1" if d != "1" else
                        f"w.shape[{spec.kernel.index(letter)}]" for (_, d), letter in zip(steps, spec.spatial, strict=True))
    windows = (f"np.lib.stride_tricks.sliding_window_view({signal}, ({reaches},), "
               f"({', '.join(map(str, axes))},))")
    if any(step != ("1", "1") for step in steps):
        keys = [":"] * len(spec.signal)
        for axis, (stride, _) in zip(axes, steps, strict=True):
            keys[axis] = f"::{stride}"
        windows += f"[{', '.join([*keys, *(f'::{d}' for _, d in steps)])}]"
    read = spec.signal + "".join(inner.values())
    weights = "".join(inner.get(letter, letter) for letter in spec.kernel)
    return f'np.einsum("{read},{weights}->{spec.result}", {windows}, {kernel}, optimize=True)'


def flipped_source(array: str, letters: str, spatial: str) -> str:
    """An array read from its end along the spatial axes."""
    return f"{array}[{', '.join('::-1' if letter in spatial else ':' for letter in letters)}]"


def sides_source(spec: Spec, params: Params) -> list[tuple[str, str]]:
    """Zeros before and after along every axis, in terms of the signal x and the kernel w."""
    found = []
    for axis, letter in enumerate(spec.spatial):
        reach = f"({python(each(params, 'dilation', axis))} * (w.shape[{spec.kernel.index(letter)}] - 1))"
        if "padding" in params:
            pair = params["padding"] if len(spec.spatial) == 1 else params["padding"][axis]
            found.append((python(pair[0]), python(pair[1])))
        elif params.get("mode") == "full":
            found.append((reach, reach))
        elif params.get("mode") == "same":
            small, large = f"{reach} // 2", f"-(-{reach} // 2)"
            found.append((large, small) if params.get("flip") else (small, large))
        else:
            found.append(("0", "0"))
        if "output_size" in params:
            left = found[-1][0]
            stride, size = python(each(params, "stride", axis)), python(each(params, "output_size", axis))
            n = f"x.shape[{spec.signal.index(letter)}]"
            found[-1] = left, f"({stride} * ({n} - 1) + {reach} + 1 - ({left}) - {size})"
    return found


def steps_source(spec: Spec, params: Params) -> list[tuple[str, str]]:
    """(stride, dilation) of every axis."""
    return [(python(each(params, "stride", axis)), python(each(params, "dilation", axis)))
            for axis in range(len(spec.spatial))]


def result_shape(spec: Spec, sizes: dict[str, Expr]) -> Shape:
    """The sizes in the order of the result's letters."""
    return tuple(sizes[letter] for letter in spec.result)
