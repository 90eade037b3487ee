"""Names for parts of arrays, bars, bare gradients and unknown functions: each right line beside a wrong one."""

from __future__ import annotations

import pytest

from symderiv.errors import DeclarationError
from symderiv.reader import declare
from symderiv.referee import verify

ACCEPTED = ("proved", "supported")

FACTORS = r"""P: m k; Q: n k; R: m n; lambda: scalar; p_u = P[u,:]; q_i = Q[i,:]; e_{ui} = R_{ui} - p_u'*q_i
L = sum_{u,i} e_{ui}^2 + lambda*(\|P\|_F^2 + \|Q\|_F^2)"""
COLUMNS = r"X: N D; W: D K; Y: N K; c: scalar; w_k = W[:,k]; y_k = Y[:,k]; L = \|X*W - Y\|^2 + c*sum_k w_k'*w_k"
ROW = r"W: C D; x: D; y: label C; c: scalar; w_y = W[y,:]; p = softmax(W*x); L = -log(p_y) + c*\|W\|^2"
UNKNOWN = "X: N D; W: D K; w_k = W[:,k]; Z = X*W; L: function of Z; z_k = Z[:,k]"
MULTICLASS = r"""W: C D; x_i: D; y_i: label C; \Delta: scalar; w_j = W[j,:]; s = W*x_i
L_i = sum_{j != y_i} max(0, s_j - s_{y_i} + \Delta)"""
GAUSSIAN = """y: n; theta: scalar; K: n n symmetric positive-definite function of theta; a = inv(K)*y
L = -1/2*y'*inv(K)*y - 1/2*log(det(K))"""
SOFTMAX = "f: K; p_k = exp(f_k)/sum_j exp(f_j); q_k = p_k"


@pytest.mark.parametrize(("given", "right", "wrong"), [
    pytest.param(FACTORS, r"\frac{\partial L}{\partial p_u} = -2\sum_i e_{ui}q_i + 2\lambda p_u",
                 r"\frac{\partial L}{\partial p_u} = -2\sum_i e_{ui}q_i", id="a row that the loss reads by two ways"),
    pytest.param(COLUMNS, r"\frac{\partial L}{\partial w_k} = 2X^\top(Xw_k - y_k) + 2cw_k",
                 r"\frac{\partial L}{\partial w_k} = 2X^\top(Xw_k - y_k) + cw_k", id="a column"),
    pytest.param(ROW, r"\frac{\partial L}{\partial w_y} = (p_y - 1)x + 2cw_y",
                 r"\frac{\partial L}{\partial w_y} = p_yx + 2cw_y", id="the row of a label"),
    pytest.param(UNKNOWN, r"\frac{\partial L}{\partial w_k} = X^\top\frac{\partial L}{\partial z_k}",
                 r"\frac{\partial L}{\partial w_k} = -X^\top\frac{\partial L}{\partial z_k}", id="a column of a definition"),
    pytest.param(MULTICLASS,
                 r"\nabla_{w_{y_i}} L_i = -\left(\sum_{j\neq y_i}\mathbb{1}(s_j - s_{y_i} + \Delta > 0)\right)x_i",
                 r"\nabla_{w_{y_i}} L_i = \left(\sum_{j\neq y_i}\mathbb{1}(s_j - s_{y_i} + \Delta > 0)\right)x_i",
                 id="a label with a fixed subscript"),
    pytest.param(GAUSSIAN, r"\frac{\partial L}{\partial\theta} = \frac12\operatorname{tr}\left((aa^\top - K^{-1})"
                 r"\frac{\partial K}{\partial\theta}\right)",
                 r"\frac{\partial L}{\partial\theta} = \frac12\operatorname{tr}\left((aa^\top + K^{-1})"
                 r"\frac{\partial K}{\partial\theta}\right)", id="a symmetric matrix that is a function"),
    pytest.param(SOFTMAX, r"p_k = \frac{e^{f_k}}{\sum_j e^{f_j}} \hspace{1in} q_k = p_k",
                 r"p_k = \frac{e^{f_k}}{\sum_j e^{f_j}} \hspace{1in} q_k = 2p_k", id="two statements in a row"),
    pytest.param("a: n", r"\frac{\partial}{\partial a}\frac{a}{|a|} = \frac{1}{|a|}\left(I - \frac{aa^\top}{|a|^2}\right)",
                 r"\frac{\partial}{\partial a}\frac{a}{|a|} = \frac{1}{|a|}\left(I + \frac{aa^\top}{|a|^2}\right)",
                 id="bars that conform as lengths alone"),
    pytest.param("a, b: n; |.|: norm", "|a+b|^2 = |a|^2 + 2a^Tb + |b|^2",
                 "|a+b|^2 = |a|^2 + a^Tb + |b|^2", id="declared lengths"),
    pytest.param("a: n; |.|: abs", r"\mathbf 1^\top|a| = \sum_i|a_i|",
                 r"\mathbf 1^\top|a| = \sum_i a_i", id="declared values"),
    pytest.param("A: n n symmetric; x: n; R = 1/2*x'*A*x", r"\nabla R(x) = Ax", r"\nabla R(x) = 2Ax",
                 id="a bare gradient with an argument"),
    pytest.param("A: n n symmetric; w: n; E(w) = 1/2*w'*A*w", r"\nabla\nabla E(\mathbf w) = A",
                 r"\nabla\nabla E(\mathbf w) = 2A",
                 id="a bare gradient of a gradient"),
    pytest.param("A: n n symmetric; w: n; E(w) = 1/2*w'*A*w", r"\nabla^2 E = A", r"\nabla^2 E = 2A",
                 id="a bare Hessian of a function of one argument"),
    pytest.param("A, B: m n; :: frobenius", r"A:B = \operatorname{tr}(A^\top B)", r"A:B = \operatorname{tr}(A^\top A)",
                 id="the colon, declared by itself"),
    pytest.param("V: m d; \\tilde v: m d; \\tilde v_j = \\tilde v[j,:]",
                 r"\tilde v_j^\top\tilde v_j = \sum_k\tilde v_{jk}^2",
                 r"\tilde v_j^\top\tilde v_j = \sum_k\tilde v_{jk}", id="rows of an accented name"),
    pytest.param("y: label K; c: scalar; q_k = (1-c)*1[k = y] + c/K", r"q_k = (1-c)\delta_{ky} + \frac{c}{K}",
                 r"q_k = (1-c)\delta_{ky} + c", id="a letter compared with a label has its range"),
])
def test_the_right_line_is_accepted_and_the_wrong_one_refuted(given: str, right: str, wrong: str) -> None:
    report = verify([right, wrong], given)
    assert report.lines[0].status in ACCEPTED, report.lines[0].message
    assert report.lines[1].status == "refuted", report.lines[1].message
    assert report.first_wrong == 1


