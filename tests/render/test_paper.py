"""On paper nothing is said twice, and very long proofs are shortened, with a word about it."""

from __future__ import annotations

import symderiv as sd
from symderiv.render.document import inner_latex
from symderiv.render.paper import ABRIDGED, MOST_ROWS, REPEATED, SHORTENED, _by_those_before, on_paper
from symderiv.render.present import subject_section
from symderiv.render.refereed import listing, refereed_table
from symderiv.render.sections import Fold, Section

m, n = sd.dims("m n")
W, x, G = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("G", m)


def block(name, left, *rights):
    rows = [f"{left} &= {rights[0]} && \\text{{chain rule}}", *(f"&= {right} && \\text{{then}}" for right in rights[1:])]
    return rf"\paragraph{{{name}}}" + "\n\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def derivative(name, *rights):
    return block(f"Derivative with respect to ${name}$.", rf"\partial {name}", *rights)


def printed(*bodies):
    parts = tuple(Section("", folds=(Fold("Proof", body, grain="steps"),)) for body in bodies)
    return inner_latex(on_paper(Section("t", parts=parts)))


def test_a_derivative_that_stands_above_is_not_printed_again():
    z = sd.define("z", sd.tanh(W @ x))
    parts = tuple(subject_section(d, grain="steps") for d in sd.vjp(sd.exp(z), (W, x), upstream=G))
    item = Section("t", parts=parts)
    before, after = inner_latex(item), inner_latex(on_paper(item))
    line = r"\chainline{\frac{\partial L}{\partial z_{i}}}"
    assert before.count(line) == 2 and after.count(line) == 1
    assert after.count(REPEATED) == 1
    assert after.count(r"\chainline{\frac{\partial L}{\partial W_{ij}}}") == after.count(
        r"\chainline{\frac{\partial L}{\partial x_{i}}}") == 1


def test_on_paper_definitions_stand_beside_each_other_and_derivatives_without_headings():
    body = "\n".join([block("Definitions.", "q", "a + b"), derivative("q", "f", "1"), derivative("a", "g")])
    latex = printed(body)
    assert latex.count(r"\begin{equations}") == latex.count(r"\begin{chain}") == 1 and r"\eqnlead{Proof}" in latex
    assert "Derivative" not in latex and r"\paragraph" not in latex


def test_a_proof_does_not_end_in_the_equation_that_it_is_of():
    close = "\\paragraph{In closed form.}\n\\begin{align*}\nx &= 1 \\\\\ny &= 2\n\\end{align*}"
    for result, times in (("x &= 1 \\\\ y &= 2", 0), ("x &= 1 \\\\ y &= 3", 1)):
        part = Section("", body=r"\begin{aligned}" + result + r"\end{aligned}", folds=(Fold("Proof", close, grain="steps"),))
        assert inner_latex(on_paper(Section("t", parts=(part,)))).count("In closed form") == times


def test_names_that_mean_something_else_are_printed_with_their_derivatives():
    one = "\n".join([block("Definitions.", "q", "a + b"), derivative("q", "f", "1")])
    other = "\n".join([block("Definitions.", "q", "a - b"), derivative("q", "f", "1")])
    assert printed(one, one).count(r"\chainline") == 2
    assert printed(one, other).count(r"\chainline") == 4


