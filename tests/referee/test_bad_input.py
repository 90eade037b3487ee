"""Bad input is answered, not crashed on: each line on its own, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symderiv as sd
from symderiv.referee import verify
from tests.drawn import drawn
from tests.work import at_most

GIVEN = "W: m n; x: n; y: m; p = softmax(W*x); L: function of p; c: scalar; i, j: index n"
TEXTS = [r"\frac{\partial L}{\partial x} = W^\top\frac{\partial L}{\partial y}", r"\sum_{i=1}^n x_i^2 \leq c", "= p - y",
         r"W \in \mathbb R^{m\times n}", r"\text{if } i = j", r"p_i = \begin{cases} 1 & i = j \\ 0 & i \neq j\end{cases}",
         r"\Rightarrow \nabla_x c = 0, \quad \text{since } c > 0", r"L(p) \approx 3.1"]


PIECES = ["", "=", "_", "^", "{", "}", "x", "W", "\\", "&", r"\partial ", r"\sum_i ", "2", "("]


@pytest.mark.parametrize("text", ["", "  \n ", "\x00", 7, None])
def test_no_text_raises_the_packages_own_error(text: object) -> None:
    with pytest.raises(sd.SymderivError):
        verify(text, GIVEN)


def test_an_empty_list_has_an_empty_report() -> None:
    report = verify([], GIVEN)
    assert report.lines == () and report.first_wrong is None and report.exit_status == 0


@pytest.mark.parametrize("line", [
    "", "   ", "{" * 5000, r"\frac" * 3000, "(" * 400 + "x" + ")" * 400, "x^{" * 300, "=" * 50, "x = " * 500, "\\", "$",
    "\u202eabc\u202c", "x\u0301\u0302 = 1", "\x07", "x_" + "i" * 5000, "1" * 20000, r"\begin{cases}", r"\sum_{i,j,k,l}",
    r"\sum_{a=1}^{n}\sum_{b=1}^{n}\sum_{d=1}^{n}\sum_{e=1}^{n}\sum_{f=1}^{n}\sum_{g=1}^{n}\sum_{h=1}^{n}\sum_{k=1}^{n}"
    r"\sum_{l=1}^{n}\sum_{o=1}^{n}\sum_{q=1}^{n}\sum_{r=1}^{n} x_ax_bx_dx_ex_fx_gx_hx_kx_lx_ox_qx_r = (\sum_i x_i)^{12}",
    r"c^{9999999999} = c^{c^{c^{c}}}", r"2^{2^{2^{2^{2^{2}}}}} = 1", r"\sum_{i=1}^{1000000000} x_i = 0", "x = 1/0",
])
def test_a_strange_line_gets_a_verdict_and_the_next_line_its_own(line: str) -> None:
    with at_most(3_000_000):
        report = verify([line, "x + x = 2x"], GIVEN)
    assert len(report.lines) == 2
    assert report.lines[1].status in ("proved", "supported")
    assert report.lines[0].status not in ("proved", "supported") or "a=1" in line


def test_a_line_of_ten_megabytes_is_refused_quickly() -> None:
    with at_most(200_000):
        report = verify(["x + " * 2_500_000 + "x", "x = x"], GIVEN)
    assert [line.status for line in report.lines] == ["unread", "proved"]


def test_contradictory_declarations_are_told_and_other_lines_go_on() -> None:
    report = verify(["c + c = 2c"], "c: scalar; x: n; x: m")
    assert report.lines[0].status == "proved"
    assert any("declared twice" in problem for problem in report.problems)


def test_a_display_that_is_not_closed_is_reported() -> None:
    report = verify("Text $$ c = c $$ and \\begin{align} c = 2 ", "c: scalar")
    assert [line.status for line in report.lines] == ["proved", "unread"]


@drawn(10)
@given(st.data())
def test_mutated_lines_never_crash(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.sampled_from(PIECES))
        cut = data.draw(st.integers(0, 4))
        text = text[:at] + piece + text[at + cut:]
    report = verify([text, "c = c"], GIVEN)
    assert report.lines[-1].status == "proved"


def test_what_acts_on_a_terminal_is_shown_by_its_code_in_a_report() -> None:
    report = str(sd.verify("x = 2x \\text{ so \u202e\x1b[2J\x07}", "x: n"))
    assert not {"\u202e", "\x1b", "\x07"} & {*report}
    assert "[U+202E]" in report


@pytest.mark.parametrize("name", ["x\x1b[31m", "a\u202eb", "x\x00", "\u2066q", "x\u200by"])
def test_a_name_is_of_characters_that_can_be_seen(name: str) -> None:
    for named in (lambda: sd.tensor(name, 2), lambda: sd.label(name, 2), lambda: sd.dims(name), lambda: sd.function(name),
                  lambda: sd.indices(name, 2)):
        with pytest.raises(sd.SymderivError, match=r"U\+"):
            named()


def test_an_equation_that_has_no_solution_near_any_point_is_given_up_soon() -> None:
    with at_most(3_000_000):
        report = verify([r"\nabla_x x^\top A x = (A + A^\top) x \implies A = A^\top", "x^T x = 0"], "x: n; A: n n")
    assert report.first_wrong == 0


def test_gradients_that_are_repeated_are_held_against_a_line_once() -> None:
    with at_most(6_000_000):
        report = verify([r"\nabla_x x^\top A x = (A + A^\top) x \implies A = A^A = A^\top"] * 16, "x: n; A: n n")
    assert {line.status for line in report.lines} == {"refuted"}
