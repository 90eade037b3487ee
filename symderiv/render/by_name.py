"""The lines of a proof in which a derivative that was found above stands by its name, ∂L/∂h_i, and not written out again.

The engine writes a derivative out where something may cancel in it; where nothing did, a person keeps the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as dataclass_replace
from fractions import Fraction

from ..calculus.fold import Binding, match
from ..proof.steps import Accumulation, Chain, Proof
from ..terms.affine import Idx, affine
from ..terms.nodes import (
    Add,
    Deriv,
    Mul,
    Node,
    Num,
    Sum,
    Sym,
    add,
    ent,
    factors_of,
    mul,
    num,
    rewritten,
    substitute,
    subterms,
    total,
)


def by_name(proof: Proof, written_in: Mapping[Sym, Sym]) -> tuple[Proof, dict[Sym, Accumulation]]:
    """The proof with such names, and what these stand for; what is ``written_in`` another has that one's."""
    known: dict[Sym, tuple[Sym, Accumulation]] = {}
    made = []
    for acc in proof.accumulations:
        chains = tuple(_chain(chain, *known[chain.consumer]) if chain.consumer in known else chain for chain in acc.chains)
        whole = add(*(c.result for c in chains)) if add(*(c.result for c in acc.chains)) is acc.total else acc.total
        made.append(dataclass_replace(acc, chains=chains, total=whole))
        reader = known.get(written_in[acc.subject]) if acc.subject in written_in else None
        if reader is not None and match(reader[1].total, acc.total, frozenset(reader[1].letters), {}):
            known[acc.subject] = reader
        elif acc.subject not in written_in and acc.letters and _is_long(acc.total):
            key = f"whole_{acc.subject.key}"
            name = Sym(key, tuple(i.hi for i in acc.letters), key=key, role="adjoint")
            known[acc.subject] = name, dataclass_replace(acc, named=name, content=None)
    return dataclass_replace(proof, accumulations=tuple(made)), dict(known.values())


def _is_long(whole: Node) -> bool:
    """Whether a name is shorter: than sums, and than several terms."""
    return any(isinstance(n, Sum) for n in subterms(whole)) or (
        isinstance(whole, Add) and sum(not isinstance(t, Num) for t in whole.children) > 1)


def _chain(chain: Chain, name: Sym, acc: Accumulation) -> Chain:
    """The chain rule with the name in its first line, and in those behind it where it lasts to the end."""
    slopes = [n for n in subterms(chain.start) if isinstance(n, Deriv)]
    if len(slopes) != 1 or chain.upstream is None or name in chain.start.syms or not match(
            acc.total, chain.upstream, frozenset(acc.letters), {}):
        return chain
    start = total(mul(ent(name, *map(affine, chain.own)), slopes[0]), chain.own)
    steps = tuple(dataclass_replace(s, after=_named(s.after, name, acc, chain)) for s in chain.steps)
    lasts = bool(steps) and name in steps[-1].after.syms
    return dataclass_replace(chain, start=start, steps=steps if lasts else chain.steps)


def _named(line: Node, name: Sym, acc: Accumulation, chain: Chain) -> Node:
    """A line with the name wherever the derivative is written out."""
    letters = frozenset(acc.letters)
    coeff, parts = factors_of(acc.total)

    def entry(found: Binding) -> Node | None:
        if not letters <= found.keys():
            return None
        at = [found[i] for i in acc.letters]
        turned = dict(zip(acc.letters, reversed(at), strict=True))
        own = at[0].single in chain.letters or at == list(map(affine, chain.own))
        if not own and match(substitute(acc.total, turned), substitute(acc.total, found), frozenset(), {}):
            at.reverse()  # what is symmetric is read in the order of the letters
        return ent(name, *at)

    def shortened(n: Node, walk: object) -> Node | None:
        found: Binding = {}
        if type(n) is type(acc.total) and match(acc.total, n, letters, found):
            return entry(found)
        if not (isinstance(n, Mul) and isinstance(acc.total, Mul)):
            return None
        own, left = factors_of(n)
        for part in parts:
            hit = next((f for f in left if _tried(part, f, letters, found)), None)
            if hit is None:
                return None
            left = tuple(f for f in left if f is not hit)
        made = entry(found)
        return None if made is None else mul(num(Fraction(own) / Fraction(coeff)), made, *left)

    return rewritten(line, shortened)


def _tried(pattern: Node, node: Node, letters: frozenset[Idx], found: Binding) -> bool:
    """A match that leaves nothing behind where it fails."""
    trial = dict(found)
    if not match(pattern, node, letters, trial):
        return False
    found.update(trial)
    return True
