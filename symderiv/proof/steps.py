"""Frozen proofs: chains of lines, each line the rewrites that led to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sympy import Expr

from ..answers import Status, written
from ..arrays.strict import strict
from ..bounds import WORK, bounded, budget, ended
from ..calculus.rules import Rewrite, RuleContext
from ..errors import BoundExceeded, StepRefused
from ..kept import Kept
from ..lowering.program import Program
from ..terms.affine import Idx
from ..terms.nodes import Node, Sym
from .claims import Gradient, Identity, judged


@dataclass(frozen=True)
class Step:
    """One line from the line before.  ``rewrites`` are the single rule applications that make it up."""

    before: Node
    after: Node
    rule: str
    conditions: tuple[str, ...] = ()
    status: str = "proved"
    rewrites: tuple[Rewrite, ...] = ()


@dataclass(frozen=True)
class Chain:
    """The derivation of one cotangent from one definition that reads the variable, or of one side of an identity.

    ``kind`` says what the first line must be: "chain rule" (Σ_a ū_a ∂u_a/∂z_i) or "claim" (any expression).
    """

    kind: str
    subject: Sym | None
    consumer: Sym | None
    letters: tuple[Idx, ...]
    own: tuple[Idx, ...]
    upstream: Node | None
    start: Node
    steps: tuple[Step, ...]
    context: RuleContext

    @property
    def result(self) -> Node:
        """The last line."""
        return self.steps[-1].after if self.steps else self.start


@dataclass(frozen=True)
class Accumulation:
    """A cotangent is the sum over the definitions that read the variable; where named, content times the name."""

    subject: Sym
    letters: tuple[Idx, ...]
    chains: tuple[Chain, ...]
    total: Node
    named: Sym | None = None
    content: Node | None = None


@dataclass(frozen=True)
class Closing:
    """An index expression and the array it is the entry of."""

    index: Node
    letters: tuple[Idx, ...]
    closed: Expr
    program: Program

    @property
    def status(self) -> str:
        """"proved" where the closed form, spelled out again, has the canonical form of the index form."""
        return judged(self, _closes)


@dataclass(frozen=True, eq=False)
class Proof(Kept):
    """Everything that was done, in order: definitions, cotangents with their chains, closed forms.

    ``outputs`` are the definitions whose own cotangent is given: what was differentiated.  ``claims`` say what it shows;
    without them, that its chains begin with equal expressions.
    """

    title: str
    definitions: tuple[Sym, ...]
    accumulations: tuple[Accumulation, ...]
    closings: tuple[Closing, ...]
    conditions: tuple[Any, ...] = ()
    chains: tuple[Chain, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    outputs: tuple[Sym, ...] = ()
    claims: tuple[Identity | Gradient, ...] = ()

    @cached_property
    def all_chains(self) -> tuple[Chain, ...]:
        """The chains of all cotangents, and those of the proof itself."""
        return tuple(c for a in self.accumulations for c in a.chains) + self.chains

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every line of every chain, in order."""
        return tuple(s for c in self.all_chains for s in c.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @bounded
    def replay(self) -> None:
        """Let the kernel repeat every step.  Raises StepRefused at the first that it cannot repeat."""
        from .kernel import replay

        replay(self)

    @property
    def status(self) -> str:
        """That of the weakest link, "undecided" where a step cannot be replayed or something else is shown."""
        return judged(self, _weakest)

    @bounded
    @strict
    def latex(self, grain: str = "steps") -> str:
        """The proof in LaTeX.  grain: "answer", "steps", or "rewrites" for every single rewrite."""
        return str(written("proof_latex", self, grain))

    def _repr_latex_(self) -> str:
        return self.latex()


def _weakest(proof: Proof) -> str:
    try:
        with budget(WORK):
            proof.replay()
            return Status.weakest([*(s.status for s in proof.steps), *(c.status for c in proof.closings)])
    except (StepRefused, BoundExceeded):
        return Status.undecided


def _closes(closing: Closing) -> str:
    from .equality import closes

    try:
        with ended():
            return closes(closing.index, closing.letters, closing.closed, closing.program)
    except BoundExceeded:
        return Status.undecided


__all__ = ["Accumulation", "Chain", "Closing", "Proof", "Step"]
