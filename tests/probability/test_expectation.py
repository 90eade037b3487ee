"""Expectations and variances from what is declared, and nothing else."""

import pytest
from sympy import Rational

import symderiv as sd
from symderiv.errors import DeclarationError, ShapeError

n, m = sd.dims("n m")
s, v, mu, p = sd.tensor("sigma"), sd.tensor("nu"), sd.tensor("mu"), sd.tensor("p")
a = sd.tensor("a", n)
i = sd.indices("i", n)
w = sd.random("w", n, mean=0, var=s**2, iid=True)
x = sd.random("x", n, mean=mu, var=v**2, iid=True, independent_of=w)
z = sd.random("z", n, mean=0, var=v**2, iid=True, symmetric=True)
W = sd.random("W", m, n, mean=0, var=s**2, iid=True, independent_of=(x, z))
gauss = sd.random("g", law="normal", mean=mu, var=v**2)
mask = sd.random("q", n, law="bernoulli", p=1 - p, iid=True)
sample = sd.random("y", n, law="normal", mean=mu, var=v**2, iid=True)

SIGNS = sd.random("e", n, law="rademacher", iid=True)
X, NOISE = sd.tensor("X", m, n), sd.random("e", m, mean=0, var=s**2, iid=True)
x0 = sd.random("x", n, mean=0, var=v**2, iid=True)
W0 = sd.random("W", n, n, mean=0, var=s**2, iid=True, independent_of=x0)
KEPT = sd.random("b", law="bernoulli", p=p, independent_of=(x0, W0))

CASES = {
    "a mean": (sd.expectation, w @ x, 0),
    "a product with a mean": (sd.variance, w @ x, n * s**2 * (mu**2 + v**2)),
    "a layer": (sd.variance, W @ x, n * s**2 * (mu**2 + v**2) * sd.ones(m)),
    "a layer after a rectifier": (sd.variance, W @ sd.relu(z), n * s**2 * v**2 / 2 * sd.ones(m)),
    "a leaky rectifier": (sd.expectation, sd.leaky_relu(z, Rational(1, 10)) ** 2, Rational(101, 200) * v**2 * sd.ones(n)),
    "a sum": (sd.variance, sd.sum(x), n * v**2),
    "a weighted sum": (sd.variance, a @ x, v**2 * a @ a),
    "an average": (sd.variance, sd.mean(x), v**2 / n),
    "the variance within a sample": (sd.expectation, sd.var(x), (1 - 1 / n) * v**2),
    "its own variance": (sd.variance, sd.var(sample), 2 * v**4 * (1 - 1 / n) / n),
    "dropout": (sd.expectation, mask * a / (1 - p), a),
    "dropout's variance": (sd.variance, mask * a / (1 - p), p / (1 - p) * a**2),
    "an outer product": (sd.expectation, sd.outer(x, x), mu**2 * sd.ones(n, n) + v**2 * sd.eye(n)),
    "a quadratic form": (sd.expectation, x @ sd.tensor("A", n, n) @ x,
                         v**2 * sd.trace(sd.tensor("A", n, n)) + mu**2 * sd.sum(sd.tensor("A", n, n))),
    "the fourth moment": (sd.expectation, gauss**4, mu**4 + 6 * mu**2 * v**2 + 3 * v**4),
    "a uniform law": (sd.variance, sd.random("u", law="uniform", low=-mu, high=mu), mu**2 / 3),
    "signs": (sd.variance, sd.random("e", n, law="rademacher", iid=True) @ a, a @ a),
    "attention scores": (sd.variance, sample @ sd.random("k", n, law="normal", iid=True, independent_of=sample) / sd.sqrt(n),
                         mu**2 + v**2),
    "a random projection": (sd.expectation, sd.sum((sd.random("P", m, n, mean=0, var=1 / m, iid=True) @ a) ** 2), a @ a),
    "a trace by random signs": (sd.expectation, SIGNS @ sd.tensor("A", n, n) @ SIGNS, sd.trace(sd.tensor("A", n, n))),
    "least squares": (sd.expectation, sd.inv(X.T @ X) @ X.T @ (X @ a + NOISE), sd.inv(X.T @ X) @ X.T @ X @ a),
    "a residual branch kept at random": (sd.variance, x0 + KEPT * (W0 @ x0), v**2 * (1 + p * n * s**2) * sd.ones(n)),
    "a convolution": (sd.variance, sd.conv1d(x0, sd.random("k", 3, mean=0, var=s**2, iid=True, independent_of=x0)),
                      3 * s**2 * v**2 * sd.ones(n - 2)),
    "a constant": (sd.variance, a @ a, 0),
    "a definition": (sd.expectation, sd.define("h", (i,), sd.tanh(a[i]) * x[i]), mu * sd.tanh(a)),
    "only part is random": (sd.expectation, sd.softmax(a) * x, mu * sd.softmax(a)),
}


