"""What an elaborated tree is: an expression that knows whether it stands as a row or a column, and how two combine.

The array language has vectors without a direction; written mathematics has columns and rows.  The direction is tracked
here, while products are read, and products that do not conform are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Integer, Pow, Rational, S, Tuple, fraction

from ... import layers
from ...arrays.arrays import as_expr
from ...arrays.operator import is_array, operator, shape_of
from ...arrays.registry import RECORDS
from ...arrays.sizes import Shape, same_size, show_shape
from ...arrays.symmetry import is_symmetric
from ...bounds import admit_number, admit_power
from ...errors import DeclarationError, ShapeError
from .entrywise import as_vector

COLUMN, ROW, EITHER = "column", "row", "either"
EYE, ONES, ZEROS = RECORDS.eye.name, RECORDS.ones.name, RECORDS.zeros.name
"""What a pending array may be, beside a matrix of ones and the like."""
EYE_KRON, KRON_EYE = "eye kron", "kron eye"
KRONS = (EYE_KRON, KRON_EYE)
"""I ⊗ A and A ⊗ I, which carry A."""


@dataclass(frozen=True)
class DerivativeChain:
    """A derivative of ``of`` by ``by``; the axes of ``of`` stand first, or last where it is ``flipped``.

    ``of`` is None for what a product made of another array and derivatives.
    """

    of: Expr | None
    by: Expr
    flipped: bool = False


@dataclass(frozen=True)
class Value:
    """An expression; ``stands`` is the direction of a vector; ``pending`` an array whose size its neighbours decide.

    A pending array (``EYE``, ``ONES``, ``ZEROS``, or "matrix" for one of ones) has its scalar factor as ``expr``; one that
    has the same vector in all its "columns" or "rows", as many as are needed, carries the vector; "centring" stands for
    a I + b 1 1ᵀ and carries both numbers.
    ``chain`` says of a derivative what was differentiated by what, so that a product of derivatives is a chain rule.
    """

    expr: Expr
    stands: str = ""
    pending: str = ""
    chain: DerivativeChain | None = None

    @property
    def shape(self) -> Shape:
        return () if self.pending else shape_of(self.expr)

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def scalar(self) -> bool:
        return not self.pending and not self.shape

    @property
    def written(self) -> str:
        """The shape as mathematics counts it: a column is n x 1, a row 1 x n."""
        if self.pending:
            return _WORDS[self.pending][0]
        if self.rank == 1:
            return f"({self.shape[0]}, 1)" if self.stands != ROW else f"(1, {self.shape[0]})"
        return show_shape(self.shape)

    def described(self) -> str:
        """For messages: the expression with its shape."""
        kind = {0: "a scalar", 1: f"a {self.stands or COLUMN} of shape {self.written}"}.get(
            self.rank, f"of shape {self.written}")
        return f"{self.expr}, {kind}" if not self.pending else self.written


def value(expr: object, stands: str = COLUMN) -> Value:
    """A value; vectors are columns unless it is said otherwise."""
    expression = as_expr(expr)
    return Value(expression, stands if len(shape_of(expression)) == 1 else "")


class NeedsNumber(ShapeError):
    """Something that has a meaning only at a number for a name; ``names`` can be given to declare(..., numbers=...)."""

    def __init__(self, message: str | Callable[[], str], names: tuple[str, ...] = (), **more: Any) -> None:
        more.setdefault("hint", f"give {', '.join(names)} a number" if names else None)
        super().__init__(message, **more)
        self.names = names


class NeedsName(DeclarationError, ShapeError):
    """A function of a matrix that is read only as a declared name."""


def nonconforming(a: Value, b: Value, sign: str, hint: str | None = None) -> ShapeError:
    """The error for two operands that do not fit."""
    return ShapeError(lambda: f"{a.described()} and {b.described()} do not conform under {sign}", hint=hint)


def settle(pending: Value, shape: Shape) -> Value:
    """An array whose size is now known."""
    if pending.pending in ("columns", "rows"):
        return _repeated(pending, shape)
    if pending.pending in KRONS:
        return _with_identity(pending, shape)
    if pending.pending == EYE:
        if len(shape) != 2 or not same_size(*shape):
            raise ShapeError(f"an identity matrix stands where something of shape {show_shape(shape)} is needed")
        made = layers.eye(size=shape[0])
    elif pending.pending == "centring":
        parts = (Value(number, "", kind) for number, kind in zip(pending.expr.args, (EYE, "matrix"), strict=True))
        return plus(*(settle(part, shape) for part in parts))
    elif pending.pending == "matrix":
        if len(shape) != 2:
            raise ShapeError(f"a matrix stands where something of shape {show_shape(shape)} is needed",
                             hint="write vector(1)")
        made = RECORDS.ones(shape=shape)
    else:
        made = operator(pending.pending)(shape=shape)
    scaled = made if pending.expr == 1 else RECORDS.mul(pending.expr, made)
    return Value(scaled, (pending.stands or COLUMN) if len(shape) == 1 else "")


def _repeated(pending: Value, shape: Shape) -> Value:
    """b 1ᵀ or 1 bᵀ with as many columns or rows as are needed."""
    vector = pending.expr
    axis = 0 if pending.pending == "columns" else 1
    if len(shape) != 2 or not same_size(shape[axis], shape_of(vector)[0]):
        raise ShapeError(f"{pending.written} of {vector} stand where something of shape {show_shape(shape)} is needed")
    ones = RECORDS.ones(shape=(shape[1 - axis],))
    return Value(layers.outer(vector, ones) if axis == 0 else layers.outer(ones, vector))


def _with_identity(pending: Value, shape: Shape) -> Value:
    """I ⊗ A or A ⊗ I with the identity that gives the shape."""
    own = shape_of(pending.expr)
    count, rest = fraction(shape[0] / own[0])
    if len(shape) != 2 or rest != 1 or not same_size(shape[1], count * own[1]):
        raise ShapeError(f"no identity matrix makes {pending.written} of {pending.expr} fit {show_shape(shape)}")
    eye = layers.eye(size=count)
    return Value(layers.kron(*((eye, pending.expr) if pending.pending == EYE_KRON else (pending.expr, eye))))


def _krons_multiplied(a: Value, b: Value) -> Value | None:
    """(I ⊗ A)(I ⊗ B) = I ⊗ A B, (A ⊗ I)(I ⊗ B) = A ⊗ B, and a product with what says how large the identity is."""
    if a.pending in KRONS and b.pending in KRONS:
        if a.pending == b.pending:
            return replace(a, expr=times(Value(a.expr), Value(b.expr)).expr)
        return Value(layers.kron(*((a.expr, b.expr) if a.pending == KRON_EYE else (b.expr, a.expr))))
    if a.pending in KRONS and b.rank in (1, 2) and (b.rank, b.stands) != (1, ROW):
        rows, columns = shape_of(a.expr)
        side = b.shape[0]
        return times(settle(a, (side / columns * rows, side)), b)
    if b.pending in KRONS and a.rank in (1, 2) and (a.rank, a.stands) != (1, COLUMN):
        rows, columns = shape_of(b.expr)
        side = a.shape[-1]
        return times(a, settle(b, (side, side / rows * columns)))
    return None


# ------------------------------------------------------------------ sums

def plus(a: Value, b: Value) -> Value:
    """a + b; a scalar is added to every entry, a vector to every row of a matrix as NumPy does."""
    if a.pending and b.pending:
        if a.pending == b.pending and a.stands == b.stands:
            added = RECORDS.add(a.expr, b.expr) if is_array(a.expr) else a.expr + b.expr
            return replace(a, expr=added)
        if {a.pending, b.pending} == {*KRONS}:
            left, right = shape_of(a.expr), shape_of(b.expr)
            shape = (left[0] * right[0], left[1] * right[1])
            return plus(settle(a, shape), settle(b, shape))
        if {a.pending, b.pending} <= {EYE, "matrix", "centring"}:
            return Value(Tuple(*(x + y for x, y in zip(_centring(a), _centring(b), strict=True))), "", "centring")
        if EYE in (a.pending, b.pending) and is_array(a.expr) != is_array(b.expr):
            side = shape_of(a.expr if is_array(a.expr) else b.expr)[0]
            return plus(settle(a, (side, side)), settle(b, (side, side)))
        raise ShapeError("the sizes of these arrays are not known", hint="write eye(n), ones(n) or zeros(n)")
    if a.pending or b.pending:
        known, open_ = (b, a) if a.pending else (a, b)
        if known.scalar:
            if open_.pending == ZEROS:
                return known
            raise ShapeError("a scalar and an array of unknown size are added", hint="write eye(n), ones(n) or zeros(n)")
        made = settle(replace(open_, stands=known.stands), known.shape)
        return plus(made, b) if a.pending else plus(a, made)
    a, b = aligned(a, b, "+")
    return Value(RECORDS.add(a.expr, b.expr), _direction(a, b))


def _centring(v: Value) -> tuple[Expr, ...]:
    """The multiples of I and of 1 1ᵀ that an array of open size is."""
    return v.expr.args if v.pending == "centring" else (v.expr, S.Zero) if v.pending == EYE else (S.Zero, v.expr)


def _direction(a: Value, b: Value) -> str:
    if a.rank > 1 or b.rank > 1:
        return ""
    both = {a.stands, b.stands} - {"", EITHER}
    return both.pop() if both else (a.stands or b.stands)


def aligned(a: Value, b: Value, sign: str) -> tuple[Value, Value]:
    """Operands of an entrywise operation, made to match; refuses a row with a column, and what would stretch both."""
    if a.scalar or b.scalar:
        return a, b
    if a.rank == 1 and b.rank == 1:
        if {a.stands, b.stands} == {COLUMN, ROW}:
            raise nonconforming(a, b, sign, "transpose one of them")
        if not same_size(a.shape[0], b.shape[0]) and 1 not in (a.shape[0], b.shape[0]):
            raise nonconforming(a, b, sign)
        return a, b
    if a.rank == 2 and b.rank == 2:
        stretched = [sum(x == 1 and y != 1 for x, y in zip(p, q, strict=True)) for p, q in
                     ((a.shape, b.shape), (b.shape, a.shape))]
        if all(stretched):
            raise nonconforming(a, b, sign, "transpose one of them")
    if {a.rank, b.rank} == {1, 2}:
        vector, matrix = (a, b) if a.rank == 1 else (b, a)
        lone = [axis for axis in range(2) if matrix.shape[axis] == 1 and matrix.shape[1 - axis] != 1]
        if (lone == [1] and vector.stands != ROW) or (lone == [0] and vector.stands != COLUMN):
            # A matrix with one column (row) beside a column (row): the same thing in two declarations.
            flat = Value(as_vector(matrix.expr), COLUMN if lone == [1] else ROW)
            return (a, flat) if a.rank == 1 else (flat, b)
        if lone:
            raise nonconforming(a, b, sign, "transpose one of them")
        if vector.stands == COLUMN and same_size(*matrix.shape):
            raise nonconforming(a, b, sign, "write b' to add it to every row, or b*ones(n)' to add it to every column")
        if not same_size(vector.shape[0], matrix.shape[1]) and vector.shape[0] != 1:
            raise nonconforming(a, b, sign, "a vector is added to every row of a matrix: one entry for each column")
    return a, b


# ------------------------------------------------------------------ products

def scaled(scalar: Expr, v: Value) -> Value:
    """A number times anything."""
    if v.pending and not is_array(v.expr):
        return replace(v, expr=Tuple(*(scalar * x for x in v.expr.args)) if v.pending == "centring" else scalar * v.expr)
    if v.pending:
        return replace(v, expr=RECORDS.mul(scalar, v.expr))
    return Value(RECORDS.mul(scalar, v.expr), v.stands, chain=v.chain)


def flat_scaled(scalar: Expr, v: Value) -> Value:
    """A number times an entrywise product, as one more of its factors."""
    if RECORDS.mul.of(v.expr) and v.shape:
        factors = v.expr.args
        if not is_array(factors[0]):
            scalar, factors = scalar * factors[0], factors[1:]
        return Value(RECORDS.mul(scalar, *factors), v.stands)
    return scaled(scalar, v)


def hadamard_of(factors: list[Value]) -> Value:
    """The entrywise product of several arrays of one rank, as one product."""
    first = factors[0]
    for each in factors[1:]:
        aligned(first, each, ".*")
    stands = next((v.stands for v in factors if v.stands not in ("", EITHER)), first.stands)
    return Value(RECORDS.mul(*(v.expr for v in factors)), stands)


def hadamard(a: Value, b: Value, sign: str = ".*") -> Value:
    """Entry by entry."""
    if a.pending or b.pending:
        a, b = _settled_like(a, b)
    if a.scalar or b.scalar:
        return scaled(a.expr, b) if a.scalar else scaled(b.expr, a)
    a, b = aligned(a, b, sign)
    return Value(RECORDS.mul(a.expr, b.expr), _direction(a, b))


def _settled_like(a: Value, b: Value) -> tuple[Value, Value]:
    if a.pending and not b.pending and b.shape:
        return settle(replace(a, stands=b.stands), b.shape), b
    if b.pending and not a.pending and a.shape:
        return a, settle(replace(b, stands=a.stands), a.shape)
    raise ShapeError("the size of an array of ones or an identity is not known here",
                     hint="write eye(n), ones(n) or zeros(n)")


def settled_together(given: list[Value]) -> list[Value]:
    """Operands of a function of entries: arrays of open size take that of another.  Raises ShapeError."""
    if len(given) == 2 and bool(given[0].pending) != bool(given[1].pending):
        return list(_settled_like(*given))
    return [known_value(v) for v in given]


def entry_by_entry(record: Callable[..., Expr], a: Value, b: Value) -> Value:
    """A function of two numbers, entry by entry.  Raises ShapeError as a sum does."""
    if a.rank and b.rank:
        a, b = aligned(a, b, ",")
    return Value(record(a.expr, b.expr), _direction(a, b))


def over(a: Value, b: Value, sign: str = "/", entrywise: bool = False) -> Value:
    """a divided by a scalar, or entry by entry where that is meant."""
    if b.scalar:
        if b.expr == 0:
            raise ShapeError("a division by zero has no value")
        return scaled(1 / b.expr, a)
    if b.pending:
        a, b = _settled_like(a, b)
    if not entrywise and not (b.rank == 1 and _written_by_entries(b.expr)):
        raise ShapeError(f"{b.described()}, stands below a division", hint="./ divides entry by entry; inv(A) inverts")
    inverse = Value(RECORDS.pow(b.expr, Integer(-1)), b.stands)
    if a.scalar and a.expr == 1:
        return inverse
    return hadamard(a, inverse, sign)


def _written_by_entries(x: Expr) -> bool:
    """Whether a number is added to every entry of what is below: 1 + e^(-z) has a meaning only entry by entry."""
    return RECORDS.add.of(x) and not all(map(is_array, x.args))


def times(a: Value, b: Value, sign: str = "*") -> Value:
    """The product of linear algebra: a column is n x 1, a row 1 x n.  Raises ShapeError for what does not conform."""
    linked = _linked(a, b)
    if linked is not None:
        return linked
    if a.scalar or b.scalar:
        if a.scalar and b.scalar:
            return Value(a.expr * b.expr)
        return scaled(a.expr, b) if a.scalar else scaled(b.expr, a)
    if a.pending or b.pending:
        return _times_pending(a, b, sign)
    if a.rank > 2 or b.rank > 2:
        raise nonconforming(a, b, sign, "use einsum for arrays with more than two axes")
    a, b = _directed(a, b)
    if a.rank == b.rank == 1 and a.stands == b.stands:
        raise nonconforming(a, b, sign, "write x'*y for the dot product, x*y' for the outer one, x.*y entry by entry")
    if a.rank == 1:
        return _column_times(a, b, sign) if a.stands == COLUMN else _row_times(a, b, sign)
    if b.rank == 1 and b.stands == ROW:
        if a.shape[1] == 1:
            return Value(layers.outer(as_vector(a.expr), b.expr))
        raise nonconforming(a, b, sign, _transposing(a, b))
    _same(a, b, a.shape[1], b.shape[0], sign)
    if a.shape[0] == 1 and (b.rank == 1 or (b.shape[1] == 1 and a.shape[1] != 1)):
        return Value(layers.matmul(as_vector(a.expr), as_vector(b.expr)))
    return Value(layers.matmul(a.expr, b.expr), COLUMN if b.rank == 1 else "")


def _column_times(a: Value, b: Value, sign: str) -> Value:
    """A column in front of what has one row."""
    if b.rank == 2 and b.shape[0] != 1:
        raise nonconforming(a, b, sign, _transposing(a, b))
    return Value(layers.outer(a.expr, as_vector(b.expr)))


def _row_times(a: Value, b: Value, sign: str) -> Value:
    """A row in front of a column or a matrix."""
    _same(a, b, a.shape[0], b.shape[0], sign)
    return Value(layers.matmul(a.expr, b.expr), ROW if b.rank == 2 else "")


def _linked(a: Value, b: Value) -> Value | None:
    """∂u/∂v · ∂v/∂w, summed over all entries of v; (∂u/∂v)ᵀ ∂s/∂u in the same way.  None for any other product."""
    if a.chain is None or b.chain is None or b.chain.flipped or b.chain.of is None:
        return None
    if not a.chain.flipped and a.chain.by == b.chain.of:
        return _joined(a, b, len(shape_of(a.chain.by)), DerivativeChain(a.chain.of, b.chain.by))
    if a.chain.flipped and a.chain.of == b.chain.by and not shape_of(b.chain.of):
        return _joined(b, replace(a, expr=flipped_axes(a)), b.rank, DerivativeChain(b.chain.of, a.chain.by))
    return None


def flipped_axes(v: Value) -> Expr:
    """A derivative whose last axes are those of what was differentiated, with these first."""
    assert v.chain is not None
    return moved(v.expr, len(shape_of(v.chain.by)))


def moved(array: Expr, count: int) -> Expr:
    """An array with its first axes behind the others."""
    rank = len(shape_of(array))
    if not 0 < count < rank:
        return array
    if rank == 2:
        made: Expr = layers.transpose(array)
        return made
    letters = "abcdefghijklmnop"[:rank]
    made = RECORDS.einsum(array, spec=f"{letters}->{letters[count:]}{letters[:count]}")
    return made


def contracted(a: Value, b: Value) -> Value | None:
    """An array and the derivative behind it of something of the array's shape; None where the shapes differ."""
    if b.chain is None or b.chain.flipped or b.chain.of is None or a.pending:
        return None
    shape = shape_of(b.chain.of)
    if not shape or len(shape) != a.rank or not all(map(same_size, shape, a.shape)):
        return None
    if a.rank == 1 and b.rank == 2 and a.chain is None and a.stands == COLUMN:
        # A column in front of a matrix lacks its transpose.
        return None
    return _joined(a, b, a.rank, DerivativeChain(None, b.chain.by))


