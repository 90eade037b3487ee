"""Receptive fields: which entries of the input an entry of a layer depends on, along each axis.

An entry n of a layer that slides a kernel reads the entries jump n + low .. jump n + high of its input; such intervals
compose from layer to layer, and those of parallel branches are united.  A transposed convolution is followed phase by
phase.  Source: Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks (2019), sec. 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from sympy import Expr, Integer, Max, Min, S

from ..errors import NoRule
from .size_text import plain, shape_text

Interval = tuple[Any, Any]


class Extent(tuple[Any, ...]):
    """Sizes along the axes, as of a kernel or a receptive field; a square one also equals its side: Extent((7, 7)) == 7."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | Expr):
            return all(size == other for size in self)
        return tuple.__eq__(self, other) if isinstance(other, tuple) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __int__(self) -> int:
        if len(set(self)) != 1:
            raise TypeError(f"the extent {self} is not one number")
        return int(self[0])

    def __str__(self) -> str:
        return shape_text(self)


@dataclass(frozen=True)
class Window:
    """Entry n reads the entries jump n + low .. jump n + high."""

    jump: Expr = S.One
    low: Expr = S.Zero
    high: Expr = S.Zero

    def after(self, first: Window) -> Window:
        """This window upon another."""
        return Window(first.jump * self.jump, first.jump * self.low + first.low, first.jump * self.high + first.high)

    def see(self, seen: Interval) -> Interval:
        """What the entries of an interval read."""
        return self.jump * seen[0] + self.low, self.jump * seen[1] + self.high

    period = 1


@dataclass(frozen=True)
class Spread:
    """Entry n of a transposed convolution reads the entries a with 0 ≤ n + left - stride a ≤ reach.

    ``dilation`` is that of its kernel: where there are gaps between what its copies write, intervals say too much.
    """

    stride: Expr
    left: Expr
    reach: Expr
    dilation: Expr = S.One

    def see(self, seen: Interval) -> Interval:
        """What the entries of an interval read; nothing where the ends cross."""
        return -((self.reach - self.left - seen[0]) // self.stride), (seen[1] + self.left) // self.stride

    @property
    def period(self) -> int:
        """After how many entries the pattern repeats.  Raises NoRule for sizes that are symbols."""
        if not all(size.is_Integer for size in (self.stride, self.left, self.reach)):
            raise NoRule("the receptive field behind a transposed convolution needs its kernel and stride as numbers")
        if self.stride > 1 and (self.reach + 1 < self.stride or self.dilation != 1):
            raise NoRule("a transposed convolution leaves gaps: the receptive field behind it is no interval")
        return int(self.stride)


@dataclass(frozen=True)
class Whole:
    """Every entry reads the whole axis."""

    period = 1

    def see(self, seen: Interval) -> Interval:
        """An interval is of no use here: ``field_size`` knows."""
        raise NoRule("the whole axis has no interval of its own")


@dataclass(frozen=True)
class Mixed:
    """Axes made into others, along which fields are no intervals."""

    period = 1

    def see(self, seen: Interval) -> Interval:
        """Not an interval.  Raises NoRule."""
        raise NoRule("behind a reshape, receptive fields are no intervals")


@dataclass(frozen=True)
class Union:
    """Branches that are read together."""

    parts: tuple[Sight, ...]

    def see(self, seen: Interval) -> Interval:
        """The hull of what the branches read."""
        ends = [_see(part, seen) for part in self.parts]
        held = [end for end in ends if end[0] <= end[1]] or ends
        return min(low for low, _ in held), max(high for _, high in held)

    @property
    def period(self) -> int:
        """That of all branches together."""
        return prod(stage.period for part in self.parts for stage in part)


Stage = Window | Spread | Whole | Mixed | Union
Sight = tuple[Stage, ...]
"""The stages along one axis, from the input on."""

WHOLE = Whole()
MOST_PHASES = 1 << 14


def seen_through(sight: Sight, stage: Stage) -> Sight:
    """One stage more."""
    if isinstance(stage, Whole) or sight == (WHOLE,):
        return (WHOLE,)
    if isinstance(stage, Window) and sight and isinstance(sight[-1], Window):
        return (*sight[:-1], stage.after(sight[-1]))
    return sight if stage == Window() else (*sight, stage)


def along(sight: tuple[Sight, ...], axis: int) -> Sight:
    """What is seen along an axis; what has one axis left sees the same along all."""
    return sight[axis] if axis < len(sight) else sight[-1]


def united(sights: Sequence[Sight]) -> Stage:
    """What parallel branches see together."""
    if any(WHOLE in sight for sight in sights):
        return WHOLE
    windows = [sight[0] if sight else Window() for sight in sights if len(sight) <= 1]
    plain_windows = [w for w in windows if isinstance(w, Window)]
    if len(plain_windows) == len(sights) and len({w.jump for w in plain_windows}) == 1:
        return Window(plain_windows[0].jump, Min(*(w.low for w in plain_windows)), Max(*(w.high for w in plain_windows)))
    return Union(tuple(sights))


def field_size(sight: Sight, whole: Any) -> Any:
    """The number of entries, along one axis, that an entry depends on; the most of any entry where they differ.

    Raises NoRule where that depends on sizes that are symbols.
    """
    if sight == (WHOLE,):
        return plain(whole)
    if all(isinstance(stage, Window) for stage in sight):
        low, high = _see(sight, (Integer(0), Integer(0)))
        return plain((high - low + 1).expand())
    phases = prod(stage.period for stage in sight)
    if phases > MOST_PHASES:
        raise NoRule(f"the receptive field would need {phases} phases to be looked at")
    found = [_see(sight, (Integer(n), Integer(n))) for n in range(phases)]
    if any(not (high - low).is_Integer for low, high in found):
        raise NoRule("the receptive field behind a transposed convolution needs kernels and strides as numbers")
    return plain(max(Integer(0), *(high - low + 1 for low, high in found)))


def jump_of(sight: Sight) -> Any:
    """How far apart in the input the fields of neighbours are; None where every entry sees all."""
    jump: Any = Integer(1)
    for stage in sight:
        if isinstance(stage, Whole | Mixed):
            return None
        if isinstance(stage, Union):
            jump *= jump_of(stage.parts[0])
        else:
            jump = jump / stage.stride if isinstance(stage, Spread) else jump * stage.jump
    return plain(jump)


def _see(sight: Sight, seen: Interval) -> Interval:
    for stage in reversed(sight):
        if (seen[1] - seen[0]).is_negative:
            # An entry that lies between the copies of a kernel reads nothing.
            break
        seen = stage.see(seen)
    return seen
