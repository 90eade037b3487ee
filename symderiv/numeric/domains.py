"""What a result needs beyond the declarations: what it divides by, takes a root or a logarithm of, or inverts.

Read off the result as it is written.  What declarations give is left out: positive tensors, exponentials, sums of squares
with something positive, matrices declared invertible or positive definite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sympy import Abs, Add, Expr, Integer, Max, Mul, Ne, Pow, Symbol, oo
from sympy import Sum as SympySum
from sympy.core.function import Function
from sympy.core.relational import Relational

from ..arrays.arrays import REGULAR, Apply, Array, Entry, Named, Tensor
from ..arrays.assumptions import Relied, bounds
from ..arrays.operator import is_array
from ..arrays.registry import RECORDS
from ..arrays.sign import certainly_positive
from ..arrays.symbols import Index
from ..arrays.symmetry import held_by, is_symmetric, transposes
from ..arrays.walks import bottom_up, lacking
from ..bounds import of_the_call
from ..functions import BY_CLASS, FUNCTIONS
from ..functions.network_functions import absolute, sign
from ..functions.of_matrices import RELIED_ON
from ..functions.scalar_function import POSITIVE, ScalarFunction
from ..layers.arithmetic import power
from ..layers.products import transpose_record
from ..layers.projections import chain_of, mirrored
from ..layers.written_out import split
from ..terms.traversals import reached

MOST = 12


def needed(expr: Expr, assuming: Iterable[Any] = ()) -> tuple[Any, ...]:
    """The relations that must hold for an expression to have a value, the declarations and assumptions aside."""
    known = _Known(assuming)
    nothing = _needing_nothing().setdefault(frozenset(known.given), set())
    found: dict[Any, None] = {}
    if _settled(expr, known, nothing):
        return ()
    for node in _parts(expr):
        for relation in _of(node, known):
            if isinstance(relation, Relational):
                found.setdefault(relation)
        if len(found) >= MOST:
            break
    roots = {r: r.lhs > 0 for r in found if r.rel_op == ">=" and r.rhs == 0 and Ne(r.lhs, Integer(0)) in found}
    return tuple(dict.fromkeys(roots.get(r, r) for r in found if not (r.rel_op == "!=" and (r.lhs >= 0) in roots)))


def relied_on(derivative: Expr) -> tuple[Relied, ...]:
    """What a derivative relies on by the functions of matrices that stand in it."""
    if lacking(derivative, _RELYING, _relies):
        return ()
    found = (Relied(RELIED_ON[node.op.name], node.args[0]) for node in _parts(derivative) if _relies(node))
    return tuple(dict.fromkeys(found))


_RELYING: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
"""Whether such a function stands in operators, as long as somebody holds them."""


def _relies(node: Any) -> bool:
    return isinstance(node, Apply) and node.op.name in RELIED_ON


def positive(value: Expr, assuming: Iterable[Any] = ()) -> tuple[Any, ...]:
    """That a value is above 0, unless declarations and assumptions say it."""
    known = _Known(assuming)
    numbers = value.args if isinstance(value, Mul) else (value,)
    unknown = [n.base if isinstance(n, Pow) and n.exp == -1 else n for n in numbers if known.sign(n) != 2]
    value = unknown[0] if len(unknown) == 1 else value
    of = known.sign(value)
    return tuple(_unless(of == 2, _nonzero(value) if of == 1 else value > 0, known))


_needing_nothing = of_the_call(dict[frozenset[Any], set[Apply]])
"""Operators that need nothing beyond some assumptions, nor their operands: those of a deep network, which many results
share, are looked at once."""


def _settled(expr: Expr, known: _Known, nothing: set[Apply]) -> bool:
    """Whether an expression needs nothing."""
    needing: set[Any] = set()
    for node in bottom_up(expr, nothing):
        if isinstance(node, Apply) and node in nothing:
            continue
        if not needing.isdisjoint(node.args) or (isinstance(node, Expr) and any(
                isinstance(r, Relational) for r in _of(node, known))):
            needing.add(node)
        elif isinstance(node, Apply):
            nothing.add(node)
    return expr not in needing


def _parts(expr: Expr) -> Iterator[Any]:
    """Every sub-expression once, definitions by name included; operators count by themselves, not by their definitions."""
    return reached([expr], lambda node: (a for a in node.args if isinstance(a, Expr)))


class _Known:
    """What follows from declarations and assumptions about signs."""

    def __init__(self, assuming: Iterable[Any]) -> None:
        given = [r for r in assuming if isinstance(r, Relational)]
        self.given = set(given)
        self.bounds = bounds(given)
        self.memo: dict[Any, int] = {}

    def sign(self, node: Any) -> int:
        """2 for positive, 1 for not negative, 0 for what is not known."""
        if node not in self.memo:
            self.memo[node] = 0
            self.memo[node] = self._sign(node)
        return self.memo[node]

    def _sign(self, node: Any) -> int:
        if isinstance(node, Tensor):
            bound = self.bounds.get(node.name)
            if "positive" in node.properties or (bound is not None and bound.positive):
                return 2
            return 1 if node.properties & {"one_hot"} or (bound is not None and bound.low >= 0) else 0
        if isinstance(node, Named):
            return self.sign(node.body)
        if isinstance(node, Entry):
            return self.sign(node.base)
        if isinstance(node, Apply):
            return self._operator(node)
        if isinstance(node, Add):
            return self._sum(node.args)
        if isinstance(node, Mul):
            return self._product(node.args)
        if isinstance(node, Pow):
            return self._power(node.base, node.exp)
        if isinstance(node, SympySum):
            return self.sign(node.function)
        if isinstance(node, Max):
            return max(map(self.sign, node.args))
        if isinstance(node, Function | Abs):
            record = BY_CLASS.get(type(node).__name__)
            return 0 if record is None else record.sign
        if isinstance(node, Symbol) or getattr(node, "is_number", False):
            return 2 if node.is_positive else 1 if node.is_nonnegative else 0
        return 0

    def _operator(self, node: Apply) -> int:
        if node.op.sign:
            return node.op.sign
        if RECORDS.add.of(node):
            return self._sum(node.args)
        if RECORDS.pow.of(node):
            return self._power(*node.args)
        if RECORDS.mul.of(node):
            return self._product(node.args)
        if RECORDS.eigvalsh.of(node) or (RECORDS.diag.of(node) and RECORDS.cholesky.of(node.args[0])):
            return 2 if is_definite(node.args[0].args[0] if RECORDS.diag.of(node) else node.args[0]) else 0
        keeps = min(node.op.keeps_sign, *map(self.sign, node.args)) if node.op.keeps_sign and node.args else 0
        return max(keeps, int(not node.shape and RECORDS.matmul.of(node) and is_square_form(node)))

    def _sum(self, args: Iterable[Any]) -> int:
        terms = tuple(args)
        signs = [self.sign(a) for a in terms]
        return max(signs) if 0 not in signs else 2 if _what_is_left(terms) else 0

    def _product(self, args: Iterable[Any]) -> int:
        minus = sum(bool(getattr(a, "is_number", False) and a.is_negative) for a in args)
        if minus:
            return 0
        factors = list(args)
        return min((max(self.sign(a), int(factors.count(a) % 2 == 0)) for a in factors), default=0)

    def _power(self, base: Any, exponent: Any) -> int:
        of = self.sign(base)
        if of:
            return of
        return 1 if getattr(exponent, "is_even", False) else 0

    def nonzero(self, node: Any) -> bool:
        """Whether a node is never 0, of either sign."""
        bound = self.bounds.get(node.name) if isinstance(node, Tensor) else None
        below = bound is not None and bool(bound.high < 0 or (bound.high == 0 and bound.open_high))
        return below or self.sign(node) == 2

    def says(self, relation: Any) -> bool:
        """Whether it was assumed."""
        return relation in self.given or relation.reversed in self.given


def _what_is_left(terms: tuple[Any, ...]) -> bool:
    """Whether a sum is a number less a function that stays below it, such as 1 - sigmoid(a)."""
    numbers = [t for t in terms if getattr(t, "is_number", False)]
    others = [t for t in terms if t not in numbers]
    if len(numbers) != 1 or len(others) != 1 or not isinstance(others[0], Mul) or others[0].args[0] != -1:
        return False
    inner = Mul(*others[0].args[1:])
    while isinstance(inner, Named | Entry):
        inner = inner.body if isinstance(inner, Named) else inner.base
    record = _record(inner)
    if record is None or record.limits is None or record.sign != POSITIVE:
        return False
    # A positive function that rises from 0 is below its limit everywhere.
    low, high = record.limits
    return bool(low == 0 and 0 < high <= numbers[0])


def _of(node: Any, known: _Known) -> Iterator[Any]:
    if isinstance(node, Pow) or (isinstance(node, Apply) and power.of(node)):
        base, exponent = node.args
        yield from _power(base, exponent, known)
    elif (record := _record(node)) is not None and record.within is not None:
        x, of = node.args[0], known.sign(node.args[0]) if record.within[0] == 0 else 0
        yield from _unless(of == 2, _nonzero(x) if of == 1 and not record.within[2] else _inside(x, *record.within), known)
    elif isinstance(node, Apply) and node.op.scalar is not None and len(node.args) == 1:
        for shift, kind, least in _of_numbers(node.op):
            x = node.args[0]
            yield from _unless(known.sign(x) >= least, kind(x + shift if shift else x, 0), known)
    elif sign.applied(node):
        yield from _unless(known.nonzero(node.args[0]), _nonzero(node.args[0]), known)
    elif isinstance(node, Apply) and node.op in (RECORDS.inv, RECORDS.logdet):
        matrix = node.args[0]
        if RECORDS.take.of(matrix) and all(isinstance(p, Index) and p.lo == 1 and p.hi == n for p, n in zip(
                matrix.params["index"], matrix.args[0].shape[:-2], strict=False)):
            matrix = matrix.args[0]  # every member of a stack
        regular = bool(held_by(matrix) & REGULAR) or is_definite(matrix)
        yield from _unless(regular, Ne(RECORDS.det(matrix), Integer(0)), known)
    elif isinstance(node, Apply) and node.op in (RECORDS.cholesky, RECORDS.cholesky_inverse):
        yield from _unless(is_definite(node.args[0]), RECORDS.eigvalsh(node.args[0]) > 0, known)


@lru_cache(maxsize=1_000)
def _of_numbers(op: Any) -> tuple[tuple[Any, Any, int], ...]:
    """What a function needs that is made of others, as log2 is: x + a number above 0, or not below, and which sign of x is
    enough."""
    number = Tensor("x", ())
    found = (r for part in _parts(op.scalar(number)) for r in _of(part, _Known(())) if (r.lhs - number).is_number)
    return tuple((r.lhs - number, type(r), 1 if r.lhs != number or r.rel_op == ">=" else 2) for r in found)


def _record(node: Any) -> ScalarFunction | None:
    """The record of the function that an expression, of a scalar or of an array, is an application of."""
    return FUNCTIONS.get(node.op.name) if isinstance(node, Apply) else BY_CLASS.get(type(node).__name__)


def _inside(x: Any, low: Any, high: Any, closed: bool) -> Any:
    """That a number, or every entry, lies in an interval with 0 in its middle, or above a number."""
    if high == oo:
        return x >= low if closed else x > low
    return absolute(x) <= high if closed else absolute(x) < high


def _power(base: Any, exponent: Any, known: _Known) -> Iterator[Any]:
    of = known.sign(base)
    whole = getattr(exponent, "is_integer", False) and not isinstance(exponent, Array)
    if base == 0 and not whole and not getattr(exponent, "is_number", False):
        yield from _unless(known.sign(exponent) == 2, exponent > 0, known)  # 1 at 0, and 0 above
    if of == 2 or getattr(base, "is_number", False) or (whole and known.nonzero(base)):
        return
    if whole:
        if not exponent.is_nonnegative:
            yield from _unless(False, _nonzero(base), known)
    elif getattr(exponent, "is_positive", False):
        yield from _unless(of == 1, base >= 0, known)
    else:
        yield from _unless(False, _nonzero(base) if of == 1 else base > 0, known)


def _nonzero(node: Any) -> Any:
    """node != 0; a power, or a magnitude, is 0 where what it is of is."""
    while absolute.applied(node) or RECORDS.sqrt.of(node) or (
            (isinstance(node, Pow) or power.of(node)) and node.args[1].is_Integer and node.args[1] > 0):
        node = node.args[0]
    return Ne(node, Integer(0))


def follows(condition: Any, held: Iterable[Any]) -> bool:
    """Whether a condition is one of those that are held, or says less than one of them."""
    return condition in held or (condition.rhs == 0 and condition.rel_op in (">=", "!=") and (condition.lhs > 0) in held)


def distinct(conditions: Iterable[Any]) -> tuple[Any, ...]:
    """The conditions without those that say what one before them does: x'x != 0 and ‖x‖ != 0, 2 <= n and n - 1 >= 1."""
    found: dict[Any, Any] = {}
    for c in conditions:
        found.setdefault(_said(c), c)
    return tuple(found.values())


