r"""What our LaTeX uses comes out as MathML that browsers show without help."""

from xml.etree import ElementTree

import pytest

from symderiv.arrays.operator import OPERATORS
from symderiv.render.mathml import converts, mathml

USED = [
    r"\begin{align*} a &= b \\[2pt] &= \sum_{i=1}^{n} c_i && \text{by the chain rule} \end{align*}",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    r"\begin{cases} p_i (1 - p_i) & \text{if } i = j \\ -p_i p_j & \text{if } i \neq j \end{cases}",
    r"\operatorname{softmax}\left(W x\right)", r"\underbrace{a + b}_{\text{mean of $x$}}", r"a \odot b \oslash c",
    r"a \mathbin{\tilde{*}} w", r"a \mathbin{*} b", r"\begin{bmatrix} 1 & x \\ y & 2 \end{bmatrix}",
    r"\left\lfloor \frac{d - k}{s} \right\rfloor + 1", r"[1 \le i \le n]", r"\delta_{i,j}", r"\mathbf{1}_{n}",
    r"W^{\top}", r"\left. x \right|_{x = 0}", r"\lVert x \rVert_{2}", r"\mathrm{loss}_{\mathrm{train}}",
    r"\frac{\partial^{2} L}{\partial x_{i} \partial x_{j}}", r"\text{50\% of a \& b < c}", r"\Bigl( x \Bigr)",
    r"\sum_{\substack{i=1 \\ i \ne j}}^{n} x_i", r"\overset{\text{def}}{=}",
    r"\widetilde{w}, \hat{x}, \bar{u}", r"\qquad x'",
]


def tree(latex, display=True):
    return ElementTree.fromstring(mathml(latex, display))


@pytest.mark.parametrize("latex", USED)
def test_converts_to_well_formed_mathml(latex):
    assert converts(latex)
    math = tree(latex)
    assert math.tag == "math"
    assert not any((element.text or "").startswith("\\") for element in math.iter())


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_the_latex_of_every_operator_converts(name):
    from sympy import latex

    assert converts(latex(OPERATORS[name].example()))


def test_rows_are_aligned_by_style_as_browsers_want_it():
    cells = list(tree(r"\begin{align*} a &= b \end{align*}").iter("mtd"))
    assert [cell.get("style") for cell in cells] == ["text-align:right", "text-align:left"]


def test_a_word_is_an_identifier_with_a_gap_only_before_a_name():
    assert [e.tag for e in tree(r"\operatorname{softmax}(z)").iter() if e.text == "softmax"] == ["mi"]
    assert len(list(tree(r"\tanh z").iter("mspace"))) == 1
    assert len(list(tree(r"\tanh(z)").iter("mspace"))) == 0


def test_text_inside_mathematics_keeps_its_signs():
    assert "".join(tree(r"x \text{ if 1 < 2 \& \$3}").itertext()).replace("\u00a0", " ") == "x if 1 < 2 & $3"


def test_what_cannot_be_read_is_shown_as_latex_and_escaped():
    assert mathml(r"\undefinedcommand{<b>}") == r'<code class="tex">\undefinedcommand{&lt;b&gt;}</code>'
    assert mathml(r"\frac{a") .startswith("<code")


def test_links_and_handlers_do_not_get_through():
    assert "javascript" not in mathml(r"\href{javascript:alert(1)}{x}") or "<code" in mathml(
        r"\href{javascript:alert(1)}{x}")
