"""Long sums between whole numbers in closed form, exactly: powers of the letter by Faulhaber, c^i as a geometric sum.

Numbers are computed with these in place of the sums, so that Σ_{i=1}^{100000} i² has a value as exact as Σ_{i=1}^{3} i².
"""

from __future__ import annotations

from math import comb
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational
from sympy import Sum as SympySum

from ..arrays.walks import outermost
from ..bounds import admit_power, spend

LONG = 40
"""Shorter sums are added up as they stand."""
MOST_POWER, MOST_TERMS = 40, 200

Terms = dict[tuple[int, Expr], Expr]
"""Σ coefficient · i^k · c^i by (k, c)."""


def with_closed_sums(expr: Expr) -> Expr:
    """An expression in which long sums between whole numbers, of what is known in closed form, are written so."""
    found = {node: closed for node in outermost(expr, _is_long) if (closed := _closed(node)) is not node}
    return expr.xreplace(found) if found else expr


def _is_long(node: Any) -> bool:
    return isinstance(node, SympySum) and any(_length(lo, hi) > LONG for _, lo, hi in node.limits)


def _length(lo: Expr, hi: Expr) -> int:
    return int(hi) - int(lo) + 1 if isinstance(lo, Integer) and isinstance(hi, Integer) else 0


def _closed(node: SympySum) -> Expr:
    body = with_closed_sums(node.function)
    limits = list(node.limits)
    while limits:
        letter, lo, hi = limits[0]
        terms = _terms(body, letter) if isinstance(lo, Integer) and isinstance(hi, Integer) else None
        if terms is None or any(k and c != 1 for k, c in terms):
            break
        body = Add(*(Mul(coefficient, _total(k, c, int(lo), int(hi))) for (k, c), coefficient in terms.items()))
        limits.pop(0)
    if not limits:
        return body
    return node if len(limits) == len(node.limits) and body == node.function else SympySum(body, *limits)


def _terms(node: Expr, letter: Expr) -> Terms | None:
    """A polynomial in the letter, with powers of numbers to the letter; None for anything else."""
    spend()
    if letter not in node.free_symbols:
        return {(0, Integer(1)): node}
    if node == letter:
        return {(1, Integer(1)): Integer(1)}
    if isinstance(node, Add):
        total: Terms = {}
        for arg in node.args:
            found = _terms(arg, letter)
            if found is None:
                return None
            for key, coefficient in found.items():
                total[key] = total.get(key, Integer(0)) + coefficient
        return total if len(total) <= MOST_TERMS else None
    if isinstance(node, Mul):
        return _product([_terms(arg, letter) for arg in node.args])
    if isinstance(node, Pow):
        return _power(node, letter)
    return None


def _product(factors: list[Terms | None]) -> Terms | None:
    result: Terms = {(0, Integer(1)): Integer(1)}
    for factor in factors:
        if factor is None or len(result) * len(factor) > MOST_TERMS:
            return None
        made: Terms = {}
        for (k, c), a in result.items():
            for (m, d), b in factor.items():
                key = k + m, Mul(c, d)
                made[key] = made.get(key, Integer(0)) + Mul(a, b)
        result = made
    return result if all(k <= MOST_POWER for k, _ in result) else None


def _power(node: Pow, letter: Expr) -> Terms | None:
    base, exponent = node.as_base_exp()
    if isinstance(exponent, Integer) and 0 < exponent <= MOST_POWER:
        return _product([_terms(base, letter)] * int(exponent))
    if not isinstance(base, Rational) or base == 0:
        return None
    linear = _terms(exponent, letter)
    if linear is None or not all(c == 1 and k <= 1 and isinstance(a, Integer) for (k, c), a in linear.items()):
        return None
    slope, rest = (linear.get((k, Integer(1)), Integer(0)) for k in (1, 0))
    admit_power(base, max(abs(slope), abs(rest)))
    return {(0, base ** slope): base ** rest}


def _total(k: int, c: Expr, lo: int, hi: int) -> Expr:
    """Σ_{i=lo}^{hi} i^k (where c is 1), or c^i."""
    if hi < lo:
        return Integer(0)
    if c == 1:
        admit_power(Integer(max(abs(lo), abs(hi))), k + 1)
        return Integer(_powers(k, hi) - _powers(k, lo - 1))
    admit_power(c, max(abs(lo), abs(hi) + 1))
    return (c ** (hi + 1) - c ** lo) / (c - 1)


def _powers(k: int, last: int) -> int:
    """Σ_{i=0}^{last} i^k, by (k+1) S_k = (last+1)^{k+1} - Σ_{j<k} C(k+1, j) S_j; below 0 as the polynomial goes on."""
    sums: list[int] = []
    for power in range(k + 1):
        rest = sum(comb(power + 1, j) * s for j, s in enumerate(sums))
        sums.append(((last + 1) ** (power + 1) - rest) // (power + 1))
    return sums[k]
