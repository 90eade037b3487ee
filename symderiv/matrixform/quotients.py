"""Quotients in a closed form with fewer operations: one bar for two, what stands above and below taken out.

Rules on array expressions (see ``arrays/rewriting.py``); each gives another form of the same value, which is taken where it
has no more operations.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow, S

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About
from ..arrays.sign import certainly_positive
from ..layers.written_out import added, brackets_opened, of_term, positive, scaled, split, terms
from .build import hadamard, is_op, plus
from .shortening import shorter


@shorter("one quotient", RECORDS.mul, Mul)
def one_quotient(expr: Expr, about: About) -> Expr | None:
    """x/(1 + r/c)/c = x/(c + r) for a positive c."""
    number, inner = split(expr)
    factors = [number, *(inner.args if is_op(inner, RECORDS.mul) else (inner,))] if is_array(expr) else expr.args
    for k, f in enumerate(factors):
        if not (is_op(f, RECORDS.pow) or isinstance(f, Pow)) or f.args[1] != -1 or len(terms(f.args[0])) != 2:
            continue
        for t in terms(f.args[0]):
            below = split(t)[0].as_numer_denom()[1] if is_array(t) else t.as_numer_denom()[1]
            if below == 1 or below.is_number or not certainly_positive(below):
                continue
            grown = plus([scaled(below * split(s)[0], split(s)[1]) if is_array(s) else below * s for s in terms(f.args[0])])
            rest = _multiplied(below, [*factors[:k], *factors[k + 1:]])
            return hadamard([*rest, RECORDS.pow(grown, S.NegativeOne)]) if is_array(expr) else Mul(*rest, 1 / grown)
    return None


def _multiplied(number: Expr, factors: list[Expr]) -> list[Expr]:
    """The factors and a number, which goes into a bracket of numbers that it is below in: a + 1 for a (1 + 1/a)."""
    opened = [Mul(*((number * f).expand() if isinstance(f, Add) else f for f in Mul.make_args(g)))
              if not is_array(g) and any(isinstance(f, Add) and number in f.as_numer_denom()[1].free_symbols
                                         for f in Mul.make_args(g)) else g for g in factors]
    return opened if opened != factors else [number, *factors]


@shorter("a power of a quotient", RECORDS.mul)
def power_of_quotient(expr: Apply, about: About) -> Expr | None:
    """a²/b² = (a/b)²."""
    powers = {f: f.args[1] for f in expr.args if is_op(f, RECORDS.pow) and not is_array(f.args[1])}
    for f, e in powers.items():
        other = next((g for g, d in powers.items() if d == -e and e.is_positive), None)
        if other is not None:
            rest = [g for g in expr.args if g not in (f, other)]
            quotient = hadamard([f.args[0], RECORDS.pow(other.args[0], S.NegativeOne)])
            return hadamard([*rest, RECORDS.pow(quotient, e)])
    return None


@shorter("a root of a quotient", RECORDS.mul)
def root_of_quotient(expr: Apply, about: About) -> Expr | None:
    """√a/√b = √(a/b) for positive a and b."""
    above = next((f for f in expr.args if is_op(f, RECORDS.sqrt) and positive(f.args[0])), None)
    below = next((f for f in expr.args if is_op(f, RECORDS.pow) and f.args[1] == -1 and is_op(f.args[0], RECORDS.sqrt)
                  and positive(f.args[0].args[0])), None)
    if above is None or below is None:
        return None
    quotient = hadamard([above.args[0], RECORDS.pow(below.args[0].args[0], S.NegativeOne)])
    return hadamard([*(f for f in expr.args if f not in (above, below)), RECORDS.sqrt(quotient)])


@shorter("a term over itself", RECORDS.mul, Mul, more=0)
def over_itself(expr: Expr, about: About) -> Expr | None:
    """(a - b)/a = 1 - b/a."""
    below = [f for f in expr.args if (is_op(f, RECORDS.pow) or isinstance(f, Pow)) and f.args[1] == -1]
    for bracket in expr.args:
        for f in below if is_op(bracket, RECORDS.add) or isinstance(bracket, Add) else ():
            own = next((t for t in bracket.args if split(t)[1] == f.args[0]), None)
            if own is None or (is_array(bracket) and shape_of(f) != shape_of(bracket)):
                continue
            others = [hadamard([t, f]) if is_array(bracket) else t * f for t in bracket.args if t is not own]
            made = plus([split(own)[0], *others])
            rest = [g for g in expr.args if g not in (bracket, f)]
            return hadamard([*rest, made]) if is_array(expr) else Mul(*rest, made)
    return None


@shorter("a common denominator", RECORDS.add)
def common_denominator(expr: Apply, about: About) -> Expr | None:
    """1 - x²/(1 + x²) = 1/(1 + x²)."""
    if len(expr.args) != 2 or all(map(is_array, expr.args)):
        return None
    number, quotient = sorted(expr.args, key=is_array)
    c, rest = split(quotient)
    factors = list(rest.args) if is_op(rest, RECORDS.mul) else [rest]
    for f in factors:
        if is_op(f, RECORDS.pow) and f.args[1] == -1 and is_op(f.args[0], RECORDS.add):
            above = hadamard([c, *(g for g in factors if g is not f)]) if len(factors) > 1 else c
            spread = [scaled(number * split(t)[0], split(t)[1]) if is_array(t) else number * t for t in f.args[0].args]
            made = plus([*spread, above])
            return hadamard([made, f]) if is_array(made) else scaled(made, f)
    return None


@shorter("a common denominator of numbers", Add)
def numbers_over_denominator(expr: Add, about: About) -> Expr | None:
    """1 - x'x/(1 + x'x) = 1/(1 + x'x)."""
    for below in dict.fromkeys(f.base for t in expr.args for f in Mul.make_args(t) if isinstance(f, Pow) and f.exp == -1
                               and isinstance(f.base, Add)):
        above = Add(*(t * below if 1 / below not in Mul.make_args(t) else
                      Mul(*(f for f in Mul.make_args(t) if f != 1 / below)) for t in expr.args))
        opened = brackets_opened(above)
        made = Add(*opened) if opened is not None else above
        if len(Add.make_args(made)) < len(expr.args) + len(below.args) - 1:
            return made / below
    return None


@shorter("a common scalar", RECORDS.add)
def common_scalar(expr: Apply, about: About) -> Expr | None:
    """(1 + s) y - 2 s x = y + s (y - 2 x): of the scalars in front, one that several terms have."""
    opened = [(c, split(t)[1]) for t in expr.args if is_array(t) for c in Add.make_args(split(t)[0])]
    numbers = [t for t in expr.args if not is_array(t)]
    for s in dict.fromkeys(f for c, _ in opened for f in Mul.make_args(c) if _computed(f)):
        own = [(Mul(*(f for f in Mul.make_args(c) if f != s)), x) for c, x in opened if s in Mul.make_args(c)]
        if 1 < len(own) < len(opened):
            beside = [scaled(c, x) for c, x in opened if s not in Mul.make_args(c)]
            return added(*sorted((*beside, *numbers, scaled(s, plus([scaled(c, x) for c, x in own]))), key=of_term))
    return None


def _computed(f: Expr) -> bool:
    """Whether a scalar is worked out from arrays: what has a name of its own, as a rate has, stays in its bracket."""
    return bool(f.args) and any(map(is_array, f.free_symbols))


@shorter("a vector over itself", RECORDS.matmul)
def dot_over_itself(expr: Apply, about: About) -> Expr | None:
    """(1/v)'v = n."""
    for a, b in (expr.args, expr.args[::-1]) if len(expr.args) == 2 else ():
        if is_op(a, RECORDS.pow) and a.args == (b, S.NegativeOne) and len(shape_of(b)) == 1:
            return shape_of(b)[0]
    return None


QUOTIENTS = (one_quotient, power_of_quotient, root_of_quotient, over_itself, common_denominator, numbers_over_denominator,
             common_scalar, dot_over_itself)
