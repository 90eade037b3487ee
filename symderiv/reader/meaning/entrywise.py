"""Array expressions in which index letters are free, entry by entry.

An array such as the row x_i of a matrix depends on a letter.  Such an array has no symbol of its own in the engine, so
its entries are written out by the definitions of its operators until only entries of proper arrays are left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Integer
from sympy import Sum as SympySum

from ...arrays.arrays import Apply, Array, Entry, Named
from ...arrays.operator import is_array, shape_of
from ...arrays.registry import RECORDS
from ...arrays.symbols import Index, plain_sum
from ...arrays.walks import subexpressions
from ...bounds import recounted
from ...lowering.program import Program
from ...matrixform.close import close
from ...terms.letters import unused


def letters_in(expr: Expr) -> set[Index]:
    """Free index letters."""
    return {s for s in expr.free_symbols if isinstance(s, Index)}


def substituted(expr: Any, mapping: Mapping[Expr, Expr]) -> Any:
    """Free letters replaced, also in the parameters of operators; bound letters step aside where they would capture."""
    if not isinstance(expr, Expr) or not (expr.free_symbols & set(mapping)):
        return _in_condition(expr, mapping)
    if expr in mapping:
        return mapping[expr]
    if isinstance(expr, SympySum):
        return _in_sum(expr, mapping)
    if isinstance(expr, Entry):
        return Entry(substituted(expr.base, mapping), *(substituted(p, mapping) for p in expr.indices))
    if isinstance(expr, Apply):
        params = {key: _in_parameter(value, mapping) for key, value in expr.params.items()}
        return expr.op(*(substituted(a, mapping) for a in expr.args), **params)
    if isinstance(expr, Named):
        inner = {k: v for k, v in mapping.items() if k not in expr.letters}
        return Named(expr.name, expr.letters, substituted(expr.body, inner))
    return expr.func(*(substituted(a, mapping) for a in expr.args))


def _in_condition(expr: Any, mapping: Mapping[Expr, Expr]) -> Any:
    """Relations and pairs inside brackets of cases."""
    if isinstance(expr, Expr) or not hasattr(expr, "args") or not expr.args:
        return expr
    return expr.func(*(substituted(a, mapping) for a in expr.args))


def _in_parameter(value: Any, mapping: Mapping[Expr, Expr]) -> Any:
    if isinstance(value, tuple):
        return tuple(_in_parameter(v, mapping) for v in value)
    return substituted(value, mapping) if isinstance(value, Expr) else value


def _in_sum(expr: SympySum, mapping: Mapping[Expr, Expr]) -> Expr:
    body, limits = expr.function, []
    inner = dict(mapping)
    coming: set[Any] = set().union(*(v.free_symbols for v in mapping.values()))
    for letter, lo, hi in expr.limits:
        inner.pop(letter, None)
        low, high = substituted(lo, mapping), substituted(hi, mapping)
        if letter in coming or str(letter) in {str(s) for s in coming}:
            fresh = Index(unused(str(letter), {str(s) for s in coming | body.free_symbols}), low, high)
            body = substituted(body, {letter: fresh})
            letter = fresh
        limits.append((letter, low, high))
    return plain_sum(substituted(body, inner), limits)


def at(array: Expr, positions: tuple[Expr, ...]) -> Expr:
    """The entry of an array at positions, written out as far as letters are free in it."""
    if not is_array(array):
        return settled(array)
    if RECORDS.take.of(array):
        rest = iter(positions)
        return at(array.args[0], tuple(next(rest) if p is None else p for p in array.params["index"]))
    if not letters_in(array):
        return Entry(array, *positions)
    if isinstance(array, Named):
        return settled(substituted(array.body, dict(zip(array.letters, positions, strict=True))))
    if not isinstance(array, Apply):
        return Entry(array, *positions)
    if array.op.composite:
        return at(array.op.definition(array.args, array.params), positions)
    taken = {str(s) for s in array.free_symbols} | {str(s) for p in positions for s in p.free_symbols}
    out = []
    for size in array.shape:
        name = unused("o", taken)
        taken.add(name)
        out.append(Index(name, 1, size))
    body = array.op.definition(tuple(out), array.args, array.params)
    return settled(substituted(body, dict(zip(out, positions, strict=True))))


def settled(expr: Any) -> Any:
    """A scalar in which every array with free letters is written out."""
    if isinstance(expr, Apply) and not expr.shape and letters_in(expr):
        body = expr.op.definition(expr.args, expr.params) if expr.op.composite \
            else expr.op.definition((), expr.args, expr.params)
        return settled(body)
    if isinstance(expr, Entry):
        if letters_in(expr.base):
            return at(expr.base, tuple(expr.indices))
        return expr
    if isinstance(expr, Array) or not getattr(expr, "args", ()):
        return expr
    new = tuple(settled(a) for a in expr.args)
    return expr if new == expr.args else expr.func(*new)


@recounted(512)
def stacked(array: Expr, letter: Index, low: Expr, high: Expr, name: str) -> Expr:
    """Σ over a letter of an array that depends on it, as an array of its own; the same in every reading of a line."""
    shape = shape_of(array)
    taken = {str(s) for s in array.free_symbols} | {str(letter)} | {str(s) for n in shape for s in n.free_symbols}
    own: list[Index] = []
    for size in shape:
        fresh = unused("ijkl"[len(own) % 4], taken)
        taken.add(fresh)
        own.append(Index(fresh, 1, size))
    return family(name, tuple(own), plain_sum(at(array, tuple(own)), [(letter, low, high)]))


def family(name: str, own: tuple[Index, ...], body: Expr) -> Expr:
    """The array of the values that an expression takes over letters, under a name where it is not made of arrays."""
    program = Program()
    letters = tuple(map(program.letter, own))
    found = close(program.scalar(body), letters)
    plain = found is not None and all(n.op in _PLAIN or n.op.scalar for n in subexpressions(found) if isinstance(n, Apply))
    same = plain and found is not None and is_array(found) and not program.conditions
    return found if found is not None and same else Named(name, own, body)


_PLAIN = frozenset((RECORDS.add, RECORDS.mul, RECORDS.matmul, RECORDS.transpose, RECORDS.sum, RECORDS.outer, RECORDS.diag,
                    RECORDS.ones, RECORDS.mean, RECORDS.pow))
"""What a sum of rows, or of products of rows and columns, is written with as a sum of entries."""


def rows(array: Expr, letters: tuple[Index, ...], name: str) -> Named:
    """A family of arrays, one for each value of the letters, as one array whose first axes they are."""
    taken = {str(s) for s in array.free_symbols} | {str(s) for s in letters}
    own: list[Index] = []
    for size in shape_of(array):
        fresh = unused("jklp"[len(own) % 4], taken)
        taken.add(fresh)
        own.append(Index(fresh, 1, size))
    return Named(name, (*letters, *own), at(array, tuple(own)))


def as_vector(expr: Expr) -> Expr:
    """A matrix with one row or column as the vector it holds; anything else as it stands."""
    shape = shape_of(expr)
    if len(shape) == 2 and Integer(1) in shape:
        keep = 1 if shape[0] == 1 else 0
        return RECORDS.take(expr, index=tuple(None if axis == keep else Integer(1) for axis in range(2)))
    return expr
