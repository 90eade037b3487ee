"""The largest and smallest entries, of all or along an axis, and where they stand.

The first of several equal entries counts, in value and in gradient.  Its one-hot array is written with the step
function, whose derivative is 0; the largest entry is the sum of the entries against it.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Rational

from ..errors import ShapeError
from ..index.arrays import Apply, Tensor, as_expr
from ..index.operator import Operator, Writer, operator, register, shape_of
from ..index.sizes import Shape, dims, normal_axis
from ..index.symbols import Sum, iverson
from .functions import heaviside
from .record import Args, NormalisingOperator, Params, Shown, at, bound


def _build(op: Operator, args: Args, params: Params) -> Expr:
    """The axis is written wherever there is more than one."""
    (x,) = args
    rank = len(shape_of(x))
    if not rank:
        raise ShapeError(f"{op.name} takes an array, and {x} is a scalar", where=Shown(op.name, args))
    axis = params.get("axis")
    if axis is None:
        if rank == 1:
            return Apply(op, args)
        raise ShapeError(f"along which axis of {x}?", where=Shown(op.name, args), hint=f"{op.name}(x, axis=0)")
    own = normal_axis(int(axis), rank, Shown(op.name, args))
    return Apply(op, args, {} if rank == 1 else {"axis": own})


def _first_maximum(out: Args, args: Args, params: Params) -> Expr:
    """1 where no entry behind is larger and none before is as large: 1 - step(number of those)."""
    (x,) = args
    axis = params.get("axis", 0)
    size = shape_of(x)[axis]
    k = bound(size, out, args, "k")
    q = bound(size, (*out, k), args, "q")
    own, place = at(x, out), out[axis]
    after, before = (at(x, (*out[:axis], place + shift, *out[axis + 1:])) for shift in (k, -q))
    # Entries are compared with those k places on: an entry is never compared with itself, where the step jumps.
    larger = Sum(iverson(place + k <= size) * heaviside(after - own), k)
    as_large = Sum(iverson(place - q >= 1) * (1 - heaviside(own - before)), q)
    # The number is whole: a half keeps it away from the jump at 0.
    return 1 - heaviside(larger + as_large - Rational(1, 2))


def _first_minimum(out: Args, args: Args, params: Params) -> Expr:
    return _first_maximum(out, (-args[0],), params)


def _first_source(name: str) -> Any:
    def numpy(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
        axis = params.get("axis", 0)
        places = f"np.arange(x.shape[{axis}])[{', '.join([':'] + ['None'] * (len(shapes[0]) - axis - 1))}]"
        return (f"(lambda x: (np.expand_dims(np.{name}(x, axis={axis}), {axis}) == {places}).astype(dtype))({sources[0]})")
    return numpy


def _marked(name: str, inner: str, definition: Any) -> None:
    def text(write: Writer, args: Args, params: Params) -> str:
        axis = f", axis={params['axis']}" if "axis" in params else ""
        return f"{name}({write(args[0])}{axis})"

    def latex(write: Writer, args: Args, params: Params) -> str:
        mark = f"_{{{params['axis']}}}" if "axis" in params else ""
        return rf"e_{{\operatorname{{{inner}}}{mark} {write(args[0])}}}"

    register(NormalisingOperator(
        name=name, build=_build, shape=lambda args, params: shape_of(args[0]), definition=definition, text=text,
        latex=latex, numpy=_first_source(inner), example=lambda: operator(name)(Tensor("x", (dims("n"),)))))


def _extreme(name: str, mark: str) -> None:
    def shape(args: Args, params: Params) -> Shape:
        own, axis = shape_of(args[0]), params.get("axis", 0)
        return (*own[:axis], *own[axis + 1:])

    def definition(out: Args, args: Args, params: Params) -> Expr:
        (x,) = args
        axis = params.get("axis", 0)
        k = bound(shape_of(x)[axis], out, args, "k")
        positions = (*out[:axis], k, *out[axis:])
        return Sum(at(operator(mark)(x, **params), positions) * at(x, positions), k)

    def latex(write: Writer, args: Args, params: Params) -> str:
        axis = f"_{{{params['axis']}}}" if "axis" in params else ""
        return rf"\{name}{axis}\left({write(args[0])}\right)"

    register(NormalisingOperator(
        name=name, build=_build, shape=shape, definition=definition, latex=latex,
        numpy=lambda sources, params, shapes: f"np.{name}({sources[0]}, axis={params.get('axis', 0)})",
        example=lambda: operator(name)(Tensor("X", (dims("m"), dims("n"))), axis=1)))


_marked("argmax_one_hot", "argmax", _first_maximum)
_marked("argmin_one_hot", "argmin", _first_minimum)
_extreme("max", "argmax_one_hot")
_extreme("min", "argmin_one_hot")


def _over_all(name: str, x: Expr) -> Expr:
    """Axis after axis from the last one, so that the first in row order counts among equal entries."""
    while len(shape_of(x)) > 1:
        x = operator(name)(x, axis=-1)
    return operator(name)(x)


def max(x: object, axis: int | None = None) -> Any:
    """The largest entry of all, or those along an axis; the first of equal ones takes the gradient.

    Raises ShapeError for a scalar and for an axis that is not there.
    """
    return _over_all("max", as_expr(x)) if axis is None else operator("max")(as_expr(x), axis=axis)


def min(x: object, axis: int | None = None) -> Any:
    """The smallest entry of all, or those along an axis; the first of equal ones takes the gradient.

    Raises ShapeError as max does.
    """
    return _over_all("min", as_expr(x)) if axis is None else operator("min")(as_expr(x), axis=axis)


def argmax_one_hot(x: object, axis: int | None = None) -> Any:
    """1 at the first largest entry along an axis, 0 elsewhere: the gradient of max.  Raises ShapeError as max does."""
    return operator("argmax_one_hot")(as_expr(x), axis=axis)


def argmin_one_hot(x: object, axis: int | None = None) -> Any:
    """1 at the first smallest entry along an axis, 0 elsewhere: the gradient of min.  Raises ShapeError as max does."""
    return operator("argmin_one_hot")(as_expr(x), axis=axis)


__all__ = ["argmax_one_hot", "argmin_one_hot", "max", "min"]
