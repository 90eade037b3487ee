"""Differences of pairs taken apart: Σ_j W_ij (x_i - x_j) as x_i Σ_j W_ij - Σ_j W_ij x_j, which matrices can say.

Both ways are closed, and the shorter is taken.
"""

from __future__ import annotations

from ..calculus.fold import expand
from ..terms.affine import Idx, constant
from ..terms.nodes import ONE, Add, Mul, Node, Sum, TensorEntry, add, factors_of, instantiate, mul, num, total, val

MOST_TERMS = 12


def distributed(node: Node) -> Node:
    """The node with differences of pairs under its sums multiplied out; itself where there is none."""
    if isinstance(node, Add):
        return _rebuilt(node)
    if isinstance(node, Sum):
        body = distributed(node.body)
        return add(*(_apart(t, node.binders) for t in body.children)) if isinstance(body, Add) and (
            body is not node.body or _pairs(body)) else node if body is node.body else total(body, node.binders)
    if isinstance(node, Mul):
        factors = tuple(map(_said, node.factors))
        if any(_pairs(f) for f in factors):
            opened = expand(mul(num(node.coeff), *factors))
            return opened if isinstance(opened, Add) and len(opened.children) <= MOST_TERMS else node
        return _rebuilt(node)
    return node


def _said(factor: Node) -> Node:
    """A definition that is a difference of pairs, written out where it is read at letters over its whole range."""
    sym = factor.sym if isinstance(factor, TensorEntry) else None
    if not isinstance(factor, TensorEntry) or sym is None or sym.body is None or sym.letters is None or not _pairs(sym.body):
        return factor
    whole = all(isinstance(p.single, Idx) and p.single.lo is constant(1) and p.single.hi is n
                for p, n in zip(factor.idx, sym.shape, strict=True))
    return instantiate(sym, factor.idx) if whole else factor


def _rebuilt(node: Node) -> Node:
    children = tuple(map(distributed, node.children))
    return node if children == node.children else node.rebuild(children)


def _pairs(node: Node) -> bool:
    """Whether a sum holds terms of which none reads all letters: x_i - x_j."""
    return isinstance(node, Add) and len(node.free) > 1 and all(t.free < node.free for t in node.children)


def _apart(term: Node, binders: tuple[Idx, ...]) -> Node:
    """Σ of a product: what does not read the letters stands outside, a letter that nothing reads counts how far it runs."""
    coeff, factors = factors_of(term)
    inside = mul(*(f for f in factors if f.free & set(binders)))
    outside = mul(num(coeff), *(f for f in factors if not f.free & set(binders)))
    idle = [b for b in binders if b not in inside.free]
    if any(b.lo is not constant(1) or b.hi.free for b in idle) or any(b in end.free for c in binders for b in idle
                                                                      for end in (c.lo, c.hi)):
        return total(term, binders)
    moving = tuple(b for b in binders if b in inside.free)
    return mul(outside, *(val(b.hi) for b in idle), total(inside, moving) if inside is not ONE else ONE)
