"""Differentials: d(tr(X³)) = 3 tr(X² dX), with dX an array of its own for every name that varies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce

from sympy import Expr, S

from ...arrays.arrays import Tensor
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...bounds import recounted
from ...differentiation.engine import derive, vjp
from ...errors import ShapeError
from ..declare.context import Definition, Quantity
from ..syntax import tree as t
from .derivatives import gradient_of_unknown, jacobian, reads, rows_at, unknown_named
from .elaborator import Elaborator
from .entrywise import letters_in
from .oriented import Value, frobenius, known_value, plus, transposed, value


def differential(elaborator: Elaborator, tree: t.Differential) -> Value:
    """The differential of an expression: the sum of its derivatives along the differentials of what varies."""
    body = t.unbracketed(tree.body)
    if isinstance(body, t.Transpose):
        return transposed(differential(elaborator, t.Differential(body.base, span=tree.span)))
    if isinstance(body, t.Subscripted):
        return elaborator.of(t.Subscripted(t.Differential(body.base, span=body.span), body.positions, body.upper,
                                           span=tree.span))
    unknown = unknown_named(elaborator, body)
    inside = known_value(elaborator.of(body))
    parts: list[Value] = []
    for base in _varying(elaborator, inside.expr, unknown):
        change = value(Tensor(f"d{base.name}", base.shape))
        if unknown is not None:
            parts.append(frobenius(value(gradient_of_unknown(elaborator, unknown, base)), change))
        else:
            parts.append(along(inside, base, change))
    if not parts:
        return Value(S.Zero) if inside.scalar else value(RECORDS.zeros(shape=inside.shape))
    return Value(reduce(plus, parts).expr, inside.stands)


def directional(elaborator: Elaborator, tree: t.Directional) -> Value:
    """The derivative of an expression by an array in directions of its shape, one after the other."""
    directions: list[t.Tree] = []
    body: t.Tree = tree
    while isinstance(body, t.Directional) and body.variable == tree.variable:
        directions.insert(0, body.direction)
        body = body.body
    by = known_value(elaborator.of(tree.variable))
    inside = known_value(elaborator.of(body))
    # What is varied is any array: that it is symmetric says nothing of the directions.
    varied = Tensor(f"varied {by.expr}", by.shape)
    inside = replace(inside, expr=inside.expr.xreplace({by.expr: varied}))
    for each in directions:
        change = known_value(elaborator.of(each))
        if not isinstance(by.expr, Tensor) or by.shape != change.shape:
            raise ShapeError("the direction of a derivative has not the shape of what is varied", where=change.expr)
        inside = along(inside, varied, change)
    return replace(inside, expr=inside.expr.xreplace({varied: by.expr}))


def along(inside: Value, base: Tensor, change: Value) -> Value:
    """The derivative of an expression by an array, in the direction of another array of its shape."""
    if inside.expr == base:
        return change
    if inside.scalar:
        array, outer = jacobian(inside.expr, base)
        return frobenius(value(rows_at(array, outer, shape_of(base))), change)
    if letters_in(inside.expr):
        raise ShapeError(f"the differential of {inside.described()}, which depends on an index, is not read",
                         hint="take the differential of the whole array, and index the result")
    return value(_in_direction(inside.expr, base, change.expr))


@recounted(512)
def _in_direction(expr: Expr, base: Tensor, change: Expr) -> Expr:
    """The Jacobian of an array applied to a direction; once for all lines, and changes of a line, that speak of it."""
    probe = Tensor("probe", shape_of(expr))
    # <probe, J change> is linear in the probe; its gradient is J change, without a Jacobian of four axes.
    joined = frobenius(value(vjp(expr, base, probe).closed), value(change)).expr
    return derive(joined, probe).closed


def _varying(elaborator: Elaborator, expr: Expr, unknown: Quantity | None) -> list[Tensor]:
    """The independent arrays whose differentials count, among those that an expression reads."""
    wanted = elaborator.reading.varying
    if wanted is None:
        wanted = written(elaborator, elaborator.whole) if elaborator.whole is not None else frozenset()
    known = {r.value for r in elaborator.context.all() if isinstance(r, Quantity) and isinstance(r.value, Tensor)
             and not r.depends and r.value.label_size is None}
    roots = [expr]
    if unknown is not None:
        roots = [elaborator.meaning(d).expr for name in unknown.depends if (d := elaborator.record(name)) is not None]
    found = [x for x in sorted(known, key=str) if any(reads(root, x) for root in roots)]
    return [x for x in found if x.name in wanted] or found


def written(elaborator: Elaborator, tree: t.Tree) -> frozenset[str]:
    """Names of independent arrays whose differentials a text writes, or of those that vary with what is defined."""
    return frozenset(_names(elaborator, tree)) or frozenset(_arguments(elaborator, tree)) \
        or frozenset(_behind(elaborator, tree))


def _arguments(elaborator: Elaborator, tree: t.Tree) -> Iterator[str]:
    """Names of the independent arrays that functions are defined of whose differentials are written: dg of g(A) is by A."""
    bodies = {n.body for n in t.walk(tree) if isinstance(n, t.Differential) and isinstance(n.body, t.Name)}
    for body in sorted(bodies, key=str):
        record = elaborator.record(body.name, body.arity) if isinstance(body, t.Name) else None
        for name in (record.parameters or ()) if isinstance(record, Definition) else ():
            own = elaborator.record(name)
            if isinstance(own, Quantity) and isinstance(own.value, Tensor) and not own.depends:
                yield own.value.name


def _behind(elaborator: Elaborator, tree: t.Tree) -> Iterator[str]:
    """Names of independent arrays that the innermost of the defined names read whose differentials are written."""
    bodies = {n.body for n in t.walk(tree) if isinstance(n, t.Differential) and isinstance(n.body, t.Name)}
    records = [elaborator.record(b.name, b.arity) for b in bodies if isinstance(b, t.Name)]
    made = [elaborator.meaning(r).expr for r in records if isinstance(r, Definition) and not r.parameters]
    for each in made:
        if not any(other != each and reads(each, other) for other in made):
            yield from (x.name for x in each.free_symbols if isinstance(x, Tensor) and x.label_size is None)


def _names(elaborator: Elaborator, tree: t.Tree) -> Iterator[str]:
    """Of differentials of a name, of its transpose or entry, or of what reads one name alone, as d(X^{-1})."""
    for node in t.walk(tree):
        names = {n for n in t.walk(node.body) if isinstance(n, t.Name)} if isinstance(node, t.Differential) else set()
        for body in names if len(names) == 1 else ():
            record = elaborator.record(body.name, body.arity)
            if isinstance(record, Quantity) and isinstance(record.value, Tensor) and not record.depends:
                yield record.value.name
