"""Second derivatives by variables whose entries are tied: the tie must not be used before the second differentiation."""

from __future__ import annotations

import pytest

import symderiv as sd

n = sd.dims("n")
x, V = sd.tensor("x", n), sd.tensor("V", n, n)
P = sd.tensor("P", n, n, symmetric=True, invertible=True)
M = sd.tensor("M", n, n, positive_definite=True)
Q = sd.tensor("Q", n, n, orthogonal=True)
D = sd.tensor("D", n, n, diagonal=True, invertible=True)
q = sd.tensor("q", n, sums_to_one=True)

LOSSES = {
    "log det of a symmetric matrix": (sd.logdet(P), P),
    "its inverse": (x @ sd.inv(P) @ x, P),
    "its third power": (sd.trace(P @ P @ P), P),
    "a distance": (sd.sqrt(x @ sd.inv(M) @ x), M),
    "an orthogonal matrix": (sd.trace(Q.T @ Q @ Q), Q),
    "its square": (sd.norm(Q.T @ Q @ x)**2, Q),
    "a diagonal matrix": (sd.logdet(D), D),
    "entries that sum to one": (sd.sum(q)**2, q),
    "a distribution on both sides": (sd.cross_entropy(q, q), q),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_hessian_is_that_of_independent_entries(name):
    loss, variable = LOSSES[name]
    d = sd.hessian(loss, variable)
    assert d.check(samples=2).ok, d
    assert d.wrt == variable and d.primal == loss


@pytest.mark.parametrize("name", ["log det of a symmetric matrix", "an orthogonal matrix", "a diagonal matrix"])
def test_the_product_with_a_direction_as_well(name):
    loss, variable = LOSSES[name]
    assert sd.hvp(loss, variable, V).check(samples=2).ok


def test_the_first_derivative_may_use_the_tie():
    assert str(sd.derive(x @ P @ x / 2, x).closed) == "P*x"
    assert str(sd.hessian(x @ P @ x / 2, x).closed) == "P"
    assert str(sd.derive(sd.logdet(P), P).closed) == "inv(P)"
