"""Arrays of numbers in plain Python, as much of NumPy's as this package uses, for where there is no NumPy.

An array is one flat list of Python numbers, its shape, and the kind of its entries.  It owns its list: there are no views,
so what is taken from an array and written to does not change it.  Single entries come out as numbers (``Scalar``) with which
1/0 is inf as in an array.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import product
from typing import Any

from .kinds import BOOL, COMPLEX, FLOAT, INT, OBJECT, Kind, kind_of, kind_of_value, widest
from .single_entries import BITWISE, COMPARED, TWO, whole_raised

Shape = tuple[int, ...]


class NumberArray:
    """Entries in the order of the last axis first, their shape, and their kind."""

    __slots__ = ("dtype", "flat", "shape")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, flat: list[Any], shape: Shape, dtype: Kind) -> None:
        self.flat, self.shape, self.dtype = flat, shape, dtype

    # ------------------------------------------------------------- what it is

    def __array__(self) -> NumberArray:
        return self

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return len(self.flat)

    @property
    def T(self) -> NumberArray:
        """With the axes in reverse order."""
        return self.transpose()

    @property
    def real(self) -> Any:
        """The real parts."""
        return NumberArray([v.real for v in self.flat], self.shape, FLOAT) if self.dtype is COMPLEX else self

    @property
    def imag(self) -> Any:
        """The imaginary parts."""
        return NumberArray([v.imag for v in self.flat], self.shape, FLOAT if self.dtype is COMPLEX else self.dtype)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        return f"array({self.tolist()})"

    def __str__(self) -> str:
        return str(self.tolist())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return operator.index(self.item())

    def item(self, *place: int) -> Any:
        """The one entry, as Python's number; or that at a place.  Raises ValueError where there are several."""
        if place:
            found = self.flat[place[0]] if len(place) == 1 else self[place]
            return found.item() if isinstance(found, Scalar) else found
        if len(self.flat) != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self.flat[0]

    def tolist(self) -> Any:
        """Nested lists of Python's numbers."""
        found: list[Any] = self.flat
        for size in reversed(self.shape[1:]):
            found = [found[k:k + size] for k in range(0, len(found), size)] if size else [[] for _ in range(self.shape[0])]
        return list(found) if self.shape else found[0]

    # ------------------------------------------------------------- entries at places

    def __getitem__(self, key: Any) -> Any:
        offsets, shape = _places(self.shape, key)
        if not shape and not isinstance(key, NumberArray) and (not isinstance(key, tuple) or Ellipsis not in key):
            return scalar(self.flat[offsets[0]], self.dtype)
        flat = self.flat
        return NumberArray([flat[k] for k in offsets], shape, self.dtype)

    def __setitem__(self, key: Any, value: Any) -> None:
        offsets, shape = _places(self.shape, key)
        given, flat = operand(value).astype(self.dtype), self.flat
        extra = given.ndim - len(shape)
        if extra > 0 and given.shape[:extra] == (1,) * extra:
            given = given.reshape(given.shape[extra:])
        for k, entry in zip(offsets, spread(given, shape), strict=True):
            flat[k] = entry

    # ------------------------------------------------------------- other forms of it

    def astype(self, dtype: Any, copy: bool = True) -> NumberArray:
        """With entries of another kind."""
        kind = kind_of(dtype)
        if kind is self.dtype:
            return NumberArray(list(self.flat), self.shape, kind) if copy else self
        return NumberArray(list(map(kind.convert, self.flat)), self.shape, kind)

    def copy(self) -> NumberArray:
        """One of its own."""
        return NumberArray(list(self.flat), self.shape, self.dtype)

    def reshape(self, *shape: Any) -> NumberArray:
        """The same entries in another shape; -1 stands for what is left.  Raises ValueError."""
        sizes = [int(n) for n in (shape[0] if len(shape) == 1 and isinstance(shape[0], Iterable) else shape)]
        if -1 in sizes:
            known = math.prod(n for n in sizes if n != -1)
            sizes[sizes.index(-1)] = self.size // known if known else 0
        if math.prod(sizes) != self.size:
            raise ValueError(f"cannot reshape array of size {self.size} into shape {tuple(sizes)}")
        return NumberArray(list(self.flat), tuple(sizes), self.dtype)

    def transpose(self, *axes: Any) -> NumberArray:
        """With the axes in the order given, or reversed."""
        given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        order = [a % self.ndim for a in given] if given else list(reversed(range(self.ndim)))
        if order == list(range(self.ndim)):
            return self
        steps = strides(self.shape)
        shape = tuple(self.shape[a] for a in order)
        return NumberArray([self.flat[k] for k in _sums([[n * steps[a] for n in range(self.shape[a])] for a in order])],
                     shape, self.dtype)

    def swapaxes(self, one: int, other: int) -> NumberArray:
        """With two axes exchanged."""
        order = list(range(self.ndim))
        order[one], order[other] = order[other], order[one]
        return self.transpose(order)

    def ravel(self) -> NumberArray:
        """All entries in a row."""
        return self.reshape(-1)

    flatten = ravel

    def squeeze(self) -> NumberArray:
        """Without axes of length 1."""
        return self.reshape([n for n in self.shape if n != 1])

    def fill(self, value: Any) -> None:
        """Every entry made the same."""
        self[...] = value

    def conj(self) -> NumberArray:
        """The complex conjugate."""
        return NumberArray([v.conjugate() for v in self.flat], self.shape, self.dtype) if self.dtype is COMPLEX else self

    def nonzero(self) -> tuple[NumberArray, ...]:
        """The places where an entry is not 0, an array an axis."""
        found = [place for place, entry in zip(product(*map(range, self.shape)), self.flat, strict=True) if entry]
        return tuple(NumberArray([place[axis] for place in found], (len(found),), INT) for axis in range(self.ndim))

    # ------------------------------------------------------------- reductions

    def reduced(self, function: Callable[[list[Any]], Any], axis: Any, keepdims: bool, kind: Kind | None) -> Any:
        """A function of the entries along some axes; along all where no axis is given."""
        axes = tuple(range(self.ndim)) if axis is None else tuple(
            a % self.ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
        kept = [a for a in range(self.ndim) if a not in axes]
        flat = self.transpose([*kept, *axes]).flat if self.ndim else self.flat
        count = math.prod(self.shape[a] for a in axes)
        outer = math.prod(self.shape[a] for a in kept)
        values = [function(flat[k * count:(k + 1) * count]) for k in range(outer)]
        shape = tuple((1 if a in axes else n) for a, n in enumerate(self.shape)) if keepdims else tuple(
            self.shape[a] for a in kept)
        return made(values, shape, kind or self.dtype)

    def sum(self, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
        """The sum; of truth values, how many hold."""
        kind = INT if self.dtype is BOOL else self.dtype
        start = 0 if kind is OBJECT else kind.convert(0)
        return self.reduced(lambda values: sum(values, start), axis, keepdims, kind)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The product."""
        kind = INT if self.dtype is BOOL else self.dtype
        start = 1 if kind is OBJECT else kind.convert(1)
        return self.reduced(lambda values: reduce(operator.mul, values, start), axis, keepdims, kind)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean."""
        kind = widest((self.dtype, FLOAT))
        return self.reduced(lambda values: TWO["true_divide"][0](sum(values), len(values)), axis, keepdims, kind)

    def var(self, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
        """The variance."""
        far = two("subtract", self, self.mean(axis, True))
        total = operand(two("multiply", far, far)).sum(axis, keepdims)
        return total * (1.0 / max(1, self.size // max(1, operand(total).size) - ddof))

    def std(self, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Any:
        """The standard deviation."""
        return self.var(axis, keepdims, ddof) ** 0.5

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether one is not 0."""
        return self.reduced(lambda values: any(map(bool, values)), axis, keepdims, BOOL)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Whether none is 0."""
        return self.reduced(lambda values: all(map(bool, values)), axis, keepdims, BOOL)

    def max(self, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        """The largest; nan where one is."""
        return self._extreme(TWO["maximum"][0], axis, keepdims, initial)

    def min(self, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        """The smallest; nan where one is."""
        return self._extreme(TWO["minimum"][0], axis, keepdims, initial)

    def _extreme(self, better: Callable[[Any, Any], Any], axis: Any, keepdims: bool, initial: Any) -> Any:
        def found(values: list[Any]) -> Any:
            given = values if initial is None else [initial, *values]
            if not given:
                raise ValueError("zero-size array to reduction operation which has no identity")
            return reduce(better, given)
        return self.reduced(found, axis, keepdims, None)

    def argmax(self, axis: int | None = None) -> Any:
        """The place of the first largest, of all entries in a row or along an axis."""
        return self.reduced(lambda values: next((k for k, v in enumerate(values) if v != v), values.index(max(values))),
                            axis, False, INT)

    def argmin(self, axis: int | None = None) -> Any:
        """The place of the first smallest."""
        return (-self).argmax(axis)

    # ------------------------------------------------------------- arithmetic (the rest is set below)

    def __neg__(self) -> Any:
        return made([-v for v in self.flat], self.shape, self.dtype)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return made([abs(v) for v in self.flat], self.shape, FLOAT if self.dtype is COMPLEX else self.dtype)

    def __invert__(self) -> Any:
        inverted = operator.not_ if self.dtype is BOOL else operator.invert
        return made([inverted(v) for v in self.flat], self.shape, self.dtype)

    def __matmul__(self, other: Any) -> Any:
        return NotImplemented if defers(other) else matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)

    def __contains__(self, value: Any) -> bool:
        return bool(operand(self == value).any())

    def dot(self, other: Any) -> Any:
        """The product of matrices."""
        return matmul(self, other)


# ------------------------------------------------------------------ single entries

class Scalar:
    """A single entry: Python's number, which has the shape () and with which nothing raises."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(operand(self), name)

    def __getitem__(self, key: Any) -> Any:
        return operand(self)[key]


class Float(Scalar, float):
    """An entry in floating point."""

    __slots__ = ()


class Int(Scalar, int):
    """A whole entry."""

    __slots__ = ()


class Complex(Scalar, complex):
    """A complex entry."""

    __slots__ = ()


FLOAT.type, INT.type, COMPLEX.type = Float, Int, Complex
_OF_KIND: dict[Kind, Callable[[Any], Any]] = {FLOAT: Float, INT: Int, COMPLEX: Complex}


def scalar(value: Any, kind: Kind) -> Any:
    """A single entry of a kind."""
    return _OF_KIND[kind](value) if kind in _OF_KIND else value


def made(values: list[Any], shape: Shape, kind: Kind) -> Any:
    """An array, or the single entry of one without axes."""
    return NumberArray(values, shape, kind) if shape else scalar(values[0], kind)


def defers(other: Any) -> bool:
    """Whether another type does its own arithmetic with arrays."""
    return getattr(type(other), "__array_ufunc__", True) is None


# ------------------------------------------------------------------ from what is given

def operand(value: Any, dtype: Any = None) -> NumberArray:
    """Anything as an array: itself, a number, nested sequences, arrays of others.  Raises ValueError for ragged ones."""
    if isinstance(value, NumberArray):
        return value if dtype is None else value.astype(dtype, copy=False)
    if isinstance(value, list | tuple | range):
        flat, shape = _flattened(value)
        kind = widest(map(kind_of_value, flat)) if dtype is None else kind_of(dtype)
        return NumberArray([kind.convert(v) for v in flat], shape, kind)
    if not isinstance(value, Scalar) and hasattr(value, "tolist") and hasattr(value, "shape"):
        return operand(value.tolist(), dtype)
    kind = kind_of_value(value)
    if isinstance(value, Scalar):
        value = kind.convert(value)
    return NumberArray([value], (), kind) if dtype is None else NumberArray([value], (), kind).astype(dtype)


def _flattened(value: Sequence[Any]) -> tuple[list[Any], Shape]:
    parts = list(map(_part, value))
    shapes = {shape for _, shape in parts} or {()}
    if len(shapes) > 1:
        raise ValueError("setting an array element with a sequence: the requested array has an inhomogeneous shape")
    return [v for flat, _ in parts for v in flat], (len(value), *shapes.pop())


def _part(value: Any) -> tuple[list[Any], Shape]:
    if isinstance(value, list | tuple | range):
        return _flattened(value)
    if not isinstance(value, NumberArray) and not isinstance(value, Scalar) and hasattr(value, "tolist"):
        value = operand(value.tolist())
    return (value.flat, value.shape) if isinstance(value, NumberArray) else ([plain(value)], ())


def plain(value: Any) -> Any:
    """Python's own number for a single entry; anything else as it is."""
    return kind_of_value(value).convert(value) if isinstance(value, Scalar) else value


# ------------------------------------------------------------------ shapes and places

def strides(shape: Shape) -> list[int]:
    """How far the next entry along each axis is."""
    found = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        found[axis] = found[axis + 1] * shape[axis + 1]
    return found


def _sums(axes: Iterable[Sequence[int]]) -> list[int]:
    """Every sum of one offset an axis, the last axis first."""
    found = [0]
    for offsets in axes:
        found = [k + offset for k in found for offset in offsets] if found != [0] else list(offsets)
    return found


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The common shape.  Raises ValueError where there is none."""
    ndim = max(map(len, shapes), default=0)
    found = []
    for sizes in zip(*((1,) * (ndim - len(shape)) + tuple(shape) for shape in shapes), strict=True):
        different = {n for n in sizes if n != 1}
        if len(different) > 1:
            raise ValueError("shape mismatch: objects cannot be broadcast to a single shape: "
                             + ", ".join(map(str, shapes)))
        found.append(different.pop() if different else 1)
    return tuple(found)


@lru_cache(256)
def _spread_places(shape: Shape, target: Shape) -> tuple[int, ...]:
    padded = (1,) * (len(target) - len(shape)) + shape
    if any(n not in (1, size) for n, size in zip(padded, target, strict=True)):
        raise ValueError(f"could not broadcast input array from shape {shape} into shape {target}")
    return tuple(_sums([0] * size if n == 1 else range(0, size * step, step)
                       for n, size, step in zip(padded, target, strides(padded), strict=True)))


def spread(array: NumberArray, target: Shape) -> list[Any]:
    """The entries of an array in a shape that it is broadcast to.  Raises ValueError."""
    if array.shape == target:
        return array.flat
    if len(array.shape) > len(target):
        raise ValueError(f"could not broadcast input array from shape {array.shape} into shape {target}")
    if len(array.flat) == 1:
        return array.flat * math.prod(target)
    flat = array.flat
    return [flat[k] for k in _spread_places(array.shape, target)]


def _expanded(shape: Shape, key: Any) -> list[Any]:
    """A key with an entry for every axis: ... is written out, and Boolean arrays are the places where they hold."""
    parts: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, list):
            part = operand(part) if part else NumberArray([], (0,), INT)
        if isinstance(part, NumberArray) and part.dtype is BOOL:
            parts += part.nonzero()
        elif isinstance(part, bool):
            raise IndexError("a truth value is no place")
        else:
            parts.append(operator.index(part) if isinstance(part, Scalar) else part)
    taken = sum(1 for part in parts if part is not None and part is not Ellipsis)
    rest = [slice(None)] * (len(shape) - taken)
    if taken > len(shape):
        raise IndexError(f"too many indices for array: array is {len(shape)}-dimensional, but {taken} were indexed")
    dots = [n for n, part in enumerate(parts) if part is Ellipsis]
    return parts[:dots[0]] + rest + parts[dots[0] + 1:] if dots else parts + rest


def _places(shape: Shape, key: Any) -> tuple[list[int], Shape]:
    """Where the entries are that a key asks for, and the shape that they have together; as NumPy's indexing."""
    parts, steps = _expanded(shape, key), strides(shape)
    axes: list[tuple[Shape, Sequence[int]]] = []
    chosen: list[tuple[int, NumberArray]] = []
    positions: list[int] = []
    several = any(isinstance(part, NumberArray) for part in parts)
    axis = 0
    for n, part in enumerate(parts):
        if part is None:
            axes.append(((1,), [0]))
            continue
        size, step = shape[axis], steps[axis]
        axis += 1
        if isinstance(part, slice):
            found = range(*part.indices(size))
            axes.append(((len(found),), [k * step for k in found]))
        elif several:
            chosen.append((step, _inside(operand(part), size)))
            positions.append(n)
            axes.append(((), [0]))
        else:
            axes.append(((), [_inside(operand(part), size).flat[0] * step]))
    if chosen:
        together = broadcast_shapes(*(each.shape for _, each in chosen))
        offsets = [sum(each) for each in zip(*([k * step for k in spread(each, together)] for step, each in chosen),
                                             strict=True)]
        beside = positions[-1] - positions[0] == len(positions) - 1
        axes.insert(positions[0] if beside else 0, (together, offsets))
    return _sums(offsets for _, offsets in axes), tuple(n for sizes, _ in axes for n in sizes)


def _inside(places: NumberArray, size: int) -> NumberArray:
    for k in places.flat:
        if not -size <= k < size:
            raise IndexError(f"index {k} is out of bounds for axis with size {size}")
    return NumberArray([operator.index(k) % size for k in places.flat], places.shape, INT)


# ------------------------------------------------------------------ two operands

def two(name: str, a: Any, b: Any) -> Any:
    """An operation of NumPy's, by its name, on two operands that are broadcast."""
    x, y = operand(a), operand(b)
    kind = widest((x.dtype, y.dtype))
    shape = x.shape if x.shape == y.shape else broadcast_shapes(x.shape, y.shape)
    function, result = _function_of(name, kind)
    if result.rank > kind.rank or (result.rank >= FLOAT.rank and kind is not OBJECT):
        x, y = x.astype(result, copy=False), y.astype(result, copy=False)
    left, right = spread(x, shape), spread(y, shape)
    if result is BOOL and kind is OBJECT:
        return made([bool(function(u, v)) for u, v in zip(left, right, strict=True)], shape, BOOL)
    return made(list(map(function, left, right)), shape, result)


def _function_of(name: str, kind: Kind) -> tuple[Callable[[Any, Any], Any], Kind]:
    """What is computed of two entries of a kind, and the kind of the result.  Raises TypeError."""
    if name in COMPARED:
        return COMPARED[name], BOOL
    if name in BITWISE:
        return BITWISE[name], kind
    of_real, of_complex, of_objects = TWO[name]
    if kind is OBJECT:
        return of_objects, kind
    if kind is COMPLEX:
        if of_complex is None:
            raise TypeError(f"{name} of complex numbers")
        return of_complex, kind
    if kind is BOOL and name in ("add", "multiply"):
        return (operator.or_ if name == "add" else operator.and_), kind
    if name == "power" and kind is INT:
        return whole_raised, kind
    return of_real, FLOAT if name in ("true_divide", "arctan2", "hypot") or (kind is BOOL and name == "power") else (
        kind if kind is not BOOL or name in ("maximum", "minimum") else INT)


def _set_arithmetic() -> None:
    """The operators of arrays and of single entries."""
    def forward(name: str) -> Callable[[Any, Any], Any]:
        return lambda self, other: NotImplemented if defers(other) else two(name, self, other)

    def backward(name: str) -> Callable[[Any, Any], Any]:
        return lambda self, other: two(name, other, self)

    for sign, name in (("add", "add"), ("sub", "subtract"), ("mul", "multiply"), ("truediv", "true_divide"),
                       ("floordiv", "floor_divide"), ("mod", "mod"), ("pow", "power")):
        for owner in (NumberArray, Float, Int, Complex):
            setattr(owner, f"__{sign}__", forward(name))
            setattr(owner, f"__r{sign}__", backward(name))
    for sign, name in (("and", "bitwise_and"), ("or", "bitwise_or"), ("xor", "bitwise_xor"), ("eq", "equal"),
                       ("ne", "not_equal"), ("lt", "less"), ("le", "less_equal"), ("gt", "greater"),
                       ("ge", "greater_equal")):
        setattr(NumberArray, f"__{sign}__", forward(name))
        if sign in ("and", "or", "xor"):
            setattr(NumberArray, f"__r{sign}__", backward(name))


_set_arithmetic()


def matmul(a: Any, b: Any) -> Any:
    """The product of matrices, in batches of them."""
    x, y = operand(a), operand(b)
    if not x.ndim or not y.ndim:
        raise ValueError("matmul: an operand has no axes")
    row, column = x.ndim == 1, y.ndim == 1
    x, y = x.reshape(1, -1) if row else x, y.reshape(-1, 1) if column else y
    if x.shape[-1] != y.shape[-2]:
        raise ValueError(f"matmul: shapes {x.shape} and {y.shape} do not conform")
    batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
    n, k, m = x.shape[-2], x.shape[-1], y.shape[-1]
    left = spread(x, (*batch, n, k))
    right = spread(y, (*batch, k, m))
    kind, values = widest((x.dtype, y.dtype)), []
    for at in range(math.prod(batch)):
        block = right[at * k * m:(at + 1) * k * m]
        columns = [block[j::m] for j in range(m)]
        for i in range(n):
            line = left[(at * n + i) * k:(at * n + i + 1) * k]
            values += [_dotted(line, each) for each in columns]
    shape = (*batch, *(() if row else (n,)), *(() if column else (m,)))
    return made(values if kind is OBJECT else list(map(kind.convert, values)), shape, kind)


def _dotted(a: Sequence[Any], b: Sequence[Any]) -> Any:
    terms = list(map(operator.mul, a, b))
    return reduce(operator.add, terms) if terms else 0
