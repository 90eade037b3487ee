"""Matrices that are defined by others: their inverses and determinants, by those of the factors.

(A X B)⁻¹ = B⁻¹ X⁻¹ A⁻¹ and det(A X B) = det A det X det B for square factors, (c A)⁻¹ = A⁻¹/c, (Aᵀ)⁻¹ = (A⁻¹)ᵀ.
A matrix that does not factor is known by what it spells out, however it was written.

Source: Petersen and Pedersen, The Matrix Cookbook (2012), (1) to (4), (18) to (24).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from weakref import WeakValueDictionary

from ..bounds import of_the_call
from ..errors import BoundExceeded
from ..functions.elementary import exp, log
from ..functions.network_functions import absolute
from ..functions.of_matrices import DETERMINANT, INVERSE, LOG_DETERMINANT, PRODUCT
from ..terms.affine import Affine, Idx, affine, constant, interned
from ..terms.nodes import (
    Delta,
    MatrixFunctionEntry,
    Node,
    Num,
    Sum,
    Sym,
    TensorEntry,
    add,
    delta,
    ent,
    factors_of,
    fn,
    fresh_letter,
    guard,
    letters_read,
    mul,
    neg,
    num,
    power,
    substitute,
    total,
    val,
)
from ..terms.ranges import nonnegative
from .rules import RuleContext
from .spelled import defined_symbols, flattened, spelled_out

# Longer definitions are known by their names.
MAX_MATRIX = 400


@dataclass(frozen=True)
class Factor:
    """A square matrix, perhaps turned or inverted."""

    sym: Sym
    turned: bool = False
    inverse: bool = False

    def entry(self, row: Affine, column: Affine, inverse: bool = False) -> Node:
        """The entry of the factor, or of its inverse."""
        idx = (column, row) if self.turned else (row, column)
        if self.inverse is inverse:
            return ent(self.sym, *idx)
        return MatrixFunctionEntry(INVERSE, self.sym, idx)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class MatrixProduct:
    """A number times square matrices, or times a diagonal matrix whose entries are ``diagonal`` at ``letter``."""

    size: Affine
    scale: Node
    factors: tuple[Factor, ...]
    diagonal: Node | None = None
    letter: Idx | None = None

    def inverse(self, row: Affine, column: Affine) -> Node:
        """The entry of the inverse."""
        if self.diagonal is not None and self.letter is not None:
            inside = (guard(e) for e in (row - 1, self.size - row) if not nonnegative(e))  # outside, the inverse is 0 too
            here = mul(self.scale, substitute(self.diagonal, {self.letter: row}))
            return mul(power(here, num(-1)), delta(row - column), *inside)
        taken = letters_read(row, column, self.scale)
        between = tuple(fresh_letter(f"_m{k}", constant(1), self.size, taken) for k in range(len(self.factors) - 1))
        ends = (row, *map(affine, between), column)
        entries = (f.entry(a, b, inverse=True) for f, a, b in zip(reversed(self.factors), ends, ends[1:], strict=False))
        return mul(power(self.scale, num(-1)), total(mul(*entries), between))

    def determinant(self) -> Node | None:
        """The determinant."""
        if self.diagonal is not None:
            return None if self.diagonal.free else power(mul(self.scale, self.diagonal), val(self.size))
        dets = (power(MatrixFunctionEntry(DETERMINANT, f.sym, ()), num(-1 if f.inverse else 1)) for f in self.factors)
        return mul(power(self.scale, val(self.size)), *dets)

    def log_determinant(self) -> Node | None:
        """The logarithm of the determinant's absolute value."""
        if self.diagonal is not None:
            return None
        logs = (mul(num(-1 if f.inverse else 1), MatrixFunctionEntry(LOG_DETERMINANT, f.sym, ())) for f in self.factors)
        scale = () if isinstance(self.scale, Num) and self.scale.value == 1 else (
            mul(val(self.size), log.node(absolute.node(self.scale))),)
        return add(*logs, *scale)


_MATRICES: WeakValueDictionary[Node, Sym] = WeakValueDictionary()
_products = of_the_call(dict[Sym, MatrixProduct | None])
Canonise = Callable[[Node], Node]


def by_factors(node: MatrixFunctionEntry, canonise: Canonise) -> Node | None:
    """An inverse's entry or a determinant by those of the factors; None where the matrix is its only factor."""
    sym = node.sym
    if sym.body is None or sym.role == "matrix" or node.lead or node.kind not in (INVERSE, DETERMINANT, LOG_DETERMINANT):
        return None
    known = _products()
    if sym not in known:
        known[sym] = _product(sym, canonise)
    product = known[sym]
    if product is None or product.factors == (Factor(sym),):
        return None
    if node.kind == INVERSE:
        return product.inverse(*node.idx)
    return product.determinant() if node.kind == DETERMINANT else product.log_determinant()


