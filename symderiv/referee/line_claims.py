"""Claims: two sides of a relation as arrays over the letters that are free in them, under one reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Expr, Integer

from ..arrays.arrays import Named
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_shape, same_size, show_shape
from ..arrays.symbols import Index, iverson
from ..errors import BoundExceeded, ShapeError
from ..reader.declare.context import DeclaredNames
from ..reader.meaning.entrywise import at, letters_in, settled, substituted
from ..reader.meaning.oriented import Value, settle
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import SourceText
from ..terms.letters import unused
from .interpretations import Interpretation, Way, elaborator_for, lean

MAX_LETTERS = 6
EQUALITIES = frozenset(["=", "equiv", ":=", "=:"])


@dataclass(frozen=True)
class Claim:
    """Something said: left and right with a sign between, where the conditions hold; ``own`` if the row has both.

    ``order`` are the letters by which its chain differentiates, in the order of the axes that they stand for; ``rounded``
    whether words say that its numbers are.
    """

    left: t.Tree
    sign: str
    right: t.Tree
    conditions: tuple[t.Tree, ...] = ()
    own: bool = True
    order: tuple[str, ...] = ()
    rounded: bool = False

    @property
    def decimals(self) -> tuple[t.Tree, float] | None:
        """The side that is written in decimals, and how far these may be off if they are rounded; None without one."""
        return next(((side, off) for side in (self.right, self.left) if (off := rounding(side)) is not None), None)


class SidesDiffer(ShapeError):
    """Both sides have a type, and these are not the same."""


@dataclass(frozen=True)
class Typed:
    """A claim whose sides are arrays of one shape, over the letters that are free in it.

    mask    1 at the positions the claim is about, where it is not about all
    duties  pairs of arrays that must agree for the reading to be allowed;  assumed  conventions it relies on
    entrywise  whether an array on one side was read entry by entry against the other
    rounded    how far a side that is written in decimals may be off: where words say that it is rounded, a tolerance is
               declared, or the other side depends on names with values (``unsaid``: nothing says so);  None if exact
    """

    left: Expr
    right: Expr
    sign: str
    way: Way
    mask: Expr | None = None
    notes: tuple[str, ...] = ()
    duties: tuple[tuple[Expr, Expr], ...] = ()
    assumed: tuple[str, ...] = ()
    entrywise: bool = False
    letters: tuple[str, ...] = ()
    bare: tuple[Expr, Expr] | None = field(default=None)
    rounded: float | None = None
    unsaid: bool = False

    @property
    def exprs(self) -> list[Expr]:
        """Everything to be evaluated."""
        mask = [] if self.mask is None else [self.mask]
        return [self.left, self.right, *mask, *(e for pair in self.duties for e in pair)]


def typed(claim: Claim, context: DeclaredNames, source: SourceText, way: Way, memo: dict[Any, Value] | None = None,
          left_way: Way | None = None) -> Typed:
    """The sides of a claim under one reading.  Raises SymderivError where it gives no meaning."""
    try:
        return _typed(claim, context, source, way, memo, left_way)
    except RecursionError:
        raise BoundExceeded("the line is nested too deeply", hint="name parts of it") from None


def _typed(claim: Claim, context: DeclaredNames, source: SourceText, way: Way, memo: dict[Any, Value] | None,
           left_way: Way | None) -> Typed:
    free = once(claim.left) if context.einstein else None
    reader = elaborator_for(context, source, way, free, memo)
    reader.whole = t.Sequence((claim.left, claim.right, *claim.conditions))
    if isinstance(claim.left, t.Unknown):
        # A name alone would be defined, if what it is said to be were understood: the culprit stands there.
        reader.term(claim.right)
    left = (replace(reader, way=left_way) if left_way is not None else reader).term(claim.left)
    if free is not None and not free and left.shape:
        # A whole array on the left says nothing of its letters: those of an entry on the right are free by its own terms.
        reader.reading.free = once(claim.right)
    right = reader.term(claim.right)
    left, right = _sized(left, right)
    conditions = [*reader.conditions, *(reader.condition(c) for c in claim.conditions)]
    found = sides(left, right, claim.sign, way, conditions, reader, claim.order or differentiated_by(claim.left)
                  or differentiated_by(claim.right))
    decimals = claim.decimals if claim.sign in EQUALITIES | {"approx"} else None
    said = claim.rounded or claim.sign == "approx" or context.tolerance is not None
    if decimals is None or (not said and (_closed(claim) or rationals(found))):
        return found
    return replace(found, rounded=decimals[1], unsaid=not said, notes=(*found.notes, "decimals are read as rounded"))


def _closed(claim: Claim) -> bool:
    """Whether a claim is about numbers that are written out: these are exact."""
    return not any(isinstance(n, t.Name | t.Unknown) for side in (claim.left, claim.right) for n in t.walk(side))


def rationals(found: Typed) -> bool:
    """Whether both sides are rational numbers, written out."""
    return isinstance(found.left, sympy.Rational) and isinstance(found.right, sympy.Rational)


_OF_NUMBERS = t.Number | t.Terms | t.Bracket | t.Sequence | t.Matrix | t.Factors | t.Transpose


def rounding(tree: t.Tree) -> float | None:
    """How far what is written in decimals may be off: half a unit of the last digit, for each decimal that is added."""
    nodes = list(t.walk(tree))
    decimals = [n.text for n in nodes if isinstance(n, t.Number) and "." in n.text and "e" not in n.text.lower()]
    if not decimals or not all(isinstance(n, _OF_NUMBERS) for n in nodes):
        return None
    sums = (n.terms for n in nodes if isinstance(n, t.Terms))
    added = max((sum(isinstance(x, t.Number) and "." in x.text for x in terms) for terms in sums), default=1)
    return 0.5001 * max(added, 1) * 10.0 ** -max(len(d.partition(".")[2]) for d in decimals)


def differentiated_by(tree: t.Tree) -> tuple[str, ...]:
    """The letters of the entry that a tree differentiates by."""
    for node in t.walk(tree):
        for variable in node.variables if isinstance(node, t.Derivative) else ():
            if isinstance(variable, t.Subscripted) and all(isinstance(p, t.Letter) for p in variable.positions):
                return tuple(p.name for p in variable.positions if isinstance(p, t.Letter))
    return ()


def once(tree: t.Tree) -> frozenset[str]:
    """Letters that occur once in a term outside sums: those that stay free where repeated ones are summed."""
    count: dict[str, int] = {}
    stack: list[t.Tree] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, t.Letter):
            count[node.name] = count.get(node.name, 0) + 1
        if isinstance(node, t.Terms):
            for term in node.terms:
                for name in once(term):
                    count[name] = 1
            continue
        if not isinstance(node, t.Big):
            stack.extend(node.children())
    return frozenset(name for name, times in count.items() if times == 1)


def sides(left: Value, right: Value, sign: str, way: Way, conditions: Sequence[Any], reader: Interpretation | None,
          order: tuple[str, ...] = ()) -> Typed:
    """Two values as arrays over all letters free in either, of one shape.  Raises ShapeError."""
    a, b = (v.expr if v.shape else settled(v.expr) for v in (left, right))
    letters = sorted({*letters_in(a), *letters_in(b)}, key=str)
    bound = {s for c in conditions for s in c.free_symbols if isinstance(s, Index)}
    letters.extend(sorted(bound - set(letters), key=str))
    if len(letters) > MAX_LETTERS:
        raise BoundExceeded(f"{len(letters)} letters are free in this line", hint="sum over some of them")
    a, b = lean(a), lean(b)
    duties = list(reader.duties) if reader is not None else []
    entrywise = False
    rank_a, rank_b = len(shape_of(a)), len(shape_of(b))
    if not same_shape(shape_of(a), shape_of(b)):
        if rank_a and b == 0:
            b = RECORDS.zeros(shape=shape_of(a))
        elif rank_b and a == 0:
            a = RECORDS.zeros(shape=shape_of(b))
        elif reader is not None and rank_a == 2 * rank_b and rank_b and shape_of(a) == (*shape_of(b), *shape_of(b)):
            a, duties = _diagonal(reader, a, rank_b)
        elif reader is not None and rank_b == 2 * rank_a and rank_a and shape_of(b) == (*shape_of(a), *shape_of(a)):
            b, duties = _diagonal(reader, b, rank_a)
        else:
            a, b = _entry_by_entry(a, b, order)
            entrywise = True
    mask = iverson(sympy.And(*conditions)) if conditions else None
    made = [over_letters(each, letters) for each in (a, b)]
    masked = over_letters(mask, letters, len(shape_of(a))) if mask is not None else None
    return Typed(made[0], made[1], sign, way, masked, tuple(reader.notes) if reader is not None else (), tuple(duties),
                 tuple(dict.fromkeys(reader.assumed)) if reader is not None else (), entrywise,
                 tuple(map(str, letters)), (a, b) if not entrywise else None)


def _sized(left: Value, right: Value) -> tuple[Value, Value]:
    """An identity matrix or a vector of ones alone on one side has the size of the other."""
    if left.pending and not right.pending:
        left = settle(left, right.shape)
    elif right.pending and not left.pending:
        right = settle(right, left.shape)
    elif left.pending:
        raise ShapeError("the sizes of these arrays are not known", hint="write eye(n), ones(n) or zeros(n)")
    return left, right


def _diagonal(reader: Interpretation, array: Expr, rank: int) -> tuple[Expr, list[tuple[Expr, Expr]]]:
    """A Jacobian that is said to be what stands on its diagonal."""
    if letters_in(array):
        raise ShapeError(f"a derivative of shape {show_shape(shape_of(array))} stands beside its diagonal")
    found = reader.diagonal(array, rank)
    return found, list(reader.duties)


def _entry_by_entry(a: Expr, b: Expr, order: tuple[str, ...]) -> tuple[Expr, Expr]:
    """An array beside entries with free letters: its entries at these letters, in the order that the text differentiates
    by them or else of the alphabet.  Raises SidesDiffer."""
    for array, other in ((a, b), (b, a)):
        shape = shape_of(array)
        open_ = [i for i in sorted(letters_in(other), key=str) if i not in letters_in(array)]
        if {*order} == {i.name for i in open_}:
            open_ = [next(i for i in open_ if i.name == name) for name in order]
        if shape and not shape_of(other) and len(open_) == len(shape) \
                and all(same_size(size, (i.hi - i.lo + 1).expand()) for size, i in zip(shape, open_, strict=True)):
            read = settled(at(array, tuple(i - (i.lo - 1) for i in open_)))
            return (read, other) if array is a else (other, read)
    said = f"the sides have shapes {_shown(a)} and {_shown(b)}"
    if len(shape_of(a)) != len(shape_of(b)) and same_size(sympy.Mul(*shape_of(a)), sympy.Mul(*shape_of(b))):
        # A Kronecker product beside a derivative with four axes: which of them go together is not said.
        raise ShapeError(f"{said}: as many entries, laid out otherwise", hint="stack both, as in vec(X), or compare entries")
    pairs = list(zip(shape_of(a), shape_of(b), strict=False))
    if len(shape_of(a)) == len(shape_of(b)) and all(same_size(m, n) or (m.is_number != n.is_number and 1 not in (m, n))
                                                    for m, n in pairs):
        # A size that is given as a number for one question may be open in the next.
        raise ShapeError(f"{said}, which are the same only for one size", hint="declare the sizes alike")
    raise SidesDiffer(said, hint="compare entries, or transpose one side")


def _shown(expr: Expr) -> str:
    letters = ", ".join(sorted(map(str, letters_in(expr))))
    return show_shape(shape_of(expr)) + (f" for each {letters}" if letters else "")


def over_letters(expr: Expr, letters: Iterable[Index], more: int = 0) -> Expr:
    """An expression with free letters as an array over these, and its own axes behind; ``more`` adds axes of size 1."""
    order = tuple(letters)
    shape = shape_of(expr)
    if not order and not more:
        return expr
    taken = {s.name for s in expr.free_symbols} | {i.name for i in order}
    own: list[Index] = []
    shift: dict[Expr, Expr] = {}
    for letter in order:
        size = (letter.hi - letter.lo + 1).expand()
        mine = Index(letter.name, 1, size)
        own.append(mine)
        if mine != letter:
            shift[letter] = mine + (letter.lo - 1)
    body = substituted(expr, shift) if shift else expr
    tail: list[Index] = []
    for size in (*shape, *([Integer(1)] * more)):
        name = unused("rstuvw"[len(tail) % 6], taken)
        taken.add(name)
        tail.append(Index(name, 1, size))
    return Named("side", (*own, *tail), settled(at(body, tuple(tail[:len(shape)]))) if shape else settled(body))
