"""Dual numbers over NumPy arrays: a value and its derivative in one direction a batch row.

Source: Griewank and Walther, Evaluating Derivatives (2008), 3.1.  Kinks take the branch that the value lies on.
"""

from __future__ import annotations

from typing import Any

from ..functions import ScalarFunction
from ..late import Numbers, np


class Dual:
    """value + ε·slope with ε² = 0, elementwise over two arrays that broadcast against each other."""

    __slots__ = ("slope", "value")
    __array_priority__ = 100
    __array_ufunc__ = None

    def __init__(self, value: Any, slope: Any) -> None:
        self.value: Numbers = np.asarray(value)
        self.slope: Numbers = np.asarray(slope)

    @property
    def shape(self) -> tuple[int, ...]:
        """The common shape of value and slope."""
        return np.broadcast_shapes(self.value.shape, self.slope.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return max(self.value.ndim, self.slope.ndim)

    def appended(self, axes: int) -> Dual:
        """With axes of size 1 added behind."""
        tail = (1,) * axes
        return Dual(self.value.reshape(self.value.shape + tail), self.slope.reshape(self.slope.shape + tail))

    def stretched(self, lengths: tuple[int, ...]) -> Dual:
        """Broadcast along all axes but the batch."""
        return Dual(np.broadcast_to(self.value, (len(self.value), *lengths)),
                    np.broadcast_to(self.slope, (len(self.slope), *lengths)))

    def gather(self, batch: Numbers, positions: tuple[Numbers, ...]) -> Dual:
        """Entries at integer positions; the batch axis of size 1 serves every batch row."""
        return Dual(self.value[(np.minimum(batch, len(self.value) - 1), *positions)],
                    self.slope[(np.minimum(batch, len(self.slope) - 1), *positions)])

    def total(self) -> Dual:
        """Sum over the last axis."""
        return Dual(self.value.sum(axis=-1), self.slope.sum(axis=-1))

    def __add__(self, other: Any) -> Dual:
        o = as_dual(other)
        return Dual(self.value + o.value, self.slope + o.slope)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Dual:
        o = as_dual(other)
        return Dual(self.value * o.value, self.slope * o.value + self.value * o.slope)

    __rmul__ = __mul__

    def power(self, exponent: Any) -> Dual:
        """self ** exponent; a constant exponent never takes a logarithm."""
        e = as_dual(exponent)
        value = self.value ** e.value
        slope = np.where(e.value == 0, 0.0, e.value * self.value ** np.where(e.value == 0, 1, e.value - 1)) * self.slope
        if np.any(e.slope):
            slope = slope + value * np.log(self.value) * e.slope
        return Dual(value, slope)


def as_dual(x: Any) -> Dual:
    """A number or array as a constant dual number."""
    if isinstance(x, Dual):
        return x
    value = np.asarray(x)
    return Dual(value, np.zeros((1,) * value.ndim))


def applied(record: ScalarFunction, *args: Any) -> Dual:
    """A function of dual numbers by its value and its slopes, slot by slot."""
    duals = [as_dual(a) for a in args]
    values = [d.value for d in duals]
    slopes = [rule(np, *values) * d.slope for rule, d in zip(record.slopes, duals, strict=True) if np.any(d.slope)]
    value = record.value(np, *values)
    return Dual(value, sum(slopes[1:], slopes[0]) if slopes else np.zeros_like(value, dtype=float))


def where(mask: Any, a: Any, b: Any) -> Any:
    """Entries of a where the mask holds, else of b."""
    if isinstance(a, Dual) or isinstance(b, Dual):
        x, y = as_dual(a), as_dual(b)
        return Dual(np.where(mask, x.value, y.value), np.where(mask, x.slope, y.slope))
    return np.where(mask, a, b)


__all__ = ["Numbers"]
