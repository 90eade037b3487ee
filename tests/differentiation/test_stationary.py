"""Where gradients vanish: normal equations and their kin, put back into the gradient."""

from __future__ import annotations

import pytest
from sympy import Ne

import symderiv as sd

N, d, k = sd.dims("N d k")
X, w, y, a = sd.tensor("X", N, d), sd.tensor("w", d), sd.tensor("y", N), sd.tensor("a", positive=True)
mu, S = sd.tensor("mu", d), sd.tensor("S", d, d, positive_definite=True)
Y, M, D, W = sd.tensor("Y", N, k), sd.tensor("M", k, d), sd.tensor("D", d, k), sd.tensor("W", k, d)
C, c, v = sd.tensor("C", d, d, symmetric=True), sd.tensor("c"), sd.tensor("v", positive=True)
q = sd.tensor("q", d, positive=True)
A, z = sd.tensor("A", N, N, positive_definite=True), sd.tensor("z", N)

SOLVED = {
    "least squares": (sd.norm(X @ w - y)**2, w, "inv(X.T*X)*X.T*y"),
    "ridge regression": (sd.norm(X @ w - y)**2 + a * (w @ w), w, "inv(X.T*X + a*I)*X.T*y"),
    "weighted least squares": ((X @ w - y) @ A @ (X @ w - y), w, "inv(X.T*A*X)*X.T*A*y"),
    "mean of a Gaussian": (sd.trace((X - mu) @ sd.inv(S) @ (X - mu).T) / 2, mu, "mean(X, axis=0)"),
    "covariance of a Gaussian": (N * sd.logdet(S) / 2 + sd.trace(sd.inv(S) @ C) / 2, S, "C/N"),
    "mean of one class": (sd.sum(y * sd.sum((X - mu)**2, axis=1)), mu, "X.T*y/sum(y)"),
    "means of all classes": (sd.sum(Y * sd.sum((X[:, None] - M[None])**2, axis=2)), M, "Diag(1./sum(Y, axis=0))*Y.T*X"),
    "decoder of an autoencoder": (sd.norm(X.T - D @ W @ X.T)**2, D, "X.T*X*W.T*inv(W*X.T*X*W.T)"),
    "encoder of an autoencoder": (sd.norm(X.T - D @ W @ X.T)**2, W, "inv(D.T*D)*D.T"),
    "a constant": (sd.sum((y - c)**2), c, "sum(y)/N"),
    "one weight for each observation": (sd.sum(y * (X @ w - y)**2), w, "inv(X.T*Diag(y)*X)*X.T*y.^2"),
    "precision of a Gaussian": (sd.trace(S @ (X - mu).T @ (X - mu)) / 2 - N * sd.logdet(S) / 2, S,
                                "N*inv((X - mu).T*(X - mu))"),
    "shares under a constraint": (v * (sd.sum(q) - 1) - mu @ sd.log(q), q, "mu/v"),
    "scores of a softmax": (sd.sum(mu) * sd.logsumexp(q) - mu @ q, q, "log(mu/sum(mu))"),
    "chance of success": (-sd.sum(y) * sd.log(v) - (N - sd.sum(y)) * sd.log(1 - v), v, "sum(y)/N"),
    "kernel ridge": (sd.norm(y - A @ z)**2 + a * (z @ A @ z), z, "inv(A + a*I)*y"),
    "log odds": (N * sd.softplus(c) - sd.sum(y) * c, c, "log(sum(y)/N) - log(1 - sum(y)/N)"),
    "a variance": (N * sd.log(v) / 2 + sd.sum(y**2) / (2 * v), v, "(y.T*y)/N"),
}


@pytest.mark.parametrize("loss, variable, value", SOLVED.values(), ids=SOLVED)
def test_solution(loss, variable, value):
    found = sd.solve_stationary(loss, variable)
    assert str(found.value) == value and variable not in found.value.free_symbols
    assert found.status in ("proved", "conditional", "supported")


@pytest.mark.parametrize("name", ["ridge regression", "factors"])
def test_what_is_certainly_definite_is_no_condition(name):
    """XᵀX + a I is invertible for a positive a, and the normal equations hold for whatever sum is inverted."""
    U, V = sd.tensor("U", N, k), sd.tensor("V", d, k)
    loss, variable = SOLVED[name][:2] if name in SOLVED else (sd.norm(X - U @ V.T)**2 + a * sd.norm(U)**2, U)
    found = sd.solve_stationary(loss, variable)
    assert (found.status, found.conditions) == ("proved", ())


