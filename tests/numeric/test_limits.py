"""Numbers at the edge: singular matrices, kernels larger than their input, names that two things share, deep networks."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from sympy import exp

import symderiv as sd
from symderiv.errors import BoundExceeded, EvaluationError
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate, evaluate_all
from symderiv.numeric.sampling import sample

m, n, d, k = sd.dims("m n d k")
A, b = sd.tensor("A", n, n), sd.tensor("b", n)
RANK_TWO = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
SINGULAR = [np.ones((3, 3)), RANK_TWO, np.zeros((3, 3)), RANK_TWO.astype(np.float32)]


@pytest.mark.parametrize("matrix", SINGULAR)
@pytest.mark.parametrize("expr", [sd.inv(A), b @ sd.inv(A) @ b, sd.derive(sd.logdet(A), A).closed])
def test_an_inverse_of_a_singular_matrix_is_reported(expr, matrix):
    data = {"A": matrix, "b": np.ones(3)}
    used = {name: value for name, value in data.items() if name in str(expr)}
    with pytest.raises(EvaluationError, match="singular"):
        evaluate(expr, **used)
    f = compile_numpy(expr)[0]
    for _ in range(2):
        with pytest.raises(EvaluationError, match="singular"):
            f(**used)


def test_one_singular_matrix_of_a_batch_is_reported():
    f = compile_numpy(sd.inv(A))[0]
    np.testing.assert_allclose(f(A=np.stack([np.eye(3), 2 * np.eye(3)])), np.stack([np.eye(3), np.eye(3) / 2]))
    with pytest.raises(EvaluationError, match="singular"):
        f(A=np.stack([np.eye(3), RANK_TWO]))


def test_a_log_determinant_of_a_singular_matrix_is_reported_and_a_determinant_is_zero():
    with pytest.raises(EvaluationError, match="singular"):
        compile_numpy(sd.logdet(A))[0](A=np.ones((2, 2)))
    with pytest.raises(EvaluationError, match="singular"):
        evaluate(sd.logdet(A), A=np.ones((2, 2)))
    assert compile_numpy(sd.det(A))[0](A=np.ones((2, 2))) == 0


def test_ill_conditioned_is_not_singular():
    hilbert = 1 / (np.arange(1, 9)[:, None] + np.arange(8))
    np.testing.assert_allclose(compile_numpy(sd.inv(A))[0](A=hilbert), np.linalg.inv(hilbert))
    assert np.isfinite(evaluate(sd.inv(A), A=hilbert)).all()


def test_a_kernel_larger_than_its_input_is_refused_at_its_numbers():
    x, w = sd.tensor("x", d), sd.tensor("w", k)
    conv = sd.conv1d(x, w)
    gradient = sd.derive(sd.sum(conv), x)
    assert gradient.conditions == (k <= d,)
    for f in (compile_numpy(conv)[0], gradient.numpy()):
        used = {"x": np.ones(3), "w": np.ones(5)}
        with pytest.raises(EvaluationError, match="k"):
            f(**{name: value for name, value in used.items() if name in f.names})
    assert len(gradient.numpy()(x=np.ones(5), w=np.ones(3))) == 5


def test_a_size_that_rounds_down_is_stated():
    x, w = sd.tensor("x", d), sd.tensor("w", k)
    gradient = sd.derive(sd.sum(sd.conv1d(x, w, stride=2)**2), x)
    assert any("2 divides d - k" in note for note in gradient.notes)
    assert not sd.derive(sd.sum(sd.conv1d(x, w)**2), x).notes
    assert gradient.check(sizes={"d": 6, "k": 3}).ok and gradient.check(sizes={"d": 7, "k": 3}).ok


def test_an_array_may_have_the_name_of_its_size():
    x = sd.tensor("n", n)
    f = sd.derive(sd.mean(sd.tanh(x)), x).numpy()
    np.testing.assert_allclose(f(n=np.ones(3)), (1 - np.tanh(1)**2) / 3 * np.ones(3))
    np.testing.assert_allclose(f(n=np.ones((2, 3))), (1 - np.tanh(1)**2) / 3 * np.ones((2, 3)))
    label = sd.label("n", n)
    g = sd.derive(sd.cross_entropy(b, label) / n, b).numpy()
    np.testing.assert_allclose(g(b=np.zeros(4), n=1), np.array([1, -3, 1, 1]) / 16)
    with pytest.raises(EvaluationError, match="names a tensor and a label"):
        sd.derive(sd.cross_entropy(x, label), x).numpy()


def test_a_network_of_many_layers_is_checked():
    h = b
    for layer in range(220):
        h = sd.tanh(sd.tensor(f"W{layer % 3}", n, n) @ h)
    assert sd.derive(sd.sum(h), b).check(samples=1, sizes={"n": 2}).ok


def test_many_sizes_stay_small():
    sizes = sd.dims("p0 p1 p2 p3 p4 p5 p6 p7 p8")
    drawn = sample(sd.sum(sd.tensor("T", *sizes[:4])) * sd.sum(sd.tensor("U", *sizes[4:])), 3).sizes
    assert len(set(drawn.values())) == 9 and max(drawn.values()) <= 11


@pytest.mark.parametrize("names", ["x w a l", "u n p r", "z e m s", "y q j b"])
def test_sizes_may_be_called_as_the_code_calls_its_own_variables(names):
    N, c, L, f = sd.dims(names)
    X, K, G = sd.tensor("X", N, c, L), sd.tensor("K", f, c, 3), sd.tensor("G", f)
    conv = sd.conv1d(X, K, G, stride=2, padding=1)
    pool = sd.max_pool1d(X, 2, padding=1)
    losses = [sd.sum(conv**2) / L, sd.sum(sd.softmax(conv)) + sd.sum(pool**2) / N, sd.sum(sd.avg_pool1d(X, 2)**2),
              sd.sum(sd.conv_transpose1d(conv, K, stride=2, output_size=L)**2), sd.hinge(X[1, :, :], sd.tensor("T", c, L)),
              sd.sum(sd.reshape(X, N * c, L) @ sd.tensor("V", L, f)) ** 2, sd.sum(sd.log_softmax(X) * L)]
    for loss in losses:
        gradient = sd.derive(loss, X)
        s = sample(loss, 5)
        f_ = gradient.numpy()
        got = f_(**{key: value for key, value in s.everything.items() if key in f_.names})
        (meant,) = evaluate_all([gradient.closed], s.everything, strict=False)
        np.testing.assert_allclose(got, meant, rtol=1e-9, atol=1e-11, err_msg=gradient.source())


def test_what_is_changed_in_place_has_no_view_that_is_read_later():
    X, Y = sd.tensor("X", n, n), sd.tensor("Y", n, n)
    P = sd.softmax(X @ X.T)
    for expr in (P.T @ (P * (Y - 1)), P.T @ (P - sd.sum(P * Y, axis=1, keepdims=True)) + P.T, (P * Y).T @ P.T):
        rng = np.random.default_rng(0)
        data = {"X": rng.normal(size=(3, 3)), "Y": rng.normal(size=(3, 3))}
        before = {name: value.copy() for name, value in data.items()}
        for e in (expr, sd.derive(sd.sum(expr**2), X).closed):
            f = compile_numpy(e, (X, Y))[0]
            for _ in range(2):
                np.testing.assert_allclose(f(**data), evaluate_all([e], data, strict=False)[0], rtol=1e-10, err_msg=f.source)
        assert all(np.array_equal(data[name], before[name]) for name in data)


def test_the_determinant_of_an_exponential_is_settled_in_as_many_digits_as_its_eigenvalues_ask_for() -> None:
    # |A| to 1e3: the determinant is e^-600 beside entries of e^88, which 50 digits take for 0.
    n = sd.dims("n")
    matrix = sd.tensor("A", n, n)
    assert sd.prove(sd.det(sd.expm(matrix)), exp(sd.trace(matrix))).status == "supported"
    assert sd.prove(sd.logdet(sd.expm(matrix)), sd.trace(matrix)).status == "supported"
    assert sd.prove(sd.det(sd.expm(matrix)), exp(2 * sd.trace(matrix))).status == "refuted"


def test_a_check_stays_off_where_a_norm_is_0() -> None:
    x = sd.tensor("x", n)
    assert sd.derive(sd.norm(sd.relu(x)), x).check().ok


@pytest.mark.parametrize("letters", [31, 33, 40])
def test_sums_over_more_letters_than_numpy_walks_along_are_evaluated(letters):
    every = [sd.indices(f"a{place}", n) for place in range(letters)]
    product = sd.Sum(sum(b[i] * b[j] for i, j in pairwise(every)), *every)
    assert evaluate(product, b=[0.5]) == (letters - 1) / 4
    assert evaluate_all([product], {"b": np.array([mpmath.mpf(1) / 2])})[0] == (letters - 1) / 4


def test_sums_over_more_letters_than_an_array_has_axes_are_refused():
    every = [sd.indices(f"a{place}", n) for place in range(70)]
    with pytest.raises(BoundExceeded, match="letters one inside the other"):
        evaluate(sd.Sum(sum(b[i] * b[j] for i, j in pairwise(every)), *every), b=[0.5])
