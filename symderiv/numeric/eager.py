"""Numbers through the same operators, and derivatives at a point: exact for exact input, NumPy's for NumPy's.

Lists of integers, fractions and SymPy's exact numbers are exact, and so are SymPy's arrays and matrices: they give SymPy
arrays and numbers, by the operators' own definitions.  Floating-point numbers and NumPy arrays give NumPy arrays.
Labels among numbers count from 0, as everywhere in numeric functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from inspect import signature
from numbers import Integral, Number
from typing import Any

from sympy import Expr, Float, ImmutableDenseNDimArray, Integer, NDimArray, expand_log, log, nan, oo, zoo
from sympy.matrices import MatrixBase

from ..arrays.arrays import NUMBERS, Array, Tensor, as_expr
from ..arrays.operator import OPERATORS
from ..arrays.strict import is_rows, refusal, rows_of, shown, strict
from ..arrays.symbols import Label
from ..errors import DeclarationError, EvaluationError
from ..functions.unknown import applications, derives_from
from ..late import has_numpy, np

Numbers = Any
"""A NumPy array: of objects where it came as a list or from SymPy, of its own type where it came from NumPy."""

EXACT = Tensor("exact numbers", ())
"""Read beside an expression of sizes alone, a fraction makes the evaluator exact."""


def is_numbers(value: object) -> bool:
    """Whether a value is an array of numbers rather than an expression: nested lists, an array, or a matrix."""
    if isinstance(value, (Array, str, int)):  # what most arguments are
        return False
    return is_rows(value)


def computing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of expressions that also takes numbers for its operands, and then gives the numbers that come out.

    Which arguments are operands is not told: what the function itself takes for an expression is one.  Beside an
    expression in declared names, arrays of numbers are constants of it.
    """
    def called(*args: Any, **options: Any) -> Any:
        given = (*args, *options.values())
        if not any(map(is_numbers, given)):
            return function(*args, **options)
        if any(map(_declared, given)):
            _no_labels(function, args, options)
            return function(*args, **options)
        operands = _Operands()
        args, options = operands.labelled(function, args, options)
        token = NUMBERS.set(operands.read)
        try:
            result = function(*args, **options)
        finally:
            NUMBERS.reset(token)
        if not operands.values:
            return result
        return operands.computed(result - 1 if _gives_positions(function) else result)
    return strict(function, called)


def _labels(function: Callable[..., Any]) -> tuple[str, int] | None:
    """The operand of an operator that may hold labels, and the axis of the first operand along which they count."""
    return OPERATORS[function.__name__].labels if function.__name__ in OPERATORS else None


def _gives_positions(function: Callable[..., Any]) -> bool:
    return function.__name__ in OPERATORS and OPERATORS[function.__name__].positions


def _declared(value: object) -> bool:
    """Whether an argument is an expression in declared names, or a list of some."""
    if isinstance(value, list | tuple):
        return any(map(_declared, value))
    return isinstance(value, Expr) and bool(value.free_symbols)


