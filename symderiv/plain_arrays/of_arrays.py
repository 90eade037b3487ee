"""What NumPy has as functions: of every entry, of shapes, and what makes arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

from .array import NumberArray, Scalar, Shape, broadcast_shapes, made, operand, plain, spread, strides, two
from .kinds import BOOL, COMPLEX, FLOAT, INT, OBJECT, Kind, kind_of, kind_of_value, widest
from .single_entries import COMPLEX as OF_COMPLEX
from .single_entries import REAL, sign


class Ufunc:
    """A function of two arrays, entry by entry, with what makes a reduction of it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, a: Any, b: Any) -> Any:
        return two(self.name, a, b)

    def reduce(self, array: Any, axis: int | None = 0, keepdims: bool = False) -> Any:
        """All entries along an axis, from the first to the last."""
        given = operand(array)
        if axis is None:
            given, axis = given.reshape(-1), 0
        parts = [given[(*[slice(None)] * (axis % given.ndim), k)] for k in range(given.shape[axis])]
        if not parts:
            shape = given.shape[:axis % given.ndim] + given.shape[axis % given.ndim + 1:]
            return zeros(shape) if self.name == "add" else ones(shape)
        found = parts[0]
        for part in parts[1:]:
            found = self(found, part)
        return operand(found)[(*[slice(None)] * (axis % given.ndim), None)] if keepdims else found

    def outer(self, a: Any, b: Any) -> Any:
        """Every entry of the one with every entry of the other."""
        x, y = operand(a), operand(b)
        return two(self.name, x.reshape(x.shape + (1,) * y.ndim), y)


def one(name: str) -> Callable[[Any], Any]:
    """A function of every entry."""
    def function(x: Any) -> Any:
        given = operand(x)
        if given.dtype is OBJECT:
            return made([getattr(v, name)() for v in given.flat], given.shape, OBJECT)
        if given.dtype is COMPLEX:
            return made([OF_COMPLEX[name](v) for v in given.flat], given.shape, COMPLEX)
        each = REAL[name]
        return made([each(v) for v in given.flat], given.shape, FLOAT)
    function.__name__ = name
    return function


def frompyfunc(function: Callable[..., Any], nin: int, nout: int) -> Callable[..., Any]:
    """A function of single entries as one of arrays of objects."""
    def found(*arrays: Any) -> Any:
        given = [operand(a) for a in arrays]
        shape = broadcast_shapes(*(a.shape for a in given))
        return made([plain(function(*each)) for each in zip(*(spread(a, shape) for a in given), strict=True)], shape, OBJECT)
    return found


def vectorize(function: Callable[..., Any], otypes: Sequence[Any] = (object,)) -> Callable[..., Any]:
    """A function of single entries as one of arrays."""
    def found(*arrays: Any) -> Any:
        return operand(frompyfunc(function, len(arrays), 1)(*arrays)).astype(otypes[0])
    return found


def _asked(test: Callable[[Any], bool], x: Any) -> Any:
    given = operand(x)
    if given.dtype is OBJECT:
        raise TypeError("not supported for objects")
    return made([test(v) for v in given.flat], given.shape, BOOL)


isfinite = partial(_asked, lambda v: math.isfinite(v.real) and math.isfinite(v.imag))
isnan = partial(_asked, lambda v: v != v)
isinf = partial(_asked, lambda v: math.isinf(v.real) or math.isinf(v.imag))


def absolute(x: Any) -> Any:
    """The absolute value."""
    return abs(operand(x))


def signs(x: Any) -> Any:
    """-1, 0 or 1."""
    given = operand(x)
    return made([sign(v) for v in given.flat], given.shape, given.dtype)


def rounded(x: Any, decimals: int = 0) -> Any:
    """Rounded, halves to even: of the multiple, as NumPy does, which is not always the number nearest."""
    given, scale = operand(x), 10 ** decimals
    return made([v if isinstance(v, int) or not math.isfinite(v * scale) else float(round(v * scale)) / scale
                 for v in given.flat], given.shape, given.dtype)


def where(condition: Any, *choices: Any) -> Any:
    """Entries of the first where the condition holds, else of the second; the places where it holds without them."""
    held = operand(condition)
    if not choices:
        return held.nonzero()
    x, y = map(operand, choices)
    kind, shape = widest((x.dtype, y.dtype)), broadcast_shapes(held.shape, x.shape, y.shape)
    parts = (spread(held, shape), spread(x.astype(kind, copy=False), shape), spread(y.astype(kind, copy=False), shape))
    # NumPy gives an array without axes here, as its functions of one array do not.
    return NumberArray([u if h else v for h, u, v in zip(*parts, strict=True)], shape, kind)


