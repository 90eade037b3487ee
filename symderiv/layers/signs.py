"""Signs in one place: which way round a difference stands in an even function, and odd functions of negative arguments.

Rules on array expressions (see ``arrays/rewriting.py``).
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Pow, S

from ..arrays.arrays import Apply, order_key
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.rewriting import About, array_rule, head
from ..arrays.walks import depth
from ..bounds import remembered
from ..functions.scalar_function import EVEN, FUNCTIONS
from .operator_text import is_op, negative
from .written_out import added, of_term, scaled, split

PARITY = {f.name: f.parity for f in FUNCTIONS.values() if f.parity}


@array_rule("the other way round", "mul", "matmul", "pow", "norm", "abs", "outer", "Pow", silent=True)
def turned_round(expr: Expr, about: About) -> Expr | None:
    """(x - y)² for (y - x)²: what an even function takes is a difference from what is differentiated by."""
    if is_op(expr, "norm", "abs"):
        own = opposite(expr.args[0], about)
        return None if own is None else operator(expr.op.name)(own, **expr.params)
    if is_op(expr, "pow") or isinstance(expr, Pow):
        even = not is_array(expr.args[1]) and (expr.args[1] / 2).is_Integer
        own = opposite(expr.args[0], about) if even else None
        return None if own is None else operator("pow")(own, expr.args[1]) if is_array(own) else own ** expr.args[1]
    flat = _ends(expr)
    turned = [opposite(a, about) for a in flat]
    if len(flat) == 2 and None not in turned:
        return _with_ends(expr, turned)
    return None


def _ends(expr: Expr) -> tuple[Expr, ...]:
    """The first and the last factor of a chain of matrix products."""
    if is_op(expr, "mul"):
        return tuple(a for a in expr.args if is_array(a))
    first, last = expr.args
    return _outermost(first, _end(first)), _outermost(last, 1)


def _outermost(x: Expr, at: int) -> Expr:
    return _end_of_product(x, at) if is_op(x, "matmul") else x


@remembered(4_096)
def _end_of_product(x: Expr, at: int) -> Expr:
    return _outermost(x.args[at], at)


def _end(first: Expr) -> int:
    """Where the vector stands in the first operand: last in L x, first in xᵀ L."""
    return int(len(shape_of(first)) == 1 and len(first.args) == 2 and len(shape_of(first.args[1])) == 1)


def _with_ends(expr: Expr, ends: Any) -> Expr:
    if is_op(expr, "mul"):
        own = iter(ends)
        return operator("mul")(*(next(own) if is_array(a) else a for a in expr.args))
    first, last = expr.args

    def put(x: Expr, at: int, end: Expr) -> Expr:
        if not is_op(x, "matmul"):
            return end
        args = list(x.args)
        args[at] = put(args[at], at, end)
        return operator("matmul")(*args)

    return operator(expr.op.name)(put(first, _end(first), ends[0]), put(last, 1, ends[1]))


def opposite(x: Expr, about: About) -> Expr | None:
    """-x where x is a difference the wrong way round, or has a sign in front."""
    if is_op(x, "mul"):
        number, rest = split(x)
        if negative(x):
            return scaled(-number, rest)
        turned = opposite(rest, about) if number != 1 else None
        return None if turned is None else scaled(number, turned)
    if is_op(x, "add") and (len(x.args) > 2 or all(map(negative, x.args))):
        return _opposite_of_many(x, about)
    if not (is_op(x, "add") or isinstance(x, Add)) or len(x.args) != 2 or negative(x.args[0]) == negative(x.args[1]):
        return None
    above, below = x.args if negative(x.args[1]) else x.args[::-1]
    below = scaled(S.NegativeOne * split(below)[0], split(below)[1]) if is_array(below) else -below

    if isinstance(x, Add):  # of entries the polynomial has no order
        return Add(below, -above) if _reads(below, about) and not _reads(above, about) else None

    # Of two names, that which comes later in the alphabet: x - mu, y - x.
    first, second = (_rank(above, about), order_key(below)), (_rank(below, about), order_key(above))
    alike = is_array(below) or not is_array(above)
    named = not is_array(above) and is_array(below) and bool(above.free_symbols)  # a number with a name is taken off
    return added(below, scaled(S.NegativeOne, above)) if named or (second < first and alike) else None


def _rank(t: Expr, about: About) -> Any:
    return not _reads(t, about), not is_array(t), _leading(t), depth(t)


def _opposite_of_many(x: Expr, about: About) -> Expr | None:
    """-x where most of what reads what is differentiated by is taken off, and where all terms are."""
    reading = [t for t in x.args if _reads(t, about)]
    whole = all(map(negative, x.args))
    below = sum(map(negative, reading))
    if not whole and 2 * below <= len(reading) and not (
            reading and 2 * below == len(reading) and negative(min(reading, key=_unsigned))):
        return None
    turned = (scaled(S.NegativeOne * split(t)[0], split(t)[1]) if is_array(t) else -t for t in x.args)
    return added(*(sorted(turned, key=of_term) if whole else turned))


def _unsigned(t: Expr) -> str:
    return order_key(split(t)[1])


def _leading(x: Expr) -> int:
    """How many axes of size 1, or that broadcasting adds, stand before those of an array: x_i - x_j, not x_j - x_i."""
    if is_op(x, "stretch") and isinstance(x, Apply):
        return -1 if x.params["axes"][:1] == (0,) else 0
    return 0


def _reads(x: Expr, about: About) -> bool:
    return not about.targets.isdisjoint(x.free_symbols)


@array_rule("a sign through an even or odd function", *PARITY)
def parity(expr: Expr, about: About) -> Expr | None:
    """cos(y - x) = cos(x - y) and tanh(y - x) = -tanh(x - y), the difference as in even powers."""
    own = opposite(expr.args[0], about)
    if own is None:
        return None
    made = operator(head(expr))(own)
    return made if PARITY[head(expr)] == EVEN else scaled(S.NegativeOne, made)


SIGNS = (turned_round, parity)
