"""Whole documents: what they say of their names is taken from them, and holds where they say it."""

from __future__ import annotations

import pytest

from benchmarks.documents import FOLDER, counted, planted
from symderiv.referee import Report, verify
from symderiv.referee.batch import read

ACCEPTED = ("proved", "supported", "conditional")


def statuses(text: str, given: str | None = None) -> list[str]:
    return [line.status for line in verify(text, given).lines]


@pytest.mark.parametrize("name", ["mse_columns.tex", "plain_answer.txt", "forum_answer.html"])
def test_a_document_needs_no_declarations(name: str) -> None:
    wrong = planted()[name]
    count, grave = counted(verify(read(str(FOLDER / name))), wrong)
    assert not grave
    assert count["decided"] == count["claims"]
    assert count["wrong lines found"] == len(wrong)


def test_every_planted_line_stands_once_in_its_document() -> None:
    for name, pieces in planted().items():
        text = read(str(FOLDER / name))
        if not name.endswith(".ipynb"):
            assert all(text.count(piece) >= 1 for piece in pieces), name


SETS = [
    (r"Let $X \in \mathbb{R}^{n\times d}$, $y \in \mathbb{R}^n$, $w \in \mathbb{R}^d$.", ["X: n d", "y: n", "w: d"]),
    (r"Let $A$ be a symmetric $n \times n$ matrix and $x$ an $n$-dimensional vector.", ["A: n n symmetric", "x: n"]),
    (r"Let $x$ be a 2-dimensional vector and $y$ a vector of length 3.", ["x: 2", "y: 3"]),
    (r"Of 2 vectors $x$ is the first; the batch has size 64.", ["x: n"]),
    (r"For matrices $A, B$ of size $m \times k$", ["A: m k", "B: m k"]),
    (r"where $\epsilon > 0$ is small", ["epsilon: scalar positive"]),
    (r"The target $y \in \mathbb{R}^K$ is a one-hot vector.", ["y: K one-hot"]),
    (r"with the weights $w\in\mathbb R^d$ and a scalar $b$", ["w: d", "b: scalar"]),
    (r"with $0<\epsilon<1$ and $\gamma\in[0,1)$",
     ["epsilon: scalar positive; epsilon < 1", "gamma: scalar; gamma >= 0; gamma < 1"]),
    (r"with $0<\epsilon<1$ in one case and $1<\epsilon<2$ in another", ["epsilon: scalar positive"]),
    (r"with $0<\epsilon<1$ or $1<\epsilon<2$ or $2<\epsilon<3$ in its cases", ["epsilon: scalar positive"]),
]


@pytest.mark.parametrize(("words", "wanted"), SETS)
def test_what_the_words_say_is_a_declaration(words: str, wanted: list[str]) -> None:
    names = [each.partition(":")[0] for each in wanted]
    used = {"epsilon": r"\epsilon", "gamma": r"\gamma"}
    sides = r" \qquad ".join(f"2 {used.get(n, n)} = {used.get(n, n)} + {used.get(n, n)}" for n in names)
    report = verify(f"{words}\n\\[ {sides} \\]")
    assert [each.partition("  (")[0] for each in report.taken] == wanted
    assert all("taken from the text, line 1" in each for each in report.taken)


def test_a_letter_means_something_else_in_the_next_exercise() -> None:
    report = verify(r"""
\section*{Exercise 1} Let $x \in \mathbb{R}^n$. \[ f(x) = x^\top x \] \[ \nabla f(x) = 2x \]
\section*{Exercise 2} Let $A$ be a symmetric $n \times n$ matrix. \[ f(x) = x^\top A x \] \[ \nabla f(x) = 2x \]""")
    assert [line.status for line in report.lines] == ["noted", "proved", "noted", "refuted"]


def test_a_wrong_expansion_is_no_new_definition() -> None:
    assert statuses(r"""Let $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$, $w \in \mathbb{R}^d$.
\[ J(w) = \|y - Xw\|^2 \] \[ J(w) = y^\top y - X^\top y w + w^\top X^\top X w \]""")[1] in ("refuted", "ill-typed")


def test_a_case_holds_for_the_display_that_it_stands_before() -> None:
    text = r"""Let $z \in \mathbb{R}^K$ and $p = \operatorname{softmax}(z)$. If $i \neq j$,
\[ \frac{\partial p_i}{\partial z_j} = -p_i p_j \]
and in general \[ \frac{\partial p_i}{\partial z_j} = -p_i p_j \]"""
    report = verify(text)
    first, second = [line.status for line in report.lines][1:]
    assert first in ("proved", "supported")
    assert second in ("refuted", "conditional")


def test_a_property_that_is_supposed_holds_for_its_line_alone() -> None:
    text = r"""Let $A \in \mathbb{R}^{n \times n}$ and $x \in \mathbb{R}^n$.
\begin{align*} \nabla_x x^\top A x &= 2Ax && \text{if } A \text{ is symmetric} \\ \nabla_x x^\top A x &= 2Ax \end{align*}"""
    assert statuses(text)[0] in ACCEPTED
    assert statuses(text)[1] in ("refuted", "conditional")


def test_given_overrules_the_text() -> None:
    report = verify(r"Let $x \in \mathbb{R}^n$. \[ \frac{\partial x^2}{\partial x} = 2x \]", "x: scalar")
    assert report.lines[0].status == "proved"
    assert not report.taken


def test_stars_hats_and_squares_are_parts_of_names() -> None:
    report: Report = verify(r"""Let $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$, $x \in \mathbb{R}^N$.
\[ w^\star = (X^\top X)^{-1} X^\top y \] \[ X^\top (X w^\star - y) = 0 \]
\[ \mu = \frac1N \sum_{i=1}^N x_i \] \[ \sigma^2 = \frac1N \sum_{i=1}^N (x_i - \mu)^2 \]
\[ \frac{\partial \sigma^2}{\partial x_i} = \frac2N (x_i - \mu) \]""")
    found = [line.status for line in report.lines]
    # Where XᵀX has no inverse, the normal equations are about nothing.
    assert found[1] in ACCEPTED and found == ["noted", found[1], "noted", "noted", "proved"]


