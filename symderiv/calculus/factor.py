"""Common factors of the terms of a sum."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from ..terms.nodes import ONE, Add, Delta, IversonBracket, Node, Num, Number, Pow, add, factors_of, mul, num, power, terms_of


def powers_of(term: Node) -> tuple[Number, dict[Node, Fraction]]:
    """(coefficient, base -> numeric exponent); a factor with a symbolic exponent is a base of its own."""
    coeff, factors = factors_of(term)
    result: dict[Node, Fraction] = {}
    for f in factors:
        if isinstance(f, Pow) and isinstance(f.exponent, Num):
            result[f.base] = Fraction(f.exponent.value)
        else:
            result[f] = Fraction(1)
    return coeff, result


def numeric_content(coeffs: list[Number]) -> Fraction:
    """The largest number that divides all, and the denominator that all have: a/2 + b is not written (a + 2b)/2."""
    fractions = [Fraction(c) for c in coeffs]
    top = gcd(*(f.numerator for f in fractions))
    denominators = {f.denominator for f in fractions}
    bottom = denominators.pop() if len(denominators) == 1 else 1
    return Fraction(top, bottom) if top else Fraction(1)


def common_content(expr: Node, *, scalar: bool = False) -> tuple[Node, Node]:
    """(content, rest) with expr = content * rest, the content being what all terms share.

    With ``scalar`` only factors without index letters count.  The content is
    negative where all terms are.
    """
    if not isinstance(expr, Add):
        return ONE, expr
    parts = [powers_of(t) for t in expr.children]
    shared = dict(parts[0][1])
    for _, powers in parts[1:]:
        shared = {b: _nearer(e, powers[b]) for b, e in shared.items() if b in powers and _nearer(e, powers[b])}
    if scalar:
        shared = {b: e for b, e in shared.items() if not b.free}
    number = numeric_content([c for c, _ in parts])
    if all(c < 0 for c, _ in parts):
        number = -number
    content = mul(num(number), *(power(b, num(e)) for b, e in shared.items()))
    if content is ONE:
        return ONE, expr
    rest = []
    for c, powers in parts:
        left = [power(b, num(e - shared.get(b, 0))) for b, e in powers.items()
                if not (isinstance(b, Delta | IversonBracket) and b in shared)]
        rest.append(mul(num(Fraction(c) / number), *left))
    return content, add(*rest)


def separable_content(expr: Node) -> tuple[Node, Node]:
    """(content, rest) with expr = content * rest, the content being scalars, and common factors that bring in letters
    which the rest lacks: an outer product, or a matrix that the rest is multiplied with."""
    if not isinstance(expr, Add):
        coeff, factors = factors_of(expr)
        scalars = [f for f in factors if not f.free]
        return mul(num(coeff), *scalars), mul(*(f for f in factors if f.free))
    content, rest = common_content(expr)
    if content is ONE:
        return ONE, expr
    coeff, factors = factors_of(content)
    out = [f for f in factors if not f.free or f.free - rest.free]
    # What stays inside may bring letters back; then only scalars are sure to be apart.
    inside = [f for f in factors if f not in out]
    rest = add(*(mul(*inside, t) for t in terms_of(rest)))
    if any(f.free and not f.free - rest.free for f in out):
        return common_content(expr, scalar=True)
    return mul(num(coeff), *out), rest


def _nearer(a: Fraction, b: Fraction) -> Fraction:
    """The power that two powers of one base share, 0 where their signs differ."""
    return Fraction(0) if a * b <= 0 else min(a, b, key=abs)
