"""Expectations: the mean over the outcomes of a random quantity, of which there are a few, with weights in general position.

What is linear, a definition of a variance or a moment, holds for every distribution, so for these; what needs
independence or a certain distribution does not hold for them, and has to be declared as a constraint.
"""

from __future__ import annotations

import re
from functools import reduce

from sympy import Expr, Rational

from ...arrays.arrays import Tensor
from ...errors import DeclarationError
from ..declare.context import Expected
from ..syntax import tree as t
from .elaborator import Elaborator
from .oriented import Value, hadamard, known_value, plus, scaled, times, transposed

WEIGHTS = (Rational(1, 10), Rational(2, 10), Rational(3, 10), Rational(4, 10))


def expectation(elaborator: Elaborator, tree: t.ExpectationSign) -> Value:
    """E[f(g)] = Σ_ω w_ω f(g(ω))."""
    record = elaborator.record(tree.name)
    assert isinstance(record, Expected)
    # What stands below the sign may be a distribution, as in E_{q(z)}: then the declared names are meant.
    over = tuple(name for name in tree.over if elaborator.context.by_name(name) and name in record.over) or record.over
    return mean(elaborator, known_value(elaborator.of(tree.body)), over)


def mean(elaborator: Elaborator, inside: Value, over: tuple[str, ...]) -> Value:
    """The weighted mean of what an expression is at every outcome of the random arrays in it."""
    random = [x for x in inside.expr.free_symbols if isinstance(x, Tensor) and is_random(x.name, over)]
    if not random:
        return inside
    alike = elaborator.context.alike
    count = len(WEIGHTS)
    parts = []
    for place, weight in enumerate(WEIGHTS):
        # Arrays with one distribution take the same values, each in its own order.
        turned = {x: outcome(x, over, (place + step_of(x.name)) % count if alike else place, alike) for x in random}
        parts.append(scaled(Rational(1, count) if alike else weight, Value(inside.expr.xreplace(turned), inside.stands)))
    return reduce(plus, parts)


def outcome(array: Tensor, over: tuple[str, ...], place: int, alike: bool) -> Expr:
    """What a random array is at one outcome; members of a family that are alike take their values from one store."""
    name = next(g for g in over if is_random(array.name, (g,))) if alike else array.name
    return Tensor(f"{name}(outcome {place + 1})", array.shape, array.properties)


def is_random(name: str, over: tuple[str, ...]) -> bool:
    """Whether an array is one that the mean is over: by name, or a member of a family of that name."""
    return any(name == g or re.fullmatch(rf"{re.escape(g)}[_^].*", name) for g in over)


def step_of(name: str) -> int:
    """The number of a member of a family."""
    found = re.search(r"(\d+)\D*$", name)
    return int(found.group(1)) if found else 0


def variance(elaborator: Elaborator, arguments: list[Value]) -> Value:
    """Var[x] = E[(x - E x)²], entry by entry; Cov[x, y] = E[(x - E x)(y - E y)ᵀ]."""
    over = tuple(name for d in elaborator.context.all() if isinstance(d, Expected) for name in d.over)
    if not over:
        raise DeclarationError("it is not said what is random here", hint="declare it: E: expectation over x")
    first, last = arguments[0], arguments[-1]
    centred = [plus(v, scaled(-Rational(1), mean(elaborator, v, over))) for v in (first, last)]
    if len(arguments) == 1 or first.scalar or last.scalar:
        return mean(elaborator, hadamard(centred[0], centred[1]), over)
    return mean(elaborator, times(centred[0], transposed(centred[1])), over)


def alike(tree: t.Tree) -> bool:
    """Whether a constraint says that the members of a family have one distribution: E[g_i^2] = E[g_t^2]."""
    if not isinstance(tree, t.Relation) or tree.signs != ("=",):
        return False
    sides = [s for s in tree.sides if isinstance(s, t.ExpectationSign)]
    return len(sides) == 2 and all(any(isinstance(x, t.Member) for x in t.walk(s)) for s in sides)


__all__ = ["WEIGHTS", "alike", "expectation", "mean", "variance"]
