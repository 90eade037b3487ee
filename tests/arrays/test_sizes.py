"""Sizes and shapes: what may be one, when two are the same, and how they broadcast."""

from __future__ import annotations

from fractions import Fraction
from math import floor as whole_part

import pytest
from sympy import Integer, Rational, Symbol, floor

import symderiv as sd
from symderiv.arrays.sizes import as_size, broadcast_shapes, floor_div, normal_axis, same_size, show_shape
from symderiv.errors import BoundExceeded, DeclarationError, ShapeError

m, n, k = sd.dims("m n k")


@pytest.mark.parametrize("value", [0, -3, Rational(1, 2), n / 2, -n, "n", 2.5, 3.0, sd.tensor("x", n), Symbol("s"), True])
def test_what_can_never_count_is_no_size(value):
    with pytest.raises(DeclarationError):
        as_size(value)


@pytest.mark.parametrize("value", [1, n, n + m - 1, floor(n / 2) + 1, 2 * n * m])
def test_what_counts_is_a_size(value):
    assert as_size(value).is_integer


def test_a_size_too_long_to_be_multiplied_out_is_refused():
    with pytest.raises(BoundExceeded):
        as_size((m + n + k + 1)**40)


def test_sizes_are_the_same_where_they_are_equal_for_all_values():
    assert same_size((n + 1)**2, n**2 + 2 * n + 1) and same_size(Integer(3), Integer(3))
    assert not same_size(n, m) and not same_size(n, n + 1) and not same_size(Integer(3), Integer(4))


@pytest.mark.parametrize(("shapes", "together"), [
    (((n,), ()), (n,)), (((m, n), (n,)), (m, n)), (((m, 1), (1, n)), (m, n)), (((1,), (1,)), (1,)),
    (((k, 1, n), (m, 1)), (k, m, n)), (((n * 2,), (n + n,)), (2 * n,))])
def test_axes_are_aligned_from_the_right(shapes, together):
    assert broadcast_shapes([tuple(map(as_size, shape)) for shape in shapes]) == tuple(map(as_size, together))


def test_sizes_that_differ_do_not_broadcast():
    with pytest.raises(ShapeError, match=r"\(m, n\) and \(m,\) do not broadcast: n against m"):
        broadcast_shapes([(m, n), (m,)])


@pytest.mark.parametrize(("axis", "rank", "found"), [(0, 2, 0), (-1, 2, 1), (-2, 2, 0)])
def test_axes_count_from_both_ends(axis, rank, found):
    assert normal_axis(axis, rank) == found


@pytest.mark.parametrize("axis", [2, -3, True, "0", 1.5, None])
def test_what_is_no_axis_is_refused(axis):
    with pytest.raises(ShapeError):
        normal_axis(axis, 2)


def test_shapes_are_shown_as_numpy_prints_them():
    assert [show_shape(shape) for shape in ((), (n,), (m, n + 1))] == ["()", "(n,)", "(m, n + 1)"]


@pytest.mark.parametrize("top", [n, n - 3, 2 * n + 7, 6 * n - 4, floor((n - 1) / 2) + 3, floor(n / 3) - 5])
@pytest.mark.parametrize("bottom", [1, 2, 3, 6])
def test_floors_have_one_form_and_keep_their_value(top, bottom):
    found = floor_div(top, bottom)
    for value in range(1, 25):
        expected = whole_part(Fraction(int(top.xreplace({n: Integer(value)}).doit()), bottom))
        assert found.xreplace({n: Integer(value)}).doit() == expected
    assert len(found.atoms(floor)) <= 1 and found == floor_div(top + bottom, bottom) - 1
