"""softmax, its logarithm and its normaliser, along one axis.

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), 4.1 and 6.2.2.3.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sympy import Expr, exp, log

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, Writer, operator, register, shape_of
from ..arrays.sizes import Shape, normal_axis
from ..arrays.symbols import Sum
from ..errors import ShapeError
from .record import Args, NormalisingOperator, Params, Shown, at, bound
from .reductions import reduced_axes, with_kept_axes


def _build(op: Operator, args: Args, params: Params) -> Expr:
    """The last axis is the default, and not written."""
    (x,) = args
    rank = len(shape_of(x))
    if not rank:
        raise ShapeError(f"{op.name} takes an array, and {x} is a scalar", where=Shown(op.name, args))
    axis = normal_axis(params.get("axis", -1), rank, Shown(op.name, args))
    return Apply(op, args, {} if axis == rank - 1 else {"axis": axis})


def _axis(x: Expr, params: Params) -> int:
    return int(params.get("axis", len(shape_of(x)) - 1))


def _normaliser(x: Expr, positions: Args, axis: int, out: Args) -> Expr:
    """Σ exp(x) along an axis; ``positions`` holds anything at that axis."""
    k = bound(shape_of(x)[axis], out, (x,), "k")
    return Sum(exp(at(x, (*positions[:axis], k, *positions[axis + 1:]))), k)


def _softmax(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    return exp(at(x, out)) / _normaliser(x, out, _axis(x, params), out)


def _log_softmax(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    return at(x, out) - log(_normaliser(x, out, _axis(x, params), out), evaluate=False)


def _logsumexp(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    axis = _axis(x, params)
    return log(_normaliser(x, (*out[:axis], out[0] if out else x, *out[axis:]), axis, out), evaluate=False)


def _text(name: str, write: Writer, args: Args, params: Params) -> str:
    return f"{name}({write(args[0])}" + (f", axis={params['axis']}" if "axis" in params else "") + ")"


def _source(template: str, sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """NumPy source that subtracts the maximum first, so that exp cannot overflow."""
    return template.replace("AXIS", str(params.get("axis", -1))).replace("OPERAND", sources[0])


def _record(name: str, definition: Any, source: str, reduces: bool = False, **facts: Any) -> Operator:
    def shape(args: Args, params: Params) -> Shape:
        own = shape_of(args[0])
        axis = _axis(args[0], params)
        return (*own[:axis], *own[axis + 1:]) if reduces else own

    return register(NormalisingOperator(
        name=name, build=_build, shape=shape, definition=definition, text=partial(_text, name), batched="axes",
        along_one=True, numpy=partial(_source, source), example=lambda: operator(name)(Tensor("z", (dims("m"),))), **facts))


softmax_record = _record("softmax", _softmax,
        "(lambda e: e / np.sum(e, axis=AXIS, keepdims=True))"
        "((lambda z: np.exp(z - np.max(z, axis=AXIS, keepdims=True)))(OPERAND))",
        sign=2, unit=True, stem="p", named="p", reads=("Softmax", "SoftMax"))
log_softmax_record = _record("log_softmax", _log_softmax,
        "(lambda z: z - np.log(np.sum(np.exp(z), axis=AXIS, keepdims=True)))"
        "((lambda z: z - np.max(z, axis=AXIS, keepdims=True))(OPERAND))",
        stem=r"\ell", reads=("logSoftmax", "LogSoftmax", "logsoftmax", "log softmax"))
logsumexp_record = _record("logsumexp", _logsumexp,
        "(lambda z, m: np.log(np.sum(np.exp(z - m), axis=AXIS)) + np.squeeze(m, AXIS))"
        "(*(lambda z: (z, np.max(z, axis=AXIS, keepdims=True)))(OPERAND))",
        reduces=True, stem="s", reads=("lse", "LSE", "LogSumExp"))


def softmax(x: object, axis: int = -1) -> Expr:
    """exp(x_i) / Σ_k exp(x_k) along an axis.  Raises ShapeError for a scalar or an axis that is not there.

    Source: Bridle (1990).

    >>> sd.softmax([0, sd.log(2)])
    [1/3, 2/3]
    """
    return operator("softmax")(as_expr(x), axis=axis)


def log_softmax(x: object, axis: int = -1) -> Expr:
    """x_i - log Σ_k exp(x_k) along an axis.  Raises ShapeError as softmax does.

    Source: Blanchard, Higham and Higham (2021).

    >>> sd.log_softmax([0, 0])
    [-log(2), -log(2)]
    """
    return operator("log_softmax")(as_expr(x), axis=axis)


def logsumexp(x: object, axis: int | tuple[int, ...] | None = -1, keepdims: bool = False) -> Expr:
    """log Σ_k exp(x_k) along an axis, along several, or of all entries (axis=None).  Raises ShapeError as softmax does.

    Source: Blanchard, Higham and Higham (2021).

    >>> sd.logsumexp([0, 0])
    log(2)
    """
    value = as_expr(x)
    if not shape_of(value):
        raise ShapeError(f"logsumexp takes an array, and {value} is a scalar", where=Shown("logsumexp", (value,)))
    axes = reduced_axes(axis, len(shape_of(value)), Shown("logsumexp", (value,)))
    for n in reversed(axes):
        value = operator("logsumexp")(value, axis=n)
    return with_kept_axes(value, axes, keepdims)


__all__ = ["log_softmax", "logsumexp", "softmax"]
