"""Losses of predicted numbers: absolute, Huber, hinge, and the Gaussian log-likelihood; weight decay.

Source: Huber, Robust Estimation of a Location Parameter (1964); Weston and Watkins, Support Vector Machines for
Multi-Class Pattern Recognition (1999); Bishop, Pattern Recognition and Machine Learning (2006), 1.2.4 and 7.1.
"""

from __future__ import annotations

from sympy import Expr, Integer, log, pi

from ..arrays.arrays import as_expr
from ..arrays.operator import is_array, operator, register, shape_of
from ..arrays.sign import certainly_positive
from ..arrays.sizes import Shape, broadcast_shapes, same_size, show_shape
from ..errors import ShapeError
from .losses import build_loss, classes_of, is_label, reduced, reduced_shape, reduced_source, reduction_of
from .record import Args, NormalisingOperator, Params, Shown, vectors, with_shapes


def _same_shape(name: str, args: Args, params: Params) -> Shape:
    return reduced_shape(broadcast_shapes(map(shape_of, args), Shown(name, args)), params)


def _mean_absolute(args: Args, params: Params) -> Expr:
    a, b = args
    return reduced(operator("abs")(a - b), params)


def _huber(args: Args, params: Params) -> Expr:
    """r²/2 for r = a - b near 0, δ(|r| - δ/2) beyond δ: (r² - relu(r - δ)² - relu(-r - δ)²)/2.

    Where nothing says that δ is positive, (r² - relu(|r| - δ)²)/2, which is the same for a positive one.
    """
    a, b, delta = args
    relu = operator("relu")
    residual = a - b
    if certainly_positive(delta):
        return reduced((residual**2 - relu(residual - delta)**2 - relu(-residual - delta)**2) / 2, params)
    return reduced((residual**2 - relu(operator("abs")(residual) - delta)**2) / 2, params)


register(NormalisingOperator(
    name="mae", pieces=True, composite=True, build=build_loss, definition=_mean_absolute,
    shape=lambda args, params: _same_shape("mae", args, params),
    numpy=lambda sources, params, shapes: reduced_source(
        f"np.abs(({sources[0]}) - ({sources[1]}))", max(shapes, key=len), params),
    example=lambda: mae(*vectors("a", "b"))))

register(NormalisingOperator(
    name="huber", composite=True, build=build_loss, definition=_huber,
    shape=lambda args, params: _same_shape("huber", args, params),
    numpy=lambda sources, params, shapes: reduced_source(
        "(lambda r, d: np.where(r <= d, r**2 / 2, d * (r - d / 2)))(np.abs(({}) - ({})), {})".format(*sources),
        max(shapes, key=len), params),
    example=lambda: huber(*vectors("a", "b"))))


def mae(prediction: object, target: object, reduction: str = "mean") -> Expr:
    """Mean absolute error over all entries.  Raises ShapeError.  Source: Boyd and Vandenberghe (2004), section 6.1.1.

    >>> sd.mae([1, 4], [1, 2])
    1
    """
    return operator("mae")(as_expr(prediction), as_expr(target), reduction=reduction)


def huber(prediction: object, target: object, delta: object = 1, reduction: str = "mean") -> Expr:
    """r²/2 where |r| <= delta, else delta (|r| - delta/2), for the residual r of every entry.  Raises ShapeError.

    Source: Huber (1964).

    >>> sd.huber([1, 5], [0, 0], reduction="none")
    [1/2, 9/2]
    """
    return operator("huber")(as_expr(prediction), as_expr(target), as_expr(delta), reduction=reduction)


# ------------------------------------------------------------------ hinge

def _hinge_batch(args: Args) -> Shape:
    scores, target = args
    return classes_of("hinge", args, 1) if is_label(target) else broadcast_shapes(
        [shape_of(scores), shape_of(target)], Shown("hinge", args))


def _hinge(args: Args, params: Params) -> Expr:
    """relu(1 - y s) for y = ±1; Σ_j relu(1 + s_j - s_y) - 1 for a label, the term of j = y being 1."""
    scores, target = args
    relu = operator("relu")
    if not is_label(target):
        return reduced(relu(1 - scores * target), params)
    if not is_array(target):
        return operator("sum")(relu(1 + scores - scores[target])) - 1
    own = operator("pick")(scores, target)
    beside = operator("outer")(own, operator("ones")(shape=shape_of(scores)[1:]))
    return reduced(operator("sum")(relu(1 + scores - beside), axis=1) - 1, params)


