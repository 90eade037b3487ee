"""Which expressions are positive for all values of their entries, and which are 0 wherever an entry is."""

from __future__ import annotations

from sympy import Expr

from ..index.affine import Atom, Idx, LabelRef, Multiple, constant
from ..index.nodes import Add, Const, Ent, Fn, MatFn, Mul, Node, Num, Pow, Sum, Val, factors_of
from ..index.ranges import labels, nonnegative, within


def vanishing(factor: Node) -> Node:
    """What a factor is 0 with: the base of a power whose exponent is positive for certain, the factor itself otherwise.

    x^(n-1) is 1 where n = 1, whatever x is; so x^(n-1) says nothing of where x is read.
    """
    return factor.base if isinstance(factor, Pow) and is_positive(factor.exponent) else factor


def is_positive(n: Node) -> bool:
    """Whether a node is certainly positive, for all real values of its entries."""
    if isinstance(n, Num):
        return n.value > 0
    if isinstance(n, Const):
        return bool(n.fields[0].is_positive)
    if isinstance(n, Val):
        return _positive_atom(n.atom)
    if isinstance(n, Ent):
        return "positive" in n.sym.properties and all(
            within(p, constant(1), size) for p, size in zip(n.idx, n.sym.shape, strict=True))
    if isinstance(n, Fn):
        return n.name in ("exp", "sigmoid", "softplus", "cosh")
    if isinstance(n, MatFn):
        return n.kind == "det" and "positive_definite" in n.sym.properties
    if isinstance(n, Pow):
        return is_positive(n.base)
    if isinstance(n, Mul):
        return n.coeff > 0 and all(is_positive(f) for f in n.factors)
    if isinstance(n, Add):
        # 1 + x² is positive as well: at least one positive term, the others not negative.
        return all(is_positive(c) or _square(c) for c in n.children) and any(is_positive(c) for c in n.children)
    if isinstance(n, Sum):
        return is_positive(n.body) and all(nonnegative(b.hi - b.lo) for b in n.binders)
    return False


def _square(n: Node) -> bool:
    coeff, factors = factors_of(n)
    return coeff >= 0 and all(
        is_positive(f) or (isinstance(f, Pow) and isinstance(f.exponent, Num) and isinstance(f.exponent.value, int)
                           and f.exponent.value % 2 == 0) or (isinstance(f, Sum) and _square(f.body)) for f in factors)


def _positive_atom(atom: Atom) -> bool:
    """Whether a letter, a label or a size is at least 1; a label that is read outside its range is none, and counts as 0."""
    if isinstance(atom, Idx):
        return nonnegative(atom.lo - 1)
    if isinstance(atom, LabelRef):
        return labels(atom)
    if isinstance(atom, Multiple):
        return bool(atom.factor.is_positive) and _positive_atom(atom.inner)
    assert isinstance(atom, Expr)
    return bool(atom.is_positive)


__all__ = ["is_positive", "vanishing"]
