"""Variance, standard deviation and norms, of all entries or along axes.

Source: Petersen and Pedersen, The Matrix Cookbook (2012), 2.6 and 10.4; NumPy's var, std and linalg.norm.
"""

from __future__ import annotations

from sympy import Abs, Expr, Mul, oo, sqrt

from ..arrays.arrays import Apply, Tensor, as_expr, latex_call
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, Writer, operator, register, shape_of
from ..arrays.sizes import Shape
from ..arrays.strict import expression, is_rows, refusal
from ..arrays.symbols import Index, Sum
from ..errors import DeclarationError, ShapeError
from .extremes import max
from .record import Args, NormalisingOperator, Params, Shown, at, bound, with_shapes
from .reductions import kept_options, reduced_axes, reduced_shape, with_kept_axes
from .spectral import nuclear_norm


def _build(op: Operator, args: Args, params: Params) -> Expr:
    (x,) = args
    rank = len(shape_of(x))
    if not rank:
        raise ShapeError(f"{op.name} takes an array, and {x} is a scalar", where=Shown(op.name, args))
    axes = reduced_axes(params.get("axis"), rank, Shown(op.name, args))
    own = {"ddof": as_expr(params["ddof"])} if params.get("ddof") else {}
    own |= {"ord": params["ord"]} if params.get("ord", 2) != 2 else {}
    return Apply(op, args, kept_options(axes, rank, params, **own))


class Slots:
    """The axes of an operand that a reduction sums over, and the letters of the others."""

    def __init__(self, out: Args, args: Args, params: Params) -> None:
        self.x, self.out, self.args = args[0], out, args
        shape = shape_of(self.x)
        self.axes = reduced_axes(params.get("axis"), len(shape), None)
        letters = [i for axis, i in enumerate(out) if axis not in self.axes] if params.get("keepdims") else list(out)
        self.kept = [None if axis in self.axes else letters.pop(0) for axis in range(len(shape))]
        self.sizes = [shape[axis] for axis in self.axes]

    @property
    def count(self) -> Expr:
        """How many entries are reduced to one."""
        return Mul(*self.sizes)

    def summed(self, hints: str, beside: tuple[Index, ...] = ()) -> tuple[tuple[Index, ...], Expr]:
        """(letters to sum over, the operand's entry at them); the letters differ from those ``beside``."""
        letters: list[Index] = []
        for hint, size in zip(hints, self.sizes, strict=False):
            letters.append(bound(size, (*self.out, *beside, *letters), self.args, hint))
        own = iter(letters)
        return tuple(letters), at(self.x, [next(own) if p is None else p for p in self.kept])


def _variance(out: Args, args: Args, params: Params) -> Expr:
    """Σ_k (x_k - Σ_q x_q / n)² / (n - ddof)."""
    slots = Slots(out, args, params)
    outer, value = slots.summed("kprs")
    inner, other = slots.summed("qtuv", outer)
    body = (value - Sum(other, *inner) / slots.count)**2
    return Sum(body, *outer) / (slots.count - params.get("ddof", 0))


def _norm(out: Args, args: Args, params: Params) -> Expr:
    slots = Slots(out, args, params)
    letters, value = slots.summed("kprs")
    return Sum(Abs(value), *letters) if params.get("ord") == 1 else sqrt(Sum(value**2, *letters))


def _norm_latex(write: Writer, args: Args, params: Params) -> str:
    (x,) = args
    mark = "1" if params.get("ord") == 1 else "F" if len(shape_of(x)) > 1 else "2"
    if set(params) - {"ord"}:
        return latex_call(f"norm({write(x)}{_options(params, 'ord', 'axis', 'keepdims')})")
    return rf"\left\lVert {write(x)} \right\rVert_{{{mark}}}"


def _options(params: Params, *names: str) -> str:
    return "".join(f", {key}={params[key]}" for key in names if key in params)


def _norm_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    options = _options(params, "axis", "keepdims")
    if params.get("ord") == 1:
        return f"np.sum(np.abs({sources[0]}){options})"
    return f"np.sqrt(np.sum(np.square({sources[0]}){options}))"