def test_a_vector_of_ones_has_the_length_that_fits() -> None:
    text = r"""Let $X \in \mathbb{R}^{N \times D}$, $W \in \mathbb{R}^{D \times H}$ and $b \in \mathbb{R}^H$.
\[ Z = X W + \mathbf{1} b^\top \]
\[ \frac{\partial Z_{ij}}{\partial b_j} = 1 \] \[ Z^\top = W^\top X^\top + b \mathbf{1}^\top \]"""
    assert set(statuses(text)[1:]) <= {"proved", "supported"}


def test_numbers_excuse_no_wrong_line() -> None:
    """Among numbers W δ = Wᵀδ: a shape that the other lines speak against is not supposed so that one more holds."""
    said = r"""Let $h = \tanh(W x + b)$ and $\hat y = w^\top h$, $\ell = \frac12(\hat y - y)^2$, $z = Wx + b$. Then
    \[ \delta := \frac{\partial \ell}{\partial z} = (\hat y - y) w \odot (1 - h^2) \]
    \[ \frac{\partial \ell}{\partial W} = \delta x^\top \] \[ \frac{\partial \ell}{\partial x} = W \delta \]"""
    right = verify(said.replace(r"= W \delta", r"= W^\top \delta"))
    assert not right.first_wrong and right.lines[-1].status == "proved"
    assert verify(said).lines[-1].status == "refuted"


@pytest.mark.parametrize(("claim", "status"), [
    (r"\nabla f(x)^\top d = (Ax - b)^\top d", "proved"), (r"\nabla f^\top d = (Ax + b)^\top d", "refuted"),
    (r"f(x + d) = f(x) + \nabla f(x)^\top d + \tfrac12 d^\top \nabla^2 f(x)\, d", "proved"),
    (r"\nabla^2 f\, d = A d", "proved"), (r"\nabla^2 f d = 2 A d", "refuted")])
def test_gradients_and_hessians_along_a_direction_named_d(claim: str, status: str) -> None:
    said = r"Let $A \in \mathbb R^{n\times n}$ symmetric; $x, b, d \in \mathbb R^n$, $f(x) = \frac12 x^\top A x - b^\top x$."
    assert verify(f"{said} Then $ {claim} $").lines[-1].status == status


def test_one_sentence_is_a_text() -> None:
    report = verify(r"Let $x, p \in \mathbb{R}^n$. Then $p^\top x = x^\top p$")
    assert [line.status for line in report.lines] == ["proved"]


@pytest.mark.parametrize(("words", "status"), [
    (r"The Hessian is $H = 2X^\top X$", "proved"), (r"The Hessian of $L$ is \[ H = X^\top X \]", "refuted"),
    (r"Thus the gradient of $L$ with respect to $w$ is then $$ g = 2X^\top(y - Xw) $$", "refuted"),
    (r"The derivative of the loss w.r.t. $w$ equals $\hat g = 2X^\top(Xw - y)$", "proved"),
    (r"The inverse of the Hessian is $K = X^\top X$", "noted"), (r"where the gradient is $g = y$", "noted")])
def test_what_words_say_a_new_name_is_is_claimed(words: str, status: str) -> None:
    said = r"Let $X \in \mathbb{R}^{n\times d}$, $w \in \mathbb{R}^d$, $y \in \mathbb{R}^n$. Let \[ L(w) = \|Xw - y\|^2 \] "
    assert verify(f"{said}{words}").lines[-1].status == status


@pytest.mark.parametrize(("words", "statuses"), [
    (r"so the gradient is $2X^\top(Xw - y)$.", ["proved"]), (r"so the gradient is $X^\top(Xw - y)$.", ["refuted"]),
    (r"so the gradient is $2X(Xw - y)$.", ["ill-typed"]), (r"Hence the gradient of L is $-2X^\top(y - Xw)$.", ["proved"]),
    (r"Its gradient is \[ 2X^\top(Xw - y) \] and its Hessian is $X^\top X$.", ["proved", "refuted"]),
    (r"The gradient is $L$-Lipschitz.", []), (r"The gradient is $d \times 1$.", []), (r"The gradient is $O(nd)$.", []),
    (r"The gradient is $2X^\top(Xw - y)$ at every minimum.", []), (r"The norm of the gradient is $2X^\top y$.", [])])
def test_an_expression_that_words_say_is_the_gradient_is_claimed(words: str, statuses: list[str]) -> None:
    said = r"Let $X \in \mathbb{R}^{n\times d}$, $w \in \mathbb{R}^d$, $y \in \mathbb{R}^n$. Let $L(w) = \|Xw - y\|^2$. "
    assert [line.status for line in verify(f"{said}{words}").lines] == ["noted", *statuses]


@pytest.mark.parametrize(("line", "status"), [
    ("z = 5", "supported"), ("L = 0.5", "supported"), (r"\frac{\partial L}{\partial w} = (z - t) x = 2", "supported"),
    (r"\frac{\partial L}{\partial w} = 3", "refuted"), (r"\frac{\partial L}{\partial w} = x", "refuted")])
def test_numbers_that_sentences_give_hold_for_lines_that_end_in_a_number(line: str, status: str) -> None:
    said = r"Let $z = wx + b$ and $L = \frac12 (z - t)^2$. For example with $x=2$, $w=3$, $b=-1$ and $t = 4$ we get "
    assert verify(said + rf"\[ {line} \]").lines[-1].status == status


@pytest.mark.parametrize("said", [
    r"$S = \mathrm{diag}(s_1, \dots, s_n)$ with $s_i > 0$", r"$$ S = \operatorname{diag}(s_1, \ldots, s_n) $$"])
