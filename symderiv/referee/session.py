"""A derivation that is checked while it is written, line after line."""

from __future__ import annotations

from collections.abc import Iterable

from ..answers import ShowsItself
from .referee import verify
from .report import Line, Report


class Session(ShowsItself):
    """Lines given one by one; each answers with its verdict, and the table so far is ``report``."""

    def __init__(self, given: object = None, *, assuming: Iterable[object] = (), seed: int = 0) -> None:
        self.given = given
        self.assuming = tuple(assuming)
        self.seed = seed
        self.lines: list[object] = []
        self.report: Report = verify([], given, assuming=self.assuming, seed=seed)

    def step(self, line: object) -> Line:
        """The verdict on one more line.  Raises SymderivError only for what is not a line."""
        report = verify([*self.lines, line], self.given, assuming=self.assuming, seed=self.seed)
        self.lines.append(line)
        self.report = report
        return report.lines[-1]

    def back(self) -> None:
        """Take the last line back."""
        if self.lines:
            self.lines.pop()
            self.report = verify(self.lines, self.given, assuming=self.assuming, seed=self.seed)

    @property
    def first_wrong(self) -> int | None:
        """The position of the first wrong line so far."""
        return self.report.first_wrong

    def __str__(self) -> str:
        return str(self.report)

    def __repr__(self) -> str:
        return f"<Session {self.report.summary()}>"

    def latex(self) -> str:
        """The report so far in LaTeX."""
        return self.report.latex()

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


def session(given: object = None, *, assuming: Iterable[object] = (), seed: int = 0) -> Session:
    """A session under declarations: ``s = sd.session(given); s.step(r"\\frac{dt}{dz} = 1 - t^2")``.

    Raises DeclarationError for what is neither text nor a dict; what cannot be read is shown in the session.
    Source: docs/tutorials/own_work.md, A derivation, line by line.

    >>> s = sd.session("x: n")
    >>> s.step(r"\\nabla_x x^\\top x = 2x").status
    'proved'
    """
    return Session(given, assuming=assuming, seed=seed)
