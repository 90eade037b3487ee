"""The transpose of what is worked out entry by entry, its transpositions at the names.

Rules on array expressions (see ``arrays/rewriting.py``).
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, S

from ..arrays.arrays import Apply, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import subexpressions


def transposed(x: Expr, products: bool = False) -> Expr | None:
    """The transpose of a matrix that is worked out entry by entry; ``products`` of matrices are turned as well."""
    if not is_array(x) or is_symmetric(x):
        return x
    rank = len(shape_of(x))
    if RECORDS.transpose.of(x):
        return x.args[0]
    if rank == 1 and not RECORDS.mul.of(x):
        return RECORDS.stretch(x, shape=(*shape_of(x), S.One), axes=(0,))
    if RECORDS.stretch.of(x) and isinstance(x, Apply) and x.params["axes"] == (0,) and shape_of(x)[1] == 1:
        return x.args[0]
    if isinstance(x, Apply) and (x.op in (RECORDS.mul, RECORDS.add, RECORDS.pow) or x.op.scalar is not None):
        parts: list[Any] = [transposed(a, products) for a in x.args]
        if RECORDS.mul.of(x):
            parts.sort(key=lambda a: (is_array(a), order_key(a)))
        return None if None in parts else x.op(*parts, **x.params)
    if products and RECORDS.matmul.of(x) and all(len(shape_of(f)) == 2 for f in x.args):
        factors: list[Any] = [transposed(f, products) for f in reversed(x.args)]
        return None if None in factors else RECORDS.matmul(*factors)
    return x.T if rank == 2 and not RECORDS.matmul.of(x) and not RECORDS.outer.of(x) else None


def transposes(x: Expr) -> int:
    """How many transpositions are written."""
    return sum(map(RECORDS.transpose.of, subexpressions(x)))


@array_rule("the entries of the transpose", "norm", "sum", silent=True)
def whole_transposed(expr: Apply, about: About) -> Expr | None:
    """‖A - B C‖ for ‖Aᵀ - CᵀBᵀ‖, and so for the sum of all entries, where that leaves fewer transpositions."""
    (x,) = expr.args
    if expr.params or len(shape_of(x)) != 2 or not isinstance(x, Apply) or not (
            x.op in (RECORDS.add, RECORDS.mul, RECORDS.pow) or x.op.scalar is not None):
        return None
    marks = transposes(x)
    turned = transposed(x, products=True) if marks else None
    return expr.op(turned) if turned is not None and transposes(turned) < marks else None
