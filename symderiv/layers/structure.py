"""Arrays put together, taken apart and read in another order.

Source: NumPy's concatenate, stack, expand_dims, squeeze, pad, kron; Petersen and Pedersen, The Matrix Cookbook (2012),
10.2 for vec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Add, Expr, Ge, Integer, KroneckerDelta, Le, Mul

from ..arrays.arrays import Apply, Tensor, as_expr, latex_call
from ..arrays.named_sizes import dims
from ..arrays.operator import FUNC, MUL, Operator, Writer, operator, register, shape_of
from ..arrays.sizes import Shape, as_shape, as_size, floor_div, normal_axis, same_shape, same_size, show_shape
from ..arrays.symbols import Label, Sum
from ..arrays.symmetry import transposed
from ..errors import DeclarationError, ShapeError
from ..terms.affine import size_affine
from ..terms.ranges import nonnegative
from .record import Args, NormalisingOperator, Params, Shown, at, bound, python, replaced, with_shapes
from .stacks import permuted


def _tuple(write: Any, items: tuple[Any, ...]) -> str:
    """A tuple as an option; one item stands for itself."""
    return write(items[0]) if len(items) == 1 else f"({', '.join(map(write, items))})"


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _axis_text(params: Params) -> str:
    return f", axis={params['axis']}" if params["axis"] else ""


def _axis(axis: object, rank: int, name: str, args: Args) -> int:
    return normal_axis(axis, rank, Shown(name, args))


def _matrix() -> Expr:
    return Tensor("X", (dims("m"), dims("n")))


# ------------------------------------------------------------------ slices

def slice_size(start: Expr, stop: Expr, step: int) -> Expr:
    """How many positions start, start + step, ... lie before stop (after it, for a negative step)."""
    reach = stop - start if step > 0 else start - stop
    return (floor_div(reach - 1, abs(step)) + 1).expand()


def _build_slice(op: Operator, args: Args, params: Params) -> Expr:
    """Start, size and step from NumPy's start, stop and step; the whole axis is the array itself."""
    (x,) = args
    shape = shape_of(x)
    axis = _axis(params.get("axis", 0), len(shape), "take_slice", args)
    start, stop, step = (params.get(key) for key in ("start", "stop", "step"))
    size, where = shape[axis], Shown("take_slice", args)
    stride = Integer(1) if step is None else as_expr(step)
    if not stride.is_Integer or stride == 0:
        raise DeclarationError(f"the step of a slice must be an integer other than 0, not {step}", where=where)
    forward = bool(stride > 0)
    first = _end(start, size, forward, Integer(0) if forward else size - 1, where)
    last = _end(stop, size, forward, size if forward else Integer(-1), where)
    count = slice_size(first, last, int(stride))
    if count.is_nonpositive:
        raise ShapeError(f"the slice {start}:{stop}:{step} of {with_shapes(x)} is empty", where=where)
    if (first, stride) == (0, 1) and same_size(count, size):
        return x
    return Apply(op, args, {"start": first, "step": stride, "size": count, "axis": axis})


def _end(given: object, size: Expr, forward: bool, default: Expr, where: object) -> Expr:
    """An end of a slice as a position from 0, moved into the axis as NumPy does."""
    if given is None:
        return default
    end = as_expr(given)
    if end.is_integer is not True:
        raise DeclarationError(f"{end} is not a whole number", where=where)
    if end.is_negative:
        end = (size + end).expand()
    low, high = (Integer(0), size) if forward else (Integer(-1), size - 1)
    if (end - low).is_negative:
        return low
    if (end - high).is_positive:
        return high
    return end


def _slice_conditions(args: Args, params: Params) -> tuple[Any, ...]:
    """Both ends lie in the axis, and there is at least one position."""
    size = shape_of(args[0])[params["axis"]]
    first, count = params["start"], params["size"]
    last = (first + params["step"] * (count - 1)).expand()
    wanted = [Ge(first, 0), Ge(last, 0), Le(first + 1, size), Le(last + 1, size), Ge(count, 1)]
    return tuple(dict.fromkeys(w for w in wanted if w != True and not _clear(w)))  # noqa: E712


