"""Straight-line code by the functions of NumPy that begin their work soonest, where it is known how many axes arrays have.

Products of vectors and matrices by ``dot``, outer products too; reductions by the ufuncs that are called in the end, those
of a vector without axes; einsums of two arrays as plain contractions; comparisons as factors without a copy of their type.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from .basic_block import SCOPES

REDUCTIONS = {"np.sum": "np.add.reduce", "np.max": "np.maximum.reduce", "np.min": "np.minimum.reduce"}
_REDUCED = frozenset(REDUCTIONS.values())
_COMPARISONS = frozenset({"np.greater", "np.greater_equal", "np.less", "np.less_equal", "np.equal", "np.not_equal"})
_BY_ENTRY = frozenset({"np.exp", "np.log", "np.tanh", "np.sqrt", "np.square", "np.abs", "np.sign", "np.maximum",
                       "np.minimum", "np.logaddexp"})

Ranks = dict[str, int]


class Quickest(ast.NodeTransformer):
    """Statements in order, each so rewritten.  ``ranks`` are the numbers of axes of what is given; ``renamed`` functions are
    called by other names."""

    def __init__(self, ranks: Mapping[str, int], renamed: Mapping[str, str]) -> None:
        self.ranks: Ranks = dict(ranks)
        self.renamed = renamed

    def visit(self, node: ast.AST) -> ast.AST:
        """Names inside a function or a comprehension may be its own: there nothing is known."""
        if not isinstance(node, SCOPES):
            return super().visit(node)  # type: ignore[no-any-return]
        outside, self.ranks = self.ranks, {}
        try:
            return self.generic_visit(node)
        finally:
            self.ranks = outside

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        for target in node.targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    self.ranks.pop(name.id, None)
            if isinstance(target, ast.Name) and not _is_truth(node.value) and (rank := self.rank(node.value)) is not None:
                self.ranks[target.id] = rank
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if self.rank(node.target) == 1:
            node.value = self._without_axes(node.value) or node.value
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        left, right = node.left, node.right
        if isinstance(node.op, ast.MatMult) and self.rank(left) in (1, 2) and self.rank(right) in (1, 2):
            return _dot(left, right)
        # Beside a vector, a number is as good as an axis of length 1.
        if self.rank(left) == 1 and (number := self._without_axes(right)) is not None:
            node.right = number
        elif self.rank(right) == 1 and (number := self._without_axes(left)) is not None:
            node.left = number
        elif isinstance(node.op, ast.Mult):
            if _is_column(left) and isinstance(left, ast.Subscript) and self.rank(left.value) == self.rank(right) == 1:
                row = ast.parse("_[None, :]", mode="eval").body
                assert isinstance(row, ast.Subscript)
                return _dot(left, ast.Subscript(right, row.slice, ast.Load()))
            # A truth times numbers is numbers already.
            node.left, node.right = self._factor(left, right), self._factor(right, left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = ast.unparse(node.func)
        if name == "np.einsum" and any(k.arg == "optimize" for k in node.keywords):
            spec, *operands = node.args
            assert isinstance(spec, ast.Constant)
            again = ast.Call(ast.Name("contracted", ast.Load()), node.args, [])
            return again if len(operands) > 2 else plain_contraction(str(spec.value), operands) or node
        if name in self.renamed:
            return ast.Call(ast.Name(self.renamed[name], ast.Load()), node.args, node.keywords)
        if name not in REDUCTIONS or len(node.args) != 1:
            return node
        # A ufunc reduces the first axis where none is given, the functions reduce them all.
        keywords = node.keywords
        if self.rank(node.args[0]) == 1 and all(k.arg == "axis" for k in keywords):
            keywords = []
        elif all(k.arg != "axis" for k in keywords):
            keywords = [*keywords, ast.keyword("axis", ast.Constant(None))]
        return ast.Call(ast.parse(REDUCTIONS[name], mode="eval").body, node.args, keywords)

    def _without_axes(self, node: ast.expr) -> ast.expr | None:
        """A number in place of a reduction of a vector that keeps its axis, or of what is made of one and numbers."""
        if isinstance(node, ast.Call) and len(node.args) == 1:
            name = ast.unparse(node.func)
            if name in _REDUCED and any(k.arg == "keepdims" for k in node.keywords) and self.rank(node.args[0]) == 1:
                return ast.Call(node.func, node.args, [])
            inner = self._without_axes(node.args[0]) if name in _BY_ENTRY and not node.keywords else None
            return None if inner is None else ast.Call(node.func, [inner], [])
        if isinstance(node, ast.UnaryOp):
            inner = self._without_axes(node.operand)
            return None if inner is None else ast.UnaryOp(node.op, inner)
        if isinstance(node, ast.BinOp) and 0 in (self.rank(node.left), self.rank(node.right)):
            left, right = self._without_axes(node.left), self._without_axes(node.right)
            return None if left is right is None else ast.BinOp(left or node.left, node.op, right or node.right)
        return None

    def _factor(self, node: ast.expr, beside: ast.expr) -> ast.expr:
        """A factor beside another: a comparison as it is, where the other is an array of numbers."""
        numbers = self.rank(beside) and not _is_truth(beside) and _converted(beside) is None
        return _converted(node) or node if numbers else node

    def rank(self, node: ast.expr) -> int | None:
        """How many axes a value has; None where that is not known."""
        if isinstance(node, ast.Name):
            return self.ranks.get(node.id)
        if isinstance(node, ast.Constant):
            return 0
        if isinstance(node, ast.UnaryOp):
            return self.rank(node.operand)
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
            return None if _is_truth(node.left) and _is_truth(node.right) else self._most(node.left, node.right)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self.rank(node.value)
        if isinstance(node, ast.Subscript):
            key = ast.unparse(node.slice).strip("()")
            inner = self.rank(node.value)
            return None if inner is None or key.count(":") != inner or set(key) - set(":, None") else len(key.split(","))
        return self._of_call(node) if isinstance(node, ast.Call) else None

    def _most(self, *nodes: ast.expr) -> int | None:
        """The rank of arrays that are spread over each other."""
        found = [self.rank(n) for n in nodes]
        known = [r for r in found if r is not None]
        return max(known) if len(known) == len(found) else None

    def _of_call(self, node: ast.Call) -> int | None:
        name = ast.unparse(node.func)
        if name in _BY_ENTRY or name in _COMPARISONS:
            return self._most(*node.args)
        if name in _REDUCED and len(node.args) == 1:
            inner, options = self.rank(node.args[0]), {k.arg: ast.unparse(k.value) for k in node.keywords}
            if "keepdims" in options or inner is None:
                return inner
            return 0 if inner == 1 or options.get("axis") == "None" else inner - 1 if options.get("axis", "").isdigit() \
                else None
        if name == "math.sqrt":
            return 0
        if isinstance(node.func, ast.Attribute) and node.func.attr == "dot" and len(node.args) == 1:
            ranks = [r for r in (self.rank(node.func.value), self.rank(node.args[0])) if r]
            return sum(ranks) - 2 if len(ranks) == 2 else None
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            return self.rank(node.func.value)
        spec = str(node.args[0].value) if name == "np.einsum" and isinstance(node.args[0], ast.Constant) else ""
        return len(spec.partition("->")[2].strip()) if "->" in spec and "." not in spec else None


def _dot(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(left, "dot", ast.Load()), [right], [])


def _is_column(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.slice).strip("()") == ":, None"


def _converted(node: ast.expr) -> ast.expr | None:
    """A comparison whose truths are converted to numbers."""
    found = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "astype"
    return node.func.value if found and _is_truth(node.func.value) else None  # type: ignore[attr-defined]


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in _COMPARISONS


def plain_contraction(spec: str, operands: list[ast.expr]) -> ast.expr | None:
    """Two arrays summed over the letters that both have and the result lacks, as np.tensordot; None for other einsums."""
    read, _, out = spec.partition("->")
    letters = read.split(",")
    if len(letters) != 2 or "." in spec or any(len(set(own)) < len(own) for own in letters):
        return None
    shared = [c for c in letters[0] if c in letters[1]]
    free = ["".join(c for c in own if c not in shared) for own in letters]
    if not shared or any(c in out for c in shared) or out not in (free[0] + free[1], free[1] + free[0]):
        return None
    if out != free[0] + free[1]:
        letters, operands = letters[::-1], operands[::-1]
    axes = tuple([own.index(c) for c in shared] for own in letters)
    return ast.Call(ast.parse("np.tensordot", mode="eval").body, [*operands, ast.parse(repr(axes), mode="eval").body], [])
