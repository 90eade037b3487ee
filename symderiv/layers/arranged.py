"""One order for what may be written in several: terms, signs, brackets of products, Kronecker products, known totals.

Rules on array expressions (see ``arrays/rewriting.py``).

Source: Petersen and Pedersen, The Matrix Cookbook (2012), 10.2;
Magnus and Neudecker, Matrix Differential Calculus (2019), 2.4.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, S

from ..arrays.arrays import Apply, Tensor, order_key
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sizes import is_square, same_size
from ..terms.traversals import leaves, operands_first
from .by_hand import BY_HAND
from .centring import CENTRING
from .exponentials import EXPONENTIALS, opened
from .multiplied_out import MULTIPLIED_OUT, centred_once, log_of_entry
from .one_spelling import ONE_SPELLING
from .one_way import ONE_WAY
from .operator_text import is_op
from .pieces_joined import rolled, running_sums, triangle, turned_triangle
from .products import contraction_in_order
from .projections import INVERSES
from .signs import SIGNS
from .spectral import trace_of_function
from .structure import reshape, stretch, vec
from .transposed import whole_transposed
from .written_out import WRITTEN_OUT, added, both_signs, of_factor, of_term, scaled, split


def _times(*operands: Expr) -> Any:
    return operator("matmul")(*operands)


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
    parts.sort(key=of_term)
    return None if tuple(parts) == expr.args else added(*parts)


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


@array_rule("product with a matrix of ones", "matmul")
def product_with_ones(expr: Apply, about: About) -> Expr | None:
    """A 1 1ᵀ holds the sums of the rows of A in every column."""
    left, right = expr.args
    if RECORDS.ones.of(right) and len(shape_of(left)) == len(shape_of(right)) == 2 and not RECORDS.ones.of(left):
        return RECORDS.outer(RECORDS.sum(left, axis=1), RECORDS.ones(shape=shape_of(right)[1:]))
    if RECORDS.ones.of(left) and len(shape_of(left)) == len(shape_of(right)) == 2 and not RECORDS.ones.of(right):
        return RECORDS.outer(RECORDS.ones(shape=shape_of(left)[:1]), RECORDS.sum(right, axis=0))
    return None


@array_rule("what ones beside an array say", "add", "mul", silent=True)
def ones_beside(expr: Apply, about: About) -> Expr | None:
    """X - m' in every row for X - 1 m', and b in every column for b 1', which broadcasting says."""
    shape = shape_of(expr)
    kept = [_without_ones(t) if is_array(t) else t for t in expr.args] if len(shape) == 2 else []
    if tuple(kept) == expr.args or not kept:
        return None
    made = expr.op(*kept)
    return made if len(shape_of(made)) == 2 and all(map(same_size, shape_of(made), shape)) else None


def _without_ones(term: Expr) -> Expr:
    number, rest = split(term)
    if RECORDS.outer.of(rest):
        for ones, x, axes in (*rest.args, 1), (*rest.args[::-1], 0):
            if RECORDS.ones.of(ones):
                return scaled(number, x if axes else stretch(x, (shape_of(x)[0], 1), 0))
    if RECORDS.pow.of(rest) and not is_array(rest.args[1]) and (base := _without_ones(rest.args[0])) != rest.args[0]:
        return scaled(number, RECORDS.pow(base, rest.args[1]))
    return term


# ------------------------------------------------------------------ products

@array_rule("order of the factors", "mul", silent=True)
def factors_in_order(expr: Apply, about: About) -> Expr | None:
    """y ⊙ X w for (X w) ⊙ y."""
    arrays = [f for f in expr.args if is_array(f)]
    parts = sorted(arrays, key=of_factor)
    return None if parts == arrays else operator("mul")(*(f for f in expr.args if not is_array(f)), *parts)


@array_rule("order in a dot product", "matmul", silent=True)
def names_in_order(expr: Apply, about: About) -> Expr | None:
    """h'y for y'h, of two named vectors."""
    a, b = expr.args
    named = not is_array(expr) and isinstance(a, Tensor) and isinstance(b, Tensor)
    return _times(b, a) if named and order_key(b) < order_key(a) else None


