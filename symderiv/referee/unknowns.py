"""Quantities of which it is only said what they depend on, as smooth functions of these in general position.

A claim about any L(y) must hold for each; one whose derivatives by y are all different and not constant tells a true
chain rule from a wrong one.  The coefficients are drawn at every point like other data.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr, Integer, Rational

from ..arrays.arrays import Array, Named, Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index, plain_sum
from ..errors import SymderivError
from ..layers.elementwise import sin
from ..reader.declare.context import DeclaredNames, Quantity
from ..reader.meaning.elaborate import Elaborator
from ..reader.meaning.entrywise import at
from ..reader.syntax.tokens import SourceText

COEFFICIENTS = ("slope", "bend", "mix", "offset")
"""What the names of the coefficients begin with."""


def with_generic_functions(context: DeclaredNames) -> DeclaredNames:
    """A context in which every ``function of`` quantity is an expression in what it depends on."""
    unknown = [r for r in context.all() if isinstance(r, Quantity) and r.depends]
    if not unknown:
        return context
    more = context.copy()
    waiting = unknown
    # One that depends on another comes after it.
    for _ in range(len(unknown) + 1):
        left = []
        for record in waiting:
            try:
                made = generic(Elaborator(more, SourceText("")), record, {r.name for r in waiting} - {record.name})
            except SymderivError:
                made = None
            if made is None:
                left.append(record)
            else:
                more.values.clear()
                more.replace(record, replace(record, value=made, depends=()))
        if not left or len(left) == len(waiting):
            break
        waiting = left
    return more


def generic(elaborator: Elaborator, record: Quantity, waiting: set[str]) -> Expr | None:
    """The expression for one unknown quantity; None while something it depends on is not known."""
    name, shape = record.name, shape_of(record.value)
    own = tuple(Index(f"{letter}_{name}", 1, size) for letter, size in zip("pqrs", shape, strict=False))
    linear: Expr = Integer(0)
    bent: Expr = Integer(0)
    inside: Expr = Integer(0)
    for argument in record.depends:
        known = elaborator.record(argument)
        if known is None or argument in waiting:
            return None
        expr = elaborator.meaning(known).expr
        if getattr(expr, "label_size", None) is not None or (expr.is_integer and not isinstance(expr, Array)):
            continue
        array = as_expr(expr)
        tail = shape_of(array)
        if array == record.value:
            continue
        first, second, third = (Tensor(f"{part}_{name}_{argument}", (*shape, *tail)) for part in COEFFICIENTS[:3])
        linear = linear + _against(first, own, array)
        bent = bent + _against(second, own, sin(array))
        inside = inside + _against(third, own, array)
    offset = Tensor(f"offset_{name}", shape)
    start = at(offset, own) if own else offset
    body = start + linear + bent + Rational(1, 3) * inside**2
    return _with_properties(record, own, body)


def _with_properties(record: Quantity, own: tuple[Index, ...], body: Expr) -> Expr:
    """The expression, made what the quantity is declared to be: MMᵀ + I is positive definite for every M."""
    name = record.name
    kept: frozenset[str] = getattr(record.value, "properties", frozenset())
    if "positive" in kept:
        body = body**2 + 1
    if not kept & {"symmetric", "positive_definite"}:
        return Named(name, own, body)
    any_matrix = Named(f"half of {name}", own, body)
    turned = RECORDS.transpose(any_matrix)
    if "positive_definite" in kept:
        whole = RECORDS.add(RECORDS.matmul(any_matrix, turned), RECORDS.eye(size=shape_of(record.value)[0]))
    else:
        whole = RECORDS.add(any_matrix, turned)
    return Named(name, own, at(whole, own))


def _against(coefficients: Tensor, own: tuple[Index, ...], array: Expr) -> Expr:
    """Σ coefficients · array over the axes of the array, at the positions ``own``."""
    tail = shape_of(array)
    if not tail:
        return (at(coefficients, own) if own else coefficients) * array
    if not own:
        return RECORDS.sum(RECORDS.mul(coefficients, array))
    letters = tuple(Index(f"{c}_{coefficients.name}", 1, size) for c, size in zip("uvwx", tail, strict=False))
    return plain_sum(at(coefficients, (*own, *letters)) * at(array, letters), [(i, Integer(1), i.hi) for i in letters])