def as_row(a: Value, b: Value) -> Value | None:
    """A gradient before a matrix that stands for a Jacobian, as the row that it is there; None for anything else."""
    if a.chain is None or a.rank != 1 or b.rank != 2 or a.stands != COLUMN or not same_size(a.shape[0], b.shape[0]):
        return None
    return replace(times(replace(a, stands=ROW, chain=None), b), stands=EITHER)


def _joined(a: Value, b: Value, count: int, chain: DerivativeChain) -> Value:
    """The last ``count`` axes of one array summed with the first of another."""
    if not count:
        made = scaled(a.expr, b) if a.scalar else Value(RECORDS.mul(a.expr, b.expr)) if b.scalar \
            else Value(_einsum(a, b, 0))
    elif (a.rank, b.rank, count) == (1, 2, 1):
        made = Value(layers.matmul(layers.transpose(b.expr), a.expr))
    elif count == 1 and a.rank <= 2 and b.rank <= 2:
        made = Value(layers.matmul(a.expr, b.expr))
    elif a.rank == b.rank == count:
        made = frobenius(Value(a.expr), Value(b.expr))
    else:
        made = Value(_einsum(a, b, count))
    return Value(made.expr, COLUMN if made.rank == 1 else "", chain=chain)


def _einsum(a: Value, b: Value, count: int) -> Expr:
    if a.rank + b.rank - count > 20:
        raise ShapeError("this product of derivatives has too many axes")
    left = "abcdefghijklmnopqrst"[:a.rank]
    right = left[a.rank - count:] + "abcdefghijklmnopqrst"[a.rank:a.rank + b.rank - count]
    made: Expr = RECORDS.einsum(a.expr, b.expr, spec=f"{left},{right}->{left[:a.rank - count]}{right[count:]}")
    return made


