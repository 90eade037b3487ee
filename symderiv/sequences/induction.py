"""Induction on a step t: a base, and a step that may use the claim for t - 1.

A sum that ends at t is taken apart into the sum to t - 1 and its last term; the claim at t - 1 enters as a definition
that one rule, "induction hypothesis", writes out.  Both sides of the base and of the step must then have one canonical
form.  Source: Graham, Knuth and Patashnik, Concrete Mathematics (1994), sections 1.1 and 2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sympy import Expr

from ..arrays.arrays import Array, as_expr
from ..arrays.operator import shape_of
from ..arrays.sizes import same_shape, show_shape
from ..arrays.symbols import Index, open_letters
from ..bounds import bounded
from ..calculus.canonical import Canonical
from ..calculus.expand import defined_symbols, spelled_out, unfold
from ..calculus.polynomial import Poly, Quotient, q_inverse, q_mul
from ..calculus.rules import Outcome, Rewriter, Rule, RuleContext, rule
from ..errors import BoundExceeded, DeclarationError, ShapeError
from ..kept import makes
from ..lowering.program import LETTERS, Program
from ..numeric.check import CheckReport, compare
from ..proof.claims import ByInduction
from ..proof.equality import by_certificate, over_open_letters, prove
from ..proof.parts import Finding, Part, ProofInParts, equality
from ..proof.steps import Proof
from ..terms.affine import Affine, Idx, affine, constant, size_affine
from ..terms.letters import spare
from ..terms.nodes import Node, Sum, Sym, TensorEntry, add, ent, mul, neg, replace, substitute, subterms, total
from ..terms.ranges import nonnegative

HYPOTHESIS = "hypothesis"


def _split_last(offset: int) -> Rule:
    """The rule for sums that end at t + offset."""
    where = f" at t{offset:+d}" if offset else ""

    @rule(f"last term of a sum{where}", Sum, words="the last term stands apart")
    def split_last(node: Node, context: RuleContext) -> Outcome:
        """Σ_{i=lo}^{e} f(i) = Σ_{i=lo}^{e-1} f(i) + f(e) for e = t + offset >= lo, t a free letter.

        Terminates: the new sum ends elsewhere.
        """
        assert isinstance(node, Sum)
        own = frozenset(node.binders)
        for b in node.binders:
            end = (b.hi - offset).single
            if not isinstance(end, Idx) or end in own or b.lo.free & own or not nonnegative(b.hi - b.lo, context.facts):
                continue
            inner = total(node.body, [c for c in node.binders if c is not b])
            shorter = Idx(b.name, b.lo, b.hi - 1, b.tag)
            first = total(substitute(inner, {b: affine(shorter)}), [shorter])
            return add(first, substitute(inner, {b: b.hi})), ()
        return None

    return split_last


FARTHEST = 3
SPLIT_LAST = {offset: _split_last(offset) for offset in range(-FARTHEST, FARTHEST + 1)}


@rule("counted from the other end", Sum, words="counted from the other end")
def from_other_end(node: Node, context: RuleContext) -> Outcome:
    """Σ_{i=lo}^{hi} f(i) g_{e-i} = Σ_{j=e-hi}^{e-lo} f(e - j) g_j, where every entry that depends on i counts backward."""
    assert isinstance(node, Sum)
    own = frozenset(node.binders)
    for b in node.binders:
        positions = {p for n in subterms(node.body) if isinstance(n, TensorEntry) for p in n.idx if b in p.free}
        if len(positions) != 1 or (b.lo.free | b.hi.free) & own or any(b in (c.lo.free | c.hi.free) for c in own):
            continue
        position = positions.pop()
        if position.coeff(b) != -1 or position.free & own != {b}:
            continue
        end = position + affine(b)
        letter = Idx(b.name, end - b.hi, end - b.lo, b.tag)
        inner = total(node.body, [c for c in node.binders if c is not b])
        return total(substitute(inner, {b: end - affine(letter)}), [letter]), ()
    return None


def split_rule(at: Idx, *nodes: Node) -> Rule:
    """The rule that takes the last term out of the sums of these nodes, by where they end; 0 where they differ."""
    read = frozenset().union(*(defined_symbols(n) for n in nodes))
    turned = Rewriter(RuleContext())
    bodies = [turned.exhaust(n, (from_other_end,), "") for n in (*nodes, *(s.body for s in read if s.body is not None))]
    ends = {b.hi - affine(at) for body in bodies for n in subterms(body) if isinstance(n, Sum) for b in n.binders
            if b.hi.coeff(at) == 1}
    offsets = {e.const for e in ends if e.is_const}
    return SPLIT_LAST.get(offsets.pop() if len(offsets) == 1 else 0, SPLIT_LAST[0])


@rule("induction hypothesis", TensorEntry, words="by the induction hypothesis")
def by_hypothesis(node: Node, context: RuleContext) -> Outcome:
    """What is claimed for t - 1 holds there."""
    assert isinstance(node, TensorEntry)
    return unfold.apply(node, context) if node.sym.role == HYPOTHESIS else None


def step_groups(split: Rule) -> tuple[tuple[tuple[Rule, ...], str], ...]:
    """The lines of a base or a step before its canonical form."""
    return (((by_hypothesis,), "by the induction hypothesis"), ((unfold,), "by definition"),
            ((from_other_end,), "counted from the other end"), ((split,), "the last term stands apart"))


@dataclass(frozen=True, eq=False)
class ClaimedForm:
    """A claimed value of a quantity at every step t: its entry over t, further free letters and its own axes."""

    name: str
    at: Idx
    others: tuple[Idx, ...]
    own: tuple[Idx, ...]
    body: Node

    @property
    def letters(self) -> tuple[Idx, ...]:
        """All letters, t first."""
        return (self.at, *self.others, *self.own)

    def hypothesis(self) -> Sym:
        """The quantity as a symbol that the rule "induction hypothesis" writes out."""
        sym = Sym(self.name, tuple(i.hi for i in self.letters), role=HYPOTHESIS)
        sym.letters, sym.body = self.letters, self.body
        return sym


def entries(expr: Expr, own: tuple[Idx, ...], program: Program) -> Node:
    """The entry of an expression at the letters of its axes; a scalar stands for itself at all of them."""
    if isinstance(expr, Array):
        return program.read(expr, map(affine, own[len(own) - len(expr.shape):]))
    return program.scalar(expr)


def axis_letters(shape: Sequence[Expr], taken: set[str]) -> tuple[Idx, ...]:
    """A letter for every axis, by names that are not taken."""
    free = (c for c in LETTERS if c not in taken)
    return tuple(Idx(next(free), constant(1), size_affine(size)) for size in shape)


def later(at: Idx) -> Idx:
    """The letter of the step: one after the first value, up to the same end."""
    return Idx(at.name, at.lo + 1, at.hi, at.tag)


def shift(node: Node, at: Idx, to: Affine) -> Node:
    """The node with the step letter replaced."""
    return substitute(node, {at: to})


def through(node: Node, syms: frozenset[Sym]) -> Node:
    """Definitions that read one of the symbols written out, so that every such entry is in sight."""
    readers = frozenset(d for d in defined_symbols(node) if d.body is not None and _reads(d, syms))
    return spelled_out(node, RuleContext(unfolds=readers)) if readers else node


def _reads(sym: Sym, syms: frozenset[Sym]) -> bool:
    return sym.body is not None and bool(syms & defined_symbols(sym.body))


def with_entries(node: Node, sym: Sym, make: Callable[[tuple[Affine, ...]], Node]) -> Node:
    """Every entry of a symbol replaced by what ``make`` gives for its positions."""
    mapping: dict[Node, Node] = {n: make(n.idx) for n in subterms(node) if isinstance(n, TensorEntry) and n.sym is sym}
    return replace(node, mapping) if mapping else node


# ------------------------------------------------------------------ sums and other expressions in t

@makes
@bounded
def prove_by_induction(lhs: object, rhs: object, t: Index, *, seed: int = 0) -> Finding:
    """Decide lhs = rhs for every value of the letter t, where a side has sums that end at t.

    Raises DeclarationError where t is no letter of a side.

    First without induction, and by numbers, which refute a wrong claim with the smallest t; then the left side is shown
    to satisfy a linear recurrence S_t = q S_{t-1} + r_t, and the claim follows by induction on t.
    Source: Graham, Knuth and Patashnik (1994), ch. 1.

    >>> import symderiv as sd
    >>> T = sd.dims("T")
    >>> t, i = sd.indices("t i", T)
    >>> str(sd.prove_by_induction(sd.Sum(i, (i, 1, t)), t*(t + 1)/2, t))
    'proved: Sum(i, (i, 1, t)) = t*(t + 1)/2'
    """
    left, right = as_expr(lhs), as_expr(rhs)
    if not isinstance(t, Index):
        raise DeclarationError(f"{t!r} is not an index letter", hint='declare the step: t = sd.indices("t", T)')
    if t not in left.free_symbols | right.free_symbols:
        raise DeclarationError(f"{t} does not occur in {left} = {right}", hint="induction needs a claim about every step")
    direct = prove(left, right, seed=seed)
    status, evidence = direct.status, direct.evidence
    proof: Proof | ProofInParts = direct.proof
    if status in ("supported", "conditional", "undecided"):
        found = _induction(left, right, t)
        if found is not None and found.status == "proved":
            status, proof, evidence = "proved", found, f"induction on {t}"

    def check(seed: int) -> object:
        return _report(left, right, seed)

    return Finding(f"{status}: {left} = {right}", direct.latex(), proof, status, evidence, direct.counterexample, check)


def _report(left: Expr, right: Expr, seed: int) -> object:
    found = compare(*over_open_letters(left, right), seed=seed)
    sizes = tuple(dict(pairs) for pairs in dict.fromkeys(tuple(s.items()) for s in found.sizes))
    return CheckReport(found.status in ("supported", "conditional"), float(found.status == "refuted"), sizes,
                       len(found.sizes), (found.evidence,), str(found.counterexample or ""))


def _induction(left: Expr, right: Expr, t: Index) -> ProofInParts | None:
    a, b = shape_of(left), shape_of(right)
    if not same_shape(a, b):
        raise ShapeError(f"the sides have shapes {show_shape(a)} and {show_shape(b)}", where=f"{left} = {right}")
    program = Program()
    at = program.letter(t)
    others = _others((left, right), t, program)
    own = axis_letters(a, {i.name for i in (at, *others)})
    nodes = entries(left, own, program), entries(right, own, program)
    try:
        return _by_recurrence(nodes[0], nodes[1], at, others, own, program)
    except (BoundExceeded, RecursionError, ZeroDivisionError):
        return None


def _others(exprs: Sequence[Expr], t: Index, program: Program) -> tuple[Idx, ...]:
    """The letters besides t that are free in expressions."""
    free = dict.fromkeys(letter for e in exprs for letter in open_letters(e) if letter != t)
    return tuple(map(program.letter, free))


def _by_recurrence(left: Node, right: Node, at: Idx, others: tuple[Idx, ...], own: tuple[Idx, ...],
                   program: Program) -> ProofInParts | None:
    step = later(at)
    now, before = affine(step), affine(step) - 1
    of_left, of_right = split_rule(at, left), split_rule(at, right)
    ratio, rest = _recurrence_of(shift(left, at, now), shift(left, at, before), program, of_left)
    taken = {s.name for s in program.definitions} | {i.name for i in (at, *others, *own)}
    name = next(spare("SAFGHQ", taken))
    claimed = ClaimedForm(name, at, others, own, right)
    previous = ent(claimed.hypothesis(), before, *map(affine, (*others, *own)))
    letters = (step, *others, *own)
    pieces = (
        (f"The left side, ${name}_t$, satisfies a recurrence.".replace("_t", f"_{{{at.name}}}"),
         shift(left, at, now), add(mul(ratio, shift(left, at, before)), rest), letters, of_left),
        (f"Base, ${at.name} = {at.lo}$.", shift(left, at, at.lo), shift(right, at, at.lo), (*others, *own), of_right),
        (f"Step from ${at.name} - 1$ to ${at.name}$.", add(mul(ratio, previous), rest), shift(right, at, now), letters,
         of_right),
    )
    parts = []
    for heading, one, other, free, split in pieces:
        proof = equality(heading, one, other, free, program, step_groups(split))
        if proof is None:
            return None
        parts.append(Part(heading, proof, (one, other)))
    every = (at, *others, *own)
    claim = ByInduction(left, right, every, program, shift(ratio, step, affine(at)))
    whole = Proof("induction", tuple(program.definitions), (), (), tuple(program.conditions),
                  by_certificate((left, right), every, program), claims=(claim,))
    return ProofInParts("induction", tuple(parts), tuple(program.conditions),
                        rf"By induction the claim holds for every ${at.name} \ge {at.lo}$.", whole)


def _recurrence_of(now: Node, before: Node, program: Program, split: Rule) -> tuple[Node, Node]:
    """(q, r) with S_t = q S_{t-1} + r, q the ratio of the coefficients of a sum that both have; q = 1 without one."""
    everything = frozenset(s for n in (now, before) for s in defined_symbols(n) if s.body is not None)
    context = RuleContext(program.facts, unfolds=everything)
    apart = Rewriter(context).exhaust(spelled_out(now, context), (from_other_end, split), "")
    earlier = Rewriter(context).exhaust(spelled_out(before, context), (from_other_end,), "")
    canonical = Canonical(program.facts)
    canonical.prepare(apart, earlier)
    one, other = canonical.quotient(apart), canonical.quotient(earlier)
    ratio = canonical.quotient(mul())
    for monomial in sorted(other.num, key=lambda m: sorted((a.key, e) for a, e in m)):
        atom = next((a for a, e in sorted(monomial, key=lambda f: f[0].key) if isinstance(a, Sum) and e == 1), None)
        if atom is not None and (above := _coefficient(one, atom)).num:
            ratio = q_mul(above, q_inverse(_coefficient(other, atom)))
            break
    q = canonical.to_node(ratio)
    return q, canonical.node(add(apart, neg(mul(q, earlier))))


def _coefficient(q: Quotient, atom: Node) -> Quotient:
    """What multiplies an atom of degree 1."""
    found: Poly = {m - {f}: c for m, c in q.num.items() for f in m if f[0] is atom and f[1] == 1}
    return Quotient(found, q.den)
