"""What becomes of the items of a suite: proved, checked in numbers, and written as sections.

What an item may return, alone or in a list:

a Derivation, or what ``sd.prove`` gave     a claim, with its proof; checked in numbers as well
(left, right)                               a claim to be proved; values (tuples, arrays of numbers) are compared
("words", left, right)                      the same with a caption
sd.misprint("where", right, printed)        a printed line that is wrong: the two sides must be different
a result of symderiv's (a report, ...)      a claim where it has a ``status`` or a ``check()``, else shown
anything with ``latex()``                   shown, and a claim only by its ``lhs`` and ``rhs``, which are compared here: what
                                            it says of itself does not count in its favour
("words", anything)                         the same, or any value, with a caption
"words with $mathematics$"                  a paragraph

Of what is shown, ``to_html_fragment()`` or ``_repr_html_()`` serve the page, ``source()`` is what a reader copies as
Python, ``proof``, ``evidence``, ``counterexample``, ``conditions`` and ``notes`` are written beside it.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from inspect import getattr_static
from pathlib import Path
from typing import Any

from sympy import Basic, Expr

from ..answers import HOLDS
from ..arrays.symbols import open_letters
from ..differentiation.engine import Derivation
from ..errors import DeclarationError, EvaluationError
from ..numeric.comparison import glance
from ..proof.equality import over_open_letters, prove
from ..render.document import inner_latex
from ..render.escape import latex_literal, plain_text
from ..render.html import inner_html
from ..render.paper import on_paper
from ..render.prose import qualified
from ..render.sections import Rendered, Section
from .collect import RANKS, SECONDS, Item, TimeUp, describe, time_limit
from .decorators import Misprint, Placed
from .item_sections import item_section
from .outcomes import ClaimOutcome, Exhibit, Result, meets
from .titles import unclaimed
from .values import GivenData, ValueComparison, comparable, compare_values, is_value


def run(item: Item, typeset: bool = False, seconds: float | None = SECONDS) -> Result:
    """Run an item: derive or prove what it states, check it in numbers, and with ``typeset`` write it as a section.

    Whatever the item raises is reported in the result, and that it does not come to its end within ``seconds``.
    """
    start = time.perf_counter()
    try:
        with time_limit(seconds):
            result, entries = outcome(item)
            if not typeset:
                return result
            return replace(result, page=_written(item, result, entries))
    except TimeUp as stopped:
        result = _failed(item, describe(stopped, Path(item.file)), time.perf_counter() - start)
    except Exception as raised:  # A claim that cannot be written must not cost the rest of the book.
        result = replace(result, ok=False, status="error",
                         error=f"could not be typeset: {describe(raised, Path(item.file))}")
    return replace(result, page=_written(item, result, ())) if typeset else result


def unjudged(item: Item, seconds: float | None = SECONDS) -> Rendered | None:
    """An item as a page can show it before it is known how sure its claims are; None where there is nothing to be shown."""
    try:
        with time_limit(seconds), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert item.function is not None
            entries = tuple(_entries(item.function(), item.expect, claim=_unjudged))
            return Rendered(inner_html(item_section(item, entries), 3), "", plain_text(item.title))
    except (Exception, TimeUp, SystemExit):
        return None  # what is wrong with it is said by its result


def _unjudged(subject: Any, expect: str, caption: str = "") -> Exhibit:
    if not is_ours(subject):
        raise DeclarationError(f"a {type(subject).__name__} is shown when it has been looked at")
    return Exhibit(subject, ClaimOutcome("", subject.latex(), "", caption=caption, expect=expect), caption)


def outcome(item: Item) -> tuple[Result, tuple[Exhibit, ...]]:
    """Run an item: the result, and what it shows, in order (nothing where it raised)."""
    start = time.perf_counter()
    if item.failure:
        return _failed(item, item.failure), ()
    assert item.function is not None
    try:
        with contextlib.redirect_stdout(sys.stderr):
            entries = tuple(_entries(item.function(), item.expect, claim=_claim))
    except (Exception, SystemExit) as raised:
        return _failed(item, describe(raised, Path(item.file)), time.perf_counter() - start), ()
    parts = tuple(entry.part for entry in entries if entry.part is not None)
    if not parts:
        stated = next((entry.caption for entry in entries if isinstance(entry.caption, _Stated)), "")
        told = f": {stated}" if stated else ""
        return _failed(item, f"nothing that the item returned is a claim{told}\n  try:  return a pair beside it, such as "
                             "(value, what it must equal)", time.perf_counter() - start), ()
    missed = next((part for part in parts if not meets(part)), None)
    astray = unclaimed(item.title, entries, item.words) if missed is None else ""
    weakest = min(parts, key=lambda part: RANKS.index(part.settled))
    status = weakest.status if item.expect == "refuted" else weakest.settled
    result = Result(name=item.name, title=item.title, file=item.file, line=item.line, expect=item.expect, status=status,
                    ok=missed is None and not astray, seconds=time.perf_counter() - start, parts=parts, chapter=item.chapter,
                    introduction=item.introduction, reference=item.reference, points=item.points,
                    question="\n\n".join((_asked(item), *(f"$${entry.subject.latex()}$$" for entry in entries
                                                          if isinstance(entry.subject, GivenData)))),
                    error=_untitled(astray) if astray else "" if missed is None else _shortfall(missed))
    return result, entries


def _failed(item: Item, error: str, seconds: float = 0.0) -> Result:
    return Result(name=item.name, title=item.title, file=item.file, line=item.line, expect=item.expect, status="error",
                  ok=False, seconds=seconds, error=error, chapter=item.chapter, introduction=item.introduction,
                  reference=item.reference, points=item.points, question=_asked(item))


def _asked(item: Item) -> str:
    """The question of an item: the first paragraph of its docstring; what stands below it belongs to the answer."""
    return re.split(r"\n\s*\n", qualified(item.question, Path(item.file).stem))[0]


def _entries(value: Any, expect: str, caption: str = "", *, claim: Callable[..., Exhibit]) -> Iterator[Exhibit]:
    """What an item returned, thing by thing; pairs are proved, and each ``claim`` is looked at."""
    if isinstance(value, str) and not caption:
        yield Exhibit(value)
    elif isinstance(value, Misprint):
        yield _misprint(value, claim)
    elif isinstance(value, Placed):
        for entry in _entries(value.what, expect, caption, claim=claim):
            yield replace(entry, place=value.place, caption=entry.caption or value.caption)
    elif isinstance(value, tuple) and len(value) in (2, 3) and isinstance(value[0], str) and not caption:
        yield from _entries(value[1], expect, value[0], claim=claim) if len(value) == 2 else [
            claim(_compared(*value[1:]), expect, value[0])]
    elif isinstance(value, tuple) and len(value) == 2 and not caption and not any(map(_is_shown, value)):
        yield claim(_compared(*value), expect)
    elif _is_shown(value):
        yield claim(value, expect, caption) if _is_claim(value) else Exhibit(value, caption=caption)
    elif isinstance(value, Expr) or (is_value(value) and (caption or not isinstance(value, list | tuple | None))):
        yield Exhibit(value, caption=caption)
    elif isinstance(value, list | tuple) and value and not caption:
        for each in value:
            yield from _entries(each, expect, claim=claim)
    else:
        raise DeclarationError(f"the item returned {value!r}", hint="return a Derivation, the Verdict of sd.prove, "
                               "a pair (left side, right side), or a list of these")


def _is_shown(value: Any) -> bool:
    """Whether something is a subject of its own rather than one side of a claim."""

    return callable(getattr(value, "latex", None)) and not isinstance(value, Basic)


def _is_claim(value: Any) -> bool:
    """Whether something has a status or a check; the status of what is ours is not worked out to see that."""
    found = getattr_static if is_ours(value) else getattr
    return any(found(value, name, value) is not value for name in ("status", "check"))


def _compared(left: Any, right: Any) -> Any:
    """The claim that two sides are equal: a Verdict, or for values a Comparison."""

    if comparable(left, right):
        return compare_values(left, right)

    return prove(left, right)


def _misprint(given: Misprint, claim: Callable[..., Exhibit]) -> Exhibit:
    subject = given.right if given.printed is None else _compared(given.right, given.printed[0])
    entry = claim(subject, "refuted")
    if entry.part is None:
        raise DeclarationError(f"{given.where}: {entry.caption}", hint="give both sides: what is right, and what is printed")
    text = entry.part.text if given.printed is None else f"in print {given.printed[0]}, not {given.right}"
    return replace(entry, part=replace(entry.part, misprint=given.where, text=text))


class _Stated(str):
    """A caption that says that what something says of itself does not count."""


def is_ours(subject: Any) -> bool:
    """Whether something is of a class of symderiv's own: not of one that looks like it, or builds on it."""
    kind = type(subject)
    return kind.__module__.partition(".")[0] == "symderiv" and getattr(
        sys.modules.get(kind.__module__), kind.__name__, None) is kind