def _clear(relation: Any) -> bool:
    return bool((relation.gts - relation.lts).expand().is_nonnegative)


def _slice_definition(out: Args, args: Args, params: Params) -> Expr:
    axis = params["axis"]
    position = (params["start"] + 1 + params["step"] * (out[axis] - 1)).expand()
    return at(args[0], (*out[:axis], position, *out[axis + 1:]))


def _slice_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    start, step, size = (python(params[k]) for k in ("start", "step", "size"))
    return f"np.take({sources[0]}, {start} + {step} * np.arange({size}), axis={params['axis']})"


def _slice_text(write: Writer, args: Args, params: Params) -> str:
    stop = (params["start"] + params["step"] * params["size"]).expand()
    if params["step"] < 0 and (stop + 1).is_nonpositive:
        # Before the first position: counted from the end, as NumPy would read it.
        stop = -shape_of(args[0])[params["axis"]] - 1
    parts = [write(args[0]), write(params["start"]), write(stop)]
    parts += [write(params["step"])] if params["step"] != 1 else []
    parts += [f"axis={params['axis']}"] if len(shape_of(args[0])) > 1 else []
    return f"take_slice({', '.join(parts)})"


register(NormalisingOperator(
    name="slice", free=True, keeps_sign=2, build=_build_slice, definition=_slice_definition, numpy=_slice_source,
    conditions=_slice_conditions,
    shape=lambda args, params: replaced(shape_of(args[0]), params["axis"], params["size"]),
    text=_slice_text,
    example=lambda: take_slice(Tensor("x", (as_expr(dims("n")) + 2,)), 1)))


def take_slice(x: object, start: object = None, stop: object = None, step: object = None, axis: int = 0) -> Expr:
    """x[start:stop:step] along one axis with NumPy's meaning: counted from 0, without the end, negative from the end.

    The ends may be sizes; that they lie within the axis is then a condition of the result.  Raises ShapeError for an
    empty slice, and DeclarationError for a step that is no integer.  Source: NumPy, ndarray.__getitem__.

    >>> sd.take_slice([5, 6, 7], 1)
    [6, 7]
    """
    return operator("slice")(as_expr(x), start=start, stop=stop, step=step, axis=axis)


# ------------------------------------------------------------------ one after the other

def _concat_axes(args: Args, params: Params) -> tuple[int, list[Expr]]:
    """(axis, how far each operand is shifted along it)."""
    axis = params["axis"]
    offsets, total = [], Integer(0)
    for arg in args:
        offsets.append(total)
        total = total + shape_of(arg)[axis]
    return axis, offsets


def _concat_shape(args: Args, params: Params) -> Shape:
    first, axis = shape_of(args[0]), params["axis"]
    for arg in args[1:]:
        shape = shape_of(arg)
        if len(shape) != len(first) or not all(same_size(a, b) for n, (a, b) in enumerate(zip(first, shape, strict=True))
                                               if n != axis):
            raise ShapeError(f"{with_shapes(args[0], arg)} do not fit side by side along axis {axis}",
                             where=Shown("concat", args))
    return replaced(first, axis, Add(*(shape_of(arg)[axis] for arg in args)))


def _concat_definition(out: Args, args: Args, params: Params) -> Expr:
    """Σ over the operands of their entry: outside its range each reads 0."""
    axis, offsets = _concat_axes(args, params)
    return Add(*(at(arg, (*out[:axis], out[axis] - offset, *out[axis + 1:]))
                 for arg, offset in zip(args, offsets, strict=True)))


register(Operator(
    name="concat", keeps_sign=2, shape=_concat_shape, definition=_concat_definition,
    numpy=lambda sources, params, shapes: f"np.concatenate(({', '.join(sources)},), axis={params['axis']})",
    text=lambda write, args, params: f"concat({', '.join(map(write, args))}{_axis_text(params)})",
    latex=lambda write, args, params: (
        r"\begin{bmatrix}" + (r" \\ " if params["axis"] == 0 else " & ").join(map(write, args)) + r"\end{bmatrix}"
        if params["axis"] < 2 else
        rf"\operatorname{{concat}}_{{{params['axis']}}}\left({', '.join(map(write, args))}\right)"),
    example=lambda: concat(Tensor("x", (dims("m"),)), Tensor("y", (dims("n"),)))))


