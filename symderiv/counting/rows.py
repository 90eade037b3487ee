"""The rows of a table, layer by layer, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sympy import Add, Expr, Integer

from ..arrays.strict import expression, shown
from ..errors import DeclarationError
from .layer_plan import Layer, Plan
from .receptive import Extent
from .size_text import plain, product, substituted, text

Kind = TypeVar("Kind", bound="LayerRows")
OPERATIONS = {
    "mac": "multiply-accumulates: an inner product of length n counts n",
    "2n": "multiplications and additions: an inner product of length n counts 2n",
    "2n-1": "multiplications and additions: an inner product of length n counts 2n - 1",
}
BESIDE = {
    "bias": "one for each result that a bias is added to",
    "pooling": "one for each entry of a pooling window",
    "elementwise": "one for each entry of an activation or a sum, two of a batch norm",
}


@dataclass(frozen=True)
class Row:
    """One layer at work.

    layer            as it is written, or its name;  place  where it stands, "3.1" being the first in the third
    input, output    shapes;  kernel  sizes of the window, or None
    params, flops    numbers, or expressions in the sizes
    receptive_field  how much of the network's input an entry of the output depends on;  jump  how far apart the fields
                     of neighbours are (None where every entry sees everything)
    """

    place: str
    layer: str
    input: tuple[Any, ...]
    kernel: Extent | None
    output: tuple[Any, ...]
    params: Any
    flops: Any
    receptive_field: Extent
    jump: Extent | None
    sees_all: bool = field(repr=False)
    plan: Plan = field(repr=False)
    kind: Layer = field(repr=False)

    @property
    def entries(self) -> Any:
        """The number of entries of the output."""
        return plain(product(map(expression, self.output)))


@dataclass(frozen=True, repr=False)
class LayerRows:
    """Rows, layer by layer, and what they add up to.

    output, params, flops, receptive_field  of the whole network
    operations, also                        what counts as an operation
    requires                                relations of sizes without which a kernel would not fit
    columns, channels_last, worked          what is shown: see ``Table.shown``
    """

    network: Layer
    rows: tuple[Row, ...]
    input: tuple[Any, ...]
    output: tuple[Any, ...]
    params: Any
    flops: Any
    receptive_field: Extent
    operations: str
    also: tuple[str, ...]
    requires: tuple[Any, ...]
    examples: Any = 1
    columns: tuple[str, ...] = ()
    channels_last: bool = False
    worked: bool = True

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int | str) -> Row:
        """A row by its number from 0, or by its place or name."""
        if isinstance(place, str):
            for row in self.rows:
                if place in (row.place, row.kind.name, row.layer):
                    return row
        elif isinstance(place, int) and -len(self.rows) <= place < len(self.rows):
            return self.rows[place]
        raise DeclarationError(f"no layer is at {shown(place)} or has this name",
                               hint="one of " + ", ".join(row.place for row in self.rows[:8]))

    @property
    def entries(self) -> Any:
        """The number of entries of the output."""
        return plain(product(map(expression, self.output)))

    @property
    def activations(self) -> Any:
        """The number of entries of all layers' outputs, which a backward pass keeps."""
        return plain(Add(*(row.entries for row in self.rows)))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers and texts, for programs."""
        def written(value: Any) -> Any:
            return [written(v) for v in value] if isinstance(value, tuple) else value if isinstance(value, int) or \
                value is None else str(value)

        columns = ("place", "layer", "input", "kernel", "output", "params", "flops", "receptive_field")
        totals = ("input", "output", "params", "flops", "receptive_field")
        return {"rows": [{name: written(getattr(row, name)) for name in columns} for row in self.rows],
                **{name: written(getattr(self, name)) for name in totals}, "operations": self.operations,
                "also": list(self.also), "requires": [str(c) for c in self.requires]}

    @property
    def counted(self) -> str:
        """What counts as an operation, in words."""
        counted = OPERATIONS[self.operations] + "".join(f"; {BESIDE[name]}" for name in self.also)
        batch = f"; of {text(self.examples)} examples" if self.examples != 1 else ""
        return f"operations are {counted}{batch}"


def params_of(plan: Plan) -> Expr:
    """The number of parameters: the products of the shapes of the weights."""
    return Add(*(w.count for w in plan.weights))


def flops_of(plan: Plan, operations: str, also: tuple[str, ...]) -> Expr:
    """The number of operations by the given way of counting."""
    total = Integer(0)
    for p in plan.products:
        total += p.count if operations == "mac" else 2 * p.count - (p.number if operations == "2n-1" else 0)
    beside = {"bias": plan.biased, "pooling": plan.pooled, "elementwise": plan.entrywise}
    return total + Add(*(beside[name] for name in also))


def replaced(table: Kind, values: Mapping[Any, Any]) -> Kind:
    """The table with parts of its sizes replaced."""
    def at(value: Any) -> Any:
        return type(value)(map(at, value)) if isinstance(value, tuple) else substituted(value, values)

    totals = ("input", "output", "params", "flops", "receptive_field")
    rows = tuple(replace(row, **{name: at(getattr(row, name)) for name in (*totals, "kernel", "jump")}) for row in table)
    return replace(table, rows=rows, examples=at(table.examples), **{name: at(getattr(table, name)) for name in totals})
