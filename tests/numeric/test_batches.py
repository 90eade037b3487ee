"""A compiled function of arrays with leading axes is the function of every instance."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import exp

import symderiv as sd
from symderiv.errors import EvaluationError
from symderiv.numeric import compiled
from symderiv.numeric.compiled import compile_numpy
from tests.asked import Asked
from tests.several import samples

m, n, N = sd.dims("m n N")
W, x, b, c, A = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("b", m), sd.tensor("c"), sd.tensor("A", n, n)
X, M = sd.tensor("X", N, n), sd.tensor("M", m, N)
y, t = sd.label("y", m), sd.label("t", m, shape=(N,))
i, j, k = sd.indices("i j k", n)

EXPRESSIONS = Asked({
    "gradient of the classifier": lambda: sd.derive(sd.cross_entropy(W @ x + b, y), W).closed,
    "gradient of a network": lambda: sd.derive(sd.sum(sd.tanh(W @ sd.relu(A @ x)) * b), A).closed,
    "Jacobian of softmax": lambda: sd.derive(sd.softmax(x), x).closed,
    "quadratic form": x @ A @ x * c,
    "its Hessian": lambda: sd.hessian(x @ A @ x, x).closed,
    "Rayleigh quotient": lambda: sd.derive((x @ A @ x) / (x @ x), x).closed,
    "vector times matrix": b @ W,
    "chain": W @ A @ sd.diag(x) @ A.T,
    "trace and diagonal": sd.diag(A) * sd.trace(A) + sd.mean(A, axis=0),
    "bias to every row": sd.sigmoid(X @ A + x) * c,
    "logsumexp of rows": sd.logsumexp(X @ A, axis=1),
    "softmax of columns": sd.softmax(X, axis=0),
    "norms": sd.norm(X, axis=1) + sd.norm(X),
    "inverse": sd.inv(A @ A.T + sd.eye(n)) @ x,
    "softmax by hand": sd.define("s", (i,), exp(x[i]) / sd.Sum(exp(x[j]), j)),
    "by index": sd.define("g", (i, j), c * sd.Sum(A[i, k] * A[j, k], k) + x[i]),
    "layer normalisation": lambda: sd.vjp(
        sd.layer_norm(X, x, sd.tensor("beta", n)), X, upstream=sd.tensor("G", N, n)).closed,
    "one instance at a time": sd.conv1d(x, sd.tensor("w", sd.dims("q"))),
    "an entry by label": (W @ x)[y],
    "labels of a batch": sd.cross_entropy(X @ W.T, t),
    "outer": sd.outer(x, b),
    "outside the range": sd.define("v", (i,), x[i + 2] - x[i - 1]),
})


def stacked(e: object, names: set[str], lead: tuple[int, ...], seed: int = 0) -> dict[str, object]:
    (s,) = samples(e, seed, 1)
    rng = np.random.default_rng(seed)
    result: dict[str, object] = {}
    for name, value in s.everything.items():
        if name not in names:
            result[name] = value
        elif np.asarray(value).dtype.kind in "iu":
            result[name] = rng.integers(0, np.max(value) + 1, lead + np.shape(value))
        else:
            result[name] = rng.uniform(0.2, 1, lead + np.shape(value))
    return result


@pytest.mark.parametrize("lead", [(3,), (2, 3)])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_instance(name, lead):
    e = EXPRESSIONS[name]
    f, source = compile_numpy(e)
    variables = [v for v in f.names if v not in ("m", "n", "N", "q")]
    for chosen in ({v} for v in variables), [set(variables)]:
        for names in chosen:
            data = stacked(e, names, lead)
            data = {key: value for key, value in data.items() if key in f.names}
            got = f(**data)
            for at in np.ndindex(lead):
                one = f(**{key: value[at] if key in names else value for key, value in data.items()})
                assert got.shape == lead + np.shape(one), (names, source)
                np.testing.assert_allclose(got[at], one, rtol=1e-10, atol=1e-13, err_msg=f"{names}\n{source}")


def test_leading_axes_broadcast():
    f, _ = compile_numpy(sd.derive(sd.cross_entropy(W @ x, y), W).closed)
    rng = np.random.default_rng(1)
    weights, inputs = rng.normal(size=(4, 1, 2, 3)), rng.normal(size=(5, 3))
    got = f(W=weights, x=inputs, y=np.arange(5) % 2)
    assert got.shape == (4, 5, 2, 3)
    np.testing.assert_allclose(got[2, 3], f(W=weights[2, 0], x=inputs[3], y=1))


def test_variables_that_the_value_does_not_need_count():
    d = sd.derive(x @ A @ x, x)
    f = sd.hessian(x @ A @ x, x).numpy()
    a = np.arange(9.0).reshape(3, 3)
    assert f(A=a, x=np.ones((4, 3))).shape == (4, 3, 3)
    assert d.numpy()(A=a, x=np.ones((0, 3))).shape == (0, 3)


def test_leading_axes_that_do_not_fit():
    f, _ = compile_numpy(W @ x)
    with pytest.raises(EvaluationError, match="leading axes"):
        f(W=np.ones((2, 4, 3)), x=np.ones((5, 3)))
    with pytest.raises(EvaluationError):
        f(W=np.ones((2, 4, 3)), x=np.ones((2, 5)))


def test_a_batch_of_labels_is_checked():
    f, _ = compile_numpy(sd.one_hot(y) + b)
    with pytest.raises(EvaluationError, match="label y = 3"):
        f(b=np.ones(3), y=np.array([0, 3]))


def test_float32_stays_float32():
    f, _ = compile_numpy(EXPRESSIONS["gradient of the classifier"])
    got = f(W=np.ones((2, 3), np.float32), x=np.ones((4, 3), np.float32), b=np.zeros(2, np.float32), y=0)
    assert got.dtype == np.float32


def test_a_batch_of_inputs_is_one_product_of_matrices():
    code = compiled.Code(W @ x, compiled.Variables([W @ x]), {"W": "W", "x": "x", "m": "m", "n": "n"}, frozenset({"x"}))
    assert code.value == "x @ W.T"