def _transposing(a: Value, b: Value) -> str | None:
    """A hint that helps: the transposition that would make the product conform."""
    if a.rank == 1 and same_size(a.shape[0], b.shape[0]):
        return "transpose the first: x'*A"
    if b.rank == 1 and same_size(a.shape[1], b.shape[0]):
        return "transpose the second: A*x"
    return None


def _same(a: Value, b: Value, left: Expr, right: Expr, sign: str) -> None:
    if not same_size(left, right):
        raise nonconforming(a, b, sign, "transpose one of them" if a.rank == 2 or b.rank == 2 else None)


def _directed(a: Value, b: Value) -> tuple[Value, Value]:
    """Vectors that may stand either way take the direction that makes the product conform."""
    if a.stands == EITHER:
        a = replace(a, stands=COLUMN if b.rank == 1 and b.stands == ROW else ROW)
    if b.stands == EITHER:
        b = replace(b, stands=COLUMN)
    return a, b


def _times_pending(a: Value, b: Value, sign: str) -> Value:
    """I A, A 1, 1ᵀ A and so on: the neighbour's size decides."""
    if EYE not in (a.pending, b.pending) and (multiplied := _krons_multiplied(a, b)) is not None:
        return multiplied
    if a.pending and b.pending:
        if a.pending == EYE:
            return scaled(a.expr, b)
        if b.pending == EYE:
            return scaled(b.expr, a)
        if a.pending == b.pending == ONES and (a.stands or COLUMN, b.stands) == (COLUMN, ROW):
            return Value(a.expr * b.expr, "", "matrix")
        raise ShapeError("the sizes of these arrays are not known", hint="write ones(n)")
    open_, known = (a, b) if a.pending else (b, a)
    if known.rank > 2:
        raise nonconforming(a, b, sign)
    if is_array(open_.expr):
        return _times_repeated(a, b, sign)
    if open_.pending == "matrix":
        return _times_ones(open_.expr, known, bool(a.pending))
    if open_.pending == ONES and known.rank == 2 and b.pending and known.shape[1] == 1 and open_.stands == ROW:
        # rowsum(A) 1ᵀ: the column is repeated as often as there is room.
        known = Value(RECORDS.sum(known.expr, axis=1), COLUMN)
    if known.rank == 1 and (open_.stands, known.stands) == ((COLUMN, ROW) if a.pending else (ROW, COLUMN)):
        return Value(scaled(open_.expr, known).expr, "", "rows" if a.pending else "columns")
    if open_.pending == EYE and known.chain is not None:
        return scaled(open_.expr, known)
    side = (known.shape[0] if a.pending else known.shape[-1]) if known.rank == 2 else known.shape[0]
    if open_.pending in (EYE, "centring"):
        made = settle(open_, (side, side))
    elif known.rank == 1 and (known.stands == COLUMN) == bool(a.pending) and open_.stands != (ROW if a.pending else COLUMN):
        # 1 xᵀ has as many rows as one likes: nothing says how many.
        if (a.pending and known.stands == COLUMN) or (b.pending and known.stands == ROW):
            made = settle(replace(open_, stands=ROW if a.pending else COLUMN), (side,))
        else:
            raise ShapeError("the size of a vector of ones is not known here", hint="write ones(n)")
    else:
        made = settle(replace(open_, stands=ROW if a.pending else COLUMN), (side,))
    return times(made, b, sign) if a.pending else times(a, made, sign)


