"""An equation is a claim: what makes it a definition or a condition, what follows from what, and how notation is read."""

from __future__ import annotations

import json

import pytest

import symderiv as sd
from symderiv.referee import Line, Report, verify

ACCEPTED = ("proved", "supported")


def line(text: str, given: str) -> Line:
    return verify([text], given).lines[0]


def statuses(report: Report) -> list[str]:
    return [each.status for each in report.lines]


# ------------------------------------------------------------------ conclusions

@pytest.mark.parametrize(("above", "below", "given", "step"), [
    ("A x = B x", "A = B", "A, B: n n; x: n", "cancelled"),
    ("a b = a c", "b = c", "a, b, c: scalar", "cancelled"),
    ("a^2 = b^2", "a = b", "a, b: scalar", "root"),
    ("|a| = |b|", "a = b", "a, b: scalar", "not injective"),
    (r"\text{Assume } a^2 = b^2.", "a = b", "a, b: scalar", "root"),
    (r"x^\top y = x^\top z", "y = z", "x, y, z: n", "cancelled"),
])
def test_a_conclusion_that_does_not_follow_is_wrong_and_no_definition(above: str, below: str, given: str, step: str) -> None:
    report = verify([above, below], given)
    assert report.first_wrong == 1
    assert step in (report.lines[1].diagnosis or "")
    assert report.lines[1].counterexample is not None


@pytest.mark.parametrize(("text", "given"), [
    (r"a^2 = 1 \implies a = 1", "a: scalar"),
    (r"\sin a = \sin b \iff a = b", "a, b: scalar"),
    (r"a = b \iff a^2 = b^2", "a, b: scalar"),
    (r"\cos a = 1 \implies a = 0", "a: scalar"),
    (r"a b = 0 \implies a = 0", "a, b: scalar"),
    (r"(a-1)(a-2) = 0 \implies a = 1", "a: scalar"),
    (r"a^2 - 101a + 100 = 0 \implies a = 1", "a: scalar"),
    (r"(a-b)(a+b-30) = 0 \implies a = b", "a, b: scalar"),
    (r"\operatorname{relu}(a) = \operatorname{relu}(b) \implies a = b", "a, b: scalar"),
    (r"\operatorname{softmax}(x) = \operatorname{softmax}(y) \implies x = y", "x, y: 3"),
    (r"\|x\| = \|y\| \implies x = y", "x, y: n"),
    (r"\operatorname{tr}(A) = \operatorname{tr}(B) \implies A = B", "A, B: 2 2"),
    (r"\sum_i x_i = \sum_i y_i \implies x = y", "x, y: n"),
    (r"Ax = Ay \implies x = y", "A: 2 2; x, y: 2"),
    (r"a < b \implies a^2 < b^2", "a, b: scalar"),
    (r"a > b \implies 1/a < 1/b", "a, b: scalar"),
    (r"a > 0 \implies a > 1", "a: scalar"),
    (r"a \ge 1 \implies a > 1", "a: scalar"),
    (r"a > b \implies a c > b c", "a, b, c: scalar"),
    (r"a + b = c \implies a \le c", "a, b, c: scalar"),
    (r"a = b \implies a < b", "a, b: scalar"),
    (r"n < d \iff n + 2 \le d", "n, d: size"),
    (r"n \le d \implies n \le k", "n, d, k: size"),
    (r"n \le d \implies n^2 \le d^2", "n, d: integer"),
    (r"n + 2 p - k + 1 = n \implies p = \frac{k + 1}{2}", "n, k, p: size"),
    (r"a > b \iff a^2 > b^2", "a, b: scalar"),
])
def test_an_arrow_claims_that_its_end_follows(text: str, given: str) -> None:
    found = line(text, given)
    assert found.status == "refuted"
    assert found.diagnosis


