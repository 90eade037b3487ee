"""Strict conversion: what a caller hands over becomes a number, an expression or an option, or is refused in words.

Nothing handed over is ever read as a program.  SymPy's ``sympify`` evaluates text wherever it finds some, inside tuples
and dictionaries in its strict mode too; so nothing of a caller's reaches it, here or anywhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, wraps
from numbers import Integral, Number, Real
from operator import index
from typing import Any, TypeVar

from mpmath import mpf  # type: ignore[import-untyped]
from sympy import Basic, Expr, Float, I, Integer, NDimArray, Rational, nan, oo, zoo
from sympy.matrices import MatrixBase
from sympy.matrices.expressions.matexpr import MatrixExpr

from ..bounds import admit_number
from ..errors import DeclarationError, EvaluationError, ShapeError, SymderivError
from ..late import loaded_numpy, np
from ..visible import shown as visible

Function = TypeVar("Function", bound=Callable[..., Any])

UNREAL = frozenset((nan, oo, -oo, zoo, I))
"""SymPy's atoms that no real number is."""


# ------------------------------------------------------------------ numbers and expressions

def refusal(value: object, what: str = "a mathematical expression", hint: str | None = None) -> SymderivError:
    """The error for something that is not ``what`` was asked for, with why, and what to do instead."""
    if isinstance(value, str):
        return DeclarationError(f"{shown(value)} is text, not {what}",
                                hint=hint or "read it first: sd.parse(text, x=x); text is never evaluated")
    if isinstance(value, bytes | bytearray):
        return DeclarationError(f"{shown(value)} are bytes, not {what}", hint=hint or "give numbers, or declared tensors")
    if value is None:
        return DeclarationError(f"None is not {what}", hint=hint or "leave the argument out, or give a value")
    if _is_truth(value):
        return DeclarationError(f"{value} is a truth value, not {what}", hint=hint or "write 1 or 0 where a number is meant")
    if isinstance(value, complex) or value is I:
        return DeclarationError(f"{value} is a complex number, not {what}", hint="everything here is real")
    if isinstance(value, MatrixExpr):
        return DeclarationError(f"{shown(value)} is SymPy's {type(value).__name__}, not {what}",
                                hint='declare the matrix here: sd.tensor("A", m, n), and form the expression with it')
    if isinstance(value, float | Decimal) or (isinstance(value, Expr) and value in UNREAL):
        return DeclarationError(f"{value} is no real number, so not {what}",
                                hint="give finite numbers; None stands for a bound that is left open")
    return DeclarationError(f"{shown(value)} of type {type(value).__name__} is not {what}",
                            hint=hint or "give numbers, arrays of numbers, or expressions in declared tensors")


def shown(value: object) -> str:
    """An object as it is shown in an error: cut off, and never an error of its own."""
    try:
        text = str.__str__(repr(value)) if not isinstance(value, str) else str.__repr__(value)
    except Exception:  # An object's own code may raise anything.
        text = "an object that cannot be shown"
    return text if len(text) <= 80 else text[:77] + "..."


def _is_truth(value: object) -> bool:
    np = loaded_numpy()
    return isinstance(value, bool) or (np is not None and isinstance(value, np.bool_)) or \
        getattr(type(value), "is_Boolean", False) is True


def number_of(value: object) -> Expr | None:
    """A number of Python's, NumPy's or mpmath's as SymPy's: exact where it is exact.  None for what is no number.

    Raises DeclarationError for what is a number and not a real one.
    """
    if _is_truth(value):
        return None
    if isinstance(value, int):
        admit_number(int.__index__(value))
        return Integer(int.__index__(value))
    if isinstance(value, float):
        return _float(float.__float__(value))
    if isinstance(value, Fraction):
        return Rational(*Fraction.as_integer_ratio(value))
    if isinstance(value, Decimal):
        if not Decimal.is_finite(value):
            raise refusal(value, "a number")
        return Rational(*Decimal.as_integer_ratio(value))
    if isinstance(value, mpf):
        return Float(value, precision=value.context.prec) if abs(value) < mpf("inf") else _float(float(value))
    if isinstance(value, complex):
        raise refusal(value, "a number")
    np = loaded_numpy()
    if np is not None and isinstance(value, np.generic):
        return _numpy_number(np, value)
    return _registered(value) if isinstance(value, Real) and not isinstance(value, Expr) else None


