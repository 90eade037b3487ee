"""A name that a text gives a new value is another quantity from there on, and what is said to follow is a claim."""

from __future__ import annotations

import pytest

import symderiv as sd

GIVEN = "a, b: scalar; x: n; A: n n; g, v, w: n; beta: scalar; c: m"


def statuses(*lines: str) -> list[str]:
    return [line.status for line in sd.verify(list(lines), GIVEN).lines]


@pytest.mark.parametrize(("lines", "expected"), [
    (("s := a", "s := s + b", "s = a + b", "s = a"), ["noted", "noted", "proved", "refuted"]),
    (("y := a", "y = a", "y := b", "y = b", "y = a"), ["noted", "proved", "noted", "proved", "refuted"]),
    (("u := x", "u := A u", "u := A u", "u = A^2 x", "u = A x"), ["noted", "noted", "noted", "proved", "refuted"]),
    (("u_i := x_i", "u_i := 2 u_i", "u = 2 x", "u_i = x_i"), ["noted", "noted", "proved", "refuted"]),
    (("s := a", r"s \leftarrow s + b", "s = a + b"), ["noted", "noted", "proved"]),
    (("s := a", "q := 2 s", "s := s + b", "r := 2 s", "q = 2 a", "r = 2 a + 2 b", "r = q"),
     ["noted", "noted", "noted", "noted", "proved", "proved", "refuted"]),
    ((r"\text{let } s = a", r"\text{let } s = s + b", "s = a + b"), ["noted", "noted", "proved"]),
    (("s = a", "s = s + b"), ["noted", "refuted"]),
    ((r"\text{let } s = a", r"\text{let } s = b", "s = b", "s = a"), ["noted", "noted", "proved", "refuted"]),
    ((r"\text{let } s = x^\top x", r"\text{We redefine } s = \sum_i x_i", r"s = x^\top x"), ["noted", "noted", "refuted"]),
    ((r"\text{let } s = a", r"\text{where } s = b"), ["noted", "refuted"]),
    # What stood for anything above is something from here on.
    (("A x = A' x", "A := g v' + v g'", "A x = A' x"), ["refuted", "noted", "proved"]),
])
def test_lines_are_about_the_value_that_a_name_has_where_they_stand(lines: tuple[str, ...], expected: list[str]) -> None:
    assert statuses(*lines) == expected


def test_an_update_of_a_free_quantity_claims_nothing_but_must_have_a_shape() -> None:
    assert statuses(r"v := \beta v + (1 - \beta) g", "w := w - v", "v + v = 2 v", "v + v = 3 v") == [
        "noted", "noted", "proved", "refuted"]
    assert statuses("w := w + c") == ["ill-typed"]


@pytest.mark.parametrize("words", ["It follows that", "Hence", "we see that", "This shows that", "Consequently,"])
def test_what_is_said_to_follow_from_nothing_defines_nothing(words: str) -> None:
    assert statuses(rf"\text{{{words} }} v = w") == ["conditional"]
    assert statuses(r"\text{Suppose } v = w", rf"\text{{{words} }} A v = A w")[1] == "supported"


def test_twenty_names_that_begin_alike_are_told_apart_by_what_stands_below():
    given = "A: n n; x: n; varepsilon_{\\theta}: n; " + "; ".join(f"u_{{{k}}}: n" for k in range(10))
    lines = [r"z_{0} := x", *(rf"z_{{{k + 1}}} := A z_{{{k}}} + u_{{{k}}}" for k in range(10))]
    claims = [r"z_{2} = A A x + A u_{0} + u_1", "z_1 = A x + u_{1}", r"\epsilon_{\vartheta} = \varepsilon_\theta"]
    report = sd.verify([*lines, *claims], given)
    assert [line.status for line in report.lines[-3:]] == ["proved", "refuted", "proved"]


def test_a_paragraph_says_anew_what_a_letter_is():
    text = ("Let $x\\in\\mathbb{R}$ and $g(x) = x^2$. Then $g'(x) = 2x$.\n\n"
            "Let $w, x \\in \\mathbb{R}^n$ and $f(w) = w^\\top x$. Then $\\nabla f(w) = @x$.")
    for factor, status in (("", "proved"), ("2", "refuted")):
        assert [line.status for line in sd.verify(text.replace("@", factor)).lines] == ["noted", "proved", "noted", status]


def test_what_stands_behind_a_colon_is_claimed():
    text = r"Let $\sigma(z) = 1/(1+e^{-z})$, $z\in\mathbb{R}$. It is symmetric: $\sigma(-z) = @\sigma(z)$."
    for sign, status in (("1 - ", "proved"), ("", "refuted")):
        assert [line.status for line in sd.verify(text.replace("@", sign)).lines] == ["noted", status]


def test_a_value_given_below_to_what_entries_were_defined_of_changes_nothing_above():
    text = (r"For logits $z \in \mathbb{R}^K$ we have $p_k = e^{z_k}/\sum_j e^{z_j}$." "\n\n"
            r"Then $\log p_k = @z_k - \log\sum_j e^{z_j}$. With temperature $T$, $p = \mathrm{softmax}(z/T)$.")
    for sign, status in (("", "proved"), ("-", "refuted")):
        assert [line.status for line in sd.verify(text.replace("@", sign)).lines][:2] == ["noted", status]


def test_gradients_are_named_and_written_out_in_one_text():
    text = ("Let Q, K ∈ ℝ^{n×d} and V ∈ ℝ^{n×e}. Define S = QKᵀ/√d, P = softmax(S) (row-wise) and O = PV. Let G = ∂L/∂O.\n\n"
            "• dL/dV = PᵀG\n• dL/dP = GVᵀ\n• dL/dS = P ⊙ (dP − @), where dP = GVᵀ\n• dL/dQ = dS K / √d\n"
            "• dL/dK = dSᵀ Q / √d\n")
    for rows in ("rowsum(dP ⊙ P)", "(dP ⊙ P) 11ᵀ"):
        assert [line.status for line in sd.verify(text.replace("@", rows)).lines][3:] == ["proved"] * 5
    lines = sd.verify(text.replace("@", "rowsum(dP ⊙ P)").replace("dSᵀ Q", "dS Q")).lines
    assert [line.status for line in lines][3:] == ["proved"] * 4 + ["refuted"]
