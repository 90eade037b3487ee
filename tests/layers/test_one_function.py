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
    ("X: N d; w: d; y: N; q: scalar", "w", "X.T*(heaviside(X*w - y) - q)", (
        "sum(max(q*(y - X*w), (q - 1)*(y - X*w)))", "sum(q*relu(y - X*w) + (1 - q)*relu(X*w - y))")),
    ("x: n; y: n; P: n n positive_definite; Q: n n positive_definite; A: n n", "x",
     "(A*y - (x.T*A*y)*P*x/(x.T*P*x))/(sqrt(x.T*P*x)*sqrt(y.T*Q*y))", (
         "x'*A*y/sqrt((x'*P*x)*(y'*Q*y))", "x'*A*y/(sqrt(x'*P*x)*sqrt(y'*Q*y))")),
    ("X: N d; w: d; y: N; s: scalar positive", "w", "s*X.T*((X*w - y)./sqrt(s**2 + (X*w - y).^2))", (
        "s^2*sum(sqrt(1 + ((X*w - y)/s).^2))", "sum(sqrt(s^4 + s^2*(X*w - y).^2))")),
    ("P: n n positive_definite; S: n n symmetric; a: scalar", "P", "inv(P)*S*inv(P) + a*inv(P)", (
        "a*log(det(P)) - tr(S*inv(P))", "-a*log(det(inv(P))) - tr(inv(P)*S)")),
    ("x: n; g: n", "x", "(g - (g.T*x)*sign(x)/norm(x, ord=1))/norm(x, ord=1)", ("g'*x/norm1(x)", "g'*x/sum(abs(x))")),
    ("x: n; y: n; w: n", "x", "(1 - exp(-x).*(y - w).^2)/2", (
        "sum((y - w).^2.*exp(-x) + x)/2", "sum(((y - w)./exp(x/2)).^2 + x)/2")),
    ("D: N d; W: k d; Y: N k", "W", "(Diag(sum(Y, axis=1))*softmax(D*W.T) - Y).T*D", (
        "-sum(Y.*log_softmax(D*W', axis=1))", "-sum(Y'.*log_softmax(W*D', axis=0))")),
    ("P: n n positive_definite; X: n k", "X", "2*inv(X*X.T + P)*X", (
        "log(det(P + X*X'))", "log(det(P)) + log(det(eye(n) + inv(P)*X*X'))")),
    ("x: n; y: n", "x", "sigmoid(x) - sigmoid(y)", (
        "sum(sigmoid(y).*log(sigmoid(y)./sigmoid(x)) + (1 - sigmoid(y)).*log((1 - sigmoid(y))./(1 - sigmoid(x))))",)),
    ("D: N d; E: N d", "D", "(softmax(D*E.T) - I)*E/N", (
        "-mean(log(sum(eye(N).*softmax(D*E'), axis=1)))", "mean(logsumexp(D*E', axis=1)) - tr(D*E')/N")),
    ("D: N d", "D", "2*(D - mean(D, axis=0))", (
        "tr((eye(N) - ones(N, N)/N)*D*D'*(eye(N) - ones(N, N)/N))", "sum((D - mean(D, axis=0)).^2)")),
    ("x: n", "x", "p.*(p - p.T*p)", ("norm(softmax(x))^2/2", "sum(exp(2*x))/(2*sum(exp(x))^2)")),
    ("x: n; y: n; k: scalar", "x", "k*sin(k*(y - x))", (
        "cos(k*x)'*cos(k*y) + sin(k*x)'*sin(k*y)", "sum(cos(k*(x - y)))", "sum(cos(k*y).*cos(k*x) + sin(k*y).*sin(k*x))")),
    ("x: d; C: k d; b: scalar positive", "x", "2*(x - C).T*softmax(-b*sum((x - C).^2, axis=1))", (
        "-logsumexp(-b*sum((C - x).^2, axis=1))/b", "x'*x - log(sum(exp(2*b*C*x - b*sum(C.^2, axis=1))))/b")),
    ("X: N d; w: d; G: N d", "w", "sum(G.*xhat, axis=0)", (
        "sum(G.*X.*w./sqrt(mean(X.^2, axis=1, keepdims=True) + 1/1000))",
        r"\sum_{i=1}^N\sum_{j=1}^d G_{ij}w_j\frac{X_{ij}}{\sqrt{\frac1d\sum_{k=1}^d X_{ik}^2 + 0.001}}",
        "tr(G'*diag(1./sqrt(mean(X.^2, axis=1) + 0.001))*X*diag(w))")),
    ("r: n; a: scalar positive", "r", "clip(r, -a, a)", (
        "sum(where(abs(r) <= a, r.^2/2, a*(abs(r) - a/2)))", "sum(where(abs(r) > a, a*abs(r) - a^2/2, r.^2/2))")),
    ("W: c d; x: d", "x", "sigmoid(x.T*(W[2,:] - W[1,:]))*(W[2,:] - W[1,:])", (
        "softplus(W[2,:]*x - W[1,:]*x)", "log(1 + exp((W*x)[2] - (W*x)[1]))")),
    ("x: n; u: n", "x", "u/(u.T*u + 1)", ("u'*x/(1 + u'*u)", "u'*x - u'*u*u'*x/(1 + u'*u)")),
    ("x: n", "x", "(x - mean(x))/(n*sqrt(var(x) + 1/1000))", (
        "sqrt(var(x) + 0.001)",
        r"\sqrt{\frac1n\sum_{i=1}^n\left(x_i - \frac1n\sum_{j=1}^n x_j\right)^2 + 0.001}")),
    ("x: n; y: n", "x", "flip(cumsum(flip(cumsum(x) - y)))", (
        "norm(cumsum(x) - y)^2/2", r"\frac12\sum_{i=1}^n\left(\sum_{j=1}^i x_j - y_i\right)^2")),
    ("X: n d; w: d; y: scalar", "X", "(mean(X*w) - y)*ones(n)*w.T/n", (
        "(mean(X, axis=0)'*w - y)^2/2", "(mean(X*w) - y)^2/2", "(ones(n)'*X*w/n - y)^2/2")),
    ("x: scalar; w: k positive; m: k; s: k positive", "m", "softmax(log(w./s) - ((m - x)./s).^2/2).*(m - x)./s.^2", (
        "-log(sum(w.*exp(-(x - m).^2./(2*s.^2))./s))", "-logsumexp(log(w) - log(s) - (x - m).^2./(2*s.^2))")),
    ("z: c; t: c one_hot", "z", "(softmax(z) - t)/(t.T*softmax(z))", (
        "exp(-t'*log_softmax(z))", "sum(exp(z))/exp(t'*z)", "1/(t'*softmax(z))")),
    ("X: n d; M: d d symmetric; W: n n symmetric", "M", "2*X.T*(Diag(sum(W, axis=1)) - W)*X", (
        r"\sum_{i=1}^n\sum_{j=1}^n W_{ij}(X_{i,:} - X_{j,:})^\top M(X_{i,:} - X_{j,:})",
        "2*tr(M*X'*(diag(sum(W, axis=1)) - W)*X)")),
    ("A: n n; B: m m; X: m n; C: m n", "X", "(B*X + X*A.T - C)*A + B.T*(B*X + X*A.T - C)", (
        "norm((kron(A, eye(m)) + kron(eye(n), B))*vec(X) - vec(C))^2/2", "norm(B*X + X*A' - C)^2/2")),
    ("u: d; p: d; N: k d; T: scalar positive", "p", "-sigmoid(logsumexp(N*u/T) - p.T*u/T)*u/T", (
        "softplus(logsumexp(N*u/T) - u'*p/T)", "log(1 + sum(exp(N*u/T - u'*p/T)))")),
    ("z: n; p: n", "z", "sigmoid(z) - p", (
        "sum(softplus(z) - p.*z)", "sum(p.*log(p./sigmoid(z)) + (1 - p).*log((1 - p)./(1 - sigmoid(z))))")),
    ("x: n; a: n; b: n", "x", "sigmoid(x.*(b - a)).*(b - a) + a", (
        "sum(log(exp(a.*x) + exp(b.*x)))", "sum(a.*x + softplus((b - a).*x))", "sum(logaddexp(a.*x, b.*x))")),
    ("z: n; h: n; c: n; g: n", "z", "g.*sigmoid(z).*(1 - sigmoid(z)).*(c - h)", (
        "sum(g.*(h + sigmoid(z).*(c - h)))", "sum(g.*(h + c.*exp(z))./(1 + exp(z)))")),
    ("u: d; V: m d; t: m", "u", "(V.T*(t./norm(V, axis=1)) - ((t./norm(V, axis=1)).T*V*u)*u/norm(u)**2)/norm(u)", (
        "t'*(V*u./(norm(V, axis=1)*norm(u)))", r"\sum_{i=1}^m t_i\frac{V_{i,:}u}{\|V_{i,:}\|\|u\|}")),
    ("X: N d; w: d", "w", "prod(s)*X.T*(1 - s)", ("prod(sigmoid(X*w))", "exp(-sum(softplus(-X*w)))")),
    ("X: N d; W: c d; Y: N c one_hot", "X", "(softmax(X*W.T) - Y)*W", (
        "-sum(Y.*log_softmax(X*W', axis=1))", "-sum(log(sum(Y.*softmax(X*W', axis=1), axis=1)))")),
    ("a: d; p: d; q: d; m: scalar positive", "q", "heaviside(m - (a - q).T*(a - q) + (p - a).T*(p - a))*(a - q)", (
        "max(0, norm(a - p)^2 - norm(a - q)^2 + m)/2", "relu(sum((a - p).^2 - (a - q).^2) + m)/2")),
    ("x: n", "x", "exp(x).*(prod(1 + exp(x))./(1 + exp(x)))", ("prod(1 + exp(x))", r"\prod_{i=1}^n (1 + e^{x_i})")),
)


