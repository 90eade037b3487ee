"""One form for every spelling of a textbook's derivative, proved, and no longer than the textbook's."""

from __future__ import annotations

import pytest
from sympy import Ne, Rational

import symderiv as sd
from symderiv.matrixform.cost import operations
from tests.drawn import one_of

n, m, d, k = sd.dims("n m d k")
T = sd.tensor
half = Rational(1, 2)
X, A, B, C = T("X", n, n, invertible=True), T("A", n, n, invertible=True), T("B", n, n, invertible=True), T("C", n, n)
Y, x, y, b = T("Y", n, d), T("x", d), T("y", d), T("b", n)
W, S, P = T("W", n, n, symmetric=True), T("S", n, n, positive_definite=True), T("P", n, n, positive_definite=True)
L, Q, K, V, G = T("L", k, d), T("Q", n, d), T("K", m, d), T("V", m, k), T("G", n, k)
s = T("s", n, positive=True)
squared = sd.sum((Y[:, None] - Y[None, :]) ** 2, axis=2)
scores = Q @ K.T / sd.sqrt(d)


# Logarithms of determinants of multiples, and of products of rectangles, have no certificate.
UNCERTIFIED = (sd.logdet(2 * X), sd.logdet(Y.T @ Y / n), sd.logdet(Y.T @ Y))
onto = Y @ sd.inv(Y.T @ Y) @ Y.T
rest = sd.eye(n) - onto
a1, a2 = T("a1", positive=True), T("a2", positive=True)

U, Pk = T("U", n, k), T("Pk", k, k, positive_definite=True)
e, r = T("e", positive=True), T("r", n)
z, p = T("z", d), T("p", d, positive=True, sums_to_one=True)
centring = sd.eye(n) - sd.ones((n, n)) / n
unit = sd.eye(n) + U @ U.T
small = sd.eye(k) + U.T @ U
rows = sd.sum(sd.exp(scores), axis=1, keepdims=True)

