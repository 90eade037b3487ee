"""What a line may mean by how it is written is tried before it is called wrong; no wrong line becomes right by it."""

from __future__ import annotations

import pytest

from symderiv.referee import verify

ACCEPTED = ("proved", "supported")

MLP = r"x: d; y: K one-hot; W_1: h d; W_2: K h; z = W_1*x; a = tanh(z); p = softmax(W_2*a); L = cross_entropy(W_2*a, y)"

# (a line that is right as people mean it, what is declared, the same line with a slip)
LINES = [
    pytest.param(r"\frac{\partial L}{\partial x} = W^\top ((W^\top(p-y))\odot(1-a\odot a))", MLP,
                 r"\frac{\partial L}{\partial x} = W^\top ((W^\top(p-y))\odot(1-a))", id="a name without its number"),
    pytest.param(r"\frac{\partial L}{\partial a} = W^\top(p-y)", MLP,
                 r"\frac{\partial L}{\partial a} = W(p-y)", id="a name without its number that does not conform"),
    pytest.param(r"v = y - u", "y: N; i: index N; x_i: n; w: n; u = tanh(w'*x_i); v = y_i - u",
                 r"v = y + u", id="a vector that is added for its entry"),
    pytest.param(r"\frac{\partial f_{ij}}{\partial W_{kl}} = \delta_{ik}x_{2j+l}",
                 "x: 5; W: 1 3; indices: from 0; f_{ij} = sum_{l=0}^{2} W_{il}*x_{2*j+l}",
                 r"\frac{\partial f_{ij}}{\partial W_{kl}} = \delta_{ik}x_{j+l}", id="2j + l stays on its axis"),
    pytest.param(r"a_i b_i + c_j d_j = a^\top b + c^\top d", "a, b, c, d: n; summation: einstein",
                 r"a_i b_i + c_j b_j = a^\top b + c^\top d", id="an implied sum belongs to its term"),
    pytest.param(r"x_i\left[y_i - z_k w_k\right] = x^\top y - (z^\top w)\sum_i x_i", "x, y, z, w: n; summation: einstein",
                 r"x_i\left[y_i + z_k w_k\right] = x^\top y - (z^\top w)\sum_i x_i", id="within its bracket"),
    pytest.param(r"p_i = \frac{e^{z_i}}{e^{z_m}}", "z: n; p = softmax(z); summation: einstein",
                 r"p_i = \frac{e^{2 z_i}}{e^{z_m}}", id="below the bar"),
    pytest.param(r"u_i = \sigma(W_{ij}x_j)", "W: m n; x: n; sigma: sigmoid; u = sigma(W*x); summation: einstein",
                 r"u_i = \sigma(W_{ij})x_j", id="within the argument of a function"),
    pytest.param(r"\frac{\partial}{\partial C}(a-b)^\top C (a-b) = (a-b)(a-b)^\top", "a, b: n; C: n n",
                 r"\frac{\partial}{\partial C}(a-b)^\top C (a-b) = (a-b)(a+b)^\top", id="how far an operator reaches"),
    pytest.param(r"\frac{d}{da^Tx}g(a^Tx) \frac{d}{dx}a^Tx = g'(a^Tx)a", "a, x: n; g: function",
                 r"\frac{d}{da^Tx}g(a^Tx) \frac{d}{dx}a^Tx = g'(a^Tx)x", id="an operator ends before the next"),
    pytest.param(r"d(y^\top y)\Big|_{y=Wx+b} = 2y^\top dy\Big|_{y=Wx+b}", "x: n; y: m; W: m n; b: m; d: differential",
                 r"d(y^\top y)\Big|_{y=Wx+b} = y^\top dy\Big|_{y=Wx+b}", id="a value put in below a d"),
    pytest.param(r"\frac{\partial L}{\partial V} = P^\top d\mathbf{O}",
                 r"P: N N; V: N h; O = P*V; L: function of O; dO = \partial L/\partial O",
                 r"\frac{\partial L}{\partial V} = P d\mathbf{O}", id="a declared gradient in another font"),
    pytest.param(r"J = \mathrm{CrossEntropy}(y, \hat y)", r"z: n; y: n; \hat y = softmax(z); J = -sum_i y_i*log(\hat y_i)",
                 r"J = 2\,\mathrm{CrossEntropy}(y, \hat y)", id="the cross entropy of probabilities"),
    pytest.param(r"d\mu = 2\beta^\top d\beta", "beta: d; mu = beta'*beta; d: differential",
                 r"d\mu = \beta^\top d\beta", id="a size that is called d"),
    pytest.param(r"\frac{\partial s(x)_i}{\partial x_i} = s(x)_i - s(x)_i^2", "x: n; s = softmax(x)",
                 r"\frac{\partial s(x)_i}{\partial x_i} = s(x)_i + s(x)_i^2", id="a value that is called"),
    pytest.param(r"\frac{\partial o_j}{\partial z_i} = -o_j o_i", "z: p; o = softmax(z); i, j: index p; i != j",
                 r"\frac{\partial o_j}{\partial z_i} = o_j o_i", id="a declared condition on letters"),
    pytest.param(r"\frac{\partial}{\partial X}\operatorname{tr}(XA) = A_{lk}", "X, A: n n",
                 r"\frac{\partial}{\partial X_{kl}}\operatorname{tr}(XA) = A", id="an entry for its matrix"),
    pytest.param(r"g = g + W^\top d", "x: n; W: m n; y = W*x; L: function of y; d = \\partial L/\\partial y; "
                 "g = \\partial L/\\partial x", r"g = g + 2 W^\top d", id="an assignment that adds"),
    pytest.param(r"\sum e^z = \sum_i e^{z_i}", "z: n", r"\sum e^z = \sum_i e^{2z_i}", id="a sum over all entries"),
    pytest.param(r"(A + b\mathbf 1^\top)C = AC + b(C^\top\mathbf 1)^\top", "A: m n; b: m; C: n k",
                 r"(A + b\mathbf 1^\top)C = AC + bC^\top\mathbf 1", id="as many columns as are needed"),
    pytest.param(r"\frac{e}{1+e} \approx 0.731", "x: n", r"\frac{e}{1+e} = 0.731", id="printed digits"),
    pytest.param(r"\tanh(x) = 1 - \frac{2e^{-x}}{e^{-x} \cdot (e^{2x} + 1)}", "x: n",
                 r"\tanh(x) = 1 - \frac{e^{-x}}{e^{-x} \cdot (e^{2x} + 1)}", id="a dot between values below an array"),
    pytest.param(r"x^\top(y - z)) = x^\top y - x^\top z", "x, y, z: n", r"x^\top(y - z)) = x^\top y + x^\top z",
                 id="a bracket that closes nothing"),
]


