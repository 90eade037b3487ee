"""The brute-force evaluator: what an expression means, in numbers.

Every index is enumerated, every entry outside its range is 0, every operator is taken by its definition, and nothing
is simplified first.  It shares no code with the engine or with compiled functions: both are tested against it.

Letters in scope are axes of NumPy arrays, behind one batch axis; a summed letter adds an axis and takes it away.
Values stand in arrays of shape (batch, axis of each letter in scope), with size 1 where they do not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import reduce
from types import MappingProxyType
from typing import Any

import mpmath  # type: ignore[import-untyped]
from sympy import (
    Add,
    Expr,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mod,
    Mul,
    NumberSymbol,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    ceiling,
    floor,
)
from sympy import Float as SympyFloat
from sympy import Sum as SympySum
from sympy.core.function import Function
from sympy.core.numbers import ImaginaryUnit, Infinity, NaN, NegativeInfinity
from sympy.core.relational import (
    Equality,
    GreaterThan,
    LessThan,
    Relational,
    StrictGreaterThan,
    StrictLessThan,
    Unequality,
)
from sympy.logic.boolalg import And, Not, Or

from ..answers import Evaluated
from ..arrays.arrays import Apply, Array, Entry, Named, Tensor, as_expr
from ..arrays.matrixfunction import MatrixFunction
from ..arrays.registry import RECORDS
from ..arrays.sizes import show_shape
from ..arrays.strict import data_of, shown
from ..arrays.symbols import Index, Label, open_letters
from ..arrays.walks import by_class
from ..bounds import ENTRIES, bounded, remembered, spend
from ..errors import BoundExceeded, EvaluationError, UnknownFunction
from ..functions import BY_CLASS
from ..functions.of_matrices import EXPONENTIAL
from ..functions.unknown import OpaqueFunction, derives_from, is_opaque, word_of
from ..late import np
from ..terms.traversals import operands_first, reached
from .dual import Dual, Numbers, where
from .eigenvalues import VALUES
from .elimination import matrix_function, where_regular
from .scalars import as_exact, function, is_multiprecision, power, real, truth
from .unify import concrete, unify
from .unknown_functions import given_value, opaque_value

Reading = Callable[..., Any]
"""A method of the evaluator that reads an expression of one class in a scope."""

Value = Any
"""An array of numbers with a leading batch axis, or dual numbers laid out the same way."""


# ------------------------------------------------------------------ what an expression reads

class Variables:
    """The tensors, labels, sizes and free letters of expressions, found without expanding definitions twice."""

    def __init__(self, exprs: Iterable[Any]) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.labels: dict[str, Label] = {}
        self.sizes: dict[str, Symbol] = {}
        self.letters: dict[str, Index] = {}
        seen: set[Any] = set()
        self.applications: list[Apply] = []
        self.functions: dict[str, str] = {}
        exprs = list(exprs)
        free = [s for e in exprs for s in getattr(e, "free_symbols", ()) if isinstance(s, Index)]
        self.letters = {s.name: s for s in free}
        stack: list[Any] = exprs
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, tuple):
                stack.extend(p for p in node if isinstance(p, Expr | tuple))
                continue
            if isinstance(node, Tensor):
                other = self.tensors.setdefault(node.name, node)
                if other.shape != node.shape or other.label_size != node.label_size:
                    raise EvaluationError(f"two tensors are named {node.name}, of shapes {show_shape(other.shape)} and "
                                          f"{show_shape(node.shape)}", hint="rename one of them")
                stack.extend((*node.shape, *(() if node.label_size is None else (node.label_size,))))
            elif isinstance(node, Index):
                stack.extend((node.lo, node.hi))
            elif isinstance(node, Label):
                self.labels[node.name] = node
                stack.append(node.size)
            elif isinstance(node, Symbol):
                self.sizes[node.name] = node
            else:
                if isinstance(node, Named):
                    stack.extend(node.letters)
                if isinstance(node, OpaqueFunction) or (isinstance(node, Apply) and is_opaque(node.op.name)):
                    key = node.op.name if isinstance(node, Apply) else node.key
                    self.functions[word_of(key)] = key
                if isinstance(node, Apply):
                    self.applications.append(node)
                    stack.append(tuple(node.params.values()))
                    stack.extend(node.shape)
                stack.extend(node.args)
        spend(len(seen) // 2)

    def __contains__(self, name: str) -> bool:
        return any(name in group for group in (self.tensors, self.labels, self.sizes, self.letters, self.functions))

    @property
    def names(self) -> list[str]:
        """Everything that a number can be given for."""
        return sorted({*self.tensors, *self.labels, *self.sizes, *self.letters, *self.functions})


class Data:
    """Numbers for the variables of expressions: arrays with a leading batch axis, labels counted from 1, sizes.

    ``many`` says that the batch holds points that have nothing to do with one another: where one has no value, it is nan.
    """

    many = False
    functions: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, variables: Variables, arrays: Mapping[str, Any], *, strict: bool = True) -> None:
        self.tensors: dict[str, Value] = {}
        self.labels: dict[str, Numbers] = {}
        self.scalars: dict[str, Value] = {}
        self.functions = {key: arrays[word] for word, key in variables.functions.items() if word in arrays}
        self.kind = _kind(value for name, value in arrays.items() if name in variables.tensors)
        given: dict[str, int] = {}
        shapes = []
        for name, value in arrays.items():
            if name in variables.tensors:
                tensor = variables.tensors[name]
                array = value if isinstance(value, Dual) else data_of(value, name)
                shapes.append((name, tensor.shape, tuple(array.shape)))
                if tensor.label_size is None:
                    self.tensors[name] = _stored(array, self.kind, name)
                else:
                    self.labels[name] = _label_array(data_of(value, name), name)[None]
            elif name in variables.labels:
                array = data_of(value, f"the label {name}")
                if array.ndim:
                    raise EvaluationError(f"the label {name} is one number, not an array of shape {array.shape}")
                self.labels[name] = _label_array(array, name).reshape(1)
            elif name in variables.letters:
                self.labels[name] = np.asarray([_whole(value, name)])
            elif name in variables.sizes:
                if variables.sizes[name].is_integer:
                    given[name] = _whole(value, name)
                    if given[name] < 1 and variables.sizes[name].is_positive:
                        raise EvaluationError(f"the size {name} must be a positive integer, not {value}")
                else:
                    self.scalars[name] = _stored(data_of(value, name), self.kind, name)
            elif strict and not derives_from(name, variables.functions.values()):
                near = get_close_matches(name, variables.names, 1)
                raise EvaluationError(f"nothing in the expression is named {name}",
                                      hint=f"did you mean {near[0]}?" if near else
                                      f"it reads {', '.join(variables.names) or 'no variables'}")
        missing = sorted({*variables.tensors, *variables.labels, *variables.letters} - {*self.tensors, *self.labels})
        if missing:
            raise EvaluationError(f"no value is given for {', '.join(missing)}",
                                  hint=f"evaluate(expr, {', '.join(f'{n}=...' for n in missing)})")
        self.sizes = unify(shapes, given)
        for label in variables.labels.values():
            self._in_range(label.name, self.labels[label.name], label.size)
        for tensor in variables.tensors.values():
            if tensor.label_size is not None:
                self._in_range(tensor.name, self.labels[tensor.name], tensor.label_size)

    def _in_range(self, name: str, positions: Numbers, size: Expr) -> None:
        top = concrete(size, self.sizes, name)
        if positions.size and (positions.min() < 1 or positions.max() > top):
            wrong = positions[(positions < 1) | (positions > top)].flat[0] - 1
            raise EvaluationError(f"the label {name} = {wrong} is out of range 0..{top - 1}", where=name,
                                  hint="numeric functions take labels counted from 0")


def _kind(values: Iterable[Any]) -> str:
    """"float", "complex", "dual", "exact" or "multiprecision": the numbers that come in decide those that come out."""
    kinds = set()
    for value in values:
        if isinstance(value, Dual):
            return "dual"
        array = data_of(value, "a value")
        if array.dtype == object:
            entries = list(array.flat)
            if any(is_multiprecision(v) for v in entries):
                kinds.add("multiprecision")
            elif any(isinstance(v, float | complex) for v in entries):
                kinds.add("float")
            else:
                kinds.add("exact")
        elif array.dtype.kind == "c":
            kinds.add("complex")
        elif array.dtype.kind == "f":
            kinds.add("float")
    for kind in ("multiprecision", "complex", "float", "exact"):
        if kind in kinds:
            return kind
    return "float"


def _stored(value: Any, kind: str, name: str) -> Value:
    """An array of the common kind, with a batch axis."""
    if isinstance(value, Dual):
        return value
    try:
        if kind == "exact":
            return np.array(np.frompyfunc(as_exact, 1, 1)(value.astype(object)), dtype=object).reshape((1, *value.shape))
        if kind == "multiprecision":
            precise = np.frompyfunc(mpmath.mpmathify, 1, 1)(value.astype(object))
            return np.array(precise, dtype=object).reshape((1, *value.shape))
        if value.dtype == np.longdouble and kind == "float":
            return value[None]
        return value.astype(complex if kind == "complex" else float)[None]
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"the array for {name} is not one of numbers: {error}", where=name) from error


def _whole(value: Any, name: str) -> int:
    array = data_of(value, name)
    if array.ndim or array.dtype.kind == "b" or array.item() != array.item() or abs(array.item()) == math.inf \
            or int(array.item()) != array.item():
        raise EvaluationError(f"{name} must be an integer, not {shown(value)}")
    return int(array.item())


def _label_array(array: Numbers, name: str) -> Numbers:
    """Labels counted from 0, as given, turned into positions counted from 1."""
    if array.dtype.kind not in "iu" and not (array.size and np.all(np.mod(array.astype(float), 1) == 0)):
        raise EvaluationError(f"the label {name} must be an integer, not {array}", where=name,
                              hint="labels are positions counted from 0, not one-hot vectors")
    return array.astype(np.int64) + 1


# ------------------------------------------------------------------ letters in scope

# NumPy's arrays have so many axes at most, by its version: one is for points, the others are for letters.
MOST_AXES = {"1": 32}


class Scope:
    """Letters and the axes they run along; remembers the values of sub-expressions in it."""

    def __init__(self, letters: tuple[tuple[Symbol, Numbers], ...] = ()) -> None:
        self.letters = letters
        self.axis = {letter: n + 1 for n, (letter, _) in enumerate(letters)}
        self.ndim = len(letters) + 1
        self.memo: dict[Any, Value] = {}

    def extended(self, letter: Symbol, values: Numbers) -> Scope:
        """With one more letter, innermost; it hides an outer letter of the same name and range."""
        ENTRIES.admit(len(values) * math.prod(self.lengths))
        most = MOST_AXES.get(getattr(np, "__version__", "").partition(".")[0], 64)
        if self.ndim >= most:
            raise BoundExceeded(f"more than {most - 1} letters one inside the other are evaluated", where=letter,
                                hint="sum what does not depend on all of them by itself")
        return Scope((*self.letters, (letter, values)))

    def grid(self, letter: Symbol) -> Numbers:
        """The values of a letter along its axis."""
        axis = self.axis[letter]
        values = self.letters[axis - 1][1]
        return values.reshape((1,) * axis + (len(values),) + (1,) * (self.ndim - axis - 1))

    def laid_out(self, value: Numbers, indices: tuple[Expr, ...]) -> Numbers | None:
        """An array read whole, each of its axes along a letter of its own, as a view; None for any other reading."""
        axes = [self.axis.get(index, 0) for index in indices]
        if len(set(axes)) < len(axes) or 0 in axes or len(axes) != value.ndim - 1:
            return None
        shape = [len(value)] + [1] * (self.ndim - 1)
        for axis, size in zip(axes, value.shape[1:], strict=True):
            along = self.letters[axis - 1][1]
            if not size or len(along) != size or along[0] != 1:
                return None
            shape[axis] = size
        order = sorted(range(len(axes)), key=axes.__getitem__)
        return value.transpose(0, *(n + 1 for n in order)).reshape(shape)

    def lifted(self, value: Value) -> Value:
        """A value of an outer scope, with an axis for each letter."""
        missing = self.ndim - value.ndim
        if not missing:
            return value
        return value.appended(missing) if isinstance(value, Dual) else value.reshape(value.shape + (1,) * missing)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The number of values of each letter."""
        return tuple(len(values) for _, values in self.letters)


