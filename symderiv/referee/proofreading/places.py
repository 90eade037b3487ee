"""Where a line of a text stands, as people say it: the question and its part that it belongs to."""

from __future__ import annotations

import re

_MARKS = r"(?:[-*#>]+\s*)*(?:\*\*|\\(?:sub)*section\*?\{|\\item\s*\[)?\s*"
# What is indented is a list within a question.
_QUESTION = re.compile(_MARKS + r"(?:(?:Question|Problem|Exercise|Task)\s+(\w+(?:\.\d+)*)\b|([A-Z]{0,2}\d{1,2})[.)]\s|"
                       r"(\d{1,2}(?:\.\d{1,2})+)\.?\s+(?:[A-Z$\\]|$))")
# "(a) see slides. (b) P = 1"
_NEXT_PART = re.compile(r"(?<=[.;:])\s+(?=\([b-k]\)\s)")
_PART = re.compile(r"\s*" + _MARKS + r"\(?([a-k])\)\s")


def place_in(text: str, line: int) -> str:
    """The question above a line, such as 5.4 or 1(e); the line where there is none."""
    question = part = ""
    for row in (piece for whole in text.split("\n")[:line] for piece in _NEXT_PART.split(whole)):
        if found := _QUESTION.match(row):
            question, part = next(group for group in found.groups() if group), ""
        elif found := _PART.match(row):
            part = f"({found[1]})"
    return f"{question}{part}" if question or part else f"line {line}"
