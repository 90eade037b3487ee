"""LaTeX: what is read, with which meaning, where reading stops, and that trees are written as they are read."""

from __future__ import annotations

from typing import Any

import pytest

import symderiv as sd
from symderiv.errors import ParseError, ShapeError
from symderiv.reader import declare, parse
from symderiv.reader.declare.undeclared import UndeclaredName
from symderiv.reader.syntax import tree as t
from symderiv.reader.syntax.latex import latex
from symderiv.reader.syntax.lines import parse_line
from tests.work import at_most

GIVEN = r"""W: m n; x: n; u: n; v: n; A: n n; B: n n; z: m; c: scalar; y: label m
mu_1, sigma_1: scalar; sigma: sigmoid; S: softmax; L: function of z
p = softmax(z); \hat y = softmax(W*x)
X: N d; r_i = X[i,:]; \theta: d
W^{(1)}: h d; W^{(2)}: k h; b^{(1)}: h
w^2: k_2; h^1: D; k_2 <= D; a^2 = conv1d(h^1, w^2); *: conv1d valid; \tilde *: conv1d full"""


@pytest.fixture(scope="module")
def context() -> Any:
    return declare(GIVEN)


@pytest.mark.parametrize(("text", "printed"), [
    (r"(\operatorname{softmax}(Wx) - e_y)x^\top", "(softmax(W*x) - e_y)*x.T"),
    (r"\frac{1}{2} x^\top A x", "(x.T*A*x)/2"),
    (r"\frac12 \sigma_1^2 + \mu_1^2", "mu_1**2 + sigma_1**2/2"),
    (r"\mathbf{u}^\top \boldsymbol v", "u.T*v"),
    (r"u^{T}v", "u.T*v"),
    (r"\operatorname{Diag}(\mathbf{p}) - \mathbf{p}\mathbf{p}^\top", "Diag(p) - p*p.T"),
    (r"{\rm diag}(p)", "Diag(p)"),
    (r"\sum_{j} W_{ij} x_j", "Sum(W[i, j]*x[j], (j, 1, n))"),
    (r"\sum_{i=1}^{n} u_i v_i", "Sum(u[i]*v[i], (i, 1, n))"),
    (r"\sum_{j \neq i} A_{ij}", "Sum((1 - KroneckerDelta(i, j))*A[i, j], (j, 1, n))"),
    (r"\sum_{j'} e^{z_{j'}}", "Sum(exp(z[j']), (j', 1, m))"),
    (r"-\log\left(\frac{e^{z_y}}{\sum_{k} e^{z_k}}\right)", "-log(exp(z[y])/Sum(exp(z[k]), (k, 1, m)))"),
    (r"\log \sum_j e^{z_j}", "log(Sum(exp(z[j]), (j, 1, m)))"),
    (r"\log c \log c", "log(c)**2"),
    (r"S(z)_i", "softmax(z)[i]"),
    (r"\sigma'(c)", "(1 - sigmoid(c))*sigmoid(c)"),
    (r"\tanh^2(c)", "tanh(c)**2"),
    (r"\mathbb{1}_{i=j} p_i - p_i p_j", "KroneckerDelta(i, j)*p[i] - p[i]*p[j]"),
    (r"p_i(\delta_{ij} - p_j)", "(KroneckerDelta(i, j) - p[j])*p[i]"),
    (r"\|x\|_2^2", "x.T*x"),
    (r"\left|x^\top u\right|", "Abs(x.T*u)"),
    (r"\operatorname{tr}(AB)", "tr(A*B)"),
    (r"\hat{\mathbf y} - e_y", "yhat - e_y"),
    (r"W^{(2)}\sigma(W^{(1)}\theta + b^{(1)})", "W^{(2)}*sigmoid(W^{(1)}*theta + b^{(1)})"),
    (r"A^{-1}u", "inv(A)*u"),
    (r"\sqrt{u^\top u}", "sqrt(u.T*u)"),
    (r"u \odot v", "u.*v"),
    (r"u^\top (v \odot x)", "u.T*(v.*x)"),
    (r"A \odot B u", "(A.*B)*u"),
    (r"\begin{pmatrix} c & 1 \\ 0 & c^2 \end{pmatrix} ", "[c, 1; 0, c**2]"),
    (r"\mathbf 1^\top u", "ones(n).T*u"),
    (r"h^1 * w^2", "conv1d(h^1, w^2)"),
    (r"h^1 \tilde{*} w^2", 'conv1d(h^1, w^2, mode="full")'),
    (r"\sum_{j=1}^{k_2} h^1_{n+j-1} w_j^2 + a^2_n", "a^2[n] + Sum(h^1[j + n - 1]*w^2[j], (j, 1, k_2))"),
    (r"\max(0, c)", "relu(c)"),
    (r"\left\lfloor \frac{D - k_2}{2} \right\rfloor", "floor(D/2 - k_2/2)"),
    (r"\begin{cases} p_i & \text{if } i = j \\ -p_j & \text{otherwise} \end{cases}",
     "Piecewise((p[i], Eq(i, j)), (-p[j], True))"),
    (r"2\cdot3{,}000", "6000"),
])
def test_reads(context: Any, text: str, printed: str) -> None:
    assert str(parse(text, context)) == printed


