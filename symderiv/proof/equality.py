"""The equality ladder: canonical form, then numbers, and honest words about which rung decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr
from sympy.core.relational import Relational

from .. import numeric as numbers
from ..answers import Answer, written
from ..arrays.arrays import Entry, Named, as_expr
from ..arrays.assumptions import assigned, declared, relations
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_shape, show_shape
from ..arrays.symbols import Index, open_letters
from ..bounds import PROVING_WORK, bounded, budget
from ..calculus.canonical import Canonical, sums_written
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
from ..calculus.rules import Conditions, DerivationLine, Rewrite, Rewriter, RuleContext
from ..errors import BoundExceeded, ShapeError
from ..kept import makes
from ..layers.projections import chain_of as factors_in
from ..layers.projections import product
from ..lowering.program import LETTERS, Program
from ..terms.affine import Idx, size_affine
from ..terms.letters import spare
from ..terms.nodes import ZERO, Node, Sym, add, fresh_axes, neg
from .binding import shows
from .claims import Claimed, Identity, entry
from .disagreement import disagreement
from .proof_record import ProofRecord
from .steps import Chain, Proof, Step

if TYPE_CHECKING:
    from ..numeric.comparison import Counterexample

# The entries of both sides, the letters that they are taken at, and the program that they were read by.
Entries = tuple[tuple[Node, Node], tuple[Idx, ...], Program]
# A proof writes both sides out one definition after another; beyond this nobody reads it, or waits for it.
MAX_WRITTEN = 10_000


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Answer):
    """What became of a claim lhs = rhs.

    status          "proved", "supported", "conditional", "refuted" or "undecided"
    proof           the chains from both sides to their common canonical form (for "proved")
    counterexample  for "refuted" and "conditional": sizes, values, the entry and both values there
    evidence        in words: which rung of the ladder decided, with how many sizes and points
    conditions      relations that must hold: what was assumed, what operators require of the sizes, and for
                    "conditional" what was not declared
    sides           the entries of both sides in the engine's terms, their letters and the program

    Source: docs/trust.md.

    >>> x = sd.tensor("x", positive=True)
    >>> sd.prove(sd.log(x**2), 2 * sd.log(x)).status
    'proved'
    """

    lhs: Expr
    rhs: Expr
    status: str
    proof: Proof
    counterexample: Counterexample | None = None
    evidence: str = ""
    conditions: tuple[Basic, ...] = ()
    sides: Entries | None = field(default=None, repr=False)

    @property
    def coincide(self) -> bool:
        """Whether the engine's own canonical forms of both sides coincide: enough for its own decisions."""
        return bool(self.__dict__["_given"] == "proved" and self.proof.chains)

    def shown(self) -> bool:
        """Whether the proof is one of this very claim."""
        same = any(isinstance(c, Identity) and c.lhs == self.lhs and c.rhs == self.rhs
                   and set(c.assuming) <= set(self.conditions) for c in self.proof.claims)
        return same and shows(self.proof)

    @property
    def rests_on(self) -> tuple[ProofRecord, ...]:
        """The proof, if it is one of this very claim."""
        return (self.proof,) if self.shown() else ()

    @cached_property
    def judged(self) -> str:
        """"proved" where the checker accepts a certificate of this very claim; else what numbers say."""
        if self.certified:
            return "proved"
        if self.lhs == self.rhs:
            return "supported"
        assumed = tuple(c for c in self.conditions if isinstance(c, Relational))
        sides = sides_of(self.lhs, self.rhs, relations(assumed))[0]
        found = numbers.compare(*over_open_letters(*sides), assuming=assumed).status
        # What is called conditional names its condition, when the claim is decided.
        return {"refuted": "undecided", "conditional": "supported"}.get(found, found)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a claim whose canonical forms coincide is not proved: what could not be certified."""
        return (f"not certified: {self.uncertified}",) if self.coincide and self.status == "supported" else ()

    @bounded
    def latex(self) -> str:
        """The claim as an equation."""
        return str(written("claim_latex", self))

    @bounded
    def __str__(self) -> str:
        return f"{self.status}: {self.lhs} = {self.rhs}"

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
    extended precision; not if ``numeric`` is unset).  What numbers support is "proved" where there is a certificate.

    ``assuming`` are relations: of sizes (k <= d), of the entries of tensors (b > 0, abs(a) < 1, Ne(a, b), x = value).
    They are used by the prover where they say what could be declared, and at every point.
    Raises ShapeError where the shapes differ, DeclarationError for assumptions that cannot be used.  Source: docs/trust.md.

    >>> z = sd.tensor("z", sd.dims("n"))
    >>> sd.prove(sd.tanh(z), 2*sd.sigmoid(2*z) - 1).status
    'proved'
    """
    left, right = as_expr(lhs), as_expr(rhs)
    a, b = shape_of(left), shape_of(right)
    if not same_shape(a, b):
        raise ShapeError(f"the sides have shapes {show_shape(a)} and {show_shape(b)}", where=f"{left} = {right}",
                         hint="compare entries, or transpose one side")
    assumed = relations(assuming)
    sides, nodes, letters, program = sides_of(left, right, assumed)
    chains = _chains(nodes, letters, program)
    if chains is None and left == right:
        chains = by_certificate(nodes, letters, program)
    given = tuple(program.conditions)
    proof = Proof(f"{left} = {right}", tuple(program.definitions), (), (), given, chains or ())
    entries = nodes, letters, program
    compared = over_open_letters(*sides)
    if chains is not None:
        proof = replace(proof, claims=(Identity(left, right, letters, program, assumed),))
        verdict = Verdict(left, right, "proved", proof, None, COINCIDE, given, entries)
        return looked_at(verdict, compared, assumed, seed) if numeric and left != right else verdict
    if not numeric:
        return Verdict(left, right, "undecided", proof, None, "the canonical forms differ; no numbers were asked for", given,
                       entries)
    for assumption in assumed:
        assigned(assumption)  # an equation that no point can be made to satisfy is refused, not ignored
    report = numbers.compare(*compared, assuming=assumed, seed=seed)
    if report.status == "supported":
        claimed = replace(proof, claims=(Identity(left, right, letters, program, assumed),),
                          chains=by_certificate(nodes, letters, program, sides))
        verdict = Verdict(left, right, "proved", claimed, None, f"{ACCEPTED}; {report.evidence}", given, entries)
        if verdict.certified:
            return verdict
    conditions = (*given, *report.conditions)
    return Verdict(left, right, report.status, proof, report.counterexample, report.evidence, conditions, entries)


