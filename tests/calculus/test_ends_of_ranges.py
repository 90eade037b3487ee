"""What holds inside a range does not hold outside, and what holds for long ranges not for short ones."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import exp, log, tanh

import symderiv as sd
from symderiv.calculus.canonical import Canonical
from symderiv.errors import IndexError_
from symderiv.lowering.export import export
from symderiv.lowering.program import Program
from symderiv.numeric.evaluate import evaluate
from symderiv.terms.affine import Idx, constant
from symderiv.terms.nodes import Sym, ent, total

n, T = sd.dims("n T")
i, j, k = sd.indices("i j k", n)
t = sd.indices("t", T)
S = sd.Sum
A, x, y = sd.tensor("A", n, n), sd.tensor("x", n), sd.tensor("y", n)
z, w, u = sd.tensor("z", T, n), sd.tensor("w", T), sd.tensor("u", T)
P, q = sd.tensor("P", T, n, sums_to_one=True), sd.tensor("q", n, sums_to_one=True)
ys = sd.label("ys", n, shape=(T,))
a = sd.tensor("a", n, positive=True)

FALSE = {
    "two axes of one size": lambda: (S(A[i, j], (i, 1, n - 1), (j, 1, n - 1)),
                                     sd.trace(A) - S(A[n, k], k) - (n - 1) * A[n, n]),
    "three cut axes": lambda: (S(A[i, j] * A[j, k], (i, 1, n - 1), (j, 1, n - 1), (k, 1, n - 1)), S(A[i, i] ** 2, i)),
    "both ends of a sum": lambda: (S(x[i], (i, 2, n - 1)), sd.sum(x) - x[1] - x[n]),
    "both ends, read backwards": lambda: (S(x[n + 1 - i], (i, 2, n - 1)), sd.sum(x) - x[1] - x[n]),
    "two at each end": lambda: (S(x[i], (i, 3, n - 2)), sd.sum(x) - x[1] - x[2] - x[n - 1] - x[n]),
    "total of a shifted row": lambda: (S(P[t + 1, i] * w[t], t, i), sd.sum(w)),
    "total of a strided row": lambda: (S(P[2 * t, i] * w[t], t, i), sd.sum(w)),
    "total of a softmax's shifted row": lambda: (S(sd.softmax(z)[t - 1, i] * w[t], t, i), sd.sum(w)),
    "total over a part of the axis": lambda: (S(q[i + 1] * w[t], i, t), sd.sum(w)),
    "label outside its array": lambda: (S(sd.delta(i, ys[t + 1]) * w[t], t, i), sd.sum(w)),
    "exponent that may be 0": lambda: (S(u[t + 1] ** (n - 1), t), S(u[t] ** (n - 1), t) - u[1] ** (n - 1)),
    "exponent that may be 0 the other way": lambda: (S(u[t + 1] ** (3 - n), t), S(u[t] ** (3 - n), t) - u[1] ** (3 - n)),
    "function that is 1 at 0": lambda: (S(exp(x[i + 1]), i), S(exp(x[i]), i) - exp(x[1])),
    "reciprocal of what has none": lambda: (S(sd.sigmoid(x[i + 1]), i), S(sd.sigmoid(x[i]), i) - sd.sigmoid(x[1])),
    "logarithm of a product": lambda: (S(sd.iverson(a[i + 1] > 0), i), S(1, i)),
}
TRUE = {
    "one end of a sum": lambda: (S(x[i], (i, 2, n)), sd.sum(x) - x[1]),
    "shift over the end": lambda: (S(x[i + 1], i), sd.sum(x) - x[1]),
    "a row's total inside": lambda: (S(P[t, i] * w[t], t, i), sd.sum(w)),
    "a shifted row's total": lambda: (S(P[t + 1, i] * w[t], t, i), S(w[t], (t, 1, T - 1))),
    "where the weight is inside": lambda: (S(P[t + 1, i] * w[t + 1], t, i), S(w[t], (t, 2, T))),
    "labels of the whole array": lambda: (S(sd.delta(i, ys[t]) * w[t], t, i), sd.sum(w)),
    "exponent that is 2": lambda: (S(u[t + 1] ** 2, t), S(u[t] ** 2, t) - u[1] ** 2),
    "ranges that depend on each other": lambda: (S(x[i] * S(y[k], (k, j + 1, n), (j, i, n)), i),
                                                 S(x[i] * y[k], (k, j + 1, n), (j, i, n), i)),
}


@pytest.mark.parametrize("case", FALSE)
def test_is_not_proved(case):
    assert sd.prove(*FALSE[case](), numeric=False).status != "proved"


@pytest.mark.parametrize("case", TRUE)
def test_is_proved(case):
    assert sd.prove(*TRUE[case]()).status == "proved"


@pytest.mark.parametrize("loss", [
    lambda: S(-P[t + 1, i] * (z[t, i] - log(S(exp(z[t, j]), j))), t, i),
    lambda: S((sd.softmax(z)[t + 1, i] - sd.softmax(z)[t, i]) * w[t] * z[t, 1], t, i),
    lambda: S(-P[T + 1 - t, i] * (z[t, i] - log(S(exp(z[t, j]), j))), t, i),
    lambda: S(-P[2 * t - 1, i] * log(sd.softmax(z)[t, i]), t, i),
    lambda: S(-sd.delta(i, ys[t + 1]) * (z[t, i] - log(S(exp(z[t, j]), j))), t, i),
], ids=["next row", "difference of rows", "reflected", "strided", "label of the next row"])
def test_gradient_where_a_total_is_taken_of_a_row_outside(loss):
    d = sd.derive(loss(), z)
    assert d.status == "proved" and d.check().ok


def test_an_empty_sum_is_nothing_whatever_depends_on_its_letter():
    total_ = S(tanh(x[j]) * y[i], (j, i, n), (i, 1, n - 2))
    assert sd.evaluate(total_, x=[1.0], y=[2.0]) == 0
    assert sd.prove(total_, total_).status == "proved"


def test_a_letter_is_bound_once():
    letter = Idx("i", constant(1), constant(3))
    with pytest.raises(IndexError_):
        total(ent(Sym("x", (constant(3),)), letter and constant(1)), (letter, letter))


@pytest.mark.parametrize("form", [lambda D: S(log(a[i]) * D[2 * i - 1, i + 1], (i, 2, n)),
                                  lambda D: S(sd.delta(i, 2) * x[3] / a[i], i),
                                  lambda D: S(sd.delta(i, 3) * log(a[i]) * A[i, 4], i)])
def test_what_has_no_value_outside_a_range_keeps_its_range(form):
    e = form(sd.tensor("D", n, n, diagonal=True))
    f = sd.prove(e, e + 0 * x[1])
    assert f.status == "proved"
    arrays = {"a": np.ones(1), "D": np.ones((1, 1)), "x": np.ones(1), "A": np.ones((1, 1))}
    told = {name: array for name, array in arrays.items() if f"{name}[" in str(e)}
    assert sd.evaluate(e, **told) == 0 and evaluate(export(Canonical().node(Program().scalar(e))), **told) == 0