@pytest.mark.parametrize(("text", "given"), [
    (r"a = b \implies a^2 = b^2", "a, b: scalar"),
    (r"a = b \implies a \le b", "a, b: scalar"),
    (r"a < b \implies a^3 < b^3", "a, b: scalar"),
    (r"a \ge 0 \implies a^2 \ge 0", "a: scalar"),
    (r"a^2 + b^2 = 1 \implies a b \le 1/2", "a, b: scalar"),
    (r"a c = b c,\ c \ne 0 \implies a = b", "a, b, c: scalar"),
    (r"c \ne 0,\ a c = b c \implies a = b", "a, b, c: scalar"),
    (r"n + k - 1 \le d \iff n \le d - k + 1", "n, k, d: size"),
    (r"n < d \iff n + 1 \le d", "n, d: size"),
    (r"\sum_{i<k} x_i + \sum_{i>k} x_i = \sum_{i\ne k} x_i", "x: n\nk: index n"),
    (r"\sum_{i\le k} x_i = \sum_{i<k} x_i + x_k", "x: n"),
    (r"n^2 = d^2 \implies n = d", "n, d: size"),
    (r"a = b \iff a + c = b + c", "a, b, c: scalar"),
    (r"a b = a c \implies b = c", "a, b, c: scalar; a != 0"),
    (r"a b = a c \implies b = c", "a, b, c: scalar; a > 0"),
    (r"e^a = e^b \iff a = b", "a, b: scalar"),
    (r"\tanh(x) = \tanh(y) \implies x = y", "x, y: n"),
    (r"Ax = Ay \implies x = y", "A: 2 2 invertible; x, y: 2"),
    (r"a^3 = 1 \implies a = 1", "a: scalar"),
    (r"2a - 60 = 0 \implies a = 30", "a: scalar"),
    (r"\sqrt{a} = 9 \implies a = 81", "a: scalar"),
])
def test_what_follows_is_accepted(text: str, given: str) -> None:
    assert line(text, given).status in ACCEPTED


def test_a_conclusion_may_stand_in_a_row_of_its_own() -> None:
    assert statuses(verify(["Ax = b", r"\Rightarrow x = A^{-1}b"], "A: n n invertible; x, b: n")) == ["noted", "proved"]
    report = verify(["a + c = b + c", "a = b", "a = 2b"], "a, b, c: scalar")
    assert statuses(report) == ["conditional", "supported", "refuted"]


@pytest.mark.parametrize(("text", "status"), [
    (r"a^2 \ne 2", "refuted"), (r"\sin a < 1", "refuted"), (r"\sin a > -1", "refuted"), (r"a \ne b", "refuted"),
    (r"a^2 - 3a + 9/4 > 0", "refuted"), (r"a^2 + 1 \ne 0", "supported"), (r"\tanh a < 1", "supported"),
    (r"e^{-a^2} > 0", "supported"), (r"e^a \ne 0", "supported"), (r"a \ne a + 1", "supported"),
])
def test_sides_that_meet_at_a_point_which_nobody_draws_are_not_apart(text: str, status: str) -> None:
    assert line(text, "a, b: scalar").status == status


# ------------------------------------------------------------------ definitions and conditions

@pytest.mark.parametrize(("text", "given"), [
    (r"\sum_{i=1}^{3} i = 7", ""), (r"\sum_{i=1}^n i = n(n-1)/2", "n: size"), (r"e_y^\top e_y = 2", "y: label m"),
    (r"\prod_{i=1}^3 i = 7", ""), (r"\delta_{ii} = 2", "n: size; i: index n"),
    (r"\operatorname{tr}(I_n) = n + 1", "n: size"), ("2 = 3", ""), (r"a^2 + 1 = 0", "a: scalar"),
])
def test_what_claims_something_is_not_noted(text: str, given: str) -> None:
    report = verify([text], given)
    assert report.lines[0].status == "refuted"
    assert report.exit_status == 1


def test_only_words_let_a_definition_come_after_its_use() -> None:
    use = r"\frac{dt}{dz} = 1 - t^2"
    assert statuses(verify([use, r"t = \tanh(z)"], "z: scalar")) == ["undeclared", "noted"]
    for later in (r"\text{where } t = \tanh(z)", r"t := \tanh(z)", r"\text{Let } t = \tanh(z)"):
        assert statuses(verify([use, later], "z: scalar")) == ["proved", "noted"]


def test_words_suppose_what_follows_is_tested_under() -> None:
    report = verify([r"\text{s.t. } w^\top w = 1", r"\|w\|^2 = 1", r"\|w\|^2 = 2"], "w: n")
    assert statuses(report) == ["noted", "supported", "refuted"]
    assert statuses(verify([r"\text{Suppose } a = b.", "a^2 = b^2"], "a, b: scalar")) == ["noted", "supported"]


# ------------------------------------------------------------------ gradients set to zero

LEAST_SQUARES = "X: n d; w: d; y: n; J = (y-X*w)'*(y-X*w)"


