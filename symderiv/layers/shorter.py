"""Closed forms said with fewer operations: rules on array expressions (see ``arrays/rewriting.py``)."""

from __future__ import annotations

from typing import Any

from sympy import Expr, S

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.rewriting import About, array_rule
from ..arrays.symmetry import is_symmetric
from .one_spelling import SHORTER_SPELLING
from .operator_text import is_op, negative
from .pieces_joined import filled_up, rolled, triangle, turned_triangle
from .product_parts import reduced
from .transposed import transposed, transposes
from .written_out import added, mean_taken_off, roots, scaled, split, terms

MASKS = ("eye", "one_hot", "heaviside", "argmax_one_hot", "argmin_one_hot")
CARRIES_A_SIGN = ("pad", "flip", "cumsum", "reshape", "permute", "transpose", "slice")


def is_mask(a: Expr) -> bool:
    """Whether all entries are 0 or 1, so that a positive power changes nothing."""
    if is_op(a, *MASKS) or "one_hot" in getattr(a, "properties", ()):
        return True
    if is_op(a, "add") and len(a.args) == 2:
        one, other = a.args if negative(a.args[1]) else a.args[::-1]
        return (one == 1 or is_op(one, "ones")) and split(other)[0] == -1 and is_mask(split(other)[1])
    return is_op(a, "mul", "transpose", "stretch", "permute") and all(is_mask(f) for f in a.args)


def opposite(a: Expr) -> Expr | None:
    """-a for a difference, the terms in their order; None for what is none."""
    if not is_op(a, "add") or not any(map(negative, a.args)):
        return None
    turned = [scaled(-split(t)[0], split(t)[1]) if is_array(t) else -t for t in a.args]
    return added(*sorted(turned, key=negative))


@array_rule("the same difference with its sign in front", "add")
def opposite_differences(expr: Apply, about: About) -> Expr | None:
    """pad(a - b) - pad(a - b) at other places for pad(a - b) + pad(b - a): the difference is read once."""
    seen: list[Expr] = []
    for k, term in enumerate(expr.args):
        number, rest = split(term) if is_array(term) else (S.One, term)
        if not (is_op(rest, *CARRIES_A_SIGN) and isinstance(rest, Apply)):
            continue
        turned = opposite(rest.args[0])
        if turned is not None and any(set(turned.args) == set(s.args) for s in seen):
            same = next(s for s in seen if set(turned.args) == set(s.args))
            new = scaled(-number, operator(rest.op.name)(same, **_options(rest)))
            return added(*sorted((*expr.args[:k], new, *expr.args[k + 1:]), key=negative))
        seen.append(rest.args[0]) if turned is not None else None
    return None


def _options(a: Apply) -> dict[str, Any]:
    """The parameters as the constructor takes them."""
    if a.op.name != "slice":
        return a.params
    start, step, size = (a.params[key] for key in ("start", "step", "size"))
    return {"start": start, "stop": start + step * size, "step": step, "axis": a.params["axis"]}


@array_rule("nothing to add", "add", "mul", "matmul")
def zeros_dropped(expr: Apply, about: About) -> Expr | None:
    """A + 0 = A, and A ⊙ 0 = A 0 = 0."""
    gone = [a for a in expr.args if is_op(a, "zeros")]
    if not gone:
        return None
    if not is_op(expr, "add"):
        return operator("zeros")(shape=expr.shape) if expr.shape else S.Zero
    left = [a for a in expr.args if a not in gone]
    return added(*left) if any(shape_of(a) == expr.shape for a in left) else None


@array_rule("like terms", "add")
def like_terms(expr: Apply, about: About) -> Expr | None:
    """A + A = 2 A."""
    numbers: dict[Expr, Expr] = {}
    for t in expr.args:
        c, rest = split(t) if is_array(t) else (t, S.One)
        numbers[rest] = numbers.get(rest, S.Zero) + c
    if len(numbers) == len(expr.args) or S.Zero in numbers.values():
        return None
    return added(*(scaled(c, rest) if rest != 1 else c for rest, c in numbers.items()))


@array_rule("deviations add up to 0", "sum", "mean")
def no_deviation(expr: Apply, about: About) -> Expr | None:
    """Σ_i (x_i - mean x) = 0 along the axis of the mean, also times a matrix that the sum does not meet."""
    found = reduced(expr, expr.op.name)
    if found is None or len(found.axes) != 1 or not _cancels(found.x, found.axes[0]):
        return None
    return operator("zeros")(shape=expr.shape) if expr.shape else S.Zero


