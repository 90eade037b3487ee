"""The command ``verify`` over files and folders: what is run, what is kept, what is written and printed."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import DeclarationError
from ..referee.batch import RefereedFile, by_diagnosis, read, referee_files
from ..referee.hand_back import Rubric, errata, points, results, rubric, table
from ..visible import carried
from ..visible import shown as seen
from .cluster import referee_on
from .files import make_folder, write_text
from .folders import files_in, keep, kept
from .refereed import write_page, write_tex

PRINTED = "-"
"""Stands for standard output."""
TEXTS = frozenset((".tex", ".txt", ".md", ".ipynb", ".html", ".py"))


@dataclass(frozen=True)
class VerifiedFiles:
    """The files that were refereed, those that had not changed, and the rubric that was given."""

    files: Sequence[RefereedFile]
    unchanged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rubric: Rubric | None = None

    @property
    def exit_status(self) -> int:
        """1 where a line is wrong, else 2 where something was not understood, else 0."""
        statuses = [*(each.exit_status for each in self.files),
                    *(int(old.get("exit_status", 2)) for old in self.unchanged.values())]
        return 1 if 1 in statuses else max(statuses, default=0)

    def errors(self) -> list[str]:
        """A sentence for each file that could not be read."""
        return [f"{seen(each.path)}: {each.error}" for each in self.files if each.error]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        files = [{"file": each.path, "error": each.error or None,
                  **(each.report.to_json() if each.report is not None else {})} for each in self.files]
        return {"files": [*files, *self.unchanged.values()], "diagnoses": by_diagnosis(self.files)}

    def shown(self, options: Namespace) -> str:
        """What is printed: the reports, or the part of them that was asked for."""
        if options.needed:
            return self._needed()
        if options.errata == PRINTED:
            return seen(errata(self.files)).rstrip("\n")
        parts = [f"{seen(path)}: unchanged; {old.get('summary') or old.get('error')}"
                 for path, old in self.unchanged.items()]
        many = len(self.files) > 1
        for each in self.files:
            if each.report is not None:
                parts += [f"\n{seen(each.path)}"] if many else []
                parts.append(str(each.report) if options.hint is None else each.report.hint(options.hint))
        parts.extend(self._points())
        slips = by_diagnosis(self.files)
        if many and slips:
            parts.append("\nslips: " + ", ".join(f"{number} {slip}" for slip, number in slips.items()))
        return "\n".join(parts)

    def _needed(self) -> str:
        names: dict[str, str] = {}
        for each in self.files:
            for text in each.report.needed if each.report is not None else ():
                names.setdefault(text.partition(":")[0], text)
        return "\n".join(names.values()) if names else "% nothing is missing"

    def _points(self) -> Iterator[str]:
        for each in self.files if self.rubric is not None else ():
            for name, got, worth, reasons in points(each.report, self.rubric or Rubric()) if each.report is not None else ():
                yield "\n    ".join([f"{seen(each.path)}: {name}: {got:g} of {worth:g}", *reasons])


def given_text(given: str | None) -> str | None:
    """Declarations given as text, or as a file with them.  Raises DeclarationError for what looks like neither."""
    if given is None or "\n" in given:
        return given
    if os.path.isfile(given):
        return read(given)
    if given.strip() and not any(sign in given for sign in (":", "=", "<", ">", "∈", " in ", "\\in", "\\ne")):
        raise DeclarationError(f"--given {given!r} is neither a file nor declarations", hint='--given "W: m n; x: n"')
    return given


def told_apart(options: Namespace) -> None:
    """What is to be read, and what is to be written: what stands behind --errata and is no list of errata is read.

    Raises DeclarationError where nothing is to be read, or where a text would be written over by a page or a table.
    """
    if options.errata not in (None, PRINTED) and os.path.exists(options.errata) and not _errata_already(options):
        options.files = [options.errata, *options.files]
        options.errata = PRINTED
    if not options.files:
        raise DeclarationError("there is nothing to verify", hint="symderiv verify solution.tex")
    for name, suffix in (("html", ".html"), ("csv", ".csv"), ("results", ".json")):
        target = getattr(options, name)
        if target and os.path.isfile(target) and os.path.splitext(target)[1] in TEXTS - {suffix}:
            raise DeclarationError(f"--{name} {target} would write over a text", hint=f"--{name} report{suffix} {target}")


def _errata_already(options: Namespace) -> bool:
    """Whether what stands behind --errata is a list of errata, or a folder for those of texts that are named."""
    if os.path.isdir(options.errata):
        return bool(options.files)
    return not os.path.getsize(options.errata) or read(options.errata).startswith("# Errata")


def verify_files(options: Namespace, given: str | None, workers: int, say: Callable[[str], None]) -> VerifiedFiles:
    """Referee the files that are meant, and write what was asked for.  Raises DeclarationError and OutputError."""
    by = rubric(read(options.points)) if options.points else None
    files = files_in(options.files, options.shard)
    # What is written or told beside the verdicts is made from reports, which are not kept.
    alone = not any((options.html, options.tex, options.csv, options.errata, options.results, options.points, options.hint,
                     options.needed))
    before = {path: kept(options.output, path, given) for path in files} if options.output and alone else {}
    unchanged = {path: old for path, old in before.items() if old is not None}
    left = [path for path in files if path not in unchanged]

    def told(done: int, each: RefereedFile) -> None:
        say(f"{done}/{len(left)} {each.path}")

    found: list[RefereedFile] = []
    if left:
        found = (referee_on(options.scheduler, left, given, told) if options.scheduler else
                 referee_files(left, given, workers, told))
    made = VerifiedFiles(found, unchanged, by)
    if not options.needed:
        _write(made, options, given)
    return made


def _write(made: VerifiedFiles, options: Namespace, given: str | None) -> None:
    """Pages, sources, tables, points and errata."""
    done = [each for each in made.files if each.report is not None]
    if options.html:
        write_page([(each.path, each.report) for each in done if each.report is not None], options.html)
    if options.tex:
        _annotated(made.files, options.tex)
    if options.csv:
        write_text(options.csv, table(made.files))
    if options.errata not in (None, PRINTED):
        _errata(made.files, options.errata)
    if options.results:
        several = len(made.files) > 1
        for name, each in _named(made.files, options.results, ".json") if several else [(options.results, made.files[0])]:
            write_text(name, json.dumps(carried(results(each, made.rubric or Rubric())), indent=1, ensure_ascii=False))
    for each in made.files if options.output else ():
        keep(options.output, each, given)


def _errata(files: Sequence[RefereedFile], target: str) -> None:
    """One list, or one page for each file in a folder."""
    if os.path.splitext(target)[1]:
        write_text(target, errata(files))
        return
    for name, each in _named(files, target, ".md"):
        write_text(name, errata([each]))


def _annotated(files: Sequence[RefereedFile], target: str) -> None:
    """The annotated source, or a folder of them."""
    done = [each for each in files if each.report is not None]
    for name, each in [(target, done[0])] if len(files) == 1 and done else _named(done, target, ".tex") if done else ():
        assert each.report is not None
        write_tex(each.report, name)


def _named(files: Sequence[RefereedFile], folder: str, suffix: str) -> Iterator[tuple[str, RefereedFile]]:
    """A name in a folder for each file; those of one name are numbered."""
    make_folder(folder)
    stems = [os.path.splitext(os.path.basename(each.path))[0] for each in files]
    for number, each in enumerate(files):
        again = f"-{number}" if stems[number] in stems[:number] else ""
        yield os.path.join(folder, f"{stems[number]}{again}{suffix}"), each
