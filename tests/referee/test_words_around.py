"""What the words around a formula say of its names, and what they do not."""

import pytest

from symderiv import verify


def statuses(text):
    return [line.status for line in verify(text).lines]


@pytest.mark.parametrize("said", [
    "Let z in R^k, T > 0, p = softmax(z/T), y one-hot of size k.",
    "Let z in R^k and T > 0. Let p = softmax(z/T), and let y be one-hot of size k.",
], ids=["listed", "sentences"])
def test_spaces_and_bounds_listed_in_plain_words_are_no_part_of_an_equation(said):
    text = said + "\nL = -sum_i y_i log p_i\n\ndL/dz = (p - y)/T\ndL/dz = (p - y)*T\nsqrt(T^2) = T\n"
    assert statuses(text) == ["noted", "noted", "proved", "refuted", "supported"]


def test_a_bound_that_ends_a_sentence_is_taken():
    text = "Let X be n x d, y in R^n and lambda > 0. Let w in R^d.\nJ(w) = ||X w - y||^2\n\nsqrt(lambda^2) = lambda\n"
    assert statuses(text)[-1] == "supported"


def test_what_a_matrix_depends_on_is_not_symmetric():
    text = r"""Let $K \in \mathbb{R}^{n\times n}$ be symmetric positive definite,
depending on a parameter $\theta\in\mathbb{R}$.

$$\frac{\partial K^{-1}}{\partial \theta} = -K^{-1}\frac{\partial K}{\partial\theta} K^{-1}$$
"""
    assert statuses(text) == ["supported"]


@pytest.mark.parametrize(("words", "status"), [
    ("For a unit vector $u$ the variance of the projections is $u^\\top C u$.", "supported"),
    ("For a vector $u$ the variance of the projections is $u^\\top C u$.", "conditional"),
], ids=["unit", "any"])
def test_the_subject_of_the_clause_behind_a_name_is_another(words, status):
    text = (r"Let $C\in\mathbb{R}^{n\times n}$ be symmetric. " + words
            + "\n\n" + r"$$\|Cu - u\|^2 = u^\top C^2 u - 2 u^\top C u + 1$$")
    assert statuses(text)[-1] == status


def test_that_a_derivative_is_positive_declares_nothing():
    text = r"""Let $\ell(z) = \log(1 + e^{-z})$ and $\sigma(z) = 1/(1+e^{-z})$.
Then $\ell''(z) = \sigma(z)(1 - \sigma(z)) \le \frac14$, so we have $\ell''(z) > 0$."""
    assert statuses(text)[:3] == ["noted", "noted", "supported"]


def test_the_minimum_is_of_what_stands_above():
    text = r"""Let $A \in \mathbb{R}^{n\times n}$ be symmetric positive definite, $b\in\mathbb{R}^n$ and
$f(x) = \frac12 x^\top A x - b^\top x$. Its minimizer is $x^* = VALUE$.

Exact line search along $g = \nabla f(x) = Ax - b$ minimises $\phi(\alpha) = f(x - \alpha g)$.
"""
    assert statuses(text.replace("VALUE", "A^{-1} b"))[1] == "supported"
    assert statuses(text.replace("VALUE", "A^{-2} b"))[1] == "refuted"


def test_steps_of_two_methods_have_one_name():
    text = r"""Let $f(w) = \frac12 w^\top A w - b^\top w$ with $A\in\mathbb{R}^{n\times n}$ symmetric and invertible.

A gradient step with step size $\eta$ is $w^+ = w - \eta \nabla f(w)$, so the gradient step is

$$w^+ = w - \eta(Aw + b).$$

Newton's step is $w^+ = w - (\nabla^2 f(w))^{-1}\nabla f(w)$, so Newton's method gives

$$w^+ = A^{-1} b.$$
"""
    assert statuses(text) == ["noted", "noted", "refuted", "noted", "proved"]
    assert statuses(text.replace("A^{-1} b", "A^{-2} b"))[-1] == "refuted"


@pytest.mark.parametrize("picked", ["p_{i, y_i}", "p_{i y_i}", "p_{iy_i}"])
@pytest.mark.parametrize("told", ["", r", $y_i\in\{1,\dots,c\}$ the class of example $i$,"], ids=["not said", "said"])
def test_the_class_of_every_example_is_a_label(picked, told):
    text = rf"""Let $Z \in \mathbb{{R}}^{{n\times c}}$ be logits, $p_{{ij}} = \exp(z_{{ij}})/\sum_k \exp(z_{{ik}})${told} and

$$L = -\frac1n\sum_{{i=1}}^n \log {picked}$$

$$\frac{{\partial L}}{{\partial z_{{ij}}}} = \frac1n(p_{{ij}} - \mathbb{{1}}[j = y_i])$$

$$\frac{{\partial L}}{{\partial z_{{ij}}}} = \frac1n(p_{{ij}} - \mathbb{{1}}[i = y_i])$$
"""
    found = statuses(text)
    assert found[:3] == ["noted", "noted", "proved"] and found[3] not in ("proved", "supported", "conditional")


