"""Numbers for unknown functions: one smooth function by name, with derivatives that belong together.

f(x) = b·x + Σ_j a_j sin(w_j·x + c_j) with coefficients drawn by the name: entire, not monotonic, neither even nor odd,
and of no growth that could overflow.  What holds for it at random points holds for no special reason.
"""

from __future__ import annotations

import random
from functools import lru_cache
from math import prod
from typing import Any

from ..arrays.strict import shown
from ..errors import EvaluationError
from ..functions.elementary import cos, sin
from ..functions.unknown import parts_of
from ..late import np
from .scalars import function

TERMS = 3


@lru_cache(maxsize=256)
def _coefficients(name: str, slots: int) -> tuple[tuple[float, ...], tuple[tuple[float, float, tuple[float, ...]], ...]]:
    """(b, (a_j, c_j, w_j) for every term); all are 64ths, so that every kind of number reads them alike."""
    draw = random.Random(f"{name}/{slots}")

    def number(low: int, high: int) -> float:
        return draw.randint(low, high) * draw.choice((-1, 1)) / 64

    def weights(low: int, high: int) -> tuple[float, ...]:
        return tuple(number(low, high) for _ in range(slots))

    return weights(13, 50), tuple((number(19, 60), number(13, 95), weights(32, 100)) for _ in range(TERMS))


def opaque_value(key: str, arguments: list[Any]) -> Any:
    """The value of an unknown function, or of a derivative of it, at arrays of numbers of any kind."""
    name, orders = parts_of(key)
    linear, terms = _coefficients(name, len(orders))
    order = sum(orders)
    parts: list[Any] = []
    if order == 0:
        parts.extend(x * b for b, x in zip(linear, arguments, strict=True))
    for a, c, weights in terms:
        inside = _sum([x * w for w, x in zip(weights, arguments, strict=True)]) + c
        # sin, cos, -sin, -cos
        wave = function(cos if order % 2 else sin, inside)
        parts.append(wave * ((-1) ** (order % 4 // 2) * a * prod(w ** n for w, n in zip(weights, orders, strict=True))))
    total = _sum(parts)
    return total + linear[orders.index(1)] if order == 1 else total


def given_value(word: str, function: Any, arguments: list[Any]) -> Any:
    """The value of a function that a person gives, at arrays of numbers, in the shape that these broadcast to.

    Raises EvaluationError for what is no function, or gives something else.
    """
    if not callable(function):
        raise EvaluationError(f"{word} is {shown(function)}, not a function", hint=f"{word}=np.tanh")
    shape = np.broadcast_shapes(*map(np.shape, arguments))
    value = np.asarray(function(*arguments))
    try:
        return value if value.shape == shape else np.broadcast_to(value, shape)
    except ValueError:
        raise EvaluationError(f"{word} gives an array of shape {value.shape} for one of shape {shape}",
                              hint="it is applied to every entry") from None


def _sum(parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
