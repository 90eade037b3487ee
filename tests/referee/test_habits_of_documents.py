"""Habits of people who write derivations, and slips in the same words."""

from __future__ import annotations

import pytest

from symderiv.answers import HOLDS
from symderiv.referee import verify

COLUMNS = r"""Examples are columns: $X \in \mathbb{R}^{n\times m}$, $W^{[1]}\in\mathbb{R}^{h\times n}$,
$b^{[1]}\in\mathbb{R}^{h\times 1}$, $W^{[2]}\in\mathbb{R}^{1\times h}$, $Y\in\mathbb{R}^{1\times m}$.
Here $\sigma$ is the sigmoid.
$$Z^{[1]} = W^{[1]}X + b^{[1]}$$ $$A^{[1]} = \tanh(Z^{[1]})$$
$$Z^{[2]} = W^{[2]}A^{[1]} + b^{[2]}$$ $$A^{[2]} = \sigma(Z^{[2]})$$
$$J = -\frac1m\sum_{i=1}^m\left(y^{(i)}\log a^{[2](i)} + (1-y^{(i)})\log(1-a^{[2](i)})\right)$$
$$dZ^{[2]} = A^{[2]} - Y$$ $$dW^{[2]} = \frac1m dZ^{[2]} A^{[1]T}$$ $$db^{[2]} = \frac1m\sum_{i=1}^m dZ^{[2](i)}$$
$$dZ^{[1]} = W^{[2]T}dZ^{[2]} \ast (1-(A^{[1]})^2)$$ $$dW^{[1]} = \frac1m dZ^{[1]} X^T$$
"""


@pytest.mark.parametrize("right, wrong", [
    ("", ""), (r"dW^{[1]} = \frac1m dZ", "dW^{[1]} = dZ"), ("ast (1-(A^{[1]})^2)", "ast (1-A^{[1]})"),
    (r"\sum_{i=1}^m dZ^{[2](i)}", r"\frac1m\sum_{i=1}^m dZ^{[2](i)}"), ("A^{[2]} - Y$$", "Y - A^{[2]}$$")])
def test_gradients_of_each_example_stand_beside_those_of_the_mean(right, wrong):
    lines = verify(COLUMNS.replace(right, wrong) if right else COLUMNS).lines
    bad = [line for line in lines if line.status not in (*HOLDS, "noted")]
    assert len(lines) == 10
    assert bad and all(line.wrong for line in bad) if right else not bad


COLUMN = r"""$X\in\mathbb{R}^{n\times m}$, $W\in\mathbb{R}^{h\times n}$, $b\in\mathbb{R}^{h}$,
$Z = WX + b$, $J = \frac12\|Z\|_F^2$.
$$\frac{\partial J}{\partial W} = ZX^\top$$ $$\frac{\partial J}{\partial b} = Z\mathbf{1}$$"""


@pytest.mark.parametrize("right, wrong, status", [
    ("", "", "proved"), (r"Z\mathbf{1}", r"Z^\top\mathbf{1}", "ill-typed"),
    (r"= Z\mathbf{1}", r"= 2Z\mathbf{1}", "refuted")])
def test_a_bias_is_added_to_every_column(right, wrong, status):
    assert verify(COLUMN.replace(right, wrong) if right else COLUMN).lines[-1].status == status


FILTER = r"""The matrices $P_k^-$ and $R$ are symmetric and
\[ P_k = P_k^- - K_kHP_k^- - P_k^-H^\top K_k^\top + K_k(HP_k^-H^\top+R)K_k^\top. \]
\[ \frac{\partial\operatorname{tr}P_k}{\partial K_k} = -2(HP_k^-)^\top + 2K_k(HP_k^-H^\top+R) \]
"""


@pytest.mark.parametrize("right, wrong", [("", ""), ("+ 2K_k", "+ K_k"), ("-2(HP_k^-)", "2(HP_k^-)")])
def test_a_letter_below_matrices_that_are_transposed_counts_steps(right, wrong):
    line = verify(FILTER.replace(right, wrong) if right else FILTER).lines[-1]
    assert line.wrong if right else line.status in HOLDS


