"""Arrays written out whose entries are arrays themselves: vectors on top of each other, matrices in blocks."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import S

from ...arrays.registry import RECORDS
from ...arrays.sizes import same_size
from ...errors import ShapeError
from .oriented import COLUMN, ROW, ZEROS, Value, settle


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


def blocks(rows: Sequence[Sequence[Value]]) -> Value:
    """A matrix of blocks; a zero or an identity takes the size that its row and column say."""
    heights = [next((v.shape[0] for v in row if v.rank == 2), None) for row in rows]
    widths = [next((row[c].shape[1] for row in rows if row[c].rank == 2), None) for c in range(len(rows[0]))]
    lines = []
    for row, height in zip(rows, heights, strict=True):
        parts = []
        for cell, width in zip(row, widths, strict=True):
            if height is None or width is None:
                raise ShapeError("the size of a block is not known", hint="write zeros(m, n) or eye(n)")
            block = cell
            if cell.pending or (cell.scalar and cell.expr == 0):
                block = settle(cell if cell.pending else Value(S.One, "", ZEROS), (height, width))
            if block.rank != 2 or not same_size(block.shape[0], height) or not same_size(block.shape[1], width):
                raise ShapeError(f"a block of {block.described()}, stands where ({height}, {width}) is needed")
            parts.append(block.expr)
        lines.append(RECORDS.concat(*parts, axis=1))
    return Value(RECORDS.concat(*lines, axis=0))
