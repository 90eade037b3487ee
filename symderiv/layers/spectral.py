"""Eigenvalues and Cholesky factors of symmetric matrices, singular values, norms of them, and functions of a whole matrix.

That the eigenvalues, or the largest singular value, are simple is what their derivatives rely on.
Source: Magnus, Econometric Theory 1 (1985), theorem 1; Petersen and Pedersen, The Matrix Cookbook (2012), 2.3 and 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr

from ..arrays.arrays import Apply, Tensor, as_expr
from ..arrays.matrixfunction import MatrixFunction
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, operator, register, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sizes import Shape, same_size
from ..arrays.symbols import Sum
from ..arrays.symmetry import is_symmetric
from ..errors import DeclarationError, NoRule, ShapeError
from .matrix import logdet
from .record import Args, Params, Shown, at, bound, with_shapes

_SYMMETRIC = "(lambda a: {})((lambda a: (a + np.swapaxes(a, -1, -2)) / 2)({{0}}))"
_UPRIGHT = "(lambda w: (w[0], np.where(np.sum(w[1], axis=-2, keepdims=True) < 0, -w[1], w[1])))(np.linalg.eigh(a))"
_SINGULAR = "(lambda w: {})(np.linalg.svd({{0}}, full_matrices=False))"
_EXPONENTIAL = "matrix_exponential({0})"
_SLOPE = ("(lambda a, e: matrix_exponential(np.concatenate([np.concatenate([a, e], -1), "
          "np.concatenate([0 * a, a], -1)], -2))[:a.shape[-1], a.shape[-1]:])")


def _of_matrix(name: str, axes: int, numpy: str, square: bool, example: Callable[[], Expr] | None = None,
               **facts: Any) -> None:
    """An operator of a matrix with so many axes, told by the numbers alone."""
    def shape(args: Args, params: Params) -> Shape:
        own = shape_of(args[0])
        if len(own) < 2 or (square and not same_size(*own[-2:])):
            raise ShapeError(f"{name} takes a {'square ' if square else ''}matrix, not {with_shapes(*args)}",
                             where=Shown(name, args))
        return (*own[:-2], *(own[-2:][:axes] if axes <= 2 else own[-1:] * axes))

    m, n = dims("m n")
    register(Operator(
        name=name, members=True, domain=True, shape=shape,
        definition=lambda out, args, params: MatrixFunction(name, args[0], *out),
        numpy=lambda sources, params, shapes: numpy.format(*sources), **facts,
        example=example or (lambda: operator(name)(Tensor("A", (n, n)) if square else Tensor("X", (m, n))))))


_of_matrix("eigvalsh", 1, _SYMMETRIC.format("np.linalg.eigvalsh(a)"), True)
_of_matrix("eigvecs", 2, _SYMMETRIC.format(f"{_UPRIGHT}[1]"), True)
_of_matrix("eiggaps", 2, _SYMMETRIC.format(
    "(lambda w, i: (1 - i) / (w[..., :, None] - w[..., None, :] + i))(np.linalg.eigvalsh(a), np.eye(a.shape[-1]))"), True)
_of_matrix("expm", 2, _EXPONENTIAL, True, symmetric=lambda args, shape: is_symmetric(args[0]))
_of_matrix("trace_expm", 0, f"np.trace({_EXPONENTIAL})", True,
           text=lambda write, args, params: f"tr({write(expm(args[0]))})",
           latex=lambda write, args, params: rf"\operatorname{{tr}}\left({write(expm(args[0]))}\right)",
           example=lambda: trace_expm(Tensor("A", (dims("n"), dims("n")))))
_of_matrix("expm_slopes", 4, f"(lambda a, i: np.transpose(np.stack([np.stack([{_SLOPE}(a, p[:, None] * q) for q in i], 0) "
           "for p in i], 0), (2, 0, 1, 3)))({0}, np.eye({0}.shape[-1]))", True)
for _name, _source in (("cholesky", "np.linalg.cholesky(a)"), ("cholesky_inverse", "np.linalg.inv(np.linalg.cholesky(a))")):
    _of_matrix(_name, 2, _SYMMETRIC.format(_source), True, example=lambda name=_name: operator(name)(  # type: ignore[misc]
        Tensor("A", (dims("n"), dims("n")), frozenset(["positive_definite"]))))
_of_matrix("nuclear_norm", 0, _SINGULAR.format("np.sum(w[1])"), False, sign=1,
           latex=lambda write, args, params: rf"\left\lVert {write(args[0])} \right\rVert_{{*}}")
_of_matrix("polar", 2, _SINGULAR.format("w[0] @ w[2]"), False)
_of_matrix("spectral_norm", 0, _SINGULAR.format("w[1][0]"), False, sign=1)
_of_matrix("leading_pair", 2, _SINGULAR.format("w[0][:, :1] @ w[2][:1]"), False)


def eigvalsh(a: object) -> Expr:
    """The eigenvalues of a symmetric matrix, ascending (of the symmetric part of any other).  Raises ShapeError.

    Source: Giles (2008), section 3.1.

    >>> sd.eigvalsh([[2, 0], [0, 1]])
    [1.0, 2.0]
    """
    return RECORDS.eigvalsh(as_expr(a))


def eigvecs(a: object) -> Expr:
    """The unit eigenvectors of a symmetric matrix in columns, in the order of ``eigvalsh``.  Raises ShapeError.

    Source: Giles (2008), section 3.1.

    >>> sd.eigvecs([[1, 0], [0, 3]]).shape
    (2, 2)
    """
    return RECORDS.eigvecs(as_expr(a))


def eiggaps(a: object) -> Expr:
    """1/(λ_i - λ_j) of the eigenvalues of a symmetric matrix, zero on the diagonal: the derivative of ``eigvecs`` has it.

    Raises ShapeError.  Source: Giles (2008), section 3.1.

    >>> sd.eiggaps([[1, 0], [0, 3]])
    [[0.0, -0.5], [0.5, 0.0]]
    """
    return RECORDS.eiggaps(as_expr(a))


def cholesky(a: object) -> Expr:
    """The lower triangular L with a positive diagonal and L Lᵀ = A, of a positive definite matrix.  Raises ShapeError.

    Source: Murray (2016).

    >>> sd.cholesky([[4, 2], [2, 5]])
    [[2.0, 0.0], [1.0, 2.0]]
    """
    return RECORDS.cholesky(as_expr(a))


def cholesky_inverse(a: object) -> Expr:
    """L⁻¹ of the Cholesky factor L of a positive definite matrix: the derivative of ``cholesky`` has it.

    Raises ShapeError.  Source: Murray (2016).

    >>> sd.cholesky_inverse([[4, 0], [0, 1]])
    [[0.5, 0.0], [0.0, 1.0]]
    """
    return RECORDS.cholesky_inverse(as_expr(a))


def singular_values(x: object) -> Expr:
    """The singular values of a matrix, ascending: the roots of the eigenvalues of the smaller of XᵀX and XXᵀ.

    Raises ShapeError, and DeclarationError where the sizes do not say which that is.
    Source: Giles (2008), section 3.2.

    >>> sd.singular_values([[3, 0], [0, 4]])
    [3.0, 4.0]
    """
    value = as_expr(x)
    turned, product = RECORDS.transpose(value), RECORDS.matmul
    rows, columns = shape_of(value) if len(shape_of(value)) == 2 else (None, None)
    if rows is None or columns is None:
        raise ShapeError(f"singular_values takes a matrix, not {with_shapes(value)}",
                         where=Shown("singular_values", (value,)))
    gap = (rows - columns).expand()
    if not (gap.is_nonnegative or gap.is_nonpositive):
        raise DeclarationError(f"has {with_shapes(value)} more rows or more columns?",
                               where=Shown("singular_values", (value,)),
                               hint="declare its sizes so that one is seen to be the larger, as n + k and n")
    return RECORDS.sqrt(eigvalsh(product(turned, value) if gap.is_nonnegative else product(value, turned)))


def nuclear_norm(x: object) -> Expr:
    """The sum of the singular values; its gradient is the polar factor U Vᵀ, for a matrix of full rank.

    Raises ShapeError.  Source: Watson (1992).

    >>> sd.nuclear_norm([[3, 0], [0, 4]])
    7.00000000000000
    """
    return RECORDS.nuclear_norm(as_expr(x))


def polar(x: object) -> Expr:
    """The orthogonal factor U Vᵀ of a matrix U Σ Vᵀ of full rank.  Raises ShapeError.

    Source: Higham (2008), ch. 8.

    >>> sd.polar([[3, 0], [0, 4]])
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return RECORDS.polar(as_expr(x))


