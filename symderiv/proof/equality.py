"""The equality ladder: canonical form, then numbers, and honest words about which rung decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from sympy import Expr

from ..answers import Answer, written
from ..arrays.arrays import Array, Entry, Named, as_expr
from ..arrays.assumptions import assigned, declared, relations
from ..arrays.operator import shape_of
from ..arrays.sizes import same_size, show_shape
from ..arrays.symbols import Index
from ..bounds import CLOSING_WORK, PROVING_WORK, bounded, budget
from ..calculus.canonical import Canonical
from ..calculus.contract import TIDY
from ..calculus.divisors import cancelled
from ..calculus.expand import (
    canonical_form,
    defined_symbols,
    in_exponentials,
    spelled_out,
    unfold,
    value_of_a_stop,
    without_stops,
)
from ..calculus.fold import alpha_equal
from ..calculus.rules import Conditions, DerivationLine, Rewrite, Rewriter, RuleContext
from ..errors import BoundExceeded, ShapeError
from ..kept import makes
from ..lowering.program import LETTERS, Program, open_letters
from ..terms.affine import Idx, size_affine
from ..terms.letters import spare
from ..terms.nodes import (
    ZERO,
    Add,
    FunctionValue,
    MatrixFunctionEntry,
    Mul,
    Node,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    factors_of,
    fresh_axes,
    mul,
    neg,
    num,
    substitute,
    subterms,
    total,
)
from ..terms.ranges import Facts
from .claims import Claimed, Identity, entry, position
from .disagreement import disagreement
from .steps import Chain, Proof, Step

# A proof writes both sides out one definition after another; beyond this nobody reads it, or waits for it.
MAX_WRITTEN = 10_000


@dataclass(frozen=True, eq=False)
class Verdict(Answer):
    """What became of a claim lhs = rhs.

    status          "proved", "supported", "conditional", "refuted" or "undecided"
    proof           the chains from both sides to their common canonical form (for "proved")
    counterexample  for "refuted" and "conditional": sizes, values, the entry and both values there
    evidence        in words: which rung of the ladder decided, with how many sizes and points
    conditions      relations that must hold: what was assumed, what operators require of the sizes, and for
                    "conditional" what was not declared
    sides           the entries of both sides in the engine's terms, their letters and the program
    """

    lhs: Expr
    rhs: Expr
    status: str
    proof: Proof
    counterexample: Any = None
    evidence: str = ""
    conditions: tuple[Any, ...] = ()
    sides: Any = field(default=None, repr=False)

    def shown(self) -> bool:
        """Whether the proof is one of this very claim."""
        same = any(isinstance(c, Identity) and c.lhs == self.lhs and c.rhs == self.rhs
                   and set(c.assuming) <= set(self.conditions) for c in self.proof.claims)
        return same and self.proof.status == "proved"

    @bounded
    def latex(self) -> str:
        """The claim as an equation."""
        return str(written("claim_latex", self))

    @bounded
    def __str__(self) -> str:
        return f"{self.status}: {self.lhs} = {self.rhs}"

    def __repr__(self) -> str:
        return f"<Verdict {self}>"

    def __bool__(self) -> bool:
        return self.status == "proved"


Verdict.status = Claimed()  # type: ignore[assignment]  # "proved" is worked out from the proof whenever it is asked for


@makes
@bounded
def prove(lhs: object, rhs: object, *, assuming: Iterable[object] = (), seed: int = 0, numeric: bool = True) -> Verdict:
    """Decide lhs = rhs for two expressions of one shape.

    First by canonical forms ("proved": exact, for all sizes and values, once numbers have been looked at as well); then
    by numbers at sizes from 1 to 12 and beyond the thresholds that the sides name ("supported", "conditional" where the
    sides agree under a condition that was not declared, or "refuted" with the smallest counterexample, confirmed in
    extended precision; not if ``numeric`` is unset).

    ``assuming`` are relations: of sizes (k <= d), of the entries of tensors (b > 0, abs(a) < 1, Ne(a, b), x = value).
    They are used by the prover where they say what could be declared, and at every point.
    Raises ShapeError where the shapes differ, DeclarationError for assumptions that cannot be used.
    """
    left, right = as_expr(lhs), as_expr(rhs)
    a, b = shape_of(left), shape_of(right)
    if len(a) != len(b) or not all(map(same_size, a, b)):
        raise ShapeError(f"the sides have shapes {show_shape(a)} and {show_shape(b)}", where=f"{left} = {right}",
                         hint="compare entries, or transpose one side")
    assumed = relations(assuming)
    known = declared(assumed, left.free_symbols | right.free_symbols)
    sides = tuple(side.xreplace(known) if known else side for side in (left, right))
    program = Program(assumed)
    program.conditions.update((a, None) for a in assumed)
    open_ = {i.name for side in (left, right) for i in open_letters(side)}
    letters = fresh_axes(map(size_affine, a), open_, LETTERS)
    nodes = entry(sides[0], letters, program, "lhs"), entry(sides[1], letters, program, "rhs")
    chains = _chains(nodes, letters, program)
    if chains is None and left == right:
        same = Chain("claim", None, None, letters, (), None, nodes[0], (), RuleContext(program.facts))
        chains = same, same
    given = tuple(program.conditions)
    proof = Proof(f"{left} = {right}", tuple(program.definitions), (), (), given, chains or ())
    entries = nodes, letters, program
    compared = over_open_letters(*sides) if open_ else sides
    if chains is not None:
        proof = replace(proof, claims=(Identity(left, right, letters, program, assumed),))
        status = "proved" if proof.status == "proved" else "undecided"
        verdict = Verdict(left, right, status, proof, None, COINCIDE, given, entries)
        if status != "proved" or not numeric:
            return verdict
        return looked_at(verdict, (compared[0], compared[1]), assumed, seed)
    if not numeric:
        return Verdict(left, right, "undecided", proof, None, "the canonical forms differ; no numbers were asked for", given,
                       entries)
    from ..numeric.comparison import compare

    for assumption in assumed:
        assigned(assumption)  # an equation that no point can be made to satisfy is refused, not ignored
    report = compare(*compared, assuming=assumed, seed=seed)
    conditions = (*given, *report.conditions)
    return Verdict(left, right, report.status, proof, report.counterexample, report.evidence, conditions, entries)


COINCIDE = "the canonical forms of both sides coincide"


def looked_at(verdict: Verdict, sides: tuple[Expr, Expr], assumed: tuple[Any, ...], seed: int) -> Verdict:
    """A proved claim once numbers have been looked at; where they contradict the proof, it is undecided and says both.

    Where only one side has a value at some points, it is conditional: a certificate says nothing about these.
    """
    from ..numeric.comparison import compare, glance

    report = glance(*sides, assuming=assumed, seed=seed)
    if report.status == "conditional":
        report = compare(*sides, assuming=assumed, seed=seed)
    if report.status == "refuted":
        disagreement(f"{verdict.evidence}, but the numbers differ: {report.counterexample}", verdict)
        return replace(verdict, status="undecided", counterexample=report.counterexample,
                       evidence=f"{COINCIDE}, but the numbers differ ({report.evidence}): one of the two is wrong")
    if report.status == "conditional":
        return replace(verdict, status="conditional", counterexample=report.counterexample,
                       evidence=f"{COINCIDE}; {report.evidence}", conditions=(*verdict.conditions, *report.conditions))
    return verdict


def over_open_letters(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Two sides with free letters as arrays over these, and over the axes that they have."""
    free = tuple(dict.fromkeys((*open_letters(left), *open_letters(right))))
    names = spare(LETTERS, {i.name for i in free})
    own = tuple(Index(name, 1, size) for name, size in zip(names, shape_of(left), strict=False))
    entries = (Entry(side, *own) if own else side for side in (left, right))
    lhs, rhs = (Named(name, (*free, *own), entry) for name, entry in zip(("lhs", "rhs"), entries, strict=True))
    return lhs, rhs


