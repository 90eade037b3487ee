"""Assumptions about values, at points: bounds and equations by construction, the others by asking whether they hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from ..arrays.arrays import Named, Tensor
from ..arrays.assumptions import Between, assigned, letters_of
from ..errors import EvaluationError
from ..late import np
from .dual import Numbers
from .evaluate import Data, Evaluator, Scope, value_of


def bounded(values: Numbers, bound: Between | None) -> Numbers:
    """Entries moved between two bounds: those outside are reflected or scaled to lie inside, at every distance."""
    if bound is None:
        return values
    low, high = float(bound.low), float(bound.high)
    inside = (values > low if bound.open_low else values >= low) & (values < high if bound.open_high else values <= high)
    size = np.where(values == 0, 1.0, np.abs(values))
    if math.isfinite(low) and math.isfinite(high):
        moved = low + (high - low) * size / (1 + size)
    else:
        moved = low + size if math.isfinite(low) else high - size
    return np.where(inside, values, moved)


def given_values(held: Iterable[Any], data: Callable[[], Data], tensors: dict[str, Numbers]) -> None:
    """Tensors that an equation gives a value to take it, point by point (the first axis)."""
    for tensor, value in filter(None, map(assigned, held)):
        if tensor.name in tensors:
            given = np.asarray(value_of(Evaluator(data()), value), float)
            missing = tensors[tensor.name].ndim - given.ndim
            tensors[tensor.name] = np.array(np.broadcast_to(given.reshape(given.shape + (1,) * missing),
                                                            tensors[tensor.name].shape))


def holds_at(relation: Any, evaluator: Evaluator, count: int) -> Numbers:
    """At which of the points a condition holds in every entry."""
    letters = letters_of(relation)
    # What a condition reads and the sides do not is not restricted by it.
    try:
        if letters or any(getattr(side, "shape", ()) for side in relation.args):
            left, right = (np.asarray(value_of(evaluator, Named("condition", letters, side) if letters else side), float)
                           for side in relation.args)
            rank = max(left.ndim, right.ndim)
            left, right = (v.reshape(v.shape[:1] + (1,) * (rank - v.ndim) + v.shape[1:]) for v in (left, right))
            found = _compared(relation, left, right)
        else:
            for side in relation.args:
                value_of(evaluator, side)
            found = np.asarray(evaluator.condition(relation, Scope()))
            values = [np.asarray(value_of(evaluator, side), float) for side in relation.args]
            found = np.asarray(found & np.all([np.isfinite(v) for v in np.broadcast_arrays(*values)], axis=0))
    except (EvaluationError, ZeroDivisionError, KeyError):
        return np.ones(count, dtype=bool) if not _known(relation, evaluator) else np.zeros(count, dtype=bool)
    return np.broadcast_to(found.reshape(len(found), -1).all(axis=1), (count,))


def _known(relation: Any, evaluator: Evaluator) -> bool:
    names = {s.name for s in relation.free_symbols if isinstance(s, Tensor)}
    return all(name in evaluator.data.tensors or name in evaluator.data.labels for name in names)


def _compared(relation: Any, left: Numbers, right: Numbers) -> Numbers:
    compare: dict[str, Callable[[Any, Any], Any]] = {
        "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "!=": np.not_equal, "==": np.isclose}
    with np.errstate(all="ignore"):
        return np.asarray(compare[relation.rel_op](left, right)) & np.isfinite(left) & np.isfinite(right)
