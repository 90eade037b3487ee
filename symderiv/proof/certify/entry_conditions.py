"""What is assumed of the entries of arrays, as conditions of a statement: b >= 4, x[i] > y[i], |a| < 1, a is not b."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from sympy import Abs, Expr
from sympy.core.relational import Relational, Unequality

from ...arrays.arrays import Array, Tensor
from ...arrays.assumptions import bound_of, declared, of_values
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...errors import SymderivError
from ...lowering.program import Program
from ...terms.affine import Idx, affine, constant, size_affine
from ...terms.nodes import Node, add, neg
from .writing import StatementWriter

STRICT, WEAK, UNEQUAL = "gt", "ge", "ne"


def assumed(writer: StatementWriter, program: Program, conditions: Iterable[Any]) -> Iterator[Any]:
    """Rows [kind, letters, where these positions are >= 0, term], for relations about what the statement reads.

    An equation is no condition: no random entries satisfy it.  That entries are positive is a property of their array.
    """
    known = tuple(conditions)
    for relation in of_values(known):
        bound = bound_of(relation)
        declared_so = bound is not None and bound.positive and bound.low == 0 and not bound.high.is_number
        if declared_so or not any(isinstance(s, Tensor) and s.name in _names(writer) for s in relation.free_symbols):
            continue
        as_read = relation.xreplace(declared(known, relation.free_symbols))
        with suppress(SymderivError):  # what the properties of the arrays say already is no relation any more
            for kind, node in _differences(as_read, program) if isinstance(as_read, Relational) else ():
                letters = sorted(node.free, key=lambda i: i.key)
                ends = [writer.position(p) for i in letters for p in (affine(i) - i.lo, i.hi - affine(i))]
                yield [kind, [writer.letter(i) for i in letters], ends, writer.term(node)]


def _names(writer: StatementWriter) -> set[str]:
    return {array.name for array in writer.arrays if isinstance(array, Tensor)}


def _differences(relation: Any, program: Program) -> Iterator[tuple[str, Node]]:
    """What is not 0, positive, or at least 0."""
    if isinstance(relation, Unequality):
        left, right = relation.args
        yield UNEQUAL, _difference(left, right, program)
    elif relation.rel_op in ("<", "<=", ">", ">="):
        small, large = relation.lts, relation.gts
        kind = STRICT if relation.rel_op in ("<", ">") else WEAK
        absolute = isinstance(small, Abs) or RECORDS.abs.of(small)
        for side in (small.args[0], -small.args[0]) if absolute else (small,):
            yield kind, _difference(large, side, program)


def _difference(left: Expr, right: Expr, program: Program) -> Node:
    """An entry of a difference, its letters over every axis."""
    shape = max(shape_of(left), shape_of(right), key=len)
    letters = [Idx(f"k{k or ''}", constant(1), size_affine(n)) for k, n in enumerate(shape)]

    def entry(side: Expr) -> Node:
        own = letters[len(letters) - len(shape_of(side)):]
        return program.read(side, map(affine, own)) if isinstance(side, Array) else program.scalar(side)

    return add(entry(left), neg(entry(right)))
