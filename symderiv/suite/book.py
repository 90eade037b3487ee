"""The solution book: a folder of derivations as LaTeX, HTML and PDF."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import DeclarationError, OutputError, ToolMissing
from ..render.document import document
from ..render.escape import latex_text
from ..render.files import write_together
from ..render.html import page, title_html
from ..render.look import Look
from ..render.pdf import LUATEX_PACKAGE, faults_in, typeset
from ..render.sections import Section, numbered
from . import cache
from .collect import SECONDS, files_of, nothing_in
from .decorators import RANKS
from .outcomes import CHECKING, Result
from .pool import run_files

_LINK = re.compile(r'<a class="ref" href="#([^"]*)">[^<]*</a>')
_ASKED = re.compile(r":ref:`([^`]*)`")
_REFERENCE = re.compile(r"\\itemref\{([^{}]*)\}")


LEGEND = {"proved": "Proved: the independent checker accepts a certificate.",
          "supported": "Supported: numbers agree at many sizes and points, and there is no certificate.",
          "conditional": "Conditional: true where the condition holds that stands beside it."}
"""What the statuses mean, on the first page."""


@dataclass(frozen=True)
class Book:
    """What was written, why the PDF was not, where it was not, and what is wrong with its pages."""

    files: tuple[Path, ...]
    message: str = ""
    faults: tuple[str, ...] = ()


def results_of(path: str | os.PathLike[str], workers: int = 1, seconds: float = SECONDS, fresh: bool = False,
               told: Callable[[int, int, Result], None] = lambda done, found, result: None, *,
               written: bool = True) -> list[Result]:
    """The results of all items at a path; those of unchanged items are those of the last time.

    They are ``written`` out for a book, or only judged.  ``fresh`` runs everything again.
    ``told`` hears of each item that was run.
    """
    files = files_of(path)
    places = {file: f"{file.resolve()} {file}" + ("" if written else " judged") for file in files}
    known = {file: cache.items_known(file) for file in files}
    kept = {file: {} if fresh else cache.load(places[file], known[file]) for file in files}
    waiting = [file for file in files if not known[file] or known[file].keys() != kept[file].keys()]
    made = run_files(waiting, workers, written, seconds, told,
                     {file: known[file].keys() - kept[file].keys() for file in waiting if kept[file]})
    results = {file: kept[file] | {result.name: result for result in made.get(file, ())} for file in files}
    other = [file for file in waiting if kept[file] and results[file].keys() != known[file].keys()]
    made |= run_files(other, workers, written, seconds, told)  # what is not as its text told is run as a whole
    if written and made:
        cache.store_formulas()
    both = []
    for file in files:
        whole = made[file] if file in other or not kept[file] else [results[file][name] for name in known[file]]
        if file in made:
            cache.store(places[file], known[file], whole)
        both += whole
    if not both:
        raise nothing_in(path)
    return both


def chosen(results: Sequence[Result], only: str) -> list[Result]:
    """The results of a question and its parts (002.2 has 002.2.3 and 002.2b), of an item or of a file, by name.

    Raises DeclarationError where there are none.
    """
    if not only:
        return list(results)
    part = re.compile(rf"{re.escape(only)}(?:[.a-z].*)?\Z")
    found = [r for r in results if part.match(r.reference) or only in (r.name, Path(r.file).stem)]
    if not found:
        raise DeclarationError(f"nothing is asked under {only!r}",
                               hint="one of " + ", ".join(sorted({r.reference for r in results if r.reference})[:12]))
    return found


def arranged(sections: tuple[Section, ...], look: Look) -> tuple[Section, ...]:
    """The chapters as they are shown: with points, without statuses, the answers in their places, behind all or left out."""
    def worth(part: Section) -> str:
        told = look.word("point" if part.points == 1 else "points")
        return f" ({part.points:g} {told})" if look.points and part.points else ""

    def asking(part: Section, number: str) -> Section:
        title = f"{look.word('Question')} {part.reference or number}{worth(part)}"
        return Section(title=title, text=part.question, name=f"{part.name}.question")

    whole = tuple(replace(s, status=s.status if look.statuses else "", parts=tuple(
        replace(p, title=p.title + worth(p), status=p.status if look.statuses else "") for p in s.parts)) for s in sections)
    if look.answers == "inline":
        return numbered(whole)
    questions = tuple(replace(s, status="", name=f"{s.name}.questions", parts=tuple(
        asking(p, f"{n}.{k}") for k, p in enumerate(s.parts, 1) if p.question))
        for n, s in enumerate((s for s in sections if s.name not in look.key_only.split()), 1))
    if look.answers == "none":
        return numbered(questions)
    answers = tuple(replace(s, title=f"{look.word('Answers')}: {s.title}") for s in whole)
    return numbered((*questions, *answers))


def chapters(results: Sequence[Result]) -> tuple[Section, ...]:
    """A section for each file, with its items as numbered parts; its status is that of its weakest item."""
    by_file: dict[str, list[Result]] = {}
    for result in results:
        by_file.setdefault(result.file, []).append(result)
    sections, taken = [], set[str]()
    for file, group in by_file.items():
        weakest = min((r.status if r.expect != "refuted" or not r.ok else "proved" for r in group),
                      key=(CHECKING, *RANKS).index)
        stem = _unused(re.sub(r"[^\w.-]", "-", Path(file).stem), taken)
        parts = tuple(Section(title=r.title, status=r.status, reference=r.reference, rendered=r.page, points=r.points,
                              question=r.question, name=_unused(f"{stem}.{r.name}", taken)) for r in group)
        sections.append(Section(title=group[0].chapter, text=group[0].introduction, status=weakest, parts=parts, name=stem))
    return tuple(sections)


def _unused(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken already."""
    while name in taken:
        stem, _, count = name.partition("~")
        name = f"{stem}~{int(count or 1) + 1}"
    taken.add(name)
    return name