def spectral_norm(x: object) -> Expr:
    """The largest singular value; its gradient is u vᵀ of its singular vectors, where it is simple.  Raises ShapeError.

    Source: Watson (1992).

    >>> sd.spectral_norm([[3, 0], [0, 4]])
    4.00000000000000
    """
    return RECORDS.spectral_norm(as_expr(x))


def leading_pair(x: object) -> Expr:
    """u vᵀ of the singular vectors of the largest singular value.  Raises ShapeError.  Source: Watson (1992).

    >>> sd.leading_pair([[2, 0], [0, 1]])
    [[1.0, 0.0], [0.0, 0.0]]
    """
    return RECORDS.leading_pair(as_expr(x))


def expm(a: object) -> Expr:
    """e^A of a square matrix, Σ A^k/k!.  Its derivatives are integrals, ``expm_frechet``; that of tr e^A is e^A transposed.

    Raises ShapeError.
    Source: Higham (2008), ch. 10.

    >>> sd.expm([[0, 0], [0, 0]])
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return RECORDS.expm(as_expr(a))


def _frechet_shape(args: Args, params: Params) -> Shape:
    a, e = map(shape_of, args)
    if len(a) != 2 or len(e) != 2 or not all(same_size(a[0], n) for n in (a[1], *e)):
        raise ShapeError(f"expm_frechet takes two square matrices of one size, not {with_shapes(*args)}",
                         where=Shown("expm_frechet", args))
    return a


def _frechet_definition(out: Args, args: Args, params: Params) -> Expr:
    """Σ_pq ∂(e^A)_ij/∂A_pq E_pq; of a transposed matrix, by the derivatives of the matrix."""
    a, e = args
    (i, j), (p, q) = out, (bound(shape_of(a)[0], out, args, name) for name in "pq")
    *number, whole = a.args if RECORDS.mul.of(a) else (a,)
    if is_symmetric(a) or RECORDS.transpose.of(whole):
        turned = a if is_symmetric(a) else RECORDS.mul(*number, whole.args[0]) if number else whole.args[0]
        slopes = MatrixFunction("expm_slopes", turned, p, i, j, q)
    else:
        slopes = MatrixFunction("expm_slopes", a, i, p, q, j)
    return Sum(slopes * at(e, (p, q)), p, q)


register(Operator(
    name="expm_frechet", shape=_frechet_shape, definition=_frechet_definition,
    latex=lambda write, args, params: (r"\operatorname{expm\_frechet}" if write.taken("L") else r"L_{\exp}") +
    rf"\left({write(args[0])}, {write(args[1])}\right)",
    numpy=lambda sources, params, shapes: f"{_SLOPE}({', '.join(sources)})",
    example=lambda: expm_frechet(*(Tensor(name, (dims("n"), dims("n"))) for name in "AE"))))


def expm_frechet(a: object, e: object) -> Expr:
    """∫ e^(sA) E e^((1-s)A) ds, the derivative of e^A in the direction E; the gradient of tr(Gᵀe^A) is that of Aᵀ along G.

    A and E are square matrices of one size.  Raises ShapeError.
    Source: Higham (2008), ch. 10.

    >>> sd.expm_frechet([[0, 0], [0, 0]], [[1, 2], [3, 4]])
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return RECORDS.expm_frechet(as_expr(a), as_expr(e))


