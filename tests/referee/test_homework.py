"""A whole page of homework with nothing declared: what it says of its names is taken, scope by scope."""

import symderiv as sd

LOGISTIC = r"""\section{Logistic regression}
Given data $(x_i, y_i)$, $i = 1,\dots,n$ with $x_i \in \mathbb{R}^d$ and $y_i \in \{0,1\}$, let $p_i = \sigma(w^\top x_i)$
where $\sigma$ is the sigmoid function. The negative log-likelihood is
\[ \ell(w) = -\sum_{i=1}^n y_i \log p_i + (1-y_i)\log(1-p_i). \]
First note that $\sigma'(z) = \sigma(z)(1-\sigma(z))$. Hence
\begin{align}
\frac{\partial \ell}{\partial w} &= -\sum_{i=1}^n (y_i (1-p_i) - (1-y_i)p_i) x_i \\
&= RIGHT .
\end{align}
\section{Softmax}
Let $z \in \mathbb{R}^K$ and $p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$. Then
\[ \frac{\partial p_k}{\partial z_j} = p_k(\delta_{kj} - p_j). \]
For $L = -\sum_k y_k \log p_k$ with $\sum_k y_k = 1$:
\[ \frac{\partial L}{\partial z_j} = -\sum_k \frac{y_k}{p_k} p_k(\delta_{kj}-p_j) = p_j - y_j. \]
"""


def statuses(right: str) -> list[str]:
    return [line.status for line in sd.verify(LOGISTIC.replace("RIGHT", right)).lines]


def test_a_sum_without_brackets_reaches_over_the_terms_with_its_letter() -> None:
    assert statuses(r"\sum_{i=1}^n (p_i - y_i) x_i") == [
        "noted", "noted", "proved", "proved", "proved", "noted", "proved", "noted", "supported"]


def test_the_wrong_line_of_the_page_is_the_one_that_is_called_wrong() -> None:
    found = statuses(r"\sum_{i=1}^n (y_i - p_i) x_i")
    assert [k for k, status in enumerate(found) if status not in ("noted", "proved", "supported")] == [4]


def test_a_term_that_does_not_name_the_letter_stays_outside_the_sum() -> None:
    found = sd.verify(r"\sum_{i=1}^n x_i + y_i + c = \sum_{i=1}^n (x_i + y_i) + c", given="x, y: n\nc: scalar")
    assert [line.status for line in found.lines] == ["proved"]


def test_a_letter_that_is_free_on_the_left_is_not_drawn_into_a_sum() -> None:
    found = sd.verify(r"x_i - \sum_{i=1}^n x_i + x_i = 2 x_i - \sum_{j=1}^n x_j", given="x: n")
    assert [line.status for line in found.lines] == ["proved"]


RIDGE = r"""L = \frac{1}{2n}\|Xw - y\|^2 + \frac{\lambda}{2}\|w\|^2
\nabla_w L = \frac{1}{n} X^\top (Xw - y) + \lambda w
(X^\top X + n \lambda I) w = X^\top y
\hat{w} = (X^\top X + n \lambda I)^{-1} X^\top y
\hat{w} = (X^\top X + \lambda I)^{-1} X^\top y
\hat{y} = X w"""


def test_what_is_solved_for_is_the_variable_where_its_gradient_is_zero() -> None:
    right, wrong, named = (line.status for line in sd.verify(RIDGE, given="X: n d\ny: n\nw: d\nlambda > 0").lines[-3:])
    assert (right, wrong, named) == ("supported", "refuted", "noted")