@array_rule("numbers in front", "matmul", "outer", "transpose", "sum", "mean", "trace", "diag", "kron", "reshape", "permute",
            "flip", "cumsum", "pad", "tril", "triu", silent=True)
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
    """Diag(w) x = w ⊙ x, A 1 the sums of the rows, 1 1ᵀ x the sum of x in every place."""
    left, right = expr.args
    if RECORDS.ones.of(left) and len(shape_of(left)) == 2 and len(shape_of(right)) == 1:
        return scaled(RECORDS.sum(right), RECORDS.ones(shape=shape_of(expr)))
    if is_op(left, "sum") and isinstance(left, Apply) and left.params.get("axis") == 0 and len(shape_of(left.args[0])) == 2 \
            and len(shape_of(right)) == 1 and not left.params.get("keepdims"):
        return operator("sum")(_times(left.args[0], right))
    for d, x in ((left, right), (right, left)):
        if is_op(d, "diag") and len(shape_of(d.args[0])) == 1 and len(shape_of(x)) == 1:
            return operator("mul")(d.args[0], x)
    if is_op(right, "ones") and len(shape_of(right)) == 1:
        return operator("sum")(left, axis=1)
    if is_op(left, "ones") and len(shape_of(left)) == 1:
        return operator("sum")(right, axis=0)
    for one, x in ((left, right), (right, left)):
        if is_op(one, "eye"):
            return x
    return None


# ------------------------------------------------------------------ Kronecker products

@array_rule("Kronecker product of sums and norms", "sum", "norm")
def kronecker_apart(expr: Apply, about: About) -> Expr | None:
    """‖A ⊗ B‖ = ‖A‖ ‖B‖, and so for the sum of all entries."""
    (x,) = expr.args
    return Mul(*(expr.op(f) for f in x.args)) if is_op(x, "kron") and not expr.params else None


@array_rule("Kronecker product", "trace", "logdet", "det", "inv", "transpose", "matmul")
def kronecker(expr: Apply, about: About) -> Expr | None:
    """tr(A ⊗ B) = tr A tr B, det(A ⊗ B) = (det A)^n (det B)^m, and so for logarithm, inverse and transpose."""
    if is_op(expr, "matmul"):
        return _mixed(*expr.args)
    (x,) = expr.args
    if is_op(expr, "inv") and is_op(x, "diag") and len(shape_of(x.args[0])) == 1:
        return operator("diag")(operator("pow")(x.args[0], S.NegativeOne))
    if is_op(expr, "trace") and is_op(x, "add") and any(is_op(split(t)[1], "kron") for t in x.args if is_array(t)):
        return Add(*(operator("trace")(t) if is_array(t) else t * shape_of(x)[0] for t in x.args))
    if is_op(expr, "trace") and is_op(x, "eye"):
        return shape_of(x)[0]
    if not RECORDS.kron.of(x):
        return None
    a, b = x.args
    if len(shape_of(a)) != 2 or len(shape_of(b)) != 2:
        return None
    if expr.op is RECORDS.transpose:
        return RECORDS.kron(a.T, b.T)
    if not _of_squares(x):
        return None
    if expr.op is RECORDS.trace:
        return Mul(*map(RECORDS.trace, leaves(x, _of_squares)))
    left, right = (operator(expr.op.name)(f) for f in (a, b))
    if expr.op is RECORDS.logdet:
        return shape_of(b)[0] * left + shape_of(a)[0] * right
    if expr.op is RECORDS.det:
        return left ** shape_of(b)[0] * right ** shape_of(a)[0]
    return RECORDS.kron(left, right)


def _of_squares(x: Expr) -> bool:
    """Whether this is the Kronecker product of two square matrices."""
    return RECORDS.kron.of(x) and all(len(shape_of(f)) == 2 and is_square(shape_of(f)) for f in x.args)


