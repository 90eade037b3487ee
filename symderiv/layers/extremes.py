"""The largest and smallest entries, of all or along an axis, and where they stand.

The first of several equal entries counts, in value and in gradient.  Its one-hot array is written with the step
function, whose derivative is 0; the largest entry is the sum of the entries against it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sympy import Expr, Rational

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, Writer, is_array, operator, register, shape_of
from ..arrays.sizes import Shape, normal_axis, same_size
from ..arrays.symbols import Sum, iverson
from ..errors import ShapeError
from ..functions.network_functions import heaviside
from .operator_text import is_op
from .record import Args, NormalisingOperator, Params, Shown, at, bound, with_shapes
from .reductions import reduced_axes, with_kept_axes


def _build(op: Operator, args: Args, params: Params) -> Expr:
    """The axis is written wherever there is more than one.  A second operand marks by 1 the entries that count."""
    x = args[0]
    shape = shape_of(x)
    if not shape:
        raise ShapeError(f"{op.name} takes an array, and {x} is a scalar", where=Shown(op.name, args))
    axis = params.get("axis")
    if axis is None and len(shape) > 1:
        raise ShapeError(f"along which axis of {x}?", where=Shown(op.name, args), hint=f"{op.name}(x, axis=0)")
    own = normal_axis(axis or 0, len(shape), Shown(op.name, args))
    if len(args) > 1 and not (len(shape) == len(shape_of(args[1])) and all(map(same_size, shape, shape_of(args[1])))):
        raise ShapeError(f"{with_shapes(*args)} are not of one shape", where=Shown(op.name, args))
    return Apply(op, args, {} if len(shape) == 1 else {"axis": own})


def _first_maximum(out: Args, args: Args, params: Params) -> Expr:
    """1 where no entry behind is larger and none before is as large: 1 - step(number of those)."""
    x = args[0]
    axis = params.get("axis", 0)
    size = shape_of(x)[axis]
    k = bound(size, out, args, "k")
    q = bound(size, (*out, k), args, "q")
    place = out[axis]
    behind, ahead = ((*out[:axis], place + shift, *out[axis + 1:]) for shift in (k, -q))
    own, after, before = at(x, out), at(x, behind), at(x, ahead)
    # Entries are compared with those k places on: an entry is never compared with itself, where the step jumps.
    more, less = after - own, own - before
    if len(args) > 1:
        # Entries that do not count are neither larger nor as large, and far from the jump.
        here = at(args[1], out)
        both, either = here * at(args[1], behind), here * at(args[1], ahead)
        more, less = both * more - (1 - both), either * less + (1 - either)
    number = (Sum(iverson(place + k <= size) * heaviside(more), k)
              + Sum(iverson(place - q >= 1) * (1 - heaviside(less)), q))
    # The number is whole: a half keeps it away from the jump at 0.
    first = 1 - heaviside(number - Rational(1, 2))
    return at(args[1], out) * first if len(args) > 1 else first


def _first_source(name: str, sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """Entries that do not count are taken for infinite; where none counts, none is marked."""
    axis = params.get("axis", 0)
    places = f"np.arange(x.shape[{axis}])[{', '.join([':'] + ['None'] * (len(shapes[0]) - axis - 1))}]"
    marked = f"(np.expand_dims(np.{name}(x, axis={axis}), {axis}) == {places}).astype(dtype)"
    if len(sources) == 1:
        return f"(lambda x: {marked})({sources[0]})"
    infinite = "-np.inf" if name == "argmax" else "np.inf"
    return f"(lambda x, u: u * (lambda x: {marked})(np.where(u > 0, x, {infinite})))({', '.join(sources)})"


def _options(write: Writer, args: Args, params: Params) -> str:
    return (f", axis={params['axis']}" if "axis" in params else "") + (
        f", where={write(args[1])}" if len(args) > 1 else "")


def _text(name: str) -> Any:
    return lambda write, args, params: f"{name}({write(args[0])}{_options(write, args, params)})"


def _marked(name: str, inner: str, definition: Any) -> None:
    register(NormalisingOperator(
        name=name, sign=1, build=_build, shape=lambda args, params: shape_of(args[0]), definition=definition,
        text=_text(name),
        numpy=partial(_first_source, inner), example=lambda: operator(name)(Tensor("x", (dims("n"),)))))


def _without_axis(args: Args, params: Params) -> Shape:
    own, axis = shape_of(args[0]), params.get("axis", 0)
    return (*own[:axis], *own[axis + 1:])


def _extreme(name: str, mark: str) -> None:
    def definition(out: Args, args: Args, params: Params) -> Expr:
        axis = params.get("axis", 0)
        k = bound(shape_of(args[0])[axis], out, args, "k")
        positions = (*out[:axis], k, *out[axis:])
        return Sum(at(operator(mark)(*args, **params), positions) * at(args[0], positions), k)

    def numpy(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
        if len(sources) == 1:
            return f"np.{name}({sources[0]}, axis={params.get('axis', 0)})"
        marked = operator(mark).numpy(("x", "u"), params, shapes)
        return f"(lambda x, u: np.sum(x * {marked}, axis={params.get('axis', 0)}))({', '.join(sources)})"

    register(NormalisingOperator(
        name=name, pieces=True, keeps_sign=2, bare=True, batched="axes", reduces=True, build=_build,
        shape=_without_axis, definition=definition,
        text=_text(name),
        numpy=numpy,
        example=lambda: operator(name)(Tensor("X", (dims("m"), dims("n"))), axis=1)))


_marked("argmax_one_hot", "argmax", _first_maximum)
_marked("argmin_one_hot", "argmin", lambda out, args, params: _first_maximum(out, (-args[0], *args[1:]), params))
_extreme("max", "argmax_one_hot")
_extreme("min", "argmin_one_hot")


Axis = int | tuple[int, ...] | None


def _along(name: str, x: object, axis: Axis, keepdims: bool, where: object) -> Any:
    """Axis after axis from the last one, so that the first in row order counts among equal entries."""
    value = as_expr(x)
    if not is_array(value):
        raise ShapeError(f"{name} takes an array, and {value} is a scalar", where=Shown(name, (value,)))
    axes = reduced_axes(axis, len(shape_of(value)), Shown(name, (value,)))
    valid = () if where is None else (as_expr(where),)
    for n in reversed(axes):
        value = operator(name)(value, *valid, axis=n)
        # Counted, and not compared: the numbers of entries that count stay away from the jump.
        valid = tuple(operator("heaviside")(operator("sum")(u, axis=n) - Rational(1, 2)) for u in valid)
    return with_kept_axes(value, axes, keepdims)


def max(x: object, axis: Axis = None, keepdims: bool = False, where: object = None) -> Expr:
    """The largest entry of all, or those along axes; the first of equal ones takes the gradient.

    ``where`` is an array of the shape of x, 1 at the entries that count and 0 at the others; where none counts, the
    result is 0.  Raises ShapeError for a scalar and for an axis that is not there.  Source: NumPy, max.

    >>> sd.max([[3, 7], [9, 5]], axis=1)
    [7, 9]
    """
    return _along("max", x, axis, keepdims, where)


def min(x: object, axis: Axis = None, keepdims: bool = False, where: object = None) -> Expr:
    """The smallest entry of all, or those along axes, as max.  Raises ShapeError as max does.  Source: NumPy, min.

    >>> sd.min([[3, 7], [9, 5]], axis=1)
    [3, 5]
    """
    return _along("min", x, axis, keepdims, where)


def argmax_one_hot(x: object, axis: int | None = None, where: object = None) -> Expr:
    """1 at the first largest entry along an axis, 0 elsewhere: the gradient of max.  Raises ShapeError as max does.

    Source: docs/conventions.md, Kinks.

    >>> sd.argmax_one_hot([3, 7, 5])
    [0, 1, 0]
    """
    return operator("argmax_one_hot")(*_operands(x, where), axis=axis)


def argmin_one_hot(x: object, axis: int | None = None, where: object = None) -> Expr:
    """1 at the first smallest entry along an axis, 0 elsewhere: the gradient of min.  Raises ShapeError as max does.

    Source: docs/conventions.md, Kinks.

    >>> sd.argmin_one_hot([3, 7, 5])
    [1, 0, 0]
    """
    return operator("argmin_one_hot")(*_operands(x, where), axis=axis)


def _operands(x: object, where: object) -> Args:
    return (as_expr(x),) if where is None else (as_expr(x), as_expr(where))


# ------------------------------------------------------------------ the positions themselves

def _position(name: str, mark: str) -> None:
    def definition(out: Args, args: Args, params: Params) -> Expr:
        axis = params.get("axis", 0)
        k = bound(shape_of(args[0])[axis], out, args, "k")
        return Sum(k * at(operator(mark)(*args, **params), (*out[:axis], k, *out[axis:])), k)

    register(NormalisingOperator(
        name=name, sign=2, pieces=True, positions=True, build=_build, shape=_without_axis, definition=definition,
        text=_text(name),
        numpy=lambda sources, params, shapes: f"(np.{name}({sources[0]}, axis={params.get('axis', 0)}) + 1)",
        example=lambda: operator(name)(Tensor("X", (dims("m"), dims("n"))), axis=1)))


_position("argmax", "argmax_one_hot")
_position("argmin", "argmin_one_hot")


def argmax(x: object, axis: int | None = None) -> Expr:
    """The position of the first largest entry along an axis: a label, for indexing and one_hot; its derivative is 0.

    In an expression it counts from 1, as labels do in mathematics; of arrays of numbers from 0, as NumPy's does.
    Raises ShapeError as max does.  Source: NumPy, argmax.

    >>> sd.argmax([3, 7, 5])
    1
    """
    return operator("argmax")(as_expr(x), axis=axis)


def argmin(x: object, axis: int | None = None) -> Expr:
    """The position of the first smallest entry along an axis, as argmax.  Raises ShapeError as max does.

    Source: NumPy, argmin.

    >>> sd.argmin([3, 7, 5])
    0
    """
    return operator("argmin")(as_expr(x), axis=axis)


def found_one_hot(label: Expr) -> Expr | None:
    """The one-hot array of the positions that argmax or argmin found, classes last; None for anything else."""
    if not is_op(label, "argmax", "argmin"):
        return None
    assert isinstance(label, Apply)
    marked: Expr = operator(label.op.name + "_one_hot")(*label.args, **label.params)
    axis, rank = label.params.get("axis", 0), len(shape_of(marked))
    if axis == rank - 1:
        return marked
    return operator("permute")(marked, axes=(*range(axis), *range(axis + 1, rank), axis))


__all__ = ["argmax", "argmax_one_hot", "argmin", "argmin_one_hot", "max", "min"]