RARE = {  # by what, the form, spellings; these have no certificate where inverses meet their own matrices
    "a projection": (b, "2*(b - Y*inv(Y.T*Y)*Y.T*b)", (
        sd.norm(b - onto @ b)**2, b @ rest @ b, b @ b - b @ onto @ b, b @ rest @ rest @ b)),
    "trace of a projection": (Y, "2*(I - Y*inv(Y.T*Y)*Y.T)*W*Y*inv(Y.T*Y)", (
        sd.trace(onto @ W), sd.trace(onto @ W @ onto))),
    "rank one": (b, "2*(b*s.T - X)*s", (
        sd.norm(X - sd.outer(b, s))**2, sd.norm(X)**2 - 2 * (b @ X @ s) + (b @ b) * (s @ s))),
    "determinant of rank one": (b, "2*b/(b.T*b + 1)", (sd.logdet(sd.eye(n) + sd.outer(b, b)), sd.log(1 + b @ b))),
    "twice the angle": (b, "cos(2*b)", (sd.sum(sd.sin(b) * sd.cos(b)), sd.sum(sd.sin(2 * b)) / 2)),
    "columns scaled": (b, "(A.*B)*s", (b @ (A * B) @ s, sd.trace(sd.diag(b) @ A @ sd.diag(s) @ B.T))),
    "distances to others": (Y, None, (sd.sum(sd.sum((Y[:, None] - Q[None])**2, axis=2)), (
        n * sd.sum(Y**2) + n * sd.sum(Q**2) - 2 * (sd.sum(Y, axis=0) @ sd.sum(Q, axis=0))))),
    "kurtosis": (b, None, (sd.mean((b - sd.mean(b))**4) / sd.var(b)**2, sd.mean(((b - sd.mean(b)) / sd.std(b))**4))),
    "cross-entropy of logits": (b, "(sigmoid(b) - s)/n", (
        sd.bce_with_logits(b, s), -sd.mean(s * sd.log_sigmoid(b) + (1 - s) * sd.log_sigmoid(-b)))),
    "two normals": (b, None, (
        sd.log(a1 * sd.exp(-sd.norm(b)**2) + a2 * sd.exp(b @ s)),
        sd.logaddexp(sd.log(a1) - b @ b, sd.log(a2) + b @ s))),
    "names of rows": (Q, None, (
        sd.sum(Y * sd.rms_norm(Q, None, a1)), sd.sum(Y * Q / sd.sqrt(sd.mean(Q**2, axis=1, keepdims=True) + a1)))),
    "product of all": (s, "prod(s)./s", (sd.prod(s), sd.exp(sd.sum(sd.log(s))))),
    "determinant of both sizes": (U, "2*inv(I + U*U.T)*U", (sd.logdet(unit), sd.logdet(small), sd.log(sd.det(unit)))),
    "determinant of a multiple": (U, "2*inv(U*U.T + e*I)*U", (
        sd.logdet(e * sd.eye(n) + U @ U.T), sd.logdet(e * sd.eye(k) + U.T @ U))),
    "inverse of both sizes": (b, "2*inv(I + U*U.T)*b", (
        b @ sd.inv(unit) @ b, b @ b - b @ U @ sd.inv(small) @ U.T @ b, b @ sd.solve(unit, b))),
    "inverse of a sum": (b, "2*inv(U*inv(Pk)*U.T + P)*b", (
        b @ sd.inv(P + U @ sd.inv(Pk) @ U.T) @ b,
        b @ sd.inv(P) @ b - b @ sd.inv(P) @ U @ sd.inv(Pk + U.T @ sd.inv(P) @ U) @ U.T @ sd.inv(P) @ b)),
    "inverse of a product with a middle": (b, "2*inv(I + U*Pk*U.T)*b", (
        b @ sd.inv(sd.eye(n) + U @ Pk @ U.T) @ b, b @ b - b @ U @ sd.inv(sd.inv(Pk) + U.T @ U) @ U.T @ b)),
    "one more score": (b, "exp(b)/(sum(exp(b)) + 1)", (
        sd.log(1 + sd.sum(sd.exp(b))), sd.logsumexp(sd.concat(sd.zeros((1,)), b)), sd.softplus(sd.logsumexp(b)))),
    "a root above the bar": (b, "b./sqrt(1 + b.^2)", (
        sd.sum(sd.sqrt(1 + b**2) - 1), sd.sum(b**2 / (sd.sqrt(1 + b**2) + 1)))),
    "rows divided after the product": (V, None, (
        sd.sum(G * sd.attention(Q, K, V)), sd.sum(G * ((sd.exp(scores) @ V) / rows)))),
    "root mean square by sums": (b, None, (
        r @ sd.rms_norm(b, None, e), sd.sqrt(n) * (r @ b) / sd.sqrt(b @ b + n * e))),
    "a decimal in a layer": (Q, None, (
        sd.sum(Y * sd.layer_norm(Q, eps=0.001)), sd.sum(Y * sd.layer_norm(Q, eps=Rational(1, 1000))))),
    "new axes outside of a root": (Q, None, (
        sd.sum(Y * sd.rms_norm(Q, None, e)), sd.sum(Y * Q / sd.sqrt(sd.sum(Q**2, axis=1) / d + e)[:, None]))),
    "Kronecker products of vectors": (C, "(b.T*C*b)*s*r.T + (s.T*C*r)*b*b.T", (
        (b @ C @ b) * (s @ C @ r), sd.kron(b, s) @ sd.kron(C, C) @ sd.kron(b, r))),
    "a constant variance": (b, "2*(b - r)/(n*var(r))", (
        sd.norm(b - r)**2 / sd.norm(r - sd.mean(r))**2, sd.mean((r - b)**2) / sd.var(r))),
    "both signs of a logistic density": (b, "tanh(b/2)", (
        sd.sum(b + 2 * sd.softplus(-b)), -sd.sum(sd.log(sd.exp(-b) / (1 + sd.exp(-b))**2)))),
    "a quadratic multiplied out": (b, None, (
        sd.sqrt((b - r) @ P @ (b - r)), sd.sqrt(b @ P @ b - 2 * b @ P @ r + r @ P @ r))),
    "second differences": (b, None, (
        sd.sum((b[2:] - 2 * b[1:-1] + b[:-2])**2), sd.norm(2 * b[1:-1] - b[2:] - b[:-2])**2)),
    "differences of all pairs": (b, "2*(b - mean(b))/n", (
        sd.sum((b[:, None] - b[None])**2) / (2 * n**2), sd.var(b))),
    "a bracket of both signs": (s, None, (
        sd.sum((s / e)**a1 - (a1 - 1) * sd.log(s / e)), sd.sum(s**a1) / e**a1 - (a1 - 1) * sd.sum(sd.log(s)))),
    "divisors of rows apart": (Q, None, (
        sd.sum(b * (sd.sum(Q * Y, axis=1) / (sd.norm(Q, axis=1) * sd.norm(Y, axis=1)))),
        sd.sum(b * sd.sum(Q * Y, axis=1) / sd.norm(Q, axis=1) / sd.norm(Y, axis=1)))),
    "two cosines": (x, "(y/norm(y) - z/norm(z) - (x.T*(y/norm(y) - z/norm(z)))*x/norm(x)**2)/norm(x)", (
        sd.cosine_similarity(x, y) - sd.cosine_similarity(x, z),
        (x / sd.norm(x)) @ (y / sd.norm(y) - z / sd.norm(z)))),
    "independence of two kernels": (Y, "2*(W*(Y - mean(Y, axis=0)) - mean(W*(Y - mean(Y, axis=0)), axis=0))", (
        sd.trace(Y @ Y.T @ centring @ W @ centring), sd.sum((Y @ Y.T) * (centring @ W @ centring)),
        sd.trace((Y - sd.mean(Y, axis=0)).T @ W @ (Y - sd.mean(Y, axis=0))))),
    "numbers beside squares of pairs": (Y, None, (
        sd.sum(W / (1 + squared)),
        sd.sum(W / (1 + sd.sum(Y**2, axis=1)[:, None] + sd.sum(Y**2, axis=1)[None] - 2 * Y @ Y.T)))),
    "a covariance times a vector": (x, "2*p.*(x - p.T*x)", (
        p @ (x - p @ x)**2, p @ x**2 - (p @ x)**2, x @ (sd.diag(p) - sd.outer(p, p)) @ x)),
    "the largest of every row taken off": (Q, "softmax(Q)", (
        sd.sum(sd.logsumexp(Q, axis=1)), sd.sum(sd.max(Q, axis=1) + sd.log(
            sd.sum(sd.exp(Q - sd.max(Q, axis=1, keepdims=True)), axis=1))))),
    "one less a sigmoid among others": (b, "sigmoid(b) - r", (
        sd.sum(sd.softplus(b) - r * b), sd.sum((1 - r) * b + sd.log(1 + sd.exp(-b))))),
    "an exponential beside a sigmoid": (b, None, (
        sd.sum(sd.sigmoid(b) * (1 - sd.sigmoid(b))), sd.sum(sd.exp(-b) / (1 + sd.exp(-b))**2))),
    "exponential units": (b, "where(b > 0, 1, exp(b))", (
        sd.sum(sd.elu(b)), sd.sum(sd.where(b > 0, b, sd.exp(b) - 1)))),
    "determinant beside a column times a row": (b, "2*inv(b*b.T + P)*b", (
        sd.logdet(P + sd.outer(b, b)), sd.logdet(P) + sd.log(1 + b @ sd.inv(P) @ b))),
    "a hat matrix": (b, "2*Y*inv(Y.T*Y + e*I)*Y.T*b", (
        b @ Y @ sd.inv(Y.T @ Y + e * sd.eye(d)) @ Y.T @ b, b @ Y @ sd.solve(Y.T @ Y + e * sd.eye(d), Y.T @ b))),
    "a number times its own sigmoid": (b, "silu(b).*(1 - sigmoid(b)) + sigmoid(b)", (sd.sum(sd.silu(b)), b @ sd.sigmoid(b))),
    "differences summed": (x, "2*sum(x - Y, axis=0)", (
        sd.sum((Y - x)**2), sd.norm(Y)**2 - 2 * sd.sum(Y @ x) + n * (x @ x))),
    "running sums together": (b, "2*flip(cumsum(flip(cumsum(b - r))))", (
        sd.sum(sd.cumsum(b - r)**2), sd.norm(sd.cumsum(b) - sd.cumsum(r))**2)),
    "a number below in a bracket": (b, "(a1 + 1)*(b - r)./(a1 + (b - r).^2)", (
        half * (a1 + 1) * sd.sum(sd.log(a1 + (b - r)**2)), -sd.sum(sd.log((1 + (b - r)**2 / a1)**(-(a1 + 1) / 2))))),
}


