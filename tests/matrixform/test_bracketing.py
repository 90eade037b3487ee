"""Sums of products stand in the brackets that leave the fewest operations, whatever their spelling."""

import pytest

import symderiv as sd
from symderiv.reader.declare.declarations import declare

FORMS = [
    ("a: scalar; x: n; y: n", "a", "(x - y).T*(a*(x - y) + y)", ("norm(a*x + (1 - a)*y)^2/2", "norm(y + a*(x - y))^2/2")),
    ("X: N d; R: d d; Y: N d", "R", "(X*R.T - Y).T*X", ("norm(X*R' - Y)^2/2", "norm(R*X' - Y')^2/2")),
    ("s: scalar; q: n; x: n", "s", "q.T*(s*q - x)", ("norm(x - s*q)^2/2", "s^2*q'*q/2 - s*q'*x")),
    ("Q: N d; P: N d; w: d; g: scalar; r: N", "w", "(g*P - Q).T*((g*P - Q)*w + r)", (
        "norm(r + g*P*w - Q*w)^2/2", "norm(Q*w - r - g*P*w)^2/2")),
    ("A: N d; B: N d; w: d", "w", "(B - A).T*sigmoid((B - A)*w)", (
        "sum(softplus(-(A - B)*w))", "sum(log(1 + exp(B*w - A*w)))")),
]


@pytest.mark.parametrize(("declared", "by", "form", "texts"), FORMS, ids=[form for *_, form, _ in FORMS])
def test_every_spelling_of_a_polynomial_stands_in_the_same_brackets(declared, by, form, texts):
    context = declare(declared)
    found = [sd.derive(sd.parse(text, context), sd.parse(by, context)) for text in texts]
    assert {str(d.closed) for d in found} == {form}
    assert all(d.check().ok for d in found)
