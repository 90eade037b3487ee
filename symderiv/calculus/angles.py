"""Sines and cosines in canonical forms: the addition theorems, and sin² + cos² = 1.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 4.3.10, 4.3.16 and 4.3.17.
"""

from __future__ import annotations

from fractions import Fraction

from ..functions.elementary import cos, sin
from ..terms.nodes import Add, Node, Num, add, factors_of, mul, neg
from .polynomial import Poly, Quotient, p_add, p_atom, p_const, p_mul, p_pow

MAX_MULTIPLE = 4


def sum_of_angles(node: Node, angle: Node) -> Node | None:
    """sin(a + b) = sin a cos b + cos a sin b, cos(a + b) = cos a cos b - sin a sin b, and so of small multiples."""
    if isinstance(angle, Num) or not (sin.of(node) or cos.of(node)):
        return None
    if isinstance(angle, Add):
        a, b = angle.children[0], add(*angle.children[1:])
    else:
        c, factors = factors_of(angle)
        if not isinstance(c, int) or not 2 <= abs(c) <= MAX_MULTIPLE:
            return None
        a = mul(*factors) if c > 0 else neg(mul(*factors))
        b = add(angle, neg(a))
    sin_a, cos_a, sin_b, cos_b = sin.node(a), cos.node(a), sin.node(b), cos.node(b)
    if sin.of(node):
        return add(mul(sin_a, cos_b), mul(cos_a, sin_b))
    return add(mul(cos_a, cos_b), neg(mul(sin_a, sin_b)))


def pythagorean(q: Quotient) -> Quotient:
    """cos² = 1 - sin², in a numerator that also holds the sine or the reciprocal of the cosine."""
    angles = {a.children[0] for m in q.num for a, e in m if cos.of(a) and abs(e) >= 2}
    for angle in sorted(angles, key=lambda n: n.key):
        q = Quotient(_without_squares(q.num, cos.node(angle), sin.node(angle)), q.den).cancelled()
    return q


def _without_squares(p: Poly, cosine: Node, sine: Node) -> Poly:
    """The polynomial with cos^(2k + r), counted from its lowest power of cos, as (1 - sin²)^k cos^r."""
    lowest = min(Fraction(0), *(dict(m).get(cosine, Fraction(0)) for m in p)) if p else Fraction(0)
    one_less = p_add([p_const(1), {frozenset(((sine, Fraction(2)),)): Fraction(-1)}])
    parts: list[Poly] = []
    for m, c in p.items():
        powers = dict(m)
        height = powers.pop(cosine, Fraction(0)) - lowest
        if height.denominator != 1:
            return p
        pairs, left = divmod(int(height), 2)
        rest: Poly = {frozenset(powers.items()): c}
        parts.append(p_mul(p_mul(rest, p_pow(one_less, pairs)), p_atom(cosine, left) if left else p_const(1)))
    total = p_add(parts)
    return p_mul(total, p_atom(cosine, lowest)) if lowest else total