def _stretched(value: Value, lengths: tuple[int, ...]) -> Value:
    """Broadcast along all axes but the batch."""
    if isinstance(value, Dual):
        return value.stretched(lengths)
    return value if value.shape[1:] == lengths else np.broadcast_to(value, (len(value), *lengths))


# ------------------------------------------------------------------ the evaluator

class Evaluator:
    """Evaluates expressions at one set of data; arrays shared between expressions are computed once.

    fixed           values, with batch axis, that stand in for the arrays they belong to.
    kink_distance   the least distance met from a point where a function has a kink or a jump.
    least_gap       the least of these distances but 0.
    above, below    how many binary digits the numbers met lie above 1 and below, in many digits.
    spectral        whether exponentials, eigenvalues or singular values of matrices were met on the way, in many digits.
    """

    def __init__(self, data: Data, fixed: Mapping[Expr, Value] | None = None) -> None:
        self.data = data
        self.arrays: dict[Expr, Value] = dict(fixed or {})
        self.matrices: dict[Any, Value] = {}
        self.kink_distance = float("inf")
        self.least_gap = float("inf")
        self.above = self.below = 0
        self.spectral = False

    # -------------------------------------------------------------- arrays

    def array(self, node: Expr, scope: Scope | None = None) -> Value:
        """The value of an array, axes behind the batch axis.

        An array that depends on free letters is computed within their scope: the scope's axes stand before its own.
        """
        spend(5)
        if node in self.arrays:
            return self.arrays[node]
        if scope is None or not open_letters(node):
            self._waiting(node)
            return self.arrays[node]
        found = scope.memo.get((Array, node))
        if found is None:
            found = scope.memo[Array, node] = self._array(node, scope)
        return found

    def _waiting(self, node: Expr) -> None:
        """Operands before what reads them, by a stack of our own: networks may be deeper than Python's."""
        for top in operands_first([node], _arrays_below, self.arrays):
            self.arrays[top] = self._array(top, Scope())

    def _array(self, node: Expr, scope: Scope) -> Value:
        if isinstance(node, Tensor):
            return (self.data.tensors if node.label_size is None else self.data.labels)[node.name]
        if isinstance(node, Named):
            return self._entries(node.body, node.letters, self._shape(node), scope)
        if not isinstance(node, Apply):
            raise EvaluationError("this is not an array expression", where=node)
        if node.op.composite:
            meaning = _meaning(node)
            if getattr(meaning, "shape", ()):
                return self.array(meaning, scope)
            return self.scalar(meaning, scope)
        shape = self._shape(node)
        out, body = _definition(node, scope.ndim)
        return self._entries(body, out, shape, scope)

    def _entries(self, body: Expr, letters: tuple[Index, ...], shape: tuple[int, ...], scope: Scope) -> Value:
        inner = scope
        for letter, size in zip(letters, shape, strict=True):
            ENTRIES.admit(size)
            inner = inner.extended(letter, np.arange(1, size + 1))
        return _stretched(self.scalar(body, inner), inner.lengths)

    def _shape(self, node: Array) -> tuple[int, ...]:
        sizes = tuple(concrete(size, self.data.sizes, node) for size in node.shape)
        if any(size < 0 for size in sizes):
            raise EvaluationError(f"the shape {show_shape(node.shape)} is {sizes} at these sizes", where=node,
                                  hint="a kernel larger than its input?")
        return sizes

    # -------------------------------------------------------------- scalars

    def scalar(self, expr: Expr, scope: Scope) -> Value:
        """The value of a scalar expression over the letters in scope."""
        found = scope.memo.get(expr)
        if found is None:
            found = scope.memo[expr] = scope.lifted(self._scalar(expr, scope))
            if self.data.kind == "multiprecision":
                self._meet(found)
            spend(5)
            _pay(found.shape)
        return found

    def _meet(self, values: Numbers) -> None:
        """Keep the largest and the smallest binary exponent of numbers of many digits; NumPy walks along 32 axes at most."""
        for value in values.ravel().flat:
            if isinstance(value, mpmath.mpf):
                _, mantissa, exponent, length = value._mpf_
                if mantissa:
                    self.above, self.below = max(self.above, exponent + length), max(self.below, -exponent - length)

    def _scalar(self, expr: Expr, scope: Scope) -> Value:
        return by_class(SCALARS, type(expr))(self, expr, scope)

    def _scalar_entry(self, expr: Entry, scope: Scope) -> Value:
        if getattr(expr.base, "label_size", None) is not None:
            return self._whole(expr, scope)
        return self._entry(expr, scope)

    def _scalar_array(self, expr: Array, scope: Scope) -> Value:
        if expr.shape:
            raise EvaluationError(f"an array of shape {show_shape(expr.shape)} stands where a scalar is needed",
                                  where=expr)
        return self.array(expr, scope)

    def _whole(self, expr: Expr, scope: Scope) -> Value:
        return self._from_integers(self.integer(expr, scope))

    def _symbol(self, expr: Symbol, scope: Scope) -> Value:
        found = self.data.scalars.get(expr.name)
        return self._whole(expr, scope) if found is None else found

    def _added(self, expr: Add, scope: Scope) -> Value:
        return _sum(self.scalar(arg, scope) for arg in expr.args)

    def _raised(self, expr: Pow, scope: Scope) -> Value:
        with np.errstate(all="ignore"):
            return power(self.scalar(expr.base, scope), self.scalar(expr.exp, scope))

    def _delta(self, expr: KroneckerDelta, scope: Scope) -> Value:
        a, b = (self.integer(arg, scope) for arg in expr.args)
        return self._from_integers((a == b).astype(np.int64))

    def _rounded(self, expr: Function, scope: Scope) -> Value:
        return self._whole(expr, scope) if _whole_valued(expr.args) else self._function(expr, scope)

    def _imaginary(self, expr: Expr, scope: Scope) -> Value:
        raise EvaluationError("expressions are real", where=expr)

    def _opaque(self, expr: OpaqueFunction, scope: Scope) -> Value:
        arguments = [self.scalar(a, scope) for a in expr.args]
        given = self.data.functions.get(expr.key)
        return opaque_value(expr.key, arguments) if given is None else given_value(word_of(expr.key), given, arguments)

    def _no_scalar(self, expr: Expr, scope: Scope) -> Value:
        raise UnknownFunction(f"{type(expr).__name__} cannot be evaluated", where=expr)

    def _number(self, expr: Expr, scope: Scope) -> Value:
        kind = self.data.kind
        if expr is S.ComplexInfinity:
            expr = S.NaN  # log 0, which has no value and may stand behind a condition that never holds
        if kind == "exact":
            value: Any = as_exact(expr) if isinstance(expr, Rational) else Fraction(str(expr)) if isinstance(
                expr, SympyFloat) else expr
            return np.array([value], dtype=object)
        if kind == "multiprecision":
            if isinstance(expr, Rational):
                return np.array([mpmath.mpf(expr.p) / expr.q], dtype=object)
            return np.array([mpmath.mpmathify(str(expr)) if isinstance(expr, SympyFloat) else
                             mpmath.mpmathify(expr.evalf(mpmath.mp.dps + 5))], dtype=object)
        return np.array([float(expr)])

    def _from_integers(self, values: Numbers) -> Value:
        """Integers as numbers of the kind in use."""
        kind = self.data.kind
        if kind == "exact":
            return np.frompyfunc(as_exact, 1, 1)(values.astype(object))
        if kind == "multiprecision":
            return np.frompyfunc(lambda v: mpmath.mpf(int(v)), 1, 1)(values)
        return values.astype(float)

    def _entry(self, expr: Entry, scope: Scope) -> Value:
        base = expr.base
        if not isinstance(base, Array):
            raise EvaluationError(f"{base} is not declared", where=expr, hint="use sd.tensor")
        return self._gathered(self.array(base, scope), base, expr.indices, scope)

    def _matrix_function(self, expr: MatrixFunction, scope: Scope) -> Value:
        matrix, positions = self._of_the_stack(expr, scope)
        key = (expr.kind, matrix)
        memo = scope.memo if open_letters(matrix) else self.matrices
        if key not in memo:
            given = self.array(matrix, scope)
            if self.data.kind == "multiprecision" and not isinstance(given, Dual):
                self.spectral = self.spectral or expr.kind in VALUES
                self._meet(given)
                if expr.kind == EXPONENTIAL:
                    # Beside its largest entries it has eigenvalues as small as e^-|A|, which its determinant is made of.
                    largest = float(abs(given).sum(axis=-1).max(initial=0))
                    self.below = max(self.below, 0 if math.isnan(largest) else int(min(1.5 * largest, 1e9)))
            regular = self.data.many and not isinstance(given, Dual)
            memo[key] = (where_regular if regular else matrix_function)(expr.kind, given)
        return self._gathered(memo[key], matrix, positions, scope)

    def _of_the_stack(self, expr: MatrixFunction, scope: Scope) -> tuple[Expr, tuple[Expr, ...]]:
        """The matrices that a function is computed of, and where it is read: for a member of a stack, of all at once."""
        part = expr.matrix
        if RECORDS.take.of(part):
            (stack,), index = part.args, part.params["index"]
            lead = tuple(p for p in index if p is not None)
            sizes = self.array(stack, scope).shape[-len(index):]
            if index[:len(lead)] == lead and all(self._position(p, n, scope)[1] is None
                                                 for p, n in zip(lead, sizes, strict=False)):
                return stack, (*lead, *expr.positions)
        return part, expr.positions

    def _gathered(self, value: Value, base: Expr, indices: tuple[Expr, ...], scope: Scope) -> Value:
        """Entries at positions counted from 1; 0 outside the range."""
        if not isinstance(value, Dual) and (view := scope.laid_out(value, indices)) is not None:
            _pay(view.shape)
            return view
        shape = value.shape
        lead = len(shape) - 1 - len(indices)
        sizes = shape[1 + lead:]
        inside: Any = None
        positions: list[Numbers] = []
        for letter, _ in scope.letters[:lead]:
            positions.append(scope.grid(letter) - scope.grid(letter).min(initial=2**62))
        for index, size in zip(indices, sizes, strict=True):
            position, holds = self._position(index, size, scope)
            positions.append(position)
            inside = holds if inside is None else inside if holds is None else inside & holds
        if 0 in sizes:
            return self._from_integers(np.zeros((1,) * scope.ndim, dtype=np.int64))
        axes = (1,) * (scope.ndim - 1)
        _pay((shape[0], *(0 if 0 in along else max(along) for along in zip(axes, *(p.shape[1:] for p in positions),
                                                                           strict=True))))
        batch = np.arange(shape[0]).reshape((-1, *axes))
        found = value.gather(batch, tuple(positions)) if isinstance(value, Dual) else value[(batch, *positions)]
        return found if inside is None else where(inside, found, self._from_integers(np.zeros(1, dtype=np.int64)))

    def _position(self, index: Expr, size: int, scope: Scope) -> tuple[Numbers, Any]:
        """Positions along an axis, counted from 0, and where they lie on it; None where all of them do."""
        key = ("position", index, size)
        found = scope.memo.get(key)
        if found is None:
            p = self.integer(index, scope)
            if p.size and p.min() >= 1 and p.max() <= size:
                found = p - 1, None
            else:
                # Far outside a position may be larger than what a place in an array is counted by.
                found = np.minimum(np.maximum(p - 1, 0), max(size - 1, 0)).astype(np.int64), (p >= 1) & (p <= size)
            scope.memo[key] = found
        return found

    def _product(self, expr: Mul, scope: Scope) -> Value:
        """A product; where a bracket is 0 the product is 0, whatever the other factors are (Knuth's strong zero)."""
        brackets = [arg for arg in expr.args if isinstance(arg, KroneckerDelta | Piecewise)]
        others = [arg for arg in expr.args if arg not in brackets]
        with np.errstate(all="ignore"):
            result: Value = None
            for arg in others:
                value = self.scalar(arg, scope)
                if result is not None:
                    _admit(real(result), real(value))
                result = value if result is None else result * value
            for arg in brackets:
                value = self.scalar(arg, scope)
                if result is not None:
                    _admit(real(result), real(value))
                result = value if result is None else where(real(value) == 0, value * 0, result * value)
        return result

    def _sum(self, expr: SympySum, scope: Scope) -> Value:
        """Σ; the ends of an inner letter may depend on the outer ones."""
        inner, masks = scope, []
        for letter, lo, hi in reversed(expr.limits):
            low, high = self.integer(lo, inner), self.integer(hi, inner)
            # Where an outer letter has no value, this one has none either.
            first, last = (int(low.min()), int(high.max())) if low.size and high.size else (1, 0)
            ENTRIES.admit(last - first)
            bound = inner.extended(letter, np.arange(first, max(last, first - 1) + 1))
            grid = bound.grid(letter)
            if low.size > 1 or high.size > 1:
                masks.append((bound.lifted(low) <= grid) & (grid <= bound.lifted(high)))
            inner = bound
        if self.data.kind == "multiprecision":
            spend(math.prod(inner.lengths))
        body = _stretched_inner(self.scalar(expr.function, inner), inner, scope.ndim)
        for mask in masks:
            body = where(inner.lifted(mask), body, self._from_integers(np.zeros(1, dtype=np.int64)))
        for _ in expr.limits:
            body = body.total() if isinstance(body, Dual) else self._total(body)
        return body

    def _total(self, body: Numbers) -> Value:
        if body.shape[-1] == 0:
            return self._from_integers(np.zeros(body.shape[:-1], dtype=np.int64))
        return np.asarray(body.sum(axis=-1))

    def _function(self, expr: Function, scope: Scope) -> Value:
        record = BY_CLASS.get(type(expr).__name__)
        if record is None:
            return self._no_scalar(expr, scope)
        values = [self.scalar(arg, scope) for arg in expr.args]
        if record.pieces and any(isinstance(s, Array) for s in expr.free_symbols):  # what no entry moves has no kinks
            for value in values:
                self._near_kink(value if record.to_kink is None else record.to_kink(np, np.asarray(real(value), float)))
        if self.data.kind == "multiprecision" and record.bits is not None:
            # An exponential that is not seen in the value: 1 - sigmoid(500) is not 0.
            every = (v for value in values for v in value.ravel().flat)
            largest = max((abs(float(v.real)) for v in every if mpmath.isfinite(v)), default=0.0)
            self.below = max(self.below, int(min(record.bits(largest), 1e9)))
        with np.errstate(all="ignore"):
            return function(record, *values)

    def _extreme(self, expr: Max | Min, scope: Scope) -> Value:
        result = self.scalar(expr.args[0], scope)
        for arg in expr.args[1:]:
            other = self.scalar(arg, scope)
            self._near_kink(other + result * (-1))
            better = real(other) > real(result) if isinstance(expr, Max) else real(other) < real(result)
            result = where(truth(better) | truth(real(other) != real(other)), other, result)  # of what has no value, none
        return result

    def _piecewise(self, expr: Piecewise, scope: Scope) -> Value:
        result: Value = None
        for value, condition in reversed(expr.args):
            branch = self.scalar(value, scope)
            holds = self.condition(condition, scope)
            if result is None:
                with np.errstate(all="ignore"):
                    result = branch if np.all(holds) else where(holds, branch, branch * float("nan"))
            else:
                result = where(holds, branch, result)
        return result

    def _near_kink(self, difference: Value) -> None:
        gap = np.abs(real(difference))
        if gap.size:
            least = float(gap.min())
            self.kink_distance = min(self.kink_distance, least)
            if least == 0:
                least = float(min((g for g in gap.ravel().flat if g != 0), default=float("inf")))
            self.least_gap = min(self.least_gap, least)

    # -------------------------------------------------------------- conditions and positions

    def condition(self, expr: Any, scope: Scope) -> Any:
        """A condition as an array of Booleans over the letters in scope."""
        if expr == True or expr == False:  # noqa: E712  SymPy's true compares equal to Python's
            return np.full((1,) * scope.ndim, bool(expr))
        if isinstance(expr, And | Or):
            result = self.condition(expr.args[0], scope)
            for arg in expr.args[1:]:
                other = self.condition(arg, scope)
                result = result & other if isinstance(expr, And) else result | other
            return result
        if isinstance(expr, Not):
            return ~self.condition(expr.args[0], scope)
        if not isinstance(expr, Relational):
            raise UnknownFunction(f"the condition {expr} cannot be evaluated", where=expr)
        if _whole_valued(expr.args):
            (a, p), (b, q) = (self._ratio(arg, scope) for arg in expr.args)
            a, b = a * q, b * p
        else:
            a, b = (self.scalar(arg, scope) for arg in expr.args)
            self._near_kink(a + b * (-1))
            a, b = real(a), real(b)
        if isinstance(expr, StrictLessThan):
            return truth(a < b)
        if isinstance(expr, LessThan):
            return truth(a <= b)
        if isinstance(expr, StrictGreaterThan):
            return truth(a > b)
        if isinstance(expr, GreaterThan):
            return truth(a >= b)
        if isinstance(expr, Equality):
            return truth(a == b)
        if isinstance(expr, Unequality):
            return truth(a != b)
        raise UnknownFunction(f"the condition {expr} cannot be evaluated", where=expr)

    def integer(self, expr: Expr, scope: Scope) -> Any:
        """The value of an index expression.  Raises EvaluationError where it is not an integer."""
        top, bottom = self._ratio(expr, scope)
        if bottom == 1:
            return top
        if np.any(top % bottom):
            raise EvaluationError(f"the position {expr} is not an integer at these sizes", where=expr)
        return top // bottom

    def _ratio(self, expr: Expr, scope: Scope) -> tuple[Any, int]:
        """An index expression as integers over one common positive denominator."""
        key = ("ratio", expr)
        found = scope.memo.get(key)
        if found is None:
            top, bottom = self._ratio_of(expr, scope)
            found = scope.memo[key] = scope.lifted(top), bottom
            _pay(found[0].shape)
        return found

    def _ratio_of(self, expr: Expr, scope: Scope) -> tuple[Any, int]:
        if expr in scope.axis:
            return scope.grid(expr), 1
        found: tuple[Any, int] = by_class(WHOLE, type(expr))(self, expr, scope)
        return found

    def _rational(self, expr: Rational, scope: Scope) -> tuple[Any, int]:
        return _integers(int(expr.p)), int(expr.q)

    def _letter(self, expr: Index | Label, scope: Scope) -> tuple[Any, int]:
        if expr.name not in self.data.labels:
            raise EvaluationError(f"the index {expr} is free", where=expr, hint=f"give it a value: {expr}=1")
        return self.data.labels[expr.name], 1

    def _size(self, expr: Symbol, scope: Scope) -> tuple[Any, int]:
        return _integers(concrete(expr, self.data.sizes, expr)), 1

    def _label_of(self, expr: Entry, scope: Scope) -> tuple[Any, int]:
        if getattr(expr.base, "label_size", None) is None:
            raise EvaluationError(f"{expr} is a number, not an index", where=expr)
        return self._label_entry(expr, scope), 1

    def _whole_sum(self, expr: Add, scope: Scope) -> tuple[Any, int]:
        parts = [self._ratio(arg, scope) for arg in expr.args]
        common = math.lcm(*(bottom for _, bottom in parts))
        return _sum(_times(top, _integers(common // bottom)) for top, bottom in parts), common

    def _whole_product(self, expr: Mul, scope: Scope) -> tuple[Any, int]:
        top, bottom = scope.lifted(np.array([1])), 1
        for arg in expr.args:
            t, b = self._ratio(arg, scope)
            top, bottom = _times(top, t), bottom * b
        return top, bottom

    def _floor(self, expr: floor | ceiling, scope: Scope) -> tuple[Any, int]:
        top, bottom = self._ratio(expr.args[0], scope)
        return (top // bottom if isinstance(expr, floor) else -(-top // bottom)), 1

    def _remainder(self, expr: Mod, scope: Scope) -> tuple[Any, int]:
        a, b = (self.integer(arg, scope) for arg in expr.args)
        return np.mod(a, b), 1

    def _whole_extreme(self, expr: Max | Min, scope: Scope) -> tuple[Any, int]:
        values = (self.integer(arg, scope) for arg in expr.args)
        return reduce(np.maximum if isinstance(expr, Max) else np.minimum, values), 1

    def _whole_delta(self, expr: KroneckerDelta, scope: Scope) -> tuple[Any, int]:
        a, b = (self.integer(arg, scope) for arg in expr.args)
        return (a == b).astype(np.int64), 1

    def _whole_pieces(self, expr: Piecewise, scope: Scope) -> tuple[Any, int]:
        result = np.zeros((1,) * scope.ndim, dtype=np.int64)
        for value, condition in reversed(expr.args):
            result = np.where(self.condition(condition, scope), self.integer(value, scope), result)
        return result, 1

    def _no_position(self, expr: Expr, scope: Scope) -> tuple[Any, int]:
        raise EvaluationError(f"{expr} is not an index expression", where=expr)

    def _label_entry(self, expr: Entry, scope: Scope) -> Any:
        table = self.data.labels[expr.base.name]
        positions = [self.integer(p, scope) for p in expr.indices]
        inside: Any = np.ones((1,) * scope.ndim, dtype=bool)
        for p, size in zip(positions, table.shape[1:], strict=True):
            inside = inside & (p >= 1) & (p <= size)
        clipped = [np.clip(p - 1, 0, size - 1) for p, size in zip(positions, table.shape[1:], strict=True)]
        return np.where(inside, table[(np.zeros((1,) * scope.ndim, dtype=np.int64), *clipped)], 0)

    def _integer_power(self, expr: Pow, scope: Scope) -> tuple[Any, int]:
        if not isinstance(expr.exp, Integer):
            return self._no_position(expr, scope)
        exponent = int(expr.exp)
        top, bottom = self._ratio(expr.base, scope)
        if exponent >= 0:
            if top.size and _largest(top) ** exponent > LARGEST_INTEGER:
                top = top.astype(object)
            return top ** exponent, bottom ** exponent
        if top.size != 1 or int(top.reshape(-1)[0]) == 0:
            raise EvaluationError(f"{expr} is not an integer at every index", where=expr)
        below = int(top.reshape(-1)[0])
        sign = 1 if below > 0 else (-1) ** -exponent
        return np.full_like(top, sign * bottom ** -exponent), abs(below) ** -exponent


# How an expression of each class is read: as a number, and as a position or a size.
SCALARS: dict[type, Reading] = {
    **dict.fromkeys((Rational, SympyFloat, NumberSymbol, Infinity, NegativeInfinity, NaN, type(S.ComplexInfinity)),
                    Evaluator._number),
    Entry: Evaluator._scalar_entry, MatrixFunction: Evaluator._matrix_function, Array: Evaluator._scalar_array,
    Index: Evaluator._whole, Label: Evaluator._whole, Symbol: Evaluator._symbol, Add: Evaluator._added,
    Mul: Evaluator._product, Pow: Evaluator._raised, SympySum: Evaluator._sum, KroneckerDelta: Evaluator._delta,
    Piecewise: Evaluator._piecewise, Max: Evaluator._extreme, Min: Evaluator._extreme, floor: Evaluator._rounded,
    ceiling: Evaluator._rounded, Mod: Evaluator._rounded, ImaginaryUnit: Evaluator._imaginary,
    OpaqueFunction: Evaluator._opaque, Function: Evaluator._function, object: Evaluator._no_scalar,
}
WHOLE: dict[type, Reading] = {
    Rational: Evaluator._rational, Index: Evaluator._letter, Label: Evaluator._letter, Symbol: Evaluator._size,
    Entry: Evaluator._label_of, Add: Evaluator._whole_sum, Mul: Evaluator._whole_product, Pow: Evaluator._integer_power,
    floor: Evaluator._floor, ceiling: Evaluator._floor, Mod: Evaluator._remainder, Max: Evaluator._whole_extreme,
    Min: Evaluator._whole_extreme, KroneckerDelta: Evaluator._whole_delta, Piecewise: Evaluator._whole_pieces,
    object: Evaluator._no_position,
}


LARGEST_INTEGER = 2**62
"""Beyond it, whole numbers are Python's: positions and sizes never overflow."""


def _integers(number: int) -> Numbers:
    return np.array([number]) if abs(number) <= LARGEST_INTEGER else np.array([number], dtype=object)


def _largest(values: Numbers) -> int:
    return max(abs(int(values.min())), abs(int(values.max())))


def _admit(a: Numbers, b: Numbers) -> None:
    """Refuse what two arrays spread over each other would not fit into memory as; numbers of many digits take more of it."""
    if 16 * a.size * b.size <= ENTRIES.limit:
        return
    entries = math.prod(np.broadcast_shapes(a.shape, b.shape))
    ENTRIES.admit(16 * entries if object in (a.dtype, b.dtype) else entries)


def _pay(shape: tuple[int, ...]) -> None:
    """Count the work of an array, and refuse one that would not fit into memory, points of a batch counted too."""
    entries = math.prod(shape)
    ENTRIES.admit(entries)
    spend(entries // 400)


@remembered(4096)
def _definition(node: Apply, used: int) -> tuple[tuple[Index, ...], Expr]:
    """The entry of an operator applied, over letters of its own behind those in use: points are tried by the hundred."""
    out = tuple(Index(f"_{axis + 1 + used}", 1, size) for axis, size in enumerate(node.shape))
    return out, as_expr(node.op.definition(out, node.args, node.params))


def _times(a: Numbers, b: Numbers) -> Numbers:
    """The product of whole numbers, without overflow."""
    if a.size and b.size and a.dtype != object and _largest(a) * _largest(b) > LARGEST_INTEGER // 8:
        a = a.astype(object)
    return np.asarray(a * b)


def _sum(values: Iterable[Value]) -> Value:
    with np.errstate(all="ignore"):
        result: Value = None
        for value in values:
            result = value if result is None else result + value
    return result


def _stretched_inner(value: Value, scope: Scope, outer: int) -> Value:
    """Stretched along the letters that are about to be summed: a term that does not depend on one still counts."""
    shape = tuple(1 if n < outer else size for n, size in enumerate((1, *scope.lengths)))
    if isinstance(value, Dual):
        return Dual(np.broadcast_to(value.value, np.broadcast_shapes(value.value.shape, shape)),
                    np.broadcast_to(value.slope, np.broadcast_shapes(value.slope.shape, shape)))
    if value.shape[outer:] == shape[outer:]:
        return value
    return np.broadcast_to(value, np.broadcast_shapes(value.shape, shape))


WHOLE_FUNCTIONS = (floor, ceiling, Mod, KroneckerDelta, Piecewise, Max, Min)


def _whole_valued(exprs: Iterable[Expr]) -> bool:
    """Whether expressions are made of sizes, letters and labels alone, so that they can be compared exactly."""
    def below(node: Expr) -> list[Any]:
        return list(node.indices) if isinstance(node, Entry) else [a for a in node.args if isinstance(a, Expr)]

    def is_other(node: Expr) -> bool:
        if isinstance(node, Entry):
            return getattr(node.base, "label_size", None) is None
        return isinstance(node, Array | SympyFloat | NumberSymbol | SympySum) or (
            not node.is_integer if isinstance(node, Symbol) else isinstance(node, Function)
            and not isinstance(node, WHOLE_FUNCTIONS))

    return not any(map(is_other, reached(exprs, below)))


@remembered(4096)
def _meaning(node: Apply) -> Expr:
    """What a composite operator stands for."""
    return as_expr(node.op.definition(node.args, node.params))


@remembered(4096)
def _arrays_below(node: Expr) -> tuple[Expr, ...]:
    """The arrays without free letters that an array reads directly."""
    if isinstance(node, Tensor):
        return ()
    if isinstance(node, Apply) and node.op.composite:
        start: list[Any] = [_meaning(node)]
    elif isinstance(node, Apply):
        start = [*node.args, *node.params.values()]
    else:
        start = list(node.args)
    inside = reached(start, lambda part: part if isinstance(part, tuple) else () if isinstance(part, Array) else getattr(
        part, "args", ()))
    found = [part for part in inside if isinstance(part, Array) and part is not node]
    return tuple(array for array in found if not open_letters(array))


# ------------------------------------------------------------------ entry points

@bounded
def evaluate(expr: object, /, **arrays: object) -> Evaluated:
    """The value of an expression: an array of its shape, or a number for a scalar.

    Arrays and labels are given by name, labels counted from 0; sizes are read off the arrays, and may be given where
    no array shows them; an unknown function is given as one of arrays, phi=np.tanh, and its derivatives as dphi and d2phi;
    a free index letter is given as its value, counted from 1.  Floating-point arrays give
    floating-point results; complex numbers, Fractions and mpmath numbers come out as the same kind, and exact input
    gives exact SymPy numbers where a function needs them.

    Raises EvaluationError for missing or unknown names, shapes that contradict each other and labels out of range.
    Source: docs/conventions.md, Zero extension.

    >>> x = sd.tensor("x", sd.dims("n"))
    >>> sd.evaluate(sd.sum(x * x), x=[1, 2, 3])
    14.0
    """
    node = as_expr(expr)
    require_functions(Variables([node]), arrays)
    return evaluate_all([node], arrays)[0]


def require_functions(variables: Variables, given: Mapping[str, Any]) -> None:
    """Raises EvaluationError where nothing says what a function is."""
    missing = [word for word in variables.functions if word not in given]
    if missing:
        raise EvaluationError(f"nothing says what the function {missing[0]} is",
                              hint=f"give a function of arrays, such as {missing[0]}=np.tanh")


def evaluate_all(exprs: Iterable[Expr], arrays: Mapping[str, Any], *, strict: bool = True) -> list[Any]:
    """Several expressions at the same arrays, shared parts computed once; ``strict`` refuses names that none reads."""
    nodes = [as_expr(e) for e in exprs]
    evaluator = Evaluator(Data(Variables(nodes), arrays, strict=strict))
    return [_result(value_of(evaluator, node)) for node in nodes]


def value_of(evaluator: Evaluator, node: Expr) -> Value:
    """The value of an array or a scalar expression, batch axis in front."""
    return evaluator.array(node) if isinstance(node, Array) else evaluator.scalar(node, _read(evaluator, node))


def _read(evaluator: Evaluator, node: Expr) -> Scope:
    """The empty scope, after the arrays that a scalar expression reads have been computed."""
    for array in _arrays_below(node):
        evaluator.array(array)
    return Scope()


def _result(value: Value) -> Any:
    """Without the batch axis; a scalar as a number."""
    single = value[0]
    return np.array(single) if np.ndim(single) else single.item() if isinstance(single, np.generic) else single
