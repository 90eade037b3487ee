"""A line holds where both sides have values; where one alone has one, it is conditional and says under what."""

import pytest

import symderiv as sd

NAMES = "x: n\na, b, c: scalar\ns: scalar positive\ni: index n"


def judged(line: str) -> tuple[str, str]:
    found = sd.verify(line, given=NAMES).lines[0]
    return found.status, found.message


@pytest.mark.parametrize(("line", "needs"), [
    (r"\frac{a}{a} = 1", "a ≠ 0"), (r"\frac{ab}{a} = b", "a ≠ 0"), (r"a a^{-1} = 1", "a ≠ 0"), (r"e^{\log a} = a", "a > 0"),
    (r"\frac{a^2 - b^2}{a - b} = a + b", "a - b ≠ 0"), (r"\frac{x_i}{\sum_j x_j} \sum_j x_j = x_i", "≠ 0"),
    (r"\sin(\arcsin a) = a", "|a| ≤ 1"), (r"\sum_i \cos\arccos x_i = \sum_i x_i", "|x[i]| ≤ 1"),
    (r"\tanh(\operatorname{arctanh} a) = a", "|a| < 1"), (r"\cosh(\operatorname{arccosh} a) + b = a + b", "a ≥ 1"),
    (r"a^b a^c = a^{b + c}", "a > 0"), (r"a^b a = a^{b + 1}", "a > 0"), (r"a^{-b} = \frac{1}{a^b}", "a > 0"),
    (r"\sum_i x_i^b x_i^c = \sum_i x_i^{b + c}", "x[i] > 0"),
    (r"\sum_{i=1}^n \frac{x_i}{x_i} = n", "x[i] ≠ 0"), (r"\frac{x_i b}{x_i} = b", "x[i] ≠ 0"),
    (r"\sum_j \log x_j - \sum_j \log x_j = 0", "x[j] > 0"), (r"\prod_{j=1}^n x_j / x_j = 1", "x[j] ≠ 0"),
    (r"\arctan(\tan a) = a", "|a| < π/2"), (r"\arcsin(\sin a) = a", "|a| < π/2"),
])
def test_a_line_that_is_true_only_where_both_sides_have_values_says_where(line: str, needs: str) -> None:
    status, message = judged(line)
    assert status == "conditional"
    assert needs in message


@pytest.mark.parametrize("line", [
    r"s^b s^c = s^{b + c}", r"a^n a = a^{n + 1}", r"(1 + a^2)^b (1 + a^2)^c = (1 + a^2)^{b + c}", r"2 a^b = a^b + a^b",
    r"\sin(\arcsin(\sin a)) = \sin a", r"\arcsin(-a) = -\arcsin a", r"\tan(\arctan a) = a",
    r"\frac{d}{da} a^b = b a^{b - 1}",
    r"\frac{s}{s} = 1", r"\frac{e^a}{e^a} = 1", r"\frac{a^2}{a} = \frac{a^3}{a^2}", r"e^{\log s} = s", r"\log e^a = a",
    r"\frac{d}{da} \log a = \frac{1}{a}", r"\frac{a (1 + b^2)}{1 + b^2} = a", r"\frac{n x_i}{n} = x_i",
])
def test_what_always_has_a_value_or_has_none_on_both_sides_needs_nothing(line: str) -> None:
    assert judged(line)[0] == "proved"


def test_a_name_has_the_value_that_its_definition_says():
    given = "a, b: scalar; x: n; s = 1/(1 + a); t = a/(1 + a); q = x/norm(x)"
    lines = [r"s + t = 1", r"q^\top q = 1", r"\nabla_a (s + t) = 0", r"\frac{1}{1 + a} + \frac{a}{1 + a} = 1",
             r"\frac{t}{s} = a"]
    assert [line.status for line in sd.verify(lines, given).lines] == [*["proved"] * 3, *["conditional"] * 2]


def test_a_matrix_that_is_inverted_is_taken_to_have_an_inverse() -> None:
    found = sd.verify(r"\operatorname{tr}(A B A^{-1}) = \operatorname{tr} B", given="A, B: n n")
    assert found.lines[0].status == "proved"


