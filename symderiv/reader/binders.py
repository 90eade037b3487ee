"""Big sums and products: ranges of their letters, conditions, and those that are written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, Integer, S
from sympy import Sum as SympySum

from ..errors import (
    BoundExceeded,
    IndexError_,
    ShapeError,
    UnknownFunction,
)
from ..index.symbols import Index, iverson
from . import tree as t
from .context import LetterDeclared
from .entrywise import fresh_name, settled, stacked
from .values import (
    Value,
    plus,
    scaled,
    times,
)

if TYPE_CHECKING:
    from .elaborate import Elaborator


MAX_UNROLLED = 64


def big(elaborator: Elaborator, tree: t.Big) -> Value:
    """A sum or product over letters; an inner letter that is in use gets another name."""
    if tree.kind not in ("sum", "prod"):
        raise UnknownFunction(f"{tree.kind} over an index is not read", hint="write it as a function of an array")
    inner = dict(elaborator.bound)
    ranges: list[tuple[str, Expr, Expr]] = []
    for binder in tree.binders:
        low, high = limits(elaborator, binder, tree, inner)
        taken = {str(s) for s in inner.values()} | set(elaborator.free)
        shown = fresh_name(binder.letter, taken) if binder.letter in taken else binder.letter
        inner[binder.letter] = Index(shown, low, high)
        ranges.append((binder.letter, low, high))
    within = replace(elaborator, bound=inner)
    if tree.kind == "prod" or _unrolls(tree):
        return unrolled(elaborator, tree, within, ranges)
    before = len(elaborator.conditions)
    body = within.of(tree.body)
    if tree.condition is not None:
        body = scaled(iverson(within.condition(tree.condition)), body)
    for condition in elaborator.conditions[before:]:
        body = scaled(iverson(condition), body)
    del elaborator.conditions[before:]
    if body.pending:
        raise ShapeError("the size of an array below this sum is not known", hint="write ones(n)")
    expr = body.expr
    letters = [inner[name] for name, _, _ in ranges]
    if body.shape:
        for letter, (_, low, high) in reversed(list(zip(letters, ranges, strict=True))):
            expr = stacked(expr, letter, low, high, f"sum_{letter}({expr})")
        return Value(expr, body.stands)
    return Value(SympySum(settled(expr), *((letter, low, high) for letter, (_, low, high) in
                                           zip(letters, ranges, strict=True))))


def limits(elaborator: Elaborator, binder: t.Binder, tree: t.Big, inner: Mapping[str, Expr]) -> tuple[Expr, Expr]:
    """The range of a summed letter: written, declared, or that of the axes it is used on."""
    scope = replace(elaborator, bound=dict(inner), reading=replace(elaborator.reading, bounds=True))
    low = scope.scalar(binder.low) if binder.low is not None else None
    high = scope.scalar(binder.high) if binder.high is not None else None
    for end in (low, high):
        if end is not None and end.is_integer is False:
            raise IndexError_(f"the end {end} of the range of {binder.letter} is not an integer")
    if low is not None and high is not None:
        return low, high
    found: tuple[Expr, Expr] | None = None
    if high is None:
        declared = next((r.index for r in elaborator.context.by_name(binder.letter) if isinstance(r, LetterDeclared)), None)
        found = (declared.lo, declared.hi) if declared is not None else None
        if found is None:
            body = t.Sequence((tree.body, *([tree.condition] if tree.condition is not None else [])))
            found = scope.range_of(binder.letter, body)
        if found is None:
            raise elaborator.source.error(f"the range of the index {binder.letter} is not known", *binder.span,
                                    hint=f"write sum_{{{binder.letter}=1}}^n, or declare {binder.letter}: index n")
    return (low if low is not None else found[0] if found else Integer(elaborator.context.first_index),
            high if high is not None else found[1] if found else S.One)


def _unrolls(tree: t.Big) -> bool:
    names = {b.letter for b in tree.binders}
    members = (node for node in t.walk(tree.body) if isinstance(node, t.Member) and "step" in node.family)
    return any(isinstance(x, t.Letter | t.Name) and x.name in names for m in members for x in t.walk(m.argument))


def unrolled(elaborator: Elaborator, tree: t.Big, within: Elaborator, ranges: list[tuple[str, Expr, Expr]]) -> Value:
    """A sum or product over a range of numbers, written out."""
    if len(ranges) != 1:
        raise elaborator.refused("this sum over several letters cannot be written out", tree)
    name, low, high = ranges[0]
    if not (isinstance(low, Integer) and isinstance(high, Integer)):
        raise elaborator.refused(f"a {tree.kind} over the range {low}..{high} is not read here", tree,
                           hint="give the range in numbers")
    if int(high) - int(low) + 1 > MAX_UNROLLED:
        raise BoundExceeded(f"a {tree.kind} over {int(high) - int(low) + 1} terms is too long to write out")
    result: Value | None = None
    for step in range(int(low), int(high) + 1):
        each = replace(within, bound={**within.bound, name: Integer(step)})
        if tree.condition is not None and not each.condition(tree.condition):
            continue
        body = each.of(tree.body)
        result = body if result is None else plus(result, body) if tree.kind == "sum" else times(result, body)
    if result is None:
        return Value(S.Zero) if tree.kind == "sum" else Value(S.One, "", "eye")
    return result


__all__ = ["MAX_UNROLLED", "big", "limits", "unrolled"]
