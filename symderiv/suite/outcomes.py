"""What became of the items of a suite and of their claims, as data that can be kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from ..render.sections import Rendered
from .decorators import RANKS

CHECKING = "being checked"
"""Stands on a page in the place of a status that is still worked out; no result has it."""


@dataclass(frozen=True)
class ClaimOutcome:
    """One claim of an item: its text and LaTeX, what became of it, and how it was checked, in words.

    ``misprint`` says where a line stands in print that is wrong; its ``expect`` is "refuted".  A ``status`` of "" is not
    known yet.
    """

    text: str
    latex: str
    status: str
    evidence: str = ""
    counterexample: str = ""
    caption: str = ""
    misprint: str = ""
    expect: str = "proved"

    @property
    def settled(self) -> str:
        """How sure it is that the claim is as expected: what should be wrong and is counts as proved."""
        if self.expect != "refuted":
            return self.status
        return {"refuted": "proved", "proved": "refuted", "supported": "refuted"}.get(self.status, self.status)


@dataclass(frozen=True)
class Exhibit:
    """One thing that an item shows: words (a str), or a subject with what became of it where it is a claim.

    ``place`` is where it stands in the book: as it comes, "nowhere", "folded", or "bare" of its proof.
    """

    subject: Any
    part: ClaimOutcome | None = None
    caption: str = ""
    place: str = ""


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
    parts: tuple[ClaimOutcome, ...] = ()
    page: Rendered | None = None
    chapter: str = ""
    introduction: str = ""
    reference: str = ""
    points: float = 0.0
    question: str = ""

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {"name": self.name, "title": self.title, "question": self.reference or None,
                "points": self.points or None, "file": self.file,
                "line": self.line, "expect": self.expect, "status": self.status, "ok": self.ok,
                "seconds": round(self.seconds, 4), "error": self.error or None,
                "claims": [asdict(part) for part in self.parts]}


def result_of(row: Any) -> Result:
    """A result from its fields, as ``asdict`` gives them.  Raises ValueError for anything else."""
    found: Result = _of_fields(Result, row)
    if found.status not in RANKS or found.ok != (not found.error) or (found.ok and not all(map(meets, found.parts))):
        raise ValueError("a result that contradicts itself")
    return found


def _of_fields(kind: Any, row: Any) -> Any:
    """A dataclass of plain fields from a mapping that has exactly these, each of its type."""
    if not isinstance(row, dict) or set(row) != {field.name for field in fields(kind)}:
        raise ValueError(f"not the fields of a {kind.__name__}")
    values = dict(row)
    if kind is Result:
        if not isinstance(row["parts"], list | tuple):
            raise ValueError("parts are a list")
        values["parts"] = tuple(_of_fields(ClaimOutcome, part) for part in row["parts"])
        values["page"] = None if row["page"] is None else _of_fields(Rendered, row["page"])
    for field in fields(kind):
        wanted = {"str": str, "int": int, "float": float, "bool": bool}.get(str(field.type))
        if wanted is not None and type(values[field.name]) is not wanted:
            raise ValueError(f"{field.name} of a {kind.__name__} is {values[field.name]!r}")
    return kind(**values)


def meets(part: ClaimOutcome) -> bool:
    """Whether a claim is as sure as expected."""
    if part.expect == "refuted":
        return part.status == "refuted"
    return RANKS.index(part.status) >= RANKS.index(part.expect)
