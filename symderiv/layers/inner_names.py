"""Names for the inner definitions of a layer, such as x̂, that nothing in its operands has."""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import Array, Named, Tensor, as_expr, subexpressions
from ..arrays.symbols import Index
from ..terms.letters import spare, unused


def names_in(expr: Expr) -> set[str]:
    """Names of the tensors, definitions, letters and sizes that an expression is made of."""
    found: set[str] = set()
    for node in subexpressions(expr):
        if isinstance(node, Named | Tensor) or node.is_Symbol:
            found.add(node.name)
        if isinstance(node, Array):
            found |= {s.name for size in node.shape for s in size.free_symbols}
    return found


class Naming:
    """Hands out names: the textbook's where they are free in the operands, and numbered where they are not."""

    def __init__(self, *operands: object) -> None:
        self.taken: set[str] = set()
        self._numbers: dict[str, int] = {}
        for operand in operands:
            if operand is not None:
                self.taken |= names_in(as_expr(operand))

    def __call__(self, name: str) -> str:
        first = self._numbers.get(name, 2)  # those below are taken: each is tried once
        fresh = unused(name, self.taken, "_", first)
        if fresh != name:
            self._numbers[name] = int(fresh.rpartition("_")[2]) + 1
        self.taken.add(fresh)
        return fresh

    def letters(self, alphabet: str, sizes: tuple[Expr, ...]) -> tuple[Index, ...]:
        """One letter a size, apart from the names handed out and from each other."""
        free = spare(alphabet + alphabet.upper(), self.taken)
        chosen = tuple(Index(c, 1, n) for c, n in zip(free, sizes, strict=False))
        self.taken |= {i.name for i in chosen}
        return chosen