def _cancels(x: Expr, axis: int) -> bool:
    """Whether the sum along an axis is certainly 0."""
    if is_op(x, "transpose"):
        return _cancels(x.args[0], len(shape_of(x)) - 1 - axis)
    if is_op(x, "matmul") and all(len(shape_of(a)) == 2 for a in x.args):
        return _cancels(x.args[axis], axis)
    if is_op(x, "mul") and not is_array(x.args[0]) and len(x.args) == 2:
        return _cancels(x.args[1], axis)
    taken = mean_taken_off(x)
    return taken is not None and taken.axes == (axis,)


@array_rule("sums of the other axis", "sum")
def turned_sum(expr: Apply, about: About) -> Expr | None:
    """Sums of the columns of A ⊙ B for those of the rows of Aᵀ ⊙ Bᵀ, where that leaves fewer transpositions."""
    (x,) = expr.args
    axis = expr.params.get("axis")
    if len(shape_of(x)) != 2 or axis not in (0, 1) or expr.params.get("keepdims"):
        return None
    if is_symmetric(x):
        return operator("sum")(x, axis=1) if axis == 0 else None
    turned = transposed(x)
    return None if turned is None or transposes(turned) >= transposes(x) else operator("sum")(turned, axis=1 - axis)


@array_rule("where a clip bites", "where")
def clipped_away(expr: Apply, about: About) -> Expr | None:
    """Where A ⊙ (u - clip u) is not 0, u lies outside the bounds, and the derivative of clip u is 0."""
    left, right, a, b = expr.args
    gap = added(left, scaled(S.NegativeOne, right)) if right != 0 else left
    clips = [c for f in (gap.args if is_op(gap, "mul") else (gap,)) if is_op(f, "add") for t in f.args
             if is_op(c := split(t)[1] if is_array(t) else t, "clip") and c.args[0] in {
                 split(s)[1] for s in f.args if is_array(s)} and len(f.args) == 2]
    if expr.params["relation"] not in (">", "<") or not clips:
        return None
    for clip in clips:
        if any(_slope_of(clip, f) for f in (a.args if is_op(a, "mul") else (a,))):
            return operator("where")(left, right, S.Zero, b, **expr.params)
        # On the other branch the slope is 0 but where u = clip u, or where what multiplies the gap is 0.
        beside = [f for f in gap.args if clip not in terms(f)] if is_op(gap, "mul") else []
        inside = [f for f in (b.args if is_op(b, "mul") else (b,)) if not _slope_of(clip, f)]
        if len(inside) < len(b.args) and beside == inside == [a] and is_op(b, "mul"):
            return operator("where")(*_other_way(left, right), S.Zero, a, **expr.params)
    return None


def _other_way(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Two sides whose difference is the negative one."""
    if right != 0 or not is_op(left, "mul"):
        return right, left
    parts = [opposite(f) for f in left.args]
    k = next((k for k, f in enumerate(parts) if f is not None), None)
    if k is None:
        return right, left
    return operator("mul")(*left.args[:k], parts[k], *left.args[k + 1:]), right


def _slope_of(clip: Expr, f: Expr) -> bool:
    """Whether f is 1 - [u > hi] - [lo > u], the derivative of clip(u, lo, hi) with its ends counted as inside."""
    u, low, high = clip.args
    if not is_op(f, "add") or len(f.args) != 3 or S.One not in f.args:
        return False
    steps = [split(t) for t in f.args if t != 1]
    if any(c != -1 or not is_op(h, "heaviside") for c, h in steps):
        return False
    gaps = {_terms(h.args[0]) for _, h in steps}
    return gaps == {_terms(added(u, -high)), _terms(added(low, scaled(S.NegativeOne, u)))}


def _terms(gap: Expr) -> tuple[frozenset[Expr], Expr]:
    """Arrays and the number of a sum, brackets opened."""
    number, rest = split(gap)
    arrays: set[Expr] = set()
    scalar: Expr = S.Zero
    for t in rest.args if is_op(rest, "add") else (rest,):
        if is_array(t):
            arrays.add(scaled(number * split(t)[0], split(t)[1]))
        else:
            scalar += number * t
    return frozenset(arrays), scalar.expand()


SHORTER = (roots, opposite_differences, *SHORTER_SPELLING, filled_up, rolled, triangle, turned_triangle, zeros_dropped,
           like_terms, no_deviation, turned_sum, clipped_away)