@pytest.mark.parametrize(("text", "printed"), [
    (r"\frac{\partial p}{\partial z}", "Diag(p) - p*p.T"),
    (r"\frac{\partial L}{\partial z}", "dL_dz"),
    (r"\nabla_z L", "dL_dz"),
    (r"\nabla_u (u^\top A u)", "(A + A.T)*u"),
    (r"\frac{\partial^2 (u^\top A u)}{\partial u \partial u^\top}", "A + A.T"),
    (r"\partial L / \partial z", "dL_dz"),
    (r"\frac{d}{dc} \sigma(c)", "(1 - sigmoid(c))*sigmoid(c)"),
])
def test_derivatives_are_those_of_the_engine(context: Any, text: str, printed: str) -> None:
    assert str(parse(text, context)) == printed


def test_an_entry_of_a_jacobian(context: Any) -> None:
    i, j = sd.indices("i", sd.dims("m")), sd.indices("j", sd.dims("m"))
    p = parse("p", context)
    found = parse(r"\frac{\partial p_i}{\partial z_j}", context)
    assert sd.prove(found, p[i] * (sd.delta(i, j) - p[j])).status == "proved"


@pytest.mark.parametrize(("text", "error", "says"), [
    (r"\frac{1}", ParseError, "argument is missing"),
    (r"\foo x", ParseError, r"\newcommand{\foo}"),
    (r"\hat{x + y}", ParseError, "accent"),
    (r"\left( x", ParseError, "not closed"),
    (r"x^\top q", UndeclaredName, "q: n"),
    (r"\begin{tikz} x \end{tikz}", ParseError, "tikz"),
    (r"\begin{cases} c \end{matrix}", ParseError, "closed as"),
    (r"\sum c", ParseError, "runs over"),
    (r"u v \in", ParseError, "missing"),
    (r"\int c", ParseError, "integral"),
    (r"\int^1 c dc", ParseError, "where this integral begins"),
    (r"x \mathbf{x}", ShapeError, "(n, 1)"),
    (r"x W^\top", ShapeError, "(n, m)"),
    (r"\delta_{ijk}", ParseError, "two indices"),
    (r"\begin{bmatrix} 1 & \dots & c \end{bmatrix}", ParseError, "dots"),
])
def test_refuses_with_a_way_out(context: Any, text: str, error: type, says: str) -> None:
    with pytest.raises(error) as caught:
        parse(text, context)
    assert says in str(caught.value)


def test_the_column_is_that_of_the_sign(context: Any) -> None:
    with pytest.raises(UndeclaredName) as caught:
        parse("\\frac{1}{2}\n x^\\top A \\bar{q}", context)
    assert (caught.value.line, caught.value.column) == (2, 11)


# ------------------------------------------------------------------ lines and round trip

LINES = [
    r"\frac{\partial L}{\partial z_j} = \sum_{i} \frac{\partial L}{\partial p_i} \frac{\partial p_i}{\partial z_j}",
    r"= -\frac{1}{c}\sum_{ik} A_{ik}\log(B_{ik}) \Rightarrow c > 0",
    r"\mathbf{a}^2 \leftarrow \mathbf{h}^1 * \mathbf{w}^2 \text{ (valid convolution)} \quad (5)",
    r"(\nabla_{\mathbf{h}^1} L)_n = \sum_{i=n+1-k_2}^{n} (\nabla_{\mathbf{a}^2} L)_i \mathbf{w}^2_{n-i+1}",
    r"x \in \mathbb{R}^{m \times n}, \quad 1 \leq i \leq m - 1",
    r"\frac{\partial S(\mathbf{z})_i}{\partial z_j} = "
    r"\begin{cases} p_i(1-p_i) & \text{if } i=j \\ -p_ip_j & \text{otherwise} \end{cases}",
    r"\frac{\partial \mathbf{u}}{\partial c} = \big[ \hat{y} - p \big]_b W_{bc}^{T} \sigma'(z_c) \,\delta_{cd}",
    r"\boxed{x = \{1, \dots, n\}} \qquad \text{for all } n.",
    r"\mathbb{1}[c>0]\big(2(u-v)\big) \neq \|u\|_2 \cdot |c| + \lfloor n/2 \rfloor",
    r"KL_{loss}=-\frac{1}{2}(2\log(\sigma_1)-\sigma_1^2-\mu^2_1+1)",
    r"\sum_{k=1}^{2} W^{(k)} = A^{-\top} B^{2} + I - \mathbf{1}\mathbf{1}^\top",
    r"\nabla^2_u (u^\top A u) = \tilde{A} \otimes B",
    r"\sum_{j=1, j \neq i}^{n} u_j \approx \prod_{k} v_k",
]


