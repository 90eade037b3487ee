"""What else names may be is put to the test before a line is called wrong, and makes no wrong line right."""

from __future__ import annotations

import pytest

from symderiv.referee import verify

VALUES = r"""Let $(x_i, y_i)$, $i=1,\dots,n$, with $x_i\in\mathbb{R}^d$. Let $\sigma(t)=1/(1+e^{-t})$ and write
$\sigma_i = \sigma(w^\top x_i)$. Then \[ \nabla_w\sigma_i = \sigma_i(1-\sigma_i)x_i. \]
\[ \ell(w) = -\sum_{i=1}^n\left[y_i\log\sigma_i+(1-y_i)\log(1-\sigma_i)\right] \]
If $X$ denotes the $n\times d$ matrix with rows $x_i^\top$ and $s=(\sigma_1,\dots,\sigma_n)^\top$, """
GAIN = r"""Let $P\succ0$ be an $n\times n$ matrix, $H\in\mathbb{R}^{m\times n}$, $R\succ0$. For a gain $K$ the covariance is
\[ P_K = (I-KH)P(I-KH)^\top+KRK^\top. \] \[ P_K = P-KHP-PH^\top K^\top+K(HPH^\top+R)K^\top. \] """
DIVERGENCE = r"""The KL divergence is \[ KL = \frac12\sum_{j=1}^J\left(\mu_j^2+s_j^2-\log s_j^2-1\right). \] If
$\frac{\partial L}{\partial z}$ comes from above, \[ \frac{\partial KL}{\partial\mu_j} = \mu_j \] """
ANEW = r"""The softmax of $z\in\mathbb{R}^K$ is \[ p_k = \frac{e^{z_k}}{\sum_je^{z_j}} \] with
\[ \frac{\partial p_k}{\partial z_j} = p_k(\delta_{kj}-p_j). \] With temperature $T>0$ we use instead
\[ p_k = \frac{e^{z_k/T}}{\sum_je^{z_j/T}} \] and now """
BIASES = """prediction: rhat_ui = p_u^T q_i
L = 1/2 (r_ui - rhat_ui)^2

dL/dp_u = -(r_ui - rhat_ui) q_i

With biases, rhat_ui = mu + b_u + b_i + p_u^T q_i, and
L = 1/2 (r_ui - rhat_ui)^2 + lambda/2 (b_u^2 + b_i^2)

dL/db_u = -(r_ui - rhat_ui) + lambda b_u
"""
CASES = [
    (VALUES, r"\[ \nabla\ell(w) = X^\top(s-y) \]", r"\[ \nabla\ell(w) = X^\top(s+y) \]"),
    (VALUES, r"\[ \nabla\ell(w) = \sum_i(\sigma_i-y_i)x_i \]", r"\[ \nabla\ell(w) = \sum_i(y_i-\sigma_i)x_i \]"),
    (GAIN, r"\[ \frac{\partial\operatorname{tr}P_K}{\partial K} = -2PH^\top+2K(HPH^\top+R) \]",
     r"\[ \frac{\partial\operatorname{tr}P_K}{\partial K} = -2PH^\top+K(HPH^\top+R) \]"),
    (DIVERGENCE, r"\[ \frac{\partial KL}{\partial s_j} = s_j-\frac1{s_j} \]",
     r"\[ \frac{\partial KL}{\partial s_j} = s_j+\frac1{s_j} \]"),
    (ANEW, r"\[ \frac{\partial p_k}{\partial z_j} = \frac1Tp_k(\delta_{kj}-p_j) \]",
     r"\[ \frac{\partial p_k}{\partial z_j} = Tp_k(\delta_{kj}-p_j) \]"),
    (BIASES, "dL/db_i = -(r_ui - rhat_ui) + lambda b_i\n", "dL/db_i = (r_ui - rhat_ui) + lambda b_i\n"),
]


NAMES = ["s", "sigma_i", "P_K", "KL", "T", "b_u"]


@pytest.mark.parametrize(("said", "right"), [case[:2] for case in CASES], ids=NAMES)
def test_under_what_else_names_may_be_right_lines_hold(said: str, right: str) -> None:
    report = verify(said + right)
    assert report.lines[-1].status in ("proved", "supported")
    assert not any(line.wrong or line.status == "ill-typed" for line in report.lines)


@pytest.mark.parametrize(("said", "wrong"), [case[::2] for case in CASES], ids=NAMES)
def test_under_what_else_names_may_be_wrong_lines_stay_wrong(said: str, wrong: str) -> None:
    *above, last = verify(said + wrong).lines
    assert last.wrong and not any(line.wrong or line.status == "ill-typed" for line in above)


def test_a_wrong_expansion_gives_no_other_value() -> None:
    said = r"Let $X\in\mathbb{R}^{n\times d}$, $y\in\mathbb{R}^n$. $$J = \frac12\|Xw-y\|^2+\frac\lambda2\|w\|^2$$ "
    wrong = verify(said + r"$$J = \frac12w^\top X^\top Xw-2y^\top Xw+\frac12y^\top y+\frac\lambda2w^\top w$$ "
                   r"$$\nabla J = X^\top Xw-2X^\top y+\lambda w$$")
    assert [line.status for line in wrong.lines[1:]] == ["refuted", "refuted"]


