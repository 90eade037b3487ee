"""Inverses, determinants, declared matrices, angles and steps: what the canonical form decides."""

from __future__ import annotations

import pytest
from sympy import log

import symderiv as sd

m, n = sd.dims("m n")
A, B, X = (sd.tensor(name, n, n) for name in "ABX")
Y, P = sd.tensor("Y", m, n), sd.tensor("P", m, m)
S = sd.tensor("S", n, n, positive_definite=True)
Q, D = sd.tensor("Q", n, n, orthogonal=True), sd.tensor("D", n, n, diagonal=True)
a, x, z, p = sd.tensor("a", n), sd.tensor("x", n), sd.tensor("z", n), sd.tensor("p", n, positive=True)
c = sd.tensor("c")
inv, det = sd.inv, sd.det

TRUE = {
    "inverse of a product": (inv(A @ X @ B), inv(B) @ inv(X) @ inv(A)),
    "inverse of a product, associated otherwise": (inv(A @ (X @ B)), inv((A @ X) @ B)),
    "factors cancel against an inverse": (A.T @ inv(A @ X @ B).T @ B.T, inv(X).T),
    "inverse of a multiple": (inv(c * A), inv(A) / c),
    "inverse of a transpose": (inv(A.T), inv(A).T),
    "transpose of an inverse of a product of rectangles": (inv(Y.T @ P @ Y).T, inv(Y.T @ P.T @ Y)),
    "inverse of a Gram matrix is symmetric": (inv(Y.T @ Y).T, inv(Y.T @ Y)),
    "inverse of a sum, in another order": (inv(A + B), inv(B + A)),
    "what is pushed through an inverse": (inv(sd.eye(n) + A @ B) @ A, A @ inv(sd.eye(n) + B @ A)),
    "a matrix and what is made of it alone": (A @ inv(sd.eye(n) + A), inv(sd.eye(n) + A) @ A),
    "inverse of a diagonal": (inv(sd.diag(x)), sd.diag(1 / x)),
    "squares and Gram matrices together": (inv(A @ Y.T @ Y), inv(Y.T @ Y) @ inv(A)),
    "determinant of a product": (det(A @ X @ B), det(X) * det(B) * det(A)),
    "determinant of a multiple": (det(c * A), c**n * det(A)),
    "determinant of an inverse": (det(inv(A)), 1 / det(A)),
    "determinant of a transpose": (det(A.T), det(A)),
    "log-determinant of a quotient": (sd.logdet(A @ inv(B)), sd.logdet(A) - sd.logdet(B)),
    "logarithm of a determinant": (log(det(S)), sd.logdet(S)),
    "a product of positive numbers by their logarithms": (sd.prod(p) ** (1 / n), sd.exp(sd.mean(sd.log(p)))),
    "a symmetric matrix times its inverse": (S @ inv(S), sd.eye(n)),
    "its inverse times a multiple of it": (c * inv(S) - inv(S) @ (c * S) @ inv(S), sd.zeros(n, n)),
    "orthogonal columns": (Q.T @ Q, sd.eye(n)),
    "orthogonal rows": (Q @ Q.T, sd.eye(n)),
    "rotations keep lengths": (sd.norm(Q @ x)**2, sd.norm(x)**2),
    "traces keep under rotation": (sd.trace(Q.T @ A @ Q), sd.trace(A)),
    "a diagonal matrix acts entry by entry": (D @ a, sd.diag(D) * a),
    "squares of a diagonal matrix": (D @ D, D * D),
    "sine and cosine": (sd.sin(x)**2 + sd.cos(x)**2, sd.ones(n)),
    "tangent": (1 + sd.tan(x)**2, 1 / sd.cos(x)**2),
    "double angle": (sd.sin(2 * x), 2 * sd.sin(x) * sd.cos(x)),
    "products of angles by sums": (2 * sd.sin(x) * sd.cos(z), sd.sin(x + z) + sd.sin(x - z)),
    "double angle by the sine": (sd.cos(2 * x), 1 - 2 * sd.sin(x)**2),
    "difference of squares of sines": (sd.sin(x + z) * sd.sin(x - z), sd.sin(x)**2 - sd.sin(z)**2),
    "sum of angles": (sd.cos(x + z), sd.cos(x) * sd.cos(z) - sd.sin(x) * sd.sin(z)),
    "size and sign": (sd.abs(x) * sd.sign(x), x),
    "size of a product": (sd.abs(x * z), sd.abs(x) * sd.abs(z)),
    "sign of a product": (sd.sign(c * x), sd.sign(c) * sd.sign(x)),
    "sum of the sizes of a multiple": (sd.sum(sd.abs(c * x)), sd.abs(c) * sd.sum(sd.abs(x))),
    "sign and number": (x * sd.sign(x), sd.abs(x)),
    "maximum by the absolute value": (sd.maximum(x, z), (x + z + sd.abs(x - z)) / 2),
    "maximum and minimum": (sd.maximum(x, z) + sd.minimum(x, z), x + z),
    "how far maximum and minimum are apart": (sd.maximum(x, z) - sd.minimum(x, z), sd.abs(z - x)),
    "a step twice": (sd.heaviside(x)**2, sd.heaviside(x)),
}
# What the checker has no axiom for.
UNCERTIFIED = [TRUE["logarithm of a determinant"]]
FALSE = {
    "inverse of a sum": (inv(A + B), inv(A) + inv(B)),
    "inverse in the wrong order": (inv(A @ B), inv(A) @ inv(B)),
    "determinant of a sum": (det(A + B), det(A) + det(B)),
    "determinant of a multiple, power forgotten": (det(c * A), c * det(A)),
    "an inverse that is not symmetric": (inv(A @ B).T, inv(A @ B)),
    "not every matrix is orthogonal": (A.T @ A, sd.eye(n)),
    "not every matrix is diagonal": (A @ a, sd.diag(A) * a),
    "sines of sums": (sd.sin(x + z), sd.sin(x) + sd.sin(z)),
    "sine and cosine, wrong sign": (sd.sin(x)**2 - sd.cos(x)**2, sd.ones(n)),
    "size of a product, wrong sign": (sd.abs(x * z), sd.abs(x) * z),
    "maximum, wrong sign": (sd.maximum(x, z), (x + z - sd.abs(x - z)) / 2),
}


