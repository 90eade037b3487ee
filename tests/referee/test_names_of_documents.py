"""What a document's own way of writing says of its names: steps, weights, examples, gradients, what is looked for."""

from __future__ import annotations

import pytest

from symderiv.referee import verify

RIGHT = ("proved", "supported", "conditional", "noted")
TEXTS = {
    "steps in time are names of their own": (r"""
Let $h_{t-1}, c_{t-1} \in \mathbb{R}^n$ and $x_t \in \mathbb{R}^d$.
$$f_t = \sigma(W_f x_t + U_f h_{t-1})$$
$$c_t = f_t \odot c_{t-1}$$
$$\frac{\partial L}{\partial f_t} = \frac{\partial L}{\partial c_t} \odot c_{t-1}$$
$$\frac{\partial L}{\partial c_{t-1}} = \frac{\partial L}{\partial c_t} \odot c_{t-1}$$""", [3]),
    "iterations are no powers": (r"""
The gradient of $f(w) = \frac12 w^T A w - b^T w$ with symmetric $A$ is $Aw - b$, so that $w^\star = A^{-1} b$ and
$$w^{k+1} = w^k - \alpha (A w^k - b)$$
$$w^{k+1} - w^\star = (I - \alpha A)(w^k - w^\star)$$
$$w^{k+1} - w^\star = (I + \alpha A)(w^k - w^\star)$$""", [4]),
    "a policy is no number": (r"""
Let $\theta \in \mathbb{R}^K$ and
$$\pi_a = \frac{\exp(\theta_a)}{\sum_b \exp(\theta_b)}$$
$$\frac{\partial \log \pi_a}{\partial \theta_b} = \delta_{ab} - \pi_b$$
$$\frac{\partial \pi_a}{\partial \theta_b} = \pi_a (\delta_{ab} + \pi_b)$$""", [2]),
    "cases make positions of their letters": (r"""
Let $p_j = \frac{e^{o_j}}{\sum_k e^{o_k}}$ where $o$ is a vector. Then
$$\frac{\partial p_j}{\partial o_i} = p_i(1 - p_i),\quad i = j$$
$$\frac{\partial p_j}{\partial o_i} = p_i p_j,\quad i \neq j.$$""", [2]),
    "a minus above is part of the name": (r"""
With a symmetric $P^-\in\mathbb{R}^{n\times n}$ and $H\in\mathbb{R}^{m\times n}$,
$$P = (I-KH)P^-$$
$$P = P^- - KHP^-$$
$$P = P^- - HKP^-$$""", [2]),
    "the design matrix is made of the examples": (r"""
Examples $(x^{(i)}, y^{(i)})$, $i=1,\dots,m$, with $x^{(i)} \in \mathbb{R}^n$ and the $m \times n$ design matrix $X$.
$$J(\theta) = \frac{1}{2} \sum_{i=1}^{m} (\theta^T x^{(i)} - y^{(i)})^2$$
$$\nabla_\theta J = X^T (X\theta - y)$$
$$\nabla_\theta J = X^T (X\theta + y)$$""", [2]),
    "gradients of a loss that has no name": (r"""
Let $P, V \in \mathbb{R}^{n\times n}$ and $O = PV$. Given dO,
$$dV = P^T dO$$
$$dP = dO V$$""", [2]),
    "the logarithm of a density says what it is, and what is random is no equation": (r"""
Let $y \sim N(0, C)$ with a symmetric $C \in \mathbb{R}^{n\times n}$ and $p(y) = \mathcal{N}(0, C)$, so
$$\log p(y) = -\frac12y^\top C^{-1}y - \frac12\log|C|$$
$$\frac{\partial \log p(y)}{\partial y} = -C^{-1}y$$
$$\frac{\partial \log p(y)}{\partial y} = -\frac12 C^{-1}y$$""", [2]),
    "a variance is a square, and its logarithm another name for it": (r"""
With standard deviations $\sigma \in \mathbb{R}^d$ and $s_j = \log \sigma_j^2$,
$$L = \frac12 \sum_{j=1}^d (\sigma_j^2 - \log \sigma_j^2)$$
$$\frac{\partial L}{\partial s_j} = \frac12 (\sigma_j^2 - 1)$$
$$\frac{\partial L}{\partial s_j} = \sigma_j^2 - 1$$""", [3]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_right_lines_are_not_called_wrong_and_wrong_ones_are(name: str) -> None:
    text, wrong = TEXTS[name]
    report = verify(text)
    for line in report.lines:
        assert (line.wrong or line.status == "ill-typed") if line.number in wrong else line.status in RIGHT, str(report)


def test_two_names_of_one_quantity_are_two_paths_to_it() -> None:
    given = "z, h, g: n; a = z; b = z; u = 1 - a; H = h.*u + b.*g; L: function of H; \\cdot: elementwise"
    lines = [r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial H} \cdot g",
             r"\frac{\partial L}{\partial z} = \frac{\partial L}{\partial H} \cdot (g - h)",
             r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial H} \cdot h"]
    assert [line.status for line in verify(lines, given).lines] == ["proved", "proved", "refuted"]


def test_an_index_that_nothing_binds_is_said() -> None:
    report = verify([r"\frac{\partial L}{\partial x_i} = g_j x_i"], "x: n; g: n; L = sum_i x_i^3; j: index n")
    assert report.lines[0].diagnosis == "an index that nothing binds"
