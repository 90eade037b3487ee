"""Scalars that are positive for certain."""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow

from .operator import is_array
from .registry import RECORDS
from .symmetry import held_by


def certainly_positive(a: Expr) -> bool:
    """Whether a scalar is a sum of products of positive numbers, sizes, and tensors that are declared positive, and sums of
    their entries; squares and norms may stand beside a term that is positive."""
    found = [_sign(t) for t in Add.make_args(a.expand())]
    return None not in found and 1 in found


def never_negative(a: Expr) -> bool:
    """Whether a scalar is a sum of products of such numbers, of squares, norms and forms x'P x with a definite P."""
    return None not in map(_sign, Add.make_args(a.expand()))


def _sign(term: Expr) -> int | None:
    """1 for what is positive, 0 for what is at least 0, None for anything else."""
    found = [_sign_of(f) for f in Mul.make_args(term)]
    return None if None in found else min(f for f in found if f is not None)


def _sign_of(f: Expr) -> int | None:
    base, e = f.args if isinstance(f, Pow) else (f, None)
    if _positive(base):
        return 1
    if e is not None and (e / 2).is_Integer and e.is_positive and not is_array(base) and base.is_real:
        return 0
    at_least = (RECORDS.norm.of(base) or (RECORDS.matmul.of(base) and _square(*base.args))) and not is_array(base)
    return 0 if at_least and (e is None or e.is_positive) else None


def _square(x: Expr, y: Expr) -> bool:
    """Whether this is x'x or x'P x, with P or its inverse declared definite."""
    middle = y.args[0] if x != y and RECORDS.matmul.of(y) and len(y.args) == 2 and y.args[1] == x else None
    own = middle.args[0] if middle is not None and RECORDS.inv.of(middle) else middle
    return bool(x == y) or "positive_definite" in held_by(own)


def _positive(a: Expr) -> bool:
    reduced = not is_array(a) and (RECORDS.sum.of(a) or RECORDS.mean.of(a))
    if RECORDS.det.of(a):
        return "positive_definite" in held_by(a.args[0])
    return bool(a.is_positive) or "positive" in getattr(a, "properties", ()) or (
        reduced and "positive" in getattr(a.args[0], "properties", ()))
