"""Networks of layers: one after the other, side by side, and around which the input is added again."""

from __future__ import annotations

from typing import ClassVar

from ..arrays.sizes import Shape, same_shape, show_shape
from ..arrays.strict import shown, strict
from ..errors import DeclarationError, ShapeError
from ..layers.structure import concat
from .layer_plan import Layer, Plan, Trace, Traced, located, signal, unseen
from .receptive import Sight, along, seen_through, united
from .size_text import plain_shape, product


def _as_layer(given: object) -> Layer:
    """A layer, or a list of layers as a Sequential.  Raises DeclarationError."""
    if isinstance(given, Layer):
        return given
    if isinstance(given, list | tuple):
        return Sequential(*given)
    raise DeclarationError(f"{shown(given)} is not a layer",
                           hint="Conv2d(...), not the class Conv2d" if isinstance(given, type) else None)


class _Network(Layer):
    """Shared by networks: layers given one by one."""

    layers: tuple[Layer, ...]

    @property
    def text(self) -> str:
        """As it is written in Python."""
        return f"{type(self).__name__}({', '.join(layer.text for layer in self.layers)})"


def _below(place: str, number: int) -> str:
    return f"{place}.{number}" if place else str(number)


class Sequential(_Network):
    """Layers one after the other; a list of layers among them is one that is nested."""

    layers: tuple[Layer, ...]

    @strict
    def __init__(self, *layers: object, name: str = "") -> None:
        object.__setattr__(self, "layers", tuple(map(_as_layer, layers)))
        object.__setattr__(self, "name", name)

    def trace(self, shape: Shape, sight: tuple[Sight, ...], place: str) -> Trace:
        """Each layer on the output of the one before."""
        leaves: list[Traced] = []
        for number, layer in enumerate(self.layers, 1):
            found = layer.trace(shape, sight, _below(place, number))
            leaves += found.leaves
            shape, sight = found.output, found.sight
        return Trace(tuple(leaves), shape, sight)


class Parallel(_Network):
    """Branches that all read the input; their outputs stand side by side along the channels, or another ``axis``.

    An empty branch, ``Sequential()``, hands the input on.
    """

    layers: tuple[Layer, ...]
    axis: int

    @property
    def text(self) -> str:
        """As it is written in Python."""
        return super().text if self.axis == 0 else f"{super().text[:-1]}, axis={self.axis})"

    @strict
    def __init__(self, *branches: object, axis: int = 0, name: str = "") -> None:
        if not branches:
            raise DeclarationError("Parallel needs at least one branch")
        object.__setattr__(self, "layers", tuple(map(_as_layer, branches)))
        object.__setattr__(self, "axis", axis)
        object.__setattr__(self, "name", name)

    def trace(self, shape: Shape, sight: tuple[Sight, ...], place: str) -> Trace:
        """Every branch on the same input; then the concatenation."""
        traces = _branches(self.layers, shape, place)
        shapes = [trace.output for trace in traces]
        plan = located(lambda: _joined(shapes, self.axis), _Join(f"Parallel of {len(shapes)} branches", name=self.name),
                       shape, place)
        return _merged(traces, plan, _Join("Concatenation", name=self.name), shape, sight, place)


class Residual(_Network):
    """Layers whose output is added to their input, or to that of a ``shortcut`` which changes its shape."""

    layers: tuple[Layer, ...]
    shortcut: Layer

    @strict
    def __init__(self, *layers: object, shortcut: object = None, name: str = "") -> None:
        object.__setattr__(self, "layers", tuple(map(_as_layer, layers)))
        object.__setattr__(self, "shortcut", Sequential() if shortcut is None else _as_layer(shortcut))
        object.__setattr__(self, "name", name)

    @property
    def text(self) -> str:
        """As it is written in Python."""
        short = "" if self.shortcut == Sequential() else f", shortcut={self.shortcut.text}"
        return f"Residual({', '.join(layer.text for layer in self.layers)}{short})"

    def trace(self, shape: Shape, sight: tuple[Sight, ...], place: str) -> Trace:
        """The body and the shortcut on the same input; then the sum."""
        traces = _branches((Sequential(*self.layers), self.shortcut), shape, place)
        plan = located(lambda: _added(traces[0].output, traces[1].output), _Join("Residual", name=self.name), shape, place)
        return _merged(traces, plan, _Join("Addition", name=self.name), shape, sight, place)


class _Join(Layer):
    """Where branches come together."""

    what: str

    words: ClassVar[tuple[str, ...]] = ("what",)

    @property
    def text(self) -> str:
        """What happens there."""
        return self.what


def _branches(layers: tuple[Layer, ...], shape: Shape, place: str) -> list[Trace]:
    """Each branch on the input of all, what it sees told from that input on."""
    return [layer.trace(shape, unseen(shape), _below(place, number)) for number, layer in enumerate(layers, 1)]


def _joined(shapes: list[Shape], axis: int) -> Plan:
    """Side by side, by the shape rule of the operator concat.  Raises ShapeError."""
    listed = ", ".join(show_shape(plain_shape(shape)) for shape in shapes)
    if any(len(shape) != len(shapes[0]) for shape in shapes):
        raise ShapeError(f"its branches end with {listed}, which have different numbers of axes")
    try:
        joined = concat(*(signal(shape, f"x{n}") for n, shape in enumerate(shapes, 1)), axis=axis)
    except ShapeError as error:
        raise ShapeError(f"its branches end with {listed}, which do not fit side by side along axis {axis}",
                         hint='padding="same", or strides that agree') from error
    return Plan(tuple(joined.shape), made_of=("+", tuple(shape[axis] for shape in shapes)))


def _added(body: Shape, shortcut: Shape) -> Plan:
    """Entry by entry.  Raises ShapeError."""
    if not same_shape(body, shortcut):
        raise ShapeError(f"{show_shape(plain_shape(body))} cannot be added to {show_shape(plain_shape(shortcut))}",
                         hint="give the shortcut a convolution: Residual(..., shortcut=Conv2d(channels, 1, stride=2))")
    return Plan(body, entrywise=product(body))


def _merged(traces: list[Trace], plan: Plan, join: Layer, shape: Shape, sight: tuple[Sight, ...], place: str) -> Trace:
    """The leaves of all branches and the place where they meet, seen from the network's input."""
    leaves = [Traced(leaf.place, leaf.layer, leaf.input, leaf.plan, _through(sight, leaf.sight))
              for trace in traces for leaf in trace.leaves]
    axes = max(len(trace.sight) for trace in traces)
    stages = tuple(united([along(trace.sight, axis) for trace in traces]) for axis in range(axes))
    together = _through(sight, tuple((stage,) for stage in stages))
    leaves.append(Traced(place or "out", join, shape, plan, together))
    return Trace(tuple(leaves), plan.output, together)


def _through(outer: tuple[Sight, ...], inner: tuple[Sight, ...]) -> tuple[Sight, ...]:
    """What is seen of the network's input, by what is seen of a block's."""
    found = []
    for axis in range(max(len(outer), len(inner))):
        seen = along(outer, axis)
        for stage in along(inner, axis):
            seen = seen_through(seen, stage)
        found.append(seen)
    return tuple(found)


__all__ = ["Parallel", "Residual", "Sequential"]
