"""Inverse and determinant by elimination, for every kind of number the evaluator computes with."""

from __future__ import annotations

from contextlib import suppress
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Any

import mpmath  # type: ignore[import-untyped]

from ..errors import EvaluationError
from ..functions.elementary import log
from ..functions.of_matrices import DETERMINANT, INVERSE, LOG_DETERMINANT, PRODUCTS
from ..late import np
from .dual import Dual, Numbers, where
from .eigenvalues import VALUES, spectral, where_distinct
from .scalars import function

# So few matrices are eliminated faster one by one.
_FEW = 2


def matrix_function(kind: str, matrix: Any) -> Any:
    """inv, det or logdet of a batch of matrices (the last two axes), or of dual numbers laid out the same way.

    prod is the product along the last axis.
    """
    if kind in PRODUCTS:
        return _multiplied(_left_out(kind, matrix))
    if kind in VALUES:
        return spectral(kind, matrix)
    if isinstance(matrix, Dual):
        inverse = matrix_function(INVERSE, matrix.value)
        moved = _product(inverse, matrix.slope)
        if kind == INVERSE:
            return Dual(inverse, -_product(moved, inverse))
        trace = np.trace(moved, axis1=-2, axis2=-1)
        value = matrix_function(kind, matrix.value)
        return Dual(value, trace if kind == LOG_DETERMINANT else value * trace)
    flat = np.asarray(matrix).reshape((-1, *matrix.shape[-2:]))
    together = flat.dtype.kind in "fc" and flat.size and len(flat) > _FEW
    inverses, values, regular = (_eliminated if together else _one_by_one)(flat)
    if kind == INVERSE:
        if not np.all(regular):
            raise EvaluationError("the matrix is singular: it has no inverse", hint="give an invertible matrix")
        return inverses.reshape(matrix.shape)
    # What has no inverse to working precision has determinant 0, or the log of a rounding error would be a value.
    values = np.where(regular, values, values * 0).reshape(matrix.shape[:-2])
    if kind == DETERMINANT:
        return values
    if np.any(values == 0):
        raise EvaluationError("the matrix is singular: log det is not defined", hint="give an invertible matrix")
    return function(log, np.where(values.real < 0, -values, values) if values.dtype.kind == "c" else abs(values))


def singular(matrix: Numbers, inverse: Numbers) -> bool:
    """Whether a matrix of floating numbers is singular to working precision: not one digit of the inverse is sure.

    Source: Golub and Van Loan, Matrix Computations (2013), 2.6.2: cond(A) = |A| |A^-1|, here in the 1-norm.
    """
    if matrix.dtype.kind not in "fc" or not matrix.size:
        return False
    return not np.all(_sure(matrix, inverse))


def _sure(matrices: Numbers, inverses: Numbers) -> Numbers:
    norms = [np.abs(m).sum(axis=-2).max(axis=-1) for m in (matrices, inverses)]
    return np.asarray(norms[0] * norms[1] < 1 / np.finfo(matrices.dtype).eps)


def where_regular(kind: str, matrices: Numbers) -> Numbers:
    """inv, det or logdet of a batch of floating matrices; nan for those that are singular to working precision."""
    if kind in PRODUCTS:
        return np.asarray(_multiplied(_left_out(kind, matrices)))
    if kind in VALUES:
        return where_distinct(kind, matrices)
    flat = matrices.reshape((-1, *matrices.shape[-2:]))
    fine = np.asarray(np.isfinite(flat).all(axis=(1, 2)))
    inverses = np.full(flat.shape, np.nan)
    with np.errstate(all="ignore"):
        signs, logs = np.linalg.slogdet(np.where(fine[:, None, None], flat, 0.0))
        regular = np.flatnonzero(fine & (signs != 0))
        with suppress(np.linalg.LinAlgError):
            inverses[regular] = np.linalg.inv(flat[regular])
        sizes = [np.abs(m).sum(axis=-2).max(axis=-1, initial=0.0) for m in (flat, inverses)]
        fine = np.asarray(fine & (signs != 0) & (sizes[0] * sizes[1] < 1 / np.finfo(float).eps))
        if kind == INVERSE:
            return np.where(fine[:, None, None], inverses, np.nan).reshape(matrices.shape)
        values = np.where(fine, signs * np.exp(logs), 0.0) if kind == DETERMINANT else np.where(fine, logs, np.nan)
    return values.reshape(matrices.shape[:-2])