def _times_ones(number: Expr, known: Value, in_front: bool) -> Value:
    """1 1ᵀ A = 1 (1ᵀA), of as many rows as are needed; 1 1ᵀ x = (1ᵀx) 1; the same for A 1 1ᵀ and xᵀ 1 1ᵀ."""
    if known.rank == 1:
        if known.stands == (ROW if in_front else COLUMN):
            raise ShapeError(f"a matrix and {known.described()} do not conform under *", hint="transpose the vector")
        return Value(number * RECORDS.sum(known.expr), COLUMN if in_front else ROW, ONES)
    sums = RECORDS.sum(known.expr, axis=0 if in_front else 1)
    return Value(RECORDS.mul(number, sums) if number != 1 else sums, "", "rows" if in_front else "columns")


def _times_repeated(a: Value, b: Value, sign: str) -> Value:
    """A (b 1ᵀ) = (A b) 1ᵀ, and (b 1ᵀ) A where the rows of A say how many columns there are; the same for 1 bᵀ."""
    open_, known = (a, b) if a.pending else (b, a)
    columns = open_.pending == "columns"
    if columns == bool(a.pending):
        side = known.shape[0] if known.rank < 3 and a.pending else known.shape[-1]
        length = shape_of(open_.expr)[0]
        made = settle(open_, (length, side) if columns else (side, length))
        return times(made, b, sign) if a.pending else times(a, made, sign)
    found = times(a, Value(open_.expr, COLUMN), sign) if columns else times(Value(open_.expr, ROW), b, sign)
    if found.scalar:
        return Value(found.expr, ROW if columns else COLUMN, ONES)
    return Value(found.expr, "", open_.pending)


