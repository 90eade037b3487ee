"""One order for what may be written in several: terms, signs, brackets of products, Kronecker products, known totals.

Rules on array expressions (see ``arrays/rewriting.py``).

Source: Petersen and Pedersen, The Matrix Cookbook (2012), 10.2;
Magnus and Neudecker, Matrix Differential Calculus (2019), 2.4.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, Pow, S

from ..arrays.arrays import Apply, order_key
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.rewriting import About, array_rule
from ..arrays.sizes import same_size
from ..arrays.walks import depth
from .one_spelling import ONE_SPELLING
from .operator_text import is_op, negative
from .pieces_joined import rolled, running_sums, triangle, turned_triangle
from .spectral import trace_of_function
from .structure import reshape, vec
from .written_out import WRITTEN_OUT, added, both_signs, scaled, split


def _times(*operands: Expr) -> Any:
    return operator("matmul")(*operands)


def _square(x: Expr) -> bool:
    return len(shape_of(x)) == 2 and same_size(*shape_of(x))


# ------------------------------------------------------------------ sums

@array_rule("order of the terms", "add", silent=True)
def ordered(expr: Apply, about: About) -> Expr | None:
    """x - mean x for -mean x + x: what is taken off stands last, W x before b, s I behind A; ones beside an array are 1."""
    parts: list[Expr] = []
    number: Expr = S.Zero
    for term in expr.args:
        c, rest = split(term)
        if is_op(rest, "ones") and any(shape_of(t) == shape_of(expr) and not is_op(split(t)[1], "ones") for t in expr.args
                                       if t is not term and is_array(t)):
            number += c
        elif is_array(term):
            parts.append(term)
        else:
            number += term
    if number != 0:
        parts.append(number)
    parts.sort(key=lambda t: (negative(t), is_array(t), _shift(t), depth(t) == is_op(t, "transpose"), order_key(t)))
    return None if tuple(parts) == expr.args else added(*parts)


def _shift(term: Expr) -> bool:
    """Whether a term is an unknown multiple of a constant array, such as s I."""
    c, rest = split(term)
    return bool(c.free_symbols) and is_array(rest) and not rest.free_symbols - c.free_symbols - set(shape_of(rest))


@array_rule("the other way round", "mul", "matmul", "pow", "norm", "abs", "outer", "Pow", silent=True)
def turned_round(expr: Expr, about: About) -> Expr | None:
    """(x - y)² for (y - x)²: what an even function takes is a difference from what is differentiated by."""
    if is_op(expr, "norm", "abs"):
        own = _opposite(expr.args[0], about)
        return None if own is None else operator(expr.op.name)(own, **expr.params)
    if is_op(expr, "pow") or isinstance(expr, Pow):
        even = is_array(expr.args[0]) and not is_array(expr.args[1]) and (expr.args[1] / 2).is_Integer
        own = _opposite(expr.args[0], about) if even else None
        return None if own is None else operator("pow")(own, expr.args[1])
    flat = _ends(expr)
    turned = [_opposite(a, about) for a in flat]
    if len(flat) == 2 and None not in turned:
        return _with_ends(expr, turned)
    return None


def _ends(expr: Expr) -> tuple[Expr, ...]:
    """The first and the last factor of a chain of matrix products."""
    if is_op(expr, "mul"):
        return tuple(a for a in expr.args if is_array(a))
    first, last = expr.args
    while is_op(last, "matmul"):
        last = last.args[1]
    while is_op(first, "matmul"):
        first = first.args[0]
    return first, last


def _with_ends(expr: Expr, ends: Any) -> Expr:
    if is_op(expr, "mul"):
        own = iter(ends)
        return operator("mul")(*(next(own) if is_array(a) else a for a in expr.args))
    first, last = expr.args

    def put(x: Expr, at: int, end: Expr) -> Expr:
        if not is_op(x, "matmul"):
            return end
        args = list(x.args)
        args[at] = put(args[at], at, end)
        return _times(*args)

    return operator(expr.op.name)(put(first, 0, ends[0]), put(last, 1, ends[1]))


def _opposite(x: Expr, about: About) -> Expr | None:
    """-x where x is a difference the wrong way round, or has a sign in front."""
    if is_op(x, "mul") and negative(x):
        return scaled(S.NegativeOne * split(x)[0], split(x)[1])
    if not is_op(x, "add") or len(x.args) != 2 or negative(x.args[0]) == negative(x.args[1]):
        return None
    above, below = x.args if negative(x.args[1]) else x.args[::-1]
    below = scaled(S.NegativeOne * split(below)[0], split(below)[1]) if is_array(below) else -below

    def rank(t: Expr) -> Any:
        return not _reads(t, about), not is_array(t), _leading(t), depth(t)

    # Of two names, that which comes later in the alphabet: x - mu, y - x.
    first, second = (rank(above), order_key(below)), (rank(below), order_key(above))
    return added(below, scaled(S.NegativeOne, above)) if second < first and is_array(below) else None


def _leading(x: Expr) -> int:
    """How many axes of size 1, or that broadcasting adds, stand before those of an array: x_i - x_j, not x_j - x_i."""
    if is_op(x, "stretch") and isinstance(x, Apply):
        return -1 if x.params["axes"][:1] == (0,) else 0
    return 0


def _reads(x: Expr, about: About) -> bool:
    return not about.targets.isdisjoint(x.free_symbols)


@array_rule("what broadcasting does", "add", "mul", silent=True)
def leading_axes(expr: Apply, about: About) -> Expr | None:
    """x for x[None, :] beside an array that has all axes: broadcasting puts axes of size 1 in front."""
    kept = [_without_leading(a) for a in expr.args]
    if tuple(kept) == expr.args or all(len(shape_of(a)) < len(expr.shape) for a in kept):
        return None
    return operator(expr.op.name)(*kept)


def _without_leading(a: Expr) -> Expr:
    number, made = split(a) if is_array(a) else (S.One, a)
    if not (is_op(made, "stretch") and isinstance(made, Apply)):
        return a
    (x,), rank = made.args, len(made.shape)
    own = len(shape_of(x))
    leading = made.params["axes"] == tuple(range(rank - own, rank)) and all(n == 1 for n in made.shape[:rank - own])
    return scaled(number, x) if leading and shape_of(x) == made.shape[rank - own:] else a


# ------------------------------------------------------------------ products

@array_rule("numbers in front", "matmul", "outer", "transpose", "sum", "mean", "trace", "diag", "kron", "reshape", "permute",
            silent=True)
def numbers_in_front(expr: Apply, about: About) -> Expr | None:
    """(c A) x = c (A x)."""
    number: Expr = S.One
    args = []
    for a in expr.args:
        c, rest = split(a) if is_op(a, "mul") else (S.One, a)
        number = Mul(number, c)
        args.append(rest)
    if number == 1:
        return None
    made = operator(expr.op.name)(*args, **expr.params)
    return scaled(number, made)


@array_rule("from the right", "matmul", silent=True)
def from_the_right(expr: Apply, about: About) -> Expr | None:
    """(A B) x = A (B x) for a vector x: no matrix product is formed."""
    left, right = expr.args
    if len(shape_of(right)) == 1 and is_op(left, "matmul") and len(shape_of(left.args[1])) == 2:
        return _times(left.args[0], _times(left.args[1], right))
    return None


@array_rule("product with a diagonal matrix, or with ones", "matmul")
def diagonal(expr: Apply, about: About) -> Expr | None:
    """Diag(w) x = w ⊙ x, A 1 the sums of the rows."""
    left, right = expr.args
    for d, x in ((left, right), (right, left)):
        if is_op(d, "diag") and len(shape_of(d.args[0])) == 1 and len(shape_of(x)) == 1:
            return operator("mul")(d.args[0], x)
    if is_op(right, "ones") and len(shape_of(right)) == 1:
        return operator("sum")(left, axis=len(shape_of(left)) - 1)
    if is_op(left, "ones") and len(shape_of(left)) == 1:
        return operator("sum")(right, axis=0)
    for one, x in ((left, right), (right, left)):
        if is_op(one, "eye"):
            return x
    return None


# ------------------------------------------------------------------ Kronecker products

@array_rule("Kronecker product", "trace", "logdet", "inv", "transpose", "matmul")
def kronecker(expr: Apply, about: About) -> Expr | None:
    """tr(A ⊗ B) = tr A tr B, log|det(A ⊗ B)| = n log|det A| + m log|det B|, and so for inverse and transpose."""
    if is_op(expr, "matmul"):
        return _mixed(*expr.args)
    (x,) = expr.args
    if not is_op(x, "kron"):
        return None
    a, b = x.args
    if len(shape_of(a)) != 2 or len(shape_of(b)) != 2:
        return None
    if is_op(expr, "transpose"):
        return operator("kron")(a.T, b.T)
    if not (_square(a) and _square(b)):
        return None
    left, right = (operator(expr.op.name)(f) for f in (a, b))
    if is_op(expr, "logdet"):
        return shape_of(b)[0] * left + shape_of(a)[0] * right
    return left * right if is_op(expr, "trace") else operator("kron")(left, right)


def _mixed(left: Expr, right: Expr) -> Expr | None:
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD; (A ⊗ B) vec X = vec(B X Aᵀ); v'(vec M) with v as a matrix."""
    if is_op(left, "kron") and len(shape_of(left)) == 2:
        a, b = left.args
        if len(shape_of(a)) != 2 or len(shape_of(b)) != 2:
            return None
        if is_op(right, "kron") and all(len(shape_of(f)) == 2 for f in right.args):
            c, d = right.args
            fits = same_size(shape_of(a)[1], shape_of(c)[0]) and same_size(shape_of(b)[1], shape_of(d)[0])
            return operator("kron")(_times(a, c), _times(b, d)) if fits else None
        x = _of_vec(right)
        if x is not None and same_size(shape_of(x)[0], shape_of(b)[1]) and same_size(shape_of(x)[1], shape_of(a)[1]):
            return vec(_times(b, _times(x, a.T)))
        return None
    for v, made in ((left, right), (right, left)):
        m = _of_vec(made) if len(shape_of(v)) == 1 else None
        if m is not None and _of_vec(v) is None:
            return operator("sum")(operator("mul")(_unvec(v, *shape_of(m)), m))
        if m is not None:
            return operator("sum")(operator("mul")(_of_vec(v), m)) if shape_of(_of_vec(v)) == shape_of(m) else None
    return None


