"""Words before a formula say whose derivative it is, also where they do not name the loss."""

import pytest

from symderiv import verify

TEXT = r"Let $W\in\mathbb{R}^{m\times n}$, $x\in\mathbb{R}^n$, $y\in\mathbb{R}^m$ and $L = \frac12\|Wx-y\|^2$." "\n\n"


@pytest.mark.parametrize("words", [
    "The gradient with respect to $x$ is $@$.", "The gradient with respect to $x$ is\n$$@$$",
    "Its gradient with respect to $x$ is $@$.",
    "Differentiating with respect to $x$ yields $@$.", "Taking the derivative with respect to $x$ we get\n$$@.$$",
    "We find that the gradient of the loss with respect to $x$ equals $@$.",
    "- Gradient w.r.t. $x$: $@$", "**Partial derivative with respect to $x$:** $@$"])
def test_a_gradient_that_words_name_is_claimed(words):
    for formula, status in ((r"W^\top(Wx-y)", "proved"), (r"2W^\top(Wx-y)", "refuted")):
        assert [line.status for line in verify(TEXT + words.replace("@", formula)).lines] == ["noted", status]


@pytest.mark.parametrize(("words", "right", "wrong"), [
    (r"The derivative of $x^\top x$ with respect to $x$ is $@$.", "2x", "x"),
    (r"The gradient of $x^\top y$ with respect to $y$ is $@$.", "x", "y"),
    (r"Differentiating $\sin(2a)$ gives $@$.", r"2\cos(2a)", r"\cos(2a)")])
def test_of_a_formula_that_words_name_a_name_is_claimed_as_well(words, right, wrong):
    for formula, held in ((right, True), (wrong, False)):
        lines = verify(words.replace("@", formula), "x: n; y: n; a: scalar").lines
        assert [line.status in ("proved", "supported") for line in lines] == [held]


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


RIDGE = ("Consider ridge regression with X in R^{n x d}, y in R^n, w in R^d and lambda > 0. The objective is "
         "J(w) = ||Xw - y||^2 + lambda ||w||^2. Its gradient is 2 X^T (Xw - y) + 2 lambda w, and its Hessian is "
         "2 X^T X + @ lambda I. Setting the gradient to zero gives w = (X^T X + lambda I)^{-1} X^T y.")


def test_sentences_of_plain_text_alone_are_refereed():
    for factor, status in (("2", "proved"), ("", "refuted")):
        lines = verify(RIDGE.replace("@", factor)).lines
        assert [line.status for line in lines] == ["noted", "proved", status, "conditional"]


@pytest.mark.parametrize("said", [
    "The gradient of L with respect to W2 is @(p - y) a^T.",
    "Backpropagating, the gradient of L with respect to a is @W2^T (p - y).",
    "The gradient with respect to W1 is @(W2^T (p - y) * (1 - a^2)) x^T."])
def test_a_gradient_of_plain_text_is_claimed(said):
    text = ("Let x in R^d, W1 in R^{h x d}, W2 in R^{k x h}, and let y be a one-hot vector in R^k.\n\nThe hidden layer is "
            "a = tanh(W1 x), the logits are z = W2 a, the probabilities are p = softmax(z) and the loss is "
            "L = -sum_k y_k log p_k.\n\n")
    for factor, status in (("", "proved"), ("2 ", "refuted")):
        assert verify(text + said.replace("@", factor)).lines[-1].status == status


@pytest.mark.parametrize("text", [
    "Let $s = \\mathrm{softmax}(x)$ with $x \\in \\mathbb{R}^n$. For $i \\neq j$, the derivative of $s_i$ with respect to "
    "$x_j$ is $@ s_i s_j$.",
    "Let s = softmax(x) with x in R^n.\n\n"
    "For i != j, the derivative of s_i with respect to x_j is @ s_i s_j."])
def test_a_derivative_of_an_entry_that_words_name_is_claimed(text):
    for sign, statuses in (("-", ("proved", "supported")), ("", ("refuted",))):
        assert verify(text.replace("@", sign)).lines[-1].status in statuses


@pytest.mark.parametrize(("text", "right", "wrong"), [
    (r"Let $x\in\mathbb{R}$. The derivative of $\log(1+e^x)$ is $@$.", r"\sigma(x)", r"1 - \sigma(x)"),
    (r"For an invertible $X\in\mathbb{R}^{n\times n}$, the gradient of $\log\det X$ is $@$ "
     r"and the gradient of $\det X$ is $\det(X) X^{-T}$.",
     "X^{-T}", "X^{-1}"),
    ("For an invertible matrix X in R^{n x n}, the gradient of log det X is @.", "X^{-T}", "X^{-1}")])
def test_a_derivative_of_a_formula_that_words_name_is_claimed(text, right, wrong):
    assert verify(text.replace("@", right)).lines[0].status == "proved"
    assert verify(text.replace("@", wrong)).lines[0].status == "refuted"


