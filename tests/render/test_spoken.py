"""Counterexamples and words with index expressions, as mathematics."""

import pytest

from symderiv.render.spoken import counterexample_latex, words_latex


@pytest.mark.parametrize(("text", "latex"), [
    ("for mu = -2.0, nu = 3: left 4, right -8", r"for $\mu = -2$, $\nu = 3$: left 4, right $-8$"),
    ("x = [-2.0, 0.125]: left 3.89411e-12", r"$x = [-2, 0.125]$: left $3.894 \cdot 10^{-12}$"),
    ("da/dtheta = [-16.165627]", r"$\partial a/\partial \theta = [-16.17]$"),
    ("entry (2, 2) is 4, not 5", "entry (2, 2) is 4, not 5"), ("v is -0.0", "v is 0"), ("50 % of x_12", r"50 \% of x\_12"),
])
def test_names_and_numbers_of_a_counterexample(text, latex):
    assert counterexample_latex(text) == latex


@pytest.mark.parametrize(("text", "latex"), [
    ("the index i+j-k_2 makes it n - i + 1", "the index $i+j-k_2$ makes it $n - i + 1$"),
    ("window n reads, for j = 1..k_1", r"window $n$ reads, for $j = 1, \dots, k_1$"),
    ("whole numbers n ≥ 1", r"whole numbers $n \ge 1$"), ("the t-th step", "the $t$-th step"),
    ("don't say that a 3 is I", "don't say that a 3 is I"), ("a 5 % loss_rate", r"a 5 \% loss\_rate"),
])
def test_index_expressions_within_words(text, latex):
    assert words_latex(text) == latex


@pytest.mark.parametrize("text", ["ab" * 50_000, "1" * 50_000 + "a", "[" * 50_000, "a^" * 50_000, "i+" * 50_000])
def test_long_words_and_numbers_are_set_as_they_stand(text):
    assert counterexample_latex(text) == words_latex(text)
    assert counterexample_latex(text[:2_000])