def test_what_is_left_of_1_by_a_probability_divides_everywhere() -> None:
    report = sd.verify([r"\frac{1 - f}{1 - f} = 1", r"\log\frac{f}{1 - f} = a"], r"a: scalar; sigma: sigmoid; f = \sigma(a)")
    assert [line.status for line in report.lines] == ["proved", "proved"]
    assert sd.verify([r"\frac{1 - \tanh a}{1 - \tanh a} = 1"], "a: scalar").lines[0].status != "refuted"
    assert sd.verify([r"\frac{2 - f}{1/2 - f}(1/2 - f) = 2 - f"], r"a: scalar; sigma: sigmoid; f = \sigma(a)").lines[
        0].status == "conditional"


@pytest.mark.parametrize(("line", "needs"), [
    (r"\det A / \det A = 1", "A is invertible"), (r"\frac{\operatorname{tr} A}{\operatorname{tr} A} = 1", "tr(A) ≠ 0"),
    (r"\frac{x^\top A x}{x^\top A x} = 1", "≠ 0"), (r"\frac{A_{11}}{A_{11}} = 1", "A[1, 1] ≠ 0"),
    (r"\exp(\log \det A) = \det A", "det(A) > 0"),
])
def test_a_number_made_of_a_matrix_that_is_divided_by_is_not_0(line: str, needs: str) -> None:
    found = sd.verify(line, given="A: n n; x: n").lines[0]
    assert found.status == "conditional"
    assert needs in found.message


@pytest.mark.parametrize("line", [
    r"\sum_{i=2}^{n-1} x_i = \sum_i x_i - x_1 - x_n", r"\lceil a \rceil = \lfloor a \rfloor + 1", r"\arccos(\cos a) = a",
])
def test_no_condition_is_named_under_which_a_line_is_still_false(line: str) -> None:
    assert sd.verify(line, given="a: scalar; x: n").lines[0].status == "refuted"


@pytest.mark.parametrize(("line", "status", "words"), [
    (r"\nabla_x x^\top x\, b^\top x = 2 x b^\top x + x^\top x b", "proved", "end with the first factor"),
    (r"\frac{d}{da} a^2 (a + 1) = 2 a (a + 1)", "refuted", "end with the first factor"),
    (r"\frac{\partial}{\partial x} (x^\top x)(b^\top x) = 2 x b^\top x", "proved", "reach over all factors"),
])
def test_how_far_a_derivative_reaches_is_said(line: str, status: str, words: str) -> None:
    found = sd.verify(line, given="a: scalar; x, b: n").lines[0]
    assert found.status == status
    assert any(words in note for note in found.notes)


def test_a_function_of_more_than_names_is_not_defined() -> None:
    given = "x, y: n"
    assert [sd.verify(line, given=given).lines[0].status for line in (
        r"\operatorname{rank}(x y^\top) = 1", "f(x y) = 1", "f(x) = 2x")] == ["undeclared", "undeclared", "noted"]


@pytest.mark.parametrize(("line", "status"), [
    (r"\frac{d|a|}{da} = 1 \text{ for } a \ge 0", "conditional"), (r"\frac{d|a|}{da} = 1 \text{ for } a > 0", "supported"),
    (r"\frac{d}{da} \operatorname{relu}(a) = 0 \text{ for } a \le 0", "conditional"),
    (r"\frac{d}{da} \max(a, b) = 1 \text{ for } a \ge b", "conditional"),
    (r"\frac{d}{da} \lfloor a \rfloor = 0 \text{ for } 0 \le a \le 2", "conditional"),
    (r"\frac{d}{da} a |a| = 2 a \text{ for } a \ge 0", "supported"),
    (r"\frac{d}{da} \operatorname{relu}(a)^2 = 2 a \text{ for } a \ge 0", "supported"),
    (r"\frac{d}{da} |a|^{3/2} = \frac{3}{2} \sqrt{a} \text{ for } a \ge 0", "supported"),
    (r"\frac{d}{da} \sqrt{a} = \frac{1}{2\sqrt{a}} \text{ for } a \ge 0", "conditional"),
    (r"\frac{d}{da} \sqrt{a} = \frac{1}{2\sqrt{a}} \text{ for } a > 0", "supported"),
    (r"\frac{d}{da} a \sqrt{a} = \frac{3}{2}\sqrt{a} \text{ for } a \ge 0", "supported"),
])
def test_a_derivative_under_a_condition_that_includes_a_kink_is_conditional(line: str, status: str) -> None:
    found = judged(line)
    assert found[0] == status and ("kink" in found[1]) == (status == "conditional")


