"""Names for what is new: they are not taken, and never run out."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import count


def spare(alphabet: str, taken: Container[str]) -> Iterator[str]:
    """The letters of an alphabet that are not taken, then the same with 1, 2, ... behind, without end.

    >>> names = spare("ij", {"i", "j_1"})
    >>> [next(names) for _ in range(4)]
    ['j', 'i_1', 'i_2', 'j_2']
    """
    yield from (c for c in alphabet if c not in taken)
    yield from (name for k in count(1) for c in dict.fromkeys(alphabet.lower()) if (name := f"{c}_{k}") not in taken)


def unused(stem: str, taken: Container[str], joint: str = "", first: int = 1) -> str:
    """The stem where it is not taken, else the first that is not with a number behind.

    >>> unused("k", {"k", "k1"}), unused("p", {"p"}, "_", 2)
    ('k2', 'p_2')
    """
    return stem if stem not in taken else next(name for k in count(first) if (name := f"{stem}{joint}{k}") not in taken)
