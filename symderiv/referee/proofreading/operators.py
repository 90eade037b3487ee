"""A differentiation that has lost the brackets around what it is applied to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .equation_chains import chains
from .erratum import Erratum

_DANGLING = re.compile(r"\\frac\s*\{(?:\\partial|d)\}\s*\{(?:\\partial|d)\s+(?:[^{}]|\{[^{}]*\})*\}\s*(?=[+-])")


def lost_brackets(text: str) -> Iterator[Erratum]:
    """An operator of differentiation right before a sign: there is nothing that it is applied to."""
    for sides in chains(text):
        for side in sides:
            match = _DANGLING.search(side.text)
            if match is None:
                continue
            behind = side.text[match.end():]
            body, dot, factor = behind.rpartition(r"\cdot \frac")
            if not body.strip():
                body, dot, factor = behind, "", ""
            right = rf"{match[0].strip()} \left({body.strip()}\right) {dot}{factor}".strip()
            yield Erratum(side.line, side.text, right, "brackets lost",
                          "the derivative is applied to nothing, and the terms behind it are added to it")
