"""Definitions that a proof need not make.

A product that only one sum reads is written in that sum, r = W x + b, and so is what the output depends on by a constant
factor, L = (1/2) Σ_k r_k z_k; an entry of an inverse is its own name.
"""

from __future__ import annotations

from ..functions.of_matrices import INVERSE
from ..lowering.export import plain_letters
from ..proof.steps import Accumulation, Chain, Proof
from ..terms.affine import Idx, affine
from ..terms.nodes import (
    Add,
    Delta,
    Deriv,
    MatrixFunctionEntry,
    Node,
    Sum,
    Sym,
    TensorEntry,
    add,
    factors_of,
    mul,
    num,
    replace,
    substitute,
    subterms,
    total,
)


def without_constants(start: Node) -> Node:
    """A line in which what does not depend on the variable stands under no derivative."""
    swap: dict[Node, Node] = {}
    for d in subterms(start):
        if isinstance(d, Deriv) and isinstance(d.body, Add):
            kept = [t for t in d.body.children if d.sym in t.syms]
            if kept and len(kept) < len(d.body.children):
                swap[d] = Deriv(add(*kept), d.sym, d.idx)
    return replace(start, swap) if swap else start


def picked_out(line: Node, chain: Chain) -> Node:
    """A line without the sums that only pick one term out, f(i) for Σ_l δ_il f(l), where δ_il is a factor that arrives."""
    for seed in factors_of(chain.upstream)[1] if chain.upstream is not None else ():
        if isinstance(seed, Delta):
            line = add(*(_one_term(term, seed) for term in (line.children if isinstance(line, Add) else (line,))))
    return line


def _one_term(line: Node, seed: Delta) -> Node:
    coeff, parts = factors_of(line)
    for k, part in enumerate(parts):
        if not isinstance(part, Sum) or seed not in factors_of(part.body)[1]:
            continue
        inner, factors = factors_of(part.body)
        for b in part.binders:
            c = seed.expr.coeff(b)
            letter = (seed.expr - affine(b).scaled(c)).scaled(-c).single if abs(c) == 1 else None
            if isinstance(letter, Idx) and (letter.lo, letter.hi) == (b.lo, b.hi):
                body = mul(num(inner), *(substitute(f, {b: affine(letter)}) for f in factors if f is not seed))
                rest = total(body, [other for other in part.binders if other is not b])
                return mul(num(coeff), rest, *parts[:k], *parts[k + 1:])
    return line


def handed_on(acc: Accumulation) -> Deriv | None:
    """∂r_j/∂z_i where r is z and what does not depend on it, and nothing else reads z."""
    if len(acc.chains) != 1 or not acc.letters or acc.chains[0].consumer is None:
        return None
    (chain,) = acc.chains
    slopes = [d for d in subterms(without_constants(chain.start)) if isinstance(d, Deriv)]
    if len(slopes) != 1 or not isinstance(slopes[0].body, TensorEntry) or slopes[0].body.sym is not acc.subject:
        return None
    return slopes[0] if slopes[0].body.idx == tuple(affine(i) for i in chain.own) else None


def absorbed(proof: Proof) -> dict[Sym, Sym]:
    """The symbols that are written in the one sum that reads them, and that sum's."""
    readers: dict[Sym, list[Sym]] = {}
    for sym in proof.definitions:
        for s in sym.body.syms if sym.body is not None else ():
            readers.setdefault(s, []).append(sym)
    asked = {acc.subject for acc in proof.accumulations}
    linear = {acc.subject for acc in proof.accumulations if acc.named is None and not acc.total.free and all(
        s.body is None and not s.shape and s not in asked for s in acc.total.syms)}
    found = {s: readers[s][0] for s in proof.definitions if len(readers.get(s, ())) == 1 and (
        _is_term(s, readers[s][0]) or (s in linear and _read_once(s, readers[s][0])))}
    for acc in proof.accumulations if found else ():
        if acc.subject in found:
            if acc.subject not in linear and (acc.named is not None or handed_on(acc) is None):
                found.pop(acc.subject)
            continue
        lines = [n for c in acc.chains for n in (without_constants(c.start), *(s.after for s in c.steps))]
        for s in {s for line in (*lines, acc.total) for s in line.syms}:
            found.pop(s, None)
    return found


def entries_of_inverses(proof: Proof) -> frozenset[Sym]:
    """The symbols that stand for an inverse: (S⁻¹)_ij says it as shortly."""
    return frozenset(s for s in proof.definitions if s.role == "applied" and isinstance(s.body, MatrixFunctionEntry)
                     and s.body.kind == INVERSE and s.body.idx == tuple(affine(i) for i in s.letters or ()))


def _read_once(s: Sym, reader: Sym) -> bool:
    """Whether an operator's value stands in one place of another's."""
    return s.role == "applied" and s.letters is not None and s.body is not None and reader.body is not None and sum(
        isinstance(e, TensorEntry) and e.sym is s for e in subterms(reader.body)) == 1


def _is_term(s: Sym, reader: Sym) -> bool:
    """Whether an operator's value is added to something, once, entry by entry."""
    if s.role != "applied" or reader.role not in ("applied", "output", "named") or not s.letters or s.body is None \
            or not isinstance(reader.body, Add) or reader.letters is None:
        return False
    own = tuple(affine(i) for i in reader.letters)
    reads = [e for e in subterms(reader.body) if isinstance(e, TensorEntry) and e.sym is s]
    return len(reads) == 1 and reads[0].idx == own and reads[0] in reader.body.children


def body_of(sym: Sym, inside: dict[Sym, Sym]) -> Node:
    """The body of a definition, with what it absorbed written out."""
    assert sym.body is not None
    swap: dict[Node, Node] = {}
    for e in subterms(sym.body):
        if isinstance(e, TensorEntry) and inside.get(e.sym) is sym:
            letters = dict(zip(e.sym.letters or (), e.idx, strict=True))
            swap[e] = substitute(plain_letters(body_of(e.sym, inside)), letters)
    return replace(sym.body, swap) if swap else sym.body
