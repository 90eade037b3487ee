"""What is written with exponentials, squares and sums in several ways is read as one function, and has one derivative."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.reader.declare.declarations import declare

SPELLINGS = (
    ("X: N d; w: d; y: N", "w", "X.T*tanh(X*w - y)", (
        "sum(log((exp(X*w - y) + exp(y - X*w))/2))", "sum(log(cosh(y - X*w)))",
        "sum(softplus(2*(X*w - y)) - (X*w - y) - log(2))")),
    ("X: N d; w: d; y: N", "w", "2*X.T*(X*w - y - mean(X*w - y))/N", (
        "var(y - X*w)", "mean((X*w - y).^2) - mean(X*w - y)^2")),
    ("u: d; p: d; q: d", "u", "sigmoid(u.T*(q - p))*(q - p)", (
        "-log(exp(u'*p)/(exp(u'*p) + exp(u'*q)))", "softplus(u'*(q - p))")),
    ("q: d; K: m d; b: m; v: m", "b", "p.*(v - v.T*p)", (
        "v'*softmax(K*q + b)", "sum(v.*exp(K*q).*exp(b))/sum(exp(K*q).*exp(b))")),
    ("x: d; y: d; s: scalar positive", "x", "exp(-(y - x).T*(y - x)/(2*s**2))*(y - x)/s**2", (
        "exp(-norm(x - y)^2/(2*s^2))", "exp(x'*y/s^2)*exp(-x'*x/(2*s^2))*exp(-y'*y/(2*s^2))")),
    ("W: n k", "W", "W*(W.T*W - I)", ("norm(W'*W - eye(k))^2/4", "tr(W'*W*W'*W)/4 - tr(W'*W)/2 + k/4")),
    ("A: m n; X: n p; B: m p", "X", "A.T*(A*X - B)", (
        "norm(A*X - B)^2/2", "tr(X'*A'*A*X)/2 - tr(B'*A*X) + tr(B'*B)/2")),
    ("x: n; m: n; v: scalar positive", "x", "(v + 1)*(x - m)./(v + (x - m).^2)", (
        "(v + 1)/2*sum(log(1 + (x - m).^2/v))", "(v + 1)/2*(sum(log(v + (m - x).^2)) - n*log(v))")),
    ("x: n; y: n", "x", "((x.T*y)*x/norm(x)**2 - y)/norm(x)", ("norm(x/norm(x) - y)^2/2", "(1 + y'*y)/2 - x'*y/norm(x)")),
    ("z: c; t: c one_hot; q: scalar", "z", "(t.T*softmax(z))**q*(softmax(z) - t)", ("(1 - (t'*softmax(z))^q)/q",)),
    ("s: n; t: m", "s", "-sum(exp(t))*exp(-s)", (
        r"\sum_{i=1}^n\sum_{j=1}^m e^{t_j - s_i}", "sum(exp(t))*sum(exp(-s))")),
    ("L: k d; x: d; y: d; b: scalar", "b", "-sigmoid((y - x).T*L.T*L*(y - x) - b)", (
        "softplus(norm(L*(x - y))^2 - b)", "log(1 + exp((x-y)'*L'*L*(x-y) - b))")),
    ("A: n n; s: n; x: n", "s", "x.*((A + A.T)*(s.*x))", ("(s.*x)'*A*(s.*x)", "s'*(A.*(x*x'))*s")),
    ("S: n k; B: n n symmetric", "S", "2*(B*S - sum(S.*(B*S))*S/norm(S)**2)/norm(S)**2", (
        "tr(S'*B*S)/norm(S)^2", "sum(S.*(B*S))/tr(S'*S)")),
)


@pytest.mark.parametrize(("declared", "by", "closed", "texts"), SPELLINGS, ids=[s[2] for s in SPELLINGS])
def test_one_derivative_for_every_spelling(declared, by, closed, texts):
    context = declare(declared)
    for text in texts:
        assert str(sd.derive(sd.parse(text, context), sd.parse(by, context)).closed) == closed
