"""Chains of lines, each line the rewrites that led to it, and what cotangents are the sums of."""

from __future__ import annotations

from dataclasses import dataclass

from ..calculus.rules import Rewrite, RuleContext
from ..terms.affine import Idx
from ..terms.nodes import Node, Sym


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