def _lookalike(subject: Any, expect: str, caption: str) -> Exhibit:
    """What has a status or a check that is not ours: by its sides where it has some, else shown.  It may only do harm."""
    if hasattr(subject, "lhs") and hasattr(subject, "rhs"):
        return _claim(_compared(subject.lhs, subject.rhs), expect, caption)
    status = _status(subject)
    if callable(getattr(subject, "check", None)) and not getattr(_numbers(subject), "ok", True):
        status = "refuted"
    told = f"shown only: the status of a {type(subject).__name__} is its own word, not a result of symderiv's"
    if status not in HOLDS:
        part = ClaimOutcome(str(subject), subject.latex(), "undecided" if expect == "refuted" else status, told, "", caption,
                            expect=expect)
        return Exhibit(subject, part, caption)
    return Exhibit(subject, caption=_Stated(f"{caption} ({told})" if caption else told))


def _claim(subject: Any, expect: str, caption: str = "") -> Exhibit:
    """Look at a claim from the other side: numbers, by the evaluator, which shares nothing with the engine."""
    if not is_ours(subject):
        return _lookalike(subject, expect, caption)

    if type(subject) is ValueComparison:  # made by hand, it would say what it was told to
        subject = compare_values(subject.lhs, subject.rhs)
    status, evidence = _status(subject), getattr(subject, "evidence", "")
    counterexample = getattr(subject, "counterexample", None)
    sides = hasattr(subject, "lhs") and hasattr(subject, "rhs")
    if callable(getattr(subject, "check", None)):
        report = _numbers(subject)
        evidence = f"{evidence}; in numbers, {report}" if evidence else str(report)
        if not getattr(report, "ok", True):
            status = "refuted"
    elif sides and status == "proved" and getattr(subject, "proof", None) is not None:
        pair = subject.lhs, subject.rhs
        report = glance(*(over_open_letters(*pair) if any(map(open_letters, pair)) else pair),
                        assuming=subject.proof.conditions, seed=0)
        evidence = f"{subject.evidence}; in numbers, {report.evidence}"
        if report.status == "refuted":
            status, evidence = "refuted", f"the numbers disagree: {report.evidence}"
            counterexample = report.counterexample
    told = not sides or (type(subject) is ValueComparison and status != "refuted")
    text = str(subject) if told else f"{subject.lhs} = {subject.rhs}"
    part = ClaimOutcome(text, subject.latex(), status, str(evidence), "" if counterexample is None else str(counterexample),
                        caption, expect=expect)
    return Exhibit(subject, part, caption)


