"""Convolution along one to three axes, transposed convolution, the flip, and the insertion of zeros.

The kernel is not flipped unless ``flip`` is set: what deep learning calls convolution and signal processing calls
correlation.  Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), ch. 2 to 5.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sympy import Expr, Integer, KroneckerDelta, Mul

from ..arrays.arrays import Apply, Tensor, as_expr, latex_call
from ..arrays.named_sizes import dims
from ..arrays.operator import FUNC, MUL, Operator, Writer, operator, register, shape_of
from ..arrays.sizes import Shape, as_size, floor_div, normal_axis, same_size
from ..arrays.symbols import Index, Sum
from ..errors import DeclarationError, ShapeError
from .record import Args, NormalisingOperator, Params, Shown, at, bound, python, with_shapes
from .windows import (
    SPATIAL,
    Slide,
    Spec,
    axis_sizes,
    correlation_source,
    fitting,
    flipped_source,
    marks,
    moved,
    normal_params,
    options,
    padded_source,
    plain_axes,
    result_shape,
    sides_source,
    slides,
    spec_of,
    steps_source,
)

RANK = {f"{name}{rank}d": rank for name in ("conv", "conv_transpose") for rank in SPATIAL}


def _transposed(name: str) -> bool:
    return "transpose" in name


def _spec(name: str, args: Args, params: Params) -> Spec:
    return spec_of(name, RANK[name], args, params, _transposed(name))


def slides_of(conv: Apply) -> tuple[Slide, ...]:
    """How the kernel of an applied convolution slides along each spatial axis."""
    return slides(_spec(conv.op.name, conv.args, conv.params), conv.args, conv.params)


def _build(op: Operator, args: Args, params: Params) -> Expr:
    """Only what differs from the defaults is kept, so that equal convolutions are equal expressions."""
    spec = _spec(op.name, args, params)
    kept = normal_params(op.name, RANK[op.name], args, params)
    if params.get("flip"):
        kept["flip"] = True
    groups = as_size(params.get("groups") or 1)
    if groups != 1:
        if _parted(spec) is None:
            raise DeclarationError(f"groups={groups} need channels in their usual place", where=Shown(op.name, args),
                                   hint="x of shape (N, C, ...) and w of shape (F, C/groups, ...); in a spec the channels "
                                        "are c and f, both in one of the three")
        kept["groups"] = groups
        if params.get("spec") is not None and not _usual(spec, op.name):
            kept["spec"] = spec.text
    elif params.get("spec") is not None and not _usual(spec, op.name):
        kept["spec"] = spec.text
        depthwise = _depthwise(spec, args[1])
        if depthwise is not None:
            return op(args[0], depthwise, *args[2:], **kept | {"spec": None, "groups": depthwise.shape[0]})
    if len(args) == 3:
        _check_bias(op.name, spec, args, kept)
    return Apply(op, args, kept)


def _usual(spec: Spec, name: str) -> bool:
    """Whether a spec says what would be understood without it, its letters renamed."""
    for axes in plain_axes(_transposed(name)):
        usual = [part + spec.spatial for part in axes]
        given = [spec.signal, spec.kernel, spec.result]
        if list(map(len, usual)) == list(map(len, given)):
            pairs = set(zip("".join(given), "".join(usual), strict=True))
            letters = set("".join(given)), set("".join(usual))
            if len(pairs) == len(letters[0]) == len(letters[1]) and all((s, s) in pairs for s in spec.spatial):
                return True
    return False


def _depthwise(spec: Spec, kernel: Expr) -> Any:
    """The kernel (C, 1, ...) of a convolution that gives every channel a kernel of its own, or None."""
    words = [part.removesuffix(spec.spatial) for part in (spec.signal, spec.kernel, spec.result)]
    if not (words[0] == words[2] and words[1] == words[0][-1:] and 1 <= len(words[0]) <= 2
            and isinstance(kernel, Apply) and kernel.op.name == "take"):
        return None
    index, inner = kernel.params["index"], kernel.args[0]
    usual = len(index) == len(spec.spatial) + 2 and all((p is None) == (n != 1) for n, p in enumerate(index))
    return inner if usual and index[1] == 1 and shape_of(inner)[1] == 1 else None


def _parted(spec: Spec) -> str | None:
    """Which of signal, kernel and result holds the weights: both letters of channels, f in groups and a share of c."""
    words = {"signal": spec.signal, "kernel": spec.kernel, "result": spec.result}
    both = [role for role, word in words.items() if {"c", "f"} <= set(word)]
    fits = len(both) == 1 and both != ["signal"] and all({"c", "f"} & set(word) for word in words.values())
    return both[0] if fits and len({tuple(sorted({"c", "f"} & set(w))) for w in words.values()}) == 3 else None


def _shares(name: str, spec: Spec, args: Args, groups: Expr) -> dict[str, Expr]:
    """How many channels c and f every group has.  Raises ShapeError."""
    found: dict[str, Expr] = {}
    for word, array in ((spec.signal, args[0]), (spec.kernel, args[1])):
        for letter in ("c", "f"):
            if letter in word:
                size = shape_of(array)[word.index(letter)]
                share = size if letter == "c" and "f" in word else floor_div(size, groups)
                if share.is_integer is False or not same_size(found.setdefault(letter, share), share) or (
                        share is not size and not same_size(share * groups, size)):
                    raise ShapeError(f"{groups} groups do not fit {with_shapes(*args[:2])}", where=Shown(name, args),
                                     hint="w has shape (F, C/groups, ...), and groups divides F")
    return found


def _sizes(name: str, spec: Spec, args: Args, params: Params) -> dict[str, Expr]:
    """The size of every letter but the spatial ones; with groups, of the channels in the result.  Raises ShapeError."""
    if "groups" not in params:
        return axis_sizes(name, spec, args)
    shares = _shares(name, spec, args, params["groups"])
    sizes = {letter: size for word, array in ((spec.signal, args[0]), (spec.kernel, args[1]))
             for letter, size in zip(word, shape_of(array), strict=True) if letter not in spec.spatial}
    whole = {letter: share for letter, share in shares.items() if letter == "c" and "f" in spec.result}
    return sizes | {letter: params["groups"] * share for letter, share in shares.items()} | whole


def _check_bias(name: str, spec: Spec, args: Args, params: Params) -> None:
    """The bias has one entry for every channel of the result.  Raises ShapeError."""
    sizes = _sizes(name, spec, args, params)
    channels = [sizes[c] for c in spec.channels]
    shape = shape_of(args[2])
    if len(shape) != len(channels) or not all(map(same_size, shape, channels)):
        raise ShapeError(f"the bias has shape ({', '.join(map(str, shape))}), the result {len(channels)} axis of channels"
                         + (f" of size {channels[0]}" if channels else ""), where=Shown(name, args),
                         hint="one entry a channel of the result")


def _shape(name: str) -> Any:
    def shape(args: Args, params: Params) -> Shape:
        spec = _spec(name, args, params)
        sizes = _sizes(name, spec, args, params)
        if _transposed(name):
            sizes |= {s: slide.spread for s, slide in zip(spec.spatial, slides(spec, args, params), strict=True)}
        else:
            sizes |= moved(name, spec, args, params)
        return result_shape(spec, sizes)
    return shape


def _definition(name: str, out: Args, args: Args, params: Params) -> Expr:
    """Σ over the channels and the kernel; a transposed convolution sums over the entries that meet at a position."""
    x, w = args[:2]
    spec = _spec(name, args, params)
    sizes = _sizes(name, spec, args, params)
    letters: dict[str, Expr] = dict(zip(spec.result, out, strict=True))
    summed: list[Index] = []

    def fresh(size: Expr, hint: str) -> Index:
        summed.append(bound(size, (*out, *summed), args, hint))
        return summed[-1]

    of_signal, of_kernel = dict(letters), dict(letters)
    meetings: list[Expr] = []
    if "groups" in params:
        _group(spec, _shares(name, spec, args, params["groups"]), params["groups"], letters, of_signal, of_kernel,
               meetings, fresh)
    for c in spec.summed if "groups" not in params else spec.summed.replace("c", "").replace("f", ""):
        of_signal[c] = of_kernel[c] = fresh(sizes[c], c)
    for letter, slide, hint in zip(spec.spatial, slides(spec, args, params), "jv" if len(spec.spatial) == 1 else "uvt",
                                   strict=False):
        n = letters[letter]
        if not _transposed(name):
            of_kernel[letter] = j = fresh(slide.kernel, hint)
            of_signal[letter] = slide.position(n, j)
            if params.get("flip"):
                of_kernel[letter] = (slide.kernel - j + 1).expand()
        elif slide.dilation == 1:
            of_signal[letter] = a = fresh(slide.size, "a")
            of_kernel[letter] = (n + slide.left - slide.stride * (a - 1)).expand()
        elif slide.stride == 1:
            of_kernel[letter] = j = fresh(slide.kernel, hint)
            of_signal[letter] = (n + slide.left - slide.dilation * (j - 1)).expand()
        else:
            of_signal[letter] = a = fresh(slide.size, "a")
            of_kernel[letter] = j = fresh(slide.kernel, hint)
            meetings.append(KroneckerDelta(n, slide.position(a, j)))
    read = at(x, tuple(of_signal[c] for c in spec.signal)), at(w, tuple(of_kernel[c] for c in spec.kernel))
    body = Mul(*read, *meetings)
    total = Sum(body, *summed)
    if len(args) == 3:
        total += at(args[2], tuple(i for c, i in zip(spec.result, out, strict=True) if c in spec.channels))
    return total


def _group(spec: Spec, shares: dict[str, Expr], groups: Expr, letters: dict[str, Expr], of_signal: dict[str, Expr],
           of_kernel: dict[str, Expr], meetings: list[Expr], fresh: Callable[[Expr, str], Index]) -> None:
    """Channels c and f in group γ: C/groups (γ - 1) + c' and F/groups (γ - 1) + f'; of c the weights have c' alone."""
    shown = "f" if "f" in spec.result else "c"
    here, places = letters[shown], {shown: Integer(1)}
    if shares[shown] == 1:
        group = here
    else:
        group, places[shown] = fresh(groups, "g"), fresh(shares[shown], "p")
        meetings.append(KroneckerDelta(here, (shares[shown] * (group - 1) + places[shown]).expand()))
    other = "c" if shown == "f" else "f"
    if other in letters:
        places[other] = letters[other]
    else:
        places[other] = Integer(1) if shares[other] == 1 else fresh(shares[other], other)
    whole = {c: (shares[c] * (group - 1) + place).expand() for c, place in places.items()} | {shown: here}
    for word, found in ((spec.signal, of_signal), (spec.kernel, of_kernel)):
        found.update(whole if not {"c", "f"} <= set(word) else {"f": whole["f"], "c": places["c"]})


