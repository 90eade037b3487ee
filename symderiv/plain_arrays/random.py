"""Random numbers from a seed: other ones than NumPy's, always the same here."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

from .array import NumberArray, operand, scalar
from .kinds import FLOAT, INT, Kind
from .of_arrays import _shape


class Generator:
    """Draws numbers, arrays of them where a size is given."""

    def __init__(self, seed: object = None) -> None:
        self._source = Random(repr(operand(seed).tolist()) if isinstance(seed, list | tuple) else seed)  # type: ignore[arg-type]

    def _drawn(self, one: Callable[[], Any], size: Any, kind: Kind) -> Any:
        if size is None:
            return scalar(one(), kind)
        shape = _shape(size)
        return NumberArray([one() for _ in range(math.prod(shape))], shape, kind)

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: Any = None) -> Any:
        """Of the normal distribution."""
        return self._drawn(lambda: loc + scale * self._source.gauss(0.0, 1.0), size, FLOAT)

    def standard_normal(self, size: Any = None) -> Any:
        """Of the normal distribution with mean 0 and variance 1."""
        return self.normal(size=size)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        """Of an interval."""
        return self._drawn(lambda: self._source.uniform(low, high), size, FLOAT)

    def random(self, size: Any = None) -> Any:
        """Of 0 to 1."""
        return self.uniform(size=size)

    def exponential(self, scale: float = 1.0, size: Any = None) -> Any:
        """Of the exponential distribution."""
        return self._drawn(lambda: self._source.expovariate(1 / scale), size, FLOAT)

    def integers(self, low: int, high: int | None = None, size: Any = None) -> Any:
        """Whole numbers from ``low`` up to ``high``, which is left out; from 0 where only one is given."""
        first, last = (0, low) if high is None else (low, high)
        return self._drawn(lambda: self._source.randrange(int(first), int(last)), size, INT)

    def choice(self, given: Any, size: Any = None, replace: bool = True) -> Any:
        """Of what is given, or of the whole numbers below it."""
        if isinstance(given, int):
            given = range(given)
        if not isinstance(given, NumberArray) and any(isinstance(v, str) for v in given):
            count = 1 if size is None else math.prod(_shape(size))
            drawn = [self._source.choice(given) for _ in range(count)]
            return drawn[0] if size is None else NumberArray(drawn, _shape(size), _OBJECT)
        pool = operand(given)
        if size is not None and not replace:
            return NumberArray(self._source.sample(pool.flat, math.prod(_shape(size))), _shape(size), pool.dtype)
        return self._drawn(lambda: self._source.choice(pool.flat), size, pool.dtype)

    def permutation(self, given: Any) -> Any:
        """In another order."""
        pool = operand(range(given) if isinstance(given, int) else given)
        return pool[operand(self._source.sample(range(len(pool)), len(pool)))]


_OBJECT = operand([None]).dtype


def default_rng(seed: object = None) -> Generator:
    """A generator from a seed; the one given, where it is one."""
    return seed if isinstance(seed, Generator) else Generator(seed)
