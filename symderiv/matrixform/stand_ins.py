"""Large sums read as one array while a closed form is sought, so that a layer costs the same at every depth of a network.

What a residual network passes on, and each of its cotangents, is a sum in which all that stands below it stands.  A closed
form is about the layer at hand: the sum is one letter to it, and is put back when the form is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sympy import Expr
from sympy import Sum as SympySum

from ..arrays.arrays import Apply, Tensor, order_key
from ..arrays.registry import RECORDS
from ..arrays.symbols import plain_sum
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import Uses
from ..terms.nodes import MatrixFunctionEntry, Node, Sym, TensorEntry, ent, rewritten
from ..terms.traversals import operands_first
from .build import is_op

LARGE = 700
"""Operators in a sum, at least: in networks so large that no certificate is looked for, which is found sooner without."""
_PLAIN = str.maketrans("(),=* ", "______")


@dataclass
class StandIns:
    """Tensors that stand for large sums: for those of so many operators, and for all in which another one stands."""

    sums: dict[Expr, Expr] = field(default_factory=dict)
    uses: Uses = field(default_factory=Uses)
    _made: dict[Any, Any] = field(default_factory=dict)
    _syms: dict[Sym, Sym] = field(default_factory=dict)

    def shallow(self, node: Node) -> Node:
        """The node with stand-ins for what is large in it."""
        return rewritten(node, lambda n, walk: self._entry(n))

    def written_out(self, closed: Expr) -> Expr:
        """A form with what its stand-ins stand for."""
        return closed.xreplace(self.sums) if self._stands_in(closed) else closed

    def _entry(self, n: Node) -> Node | None:
        if not isinstance(n, TensorEntry | MatrixFunctionEntry) or (own := self._sym(n.sym)) is n.sym:
            return None
        return ent(own, *n.idx) if isinstance(n, TensorEntry) else MatrixFunctionEntry(n.kind, own, n.idx)

    def _sym(self, sym: Sym) -> Sym:
        if sym not in self._syms:
            array = None if sym.array is None else self._array(sym.array)
            own = self._syms[sym] = sym if array is sym.array else Sym(
                sym.name, sym.shape, array, key=sym.key, properties=sym.properties, latex=sym.latex, role=sym.role)
            own.letters, own.body = sym.letters, sym.body
        return self._syms[sym]

    def _array(self, array: Expr) -> Expr:
        """The array with stand-ins for its large sums, each part looked at once in a call."""
        made = self._made
        for node in operands_first([array], attrgetter("args"), made):
            args = [made[a] for a in node.args]
            same = all(a is b for a, b in zip(args, node.args, strict=True))
            new = node if same else plain_sum(args[0], args[1:]) if isinstance(node, SympySum) else node.func(*args)
            made[node] = self._tensor(node, new) if is_op(new, RECORDS.add) and self._is_large(new) else new
        return made[array]

    def _is_large(self, new: Apply) -> bool:
        self.uses = self.uses.renewed()
        large = self._stands_in(new) or self.uses.operators(new) >= LARGE
        return large and not any(hasattr(s, "law") for s in new.free_symbols)

    def _stands_in(self, expr: Expr) -> bool:
        return bool(self.sums) and not self.sums.keys().isdisjoint(expr.free_symbols)

    def _tensor(self, whole: Apply, new: Apply) -> Expr:
        held = frozenset(("symmetric",) if is_symmetric(new) else ())
        # It stands where the sum would in any order of terms.
        name = order_key(whole).translate(_PLAIN)
        while (found := Tensor(name, whole.shape, held)) in self.sums:
            name += "_"
        self.sums[found] = whole
        return found
