"""Functions of a whole matrix that numbers alone tell: their names, and the gradients of those that are numbers.

Source: Magnus, Econometric Theory 1 (1985), theorem 1; Petersen and Pedersen, The Matrix Cookbook (2012), 2.3 and 9;
Murray, Differentiation of the Cholesky decomposition (2016), 3.
"""

from __future__ import annotations

EIGENVALUES, EIGENVECTORS, GAPS = "eigvalsh", "eigvecs", "eiggaps"
EXPONENTIAL, TRACE_OF_EXPONENTIAL = "expm", "trace_expm"
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
NEEDED = {NUCLEAR: "{} has full rank", SPECTRAL: "the largest singular value of {} is simple"}
"""What the gradient relies on."""
ALL = frozenset([*EIGEN, *FACTORS, *GRADIENTS, *GRADIENTS.values()])