def test_a_diagonal_whose_entries_are_listed(said: str) -> None:
    text = (rf"Let $X \in \mathbb{{R}}^{{n \times p}}$, $y \in \mathbb{{R}}^n$ and {said} Consider "
            r"$$ f(w) = (y - Xw)^\top S (y - Xw) $$ "
            r"$$ \nabla f(w) = -2X^\top S(y - Xw) $$ $$ y^\top S y = \sum_i s_i y_i^2 $$ ")
    report = verify(text + r"$$ y^\top S y = \sum_i y_i^2 $$")
    assert [line.status for line in report.lines[-3:]] == ["proved", "proved", "refuted"]
    assert any(str(each).startswith("s: n ") for each in report.taken)


def test_a_one_hot_vector_of_zeros_and_ones_sums_to_one() -> None:
    said = (r"For one-hot $y \in \{0, 1\}^K$ and $p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$ let $L = -\sum_k y_k \log p_k$. "
            r"\[ \frac{\partial L}{\partial z_j} = -y_j + p_j \sum_k y_k = p_j - y_j \] "
            r"\[ \frac{\partial L}{\partial z_j} = p_j \]")
    assert [line.status for line in verify(said).lines[-2:]] == ["proved", "refuted"]


@pytest.mark.parametrize(("right", "status"), [
    (r"\operatorname{tr}(d(A^{-1}) B)", "proved"), (r"-\operatorname{tr}(A^{-1} B A^{-1} dA)", "proved"),
    (r"\operatorname{tr}(d(A^{-1}) B^2)", "refuted")])
def test_the_differential_of_a_function_is_by_its_argument(right: str, status: str) -> None:
    said = r"Let $A, B \in \mathbb{R}^{n\times n}$, $A$ invertible. Let $g(A) = \operatorname{tr}(A^{-1} B)$. Then "
    assert verify(rf"{said} \[ dg = {right} \]").lines[-1].status == status


@pytest.mark.parametrize(("said", "wanted"), [
    (r"$Q\succ0$", "positive-definite"), (r"$Q = Q^T \succ 0$", "positive-definite"), ("$Q ≻ 0$", "positive-definite"),
    (r"$Q\in\mathbb{S}^n_{++}$", "positive-definite"), (r"$Q \in \mathcal{S}_+^n$", "symmetric"),
    (r"$Q \succeq 0$", "symmetric")])
def test_what_a_sign_says_of_a_matrix(said: str, wanted: str) -> None:
    report = verify(rf"Let $f(x) = \frac12 x^T Q x + c^T x$ where {said}. Then \[ \nabla f(x) = Qx + c \]")
    assert report.lines[-1].status == "proved" and any(str(each).startswith(f"Q: n n {wanted}") for each in report.taken)


def test_what_is_always_followed_by_one_name_in_brackets_is_a_function_of_it() -> None:
    said = (r"Let $\mu, \sigma, \epsilon \in \mathbb{R}^d$, $z = \mu + \sigma \odot \epsilon$ and $g = \nabla_z f(z)$. Then "
            r"\[ \nabla_\mu f = g \] \[ \nabla_\sigma f = g \odot \epsilon \] \[ \nabla_\sigma f = g \odot \sigma \]")
    assert [line.status for line in verify(said).lines[-3:]] == ["proved", "proved", "refuted"]
    assert verify(r"Let $x \in \mathbb{R}^n$, $\eta > 0$. \[ \eta(x) + \eta(x) = 2 \eta x \]").lines[-1].status == "proved"


@pytest.mark.parametrize("gap", [r"\Rightarrow", r"\quad\Rightarrow\quad", r"\qquad \implies \qquad"])
def test_a_product_behind_a_gap_is_one_product(gap: str) -> None:
    said = (r"Let $S \in \mathbb{R}^{n \times n}$ be symmetric, $w \in \mathbb{R}^n$, "
            r"$f(w) = w^\top S w - \lambda w^\top w$. ")
    report = verify(said + rf"\[ \frac{{\partial f}}{{\partial w}} = 2Sw - 2\lambda w = 0 {gap} Sw = \lambda w \]")
    assert report.lines[-1].status == "supported"


def test_what_says_too_little_to_be_wrong_is_open() -> None:
    said = (r"With $N_k = \sum_{i=1}^n r_{ik}$, \[ \frac{\partial}{\partial\pi_k}\left(\sum_j N_j\log\pi_j "
            r"+ \eta\left(\sum_j\pi_j - 1\right)\right) = \frac{N_k}{\pi_k} + \eta = 0, \] so \[ \pi_k = \frac{N_k}{n}. \]")
    assert verify(said).lines[-1].status == "undecided"
    solved = r"Let $f(w) = \|w-y\|^2$ with $y\in\mathbb R^n$. \[ \nabla f = 2(w-y) \] So \[ w = 3y \]"
    assert verify(solved).lines[-1].status == "refuted"


def test_what_setting_a_slope_to_zero_gives_is_no_definition() -> None:
    text = "Let $J = (w-2a)^2$. Then $\\frac{dJ}{dw} = 2(w-2a)$.\n\nSetting $\\frac{dJ}{dw} = 0$ gives $w = %sa$."
    found = [verify(text % each, "a, w: scalar").lines[-1] for each in "23"]
    assert [line.status for line in found] == ["conditional", "refuted"]


def test_a_matrix_of_open_sizes_that_is_given_in_numbers_is_a_value() -> None:
    text = r"Let $W \in \mathbb{R}^{m \times n}$. Now $$W = \begin{bmatrix} -1 & 1 \\ 1 & 2 \end{bmatrix}$$ and " \
           r"$$\operatorname{tr}(W^\top W) = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}.$$"
    given, claimed = verify(text).lines
    assert (given.status, given.wrong, claimed.status) == ("noted", False, "ill-typed")


