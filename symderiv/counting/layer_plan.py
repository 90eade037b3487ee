"""What every layer is: hyper-parameters without an input; given the shape of one, a plan of what it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Self, dataclass_transform

from sympy import Expr, S, preorder_traversal

from ..arrays.arrays import Tensor
from ..arrays.named_sizes import Size
from ..arrays.sizes import Shape, as_size, show_shape
from ..arrays.strict import expression, shown, strict
from ..bounds import bounded, remembered, spend
from ..errors import DeclarationError, ShapeError, SymderivError
from ..layers.windows import Slide
from .amounts import InnerProducts, Weights
from .receptive import Extent, Sight, Stage, Window, along, seen_through
from .size_text import plain, plain_shape, product

BATCH = Size("N")
"""The number of examples, where an operator wants to see a batch."""
PLACES = tuple(Size(f"_{axis}") for axis in "hw")
"""The numbers of positions, where an operator works alike for all of them."""


@dataclass(frozen=True)
class Plan:
    """What a layer does with one input, as read from its expression.

    output      the shape of the result
    weights     its parameters
    products    its inner products
    slides      how its kernel slides, along each axis, and the words for its positions
    stages      what an entry of the result reads of the input, along each axis; one stage for all axes alike
    pooled      entries of windows that are compared or averaged
    entrywise   operations on single entries
    biased      results that a bias is added to
    conditions  relations of sizes it needs
    made_of     the sizes that are added up or multiplied to one of the output's, and the sign
    """

    output: Shape
    weights: tuple[Weights, ...] = ()
    products: tuple[InnerProducts, ...] = ()
    kernel: Extent | None = None
    slides: tuple[Slide, ...] = ()
    stages: tuple[Stage, ...] = (Window(),)
    pooled: Expr = S.Zero
    entrywise: Expr = S.Zero
    biased: Expr = S.Zero
    conditions: tuple[Any, ...] = ()
    made_of: tuple[str, Shape] | None = None


@dataclass(frozen=True)
class Traced:
    """One layer of a network at work: where it stands, what it got, what it did."""

    place: str
    layer: Layer
    input: Shape
    plan: Plan
    sight: tuple[Sight, ...]


@dataclass(frozen=True)
class Trace:
    """A network at work: its leaves in order, the shape that comes out, and what its entries see of the input."""

    leaves: tuple[Traced, ...]
    output: Shape
    sight: tuple[Sight, ...]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
@dataclass(frozen=True)
class Layer:
    """Base of all layers and networks, each a frozen dataclass; ``rank`` says how many axes of positions a layer has."""

    name: str = field(default="", kw_only=True, compare=False)

    rank: ClassVar[int]

    unnamed: ClassVar[tuple[str, ...] | None] = None
    """The numbers that come without a name, where a further one could be meant in several ways."""
    sizes: ClassVar[tuple[str, ...]] = ()
    """The hyper-parameters that are positive whole numbers, whatever the others are."""
    words: ClassVar[tuple[str, ...]] = ("padding",)
    """The hyper-parameters that may be a word."""
    _tabulated: ClassVar[Callable[..., Any]]
    """The table of a layer: tables, which are made of layers, hand it in."""

    def __init_subclass__(cls, rank: int | None = None) -> None:
        if rank is not None:
            cls.rank = rank
        dataclass(frozen=True, repr=False)(cls)

    def __new__(cls, *given: Any, **options: Any) -> Self:
        """Raises DeclarationError for more numbers than can be told apart: other libraries begin with the input's size."""
        if cls.unnamed is not None and len(given) > len(cls.unnamed):
            usage = f"{cls.__name__}({', '.join(cls.unnamed)})"
            raise DeclarationError(
                f"{cls.__name__}({', '.join(map(_quoted, given))}) does not say which number is which: {usage} has the only "
                "ones without a name", hint="leave out the size of the input, which follows from the layer before, "
                "and name the others, such as " + ("stride=2, padding=1" if "kernel" in cls.unnamed else "bias=False"))
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for own in fields(self):
            value = getattr(self, own.name)
            if isinstance(own.default, bool):
                if not isinstance(value, bool):
                    raise DeclarationError(f"{own.name}={shown(value)} is neither True nor False")
            elif isinstance(own.default, str):
                if not isinstance(value, str):
                    raise DeclarationError(f"{own.name}={shown(value)} is no text", hint=f'{own.name}="..."')
            elif own.name not in self.words or not isinstance(value, str):
                object.__setattr__(self, own.name, _hyper_parameter(own.name, value))
        self.check()

    def check(self) -> None:
        """Refuse hyper-parameters that can never be right.  Raises DeclarationError."""
        for name in self.sizes:
            as_size(getattr(self, name))

    def named(self, name: str) -> Self:
        """The same layer under a name."""
        other = copy(self)
        object.__setattr__(other, "name", name)
        return other

    def plan(self, shape: Shape) -> Plan:
        """What the layer does with an input of this shape.  Raises ShapeError."""
        raise NotImplementedError

    def trace(self, shape: Shape, sight: tuple[Sight, ...], place: str) -> Trace:
        """The layer at work behind others that see the input so.  Raises ShapeError with the layer's place."""
        spend(25)
        plan = located(lambda: _planned(self, shape), self, shape, place)
        # What is done with sizes grows with the square of what stands in them: each layer adds to those before.
        spend(sum(1 for size in plan.output for _ in preorder_traversal(size)) ** 2 // 8)
        stages = plan.stages * len(sight) if len(plan.stages) == 1 else plan.stages
        sight = tuple(seen_through(along(sight, axis), stage) for axis, stage in enumerate(stages))
        return Trace((Traced(place, self, shape, plan, sight),), plan.output, sight)

    @bounded
    @strict
    def table(self, input_shape: object, *, operations: str = "mac", also: Iterable[str] = (), batch: bool = False) -> Any:
        """Sizes, parameters, operations and receptive fields, layer by layer, for an input (C, H, W), (C, L), (T, d), (n,).

        operations  what an inner product of length n counts: "mac" n multiply-accumulates, "2n" or "2n-1" operations.
        also        operations beside inner products: "bias" (one for each result), "pooling" (one for each entry of a
                    window), "elementwise" (activations and sums 1 an entry, batch norm 2).
        batch       the first size is the number of examples.
        Raises ShapeError, naming the layer, where sizes do not fit.
        """
        listed = tuple([also] if isinstance(also, str) else also)
        return self._tabulated(input_shape, operations, listed, batch)

    @cached_property
    def text(self) -> str:
        """As it is written in Python, without its name."""
        words = []
        for number, own in enumerate(f for f in fields(self) if f.name != "name"):
            value = getattr(self, own.name)
            plain = own.default is MISSING or number == 0
            if value != own.default if not plain else value is not None:
                words.append(_quoted(value) if plain else f"{own.name}={_quoted(value)}")
        return f"{type(self).__name__}({', '.join(words)})"

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def _hyper_parameter(name: str, value: Any) -> Any:
    """A number, an expression in sizes, None, or a tuple of such.  Raises DeclarationError: text is never one."""
    if isinstance(value, list | tuple):
        return tuple(_hyper_parameter(name, each) for each in value)
    if value is None:
        return None
    hint = "a number, an expression in sizes, or one for each axis"
    if isinstance(value, str):
        raise DeclarationError(f"{name}={shown(value)} is text, where a number belongs", hint=hint)
    found = plain(expression(value, f"a hyper-parameter ({name})", hint))
    if isinstance(value, int | float):
        return value
    if getattr(found, "shape", ()):
        raise DeclarationError(f"{name}={shown(value)} is an array, where a number belongs", hint=hint)
    return found


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


@remembered(4096)
def _planned(layer: Layer, shape: Shape) -> Plan:
    """The plan; a network repeats few layers many times."""
    plan = layer.plan(shape)
    for size in plan.output:
        if (size.is_number and not (size.is_integer and size > 0)) or size.is_positive is False:
            raise ShapeError(f"the output would have shape {show_shape(plan.output)}")
    return plan


def located(work: Callable[[], Any], layer: Layer, shape: Shape, place: str) -> Any:
    """The result of some work; an error names the layer, its place and what it was given."""
    try:
        return work()
    except SymderivError as error:
        kind = ShapeError if isinstance(error, ShapeError) else DeclarationError
        named = f" ({layer.name})" if layer.name else ""
        where = f"layer {place or '1'}{named}, {layer.text}, with input {show_shape(plain_shape(shape))}"
        raise kind(f"{where}: {error.message}", hint=error.hint) from error


def unseen(shape: Shape) -> tuple[Sight, ...]:
    """What an input sees of itself: its own entry, along every axis besides its channels."""
    return ((),) * max(len(shape) - 1, 1)


# ------------------------------------------------------------------ reading a plan from expressions

def signal(shape: Shape, name: str = "x") -> Tensor:
    """The input of a layer."""
    return Tensor(name, shape)


def declared(name: str, *sizes: object) -> Tensor:
    """A tensor of parameters."""
    return Tensor(name, tuple(expression(size, "a size") for size in sizes))


def weights_of(*tensors: Tensor | None) -> tuple[Weights, ...]:
    """Parameters as they are counted."""
    return tuple(Weights(t.name, t.shape) for t in tensors if t is not None)


def biased_results(shape: Shape, bias: bool) -> Expr:
    """As many additions of a bias as there are results."""
    return product(shape) if bias else S.Zero


def need_rank(layer: Layer, shape: Shape, rank: int, what: str) -> None:
    """Raises ShapeError for an input with another number of axes."""
    if len(shape) != rank:
        extra = "give the sizes of one example, or batch=True" if len(shape) == rank + 1 else \
            "put Flatten() or a pooling layer before it" if len(shape) > rank else None
        raise ShapeError(f"it takes an input {what}, not {len(shape)} axes", hint=extra)
