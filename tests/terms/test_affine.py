"""Affine index expressions: one object each, and arithmetic that means what it says."""

from __future__ import annotations

import random

import pytest

import symderiv as sd
from symderiv.terms.affine import Affine, Idx, LabelRef, Multiple, affine, atom_key, combine, constant, size_affine

m, n = sd.dims("m n")
ONE = constant(1)
LETTERS = tuple(Idx(name, ONE, size_affine(size)) for name, size in (("i", n), ("j", n), ("k", m)))


def value(expr: Affine, at: dict[str, int]) -> int:
    return sum(c * at[str(a)] for a, c in expr.terms) + expr.const


def drawn(rng: random.Random) -> Affine:
    return combine([(affine(letter), rng.randint(-3, 3)) for letter in LETTERS] + [(ONE, rng.randint(-4, 4))])


@pytest.mark.parametrize("seed", range(12))
def test_arithmetic_is_that_of_the_values(seed: int) -> None:
    rng = random.Random(seed)
    a, b, factor = drawn(rng), drawn(rng), rng.randint(-3, 3)
    at = {str(letter): rng.randint(1, 9) for letter in LETTERS}
    assert value(a + b, at) == value(a, at) + value(b, at)
    assert value(a - b, at) == value(a, at) - value(b, at)
    assert value(-a + 5, at) == 5 - value(a, at)
    assert value(a.scaled(factor), at) == factor * value(a, at)
    replaced = a.substitute({LETTERS[0]: b})
    assert value(replaced, at) == value(a, {**at, str(LETTERS[0]): value(b, at)})


@pytest.mark.parametrize("seed", range(6))
def test_equal_expressions_are_one_object(seed: int) -> None:
    a, b = drawn(random.Random(seed)), drawn(random.Random(seed + 100))
    assert a + b is b + a and (a + b) - b is a and a - a is constant(0)
    assert a.scaled(2).divided(2) is a


def test_what_is_not_divisible_is_not_divided() -> None:
    i = affine(LETTERS[0])
    assert (i.scaled(2) + 1).divided(2) is None and (i.scaled(4) + 6).divided(2) is i.scaled(2) + 3
    assert (i.scaled(4) + affine(LETTERS[1]).scaled(6)).content == 2 and constant(7).content == 0


def test_single_and_coefficients() -> None:
    i, j, _ = LETTERS
    assert affine(i).single is i and (affine(i) + 1).single is None
    assert (affine(i).scaled(3) - affine(j)).coeff(j) == -1 and affine(i).coeff(j) == 0


def test_letters_are_told_apart_by_their_ranges() -> None:
    other = Idx("i", ONE, size_affine(m))
    assert other is not LETTERS[0] and affine(other) - affine(LETTERS[0]) is not constant(0)
    assert Idx("i", ONE, size_affine(n)) is LETTERS[0]


def test_a_size_that_is_not_linear_is_one_atom() -> None:
    (((atom, c),), const) = (lambda e: (e.terms, e.const))(size_affine(m * n))
    assert (atom, c, const) == (m * n, 1, 0)
    assert size_affine(2 * m + n - 3) is combine([(size_affine(m), 2), (size_affine(n), 1), (ONE, -3)])


def test_a_letter_times_a_size_is_told_from_a_letter_times_a_number() -> None:
    i, j, k = LETTERS
    stride = (affine(i).scaled(2) + affine(j) - 3).times(m)
    assert stride is combine([(affine(Multiple(m, i)), 2), (affine(Multiple(m, j)), 1), (size_affine(m), -3)])
    assert stride.slope(i) == 2 * m and stride.slope(j) == m and stride.slope(k) == 0 == stride.coeff(i)
    assert affine(i).times(3) is affine(i).scaled(3) and affine(i).times(2 * m) is affine(Multiple(m, i)).scaled(2)
    assert affine(i).times(m + 1) is affine(Multiple(m, i)) + affine(i) and size_affine(n).times(m) is size_affine(m * n)
    assert affine(Multiple(m, i)).single is None and stride.free == {i, j} and atom_key(Multiple(m, i)) == "m*i"


def test_positions_inside_labels_and_multiples_are_replaced_too() -> None:
    i, j, k = LETTERS
    label = LabelRef(None, Named(), (affine(i),), size_affine(m))
    moved = (affine(label) + affine(Multiple(m, i)) + affine(k)).substitute({i: affine(j) + 1})
    assert moved is combine([(affine(LabelRef(None, label.sym, (affine(j) + 1,), size_affine(m))), 1),
                             (affine(Multiple(m, j)), 1), (size_affine(m), 1), (affine(k), 1)])
    assert affine(k).substitute({i: affine(j)}) is affine(k) and affine(label).free == {i}
    assert repr(affine(label)) == "y[i]" and repr(constant(-2)) == "-2" and repr(-affine(j) + 1) == "-j+1"


class Named:
    """What labels are read from, as far as their text is concerned."""

    key = "y"
