"""Two sides at one point, in as many digits as it takes to tell rounding from a difference.

What is left of a difference by rounding shrinks with every further digit; a difference stays.  So both sides are
computed with more digits than the largest and the smallest number on the way ask for (a sum forgets what is smaller than
its last digit, and a product brings it back), and with twice as many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

import mpmath  # type: ignore[import-untyped]
from sympy import Expr, Float, Rational

from ..errors import EvaluationError, SymderivError
from ..late import np
from .evaluate import Data, Evaluator, Variables, value_of
from .sampling import Sample

DIGITS = 50
# Digits for each binary digit that numbers on the way lie apart, a quarter more than that many are; and the most that are
# computed.
PER_BIT, MOST_DIGITS = 0.375, 3_000
# Exponentials, eigenvalues and singular values take a hundred times as long as products of their size.
MOST_SPECTRAL = 250
# How well a difference is known that counts as the same one with more digits.
STAYS = mpmath.mpf(10) ** -3
# Properties that hold but for rounding: beyond their digits nothing is said.
FLOATING = mpmath.mpf(10) ** -11
# As many of the last binary digits of a floating number may have been lost, and a difference says something that is so many
# times what comes of that.
LOST, TIMES = 2, 8
INEXACT = frozenset(("orthogonal", "sums_to_one"))


@dataclass(frozen=True)
class Settled:
    """What became of one entry: "differ", "left alone" or "right alone" has a value, or "unclear"."""

    kind: str
    entry: tuple[int, ...] = ()
    left: Any = None
    right: Any = None


UNCLEAR = Settled("unclear")
VAST = Settled("vast")
"""More digits would be needed than are computed."""


def settled(nodes: tuple[Expr, Expr], point: Sample, inexact: bool = False,
            variables: Variables | None = None) -> Settled | None:
    """The first entry at which the sides differ, or only one has a value; None where they agree, unclear where no
    number of digits that is affordable can say.

    ``inexact`` says that the point satisfies what is assumed but for rounding;  ``variables`` are those of the nodes.
    """
    variables = variables or Variables(nodes)
    rounded = inexact or any(t.properties & INEXACT for t in variables.tensors.values())
    enough = _in_enough_digits(nodes, variables, point)
    if isinstance(enough, Settled):
        return enough
    digits, places, coarse = enough
    if _one(coarse, digits):
        return None
    twice = _entries(nodes, variables, point, 2 * digits, _Extent())
    if twice is None:
        return UNCLEAR
    fine = twice[1]
    scale = max((abs(v) for pair in fine for v in pair if v is not None), default=mpmath.mpf(0))
    allowed = FLOATING * max(1, scale) if rounded else _of_floating(nodes, variables, point, 2 * digits, fine)
    whole = [all(pair[k] is not None for pair in fine) for k in (0, 1)]
    wrong = (Settled(kind, place, *now) for place, before, now in zip(places, coarse, fine, strict=True)
             if (kind := _kind(before, now, allowed)) and (kind == "differ" or whole[0] != whole[1]))
    # A difference says more than a missing value.
    return min(wrong, key=lambda s: s.kind != "differ", default=None)


def _of_floating(nodes: tuple[Expr, Expr], variables: Variables, point: Sample, digits: int, fine: list[Any]) -> Any:
    """How much of a difference may come of floating numbers in the expressions, each of which is but the nearest to what was
    meant: all of them are moved, each by another part of itself."""
    floats = sorted(nodes[0].atoms(Float) | nodes[1].atoms(Float))
    if not floats:
        return mpmath.mpf(0)
    moved = {f: Rational(f) * (1 + Rational((-1)**k * (k + 1) * 2**LOST, 2**53)) for k, f in enumerate(floats)}
    found = _entries((nodes[0].xreplace(moved), nodes[1].xreplace(moved)), variables, point, digits, _Extent())
    if found is None:
        return mpmath.inf
    gaps = [(a - b) - (c - d) for (a, b), (c, d) in zip(fine, found[1], strict=True) if None not in (a, b, c, d)]
    return TIMES * max(map(abs, gaps), default=mpmath.inf)


def valued(nodes: Iterable[Expr], point: Sample) -> bool | None:
    """Whether all of these have values in all entries; None where no number of digits that is affordable can say."""
    for node in nodes:
        found = _in_enough_digits((node, node), Variables((node,)), point)
        if isinstance(found, Settled):
            return None
        if any(value is None for value, _ in found[2]):
            return False
    return True


def _in_enough_digits(nodes: tuple[Expr, Expr], variables: Variables, point: Sample,
                      ) -> Settled | tuple[int, list[tuple[int, ...]], list[Any]]:
    """As many digits as the numbers on the way ask for, and both sides in these, entry by entry."""
    extent, digits = _Extent(), 2 * DIGITS
    found = _entries(nodes, variables, point, digits, extent)
    if found is None:
        return UNCLEAR
    most = MOST_SPECTRAL if extent.spectral else MOST_DIGITS
    asked = DIGITS + int(PER_BIT * extent.bits)
    if asked > most:
        # In fewer digits less is seen to be lost on the way, and may be enough.
        extent = _Extent()
        if _entries(nodes, variables, point, DIGITS, extent) is None:
            return UNCLEAR
        asked = DIGITS + int(PER_BIT * extent.bits)
    if asked > most:
        return VAST
    if asked > digits:
        digits = asked
        found = _entries(nodes, variables, point, digits, extent)
    return UNCLEAR if found is None else (digits, *found)


def _one(values: list[tuple[Any, Any]], digits: int) -> bool:
    """Whether all entries agree within the last ten digits of the largest: the numbers on the way are all so near to 1
    that what is left is rounding, which more digits would only make smaller."""
    if any(a is None or b is None for a, b in values):
        return False
    scale = max((max(abs(a), abs(b)) for a, b in values), default=mpmath.mpf(0))
    close = mpmath.mpf(10) ** (10 - digits) * max(1, scale)
    return all(abs(a - b) <= close for a, b in values)


def in_digits(nodes: tuple[Expr, Expr], point: Sample) -> list[tuple[tuple[int, ...], Any, Any]]:
    """The values of both sides entry by entry; what lies within the last ten digits of each other is equal.

    None for what has no value; nothing where that hangs on which side of a kink a value lies.
    """
    found = _entries(nodes, Variables(nodes), point, DIGITS, _Extent())
    if found is None:
        return []
    close = mpmath.mpf(10) ** (10 - DIGITS)
    return [(place, a, a if a is not None and b is not None and abs(a - b) <= close * max(abs(a), abs(b)) else b)
            for place, (a, b) in zip(*found, strict=True)]


def _kind(coarse: tuple[Any, Any], fine: tuple[Any, Any], allowed: Any) -> str:
    """"differ", "left alone", "right alone", or nothing."""
    (a0, b0), (a, b) = coarse, fine
    if (a is None, b is None) != (a0 is None, b0 is None) or (a is None and b is None):
        return ""
    if a is None or b is None:
        return "right alone" if a is None else "left alone"
    first, second = a0 - b0, a - b
    return "differ" if abs(second) > allowed and abs(first - second) <= STAYS * abs(second) else ""


# The digits that mpmath counts with are those of the whole process: threads take turns.
_PRECISION = RLock()


@contextmanager
def many_digits(digits: int) -> Iterator[None]:
    """mpmath counts with so many digits inside."""
    with _PRECISION, mpmath.workdps(digits):
        yield


class _Extent:
    """How many binary digits the numbers met on the way to one side lie apart, and whether eigenvalues or the like were
    among them."""

    bits = 0
    spectral = False


def _entries(nodes: tuple[Expr, Expr], variables: Variables, point: Sample, digits: int,
             extent: _Extent) -> tuple[list[tuple[int, ...]], list[Any]] | None:
    """Both sides entry by entry, None for what has no value; None where a value hangs on which side of a kink it is."""
    with many_digits(digits):
        data = Data(variables, {**point.sizes, **precise(point)}, strict=False)
        data.kind = "multiprecision"
        sides = []
        for node in nodes:
            evaluator = Evaluator(data)
            try:
                sides.append(np.asarray(value_of(evaluator, node), dtype=object)[0])
            except (EvaluationError, ZeroDivisionError) as error:
                if isinstance(error, EvaluationError) and "too large" in error.message:
                    return None
                sides.append(None)
            except (SymderivError, TypeError, ValueError, OverflowError, ArithmeticError):
                return None
            extent.bits = max(extent.bits, evaluator.above + evaluator.below)
            extent.spectral = extent.spectral or evaluator.spectral
            if 0 < evaluator.least_gap < 10.0 ** (-min(digits, 200) // 2):
                return None
        shape = np.broadcast_shapes(*(np.shape(s) for s in sides if s is not None))
        left, right = (np.broadcast_to(np.asarray(s, dtype=object), shape) if s is not None else
                       np.full(shape, None, dtype=object) for s in sides)
        places = list(np.ndindex(*shape))
        return places, [(_real(left[p]), _real(right[p])) for p in places]


def precise(point: Sample) -> dict[str, Any]:
    """The data of a point as numbers of many digits, exactly what they are."""
    found: dict[str, Any] = {}
    for name, value in point.arrays.items():
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = np.frompyfunc(lambda v: mpmath.mpf(float(v)), 1, 1)(array)
            found[name] = array if isinstance(array, np.ndarray) and array.ndim else np.asarray(array, dtype=object)[()]
        else:
            found[name] = value
    return found


def _real(value: Any) -> Any:
    if value is None or isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
        return None
    return mpmath.mpf(value)
