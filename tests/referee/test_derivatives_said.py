"""Words before a formula say whose derivative it is, also where they do not name the loss."""

import pytest

from symderiv import verify

TEXT = r"Let $W\in\mathbb{R}^{m\times n}$, $x\in\mathbb{R}^n$, $y\in\mathbb{R}^m$ and $L = \frac12\|Wx-y\|^2$." "\n\n"


@pytest.mark.parametrize("words", [
    "The gradient with respect to $x$ is $@$.", "The gradient with respect to $x$ is\n$$@$$",
    "Its gradient with respect to $x$ is $@$.",
    "Differentiating with respect to $x$ yields $@$.", "Taking the derivative with respect to $x$ we get\n$$@.$$",
    "We find that the gradient of the loss with respect to $x$ equals $@$."])
def test_a_gradient_that_words_name_is_claimed(words):
    for formula, status in ((r"W^\top(Wx-y)", "proved"), (r"2W^\top(Wx-y)", "refuted")):
        assert [line.status for line in verify(TEXT + words.replace("@", formula)).lines] == ["noted", status]


def test_a_jacobian_of_what_is_made_of_one_quantity_is_by_that():
    text = r"Let $p = \mathrm{softmax}(z)$. Its Jacobian is $\mathrm{diag}(p) @ pp^\top$."
    for sign, status in (("-", "proved"), ("+", "refuted")):
        assert [line.status for line in verify(text.replace("@", sign)).lines] == ["noted", status]


def test_a_derivative_of_something_else_is_not_the_one_of_the_loss():
    text = r"Consider $L = \frac12(wx-y)^2$. If we ignore the factor, the gradient is $(wx-y)x + 1$."
    assert [line.status for line in verify(text).lines] == ["noted", "noted"]


@pytest.mark.parametrize("told", [
    "W in R^{m x n}, x in R^n. y one-hot in R^m.", "W is m x n, x in R^n, and y in R^m one-hot.",
    "W: m x n, x: n, one-hot y in R^m.",
    "Here x is in R^n, W is m-by-n and y is a one-hot vector of size m."])
def test_plain_text_says_that_a_vector_is_one_hot(told):
    text = told + "\n\nz = W x\np = softmax(z)\nL = - sum_k y_k log p_k\n\ndL/dz = p - y\n"
    assert [line.status for line in verify(text).lines][-1] == "proved"
