"""Quotients of a large array and a small one as products with its reciprocal, which takes a third of the time.

Only of what is no nearer to 0 than its reciprocal is to infinity: a square root is above 1e-162 or 0, and a sum of
exponentials with the largest taken off lies between 1 and the number of its terms.
"""

from __future__ import annotations

import ast
from collections.abc import Container


def by_reciprocals(statements: list[ast.stmt], counts: Container[str]) -> list[ast.stmt]:
    """Straight-line code so rewritten; ``counts`` are names of sizes, which are whole and above 0."""
    roots = {s.targets[0].id for s in statements if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
             and _is_root(s.value)}
    for at, s in enumerate(statements):
        if isinstance(s, ast.AugAssign) and _normalises_exponentials(statements[:at], s):
            _with_count(statements, at, counts)
            s.op, s.value = ast.Mult(), _one_over(s.value)
        if isinstance(s, ast.AugAssign | ast.Expr):  # what is changed in place is a root no more
            roots -= {n.id for n in ast.walk(s.target if isinstance(s, ast.AugAssign) else s) if isinstance(n, ast.Name)}
    return [_ByRoots(roots).visit(s) for s in statements if not isinstance(s, ast.Pass)]


def _is_root(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "np.sqrt"


def _one_over(value: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(1), ast.Div(), value)


def _normalises_exponentials(before: list[ast.stmt], s: ast.AugAssign) -> bool:
    """t /= np.sum(t, keepdims=True) behind t -= np.max(t, keepdims=True), along the same axes, and np.exp(t, out=t)."""
    name, total = ast.unparse(s.target), ast.unparse(s.value)
    if len(before) < 2 or not isinstance(s.op, ast.Div) or not total.startswith(f"np.sum({name}, ") \
            or "keepdims=True" not in total or ast.unparse(before[-1]) != f"np.exp({name}, out={name})":
        return False
    less, options = before[-2], total.removeprefix(f"np.sum({name}")
    if isinstance(less, ast.Assign) and isinstance(less.value, ast.BinOp):
        given = ast.unparse(less.value.left)
        return ast.unparse(less) == f"{name} = {given} - np.max({given}{options}"
    return ast.unparse(less) == f"{name} -= np.max({name}{options}"


def _with_count(statements: list[ast.stmt], at: int, counts: Container[str]) -> None:
    """t /= N further on is done at once, where in between numbers are only added to some of the entries."""
    first = statements[at]
    assert isinstance(first, ast.AugAssign)
    name, moved = ast.unparse(first.target), []
    for k in range(at + 1, len(statements)):
        s = statements[k]
        if not isinstance(s, ast.AugAssign):
            return
        if isinstance(s.op, ast.Div) and ast.unparse(s.target) == name and isinstance(s.value, ast.Name):
            break
        if not (isinstance(s.op, ast.Add | ast.Sub) and isinstance(s.target, ast.Subscript)
                and ast.unparse(s.target.value) == name and isinstance(s.value, ast.Constant)):
            return
        moved.append(s)
    else:
        return
    count = statements[k].value  # type: ignore[attr-defined]
    if count.id in counts:
        for s in moved:
            s.value = ast.BinOp(s.value, ast.Div(), count)
        first.value = ast.BinOp(count, ast.Mult(), first.value)
        statements[k] = ast.Pass()


class _ByRoots(ast.NodeTransformer):
    """x / s[None, :] for a square root s as x * (1 / s)[None, :]."""

    def __init__(self, roots: Container[str]) -> None:
        self.roots = roots

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and self._turned(node.right):
            node.op = ast.Mult()
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and self._turned(node.value):
            node.op = ast.Mult()
        return node

    def _turned(self, below: ast.expr) -> bool:
        """Whether it is such a root along new axes, in place of which its reciprocal stands now."""
        found = isinstance(below, ast.Subscript) and "None" in ast.unparse(below.slice) and (
            _is_root(below.value) or (isinstance(below.value, ast.Name) and below.value.id in self.roots))
        if found and isinstance(below, ast.Subscript):
            below.value = _one_over(below.value)
        return found


