"""Proofs that consist of several: a base and a step, one part for each parameter, a lemma and what follows from it.

Every part is an ordinary proof with its own chains and its own certificate; what ties the parts together is checked by
whoever builds them, and said in the headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..answers import Answer, Certifiable, ShowsItself, Status
from ..answers import written as shown
from ..bounds import bounded
from ..calculus.canonical import Canonical, sums_written
from ..calculus.expand import canonical_form, defined_symbols, in_exponentials, spelled_out, unfold
from ..calculus.rules import Rewriter, Rule, RuleContext
from ..errors import BoundExceeded, EvaluationError
from ..lowering.program import Program
from ..terms.affine import Idx
from ..terms.nodes import ZERO, Node, add, neg
from .claims import EntryEquation
from .equality import MAX_WRITTEN, chain_of
from .steps import Chain, Proof, Step

CLAIMED = "The claim."
"""The heading of what a value that was found says of a claim; where both are the same, it is not written."""


@dataclass(frozen=True)
class Part:
    """One proof with the LaTeX sentence that says what it shows; ``sides`` are those of the equation it must prove."""

    heading: str
    proof: Proof
    sides: tuple[Node, Node] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class ProofInParts(Certifiable, ShowsItself):
    """Several proofs, in order; as sure as the weakest.  ``closing`` is the LaTeX sentence that draws the conclusion.

    ``whole`` is a proof of the conclusion itself, for which the parts are what is written.
    """

    title: str
    parts: tuple[Part, ...]
    conditions: tuple[Any, ...] = ()
    closing: str = ""
    whole: Proof | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every line of every part, in order."""
        return tuple(step for part in self.parts for step in part.proof.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def rests_on(self) -> tuple[Any, ...]:
        """The proof of the whole, or else those of all parts, where each is one of its own equation."""
        proofs = tuple(part.proof for part in self.parts) if self.whole is None else (self.whole,)
        return proofs if all(map(_fits, self.parts)) else ()

    @cached_property
    def status(self) -> str:
        """That of the weakest part; "undecided" without any, or where one proves something else."""
        return Status.weakest((proof.status for proof in self.rests_on), Status.undecided)

    @bounded
    def latex(self, grain: str = "steps") -> str:
        """The parts in LaTeX, each below its heading.  grain: "answer", "steps" or "rewrites"."""
        written = [(rf"\paragraph{{{part.heading}}}", part.proof.latex(grain)) for part in self.parts]
        empty = (rf"\paragraph{{{CLAIMED}}}", "Both sides are the same."), (rf"\paragraph{{{CLAIMED}}}", "")
        kept = [each for each in written if each not in empty]
        if len(kept) > 1 and kept[-1][0] == empty[0][0] and (joined := _joined(kept[-2][1], kept[-1][1])):
            kept[-2:] = [(kept[-2][0], joined)]
        pieces = [piece for each in kept for piece in each]
        return "\n".join([*pieces, self.closing] if self.closing else pieces)

    @bounded
    def __str__(self) -> str:
        return str(shown("proof_text", self))

    def __repr__(self) -> str:
        return f"<Proof of {self.title}: {len(self)} steps, {self.status}>"


_SIDES = re.compile(r"(.*?)The left side:\n(.*?)\nThe right side:\n(.*?)\nThe last lines are the same\.(.*)", re.DOTALL)


def _joined(first: str, second: str) -> str:
    """Two equalities as one, where the right side of the first is led to its end as the left side of the second; else ""."""
    one, other = _SIDES.fullmatch(first), _SIDES.fullmatch(second)
    if one is None or other is None or other[1] or one[3] != other[2]:
        return ""
    return (f"{one[1]}The left side:\n{one[2]}\nThe right side:\n{other[3]}\nThe last lines are the same."
            f"{one[4]}{other[4]}")


def _fits(part: Part) -> bool:
    """Whether the proof of a part is one of its equation."""
    starts = tuple(chain.start for chain in part.proof.chains)
    return part.sides is None or starts in (part.sides, (add(part.sides[0], neg(part.sides[1])),))


@dataclass(frozen=True, eq=False)
class Finding(Answer):
    """What a calculus found: a statement, its proof, and how to check it in numbers.

    text, formula   the statement as plain text and as LaTeX
    status          "proved", "supported", "refuted" or "undecided"; where "" is given, that of the proof
    evidence        in words: what decided
    counterexample  for "refuted"
    """

    text: str
    formula: str
    proof: Any
    status: str
    evidence: str = ""
    counterexample: Any = None
    checker: Callable[[int], Any] | None = field(default=None, repr=False)

    @bounded
    def latex(self) -> str:
        """The statement as an equation, without dollar signs; several as an align* environment."""
        return self.formula

    @bounded
    def check(self, seed: int = 0) -> Any:
        """Look at the statement in numbers, independently of the proof: a CheckReport."""
        if self.checker is None:
            raise EvaluationError(f"{self.text} has no numerical check")
        return self.checker(seed)

    def __bool__(self) -> bool:
        return self.status == "proved"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.status}: {self.text}>"


