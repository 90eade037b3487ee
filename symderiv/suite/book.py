"""The solution book: a folder of derivations as LaTeX, HTML and PDF."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError, ToolMissing
from ..render.document import document
from ..render.files import write_together
from ..render.html import page
from ..render.pdf import compile_pdf
from ..render.sections import Section, numbered
from . import cache
from .collect import SECONDS, files_of, nothing_in
from .decorators import RANKS
from .outcomes import Result
from .pool import run_files

TITLE = "Solution book"
_REFERENCE = re.compile(r"\\itemref\{([^{}]*)\}")


@dataclass(frozen=True)
class Book:
    """What was written, and why the PDF was not, where it was not."""

    files: tuple[Path, ...]
    message: str = ""


def results_of(path: str | os.PathLike[str], workers: int = 1, seconds: float = SECONDS, fresh: bool = False,
               told: Callable[[int, int, Result], None] = lambda done, found, result: None) -> list[Result]:
    """The results of all items at a path, written out for a book; those of unchanged files are those of the last time.

    ``fresh`` runs everything again.  ``told`` hears of each item that was run.
    """
    files = files_of(path)
    keys = {file: cache.key_of(file) for file in files}
    kept = {} if fresh else {file: found for file in files if (found := cache.load(keys[file])) is not None}
    made = run_files([file for file in files if file not in kept], workers, True, seconds, told)
    for file, results in made.items():
        cache.store(keys[file], results)
    both = [result for file in files for result in (kept | made)[file]]
    if not both:
        raise nothing_in(path)
    return both


def chapters(results: Sequence[Result]) -> tuple[Section, ...]:
    """A section for each file, with its items as numbered parts; its status is that of its weakest item."""
    by_file: dict[str, list[Result]] = {}
    for result in results:
        by_file.setdefault(result.file, []).append(result)
    sections, taken = [], set[str]()
    for file, group in by_file.items():
        weakest = min((r.status if r.expect != "refuted" or not r.ok else "proved" for r in group), key=RANKS.index)
        stem = _unused(re.sub(r"[^\w.-]", "-", Path(file).stem), taken)
        parts = tuple(Section(title=r.title, status=r.status, reference=r.reference, rendered=r.page,
                              name=_unused(f"{stem}.{r.name}", taken)) for r in group)
        sections.append(Section(title=group[0].chapter, text=group[0].introduction, status=weakest, parts=parts, name=stem))
    return numbered(tuple(sections))


def _unused(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken already."""
    while name in taken:
        stem, _, count = name.partition("~")
        name = f"{stem}~{int(count or 1) + 1}"
    taken.add(name)
    return name


def write_book(results: Sequence[Result], directory: str | os.PathLike[str], title: str = TITLE, pdf: bool = True,
               fresh: bool = False) -> Book:
    """Write book.tex, index.html and, with a TeX engine, book.pdf: all of them, or none.

    ``results`` must have been run with ``typeset``.  Without an engine, or where TeX fails, the other two are written
    and the message says what is missing.  A PDF made from the same source is kept, unless ``fresh`` is asked for.
    Raises OutputError where the directory cannot be written.
    """
    folder = Path(directory)
    sections = chapters(results)
    summary = preface(results)
    names = {part.name for section in sections for part in (section, *section.parts)}
    unknown: list[str] = []

    def known(match: re.Match[str]) -> str:
        if match[1] in names:
            return match[0]
        unknown.append(match[1])
        return r"\texttt{" + match[1].replace("_", r"\_") + "}"

    source = _REFERENCE.sub(known, document(title, sections, preface=summary, contents=True))
    files = {"book.tex": source.encode(), "index.html": page(title, sections, preface=summary, contents=True).encode()}
    messages = [f"no item is named {name}; it is referred to by :ref:`{name}`" for name in dict.fromkeys(unknown)]
    kept = not fresh and _made_from(folder / "book.pdf", folder / "book.tex", source)
    if pdf and not kept:
        try:
            files["book.pdf"] = compile_pdf(source)
        except (ToolMissing, OutputError) as error:
            messages.append(f"book.pdf was not written: {error}")
            if (folder / "book.pdf").exists():
                messages.append(f"{folder / 'book.pdf'} is of an earlier run")
    changed = {name: data for name, data in files.items() if fresh or not _holds(folder / name, data)}
    write_together(folder, changed)
    written = [*files, "book.pdf"] if pdf and kept else list(files)
    return Book(tuple(folder / name for name in written), "\n".join(messages))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _made_from(pdf: Path, tex: Path, source: str) -> bool:
    """Whether a PDF stands beside the same source, and is not older: whenever the source changes, both are written."""
    try:
        return _holds(tex, source.encode()) and pdf.stat().st_mtime_ns >= tex.stat().st_mtime_ns
    except OSError:
        return False


def preface(results: Sequence[Result]) -> str:
    """How many statements there are, and how sure they are."""
    counts = {status: sum(r.status == status for r in results) for status in reversed(RANKS)}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    meant = sum(r.status == "refuted" and r.ok for r in results)
    stated = f" ({meant} of the refuted stated as false)" if meant else ""
    return f"{len(results)} {'statement' if len(results) == 1 else 'statements'}: {told}{stated}."


__all__ = ["TITLE", "Book", "chapters", "preface", "results_of", "write_book"]