@pytest.mark.parametrize(("declared", "by", "closed", "texts"), SPELLINGS, ids=[s[2] for s in SPELLINGS])
def test_one_derivative_for_every_spelling(declared, by, closed, texts):
    context = declare(declared)
    for text in texts:
        assert str(sd.derive(sd.parse(text, context), sd.parse(by, context)).closed) == closed


def test_what_einsum_adds_up_of_made_arrays_is_a_product():
    n, k, d = sd.dims("n k d")
    Q, K, V, G = sd.tensor("Q", n, d), sd.tensor("K", k, d), sd.tensor("V", k, d), sd.tensor("G", n, d)
    weights = sd.softmax(Q @ K.T / sd.sqrt(d))
    found = [sd.derive(f, V) for f in (sd.sum(G * sd.attention(Q, K, V)), sd.einsum("ij,ik,kj->", G, weights, V),
                                       sd.sum((weights.T @ G) * V))]
    assert {str(each.closed) for each in found} == {"P.T*G"}


def test_what_broadcasts_in_every_row_is_no_outer_product_beside_a_matrix():
    N, k = sd.dims("N k")
    Y, Z, b = sd.tensor("Y", N, k), sd.tensor("Z", N, k), sd.tensor("b", k)
    row = sd.ones(N)[:, None] * b[None, :]
    assert str(sd.derive(sd.trace(Y.T @ sd.tanh(Z + row)), b).closed) == "sum(Y.*(1 - tanh(Z + b).^2), axis=0)"
