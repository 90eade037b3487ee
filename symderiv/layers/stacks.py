"""Sources of operators for operands with further axes in front: products of stacks of matrices, and the like."""

from __future__ import annotations

from typing import Any

from sympy import Integer

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


def stacked_product(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """a @ b, instance by instance."""
    a, b = sources
    if ranks == (1, 1):
        return f'np.einsum("...i,...i->...", {a}, {b})'
    if ranks == (2, 1):
        # One matrix for all instances: a single product of matrices.
        return f"np.matmul({a}, np.asarray({b})[..., None])[..., 0]" if lifted[0] else f"({b}) @ np.transpose({a})"
    if ranks == (1, 2):
        return f"np.matmul(np.asarray({a})[..., None, :], {b})[..., 0, :]" if lifted[1] else f"({a}) @ ({b})"
    return f"({a}) @ ({b})"


def stacked_outer(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """a bᵀ."""
    a, b = sources
    left = f"np.asarray({a})[{', '.join(['...', *[':'] * ranks[0], *['None'] * ranks[1]])}]"
    return f"{left} * {aligned(b, ranks[1], sum(ranks), lifted[1])}"


def stacked_transpose(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """The own axes reversed."""
    if ranks == (2,):
        return f"np.swapaxes({sources[0]}, -1, -2)"
    letters = "abcdefghij"[:ranks[0]]
    return f'np.einsum("...{letters}->...{letters[::-1]}", {sources[0]})'


def permuted(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """The own axes in another order."""
    letters = "abcdefghij"[:ranks[0]]
    return f'np.einsum("...{letters}->...{"".join(letters[int(a)] for a in params["axes"])}", {sources[0]})'


def stacked_diag(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """The diagonal, or the diagonal matrix."""
    if ranks == (2,):
        return f"np.diagonal({sources[0]}, axis1=-2, axis2=-1)"
    return f"(lambda v: v[..., :, None] * np.eye(v.shape[-1], dtype=dtype))(np.asarray({sources[0]}))"


def stacked_einsum(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """The same einsum with an ellipsis for the batch."""
    left, right = params["spec"].replace(" ", "").split("->")
    spec = ",".join(("..." if flag else "") + letters for letters, flag in zip(left.split(","), lifted, strict=True))
    return f'np.einsum("{spec}->...{right}", {", ".join(sources)}, optimize=True)'


def stacked_take(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """The part at positions that are numbers."""
    index = params["index"]
    if any(lifted[1:]) or any(p is not None and not isinstance(p, int | Integer) for p in index):
        raise NotVectorised("a part at a symbolic position has no rule for leading axes")
    inside = " and ".join(f"1 <= {p} <= a.shape[{axis - len(index)}]" for axis, p in enumerate(index) if p is not None)
    key = ", ".join(":" if p is None else f"({p} - 1) % a.shape[{axis - len(index)}]" for axis, p in enumerate(index))
    return f"(lambda a: a[..., {key}] * bool({inside}))({sources[0]})"


def stacked_trace(sources: Sources, params: Params, ranks: tuple[int, ...], lifted: Flags) -> str:
    """The sum of the diagonal."""
    return f"np.trace({sources[0]}, axis1=-2, axis2=-1)"
