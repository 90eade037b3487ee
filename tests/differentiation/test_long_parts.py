"""Long products and long sums are taken apart under names, so that their derivatives stay as long as they are."""

from functools import reduce
from operator import add, mul

import numpy as np
import pytest

import symderiv as sd
from symderiv.differentiation.long_parts import in_parts

n = sd.dims("n")
x = sd.tensor("x", n)
MANY = 30
a = [sd.tensor(f"a_{k}", n) for k in range(MANY)]
A = [sd.tensor(f"A_{k}", n, n) for k in range(MANY)]
LONG = {
    "a product of functions": lambda: reduce(mul, (sd.sigmoid(v @ x) for v in a)),
    "a product of arrays": lambda: sd.sum(reduce(mul, (m @ x for m in A))),
    "a sum below a logarithm": lambda: sd.log(reduce(add, (sd.exp(v @ x) for v in a))),
    "a sum of quotients": lambda: reduce(add, (v @ x / (1 + (w @ x) ** 2) for v, w in zip(a, reversed(a), strict=True))),
}


@pytest.mark.parametrize("what", LONG)
def test_the_derivative_is_as_long_as_the_expression_and_right(what):
    loss = LONG[what]()
    d = sd.derive(loss, x)
    assert len(str(d.closed)) < 200 * MANY
    rng = np.random.default_rng(0)
    data = {str(s): rng.uniform(0.3, 1, (2,) * len(s.shape)) for s in (*a, *A, x) if s in loss.free_symbols}
    value = sd.value_and_grad(loss, x)
    step = np.array([1e-6, 0])
    there, back = (value(**{**data, "x": data["x"] + s})[0] for s in (step, -step))
    np.testing.assert_allclose(d.numpy()(**data)[0], (there - back) / 2e-6, rtol=1e-5)


def test_a_second_derivative_is_one_of_what_was_asked():
    loss = sd.log(reduce(add, (sd.exp(v[1] * x[1]) for v in a)))
    assert sd.hessian(loss, x).claimed()


def test_what_is_short_gets_no_names():
    assert sd.derive(sd.log(reduce(add, (sd.exp(v @ x) for v in a[:4]))), x).where == {}


def test_what_is_differentiated_by_stays_in_a_product_that_is_taken_apart():
    inner = a[0] * a[1]
    assert sd.derive(sd.sum(reduce(mul, (inner, *a[2:]))), inner).occurs


def test_what_a_gated_network_passes_on_is_no_product_to_be_taken_apart():
    h = x
    for m in A:
        h = h * sd.sigmoid(m @ h)
    assert in_parts(sd.dot(h, h)) == sd.dot(h, h)
