"""Where along an index letter an expression can differ from 0, and arrays cut down to that part or filled up again.

An entry read outside its axis is 0, so a product counts only where all its entries are read inside: G[i - a] over
1..n is a block of rows with zeros around it.  A closed form is found on that block, and the zeros are put back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Integer

from ..arrays.arrays import order_key
from ..arrays.registry import RECORDS
from ..arrays.sizes import floor_div
from ..bounds import remembered
from ..lowering.export import export_affine, export_sym
from ..terms.affine import Affine, Idx, LabelRef, Multiple, affine, constant, size_affine
from ..terms.nodes import (
    ZERO,
    Add,
    Delta,
    FunctionValue,
    IversonBracket,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    ent,
    factors_of,
    fn,
    fresh_letter,
    letters_read,
    mul,
    num,
    substitute,
    subterms,
    total,
)
from ..terms.ranges import Facts, labels, nonnegative
from .build import scale, split_scalar

Bounds = tuple[frozenset[Affine], frozenset[Affine]]
"""Numbers and sizes below which, and above which, an expression is 0 as a function of one letter."""

NOTHING: Bounds = (frozenset(), frozenset())


@dataclass(frozen=True)
class SupportBlock:
    """A letter, the letter that runs over the part that counts, and the zeros before and after it."""

    whole: Idx
    part: Idx
    before: Affine
    after: Affine


@remembered(4_000)
def bounds(node: Node, letter: Idx) -> Bounds:
    """Where a node is certainly 0."""
    if letter not in node.free:
        return NOTHING
    if isinstance(node, TensorEntry):
        return _joined([_inside(p, n, letter) for p, n in zip(node.idx, node.sym.shape, strict=True)])
    if isinstance(node, IversonBracket):
        return _where_nonnegative(node.expr, letter)
    if isinstance(node, Delta):
        return _meeting(node.expr, letter)
    if isinstance(node, Mul):
        return _joined([bounds(f, letter) for f in node.factors])
    if isinstance(node, Sum):
        return bounds(node.body, letter)
    if isinstance(node, Pow):
        positive = isinstance(node.exponent, Num) and node.exponent.value > 0
        return bounds(node.base, letter) if positive else NOTHING
    if isinstance(node, FunctionValue) and len(node.children) == 1 and fn(node.name, ZERO) is ZERO:
        return bounds(node.children[0], letter)
    if isinstance(node, Add):
        each = [bounds(term, letter) for term in node.children]
        return frozenset.intersection(*(low for low, _ in each)), frozenset.intersection(*(high for _, high in each))
    return NOTHING


def _joined(found: Sequence[Bounds]) -> Bounds:
    return frozenset().union(*(low for low, _ in found)), frozenset().union(*(high for _, high in found))


def _inside(position: Affine, size: Affine, letter: Idx) -> Bounds:
    """1 <= position <= size."""
    if position.single is letter and not size.free:
        return frozenset((constant(1),)), frozenset((size,))
    return _joined([_where_nonnegative(position - 1, letter), _where_nonnegative(size - position, letter)])


def _where_nonnegative(expr: Affine, letter: Idx) -> Bounds:
    """c·letter + r >= 0 leaves letter >= ⌈-r/c⌉, or letter <= ⌊r/-c⌋ for a negative c."""
    c = expr.coeff(letter)
    rest = expr - affine(letter).scaled(c)
    if rest.free or any(isinstance(a, LabelRef) for a, _ in rest.terms) or not c:
        return NOTHING
    if c > 0:
        return frozenset((-_quotient(rest, c),)), frozenset()
    return frozenset(), frozenset((_quotient(rest, -c),))


def _quotient(expr: Affine, divisor: int) -> Affine:
    """⌊expr / divisor⌋."""
    exact = expr.divided(divisor)
    return exact if exact is not None else size_affine(floor_div(export_affine(expr), Integer(divisor)).expand())


def _meeting(expr: Affine, letter: Idx) -> Bounds:
    """c·letter = Σ k·other + r lies between the ends of what it is equal to."""
    c = expr.coeff(letter)
    if not c or any(isinstance(a, Multiple) for a, _ in expr.terms) or not any(
            isinstance(a, Idx | LabelRef) and a is not letter for a, _ in expr.terms):
        return NOTHING
    low = high = (expr - affine(letter).scaled(c)).scaled(-1 if c > 0 else 1)
    for atom, k in low.terms:
        if not isinstance(atom, Idx | LabelRef):
            continue
        first, last = (atom.lo, atom.hi) if isinstance(atom, Idx) else (constant(int(labels(atom))), atom.size)
        if first.free or last.free:
            return NOTHING
        low += (first if k > 0 else last).scaled(k) - affine(atom).scaled(k)
        high += (last if k > 0 else first).scaled(k) - affine(atom).scaled(k)
    return frozenset((-_quotient(-low, abs(c)),)), frozenset((_quotient(high, abs(c)),))


def block(node: Node, letter: Idx, facts: Facts) -> SupportBlock | None:
    """The part of a letter's range in which a node can differ from 0, or None where that is all of 1..n."""
    low, high = letter.lo, letter.hi
    lower, upper = bounds(node, letter)
    for bound in sorted(lower, key=lambda b: b.key):
        low = bound if nonnegative(bound - low, facts) else low
    for bound in sorted(upper, key=lambda b: b.key):
        high = bound if nonnegative(high - bound, facts) else high
    # A few positions less than all may be none at all.
    least = high - low + 1 if _one_size(high - low) else high - low
    if (low is constant(1) and high is letter.hi) or low.free or high.free or not nonnegative(least, facts):
        return None
    part = fresh_letter(letter.name, constant(1), high - low + 1, letters_read(node, letter), tag=letter.tag + 100)
    return SupportBlock(letter, part, low - 1, letter.hi - high)


