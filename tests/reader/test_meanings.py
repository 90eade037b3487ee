"""Readings that are easily mistaken for another: what is meant, and what is refused because it could be either."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.errors import ShapeError, SymderivError
from symderiv.proof.equality import prove
from symderiv.reader import declare, parse
from symderiv.reader.document.displays import read_document
from symderiv.reader.meaning import entrywise
from symderiv.reader.meaning.elaborate import Elaborator
from symderiv.reader.syntax import tree as t
from symderiv.reader.syntax.lines import parse_line
from symderiv.reader.syntax.tokens import SourceText
from tests.work import at_most

GIVEN = declare("""x, y, z: n; A, B, X: n n; W: m n; h: m; a, b, c: scalar; sigma: sigmoid; f: function
i, j: index n; t: label n
p = softmax(z); q = tanh(x); L: function of q; N: size; T: size; gamma: scalar; g(u) = u^3; e: n
L_1 = -log(p_t)""")


@pytest.mark.parametrize(("text", "printed"), [
    (r"\nabla_x x^\top A x", "(A + A.T)*x"),
    (r"\|x\|_1^2", "sum(abs(x))**2"), (r"\|x\|_\infty^2", "max(abs(x))**2"), (r"\|x\|_2^2", "x.T*x"),
    (r"\|W\|_F^2", "sum(W.^2)"), (r"\|W\|_*^2", "nuclear_norm(W)**2"), (r"\|W\|_*", "nuclear_norm(W)"),
    (r"\nabla_z L_1\, x^\top", "(p - e_t)*x.T"),
    (r"\frac{\partial}{\partial X^\top}\operatorname{tr}(XA)", "A"),
    (r"\frac{\partial}{\partial z_i} -\log p_t", "(p - e_t)[i]"),
    (r"\sigma^{\prime}(c)", "(1 - sigmoid(c))*sigmoid(c)"),
    (r"\sigma^{(2)}(c)", str(parse("sigma''(c)", GIVEN))),
    (r"\frac{d^2 f}{dc^2}(c)", "f''(c)"),
    (r"\frac{df}{dc}(2c)", "f'(2*c)"),
    (r"g'(c)", "3*c**2"),
    (r"\left(c^2\right)'", "2*c"),
    (r"\partial_c^2 c^3", "6*c"),
    (r"\frac{\partial c^4}{\partial c^2}", "2*c**2"),
    (r"\log_2^2 c", "log(c)**2/log(2)**2"),
    (r"\gamma^T", "gamma**T"),
    (r"A^{T} x", "A.T*x"),
    (r"\operatorname{softmax}\begin{bmatrix} 1 \\ c \end{bmatrix}", "softmax([1, c])"),
    (r"\operatorname{softmax}(\begin{bmatrix} 1 & c \end{bmatrix}^\top)", "softmax([1, c])"),
    (r"\log 2\pi c^2", "log(2*pi*c**2)"),
    (r"\log p_i y_i", "log(p[i])*y[i]"),
    (r"|a||b|\,", "Abs(a)*Abs(b)"),
    (r"|a-|b||", "Abs(a - Abs(b))"),
    (r"x \cdot Ay", "x.T*A*y"),
    (r"\left. c^2 + b \right|_{c = 3}", "b + 9"),
    (r"\sum_{i<j} x_i x_j", "Sum("),
    (r"[a - b]_+^2", "relu(a - b)**2"),
    (r"x^{\odot 2}", "x.^2"),
    (r"\begin{bmatrix} A & 0 \\ 0 & B \end{bmatrix}", "concat("),
    (r"[x; y]", "concat(x, y)"),
    (r"1^\top x", "ones(n).T*x"),
    (r"\frac{\partial \sigma(Wx)}{\partial (Wx)}", "Diag("),
])
def test_means(text: str, printed: str) -> None:
    found = str(parse(text, GIVEN))
    assert found == printed or (printed.endswith("(") and found.startswith(printed))


@pytest.mark.parametrize("text", [
    "2 3", "0,5c", r"A + B_{ij}", r"\sigma(x)'", r"e^{c}", r"\|W\|_2", r"\pm c", r"E^2[c]", r"c|_1^2", r"x_0",
    r"(ab)'",
    r"\frac{\partial a}{\partial (a + b)}", r"\begin{bmatrix} 1 & \dots & c \end{bmatrix}", r"\int_0^1 c", "x'*",
    r"\left( c", r"x \mathbin{?} y", r"\frac{\partial L}{\partial h}\frac{\partial h}{\partial x}h",
])
def test_what_could_be_either_is_refused(text: str) -> None:
    with pytest.raises(SymderivError):
        parse_line(text, GIVEN)
        parse(text, GIVEN)


def test_a_derivative_by_what_is_not_read_is_no_zero() -> None:
    given = "x: n; W: m n; z = W*x; L = sum(tanh(W*x)); M = sum(tanh(W*(2*x)))"
    assert "tanh" in str(parse("dL/dz", given))
    with pytest.raises(SymderivError, match="not defined by way of"):
        parse("dM/dz", given)


def test_a_family_by_superscript_is_summed_over() -> None:
    given = "i: index m; x^{(i)}: d; y^{(i)}: scalar; w: d"
    assert str(parse(r"\sum_i x_j^{(i)} y^{(i)}", given)).startswith("Sum(")
    gradient = parse(r"\frac{\partial}{\partial w}\sum_i (w^\top x^{(i)} - y^{(i)})^2", given)
    assert str(gradient) == "2*x^{(i)}.T*(x^{(i)}*w - y^{(i)})"


@pytest.mark.parametrize("text", [
    r"\prod_{i=1}^{64}" * 6 + "c", r"\nabla_x " * 150 + "c", r"\begin{bmatrix}" + "c & " * 3000 + r"c\end{bmatrix}",
    "{c \\over " * 200 + "c" + "}" * 200, r"\frac{1}{" * 900 + "c" + "}" * 900, "c+" * 60_000, r"d(" * 300 + "x" + ")" * 300,
])
def test_what_would_take_too_long_is_refused_at_once(text: str) -> None:
    with at_most(2_000_000), pytest.raises(SymderivError):
        parse(text, GIVEN)


def test_a_document_of_many_rows_is_cut_in_time() -> None:
    with at_most(2_000_000):
        read_document("$$" + "a + \\quad \\\\" * 20_000 + "$$")


@pytest.mark.parametrize(("text", "printed"), [
    (r"d(A^{-1})", "-inv(A)*dA*inv(A)"),
    (r"d(x^\top x)", "(2*x).T*dx"),
    (r"\frac{\partial x^\top A}{\partial x}", "A"),
    (r"\frac{\partial\, Ax}{\partial x}", "A"),
])
def test_differentials_and_the_order_of_axes(text: str, printed: str) -> None:
    assert str(parse(text, "x: n; A: n n")) == printed


def test_a_differential_is_along_the_names_whose_differentials_are_written() -> None:
    given = declare("A, B, X: n n; f = tr(A*X*B)")
    line = parse_line(r"df = \operatorname{tr}(BA\,dX)", given)
    relation = line.parts[0]
    assert isinstance(relation, t.Relation)
    sides = [side for side in relation.sides if side is not None]
    left = Elaborator(given, SourceText(""), whole=t.Sequence(tuple(sides))).of(sides[0])
    assert prove(left.expr, Elaborator(given, SourceText("")).expression(sides[1])).status == "proved"


def test_a_derivative_by_a_row_has_the_shape_of_the_row() -> None:
    given = "U: K d; v: d; k: index K; u_k = U[k,:]; J = sum_k (u_k'*v)^2"
    assert str(parse(r"\frac{\partial J}{\partial u_k}", given)) == "(2*u*v*v.T)[k,:]"


@pytest.mark.parametrize("text, expected", [
    (r"\|x\|_A^2", "x.T*A*x"), (r"\|x - y\|_{\Sigma^{-1}}", "sqrt((x - y).T*inv(Sigma)*(x - y))"), (r"\|x\|_2", "norm(x)")])
def test_a_matrix_below_a_norm_weighs_it(text: str, expected: str) -> None:
    assert str(parse(text, "A: n n; x, y: n; Sigma: n n invertible")) == expected


def test_what_below_a_norm_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="not read"):
        parse(r"\|x\|_A", "A: n n; x: m")


def test_a_sum_of_arrays_is_put_together_once_for_all_lines_and_readings():
    entrywise.stacked.cache_clear()
    r = sd.verify([r"\sum_{i=1}^n x_i x_i^\top b = \sum_{j=1}^n x_j (x_j^\top b)",
                   r"2\sum_{i=1}^n x_i x_i^\top b = \sum_{i=1}^n 2 x_i x_i^\top b"], "x_i, b: d\ni: index n")
    assert [line.status for line in r.lines] == ["proved", "proved"]
    assert entrywise.stacked.cache_info().misses == 3


@pytest.mark.parametrize("text, printed", [
    (r"(I\otimes A)\operatorname{vec}(B)", "kron(eye(n), A)*vec(B)"),
    (r"(W^\top\otimes I) g", "kron(W.T, eye(n))*g"), (r"2(A\otimes I)(I\otimes C)", "2*kron(A, C)"),
    (r"(A\otimes I + I\otimes C)h", "(kron(A, eye(m)) + kron(eye(n), C))*h"),
    (r"h^\top(I\otimes A)^{-1}", "kron(eye(m), inv(A)).T*h"), (r"(I\otimes W)h", None),
    (r"\operatorname{tr}(I\otimes A)", None)])
def test_the_size_of_an_identity_in_a_kronecker_product_is_what_its_neighbour_needs(text: str, printed: str | None) -> None:
    given = "A, B: n n; C: m m; W: m n; g: n*m; h: m*n"
    if printed is None:
        with pytest.raises(ShapeError):
            parse(text, given.replace("h: m*n", "h: m"))
    else:
        assert str(parse(text, given)) == printed


@pytest.mark.parametrize("text, printed", [
    ("xᵀAx", "x.T*A*x"), ("∇ₓ 2 xᵀx", "4*x"), ("∇ₓ xᵀAx", "(A + A.T)*x"), (r"\partial_x \frac12\|Ax\|^2", "A.T*A*x"),
    ("∇ₓ ½‖Ax − u‖²", "A.T*(A*x - u)"), ("Ax ⊙ u", "(A*x).*u"), ("xᵀAq", None), ("Ax + u", None)])
def test_letters_beside_each_other_are_a_product_where_signs_of_mathematics_stand(text: str, printed: str | None) -> None:
    given = "A: n n; x, u: n"
    if printed is None:
        with pytest.raises(SymderivError, match="is not declared"):
            parse(text, given)
    else:
        assert str(parse(text, given)) == printed
