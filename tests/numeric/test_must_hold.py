"""Expressions on which matrix systems return 0 or drop a term, and index expressions that are easily misread.

Each first and second derivative is compared, at pairwise different sizes, with derivatives of the primal by two methods;
values are compared with loops written out.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sympy import Ne, exp, log

import symderiv as sd

m, n, k = sd.dims("m n k")
i, j, q = sd.indices("i", m), sd.indices("j", n), sd.indices("q", k)
j2 = sd.indices("j2", n)
x, y, u = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("u", m)
A, X, W, V = sd.tensor("A", n, n), sd.tensor("X", n, n), sd.tensor("W", m, n), sd.tensor("V", n, k)
S = sd.tensor("S", 3, 3)
s3, t3 = sd.tensor("s3", 3), sd.tensor("t3", 3)

MATRICES = {
    "tr(AX) + tr(X'X)": (sd.trace(A @ X) + sd.trace(X.T @ X), X),
    "log(det(X))": (log(sd.det(X)), X),
    "exp(tr(X))": (exp(sd.trace(X)), X),
    "(x'Ax)/(x'x) in x": ((x @ A @ x) / (x @ x), x),
    "(x'Ax)/(x'x) in A": ((x @ A @ x) / (x @ x), A),
    "tr(X) + 1": (sd.trace(X) + 1, X),
    "log of a sum of exponentials of Wx": (log(sd.sum(sd.exp(W @ x))), x),
    "the matrix twice, x'AAx": (x @ A @ A @ x, A),
    "the matrix and its transpose": (sd.trace(A @ X @ A.T @ X.T), X),
    "weights used twice": (sd.sum(sd.tanh(A @ sd.tanh(A @ x))), A),
    "the argument twice": (sd.norm(x * (A @ x) + x)**2, x),
    "det in a product": (sd.det(X) * sd.trace(X), X),
    "det of a product": (sd.det(A @ X @ A), X),
    "inverse between": (sd.trace(sd.inv(X) @ A @ sd.inv(X)), X),
    "sizes equal by accident, Sx": (sd.sum(sd.sin(S @ s3) * t3), S),
    "sizes equal by accident, S'x": (sd.sum(sd.sin(S.T @ s3) * t3), S),
    "sizes equal by accident, outer": (sd.sum(sd.outer(s3, t3) * S @ S), s3),
    "norm of an affine map": (sd.norm(W @ x - u), x),
    "product of scalars": ((x @ y) * (x @ A @ y), x),
    "quotient of traces": (sd.trace(A @ X) / sd.trace(X @ X), X),
}


LINEAR = ("tr(X) + 1", "(x'Ax)/(x'x) in A", "sizes equal by accident, outer")


@pytest.mark.parametrize("name", MATRICES)
def test_first_and_second_derivatives(name):
    loss, variable = MATRICES[name]
    for d in (sd.derive(loss, variable), sd.hessian(loss, variable)):
        assert d.check(samples=2).ok, d
        vanishes = d.order == 2 and name in LINEAR
        assert (str(d.closed) == f"zeros({', '.join(map(str, d.shape))})") == vanishes


INDICES = {
    "a letter in three places": (sd.Sum(W[i, j] * x[j] * y[j], i, j), W),
    "a letter in three places, by one of them": (sd.Sum(W[i, j] * x[j] * y[j], i, j), x),
    "three arrays meet in a free letter": (sd.define("f", (j,), sd.Sum(W[i, j] * u[i], i) * x[j] * y[j]), x),
    "summed in one operand only": (sd.define("f", (j,), x[j] * sd.Sum(x[j2], j2)), x),
    "summed in one operand of a quotient": (sd.define("f", (j,), exp(x[j]) / sd.Sum(exp(2 * x[j2]), j2)), x),
    "a letter bound twice, beside itself": (sd.Sum(x[j]**2, j) * sd.Sum(x[j] * y[j], j), x),
    "free outside and bound inside": (sd.define("f", (j,), x[j] * sd.define("g", (j,), x[j] * sd.Sum(x[j2], j2))[j]), x),
    "one array at two letters": (sd.Sum(X[j, j2] * X[j2, j], j, j2), X),
    "the diagonal": (sd.Sum(X[j, j] * x[j], j), X),
    "a sum over a sum": (sd.Sum(sd.Sum(W[i, j] * x[j], j)**2 * u[i], i), x),
    "neighbours": (sd.Sum((x[j + 1] - x[j])**2, j), x),
    "read from the end": (sd.Sum(x[n - j + 1] * x[j], j), x),
    "every second": (sd.Sum(x[2 * j] * y[j], j), x),
    "a triangle": (sd.Sum(sd.iverson(j2 < j) * X[j, j2] * x[j] * x[j2], j, j2), x),
    "all but itself": (sd.define("f", (j,), sd.Sum(sd.iverson(Ne(j, j2)) * x[j2], j2)), x),
    "a chain of three": (sd.Sum(W[i, j] * V[j, q] * u[i], i, j, q), V),
}


@pytest.mark.parametrize("name", INDICES)
def test_index_expressions(name):
    expr, variable = INDICES[name]
    d = sd.derive(expr, variable)
    assert d.check(samples=2).ok, d


def test_a_letter_in_three_places_is_what_the_loops_say():
    rng = np.random.default_rng(0)
    w, a, b = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=3)
    loss = INDICES["a letter in three places"][0]
    assert np.isclose(sd.evaluate(loss, W=w, x=a, y=b), sum(w[p, q] * a[q] * b[q] for p, q in
                                                            itertools.product(range(2), range(3))))
    np.testing.assert_allclose(sd.derive(loss, x).numpy()(W=w, y=b, x=a), w.sum(axis=0) * b)


def test_what_only_agrees_where_sizes_agree_is_refuted():
    square, rectangle = sd.tensor("B", n, n), sd.tensor("C", m, n)
    assert sd.prove(sd.trace(square @ A), sd.trace(A @ square)).status == "proved"
    assert sd.prove(sd.sum(S @ s3), sd.sum(S.T @ s3)).status == "refuted"
    assert sd.prove(sd.derive(x @ A @ x, x).closed, 2 * A @ x).status == "refuted"
    assert sd.prove(sd.derive(sd.sum(rectangle @ x), rectangle).closed, sd.outer(sd.ones(m), x)).status == "proved"
