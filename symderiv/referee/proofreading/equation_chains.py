"""Chains of equations in displays: the rows of a text that belong together, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MATH = re.compile(r"\$\$(.*?)\$\$|(?<!\$)\$(?!\$)(.*?)(?<!\$)\$(?!\$)|\\\[(.*?)\\\]|"
                   r"\\begin\{(align|equation|gather)\*?\}(.*?)"
                   r"\\end\{\4\*?\}", re.DOTALL)
_WORDS = re.compile(r"(?:\\q?quad)?\s*(?<![_^]\{)\\text\s*\{(?:[^{}$]|\$[^$]*\$)*\}.*$|\\tag\{[^{}]*\}|\\quad.*$", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:aligned|align|split|gathered)\*?\}")
_PROTECTED = re.compile(r"\\begin\{(cases|[bpv]?matrix)\}.*?\\end\{\1\}", re.DOTALL)


@dataclass(frozen=True)
class Side:
    """One side of an equation, and the line of the text in which it stands."""

    text: str
    line: int


def formulas(text: str) -> Iterator[tuple[str, int, bool]]:
    """The formulas of a text in its order: source, the line where it begins, whether it is a display."""
    for match in _MATH.finditer(text):
        group = next(k for k in (1, 2, 3, 5) if match[k] is not None)
        yield match[group], text.count("\n", 0, match.start(group)) + 1, group != 2


def chains(text: str) -> Iterator[tuple[Side, ...]]:
    """Sides of equations that are set equal one after the other, in the displays and formulas of a text."""
    for source, line, _ in formulas(text):
        sides: list[Side] = []
        for row, offset in _rows(_ENVIRONMENT.sub(" ", source)):
            held: list[str] = []
            bare = _PROTECTED.sub(lambda m, held=held: held.append(m[0]) or f"\x01{len(held) - 1}\x01",  # type: ignore[misc]
                                  row)
            bare = _WORDS.sub("", bare.replace("&", " ")).strip().rstrip(".,")
            parts = [re.sub("\x01(\\d+)\x01", lambda m, held=held: held[int(m[1])], part)  # type: ignore[misc]
                     for part in _split(bare)]
            if not parts[0].strip() and sides:
                parts = parts[1:]
            else:
                if len(sides) > 1:
                    yield tuple(sides)
                sides = []
            sides += [Side(part.strip(), line + offset) for part in parts if part.strip()]
        if len(sides) > 1:
            yield tuple(sides)


def _rows(source: str) -> Iterator[tuple[str, int]]:
    """The rows of a display with their line in it; rows of cases and matrices are no rows of it."""
    held = _PROTECTED.sub(lambda m: m[0].replace("\\\\", "\x00"), source)
    position = 0
    for part in re.split(r"(\\\\(?:\[[^\]]*\])?|[,;]\s*\\q?quad(?![A-Za-z])(?=[^=]*\\?[A-Za-z][^=]*=))", held):
        if not part.startswith("\\\\") and not re.match(r"[,;]\s*\\q?quad", part):
            lead = len(part) - len(part.lstrip())
            yield part.replace("\x00", "\\\\"), held.count("\n", 0, position + lead)
        position += len(part)


def _split(row: str) -> list[str]:
    """The parts between the equals signs that stand in no bracket and no environment."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"\\begin\{\w+\}|\\end\{\w+\}|[{}=()]|\\[A-Za-z]+|\\.", row):
        token = match[0]
        depth += 1 if token in "{(" or token.startswith("\\begin{") else -1 if token in "})" or token.startswith(
            "\\end{") else 0
        if token == "=" and depth <= 0:
            parts.append(row[start:match.start()])
            start = match.end()
    return [*parts, row[start:]]
