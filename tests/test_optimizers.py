"""Updates of optimizers: their equations, exact steps, and the averages in them."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Rational

import symderiv as sd
from symderiv.errors import DeclarationError, ShapeError

x, gamma = sd.tensor("x", 2), sd.tensor("gamma")
LOSS = 2 * x[1] + 3 * x[1] * x[2]


def gradient(p):
    return np.array([2 + 3 * p[1], 3 * p[0]], dtype=object)


@pytest.mark.parametrize("friction", [Fraction(9, 10), Fraction(1, 2), 0.9])
def test_momentum_averages_the_gradient(friction):
    u = sd.momentum(LOSS, x, rate=gamma, friction=friction)
    v, position = u.equations
    beta = Rational(str(friction))
    assert [sd.prove(a, b).status for a, b in zip(u.entries(v), (
        beta * v[1] + (1 - beta) * (2 + 3 * x[2]), beta * v[2] + (1 - beta) * 3 * x[1]), strict=True)] == ["proved"] * 2
    assert [sd.prove(a, x[k] - gamma * v[k]).status for k, a in enumerate(u.entries(position), 1)] == ["proved"] * 2
    assert u.status == "proved" and u.check().ok


def test_steps_are_exact_and_those_of_a_plain_loop():
    u = sd.momentum(LOSS, x, rate=Fraction(1, 10), friction=Fraction(9, 10))
    p, v = np.array([Fraction(1), Fraction(2)], dtype=object), np.zeros(2, dtype=object)
    for row in u.run(4, x=[1, 2]):
        v = Fraction(9, 10) * v + Fraction(1, 10) * gradient(p)
        p = p - Fraction(1, 10) * v
        assert list(row["v"]) == list(v) and list(row["x"]) == list(p)


def test_steps_with_symbols_are_those_with_numbers():
    u = sd.momentum(LOSS, x, rate=gamma, friction=Fraction(9, 10), corrected=True)
    exact = sd.momentum(LOSS, x, rate=Fraction(1, 10), friction=Fraction(9, 10), corrected=True).run(3, x=[1, 2])
    rows = u.symbolic(3, x=[1, 2])
    assert [[e.xreplace({gamma: Rational(1, 10)}) for e in row["x"]] for row in rows] == [list(row["x"]) for row in exact]
    assert u.symbolic(1)[0]["v"] == ((2 + 3 * x[2]) / 10, 3 * x[1] / 10)


def test_correction_divides_by_the_sum_of_the_weights():
    u = sd.momentum(LOSS, x, rate=Fraction(1, 10), friction=Fraction(9, 10), corrected=True)
    first, second = u.run(2, x=[1, 2])
    # After one step the corrected velocity is the gradient itself.
    assert list(first["x"]) == [Fraction(1) - Fraction(8, 10), Fraction(2) - Fraction(3, 10)]
    v = Fraction(9, 10) * np.array(first["v"]) + Fraction(1, 10) * gradient(first["x"])
    assert list(second["x"]) == list(first["x"] - Fraction(1, 10) / (1 - Fraction(81, 100)) * v)


def test_nesterov_looks_ahead():
    u = sd.momentum(LOSS, x, rate=Fraction(1, 10), friction=Fraction(1, 2), nesterov=True)
    first, second = u.run(2, x=[1, 2])
    ahead = first["x"] - Fraction(1, 20) * first["v"]
    assert list(second["v"]) == list(Fraction(1, 2) * first["v"] + Fraction(1, 2) * gradient(ahead))


def test_rmsprop_adam_and_weight_decay_follow_their_papers():
    values = {"x": np.array([1.0, 2.0])}
    g = gradient(values["x"]).astype(float)
    row, = sd.rmsprop(LOSS, x, rate=0.1, decay=0.9, eps=0.01).run(1, **values)
    assert np.allclose(row["x"], values["x"] - 0.1 * g / (np.sqrt(0.1 * g**2) + 0.01))
    row, = sd.adam(LOSS, x, rate=0.1, first=0.9, second=0.999, eps=0.01).run(1, **values)
    assert np.allclose(row["x"], values["x"] - 0.1 * g / (np.abs(g) + 0.01))
    row, = sd.adam(LOSS, x, rate=0.1, first=0.9, second=0.999, eps=0.01, weight_decay=0.5).run(1, **values)
    assert np.allclose(row["x"], 0.95 * values["x"] - 0.1 * g / (np.abs(g) + 0.01))
    row, = sd.sgd(LOSS, x, rate=0.1, weight_decay=0.5).run(1, **values)
    assert np.allclose(row["x"], values["x"] - 0.1 * (g + 0.5 * values["x"]))


def test_matrices_and_symbolic_sizes():
    m, n = sd.dims("m n")
    W, inputs, target = sd.tensor("W", m, n), sd.tensor("a", n), sd.tensor("b", m)
    u = sd.momentum(sd.sum((W @ inputs - target) ** 2), W, rate=gamma, friction=0.9, damped=False)
    assert "v <- 9*v/10 + 2*(W*a - b)*a.T" in str(u)
    with pytest.raises(ShapeError, match="known size"):
        u.entries(next(iter(u.equations)))


def test_the_moving_average_and_its_correction_are_proved():
    beta = sd.tensor("beta", positive=True)
    for value in (beta, 0.9, Fraction(1, 3)):
        assert sd.moving_average(value).status == "proved"
        found = sd.bias_correction(value)
        assert found.status == "proved" and found.check().ok
        assert found.proof.status == "proved"


def test_bad_input_is_refused():
    with pytest.raises(ShapeError):
        sd.sgd(x, x, rate=0.1)
    with pytest.raises(DeclarationError, match="use another name"):
        sd.momentum(LOSS * sd.tensor("v"), x, rate=0.1, friction=0.9)
    with pytest.raises(DeclarationError, match="no bias"):
        sd.momentum(LOSS, x, rate=0.1, friction=0.9, damped=False, corrected=True)
    with pytest.raises(DeclarationError, match="where does x start"):
        sd.sgd(LOSS, x, rate=0.1).run(1)