@pytest.mark.parametrize("name", CASES)
def test_moments_are_worked_out_proved_and_simulated(name):
    kind, expr, value = CASES[name]
    found = kind(expr)
    # Fourth moments of a sample take more steps than are looked for.
    claim = found.equals(value)
    status = "supported" if name == "its own variance" else "proved"
    assert found.status == found.proof.status == claim.status == status, (found, claim)
    assert found.check().ok


@pytest.mark.parametrize("claim", [
    lambda: sd.variance(x).equals(sd.expectation(x**2).value),
    lambda: sd.variance(w @ x).equals(s**2 * v**2),
    lambda: sd.variance(W @ sd.relu(z)).equals(n * s**2 * v**2 * sd.ones(m)),
    lambda: sd.expectation(mask * a).equals(a),
    lambda: sd.expectation(sd.var(x)).equals(v**2),
], ids=["second moment for variance", "the sum forgotten", "the half forgotten", "no scaling", "Bessel forgotten"])
def test_wrong_claims_are_refuted_and_the_simulation_sees_them(claim):
    found = claim()
    assert found.status == "refuted" and found.counterexample is not None
    assert not found.check().ok


UNDECLARED = {
    "independence of tensors": lambda: sd.variance(w @ sd.random("x", n, mean=0, var=v**2, iid=True)),
    "independence of entries": lambda: sd.variance(sd.sum(sd.random("x", n, mean=0, var=v**2))),
    "a mean": lambda: sd.expectation(sd.random("x", var=v**2)),
    "a fourth moment": lambda: sd.expectation(sd.random("x", mean=0, var=v**2) ** 4),
    "the law of a function": lambda: sd.expectation(sd.exp(gauss)),
    "the odd part": lambda: sd.expectation(sd.relu(z)),
    "a reciprocal": lambda: sd.expectation(1 / gauss),
    "an inverse": lambda: sd.expectation(sd.inv(sd.random("M", n, n, law="normal", iid=True))),
    "a determinant of a product": lambda: sd.expectation(sd.logdet(W @ W.T)),
    "two that are each independent of a third": lambda: sd.expectation(
        sd.random("b", law="normal", independent_of=gauss) * sd.random("c", law="normal", independent_of=gauss) * gauss),
}


@pytest.mark.parametrize("name", UNDECLARED)
def test_what_is_not_declared_is_not_assumed(name):
    with pytest.raises(DeclarationError, match="do not settle") as refused:
        UNDECLARED[name]()
    assert refused.value.hint


def test_linearity_needs_no_independence():
    dependent = sd.random("x", n, mean=mu, var=v**2)
    assert sd.expectation(sd.sum(dependent)).equals(n * mu).status == "proved"
    assert sd.variance(dependent).equals(v**2 * sd.ones(n)).status == "proved"


def test_an_entry_outside_the_range_is_zero_in_the_mean_as_well():
    shifted = sd.define("b", (i,), x[i + 1])
    assert sd.expectation(sd.sum(shifted)).equals((n - 1) * mu).status == "proved"


def test_the_noise_in_a_recurrence_has_a_variance_in_closed_form():
    """The chain: solve the recurrence, take the variance, sum the geometric series."""
    T = sd.dims("T")
    t, a = sd.indices("t", T), sd.tensor("a", positive=True)
    h, noise = sd.tensor("h"), sd.random("e", T, mean=0, var=s**2, iid=True)
    solved = sd.recurrence(h, a * h + noise[t], t, start=sd.tensor("h_0")).closed
    spread = sd.variance(solved.form)
    assert solved.status == spread.status == "proved"
    assert sd.prove_by_induction(spread.value, s**2 * (1 - a ** (2 * t)) / (1 - a**2), t).status == "proved"


def test_assumptions_about_sizes_are_conditions_of_the_result():
    difference = x0[2] - x0[1]
    assert sd.variance(difference, assuming=[n >= 2]).equals(2 * v**2).status == "proved"
    assert sd.variance(difference).equals(2 * v**2).status == "refuted"  # for n = 1 the second entry is 0


