"""What a grader or a writer takes away: a table of lines, points, results for an autograder, an errata sheet."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ..errors import DeclarationError, ParseError
from .batch import RefereedFile, read
from .coefficients import SIGN
from .proofreading import Erratum, place_in, proofread
from .report import Line, Report

COLUMNS = ("file", "line", "place", "status", "diagnosis", "text", "should be", "message")


# What slips are called; those with a factor in their names beside.
KINDS = (
    "1/N lost", "E[x²] in the place of the variance", "a bracket that reaches too far", "a delta lost",
    "a factor that may be 0 is cancelled",
    "a factor too many", "a function that is not injective is undone", "a function too many", "a path forgotten",
    "a root is taken", "a sum too many", "a term lost", "a term too many",
    "absolute value", "an entry written as a product", "an identity lost", "an index that nothing binds",
    "base of the logarithm",
    "bracket lost", "derivative evaluated at the wrong point", "does not follow", "dropped sum",
    "elementwise and matrix product confused", "exponent", "factor in the argument", "factors in the wrong order",
    "factors in the wrong order, transposed", "i = j and i ≠ j confused", "index shifted by one", "indices exchanged",
    "inverse lost", "missing derivative", "missing factor", "missing factor of the chain rule", "no single slip found",
    "number", "one quantity in the place of another", "quotient upside down", "range of the sum off by one", "shape", SIGN,
    "sign, and another slip",
    "summed over the wrong index", "symmetry assumed", "transposed", "two quantities exchanged",
    "variance and standard deviation confused", "wrong flip", "wrong index", "wrong letter", "wrong summed index")
_MEASURED = re.compile(r"(?:factor|factor \S+|1/\S+)(?: lost| too many)?|sign, and .+")


@dataclass(frozen=True)
class Rubric:
    """Points of the problems in their order, and what is taken for a kind of slip; ``other`` for one without a name."""

    problems: tuple[tuple[str, float], ...] = ()
    slips: Mapping[str, float] = field(default_factory=dict)
    other: float = 1.0
    unread: float = 0.0


def rubric(text: str) -> Rubric:
    """A rubric in TOML: ``[problems]`` with points, ``[slips]`` with deductions, ``other`` and ``unread``.

    Raises DeclarationError for what is none.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"the rubric is no TOML: {error}", hint='[problems]\n"Problem 1" = 10') from None
    strange = sorted(set(data) - {"problems", "slips", "other", "unread"})
    if strange:
        raise DeclarationError(f"the rubric has an unknown part {strange[0]!r}", hint="problems, slips, other or unread")
    for part in ("problems", "slips"):
        table = data.get(part, {})
        if not isinstance(table, dict) or not all(_is_number(value) for value in table.values()):
            raise DeclarationError(f"{part} of the rubric must give a number for each name", hint='"Problem 1" = 10')
    for key in ("other", "unread"):
        if not _is_number(data.get(key, 0)):
            raise DeclarationError(f"{key} of the rubric must be a number", hint=f"{key} = 1")
    for name in data.get("slips", {}):
        if not any(_heads(name, kind.lower()) for kind in KINDS) and not _MEASURED.fullmatch(name):
            raise DeclarationError(f"no slip is called {name!r}: the rubric would never take its points",
                                   hint="one of " + ", ".join(get_close_matches(name, KINDS, 3, 0.3) or KINDS[:3])
                                   + "; or leave it to other")
    return Rubric(tuple((k, float(v)) for k, v in data.get("problems", {}).items()),
                  {k: float(v) for k, v in data.get("slips", {}).items()}, float(data.get("other", 1)),
                  float(data.get("unread", 0)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def problem_of(report: Report, line: Line) -> str:
    """The heading that a line stands under."""
    page = report.text.page
    if page is None:
        return ""
    titles = [each.title for each in page.scopes if each.offset <= line.span[0]]
    return titles[-1] if titles else ""


def deductions(report: Report, by: Rubric) -> list[tuple[Line, float, str]]:
    """(line, points taken, why): nothing is taken for an error that was only carried on."""
    found = []
    for line in report.lines:
        if line.wrong and not line.carried:
            kind = line.diagnosis or "no single slip found"
            named = next((points for name, points in by.slips.items() if _heads(name, kind.lower())), None)
            found.append((line, by.other if named is None else named, kind))
        elif line.status in ("unread", "undeclared", "ill-typed", "undefined", "undecided") and by.unread and not line.wrong:
            found.append((line, by.unread, line.status))
    return found


def _heads(name: str, title: str) -> bool:
    """Whether a heading is that of a problem: one holds the other, as words."""
    short, long = sorted((name.lower(), title), key=len)
    return bool(short) and re.search(rf"(?<!\w){re.escape(short)}(?!\w)", long) is not None


def points(report: Report, by: Rubric) -> list[tuple[str, float, float, list[str]]]:
    """(problem, points, out of, reasons) for each problem of the rubric; a line belongs to the one that heads it."""
    names = [name for name, _ in by.problems] or ["all"]
    worth = dict(by.problems) or {"all": 10.0}
    taken: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
    for line, lost, why in deductions(report, by):
        title = problem_of(report, line).lower()
        name = next((n for n in names if _heads(n, title)), names[-1])
        taken[name].append((lost, f"line {line.number + 1} (-{lost:g}): {why}"))
    titles = {problem_of(report, line).lower() for line in report.lines} | {""}
    if by.problems and len(titles) > 1:  # a text with headings
        for name in names:
            if not any(_heads(name, title) for title in titles):
                taken[name].append((worth[name], "no line stands under this heading"))
    left = {name: max(0.0, worth[name] - sum(lost for lost, _ in taken[name])) for name in names}
    return [(name, left[name], worth[name], [why for _, why in taken[name]]) for name in names]


def table(files: Sequence[RefereedFile]) -> str:
    """All lines of all files as comma-separated values."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in files:
        if each.report is None:
            writer.writerow([each.path, "", "", "unread", "", "", "", each.error])
            continue
        for line in each.report.lines:
            writer.writerow([each.path, line.number + 1, line.place[0], line.status, line.diagnosis or "",
                             " ".join(line.text.split()), line.suggestion or "", " ".join(line.message.split())])
    return stream.getvalue()


def results(each: RefereedFile, by: Rubric) -> dict[str, Any]:
    """What Gradescope's autograder reads: a score, and a test for each problem."""
    if each.report is None:
        return {"score": 0, "output": each.error, "tests": []}
    tests = [{"name": name, "score": got, "max_score": worth, "output": "\n".join(reasons) or "no line is wrong"}
             for name, got, worth, reasons in points(each.report, by)]
    return {"score": sum(float(str(test["score"])) for test in tests), "output": each.report.summary(), "tests": tests}


def errata(files: Sequence[RefereedFile]) -> str:
    """What is printed wrong, file by file: place, printed, right, kind, why; in Markdown.

    What a single digit would make right stands apart: it may be a misreading of what was scanned.
    """
    rows = ["# Errata", ""]
    for each in files:
        found, text = printed_wrong(each), _text_of(each)
        rows += [f"## {each.path}", "", *_listed([f for f in found if not f.doubtful] or ["nothing was found"], text), ""]
        if doubtful := [f for f in found if f.doubtful]:
            rows += ["### A digit, or a misreading of the scan", "", *_listed(doubtful, text), ""]
    return "\n".join(rows if len(files) else [*rows, "nothing was found", ""])


def printed_wrong(each: RefereedFile) -> list[Erratum]:
    """What the referee refutes in a file, and what is wrong in it whatever its names mean, in the order of the lines."""
    found = list(proofread(_text_of(each)))
    told = {finding.line for finding in found}
    for line in each.report.lines if each.report is not None else ():
        if line.wrong and not line.carried and not _supposed(each.report, line) and not (
                told & set(range(line.place[0], line.place[0] + line.text.count("\n") + 1))):
            right = line.suggestion if line.suggestion and line.diagnosis else "?"
            why = "; ".join(str(part) for part in (line.message, line.counterexample) if part)
            found.append(Erratum(line.place[0], " ".join(line.text.split()), right, line.diagnosis or line.status, why))
    return sorted(found)


def _text_of(each: RefereedFile) -> str:
    """The text of a file, also of one that the referee did not read to its end."""
    if each.report is not None:
        return each.report.text.source.text
    with contextlib.suppress(ParseError):
        return read(each.path)
    return ""


NOT_AS_READ = ("refuted", "ill-typed", "undefined", "undecided", "undeclared")


def _supposed(report: Report | None, line: Line) -> bool:
    """Whether a line is wrong by what was only supposed: of a shape that was guessed, by an older value of a name, or of a
    sign by which another line that does not hold as it was read says another value of the same."""
    assert report is not None
    first, signs, rest = line.text.partition("=")
    if signs and any(other is not line and other.status in NOT_AS_READ and other.text.partition("=")[0] == first and
                     other.text.partition("=")[2] != rest for other in report.lines):
        return True
    guessed = {told.partition(":")[0] for told in report.taken if told.endswith("(read off its lines)")}
    words = set(re.findall(r"[A-Za-z]\w*", line.text))
    again = re.fullmatch(r"\s*\\?[A-Za-z_]\w*\s*=\s*[-\d.,()\s\[\]]+", line.text)
    return bool(guessed & words) or again is not None


def _listed(found: Sequence[Erratum | str], text: str) -> list[str]:
    rows = []
    for each in found:
        if isinstance(each, str):
            rows.append(each)
            continue
        place, line = place_in(text, each.line), f"line {each.line}"
        rows += [f"- {line if place == line else f'{place}, {line}'}: {each.kind}", f"  - printed: {_formula(each.printed)}",
                 f"  - right: {_formula(each.right)}", f"  - why: {each.why}"]
    return rows


def _formula(text: str) -> str:
    """A formula between its marks, a number or words as they are."""
    whole = " ".join((text if "matrix}" in text or "{cases}" in text else re.sub(r"(?<!\\)&", "", text)).split())
    return f"${whole}$" if re.search(r"[\\_^]|[A-Za-z0-9)] [-+] |^\w+( \w)+$", whole) and "·" not in whole else whole
