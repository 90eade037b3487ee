"""A person's own backward function is compared with the derived gradient, and what it lacks is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symderiv as sd
from symderiv.cli import main

N, F, M = sd.dims("N F M")
X, W = sd.tensor("X", N, F), sd.tensor("W", M, F)
T = sd.label("t", M, shape=(N,))
LOSS = sd.cross_entropy(X @ W.T, T)
GAMMA, BETA, G = sd.tensor("gamma", F), sd.tensor("beta", F), sd.tensor("G", N, F)
LAYER = sd.layer_norm(X, GAMMA, BETA, 1e-5)


def gradient(W: Any, X: Any, t: Any) -> Any:
    z = X @ W.T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(t)), t] -= 1
    return p.T @ X / len(t)


def normed(X: Any, gamma: Any, G: Any, path: float = 1.0) -> Any:
    centred = X - X.mean(1, keepdims=True)
    s = np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5)
    u, hat = G * gamma, centred / s
    return (u - u.mean(1, keepdims=True) - path * hat * (u * hat).mean(1, keepdims=True)) / s


def test_the_slope_of_a_gate_that_is_lost_is_told_as_one_factor() -> None:
    z, c, g = sd.tensor("z", F), sd.tensor("c", F), sd.tensor("g", F)
    report = sd.check_backward(sd.sum(g * sd.tanh(sd.sigmoid(z) * c)), z, lambda z, c, g: g * c * (
        1 - np.tanh(c / (1 + np.exp(-z)))**2))
    assert report.diagnosis == "factor s.*(1 - s) lost"


def test_a_right_function_is_right() -> None:
    assert sd.check_backward(LOSS, W, gradient).ok
    report = sd.check_backward(LAYER, X, lambda X, gamma, G: normed(X, gamma, G), upstream=G)
    assert report.ok
    assert report.max_error < 1e-12


def _softmax_backward(x: Any, g: Any, axis: int) -> Any:
    p = np.exp(x) / np.exp(x).sum(axis, keepdims=True)
    return p * (g - (p * g).sum(axis, keepdims=True))


@pytest.mark.parametrize(("slip", "words"), [
    (lambda W, X, t: gradient(W, X, t) * len(t), "factor 1/N lost"),
    (lambda W, X, t: gradient(W, X, t).T, "transposed"),
    (lambda W, X, t: -gradient(W, X, t), "sign"),
    (lambda W, X, t: gradient(W, X, t) / 2, "factor 2 lost"),
])
def test_a_slip_of_the_whole_has_its_name(slip: Any, words: str) -> None:
    report = sd.check_backward(LOSS, W, slip)
    assert (report.ok, report.diagnosis) == (False, words)
    assert "softmax" in (report.suggestion or "")
    assert words == "transposed" or report.counterexample is not None


def test_a_term_or_a_factor_that_is_missing_is_written_out() -> None:
    report = sd.check_backward(LAYER, X, lambda X, gamma, G: normed(X, gamma, G, 0.0), upstream=G)
    assert report.diagnosis is not None
    assert report.diagnosis.startswith("term -mean(")
    assert report.diagnosis.endswith("missing")
    assert "gamma lost" in str(sd.check_backward(LAYER, X, lambda X, G: normed(X, 1.0, G), upstream=G).diagnosis)


def test_what_no_single_slip_explains_is_wrong_all_the_same() -> None:
    report = sd.check_backward(LOSS, W, lambda W, X, t: np.sin(gradient(W, X, t)) + 1)
    assert (report.ok, report.diagnosis) == (False, None)
    assert report.counterexample is not None


def test_several_variables_are_compared_in_their_order() -> None:
    y = sd.tensor("y", N, M)
    loss = sd.norm(X @ W.T - y)**2
    pair = (lambda W, X, y: 2 * (X @ W.T - y).T @ X), (lambda W, X, y: 2 * (X @ W.T - y) @ W)
    assert sd.check_backward(loss, (W, X), lambda W, X, y: (pair[0](W, X, y), pair[1](W, X, y))).ok
    halved = sd.check_backward(loss, (W, X), lambda W, X, y: (pair[0](W, X, y), pair[1](W, X, y) / 2))
    assert halved.diagnosis == "factor 2 lost"


@pytest.mark.parametrize(("slip", "words"), [
    (lambda W, X, t, q: W, "asks for q"),
    (lambda W, X, t: X @ W, "raises ValueError"),
])
def test_what_cannot_be_called_is_told(slip: Any, words: str) -> None:
    with pytest.raises(sd.SymderivError, match=words):
        sd.check_backward(LOSS, W, slip)


def test_what_is_no_array_is_told() -> None:
    assert "not an array" in sd.check_backward(LOSS, W, lambda W, X, t: "W").message


V_X, V_G, V_W = sd.tensor("x", F), sd.tensor("g", F), sd.tensor("w", F)
A_X, A_Q, A_K, A_V = sd.tensor("X", N, F), sd.tensor("Q", F, M), sd.tensor("K", M, M), sd.tensor("V", M, F)
SLIPS: dict[str, Any] = {
    "the mask is forgotten, whose name stands within it": (
        (sd.dot(V_G, sd.relu(V_X)), V_X), lambda x, g: g,
        "factor heaviside(x) lost"),
    "a number is lost in one term of a bracket": (
        (sd.sum((A_X @ V_W) ** 2) + sd.sum(V_W ** 2), V_W),
        lambda X, w: 2 * X.T @ (X @ w) + w, "factor 2 lost in the term w"),
    "a softmax without its divisor": (
        (sd.logsumexp(V_X), V_X), lambda x: np.exp(x),
        "not divided by its sum: your result should add up to 1"),
    "an activation left out": (
        (sd.sum(sd.tanh(V_X)), V_X), lambda x: 1 - x**2, "tanh not applied to x"),
    "an argument of the other sign": (
        (sd.sum(sd.softplus(V_X)), V_X), lambda x: 1 / (1 + np.exp(x)),
        "sign of what stands in sigmoid(x)"),
    "a factor within what a name stands for": (
        (sd.sum(sd.softmax(A_Q @ A_K.T / sd.sqrt(M)) @ A_V),
                 A_V), lambda Q, K, V: _rows(Q @ K.T).T @ np.ones((Q.shape[0], V.shape[1])),
        "factor 1/sqrt(M) lost"),
}


G_M, W_M = sd.tensor("g", M), sd.tensor("W", M, F)
X_N, G_N = sd.tensor("X", N, F), sd.tensor("G", N, F)
SLIPS |= {
    "the value of a function for its derivative": (
        (W_M, sd.tanh(W_M @ V_X), G_M), lambda W, x, g: np.outer(g * np.tanh(W @ x), x),
        "tanh(W*x) itself stands where its derivative should"),
    "a derivative at the value": (
        (W_M, sd.sigmoid(W_M @ V_X), G_M), lambda W, x, g: np.outer(g * _slope(_sigmoid(W @ x)), x),
        "the derivative of sigmoid is taken at sigmoid(W*x), not at W*x"),
    "a mask of what comes from above": (
        (V_X, sd.relu(W_M @ V_X), G_M), lambda W, g: W.T @ np.maximum(g, 0),
        "the derivative of relu is taken at g, not at W*x"),
    "a power lost in the factor of one term": (
        (V_X, V_X / sd.norm(V_X), V_G), lambda x, g: g / np.linalg.norm(x) - x * (x @ g) / np.linalg.norm(x),
        "factor norm(x)**(-2) lost in the term -(g.T*x)*x/norm(x)**2"),
    "a bias summed over the wrong axis": (
        (V_W, X_N + V_W, G_N), lambda w, G: G.sum(1), "sum over axis 1, not as in sum(G, axis=0)"),
    "one mean over the other axis": (
        (X_N, X_N - sd.mean(X_N, axis=0), G_N), lambda G: G - G.mean(1, keepdims=True),
        "mean over axis 1 in mean(G, axis=0)"),
    "rows for columns": (
        (X_N, sd.softmax(X_N, axis=0), G_N), lambda X, G: _softmax_backward(X, G, 1),
        "taken along the other axis: rows stand for columns"),
    "a power lost in one term": (
        (V_X, sd.rms_norm(V_X, V_G, sd.tensor("e", positive=True)), sd.tensor("u", V_X.shape[0])), lambda x, g, u, e: (
            lambda r: g * u / r - x * (g * u * x).mean() / r**2)(np.sqrt((x**2).mean() + e)),
        "factor 1/r lost in the term -mean(g.*u.*xhat)*xhat"),
    "a mean of everything": (
        (X_N, X_N - sd.mean(X_N, axis=0), G_N), lambda G: G - G.mean(), "mean over all axes in mean(G, axis=0)"),
}


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _slope(z: Any) -> Any:
    return _sigmoid(z) * (1 - _sigmoid(z))


def test_declared_relations_hold_at_the_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "import numpy as np\n\n\ndef grad(z, y):\n    return np.exp(z) / np.exp(z).sum() - y\n"
    (tmp_path / "given_rows.py").write_text(module)
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "-sum(y.*log(softmax(z)))", "--given", "z: n; y: n; sum_i y_i = 1", "--wrt", "z",
                 "--backward", "given_rows:grad"]) == 0


def _rows(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum(1, keepdims=True)


@pytest.mark.parametrize("name", SLIPS)
def test_the_difference_is_said_as_one_term_or_factor(name: str) -> None:
    made, theirs, words = SLIPS[name]
    report = sd.check_backward(*made, theirs) if len(made) == 2 else sd.check_backward(made[1], made[0], theirs, made[2])
    assert not report.ok
    assert report.diagnosis == words


def test_a_gate_in_the_place_of_another_and_a_flipped_operand_are_said() -> None:
    n, k, q = sd.dims("n k q")
    a, b, c, g = (sd.tensor(name, n) for name in "abcg")
    loss = sd.sum(g * (sd.sigmoid(a) * c + sd.sigmoid(b)))
    report = sd.check_backward(loss, a, lambda a, b, c, g: g * c * _slope(b))
    assert report.diagnosis == "sigmoid(b) stands where sigmoid(a) should"
    x, w, u = sd.tensor("x", q), sd.tensor("w", k), sd.tensor("u", q - k + 1)
    turned = sd.check_backward(sd.sum(u * sd.conv1d(x, w)), w, lambda x, w, u: np.convolve(x, u, "valid"))
    assert turned.diagnosis == "u flipped in conv1d(x, u)"
    end = sd.check_backward(x @ x, x, lambda x: 2 * x[::-1])
    assert end.diagnosis == "flipped along axis 0"


def test_a_slope_of_another_function_a_lost_norm_inverse_and_sum_are_said() -> None:
    n = sd.dims("n")
    u, v, g, A = sd.tensor("u", n), sd.tensor("v", n), sd.tensor("g", n), sd.tensor("A", n, n)
    S = sd.tensor("S", n, n, positive_definite=True)

    def said(loss: Any, theirs: Any, upstream: Any = None, by: Any = u) -> str | None:
        return sd.check_backward(loss, by, theirs, upstream).diagnosis
    assert said(sd.tanh(A @ u), lambda A, u, g: A.T @ (g * np.tanh(A @ u) * (1 - np.tanh(A @ u))), g) == \
        "the slope of sigmoid stands where that of tanh should"
    norm = np.linalg.norm
    assert said((u @ v) / (sd.norm(u) * sd.norm(v)), lambda u, v: v / (norm(u) * norm(v)) - (u @ v) * u / (
        norm(u)**2 * norm(v))) == "factor 1/norm(u) lost in the term -(u.T*v)*u/norm(u)**2"
    assert said(u @ sd.inv(S) @ u, lambda S, u: -np.outer(u, np.linalg.inv(S) @ u), by=S) == "factor inv(S) lost"
    assert said(sd.softmax(u), lambda u, g: g * _softmax(u) * (1 - _softmax(u)), g) == \
        "not summed: the products of entries stand where g.T*softmax(u) should"


def _softmax(u: Any) -> Any:
    return np.exp(u) / np.exp(u).sum()