def _float(value: float) -> Expr:
    if value != value or value in (float("inf"), float("-inf")):
        raise refusal(value, "a number")
    return Float(value)


def _numpy_number(np: Any, value: Any) -> Expr | None:
    if isinstance(value, np.integer):
        return Integer(int(value))
    if isinstance(value, np.floating):
        return _float(float(value))
    if isinstance(value, np.complexfloating):
        raise refusal(complex(value), "a number")
    return None


def _registered(value: Any) -> Expr:
    """A number of another library, that says of itself what it is."""
    try:
        if isinstance(value, Integral):
            return Integer(index(value))
        return _float(float(value))
    except SymderivError:
        raise
    except Exception as error:
        raise refusal(value, "a number") from error


def expression(value: object, what: str = "a mathematical expression", hint: str | None = None) -> Expr:
    """A number, or an expression of SymPy's or ours.  Raises DeclarationError for anything else."""
    if isinstance(value, Expr):
        if value in UNREAL or isinstance(value, MatrixExpr):
            raise refusal(value, what, hint)
        return value
    found = None if isinstance(value, str) else number_of(value)
    if found is None:
        raise refusal(value, what, hint)
    return found


# ------------------------------------------------------------------ arrays

def is_rows(value: object) -> bool:
    """Whether a value is an array of numbers or expressions rather than one of them: lists, SymPy's, NumPy's and others'."""
    if isinstance(value, str | bytes):
        return False
    if isinstance(value, list | tuple | NDimArray | MatrixBase):
        return True
    np = loaded_numpy()
    if np is not None and isinstance(value, np.generic):
        return False
    # On the type: what an object makes up for any name that it is asked for does not count.
    return not isinstance(value, Expr) and hasattr(type(value), "__array__")


def rows_of(value: Any) -> Any:
    """An array as nested lists (an array without axes as its one entry).  Raises DeclarationError."""
    if isinstance(value, list | tuple):
        return [rows_of(each) if is_rows(each) else each for each in value]
    if isinstance(value, NDimArray | MatrixBase):
        return rows_of(value.tolist()) if value.shape else value[()]
    try:
        return np.asarray(value).tolist()
    except Exception as error:  # The conversion is the object's own code.
        raise refusal(value, "an array of numbers") from error


def data_of(value: Any, what: str) -> Any:
    """Data: a NumPy array of numbers, of objects where they are exact.  Raises EvaluationError for anything else.

    NumPy itself would read text as numbers, and take any object for an entry.
    """
    try:
        array = np.asarray(value)
    except Exception as error:  # Ragged rows, or the object's own code.
        raise EvaluationError(f"{what} is no array of numbers: {error}", where=shown(value),
                              hint="every row takes equally many numbers") from error
    if array.dtype.kind in "biufc":
        return array
    for entry in array.flat:
        known = not isinstance(entry, str | bytes) and (isinstance(entry, Number | Decimal | mpf) or (
            isinstance(entry, Expr) and entry.is_number and entry.is_extended_real is not False))
        if not known:
            raise EvaluationError(f"{what} is not given in numbers: {refusal(entry, 'a number').message}",
                                  hint="give numbers, nested lists of numbers, or NumPy arrays")
    return array if array.dtype == object else array.astype(object)


# ------------------------------------------------------------------ names and options

def name_of(value: object, what: str, hint: str) -> str:
    """A name as plain text.  Raises DeclarationError for what is no text, or empty, or holds what cannot be seen."""
    if not isinstance(value, str) or not str.strip(value):
        raise DeclarationError(f"{what} needs a name, not {shown(value)}", hint=hint)
    if visible(value) != value:
        raise DeclarationError(f"a name of characters that can be seen is needed, not {visible(value)!r}", hint=hint)
    return str.__str__(value)


def one_of(value: object, allowed: Iterable[str], what: str) -> str:
    """A word among those allowed.  Raises DeclarationError."""
    words = tuple(allowed)
    if not isinstance(value, str) or str.__str__(value) not in words:
        raise DeclarationError(f"unknown {what} {shown(value)}", hint="one of " + ", ".join(words))
    return str.__str__(value)


