"""Whether one side is less than the other: close calls are settled in many digits, so that rounding decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr

from ..late import np
from ..numeric.digits import in_digits
from ..numeric.dual import Numbers
from ..numeric.points import breadth
from .samples import Points

ORDERED = frozenset(["<", "<=", ">", ">="])
CLOSE = 1e-6
"""How near two numbers are, relative to them, where floats are not asked which is less."""
SETTLED = 3
"""Points of a batch that are settled."""
MOST = 2_000
"""Entries that are computed in many digits at most."""
WRONG = 2.0
EQUAL = 1e-30
"""How far two numbers in many digits are apart by rounding, relative to them."""


def ordered(sign: str, sides: Sequence[Expr], batch: Points, values: tuple[Numbers, Numbers], scale: Numbers,
            tied: bool) -> Numbers:
    """0 where the relation holds, and more than 1 where it does not; where that cannot be said, 0.

    tied  whether points satisfy what is supposed of them, to rounding: then sides that are close are equal
    """
    strict = sign in ("<", ">")
    smaller, larger = values if sign in ("<", "<=") else values[::-1]
    with np.errstate(all="ignore"):
        near = np.abs(smaller - larger) <= CLOSE * scale
        found = np.where((smaller > larger) & ~near, WRONG, 0.0)
    if tied:
        return np.where(near, WRONG, found) if strict else found
    widest = max(batch.data.sizes.values(), default=1)
    if widest ** breadth(sides, operators=False) > MOST:
        return found
    nodes = (sides[0], sides[1]) if sign in ("<", "<=") else (sides[1], sides[0])
    rows = np.flatnonzero(near.reshape(len(near), -1).any(axis=1))[:SETTLED]
    for row in rows:
        for place, less, more in in_digits(nodes, batch.data.row(int(row))):
            if less is not None and more is not None and near[(row, *place)]:
                # What is left of two equal sides by rounding makes neither the larger.
                left_over = 0 if strict else EQUAL * float(scale[(row, *place)])
                found[(row, *place)] = WRONG if (less >= more if strict else less - more > left_over) else 0.0
    return found