def test_no_line_holds_since_capitals_were_taken_for_numbers() -> None:
    # R, P, Q are matrices until something speaks against it.
    report = verify(r"""$$F = \frac12\|R - PQ^T\|_F^2$$ $$\frac{\partial F}{\partial P} = -(R - PQ^T)Q$$
$$\frac{\partial F}{\partial Q} = -(R - PQ^T)P$$""")
    assert [line.status for line in report.lines] == ["noted", "proved", "refuted"]
    # K, M, N are used for numbers as well: what holds for these alone is left open, and said.
    report = verify(r"$$F = \frac12\|T - KM\|_F^2$$ $$\frac{\partial F}{\partial K} = -(T - KM) M$$")
    assert report.lines[-1].status == "undecided" and "numbers K, M, T" in report.lines[-1].message
    report = verify(r"""$$p_i = e^{z_i/T}/\sum_j e^{z_j/T}$$
$$\frac{\partial p_i}{\partial z_j} = \frac1T p_i(\delta_{ij} - p_j)$$
$$\frac{\partial p_i}{\partial T} = -\frac{p_i}{T^2}\left(z_i - \sum_j p_j z_j\right)$$""")
    assert [line.status for line in report.lines] == ["noted", "proved", "proved"]


def test_where_a_text_speaks_of_row_vectors_the_vectors_beside_its_matrices_lie_as_rows() -> None:
    report = verify(r"""With $h = \tanh(xW_1 + b_1)$ and $p = \mathrm{softmax}(hW_2 + b_2)$, where $x$ is a row vector, let
$J = -\sum_i y_i\log p_i$ with a one-hot $y$. Put $z = xW_1 + b_1$.
$$\frac{\partial J}{\partial h} = (p - y)W_2^\top$$
$$\delta = \frac{\partial J}{\partial z} = (p - y)W_2^\top\circ(1 - h^2)$$
$$\frac{\partial J}{\partial x} = \delta W_1^\top$$
$$\frac{\partial J}{\partial x} = \delta W_1$$""")
    assert [line.status for line in report.lines][-4:-1] == ["proved"] * 3
    assert report.lines[-1].wrong


def test_tanh_of_what_font_commands_stand_in_is_no_shape() -> None:
    report = verify(r"Let $h = \sigma(\mathbf x W + b)$ with $W \in \mathbb{R}^{n\times n}$. $$h - b = h - b$$")
    assert not any(each.startswith("sigma: n") for each in report.taken)


def test_a_conclusion_about_a_known_quantity_is_no_new_definition() -> None:
    text = r"""$$S = \frac1n\sum_{i=1}^n x_ix_i^\top$$ $$J(u) = \frac1n\sum_{i=1}^n\|x_i\|^2 - u^\top S u$$ so
$$J(u) = \operatorname{tr}(S) SIGN u^\top Su$$"""
    assert verify(text.replace("SIGN", "-")).lines[-1].status == "proved"
    assert verify(text.replace("SIGN", "+")).lines[-1].status == "refuted"


def test_the_correct_class_is_a_label_where_it_stands_in_a_case_alone() -> None:
    report = verify(r"""Let $p = \mathrm{softmax}(z)$ and $L = -\sum_i y_i\log p_i$ where $y$ is one-hot.
With $k$ the correct class,
$$\frac{\partial L}{\partial z_i} = \begin{cases} p_i - 1 & i = k\\ p_i & \text{otherwise}\end{cases}$$
$$\frac{\partial L}{\partial z_i} = \begin{cases} p_i & i = k\\ p_i - 1 & \text{otherwise}\end{cases}$$""")
    assert [line.status for line in report.lines][-2:] == ["proved", "refuted"]


def test_the_rest_of_a_sum_over_steps_depends_on_what_nothing_else_of_the_next_step_is_made_of() -> None:
    report = verify(r"""
\begin{align} a_t &= W h_{t-1}\\ h_t &= \tanh(a_t)\end{align}
and $L = \sum_t L_t$ with $L_t = \frac12\|h_t - y_t\|^2$. Then
$$\frac{\partial L}{\partial h_t} = h_t - y_t + W^\top(\frac{\partial L}{\partial h_{t+1}}\odot(1-h_{t+1}^2))$$
$$\frac{\partial L}{\partial h_t} = h_t - y_t + W(\frac{\partial L}{\partial h_{t+1}}\odot(1-h_{t+1}^2))$$""")
    assert [line.status for line in report.lines][-2:] == ["supported", "refuted"]


def test_what_a_name_is_may_be_said_right_behind_its_use() -> None:
    text = r"""Let $y = \gamma\odot x$ and $L = \frac12\|y - t\|^2$ with vectors $x, t, \gamma$.
$$\frac{\partial L}{\partial x} = SIGN\gamma\odot g$$ with $g = y - t$."""
    assert verify(text.replace("SIGN", "")).lines[-2].status == "proved"
    assert verify(text.replace("SIGN", "-")).lines[-2].status == "refuted"


