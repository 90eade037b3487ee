"""Proofs as a person would hand them in: one line after the other, none twice, none for what goes without saying."""

from __future__ import annotations

import itertools
import re

import pytest
from sympy import latex

import symderiv as sd

m, n = sd.dims("m n")
W, x, z, y = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", n), sd.label("y", m)
A, B = sd.tensor("A", n, m), sd.tensor("B", m, n)
C, D = sd.tensor("C", n, n), sd.tensor("D", n, n)


def rows(latex):
    """The right sides of all displayed lines, in order."""
    return [line.split("&&")[0].split("&=")[-1].strip(" \\") for line in latex.splitlines() if "&" in line]


@pytest.mark.parametrize(("left", "right"), [
    (sd.softmax(z + 5), sd.softmax(z)), (sd.sigmoid(-z), 1 - sd.sigmoid(z)), (1 - sd.sigmoid(z), sd.sigmoid(-z)),
    (sd.var(z), sd.mean(z**2) - sd.mean(z) ** 2), (sd.trace(A @ B), sd.trace(B @ A)), (sd.sum(sd.softmax(z)), 1),
    (sd.logsumexp(z - 5), sd.logsumexp(z) - 5), (sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1),
    (sd.norm(W @ x) ** 2, x @ W.T @ W @ x),
])
def test_both_sides_meet_and_no_line_stands_twice(left, right):
    v = sd.prove(left, right)
    text = v.proof.latex()
    lines = rows(text)
    assert v.status == "proved" and len(lines) <= 6
    assert all(a != b for a, b in itertools.pairwise(lines))
    assert "canonical" not in text


def test_an_equality_goes_from_one_side_to_the_other_where_one_is_only_spelled_out():
    text = sd.prove(sd.softmax(z + 5), sd.softmax(z)).proof.latex()
    assert text.count("align*") == 2 and r"e^{a+b} = e^{a}e^{b}" in text
    assert rows(text)[-1].endswith(r"operatorname{softmax}\left(z\right)_{i}")


def test_a_side_that_is_the_other_needs_no_lines():
    assert "align" not in sd.prove(sd.sum(z), sd.sum(z)).proof.latex()


def test_the_softmax_classifier_stands_on_half_a_page():
    text = str(sd.derive(sd.cross_entropy(W @ x, y), W).proof)
    assert len(text.splitlines()) <= 17
    assert "Part" not in text and "= 1 " not in text
    assert "the sum over k only keeps k = i" in text and "= p_i - δ_iy" in text


def test_a_proof_is_printed_as_text_and_not_as_its_parts():
    proof = sd.derive(sd.cross_entropy(W @ x, y), W).proof
    assert "∂L/∂W = (softmax(W x) - e_y) xᵀ" in str(proof)
    assert not re.search(r"\\[a-z]|Chain\(|t00", str(proof)) and repr(proof).startswith("<Proof of dL/dW")


def test_a_name_of_a_whole_array_is_told_without_letters():
    m, n = sd.dims("m n")
    x = sd.tensor("x", n)
    named = sd.define("o", sd.tanh(sd.define("z", sd.tensor("W", m, n) @ x)))
    assert sd.prove(named, sd.tanh(sd.tensor("W", m, n) @ x)).latex() == (
        r"o = \tanh\left(z\right) = \tanh\left(W x\right)")


def test_a_kink_is_told_with_the_sign_of_its_function():
    proof = sd.derive(sd.sum(sd.relu(sd.tensor("x", sd.dims("n")))), sd.tensor("x", sd.dims("n"))).proof.latex()
    assert r"\operatorname{ReLU}'(0)=0" in proof.replace(" ", "")


def test_lines_of_several_ways_are_one_sum():
    """tanh(z) z reads z twice."""
    d = sd.derive(sd.sum(sd.tanh(z) * z), z)
    assert d.proof.latex().count(r"\frac{\partial L}{\partial z_{i}} &=") == 1


@pytest.mark.parametrize(("of", "by"), [(sd.softmax(W @ x), x),
                                        (sd.tanh(W @ x), x), (sd.tanh(W @ x), W), (x / sd.norm(x), x)])
def test_a_jacobian_sums_over_no_letter_that_a_kronecker_delta_fixes(of, by):
    lines = rows(sd.derive(of, by).proof.latex())
    assert not any(re.search(r"\\sum_\{l=1\}\^\{\w\} \\delta_\{il\}", line) for line in lines)
    assert any("frac{\\partial}{\\partial" in line for line in lines)