@pytest.mark.parametrize("imposed", [r"\text{Set to zero: } X^\top X w = X^\top y", r"0 = X^\top(y-Xw)",
                                     r"X^\top X w = X^\top y"])
def test_a_gradient_may_be_set_to_zero(imposed: str) -> None:
    report = verify([r"\nabla_w J = -2X^\top(y-Xw)", imposed, r"w = (X^\top X)^{-1}X^\top y"], LEAST_SQUARES)
    assert statuses(report) == ["proved", "conditional", "supported"]
    assert "declare" in report.lines[1].message and report.lines[1].suggestion in imposed


def test_what_is_not_the_gradient_set_to_zero_is_wrong() -> None:
    given = "x, b: n; A: n n symmetric; f = 1/2*x'*A*x - b'*x"
    report = verify([r"\nabla_x f = Ax - b", r"\text{Setting to zero, } Ax = -b"], given)
    assert statuses(report) == ["proved", "refuted"]
    chain = r"\nabla_x f = Ax - b = 0 \implies Ax = b \implies x = A^{-1}b"
    assert line(chain, given).status in ACCEPTED
    assert line(r"\nabla_x f = 0 \iff Ax = 2b", given).status == "refuted"


# ------------------------------------------------------------------ how notation is read

def test_one_reading_of_a_slash_holds_for_a_text() -> None:
    report = verify(["a/2b = a/(2b)", "a/2b = ab/2"], "a, b: scalar")
    assert sorted(each.status in ACCEPTED for each in report.lines) == [False, True]
    assert all(len(each.readings) == 2 and each.reading in str(report) for each in report.lines)
    alone = line("a/2b = a/(2b)", "a, b: scalar")
    assert alone.status in ACCEPTED and "in the whole text" in alone.note
    assert alone.reading == r"\frac{a}{2 b} = \frac{a}{2 b}"


def test_a_star_beside_a_trace_or_a_prime_is_the_product_of_matrices() -> None:
    given = "A: n n; B: n n; C: n n"
    assert line("tr(A*B*C) = tr(B*A*C)", given).status == "refuted"
    assert line("kron(A,B)*kron(C,A) = kron(A*C, A*B)", given).status == "refuted"
    assert line("tr(A*B*C) = tr(C*A*B)", given).status in ACCEPTED


@pytest.mark.parametrize(("text", "given"), [
    (r"One finds that $\sum_i e^{x_i} = e^{\sum_i x_i}$ and likewise $\|x\|^2 = \sum_i x_i$.", "x: n"),
    (r"Using $\log(1+u) \approx u$ we find $\log(1+e^{a}) = e^{a}$ for every $a$.", "a: scalar"),
    (r"Setting the derivative of $f(w) = w^2 - 4w + 7$ to zero gives $2w - 4 = 0$, so $w = 4$.", "w: scalar"),
    ("We have p = softmax(z), where z are the logits.\nIts rows sum to one: (diag(p) - p*p')*ones(n) = ones(n).", "z: n")])
def test_a_sentence_that_claims_something_wrong_is_found(text: str, given: str) -> None:
    assert verify(text, given).first_wrong is not None


def test_another_reading_with_another_verdict_is_shown() -> None:
    lines = [r"L = \log\sum_j e^{x_j}\sum_k p_k - p^\top x", r"\nabla_x L = \operatorname{softmax}(x) - p"]
    report = verify(lines, "x, p: n")
    gradient = report.lines[1]
    assert gradient.status in ACCEPTED
    assert "it would be wrong" in gradient.note
    assert {each.status for each in gradient.readings} == {gradient.status, "refuted"}
    told = json.dumps(report.to_json())
    assert "readings" in told and report.lines[0].readings[1].latex().replace("\\", "\\\\") in told
    assert "read as" in report._repr_html_() and "read as" in report.latex()


def test_a_line_says_how_it_was_read() -> None:
    assert line(r"\log a b = \log a + \log b", "a, b: scalar; a > 0; b > 0").reading.startswith(r"\log\left(a b\right)")
    found = line(r"\sum_i x_i + c = c + \sum_i x_i", "x: n; c: scalar")
    assert found.reading.startswith(r"\left( \sum_{i} x_{i} \right) + c")


