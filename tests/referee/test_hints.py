"""Hints come one after the other: the line, the kind of slip, the place, the right line; or the next step."""

from __future__ import annotations

import pytest

from symderiv.errors import DeclarationError
from symderiv.referee import verify

GIVEN = "z: n; y: n; sum_i y_i = 1; p = softmax(z); L = -sum_i y_i*log(p_i)"
HALF = r"\frac{\partial L}{\partial z_k} = -\sum_i y_i\frac{\partial}{\partial z_k}\log p_i"


def test_each_level_says_one_thing_more() -> None:
    report = verify([HALF, r"= -\sum_i y_i(\delta_{ik}+p_k)"], GIVEN)
    assert report.hint() == r"Look at line 2 again: = -\sum_i y_i(\delta_{ik}+p_k)"
    assert report.hint(2).splitlines()[1] == "The kind of slip: sign."
    assert report.hint(3).splitlines()[2] == "The place: p_{k}"
    assert r"\delta_{i, k} - p_{k}" in report.hint(4).splitlines()[3]
    assert r"- p_{k}" not in report.hint(3)


def test_a_text_that_stops_half_way_is_told_the_next_step() -> None:
    said = verify([HALF], GIVEN).hint(4).splitlines()
    assert "line 1" in said[0]
    assert "chain rule" in said[1]
    assert r"\log\left(p_{i}\right)" in said[2]


def test_a_text_that_is_finished_and_right_has_no_hint() -> None:
    assert "No line is wrong" in verify([r"\frac{\partial L}{\partial z_k} = p_k - y_k"], GIVEN).hint(1)


@pytest.mark.parametrize("level", [0, 5, "1"])
def test_a_level_that_is_none_is_refused(level: int) -> None:
    with pytest.raises(DeclarationError, match="levels 1 to 4"):
        verify([HALF], GIVEN).hint(level)
