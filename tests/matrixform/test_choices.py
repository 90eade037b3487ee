"""Steps in closed forms: the two branches of a choice, and common factors that can be 0."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd
from symderiv.numeric.sampling import sample

m, n, N, k = sd.dims("m n N k")
x, y, a, u = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("a", n), sd.tensor("u", m)
W, D, c = sd.tensor("W", m, n), sd.tensor("D", N, k), sd.tensor("c")
NAMES = {"x": x, "y": y, "a": a, "u": u, "W": W, "c": c, "m": m, "n": n}


@pytest.mark.parametrize("loss, wrt, closed", [
    (sd.elu(x), x, "Diag(where(x > 0, 1, exp(x)))"),
    (sd.sum(sd.where(x > y, x * y, x**2)), x, "where(x > y, y, 2*x)"),
    (u @ sd.leaky_relu(W @ x, 0.1), x, "W.T*(u.*where(W*x > 0, 1, 1/10))"),
    (sd.sum(sd.prelu(x, c)), x, "where(x > 0, 1, c)"),
    (sd.sum(sd.minimum(x, 0)**2), x, "2*minimum(0, x)"),
    (sd.sum(sd.relu(x)), x, "heaviside(x)"),
    (sd.sum(sd.where(x >= 1, x**3, 0)), x, "3*x.^2.*(1 - heaviside(1 - x))"),
], ids=str)
def test_the_branches_of_a_choice_are_written_side_by_side(loss, wrt, closed):
    d = sd.derive(loss, wrt)
    assert str(d.closed) == closed
    assert d.status == "proved" and d.check().ok
    assert sd.prove(sd.parse(closed, **NAMES), d.closed).status == "proved"


def test_a_choice_between_two_numbers_keeps_float32():
    f = sd.derive(sd.sum(sd.leaky_relu(x)), x).numpy()
    value = f(x=np.array([-1, 2, 0], np.float32))
    assert value.dtype == np.float32
    assert value == pytest.approx([0.01, 1, 0.01])


def test_an_exponential_of_a_step_is_compared_by_cases():
    joined = sd.exp(x - sd.relu(x)) * (1 - sd.heaviside(x)) + sd.heaviside(x)
    assert sd.prove(joined, sd.where(x > 0, 1, sd.exp(x))).status == "proved"
    assert sd.prove(joined, sd.where(x > 0, 1, sd.exp(2 * x))).status == "refuted"
    assert sd.prove(sd.exp(sd.relu(x)) - 1, (sd.exp(x) - 1) * sd.heaviside(x)).status == "proved"


def test_a_factor_that_can_be_zero_is_never_divided_by():
    d = sd.derive(sd.maximum(sd.norm(x - y)**2 - sd.norm(x - a)**2 + c, 0), x)
    assert "/" not in str(d.closed)
    f = d.numpy()
    at = {"x": np.array([1.0, 2]), "y": np.array([0.0, 1]), "a": np.array([3.0, 5])}
    assert f(**at, c=20.0) == pytest.approx(2 * (at["a"] - at["y"]))
    assert f(**at, c=-20.0) == pytest.approx([0, 0])
    assert d.status == "proved" and d.check().ok


def test_a_row_beside_the_identity_is_written_as_a_matrix():
    d = sd.derive(sd.log_softmax(x), x)
    assert str(d.closed) == "I - ones(n)*softmax(x).T"
    assert sd.parse(str(d.closed), **NAMES) == d.closed
    assert d.check().ok


def test_an_identity_matrix_in_einsum_says_its_size():
    d = sd.derive(sd.outer(x, u), x)
    assert str(d.closed) == 'einsum("ik,j->ijk", eye(n), u)'
    assert sd.parse(str(d.closed), **NAMES) == d.closed


def test_every_other_entry_of_symbolically_many():
    d = sd.derive(sd.sum(x[::2]**2), x)
    assert "Sum" not in str(d.closed) and d.status == "proved"
    assert sd.parse(str(d.closed), **NAMES) == d.closed
    for size in (1, 2, 5, 6):
        point = np.arange(1.0, size + 1)
        assert d.numpy()(x=point).tolist() == [2 * v if i % 2 == 0 else 0 for i, v in enumerate(point)]


def test_other_sizes_are_tried_where_a_determinant_is_zero():
    loss = sd.log(sd.det(D.T @ D))
    assert sd.derive(loss, D).check().ok
    for seed in range(12):
        sizes = sample([loss], seed).sizes
        assert sizes["N"] >= sizes["k"]