def test_bars_that_may_also_be_absolute_values_are_not_read() -> None:
    found = verify([r"x \odot |x| = |x| \odot x"], "x: n").lines[0]
    assert found.status == "ill-typed"
    assert "|.|: norm" in (found.suggestion or "") + found.message


def test_the_text_may_say_what_an_unknown_function_is() -> None:
    lines = [r"L = -\sum_i y_i\log p_i", r"\frac{\partial L}{\partial p_i} = -\frac{y_i}{p_i}",
             r"\frac{\partial L}{\partial p_i} = \frac{y_i}{p_i}", r"L = \sum_i y_i\log p_i"]
    report = verify(lines, "p, y: n; L: function of p")
    assert [line.status for line in report.lines] == ["noted", "proved", "refuted", "refuted"]


def test_an_unknown_function_has_its_declared_properties_and_no_others() -> None:
    assert verify(["K = K^T"], "t: scalar; K: n n symmetric function of t").lines[0].status in ACCEPTED
    assert verify(["K = K^T"], "t: scalar; K: n n function of t").lines[0].status == "refuted"
    with pytest.raises(DeclarationError, match="one-hot"):
        declare("t: scalar; y: n one-hot function of t")


def test_a_scalar_function_may_be_said_to_be_one() -> None:
    report = verify([r"\frac{\partial z}{\partial x} = W^\top\frac{\partial z}{\partial y}"],
                    "W: m n; x: n; y = W*x; z: scalar function of y")
    assert report.lines[0].status in ACCEPTED


def test_a_narrow_gap_separates_nothing() -> None:
    assert verify([r"a\hspace{1pt} b = b\hspace{0.1em} a"], "a, b: scalar").lines[0].status == "proved"


def test_declarations_stand_in_the_comments_of_markdown() -> None:
    text = "<!-- given: z: n; p = softmax(z) -->\n$$\\frac{\\partial p_i}{\\partial z_j} = p_i(\\delta_{ij} - p_j)$$\n"
    assert verify(text).lines[0].status == "proved"


def test_every_region_of_a_case_distinction_is_tried() -> None:
    given = r"""a: scalar; c: scalar; c > 0
L = \begin{cases} \frac12 a^2 & |a| \le c \\ c(|a| - \frac12c) & \text{otherwise}\end{cases}"""
    lines = [r"\frac{dL}{da} = \begin{cases} a & |a| < c \\ c\,\mathrm{sign}(a) & |a| > c\end{cases}",
             r"\frac{dL}{da} = \begin{cases} a & |a| < c \\ c & |a| > c\end{cases}",
             r"\frac{dL}{da} = \begin{cases} a & |a| < c \\ ca & |a| > c\end{cases}"]
    report = verify(lines, given)
    assert [line.status for line in report.lines] == ["supported", "refuted", "refuted"]
    assert "sign" in report.lines[1].suggestion


def test_a_nested_list_is_a_matrix() -> None:
    given = "t: scalar; R = [[cos(t), -sin(t)], [sin(t), cos(t)]]; q, k: 2"
    report = verify([r"(Rq)^\top(Rk) = q^\top k", r"(Rq)^\top(Rk) = q^\top Rk"], given)
    assert [line.status for line in report.lines] == ["proved", "refuted"]


def test_a_row_of_a_declared_matrix_is_proposed() -> None:
    found = verify([r"w_y^\top x = (Wx)_y"], "W: C D; x: D; y: label C").lines[0]
    assert found.status == "undeclared"
    assert "w_y = W[y,:]" in (found.suggestion or "")
