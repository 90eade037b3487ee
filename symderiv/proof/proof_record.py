"""What a proof holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..answers import ShowsItself
from ..bounds import extent
from ..kept import Kept
from ..terms.nodes import Sym
from .chains import Accumulation, Chain, Step
from .claims import EntryEquation, Gradient, Identity
from .closings import Closing


@dataclass(frozen=True, eq=False)
class ProofRecord(Kept, ShowsItself):
    """Everything that was done, in order: definitions, cotangents with their chains, closed forms.

    ``outputs`` are the definitions whose own cotangent is given: what was differentiated.  ``claims`` say what it shows;
    without them, that its chains begin with equal expressions.  ``taken`` are names with a meaning where it is shown, which
    it gives to nothing else.
    """

    title: str
    definitions: tuple[Sym, ...]
    accumulations: tuple[Accumulation, ...]
    closings: tuple[Closing, ...]
    conditions: tuple[Any, ...] = ()
    chains: tuple[Chain, ...] = ()
    taken: frozenset[str] = frozenset()
    outputs: tuple[Sym, ...] = ()
    claims: tuple[Identity | EntryEquation | Gradient, ...] = ()

    @property
    def _extent(self) -> int:
        """How large it is: the work of showing it grows with the closed forms that it holds."""
        return extent(0, len(self.closings))

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
