"""What an expression costs, read from it: the entries of its weights, and the inner products its definitions sum.

An inner product is a sum of products of two entries.  Products with the zeros of a padding count; a transposed convolution
is no sum over a padded signal, but every entry of its signal times every weight, also where the result is cut off again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, KroneckerDelta, Mul, S
from sympy import Sum as SympySum

from ..arrays.arrays import Apply, Array, Entry, Named, as_expr, scalar_nodes
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape
from ..arrays.symbols import Index
from ..terms.traversals import reached
from .size_text import product


@dataclass(frozen=True)
class Weights:
    """A tensor of parameters, or several alike."""

    name: str
    shape: Shape
    times: Expr = S.One

    @property
    def count(self) -> Expr:
        """The number of its entries."""
        return Mul(self.times, product(self.shape))


Ranges = tuple[tuple[str, Expr], ...]
JOINED = "jvuw"
"""Letters along the axes of the factors of a product, where they are counted by their entries."""


@dataclass(frozen=True)
class InnerProducts:
    """A family of sums of products of two entries.

    what      the two arrays whose entries are multiplied
    results   the letters of the results and how far they run
    products  the letters of all products that are added up to these results
    times     how often all of this happens: steps in time, heads
    """

    what: str
    results: Ranges
    products: Ranges
    times: Expr = S.One

    @property
    def number(self) -> Expr:
        """The number of inner products."""
        return Mul(self.times, product(size for _, size in self.results))

    @property
    def summed(self) -> Ranges | None:
        """The letters along each inner product; None where these differ in length, as in a transposed convolution."""
        if not set(self.results) <= set(self.products):
            return None
        return tuple(pair for pair in self.products if pair not in self.results)

    @property
    def count(self) -> Expr:
        """The number of products."""
        return Mul(self.times, product(size for _, size in self.products))

    def repeated(self, times: Expr) -> InnerProducts:
        """The same, ``times`` over."""
        return replace(self, times=Mul(self.times, times))


def inner_products(exprs: Sequence[Expr], unpadded: Collection[Expr] = ()) -> tuple[InnerProducts, ...]:
    """Every inner product that is taken to evaluate expressions, shared parts once.

    Of an array that is ``unpadded`` only the entries that it has count, not positions outside.
    """
    found = []
    for body, letters in _bodies(exprs):
        sums = [node for node in scalar_nodes(body) if isinstance(node, SympySum)]
        for node in sorted(sums, key=str) if len(sums) > 1 else sums:
            read = _inner_product(node, letters, unpadded)
            if read is not None:
                found.append(read)
    return tuple(found)


def _bodies(exprs: Sequence[Expr]) -> Iterator[tuple[Expr, tuple[Index, ...]]]:
    """The entry of every array that is computed on the way, with the letters of its axes."""
    def below(node: Any) -> Sequence[Any]:
        composite = isinstance(node, Apply) and node.op.composite
        return [node.op.definition(node.args, node.params)] if composite else node.args[::-1]

    for node in reached([as_expr(e) for e in reversed(exprs)], below):
        if isinstance(node, Apply) and node.op.composite:
            continue
        if isinstance(node, Apply):
            out = tuple(Index(f"o{axis}", 1, size) for axis, size in enumerate(node.shape, 1))
            yield as_expr(node.op.definition(out, node.args, node.params)), out
        elif isinstance(node, Named):
            yield node.body, node.letters
        elif not isinstance(node, Array):
            yield node, ()


def _inner_product(total: SympySum, letters: tuple[Index, ...], unpadded: Collection[Expr]) -> InnerProducts | None:
    """The inner products that one sum stands for, or None where it adds up something else.

    A letter that others determine is not counted beside them.  Σ_g Σ_p [f = 4(g - 1) + p] runs once over f; and in a
    transposed convolution, Σ_a x_a w_{n - 2(a - 1)}, the pairs of an entry and a weight are counted, not n and a.
    """
    factors = Mul.make_args(total.function)
    entries = [f for f in factors if isinstance(f, Entry)]
    if len(entries) < 2:
        return None
    summed = {limit[0]: limit[2] - limit[1] + 1 for limit in total.limits}
    free = {letter: letter.hi for letter in letters if letter in total.free_symbols}
    results = dict(free)
    for delta in (f for f in factors if isinstance(f, KroneckerDelta)):
        own, tied = sorted(delta.args, key=lambda side: side not in free)
        if own in free:
            parts = {s: summed.pop(s) for s in list(summed) if s in tied.free_symbols}
            if product(parts.values()) != free[own]:
                del free[own]
                free |= parts
    for mark, entry in zip(JOINED, entries, strict=False):
        for axis, (position, size) in enumerate(zip(entry.indices, shape_of(entry.base), strict=True)):
            own = next((s for s in free if position.coeff(s) in (1, -1)), position)
            if entry.base in unpadded and own != position and position.free_symbols & set(summed):
                del free[own]
                free[Index(f"{mark}{axis}", 1, size)] = size
    what = " and ".join(dict.fromkeys(_name(e.base) for e in entries))
    return InnerProducts(what, _ranges(results), _ranges(free | summed))


def _ranges(sizes: dict[Index, Expr]) -> Ranges:
    return tuple((str(letter), size) for letter, size in sizes.items())


def _name(array: Any) -> str:
    """How an array is called; a transpose keeps its mark, a larger expression goes by its operator."""
    if isinstance(array, Apply):
        return str(array) if RECORDS.transpose.of(array) else array.op.name
    return str(array.name)