@pytest.mark.parametrize("name", RARE)
def test_rare_spellings_give_one_form(name):
    by, form, spellings = RARE[name]
    found = [sd.derive(loss, by) for loss in spellings]
    assert len({str(f.closed) for f in found}) == 1 and str(found[0].closed) == (form or str(found[0].closed))
    assert all(f.check(samples=1).ok for f in one_of(found, len(name)))


def test_the_determinant_of_the_other_size_is_proved_by_the_form_that_was_found():
    assert all(sd.derive(loss, U).status == "proved" for loss in RARE["determinant of both sizes"][2])


def test_no_matrix_goes_through_an_inverse_whose_multiple_of_the_identity_may_be_zero():
    c = T("c")
    assert str(sd.derive(sd.logdet(c * sd.eye(k) + U.T @ U), U).closed) == "2*U*inv(U.T*U + c*I)"


def test_the_condition_of_an_inverse_stays_where_it_goes():
    assert sd.derive(y @ sd.inv(Y.T @ Y) @ Y.T @ Y @ x, x).conditions == (Ne(sd.det(Y.T @ Y), 0),)


@pytest.mark.parametrize(("by", "most", "spellings"), [
    (L, 5, (sd.norm(L @ (x - y)) ** 2, sd.norm(L @ (y - x)) ** 2, (x - y) @ L.T @ L @ (x - y))),
    (C, 9, (sd.norm(A @ C + C @ B - X) ** 2, sd.sum((X - A @ C - C @ B) ** 2))),
    (X, 5, (sd.det(A @ X @ B), sd.det(A) * sd.det(X) * sd.det(B))),
    (X, 6, (sd.logdet(A @ X @ B) ** 2, (sd.logdet(B) + sd.logdet(A @ X)) ** 2)),
    (s, 5, (sd.exp(sd.mean(sd.log(s))), sd.prod(s) ** (1 / n))),
    (X, 1, (sd.logdet(A @ X @ B), sd.logdet(X), sd.logdet(2 * X), sd.logdet(X.T))),
    (Y, 4, (sd.logdet(Y.T @ Y / n), sd.logdet(Y.T @ Y))),
    (Q, 16, (sd.sum(G * sd.attention(Q, K, V)), sd.sum(G * (sd.softmax(scores, axis=1) @ V)),
             sd.sum(G * (sd.exp(scores) / sd.sum(sd.exp(scores), axis=1, keepdims=True) @ V)))),
    (Y, 5, (sd.sum(W * squared) / 2, sd.trace(Y.T @ (sd.diag(sd.sum(W, axis=1)) - W) @ Y))),
    (b, 5, (b @ (sd.diag(W @ sd.ones(n)) - W) @ b, sd.sum(W * (b[:, None] - b[None, :]) ** 2) / 2)),
    (s, 2, (sd.sum(s**2 - 1 - sd.log(s**2)) / 2, half * sd.sum(s**2) - sd.sum(sd.log(s)))),
    (P, 6, (b @ sd.inv(P) @ b / 2 + sd.logdet(P) / 2, half * (sd.logdet(P) + b @ sd.solve(P, b)))),
])
def test_every_spelling_gives_one_form(by, most, spellings):
    found = [sd.derive(loss, by) for loss in spellings]
    assert len({str(f.closed) for f in found}) == 1, [str(f.closed) for f in found]
    for loss, f in one_of(list(zip(spellings, found, strict=True)), most):
        assert f.status == "proved" or (loss in UNCERTIFIED and f.status == "supported")
    assert operations(found[0].spelled) <= most
    assert found[0].check(samples=1).ok
