"""Expressions are read in one form: every rule keeps the value, and spellings of one function give one derivative."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Rational

import symderiv as sd
from symderiv.layers.arranged import AS_A_WHOLE, READING
from symderiv.proof.reading import read, reordered

n, m, N = sd.dims("n m N")
x, y, z, w = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("z", n), sd.tensor("w", n, positive=True)
X, Y, A, B = sd.tensor("X", N, n), sd.tensor("Y", N, n), sd.tensor("A", n, n), sd.tensor("B", m, m)
a, q = sd.tensor("a"), sd.tensor("q", n, sums_to_one=True)
half, eps = Rational(1, 2), Rational(1, 1000)
mu, dev = sd.mean(X, axis=1, keepdims=True), X - sd.mean(X, axis=1, keepdims=True)
E = sd.exp(X)

# (as it is spelled, as it is read)
READ = {
    "softmax": (sd.exp(z) / sd.sum(sd.exp(z)), sd.softmax(z)),
    "softmax by the mean": (sd.exp(a * z) / (n * sd.mean(sd.exp(a * z))), sd.softmax(a * z)),
    "softmax of rows": (Y * E / sd.sum(E, axis=1, keepdims=True), Y * sd.softmax(X)),
    "softmax of columns": (E / sd.sum(E, axis=0), sd.softmax(X, axis=0)),
    "softmax by new axes": (E / sd.sum(E, axis=1)[:, None], sd.softmax(X)),
    "softmax from its logarithm": (sd.exp(z - sd.log(sd.sum(sd.exp(z)))), sd.softmax(z)),
    "a score of a softmax": (y @ sd.exp(z) / sd.sum(sd.exp(z)), y @ sd.softmax(z)),
    "logsumexp": (sd.log(sd.sum(sd.exp(z))), sd.logsumexp(z)),
    "log of a sum over two": (sd.log(sd.sum(sd.exp(z)) / 2), sd.logsumexp(z) - sd.log(2)),
    "log-softmax": (sd.log(sd.softmax(z)), sd.log_softmax(z)),
    "log-softmax of a distribution": (q @ sd.log_softmax(z), q @ z - sd.logsumexp(z)),
    "a mixture": (sd.log(sd.exp(X) @ w), sd.logsumexp(X + sd.log(w), axis=1)),
    "sigmoid": (1 / (1 + sd.exp(-z)), sd.sigmoid(z)),
    "sigmoid from above": (sd.exp(z) / (1 + sd.exp(z)), sd.sigmoid(z)),
    "softplus": (sd.log(1 + sd.exp(-z)), sd.softplus(-z)),
    "log sigmoid": (sd.log(sd.sigmoid(z)), -sd.softplus(-z)),
    "log of the other probability": (sd.log(1 - sd.sigmoid(z)), -sd.softplus(z)),
    "both signs": (sd.sum(sd.softplus(z)) + y @ sd.softplus(-z), sd.sum(sd.softplus(z)) + y @ (sd.softplus(z) - z)),
    "mean": (sd.sum(X, axis=0) / N, sd.mean(X, axis=0)),
    "mean square": (x @ x / n, sd.mean(x**2)),
    "variance": (sd.mean((x - sd.mean(x))**2), sd.var(x)),
    "variance by moments": (sd.mean(x**2) - sd.mean(x)**2, sd.var(x)),
    "variance of rows": (sd.mean(dev**2, axis=1), sd.var(X, axis=1)),
    "standard deviation": (sd.var(x) ** half, sd.std(x)),
    "norm": (sd.sqrt(sd.sum(x * x)), sd.norm(x)),
    "norm of a matrix": (sd.sqrt(sd.trace(X.T @ X)), sd.norm(X)),
    "squared norm": (sd.norm(x)**2, x @ x),
    "dot": (sd.sum(y * x), x @ y),
    "order": (-y + x, x - y),
    "new axes in front": (x[:, None] - y[None, :], x[:, None] - y),
    "decimals": (sd.var(x) + 0.001, sd.var(x) + eps),
    "diagonal": (sd.diag(w) @ x, w * x),
    "ones": (A @ sd.ones(n), sd.sum(A, axis=1)),
    "trace of Kronecker": (sd.trace(sd.kron(A, B)), sd.trace(A) * sd.trace(B)),
    "logdet of Kronecker": (sd.logdet(sd.kron(A, B)), m * sd.logdet(A) + n * sd.logdet(B)),
    "mixed product": (sd.kron(A, B) @ sd.kron(A, B), sd.kron(A @ A, B @ B)),
}

# Identities of determinants, logarithms and blocks that the rules state, and canonical forms or certificates do not know.
AXIOMS = {READ[name][1]: ("supported",) for name in (
    "log of a sum over two", "logdet of Kronecker")}

# What looks alike and is another function, or another value at some point.
LEFT = {
    "another normaliser": sd.exp(z) / sd.sum(sd.exp(y)),
    "of the wrong axis": sd.exp(A) / sd.sum(sd.exp(A), axis=1),
    "an argument that may be negative": sd.exp(sd.log(x)),
    "x / x at 0": x / x,
    "weights that may be negative": sd.log(sd.exp(X) @ x),
    "an unknown total": y @ sd.log_softmax(z),
    "a factor that may be negative": sd.log(a * sd.sum(sd.exp(z))),
    "the unbiased variance": sd.var(x, ddof=1) + 1,
    "a mean of another array": sd.mean((x - sd.mean(y))**2),
}


@pytest.mark.parametrize("spelled, named", READ.values(), ids=READ)
def test_what_is_written_out_is_read_by_its_name(spelled, named):
    found = read(spelled)
    assert found.after == read(named).after
    assert sd.prove(spelled, found.after).status in ("proved", *AXIOMS.get(named, ()))


@pytest.mark.parametrize("spelled", LEFT.values(), ids=LEFT)
def test_what_only_looks_alike_is_left(spelled):
    found = read(spelled)
    assert found.after == spelled or str(found.after) == str(spelled)


def test_the_standardised_input_has_its_names():
    found = read(sd.sum(Y * (-mu + X) / (sd.var(X, axis=1, keepdims=True) + 0.001) ** half))
    assert "xhat" in str(found.after) and sd.prove(found.before, found.after).status == "proved"


def test_every_rule_is_used_and_named_once():
    names = [rule.name for rule in (*READING, *AS_A_WHOLE)]
    assert len(set(names)) == len(names)


def test_what_is_differentiated_by_is_not_looked_into():
    e = sd.exp(z)
    assert str(sd.derive(sd.sum(y * e / sd.sum(e)), e).closed) != str(sd.derive(sd.sum(y * e / sd.sum(e)), z).closed)
    assert sd.derive(sd.sum(y * e / sd.sum(e)), e).status == "proved"


def test_what_is_used_twice_stays_one_array():
    layer = x
    for k in range(5):
        layer = layer * sd.sigmoid(sd.tensor(f"W{k}", n, n) @ layer)
    assert len(str(sd.derive(sd.sum(layer), sd.tensor("W0", n, n)).proof.definitions)) < 200


def test_a_forged_reading_is_refused():
    d = sd.derive(sd.sum(sd.exp(z)) / n, z)
    claim = d.proof.claims[0]
    assert d.status == "proved" and claim.reading.rewrites
    for reading in (replace(claim.reading, after=sd.sum(z)), replace(claim.reading, before=sd.sum(z))):
        assert replace(d, proof=replace(d.proof, claims=(replace(claim, reading=reading),))).status != "proved"


def test_the_certificate_of_a_reading_says_both():
    d = sd.derive(sd.exp(z) / sd.sum(sd.exp(z)), z)
    assert str(d.closed) == "Diag(p) - p*p.T" and d.status == "proved" and d.certified


def test_the_square_of_a_distribution_beside_another_term_is_one_dot_product():
    n = sd.dims("n")
    x = sd.tensor("x", n)
    for p in (sd.softmax(x), sd.log_softmax(x)):
        d = sd.derive(sd.sqrt(sd.sum(p**2) + 1), x)
        assert d.status == "proved" and d.check().ok


REORDERED = {
    "brackets of a sum": ((x + y) + z, x + (y + z)),
    "order of a product": (x * y * z, z * (y * x)),
    "inside of functions": (sd.tanh((A @ x + y) + z) * w, w * sd.tanh(z + (y + A @ x))),
    "a number between": (a * (x + y) * z, z * ((y + x) * a)),
    "shared parts": (sd.sum(((x + y) + z)**2) * (x + y), (y + x) * sd.sum((z + (y + x))**2)),
}
OTHERWISE = {
    "a difference": (x - y, y - x),
    "a product of matrices": (A @ X.T, (X @ A).T),
    "a product taken for a sum": (x * y + z, x + y * z),
    "a term lost": (x + y + y, x + y),
    "a factor lost": (x * y * y, x * y),
    "distributed": (A @ (x + y), A @ x + A @ y),
    "another axis": (sd.sum(A, axis=0) * x, x * sd.sum(A, axis=1)),
    "another function": (sd.tanh(x + y), sd.sin(y + x)),
    "an exponent": ((x + y)**2, (y + x)**3),
    "a quotient": (x / y * z, x / (y * z)),
    "a row for a column": (X + sd.reshape(x, (1, n)), X + 2 * sd.reshape(x, (1, n))),
}


@pytest.mark.parametrize("name", REORDERED)
def test_what_is_only_reordered_is_seen(name):
    assert reordered(*REORDERED[name]) and reordered(*reversed(REORDERED[name]))


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_more_than_reordered_is_not_taken_for_it(name):
    assert not reordered(*OTHERWISE[name])


def test_a_sum_that_doubles_with_every_level_is_not_written_out():
    h = x
    for _ in range(60):
        h = h + h * y + h
    assert reordered(h, h) and not reordered(h, h + x)


def test_a_layer_with_a_bias_needs_no_certificate_of_its_reading():
    d = sd.derive(sd.sum(sd.tanh(A @ x + sd.tensor("C", n, n) @ z + y)), y)
    assert d.status == "proved" and "all" not in d.certificate()["statement"]
