"""Records that put their operands into a normal form, and the bound letters that definitions sum over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr, Symbol, floor, fraction
from sympy.printing.pycode import PythonCodePrinter

from ..arrays.arrays import Apply, Entry, Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, is_array, shape_of
from ..arrays.sizes import Shape, show_shape
from ..arrays.symbols import Index
from ..terms.letters import unused

Args = tuple[Expr, ...]
Params = dict[str, Any]


class NormalisingOperator(Operator):
    """An operator whose applications are first put into a normal form by ``build``, as sums and products are flattened."""

    def __call__(self, *args: object, **params: Any) -> Any:
        """Apply to arrays or scalars; shapes are checked here."""
        return (self.build or Apply)(self, tuple(as_expr(arg) for arg in args), params)


class Shown:
    """Operands written as the expression they were about to form; the text is made only if an error needs it."""

    def __init__(self, joint: str, operands: Iterable[Expr]) -> None:
        self.joint, self.operands = joint, tuple(operands)

    def __str__(self) -> str:
        if self.joint.isidentifier():
            return f"{self.joint}({', '.join(map(str, self.operands))})"
        written = (f"({a})" if a.args and not isinstance(a, Entry) else str(a) for a in self.operands)
        return f" {self.joint} ".join(written)


def with_shapes(*operands: Expr) -> str:
    """Operands with their shapes, for error messages: "W of shape (m, n) and x of shape (k,)"."""
    return " and ".join(f"{a} of shape {show_shape(shape_of(a))}" for a in operands)


def vectors(*names: str) -> tuple[Expr, ...]:
    """Vectors of one size, for examples."""
    return tuple(Tensor(name, (dims("n"),)) for name in names)


def bound(size: object, out: Args, args: Args, hint: str = "k") -> Index:
    """A letter over 1..size to sum over that occurs neither among ``out`` nor in the operands."""
    symbols = {s for letter in out for s in letter.free_symbols}
    for arg in args:
        symbols |= arg.free_symbols.union(*(n.free_symbols for n in shape_of(arg)))
    return Index(unused(hint, {s.name for s in symbols if isinstance(s, Symbol)}), 1, size)


def at(array: Expr, positions: Iterable[Expr]) -> Expr:
    """The entry at positions that may lie outside the range (where it is 0)."""
    return Entry(array, *positions) if is_array(array) else array


def replaced(shape: Shape, axis: int, size: Expr) -> Shape:
    """A shape with one size replaced."""
    return (*shape[:axis], size, *shape[axis + 1:])


def python(size: object) -> str:
    """A size, position or scalar parameter as Python source; symbols stand for themselves, floor is //."""
    class SourcePrinter(PythonCodePrinter):  # type: ignore[misc]
        def _print_floor(self, expr: floor) -> str:
            top, bottom = fraction(expr.args[0].together())
            return f"(({self._print(top)})//({self._print(bottom)}))"

    return str(SourcePrinter({"fully_qualified_modules": True}).doprint(as_expr(size)))
