"""One text has one reading: what parse makes of it is the side that verify judges, in LaTeX and in plain text."""

from __future__ import annotations

import random

import symderiv as sd
from symderiv.errors import SymderivError
from tests.campaign.record import Property

n, m = sd.dims("n m")
NAMES = {"a": sd.tensor("a"), "b": sd.tensor("b"), "x": sd.tensor("x", n), "z": sd.tensor("z", n), "A": sd.tensor("A", n, n),
         "y": sd.label("y", n), "W": sd.tensor("W", m, n)}
SCALARS = ("a", "b", "2", "3", "10")
LATEX = (r"\frac{%s}{%s}", "%s %s", "%s/%s", "%s - %s", "%s + %s", r"%s \cdot %s", "%s {+ %s}", "%s{-}%s", "{%s}^{2} %s",
         "%s/2 %s", r"\left(%s\right)^2 - %s", r"\log %s %s", r"\sin 2%s - %s", r"e^{%s} %s")
PLAIN = ("%s/%s", "%s*%s", "%s - %s", "%s + %s", "%s/2*%s", "-%s^2*%s", "%s^2/%s", "2^-1*%s*%s", "(%s)*(%s)", "exp(%s)*%s",
         "%s**2 - %s", "log(%s)*%s", "%s/(2*%s)", "-(%s) - -%s", "%s^10 + %s")
LATEX_ENDS = (r"x^\top z", "x_1", "z[y]", r"\sum_i x_i", r"\sum_i x_i z_i", r"x^\top A x", r"\|x\|^2", r"\prod_{i=1}^3 x_1",
              "z_y", r"\sum_{i=1}^n x_i^2")
PLAIN_ENDS = ("x'*z", "x[1]", "z[y]", "sum(x)", "sum(x.*z)", "x'*A*x", "norm(x)^2", "x_1", "tr(A)", "z_y", "sum_i x_i",
              "A[1,1]")


def grown(rng: random.Random, depth: int, latex: bool) -> str:
    if depth == 0:
        return rng.choice(LATEX_ENDS if latex else PLAIN_ENDS) if rng.random() < 0.5 else rng.choice(SCALARS)
    inside = [grown(rng, rng.randint(0, depth - 1), latex) for _ in range(2)]
    inside = [rf"({each})" if rng.random() < 0.3 else each for each in inside]
    return rng.choice(LATEX if latex else PLAIN) % tuple(inside)


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    text = grown(rng, rng.randint(1, 3), rng.random() < 0.5)
    try:
        meant = sd.parse(text, **NAMES)
    except SymderivError:
        return None
    shown = sd.parse("A[1,1] + W[1,1] + a + b + z[1] + x[1] + z[y]", **NAMES)
    given = {**NAMES, "q": meant + 0 * shown}
    line = sd.verify([f"{text} = q"], given).lines[0]
    if line.wrong or line.status in ("unread", "undeclared", "ill-typed"):
        return f"{text} is parsed as {meant}, but verified as {line.reading}: {line.status}"
    other = sd.verify([f"{text} = q + 1"], given).lines[0]
    return f"{text} = {meant} + 1 is {other.status}" if other.status in ("proved", "supported") else None


PROPERTY = Property("one_reading", "What parse makes of a text is the side that verify judges.", case, ci=10, long=4_000)