SAID_OF_NAMES = [
    (r"Let $f(z) = z + u\,h(w^\top z)$ with $u, w, z\in\mathbb{R}^d$ and $h=\tanh$.",
     r"\frac{\partial f}{\partial z} = I + h'(w^\top z)uw^\top", r"\frac{\partial f}{\partial z} = I - h'(w^\top z)uw^\top"),
    (r"""Let $\pi = \sigma(X\beta)$ and $\ell = \sum_i y_i\log\pi_i + (1-y_i)\log(1-\pi_i)$ with
$X\in\mathbb{R}^{n\times p}$.""",
     r"\frac{\partial\ell}{\partial\beta} = X^\top(y-\pi)", r"\frac{\partial\ell}{\partial\beta} = X^\top(\pi-y)"),
    (r"Let $w_1, w_2, x\in\mathbb{R}^d$, $e_1 = w_1^\top x$, $e_2 = w_2^\top x$ and $$r = g e_1 + (1-g)e_2$$",
     r"\nabla_x r = g w_1 + (1-g)w_2", r"\nabla_x r = g w_1 - (1-g)w_2"),
    (r"Let $M = K(\theta) + s^2 I$.",
     r"\frac{\partial}{\partial\theta}\log|K| = \operatorname{tr}(K^{-1}\frac{\partial K}{\partial\theta})",
     r"\frac{\partial}{\partial\theta}\log|K| = \operatorname{tr}(K\frac{\partial K}{\partial\theta})"),
    (r"""By $D_{KL}(q\|p) \ge 0$ we are safe. For normal laws
$$D_{KL} = \frac12\sum_{j=1}^J(\mu_j^2 + s_j^2 - \log s_j^2 - 1)$$""",
     r"\frac{\partial D_{KL}}{\partial s_j} = s_j - \frac1{s_j}",
     r"\frac{\partial D_{KL}}{\partial s_j} = s_j + \frac1{s_j}"),
    (r"""# One
Let $g = \partial L/\partial h$ and $h = Wx$ with $W\in\mathbb{R}^{m\times n}$.
$$\frac{\partial L}{\partial x} = W^\top g$$
# Two
""", r"\nabla_\theta(L(\theta)+\frac\lambda2\|\theta\|^2) = \nabla_\theta L + \lambda\theta",
     r"\nabla_\theta(L(\theta)+\frac\lambda2\|\theta\|^2) = \nabla_\theta L + 2\lambda\theta"),
]


@pytest.mark.parametrize(("said", "right", "wrong"), SAID_OF_NAMES, ids=["tanh", "pi", "e_1", "K(theta)", "D_KL", "L again"])
def test_what_is_said_of_names_decides_right_lines_and_wrong_ones(said: str, right: str, wrong: str) -> None:
    assert verify(f"{said}\n$${right}$$").lines[-1].status in ("proved", "supported")
    assert verify(f"{said}\n$${wrong}$$").lines[-1].wrong


def test_nothing_holds_by_what_stands_below_since_all_is_zero_there() -> None:
    report = verify(r"""Layers are $z^{[l]} = W^{[l]}a^{[l-1]}$ and $a^{[l]} = g(z^{[l]})$, with
$\delta^{[l]} = \frac{\partial J}{\partial z^{[l]}}$. $$\frac{\partial J}{\partial a^{[l-1]}} = W^{[l]}\delta^{[l]}$$
For squared error $J = \frac12\|a^{[L]}-y\|^2$.""")
    assert report.lines[3].status not in ACCEPTED


def test_a_line_about_a_density_of_which_a_law_alone_tells_is_not_wrong() -> None:
    text = r"""With $x = \sqrt{a}y + \sqrt{1-a}\epsilon$ the law is $q(x|y) = \mathcal{N}(x; \sqrt{a}y, (1-a)I)$.
$$\nabla_x\log q(x|y) = -\frac{x - \sqrt{a}y}{1-a}$$"""
    assert verify(text).lines[-1].status == "undeclared"


LAGRANGIAN = r"""Let $\theta\in\mathbb{R}^n$ be the parameters of a loss $L(\theta)$, $g = \nabla_\theta L$ its gradient and
$F$ a symmetric positive definite $n\times n$ matrix. With $\lambda>0$ and $\delta\in\mathbb{R}^n$ the Lagrangian is
$$\mathcal{L}(\delta) = g^\top\delta + \frac\lambda2\delta^\top F\delta$$ $$\nabla_\delta\mathcal{L} = g + \lambda F\delta$$
$$\delta^* = -\frac1\lambda F^{-1}g$$ $$\delta^{*\top}F\delta^* = \frac{g^\top F^{-1}g}{\lambda^2}$$"""


def test_a_loss_and_a_lagrangian_are_told_apart_by_their_fonts() -> None:
    assert verify(LAGRANGIAN).lines[2].status == "proved"
    assert verify(LAGRANGIAN.replace("F^{-1}g}", "F g}")).lines[-1].status == "refuted"
    assert verify(LAGRANGIAN.replace(r"g + \lambda F\delta$$", r"\lambda F\delta$$")).lines[2].status not in ACCEPTED


def test_a_number_and_a_vector_are_told_apart_by_their_fonts() -> None:
    said = r"""Let $\boldsymbol\theta\in\mathbb{R}^d$ be the parameters and $\theta > 0$ a temperature.
$$f = \theta\boldsymbol\theta^\top\boldsymbol\theta$$ """
    found = statuses(said + r"""$$\nabla_{\boldsymbol\theta}f = 2\theta\boldsymbol\theta$$
$$\frac{\partial f}{\partial\theta} = \boldsymbol\theta^\top\boldsymbol\theta$$
$$\frac{\partial f}{\partial\theta} = 3\theta^2$$ $$\nabla_{\boldsymbol\theta}f = 3\boldsymbol\theta^2$$""")
    assert found[1:] == ["proved", "proved", "refuted", "refuted"]
    mixed = r"Let $\mathbf{x}\in\mathbb{R}^n$. $$f = \mathbf{x}^\top x$$ $$\nabla_x f = 2\mathbf{x}$$"
    assert statuses(mixed)[1] == "proved"


def test_nothing_is_accepted_of_a_derivative_that_is_0_for_want_of_a_word() -> None:
    report = verify(r"""Let $\theta\in\mathbb{R}^n$, $\delta\in\mathbb{R}^n$, and $L(\delta) = \frac12\delta^\top\delta$.
$$\nabla_\theta L = 3\nabla_\theta L$$ $$\nabla_\delta L = \delta$$""")
    assert [line.status for line in report.lines[1:]] == ["undeclared", "proved"]
    assert "how L depends on" in report.lines[1].message