@pytest.mark.parametrize(("line", "given", "slip"), LINES)
def test_a_line_is_read_as_it_is_meant_and_a_slip_stays_one(line: str, given: str, slip: str) -> None:
    report = verify([line, slip], given)
    assert report.lines[0].status in ACCEPTED, report
    assert report.lines[1].status not in ACCEPTED, report


def test_a_bracket_that_closes_nothing_is_told_with_its_place_and_makes_nothing_wrong() -> None:
    right, meant, defined = verify([r"\|x\|^2 = x^\top x))", "2 x + y) = 2 (x + y)", "z := x + y) c"],
                                   "x, y: n; c: scalar").lines
    assert right.status == "proved" and "')' at line 1, column 19" in right.notes[-1]
    assert meant.status == defined.status == "unread" and "line 2, column 8: ')' closes nothing" in meant.message


def test_a_bare_nabla_is_by_what_one_above_is_by() -> None:
    given = "w: d; X: n d; y: n; lambda: scalar\nlambda > 0\nJ = norm(y - X*w)^2 + lambda*norm(w)^2"
    lines = [r"\nabla J = -2X^\top(y - Xw) + 2\lambda w",
             r"\nabla J = 0 \Rightarrow w = (X^\top X + \lambda I)^{-1}X^\top y",
             r"\nabla^2 J = 2X^\top X + \lambda I"]
    found = verify(lines, given).lines
    assert [x.status for x in found] == ["proved", "supported", "refuted"]
    assert found[2].diagnosis == "factor 2 lost"


def test_a_row_that_starts_with_a_sign_goes_on() -> None:
    rows = r"f &= a^\top a \\ - \sum_{j=1}^n c_j \\ &= \sum_j (a_j^2 - c_j)"
    report = verify(rows, "a, c: n; f = a'*a - sum_j c_j")
    assert [line.status for line in report.lines] == ["proved", "noted", "proved"]
    wrong = verify(rows.replace("- \\sum", "+ \\sum"), "a, c: n; f = a'*a - sum_j c_j")
    assert wrong.first_wrong == 0


