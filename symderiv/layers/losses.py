"""Losses, each made of other operators; a batch is averaged unless ``reduction`` says otherwise.

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), 5.5, 6.2 and 3.10.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Mul

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, Writer, is_array, operator, register, shape_of
from ..arrays.sizes import Shape, broadcast_shapes, same_shape, same_size, show_shape
from ..arrays.symbols import Label
from ..errors import DeclarationError, ShapeError
from ..functions.network_functions import relu
from .extremes import found_one_hot
from .record import Args, NormalisingOperator, Params, Shown, at, with_shapes

REDUCTIONS = ("mean", "sum", "none")


def _call(name: str, *args: Expr, **params: Any) -> Expr:
    return operator(name)(*args, **params)


def reduction_of(params: Params) -> str:
    """One of REDUCTIONS, the mean where nothing is said.  Raises DeclarationError."""
    reduction = params.get("reduction", "mean")
    if reduction not in REDUCTIONS:
        raise DeclarationError(f"unknown reduction {reduction!r}", hint="one of " + ", ".join(REDUCTIONS))
    return str(reduction)


def build_loss(op: Operator, args: Args, params: Params) -> Expr:
    """Defaults are not written."""
    reduction = reduction_of(params)
    smoothing = as_expr(params.get("label_smoothing", 0))
    # A number of its own is an operand, so that it may be a variable.
    return Apply(op, args if smoothing == 0 else (*args, smoothing), {} if reduction == "mean" else {"reduction": reduction})


def reduced(values: Expr, params: Params) -> Expr:
    """Losses of a batch, put together as the reduction says."""
    reduction = reduction_of(params)
    return values if reduction == "none" or not is_array(values) else _call(reduction, values)


def reduced_shape(shape: Shape, params: Params) -> Shape:
    """The shape of a loss over batch axes of this shape."""
    return shape if reduction_of(params) == "none" else ()


def reduced_source(source: str, batch: Shape, params: Params) -> str:
    """NumPy source of the reduction of the losses of a batch."""
    reduction = reduction_of(params)
    return source if reduction == "none" or not batch else f"np.{reduction}({source})"


# ------------------------------------------------------------------ classification by labels or target distributions

def target_of(given: object) -> Expr:
    """A target as it is, or as one-hot rows where it is a position that argmax found."""
    expr = as_expr(given)
    found = found_one_hot(expr)
    return expr if found is None else found


def is_label(expr: Expr) -> bool:
    """Whether an expression is a label, an array of labels, or a position rather than a number."""
    return isinstance(expr, Label) or getattr(expr, "label_size", None) is not None or (
        not is_array(expr) and bool(expr.is_integer))


def classes_of(name: str, args: Args, batches: int = 9) -> Shape:
    """The batch axes of scores (..., m), at most so many, and a target that fits them.  Raises ShapeError."""
    scores, target = args[:2]
    shape, given = shape_of(scores), shape_of(target)
    where = Shown(name, args[:2])
    if not 1 <= len(shape) <= batches + 1:
        wanted = "(..., m)" if batches > 1 else "(m,) or (N, m)"
        raise ShapeError(f"{name} takes scores of shape {wanted}, not {with_shapes(scores)}", where=where)
    if is_label(target):
        size = getattr(target, "size", None) or getattr(target, "label_size", None)
        if size is not None and not same_size(size, shape[-1]):
            raise ShapeError(f"the label {target} has {size} classes, but {with_shapes(scores)} has {shape[-1]}",
                             where=where)
        expected = shape[:-1]
    else:
        expected = shape
    if not same_shape(given, expected):
        raise ShapeError(f"{with_shapes(scores, target)} do not fit each other: the target must have shape "
                         f"{show_shape(expected)}", where=where,
                         hint="a label for each row, or a distribution of the shape of the scores")
    return shape[:-1]


def negative_score(log_p: Expr, target: Expr) -> Expr:
    """-log p of the target, a row at a time."""
    if not is_label(target):
        if len(shape_of(target)) == 1:
            return -_call("matmul", target, log_p)
        return -_call("sum", _call("mul", target, log_p), axis=-1)
    return -_call("pick", log_p, target) if is_array(target) else -at(log_p, (target,))


def _cross_entropy(args: Args, params: Params) -> Expr:
    scores, target = args[:2]
    smoothing = args[2] if len(args) > 2 else None
    if not is_label(target):
        log_p = _call("log_softmax", scores)
        value = negative_score(log_p, target)
        if smoothing is not None:
            value = (1 - smoothing) * value - smoothing * _call("mean", log_p, axis=len(shape_of(scores)) - 1)
        return reduced(value, params)
    normaliser = _call("logsumexp", scores)
    score = _call("pick", scores, target) if is_array(target) else at(scores, (target,))
    if smoothing is not None:
        # A share of the target is spread evenly over the classes.
        score = (1 - smoothing) * score + smoothing * _call("mean", scores, axis=len(shape_of(scores)) - 1)
    return reduced(normaliser - score, params)


def _class_source(with_scores: str) -> Any:
    """Source from log-probabilities; whether the target is a label shows in its number of axes."""
    def numpy(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
        scores, target = sources[:2]
        log_p = with_scores.replace("OPERAND", scores)
        if len(sources) > 2:
            plain = numpy(sources[:2], {"reduction": "none"}, shapes[:2])
            value = f"((1 - ({sources[2]})) * ({plain}) - ({sources[2]}) * np.mean({log_p}, axis=-1))"
            return reduced_source(value, shapes[0][:-1], params)
        if len(shapes[1]) == len(shapes[0]):
            value = f"-np.sum(({target}) * {log_p}, axis=-1)"
        elif shapes[1]:
            value = f"-np.take_along_axis({log_p}, np.asarray({target})[..., None] - 1, -1)[..., 0]"
        else:
            value = f"-{log_p}[({target}) - 1]"
        return reduced_source(value, shapes[0][:-1], params)
    return numpy


def _cross_entropy_text(write: Writer, args: Args, params: Params) -> str:
    shown = [write(a) for a in args[:2]] + [f"label_smoothing={write(a)}" for a in args[2:]]
    return f"cross_entropy({', '.join(shown + [f'{key}={value}' for key, value in params.items()])})"


def _scores() -> Expr:
    return Tensor("z", (dims("m"),))


register(NormalisingOperator(
    name="nll", labels=("target", -1), composite=True, build=build_loss,
    shape=lambda args, params: reduced_shape(classes_of("nll", args), params),
    definition=lambda args, params: reduced(negative_score(*args), params),
    numpy=_class_source("(OPERAND)"),
    example=lambda: nll(operator("log_softmax")(_scores()), Label("y", dims("m")))))

register(NormalisingOperator(
    name="cross_entropy", labels=("target", -1), reads=("CrossEntropy",), composite=True, build=build_loss,
    text=_cross_entropy_text,
    shape=lambda args, params: reduced_shape(classes_of("cross_entropy", args), params),
    definition=_cross_entropy,
    numpy=_class_source("(lambda z: z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True)))"
                        "((lambda z: z - np.max(z, axis=-1, keepdims=True))(OPERAND))"),
    example=lambda: cross_entropy(_scores(), Label("y", dims("m")))))


def nll(log_p: object, target: object, reduction: str = "mean", weight: object = None) -> Expr:
    """Negative log-likelihood: -log p_y for a label, -Σ t_i log p_i for a target distribution.

    ``weight`` (m,) weighs the classes; a mean over a batch of labels then is over their weights.  Raises ShapeError.
    Source: Goodfellow, Bengio and Courville (2016), ch. 5.

    >>> sd.nll([-1, -2], [0, 1])
    2
    """
    if weight is not None:
        return _weighed(as_expr(log_p), target_of(target), as_expr(weight), reduction)
    return operator("nll")(as_expr(log_p), target_of(target), reduction=reduction)


def cross_entropy(logits: object, target: object, reduction: str = "mean", label_smoothing: object = 0,
                  weight: object = None) -> Expr:
    """Cross-entropy of the softmax of ``logits`` against a label or a target distribution.

    Logits (m,) with a label or a target (m,); a batch (N, m) with labels (N,) or targets (N, m).  A share
    ``label_smoothing`` of the target is spread evenly over the m classes.  ``weight`` (m,) weighs the classes; a mean
    over a batch of labels then is over their weights.  Raises ShapeError, DeclarationError for both at once.
    Source: Goodfellow, Bengio and Courville (2016), ch. 6.

    >>> sd.cross_entropy([0, 0], [1, 0])
    log(2)
    """
    if weight is not None:
        if label_smoothing != 0:
            raise DeclarationError("class weights and label smoothing together have more than one meaning",
                                   hint="write the smoothed target as a distribution")
        return _weighed(_call("log_softmax", as_expr(logits)), target_of(target), as_expr(weight), reduction)
    return operator("cross_entropy")(as_expr(logits), target_of(target), reduction=reduction,
                                     label_smoothing=label_smoothing)


def _weighed(log_p: Expr, target: Expr, weight: Expr, reduction: str) -> Any:
    """-w_y log p_y, and for a mean over labels Σ w_y (-log p_y)/Σ w_y; for distributions Σ w_i t_i (-log p_i)."""
    batch = classes_of("cross_entropy", (log_p, target))
    if len(shape_of(weight)) != 1 or not same_size(shape_of(weight)[0], shape_of(log_p)[-1]):
        raise ShapeError(f"{with_shapes(weight)} does not weigh the classes of {with_shapes(log_p)}",
                         where=Shown("cross_entropy", (log_p, target)))
    if not is_label(target):
        return reduced(negative_score(_times(weight, log_p), target), {"reduction": reduction})
    score = negative_score(log_p, target)
    if not batch:
        return score if reduction_of({"reduction": reduction}) == "mean" else at(weight, (target,)) * score
    own = _call("matmul", _call("one_hot", target, size=shape_of(weight)[0]), weight)
    losses = _times(own, score)
    if reduction_of({"reduction": reduction}) == "mean":
        return _call("sum", losses) / _call("sum", own)
    return reduced(losses, {"reduction": reduction})


# ------------------------------------------------------------------ two classes, and regression

def _binary(args: Args, params: Params) -> Expr:
    p, y = args
    log = operator("log")
    return reduced(-_sum(_times(y, log(p)), _times(1 - y, log(1 - p))), params)


def _with_logits(args: Args, params: Params) -> Expr:
    z, y = args
    return reduced(_sum(operator("softplus")(z), -_times(y, z)), params)


def _squared(args: Args, params: Params) -> Expr:
    a, b = args
    difference = _sum(a, -b)
    return reduced(_call("pow", difference, as_expr(2)), params)


def _sum(a: Expr, b: Expr) -> Expr:
    return _call("add", a, b)


def _times(a: Expr, b: Expr) -> Expr:
    return _call("mul", a, b)


def _entrywise(name: str, definition: Any, template: str, example: Any, reads: tuple[str, ...] = ()) -> None:
    def numpy(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
        return reduced_source(template.format(*sources), max(shapes, key=len), params)

    register(NormalisingOperator(
        name=name, composite=True, build=build_loss, definition=definition, numpy=numpy, example=example, reads=reads,
        shape=lambda args, params: reduced_shape(broadcast_shapes([shape_of(a) for a in args], Shown(name, args)), params)))


_entrywise("binary_cross_entropy", _binary, "(lambda p, y: -(y * np.log(p) + (1 - y) * np.log1p(-p)))({0}, {1})",
           lambda: binary_cross_entropy(Tensor("p", (dims("n"),)), Tensor("y", (dims("n"),))), ("bce", "BCE"))
_entrywise("bce_with_logits", _with_logits,
           "(lambda z, y: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - y * z)({0}, {1})",
           lambda: bce_with_logits(Tensor("z", (dims("n"),)), Tensor("y", (dims("n"),))))
_entrywise("mse", _squared, "np.square(({0}) - ({1}))",
           lambda: mse(Tensor("a", (dims("n"),)), Tensor("b", (dims("n"),))))


def binary_cross_entropy(p: object, y: object, reduction: str = "mean") -> Expr:
    """-(y log p + (1 - y) log(1 - p)) of every entry, for probabilities p and targets y in 0..1 of one shape.

    Raises ShapeError.  Source: Goodfellow, Bengio and Courville (2016), ch. 6.

    >>> f, y = sd.tensor("f"), sd.tensor("y")
    >>> print(sd.derive(sd.binary_cross_entropy(f, y), f))
    dL/df = (1 - y)/(1 - f) - y/f
    """
    return operator("binary_cross_entropy")(as_expr(p), as_expr(y), reduction=reduction)


def bce_with_logits(z: object, y: object, reduction: str = "mean") -> Expr:
    """Binary cross-entropy of σ(z), in the form softplus(z) - y z that cannot overflow; z and y are of one shape.

    Raises ShapeError.  Source: Goodfellow, Bengio and Courville (2016), section 6.2.2.2.

    >>> sd.bce_with_logits([0], [1])
    log(2)
    """
    return operator("bce_with_logits")(as_expr(z), as_expr(y), reduction=reduction)


def mse(prediction: object, target: object, reduction: str = "mean") -> Expr:
    """Mean squared error over all entries.  Raises ShapeError.

    Source: Goodfellow, Bengio and Courville (2016), section 5.1.4.

    >>> sd.mse([1, 4], [1, 2])
    2
    """
    return operator("mse")(as_expr(prediction), as_expr(target), reduction=reduction)


# ------------------------------------------------------------------ what compares embeddings

# Sources: Schroff, Kalenichenko and Philbin, FaceNet (2015), eq. 1; van den Oord, Li and Vinyals, Representation Learning
# with Contrastive Predictive Coding (2018), eq. 4.


def _alike(name: str, *arrays: Expr) -> int:
    """The common rank, 1 or 2, of arrays of one shape.  Raises ShapeError."""
    first = shape_of(arrays[0])
    for other in map(shape_of, arrays):
        if len(first) not in (1, 2) or not same_shape(other, first):
            raise ShapeError(f"{name} takes vectors, or batches of rows, of one shape, not {with_shapes(*arrays)}",
                             where=Shown(name, arrays))
    return len(first)


def cosine_similarity(a: object, b: object) -> Expr:
    """aᵀb/(‖a‖‖b‖) of two vectors, or of the rows of two matrices.  Raises ShapeError.

    Source: Manning, Raghavan and Schütze (2008), section 6.3.1.

    >>> sd.cosine_similarity([3, 4], [4, 3])
    24/25
    """
    u, v = as_expr(a), as_expr(b)
    norm = operator("norm")
    if _alike("cosine_similarity", u, v) == 1:
        return operator("matmul")(u, v) / (norm(u) * norm(v))
    return operator("sum")(u * v, axis=1) / (norm(u, axis=1) * norm(v, axis=1))


def triplet(anchor: object, positive: object, negative: object, margin: object = 1) -> Expr:
    """relu(‖a - p‖² - ‖a - n‖² + margin) of vectors (n,), averaged over the rows of batches (N, n).  Raises ShapeError.

    Source: Schroff, Kalenichenko and Philbin (2015).

    >>> sd.triplet([0, 0], [1, 0], [0, 2], margin=4)
    1
    """
    a, p, n = map(as_expr, (anchor, positive, negative))
    rank = _alike("triplet", a, p, n)
    axis = {"axis": 1} if rank == 2 else {}
    gap = operator("sum")((a - p)**2, **axis) - operator("sum")((a - n)**2, **axis) + as_expr(margin)
    return operator("mean")(operator("relu")(gap)) if is_array(gap) else relu(gap)


def info_nce(queries: object, keys: object, temperature: object = 1) -> Expr:
    """Mean over rows of -log softmax(Q Kᵀ/T)_ii: each query against all keys, its own key being the right one.

    Queries and keys (N, n).  Raises ShapeError.
    Source: van den Oord, Li and Vinyals (2018).

    >>> sd.info_nce([[1, 0]], [[2, 3]])
    0
    """
    q, k = as_expr(queries), as_expr(keys)
    if _alike("info_nce", q, k) != 2:
        raise ShapeError(f"info_nce takes batches of rows, not {with_shapes(q, k)}", where=Shown("info_nce", (q, k)))
    scores = Mul(1, 1 / as_expr(temperature)) * operator("matmul")(q, operator("transpose")(k))
    return operator("mean")(operator("logsumexp")(scores) - operator("diag")(scores))


__all__ = [
    "bce_with_logits", "binary_cross_entropy", "cosine_similarity", "cross_entropy", "info_nce", "mse", "nll", "triplet"]
