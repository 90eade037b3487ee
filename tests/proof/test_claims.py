"""A proof shows its own claim, and nothing else: not another one, not with parts taken out, not by saying so."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest
from sympy import Ne

import symderiv as sd
import symderiv.proof.disagreement as disagreement
from symderiv.proof.equality import Verdict
from symderiv.proof.steps import Proof

n = sd.dims("n")
x, y, A = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("A", n, n)
a, i = sd.tensor("a"), sd.indices("i", n)


@pytest.fixture(scope="module")
def true():
    return sd.prove(sd.tanh(x), 2 * sd.sigmoid(2 * x) - 1)


@pytest.fixture(scope="module")
def derived():
    return sd.derive(x @ A @ x, x), sd.derive(x @ x, x)


def test_an_empty_proof_proves_nothing():
    empty = Proof("", (), (), ())
    assert empty.status == "undecided"
    assert Verdict(x, 2 * x, "proved", empty).status == "undecided"
    with pytest.raises(sd.SymderivError, match="nothing was proved"):
        empty.certificate()


@pytest.mark.parametrize("forged", [
    lambda true: Verdict(x @ x, sd.sum(x), "proved", true.proof), lambda true: replace(true, rhs=x),
    lambda true: replace(true, lhs=x), lambda true: replace(true, rhs=-true.rhs),
    lambda true: replace(true, proof=sd.prove(x @ A @ y, y @ A.T @ x).proof),
    lambda true: replace(true, proof=replace(true.proof, claims=())),
    lambda true: replace(true, rhs=x, proof=replace(true.proof, claims=(replace(true.proof.claims[0], rhs=x),))),
    lambda true: replace(true, proof=replace(true.proof, chains=true.proof.chains[:1])),
    lambda true: replace(true, proof=replace(true.proof, chains=())),
    lambda true: replace(true, proof=replace(true.proof, claims=(replace(true.proof.claims[0], letters=()),)))])
def test_a_verdict_with_the_proof_of_something_else(true, forged):
    assert true.status == "proved" and true
    assert forged(true).status == "undecided" and not forged(true)


@pytest.mark.parametrize("forged", [
    lambda d, other: replace(d, proof=other.proof), lambda d, other: replace(d, spelled=other.spelled),
    lambda d, other: replace(d, primal=x @ x), lambda d, other: replace(d, index=other.index),
    lambda d, other: replace(d, wrt=A), lambda d, other: replace(d, order=2),
    *(lambda d, other, part=part: replace(d, proof=replace(d.proof, **{part: ()}))
      for part in ("closings", "claims", "accumulations", "outputs")),
    lambda d, other: replace(d, spelled=other.spelled, proof=replace(
        d.proof, claims=(replace(d.proof.claims[0], spelled=other.spelled),)))])
def test_a_derivative_with_the_proof_of_something_else(derived, forged):
    assert derived[0].status == "proved"
    assert forged(*derived).status == "undecided"


def test_a_status_is_not_something_one_sets():
    v = sd.prove(x, y)
    with pytest.raises(FrozenInstanceError):
        v.status = "proved"
    object.__setattr__(v, "status", "proved")
    assert v.status == "undecided"
    with pytest.raises(AttributeError):
        object.__setattr__(v.proof, "status", "proved")
    w = sd.prove(x + y, y + x)
    assert w.status == "proved"
    object.__setattr__(w, "rhs", x)
    assert w.status == "undecided"


def test_every_kind_of_derivative_is_bound():
    S = sd.tensor("S", n, n, symmetric=True)
    for d in (sd.hessian(sd.sum(sd.exp(A @ x)), x), sd.hvp(sd.logsumexp(x), x, y), sd.hessian(sd.trace(S @ S @ S), S),
              sd.derive(x @ x, A), sd.derive(x, x), sd.vjp(A @ x, A), *sd.derive(sd.sum(sd.tanh(A @ x)), (A, x))):
        assert d.status == "proved"


def test_a_closed_form_that_is_refuted_does_not_leave_derive(monkeypatch):
    import symderiv.differentiation.engine as engine
    real = engine.close
    monkeypatch.setattr(disagreement, "STRICT", False)
    monkeypatch.setattr(engine, "close", lambda *args: 3 * real(*args))
    d = sd.derive(x @ A @ x, x)
    assert not d.is_closed and d.status == "proved" and d.check().ok
    assert any("refuted by numbers" in note for note in d.notes)


def test_points_that_no_number_of_digits_settles_are_no_agreement():
    """Σ_{p≤n} u_{p+1} vanishes where u has one entry; elsewhere the other term has a value only by an exponential of -∞."""
    T = sd.dims("T")
    u, c, b = sd.tensor("u", T), sd.tensor("c"), sd.tensor("b", n, positive=True)
    p, k, i = sd.indices("p", n), sd.indices("k", n), sd.indices("i", T)
    rest = sd.Sum(sd.exp(sd.Sum(-c * sd.log(b[k]), (k, 1, n + 1))), (i, 1, T - 1))
    left, right = (sd.Sum(c**q * u[p + 1], (p, 1, n)) + rest for q in (1, 2))
    assert sd.prove(left, right).status not in ("proved", "supported")


def test_a_condition_holds_at_every_size_or_is_none():
    """Σ a^i has its closed form where a is not 1; from 13 terms on the claim is false."""
    left, right = sd.Sum(a**i, i), (a**(n + 1) - a) / (a - 1)
    assert sd.prove(left, right + sd.iverson(n > 12) * a).status == "refuted"
    assert sd.prove(left, right).status == "conditional"


def test_what_divides_by_zero_has_no_value_whatever_is_made_of_it():
    assert math.isnan(sd.evaluate(1 / (1 + 1 / a), a=0.0)) and math.isnan(sd.evaluate(sd.exp(-1 / a**2), a=0.0))
    assert math.isnan(sd.evaluate(sd.relu(-1 / a**2), a=0.0)) and math.isnan(sd.evaluate(sd.maximum(3, 1 / a), a=0.0))
    verdict = sd.prove(1 / (1 + 1 / a), a / (1 + a))
    assert verdict.status == "conditional" and Ne(a, 0) in verdict.conditions


@pytest.mark.parametrize("bound", [50, 500])
def test_points_beyond_floats_are_looked_at_in_digits(bound):
    """artanh(tanh a) is a, though floats do not know it from 19 on."""
    assert sd.prove(sd.arctanh(sd.tanh(a)), a + sd.relu(a - bound)).status == "refuted"


def test_a_size_that_must_be_exceeded_is_exceeded():
    V = sd.tensor("V", n, n, invertible=True)
    left, right = sd.trace(sd.inv(V) @ A @ V), sd.trace(A) + sd.iverson(n > 10)
    assert sd.prove(left, right).status == "refuted"