def _chains(nodes: tuple[Node, Node], letters: tuple[Idx, ...], program: Program) -> tuple[Chain, ...] | None:
    """Chains from both sides to one canonical form; None where there is none."""
    if nodes[0] is nodes[1]:
        return tuple(chain_of([DerivationLine(n, "claim")], "claim", letters, RuleContext(program.facts)) for n in nodes)
    # A sum over three numbers is a sum first: written as its terms it decides more, at a price.
    return _chains_with(nodes, letters, program, False) or _chains_with(nodes, letters, program, True)


def _chains_with(nodes: tuple[Node, Node], letters: tuple[Idx, ...], program: Program,
                 termwise: bool) -> tuple[Chain, ...] | None:
    everything = frozenset(s for n in nodes for s in defined_symbols(n) if s.body is not None)
    context = RuleContext(program.facts, unfolds=everything)
    try:
        with budget(PROVING_WORK):
            spelled = tuple(without_stops(spelled_out(n, context)) for n in nodes)
            if not Canonical(program.facts, termwise=termwise).is_zero(add(spelled[0], neg(spelled[1]))):
                return None
            if any(n.size > MAX_WRITTEN for n in spelled):
                return None
            context = RuleContext(program.facts, unfolds=everything, beside=spelled, termwise=termwise)
            chains = tuple(_to_canonical(n, letters, context) for n in nodes)
            if chains[0].result is chains[1].result:
                return chains
            difference = _to_canonical(add(nodes[0], neg(nodes[1])), letters, context)
            return (difference,) if difference.result is ZERO else None
    except (BoundExceeded, RecursionError, ZeroDivisionError):
        return None


