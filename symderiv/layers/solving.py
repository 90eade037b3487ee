"""Linear systems and what stands for an inverse: made of the inverse and the determinant.

Source: Golub and Van Loan, Matrix Computations (2013), 3.4 and 5.5; Horn and Johnson, Matrix Analysis (2013), 0.8.
"""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import as_expr
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_size
from ..errors import DeclarationError, ShapeError
from .matrix import det, inv
from .record import Shown, with_shapes


def solve(a: object, b: object) -> Expr:
    """The solution x of A x = b, for a vector or the columns of a matrix: A⁻¹b.  Raises ShapeError.

    >>> sd.solve([[1, 2], [3, 4]], [5, 6])
    [-4, 9/2]
    """
    return RECORDS.matmul(inv(a), as_expr(b))


def adj(a: object) -> Expr:
    """The adjugate of an invertible matrix, det(A) A⁻¹: the transpose of its cofactors.  Raises ShapeError.

    >>> sd.adj([[1, 2], [3, 4]])
    [[4, -2], [-3, 1]]
    """
    return RECORDS.mul(det(a), inv(a))


def pinv(x: object, rank: str | None = None) -> Expr:
    """The pseudoinverse of a matrix of full rank.

    (XᵀX)⁻¹Xᵀ where the columns are independent, Xᵀ(XXᵀ)⁻¹ where the rows are, X⁻¹ where the matrix is square.  ``rank``
    says which, "columns" or "rows", where the sizes do not.  That the inverted matrix is invertible is a condition of
    the result.  Raises ShapeError, and DeclarationError where neither is known.

    >>> sd.pinv([[1], [2]], "columns")
    [[1/5, 2/5]]
    """
    value = as_expr(x)
    shape = shape_of(value)
    if len(shape) != 2:
        raise ShapeError(f"pinv takes a matrix, not {with_shapes(value)}", where=Shown("pinv", (value,)))
    known = "square" if same_size(*shape) else _narrower(*shape)
    if rank not in (None, "columns", "rows") or (rank is None and known is None):
        raise DeclarationError(f"which of {with_shapes(value)} are independent, the columns or the rows?",
                               where=Shown("pinv", (value,)), hint='pinv(X, rank="columns") or pinv(X, rank="rows")')
    if known == "square":
        return inv(value)
    turned, product = RECORDS.transpose(value), RECORDS.matmul
    if (rank or known) == "columns":
        return product(inv(product(turned, value)), turned)
    return product(turned, inv(product(value, turned)))


def _narrower(rows: Expr, columns: Expr) -> str | None:
    """Along which axis a matrix of full rank is independent, where the sizes say it."""
    gap = (rows - columns).expand()
    return "columns" if gap.is_nonnegative else "rows" if gap.is_nonpositive else None


__all__ = ["adj", "pinv", "solve"]