def by_the_whole(node: MatrixFunctionEntry) -> Node:
    """The product of the others as the whole over the entry left out: the same polynomial, spelled by fewer atoms."""
    lead, left_out = node.idx[:len(node.sym.shape) - 1], node.idx[len(node.sym.shape) - 1:]
    below = (power(ent(node.sym, *lead, i), num(-1)) for i in left_out)
    apart = (add(num(1), neg(delta(i - j))) for i, j in combinations(left_out, 2))
    return mul(MatrixFunctionEntry(PRODUCT, node.sym, lead), *below, *apart)


def by_logarithms(node: MatrixFunctionEntry) -> Node:
    """A product of positive numbers as the exponential of the sum of their logarithms."""
    letter = fresh_letter("l", constant(1), node.sym.shape[-1], letters_read(node))
    return fn(exp.name, total(fn(log.name, ent(node.sym, *node.idx, affine(letter))), (letter,)))


def _product(sym: Sym, canonise: Canonise) -> MatrixProduct | None:
    """What a definition of two axes spells out, as a product; None where it is too long."""
    assert sym.body is not None and sym.letters is not None
    size = sym.shape[0]
    row, column = (Idx(name, constant(1), size) for name in ("_r", "_c"))
    body = substitute(sym.body, dict(zip(sym.letters, map(affine, (row, column)), strict=True)))
    try:
        names = frozenset(s for s in defined_symbols(body) if s.body is not None)
        spelled = spelled_out(body, RuleContext(unfolds=names), MAX_MATRIX)
        # A product of matrices is seen as it was written: its factors may be sums.
        coeff, factors = factors_of(spelled)
        ends = frozenset((row, column))
        outside = [f for f in factors if not f.free & ends]
        inside = [f for f in factors if f.free & ends]
        scale = canonise(mul(num(coeff), *outside))
        if any(isinstance(f, Delta) for f in inside):
            rest = mul(*(f for f in inside if not isinstance(f, Delta)))
            meets = [f for f in inside if isinstance(f, Delta)] == [delta(affine(row) - affine(column))]
            at_row = substitute(rest, {column: affine(row)})
            return MatrixProduct(size, scale, (), at_row, row) if meets and at_row.free <= {row} else None
        letters: list[Idx] = []
        if len(inside) == 1 and isinstance(inside[0], Sum):
            term, bound = flattened(inside[0].body, inside[0].binders)
            inner, factors = factors_of(term)
            inside, letters = list(factors), list(bound)
            scale = mul(scale, num(inner))
        blocks = _chain(inside, row, column, letters, size)
        if any(f.free - ends - frozenset(letters) for f in inside):
            return None
        return MatrixProduct(size, scale, tuple(_factor(b, i, j, canonise) for b, i, j in blocks))
    except (BoundExceeded, ZeroDivisionError):
        return None


def _chain(factors: list[Node], row: Idx, column: Idx, bound: list[Idx], size: Affine) -> list[tuple[Node, Idx, Idx]]:
    """Entries that follow each other from the row to the column, cut at the letters that run over ``size``."""
    left = list(factors)
    here = row
    walked: list[tuple[Node, Idx, Idx]] = []
    while left:
        next_ones = [f for f in left if here in f.free]
        if len(next_ones) != 1:
            return [(total(mul(*factors), bound), row, column)]
        (f,) = next_ones
        others = f.free - {here}
        if len(others) != 1:
            return [(total(mul(*factors), bound), row, column)]
        (there,) = others
        left.remove(f)
        walked.append((f, here, there))
        here = there
    if here is not column or {b for _, _, b in walked} - {column} != set(bound):
        return [(total(mul(*factors), bound), row, column)]
    blocks: list[tuple[Node, Idx, Idx]] = []
    pending: list[tuple[Node, Idx, Idx]] = []
    for step in walked:
        pending.append(step)
        end = step[2]
        if end is column or (end.hi is size and end.lo is constant(1)):
            inner = [b for _, _, b in pending[:-1]]
            blocks.append((total(mul(*(f for f, _, _ in pending)), inner), pending[0][1], end))
            pending = []
    return blocks


def _factor(block: Node, row: Idx, column: Idx, canonise: Canonise) -> Factor:
    """One block as a declared matrix, or as the matrix that spells out what it does."""
    positions = (affine(row), affine(column))
    if isinstance(block, TensorEntry | MatrixFunctionEntry) and len(block.idx) == 2 and set(block.idx) == set(positions):
        return Factor(block.sym, block.idx != positions, isinstance(block, MatrixFunctionEntry))
    size = row.hi
    i, j = (Idx(name, constant(1), size) for name in ("_r", "_c"))
    straight = canonise(substitute(block, {row: affine(i), column: affine(j)}))
    turned = canonise(substitute(block, {row: affine(j), column: affine(i)}))
    body = min(straight, turned, key=lambda n: n.key)
    sym = _MATRICES.get(body)
    if sym is None:
        sym = Sym(f"({body.key})", (size, size), role="matrix",
                  properties=frozenset(("symmetric",) if straight is turned else ()))
        sym.letters, sym.body = (i, j), body
        sym = interned(_MATRICES, body, sym)
    return Factor(sym, body is not straight)
