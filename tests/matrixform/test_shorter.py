"""Closed forms as short as a person would write them; each is proved, and checked in numbers."""

from __future__ import annotations

import pytest

import symderiv as sd

n, m, d, N, k = sd.dims("n m d N k")
x, y, A, W = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("A", n), sd.tensor("W", n, m)
X, S, M, e = sd.tensor("X", N, d), sd.tensor("S", d, d, symmetric=True), sd.tensor("M", k, d), sd.tensor("e", positive=True)
z, a, b = sd.tensor("z", n), sd.tensor("a", n, one_hot=True), sd.tensor("b", n, one_hot=True)
B, Xc = sd.tensor("B", n, n), X - sd.mean(X, axis=0)
i, j = sd.indices("i j", n)
r, v = sd.exp(x - y), sd.tensor("v", n + m)

FORMS = {
    "running sum": (sd.norm(sd.cumsum(x) - y)**2, x, "2*flip(cumsum(flip(cumsum(x) - y)))"),
    "a mask squared": (sd.norm(W @ W.T * (1 - sd.eye(n)))**2, W, "4*((W*W.T).*(1 - eye(n)))*W"),
    "deviations add up to 0": (sd.trace(S @ Xc.T @ Xc) / N, X, "2*(X - mean(X, axis=0))*S/N"),
    "symmetric powers": (x @ sd.tensor("T", n, n, symmetric=True) @ x, x, "2*T*x"),
    "a difference read once": (sd.sum((x[1:] - x[:-1])**2), x,
                               "2*(pad(take_slice(x, 0, n - 1) - take_slice(x, 1, n), width=(0, 1))"
                               " - pad(take_slice(x, 0, n - 1) - take_slice(x, 1, n), width=(1, 0)))"),
    "clipped ratio": (sd.sum(sd.minimum(r * A, sd.clip(r, 1 - e, 1 + e) * A)), x,
                      "u.*where(A.*(u - clip(u, 1 - e, e + 1)) > 0, 0, A)"),
    "difference of two choices": (sd.log_softmax(z) @ (a - b), z, "a - b"),
    "distributions that are scored": (sd.softplus(-(a @ sd.log_softmax(z) - b @ sd.log_softmax(z))), z,
                                      "sigmoid(z.T*(b - a))*(b - a)"),
    "projection": (y @ W @ sd.inv(W.T @ W) @ W.T @ y, W, "2*(y - W*inv(W.T*W)*W.T*y)*y.T*W*inv(W.T*W)"),
    "trace of a Kronecker product": (sd.trace(sd.kron(B, B)), B, "2*tr(B)*eye(n)"),
    "exponentials in a dot product": (sd.log(sd.exp(x) @ sd.exp(y)), x, "softmax(x + y)"),
    "logarithm of two exponentials": (sd.sum(sd.log(sd.exp(x) + sd.exp(y))), x, "sigmoid(x - y)"),
    "exponential of a logarithm's name": (y @ sd.exp(sd.log_softmax(x)), x, "softmax(x).*(y - y.T*softmax(x))"),
    "scores of rows": (sd.sum(sd.softmax(X) * sd.log_softmax(X)), X,
                       "softmax(X).*(X - sum(X.*softmax(X), axis=1, keepdims=True))"),
    "squares of a norm": (sd.norm(x)**3 / (x @ x), x, "x/norm(x)"),
    "power of a quotient": (sd.sum(sd.log(x) + z**2 / x**2 / 2), x, "(1 - (z./x).^2)./x"),
    "two ends of one gradient": (sd.softmax(v[:n]) @ x - sd.logsumexp(v[n:]), v,
                                 "concat(p.*x, -softmax(take_slice(v, n, m + n))) - (x.T*p)*pad(p, width=(0, m))"),
    "vector over itself": (y @ x / (x @ (1 / x)), x, "y/n"),
    "deviation by moments": (sd.sum(sd.sqrt(sd.mean(X**2, axis=1) - sd.mean(X, axis=1)**2)), X,
                             "(X - mean(X, axis=1, keepdims=True))./std(X, axis=1, keepdims=True)/d"),
    "a mask inside": (sd.norm(sd.tril(B) @ x - y)**2 / 2, B, "tril((tril(B)*x - y)*x.T)"),
    "a number into its bracket": (e * sd.log(1 + x @ x / e) * (1 + n / e) / 2, x, "(n + e)*x/(e + x.T*x)"),
    "pairs": (sd.sum(S * sd.sum((M.T[:, None] - M.T[None])**2, axis=2)) / 2, M, None),
}


# Choices between both ends of a range, inverses of products of rectangles, places that are quotients: not certified.
UNCERTIFIED = [FORMS[name][0] for name in ("clipped ratio", "projection", "trace of a Kronecker product")]


@pytest.mark.parametrize("loss, variable, closed", FORMS.values(), ids=FORMS)
def test_form(loss, variable, closed):
    found = sd.derive(loss, variable)
    assert found.is_closed and found.check(samples=2).ok
    assert found.status == "proved" or (loss in UNCERTIFIED and found.status == "supported")
    assert closed is None or str(found.closed) == closed


def test_numbers_in_a_sum_have_their_own_signs():
    assert str(x - e - 1) == "x - e - 1"