def test_braces_around_signs_say_nothing() -> None:
    assert line("a {+1} = a", "a: scalar").status == "refuted"
    for text in ("a{-}b = a - b", "a{-b} = a - b", "a{=}a", "{-a}{-b} = -a - b", r"a\cdot{-b} = -ab"):
        assert line(text, "a, b: scalar").status == "proved", text
    assert line("2{3} = 6", "").status == "unread"


def test_a_cross_between_vectors_is_their_cross_product() -> None:
    given = "x, y: 3"
    assert line(r"x \times y = y \times x", given).status == "refuted"
    for text in (r"x \times y = -y \times x", r"(x\times y)_1 = x_2y_3 - x_3y_2", r"x^\top(x\times y) = 0"):
        assert line(text, given).status in ACCEPTED, text
    assert line(r"x \times y = y \times x", "x, y: n").status == "ill-typed"


def test_a_label_in_a_bracket_names_an_entry() -> None:
    given = "z: m; y: label m; p = softmax(z)"
    assert line("z[y] = z_y", given).status == "proved"
    assert line(r"-\log(p[y]) = \operatorname{cross\_entropy}(z, y)", given).status in ACCEPTED
    assert verify(["z[y] = z*y"], given).first_wrong == 0


def test_entries_of_derivatives_stand_in_brackets_and_in_the_order_that_is_declared() -> None:
    given = "x: n; W: m n; y = W*x; f: function of y"
    lines = [r"\frac{\partial y}{\partial x}[a,b] = W_{ab}", r"\frac{\partial y}{\partial x}[a,b] = W_{ba}",
             r"\frac{\partial f}{\partial x}[j] = \sum_i \frac{\partial f}{\partial y}[i] W[i,j]"]
    assert statuses(verify(lines, given)) == ["proved", "ill-typed", "proved"]
    other = given + r"; \frac{\partial y}{\partial x}[b,a] = \partial y[a]/\partial x[b]"
    assert line(r"\frac{\partial y}{\partial x}[i,k] = W_{ki}", other).status == "proved"
    assert line(r"\frac{\partial y}{\partial x}[i,k] = W_{ik}", other).status == "ill-typed"
    assert line(r"\sum_k W_{ik} \delta_{k = j, i = 2k} = W_{ij} \delta_{i = 2j}", given).status == "proved"


def test_a_product_over_a_range_is_a_product() -> None:
    given = "x: n"
    assert line(r"\prod_{i=1}^n x_i = \operatorname{prod}(x)", given).status in ACCEPTED
    assert line(r"\frac{\partial}{\partial x_k}\prod_{i=1}^n x_i = \prod_{i\neq k} x_i", given).status in ACCEPTED
    assert line(r"\prod_{i=1}^n x_i = x_1", given).status == "refuted"
    assert float(sd.evaluate(sd.parse(r"\prod_{i=1}^n x_i", given), x=[-2.0, 3.0])) == -6


def test_a_kink_is_looked_at_under_a_convention_too() -> None:
    found = line(r"\frac{d}{da}\max(0, a) = \mathbb{1}[a \ge 0]", "a: scalar")
    assert found.status == "conditional" and "0" in found.message


@pytest.mark.parametrize(("text", "right"), [
    (r"\sum_{i\ne j} a_{ij} = \sum_{i,j} a_{ij} - \operatorname{tr} a", True),
    (r"\sum_{i\ne j} x_i x_j = (\sum_i x_i)^2 - \sum_i x_i^2", True), (r"\sum_{j\ne i} x_j = \sum_j x_j - x_i", True),
    (r"\sum_{i\ne j} a_{ij} = \sum_i\sum_{j\ne i} a_{ij}", True), (r"\sum_{i\ne j} a_{ij} = \sum_{i,j} a_{ij}", False),
    (r"\sum_{i=1}^n\sum_{j=1}^i a_{ij} = \sum_{j=1}^n\sum_{i=1}^j a_{ij}", False),
    (r"\sum_{i=1}^n\sum_{j=1}^i x_j = \sum_{j=1}^n (n-j) x_j", False),
    (r"\prod_{i=1}^0 x_i + 1 = 2", True), (r"\prod_{i=3}^2 x_i = 0", False), (r"\prod_{i=2}^1 a = I", True),
    (r"\sum_i \delta_{ii} = n", True), (r"\sum_{i,j}\delta_{ij} = n^2", False),
    (r"\arg\max_i x_i = \operatorname{argmax}(x)", True), (r"\arg\max_i x_i = \operatorname*{arg\,min}_k (-x_k)", True),
    (r"\argmax_i x_i = \arg\min_i x_i", False), (r"\max_{i,j} a_{ij} = \max_i\max_j a_{ij}", True),
])
def test_what_big_signs_run_over(text: str, right: bool) -> None:
    assert (line(text, "x: n; a: n n").status in ACCEPTED) == right
    assert right or line(text, "x: n; a: n n").status == "refuted"