def _numbers(subject: Any) -> Any:
    """The report of a subject's own check; in words why there is none, where a subject of another kind cannot be checked."""

    try:
        return subject.check()
    except EvaluationError as reason:
        if isinstance(subject, Derivation):
            raise
        return f"not checked: {reason}"


def _status(subject: Any) -> str:
    """The status that a subject gives itself; one that is checked in numbers only can be supported at most."""
    status = getattr(subject, "status", "supported")
    return str(status) if str(status) in RANKS else "undecided"


def _untitled(formula: str) -> str:
    """What to do about a formula of a title that nothing proves."""
    return (f"the title says ${formula}$, which is no claim of the item\n  try:  return it among the claims, "
            rf"(left, right), or mark it as words: \({formula}\)")


def _shortfall(part: ClaimOutcome) -> str:
    """What falls short in a claim, in words."""
    where = f"{part.misprint}: " if part.misprint else f"{part.caption}: " if part.caption else ""
    evidence = f"\n  {part.evidence}" if part.evidence else ""
    if part.counterexample:
        evidence += f"\n  counterexample: {part.counterexample}"
    return f"{where}expected {part.expect}, found {part.status}: {part.text}{evidence}"


def _written(item: Item, result: Result, entries: Sequence[Exhibit]) -> Rendered:
    """The item as HTML and LaTeX, without its heading, which only the whole book can number."""

    section = item_section(item, entries) if entries else _error_section(item, result.error)
    words = " ".join(plain_text(text) for text in (result.title, item.question, *(part.text for part in result.parts)))
    return Rendered(inner_html(section, 3), inner_latex(on_paper(section), 1), " ".join(words.split()))


def _error_section(item: Item, error: str) -> Section:

    lines = "\n\n".join(rf"\texttt{{{latex_literal(line)}}}" for line in error.splitlines() if line.strip())
    return Section(item.title, qualified(item.question, Path(item.file).stem), body=lines, status="error")
