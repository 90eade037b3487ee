"""What a proof is a proof of: an equation, or that an array is a derivative.

A chain of lines shows something, but not what somebody says it shows.  The claim ties the two together: the lines begin and
end where it says, it is the one that is shown, and it is what a certificate is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ..arrays.arrays import Array, Named
from ..arrays.assumptions import declared
from ..lowering.program import Program
from ..terms.affine import Idx
from ..terms.nodes import Node
from .closings import Closing, position
from .reading import Reading


@dataclass(frozen=True, eq=False)
class Identity:
    """lhs = rhs, entry by entry at ``letters``, under what is assumed of the tensors."""

    lhs: Expr
    rhs: Expr
    letters: tuple[Idx, ...]
    program: Program
    assuming: tuple[Any, ...] = ()

    def entries(self) -> tuple[Node, Node]:
        """The entries of both sides, as the program reads them."""
        known = declared(self.assuming, self.lhs.free_symbols | self.rhs.free_symbols)
        left, right = (side.xreplace(known) if known else side for side in (self.lhs, self.rhs))
        return entry(left, self.letters, self.program, "lhs"), entry(right, self.letters, self.program, "rhs")


@dataclass(frozen=True, eq=False)
class EntryEquation:
    """left = right in the engine's own terms, at letters with their ranges: a part of a proof in parts."""

    left: Node
    right: Node
    letters: tuple[Idx, ...]
    program: Program

    def entries(self) -> tuple[Node, Node]:
        """Both sides."""
        return self.left, self.right


@dataclass(frozen=True, eq=False)
class ByInduction(EntryEquation):
    """The same, by induction on the first letter t: from 2 on, what each side is without ``ratio`` times itself at t - 1."""

    ratio: Node


@dataclass(frozen=True, eq=False)
class Gradient:
    """``spelled`` is the derivative of the primal by ``wrt``, pulled back along ``upstream`` where there is one.

    ``reading`` says how the primal was brought into the form that was differentiated.
    """

    primal: Expr
    wrt: Expr
    upstream: Expr | None
    spelled: Expr
    index: Expr
    closing: Closing
    reading: Reading

    @property
    def root(self) -> Expr:
        """The array whose cotangent is given."""
        return root_of(self.reading.after)


def root_of(primal: Expr) -> Expr:
    """The array that is differentiated: a scalar expression under a name."""
    return primal if isinstance(primal, Array) else Named("L", (), primal)


def entry(side: Expr, letters: tuple[Idx, ...], program: Program, name: str) -> Node:
    """The entry of a side at the letters."""
    if isinstance(side, Array):
        return program.read(side, map(position, letters))
    return program.read(Named(name, (), side))


class Claimed:
    """A status that somebody gave; "proved" is judged by the record whenever it is asked for, if the proof fits."""

    def __get__(self, record: Any, owner: type) -> str:
        given: str = record.__dict__["_given"]
        return given if given != "proved" else record.judged if record.shown() else "undecided"

    def __set__(self, record: Any, value: str) -> None:
        record.__dict__["_given"] = value
