"""A recurrence at one step: states before and after, the loss there, and what gradients pass on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ..arrays.arrays import Named, Tensor, define
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..bounds import bounded
from ..differentiation.engine import Derivation, derive, vjp
from .state_rules import StateRules
from .step_rows import closed_step, replaced, replacements, rows_of, step_name, stepped

Found = Sequence[Derivation | None]


@dataclass(frozen=True, eq=False)
class Instant:
    """The recurrence at one step.

    before    the states before the step;  after  those after it, as they are read by the loss and by each other
    cells     the states after the step as definitions in these and in the rows of the step
    upstream  the gradients of the loss with respect to the states after the step
    rows      the rows that are read, by the arrays that they are rows of
    """

    before: tuple[Tensor, ...]
    after: tuple[Tensor, ...]
    cells: tuple[Named, ...]
    upstream: tuple[Tensor, ...]
    rows: Mapping[Expr, Expr]

    @bounded
    def pull(self, *wrt: Expr) -> list[Derivation | None]:
        """What the gradients after the step pass on to variables, by one reverse pass; None where no cell reads one."""
        read = [w for w in dict.fromkeys(wrt) if any(w in cell.free_symbols for cell in self.cells)]
        if len(self.cells) == 1:
            found = vjp(self.cells[0], read, self.upstream[0])
        else:
            found = derive(added([_inner(u, c) for u, c in zip(self.upstream, self.cells, strict=True)]), read)
        by_name = dict(zip(read, found, strict=True))
        return [by_name.get(w) for w in wrt]

    @property
    def order(self) -> list[int]:
        """The states so that each comes after those it reads within the step."""
        done: list[int] = []
        while len(done) < len(self.cells):
            done.append(next(k for k, cell in enumerate(self.cells) if k not in done and all(
                other in done or self.after[other] not in cell.free_symbols for other in range(len(self.cells)))))
        return done


def instant(rec: StateRules, step: str, before: str) -> Instant:
    """The recurrence at a step, everything that belongs to the step under a name of its own."""
    rows = rows_of(rec.rules, rec.letter, step)
    olds = tuple(Tensor(step_name(s.name, before), s.shape) for s in rec.states)
    news = tuple(Tensor(step_name(s.name, step), s.shape) for s in rec.states)
    mapping = {**replacements(rec.rules, rec.letter, rows), **dict(zip(rec.states, olds, strict=True))}
    bodies = [stepped(closed_step(replaced(rule, mapping), rec.letter), step) for rule in rec.rules]
    cells = []
    for body, new in zip(bodies, news, strict=True):
        # A state that another one reads within the step, as the cell of an LSTM, is read by its name.
        read = {b: n for b, n in zip(bodies, news, strict=True) if isinstance(b, Named) and b is not body}
        rest = replaced(body, read)
        cells.append(Named(new.name, rest.letters, rest.body) if isinstance(rest, Named) else define(new.name, rest))
    upstream = tuple(Tensor(cotangent_name(rec, s, step), s.shape) for s in rec.states)
    return Instant(olds, news, tuple(cells), upstream, rows)


def cotangent_name(rec: StateRules, state: Tensor, step: str) -> str:
    """delta_t, or delta^h_t where there are several states."""
    place = step if step.isalnum() else f"{{{step}}}"
    if len(rec.states) == 1:
        return f"delta_{place}"
    return f"delta^{state.name}_{place}" if state.name.isalnum() else f"delta^{{{state.name}}}_{place}"


def local_loss(rec: StateRules, cost: Expr, step: str) -> Expr:
    """The loss at a step, in the states after it."""
    after = {s: Tensor(step_name(s.name, step), s.shape) for s in rec.states}
    rows = rows_of((cost,), rec.letter, step)
    return closed_step(replaced(cost, {**replacements((cost,), rec.letter, rows), **after}), rec.letter)


def tensors_read(rec: StateRules, cost: Expr) -> list[Tensor]:
    """The tensors that have a gradient: parameters, inputs, starts; by name."""
    read = set().union(*(e.free_symbols for e in (*rec.rules, *rec.starts, cost)))
    found = [s for s in read if isinstance(s, Tensor) and s.label_size is None and s not in rec.states]
    return sorted(found, key=str)


def _inner(u: Expr, cell: Expr) -> Expr:
    """Σ u ⊙ cell."""
    product = RECORDS.mul(u, cell) if shape_of(u) else u * cell
    return RECORDS.sum(product) if shape_of(u) else product


def added(terms: Sequence[Any]) -> Any:
    """The sum of some terms."""
    return sum(terms[1:], terms[0])
