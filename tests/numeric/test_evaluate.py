"""The brute-force evaluator against NumPy written by hand."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from sympy import E, Eq, Max, Min, Mod, Ne, Piecewise, Rational, exp, floor, log, pi, sqrt

import symderiv as sd
from symderiv.arrays.arrays import Named
from symderiv.errors import EvaluationError
from symderiv.numeric.elimination import matrix_function
from symderiv.numeric.evaluate import evaluate, evaluate_all

m, n, k, N = sd.dims("m n k N")
i, j, r = sd.indices("i j r", n)
p = sd.indices("p", m)
x, W, A = sd.tensor("x", n), sd.tensor("W", m, n), sd.tensor("A", n, n)
y, t = sd.label("y", m), sd.label("t", m, shape=(N,))
rng = np.random.default_rng(5)
X5, A5, W35 = rng.normal(size=5), rng.normal(size=(5, 5)), rng.normal(size=(3, 5))


def entries(expr, letters, data):
    (found,) = evaluate_all([Named("entries", letters, expr)], data, strict=False)
    return found


def test_matrix_products_and_sums():
    np.testing.assert_allclose(evaluate(W @ x, W=W35, x=X5), W35 @ X5)
    assert evaluate(sd.Sum(A[i, j] * x[i] * x[j], i, j), A=A5, x=X5) == pytest.approx(X5 @ A5 @ X5)
    assert evaluate(sd.Sum(x[i], i, j), x=X5) == pytest.approx(5 * X5.sum())


def test_inner_limits_may_depend_on_outer_letters():
    running = sd.Sum(x[i] * sd.Sum(x[j], (j, 1, i)), i)
    assert evaluate(running, x=X5) == pytest.approx(X5 @ np.cumsum(X5))
    empty = sd.Sum(sd.Sum(x[j], (j, i + 1, n)), i)
    assert evaluate(empty, x=X5) == pytest.approx(sum(X5[a + 1:].sum() for a in range(5)))


def test_a_bound_letter_hides_an_outer_one():
    from sympy import Sum as SympySum

    e = sd.define("e", (j,), x[j])[i] + SympySum(A[i, i], (i, 1, n))
    np.testing.assert_allclose(entries(e, (i,), {"x": X5, "A": A5}), X5 + np.trace(A5))


def test_entries_outside_the_range_are_zero():
    assert evaluate(x[i + 1], x=X5, i=5) == 0
    assert evaluate(x[i - 1], x=X5, i=1) == 0
    assert evaluate(x[i + 1], x=X5, i=1) == X5[1]
    shifted = sd.define("s", (i, j), A[i - 1, j + 2])
    expected = np.zeros((5, 5))
    expected[1:, :3] = A5[:-1, 2:]
    np.testing.assert_array_equal(evaluate(shifted, A=A5), expected)


def test_brackets_are_strong_zeros():
    e = sd.Sum(sd.iverson(j < i) * x[j] / (i - j), i, j)
    expected = sum(X5[b] / (a - b) for a in range(5) for b in range(a))
    assert evaluate(e, x=X5) == pytest.approx(expected)


def test_conditions_and_integer_functions():
    e = sd.define("e", (i,), Piecewise((x[i], Eq(Mod(i, 2), 0)), (x[floor(i / 2) + 1], Ne(i, 3)), (-1, True)))
    expected = [X5[0], X5[1], -1, X5[3], X5[2]]
    np.testing.assert_allclose(evaluate(e, x=X5), expected)
    np.testing.assert_allclose(evaluate(sd.define("e", (i,), Max(x[i], 0) - Min(x[i], Rational(1, 2))), x=X5),
                               np.maximum(X5, 0) - np.minimum(X5, 0.5))
    np.testing.assert_allclose(evaluate(sd.define("e", (i,), Piecewise((1, x[i] > 0), (i, True))), x=X5),
                               np.where(X5 > 0, 1, np.arange(1, 6)))


def test_labels_count_from_0_in_and_from_1_inside():
    assert evaluate(W[y, 2], W=W35, y=0) == W35[0, 1]
    assert evaluate(y + 0, y=0, m=3) == 1
    Z = rng.normal(size=(4, 3))
    T = np.array([2, 0, 1, 1])
    z = sd.tensor("Z", N, m)
    q = sd.indices("q", N)
    np.testing.assert_array_equal(evaluate(sd.define("g", (q,), z[q, t[q]]), Z=Z, t=T), Z[np.arange(4), T])
    np.testing.assert_array_equal(evaluate(sd.one_hot(t), t=T, m=3), np.eye(3)[T])


def test_constants_and_functions():
    assert evaluate(pi * x[1] + E**x[2] + sqrt(2), x=X5) == pytest.approx(np.pi * X5[0] + np.exp(X5[1]) + np.sqrt(2))
    np.testing.assert_allclose(evaluate(sd.softplus(x) - sd.log(1 + sd.exp(x)), x=X5), 0, atol=1e-15)
    np.testing.assert_allclose(evaluate(sd.erf(x), x=X5), [float(mpmath.erf(v)) for v in X5])


def test_definitions_are_shared_and_nested():
    s = sd.define("s", (), sd.Sum(exp(x[j]), j))
    q = sd.define("q", (i,), exp(x[i]) / s)
    np.testing.assert_allclose(evaluate(sd.diag(q) - sd.outer(q, q), x=X5),
                               np.diag(np.exp(X5) / np.exp(X5).sum()) - np.outer(*[np.exp(X5) / np.exp(X5).sum()] * 2))


def test_arrays_that_hold_a_free_letter():
    e = sd.define("e", (i,), sd.Sum((x[i] * A)[j, r], j, r))
    np.testing.assert_allclose(evaluate(e, x=X5, A=A5), X5 * A5.sum())


def test_sizes_are_solved_from_shapes():
    v = sd.tensor("v", n - k + 1)
    w = sd.tensor("w", k)
    assert evaluate(n * v[1] * w[1], v=np.ones(3), w=np.ones(2)) == 4
    assert evaluate(sd.sum(sd.ones(n)), n=4) == 4


def test_numbers_come_out_as_they_go_in():
    f = np.array([Fraction(1, 3), Fraction(2), Fraction(-1)], dtype=object)
    value = evaluate(sd.Sum(x[i] / x[j], i, j), x=f)
    assert value == (Fraction(1, 3) + 1) * (3 + Fraction(1, 2) - 1)
    assert evaluate(sd.relu(x), x=f).tolist() == [Fraction(1, 3), 2, 0]
    assert evaluate(sd.exp(x) @ x, x=np.array([Fraction(0), Fraction(1)], dtype=object)) == exp(1)
    with mpmath.workdps(40):
        big = np.array([mpmath.mpf(1) / 3, mpmath.mpf(2)], dtype=object)
        value = evaluate(log(sd.Sum(exp(x[i]), i)), x=big)
        assert abs(value - mpmath.log(mpmath.exp(mpmath.mpf(1) / 3) + mpmath.exp(2))) < mpmath.mpf(10) ** -38
    step = evaluate(sd.tanh(x), x=X5 + 1e-30j)
    np.testing.assert_allclose(step.imag / 1e-30, 1 / np.cosh(X5) ** 2)
    assert evaluate(sd.relu(x), x=X5 + 0j).dtype == complex


def test_several_expressions_at_once_and_entries_over_letters():
    both = evaluate_all([W @ x, sd.sum(x)], {"W": W35, "x": X5})
    np.testing.assert_allclose(both[0], W35 @ X5)
    np.testing.assert_allclose(entries(W[p, i] * x[i], (i, p), {"W": W35, "x": X5}), (W35 * X5).T)


def test_deep_networks():
    h = x
    for _ in range(60):
        h = sd.tanh(A @ h)
    value = X5
    for _ in range(60):
        value = np.tanh(A5 @ value)
    np.testing.assert_allclose(evaluate(h, A=A5, x=X5), value, rtol=1e-6)


@pytest.mark.parametrize("call, words", [
    (lambda: evaluate(W @ x, x=X5), ["W"]),
    (lambda: evaluate(W @ x, x=X5, W=W35, V=1), ["V"]),
    (lambda: evaluate(W @ x, x=X5, W=W35.T), ["5", "3"]),
    (lambda: evaluate(W @ x, x=A5, W=W35), ["(n,)", "(5, 5)"]),
    (lambda: evaluate(sd.one_hot(y), y=3, m=3), ["y = 3", "0..2"]),
    (lambda: evaluate(sd.one_hot(y), y=-1, m=3), ["y = -1", "0..2"]),
    (lambda: evaluate(sd.one_hot(y), y=0.5, m=3), ["integer"]),
    (lambda: evaluate(sd.one_hot(y), y=np.array([0, 1]), m=3), ["one number", "(2,)"]),
    (lambda: evaluate(sd.eye(n)), ["size n"]),
    (lambda: evaluate(x[i], x=X5), ["i"]),
    (lambda: evaluate(sd.sum(sd.ones(n)), n=0), ["n", "positive"]),
    (lambda: evaluate(x, x=np.array(["a"])), ["x"]),
    (lambda: evaluate(x @ sd.tensor("x", n, n) @ x, x=X5), ["two tensors", "x"]),
])
def test_data_that_does_not_fit_is_refused(call, words):
    with pytest.raises(EvaluationError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_log_0_behind_a_condition_that_never_holds_is_not_asked_for():
    n = sd.dims("n")
    x = sd.tensor("x", n)
    guarded = Piecewise((1, n <= 1), (0, True)) * log(0)
    assert evaluate(guarded + x[1], x=[2.0, 3.0]) == 2
    assert np.isnan(evaluate(guarded + x[1], x=[2.0]))


@pytest.mark.parametrize("value", [[-2.0, 1.0], [1.0, 1.0]])
def test_a_power_whose_exponent_has_no_value_has_none(value):
    base, a = sd.tensor("v", 2), sd.tensor("a")
    for power in (base**sd.log(a), sd.sum(base)**sd.log(a)):
        assert np.isnan(sd.evaluate(power, v=value, a=-1.0)).all()
    assert sd.prove(a**sd.log(a), a**sd.log(a)).status != "refuted"


@pytest.mark.parametrize("kind", ["inv", "det", "logdet"])
def test_matrices_eliminated_together_are_what_each_is_by_itself(kind):
    drawn = np.random.default_rng(0).normal(size=(40, 4, 4))
    drawn[3, 2] *= 1e-9
    drawn[5, 0] = 0
    for matrices in (np.delete(drawn, 5, axis=0), drawn):
        try:
            each = [matrix_function(kind, m) for m in matrices]
        except sd.SymderivError:
            with pytest.raises(sd.SymderivError, match="singular"):
                matrix_function(kind, matrices)
        else:
            assert np.array_equal(matrix_function(kind, matrices), np.array(each))
