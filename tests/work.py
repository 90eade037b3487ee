"""Work counted instead of clocked, so that a loaded machine gives the same answer: calls of functions, Python's and C's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Fails where what is done inside calls more functions than this."""
    found = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert found <= calls, f"{found} calls, and only {calls} were expected"
