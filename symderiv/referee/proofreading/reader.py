"""All that is looked for in a text without knowing what its names mean, and where it stands, as people say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .erratum import Erratum
from .indices import lost_sums, off_by_one, one_sided, outside, short_lists, surviving, two_ends, unsummed
from .layers_in_words import wrong_layers
from .number_matrices import wrong_matrices
from .operators import lost_brackets
from .outliers import outliers
from .sums import wrong_arithmetic, wrong_numbers
from .tables import two_modules, unlike_rows, wrong_cells, wrong_rows
from .words import exchanged_labels, forgotten_steps, two_values, wrong_labels, wrong_ratios

MAX_CHARACTERS = 400_000
CHECKS: tuple[Callable[[str], Iterable[Erratum]], ...] = (
    lambda text: wrong_arithmetic(text.split("\n")), wrong_numbers, outliers, surviving, outside, one_sided, two_ends,
    off_by_one, short_lists, unsummed, lost_sums, lost_brackets, two_values, wrong_labels, exchanged_labels, forgotten_steps,
    wrong_ratios, wrong_rows, unlike_rows, wrong_cells, two_modules, wrong_matrices, wrong_layers)

_MARKS = r"(?:[-*#>]+\s*)*(?:\*\*|\\(?:sub)*section\*?\{|\\item\s*\[)?\s*"
# What is indented is a list within a question.
_QUESTION = re.compile(_MARKS + r"(?:(?:Question|Problem|Exercise|Task)\s+(\w+(?:\.\d+)*)\b|([A-Z]{0,2}\d{1,2})[.)]\s|"
                       r"(\d{1,2}(?:\.\d{1,2})+)\.?\s+(?:[A-Z$\\]|$))")
# "(a) see slides. (b) P = 1"
_NEXT_PART = re.compile(r"(?<=[.;:])\s+(?=\([b-k]\)\s)")
_PART = re.compile(r"\s*" + _MARKS + r"\(?([a-k])\)\s")


def proofread(text: str) -> tuple[Erratum, ...]:
    """What is printed wrong in a text, in the order of its lines; nothing is said of texts that are too long to be read."""
    if len(text) > MAX_CHARACTERS:
        return ()
    found = sorted({finding for check in CHECKS for finding in check(text)})
    # What two checks say of one number is said once.
    return tuple({(each.line, re.sub(r"[\s,]", "", each.right)): each for each in reversed(found)}.values())[::-1]


def place_in(text: str, line: int) -> str:
    """The question above a line, such as 5.4 or 1(e); the line where there is none."""
    question = part = ""
    for row in (piece for whole in text.split("\n")[:line] for piece in _NEXT_PART.split(whole)):
        if found := _QUESTION.match(row):
            question, part = next(group for group in found.groups() if group), ""
        elif found := _PART.match(row):
            part = f"({found[1]})"
    return f"{question}{part}" if question or part else f"line {line}"