@pytest.mark.parametrize(("text", "status"), [
    ("x'y = y x'", "undecided"), ("uv' = v'u", "undecided"), ("u'v = v'u", "proved"), ("a b = b a", "proved")])
def test_factors_beside_a_transpose_are_exchanged_only_where_one_is_said_to_be_a_number(text: str, status: str) -> None:
    assert [line.status for line in verify(text).lines] == [status]


def test_what_is_made_of_a_letter_is_told_apart_from_it_by_its_font() -> None:
    said = r"""Let $L(w) = \frac12\|Xw - y\|^2$, $X\in\mathbb{R}^{N\times d}$, $w\in\mathbb{R}^d$, scalars $c > 0$
and $\alpha > 0$. $$\mathcal{L}(w,\alpha) = L(w) + \alpha(w^\top w - c)$$ """
    assert statuses(said + r"$$\nabla_w\mathcal{L} = X^\top(Xw-y) + 2\alpha w$$")[-1] == "proved"
    assert statuses(said + r"$$\nabla_w\mathcal{L} = X^\top(Xw-y)$$")[-1] == "refuted"


def test_words_and_ranges_of_plain_text_stand_between_its_formulas():
    found = verify("Contrastive loss for one anchor.\n\ns_j = q^T k_j / tau,  j = 1..K\n"
                   "L = -log( exp(s_1) / sum_j exp(s_j) )\n\n"
                   "With p = softmax(s):\n\ndL/ds_j = p_j - 1[j=1]\n\ndL/dk_1 = (1/tau) * (p_1 - 1) q\n"
                   "dL/dk_j = (1/tau) * p_j q   for j != 1\ndL/dk_j = (1/tau) * (p_j - 1) q   for all j != 1\n")
    assert [line.status for line in found.lines[3:]] == ["proved", "proved", "supported", "refuted"]
    assert not found.needed


ONE_EXAMPLE = r"""Take one training example. Let
$$z = w^\top x_i + b,\qquad p=\sigma(z),\qquad \ell=-y_i\log p-(1-y_i)\log(1-p).$$ """


@pytest.mark.parametrize(("line", "status"), [
    (r"\frac{\partial \ell}{\partial p} = -\frac{y_i}{p}+\frac{1-y_i}{1-p}", "proved"),
    (r"\frac{\partial p}{\partial z} = p(1-p)", "proved"), (r"\frac{\partial \ell}{\partial z} = p - y_i", "proved"),
    (r"\frac{\partial \ell}{\partial b} = y_i - p", "refuted"),
    (r"\frac{\partial L}{\partial w} = \sum_i (p-y_i)x_i,\qquad L = \sum_i \ell", "proved"),
    (r"\frac{\partial L}{\partial w} = \sum_i (p+y_i)x_i,\qquad L = \sum_i \ell", "refuted"),
])
def test_what_is_defined_by_one_example_is_said_of_any(line: str, status: str) -> None:
    assert statuses(ONE_EXAMPLE + f"$${line}$$")[-1] == status


def test_repeated_letters_of_entries_may_be_summed() -> None:
    assert statuses(r"""Let $y_i = W_{ij}x_j$ and $L = y_i t_i$, then $$\frac{\partial L}{\partial W_{ij}} = t_i x_j$$
$$\frac{\partial L}{\partial x_j} = W_{ij} t_i$$""")[2:] == ["proved", "proved"]


def test_a_star_behind_which_nothing_is_multiplied_is_part_of_a_name() -> None:
    assert statuses("""Ridge regression, short notes

f(w) = 1/2 ||X w - y||^2 + 1/2 lambda ||w||^2

Set grad f = 0:
w* = (X^T X + lambda I)^{-1} X^T y

Dual form: w* = X^T (X X^T + lambda I)^{-1} y

dw*/dlambda = -(X^T X + lambda I)^{-1} w*
dw*/dlambda = (X^T X + lambda I)^{-1} w*
""")[-3:] == ["supported", "proved", "refuted"]


def test_a_law_in_a_space_and_a_value_at_which_a_line_holds() -> None:
    assert statuses(r"""Let $x \sim \mathcal{N}(\mu, \Sigma)$ in $\mathbb{R}^d$ with density $p(x)$. Then
$$\log p(x) = -\tfrac d2\log 2\pi-\tfrac12\log\det\Sigma-\tfrac12(x-\mu)^\top\Sigma^{-1}(x-\mu).$$""") == ["proved"]
    assert statuses(r"""Let $f(x) = T x^2$. At $T=1$: $$f'(x) = 2x$$""")[-1] == "supported"
    assert statuses(r"""Let $f(x) = T x^2$. At $T=2$: $$f'(x) = 2x$$""")[-1] == "refuted"


SMOOTHED = """Cross entropy with label smoothing

q_k = (1 - eps) y_k + eps/K      (y one-hot)
p = softmax(z)
L = -sum_k q_k log p_k

"""


@pytest.mark.parametrize(("line", "status"), [
    ("dL/dz_k = p_k - (1 - eps) y_k - eps/K", "proved"), ("dL/dz_k = p_k - (1 - eps) y_k - eps", "refuted"),
    ("d2L/dz_j dz_k = p_j (delta_jk - p_k)", "proved"), ("d^2L/(dz_j dz_k) = p_j delta_jk", "refuted"),
])
def test_a_letter_runs_up_to_its_capital_and_mixed_derivatives_stand_in_one_line(line: str, status: str) -> None:
    assert statuses(SMOOTHED + line + "\n")[-1] == status


def test_all_axes_of_a_few_names_are_looked_at() -> None:
    assert statuses(r"""Labels $y_i\in\{-1,1\}$:
$$L(w)=\frac1n\sum_{i=1}^n\log(1+e^{-y_iw^\top x_i})$$ Let $m_i=y_iw^\top x_i$.
$$\nabla L=-\frac1n\sum_i y_i\sigma(-m_i)x_i$$ $$\nabla^2L=\frac1n\sum_i\sigma(m_i)(1-\sigma(m_i))x_ix_i^\top$$""")[2:] \
        == ["proved", "supported"]


