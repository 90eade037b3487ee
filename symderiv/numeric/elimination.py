"""Inverse and determinant by elimination, for every kind of number the evaluator computes with."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import EvaluationError
from .dual import Dual, Numbers


def matrix_function(kind: str, matrix: Any) -> Any:
    """inv, det or logdet of a batch of matrices (the last two axes), or of dual numbers laid out the same way."""
    if isinstance(matrix, Dual):
        inverse = matrix_function("inv", matrix.value)
        moved = _product(inverse, matrix.slope)
        if kind == "inv":
            return Dual(inverse, -_product(moved, inverse))
        trace = np.trace(moved, axis1=-2, axis2=-1)
        value = matrix_function(kind, matrix.value)
        return Dual(value, trace if kind == "logdet" else value * trace)
    flat = np.asarray(matrix).reshape((-1, *matrix.shape[-2:]))
    results = [_eliminate(m) for m in flat]
    if kind == "inv":
        if any(inverse is None for inverse, _ in results):
            raise EvaluationError("the matrix is singular: it has no inverse", hint="give an invertible matrix")
        return np.array([inverse for inverse, _ in results], dtype=flat.dtype).reshape(matrix.shape)
    values = np.array([d for _, d in results], dtype=flat.dtype).reshape(matrix.shape[:-2])
    if kind == "det":
        return values
    from .scalars import function

    if any(d == 0 for _, d in results):
        raise EvaluationError("the matrix is singular: log det is not defined", hint="give an invertible matrix")
    return function("log", np.where(values.real < 0, -values, values) if values.dtype.kind == "c" else abs(values))


def _product(a: Numbers, b: Numbers) -> Numbers:
    return np.asarray((a[..., :, :, None] * b[..., None, :, :]).sum(axis=-2))


def _eliminate(matrix: Numbers) -> tuple[Numbers | None, Any]:
    """(inverse, determinant) by Gauss-Jordan elimination with the largest pivot; (None, 0) for a singular matrix."""
    n = len(matrix)
    work = np.concatenate([matrix, np.eye(n, dtype=int).astype(matrix.dtype)], axis=1)
    determinant: Any = 1
    for column in range(n):
        pivot = max(range(column, n), key=lambda row: abs(work[row, column]))
        if work[pivot, column] == 0:
            return None, work[pivot, column]
        if pivot != column:
            work[[column, pivot]] = work[[pivot, column]]
            determinant = -determinant
        determinant = determinant * work[column, column]
        work[column] = work[column] / work[column, column]
        for row in range(n):
            if row != column:
                work[row] = work[row] - work[column] * work[row, column]
    return work[:, n:], determinant


__all__ = ["matrix_function"]