SPD = """Let f(x) = 1/2 x^T A x - b^T x with A symmetric positive definite, x in R^n.

The gradient is

    grad f(x) = A x - b
"""
FACTORS = r"""With $C = WW^\top+\sigma^2I$, where $W\in\mathbb{R}^{d\times k}$ and $S$ is symmetric, the log likelihood is
\[ \ell = -\frac n2\left(d\log2\pi+\log|C|+\operatorname{tr}(C^{-1}S)\right) \]
and
\[ \frac{\partial\ell}{\partial W} = n\left(C^{-1}SC^{-1}W-C^{-1}W\right). \]
Also $M=W^\top W+\sigma^2I$ gives $C^{-1}=\sigma^{-2}(I-WM^{-1}W^\top)$."""
LAWS = r"""$\mu,\sigma\in\mathbb{R}^d$. \[ D_{KL}(q\|p) = \mathbb{E}_q[\log q(z|x)-\log p(z)] \]
\[ D_{KL} = -\frac12\sum_{j=1}^d(1+\log\sigma_j^2-\mu_j^2-\sigma_j^2) \]
\[ \frac{\partial D_{KL}}{\partial\mu_j} = \mu_j \]"""
UPPER = r"Let $u,x_1,\dots,x_n\in\mathbb{R}^d$. \[ \sum_{i=1}^n(u^\top x_i)^2 = \sum_{i=1}^nu^\top x_ix_i^\top u \]"
NOISY = r"""Let $y = Xw+\epsilon$ with $\epsilon\sim\mathcal{N}(0,I)$ and $E(w)=\|y-Xw\|^2$.
\[ \nabla E(w) = 2X^\top Xw-2X^\top y \]"""


@pytest.mark.parametrize("text, status, right, wrong", [
    (UPPER, "proved", ")^2", ")^3"), (SPD, "proved", "= A x - b\n", "= A x + b\n"),
    (FACTORS, "conditional", "(I-W", "(I+W"), (LAWS, "proved", r"= \mu_j \]", r"= 2\mu_j \]"),
    (NOISY, "conditional", r"-2X^\top y", r"+2X^\top y")], ids=["upper limits", "A in prose", "powers", "laws", "noise"])
def test_what_is_said_in_passing_is_taken(text, status, right, wrong):
    assert verify(text).lines[-1].status == status
    assert verify(text.replace(right, wrong)).lines[-1].wrong


GIVEN = r"""$Q,V\in\mathbb{R}^{n\times d}$. We are given $G = \frac{\partial L}{\partial O}$.
$$O = QV^\top$$ $$\frac{\partial L}{\partial V} = G^\top Q$$"""
STEP = r"""Around $x_k$, with $x\in\mathbb{R}^n$ and symmetric $H$, let
$m(x)=g^\top(x-x_k)+\frac12(x-x_k)^\top H(x-x_k)$. Then
$$\nabla m(x)=g+H(x-x_k)$$"""
NOISE = r"""Model: $y = X\beta+\varepsilon$, $X$ is $n\times p$, and $f(\beta)=\|y-X\beta\|^2$ with noise $\varepsilon$.
$$\nabla f(\beta) = -2X^Ty+2X^TX\beta$$"""


@pytest.mark.parametrize("text, status, right, wrong", [
    (GIVEN, "proved", "= G^", "= 2G^"), (STEP, "proved", "=g+H", "=g-H"), (NOISE, "conditional", "-2X^T", "2X^T")],
    ids=["a gradient by what comes below", "one point of many", "noise before a shape"])
def test_what_stands_before_it_is_said_is_waited_for(text, status, right, wrong):
    assert verify(text).lines[-1].status == status
    assert verify(text.replace(right, wrong)).lines[-1].wrong


