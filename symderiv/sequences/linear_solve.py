"""The coefficients of a linear recurrence, found by reading and proved by the engine."""

from __future__ import annotations

from sympy import Add, Expr, Mul

from ..arrays.arrays import Tensor
from ..arrays.symbols import Index
from ..errors import NoRule
from ..proof.equality import prove


def linear_form(rule: Expr, state: Tensor, t: Index) -> tuple[Expr, Expr, Expr]:
    """(a, c, b) with rule = a s + c b, where a and c depend neither on s nor on t.  Raises NoRule where there are none.

    The candidates are read off the terms of the rule; that they give the rule back is proved.
    """
    # Multiplied out only where the state stands, so that a factor before what changes stays one.
    terms = [part for term in Add.make_args(rule)
             for part in (Add.make_args(term.expand()) if state in term.free_symbols else (term,))]
    factor = Add(*(term for term in terms if state in term.free_symbols)).coeff(state, 1)
    added = Add(*(term for term in terms if state not in term.free_symbols))
    if state in factor.free_symbols or not prove(rule, factor * state + added).coincide:
        raise NoRule(f"the recurrence is not linear in {state}", where=rule, hint="claim a closed form: .prove(...)")
    if t in factor.free_symbols:
        raise NoRule(f"the factor {factor} of {state} changes from step to step", where=rule,
                     hint="claim a closed form: .prove(...)")
    constant = [f for f in Mul.make_args(added) if t not in f.free_symbols]
    changing = [f for f in Mul.make_args(added) if t in f.free_symbols]
    return factor, Mul(*constant), Mul(*changing)
