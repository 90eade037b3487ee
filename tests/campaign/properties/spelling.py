"""A small one to begin with: the plain text of a polynomial in a scalar and a vector reads back as the same value."""

from __future__ import annotations

import random

import numpy as np

import symderiv as sd
from tests.campaign.record import Property

n = sd.dims("n")
NAMES = {"x": sd.tensor("x", n), "c": sd.tensor("c")}


def grown(rng: random.Random, depth: int):
    if depth == 0:
        return rng.choice([NAMES["x"], NAMES["c"] * NAMES["x"], 2 * NAMES["x"]])
    left, right = grown(rng, depth - 1), grown(rng, depth - 1)
    return rng.choice([lambda: left + right, lambda: left - right, lambda: left * right, lambda: -left,
                       lambda: left ** 2])()


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    expression = grown(rng, rng.randint(1, 3))
    text = str(expression)
    again = sd.parse(text, **NAMES)
    values = np.random.default_rng(seed)
    arrays = {"x": values.normal(size=3), "c": values.normal()}
    every = NAMES["c"] * NAMES["x"]          # so that both read every name
    first, second = sd.evaluate(expression + every, **arrays), sd.evaluate(again + every, **arrays)
    return None if np.allclose(first, second) else f"{text} reads back as {again}"


PROPERTY = Property("spelling", "The text of an expression reads back as the same value.", case, ci=25, long=5_000)
