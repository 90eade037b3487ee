"""Expectations: the mean over the outcomes of a random quantity, of which there are a few, with weights in general position.

What is linear, a definition of a variance or a moment, holds for every distribution, so for these; what needs
independence or a certain distribution does not hold for them, and has to be declared as a constraint.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import Any

from sympy import Expr, Indexed, Integer, Rational

from ...arrays.arrays import Named, Tensor
from ...arrays.operator import shape_of
from ...arrays.symbols import Index, PlainSum, iverson, plain_sum
from ...errors import DeclarationError
from ...layers import one_hot, ones, outer
from ...layers.arithmetic import add, power
from ...probability.distributions import LAWS, Law, random
from ...probability.expectation import expectation as mean_of
from ..declare.context import Expected, RandomLaw
from ..syntax import tree as t
from ..syntax.grammar import parser_for
from .elaborator import Elaborator
from .entrywise import at, settled
from .oriented import Value, hadamard, known_value, plus, scaled, times, transposed

WEIGHTS = (Rational(1, 10), Rational(2, 10), Rational(3, 10), Rational(4, 10))


def expectation(elaborator: Elaborator, tree: t.ExpectationSign) -> Value:
    """E[f(g)] = Σ_ω w_ω f(g(ω)); of what lies in an event where one is given; Pr[A] is the mean of 1[A]."""
    record = next(d for d in elaborator.context.by_name(tree.name) if isinstance(d, Expected))
    declared = record.over or _said_random(elaborator)
    # What stands below the sign may be a distribution, as in E_{q(z)}: then the declared names are meant.
    over = tuple(name for name in tree.over if elaborator.context.by_name(name) and name in declared) or declared
    # m_i is a row of a family m, all of which is random.
    over = tuple(name if elaborator.context.by_name(name) else name.partition("_")[0] for name in over)
    inside = Value(iverson(elaborator.condition(tree.body))) if record.of_events else known_value(elaborator.of(tree.body))
    if tree.given is None:
        return mean(elaborator, inside, over)
    event = iverson(elaborator.condition(tree.given))
    among = mean(elaborator, scaled(event, inside), over)
    return scaled(1 / mean(elaborator, Value(event), over).expr, among)


def _said_random(elaborator: Elaborator) -> tuple[str, ...]:
    """What is random: the names with a law, and those that expectations are said to be over."""
    context = elaborator.context
    named = (name for d in context.all() if isinstance(d, Expected) for name in d.over)
    return tuple(dict.fromkeys((*context.laws, *named)))


def mean(elaborator: Elaborator, inside: Value, over: tuple[str, ...]) -> Value:
    """The mean of an expression: by the laws that are declared, else over a few outcomes with weights."""
    read = [x for x in inside.expr.free_symbols if isinstance(x, Tensor) and is_random(x.name, over)]
    laws = {x: elaborator.context.laws[x.name] for x in read if x.name in elaborator.context.laws}
    named = {x: law for x, law in laws.items() if law.name}
    for x in sorted(named, key=lambda x: x.name):
        law = named[x]
        if len(law.parameters) == 2 and len(x.shape) == 1 and _parameter(elaborator, law, 1).rank == 2:
            inside = _second_order(inside, x, *(_parameter(elaborator, law, k).expr for k in (0, 1)))
            del named[x]
        elif x.shape and law.iid and degree(inside.expr, x) <= 2:
            inside = _second_order_apart(inside, x, _random(elaborator, x, law).law)
            del named[x]
    if named:
        inside = _by_moments(elaborator, inside, named)
    plain = [x for x in read if x not in laws or not laws[x].name]
    if not plain:
        return inside
    mirrored = {x for x in plain if x in laws and laws[x].symmetric}
    alike = elaborator.context.alike
    count = len(WEIGHTS)
    parts = []
    for place, weight in enumerate(WEIGHTS):
        # Arrays with one distribution take the same values, each in its own order.
        turned = {x: outcome(x, over, (place + step_of(x.name)) % count if alike else place, alike) for x in plain}
        if mirrored:
            turned |= {x: (-1)**place * outcome(_positive(x), over, place // 2, False) for x in mirrored}
            weight = WEIGHTS[2 * (place // 2)] + Rational(1, 20)
        parts.append(scaled(Rational(1, count) if alike else weight, Value(inside.expr.xreplace(turned), inside.stands)))
    return reduce(plus, parts)


def _positive(x: Tensor) -> Tensor:
    """What is above zero, for outcomes that come in pairs."""
    return Tensor(x.name, x.shape, x.properties | {"positive"})


def _parameter(elaborator: Elaborator, law: RandomLaw, place: int) -> Value:
    """A parameter of a law, as it is declared."""
    assert law.source is not None
    start, end = law.parameters[place]
    parser = parser_for(law.source.text, elaborator.context, source=law.source, start=start, end=end)
    return known_value(elaborator.fresh(law.source, "a law").of(parser.whole(parser.expression)))


def _random(elaborator: Elaborator, x: Tensor, law: RandomLaw, beside: tuple[Expr, ...] = ()) -> Any:
    """A random tensor of a law, independent of those beside it."""
    values = {key: _parameter(elaborator, law, k).expr for k, key in enumerate(LAWS[law.name][:len(law.parameters)])}
    single = law.iid or not x.shape
    return random(x.name, *x.shape, law=law.name, iid=single and not any(map(shape_of, values.values())),
                  independent=single, independent_of=beside, **values)


def _by_moments(elaborator: Elaborator, inside: Value, named: dict[Tensor, RandomLaw]) -> Value:
    """The mean by the moments of named laws, names with a law being independent of each other.  Raises DeclarationError."""
    turned: dict[Expr, Expr] = {}
    for x, law in sorted(named.items(), key=lambda pair: pair[0].name):
        turned[x] = _random(elaborator, x, law, tuple(turned.values()))
    if len(turned) > 1:
        elaborator.notes.append(f"{', '.join(x.name for x in turned)} are taken to be independent of each other")
    found = mean_of(inside.expr.xreplace(turned)).value
    return Value(found, inside.stands)


def _second_order(inside: Value, x: Tensor, centre: Expr, covariance: Expr) -> Value:
    """E f(x) = f(μ) + ½ Σ_ij Σ_ij ∂²f/∂x_i∂x_j, which for f of degree three in a normal vector is all.

    The second derivatives are differences, exact at that degree.  Raises DeclarationError at a higher one.
    """
    if degree(inside.expr, x) > MAX_DEGREE:
        raise DeclarationError(f"the mean of {inside.expr} needs more than the first three moments of {x}",
                               hint="write the expectation out, or declare a name for it")
    i, j = (Index(f"{letter}_{x.name}", 1, x.shape[0]) for letter in "pq")
    units = [one_hot(k, x.shape[0]) for k in (i, j)]
    moved = [inside.expr.xreplace({x: centre + a * units[0] + b * units[1]}) for a in (1, -1) for b in (1, -1)]
    return _bent(inside, x, centre, moved, (1, -1, -1, 1), at(covariance, (i, j)) / 8, (i, j))


def _second_order_apart(inside: Value, x: Tensor, law: Law) -> Value:
    """E f(x) = f(μ) + ½ Σ v_i ∂²f/∂x_i², which for independent entries and f of degree two is all."""
    centre, spread = law.cumulant(1), law.cumulant(2)
    assert centre is not None and spread is not None
    letters = tuple(Index(f"{letter}_{x.name}", 1, size) for letter, size in zip("pqrs", x.shape, strict=False))
    unit: Expr = reduce(outer, [one_hot(k, size) for k, size in zip(letters, x.shape, strict=True)])
    moved = [inside.expr.xreplace({x: centre + a * unit}) for a in (1, -1, 0)]
    here = at(spread, letters) if shape_of(spread) else spread
    return _bent(inside, x, centre, moved, (1, 1, -2), here / 2, letters)


def _bent(inside: Value, x: Tensor, centre: Expr, moved: list[Expr], signs: tuple[int, ...], factor: Expr,
          over: tuple[Index, ...]) -> Value:
    """f(μ) and, summed over letters, a factor times differences of what f is at moved places."""
    shape = shape_of(inside.expr)
    letters = tuple(Index(f"{letter}_mean", 1, size) for letter, size in zip("rstu", shape, strict=False))
    entries = [settled(at(each, letters)) if letters else settled(each) for each in moved]
    total = sum((sign * each for sign, each in zip(signs, entries, strict=True)), Integer(0))
    bent = plain_sum(total * factor, [(k, Integer(1), k.hi) for k in over])
    more = Named("second order", letters, bent) if letters else bent
    still = inside.expr.xreplace({x: centre if shape_of(centre) else centre * ones(*x.shape)})
    return plus(Value(still, inside.stands), Value(more, inside.stands))


MAX_DEGREE = 3


def degree(expr: Expr, x: Tensor) -> float:
    """The degree of an expression as a polynomial in the entries of an array, as its form shows it; else inf."""
    if expr == x:
        return 1
    if x not in expr.free_symbols:
        return 0
    if isinstance(expr, Named):
        return degree(expr.body, x)
    record = getattr(expr, "op", None)
    parts = [degree(a, x) for a in expr.args if isinstance(a, Expr)]
    if expr.is_Pow or record is power:
        exponent = expr.args[-1]
        return parts[0] * int(exponent) if exponent.is_Integer and exponent > 0 else float("inf")
    if expr.is_Add or record is add or isinstance(expr, PlainSum | Indexed):
        return max(parts)
    return sum(parts) if expr.is_Mul or getattr(record, "multilinear", False) else float("inf")


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
    over = _said_random(elaborator)
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
