"""What is given as an operand: expressions, numbers, and arrays of numbers, which stand in an expression as constants.

Ones, zeros and the identity are known by these names; another array is written out entry by entry, which only small ones
can be: a large one is data, and is declared as a tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from sympy import Expr, Integer
from sympy.core.function import Function
from sympy.matrices.expressions.matexpr import MatrixExpr

from ..bounds import SCALAR_DEPTH, WRITTEN_OUT, admit_number
from ..errors import BoundExceeded, DeclarationError, ShapeError
from ..late import loaded_numpy
from .registry import RECORDS, is_array, operator, shape_of
from .sizes import Shape, as_shape, show_shape
from .strict import expression, is_rows, refusal, rows_of, shown
from .walks import ArrayNode, depths

EXACT = 2**53
"""Below this, floating-point numbers tell all whole numbers apart."""
MOST_ENTRIES = 256
"""As many numbers as a formula can show."""
NUMBERS: ContextVar[Callable[[object], Expr | None] | None] = ContextVar("numbers", default=None)
"""What stands for an array of numbers while an operator is called with some; unset, arrays are declared."""


def as_expr(value: object) -> Expr:
    """A SymPy expression; a SymPy function of an array becomes the elementwise operator of that name.

    Numbers of any library are one, arrays of numbers are constants.  Raises DeclarationError for anything else: text is
    never evaluated.
    """
    if isinstance(value, ArrayNode):
        return value._operand()
    stand_in = NUMBERS.get()
    if stand_in is not None and (found := stand_in(value)) is not None:
        return found
    if is_rows(value):
        return constant(value)
    expr = admitted(expression(value))
    if isinstance(expr, Function) and any(is_array(arg) for arg in expr.args):
        return operator(type(expr).__name__.lower())(*expr.args)
    return expr


def admitted(expr: Expr) -> Expr:
    """An expression that SymPy can print and compare.  Raises BoundExceeded for one that is too deep or too large."""
    _, nested, count = depths(expr)
    SCALAR_DEPTH.admit(nested)
    WRITTEN_OUT.admit(count)
    return expr


def writable(*values: object) -> bool:
    """Whether SymPy can print and compare each of these, or it is no expression."""
    for value in values:
        if isinstance(value, Expr) and value.args and not isinstance(value, ArrayNode):
            _, nested, count = depths(value)
            if nested > SCALAR_DEPTH.limit or count > WRITTEN_OUT.limit:
                return False
    return True


def operand(value: object) -> Any:
    """What stands beside one of our expressions, as an expression (or a whole number).  Raises DeclarationError."""
    # SymPy's own methods set numbers such as I beside an expression: these are refused where an array is formed.
    if type(value) is int:
        admit_number(value)
        return value
    if isinstance(value, ArrayNode):
        return value
    if isinstance(value, Expr) and not isinstance(value, MatrixExpr):
        return admitted(value)
    return as_expr(value)


def constant(value: Any) -> Expr:
    """An array as an expression of its entries; one without axes as a number.

    Raises DeclarationError for entries that are neither numbers nor expressions, ShapeError for rows that differ in
    length, and BoundExceeded for an array that is too large to be written out.
    """
    array = _plain(value)
    if array is not None:
        return _of_numbers(array)
    rows = rows_of(value)
    if not isinstance(rows, list):
        return _entry(rows)
    _bounded(value, _count(rows))
    stacked = _stacked(rows)
    return _named(stacked) or stacked


def _plain(value: Any) -> Any:
    """NumPy's array of numbers for what is one already, or wholly becomes one; None for objects and expressions."""
    np = loaded_numpy()
    if np is None or isinstance(value, list | tuple) or not hasattr(type(value), "__array__"):
        return None
    try:
        array = np.asarray(value)
    except Exception as error:  # The conversion is the object's own code.
        raise refusal(value, "an array of numbers") from error
    return array if isinstance(array, np.ndarray) and array.dtype.kind in "iuf" else None