LAYER_NORM = """LayerNorm backward (from my notes)

mu = (1/d) sum_i x_i
v = (1/d) sum_i (x_i - mu)^2
xhat_i = (x_i - mu) / sqrt(v + eps)
y_i = gamma_i xhat_i + beta_i

Let g_i = dL/dy_i.

"""


@pytest.mark.parametrize(("line", "status"), [
    ("dL/dgamma_i = g_i xhat_i", "proved"), ("dL/dxhat_i = 2 g_i gamma_i", "refuted"),
    ("dv/dx_j = (2/d) (x_j - mu)", "proved"), ("dv/dx_j = 2 (x_j - mu)", "refuted"),
])
def test_d_is_a_size_where_a_mean_is_taken_over_it_beside_derivatives(line: str, status: str) -> None:
    assert statuses(LAYER_NORM + line + "\n")[-1] == status


@pytest.mark.parametrize(("line", "status"), [
    (r"J_f(x)=\frac1{\|x\|}\left(I-\frac{xx^\top}{\|x\|^2}\right)", "proved"),
    (r"J_f(x)=\frac1{\|x\|}\left(I+\frac{xx^\top}{\|x\|^2}\right)", "refuted"),
    (r"Df(x)=\frac1{\|x\|}\left(I-\frac{xx^\top}{\|x\|^2}\right)", "proved"),
    (r"Df(x)=\frac1{\|x\|}I", "refuted"),
])
def test_a_jacobian_by_its_name_is_one_of_a_function_that_is_defined(line: str, status: str) -> None:
    assert statuses(rf"Let $f(x)=\frac{{x}}{{\|x\|}}$ for $x\in\mathbb R^n\setminus\{{0\}}$. Then $${line}$$")[-1] == status


def test_what_a_loss_depends_on_may_be_said_in_a_display_and_what_nothing_tells_of_is_not_wrong() -> None:
    assert statuses("Notes on the layer of today\n\ny = W x\nL = L(y), delta = dL/dy\n\ndL/dW = delta x^T\n")[1:] \
        == ["noted", "proved"]
    report = verify(r"Let $K\in\mathbb{R}^{n\times n}$ be a kernel with parameters $\theta\in\mathbb{R}^m$. "
                    r"$$\frac{\partial K^{-1}}{\partial\theta}=-K^{-1}\frac{\partial K}{\partial\theta}K^{-1}$$")
    assert report.lines[-1].status == "undeclared" and "how K^{-1} depends" in report.lines[-1].message


def test_for_a_function_says_what_it_is_and_names_no_case() -> None:
    said = r"Let $x\in\mathbb{R}^n$. For $g(x)=\|x\|$, $\nabla^2g(x)=\frac1{\|x\|}I-\frac{xx^\top}{\|x\|^3}$."
    assert statuses(said)[-1] == "proved"


@pytest.mark.parametrize(("text", "status"), [
    (r"Let $u = x^2+1$ and $g = \tanh(u)$. Then $$g' = (1-g^2) u'$$", "proved"),
    (r"Let $u = x^2+1$ and $g = \tanh(u)$. Then $$u' = x$$", "refuted"),
    (r"Let $u=x^3$ and $g(x)=x\tanh(u)$. Then $$g'(x) = \tanh u + x(1-\tanh^2u)\,u'$$", "proved"),
    (r"Let $u=x^3$ and $g(x)=x\tanh(u)$. Then $$g'(x) = \tanh u$$", "refuted"),
    (r"Let $f(t) = tz$ with a number $z$. Then $$f'(z) = 2z$$", "refuted"),
])
def test_the_prime_of_what_one_number_defines_is_its_derivative(text: str, status: str) -> None:
    assert statuses(text)[-1] == status


@pytest.mark.parametrize("words", ["Let $g(x)=x^3$. Then", "For $g(x)=x^3$ we get", "For the exact version, $g(x)=x^3$ and"])
def test_a_name_is_given_another_value_by_words(words: str) -> None:
    text = rf"$$g(x)=\tanh(u),\quad u=x^2$$ so $$g'(x)=(1-\tanh^2 u)\,2x.$$ {words} $$g'(x)=3x^2$$ "
    assert statuses(text) == ["noted", "proved", "noted", "proved"]
    assert statuses(text.replace("3x^2", "2x^2"))[-1] == "refuted"
    assert statuses(text + "$$g(x)=x^4$$")[-1] == "refuted"


def test_entries_of_a_diagonal_that_are_listed_are_a_vector_and_an_orthogonal_matrix_is_square() -> None:
    said = r"""Suppose $A=U\Lambda U^\top$ with $U$ orthogonal and
$\Lambda=\operatorname{diag}(\lambda_1,\dots,\lambda_n)$. """
    assert statuses(said + r"Then $A^\top=A$ and $\operatorname{tr}A=\sum_i\lambda_i$.")[-2:] == ["proved", "proved"]
    assert statuses(said + r"Then $$\operatorname{tr}(A^2)=\left(\sum_i\lambda_i\right)^2$$")[-1] in ("refuted", "undecided")


