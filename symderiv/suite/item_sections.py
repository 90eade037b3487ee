"""Items of a suite as sections to be shown: the question, and what each claims and shows."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from ..render.graph import Graph
from ..render.present import displayed, graph_in, latex_of, picture_fold, subject_section
from ..render.prose import prose_latex, qualified
from ..render.sections import Section
from .collect import Item
from .outcomes import ClaimOutcome, Exhibit
from .values import is_value, value_latex, value_text


def item_section(item: Item, entries: Sequence[Exhibit]) -> Section:
    """An item of a suite: the question, and what it claims and shows.  One claim alone is the section itself."""
    file = Path(item.file).stem
    text = qualified(item.question, file)
    said: set[str] = set()
    parts = [_entry_section(entry, file, said) for entry in entries]
    pictures = _merged([graph_in(entry.subject) for entry in entries])
    parts = [replace(part, folds=(*picture_fold(picture), *part.folds)) for part, picture in zip(
        parts, pictures, strict=True)]
    own = _source_of(item)
    parts = [replace(part, python=own) if part.copy and not part.python else part for part in parts]
    if len(parts) == 1 and not parts[0].title:
        return replace(parts[0], title=item.title, text=text)
    return Section(title=item.title, text=text, parts=tuple(parts))


def _source_of(item: Item) -> str:
    """The item as it was written, for what has no code of its own to be copied."""
    try:
        return f"# {Path(item.file).name}\n{dedent(inspect.getsource(item.function))}" if item.function else ""
    except (OSError, TypeError):
        return ""


def _entry_section(entry: Exhibit, file: str, said: set[str]) -> Section:
    if isinstance(entry.subject, str) and not entry.caption:
        return Section(title="", body=prose_latex(qualified(entry.subject, file)))
    if entry.part is not None and entry.part.misprint:
        return _misprint_section(entry.subject, entry.part)
    if isinstance(entry.subject, Graph):
        picture = entry.subject.picture()
        return Section(title=entry.caption, body=rf"\fitgraph{{{picture}}}", html=entry.subject.svg(document=False),
                       copy=picture)
    if not callable(getattr(entry.subject, "latex", None)):
        latex = value_latex(entry.subject)
        return Section(title=entry.caption, body=displayed(latex), copy=latex, python=value_text(entry.subject))
    part = entry.part
    if part is None:
        return subject_section(entry.subject, entry.caption, said=said)
    section = subject_section(entry.subject, entry.caption, evidence=part.evidence, counterexample=part.counterexample,
                              said=said)
    return replace(section, status=part.status)


def _misprint_section(subject: Any, part: ClaimOutcome) -> Section:
    """A printed line, what it should be, and how that is known."""
    section = subject_section(subject, f"Misprint: {part.misprint}", evidence=part.evidence,
                              counterexample=part.counterexample, said=set())
    if not (hasattr(subject, "lhs") and hasattr(subject, "rhs")):
        return replace(section, status=part.status)
    right, printed = (_side(side) for side in (subject.lhs, subject.rhs))
    _, _, rest = section.body.partition("\n\n")
    told = [r"In print:", displayed(printed), r"It should be:", displayed(right), rest]
    return replace(section, body="\n\n".join(filter(None, told)), copy=right, status=part.status)


def _side(side: Any) -> str:
    return value_latex(side) if is_value(side) else latex_of(side)


def _merged(graphs: Sequence[Graph | None]) -> list[Graph | None]:
    """The graphs of an item, where several differ in their adjoints only as one, in the place of the first."""
    result: list[Graph | None] = []
    for graph in graphs:
        place = next((k for k, other in enumerate(result) if graph and other and graph.agrees(other)), None)
        if place is not None and graph is not None:
            result[place] = graph.joined(result[place])
        result.append(graph if place is None else None)
    return result


__all__ = ["item_section"]