def _of_numbers(array: Any) -> Expr:
    """NumPy's array of numbers: ones, zeros and identities by their names whatever their size, others entry by entry."""
    if not array.ndim:
        return _entry(array.item())
    if not array.size:
        raise DeclarationError(f"an array of shape {array.shape} has no entries", hint="sizes are 1 or more")
    first = array.flat[0]
    shape = as_shape(map(int, array.shape))
    if (array == first).all():
        return _uniform(_entry(first.item()), shape)
    if array.ndim == 2 and array.shape[0] == array.shape[1]:
        diagonal = array.diagonal()
        if (diagonal == first).all() and int((array != 0).sum()) == len(diagonal):
            return _times(_entry(first.item()), RECORDS.eye(size=shape[0]))
    _bounded(array, int(array.size))
    return _stacked(array.tolist())


def _uniform(value: Expr, shape: Shape) -> Expr:
    """An array of one number."""
    zeros: Expr = RECORDS.zeros(shape=shape)
    return zeros if value == 0 else _times(value, RECORDS.ones(shape=shape))


def _times(number: Expr, array: Expr) -> Expr:
    product: Expr = array if number == 1 else RECORDS.mul(number, array)
    return product


def _bounded(value: Any, count: int) -> None:
    if count > MOST_ENTRIES:
        size = f"of {count} entries" if count < 10**9 else "of very many entries"
        raise BoundExceeded(f"an array {size} is too large to stand in a formula, which holds up to {MOST_ENTRIES}",
                            hint='declare it, A = sd.tensor("A", m, n), and give the numbers to sd.evaluate(..., A=array), '
                                 "d.at(A=array) or d.numpy()(A=array)")


def _count(rows: Any) -> int:
    """The number of entries of nested lists, as far as the bound goes; depth is bounded too."""
    count, depth, level = 0, 0, [rows]
    while level:
        depth += 1
        below: list[Any] = []
        for each in level:
            count += sum(not isinstance(v, list) for v in each)
            below += [v for v in each if isinstance(v, list)]
        if count > MOST_ENTRIES or len(below) > MOST_ENTRIES or depth > 16:
            return max(count, len(below), MOST_ENTRIES + 1)
        level = below
    return count


def _stacked(rows: list[Any]) -> Expr:
    """Nested lists as arrays stacked along their first axis."""
    if not rows:
        raise DeclarationError("a list of no numbers is no array", hint="sizes are 1 or more")
    parts = [_stacked(each) if isinstance(each, list) else _entry(each) for each in rows]
    shapes = {shape_of(part) for part in parts}
    if len(shapes) > 1:
        raise ShapeError("the rows of an array differ in length: shapes " + " and ".join(sorted(map(show_shape, shapes))),
                         where=shown(rows), hint="every row takes equally many numbers")
    stacked: Expr = RECORDS.stack(*parts, axis=0)
    return stacked


def _named(stacked: Expr) -> Expr | None:
    """The name of ones, zeros and identities that are written out; None for other arrays."""
    shape = shape_of(stacked)
    if any(not size.is_Integer for size in shape):
        return None
    leaves: list[Expr] = [stacked]
    for _ in shape:
        leaves = [entry for row in leaves for entry in row.args]
    if any(not leaf.is_Number for leaf in leaves):
        return None
    if len(set(leaves)) == 1:
        return _uniform(leaves[0], shape)
    size = int(shape[-1])
    if len(shape) == 2 and shape[0] == shape[1] and len(set(leaves[::size + 1])) == 1 and not any(
            leaf for n, leaf in enumerate(leaves) if n % (size + 1)):
        return _times(leaves[0], RECORDS.eye(size=shape[0]))
    return None


def _entry(value: object) -> Expr:
    """A number, or an expression; a whole number in floating point is that number."""
    if is_rows(value):
        raise refusal(value, "a number")
    if type(value) is float and abs(value) < EXACT and value == int(value):
        return Integer(int(value))
    return as_expr(value)