def _hinge_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    scores, target = sources
    if len(shapes[1]) == len(shapes[0]):
        return reduced_source(f"np.maximum(1 - ({scores}) * ({target}), 0)", shapes[0], params)
    if not shapes[1]:
        return f"(lambda s: np.sum(np.maximum(1 + s - s[({target}) - 1], 0)) - 1)({scores})"
    own = f"np.take_along_axis(s, np.asarray({target})[..., None] - 1, -1)"
    value = f"(lambda s: np.sum(np.maximum(1 + s - {own}, 0), axis=-1) - 1)({scores})"
    return reduced_source(value, shapes[1], params)


register(NormalisingOperator(
    name="hinge", labels=("target", -1), pieces=True, composite=True, build=build_loss, definition=_hinge,
    numpy=_hinge_source, shape=lambda args, params: reduced_shape(_hinge_batch(args), params),
    example=lambda: hinge(*vectors("s", "y"))))


def hinge(scores: object, target: object, reduction: str = "mean") -> Expr:
    """relu(1 - y s) for targets y = ±1; for a label y, Σ over the other classes of relu(1 + s_j - s_y).

    Scores (m,) with a label, or (N, m) with labels (N,).  Raises ShapeError.
    Source: Cortes and Vapnik (1995).

    >>> sd.hinge([0], [1])
    1
    """
    return operator("hinge")(as_expr(scores), as_expr(target), reduction=reduction)


# ------------------------------------------------------------------ likelihood and decay

def gaussian_nll(mean: object, target: object, variance: object, reduction: str = "mean") -> Expr:
    """-log N(target; mean, variance) of every entry: (log(2π v) + (t - μ)²/v)/2.

    The variance broadcasts to the mean and the target.  For vectors and a matrix of covariances S it is the negative
    log-density of the vector, (n log 2π + log det S + dᵀS⁻¹d)/2 for d = t - μ.  Raises ShapeError, DeclarationError.
    Source: Nix and Weigend (1994).

    >>> t, v = sd.tensor("t"), sd.tensor("v", positive=True)
    >>> print(sd.derive(sd.gaussian_nll(0, t, v), t))
    dL/dt = t/v
    """
    mu, t, v = as_expr(mean), as_expr(target), as_expr(variance)
    reduction = reduction_of({"reduction": reduction})
    where = Shown("gaussian_nll", (mu, t, v))
    shape = broadcast_shapes([shape_of(mu), shape_of(t)], where)
    if len(shape) == 1 and len(shape_of(v)) == 2:
        if not all(same_size(shape[0], size) for size in shape_of(v)):
            raise ShapeError(f"the covariances {with_shapes(v)} must have shape {show_shape(shape * 2)}", where=where)
        d, matmul = t - mu, operator("matmul")
        return (matmul(d, operator("inv")(v), d) + operator("logdet")(v) + shape[0] * log(2 * pi)) / 2
    if len(shape_of(v)) > len(shape):
        raise ShapeError(f"the variance {with_shapes(v)} has more axes than the mean and the target", where=where)
    logarithm = operator("log")(v) if is_array(v) else log(v)
    value = ((t - mu)**2 / v + logarithm + log(2 * pi)) / 2
    return reduced(value, {"reduction": reduction})


def weight_decay(strength: object, *weights: object) -> Expr:
    """strength/2 times the sum of squares of all entries of all weights.  Raises ShapeError where there are none.

    Source: Krogh and Hertz (1992).

    >>> sd.weight_decay(2, [3, 4])
    25
    """
    if not weights:
        raise ShapeError("weight_decay needs at least one array of weights", hint="weight_decay(lam, W)")
    total: Expr = Integer(0)
    for w in map(as_expr, weights):
        total = total + (operator("sum")(w**2) if is_array(w) else w**2)
    return as_expr(strength) * total / 2


__all__ = ["gaussian_nll", "hinge", "huber", "mae", "weight_decay"]
