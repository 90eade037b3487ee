"""Frozen proofs: replayed by the kernel, and as sure as their weakest link."""

from __future__ import annotations

from dataclasses import dataclass

from ..answers import Certifiable, Status, written
from ..arrays.strict import strict
from ..bounds import EACH_CLOSING, LEVEL_WORK, WORK, bounded, budget
from ..errors import BoundExceeded, StepRefused
from .chains import Accumulation, Chain, Step
from .closings import Closing, judged
from .kernel import replay, shows
from .proof_record import ProofRecord


@dataclass(frozen=True, eq=False, repr=False)
class Proof(ProofRecord, Certifiable):
    """A proof that the kernel replays."""

    @property
    def rests_on(self) -> tuple[ProofRecord, ...]:
        """Itself, as far as it is a proof of what it claims."""
        return (self,) if shows(self) else ()

    @bounded
    def replay(self) -> None:
        """Let the kernel repeat every step.  Raises StepRefused at the first that it cannot repeat."""
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

    @bounded
    def __str__(self) -> str:
        return str(written("proof_text", self))

    def __repr__(self) -> str:
        return f"<Proof of {self.title}: {len(self)} steps, {self.status}>"


def _weakest(proof: Proof) -> str:
    try:
        with budget(WORK, WORK.limit + LEVEL_WORK * (len(proof.all_chains) + EACH_CLOSING * len(proof.closings))):
            proof.replay()
            return Status.weakest([*(s.status for s in proof.steps), *(c.status for c in proof.closings)])
    except (StepRefused, BoundExceeded):
        return Status.undecided


__all__ = ["Accumulation", "Chain", "Closing", "Proof", "Step"]
