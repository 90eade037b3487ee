"""The decorators that make a function of a file an item of a suite.

They stand apart from the finding and running of items, so that importing symderiv costs next to nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .errors import DeclarationError

Statement = TypeVar("Statement", bound=Callable[[], Any])

# From the least to the most sure; a list of claims is as sure as its weakest.
RANKS = ("error", "refuted", "undecided", "supported", "proved")
# Function, kind, sentence, expected status, in the order of decoration.  Who imports a file takes out what it added.
REGISTERED: list[tuple[Callable[[], Any], str, str, str]] = []


def identity(statement: str, *, expect: str = "proved") -> Callable[[Statement], Statement]:
    """Decorator: the function states an identity.

    ``statement`` is a sentence, with $mathematics$ where wanted.  ``expect`` is the status that the item must reach:
    "refuted" for a stated falsehood; "supported" is satisfied by "proved" as well.  Raises DeclarationError.
    """
    return _item("identity", statement, expect)


def derivation(statement: str, *, expect: str = "proved") -> Callable[[Statement], Statement]:
    """Decorator: the function derives something.  As ``identity``."""
    return _item("derivation", statement, expect)


def _item(kind: str, statement: str, expect: str) -> Callable[[Statement], Statement]:
    if not isinstance(statement, str) or not statement.strip():
        raise DeclarationError(f"@sd.{kind} needs a sentence, not {statement!r}",
                               hint=f'@sd.{kind}("softmax is invariant under translation")')
    if expect not in RANKS[1:]:
        raise DeclarationError(f"{expect!r} is not a status", hint="expect one of " + ", ".join(RANKS[:0:-1]))

    def mark(function: Statement) -> Statement:
        from inspect import signature

        needed = [p.name for p in signature(function).parameters.values() if p.default is p.empty]
        if needed:
            raise DeclarationError(f"{function.__name__} takes {', '.join(needed)}, but an item takes no arguments",
                                   hint="declare what it needs inside the function, or above it in the file")
        REGISTERED.append((function, kind, " ".join(statement.split()), expect))
        return function

    return mark


__all__ = ["RANKS", "REGISTERED", "derivation", "identity"]
