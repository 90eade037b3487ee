"""A person's text becomes ASCII LaTeX that means the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderiv.render.escape import balanced, latex_literal, latex_text, plain_text, split_math
from symderiv.render.plain_math import in_characters
from symderiv.render.prose import prose_latex
from tests.drawn import drawn


@pytest.mark.parametrize(("text", "latex"), [
    ("50 % of a_b & c#d", r"50 \% of a\_b \& c\#d"),
    ("∂L/∂W", r"${\partial}$L/${\partial}$W"),
    ("x² and xᵀ", r"x${}^{2}$ and x${}^{T}$"),
    ("Gauß, Erdős", r"Gau\ss{}, Erd\H{o}s"),
    ("$x_i$ is $\\hat x$", "$x_i$ is $\\hat x$"),
    ("σ in $σ(z)$", r"${\sigma}$ in $\sigma (z)$"),
    (r"\input{secret}", r"\textbackslash{}input\{secret\}"),
    ("😀", "[U+1F600]"),
])
def test_text_is_escaped_and_its_mathematics_kept(text, latex):
    assert latex_text(text) == latex


@pytest.mark.parametrize("text", ["it costs $5", "from $ 5 to $ 6", r"$\frac{1$", "$a}{b$", "a $% b$"])
def test_dollars_that_are_not_mathematics_are_text(text):
    assert not any(math for math, _ in split_math(text))
    assert r"\$" in latex_text(text)


@drawn(25)
@given(st.text(max_size=60))
def test_every_text_becomes_ascii_without_control_characters(text):
    latex = latex_literal(text)
    assert latex.isascii()
    assert all(char.isprintable() or char in "\n\t" for char in latex)


@drawn(25)
@given(st.text(alphabet="ab$\\{}_^ %", max_size=30))
def test_kept_mathematics_is_balanced(text):
    parts = split_math(text)
    assert "".join(part for _, part in parts) == text
    assert all(balanced(part[1:-1]) for math, part in parts if math)


@pytest.mark.parametrize(("title", "shown"), [
    (r"The equation is $\tanh(W_O\tanh\left(W_1 I\right))$", "The equation is tanh(W_O tanh(W_1 I))"),
    (r"$e^{- 2 \sin^{2}{\left(r \right)}} \left( X w - y\right)^{\odot 2}$", "e^(-2 sin²(r)) (X w - y)^⊙2"),
    (r"$-\log f$ costs $5, and $\operatorname{Diag}(p) - p\,p^{\top}$", "-log f costs $5, and Diag(p) - p pᵀ"),
])
def test_a_title_on_a_terminal_has_no_latex(title, shown):
    assert in_characters(title) == shown


def test_plain_text_drops_the_dollars():
    assert plain_text("the derivative of $x^2$") == "the derivative of x^2"


def test_a_docstring_becomes_paragraphs():
    latex = prose_latex("""Show that

        $$\\tanh z = 2σ(2z) - 1.$$

        Use `sd.tanh` and 100 %.
    """)
    assert latex.split("\n") == ["Show that", r"\[\tanh z = 2\sigma (2z) - 1.\]", r"Use \texttt{sd.tanh} and 100 \%."]
