"""The table of a network: sizes, parameters, operations and receptive fields of every layer, and their totals."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Ge, Integer, Mul, Symbol, ceiling, false, floor, true

from ..answers import written
from ..arrays.sizes import Shape, as_shape, as_size, show_shape
from ..arrays.strict import expression, one_of, shown
from ..errors import DeclarationError, NoRule, ShapeError
from .layer_plan import Layer, Plan, Trace, Traced, unseen
from .receptive import Extent, Sight, field_size, jump_of
from .size_text import plain, plain_shape, product, substituted, text
from .table_text import as_text

if TYPE_CHECKING:
    from .explain import Explanation

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
class Table:
    """Rows, layer by layer, and what they add up to; ``print(t)`` shows it, ``t[2]`` is a row.

    output, params, flops, receptive_field  of the whole network
    operations, also                        what counts as an operation
    requires                                relations of sizes without which a kernel would not fit
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

    def explain(self, row: Row | int | str) -> Explanation:
        """How the numbers of a row come about: the count of window positions, the parameters, the operations, in steps."""
        from .explain import explanation

        return explanation(row if isinstance(row, Row) else self[row], self)

    def subs(self, *values: Mapping[Any, Any], **named: int) -> Table:
        """The table at values of its sizes: ``t.subs(H=224, W=224)``.  Raises ShapeError where a kernel does not fit."""
        given = _sizes_given((*values, named))
        return _substituted(self, given)

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

    # -------------------------------------------------------------- what is shown

    @property
    def counted(self) -> str:
        """What counts as an operation, in words."""
        counted = OPERATIONS[self.operations] + "".join(f"; {BESIDE[name]}" for name in self.also)
        batch = f"; of {text(self.examples)} examples" if self.examples != 1 else ""
        return f"operations are {counted}{batch}"

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def latex(self) -> str:
        """The table as LaTeX, a tabular."""
        return str(written("table_latex", self))

    def to_html_fragment(self) -> str:
        """The table as HTML."""
        return str(written("table_fragment", self))

    _repr_html_ = to_html_fragment

    def to_html(self, path: str | os.PathLike[str], title: str = "") -> Any:
        """Write a self-contained page with the table and the steps behind each row.  Raises OutputError."""
        return written("table_page", self, path, title)


# ------------------------------------------------------------------ making one

def tabulate(network: Layer, input_shape: object, operations: str, also: tuple[str, ...], batch: bool) -> Table:
    """The table of a network at work.  Raises ShapeError and DeclarationError."""
    written = operations.replace(" ", "").replace("−", "-") if isinstance(operations, str) else operations
    operations = one_of(written, OPERATIONS, "way to count")
    also = tuple(one_of(name, BESIDE, "operations beside inner products") for name in also)
    if not isinstance(batch, bool):
        raise DeclarationError(f"batch={shown(batch)} is neither True nor False")
    shape = _input_shape(input_shape)
    examples: Expr = Integer(1)
    if batch:
        if len(shape) < 2:
            raise ShapeError(f"the input {show_shape(shape)} has no axis besides the batch")
        examples, shape = shape[0], shape[1:]
    trace = network.trace(shape, unseen(shape), "")
    whole = _whole(shape, trace)
    lead = (examples,) if batch else ()
    rows = tuple(_row(leaf, whole, operations, also, examples, lead) for leaf in trace.leaves)
    held = tuple(c for leaf in trace.leaves for c in leaf.plan.conditions)
    return Table(network, rows, plain_shape(lead + shape), plain_shape(lead + trace.output),
                 plain(Add(*(row.params for row in rows))), plain(Add(*(row.flops for row in rows))),
                 _field(trace.sight, whole), operations, also, _clear(held), plain(examples))


def _input_shape(given: object) -> Shape:
    """A tuple of positive sizes.  Raises DeclarationError."""
    sizes = given if isinstance(given, tuple | list) else (given,)
    if not sizes:
        raise DeclarationError("the input has no axes", hint="net.table((3, 224, 224))")
    return as_shape(sizes)


def _whole(shape: Shape, trace: Trace) -> tuple[Expr, ...]:
    """The sizes that an entry can see at most: of (C, H, W) and (C, L) all but the channels, of (T, d) the length."""
    slid = any(leaf.plan.slides for leaf in trace.leaves)
    return shape if len(shape) == 1 else shape[1:] if slid or len(shape) > 2 else shape[:1]