def dot(a: Value, b: Value, sign: str = "cdot") -> Value:
    """A dot between two vectors of one direction is the inner product, otherwise the product of linear algebra."""
    if a.rank == 1 and b.rank == 1 and a.stands == b.stands:
        _same(a, b, a.shape[0], b.shape[0], sign)
        return Value(layers.matmul(a.expr, b.expr))
    return times(a, b, sign)


def numpy_product(a: Value, b: Value, sign: str = "@") -> Value:
    """@ as NumPy has it: vectors have no direction, so x @ y is a number and x @ A a row."""
    if a.rank == 1 and a.stands == COLUMN and not b.scalar and not (b.rank == 1 and b.stands == ROW):
        found = times(replace(a, stands=ROW), replace(b, stands=COLUMN) if b.rank == 1 else b, sign)
        return replace(found, stands=COLUMN) if found.rank == 1 else found
    return times(a, b, sign)


def frobenius(a: Value, b: Value) -> Value:
    """Σ a_i b_i over all entries of two arrays of one shape."""
    if a.scalar and b.scalar:
        return Value(a.expr * b.expr)
    if a.pending or b.pending:
        a, b = _settled_like(a, b)
    if a.rank == 1 and b.rank == 1:
        return dot(a, replace(b, stands=a.stands), ":")
    if a.rank != b.rank or not all(map(same_size, a.shape, b.shape)):
        raise nonconforming(a, b, ":")
    return Value(RECORDS.sum(RECORDS.mul(a.expr, b.expr)))


