"""What terms have in common is written once, whichever way the function was spelled."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.reader.declare.declarations import declare

VECTORS = "x: n; y: n; g: n; s: n; W: n n; V: n n; A: n n symmetric; e: scalar positive; T: scalar positive; a: scalar; "
MATRICES = "X: n d; Y: m d; R: m d; G: n m; Z: n c; L: n c one_hot; P: m n; p: n; U: n n positive_definite; "

FORMS = {
    "a factor of some terms": ("x", "V.T*(g.*s.*(1 - h.^2)) + W.T*(g.*s.*(1 - s).*(h - x)) + g.*(1 - s)", (
        "g'*(sigmoid(W*x).*tanh(V*x) + (1 - sigmoid(W*x)).*x)", "g'*(x + sigmoid(W*x).*(tanh(V*x) - x))")),
    "the mean of a sum": ("y", "(g - mean(g) - mean(g.*xhat)*xhat)/s", (
        "sum(g.*(y + x - mean(x) - mean(y)))/sqrt(var(x + y) + e)", "g'*(x + y - mean(x + y))/sqrt(var(x + y) + e)")),
    "one mean or one sum": ("x", "((x - mean(x))/std(x) - std(x)/mean(x))/(n*mean(x))", (
        "std(x)/mean(x)", "n*sqrt(var(x))/sum(x)")),
    "the part below zero": ("a", "g.T*minimum(0, x)", ("g'*(relu(x) - a*relu(-x))", "sum(g.*(max(0, x) + a*min(0, x)))")),
    "rows of labels": ("Z", "((a - 1)*L + softmax(Z) - a*ones(n, c)/c)/n", (
        "-sum(((1 - a)*L + a/c).*log_softmax(Z, axis=1))/n",
        "(sum(logsumexp(Z, axis=1)) - (1 - a)*sum(L.*Z) - a*sum(Z)/c)/n")),
    "scores of one query": ("X", "G*(R + Y)", ("sum(G.*(X*Y' + X*R'))", "tr(G'*X*(Y + R)')")),
    "one row taken off": ("p", "sigmoid(logsumexp(P*p) - p.T*x)*(P.T*softmax(P*p) - x)", (
        "log(1 + sum(exp(P*p - p'*x)))", "log(1 + sum(exp((P - x)*p)))")),
    "unit rows": ("Y", "G.T*(X./norm(X, axis=1, keepdims=True))", (
        "sum(G.*((X./norm(X, axis=1, keepdims=True))*Y'))", "tr(G'*diag(1./norm(X, axis=1))*X*Y')")),
    "a weighted sum of pairs": ("a", "y.T*(W.*exp(a*W))*y", ("y'*exp(a*W)*y", "sum((y*y').*exp(a*W))")),
    "signed Laplacian": ("x", "2*(Diag(sum(A, axis=1)) + A)*x", (
        r"\frac12\sum_{i=1}^n\sum_{j=1}^n A_{ij}(x_i + x_j)^2", "x'*(diag(A*ones(n)) + A)*x")),
    "sums from the end": ("x", "cumsum(flip(cumsum(flip(x))) - y)", ("norm(flip(cumsum(flip(x))) - y)^2/2",)),
    "an exponential among others": ("p", "sigmoid(logsumexp(P*p) - p.T*x)*(P.T*softmax(P*p) - x)", (
        "-log(exp(p'*x)/(exp(p'*x) + sum(exp(P*p))))", "log(1 + sum(exp(P*p))/exp(p'*x))")),
    "an inverse of a symmetric matrix": ("V", "2*inv(U)*V*inv(U)", (
        "vec(V)'*inv(kron(U, U))*vec(V)", "tr(inv(U)*V'*inv(U)*V)")),
    "ones times ones": ("x", "g - mean(g)", ("g'*(x - ones(n)*ones(n)'*x/n)", "g'*(x - mean(x))")),
}


@pytest.mark.parametrize(("by", "closed", "texts"), FORMS.values(), ids=FORMS)
def test_spellings_have_one_form(by, closed, texts):
    context = declare(VECTORS + MATRICES)
    found = [sd.derive(sd.parse(text, context), sd.parse(by, context)) for text in texts]
    assert [str(f.closed) for f in found] == [closed] * len(texts)
    assert found[0].check(samples=2).ok


def test_both_signs_of_a_difference_are_one_probability():
    context = declare("s: n; sigma: sigmoid")
    found = sd.derive(sd.parse(r"\sum_{i=1}^n\sum_{j=1}^n \sigma(s_i - s_j)^2", context), sd.parse("s", context))
    assert str(found.closed) == "2*(sum(S.^2.*(1 - S), axis=1) - sum(S.^2.*(1 - S), axis=0))"
    assert found.check(samples=2).ok


def test_many_pairs_of_terms_are_put_together_at_once():
    n, k = sd.dims("n"), 36
    x, ws, As = sd.tensor("x", n), [sd.tensor(f"w{i}", n) for i in range(k)], [sd.tensor(f"A{i}", n, n) for i in range(k)]
    found = sd.derive(sum(((w @ x) * sd.dot(x, A @ x) for w, A in zip(ws, As, strict=True)), sd.dot(x, x)), x)
    text = str(found.closed)
    assert all(f"(w{i}.T*x)*(A{i} + A{i}.T)" in text and f"(x.T*A{i}*x)*w{i}" in text for i in range(k))