def clip(x: Any, low: Any, high: Any) -> Any:
    """What lies outside is moved to the ends."""
    return two("minimum", two("maximum", x, low), high)


# ------------------------------------------------------------------ what makes arrays

def array(value: Any, dtype: Any = None) -> NumberArray:
    """An array of its own."""
    return operand(value, dtype).copy()


def asarray(value: Any, dtype: Any = None) -> NumberArray:
    """An array; the same one where it is one already."""
    return operand(value, dtype)


def full(shape: Any, value: Any, dtype: Any = None) -> NumberArray:
    """The same number everywhere."""
    given = operand(value, dtype)
    sizes = _shape(shape)
    return NumberArray(list(spread(given, sizes)), sizes, given.dtype)


def zeros(shape: Any, dtype: Any = float) -> NumberArray:
    """0 everywhere."""
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = float) -> NumberArray:
    """1 everywhere."""
    return full(shape, 1, dtype)


def _like(value: int) -> Callable[..., NumberArray]:
    return lambda x, dtype=None: full(operand(x).shape, value, operand(x).dtype if dtype is None else dtype)


zeros_like, ones_like, empty_like = _like(0), _like(1), _like(0)


def full_like(x: Any, value: Any, dtype: Any = None) -> NumberArray:
    """The same number everywhere, in the shape and of the kind of another array."""
    return full(operand(x).shape, value, operand(x).dtype if dtype is None else dtype)


def eye(n: int, m: int | None = None, dtype: Any = float) -> NumberArray:
    """The identity matrix."""
    kind = kind_of(dtype)
    columns = n if m is None else m
    return NumberArray([kind.convert(int(i == j)) for i in range(n) for j in range(columns)], (n, columns), kind)


def arange(*ends: Any, dtype: Any = None) -> NumberArray:
    """Whole numbers from the first up to the last, which is left out."""
    found = list(range(*map(int, ends)))
    return NumberArray(found, (len(found),), INT) if dtype is None else NumberArray(found, (len(found),), INT).astype(dtype)


def linspace(start: float, stop: float, num: int = 50) -> NumberArray:
    """Numbers at equal distances."""
    return NumberArray([start + (stop - start) * k / (num - 1) if num > 1 else start for k in range(num)], (num,), FLOAT)


def diag(x: Any) -> NumberArray:
    """The diagonal of a matrix, or the matrix that has it."""
    given = operand(x)
    if given.ndim == 2:
        return diagonal(given)
    n, nothing = given.size, given.dtype.convert(0)
    return NumberArray([given.flat[i] if i == j else nothing for i in range(n) for j in range(n)], (n, n), given.dtype)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> NumberArray:
    """The entries with two equal positions, along a last axis."""
    given = moveaxis(x, (axis1, axis2), (-2, -1))
    n = min(given.shape[-2:])
    return operand(given[(..., arange(n), arange(n))])


