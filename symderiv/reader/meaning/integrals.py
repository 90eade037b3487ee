"""Integrals over one number, by quadrature: a sum over nodes at which the integrand is taken.

The substitutions are those of double-exponential quadrature, after which the trapezoidal rule converges geometrically
for analytic integrands.  Source: Takahasi and Mori, Publ. RIMS 9 (1974), 721-741.  What is found this way is support
and no proof, and a difference counts only where a finer rule with a wider reach gives the same numbers.
"""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr, Integer, Rational

from ...arrays.symbols import Index, PlainSum, plain_sum
from ...arrays.walks import subexpressions
from ...errors import SymderivError
from ...layers.elementwise import cosh, exp, sinh, tanh
from ...terms.letters import unused
from ..syntax import tree as t
from .elaborator import Elaborator
from .entrywise import settled
from .oriented import Value

BY_QUADRATURE = "the integral is computed numerically"
NODE = "node"
# (steps on either side of the middle, length of a step)
COARSE, FINE = (48, Rational(1, 10)), (96, Rational(7, 100))


class IntegralNotComputed(SymderivError):
    """An integral that was read, and that numbers do not decide about."""


def integral(elaborator: Elaborator, tree: t.Integral) -> Value:
    """Σ_q f(x(t_q)) x'(t_q) h.  Raises IntegralNotComputed for what is no integral over an interval."""
    if not tree.whole:
        raise IntegralNotComputed("an integral over a set: read, and not decided", where=elaborator.text(tree))
    low, high = _end(elaborator, tree.low, -sympy.oo), _end(elaborator, tree.high, sympy.oo)
    if not elaborator.reading.nodes:
        raise elaborator.refused("integrals are not read", tree, hint="declare a name for the integral")
    count, step = FINE if elaborator.reading.nodes == "fine" else COARSE
    taken = {str(s) for s in elaborator.bound.values()} | set(elaborator.free)
    node = Index(unused(NODE, taken), 1, Integer(2 * count + 1))
    x, weight = _substituted(low, high, step * (node - count - 1), count * step)
    inside = replace(elaborator, bound={**elaborator.bound, tree.letter: x})
    body = inside.of(tree.body)
    if not body.scalar:
        raise IntegralNotComputed("an integral of an array: read, and not decided", where=elaborator.text(tree))
    elaborator.notes.append(BY_QUADRATURE)
    return Value(plain_sum(_logarithms_apart(settled(body.expr)) * weight * step, [(node, Integer(1), node.hi)]))


def _end(elaborator: Elaborator, tree: t.Tree | None, default: Expr) -> Expr:
    """An end of the interval, which may be infinite."""
    if tree is None:
        return default
    single = isinstance(tree, t.Terms) and len(tree.terms) == 1
    inside, sign = (tree.terms[0], tree.signs[0]) if single and isinstance(tree, t.Terms) else (tree, 1)
    if isinstance(inside, t.Number) and inside.text == "infty":
        return sign * sympy.oo
    return elaborator.scalar(tree)


def _logarithms_apart(expr: Expr) -> Expr:
    """log(c e^u) as u + log c, which has a value where e^u is too small for a number."""
    turned = {}
    for each in expr.atoms(sympy.log):
        raised = [f for f in sympy.Mul.make_args(each.args[0]) if isinstance(f, sympy.exp)]
        if raised:
            turned[each] = sympy.Add(*(f.args[0] for f in raised)) + sympy.log(each.args[0] / sympy.Mul(*raised))
    return expr.xreplace(turned)


def has_integral(*exprs: Expr) -> bool:
    """Whether an integral is computed in one of them, itself or in what its names stand for."""
    return any(isinstance(node, PlainSum) and any(i[0].name.startswith(NODE) for i in node.limits)
               for node in subexpressions(*exprs))


def _substituted(low: Expr, high: Expr, t_: Expr, reach: Expr) -> tuple[Expr, Expr]:
    """x(t) and x'(t) for the interval, t from -reach to reach."""
    if low == -sympy.oo and high == sympy.oo:
        return sinh(t_), cosh(t_)
    if low == -sympy.oo or high == sympy.oo:
        sign, end = (1, low) if high == sympy.oo else (-1, high)
        grown = exp(t_ - exp(-t_))
        return end + sign * grown, grown * (1 + exp(-t_))
    # Beyond this, both ends of the interval are met to the last digit.
    inner = t_ * 3 / reach
    bent = sympy.pi / 2 * sinh(inner)
    half = (high - low) / 2
    return (low + high) / 2 + half * tanh(bent), half * sympy.pi / 2 * cosh(inner) / cosh(bent)**2 * 3 / reach