def trace_expm(a: object) -> Expr:
    """tr e^A of a square matrix, what the trace of ``expm`` is.  Raises ShapeError.  Source: Higham (2008), ch. 10.

    >>> sd.trace_expm([[0, 0], [0, 0]])
    2.00000000000000
    """
    return RECORDS.trace_expm(as_expr(a))


def _of_symmetric(name: str, a: object, function: Any) -> Any:
    """V f(Λ) Vᵀ."""
    value = as_expr(a)
    if not is_symmetric(value):
        raise NoRule(f"{name} is known for symmetric matrices, and {value} is not declared one", where=value,
                     hint="declare it symmetric or positive_definite")
    vectors = eigvecs(value)
    return RECORDS.matmul(vectors, RECORDS.diag(function(eigvalsh(value))), RECORDS.transpose(vectors))


def sqrtm(a: object) -> Expr:
    """The square root V √Λ Vᵀ of a positive definite matrix.  Raises NoRule for one that is not declared symmetric.

    Source: Higham (2008), ch. 6.

    >>> n = sd.dims("n")
    >>> X = sd.tensor("X", n, n, positive_definite=True)
    >>> print(sd.derive(sd.trace(sd.sqrtm(X)), X))
    dL/dX = eigvecs(X)*Diag(1./sqrt(eigvalsh(X)))*eigvecs(X).T/2
    """
    return _of_symmetric("sqrtm", a, RECORDS.sqrt)