GAIN = r"""Let $P\in\mathbb{R}^{n\times n}$ and $R\in\mathbb{R}^{k\times k}$ be positive definite,
$H\in\mathbb{R}^{k\times n}$.

$$K = P H^\top (H P H^\top + R)^{-1}$$

For a general gain,

$$J(K) = \operatorname{tr}\left((I - KH)P(I-KH)^\top + KRK^\top\right)$$

$$\frac{\partial J}{\partial K} = FACTOR(I - KH)PH^\top + 2KR$$
"""


@pytest.mark.parametrize(("factor", "status"), [("-2", "proved"), ("-", "refuted"), ("2", "refuted")])
def test_a_derivative_by_the_best_value_is_meant_at_any(factor, status):
    assert statuses(GAIN.replace("FACTOR", factor))[-1] == status


def test_sizes_in_raised_characters_are_sizes():
    text = """Let x ∈ ℝⁿ, W ∈ ℝʰˣⁿ, w ∈ ℝʰ and y ∈ ℝ.

z = Wx
a = tanh(z)
L = ½(wᵀa − y)²

∂L/∂W = (wᵀa − y) (w ⊙ (1 − a²)) xᵀ
"""
    report = verify(text)
    assert [line.status for line in report.lines] == ["noted", "noted", "noted", "proved"]
    assert any(each.startswith("W: h n") for each in report.taken)
    assert verify("z = W*x", given="W ∈ ℝʰˣⁿ; x ∈ ℝⁿ; z ∈ ℝʰ").lines[0].status == "noted"


CHAT = """Great question! Here is the gradient of the **softmax cross-entropy** for a linear layer.

### Shapes
- `X`: (N, D) inputs
- `W`: (D, C) weights
- `Y`: (N, C) one-hot labels
- `P = softmax(X @ W)` row-wise, shape (N, C)

### Loss
`L = -(1/N) * sum(Y * log(P))`

### Gradients
1. With respect to the logits `Z = X @ W`: `dZ = (P - Y) / N`
2. With respect to the weights: `dW = DW`
"""


@pytest.mark.parametrize(("value", "right"), [("X.T @ dZ", True), ("X.T @ (P - Y)", False), ("X.T @ P / N", False)])
def test_formulas_between_backticks_are_formulas_of_sentences(value, right):
    assert [s in ("proved", "supported") for s in statuses(CHAT.replace("DW", value))] == [False, False, False, True, right]


def test_emphasis_and_backticks_in_plain_text_are_no_signs():
    text = """**Setup.** Let `p = sigmoid(z)` for a scalar logit z. The loss is

F(z) = -(1 - p)^2 log p

**Step 1.** The derivative of the sigmoid is dp/dz = p(1 - p).

**Step 2.** By the product rule,

dF/dp = 2 (1 - p) log p - (1 - p)^2 / p
"""
    assert statuses(text) == ["noted", "noted", "proved", "proved"]
    assert statuses(text.replace("2 (1 - p) log", "(1 - p) log"))[-1] == "refuted"


@pytest.mark.parametrize(("factor", "status"), [("2", "proved"), ("", "refuted")])
def test_a_colon_before_a_differential_is_a_product(factor, status):
    text = r"""Let $w = Ax - b$ where $x,b\in\mathbb{R}^n$. Then

\begin{align}
f &= w:w \\
df &= 2w:dw \\
&= FACTORA^Tw:dx
\end{align}
""".replace("FACTOR", factor)
    assert statuses(text) == ["noted", "noted", "proved", status]


TRIPLET = r"""Given an anchor $a$, a positive $p$ and a negative $n$ (all in $\mathbb{R}^d$), the loss is

$$L = \max(0, \|a - p\|^2 - \|a - n\|^2 + m)$$

where $m > 0$ is the margin. If the loss is zero, all gradients vanish. Otherwise:

$$\frac{\partial L}{\partial a} = 2(n - p)$$

$$\frac{\partial L}{\partial p} = SIGN2(a - p)$$
"""


