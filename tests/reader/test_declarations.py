"""Declarations: every form, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Symbol

import symderiv as sd
from symderiv.errors import DeclarationError, DefinitionCycle, ParseError, ShapeError
from symderiv.reader import declare, parse


def shape(given: str, text: str) -> str:
    return str(tuple(getattr(parse(text, given), "shape", ())))


@pytest.mark.parametrize(("given", "text", "expected"), [
    ("W: m n", "W", "(m, n)"),
    ("h: d - k + 1", "h", "(d - k + 1,)"),
    ("y: C (H-k+1) 0..W", "y", "(C, H - k + 1, W + 1)"),
    ("x: 1 n", "x", "(1, n)"),
    ("a, b: n", "b", "(n,)"),
    ("c: scalar", "c", "()"),
    ("W: (m, n)", "W", "(m, n)"),
    ("A: n n symmetric positive-definite", "A", "(n, n)"),
    ("X: D_x 2*n", "X", None),
    ("X: D_x (2*n)", "X", "(D_x, 2*n)"),
    ("i: index m; x_i: d", "x", "(m, d)"),
    ("W^{(1)}: h d; v: d", "W^{(1)}*v", "(h,)"),
    ("h_{t+1}: n", "h_{t+1}", "(n,)"),
    ("J: 2 3", "J", "(2, 3)"),
    (r"\theta: n", "theta", "(n,)"),
    ("theta: n", r"\theta", "(n,)"),
    (r"\hat y: n", r"\hat{\mathbf{y}}", "(n,)"),
    (r"\mathbf x: n", "x", "(n,)"),
])
def test_shapes(given: str, text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(DeclarationError, match="bracket"):
            declare(given)
    else:
        assert shape(given, text) == expected


def test_properties_follow_the_sizes() -> None:
    assert {"symmetric", "positive_definite"} <= parse("A", "A: n n symmetric positive-definite").properties
    assert "one_hot" in parse("y", "y: n one-hot").properties
    assert "positive" in parse("eps", "eps: scalar; eps > 0").properties
    assert "positive" in parse("X", "X: m n; X_{ik} > 0").properties
    assert "sums_to_one" in parse("y", "y: n; sum_i y_i = 1").properties


def test_relations_between_sizes_become_assumptions() -> None:
    context = declare("x: d; w: k; k < d; k >= 2")
    d, k = (Symbol(s, positive=True, integer=True) for s in "dk")
    assert context.assuming == [d > k, k >= 2]


@pytest.mark.parametrize(("given", "text", "expected"), [
    ("W: m n; x: n; p = softmax(W*x)", "Diag(p) - p*p'", "Diag(p) - p*p.T"),
    ("z: n; p_i = exp(z_i)/sum_j exp(z_j)", "p_i", "p[i]"),
    ("X: m d; x_i = X[i,:]; w: d", "sum_i (x_i'*w)^2", "Sum(Sum(w[k]*x[i, k], (k, 1, d))**2, (i, 1, m))"),
    ("f(x) = x'*A*x; x, u: n; A: n n", "f(u)", "u.T*A*u"),
    ("f(t) = t^2 + 1; c: scalar", "f(c) + f(2)", "c**2 + 6"),
    ("X: m n; x = X", "x", "X"),
    ("d_k = d; x: d", "x/sqrt(d_k)", "x/sqrt(d)"),
    ("U: V d; v_c: d; o: label V; u_w = U[w,:]; P(O=w|C=c) = exp(u_w'*v_c)/sum_j exp(u_j'*v_c)", "log(P(O=o|C=c))",
     "log(P(O=w|C=c)[o])"),
    ("S: softmax; z: n", "S(z)", "softmax(z)"),
    ("phi: function; z: n", "phi(z)", "phi(z)"),
    ("phi: function; z: n", "phi'(z)", "phi'(z)"),
    ("log: base 2; c: scalar", "log(c)", "log(c)/log(2)"),
    ("x: n; w: k; k <= n; *: conv1d valid", "x*w", "conv1d(x, w)"),
    (r"x: n; w: k; k <= n; *_{full}: conv1d full flip", r"x *_{full} w", 'conv1d(x, w, mode="full", flip=True)'),
    (r"x: n; w: k; \tilde *: conv1d full", r"x \tilde{*} w", 'conv1d(x, w, mode="full")'),
    ("A, B: n n; (:): frobenius", "A:B", "sum(A.*B)"),
    ("h^{(0)}: n; W: n n; h^{(t)} = tanh(W*h^{(t-1)}) for t = 1..3", "h^{(3)}", "h^{(3)}"),
    ("x: n; indices: from 0", "x_0", "x[1]"),
])
def test_definitions_and_signs(given: str, text: str, expected: str) -> None:
    assert str(parse(text, given)) == expected


def test_a_definition_may_use_what_is_defined_below_it() -> None:
    assert str(parse("q", "q = p.^2; p = softmax(z); z: n").body) == "(p.^2)[i]"


def test_indices_from_zero_shift_every_entry() -> None:
    y = parse("y", "x: n; w: k; k <= n; indices: from 0; y: n-k+1; y_i = sum_{j=0}^{k-1} x_{i+j}*w_j")
    assert str(y.body) == "Sum(w[j + 1]*x[i + j], (j, 0, k - 1))"


def test_conventions() -> None:
    context = declare("layout: numerator; summation: einstein; goal: dL/dW; tolerance: 0.01; % a remark")
    assert (context.layout, context.einstein, context.goal, context.tolerance) == ("numerator", True, "dL/dW", 0.01)


def test_comments_and_semicolons() -> None:
    context = declare("% sizes\nW: m n; x: n  % the input\n\n;;")
    assert str(parse("W*x", context)) == "W*x"


def test_python_objects() -> None:
    m, n = sd.dims("m n")
    W, x = sd.tensor("W", m, n), sd.tensor("x", n)
    i = sd.indices("i", m)
    given = {"W": W, "x": x, "i": i, "s": sd.sigmoid, "y": "label m"}
    assert parse("W*x", given) == W @ x
    assert parse("s(x)", given) == sd.sigmoid(x)
    assert parse("W*x - e_y", given, y=sd.label("y", m)) == W @ x - sd.one_hot(sd.label("y", m))
    assert parse("x/n", given) == x / n


def test_an_unknown_quantity_has_a_gradient_of_its_own() -> None:
    given = "X: N n; W: n m; Y = X*W; L: function of Y"
    assert str(parse("∂L/∂Y", given)) == "dL_dY"
    assert str(parse("∂L/∂W", given)) == "X.T*dL_dY"


@pytest.mark.parametrize(("given", "error", "says"), [
    ("W: m n; W: n m", DeclarationError, "declared twice"),
    ("x: ", DeclarationError, "after the colon"),
    (": n", DeclarationError, "name is missing"),
    ("x: n; y: 0", DeclarationError, "positive integer"),
    ("x: 2.5", DeclarationError, "whole numbers"),
    ("A: m n symmetric", DeclarationError, "not square"),
    ("x: n sparse!", DeclarationError, "not a size"),
    ("layout: sideways", DeclarationError, "denominator"),
    ("indices: from 3", DeclarationError, "from 0"),
    ("tolerance: 7", DeclarationError, "between 0 and 1"),
    ("*: sideways", DeclarationError, "conv1d"),
    ("x: n; x", DeclarationError, "neither"),
    ("x'*: n", DeclarationError, "not a name"),
    ("p = softmax(z)", DeclarationError, "z is not declared"),
    ("h_t = tanh(h_{t-1}) for t = 1..T", DeclarationError, "in numbers"),
    ("k < k; x: k", DeclarationError, "cannot hold"),
    ("i: index m n", DeclarationError, "one size"),
    ("x: n; p =", DeclarationError, "nothing stands after"),
])
def test_contradictions_and_unknown_forms(given: str, error: type, says: str) -> None:
    with pytest.raises((error, ShapeError) if "square" in says else error) as caught:
        declare(given)
    assert says in str(caught.value) and "line 1, column" in str(caught.value)


def test_recursion_in_definitions_is_refused() -> None:
    with pytest.raises(DefinitionCycle):
        parse("a", "a = b + 1; b = 2*a")


def test_a_definition_must_fit_its_declared_shape() -> None:
    with pytest.raises(ShapeError, match="declared with shape"):
        parse("p", "z: n; p: m; p = softmax(z)")


def test_errors_point_into_the_declarations() -> None:
    with pytest.raises(ParseError) as caught:
        declare("W: m n\nx: n\np = softmax(W*q)")
    assert (caught.value.line, caught.value.column) == (3, 15)


def test_without_strictness_the_rest_is_kept() -> None:
    context: Any = declare("x: n; p = softmax(q); u: n", strict=False)
    assert len(context.problems) == 1
    assert str(parse("x'*u", context)) == "x.T*u"
