"""Products are searched for projections and inverses where they may stand, however many factors they have."""

from __future__ import annotations

from functools import reduce
from operator import matmul

import symderiv as sd

n = sd.dims("n")
x = sd.tensor("x", n)
MANY = [sd.tensor(f"A{k}", n, n) for k in range(128)]


def test_a_long_product_is_derived_within_the_bound_of_work_and_so_is_a_square() -> None:
    assert sd.derive(sd.sum(reduce(matmul, MANY) @ x), x).is_closed
    assert sd.derive(sd.norm(reduce(matmul, MANY[:40]) @ x) ** 2, x).is_closed