def test_a_layout_is_taken_for_the_whole_text_or_not_at_all() -> None:
    given = "A, B: m n; x: n"
    both = verify([r"\frac{\partial Ax}{\partial x} = A^\top", r"\frac{\partial Bx}{\partial x} = B^\top"], given)
    assert [line.status for line in both.lines] == ["proved", "proved"]
    assert "in the whole text" in both.lines[0].note
    mixed = verify([r"\frac{\partial Ax}{\partial x} = A", r"\frac{\partial Bx}{\partial x} = B^\top"], given)
    assert mixed.first_wrong == 1
    assert verify([r"\frac{\partial Ax}{\partial x} = A^\top"], given).lines[0].status == "conditional"


def test_a_declared_layout_holds_for_numbers_by_matrices() -> None:
    report = verify([r"\frac{d \operatorname{tr}(AX)}{dX} = A", r"\frac{d \operatorname{tr}(AX)}{dX} = A^\top"],
                    "A, X: n n; layout: numerator")
    assert [line.status for line in report.lines] == ["proved", "refuted"]


def test_a_sum_from_zero_says_where_indices_start() -> None:
    lines = [r"u = \frac1N\sum_{j=0}^{N-1} x_j^2", r"\frac{\partial u}{\partial x_i} = \frac{2x_i}{N}"]
    assert verify(lines, "x: N").lines[1].status == "proved"


def test_sides_of_different_shapes_are_wrong() -> None:
    report = verify([r"\frac{\partial}{\partial X}\operatorname{tr}(X^{-1}) = \operatorname{tr}(X^{-1})^2"],
                    "X: n n invertible")
    assert (report.first_wrong, report.lines[0].status, report.lines[0].diagnosis) == (0, "ill-typed", "shape")


def test_what_holds_off_the_diagonal_only_is_conditional() -> None:
    line = verify([r"\frac{\partial o_j}{\partial z_i} = -o_j o_i"], "z: p; o = softmax(z)").lines[0]
    assert line.status == "conditional"
    assert "≠" in line.message


def test_a_column_in_front_of_a_jacobian_lacks_its_transpose() -> None:
    given = "U: d V; v: d; g: V; theta = U'*v; L = g'*theta"
    lines = [r"\frac{\partial L}{\partial v} = g\frac{\partial \theta}{\partial v}",
             r"\frac{\partial L}{\partial v} = g^\top\frac{\partial \theta}{\partial v}"]
    report = verify(lines, given)
    assert report.first_wrong == 0
    assert report.lines[1].status in ACCEPTED


def test_diag_of_an_entry_is_that_of_its_vector() -> None:
    given = "X: N D; y: N; w: D; mu = sigmoid(X*w)"
    lines = [r"\frac{\partial}{\partial w}X^T(\mu-y) = X^T\mathrm{diag}(\mu_i(1-\mu_i))X",
             r"\frac{\partial}{\partial w}X^T(\mu-y) = X^T\mathrm{diag}(\mu_i(1+\mu_i))X"]
    report = verify(lines, given)
    assert [line.status in ACCEPTED for line in report.lines] == [True, False]


@pytest.mark.parametrize(("right", "slip", "suggestion"), [
    (r"Aw + A^\top w - b", "a term lost", r"Aw + A^\top w - b + 2 \lambda w"),
    (r"Aw + A^\top w - b - 2\lambda w", "sign", r"Aw + A^\top w - b + 2\lambda w"),
    (r"Aw + A^\top w - b + 4\lambda w", "factor 2 too many", r"Aw + A^\top w - b + 2\lambda w"),
    (r"Aw + A^\top w - 2b + 2\lambda w", "factor 2 too many", r"Aw + A^\top w - b + 2\lambda w"),
    (r"Aw + A^\top w - b + 2\lambda w + w", "a term too many", r"Aw + A^\top w - b + 2\lambda w"),
    (r"b - Aw - A^\top w - 2\lambda w", "sign", r"Aw - b + A^\top w + 2\lambda w"),
])
def test_a_slip_in_one_term_is_found_and_written_as_a_person_would(right: str, slip: str, suggestion: str) -> None:
    given = "A: n n; b: n; lambda: scalar; w: n; J = w'*A*w - b'*w + lambda*w'*w"
    line = verify([rf"\nabla_w J = {right}"], given).lines[0]
    assert (line.status, line.diagnosis, line.suggestion) == ("refuted", slip, suggestion)


def test_a_size_lost_in_one_term_has_its_name() -> None:
    given = "x: n; g: n; r = sqrt(1/n*sum_i x_i^2); y = g.*x/r; L: function of y; u = \\partial L/\\partial y"
    line = verify([r"\frac{\partial L}{\partial x} = \frac{1}{r} g\odot u - \frac{x}{r^3}\left(x^\top(g\odot u)\right)"],
                  given).lines[0]
    assert (line.status, line.diagnosis) == ("refuted", "1/n lost")
