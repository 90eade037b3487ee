"""Other ways to write a closed form: multiplied out, and with every transposition at its own matrix."""

from __future__ import annotations

from sympy import Expr, Integer

from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS, Operator
from .build import column, hadamard, is_op, ones, split_scalar, transpose

# Longer sums than this are no help to anybody.
MAX_TERMS = 12
Term = tuple[Expr, list[Expr], Operator]


def alternatives(closed: Expr) -> tuple[Expr, ...]:
    """Forms that differ from the one given as text, the most expanded first."""
    if not is_array(closed):
        return ()
    found: dict[str, Expr] = {str(closed): closed}
    terms = multiplied_out(closed)
    if 1 < len(terms) <= MAX_TERMS:
        expanded = RECORDS.add(*(written(t) for t in terms))
        found.setdefault(str(expanded), expanded)
    scalar, rest = split_scalar(closed)
    if is_op(rest, RECORDS.transpose):
        inner = multiplied_out(rest.args[0])
        turned = [written((c, [transpose(f) for f in reversed(factors)], sign)) for c, factors, sign in inner
                  if sign is RECORDS.matmul]
        if len(turned) == len(inner) <= MAX_TERMS:
            whole = turned[0] if len(turned) == 1 else RECORDS.add(*turned)
            whole = whole if scalar == 1 else RECORDS.mul(scalar, whole)
            found.setdefault(str(whole), whole)
    return tuple(found.values())[1:]


def multiplied_out(a: Expr) -> list[Term]:
    """The terms of an array: (number, factors, and what joins them, matmul or mul)."""
    scalar, rest = split_scalar(a)
    if is_op(rest, RECORDS.add) and all(not is_array(t) or shape_of(t) == shape_of(rest) for t in rest.args):
        return [(scalar * c, factors, sign) for t in rest.args for c, factors, sign in (
            multiplied_out(t) if is_array(t) else [(t, [ones(shape_of(a))], RECORDS.matmul)])]
    for record in (RECORDS.matmul, RECORDS.outer, RECORDS.mul):
        if is_op(rest, record) and any(is_op(split_scalar(f)[1], RECORDS.add) for f in rest.args):
            product: list[Term] = [(scalar, [], record)]
            args = column(rest.args) if record is RECORDS.matmul and len(shape_of(rest)) == 1 else list(rest.args)
            for f in args:
                inner = multiplied_out(f)
                if any(sign is not record and len(factors) > 1 for _, factors, sign in inner):
                    inner = [(c, factors if sign is record else [written((Integer(1), factors, sign))], record)
                             for c, factors, sign in inner]
                product = [(c * d, [*left, *right], record) for c, left, _ in product for d, right, _ in inner]
                if len(product) > MAX_TERMS:
                    return [(scalar, [rest], RECORDS.matmul)]
            return product
    return [(scalar, list(rest.args) if is_op(rest, RECORDS.matmul) else [rest], RECORDS.matmul)]


def written(term: Term) -> Expr:
    """A term as an array."""
    c, factors, sign = term
    factors = [f for f in factors if not is_op(f, RECORDS.ones)] or factors if sign is RECORDS.mul else factors
    body = hadamard(factors) if sign is RECORDS.mul else factors[0] if len(factors) == 1 else sign(*factors)
    return body if c == 1 else RECORDS.mul(c, body)