@pytest.mark.parametrize("text", [r"\nabla_X \operatorname{tr}(e^X) = e^{X^\top}", r"\log P = \log P", r"\sqrt P\sqrt P = P",
                                  r"P^{1/2}P^{1/2} = P", r"\sin(X) = \sin X", r"P^{-1/2} = P^{-1/2}"])
def test_a_function_of_a_square_matrix_waits_for_a_declaration(text: str) -> None:
    found = line(text, "X, P: n n")
    assert found.status == "undeclared"
    assert ":" in (found.suggestion or "")


def test_functions_of_square_matrices_are_what_is_declared() -> None:
    given = "X, P: n n; Y: m n; exp: entrywise; sqrt: entrywise"
    for text in (r"\exp(X)_{ij} = e^{X_{ij}}", r"\sqrt{P}_{ij} = \sqrt{P_{ij}}", r"e^Y = \exp(Y)"):
        assert line(text, given).status == "proved", text


def test_a_missing_name_is_named_at_its_root() -> None:
    report = verify([r"L = -\log\sigma(\beta a)", r"\frac{dL}{da} = \beta(\sigma(\beta a) - 1)"], "x: n")
    assert all(each.status == "undeclared" and "sigma is not declared" in each.message for each in report.lines)
    assert all("sigma: sigmoid" in (each.suggestion or "") for each in report.lines)


def test_what_holds_where_both_sides_have_a_value_is_conditional() -> None:
    assert line(r"\log(ab) = \log a + \log b", "a, b: scalar").status == "conditional"
    assert line(r"\log(ab) = \log a + \log b", "a, b: scalar; a > 0; b > 0").status in ACCEPTED


@pytest.mark.parametrize("line, given, expected", [
    ("100000000 = 100000001", None, "refuted"), ("2147483648 = 2147483648", None, "proved"),
    ("12345678901234567890 = 12345678901234567891", None, "refuted"),
    (r"128 \cdot 128 \cdot 64 \cdot 512 = 536870917", None, "refuted"),
    ("10000000000 x = 10000000001 x", "x: n", "refuted"), (r"\operatorname{relu}(x + 9) = x + 9", "x: scalar", "refuted"),
    (r"\tanh(x + 20) = 1", "x: scalar", "refuted"),
])
def test_numbers_are_compared_as_they_are_and_claims_beyond_the_usual_magnitudes(line, given, expected):
    assert sd.verify([line], given).lines[0].status == expected


# ------------------------------------------------------------------ numbers, large sums and inequalities

@pytest.mark.parametrize(("text", "status"), [
    (r"\sum_{i=1}^{100000} i^2 = 7", "refuted"), (r"\sum_{i=1}^{100000} i^2 = 333338333350000", "supported"),
    (r"\sum_{i=0}^{100} 2^i = 2^{101}", "refuted"), (r"\sum_{i=0}^{100} 2^i = 2^{101} - 1", "supported"),
    (r"\sum_{i=1}^{1000}\sum_{j=1}^{1000} i j = 250500250001", "refuted"),
    (r"\sum_{i=1}^{100000} i a = 5000050001 a", "refuted"), (r"e^{\pi\sqrt{163}} = 262537412640768744", "refuted"),
    (r"10^{10} a = 10^{10} a + 1", "refuted"), ("10^{300} x = 10^{300} x + x", "refuted"),
])
def test_numbers_of_any_size_are_compared(text: str, status: str) -> None:
    assert line(text, "a: scalar; x: n").status == status


@pytest.mark.parametrize("text", ["a < a", "a^2 + b^2 > 2ab", r"a \le a - 10^{-9}", r"a \ne b",
                                  r"\|x + y\| < \|x\| + \|y\|"])
def test_an_inequality_that_fails_where_sides_meet_is_wrong(text: str) -> None:
    assert line(text, "a, b: scalar; x, y: n").status == "refuted"


def test_what_fails_for_arrays_of_zeros_alone_is_conditional() -> None:
    found = line(r"\|x\| > 0", "x: n")
    assert found.status == "conditional" and "arrays are 0" in found.message


