"""What becomes of the items of a suite: proved, checked in numbers, and written as sections."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .errors import DeclarationError
from .render.sections import Section
from .suite import RANKS, Item, describe


@dataclass(frozen=True)
class Part:
    """One claim of an item: its text and LaTeX, what became of it, and how it was checked, in words."""

    text: str
    latex: str
    status: str
    evidence: str = ""
    counterexample: str = ""


@dataclass(frozen=True)
class Result:
    """What became of an item.  ``ok`` says whether it met its ``expect``; ``error`` why not, or what was raised."""

    name: str
    title: str
    file: str
    line: int
    expect: str
    status: str
    ok: bool
    seconds: float
    error: str = ""
    parts: tuple[Part, ...] = ()
    section: Section | None = None
    chapter: str = ""

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {"name": self.name, "title": self.title, "file": self.file, "line": self.line, "expect": self.expect,
                "status": self.status, "ok": self.ok, "seconds": round(self.seconds, 4), "error": self.error or None,
                "claims": [asdict(part) for part in self.parts]}


def run(item: Item, typeset: bool = False) -> Result:
    """Run an item: derive or prove what it states, check it in numbers, and with ``typeset`` write it as a section.

    Whatever the item raises is reported in the result.
    """
    result, subjects = claims(item)
    if not typeset:
        return result
    if not result.parts:
        return replace(result, section=_error_section(item, result.error))
    from .render.present import item_section

    try:
        return replace(result, section=item_section(item, subjects, result.parts))
    except Exception as raised:  # A claim that cannot be written must not cost the rest of the book.
        error = f"could not be typeset: {describe(raised, Path(item.file))}"
        return replace(result, ok=False, status="error", error=error, section=_error_section(item, error))


def claims(item: Item) -> tuple[Result, tuple[Any, ...]]:
    """Run an item: the result, and the Derivations and Verdicts behind its parts (none where it raised)."""
    start = time.perf_counter()
    subjects: list[Any] = []
    parts: list[Part] = []
    error = item.failure
    if not error:
        assert item.function is not None
        try:
            with contextlib.redirect_stdout(sys.stderr):
                subjects = list(_subjects(item.function()))
                parts = [_check(subject) for subject in subjects]
        except (Exception, SystemExit) as raised:
            error, subjects = describe(raised, Path(item.file)), []
    status = "error" if error else min((part.status for part in parts), key=RANKS.index)
    ok = not error and _meets(parts, item.expect)
    if not ok and not error:
        error = _shortfall(parts, item.expect)
    result = Result(name=item.name, title=item.title, file=item.file, line=item.line, expect=item.expect, status=status,
                    ok=ok, seconds=time.perf_counter() - start, error=error, parts=tuple(parts), chapter=item.chapter)
    return result, tuple(subjects)


def _subjects(value: Any) -> Iterator[Any]:
    """The Derivations and Verdicts in what an item returned; pairs are proved."""
    from .engine import Derivation
    from .proof.equality import Verdict, prove

    if isinstance(value, Derivation | Verdict):
        yield value
    elif isinstance(value, tuple) and len(value) == 2 and not any(_is_subject(side) for side in value):
        yield prove(*value)
    elif isinstance(value, list | tuple) and value:
        for each in value:
            yield from _subjects(each)
    else:
        raise DeclarationError(f"the item returned {value!r}", hint="return a Derivation, the Verdict of sd.prove, "
                               "a pair (left side, right side), or a list of these")


def _is_subject(value: Any) -> bool:
    from .engine import Derivation
    from .proof.equality import Verdict

    return isinstance(value, Derivation | Verdict | tuple | list)


def _check(subject: Any) -> Part:
    """Look at a claim from the other side: numbers, by the evaluator, which shares nothing with the engine."""
    from .engine import Derivation

    status, evidence = subject.status, ""
    counterexample = getattr(subject, "counterexample", None)
    if isinstance(subject, Derivation):
        report = subject.check()
        evidence = str(report)
        if not report.ok:
            status = "refuted"
    elif status == "proved":
        from .numeric.check import compare

        report = compare(subject.lhs, subject.rhs, assuming=subject.proof.conditions, seed=0)
        evidence = f"{subject.evidence}; in numbers, {report.evidence}"
        if report.status == "refuted":
            status, evidence = "refuted", f"the numbers disagree: {report.evidence}"
            counterexample = report.counterexample
    else:
        evidence = subject.evidence
    return Part(str(subject) if isinstance(subject, Derivation) else f"{subject.lhs} = {subject.rhs}", subject.latex(),
                status, evidence, "" if counterexample is None else str(counterexample))


def _meets(parts: Sequence[Part], expect: str) -> bool:
    if expect == "refuted":
        return all(part.status == "refuted" for part in parts)
    return all(RANKS.index(part.status) >= RANKS.index(expect) for part in parts)


def _shortfall(parts: Sequence[Part], expect: str) -> str:
    """The first claim that falls short, in words."""
    worst = next(part for part in parts if not _meets([part], expect))
    evidence = f"\n  {worst.evidence}" if worst.evidence else ""
    if worst.counterexample:
        evidence += f"\n  counterexample: {worst.counterexample}"
    return f"expected {expect}, found {worst.status}: {worst.text}{evidence}"


def _error_section(item: Item, error: str) -> Section:
    from .render.escape import latex_literal

    lines = "\n\n".join(rf"\texttt{{{latex_literal(line)}}}" for line in error.splitlines() if line.strip())
    return Section(item.title, item.question, body=lines, status="error")


__all__ = ["Part", "Result", "claims", "run"]