def outer(a: Value, b: Value) -> Value:
    """a bᵀ of two vectors, declared as rows, columns or neither; the Kronecker product of matrices."""
    if all(v.rank == 2 and 1 in v.shape for v in (a, b)):
        return Value(layers.outer(as_vector(a.expr), as_vector(b.expr)))
    return kronecker(a, b)


def kronecker(a: Value, b: Value) -> Value:
    """The Kronecker product of matrices; of vectors without a direction a bᵀ, as many write it."""
    for kind, eye, other in ((EYE_KRON, a, b), (KRON_EYE, b, a)):
        if eye.pending == EYE and other.rank == 2:
            return Value(RECORDS.mul(eye.expr, other.expr) if eye.expr != 1 else other.expr, "", kind)
    if a.scalar or b.scalar:
        return times(a, b)
    if a.rank == 1 and b.rank == 1:
        return Value(layers.outer(a.expr, b.expr))
    return Value(layers.kron(a.expr, b.expr))


def transposed(v: Value) -> Value:
    """A row for a column, a column for a row."""
    if v.pending in ("columns", "rows"):
        return replace(v, pending="rows" if v.pending == "columns" else "columns")
    if v.pending in ("matrix", "centring"):
        return v
    if v.pending in KRONS:
        return replace(v, expr=layers.transpose(v.expr))
    if v.pending:
        return replace(v, stands={COLUMN: ROW, ROW: COLUMN, "": ROW if v.pending != EYE else ""}[v.stands])
    if v.chain is not None and v.chain.of is not None and v.rank > 1 and shape_of(v.chain.of):
        return Value(moved(v.expr, v.rank - len(shape_of(v.chain.by if not v.chain.flipped else v.chain.of))),
                     chain=replace(v.chain, flipped=not v.chain.flipped))
    if v.rank == 1:
        return replace(v, stands=COLUMN if v.stands == ROW else ROW, chain=None)
    return v if v.scalar else Value(layers.transpose(v.expr))


