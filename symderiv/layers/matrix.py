"""Inverse and determinants of square matrices, and what is made of them: linear systems, adjugate, pseudoinverse.

Source: Golub and Van Loan, Matrix Computations (2013), 3.4 and 5.5; Horn and Johnson, Matrix Analysis (2013), 0.8.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr

from ..arrays.arrays import REGULAR, Apply, Tensor, as_expr
from ..arrays.matrixfunction import MatrixFunction
from ..arrays.named_sizes import dims
from ..arrays.operator import FUNC, MUL, Operator, operator, register, shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape, same_size
from ..arrays.symmetry import held_by, is_symmetric
from ..errors import DeclarationError, ShapeError
from .operator_text import postfix
from .record import Args, NormalisingOperator, Params, Shown, with_shapes


def _square(name: str, args: Args) -> Shape:
    (a,) = args
    shape = shape_of(a)
    if len(shape) < 2 or not same_size(*shape[-2:]):
        raise ShapeError(f"{name} takes a square matrix, or a stack of them, not {with_shapes(a)}", where=Shown(name, args))
    return shape


def _build_inverse(op: Operator, args: Args, params: Params) -> Expr:
    """The inverse of an inverse is the matrix, if that is declared to have one; that of an orthogonal one its transpose."""
    (a,) = args
    if isinstance(a, Apply) and a.op is op and REGULAR & held_by(a.args[0]):
        return a.args[0]
    if len(shape_of(a)) == 2 and "orthogonal" in held_by(a):
        return operator("transpose")(a)
    return Apply(op, args)


def _example() -> Expr:
    n = dims("n")
    return Tensor("A", (n, n), frozenset(("invertible",)))


register(NormalisingOperator(
    name="inv", members=True, symmetric=lambda args, shape: is_symmetric(args[0]), batched="stacks", domain=True,
    reads=("Inv", "Inverse"),
    build=_build_inverse, shape=lambda args, params: _square("inv", args),
    definition=lambda out, args, params: MatrixFunction("inv", args[0], *out),
    latex=lambda write, args, params: postfix(write, args[0], "^{-1}"),
    text=lambda write, args, params: f"inv({write(args[0])})",
    numpy=lambda sources, params, shapes: f"np.linalg.inv({sources[0]})",
    example=lambda: inv(_example())))


def _scalar_of_matrix(name: str, latex: str, numpy: str, binds: int = FUNC, **facts: Any) -> None:
    def shape(args: Args, params: Params) -> Shape:
        return _square(name, args)[:-2]

    register(Operator(
        name=name, members=True, domain=True, batched="stacks", **facts, shape=shape, definition=lambda out, args,
        params: MatrixFunction(name, args[0], *out), latex_precedence=binds,
        latex=lambda write, args, params: latex.replace("{0}", write(args[0])),
        numpy=lambda sources, params, shapes: numpy.format(sources[0]),
        example=lambda: operator(name)(_example())))


_scalar_of_matrix("det", r"\det\left({0}\right)", "np.linalg.det({0})", reads=("Det", "Determinant"), bare=True,
                  declarable=True)
_scalar_of_matrix("logdet", r"\log\left|\det\left({0}\right)\right|", "np.linalg.slogdet({0})[1]", MUL)


def inv(a: object) -> Expr:
    """The inverse of a square matrix, or of each of a stack, along the last two axes.

    Raises ShapeError; singular numbers are reported when they are met.

    Source: Giles (2008), section 2.2.

    >>> sd.inv([[1, 2], [3, 4]])
    [[-2, 1], [3/2, -1/2]]
    """
    return operator("inv")(as_expr(a))


def det(a: object) -> Expr:
    """The determinant of a square matrix, or of each of a stack.  Raises ShapeError.

    Source: Giles (2008), section 2.2.

    >>> sd.det([[1, 2], [3, 4]])
    -2
    """
    return operator("det")(as_expr(a))


def logdet(a: object) -> Expr:
    """log |det A| of a square matrix, or of each of a stack, as NumPy's slogdet.

    Raises ShapeError.  Source: Boyd and Vandenberghe (2004), appendix A.4.1.

    >>> n = sd.dims("n")
    >>> X = sd.tensor("X", n, n, positive_definite=True)
    >>> print(sd.derive(sd.logdet(X), X))
    dL/dX = inv(X)
    """
    return operator("logdet")(as_expr(a))


def solve(a: object, b: object) -> Expr:
    """The solution x of A x = b, for a vector or the columns of a matrix: A⁻¹b.  Raises ShapeError.

    Source: Giles (2008), section 2.3.

    >>> sd.solve([[1, 2], [3, 4]], [5, 6])
    [-4, 9/2]
    """
    return RECORDS.matmul(inv(a), as_expr(b))


def adj(a: object) -> Expr:
    """The adjugate of an invertible matrix, det(A) A⁻¹: the transpose of its cofactors.  Raises ShapeError.

    Source: Horn and Johnson (2013), section 0.8.2.

    >>> sd.adj([[1, 2], [3, 4]])
    [[4, -2], [-3, 1]]
    """
    return RECORDS.mul(det(a), inv(a))


def pinv(x: object, rank: str | None = None) -> Expr:
    """The pseudoinverse of a matrix of full rank.

    (XᵀX)⁻¹Xᵀ where the columns are independent, Xᵀ(XXᵀ)⁻¹ where the rows are, X⁻¹ where the matrix is square.  ``rank``
    says which, "columns" or "rows", where the sizes do not.  That the inverted matrix is invertible is a condition of
    the result.  Raises ShapeError, and DeclarationError where neither is known.
    Source: Golub and Pereyra (1973).

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


__all__ = ["adj", "det", "inv", "logdet", "pinv", "solve"]
