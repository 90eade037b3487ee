"""Choices between entries: maximum, minimum, clip and where.

Each is written with relu, so that a tie gives its whole gradient to the first operand.
"""

from __future__ import annotations

from sympy import Expr, Piecewise
from sympy.core.relational import GreaterThan, LessThan, Relational, StrictGreaterThan, StrictLessThan
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from ..arrays.arrays import as_expr, entry
from ..arrays.operator import Operator, Writer, elementwise, is_array, operator, register, shape_of
from ..arrays.sign import certainly_positive
from ..arrays.sizes import broadcast_shapes
from ..errors import DeclarationError
from ..functions.network_functions import relu
from .record import Args, Params, Shown, vectors

_RELATIONS = {">": StrictGreaterThan, ">=": GreaterThan, "<": StrictLessThan, "<=": LessThan}
_TEX = {">": ">", ">=": r"\geq", "<": "<", "<=": r"\leq"}


elementwise("maximum", lambda a, b: a + relu(b - a), "np.maximum({0}, {1})", pieces=True,
            example=lambda: maximum(*vectors("a", "b")))
elementwise("minimum", lambda a, b: a - relu(a - b), "np.minimum({0}, {1})", pieces=True,
            example=lambda: minimum(*vectors("a", "b")))
elementwise("clip", lambda x, lo, hi: x + relu(lo - x) - relu(x - hi), "np.clip({0}, {1}, {2})", pieces=True,
            example=lambda: clip(vectors("x")[0], -1, 1))


def maximum(a: object, b: object) -> Expr:
    """The larger of two entries, with NumPy's broadcasting; where they are equal, the derivative is that of the first.

    Raises ShapeError where they do not broadcast.  Source: NumPy, maximum.

    >>> sd.maximum([1, 5], 3)
    [3, 5]
    """
    return operator("maximum")(as_expr(a), as_expr(b))


def minimum(a: object, b: object) -> Expr:
    """The smaller of two entries, with NumPy's broadcasting; where they are equal, the derivative is that of the first.

    Raises ShapeError where they do not broadcast.  Source: NumPy, minimum.

    >>> sd.minimum([1, 5], 3)
    [1, 3]
    """
    return operator("minimum")(as_expr(a), as_expr(b))


def clip(x: object, lo: object = None, hi: object = None, *, min: object = None, max: object = None) -> Expr:
    """Every entry moved into lo..hi, either of which may be left out; at the ends the derivative is 1.

    The ends are also taken by NumPy's names, min and max.  Raises DeclarationError where lo > hi.  Source: NumPy, clip.

    >>> sd.clip([-1, 2, 9], 0, 5)
    [0, 2, 5]
    """
    lo, hi = min if lo is None else lo, max if hi is None else hi
    if lo is None or hi is None:
        return as_expr(x) if lo is hi else minimum(x, hi) if lo is None else maximum(x, lo)
    low, high = as_expr(lo), as_expr(hi)
    if (high - low).is_nonnegative or (not is_array(high - low) and certainly_positive(high - low)):
        return operator("clip")(as_expr(x), low, high)
    if (high - low).is_negative:
        raise DeclarationError(f"clip to {low}..{high}, but {low} is larger", hint="exchange the two ends")
    # Nothing says which end is the larger one: then the upper end wins, as in NumPy.
    return minimum(maximum(x, low), high)


def _where_definition(out: Args, args: Args, params: Params) -> Expr:
    left, right, a, b = (entry(arg, out) for arg in args)
    return Piecewise((a, _RELATIONS[params["relation"]](left, right)), (b, True), evaluate=False)


def _where_text(write: Writer, args: Args, params: Params) -> str:
    left, right, a, b = map(write, args)
    return f"where({left} {params['relation']} {right}, {a}, {b})"


def _where_latex(write: Writer, args: Args, params: Params) -> str:
    left, right, a, b = map(write, args)
    return (rf"\operatorname{{where}}\left({left} {_TEX[params['relation']]} {right},\; {a},\; {b}\right)")


register(Operator(
    name="where", batched="entries", text=_where_text, latex=_where_latex, definition=_where_definition,
    shape=lambda args, params: broadcast_shapes(map(shape_of, args), Shown("where", args)),
    numpy=lambda sources, params, shapes: (
        f"np.where(({sources[0]}) {params['relation']} ({sources[1]}), {sources[2]}, {sources[3]})"
        + ("" if any(shapes[2:4]) else ".astype(dtype)")),  # two numbers would not keep float32
    example=lambda: where(vectors("x")[0] > 0, *vectors("a", "b"))))


def where(condition: object, a: object, b: object) -> Expr:
    """a where the condition holds, else b, with NumPy's broadcasting.

    The condition is a comparison such as ``x > 0``, several joined by & | ~, or an array of zeros and ones.  Raises
    DeclarationError for any other condition, and for equality, which has no derivative.  Source: NumPy, where.

    >>> x = sd.tensor("x", 3)
    >>> print(sd.where(x > 0, x, 0))
    where(x > 0, x, 0)
    """
    if isinstance(condition, bool | BooleanTrue | BooleanFalse):
        raise DeclarationError(f"the condition is {condition} before any number is known",
                               hint="Python's == and != compare expressions as such; where takes " + ", ".join(_RELATIONS))
    if isinstance(condition, Not):
        return where(condition.args[0], b, a)
    if isinstance(condition, And):
        for one in condition.args:
            a = where(one, a, b)
        return a
    if isinstance(condition, Or):
        for one in condition.args:
            b = where(one, a, b)
        return b
    if isinstance(condition, Relational):
        sign = next((s for s, kind in _RELATIONS.items() if isinstance(condition, kind)), None)
        if sign is None:
            raise DeclarationError(f"where does not compare by {condition.rel_op}", where=condition,
                                   hint="one of " + ", ".join(_RELATIONS))
        return operator("where")(*condition.args, as_expr(a), as_expr(b), relation=sign)
    mask = as_expr(condition)
    return mask * as_expr(a) + (1 - mask) * as_expr(b)


__all__ = ["clip", "maximum", "minimum", "where"]
