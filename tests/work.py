"""Work counted instead of clocked, so that a loaded machine gives the same answer: calls of functions, Python's and C's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import symderiv as sd


@cache
def _imported() -> None:
    """Import once what is imported late: reading modules is no work of what is counted, and more where none is compiled."""
    x = sd.tensor("x", sd.dims("n"))
    d = sd.derive(sd.sum(sd.softmax(x) ** 2), x)
    d.status, str(d.closed), d.numpy()
    sd.verify([r"\|x\|^2 = x^\top x"], "x: n")


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Fails where what is done inside calls more functions than this."""
    _imported()
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
