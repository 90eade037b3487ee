"""Where the sum over a repeated index stands: around the smallest part of a term that names the index everywhere.

What a term is linear in may stand inside or outside of the sum; a bracket of several terms, a denominator and the
argument of a function may not.  So a_i [b_i - c_k d_k] has a sum over k within the bracket, and the m of
exp(a_i)/exp(a_m), which occurs once and below the bar alone, is summed over there.
"""

from __future__ import annotations

from dataclasses import replace

from ..syntax import tree as t

_DIVIDES = frozenset(["/", "./", "oslash"])


def summed_inside(tree: t.Tree, letter: str, below: bool = False) -> t.Tree:
    """A term with the sum over one of its letters put in; ``below`` a fraction bar."""
    inner = _descended(tree, letter, below)
    if inner is not None:
        return inner
    binder = t.Binder(letter)
    if isinstance(tree, t.Big) and tree.adds and tree.condition is None and not any(
            b.low or b.high or b.letter == letter for b in tree.binders):
        return replace(tree, binders=(*tree.binders, binder))
    return t.summed(tree, binder, span=tree.span)


def _descended(tree: t.Tree, letter: str, below: bool) -> t.Tree | None:
    """The same for what stands inside, where the letter does not occur elsewhere; None where the sum stands outside."""
    if isinstance(tree, t.Terms) and len(tree.terms) > 1:
        return replace(tree, terms=tuple(summed_inside(x, letter, below) if names(x, letter) else x for x in tree.terms))
    if isinstance(tree, t.Terms | t.Factors):
        return _in_one_part(tree, letter, below)
    if isinstance(tree, t.Bracket):
        return replace(tree, body=summed_inside(tree.body, letter, below))
    if isinstance(tree, t.Big):
        inner = _descended(tree.body, letter, below)
        return None if inner is None else replace(tree, body=inner)
    if isinstance(tree, t.Fraction) and not (names(tree.top, letter) and names(tree.bottom, letter)):
        if names(tree.top, letter):
            return replace(tree, top=summed_inside(tree.top, letter, below))
        return replace(tree, bottom=summed_inside(tree.bottom, letter, True))
    if isinstance(tree, t.Power) and not names(tree.exponent, letter) and (
            contracts(tree.base, letter) or (below and isinstance(tree.base, t.Bracket))):
        return replace(tree, base=summed_inside(tree.base, letter, below))
    if isinstance(tree, t.Call) and len(tree.arguments) == 1 and contracts(tree.arguments[0], letter):
        return replace(tree, arguments=(summed_inside(tree.arguments[0], letter),))
    if isinstance(tree, t.Derivative) and tree.body is not None and not any(names(v, letter) for v in tree.variables):
        return replace(tree, body=summed_inside(tree.body, letter, below))
    return None


def _in_one_part(tree: t.Terms | t.Factors, letter: str, below: bool) -> t.Tree | None:
    """A product of which one factor alone names the letter, with the sum inside of that factor."""
    parts = tree.terms if isinstance(tree, t.Terms) else tree.factors
    inside = [k for k, part in enumerate(parts) if names(part, letter)]
    if len(inside) != 1 or (isinstance(tree, t.Factors) and _DIVIDES & {*tree.joints}):
        return None
    part = parts[inside[0]]
    made = _descended(part, letter, below)
    if made is None:
        return None
    whole = (*parts[:inside[0]], made, *parts[inside[0] + 1:])
    return replace(tree, terms=whole) if isinstance(tree, t.Terms) else replace(tree, factors=whole)


def names(tree: t.Tree, letter: str) -> bool:
    """Whether an index letter occurs in a tree."""
    return any(isinstance(node, t.Letter) and node.name == letter for node in t.walk(tree))


def contracts(tree: t.Tree, letter: str) -> bool:
    """Whether a letter is repeated in every term that names it."""
    while isinstance(tree, t.Bracket):
        tree = tree.body
    terms = tree.terms if isinstance(tree, t.Terms) else (tree,)
    counts = [sum(isinstance(n, t.Letter) and n.name == letter for n in t.walk(x)) for x in terms]
    return all(count != 1 for count in counts)