def _sequence(arrays: tuple[Any, ...], axis: int) -> tuple[tuple[Any, ...], int]:
    """Arrays given one by one, or as one sequence that an axis may follow."""
    if arrays and isinstance(arrays[0], tuple | list) and (len(arrays) == 1 or (
            len(arrays) == 2 and isinstance(arrays[1], int))):
        return tuple(arrays[0]), arrays[1] if len(arrays) == 2 else axis
    return arrays, axis


def concat(*arrays: object, axis: int = 0) -> Expr:
    """Arrays one after the other along an axis, as NumPy's concatenate; also given as one sequence.  Raises ShapeError.

    Source: NumPy, concatenate.

    >>> sd.concat([[1, 2], [3]])
    [1, 2, 3]
    """
    parts, axis = _sequence(arrays, axis)
    operands = tuple(as_expr(a) for a in parts)
    if not operands or not shape_of(operands[0]):
        raise ShapeError("concat takes arrays with at least one axis", where=Shown("concat", operands),
                         hint="sd.stack makes an array of scalars")
    axis = _axis(axis, len(shape_of(operands[0])), "concat", operands)
    return operands[0] if len(operands) == 1 else operator("concat")(*operands, axis=axis)


def _stack_shape(args: Args, params: Params) -> Shape:
    first, axis = shape_of(args[0]), params["axis"]
    for arg in args[1:]:
        shape = shape_of(arg)
        if not same_shape(shape, first):
            raise ShapeError(f"{with_shapes(args[0], arg)} are not of one shape", where=Shown("stack", args))
    return (*first[:axis], Integer(len(args)), *first[axis:])


def _stack_definition(out: Args, args: Args, params: Params) -> Expr:
    axis = params["axis"]
    rest = (*out[:axis], *out[axis + 1:])
    return Add(*(KroneckerDelta(out[axis], n + 1) * at(arg, rest) for n, arg in enumerate(args)))


register(Operator(
    name="stack", keeps_sign=2, shape=_stack_shape, definition=_stack_definition,
    numpy=lambda sources, params, shapes: (
        f"np.stack(({''.join(f'np.asarray({s}, dtype=dtype), ' for s in sources)}), axis={params['axis']})"),
    text=lambda write, args, params: f"stack({', '.join(map(write, args))}{_axis_text(params)})",
    example=lambda: stack(Tensor("x", (dims("n"),)), Tensor("y", (dims("n"),)))))


def stack(*arrays: object, axis: int = 0) -> Expr:
    """Arrays, or scalars, of one shape along a new axis, as NumPy's stack, or one sequence of them.  Raises ShapeError.

    Source: NumPy, stack.

    >>> sd.stack([[1, 2], [3, 4]])
    [[1, 2], [3, 4]]
    """
    parts, axis = _sequence(arrays, axis)
    operands = tuple(as_expr(a) for a in parts)
    if not operands:
        raise ShapeError("stack needs at least one array")
    return operator("stack")(*operands, axis=_axis(axis, len(shape_of(operands[0])) + 1, "stack", operands))


# ------------------------------------------------------------------ other shapes

def _stretch_definition(out: Args, args: Args, params: Params) -> Expr:
    (x,) = args
    return at(x, [Integer(1) if size == 1 else out[axis] for size, axis in zip(shape_of(x), params["axes"], strict=True)])


def _stretch_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    key = ", ".join(":" if axis in params["axes"] else "None" for axis in range(len(params["shape"])))
    shape = "(" + "".join(f"{python(size)}, " for size in params["shape"]) + ")"
    return f"np.broadcast_to(np.asarray({sources[0]})[{key}], {shape})"


