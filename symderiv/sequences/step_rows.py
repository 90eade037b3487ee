"""What belongs to one step of a recurrence: the rows x[t] of arrays over the steps, each under a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sympy import Expr

from ..arrays.arrays import Apply, Entry, Named, Tensor
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index, Label
from ..errors import DeclarationError
from ..terms.traversals import Once, reached


def step_name(name: str, step: str) -> str:
    """A name with its step: h_t, h_{t-1}, and where the name has an index already, h_1^{(t)}."""
    if "_" in name or "^" in name:
        return f"{name}^{{({step})}}"
    return f"{name}_{step}" if step.isalnum() else f"{name}_{{{step}}}"


def nodes_of(expr: Expr) -> Iterator[Any]:
    """Every part of an expression, the parameters of operators included: a looked-up row has its position there."""
    return reached([expr], lambda node: (
        *node.args, *(_expressions(tuple(node.params.values())) if isinstance(node, Apply) else ())))


def _expressions(value: object) -> list[Expr]:
    if isinstance(value, tuple):
        return [e for each in value for e in _expressions(each)]
    return [value] if isinstance(value, Expr) else []


def replaced(expr: Expr, mapping: Mapping[Expr, Expr]) -> Any:
    """Parts of an expression replaced, in the parameters of operators and in definitions as well."""
    return Once(_rebuilt, mapping).of(expr)


def _rebuilt(node: Any, walk: Callable[[Any], Any]) -> Any:
    if isinstance(node, Apply):
        params = {key: _within(value, walk) for key, value in node.params.items()}
        return Apply(node.op, tuple(map(walk, node.args)), params)
    if not getattr(node, "args", ()):
        return node
    new = tuple(map(walk, node.args))
    return node if new == node.args else node.func(*new)


def _within(value: Any, walk: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(_within(each, walk) for each in value)
    return walk(value) if isinstance(value, Expr) else value


def stepped(expr: Expr, step: str) -> Expr:
    """An expression whose definitions carry the step in their names: the gates of an LSTM differ from step to step."""
    def anew(node: Any, walk: Callable[[Any], Any]) -> Any:
        if isinstance(node, Named):
            return Named(step_name(node.name, step), node.letters, walk(node.body))
        return node.func(*map(walk, node.args)) if node.args and isinstance(node, Expr) else node

    return Once(anew).of(expr)


def rows_of(exprs: Sequence[Expr], letter: Index, step: str) -> dict[Expr, Expr]:
    """For every tensor over the steps, its row at a step under a name of its own."""
    rows: dict[Expr, Expr] = {}
    for node in (n for e in exprs for n in nodes_of(e)):
        source = _source(node, letter)
        if source is not None:
            name = step_name(source.name, step)
            if source.label_size is not None and len(source.shape) == 1:
                rows[source] = Label(name, source.label_size)
            else:
                rows[source] = Tensor(name, source.shape[1:], label_size=source.label_size)
    return rows


def _source(node: Any, letter: Index) -> Tensor | None:
    """The tensor whose row at the step is read here."""
    if isinstance(node, Entry) and isinstance(node.base, Tensor) and node.indices[0] == letter:
        return node.base
    if RECORDS.take.of(node) and isinstance(node.args[0], Tensor):
        index = node.params["index"]
        if index[0] == letter and all(i is None for i in index[1:]):
            return node.args[0]
    return None


def replacements(exprs: Sequence[Expr], letter: Index, rows: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """Every reading of a row at the step, with what stands in its place."""
    found: dict[Expr, Expr] = {}
    for node in (n for e in exprs for n in nodes_of(e)):
        source = _source(node, letter)
        if source is not None:
            row = rows[source]
            found[node] = Entry(row, *node.indices[1:]) if isinstance(node, Entry) and len(node.indices) > 1 else row
    return found


def closed_step(expr: Expr, letter: Index) -> Expr:
    if letter in expr.free_symbols:
        raise DeclarationError(f"the step {letter} is used otherwise than to read a row", where=expr,
                               hint=f"read what belongs to a step as x[{letter}], with the steps as its first axis")
    return expr
