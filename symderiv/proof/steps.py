"""Frozen proofs: what was done, line by line, and whether it is certified."""

from __future__ import annotations

from dataclasses import dataclass

from ..answers import Certifiable, Status, written
from ..arrays.strict import strict
from ..bounds import bounded
from .binding import shows
from .chains import Accumulation, Chain, Step
from .closings import Closing, judged
from .proof_record import ProofRecord


@dataclass(frozen=True, eq=False, repr=False)
class Proof(ProofRecord, Certifiable):
    """A proof as it is shown, and the certificate of what it shows."""

    @property
    def rests_on(self) -> tuple[ProofRecord, ...]:
        """Itself, as far as it is a proof of what it claims."""
        return (self,) if shows(self) else ()

    @property
    def status(self) -> str:
        """"proved" where the checker accepts a certificate of what is claimed; "undecided" where something else is shown."""
        return judged(self, _status)

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


def _status(proof: Proof) -> str:
    if not shows(proof):
        return Status.undecided
    return Status.proved if proof.certified else Status.supported


__all__ = ["Accumulation", "Chain", "Closing", "Step"]
