"""What a call assumes: taken apart, bounded, turned into properties, and said in words."""

from __future__ import annotations

import pytest
from sympy import And, Eq, Ge, Ne, Not, oo, pi

import symderiv as sd
from symderiv.arrays.assumptions import (
    assigned,
    bound_of,
    bounds,
    declared,
    letters_of,
    of_sizes,
    of_values,
    relations,
    words,
)
from symderiv.errors import DeclarationError, ShapeError

k, m, n = sd.dims("k m n")
a, b, c, x, A, y = sd.tensor("a"), sd.tensor("b"), sd.tensor("c"), sd.tensor("x", n), sd.tensor("A", n, n), sd.label("y", n)
i = sd.indices("i", n)
short = sd.indices("i", 3)


def test_conjunctions_are_taken_apart_and_negations_carried_out():
    assert set(relations(And(a > 0, b <= 1))) == {a > 0, b <= 1}
    assert relations([Not(a > 0), a <= 0, m <= n]) == (a <= 0, m <= n)
    assert relations(a > 0) == (a > 0,)


@pytest.mark.parametrize("assuming", [False, True, "a > 0", a, [a > 0, a <= 0], [a > 2, a < 1], And(a > 1, Not(a > 1)), 7])
def test_what_cannot_be_assumed_is_refused(assuming):
    with pytest.raises(DeclarationError):
        relations(assuming)


def test_relations_are_of_sizes_or_of_values():
    assert [of_sizes(r) for r in (m <= n, i < n, a > 0, x > 0)] == [True, True, False, False]
    assert of_values([m <= n, a > 0, x > 0]) == (a > 0, x > 0)


@pytest.mark.parametrize(("relation", "low", "high"), [
    (a > 0, (0, True), (oo, False)), (x[i] >= 1, (1, False), (oo, False)), (b < 3, (-oo, False), (3, True)),
    (abs(a) < pi, (-pi, True), (pi, True)), (sd.abs(x) <= 2, (-2, False), (2, False))])
def test_a_relation_bounds_every_entry(relation, low, high):
    found = bound_of(relation)
    assert ((found.low, found.open_low), (found.high, found.open_high)) == (low, high)


@pytest.mark.parametrize("relation", [x[1] > 0, x[short] > 0, A[i, i] > 0, a > b, Ne(a, 0), m <= n, abs(a) > 1])
def test_a_relation_of_some_entries_bounds_none(relation):
    assert bound_of(relation) is None


def test_bounds_of_one_tensor_meet():
    found = bounds([a > 0, a <= 3, a < 3, a >= 0])["a"]
    assert (found.low, found.open_low, found.high, found.open_high) == (0, True, 3, True)
    assert found.positive and not found.empty and bounds([a >= 0])["a"].positive is False


def test_relations_give_properties():
    given = declared([a > 0, Ne(sd.det(A), 0), Eq(sd.sum(x), 1)], [a, A, x, b])
    assert {t.name: t.properties - before.properties for before, t in given.items()} == {
        "a": {"positive"}, "A": {"invertible"}, "x": {"sums_to_one"}}
    assert not declared([a > 0], [sd.tensor("a", positive=True)])


def test_an_equation_gives_a_value():
    assert assigned(Eq(a, b + 1, evaluate=False)) == (a, b + 1) and assigned(Eq(b * b, a, evaluate=False)) == (a, b * b)
    assert assigned(a > 0) is None and assigned(Eq(sd.sum(x), 1)) is None
    with pytest.raises(ShapeError):
        assigned(Eq(x, sd.zeros(m), evaluate=False))
    with pytest.raises(DeclarationError, match="cannot be used"):
        assigned(Eq(a + b, 1, evaluate=False))


def test_relations_in_words():
    assert [words(r) for r in (Ne(a, 0), abs(a) < pi / 2, Ne(sd.det(A), 0), x > 0, Ge(a, 1))] == [
        "a ≠ 0", "|a| < π/2", "A is invertible", "x > 0 in every entry", "a ≥ 1"]
    assert letters_of(x[i] > 0) == (i,)


@pytest.mark.parametrize("assuming", [
    (n < m, m < n), (n <= m, m < n), (n < m, m < k, k < n), (n > 5, n < 3), (m + n < 2,), (n > 3, m + n < 4),
    (2*n < 2*m, m <= n), (Eq(n, m), n < m), (a < b, b < a), (Eq(a, b), Ne(b, a)), (a < b, b <= c, c <= a),
    (a < b, Eq(b, c), Eq(c, a)), (a <= b, b <= a, Ne(a, b)), (a < b + 1, b < c, c < 1, a > 2, b > 3)], ids=str)
def test_what_no_sizes_or_values_satisfy_is_refused(assuming):
    for call in (lambda: sd.derive(x @ x, x, assuming=assuming), lambda: sd.prove(x @ x, sd.sum(x * x), assuming=assuming)):
        with pytest.raises(DeclarationError, match="contradict each other"):
            call()


@pytest.mark.parametrize("assuming", [(n < m, m <= n + 1), (n <= m, m <= n), (a <= b, b <= a), (n > 3, m + n < 6),
                                      (a < b, b < c, c < a + 1), (a <= b, b <= c, c <= a)], ids=str)
def test_what_some_sizes_and_values_satisfy_is_taken(assuming):
    assert sd.derive(x @ x, x, assuming=assuming).status == "proved"