def raised(base: Value, exponent: Expr, entrywise: bool = False) -> Value:
    """A power: of a number; of a square matrix as repeated product; entry by entry otherwise."""
    if base.scalar:
        return Value(power_of(base.expr, exponent))
    if base.pending in KRONS and not entrywise:
        return replace(base, expr=raised(Value(base.expr), exponent).expr)
    if base.pending:
        if base.pending in (EYE, ONES) or (base.pending == "matrix" and entrywise):
            return replace(base, expr=base.expr ** exponent)
        raise ShapeError(f"the size of {base.written} is not known here", hint=_WORDS[base.pending][1])
    square = base.rank == 2 and same_size(*base.shape)
    if exponent == -1 and not entrywise:
        if not square:
            raise ShapeError(f"{base.described()}, has no inverse", hint="1./x divides entry by entry")
        return Value(layers.inv(base.expr))
    if entrywise or not square or base.shape[0] == 1:
        return Value(RECORDS.pow(base.expr, exponent), base.stands)
    if exponent.is_integer and exponent.free_symbols:
        raise NeedsNumber(f"the power {exponent} of the matrix {base.expr} is read for numbers only",
                          tuple(sorted(map(str, exponent.free_symbols))))
    if isinstance(exponent, Rational) and exponent.q == 2 and is_symmetric(base.expr):
        return raised(Value(layers.sqrtm(base.expr)), Integer(exponent.p))
    if not isinstance(exponent, Integer):
        size = base.shape[0]
        raise NeedsName(f"the power {exponent} of the matrix {base.expr} is a matrix function, not a repeated product",
                        hint=f"declare {base.expr} symmetric; or R: {size} {size}, a name for the power; or write .^ for "
                             "a power entry by entry")
    if exponent == 0:
        return settle(Value(S.One, "", EYE), base.shape)
    if exponent < 0:
        return raised(Value(layers.inv(base.expr)), -exponent)
    if exponent > 64:
        raise ShapeError(f"the power {exponent} of a matrix is too long to write out")
    result = base
    for _ in range(int(exponent) - 1):
        result = times(result, base)
    return result


