"""Names in closed forms: shared parts get one, and two definitions never share one."""

import numpy as np
import pytest

import symderiv as sd

n, m = sd.dims("n m")
x = sd.tensor("x", n)
W = sd.tensor("W", m, n)
i = sd.indices("i", n)


def test_a_shared_softmax_is_called_p():
    d = sd.hessian(sd.logsumexp(W @ x), x)
    assert str(d.closed) == "W.T*(Diag(p) - p*p.T)*W"
    assert str(d.where["p"]) == "softmax(W*x)"
    assert str(d.spelled).count("softmax(W*x)") == 3


def test_a_name_in_use_is_not_taken_again():
    p = sd.tensor("p", n)
    d = sd.hessian(sd.logsumexp(W @ p), p)
    assert str(d.closed) == "W.T*(Diag(p_1) - p_1*p_1.T)*W"


def test_two_definitions_of_one_name_are_told_apart():
    first, second = sd.define("q", (i,), x[i]**2), sd.define("q", (i,), x[i]**3)
    d = sd.derive(sd.sum(first * second), x)
    assert str(d.closed) == "2*q_2.*x + 3*q.^2"
    assert {name: str(body) for name, body in d.where.items()} == {"q": "x[i]**2", "q_2": "x[i]**3"}
    assert d.status == "proved" and d.check().ok


def test_a_network_with_shared_layers_prints_in_bounded_length():
    h = x
    for layer in range(30):
        h = h * sd.sigmoid(sd.tensor(f"W_{layer}", n, n) @ h)
    assert len(str(h)) < 100
    d = sd.derive(sd.sum(h), x)
    assert len(str(d.closed)) < 1000 and len(d.where) > 30


@pytest.mark.parametrize("name", ["node005", "node006", "x_1", "self", "t003"])
def test_names_of_ones_own_may_look_like_those_that_are_handed_out(name):
    T, n = sd.dims("T n")
    s, t = sd.indices("s t", T)
    Y = sd.tensor(name, T, n)
    d = sd.derive(sd.Sum(sd.norm(Y[s] - Y[t]), s, t) + sd.sum(sd.layer_norm(Y)**2), Y)
    assert name not in d.where
    at = np.array([[1.0, 2], [3, 5], [0, 1]])
    np.testing.assert_allclose(d.numpy()(**{name: at}), sd.evaluate(d.spelled, **{name: at}))
    assert sd.parse(str(d.closed), **{name: Y}, **d.where).shape == (T, n)