def test_a_proof_that_fits_is_printed_as_it_is():
    body = "\n".join(derivative(f"x_{{{k}}}", "a", "b", str(k)) for k in range(MOST_ROWS // 3))
    assert SHORTENED not in printed(body) and printed(body).count("chain rule") == MOST_ROWS // 3


def test_a_longer_one_by_the_results_of_its_derivatives():
    body = "\n".join(derivative(f"x_{{{k}}}", "a", "b", f"c_{{{k}}}") for k in range(MOST_ROWS // 3 + 1))
    latex = printed(body)
    assert SHORTENED in latex and "chain rule" not in latex
    assert all(f"c_{{{k}}}" in latex for k in range(MOST_ROWS // 3 + 1))


def test_a_derivative_that_is_higher_than_half_a_page_keeps_how_it_begins_and_what_it_comes_to():
    wide = r"\sum_{k=1}^n \left(" + " + ".join(rf"a_{{{k}}}" for k in range(30)) + r"\right)"
    for count, chains in ((2, 2), (6, 1)):
        body = "\n".join(derivative(f"x_{{{k}}}", wide, wide + "b", wide + "c", f"c_{{{k}}}") for k in range(count))
        latex = printed(body + " Here $x \\neq 0$.")
        assert ABRIDGED in latex and latex.count("chain rule") == chains and "b}" not in latex
        assert all(f"c_{{{k}}}" in latex for k in range(count)) and "Here $x" in latex


def test_results_alone_keep_what_they_suppose_and_are_not_said_again():
    body = "\n".join(derivative(f"x_{{{k}}}", "a", "b", f"c_{{{k}}}") + "\nThe parts add up:\nHere $m \\ne 0$."
                     for k in range(MOST_ROWS))
    body += "\n\\paragraph{In closed form.}\n\\begin{equation*}\n\\partial x_{0} = c_{0}\n\\end{equation*}"
    latex = printed(body.replace(r"\paragraph{D", r"\paragraph{Of $t$.} So." + "\n\\paragraph{D", 1))
    assert SHORTENED in latex and latex.count("Here $m") == 1 and "In closed form" not in latex
    assert "The parts" not in latex


def test_factors_that_are_a_derivative_above_are_written_as_it_and_no_left_side_has_two_values():
    d, e = (rf"\frac{{\partial L}}{{\partial {name}_{{j}}}}" for name in "rb")
    right = r"a_{j}\,s_{j}\,\left(1 - s_{j}\right)"
    rows = [f"{d} & = {right}", f"{d} & = a_{{j}}", r"U & = a_{j}\,s_{j}\,h_{k}\,\left(1 - s_{j}\right)",
            rf"x & = \sum_{{l=1}}^{{n}} V_{{lj}}\,{right.replace('{j}', '{l}')} + q_{{j}}", f"{e} & = {right} - q",
            r"w & = a_{j}\,s_{j}\,s_{k}"]
    assert _by_those_before(rows) == [
        rows[0], rf"U & = {d}\,h_{{k}}", rf"x & = \sum_{{l=1}}^{{n}} V_{{lj}}\,{d.replace('{j}', '{l}')} + q_{{j}}", rows[4],
        rows[5]]


def test_the_pre_activations_of_an_lstm_have_one_name_each():
    c, h, t = sd.tensor("c", n), sd.tensor("h", n), sd.indices("t", sd.dims("T"))
    gates = {k: (sd.tensor(f"W_{k}", n, n), sd.tensor(f"U_{k}", n, n), sd.tensor(f"b_{k}", n)) for k in "ifgo"}
    found = sd.recurrence((h, c), sd.lstm_cell(x, h, c, **gates), t, start=(sd.tensor("h_0", n), 0), inputs=x)
    latex = inner_latex(on_paper(subject_section(found.backward(sd.dot(h, h)), settled=False)))
    assert "r^{(4)}" in latex and "z^{" not in latex
    assert r"\frac{\partial L}{\partial r^{(1)}_{j}}\,\left(h_{t-1}\right)_{k}" in latex


def test_a_claim_of_one_line_has_no_proof_to_unfold():
    u = sd.tensor("u", 2)
    assert not subject_section(sd.prove(u[1] + 2 * u[2], 2 * u[2] + u[1])).folds
    assert subject_section(sd.prove((u[1] + u[2]) * u[2], u[2] ** 2 + u[1] * u[2])).folds


def test_what_a_repair_says_of_a_part_is_typeset():
    report = sd.verify([r"\tanh(x) = \frac{e^x-e^{-x}}{e^x+e^{-x}}",
                        r"= \frac{e^x-e^{-x}-2e^{-x}}{e^x+e^{-x}} = \boxed{1 - \frac{2e^{-x}}{e^x+e^{-x}}}"], "x: scalar")
    assert any("should be" in note for line in report.lines for note in line.notes)
    latex, html = listing(report), refereed_table(report)
    assert r"\boxed{" in latex and "textbackslash" not in latex
    assert r"\exp" not in html and r"\frac" not in html.replace("should be: ", "")


def test_the_blackboard_one_is_bold_on_paper():
    report = sd.verify([r"\frac{\partial x_i}{\partial x_j} = \mathbb{1}_{i=j}"], "x: n")
    assert r"\mathbf{1}_{i=j}" in listing(report) and "mathbb" not in listing(report)


def test_a_matrix_in_a_refereed_row_keeps_its_columns():
    given = r"A: 2 by 2"
    report = sd.verify([r"A &= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} & e^x - e^{-x}"], given)
    assert r"1 & 2 \\ 3 & 4" in listing(report)
    assert refereed_table(report).count("<mtd") == 4
