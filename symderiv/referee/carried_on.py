"""What a line would have to say if a line above, which is wrong, were right: an error carried on is no new one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..functions.network_functions import stop_gradient
from ..reader.syntax import tree as t
from .line_claims import Claim
from .summing_slips import SUM

RECENT = 4
"""How many wrong lines above are looked at."""


def as_if(wrong: Claim, claim: Claim, varied: Iterable[str]) -> Iterator[Claim]:
    """A claim in which what a wrong line says of a derivative is taken for true: where it is differentiated once more, and
    where the chain rule goes through what it is a derivative by.  ``varied`` are the names that the wrong line
    differentiates by, which a bare ∇L does not say."""
    said, asked = wrong.left, claim.left
    inside = t.exchanged(asked, said, t.Bracket(wrong.right))
    if inside not in (asked, t.Bracket(wrong.right)):
        yield replace(claim, left=inside)
    if not (isinstance(said, t.Derivative) and isinstance(asked, t.Derivative)):
        return
    if said.body != asked.body or said.order != 1:
        return
    if asked.order == 2:
        once = replace(asked, body=t.Bracket(wrong.right), order=1, variables=asked.variables[-1:])
        for by in () if once.variables else varied:
            yield replace(claim, left=replace(once, variables=(t.Name(by),), kind="partial"))
        if once.variables:
            yield replace(claim, left=once)
    elif asked.order == 1 and len(said.variables) == len(asked.variables) == 1 and said.variables != asked.variables:
        made = _weighted(said.variables[0], wrong.right, t.letters_in(asked) | t.letters_in(claim.right))
        yield replace(claim, left=replace(asked, body=made))


def _weighted(by: t.Tree, value: t.Tree, taken: set[str]) -> t.Tree:
    """Σ g ⊙ u for what is said to be the gradient by u: its derivatives are what the chain rule makes of them."""
    letters = [p.name for p in by.positions if isinstance(p, t.Letter)] if isinstance(by, t.Subscripted) else []
    fresh = [c for c in "pqrstuvwabcdfg" if c not in taken | t.letters_in(value)]
    for old, new in zip(letters, fresh, strict=False):
        by, value = t.renamed(by, old, new), t.renamed(value, old, new)
    held = t.Call(t.Function(stop_gradient.name), (value,))
    if not letters:
        return t.Call(t.Function(SUM), (t.Factors((held, by), (".*",)),))
    return t.Big(SUM, tuple(map(t.Binder, fresh[:len(letters)])), None, t.Factors((held, by), ("",)))