def test_an_equation_between_quantities_is_no_wrong_identity():
    text = "Let z_{t+1} = (1 - eta lambda) z_t, so z_t = (1 - eta lambda)^t z_0.\n\n" \
        "The best step balances the two ends:\n\n    1 - eta mu = eta L - 1\n\n" \
        "With kappa = L/mu this is\n\n    (L - mu)/(L + mu) = (kappa - 1)/(kappa + 1)\n"
    lines = verify(text).lines
    assert not any(line.wrong for line in lines) and lines[-1].status in (*HOLDS, "conditional")
    for wrong in ("(kappa + 1)/", "(kappa + 2)/"):
        assert verify(text.replace("(kappa - 1)/", wrong)).lines[-1].status in ("refuted", "undecided")


HOT = r"""$Z\in\mathbb{R}^{K\times m}$, and $Y\in\mathbb{R}^{K\times m}$ has one-hot columns.
$$A_{kj} = \frac{e^{Z_{kj}}}{\sum_{l=1}^K e^{Z_{lj}}}$$ $$J = -\frac1m\sum_{j=1}^m\sum_{k=1}^K Y_{kj}\log A_{kj}$$
$$\frac{\partial J}{\partial Z} = \frac1m(A-Y)$$"""
SPREAD = r"""$P$ is symmetric positive definite, $z = Hx+v$ with $H\in\mathbb{R}^{k\times n}$, where $v$ has covariance $R$,
also symmetric positive definite. \[ (HPH^T+R)^{-1} = R^{-1}-R^{-1}H(P^{-1}+H^TR^{-1}H)^{-1}H^TR^{-1} \]"""


@pytest.mark.parametrize("text, right, wrong", [(HOT, "(A-Y)", "(A+Y)"), (SPREAD, "R^{-1}-R", "R^{-1}+R")],
                         ids=["one-hot columns", "of whom a covariance is told"])
def test_words_speak_of_columns_and_of_what_is_named_last(text, right, wrong):
    assert verify(text).lines[-1].status in HOLDS
    assert verify(text.replace(right, wrong)).lines[-1].wrong


POLICY = r"""Let $\theta\in\mathbb{R}^d$ and $\phi(s,a)\in\mathbb{R}^d$ be features. The policy is
$$ \pi_\theta(a|s) = \frac{\exp(\theta^\top\phi(s,a))}{\sum_{a'}\exp(\theta^\top\phi(s,a'))} $$
$$ \nabla_\theta\log\pi_\theta(a|s) = \phi(s,a) - \sum_{a'}\pi_\theta(a'|s)\phi(s,a') $$"""
TWO_ARITIES = r"""The exact solution is $u(x,t) = e^{-\kappa t}\sin(x)$.
$$ \frac{\partial u}{\partial t} = -\kappa u $$
The network is $u(x) = \sum_{k=1}^K c_k\tanh(w_kx+b_k)$ with
$$ u'(x) = \sum_{k=1}^K c_kw_k(1-\tanh^2(w_kx+b_k)) $$"""
LISTED = r"""We consider $h=\tanh(a)$, $a=Wg+b$ with $W\in\mathbb{R}^{n\times n}$. Then
$$ \frac{\partial h}{\partial g} = \operatorname{diag}(1-h^2)W $$"""
LENGTH = r"""Let $u\in\mathbb{R}^n$ be a vector of Euclidean length 1 and $P=uu^\top$. Then
$$ (I-2P)^2 = I $$"""
NEWTON = r"""Let p = sigmoid(X*w) with X of size n x d, R = diag(p .* (1 - p)), w_new = w - inv(X'*R*X)*X'*(p - y).

The gradient of L = -sum(y .* log(p) + (1 - y) .* log(1 - p)) is

    dL/dw = X'*(p - y)

and the step can be written as

    w_new = inv(X'*R*X)*(X'*R*X*w - X'*(p - y))
"""


