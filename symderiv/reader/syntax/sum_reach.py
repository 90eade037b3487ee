"""How far a sum reaches that is written without brackets: over the terms behind it that name its letter.

In ``l = -sum_i y_i log p_i + (1 - y_i) log(1 - p_i)`` the second term would stand outside the sum, with a letter that
nothing on the left names; what is meant is one sum of both, and the sign in front is that of the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import tree as t


def under_the_sum(tree: t.Terms, free: Callable[[str], bool]) -> tuple[t.Tree, tuple[str, ...]]:
    """Terms with those under a sum that name its letter, unless that may be ``free``; and the letters of that sum."""
    for place, term in enumerate(tree.terms[:-1]):
        big = last_big(term)
        if big is None or not big.adds:
            continue
        letters = {b.letter for b in big.binders}
        if big.condition is not None:
            # Below i < k, x_k behind the sum of the x_i is as likely one term more.
            letters = letters & names_free_in(big.body) or letters
        stop = place + 1
        while stop < len(tree.terms) and letters & names_free_in(tree.terms[stop]):
            stop += 1
        if stop > place + 1 and not any(map(free, letters)):
            return drawn_in(tree, place, stop), tuple(sorted(letters))
    return tree, ()


def last_big(term: t.Tree) -> t.Big | None:
    """The sum or product that a term is, or ends with."""
    last = term.factors[-1] if isinstance(term, t.Factors) else term
    return last if isinstance(last, t.Big) else None


def own_factors(big: t.Big) -> int:
    """How many factors of its body a product has: up to the last that names its letter; all where none does."""
    factors = big.body.factors if isinstance(big.body, t.Factors) else (big.body,)
    names = {b.letter for b in big.binders}
    named = [k for k, factor in enumerate(factors, 1)
             if any(isinstance(x, t.Letter | t.Name) and x.name in names for x in t.walk(factor))]
    return named[-1] if named else len(factors)


def is_product(tree: t.Tree) -> bool:
    """Whether a tree is a product over letters."""
    return isinstance(tree, t.Big) and tree.multiplies


def ended_by_product(big: t.Big) -> t.Tree:
    """A product that ends before another at its end which does not name its letters: prod_i x_i prod_j y_j is two."""
    body = big.body
    if not (is_product(big) and isinstance(body, t.Factors)):
        return big
    kept, last = body.run(0, -1), body.factors[-1]
    behind = last if isinstance(last, t.Factors) else t.Factors((last,), (), span=last.span)
    other = behind.factors[0]
    if not is_product(other) or {b.letter for b in big.binders} & names_free_in(last):
        return big
    own = replace(big, body=kept.plain, span=(big.span[0], kept.span[1]))
    return t.Factors((own, *behind.factors), (body.joints[-1], *behind.joints), span=big.span)


def drawn_in(tree: t.Terms, place: int, stop: int) -> t.Tree:
    """Terms in which those up to ``stop`` stand under the sum or product that the term at ``place`` is, or ends with.

    What it is over is what stands behind its sign, as it is written: -sum_i a_i + b_i is -sum_i (a_i + b_i).
    """
    term, big = tree.terms[place], last_big(tree.terms[place])
    assert big is not None
    inner = big.body if isinstance(big.body, t.Terms) else t.Terms((big.body,), (1,))
    inside = t.Terms((*inner.terms, *tree.terms[place + 1:stop]), (*inner.signs, *tree.signs[place + 1:stop]),
                     span=tree.span)
    whole: t.Tree = replace(big, body=inside, span=(big.span[0], tree.terms[stop - 1].span[1]))
    if isinstance(term, t.Factors):
        whole = replace(term, factors=(*term.factors[:-1], whole))
    made = replace(tree, terms=(*tree.terms[:place], whole, *tree.terms[stop:]),
                   signs=(*tree.signs[:place + 1], *tree.signs[stop:]))
    return made.plain


def names_free_in(tree: t.Tree) -> set[str]:
    """Index letters that no sum inside binds."""
    found: set[str] = set()
    stack: list[tuple[t.Tree, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, t.Letter | t.Name) and node.name not in bound:
            found.add(node.name)
        if isinstance(node, t.Big):
            bound |= {b.letter for b in node.binders}
        stack.extend((child, bound) for child in node.children())
    return found


def reaching(line: t.DisplayedLine) -> t.DisplayedLine:
    """A line of equations in which sums reach as far as their letters, where the left side does not name these."""
    return replace(line, parts=tuple(map(_of_relation, line.parts)))


def _of_relation(part: t.Tree) -> t.Tree:
    first, *others = part.sides if isinstance(part, t.Relation) else (None,)
    if not isinstance(part, t.Relation) or first is None:
        return part
    free = frozenset(names_free_in(first))
    return replace(part, sides=(first, *(None if side is None else reaching_beside(side, free) for side in others)))


def reaching_beside(tree: t.Tree, free: frozenset[str]) -> t.Tree:
    """A side in which sums reach as far as their letters, but for those that are ``free`` beside it."""
    inside = free | {b.letter for b in tree.binders} if isinstance(tree, t.Big) else free
    made = t.below(tree, lambda inner: reaching_beside(inner, inside))
    return under_the_sum(made, free.__contains__)[0] if isinstance(made, t.Terms) else made
