"""Entrywise products taken apart into powers, and put together again; reductions along axes that broadcast."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from sympy import Expr, Mul, Pow, S

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, operator, shape_of
from ..bounds import spend
from .operator_text import is_op
from .reductions import reduced_axes

Powers = dict[Expr, Expr]


def powers(expr: Expr, shared: Container[Expr] = ()) -> Powers:
    """base -> exponent of a product, through products in it, powers by numbers, and scalars in front.

    What stands above and below a fraction bar is left as it is, and so is a product in it that is ``shared``.
    """
    found: Powers = {}
    stack: list[tuple[Expr, Expr]] = [(expr, S.One)]
    while stack:
        node, e = stack.pop()
        if is_op(node, "mul") and (node is expr or node not in shared):
            stack += [(arg, e) for arg in reversed(node.args)]
        elif (is_op(node, "pow") or isinstance(node, Pow)) and not is_array(node.args[1]) and (
                node.args[1].is_number and (e == 1 or node.args[1].is_Integer)):
            stack.append((node.args[0], e * node.args[1]))
        elif is_op(node, "sqrt"):
            stack.append((node.args[0], e / 2))
        elif is_op(node, "std"):
            stack.append((operator("var")(*node.args, **node.params), e / 2))
        elif isinstance(node, Mul) and (e.is_Integer or all(a.is_positive for a in node.args)):
            stack += [(arg, e) for arg in reversed(node.args)]
        elif node != 1:
            if node in found and not (found[node].is_number and found[node] * e > 0):
                return {expr: S.One}  # x / x is not 1 at 0
            found[node] = found.get(node, S.Zero) + e
    spend(len(found) // 8)
    return found


def product(parts: Powers) -> Expr:
    """The product of powers again; the scalars in front."""
    scalar = Mul(*(power(base, e) for base, e in parts.items() if not is_array(base)))
    arrays = [power(base, e) for base, e in parts.items() if is_array(base)]
    if not arrays:
        return scalar
    return operator("mul")(*([scalar] if scalar != 1 else []), *arrays) if scalar != 1 or len(arrays) > 1 else arrays[0]


def power(base: Expr, e: Expr) -> Expr:
    """A power, entrywise; halves of whole numbers are powers of the root."""
    if e.is_number and (2 * e).is_Integer and not e.is_Integer:
        if is_op(base, "var"):
            base, e = operator("std")(*base.args, **base.params), 2 * e
        elif is_array(base):
            base, e = operator("sqrt")(base), 2 * e
    if not is_array(base):
        return base ** e
    return base if e == 1 else operator("pow")(base, e)



@dataclass(frozen=True)
class Reduced:
    """An operator that takes an array together along axes; ``fits`` where the result broadcasts against the array."""

    name: str
    x: Expr
    axes: tuple[int, ...]
    fits: bool

    @property
    def count(self) -> Expr:
        """How many entries are taken together."""
        return Mul(*(shape_of(self.x)[n] for n in self.axes))

    def again(self, name: str, x: Expr, keepdims: bool) -> Expr:
        """Another reduction along the same axes."""
        whole = len(self.axes) == len(shape_of(x)) and not keepdims
        return operator(name)(x, axis=None if whole else self.axes if len(self.axes) > 1 else self.axes[0],
                              keepdims=keepdims)


LAST = ("logsumexp", "softmax", "log_softmax")
"""Operators whose axis is the last one unless it is named."""


def reduced(expr: Expr, *names: str) -> Reduced | None:
    """A reduction by one of these operators, perhaps with axes of size 1 where it was taken along; None for others."""
    inner, placed = expr, None
    if is_op(expr, "stretch") and isinstance(expr, Apply):
        inner, placed = expr.args[0], expr.params["axes"]
    if not (isinstance(inner, Apply) and inner.op.name in names) or "ord" in inner.params or "ddof" in inner.params:
        return None
    (x,), rank = inner.args, len(shape_of(inner.args[0]))
    axis = inner.params.get("axis", rank - 1) if inner.op.name in LAST else inner.params.get("axis")
    axes = reduced_axes(axis, rank, None)
    kept = tuple(n for n in range(rank) if n not in axes)
    if placed is not None:
        fits = tuple(placed) == kept and len(shape_of(expr)) == rank and all(shape_of(expr)[n] == 1 for n in axes)
        return Reduced(inner.op.name, x, axes, True) if fits and not inner.params.get("keepdims") else None
    fits = bool(inner.params.get("keepdims")) or axes == tuple(range(len(axes)))
    return Reduced(inner.op.name, x, axes, fits)