@pytest.mark.parametrize("text", [r"\|x\| \ge 0", r"a^2 + b^2 \ge 2ab", "a < a + 10^{-9}", "e^{-a^2} > 0", r"\tanh(a)^2 < 1",
                                  r"\|x + y\| \le \|x\| + \|y\|",
                                  r"\sum_i e^{x_i} y_i^2 \sum_i e^{x_i} \ge (\sum_i e^{x_i} y_i)^2"])
def test_an_inequality_that_holds_is_accepted_however_close_its_sides_are(text: str) -> None:
    assert line(text, "a, b: scalar; x, y: n").status == "supported"


# ------------------------------------------------------------------ rows that go on, and rows that do not

def test_a_row_that_starts_with_a_sign_goes_on_unless_it_is_an_equation_with_a_minus() -> None:
    given = "x, y, z: n; u: m; k: label m"
    assert statuses(verify([r"x^\top(y + z) = x^\top y", r"+ x^\top z"], given)) == ["proved", "noted"]
    assert statuses(verify([r"x^\top(y - z) = x^\top y", r"- x^\top z"], given)) == ["proved", "noted"]
    assert statuses(verify(["u[k] = u_k", "-log(softmax(u)[k]) = cross_entropy(u,k)"], given)) == ["proved", "proved"]


@pytest.mark.parametrize("text", [r"\text{Hence } a = b", r"a/a = 1", "(a+b)/(a+b) = 1"])
def test_a_conclusion_from_nothing_and_a_quotient_that_cancels_are_not_simply_accepted(text: str) -> None:
    assert line(text, "a, b: scalar").status == "conditional"


@pytest.mark.parametrize(("text", "given", "status"), [
    (r"\det(e^A) = e^{\operatorname{tr} A}", "A: n n; exp: matrix exponential", "supported"),
    (r"e^{A^T} = (e^A)^T", "A: 2 2; exp: matrix function", "supported"),
    (r"e^A e^B = e^{A+B}", "A, B: n n; exp: matrix exponential", "refuted"),
    (r"\sqrt[3]{P} = P", "P: n n; sqrt: matrix root", "unread"),
])
def test_functions_of_whole_matrices_where_they_are_declared(text: str, given: str, status: str) -> None:
    assert line(text, given).status == status


def test_a_function_of_a_square_matrix_offers_both_meanings() -> None:
    assert line(r"\det(e^A) = e^{\operatorname{tr} A}", "A: n n").suggestion == "exp: entrywise, or exp: matrix function"


def test_who_says_how_something_is_distributed_takes_means_of_it_and_of_nothing_else() -> None:
    given = "x: n; p: scalar; m: random n bernoulli(p) independent; s = sum_i m_i*x_i"
    assert statuses(verify([r"\mathbb{E}[ps] = p^2 \sum_i x_i", r"\mathrm{Var}[s] = p(1-p) \sum_i x_i^2",
                            r"\mathbb{E}_m[s^2] = p(1-p) \sum_i x_i^2"], given)) == ["proved", "supported", "refuted"]


def test_a_label_is_not_the_last_one_at_all_points() -> None:
    found = line(r"\nabla_A Q_a = e_a - \mathbf 1", "A: K; a: label K; Q_k = A_k - 1/K*sum_j A_j")
    assert (found.status, found.diagnosis) == ("refuted", "1/K lost")


def test_kronecker_stands_beside_a_number_of_his_letter() -> None:
    assert line(r"\frac{\partial \delta x_i}{\partial x_j} = \delta\delta_{ij}", "delta: scalar; x: n").status == "proved"


def test_a_jacobian_in_front_of_a_column_is_applied_to_it() -> None:
    given = "z, a: n; W: n n; f = tanh(W*z); H = a'*f"
    assert line(r"\nabla_z H = \frac{\partial f}{\partial z} a", given).status == "conditional"
    assert line(r"\nabla_z H = \left(\frac{\partial f}{\partial z}\right)^\top a", given).status == "proved"


def test_who_names_the_derivative_of_a_function_means_any_function() -> None:
    given = "x: n; W: m n; y = W*x; L: function of y"
    text = r"\frac{\partial L}{\partial x} = W^\top y"
    assert line(text, given).status == "undeclared"
    assert line(text, rf"{given}; g = \partial L/\partial y").status == "refuted"
