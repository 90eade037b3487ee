"""Statuses are earned: kinks, thresholds, saturation and domains decide, conditions are named, assumptions are used."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import And, Eq, Integer, Ne, Or, expand, floor, log, pi, prod, sqrt

import symderiv as sd
import symderiv.differentiation.engine as engine
import symderiv.proof.disagreement as disagreement
from symderiv.errors import DeclarationError, InternalDisagreement

m, n, N = sd.dims("m n N")
a, b, c, x, y = sd.tensor("a"), sd.tensor("b"), sd.tensor("c"), sd.tensor("x", n), sd.tensor("y", n)
A, (i, j) = sd.tensor("A", n, n), sd.indices("i j", n)
ks, positive = sd.label("ks", n, shape=(n,)), sd.tensor("q", positive=True)
SIX = (n - 1) * (n - 2) * (n - 3) * (n - 4) * (n - 5) * (n - 6)

FALSE = {
    "beyond a clip": (sd.relu6(a), sd.relu(a)), "beyond a kink": (abs(a + 9), a + 9), "saturated": (sd.tanh(a + 20), 1),
    "saturated beyond fifty digits": (sd.tanh(a + 60), 1), "of small weight": (a / 10**10, 0),
    "nearly one coefficient": (100000000 * x, 100000001 * x), "small sizes alone": (SIX * a, 0),
    "beyond a floor": (floor(n / 9) * a, 0), "far beyond a floor": (floor(n / 500) * a, 0),
    "a range that begins late": (sd.Sum(x[i], (i, 8, n)), 0), "two numbers": (100000000, 100000001),
    "numbers of many digits": (sqrt(2), Integer(665857) / 470832), "an entry of a vector": (sd.abs(x + 7), x + 7),
    "underflow": (sd.exp(-100 - a**2), 0), "beyond a size": (sd.sum(x) * floor(n / 11), 0),
    "beyond what ranges reach together": (sd.Sum(sd.Sum(x[j], (j, i, i + 20)), (i, 1, 1)), sd.sum(x)),
    "whole numbers alone": (sd.sin(pi * a), 0), "whole numbers, with poles between": (b * sd.tan(pi * a)**2, 0),
    "nearly one factor, and 0 at whole numbers": (sd.sin(2 * pi * a) * (1 + 1 / Integer(10)**6), sd.sin(2 * pi * a)),
    "equal entries alone": (sd.var(x), sd.sum((x - sd.mean(x))**2) / (n + 1)),
    "beyond fifty digits": (10**300 * x, 10**300 * x + x), "a long sum": (sd.Sum(i**2, (i, 1, 10**9)), 7),
    "a bump beside a line": (sd.relu(1 - 10**8 * (a - b - 7)**2), 0 * a),
    "near 0 alone": (sd.relu(1 - 10**6 * abs(a)), 0 * a),
    "a bump of an array": (sd.relu(1 - 10**6 * (x @ y - 77)**2), 0 * a), "on a line alone": (sd.sign(a - b - 7)**2, a**0),
    "between two lines": (sd.where(a > b + 55, 1, 0) * sd.where(a < b + 55 + Integer(1) / 1000, 1, 0), 0 * a),
    "where no float is": (sd.relu(sd.sigmoid(a) - 1 + Integer(10)**-30) * a, 0 * a),
    "beside what is large": (4**n * a, 2**(2*n) * a + floor(n / 31) * a),
    "beyond an exponent": (sd.relu(2**n * sd.tanh(a) - 10**8) * a, 0 * a),
    "a label of three": (sd.tensor("u", 3)[sd.label("k", 3)], sd.tensor("u", 3)[3]),
    "a label of nine": (sd.delta(sd.label("k", 9), 5) * a, 0 * a),
    "two labels": (sd.delta(sd.label("k", 7), 4) * sd.delta(sd.label("l", 7), 5) * a, 0 * a),
    "a late label": (sd.iverson(sd.label("k", n) > 7) * a, 0 * a),
    "two labels far apart": (sd.Sum(sd.delta(sd.label("k", n), i) * sd.delta(sd.label("l", n), i + 6), i) * a, 0 * a),
    "two labels at the same time": (sd.iverson(sd.label("k", n) + 2 * sd.label("l", n) <= 4) * sd.delta(
        sd.label("k", n), sd.label("l", n) + 1) * a, 0 * a),
    "three entries of one class": (sd.delta(ks[1], 4) * sd.delta(ks[2], 4) * sd.delta(ks[3], 4) * a, 0 * a),
    "many entries of one class": (sd.relu(sd.Sum(sd.delta(ks[j], 4), (j, 1, n)) - 2) * a, 0 * a),
    "two sizes at the same time": (sd.delta(n, m) * sd.delta(m, N) * sd.delta(N, 11) * a, 0 * a),
    "sizes together beyond a floor": (floor((n + m + N) / 90) * a, 0 * a),
    "at a logarithm alone": (sd.relu(1 - 10**9 * (sd.log(positive) - 6)**2) * a, 0 * a),
    "beyond two kinks": (sd.relu(a - 10**5) * sd.relu(b - 10**5), 0 * a),
    "at two numbers at the same time": (sd.relu(1 - 10**6 * abs(a - b - 77)) * sd.relu(1 - 10**6 * abs(b + 55)), 0 * a),
    "at a root alone": (sd.relu(1 - 10**7 * abs(sd.sqrt(positive) - 11)) * a, 0 * a),
    "at a determinant alone": (sd.relu(1 - 10**7 * abs(sd.det(sd.tensor("M", 2, 2, symmetric=True)) - 8)) * a, 0 * a),
}


@pytest.mark.parametrize("claim", FALSE.values(), ids=FALSE)
def test_what_is_false_beyond_the_nearest_points_is_refuted(claim):
    verdict = sd.prove(*claim)
    assert verdict.status == "refuted", verdict.evidence
    assert verdict.counterexample is not None


def test_what_is_false_at_a_number_that_no_float_is_has_no_support():
    verdict = sd.prove(sd.sign(abs(sd.log(positive) - 6)), 1 + 0 * positive)
    assert verdict.status == "undecided" and "403.4" in verdict.evidence
    elsewhere = sd.prove(sd.sign(sd.log(positive) - 6)**2, 1 + 0 * positive, assuming=[Ne(sd.log(positive), 6)])
    assert elsewhere.status == "supported"
    assert sd.prove(sd.sign(sd.log(positive) - 6), sd.sign(2 * sd.log(positive) - 12)).status in ("proved", "supported")


CONDITIONAL = {
    "a quotient of numbers": ((a**2 - 49) / (a - 7), a + 7, (Ne(a - 7, 0),), "a - 7 ≠ 0"),
    "a point of a function": ((sd.exp(2*a) - 1) / (sd.exp(a) - 1), sd.exp(a) + 1, (Ne(sd.exp(a) - 1, 0),), "exp(a) - 1 ≠ 0"),
    "a logit": (sd.sigmoid(sd.logit(a)), a, (a > 0, 1 - a > 0), "a > 0 and 1 - a > 0"),
    "log of a product": (sd.log(a * b), sd.log(a) + sd.log(b), (a > 0, b > 0), "a > 0 and b > 0"),
    "log of a square": (sd.log(a**2), 2 * sd.log(a), (a > 0,), "a > 0"),
    "inverse of a tangent": (sd.arctan(sd.tan(a)), a, (abs(a) < pi / 2,), "|a| < π/2"),
    "root of a square": (sd.sqrt(a**2), a, (a >= 0,), "a ≥ 0"),
    "sign squared": (sd.sign(a)**2, 1, (Ne(a, 0),), "a ≠ 0"),
    "a quotient cancelled": (x / x, sd.ones(n), (Ne(x, 0),), "x ≠ 0 in every entry"),
    "an exponential of a log": (sd.exp(sd.log(x)), x, (x > 0,), "x > 0 in every entry"),
    "an inverse": (sd.inv(A) @ A, sd.eye(n), (Ne(sd.det(A), 0),), "A is invertible"),
    "three logs": (sd.log(a * b * c), sd.log(a) + sd.log(b) + sd.log(c), (a > 0, b > 0, c > 0), "c > 0"),
    "two roots": (sd.sqrt(a * b), sd.sqrt(a) * sd.sqrt(b), (a >= 0, b >= 0), "a ≥ 0 and b ≥ 0"),
}


@pytest.mark.parametrize(("left", "right", "conditions", "words"), CONDITIONAL.values(), ids=CONDITIONAL)
def test_a_condition_is_named_and_with_it_the_claim_is_believed(left, right, conditions, words):
    verdict = sd.prove(left, right)
    assert verdict.status == "conditional" and not verdict
    assert verdict.conditions == conditions
    assert words in verdict.evidence
    assert sd.prove(left, right, assuming=conditions).status in ("proved", "supported")


TRUE = [
    (abs(b), b, [b > 0]), (abs(b), b, [b >= 1]), (abs(b), b, b > 0), (abs(b), b, [And(a > 0, b > 0)]),
    (abs(b), b, [~(b <= 0)]), (abs(b), -b, [b < 0]), (sd.abs(x), x, [x[i] > 0]), (sd.clip(a, -1, 1), a, [abs(a) < 1]),
    (sd.sign(a - b)**2, 1, [Ne(a, b)]), (abs(a), a, [a > b, b > 0]), (a, b, [Eq(a, b)]),
    (sd.sum(x), 1, [Eq(sd.sum(x), 1)]),
    (floor(n / 9) * a, 0 * a, [n < 9]), (sd.relu(x), x, [x >= 0]), (abs(sd.sum(x)), sd.sum(x), [sd.sum(x) > 0]),
]


def test_a_label_of_few_sizes_is_more_than_one():
    label = sd.label("k", n)
    assert sd.prove(x[label], x[1], assuming=[n <= 2]).status == "refuted"
    first = sd.delta(label, 1) * x[1] + sd.delta(label, 2) * x[2]
    assert sd.prove(x[label], first, assuming=[n <= 2]).status in ("proved", "supported")


def test_a_size_at_which_a_branch_is_first_taken_must_be_reached():
    assert sd.prove(floor(log(n + 1) / 4) * a, 0 * a).status == "undecided"


@pytest.mark.parametrize("claim", [
    (sd.relu(a - 2) * sd.relu(2 - a), 0 * a), (sd.relu(a * b - 7) * sd.relu(7 - a * b), 0 * a),
    (sd.where(a > b + 55, a - b - 55, 0), sd.relu(a - b - 55)), (sd.sign(a - b) * abs(a - b), a - b)], ids=str)
def test_what_is_true_where_expressions_branch_is_believed(claim):
    assert sd.prove(*claim).status in ("proved", "supported")


@pytest.mark.parametrize(("left", "right", "assuming"), TRUE, ids=str)
def test_assumptions_are_used(left, right, assuming):
    assert sd.prove(left, right, assuming=assuming).status in ("proved", "supported")


@pytest.mark.parametrize("assuming", [["b > 0"], [a != b], [Or(a > 0, b > 0)], [Eq(a**2, 1)], [b > 0, b < 0],
                                      [b > 2, b < 1]],
                         ids=str)
def test_assumptions_that_cannot_be_used_are_refused(assuming):
    with pytest.raises(DeclarationError):
        sd.prove(abs(b), b, assuming=assuming)


def test_assumptions_reach_derivatives_and_their_checks():
    d = sd.derive(sd.log(b) * a, b, assuming=[b > 0])
    assert d.conditions == (b > 0,) and d.status == "proved" and d.check().ok
    assert d.closed.free_symbols == {a, b}


def test_an_interval_refutes_with_certainty_and_is_named():
    assert "interval arithmetic" in sd.prove(sd.tanh(a), sd.sin(a)).evidence


def test_large_numbers_are_compared_exactly():
    assert sd.prove(2147483648, 2147483648).status == "proved"
    assert sd.prove(10**40 * x, (10**40 + 1) * x).status == "refuted"
    assert sd.prove(n**20 * a, n**20 * a + a - a).status == "proved"


def test_a_closed_form_that_numbers_refute_does_not_leave(monkeypatch):
    monkeypatch.setattr(engine, "close", lambda *read: 3 * x)
    loss = sd.sum(x**2)
    with pytest.raises(InternalDisagreement):
        str(sd.derive(loss, x))
    monkeypatch.setattr(disagreement, "STRICT", False)
    d = sd.derive(loss, x)
    assert not d.is_closed and any("refuted" in note for note in d.notes)
    np.testing.assert_allclose(d.numpy()(x=np.array([1.0, 2.0])), [2, 4])


def test_a_proof_that_numbers_contradict_is_undecided_and_shows_both(monkeypatch):
    from symderiv import numeric

    differ = numeric.compare(2 * x, 3 * x)
    monkeypatch.setattr(numeric, "glance", lambda *sides, **options: differ)
    with pytest.raises(InternalDisagreement):
        sd.prove(2 * x, x + x)
    monkeypatch.setattr(disagreement, "STRICT", False)
    verdict = sd.prove(2 * x, x + x)
    assert verdict.status == "undecided" and "numbers differ" in verdict.evidence and verdict.counterexample is not None


NEEDED = [
    (sd.derive(sd.norm(x), x), (Ne(sd.norm(x), 0),)), (sd.derive(sd.sum(x * sd.log(x)), x), (x > 0,)),
    (sd.derive(a / b, b), (Ne(b, 0),)), (sd.derive(sd.sqrt(1 + x @ x), x), ()),
    (sd.derive(sd.logdet(A), A), (Ne(sd.det(A), 0),)),
    (sd.derive(sd.sum(sd.log(1 + sd.exp(x))), x), ()), (sd.derive(sd.sum(sd.abs(x)), x), (Ne(x, 0),)),
    (sd.derive(sd.exp(2 * sd.log(a)), a), (a > 0,)), (sd.derive(sd.sum(x * x / x), x), (Ne(x, 0),)),
    (sd.derive(sd.sum(sd.sqrt(x)), x), (x > 0,)), (sd.derive(sd.sum(sd.log2(x) * y), y), (x > 0,)),
    (sd.derive(sd.sum(sd.log1p(x) * y), y), (x + 1 > 0,)), (sd.derive(sd.sum(sd.sqrt(x * x)), x), (Ne(x, 0),)),
    (sd.derive(sd.log(a**2), a), (Ne(a, 0),)), (sd.derive(sd.log(a)*b, b), (a > 0,)),
]


@pytest.mark.parametrize(("derivation", "conditions"), NEEDED, ids=str)
def test_what_a_result_needs_stands_in_its_conditions(derivation, conditions):
    assert derivation.conditions == conditions


@pytest.mark.parametrize(("assuming", "status"), [
    ([n < m, m < 3], "supported"), ([n < m, m < N, N < 4], "supported"), ([n < m, m < 4], "refuted"),
])
def test_a_size_that_assumptions_alone_name_ties_the_others(assuming, status):
    assert sd.prove(sd.sum(x), x[1], assuming=assuming).status == status


@pytest.mark.parametrize("assuming", [[n < m, m < n], [m > 3, m < 2], [n < m, m < N, N < 3]], ids=str)
def test_sizes_that_assumptions_leave_none_are_refused(assuming):
    with pytest.raises(DeclarationError, match="contradict each other"):
        sd.prove(sd.sum(x), x[1], assuming=assuming)


CANCELLED = {
    "a*b/a": ("b", Ne(a, 0)), "1/(1/a)": ("a", Ne(a, 0)), "norm(x)/norm(x)": ("1", Ne(sd.norm(x), 0)),
    "a^b/a^b": ("1", a > 0), "sqrt(a)^2": ("a", a >= 0), "x/a*a": ("x", Ne(a, 0)),
    "0*log(a)": ("0", a > 0), "log(a) - log(a)": ("0", a > 0),
    "1/(b/a)": ("a/b", Ne(a, 0)), "(1/a)^0": ("1", Ne(a, 0)), "a*a^(-1)*b": ("b", Ne(a, 0)),
    r"\frac{b}{a} - \frac{b}{a}": ("0", Ne(a, 0)),
    r"\sum_{i=1}^n x_i/x_i": ("n", Ne(x[i], 0)), "0*inv(A)": ("0*A", Ne(sd.det(A), 0)), "2^(log(a)-log(a))": ("1", a > 0),
}


@pytest.mark.parametrize("text", CANCELLED)
def test_what_cancels_in_a_text_stays_its_condition(text):
    other, condition = CANCELLED[text]
    read = sd.parse(text, "a: scalar; b: scalar; x: n; A: n n")
    verdict = sd.prove(read, sd.parse(other, "a: scalar; b: scalar; x: n; A: n n"))
    assert (verdict.status, verdict.conditions) == ("conditional", (condition,))
    assert sd.parse(str(read), "a: scalar; b: scalar; x: n; A: n n") == read
    assert condition in sd.derive(sd.sum(read), a).conditions


@pytest.mark.parametrize("text", ["a/sqrt(1+a^2)", "n/n", "a/2*2", "(a/b)^2", "exp(a)/exp(a)", "a/(2*b)", "sqrt(n)^2",
                                  "1/sqrt(a)"])
def test_what_is_still_there_or_needs_nothing_is_noted_no_second_time(text):
    assert "where_defined" not in str(sd.parse(text, "a: scalar; b: scalar; n: size"))


def test_products_are_derived_without_division():
    d, h = sd.derive(sd.prod(x), x), sd.hessian(sd.prod(x), x)
    at = np.array([2.0, 0.0, 3.0])
    for value in (d.numpy()(x=at), sd.evaluate(d.closed, x=at)):
        np.testing.assert_allclose(value, [0, 6, 0])
    assert not d.conditions and d.status == h.status == "proved"
    np.testing.assert_allclose(h.numpy()(x=at), [[0, 3, 0], [3, 0, 2], [0, 2, 0]])
    X = sd.tensor("X", m, n)
    rows = sd.derive(sd.sum(sd.prod(X, axis=0)), X)
    np.testing.assert_allclose(rows.numpy()(X=np.array([[1.0, 0, 0], [2, 5, 0]])), [[2, 5, 0], [1, 0, 0]])


def test_distances_between_all_pairs_have_a_gradient_where_the_points_are_apart():
    Y, w = sd.tensor("Y", m, n), sd.tensor("w", m, m)
    s, t = sd.indices("s t", m)
    at = np.array([[1.0, 2], [3, 5], [0, 1]])
    difference = at[:, None] - at[None]
    length = np.linalg.norm(difference, axis=2) + np.eye(3)
    expected = 2 * (difference / length[..., None]).sum(axis=1)
    for distance in (sd.norm(Y[s] - Y[t]), sd.sqrt(sd.Sum((Y[s, i] - Y[t, i])**2, i))):
        d = sd.derive(sd.Sum(distance, s, t), Y)
        assert d.status == "proved" and d.check().ok
        np.testing.assert_allclose(d.numpy()(Y=at), expected)
        assert not np.isfinite(d.numpy()(Y=np.ones((3, 2)))).all()
    assert sd.derive(sd.Sum(w[s, t] * sd.exp(-sd.norm(Y[s] - Y[t])), s, t), Y).check().ok
    assert sd.derive(sd.Sum(sd.abs(Y[s, i] - Y[t, i]), s, t, i), Y).check().ok


@pytest.mark.parametrize("statement", [
    lambda x, n: x[10**9] + sd.Sum(x[i + 10**7], i), lambda x, n: floor(n / 10**6) * x[1], lambda x, n: x[100],
    lambda x, n: sd.Sum(x[20*i] * x[i + 50], i), lambda x, n: expand(prod(n - k for k in range(1, 16))) * x[1],
])
def test_a_side_that_is_zero_only_up_to_the_sizes_that_are_tried_is_not_supported(statement):
    assert sd.prove(statement(sd.tensor("x", n), n), 0).status in ("refuted", "undecided")


def test_derivatives_of_a_product_divide_by_nothing_up_to_the_fourth_and_the_fifth_is_refused():
    third = sd.derive(sd.hessian(sd.prod(x), x).closed, x)
    at = np.array([2.0, 0.0, 0.0, 3.0])
    expected = np.zeros((4, 4, 4))
    for left, value in ((0, 2.0), (3, 3.0)):
        for i, j, k in ((i, j, k) for i in range(4) for j in range(4) for k in range(4)):
            expected[i, j, k] += value if {i, j, k} == {0, 1, 2, 3} - {left} else 0
    for found in (third.numpy()(x=at), sd.evaluate(third.closed, x=at)):
        np.testing.assert_allclose(found, expected)
    assert third.status == "proved" and not third.conditions
    fourth = sd.derive(third.closed, x)
    assert fourth.status == "proved" and not fourth.conditions
    for found in (fourth.numpy()(x=[0.0, 3, 0, 0, 0]), sd.evaluate(fourth.closed, x=[0.0, 3, 0, 0, 0])):
        assert found.sum() == 3 * 24 and found[0, 2, 3, 4] == 3
    with pytest.raises(sd.SymderivError, match="up to 4 times"):
        sd.derive(fourth.closed, x)


@pytest.mark.parametrize("side, other, condition", [
    (sd.exp(sd.log(a)), a, "a > 0"), (sd.exp(-2 * sd.log(a)), a**-2, "a > 0"), (sd.cos(sd.arccos(a)), a, "Abs(a) <= 1"),
    (sd.tanh(sd.arctanh(a)), a, "Abs(a) < 1"), (sd.inv(sd.inv(A)), A, "Ne(det(A), 0)"),
])
def test_a_function_undone_keeps_what_it_needs(side, other, condition):
    verdict = sd.prove(side, other)
    assert verdict.status == "conditional"
    assert condition in map(str, verdict.conditions)


def test_a_function_undone_is_proved_where_the_declarations_give_what_it_needs():
    r, inverted = sd.tensor("r", positive=True), sd.tensor("B", n, n, invertible=True)
    assert sd.prove(sd.exp(sd.log(r)), r).status == "proved"
    assert sd.prove(sd.exp(sd.log(1 + a**2)), 1 + a**2).status == "proved"
    assert sd.inv(sd.inv(inverted)) == inverted


@pytest.mark.parametrize(("left", "right"), [
    (lambda a, b, c: a**b * a**c, lambda a, b, c: a**(b + c)),
    (lambda a, b, c: (1 - a)**b / (1 - a)**c, lambda a, b, c: (1 - a)**(b - c)),
    (lambda a, b, c: sd.sigmoid(a**b * a**c), lambda a, b, c: sd.sigmoid(a**(b + c)))], ids=["power", "quotient", "inside"])
def test_sides_that_need_the_same_relation_may_have_values_at_different_points(left, right):
    """Both sides ask for a > 0, and at some points with a < 0 the right side alone has a value."""
    names = a, b, c = sd.tensor("a"), sd.tensor("b"), sd.tensor("c")
    verdict = sd.prove(left(*names), right(*names))
    assert verdict.status == "conditional" and verdict.conditions
    assert sd.prove(1 / a + 1 / b, (a + b) / (a * b)).status == "proved" == sd.prove(a**b * a**c, a**b * a**c).status
    report = sd.verify("(1-a)^b (1-a)^c = (1-a)^{b+c}", {"a": a, "b": b, "c": c})
    assert report.lines[0].status == "conditional"


def test_what_is_read_at_multiples_and_sums_of_letters_is_looked_at_within_its_axes() -> None:
    T, n, m = sd.dims("T n m")
    (i, j), z, R = sd.indices("i j", n), sd.tensor("z", T, n), sd.tensor("R", m, T)
    assert sd.prove(sd.Sum(z[2 * i, i], (i, 2, n)), sd.Sum(z[2 * i, i], (i, 2, n - 1))).status == "refuted"
    read = R[2 * i + j, i + j]
    assert sd.prove(sd.Sum(read, i, j), sd.Sum(read, (i, 1, n - 1), j)).status == "refuted"


@pytest.mark.parametrize(("left", "right"), [
    (lambda T, n, m, a: sd.iverson(n**2 + 5 <= T) * a, lambda T, n, m, a: 0 * a),
    (lambda T, n, m, a: sd.delta(m, T * n) * a, lambda T, n, m, a: sd.delta(m, T * n) * a * sd.iverson(n < 3)),
    (lambda T, n, m, a: (T - n) * (T - n - 1) * (T - n - 2) * (T - n + 1) * (T - n + 2) * (T - n - 3) * a,
     lambda T, n, m, a: 0 * a),
    (lambda T, n, m, a: sd.delta(T, n) * a, lambda T, n, m, a: sd.delta(T, n) * a * sd.iverson(n <= 6)),
    (lambda T, n, m, a: sd.sum(sd.max_pool1d(sd.tensor("u", T), 5)),
     lambda T, n, m, a: sd.max_pool1d(sd.tensor("u", T), 5)[1] + sd.max_pool1d(sd.tensor("u", T), 5)[2]),
])
def test_sizes_in_every_relation_are_looked_at(left, right) -> None:
    T, n, m, a = *sd.dims("T n m"), sd.tensor("a")
    assert sd.prove(left(T, n, m, a), right(T, n, m, a)).status == "refuted"
