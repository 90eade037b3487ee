"""The table of a network: sizes, parameters, operations and receptive fields of every layer, and their totals."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Add, Expr, Ge, Integer, Mul, Symbol, ceiling, false, floor, true

from ..answers import ShowsItself, written
from ..arrays.named_sizes import Size
from ..arrays.sizes import Shape, as_shape, as_size, show_shape
from ..arrays.strict import expression, one_of, shown
from ..errors import DeclarationError, NoRule, ShapeError
from .explain import Explanation, explanation
from .layer_plan import Layer, Trace, Traced, unseen
from .receptive import Extent, Sight, field_size, jump_of
from .rows import BESIDE, OPERATIONS, LayerRows, Row, flops_of, params_of, replaced
from .size_text import plain, plain_shape, shape_text, text


@dataclass(frozen=True, repr=False)
class Table(LayerRows, ShowsItself):
    """Rows, layer by layer, and what they add up to; ``print(t)`` shows it, ``t[2]`` is a row."""

    def explain(self, row: Row | int | str) -> Explanation:
        """How the numbers of a row come about: the count of window positions, the parameters, the operations, in steps."""
        return explanation(row if isinstance(row, Row) else self[row], self)

    def working(self) -> str:
        """The arithmetic behind the numbers of every row, a line each, as LaTeX."""
        return str(written("working_latex", self))

    def shown(self, *columns: str, channels_last: bool = False, working: bool = True) -> Table:
        """The table with these columns alone, such as "kernel", "output", "parameters"; shapes as (H, W, C), a kernel with
        the channels that it reads, where ``channels_last``; without the arithmetic of its rows unless ``working``.

        Raises DeclarationError for what is no column.
        """
        names = tuple(one_of(name, HEADINGS[1:], "column") for name in columns)
        return replace(self, columns=("layer", *names) if names else (), channels_last=channels_last, worked=working)

    def graph(self) -> Any:
        """The graph of the network, a box for each layer, with the shape of what goes along it on every edge."""
        return written("network_graph", self)

    def subs(self, *values: Mapping[Any, Any], **named: int) -> Table:
        """The table at values of its sizes: ``t.subs(H=224, W=224)``.  Raises ShapeError where a kernel does not fit."""
        given = _sizes_given((*values, named))
        return _substituted(self, given)

    # -------------------------------------------------------------- what is shown

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


Layer._tabulated = tabulate


# ------------------------------------------------------------------ written down

HEADINGS = ("", "layer", "input", "kernel", "output", "parameters", "operations", "receptive field")
NUMBERS = ("parameters", "operations")
"""Columns of numbers, flush right."""


def shown_columns(table: LayerRows) -> tuple[str, ...]:
    """The headings of the columns that are shown; no receptive field where every layer sees everything."""
    if table.columns:
        return ("", *(name for name in HEADINGS if name in table.columns))
    return HEADINGS[:len(HEADINGS) - all(row.sees_all for row in table.rows)]


def cells(table: LayerRows, size: Callable[[Any], str], shape: Callable[[Iterable[Any]], str], blank: str
          ) -> list[tuple[str, ...]]:
    """The rows, and the totals as the last one, as texts; the place and the layer stand in them as they are."""
    def sizes(given: Iterable[Any]) -> str:
        return shape(ordered(table, given))

    found = []
    for row in table.rows:
        kernel = row.kernel if row.kernel is None or not table.channels_last else (*row.kernel, *_depth(row))
        found.append((row.place, row.layer, sizes(row.input), blank if kernel is None else shape(kernel), sizes(row.output),
                      size(row.params), size(row.flops), blank if row.sees_all else shape(row.receptive_field)))
    seen = blank if table.rows and table.rows[-1].sees_all else shape(table.receptive_field)
    # Sizes do not add up: without numbers the last row is the network as a whole.
    name = "total" if set(NUMBERS) & set(shown_columns(table)) else "whole"
    found.append(("", name, sizes(table.input), "", sizes(table.output), size(table.params), size(table.flops), seen))
    kept = [HEADINGS.index(name) for name in shown_columns(table)]
    return [tuple(row[n] for n in kept) for row in found]


def ordered(table: LayerRows, sizes: Iterable[Any]) -> tuple[Any, ...]:
    """A shape with its channels where the table shows them."""
    first, *rest = sizes
    return (*rest, first) if table.channels_last else (first, *rest)


def _depth(row: Row) -> tuple[Any, ...]:
    """How many channels a kernel reads; nothing where it has no weights."""
    return row.plan.weights[0].shape[1:2] if row.plan.weights else ()


def shortened(table: LayerRows) -> tuple[LayerRows, dict[Any, Expr]]:
    """The table with a name for every size that holds a floor, and what the names stand for."""
    sizes = dict.fromkeys(n for row in table.rows for n in (*row.input, *row.output) if isinstance(n, Expr))
    taken = {str(s) for n in sizes for s in n.free_symbols}
    names: dict[Any, Any] = {}
    for size in sizes:
        if size.xreplace(names).has(floor):
            own = sorted(map(str, size.free_symbols))
            stem = own[0] if len(own) == 1 else "n"
            name = next(f"{stem}_{k}" for k in range(1, len(sizes) + len(taken) + 2) if f"{stem}_{k}" not in taken)
            taken.add(name)
            names[size] = Size(name)
    return replaced(table, names), {name: size for size, name in names.items()}


def as_text(table: LayerRows) -> str:
    """Columns side by side, and below them what counts, what names stand for, and for which sizes it holds."""
    short, names = shortened(table)
    told = ", ".join(f"{name} = {text(size)}" for name, size in names.items())
    held = ", ".join(f"{text(c.lhs)} ≥ {text(c.rhs)}" for c in table.requires)
    below = [table.counted, *([f"where {told}"] if told else []), *([f"for {held}"] if held else [])]
    body = cells(short, text, shape_text, "–")
    rows = [shown_columns(table), *body]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) if rows[0][n] in NUMBERS else cell.ljust(width)
                       for n, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip() for row in rows]
    rule = "─" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1], *below])