def _of_vec(x: Expr) -> Expr | None:
    """X for vec X, and b aᵀ for a ⊗ b of vectors."""
    if is_op(x, "reshape") and isinstance(x, Apply) and len(shape_of(x)) == 1 and len(shape_of(x.args[0])) == 2:
        (inner,) = x.args
        return inner.args[0] if is_op(inner, "transpose") else inner.T
    if is_op(x, "kron") and all(len(shape_of(f)) == 1 for f in x.args):
        return operator("outer")(x.args[1], x.args[0])
    return None


def _unvec(v: Expr, rows: Expr, columns: Expr) -> Expr:
    """The matrix whose columns one below the other are v."""
    return reshape(v, columns, rows).T


# ------------------------------------------------------------------ known totals

def known_total(x: Expr) -> Expr | None:
    """Σ of a vector's entries where its declaration or its making says it."""
    if not is_array(x) or len(shape_of(x)) != 1:
        return None
    if {"one_hot", "sums_to_one"} & getattr(x, "properties", frozenset()) or is_op(x, "softmax", "one_hot"):
        return S.One
    if is_op(x, "ones"):
        return shape_of(x)[0]
    if is_op(x, "mul") and not is_array(x.args[0]):
        own = known_total(split(x)[1])
        return None if own is None else Mul(split(x)[0], own)
    if is_op(x, "add"):
        found = [known_total(t) if is_array(t) else t * shape_of(x)[0] for t in x.args]
        return None if None in found else Add(*found).expand()
    return None


