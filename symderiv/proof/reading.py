"""How an expression was brought into the one form in which it is differentiated, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ..arrays.arrays import Tensor
from ..arrays.operator import shape_of
from ..arrays.rewriting import About, ArrayRewrite, ArrayRewriter
from ..layers.arranged import AS_A_WHOLE, READING
from ..layers.inner_names import names_in


@dataclass(frozen=True)
class Reading:
    """An expression as it was given and as it is differentiated, with the log of what was rewritten."""

    before: Expr
    after: Expr
    targets: tuple[Expr, ...] = ()
    rewrites: tuple[ArrayRewrite, ...] = ()


def read(expr: Expr, targets: Sequence[Expr] = ()) -> Reading:
    """The expression in normal form; arrays that are differentiated by are not looked into."""
    hidden: dict[Any, Expr] = {t: Tensor(f"target{k}", shape_of(t)) for k, t in enumerate(targets)
                               if not isinstance(t, Tensor)}
    about = About(frozenset(hidden.get(t, t) for t in targets), frozenset(names_in(expr)))
    rewriter = ArrayRewriter(READING, about)
    found = rewriter.whole(expr.xreplace(hidden) if hidden else expr, AS_A_WHOLE)
    if not rewriter.log:
        return Reading(expr, expr, tuple(targets))
    if hidden:
        found = found.xreplace({name: t for t, name in hidden.items()})
    return Reading(expr, found, tuple(targets), tuple(rewriter.log.values()))
