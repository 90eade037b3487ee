"""The sizes beyond which an expression may change: positions, ends of ranges and whole numbers that stand beside sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sympy import (
    Eq,
    Expr,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mod,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    Tuple,
    ceiling,
    floor,
    log,
)
from sympy import Sum as SympySum
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from ..arrays.arrays import Apply, Entry, Tensor
from ..arrays.operator import shape_of
from ..arrays.symbols import Index, Label
from ..errors import SymderivError
from ..late import np
from .evaluate import Variables
from .points import parts
from .sampling import random_sizes

# What is one expression below a number and another one above it.
_CHANGING = (floor, ceiling, Mod, Max, Min, Piecewise, Relational)
_COMPARING = (Max, Min, Relational)
MAX_DEGREE = 60
FAR = (30, 60, 120, 300, 1000)


def reach(exprs: Iterable[Any]) -> int:
    """The largest whole number among positions, ranges and parameters: sizes beyond it show what it points at."""
    return max(_offsets(exprs), default=0)


def positions_exist(exprs: Iterable[Any], largest: int) -> list[Any]:
    """What sizes must satisfy so that the entries that are written by number are there: x[3] is of three entries or more.

    A position above the ``largest`` asks for more than can be tried.
    """
    found: dict[Any, int] = {}
    for node in parts(exprs):
        if isinstance(node, Entry):
            for position, size in zip(node.indices, getattr(node.base, "shape", ()), strict=False):
                if position.is_Integer and 2 <= position <= largest and not size.is_Integer:
                    found[size] = max(found.get(size, 0), int(position))
    return [size >= position for size, position in found.items()]


def span(exprs: Iterable[Any]) -> int:
    """The whole numbers among positions and ranges added up: so far does a read go whose letters go up from letters."""
    return sum(_offsets(exprs))


def unreached(exprs: Iterable[Any], tried: Iterable[Mapping[str, int]], assuming: Iterable[Any] = ()) -> int:
    """A number at which expressions change and to which no size that was tried goes up; 0 where there is none.

    Below it they may agree because nothing is there yet: x[10**9] is 0 for every vector that fits into memory.
    Sizes that the assumptions keep below it need not be tried.
    """
    nodes = tuple(exprs)
    sizes = [max(each.values()) for each in tried if each]
    changing = [node for node in parts(nodes) if isinstance(node, _CHANGING) and _of_sizes(node)]
    # What is compared with a number may change behind it.
    last = max((reach(nodes), *(n + isinstance(node, _COMPARING) for node in changing for n in _numbers(node)),
                *(_untaken(node, sizes) for node in changing if sizes)))
    if not sizes or last <= max(sizes):
        return 0
    try:
        random_sizes(Variables(list(nodes)), np.random.default_rng(0), assuming=assuming, smallest=last)
    except SymderivError:
        return 0
    return last


def _untaken(node: Any, sizes: Iterable[int]) -> int:
    """A size at which a branch is taken that is taken at none of those tried: floor(log(n)/4) is 0 below n = 55."""
    def at(size: int) -> Any:
        return node.xreplace(dict.fromkeys(node.free_symbols, Integer(size)))

    first, *others = map(at, dict.fromkeys(sizes))
    return next((far for far in FAR if at(far) != first), 0) if all(other == first for other in others) else 0


def thresholds(exprs: Iterable[Any]) -> list[int]:
    """The whole numbers beside which sizes stand, as in floor(n/9), (n - 6), n ≥ 7, and more sizes than a degree has roots.

    The largest is first.
    """
    nodes = tuple(exprs)
    found = {reach(nodes), span(nodes)}
    for node in parts(nodes):
        if isinstance(node, Expr) and not isinstance(node, Index) and _of_sizes(node):
            found |= {*_numbers(node), _degree(node) + 1}
        if isinstance(node, Pow) and node.base.is_Rational and node.base > 1 and _of_sizes(node.exp):
            found |= {ceiling(log(n, node.base)) + 1 for part in nodes for n in _numbers(part) if n > node.base}
    return sorted((c for c in found if c >= 4), reverse=True)


def roomy(exprs: Iterable[Any], base: int, largest: int) -> dict[str, int]:
    """Sizes at which what is read at 2 i or at i + j lies within its axis, and sizes that are compared are equal, where
    every other size is ``base``.

    Else all that it differs by may be read outside, where everything is 0.
    """
    found: dict[str, int] = {}
    for node in parts(exprs):
        if isinstance(node, KroneckerDelta | Eq) and _of_sizes(node):
            for size, other in (node.args[:2], node.args[1::-1]):
                at = other.xreplace({s: Integer(base) for s in other.free_symbols})
                named = isinstance(size, Symbol) and not isinstance(size, Index | Label)
                if named and size not in other.free_symbols and at.is_Integer and base < at <= largest:
                    found[size.name] = int(at)
        if not isinstance(node, Entry):
            continue
        for place, size in zip(node.indices, shape_of(node.base), strict=False):
            end = _farthest(_farthest(place))
            if isinstance(size, Symbol) and not isinstance(place, Index) and size not in end.free_symbols:
                at = end.xreplace({s: Integer(base) for s in end.free_symbols})
                if at.is_Integer and base < at <= largest:
                    found[size.name] = max(found.get(size.name, 0), int(at))
    return found


def _farthest(place: Expr) -> Expr:
    """A position at the ends of its letters where it is largest."""
    letters = (s for s in place.free_symbols if isinstance(s, Index))
    return place.xreplace({s: s.lo if place.coeff(s).is_negative else s.hi for s in letters})


def _of_sizes(node: Any) -> bool:
    free = node.free_symbols
    return bool(free) and all(s.is_integer and not isinstance(s, Tensor) for s in free)


def _numbers(node: Any) -> set[int]:
    return {abs(int(n)) for c in node.atoms(Rational) for n in (c.p, c.q)}


def _degree(node: Any) -> int:
    """How many sizes can be roots of an expression of them, as far as anybody would write one."""
    if isinstance(node, Pow):
        times = abs(int(node.exp)) if node.exp.is_Integer else 1
        return min(MAX_DEGREE, times * _degree(node.base))
    below = [_degree(a) for a in node.args]
    return min(MAX_DEGREE, (sum if node.is_Mul else max)(below)) if below else int(node.is_Symbol)


def _offsets(exprs: Iterable[Any]) -> Iterator[int]:
    seen: set[Any] = set()
    stack: list[Any] = list(exprs)
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, Expr | Tuple | Boolean) and node not in seen:
            seen.add(node)
            stack.extend(node.args)
            if isinstance(node, Apply):
                stack.extend(node.params.values())
            elif isinstance(node, Entry | SympySum | KroneckerDelta | Relational):
                positions = (node.indices if isinstance(node, Entry) else
                             node.args[1:] if isinstance(node, SympySum) else node.args)
                yield from (abs(int(n)) for p in positions for n in p.atoms(Integer))
        elif isinstance(node, int) and not isinstance(node, bool):
            yield abs(node)