def logm(a: object) -> Expr:
    """The logarithm V log Λ Vᵀ of a positive definite matrix; its trace is log det.  Raises NoRule as sqrtm does.

    Source: Higham (2008), ch. 11.

    >>> n = sd.dims("n")
    >>> X = sd.tensor("X", n, n, positive_definite=True)
    >>> print(sd.trace(sd.logm(X)))
    tr(eigvecs(X)*Diag(log(eigvalsh(X)))*eigvecs(X).T)
    """
    return _of_symmetric("logm", a, RECORDS.log)


@array_rule("the trace of a function of a matrix", "trace", "sum")
def trace_of_function(expr: Apply, about: About) -> Expr | None:
    """tr V f(Λ) Vᵀ = Σ f(λ), tr A V f(Λ) Vᵀ = Σ λ f(λ), tr log A = log det A, and Σ λ = tr A."""
    (x,) = expr.args
    if expr.op is RECORDS.sum:
        return RECORDS.trace(*x.args) if RECORDS.eigvalsh.of(x) and not expr.params else None
    factors = _chain(x)
    for place, vectors in enumerate(factors):
        if not RECORDS.eigvecs.of(vectors):
            continue
        (a,) = vectors.args
        middle, turned, *beside = (*factors[place + 1:], *factors[:place]) if len(factors) > 2 else (x, x)
        if turned != RECORDS.transpose(vectors) or not RECORDS.diag.of(middle) or any(f != a for f in beside):
            continue
        values, (inside,) = eigvalsh(a), middle.args
        if not beside:
            return logdet(a) if inside == RECORDS.log(values) else RECORDS.sum(inside)
        return RECORDS.sum(RECORDS.mul(*(values,) * len(beside), inside))
    return None


def _chain(x: Expr) -> tuple[Expr, ...]:
    """The factors of a product of matrices."""
    return tuple(f for a in x.args for f in _chain(a)) if RECORDS.matmul.of(x) else (x,)


__all__ = ["cholesky", "cholesky_inverse", "eiggaps", "eigvalsh", "eigvecs", "expm", "expm_frechet", "leading_pair", "logm",
           "nuclear_norm", "polar", "singular_values", "spectral_norm", "sqrtm", "trace_expm"]
