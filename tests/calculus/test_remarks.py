"""What a result says besides its formula: declarations that would shorten it, conventions, other ways to write it."""

from __future__ import annotations

import pytest

import symderiv as sd

m, n, N = sd.dims("m n N")
W, x, X = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("X", N, n)
z, t, Z, T = sd.tensor("z", m), sd.tensor("t", m), sd.tensor("Z", N, m), sd.tensor("T", N, m)
a, b = sd.tensor("a", n), sd.tensor("b", n)


@pytest.mark.parametrize("loss, variable, name", [
    (sd.cross_entropy(z, t), z, "t"), (sd.cross_entropy(W @ x, t), W, "t"), (sd.cross_entropy(Z, T), Z, "T"),
    (sd.kl_div(t, sd.softmax(z)), z, "t")])
def test_the_declaration_that_would_remove_a_sum_is_named(loss, variable, name):
    d = sd.derive(loss, variable)
    assert f"sum({name}" in str(d.closed)
    assert any(note.startswith(f"the sum of {name} stays") and "sums_to_one" in note for note in d.notes)


def test_with_the_declaration_there_is_no_sum_and_no_remark():
    p = sd.tensor("p", m, sums_to_one=True)
    d = sd.derive(sd.cross_entropy(z, p), z)
    assert str(d.closed) == "softmax(z) - p" and d.notes == ()


def test_other_sums_get_no_remark():
    assert sd.derive(sd.sum(z)**2, z).notes == ()
    assert sd.derive(sd.cross_entropy(z, sd.label("y", m)), z).notes == ()


@pytest.mark.parametrize("declared, words", [
    ("symmetric", "symmetric part"), ("diagonal", "Diag(diag(G))"), ("orthogonal", "A.T*G")])
def test_the_gradient_by_a_declared_matrix_states_its_convention(declared, words):
    A = sd.tensor("A", n, n, **{declared: True})
    d = sd.derive(a @ A @ b, A)
    assert str(d.closed) == "a*b.T"
    assert any("entries of A count as independent" in note and words in note for note in d.notes)


def test_a_symmetric_gradient_is_the_same_in_both_conventions():
    S = sd.tensor("S", n, n, positive_definite=True)
    d = sd.derive(sd.logdet(S), S)
    assert str(d.closed) == "inv(S)" and "is the same" in d.notes[0]


A, B, C = (sd.tensor(name, n, n) for name in "ABC")


@pytest.mark.parametrize("loss, variable, other", [
    (sd.norm(W @ x - z)**2, x, "2*W.T*W*x - 2*W.T*z"),
    (sd.cross_entropy(W @ x, sd.label("y", m)), W, "softmax(W*x)*x.T - e_y*x.T"),
    (sd.trace(A @ sd.inv(C) @ B), C, "-inv(C).T*A.T*B.T*inv(C).T"),
    (sd.sum(sd.sigmoid(z)), z, "sigmoid(z) - sigmoid(z).^2")])
def test_alternatives_are_other_texts_of_the_same(loss, variable, other):
    d = sd.derive(loss, variable)
    assert other in map(str, d.alternatives)
    for alternative in d.alternatives:
        assert str(alternative) != str(d.spelled)
        assert sd.prove(d.spelled, alternative).status == "proved"


def test_what_has_one_form_has_no_alternatives():
    assert sd.derive(a @ x, x).alternatives == ()
    assert sd.derive(sd.sum(x)**2, sd.tensor("u", n)).alternatives == ()