def test_conditions_are_said_once():
    """What follows from another one, or says the same, is none: sum t > 0 and sum t != 0."""
    assert sd.solve_stationary(v * sd.sum(y) - N * sd.log(v), v).conditions == (sd.sum(y) > 0,)
    x, n = sd.tensor("x", d), sd.tensor("n", sd.dims("n"))
    assert [*map(str, sd.derive((x @ C @ x) / (x @ S @ x), x).conditions)] == ["Ne(x.T*S*x, 0)"]
    assert sd.derive(sd.log(v + x @ S @ x), x).conditions == ()
    assert len(sd.derive(X.T @ y / sd.norm(X.T @ y), y).conditions) == len(sd.derive(x / sd.std(x), x).conditions) == 1
    assert len(sd.derive((x - w) / sd.norm(x - w), x).conditions) == 1
    assert len(sd.derive(sd.sum(sd.sqrt((n[1:] - n[:-1])**2 + v)), n).conditions) == 1


def test_what_is_inverted_is_a_condition():
    assert sd.solve_stationary(sd.norm(X @ w - y)**2, w).conditions == (Ne(sd.det(X.T @ X), 0),)


@pytest.mark.parametrize("loss", [sd.sum(sd.exp(X @ w)), sd.norm(w)**4, sd.sum(sd.softplus(X @ w)) + w @ w])
def test_what_is_not_linear_is_refused(loss):
    with pytest.raises(sd.SymderivError, match="not linear"):
        sd.solve_stationary(loss, w)


def test_only_tensors_are_solved_for():
    with pytest.raises(sd.SymderivError, match="not a tensor"):
        sd.solve_stationary(sd.sum(sd.exp(w)), sd.exp(w))


@pytest.mark.parametrize("loss", [
    lambda x, p: sd.sum(sd.exp(x)), lambda x, p: sd.sum(sd.exp(x)) + sd.dot(p, x), lambda x, p: sd.dot(p, x),
])
def test_a_gradient_that_is_nowhere_zero_has_no_solution(loss):
    n = sd.dims("n")
    x, p = sd.tensor("x", n), sd.tensor("p", n, positive=True)
    with pytest.raises(sd.SymderivError, match="nowhere zero"):
        sd.solve_stationary(loss(x, p), x)


def test_a_number_whose_gradient_is_nowhere_zero():
    a = sd.tensor("a")
    with pytest.raises(sd.SymderivError, match="nowhere zero"):
        sd.solve_stationary(sd.log(a), a)


@pytest.mark.parametrize(("loss", "conditions"), [
    (v * sd.sum(y) - N * sd.log(v), (sd.sum(y) > 0,)),
    (sd.mean((y - v)**2), (sd.mean(y) > 0,)),
    (N * sd.log(v) / 2 + y @ y / (2 * v), (Ne(y @ y, 0),)),
    (v * sd.sum(q) - N * sd.log(v), ()),
])
def test_what_is_declared_positive_is_so_at_the_solution(loss, conditions):
    found = sd.solve_stationary(loss, v)
    assert found.conditions == conditions and (found.status == "proved") == (not conditions)


def test_a_proof_says_what_its_names_stand_for():
    N, n = sd.dims("N n")
    X, w, t, S = sd.tensor("X", N, n), sd.tensor("w", n), sd.tensor("t", N), sd.tensor("lambda", positive=True)
    told = str(sd.solve_stationary(sd.norm(X @ w - t)**2 + S * (w @ w), w).proof)
    assert told.startswith("The gradient\n") and "Its terms in w collected\n" in told
    assert "Let A = Xᵀ X + λ I_n.  At w = A⁻¹ Xᵀ t the gradient is zero\n" in told
    assert told.endswith("= 0    [multiplied out]")


def test_the_covariance_of_greatest_likelihood_is_proved_where_it_is_invertible():
    N, n = sd.dims("N n")
    D, C = sd.tensor("D", N, n), sd.tensor("Sigma", n, n, symmetric=True, positive_definite=True)
    found = sd.solve_stationary(N * sd.logdet(C) + sd.trace(sd.inv(C) @ D.T @ D), C)
    assert str(found) == "Sigma = D.T*D/N" and found.verdict.status == found.proof.status == "proved"
    assert found.status == "conditional" and "At Σ = A the gradient is zero" in str(found.proof)
