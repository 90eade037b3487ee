"""What is centred, written out, or divided by a part of itself has one form, proved."""

from __future__ import annotations

import pytest
from sympy import Rational

import symderiv as sd
from symderiv.matrixform.cost import operations

n, d, k = sd.dims("n d k")
T = sd.tensor
X, A, w, y = T("X", n, d), T("A", d, d, symmetric=True), T("w", d), T("y", n)
x, u, g, b = T("x", n), T("u", n), T("g", n), T("b", n)
Z, G = T("Z", n, k), T("G", n, k)
p, t, e = T("p", n, positive=True), T("t", n), T("e", positive=True)
U, V, M, R = T("U", n, k), T("V", d, k), T("M", n, d), T("R", n, d)
centre = sd.eye(n) - sd.ones(n, n) / n
Xc = X - sd.mean(X, axis=0)
milli = Rational(1, 1000)


@pytest.mark.parametrize(("by", "most", "spellings"), [
    (w, 5, (n * sd.var(X @ w - y) / 2, sd.norm(centre @ (X @ w - y)) ** 2 / 2, sd.norm(Xc @ w - (y - sd.mean(y))) ** 2 / 2)),
    (X, 5, (sd.trace(A @ Xc.T @ Xc) / n, sd.trace(A @ X.T @ centre @ X) / n,
            sd.sum((-sd.mean(X, axis=0, keepdims=True) + X) @ A * Xc) / n)),
    (x, 3, (x @ u / n - sd.mean(x) * sd.mean(u), sd.mean((x - sd.mean(x)) * (u - sd.mean(u))), x @ centre @ u / n)),
    (x, 9, (u @ (g * (x - sd.mean(x)) / sd.sqrt(sd.var(x) + milli)),
            -(u * g) @ (sd.mean(x) - x) / sd.sqrt(milli + sd.mean(x**2) - sd.mean(x) ** 2))),
    (x, 8, (g @ (x - sd.mean(x)) / sd.std(x), (g @ x - n * sd.mean(g) * sd.mean(x)) / sd.sqrt(sd.var(x)))),
    (x, 3, (sd.sum((x - sd.mean(x) - u + sd.mean(u)) ** 2) / 2, n * sd.var(x - u) / 2)),
    (Z, 5, (sd.sum(G * sd.softmax(Z, axis=1)), sd.sum(G * sd.exp(Z) / (sd.exp(Z) @ sd.ones(k, k))))),
    (p, 9, (1 - 2 * (p @ t) / (sd.sum(p) + sd.sum(t)), (sd.sum(p) + sd.sum(t) - 2 * (t @ p)) / (sd.sum(t) + sd.sum(p)))),
    (p, 3, (sd.sum(t / p) + sd.sum(sd.log(p)) - n, sd.sum((t - p) / p + sd.log(p)))),
    (V, 6, (sd.norm(M * (R - U @ V.T)) ** 2 / 2, sd.sum((M.T * (V @ U.T - R.T)) ** 2) / 2)),
    (g, 8, (sd.norm(g * u + (1 - g) * b - y) ** 2 / 2,)),
    (x, 5, (sd.sum(u * (1 - sd.exp(-2 * x)) / (1 + sd.exp(-2 * x))), u @ sd.tanh(x))),
    (w, 6, (w @ Xc.T @ Xc @ w / n, sd.mean((X @ w) ** 2) - sd.mean(X @ w) ** 2)),
    (p, 8, ((p @ x / sd.sum(p) - e) ** 2, ((p @ x - e * sd.sum(p)) / sd.sum(p)) ** 2)),
    (x, 5, (sd.sum(u * sd.gelu(x)), u @ (x * (1 + sd.erf(x / sd.sqrt(2))) / 2), sd.sum(u * x * sd.normal_cdf(x)))),
    (M, 10, (sd.sum(sd.sum(M * R, axis=1) / (sd.norm(M, axis=1) * sd.norm(R, axis=1))),
             sd.sum((M / sd.norm(M, axis=1, keepdims=True)) * (R / sd.norm(R, axis=1, keepdims=True))))),
    (M, 9, (sd.sum(R * M / sd.sqrt(sd.mean(M**2, axis=1, keepdims=True))),
            sd.sqrt(d) * sd.sum(R * M / sd.norm(M, axis=1, keepdims=True)),
            sd.sum(R * M / sd.sqrt(sd.sum(M**2, axis=1, keepdims=True) / d)))),
])
def test_every_spelling_gives_one_form(by, most, spellings):
    found = [sd.derive(loss, by) for loss in spellings]
    assert len({str(f.closed) for f in found}) == 1, [str(f.closed) for f in found]
    assert "proved" in {f.status for f in found} <= {"proved", "supported"}
    assert operations(found[0].spelled) <= most
    assert found[-1].check(samples=1).ok


@pytest.mark.parametrize("name", ["silu", "gelu", "tanh"])
def test_a_mean_taken_off_is_a_mean_when_all_is_divided(name):
    f = getattr(sd, name)
    found = sd.derive(sd.sum(R * f(M - sd.mean(M, axis=1, keepdims=True))) / (n * d), M)
    assert "- mean(" in str(found.closed) and "sum(" not in str(found.closed) and found.status == "proved"


def test_a_total_stays_one_where_all_is_divided():
    found = sd.derive(sd.mean(sd.silu(sd.softmax(M @ M.T, axis=1) @ M)), M)
    assert not any("mean(" in str(f) for f in (found.closed, *found.where.values()))
    assert "sum(" in str(found.where["U"])
