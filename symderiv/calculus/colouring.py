"""In which order the letters of a sum are named: by where they stand, so that two spellings of one sum agree.

Letters are told apart by the factors that read them, then by the letters that they share factors with, and so on; only
those that no such look tells apart are tried in every order.

Source: Weisfeiler and Leman (1968); McKay, Practical Graph Isomorphism (1981).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from math import factorial, prod

from ..terms.affine import Idx, affine
from ..terms.nodes import Node, Sum, factors_of, substitute
from .symmetric import ordered_entries

ROUNDS = 3
MAX_ORDERS = 120


def orders(n: Sum) -> Iterator[tuple[Idx, ...]]:
    """Orders of the summed letters, the same for all spellings of the sum; just one where there are too many."""
    classes = _classes(n)
    if prod(factorial(len(c)) for c in classes) > MAX_ORDERS:
        yield tuple(b for c in classes for b in c)
        return
    for choice in product(*(permutations(c) for c in classes)):
        yield tuple(b for c in choice for b in c)


def _classes(n: Sum) -> list[tuple[Idx, ...]]:
    """The summed letters in classes of those that look alike."""
    letters = frozenset(n.binders)
    if len(letters) < 3 or any((b.lo.free | b.hi.free) & letters for b in n.binders):
        return [n.binders]
    factors = [f for f in factors_of(n.body)[1] if f.free & letters]
    ranks = dict.fromkeys(n.binders, 0)
    for _ in range(ROUNDS):
        looks = {b: (b.lo.key, b.hi.key, tuple(sorted(_seen_from(b, f, ranks) for f in factors if b in f.free)), ranks[b])
                 for b in n.binders}
        known = sorted(set(looks.values()))
        finer = {b: known.index(looks[b]) for b in n.binders}
        if finer == ranks or len(known) == len(letters):
            ranks = finer
            break
        ranks = finer
    return [tuple(b for b in n.binders if ranks[b] == rank) for rank in sorted(set(ranks.values()))]


def _seen_from(letter: Idx, factor: Node, ranks: dict[Idx, int]) -> str:
    """The text of a factor with the letter marked, and the others by their classes."""
    tokens = {c: affine(Idx("_self" if c is letter else f"_{ranks[c]}", c.lo, c.hi)) for c in factor.free & ranks.keys()}
    return ordered_entries(substitute(factor, tokens)).key
