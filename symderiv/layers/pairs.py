"""Differences of the rows of a matrix, pair by pair: X[:, None] - X[None]; what is the same for both orders of a pair."""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, shape_of
from ..arrays.sizes import Shape
from .operator_text import is_op, split_scalar


def rows_apart(a: Expr) -> tuple[Expr, Expr] | None:
    """X and ±1 for ±(X[:, None] - X[None]); None for anything else."""
    if not is_op(a, "add") or len(a.args) != 2 or not all(map(is_array, a.args)):
        return None
    (c, first), (d, second) = map(split_scalar, a.args)
    if len(first) != 1 or len(second) != 1 or c != -d or abs(c) != 1:
        return None
    places = [_rows_at(first[0]), _rows_at(second[0])]
    if None in places or {p[1] for p in places if p} != {0, 1}:
        return None
    (x, at), (y, _) = (p for p in places if p is not None)
    return (x, c if at == 0 else d) if x == y else None


def _rows_at(a: Expr) -> tuple[Expr, int] | None:
    """A matrix that is spread out along another axis, and the axis that its rows run along."""
    if not (is_op(a, "stretch") and isinstance(a, Apply)):
        return (a, 1) if len(shape_of(a)) == 2 else None
    axes = a.params["axes"]
    return (a.args[0], axes[0]) if len(axes) == 2 and axes[1] == 2 and shape_of(a)[1 - axes[0]] == 1 else None


def same_for_both_orders(args: tuple[Expr, ...], shape: Shape) -> bool:
    """Whether sums along the last of three axes are a symmetric matrix, as Σ_j (x_ij - x_kj)² is."""
    (x,) = args
    own = shape_of(x)
    return len(own) == 3 and own[:2] == shape and own[2] != own[0] and _even(x)


def _even(x: Expr) -> bool:
    if not isinstance(x, Apply):
        return not is_array(x)
    if is_op(x, "pow"):
        base, e = x.args
        return not is_array(e) and (bool((e / 2).is_Integer and rows_apart(base) is not None) or _even(base))
    return is_op(x, "abs", "mul", "add") and (all(map(_even, x.args)) or (
        is_op(x, "abs") and rows_apart(x.args[0]) is not None))
