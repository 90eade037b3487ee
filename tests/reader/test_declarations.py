"""Declarations: every form, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Symbol

import symderiv as sd
from symderiv.errors import DeclarationError, DefinitionCycle, EvaluationError, ParseError, ShapeError
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
    ("x: row vector n", "x", "(1, n)"),
    ("A: matrix m n", "A", "(m, n)"),
    ("x: n-vector", "x", "(n,)"),
    ("W: R^{m x n}", "W", "(m, n)"),
    (r"W \in \mathbb{R}^{m \times n}", "W", "(m, n)"), (r"W \in \R^{m \times n}", "W", "(m, n)"),
    (r"y \in \mathds{R}^k", "y", "(k,)"),
    ("a, b ∈ ℝ; x ∈ ℝⁿ", "x", "(n,)"),
    ("c: real", "c", "()"),
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
    ("S: softmax; z: n; p := S(z)", "p", "p"),
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
    ("h_t = tanh(h_{t-1}) for t = a..b+1", DeclarationError, "in numbers"),
    ("k < k; x: k", DeclarationError, "cannot hold"),
    ("i: index m n", DeclarationError, "one size"),
    ("x: n; p =", DeclarationError, "nothing stands after"),
    ("x: n; x: label m", DeclarationError, "as 'label m', and as 'n'"),
    ("indices: from 0; indices: from 1", DeclarationError, "said twice"),
    ("layout: numerator; layout: denominator", DeclarationError, "said twice"),
    ("log: base 2; log: natural", DeclarationError, "said twice"),
    ("goal:", DeclarationError, "nothing stands after"),
    ("x: , ,", DeclarationError, "nothing stands after"),
    ("x: n; n: 3", DeclarationError, "used as a size"),
    ("W: mn; x: m; y: n", DeclarationError, "used as one size"),
    ("x: vector", DeclarationError, "not of what size"),
    ("A: matrix n", DeclarationError, "2 sizes"),
    ("sigma: activation", DeclarationError, "not a size"),
    ("y: n onehot", DeclarationError, "not a size"),
    ("E: expectation", DeclarationError, "is over"),
    ("i: index", DeclarationError, "needs a range"),
    ("h_t = h_{t-1} for t = 3..1", DeclarationError, "backwards"),
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


RECURRENT = """h^{(0)}: n; W: n n; x^{(t)}: n for t = 1..T; T: size
h^{(t)} = tanh(W*h^{(t-1)} + x^{(t)}) for t = 1..T
s = sum_{t=1}^T sum(h^{(t)})"""


def test_a_step_left_open_is_read_at_a_number() -> None:
    context = declare(RECURRENT)
    assert context.numbers == {"T": 3}
    assert str(parse("h^{(T)}", context)) == "h^{(3)}"
    two = declare(RECURRENT, numbers={"T": 2})
    given = {"h^{(0)}": np.array([0.1, 0.2]), "W": np.eye(2) / 2, "x^{(1)}": np.ones(2), "x^{(2)}": np.zeros(2)}
    h1 = np.tanh(given["W"] @ given["h^{(0)}"] + 1)
    h2 = np.tanh(given["W"] @ h1)
    np.testing.assert_allclose(sd.evaluate(parse("s", two), **given), (h1 + h2).sum())


def test_a_recurrence_without_a_range_goes_up_to_its_letter() -> None:
    context = declare("t: integer; beta: scalar; g_t: n; v_0 = 0\nv_t = beta*v_{t-1} + (1-beta)*g_t", numbers={"t": 2})
    g = {"g_1": np.array([1.0, 2.0]), "g_2": np.array([5.0, 7.0])}
    found = sd.evaluate(parse("v_t", context), beta=0.25, **g)
    np.testing.assert_allclose(found, 0.75 * (0.25 * g["g_1"] + g["g_2"]))


def test_an_expectation_is_linear_and_no_more() -> None:
    context = declare("x: scalar; c: scalar; E: expectation over x")
    given = {f"x(outcome {k})": v for k, v in zip(range(1, 5), (0.3, -1.0, 2.0, 0.7), strict=True)}
    weights, values = np.array([0.1, 0.2, 0.3, 0.4]), np.array(list(given.values()))

    def at(text: str) -> float:
        expr = parse(text, context)
        return float(sd.evaluate(expr, **given, **({"c": 2.0} if "c*" in text else {})))

    mean = weights @ values
    assert at("E[c*x + 1]") == pytest.approx(2 * mean + 1)
    assert at("Var(x)") == pytest.approx(weights @ values**2 - mean**2)
    assert at("E[x^2]") != pytest.approx(at("E[x]^2"))


def test_a_matrix_to_an_open_power_needs_a_number() -> None:
    given = "X: n n; k: integer"
    with pytest.raises(ShapeError, match="numbers only"):
        parse("X^k", given)
    assert str(parse("X^k", declare(given, numbers={"k": 3}))) == "X*X*X"


def test_an_unknown_function_has_unknown_derivatives() -> None:
    given = "phi: function; W: m n; x: n; y: m; L = norm(phi(W*x) - y)^2"
    gradient = parse("dL/dW", given)
    assert "phi'(W*x)" in str(gradient)
    rng = np.random.default_rng(0)
    W, x, y = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3)
    loss, step = parse("L", given), 1e-6
    with pytest.raises(EvaluationError, match="what the function phi is"):
        sd.evaluate(loss, W=W, x=x, y=y)
    found = sd.evaluate(gradient, W=W, x=x, y=y, phi=np.tanh, dphi=lambda z: 1 - np.tanh(z)**2)
    for i, j in ((0, 0), (2, 1)):
        shift = np.zeros_like(W)
        shift[i, j] = step
        ends = [sd.evaluate(loss, W=W + end * shift, x=x, y=y, phi=np.tanh) for end in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * step)
        assert found[i, j] == pytest.approx(slope, rel=1e-6)


def test_a_product_of_derivatives_is_the_chain_rule() -> None:
    given = "x: d; V: m d; W: q m; z = V*x; h = tanh(z); o = W*h; L: function of o"
    for text in (r"\frac{\partial L}{\partial o}\frac{\partial o}{\partial h}\frac{\partial h}{\partial V}",
                 r"\frac{\partial L}{\partial o}\frac{\partial o}{\partial V}", r"\frac{\partial L}{\partial V}"):
        rng = np.random.default_rng(1)
        x, V, W, g = rng.normal(size=3), rng.normal(size=(2, 3)), rng.normal(size=(4, 2)), rng.normal(size=4)
        found = sd.evaluate(parse(text, given), **{"x": x, "V": V, "W": W, "dL_do": g}, )
        np.testing.assert_allclose(found, np.outer((1 - np.tanh(V @ x)**2) * (W.T @ g), x))
    with pytest.raises(ShapeError):
        parse(r"\frac{\partial o}{\partial h}\frac{\partial L}{\partial o}", given)



def test_fonts_tell_names_apart_only_where_both_are_declared() -> None:
    both = declare(r"x: scalar; \mathbf{x}: n; \mathbf{w}: n")
    found = sd.evaluate(parse(r"\mathbf{w}^\top\mathbf{x} + x", both), x=1.0, bold_x=np.array([1.0, 2.0]),
                        w=np.array([3.0, 4.0]))
    assert found == pytest.approx(12.0)
    assert str(parse(r"\mathbf{x}^\top\boldsymbol{x}", "x: n")) == "x.T*x"


@pytest.mark.parametrize("bound", ["lambda > 0", r"\lambda > 0", "0 < lambda < 1", r"-1 \le \lambda \le 1", "lambda > .01"])
def test_a_bound_declares_the_number_that_nothing_else_does(bound: str) -> None:
    found = sd.verify(r"\lambda a = a \lambda", given=f"a: scalar\n{bound}")
    assert [line.status for line in found.lines] == ["proved"]


def test_a_relation_of_two_unknown_names_declares_neither() -> None:
    with pytest.raises(sd.SymderivError, match="k is not declared"):
        sd.parse("1", given="k < d")


@pytest.mark.parametrize(("said", "held"), [
    ("spd", "positive_definite"), ("posdef", "positive_definite"), ("symmetric PSD", "symmetric"),
    ("non-singular", "invertible"),
    ("positive semidefinite", "symmetric"),
])
@pytest.mark.parametrize("space", ["n n", "R^{n x n}"])
def test_properties_are_shortened_as_people_shorten_them(space: str, said: str, held: str) -> None:
    assert held in parse("A", f"A: {space} {said}").properties


def test_a_word_behind_a_space_that_is_no_property_is_named() -> None:
    with pytest.raises(DeclarationError, match="'stochastic' is not a property"):
        declare("A: R^{n x n} stochastic")


@pytest.mark.parametrize("said", [
    "m x n", "m × n", r"m \times n", "m by n", "m-by-n", "(m, n)", "[m, n]", "(m x n)", "an m x n matrix",
    "matrix of size m x n", "real m n", "array of shape (m, n)", "R^{m x n}", "tensor m, n",
])
def test_a_shape_in_words_and_signs(said: str) -> None:
    found = parse("A", f"A: {said}; x: n")
    assert [str(s) for s in found.shape] == ["m", "n"]


@pytest.mark.parametrize(("said", "shape"), [
    ("n+1 x m", "n + 1 m"), ("square n", "n n"), ("vectors n", "n"), ("n-dimensional vector", "n"),
    ("vector of length n", "n"), ("vector in R^n", "n"), ("row vector of length n", "1 n"), ("in out", "in out"),
    ("dim heads", "dim heads"),
    ("a b", "a b"), ("R^{m x n-1}", "m n - 1"),
])
def test_words_are_no_sizes_and_sizes_no_words(said: str, shape: str) -> None:
    assert " ".join(map(str, parse("A", f"A: {said}").shape)) == shape


@pytest.mark.parametrize("given", [
    "A: n n symmetric", "A: symmetric n n", "symmetric A: n n", "A: symmetric matrix n x n", "symmetric matrix A: n x n",
    "A: n by n symmetric matrix", "let A: n n, symmetric",
])
def test_properties_stand_anywhere(given: str) -> None:
    found = parse("A", given)
    assert [str(s) for s in found.shape] == ["n", "n"] and "symmetric" in found.properties


@pytest.mark.parametrize("said", ["class in 1..m", "class label m", "label in 1..m", "label: m", "category m"])
def test_a_class_is_a_label(said: str) -> None:
    assert parse("y", f"y: {said}").size == sd.dims("m")


def test_a_size_called_x_stays_a_size() -> None:
    assert [str(s) for s in parse("A", "x: size; A: n x m").shape] == ["n", "x", "m"]


def test_declarations_with_commas_between_them() -> None:
    context = declare("A: n n, symmetric, x: n, b: scalar")
    assert {d.pattern.text for d in context.all()} >= {"A", "x", "b"}
    with pytest.raises(DeclarationError, match="is not a size"):
        declare("X: m, n, y: m")    # n may be a size of X or an array like y


def test_a_property_may_be_said_of_names_in_a_row_of_its_own() -> None:
    given = "A, B, S: n n; v: n\nA and B are symmetric\nS is positive-definite\nM = A + B\nM invertible\nx = inv(M)*v"
    lines = [r"AB = (BA)^\top", r"v^\top S v \ge 0", r"Mx = v"]
    assert {line.status for line in sd.verify(lines, given).lines} <= {"proved", "supported"}
    assert sd.verify([r"M = M^\top"], "A: n n\nM = 2*A\nM symmetric").problems


@pytest.mark.parametrize(("given", "text", "expected"), [
    ("a, b, c, d: scalar; R = [a, b; c, d]", "R", "(2, 2)"),
    ("A, B: m n; C: m k; D: m k; R = [A, C; B, D]", "R", "(2*m, k + n)"),
    ("x: n; y: m; z = [x; y]", "z", "(m + n,)"),
    ("x: 3; z = [x_1, x_2, x_3]", "z", "(3,)"),
])
def test_semicolons_in_square_brackets_part_the_rows_of_a_matrix(given: str, text: str, expected: str) -> None:
    assert shape(given, text) == expected


@pytest.mark.parametrize(("given", "said"), [
    ("a, b, c: scalar; R = [a, b; c]", "different lengths"), ("a, b, c, d: scalar; R = [a b; c d]", "does not belong here")])
def test_rows_that_are_no_matrix_are_refused(given: str, said: str) -> None:
    assert any(said in problem for problem in sd.verify(["R = R"], given).problems)


@pytest.mark.parametrize(("given", "same"), [
    ("i: index 1..n-k+1", "i: index 1..(n-k+1)"),
    ("X, A: n n; X: invertible", "A: n n; X: n n invertible"),
    ("x: n random iid", "x: random n iid"),
    ("w, x: n; w: random iid", "x: n; w: random n iid"),
    ("x, y: random scalars", "x, y: random scalar"),
    ("y: n-r*(k-1)", "y: n-r*k+r"),
])
def test_forms_that_say_the_same(given: str, same: str) -> None:
    def told(text: str) -> list[object]:
        context = declare(text)
        laws = sorted((name, law.iid, law.alike) for name, law in context.laws.items())
        return [laws, sorted((d.name, str(getattr(d, "value", ""))) for d in context.all())]
    assert told(given) == told(same)
