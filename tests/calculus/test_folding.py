"""Names survive, and what cancels is seen: the rules that write results as short as by hand."""

from __future__ import annotations

import pytest

import symderiv as sd

m, n, N = sd.dims("m n N")
x, y, z, q, g = (sd.tensor(name, n) for name in "xyzqg")
W, X, t = sd.tensor("W", m, n), sd.tensor("X", N, n), sd.tensor("t", N)
w = sd.tensor("w", n)
delta = sd.tensor("delta", positive=True)


def text(derivation):
    """The closed form as text, of a derivation that is proved and agrees with numbers."""
    assert derivation.status == "proved"
    assert derivation.check(samples=2).ok
    return str(derivation.closed)


def test_the_probability_cancels_in_binary_cross_entropy():
    assert text(sd.derive(sd.binary_cross_entropy(sd.sigmoid(z), q), z)) == "(sigmoid(z) - q)/n"


def test_logarithms_of_a_sigmoid_cancel_as_well():
    loss = -sd.sum(t * sd.log(sd.sigmoid(X @ w)) + (1 - t) * sd.log(1 - sd.sigmoid(X @ w)))
    assert text(sd.derive(loss, w)) == "X.T*(sigmoid(X*w) - t)"


def test_deviations_add_up_to_nothing():
    assert text(sd.derive(sd.sum((x - sd.mean(x))**2), x)) == "2*(x - mean(x))"


def test_a_mean_that_is_named_takes_its_own_sum_in():
    mu = sd.define("mu", (), sd.mean(x))
    assert text(sd.derive(sd.sum((x - mu)**2), x)) == "2*(x - mu)"


def test_the_standard_deviation_is_named_in_its_own_derivative():
    assert text(sd.derive(sd.std(x), x)) == "(x - mean(x))/(n*std(x))"


@pytest.mark.parametrize("loss, closed", [
    (sd.huber(x, y, delta, reduction="sum"), "clip(x - y, -delta, delta)"),
    (sd.sum(sd.abs(x)**3), "3*abs(x).*x"),
    (sd.sum(sd.relu(x)**2) / 2, "relu(x)"),
    (sd.sum(sd.log(x**2)), "2./x"),
    (sd.sum(sd.log(sd.cosh(x))), "tanh(x)"),
    (sd.sum(sd.log(1 + sd.exp(x))), "sigmoid(x)"),
    (sd.sum(sd.log(1 + sd.exp(-x))), "-sigmoid(-x)"),
], ids=["Huber", "cube", "squared hinge", "logarithm of a square", "log cosh", "softplus", "softplus of the negative"])
def test_functions_meet(loss, closed):
    assert text(sd.derive(loss, x)) == closed


def test_constants_pass_by_what_sums_to_one():
    entropy = -sd.sum(sd.softmax(z) * sd.log(sd.softmax(z)))
    d = sd.derive(entropy, z)
    assert text(d) == "softmax(z).*(z.T*softmax(z) - z)"


def test_smoothed_targets_sum_to_one():
    eps, label = sd.tensor("eps"), sd.label("y", n)
    smoothed = (1 - eps) * sd.one_hot(label, n) + eps / n * sd.ones(n)
    assert text(sd.derive(sd.cross_entropy(z, smoothed), z)) == "(eps - 1)*e_y + softmax(z) - eps/n"


def test_an_array_that_is_differentiated_by_stays_itself():
    less = 1 - x
    assert text(sd.derive(sd.sum(less**2), less)) == "2*(1 - x)"
    assert text(sd.derive(sd.sum(less**2), x)) == "2*(x - 1)"


def test_an_entry_outside_its_range_is_zero_and_not_the_number():
    i = sd.indices("i", n)
    loss = sd.Sum((1 - x)[i + 1]**2, i)
    d = sd.derive(loss, x)
    assert d.status == "proved" and d.check(samples=2).ok


@pytest.mark.parametrize("scaled, closed", [
    (2 * x, "2*softmax(2*x)"), (-x, "-softmax(-x)"), (x / n, "softmax(x/n)/n"), (1 - x, "-softmax(-x)")])
def test_scaled_scores_are_still_scores_of_a_softmax(scaled, closed):
    assert text(sd.derive(sd.logsumexp(scaled), x)) == closed


@pytest.mark.parametrize("depth", [3, 12])
def test_deep_networks_are_proved_at_once(depth):
    a = X
    weights = [sd.tensor(f"W{k}", n, n) for k in range(depth)]
    for k, weight in enumerate(weights):
        a = sd.relu(a @ weight + sd.tensor(f"b{k}", n))
    d = sd.derive(sd.cross_entropy(a, sd.label("y", n, shape=(N,))), weights[0])
    assert d.status == "proved"


@pytest.mark.parametrize("depth", [3, 24])
def test_deep_gated_networks_are_proved_at_once(depth):
    a = x
    weights = tuple(sd.tensor(f"W{k}", n, n) for k in range(depth))
    for weight in weights:
        a = a * sd.sigmoid(weight @ a)
    first, last = sd.derive(sd.sum(a), (weights[0], weights[-1]))
    assert first.status == last.status == "proved"


def test_self_attention_is_proved():
    d = sd.dims("d")
    S = sd.tensor("S", N, d)
    q_, k_, v_ = (sd.tensor(f"W{name}", d, d) for name in "qkv")
    loss = sd.sum(sd.attention(S @ q_, S @ k_, S @ v_) * sd.tensor("G", N, d))
    assert {one.status for one in sd.derive(loss, (q_, k_, v_, S))} == {"proved"}