def trace(x: Any, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal."""
    return diagonal(x, 0, axis1, axis2).sum(axis=-1)


# ------------------------------------------------------------------ shapes

def _shape(shape: Any) -> Shape:
    return tuple(int(n) for n in shape) if isinstance(shape, Iterable) else (int(shape),)


def shape_of(x: Any) -> Shape:
    """The shape of anything."""
    return operand(x).shape


def broadcast_to(x: Any, shape: Any) -> NumberArray:
    """The same entries in a larger shape."""
    given, sizes = operand(x), _shape(shape)
    return NumberArray(list(spread(given, sizes)), sizes, given.dtype)


def broadcast_arrays(*arrays: Any) -> list[NumberArray]:
    """All in one shape."""
    shape = broadcast_shapes(*(operand(a).shape for a in arrays))
    return [broadcast_to(a, shape) for a in arrays]


def moveaxis(x: Any, source: Any, target: Any) -> NumberArray:
    """With axes at other places."""
    given = operand(x)
    sources, targets = ([a % given.ndim for a in (each if isinstance(each, tuple) else (each,))]
                        for each in (source, target))
    order = [a for a in range(given.ndim) if a not in sources]
    for place, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(place, axis)
    return given.transpose(order)


def stack(arrays: Iterable[Any], axis: int = 0) -> NumberArray:
    """Along a new axis."""
    parts = [operand(a) for a in arrays]
    place = axis % (parts[0].ndim + 1)
    return concatenate([part.reshape((*part.shape[:place], 1, *part.shape[place:])) for part in parts], axis=place)


def concatenate(arrays: Iterable[Any], axis: int = 0) -> NumberArray:
    """One after the other along an axis.  Raises ValueError where the other axes differ."""
    parts = [operand(a) for a in arrays]
    kind, place = widest(p.dtype for p in parts), axis % max(1, parts[0].ndim)
    if len({p.shape[:place] + p.shape[place + 1:] for p in parts}) > 1:
        raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
    shape = parts[0].shape
    outer = math.prod(shape[:place])
    flat: list[Any] = []
    widths = [math.prod(p.shape[place:]) for p in parts]
    values = [p.astype(kind, copy=False).flat for p in parts]
    for k in range(outer):
        for width, each in zip(widths, values, strict=True):
            flat += each[k * width:(k + 1) * width]
    return NumberArray(flat, (*shape[:place], sum(p.shape[place] for p in parts), *shape[place + 1:]), kind)


def repeat(x: Any, times: int, axis: int | None = None) -> NumberArray:
    """Every entry so many times, along an axis."""
    given = operand(x) if axis is not None else operand(x).reshape(-1)
    place = (axis or 0) % given.ndim
    chosen = [k for k in range(given.shape[place]) for _ in range(times)]
    return operand(given[(*[slice(None)] * place, operand(chosen) if chosen else NumberArray([], (0,), INT))])


def unravel_index(index: int, shape: Shape) -> tuple[int, ...]:
    """The place of an entry that is counted in a row."""
    return tuple(int(index) // step % size for step, size in zip(strides(shape), shape, strict=True))


def ndindex(*shape: Any) -> Iterator[tuple[int, ...]]:
    """Every place."""
    return product(*map(range, shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape))


def flatnonzero(x: Any) -> NumberArray:
    """The places where an entry is not 0, counted in a row."""
    found = [k for k, v in enumerate(operand(x).flat) if v]
    return NumberArray(found, (len(found),), INT)


def unique(x: Any) -> NumberArray:
    """Every entry once, in order."""
    found = sorted(set(operand(x).flat))
    return NumberArray(found, (len(found),), operand(x).dtype)


# ------------------------------------------------------------------ all entries together

def reduction(name: str) -> Callable[..., Any]:
    """A method of arrays as a function of anything."""
    return lambda x, axis=None, **options: getattr(operand(x), name)(axis=axis, **options)


def nanmax(x: Any, axis: Any = None, initial: Any = None) -> Any:
    """The largest that is a number."""
    given = operand(x)
    return where(isnan(given), -math.inf, given).max(axis=axis, initial=initial)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether two agree up to a share of the second and a rest."""
    x, y = broadcast_arrays(a, b)
    return made([u == v or (math.isfinite(abs(v)) and abs(u - v) <= atol + rtol * abs(v))
                 or (equal_nan and u != u and v != v) for u, v in zip(x.flat, y.flat, strict=True)], x.shape, BOOL)


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all entries agree up to a share of the second and a rest."""
    return bool(operand(isclose(a, b, rtol, atol, equal_nan)).all())


def array_equal(a: Any, b: Any) -> bool:
    """Whether shape and entries are the same."""
    return operand(a).shape == operand(b).shape and operand(a).flat == operand(b).flat


def tensordot(a: Any, b: Any, axes: int = 2) -> Any:
    """The sum over the last axes of the one and the first of the other."""
    x, y = operand(a), operand(b)
    n = math.prod(y.shape[:axes])
    left, right = x.reshape((math.prod(x.shape[:x.ndim - axes]), n)), y.reshape((n, math.prod(y.shape[axes:])))
    found = operand(left @ right)
    return made(found.flat, x.shape[:x.ndim - axes] + y.shape[axes:], found.dtype)


def iscomplexobj(x: Any) -> bool:
    """Whether a number or an array is complex."""
    return (x.dtype if isinstance(x, NumberArray) else kind_of_value(x)) is COMPLEX


def result_type(*given: Any) -> Kind:
    """The kind that holds all of them."""
    return widest(each.dtype if isinstance(each, NumberArray | Scalar) else kind_of(each) for each in given)


__all__ = ["Ufunc", "absolute", "allclose", "arange", "array", "array_equal", "asarray", "broadcast_arrays", "broadcast_to",
           "clip", "concatenate", "diag", "diagonal", "empty_like", "eye", "flatnonzero", "frompyfunc", "full", "full_like",
           "isclose", "iscomplexobj", "isfinite", "isinf", "isnan", "linspace", "moveaxis", "nanmax", "ndindex", "one",
           "ones", "ones_like", "reduction", "repeat", "result_type", "rounded", "shape_of", "signs", "stack", "tensordot",
           "trace", "unique", "unravel_index", "vectorize", "where", "zeros", "zeros_like"]
