"""Slips about what stands below a sum: a factor left outside it, and a chain rule that forgets to sum over its paths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..reader.syntax import tree as t

Found = Iterator[tuple[str, t.Tree]]
SUM = sum.__name__


def factors_outside(node: t.Tree) -> Found:
    """w_i Σ_j g_j x_j for Σ_j g_j w_j x_j: a factor that goes along with the sum."""
    if not isinstance(node, t.Factors):
        return
    for place, factor in enumerate(node.factors):
        if not isinstance(factor, t.Big) or factor.kind != SUM or len(factor.binders) != 1:
            continue
        bound = factor.binders[0].letter
        for other, part in enumerate(node.factors):
            if other == place:
                continue
            for entry, rest in _parts(part):
                letters = [p.name for p in entry.positions if isinstance(p, t.Letter)]
                if len(letters) != 1 or letters[0] == bound:
                    continue
                moved = replace(entry, positions=tuple(t.Letter(bound) if isinstance(p, t.Letter) else p
                                                       for p in entry.positions))
                inside = factor.body.factors if isinstance(factor.body, t.Factors) else (factor.body,)
                joints = factor.body.joints if isinstance(factor.body, t.Factors) else ()
                whole = replace(factor, body=t.Factors((moved, *inside), ("", *joints)))
                factors = tuple(whole if k == place else rest if k == other else f for k, f in enumerate(node.factors))
                yield "a factor outside the sum", replace(node, factors=factors)


def _parts(part: t.Tree) -> Iterator[tuple[t.Subscripted, t.Tree]]:
    """(an entry that multiplies, what is left without it) of a factor: itself, or in a product or the top of a fraction."""
    if isinstance(part, t.Subscripted):
        yield part, t.Number("1")
    elif isinstance(part, t.Fraction):
        for entry, rest in _parts(part.top):
            yield entry, replace(part, top=rest)
    elif isinstance(part, t.Factors):
        for place, factor in enumerate(part.factors):
            if isinstance(factor, t.Subscripted):
                yield factor, replace(part, factors=(*part.factors[:place], t.Number("1"), *part.factors[place + 1:]))


def forgotten_paths(node: t.Tree) -> Found:
    """∂E/∂o_j ∂o_j/∂z_j for Σ_k ∂E/∂o_k ∂o_k/∂z_j: the sum over all that the last one depends through."""
    if not isinstance(node, t.Factors):
        return
    taken = {n.name for n in t.walk(node) if isinstance(n, t.Letter | t.Name)}
    fresh = next(c for c in "klmpqrs" if c not in taken)
    for place, (one, two) in enumerate(zip(node.factors, node.factors[1:], strict=False)):
        if not (isinstance(one, t.Derivative) and isinstance(two, t.Derivative) and len(one.variables) == 1):
            continue
        through = one.variables[0]
        if not isinstance(through, t.Subscripted) or two.body != through or len(through.positions) != 1:
            continue
        other = replace(through, positions=(t.Letter(fresh),))
        summed = t.Factors((replace(one, variables=(other,)), replace(two, body=other)), ("",))
        big = t.Big(SUM, (t.Binder(fresh),), None, summed)
        yield "dropped sum", node.exchanged(place, place + 2, big).plain
