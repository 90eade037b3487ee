"""Definitions: what a defined name stands for, alone and at arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sympy import Integer

from ...arrays.arrays import Entry as SympyEntry
from ...arrays.arrays import Named, define
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...arrays.sizes import Shape, same_shape, show_shape
from ...arrays.symbols import Index
from ...errors import BoundExceeded, DefinitionCycle, IndexError_, ShapeError
from ...terms.letters import unused
from ..declare.context import Definition, Quantity, arity
from ..syntax import tree as t
from .calls import VARIABLE, lifted
from .elaborator import Elaborator, implied_letters
from .entrywise import rows, settled, substituted
from .oriented import COLUMN, Value, known_value, settle, value


def definition(elaborator: Elaborator, record: Definition) -> Value:
    """The value of a defined name, elaborated once.  Raises DefinitionCycle."""
    implied = _implied(elaborator, record)
    if implied:
        return _at_letters(elaborator, definition(elaborator, replace(record, letters=implied)), implied)
    key = f"{record.name}/{arity(record)}"
    if key in elaborator.context.values:
        found: Value = elaborator.context.values[key]
        return found
    if key in elaborator.busy:
        raise DefinitionCycle(f"the definition of {record.name} refers to itself",
                              hint="give the steps a letter: h^{(t)} = ... for t = 1..3")
    inside = elaborator.fresh(record.source, key)
    found = defined(inside, record)
    elaborator.context.values[key] = found
    return found


def _implied(elaborator: Elaborator, record: Definition) -> tuple[str, ...]:
    """The letters of ℓ = (w'x_i - y_i)², which is said of any i; none where repeated letters are summed, or may be."""
    if record.letters or record.parameters is not None or elaborator.context.einstein or record.declared is not None:
        return ()
    free = implied_letters(elaborator.context, record.tree)
    if {*free} & {name for node in t.walk(record.tree) if isinstance(node, t.Factors) for name in _repeated(node)}:
        return ()
    return free


def _repeated(product: t.Factors) -> Iterator[str]:
    """Letters below more than one factor of a product of entries, as i in a_i b_i."""
    entries = [f for f in product.factors if isinstance(f, t.Subscripted) and isinstance(f.base, t.Name)
               and len(f.positions) == f.base.arity]
    counts = Counter(name for f in entries for name in {p.name for p in f.positions if isinstance(p, t.Letter)})
    yield from (name for name, count in counts.items() if count > 1)


def _at_letters(elaborator: Elaborator, whole: Value, letters: tuple[str, ...]) -> Value:
    """What a name is at the letters of the text that uses it."""
    positions = []
    for name, size in zip(letters, whole.shape, strict=False):
        if not (name in elaborator.bound or name in elaborator.names or name in elaborator.free):
            elaborator.free[name] = Index(name, 1, size)
        positions.append(elaborator.index(name, t.Letter(name)))
    rest = len(whole.shape) - len(letters)
    if not rest:
        return Value(SympyEntry(whole.expr, *positions))
    taken = RECORDS.take(whole.expr, index=(*positions, *(None,) * rest))
    return Value(taken, COLUMN if rest == 1 else "")


def defined(elaborator: Elaborator, record: Definition) -> Value:
    """The array or scalar that a definition introduces."""
    elaborator.whole = t.Sequence((t.Sequence(tuple(map(t.Letter, record.letters))), record.tree))
    origin = elaborator.context.first_index
    letters: list[Index] = []
    declared = shape_of(record.declared.value) if record.declared is not None else None
    for axis, name in enumerate(record.letters):
        known = elaborator.known_range(name)
        if declared is not None and axis < len(declared):
            said = record.declared.origins[axis:axis + 1] if record.declared is not None else ()
            start = origin if not said or said[0] is None else said[0]
            known = Integer(start), declared[axis] + start - 1
        known = known or elaborator.range_of(name, record.tree)
        if known is None:
            raise elaborator.source.error(f"the range of the index {name} of {record.name} is not known", *record.tree.span,
                                    hint=f"declare {name}: index n, or the shape: {record.name}: n")
        elaborator.bound[name] = Index(name, *known)
        letters.append(elaborator.bound[name])
    if elaborator.context.einstein:
        elaborator.reading = replace(elaborator.reading, free=frozenset(record.letters))
    body = elaborator.term(record.tree)
    if body.pending and declared is not None and not letters:
        body = settle(body, declared)
    body = known_value(body)
    expr = body.expr if body.shape else settled(body.expr)
    if elaborator.free:
        raise IndexError_(f"the index {min(elaborator.free)} is free in the definition of {record.name}",
                          where=elaborator.text(record.tree), hint="sum over it, or put it on the left side")
    if not letters:
        if declared is not None and record.declared is not None:
            _agrees(record, body.shape, declared)
        if expr.is_Integer or (isinstance(record.tree, t.Name) and not _one_path_of_two(elaborator, record)):
            # Another name of the same, or a number: it may be a size.
            return body
        named = define(record.name, expr) if body.shape else Named(record.name, (), expr)
        elaborator.context.bodies[named] = expr
        return replace(body, expr=named)
    own, shift = [], {}
    for letter in letters:
        size = (letter.hi - letter.lo + 1).expand()
        own.append(Index(letter.name, 1, size))
        if letter.lo != 1:
            shift[letter] = own[-1] + (letter.lo - 1)
    expr = substituted(expr, shift) if shift else expr
    named = rows(expr, tuple(own), record.name) if body.shape else Named(record.name, tuple(own), expr)
    if declared is not None:
        _agrees(record, shape_of(named), declared)
    return value(named)


def _one_path_of_two(elaborator: Elaborator, record: Definition) -> bool:
    """Whether another name stands for the same quantity: they tell its uses apart, and derivatives by each are partial."""
    return any(isinstance(other, Definition) and other is not record and not other.letters and other.parameters is None
               and other.tree == record.tree for other in elaborator.context.all())


def _agrees(record: Definition, found: Shape, declared: Shape) -> None:
    if not same_shape(found, declared):
        raise ShapeError(f"{record.name} is declared with shape {show_shape(declared)}, but its definition has shape "
                         f"{show_shape(found)}", hint="correct one of the two")


def applied(elaborator: Elaborator, record: Definition, arguments: Iterable[Value]) -> Value:
    """A defined function at arguments."""
    given = list(arguments)
    names = record.parameters or ()
    if not given and len(names) == 1:
        # f(x) where only the definition knows x.
        names = ()
    if len(given) != len(names):
        raise ShapeError(f"{record.name} has {len(names)} arguments, {len(given)} are given")
    if given and all(_is_parameter(elaborator, name, v) for name, v in zip(names, given, strict=True)):
        return definition(elaborator, record)
    if len(elaborator.busy) > 40:
        raise BoundExceeded(f"the definition of {record.name} is nested too deeply")
    inside = elaborator.fresh(record.source, f"{record.name}()")
    # A letter that is free in the definition is the one of the text that calls it.
    inside.names, inside.bound, inside.free = dict(zip(names, given, strict=True)), dict(elaborator.bound), elaborator.free
    if inside.busy.count(f"{record.name}()") > 8:
        raise DefinitionCycle(f"the definition of {record.name} refers to itself")
    inside.whole = record.tree
    try:
        return inside.of(record.tree)
    except ShapeError:
        arrays = [k for k, v in enumerate(given) if v.shape]
        if len(arrays) != 1:
            raise
        of_rows = _of_every_row(elaborator, record, given, arrays[0])
        if of_rows is not None:
            return of_rows
        # What is written for numbers only is taken of every entry.
        single = applied(elaborator, record, [Value(VARIABLE) if k in arrays else v for k, v in enumerate(given)])
        if not single.scalar:
            raise
        elaborator.notes.append(f"{record.name} is taken of every entry")
        return lifted(single.expr, given[arrays[0]])


def _of_every_row(elaborator: Elaborator, record: Definition, given: list[Value], place: int) -> Value | None:
    """h(X) of a function that is written for a vector: a vector with its value at every row; None where it is none."""
    matrix = given[place].expr
    if given[place].rank != 2:
        return None
    letter = Index(unused("i", {str(s) for s in matrix.free_symbols} | set(elaborator.bound)), 1, shape_of(matrix)[0])
    row = Value(RECORDS.take(matrix, index=(letter, None)), COLUMN)
    try:
        single = applied(elaborator, record, [row if k == place else v for k, v in enumerate(given)])
    except ShapeError:
        return None
    if not single.scalar:
        return None
    elaborator.notes.append(f"{record.name} is taken of every row")
    return value(Named(record.name, (letter,), settled(single.expr)))


def _is_parameter(elaborator: Elaborator, name: str, given: Value) -> bool:
    record = elaborator.record(name)
    return isinstance(record, Quantity) and record.value == given.expr
