"""Conventions that a text follows without saying so: which one makes more of its lines true.

A convention is taken for the whole text or not at all: it must cost no line that holds without it.  One line alone that
would hold under another layout is evidence of nothing, and is conditional.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..answers import HOLDS
from ..reader.declare.context import DeclaredNames
from ..reader.syntax import tree as t
from .refereed_text import RefereedText
from .report import Line, Report

TRIED = 24
"""So many lines show whether any of them holds under a convention."""
OPEN = ("refuted", "ill-typed", "undefined", "conditional")
ENOUGH = 2
"""So many lines must need a layout for it to be taken."""


@dataclass(frozen=True)
class Convention:
    """What a text may follow: in words, where it may be meant, and how it is set.

    enough  how many lines must need it;  doubtful  whether fewer that would hold under it are conditional, not wrong
    """

    words: str
    suggestion: str
    possible: Callable[[DeclaredNames, list[t.Tree]], bool]
    set: Callable[[DeclaredNames], None]
    enough: int = 1
    doubtful: bool = False


def _differentiates(context: DeclaredNames, trees: list[t.Tree]) -> bool:
    return context.layout is None and any(isinstance(n, t.Derivative) for tree in trees for n in t.walk(tree))


def _starts_at_zero(context: DeclaredNames, trees: list[t.Tree]) -> bool:
    """Whether a sum starts at 0 and ends one before a size."""
    ends = (b for tree in trees for n in t.walk(tree) if isinstance(n, t.Big) for b in n.binders)
    return context.first_index == 1 and any(b.low == t.Number("0") and isinstance(b.high, t.Terms) for b in ends)


def _repeats(context: DeclaredNames, trees: list[t.Tree]) -> bool:
    """Whether letters are repeated in a text without a sum."""
    nodes = [n for tree in trees for n in t.walk(tree)]
    return not context.einstein and not any(isinstance(n, t.Big) for n in nodes) and any(
        isinstance(n, t.Subscripted) for n in nodes)


def _layout(name: str) -> Callable[[DeclaredNames], None]:
    def put(context: DeclaredNames) -> None:
        context.layout = name
    return put


def _from_zero(context: DeclaredNames) -> None:
    context.first_index = 0


def _einstein(context: DeclaredNames) -> None:
    context.einstein = True


CONVENTIONS = (
    Convention("indices start from 0, as a sum shows", "indices: from 0", _starts_at_zero, _from_zero),
    Convention("repeated indices are summed", "summation: einstein", _repeats, _einstein, ENOUGH),
    Convention("derivatives are laid out by the denominator", "layout: denominator", _differentiates, _layout("denominator"),
               ENOUGH, True),
    Convention("derivatives are laid out by the numerator", "layout: numerator", _differentiates, _layout("numerator"),
               ENOUGH),
)


def with_conventions(referee: RefereedText, report: Report) -> Report:
    """A report under the convention that makes most lines true, where the text does not hold without one."""
    trees: list[t.Tree] = [p.line for p in referee.reading.rows if p.line is not None]
    lines = {line.number: line for line in report.lines}
    open_ = {k for k, line in lines.items() if line.status in OPEN}
    best: tuple[Convention, dict[int, Line]] | None = None
    tried = {*sorted(open_)[:TRIED]}
    for convention in CONVENTIONS:
        if not open_ or not convention.possible(referee.reading.context, trees):
            continue
        gained = _gained(referee, convention, lines, tried)
        if gained and tried != open_:
            gained = _gained(referee, convention, lines, open_)
        if gained and (best is None or _held(gained) > _held(best[1])):
            best = convention, gained
    if best is None:
        return report
    convention, gained = best
    enough = _held(gained) >= convention.enough
    if not enough and not convention.doubtful:
        return report
    for number, line in gained.items():
        if enough:
            lines[number] = replace(line, notes=(*line.notes, f"{convention.words}, in the whole text"))
        elif line.status in HOLDS:
            lines[number] = replace(lines[number], status="conditional", diagnosis=None, suggestion=convention.suggestion,
                                    message=f"true if {convention.words}, which was not declared")
    return replace(report, lines=tuple(lines[k] for k in sorted(lines)))


def _held(gained: dict[int, Line]) -> int:
    return sum(line.status in HOLDS for line in gained.values())


def _gained(referee: RefereedText, convention: Convention, lines: dict[int, Line], open_: set[int]) -> dict[int, Line]:
    """The lines that hold under a convention and not without it; none where it costs a line that holds."""
    other = referee.beside()
    convention.set(other.reading.context)
    other.begin(referee.laboratory)
    found = other.report_on(open_, only=True)
    gained = {line.number: line for line in found if line.status in HOLDS}
    # Points that nobody draws, such as a kink, count as well.
    gained = {line.number: line for line in other.report_on(set(gained), False) if line.status in HOLDS}
    if not gained:
        return {}
    kept = {k for k, line in lines.items() if line.status in HOLDS}
    if not all(line.status in HOLDS for line in other.report_on(kept, only=True)):
        return {}
    # A definition that has a type only under it.
    return gained | {line.number: line for line in found
                     if line.status == "noted" and lines[line.number].status == "ill-typed"}