def _no_labels(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Refuse numbers as labels beside a declared tensor, where they might count from 0 or from 1."""
    found = _labels(function)
    if found is None:
        return
    own, _ = found
    bound = signature(function).bind(*args, **options)
    scores, target = next(iter(bound.arguments.values())), bound.arguments.get(own)
    if is_numbers(target) and (own != "target" or as_numbers(target).ndim < len(getattr(scores, "shape", ()))):
        raise DeclarationError(f"the labels of {function.__name__} are numbers, beside an expression in declared names",
                               where=shown(target), hint='declare them, t = sd.label("t", m, shape=(N,)), and give the '
                               "numbers, from 0 on, to sd.evaluate(..., t=array), d.at or d.numpy()")


class _Operands:
    """The arrays of numbers in one call, each under a name of its own while the expression is formed."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.exact = True
        self._seen: dict[int, tuple[object, Expr]] = {}

    def read(self, value: object) -> Expr | None:
        """The tensor that stands for an array of numbers; None for anything else."""
        self.exact &= not isinstance(value, float)
        if not is_numbers(value) or getattr(value, "shape", None) == ():
            return None
        if id(value) not in self._seen:
            # Kept beside its tensor, an array keeps its identity for as long as this is looked at.
            self._seen[id(value)] = value, self._stand_in(as_numbers(value), None)
        return self._seen[id(value)][1]

    def _stand_in(self, array: Numbers, size: Expr | None) -> Expr:
        name = f"array{len(self.values) + 1}"
        self.values[name] = array
        return Tensor(name, tuple(Integer(n) for n in array.shape), label_size=size)

    def labelled(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
                 ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, labels in place of integers that are positions along an axis of the first operand."""
        found = _labels(function)
        if found is None:
            return args, options
        own, axis = found
        bound = signature(function).bind(*args, **options)
        first, target = next(iter(bound.arguments.values())), bound.arguments.get(own)
        if not is_numbers(first) or not (isinstance(target, Integral) or is_numbers(target)):
            return args, options
        scores, labels = as_numbers(first), as_numbers(target)
        if not all(isinstance(n, Integral) for n in labels.flat) or (own == "target" and labels.ndim >= scores.ndim):
            return args, options
        size = Integer(scores.shape[axis])
        if labels.shape:
            bound.arguments[own] = self._stand_in(labels, size)
        else:
            bound.arguments[own] = Label("label", size)
            self.values["label"] = int(labels)
        return bound.args, bound.kwargs

    def computed(self, result: Any) -> Any:
        """The numbers of an expression, or of several."""
        if isinstance(result, tuple | list):
            return type(result)(map(self.computed, result))
        loose = sorted({str(s) for s in getattr(result, "free_symbols", ())} - set(self.values))
        if loose:
            raise DeclarationError(f"numbers stand beside {', '.join(loose)}, of which no value is known",
                                   hint="give numbers for all operands; or declare all, and use sd.evaluate or d.at")
        read = {str(s) for s in getattr(result, "free_symbols", ())}
        return value_of(result, {name: value for name, value in self.values.items() if name in read}, self.exact)


def value_of(expr: object, values: Mapping[str, Any], exact: bool = True, beside: Iterable[Expr] = ()) -> Any:
    """The value of an expression at numbers for its names: exact where all of them are.

    ``beside`` are further variables, whose arrays show sizes.  Raises EvaluationError.
    """
    functions = {name: value for name, value in values.items() if derives_from(name, applications(as_expr(expr), *beside))}
    arrays = {name: as_numbers(value) for name, value in values.items() if name not in functions}
    exact = exact and not functions and all(map(is_exact, arrays.values()))
    if exact or not has_numpy():
        from .evaluate import evaluate_all

        if not exact:
            return evaluate_all([as_expr(expr), *beside], {**functions, **arrays})[0]
        numbers = {name: _fractions(array) for name, array in arrays.items()}
        return _in_sympy(evaluate_all([as_expr(expr), *beside, EXACT], numbers | {EXACT.name: Fraction(0)})[0])
    from .compiled import compile_numpy

    return compile_numpy(expr, tuple(beside))[0](**functions, **{name: _in_numpy(a) for name, a in arrays.items()})


def value_at(expr: Expr, variables: Iterable[Expr], values: Mapping[str, Any]) -> Any:
    """The value of an expression at numbers for variables, of which it need not read all.  Raises EvaluationError."""
    variables = tuple(variables)
    known, keys = {str(v): v for v in variables}, applications(expr, *variables)
    for name in values:
        if name not in known and not derives_from(name, keys):
            raise EvaluationError(f"nothing is named {name}", hint=f"give {', '.join(known) or 'no values'}")
    beside = [known[name] for name in values if isinstance(known.get(name), Tensor)]
    return value_of(expr, values, beside=(*beside, *(v for v in variables if applications(v))))


# ------------------------------------------------------------------ numbers of one kind

def as_numbers(value: Any) -> Numbers:
    """A number, nested lists, or an array of SymPy's or NumPy's as a NumPy array.  Raises DeclarationError."""
    if isinstance(value, NDimArray | MatrixBase):
        array = np.array(value.tolist(), dtype=object).reshape(tuple(map(int, value.shape)))
    elif isinstance(value, list | tuple):
        try:
            array = np.asarray(rows_of(value), dtype=object)
        except Exception as error:  # Ragged, or an object's own code.
            raise _ragged(value) from error
    else:
        try:
            array = np.asarray(value) if hasattr(type(value), "__array__") else np.asarray(value, dtype=object)
        except Exception as error:  # The conversion is the object's own code.
            raise refusal(value, "an array of numbers") from error
    if array.dtype.kind not in "biufc":
        array = array.astype(object)
    if array.size == 0:
        raise DeclarationError("an array of no numbers", where=shown(value), hint="sizes are 1 or more")
    if array.dtype == object and any(isinstance(v, list | tuple) for v in array.flat):
        raise _ragged(value)
    for entry in array.flat if array.dtype == object else ():
        if isinstance(entry, str) or not isinstance(entry, Number | Expr | Decimal) or not getattr(entry, "is_number", True):
            raise DeclarationError(f"{shown(entry)} is not a number", where=shown(value),
                                   hint="sd.stack makes an array of expressions; sd.evaluate and d.at put numbers in")
    return array


def _ragged(value: object) -> DeclarationError:
    return DeclarationError("the rows of an array differ in length", where=shown(value),
                            hint="every row takes equally many numbers")


def is_exact(array: Numbers) -> bool:
    """Whether numbers are exact: not of NumPy's own types, and none in floating point."""
    return array.dtype == object and all(
        isinstance(v, int | Fraction | Decimal) or (isinstance(v, Expr) and v.is_number and not v.has(Float))
        for v in array.flat)


def _fractions(array: Numbers) -> Numbers:
    return np.frompyfunc(lambda v: v if isinstance(v, Expr) else Fraction(v), 1, 1)(array)


def _in_numpy(array: Numbers) -> Any:
    """Floating-point numbers; whole ones stay whole.  Raises EvaluationError for what is too large, or not real."""
    if array.dtype != object:
        return array
    try:
        whole = all(isinstance(v, Integral) for v in array.flat)
        return array.astype(int if whole else float)
    except (TypeError, OverflowError) as error:
        raise EvaluationError(f"numbers that floating point does not hold: {error}", where=array.tolist()) from error


def _in_sympy(value: Any) -> Any:
    """A SymPy number, or an array of them.  Raises EvaluationError where an entry is undefined."""
    listed = value.flat if hasattr(value, "flat") else [value]
    # A float that equals nothing says that there is no value.
    entries = [_shorter(v if isinstance(v, Expr) else as_expr(v) if v == v else nan) for v in listed]
    for entry in entries:
        if entry in (nan, zoo, oo, -oo) or entry.is_real is False:
            raise EvaluationError("the result is not a real number here", where=entry)
    return ImmutableDenseNDimArray(entries, value.shape) if hasattr(value, "flat") and value.shape else entries[0]


def _shorter(entry: Expr) -> Expr:
    """log 6 - log 3 as log 2: logarithms of whole numbers by their primes, where that says it with less."""
    if not entry.has(log):
        return entry
    expanded = expand_log(entry, factor=True)
    return expanded if expanded.count_ops() < entry.count_ops() else entry
