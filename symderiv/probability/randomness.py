"""What in an expression is random, by which laws, and what is independent of what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from ..calculus.expand import defined_symbols
from ..terms.affine import Affine, Idx, LabelRef, Multiple, affine
from ..terms.nodes import (
    Delta,
    IndexValue,
    IversonBracket,
    MatrixFunctionEntry,
    Node,
    Sum,
    Sym,
    TensorEntry,
    substitute,
    subterms,
)
from .distributions import Law

MAX_ORDER = 4


@dataclass(frozen=True, eq=False)
class Moments:
    """A law, and its cumulants as the engine's expressions over the tensor's letters; None where nothing gives them."""

    law: Law
    letters: tuple[Idx, ...]
    cumulants: tuple[Node | None, ...]

    def cumulant(self, order: int, at: tuple[Affine, ...]) -> Node | None:
        """The cumulant of the entry at a position."""
        node = self.cumulants[order - 1]
        return None if node is None else substitute(node, dict(zip(self.letters, at, strict=True)))


MOMENTS: WeakKeyDictionary[Sym, Moments] = WeakKeyDictionary()


def label_refs(node: Node) -> tuple[LabelRef, ...]:
    """The random labels that are read in positions and ranges, in the order of their names."""
    found: set[LabelRef] = set()
    for n in subterms(node):
        positions: Iterable[Affine] = ()
        if isinstance(n, TensorEntry | MatrixFunctionEntry):
            positions = n.idx
        elif isinstance(n, Delta | IversonBracket):
            positions = (n.expr,)
        elif isinstance(n, IndexValue):
            positions = (affine(n.atom),)
        elif isinstance(n, Sum):
            positions = tuple(e for b in n.binders for e in (b.lo, b.hi))
        atoms = [a.inner if isinstance(a, Multiple) else a for p in positions for a, _ in p.terms]
        found |= {a for a in atoms if isinstance(a, LabelRef) and a.sym in MOMENTS}
    return tuple(sorted(found, key=lambda r: r.key))


def randoms(node: Node) -> frozenset[Sym]:
    """The random tensors that a node reads, itself or through definitions."""
    read = defined_symbols(node)
    bodies = (node, *(s.body for s in read if s.body is not None))
    labels = frozenset(ref.sym for body in bodies for ref in label_refs(body) if ref.sym is not None)
    return frozenset(s for s in read if s in MOMENTS) | labels


def law_of(sym: Sym) -> Law:
    return MOMENTS[sym].law


def independent(one: frozenset[Sym], other: frozenset[Sym]) -> bool:
    """Whether the declarations make two sets of random tensors independent of each other."""
    return not one & other and (_in_order(one | other) or _in_order(one, other) or _in_order(other, one))


def _in_order(syms: frozenset[Sym], beside: frozenset[Sym] = frozenset()) -> bool:
    """Whether the symbols can be put in an order in which each is declared independent of ``beside`` and all before it."""
    left = set(syms)
    while left:
        last = next((s for s in sorted(left, key=lambda s: s.key)
                     if {b.array for b in left | beside if b is not s} <= set(law_of(s).others)), None)
        if last is None:
            return False
        left.remove(last)
    return True
