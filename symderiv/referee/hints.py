"""The next step of a derivation that stops half-way, as hints: what is left, the rule, the place, its value.

The value is from our own derivation of what is left to be differentiated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import sympy

from ..arrays.arrays import Tensor
from ..bounds import LINE_WORK, within
from ..errors import SymderivError
from ..layers import einsum
from ..reader.declare.context import Quantity
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from .line_claims import Claim
from .refereed_text import RefereedText
from .roles import Parsed, names_read

# Of a line that depends on more names no more derivatives are shown.
MOST = 4


def next_step(referee: RefereedText) -> tuple[str, ...]:
    """Hints at the step behind the last line of a text, where a derivative is left in it."""
    last = referee.last_claim()
    if last is None:
        return ()
    number, claim = last
    left = [n for n in t.walk(claim.right) if isinstance(n, t.Derivative) and n.body is not None and n.variables]
    inner = next((n for n in left if n.body is not None and not any(isinstance(x, t.Derivative) for x in t.walk(n.body))),
                 None)
    if inner is None or inner.body is None:
        return ()
    value, shown = _value(referee, inner), latex(inner)
    whole = claim.left
    if einsum.__name__ in value and isinstance(whole, t.Derivative):
        # What is left has more axes than a matrix: the line with it worked out says more.
        value, shown = _value(referee, whole), latex(whole)
    place = latex(inner)
    return (f"It is not finished: line {number + 1} still has a derivative to be worked out.",
            f"The next step: {_rule(inner.body, referee)}.",
            f"The place: {place}",
            f"{shown} = {value}" if value else "Its value has no closed form here.")


def derivatives(referee: RefereedText, parsed: Parsed) -> tuple[str, ...]:
    """The derivatives that a row claims, or those of what it defines by each name that it depends on, worked out."""
    found = within(LINE_WORK, lambda: tuple(_derivatives(referee, parsed)))
    return found or ()


def _derivatives(referee: RefereedText, parsed: Parsed) -> Iterator[str]:
    context = referee.judge.context
    for part in parsed.line.parts if parsed.line is not None else ():
        claimed = [n for n in t.walk(part) if _derives(n)]
        defined = part.sides[0] if isinstance(part, t.Relation) and not claimed else None
        names = names_read(context, (part,)) if isinstance(defined, t.Name | t.Call) else set[str]()
        inputs = sorted(n for n in names for r in context.by_name(n)
                        if isinstance(r, Quantity) and isinstance(r.value, Tensor) and r.value.label_size is None)
        wanted: list[t.Tree] = claimed[:1] or [t.Derivative(defined, (t.Name(n),)) for n in inputs[:MOST]]
        for each in wanted:
            with suppress(SymderivError):
                value = _value(referee, each)
                if value:
                    yield f"{latex(each)} = {value}"


def _derives(tree: t.Tree) -> bool:
    """Whether a part of a line is a derivative, a differential, or f'(x)."""
    if isinstance(tree, t.Call):
        return isinstance(tree.function, t.Function) and tree.function.primes > 0
    return isinstance(tree, t.Differential | t.Directional) or (isinstance(tree, t.Derivative) and tree.body is not None)


def _value(referee: RefereedText, tree: t.Tree) -> str:
    """A derivative by our own derivation, in LaTeX."""
    judge = referee.judge
    for way in judge.ways(Claim(tree, "=", tree)):
        try:
            typed = judge.typed(Claim(tree, "=", tree), way)
        except SymderivError:
            continue
        return str(sympy.latex(typed.bare[0] if typed.bare is not None else typed.left))
    return ""


def _rule(body: t.Tree, referee: RefereedText) -> str:
    """What one does with a derivative of such a body, in words."""
    while isinstance(body, t.Bracket) or (isinstance(body, t.Terms) and len(body.terms) == 1):
        body = body.body if isinstance(body, t.Bracket) else body.terms[0]
    if isinstance(body, t.Name | t.Subscripted | t.Member):
        base = body.base if isinstance(body, t.Subscripted) else body
        defined = isinstance(base, t.Name) and bool(referee.judge.context.by_name(base.name))
        return f"put in what {latex(base)} stands for, and differentiate that" if defined else \
            f"say what {latex(base)} depends on, and use the chain rule"
    if isinstance(body, t.Call):
        return f"the chain rule: the derivative of {latex(body.function)} at its argument, times that of the argument"
    for kind, words in _RULES:
        if isinstance(body, kind):
            return words
    return "differentiate what stands behind the sign"


_RULES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (t.Terms, "differentiate term by term"),
    (t.Big, "differentiate below the sum"),
    (t.Factors, "the product rule, or take out the factors that do not vary"),
    (t.Fraction, "the quotient rule"),
    ((t.Power, t.Root, t.Norm), "the chain rule for a power"),
    (t.Transpose, "differentiate, then transpose"),
    ((t.Cases, t.Iverson), "differentiate case by case"),
)
