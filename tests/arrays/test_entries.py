"""Entries are equal, and stay equal, when base and positions are."""

from __future__ import annotations

import copy
import gc
import pickle

from sympy import Add, Mul, Pow

import symderiv as sd
from symderiv.arrays.matrixfunction import MatrixFunction

n, m, k = sd.dims("n m k")
x, A = sd.tensor("x", n), sd.tensor("A", m, n)


def test_equality_does_not_depend_on_what_was_asked_before():
    first = x[1]
    assert first.is_zero is None and first.is_positive is None and first.is_integer is None
    second = sd.tensor("x", n)[1]
    assert first == second and hash(first) == hash(second)
    assert first.is_negative is None
    assert first == second


def test_rebuilding_gives_the_same_expression():
    i = sd.indices("i", n)
    for round_ in range(300):
        b = sd.indices("abdefgh"[round_ % 7], (n, m, k)[round_ % 3])
        total = 1 / (1 + A[b + 1, 2 * b - 1] ** 2) + x[i + 1] ** 2 * A[round_ % 5 + 1, i]
        assert total.is_real and total.is_integer is None
        for part in total.atoms(Add, Mul, Pow):
            assert part.func(*part.args) == part
        if round_ % 50 == 0:
            gc.collect()


def test_letters_of_one_name_and_other_ranges_differ():
    assert sd.indices("i", n) != sd.indices("i", m)
    assert x[sd.indices("i", n)] != x[sd.indices("i", 2 * n)]


def test_operators_with_letters_of_other_ranges_differ():
    narrow, wide = sd.indices("i", m), sd.indices("i", m + n)
    B = sd.tensor("B", m + n, n)
    assert B[narrow, :] != B[wide, :]
    assert sd.define("f", (narrow,), sd.sum(B[narrow, :])).shape == (m,)
    assert sd.define("f", (wide,), sd.sum(B[wide, :])).shape == (m + n,)


def test_letters_in_a_range_count_with_their_own_ranges():
    m, n = sd.dims("m n")
    inner = [sd.indices("j", sd.indices("k", size)) for size in (m, n)]
    assert str(inner[0].hi) == str(inner[1].hi) and inner[0] != inner[1]
    assert inner[0] == sd.indices("j", sd.indices("k", m))


def test_entries_of_inverses_are_kept_within_other_operators() -> None:
    n = sd.dims("n")
    expr = sd.exp(MatrixFunction("logdet", sd.tensor("S", n, n)) * sd.tensor("x", n))
    assert pickle.loads(pickle.dumps(expr)) == expr and copy.deepcopy(expr) == expr
