"""Random index expressions with affine reads: their derivatives in numbers, rewritings of them, and one canonical form."""

from __future__ import annotations

import random

import symderiv as sd
from symderiv.calculus.canonical import canonical, is_zero
from symderiv.errors import BoundExceeded
from symderiv.lowering.program import Program
from symderiv.terms.nodes import add, neg
from tests.campaign.derivatives import IndexExpression, Rewriting, compare_derivatives
from tests.campaign.record import Property


def derivatives(rng: random.Random) -> None:
    expression = IndexExpression(rng)
    compare_derivatives(expression.output, expression.variable(), rng.randrange(1000))


def rewritten(rng: random.Random) -> str | None:
    """An expression against itself, written differently."""
    expression = IndexExpression(rng)
    letters = tuple(rng.sample([sd.indices("i", expression.n), sd.indices("j", expression.m)], rng.randrange(3)))
    body = expression.scalar(letters)
    other = Rewriting(rng).again(body)
    if letters:
        body, other = sd.define("f", letters, body), sd.define("g", letters, other)
    status = sd.prove(body, other).status
    return None if status in ("proved", "supported") else f"{body} = {other} is {status}"


def idempotent(rng: random.Random) -> str | None:
    """The canonical form of a canonical form is itself."""
    expression = IndexExpression(rng)
    node = Program().scalar(expression.scalar((sd.indices("i", expression.n),)))
    try:
        form = canonical(node)
        again = canonical(form)
    except BoundExceeded:
        return None
    return None if again is form or is_zero(add(again, neg(form))) else f"{node} has the forms {form} and {again}"


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    derivatives(rng)
    return rewritten(rng) or idempotent(rng)


PROPERTY = Property("affine_reads", "Derivatives, rewritings and canonical forms of index expressions keep their values.",
                    case, ci=8, long=5_000)
