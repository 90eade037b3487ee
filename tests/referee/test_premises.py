"""What a line gives as a reason, or as the case in which it holds, is what it is claimed under."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd
from symderiv import bounds
from symderiv.bounds import WORK, budget
from symderiv.referee import samples
from symderiv.referee.samples import SampleConstraint, Setting

TRUE, FALSE = ("proved", "supported", "conditional"), ("refuted",)


def last(text: object, given: str) -> str:
    return sd.verify(text, given).lines[-1].status


@pytest.mark.parametrize(("text", "given", "expected"), [
    (r"\text{Since } ab = 0,\; a^2 b = 0", "a, b: scalar", "conditional"),
    (r"\text{Since } ab = 0\text{, we have } a = 0", "a, b: scalar", "refuted"),
    (r"a^2 = 4 b^2 \quad \text{because } a = 2b", "a, b: scalar", "conditional"),
    (r"a^2 = 2 b^2 \quad \text{because } a = 2b", "a, b: scalar", "refuted"),
    (r"\text{Because } A^\top = A,\; x^\top A y = y^\top A x", "A: n n; x, y: n", "conditional"),
    (r"\text{Because } A^\top = A,\; x^\top A y = 2 y^\top A x", "A: n n; x, y: n", "refuted"),
    (r"\cos^2 a = 1 - \sin^2 a \text{ since } \sin^2 a + \cos^2 a = 1", "a: scalar", "proved"),
    (r"2ab = 0 \text{ as } (a+b)^2 = a^2 + b^2", "a, b: scalar", "refuted"),
    (r"\text{Assuming symmetry, } AB = BA", "A, B: n n", "refuted"),
    (r"|x| = x \quad (x > 0)", "x: scalar", "supported"),
    (r"|x| = -x, \quad x \ge 0", "x: scalar", "refuted"),
    (r"(a^b)^2 = a^{2b}", "a, b: scalar", "conditional"),
    (r"\text{at } a = 1/b:\quad ab - a^2b = 1 - a", "a, b: scalar; b > 0", "proved"),
    (r"\text{Choosing } a = 1/b \text{ gives } ab - a^2b = 1 - a", "a, b: scalar; b > 0", "proved"),
    (r"ab - a^2b = 1 - a \quad (a = 1/b)", "a, b: scalar; b > 0", "supported"),
    (r"ab - a^2b = 1 - b \text{ with } a = 1/b", "a, b: scalar; b > 0", "refuted"),
    (r"ab - a^2b = 1 - a, \quad a = 1/b", "a, b: scalar; b > 0", "refuted"),
])
def test_a_reason_and_a_case_are_what_a_line_is_claimed_under(text, given, expected):
    assert last([text], given) == expected


@pytest.mark.parametrize(("factor", "expected"), [("", "conditional"), ("2", "refuted")])
def test_what_is_said_to_hold_at_the_minimum_is_held_against_the_gradient_above(factor, expected):
    lines = [r"\nabla_x f = A^\top(Ax-b)", rf"A^\top A x = {factor}A^\top b \text{{ at the minimum}}"]
    assert last(lines, "A: m n; x: n; b: m; f = 1/2*norm(A*x-b)^2") == expected


def test_a_sum_below_which_a_length_stands_is_over_the_letter_of_that_axis():
    given = "A: D E; B: E D; a = A; b = B; d: index D; e: index E"
    lines = [r"\operatorname{tr}(AB) = \sum_D\sum_E a_{d,e}b_{e,d}", r"\operatorname{tr}(AB) = \sum_D\sum_E a_{d,e}a_{d,e}"]
    assert [line.status for line in sd.verify(lines, given).lines] == ["proved", "refuted"]


def test_what_a_line_says_a_name_is_replaces_what_was_found_above_for_that_line():
    found = r"\nabla_x (x^\top A x - 2b^\top x) = 0 \Rightarrow x = A^{-1}b"
    given = "A: n n symmetric positive-definite; x, b: n"
    claimed = r"x^\top A x = b^\top x"
    report = sd.verify([found, rf"{claimed} \text{{ for }} x = 2A^{{-1}}b", claimed], given)
    assert [line.status for line in report.lines[1:]] == ["refuted", "supported"]


@pytest.mark.parametrize(("text", "given", "expected"), [
    (r"As $a b = 0$, it follows that $a^2 b + 1 = 2$.", "a, b: scalar", FALSE),
    (r"Because $ab = 0$, $a^2 b = 0$.", "a, b: scalar", TRUE),
    (r"From $ab = ac$ we get $b = c$.", "a, b, c: scalar", FALSE),
    (r"From $a = 2b$ we get $a^2 = 4b^2$.", "a, b: scalar", TRUE),
    (r"From $x^\top y = 0$ we conclude $x = 0$.", "x, y: n", FALSE),
    (r"From $a = b$ we conclude $a^2 = b^2$." "\n$$a^2 = b^2$$", "a, b: scalar", ("refuted", "conditional")),
    (r"Squaring both sides of $a = b$ gives $a^2 = b^2$, and conversely $a^2 = b^2$ gives $a = b$.", "a, b: scalar", FALSE),
    (r"$a^4 = b^4$ implies $a = b$.", "a, b: scalar", FALSE), (r"$a = b$ implies $a^4 = b^4$.", "a, b: scalar", TRUE),
    (r"$\sin a = \sin b$ if and only if $a = b$.", "a, b: scalar", FALSE),
    (r"$a^3 = b^3$ if and only if $a = b$.", "a, b: scalar", TRUE),
    (r"Using $Q^\top Q = I$, we get $\|Qx\|^2 = \|x\|^2$.", "Q: n n; x: n", TRUE),
    (r"Using $Q^\top Q = I$, we get $\|Qx\|^2 = 2\|x\|^2$.", "Q: n n; x: n", FALSE),
    (r"Given $a + b = 1$, $a^2 - b^2 = a - b$.", "a, b: scalar", TRUE),
    (r"Given $a + b = 1$, $a^2 - b^2 = a + b$.", "a, b: scalar", FALSE),
    (r"$A^2 = 0 \implies A B = 0$", "A, B: n n", FALSE), (r"$A^2 = 2A - I \implies A = I$", "A: n n", FALSE),
    (r"$A^2 = 0 \implies \operatorname{tr} A = 0$", "A: n n", TRUE),
    (r"As $A$ is symmetric, $A = A^\top$.", "A: n n", TRUE),
    (r"We have $AB \le BA$ with equality $AB = BA$.", "A, B: n n", FALSE),
])
def test_so_are_those_of_a_sentence(text, given, expected):
    assert last(text, given) in expected


FORMS = r"Let $y \in \mathbb{R}^n$ and $C \in \mathbb{R}^{n \times n}$ be symmetric positive definite. "


@pytest.mark.parametrize(("text", "expected"), [
    (r"If $C = I$ then $$\nabla_y (y^\top C y) = 2y.$$", TRUE),
    (r"If $C = I$ then $$\nabla_y (y^\top C y) = y.$$", FALSE),
    (r"If $C = 2I$, $y^\top C y = 2\|y\|^2$.", TRUE),
    (r"If $C = -I$, $y^\top C y = -\|y\|^2$.", ("refuted", "unread", "ill-typed", "undecided")),
    (r"Let $D = y^\top C y + \log\det C$. If $C = c^2 I_n$ with $c > 0$, then $D = c^2\|y\|^2 + 2n\log c$.", TRUE),
    (r"Let $D = y^\top C y + \log\det C$. If $C = c^2 I_n$ with $c > 0$, then $$D = c\|y\|^2 + 2n\log c.$$", FALSE),
    (r"If $C = I$ it is $y^\top C y = \|y\|^2$; in general $y^\top C y = \|y\|^2$.", FALSE),
    (r"If $C = I$ it is $y^\top C y = \|y\|^2$. Hence $2 y^\top C y = 2\|y\|^2$.", TRUE),
    (r"If $C = I$ it is $y^\top C y = \|y\|^2$. Moreover $2 y^\top C y = 2\|y\|^2$.", FALSE),
    (r"If $n = 1$ we get $$\nabla_y (y^\top C y) = 2 C y.$$", TRUE),
    (r"If $n = 1$ we get $$\nabla_y (y^\top C y) = C y.$$", FALSE),
])
def test_a_case_of_a_matrix_or_a_size_holds_for_its_sentence(text, expected):
    assert sd.verify(FORMS + "\n\n" + text).lines[-1].status in expected


def test_what_lies_among_vectors_is_not_made_a_matrix_by_what_is_said_of_another():
    assert "y: n" in [taken.split("  ")[0] for taken in sd.verify(FORMS + "\n\n" + r"$$\nabla_y (y^\top C y) = 2Cy$$").taken]


@pytest.mark.parametrize(("below", "expected"), [("g = 2Ax", "supported"), ("g = Ax", "refuted")])
def test_a_gradient_that_is_given_a_declared_name_is_no_wrong_claim(below, expected):
    found = sd.verify([r"g = \nabla f", below], "x: n; g: n; A: n n symmetric; f = x'*A*x")
    assert [line.status for line in found.lines] == ["conditional", expected]


def test_points_that_are_moved_again_are_the_same_and_cost_the_same_work(monkeypatch):
    monkeypatch.setattr(bounds, "REMEMBERED", 10**9)  # nothing is forgotten between the calls
    W, x = sd.tensor("W", n := sd.dims("n"), n), sd.tensor("x", n)
    equation = SampleConstraint(sd.norm(W @ x) ** 2 - 1, "zero")
    found, spent = [], []
    for known in (False, False, True):
        if not known:
            samples._moved.cache_clear()
        with budget(WORK) as own:
            at = samples.Laboratory([W @ x], Setting((equation,))).batches()
        spent.append(WORK.limit - own.left)
        found.append([np.array(point.data.tensors["x"]) for point in at])
        for point in at:
            point.data.tensors["x"][...] = 0  # what a caller does to its points reaches no other
    assert samples._moved.cache_info().hits and spent[1] == spent[2] > 0
    assert found[1] and all(np.array_equal(a, b) for a, b in zip(*found[1:], strict=True))


@pytest.mark.parametrize(("line", "expected"), [
    (r"v^\top A = \lambda v^\top", "supported"), (r"v^\top A = v^\top", "refuted")])
def test_a_symmetric_matrix_stays_one_where_an_equation_holds(line, expected):
    assert sd.verify([line], "A: n n symmetric; v: n; lambda: scalar; A*v = lambda*v").lines[0].status == expected


@pytest.mark.parametrize(("by", "expected"), [("N_k", "supported"), ("N", "refuted")])
def test_what_is_0_over_0_where_an_equation_holds_refutes_nothing(by, expected):
    given = """N, K: size; n: index N; k: index K; x: N d; mu: K d; gamma: N K
