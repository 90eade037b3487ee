"""How an expression was brought into the one form in which it is differentiated, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Mul, Pow, Sum

from ..arrays.arrays import Apply, Tensor
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, ArrayRewrite, ArrayRewriter
from ..arrays.walks import ArrayNode, subexpressions
from ..errors import SymderivError
from ..layers.arranged import AS_A_WHOLE, READING
from ..layers.inner_names import names_in
from ..lowering.program import Program
from ..matrixform.close import close
from ..terms.traversals import operands_first, reached


@dataclass(frozen=True)
class Reading:
    """An expression as it was given and as it is differentiated, with the log of what was rewritten."""

    before: Expr
    after: Expr
    targets: tuple[Expr, ...] = ()
    rewrites: tuple[ArrayRewrite, ...] = ()


def read(expr: Expr, targets: Sequence[Expr] = ()) -> Reading:
    """The expression in normal form; arrays that are differentiated by are not looked into, and their entries are
    independent, whatever symmetry they are declared to have."""
    hidden: dict[Any, Expr] = {t: Tensor(t.name, t.shape, t.properties - TIED) if isinstance(t, Tensor) else
                               Tensor(f"target{k}", shape_of(t)) for k, t in enumerate(targets)
                               if not isinstance(t, Tensor) or TIED & t.properties}
    given = expr.xreplace(hidden) if hidden else expr
    before = as_arrays(given)
    about = About(frozenset(hidden.get(t, t) for t in targets), frozenset(names_in(before)))
    rewriter = ArrayRewriter(READING, about)
    found = rewriter.whole(before, AS_A_WHOLE)
    written = () if before is given else (ArrayRewrite(AS_ARRAYS, given, before),)
    if not rewriter.log and not written:
        return Reading(expr, expr, tuple(targets))
    if hidden:
        found = found.xreplace({name: t for t, name in hidden.items()})
    return Reading(expr, found, tuple(targets), (*written, *rewriter.log.values()))


_IN_ANY_ORDER = frozenset((RECORDS.add, RECORDS.mul))
LONGEST = 64


def reordered(one: Expr, other: Expr) -> bool:
    """Whether two expressions differ by nothing but the order and the brackets of sums, and of products entry by entry.

    To the checker both are one term, for sums and products have no order there; of more than ``LONGEST`` terms it says no.
    """
    known: dict[Expr, Expr] = {}
    places: dict[Expr, int] = {}
    for e in operands_first((one, other), _looked_into):
        parts = tuple(known[part] for part in _looked_into(e))
        if isinstance(e, Apply) and e.op in _IN_ANY_ORDER:
            nested = [p.args if isinstance(p, Apply) and p.op is e.op and len(p.args) < LONGEST else (p,) for p in parts]
            parts = tuple(sorted((p for ps in nested for p in ps), key=places.__getitem__))
        known[e] = e.func(*parts) if parts != _looked_into(e) else e
        places.setdefault(known[e], len(places))
    return bool(known[one] == known[other])


def _looked_into(e: Expr) -> tuple[Expr, ...]:
    return e.args if isinstance(e, Apply | Add | Mul | Pow) else ()


TIED = frozenset(("symmetric", "diagonal"))
AS_ARRAYS = "sums of entries as products of arrays"
_PLAIN = frozenset((RECORDS.add, RECORDS.mul, RECORDS.matmul, RECORDS.transpose, RECORDS.sum, RECORDS.pow, RECORDS.softmax,
                    RECORDS.logsumexp, RECORDS.outer, RECORDS.ones, RECORDS.norm, RECORDS.mean))


def _of_numbers(node: Expr) -> tuple[Any, ...]:
    return () if isinstance(node, ArrayNode) else node.args


def as_arrays(expr: Expr) -> Expr:
    """A number that is written with sums of entries as products of arrays, where that is shorter."""
    if is_array(expr) or not any(isinstance(n, Sum) for n in reached((expr,), _of_numbers)):
        return expr
    program = Program()
    try:
        found = close(program.scalar(expr), ())
    except SymderivError:
        return expr
    if found is None or program.conditions or any(
            isinstance(n, Apply) and n.op.scalar is None and n.op not in _PLAIN and not (
                n.op is RECORDS.stretch and len(shape_of(n)) == 2) for n in subexpressions(found)):
        return expr
    return found
