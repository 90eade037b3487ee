"""Which symmetric matrices are certainly positive definite, or at least semidefinite: sums and products of such.

Source: Horn and Johnson, Matrix Analysis (2013), 7.1.
"""

from __future__ import annotations

from sympy import Expr

from .arrays import Apply
from .operator import is_array
from .registry import RECORDS
from .sign import certainly_positive
from .symmetry import is_symmetric, transposes


def is_definite(a: Expr) -> bool:
    """Whether xᵀ A x > 0 for every x but 0: declared so, I, the inverse of such, or a sum of semidefinite ones with one."""
    if "positive_definite" in getattr(a, "properties", ()) or RECORDS.eye.of(a):
        return True
    if RECORDS.inv.of(a):
        return is_definite(a.args[0])
    if RECORDS.diag.of(a) and len(a.args[0].shape) == 1:
        return "positive" in getattr(a.args[0], "properties", ())
    if RECORDS.mul.of(a) and len(a.args) == 2 and not is_array(a.args[0]):
        return certainly_positive(a.args[0]) and is_definite(a.args[1])
    return bool(RECORDS.add.of(a)) and any(map(is_definite, a.args)) and all(map(is_semidefinite, a.args))


def is_semidefinite(a: Expr) -> bool:
    """Whether xᵀ A x >= 0 for every x: definite, Bᵀ A B for such an A, or a sum or positive multiple of such."""
    if is_definite(a):
        return True
    if RECORDS.add.of(a):
        return all(map(is_semidefinite, a.args))
    if RECORDS.mul.of(a) and len(a.args) == 2 and not is_array(a.args[0]):
        return certainly_positive(a.args[0]) and is_semidefinite(a.args[1])
    factors = _factors(a)
    first, last = factors[0], factors[-1]
    if len(factors) < 2 or not (transposes(first, last) or (first == last and is_symmetric(first))):
        return False
    inner = factors[1:-1]
    return not inner or is_semidefinite(inner[0] if len(inner) == 1 else RECORDS.matmul(*inner))


def _factors(a: Expr) -> list[Expr]:
    """The matrices of a product."""
    if isinstance(a, Apply) and RECORDS.matmul.of(a) and all(len(f.shape) == 2 for f in a.args):
        return [g for f in a.args for g in _factors(f)]
    return [a]
