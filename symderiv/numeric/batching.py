"""Operators over leading batch axes: the source for one instance turned into source for many at once.

A batched operand has further axes in front of its own.  Entrywise operators align the axes behind the batch; sums and
the like count their axes from the end; products become products of stacks of matrices.  What is not covered raises
NotVectorised, and the compiled function goes through the batch one instance at a time.
"""

from __future__ import annotations

from typing import Any

from ..arrays.arrays import Apply
from ..arrays.operator import Operator
from ..arrays.sizes import Shape
from ..layers.stacks import NotVectorised, aligned

Sources = tuple[str, ...]
Params = dict[str, Any]
Flags = tuple[bool, ...]


def batched_source(node: Apply, sources: Sources, params: Params, shapes: tuple[Shape, ...], lifted: Flags) -> str:
    """Source of an application of which some operands have leading axes.  Raises NotVectorised."""
    rule = node.op.batched
    if node.op.scalar is not None or rule == "entries":
        target = len(node.shape)
        own = tuple(aligned(s, len(shape), target, flag) for s, shape, flag in zip(sources, shapes, lifted, strict=True))
        return node.op.numpy(own, params, shapes)
    if rule == "axes":
        return node.op.numpy(sources, _from_the_end(node.op, params, len(shapes[0])), shapes)
    if rule == "stacks":
        return node.op.numpy(sources, params, shapes)
    if not isinstance(rule, str):
        return rule(sources, params, tuple(map(len, shapes)), lifted)
    raise NotVectorised(f"{node.op.name} has no rule for leading axes", where=node)


def _from_the_end(op: Operator, params: Params, rank: int) -> Params:
    """Axes as negative numbers; all axes of the operand where none is named."""
    axis = params.get("axis")
    if axis is None:
        return {**params, "axis": tuple(range(-rank, 0)) if not op.along_one and rank > 1 else -1}
    return {**params, "axis": tuple(a - rank for a in axis) if isinstance(axis, tuple) else int(axis) - rank}


__all__ = ["NotVectorised"]
