"""Sums whose indices are shifted against each other, recognised as convolutions.

Σ_b X[s·n + d·b + c] K[±b + e] over one bound letter and one free letter is a correlation of X with K (flipped where
the sign is -), with stride s, dilation d and the padding that the offset c implies; where the kernel's letter moves
with stride, zeros are inserted between the entries of the other operand.
Source: Dumoulin and Visin, A guide to convolution arithmetic (2016), ch. 4.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr

from ..arrays.arrays import order_key
from ..arrays.registry import RECORDS
from ..lowering.export import export_affine
from ..terms.affine import Affine, Factor, Idx, affine, constant
from ..terms.nodes import Sym, TensorEntry, fresh_letter, letters_read
from ..terms.ranges import Facts, nonnegative
from .build import is_op

ArrayOf = Callable[[Sym], Expr]


def close_convolution(a: TensorEntry, b: TensorEntry, bound: Idx, free: Idx, array_of: ArrayOf, facts: Facts) -> Expr | None:
    """Σ_bound a·b as a convolution over ``free``, or None.  Both entries have one axis.

    Of all readings the plainest is taken: a mode without explicit padding, then the shorter text.
    """
    found = [reading for x, k in ((a, b), (b, a)) for reading in _readings(x, k, bound, free, array_of, facts)]
    return min(found, key=_plainness, default=None)


def _plainness(conv: Expr) -> tuple[bool, bool, bool, int, int, str]:
    inner = conv.args[0] if is_op(conv, RECORDS.flip) else conv
    params = getattr(inner, "params", {})
    # A flipped and dilated kernel hides the inserted zeros; a flip of the result is better than explicit padding.
    hidden = params.get("dilation", 1) != 1 and is_op(inner.args[1], RECORDS.flip)
    # The operand with fewer terms in its size is the kernel, whatever the names are.
    size = inner.args[1].shape[0]
    width = 0 if size.is_number else len(Add.make_args(size))
    return hidden, params.get("padding") is not None, inner is not conv, width, len(order_key(conv)), order_key(conv)


def _readings(x: TensorEntry, k: TensorEntry, bound: Idx, free: Idx, array_of: ArrayOf, facts: Facts) -> list[Expr]:
    """x read at s·free + d·j + c, k read at ±j + e, j the kernel's own position."""
    (xi,), (ki,) = x.idx, k.idx
    size_x, size_k = x.sym.shape[0], k.sym.shape[0]
    kc, xc = ki.slope(bound), xi.slope(bound)
    if not covers(bound, xi, size_x, ki, size_k, facts):
        return []
    found: list[Expr | None] = []
    if abs(kc) == 1:
        # k is read at j = kc·bound + rest, so bound = kc·(j - rest): x is then read at position + xc·kc·j.
        rest = ki - affine(bound).times(kc)
        dilation = xc * kc
        position = xi - affine(bound).times(xc) - rest.times(dilation)
        found.append(_conv(array_of(x.sym), array_of(k.sym), size_x, size_k, free, dilation, position))
    elif abs(xc) == 1 and kc != 0 and free not in xi.free:
        # k moves by s = |kc| > 1 a step.  Spread x: its entry p stands at m = s·(p - 1) + 1, zeros between.
        s = abs(kc)
        spread = RECORDS.insert_zeros(array_of(x.sym), stride=s)
        c = xi - affine(bound).times(xc)
        rest = ki - affine(bound).times(kc)
        # bound = xc·(p - c) gives j = kc·xc·(p - c) + rest = sign·(m - 1) + kc·xc·(1 - c) + rest, solved for m.
        sign = 1 if kc * xc > 0 else -1
        position = (-((-(c - 1)).times(kc * xc) + rest).scaled(sign)) + 1
        found.append(_conv(spread, array_of(k.sym), (size_x - 1).times(s) + 1, size_k, free, sign, position))
    return [f for f in found if f is not None]


def _conv(signal: Expr, kernel: Expr, size_x: Affine, size_k: Affine, free: Idx, dilation: Factor, position: Affine) -> (
        Expr | None):
    """Σ_j signal[position + dilation·j] kernel[j] over ``free``; a negative dilation flips the kernel, a negative
    stride the result."""
    stride = position.slope(free)
    if any(c == 0 or (isinstance(c, Expr) and not (c.is_positive or c.is_negative)) for c in (stride, dilation)):
        return None
    if stride < 0:
        mirrored = position.substitute({free: free.hi + 1 - affine(free)})
        inner = _conv(signal, kernel, size_x, size_k, free, dilation, mirrored)
        return None if inner is None else RECORDS.flip(inner)
    offset = position - affine(free).times(stride)
    if offset.free:
        return None
    if dilation < 0:
        kernel = RECORDS.flip(kernel)
        offset = offset + (size_k + 1).times(dilation)
        dilation = -dilation
    # The operator reads its signal at stride·(n - 1) + dilation·(j - 1) + 1 - left.
    left = constant(1) - offset - size_of(stride) - size_of(dilation)
    reach = (size_k - 1).times(dilation)
    right = (free.hi - 1).times(stride) + reach + 1 - size_x - left
    options: dict[str, object] = {}
    if stride != 1:
        options["stride"] = stride
    if dilation != 1:
        options["dilation"] = dilation
    if left.is_const and left.const == 0 and slack(right, stride):
        return RECORDS.conv1d(signal, kernel, mode="valid", **options)
    if left is reach and slack(right - reach, stride):
        return RECORDS.conv1d(signal, kernel, mode="full", **options)
    return RECORDS.conv1d(signal, kernel, padding=(export_affine(left), export_affine(right)), **options)


def covers(bound: Idx, xi: Affine, size_x: Affine, ki: Affine, size_k: Affine, facts: Facts) -> bool:
    """Whether summing bound over its own range sums all terms that are not 0."""
    known = (*facts, xi - 1, size_x - xi, ki - 1, size_k - ki)
    here = affine(bound)
    return _implied(here - bound.lo, bound, known) and _implied(bound.hi - here, bound, known)


def _implied(expr: Affine, bound: Idx, known: Facts) -> bool:
    """expr >= 0 from the supports alone, the letter being free to run over all integers."""
    wide = fresh_letter(bound.name, constant(-10**9), constant(10**9), letters_read(expr, *known, bound), tag=bound.tag)
    env = {bound: affine(wide)}
    return nonnegative(expr.substitute(env), tuple(f.substitute(env) for f in known))


def size_of(factor: Factor) -> Affine:
    """A stride or dilation as a number to count with."""
    return constant(1).times(factor)


def slack(right: Affine, stride: Factor) -> bool:
    """Whether the last stride - 1 entries, at most, are never read: the padding is then as good as 0.

    right lies in -(stride - 1)..0 exactly when the floor in the output size rounds down to the given size.
    """
    return nonnegative(-right) and nonnegative(right + size_of(stride) - 1)
