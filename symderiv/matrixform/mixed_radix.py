"""Positions written in digits: s (a - 1) + b, b in 1..s, says where entry (a, b) stands once two axes are one.

Such a position in an axis reads a reshaped array; a letter that only counts where s (a - 1) + 1 <= letter <= s a has a
as its first digit, as the channels of a convolution in groups have.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Mul

from ..arrays.arrays import order_key
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_size
from ..lowering.export import export_affine, export_sym
from ..terms.affine import Affine, Idx, affine, constant
from ..terms.nodes import (
    Delta,
    IversonBracket,
    Node,
    Sum,
    Sym,
    TensorEntry,
    delta,
    ent,
    factors_of,
    fresh_letter,
    letters_read,
    mul,
    num,
    replace,
    substitute,
    subterms,
)
from ..terms.ranges import Facts, nonnegative
from .build import reshape

Letters = tuple[Idx, ...]


def digits(position: Affine, size: Affine) -> Letters | None:
    """The letters whose digits a position is written in, the leading one first; together they run over all of 1..size."""
    letters = {a for a in position.free if a.lo is constant(1)}
    if len(letters) < 2 or letters != position.free:
        return None
    if position.substitute({a: constant(1) for a in letters}) is not constant(1):
        return None
    found: list[Idx] = []
    step: Expr = Integer(1)
    while letters:
        here = [a for a in letters if same_size(_expr(position.slope(a)), step)]
        if len(here) != 1:
            return None
        letters.remove(here[0])
        found.insert(0, here[0])
        step = Mul(step, export_affine(here[0].hi)).expand()
    return tuple(found) if same_size(step, export_affine(size)) else None


def _expr(slope: int | Expr) -> Expr:
    return Integer(slope) if isinstance(slope, int) else slope


def at_one_letter(node: Node, lead: Idx, last: Idx, whole: Idx) -> Node:
    """The node with s (lead - 1) + last, s being how far ``last`` runs, as one letter; where the lead letter stays, it
    is read in another way as well."""
    return substitute(node, {last: affine(whole) - (affine(lead) - 1).times(export_affine(last.hi))})


def reshaped_reads(node: Node) -> Node:
    """The node with every array that is read in digits reshaped, one axis a digit."""
    swap: dict[Node, Node] = {}
    for e in subterms(node):
        if isinstance(e, Delta):
            swap |= _as_unit_matrix(e)
        if not isinstance(e, TensorEntry):
            continue
        idx: list[Affine] = []
        shape: list[Affine] = []
        for position, size in zip(e.idx, e.sym.shape, strict=True):
            found = digits(position, size)
            idx += [position] if found is None else map(affine, found)
            shape += [size] if found is None else [i.hi for i in found]
        if len(idx) > len(e.idx):
            swap[e] = ent(_reshaped(e.sym, shape), *idx)
    return replace(node, swap)


def reads_blocks(node: Node) -> bool:
    """Whether a matrix is read block by block, as a Kronecker product is, the blocks being of a size with a name."""
    return any(isinstance(e, TensorEntry) and 0 < len(e.idx) <= 2 and all(
        len(p.free) > 1 and any(isinstance(p.slope(a), Expr) for a in p.free) and digits(p, n) is not None
        for p, n in zip(e.idx, e.sym.shape, strict=True)) for e in subterms(node))


def _reshaped(sym: Sym, shape: list[Affine]) -> Sym:
    array = reshape(export_sym(sym), tuple(map(export_affine, shape)))
    return Sym(order_key(array), tuple(shape), array, role="closed")


def meeting_in_digits(e: Delta) -> tuple[Idx, Letters] | None:
    """(i, digits) where the delta says i = s (a - 1) + b."""
    for i in sorted(e.free, key=lambda i: i.key):
        c = e.expr.coeff(i)
        if abs(c) == 1 and i.lo is constant(1):
            position = (e.expr - affine(i).scaled(c)).scaled(-c)
            found = digits(position, i.hi)
            if found is not None and i not in position.free:
                return i, found
    return None


def letter_in_digits(node: Node, letters: Letters, name: str) -> tuple[Idx, Letters, Node] | None:
    """(i, new letters for its digits, the node at them) for a free letter i that meets digits which are summed over."""
    for e in subterms(node):
        found = meeting_in_digits(e) if isinstance(e, Delta) else None
        if found is None or found[0] not in letters or set(found[1]) <= set(letters):
            continue
        taken = letters_read(node, *letters)
        fresh = tuple(fresh_letter(f"{name}_{n}", constant(1), d.hi, taken) for n, d in enumerate(found[1]))
        meetings = mul(*(delta(affine(f) - affine(d)) for f, d in zip(fresh, found[1], strict=True)))
        other = replace(node, {e: meetings})
        if found[0] not in other.free:
            return found[0], fresh, other
    return None


def _as_unit_matrix(e: Delta) -> dict[Node, Node]:
    """[i = s (a - 1) + b] as an entry of the identity, its second axis in digits."""
    meeting = meeting_in_digits(e)
    if meeting is None:
        return {}
    i, found = meeting
    sym = Sym("I", (i.hi, i.hi), RECORDS.eye(size=export_affine(i.hi)), role="closed")
    return {e: ent(_reshaped(sym, [i.hi, *(d.hi for d in found)]), affine(i), *map(affine, found))}


@dataclass(frozen=True)
class Digit:
    """A letter that counts only where its first digit is ``lead``; ``last`` is a new letter for the second one."""

    letter: Idx
    lead: Idx
    last: Idx

    @property
    def position(self) -> Affine:
        """What the letter is, in digits."""
        return (affine(self.lead) - 1).times(export_affine(self.last.hi)) + affine(self.last)


def _conditions(factors: tuple[Node, ...]) -> set[Affine]:
    """What is at least 0 wherever a product is not 0; of a sum in it, what its summed letters have no part in."""
    low: set[Affine] = set()
    for f in factors:
        if isinstance(f, IversonBracket):
            low.add(f.expr)
        elif isinstance(f, TensorEntry):
            low.update(e for p, n in zip(f.idx, f.sym.shape, strict=True) for e in (p - 1, n - p))
        elif isinstance(f, Sum):
            low.update(e for e in _conditions(factors_of(f.body)[1]) if not e.free & set(f.binders))
    return low


def first_digit(factors: tuple[Node, ...], name: str) -> Digit | None:
    """A letter whose first digit another letter is, by the supports of a product's factors."""
    low = _conditions(factors)
    for expr in sorted(low, key=lambda e: e.key):
        if len(expr.free) != 2 or any(i.lo is not constant(1) for i in expr.free):
            continue
        for letter in expr.free:
            (lead,) = expr.free - {letter}
            slope = _expr(expr.slope(lead))
            if expr.slope(letter) != -1 or not same_size(slope * export_affine(lead.hi), export_affine(letter.hi)):
                continue
            # expr = s·lead - letter >= 0, and with it letter - s·lead + s - 1 >= 0.
            step = constant(1).times(slope)
            if expr is affine(lead).times(slope) - affine(letter) and -expr + step - 1 in low:
                return Digit(letter, lead, fresh_letter(name, constant(1), step, letters_read(*factors)))
    return None


def split(body: Node, digit: Digit, facts: Facts) -> Node:
    """The product with the letter in digits; conditions that say no more than where the digits lie are dropped."""
    body = substitute(body, {digit.letter: digit.position})
    coeff, factors = factors_of(body)
    return mul(num(coeff), *(f for f in factors if not (isinstance(f, IversonBracket) and nonnegative(f.expr, facts))))
