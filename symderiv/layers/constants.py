"""Arrays without operands: identity, ones, zeros; and the one-hot arrays of labels."""

from __future__ import annotations

from sympy import Expr, KroneckerDelta, S

from ..arrays.arrays import Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import ATOM, FUNC, MUL, Operator, Writer, operator, register, shape_of
from ..arrays.sizes import Shape, as_shape, as_size, same_size, show_shape
from ..arrays.symbols import Label
from ..errors import ShapeError
from .extremes import found_one_hot
from .operator_text import size_is_said
from .record import Args, Params, at, python


def _identity_text(write: Writer, args: Args, params: Params) -> str:
    """I where what stands beside it says its size."""
    plain = size_is_said(write.around) and not write.taken("I")
    return "I" if plain else f"eye({write(params['size'])})"


def _identity_latex(write: Writer, args: Args, params: Params) -> str:
    size = write(params["size"])
    return rf"\operatorname{{eye}}\left({size}\right)" if write.taken("I") else f"I_{{{size}}}"


eye_record: Operator = register(Operator(
    name="eye", symmetric=lambda args, shape: True, sized=True, free=True, plain=True, precedence=ATOM,
    shape=lambda args, params: (params["size"], params["size"]),
    definition=lambda out, args, params: KroneckerDelta(out[0], out[1]),
    text=_identity_text, latex=_identity_latex,
    numpy=lambda sources, params, shapes: f"np.eye({python(params['size'])}, dtype=dtype)",
    example=lambda: Tensor("A", (dims("n"), dims("n"))) + eye(dims("n"))))


def eye(size: object) -> Expr:
    """The identity matrix.  Raises DeclarationError for what is no size.  Source: NumPy, eye.

    >>> sd.evaluate(sd.eye(2))
    array([[1., 0.],
           [0., 1.]])
    """
    return operator("eye")(size=as_size(size))


def _shape_source(params: Params) -> str:
    return "(" + "".join(f"{python(size)}, " for size in params["shape"]) + ")"


def _filled(name: str, value: Expr, latex: str) -> Operator:
    def text(write: Writer, args: Args, params: Params) -> str:
        return f"{name}({', '.join(write(size) for size in params['shape'])})"

    def to_latex(write: Writer, args: Args, params: Params) -> str:
        """A vector with its size below; a matrix of ones as 1 1ᵀ."""
        sizes = [write(size) for size in params["shape"]]
        if len(sizes) == 1:
            return f"{latex}_{{{sizes[0]}}}"
        if len(sizes) == 2:
            return (rf"{latex}_{{{sizes[0]}}} {latex}_{{{sizes[1]}}}^{{\top}}" if value == 1 else
                    rf"{latex}_{{{sizes[0]} \times {sizes[1]}}}")
        return rf"\operatorname{{{name}}}\left({', '.join(sizes)}\right)"

    return register(Operator(
        name=name, sign=2 if value == 1 else 1, plain=True, free=True, sized=True,
        symmetric=lambda args, shape: bool(shape[0] == shape[1]), precedence=FUNC, text=text,
        latex=to_latex,
        latex_precedence=lambda args, params: MUL if len(params["shape"]) == 2 and value == 1 else FUNC,
        shape=lambda args, params: tuple(params["shape"]),
        definition=lambda out, args, params: value,
        numpy=lambda sources, params, shapes: f"np.{name}({_shape_source(params)}, dtype=dtype)",
        example=lambda: operator(name)(shape=dims("m n"))))


ones_record = _filled("ones", S.One, r"\mathbf{1}")
zeros_record = _filled("zeros", S.Zero, r"\mathbf{0}")


def ones(*shape: object) -> Expr:
    """An array of ones, its shape given as sizes or as one tuple.  Raises DeclarationError for what is no size.

    Source: NumPy, ones.

    >>> sd.evaluate(sd.ones(2))
    array([1., 1.])
    """
    return operator("ones")(shape=as_shape(shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape))


def zeros(*shape: object) -> Expr:
    """An array of zeros, its shape given as sizes or as one tuple.  Raises DeclarationError for what is no size.

    Source: NumPy, zeros.

    >>> sd.evaluate(sd.zeros(2))
    array([0., 0.])
    """
    return operator("zeros")(shape=as_shape(shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape))


def _one_hot_shape(args: Args, params: Params) -> Shape:
    return (*shape_of(args[0]), params["size"])


def _one_hot_text(write: Writer, args: Args, params: Params) -> str:
    (label,) = args
    if isinstance(label, Label) and not (write.taken("e") or write.taken(f"e_{label.name}")):
        return f"e_{write(label)}"
    if shape_of(label) or isinstance(label, Label):
        return f"onehot({write(label)})"
    return f"onehot({write(label)}, {write(params['size'])})"


def _one_hot_latex(write: Writer, args: Args, params: Params) -> str:
    (label,) = args
    if isinstance(label, Label) and not (write.taken("e") or write.taken(f"e_{label.name}")):
        return f"e_{{{write(label)}}}"
    size = "" if shape_of(label) or isinstance(label, Label) else f", {write(params['size'])}"
    return rf"\operatorname{{onehot}}\left({write(label)}{size}\right)"


one_hot_record: Operator = register(Operator(
    name="one_hot", batched="stacks", free=True, reads=("onehot",), sign=1, plain=True, precedence=FUNC,
    shape=_one_hot_shape,
    text=_one_hot_text,
    latex=_one_hot_latex,
    definition=lambda out, args, params: KroneckerDelta(out[-1], at(args[0], out[:-1])),
    numpy=lambda sources, params, shapes: (
        f"(np.arange(1, {python(params['size'])} + 1) == np.asarray({sources[0]})[..., None]).astype(dtype)"),
    example=lambda: one_hot(Label("y", dims("m")))))


def one_hot(label: object, size: object = None) -> Expr:
    """e_y, the vector with 1 at position y and 0 elsewhere; one row a label for an array of labels.

    The size is the label's own unless it is given.  Raises ShapeError where neither says it.
    Source: Bishop (2006), section 2.2.

    >>> sd.evaluate(sd.one_hot(sd.label("y", 3)), y=1)
    array([0., 1., 0.])
    """
    expr = as_expr(label)
    marked = found_one_hot(expr)
    if marked is not None:
        if size is not None and not same_size(as_size(size), shape_of(marked)[-1]):
            raise ShapeError(f"{expr} is a position in 1..{shape_of(marked)[-1]}, not in 1..{size}", where=expr)
        return marked
    own = getattr(expr, "size", None) if isinstance(expr, Label) else getattr(expr, "label_size", None)
    if size is None and own is None:
        raise ShapeError(f"how many classes has {expr}, of shape {show_shape(shape_of(expr))}?", where=expr,
                         hint="one_hot(label, size)")
    if isinstance(expr, Tensor) and expr.label_size is None:
        raise ShapeError(f"{expr} is an array of numbers, not of labels", where=expr,
                         hint='sd.label("t", m, shape=(N,))')
    return operator("one_hot")(expr, size=own if size is None else as_size(size))


__all__ = ["eye", "one_hot", "ones", "zeros"]
