"""Recurrences: run, solved, and their claimed closed forms proved."""

from fractions import Fraction

import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import DeclarationError, NoRule, ShapeError

T, n = sd.dims("T n")
t, i = sd.indices("t i", T)
k = sd.indices("k", n)
beta, eta, lam = sd.tensor("beta", positive=True), sd.tensor("eta"), sd.tensor("lambda")
g, G = sd.tensor("g", T), sd.tensor("G", T, n)
v, x, x0 = sd.tensor("v"), sd.tensor("x"), sd.tensor("x_0")


def weighted(last=t):
    return (1 - beta) * sd.Sum(beta ** (t - i) * g[i], (i, 1, last))


def test_an_average_unrolls_into_a_weighted_sum():
    found = sd.recurrence(v, beta * v + (1 - beta) * g[t], t).closed
    assert found.status == "proved" and found.form == weighted()
    assert found.proof.status == found.status
    assert found.check().ok
    # A power stands in the sum that has others of its base, not before it as 1/β^k.
    assert r"\beta^{t - k}" in found.proof.latex() and r"\frac{g_{k}}{" not in found.proof.latex()


def test_a_linear_recurrence_is_solved_with_its_start():
    found = sd.recurrence(x, (1 - eta * lam) * x - eta * g[t], t, start=x0).closed
    assert found.status == "proved"
    assert sd.prove(found.form.xreplace({x0: sd.tensor("c")}), found.form).status == "refuted"
    assert found.check().ok


def test_an_entry_of_a_vector_recurrence_has_a_free_letter():
    found = sd.recurrence(v, beta * v + (1 - beta) * G[t, k], t).closed
    assert found.status == "proved" and k in found.form.free_symbols


def test_vectors_and_systems_are_proved_too():
    V = sd.tensor("V", n)
    form = sd.define("c", (t, k), (1 - beta) * sd.Sum(beta ** (t - i) * G[i, k], (i, 1, t)))
    assert sd.recurrence(V, beta * V + (1 - beta) * G[t], t).prove(form[t]).status == "proved"
    new = beta * v + (1 - beta) * g[t]
    both = sd.recurrence((v, x), (new, x - eta * new), t, start=(0, x0))
    assert both.prove(weighted(), x0 - eta * sd.Sum((1 - beta ** (t - i + 1)) * g[i], (i, 1, t))).status == "proved"
    late = both.prove(weighted(), x0 - eta * sd.Sum((1 - beta ** (t - i)) * g[i], (i, 1, t)))
    assert late.status == "refuted" and late.counterexample.state == "x"


@pytest.mark.parametrize("wrong", [weighted(t - 1), weighted() / (1 - beta), beta * weighted(),
                                   weighted() + (t - 1) * (t - 2)])
def test_a_wrong_form_is_refuted_at_a_step(wrong):
    found = sd.recurrence(v, beta * v + (1 - beta) * g[t], t).prove(wrong)
    assert found.status == "refuted"
    step = found.counterexample.step
    assert step >= 1 and f"at step {step}" in str(found.counterexample)


def test_a_forgotten_start_is_refuted():
    assert sd.recurrence(x, beta * x, t, start=x0).prove(0 * x0).status == "refuted"
    assert sd.recurrence(x, beta * x, t, start=x0).prove(beta**t * x0).status == "proved"


def test_runs_are_exact_for_exact_values():
    rows = sd.recurrence(v, beta * v + (1 - beta) * g[t], t).run(3, beta=Fraction(9, 10), g=[1, 2, 3])
    assert rows == [Fraction(1, 10), Fraction(29, 100), Fraction(561, 1000)]
    V, A = sd.tensor("V", n), sd.tensor("A", n, n)
    rows = sd.recurrence(V, A @ V, t, start=sd.tensor("V_0", n)).run(3, A=[[1, 1], [1, 0]], V_0=[1, 0])
    assert [list(r) for r in rows] == [[1, 1], [2, 1], [3, 2]]
    rows = sd.recurrence(v, t * v, t, start=1).run(5)
    assert rows == [1, 2, 6, 24, 120]


def test_runs_agree_with_the_closed_form():
    rec = sd.recurrence(v, beta * v + (1 - beta) * g[t], t)
    values = np.random.default_rng(0).normal(size=6)
    rows = rec.run(6, beta=0.7, g=values)
    form = rec.closed.form
    assert np.allclose(rows, [sd.evaluate(form, t=s, beta=0.7, g=values) for s in range(1, 7)])


def test_what_is_not_linear_is_refused():
    with pytest.raises(NoRule, match="not linear"):
        _ = sd.recurrence(v, v**2, t, start=2).closed
    with pytest.raises(NoRule, match="from step to step"):
        _ = sd.recurrence(v, v * g[t], t, start=1).closed


def test_a_state_read_as_a_whole_matrix_is_not_taken_for_a_constant():
    V = sd.tensor("V", n, n)
    rec = sd.recurrence(V, sd.inv(V), t, start=sd.tensor("V_0", n, n))
    assert rec.prove(sd.tensor("V_0", n, n)).status == "refuted"


def test_shapes_and_declarations_are_checked():
    V = sd.tensor("V", n)
    with pytest.raises(ShapeError):
        sd.recurrence(V, sd.sum(V), t)
    with pytest.raises(ShapeError):
        sd.recurrence(v, beta * v, t).prove(V)
    with pytest.raises(DeclarationError, match="written with the state"):
        sd.recurrence(v, beta * v, t).prove(beta * v)
    with pytest.raises(DeclarationError, match="not an index letter"):
        sd.recurrence(v, v, T)
    with pytest.raises(DeclarationError, match="depends on the step"):
        sd.recurrence(v, v, t, start=g[t])


def test_a_step_of_descent_on_a_quadratic_is_linear_as_it_is_written():
    """x - γ(λx - b) needs no multiplying out by hand; what is not linear stays refused."""
    x, x0, rate, slope, b = (sd.tensor(name) for name in ("x", "x_0", "gamma", "lambda", "b"))
    found = sd.recurrence(x, x - rate * (slope * x - b), t, start=x0)
    assert found.closed.status == "proved" and found.closed.check().ok
    kept = 1 - rate * slope
    assert found.prove(kept**t * x0 + b * rate * sd.Sum(kept ** (t - i), (i, 1, t))).status == "proved"
    assert found.prove((1 + rate * slope) ** t * x0).status == "refuted"
    with pytest.raises(NoRule, match="not linear"):
        _ = sd.recurrence(x, x - rate * x * (x - b), t, start=x0).closed