def _mixed(left: Expr, right: Expr) -> Expr | None:
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD; (A ⊗ B) vec X = vec(B X Aᵀ), and of a sum of such; v'(vec M) with v as a matrix."""
    if is_op(left, "add") and _of_vec(right) is not None and all(
            is_array(t) and is_op(split(t)[1], "kron") for t in left.args):
        each = [(split(t)[0], _mixed(split(t)[1], right)) for t in left.args]
        inside = [scaled(c, made) for c, x in each if x is not None and (made := _of_vec(x)) is not None]
        return vec(added(*inside)) if len(inside) == len(each) else None
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
            return operator("sum")(operator("mul")(reshape(v, *shape_of(m)[::-1]).T, m))
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


@array_rule("the entries of an array laid out in a row", "norm", "sum", "mean", "matmul", silent=True)
def laid_out(expr: Apply, about: About) -> Expr | None:
    """‖X - Y‖ for ‖vec X - vec Y‖, and so for sums, means and dot products of what is worked out entry by entry."""
    if expr.params or any(len(shape_of(x)) != 1 for x in expr.args):
        return None
    made = [_before_reshape(x) for x in expr.args]
    if None in made or len({shape_of(x) for x in made if x is not None}) > 1:
        return None
    return RECORDS.sum(RECORDS.mul(*made)) if is_op(expr, "matmul") else expr.op(*made)


def _before_reshape(x: Expr) -> Expr | None:
    """The array whose entries, in row order, are those of a vector; None where some part of it was not laid out so."""
    made: dict[Any, Expr] = {}
    for node in operands_first([x], lambda node: node.args[::-1] if _of_entries(node) else ()):
        if _of_entries(node):
            parts = [made[a] for a in node.args]
            if len({shape_of(p) for p in parts if is_array(p)}) != 1:
                return None
            made[node] = node.op(*parts, **node.params)
        elif is_array(node) and not is_op(node, "reshape"):
            return None
        else:
            made[node] = node.args[0] if is_array(node) else node
    return made[x]


def _of_entries(x: Expr) -> bool:
    return isinstance(x, Apply) and (is_op(x, "mul", "add", "pow") or x.op.scalar is not None)


# ------------------------------------------------------------------ known totals

def known_total(x: Expr, rank: int = 1) -> Expr | None:
    """Σ of a vector's entries, or of every row of a matrix, where its declaration or its making says it."""
    if not is_array(x) or len(shape_of(x)) not in (1, rank):
        return None
    if "one_hot" in getattr(x, "properties", frozenset()) or RECORDS.one_hot.of(x) or (
            RECORDS.softmax.of(x) and isinstance(x, Apply) and x.params.get("axis", -1) in (-1, len(shape_of(x)) - 1)):
        return S.One
    if "sums_to_one" in getattr(x, "properties", frozenset()):
        return S.One if rank == 1 else None
    if RECORDS.ones.of(x):
        return shape_of(x)[-1]
    if RECORDS.mul.of(x) and not is_array(x.args[0]):
        own = known_total(split(x)[1], rank)
        return None if own is None else Mul(split(x)[0], own)
    if RECORDS.add.of(x):
        found = [known_total(t, rank) if is_array(t) else t * shape_of(x)[-1] for t in x.args]
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


# ------------------------------------------------------------------ sums and products taken apart

@array_rule("a sum of names", "sum", silent=True)
def sum_of_names(expr: Apply, about: About) -> Expr | None:
    """Σ (p + q) = Σ p + Σ q, of named arrays; a number among them counts how many there are."""
    number, x = split(expr.args[0])
    if is_array(expr) or expr.params or not is_op(x, "add") or x in about.shared:
        return None
    apart = [split(t) for t in x.args if is_array(t)]
    if not all(isinstance(rest, Tensor) and shape_of(rest) == shape_of(x) for _, rest in apart):
        return None
    numbers = Add(*(t for t in x.args if not is_array(t))) * Mul(*shape_of(x))
    return Add(*(number * c * RECORDS.sum(rest) for c, rest in apart), number * numbers)