def whole(value: object, what: str, least: int | None = None) -> int:
    """A whole number.  Raises DeclarationError."""
    found = value if isinstance(value, Expr) or _is_truth(value) or isinstance(value, str) else number_of(value)
    if not isinstance(found, Integer) or (least is not None and found < least):
        raise DeclarationError(f"{shown(value)} is not {what}",
                               hint="give a whole number" + (f" from {least} on" if least is not None else ""))
    return int(found)


def _flag(value: object, what: str) -> None:
    np = loaded_numpy()
    if not (isinstance(value, bool) or (np is not None and isinstance(value, np.bool_))):
        raise DeclarationError(f"{what} is {shown(value)}, but must be True or False")


def _integer(value: object, what: str) -> None:
    whole(value, f"{what}, an integer")


def _text(value: object, what: str) -> None:
    if not isinstance(value, str):
        raise DeclarationError(f"{what} is {shown(value)}, but must be text", hint=f'{what}="..."')


def _axis(value: object, what: str) -> None:
    for each in value if isinstance(value, tuple | list) else (value,):
        if isinstance(each, str) or _is_truth(each) or not hasattr(type(each), "__index__"):
            # Operators say it themselves where they know how many axes there are.
            raise ShapeError(f"{shown(each)} is not an axis", hint="axes are integers: 0 is the first, -1 the last")


def _optional(check: Callable[[object, str], Any]) -> Callable[[object, str], Any]:
    return lambda value, what: None if value is None else check(value, what)


def _listed(value: object, what: str) -> None:
    if isinstance(value, str | bytes) or not (hasattr(type(value), "__iter__") or isinstance(value, Basic | bool)):
        raise DeclarationError(f"{what} is {shown(value)}, but must be a list", hint=f"{what}=[...]")


KINDS: dict[str, Callable[[object, str], Any]] = {
    "bool": _flag, "str": _text, "str | None": _optional(_text), "int": _integer, "int | None": _optional(_integer),
    "bool | None": _optional(_flag), "int | tuple[int, ...] | None": _optional(_axis), "Axis": _optional(_axis),
    "int | tuple[int, ...]": _axis, "Iterable[object]": _listed,
}
"""What an argument must be where its annotation says so; an expression is converted where it is used."""


@lru_cache(maxsize=2000)
def _checked(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Callable[[object, str], Any]]]:
    signature = inspect.signature(function)
    found: dict[str, Callable[[object, str], Any]] = {}
    for name, parameter in signature.parameters.items():
        kind = "int | tuple[int, ...] | None" if name == "axis" and "int" in str(parameter.annotation) else \
            str(parameter.annotation)
        if kind in KINDS and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            found[name] = KINDS[kind]
    return signature, found


def strict(function: Function, inside: Callable[..., Any] | None = None) -> Function:
    """Decorator of a public function: arguments are what their annotations say, and errors are ours.

    What is run is ``inside`` where that is given; it takes the same arguments.

    A wrong number of arguments is Python's own TypeError.  What goes wrong inside because an argument is of a kind that
    nobody thought of comes out as a DeclarationError that names the call and what it takes.
    """
    run = inside or function

    @wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        signature, checks = _checked(function)
        bound = signature.bind(*args, **options).arguments
        for name, check in checks.items():
            if name in bound:
                check(bound[name], name)
        try:
            return run(*args, **options)
        except SymderivError:
            raise
        except Exception as error:  # An object's own code may raise anything.
            own = 1 if "self" in signature.parameters else 0
            foreign = [a for a in (*args[own:], *options.values()) if _unfamiliar(a)]
            if not foreign:
                raise
            takes = ", ".join(p for p in signature.parameters if p != "self")
            given = ", ".join(map(shown, foreign))
            raise DeclarationError(f"{function.__name__} cannot take {given}: {shown(error)}",
                                   hint=f"{function.__name__}({takes})") from error
    return called  # type: ignore[return-value]


def _unfamiliar(value: object) -> bool:
    """Whether a value is none of what formulas are made of: tensors, expressions and plain numbers."""
    return not isinstance(value, Expr) or isinstance(value, MatrixExpr) or value in UNREAL