def test_labels_in_brackets_stand_before_formulas_of_plain_text() -> None:
    assert statuses("""Problem 2. Let f(x) = log(sum_i exp(a_i^T x + b_i)), where a_i in R^n, i = 1..m.

(a) grad f(x) = A^T p, p = softmax(A x + b)

(b) Hess f(x) = A^T (diag(p) - p p^T) A

(c) Hess f(x) = A^T diag(p) A
""")[1:] == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(("said", "status"), [
    (r"Let $A\in\mathbb{R}^{n\times n}$ be symmetric, $B\in\mathbb{R}^{n\times n}$", "conditional"),
    (r"Let $A$ be a symmetric $n\times n$ matrix, $B\in\mathbb{R}^{n\times n}$", "conditional"),
    (r"Consider a symmetric $A\in\mathbb{R}^{n\times n}$, $B\in\mathbb{R}^{n\times n}$", "conditional"),
    (r"Here $A$ is symmetric, $B$ is any $n\times n$ matrix", "conditional"),
    (r"Given a symmetric matrix $A$, a matrix $B\in\mathbb{R}^{n\times n}$", "conditional"),
    (r"Consider symmetric matrices $A, B\in\mathbb{R}^{n\times n}$", "proved"),
    (r"Let $A$ and $B$ be symmetric", "proved"),
])
def test_a_property_of_one_matrix_is_none_of_the_next(said: str, status: str) -> None:
    assert statuses(said + r" and $x\in\mathbb{R}^n$. Then $$\nabla_x (x^\top B x) = 2Bx$$")[-1] == status


@pytest.mark.parametrize(("text", "wanted"), [
    (r"We have $$\frac{d}{dx}|x| = 1$$ for $x > 0$ and $$\frac{d}{dx}|x| = -1$$ for $x<0$.", ["supported", "supported"]),
    (r"We have $\frac{d}{dx}|x| = 1$ for $x < 0$.", ["refuted"]),
    (r"We have $\frac{d}{dx}(1/x) = -1/x^2$ for $x \ge 0$.", ["conditional"]),
])
def test_the_case_of_a_formula_may_stand_behind_it(text: str, wanted: list[str]) -> None:
    assert statuses(text) == wanted


def test_braces_of_plain_text_leave_two_letters_below_and_what_is_said_to_be_fixed_beside_a_formula_is() -> None:
    assert statuses("""Softmax Jacobian derivation

p_i = e^{z_i} / sum_k e^{z_k}

dp_i/dz_j = p_i (delta_ij - p_j)
dp_i/dz_j = p_i (delta_ij + p_j)
""")[1:] == ["proved", "refuted"]
    assert statuses(r"""Let $\gamma_i = \sigma(x_i m)$. $$Q(m)=\sum_i\gamma_i(x_i-m)^2,\quad \gamma_i\text{ fixed}$$
$$\frac{dQ}{dm} = -2\sum_i\gamma_i(x_i-m)$$""")[-1] == "proved"


@pytest.mark.parametrize(("claim", "status"), [
    (r"\operatorname{tr}P=n", "supported"), (r"\operatorname{tr}P=m", "undecided"),
    (r"\operatorname{tr}I_n=n", "proved")])
def test_a_size_that_ends_an_equation_is_no_name_for_what_stands_before_it(claim: str, status: str) -> None:
    assert statuses(rf"For $A\in\mathbb R^{{m\times n}}$ let $P=A(A^\top A)^{{-1}}A^\top$. Then $${claim}$$")[-1] == status


def test_stars_beside_products_without_signs_are_entry_by_entry() -> None:
    assert statuses("""RNN backprop through time, one step

a_t = W h_{t-1} + U x_t + b
h_t = tanh(a_t)

Let delta_t = dL/dh_t.

dL/dW = (delta_t * (1 - h_t^2)) h_{t-1}^T
dL/dh_{t-1} = W (delta_t * (1 - h_t^2))
""")[3:] == ["proved", "refuted"]


@pytest.mark.parametrize("words", ["Alternatively,", "In another form,", "Note that"])
def test_what_stands_in_another_form_is_claimed_of_the_same(words: str) -> None:
    assert statuses(rf"Let $f(x)=x^2$. Then $$f'(x)=2x$$ {words} $f(x)=x^3$.")[-1] == "refuted"


@pytest.mark.parametrize(("sentence", "statuses"), [
    (r"One sees that $|a + c| = 2a$.", ["refuted"]), (r"Thus, for every $a$, $|a| = 2a$.", ["refuted"]),
    (r"In short, i.e., $a^2 + c^2 = (a + c)(a - c)$.", ["refuted"]), (r"> $\log(1 + a) = 2a$", ["refuted"]),
    (r"- $x^\top y = y^\top x + 1$", ["refuted"]), (r"It is clear that $x^\top y = y^\top x$.", ["proved"]),
    (r"Let the weights satisfy $\sum_i x_i = 1$.", []), (r"Assume that $\sum_i x_i = 1$.", ["conditional"]),
    (r"Recall that $\sum_i x_i = 1$.", ["conditional"])])
def test_an_equation_that_is_a_sentence_or_that_words_state_is_claimed(sentence: str, statuses: list[str]) -> None:
    report = verify(f"# Notes\n\n{sentence}\n", "a: scalar; c: scalar; x: n; y: n")
    assert [line.status for line in report.lines if line.status != "noted"] == statuses, str(report)


@pytest.mark.parametrize(("text", "said"), [
    ("$$z = 2 y$$ $$z = 4 x$$ $$y = 2 x$$", ["", "true if a name in it is what an equation below says",
                                             "it is what an equation above is solved for"]),
    ("$a<b$ and hence $$a + 1 < b + 1$$", ["true for some signs of what is in it"]),
    (r"""$x_i,\mu_k\in\mathbb{R}^d$. $$L = -\tfrac12\sum_i\sum_k (x_i-\mu_k)^\top\Sigma_k^{-1}(x_i-\mu_k)$$
$$\nabla_{\mu_k} L = \sum_i \Sigma_k^{-1}(x_i-\mu_k)$$""", ["", "true if each of Sigma is a number"])])
def test_what_a_text_leaves_open_is_a_condition_of_its_line(text: str, said: list[str]) -> None:
    lines = verify(text).lines
    for line, words in zip(lines, said, strict=True):
        assert (line.status == "conditional" and line.message.startswith(words)) if words else line.status == "noted"
