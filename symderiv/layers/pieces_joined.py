"""Triangles, running sums and arrays put together of their own pieces: rules on expressions (``arrays/rewriting.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from sympy import Expr, S

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sizes import is_square, same_size
from .operator_text import is_op
from .written_out import added, scaled, split

TURNED = {"tril": "triu", "triu": "tril"}


def _ones_in_triangle(a: Expr) -> bool:
    return is_op(a, *TURNED) and is_op(a.args[0], "ones")


@array_rule("zeros outside a triangle", "mul")
def triangle(expr: Apply, about: About) -> Expr | None:
    """A ⊙ tril(1) is tril(A)."""
    for f in expr.args:
        rest = [g for g in expr.args if g is not f]
        matrix = [g for g in rest if is_array(g)]
        if _ones_in_triangle(f) and matrix:
            product = RECORDS.mul(*matrix) if len(matrix) > 1 else matrix[0]
            if shape_of(product) == shape_of(expr):
                return RECORDS.mul(*(g for g in rest if not is_array(g)), operator(f.op.name)(product, **f.params))
    return None


@array_rule("a triangle turned", "transpose")
def turned_triangle(expr: Apply, about: About) -> Expr | None:
    """tril(1)ᵀ = triu(1)."""
    (a,) = expr.args
    if not (_ones_in_triangle(a) and isinstance(a, Apply) and len(shape_of(a)) == 2):
        return None
    return operator(TURNED[a.op.name])(RECORDS.transpose(a.args[0]), k=-a.params.get("k", S.Zero))


@array_rule("running sums", "matmul")
def running_sums(expr: Apply, about: About) -> Expr | None:
    """tril(1) A are running sums of rows, triu(1) A those from the end; A triu(1) and A tril(1) are those of columns."""
    for k, f in enumerate(expr.args):
        end = k in (0, len(expr.args) - 1) and len(expr.args) > 1 and _ones_in_triangle(f) and isinstance(f, Apply)
        if not end or f.params or not is_square(shape_of(f)):
            continue
        rest = (*expr.args[:k], *expr.args[k + 1:])
        a = RECORDS.matmul(*rest) if len(rest) > 1 else rest[0]
        axis = 0 if k == 0 else len(shape_of(a)) - 1
        if (f.op.name == "tril") == (k == 0):
            return RECORDS.cumsum(a, axis=axis)
        flip = RECORDS.flip
        return flip(RECORDS.cumsum(flip(a, axis=axis), axis=axis), axis=axis)
    return None


@array_rule("zeros around, filled", "add")
def filled_up(expr: Apply, about: About) -> Expr | None:
    """pad(A) + pad(B) whose zeros are where the other stands are A and B one behind the other."""
    padded = [(t, c, p) for t in expr.args if is_array(t) for c, p in (split(t),)
              if is_op(p, "pad") and isinstance(p, Apply)]
    for (one, *part), (other, *behind) in combinations(padded, 2):
        made = _end_to_end((part, behind))
        if made is not None:
            return added(*(t for t in expr.args if t not in (one, other)), made)
    return None


def _end_to_end(parts: Sequence[Sequence[Expr]]) -> Expr | None:
    if abs(parts[0][0]) != abs(parts[1][0]):
        return None
    widths = [p.params["width"] for _, p in parts]
    moved = {n for width in widths for n, w in enumerate(width) if w != (0, 0)}
    if len(moved) != 1:
        return None
    (axis,) = moved
    for c, first, d, last in ((*parts[0], *parts[1]), (*parts[1], *parts[0])):
        before, after = first.params["width"][axis], last.params["width"][axis]
        if before[0] == after[1] == 0 and same_size(before[1] + after[0], shape_of(first)[axis]):
            blocks = [p.args[0] if sign == c else scaled(S.NegativeOne, p.args[0]) for sign, p in ((c, first), (d, last))]
            return scaled(c, RECORDS.concat(*blocks, axis=axis))
    return None


@array_rule("turned round", "concat")
def rolled(expr: Apply, about: About) -> Expr | None:
    """The end of an array before its beginning, and the same of what is made of both entry by entry."""
    pieces = [_piece(a) for a in expr.args] if len(expr.args) == 2 else [None]
    last, first = (pieces[0], pieces[1]) if len(pieces) == 2 else (None, None)
    if last is None or first is None:
        return None
    (x, ends), (y, begins), axis = last, first, expr.params["axis"]
    cut = ends["start"]
    whole = y == x and begins["start"] == 0 and begins["step"] == ends["step"] == 1
    if not whole or {begins["axis"], ends["axis"]} != {axis} or not same_size(begins["size"], cut) \
            or not same_size(shape_of(x)[axis], shape_of(expr)[axis]):
        return None
    back = (shape_of(x)[axis] - cut).expand()
    return RECORDS.roll(x, shift=back if back.is_Integer or not cut.is_Integer else -cut, axis=axis)


def _piece(a: Expr) -> tuple[Expr, dict[str, Any]] | None:
    """(x, where) for a slice of x; of an operation on entries of such slices, the operation on the whole arrays."""
    if not isinstance(a, Apply):
        return None
    if is_op(a, "slice"):
        return a.args[0], a.params
    if a.op.scalar is None and not is_op(a, "add", "mul", "pow"):
        return None
    parts = [_piece(f) if is_array(f) else (f, None) for f in a.args]
    found = [p for p in parts if p is not None]
    cuts = [where for _, where in found if where is not None]
    alike = len(found) == len(parts) and cuts and all(where == cuts[0] for where in cuts)
    whole = [x for x, _ in found]
    sizes = {shape_of(x) for x in whole if is_array(x)}
    return (a.op(*whole, **a.params), cuts[0]) if alike and len(sizes) == 1 else None
