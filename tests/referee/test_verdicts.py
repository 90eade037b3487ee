"""What each verdict means, and when it is given."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd
from symderiv.referee import Report, verify


def statuses(report: Report) -> list[str]:
    return [line.status for line in report.lines]


def status(line: str, given: str) -> str:
    return verify([line], given).lines[0].status


def test_a_text_is_as_sure_as_its_weakest_line():
    cases = r"= \begin{cases} w_j & \text{if } i + j - 1 = n \\ 0 & \text{otherwise} \end{cases}"
    given = "d, k: size; k < d; h: d; w: k; a: d - k + 1; a_i = sum_{j=1}^k h_{i+j-1}*w_j"
    left = r"\frac{\partial a_i}{\partial h_n} = \frac{\partial}{\partial h_n} \sum_{j=1}^k h_{i+j-1} w_j"
    assert sd.verify([left, cases], given).status == "conditional"
    assert sd.verify([left, cases, "= 2 w_{n-i+1}"], given).status == "refuted"
    assert sd.verify([left, "= q_{n-i+1}"], given).status == "undecided"


def test_a_claim_with_one_canonical_form_is_proved() -> None:
    assert status(r"\nabla_x (x^\top A x) = (A + A^\top)x", "A: n n; x: n") == "proved"


def test_a_counterexample_is_small_and_shows_both_values() -> None:
    found = verify([r"\|x\|^2 = \sum_i x_i"], "x: n").lines[0]
    assert found.status == "refuted"
    assert found.counterexample is not None
    assert found.counterexample.sizes == {"n": 1}
    (entry,) = found.counterexample.arrays["x"]
    assert entry == int(entry)
    assert found.counterexample.lhs == pytest.approx(entry**2)
    assert found.counterexample.rhs == pytest.approx(entry)


def test_a_chain_is_compared_with_its_head_and_a_carried_error_is_named() -> None:
    report = verify([r"(a+b)^2 = a^2 + ab + b^2", "= a^2 + b(a + b)", "= a^2 + 2ab + b^2"], "a, b: scalar")
    assert statuses(report) == ["refuted", "refuted", "proved"]
    assert report.first_wrong == 0
    assert "follows" in report.lines[1].message
    assert "follows" not in report.lines[0].message


def test_a_recovery_is_noticed() -> None:
    report = verify([r"(a+b)^2 = a^2 + ab + b^2", "= a^2 + 2ab + b^2", "= a^2 + b(2a + b)"], "a, b: scalar")
    assert "right again" in report.lines[1].note
    assert "right again" not in report.lines[2].note


def test_steps_are_compared_where_the_head_of_a_chain_is_not_understood() -> None:
    lines = [r"\mathcal{Q}_\theta = (a+b)^2 + \zeta", "= (a+b)^2", "= a^2 + 2ab + b^2", "= a^2 + b^2"]
    report = verify(lines, "a, b: scalar")
    assert statuses(report)[0] == "undeclared"
    assert statuses(report)[2:] == ["proved", "refuted"]


def test_declarations_that_nothing_uses_are_remarked() -> None:
    report = verify(["a + b = b + a"], "a, b, c: scalar; W: m n; L: function of W")
    assert {r.split()[0] for r in report.remarks} == {"c", "W", "L"}
    assert not verify(["L = a^2"], "a, b: scalar; L = a^2; b > 0").remarks


def test_the_part_that_is_wrong_is_named() -> None:
    given = "W: m n; x: n; t: m\nL = norm(W*x - t)^2"
    found = verify([r"\frac{\partial L}{\partial x} = 2W(Wx - t)"], given).lines[0]
    assert found.diagnosis == "transposed"
    found = verify([r"\frac{\partial L}{\partial x} = 2W^\top(Wx + t)"], given).lines[0]
    assert "should be" in found.note


@pytest.mark.parametrize(("line", "said"), [
    ("(a - b)*(a + b) = a^2 + b^2", "b^{2} should be -b^{2}"),
    ("a*(b - c) + d = a*b - a*c - d", "-d should be +d"),
])
def test_a_wrong_sign_is_told_with_the_sign_as_it_stands(line: str, said: str) -> None:
    assert said in verify([line], "a, b, c, d: scalar").lines[0].notes


def test_definitions_are_used_from_there_on_and_not_tested() -> None:
    lines = ["t = \\tanh(z)", r"\frac{dt}{dz} = 1 - t^2", "t = \\tanh(2z)"]
    assert statuses(verify(lines, "z: scalar")) == ["noted", "proved", "refuted"]
    report = verify([lines[1], r"\text{where } t = \tanh(z)", lines[2]], "z: scalar")
    assert statuses(report) == ["proved", "noted", "refuted"]


def test_a_name_declared_by_shape_alone_is_defined_by_its_first_equation() -> None:
    given = "W: m n; x: n; z: m; L: function of z"
    report = verify(["z = Wx", r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z}x^\top"], given)
    assert statuses(report) == ["noted", "proved"]


def test_entries_at_a_fixed_position_may_be_defined_beside_the_others() -> None:
    lines = [r"w_{ji} = \frac{v_{ji}}{2}, \quad w_{j0} = 3v_{j0}",
             r"\sum_{j=1}^M\tanh(\sum_{i=1}^D w_{ji}x_i + w_{j0}) = \sum_{j=1}^M\tanh(\sum_{i=1}^D v_{ji}x_i/2 + 3v_{j0})",
             r"w_{j1} = v_{j1}/2", r"w_{j1} = 3v_{j1}"]
    report = verify(lines, "x: D; v: M 0..D; w: M 0..D")
    assert statuses(report) == ["noted", "proved", "proved", "refuted"]


def test_a_letter_may_run_beyond_an_axis_where_entries_are_zero() -> None:
    given = "x: n; w: k; k <= n\nc_i = sum_{j=1}^k x_{i+j-k}*w_j\nc: n+k-1\ni: index n+k-1"
    assert status(r"c_i = \sum_{m=i-k+1}^{i} x_m w_{m-i+k}", given) in ("proved", "supported")
    assert status(r"c_i = \sum_{m=i-k+1}^{i} x_m w_{m-i}", given) in ("refuted", "ill-typed")


def test_a_quantity_bound_by_a_constraint_is_not_defined_by_the_text() -> None:
    given = "X: n d; y: n; w: d\nX'*(X*w - y) = 0"
    report = verify([r"w = (X^\top X)^{-1}X^\top y", r"w = X^\top y"], given)
    assert statuses(report) == ["supported", "refuted"]


def test_what_needs_an_undeclared_property_is_conditional_and_says_which() -> None:
    given = "z: n; y: n\np = softmax(z)\nL = -sum_i y_i*log(p_i)"
    found = verify([r"\frac{\partial L}{\partial z} = p - y"], given).lines[0]
    assert found.status == "conditional"
    assert "y sum to 1" in found.message
    assert status(r"\frac{\partial L}{\partial z} = p - y", given + "\nsum_i y_i = 1") in ("proved", "supported")


def test_symmetry_is_asked_for_where_it_is_needed() -> None:
    assert status(r"\nabla_x (x^\top A x) = 2Ax", "A: n n; x: n") == "conditional"
    assert status(r"\nabla_x (x^\top A x) = 2Ax", "A: n n symmetric; x: n") == "proved"


def test_a_lost_transpose_is_a_slip_and_not_a_missing_symmetry() -> None:
    found = verify([r"\nabla_x (y^\top A x) = Ay"], "A: n n; x, y: n").lines[0]
    assert (found.status, found.diagnosis) == ("refuted", "transposed")


def test_direct_partials_are_taken_where_a_line_adds_up_the_paths() -> None:
    given = "x: N; w: N\na = 1/N*sum_i x_i^2\nh_i = x_i/sqrt(a)\nL: function of h"
    line = (r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial a}\frac{\partial a}{\partial x_i} + "
            r"\frac{\partial L}{\partial h_i}\frac{\partial h_i}{\partial x_i}")
    found = verify([line], given).lines[0]
    assert found.status == "supported"
    assert "direct" in found.note
    assert status(line.replace("+", "-"), given) == "refuted"


def test_shapes_that_do_not_conform_are_ill_typed() -> None:
    found = verify([r"W^\top x = 0"], "W: m n; x: n").lines[0]
    assert found.status == "ill-typed"
    assert verify([r"W^\top x = 0"], "W: m n; x: n").exit_status == 2


def test_one_transpose_that_makes_an_ill_typed_line_true_is_shown() -> None:
    given = "W: m n; x: n\nz = W*x\nL: function of z"
    report = verify([r"\frac{\partial L}{\partial x} = W\frac{\partial L}{\partial z}"], given)
    assert report.lines[0].status == "ill-typed"
    assert report.lines[0].diagnosis == "transposed"
    assert report.first_wrong == 0


def test_free_indices_on_one_side_stand_for_the_entries_of_the_other() -> None:
    found = verify([r"\frac{\partial L}{\partial x_i} = 2x"], "x: n\nL = x'*x").lines[0]
    assert found.status == "supported"
    assert "entries i" in found.note
    assert status(r"\frac{\partial L}{\partial x_i} = 3x", "x: n\nL = x'*x") == "refuted"


def test_undeclared_and_unread_are_not_wrong() -> None:
    report = verify([r"\theta^2 = \theta\theta", r"\frac{1}{", r"x = \oint y"], "x: n")
    assert statuses(report)[:2] == ["undeclared", "unread"]
    assert report.first_wrong is None
    assert report.exit_status == 2
    assert "declare" in (report.lines[0].suggestion or "")


def test_what_has_no_value_anywhere_is_undefined() -> None:
    assert status(r"\log(-x^2) = 2\log x", "x: scalar") == "undefined"


def test_cases_must_cover_what_the_other_side_has() -> None:
    given = "z: n\np = softmax(z)"
    line = r"\frac{\partial p_i}{\partial z_k} = \begin{cases} p_k(1-p_k) & i = k \\ -p_kp_i & i \neq k \end{cases}"
    assert status(line, given) in ("proved", "supported")
    assert status(line.replace(r"\neq", "="), given) == "undefined"
    assert status(line.replace("i = k", r"i \neq k"), given) in ("refuted", "undefined")


def test_remarks_and_assignments_claim_nothing() -> None:
    report = verify([r"\text{by the chain rule}", r"w \leftarrow w - \eta g"], "w, g: n; eta: scalar")
    assert statuses(report) == ["noted", "noted"]
    assert report.exit_status == 0


def test_shape_statements_are_checked() -> None:
    lines = [r"W \in \mathbb{R}^{m\times n}", r"W \in \mathbb{R}^{n\times m}", r"Wx \in \mathbb{R}^m"]
    report = verify(lines, "W: m n; x: n")
    assert statuses(report) == ["proved", "refuted", "proved"]
    assert report.lines[1].diagnosis == "transposed"


def test_conditions_on_indices_hold_for_the_line_and_those_that_go_on_from_it() -> None:
    given = "z: n\ns_i = exp(z_i)/sum_l exp(z_l)"
    report = verify([
        r"\frac{\partial s_i}{\partial z_j} = s_i(1 - s_j) \quad\text{if } i = j", "= s_j - s_i^2",
        r"\frac{\partial s_i}{\partial z_j} = -s_is_j, \quad i \neq j",
        r"\frac{\partial s_i}{\partial z_j} = -s_is_j"], given)
    assert statuses(report)[0] in ("proved", "supported")
    assert statuses(report)[1] in ("proved", "supported")
    assert statuses(report)[2] in ("proved", "supported")
    assert statuses(report)[3] == "conditional"


def test_a_reason_beside_a_line_does_not_break_its_chain() -> None:
    lines = [r"\tanh(x) = 1 - 2\sigma(-2x) && \text{as } \sigma(-x) = 1 - \sigma(x)",
             r"= 2\sigma(2x) - 1 \quad \text{using 1.4}", r"= 1 - 2(1 - \sigma(2x))"]
    assert set(statuses(verify(lines, "x: scalar; sigma: sigmoid"))) <= {"proved", "supported"}


def test_an_equation_between_free_quantities_says_what_one_of_them_is() -> None:
    report = verify([r"Ax = b", r"x = A^{-1}b", r"x = Ab"], "A: n n invertible; x, b: n")
    assert statuses(report) == ["noted", "proved", "refuted"]


@pytest.mark.parametrize("solved", [r"w = (X^\top X)^{-1}X^\top y", r"Xw = y", r"X^\top(Xw-y) = 0"])
def test_what_is_solved_for_does_not_make_a_wrong_gradient_right(solved: str) -> None:
    given = "X: n d; y: n; w: d; L = norm(X*w-y)^2"
    lines = [r"\nabla_w L = X^\top(Xw-y)", solved, r"\nabla_w L = X^\top(Xw-y)", r"\nabla_w L = 2X^\top(Xw-y)"]
    found = statuses(verify(lines, given))
    assert found[0] == found[2] == "refuted"
    assert found[1] in ("conditional", "noted")
    assert found[3] == "proved"


def test_a_declared_stationary_point_does_not_make_a_wrong_gradient_right() -> None:
    given = "X: n d; y: n; w: d\nJ = norm(X*w-y)^2\n\\partial J/\\partial w_j = 0"
    lines = [r"\frac{\partial J}{\partial w} = X^\top(Xw-y)", r"\frac{\partial J}{\partial w} = 2X^\top(Xw-y)",
             r"\frac{\partial J}{\partial w} = 0", r"X^\top Xw = X^\top y", r"X^\top Xw = 2X^\top y"]
    assert statuses(verify(lines, given)) == ["refuted", "proved", "supported", "supported", "refuted"]


def test_what_the_text_sets_to_zero_holds_below() -> None:
    report = verify([r"\sum_i (x_i - \mu) = 0", r"n\mu = \sum_i x_i", r"n\mu = 2\sum_i x_i"], "x: n; mu: scalar")
    assert statuses(report) == ["conditional", "supported", "refuted"]


def test_where_an_index_runs_is_no_condition() -> None:
    given = "x: n; L = x'*x"
    assert status(r"\frac{\partial L}{\partial x_i} = 2x_1, \quad i = 1, \dots, n", given) == "refuted"
    assert status(r"\frac{\partial L}{\partial x_i} = 2x_i, \quad i = 1, \dots, n", given) in ("proved", "supported")
    assert status(r"\frac{\partial L}{\partial x_i} = 2x_1, \quad i = 1", given) in ("proved", "supported")


def test_a_quantity_may_be_supposed_to_have_a_value() -> None:
    given = "y, p: scalar; p > 0; p < 1\nL = -y*log(p) - (1-y)*log(1-p)"
    report = verify([r"L = -\log p \quad\text{if } y = 1", r"L = -\log(1-p) \quad\text{if } y = 0",
                     r"L = -\log p \quad\text{if } y = 0", r"\frac{dL}{dp} = -\frac yp + \frac{1-y}{1-p}"], given)
    assert [s in ("proved", "supported") for s in statuses(report)] == [True, True, False, True]
    assert statuses(report)[2] == "refuted"


def test_an_approximation_needs_a_tolerance_to_be_refuted() -> None:
    line = r"f(x + h) \approx f(x) + f'(x)h"
    assert status(line, "x, h: scalar; f: function") == "undecided"
    assert status(line, "x, h: scalar; f: function; tolerance: 0.001") == "refuted"


def test_several_relations_in_a_row_give_it_the_worst_verdict() -> None:
    assert status("(a+b)(a-b) = a^2 - b^2 = a^2 + b^2", "a, b: scalar") == "refuted"
    assert status("(a+b)(a-b) = a^2 - ab + ab - b^2 = a^2 - b^2", "a, b: scalar") == "proved"


def test_a_line_may_be_a_whole_display_and_still_is_one_entry() -> None:
    display = r"\begin{aligned} (a+b)^2 &= a^2+2ab+b^2 \\ &= a^2 + b(2a+b)\end{aligned}"
    report = verify([display, r"\[ (a+b)^2 = a^2 + b^2 \]", display.replace("2a+b", "a+b")], "a, b: scalar")
    assert statuses(report) == ["proved", "refuted", "refuted"]


def test_rounded_numbers_are_compared_with_the_declared_tolerance() -> None:
    assert status(r"\sqrt{2} \approx 1.414", "tolerance: 0.001") == "supported"
    assert status(r"\sqrt{2} \approx 1.42", "tolerance: 0.001") == "refuted"
    assert status(r"\sqrt{2} = 1.414", "tolerance: 0.001") == "supported"
    assert status("1/3 = 0.333", "tolerance: 0.001") == "supported"


@pytest.mark.parametrize("line", [r"\sqrt{2} = 1.414", "1/3 = 0.3333", r"\pi = 3.14", "e = 2.718", r"1.414 = \sqrt{2}",
                                  r"\log 2 = 0.6931471805599453", r"\sigma(0.15) = 0.537", r"\|(1, 1)\| = 1.41"])
def test_closed_decimals_are_exact_unless_words_or_a_sign_say_that_they_are_rounded(line: str) -> None:
    given = "sigma: sigmoid"
    found = verify([line], given).lines[0]
    assert (found.status, found.message.partition(",")[0]) == ("conditional", "true if its decimals are rounded")
    assert "\\approx" in (found.suggestion or "")
    assert status(line.replace("=", r"\approx"), given) == "supported"
    assert status(line + r" \text{ (rounded)}", given) == "supported"


@pytest.mark.parametrize("line", [r"1/3 = 0.334 \text{ to three digits}", r"\pi \approx 3.2",
                                  r"\sqrt{2} = 1.415 \text{ (rounded)}"])
def test_what_is_rounded_wrongly_is_wrong(line: str) -> None:
    assert status(line, "x: n") == "refuted"


def test_decimals_of_names_with_values_are_rounded_where_that_is_said() -> None:
    given = "w = 0.15; sigma: sigmoid"
    assert status(r"\sigma(w) = 0.537", given) == "conditional"
    assert status(r"\sigma(w) = 0.538", given) == "refuted"
    assert status(r"\sigma(w) = 0.537", given + "; tolerance: 0.001") == "supported"


def test_an_equation_behind_an_approximation_is_about_the_rounded_number() -> None:
    assert statuses(verify([r"e \approx 2.718", r"= 5.436 / 2"], "x: n")) == ["supported", "proved"]


def test_what_was_compared_only_where_it_is_nearly_zero_is_not_said_to_agree() -> None:
    assert status(f"{'*'.join('A' * 1001)} = {'*'.join('A' * 1000)}", "A: n n") == "undefined"


@pytest.mark.parametrize(("line", "is_"), [("p_i < 1", "refuted"), (r"0 \le p_i < 1", "refuted"),
                                           (r"0 \le p_i \le 1", "supported"),
                                           ("c > 0", "noted"), ("0 < c < 1", "noted")])
def test_a_bound_is_a_condition_on_what_is_free_and_a_claim_on_what_has_properties(line: str, is_: str) -> None:
    assert status(line, "p: n positive sums_to_one; c: scalar") == is_


def test_inequalities_are_tested() -> None:
    assert status(r"(\sum_i x_i)^2 \leq n\sum_i x_i^2", "x: n") == "supported"
    assert status(r"(\sum_i x_i)^2 \leq \sum_i x_i^2", "x: n") == "refuted"


def test_a_bare_first_line_is_about_the_goal() -> None:
    given = "x: n; A: n n\nL = x'*A*x\ngoal: dL/dx"
    assert statuses(verify([r"(A + A^\top)x", r"= Ax + A^\top x"], given)) == ["proved", "proved"]
    assert statuses(verify([r"2A^\top Ax"], given)) == ["refuted"]


def test_an_equation_set_to_zero_is_imposed_and_not_an_identity() -> None:
    given = "x: n; mu: scalar\nl = -1/2*sum_i (x_i-mu)^2"
    assert status(r"\sum_i (x_i - \mu) = 0", given) == "conditional"


def test_kinks_are_seen_from_both_sides() -> None:
    given = "x: n\ny = relu(x)\nL: function of y"
    assert status(r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}", given) == "refuted"
    assert status(r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}\mathbb 1[x_i > 0]", given) != "refuted"


def test_a_claim_that_is_true_for_size_one_only_is_refuted() -> None:
    assert status(r"\operatorname{tr}(A) = \det(A)", "A: n n") == "refuted"
    assert status(r"\|x\|_2^2 = (\sum_i x_i)^2", "x: n") == "refuted"


def test_declared_sets_of_values_hold_at_every_point() -> None:
    given = r"y, w: n; y_i \in \{-1, 1\}"
    assert status("y_i^2 = 1", given) == "supported"
    assert status("w_i^2 = 1", given) == "refuted"


def test_a_declaration_that_could_not_be_read_makes_no_line_wrong() -> None:
    report = verify(["y_i^2 = 1", "x = x"], "y: n; x: n\ny_i ?? 1")
    assert report.problems
    assert statuses(report) == ["undeclared", "proved"]
    assert report.exit_status == 2


def test_integers_are_tried_one_by_one_where_nothing_else_helps() -> None:
    given = "X: n n; k: integer; k >= 1\nphi = tr(X^3)"
    assert status(r"\operatorname{tr}(X^k X) = \operatorname{tr}(X^{k+1})", given) in ("supported", "proved")
    assert status(r"\phi = \operatorname{tr}(X^{k})", given) == "refuted"


@pytest.mark.parametrize(("line", "given", "slip"), [
    (r"\nabla_w \|Xw-y\|^2 = X^\top(Xw-y)", "X: m n; y: m; w: n", "factor 2 lost"),
    (r"\nabla_w \|Xw-y\|^2 = 2X^\top(y-Xw)", "X: m n; y: m; w: n", "sign"),
    (r"\frac{\partial L}{\partial x} = \frac{\partial}{\partial f} f^2 + f\cdot\frac{\partial f}{\partial x}",
     "x: scalar\nf = tanh(x)\nL = f^2 + f", "bracket lost"),
    (r"\frac{\partial h_i}{\partial z_j} = 1 - h_i^2\delta_{ij}", "z: n\nh = tanh(z)", "bracket lost"),
    (r"z_i = W_{ij}x_j", "W: m n; x: n\nz = W*x", "dropped sum"),
    (r"\frac1n\sum_i x_i^2 = \mu", "x: n\nmu = sum_i x_i^2", "factor n lost"),
    (r"c_i = \sum_{j=1}^n x_{i+j}w_j", "x: n; w: n; i, k: index n\nc_i = sum_{j=1}^n x_{i+j-1}*w_j", "index shifted by one"),
    (r"a^2 = b^5", "b: scalar\na = b^2", "exponent"),
    (r"\sum_i z_j^2 = z^\top z", "z: n", "summed"),
])
def test_slips_are_named(line: str, given: str, slip: str) -> None:
    found = verify([line], given).lines[0]
    assert found.status in ("refuted", "ill-typed")
    assert slip in (found.diagnosis or "")
    assert found.suggestion


def test_a_suggestion_holds_when_it_is_put_in() -> None:
    given = "X: m n; y: m; w: n; lambda: scalar\nJ = norm(X*w-y)^2 + lambda*w'*w"
    found = verify([r"\nabla_w J = 2X^\top(Xw-y) + \lambda w"], given).lines[0]
    assert found.status == "refuted"
    again = verify([r"\nabla_w J = " + str(found.suggestion)], given).lines[0]
    assert again.status in ("proved", "supported")


def test_the_same_input_gives_the_same_report() -> None:
    lines = [r"\nabla_w \|Xw-y\|^2 = X^\top(Xw-y)", r"= 2X^\top Xw - 2X^\top y"]
    first, second = (verify(lines, "X: m n; y: m; w: n") for _ in range(2))
    assert first.to_json() == second.to_json()
    assert str(first) == str(second)


def test_expressions_are_refereed_like_lines() -> None:
    n = sd.dims("n")
    x, y = sd.tensor("x", n), sd.tensor("y", n)
    report = verify([(sd.tanh(x), 2 * sd.sigmoid(2 * x) - 1), (x + y, y - x), x + y, y + x], None)
    assert statuses(report)[:2] == ["proved", "refuted"]
    assert statuses(verify([x + y, y + x, 2 * x], None)) == ["noted", "proved", "refuted"]


def test_given_may_be_python_objects() -> None:
    m, n = sd.dims("m n")
    given = {"W": sd.tensor("W", m, n), "x": sd.tensor("x", n)}
    assert verify([r"\frac{\partial}{\partial x}(\mathbf 1^\top W x) = W^\top\mathbf 1"], given).lines[0].status == "proved"


def test_sizes_may_be_assumed() -> None:
    n, k = sd.dims("n k")
    found = verify([r"\sum_{i=1}^{k} 1 \leq n"], "x: n; w: k", assuming=[k <= n]).lines[0]
    assert found.status == "supported"
    assert verify([r"\sum_{i=1}^{k} 1 \leq n"], "x: n; w: k").lines[0].status == "refuted"


def test_a_session_answers_after_each_line() -> None:
    s = sd.session("z: scalar")
    assert s.step(r"t = \tanh(z)").status == "noted"
    assert s.step(r"\frac{dt}{dz} = 1 + t^2").diagnosis == "sign"
    s.back()
    assert s.step(r"\frac{dt}{dz} = 1 - t^2").status == "proved"
    assert s.first_wrong is None
    assert len(s.report.lines) == 2


def test_values_of_unknown_functions_are_shown_by_their_derivatives() -> None:
    given = "W: m n; x: n\nz = W*x\nL: function of z"
    found = verify([r"\frac{\partial L}{\partial W} = -\frac{\partial L}{\partial z}x^\top"], given).lines[0]
    assert found.counterexample is not None
    assert set(found.counterexample.arrays) == {"x", "W", "dL/dz"} or "dL/dz" in found.counterexample.arrays
    assert np.ndim(found.counterexample.arrays["dL/dz"]) == 1


def test_no_zero_is_guessed_for_what_lies_behind_an_unknown_function():
    given = "z, w: n; sigma: sigmoid; a = sigma(z); L: function of z"
    report = sd.verify([r"\frac{\partial L}{\partial a} = 0", r"\frac{\partial L}{\partial w} = 0"], given)
    assert report.lines[0].status == "undeclared" and "function of a" in (report.lines[0].suggestion or "")
    assert report.lines[1].status == "proved"


def test_a_size_that_conditions_alone_name_ties_the_others() -> None:
    for given, status in (("n < m; m < 3", "supported"), ("n < m; m < 4", "refuted")):
        assert sd.verify([r"\sum_i x_i = x_1"], f"x: n; m: size; {given}").lines[0].status == status


def test_a_wrong_derivative_by_a_prime_is_not_where_the_gradient_vanishes() -> None:
    text = ["g(x) = x^2", "g'(x) = 2x", "g'(x) = 3x", "g'(x) = x"]
    assert [each.status for each in verify(text, "x: scalar").lines] == ["noted", "proved", "refuted", "refuted"]


def test_an_entry_that_is_written_by_its_number_is_there() -> None:
    given = "s: n; P: n n; i, j: index n; C_{ij} = P_{ij}*exp(s_i - s_j)"
    found = verify([r"C_{12} = P_{12}e^{s_1 - s_2}", r"\sum_i s_i = s_1 + s_2", r"C_{12} = P_{12}e^{s_2 - s_1}"], given)
    assert [each.status for each in found.lines] == ["proved", "refuted", "refuted"]
    assert verify([r"C_{12} = \sum_k A_{1k}B_{k2}"], "A, B: n n; C = A*B").lines[0].status == "proved"


def test_labels_are_drawn_apart_and_together() -> None:
    names = ("a", "b", "y", "t", "o", "c", "k_1", "l")
    given = f"x: m; {', '.join(names)}: label m"
    for other in names[1:]:
        found = verify([f"e_a^\\top e_{{{other}}} = 1", f"e_a^\\top e_{{{other}}} = 0"], given)
        assert [each.status for each in found.lines] == ["refuted", "conditional"], other


@pytest.mark.parametrize(("given", "line", "wanted"), [
    ("p: C; gamma: scalar; F = -sum_{k=1}^{C} (1-p_k)^gamma*log(p_k)",
     r"\frac{\partial F}{\partial p_k} = \gamma(1-p_k)^{\gamma-1}\log p_k - \frac{(1-p_k)^\gamma}{p_k}", "proved"),
    ("x, y, h: n; S(x, y) = x'*y*x'*x", r"d_x S(x, y) \cdot h = (x^\top x) y^\top h + 2(x^\top y) x^\top h", "proved"),
    ("x, y, h: n; S(x, y) = x'*y*x'*x", r"D_x S(x, y) \cdot h = (x^\top x) y^\top h", "refuted"),
    ("w: n; lambda: scalar; J(w) = exp(w'*w); K(w) = J(w) + w'*w", r"K(w) = J(w) + \lambda w^\top w", "refuted")],
    ids=["a Greek power in plain text", "a derivative by a letter", "a wrong one", "what a function is"])
def test_declared_functions_are_claimed_about(given: str, line: str, wanted: str) -> None:
    assert status(line, given) == wanted