def test_a_mini_batch_is_unbiased_and_its_variance_falls_with_its_size():
    N, B = sd.dims("N B")
    b, k = sd.indices("b", B), sd.indices("k", N)
    g = sd.tensor("g", N)
    drawn = sd.random("I", B, law="labels", labels=N, iid=True)
    batch = sd.Sum(g[drawn[b]], b) / B
    assert sd.expectation(batch).equals(sd.mean(g)).status == "supported"  # the checker knows no random labels
    assert "at all values of the labels" in str(sd.expectation(batch).check())
    spread = sd.variance(batch).equals(sd.Sum((g[k] - sd.mean(g)) ** 2, k) / N / B)
    assert spread.status == "supported" and spread.check().ok
    dependent = sd.random("I", B, law="labels", labels=N)
    with pytest.raises(DeclarationError):
        sd.variance(sd.Sum(g[dependent[b]], b) / B)
    with pytest.raises(DeclarationError):
        sd.expectation(sd.Sum(g[k], (k, 1, drawn[1])))


def test_covariance_is_symmetric_and_bilinear():
    one, other = w @ a, sd.sum(w)
    assert sd.covariance(one, other).equals(s**2 * sd.sum(a)).status == "proved"
    assert sd.covariance(other, one).equals(sd.covariance(one, other).value).status == "proved"
    assert sd.covariance(w @ x, sd.sum(x)).equals(0).status == "proved"
    with pytest.raises(ShapeError):
        sd.covariance(w, one)


def test_the_proof_names_its_rules_and_conditions():
    proof = sd.variance(w @ x).proof
    rules = {r.rule for step in proof for r in step.rewrites}
    assert {"definition of the variance", "linearity of expectation", "independence", "moments",
            "sifting of the Kronecker delta"} <= rules
    conditions = {c for step in proof for c in step.conditions}
    assert "w and x are independent" in conditions
    assert r"\mathbb{E}" in proof.latex()


def test_a_kink_of_probability_zero_is_a_condition():
    normal = sd.random("z", n, law="normal", iid=True)
    found = sd.expectation(sd.iverson(normal[1] > 0))
    assert found.value == Rational(1, 2)
    assert any("P(z = 0) = 0" in step.conditions for step in found.proof)
    with pytest.raises(DeclarationError):
        sd.expectation(sd.iverson(z[1] > 0))  # symmetric, but 0 may have positive probability


def test_declarations_are_checked():
    with pytest.raises(DeclarationError, match="no law"):
        sd.random("x", law="cauchy")
    with pytest.raises(DeclarationError, match="takes"):
        sd.random("x", law="bernoulli", mean=1)
    with pytest.raises(DeclarationError, match="variance"):
        sd.random("x", var=-1)
    with pytest.raises(DeclarationError, match="not a probability"):
        sd.random("x", law="bernoulli", p=2)
    with pytest.raises(DeclarationError, match="not random"):
        sd.random("x", independent_of=a)
    with pytest.raises(DeclarationError, match="negative"):
        sd.random("x", mean=1, var=1, symmetric=True)
    with pytest.raises(ShapeError):
        sd.random("x", n, mean=a, var=1, iid=True)
    with pytest.raises(DeclarationError, match="depends on something random"):
        sd.expectation(sd.random("x", mean=gauss, var=1))


def test_a_claim_that_is_the_value_itself_is_not_led_to_itself():
    x = sd.random("x", mean=sd.tensor("mu"), var=1)
    assert "The claim" not in sd.expectation(x).equals(sd.tensor("mu")).proof.latex()
    a = sd.tensor("a")
    assert "The claim" in sd.variance(x).equals(sd.sin(a) ** 2 + sd.cos(a) ** 2).proof.latex()


def test_what_both_parts_lead_to_its_end_is_led_there_once():
    N, B = sd.dims("N B")
    b, k = sd.indices("b", B), sd.indices("k", N)
    g, drawn = sd.tensor("g", N), sd.random("I", B, law="labels", labels=N, iid=True)
    told = sd.variance(sd.Sum(g[drawn[b]], b) / B).equals(sd.Sum((g[k] - sd.mean(g)) ** 2, k) / N / B).proof.latex()
    assert told.count("The right side:") == told.count("The last lines are the same.") == 1 and "The claim" not in told


def test_random_tensors_are_equal_only_if_their_parameters_are():
    """They may print alike and be declared differently."""
    plain, positive = (sd.random("x", n, mean=0, var=nu**2, iid=True)
                       for nu in (sd.tensor("nu"), sd.tensor("nu", positive=True)))
    assert plain != positive and str(plain) == str(positive)
    assert sd.variance(positive[1]).value == sd.tensor("nu", positive=True)**2
    behind = [sd.random("w", n, mean=0, var=1, iid=True, independent_of=x) for x in (plain, positive)]
    assert behind[0] != behind[1]


def test_a_variance_is_written_over_the_difference_that_was_declared():
    p, a = sd.tensor("p"), sd.tensor("a", n)
    mask = sd.random("m", n, law="bernoulli", p=1 - p, iid=True)
    assert str(sd.variance(mask * a / (1 - p))).endswith("= p*a.^2/(1 - p)")