@pytest.mark.parametrize(("sign", "status"), [("-", "supported"), ("", "refuted")])
def test_all_that_lie_in_a_space_and_the_other_case(sign, status):
    assert statuses(TRIPLET.replace("SIGN", sign)) == ["noted", "supported", status]


@pytest.mark.parametrize(("value", "status"), [(r"\pi_\theta(c|s)", "proved"), (r"\pi_\theta(a|s)", "refuted")])
def test_an_action_in_brackets_is_a_position_as_below(value, status):
    text = r"""For a softmax policy $\pi_\theta(a|s) = \frac{e^{\theta_{s,a}}}{\sum_b e^{\theta_{s,b}}}$ we have

$$\frac{\partial\log\pi_\theta(a|s)}{\partial\theta_{s,c}} = \mathbb{1}[a=c] - VALUE$$
""".replace("VALUE", value)
    assert statuses(text) == ["noted", status]


def test_a_second_derivative_of_an_unknown_loss_asks_for_it():
    line = verify(r"""Let $L$ be a loss of $\hat y = w^\top x + b$ with $x, w\in\mathbb{R}^n$ and $b\in\mathbb{R}$.

$$\frac{\partial^2 L}{\partial b^2} = 3$$
""").lines[-1]
    assert (line.status, "could not be decided" in line.message) == ("undeclared", False)


@pytest.mark.parametrize(("case", "status"), [
    (r"If $W\in\mathbb{R}^{n\times m}$ has orthonormal columns, $W^\top W = I$, then", "supported"),
    (r"For a $W\in\mathbb{R}^{n\times m}$ with orthonormal columns ($W^\top W = I$) we have", "supported"),
    (r"For any $W\in\mathbb{R}^{n\times m}$, $W^\top W = 2I$.  Then", "refuted"),
])
def test_a_case_said_once_more_in_symbols_is_supposed(case, status):
    text = case + "\n" + r"$$\|x - WW^\top x\|^2 = \|x\|^2 - \|W^\top x\|^2$$"
    assert statuses(text)[-1] == status


def test_what_one_item_supposes_says_nothing_of_the_next():
    text = r"""Let $A\in\mathbb{R}^{n\times n}$ and $b,x\in\mathbb{R}^n$.
\begin{enumerate}
\item If $A$ is symmetric, $\nabla_x x^TAx = 2Ax$.
\item $\nabla_x \|Ax-b\|^2 = 2A(Ax-b)$
\end{enumerate}"""
    assert statuses(text) == ["proved", "conditional"]


@pytest.mark.parametrize("loss", [r"the loss, a function of $y_1,\dots,y_m$", r"a scalar function of $y_1,\dots,y_m$"])
def test_a_loss_of_listed_entries_depends_on_all_of_them(loss):
    text = rf"Let $\ell$ be {loss}." + r"""
$$y_i = \gamma x_i + \beta$$
$$\frac{\partial\ell}{\partial\gamma} = \sum_i \frac{\partial\ell}{\partial y_i} x_i$$
$$\frac{\partial\ell}{\partial\beta} = \frac{\partial\ell}{\partial y_i}$$
"""
    assert statuses(text) == ["noted", "proved", "refuted"]


@pytest.mark.parametrize(("power", "status"), [("3", "proved"), ("2", "refuted")])
def test_a_primed_argument_beside_another_is_a_name(power, status):
    text = r"""Consider the kernel $$k(x,x') = s^2\exp\left(-\frac{\|x-x'\|^2}{2l^2}\right).$$
$$\frac{\partial k}{\partial l} = k(x,x')\frac{\|x-x'\|^2}{l^POWER}$$""".replace("POWER", power)
    assert statuses(text)[-1] == status


@pytest.mark.parametrize(("value", "status"), [("w^T x^{(i)} + b", "proved"), ("w^T x^{(i)} + 2b", "refuted")])
def test_an_example_of_a_name_that_stands_for_itself_elsewhere_is_a_name(value, status):
    text = r"""Let $\sigma(z) = \frac{1}{1+e^{-z}}$, so that $1 - \sigma(z) = \sigma(-z)$.  We have $x^{(i)}\in\mathbb{R}^d$.
Let $z^{(i)} = w^T x^{(i)} + b$.
$$\frac{\partial}{\partial b}\log\sigma(z^{(i)}) = 1 - \sigma(VALUE)$$""".replace("VALUE", value)
    assert statuses(text)[-1] == status


