"""Scalars that are positive for certain."""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow


def certainly_positive(a: Expr) -> bool:
    """Whether a scalar is a sum of products of positive numbers, sizes, and tensors that are declared positive."""
    return all(_positive(f.base if isinstance(f, Pow) else f) for t in Add.make_args(a.expand()) for f in Mul.make_args(t))


def _positive(a: Expr) -> bool:
    return bool(a.is_positive) or "positive" in getattr(a, "properties", ())
