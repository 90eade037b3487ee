"""Cheaper orders for chains of products, before they are compiled.

A matrix is applied to a vector rather than to a matrix, a rank-one or diagonal factor is never made dense to be
multiplied with, and the trace of a product is a sum of entrywise products.  Only products that nothing else reads are
taken apart.  Source: Golub and Van Loan, Matrix Computations (2013), 1.1 and 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr

from ..index.arrays import Apply, Array
from ..index.operator import is_array, operator, shape_of


def reassociated(expr: Expr, uses: Mapping[Expr, int]) -> Expr:
    """The same value by fewer operations; ``uses`` counts the places that read each array."""
    done: dict[Expr, Expr] = {}
    # A product whose order was changed is read once, as the one it stands for.
    single = {node for node, count in uses.items() if count <= 1}
    stack = [expr]
    while stack:
        node = stack[-1]
        waiting = [a for a in _operands(node) if a not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if node not in done:
            done[node] = new = _cheaper(_rebuilt(node, done), single)
            if node in single:
                single.add(new)
    return done[expr]


def _operands(node: Expr) -> list[Expr]:
    return [a for a in node.args if isinstance(a, Array)] if isinstance(node, Apply) else []


def _rebuilt(node: Expr, done: Mapping[Expr, Expr]) -> Expr:
    if not isinstance(node, Apply) or node.op.composite:
        return node
    args = tuple(done.get(a, a) for a in node.args)
    return node if args == node.args else Apply(node.op, args, node.params)


def _is(expr: Expr, name: str) -> bool:
    """Whether an expression is the application of one operator."""
    return isinstance(expr, Apply) and expr.op.name == name


def _thin(term: Expr) -> bool:
    """Whether a matrix is diagonal or of rank one, perhaps with a number in front."""
    if _is(term, "mul") and len(term.args) == 2 and not is_array(term.args[0]):
        term = term.args[1]
    return _is(term, "diag") or _is(term, "outer")


def _cheaper(node: Expr, single: set[Expr]) -> Any:
    if _is(node, "matmul"):
        left, right = node.args
        return _product(left, right, single)
    if _is(node, "trace") and _is(node.args[0], "matmul") and node.args[0] in single:
        a, b = node.args[0].args
        return operator("sum")(operator("mul")(a, operator("transpose")(b)))
    return node


def _product(a: Expr, b: Expr, single: set[Expr]) -> Any:
    """a @ b, taken apart where that saves work."""
    rank_a, rank_b = len(shape_of(a)), len(shape_of(b))
    if rank_b == 1 and rank_a == 2:
        return _applied(a, b, single)
    if rank_a == 1 and rank_b == 2:
        return _applied_left(a, b, single)
    if rank_a == rank_b == 2:
        if _is(a, "diag"):
            return operator("transpose")(operator("mul")(operator("transpose")(b), a.args[0]))
        if _is(b, "diag"):
            return operator("mul")(a, b.args[0])
        if _is(a, "outer"):
            return operator("outer")(a.args[0], _product(a.args[1], b, single))
        if _is(b, "outer"):
            return operator("outer")(_product(a, b.args[0], single), b.args[1])
    return operator("matmul")(a, b)


def _applied(a: Expr, v: Expr, single: set[Expr]) -> Any:
    """Matrix times vector; a sum of diagonal and rank-one matrices term by term."""
    if _is(a, "add") and a in single and all(map(_thin, a.args)):
        return operator("add")(*(_applied(term, v, single) for term in a.args))
    if _is(a, "mul") and _thin(a):
        return operator("mul")(a.args[0], _applied(a.args[1], v, single))
    if _is(a, "matmul") and a in single:
        return _applied(a.args[0], _applied(a.args[1], v, single), single)
    if _is(a, "outer"):
        return operator("mul")(operator("matmul")(a.args[1], v), a.args[0])
    if _is(a, "diag"):
        return operator("mul")(a.args[0], v)
    return operator("matmul")(a, v)


def _applied_left(v: Expr, a: Expr, single: set[Expr]) -> Any:
    """Vector times matrix."""
    if _is(a, "matmul") and a in single:
        return _applied_left(_applied_left(v, a.args[0], single), a.args[1], single)
    if _is(a, "outer"):
        return operator("mul")(operator("matmul")(v, a.args[0]), a.args[1])
    if _is(a, "diag"):
        return operator("mul")(v, a.args[0])
    return operator("matmul")(v, a)


__all__ = ["reassociated"]
