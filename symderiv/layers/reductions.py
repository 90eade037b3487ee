"""Sums, means and products over all entries, or along axes, and running sums."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sympy import Expr, Integer, Mul, S

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.matrixfunction import MatrixFunction
from ..arrays.named_sizes import dims
from ..arrays.operator import FUNC, MUL, Operator, Writer, operator, register, shape_of
from ..arrays.sizes import Shape, normal_axis
from ..arrays.symbols import Index, Sum, iverson
from ..errors import ShapeError
from ..functions.of_matrices import PRODUCTS
from .pairs import same_for_both_orders
from .record import Args, NormalisingOperator, Params, Shown, at, bound, with_shapes


def reduced_axes(axis: object, rank: int, where: object) -> tuple[int, ...]:
    """The axes that are summed over, counted from the front; None means all.  Raises ShapeError."""
    if axis is None:
        return tuple(range(rank))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    axes = tuple(normal_axis(a, rank, where) for a in given)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"an axis is named twice in {axis}", where=where)
    return tuple(sorted(axes))


def _build(op: Operator, args: Args, params: Params) -> Expr:
    (x,) = args
    rank = len(shape_of(x))
    axes = reduced_axes(params.get("axis"), rank, Shown(op.name, args))
    return Apply(op, args, kept_options(axes, rank, params)) if axes else x


def kept_options(axes: tuple[int, ...], rank: int, params: Params, **own: Any) -> dict[str, Any]:
    """Only the options that differ from the defaults are kept: the axes, an operator's own, and whether axes stay."""
    axis = {"axis": axes if len(axes) > 1 else axes[0]} if len(axes) < rank else {}
    return axis | own | ({"keepdims": True} if params.get("keepdims") else {})