def test_words_in_a_later_section_say_nothing_of_names_above():
    text = r"""\section{Discrete}
Let $p,q\in\mathbb{R}^n$ and $D(p\|q) = \sum_{i=1}^n p_i\log\frac{p_i}{q_i}$.
$$\frac{\partial}{\partial p_i} D(p\|q) = \log\frac{p_i}{q_i}$$
\section{Gaussian}
For Gaussians $p=\mathcal N(\mu_1,\sigma_1^2)$ and $q=\mathcal N(\mu_2,\sigma_2^2)$ another formula holds.
"""
    assert "refuted" in statuses(text)


@pytest.mark.parametrize("words", [r"Writing $\delta c_t$ for the latter,", r"Denoting the latter by $\delta c_t$,"])
def test_the_latter_is_what_stands_last(words):
    text = r"""$$c_t = f_t \odot c_{t-1} + i_t \odot g_t$$
$$h_t = o_t\odot\tanh(c_t)$$
Let $\delta h_t = \frac{\partial E}{\partial h_t}$.  Then
$$\frac{\partial E}{\partial c_t} = \delta h_t\odot o_t\odot(1-\tanh^2(c_t))$$
WORDS
$$\frac{\partial E}{\partial i_t} = \delta c_t \odot g_t$$
$$\frac{\partial E}{\partial f_t} = \delta c_t \odot c_t$$
""".replace("WORDS", words)
    assert statuses(text)[-3:] == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(("body", "status"), [(r"r_i\nabla_\theta\log p_i", "proved"), (r"r_i\nabla_\theta p_i", "refuted")])
def test_a_mean_over_a_letter_with_given_probabilities_is_a_sum(body, status):
    text = r"""Let $p_i = \frac{e^{\theta_i}}{\sum_{b} e^{\theta_b}}$ and $J = \sum_i p_i r_i$.
$$\nabla_\theta J = \mathbb{E}_{i\sim p}[BODY]$$""".replace("BODY", body)
    assert statuses(text)[-1] == status


@pytest.mark.parametrize(("factor", "status"), [("2\\lambda", "proved"), ("\\lambda", "refuted")])
def test_a_factor_of_the_identity_is_a_number_beside_many_of_its_name(factor, status):
    text = r"""Let $J(\alpha) = \|y - K\alpha\|^2 + \lambda\alpha^T K \alpha$, where $K$ is symmetric positive definite.
$$\nabla J(\alpha) = -2Ky + 2K^2\alpha + FACTOR K \alpha$$
If $K = U\Lambda U^T$ with $U$ orthogonal and $\Lambda = \mathrm{diag}(\lambda_1,\dots,\lambda_n)$,
$$K(K+\lambda I)^{-1} = U \Lambda(\Lambda+\lambda I)^{-1} U^T$$""".replace("FACTOR", factor)
    assert statuses(text)[1::3] == [status, "supported"]


@pytest.mark.parametrize(("value", "status"), [(r"p_k - y_k", "supported"), (r"\frac1T(p_k - y_k)", "refuted")])
def test_under_another_head_a_name_is_given_anew(value, status):
    text = r"""**Temperature.** For $p = \mathrm{softmax}(z/T)$,

$$\frac{\partial p_i}{\partial z_j} = \frac1T p_i(\delta_{ij} - p_j)$$

**Cross entropy.** With $\sum_k y_k = 1$ and $\ell = -\sum_k y_k\log p_k$, $p=\mathrm{softmax}(z)$:

$$\frac{\partial\ell}{\partial z_k} = VALUE$$
""".replace("VALUE", value)
    assert statuses(text)[-2:] == ["noted", status]


@pytest.mark.parametrize(("of", "status"), [("of norm one", "supported"), ("of any length", "refuted")])
def test_a_vector_of_norm_one_is_a_unit_vector(of, status):
    text = rf"For a vector $v\in\mathbb{{R}}^n$ {of} let $H=I-2vv^\top$. Then $H^\top H = I$."
    assert statuses(text)[-1] == status


@pytest.mark.parametrize("case", [
    r"For $0<x<1$, ", r"Let $x\in(0,1)$. Then ", "Let x in [0, 1) be a number.\n\n"])
def test_an_interval_that_a_text_names_is_where_its_lines_are_claimed(case):
    dollar = "$" if "$" in case else ""
    for formula, held in (("|x-1| = 1-x", True), ("|x-1| = x-1", False)):
        assert [line.wrong for line in verify(f"{case}{dollar}{formula}{dollar}").lines] == [not held]


def test_a_star_before_the_end_of_a_sentence_is_part_of_the_name():
    text = "Let x in R^n, A in R^{n x n}.\n\nx* = A x\n\nLet r = x - x*.\n\nThen r = @(I - A) x"
    assert [verify(text.replace("@", factor)).lines[-1].wrong for factor in ("", "2")] == [False, True]
