"""Identities that are proved, and their mutants, which are refuted with a counterexample that is one."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import exp

import symderiv as sd
from symderiv.errors import ShapeError

m, n, k = sd.dims("m n k")
c, z, x = sd.tensor("c"), sd.tensor("z", m), sd.tensor("x", n)
a, b = sd.tensor("a", m), sd.tensor("b", m)
A, B, S = sd.tensor("A", n, n), sd.tensor("B", n, n), sd.tensor("S", n, n, symmetric=True)
w = sd.tensor("w", k)
i, j = sd.indices("i j", m)

TRUE = {
    "tanh as a sigmoid": (sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1),
    "sigmoid of the negative": (sd.sigmoid(-z), 1 - sd.sigmoid(z)),
    "derivative of the sigmoid": (sd.derive(sd.sum(sd.sigmoid(z)), z).closed, sd.sigmoid(z) * (1 - sd.sigmoid(z))),
    "log sigmoid": (sd.log(sd.sigmoid(z)), -sd.softplus(-z)),
    "softplus difference": (sd.softplus(c) - sd.softplus(-c), c),
    "derivative of softplus": (sd.derive(sd.softplus(c), c).closed, sd.sigmoid(c)),
    "derivative of tanh": (sd.derive(sd.tanh(c), c).closed, 1 - sd.tanh(c) ** 2),
    "softmax sums to one": (sd.sum(sd.softmax(z)), 1),
    "softmax is invariant under translation": (sd.softmax(z + c), sd.softmax(z)),
    "log softmax": (sd.log_softmax(z), z - sd.logsumexp(z)),
    "product transposed": ((A @ B).T, B.T @ A.T),
    "trace is cyclic": (sd.trace(A @ B), sd.trace(B @ A)),
    "quadratic form": (x @ A @ x, x @ A.T @ x),
    "double sum": (sd.Sum(a[i] * b[j], i, j), sd.sum(a) * sd.sum(b)),
    "reflected sum": (sd.Sum(a[i] * b[m - i + 1], i), sd.Sum(b[i] * a[m - i + 1], i)),
    "shifted sum": (sd.Sum(a[i + 1] * b[i], i), sd.Sum(a[i] * b[i - 1], i)),
    "flip of a flip": (sd.flip(sd.flip(w)), w),
    "full convolution commutes": (sd.conv1d(z, w, mode="full", flip=True), sd.conv1d(w, z, mode="full", flip=True)),
}

FALSE = {
    "tanh, sign": (sd.tanh(z), 1 - 2 * sd.sigmoid(2 * z)),
    "tanh, dropped term": (sd.tanh(z), 2 * sd.sigmoid(2 * z)),
    "sigmoid, sign": (sd.sigmoid(-z), 1 + sd.sigmoid(z)),
    "sigmoid derivative, dropped factor": (sd.derive(sd.sum(sd.sigmoid(z)), z).closed, sd.sigmoid(z)),
    "softplus, sign": (sd.log(sd.sigmoid(z)), sd.softplus(-z)),
    "transpose lost": ((A @ B).T, B @ A.T),
    "transposes not exchanged": ((A @ B).T, A.T @ B.T),
    "gradient, transpose lost": (sd.derive(x @ A @ x, x).closed, 2 * A @ x),
    "softmax not normalised": (sd.softmax(z), sd.exp(z)),
    "index shifted by one": (sd.Sum(a[i + 1] * b[i], i), sd.Sum(a[i] * b[i], i)),
    "sum dropped": (sd.Sum(a[i] * b[j], i, j), sd.Sum(a[i] * b[i], i)),
    "range one short": (sd.Sum(a[i], i), sd.Sum(a[i], (i, 1, m - 1))),
    "range starts late": (sd.Sum(a[i] ** 2, i), sd.Sum(a[i] ** 2, (i, 2, m))),
    "outer product for diagonal": (sd.derive(sd.softmax(z), z).closed, sd.diag(sd.softmax(z))),
    "flip missing": (sd.conv1d(z, w, mode="full", flip=True), sd.conv1d(z, w, mode="full")),
    "mean for sum": (sd.mean(a), sd.sum(a)),
    "mean of squares for square of mean": (sd.mean(a * a), sd.mean(a) ** 2),
    "commuted matrices": (A @ B, B @ A),
}


@pytest.mark.parametrize("name", TRUE)
def test_proved(name):
    verdict = sd.prove(*TRUE[name])
    assert verdict.status == "proved"
    assert verdict.proof.status == "proved"


@pytest.mark.parametrize("name", TRUE)
def test_proved_with_the_sides_exchanged(name):
    assert sd.prove(*reversed(TRUE[name])).status == "proved"


@pytest.mark.parametrize("name", FALSE)
def test_mutant_is_refuted_with_a_counterexample_that_is_one(name):
    lhs, rhs = FALSE[name]
    verdict = sd.prove(lhs, rhs)
    assert verdict.status == "refuted"
    found = verdict.counterexample
    values = []
    for side in (lhs, rhs):
        read = {s.name for s in sd.prove(side, side).proof.title and _names(side)}
        data = {name: value for name, value in {**found.sizes, **found.arrays}.items() if name in read}
        value = np.asarray(sd.evaluate(side, **data), dtype=float)
        values.append(float(value[tuple(e - 1 for e in found.entry)]) if found.entry else float(value))
    assert values == pytest.approx([found.lhs, found.rhs])
    assert abs(values[0] - values[1]) > 1e-9


def _names(expr):
    from symderiv.numeric.evaluate import Variables

    class Name(str):
        name = property(str)

    return [Name(name) for name in Variables([expr]).names]


def test_smallest_counterexample_comes_first():
    verdict = sd.prove(A @ B, B @ A)
    assert verdict.counterexample.sizes == {"n": 2}


def test_same_seed_gives_the_same_verdict():
    lhs, rhs = FALSE["commuted matrices"]
    first, second = sd.prove(lhs, rhs, seed=3), sd.prove(lhs, rhs, seed=3)
    assert str(first.counterexample) == str(second.counterexample)


def test_sides_of_different_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"\(m,\).*\(n,\)"):
        sd.prove(z, x)


def test_free_letters_in_operands():
    p = sd.indices("p", n)
    assert sd.prove(x[p] * A, A * x[p]).status == "proved"
    assert sd.prove(sd.sum(A[p, :]), (A @ sd.ones(n))[p]).status == "proved"


def test_symmetry_is_used_where_it_is_declared():
    assert sd.prove(S.T, S).status == "proved"
    assert sd.prove(A.T, A).status == "refuted"


def test_assumptions_on_sizes_are_used():
    d = sd.dims("d")
    v = sd.tensor("v", d)
    letter = sd.indices("r", d)
    cut = sd.Sum(v[letter] * sd.iverson(letter <= k), letter)
    assert sd.prove(cut, sd.sum(v)).status == "refuted"
    assert sd.prove(cut, sd.sum(v), assuming=[d <= k]).status == "proved"


def test_exponential_of_a_sum():
    assert sd.prove(exp(sd.Sum(a[i], i) + c), exp(c) * exp(sd.Sum(a[j], j))).status == "proved"
