"""Sizes: positive integers, named or computed, and the shapes made of them."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from operator import index
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, ceiling, floor

from ..bounds import SIZE_TERMS, admit_number, spend
from ..errors import DeclarationError, ShapeError
from .strict import expression, shown

Shape = tuple[Expr, ...]


def as_size(value: object) -> Expr:
    """A size as a SymPy expression.  Raises DeclarationError for what can never be a positive integer."""
    if isinstance(value, str):
        named = str.__str__(value) if str.isidentifier(value) else "n"
        raise DeclarationError(f"{shown(value)} is not a size", hint=f'declare it first: {named} = dims("{named}")')
    size = expression(value, "a size", "use an integer or an expression in dims")
    if shape := getattr(size, "shape", ()):
        raise DeclarationError(f"{shown(size)} is not a size: it has shape {show_shape(shape)}",
                               hint="use an integer or an expression in dims")
    written_out(size)
    if size.is_number and not (size.is_integer and size > 0):
        raise DeclarationError(f"a size must be a positive integer, not {size}")
    if size.is_integer is not True or size.is_positive is False:
        raise DeclarationError(f"the size {size} is not known to be a positive integer",
                               hint="declare its symbols by sd.dims, and round quotients with floor(...)")
    return size


def written_out(size: Expr) -> Expr:
    """The size itself, where it is short enough to be multiplied out.  Raises BoundExceeded for any other."""
    terms = _terms(size)
    SIZE_TERMS.admit(terms)
    # SymPy asks every pair of terms for what is known of them.
    spend(terms * (20 + 3 * terms))
    for number in size.atoms(Rational):
        admit_number(number)
    return size


def _terms(size: Expr) -> int:
    """How many terms a size has when it is multiplied out, at most."""
    if isinstance(size, Add):
        return sum(map(_terms, size.args))
    if isinstance(size, Mul):
        return prod(map(_terms, size.args))
    if isinstance(size, floor | ceiling):
        return _terms(size.args[0])
    if isinstance(size, Pow) and size.exp.is_Integer:
        return int(min(_terms(size.base) ** min(abs(int(size.exp)), 64), SIZE_TERMS.limit + 1))
    return 1


def as_shape(sizes: Iterable[object]) -> Shape:
    """A tuple of sizes."""
    return tuple(as_size(size) for size in sizes)


def same_size(a: Expr, b: Expr) -> bool:
    """Whether two sizes are equal for every value of the symbols in them."""
    if a == b:
        return True
    if a.is_number and b.is_number:
        return False
    return bool((a - b).expand() == 0)


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are known to agree."""
    return len(a) == len(b) and all(map(same_size, a, b))


def is_square(shape: Shape) -> bool:
    """Whether a shape is known to be a square matrix's."""
    return len(shape) == 2 and same_size(*shape)


def broadcast_shapes(shapes: Iterable[Shape], where: object = None) -> Shape:
    """NumPy's broadcasting for symbolic sizes: axes are aligned from the right, an axis of size 1 stretches."""
    shapes = list(shapes)
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[Expr] = []
    for axis in range(1, rank + 1):
        size: Expr = Integer(1)
        for shape in shapes:
            if len(shape) < axis or shape[-axis] == 1:
                continue
            if size == 1:
                size = shape[-axis]
            elif not same_size(size, shape[-axis]):
                shown = " and ".join(show_shape(s) for s in shapes)
                raise ShapeError(f"shapes {shown} do not broadcast: {size} against {shape[-axis]}", where=where,
                                 hint="transpose one of them, or declare the sizes equal")
        result.append(size)
    return tuple(reversed(result))


def show_shape(shape: Shape) -> str:
    """A shape as NumPy prints it."""
    shown = ", ".join(size.name if type(size) is Symbol else str(size) for size in shape)
    return f"({shown}{',' * (len(shape) == 1)})"


def normal_axis(axis: Any, rank: int, where: object = None) -> int:
    """An axis counted from the front, from an integer that may be negative.  Raises ShapeError for any other."""
    try:
        if isinstance(axis, bool):
            raise TypeError("a truth value")
        given: int = index(axis)
    except Exception:  # An object's own code may raise anything.
        raise ShapeError(f"{shown(axis)} is not an axis", where=where, hint="axes are integers: 0 is the first, -1 the last"
                         ) from None
    if not -rank <= given < rank:
        raise ShapeError(f"axis {given} is out of range for {rank} axes", where=where)
    return given % rank


def floor_div(a: object, b: object) -> Expr:
    """floor(a / b) in one form: the exact quotient where the division is, else an integer and one floor.

    floor((m + floor(y))/n) = floor((m + y)/n) for integers m and n > 0; the floor's constant lies in (-1, 0].
    Source: Graham, Knuth and Patashnik (1994), eq. 3.11.
    """
    top, bottom = expression(a, "a size"), expression(b, "a size")
    quotient = top / bottom
    if quotient.is_integer:
        return quotient
    inner = next((term for term in Add.make_args(top.expand()) if isinstance(term, floor)), None)
    if inner is not None and bottom.is_integer and bottom.is_positive and (top - inner).is_integer:
        quotient = (top - inner + inner.args[0]) / bottom
    constant, rest = written_out(quotient).expand().as_coeff_Add()
    whole = ceiling(constant)
    return floor(rest + constant - whole) + whole