@pytest.mark.parametrize("text, right, wrong", [
    (POLICY, r"= \phi", r"= 2\phi"), (TWO_ARITIES, "c_kw_k(1-", "c_k(1-"), (TWO_ARITIES, "= -", "= "),
    (LISTED, "W $$", r"W^\top $$"), (LENGTH, "(I-2P)", "(I-P)"), (NEWTON, "*w - X'", "*w + X'")],
    ids=["a policy", "a network beside a solution", "a solution beside a network", "a list", "a length", "a step"])
def test_what_writers_of_notes_take_for_granted(text, right, wrong):
    assert all(line.status in (*HOLDS, "noted") for line in verify(text).lines)
    changed = verify(text[::-1].replace(right[::-1], wrong[::-1], 1)[::-1])
    assert sum(line.wrong for line in changed.lines) == 1


ITEMS = r"""Let $A\in\mathbb{R}^{n\times n}$ be invertible and $B=A^{-1}$.
\begin{enumerate}
\item $ABA = A$
\item $BA = I$
\item $\|A\|_F^2 = \operatorname{tr}(A^\top A)$
\end{enumerate}"""
POSTULATES = r"""Assume the following about $A,B\in\mathbb{R}^{n\times n}$:
\begin{itemize}
\item $AB = BA$
\end{itemize}
Then \[ A^2B = BA^2 \]"""
NUMBERED = r"""The hinge loss is
$$ J(w) = \sum_{i=1}^n\max(0,1-y_iw^\top x_i),\qquad w,x_i\in\mathbb{R}^d,\ y_i\in\{-1,1\}. $$
Its square is
$$ J_2(w) = \sum_{i=1}^n\max(0,1-y_iw^\top x_i)^2. $$
$$ \nabla J_2(w) = -2\sum_{i=1}^ny_ix_i\max(0,1-y_iw^\top x_i). $$"""
SECOND = """Let w and phi be vectors of length d.

One step with step size alpha is w2 = w + alpha*phi, which changes the estimate by

    w2'*phi - w'*phi = alpha*phi'*phi
"""


@pytest.mark.parametrize("text, claims, right, wrong", [
    (ITEMS, 3, "ABA = A", "ABA = B"), (ITEMS, 3, "BA = I", "BA = 2I"), (POSTULATES, 1, "= B", "= 2B"),
    (NUMBERED, 1, "= -2", "= -"), (SECOND, 1, "- w'", "+ w'")], ids=["items", "an item", "assumptions", "J_2", "w2"])
def test_items_assumptions_and_numbered_names_are_what_they_look_like(text, claims, right, wrong):
    lines = verify(text).lines
    assert all(line.status in (*HOLDS, "noted") for line in lines)
    assert sum(line.status != "noted" for line in lines) == claims
    assert sum(line.wrong for line in verify(text[::-1].replace(right[::-1], wrong[::-1], 1)[::-1]).lines) == 1


FIRST = r"""Let $s\in\mathbb{R}^n$, $p_j = \frac{e^{s_j}}{\sum_{m=1}^ne^{s_m}}$ and $\ell = -\log p_1$. Then
$$ \frac{\partial\ell}{\partial s_j} = p_j-\delta_{1j} $$"""
REWARD = r"""With preferences $h(s,a)$,
$$ \pi(a|s) = \frac{e^{h(s,a)}}{\sum_be^{h(s,b)}} $$
the expected reward is
$$ r_\pi(s) = \sum_a\pi(a|s)r(s,a) $$
and we find
$$ \frac{\partial r_\pi(s)}{\partial h(s,c)} = \pi(c|s)(r(s,c)-r_\pi(s)) $$"""


@pytest.mark.parametrize("text, right, wrong", [
    (FIRST, r"-\delta", r"+\delta"), (REWARD, r")-r_", r")+r_")], ids=["delta_{1j}", "r_pi"])
def test_what_stands_below_a_delta_or_a_name_is_read(text, right, wrong):
    assert verify(text).lines[-1].status == "proved"
    assert verify(text.replace(right, wrong)).lines[-1].wrong