def equality(title: str, left: Node, right: Node, letters: tuple[Idx, ...], program: Program,
             first: Iterable[tuple[tuple[Rule, ...], str]] = ()) -> Proof | None:
    """A proof of left = right by canonical forms, after lines in which groups of rules are exhausted; None without one.

    ``first`` are (rules, words beside the line), in order.
    """
    groups = tuple(first)
    for termwise in sums_written(left, right, *(s.body for n in (left, right) for s in defined_symbols(n)
                                           if s.body is not None)):
        chains = _chains(left, right, letters, program, groups, termwise)
        if chains is not None:
            read = _definitions(program, left, right)
            return Proof(title, read, (), (), tuple(program.conditions), chains,
                         claims=(EntryEquation(left, right, letters, program),))
    return None


def _definitions(program: Program, *nodes: Node) -> tuple[Any, ...]:
    """The definitions that the sides of one part read."""
    read = frozenset(s for n in nodes for s in defined_symbols(n))
    return tuple(d for d in program.definitions if d in read)


def _chains(left: Node, right: Node, letters: tuple[Idx, ...], program: Program,
            groups: tuple[tuple[tuple[Rule, ...], str], ...], termwise: bool) -> tuple[Chain, ...] | None:
    everything = frozenset(s for n in (left, right) for s in defined_symbols(n) if s.body is not None)
    plain = RuleContext(program.facts, unfolds=everything, termwise=termwise)

    def prepared(node: Node, rewriter: Rewriter) -> Node:
        node = rewriter.start(node, "claim")
        for rules, words in groups:
            node = rewriter.exhaust(node, rules, words)
        return node

    try:
        spelled = tuple(spelled_out(prepared(n, Rewriter(plain)), plain) for n in (left, right))
        canonical = Canonical(program.facts, termwise=termwise)
        if any(n.size > MAX_WRITTEN for n in spelled) or not canonical.is_zero(add(spelled[0], neg(spelled[1]))):
            return None
        context = RuleContext(program.facts, unfolds=everything, beside=spelled, termwise=termwise)

        def chain(node: Node) -> Chain:
            rewriter = Rewriter(replace(context, canonical=canonical))
            expr = prepared(node, rewriter)
            expr = rewriter.exhaust(expr, (unfold,), "by definition")
            expr = rewriter.exhaust(expr, (in_exponentials,), "written with exponentials")
            rewriter.once(expr, canonical_form, "multiplied out and cancelled")
            return chain_of(rewriter.lines, "claim", letters, context)

        both = chain(left), chain(right)
        if both[0].result is both[1].result:
            return both
        difference = chain(add(left, neg(right)))
        return (difference,) if difference.result is ZERO else None
    except (BoundExceeded, RecursionError, ZeroDivisionError):
        return None


class GivenOrProved:
    """A status as it was given, or else that of the proof, which is not certified before somebody asks."""

    def __get__(self, obj: Any, owner: type | None = None) -> str:
        if obj is None:
            raise AttributeError("status")  # so that the field has no default
        return str(obj.__dict__["_given"] or obj.proof.status)

    def __set__(self, obj: Any, value: str) -> None:
        obj.__dict__["_given"] = value


Finding.status = GivenOrProved()  # type: ignore[assignment]