register(NormalisingOperator(
    name="var", reduces=True, batched="axes", sign=1, build=_build, shape=reduced_shape, definition=_variance,
    numpy=lambda sources, params, shapes: f"np.var({sources[0]}{_options(params, 'axis', 'ddof', 'keepdims')})",
    example=lambda: var(Tensor("X", (dims("m"), dims("n"))), axis=0)))

register(NormalisingOperator(
    name="std", reduces=True, batched="axes", sign=1, domain=True, build=_build, shape=reduced_shape,
    definition=lambda out, args, params: sqrt(_variance(out, args, params)),
    numpy=lambda sources, params, shapes: f"np.std({sources[0]}{_options(params, 'axis', 'ddof', 'keepdims')})",
    example=lambda: std(Tensor("x", (dims("n"),)))))

register(NormalisingOperator(
    name="norm", declarable=True, reduces=True, batched="axes", sign=1, domain=True, build=_build,
    shape=reduced_shape, definition=_norm, latex=_norm_latex,
    numpy=_norm_source,
    example=lambda: norm(Tensor("x", (dims("n"),)))))


def var(x: object, axis: int | tuple[int, ...] | None = None, ddof: object = 0, keepdims: bool = False) -> Expr:
    """Mean squared deviation from the mean, divided by n - ddof, of all entries or along axes.

    Raises ShapeError.  Source: NumPy, var.

    >>> sd.var([1, 3])
    1
    """
    return operator("var")(as_expr(x), axis=axis, ddof=ddof, keepdims=keepdims)


def std(x: object, axis: int | tuple[int, ...] | None = None, ddof: object = 0, keepdims: bool = False) -> Expr:
    """The square root of ``var``, of all entries or along axes.  Raises ShapeError.  Source: NumPy, std.

    >>> sd.std([1, 3])
    1
    """
    return operator("std")(as_expr(x), axis=axis, ddof=ddof, keepdims=keepdims)


def norm(x: object, ord: object = None, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Expr:
    """The 2-norm of a vector, the Frobenius norm of a matrix, as NumPy's linalg.norm; with an axis, along it.

    ``ord`` is a number p >= 1 for (Σ|x_i|^p)^(1/p), or inf for the largest absolute value; of a matrix "fro", 1 for
    the largest column sum of absolute values, inf for the largest row sum, "nuc" for the sum of the singular values.
    Raises DeclarationError for other norms, such as the spectral norm of a matrix, and ShapeError.
    Source: NumPy, linalg.norm.

    >>> sd.norm([3, 4])
    5
    """
    value = as_expr(x)
    rank = len(shape_of(value))
    axes = reduced_axes(axis, rank, Shown("norm", (value,)))
    if is_rows(ord):
        raise refusal(ord, "the order of a norm")
    if ord == "nuc" and rank == len(axes) == 2 and not keepdims:
        return nuclear_norm(value)
    if ord in (None, "fro", 2) and (ord != 2 or len(axes) < 2):
        return operator("norm")(value, axis=axis, ord=2, keepdims=keepdims)
    p = None if isinstance(ord, str) else oo if ord in (oo, float("inf")) else expression(ord, "the order of a norm")
    if rank and p is not None and len(axes) == 1:
        if p == 1:
            return operator("norm")(value, axis=axis, ord=1, keepdims=keepdims)
        if p is oo:
            return max(operator("abs")(value), axis=axis, keepdims=keepdims)
        if p.is_real and not (p.is_number and p < 1):
            return operator("sum")(operator("abs")(value)**p, axis=axis, keepdims=keepdims)**(1 / p)
    if p in (1, oo) and len(axes) == 2:
        rows, columns = ((int(a) % rank for a in axis) if isinstance(axis, tuple) else axes)
        added, other = (rows, columns) if p == 1 else (columns, rows)
        found = max(operator("sum")(operator("abs")(value), axis=added), axis=other - (added < other))
        return with_kept_axes(found, axes, keepdims)
    raise DeclarationError(f"the norm with ord={ord!r} of {with_shapes(value)} is not known", where=value,
                           hint="norm(X) is the Frobenius norm; of a vector 1, 2, inf or a number p >= 1")


__all__ = ["norm", "std", "var"]
