"""What dots stand for: x_1 + ⋯ + x_n, and arrays written out with dots, by what changes from the first entry to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from sympy import Expr, KroneckerDelta

from ...arrays.arrays import Named
from ...arrays.symbols import Index
from ..syntax import tree as t
from .elaborator import Elaborator
from .entrywise import settled, substituted
from .oriented import Value, value

LETTER = "_dots"
ROW_LETTER, COLUMN_LETTER = "_row", "_column"
HINT = "write the general term with an index"


def general(first: t.Tree, last: t.Tree, letter: str = LETTER) -> tuple[t.Tree, t.Tree, t.Tree] | None:
    """(term with a letter, value of the letter at the first, at the last); None if more than one thing changes."""
    changes: list[tuple[t.Tree, t.Tree]] = []
    made = _merged(first, last, letter, changes)
    if made is None or not changes or any(c != changes[0] for c in changes):
        return None
    return made, *changes[0]


def _merged(a: Any, b: Any, letter: str, changes: list[tuple[t.Tree, t.Tree]]) -> Any:
    if a == b:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        parts = [_merged(x, y, letter, changes) for x, y in zip(a, b, strict=True)]
        return None if None in parts else tuple(parts)
    if isinstance(a, t.Number) and isinstance(b, t.Name | t.Letter | t.Number | t.Terms) and a.text.isdecimal():
        changes.append((a, b))
        return t.Letter(letter)
    if type(a) is not type(b) or not isinstance(a, t.Tree):
        return None
    made = {f.name: _merged(getattr(a, f.name), getattr(b, f.name), letter, changes)
            for f in fields(a) if f.name != "span"}
    if any(v is None and getattr(a, k) is not None for k, v in made.items()):
        return None
    return replace(a, **made)


def _at(term: Any, letter: str, number: t.Tree) -> Any:
    """A general term with a number for its letter."""
    if term == t.Letter(letter):
        return number
    if isinstance(term, tuple):
        return tuple(_at(x, letter, number) for x in term)
    if not isinstance(term, t.Tree):
        return term
    return replace(term, **{f.name: _at(getattr(term, f.name), letter, number) for f in fields(term) if f.name != "span"})


def series(items: Sequence[t.Tree]) -> tuple[int, t.Tree, t.Tree, t.Tree] | None:
    """(where the series starts, general term, first, last) for items with dots before the last one."""
    dots = next((n for n, x in enumerate(items) if isinstance(x, t.Dots)), None)
    if dots is None or dots == 0 or dots != len(items) - 2:
        return None
    for start in range(dots):
        found = general(items[start], items[-1])
        if found is None:
            continue
        term, low, high = found
        if isinstance(low, t.Number) and all(
                item == _at(term, LETTER, t.Number(str(int(low.text) + n))) for n, item in enumerate(items[start:dots])):
            return start, term, low, high
    return None


def sum_with_dots(elaborator: Elaborator, tree: t.Terms) -> t.Terms:
    """A sum with dots as one with a letter."""
    dots = next(n for n, x in enumerate(tree.terms) if isinstance(x, t.Dots))
    stop = dots + 2
    found = series(tree.terms[:stop])
    if found is None:
        raise elaborator.refused("it is not clear what these dots stand for", tree.terms[dots], HINT)
    start, term, low, high = found
    signs = set(tree.signs[start:stop])
    if len(signs) != 1:
        raise elaborator.refused("the terms around these dots have different signs", tree.terms[dots], HINT)
    span = tree.terms[start].span[0], tree.terms[stop - 1].span[1]
    big = t.summed(term, t.Binder(LETTER, low, high, span=span), span=span)
    terms = (*tree.terms[:start], big, *tree.terms[stop:])
    return t.Terms(terms, (*tree.signs[:start], signs.pop(), *tree.signs[stop:]), span=tree.span)


def vector_with_dots(elaborator: Elaborator, tree: t.Tree, items: Sequence[t.Tree], shape: str = "") -> Value:
    """(x_1, ..., x_n) as a column, a vector; ``shape`` "row" makes a matrix of one row."""
    found = series(items)
    if found is None or found[0] != 0:
        raise elaborator.refused("it is not clear what these dots stand for", tree, HINT)
    _, term, low, high = found
    letter = _index(elaborator, LETTER, low, high)
    entry = _entry(elaborator, term, {LETTER: letter})
    own = (Index("one", 1, 1), letter) if shape == "row" else (letter,)
    return _array(elaborator, tree, own, entry)


def matrix_with_dots(elaborator: Elaborator, tree: t.Matrix) -> Value:
    """A matrix with dots: a row, a column, a diagonal, or a general entry in row and column."""
    rows = tree.rows
    if len(rows) == 1:
        return vector_with_dots(elaborator, tree, rows[0], "row")
    if len(rows[0]) == 1:
        return vector_with_dots(elaborator, tree, [row[0] for row in rows])
    width = len(rows[0])
    full = [row for row in rows if not all(isinstance(x, t.Dots) or _is_zero(x) for x in row)]
    found = _diagonal(elaborator, tree, width) or _general(elaborator, tree, full)
    if found is None:
        raise elaborator.refused("it is not clear what these dots stand for", tree, "write a general entry instead")
    return found


def _is_zero(tree: t.Tree) -> bool:
    return tree == t.Number("0")


def _diagonal(elaborator: Elaborator, tree: t.Matrix, width: int) -> Value | None:
    """x_1 ... x_n on the diagonal, nothing or zeros beside it."""
    if len(tree.rows) != width or any(len(row) != width for row in tree.rows):
        return None
    beside = [x for r, row in enumerate(tree.rows) for c, x in enumerate(row) if r != c]
    if not all(isinstance(x, t.Dots) or _is_zero(x) for x in beside):
        return None
    found = series([tree.rows[k][k] for k in range(width)])
    if found is None or found[0] != 0:
        return None
    _, term, low, high = found
    row, column = (_index(elaborator, name, low, high) for name in (ROW_LETTER, COLUMN_LETTER))
    entry = _entry(elaborator, term, {LETTER: row})
    return _array(elaborator, tree, (row, column), entry * KroneckerDelta(row, column))


def _general(elaborator: Elaborator, tree: t.Matrix, full: Sequence[tuple[t.Tree, ...]]) -> Value | None:
    """A_11 ... A_1n to A_m1 ... A_mn."""
    if len(full) < 2:
        return None
    lines = [series(row) for row in full]
    terms = []
    for line in lines:
        if line is None or line[0] != 0 or line[2:] != (lines[0] or line)[2:]:
            return None
        terms.append(_at(line[1], LETTER, t.Letter(COLUMN_LETTER)))
    assert lines[0] is not None
    between = any(isinstance(x, t.Dots) for row in tree.rows for x in row[:1])
    down = series([*terms[:-1], t.Dots(), terms[-1]]) if between else None
    if down is None or down[0] != 0:
        return None
    row = _index(elaborator, ROW_LETTER, down[2], down[3])
    column = _index(elaborator, COLUMN_LETTER, lines[0][2], lines[0][3])
    term = _at(down[1], LETTER, t.Letter(ROW_LETTER))
    return _array(elaborator, tree, (row, column), _entry(elaborator, term, {ROW_LETTER: row, COLUMN_LETTER: column}))


def _index(elaborator: Elaborator, name: str, low: t.Tree, high: t.Tree) -> Index:
    ends = elaborator.scalar(low), elaborator.scalar(high)
    if not all(e.is_integer for e in ends):
        raise elaborator.refused("it is not clear what the dots before this stand for", high, HINT)
    return Index(name, *ends)


def _entry(elaborator: Elaborator, term: t.Tree, letters: dict[str, Index]) -> Expr:
    return replace(elaborator, bound={**elaborator.bound, **letters}).scalar(term)


def _array(elaborator: Elaborator, tree: t.Tree, letters: tuple[Index, ...], entry: Expr) -> Value:
    """The array whose entry at the letters is given."""
    own = tuple(Index(i.name, 1, (i.hi - i.lo + 1).expand()) for i in letters)
    shift = {i: o + (i.lo - 1) for i, o in zip(letters, own, strict=True)}
    return value(Named(elaborator.text(tree), own, settled(substituted(entry, shift))))
