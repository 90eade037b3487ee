"""Declared names that a text never uses: harmless, but often a name that was mistyped."""

from __future__ import annotations

from collections.abc import Iterable

from . import tree as t
from .context import Context, Definition, LetterDeclared, Quantity


def unused(context: Context, trees: Iterable[t.Tree]) -> list[str]:
    """Names with a declaration of their own that occur in no tree, definition or constraint, in the order declared.

    A member of a family counts as used if the family is.
    """
    used: set[str] = set()
    stack = [*trees, *(c.tree for c in context.constraints)]
    for record in context.all():
        if isinstance(record, Definition):
            stack.append(record.tree)
        elif isinstance(record, Quantity):
            used |= {*record.depends, *(str(s) for s in getattr(record.value, "free_symbols", ()) if str(s) != record.name)}
            used |= {str(s) for n in getattr(record.value, "shape", ()) for s in n.free_symbols}
        elif isinstance(record, LetterDeclared):
            used |= {str(s) for s in record.index.hi.free_symbols}
    for tree in stack:
        for node in t.walk(tree):
            if isinstance(node, t.Name | t.Function | t.Letter | t.Unknown | t.Expectation):
                used.add(node.name)
            elif isinstance(node, t.Member):
                used.add(node.family)
            elif isinstance(node, t.Big):
                used |= {b.letter for b in node.binders}
    families = {u.split("step")[0] for u in used if "step" in u}
    return [name for name in context.texts
            if name not in used and not any(name.startswith(f) for f in families)
            and name not in (context.goal or "")]


__all__ = ["unused"]
