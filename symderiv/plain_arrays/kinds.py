"""The kinds of numbers that an array holds: truth values, integers, floating point, complex, and anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any


class Kind:
    """A kind of entries, under NumPy's names; ``dtype == float`` and ``dtype.kind in "iu"`` hold as there."""

    __slots__ = ("convert", "kind", "name", "rank", "type")

    def __init__(self, rank: int, kind: str, name: str, convert: Callable[[Any], Any]) -> None:
        self.rank, self.kind, self.name, self.convert = rank, kind, name, convert
        self.type: Any = convert

    def __eq__(self, other: object) -> bool:
        try:
            return self is kind_of(other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name


def _float(value: Any) -> float:
    return float(value.real) if isinstance(value, complex) else float(value)


BOOL = Kind(0, "b", "bool", bool)
INT = Kind(1, "i", "int64", int)
FLOAT = Kind(2, "f", "float64", _float)
COMPLEX = Kind(3, "c", "complex128", complex)
OBJECT = Kind(4, "O", "object", lambda value: value)
KINDS = (BOOL, INT, FLOAT, COMPLEX, OBJECT)


class Wide:
    """Floating point with more digits than Python has: no array is of this kind."""


def kind_of(given: object) -> Kind:
    """The kind that a type, a name or a kind says.  Raises TypeError for another."""
    if isinstance(given, Kind):
        return given
    if isinstance(given, str):
        for each in KINDS:
            if given in (each.name, each.kind):
                return each
    if isinstance(given, type):
        for held, each in ((bool, BOOL), (int, INT), (float, FLOAT), (complex, COMPLEX)):
            if issubclass(given, held):
                return each
        if given is object:
            return OBJECT
    raise TypeError(f"no kind of entries: {given!r}")


def kind_of_value(value: object) -> Kind:
    """The kind of one entry; an integer that 64 bits do not hold is any object."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT if -2**63 <= value < 2**63 else OBJECT
    return FLOAT if isinstance(value, float) else COMPLEX if isinstance(value, complex) else OBJECT


def widest(kinds: Iterable[Kind]) -> Kind:
    """The kind that holds all of them; floating point for none."""
    return max(kinds, key=lambda each: each.rank, default=FLOAT)


class finfo:
    """What floating point resolves."""

    def __init__(self, _: object = float) -> None:
        self.eps, self.max, self.tiny = sys.float_info.epsilon, sys.float_info.max, sys.float_info.min