def test_a_hessian_is_of_what_was_differentiated_last():
    text = ("We minimise L = (y - X b)^T W (y - X b), where X in R^{n x p}, y in R^n, W in R^{n x n} symmetric.\n"
            "Differentiating with respect to b: dL/db = -2 X^T W y + 2 X^T W X b.\nHence b_hat = (X^T W X)^{-1} X^T W y.\n"
            "The Hessian is @ X^T W X.")
    for factor, status in (("2", "proved"), ("", "refuted")):
        assert [line.status for line in verify(text.replace("@", factor)).lines] == ["noted", "proved", "noted", status]


def test_what_ends_a_formula_of_plain_text_is_not_of_the_space_behind_it():
    text = ("Let f(x) = 1/2 ||r(x)||^2 with r(x) = A x - b, A in R^{m x n}, b in R^m, x in R^n.\n\n"
            "The gradient of f is A^T (A x - b). The Hessian of f is @.")
    for hessian, status in (("A^T A", "proved"), ("A A^T", "refuted")):
        lines = verify(text.replace("@", hessian)).lines
        assert lines[-2].status == "proved" and lines[-1].status in (status, "ill-typed" if status == "refuted" else status)


@pytest.mark.parametrize("text", [
    "Let A be a symmetric n x n matrix, b, x in R^n, and f(x) = 1/2 x^T A x - b^T x.\n\nThe gradient of f is A x - b. "
    "The Hessian of f is @A. The Jacobian of A x is A. The derivative of b^T x is b.",
    r"Let $A \in \mathbb{R}^{n\times n}$ be symmetric, $b, x \in \mathbb{R}^n$, and $f(x) = \frac12 x^\top A x - b^\top x$. "
    r"The gradient of $f$ is $A x - b$. The Hessian of $f$ is $@A$. The Jacobian of $A x$ is $A$. "
    r"The derivative of $b^\top x$ is $b$."])
def test_a_known_name_that_words_say_a_derivative_is_is_claimed(text):
    for factor, status in (("", "proved"), ("2", "refuted")):
        lines = verify(text.replace("@", factor)).lines
        assert [line.status for line in lines] == ["noted", "proved", status, "proved", "proved"]


def test_a_name_that_is_new_is_what_a_gradient_is_called():
    text = r"Let $f(w) = w^\top w$ with $w\in\mathbb{R}^n$. The gradient is $g$. Then $g = 2w$."
    assert "undeclared" not in [line.status for line in verify(text).lines]


@pytest.mark.parametrize("text", [
    "Let a, b be in R^d.\n\nL = ||a||^2 - ||b||^2\n\nHessian w.r.t. a: 2 I\nHessian w.r.t. b: @2 I\n"
    "The Hessian of L with respect to b is @2 I.\nGradient w.r.t. b: @2b",
    r"Let $a, b\in\mathbb{R}^d$ and $L = \|a\|^2 - \|b\|^2$." "\n\n- Hessian w.r.t. $a$: $2I$\n- Hessian w.r.t. $b$: $@2I$\n"
    r"- The Hessian of $L$ with respect to $b$ is $@2I$." "\n- Gradient w.r.t. $b$: $@2b$"])
def test_each_heading_of_a_list_says_what_is_behind_its_colon(text):
    for sign, status in (("-", "proved"), ("", "refuted")):
        assert [line.status for line in verify(text.replace("@", sign)).lines] == ["noted", "proved", *[status] * 3]


def test_a_second_derivative_that_is_zero_is_claimed():
    for formula, status in (("b'*x", "proved"), ("x'*x", "refuted")):
        assert verify(f"Let b, x be in R^d.\n\nL = {formula}\n\nHence d^2L/dx^2 = 0").lines[-1].status == status


def test_letters_beside_each_other_between_dollar_signs_are_a_product():
    text = r"Let $L\in\mathbb{R}^{n\times n}$ be symmetric and $f\in\mathbb{R}^n$. The gradient of $f^\top L f$ is $@Lf$."
    for factor, status in (("2", "proved"), ("", "refuted")):
        assert [line.status for line in verify(text.replace("@", factor)).lines] == [status]


def test_the_means_of_normal_laws_lie_in_the_space_that_the_sentence_names():
    text = (r"Let $p = N(\mu_1, \Sigma_1)$ and $q = N(\mu_2,\Sigma_2)$ on $\mathbb{R}^d$ with "
            r"$\Sigma_1, \Sigma_2\succ 0$. Then \[ D = \frac12\left[\log\frac{|\Sigma_2|}{|\Sigma_1|} - d + "
            r"\operatorname{tr}(\Sigma_2^{-1}\Sigma_1) + "
            r"(\mu_2-\mu_1)^\top\Sigma_2^{-1}(\mu_2-\mu_1)\right] \] and "
            r"\[ \frac{\partial D}{\partial \mu_1} = @\Sigma_2^{-1}(\mu_1-\mu_2). \]")
    for factor, status in (("", "proved"), ("-", "refuted")):
        assert [line.status for line in verify(text.replace("@", factor)).lines] == ["noted", status]