def new_axes(args: Args, params: Params) -> tuple[int, ...] | None:
    """The axes of size 1 that are put in, where nothing else happens."""
    new = tuple(axis for axis in range(len(params["shape"])) if axis not in params["axes"])
    kept = [params["shape"][axis] for axis in params["axes"]]
    return new if all(params["shape"][axis] == 1 for axis in new) and all(map(same_size, kept, shape_of(args[0]))) else None


def _stretch_text(write: Writer, args: Args, params: Params) -> str:
    new = new_axes(args, params)
    if new is not None:
        return f"expand_dims({write(args[0])}, axis={_tuple(str, new)})"
    return f"stretch({write(args[0])}, shape={_tuple(write, params['shape'])}, axes={_tuple(str, params['axes'])})"


def _build_stretch(op: Operator, args: Args, params: Params) -> Expr:
    """An array that gets no new axis and no longer one is itself."""
    return args[0] if new_axes(args, params) == () else Apply(op, args, params)


stretch_record: Operator = register(NormalisingOperator(
    name="stretch", build=_build_stretch, free=True, multilinear=True, keeps_sign=2, definition=_stretch_definition,
    numpy=_stretch_source,
    shape=lambda args, params: tuple(params["shape"]),
    text=_stretch_text,
    example=lambda: stretch(Tensor("b", (dims("n"),)), dims("m n"), (1,))))


def stretch(x: object, shape: tuple[object, ...], axes: int | tuple[int, ...]) -> Expr:
    """An array repeated to a shape, its own axes standing at ``axes`` of the result, in order.  Raises ShapeError.

    Source: NumPy, broadcast_to.

    >>> sd.stretch([1, 2], (2, 2), 0)
    [[1, 1], [2, 2]]
    """
    value, full, axes = as_expr(x), as_shape(_items(shape)), _items(axes)
    own = shape_of(value)
    if len(axes) != len(own) or list(axes) != sorted(set(axes)) or not all(
            n == 1 or same_size(n, full[axis]) for n, axis in zip(own, axes, strict=True)):
        raise ShapeError(f"{with_shapes(value)} does not stretch to {show_shape(full)} with its axes at {axes}",
                         where=Shown("stretch", (value,)))
    return operator("stretch")(value, shape=full, axes=tuple(axes))


def expand(x: object, *shape: object) -> Expr:
    """An array repeated to a shape by the rules of broadcast_to: axes are aligned from the right.  Raises ShapeError.

    Source: NumPy, broadcast_to.

    >>> sd.expand([1, 2], 2, 2)
    [[1, 2], [1, 2]]
    """
    value = as_expr(x)
    full = as_shape(shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape)
    rank, own = len(full), len(shape_of(value))
    if own > rank:
        raise ShapeError(f"{with_shapes(value)} has more axes than {show_shape(full)}", where=Shown("expand", (value,)))
    return stretch(value, full, tuple(range(rank - own, rank)))


def expand_dims(x: object, axis: int | tuple[int, ...]) -> Expr:
    """New axes of size 1 at these places of the result, as NumPy's expand_dims.  Raises ShapeError.

    Source: NumPy, expand_dims.

    >>> sd.expand_dims([1, 2], 1)
    [[1], [2]]
    """
    value = as_expr(x)
    shape = list(shape_of(value))
    given = axis if isinstance(axis, tuple) else (axis,)
    new = sorted({_axis(a, len(shape) + len(given), "expand_dims", (value,)) for a in given})
    if len(new) < len(given):
        raise ShapeError(f"an axis is named twice in {axis}", where=Shown("expand_dims", (value,)))
    kept = tuple(n for n in range(len(shape) + len(new)) if n not in new)
    full = tuple(Integer(1) if n in new else shape.pop(0) for n in range(len(kept) + len(new)))
    return operator("stretch")(value, shape=full, axes=kept)


