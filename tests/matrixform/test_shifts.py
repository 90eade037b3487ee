"""Sums over neighbours: slices with zeros around, for sizes that the slices fit into; and one form for more spellings."""

import pytest

import symderiv as sd
from symderiv.reader.declare.declarations import declare

GIVEN = declare("x: n; f: scalar; X: N d; w: d; W: k n; V: k n; s: k; t: k; K: k n; v: k; q: n; p: n positive; "
                "c: scalar positive; r: scalar; o: scalar; C: k n; S: n n positive_definite; u: n; l: n positive; "
                "E: k n positive; P: k positive")


@pytest.mark.parametrize(("text", "by", "form", "conditions"), [
    (r"\sum_{t=2}^{n} (x_t - f x_{t-1})^2", "f",
     "2*(take_slice(x, 0, n - 1).T*(f*take_slice(x, 0, n - 1) - take_slice(x, 1, n)))", []),
    (r"\sum_{t=1}^{n-2} x_t x_{t+2}", "x",
     "pad(take_slice(x, 0, n - 2), width=(2, 0)) + pad(take_slice(x, 2, n), width=(0, 2))",
     ["2 <= n"]),
    (r"\sum_{i=1}^{n-1} (x_{i+1} - x_i)^2", "x",
     "2*(pad(take_slice(x, 0, n - 1) - take_slice(x, 1, n), width=(0, 1)) - "
     "pad(take_slice(x, 0, n - 1) - take_slice(x, 1, n), width=(1, 0)))", []),
])
def test_neighbours(text, by, form, conditions):
    d = sd.derive(sd.parse(text, GIVEN), sd.parse(by, GIVEN))
    assert (str(d.closed), list(map(str, d.conditions))) == (form, conditions)
    assert d.check(samples=2).ok


@pytest.mark.parametrize(("by", "texts", "form"), [
    ("q", ("v'*softmax(K*q)", r"\sum_{i=1}^k v_i \frac{e^{K_{i,:} q}}{\sum_{j=1}^k e^{K_{j,:} q}}"), "K.T*(p.*(v - v.T*p))"),
    ("s", ("sum(t.*exp(s)./exp(v))", "t'*exp(s - v)"), "exp(s - v).*t"),
    ("s", ("sum(sigmoid(s - t))", "sum(exp(s)./(exp(s) + exp(t)))"), "s_1.*(1 - s_1)"),
    ("p", ("x'*p/sum(p)", "sum(p.*x)/sum(p)"), "(x - (p.T*x)/sum(p))/sum(p)"),
    ("x", ("f*sum(log(1 + abs(x)/c))",), "f*sign(x)./(c + abs(x))"),
    ("x", ("sum(q.*((x + roll(x, 1))/2).^2)", "sum(q.*(x/2 + roll(x, 1)/2).^2)"),
     "(q.*(roll(x, 1) + x) + roll(q.*(roll(x, 1) + x), -1))/2"),
    ("x", ("norm((x + roll(x, 1))/2 - q)^2/2", "norm(x/2 + roll(x, 1)/2 - q)^2/2"),
     "((roll(x, 1) + x)/2 - q + roll((roll(x, 1) + x)/2 - q, -1))/2"),
    ("r", ("exp(-2*sin(r)^2)", "exp(cos(2*r) - 1)"), "-4*exp(-2*sin(r)**2)*sin(r)*cos(r)"),
    ("r", ("sin(r/2)^2", "(1 - cos(r))/2", "1 - cos(r/2)^2 - (1 - cos(r))/2 + sin(r/2)^2"), "sin(r)/2"),
    ("r", ("f*(1 - exp(-r))^2", "f*(exp(-2*r) - 2*exp(-r) + 1)"), "2*f*(1 - exp(-r))*exp(-r)"),
    ("r", ("exp(f*log(r))", "r^f"), "f*r**(f - 1)"),
    ("x", ("sigmoid(norm(x - q)^2 - norm(x - u)^2)", "sigmoid(2*x'*(u - q) + q'*q - u'*u)"), "2*s*(1 - s)*(u - q)"),
    ("q", ("sum(((q - x)./l).^2)^2", "((q - x)'*diag(1./l.^2)*(q - x))^2"),
     "4*(((q - x)./l).T*((q - x)./l))*(q - x)./l.^2"),
    ("x", ("1/(f*(sum(x) - x'*q) + x'*q)", "1/(f*sum(x) + (1 - f)*x'*q)"), None),
    ("s", ("sum(C.*(exp(s)*exp(x)'))", "sum(C.*exp(s*ones(n)' + ones(k)*x'))"), "exp(s).*(C*exp(x))"),
    ("s", ("log(sum(exp(s*ones(n)' + C + ones(k)*x')))", "log(exp(s)'*exp(C)*exp(x))"), None),
    ("x", (r"\sum_{j=1}^k s_j\|x - C_{j,:}\|^2", "sum(s)*x'*x - 2*x'*C'*s + s'*sum(C.^2, axis=1)"), "2*(x - C).T*s"),
    ("x", ("(q - x)'*inv(S)*(q - x)/2", "norm(inv(cholesky(S))*(q - x))^2/2"), "inv(S)*(x - q)"),
    ("C", ("sum(V.*(diag(t)*C*diag(u)*S))", "tr(V'*((t*u').*C)*S)"), "(t*u.T).*(V*S)"),
    ("S", ("sum(V.*(diag(t)*C*diag(u)*S))", "tr(V'*((t*u').*C)*S)"), "(C.*(t*u.T)).T*V"),
    ("E", ("sum(E.*log(E./(P*p')))", "sum(E.*log(E)) - sum(E*log(p)) - sum(E'*log(P))"), "1 + log(E./(P*p.T))"),
    ("x", ("sum(log(1 - exp(-x)))", "sum(log(exp(x) - 1) - x)"), "1./(exp(x) - 1)"),
])
def test_spellings_have_one_form(by, texts, form):
    found = {str(sd.derive(sd.parse(text, GIVEN), sd.parse(by, GIVEN)).closed) for text in texts}
    assert len(found) == 1
    assert form in (None, *found)


def test_a_common_diagonal_matrix_stands_in_front():
    J = sd.derive(sd.parse("(W*q).*sigmoid(V*q)", GIVEN), sd.parse("q", GIVEN))
    assert str(J.closed) == "Diag(s)*(Diag((W*q).*(1 - s))*V + W)"


def test_a_polynomial_in_a_score_is_factored():
    H = sd.hessian(sd.parse("(sigmoid(w'*X[1,:]) - f)^2", GIVEN), sd.parse("w", GIVEN))
    assert "**4" not in str(H.closed) and H.check(samples=2).ok
