"""One place of a text that is printed wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Erratum:
    """Where it stands, from 1; what is printed and what would be right, as text or LaTeX; the kind of mistake; and why.

    A ``doubtful`` one is made right by a single digit, or what follows goes on with what is right: it may be a misreading of
    what was scanned.
    """

    line: int
    printed: str
    right: str
    kind: str
    why: str
    doubtful: bool = False
