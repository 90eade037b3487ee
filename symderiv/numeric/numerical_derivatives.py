"""Numerical derivatives of the primal, entry by entry: what symbolic derivatives are checked against.

Dual numbers are exact to rounding; central differences are the independent second opinion, and the complex step a third
where the function is analytic.  Source: Griewank and Walther, Evaluating Derivatives (2008), ch. 3; Higham, Accuracy
and Stability of Numerical Algorithms (2002), 1.14; Squire and Trapp, SIAM Review 40 (1998) 110.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, product
from math import prod
from typing import Any

import mpmath  # type: ignore[import-untyped]
from sympy import Expr

from ..arrays.arrays import Array, as_expr
from ..errors import BoundExceeded, EvaluationError
from ..late import np
from .dual import Dual, Numbers
from .evaluate import Data, Evaluator, Variables, value_of

METHODS = ("dual", "complex", "central", "ahead")
STEP = 6e-6
"""About the cube root of the rounding error, which balances rounding against the error of central differences."""
BATCH = 256
MOST_POINTS = 2_000
"""Values in many digits take a thousand times as long as floats."""


def jacobian(expr: object, wrt: Expr, arrays: Mapping[str, Any], method: str = "dual") -> Numbers:
    """∂ expr / ∂ wrt at the given arrays: an array of shape expr.shape + wrt.shape.

    ``wrt`` is a tensor, or an array inside the expression (a definition, or an operator's result), whose value is then
    perturbed in its place.  ``arrays`` holds tensors, labels (from 0) and sizes by name; more names are allowed.
    Methods: "dual", "complex", "central", and "ahead", the difference in one direction, which tells a kink.
    Raises EvaluationError.
    """
    node = as_expr(expr)
    data = _data(node, wrt, arrays)
    return _jacobian(node, wrt, data, {}, method)


def jacobians(expr: object, variables: Sequence[Expr], arrays: Mapping[str, Any],
              ways: Sequence[Numbers] | None = None, method: str = "dual") -> list[Numbers]:
    """The Jacobians by several tensors, "dual" or "central", as ``jacobian`` gives each: one evaluation for many directions.

    With ``ways``, one for each tensor and of its shape, the derivatives in these directions alone.
    """
    node = as_expr(expr)
    floats = {name: _floating(np.asarray(value)) for name, value in arrays.items()}
    data = Data(Variables([node, *variables]), floats, strict=False)
    bases = [_value(v, data) for v in variables]
    ends = [0, *accumulate(int(b.size) if ways is None else 1 for b in bases)]
    parts = []
    for start in range(0, max(ends[-1], 1), BATCH):
        count = min(BATCH, ends[-1] - start)
        moved: dict[Expr, Any] = {}
        widths = np.zeros(count)
        for k, (v, base, begin, end) in enumerate(zip(variables, bases, ends[:-1], ends[1:], strict=True)):
            low, high = max(begin, start), min(end, start + count)
            if low < high:
                directions = np.zeros((count, base.size))
                if ways is None:
                    directions[np.arange(low, high) - start, np.arange(low, high) - begin] = 1
                else:
                    directions[low - start] = ways[k].ravel()
                moved[v], wide = _moved(base, directions.reshape(count, *base.shape), method)
                widths += wide
        parts.append(_found(value_of(Evaluator(data, moved), node), widths, method))
    rows = np.moveaxis(np.concatenate(parts), 0, -1)
    return [rows[..., begin:end].reshape(rows.shape[:-1] + (base.shape if ways is None else ()))
            for base, begin, end in zip(bases, ends[:-1], ends[1:], strict=True)]


def hessian(expr: object, first: Expr, second: Expr, arrays: Mapping[str, Any]) -> Numbers:
    """∂² expr / ∂ first ∂ second: central differences in ``second`` of dual numbers in ``first``.

    Shape: expr.shape + first.shape + second.shape.
    """
    node = as_expr(expr)
    data = _data(node, second, arrays)
    base = _value(second, data)
    steps = STEP * np.maximum(1.0, np.abs(base.ravel()))
    # One row a position and sign, and for each of them one a direction: all that is evaluated is evaluated in batches.
    shifts = np.eye(base.size) * steps
    points = np.stack([base.ravel() + shifts, base.ravel() - shifts], axis=1).reshape(2 * base.size, *base.shape)
    origins = points if first == second else Evaluator(data, {second: points} if len(points) else {}).array(first)
    shape = origins.shape[1:]
    directions = np.eye(prod(shape)).reshape(-1, *shape)
    parts = []
    for start in range(0, len(points) * len(directions), BATCH):
        rows = np.arange(start, min(start + BATCH, len(points) * len(directions)))
        place, direction = rows // len(directions), rows % len(directions)
        tangent = Dual(origins[np.minimum(place, len(origins) - 1)], directions[direction])
        parts.append(_slopes(value_of(Evaluator(data, {second: points[place], first: tangent}), node), len(rows)))
    if not parts:
        return np.zeros((*_jacobian(node, first, data, {}, "dual").shape, *base.shape))
    ends = np.concatenate(parts)
    ends = ends.reshape(base.size, 2, len(directions), *ends.shape[1:])
    slopes = (ends[:, 0] - ends[:, 1]) / (2 * steps.reshape((-1,) + (1,) * (ends.ndim - 2)))
    return np.asarray(np.moveaxis(slopes, (0, 1), (-1, -2)).reshape(ends.shape[3:] + shape + base.shape))


def values_in_digits(nodes: Sequence[Expr], arrays: Mapping[str, Any]) -> list[Numbers]:
    """The values of expressions at numbers of many digits, in as many as mpmath counts with."""
    evaluator = Evaluator(_in_digits(nodes, arrays))
    return [np.asarray(value_of(evaluator, node), dtype=object)[0] for node in nodes]


def differences(expr: object, wrt: Expr, arrays: Mapping[str, Any], order: int) -> Numbers:
    """The first or second derivatives by central differences in as many digits as mpmath counts with.

    Raises BoundExceeded where that is too much.
    """
    node = as_expr(expr)
    data = _in_digits([node, wrt], arrays)
    base = np.asarray(Evaluator(data).array(wrt)[0], dtype=object)
    places = list(product(range(base.size), repeat=order))
    signs = list(product((1, -1), repeat=order))
    if len(places) * len(signs) > MOST_POINTS:
        raise BoundExceeded(f"{len(places) * len(signs)} points are too many for many digits")
    step = mpmath.mpf(10) ** -(mpmath.mp.dps // 5)
    rows = []
    for place, sign in product(places, signs):
        moved = list(base.ravel())
        for k, way in zip(place, sign, strict=True):
            moved[k] = moved[k] + way * step
        rows.append(moved)
    points = np.asarray(rows, dtype=object).reshape(len(rows), *base.shape)
    found = np.asarray(value_of(Evaluator(data, {wrt: points}), node), dtype=object)
    found = np.broadcast_to(found, (len(rows), *found.shape[1:])).reshape(len(places), len(signs), *found.shape[1:])
    total = sum(prod(sign) * found[:, k] for k, sign in enumerate(signs)) / (2 * step) ** order
    return np.asarray(np.moveaxis(total, 0, -1).reshape((*found.shape[2:], *base.shape * order)))


def _in_digits(nodes: Sequence[Expr], arrays: Mapping[str, Any]) -> Data:
    data = Data(Variables(nodes), arrays, strict=False)
    data.kind = "multiprecision"
    return data


def kink_distance(expr: object, arrays: Mapping[str, Any]) -> float:
    """The least distance from a kink that evaluating an expression meets; infinite where it has none."""
    node = as_expr(expr)
    evaluator = Evaluator(Data(Variables([node]), arrays, strict=False))
    value_of(evaluator, node)
    return evaluator.kink_distance


def _data(expr: Expr, wrt: Expr, arrays: Mapping[str, Any]) -> Data:
    if not isinstance(wrt, Array):
        raise EvaluationError(f"cannot perturb {wrt}", where=wrt, hint="name a tensor or a definition")
    floats = {name: _floating(np.asarray(value)) for name, value in arrays.items()}
    return Data(Variables([expr, wrt]), floats, strict=False)


def _floating(array: Numbers) -> Numbers:
    return array.astype(float) if array.dtype == object else array


def _value(node: Expr, data: Data) -> Numbers:
    value = Evaluator(data).array(node)
    return np.array(value[0], dtype=float)


def _jacobian(expr: Expr, wrt: Expr, data: Data, fixed: Mapping[Expr, Any], method: str) -> Numbers:
    base = np.array(fixed[wrt][0] if wrt in fixed else Evaluator(data, fixed).array(wrt)[0], dtype=float)
    size = base.size
    parts = []
    for start in range(0, max(size, 1), BATCH):
        count = min(BATCH, size - start)
        directions = np.zeros((count, size))
        directions[np.arange(count), start + np.arange(count)] = 1
        parts.append(_directional(expr, wrt, data, fixed, base, directions.reshape(count, *base.shape), method))
    rows = np.concatenate(parts)
    return np.moveaxis(rows, 0, -1).reshape(rows.shape[1:] + base.shape)


def _directional(expr: Expr, wrt: Expr, data: Data, fixed: Mapping[Expr, Any], base: Numbers, directions: Numbers,
                 method: str) -> Numbers:
    """One derivative a direction, stacked along the first axis."""
    def run(stand_in: Any) -> Any:
        return value_of(Evaluator(data, {**fixed, wrt: stand_in}), expr)

    moved, widths = _moved(base, directions, method)
    return _found(run(moved), widths, method)


def _moved(base: Numbers, directions: Numbers, method: str) -> tuple[Any, Numbers]:
    """An array moved in each of some directions, and how far: for differences, twice as many rows."""
    count = len(directions)
    if method == "dual":
        return Dual(base[None], directions), np.zeros(count)
    if method == "complex":
        return base[None] + 1e-30j * directions, np.zeros(count)
    if method in ("central", "ahead"):
        step = STEP * np.maximum(1.0, np.abs(base[None]))
        behind = 0 if method == "ahead" else step * directions
        rows = np.concatenate([base[None] + step * directions, base[None] - behind + 0 * directions])
        return rows, (1 if method == "ahead" else 2) * (step * directions).reshape(count, -1).sum(axis=1)
    raise EvaluationError(f"unknown method {method!r}", hint="one of " + ", ".join(METHODS))


def _found(value: Any, widths: Numbers, method: str) -> Numbers:
    """One derivative a direction, from the values where an array was moved that far."""
    count = len(widths)
    if method == "dual":
        return _slopes(value, count)
    if method == "complex":
        return np.array(np.broadcast_to(np.imag(value) / 1e-30, (count, *value.shape[1:])))
    both = np.broadcast_to(value, (2 * count, *value.shape[1:]))
    return np.asarray((both[:count] - both[count:]) / widths.reshape((count,) + (1,) * (both.ndim - 1)))


def _slopes(value: Any, count: int) -> Numbers:
    """The derivative in each of so many directions, along the first axis."""
    slope = value.slope if isinstance(value, Dual) else np.zeros((1, *value.shape[1:]))
    return np.array(np.broadcast_to(slope, (count, *value.shape[1:])))
