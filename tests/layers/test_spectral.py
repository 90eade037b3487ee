"""Eigenvalues, singular values and functions of a whole matrix: values, derivatives, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import symderiv as sd
from symderiv.arrays.assumptions import words
from symderiv.functions.of_matrices import EIGENVALUES
from symderiv.numeric.eigenvalues import spectral, where_distinct

n, k = sd.dims("n k")
A, G = sd.tensor("A", n + k, n), sd.tensor("G", n, n)
S, P, X = sd.tensor("S", n, n, symmetric=True), sd.tensor("P", n, n, positive_definite=True), sd.tensor("X", n, n)
RNG = np.random.default_rng(1)


@pytest.mark.parametrize(("loss", "by", "form"), [
    (sd.trace(sd.expm(X)), X, "expm(X).T"),
    (sd.trace(sd.expm(G @ X)), X, "G.T*expm(G*X).T"),
    (sd.sum(G * sd.expm(X)), X, "expm_frechet(X.T, G)"),
    (sd.trace(G @ sd.expm(X)), X, "expm_frechet(X.T, G.T)"),
    (sd.sum(G * sd.expm(S)), S, "expm_frechet(S, G)"),
    (sd.sum(G * sd.expm_frechet(X, S)), S, "expm_frechet(X.T, G)"),
    (sd.nuclear_norm(A), A, "polar(A)"),
    (sd.spectral_norm(A), A, "leading_pair(A)"),
    (sd.max(sd.eigvalsh(S)), S, "eigvecs(S)*Diag(argmax_one_hot(eigvalsh(S)))*eigvecs(S).T"),
    (sd.trace(sd.logm(P)), P, "inv(P)"),
    (sd.trace(sd.sqrtm(P)), P, "eigvecs(P)*Diag(1./sqrt(eigvalsh(P)))*eigvecs(P).T/2"),
])
def test_gradients_are_those_of_the_textbook(loss, by, form):
    d = sd.derive(loss, by)
    assert str(d.closed) == form and d.status in ("proved", "supported")  # numbers alone tell what these functions are
    assert d.check(samples=2).ok


def test_values_are_numpys():
    a = RNG.normal(size=(5, 3))
    s = a.T @ a
    assert np.allclose(sd.evaluate(sd.singular_values(A), A=a), np.linalg.svd(a)[1][::-1])
    assert np.allclose(sd.evaluate(sd.nuclear_norm(A), A=a), np.linalg.norm(a, "nuc"))
    assert np.allclose(sd.evaluate(sd.spectral_norm(A), A=a), np.linalg.norm(a, 2))
    assert np.allclose(sd.evaluate(sd.sqrtm(P) @ sd.sqrtm(P), P=s), s)
    assert np.allclose(sd.evaluate(sd.expm(X) @ sd.expm(-X), X=s), np.eye(3), atol=1e-6)
    turned = np.array([[0.0, 2.0], [-2.0, 0.0]])
    assert np.allclose(sd.evaluate(sd.expm(X), X=turned), [[np.cos(2), np.sin(2)], [-np.sin(2), np.cos(2)]])


def test_of_many_matrices_those_that_have_none_leave_the_others_alone():
    many = RNG.normal(size=(2, 4, 3, 3))
    many[0, 1, 2, 2], many[1, 3, :2, :2] = np.nan, [[1.0, 1.7e308], [1.7e308, 1.0]]
    with np.errstate(over="ignore"):
        found = where_distinct(EIGENVALUES, many)
    for place in np.ndindex(2, 4):
        assert np.isnan(found[place]).all() if place in ((0, 1), (1, 3)) else (
            found[place] == spectral(EIGENVALUES, many[place])).all()


def test_columns_of_eigenvectors_are_not_taken_for_rows():
    """V_ij of a symmetric matrix is not V_ji."""
    v = sd.eigvecs(S)
    assert sd.prove(v, v.T).status == "refuted"


def test_a_root_of_a_matrix_that_is_not_symmetric_is_refused():
    with pytest.raises(sd.SymderivError, match="symmetric"):
        sd.sqrtm(X)


def test_equal_eigenvalues_have_no_derivative():
    with pytest.raises(sd.SymderivError, match="equal"):
        sd.evaluate(sd.eiggaps(S), S=np.eye(3))


def test_functions_of_a_matrix_have_values_at_equal_eigenvalues():
    turned = np.linalg.qr(RNG.normal(size=(5, 5)))[0]
    s = turned @ np.diag([1.0, 1.0, 4.0, 4.0, 9.0]) @ turned.T
    for matrix in (np.zeros((3, 3)), 4 * np.eye(2), (s + s.T) / 2):
        root = sd.evaluate(sd.sqrtm(P), P=matrix)
        assert np.allclose(root @ root, matrix) and np.allclose(root, root.T)


@pytest.mark.parametrize(("left", "right"), [
    (sd.trace(sd.logm(P)), sd.logdet(P)), (sd.sqrtm(P) @ sd.sqrtm(P), P), (sd.sqrtm(P) @ sd.inv(sd.sqrtm(P)), sd.eye(n)),
    (sd.det(sd.sqrtm(P)), sd.sqrt(sd.det(P))), (sd.sqrtm(P @ P), P), (sd.eigvecs(P @ P), sd.eigvecs(P))])
def test_what_holds_at_equal_eigenvalues_too_has_no_condition(left, right):
    assert sd.prove(left, right).status in ("proved", "supported")


@pytest.mark.parametrize(("left", "right"), [
    (sd.eigvecs(sd.eye(n)), sd.eye(n)), (sd.eigvecs(S @ S), sd.eigvecs(S)), (sd.sqrtm(S @ S), S),
    (sd.trace(sd.sqrtm(P)), sd.sqrt(sd.trace(P)))])
def test_what_depends_on_the_choice_of_eigenvectors_is_not_believed(left, right):
    assert sd.prove(left, right).status == "refuted"


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("of", [sd.nuclear_norm, sd.spectral_norm, sd.trace_expm, lambda a: sd.sum(sd.eigvecs(a)),
                                lambda a: sd.sum(sd.cholesky(a))])
def test_entries_without_a_value_give_none_or_an_error_of_ours(of):
    e = of(X)
    for call in (sd.value_and_grad(e, X), sd.derive(e, X).numpy(), lambda X: sd.evaluate(e, X=X)):
        for bad in (np.nan, np.inf, -np.inf) * 2:  # the second round takes the short way of shapes that were seen
            try:
                found = call(X=np.array([[bad, 1.0], [2.0, 3.0]]))
            except sd.SymderivError:
                continue
            value = found[0] if isinstance(found, tuple) else found
            assert not np.isfinite(value).all()


def test_the_gradient_of_a_cholesky_factor_is_that_of_the_textbook():
    n = sd.dims("n")
    A, G = sd.tensor("A", n, n, positive_definite=True), sd.tensor("G", n, n)
    d = sd.derive(sd.sum(G * sd.cholesky(A)), A)
    assert d.is_closed and d.status in ("proved", "supported") and d.check(samples=2).ok
    rng = np.random.default_rng(0)
    x, upstream = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    a = x @ x.T + np.eye(3)
    factor, inverse = np.linalg.cholesky(a), np.linalg.inv(np.linalg.cholesky(a))
    half = np.tril(factor.T @ upstream) - np.diag(np.diag(factor.T @ upstream)) / 2
    whole = inverse.T @ half @ inverse
    assert np.allclose(d.numpy()(A=a, G=upstream), (whole + whole.T) / 2)


@pytest.mark.parametrize(("loss", "by", "condition"), [
    (sd.spectral_norm(A), A, "the largest singular value of A is simple"),
    (sd.nuclear_norm(A @ G), A, "A*G has full rank"),
    (sd.dot(sd.eigvalsh(S), sd.tensor("y", n)), S, "the eigenvalues of S are simple"),
    (sd.trace(G @ sd.sqrtm(P)), P, "the eigenvalues of P are simple"),
    (sd.sum(sd.log(sd.diag(sd.cholesky(P)))), P, None),
    (sd.trace(sd.expm(X)), X, None),
])
def test_what_a_derivative_relies_on_is_a_condition(loss, by, condition):
    found = sd.derive(loss, by).conditions
    assert [str(c) for c in found] == ([] if condition is None else [condition])
    assert all(r"\text{" in sympy.latex(c) and words(c) == condition for c in found)


@pytest.mark.parametrize(("text", "form"), [
    ("tr(S*logm(S))", "eigvecs(S)*Diag(1 + log(eigvalsh(S)))*eigvecs(S).T"), ("tr(logm(S)*S)", None),
    ("sum(eigvalsh(S))", "eye(n)")])
def test_a_matrix_beside_a_function_of_it_goes_into_its_eigenvalues(text, form):
    found = sd.derive(sd.parse(text, "S: n n positive_definite"), sd.parse("S", "S: n n positive_definite"))
    assert str(found.closed) == (form or "eigvecs(S)*Diag(1 + log(eigvalsh(S)))*eigvecs(S).T")
    assert found.check(samples=1).ok