Q = -1/2*sum_n sum_k gamma_{nk}*norm(x_n - mu_k)^2; N_k = sum_n gamma_{nk}"""
    line = rf"\frac{{\partial Q}}{{\partial \mu_k}} = 0 \Rightarrow \mu_k = \frac{{1}}{{{by}}}\sum_{{n=1}}^N\gamma_{{nk}}x_n"
    assert sd.verify([line], given).lines[0].status == expected


@pytest.mark.parametrize(("line", "expected"), [("(I - P)A = 0", "supported"), ("(I - P)A = A", "refuted")])
def test_an_inverse_that_a_definition_writes_down_is_no_condition_of_what_vanishes(line, expected):
    assert sd.verify([line], "A: m n; P = A*(A'*A)^{-1}*A'").lines[0].status == expected


@pytest.mark.parametrize(("line", "slip"), [
    (r"\sum_n (x_{nj} + \mu_j) = 0", "sign"), (r"\sum_j (x_{nj} - \mu_j) = 0", "summed over the wrong index"),
    (r"\sum_n (x_{nj} - y_j) = 0", None)])
def test_what_would_be_0_but_for_a_slip_is_not_imposed(line, slip):
    found = sd.verify([line], r"x: N d; y: d; mu_j = 1/N*sum_n x_{nj}").lines[0]
    assert (found.status, found.diagnosis) == ("refuted" if slip else "conditional", slip)


@pytest.mark.parametrize(("right", "status"), [("U^\\top SU", "supported"), ("2U^\\top SU", "refuted")])
def test_what_a_sentence_lets_be_is_never_wrong_beside_other_conditions(right, status):
    report = sd.verify(r"""Let $x_1,\dots,x_n\in\mathbb{R}^d$ and $S = \frac1n\sum_{i=1}^nx_ix_i^\top$,
