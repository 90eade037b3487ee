"""A proof of a convolution's backward pass says in words what it is."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.render.wording import in_words

N, C, F, L, H, W, d, k, s = sd.dims("N C F L H W d k s")
x, w = sd.tensor("x", d), sd.tensor("w", k)
X, K = sd.tensor("X", N, C, L), sd.tensor("K", F, C, k)
image, J = sd.tensor("I", N, C, H, W), sd.tensor("J", F, C, 3, 3)
WORDS = [
    (sd.conv1d(x, w), x, ["Pad $G$ by $k - 1$ zeros on both sides, and correlate with the flipped kernel $w$."]),
    (sd.conv1d(x, w), w, ["Correlate $x$ with $G$."]),
    (sd.conv1d(x, w, stride=2), x, ["Insert $1$ zero between neighbouring entries of $G$, pad it by $k - 1$ zeros in front",
                                    "and correlate with the flipped kernel $w$."]),
    (sd.conv1d(x, w, stride=s), x, ["Insert $s - 1$ zeros between", "flipped kernel $w$."]),
    (sd.conv1d(X, K, stride=3), X, ["Insert $2$ zeros between", "flipped kernel $K$."]),
    (sd.conv1d(X, K, stride=3), K, ["correlate with $G$, $2$ zeros between its entries."]),
    (sd.conv1d(X, K, dilation=2), K, ["Correlate $X$ with $G$, in steps of $2$."]),
    (sd.conv2d(image, J, dilation=2), image, ["Pad $G$ by $4$ zeros on both sides",
                                               "flipped kernel $J$, $1$ zero between its entries."]),
    (sd.conv2d(image, J, stride=2, padding=1), image,
     ["Insert $1$ zero between", "along the two axes", "flipped kernel $J$."]),
    (sd.conv_transpose1d(sd.tensor("X", N, F, L), K, stride=2), sd.tensor("X", N, F, L),
     ["Correlate $G$ with $K$, in steps of $2$."]),
]


@pytest.mark.parametrize(("layer", "variable", "words"), WORDS)
def test_the_backward_pass_in_words(layer, variable, words):
    proof = sd.vjp(layer, variable, sd.tensor("G", *layer.shape)).proof
    for part in words:
        assert part in proof.latex()
    assert words[0] not in proof.latex("answer")


def test_no_words_where_there_is_no_convolution():
    assert in_words(sd.derive(sd.sum(sd.tanh(x)), x).closed) == []


def test_the_words_are_those_of_the_closed_form_and_not_of_the_forward_pass():
    (sentence,) = in_words(sd.derive(sd.sum(sd.conv1d(x, w, stride=2)**2), w).closed)
    assert sentence.startswith(("Pad $x$", "Correlate $x$"))


def test_a_mean_of_squares_is_no_chain_rule_and_a_constant_has_no_line_of_its_own():
    n = sd.dims("n")
    z, g, b, u = (sd.tensor(name, n) for name in "zgbu")
    assert "chain rule" not in str(sd.derive(sd.mean(z**2), z).proof)
    assert str(sd.derive(sd.mse(g * z, u), z).proof).count("chain rule") == 1
    assert "[constant factor]" not in str(sd.derive(u @ sd.layer_norm(z, g, b), z).proof)


def test_the_letters_of_an_einsum_are_text():
    second = sd.hessian(sd.norm(sd.tensor("A", d, k) @ sd.tensor("B", k, s))**2, sd.tensor("A", d, k))
    assert 'einsum("ik,jl->ijkl"' in str(second.proof)


def test_an_equality_with_an_inverse_is_shown_by_putting_it_in():
    n, k = sd.dims("n k")
    U, P, u = sd.tensor("U", n, k), sd.tensor("P", n, n, positive_definite=True), sd.tensor("u", n)
    pushed = sd.prove(sd.inv(sd.eye(n) + U @ U.T) @ U, U @ sd.inv(sd.eye(k) + U.T @ U))
    shown = sd.prove(sd.inv(P + sd.outer(u, u)),
                     sd.inv(P) - sd.inv(P) @ sd.outer(u, u) @ sd.inv(P) / (1 + u @ sd.inv(P) @ u))
    for verdict, reasons in ((pushed, ["the inverse cancels", "multiplied out", "the inverse cancels"]),
                             (shown, ["the inverse cancels", "multiplied out"])):
        assert verdict.status == "proved"
        assert [line.partition("[")[2].rstrip("]") for line in str(verdict.proof).splitlines()[1:]] == reasons


def test_a_letter_of_a_sum_stands_for_one_thing_in_a_line():
    x = sd.tensor("x", sd.dims("n"))
    assert "Σ_k (x_k - 1/n Σ_l x_l)" in str(sd.prove(sd.sum(x - sd.mean(x)), 0).proof)
