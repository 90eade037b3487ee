"""Brackets, signs, squares and logarithms of powers have one form, however they are written."""

import pytest

import symderiv as sd

GIVEN = ("x: n; y: n; v: n; t: n; m: scalar; h: positive scalar; k: positive scalar; p: n positive; q: n positive; "
         "z: c; o: c one_hot; W: n d; u: d; H: d e; A: n e positive; P: n d positive; F: d e positive")
FORMS = {
    "a sign in a bracket": ("x", "v'*log(-(-exp(x) - 1))", "v'*softplus(x)"),
    "a common divisor": ("x", "sum(sqrt(1 + (x/h - y/h)^2))", "sum(sqrt(1 + ((x - y)/h)^2))"),
    "a square written out": ("x", "sum(sqrt(x^2 - 2*x.*y + y^2 + h^2))", "sum(sqrt((x - y)^2 + h^2))"),
    "half the logarithm": ("p", "2*sum(q.*log(sqrt(p./q)))", "sum(q.*log(p./q))"),
    "an inverse twice": ("p", "sum(q.*log(1./(1./p)))", "q'*log(p)"),
    "a step and its argument": ("u", "norm((W*u).*heaviside(W*u) - y)^2", "norm(relu(W*u) - y)^2"),
    "tanh among terms": ("x", "norm(y - 2*sigmoid(2*x) + 1)^2", "norm(y - tanh(x))^2"),
    "both signs of a sigmoid": ("x", "v'*(sigmoid(2*x) - sigmoid(-2*x))", "v'*tanh(x)"),
    "the other sigmoid": ("x", "mean(1 - sigmoid((y - x)/h))", "mean(sigmoid((x - y)/h))"),
    "ones among factors": ("x", "ones(n)'*(v.*tanh(x).*t)", "sum(t.*v.*tanh(x))"),
    "sums of sums": ("W", "sum(sum(W.*W, axis=1))/(1 + norm(W)^2)", "norm(W)^2/(1 + norm(W)^2)"),
    "the sum of a product": ("P", "ones(n)'*P*F*ones(e) - sum(A.*log(P*F))", "sum(P*F - A.*log(P*F))"),
    "exponential of logarithms": ("k", "sum(exp(k*(log(p) - log(h))))", "sum((p/h)^k)"),
    "one probability": ("z", "h*exp(o'*log_softmax(z))", "h*o'*softmax(z)"),
    "one of two orders": ("x", "1 - sum(x.*t)/(sum(x) + sum(t) - sum(t.*x))", "1 - x'*t/(sum(x) + sum(t) - x'*t)"),
    "a number counted": ("m", "norm(m - log(p))^2/2", "sum((log(p) - m)^2)/2"),
    "both brackets turned": ("p", "(sum(p.^k) - 1)/(1 - k)", "(1 - sum(p.^k))/(k - 1)"),
    "roots": ("p", "log(sum(sqrt(p.*q)))", "log(sqrt(p)'*sqrt(q))"),
    "the smaller of two": ("h", "h*sum(min(x, 0))", "-h*ones(n)'*max(0, -x)"),
    "laid out in a row": ("W", "norm(vec(W) - vec(P))^2", "norm(W - P)^2"),
    "odd powers": ("m", "sum((m - x)^4)", "sum((x - m)^4)"),
    "a norm over the root of the count": ("x", "norm(x - mean(x))/sqrt(n)", "std(x)"),
    "a mean behind a matrix": ("H", "norm(H'*sum(P, axis=0)/n)^2", "norm(H'*mean(P, axis=0))^2"),
    "one entry twice": ("z", "-(1 - sum(o.*exp(z))/sum(exp(z)))^k*log(sum(o.*exp(z))/sum(exp(z)))",
                        "-(1 - o'*softmax(z))^k*log(o'*softmax(z))"),
    "leaky relu": ("u", "v'*(max(0, W*u) + 0.2*min(0, W*u))", "v'*max(W*u, W*u/5)"),
    "a gate": ("y", "norm(y + sigmoid(x + v).*(t - y))^2", "norm(sigmoid(-x - v).*y + t./(1 + exp(-x - v)))^2"),
    "distances of all pairs": ("W", "sum(exp(2*W*P' - sum(W^2, axis=1)*ones(n)' - ones(n)*sum(P^2, axis=1)'))",
                               r"\sum_{i=1}^n\sum_{j=1}^n \exp(-\|W_{i,:} - P_{j,:}\|^2)"),
    "logarithms together": ("x", "h*log(1 + x'*x)/2 + k*log(1 + x'*x)/2", "(h + k)/2*log(1 + x'*x)"),
}


@pytest.mark.parametrize(("by", "one", "other"), FORMS.values(), ids=FORMS)
def test_both_have_one_form(by, one, other):
    found = [sd.derive(sd.parse(text, GIVEN), sd.parse(by, GIVEN)) for text in (one, other)]
    assert str(found[0].closed) == str(found[1].closed)
    assert found[0].where == found[1].where
    assert found[0].check(samples=1).ok


INDEPENDENT = {"sum(x.*(S*y))": "x*y.T", "(S*x)'*y": "y*x.T", "tr(S'*A)": "A", "x'*S'*y": "y*x.T",
               "sum(x.*(inv(S)*y))": "-inv(S)*x*y.T*inv(S)", "y'*S*S*x": "S*y*x.T + y*x.T*S"}


@pytest.mark.parametrize(("text", "form"), INDEPENDENT.items(), ids=INDEPENDENT)
def test_entries_of_a_symmetric_matrix_are_independent(text, form):
    given = "S: n n positive_definite; A: n n; x: n; y: n"
    found = sd.derive(sd.parse(text, given), sd.parse("S", given))
    assert str(found.closed) == form
    assert found.status == "proved"


def test_what_stands_beside_a_product_with_a_mean_stays_outside():
    k = sd.dims("k")
    A, B, f = sd.tensor("A", k, k), sd.tensor("B", k, k), sd.tensor("f", k)
    loss = sd.sum(f * (A @ sd.sum(B, axis=1)) / k)
    assert str(sd.derive(loss, f).closed) == "A*mean(B, axis=1)"
    assert str(sd.derive(loss, A).closed) == "f*mean(B, axis=1).T"
