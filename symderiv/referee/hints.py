"""The next step of a derivation that stops half-way, as hints: what is left, the rule, the place, its value.

The value is from our own derivation of what is left to be differentiated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import sympy

from ..arrays.arrays import Apply, Array, Entry, Named, Tensor
from ..bounds import LINE_WORK, spend, within
from ..errors import SymderivError
from ..layers import einsum
from ..reader.declare.context import Definition, Quantity
from ..reader.meaning.entrywise import settled, substituted
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from ..reader.syntax.lines import parse_line
from ..terms.traversals import reached
from .line_claims import Claim
from .refereed_text import RefereedText
from .roles import Parsed, names_read
from .unknowns import COEFFICIENTS

# Of a line that depends on more names no more derivatives are shown.
MOST = 4


def next_step(referee: RefereedText) -> tuple[str, ...]:
    """Hints at the step behind the last line of a text, where a derivative is left in it or nothing is behind its sign."""
    begun = _begun(referee)
    if begun is not None:
        number, tree = begun
        return (f"It is not finished: nothing stands behind the sign of line {number + 1} yet.",
                *_worked(referee, tree, tree))
    last = referee.last_claim()
    if last is None:
        return ()
    number, claim = last
    left = [n for n in t.walk(claim.right) if isinstance(n, t.Derivative) and n.body is not None and n.variables
            and not _is_known(referee, n)]
    inner = next((n for n in left if n.body is not None and not any(isinstance(x, t.Derivative) for x in t.walk(n.body))),
                 None)
    if inner is None or inner.body is None:
        return _collecting(referee, number, claim)
    for each in dict.fromkeys(left):
        above = _worked_out(referee, number, each)
        if above is not None:
            return (f"It is not finished: line {number + 1} still has a derivative, which line {above[0] + 1} works out.",
                    f"The next step: put in what line {above[0] + 1} says.", f"The place: {latex(each)}",
                    f"{latex(each)} = {latex(above[1])}")
    return (f"It is not finished: line {number + 1} still has a derivative to be worked out.",
            *_worked(referee, inner, claim.left))


_NOTHING = re.compile(r"(?:\s|\\[;,:! ]|\\[lc]?dots(?![A-Za-z])|[.…?,;&])*")


def _begun(referee: RefereedText) -> tuple[int, t.Derivative] | None:
    """(row, derivative) of a last row that says of which derivative something is to be said, and no more."""
    parsed = referee.reading.rows[-1] if referee.reading.rows else None
    if parsed is None:
        return None
    said, sign, behind = parsed.row.text.rpartition("=")
    if not sign or _NOTHING.fullmatch(behind) is None:
        return None
    with suppress(SymderivError):
        (tree,) = parse_line(said.strip(" &"), referee.reading.context).parts
        if isinstance(tree, t.Derivative) and tree.body is not None and tree.variables:
            return parsed.row.number, tree
    return None


def _worked(referee: RefereedText, inner: t.Derivative, whole: t.Tree) -> tuple[str, ...]:
    """The rule for a derivative, its place and its value; that of the whole where it has more axes than a matrix."""
    value, shown = _value(referee, inner), latex(inner)
    if einsum.__name__ in value and isinstance(whole, t.Derivative):
        # What is left has more axes than a matrix: the line with it worked out says more.
        value, shown = _value(referee, whole), latex(whole)
    place = latex(inner)
    value = value or _chained(referee, inner)
    return (f"The next step: {_rule(inner, referee)}.", f"The place: {place}",
            f"{shown} = {value}" if value else "Its value has no closed form here.")


def _worked_out(referee: RefereedText, number: int, tree: t.Derivative) -> tuple[int, t.Tree] | None:
    """(row, value) of a row above that says in full what a derivative is."""
    for parsed in referee.reading.rows[:number]:
        for part in parsed.line.parts if parsed.line is not None else ():
            says = isinstance(part, t.Relation) and part.sides[0] == tree and {*part.signs} == {"="}
            value = part.sides[-1] if says else None
            if value is not None and not any(isinstance(n, t.Derivative) for n in t.walk(value)):
                return parsed.row.number, value
    return None


def _collecting(referee: RefereedText, number: int, claim: Claim) -> tuple[str, ...]:
    """Hints at a differential whose terms are not yet brought to one factor before each differential of a variable."""
    found = [n for n in t.walk(claim.right) if isinstance(n, t.Differential)]
    bodies = dict.fromkeys(x for n in found for x in t.walk(n.body) if isinstance(x, t.Name) and _is_tensor(referee, x))
    if not isinstance(claim.left, t.Differential) or len(found) <= len(bodies) or not bodies:
        return ()
    values = (f"{latex(each)} = {_value(referee, each)}" for each in (t.Derivative(claim.left.body, (n,)) for n in bodies))
    shown = ", ".join(latex(t.Differential(n)) for n in bodies)
    return (f"It is not finished: line {number + 1} has {len(found)} terms with a differential.",
            f"The next step: transpose where it is a number, and write one factor before {shown}; read the gradient off it.",
            f"The place: {latex(claim.right)}",
            "; ".join(values))


def _base(tree: t.Tree) -> t.Tree:
    return tree.base if isinstance(tree, t.Subscripted) else tree


def _unknown(referee: RefereedText, tree: t.Tree) -> Quantity | None:
    """A quantity of which only that is known, what it is a function of."""
    base = _base(tree)
    records = referee.judge.plain.by_name(base.name) if isinstance(base, t.Name) else []
    return next((r for r in records if isinstance(r, Quantity) and r.depends), None)


def _is_known(referee: RefereedText, tree: t.Derivative) -> bool:
    """Whether a derivative is one of an unknown quantity by what that is a function of: nobody can work it out."""
    record = _unknown(referee, tree.body) if tree.body is not None else None
    bases = map(_base, tree.variables)
    return record is not None and all(isinstance(x, t.Name) and x.name in record.depends for x in bases)


def _chained(referee: RefereedText, tree: t.Derivative) -> str:
    """The chain rule for a derivative of an unknown quantity, written out."""
    if tree.body is None or _unknown(referee, tree.body) is None or not isinstance(tree.body, t.Name) or tree.order != 1:
        return ""
    of, by = latex(tree.body), latex(tree.variables[0])
    return " + ".join(rf"\frac{{\partial {of}}}{{\partial {x}}} \frac{{\partial {x}}}{{\partial {by}}}"
                      for x in _through(referee, tree.body, tree.variables))


def _is_tensor(referee: RefereedText, name: t.Name) -> bool:
    return any(isinstance(r, Quantity) and isinstance(r.value, Tensor) for r in referee.judge.context.by_name(name.name))


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
        found = typed.bare[0] if typed.bare is not None else typed.left
        # What stands for an unknown quantity has no name that anybody gave it.
        unknown = any(isinstance(x, Tensor) and x.name.split("_")[0] in COEFFICIENTS and not judge.plain.by_name(x.name)
                      for x in found.free_symbols)
        return "" if unknown else str(sympy.latex(_by_entries(found)))
    return ""


def _by_entries(expr: Any) -> Any:
    """Entries of arrays as entries of what these are made of, where that takes no sum."""
    spend()
    if isinstance(expr, Entry):
        body, letters = expr.base, tuple(expr.indices)
        if isinstance(body, Named) and body.name.startswith("["):
            return _by_entries(settled(substituted(body.body, dict(zip(body.letters, letters, strict=True)))))
        if not isinstance(body, Apply) or body.op.composite:
            return expr
        found = body.op.definition(letters, body.args, body.params)
        return expr if found.has(sympy.Sum) else _by_entries(found)
    if isinstance(expr, Array) or not getattr(expr, "args", ()):
        return expr
    return expr.func(*map(_by_entries, expr.args))


def _through(referee: RefereedText, body: t.Name, variables: tuple[t.Tree, ...]) -> list[str]:
    """The names through which a quantity depends on what it is differentiated by, if it does so through these alone."""
    wanted = {x.name for v in variables for x in t.walk(v) if isinstance(x, t.Name)}

    def read(name: str) -> set[str]:
        records = referee.judge.plain.by_name(name)
        return {x.name for r in records if isinstance(r, Definition) for x in t.walk(r.tree) if isinstance(x, t.Name)} | {
            x for r in records if isinstance(r, Quantity) for x in r.depends}

    direct = read(body.name)
    return [] if wanted & direct else sorted(latex(t.Name(n)) for n in direct if wanted & {*reached([n], read)})


def _rule(inner: t.Derivative, referee: RefereedText) -> str:
    """What one does with such a derivative, in words."""
    body: t.Tree = inner.body if inner.body is not None else inner
    while isinstance(body, t.Bracket) or (isinstance(body, t.Terms) and len(body.terms) == 1):
        body = body.body if isinstance(body, t.Bracket) else body.terms[0]
    if isinstance(body, t.Name | t.Subscripted | t.Member):
        base = body.base if isinstance(body, t.Subscripted) else body
        through = _through(referee, base, inner.variables) if isinstance(base, t.Name) else []
        if through:
            return f"the chain rule: {latex(base)} depends on it through {' and '.join(through)}"
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