register(Operator(
    name="squeeze", keeps_sign=2,
    shape=lambda args, params: tuple(n for k, n in enumerate(shape_of(args[0])) if k not in params["axes"]),
    definition=lambda out, args, params: at(args[0], _with_ones(out, params["axes"])),
    numpy=lambda sources, params, shapes: f"np.squeeze({sources[0]}, axis={params['axes']})",
    text=lambda write, args, params: f"squeeze({write(args[0])}, axis={_tuple(str, params['axes'])})",
    example=lambda: squeeze(Tensor("x", (dims("n"), Integer(1))))))


def _with_ones(out: Args, axes: tuple[int, ...]) -> Args:
    letters = list(out)
    return tuple(Integer(1) if axis in axes else letters.pop(0) for axis in range(len(out) + len(axes)))


def squeeze(x: object, axis: int | tuple[int, ...] | None = None) -> Expr:
    """Axes of size 1 left out: all of them, or those given.  Raises ShapeError for an axis of another size.

    Source: NumPy, squeeze.

    >>> sd.squeeze([[1, 2]], 0)
    [1, 2]
    """
    value = as_expr(x)
    shape = shape_of(value)
    if axis is None:
        axes = tuple(n for n, size in enumerate(shape) if size == 1)
    else:
        given = axis if isinstance(axis, tuple) else (axis,)
        axes = tuple(sorted(_axis(a, len(shape), "squeeze", (value,)) for a in given))
    wrong = [a for a in axes if shape[a] != 1]
    if wrong:
        raise ShapeError(f"axis {wrong[0]} of {with_shapes(value)} has not size 1", where=Shown("squeeze", (value,)))
    return operator("squeeze")(value, axes=axes) if axes else value


# ------------------------------------------------------------------ reshape

def _strides(shape: Shape) -> list[Expr]:
    """How far apart in row order neighbours along each axis are."""
    result: list[Expr] = [Integer(1)]
    for size in reversed(shape[1:]):
        result.insert(0, result[0] * size)
    return result


def _flat(letters: Args, shape: Shape) -> Expr:
    """The position in row order, from 0, of an entry."""
    return Add(*((i - 1) * s for i, s in zip(letters, _strides(shape), strict=True))).expand()


def _aligned(own: Shape, full: Shape) -> list[tuple[list[int], list[int]]]:
    """Axes of both shapes that hold the same entries, group by group: (N, 6) and (N, 2, 3) are (0; 0) and (1; 1, 2)."""
    groups: list[tuple[list[int], list[int]]] = []
    here: tuple[list[int], list[int]] = ([], [])
    sizes = [Integer(1), Integer(1)]
    rest = [list(range(len(own))), list(range(len(full)))]
    while rest[0] or rest[1]:
        ratio = (sizes[0] / sizes[1]).expand()
        side = 0 if not here[0] else 1 if not here[1] else 1 if ratio.is_integer else 0
        side = side if rest[side] else 1 - side
        axis = rest[side].pop(0)
        here[side].append(axis)
        sizes[side] = sizes[side] * (own, full)[side][axis]
        if here[0] and here[1] and same_size(*sizes):
            groups.append(here)
            here, sizes = ([], []), [Integer(1), Integer(1)]
    if here[0] or here[1]:  # what is left has size 1
        groups[-1:] = [(groups[-1][0] + here[0], groups[-1][1] + here[1])] if groups else [here]
    return groups


def _reshape_definition(out: Args, args: Args, params: Params) -> Expr:
    """Of every group of axes that one axis is cut into, the position; of several axes, Σ over them."""
    (x,), full = args, params["shape"]
    own = shape_of(x)
    letters: list[Any] = [None] * len(own)
    summed: list[Any] = []
    meetings: list[Expr] = []
    for mine, theirs in _aligned(own, full):
        place = _flat(tuple(out[n] for n in theirs), tuple(full[n] for n in theirs))
        if len(mine) == 1:
            letters[mine[0]] = (place + 1).expand()
            continue
        for n in mine:
            letters[n] = bound(own[n], (*out, *summed), args, "abcduvpqr"[n % 9])
            summed.append(letters[n])
        inside = _flat(tuple(letters[n] for n in mine), tuple(own[n] for n in mine))
        meetings.append(KroneckerDelta((inside - place).expand(), 0))
    return Sum(Mul(at(x, letters), *meetings), *summed) if summed else at(x, letters)


