"""What must not be 0 because a line divided by it, once it has cancelled and is no longer seen."""

from __future__ import annotations

from collections.abc import Iterable

from ..terms.affine import constant
from ..terms.nodes import Node, Num, Pow, TensorEntry, subterms
from ..terms.ranges import within
from .fold import match
from .positive import is_positive
from .rules import Conditions, Rewrite


def cancelled(before: Node, after: Node, rewrites: Iterable[Rewrite]) -> Conditions:
    """x ≠ 0 for what is divided by in the line before, or on the way, and nowhere in the line after."""
    met = dict.fromkeys(divisors(before))
    multiplied_out = False
    for r in rewrites:
        met |= dict.fromkeys((*divisors(r.before), *divisors(r.after)))
        multiplied_out |= r.rule == "canonical form"
    left = divisors(after) if met else ()
    if multiplied_out and left:
        return ()  # What is left is spelled in another way, and stands for all of them.
    return tuple(f"{x} != 0" for x in met if not never_zero(x) and not any(match(x, y, x.free, {}) for y in left))


def divisors(node: Node) -> tuple[Node, ...]:
    """The bases of negative powers in an expression."""
    if "^(-" not in node.key:
        return ()
    return tuple(n.base for n in subterms(node)
                 if isinstance(n, Pow) and isinstance(n.exponent, Num) and n.exponent.value < 0)


def never_zero(node: Node) -> bool:
    """Whether a node is positive for all values of its entries, those of definitions by what they stand for."""
    if is_positive(node):
        return True
    if not (isinstance(node, TensorEntry) and node.sym.body is not None):
        return False
    inside = all(within(p, constant(1), n) for p, n in zip(node.idx, node.sym.shape, strict=True))
    return inside and never_zero(node.sym.body)  # outside its range an entry is 0