def _row(leaf: Traced, whole: tuple[Expr, ...], operations: str, also: tuple[str, ...], examples: Expr,
         lead: Shape) -> Row:
    plan = leaf.plan
    jumps = tuple(jump_of(sight) for sight in leaf.sight)
    flops = Mul(examples, flops_of(plan, operations, also))
    return Row(leaf.place or "1", leaf.layer.name or leaf.layer.text, plain_shape(lead + leaf.input), plan.kernel,
               plain_shape(lead + plan.output), plain(params_of(plan)), plain(flops),
               _field(leaf.sight, whole), None if None in jumps else Extent(jumps), None in jumps, plan, leaf.layer)


def _field(sight: tuple[Sight, ...], whole: tuple[Expr, ...]) -> Extent:
    seen = []
    for own, size in zip(sight, whole, strict=False):
        try:
            seen.append(field_size(own, size))
        except NoRule:
            seen.append(Symbol("?"))
    return Extent(seen)


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


def _clear(relations: tuple[Any, ...]) -> tuple[Any, ...]:
    """Relations that say something, each once; of those that bound one symbol, the strongest."""
    bounds: dict[Expr, Expr] = {}
    for relation in dict.fromkeys(relations):
        if relation not in (true, false):
            symbol, bound = _solved((relation.lhs - relation.rhs).expand())
            if symbol not in bounds or (bound - bounds[symbol]).is_positive:
                bounds[symbol] = bound
    return tuple(Ge(symbol, bound) for symbol, bound in bounds.items())


def _solved(slack: Expr) -> tuple[Expr, Expr]:
    """slack ≥ 0 as symbol ≥ bound where it has one symbol, in at most one floor; else as what it says.

    floor(y) ≥ m is y ≥ m for an integer m.
    """
    constant, rest = slack.as_coeff_Add()
    if isinstance(rest, floor):
        inner, rest = rest.args[0].as_coeff_Add()
        constant += inner
    factor, symbol = rest.as_coeff_Mul()
    if isinstance(symbol, Symbol) and factor.is_positive:
        return symbol, ceiling(-constant / factor)
    return slack - slack.as_coeff_Add()[0], -slack.as_coeff_Add()[0]


def _sizes_given(mappings: Iterable[object]) -> dict[str, Expr]:
    """Name -> size, from dicts whose keys are names or symbols.  Raises DeclarationError."""
    given: dict[str, Expr] = {}
    for mapping in mappings:
        if not isinstance(mapping, Mapping):
            raise DeclarationError(f"{shown(mapping)} gives no sizes", hint="t.subs(H=224, W=224), or t.subs({H: 224})")
        for name, value in mapping.items():
            if not isinstance(name, str | Symbol):
                raise DeclarationError(f"{shown(name)} is not the name of a size", hint="t.subs(H=224, W=224)")
            given[str(name)] = as_size(value)
    return given


def _substituted(table: Table, given: dict[str, Expr]) -> Table:
    symbols = {s for row in table.rows for n in (*row.input, *row.output, expression(row.params), expression(row.flops))
               if isinstance(n, Expr) for s in n.free_symbols}
    unknown = set(given) - {str(s) for s in symbols}
    if unknown:
        raise DeclarationError(f"nothing in the table is named {min(unknown)}",
                               hint="it has " + (", ".join(sorted(map(str, symbols))) or "no symbols"))
    values = {s: given[str(s)] for s in symbols if str(s) in given}

    found = replaced(table, values)
    for row, old in zip(found.rows, table.rows, strict=True):
        for condition in old.plan.conditions:
            if condition.xreplace(values) == false:
                raise ShapeError(f"layer {row.place}, {row.layer}, does not fit its input {show_shape(row.input)}",
                                 where=f"{text(condition.lhs)} ≥ {text(condition.rhs)}")
        if any(isinstance(n, int) and n < 1 for n in row.output):
            raise ShapeError(f"layer {row.place}, {row.layer}, would put out {show_shape(row.output)}")
    return replace(found, requires=_clear(tuple(c.xreplace(values) for c in table.requires)))


def replaced(table: Table, values: Mapping[Any, Any]) -> Table:
    """The table with parts of its sizes replaced."""
    def at(value: Any) -> Any:
        return type(value)(map(at, value)) if isinstance(value, tuple) else substituted(value, values)

    totals = ("input", "output", "params", "flops", "receptive_field")
    rows = tuple(replace(row, **{name: at(getattr(row, name)) for name in (*totals, "kernel", "jump")}) for row in table)
    return replace(table, rows=rows, examples=at(table.examples), **{name: at(getattr(table, name)) for name in totals})


__all__ = ["BESIDE", "OPERATIONS", "Row", "Table", "flops_of", "params_of", "replaced", "tabulate"]