def _reshape_text(write: Writer, args: Args, params: Params) -> str:
    """vec(X) where the columns of a matrix stand one below the other."""
    whole = transposed(args[0]) if len(params["shape"]) == 1 and len(shape_of(args[0])) == 2 else None
    if whole is not None:
        return f"vec({write(whole)})"
    return f"reshape({', '.join([write(args[0]), *map(write, params['shape'])])})"


def _reshape_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    return f"np.reshape({sources[0]}, ({''.join(f'{python(n)}, ' for n in params['shape'])}))"


register(Operator(
    name="reshape", free=True, multilinear=True, keeps_sign=2, shape=lambda args, params: tuple(params["shape"]),
    definition=_reshape_definition,
    numpy=_reshape_source,
    text=_reshape_text,
    example=lambda: reshape(Tensor("X", (dims("m"), Integer(3))), 3 * dims("m"))))


def reshape(x: object, *shape: object) -> Expr:
    """The entries in row order in another shape, as NumPy's reshape; one size may be -1.

    Raises ShapeError where the sizes cannot be shown equal.  Source: NumPy, reshape.

    >>> sd.reshape([1, 2, 3, 4], (2, 2))
    [[1, 2], [3, 4]]
    """
    value = as_expr(x)
    own = shape_of(value)
    given = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    count = Mul(*own)
    if -1 in given:
        rest = Mul(*(as_size(n) for n in given if n != -1))
        free = count / rest if (count / rest).is_integer else (count / rest).expand()
        if given.count(-1) > 1 or free.is_integer is not True:
            raise ShapeError(f"{with_shapes(value)} does not reshape to {given}", where=Shown("reshape", (value,)),
                             hint=f"{count} entries in rows of {rest}")
        given = tuple(free if n == -1 else n for n in given)
    full = as_shape(given)
    where = Shown("reshape", (value,))
    if not same_size(count, Mul(*full)):
        raise ShapeError(f"{with_shapes(value)} has {count} entries, {show_shape(full)} has {Mul(*full)}", where=where,
                         hint="the two products must be equal for all sizes")
    if same_shape(own, full):
        return value
    without = tuple(n for n in own if n != 1), tuple(n for n in full if n != 1)
    if without[0] == without[1]:
        plain = squeeze(value)
        return stretch(plain, full, tuple(axis for axis, n in enumerate(full) if n != 1))
    return operator("reshape")(value, shape=full)


def flatten(x: object) -> Expr:
    """All entries in row order as one vector.  Raises as reshape does.  Source: NumPy, ravel.

    >>> sd.flatten([[1, 2], [3, 4]])
    [1, 2, 3, 4]
    """
    return reshape(x, Mul(*shape_of(as_expr(x))))


def vec(x: object) -> Expr:
    """The columns of a matrix one below the other.  Raises as reshape does.

    Source: Magnus and Neudecker (2019), ch. 2.

    >>> sd.vec([[1, 2], [3, 4]])
    [1, 3, 2, 4]
    """
    return flatten(operator("transpose")(as_expr(x)))


# ------------------------------------------------------------------ zeros around, and Kronecker products

def _pad_definition(out: Args, args: Args, params: Params) -> Expr:
    return at(args[0], [(i - before).expand() for i, (before, _) in zip(out, params["width"], strict=True)])


register(Operator(
    name="pad", keeps_sign=1, definition=_pad_definition,
    shape=lambda args, params: tuple(
        (n + a + b).expand() for n, (a, b) in zip(shape_of(args[0]), params["width"], strict=True)),
    numpy=lambda sources, params, shapes: (
        f"np.pad({sources[0]}, ({''.join(f'({python(a)}, {python(b)}), ' for a, b in params['width'])}))"),
    text=lambda write, args, params: (
        f"pad({write(args[0])}, width={_tuple(lambda two: _tuple(write, two), params['width'])})"),
    example=lambda: pad(Tensor("x", (dims("n"),)), (1, 2))))