def _left_out(kind: str, array: Any) -> Any:
    """The factors of a product, some of them left out: 1 in their place, and 0 where two of these are one."""
    count = PRODUCTS.index(kind)
    if not count:
        return array
    length = array.shape[-1]
    place = [np.arange(length)[(None,) * axis + (slice(None),) + (None,) * (count - axis)] for axis in range(count + 1)]
    factors = where(reduce(or_, [p == place[-1] for p in place[:-1]]), 1, _spread(array, count))
    twice = [i == k for i, k in combinations(place[:-1], 2)]
    return where(reduce(or_, twice), 0, factors) if twice else factors


def _spread(array: Any, axes: int) -> Any:
    key = (..., *(None,) * axes, slice(None))
    return Dual(array.value[key], array.slope[key]) if isinstance(array, Dual) else array[key]


def _multiplied(array: Any) -> Any:
    """Factor by factor, with Leibniz' rule beside it: nothing is divided."""
    if not isinstance(array, Dual):
        return np.multiply.reduce(array, axis=-1)
    values, slopes = np.broadcast_arrays(array.value, array.slope)
    total, slope = np.ones(values.shape[:-1]), np.zeros(values.shape[:-1])
    for k in range(values.shape[-1]):
        total, slope = total * values[..., k], slope * values[..., k] + total * slopes[..., k]
    return Dual(total, slope)


def _product(a: Numbers, b: Numbers) -> Numbers:
    return np.asarray((a[..., :, :, None] * b[..., None, :, :]).sum(axis=-2))


def _one_by_one(matrices: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Inverses, determinants, and which have an inverse, in numbers of any kind."""
    found = [_eliminate(m) for m in matrices]
    inverses = [m if inverse is None else inverse for m, (inverse, _) in zip(matrices, found, strict=True)]
    return (np.array(inverses, dtype=matrices.dtype).reshape(matrices.shape),
            np.array([determinant for _, determinant in found], dtype=matrices.dtype),
            np.array([inverse is not None and not singular(m, inverse)
                      for m, (inverse, _) in zip(matrices, found, strict=True)], dtype=bool))


def _eliminated(matrices: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The same of floating numbers, all matrices at once: every one by the steps of ``_eliminate``."""
    n = matrices.shape[-1]
    each = np.arange(len(matrices))
    work = np.concatenate([matrices, np.broadcast_to(np.eye(n), matrices.shape).astype(matrices.dtype)], axis=2)
    determinants, regular = np.ones(len(matrices), dtype=matrices.dtype), np.ones(len(matrices), dtype=bool)
    rounding = n * np.abs(matrices).max(axis=-1).max(axis=-1) * 1e-15
    for column in range(n):
        pivots = column + np.abs(work[:, column:, column]).argmax(axis=1)
        chosen = work[each, pivots]
        work[each, pivots] = work[:, column]
        pivot = chosen[:, column]
        stays = regular & ~(np.abs(pivot) <= rounding)
        product = np.where(pivots == column, determinants, -determinants) * np.where(stays, pivot, 1)
        determinants = np.where(stays, product, np.where(regular, pivot * 0, determinants))
        regular = stays
        # What has no inverse is left as it stands.
        work[:, column] = chosen = np.where(regular[:, None], chosen / np.where(regular, pivot, 1)[:, None], chosen * 0)
        factors = np.where(np.arange(n) == column, 0, work[:, :, column])
        work = work - chosen[:, None, :] * factors[:, :, None]
    inverses = work[:, :, n:]
    return inverses, determinants, regular & _sure(matrices, inverses)


def _eliminate(matrix: Numbers) -> tuple[Numbers | None, Any]:
    """(inverse, determinant) by Gauss-Jordan elimination with the largest pivot; (None, 0) for a singular matrix."""
    n = len(matrix)
    work = np.concatenate([matrix, np.eye(n, dtype=int).astype(matrix.dtype)], axis=1)
    determinant: Any = 1
    # Rounding leaves something where 0 should be: a pivot within it counts as 0, or 0⁻¹ would be taken for a number.
    # In many digits it is what the digits in use leave.
    digits = 1e-15 if matrix.dtype.kind in "fc" else min(1e-45, 10 ** 5 * mpmath.mp.eps)
    rounding = n * abs(matrix).max() * digits if n else 0
    for column in range(n):
        pivot = max(range(column, n), key=lambda row: abs(work[row, column]))
        if abs(work[pivot, column]) <= rounding:
            return None, work[pivot, column] * 0
        if pivot != column:
            work[[column, pivot]] = work[[pivot, column]]
            determinant = -determinant
        determinant = determinant * work[column, column]
        work[column] = work[column] / work[column, column]
        for row in range(n):
            if row != column:
                work[row] = work[row] - work[column] * work[row, column]
    return work[:, n:], determinant
