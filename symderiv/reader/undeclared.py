"""The error for a name that nothing declares, with the declaration that would help."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import DeclarationError, ParseError
from .tokens import Source


class UndeclaredName(ParseError, DeclarationError):
    """A name that is used but not declared; ``name`` is its spelling."""

    name: str = ""


def undeclared(source: Source, name: str, start: int, end: int, near: Iterable[str] = (),
               made: str = "") -> UndeclaredName:
    """The error, made at a place in a text; ``made`` is a declaration by what is declared already."""
    plain = source.error("", start, end)
    similar = list(near)
    suggestion = f"declare it, for instance as {made or f'{name}: n'}"
    if similar:
        suggestion = f"did you mean {', '.join(similar)}?  Otherwise {suggestion}"
    error = UndeclaredName(f"{name} is not declared", line=plain.line, column=plain.column, token=name,
                           where=plain.__dict__.get("where") or source.text[start:end], hint=suggestion)
    error.name = name
    return error


__all__ = ["UndeclaredName", "undeclared"]
