"""False statements that look true: two sides which differ beside a kink, beyond a threshold, at large or small values,
at some sizes, or only where one has a value.  And their true relatives under assumptions.

Every case is built with its truth: what differs is said by the construction, never by the engine.
"""

from __future__ import annotations

import random

from sympy import And, Ne, floor

import symderiv as sd
from tests.campaign.record import Property

n = sd.dims("n")
a, b, x, y = sd.tensor("a"), sd.tensor("b"), sd.tensor("x", n), sd.tensor("y", n)
i = sd.indices("i", n)
BELIEVED = ("proved", "supported")


def beyond_a_kink(rng: random.Random):
    """|s u + c| = s u + c and the like: right on the side of the kink where most points lie."""
    u, c, s = rng.choice([a, x, a * b, a + b]), rng.choice([3, 7, 9, 15, 40]), rng.choice([1, 2, -1])
    return rng.choice([lambda: (sd.abs(s * u + c), s * u + c), lambda: (sd.relu(u + c), u + c),
                       lambda: (sd.clip(u, -c, c), u), lambda: (sd.minimum(u, c), u), lambda: (sd.sign(u + c), u ** 0),
                       lambda: (sd.maximum(u, -c), u), lambda: (sd.relu(u - c), 0 * u)])()


def saturated(rng: random.Random):
    """tanh(u + c) = 1: right to many digits where u is small."""
    u, c = rng.choice([a, x, a**2 - a, 3 * a]), rng.choice([15, 20, 30, 45])
    one = u ** 0
    return rng.choice([lambda: (sd.tanh(u + c), one), lambda: (sd.sigmoid(u + 2 * c), one),
                       lambda: (sd.erf(u + min(c, 20)), one),
                       lambda: (sd.softplus(u + 2 * c), u + 2 * c), lambda: (sd.exp(u - 4 * c), 0 * u)])()


def of_small_weight(rng: random.Random):
    """A term whose coefficient is small beside the others, or two coefficients that nearly are one."""
    u, v, c = rng.choice([a, x, x * y]), rng.choice([b, a]), 10 ** rng.choice([8, 10, 13, 20])
    return rng.choice([lambda: (u / c, 0 * u), lambda: (c * u, (c + 1) * u), lambda: (u + v / c, u),
                       lambda: (sd.exp(u / c), u ** 0), lambda: (u * (1 + v ** 2 / c), u)])()


def beyond_a_size(rng: random.Random):
    """Something that vanishes for the sizes below a threshold."""
    top, u = rng.randint(3, 14), rng.choice([a, sd.sum(x), x @ y])
    product = 1
    for k in range(1, min(top, 8) + 1):
        product = product * (n - k)
    return rng.choice([lambda: (product * u, 0), lambda: (floor(n / top) * u, 0 * u),
                       lambda: (floor(n / (10 * top)) * a, 0 * a), lambda: (floor((n + 1) / (top + 1)) * u, 0 * u),
                       lambda: (sd.Sum(x[i], (i, 1, n - top)) if top > 3 else u, 0)])()


def closed_numbers(rng: random.Random):
    """Two whole numbers that agree in all but their last digit."""
    number = rng.choice([10**8, 2**31, 2**53, 10**30, 3**40]) + rng.randint(0, 1000)
    return rng.choice([(number, number + 1), (number * a, (number + 1) * a), (number * x, number * x + x)])


def of_two_domains(rng: random.Random):
    """Both sides agree where both have a value, or where a quantity has the right sign: never more than conditional."""
    u, v = rng.choice([(a, b), (x, y)])
    return rng.choice([lambda: (sd.log(u * v), sd.log(u) + sd.log(v)), lambda: (sd.log(u**2), 2 * sd.log(u)),
                       lambda: (sd.sqrt(u**2), u), lambda: (sd.arctan(sd.tan(u)), u), lambda: (sd.arcsin(sd.sin(u)), u),
                       lambda: (sd.sqrt(u * v), sd.sqrt(u) * sd.sqrt(v)), lambda: (sd.exp(sd.log(x)), x),
                       lambda: (x / x, sd.ones(n)), lambda: (x * y / y, x),
                       lambda: (sd.log(x / y), sd.log(x) - sd.log(y))])()


FALSE = (beyond_a_kink, saturated, of_small_weight, beyond_a_size, closed_numbers, of_two_domains)

TRUE = (
    lambda c: (sd.abs(b), b, [b > 0]), lambda c: (sd.abs(b), b, [b >= c]), lambda c: (sd.abs(x), -x, [x < 0]),
    lambda c: (sd.abs(b + c), b + c, [b > -c]), lambda c: (sd.relu(x), x, [x[i] > 0]),
    lambda c: (sd.abs(a), a, [And(a > b, b > 0)]),
    lambda c: (sd.log(a * b), sd.log(a) + sd.log(b), [a > 0, b > 0]), lambda c: (sd.sqrt(a**2), a, [a >= 0]),
    lambda c: (sd.sign(a - b)**2, 1, [Ne(a, b)]), lambda c: (sd.arctan(sd.tan(a)), a, [sd.abs(a) < 1]),
    lambda c: (floor(n / (c + 3)) * a, 0 * a, [n <= c + 2]), lambda c: (sd.clip(a, -c, c), a, [sd.abs(a) <= c]),
    lambda c: (sd.maximum(a, b), a, [a >= b]), lambda c: (sd.log(x**c), c * sd.log(x), [x > 0]),
    lambda c: (sd.tanh(a + c) ** 2 + 1 / sd.cosh(a + c) ** 2, 1, []), lambda c: (sd.sigmoid(-x), 1 - sd.sigmoid(x), []),
    lambda c: (sd.softmax(x + c * a), sd.softmax(x), []), lambda c: (sd.relu(x) - sd.relu(-x), x, []),
    lambda c: ((10**8 + c) * x, 10**8 * x + c * x, []), lambda c: (sd.softplus(a) - sd.softplus(-a), a, []),
)


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    if seed % 3 == 0:
        left, right, assuming = rng.choice(TRUE)(rng.randint(1, 9))
        verdict = sd.prove(left, right, assuming=assuming)
        if verdict.status not in BELIEVED:
            return f"true under {assuming}, but {verdict}: {verdict.evidence}; {verdict.counterexample}"
        return None
    left, right = rng.choice(FALSE)(rng)
    verdict = sd.prove(left, right)
    if verdict.status in BELIEVED:
        return f"false, but {verdict}: {verdict.evidence}"
    if verdict.status == "conditional" and not verdict.conditions:
        return f"{verdict} names no condition: {verdict.evidence}"
    if verdict.status == "conditional":
        again = sd.prove(left, right, assuming=verdict.conditions)
        if again.status not in BELIEVED:
            return f"{verdict} under {verdict.conditions}, which assumed gives {again.status}: {again.counterexample}"
    return None


PROPERTY = Property("false_claims", "No false statement is believed, and no true one refuted under its assumptions.", case,
                    ci=12, long=3_000)
