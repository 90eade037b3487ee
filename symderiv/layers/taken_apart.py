"""Sums and products taken apart in one way: rules on array expressions (see ``arrays/rewriting.py``)."""

from __future__ import annotations

from sympy import Add, Expr, Mul, S

from ..arrays.arrays import Apply, Tensor
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from .operator_text import is_op
from .written_out import added, scaled, split, terms


@array_rule("a sum of names", "sum", silent=True)
def sum_of_names(expr: Apply, about: About) -> Expr | None:
    """Σ (p + q) = Σ p + Σ q, of named arrays; a number among them counts how many there are."""
    number, x = split(expr.args[0])
    if is_array(expr) or expr.params or not is_op(x, "add") or x in about.shared:
        return None
    apart = [split(t) for t in x.args if is_array(t)]
    if not all(isinstance(rest, Tensor) and shape_of(rest) == shape_of(x) for _, rest in apart):
        return None
    numbers = Add(*(t for t in x.args if not is_array(t))) * Mul(*shape_of(x))
    return Add(*(number * c * RECORDS.sum(rest) for c, rest in apart), number * numbers)


@array_rule("absolute value of a quotient", "abs", silent=True)
def absolute_quotient(expr: Apply, about: About) -> Expr | None:
    """|a/b| = |a|/|b|."""
    (x,) = expr.args
    factors = x.args if is_op(x, "mul") else ()
    below = [f for f in factors if is_op(f, "pow") and f.args[1] == -1 and shape_of(f) == shape_of(x)]
    above = [f for f in x.args if f not in below] if below else []
    if not above or not all(is_array(f) and shape_of(f) == shape_of(x) for f in above):
        return None
    top = RECORDS.mul(*above) if len(above) > 1 else above[0]
    return RECORDS.mul(RECORDS.abs(top), *(RECORDS.pow(RECORDS.abs(f.args[0]), S.NegativeOne) for f in below))


@array_rule("columns scaled before a product", "matmul", silent=True)
def scaled_columns(expr: Apply, about: About) -> Expr | None:
    """(X ⊙ s) W = X Diag(s) W, every row of X times s."""
    left, right = expr.args
    if not is_op(left, "mul") or len(shape_of(left)) != 2 or left in about.shared:
        return None
    own = [f for f in left.args if is_array(f) and len(shape_of(f)) == 1]
    rest = [f for f in left.args if f not in own]
    if len(own) != 1 or not rest or any(is_array(f) and shape_of(f) != shape_of(left) for f in rest):
        return None
    matrix = RECORDS.mul(*rest) if len(rest) > 1 else rest[0]
    inner = RECORDS.mul(own[0], right) if len(shape_of(right)) == 1 else RECORDS.matmul(RECORDS.diag(own[0]), right)
    return RECORDS.matmul(matrix, inner)


@array_rule("a sum of products of two", "sum")
def sum_over_pairs(expr: Apply, about: About) -> Expr | None:
    """Σ_ij e^(a_i + b_j) = Σ e^a Σ e^b, and Σ_ij a_i b_j = Σ a Σ b."""
    number, x = split(expr.args[0])
    if is_array(expr) or expr.params or len(shape_of(x)) != 2:
        return None
    if is_op(x, "outer"):
        return number * Mul(*map(RECORDS.sum, x.args))
    if not is_op(x, "exp"):
        return None
    rows: list[Expr] = []
    columns: list[Expr] = []
    for t in terms(x.args[0]):
        c, rest = split(t) if is_array(t) else (S.One, t)
        if is_op(rest, "outer") and any(map(RECORDS.ones.of, rest.args)):
            column = RECORDS.ones.of(rest.args[1])
            (columns if column else rows).append(scaled(c, rest.args[0 if column else 1]))
        elif len(shape_of(rest)) == 1:
            rows.append(t)
        elif is_op(rest, "stretch") and isinstance(rest, Apply) and rest.params["axes"] == (0,) and shape_of(t)[1] == 1:
            columns.append(scaled(c, rest.args[0]))
        else:
            return None
    if not rows or not columns:
        return None
    return number * Mul(*(RECORDS.sum(RECORDS.exp(added(*own) if len(own) > 1 else own[0])) for own in (rows, columns)))


@array_rule("a bracket with a product in it", "matmul")
def bracket_multiplied_out(expr: Apply, about: About) -> Expr | None:
    """(W + c B A) x = W x + c B A x, where the bracket is used once: no product of matrices is formed."""
    bracket, x = expr.args
    if len(shape_of(x)) != 1 or not is_op(bracket, "add") or len(shape_of(bracket)) != 2 or bracket in about.shared:
        return None
    if any(shape_of(t) != shape_of(bracket) for t in bracket.args) or not any(
            is_op(split(t)[1], "matmul") and not is_op(split(t)[1].args[0], "transpose") for t in bracket.args):
        return None
    return added(*(scaled(c, RECORDS.matmul(rest, x)) for c, rest in map(split, bracket.args)))


@array_rule("a square", "matmul", silent=True)
def square_of_product(expr: Apply, about: About) -> Expr | None:
    """x'LᵀL x = (L x)'(L x)."""
    x, rest = expr.args
    if is_array(expr) or not is_op(rest, "matmul") or not is_op(rest.args[1], "matmul"):
        return None
    turned, inner = rest.args
    fits = inner.args[1] == x and len(shape_of(turned)) == 2 and turned == RECORDS.transpose(inner.args[0])
    return RECORDS.matmul(inner, inner) if fits else None


TAKEN_APART = (square_of_product, sum_of_names, absolute_quotient, scaled_columns, sum_over_pairs, bracket_multiplied_out)

__all__ = ["TAKEN_APART"]