def pad(x: object, width: int | Expr | Sequence[object]) -> Expr:
    """Zeros before and after each axis: one number for all, one pair (before, after) for all, or a pair an axis.

    Raises DeclarationError for widths that are not known to be non-negative integers, ShapeError for their number.
    Source: NumPy, pad.

    >>> sd.pad([1, 2], 1)
    [0, 1, 2, 0]
    """
    value = as_expr(x)
    rank = len(shape_of(value))
    pair = isinstance(width, tuple | list) and len(width) == 2 and not any(isinstance(w, tuple | list) for w in width)
    listed: list[Any] = list(width) if isinstance(width, tuple | list) else [(width, width)] * rank
    pairs: Any = [width] * rank if pair else listed
    if len(pairs) != rank:
        raise ShapeError(f"{len(pairs)} pairs of widths for {with_shapes(value)}", where=Shown("pad", (value,)))
    widths = tuple((as_expr(a), as_expr(b)) for a, b in pairs)
    for each in (w for two in widths for w in two):
        if not (each.is_integer and (each.is_nonnegative or nonnegative(size_affine(each)))):
            raise DeclarationError(f"the width {each} is not a number of zeros", where=Shown("pad", (value,)))
    return operator("pad")(value, width=widths)


def _kron_shape(args: Args, params: Params) -> Shape:
    a, b = map(shape_of, args)
    if len(a) != len(b) or len(a) not in (1, 2):
        raise ShapeError(f"kron takes two vectors or two matrices, not {with_shapes(*args)}", where=Shown("kron", args))
    return tuple(n * k for n, k in zip(a, b, strict=True))


def _kron_definition(out: Args, args: Args, params: Params) -> Expr:
    """Σ a_r b_s [i = (r - 1) n + s] for every axis."""
    a, b = args
    rows: list[Any] = []
    inner: list[Any] = []
    brackets: list[Expr] = []
    for axis, (n, k) in enumerate(zip(shape_of(a), shape_of(b), strict=True)):
        rows.append(bound(n, (*out, *rows, *inner), args, "ac"[axis]))
        inner.append(bound(k, (*out, *rows, *inner), args, "bd"[axis]))
        brackets.append(KroneckerDelta(out[axis], ((rows[-1] - 1) * k + inner[-1]).expand()))
    return Sum(Mul(at(a, rows), at(b, inner), *brackets), *rows, *inner)


def _kron_latex(write: Writer, args: Args, params: Params) -> str:
    """The sign between vectors would be read as their outer product."""
    if len(shape_of(args[0])) == 1:
        return latex_call(f"kron({write(args[0])}, {write(args[1])})")
    return rf"{write(args[0], MUL)} \otimes {write(args[1], MUL)}"


register(Operator(
    name="kron", declarable=True, reads=("kronecker", "KroneckerProduct"), keeps_sign=2, shape=_kron_shape,
    definition=_kron_definition,
    latex=_kron_latex, latex_precedence=lambda args, params: MUL if len(shape_of(args[0])) == 2 else FUNC,
    numpy=lambda sources, params, shapes: f"np.kron({', '.join(sources)})",
    example=lambda: kron(Tensor("a", (dims("m"),)), Tensor("b", (Integer(3),)))))


def kron(a: object, b: object) -> Expr:
    """The Kronecker product of two vectors or two matrices.  Raises ShapeError.

    Source: Magnus and Neudecker (2019), ch. 2.

    >>> sd.kron([[1, 2]], [[0, 1]])
    [[0, 1, 0, 2]]
    """
    return operator("kron")(as_expr(a), as_expr(b))


# ------------------------------------------------------------------ axes in another order

