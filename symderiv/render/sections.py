"""What is to be shown, before it is decided where: titled sections of LaTeX, in a tree."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Fold:
    """A part that a reader opens when wanted, such as a proof.

    summary  its name, plain text;  body  LaTeX paragraphs and displays;  printed  whether it goes on paper too.
    """

    summary: str
    body: str
    printed: bool = True


@dataclass(frozen=True)
class Section:
    """A titled piece.

    title   a sentence, plain text with $mathematics$;  text  plain text of its author with $mathematics$;
    body    LaTeX paragraphs and displays;  copy  the LaTeX that a reader would want to copy;
    status  shown in the margin;  folds  see Fold;  parts  sections within this one.
    """

    title: str
    text: str = ""
    body: str = ""
    copy: str = ""
    status: str = ""
    folds: tuple[Fold, ...] = ()
    parts: tuple[Section, ...] = ()
    number: str = ""


def numbered(sections: tuple[Section, ...], prefix: str = "") -> tuple[Section, ...]:
    """The sections numbered 1, 2, …, and their parts 1.1, 1.2, …, to the second level."""
    result = []
    for count, section in enumerate(sections, 1):
        number = f"{prefix}{count}"
        parts = section.parts if prefix else numbered(section.parts, f"{number}.")
        result.append(replace(section, number=number, parts=parts))
    return tuple(result)


__all__ = ["Fold", "Section", "numbered"]
