"""The array that an index form is the entries of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from sympy import Expr

from ..lowering.program import Program
from ..terms.affine import Affine, Idx, affine
from ..terms.nodes import Node


def judged(record: Any, judge: Callable[[Any], str]) -> str:
    """What a judge says of a frozen record, worked out again where any of its fields is another one than last time."""
    now = tuple(getattr(record, f.name) for f in fields(record))
    known: tuple[tuple[Any, ...], str] | None = record.__dict__.get("_judged")
    if known is None or len(known[0]) != len(now) or any(a is not b for a, b in zip(known[0], now, strict=True)):
        known = record.__dict__["_judged"] = now, judge(record)
    return known[1]


def position(letter: Idx) -> Affine:
    """A letter as a position; over one number only, that number."""
    return letter.lo if letter.lo is letter.hi else affine(letter)


@dataclass(frozen=True)
class Closing:
    """An index expression and the array it is the entry of."""

    index: Node
    letters: tuple[Idx, ...]
    closed: Expr
    program: Program
