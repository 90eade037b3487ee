"""Sums over all steps of a recurrence, read at one step: L = Σ_t L_t, and ∂L/∂W = Σ_t g_t of what all steps share.

With a copy W_t of W for every step, ∂L/∂W = Σ_t ∂L/∂W_t, so that each g_t is the derivative by the copy that its own step
reads.  Source: Werbos, Backpropagation through time, Proc. IEEE 78 (1990), 1550-1560.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..arrays.registry import RECORDS
from ..reader.declare.context import DeclaredNames, Definition, Pattern, Quantity, arity
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import SourceText

REST = "Rest"
"""What a sum over all steps is beside the term of this step: it depends on the next step, and on the parameters."""
OF_STEP, LATER = " of one step", " of later steps"


def at_this_step(line: t.DisplayedLine, context: DeclaredNames) -> t.DisplayedLine:
    """L = Σ_t L_t read as L_t and the rest, and ∂L/∂W = Σ_t g_t as the derivative by the W of one step."""
    if not context.stepping:
        return line
    parts = tuple(_at_one_step(part, context) for part in line.parts)
    return line if parts == line.parts else replace(line, parts=parts)


def _at_one_step(part: t.Tree, context: DeclaredNames) -> t.Tree:
    if not isinstance(part, t.Relation) or {*part.signs} != {"="} or None in part.sides:
        return part
    first, *sums = part.sides
    if isinstance(first, t.Name | t.Unknown) and len(sums) == 1:
        body = _of_all_steps(sums[0], context)
        made = None if body is None else t.Terms((body, t.Name(REST, 0, span=body.span)), (1, 1), span=body.span)
        return part if made is None else replace(part, sides=(first, made))
    by = first.variables[0] if isinstance(first, t.Derivative) and len(first.variables) == first.order == 1 else None
    if not isinstance(by, t.Name) or _has_step(by.name, context):
        return part
    bodies = [_summand(each, context) for each in sums if each is not None]
    runs = (b for each in sums for n in t.walk(each) if isinstance(n, t.Big) for b in n.binders)  # type: ignore[arg-type]
    if None in bodies or not sums or not all(_is_of_all(b) for b in runs if b.letter in context.stepping):
        return part
    own = replace(first, variables=(t.Name(by.name + OF_STEP, by.arity, span=by.span),))  # type: ignore[type-var]
    return replace(part, sides=(own, *bodies))


def _is_of_all(binder: t.Binder) -> bool:
    """Whether a sum runs over all steps: Σ_t, or from 1 to a last one; from 0, or to T - 1, others may be meant."""
    return (binder.low is None or (isinstance(binder.low, t.Number) and binder.low.text == "1")) \
        and (binder.high is None or isinstance(binder.high, t.Name | t.Unknown | t.Letter))


def _of_all_steps(tree: t.Tree | None, context: DeclaredNames) -> t.Tree | None:
    """What a sum over all steps is of; None for anything else."""
    if not isinstance(tree, t.Big) or tree.kind != RECORDS.sum.name \
            or [b.letter in context.stepping for b in tree.binders] != [True]:
        return None
    return tree.body


def _summand(tree: t.Tree, context: DeclaredNames) -> t.Tree | None:
    """The part of one step of a sum over all, of sums of such, or of a multiple of one; None for anything else."""
    if isinstance(tree, t.Bracket):
        return _summand(tree.body, context)
    if isinstance(tree, t.Terms):
        terms = tuple(x for term in tree.terms if (x := _summand(term, context)) is not None)
        return replace(tree, terms=terms) if len(terms) == len(tree.terms) else None
    if isinstance(tree, t.Factors):
        bodies = [_of_all_steps(x, context) for x in tree.factors]
        others = [x for x, body in zip(tree.factors, bodies, strict=True) if body is None]
        plain = not any(_has_step(n.name, context) for x in others for n in t.walk(x) if isinstance(n, t.Name | t.Unknown))
        if len(others) + 1 != len(bodies) or not plain:
            return None
        return replace(tree, factors=tuple(x if body is None else t.Bracket(body, span=body.span)
                                           for x, body in zip(tree.factors, bodies, strict=True)))
    return _of_all_steps(tree, context)


def _has_step(name: str, context: DeclaredNames) -> bool:
    return any(at_step(r.pattern, context) for r in context.by_name(name))


def at_step(pattern: Pattern, context: DeclaredNames) -> bool:
    """Whether a name is spelled with a letter that counts steps, below or above."""
    return any(key in context.stepping for item in (*pattern.subs, pattern.sups) for key in item)


def copy_for_steps(context: DeclaredNames, lines: Iterable[t.DisplayedLine], source: SourceText) -> None:
    """Let what is defined at this step, and what comes later, read copies of the parameters of which sums over all steps
    are claimed in some line."""
    asked = {n.name.removesuffix(OF_STEP) for line in lines for n in t.walk(line)
             if isinstance(n, t.Name) and n.name.endswith(OF_STEP)}
    known = {name: record for name in asked if (record := next(iter(context.by_name(name)), None)) is not None}
    for name, record in known.items():
        for copied in (OF_STEP, LATER):
            # In brackets it is no other name of the same, but one by which paths are told apart.
            body = t.Bracket(t.Name(name, arity(record)))
            context.add(Definition(Pattern((name + copied,)), (), None, body, source))
    here, later = ({name: t.Name(name + copied) for name in known} for copied in (OF_STEP, LATER))
    for each in list(context.all()) if known else ():
        if isinstance(each, Definition) and (at_step(each.pattern, context) or any(
                _has_step(n.name, context) for n in t.walk(each.tree) if isinstance(n, t.Name))):
            keys = {key for item in (*each.pattern.subs, each.pattern.sups) for key in item}
            context.replace(each, replace(each, tree=_copied(each.tree, later if "+" in keys else here)))
        elif isinstance(each, Quantity) and each.name == REST:
            context.replace(each, replace(each, depends=tuple(x + LATER if x in known else x for x in each.depends)))
    context.values.clear()


def _copied(tree: t.Tree, copies: dict[str, t.Name]) -> t.Tree:
    if isinstance(tree, t.Name) and tree.name in copies:
        return replace(copies[tree.name], span=tree.span)
    return t.below(tree, lambda child: _copied(child, copies))
