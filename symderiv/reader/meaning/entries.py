"""Entries and slices: index positions, counted as the text counts them."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr, Integer, KroneckerDelta, S

from ...arrays.arrays import Entry as SympyEntry
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...arrays.sizes import same_size
from ...arrays.symbols import Index, Label
from ...errors import IndexError_, ShapeError
from ..declare.context import Declared, DeclaredNames, Definition, Pattern, Quantity, SteppedName
from ..syntax import tree as t
from .elaborator import Elaborator
from .entrywise import at, letters_in
from .oriented import COLUMN, EITHER, EYE, ONES, ZEROS, Value

DERIVATIVES = ("grad", "jacobian", "hessian")


def _entry_of(array: Expr, positions: tuple[Expr, ...]) -> Expr:
    """An entry read through what only rearranges."""
    if RECORDS.transpose.of(array):
        return _entry_of(array.args[0], tuple(reversed(positions)))
    if RECORDS.eye.of(array):
        return KroneckerDelta(*positions)
    if RECORDS.one_hot.of(array) and not shape_of(array.args[0]):
        return KroneckerDelta(positions[0], array.args[0])
    return at(array, positions)


def entry(elaborator: Elaborator, tree: t.Subscripted) -> Value:
    """An entry, or the part of an array that positions leave; grad_x(f) is the gradient of f by x."""
    call = tree.base
    if isinstance(call, t.Call) and isinstance(call.function, t.Function) and call.function.name in DERIVATIVES and (
            len(call.arguments) == 1 and all(isinstance(p, t.Name) for p in tree.positions)):
        return elaborator.of(replace(call, arguments=(*call.arguments, *tree.positions)))
    base = elaborator.of(tree.base)
    if base.pending == ONES:
        return Value(base.expr)
    if base.pending == ZEROS:
        return Value(S.Zero)
    if base.pending == EYE:
        if len(tree.positions) != 2:
            raise ShapeError("an identity matrix has two indices")
        return Value(base.expr * KroneckerDelta(*(elaborator.scalar(p) for p in tree.positions)))
    shape = base.shape
    kept = None if base.scalar else elaborator.kept_axes(tree := _digits_apart(tree, shape), shape)
    if kept is None and tree.base == t.Name("delta") and len(tree.positions) == 2:
        # Kronecker's, beside a number or a vector of the same letter.
        return Value(KroneckerDelta(*(elaborator.scalar(p) for p in tree.positions)))
    if base.scalar:
        raise ShapeError(f"{elaborator.text(tree.base)} is a scalar and has no entries")
    if kept is None:
        raise IndexError_(f"{len(tree.positions)} indices for the {len(shape)} axes of {base.described()}")
    starts = elaborator.axes(tree)
    first = [start for _, start in starts] if starts is not None else [elaborator.context.first_index] * len(kept)
    index: list[Expr | None] = [None] * len(shape)
    if len(kept) < len(shape):
        for axis, size in enumerate(shape):
            if size == 1 and axis not in kept:
                index[axis] = Integer(1)
    for axis, start, each in zip(kept, first, tree.positions, strict=True):
        if not isinstance(each, t.Colon):
            index[axis] = position(elaborator, each, start, shape[axis])
    if None not in index:
        return Value(read(base.expr, tuple(p for p in index if p is not None)))
    sliced = any(isinstance(each, t.Colon) for each in tree.positions)
    taken = RECORDS.take(base.expr, index=tuple(index))
    return Value(taken, (EITHER if sliced else COLUMN) if len(shape_of(taken)) == 1 else "")


def _digits_apart(tree: t.Subscripted, shape: tuple[Expr, ...]) -> t.Subscripted:
    """C_{12} of a matrix: as many positions as there are axes, of which it was not known before how many."""
    only = tree.positions[0]
    if not isinstance(only, t.Number) or len(tree.positions) > 1:
        return tree
    if 1 < len(shape) == len(only.text) and only.text.isdecimal():
        return replace(tree, positions=tuple(t.Number(digit, span=only.span) for digit in only.text))
    return tree


def read(array: Expr, positions: tuple[Expr, ...]) -> Expr:
    """One entry."""
    if letters_in(array) or any(record.of(array) for record in (
            RECORDS.take, RECORDS.transpose, RECORDS.one_hot, RECORDS.eye)):
        return _entry_of(array, positions)
    return SympyEntry(array, *positions)


def position(elaborator: Elaborator, tree: t.Tree, start: int, size: Expr) -> Expr:
    """A position counted from 1, from one counted as the text does; checked against the axis."""
    if isinstance(tree, t.Relation) and tree.sides[0] is not None:
        elaborator.conditions.append(elaborator.condition(tree))
        tree = tree.sides[0]
    expr = elaborator.scalar(tree)
    if isinstance(tree, t.Name):
        expr = elaborator.as_position(expr)
    if expr.is_integer is False or (expr.is_number and not expr.is_Integer):
        raise IndexError_(f"{elaborator.text(tree)} is not a position")
    if expr.is_integer is None:
        raise IndexError_(f"{elaborator.text(tree)} is a number, not a position",
                          hint=f"declare it: {elaborator.text(tree)}: index n, or: label n")
    if elaborator.reading.strict and not elaborator.guessing:
        within(elaborator, tree, expr, start, size)
    shifted = expr + (1 - start)
    return shifted.expand() if isinstance(shifted, Expr) else shifted


def within(elaborator: Elaborator, tree: t.Tree, position: Expr, start: int, size: Expr) -> None:
    """Refuses what is certainly a slip: a constant outside the axis, a plain letter over an unrelated size."""
    last = size + start - 1
    if position.is_Integer:
        if position < start or (last.is_Integer and position > last):
            raise IndexError_(f"position {position} is outside the range {start}..{last}")
    elif isinstance(position, Index | Label):
        hi = position.size + start - 1 if isinstance(position, Label) else position.hi
        while any(isinstance(s, Index) for s in hi.free_symbols):  # j <= i, and i <= n
            hi = hi.xreplace({s: s.hi for s in hi.free_symbols if isinstance(s, Index)})
        related = hi.free_symbols & last.free_symbols or same_size(hi, last) or not hi.free_symbols
        if not related:
            raise ShapeError(f"the index {position} runs to {hi}, but this axis to {last}",
                             hint=f"declare {position} over {size}, or use another letter")


# ------------------------------------------------------------------ names with a step: h^{(t)}

def step_pattern(pattern: Pattern, step: int) -> Pattern:
    """The name of one step."""
    def fill(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(step) if k == pattern.hole else k for k in keys)

    return replace(pattern, subs=tuple(fill(item) for item in pattern.subs), sups=fill(pattern.sups), hole=None)


def is_defined(context: DeclaredNames, record: Declared) -> bool:
    """Whether a name has a definition, or that of a recurrence has one at a step."""
    wanted = [step_pattern(record.pattern, k) for k in record.steps] if isinstance(record, SteppedName) else []
    return isinstance(record, Definition) or any(
        isinstance(d, Definition) and d.pattern in wanted for d in (context.starting(wanted[0].base[0]) if wanted else ()))


def member(elaborator: Elaborator, tree: t.Member, step: int) -> Value:
    """One step of a recurrence.  Raises ParseError where it is not declared."""
    family = next((d for d in elaborator.context.all() if isinstance(d, SteppedName) and d.name == tree.family), None)
    if family is None:
        raise elaborator.refused(f"{tree.family} is not declared", tree)
    wanted = step_pattern(family.pattern, step)
    for record in elaborator.context.starting(wanted.base[0]):
        if record.pattern == wanted and isinstance(record, Quantity | Definition):
            return elaborator.meaning(record)
    raise elaborator.refused(f"{wanted.text} is not declared", tree, hint=f"declare it: {wanted.text}: n")