def power_of(base: Expr, exponent: Expr) -> Expr:
    """A power of a number.  Raises BoundExceeded before a whole number grows out of hand."""
    if base.is_Rational and exponent.is_Rational:
        admit_power(base, exponent, where=Pow(base, exponent, evaluate=False))
        if base == 0 and exponent < 0:
            raise ShapeError("a division by zero has no value")
    elif exponent.is_Rational:
        admit_power(base.as_coeff_Mul(rational=True)[0], exponent, where=Pow(base, exponent, evaluate=False))
    return base ** exponent


def bounded(expr: Expr) -> Expr:
    """Refuses whole numbers too long to be written."""
    if expr.is_Rational:
        admit_number(expr)
    return expr


# What an array of open size is called, and how it is written with its size.
_WORDS = {EYE: ("an identity matrix", "write eye(n)"), ONES: ("ones", "write ones(n)"),
          ZEROS: ("zeros", "write zeros(n)"), "matrix": ("a matrix of ones", "write ones(m, n)"),
          "centring": ("an identity matrix and ones", "write eye(n) and ones(n, n)"),
          "columns": ("repeated columns", "write b*ones(n)'"),
          EYE_KRON: ("the Kronecker product with an identity matrix", "write kron(eye(n), A)"),
          KRON_EYE: ("the Kronecker product with an identity matrix", "write kron(A, eye(n))"),
          "rows": ("repeated rows", "write ones(n)*b'")}


def known_value(v: Value) -> Value:
    """Refuses an array whose size nothing decided."""
    if v.pending:
        raise ShapeError(f"the size of {v.written} is not known",
                         hint=_WORDS[v.pending][1])
    return v


def square_value(v: Value) -> Value:
    """What stands below a trace or determinant: one column says how often it is repeated."""
    return settle(v, shape_of(v.expr) * 2) if v.pending in ("columns", "rows") else known_value(v)


def as_scalar(v: Value, what: str = "this") -> Expr:
    """The expression of a scalar; a 1 x 1 array is its entry."""
    if v.pending:
        raise ShapeError(f"{what} must be a scalar, not {v.written}")
    if v.shape and all(size == 1 for size in v.shape):
        found: Any = v.expr
        return found[(Integer(1),) * v.rank]
    if is_array(v.expr):
        raise ShapeError(f"{what} must be a scalar, not {v.described()}")
    return v.expr