@pytest.mark.parametrize(("said", "line", "status"), [
    (r"\text{Let } a \ge 0.", r"\frac{d}{da} |a| = 1", "conditional"),
    (r"\text{Let } a > 0.", r"\frac{d}{da} |a| = 1", "supported"),
    (r"\text{Let } a \ge 0.", r"\frac{d}{da} |a| = -1", "refuted"),
    (r"\text{Let } a \ge 1.", r"\frac{d}{da} |a| = 1", "supported"),
    (r"\text{Let } a \ge 0.", r"\frac{d}{da} \sqrt{a} = \frac{1}{2\sqrt{a}}", "conditional"),
])
def test_what_a_text_lets_a_quantity_be_holds_of_its_derivatives(said: str, line: str, status: str) -> None:
    assert sd.verify([said, line], given=NAMES).lines[1].status == status


def test_assumptions_about_entries_hold_at_the_points_of_a_text() -> None:
    a, x = sd.tensor("a"), sd.tensor("x", sd.dims("n"))
    for line, assumed, status in (("|a| = a", a >= 0, "supported"), ("|a| = a", a < 0, "refuted"),
                                  (r"\frac{d}{da} |a - 1| = 1", a >= 1, "conditional"),
                                  (r"\sum_i |x_i| = \sum_i x_i", x > 0, "proved")):
        assert sd.verify([line], "a: scalar; x: n", assuming=[assumed]).lines[0].status == status


def test_where_a_step_jumps_is_a_condition_and_no_counterexample() -> None:
    a = sd.tensor("a")
    assert sd.prove(sd.sign(a - 1), 1, assuming=[a >= 1]).status == "conditional"
    assert sd.prove(sd.sign(a - 1), 1, assuming=[a >= 0]).status == "refuted"


@pytest.mark.parametrize(("lines", "status"), [
    (r"\frac{d}{da} \log a = \frac1a \quad\text{for } a \ge 0", "conditional"),
    (r"\frac{d}{da} \log a = \frac1a \quad\text{for } a > 0", "supported"),
    (r"\frac{d}{da} \log(1 - a) = \frac{1}{a - 1} \quad\text{for } a \le 1", "conditional"),
    (r"\frac{d}{da} \frac1a = -\frac{1}{a^2} \quad\text{for } a \ge 0", "conditional"),
    (r"\frac{d}{da} \frac1a = -\frac{1}{a^2} \quad\text{for } a > 0", "supported"),
    (r"\frac{d}{da} a^{5/3} = \frac53 a^{2/3} \quad\text{for } a \ge 0", "supported"),
    (r"\frac{d}{da} \log(1 + a) = \frac{1}{1 + a} \quad\text{for } a \ge 0", "supported"),
    ("f(a) = |a|\n" r"f'(a) = 1 \quad\text{if } a \ge 0", "conditional"),
    ("f(a) = |a|\n" r"f'(a) = 1 \quad\text{if } a > 0", "supported"),
    ("f(a) = a^2\n" r"f'(a) = 2a \quad\text{if } a \ge 0", "supported"),
    (r"\operatorname{relu}'(a) = 1 \quad\text{for } a \ge 0", "conditional"),
])
def test_a_derivative_up_to_an_end_without_a_slope_is_conditional(lines: str, status: str) -> None:
    assert sd.verify(lines, given=NAMES).lines[-1].status == status