def _to_canonical(node: Node, letters: tuple[Idx, ...], context: RuleContext) -> Chain:
    rewriter = Rewriter(context)
    expr = rewriter.start(node, "claim")
    expr = rewriter.exhaust(expr, (unfold,), "by definition")
    expr = rewriter.exhaust(expr, (value_of_a_stop,), "stop-gradient changes no value")
    expr = rewriter.exhaust(expr, (in_exponentials,), "written with exponentials")
    rewriter.once(expr, canonical_form, "one denominator, multiplied out and cancelled")
    return chain_of(rewriter.lines, "claim", letters, context)


def chain_of(lines: list[DerivationLine], kind: str, letters: tuple[Idx, ...], context: RuleContext) -> Chain:
    """A frozen chain from a rewriter's lines."""
    first, *rest = lines
    return Chain(kind, None, None, letters, (), None, first.expr, steps_of(first.expr, rest), context)


def conditions_of(before: Node, after: Node, rewrites: Sequence[Rewrite]) -> Conditions:
    """What a line relies on: the conditions of its rewrites, and that what cancelled in it is not 0."""
    return tuple(dict.fromkeys((*(c for r in rewrites for c in r.conditions), *cancelled(before, after, rewrites))))


def steps_of(before: Node, lines: list[DerivationLine]) -> tuple[Step, ...]:
    """Frozen steps from the lines that follow an expression."""
    steps = []
    for line in lines:
        conditions = conditions_of(before, line.expr, line.rewrites)
        steps.append(Step(before, line.expr, line.words, conditions, "proved", line.rewrites))
        before = line.expr
    return tuple(steps)


def closes(body: Node, letters: tuple[Idx, ...], array: Expr, program: Program, seed: int = 0) -> str:
    """How sure it is that ``array`` at ``letters`` is ``body``: "proved" by canonical forms, else by numbers."""
    right = program.read(array, map(position, letters)) if isinstance(array, Array) else program.scalar(array)
    index_form = body
    body = substitute(body, {i: i.lo for i in letters if i.lo is i.hi})
    everything = frozenset(s for n in (body, right) for s in defined_symbols(n) if s.body is not None)
    # First with the names that the index form reads, then with those of the network alone, then without any.
    named, network = body.syms, _of_the_network(body)
    levels = tuple(dict.fromkeys((named, frozenset(filter(_bends, everything)), network, frozenset[Sym]())))
    # Mostly both sides are spelled alike.  Multiplying out is exact as well, but costs 2^depth in a network.
    tried: set[tuple[Node, Node]] = set()
    for keep in (named, _factors_of(named), _one_step_down(named), network, _one_step_down(network)):
        try:
            pair = _spelled(body, right, everything - keep, program.facts)
            if pair not in tried and alpha_equal(*(_tidied(n, program.facts) for n in pair)):
                return "proved"
            tried.add(pair)
        except (BoundExceeded, RecursionError):
            continue
    # Sums over a few numbers can be written as their terms, where there are any.
    bodies = (body, right, *(s.body for s in everything if s.body is not None))
    few = any(isinstance(n, Sum) and any(b.lo.is_const and b.hi.is_const for b in n.binders)
              for node in bodies for n in subterms(node))
    with budget(CLOSING_WORK):
        for termwise in (False, True) if few else (False,):
            for keep in levels:
                vanishes = _vanishes(body, right, everything - keep, program.facts, termwise)
                if vanishes:
                    return "proved"
                if vanishes is None:
                    break  # with fewer names it is longer still
    from ..numeric.comparison import compare

    status = compare(entries_of(index_form, letters), array, assuming=program.conditions, seed=seed).status
    # Where one form alone has a value, the other stands in another way for the same: so far as both say something.
    return "supported" if status == "conditional" else status