def _said(condition: Any) -> Any:
    """The same for conditions that certainly say the same."""
    if not isinstance(condition, Relational):
        return condition
    gap = condition.gts - condition.lts if condition.rel_op in (">=", "<=", ">", "<") else None
    if gap is not None and all(s.is_integer for s in gap.free_symbols) and not gap.atoms(Array):
        return (condition.rel_op in (">", "<"), gap.expand())
    if condition.rel_op != "!=" or condition.rhs != 0:
        return condition
    node = condition.lhs
    while isinstance(node, Named) and getattr(node, "whole", None) is not None:
        node = _nonzero(node.whole).lhs
    if RECORDS.norm.of(node) and not node.params and len(node.args[0].shape) == 1:
        chain = chain_of(node.args[0])
        return tuple(map(_either_way, (*mirrored(chain), *chain)))
    if RECORDS.std.of(node):
        return RECORDS.var(*node.args, **node.params)
    return tuple(map(_either_way, _of_number(node))) if RECORDS.matmul.of(node) and not node.shape else node


def _either_way(f: Expr) -> Any:
    """A difference and its opposite as one, whatever the order of the terms."""
    if not RECORDS.add.of(f) or not all(map(is_array, f.args)):
        return f
    own = frozenset(map(split, f.args))
    return frozenset((own, frozenset((-c, rest) for c, rest in own)))


