"""What is to be shown, before it is decided where: titled sections of LaTeX, in a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fold:
    """A part that a reader opens when wanted, such as a proof.

    summary  its name, plain text;  body  LaTeX paragraphs and displays;  printed  whether it goes on paper too;
    grain    which grain size opens it: "steps", "rewrites", or nothing;  folds  further ones inside;
    html     what is shown on a page in place of the body;  paper  and on paper
    """

    summary: str
    body: str = ""
    printed: bool = True
    grain: str = ""
    folds: tuple[Fold, ...] = ()
    html: str = ""
    paper: str = ""


@dataclass(frozen=True)
class Rendered:
    """A section without its heading, written already: as HTML, as LaTeX, and as words to be searched."""

    html: str
    latex: str
    words: str


@dataclass(frozen=True)
class Section:
    """A titled piece.

    title   a sentence, plain text with $mathematics$;  text  plain text of its author with $mathematics$;
    body    LaTeX paragraphs and displays;  html  what is shown on a page in place of the body;
    copy, python  the LaTeX and the Python that a reader would want to copy;
    status  shown in the margin;  folds  see Fold;  parts  sections within this one;
    name    what references lead to;  reference  the number under which it was asked;
    rendered  all but the heading, where that was written before
    points  what the question is worth;  question  its text alone, where that is shown without the answer
    """

    title: str
    text: str = ""
    body: str = ""
    html: str = ""
    copy: str = ""
    python: str = ""
    status: str = ""
    folds: tuple[Fold, ...] = ()
    parts: tuple[Section, ...] = ()
    number: str = ""
    name: str = ""
    reference: str = ""
    rendered: Rendered | None = None
    points: float = 0.0
    question: str = ""


def numbered(sections: tuple[Section, ...], prefix: str = "") -> tuple[Section, ...]:
    """The sections numbered 1, 2, …, and their parts 1.1, 1.2, …, to the second level."""
    result = []
    for count, section in enumerate(sections, 1):
        number = f"{prefix}{count}"
        parts = section.parts if prefix else numbered(section.parts, f"{number}.")
        result.append(replace(section, number=number, parts=parts))
    return tuple(result)


def asked(sections: tuple[Section, ...]) -> dict[str, list[Section]]:
    """The numbers of the questions that were asked, in order, each with the items that answer it."""
    found: dict[str, list[Section]] = {}
    for part in (part for section in sections for part in section.parts if part.reference):
        found.setdefault(part.reference, []).append(part)
    return {number: found[number] for number in sorted(found, key=_natural)}


def _natural(number: str) -> list[tuple[bool, int, str]]:
    """Sorts 2.10 behind 2.9."""
    parts = [part for part in re.split(r"(\d+)", number) if part]
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
