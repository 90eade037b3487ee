"""Gradients of scalar functions of matrices, as printed in Petersen and Pedersen, The Matrix Cookbook (2012)."""

import pytest
from sympy import Ne, exp, log

import symderiv as sd

n, m = sd.dims("n m")
X, A, B = (sd.tensor(name, n, n) for name in "XAB")
S = sd.tensor("S", n, n, positive_definite=True)
a, b, x, mu = (sd.tensor(name, n) for name in ("a", "b", "x", "mu"))

GRADIENTS = {
    "log det X, eq. (57)": (sd.logdet(X), X, "inv(X).T"),
    "det X, eq. (49)": (sd.det(X), X, "det(X)*inv(X).T"),
    "det AXB, eq. (51)": (sd.det(A @ X @ B), X, "det(A*B*X)*inv(X).T"),
    "trace of X^-1 A, eq. (64)": (sd.trace(sd.inv(X) @ A), X, "-(inv(X)*A*inv(X)).T"),
    "a' X^-1 b, eq. (61)": (a @ sd.inv(X) @ b, X, "-inv(X).T*a*b.T*inv(X).T"),
    "log of det of a positive definite matrix": (log(sd.det(S)), S, "inv(S)"),
    "trace AX + trace X'X": (sd.trace(A @ X) + sd.trace(X.T @ X), X, "2*X + A.T"),
    "exp trace X": (exp(sd.trace(X)), X, "exp(tr(X))*eye(n)"),
    "log det X'X of a square X": (sd.logdet(X.T @ X), X, "2*inv(X).T"),
    "trace of X A X' B, eq. (118)": (sd.trace(A @ X @ B @ X.T), X, "A*X*B + A.T*X*B.T"),
    "x' S x, eq. (81), S symmetric": (x @ S @ x, x, "2*S*x"),
    "Rayleigh quotient": ((x @ A @ x) / (x @ x), x, None),
    "Gaussian in its mean": ((x - mu) @ sd.inv(S) @ (x - mu) / 2, mu, "inv(S)*(mu - x)"),
    "Gaussian in its covariance": (sd.logdet(S) / 2 + (x - mu) @ sd.inv(S) @ (x - mu) / 2, S,
                                   "(inv(S) - inv(S)*(x - mu)*(x - mu).T*inv(S))/2"),
}


@pytest.mark.parametrize("loss, variable, closed", GRADIENTS.values(), ids=GRADIENTS)
def test_gradient(loss, variable, closed):
    d = sd.derive(loss, variable)
    assert closed is None or str(d.closed) == closed
    assert d.status == "proved"
    assert d.check(samples=2).ok


def test_jacobian_of_the_inverse_has_four_axes():
    d = sd.derive(sd.inv(X), X)
    assert d.shape == (n, n, n, n)
    assert d.status == "proved" and d.check(samples=1).ok


@pytest.mark.parametrize("lhs, rhs", [(sd.inv(X) @ X, sd.eye(n)), (X @ sd.inv(X) @ a, a), (sd.trace(sd.inv(X) @ X), n),
                                      (sd.inv(S).T, sd.inv(S))])
def test_identity(lhs, rhs):
    assuming = [Ne(sd.det(X), 0)] if X in lhs.free_symbols else []
    assert sd.prove(lhs, rhs, assuming=assuming).status == "proved"
    assert not assuming or sd.prove(lhs, rhs).conditions == tuple(assuming)


def test_an_inverse_in_the_wrong_place_is_refuted():
    verdict = sd.prove(sd.inv(X) @ A @ X, A)
    assert verdict.status == "refuted" and verdict.counterexample is not None


def test_only_square_matrices_have_inverses():
    with pytest.raises(sd.SymderivError, match="square"):
        sd.inv(sd.tensor("W", m, n))