and let $Su = \lambda u$.
Let $U\in\mathbb{R}^{d\times k}$ with $U^\top U = I_k$. Then
\[\frac1n\sum_{i=1}^n\|x_i-UU^\top x_i\|^2 = \operatorname{tr}(S)-\operatorname{tr}(@).\]
With the SVD $X = V\Sigma W^\top$ of $X\in\mathbb{R}^{n\times d}$,
\[X^\top X = W\Sigma^\top\Sigma W^\top.\]""".replace("@", right))
    assert [line.status for line in report.lines[2:4]] == ["noted", status], str(report)


def test_ones_repeat_a_column_of_sums():
    report = sd.verify([r"A = P\odot(G-\operatorname{rowsum}(P\odot G)\mathbf 1^\top)",
                        r"A_{ij} = P_{ij}(G_{ij}-\sum_kP_{ik}G_{ik})",
                        r"A_{ij} = P_{ij}(G_{ij}-\sum_kP_{kj}G_{kj})"], "P: n m; G: n m")
    assert [line.status for line in report.lines[1:]] == ["proved", "refuted"], str(report)


@pytest.mark.parametrize(("tie", "status"), [("$$p_i = e^{h_i}/\\sum_j e^{h_j}$$", "undecided"), ("", "proved")])
def test_a_derivative_by_what_an_imposed_equation_ties_to_its_body_is_not_said_to_be_zero(tie, status):
    text = rf"Let $h, r\in\mathbb{{R}}^n$. The objective is $J = \sum_i p_i r_i$." f"\n\n{tie}\n\n" \
        r"$$\frac{\partial J}{\partial h_k} = 0$$"
    assert sd.verify(text, "p: n").lines[-1].status == status


@pytest.mark.parametrize(("line", "status"), [
    (r"\phi'(a) = c a - b = 0 \implies a^* = b/c", "supported"), (r"\phi'(a) = c a - b = 0 \implies a^* = b c", "refuted"),
    (r"\phi'(a) = c a - b, \quad \phi'(a) = 0 \implies a^* = b c", "refuted"),
    (r"A x = y \implies \hat x = A^{-1} y", "supported"), (r"A x = y \implies \hat x = A^{-\top} y", "undecided")])
def test_what_a_mark_says_was_solved_for_is_no_definition_behind_an_arrow(line, status):
    text = rf"Let $\phi(a) = \tfrac12 c a^2 - b a$ with $c > 0$. \[ {line}. \]"
    assert sd.verify(text, "x, y: n; A: n n invertible").lines[-1].status == status