def test_a_gaussian_likelihood_names_no_step_by_which_the_loss_depends_on_it_constantly():
    N, d = sd.dims("N d")
    X, mu, S = sd.tensor("X", N, d), sd.tensor("mu", d), sd.tensor("S", d, d, positive_definite=True)
    text = sd.derive(sd.sum((X - mu) @ sd.inv(S) * (X - mu)) / 2, S).proof.latex()
    assert r"L &= \frac{1}{2}\,\sum_{k=1}^{N}\sum_{p=1}^{d} r_{kp}\,z_{kp}" in text
    assert r"\frac{\partial L}{\partial \left(S^{-1}\right)_{ij}}" in text and "u^{" not in text


def test_what_is_differentiated_is_named_as_in_its_derivative():
    n = sd.dims("n")
    a, x = sd.tensor("a", n), sd.tensor("x", n)
    assert r"L &= \sum_{k=1}^{n} a_{k}\,x_{k}" in sd.derive(a @ x, x).proof.latex()


def test_sums_stand_behind_fractions_and_no_minus_first():
    t, n = sd.dims("t n")
    i, g, b = sd.indices("i", n), sd.tensor("g", n), sd.tensor("b", positive=True)
    assert latex(sd.Sum(b ** (t - i) * g[i], i) / n) == r"\frac{1}{n} \sum_{i=1}^{n} b^{t - i} g_{i}"


@pytest.mark.parametrize(("left", "right", "lines"), [
    (lambda: sd.inv(C @ D), lambda: sd.inv(D) @ sd.inv(C),
     ["((C D)⁻¹)_ij", "= Σ_k (C⁻¹)_kj (D⁻¹)_ik    [(AB)⁻¹ = B⁻¹A⁻¹]", "= (D⁻¹ C⁻¹)_ij    [by definition]"]),
    (lambda: sd.inv(2*C), lambda: sd.inv(C)/2, ["((2 C)⁻¹)_ij", "= ((C⁻¹)_ij)/2    [(cA)⁻¹ = c⁻¹A⁻¹]"]),
    (lambda: sd.det(C @ D), lambda: sd.det(C)*sd.det(D),
     ["det(C D)", "= det(C) det(D)    [the determinant of a product is the product of the determinants]"]),
])
def test_laws_of_whole_matrices_are_named_and_products_bracketed(left, right, lines):
    verdict = sd.prove(left(), right())
    assert verdict.status == "proved"
    assert [line.strip() for line in str(verdict.proof).splitlines()] == lines


def test_a_transposed_side_is_written_with_its_letters_exchanged():
    last = sd.prove(sd.inv(C.T), sd.transpose(sd.inv(C))).proof.latex().splitlines()[-2]
    assert last == r"&= \left(C^{-1}\right)_{ji} && \text{$(A^\top)^{-1} = (A^{-1})^\top$}"


def test_the_letter_of_a_product_is_no_name():
    shown = str(sd.derive(sd.prod(x + z), x).proof)
    assert "∏_(s ≠ i) r_s" in shown


def test_the_chain_rule_is_named_where_it_is_applied_and_no_other_rule_in_its_place():
    through = sd.derive(sd.sum(sd.tanh(W @ x)), x).proof.latex()
    assert through.count("chain rule") == 2  # through tanh(z), of which the sum has the derivative 1, and through z = Wx
    twice = sd.derive(sd.sum(z**2 - 1 - 2 * sd.log(z)) / 2, z).proof.latex()
    assert "sum rule" not in twice
    assert "sum rule" in sd.derive(sd.cross_entropy(W @ x, y), W).proof.latex()


def test_a_half_of_twice_is_written_once():
    lines = rows(sd.derive(sd.sum((W @ x - B @ x) ** 2) / 2, x).proof.latex())
    assert not any(r"\frac{1}{2}\,2" in line for line in lines)


def test_reasons_name_the_function_of_a_matrix_and_no_line_only_reorders():
    d = sd.dims("d")
    x, S, X = sd.tensor("x", d), sd.tensor("S", d, d, positive_definite=True), sd.tensor("X", d, d, invertible=True)
    likelihood = str(sd.derive(sd.logdet(S) + x @ sd.inv(S) @ x, S).proof)
    assert "[derivative of the inverse, derivative of the log-determinant]" in likelihood
    assert "by definition" not in likelihood and "added up" not in likelihood
    assert "[derivative of the determinant]" in str(sd.derive(sd.det(X), X).proof)


def test_sizes_and_positions_have_their_signs_set_apart():
    n, k = sd.dims("n k")
    x, w, g = sd.tensor("x", n), sd.tensor("w", k), sd.tensor("g", n - k + 1)
    text = str(sd.derive(g @ sd.conv1d(x, w), w).proof)
    assert "[1 ≤ i ≤ n - k + 1]" in text and "x_(i + l - 1)" in text


