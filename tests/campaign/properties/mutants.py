"""Mutants of true identities: one that the numbers tell from the original is never proved, and never supported."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
from sympy import Expr, Integer, Rational, Sum, exp, log

import symderiv as sd
from symderiv.arrays.arrays import Entry, Tensor
from symderiv.arrays.symbols import Index, plain_sum
from symderiv.errors import SymderivError
from tests.campaign.index_expressions import (
    A,
    D,
    Grower,
    P,
    S,
    T,
    a,
    agree,
    c,
    h,
    n,
    q,
    u,
    v,
    valued,
    values,
    w,
    x,
    y,
    ys,
    z,
)
from tests.campaign.record import Property

i, j, k = sd.indices("i j k", n)
t = sd.indices("t", T)
ROUNDS = 3

KNOWN: tuple[Callable[[], tuple[Expr, Expr]], ...] = (
    lambda: (sd.Sum(A[i, j], (i, 1, n - 1), (j, 1, n)), sd.Sum(A[i, j], i, j) - sd.Sum(A[n, j], j)),
    lambda: (sd.Sum(x[i], (i, 2, n)), sd.Sum(x[i], i) - x[1]),
    lambda: (sd.Sum(x[i + 1], i), sd.Sum(x[i], i) - x[1]),
    lambda: (sd.Sum(x[n + 1 - i] * v[i], i), sd.Sum(x[i] * v[n + 1 - i], i)),
    lambda: (sd.Sum(x[i] * v[j], (j, 1, i), i), sd.Sum(x[i] * v[j], (i, j, n), j)),
    lambda: (sd.Sum(P[t, i] * w[t], t, i), sd.Sum(w[t], t)),
    lambda: (sd.Sum(P[t + 1, i] * w[t], t, i), sd.Sum(w[t], (t, 1, T - 1))),
    lambda: (sd.Sum(sd.softmax(z)[t, i] * w[t], t, i), sd.Sum(w[t], t)),
    lambda: (sd.Sum(sd.delta(i, ys[t]) * w[t], t, i), sd.Sum(w[t], t)),
    lambda: (sd.Sum(sd.delta(i, ys[t + 1]) * w[t], t, i), sd.Sum(w[t], (t, 1, T - 1))),
    lambda: (sd.Sum(sd.delta(i, y) * x[i], i), x[y]),
    lambda: (sd.Sum(sd.delta(i, j + 1) * x[i] * v[j], i, j), sd.Sum(x[j + 1] * v[j], j)),
    lambda: (sd.Sum(S[i, j] * x[i] * v[j], i, j), sd.Sum(S[j, i] * x[i] * v[j], i, j)),
    lambda: (sd.Sum(D[i, j] * x[j], i, j), sd.Sum(D[i, i] * x[i], i)),
    lambda: (sd.Sum(q[i] * x[j], i, j), sd.Sum(x[i], i)),
    lambda: (sd.Sum(h[i] * c, i), c),
    lambda: (sd.Sum(u[t + 1] ** n, t), sd.Sum(u[t] ** n, t) - u[1] ** n),
    lambda: (sd.Sum((x[i] - x[j]) ** 2, i, j), 2 * n * sd.Sum(x[i] ** 2, i) - 2 * sd.Sum(x[i], i) ** 2),
    lambda: (sd.Sum(i, i), Rational(1) * sd.Sum(1, (j, 1, i), i)),
    lambda: (sd.Sum(sd.iverson(i < j) * x[i], i, j), sd.Sum((n - i) * x[i], i)),
    lambda: (sd.Sum(log(a[i]) + x[i], i), sd.Sum(log(a[i] * exp(x[i])), i)),
    lambda: (sd.Sum(sd.tanh(x[i]), i), sd.Sum(2 * sd.sigmoid(2 * x[i]) - 1, i)),
    lambda: (sd.Sum(sd.relu(x[i]) - sd.relu(-x[i]), i), sd.Sum(x[i], i)),
    lambda: (sd.Sum(sd.softmax(z)[t, i] * z[t, j], i, j, t), sd.Sum(z[t, j], j, t)),
    lambda: (sd.Sum(A[i, i + 1], i), sd.Sum(A[i, i + 1], (i, 1, n - 1))),
    lambda: (sd.Sum(x[i] * v[j - i + 1], i, j), sd.Sum(x[i] * v[k], (k, 1, n + 1 - i), i)),
)


def turned(expression: Expr, rng: random.Random) -> Expr:
    """The same value in other words: terms written apart, the order of sums, a letter that runs backwards."""
    def walk(e: Expr) -> Expr:
        if isinstance(e, Sum):
            body, limits = walk(e.function), [tuple(limit) for limit in e.limits]
            letter, lo, hi = limits[0]
            if rng.random() < 0.5 and len(limits) == 1 and isinstance(letter, Index):
                other = Index(f"{letter.name}_r", letter.lo, letter.hi)
                body, limits = body.xreplace({letter: lo + hi - other}), [(other, lo, hi)]
            if body.is_Add and rng.random() < 0.5:
                return sum((plain_sum(term, limits) for term in body.args), Integer(0))
            return plain_sum(body, limits)
        return e.func(*map(walk, e.args)) if e.is_Add or e.is_Mul or e.is_Pow else e
    return walk(expression)


def _below(e: Expr) -> Iterator[Expr]:
    yield e
    for arg in e.args:
        if isinstance(arg, Expr) and not isinstance(arg, Tensor):
            yield from _below(arg)


def mutant(expression: Expr, rng: random.Random) -> Expr:
    """The expression with one sign, index, bound, offset, coefficient or exponent changed."""
    places = [e for e in _below(expression) if (isinstance(e, Entry) and e.indices) or isinstance(e, Sum) or e.is_Pow
              or e.is_Mul or e.is_Add]
    target = rng.choice(places) if places else expression
    change = rng.choice([-1, 1])
    if isinstance(target, Entry):
        at = rng.randrange(len(target.indices))
        place = target.indices[at] + change
        place = Integer(2) if place.is_number and place < 1 else place
        new: Expr = Entry(target.base, *target.indices[:at], place, *target.indices[at + 1:])
        if len(target.indices) > 1 and rng.random() < 0.3:
            new = Entry(target.base, *target.indices[::-1])
    elif isinstance(target, Sum):
        limits = [list(limit) for limit in target.limits]
        at, end = rng.randrange(len(limits)), rng.choice([1, 2])
        limits[at][end] += change
        new = plain_sum(target.function, [tuple(limit) for limit in limits])
    elif target.is_Pow:
        new = target.base ** (target.exp + change)
    elif target.is_Mul:
        new = target * rng.choice([-1, 2, Rational(1, 2)])
    elif target.args:
        new = target.func(*target.args[:-1], target.args[-1] * rng.choice([-1, 2]))
    else:
        new = target + change
    return expression.xreplace({target: new})


def differ(left: Expr, right: Expr, rng: random.Random) -> str | None:
    """Where two expressions have different values, at sizes 1 to 4; None where they were not seen to."""
    for size in (1, 2, 3, 4):
        for other in (1, 2, 3, 4):
            for _ in range(ROUNDS):
                sizes = {"n": size, "T": other}
                a_, b_ = valued([left, right], values(rng, sizes), sizes)
                if np.isfinite(a_) and np.isfinite(b_) and not agree(a_, b_):
                    return f"{a_} against {b_} at {sizes}"
    return None


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    if rng.random() < 0.5:
        left, right = rng.choice(KNOWN)()
    else:
        left = Grower(rng).expression()
        right = turned(left, rng)
    if rng.random() < 0.5:
        left, right = right, left
    try:
        mutated = rng.random() < 0.9
        right = mutant(right, rng) if mutated else right
        where = differ(left, right, rng)
        verdict = sd.prove(left, right, seed=seed)
    except SymderivError:
        return None         # a mutant that is no expression any more, or that is refused
    if where is not None and verdict.status in ("proved", "supported"):
        return f"{verdict.status}: {left} = {right}, but {where}"
    if where is None and verdict.status == "refuted" and not mutated:
        return f"refuted: {left} = {right}, by {verdict.counterexample}"
    return None


PROPERTY = Property("mutants", "What the numbers tell from a true identity is neither proved nor supported.",
                    case, ci=6, long=2_000)
