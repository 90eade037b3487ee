"""How an expression was brought into the one form in which it is differentiated, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Add, Expr, Mul, Pow, Sum

from ..arrays.arrays import Apply, Tensor
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, ArrayRewrite, ArrayRewriter, Shared, array_rule
from ..arrays.walks import ArrayNode, subexpressions
from ..errors import SymderivError
from ..layers.arranged import AS_A_WHOLE, READING
from ..layers.inner_names import Naming, names_in
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


READINGS = 3


def read(expr: Expr, targets: Sequence[Expr] = ()) -> Reading:
    """The expression in normal form; arrays that are differentiated by are not looked into, and their entries are
    independent, whatever symmetry they are declared to have."""
    hidden: dict[Any, Expr] = {t: Tensor(t.name, t.shape, t.properties - TIED) if isinstance(t, Tensor) else
                               Tensor(f"target{k}", shape_of(t)) for k, t in enumerate(targets)
                               if not isinstance(t, Tensor) or TIED & t.properties}
    given = expr.xreplace(hidden) if hidden else expr
    before = as_arrays(given)
    about = About(frozenset(hidden.get(t, t) for t in targets), frozenset(names_in(before)))
    log: list[ArrayRewrite] = [] if before is given else [ArrayRewrite(AS_ARRAYS, given, before)]
    found = before
    # What was used more than once may stand once in what was made of it, and is then no part to be kept.
    for _ in range(READINGS):
        rewriter = ArrayRewriter((*READING, contraction_as_products), replace(about, shared=Shared()))
        found = rewriter.whole(found, AS_A_WHOLE)
        log += rewriter.log.values()
        if not rewriter.log:
            break
    if not log:
        return Reading(expr, expr, tuple(targets))
    if hidden:
        found = found.xreplace({name: t for t, name in hidden.items()})
    return Reading(expr, found, tuple(targets), tuple(log))


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
                    RECORDS.logsumexp, RECORDS.outer, RECORDS.ones, RECORDS.norm, RECORDS.mean, RECORDS.var, RECORDS.std,
                    RECORDS.cumsum, RECORDS.trace))


_PRODUCTS = frozenset((RECORDS.mul, RECORDS.matmul, RECORDS.transpose, RECORDS.sum, RECORDS.outer, RECORDS.trace,
                       RECORDS.diag))


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


@array_rule(AS_ARRAYS, RECORDS.einsum.name)
def contraction_as_products(expr: Apply, about: About) -> Expr | None:
    """tr(A B) for einsum("ij,ji->", A, B): sums over vectors and matrices as products, where one is made of others."""
    plain = all(isinstance(a, Tensor) or (RECORDS.transpose.of(a) and isinstance(a.args[0], Tensor)) for a in expr.args)
    if plain or len(expr.args) > LONGEST_CONTRACTION or any(len(shape_of(a)) > 2 for a in (expr, *expr.args)):
        return None
    operands = {Tensor(f"operand{k}", shape_of(a)): a for k, a in enumerate(expr.args)}
    letters = Naming(*expr.args).letters("ij", expr.shape)
    program = Program()
    body = expr.op.definition(letters, tuple(operands), expr.params)
    try:
        found = close(program.scalar(body), tuple(map(program.letter, letters)))
    except SymderivError:
        return None
    if found is None or any(isinstance(n, Apply) and n.op not in _PRODUCTS for n in subexpressions(found)):
        return None
    return found.xreplace(operands)


LONGEST_CONTRACTION = 6
