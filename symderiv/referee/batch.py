"""Derivations in files: each read, refereed and reported on its own, on all processors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..bounds import FILE
from ..errors import ParseError, SymderivError
from ..workers import Lost, Pool
from .referee import verify
from .report import Report

# The work is counted: this only ends what hangs, on a machine however busy.
SECONDS = 600.0


# A sign without which nothing is claimed.
_MATHEMATICAL = re.compile(r"[=<>\\$^≤≥≈≠≡∝→∈∑∏∫∂∇←]")


@dataclass(frozen=True)
class RefereedFile:
    """A file with its report, or with what kept it from being read."""

    path: str
    report: Report | None = None
    error: str = ""

    @property
    def exit_status(self) -> int:
        """0 all right, 1 a line is wrong, 2 not fully understood."""
        return 2 if self.report is None else self.report.exit_status


def referee_file(path: str, given: str | None = None) -> RefereedFile:
    """The report on one file; what goes wrong is in it."""
    try:
        text = read(path)
    except SymderivError as error:
        return RefereedFile(path, None, str(error))
    return referee_text(path, text, given)


def referee_text(path: str, text: str, given: str | None = None) -> RefereedFile:
    """The report on the text of a file; what goes wrong is in it."""
    if not _MATHEMATICAL.search(text):
        return RefereedFile(path, None, "no mathematics was found: no formula, no relation")
    try:
        report = verify(text, given)
        if not report.lines and not report.problems:
            return RefereedFile(path, None, "no line to be judged was found: its formulas are names alone")
        return RefereedFile(path, report)
    except SymderivError as error:
        return RefereedFile(path, None, str(error))
    except RecursionError:
        return RefereedFile(path, None, "the text is nested too deeply")


def read(path: str) -> str:
    """The text of a file.  Raises ParseError for one that is missing or no text, BoundExceeded for one too long."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(FILE.limit + 1)
    except OSError as error:
        raise ParseError(f"cannot read {path}: {error.strerror or error}", hint="check the name") from None
    FILE.admit(len(data), path)
    if b"\x00" in data:
        raise ParseError(f"{path} is not a text", hint="give a .tex, .md or .txt file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def referee_files(paths: Sequence[str], given: str | None, workers: int,
                  told: Callable[[int, RefereedFile], None] = lambda done, found: None) -> list[RefereedFile]:
    """The reports on several files, in their order; one that takes too long or dies costs no other."""
    pool = Pool(min(workers, len(paths)), SECONDS)
    for place, path in enumerate(paths):
        pool.submit(place, referee_file, path, given)
    results: dict[int, RefereedFile] = {}
    for key, answer in pool.results():
        assert isinstance(key, int)
        results[key] = RefereedFile(paths[key], None, str(answer)) if isinstance(answer, Lost) else answer
        told(len(results), results[key])
    return [results[place] for place in range(len(paths))]


def by_diagnosis(found: Sequence[RefereedFile]) -> dict[str, int]:
    """How often each slip was found in all files, the commonest first."""
    counts: dict[str, int] = {}
    for each in found:
        for line in each.report.lines if each.report is not None else ():
            if line.wrong:
                slip = line.diagnosis or "no single slip found"
                counts[slip] = counts.get(slip, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
