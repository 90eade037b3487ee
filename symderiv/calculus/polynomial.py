"""Polynomials and quotients of polynomials over atoms: the arithmetic of canonical forms.

An atom is a node (an entry, an exponential, a bracket, a closed sum); exponents are rational numbers, so that roots and
reciprocals of atoms are monomials too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from threading import local

from ..bounds import spend
from ..errors import BoundExceeded
from ..functions.scalar_function import is_indicator
from ..terms.nodes import Delta, IversonBracket, Node, add, mul, num, power

Monomial = frozenset[tuple[Node, Fraction]]
Poly = dict[Monomial, Fraction]
MAX_TERMS = 4_000
# Products of monomials that one canonical form may cost: about half a second.
MAX_WORK = 200_000
_UNIT: Monomial = frozenset()


class TooLarge(BoundExceeded):
    """The canonical form has more terms than are worth writing out."""


class Products(local):
    """How many products of monomials the canonical form in the making may still cost, in this thread."""

    left = MAX_WORK

    def spend(self, products: int) -> None:
        """Count what is about to be done.  Raises TooLarge."""
        self.left -= products
        spend(products // 2)
        if self.left < 0:
            raise TooLarge("the canonical form is too large")


Work = Products()


def p_const(value: Fraction | int) -> Poly:
    """A constant."""
    return {_UNIT: Fraction(value)} if value else {}


def p_atom(atom: Node, e: Fraction | int = 1) -> Poly:
    """One atom to a power."""
    return {frozenset(((atom, Fraction(e)),)): Fraction(1)}


def p_add(polys: Iterable[Poly]) -> Poly:
    """Sum."""
    result: Poly = {}
    for p in polys:
        for m, c in p.items():
            value = result.get(m, Fraction(0)) + c
            if value:
                result[m] = value
            else:
                result.pop(m, None)
    return result


def m_mul(a: Monomial, b: Monomial) -> Monomial:
    """Product of monomials; brackets are idempotent."""
    if not a:
        return b
    if not b:
        return a
    powers = dict(a)
    for atom, e in b:
        total_ = powers.get(atom, Fraction(0)) + e
        powers[atom] = Fraction(1) if total_ > 0 and _idempotent(atom) else total_
    return frozenset((atom, e) for atom, e in powers.items() if e)


def _idempotent(atom: Node) -> bool:
    """Brackets are 0 or 1, so that their square is they themselves."""
    return isinstance(atom, Delta | IversonBracket) or is_indicator(atom)


def p_mul(p: Poly, q: Poly) -> Poly:
    """Product."""
    if len(p) * len(q) > MAX_TERMS * 8:
        raise TooLarge("the canonical form is too large")
    Work.spend(len(p) * len(q))
    result: Poly = {}
    for a, c in p.items():
        for b, d in q.items():
            m = m_mul(a, b)
            value = result.get(m, Fraction(0)) + c * d
            if value:
                result[m] = value
            else:
                result.pop(m, None)
    if len(result) > MAX_TERMS:
        raise TooLarge("the canonical form is too large")
    return result


def p_pow(p: Poly, n: int) -> Poly:
    """Power with a natural exponent."""
    result = p_const(1)
    for _ in range(n):
        result = p_mul(result, p)
    return result


def p_divide(p: Poly, q: Poly) -> Poly | None:
    """p / q where the division is exact, else None."""
    if len(q) == 1:
        (m, c), = q.items()
        inverse = frozenset((a, -e) for a, e in m)
        return {m_mul(n, inverse): d / c for n, d in p.items()}
    rest = dict(p)
    quotient: Poly = {}
    rank = _graded((*p, *q))
    top, low = max(q, key=rank), min(q, key=rank)
    # The last terms must divide as the first ones do: that refuses most candidates at once.
    if rest and any(e < 0 for _, e in m_mul(min(rest, key=rank), frozenset((a, -e) for a, e in low))):
        return None
    inverse = frozenset((a, -e) for a, e in top)
    for _ in range(200):
        if not rest:
            return quotient
        Work.spend(len(rest) // 4 + len(q))
        lead = max(rest, key=rank)
        m = m_mul(lead, inverse)
        if any(e < 0 for _, e in m):
            return None
        c = rest[lead] / q[top]
        quotient[m] = quotient.get(m, Fraction(0)) + c
        rest = p_add([rest, {m_mul(m, n): -c * d for n, d in q.items()}])
    return None


def _graded(monomials: Iterable[Monomial]) -> Callable[[Monomial], tuple[Fraction, ...]]:
    """The lexicographic order of monomials by their powers of the atoms in these; each is ranked once."""
    atoms = sorted({a for m in monomials for a, _ in m}, key=lambda a: a.key)
    place = {a: k for k, a in enumerate(atoms)}
    ranks: dict[Monomial, tuple[Fraction, ...]] = {}
    zero = Fraction(0)

    def rank(m: Monomial) -> tuple[Fraction, ...]:
        found = ranks.get(m)
        if found is None:
            powers = [zero] * len(place)
            for a, e in m:
                powers[place[a]] = e
            found = ranks[m] = tuple(powers)
        return found

    return rank


def p_reduce(p: Poly, q: Poly) -> tuple[Poly, Poly]:
    """(quotient, remainder) of division by one polynomial, no term of the remainder divisible by its leading one."""
    rank = _graded((*p, *q))
    top = max(q, key=rank)
    inverse = frozenset((a, -e) for a, e in top)
    rest: Poly = dict(p)
    quotient: Poly = {}
    remainder: Poly = {}
    for _ in range(MAX_TERMS):
        if not rest:
            break
        Work.spend(len(rest) // 4 + len(q))
        lead = max(rest, key=rank)
        m = m_mul(lead, inverse)
        c = rest[lead]
        if any(e < 0 for a, e in m if a in dict(top)):
            remainder[lead] = rest.pop(lead)
            continue
        factor = c / q[top]
        quotient = p_add([quotient, {m: factor}])
        rest = p_add([rest, {m_mul(m, n): -factor * d for n, d in q.items()}])
    else:
        raise TooLarge("the canonical form is too large")
    return quotient, remainder


class Quotient:
    """numerator / Π factor^power, the factors primitive polynomials of more than one term."""

    __slots__ = ("den", "num")

    def __init__(self, numerator: Poly, den: dict[frozenset[tuple[Monomial, Fraction]], int]) -> None:
        self.num = numerator
        self.den = den if numerator else {}

    def cancelled(self) -> Quotient:
        """Factors of the denominator that divide the numerator are removed."""
        numerator, den = self.num, {}
        for key, power_ in self.den.items():
            factor = dict(key)
            while power_ and numerator:
                quotient = p_divide(numerator, factor)
                if quotient is None:
                    break
                numerator, power_ = quotient, power_ - 1
            if power_:
                den[key] = power_
        return Quotient(numerator, den)


def primitive(p: Poly) -> tuple[Poly, Poly]:
    """(monomial content, rest) with p = content * rest; the rest has leading coefficient 1 and no common atom."""
    shared: dict[Node, Fraction] | None = None
    for m in p:
        powers = dict(m)
        if shared is None:
            shared = powers
        else:
            shared = {a: min(e, powers.get(a, Fraction(0))) for a, e in shared.items()}
            for a, e in powers.items():
                if a not in shared and e < 0:
                    shared[a] = e
            shared = {a: e for a, e in shared.items() if e and not isinstance(a, Delta | IversonBracket)}
    # An atom that is missing from some term has exponent 0 there.
    for m in p:
        powers = dict(m)
        shared = {a: min(e, powers.get(a, Fraction(0))) for a, e in (shared or {}).items()}
    content = frozenset((a, e) for a, e in (shared or {}).items() if e)
    inverse = frozenset((a, -e) for a, e in content)
    rest = {m_mul(m, inverse): c for m, c in p.items()}
    lead = rest[max(rest, key=lambda m: sorted((a.key, e) for a, e in m))]
    return {content: lead}, {m: c / lead for m, c in rest.items()}


def q_add(parts: list[Quotient]) -> Quotient:
    """Sum over the least common denominator."""
    den: dict[frozenset[tuple[Monomial, Fraction]], int] = {}
    for part in parts:
        for key, e in part.den.items():
            den[key] = max(den.get(key, 0), e)
    total_: list[Poly] = []
    for part in parts:
        p = part.num
        for key, e in den.items():
            missing = e - part.den.get(key, 0)
            if missing:
                p = p_mul(p, p_pow(dict(key), missing))
        total_.append(p)
    return Quotient(p_add(total_), den).cancelled()


def q_mul(a: Quotient, b: Quotient) -> Quotient:
    """Product."""
    den = dict(a.den)
    for key, e in b.den.items():
        den[key] = den.get(key, 0) + e
    return Quotient(p_mul(a.num, b.num), den).cancelled()


def q_inverse(a: Quotient) -> Quotient:
    """Reciprocal."""
    if not a.num:
        raise ZeroDivisionError
    numerator = p_const(1)
    for key, e in a.den.items():
        numerator = p_mul(numerator, p_pow(dict(key), e))
    content, rest = primitive(a.num)
    (m, c), = content.items()
    numerator = p_mul(numerator, {frozenset((x, -e) for x, e in m): 1 / c})
    if len(rest) == 1:
        return Quotient(numerator, {})
    return Quotient(numerator, {frozenset(rest.items()): 1}).cancelled()


def poly_node(p: Poly) -> Node:
    """A polynomial written out."""
    return add(*(mul(num(c), *(power(a, num(e)) for a, e in m)) for m, c in p.items()))
