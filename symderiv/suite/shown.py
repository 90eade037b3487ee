"""What an item shows besides derivations and claims: its data, and an argument whose every line the referee has judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..answers import HOLDS
from ..errors import DeclarationError
from ..referee.proofreading import Erratum, place_in, proofread
from ..referee.referee import verify
from ..referee.report import ORDER, Report
from ..render.escape import ascii_text, latex_text
from ..render.prose_tree import split_top
from ..render.spoken import words_latex
from .values import GivenData


def data(values: Mapping[str, object]) -> GivenData:
    r"""What a question gives, as an item shows it: ``sd.data({"W": [[1, 2]], r"\gamma": 3})``.

    Raises DeclarationError for what is no dict.  Source: docs/tutorials/suite.md, What may be returned.

    >>> sd.data({"x": [1, 2]}).latex()
    'x = \\begin{pmatrix} 1 & 2 \\end{pmatrix}'
    """
    return GivenData(tuple(values.items()))


@dataclass(frozen=True)
class Argument:
    """Lines of an argument with their reasons, and the referee's report on them."""

    report: Report
    rows: tuple[tuple[str, str], ...]

    @property
    def status(self) -> str:
        """That of the weakest line that claims something."""
        return min((line.status for line in self.report.lines if line.status != "noted"), key=ORDER.index,
                   default="undecided")

    @property
    def evidence(self) -> str:
        """How many lines were judged; where one does not hold, the report."""
        if self.status in HOLDS:
            read = "the line and finds it" if len(self.rows) == 1 else f"{len(self.rows)} lines and finds each"
            return f"the referee reads {read} {self.status}"
        return str(self.report)

    def latex(self) -> str:
        """The lines, aligned at their relations, each with its reason."""
        rows = []
        for text, why in self.rows:
            left, *rest = split_top(text, "=") if not text.startswith("=") else ["", text[1:]]
            body = f"{left.strip()} &= {'='.join(rest).strip()}" if rest else f"&{text}"
            rows.append(body + (rf" && \text{{{ascii_text(why)}}}" if why else ""))
        return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"

    def __str__(self) -> str:
        return "; ".join(text for text, _ in self.rows)


def steps(lines: Sequence[str | tuple[str, str]], given: str = "") -> Argument:
    """An argument in LaTeX, line by line, each alone or with its reason, ("= b", "why"), and each judged by the referee.

    ``given`` declares the names, as for ``sd.verify``.  A line that begins with ``=`` goes on from the one before.  The
    status is that of the weakest line.  Raises DeclarationError for no lines.
    Source: docs/tutorials/suite.md, What may be returned.

    >>> sd.steps([r"\\sigma(a) = 1/(1 + e^{-a})"], "a: scalar; sigma: sigmoid").status
    'proved'
    """
    rows = tuple((line, "") if isinstance(line, str) else (line[0], line[1]) for line in lines)
    if not rows:
        raise DeclarationError("an argument needs lines", hint=r'sd.steps([r"f = \sigma(a)", (r"= 1/(1 + e^{-a})", "why")])')
    return Argument(verify([text for text, _ in rows], given), rows)


MISREAD = " (or a misreading of the scan)"


@dataclass(frozen=True)
class Errata:
    """What is printed wrong in a text."""

    text: str
    found: tuple[Erratum, ...]

    @property
    def status(self) -> str:
        """Refuted where something is wrong."""
        return "refuted" if self.found else "supported"

    @property
    def evidence(self) -> str:
        """How much was found."""
        return f"{len(self.found)} found by reading {len(self.text.splitlines())} lines without declarations"

    def latex(self) -> str:
        """A list: the place, the kind, what is printed, what is right, and why; at its end what may only be misread."""
        items = [rf"\item \textbf{{{latex_text(f'{place}: {each.kind}')}.}} In print {_as_math(each.printed)}; right is "
                 rf"{_as_math(each.right)}: {words_latex(_dotted(each.why))}{MISREAD if each.doubtful else ''}."
                 for place, each in sorted(self._placed(), key=lambda placed: placed[1].doubtful)]
        return "\n".join([r"\begin{itemize}", *(items or [r"\item nothing was found"]), r"\end{itemize}"])

    def __str__(self) -> str:
        told = (f"{place}: {each.kind}: {each.printed}, right is {each.right}" for place, each in self._placed())
        return "; ".join(told) or "nothing was found"

    def _placed(self) -> Iterator[tuple[str, Erratum]]:
        return ((place_in(self.text, each.line), each) for each in self.found)


def _dotted(text: str) -> str:
    """Products of numbers with a dot."""
    return re.sub(r"(?<=\d)\s*\*\s*(?=\d)", "·", text)


def _as_math(text: str) -> str:
    """A formula as mathematics, words and numbers with their commas as they are."""
    text = _dotted(text)
    words = re.search(r"[A-Za-z]{3,}", re.sub(r"\\[A-Za-z]+(?:\{[A-Za-z]*\})?", "", text)) or re.search(
        r"\d,\d|[·×]|\d[KMG]\b", text)
    if words:
        return rf"\emph{{{latex_text(text.replace('·', ' · '))}}}"
    return "$" + re.sub(r"\\(?:left|right)(?![a-z])", "", text) + "$"


def errata(text: str) -> Errata:
    """What is printed wrong in a text whatever its names mean, such as sums, rounding, indices and ranges.

    Raises DeclarationError for what is no text.  Source: docs/tutorials/suite.md, What may be returned.

    >>> [each.kind for each in sd.errata("2 * 3 = 7").found]
    ['product of numbers']
    """
    return Errata(text, proofread(text))
