"""Lines with "+ const": the gradients of both sides are compared."""

import pytest

from symderiv import verify

GAUSS = r"""Let $X\in\mathbb{R}^{n\times d}$, $y\in\mathbb{R}^n$, $b\in\mathbb{R}^d$ and $\ell(b) = -\frac12\|y - Xb\|^2$.
Then

$$\ell(b) = RIGHT + \text{const}$$
"""


@pytest.mark.parametrize(("right", "status"), [
    (r"y^TXb - \frac12 b^TX^TXb", "proved"),
    (r"y^TXb - b^TX^TXb", "refuted"),
    (r"\frac12 y^TXb - \frac12 b^TX^TXb", "refuted"),
], ids=["expanded", "a factor lost", "half"])
def test_what_does_not_depend_on_the_argument_may_differ(right, status):
    assert verify(GAUSS.replace("RIGHT", right)).lines[-1].status == status


def test_what_is_constant_in_one_variable_alone_is_said():
    text = r"""Let $a, b \in \mathbb{R}^n$ and $f(a, b) = a^Tb + b^Tb + a^Ta$.

$$f(a, b) = a^Tb + b^Tb + \text{const}$$
"""
    line = verify(text).lines[-1]
    assert line.status == "conditional"
    assert "depend on b" in line.message and "on a" in line.message


def test_without_a_variable_nothing_is_decided():
    text = r"""Let $a \in \mathbb{R}^n$.

$$a^Ta = 2 a^Ta + \text{const}$$
"""
    assert verify(text).lines[-1].status == "undecided"
