"""What a text says of any step of a recurrence, said of later ones: where e_k = w_k - w*, e_{k+1} = ... is a claim."""

from __future__ import annotations

from dataclasses import replace

from ..reader.declare.context import Declared, DeclaredNames, Definition, Pattern
from ..reader.syntax import tree as t
from .roles import ClassifiedText, reads, said_to_define
from .sums_over_steps import at_step
from .text_rows import Written

_FURTHEST = 3


def with_steps_claimed(reading: ClassifiedText, text: Written) -> None:
    """Let rows claim what is said of x_{k+1} where an equation above says what x_k is, made of what is known one step on."""
    context = reading.context
    for place, parsed in enumerate(reading.rows if context.stepping else ()):
        for number, part in enumerate(parsed.line.parts if parsed.line is not None else ()):
            name = reading.defined.get((parsed.row.number, number)) and _head(part)
            own = _definition(context, name) if name else None
            if own is None or own.source is not text.source or said_to_define(parsed, number, text):
                continue
            above = [r for r, _ in _family(context, own) if r.source is own.source and r.tree.span[0] < own.tree.span[0]]
            made = _moved(context, above[0], _offset(own, context) - _offset(above[0], context)) if above else None
            free = {n.name for n in t.walk(made) if isinstance(n, t.Name) and _definition(context, n.name) is None
                    and _at_step(context, n.name)} if made is not None else set()
            if made is None or made == own.tree or not free <= {n.name for n in t.walk(part) if isinstance(n, t.Name)}:
                continue
            if reads(context, made, own.name):
                continue  # x_k of z_k, which is one of x_k
            context.replace(own, replace(own, tree=t.spanning(made, own.tree.span)))
            context.values.clear()
            del reading.defined[reading.rows[place].row.number, number]


def _head(part: t.Tree) -> str:
    first = part.sides[0] if isinstance(part, t.Relation) else None
    return first.name if isinstance(first, t.Name) else ""


def _at_step(context: DeclaredNames, name: str) -> bool:
    return any(at_step(r.pattern, context) for r in context.by_name(name))


def _definition(context: DeclaredNames, name: str) -> Definition | None:
    found = [r for r in context.by_name(name) if isinstance(r, Definition) and r.parameters is None]
    return found[0] if len(found) == 1 and at_step(found[0].pattern, context) else None


def _family(context: DeclaredNames, own: Declared) -> list[tuple[Definition, int]]:
    """The definitions of the same name at other steps, with how far on these are."""
    bare = _moved_pattern(own.pattern, context, -_offset(own, context))
    return [(r, _offset(r, context)) for r in context.starting(own.pattern.base[0]) if r is not own and isinstance(
        r, Definition) and r.parameters is None and _moved_pattern(r.pattern, context, -_offset(r, context)) == bare]


def _offset(record: Declared, context: DeclaredNames) -> int:
    """1 for x_{k+1}, and -1 for x^{(k-1)}."""
    for keys in (*record.pattern.subs, record.pattern.sups):
        inside = [x for x in keys if x not in ("(", ")", "[", "]")]
        if inside and inside[0] in context.stepping:
            return int("".join(inside[1:]) or 0) if len(inside) < 4 and "".join(inside[1:]).lstrip("+-").isdecimal() else 0
    return 0


def _moved_pattern(pattern: Pattern, context: DeclaredNames, by: int) -> Pattern:
    """The name of x_{k+1} for that of x_k."""
    def moved(keys: tuple[str, ...]) -> tuple[str, ...]:
        place = next((n for n, key in enumerate(keys) if key in context.stepping), None)
        if place is None:
            return keys
        end = place + 3 if keys[place + 1:place + 2] in (("+",), ("-",)) else place + 1
        on = by + (int("".join(keys[place + 1:end]) or 0) if keys[end - 1:end][0].isdecimal() else 0)
        return (*keys[:place + 1], *(("+" if on > 0 else "-", str(abs(on))) if on else ()), *keys[end:])
    return replace(pattern, subs=tuple(map(moved, pattern.subs)), sups=moved(pattern.sups))


def _moved(context: DeclaredNames, record: Definition, by: int) -> t.Tree | None:
    """What a name is made of, some steps on; None where something of it is not known there."""
    if not by or abs(by) > _FURTHEST:
        return None
    lost = False

    def moved(tree: t.Tree) -> t.Tree:
        nonlocal lost
        own = next((r for r in context.by_name(tree.name) if at_step(r.pattern, context)), None) \
            if isinstance(tree, t.Name) else None
        if own is None or not isinstance(tree, t.Name):
            return t.below(tree, moved)
        there = _moved_pattern(own.pattern, context, by)
        if not context.by_name(there.text):
            known = [r for r, on in _family(context, own) if on > _offset(own, context)] or [
                r for r in [own] if isinstance(r, Definition) and r is not record]
            on = _offset(own, context) + by - (_offset(known[0], context) if known else 0)
            body = _moved(context, known[0], on) if known else None
            if body is None:
                lost = True
                return tree
            context.add(replace(known[0], pattern=there, tree=body))
        return replace(tree, name=there.text)

    made = moved(record.tree)
    return None if lost else made
