"""Lines that end in O(...) or o(...): both sides agree up to an order in what is small."""

import pytest

from symderiv import verify

MATRICES = r"""Let $X, H\in\mathbb{R}^{n\times n}$, where $X$ is invertible, and $x, h\in\mathbb{R}^n$.

$$LINE$$
"""


@pytest.mark.parametrize(("line", "status"), [
    (r"(X+H)^{-1} = X^{-1} - X^{-1} H X^{-1} + O(\|H\|^2)", "supported"),
    (r"(X+H)^{-1} = X^{-1} - X^{-1} H X^{-1} + O(\|H\|^3)", "refuted"),
    (r"(X+H)^{-1} = X^{-1} - X^{-2} H + O(\|H\|^2)", "refuted"),
    (r"(X+H)^{-1} = X^{-1} + O(\|H\|)", "supported"),
    (r"(I - H)^{-1} = I + H + H^2 + O(\|H\|^3)", "supported"),
    (r"\|x + h\|^2 - \|x\|^2 = 2x^\top h + o(\|h\|)", "supported"),
    (r"\|x + h\|^2 = \|x\|^2 + 2x^\top h + o(\|h\|^2)", "refuted"),
    (r"\log\det(X+H) = \log\det X + \operatorname{tr}(X^{-1} H) + O(\|H\|^2)", ("supported", "conditional")),
    (r"\log\det(X+H) = \log\det X + \operatorname{tr}(X H) + O(\|H\|^2)", "refuted"),
], ids=["inverse", "too small", "order of factors", "nothing of it", "series", "on the left", "little", "logarithm",
        "wrong"])
def test_both_sides_agree_up_to_what_is_left_out(line, status):
    assert verify(MATRICES.replace("LINE", line)).lines[-1].status in status


@pytest.mark.parametrize(("line", "status"), [
    (r"f(x) = f(a) + \sigma(a)(x - a) + \frac12 \sigma(a)(1-\sigma(a))(x-a)^2 + O(|x-a|^3)", "supported"),
    (r"f(x) = f(a) + \sigma(a)(x - a) + \sigma(a)(1-\sigma(a))(x-a)^2 + O(|x-a|^3)", "refuted"),
    (r"f(x) = \log 2 + \frac{x}{2} + \frac{x^2}{8} + \mathcal{O}(x^4)", "supported"),
    (r"|x| = O(x^2)", "undecided"),
    (r"\max(0, x) = O(x)", "supported"),
    (r"\max(0, x) = O(x^2)", "undecided"),
], ids=["around a point", "half lost", "even order", "kink", "one-sided", "kink on one side"])
def test_powers_of_a_distance_and_kinks(line, status):
    assert verify(r"Let $x, a\in\mathbb{R}$ and $f(x) = \log(1 + e^x)$." + f"\n\n$${line}$$").lines[-1].status == status


def test_the_slip_is_named_as_the_person_wrote():
    line = verify(r"Let $x\in\mathbb{R}$." + "\n\n" + r"$$\cos x = 1 - x^2 + O(x^4)$$").lines[-1]
    assert (line.diagnosis, line.suggestion) == ("factor 2 too many", r"1 - \frac{1}{2} x^2 + O(x^4)")


def test_what_hides_the_small_quantity_is_not_decided():
    text = r"""Let $x, h\in\mathbb{R}^n$ and let $z = x + h$.

$$\|z\|^2 = \|x\|^2 + 2 x^\top h + O(\|h\|^2)$$
"""
    assert verify(text).lines[-1].status == "undecided"


def test_an_o_that_is_declared_is_a_name():
    assert verify("O: n n\nA: n n\n\n$$A + O(A + A) = A + 2OA$$").lines[-1].status == "proved"


@pytest.mark.parametrize(("line", "status"), [
    (r"$\sin x = x + O(x^4)$", "refuted"), ("$(x+1)^3 = x^3 + O(x^2)$", "supported"), ("$(x+1)^3 = x^3 + O(x)$", "refuted"),
    (r"As $x \to 0$, $(x+1)^3 = x^3 + O(x^2)$.", "refuted"), (r"As $x \to \infty$, $(x+1)^3 = 1 + 3x + O(x^2)$.", "refuted"),
    (r"As $x \to 0$, $(x+1)^3 = 1 + 3x + O(x^2)$.", "supported"),
    (r"$\sqrt{x^2+1} = x + O(1/x)$ as $x \to \infty$.", "supported"),
    (r"$\sqrt{x^2+x} = x + O(1/x)$ as $x \to \infty$.", "refuted"),
    (r"$\sum_{i=1}^n i = \frac{n^2}{2} + O(n)$", "supported"), (r"$\sum_{i=1}^n i = \frac{n^2}{2} + O(1)$", "refuted")])
def test_what_is_left_out_is_read_at_the_end_that_is_said_or_at_either(line, status):
    found = verify(line, "x: scalar; n: size").lines[-1]
    assert found.status == status
    assert status == "refuted" or "→" in str(found.notes) or "steps" in str(found.notes)