def _conditions(name: str) -> Any:
    return lambda args, params: fitting(_spec(name, args, params), args, params)


# ------------------------------------------------------------------ NumPy

def _shaped(name: str, shapes: tuple[Shape, ...], params: Params) -> Spec:
    return _spec(name, tuple(Tensor(n, s) for n, s in zip("xwb", shapes, strict=False)), params)


def _conv_source(name: str, sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    if all(len(s) == 1 for s in shapes) and len(sources) == 2:
        return _vector_source(sources, params)
    spec = _grouped(_shaped(name, shapes, params), params)
    axes = [spec.signal.index(letter) for letter in spec.spatial]
    padded = padded_source("x", axes, len(spec.signal), sides_source(spec, params))
    kernel = flipped_source("w", spec.kernel, spec.spatial) if params.get("flip") else "w"
    return _lambda(sources, correlation_source(spec, padded, steps_source(spec, params), kernel), spec, params)


def _vector_source(sources: tuple[str, ...], params: Params) -> str:
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


def _transpose_source(name: str, sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """Zeros inserted, padded, correlated with the flipped kernel."""
    spec = _grouped(_shaped(name, shapes, params), params)
    axes = [spec.signal.index(letter) for letter in spec.spatial]
    steps = steps_source(spec, params)
    spread = "x"
    pairs = []
    for axis, letter, (stride, dilation), (left, right) in zip(axes, spec.spatial, steps, sides_source(spec, params),
                                                               strict=True):
        if stride != "1":
            spread = spread_source(spread, axis, len(spec.signal), stride)
        reach = f"{dilation} * (w.shape[{spec.kernel.index(letter)}] - 1)"
        pairs.append((f"{reach} - ({left})", f"{reach} - ({right})"))
    padded = padded_source(spread, axes, len(spec.signal), pairs)
    kernel = flipped_source("w", spec.kernel, spec.spatial)
    body = correlation_source(spec, padded, [("1", d) for _, d in steps], kernel)
    return _lambda(sources, body, spec, params)


def _grouped(spec: Spec, params: Params) -> Spec:
    """An axis of groups before the channels that are in groups: all of f, and of c where the array has no f."""
    if "groups" not in params:
        return spec
    words = [w.replace("f", "gf") if "f" in w else w.replace("c", "gc") for w in (spec.signal, spec.kernel, spec.result)]
    return Spec(words[0], words[1], words[2], spec.spatial)


def spread_source(array: str, axis: int, ndim: int, stride: str) -> str:
    """stride - 1 zeros between neighbours along one axis: a new axis padded, folded back, and cut off."""
    pads = ", ".join(["(0, 0)"] * (axis + 1) + [f"(0, {stride} - 1)"] + ["(0, 0)"] * (ndim - axis - 1))
    cut = ", ".join([":"] * axis + [f":max({stride} * (a.shape[{axis}] - 1) + 1, 0)"])
    return (f"(lambda a: np.pad(np.expand_dims(a, {axis + 1}), ({pads})).reshape(a.shape[:{axis}] + (-1,) + "
            f"a.shape[{axis + 1}:])[{cut}])({array})")


def _lambda(sources: tuple[str, ...], body: str, spec: Spec, params: Params) -> str:
    if "groups" in params:
        x, w = (_in_groups(source, word, python(params["groups"]))
                         for source, word in zip(sources, (spec.signal, spec.kernel), strict=False))
        at = spec.result.index("g")
        body = f"(lambda y: y.reshape(y.shape[:{at}] + (-1,) + y.shape[{at + 2}:]))({body})"
        sources = (x, w, *sources[2:])
        spec = Spec(spec.signal.replace("g", ""), spec.kernel.replace("g", ""), spec.result.replace("g", ""), spec.spatial)
    if len(sources) == 3:
        places = ", ".join(":" if c in spec.channels else "None" for c in spec.result)
        bias = f"np.asarray(b)[{places}]" if ":" in places else "b"
        return f"(lambda x, w, b: {body} + {bias})({', '.join(sources)})"
    return f"(lambda x, w: {body})({', '.join(sources)})"


def _in_groups(source: str, word: str, groups: str) -> str:
    """An array with its channels parted, one axis for the groups and one for a channel's place."""
    at = word.index("g")
    return f"(lambda a: a.reshape(a.shape[:{at}] + ({groups}, -1) + a.shape[{at + 1}:]))({source})"


# ------------------------------------------------------------------ writing

def _conv_latex(name: str, write: Writer, args: Args, params: Params) -> str:
    """x * w, with a tilde where the mode is full (Goodfellow et al., 9.1, write no flip); options stand below.

    Between two matrices the sign would be read as a product: there the call is written.
    """
    if _called(args, params):
        return latex_call(_text(name)(write, args, params))
    return _starred(_STARS.get(params.get("mode", ""), "*"), write, args, params)


_STARS = {"full": r"\mathbin{\tilde{*}}", "same": r"\mathbin{\bar{*}}"}


def _transposed_latex(write: Writer, args: Args, params: Params) -> str:
    return _starred(_STARS.get(params.get("mode", ""), r"\mathbin{*}") + r"^{\top}", write, args, params)


def _called(args: Args, params: Params) -> bool:
    """Whether a convolution is written as a call, since its sign alone would be read as another product."""
    ones = any(size == 1 for a in args[:2] for size in shape_of(a))
    return len(args) == 2 and not set(params) - {"flip"} and (len(shape_of(args[1])) == 2 or ones)


def _starred_binds(args: Args, params: Params) -> int:
    return FUNC if _called(args, params) or len(args) == 3 else MUL


def _starred(star: str, write: Writer, args: Args, params: Params) -> str:
    below = marks(write, params)
    if "spec" in params:
        below = (below + "," if below else "") + r"\mathtt{" + params["spec"].replace("->", r"\to ") + "}"
    if below:
        star = rf"\mathbin{{{star}}}_{{{below}}}" if star == "*" else rf"{star}_{{{below}}}"
    x, w = args[:2]
    kernel = rf"\operatorname{{flip}}\left({write(w)}\right)" if params.get("flip") else write(w, MUL)
    text = f"{write(x, MUL)} {star} {kernel}"
    # A bias is added to every position of its channel.
    return rf"\left({text} + {write(args[2])}\right)" if len(args) == 3 else text


def _text(name: str) -> Any:
    return lambda write, args, params: f"{name}({', '.join(map(write, args))}{options(write, params)})"


def _example(name: str, **options: object) -> Any:
    """A signal and a kernel of as many axes as the operator slides along."""
    signal, kernel = {1: ((dims("d"),), (dims("k"),)), 2: (dims("m n"), dims("k l")),
                      3: ((*dims("m n"), Integer(1)), (*dims("k l"), Integer(1)))}[RANK[name]]
    names = ("x", "w") if RANK[name] == 1 else ("X", "K")
    return lambda: operator(name)(*map(Tensor, names, (signal, kernel)), **options)


for _name in RANK:
    if _transposed(_name):
        register(NormalisingOperator(
            name=_name, build=_build, shape=_shape(_name), definition=partial(_definition, _name),
            numpy=partial(_transpose_source, _name), latex_precedence=_starred_binds,
            latex=_transposed_latex, text=_text(_name), example=_example(_name, stride=2)))
    else:
        register(NormalisingOperator(
            name=_name, stem="a", named="a", declarable=True, build=_build, shape=_shape(_name),
            definition=partial(_definition, _name), conditions=_conditions(_name), numpy=partial(_conv_source, _name),
            latex=partial(_conv_latex, _name), latex_precedence=_starred_binds, text=_text(_name), example=_example(_name)))


def _applied(name: str, given: tuple[object, ...], **options: object) -> Expr:
    return operator(name)(*(as_expr(a) for a in given if a is not None), **options)


def conv1d(x: object, w: object, b: object = None, *, mode: str = "valid", stride: object = 1, padding: object = None,
           dilation: object = 1, groups: object = 1, flip: bool = False, spec: str | None = None) -> Expr:
    """out_n = Σ_j x[stride (n - 1) + dilation (j - 1) + 1 - left] w_j + b, x being 0 outside its range.

    Of vectors, or of signals with channels: x (C, L) or (N, C, L) with w (F, C, k), b (F,), summed over C; other axes
    are named by ``spec``, as "ncl,nfl->fcl", in which l is where the kernel slides.
    mode "valid" reads x only where the kernel fits (left = 0), "full" wherever they overlap, "same" keeps the size;
    ``groups`` part the channels, w then being (F, C/groups, k): with as many groups as channels it is depthwise.
    In a ``spec`` these are the letters c and f, as in "ncl,nfl->fcl", the kernel that such a convolution learns.
    ``padding``, a number or (left, right), takes the place of the mode.  The kernel is read as it stands, or from its
    end with ``flip``.  Size: floor((|x| + left + right - dilation (|w| - 1) - 1) / stride) + 1.
    Raises ShapeError for shapes that do not belong together and for a kernel that cannot fit.
    Source: Dumoulin and Visin (2016).

    >>> sd.conv1d([1, 2, 3, 4], [1, 0, 2])
    [7, 10]
    """
    return _applied("conv1d", (x, w, b), mode=mode, stride=stride, padding=padding, dilation=dilation, flip=flip,
                    groups=groups, spec=spec)


def conv2d(x: object, w: object, b: object = None, *, mode: str = "valid", stride: object = 1, padding: object = None,
           dilation: object = 1, groups: object = 1, flip: bool = False, spec: str | None = None) -> Expr:
    """The convolution along two axes: x (H, W), (C, H, W) or (N, C, H, W) with w (h, w) or (F, C, h, w), b (F,).

    Options as in ``conv1d``, one number or one an axis; padding=((top, bottom), (left, right)) where it differs.
    In ``spec`` the letters h and w are where the kernel slides.  Raises ShapeError.
    Source: Dumoulin and Visin (2016).

    >>> sd.conv2d([[1, 2, 3], [1, 1, 0], [0, -1, -2]], [[-1, 1], [1, 2]])
    [[4, 2], [-2, -6]]
    """
    return _applied("conv2d", (x, w, b), mode=mode, stride=stride, padding=padding, dilation=dilation, flip=flip,
                    groups=groups, spec=spec)


def conv3d(x: object, w: object, b: object = None, *, mode: str = "valid", stride: object = 1, padding: object = None,
           dilation: object = 1, groups: object = 1, flip: bool = False, spec: str | None = None) -> Expr:
    """The convolution along three axes: x (D, H, W), (C, D, H, W) or (N, C, D, H, W) with w (d, h, w) or (F, C, d, h, w).

    Options as in ``conv1d``, one number or one an axis.  In ``spec`` the letters d, h and w are where the kernel slides.
    Raises ShapeError.
    Source: Dumoulin and Visin (2016).

    >>> sd.conv3d([[[1, 2], [3, 4]]], [[[1, 1]]])
    [[[3], [7]]]
    """
    return _applied("conv3d", (x, w, b), mode=mode, stride=stride, padding=padding, dilation=dilation, flip=flip,
                    groups=groups, spec=spec)


def conv_transpose1d(x: object, w: object, b: object = None, *, mode: str = "valid", stride: object = 1,
                     padding: object = None, output_padding: object = 0, output_size: object = None,
                     dilation: object = 1, groups: object = 1, spec: str | None = None) -> Expr:
    """The transpose of ``conv1d`` as a linear map of its signal: every entry of x adds a copy of w, stride apart.

    out_p = Σ_{a,j} x_a w_j over stride (a - 1) + dilation (j - 1) + 1 - left = p.  x (F, L) or (N, F, L) with
    w (F, C, k).  Size: stride (|x| - 1) + dilation (|w| - 1) + 1 - left - right + output_padding, or the size that is
    given: several belong to one result of a convolution with a stride.
    Source: Dumoulin and Visin (2016), ch. 4.  Raises ShapeError.

    >>> sd.conv_transpose1d([1, 2], [1, 1, 1], stride=2)
    [1, 1, 3, 2, 2]
    """
    return _applied("conv_transpose1d", (x, w, b), mode=mode, stride=stride, dilation=dilation, groups=groups, spec=spec,
                    padding=_shortened(padding, output_padding, 1), output_size=output_size)


def conv_transpose2d(x: object, w: object, b: object = None, *, mode: str = "valid", stride: object = 1,
                     padding: object = None, output_padding: object = 0, output_size: object = None,
                     dilation: object = 1, groups: object = 1, spec: str | None = None) -> Expr:
    """The transpose of ``conv2d``: x (H, W), (F, H, W) or (N, F, H, W) with w (h, w) or (F, C, h, w).

    Raises ShapeError.
    Source: Dumoulin and Visin (2016), ch. 4.

    >>> sd.conv_transpose2d([[1, 2]], [[1, 1]])
    [[1, 3, 2]]
    """
    return _applied("conv_transpose2d", (x, w, b), mode=mode, stride=stride, dilation=dilation, groups=groups, spec=spec,
                    padding=_shortened(padding, output_padding, 2), output_size=output_size)


def conv_transpose3d(x: object, w: object, b: object = None, *, mode: str = "valid", stride: object = 1,
                     padding: object = None, output_padding: object = 0, output_size: object = None,
                     dilation: object = 1, groups: object = 1, spec: str | None = None) -> Expr:
    """The transpose of ``conv3d``: x (D, H, W), (F, D, H, W) or (N, F, D, H, W) with w (d, h, w) or (F, C, d, h, w).

    Raises ShapeError.
    Source: Dumoulin and Visin (2016), ch. 4.

    >>> sd.conv_transpose3d([[[1, 2]]], [[[1, 1]]])
    [[[1, 3, 2]]]
    """
    return _applied("conv_transpose3d", (x, w, b), mode=mode, stride=stride, dilation=dilation, groups=groups, spec=spec,
                    padding=_shortened(padding, output_padding, 3), output_size=output_size)


def _shortened(padding: Any, output_padding: Any, rank: int) -> Any:
    """Padding in which ``output_padding`` further entries are kept at the end."""
    if not isinstance(output_padding, tuple) and as_expr(output_padding) == 0:
        return padding
    extra = output_padding if isinstance(output_padding, tuple) else (output_padding,) * rank
    each = padding if isinstance(padding, tuple) and (rank > 1 or isinstance(padding[0], tuple)) else (padding or 0,) * rank
    pairs = [p if isinstance(p, tuple) else (p, p) for p in each]
    return tuple((left, as_expr(right) - as_expr(e)) for (left, right), e in zip(pairs, extra, strict=True))


# ------------------------------------------------------------------ flip

def _build_flip(op: Operator, args: Args, params: Params) -> Expr:
    """A flip of a flip is one flip, or none; ones read from their end are ones."""
    (a,) = args
    rank, given = len(shape_of(a)), params.get("axis")
    if rank != 1 and given is None:
        raise ShapeError(f"flip takes a vector, not {with_shapes(a)}", where=Shown("flip", args),
                         hint="name the axes: flip(W, axis=(0, 1))")
    axes = {n for n in _flipped_axes(args, params) if shape_of(a)[n] != 1}
    if isinstance(a, Apply) and a.op is op:
        axes ^= _flipped_axes(a.args, a.params)
        a = a.args[0]
    if not axes or (isinstance(a, Apply) and a.op.name in ("ones", "zeros")):
        return a
    return Apply(op, (a,), {} if rank == 1 else {"axis": tuple(sorted(axes)) if len(axes) > 1 else min(axes)})


def _flipped_axes(args: Args, params: Params) -> set[int]:
    rank, axis = len(shape_of(args[0])), params.get("axis")
    if axis is None:
        return set(range(rank))
    return {normal_axis(n, rank, Shown("flip", args)) for n in (axis if isinstance(axis, tuple) else (axis,))}


def _flip_definition(out: Args, args: Args, params: Params) -> Expr:
    axes, shape = _flipped_axes(args, params), shape_of(args[0])
    return at(args[0], tuple((shape[n] - i + 1).expand() if n in axes else i for n, i in enumerate(out)))


def _flip_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    axes = _flipped_axes((Tensor("w", shapes[0]),), params)
    return f"({sources[0]})[{', '.join('::-1' if n in axes else ':' for n in range(len(shapes[0])))}]"


register(NormalisingOperator(
    name="flip", free=True, multilinear=True, reads=("Flip",), plain=True, keeps_sign=2, build=_build_flip,
    definition=_flip_definition,
    numpy=_flip_source,
    shape=lambda args, params: shape_of(args[0]),
    example=lambda: flip(Tensor("w", (dims("k"),)))))


def flip(w: object, axis: object = None) -> Expr:
    """A vector read from its end, flip(w)_j = w_{k-j+1}, or an array along the given axes.  Raises ShapeError.

    Source: NumPy, flip.

    >>> sd.flip([1, 2, 3])
    [3, 2, 1]
    """
    return operator("flip")(as_expr(w), axis=axis)


# ------------------------------------------------------------------ inserted zeros

def _spread_axis(args: Args, params: Params) -> int:
    """The axis that zeros are inserted along.  Raises ShapeError."""
    rank = len(shape_of(args[0]))
    if params.get("axis") is None and rank != 1:
        raise ShapeError(f"insert_zeros takes a vector, not {with_shapes(*args)}", where=Shown("insert_zeros", args),
                         hint="name the axis: insert_zeros(W, 2, axis=0)")
    return normal_axis(params.get("axis") or 0, rank, Shown("insert_zeros", args))


def _spread_shape(args: Args, params: Params) -> Shape:
    axis, shape = _spread_axis(args, params), shape_of(args[0])
    return (*shape[:axis], (params["stride"] * (shape[axis] - 1) + 1).expand(), *shape[axis + 1:])


def _spread_definition(out: Args, args: Args, params: Params) -> Expr:
    (x,), axis = args, _spread_axis(args, params)
    a = bound(shape_of(x)[axis], out, args, "a")
    inner = at(x, (*out[:axis], a, *out[axis + 1:]))
    return Sum(inner * KroneckerDelta(out[axis], (params["stride"] * (a - 1) + 1).expand()), a)


def _spread_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    axis = _spread_axis((Tensor("w", shapes[0]),), params)
    return spread_source(sources[0], axis, len(shapes[0]), python(params["stride"]))


def _build_spread(op: Operator, args: Args, params: Params) -> Expr:
    stride = as_size(params["stride"])
    axis = {"axis": _spread_axis(args, params)} if len(shape_of(args[0])) != 1 else {}
    return args[0] if stride == 1 else Apply(op, args, {"stride": stride} | axis)


def _spread_text(write: Writer, args: Args, params: Params) -> str:
    axis = f", axis={params['axis']}" if "axis" in params else ""
    return f"insert_zeros({write(args[0])}, {write(params['stride'])}{axis})"


register(NormalisingOperator(
    name="insert_zeros", plain=True, keeps_sign=1, build=_build_spread, definition=_spread_definition,
    numpy=_spread_source, shape=_spread_shape,
    text=_spread_text,
    example=lambda: insert_zeros(Tensor("x", (dims("n"),)), 2)))


def insert_zeros(x: object, stride: object, axis: int | None = None) -> Expr:
    """stride - 1 zeros between neighbouring entries of a vector, (n,) to (stride (n - 1) + 1,), or along an axis.

    Raises ShapeError.  Source: Dumoulin and Visin (2016), ch. 4.

    >>> sd.insert_zeros([1, 2], 2)
    [1, 0, 2]
    """
    return operator("insert_zeros")(as_expr(x), stride=stride, axis=axis)


__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "flip", "insert_zeros"]