COINCIDE = "the canonical forms of both sides coincide"
ACCEPTED = "the checker accepts a certificate"


def looked_at(verdict: Verdict, sides: tuple[Expr, Expr], assumed: tuple[Any, ...], seed: int) -> Verdict:
    """A proved claim once numbers have been looked at; where they contradict the proof, it is undecided and says both.

    Where only one side has a value at some points, it is conditional: a certificate says nothing about these.
    """
    report = numbers.glance(*sides, assuming=assumed, seed=seed)
    needs = {frozenset(numbers.needed(side, assumed)) for side in sides}
    # Where one side alone has a value may be a single point: a = 1 of (a² - 1)/(a - 1) = a + 1.  Two that need the same
    # need not have values at the same points: a^b a^c has none at some with a < 0 where a^(b + c) has one.
    partial = len(needs) > 1 or (any(needs) and numbers.one_sided(sides[:1], sides[1:], assuming=assumed, seed=seed))
    if report.status == "conditional" or (report.status == "supported" and partial):
        report = numbers.compare(*sides, assuming=assumed, seed=seed)
    if report.status == "refuted":
        disagreement(f"{verdict.evidence}, but the numbers differ: {report.counterexample}", verdict)
        return replace(verdict, status="undecided", counterexample=report.counterexample,
                       evidence=f"{COINCIDE}, but the numbers differ ({report.evidence}): one of the two is wrong")
    if report.status == "conditional":
        return replace(verdict, status="conditional", counterexample=report.counterexample,
                       evidence=f"{COINCIDE}; {report.evidence}", conditions=(*verdict.conditions, *report.conditions))
    return verdict


Sides = tuple[tuple[Expr, Expr], tuple[Node, Node], tuple[Idx, ...], Program]


def sides_of(left: Expr, right: Expr, assumed: Sequence[Any]) -> Sides:
    """Both sides with what is assumed of tensors declared, their entries, the letters of these, and the program."""
    known = declared(assumed, left.free_symbols | right.free_symbols)
    lhs, rhs = (side.xreplace(known) if known else side for side in (left, right))
    program = Program(assumed)
    program.conditions.update((a, None) for a in assumed)
    open_ = {i.name for side in (left, right) for i in open_letters(side)}
    letters = fresh_axes(map(size_affine, shape_of(left)), open_, LETTERS)
    return (lhs, rhs), (entry(lhs, letters, program, "lhs"), entry(rhs, letters, program, "rhs")), letters, program


