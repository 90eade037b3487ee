"""What a user may expect: unusual names and sizes, deep networks, false claims, and input that is wrong."""


import numpy as np
import pytest
from sympy import Rational, gamma

import symderiv as sd
from symderiv.suite.collect import collect
from tests.work import at_most

n, m, k = sd.dims("n m k")
x, u, W = sd.tensor("x", n), sd.tensor("u", n), sd.tensor("W", n, n)
i, j = sd.indices("i j", n)


def central(function, array, h=1e-5):
    """Central differences of a NumPy function, output axes first."""
    array = np.asarray(array, float)
    columns = []
    for at in np.ndindex(array.shape):
        step = np.zeros_like(array)
        step[at] = h
        columns.append((np.asarray(function(array + step)) - np.asarray(function(array - step))) / (2 * h))
    return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + array.shape)


# ------------------------------------------------------------------ sizes that are numbers

@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (3, 1), (3, 3), (2, 5)])
def test_gradients_at_numeric_sizes_are_proved_and_right(rows, columns):
    X = sd.tensor("X", rows, columns)
    d = sd.derive(sd.sum(sd.softmax(X, axis=0) ** 2), X)
    with at_most(300_000):
        assert d.status == "proved"
    data = np.random.default_rng(1).normal(size=(rows, columns))

    def primal(a):
        e = np.exp(a)
        return np.sum((e / e.sum(axis=0)) ** 2)

    np.testing.assert_allclose(d.numpy()(X=data), central(primal, data), atol=1e-8)


def test_axes_of_size_one_are_proved():
    a, b = sd.tensor("a", n, 1), sd.tensor("b", 1, n)
    d = sd.derive(sd.sum(sd.tanh(a + b) ** 2), b)
    assert d.status == "proved"


# ------------------------------------------------------------------ depth

def test_a_deep_network_with_one_shared_weight_is_proved():
    h = x
    for _ in range(12):
        h = sd.tanh(W @ h)
    d = sd.derive(sd.sum(h), W)
    with at_most(4_000_000):
        assert d.status == "proved"


def test_a_chain_of_activations_is_a_product():
    assert str(sd.derive(sd.sum(sd.tanh(sd.tanh(x))), x).closed) == "(1 - tanh(tanh(x)).^2).*(1 - tanh(x).^2)"


@pytest.mark.parametrize("activation", [sd.tanh, lambda z: z * sd.sigmoid(z)], ids=["tanh", "gate"])
def test_claims_about_deep_networks_end_soon(activation):
    h = other = x
    for _ in range(30):
        h, other = activation(h), activation(other + u - u)
    with at_most(12_000_000):
        assert sd.prove(h, h).status == "proved"
        assert sd.prove(h, other).status in ("proved", "supported")
        assert sd.prove(sd.sum(h), sd.sum(other) + 1).status == "refuted"


def test_hand_written_losses_close_like_the_layer():
    y, scores = sd.label("y", n), W @ x
    layer = str(sd.derive(sd.cross_entropy(scores, y), x).closed)
    assert str(sd.derive(sd.nll(sd.log_softmax(scores), y), x).closed) == layer == "W.T*(softmax(W*x) - e_y)"


# ------------------------------------------------------------------ names

@pytest.mark.parametrize("name", ["x_0", "x^2", "x'", r"\tilde{x}", "x_{in}", "lambda", "x_train_2"])
def test_the_variable_is_a_name_in_latex(name):
    z = sd.tensor(name, n)
    products = sd.define("g", (i,), z[i + 1] * z[i])
    for d in (sd.derive(sd.sum(z ** 3), z), sd.derive(products, z), sd.hessian(sd.sum(z ** 3), z)):
        for text in (d.latex(), d.proof.latex()):
            assert r"\text{" + name not in text
            assert "^}" not in text and "}_{0}_{" not in text


def test_an_intermediate_variable_stands_in_brackets():
    b = sd.tensor("b", n)
    z = W @ x + b
    assert str(sd.derive(sd.sum(sd.exp(z)), z)).startswith("dL/d(W*x + b) = ")


# ------------------------------------------------------------------ claims

def test_a_false_claim_about_a_far_entry_is_refuted():
    assert sd.prove(x[5], 0 * x[1]).status == "refuted"


def test_claims_with_free_letters_are_decided():
    assert sd.prove(x[i] + u[j], u[i] + x[j]).status == "refuted"
    assert sd.prove(W[i, :], W[:, i]).status == "refuted"
    assert sd.prove(x[i] + u[i], u[i] + x[i]).status == "proved"


def test_a_counterexample_shows_enough_digits():
    verdict = sd.prove(x + Rational(1, 10**8), x)
    left, right = str(verdict.counterexample).split("left ")[1].split(" at ")[0].split(", right ")
    assert left != right


def test_undefined_claims_are_not_decided():
    assert sd.prove(1 / (x - x), x).status == "undecided"


def test_one_assumption_needs_no_list():
    assert sd.prove(sd.Sum(x[i], (i, 1, n)), sd.Sum(x[i], (i, 1, k)), assuming=k >= n).status == "proved"


# ------------------------------------------------------------------ wrong input

@pytest.mark.parametrize("expr", [gamma(x[1]), sd.Sum(gamma(i / 2) * x[i], i), sd.Sum(x[i], (i, 1, x[1] ** 2))],
                         ids=str)
def test_what_no_rule_covers_raises(expr):
    with pytest.raises(sd.SymderivError):
        sd.derive(expr, x)


def test_numpy_arrays_are_refused_beside_symbols():
    for mix in (lambda: np.ones((3, 3)) @ x, lambda: np.ones(3) + x, lambda: x * np.ones(3)):
        with pytest.raises(sd.SymderivError):
            mix()
    assert np.float64(2) * x == x * 2.0


def test_the_variable_is_accepted_where_it_does_not_occur():
    d = sd.derive(sd.sum(x ** 2), W)
    np.testing.assert_array_equal(d.numpy()(x=np.ones(2), W=np.ones((2, 2))), np.zeros((2, 2)))


def test_files_that_raise_before_their_first_item_are_reported(tmp_path):
    (tmp_path / "good.py").write_text('import symderiv as sd\nx = sd.tensor("x")\n\n\n@sd.identity("same")\n'
                                      "def same():\n    return x, x\n")
    (tmp_path / "broken.py").write_text('import symderiv as sd\nraise RuntimeError("no")\n')
    (tmp_path / "syntax.py").write_text("import symderiv as sd\ndef f(:\n")
    (tmp_path / "helper.py").write_text("VALUE = 3\n")
    items = {item.name: item for item in collect(tmp_path)}
    assert set(items) == {"same", "broken", "syntax"}
    assert items["broken"].failure and items["syntax"].failure
