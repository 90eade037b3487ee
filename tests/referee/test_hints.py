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
    assert r"\delta_{ik} - p_k" in report.hint(4).splitlines()[3]
    assert r"- p_k" not in report.hint(3)


def test_a_text_that_stops_half_way_is_told_the_next_step() -> None:
    said = verify([HALF], GIVEN).hint(4).splitlines()
    assert "line 1" in said[0]
    assert "chain rule" in said[1]
    assert r"\log\left(p_{i}\right)" in said[2]


def test_what_a_line_above_works_out_is_put_in() -> None:
    half = r"\frac{\partial L}{\partial z_j} = \sum_i \frac{\partial L}{\partial p_i}\frac{\partial p_i}{\partial z_j}"
    said = verify([r"\frac{\partial L}{\partial p_i} = -\frac{y_i}{p_i}", half], GIVEN).hint(2)
    assert "put in what line 1 says" in said


def test_a_text_that_is_finished_and_right_has_no_hint() -> None:
    assert "No line is wrong" in verify([r"\frac{\partial L}{\partial z_k} = p_k - y_k"], GIVEN).hint(1)


@pytest.mark.parametrize("level", [0, 5, "1"])
def test_a_level_that_is_none_is_refused(level: int) -> None:
    with pytest.raises(DeclarationError, match="levels 1 to 4"):
        verify([HALF], GIVEN).hint(level)


CLASSIFIER = "W: m n; x: n; y: m one-hot; z = W*x; p = softmax(z); L = -sum(y.*log(p))"


@pytest.mark.parametrize(("given", "lines", "carried"), [
    ("X: n d; y: n; w: d; J = norm(y - X*w)^2", [r"\nabla_w J = 2X^\top(y - Xw)", r"\nabla^2_w J = -2X^\top X"], True),
    ("X: n d; y: n; w: d; J = norm(y - X*w)^2", [r"\nabla_w J = 2X^\top(y - Xw)", r"\nabla^2_w J = -X^\top X"], False),
    (CLASSIFIER, [r"\frac{\partial L}{\partial z} = y - p", r"\frac{\partial L}{\partial W} = (y-p)x^\top"], True),
    (CLASSIFIER, [r"\frac{\partial L}{\partial z} = y - p", r"\frac{\partial L}{\partial x} = W(p-y)"], False),
    (CLASSIFIER, [r"\frac{\partial L}{\partial z_i} = y_i - p_i",
                  r"\frac{\partial L}{\partial x_j} = \sum_i W_{ij}(y_i-p_i)"], True),
    (CLASSIFIER, [r"\frac{\partial L}{\partial z_i} = y_i - p_i",
                  r"\frac{\partial L}{\partial W_{ij}} = 2(y_i-p_i)x_j"], False),
    ("X: n d; y: n; J(w) = norm(y - X*w)^2; w: d", [r"\nabla J = X^\top(Xw - y)", r"\nabla^2 J = X^\top X"], True),
    ("X: n d; y: n; J(w) = norm(y - X*w)^2; w: d", [r"\nabla J = X^\top(Xw - y)", r"\nabla^2 J = 2X X^\top"], False),
])
def test_an_error_carried_on_by_the_chain_rule_is_told_from_a_new_one(given: str, lines: list[str], carried: bool) -> None:
    report = verify(lines, given)
    assert [line.wrong for line in report.lines] == [True, True]
    assert ("already wrong" in report.lines[1].message) is carried


def test_the_value_of_what_is_left_is_one_that_a_person_would_write() -> None:
    report = verify([r"\frac{\partial L}{\partial W} = (p - y)\frac{\partial z}{\partial W}"], CLASSIFIER)
    assert "einsum" not in report.hint(4) and r"x^{\top}" in report.hint(4)
    assert r"x^{\top}" not in report.hint(3)