def _of_number(a: Expr) -> list[Expr]:
    """The factors of a dot product: x, Aᵀ, A, x of (A x)'(A x)."""
    row, column = map(chain_of, a.args)
    row = row if len(row[0].shape) == 1 else mirrored(row)
    return [*row, *(column if len(column[-1].shape) == 1 else mirrored(column))]


def _unless(given: bool, relation: Any, known: _Known) -> Iterator[Any]:
    if not given and isinstance(relation, Relational) and not known.says(relation):
        yield relation


# ------------------------------------------------------------------ certainly definite matrices

# Sums and products of such.  Source: Horn and Johnson, Matrix Analysis (2013), 7.1.


def is_definite(a: Expr) -> bool:
    """Whether xᵀ A x > 0 for every x but 0: declared so, I, the inverse of such, or a sum of semidefinite ones with one."""
    if "positive_definite" in held_by(a) or RECORDS.eye.of(a):
        return True
    if RECORDS.inv.of(a):
        return is_definite(a.args[0])
    if RECORDS.diag.of(a) and len(a.args[0].shape) == 1:
        return "positive" in getattr(a.args[0], "properties", ())
    if RECORDS.mul.of(a) and len(a.args) == 2 and not is_array(a.args[0]):
        return certainly_positive(a.args[0]) and is_definite(a.args[1])
    return bool(RECORDS.add.of(a)) and any(map(is_definite, a.args)) and all(map(is_semidefinite, a.args))


