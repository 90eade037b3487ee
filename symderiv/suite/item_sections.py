"""Items of a suite as sections to be shown: the question, and what each claims and shows."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from ..render.graph import Graph
from ..render.html import prose
from ..render.line_breaks import glyphs
from ..render.present import displayed, graph_in, latex_of, picture_fold, subject_section
from ..render.prose import prose_latex, qualified
from ..render.prose_tree import split_top
from ..render.sections import Fold, Section
from .collect import Item
from .outcomes import ClaimOutcome, Exhibit
from .values import is_value, value_latex, value_text

_ENDS_IN_A_FORMULA = re.compile(r"(.*?)(?:\$([^$]*)\$)?", re.DOTALL)
# Words that take the formula behind them for themselves: "for $y = 1$" is no left side.
_GOVERNS = re.compile(r"\b(?:for|where|if|when|while|at|by|of|with|and|or|to|from|that)\s*$", re.IGNORECASE)
ONE_LINE = 60
"""A formula with more signs stands in a display below its caption."""


def item_section(item: Item, entries: Sequence[Exhibit]) -> Section:
    """An item of a suite: the question, and what it claims and shows.  One claim alone is the section itself."""
    file = Path(item.file).stem
    text = qualified(item.question, file)
    said: set[str] = set()
    shown = [entry for entry in entries if not _only_tested(entry)]
    parts = [_placed(_entry_section(entry, file, said), entry.place) for entry in shown]
    pictures = _merged([graph_in(entry.subject) for entry in shown])
    parts = [replace(part, folds=(*picture_fold(picture), *part.folds)) for part, picture in zip(
        parts, pictures, strict=True)]
    own = _source_of(item)
    parts = [replace(part, python=own) if part.copy and not part.python else part for part in parts]
    if len(parts) == 1 and not parts[0].title:
        return replace(parts[0], title=item.title, text=text)
    return Section(title=item.title, text=text, parts=tuple(parts))


def _captioned(section: Section, latex: str) -> Section:
    """A caption as words before the formula, on one line where that is short; a formula at its end is the left side."""
    if not section.title or not section.body.startswith(displayed(latex)):
        return section
    words, left = _ENDS_IN_A_FORMULA.fullmatch(section.title).groups()  # type: ignore[union-attr]
    if left and _GOVERNS.search(words):
        words, left = section.title, ""
    whole = f"{left} = {latex}" if left and not _begins_with(latex, left) else latex
    rest = section.body.removeprefix(displayed(latex))
    words = words.rstrip(" ,")
    told = words + ("" if not words or words.endswith((".", ":", "?")) else ":")
    width = glyphs(whole)
    # One that cannot be broken, within large brackets, stays with its words only where both fit on a line.
    room = ONE_LINE if width + len(words) <= 1.4 * ONE_LINE or r"\left" not in whole else ONE_LINE / 6
    short = displayed(latex).startswith(r"\begin{equation*}") and r"\begin" not in whole and width <= room
    body = f"{prose_latex(told)} ${whole}$" if short else f"{prose_latex(told)}\n\n{displayed(whole)}"
    return replace(section, title="", body=body.strip() + rest, html=section.html and prose(told) + section.html)


def _begins_with(latex: str, left: str) -> bool:
    """Whether a formula has this left side already, however it is spaced."""
    bare = re.sub(r"\\[,;! ]|\s", "", latex), re.sub(r"\\[,;! ]|\s", "", left)
    return bare[0].startswith(f"{bare[1]}=") or bare[0] == bare[1]


def _only_tested(entry: Exhibit) -> bool:
    """Whether an entry says nothing to a reader: one that is not for the book, or two sides that look the same."""
    if entry.place == "nowhere":
        return True
    return entry.part is not None and not entry.part.misprint and not entry.caption and _looks_alike(entry)


def _looks_alike(entry: Exhibit) -> bool:
    """Whether both sides of a claim that holds are written in one and the same way."""
    subject = entry.subject
    if entry.part is None or entry.part.status == "refuted" or not (hasattr(subject, "lhs") and hasattr(subject, "rhs")):
        return False
    left, *others = (side.strip() for side in split_top(entry.part.latex, "="))
    return all(other == left for other in others)


def _placed(section: Section, place: str) -> Section:
    """A section as it stands in its place: folded with all that it holds, or without its proof on paper."""
    if place == "folded":
        fold = Fold(section.title or "Another way", section.body, printed=False, folds=section.folds, html=section.html)
        return Section(title="", folds=(fold,), status="")
    if place == "bare":
        return replace(section, folds=tuple(replace(fold, printed=False) for fold in section.folds))
    return section


def _source_of(item: Item) -> str:
    """The item as it was written, for what has no code of its own to be copied."""
    try:
        return f"# {Path(item.file).name}\n{dedent(inspect.getsource(item.function))}" if item.function else ""
    except (OSError, TypeError):
        return ""


def _entry_section(entry: Exhibit, file: str, said: set[str]) -> Section:
    entry = replace(entry, caption=qualified(entry.caption, file))
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
        section = Section(title=entry.caption, body=displayed(latex), copy=latex, python=value_text(entry.subject))
        return _captioned(section, latex)
    part = entry.part
    if part is None:
        section = subject_section(entry.subject, entry.caption, said=said)
        return _captioned(section, section.copy)
    section = subject_section(entry.subject, entry.caption, evidence=part.evidence, counterexample=part.counterexample,
                              said=said, settled=bool(part.status))
    if _looks_alike(entry):
        side = split_top(part.latex, "=")[0]
        section = replace(section, body=displayed(side), copy=side)
    section = replace(section, status=part.status)
    return _captioned(section, section.copy)


def _misprint_section(subject: Any, part: ClaimOutcome) -> Section:
    """A printed line, what it should be, and how that is known."""
    section = subject_section(subject, f"Misprint: {part.misprint}", evidence=part.evidence,
                              counterexample=part.counterexample, said=set(), settled=bool(part.status))
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
