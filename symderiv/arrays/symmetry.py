"""Which matrices are certainly their own transposes."""

from __future__ import annotations

from sympy import Expr

from ..bounds import remembered
from .arrays import Apply
from .operator import is_array
from .sizes import Shape


@remembered(4_000)
def is_symmetric(a: Expr) -> bool:
    """Whether a matrix expression is its own transpose, by declaration or by how it is built."""
    if {"symmetric", "diagonal"} & getattr(a, "properties", frozenset()):
        return True
    whole = getattr(a, "whole", None)  # what a definition gives a name to
    if whole is not None:
        return is_symmetric(whole)
    if not isinstance(a, Apply) or len(a.shape) != 2 or a.shape[0] != a.shape[1]:
        return False
    if a.op.scalar is not None:
        return entry_by_entry(a.args, a.shape)
    return a.op.symmetric is not None and bool(a.op.symmetric(a.args, a.shape))


def entry_by_entry(args: tuple[Expr, ...], shape: Shape) -> bool:
    """Whether what is computed of the entries of arrays and of numbers is symmetric because the arrays are."""
    return all(not is_array(f) or (getattr(f, "shape", ()) == shape and is_symmetric(f)) for f in args)


def transposes(a: Expr, b: Expr) -> bool:
    """Whether one of two expressions is written as the transpose of the other."""
    return bool(a == transposed(b) or b == transposed(a))


def transposed(a: Expr) -> Expr | None:
    """What a transpose is the transpose of."""
    return a.args[0] if isinstance(a, Apply) and a.op.transposes else None