def _build_permutation(op: Operator, args: Args, params: Params) -> Expr:
    (x,) = args
    axes = params["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if axes == tuple(reversed(range(len(axes)))):
        return operator("transpose")(x)
    return Apply(op, args, {"axes": axes})


register(NormalisingOperator(
    name="permute", batched=permuted, free=True, multilinear=True, keeps_sign=2, build=_build_permutation,
    shape=lambda args, params: tuple(shape_of(args[0])[axis] for axis in params["axes"]),
    definition=lambda out, args, params: at(args[0], [out[params["axes"].index(n)] for n in range(len(out))]),
    numpy=lambda sources, params, shapes: f"np.transpose({sources[0]}, {params['axes']})",
    text=lambda write, args, params: f"permute({write(args[0])}, axes={params['axes']})",
    example=lambda: permute(Tensor("X", dims("m n k")), (1, 0, 2))))


def permute(x: object, axes: tuple[int, ...]) -> Expr:
    """The axes in another order, as NumPy's transpose with axes.  Raises ShapeError where they are no permutation.

    Source: NumPy, transpose.

    >>> sd.permute([[1, 2], [3, 4]], (1, 0))
    [[1, 3], [2, 4]]
    """
    value = as_expr(x)
    rank = len(shape_of(value))
    order = tuple(_axis(a, rank, "permute", (value,)) for a in axes)
    if sorted(order) != list(range(rank)):
        raise ShapeError(f"{tuple(axes)} does not name every axis of {with_shapes(value)} once",
                         where=Shown("permute", (value,)))
    return operator("permute")(value, axes=order)


# ------------------------------------------------------------------ lookup and masks

def embedding(E: object, ids: object) -> Expr:
    """The rows of E that labels name: E[ids], for one label or an array of them.  Raises ShapeError.

    Source: Bengio, Ducharme, Vincent and Jauvin (2003).

    >>> sd.embedding([[1, 2], [3, 4]], [1])
    [[3, 4]]
    """
    table, labels = as_expr(E), as_expr(ids)
    where = Shown("embedding", (table, labels))
    if len(shape_of(table)) != 2:
        raise ShapeError(f"embedding takes a matrix, not {with_shapes(table)}", where=where)
    size = getattr(labels, "size", None) if isinstance(labels, Label) else getattr(labels, "label_size", None)
    if shape_of(labels) and size is None:
        raise ShapeError(f"{labels} holds numbers, not labels", where=where,
                         hint='declare it as labels: sd.label("ids", m, shape=(N,))')
    if size is not None and not same_size(size, shape_of(table)[0]):
        raise ShapeError(f"{with_shapes(table)} has {shape_of(table)[0]} rows, {labels} is in 1..{size}", where=where,
                         hint=f"declare the labels over {shape_of(table)[0]}")
    if not shape_of(labels):
        return operator("take")(table, index=(labels, None))
    return operator("embedding")(table, labels)


register(Operator(
    name="embedding", labels=("ids", 0), keeps_sign=2,
    shape=lambda args, params: (*shape_of(args[1]), shape_of(args[0])[1]),
    definition=lambda out, args, params: at(args[0], (at(args[1], out[:-1]), out[-1])),
    numpy=lambda sources, params, shapes: f"({sources[0]})[np.asarray({sources[1]}) - 1]",
    text=lambda write, args, params: f"embedding({write(args[0])}, {write(args[1])})",
    example=lambda: embedding(Tensor("E", (dims("m"), dims("n"))), Tensor("t", (dims("N"),), label_size=dims("m")))))


def dropout(x: object, mask: object, p: object) -> Expr:
    """x ⊙ mask/(1 - p) for a mask of zeros and ones of the shape of x, and the probability p of a zero.  Raises ShapeError.

    Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014).

    >>> sd.dropout([4, 6], [1, 0], 0.5)
    array([8., 0.])
    """
    rate = as_expr(p)
    if rate.is_number and not 0 <= rate < 1:
        raise DeclarationError(f"the probability {rate} of a zero must lie in 0..1, without 1")
    return as_expr(x) * as_expr(mask) / (1 - rate)


__all__ = ["concat", "dropout", "embedding", "expand", "expand_dims", "flatten", "kron", "pad", "permute", "reshape",
           "squeeze", "stack", "stretch", "take_slice", "vec"]
