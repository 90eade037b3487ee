"""Inverse questions: which padding, or which kernel, gives a wanted size."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Integer, ceiling, floor

from ..arrays.arrays import as_expr
from ..arrays.sizes import as_size, floor_div
from ..arrays.strict import strict
from ..errors import DeclarationError
from ..layers.windows import Slide
from .size_text import plain


@strict
def solve_padding(size: object, kernel: object, stride: object = 1, dilation: object = 1, out: object = None) -> Any:
    """The padding with which a window takes ``out`` positions; without ``out``, the padding that keeps the size.

    A number is the zeros on either side; a pair (left, right) is given where only an odd number in all will do; None
    says that there is no solution.  floor((size + P - dilation (kernel - 1) - 1)/stride) + 1 = out holds for ``stride``
    numbers P of zeros; the least that is even is taken.  Sizes may be symbols.
    """
    n, k, s, d = map(as_size, (size, kernel, stride, dilation))
    wanted = n if out is None else as_size(out)
    least = (s * (wanted - 1) + d * (k - 1) + 1 - n).expand()
    most = least + s - 1
    if most.is_negative:
        return None
    if least.is_negative:
        least = Integer(0)
    elif not least.is_nonnegative:
        raise DeclarationError(f"the padding would be {least} zeros in all, not known to be 0 or more",
                               hint="give the sizes as numbers, or in terms of each other: size=2*m, out=m")
    for total in (least, least + 1):
        if (total / 2).expand().is_integer and (most - total).is_nonnegative:
            return plain(_checked((total / 2).expand(), (total / 2).expand(), n, k, s, d, wanted))
    left = floor_div(least, 2)
    return _checked_pair(left, (least - left).expand(), n, k, s, d, wanted)


def _checked(left: Expr, right: Expr, n: Expr, k: Expr, s: Expr, d: Expr, wanted: Expr) -> Expr:
    """A padding on both sides, by the shape rule of the operators."""
    moves = Slide(n, k, s, d, left, right, False).moves
    if (moves - wanted).expand() != 0:
        raise DeclarationError(f"the size with padding ({left}, {right}) is {moves}, not known to be {wanted}",
                               hint="give stride and kernel as numbers")
    return left


def _checked_pair(left: Expr, right: Expr, *rest: Expr) -> tuple[Any, Any]:
    _checked(left, right, *rest)
    return plain(left), plain(right)


@strict
def solve_kernel(size: object, out: object, stride: object = 1, padding: object = 0, dilation: object = 1) -> Any:
    """The kernel with which a window takes ``out`` positions: a number, a tuple of all where several do, or None.

    ``padding`` is a number of zeros on either side, or a pair.  Sizes may be symbols if stride and dilation are 1.
    """
    n, wanted, s, d = map(as_size, (size, out, stride, dilation))
    left, right = map(as_expr, padding if isinstance(padding, tuple | list) else (padding, padding))
    reach = (n + left + right - 1 - s * (wanted - 1)).expand()
    if s == d == 1:
        return None if reach.is_negative else plain((reach + 1).expand())
    if not all(v.is_Integer for v in (reach, s, d)):
        raise DeclarationError("with a stride or a dilation, kernels are sought for sizes that are numbers")
    low, high = ceiling(max(reach - s + 1, Integer(0)) / d), floor(reach / d)
    kernels = [j + 1 for j in range(int(low), int(high) + 1)]
    found = [k for k in kernels if Slide(n, Integer(k), s, d, left, right, False).moves == wanted]
    return None if not found else found[0] if len(found) == 1 else tuple(found)
