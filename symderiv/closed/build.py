"""Constructors of closed forms: the operators a textbook writes with, lightly simplified as they are built."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

from sympy import Add, Expr, Integer, Mul, S

from ..index.arrays import Apply, order_key
from ..index.operator import is_array, operator
from ..index.sizes import Shape
from ..index.symmetry import is_symmetric


def call(name: str, *args: Expr, **params: Any) -> Expr:
    """An operator of the registry, applied."""
    return operator(name)(*args, **params)


def is_op(expr: Expr, name: str) -> bool:
    """Whether an expression is the application of one operator."""
    return isinstance(expr, Apply) and expr.op.name == name


def transpose(a: Expr) -> Expr:
    """Aᵀ; (Aᵀ)ᵀ is A, a symmetric matrix its own transpose."""
    if is_op(a, "transpose"):
        return a.args[0]
    if is_symmetric(a):
        return a
    if is_op(a, "matmul") and all(len(x.shape) == 2 for x in a.args):
        return matmul(transpose(a.args[1]), transpose(a.args[0]))
    c, rest = split_scalar(a)
    return call("transpose", a) if c == 1 else scale(c, transpose(rest))


def scale(c: Expr, a: Expr) -> Expr:
    """A scalar times an array; scalars already in front are collected."""
    if not is_array(a):
        return Mul(c, a)
    if c == 1:
        return a
    if is_op(a, "mul") and not is_array(a.args[0]):
        inner = a.args[1] if len(a.args) == 2 else call("mul", *a.args[1:])
        return scale(Mul(c, a.args[0]), inner)
    if is_op(a, "add") and c == -1 and any(map(is_negative, a.args)):
        return plus([scale(S.NegativeOne, t) if is_array(t) else -t for t in a.args])
    return call("mul", c, a)


def split_scalar(a: Expr) -> tuple[Expr, Expr]:
    """(scalar, array) with a = scalar * array."""
    if is_op(a, "mul") and not is_array(a.args[0]):
        return a.args[0], a.args[1] if len(a.args) == 2 else call("mul", *a.args[1:])
    return S.One, a


def hadamard(factors: Sequence[Expr]) -> Expr:
    """Entrywise product; scalars are collected in front, equal factors become a power."""
    scalar: Expr = S.One
    powers: dict[Expr, Expr] = {}
    for f in factors:
        c, rest = split_scalar(f) if is_array(f) else (f, None)
        scalar = Mul(scalar, c)
        if rest is None:
            continue
        for g in rest.args if is_op(rest, "mul") else (rest,):
            base, e = (g.args[0], g.args[1]) if is_op(g, "pow") and not is_array(g.args[1]) else (g, S.One)
            powers[base] = powers.get(base, S.Zero) + e
    arrays = [b if e == 1 else call("pow", b, e) for b, e in powers.items() if e != 0]
    if not arrays:
        shape = next(f.shape for f in factors if is_array(f))
        return scale(scalar, ones(shape))
    arrays.sort(key=lambda a: (is_op(a, "pow") and a.args[1].could_extract_minus_sign(), is_op(a, "add"), order_key(a)))
    return scale(scalar, arrays[0] if len(arrays) == 1 else call("mul", *arrays))


def ones(shape: Shape) -> Expr:
    """An array of ones."""
    return call("ones", shape=tuple(shape))


def plus(terms: Sequence[Expr]) -> Expr:
    """A sum of arrays of one shape, and scalars that broadcast; positive terms stand first."""
    flat: list[Expr] = []
    for t in terms:
        flat.extend(t.args if is_op(t, "add") else (t,))
    if not any(map(is_array, flat)):
        return Add(*flat)
    scalar = Add(*(t for t in flat if not is_array(t)))
    coefficients: dict[Expr, Expr] = {}
    for t in flat:
        if is_array(t):
            c, rest = split_scalar(t)
            coefficients[rest] = coefficients.get(rest, S.Zero) + c
    parts = [scale(c, rest) for rest, c in coefficients.items() if c != 0]
    if scalar != 0:
        parts.append(scalar)
    if not parts:
        shape = next(t.shape for t in flat if is_array(t))
        return call("zeros", shape=tuple(shape))
    if len(parts) == 1:
        return parts[0]
    content = common_scalar(parts)
    if content != 1:
        return scale(content, plus([scale(1 / content, p) for p in parts]))
    factored = common_matrix(parts) if scalar == 0 else None
    if factored is not None:
        return factored
    parts.sort(key=lambda t: (is_negative(t), is_array(t), order_key(t)))
    return call("add", *parts)


def common_scalar(parts: Sequence[Expr]) -> Expr:
    """The powers of named scalars, and the whole number, that all terms have in front."""
    numbers = [(split_scalar(p)[0] if is_array(p) else p).as_coeff_Mul()[0] for p in parts]
    whole = Integer(gcd(*(int(c) for c in numbers))) if all(c.is_Integer for c in numbers) else Integer(1)
    shared: dict[Expr, Expr] | None = None
    for p in parts:
        powers = {b: e for b, e in split_scalar(p)[0].as_powers_dict().items() if not b.is_number} if is_array(p) else {
            b: e for b, e in p.as_powers_dict().items() if not b.is_number}
        if shared is None:
            shared = powers
        else:
            shared = {b: e if e == powers[b] else min(e, powers[b], key=abs) for b, e in shared.items()
                      if b in powers and e.is_number and powers[b].is_number and e * powers[b] > 0}
    return Mul(whole, *(b ** e for b, e in (shared or {}).items()))


def common_matrix(parts: Sequence[Expr]) -> Expr | None:
    """A (B + C) for A B + A C, and (B + C) A for B A + C A, where all terms share the first or last matrix."""
    for split, left in ((split_left, True), (split_right, False)):
        pieces = [split(split_scalar(t)[1]) for t in parts]
        first = pieces[0]
        if first is None or any(p is None or p[0] != first[0] for p in pieces):
            continue
        rest = plus([scale(split_scalar(t)[0], p[1]) for t, p in zip(parts, pieces, strict=True) if p is not None])
        return matmul(first[0], rest) if left else matmul(rest, first[0])
    return None


def split_left(a: Expr) -> tuple[Expr, Expr] | None:
    """(matrix, rest) with a = matrix * rest; a row vector times a matrix is read as Aᵀ times the vector."""
    if is_op(a, "matmul") and len(a.args[0].shape) == 1 and len(a.shape) == 1:
        return transpose(a.args[1]), a.args[0]
    if is_op(a, "matmul") and len(a.args[0].shape) == 2:
        deeper = split_left(a.args[0])
        return (deeper[0], matmul(deeper[1], a.args[1])) if deeper is not None else (a.args[0], a.args[1])
    if is_op(a, "outer"):
        inner = split_left(a.args[0])
        return None if inner is None else (inner[0], outer(inner[1], a.args[1]))
    return None


def split_right(a: Expr) -> tuple[Expr, Expr] | None:
    """(matrix or vector, rest) with a = rest * matrix; a row vector times a matrix is read as Aᵀ times the vector."""
    if is_op(a, "matmul") and len(a.args[0].shape) == 1 and len(a.shape) == 1:
        return a.args[0], transpose(a.args[1])
    if is_op(a, "matmul") and len(a.args[0].shape) == 2:
        deeper = split_right(a.args[1]) if len(a.args[1].shape) == 2 or is_op(a.args[1], "matmul") else None
        return (deeper[0], matmul(a.args[0], deeper[1])) if deeper is not None else (a.args[1], a.args[0])
    if is_op(a, "outer"):
        inner = split_left(a.args[1])
        return None if inner is None else (transpose(inner[0]), outer(a.args[0], inner[1]))
    return None


def is_negative(a: Expr) -> bool:
    """Whether a term is printed with a minus sign."""
    c, _ = split_scalar(a) if is_array(a) else (a, None)
    return bool(c.could_extract_minus_sign())


def matmul(*operands: Expr) -> Expr:
    """A matrix product, scalars in front, identities dropped, adjacent products joined."""
    scalar: Expr = S.One
    chain: list[Expr] = []
    for a in operands:
        c, rest = split_scalar(a)
        scalar = Mul(scalar, c)
        if is_op(rest, "matmul"):
            # Behind a matrix, a row vector times a matrix must be read as the transpose times the column.
            chain.extend(column(rest.args) if chain and len(rest.shape) == 1 else rest.args)
        elif not is_op(rest, "eye"):
            chain.append(rest)
    if not chain:
        return scale(scalar, operands[0])
    result = chain[0] if len(chain) == 1 else call("matmul", *chain)
    return scale(scalar, result)


def column(factors: Sequence[Expr]) -> list[Expr]:
    """The factors of a product that is a vector, as matrices in front of one column."""
    chain: list[Expr] = [factors[0]]
    is_vector = len(factors[0].shape) == 1
    for a in factors[1:]:
        if is_vector:
            chain.insert(0, transpose(a))
        else:
            chain.append(a)
            is_vector = len(a.shape) == 1
    return chain


def outer(a: Expr, b: Expr) -> Expr:
    """a bᵀ."""
    (c, u), (d, v) = split_scalar(a), split_scalar(b)
    return scale(Mul(c, d), call("outer", u, v))


def diag(v: Expr) -> Expr:
    """Diag(v)."""
    c, rest = split_scalar(v)
    if is_op(rest, "ones"):
        return scale(c, call("eye", size=rest.shape[0]))
    return scale(c, call("diag", rest))


def sum_axes(a: Expr, axis: int | None) -> Expr:
    """Sum over one axis, or all."""
    c, rest = split_scalar(a)
    if is_op(rest, "ones") and len(rest.shape) == 1:
        return Mul(c, rest.shape[0])
    if len(rest.shape) == 1:
        if is_op(rest, "sum") and rest.params.get("axis") is not None:
            return scale(c, total_of(rest.args[0]))
        if is_op(rest, "diag"):
            return scale(c, call("trace", rest.args[0]))
        axis = None
    if axis is not None and is_op(rest, "sum") and isinstance(rest, Apply) and not rest.params.get("keepdims"):
        # Of the axes that the inner sum leaves, the one that is summed now.
        (x,), before = rest.args, rest.params["axis"]
        gone = before if isinstance(before, tuple) else (before,)
        kept = [n for n in range(len(x.shape)) if n not in gone]
        return scale(c, call("sum", x, axis=tuple(sorted((*gone, kept[axis])))))
    if axis is not None and len(rest.shape) == 2:
        if is_op(rest, "outer"):
            u, v = rest.args
            return scale(Mul(c, sum_axes(u if axis == 0 else v, None)), v if axis == 0 else u)
        ends = rest.args if is_op(rest, "matmul") and all(len(x.shape) == 2 for x in rest.args) else ()
        if ends and axis == 0 and is_op(ends[0], "diag"):
            return scale(c, matmul(transpose(ends[1]), ends[0].args[0]))
        if ends and axis == 1 and is_op(ends[-1], "diag"):
            return scale(c, matmul(ends[0], ends[-1].args[0]))
    return scale(c, call("sum", rest, axis=axis))


def total_of(a: Expr) -> Expr:
    """The sum of all entries; of A ⊙ Bᵀ it is the trace of the product AB."""
    if is_op(a, "mul") and len(a.args) == 2 and len(a.shape) == 2 and all(x.shape == a.shape for x in a.args):
        first, second = a.args
        if is_op(second, "transpose"):
            return call("trace", matmul(first, second.args[0]))
        if is_op(first, "transpose"):
            return call("trace", matmul(second, first.args[0]))
        if is_op(first, "matmul") or is_op(second, "matmul"):
            left, right = (second, first) if is_op(first, "matmul") else (first, second)
            return call("trace", matmul(left, transpose(right)))
    return call("sum", a, axis=None)


ONE = Integer(1)

__all__ = ["ONE", "call", "diag", "hadamard", "is_negative", "is_op", "matmul", "ones", "outer", "plus", "scale",
           "split_scalar", "sum_axes", "transpose"]