def reduced_shape(args: Args, params: Params) -> Shape:
    """The shape without the axes that are reduced, or with size 1 there where they are kept."""
    shape = shape_of(args[0])
    axes = reduced_axes(params.get("axis"), len(shape), None)
    if params.get("keepdims"):
        return tuple(Integer(1) if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _total(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    shape = shape_of(x)
    axes = reduced_axes(params.get("axis"), len(shape), None)
    letters = list(out)
    if params.get("keepdims"):
        letters = [letter for axis, letter in enumerate(out) if axis not in axes]
    summed: list[Index] = []
    positions: list[Expr] = []
    for axis, size in enumerate(shape):
        if axis in axes:
            summed.append(bound(size, (*out, *summed), args, "kpqr"[len(summed) % 4]))
            positions.append(summed[-1])
        else:
            positions.append(letters.pop(0))
    return Sum(at(x, positions), *summed)


def _count(x: Expr, params: Params) -> Expr:
    shape = shape_of(x)
    return Mul(*(shape[axis] for axis in reduced_axes(params.get("axis"), len(shape), None)))


def _options(params: Params) -> str:
    return "".join(f", {key}={value}" for key, value in params.items())


sum_record: Operator = register(NormalisingOperator(
    name="sum", symmetric=same_for_both_orders, reduces=True, batched="axes", multilinear=True, stem="s", keeps_sign=2,
    build=_build, shape=reduced_shape, definition=_total,
    numpy=lambda sources, params, shapes: f"np.sum({sources[0]}{_options(params)})",
    example=lambda: sum(Tensor("X", (dims("m"), dims("n"))), axis=0)))

mean_record: Operator = register(NormalisingOperator(
    name="mean", reduces=True, batched="axes", multilinear=True, stem=r"\mu", keeps_sign=2, reads=("Mean", "average",
    "avg"), build=_build,
    shape=reduced_shape,
    definition=lambda out, args, params: _total(out, args, params) / _count(args[0], params),
    numpy=lambda sources, params, shapes: f"np.mean({sources[0]}{_options(params)})",
    example=lambda: mean(Tensor("X", (dims("m"), dims("n"))), axis=0)))


def sum(x: object, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Expr:
    """Sum of all entries, or along axes, as NumPy's sum.  Raises ShapeError for an axis that is not there.

    Source: NumPy, sum.

    >>> sd.sum([[1, 2], [3, 6]], axis=0)
    [4, 8]
    """
    return operator("sum")(as_expr(x), axis=axis, keepdims=keepdims)


def mean(x: object, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Expr:
    """Mean of all entries, or along axes, as NumPy's mean.  Raises ShapeError for an axis that is not there.

    Source: NumPy, mean.

    >>> sd.mean([[1, 2], [3, 6]], axis=0)
    [2, 4]
    """
    return operator("mean")(as_expr(x), axis=axis, keepdims=keepdims)


# ------------------------------------------------------------------ products

FACTORS = 8
"""Products of up to this many entries are written out, and then right where an entry is 0 as well."""


def _product_text(write: Writer, args: Args, params: Params) -> str:
    rank = len(shape_of(args[0]))
    return f"prod({write(args[0])}" + (f", axis={rank - 1})" if rank > 1 else ")")


register(Operator(
    name="prod", reduces=True, keeps_sign=2, shape=lambda args, params: shape_of(args[0])[:-1], text=_product_text,
    definition=lambda out, args, params: MatrixFunction("prod", args[0], *out),
    numpy=lambda sources, params, shapes: f"np.prod({sources[0]}, axis=-1)",
    example=lambda: prod(Tensor("x", (dims("n"),)))))


def _without(count: int, text: Any = None) -> None:
    """The operator for the products along the last axis of which so many factors are left out."""
    kind = PRODUCTS[count]

    def shape(args: Args, params: Params) -> Shape:
        own = shape_of(args[0])
        if not own:
            raise ShapeError(f"{kind} takes a product over the last axis, and a number has none", where=args[0])
        return (*own, *(own[-1],) * (count - 1))

    def latex(write: Writer, args: Args, params: Params) -> str:
        inner = rf"\left({write(args[0])}\right)"
        if count == 1 and len(shape_of(args[0])) == 1:
            return rf"\operatorname{{prod}}{inner} \oslash {write(args[0], MUL)}"
        return r"\operatorname{" + kind.replace("_", r"\_") + "}" + inner

    def same(*places: int) -> str:
        return f"np.eye(a.shape[-1])[{', '.join(':' if n in places else 'None' for n in range(count + (count in places)))}]"

    left_out = " + ".join(same(n, count) for n in range(count))
    apart = "".join(f"(1 - {same(*pair)}) * " for pair in combinations(range(count), 2))
    source = (f"(lambda a: {apart}np.prod(np.where({left_out} > 0, 1, a[..., {'None, ' * count}:]), axis=-1))"
              "({0})")
    register(Operator(
        name=kind, shape=shape, text=text,
        definition=lambda out, args, params: MatrixFunction(kind, args[0], *out),
        latex=latex,
        precedence=lambda args, params: MUL if count == 1 and len(shape_of(args[0])) == 1 else FUNC,
        numpy=lambda sources, params, shapes: source.format(f"({sources[0]})"),
        example=lambda: operator(kind)(Tensor("x", (dims("n"),)))))


def _others_text(write: Writer, args: Args, params: Params) -> str:
    """As a textbook writes it, for a vector; what it means where an entry is 0 is the product of the others."""
    one = len(shape_of(args[0])) == 1
    return f"prod({write(args[0])})./{write(args[0], MUL)}" if one else f"prod_others({write(args[0])})"


_without(1, _others_text)
_without(2)
_without(3)
_without(4)


def prod_others(x: object) -> Expr:
    """The products along the last axis of all entries but one: the derivative of ``prod``, right where an entry is 0.

    Raises ShapeError for a number.  Source: Speelpenning (1980).

    >>> sd.prod_others([2, 3, 4])
    [12, 8, 6]
    """
    return operator("prod_others")(as_expr(x))


def prod_pairs(x: object) -> Expr:
    """The products along the last axis of all entries but two, 0 where the two are one: ``prod`` derived twice.

    Raises ShapeError for a number.  Source: Speelpenning (1980).

    >>> sd.prod_pairs([2, 3, 4])
    [[0, 4, 3], [4, 0, 2], [3, 2, 0]]
    """
    return operator("prod_pairs")(as_expr(x))


def prod_triples(x: object) -> Expr:
    """The products along the last axis of all entries but three, 0 where two of these are one: ``prod`` derived thrice.

    Raises ShapeError for a number.  Source: Speelpenning (1980).

    >>> sd.prod_triples([2, 3, 4]).shape
    (3, 3, 3)
    """
    return operator("prod_triples")(as_expr(x))


def prod_quadruples(x: object) -> Expr:
    """The products along the last axis of all entries but four, 0 where two of these are one: ``prod`` derived again.

    Raises ShapeError for a number.  Source: Speelpenning (1980).

    >>> sd.prod_quadruples([2, 3, 4, 5]).shape
    (4, 4, 4, 4)
    """
    return operator("prod_quadruples")(as_expr(x))


def prod(x: object, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Expr:
    """Product of all entries, or along axes, as NumPy's prod; one axis after the other, from the last.

    Its derivative is the product of the other entries, printed prod(x)./x; nothing is divided.  Raises ShapeError.
    Source: NumPy, prod.

    >>> sd.prod([2, 3, 4])
    24
    """
    value = as_expr(x)
    axes = reduced_axes(axis, len(shape_of(value)), Shown("prod", (value,)))
    for n in reversed(axes):
        value = _product_along(value, n)
    return with_kept_axes(value, axes, keepdims)


def _product_along(x: Expr, axis: int) -> Expr:
    shape = shape_of(x)
    if shape[axis].is_Integer and shape[axis] <= FACTORS:
        free = (None,) * len(shape)
        parts = [operator("take")(x, index=(*free[:axis], Integer(k), *free[axis + 1:])) if len(shape) > 1 else
                 at(x, (Integer(k),)) for k in range(1, int(shape[axis]) + 1)]
        return operator("mul")(*parts) if len(parts) > 1 else parts[0]
    if axis < len(shape) - 1:
        x = operator("permute")(x, axes=(*range(axis), *range(axis + 1, len(shape)), axis))
    return operator("prod")(x)


def with_kept_axes(value: Expr, axes: tuple[int, ...], keepdims: bool) -> Expr:
    """A reduced array, with an axis of size 1 for each that was reduced where these are kept."""
    for n in axes if keepdims else ():
        shape = shape_of(value)
        own = tuple(k for k in range(len(shape) + 1) if k != n)
        value = operator("stretch")(value, shape=(*shape[:n], S.One, *shape[n:]), axes=own)
    return value


# ------------------------------------------------------------------ running sums

def _running(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    axis = params["axis"]
    k = bound(shape_of(x)[axis], out, args, "k")
    return Sum(iverson(k <= out[axis]) * at(x, (*out[:axis], k, *out[axis + 1:])), k)


register(Operator(
    name="cumsum", keeps_sign=2, shape=lambda args, params: shape_of(args[0]), definition=_running,
    text=lambda write, args, params: (
        f"cumsum({write(args[0])})" if len(shape_of(args[0])) == 1 else f"cumsum({write(args[0])}, axis={params['axis']})"),
    numpy=lambda sources, params, shapes: f"np.cumsum({sources[0]}, axis={params['axis']})",
    example=lambda: cumsum(Tensor("X", (dims("m"), dims("n"))), axis=1)))


def cumsum(x: object, axis: int | None = None) -> Expr:
    """The sums of the entries up to each, along an axis, which a vector need not name.  Raises ShapeError.

    Source: NumPy, cumsum.

    >>> sd.cumsum([2, 3, 4])
    [2, 5, 9]
    """
    value = as_expr(x)
    where = Shown("cumsum", (value,))
    if axis is None and len(shape_of(value)) != 1:
        raise ShapeError(f"along which axis of {with_shapes(value)}?", where=where, hint="cumsum(x, axis=0)")
    own = normal_axis(axis or 0, len(shape_of(value)), where)
    return operator("cumsum")(value, axis=own)


__all__ = ["cumsum", "mean", "prod", "prod_others", "prod_pairs", "prod_quadruples", "prod_triples", "sum"]
