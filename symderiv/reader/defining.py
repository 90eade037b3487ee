"""Definitions: what a defined name stands for, alone and at arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Integer

from ..errors import (
    BoundExceeded,
    DefinitionCycle,
    IndexError_,
    ShapeError,
)
from ..index.arrays import Named, define
from ..index.operator import shape_of
from ..index.sizes import Shape, same_size, show_shape
from ..index.symbols import Index
from . import tree as t
from .context import Definition, Quantity, arity
from .entrywise import rows, settled, substituted
from .values import (
    Value,
    known_value,
    value,
)

if TYPE_CHECKING:
    from .elaborate import Elaborator


def definition(elaborator: Elaborator, record: Definition) -> Value:
    """The value of a defined name, elaborated once.  Raises DefinitionCycle."""
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


def defined(elaborator: Elaborator, record: Definition) -> Value:
    """The array or scalar that a definition introduces."""
    elaborator.whole = record.tree
    origin = elaborator.context.first_index
    letters: list[Index] = []
    declared = shape_of(record.declared.value) if record.declared is not None else None
    for axis, name in enumerate(record.letters):
        known = elaborator.known_range(name)
        if declared is not None and axis < len(declared):
            known = Integer(origin), declared[axis] + origin - 1
        known = known or elaborator.range_of(name, record.tree)
        if known is None:
            raise elaborator.source.error(f"the range of the index {name} of {record.name} is not known", *record.tree.span,
                                    hint=f"declare {name}: index n, or the shape: {record.name}: n")
        elaborator.bound[name] = Index(name, *known)
        letters.append(elaborator.bound[name])
    if elaborator.context.einstein:
        elaborator.reading = replace(elaborator.reading, free=frozenset(record.letters))
    body = known_value(elaborator.term(record.tree))
    expr = body.expr if body.shape else settled(body.expr)
    if elaborator.free:
        raise IndexError_(f"the index {min(elaborator.free)} is free in the definition of {record.name}",
                          where=elaborator.text(record.tree), hint="sum over it, or put it on the left side")
    if not letters:
        if declared is not None and record.declared is not None:
            _agrees(record, body.shape, declared)
        if isinstance(record.tree, t.Name):
            return body
        return replace(body, expr=define(record.name, expr) if body.shape else Named(record.name, (), expr))
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


def _agrees(record: Definition, found: Shape, declared: Shape) -> None:
    if len(found) != len(declared) or not all(map(same_size, found, declared)):
        raise ShapeError(f"{record.name} is declared with shape {show_shape(declared)}, but its definition has shape "
                         f"{show_shape(found)}", hint="correct one of the two")


def applied(elaborator: Elaborator, record: Definition, arguments: Iterable[Value]) -> Value:
    """A defined function at arguments."""
    given = list(arguments)
    names = record.parameters or ()
    if len(given) != len(names):
        raise ShapeError(f"{record.name} has {len(names)} arguments, {len(given)} are given")
    if all(_is_parameter(elaborator, name, v) for name, v in zip(names, given, strict=True)):
        return definition(elaborator, record)
    if len(elaborator.busy) > 40:
        raise BoundExceeded(f"the definition of {record.name} is nested too deeply")
    inside = elaborator.fresh(record.source, f"{record.name}()")
    # A letter that is free in the definition is the one of the text that calls it.
    inside.names, inside.bound, inside.free = dict(zip(names, given, strict=True)), dict(elaborator.bound), elaborator.free
    if inside.busy.count(f"{record.name}()") > 8:
        raise DefinitionCycle(f"the definition of {record.name} refers to itself")
    inside.whole = record.tree
    return inside.of(record.tree)


def _is_parameter(elaborator: Elaborator, name: str, given: Value) -> bool:
    record = elaborator.record(name)
    return isinstance(record, Quantity) and record.value == given.expr


__all__ = ["applied", "defined", "definition"]
