"""Expectations: the mean over the outcomes of a random quantity, of which there are a few, with weights in general position.

What is linear, a definition of a variance or a moment, holds for every distribution, so for these; what needs
independence or a certain distribution does not hold for them, and has to be declared as a constraint.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce
from typing import Any

from sympy import Expr, Indexed, Integer, Rational

from ...arrays.arrays import Named, Tensor
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...arrays.symbols import Index, PlainSum, iverson, plain_sum
from ...errors import DeclarationError
from ...layers import one_hot, ones, outer
from ...layers.arithmetic import add, power
from ...probability.distributions import LAWS, random
from ...probability.expectation import expectation as mean_of
from ..declare.context import Expected, RandomLaw
from ..syntax import tree as t
from ..syntax.grammar import parser_for
from .elaborator import Elaborator
from .entrywise import at, settled
from .laws import KnownSpread, said_random, spread
from .oriented import Value, hadamard, known_value, plus, scaled, times, transposed

WEIGHTS = (Rational(1, 10), Rational(2, 10), Rational(3, 10), Rational(4, 10))


def expectation(elaborator: Elaborator, tree: t.ExpectationSign) -> Value:
    """E[f(g)] = Σ_ω w_ω f(g(ω)); of what lies in an event where one is given; Pr[A] is the mean of 1[A]."""
    record = next(d for d in elaborator.context.by_name(tree.name) if isinstance(d, Expected))
    declared = record.over or said_random(elaborator.context)
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


def mean(elaborator: Elaborator, inside: Value, over: tuple[str, ...]) -> Value:
    """The mean of an expression: by the laws that are declared, else over a few outcomes with weights."""
    read = [x for x in inside.expr.free_symbols if isinstance(x, Tensor) and is_random(x.name, over)]
    laws = {x: elaborator.context.laws[x.name] for x in read if x.name in elaborator.context.laws}
    spreads = {x: spread(elaborator, x, law) for x, law in laws.items() if law.moments}
    told = {x: law for x, law in laws.items()
            if law.name or law.iid or (x in spreads and spreads[x].covariance is not None)}
    named = dict[Tensor, Expr]()
    for x in sorted(told, key=lambda x: x.name):
        known = _known(elaborator, x, told[x], spreads.get(x))
        reach = MAX_DEGREE if told[x].name == "normal" else 2
        if known.covariance is not None and known.centre is not None:
            inside = _second_order(inside, x, known.centre, known.covariance, reach)
        elif x.shape and told[x].iid and known.centre is not None and known.variance is not None \
                and degree(inside.expr, x) <= 2:
            inside = _second_order_apart(inside, x, known.centre, known.variance)
        else:
            named[x] = _random(elaborator, x, told[x], known, tuple(named.values()))
    if len(told) > 1:
        elaborator.notes.append(f"{', '.join(sorted(x.name for x in told))} are taken to be independent of each other")
    if named:
        inside = Value(mean_of(inside.expr.xreplace(named)).value, inside.stands)
    return _over_outcomes(elaborator, inside, over, [x for x in read if x not in told], spreads)


def _known(elaborator: Elaborator, x: Tensor, law: RandomLaw, said: KnownSpread | None) -> KnownSpread:
    """The mean and the variances of a random array; names for those that nothing says."""
    if law.name:
        values = [_parameter(elaborator, law, k).expr for k in range(len(law.parameters))]
        if len(values) == 2 and len(shape_of(values[1])) == 2 and len(x.shape) == 1:
            return KnownSpread(values[0], None, values[1])
        made = _random(elaborator, x, law, KnownSpread()).law
        return KnownSpread(made.cumulant(1), made.cumulant(2))
    said = said or KnownSpread()
    shape = () if law.alike else x.shape
    centre = said.centre if said.centre is not None else Tensor(f"mean of {x.name}", shape)
    if said.covariance is not None:
        return replace(said, centre=_whole(x, centre))
    variance = said.variance
    if variance is None:
        variance = Tensor(f"variance of {x.name}", shape, frozenset(["positive"]))
    return KnownSpread(centre, variance)


def _whole(x: Tensor, centre: Expr) -> Expr:
    return centre if shape_of(centre) else centre * ones(*x.shape)


def _over_outcomes(elaborator: Elaborator, inside: Value, over: tuple[str, ...], plain: list[Tensor],
                   spreads: dict[Tensor, KnownSpread]) -> Value:
    """The mean over a few outcomes with weights in general position; with the mean and the variances that are said."""
    if not plain:
        return inside
    mirrored = {x for x in plain if x not in spreads and elaborator.context.laws.get(x.name, RandomLaw()).symmetric}
    alike = elaborator.context.alike
    spreads = {x: said for x, said in spreads.items() if x in plain}
    count = len(WEIGHTS)
    weights = list(WEIGHTS)
    if alike or any(moment.order == 2 for law in elaborator.context.laws.values() for moment in law.moments):
        weights = [Rational(1, count)] * count
    places = [{x: outcome(x, over, (place + step_of(x.name)) % count if alike else place, alike) for x in plain}
              for place in range(count)]
    if mirrored:
        weights = [WEIGHTS[2 * (place // 2)] + Rational(1, 20) for place in range(count)]
    for place, turned in enumerate(places):
        turned |= {x: (-1)**place * outcome(_positive(x), over, place // 2, False) for x in mirrored}
    for x, said in spreads.items():
        moved = _moved(x, [turned[x] for turned in places], weights, said)
        for turned, value in zip(places, moved, strict=True):
            turned[x] = value
    parts = [scaled(weight, Value(inside.expr.xreplace(turned), inside.stands))
             for weight, turned in zip(weights, places, strict=True)]
    return reduce(plus, parts)


# Three patterns over the outcomes, of mean 0 and variance 1, of which no two go together and all three do.
_PATTERNS = ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))


def _moved(x: Tensor, outcomes: list[Expr], weights: list[Rational], said: KnownSpread) -> list[Expr]:
    """Outcomes with the mean that is said, and where they are said the variances of the entries."""
    middle = reduce(RECORDS.add, (RECORDS.mul(w, each) for w, each in zip(weights, outcomes, strict=True)))
    centre = said.centre if said.centre is not None else middle
    if said.variance is None:
        return [RECORDS.add(centre, RECORDS.add(each, RECORDS.mul(-1, middle))) for each in outcomes]
    turn, tilt = (Tensor(f"{x.name}({word})", x.shape) for word in ("turn", "tilt"))
    across = RECORDS.sin(tilt)
    axes = (RECORDS.cos(tilt), RECORDS.mul(across, RECORDS.cos(turn)), RECORDS.mul(across, RECORDS.sin(turn)))
    size = RECORDS.sqrt(said.variance)
    sides = (reduce(RECORDS.add, map(RECORDS.mul, signs, axes)) for signs in _PATTERNS)
    return [RECORDS.add(centre, RECORDS.mul(size, side)) for side in sides]


def _positive(x: Tensor) -> Tensor:
    """What is above zero, for outcomes that come in pairs."""
    return Tensor(x.name, x.shape, x.properties | {"positive"})


def _parameter(elaborator: Elaborator, law: RandomLaw, place: int) -> Value:
    """A parameter of a law, as it is declared."""
    assert law.source is not None
    start, end = law.parameters[place]
    parser = parser_for(law.source.text, elaborator.context, source=law.source, start=start, end=end)
    return known_value(elaborator.fresh(law.source, "a law").of(parser.whole(parser.expression)))


def _random(elaborator: Elaborator, x: Tensor, law: RandomLaw, known: KnownSpread, beside: tuple[Expr, ...] = ()) -> Any:
    """A random tensor of a law, independent of those beside it."""
    values = {key: _parameter(elaborator, law, k).expr for k, key in enumerate(LAWS[law.name][:len(law.parameters)])}
    if not law.name:
        pairs = zip(LAWS[""], (known.centre, known.variance), strict=True)
        values = {key: value for key, value in pairs if value is not None}
    single = law.iid or not x.shape
    return random(x.name, *x.shape, law=law.name, iid=single and not any(map(shape_of, values.values())),
                  independent=single, independent_of=beside, **values)


def _second_order(inside: Value, x: Tensor, centre: Expr, covariance: Expr, reach: int) -> Value:
    """E f(x) = f(μ) + ½ Σ_ij Σ_ij ∂²f/∂x_i∂x_j, which for f of degree three in a normal vector is all.

    The second derivatives are differences, exact at that degree.  Raises DeclarationError at a higher one.
    """
    if degree(inside.expr, x) > reach:
        raise DeclarationError(f"the mean of {inside.expr} needs more than the first {reach} moments of {x}",
                               hint="write the expectation out, or declare a name for it")
    *rows, i = (Index(f"{letter}_{x.name}", 1, size) for letter, size in zip("rp"[-len(x.shape):], x.shape, strict=True))
    j = Index(f"q_{x.name}", 1, x.shape[-1])
    units = [reduce(outer, [one_hot(k, k.hi) for k in (*rows, each)]) for each in (i, j)]
    centre = centre if len(shape_of(centre)) == len(x.shape) else outer(ones(x.shape[0]), centre)
    moved = [inside.expr.xreplace({x: centre + a * units[0] + b * units[1]}) for a in (1, -1) for b in (1, -1)]
    return _bent(inside, x, centre, moved, (1, -1, -1, 1), at(covariance, (i, j)) / 8, (*rows, i, j))


def _second_order_apart(inside: Value, x: Tensor, centre: Expr, variance: Expr) -> Value:
    """E f(x) = f(μ) + ½ Σ v_i ∂²f/∂x_i², which for independent entries and f of degree two is all."""
    letters = tuple(Index(f"{letter}_{x.name}", 1, size) for letter, size in zip("pqrs", x.shape, strict=False))
    unit: Expr = reduce(outer, [one_hot(k, size) for k, size in zip(letters, x.shape, strict=True)])
    moved = [inside.expr.xreplace({x: centre + a * unit}) for a in (1, -1, 0)]
    here = at(variance, letters) if shape_of(variance) else variance
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
    still = inside.expr.xreplace({x: _whole(x, centre)})
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


def variance(elaborator: Elaborator, arguments: list[Value], matrix: bool) -> Value:
    """Var[x] = E[(x - E x)²], entry by entry; Cov[x, y] = E[(x - E x)(y - E y)ᵀ], and the ``matrix`` of one vector."""
    over = said_random(elaborator.context)
    if not over:
        raise DeclarationError("it is not said what is random here", hint="declare it: E: expectation over x")
    first, last = arguments[0], arguments[-1]
    centred = [plus(v, scaled(-Rational(1), mean(elaborator, v, over))) for v in (first, last)]
    if first.scalar or last.scalar or not matrix:
        return mean(elaborator, hadamard(centred[0], centred[1]), over)
    return mean(elaborator, times(centred[0], transposed(centred[1])), over)


def alike(tree: t.Tree) -> bool:
    """Whether a constraint says that the members of a family have one distribution: E[g_i^2] = E[g_t^2]."""
    if not isinstance(tree, t.Relation) or tree.signs != ("=",):
        return False
    sides = [s for s in tree.sides if isinstance(s, t.ExpectationSign)]
    return len(sides) == 2 and all(any(isinstance(x, t.Member) for x in t.walk(s)) for s in sides)
