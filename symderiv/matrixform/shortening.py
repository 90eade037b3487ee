"""Rules that apply where a form gets no longer by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr

from ..arrays.operator import Operator
from ..arrays.rewriting import About, ArrayRule
from .cost import no_longer

Rewrite = Callable[[Any, About], Expr | None]


def shorter(name: str, *heads: Operator | type[Expr], more: int = -1) -> Callable[[Rewrite], ArrayRule]:
    """A rule that applies where it saves operations, or needs no ``more``."""
    def made(function: Rewrite) -> ArrayRule:
        def apply(expr: Any, about: About) -> Expr | None:
            found = function(expr, about)
            return found if found is not None and found != expr and no_longer(found, expr, more) else None
        return ArrayRule(name, tuple(h.name if isinstance(h, Operator) else h.__name__ for h in heads), apply)
    return made