def write_book(results: Sequence[Result], directory: str | os.PathLike[str], look: Look | None = None, pdf: bool = True,
               fresh: bool = False, among: Sequence[Result] = ()) -> Book:
    """Write book.tex, index.html and, with a TeX engine, book.pdf: all of them, or none.

    ``results`` must have been run with ``typeset``; what refers to others ``among`` which they were chosen has their titles.
    Without an engine the other two are written and the message says what is missing; where TeX fails, that is a fault.
    A PDF made from the same source is kept, unless ``fresh`` is asked for.
    Raises OutputError where the directory cannot be written.
    """
    folder, look = Path(directory), look or Look()
    unknown: list[str] = []
    source, html = written_out(results, look, unknown, among)
    files = {"book.tex": source.encode(), "index.html": html.encode()}
    messages = [f"no item is named {name}; it is referred to by :ref:`{name}`" for name in dict.fromkeys(unknown)]
    faults: list[str] = []
    again = False
    kept = not fresh and _made_from(folder / "book.pdf", folder / "book.tex", source)
    if pdf and not kept:
        try:
            files["book.pdf"], log, message = _typeset(source, results, look)
            messages += [message] if message else []
            again, faults = bool(message), faults_in(log, look.pages)
        except ToolMissing as error:
            messages.append(f"book.pdf was not written: {error}")
        except OutputError as error:
            faults = [f"not written: {error}"]
        if "book.pdf" not in files and (folder / "book.pdf").exists():
            messages.append(f"{folder / 'book.pdf'} is of an earlier run")
    changed = {name: data for name, data in files.items() if fresh or not _holds(folder / name, data)}
    write_together(folder, changed)
    if "book.pdf" in files and (faults or again):
        os.utime(folder / "book.pdf", (0, 0))  # older than its source, so that the next run finds the faults again
    written = [*files, "book.pdf"] if pdf and kept else list(files)
    return Book(tuple(folder / name for name in written), "\n".join(messages), tuple(faults))


def _typeset(source: str, results: Sequence[Result], look: Look) -> tuple[bytes, str, str]:
    """The PDF, TeX's log, and where TeX has no letters for the script of the book, why its fixed words are English."""
    if look.script is None:
        return *typeset(source), ""
    try:
        return *typeset(source), ""
    except (ToolMissing, OutputError) as error:
        english = written_out(results, replace(look, language="en"), [])[0]
        missing = isinstance(error, ToolMissing) or "font" in str(error).lower()
        why = "they need LuaTeX and a font with their letters" if missing else error
        codes = "; letters that it lacks are shown by their codes" if "[U+" in english else ""
        return *typeset(english), (f"the fixed words of book.pdf are English, those of book.tex are not: {why}{codes}\n"
                                   f"  on Debian: apt-get install {LUATEX_PACKAGE} {look.script.package}")