@array_rule("columns scaled before a product", "matmul", silent=True)
def scaled_columns(expr: Apply, about: About) -> Expr | None:
    """(X ⊙ s) W = X Diag(s) W, every row of X times s."""
    left, right = expr.args
    if not is_op(left, "mul") or len(shape_of(left)) != 2 or left in about.shared:
        return None
    own = [f for f in left.args if is_array(f) and len(shape_of(f)) == 1]
    rest = [f for f in left.args if f not in own]
    if len(own) != 1 or not rest or any(is_array(f) and shape_of(f) != shape_of(left) for f in rest):
        return None
    matrix = RECORDS.mul(*rest) if len(rest) > 1 else rest[0]
    inner = RECORDS.mul(own[0], right) if len(shape_of(right)) == 1 else RECORDS.matmul(RECORDS.diag(own[0]), right)
    return RECORDS.matmul(matrix, inner)


@array_rule("a sum of products of two", "sum")
def sum_over_pairs(expr: Apply, about: About) -> Expr | None:
    """Σ_ij e^(a_i + b_j) = Σ e^a Σ e^b, and Σ_ij a_i b_j = Σ a Σ b."""
    number, x = split(expr.args[0])
    if is_array(expr) or expr.params or len(shape_of(x)) != 2:
        return None
    if is_op(x, "outer"):
        return number * Mul(*map(RECORDS.sum, x.args))
    if not is_op(x, "exp"):
        return None
    rows: list[Expr] = []
    columns: list[Expr] = []
    for t in opened(S.One, x.args[0]):
        c, rest = split(t) if is_array(t) else (S.One, t)
        if is_op(rest, "outer") and any(map(RECORDS.ones.of, rest.args)):
            column = RECORDS.ones.of(rest.args[1])
            (columns if column else rows).append(scaled(c, rest.args[0 if column else 1]))
        elif len(shape_of(rest)) == 1:
            rows.append(t)
        elif is_op(rest, "stretch") and isinstance(rest, Apply) and rest.params["axes"] == (0,) and shape_of(t)[1] == 1:
            columns.append(scaled(c, rest.args[0]))
        else:
            return None
    if not rows or not columns:
        return None
    return number * Mul(*(RECORDS.sum(RECORDS.exp(added(*own) if len(own) > 1 else own[0])) for own in (rows, columns)))


@array_rule("a bracket with a product in it", "matmul")
def bracket_multiplied_out(expr: Apply, about: About) -> Expr | None:
    """(W + c B A) x = W x + c B A x, where the bracket is used once: no product of matrices is formed."""
    bracket, x = expr.args
    if len(shape_of(x)) != 1 or not is_op(bracket, "add") or len(shape_of(bracket)) != 2 or bracket in about.shared:
        return None
    identity = any(is_op(split(t)[1], "eye") for t in bracket.args if is_array(t))
    if any(shape_of(t) != shape_of(bracket) for t in bracket.args) or not any(
            is_op(split(t)[1], "matmul") and (identity or not is_op(split(t)[1].args[0], "transpose"))
            for t in bracket.args):
        return None
    return added(*(scaled(c, RECORDS.matmul(rest, x)) for c, rest in map(split, bracket.args)))


@array_rule("a square", "matmul", silent=True)
def square_of_product(expr: Apply, about: About) -> Expr | None:
    """x'LᵀL x = (L x)'(L x)."""
    x, rest = expr.args
    if is_array(expr) or not is_op(rest, "matmul") or not is_op(rest.args[1], "matmul"):
        return None
    turned, inner = rest.args
    fits = inner.args[1] == x and len(shape_of(turned)) == 2 and turned == RECORDS.transpose(inner.args[0])
    return RECORDS.matmul(inner, inner) if fits else None


TAKEN_APART = (square_of_product, sum_of_names, scaled_columns, sum_over_pairs, bracket_multiplied_out)
ARRANGED = (whole_transposed, ordered, factors_in_order, names_in_order, contraction_in_order, leading_axes,
            product_with_ones, ones_beside, *SIGNS, numbers_in_front, from_the_right, diagonal, kronecker, kronecker_apart,
            laid_out, logarithms_of_a_distribution, triangle, turned_triangle, running_sums, rolled, trace_of_function)
READING = (*ONE_WAY, *EXPONENTIALS, *TAKEN_APART, *CENTRING, *BY_HAND, *WRITTEN_OUT, *MULTIPLIED_OUT, *ONE_SPELLING,
           *INVERSES, *ARRANGED)
AS_A_WHOLE = (both_signs, log_of_entry, centred_once)
