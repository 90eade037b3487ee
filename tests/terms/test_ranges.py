"""What follows of sizes and positions: "yes" is always right, and the plain cases are found."""

from __future__ import annotations

import random
from itertools import product

import pytest

import symderiv as sd
from symderiv.terms.affine import Affine, Idx, affine, combine, constant, size_affine
from symderiv.terms.ranges import empty, nonnegative, within

m, n = sd.dims("m n")
M, N = size_affine(m), size_affine(n)
i, j = Idx("i", constant(1), N), Idx("j", constant(1), M)


def at(expr: Affine, values: dict[str, int]) -> int:
    return sum(c * values[str(a)] for a, c in expr.terms) + expr.const


@pytest.mark.parametrize("seed", range(60))
def test_what_follows_holds_at_every_point(seed: int) -> None:
    rng = random.Random(seed)
    atoms = [affine(i), affine(j), M, N, constant(1)]
    expr, fact = (combine((a, rng.randint(-2, 2)) for a in atoms) for _ in range(2))
    if nonnegative(expr, (fact,)):
        for p, q in product(range(1, 6), repeat=2):
            for r, s in product(range(1, q + 1), range(1, p + 1)):
                values = {"m": p, "n": q, "i": r, "j": s}
                assert at(fact, values) < 0 or at(expr, values) >= 0


def test_the_plain_cases_are_found() -> None:
    assert nonnegative(N - affine(i)) and nonnegative(affine(i) - 1) and nonnegative(M + N - 2)
    assert not nonnegative(affine(i) - 2) and not nonnegative(N - M)
    assert nonnegative(N - M, (N - M,)) and nonnegative(N - affine(j), (N - M,))
    assert within(affine(i), constant(1), N) and not within(affine(i) + 1, constant(1), N)
    assert empty(constant(2), constant(1)) and empty(N + 1, N) and not empty(constant(1), N)
