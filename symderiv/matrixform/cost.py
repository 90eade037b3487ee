"""What a form costs a reader: operations, then depth, then a fixed order.

Every distinct part counts once, as one reads a name for it.  Transpositions, constants, and what only gives an array
another shape are read past.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul

from ..arrays.arrays import Apply, Array, Entry, order_key
from ..arrays.rewriting import head
from ..arrays.walks import depth

FREE = frozenset(("transpose", "eye", "ones", "zeros", "one_hot", "reshape", "permute", "stretch", "take", "slice"))


def own(node: Expr) -> int:
    """Operations of one node, its operands apart."""
    if isinstance(node, Apply):
        if node.op.name in FREE:
            return 0
        return len(node.args) - 1 if node.op.name in ("add", "mul") else 1
    if isinstance(node, Array) or not node.args or node.is_number:
        return 0
    return len(node.args) - 1 if isinstance(node, Add | Mul) else 1


def parts(node: Expr) -> list[Expr]:
    """What is read below a node: of a - b and a/b, a and b, for the sign and the bar are the operation itself."""
    below = [a for a in node.args if isinstance(a, Expr)] if isinstance(node, Apply) or not isinstance(node, Array) else []
    if head(node) in ("add", "Add"):
        below = [_unsigned(a) for a in below]
    if head(node) in ("mul", "Mul"):
        below = [f for a in below for f in (_factors(a) if not isinstance(a, Apply) else [a])]
        below = [a.args[0] if head(a) in ("pow", "Pow") and a.args[1] == -1 else a for a in below]
    return below


def _unsigned(term: Expr) -> Expr:
    if head(term) in ("mul", "Mul") and term.args[0] == -1:
        return term.args[1] if len(term.args) == 2 else term.func(*term.args[1:])
    return term


def _factors(scalar: Expr) -> list[Expr]:
    return list(Mul.make_args(scalar))


def operations(expr: Expr) -> int:
    """How many operations a reader counts."""
    seen: set[Expr] = set()
    stack, found = [expr], 0
    while stack:
        node = stack.pop()
        if node in seen or isinstance(node, Entry):
            continue
        seen.add(node)
        found += own(node)
        if head(node) in ("mul", "Mul"):
            # c in c A may be a quotient of several: each sign of it counts.
            found += sum(len(_factors(a)) - 1 for a in node.args if isinstance(a, Mul))
        stack.extend(parts(node))
    return found


def cost(expr: Expr) -> tuple[int, int, str]:
    """Forms are compared by this."""
    return operations(expr), depth(expr), order_key(expr)


__all__ = ["cost", "operations"]