def over_open_letters(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Two sides with free letters as arrays over these, and over the axes that they have; others as they are."""
    free = tuple(dict.fromkeys((*open_letters(left), *open_letters(right))))
    if not free:
        return left, right
    names = spare(LETTERS, {i.name for i in free})
    own = tuple(Index(name, 1, size) for name, size in zip(names, shape_of(left), strict=False))
    entries = (Entry(side, *own) if own else side for side in (left, right))
    lhs, rhs = (Named(name, (*free, *own), entry) for name, entry in zip(("lhs", "rhs"), entries, strict=True))
    return lhs, rhs


def _chains(nodes: tuple[Node, Node], letters: tuple[Idx, ...], program: Program) -> tuple[Chain, ...] | None:
    """Chains from both sides to one canonical form; None where there is none."""
    if nodes[0] is nodes[1]:
        return tuple(chain_of([DerivationLine(n, "claim")], "claim", letters, RuleContext(program.facts)) for n in nodes)
    everything = frozenset(s for n in nodes for s in defined_symbols(n) if s.body is not None)
    # A sum over three numbers is a sum first: written as its terms it decides more, at a price.
    for termwise in sums_written(*nodes, *(s.body for s in everything if s.body is not None)):
        chains = _chains_with(nodes, letters, program, everything, termwise)
        if chains is not None:
            return chains
    return None


def _chains_with(nodes: tuple[Node, Node], letters: tuple[Idx, ...], program: Program, everything: frozenset[Sym],
                 termwise: bool) -> tuple[Chain, ...] | None:
    context = RuleContext(program.facts, unfolds=everything)
    try:
        with budget(PROVING_WORK):
            spelled = tuple(without_stops(spelled_out(n, context)) for n in nodes)
            canonical = Canonical(program.facts, termwise=termwise)
            canonical.prepare(*spelled)
            if not canonical.is_zero(add(spelled[0], neg(spelled[1]))):
                return None
            if any(n.size > MAX_WRITTEN for n in spelled):
                return None
            context = RuleContext(program.facts, unfolds=everything, beside=spelled, termwise=termwise)
            chains = tuple(_to_canonical(n, letters, context, canonical) for n in nodes)
            if chains[0].result is chains[1].result:
                return chains
            difference = _to_canonical(add(nodes[0], neg(nodes[1])), letters, context, canonical)
            return (difference,) if difference.result is ZERO else None
    except (BoundExceeded, RecursionError, ZeroDivisionError):
        return None


def by_certificate(nodes: tuple[Node, Node], letters: tuple[Idx, ...], program: Program,
                   sides: tuple[Expr, Expr] | None = None) -> tuple[Chain, Chain]:
    """The lines from side to side with an inverse, or one where the certificate has smaller steps than anybody prints."""
    one, other = (Chain("claim", None, None, letters, (), None, n, (), RuleContext(program.facts)) for n in nodes)
    for a, b, start, end in ((*sides, other, one), (*sides[::-1], one, other)) if sides is not None else ():
        lines = _with_inverse(a, b, letters, program)
        if lines:
            every = [start.start, *(entry(line, letters, program, "line") for line, _ in lines), end.start]
            reasons = [*(reason for _, reason in lines), INVERSE_CANCELS if len(lines) > 1 else "multiplied out"]
            made = replace(start, steps=tuple(map(Step, every, every[1:], reasons)))
            return (one, made) if start is other else (made, other)
    return replace(one, steps=(Step(*nodes, "by the steps of the certificate"),)), other


INVERSE_CANCELS = "the inverse cancels"


def _with_inverse(one: Expr, other: Expr, letters: tuple[Idx, ...], program: Program) -> list[tuple[Expr, str]]:
    """The lines from B to S⁻¹ A with their reasons: S⁻¹ S B, and for B = C T⁻¹ also S⁻¹ A T T⁻¹; none where S B = A, or
    S C = A T, is not seen by multiplying out."""
    (first, *rest), own = factors_in(one), factors_in(other)
    if not RECORDS.inv.of(first) or not is_array(one):
        return []
    (s,) = first.args
    divided = len(own) > 1 and RECORDS.inv.of(own[-1])
    behind = [own[-1].args[0], own[-1]] if divided else []
    front = own[:-1] if divided else own
    made = [*rest, *behind[:1]] or [RECORDS.eye(size=shape_of(s)[0])]
    nodes = tuple(entry(product(chain), letters, program, "part") for chain in ([s, *front], made))
    if _chains((nodes[0], nodes[1]), letters, program) is None:
        return []
    lines = [(product([first, s, *own]), INVERSE_CANCELS)]
    return [*lines, (product([first, *rest, *behind]), "multiplied out")] if divided else lines


def _to_canonical(node: Node, letters: tuple[Idx, ...], context: RuleContext, canonical: Canonical) -> Chain:
    rewriter = Rewriter(replace(context, canonical=canonical))
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