def test_a_second_derivative_differentiates_the_gradient_by_its_name():
    z, c = sd.tensor("z", sd.dims("n")), sd.tensor("c")
    text = str(sd.hessian(sd.logsumexp(z), z).proof)
    assert "So ∂L/∂z_i = p_i, which is differentiated once more." in text
    assert "∂p_i/∂z_j" in text and "∂L/∂z_j" not in text and "∂² L/(∂z ∂zᵀ) = Diag(softmax(z))" in text
    text = str(sd.hessian(sd.exp(c**2), c).proof)
    assert "So ∂L/∂c = g, which" in text and "∂g/∂c" in text and "∂² L/∂c²" in text
    x = sd.tensor("x", sd.dims("n"))
    assert "So ∂L/∂x_i = x_i, which" in str(sd.hessian(x @ x / 2, x).proof)


def test_a_squared_norm_is_differentiated_as_a_sum_of_squares_and_without_a_condition():
    m, n = sd.dims("m n")
    W, x, t, rate = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("t", m), sd.tensor("a")
    proof = sd.derive(rate * sd.norm(W) ** 2 / 2 + sd.sum((W @ x - t) ** 2), W).proof
    text = proof.latex()
    assert r"\sqrt" not in text and r"\ne" not in text and not proof.conditions
    assert r"L &= \frac{a}{2}\,\sum_{k=1}^{m}\sum_{p=1}^{n} W_{kp}^{2}" in text


def test_what_is_differentiated_is_defined_by_the_name_that_it_is_differentiated_by():
    x = sd.tensor("x", sd.dims("n"))
    for of in (sd.softmax(x), sd.log_softmax(x), x / sd.norm(x)):
        assert "y_{i} &= " in sd.derive(of, x).proof.latex()
    text = sd.vjp(sd.softmax(x), x).proof.latex()
    assert r"Let $L$ be a function of $y$ whose derivative $\frac{\partial L}{\partial y}$ is given." in text
    assert r"\left(\frac{\partial L}{\partial y}\right)^{\top}" in text


def test_the_inverse_of_a_numbered_part_has_no_second_superscript():
    n, m = sd.dims("n m")
    Y, S = sd.tensor("Y", n, m), sd.tensor("S", n, n, symmetric=True)
    assert r"\left(\left(z^{(2)}\right)^{-1}\right)_{ji}" in sd.derive(sd.det(Y.T @ S @ Y), Y).proof.latex()


def test_a_derivative_that_was_found_above_stands_by_its_name():
    n, m, N = sd.dims("n m N")
    W, V, x, v, y = (sd.tensor("W", m, n), sd.tensor("V", n, m), sd.tensor("x", n), sd.tensor("v", n), sd.label("k", n))
    told = str(sd.derive(sd.cross_entropy(V @ sd.tanh(W @ x), y), W).proof)
    assert "= ∂L/(∂z⁽¹⁾_i) x_j" in told and "Σ_k V_kl ∂L" not in told
    X, A, B = sd.tensor("X", N, n), sd.tensor("A", n, n), sd.tensor("B", n, n)
    told = str(sd.derive(sd.sum(sd.attention(X @ A, X @ B, X) * X), A).proof)
    assert "= Σ_l ∂L/(∂z⁽¹⁾_lj) X_li" in told and "∂L/∂P_bl" not in told  # what is symmetric, in the order of its letters
    assert "[derivative of ϕ]" in str(sd.derive(sd.sum(sd.function("phi")(x) * v), x).proof)


def test_no_letter_of_a_sum_is_a_label():
    m, n = sd.dims("m n")
    W, x = sd.tensor("W", m, n), sd.tensor("x", n)
    for name in "lk":
        proof = str(sd.derive(sd.cross_entropy(W @ x, sd.label(name, m)), W).proof)
        assert not any(f"Σ_{name} " in line and f"z_{name}" in line.replace(f"∂z_{name}", "") for line in proof.splitlines())
        assert name == "k" or "Σ_l" not in proof


def test_a_reason_names_what_is_used():
    n = sd.dims("n")
    x, c = sd.tensor("x", n), sd.tensor("c")
    told = str(sd.prove((sd.eye(n) - sd.ones(n, n) / n) @ x, x - sd.mean(x)).proof)
    assert "[multiplied out, the sum over k only keeps k = i]" in told
    assert "[log a - log b = log(a/b)]" in str(sd.prove(sd.softplus(c) - sd.softplus(-c), c).proof)
