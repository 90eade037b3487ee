"""Norms, bars, brackets of conditions, deltas, cases, and arrays written out entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy
from sympy import Expr, Integer, KroneckerDelta, Piecewise, S

from ...arrays.arrays import Named
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...arrays.sizes import same_size
from ...arrays.symbols import Index, Label, iverson
from ...errors import BoundExceeded, ShapeError
from ...functions.network_functions import absolute
from ...functions.rounding import ceil, floor
from ...layers import nuclear_norm, zeros
from ...proof.equality import prove
from ...terms.letters import unused
from ..declare.function_names import function
from ..syntax import tree as t
from .elaborator import Elaborator
from .ellipsis import matrix_with_dots, vector_with_dots
from .entrywise import as_vector, settled
from .oriented import COLUMN, ROW, ZEROS, Value, as_scalar, frobenius, known_value, settle, value

MAX_ENTRIES = 256


def literal(entries: list[Expr], shape: tuple[int, ...]) -> Expr:
    """An array written out entry by entry."""
    own = tuple(Index(name, 1, Integer(size)) for name, size in zip("ij", shape, strict=False))
    taken = {str(s) for e in entries for s in e.free_symbols}
    own = tuple(Index(unused(str(i), taken), 1, i.hi) for i in own)
    terms = []
    for place, each in enumerate(entries):
        where = divmod(place, shape[1]) if len(shape) == 2 else (place,)
        terms.append(each * sympy.Mul(*(KroneckerDelta(i, Integer(p + 1)) for i, p in zip(own, where, strict=True))))
    if len(shape) == 2:
        lines = [", ".join(map(str, entries[r * shape[1]:(r + 1) * shape[1]])) for r in range(shape[0])]
        name = "[" + "; ".join(lines) + "]"
    else:
        name = "[" + ", ".join(map(str, entries)) + "]"
    return Named(name, own, sympy.Add(*terms))


def norm(inside: Value, kind: str) -> Value:
    """A norm by what stands below it: 2, 1 or nothing for a vector, F or nothing for a matrix; or by its name."""
    if inside.scalar:
        return Value(sympy.Abs(inside.expr))
    array = as_vector(inside.expr)
    rank = len(shape_of(array))
    if kind in ("1", "norm1") and rank == 1:
        return Value(RECORDS.sum(absolute(array)))
    if kind == "infty" and rank == 1:
        return Value(RECORDS.max(absolute(array)))
    if (kind in ("", "2", "norm2") and rank == 1) or (kind in ("", "F", "Fro", "fro") and rank >= 1):
        return Value(function("norm")(array))
    if kind.isdecimal() and 2 < int(kind) < 100 and rank == 1:
        return Value(RECORDS.sum(RECORDS.pow(absolute(array), int(kind))) ** sympy.Rational(1, int(kind)))
    if kind in _OF_MATRICES and rank == 2:
        return Value(_OF_MATRICES[kind](array))
    raise ShapeError(f"the norm with {kind!r} of {inside.described()}, is not read",
                     hint="write norm(X) for the Frobenius norm, spectral_norm(X) for the largest singular value")


_OF_MATRICES: dict[str, Callable[[Expr], Expr]] = {
    "norm1": lambda a: RECORDS.sum(absolute(a)), "norm2": lambda a: RECORDS.norm(a), "*": nuclear_norm,
}
"""Norms of a matrix: those of its entries by the names of matrixcalculus.org, and the sum of its singular values."""


_COMPARE: dict[str, Callable[[Expr, Expr], Any]] = {
    "=": sympy.Eq, "!=": sympy.Ne, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge,
}


def norm_of(elaborator: Elaborator, tree: t.Norm) -> Value:
    """A norm by its double bars; ‖x‖_A is √(x'Ax), as Boyd and Vandenberghe have it (Convex Optimization, A.1.2)."""
    inside = known_value(elaborator.of(tree.body))
    if tree.weight is None:
        return norm(inside, tree.kind)
    x, weight = inside.expr if inside.scalar else as_vector(inside.expr), known_value(elaborator.of(tree.weight)).expr
    if len(shape_of(x)) != 1 or shape_of(weight) != shape_of(x) * 2:
        return norm(inside, getattr(tree.weight, "name", "a matrix"))
    return Value(sympy.sqrt(x @ weight @ x))


def bars(elaborator: Elaborator, tree: t.Bars) -> Value:
    """An absolute value, a determinant, or where sizes are meant the number of entries; or what was declared."""
    inside = known_value(elaborator.of(tree.body))
    if inside.scalar:
        return Value(absolute(inside.expr))
    said = elaborator.context.operators.get("|", ("", ()))[0]
    if said == "norm":
        return norm(inside, "")
    if said == "abs":
        return Value(absolute(inside.expr), inside.stands)
    if inside.rank == 1 and elaborator.reading.bounds:
        return Value(inside.shape[0])
    if inside.rank == 2:
        return Value(RECORDS.det(inside.expr))
    raise ShapeError(f"bars around {inside.described()}, have more than one meaning",
                     hint="declare |.|: norm or |.|: abs, or write norm(x) or abs(x)")


def rounded(elaborator: Elaborator, tree: t.Round) -> Value:
    """Floor or ceiling, entry by entry."""
    inside, record = known_value(elaborator.of(tree.body)), ceil if tree.up else floor
    return Value(record(settled(inside.expr) if inside.scalar else inside.expr), inside.stands)


def delta(elaborator: Elaborator, tree: t.DeltaSign) -> Value:
    """Kronecker's delta."""
    return Value(KroneckerDelta(elaborator.scalar(tree.left), elaborator.scalar(tree.right)))


def unit(elaborator: Elaborator, tree: t.Unit) -> Value:
    """A unit vector, its size from its position."""
    position = elaborator.of(tree.position)
    if position.pending or position.shape:
        size = getattr(position.expr, "label_size", None)
        if size is None or position.pending:
            raise ShapeError(f"the unit vector {elaborator.text(tree)} needs a position, not {position.described()}",
                             hint=f"declare {elaborator.text(tree.position)}: label n")
        return value(RECORDS.one_hot(position.expr, size=size))
    expr = position.expr
    if isinstance(expr, Label):
        return value(RECORDS.one_hot(expr, size=expr.size))
    size = expr.hi if isinstance(expr, Index) and expr.lo == 1 else None
    if isinstance(expr, Index) and size is None:
        size = expr.hi - expr.lo + 1
    if size is None:
        shown = elaborator.text(tree.position)
        raise ShapeError(f"how many entries has the unit vector {elaborator.text(tree)}?",
                         hint=f"write one_hot({shown}, n), or declare {shown}: label n")
    return value(RECORDS.one_hot(expr + (1 - elaborator.context.first_index), size=size))


def indicator(elaborator: Elaborator, tree: t.Iverson) -> Value:
    """1 where a condition holds, else 0; entry by entry where arrays are compared."""
    found = _of_arrays(elaborator, tree.condition)
    return found if found is not None else Value(iverson(condition(elaborator, tree.condition)))


def _of_arrays(elaborator: Elaborator, tree: t.Tree) -> Value | None:
    """The ones and zeros of a comparison of arrays; None where numbers are compared."""
    if not (isinstance(tree, t.Relation) and len(tree.signs) == 1 and tree.signs[0] in ("<", "<=", ">", ">=")):
        return None
    sides = [elaborator.of(s) for s in tree.sides if s is not None]
    arrays = [v for v in sides if v.shape]
    if len(sides) != 2 or not arrays or any(v.pending for v in sides):
        return None
    made = function("where")(_COMPARE[tree.signs[0]](sides[0].expr, sides[1].expr), 1, 0)
    return Value(made, arrays[0].stands if len(arrays[0].shape) == 1 else "")


def condition(elaborator: Elaborator, tree: t.Tree) -> Any:
    """A relation as SymPy's."""
    if isinstance(tree, t.Sequence):
        return sympy.And(*(condition(elaborator, x) for x in tree.items))
    if isinstance(tree, t.Not):
        return sympy.Not(condition(elaborator, tree.body))
    if isinstance(tree, t.Bracket | t.Iverson):
        return condition(elaborator, tree.body if isinstance(tree, t.Bracket) else tree.condition)
    if isinstance(tree, t.String) and tree.text in ("True", "False"):
        return sympy.true if tree.text == "True" else sympy.false
    if not isinstance(tree, t.Relation) or any(side is None for side in tree.sides):
        raise elaborator.refused("this is not a condition", tree, hint="compare with <, <=, =, !=, >= or >")
    parts = []
    for left, sign, right in zip(tree.sides, tree.signs, tree.sides[1:], strict=False):
        assert left is not None and right is not None
        rule = _COMPARE.get(sign)
        if rule is None:
            raise elaborator.refused(f"the relation {sign} cannot be used as a condition", tree)
        parts.append(rule(elaborator.scalar(left), elaborator.scalar(right)))
    return sympy.And(*parts) if len(parts) > 1 else parts[0]


def one_value(elaborator: Elaborator, branch: t.Tree) -> t.Tree:
    """The value of a case; of 2v = 0, whose sides must be the same, the last one.  Raises ParseError."""
    if not isinstance(branch, t.Relation):
        return branch
    sides = [side for side in branch.sides if side is not None]
    last = elaborator.of(sides[-1])
    for side in sides[:-1]:
        each = elaborator.of(side)
        same = each.pending == last.pending == zeros.__name__ if each.pending or last.pending \
            else prove(each.expr, last.expr, numeric=False).coincide
        if {*branch.signs} != {"="} or not same:
            raise elaborator.refused("the sides of this case are not seen to be equal", branch, hint="write its value alone")
    return sides[-1]


def cases(elaborator: Elaborator, tree: t.Cases) -> Value:
    """Values by conditions."""
    pairs = []
    for branch, said in tree.branches:
        holds = True if said is None else condition(elaborator, said)
        pairs.append((elaborator.scalar(one_value(elaborator, branch)), holds))
    return Value(Piecewise(*pairs, evaluate=False))


def matrix(elaborator: Elaborator, tree: t.Matrix) -> Value:
    """A matrix written out."""
    width = {len(row) for row in tree.rows}
    if len(width) != 1:
        raise ShapeError("the rows of this matrix have different lengths")
    if any(isinstance(cell, t.Dots) for row in tree.rows for cell in row):
        return matrix_with_dots(elaborator, tree)
    if len(tree.rows) * len(tree.rows[0]) > MAX_ENTRIES:
        raise BoundExceeded(f"a matrix written out has more than {MAX_ENTRIES} entries", hint="write its general entry")
    values = [[elaborator.of(cell) for cell in row] for row in tree.rows]
    if any(v.rank for row in values for v in row):
        return matrix_of(values)
    entries = [settled(as_scalar(v, elaborator.text(cell))) for row, cells in zip(values, tree.rows, strict=True)
               for v, cell in zip(row, cells, strict=True)]
    shape = len(tree.rows), width.pop()
    return value(literal(entries, shape[:1] if shape[1] == 1 < shape[0] else shape))  # one column is a vector


def sequence(elaborator: Elaborator, tree: t.Sequence) -> Value:
    """A vector written out, or an inner product between angle brackets."""
    if tree.kind == "langle":
        if len(tree.items) != 2:
            raise elaborator.refused("an inner product has two factors", tree)
        return frobenius(*(elaborator.of(x) for x in tree.items))
    rows = [x.items for x in tree.items if isinstance(x, t.Sequence) and x.kind == tree.kind == "["]
    if rows and len(rows) == len(tree.items):
        # [[a, b], [c, d]], as NumPy writes a matrix.
        return matrix(elaborator, t.Matrix(tuple(rows), span=tree.span))
    if any(isinstance(x, t.Dots) for x in tree.items):
        return vector_with_dots(elaborator, tree, tree.items)
    if len(tree.items) > MAX_ENTRIES:
        raise BoundExceeded(f"a vector written out has more than {MAX_ENTRIES} entries", hint="write its general entry")
    values = [elaborator.of(x) for x in tree.items]
    if any(v.rank for v in values):
        return end_to_end(values)
    entries = [settled(as_scalar(v, elaborator.text(x))) for v, x in zip(values, tree.items, strict=True)]
    return value(literal(entries, (len(tree.items),)))


# ------------------------------------------------------------------ block matrices

def end_to_end(items: Sequence[Value]) -> Value:
    """[h, x]: columns as one longer column, rows as one longer row."""
    stands = {v.stands for v in items}
    if any(v.rank != 1 for v in items) or len(stands) != 1:
        raise ShapeError("the parts of this list are not vectors that stand alike",
                         hint="transpose some of them, or write numbers as vectors with one entry")
    return Value(RECORDS.concat(*(v.expr for v in items), axis=0), stands.pop())


def matrix_of(rows: Sequence[Sequence[Value]]) -> Value:
    """A matrix whose entries are vectors or matrices."""
    entries = [v for row in rows for v in row]
    if all(v.rank == 1 for v in entries):
        stands = {v.stands for v in entries}
        if len(rows) == 1 and stands == {COLUMN}:
            return Value(RECORDS.stack(*(v.expr for v in entries), axis=1))
        if len(rows[0]) == 1 and stands == {ROW}:
            return Value(RECORDS.stack(*(v.expr for v in entries), axis=0))
        if (len(rows[0]) == 1 and stands == {COLUMN}) or (len(rows) == 1 and stands == {ROW}):
            return end_to_end(entries)
    return blocks(rows)


def _one_wide(v: Value) -> Value:
    """A number but 0, a column or a row among blocks, as a matrix with one column or row."""
    if v.pending or v.rank > 1 or v.expr == 0:
        return v
    if v.scalar:
        return Value(RECORDS.mul(v.expr, RECORDS.ones(shape=(S.One, S.One))))
    return Value(RECORDS.reshape(v.expr, shape=(S.One, v.shape[0]) if v.stands == ROW else (v.shape[0], S.One)))


def blocks(rows: Sequence[Sequence[Value]]) -> Value:
    """A matrix of blocks; a zero or an identity takes the size that its row and column say."""
    heights = [next((v.shape[0] for v in map(_one_wide, row) if v.rank == 2), None) for row in rows]
    widths = [next((v.shape[1] for v in (_one_wide(row[c]) for row in rows) if v.rank == 2), None)
              for c in range(len(rows[0]))]
    lines = []
    for row, height in zip(rows, heights, strict=True):
        parts = []
        for cell, width in zip(row, widths, strict=True):
            if height is None or width is None:
                raise ShapeError("the size of a block is not known", hint="write zeros(m, n) or eye(n)")
            block = cell
            if cell.pending or (cell.scalar and cell.expr == 0):
                block = settle(cell if cell.pending else Value(S.One, "", ZEROS), (height, width))
            elif cell.rank < 2 and 1 in (height, width):
                block = _one_wide(cell)
            if block.rank != 2 or not same_size(block.shape[0], height) or not same_size(block.shape[1], width):
                raise ShapeError(f"a block of {block.described()}, stands where ({height}, {width}) is needed")
            parts.append(block.expr)
        lines.append(RECORDS.concat(*parts, axis=1))
    return Value(RECORDS.concat(*lines, axis=0))
