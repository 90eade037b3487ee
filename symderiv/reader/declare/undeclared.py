"""The error for a name that nothing declares, with the declaration that would help."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import DeclarationError, ParseError
from ..syntax.tokens import SourceText
from ..syntax.tree import Tree
from .function_names import USUAL


class UndeclaredName(ParseError, DeclarationError):
    """A name that is used but not declared; ``name`` is its spelling."""

    name: str = ""


# Names that people give to functions, and what they mostly mean.
_FUNCTIONS = {**USUAL, "varsigma": "sigmoid", "phi": "function", "varphi": "function", "psi": "function",
              "rho": "function", "f": "function", "g": "function", "h": "function"}


_LONG = 60


def called_name(source: SourceText, tree: Tree) -> str:
    """The declaration of a name that is usually a function and has a bracket behind it; nothing for any other."""
    name = getattr(tree, "name", "")
    behind = source.text[tree.span[1]:].lstrip(" '\\,!")
    called = behind.startswith(("(", "left(", "left (", "bigl(", "big("))
    return f"{name}: {_FUNCTIONS[name]}" if called and name in _FUNCTIONS else ""


def undeclared(source: SourceText, name: str, start: int, end: int, near: Iterable[str] = (),
               made: str = "") -> UndeclaredName:
    """The error, made at a place in a text; ``made`` is a declaration by what is declared already."""
    plain = source.error("", start, end)
    shown = name if len(name) <= _LONG else f"{name[:_LONG]}…"
    similar = [each for each in near if each != name]
    suggestion = f"declare it, for instance as {made or f'{shown}: n'}"
    if similar:
        suggestion = f"did you mean {', '.join(similar)}?  Otherwise {suggestion}"
    error = UndeclaredName(f"{shown} is not declared", line=plain.line, column=plain.column, token=name,
                           where=plain.__dict__.get("where") or source.text[start:end], hint=suggestion)
    error.name = name
    return error
