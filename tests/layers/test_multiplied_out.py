"""Numbers made of sums, products, norms, roots and powers have one form, however they are spelled."""

from __future__ import annotations

import pytest

import symderiv as sd

SPELLINGS = {
    "products with 1 - t": ("p: n; t: n; a: scalar", "p", "p'*t/(p'*t + a*sum(p.*(1-t)))",
                            "p'*t/(p'*t + a*(sum(p) - t'*p))"),
    "a sum of products": ("p: n; t: n", "p", "p'*t/sum(p + t - p.*t)", "sum(p.*t)/(sum(p) + sum(t) - t'*p)"),
    "norms of products": ("X: n m; Y: n k", "X", "norm(Y'*X)^2/norm(X'*X)", "tr(X*X'*Y*Y')/norm(X*X')"),
    "powers of a quotient": ("p: n positive; q: n positive; a: scalar", "p", "log(sum(p.^a.*q.^(1-a)))/(a-1)",
                             "-log(sum((p./q).^a.*q))/(1-a)"),
    "a number beside an exponential": ("u: d; v: d; k: positive scalar", "u", "softplus(log(k) - u'*v)",
                                       "log(1 + k*exp(-u'*v))", "log(exp(u'*v) + k) - u'*v"),
    "one and exponentials": ("f: n", "f", "log(1 + sum(exp(f)))", "softplus(logsumexp(f))"),
    "a number below a root": ("x: n; b: n; h: positive scalar", "x", "sum(sqrt(1+((x-b)/h)^2)-1)*h^2",
                              "h*sum(sqrt(h^2+(x-b)^2)) - n*h^2"),
    "a focal loss": ("z: n; t: n", "z", "-sum(t.*(1-sigmoid(z))^2.*log(sigmoid(z)))",
                     "-sum(t.*sigmoid(-z)^2.*log(sigmoid(z)))"),
    "a focal loss of one class": ("z: n; t: n one_hot", "z", "-sum(t.*(1-softmax(z))^2.*log(softmax(z)))",
                                  "-(1-t'*softmax(z))^2*(t'*z - logsumexp(z))"),
    "the centring matrix": ("X: N d; A: d d", "X", "tr(X*A*X'*(eye(N)-ones(N)*ones(N)'/N))",
                            "tr(A*X'*X) - tr(A*X'*ones(N)*ones(N)'*X)/N"),
    "one mean taken off": ("x: n; u: n", "x", "u'*(x-mean(x))/norm(x-mean(x))", "(u-mean(u))'*x/sqrt(n*var(x))"),
    "a bilinear number backwards": ("x: n; A: n n", "x", "(x'*A*x)^2", "(x'*A'*x)*(x'*A*x)"),
    "squares of rows": ("X: N d; y: d", "y", "sum(exp(-sum((X-y')^2,axis=1)/2))",
                        "sum(exp(X*y - (sum(X^2,axis=1) + y'*y)/2))"),
    "a diagonal of a product": ("X: n m", "X", "sum(norm(X,axis=1))", "sum(sqrt(diag(X*X')))"),
    "a count times a mean": ("x: n; a: scalar; b: positive scalar", "b", "sum(b*x - a*log(b))", "n*(b*mean(x) - a*log(b))"),
    "a softplus of a difference": ("a: n; b: n", "a", "sum(log(exp(a)+exp(b)))", "sum(a + softplus(b-a))"),
    "a root of a product": ("p: n positive; q: n positive", "p", "norm(sqrt(p)-sqrt(q))^2", "sum(p+q) - 2*sum(sqrt(p.*q))"),
    "odds": ("p: n positive; t: n", "p", "sum(t.*log(p./(1+p)))", "-sum(t.*log(1+1./p))"),
    "odds of a probability": ("p: n positive; m: n", "p", "sum((log(p./(1-p))-m)^2)", "sum((log(p)-log(1-p)-m)^2)"),
    "counts that cancel": ("p: n", "p", "sum(p)^2/sum(p^2)", "n*mean(p)^2/mean(p^2)"),
    "squares of a norm": ("x: n; y: n", "x", "log(norm(x-y)^2)", "2*log(norm(y-x))"),
    "sums of columns": ("A: N d; B: N d", "A", "sum((1-diag(A'*B)/N)^2)", "norm(1-mean(A.*B,axis=0))^2"),
    "a product of diagonal matrices": ("a: n; b: n; c: n", "a", "tr(diag(a)*diag(b)*diag(c))", "sum(a.*b.*c)"),
    "a logarithm of a ratio": ("x: n positive; a: scalar; m: positive scalar", "a", "a*sum(log(x/m)) - n*log(a)",
                               "sum(a*log(x) - log(a) - a*log(m))"),
    "a variance under weights": ("x: n; w: n sums_to_one", "x", "sum(w.*(x-w'*x)^2)", "w'*x^2 - (w'*x)^2"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_gives_one_form(name):
    given, by, *spellings = SPELLINGS[name]
    found = [sd.derive(sd.parse(text, given), sd.parse(by, given)) for text in spellings]
    assert len({str(d.closed) for d in found}) == 1, [str(d.closed) for d in found]
    assert all(d.check(samples=1).ok for d in found)


@pytest.mark.parametrize(("given", "text", "kept"), [
    ("p: n; q: n; a: scalar", "sum(q.*(p./q).^a)", "p./q"),  # nothing is said of signs: the power is not taken apart
    ("x: n; h: scalar", "sum(sqrt(1 + x^2/h^2))", "1 + x.^2/h**2"),
    ("f: n; k: scalar", "sum(log(k + exp(f)))", "k + exp(f)"),
])
def test_what_is_not_known_to_be_positive_stays(given, text, kept):
    expr = sd.parse(text, given)
    assert kept in str(sd.derive(expr, sd.parse(given[0], given)).closed)


def test_a_square_about_a_number_is_not_multiplied_out():
    n = sd.dims("n")
    x, mu, s = sd.tensor("x", n), sd.tensor("mu"), sd.tensor("s")
    nll = sd.sum((x - mu) ** 2) / (2 * s) + n * sd.log(s) / 2
    assert str(sd.derive(nll, s).closed) == "(n - (x - mu).T*(x - mu)/s)/(2*s)"
    assert str(sd.derive(nll, mu).closed) == "sum(mu - x)/s"