@pytest.mark.parametrize("claim", TRUE.values(), ids=TRUE)
def test_identity(claim):
    verdict = sd.prove(*claim)
    # Where the two sides need different inverses, one of them has a value where the other has none.
    certified = claim not in UNCERTIFIED
    assert verdict.status == ("proved" if certified else "supported") or (
        verdict.status, bool(verdict.conditions)) == ("conditional", True)
    assert verdict.proof.status == ("proved" if certified else "supported")
    assert verdict.coincide or verdict.status == "conditional"


C, E = (sd.tensor(name, n, n, invertible=True) for name in "CE")
Z, p1 = sd.tensor("Z", m, n), sd.tensor("p1", positive=True)
BY_CERTIFICATE = {
    "inverse of a sum by the inverses": (inv(C + E), inv(C) @ inv(inv(C) + inv(E)) @ inv(E)),
    "inverse of a sum, less than that of one": (inv(C + E), inv(C) - inv(C) @ inv(inv(C) + inv(E)) @ inv(C)),
    "inverse of one more": (inv(sd.eye(n) + A), sd.eye(n) - A @ inv(sd.eye(n) + A)),
    "Woodbury": (inv(C + Y.T @ Z), inv(C) - inv(C) @ Y.T @ inv(sd.eye(m) + Z @ inv(C) @ Y.T) @ Z @ inv(C)),
    "both orders of a product": (inv(sd.eye(n) + A @ B), sd.eye(n) - A @ inv(sd.eye(n) + B @ A) @ B),
    "parallel": (inv(inv(C) + inv(E)), C @ inv(C + E) @ E),
    "less than one, and less than the other": (C - C @ inv(C + E) @ C, E - E @ inv(C + E) @ E),
    "Gram matrices of rows and columns": (inv(Y.T @ Y + p1 * sd.eye(n)) @ Y.T, Y.T @ inv(Y @ Y.T + p1 * sd.eye(m))),
}


@pytest.mark.parametrize("claim", BY_CERTIFICATE.values(), ids=BY_CERTIFICATE)
def test_both_sides_times_what_is_inverted(claim):
    assert sd.prove(*claim).status == "proved"


@pytest.mark.parametrize("claim", FALSE.values(), ids=FALSE)
def test_falsehood(claim):
    verdict = sd.prove(*claim)
    assert verdict.status == "refuted" and verdict.counterexample is not None


def test_singular_samples_refute_nothing():
    from symderiv.numeric.check import compare

    assert compare(inv(A @ X @ B), inv(B) @ inv(X) @ inv(A)).status == "supported"


def test_positive_tensors_are_sampled_positive():
    u = sd.tensor("u", n, positive=True)
    assert sd.prove(sd.relu(u + 0 * x), u).status != "refuted"


def test_declared_matrices_change_the_gradient():
    assert str(sd.derive(sd.norm(Q @ x)**2, x).closed) == "2*x"
    assert str(sd.derive(x @ S @ x, x).closed) == "2*S*x"
    assert str(sd.derive(x @ A @ x, x).closed) == "(A + A.T)*x"
    assert str(sd.derive((x @ S @ x) / (x @ x), x).closed) == "2*(S*x - (x.T*S*x)*x/(x.T*x))/(x.T*x)"
