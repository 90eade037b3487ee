"""Random and mutated text raises nothing but the package's own errors, and does so quickly."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import symderiv as sd
from symderiv.reader import declare, parse
from symderiv.reader.syntax.lines import parse_line
from tests.drawn import drawn
from tests.work import at_most

GIVEN = ("E: expectation over x; phi: function; W: m n; x: n; y: label m;"
         "A: n n; B: n n; c: scalar; p: n; L: function of x; w: n; sigma: sigmoid; i: index n")
CONTEXT = declare(GIVEN)
TEXTS = [
    "x'*A*x", "softmax(W*x) - e_y", "sum_{j=1}^n W_{ij}*x_j", "Diag(p) - p*p.T", 'conv1d(x, w, mode="full")',
    "∂L/∂x + Σ_i x_i² σ(x)ᵀ", "tr(A*B)./norm2(x).^2", "Sum(x[i]*w[i], (i, 1, n))", "Piecewise((1, i < j), (0, True))",
    r"\frac{\partial L}{\partial x_{i}} = \begin{pmatrix} c & 1 \\ 0 & c \end{pmatrix}",
    r"\mathbb{1}_{i=j} \hat{y}_k \left( \sum_{k \neq i} A_{ik} \right)^{-1}",
    r"\begin{cases} c & \text{if } i = j \\ 0 \end{cases}",
    r"x_1^2 + x_2^2 + \cdots + x_n^2 = {x^\top x \over 1}",
    r"\left. \frac{\partial c^2}{\partial c} \right|_{c=0} \forall i",
    r"d(x^\top A x) = \langle dx, A x \rangle", r"\begin{bmatrix} x_1 & & \\ & \ddots & \\ & & x_n \end{bmatrix}",
    r"\left\{\begin{array}{ll} c & \mbox{if $i<j$} \\ 0 \end{array}\right.", r"\prod_{j=1}^n p_j^{w_j} \max_j x_j",
    "np.sum(x, axis=0) @ x", r"\nabla_x x^\top A x p", r"\sum_{\substack{i,j\\ i<j}} A_{ij}", "E[x^2] - Var(x)",
    r"\nabla_x \|x - p\|_2^2 \Rightarrow |x^\top p| \leq \lfloor n/2 \rfloor \quad \text{by symmetry}",
]
DECLARATIONS = [
    GIVEN, "W^{(1)}: h d; b: 1 h\nh^{(t)} = tanh(W*h^{(t-1)}) for t = 1..3; h^{(0)}: n; W: n n",
    "k < d; *: conv1d full flip",
    "f(x) = x'*x; p_i = exp(z_i)/sum_j exp(z_j); z: n",
    "y: C (H-k+1) 0..W; E: expectation over g; layout: denominator",
    "t: integer; g_t: n; v_0 = 0; v_t = v_{t-1} + g_t; E: expectation over g; E[g_i] = E[g_t]",
    "x^{(t)}: n for t = 1..T; h^{(t)} = x^{(t)} + h^{(t-1)} for t = 2..T; h^{(1)} = x^{(1)}; x^{(i)} = X[i,:]; X: n n",
]
PIECES = [*"abcxyWAL()[]{}^_\\+-*/=.,;:|'&%$#~<>! 0123456789\n\t\"", "\\frac", "\\partial", "\\sum", "\\begin{pmatrix}",
          "\\end{pmatrix}", "\\hat", "\\mathbf", "\\left", "∂", "Σ", "²", "ᵀ", "\\nabla", "\\text{", "\\log", "\\cdot",
          "\u0302", "\u202e", "\U0001f642", "for t = 1..3", ": index", "label", "function of", "e_", "Sum(",
          "softmax(", "\\left.", "\\right|_{", "\\over", "\\cdots", "\\forall", "\\langle", "\\substack{", "d", "E[",
          "\\max_", "\\prod_", "'", "phi(", "\\stackrel{a}{", "\\mbox{if $"]

random_text = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@st.composite
def mutated(draw: Any, texts: list[str]) -> str:
    """A text with a few pieces put in, taken out or doubled."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        start, stop = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        kind = draw(st.integers(0, 2))
        middle = draw(st.sampled_from(PIECES)) if kind == 0 else "" if kind == 1 else text[start:stop] * 2
        text = text[:start] + middle + (text[start:] if kind == 0 else text[stop:])
    return text


def quietly(action: Any) -> None:
    """Runs an action in which the package's errors are allowed, and nothing else."""
    with at_most(1_000_000):
        try:
            action()
        except sd.SymderivError as error:
            assert str(error)


quick = drawn(37)


@quick
@given(st.one_of(random_text, st.text(max_size=40), mutated(TEXTS)))
def test_any_text_is_read_or_refused(text: str) -> None:
    quietly(lambda: parse(text, CONTEXT))


@quick
@given(st.one_of(random_text, mutated(TEXTS)))
def test_any_line_is_read_or_refused(text: str) -> None:
    quietly(lambda: parse_line(text, CONTEXT))


@quick
@given(st.one_of(random_text, mutated(DECLARATIONS)))
def test_any_declarations_are_read_or_refused(text: str) -> None:
    quietly(lambda: declare(text))
    quietly(lambda: declare(text, strict=False))