def entries_of(index_form: Node, letters: tuple[Idx, ...]) -> Expr:
    """An index form as the array of its entries."""
    from ..lowering.export import export, export_index

    form = export(index_form)
    return Named("index_form", tuple(map(export_index, letters)), form) if letters else form


def _bends(sym: Sym) -> bool:
    """Whether a definition is more than sums of products: what only such definitions tie together is a polynomial."""
    assert sym.body is not None
    return any(isinstance(n, FunctionValue | Pow | MatrixFunctionEntry) and n.syms for n in subterms(sym.body))


def _vanishes(left: Node, right: Node, unfolds: frozenset[Sym], facts: Facts, termwise: bool) -> bool | None:
    """Whether the difference has the canonical form 0; None where that is too large to say."""
    context = RuleContext(facts, unfolds=unfolds)
    try:
        difference = add(spelled_out(left, context), neg(spelled_out(right, context)))
        return Canonical(facts, termwise=termwise).is_zero(difference)
    except (BoundExceeded, RecursionError):
        return None
    except ZeroDivisionError:
        return False


def _of_the_network(body: Node) -> frozenset[Sym]:
    """The symbols that a node reads, cotangents seen through."""
    found: set[Sym] = set()
    stack, seen = list(body.syms), set(body.syms)
    while stack:
        sym = stack.pop()
        if sym.role == "adjoint" and sym.body is not None:
            stack.extend(sym.body.syms - seen)
            seen |= sym.body.syms
        else:
            found.add(sym)
    return frozenset(found)


def _one_step_down(names: frozenset[Sym]) -> frozenset[Sym]:
    """What the definitions of these names read; cotangents and declared tensors themselves."""
    return frozenset[Sym]().union(*((s,) if s.role == "adjoint" or s.body is None else s.body.syms for s in names))


def _factors_of(names: frozenset[Sym]) -> frozenset[Sym]:
    """What definitions by products of entries are made of; the other names themselves."""
    found: set[Sym] = set()
    stack, seen = list(names), set(names)
    while stack:
        sym = stack.pop()
        if isinstance(sym.body, Mul) and sym.role != "adjoint" and all(isinstance(f, TensorEntry) for f in sym.body.factors):
            stack.extend(sym.body.syms - seen)
            seen |= sym.body.syms
        else:
            found.add(sym)
    return frozenset(found)


def _spelled(left: Node, right: Node, unfolds: frozenset[Sym], facts: Facts) -> tuple[Node, Node]:
    context = RuleContext(facts, unfolds=unfolds)
    return spelled_out(left, context), spelled_out(right, context)


def _tidied(node: Node, facts: Facts) -> Node:
    """Sums over deltas carried out and constants outside; nothing multiplied out."""
    return _common_outside(Rewriter(RuleContext(facts)).exhaust(node, TIDY, ""))


def _common_outside(node: Node) -> Node:
    """What all terms of a sum have in common stands before it: Σ_j (2ab - 2a) as 2a Σ_j (b - 1)."""
    memo: dict[Node, Node] = {}

    def walk(n: Node) -> Node:
        found = memo.get(n)
        if found is None:
            found = n.rebuild(tuple(map(walk, n.children))) if n.children else n
            if isinstance(found, Sum):
                letters = frozenset(found.binders)
                c, factors = factors_of(found.body)
                outside = tuple(f for f in factors if not f.free & letters)
                inside = tuple(f for f in factors if f.free & letters)
                if inside:
                    found = mul(num(c), *outside, total(mul(*inside), found.binders))
            elif isinstance(found, Add):
                found = _factored(found)
            memo[n] = found
        return found

    return walk(node)


def _factored(node: Add) -> Node:
    """A sum of terms with the number and the factors that they share before it."""
    parts = [factors_of(t) for t in node.children]
    numbers = [Fraction(c) for c, _ in parts]
    c = Fraction(gcd(*(p.numerator for p in numbers)), lcm(*(p.denominator for p in numbers)))
    shared = [f for f in parts[0][1] if all(f in factors for _, factors in parts[1:])]
    terms = (mul(num(p / c), *(f for f in factors if f not in shared))
             for p, (_, factors) in zip(numbers, parts, strict=True))
    return mul(num(c), *shared, add(*terms))


__all__ = ["Verdict", "chain_of", "closes", "over_open_letters", "prove", "steps_of"]
