"""What a call assumes: relations of sizes, and relations of the entries of tensors.

Relations of sizes are facts for the engine; a lower bound of a tensor's entries is a declared property of it, and every
relation restricts the points at which numbers are looked at.  What none of these can use is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Abs, Basic, Expr, Integer, oo
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)
from sympy.core.symbol import Str
from sympy.logic.boolalg import And, Boolean, BooleanFalse, BooleanTrue, Not

from ..errors import DeclarationError, ShapeError
from ..terms.affine import Affine, constant, size_affine
from ..terms.ranges import nonnegative
from .arrays import Apply, Entry, Tensor
from .registry import RECORDS
from .sizes import same_shape, same_size, show_shape
from .strict import shown

WAY_OUT = "assuming=[k <= d, b > 0, sympy.Ne(a, 0)]: relations, And of relations, Not of one"


def relations(assuming: Any) -> tuple[Any, ...]:
    """Assumptions as a tuple of relations: conjunctions taken apart, negations carried out.

    Raises DeclarationError for what is no relation, and for relations that cannot hold.
    """
    given = assuming if isinstance(assuming, list | tuple | set | frozenset | Iterator | dict) else (assuming,)
    found = tuple(dict.fromkeys(r for each in given for r in _parts(each)))
    _contradictions(found)
    return found


def _parts(given: object) -> Iterator[Any]:
    if isinstance(given, Relational):
        for side in given.args:
            if not isinstance(side, Expr):
                raise DeclarationError(f"{given} compares what is no number", where=given, hint=WAY_OUT)
        yield given
    elif isinstance(given, And):
        for part in sorted(given.args, key=str):
            yield from _parts(part)
    elif isinstance(given, Not) and isinstance(given.args[0], Relational):
        yield from _parts(given.args[0].negated)
    elif isinstance(given, BooleanFalse):
        raise DeclarationError("an assumption is false whatever the values are", hint=WAY_OUT)
    elif not isinstance(given, BooleanTrue):
        words = "is decided before it is assumed" if isinstance(given, bool) else "is not a relation that can be used"
        raise DeclarationError(f"{shown(given)} {words}", hint=WAY_OUT + (
            "; a != b compares the spelling, sympy.Ne(a, b) the values" if given is True or given is False else ""))


def of_sizes(relation: Any) -> bool:
    """Whether a relation is one of sizes and letters alone."""
    return isinstance(relation, Relational) and not any(isinstance(s, Tensor) for s in relation.free_symbols) and all(
        s.is_integer for s in relation.free_symbols)


def of_values(assuming: Iterable[Any]) -> tuple[Any, ...]:
    """The relations that are about the entries of tensors, or about numbers with a name."""
    return tuple(r for r in assuming if isinstance(r, Relational) and r.free_symbols and not of_sizes(r))


def relation_facts(relation: object) -> list[Affine]:
    """An assumption such as k <= d as facts; none for one about values.  Raises DeclarationError for what is no relation."""
    if relation == True or (isinstance(relation, Relational) and not of_sizes(relation)):  # noqa: E712
        return []
    if not isinstance(relation, Relational):
        raise DeclarationError(f"{relation!r} is not a relation between sizes", hint="assuming=[k <= d]")
    a, b = (size_affine(arg) for arg in relation.args)
    known = {"<=": [b - a], "<": [b - a - 1], ">=": [a - b], ">": [a - b - 1], "==": [a - b, b - a]}
    return known.get(relation.rel_op, [])


# ------------------------------------------------------------------ bounds of the entries of one tensor

@dataclass(frozen=True)
class Between:
    """Every entry of a tensor lies between two numbers; whether the ends themselves are left out."""

    tensor: Tensor
    low: Expr = -oo
    high: Expr = oo
    open_low: bool = False
    open_high: bool = False

    @property
    def positive(self) -> bool:
        """Whether it says that the entries are positive."""
        return bool(self.low > 0 or (self.low == 0 and self.open_low))

    @property
    def empty(self) -> bool:
        """Whether no number lies between."""
        return bool(self.low > self.high or (self.low == self.high and (self.open_low or self.open_high)))

    def met(self, other: Between) -> Between:
        """Both bounds at once."""
        low, open_low = max((self.low, self.open_low), (other.low, other.open_low))
        high, closed = min((self.high, not self.open_high), (other.high, not other.open_high))
        return Between(self.tensor, low, high, open_low, not closed)


def bounds(assuming: Iterable[Any]) -> dict[str, Between]:
    """The bounds that relations set on all entries of a tensor, by its name."""
    found: dict[str, Between] = {}
    for relation in assuming:
        bound = bound_of(relation)
        if bound is not None:
            name = bound.tensor.name
            found[name] = found[name].met(bound) if name in found else bound
    return found


def bound_of(relation: Any) -> Between | None:
    """b > 0, b[i] >= 1 with a free letter over the whole axis, abs(b) < 1 and the like; None for other relations."""
    if not isinstance(relation, StrictLessThan | LessThan | StrictGreaterThan | GreaterThan):
        return None
    small, large = relation.lts, relation.gts
    strict = isinstance(relation, StrictLessThan | StrictGreaterThan)
    if large.is_number and small.is_number:
        return None
    if small.is_number:
        tensor, absolute = _entries(large)
        return None if tensor is None or absolute else Between(tensor, low=small, open_low=strict)
    if large.is_number:
        tensor, absolute = _entries(small)
        if tensor is None:
            return None
        return Between(tensor, -large, large, strict, strict) if absolute else Between(tensor, high=large, open_high=strict)
    return None


def _entries(side: Expr) -> tuple[Tensor | None, bool]:
    """The tensor whose entries a side runs through, and whether it takes their absolute values."""
    absolute = isinstance(side, Abs) or RECORDS.abs.of(side)
    inner = side.args[0] if absolute else side
    if isinstance(inner, Entry):
        letters = inner.indices
        whole = len(set(letters)) == len(letters) and all(
            getattr(i, "lo", None) == 1 and same_size(i.hi, size)
            for i, size in zip(letters, inner.base.shape, strict=False))
        inner = inner.base if whole else None
    ours = isinstance(inner, Tensor) and inner.label_size is None
    return (inner if ours else None), absolute


# No more assumptions than these are taken out one by one to find those that contradict each other.
FEW = 60
Step = tuple[Expr, Expr, Expr, int]
"""What is smaller, what is larger, by how much it may be less, and -1 where it must be."""


def _steps(found: Iterable[Any]) -> list[Step]:
    """The orders that relations, and tensors declared positive, say."""
    steps: list[Step] = []
    for relation in found:
        sign, (left, right) = relation.rel_op, relation.args
        steps += [(Integer(0), s, Integer(0), -1) for s in relation.free_symbols
                  if isinstance(s, Tensor) and "positive" in s.properties]
        for signs, small, large in ((("<", "<=", "=="), left, right), ((">", ">=", "=="), right, left)):
            if sign in signs:
                (less, u), (more, v) = small.as_coeff_Add(), large.as_coeff_Add()
                steps.append((u, v, more - less, -int("=" not in sign)))
    return [step for step in steps if step[2].is_finite]


def _impossible(found: Iterable[Any]) -> bool:
    """Whether orders lead round to something below itself, or leave only equality to what is said to differ."""
    given = tuple(found)
    steps = _steps(given)
    everywhere: dict[Expr, tuple[Any, int]] = {node: (Integer(0), 0) for step in steps for node in step[:2]}
    if _least(steps, everywhere) is None:
        return True
    for relation in given:
        if isinstance(relation, Unequality):
            (less, u), (more, v) = (side.as_coeff_Add() for side in relation.args)
            there, back = (_least(steps, {start: (Integer(0), 0)}) or {} for start in (v, u))
            if there.get(u) == (more - less, 0) and back.get(v) == (less - more, 0):
                return True
    return False


def _least(steps: list[Step], known: dict[Expr, tuple[Any, int]]) -> dict[Expr, tuple[Any, int]] | None:
    """By how much everything is at most above what is known (Bellman, Ford); None where something is below itself."""
    for _ in range(len(steps) + 1):
        changed = False
        for small, large, number, strict in steps:
            if large in known:
                found = (known[large][0] + number, known[large][1] + strict)
                if small not in known or found < known[small]:
                    known[small], changed = found, True
        if not changed:
            return known
    return None


def _contradicting(about: Iterable[Any]) -> DeclarationError:
    return DeclarationError("the assumptions contradict each other: " + ", ".join(map(str, about)),
                            hint="leave one of them out")


def _contradictions(found: tuple[Any, ...]) -> None:
    for bound in bounds(found).values():
        if bound.empty:
            raise _contradicting(r for r in found if (b := bound_of(r)) is not None and b.tensor == bound.tensor)
    if _impossible(found):
        about = list(found)
        for relation in found[:FEW]:
            without = [r for r in about if r is not relation]
            about = without if _impossible(without) else about
        raise _contradicting(about)
    facts = tuple(fact for relation in found for fact in relation_facts(relation))
    if any(nonnegative(constant(-1) - fact, tuple(f for f in facts if f is not fact)) for fact in facts):
        raise _contradicting(found)


# ------------------------------------------------------------------ as declarations

def declared(assuming: Iterable[Any], tensors: Iterable[Any]) -> dict[Tensor, Tensor]:
    """Tensors with the properties that the assumptions give them, in place of those without."""
    taken = tuple(assuming)
    more: dict[str, set[str]] = {name: {"positive"} for name, bound in bounds(taken).items() if bound.positive}
    for relation in taken:
        if isinstance(relation, Unequality):
            matrix = _determinant(relation)
            if matrix is not None:
                more.setdefault(matrix.name, set()).add("invertible")
        elif isinstance(relation, Equality):
            vector = _total_of_one(relation)
            if vector is not None:
                more.setdefault(vector.name, set()).add("sums_to_one")
    return {t: Tensor(t.name, t.shape, t.properties | more[t.name], t.label_size)
            for t in tensors if isinstance(t, Tensor) and not more.get(t.name, set()) <= t.properties}


def _determinant(relation: Any) -> Tensor | None:
    """The matrix of which det(A) != 0 is said."""
    left, right = relation.args if relation.args[1] == 0 else reversed(relation.args)
    named = right == 0 and RECORDS.det.of(left) and isinstance(left.args[0], Tensor)
    return left.args[0] if named else None


def _total_of_one(relation: Any) -> Tensor | None:
    """The vector of which sum(x) = 1 is said."""
    left, right = relation.args if relation.args[1] == 1 else reversed(relation.args)
    if right != 1 or not isinstance(left, Apply) or not RECORDS.sum.of(left) or not isinstance(left.args[0], Tensor):
        return None
    last = len(left.args[0].shape) - 1
    axis = left.params.get("axis")
    return left.args[0] if axis in (last, (last,)) or (axis is None and last == 0) else None


def assigned(relation: Any) -> tuple[Tensor, Expr] | None:
    """The tensor that an equation gives a value to, and the value; None for an inequality.

    Raises DeclarationError for an equation that is not of this form: no random point would satisfy it.
    """
    if not isinstance(relation, Equality) or _total_of_one(relation) is not None:
        return None
    for left, right in (relation.args, tuple(reversed(relation.args))):
        if isinstance(left, Tensor) and left.label_size is None and left not in right.free_symbols:
            shape = getattr(right, "shape", ())
            if shape and not same_shape(shape, left.shape):
                raise ShapeError(f"{left} has the shape {show_shape(left.shape)}, not {show_shape(shape)}", where=relation)
            return left, right
    raise DeclarationError(f"the assumption {relation} cannot be used", where=relation,
                           hint="give the equation as name = value, or declare the property: sums_to_one, one_hot, ...")


class Relied(Boolean):
    """What no relation says briefly and a derivative relies on: that the eigenvalues of a matrix are simple.

    ``args`` are the sentence, with {} for the matrix, and the matrix.
    """

    def __new__(cls, sentence: Any, matrix: Expr) -> Relied:
        made: Relied = Basic.__new__(cls, sentence if isinstance(sentence, Str) else Str(sentence), matrix)
        return made

    def _sympystr(self, printer: Any) -> str:
        return self.args[0].name.format(printer.doprint(self.args[1]))  # type: ignore[no-any-return]

    def _latex(self, printer: Any) -> str:
        before, after = self.args[0].name.split("{}")
        return rf"\text{{{before}}}{printer.doprint(self.args[1])}\text{{{after}}}"


def words(relation: Any) -> str:
    """A condition as a reader would write it: a ≠ 0, |a| < π/2, A is invertible, the eigenvalues of A are simple."""
    if isinstance(relation, Relied):
        return str(relation)
    if isinstance(relation, Unequality):
        matrix = _determinant(relation)
        if matrix is not None:
            return f"{matrix} is invertible"
    signs = {"!=": "≠", "<=": "≤", ">=": "≥", "==": "="}
    left, right = relation.args
    shown = f"|{left.args[0]}|" if isinstance(left, Abs) or (
        RECORDS.abs.of(left)) else str(left)
    every = " in every entry" if getattr(left, "shape", ()) else ""
    return f"{shown} {signs.get(relation.rel_op, relation.rel_op)} {str(right).replace('pi', 'π')}{every}"


def letters_of(relation: Any) -> tuple[Any, ...]:
    """The free letters of a relation, in the order of their names."""
    return tuple(sorted((s for s in relation.free_symbols if hasattr(s, "lo")), key=str))