def _one_size(room: Affine) -> bool:
    """Whether it is one size and a number."""
    return not room.free and [c for _, c in room.terms] == [1]


def supposed(node: Node, letters: Sequence[Idx], facts: Facts) -> Facts:
    """What sizes are to be at least, so that no part of an axis that a term is cut down to is less than empty."""
    least: dict[Affine, int] = {}
    products = [n for n in subterms(node) if isinstance(n, IversonBracket | TensorEntry | Mul)]
    for i in dict.fromkeys((*letters, *(b for n in subterms(node) if isinstance(n, Sum) for b in n.binders))):
        for lower, upper in (bounds(n, i) for n in products if i in n.free):
            for room in (high - low + 1 for low in {i.lo, *lower} for high in {i.hi, *upper}):
                size = room - room.const
                if _one_size(room) and not nonnegative(room, facts):
                    least[size] = max(least.get(size, 0), -int(room.const))
    return tuple(size - least[size] for size in sorted(least, key=lambda a: a.key))


def restricted(node: Node, blocks: Sequence[SupportBlock], facts: Facts) -> Node:
    """The node on its blocks, as a function of their letters; conditions that hold throughout are dropped."""
    inner = node.binders if isinstance(node, Sum) else ()
    body = node.body if isinstance(node, Sum) else node
    parts = {b.whole: b.part for b in blocks}
    body = substitute(body, {b.whole: affine(b.part) + b.before for b in blocks})
    if isinstance(body, Mul):
        kept = [f for f in body.factors if not (isinstance(f, IversonBracket) and nonnegative(f.expr, facts))]
        body = mul(Num(body.coeff), *kept)
    elif isinstance(body, IversonBracket) and nonnegative(body.expr, facts):
        body = Num(1)
    return total(body, [parts.get(b, b) for b in inner])


def part_of(array: Expr, axis: int, position: Affine, letter: Idx, size: Affine, facts: Facts) -> Expr | None:
    """An array read at c·letter + r along one axis: a slice, a slice with a step, or one read from its end.

    None where a position may lie outside the axis, or the letter does not run from 1.
    """
    if letter.lo is not constant(1):
        return None
    if position.single is letter and letter.hi is size:
        return array
    c = position.coeff(letter)
    first, last = (position.substitute({letter: end}) for end in (letter.lo, letter.hi))
    low, high = (first, last) if c > 0 else (last, first)
    if (position - affine(letter).scaled(c)).free or not (nonnegative(low - 1, facts) and nonnegative(size - high, facts)):
        return None
    factor, rest = split_scalar(array)
    if c in (1, -1):
        rest = _slice(rest, axis, low, 1, letter.hi)
        return scale(factor, rest if c == 1 else RECORDS.flip(rest, axis=axis))
    return scale(factor, _slice(rest, axis, first, c, letter.hi))


def _slice(array: Expr, axis: int, first: Affine, step: int, count: Affine) -> Expr:
    start = export_affine(first - 1)
    stop: Expr | None = export_affine(first - 1 + (count - 1).scaled(step)) + (1 if step > 0 else -1)
    return RECORDS.slice(array, start=start, stop=None if stop == -1 else stop, step=Integer(step), axis=axis)


