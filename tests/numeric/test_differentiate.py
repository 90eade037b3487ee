"""Numerical derivatives against derivatives worked by hand, and against each other."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd
from symderiv.numeric.numerical_derivatives import hessian, jacobian, kink_distance
from tests.several import samples

m, n, k, N = sd.dims("m n k N")
W, x, w, X, b = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("w", k), sd.tensor("X", N, n), sd.tensor("b", m)
y, t = sd.label("y", m), sd.label("t", m, shape=(N,))


@pytest.mark.parametrize("method", ["dual", "complex", "central"])
def test_softmax_classifier(method):
    h = W @ x
    loss = sd.cross_entropy(h, y)
    (s,) = samples(loss, 2, 1)
    z = s.arrays["W"] @ s.arrays["x"]
    p = np.exp(z) / np.exp(z).sum()
    error = p - np.eye(len(p))[s.arrays["y"]]
    np.testing.assert_allclose(jacobian(loss, W, s.arrays, method), np.outer(error, s.arrays["x"]), atol=1e-9)
    np.testing.assert_allclose(jacobian(loss, h, s.arrays, method), error, atol=1e-9)
    np.testing.assert_allclose(hessian(loss, h, h, s.arrays), np.diag(p) - np.outer(p, p), atol=1e-8)


def test_jacobian_puts_output_axes_first():
    (s,) = samples(W @ x, 0, 1)
    J = jacobian(W @ x, W, s.arrays)
    assert J.shape == (s.sizes["m"], s.sizes["m"], s.sizes["n"])
    np.testing.assert_allclose(J, np.einsum("ab,j->abj", np.eye(s.sizes["m"]), s.arrays["x"]))


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos",
                                  "arctan", "arcsinh", "arctanh", "erf", "sigmoid", "softplus", "relu", "abs"])
def test_dual_numbers_agree_with_central_differences(name):
    from symderiv.arrays.operator import operator

    arrays = {"x": np.array([0.2, 0.35, 0.8]) if name in ("log", "sqrt") else np.array([-0.4, 0.3, 0.7])}
    e = operator(name)(x)
    np.testing.assert_allclose(jacobian(e, x, arrays), jacobian(e, x, arrays, "central"), atol=1e-8)


@pytest.mark.parametrize("build, wrt", [
    (lambda: sd.cross_entropy(sd.relu(sd.linear(X, W, b)), t), (W, X, b)),
    (lambda: sd.conv1d(x, w, stride=2, padding=1, flip=True), (x, w)),
    (lambda: sd.tanh(x) ** 3 / (1 + sd.exp(x)), (x,)),
    (lambda: sd.exp(x) ** x, (x,)),
])
def test_methods_agree(build, wrt):
    e = build()
    for s in samples(e, 3, 2):
        for v in wrt:
            np.testing.assert_allclose(jacobian(e, v, s.arrays), jacobian(e, v, s.arrays, "central"), atol=1e-7)


def test_a_derivative_by_what_does_not_occur_is_zero():
    v = sd.tensor("v", 2)
    assert jacobian(sd.sum(x), v, {"x": np.ones(3), "v": np.ones(2)}).tolist() == [0, 0]


def test_kinks_are_seen():
    assert kink_distance(sd.relu(x), {"x": np.array([0.5, -0.01])}) == pytest.approx(0.01)
    assert kink_distance(sd.tanh(x), {"x": np.zeros(2)}) == np.inf
