"""The report on a derivation: a verdict a line, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..answers import HOLDS, ShowsItself, written
from ..errors import DeclarationError
from ..numeric.check import Counterexample
from ..visible import shown
from .text_rows import Written

ACCEPTED = (*HOLDS, "conditional")
"""The statuses of lines that hold, if need be under a condition."""
# From bad to good: a row with several relations has the first of these that one of them has.
ORDER = ("refuted", "ill-typed", "undefined", "undeclared", "unread", "undecided", "conditional", "supported", "proved",
         "noted")
MARKS = {"proved": "✓", "supported": "✓", "refuted": "✗", "conditional": "?", "undefined": "?", "ill-typed": "?",
         "undeclared": "?", "unread": "?", "undecided": "?", "noted": "·"}
REFUTED = "there is a counterexample"
NEEDED = re.compile(r"true (?:if|where) (.*), which was not declared")
READ_AS = "it is read as "
UNJUDGED = "could not be judged"
_OPEN = {"conditional": "holds only under a condition", "ill-typed": "has no meaning as it stands",
         "undefined": "has no value", "undeclared": UNJUDGED, "unread": UNJUDGED, "undecided": UNJUDGED}
LEVELS = 4
"""Of hints."""


@dataclass(frozen=True)
class Alternative:
    """One reading of a line: in LaTeX with all its brackets, what it takes in words, and the verdict under it."""

    text: str
    words: str
    status: str

    def latex(self) -> str:
        """The reading, typeset."""
        return self.text

    def __str__(self) -> str:
        return self.text

    def to_json(self) -> dict[str, str]:
        """The reading as plain data."""
        return {"reading": self.text, "words": self.words, "status": self.status}


# Derives what a line is about, when it is asked for.
Deriving = Callable[[], tuple[str, ...]]


@dataclass(frozen=True)
class Line(ShowsItself):
    """The verdict on one line.

    status          "proved", "supported", "refuted", "conditional", "undefined", "ill-typed", "undeclared", "unread",
                    "undecided" or "noted"
    message         the evidence, or why there is none;  notes  how the line was read
    counterexample  for "refuted": sizes, values, the entry that differs and both values there
    diagnosis       the likely slip;  suggestion  what would be right, in LaTeX, or what to declare
    part            the part of the line that is wrong, in LaTeX, where it is a part;  missing  what its verdict waits for
    supposing       a name, and what it would have to be for a conditional line to be true
    carried         how many lines above it the wrong one stands from which it follows; 0 where it follows from none
    imposed         whether it is an equation that the text imposes, or lets be so, of all that it speaks of
    guesses         names that it reads of which nothing is said: what they are was guessed from lines;  reads  these,
                    whatever bears the guess out, and those that lines above define
    reading         how the line was read, in LaTeX with all brackets;  readings  that one and others, where others have
                    a type as well
    """

    number: int
    text: str
    status: str
    message: str = ""
    counterexample: Counterexample | None = None
    diagnosis: str | None = None
    suggestion: str | None = None
    notes: tuple[str, ...] = ()
    place: tuple[int, int] = (1, 1)
    span: tuple[int, int] = (0, 0)
    seconds: float = field(default=0.0, compare=False)
    reading: str = ""
    readings: tuple[Alternative, ...] = ()
    part: str = ""
    missing: str = ""
    guesses: frozenset[str] = field(default=frozenset(), compare=False)
    reads: frozenset[str] = field(default=frozenset(), compare=False)
    supposing: tuple[str, frozenset[str]] = ("", frozenset())
    carried: int = 0
    imposed: bool = False
    proofs: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    deriving: Deriving | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        first, *more = self.explained()
        return shown("\n     ".join([f"{self.mark} {self.number + 1}  {_one_line(self.text)}  {first}", *more]))

    def _repr_html_(self) -> str:
        return str(written("refereed_line", self))

    def derivatives(self) -> tuple[str, ...]:
        """The derivatives that the line claims, or those of what it defines by what that depends on: our own, in LaTeX."""
        return self.deriving() if self.deriving is not None else ()

    @property
    def rests_on(self) -> tuple[Any, ...]:
        """What has to be certified for it: the claims of the line, where each is proved."""
        return self.proofs

    def certificate(self) -> dict[str, Any]:
        """The certificate of what the line claims, as data.  Raises SymderivError where there is none."""
        return written("certificate", self)  # type: ignore[no-any-return]

    @property
    def conditions(self) -> tuple[str, ...]:
        """What a conditional line needs, in words."""
        said = NEEDED.search(self.message) if self.status == "conditional" else None
        return tuple(said[1].split(" and ")) if said else ()

    @property
    def note(self) -> str:
        """How the line was read, in words."""
        return "; ".join(self.notes)

    @property
    def mark(self) -> str:
        """✓, ✗, ? or ·."""
        return MARKS[self.status]

    @property
    def wrong(self) -> bool:
        """Whether the line is wrong: refuted, or of no type as it stands where one change gives it one and makes it true."""
        return self.status == "refuted" or (self.status == "ill-typed" and self.diagnosis is not None)

    @property
    def ambiguous(self) -> bool:
        """Whether another reading has a type."""
        return len(self.readings) > 1

    @property
    def shows_reading(self) -> bool:
        """Whether a report says how the line was read: where that is not the only way, the verdict may hang on it, or words
        beside the line say what it is.
        """
        in_words = "=" in self.reading and "=" not in self.text
        return bool(self.reading) and (self.ambiguous or in_words or self.status not in (*HOLDS, "noted"))

    @property
    def tells_reading(self) -> bool:
        """Whether a note says what the line was read as, since the verdict hangs on it."""
        return any(note.startswith(READ_AS) for note in self.notes)

    def explained(self, formulas: bool = True) -> list[str]:
        """What a reader should know beside the mark, line by line; without the lines that are LaTeX, where it is typeset."""
        found = [self.status + (f" ({self.diagnosis})" if self.diagnosis else "")]
        if self.message and self.status not in ("proved", "noted") and self.message != REFUTED:
            found.append(self.message)
        if self.counterexample is not None:
            found.append(f"counterexample: {self.counterexample}")
        if self.suggestion and (formulas or not self.diagnosis):
            found.append(("should be: " if self.diagnosis else "try: ") + self.suggestion)
        if self.shows_reading and formulas:
            found.append(f"read as: {self.reading}")
        if self.notes and formulas:
            found.append(self.note)
        return found

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        counter = None
        if self.counterexample is not None:
            c = self.counterexample
            counter = {"sizes": dict(c.sizes), "arrays": {k: _plain(v) for k, v in c.arrays.items()}, "entry": list(c.entry),
                       "left": _plain(c.lhs), "right": _plain(c.rhs)}
        return {"line": self.number, "text": self.text, "status": self.status, "message": self.message or None,
                "diagnosis": self.diagnosis, "suggestion": self.suggestion, "note": self.note or None,
                "reading": self.reading or None, "readings": [each.to_json() for each in self.readings],
                "conditions": list(self.conditions), "counterexample": counter, "place": list(self.place)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.tolist() if hasattr(value, "tolist") else value


@dataclass(frozen=True)
class Report(ShowsItself):
    """The verdicts on all lines of a derivation; prints as a table.

    problems  declarations that could not be read;  remarks  what else is worth knowing about the declarations
    next_step hints at what is still to be done, where a derivative is left in the last line
    taken     declarations that the text itself made, and where;  needed  those that are still missing, with proposals
    """

    lines: tuple[Line, ...]
    text: Written
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    next_step: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    def hint(self, level: int = 1) -> str:
        """The hints up to a level, one a row: which line to look at again, the kind of slip, the place in it, the right
        line.  Where no line is wrong, about the step that is still to be done.

        Raises DeclarationError for a level that is not 1 to 4.
        """
        if not isinstance(level, int) or not 1 <= level <= LEVELS:
            raise DeclarationError(f"there are hints of the levels 1 to {LEVELS}, not {level!r}", hint="hint(1)")
        first = self.first_wrong
        said = about(self.lines[first]) if first is not None else self.next_step or self._open()
        return "\n".join(said[:level]) or "No line is wrong, and no derivative is left to be worked out."

    def _open(self) -> tuple[str, ...]:
        """Hints at the first line that is neither right nor wrong as it stands."""
        line = next((x for x in self.lines if x.status in _OPEN), None)
        if line is None:
            return ()
        missing = line.suggestion or ""
        if line.status == "undeclared" and (self.problems or self.needed):
            missing = f"A declaration could not be read: {_one_line(self.problems[0])}" if self.problems else \
                f"Declare what is missing: {'; '.join(each.partition('  %')[0] for each in self.needed)}"
        head = _OPEN[line.status]
        return tuple(filter(None, (f"No line is wrong, but line {line.number + 1} {head}: {_one_line(line.text)}",
                                   f"{line.message[:1].upper()}{line.message[1:].partition('  (in ')[0]}.", missing)))

    @property
    def first_wrong(self) -> int | None:
        """The position, from 0, of the first line that is wrong; None if none is."""
        return next((line.number for line in self.lines if line.wrong), None)

    @property
    def ok(self) -> bool:
        """Whether every line that claims something is right."""
        return all(line.status in (*HOLDS, "noted") for line in self.lines)

    @property
    def status(self) -> str:
        """Of the text as a whole: "refuted" where a line is wrong, else as sure as its weakest line."""
        if self.first_wrong is not None:
            return "refuted"
        if not self.ok:
            return "conditional" if self.counts().keys() <= {"proved", "supported", "noted", "conditional"} else "undecided"
        return "supported" if "supported" in self.counts() else "proved"

    @property
    def exit_status(self) -> int:
        """0 where all is right, 1 where a line is wrong, 2 where something was not fully understood."""
        if self.first_wrong is not None:
            return 1
        return 0 if self.ok and not self.problems else 2

    def counts(self) -> dict[str, int]:
        """How many lines have each status."""
        found: dict[str, int] = {}
        for status in ORDER:
            number = sum(line.status == status for line in self.lines)
            if number:
                found[status] = number
        return found

    def __str__(self) -> str:
        width = min(72, max((len(_one_line(line.text)) for line in self.lines), default=0))
        rows = []
        for line in self.lines:
            text = _one_line(line.text)
            text = text if len(text) <= width else text[:width - 1] + "…"
            first, *more = line.explained()
            if line.status == "undeclared" and self.needed:
                more = []
            rows.append(f"{line.mark} {line.number + 1:>3}  {text:<{width}}  {first}")
            rows.extend(f"       {extra}" for extra in more if line.status not in HOLDS or line.ambiguous)
        head = [f"!      {' '.join(problem.split())}" for problem in self.problems]
        if self.needed:
            head.append("needed: " + "; ".join(each.partition("  %")[0] for each in self.needed))
        rows = [*head, *rows]
        rows += [f"taken: {each}" for each in self.taken]
        return shown("\n".join([*rows, *(f"remark: {remark}" for remark in self.remarks), self.summary()]))

    def summary(self) -> str:
        """One sentence."""
        counts = ", ".join(f"{number} {status}" for status, number in self.counts().items())
        first = self.first_wrong
        wrong = f"; line {first + 1} is the first wrong one" if first is not None else ""
        return f"{len(self.lines)} {'line' if len(self.lines) == 1 else 'lines'}: {counts}{wrong}"

    def __repr__(self) -> str:
        return f"<Report {self.summary()}>"

    def latex(self) -> str:
        """Every line with its mark, and what a reader should know below it: LaTeX for a document with \\fit and color."""
        return str(written("listing", self))

    def _repr_html_(self) -> str:
        return str(written("refereed_table", self))

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {"lines": [line.to_json() for line in self.lines], "first_wrong": self.first_wrong,
                "counts": self.counts(), "problems": list(self.problems), "remarks": list(self.remarks),
                "taken": list(self.taken), "needed": list(self.needed)}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def about(line: Line) -> tuple[str, ...]:
    """Hints at a wrong line: which it is, the kind of slip, the place in it, the right line."""
    where = f"Look at line {line.number + 1} again: {' '.join(line.text.split())}"
    kind = f"The kind of slip: {line.diagnosis}." if line.diagnosis else "No single slip explains it: check every factor."
    if line.status == "ill-typed" and not line.part:
        kind = f"{kind[:-1]}; {line.message}."
    if line.part:
        place = f"The place: {line.part}"
    elif line.counterexample is not None:
        place = f"Try it in numbers: {line.counterexample}"
    else:
        place = "The place: the right side as a whole"
    right = f"It should be: {line.suggestion}" if line.suggestion else "What should stand there was not found."
    return where, kind, place, right
