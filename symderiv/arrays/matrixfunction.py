"""Functions of a whole square matrix that no finite index expression of symbolic size can say."""

from __future__ import annotations

from typing import Any, ClassVar

from sympy import Expr
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from .sizes import Shape


class MatrixFunction(Expr):
    """An entry of the inverse of a matrix, or its determinant, or the logarithm of its determinant's absolute value.

    ``kind`` is "inv" (two positions), "det" or "logdet" (none); "prod" is the product along the last axis of an array,
    with a position for each other axis.  A scalar; operators use it in their definitions.
    """

    __slots__ = ("kind",)
    kind: str
    is_commutative: ClassVar[bool] = True
    is_real: ClassVar[bool] = True
    shape: ClassVar[Shape] = ()

    def __new__(cls, kind: str, matrix: Expr, *positions: Expr) -> MatrixFunction:
        obj = Expr.__new__(cls, matrix, *positions)
        obj.kind = kind
        return obj  # type: ignore[no-any-return]

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.kind, *self.args

    def _made_by(self) -> tuple[Any, ...]:
        return MatrixFunction, self.kind

    @property
    def func(self) -> Any:
        """Rebuilds the node from new operands."""
        kind = self.kind
        return lambda *args: MatrixFunction(kind, *args)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.kind, *self.args)

    @property
    def matrix(self) -> Expr:
        """The matrix."""
        return self.args[0]

    @property
    def positions(self) -> tuple[Expr, ...]:
        """The positions of the entry."""
        return tuple(self.args[1:])

    def _sympystr(self, printer: StrPrinter) -> str:
        at = f"[{', '.join(map(printer._print, self.positions))}]" if self.positions else ""
        return f"{self.kind}({printer._print(self.matrix)}){at}"

    def _latex(self, printer: LatexPrinter) -> str:
        name = self.kind.replace("_", r"\_")
        text = rf"\operatorname{{{name}}}\left({printer._print(self.matrix)}\right)"
        return rf"\left({text}\right)_{{{', '.join(map(printer._print, self.positions))}}}" if self.positions else text
