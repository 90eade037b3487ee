"""Names with a step in them, h^{(t)}: the steps that are declared, and those a recurrence defines."""

from __future__ import annotations

from dataclasses import replace

from ..declare.context import Definition, Pattern, Quantity, SteppedName
from ..syntax import tree as t
from .elaborator import Elaborator
from .oriented import Value


def step_pattern(pattern: Pattern, step: int) -> Pattern:
    """The name of one step."""
    def fill(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(step) if k == pattern.hole else k for k in keys)

    return replace(pattern, subs=tuple(fill(item) for item in pattern.subs), sups=fill(pattern.sups), hole=None)


def member(elaborator: Elaborator, tree: t.Member, step: int) -> Value:
    """One step of a recurrence.  Raises ParseError where it is not declared."""
    family = next((d for d in elaborator.context.all() if isinstance(d, SteppedName) and d.name == tree.family), None)
    if family is None:
        raise elaborator.refused(f"{tree.family} is not declared", tree)
    wanted = step_pattern(family.pattern, step)
    for record in elaborator.context.starting(wanted.base[0]):
        if record.pattern == wanted and isinstance(record, Quantity | Definition):
            return elaborator.meaning(record)
    raise elaborator.refused(f"{wanted.text} is not declared", tree, hint=f"declare it: {wanted.text}: n")
