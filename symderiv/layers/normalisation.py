"""Normalisation layers: the input less its mean, divided by its standard deviation, then scaled and shifted.

The mean, the root and the normalised input are named definitions (mu, s, xhat), so that a backward pass is written
with them as a textbook does: (γ/s)(g - mean g - x̂ mean(g ⊙ x̂)).

Source: Ioffe and Szegedy, Batch Normalization (2015), algorithm 1; Ba, Kiros and Hinton, Layer Normalization (2016);
Ulyanov, Vedaldi and Lempitsky, Instance Normalization (2016); Wu and He, Group Normalization (2018), eq. 1 to 6; Zhang
and Sennrich, Root Mean Square Layer Normalization (2019), eq. 4; Salimans and Kingma, Weight Normalization (2016).
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Float, Mul, Rational, sqrt

from ..arrays.arrays import Named, as_expr, define
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.sizes import as_size, normal_axis, same_shape, show_shape
from ..arrays.symbols import Sum
from ..errors import DeclarationError, ShapeError
from .inner_names import Naming
from .products import all_in_order
from .record import Shown, at, with_shapes
from .reductions import reduced_axes
from .structure import reshape

Axes = int | tuple[int, ...]
EPS = Rational(1, 10**5)
LETTERS = "ijpqrt"
SUMMED = "klabcd"


def standardised(x: Expr, axes: tuple[int, ...], eps: Expr, centred: bool, naming: Naming, mark: str | None = None) -> Named:
    """(x - mean)/√(variance + eps) along axes; without ``centred``, x/√(mean square + eps).

    ``mark`` tells the names of one operand from those of another, unless given by its name.
    """
    mark = _mark(x) if mark is None else mark
    x, shape = all_in_order(x), shape_of(x)
    letters = naming.letters(LETTERS, shape)
    kept = tuple(i for axis, i in enumerate(letters) if axis not in axes)
    sizes = tuple(shape[axis] for axis in axes)
    summed = naming.letters(SUMMED, sizes)
    inside = iter(summed)
    moving = tuple(next(inside) if axis in axes else i for axis, i in enumerate(letters))
    count = Mul(*sizes)
    # The deviation has a name of its own: that it adds up to 0 is then a fact about a definition.
    deviation = x
    if centred:
        mu = define(naming("mu" + mark), kept, Sum(at(x, moving), *summed) / count)
        deviation = define(naming("d" + mark), letters, at(x, letters) - at(mu, kept))
    square = Sum(at(deviation, moving)**2, *summed) / count
    root = define(naming(("s" if centred else "r") + mark), kept, sqrt(square + eps))
    return define(naming("xhat" + mark), letters, at(deviation, letters) / at(root, kept))


def _mark(x: Expr) -> str:
    """What tells the names of one operand from those of another: nothing for x, its own name for another array."""
    name = getattr(x, "name", "x")
    return "" if name in ("x", "X") else "_" + name.replace("_", "")


def _scaled(hat: Expr, gamma: object, beta: object, axes: tuple[int, ...], name: str) -> Expr:
    """γ x̂ + β, where γ and β have the given axes of x̂, or are numbers."""
    result: Expr = hat
    shape = shape_of(hat)
    rank = len(shape)
    # NumPy's broadcasting aligns the last axes; channels stand elsewhere.
    aligned = axes == tuple(range(rank - len(axes), rank))
    marks = "abcdefgh"[:rank]
    if gamma is not None:
        weight = _fitting(as_expr(gamma), hat, axes, name)
        if aligned or not is_array(weight):
            result = operator("mul")(weight, result)
        else:
            result = operator("einsum")(weight, hat, spec=f"{''.join(marks[a] for a in axes)},{marks}->{marks}")
    if beta is not None:
        shift = _fitting(as_expr(beta), hat, axes, name)
        if not aligned and is_array(shift):
            shift = operator("stretch")(shift, shape=shape, axes=axes)
        result = operator("add")(result, shift)
    return result


def _fitting(weight: Expr, hat: Expr, axes: tuple[int, ...], name: str) -> Expr:
    """A weight that is a number or has the given axes of x̂.  Raises ShapeError."""
    shape, own = shape_of(hat), shape_of(weight)
    expected = tuple(shape[axis] for axis in axes)
    if own and not same_shape(own, expected):
        raise ShapeError(f"{with_shapes(weight)} must have shape {show_shape(expected)}", where=Shown(name, (hat, weight)))
    return weight


def _exactly(eps: Expr) -> Expr:
    """With 1/1000 for 0.001."""
    return eps.xreplace({x: Rational(str(x)) for x in eps.atoms(Float)})


def _normalised(name: str, x: object, gamma: object, beta: object, eps: object, axis: object,
                scaled: str, centred: bool = True) -> Any:
    """``scaled`` says which axes γ and β have: those that are reduced, the others, or the channels."""
    signal = as_expr(x)
    if not is_array(signal):
        raise ShapeError(f"{name} takes an array, and {signal} is a scalar", where=Shown(name, (signal,)))
    rank = len(shape_of(signal))
    axes = reduced_axes(axis, rank, Shown(name, (signal,)))
    hat = standardised(signal, axes, _exactly(as_expr(eps)), centred, Naming(x, gamma, beta, eps))
    own = {"reduced": axes, "kept": tuple(a for a in range(rank) if a not in axes), "channels": (1,)}[scaled]
    return _scaled(hat, gamma, beta, own, name)


def batch_norm(x: object, gamma: object = None, beta: object = None, eps: object = EPS, axis: Axes = 0) -> Expr:
    """γ (x - μ)/√(σ² + eps) + β with mean and variance over ``axis``: the batch, or (0, 2, 3) for NCHW images.

    γ and β have the axes that are kept.  Raises ShapeError.
    Source: Ioffe and Szegedy (2015).

    >>> sd.batch_norm([[1, 0], [3, 4]], eps=0)
    [[-1, -1], [1, 1]]
    """
    return _normalised("batch_norm", x, gamma, beta, eps, axis, "kept")


def layer_norm(x: object, gamma: object = None, beta: object = None, eps: object = EPS, axis: Axes = -1) -> Expr:
    """γ (x - μ)/√(σ² + eps) + β with mean and variance over ``axis``, the last one unless given.

    γ and β have the axes that are averaged over.  Raises ShapeError.
    Source: Ba, Kiros and Hinton (2016).

    >>> sd.layer_norm([1, 3], eps=0)
    [-1, 1]
    """
    return _normalised("layer_norm", x, gamma, beta, eps, axis, "reduced")


def rms_norm(x: object, gamma: object = None, eps: object = EPS, axis: Axes = -1) -> Expr:
    """γ x/√(mean x² + eps), the mean being over ``axis``; γ has the axes that are averaged over.  Raises ShapeError.

    Source: Zhang and Sennrich (2019).

    >>> sd.rms_norm([1, 7], eps=0)
    [1/5, 7/5]
    """
    return _normalised("rms_norm", x, gamma, None, eps, axis, "reduced", centred=False)


def instance_norm(x: object, gamma: object = None, beta: object = None, eps: object = EPS) -> Expr:
    """Each channel of each image by itself: mean and variance over all axes of x (N, C, ...) but the first two.

    γ and β have one entry a channel.  Raises ShapeError for fewer than three axes.
    Source: Ulyanov, Vedaldi and Lempitsky (2016).

    >>> sd.instance_norm([[[1, 3]]], eps=0)
    [[[-1, 1]]]
    """
    rank = len(shape_of(as_expr(x)))
    if rank < 3:
        raise ShapeError(f"instance_norm takes (N, C, ...) with at least three axes, not {with_shapes(as_expr(x))}",
                         where=as_expr(x))
    return _normalised("instance_norm", x, gamma, beta, eps, tuple(range(2, rank)), "channels")


def group_norm(x: object, groups: object, gamma: object = None, beta: object = None, eps: object = EPS) -> Expr:
    """Channels of x (N, C, ...) in ``groups`` of C/groups: mean and variance over each group of each image.

    γ and β have one entry a channel.  Raises ShapeError, and DeclarationError where the groups are not whole.
    Source: Wu and He (2018).

    >>> sd.group_norm([[[1], [3]]], 1, eps=0)
    [[[-1], [1]]]
    """
    signal = as_expr(x)
    shape = shape_of(signal)
    where = Shown("group_norm", (signal,))
    if len(shape) < 2:
        raise ShapeError(f"group_norm takes (N, C, ...), not {with_shapes(signal)}", where=where)
    number = as_size(groups)
    width = shape[1] / number
    if width.is_integer is not True:
        raise DeclarationError(f"{shape[1]} channels do not make {groups} groups for every size", where=where,
                               hint=f"declare the channels as a multiple: {groups}*c")
    # A group is an axis of its own, over which nothing is averaged.
    apart = reshape(signal, shape[0], number, width, *shape[2:])
    hat = standardised(apart, tuple(range(2, len(shape) + 1)), as_expr(eps), True, Naming(x, gamma, beta, eps), "")
    return _scaled(reshape(hat, *shape), gamma, beta, (1,), "group_norm")


def l2_normalize(x: object, axis: int | None = None) -> Expr:
    """x/‖x‖, all entries together, or the vectors along an axis of a matrix.  Raises ShapeError.

    Source: PyTorch, nn.functional.normalize.

    >>> sd.l2_normalize([3, 4])
    [3/5, 4/5]
    """
    value = as_expr(x)
    lengths = operator("norm")(value, axis=axis)
    if not is_array(lengths):
        return value / lengths
    rank = len(shape_of(value))
    marks = "abcdefgh"[:rank]
    own = normal_axis(axis or 0, rank, Shown("l2_normalize", (value,)))
    return operator("einsum")(value, 1 / lengths, spec=f"{marks},{marks[:own]}{marks[own + 1:]}->{marks}")


def weight_norm(v: object, g: object, axis: int | None = None) -> Expr:
    """g v/‖v‖: weights by direction v and length g; with an axis, the vectors along it, with a length g for each.

    Raises ShapeError.
    Source: Salimans and Kingma (2016).

    >>> sd.weight_norm([3, 4], 10)
    [6, 8]
    """
    value, lengths = as_expr(v), as_expr(g)
    if axis is None:
        return lengths * value / operator("norm")(value)
    rank = len(shape_of(value))
    own = normal_axis(axis, rank, Shown("weight_norm", (value,)))
    marks = "abcdefgh"[:rank]
    scale = lengths / operator("norm")(value, axis=own)
    return operator("einsum")(value, scale, spec=f"{marks},{marks[:own]}{marks[own + 1:]}->{marks}")


__all__ = ["batch_norm", "group_norm", "instance_norm", "l2_normalize", "layer_norm", "rms_norm", "weight_norm"]
