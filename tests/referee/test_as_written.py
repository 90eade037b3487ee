"""Derivations in the notation of courses, books and programs: what they say is taken as their writers mean it."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.referee import verify
from symderiv.render.refereed import listing, refereed_table

ACCEPTED = ("proved", "supported", "noted")
TWO_LAYERS = r"""X: N D; W_1: D H; b_1: H; W_2: H C; Y: N C
Z_1 = X W_1 + \mathbf 1 b_1^T
A_1 = \max(0, Z_1)
Z_2 = A_1 W_2
L = \frac{1}{2N} \|Z_2 - Y\|_F^2"""
ATTENTION = r"Q, K, V: n d; S = Q*K'/sqrt(d); P = softmax(S, axis=-1); O = P*V; L: function of O; dO = \partial L/\partial O"
CONVOLUTION = r"""X: N C_i H W; K: C_o C_i k k
indices: from 0
Y: N C_o (H-k+1) (W-k+1)
Y_{n,c_o,h,w} = \sum_{c_i,u,v} X_{n,c_i,h+u,w+v} K_{c_o,c_i,u,v}
L: function of Y
G = \partial L/\partial Y"""


@pytest.mark.parametrize(("given", "lines", "wrong"), [
    (TWO_LAYERS, [r"dZ_2 = \frac{1}{N}(Z_2 - Y)", r"dW_2 = A_1^T dZ_2", r"dA_1 = dZ_2 W_2^T",
                  r"dZ_1 = dA_1 \odot 1[Z_1 > 0]", r"dW_1 = X^T dZ_1", r"db_1 = \sum_{i=1}^N (dZ_1)_{i,:}"], []),
    (TWO_LAYERS, [r"dZ_2 = \frac{1}{N}(Z_2 - Y)", r"dW_2 = A_1 dZ_2"], [1]),
    # d is a size as well.
    (ATTENTION, ["dV = P^T dO", "dP = dO V^T", r"dS_{ij} = P_{ij}\left(dP_{ij} - \sum_k P_{ik} dP_{ik}\right)",
                 r"dQ = \frac{1}{\sqrt d} dS K"], []),
    (ATTENTION, ["dV = P^T dO", r"dS = P \odot (dP - dP P^T)"], [1]),
    (ATTENTION, ["2 (dV) = 2 (P^T dO)", "-dP = -dO V^T"], []), (ATTENTION, ["2 (dV) = P^T dO"], [0]),
    (CONVOLUTION, [r"\frac{\partial L}{\partial K_{c_o,c_i,u,v}} = \sum_n\sum_h\sum_w G_{n,c_o,h,w} X_{n,c_i,h+u,w+v}"], []),
    (CONVOLUTION, [r"\frac{\partial L}{\partial K_{c_o,c_i,u,v}} = \sum_n\sum_h\sum_w G_{n,c_o,h,w} X_{n,c_i,h-u,w}"], [0]),
    ("X: n d; y: n; w: d; lambda: scalar; lambda > 0; J = norm(X*w - y)^2 + lambda*norm(w)^2",
     [r"\nabla_w J = 0 \Rightarrow (X^TX + \lambda I) w = X^Ty", r"w^* = (X^TX+\lambda I)^{-1}X^Ty"], []),
    ("x: n d; mu: d; Sigma: d d symmetric positive-definite; "
     "f = -n/2*log(det(Sigma)) - 1/2*sum_i (x_i - mu)'*inv(Sigma)*(x_i - mu)",
     [r"\frac{\partial f}{\partial \mu} = \Sigma^{-1}\left(\sum_{i=1}^n x_i - n\mu\right)",
      r"\frac{\partial f}{\partial \Sigma^{-1}} = \frac n2\Sigma - \frac12\sum_{i=1}^n (x_i-\mu)(x_i-\mu)^T"], []),
    ("mu, epsilon, sigma: d; sigma_i > 0; z = mu + sigma.*epsilon; f: function of z",
     [r"\frac{\partial f}{\partial \log\sigma_i} = \frac{\partial f}{\partial z_i}\,\epsilon_i\sigma_i"], []),
    ("U: m k; V: n k; R: m n; L = 1/2*norm(R - U*V')^2; E = R - U*V'",
     [r"\frac{\partial L}{\partial u_{ik}} = -\sum_j e_{ij}v_{jk}"], []),
    ("x_t: d for t = 1..3; h_0: n; W: n n; U: n d; h_t = tanh(W*h_{t-1} + U*x_t) for t = 1..3",
     [r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1-h_t^2) W"], []),
    ("x_t: d for t = 1..3; h_0: n; W: n n; U: n d; h_t = tanh(W*h_{t-1} + U*x_t) for t = 1..3",
     [r"\frac{\partial h_t}{\partial h_{t-1}} = W \operatorname{diag}(1-h_t^2)"], [0]),
    ("theta, theta^{(0)}: n; X: m n; y: m; X'*X invertible; J(theta) = 1/2*norm(X*theta - y)^2; H = X'*X",
     [r"\theta^{(1)} = \theta^{(0)} - H^{-1} \nabla J(\theta^{(0)})", r"= (X^T X)^{-1} X^T y"], []),
])
def test_lines_are_taken_as_they_are_meant(given: str, lines: list[str], wrong: list[int]) -> None:
    report = verify(lines, given)
    for line in report.lines:
        assert line.status in (("refuted", "ill-typed") if line.number in wrong else ACCEPTED), line


@pytest.mark.parametrize(("given", "line", "slip"), [
    ("x, w: n; epsilon: scalar; epsilon > 0; r = sqrt(1/n*sum_j x_j^2 + epsilon); y_i = w_i*x_i/r; L: function of y",
     r"\frac{\partial L}{\partial x_i}=\frac{\partial L}{\partial y_i}\frac{w_i}{r}-\frac{w_i x_i}{n r^3}"
     r"\sum_j\frac{\partial L}{\partial y_j}x_j", "a factor outside the sum"),
    ("z, t: n; o = softmax(z); E = -sum_j t_j*log(o_j)",
     r"\frac{\partial E}{\partial z_j}=\frac{\partial E}{\partial o_j} \frac{\partial o_j}{\partial z_j}", "dropped sum"),
    ("x: d; W: d d; phi: function; z = W*x; y = x + phi(z); L: function of y; g = \\partial L/\\partial y",
     r"\frac{\partial L}{\partial x} = W^T(g\odot\phi'(z))", "a term lost"),
])
def test_slips_about_sums_and_paths_have_names(given: str, line: str, slip: str) -> None:
    (found,) = verify([line], given).lines
    assert found.wrong and found.diagnosis == slip, found


def test_formulas_in_sentences_alone_are_refereed() -> None:
    text = (r"Let $Q, K \in \mathbb{R}^{n\times d}$. We put $S = \frac{QK^\top}{\sqrt d}$ and $f = \operatorname{tr}(S)$."
            "\n\n" r"- $\frac{\partial f}{\partial Q} = \frac{1}{\sqrt d} K$" "\n"
            r"- $\frac{\partial f}{\partial K} = \frac{1}{d} Q$")
    report = verify(text)
    assert [line.status for line in report.lines] == ["noted", "noted", "proved", "refuted"]


def test_a_function_may_be_said_behind_its_use_and_a_bound_is_a_condition() -> None:
    text = (r"Suppose $p = \sigma(w^\top x)$ where $\sigma(z) = 1/(1+e^{-z})$ and $w, x \in \mathbb{R}^d$. Then "
            r"$$\frac{\partial p}{\partial w} = p(1-p)x$$ For $$J(w) = \frac{\lambda}{2}\|w\|^2, \quad \lambda > 0$$ "
            r"we have $$\nabla J(w) = \lambda w$$")
    assert [line.status for line in verify(text).lines] == ["noted", "noted", "proved", "noted", "supported"]


def test_the_reading_on_which_a_verdict_hangs_is_typeset_and_said_once():
    report = sd.verify([r"y = \sum_{i=1}^n w_i x_i + b"], "w: n; x: n; b: scalar; y = sum_{i=1}^n w_i*x_i + b")
    (line,) = report.lines
    assert line.tells_reading and line.note.count("$") == 4
    latex, html = listing(report), refereed_table(report)
    assert latex.count("read as") == 1 and "textbackslash" not in latex and r"\fit{y = \left( \sum" in latex
    assert html.count("read as") == 1 and r"\sum" not in html and html.count("<math") == 3