@pytest.mark.parametrize(("given", "line", "rule", "value"), [
    ("W: m n; x: n; b: m; z = W*x + b; a = tanh(z); L = sum(a)",
     r"\frac{\partial L}{\partial b_k} = \sum_i \frac{\partial a_i}{\partial b_k}", "a depends on it through z",
     r"\left(1 - a_{i}^{2}\right) \delta_{i k}"),
    ("x: n; s = sum(x); u_i = x_i/s", r"\frac{\partial u_i}{\partial x_j} = \frac{\partial}{\partial x_j}\frac{x_i}{s}",
     "quotient rule", r"\frac{\delta_{i j} - \frac{x_{i}}{s}}{s}"),
    (CLASSIFIER, r"\frac{\partial L}{\partial z_k} = -\sum_i \frac{y_i}{p_i}\frac{\partial p_i}{\partial z_k}", "put in",
     r"\delta_{i k} p_{i} - p_{i} p_{k}"),
    ("A: n n; x: n; f = x^T A x", r"df = d(x^\top) A x + x^\top A\,dx", "one factor before d x",
     r"\left(A + A^{\top}\right) x"),
])
def test_the_next_step_is_said_and_its_value_is_written_in_the_letters_of_the_line(
        given: str, line: str, rule: str, value: str) -> None:
    said = verify([line], given).hint(4).splitlines()
    assert rule in said[1]
    assert said[3].endswith(f"= {value}")


@pytest.mark.parametrize(("given", "line", "words"), [
    ("A: n n; x: n; f = x^T A x", r"\nabla f = 2Ax", ["holds only under a condition", "A is symmetric"]),
    ("x: n", r"\nabla_x (x^\top x + c) = 2x", ["could not be judged", "c is not declared", "Declare"]),
    ("s: positive; K = s^2", r"\frac{\partial K}{\partial s} = 2s", ["not be judged", "not declared", "not be read"]),
])
def test_a_line_that_is_neither_right_nor_wrong_is_what_a_hint_is_about(given: str, line: str, words: list[str]) -> None:
    said = verify([line], given).hint(4).splitlines()
    assert len(said) == len(words)
    assert all(word in each for word, each in zip(words, said, strict=True))


UNKNOWN = "X: n m; W: m k; V: k p; Y = X*W; Z = Y*V; L: function of Z"


@pytest.mark.parametrize(("given", "line", "said"), [
    (UNKNOWN, r"\frac{\partial L}{\partial Y} = \frac{\partial L}{\partial Z} V^\top", "No line is wrong"),
    (UNKNOWN, r"\frac{\partial L}{\partial W} = X^\top \frac{\partial L}{\partial Y}",
     r"\frac{\partial L}{\partial Y} = \frac{\partial L}{\partial Z} \frac{\partial Z}{\partial Y}"),
    ("X: N d; w: d; y: N", "w = (X^\\top X)^{-1} X y", "has no meaning as it stands"),
])
def test_what_is_unknown_is_not_to_be_worked_out_and_has_no_name_of_ours(given: str, line: str, said: str) -> None:
    assert said in verify([line], given).hint(4)


def test_a_root_and_a_number_that_are_lost_are_suggested_as_they_are_written() -> None:
    given = "Q: n d; K: m d; G: n m; beta: scalar; beta > 0; S = beta/sqrt(d)*Q*K'; L = sum(G.*S)"
    lines = [r"\frac{\partial L}{\partial K} = \frac{\beta}{\sqrt d} G^\top Q",
             r"\frac{\partial L}{\partial Q} = \beta G K",
             r"\frac{\partial L}{\partial Q} = \frac{1}{\sqrt{d}} G K"]
    found = verify(lines, given).lines
    assert found[1].suggestion == r"\beta \frac{1}{\sqrt{d}} G K"
    assert found[2].suggestion == r"\frac{1}{\sqrt{d}} \beta G K"


@pytest.mark.parametrize("behind", ["=", r"= \ldots", "&= ", r"= \; ..."])
def test_a_line_that_ends_behind_its_sign_says_what_is_to_be_worked_out(behind: str) -> None:
    lines = [r"\nabla_x f = Ax - b", r"\nabla_x^2 f " + behind]
    said = verify(lines, "A: n n symmetric; x, b: n; f = 1/2*x'*A*x - b'*x").hint(4).splitlines()
    assert said[0] == "It is not finished: nothing stands behind the sign of line 2 yet."
    assert said[3].endswith("f = A")


def test_long_lines_that_end_behind_their_sign_are_looked_at_once() -> None:
    assert verify(["x = " + "= " * 5000], "x: n").hint()