def written_out(results: Sequence[Result], look: Look, unknown: list[str], among: Sequence[Result] = ()) -> tuple[str, str]:
    """The book as LaTeX and as a page; references to what no item is named are added to ``unknown``."""
    sections, known = _linked(results, look, among)

    def in_latex(match: re.Match[str]) -> str:
        name, title = known(match[1])
        if name:
            return rf"\itemref{{{name}}}"
        if title:
            return rf"\emph{{{latex_text(title)}}}"
        unknown.append(match[1])
        return r"\texttt{" + match[1].replace("_", r"\_") + "}"

    source = document(look.title, sections, preface=_summary(results, look), contents=True, look=look)
    return _REFERENCE.sub(in_latex, source), as_page(results, look, among)


def as_page(results: Sequence[Result], look: Look, among: Sequence[Result] = ()) -> str:
    """The book as a page."""
    return page(look.title, _linked(results, look, among)[0], preface=_summary(results, look), contents=True, look=look)


def _summary(results: Sequence[Result], look: Look) -> str:
    return preface(results, look) if look.statuses else ""


def _titles(among: Sequence[Result]) -> dict[str, str]:
    """What items state, by the names under which they are referred to."""
    return {f"{Path(each.file).stem}.{each.name}": each.title for each in among}


def _linked(results: Sequence[Result], look: Look, among: Sequence[Result] = ()
            ) -> tuple[tuple[Section, ...], Callable[[str], tuple[str, str]]]:
    """The chapters with links to items where these are now, and where a reference leads: a name, or the title of an item
    that was not chosen; both "" for none."""
    sections, titles = arranged(chapters(results), look), _titles(among)
    names = {part.name for section in sections for part in (section, *section.parts)}
    by_item: dict[str, set[str]] = {}
    for name in {*names, *titles}:
        by_item.setdefault(name.removesuffix(".question").rpartition(".")[2], set()).add(name.removesuffix(".question"))

    def known(name: str) -> tuple[str, str]:
        """The item of this name, or the one that is called so in another file."""
        moved = by_item.get(name.rpartition(".")[2], set())
        either = (name, *(moved if len(moved) == 1 else ()))
        return (next((n for each in either for n in (each, f"{each}.question") if n in names), ""),
                next((titles[each] for each in either if each in titles), ""))

    def linked(match: re.Match[str]) -> str:
        name, title = known(match[1])
        return f"<em>{title_html(title)}</em>" if title and not name else (
            f'<a class="ref" href="#{name or match[1]}">{name or match[1]}</a>')

    def asked(match: re.Match[str]) -> str:
        name, title = known(match[1])
        return title if title and not name else f":ref:`{name or match[1]}`"

    def moved(section: Section) -> Section:
        if section.rendered is None:
            return replace(section, text=_ASKED.sub(asked, section.text))
        html = _LINK.sub(linked, section.rendered.html)
        return replace(section, rendered=replace(section.rendered, html=html))

    return tuple(replace(s, parts=tuple(map(moved, s.parts))) for s in sections), known


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


def preface(results: Sequence[Result], look: Look | None = None) -> str:
    """How many statements there are, and how sure they are."""
    look = look or Look()
    counts = {status: sum(r.status == status for r in results) for status in (*reversed(RANKS), CHECKING)}
    told = ", ".join(look.counted(count, status) for status, count in counts.items() if count)
    meant = sum(r.status == "refuted" and r.ok for r in results)
    stated = f" ({look.counted(meant, 'stated as false')})" if meant else ""
    legend = [look.word(text) for status, text in LEGEND.items() if counts[status]]
    items = look.word("statement" if len(results) == 1 else "statements")
    return " ".join((f"{len(results)} {items}{look.mark(':')} {told}{stated}.", *legend))
