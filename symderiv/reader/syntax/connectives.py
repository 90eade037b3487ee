"""Words between formulas, and what each does: it defines, supposes, names a case, gives a reason, concludes.

One table, connectives.txt, from which every pattern over such words is made.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def _table() -> list[tuple[str, list[str]]]:
    """Every word with what it does."""
    text = resources.files(__package__).joinpath("connectives.txt").read_text(encoding="utf-8")
    return [(word, does) for word, *does in (line.split() for line in text.splitlines() if not line.startswith("#"))]


@lru_cache(maxsize=64)
def connectives(*roles: str) -> str:
    """A pattern for the words that do one of some things."""
    found = [word for word, does in _table() if {*roles} & {*does}]
    return "|".join(re.escape(word.removesuffix("-")) + r"\w{0,9}" * word.endswith("-") for word in found)


@lru_cache(maxsize=64)
def _one(role: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{connectives(role)})(?!\w)")


def does(word: str, role: str) -> bool:
    """Whether a word in small letters, with what punctuation stands behind it, does something."""
    return _one(role).match(word) is not None
