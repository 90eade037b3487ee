"""A line can be asked for the derivative that it is about, right or wrong: what it claims, or that of what it defines."""

from __future__ import annotations

import pytest

import symderiv as sd

LINES = "L = \\|X w - y\\|^2\n\\nabla_w L = X^\\top(Xw - y)\nz = u^\\top v\nf(x) = x^3\nf'(x) = 3x^2\n1 = 1"
GIVEN = "X: N d; w: d; y: N; u: n; v: n; x: scalar"


@pytest.mark.parametrize(("row", "wanted"), [
    (0, "\\frac{\\partial L}{\\partial w} = 2 X^{\\top} \\left(X w - y\\right)"),
    (1, "\\nabla_{w} L = 2 X^{\\top} \\left(X w - y\\right)"), (2, "\\frac{\\partial z}{\\partial u} = v"),
    (4, "f'\\left(x\\right) = 3 x^{2}")])
def test_a_line_says_the_derivative_that_it_is_about(row: int, wanted: str) -> None:
    assert wanted in sd.verify(LINES, GIVEN).lines[row].derivatives()


def test_a_line_about_no_derivative_says_none() -> None:
    assert sd.verify(LINES, GIVEN).lines[5].derivatives() == ()


@pytest.mark.parametrize(("line", "status"), [
    ("d/dx 2*x'*x = 4*x", "proved"), ("d/dx 2*x'*x = 0", "conditional"), ("d/dx x'*A*x = A*x", "refuted"),
    ("d/dx (x'*A*x)*2 = 2*(A + A')*x", "proved"), ("∂_x 2 x'*x = 4*x", "proved"), ("d/dx 3*sum(x) = 3*ones(n)", "proved"),
])
def test_an_operator_takes_all_that_stars_put_behind_it(line, status):
    assert sd.verify([line], "x: n; A: n n").lines[0].status == status
