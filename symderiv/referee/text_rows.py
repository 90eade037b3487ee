"""What is handed in, as rows of one text: a list of lines, a document with displays, or expressions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..errors import ParseError
from ..reader.document.displays import (
    MAX_DOCUMENT,
    declarations_in,
    displays,
    hidden,
    macros_in,
    read_document,
    split_rows,
    without_macros,
)
from ..reader.syntax.tokens import Macro, SourceText


@dataclass(frozen=True)
class TextRow:
    """One row: its place in the text; ``display`` tells displays apart; ``sides`` are expressions handed in as such.

    ``pieces`` are the stretches of a line handed in as one that is a display of several rows.
    """

    number: int
    start: int
    end: int
    display: int = 0
    sides: tuple[Any, ...] = ()
    text: str = ""
    pieces: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Written:
    """A text with its rows, and the macros and declarations that stand in it."""

    source: SourceText
    rows: tuple[TextRow, ...]
    macros: dict[str, Macro] = field(default_factory=dict)
    given: str = ""
    problems: tuple[ParseError, ...] = ()
    document: bool = False


def written(lines: object) -> Written:
    """The rows of a text, of a list of lines, or of a list of expressions.  Raises ParseError for anything else."""
    if isinstance(lines, str):
        return _text(lines)
    if not isinstance(lines, Iterable):
        raise ParseError(f"a text or a list of lines is needed, not {type(lines).__name__}",
                         hint=r'verify([r"\frac{dt}{dz} = 1 - t^2"], given)')
    pieces: list[str] = []
    rows: list[TextRow] = []
    position = 0
    for number, line in enumerate(lines):
        text = line if isinstance(line, str) else _shown(line)
        sides = () if isinstance(line, str) else _sides(line)
        rows.append(TextRow(number, position, position + len(text), 0, sides, text, () if sides
                            else _within(text, position)))
        pieces.append(text)
        position += len(text) + 1
    whole = "\n".join(pieces)
    return Written(SourceText(whole), tuple(rows), macros_in(whole) if "\\newcommand" in whole or "\\def" in whole else {})


def _within(text: str, offset: int) -> tuple[tuple[int, int], ...]:
    """The rows of a line that is a display, shifted to where it stands; none for a plain line."""
    if "\\" not in text or len(text) > MAX_DOCUMENT:
        return ()
    source = SourceText(text)
    opened = text.lstrip().startswith(("\\[", "$$", "\\begin"))
    inside = list(displays(source, text, [])) if opened else []
    rows = [row for start, end in inside or [(0, len(text))] for row in split_rows(source, start, end, 0)]
    return tuple((offset + row.start, offset + row.end) for row in rows) if inside or len(rows) > 1 else ()


def _text(text: str) -> Written:
    if "\x00" in text:
        raise ParseError("this is not a text", hint="give a .tex, .md or .txt file")
    found = read_document(text)
    if found.rows or found.problems:
        rows = tuple(TextRow(k, r.start, r.end, r.display, (), r.text) for k, r in enumerate(found.rows))
        return Written(found.source, rows, found.macros, found.given, found.problems, True)
    if len(text) > MAX_DOCUMENT:
        raise ParseError("the text is too long", hint="split it")
    return _bare(text)


def _bare(text: str) -> Written:
    """A text without displays: one row a line, unless braces or an environment are open; ``\\\\`` ends a row too."""
    clean = without_macros(text)
    source = SourceText(clean)
    shown = hidden(clean)
    rows: list[TextRow] = []
    start = position = 0
    for line in clean.split("\n"):
        position += len(line) + 1
        chunk = clean[start:position - 1]
        if chunk.count("\\begin{") > chunk.count("\\end{"):
            continue
        for found in split_rows(source, start, position - 1, 0, shown):
            if not found.text.startswith("%"):
                rows.append(TextRow(len(rows), found.start, found.end, 0, (), text[found.start:found.end]))
        start = position
    if not rows:
        raise ParseError("there is nothing to read", hint="give the lines of a derivation")
    return Written(source, tuple(rows), macros_in(text), declarations_in(text))


def _sides(line: Any) -> tuple[Any, ...]:
    """Left and right of an equation or a pair; the one side of an expression that goes on."""
    if isinstance(line, tuple) and len(line) == 2:
        return line
    if hasattr(line, "rel_op") and getattr(line, "rel_op", "") == "==":
        return line.lhs, line.rhs
    return (line,)


def _shown(line: Any) -> str:
    sides = _sides(line)
    return " = ".join(map(str, sides)) if len(sides) > 1 else str(sides[0])


__all__ = ["TextRow", "Written", "written"]
