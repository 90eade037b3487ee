"""Medians of times of the processor, and figures with the bar that they must clear.

What other processes do on the machine is not in them, but for the caches and the cores that they take.
"""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True)
class Figure:
    """One line of the table.  ``within`` is None where nothing is promised."""

    question: str
    measured: str
    bar: str
    within: bool | None
    note: str = ""


def one_blas_thread() -> None:
    """To be called before NumPy is imported; child processes inherit it."""
    for name in THREADS:
        os.environ[name] = "1"


def times(run: Callable[[int], Any], repetitions: int, warm_up: int = 1) -> list[float]:
    """Seconds of each repetition.  ``run`` gets its number, so that it can take names that were never seen before."""
    found = []
    for k in range(-warm_up, repetitions):
        begin = time.process_time()
        run(k + warm_up)
        if k >= 0:
            found.append(time.process_time() - begin)
    return found


def median(run: Callable[[int], Any], repetitions: int, warm_up: int = 1) -> float:
    """The median of the repetitions, in seconds."""
    return statistics.median(times(run, repetitions, warm_up))


class OutOfTime(Exception):
    """The time limit has passed."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raises OutOfTime inside the block when the seconds have passed (in the main thread of a Unix process)."""
    def stop(number: int, frame: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def shown(seconds: float) -> str:
    """Seconds with a unit that suits them."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.{1 if seconds < 0.1 else 0}f} ms"
