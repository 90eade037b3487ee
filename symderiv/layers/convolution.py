"""Convolution of vectors, the flip, and the insertion of zeros that a stride brings into its derivative.

The kernel is not flipped unless ``flip`` is set: what deep learning calls convolution and signal processing calls
correlation.  Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), ch. 2 to 5.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Integer, KroneckerDelta, Le

from ..errors import DeclarationError, ShapeError
from ..index.arrays import Apply, Tensor, as_expr
from ..index.operator import Operator, Writer, operator, register, shape_of
from ..index.sizes import Shape, as_size, dims, floor_div
from ..index.symbols import Sum
from .record import Args, NormalisingOperator, Params, Shown, at, bound, python, with_shapes

MODES = ("valid", "full", "same")


def _vectors(args: Args, name: str) -> tuple[Expr, ...]:
    """The sizes of operands that must be vectors.  Raises ShapeError."""
    if any(len(shape_of(a)) != 1 for a in args):
        raise ShapeError(f"{name} takes vectors, not {with_shapes(*args)}", where=Shown(name, args))
    return tuple(shape_of(a)[0] for a in args)


def _build_conv(op: Operator, args: Args, params: Params) -> Expr:
    """Only what differs from the defaults is kept, so that equal convolutions are equal expressions."""
    mode = params.get("mode") or "valid"
    if mode not in MODES:
        raise DeclarationError(f"unknown mode {mode!r}", where=Shown(op.name, args), hint="one of " + ", ".join(MODES))
    kept: dict[str, Any] = {}
    padding = params.get("padding")
    if padding is None:
        kept["mode"] = mode
    else:
        left, right = (as_expr(p) for p in (padding if isinstance(padding, tuple) else (padding, padding)))
        if left.is_integer is False or right.is_integer is False:
            raise DeclarationError(f"the padding {padding} is not a whole number", where=Shown(op.name, args))
        kept["padding"] = (left, right)
        if (left, right) == (0, 0):
            kept = {"mode": "valid"}
    for key in ("stride", "dilation"):
        value = as_size(params.get(key, 1))
        if value != 1:
            kept[key] = value
    if params.get("flip"):
        kept["flip"] = True
    if kept.get("mode") == "valid":
        del kept["mode"]
    return Apply(op, args, kept)


def _geometry(args: Args, params: Params) -> tuple[Expr, Expr, Expr, Expr, Expr, Expr]:
    """(size of x, size of w, stride, dilation, zeros before, zeros after).

    "same" leaves ceil(size of x / stride) entries.  Where the kernel has even reach, the odd zero stands at the end
    without flip (as deep learning has it) and at the front with flip (as NumPy's convolve has it).
    """
    n, k = _vectors(args, "conv1d")
    stride, dilation = params.get("stride", Integer(1)), params.get("dilation", Integer(1))
    reach = (dilation * (k - 1)).expand()
    if "padding" in params:
        left, right = params["padding"]
    elif params.get("mode") == "full":
        left = right = reach
    elif params.get("mode") == "same":
        small = floor_div(reach, 2)
        left, right = (reach - small, small) if params.get("flip") else (small, reach - small)
    else:
        left = right = Integer(0)
    return n, k, stride, dilation, left, right


def _conv_shape(args: Args, params: Params) -> Shape:
    n, k, stride, dilation, left, right = _geometry(args, params)
    free = (n + left + right - dilation * (k - 1) - 1).expand()
    if free.is_number and free < 0:
        raise ShapeError(f"the kernel does not fit its input: {with_shapes(*args)} need {-free} more entries",
                         where=Shown("conv1d", args), hint='mode="full" or "same", or more padding')
    return ((floor_div(free, stride) + 1).expand(),)


def _conv_conditions(args: Args, params: Params) -> tuple[Any, ...]:
    """A kernel must fit its padded input; full and same always do."""
    n, k, _, dilation, left, right = _geometry(args, params)
    if params.get("mode") in ("full", "same"):
        return ()
    free = (n + left + right - dilation * (k - 1) - 1).expand()
    if free.is_nonnegative:
        return ()
    return (Le(k, n) if free == n - k else Le((dilation * (k - 1) + 1).expand(), (n + left + right).expand()),)


def _conv_definition(out: Args, args: Args, params: Params) -> Expr:
    x, w = args
    _, k, stride, dilation, left, _ = _geometry(args, params)
    j = bound(k, out, args, "j")
    position = (stride * (out[0] - 1) + dilation * (j - 1) + 1 - left).expand()
    return Sum(at(x, (position,)) * at(w, ((k - j + 1).expand() if params.get("flip") else j,)), j)


def _conv_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    x, w = sources
    mode = params.get("mode", "valid")
    plain = "padding" not in params and "stride" not in params and "dilation" not in params
    if plain and mode in ("valid", "full"):
        kernel = w if params.get("flip") else f"({w})[::-1]"
        return f'np.convolve({x}, {kernel}, "{mode}")'
    stride, dilation = python(params.get("stride", 1)), python(params.get("dilation", 1))
    reach = f"{dilation} * (len(w) - 1)"
    if "padding" in params:
        left, right = (python(p) for p in params["padding"])
    elif mode == "same":
        small, large = f"({reach}) // 2", f"-(-({reach}) // 2)"
        left, right = (large, small) if params.get("flip") else (small, large)
    else:
        left = right = reach if mode == "full" else "0"
    kernel = "w[::-1]" if params.get("flip") else "w"
    # A window of the padded signal for every output; a negative padding leaves entries out.
    padded = (f"(lambda l, r: np.pad(x, (max(l, 0), max(r, 0)))[max(-l, 0):len(x) + max(l, 0) + r])({left}, {right})"
              if "padding" in params else f"np.pad(x, ({left}, {right}))")
    return (f"(lambda x, w: np.lib.stride_tricks.sliding_window_view({padded}, {reach} + 1)[::{stride}, ::{dilation}] "
            f"@ {kernel})({x}, {w})")


def _options(write: Writer, params: Params) -> str:
    words = []
    for key, value in params.items():
        shown = f'"{value}"' if key == "mode" else str(value) if key == "flip" else (
            f"({', '.join(map(write, value))})" if isinstance(value, tuple) else write(value))
        words.append(f", {key}={shown}")
    return "".join(words)


def _conv_latex(write: Writer, args: Args, params: Params) -> str:
    """x * w, with a tilde where the mode is full (Goodfellow et al., 9.1, write no flip); options stand below."""
    from ..index.operator import MUL

    star = {"full": r"\mathbin{\tilde{*}}", "same": r"\mathbin{\bar{*}}"}.get(params.get("mode", ""), "*")
    marks = []
    if "stride" in params:
        marks.append(f"s={write(params['stride'])}")
    if "dilation" in params:
        marks.append(f"d={write(params['dilation'])}")
    if "padding" in params:
        left, right = params["padding"]
        marks.append(f"p={write(left)}" if left == right else rf"p=\left({write(left)},{write(right)}\right)")
    if marks:
        star = rf"\mathbin{{{star}}}_{{{','.join(marks)}}}"
    x, w = args
    kernel = rf"\operatorname{{flip}}\left({write(w)}\right)" if params.get("flip") else write(w, MUL)
    return f"{write(x, MUL)} {star} {kernel}"


register(NormalisingOperator(
    name="conv1d", build=_build_conv, shape=_conv_shape, definition=_conv_definition, conditions=_conv_conditions,
    numpy=_conv_source, latex=_conv_latex,
    text=lambda write, args, params: f"conv1d({write(args[0])}, {write(args[1])}{_options(write, params)})",
    example=lambda: conv1d(Tensor("x", (dims("d"),)), Tensor("w", (dims("k"),)))))


def conv1d(x: object, w: object, *, mode: str = "valid", stride: object = 1, padding: object = None,
           dilation: object = 1, flip: bool = False) -> Any:
    """out_n = Σ_j x[stride (n - 1) + dilation (j - 1) + 1 - left] w_j of two vectors, x being 0 outside its range.

    mode "valid" reads x only where the kernel fits (left = 0), "full" wherever they overlap, "same" keeps the size;
    ``padding``, a number or (left, right), takes the place of the mode.  The kernel is read as it stands, or from its
    end with ``flip``.  Shape: (floor((|x| + left + right - dilation (|w| - 1) - 1) / stride) + 1,).
    Raises ShapeError for what is not a vector and for a kernel that cannot fit.
    """
    return operator("conv1d")(as_expr(x), as_expr(w), mode=mode, stride=stride, padding=padding, dilation=dilation,
                              flip=flip)


# ------------------------------------------------------------------ flip

register(Operator(
    name="flip",
    shape=lambda args, params: _vectors(args, "flip"),
    definition=lambda out, args, params: at(args[0], ((shape_of(args[0])[0] - out[0] + 1).expand(),)),
    numpy=lambda sources, params, shapes: f"({sources[0]})[::-1]",
    example=lambda: flip(Tensor("w", (dims("k"),)))))


def flip(w: object) -> Any:
    """A vector read from its end: flip(w)_j = w_{k-j+1}.  Raises ShapeError for anything but a vector."""
    return operator("flip")(as_expr(w))


# ------------------------------------------------------------------ inserted zeros

def _spread_definition(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    a = bound(shape_of(x)[0], out, args, "a")
    return Sum(at(x, (a,)) * KroneckerDelta(out[0], (params["stride"] * (a - 1) + 1).expand()), a)


def _spread_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    s = python(params["stride"])
    return ("(lambda x, s, m: np.where(np.arange(m) % s == 0, np.repeat(x, s)[:m], 0))"
            f"(*(lambda x, s: (x, s, s * (len(x) - 1) + 1))({sources[0]}, {s}))")


def _build_spread(op: Operator, args: Args, params: Params) -> Expr:
    stride = as_size(params["stride"])
    return args[0] if stride == 1 else Apply(op, args, {"stride": stride})


register(NormalisingOperator(
    name="insert_zeros", build=_build_spread, definition=_spread_definition, numpy=_spread_source,
    shape=lambda args, params: ((params["stride"] * (_vectors(args, "insert_zeros")[0] - 1) + 1).expand(),),
    text=lambda write, args, params: f"insert_zeros({write(args[0])}, {write(params['stride'])})",
    latex=lambda write, args, params: (
        rf"\operatorname{{spread}}_{{{write(params['stride'])}}}\left({write(args[0])}\right)"),
    example=lambda: insert_zeros(Tensor("x", (dims("n"),)), 2)))


def insert_zeros(x: object, stride: object) -> Any:
    """stride - 1 zeros between neighbouring entries: shape (stride (n - 1) + 1,).  Raises ShapeError."""
    return operator("insert_zeros")(as_expr(x), stride=stride)


__all__ = ["conv1d", "flip", "insert_zeros"]