def turned_round(node: Add) -> Node:
    """The sum with x[i - s] + x[i - s + n] as the entry of x turned round by s places: outside its range each is 0."""
    terms = list(node.children)
    for k, one in enumerate(terms):
        for other in terms[k + 1:]:
            (c, here), (d, there) = factors_of(one), factors_of(other)
            alone, gone = [f for f in here if f not in there], [f for f in there if f not in here]
            if c == d and len(alone) == len(gone) == 1:
                entry = _turned(alone[0], gone[0])
                if entry is not None:
                    rest = [t for t in terms if t is not one and t is not other]
                    joined = add(*rest, mul(num(c), *(f for f in here if f is not alone[0]), entry))
                    return turned_round(joined) if isinstance(joined, Add) else joined
    return node


def _turned(a: Node, b: Node) -> Node | None:
    if isinstance(a, Sum) and isinstance(b, Sum) and a.binders == b.binders:
        both = add(a.body, b.body)
        inner = turned_round(both) if isinstance(both, Add) and len(both.children) == 2 else both
        return None if inner is both else total(inner, a.binders)
    if not (isinstance(a, TensorEntry) and isinstance(b, TensorEntry) and a.sym is b.sym):
        return None
    moved = [n for n, (p, q) in enumerate(zip(a.idx, b.idx, strict=True)) if p is not q]
    if len(moved) != 1:
        return None
    (axis,), size = moved, a.sym.shape[moved[0]]
    for p, q in ((a.idx[axis], b.idx[axis]), (b.idx[axis], a.idx[axis])):
        letters = [i for i in p.free if isinstance(i, Idx) and i.lo is constant(1) and i.hi is size and p.coeff(i) == 1]
        if len(letters) != 1 or q - p is not size:
            continue
        shift = affine(letters[0]) - p  # forwards by that many places, or back by size - shift
        shift = shift if shift.is_const else shift - size
        if not shift.is_const:
            continue
        array = RECORDS.roll(export_sym(a.sym), shift=export_affine(shift), axis=axis)
        sym = Sym(order_key(array), a.sym.shape, array, role="closed")
        return ent(sym, *(affine(letters[0]) if n == axis else r for n, r in enumerate(a.idx)))
    return None


@dataclass(frozen=True)
class StridedRead:
    """out = stride·(place - 1) + 1, or counted from the end."""

    out: Idx
    place: Idx
    stride: int
    turned: bool

    @property
    def plain(self) -> bool:
        """Whether it says out = place."""
        return self.stride == 1 and not self.turned

    def moved(self, array: Expr, axis: int) -> Expr:
        """The array with zeros inserted along the axis of ``place``, which becomes that of ``out``."""
        factor, rest = split_scalar(array)
        rest = RECORDS.insert_zeros(rest, stride=Integer(self.stride), axis=axis)
        return scale(factor, RECORDS.flip(rest, axis=axis) if self.turned else rest)


def spread_of(expr: Affine) -> StridedRead | None:
    """The spread that expr = 0 says of two letters, or None."""
    letters = [a for a, _ in expr.terms if isinstance(a, Idx)]
    if len(letters) != 2 or any(i.lo is not constant(1) for i in letters) or any(
            isinstance(a, LabelRef | Multiple) for a, _ in expr.terms):
        return None
    out, place = letters if abs(expr.coeff(letters[0])) == 1 else letters[::-1]
    c = expr.coeff(out)
    if abs(c) != 1:
        return None
    position = (expr - affine(out).scaled(c)).scaled(-c)
    ends = [position.substitute({place: end}) for end in (constant(1), place.hi)]
    stride = position.coeff(place)
    low, high = ends if stride > 0 else ends[::-1]
    if low is not constant(1) or high is not out.hi:
        return None
    return StridedRead(out, place, abs(stride), stride < 0)


def filled(array: Expr, widths: Sequence[tuple[Affine, Affine]]) -> Expr:
    """The array with zeros before and after each axis."""
    if all(side is constant(0) for pair in widths for side in pair):
        return array
    factor, rest = split_scalar(array)
    width = tuple((export_affine(before), export_affine(after)) for before, after in widths)
    if RECORDS.pad.of(rest):
        inner, rest = rest.params["width"], rest.args[0]
        width = tuple(tuple((a + b).expand() for a, b in zip(p, q, strict=True)) for p, q in zip(width, inner, strict=True))
    return scale(factor, RECORDS.pad(rest, width=width))
