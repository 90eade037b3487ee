"""Names for the parts of what is too long to be differentiated as it stands.

The derivative of a product of k factors, written out, has k² of them, and a sum below a power or a logarithm stands in every
term.  Named halves of a product, and a name for the sum, keep derivatives as long as the expression.
Source: Griewank and Walther, Evaluating Derivatives (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Add, Expr, Function, Mul, Pow

from ..arrays.arrays import Apply, Array, Named, define
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import Shared
from ..arrays.symbols import Index
from ..arrays.walks import bottom_up, outermost, scalar_nodes
from ..bounds import spend
from ..calculus.adjoint import admit_contributions
from ..layers.inner_names import Naming

LONG, SHORT = 24, 4
"""Factors, or terms, from which on a part gets a name; and how many a part is left with."""
EACH_NAME = 60
"""Steps of naming a part, and of reading its definition."""
INTRICATE = 8
"""Functions, brackets and numbers a term from which on a long sum is itself taken apart: each of its operands is found in it
by looking through all of it."""


def in_parts(expr: Expr, wrt: object = ()) -> Expr:
    """The expression with long products, and long sums of intricate terms, in named halves, and a name for a long sum that
    a power, a function or a product reads.  What is differentiated by stays as it is."""
    kept = _Kept(wrt if isinstance(wrt, tuple | list) else (wrt,))
    nodes = [*bottom_up(expr, kept)]
    if len(nodes) <= LONG:
        return expr
    _admit(nodes, kept)
    naming: list[Naming] = []
    shared = Shared()
    shared.of(expr)
    whole = _Either(kept, shared)

    def named(name: str, part: Expr) -> Expr:
        spend(EACH_NAME)
        naming[:] = naming or [Naming(expr)]
        return define(naming[0](name), part)

    new: dict[Any, Any] = {}
    for node in nodes:
        args = node.args if node in kept else tuple(new[a] for a in node.args)
        new[node] = node if node in kept else _with_names(node if args == node.args else node.func(*args), named, whole)
        if new[node] is not node and node in shared:
            shared.add(new[node])
    return new[expr]


def _admit(nodes: Sequence[Any], kept: _Kept) -> None:
    """Raises BoundExceeded where all that long products read, each at least once by a name, is too much to differentiate."""
    varying: set[Any] = set()
    contributions = 0
    for node in nodes:
        if node in kept.wrt or (isinstance(node, Named) and not kept.wrt.isdisjoint(node.free_symbols)) or (
                node not in kept and not varying.isdisjoint(node.args)):
            varying.add(node)
        if len(node.args) > LONG and (isinstance(node, Mul) or RECORDS.mul.of(node)):
            contributions += len({a for f in node.args if f in varying for a in outermost(f, _is_array) if a in varying})
    admit_contributions(contributions, nodes[-1])


def _is_array(node: object) -> bool:
    return isinstance(node, Array)


def _with_names(expr: Expr, named: Callable[[str, Expr], Expr], whole: Container[Expr]) -> Expr:
    """One operator, its operands being short; a product in it that is to stay ``whole`` counts as one factor."""
    array = RECORDS.mul.of(expr)
    if isinstance(expr, Pow | Mul | Function) and any(map(_long_sum, expr.args)):
        expr = expr.func(*(named("S", a) if _long_sum(a) else a for a in expr.args))
    if not (isinstance(expr, Mul) or array or (_long_sum(expr) and len(scalar_nodes(expr)) > INTRICATE * LONG)):
        return expr
    parts = _flat(expr, whole) if array else expr.args
    long = [f for f in parts if _varies(f) and shape_of(f) == shape_of(expr)] if len(parts) > LONG else []
    if len(long) <= LONG:
        return expr
    made = RECORDS.mul if array else expr.func
    return made(*(f for f in parts if f not in long), *(
        _tree(half, made, partial(named, "S" if isinstance(expr, Add) else "P")) for half in _halves(long)))


def _tree(parts: Sequence[Expr], made: Callable[..., Expr], named: Callable[[Expr], Expr]) -> Expr:
    """The product, or sum, of some parts under a name, that of each of its halves as well."""
    return named(made(*(parts if len(parts) <= SHORT else [_tree(half, made, named) for half in _halves(parts)])))


def _halves(parts: Sequence[Expr]) -> tuple[Sequence[Expr], Sequence[Expr]]:
    middle = len(parts) // 2
    return parts[:middle], parts[middle:]


def _flat(product: Expr, whole: Container[Expr]) -> list[Expr]:
    """The factors of a product of arrays, those of products in it as well; what is used elsewhere too stays one."""
    found: list[Expr] = []
    for f in product.args:
        found += _flat(f, whole) if RECORDS.mul.of(f) and f not in whole else [f]
    return found


def _varies(expr: Expr) -> bool:
    """Whether an array is read, and no letter: an entry with a letter is no number of its own."""
    free = expr.free_symbols
    return any(isinstance(s, Array) for s in free) and not any(isinstance(s, Index) for s in free)


def _long_sum(expr: Expr) -> bool:
    return isinstance(expr, Add) and len(expr.args) > LONG and sum(map(_varies, expr.args)) > LONG


class _Kept:
    """What is not looked into: what is differentiated by, and what has a name already."""

    def __init__(self, wrt: Sequence[object]) -> None:
        self.wrt = {w for w in wrt if isinstance(w, Expr)}

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Named) or (isinstance(node, Apply) and node.op.composite) or node in self.wrt


@dataclass(frozen=True)
class _Either:
    """What is in one of two."""

    one: Container[Any]
    other: Container[Any]

    def __contains__(self, node: object) -> bool:
        return node in self.one or node in self.other
