"""Sums whose ranges read other summed letters."""

import pytest

import symderiv as sd
from symderiv.calculus.canonical import canonical, is_zero
from symderiv.calculus.contract import TIDY
from symderiv.calculus.rules import Rewriter, RuleContext
from symderiv.lowering.export import export
from symderiv.lowering.program import Program
from symderiv.terms.nodes import add, neg

n = sd.dims("n")
x, y = sd.tensor("x", n), sd.tensor("y", n)
A = sd.tensor("A", n, n)
i, j, k = sd.indices("i j k", n)

LOSSES = {
    "count of the inner letter": sd.Sum(x[i], (j, i, n), (i, 1, n)),
    "product over a triangle": sd.Sum(x[i] * x[j], (j, i, n), (i, 1, n)),
    "lower triangle of a matrix": sd.Sum(A[i, j] * x[j], (j, 1, i), (i, 1, n)),
    "three nested letters": sd.Sum(x[i] * y[j] * x[k], (k, j, n), (j, i, n), (i, 1, n)),
    "square of partial sums": sd.Sum(sd.Sum(x[j], (j, 1, i))**2, i),
    "brackets instead of ranges": sd.Sum(x[i] * x[j] * sd.iverson(i <= j), i, j),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("order", [1, 2])
def test_derivative_agrees_with_numbers(loss, order):
    d = sd.derive(loss, x) if order == 1 else sd.hessian(loss, x)
    assert d.check().ok
    assert d.proof.status == "proved"


def test_a_triangle_is_written_by_ranges_or_by_brackets():
    ranges = sd.Sum(x[i] * x[j], (j, i, n), (i, 1, n))
    assert sd.prove(ranges, sd.Sum(x[i] * x[j] * sd.iverson(i <= j), i, j)).status in ("proved", "supported")
    assert sd.prove(ranges, sd.Sum(x[i] * x[j], i, j)).status == "refuted"


@pytest.mark.parametrize("ranges", [((j, i, i + 1), (i, 2, 2)), ((j, k, n), (k, i, i), (i, 1, n)), ((j, i, i), (i, 2, 2))],
                         ids=str)
def test_a_letter_of_one_value_is_written_out_in_the_ranges_that_read_it(ranges):
    node = Program().scalar(sd.Sum(x[j] * y[ranges[1][0]], *ranges))
    assert not canonical(node).free


def test_a_canonical_form_is_that_of_itself_where_a_delta_meets_a_power():
    c = sd.indices("c", n)
    squared = sd.Sum(sd.iverson(j < i) + sd.delta(c, n - i + 1) * A[2*i, j], (j, 1, n - 1))**2
    form = canonical(Program().scalar(squared))
    assert is_zero(add(canonical(form), neg(form)))


def test_what_has_no_value_stays_under_a_sum_of_which_a_bracket_leaves_nothing():
    r = sd.indices("r", n)
    body = sd.Sum(sd.exp(x[i]) * sd.Sum(sd.delta(2*r, n) / x[n - i], (r, i, n)), (i, 2, n))
    form = export(Rewriter(RuleContext()).exhaust(Program().scalar(body), TIDY, ""))
    assert sd.evaluate(body, x=[5.0, 2.0]) == sd.evaluate(form, x=[5.0, 2.0]) == 0


def test_a_letter_that_a_range_reads_is_not_bound_by_a_sum_below():
    body = sd.Sum(x[i] * sd.Sum(y[j] * sd.Sum(A[k, j], (k, 1, n))**2, (j, i + 1, n))**2, (i, 1, n))
    data = {"x": [2.0, 3.0], "y": [5.0, 7.0], "A": [[1.0, 2.0], [3.0, 4.0]]}
    assert sd.evaluate(export(canonical(Program().scalar(body))), **data) == sd.evaluate(body, **data) == 2 * (7 * 36)**2


def test_the_count_stays_under_the_sum():
    assert sd.prove(sd.Sum(x[i], (j, i, n), (i, 1, n)), sd.Sum(x[i] * (n - i + 1), i)).status == "proved"


def test_a_condition_on_one_letter_alone_has_no_closed_form():
    n, m = sd.dims("n m")
    k, x, c = sd.indices("k", n), sd.tensor("x", n), sd.tensor("c")
    for body in (sd.iverson(2*k <= m) * x[k], (sd.iverson(3*k <= m) + c) * x[k], sd.iverson(2*k <= m) * (x[k]**2 + c*x[k])):
        d = sd.derive(sd.Sum(body, k), x)
        assert d.status == "proved" and d.check().ok
