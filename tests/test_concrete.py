"""Numbers through the operators, and derivatives at a point: exact for exact input, NumPy's for NumPy's."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Array, E, Matrix, Rational, exp, eye, log, sqrt

import symderiv as sd
from tests.drawn import drawn


@pytest.mark.parametrize("flip, mode, expected", [
    (True, "full", [1, 2, 5, 8, 6, 8]), (True, "valid", [5, 8]), (True, "same", [2, 5, 8, 6]),
    (False, "full", [2, 4, 7, 10, 3, 4]), (False, "valid", [7, 10]), (False, "same", [4, 7, 10, 3]),
])
def test_convolutions_of_given_vectors(flip, mode, expected):
    exact = sd.conv1d([1, 2, 3, 4], [1, 0, 2], mode=mode, flip=flip)
    assert isinstance(exact, Array) and exact == Array(expected)
    floating = sd.conv1d(np.array([1.0, 2, 3, 4]), np.array([1.0, 0, 2]), mode=mode, flip=flip)
    assert isinstance(floating, np.ndarray) and np.array_equal(floating, expected)


def test_attention_with_logarithms_is_rational():
    queries = Array([[0, log(2)], [log(2), log(3)]]) * sqrt(2)
    expected = Array([[Rational(2, 3), Rational(1, 3)], [Rational(3, 5), Rational(2, 5)]])
    assert sd.attention(queries, [[1, 0], [0, 1]], [[0, 1], [1, 0]]) == expected
    assert sd.attention(Matrix(queries), eye(2), [[0, 1], [1, 0]]) == expected
    floating = sd.attention(np.array(queries.tolist(), dtype=float), np.eye(2), np.array([[0, 1], [1, 0]]))
    assert np.allclose(floating, [[2 / 3, 1 / 3], [3 / 5, 2 / 5]])


def test_means_of_a_batch():
    x = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[1, -1], [0, 2]], [[-1, 0], [2, 1]]]]
    assert sd.mean(x, axis=(0, 2, 3)) == Array([Rational(3, 2), Rational(7, 2)])
    assert sd.mean(x, axis=(1, 2, 3)) == Array([Rational(9, 2), Rational(1, 2)])
    assert sd.mean(x, axis=(2, 3)) == Array([[Rational(5, 2), Rational(13, 2)], [Rational(1, 2), Rational(1, 2)]])


OPERANDS = {"x": [[1, 2, 0], [3, -1, 2]], "v": [1, -2, 3], "w": [2, 1], "A": [[2, 1], [1, 3]], "S": [[3, 1], [1, 2]],
            "I": [[[1, 2, 0, 1], [3, -1, 2, 1], [0, 1, 1, 2], [5, 1, 2, 3]]], "B": [[[[1, 2], [0, 1]]], [[[1, 0], [2, 3]]]],
            "K": [[[[1, -1], [2, 0]]]], "h": [1], "U": [[2]], "W": [[1, 2]], "b": [1], "p": [Fraction(1, 3), Fraction(2, 3)]}
CALLS = {
    "relu": lambda f, a: f.relu(a("x")), "softmax": lambda f, a: f.softmax(a("x")),
    "sigmoid": lambda f, a: f.sigmoid(a("v")),
    "leaky_relu": lambda f, a: f.leaky_relu(a("x"), Rational(1, 10)), "max": lambda f, a: f.max(a("x"), axis=1),
    "hardtanh": lambda f, a: f.hardtanh(a("v")), "softplus": lambda f, a: f.softplus(a("v")),
    "matmul": lambda f, a: f.matmul(a("x"), a("v")), "outer": lambda f, a: f.outer(a("v"), a("w")),
    "dot": lambda f, a: f.dot(a("v"), a("v")), "einsum": lambda f, a: f.einsum("ij,j->i", a("x"), a("v")),
    "kron": lambda f, a: f.kron(a("A"), a("S")), "inv": lambda f, a: f.inv(a("A")), "det": lambda f, a: f.det(a("A")),
    "logdet": lambda f, a: f.logdet(a("S")), "norm": lambda f, a: f.norm(a("x")), "var": lambda f, a: f.var(a("v")),
    "concat": lambda f, a: f.concat([a("v"), a("w")]), "stack": lambda f, a: f.stack(a("w"), a("w")),
    "flip": lambda f, a: f.flip(a("v")), "pad": lambda f, a: f.pad(a("v"), 1), "vec": lambda f, a: f.vec(a("x")),
    "conv2d": lambda f, a: f.conv2d(a("I"), a("K"), a("b"), stride=2, padding=1),
    "conv_transpose2d": lambda f, a: f.conv_transpose2d(a("I"), a("K"), stride=2),
    "max_pool2d": lambda f, a: f.max_pool2d(a("I"), 2), "avg_pool2d": lambda f, a: f.avg_pool2d(a("I"), 2, stride=1),
    "batch_norm": lambda f, a: f.batch_norm(a("x"), eps=0), "layer_norm": lambda f, a: f.layer_norm(a("x"), eps=0),
    "instance_norm": lambda f, a: f.instance_norm(a("B"), eps=1), "rms_norm": lambda f, a: f.rms_norm(a("v"), eps=0),
    "rnn_cell": lambda f, a: f.rnn_cell(a("w"), a("h"), a("W"), a("U"), a("b")),
    "gru_cell": lambda f, a: f.gru_cell(a("w"), a("h"), r=(a("W"), a("U")), z=(a("W"), a("U")), n=(a("W"), a("U"), a("b"))),
    "attention": lambda f, a: f.attention(a("A"), a("S"), a("A")),
    "multi_head_attention": lambda f, a: f.multi_head_attention(a("x"), [(a("K3"), a("K3"), a("K3"))]),
    "mse": lambda f, a: f.mse(a("w"), a("p")), "kl_div": lambda f, a: f.kl_div(a("p"), a("p")),
    "linear": lambda f, a: f.linear(a("w"), a("W"), a("b")), "maximum": lambda f, a: f.maximum(a("w"), a("p")),
    "cosine_similarity": lambda f, a: f.cosine_similarity(a("w"), a("p")), "cumsum": lambda f, a: f.cumsum(a("v")),
}
OPERANDS["K3"] = [[1, 0], [0, 1], [1, 1]]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_operators_compute_what_their_expressions_mean(call):
    """The same call with declared tensors, evaluated: for lists exactly, for NumPy arrays in floating point."""
    used: set[str] = set()

    def declared(name):
        used.add(name)
        return sd.tensor(name, *np.shape(OPERANDS[name]))

    expr = call(sd, declared)
    arrays = {name: np.array(OPERANDS[name], dtype=float) for name in used}
    expected = sd.evaluate(expr, **arrays)
    exact = call(sd, lambda name: OPERANDS[name])
    assert not isinstance(exact, np.ndarray | float)
    assert np.allclose(np.array(exact.tolist() if hasattr(exact, "tolist") else exact, dtype=float), expected)
    floating = call(sd, lambda name: np.array(OPERANDS[name], dtype=float))
    assert isinstance(floating, np.ndarray | float) and np.allclose(floating, expected)


def test_several_results_come_out_as_several():
    gates = {gate: ([[1, 1]], [[1]], [0]) for gate in "ifgo"}
    h, c = sd.lstm_cell([0, 0], [0], [2], **gates)
    assert c == Array([1]) and np.isclose(float(h[0]), np.tanh(1) / 2)


def test_labels_among_numbers_count_from_0():
    assert sd.cross_entropy([0, log(2), log(3)], 0) == log(6)
    assert sd.cross_entropy([0, log(2), log(3)], 2) == log(2) == sd.cross_entropy([0, log(2), log(3)], [0, 0, 1])
    assert sd.cross_entropy([[0, log(2)], [0, log(3)]], [0, 1]) == log(2)
    assert np.isclose(sd.cross_entropy(np.array([0.0, np.log(2), np.log(3)]), 2), np.log(2))
    assert sd.embedding([[1, 2], [3, 4], [5, 6]], [2, 0]) == Array([[5, 6], [1, 2]])
    assert sd.argmax([1, 3, 2]) == 1 and sd.argmin(np.array([1, 3, 0])) == 2


def test_the_weight_gradient_of_a_given_convolution():
    x, W, G = sd.tensor("x", 3, 3), sd.tensor("W", 2, 2), sd.tensor("G", 2, 2)
    d = sd.vjp(sd.relu(sd.conv2d(x, W)), W, upstream=G)
    at = {"x": [[1, 2, 3], [1, 1, 0], [0, -1, -2]], "W": [[-1, 1], [1, 2]], "G": [[-3, 2], [0, 1]]}
    assert d.at(**at) == Array([[1, 0], [-1, -3]])
    assert np.array_equal(d.at(**{name: np.array(value) for name, value in at.items()}), [[1, 0], [-1, -3]])


def test_a_residual_block_with_numbers():
    x0, w0, w1, b0, b1 = (sd.tensor(name) for name in ("x0", "w0", "w1", "b0", "b1"))
    z = sd.relu(sd.relu(x0 * w0 + b0) * w1 + b1 + x0)
    point = {"x0": 1, "w0": Rational(1, 2), "w1": Fraction(-1, 5), "b0": Rational(1, 10), "b1": Rational(3, 20)}
    found = [d.at(**point) for d in sd.derive(z, (w0, w1, b0, b1))]
    assert found == [Rational(-1, 5), Rational(3, 5), Rational(-1, 5), 1]
    floating = [d.at(**{name: float(value) for name, value in point.items()}) for d in sd.derive(z, (w0, w1, b0, b1))]
    assert np.allclose(floating, [-0.2, 0.6, -0.2, 1])


def test_a_softmax_gradient_is_exact():
    m, n = sd.dims("m n")
    W, x, y = sd.tensor("W", m, n), sd.tensor("x", n), sd.label("y", m)
    d = sd.derive(sd.cross_entropy(W @ x, y), W)
    assert d.at(W=[[0, 0], [log(2), 0], [log(3), 0]], x=[1, 2], y=1) == Array(
        [[Rational(1, 6), Rational(1, 3)], [Rational(-2, 3), Rational(-4, 3)], [Rational(1, 2), 1]])
    assert isinstance(d.at(W=[[0, 0], [1, 0]], x=[1, 0.5], y=1), np.ndarray)


def test_sizes_are_read_off_variables_that_a_result_does_not_need():
    n = sd.dims("n")
    x = sd.tensor("x", n)
    d = sd.derive(sd.mean(x), x)
    assert d.at(x=[1, 2, 3, 4]) == d.at(n=4) == Array([Rational(1, 4)] * 4)
    A = sd.tensor("A", n, n)
    assert sd.hessian(x @ (A @ x), x).at(A=[[1, 2], [3, 4]]) == Array([[2, 5], [5, 8]])


@drawn(10)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=7), st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_full_convolutions_agree_with_products_of_polynomials(x, w):
    exact = sd.conv1d(x, w, mode="full", flip=True)
    assert list(exact) == [sum(x[i] * w[n - i] for i in range(len(x)) if 0 <= n - i < len(w))
                           for n in range(len(x) + len(w) - 1)]


def test_symbols_stay_symbols():
    assert sd.softmax([1, 2])[0] == E / (E + exp(2))
    x = sd.tensor("x", 4)
    assert str(sd.conv1d(x, sd.tensor("w", 2))) == "conv1d(x, w)"
    assert str(sd.conv1d(x, [1, 2])) == "conv1d(x, stack(1, 2))"
    assert sd.concat([x, x]).shape == (8,)


BAD = {
    "a kernel that does not fit": (lambda: sd.conv1d([1, 2], [1, 2, 3]), "does not fit"),
    "ragged rows": (lambda: sd.relu([[1, 2], [3]]), "differ in length"),
    "no numbers": (lambda: sd.relu([]), "no numbers"),
    "text": (lambda: sd.relu(["a"]), "not a number"),
    "None": (lambda: sd.relu([None]), "not a number"),
    "text in an array": (lambda: sd.relu(np.array(["a"])), "not a number"),
    "None in an array": (lambda: sd.relu(np.array([None, 1])), "not a number"),
    "a row in a row": (lambda: sd.relu([[1], [[2]]]), "differ in length|not a number"),
    "labels beside symbols": (lambda: sd.cross_entropy(sd.tensor("Z", 2, 3), [1, 2]), "declared names"),
    "the logarithm of 0": (lambda: sd.log([0, 1]), "not a real number"),
    "the logarithm of a negative number": (lambda: sd.log([-1, 1]), "not a real number"),
    "a label out of range": (lambda: sd.cross_entropy([1, 2], 5), "out of range"),
    "an unknown name": (lambda: sd.derive(sd.sum(sd.tensor("x", 2)), sd.tensor("x", 2)).at(q=1), "q"),
    "a missing name": (lambda: sd.derive(sd.sum(sd.exp(sd.tensor("x", 2))), sd.tensor("x", 2)).at(), "x"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_bad_numbers_are_refused(case):
    make, said = case
    with pytest.raises(sd.SymderivError, match=said):
        make()
