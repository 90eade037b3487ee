"""Compiled functions against the brute-force evaluator, and how they treat what they are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Max, Piecewise, exp, log, sqrt

import symderiv as sd
from symderiv.errors import EvaluationError
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
from tests.several import samples

m, n, k, N = sd.dims("m n k N")
W, x, w, A = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("w", k), sd.tensor("A", n, n)
X, b, c, z = sd.tensor("X", N, n), sd.tensor("b", m), sd.tensor("c"), sd.tensor("z", n)
y, t = sd.label("y", m), sd.label("t", m, shape=(N,))
i, j, r = sd.indices("i j r", n)
p, q = sd.indices("p", m), sd.indices("q", N)

EXPRESSIONS = {
    "gradient of the classifier": sd.outer(sd.softmax(W @ x) - sd.one_hot(y), x),
    "softmax by hand": sd.define("s", (i,), exp(x[i]) / sd.Sum(exp(x[j]), j)),
    "matrix product by index": sd.define("g", (i, j), sd.Sum(A[i, r] * A[r, j], r)),
    "Gram matrix by index": 2 * sd.define("g", (i, j), sd.Sum(X[q, i] * X[q, j], q)),
    "squares": sd.define("g", (i,), sd.Sum(A[i, j]**2 * x[j], j) / n),
    "transposed by index": sd.define("g", (j, i), A[i, j] + x[i]),
    "running sum": sd.define("u", (i,), sd.Sum(A[j, i], (j, 1, i))),
    "sum over part of the range": sd.define("u", (i,), sd.Sum(A[i, j], (j, 2, n - 1))),
    "guarded quotient": sd.define("r", (i, j), x[i - j + 1] * sd.iverson(i < j) / (i - j)),
    "double sum with a guard": sd.Sum(x[i] * x[j] * sd.iverson(i < j), i, j),
    "delta with a label": sd.define("s", (p, i), sd.delta(p, y) * x[i]),
    "label arrays": sd.define("s", (q, p), sd.delta(p, t[q]) * b[p]),
    "rows by label": W[y, :],
    "entry by label": (W @ x)[y],
    "letters as numbers": sd.define("v", (i,), x[i] * i + y),
    "outside the range": sd.define("v", (i,), x[i + 2] - x[i - 1]),
    "constant along an axis": sd.define("v", (i, j), x[i]),
    "sum that does not depend on its letter": sd.define("v", (i,), sd.Sum(x[i], j)),
    "scalar network": log(sd.Sum(exp(x[i]), i)) * c + sqrt(2) / n,
    "max and cases": sd.define("v", (i,), Max(x[i], z[i]) + Piecewise((x[i], z[i] > 0), (1, True))),
    "quadratic form": x @ A @ x,
    "structured times vector": (sd.diag(x) - 2 * sd.outer(x, z)) @ z,
    "vector times chain": x @ (A @ A),
    "diagonals on both sides": sd.diag(x) @ A @ sd.diag(z),
    "trace of a product": sd.trace(A @ A @ A.T),
    "rank one in a chain": A @ sd.outer(x, z) @ A,
    "shared product": (A @ A) @ x + sd.sum(A @ A),
    "centring": (sd.eye(n) - sd.ones(n, n) / n) @ x,
    "definition of a definition": sd.define("o", (i,), sd.define("h", (j,), exp(x[j]))[i] * x[i]),
    "scalar definition": sd.define("o", (), x @ x) * x,
    "convolution with symbolic padding": sd.conv1d(x, w, padding=(k - 1, n - 2), stride=2),
    "batch loss": sd.cross_entropy(sd.relu(sd.linear(X, W, b)), t),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_agrees_with_the_evaluator(name):
    e = EXPRESSIONS[name]
    f, source = compile_numpy(e)
    for s in samples(e, 1, 3):
        got, meant = f(**s.everything), evaluate(e, **s.everything)
        assert np.shape(got) == np.shape(meant), source
        np.testing.assert_allclose(got, meant, rtol=1e-10, atol=1e-12, err_msg=source)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_float32_stays_float32(name):
    e = EXPRESSIONS[name]
    f, source = compile_numpy(e)
    (s,) = samples(e, 1, 1)
    single = {k: v.astype(np.float32) if isinstance(v, np.ndarray) and v.dtype == float else v
              for k, v in s.everything.items()}
    assert f(**single).dtype == np.float32, source


def test_products_over_plain_letters_become_einsum():
    _, source = compile_numpy(EXPRESSIONS["matrix product by index"])
    assert "np.einsum" in source


def test_shared_parts_are_computed_once():
    h = sd.exp(W @ x)
    _, source = compile_numpy(sd.outer(h, h) + sd.diag(h))
    assert source.count("np.exp") == 1
    e = x
    for _ in range(64):
        e = e * sd.sigmoid(A @ e)
    _, source = compile_numpy(e)
    assert source.count("np.exp(") == 64


def test_further_variables_are_accepted_and_others_refused():
    f, _ = compile_numpy(sd.softmax(W @ x), [W, x, y, b])
    arrays = {"W": np.ones((2, 3)), "x": np.ones(3)}
    np.testing.assert_allclose(f(**arrays), f(**arrays, y=1, b=np.ones(2)))
    for bad, words in [({"Q": 1}, "Q"), ({"b": np.ones(5)}, "b"), ({"x": np.ones(2)}, "x")]:
        with pytest.raises(EvaluationError, match=words):
            f(**{**arrays, **bad})
    with pytest.raises(EvaluationError, match="W"):
        f(x=np.ones(3))


def test_labels_count_from_0_and_are_checked():
    f, _ = compile_numpy(sd.one_hot(y) + 0 * b)
    assert f(y=0, b=np.ones(3)).tolist() == [1, 0, 0]
    for label in (3, -1, 1.5):
        with pytest.raises(EvaluationError, match="label y"):
            f(y=label, b=np.ones(3))


def test_whole_numbers_and_lists_are_data_too():
    f, _ = compile_numpy(x / 2)
    assert f(x=[1, 2, 4]).tolist() == [0.5, 1, 2]


def test_the_result_is_never_the_callers_array():
    for e in (A, A.T, sd.define("g", (i,), x[i])):
        f, _ = compile_numpy(e)
        data = {"A": np.ones((2, 2))} if "A" in f.names else {"x": np.ones(2)}
        f(**data)[:] = 5
        assert all((v == 1).all() for v in data.values())


def test_names_that_are_no_python_names():
    odd = {"W^1": sd.tensor("W^1", n, n), "lambda": sd.tensor("lambda", n), "np": sd.tensor("np", n)}
    f, _ = compile_numpy(odd["W^1"] @ odd["lambda"] + odd["np"])
    assert f(**{"W^1": np.eye(2), "lambda": np.array([1.0, 2]), "np": np.ones(2)}).tolist() == [2, 3]


def test_a_name_cannot_carry_code():
    evil = sd.tensor("x);import_os;#", n)
    f, source = compile_numpy(2 * evil)
    assert source.splitlines()[-2:] == ["def compiled(x__import_os__):", "    return 2 * x__import_os__"]
    assert f(**{evil.name: np.ones(2)}).tolist() == [2, 2]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_number_takes_the_type_of_the_arrays_in_the_long_way_and_the_short(kind: Any) -> None:
    x, c = sd.tensor("x", n), sd.tensor("c")
    f = sd.derive(sd.exp(c) * x @ x, x).numpy()
    data = np.arange(1, 4).astype(kind)
    found = [f(x=data, c=c) for c in (2, 2.0, np.float64(2), np.array(2)) for _ in range(2)]
    assert {(each.dtype, each.tobytes()) for each in found} == {(np.dtype(kind), found[0].tobytes())}
    with pytest.raises(sd.SymderivError, match="too large"):
        f(x=data, c=10**400)


def test_a_complex_number_among_real_arrays_is_kept() -> None:
    x, c = sd.tensor("x", n), sd.tensor("c")
    assert sd.derive(c * x @ x, x).numpy()(x=np.ones(2), c=1j).tolist() == [2j, 2j]


def test_sizes_that_leave_a_block_of_a_result_empty_are_sizes() -> None:
    n, m = sd.dims("n m")
    x, j, i = sd.tensor("x", n), sd.indices("j", n), sd.indices("i", m)
    d = sd.derive(sd.define("f", (j,), sd.Sum(x[j + 2], (i, 1, m - 1))), x)
    for size in (2, 3):
        np.testing.assert_array_equal(d.numpy()(x=np.ones(size), m=3), 2 * np.eye(size, k=2))


def test_sizes_that_leave_a_slice_in_a_result_empty_are_sizes_where_that_has_a_value() -> None:
    n = sd.dims("n")
    x, j = sd.tensor("x", n), sd.indices("j", n)
    d = sd.derive(sd.define("f", (j,), x[j + 2] * x[j - 1]), x)
    np.testing.assert_array_equal(d.numpy()(x=np.array([2.0, 3, 5])), np.zeros((3, 3)))
    for whole in (sd.mean, sd.max):
        with pytest.raises(sd.SymderivError, match="do not satisfy"):
            sd.derive(whole(sd.take_slice(x, 3, n)) * sd.sum(x), x).numpy()(x=np.ones(3))
