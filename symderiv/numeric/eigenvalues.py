"""Numbers of functions of a whole matrix: eigenvalues and eigenvectors, singular values, the exponential, Cholesky factors.

Of a matrix that is not symmetric the eigenvalues are those of its symmetric part.  Eigenvectors stand in columns, each
with entries that add up to something positive (or, where that is 0, weighed by fixed numbers); eigenvalues ascend.
Vectors of one eigenvalue depend on their space alone.
Source: Golub and Van Loan, Matrix Computations (2013), 8.1 and 9.3; Magnus, Econometric Theory 1 (1985), theorem 1.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import mpmath  # type: ignore[import-untyped]

from ..errors import EvaluationError
from ..functions.of_matrices import (
    CHOLESKY,
    CHOLESKY_INVERSE,
    EIGEN,
    EIGENVALUES,
    EIGENVECTORS,
    EXPONENTIAL,
    EXPONENTIAL_SLOPES,
    FACTORS,
    GAPS,
    LEADING,
    NUCLEAR,
    POLAR,
    SPECTRAL,
    TRACE_OF_EXPONENTIAL,
)
from ..late import np
from .dual import Dual, Numbers

DISTINCT = 1e-9
"""Eigenvalues or singular values nearer than this, in units of the largest, are not told apart where a derivative is."""
EQUAL, EQUAL_IN_DIGITS = 1e-13, 1e-40
"""Eigenvalues nearer than this are one, in doubles and in fifty digits."""


def spectral(kind: str, matrix: Any) -> Any:
    """A function of each matrix of a batch (the last two axes), or of dual numbers laid out the same way.

    Raises EvaluationError where it has no value, and where a derivative asks for more than is known.
    """
    if isinstance(matrix, Dual):
        return _with_slope(kind, matrix)
    if matrix.dtype.kind == "c" or (matrix.dtype.kind == "O" and any(isinstance(v, mpmath.mpc) for v in matrix.flat)):
        raise EvaluationError(f"{kind} of complex numbers is not defined here", hint="give real numbers")
    flat = np.asarray(matrix).reshape((-1, *matrix.shape[-2:]))
    values = [VALUES[kind](m if m.dtype.kind == "O" and _many_digits(m) else m.astype(float)) for m in flat]
    return np.array(values).reshape((*matrix.shape[:-2], *np.shape(values[0])))


def where_distinct(kind: str, matrices: Numbers) -> Numbers:
    """The same of floating matrices; nan where it has no value."""
    flat = matrices.reshape((-1, *matrices.shape[-2:]))
    whole = np.asarray(np.isfinite(flat).all(axis=(1, 2)))
    if kind == EIGENVALUES:
        found = np.full(flat.shape[:2], np.nan)
        with suppress(EvaluationError, np.linalg.LinAlgError):  # which one of them has none is seen one by one
            found[whole] = _eigenvalues(flat[whole])
            return found.reshape(matrices.shape[:-1])
    values: list[Any] = []
    for m, fine in zip(flat, whole, strict=True):
        try:
            values.append(VALUES[kind](m) if fine else None)
        except (EvaluationError, np.linalg.LinAlgError):
            values.append(None)
    like = np.eye(*matrices.shape[-2:]) * np.arange(1.0, 1 + matrices.shape[-1])
    shape = next((np.shape(v) for v in values if v is not None), np.shape(VALUES[kind](like)))
    filled = [np.full(shape, np.nan) if v is None else v for v in values]
    return np.array(filled).reshape((*matrices.shape[:-2], *shape))


def _many_digits(m: Numbers) -> bool:
    return any(isinstance(entry, mpmath.mpf) for entry in m.flat)


def _array(matrix: Any, rows: int, columns: int) -> Numbers:
    return np.array([[matrix[r, c] for c in range(columns)] for r in range(rows)], dtype=object)


def _eigenvalues(m: Numbers) -> Numbers:
    """Ascending, of the symmetric part; of floating matrices one after the other at once."""
    middle = (m + np.swapaxes(m, -1, -2)) / 2
    _finite(middle)
    if m.dtype.kind == "O":
        return np.array(sorted(mpmath.eigsy(mpmath.matrix(middle.tolist()), eigvals_only=True)), dtype=object)
    return np.asarray(np.linalg.eigh(middle)[0])


def _eigen(m: Numbers) -> tuple[Numbers, Numbers]:
    """Eigenvalues, ascending, and eigenvectors in columns, of the symmetric part."""
    middle = (m + m.T) / 2
    _finite(middle)
    if m.dtype.kind == "O":
        values, vectors = mpmath.eigsy(mpmath.matrix(middle.tolist()))
        order = sorted(range(len(m)), key=lambda k: values[k])
        found = np.array([values[k] for k in order], dtype=object), _array(vectors, len(m), len(m))[:, order]
    else:
        found = np.linalg.eigh(middle)
    near = EQUAL_IN_DIGITS if m.dtype.kind == "O" else EQUAL
    vectors = _of_spaces(*found, near)
    total = vectors.sum(axis=0)
    upright = np.where(abs(total) < near * len(m), _fixed(len(m))[:, 0] @ vectors, total)
    return found[0], np.where(upright < 0, -vectors, vectors)


def _fixed(n: int) -> Numbers:
    """Numbers of no special direction."""
    return np.asarray(np.cos(np.arange(1.0, 1 + n)[:, None] * (1.0 + np.arange(n)) ** 2))


def _of_spaces(values: Numbers, vectors: Numbers, near: float) -> Numbers:
    """Eigenvectors in which those of equal eigenvalues are another basis of their space, which depends on the space alone:
    what is fixed and of no special direction is projected into it, and made orthonormal one after the other."""
    apart = np.flatnonzero(values[1:] - values[:-1] > near * max(abs(values)))
    bounds = [0, *(apart + 1), len(values)]
    if len(bounds) == len(values) + 1:
        return vectors
    found = vectors.copy()
    fixed = _fixed(len(values))
    for start, stop in pairwise(bounds):
        space, place = vectors[:, start:stop], start
        while stop - start > 1 and place < stop:
            column = space @ (space.T @ fixed[:, place - start])
            column = column - found[:, start:place] @ (found[:, start:place].T @ column)
            found[:, place] = column / (column @ column) ** 0.5
            place += 1
    return found


def _told_apart(values: Numbers, what: str) -> None:
    if len(values) > 1 and min(abs(values[1:] - values[:-1])) <= DISTINCT * max(abs(values)):
        raise EvaluationError(f"two {what} are equal: they have no derivative", hint="give a matrix with different ones")


def _finite(m: Numbers) -> None:
    if not np.isfinite(m.astype(float)).all():
        raise EvaluationError("an entry of a matrix has no value: its eigenvalues and singular values have none")


def _singular(m: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    _finite(m)
    if m.dtype.kind != "O":
        found = np.linalg.svd(m, full_matrices=False)
        return found[0], found[1], found[2]
    u, s, v = mpmath.svd_r(mpmath.matrix(m.tolist()))
    k = min(m.shape)
    return _array(u, m.shape[0], k), np.array([s[i] for i in range(k)], dtype=object), _array(v, k, m.shape[1])


def _polar(m: Numbers) -> Numbers:
    """U Vᵀ."""
    u, s, v = _singular(m)
    if s[-1] <= DISTINCT * s[0]:
        raise EvaluationError("the matrix has not full rank: its nuclear norm has no derivative")
    return np.asarray(u @ v)


def _leading(m: Numbers) -> Numbers:
    """u vᵀ of the largest singular value."""
    u, s, v = _singular(m)
    _told_apart(s[:2], "largest singular values")
    return np.outer(u[:, 0], v[0])


def _exponential(m: Numbers) -> Numbers:
    """Scaled down by a power of 2, its series, and squared up again."""
    if not all(map(mpmath.isfinite, m.flat)):
        return np.full_like(m, mpmath.nan if m.dtype.kind == "O" else np.nan)
    if m.dtype.kind == "O":
        return _array(mpmath.expm(mpmath.matrix(m.tolist())), len(m), len(m))
    halvings = max(0, int(np.ceil(np.log2(max(float(abs(m).sum(axis=0).max()), 1e-300)))) + 2)
    small = m / 2.0 ** halvings
    term = total = np.eye(len(m))
    for k in range(1, 20):
        term = term @ small / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return np.asarray(total)


def _slope_of_exponential(m: Numbers, slope: Numbers) -> Numbers:
    """∫ e^(sm) slope e^((1-s)m) ds: above the diagonal of the exponential of two rows and columns of matrices."""
    n = len(m)
    return _exponential(np.concatenate([np.concatenate([m, slope], 1), np.concatenate([0 * m, m], 1)]))[:n, n:]


def _slopes_of_exponential(m: Numbers) -> Numbers:
    """∂(e^m)_ij/∂m_pq at i, p, q, j."""
    unit, places = np.eye(len(m), dtype=m.dtype), range(len(m))
    found = [[_slope_of_exponential(m, np.outer(unit[p], unit[q])) for q in places] for p in places]
    return np.array(found).transpose(2, 0, 1, 3)


def _factor(m: Numbers) -> Numbers:
    """The lower triangular L with L Lᵀ the symmetric part.  Raises EvaluationError where that is not positive definite."""
    middle = (m + m.T) / 2
    _finite(middle)
    try:
        if m.dtype.kind == "O":
            return _array(mpmath.cholesky(mpmath.matrix(middle.tolist())), len(m), len(m))
        return np.asarray(np.linalg.cholesky(middle))
    except (np.linalg.LinAlgError, ValueError):
        raise EvaluationError("a matrix that is not positive definite has no Cholesky factor") from None


def _factor_inverse(m: Numbers) -> Numbers:
    factor = _factor(m)
    if m.dtype.kind == "O":
        return _array(mpmath.inverse(mpmath.matrix(factor.tolist())), len(m), len(m))
    return np.asarray(np.linalg.inv(factor))


def _gaps(m: Numbers) -> Numbers:
    """1/(λ_k - λ_l), and 0 for l = k."""
    values = _eigenvalues(m)
    _told_apart(values, "eigenvalues")
    apart = values[:, None] - values[None, :] + np.eye(len(m), dtype=int)
    return np.asarray((1 - np.eye(len(m), dtype=int)) / apart)


VALUES: dict[str, Callable[[Numbers], Any]] = {
    EIGENVALUES: _eigenvalues, EIGENVECTORS: lambda m: _eigen(m)[1], GAPS: _gaps,
    EXPONENTIAL: _exponential, EXPONENTIAL_SLOPES: _slopes_of_exponential,
    TRACE_OF_EXPONENTIAL: lambda m: np.trace(_exponential(m)),
    NUCLEAR: lambda m: _singular(m)[1].sum(), POLAR: _polar, SPECTRAL: lambda m: _singular(m)[1][0], LEADING: _leading,
    CHOLESKY: _factor, CHOLESKY_INVERSE: _factor_inverse,
}

SLOPES: dict[str, Callable[[Numbers], Numbers]] = {
    TRACE_OF_EXPONENTIAL: lambda m: _exponential(m).T, NUCLEAR: _polar, SPECTRAL: _leading}


def _with_slope(kind: str, matrix: Dual) -> Dual:
    values, slopes = np.broadcast_arrays(matrix.value, matrix.slope)
    flat = [(m, s) for m, s in zip(values.reshape((-1, *values.shape[-2:])), slopes.reshape((-1, *values.shape[-2:])),
                                   strict=True)]
    found = [_moved(kind, m.astype(float), s.astype(float)) for m, s in flat]
    shape = (*values.shape[:-2], *np.shape(found[0][0]))
    return Dual(np.array([v for v, _ in found]).reshape(shape), np.array([s for _, s in found]).reshape(shape))


def _moved(kind: str, m: Numbers, slope: Numbers) -> tuple[Any, Any]:
    """Value and derivative in the direction of the slope."""
    if kind in SLOPES:
        return VALUES[kind](m), (SLOPES[kind](m) * slope).sum()
    if kind == EXPONENTIAL:
        return _exponential(m), _slope_of_exponential(m, slope)
    if kind in FACTORS:
        factor, inverse = _factor(m), _factor_inverse(m)
        whole = inverse @ ((slope + slope.T) / 2) @ inverse.T
        place = np.arange(len(whole))
        half = np.where(place[:, None] > place, whole, 0.0) + np.diag(np.diag(whole)) / 2
        return (factor, factor @ half) if kind == CHOLESKY else (inverse, -half @ inverse)
    if kind not in EIGEN:
        raise EvaluationError(f"the derivative of {kind} is not known", hint="one derivative is: that of a trace or a norm")
    values, vectors = _eigen(m)
    turned = vectors.T @ ((slope + slope.T) / 2) @ vectors
    if kind == EIGENVALUES:
        return values, np.diag(turned)
    gaps = _gaps(m)
    if kind == EIGENVECTORS:
        return vectors, vectors @ (turned * gaps.T)
    moved = np.diag(turned)
    return gaps, -gaps**2 * (moved[:, None] - moved[None, :])
