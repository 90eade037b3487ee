"""Divergences between distributions, and the losses made of them: distillation and focal loss.

Source: Cover and Thomas, Elements of Information Theory (2006), 2.3; Kingma and Welling, Auto-Encoding Variational
Bayes (2014), appendix B; Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015); Lin et al.,
Focal Loss for Dense Object Detection (2017).
"""

from __future__ import annotations

from sympy import Expr, log

from ..arrays.arrays import Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import is_array, operator, register, shape_of
from ..arrays.sizes import Shape, broadcast_shapes, same_shape, same_size
from ..arrays.symbols import Label
from ..errors import ShapeError
from .losses import build_loss, classes_of, is_label, negative_score, reduced, reduced_shape, reduced_source
from .record import Args, NormalisingOperator, Params, Shown, with_shapes


def _distributions(args: Args) -> Shape:
    """The batch axes of two arrays of distributions along the last axis.  Raises ShapeError."""
    p, q = (shape_of(a) for a in args)
    if len(p) not in (1, 2) or not same_shape(p, q):
        raise ShapeError(f"kl_div takes two arrays of one shape (m,) or (N, m), not {with_shapes(*args)}",
                         where=Shown("kl_div", args))
    return p[:-1]


def _kl(args: Args, params: Params) -> Expr:
    p, q = args
    logarithm = operator("log")
    if len(shape_of(p)) == 1:
        return operator("matmul")(p, logarithm(p) - logarithm(q))
    return reduced(operator("sum")(p * (logarithm(p) - logarithm(q)), axis=1), params)


register(NormalisingOperator(
    name="kl_div", composite=True, build=build_loss, definition=_kl,
    shape=lambda args, params: reduced_shape(_distributions(args), params),
    numpy=lambda sources, params, shapes: reduced_source(
        "(lambda p, q: np.sum(p * (np.log(p) - np.log(q)), axis=-1))({}, {})".format(*sources), shapes[0][:-1], params),
    example=lambda: kl_div(Tensor("p", (dims("m"),), frozenset(("positive", "sums_to_one"))),
                           Tensor("q", (dims("m"),), frozenset(("positive", "sums_to_one"))))))


def kl_div(p: object, q: object, reduction: str = "mean") -> Expr:
    """KL(p‖q) = Σ p_i log(p_i / q_i) of two distributions, or of the rows of two arrays.  Raises ShapeError.

    Source: Kullback and Leibler (1951).

    >>> sd.kl_div([1], [1])
    0
    """
    return operator("kl_div")(as_expr(p), as_expr(q), reduction=reduction)


def distillation(student: object, teacher: object, temperature: object = 1, reduction: str = "mean") -> Expr:
    """T² times the cross-entropy of softmax(student/T) against softmax(teacher/T), logits (m,) or (N, m) both.

    It differs from T² KL by the teacher's entropy, which no derivative by the student sees.  Raises ShapeError.
    Source: Hinton, Vinyals and Dean (2015).

    >>> sd.distillation([0, 0], [0, 0])
    log(2)
    """
    t = as_expr(temperature)
    s, target = as_expr(student) / t, operator("softmax")(as_expr(teacher) / t)
    return t**2 * operator("cross_entropy")(s, target, reduction=reduction)


# ------------------------------------------------------------------ Gaussians

def kl_gaussian(mean1: object, variance1: object, mean2: object = 0, variance2: object = 1, reduction: str = "mean") -> Expr:
    """KL(N(μ1, Σ1)‖N(μ2, Σ2)) of vectors: with matrices of covariances, or from the variances of each entry.

    ½ Σ (log(v2/v1) + (v1 + (μ1 - μ2)²)/v2 - 1), or ½ (tr(Σ2⁻¹Σ1) + dᵀΣ2⁻¹d - n + log det Σ2 - log det Σ1) for
    d = μ2 - μ1.  Without the second pair, the standard normal distribution.  Means and variances of a batch are
    matrices with one vector a row.  Raises ShapeError.
    Source: Kingma and Welling (2014), appendix B.

    >>> sd.kl_gaussian([2], [1])
    2
    """
    mu1, v1, mu2, v2 = given = tuple(map(as_expr, (mean1, variance1, mean2, variance2)))
    where = Shown("kl_gaussian", given)
    shape = broadcast_shapes([shape_of(mu1), shape_of(mu2)], where)
    if len(shape) == 1 and 2 in (len(shape_of(v1)), len(shape_of(v2))):
        return _kl_full(mu1, v1, mu2, v2)
    full = broadcast_shapes([shape, shape_of(v1), shape_of(v2)], where)
    if len(full) > 2 or (shape and len(full) > len(shape)):
        raise ShapeError(f"the variances have more axes than the means: {with_shapes(*given)}", where=where)
    terms = _log(v2) - _log(v1) + (v1 + (mu1 - mu2)**2) / v2 - 1
    total = operator("sum")(terms, axis=-1) / 2 if full else terms / 2
    return reduced(total, {"reduction": reduction})


