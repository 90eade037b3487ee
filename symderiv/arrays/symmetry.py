"""Which matrices are certainly their own transposes."""

from __future__ import annotations

from sympy import Expr, S

from ..bounds import remembered
from .arrays import SQUARE, Apply
from .operator import is_array, shape_of
from .registry import RECORDS
from .sizes import Shape


def held_by(a: object) -> frozenset[str]:
    """The properties that a matrix is declared to have, or the stack that it is a member of."""
    if RECORDS.take.of(a) and isinstance(a, Apply) and a.params["index"][-2:] == (None, None):
        return held_by(a.args[0]) & SQUARE
    held: frozenset[str] = getattr(a, "properties", frozenset())
    return held


@remembered(4_000)
def is_symmetric(a: Expr) -> bool:
    """Whether a matrix expression is its own transpose, by declaration or by how it is built."""
    if {"symmetric", "diagonal"} & held_by(a):
        return len(getattr(a, "shape", ())) == 2  # of a stack, each member is
    whole = getattr(a, "whole", None)  # what a definition gives a name to
    if whole is not None:
        return is_symmetric(whole)
    if not isinstance(a, Apply) or len(a.shape) != 2 or a.shape[0] != a.shape[1]:
        return False
    if RECORDS.take.of(a):
        return a.params["index"][-2:] == (None, None) and symmetric_members(a.args[0])  # of what is computed of a stack
    if a.op.scalar is not None:
        return entry_by_entry(a.args, a.shape)
    return a.op.symmetric is not None and bool(a.op.symmetric(a.args, a.shape))


def symmetric_members(a: Expr) -> bool:
    """Whether each matrix of a stack is certainly its own transpose, or the matrix itself."""
    shape = getattr(a, "shape", ())
    if len(shape) <= 2:
        return is_symmetric(a)
    if {"symmetric", "diagonal"} & getattr(a, "properties", frozenset()):
        return True
    whole = a.args[0] if isinstance(a, Apply) and a.op.members else None
    if whole is None or len(shape_of(whole)) != len(shape):
        return False
    return is_symmetric(a.op(RECORDS.take(whole, index=(*(S.One,) * (len(shape) - 2), None, None))))


def entry_by_entry(args: tuple[Expr, ...], shape: Shape) -> bool:
    """Whether what is computed of the entries of arrays and of numbers is symmetric because the arrays are."""
    return all(not is_array(f) or (getattr(f, "shape", ()) == shape and is_symmetric(f)) for f in args)


def transposes(a: Expr, b: Expr) -> bool:
    """Whether one of two expressions is written as the transpose of the other."""
    return bool(a == transposed(b) or b == transposed(a))


def transposed(a: Expr) -> Expr | None:
    """What a transpose is the transpose of."""
    return a.args[0] if isinstance(a, Apply) and a.op.transposes else None
