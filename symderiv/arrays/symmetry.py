"""Which matrices are certainly their own transposes."""

from __future__ import annotations

from sympy import Expr

from .arrays import Apply
from .operator import is_array


def is_symmetric(a: Expr) -> bool:
    """Whether a matrix expression is its own transpose, by declaration or by how it is built."""
    if {"symmetric", "diagonal"} & getattr(a, "properties", frozenset()):
        return True
    if not isinstance(a, Apply) or len(a.shape) != 2:
        return False
    name, args = a.op.name, a.args
    if name in ("eye", "diag"):
        return True
    if name in ("inv", "transpose"):
        return is_symmetric(args[0])
    if name == "add":
        rest = [t for t in args if not is_symmetric(t)]
        return all(is_array(t) and t.shape == a.shape for t in args) and all(
            sum(u == t for u in rest) == sum(_is_transpose(t, u) or _is_transpose(u, t) for u in rest) for t in rest)
    if name == "mul":
        return all(not is_array(f) or (f.shape == a.shape and is_symmetric(f)) for f in args)
    if name == "outer":
        return bool(args[0] == args[1])
    if name == "matmul" and all(len(x.shape) == 2 for x in args):
        left, right = args
        return _is_transpose(left, right) or _is_transpose(right, left)
    return False


def _is_transpose(a: Expr, b: Expr) -> bool:
    return isinstance(a, Apply) and a.op.name == "transpose" and a.args[0] == b


__all__ = ["is_symmetric"]