def _log(v: Expr) -> Expr:
    return operator("log")(v) if is_array(v) else log(v)


def _kl_full(mu1: Expr, s1: Expr, mu2: Expr, s2: Expr) -> Expr:
    where = Shown("kl_gaussian", (mu1, s1, mu2, s2))
    size = broadcast_shapes([shape_of(mu1), shape_of(mu2)], where)[0]
    for s in (s1, s2):
        if s != 1 and not (len(shape_of(s)) == 2 and all(same_size(n, size) for n in shape_of(s))):
            raise ShapeError(f"{with_shapes(s)} is not a matrix of covariances of shape ({size}, {size})", where=where,
                             hint=f"sd.diag(v) for variances, v*sd.eye({size}) for one number")
    s1 = operator("eye")(size=size) if s1 == 1 else s1
    logdet, trace, matmul = operator("logdet"), operator("trace"), operator("matmul")
    difference = mu2 - mu1
    if s2 == 1:
        return (trace(s1) + matmul(difference, difference) - size - logdet(s1)) / 2
    inverse = operator("inv")(s2)
    return (trace(matmul(inverse, s1)) + matmul(difference, inverse, difference)
            - size + logdet(s2) - logdet(s1)) / 2


# ------------------------------------------------------------------ focal loss

def _focal(args: Args, params: Params) -> Expr:
    """-(1 - p_y)^γ log p_y for p = softmax(z)."""
    scores, target, gamma = args
    if not is_array(target):
        normaliser = operator("logsumexp")(scores)
        log_p = scores[target] - normaliser
        return -(1 - operator("softmax")(scores)[target])**gamma * log_p
    log_p = -negative_score(operator("log_softmax")(scores), target)
    p = operator("pick")(operator("softmax")(scores), target)
    return reduced(-(1 - p)**gamma * log_p, params)


def _focal_batch(args: Args) -> Shape:
    if not is_label(args[1]):
        raise ShapeError(f"focal takes a label or labels, not {with_shapes(args[1])}", where=Shown("focal", args))
    return classes_of("focal", args[:2], 1)


def _focal_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    scores, target, gamma = sources
    log_p = ("(lambda z: z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True)))"
             f"((lambda z: z - np.max(z, axis=-1, keepdims=True))({scores}))")
    own = (f"np.take_along_axis({log_p}, np.asarray({target})[..., None] - 1, -1)[..., 0]" if shapes[1]
           else f"{log_p}[({target}) - 1]")
    return reduced_source(f"(lambda l, g: -(1 - np.exp(l)) ** g * l)({own}, {gamma})", shapes[1], params)


register(NormalisingOperator(
    name="focal", labels=("target", -1), composite=True, build=build_loss, definition=_focal, numpy=_focal_source,
    shape=lambda args, params: reduced_shape(_focal_batch(args), params),
    example=lambda: focal(Tensor("z", (dims("m"),)), Label("y", dims("m")))))


def focal(logits: object, target: object, gamma: object = 2, reduction: str = "mean") -> Expr:
    """-(1 - p_y)^gamma log p_y for p = softmax(logits) and a label, or labels (N,) of logits (N, m).  Raises ShapeError.

    Source: Lin, Goyal, Girshick, He and Dollár (2017).

    >>> sd.focal([0, 0], 1)
    log(2)/4
    """
    return operator("focal")(as_expr(logits), as_expr(target), as_expr(gamma), reduction=reduction)


__all__ = ["distillation", "focal", "kl_div", "kl_gaussian"]