@array_rule("a known total", "matmul")
def logarithms_of_a_distribution(expr: Apply, about: About) -> Expr | None:
    """s'log softmax f = s'f - (Σ s) logsumexp f, where Σ s is known."""
    for s, other in (expr.args, expr.args[::-1]):
        if not (is_op(other, "log_softmax") and len(shape_of(other)) == 1 and len(shape_of(s)) == 1):
            continue
        total = known_total(s)
        if total is not None:
            (f,) = other.args
            return _times(s, f) - total * operator("logsumexp")(f)
    return None


@array_rule("one dot product for two", "Add")
def scores_together(expr: Add, about: About) -> Expr | None:
    """u'f - v'f = (u - v)'f for distributions u and v, or for log softmax f."""
    found: dict[Expr, list[tuple[Expr, Expr, Expr]]] = {}
    for term in expr.args:
        number, rest = term.as_coeff_Mul()
        # p'p reads the same from both ends, and is one term.
        for a, f in dict.fromkeys((rest.args, rest.args[::-1])) if is_op(rest, "matmul") and not is_array(rest) else ():
            if is_op(f, "log_softmax") or known_total(a) is not None:
                found.setdefault(f, []).append((term, number, a))
    for f, group in found.items():
        if len(group) > 1:
            together = _times(added(*(scaled(c, a) for _, c, a in group)), f)
            return Add(*(t for t in expr.args if t not in [g[0] for g in group]), together)
    return None


ARRANGED = (ordered, leading_axes, turned_round, numbers_in_front, from_the_right, diagonal, kronecker, scores_together,
            logarithms_of_a_distribution, triangle, turned_triangle, running_sums, rolled, trace_of_function)
READING = (*WRITTEN_OUT, *ONE_SPELLING, *ARRANGED)
AS_A_WHOLE = (both_signs,)

__all__ = ["AS_A_WHOLE", "READING", "known_total"]
