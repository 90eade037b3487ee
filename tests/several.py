"""Several random points at which an expression has a value, each at its own sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symderiv.numeric.sampling import Sample, sample


def samples(exprs: Any, seed: int = 0, count: int = 3, *, sizes: Mapping[str, int] | None = None,
            assuming: Iterable[Any] = ()) -> list[Sample]:
    assuming = tuple(assuming)
    return [sample(exprs, seed * 7919 + n, sizes, assuming=assuming) for n in range(count)]
