"""stop_gradient: the value of what it holds, and a constant in every derivative."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd

n = sd.dims("n")
a, c, x, z = (sd.tensor(name, n) for name in "acxz")
A, ell = sd.tensor("A"), a @ x
SURROGATE = sd.exp(ell - sd.stop_gradient(ell)) * A


def test_the_surrogate_of_the_score_function_has_the_value_and_the_gradients_it_should():
    assert sd.prove(SURROGATE, A).status == "proved"
    first, second = sd.derive(SURROGATE, x), sd.hessian(SURROGATE, x)
    assert sd.prove(first.closed, A * a).status == "proved"
    assert sd.prove(second.closed, A * sd.outer(a, a)).status == "proved"
    # A second derivative of what is held has no certificate: the first is equal to its form, but its derivative need not be.
    assert (first.status, second.status) == ("proved", "supported") and first.check().ok and second.check().ok


def test_what_is_held_has_no_gradient_and_no_curvature():
    assert str(sd.derive(sd.sum((sd.stop_gradient(z) - c)**2), c).closed) == "2*(c - stop_gradient(z))"
    assert str(sd.derive(sd.sum((sd.stop_gradient(z) - c)**2), z).closed) == "zeros(n)"
    product = sd.sum(z * sd.stop_gradient(z))
    assert str(sd.derive(product, z).closed) == "stop_gradient(z)"
    h = sd.hessian(product, z)
    assert str(h.closed) == "zeros(n, n)" and h.status == "supported" and h.check().ok


def test_a_straight_through_estimator_passes_the_gradient_on():
    step = x + sd.stop_gradient(sd.heaviside(x) - x)
    d = sd.derive(sd.sum(a * step), x)
    assert str(d.closed) == "a" and d.status == "proved"
    assert sd.prove(step, sd.heaviside(x)).status == "proved"


def test_the_loss_of_a_vector_quantizer():
    beta = sd.tensor("beta")
    loss = sd.sum((sd.stop_gradient(z) - c)**2) + beta * sd.sum((z - sd.stop_gradient(c))**2)
    by_z, by_c = sd.derive(loss, (z, c))
    assert sd.prove(by_z.closed, 2 * beta * (z - c)).status == "proved"
    assert sd.prove(by_c.closed, 2 * (c - z)).status == "proved"


def test_an_equation_of_values_says_nothing_of_derivatives():
    total = sd.log(sd.sum(sd.exp(x - sd.stop_gradient(x))))
    assert sd.prove(total, sd.log(n)).status == "proved"
    h = sd.hessian(total, x)
    assert h.status == "supported" and h.check().ok
    values = h.numpy()(x=np.array([0.3, -1.0, 2.0]))
    np.testing.assert_allclose(values, np.eye(3) / 3 - np.ones((3, 3)) / 9, atol=1e-12)


@pytest.mark.parametrize("text", [r"\operatorname{sg}(x)", "stopgrad(x)", "stop_gradient(x)", "sg(x)", r"\mathrm{sg}(x)"])
def test_it_is_read_by_its_names(text):
    assert sd.parse(text, x=x) == sd.stop_gradient(x)
    assert sd.parse(str(sd.stop_gradient(x)), x=x) == sd.stop_gradient(x)


def test_every_library_has_its_word_for_it():
    d = sd.derive(sd.sum(z * sd.stop_gradient(z)), z)
    given = np.array([1.0, -2.0])
    value = d.numpy()(z=given)
    np.testing.assert_array_equal(value, given)
    assert not np.shares_memory(value, given)
    assert "jax.lax.stop_gradient(z)" in d.source("jax") and "z.detach()" in d.source("torch")


def test_numbers_and_proofs_show_it():
    np.testing.assert_array_equal(sd.evaluate(sd.stop_gradient(z), z=np.arange(3.0)), np.arange(3.0))
    assert r"\operatorname{sg}" in sd.derive(SURROGATE, x).proof.latex()
    assert sd.stop_gradient(sd.rational(1, 2)) == sd.rational(1, 2)
