"""Which matrices are certainly their own transposes."""

from __future__ import annotations

from collections.abc import Sequence

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
    if name == "ones":
        return bool(a.shape[0] == a.shape[1])
    if name in ("inv", "transpose"):
        return is_symmetric(args[0])
    if name == "add":
        arrays = [t for t in args if is_array(t)]
        rest = [t for t in arrays if not is_symmetric(t)]
        return all(t.shape == a.shape for t in arrays) and all(
            sum(u == t for u in rest) == sum(_is_transpose(t, u) or _is_transpose(u, t) for u in rest) for t in rest)
    if name in ("mul", "pow") or a.op.scalar is not None:
        return all(not is_array(f) or (f.shape == a.shape and is_symmetric(f)) for f in args)
    if name == "outer":
        return bool(args[0] == args[1])
    if name == "matmul" and all(len(x.shape) == 2 for x in args):
        return _reads_the_same_backwards(_chain(a))
    return False


def _chain(a: Expr) -> list[Expr]:
    """The factors of a product of matrices."""
    if isinstance(a, Apply) and a.op.name == "matmul" and all(len(x.shape) == 2 for x in a.args):
        return [f for x in a.args for f in _chain(x)]
    return [a]


def _reads_the_same_backwards(chain: Sequence[Expr]) -> bool:
    """Whether the transposed factors in the other order are the same: A B Aᵀ with a symmetric B."""
    return all(_is_transpose(f, g) or _is_transpose(g, f) or (f == g and is_symmetric(f))
               for f, g in zip(chain[:(len(chain) + 1) // 2], reversed(chain), strict=False))


def _is_transpose(a: Expr, b: Expr) -> bool:
    return isinstance(a, Apply) and a.op.name == "transpose" and a.args[0] == b


__all__ = ["is_symmetric"]
