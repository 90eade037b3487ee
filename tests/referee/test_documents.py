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
]


@pytest.mark.parametrize(("words", "wanted"), SETS)
def test_what_the_words_say_is_a_declaration(words: str, wanted: list[str]) -> None:
    names = [each.partition(":")[0] for each in wanted]
    used = {"epsilon": r"\epsilon"}
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
    solved = (r"Let $X\in\mathbb R^{n\times d}$ and $f(w) = \|Xw-y\|^2$. \[ \nabla f = 2X^\top(Xw-y) \] So "
              r"\[ w = (X^\top X)^{-1}X^\top 3y \]")
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
