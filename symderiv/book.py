"""The solution book: a folder of derivations as LaTeX, HTML and PDF."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import OutputError, ToolMissing
from .outcome import Result
from .render.document import document
from .render.files import write_together
from .render.html import page
from .render.pdf import compile_pdf
from .render.sections import Section, numbered
from .suite import RANKS

TITLE = "Solution book"


@dataclass(frozen=True)
class Book:
    """What was written, and why the PDF was not, where it was not."""

    files: tuple[Path, ...]
    message: str = ""


def chapters(results: Sequence[Result]) -> tuple[Section, ...]:
    """A section for each file, with its items as numbered parts; its status is that of its weakest item."""
    by_file: dict[str, list[Result]] = {}
    for result in results:
        by_file.setdefault(result.file, []).append(result)
    sections = []
    for group in by_file.values():
        weakest = min((r.status if r.expect != "refuted" or not r.ok else "proved" for r in group), key=RANKS.index)
        parts = tuple(r.section for r in group if r.section is not None)
        sections.append(Section(title=group[0].chapter, status=weakest, parts=parts))
    return numbered(tuple(sections))


def write_book(results: Sequence[Result], directory: str | os.PathLike[str], title: str = TITLE,
               pdf: bool = True) -> Book:
    """Write book.tex, index.html and, with a TeX engine, book.pdf: all of them, or none.

    ``results`` must have been run with ``typeset``.  Without an engine, or where TeX fails, the other two are written
    and the message says what is missing.  Raises OutputError where the directory cannot be written.
    """
    sections = chapters(results)
    summary = preface(results)
    source = document(title, sections, preface=summary, contents=True)
    files = {"book.tex": source.encode(), "index.html": page(title, sections, preface=summary, contents=True).encode()}
    message = ""
    if pdf:
        try:
            files["book.pdf"] = compile_pdf(source)
        except (ToolMissing, OutputError) as error:
            message = f"book.pdf was not written: {error}"
            if (Path(directory) / "book.pdf").exists():
                message += f"\n{Path(directory) / 'book.pdf'} is of an earlier run"
    return Book(tuple(write_together(directory, files)), message)


def preface(results: Sequence[Result]) -> str:
    """How many statements there are, and how sure they are."""
    counts = {status: sum(r.status == status for r in results) for status in reversed(RANKS)}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    meant = sum(r.status == "refuted" and r.ok for r in results)
    stated = f" ({meant} of the refuted stated as false)" if meant else ""
    return f"{len(results)} statements: {told}{stated}."


__all__ = ["TITLE", "Book", "chapters", "preface", "write_book"]