@pytest.mark.parametrize(("said", "right", "wrong"), [
    (r"Let $f(x) = x/\|x\|$ for $x\in\mathbb{R}^n$, $x \ne 0$. The Jacobian is ",
     r"\[ J = \frac1{\|x\|}\left(I-\frac{xx^\top}{\|x\|^2}\right) \]",
     r"\[ J = \frac1{\|x\|}\left(I+\frac{xx^\top}{\|x\|^2}\right) \]"),
    (r"Let $\ell(b) = \sum_i(y_ix_i^\top b-e^{x_i^\top b})$ with $x_i\in\mathbb{R}^p$. The information is ",
     r"\[ I(b) = -\frac{\partial^2\ell}{\partial b\partial b^\top} = \sum_ie^{x_i^\top b}x_ix_i^\top \]",
     r"\[ I(b) = -\frac{\partial^2\ell}{\partial b\partial b^\top} = -\sum_ie^{x_i^\top b}x_ix_i^\top \]"),
    (r"We use $$FL = -(1-p)^\gamma\log p$$ and get ",
     r"$$\frac{dFL}{dp} = \gamma(1-p)^{\gamma-1}\log p-\frac{(1-p)^\gamma}{p}$$",
     r"$$\frac{dFL}{dp} = \gamma(1-p)^{\gamma-1}\log p+\frac{(1-p)^\gamma}{p}$$"),
    (r"""Let $h_t = \tanh(Wh_{t-1}+Ux_t)$, $o_t=Vh_t$, with loss $L=\sum_tL_t$, $L_t=\frac12\|o_t-y_t\|^2$. Then
     \[ \frac{\partial L_t}{\partial V} = (o_t-y_t)h_t^\top. \]
     \[ \frac{\partial L_t}{\partial h_t} = V^\top(o_t-y_t). \] \[ \frac{\partial h_t}{\partial h_{t-1}}
     = \operatorname{diag}(1-h_t\odot h_t)W, \] so with $a_t=Wh_{t-1}+Ux_t$, """,
     r"\[ \frac{\partial L_t}{\partial a_t} = (1-h_t\odot h_t)\odot V^\top(o_t-y_t) \]",
     r"\[ \frac{\partial L_t}{\partial a_t} = (1+h_t\odot h_t)\odot V^\top(o_t-y_t) \]"),
    (r"""Let $K$ be a kernel matrix, $y\in\mathbb{R}^n$ and $C=K+s^2I$. \[ \ell = -\frac12y^\top C^{-1}y-\frac12\log|C| \]
     With a hyperparameter $\theta$ and $a=C^{-1}y$,""",
     r"\[ \frac{\partial\ell}{\partial\theta} = \frac12a^\top\frac{\partial C}{\partial\theta}a"
     r"-\frac12\operatorname{tr}\left(C^{-1}\frac{\partial C}{\partial\theta}\right) \]",
     r"\[ \frac{\partial\ell}{\partial\theta} = \frac12a^\top\frac{\partial C}{\partial\theta}a"
     r"+\frac12\operatorname{tr}\left(C^{-1}\frac{\partial C}{\partial\theta}\right) \]"),
], ids=["Jacobian", "I(b)", "FL", "recurrent", "kernel"])
def test_what_documents_leave_unsaid_is_read_as_meant(said: str, right: str, wrong: str) -> None:
    assert verify(said + right).lines[-1].status in ("proved", "supported", "conditional")
    assert verify(said + wrong).lines[-1].wrong


LAYER = r"""Let $h = \tanh(Wx)$, $L = \frac12\|Vh-y\|^2$ and $e = Vh-y$. \[ \frac{\partial L}{\partial V} = eh^\top \]
\[ \frac{\partial L}{\partial h} = V^\top e \] """


@pytest.mark.parametrize(("line", "status"), [
    (r"\frac{\partial L}{\partial x} = W^\top((V^\top e)\odot(1-h^2))", "proved"),
    (r"\frac{\partial L}{\partial x} = W((V^\top e)\odot(1-h^2))", "wrong"),
    (r"\frac{\partial L}{\partial x} = 2W^\top((V^\top e)\odot(1-h^2))", "wrong"),
    (r"\frac{\partial L}{\partial x} = W^\top(x^\top x)e^\top Vh", "open"),
    (r"\frac{\partial L}{\partial h} = (x^\top x) h", "wrong")])
def test_a_line_that_no_single_slip_explains_is_wrong_only_where_its_left_side_is_borne_out(line: str, status: str) -> None:
    last = verify(LAYER + rf"\[ {line} \]").lines[-1]
    assert ("wrong" if last.wrong else "open" if last.status in ("undecided", "undeclared") else last.status) == status
