"""Functions of a whole matrix that numbers alone tell: their names, and the gradients of those that are numbers.

Source: Magnus, Econometric Theory 1 (1985), theorem 1; Petersen and Pedersen, The Matrix Cookbook (2012), 2.3 and 9;
Murray, Differentiation of the Cholesky decomposition (2016), 3; Higham, Functions of Matrices (2008), 10.3 and 10.6.
"""

from __future__ import annotations

import math
from typing import Any

from ..late import np

EIGENVALUES, EIGENVECTORS, GAPS = "eigvalsh", "eigvecs", "eiggaps"
EXPONENTIAL, TRACE_OF_EXPONENTIAL, EXPONENTIAL_SLOPES = "expm", "trace_expm", "expm_slopes"
NUCLEAR, POLAR = "nuclear_norm", "polar"
SPECTRAL, LEADING = "spectral_norm", "leading_pair"
INVERSE, DETERMINANT, LOG_DETERMINANT = "inv", "det", "logdet"
PRODUCT, OTHERS = "prod", "prod_others"
PRODUCTS = (PRODUCT, OTHERS, "prod_pairs", "prod_triples", "prod_quadruples")
"""Products along the last axis, without no place, one, two and so on: each is what the one before it is derived to."""

EIGEN = (EIGENVALUES, EIGENVECTORS, GAPS)
CHOLESKY, CHOLESKY_INVERSE = FACTORS = ("cholesky", "cholesky_inverse")
"""The lower triangular L with L Lᵀ = A, and its inverse, of the symmetric part of a matrix: each is in the other's
derivative."""
GRADIENTS = {TRACE_OF_EXPONENTIAL: EXPONENTIAL, NUCLEAR: POLAR, SPECTRAL: LEADING}
"""What the gradient is an entry of; that of the trace stands transposed."""
NEEDED = {NUCLEAR: "{} has full rank", SPECTRAL: "the largest singular value of {} is simple",
          **dict.fromkeys(EIGEN, "the eigenvalues of {} are simple")}
"""What the derivative relies on."""
RELIED_ON = {POLAR: NEEDED[NUCLEAR], LEADING: NEEDED[SPECTRAL], EIGENVECTORS: NEEDED[EIGENVALUES], GAPS: NEEDED[GAPS]}
"""What a derivative relies on that one of these stands in."""
ALL = frozenset([*EIGEN, *FACTORS, *GRADIENTS, *GRADIENTS.values(), EXPONENTIAL_SLOPES])


def matrix_exponential(a: Any) -> Any:
    """e^a of a square matrix: scaled down by a power of 2, its series, and squared up again."""
    halvings = max(0, math.frexp(float(np.abs(a).sum()))[1] + 2)
    small = a / 2.0**halvings
    term = total = np.eye(a.shape[-1]) + 0 * small
    for k in range(1, 20):
        term = term @ small / k
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total
