"""Walks over expressions with arrays, each shared part once and without recursion."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, MutableMapping
from operator import attrgetter
from typing import Any, TypeVar

from sympy import Expr, Pow

from ..bounds import apart
from ..terms.traversals import operands_first, reached


class ArrayNode:
    """Base of what a walk over scalars does not enter: arrays, each whole.  ``_depth`` counts the operators in one."""

    __slots__ = ()

    def _operand(self) -> Any:
        """The expression as an operand."""
        return self


def bottom_up(expr: Any, leave: Container[Any] = ()) -> Iterator[Any]:
    """Every part of an expression once, operands first, without recursion; nothing below what is to be left as it is."""
    return operands_first([expr], lambda node: () if node in leave else node.args[::-1])


def scalar_nodes(expr: Expr) -> set[Any]:
    """The sub-expressions of an index expression, without descending into the arrays it reads."""
    return set(reached([expr], lambda node: () if isinstance(node, ArrayNode) else node.args))


def subexpressions(*exprs: Expr) -> Iterator[Any]:
    """Every part of expressions once, arrays and the bodies of definitions included, however often it is shared."""
    return reached(exprs, attrgetter("args"))


def operators(expr: Any) -> int:
    """How many operators an expression has, each shared one once."""
    found, seen, waiting = 0, {expr}, [expr]
    while waiting:
        node = waiting.pop()
        args = node.args
        below = dict.fromkeys(arg for arg in args if arg.args and arg not in seen)
        seen.update(below)
        waiting.extend(below)
        found += bool(args) and isinstance(node, ArrayNode)
    return found


class Uses:
    """How often parts are used below expressions, the parts numbered, so that what was walked once is not walked again.

    What stands below a part, and what it is used by, are bits of whole numbers: of so ``MANY`` parts, and of no more.
    """

    MANY = 8192

    def __init__(self) -> None:
        self._below: dict[Any, int] = {}
        self._above: dict[Any, int] = {}
        self._twice: dict[Any, int] = {}
        self._operators = 0

    def renewed(self) -> Uses:
        """These, or where there is little room left, none yet."""
        return self if 2 * len(self._below) <= self.MANY else Uses()

    def below(self, expr: Any) -> int | None:
        """All that stands below an expression, and itself; None where that is too much."""
        below, waiting = self._below, [expr]
        while waiting:
            node = waiting[-1]
            new = [arg for arg in node.args if arg not in below]
            if new:
                waiting += new
                continue
            waiting.pop()
            if node not in below:
                if len(below) >= self.MANY:
                    return None
                self._number(node)
        return below[expr]

    def _number(self, node: Any) -> None:
        found = bit = 1 << len(self._below)
        for arg in node.args:
            found |= self._below[arg]
            uses = self._above.get(arg, 0)
            if uses & bit:
                self._twice[arg] = self._twice.get(arg, 0) | bit
            self._above[arg] = uses | bit
        self._below[node] = found
        if node.args and isinstance(node, ArrayNode):
            self._operators |= bit

    def several(self, node: Any, within: int) -> bool:
        """Whether a part is used more than once by what stands below an expression."""
        return (self._above.get(node, 0) & within).bit_count() > 1 or bool(self._twice.get(node, 0) & within)

    def operators(self, expr: Any) -> int:
        """How many operators an expression has, each shared one once."""
        within = self.below(expr)
        return operators(expr) if within is None else (within & self._operators).bit_count()


@apart
def lacking(expr: Any, known: MutableMapping[Any, bool], test: Callable[[Any], bool]) -> bool:
    """Whether no part of an expression is as asked; what is ``known`` to have such a part, or none, is not looked through:
    and more is known then."""
    having: set[Any] = set()
    for node in bottom_up(expr, known):
        if node in known:
            has = known[node]
        else:
            args = node.args
            has = test(node) or not having.isdisjoint(args)
            if args and isinstance(node, ArrayNode):
                known[node] = has
        if has:
            having.add(node)
    return expr not in having


_DEPTHS: dict[Any, tuple[int, int, int]] = {}
KNOWN = 10_000
"""The table is begun anew where it holds so many more than what is asked about can have parts."""


def depth(expr: Any) -> int:
    """How many operators, functions and brackets stand one inside the other; a name counts as none."""
    return depths(expr)[0]


EXPONENTS = 3


def depths(expr: Any) -> tuple[int, int, int]:
    """The depth, that of SymPy's own functions and brackets above the first array, and how many of these, written out."""
    if isinstance(expr, ArrayNode) or not getattr(expr, "args", ()):
        return getattr(expr, "_depth", 0), 0, 1
    global _DEPTHS
    if (known := _DEPTHS.get(expr)) is not None:
        return known
    found, stack = _DEPTHS, [expr]
    while stack:
        node = stack[-1]
        below = [arg for arg in node.args if arg.args and not isinstance(arg, ArrayNode)]
        waiting = [arg for arg in below if arg not in found]
        if waiting:
            stack.extend(waiting)
            continue
        parts = [found[arg] for arg in below]
        arrays = (depths(arg)[0] for arg in node.args if isinstance(arg, ArrayNode))
        whole = max((*(k[0] for k in parts), *arrays), default=0)
        count = 1 + sum(k[2] for k in parts) + len(node.args) - len(below)
        if isinstance(node, Pow) and node.exp in found:
            # SymPy asks an exponent time and again what it is: a tower of powers costs several times what it holds.
            count += EXPONENTS * found[node.exp][2]
        found[stack.pop()] = 1 + whole, 1 + max((k[1] for k in parts), default=0), count
    if len(found) > KNOWN + 2 * found[expr][2]:
        _DEPTHS = {}
    return found[expr]


T = TypeVar("T")


def by_class(table: Mapping[type, T], kind: type) -> T:
    """What a table says of a class, or of the nearest class above it."""
    return table[kind] if kind in table else next(table[base] for base in kind.__mro__ if base in table)


def outermost(expr: Expr, wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """The nodes of a kind below none of that kind, each once, in order of appearance."""
    return filter(wanted, reached([expr], lambda node: () if wanted(node) else getattr(node, "args", ())[::-1]))
