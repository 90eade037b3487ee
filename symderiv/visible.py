"""Text made visible where it else would act on a screen rather than stand on it: controls, marks of direction, no width.

Every writer goes through here: terminal, JSON, LaTeX, HTML, and the messages of errors.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

# Controls, format characters, separators of lines, halves of pairs: the categories Cc, Cf, Zl, Zp and Cs of Unicode.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
                     "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
                     "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
LINES = "\n\t"
# MathML's own operators without a sign, such as the one between a function and its argument.
MATHML = LINES + "\u2061\u2062\u2063\u2064"


def shown(text: str, keep: str = LINES, write: Callable[[str], str] | None = None) -> str:
    """The text with what cannot be seen shown by its code, as [U+202E], or as ``write`` has it, but for ``keep``."""
    def written(match: re.Match[str]) -> str:
        return write(match[0]) if write is not None else f"[U+{ord(match[0]):04X}]"

    return _unseen_but(keep).sub(written, text)


@lru_cache(maxsize=8)
def _unseen_but(keep: str) -> re.Pattern[str]:
    return re.compile(f"{_UNSEEN.pattern}(?<![{re.escape(keep)}])" if keep else _UNSEEN.pattern)


def carried(data: Any) -> Any:
    """What JSON in UTF-8 carries of plain data: inf as a word, no value as null, half a character by its code."""
    if isinstance(data, float) and not math.isfinite(data):
        return None if math.isnan(data) else str(data)
    if isinstance(data, str):
        return data.encode("utf-8", "backslashreplace").decode()
    if isinstance(data, dict):
        return {carried(name): carried(value) for name, value in data.items()}
    return [carried(value) for value in data] if isinstance(data, (list, tuple)) else data