@pytest.mark.parametrize("text", LINES)
def test_trees_are_written_as_they_are_read(context: Any, text: str) -> None:
    tree = parse_line(text, context)
    assert parse_line(latex(tree), context) == tree


@pytest.mark.parametrize("text", LINES)
def test_every_node_knows_where_it_stands(context: Any, text: str) -> None:
    for node in t.walk(parse_line(text, context)):
        assert 0 <= node.span[0] <= node.span[1] <= len(text)


def test_parts_of_a_line(context: Any) -> None:
    line = parse_line(r"x_2 = x_1 - c \Leftrightarrow c = x_1 - x_2 \quad \text{using 1.4}", context)
    assert line.joints == ("iff",) and [r.text for r in line.remarks] == ["using 1.4"]
    assert all(isinstance(p, t.Relation) for p in line.parts)


def test_a_line_may_go_on_from_the_one_before(context: Any) -> None:
    line = parse_line(r"&= p_i - p_j, \tag{3}", context)
    relation = line.parts[0]
    assert isinstance(relation, t.Relation) and relation.sides[0] is None and relation.signs == ("=",)


def test_a_wide_gap_is_no_product(context: Any) -> None:
    line = parse_line(r"c = 2 \quad (7)", context)
    assert isinstance(line.parts[0], t.Relation) and line.parts[0].sides[1] == t.Number("2")


def test_superscripts_are_labels_only_where_they_are_declared(context: Any) -> None:
    relation = parse_line(r"h^1_n + x_n^2 + a_i^2 = W^{(2)T}", context).parts[0]
    assert isinstance(relation, t.Relation) and isinstance(relation.sides[0], t.Terms)
    label, power, entry = relation.sides[0].terms
    assert label == t.Subscripted(t.Name("h^1", 1), (t.Letter("n"),)) or label.base.name == "h^1"
    assert isinstance(power, t.Power) and isinstance(entry, t.Subscripted)
    assert isinstance(relation.sides[1], t.Transpose)


def test_reading_is_fast(context: Any) -> None:
    with at_most(6_000 * len(LINES)):
        for text in LINES:
            parse_line(text, context)


@pytest.mark.parametrize(("text", "value"), [
    (r"\frac{d}{dt} (t^2 + 3t) \Big|_{t=0}", "3"), (r"\left.\frac{d}{dt} (t^2 + 3t) \right|_{t=0}", "3"),
    (r"\frac{d^2}{dt^2}\exp(2t)\big|_{t=0}", "4"), (r"\frac{d}{dt} a \sin t |_{t=0}", "a"),
    (r"\frac{d}{dt} \left. (a^2+t)\right|_{a=1}", "1"), (r"\frac{d}{dt} \left( t^2 |_{t=3} \right)", "0"),
])
def test_a_bar_behind_a_derivative_by_its_variable_is_taken_last(text: str, value: str) -> None:
    assert str(parse(text, "t, a: scalar")) == value


@pytest.mark.parametrize(("text", "meant"), [
    (r"\sum_{i=1}^N X_i w", "Sum(Sum(X[i, k]*w[k], (k, 1, n)), (i, 1, N))"), (r"\sum_i w^\top X_i", None),
    (r"\sum_{i=1}^N w^\top X_i^\top", None), (r"\lambda_{\max}(S)", "max(eigvalsh(S))"),
    (r"\sigma_{\max}(X)", "spectral_norm(X)"), (r"w - \bar w", "w - mean(w)"), (r"\bar w_1", ""), (r"\lambda_{\max}(A)", ""),
    ("100(p_2-p_1^2)^2 + p_1p_2", "100*(p[2] - p[1]**2)**2 + p[1]*p[2]"),
    (r"D_{\mathrm{KL}}(p\,\|\,q)", "kl_div(p, q)"), (r"\sum_{i=1}^N x_i w", ""),
    (r"\begin{bmatrix}A & w\\ w^\top & c\end{bmatrix}",
     "concat(concat(A, reshape(w, n, 1), axis=1), concat(reshape(w, 1, n), c*ones(1, 1), axis=1))")])
def test_notations_of_textbooks(text, meant):
    given = "X: N n; w, p, q: n; S: n n symmetric; A: n n; c: scalar; i: index N; x_i: n"
    if meant == "":
        with pytest.raises(sd.SymderivError):
            sd.parse(text, given)
    else:
        assert str(sd.parse(text, given)) == (meant or "Sum(Sum(X[i, k]*w[k], (k, 1, n)), (i, 1, N))")
