"""Matrix products, of batches too, powers, outer products, traces and einsum."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_letters
from typing import Any

from sympy import Expr, Integer, KroneckerDelta, Mul

from ..arrays.arrays import Apply, Tensor, as_expr, latex_call, order_key
from ..arrays.named_sizes import dims
from ..arrays.operator import FUNC, MUL, Operator, Writer, operator, register, shape_of
from ..arrays.rewriting import About, ArrayRewriter, array_rule
from ..arrays.sizes import Shape, broadcast_shapes, is_square, same_size, show_shape
from ..arrays.symbols import Index, Sum
from ..arrays.symmetry import is_symmetric, transposes
from ..bounds import of_the_call
from ..errors import DeclarationError, ShapeError
from .operator_text import of_one_row, postfix, product_of
from .record import Args, NormalisingOperator, Params, Shown, at, bound, with_shapes
from .stacks import stacked_diag, stacked_einsum, stacked_outer, stacked_product, stacked_trace, stacked_transpose
from .structure import permute

# ------------------------------------------------------------------ matrix product


def _build_matmul(op: Operator, args: Args, params: Params) -> Expr:
    """A chain of products: from the right where it ends in a vector, so that no matrix product is formed."""
    if len(args) < 2:
        raise ShapeError("a matrix product needs two operands", where=Shown("matmul", args))
    ranks = [len(shape_of(a)) for a in args]
    # How many stand to the left of what is taken together from the right.
    left = max((k for k in range(1, len(args) - 1) if ranks[k] != 2), default=0) if ranks[-1] == 1 else len(args) - 2
    one, other = args[0], args[-1]
    for a in args[1:left + 1]:
        one = Apply(op, (one, a))
    for a in reversed(args[left + 1:-1]):
        other = Apply(op, (a, other))
    ranks = [len(shape_of(one)), len(shape_of(other))]
    return _batched((one, other)) if max(ranks) > 2 and min(ranks) > 0 else Apply(op, (one, other))


def _batched(args: Args) -> Expr:
    """The leading axes broadcast, the last two multiply; a vector has one axis, as in NumPy."""
    vectors = [len(shape_of(a)) == 1 for a in args]
    left, right = "j" if vectors[0] else "...ij", "j" if vectors[1] else "...jk"
    kept = ("" if vectors[0] else "i") + ("" if vectors[1] else "k")
    return einsum(f"{left},{right}->...{kept}", *args)


def _matmul_shape(args: Args, params: Params) -> Shape:
    a, b = (shape_of(arg) for arg in args)
    where = Shown("@", args)
    for arg, shape in zip(args, (a, b), strict=True):
        if not shape:
            raise ShapeError(f"{arg} is a scalar, and @ takes vectors and matrices", where=where,
                             hint="multiply by a scalar with *")
    if not same_size(a[-1], b[0]):
        raise ShapeError(f"{with_shapes(*args)} do not multiply: {a[-1]} against {b[0]}", where=where,
                         hint="transpose one of them with .T, or use sd.outer for the product of all pairs")
    return a[:-1] + b[1:]


def _matmul_definition(out: Args, args: Args, params: Params) -> Expr:
    a, b = args
    k = bound(shape_of(a)[-1], out, args, "k")
    rows = out[:1] if len(shape_of(a)) == 2 else ()
    columns = out[len(rows):]
    return Sum(at(a, (*rows, k)) * at(b, (k, *columns)), k)


def _reads_the_same_backwards(args: Args, shape: Shape) -> bool:
    """Whether the transposed factors in the other order are the same: A B Aᵀ with a symmetric B."""
    if any(len(shape_of(a)) != 2 for a in args):
        return False
    return all(transposes(f, g) or (f == g and is_symmetric(f))
               for f, g in zip(_factors(args), _factors(args, from_the_end=True), strict=True))


def _factors(args: Args, from_the_end: bool = False) -> Iterator[Expr]:
    """The factors of a product of matrices, one after the other: most products are no palindrome by their outer two."""
    way = -1 if from_the_end else 1
    waiting = list(args[::-way])
    while waiting:
        each = waiting.pop()
        if matmul_record.of(each) and each.ndim == 2:
            waiting += each.args[::-way]
        else:
            yield each


def _matmul_text(write: Writer, args: Args, params: Params) -> str:
    """Factor by factor; as a call where those would be read as a number."""
    if of_one_row(args):
        return f"matmul({write(args[0])}, {write(args[1])})"
    return product_of(write, Apply(matmul_record, args), ".T", "*")


def _matmul_latex(write: Writer, args: Args, params: Params) -> str:
    if of_one_row(args):
        return latex_call(_matmul_text(write, args, params))
    return product_of(write, Apply(matmul_record, args), r"^{\top}", " ")


matmul_record: Operator = register(NormalisingOperator(
    name="matmul", declarable=True, symmetric=_reads_the_same_backwards, batched=stacked_product,
    multilinear=True, keeps_sign=2,
    stem="z", named="z", build=_build_matmul, shape=_matmul_shape, definition=_matmul_definition,
    precedence=lambda args, params: FUNC if of_one_row(args) else MUL,
    text=_matmul_text, latex=_matmul_latex,
    numpy=lambda sources, params, shapes: f"({sources[0]}) @ ({sources[1]})",
    example=lambda: Tensor("W", (dims("m"), dims("n"))) @ Tensor("x", (dims("n"),))))


def matmul(*operands: object) -> Expr:
    """NumPy's @: a vector times a vector is a number, axes before the last two are batches and broadcast.

    Raises ShapeError.  Source: NumPy, matmul.

    >>> sd.matmul([[1, 2], [3, 4]], [1, 1])
    [3, 7]
    """
    return operator("matmul")(*operands)


def matrix_power(a: object, exponent: int) -> Expr:
    """A·A·…·A for a square matrix; of its inverse for a negative exponent.  Raises ShapeError, DeclarationError.

    Source: NumPy, linalg.matrix_power.

    >>> sd.matrix_power([[1, 1], [0, 1]], 3)
    [[1, 3], [0, 1]]
    """
    base, number = as_expr(a), as_expr(exponent)
    shape = shape_of(base)
    if len(shape) != 2 or not same_size(*shape):
        raise ShapeError(f"the power of a square matrix, not of {with_shapes(base)}", where=Shown("matrix_power", (base,)))
    if not number.is_Integer or not -64 <= number <= 64:
        raise DeclarationError(f"the exponent {exponent} is not a whole number up to 64", where=base)
    if number == 0:
        return operator("eye")(size=shape[0])
    if number < 0:
        base = operator("inv")(base)
    return base if abs(number) == 1 else matmul(*[base] * int(abs(number)))


def dot(a: object, b: object) -> Expr:
    """Σ a_i b_i of two vectors of one size.  Raises ShapeError for anything but vectors.  Source: NumPy, dot.

    >>> sd.dot([1, 2], [3, 4])
    11
    """
    u, v = as_expr(a), as_expr(b)
    if len(shape_of(u)) != 1 or len(shape_of(v)) != 1:
        raise ShapeError(f"dot takes two vectors, not {with_shapes(u, v)}", where=Shown("dot", (u, v)),
                         hint="use @ for matrices")
    return operator("matmul")(u, v)


# ------------------------------------------------------------------ outer product

def _outer_shape(args: Args, params: Params) -> Shape:
    if any(len(shape_of(arg)) != 1 for arg in args):
        raise ShapeError(f"outer takes two vectors, not {with_shapes(*args)}", where=Shown("outer", args))
    return shape_of(args[0]) + shape_of(args[1])


outer_record: Operator = register(Operator(
    name="outer", declarable=True, symmetric=lambda args, shape: bool(args[0] == args[1]), batched=stacked_outer,
    multilinear=True, plain=True, keeps_sign=2, precedence=MUL, shape=_outer_shape,
    definition=lambda out, args, params: Mul(at(args[0], out[:1]), at(args[1], out[1:])),
    text=lambda write, args, params: product_of(write, Apply(outer_record, args), ".T", "*"),
    latex=lambda write, args, params: product_of(write, Apply(outer_record, args), r"^{\top}", " "),
    numpy=lambda sources, params, shapes: (
        f"({sources[0]})[{', '.join([':'] * len(shapes[0]) + ['None'] * len(shapes[1]))}] * ({sources[1]})"),
    example=lambda: outer(Tensor("a", (dims("m"),)), Tensor("b", (dims("n"),)))))


def outer(a: object, b: object) -> Expr:
    """a bᵀ, the matrix of all products a_i b_j.  Raises ShapeError for anything but vectors.  Source: NumPy, outer.

    >>> sd.outer([1, 2], [3, 4])
    [[3, 4], [6, 8]]
    """
    return operator("outer")(as_expr(a), as_expr(b))


# ------------------------------------------------------------------ trace

def _square(args: Args, params: Params) -> Shape:
    (a,) = args
    if not is_square(shape_of(a)):
        raise ShapeError(f"the trace is that of a square matrix, not of {with_shapes(a)}", where=Shown("trace", args))
    return ()


def _trace_definition(out: Args, args: Args, params: Params) -> Expr:
    (a,) = args
    k = bound(shape_of(a)[0], out, args, "k")
    return Sum(at(a, (k, k)), k)


def _build_trace(op: Operator, args: Args, params: Params) -> Expr:
    """The trace of an exponential is a function of its own: that has a derivative."""
    (a,) = args
    return operator("trace_expm")(*a.args) if isinstance(a, Apply) and a.op.name == "expm" else Apply(op, args)


trace_record: Operator = register(NormalisingOperator(
    name="trace", build=_build_trace, batched=stacked_trace, multilinear=True, reads=("tr", "Tr", "Trace"), bare=True,
    shape=_square, definition=_trace_definition,
    text=lambda write, args, params: f"tr({write(args[0])})",
    latex=lambda write, args, params: rf"\operatorname{{tr}}\left({write(args[0])}\right)",
    numpy=lambda sources, params, shapes: f"np.trace({sources[0]})",
    example=lambda: trace(Tensor("A", (dims("n"), dims("n"))))))


def trace(a: object) -> Expr:
    """Sum of the diagonal of a square matrix.  Raises ShapeError.

    Source: Giles (2008), section 2.3.

    >>> sd.trace([[1, 2], [3, 4]])
    5
    """
    return operator("trace")(as_expr(a))


# ------------------------------------------------------------------ einsum

def split_spec(args: Args, params: Params) -> tuple[list[str], str]:
    """The letters of the operands of an einsum, and those of its result.  Raises ShapeError."""
    spec = str(params["spec"]).replace(" ", "")
    left, arrow, right = spec.partition("->")
    operands = left.split(",")
    if not arrow:
        letters = left.replace(",", "")
        right = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if any(not c.isalpha() for c in "".join(operands) + right) or len(set(right)) != len(right):
        raise ShapeError(f"{spec!r} is not an einsum of distinct result letters", where=Shown("einsum", args),
                         hint='sd.einsum("ij,jk->ik", A, B)')
    return operands, right


def _spec_sizes(args: Args, params: Params) -> tuple[list[str], str, dict[str, Expr]]:
    operands, right = split_spec(args, params)
    where = Shown("einsum", args)
    if len(operands) != len(args):
        raise ShapeError(f"{params['spec']!r} names {len(operands)} operands, {len(args)} are given", where=where)
    sizes: dict[str, Expr] = {}
    for letters, arg in zip(operands, args, strict=True):
        shape = shape_of(arg)
        if len(letters) != len(shape):
            raise ShapeError(f"{letters!r} has {len(letters)} letters, but {arg} has shape {show_shape(shape)}",
                             where=where)
        for letter, size in zip(letters, shape, strict=True):
            if not same_size(sizes.setdefault(letter, size), size):
                raise ShapeError(f"the letter {letter} of {params['spec']!r} has sizes {sizes[letter]} and {size} in "
                                 f"{with_shapes(*args)}", where=where)
    missing = set(right) - set(sizes)
    if missing:
        raise ShapeError(f"the result letter {min(missing)} of {params['spec']!r} stands on no operand", where=where)
    return operands, right, sizes


def _einsum_shape(args: Args, params: Params) -> Shape:
    _, right, sizes = _spec_sizes(args, params)
    return tuple(sizes[letter] for letter in right)


def _einsum_definition(out: Args, args: Args, params: Params) -> Expr:
    operands, right, sizes = _spec_sizes(args, params)
    letters: dict[str, Expr] = dict(zip(right, out, strict=True))
    summed: list[Index] = []
    for letter, size in sizes.items():
        if letter not in letters:
            letters[letter] = bound(size, (*out, *summed), args, letter)
            summed.append(letters[letter])
    body = Mul(*(at(arg, tuple(letters[c] for c in own)) for own, arg in zip(operands, args, strict=True)))
    return Sum(body, *summed) if summed else body


def _einsum_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    """An order of contraction is searched where operands differ in their letters."""
    operands = params["spec"].split("->")[0].replace(" ", "").split(",")
    plan = ", optimize=True" if len(set(operands)) > 1 else ""
    return f'np.einsum("{params["spec"]}", {", ".join(sources)}{plan})'


def _einsum_text(write: Writer, args: Args, params: Params) -> str:
    return f'einsum("{params["spec"]}", {", ".join(map(write, args))})'


einsum_record: Operator = register(Operator(
    name="einsum", batched=stacked_einsum, multilinear=True, shape=_einsum_shape, definition=_einsum_definition,
    text=_einsum_text,
    numpy=_einsum_source,
    example=lambda: einsum("ij,kj->ik", Tensor("A", (dims("m"), dims("n"))), Tensor("B", (dims("p"), dims("n"))))))


Operands = list[tuple[Expr, str]]
LETTERS = "ijklmnpqrst" + "".join(c for c in ascii_letters if c not in "ijklmnpqrst")


def operands_of(expr: Apply) -> tuple[Operands, str]:
    """(operand, its letters) of an einsum, and the letters of the result."""
    words, out = split_spec(expr.args, expr.params)
    return list(zip(expr.args, words, strict=True)), out


def of_operands(parts: Operands, out: str) -> Expr:
    """The einsum of operands and their letters."""
    return operator("einsum")(*(x for x, _ in parts), spec=f"{','.join(word for _, word in parts)}->{out}")


def in_order(parts: Operands, out: str) -> tuple[Operands, str]:
    """The operands in a fixed order, and the letters in that of their appearance."""
    parts = sorted(parts, key=lambda p: order_key(p[0]))
    found = dict.fromkeys(out + "".join(word for _, word in parts))
    names = str.maketrans(dict(zip(found, LETTERS, strict=False)))
    return [(x, word.translate(names)) for x, word in parts], out.translate(names)


@array_rule("order in a contraction", "einsum", silent=True)
def contraction_in_order(expr: Apply, about: About) -> Expr | None:
    """Σ_k A_ik B_kj for Σ_b B_bj A_ib."""
    return of_operands(*in_order(*operands_of(expr)))


_ordered = of_the_call(set[Apply])
"""Operators in which every contraction is in order."""


def all_in_order(x: Expr) -> Expr:
    """An operand that a definition reads, and that is not read again by rules: its contractions in order."""
    found: Expr = ArrayRewriter((contraction_in_order,), settled=_ordered()).normal(x)
    return found


def einsum(spec: str, *operands: object) -> Expr:
    """NumPy's einsum: products of entries, summed over the letters that the result lacks.

    An ellipsis stands for the axes that have no letter; they broadcast, aligned from the right.  Raises ShapeError.
    Source: NumPy, einsum.

    >>> sd.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1])
    [3, 7]
    """
    args = tuple(as_expr(a) for a in operands)
    if "..." not in spec:
        return operator("einsum")(*args, spec=spec)
    parts, out = _without_ellipsis(args, spec.replace(" ", ""))
    of_operands(parts, out)  # so that an error names the letters as they were written
    return of_operands(*in_order(parts, out))


def _without_ellipsis(args: Args, spec: str) -> tuple[Operands, str]:
    """Letters in place of ellipses, of operands and of the result; an axis of size 1 that stretches is left out."""
    left, arrow, right = spec.partition("->")
    words, where = left.split(","), Shown("einsum", args)
    if len(words) != len(args):
        raise ShapeError(f"{spec!r} names {len(words)} operands, {len(args)} are given", where=where)
    if any(word.count("...") > 1 for word in words) or (arrow and "..." not in right and "..." in left):
        raise ShapeError(f"{spec!r}: one ellipsis an operand, and one in the result", where=where,
                         hint='sd.einsum("...ij,...jk->...ik", A, B)')
    batches = []
    for word, arg in zip(words, args, strict=True):
        shape, before = shape_of(arg), word.partition("...")[0]
        count = len(shape) - len(word.replace("...", ""))
        if count < 0:
            raise ShapeError(f"{word!r} has more letters than {with_shapes(arg)} has axes", where=where)
        batches.append(shape[len(before):len(before) + count] if "..." in word else ())
    full = broadcast_shapes(batches, where)
    fresh = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in spec][:len(full)]
    found: Operands = []
    for word, arg, batch in zip(words, args, batches, strict=True):
        own = fresh[len(full) - len(batch):]
        stretched = [size == 1 and full[len(full) - len(batch) + n] != 1 for n, size in enumerate(batch)]
        if any(stretched):
            start = word.index("...")
            index: list[Any] = [None] * len(shape_of(arg))
            for n, one in enumerate(stretched):
                index[start + n] = Integer(1) if one else None
            arg = operator("take")(arg, index=tuple(index))
            own = [c for c, one in zip(own, stretched, strict=True) if not one]
        found.append((arg, word.replace("...", "".join(own))))
    if not arrow:
        letters = left.replace(",", "").replace("...", "")
        right = "..." + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return found, right.replace("...", "".join(fresh))


# ------------------------------------------------------------------ transpose and diagonals

def _build_transpose(op: Operator, args: Args, params: Params) -> Expr:
    (a,) = args
    if len(shape_of(a)) < 2:
        return a
    if isinstance(a, Apply) and a.op is op:
        return a.args[0]
    if isinstance(a, Apply) and a.op.name == "eye":
        return a
    if isinstance(a, Apply) and a.op.name in ("ones", "zeros"):
        return operator(a.op.name)(shape=tuple(reversed(shape_of(a))))
    return Apply(op, args)


transpose_record: Operator = register(NormalisingOperator(
    name="transpose", transposes=True, reads=("Transpose",), symmetric=lambda args, shape: is_symmetric(args[0]),
    batched=stacked_transpose, free=True, multilinear=True, plain=True, keeps_sign=2, build=_build_transpose,
    shape=lambda args, params: tuple(reversed(shape_of(args[0]))),
    definition=lambda out, args, params: at(args[0], tuple(reversed(out))),
    text=lambda write, args, params: postfix(write, args[0], ".T"),
    latex=lambda write, args, params: postfix(write, args[0], r"^{\top}"),
    numpy=lambda sources, params, shapes: f"np.transpose({sources[0]})",
    example=lambda: Tensor("A", (dims("m"), dims("n"))).T))


def transpose(a: object, axes: tuple[int, ...] | None = None) -> Expr:
    """All axes reversed, or in the order given; a vector is its own transpose, as in NumPy.  Raises ShapeError.

    Source: NumPy, transpose.

    >>> sd.transpose([[1, 2], [3, 4]])
    [[1, 3], [2, 4]]
    """
    if axes is None:
        return operator("transpose")(as_expr(a))
    return permute(a, axes)


def _diag_shape(args: Args, params: Params) -> Shape:
    (a,) = args
    shape = shape_of(a)
    if len(shape) == 1:
        return shape * 2
    if len(shape) == 2 and same_size(*shape):
        return shape[:1]
    raise ShapeError(f"diag takes a vector or a square matrix, not {with_shapes(a)}", where=Shown("diag", args))


def _diag_definition(out: Args, args: Args, params: Params) -> Expr:
    (a,) = args
    if len(shape_of(a)) == 1:
        return at(a, out[:1]) * KroneckerDelta(out[0], out[1])
    return at(a, (out[0], out[0]))


def _diag_name(a: Expr) -> str:
    return "Diag" if len(shape_of(a)) == 1 else "diag"


diag_record: Operator = register(Operator(
    name="diag", symmetric=lambda args, shape: True, batched=stacked_diag, multilinear=True, plain=True,
    keeps_sign=1, reads=("Diag",), bare=True, shape=_diag_shape,
    definition=_diag_definition,
    text=lambda write, args, params: f"{_diag_name(args[0])}({write(args[0])})",
    latex=lambda write, args, params: rf"\operatorname{{{_diag_name(args[0])}}}\left({write(args[0])}\right)",
    numpy=lambda sources, params, shapes: f"np.diag({sources[0]})",
    example=lambda: diag(Tensor("p", (dims("n"),)))))


def diag(a: object) -> Expr:
    """The diagonal matrix of a vector, or the diagonal of a square matrix, as NumPy's diag.  Raises ShapeError.

    Source: NumPy, diag.

    >>> sd.diag([1, 2])
    [[1, 0], [0, 2]]
    """
    return operator("diag")(as_expr(a))


__all__ = ["diag", "dot", "einsum", "matmul", "matrix_power", "outer", "trace", "transpose"]
