"""a/bc: from left to right it is (a/b)c, but many write it for a/(bc)."""

from __future__ import annotations

from .syntax import tree as t


def over_products(tree: t.Tree) -> t.Tree:
    """The tree with a slash dividing by all factors that stand together behind it; fractions of digits stay as they are."""
    made = t.below(tree, over_products)
    return _grouped(made) if isinstance(made, t.Factors) else made


def _grouped(tree: t.Factors) -> t.Tree:
    factors: list[t.Tree] = [tree.factors[0]]
    joints: list[str] = []
    position = 0
    while position < len(tree.joints):
        joint, factor = tree.joints[position], tree.factors[position + 1]
        stop = position + 1
        if joint == "/" and not (isinstance(factors[-1], t.Number) and isinstance(factor, t.Number)):
            while stop < len(tree.joints) and tree.joints[stop] == "":
                stop += 1
        below = tree.factors[position + 1:stop + 1]
        if len(below) > 1:
            factor = t.Bracket(t.Factors(below, ("",) * (len(below) - 1)), span=(below[0].span[0], below[-1].span[1]))
        joints.append(joint)
        factors.append(factor)
        position = stop
    if len(factors) == len(tree.factors):
        return tree
    return t.Factors(tuple(factors), tuple(joints), span=tree.span)