def is_semidefinite(a: Expr) -> bool:
    """Whether xᵀ A x >= 0 for every x: definite, Bᵀ A B for such an A, or a sum or positive multiple of such."""
    if is_definite(a):
        return True
    if RECORDS.add.of(a):
        return all(map(is_semidefinite, a.args))
    if RECORDS.mul.of(a) and len(a.args) == 2 and not is_array(a.args[0]):
        return certainly_positive(a.args[0]) and is_semidefinite(a.args[1])
    factors = _factors(a)
    first, last = factors[0], factors[-1]
    if len(factors) < 2 or not (transposes(first, last) or (first == last and is_symmetric(first))):
        return False
    inner = factors[1:-1]
    return not inner or is_semidefinite(inner[0] if len(inner) == 1 else RECORDS.matmul(*inner))


def is_square_form(a: Expr) -> bool:
    """Whether a number is x'A x with a semidefinite A, or x'x."""
    if len(a.args) != 2:
        return False
    if a.args[0] in (a.args[1], transpose_record(a.args[1])):
        return True
    first, *inner, last = _of_number(a)
    return first == last and bool(inner) and is_semidefinite(inner[0] if len(inner) == 1 else RECORDS.matmul(*inner))


def _factors(a: Expr) -> list[Expr]:
    """The matrices of a product."""
    if isinstance(a, Apply) and RECORDS.matmul.of(a) and all(len(f.shape) == 2 for f in a.args):
        return [g for f in a.args for g in _factors(f)]
    return [a]
