"""Which expressions are positive for all values of their entries, and which are 0 wherever an entry is."""

from __future__ import annotations

from sympy import Expr

from ..bounds import remembered
from ..functions import FUNCTIONS
from ..functions.elementary import log
from ..functions.of_matrices import DETERMINANT, OTHERS, PRODUCT
from ..functions.scalar_function import POSITIVE
from ..functions.unknown import is_opaque
from ..terms.affine import Atom, Idx, LabelRef, Multiple, constant
from ..terms.nodes import (
    Add,
    Const,
    FunctionValue,
    IndexValue,
    MatrixFunctionEntry,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    TensorEntry,
    factors_of,
    subterms,
)
from ..terms.ranges import labels, nonnegative, within


def vanishing(factor: Node) -> Node:
    """What a factor is 0 with: the base of a power whose exponent is positive for certain, the factor itself otherwise.

    x^(n-1) is 1 where n = 1, whatever x is; so x^(n-1) says nothing of where x is read.
    """
    return factor.base if isinstance(factor, Pow) and is_positive(factor.exponent) else factor


WHOLE_POWER = "whole power"
"""The function that canonical forms keep a power with a symbolic exponent apart by: x^(2-n) is x² by the n-th power of x."""


def zeros(factors: tuple[Node, ...]) -> list[TensorEntry]:
    """The entries in a product that it is 0 with; x² is none beside a power of x that may take all of it away."""
    found = [e for f in factors if isinstance(e := vanishing(f), TensorEntry)]
    powers = [f.base if isinstance(f, Pow) else f for f in factors]
    apart = {p.children[0] for p in powers if isinstance(p, FunctionValue) and p.name == WHOLE_POWER}
    return [e for e in found if e not in apart]


PARTIAL = frozenset(f.name for f in FUNCTIONS.values() if not f.everywhere)
"""Functions that do not have a value everywhere; of those that nobody knows one is not sure."""
SIGNS = {f.name: f.sign for f in FUNCTIONS.values()}


def has_value(node: Node) -> bool:
    """Whether a node has a value, but for entries inside their ranges that are 0 by chance.

    Only then may it be taken out of a sum that may be empty, or under one that runs over more terms which vanish.
    """
    return all(map(_has_value, subterms(node)))


def _has_value(n: Node) -> bool:
    if isinstance(n, Pow):
        whole = isinstance(n.exponent, Num) and isinstance(n.exponent.value, int) and n.exponent.value > 0
        return whole or is_positive(n.base) or _read_inside(n)
    if isinstance(n, FunctionValue) and (n.name in PARTIAL or is_opaque(n.name)):
        return (log.of(n) and is_positive(n.children[0])) or _read_inside(n)
    return True


def _read_inside(node: Node) -> bool:
    """Whether every entry in a node is read inside its range."""
    return all(within(p, constant(1), size) for e in subterms(node) if isinstance(e, TensorEntry | MatrixFunctionEntry)
               for p, size in zip(e.idx, e.sym.shape, strict=False))


@remembered(10_000)
def is_positive(n: Node) -> bool:
    """Whether a node is certainly positive, for all real values of its entries."""
    if isinstance(n, Num):
        return n.value > 0
    if isinstance(n, Const):
        return bool(n.fields[0].is_positive)
    if isinstance(n, IndexValue):
        return _positive_atom(n.atom)
    if isinstance(n, TensorEntry):
        return "positive" in n.sym.properties and all(
            within(p, constant(1), size) for p, size in zip(n.idx, n.sym.shape, strict=True))
    if isinstance(n, FunctionValue):
        return SIGNS.get(n.name) == POSITIVE
    if isinstance(n, MatrixFunctionEntry):
        # A product along the last axis has fewer positions than the array.
        return (n.kind == DETERMINANT and "positive_definite" in n.sym.properties and all(
            within(p, constant(1), size) for p, size in zip(n.lead, n.sym.shape, strict=False))) or (
            n.kind in (PRODUCT, OTHERS) and "positive" in n.sym.properties and all(
                within(p, constant(1), size) for p, size in zip(n.idx, n.sym.shape, strict=False)))
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


@remembered(10_000)
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
