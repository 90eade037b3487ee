"""Operators over leading batch axes: the source for one instance turned into source for many at once.

A batched operand has further axes in front of its own.  Entrywise operators align the axes behind the batch; sums and
the like count their axes from the end; products become products of stacks of matrices.  What is not covered raises
NotVectorised, and the compiled function goes through the batch one instance at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Integer

from ..arrays.arrays import Apply
from ..arrays.sizes import Shape
from ..errors import UnknownFunction

Sources = tuple[str, ...]
Params = dict[str, Any]
Flags = tuple[bool, ...]


class NotVectorised(UnknownFunction):
    """An operator that has no rule for leading axes."""


def aligned(source: str, rank: int, target: int, lifted: bool) -> str:
    """A batched value of fewer axes than its partners, axes of length 1 put in between batch and own axes."""
    if not lifted or rank >= target:
        return source
    return f"np.asarray({source})[{', '.join(['...', *['None'] * (target - rank), *[':'] * rank])}]"


def batched_source(node: Apply, sources: Sources, params: Params, shapes: tuple[Shape, ...], lifted: Flags) -> str:
    """Source of an application of which some operands have leading axes.  Raises NotVectorised."""
    name = node.op.name
    if node.op.scalar is not None or name in ENTRYWISE:
        target = len(node.shape)
        own = tuple(aligned(s, len(shape), target, flag) for s, shape, flag in zip(sources, shapes, lifted, strict=True))
        return node.op.numpy(own, params, shapes)
    if name in REDUCING:
        return node.op.numpy(sources, _from_the_end(name, params, len(shapes[0])), shapes)
    if name in NATIVE:
        return node.op.numpy(sources, params, shapes)
    if name in RULES:
        return RULES[name](sources, params, tuple(map(len, shapes)), lifted)
    raise NotVectorised(f"{name} has no rule for leading axes", where=node)


ENTRYWISE = frozenset({"add", "mul", "pow", "where", "maximum", "minimum", "clip"})
REDUCING = frozenset({"sum", "mean", "var", "std", "norm", "max", "min", "softmax", "log_softmax", "logsumexp"})
NATIVE = frozenset({"inv", "det", "logdet", "one_hot"})


def _from_the_end(name: str, params: Params, rank: int) -> Params:
    """Axes as negative numbers; all axes of the operand where none is named."""
    axis = params.get("axis")
    if axis is None:
        whole = name not in ("softmax", "log_softmax", "logsumexp")
        return {**params, "axis": tuple(range(-rank, 0)) if whole and rank > 1 else -1}
    return {**params, "axis": tuple(a - rank for a in axis) if isinstance(axis, tuple) else int(axis) - rank}


def _product(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    a, b = sources
    if ranks == (1, 1):
        return f'np.einsum("...i,...i->...", {a}, {b})'
    if ranks == (2, 1):
        # One matrix for all instances: a single product of matrices.
        return f"np.matmul({a}, np.asarray({b})[..., None])[..., 0]" if lifted[0] else f"({b}) @ np.transpose({a})"
    if ranks == (1, 2):
        return f"np.matmul(np.asarray({a})[..., None, :], {b})[..., 0, :]" if lifted[1] else f"({a}) @ ({b})"
    return f"({a}) @ ({b})"


def _outer(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    a, b = sources
    left = f"np.asarray({a})[{', '.join(['...', *[':'] * ranks[0], *['None'] * ranks[1]])}]"
    return f"{left} * {aligned(b, ranks[1], sum(ranks), lifted[1])}"


def _transpose(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    if ranks == (2,):
        return f"np.swapaxes({sources[0]}, -1, -2)"
    letters = "abcdefghij"[:ranks[0]]
    return f'np.einsum("...{letters}->...{letters[::-1]}", {sources[0]})'


def _permuted(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    letters = "abcdefghij"[:ranks[0]]
    return f'np.einsum("...{letters}->...{"".join(letters[int(a)] for a in params["axes"])}", {sources[0]})'


def _diag(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    if ranks == (2,):
        return f"np.diagonal({sources[0]}, axis1=-2, axis2=-1)"
    return f"(lambda v: v[..., :, None] * np.eye(v.shape[-1], dtype=dtype))(np.asarray({sources[0]}))"


def _einsum(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    left, right = params["spec"].replace(" ", "").split("->")
    spec = ",".join(("..." if flag else "") + letters for letters, flag in zip(left.split(","), lifted, strict=True))
    return f'np.einsum("{spec}->...{right}", {", ".join(sources)}, optimize=True)'


def _take(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    index = params["index"]
    if any(lifted[1:]) or any(p is not None and not isinstance(p, int | Integer) for p in index):
        raise NotVectorised("a part at a symbolic position has no rule for leading axes")
    inside = " and ".join(f"1 <= {p} <= a.shape[{axis - len(index)}]" for axis, p in enumerate(index) if p is not None)
    key = ", ".join(":" if p is None else f"({p} - 1) % a.shape[{axis - len(index)}]" for axis, p in enumerate(index))
    return f"(lambda a: a[..., {key}] * bool({inside}))({sources[0]})"


RULES: dict[str, Callable[[Sources, Params, tuple[int, ...], Flags], str]] = {
    "matmul": _product,
    "outer": _outer,
    "transpose": _transpose,
    "permute": _permuted,
    "diag": _diag,
    "einsum": _einsum,
    "take": _take,
    "trace": lambda sources, params, ranks, lifted: f"np.trace({sources[0]}, axis1=-2, axis2=-1)",
}


__all__ = ["NotVectorised", "aligned", "batched_source"]
