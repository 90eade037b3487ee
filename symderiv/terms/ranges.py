"""What is known of positions and sizes, and which inequalities follow from it.

Facts are affine expressions that are at least 0.  Every letter and label lies in its range, every size is at least 1;
assumptions such as k <= d, and the supports of the entries in a product, are added by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from sympy import Expr, Integer, floor

from ..bounds import remembered
from .affine import Affine, Idx, LabelRef, Multiple, affine, combine, constant, size_affine

Facts = tuple[Affine, ...]
PAIRS = 6
"""So many products of two facts are tried where a letter is multiplied by sizes."""


@remembered(10_000)
def nonnegative(expr: Affine, facts: Facts = (), depth: int = 3) -> bool:
    """Whether expr >= 0 follows; a False answer means "not shown", never "false".

    A search for a nonnegative combination of at most ``depth`` facts (Farkas' lemma gives its completeness for
    rational points when the depth suffices).
    """
    if _plainly(expr, facts):
        return True
    if depth == 0:
        return False
    candidates = [f for f in (*facts, *_own_facts(expr)) if _useful(expr, f)]
    return any(nonnegative(expr - fact, facts, depth - 1) for fact in candidates)


def _plainly(expr: Affine, facts: Facts) -> bool:
    """Decided by replacing each atom by the end of its range that makes the expression smallest."""
    # What is known of the sizes alone.  A letter has a value, so its range is not empty.
    known = tuple(f for f in (*facts, *(i.hi - i.lo for i in expr.free)) if not f.free)
    for _ in range(12):
        inner = next((b for a, _ in expr.terms if isinstance(b := _letter(a), Idx)), None)
        if inner is None:
            break
        signs = {c > 0 for a, c in expr.terms if _letter(a) is inner}
        if len(signs) > 1:
            # (L - k + 1) i grows one way or the other as the sizes say.
            slope = constant(1).times(expr.slope(inner))
            pairs = tuple(_product(f, g) for f, g in combinations(known, 2))[:PAIRS]
            signs = {up for up in (True, False) if nonnegative(slope if up else -slope, (*known, *pairs))}
            if not signs:
                return False
        expr = expr.substitute({inner: inner.lo if True in signs else inner.hi})
    smallest = expr.const
    for atom, c in expr.terms:
        if c < 0 and isinstance(atom, LabelRef):
            return nonnegative(expr - (atom.size - affine(atom)).scaled(-c), (), 1)
        if c < 0 or isinstance(atom, Idx) or (isinstance(atom, Expr) and not atom.is_nonnegative) or (
                isinstance(atom, Multiple) and not atom.factor.is_positive):
            return False
        # A floor may be 0, and so may what is read of an array of labels outside its range.
        maybe_zero = not atom.is_positive if isinstance(atom, Expr) else not labels(_letter(atom))
        smallest += 0 if maybe_zero else c
    return smallest >= 0


def _product(f: Affine, g: Affine) -> Affine:
    """The product of two facts about sizes, a fact as well."""
    return combine((f.times(atom), c) for atom, c in (*g.terms, (Integer(1), g.const)) if isinstance(atom, Expr))


def _letter(atom: object) -> object:
    """The letter that an atom is, or is a positive multiple of."""
    return atom.inner if isinstance(atom, Multiple) and atom.factor.is_positive else atom


def _own_facts(expr: Affine) -> list[Affine]:
    """Facts that hold for the atoms themselves: a floor is close to its quotient."""
    facts = []
    for atom, _ in expr.terms:
        if isinstance(atom, floor):
            numerator, denominator = atom.args[0].as_numer_denom()
            if denominator.is_Integer:
                top, b = size_affine(numerator), int(denominator)
                quotient = affine(atom).scaled(b)
                facts += [top - quotient, quotient - top + (b - 1)]
        elif isinstance(atom, LabelRef):
            facts += [affine(atom) - int(labels(atom)), atom.size - affine(atom)]
    return facts


def labels(atom: object) -> bool:
    """Whether an atom is no label, or one that is surely read inside its range; outside, it is none and counts as 0."""
    if not isinstance(atom, LabelRef) or atom.sym is None:
        return True
    return all(within(p, constant(1), n) for p, n in zip(atom.idx, atom.sym.shape, strict=True))


def _useful(expr: Affine, fact: Affine) -> bool:
    """A fact helps only if it removes a term: some atom has the same sign in both."""
    return any(expr.coeff(atom) * c > 0 for atom, c in fact.terms)


def within(position: Affine, lo: Affine, hi: Affine, facts: Facts = ()) -> bool:
    """Whether lo <= position <= hi follows."""
    return nonnegative(position - lo, facts) and nonnegative(hi - position, facts)


def empty(lo: Affine, hi: Affine, facts: Facts = ()) -> bool:
    """Whether the range lo..hi is certainly empty."""
    return nonnegative(lo - hi - 1, facts)


def support(positions: Iterable[Affine], shape: Iterable[Affine]) -> Facts:
    """What holds wherever an entry is not 0: each position lies on its axis."""
    one = constant(1)
    return tuple(f for p, n in zip(positions, shape, strict=True) for f in (p - one, n - p))
