"""What is left to do when a command is interrupted: end the workers, remove what is half written, say one line.

A signal ends the process where it stands.  An exception would be lost in destructors and in handlers on its way out.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from types import FrameType
from typing import NoReturn

_WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
_open: dict[int, Callable[[], object]] = {}
_numbers = count()
_held: list[None] = []
_waiting: list[int] = []


@contextlib.contextmanager
def on_interrupt(action: Callable[[], object]) -> Iterator[None]:
    """While this lasts, an interrupt of a command does ``action`` before it ends; the last begun comes first."""
    number = next(_numbers)
    _open[number] = action
    try:
        yield
    finally:
        _open.pop(number, None)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """While this lasts, an interrupt of a command waits: what is being begun is known then to those who would end it.

    A mask would not do, since another thread takes a signal that this one does not.
    """
    _held.append(None)
    try:
        yield
    finally:
        _held.pop()
        if _waiting and not _held:
            _leave(_waiting[0], None)


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Programs that are begun while this lasts know nothing of an interrupt.  Does nothing but in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _signals() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _WORDS if hasattr(signal, name)]


def install() -> None:
    """From here on an interrupt ends the process with one line and status 130.  Signals that are ignored stay ignored."""
    for number in _signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def ends_with(run: Callable[[], int]) -> NoReturn:
    """Run a command and end the process: by ourselves, as Python's own end gives signals back to the system."""
    install()
    try:
        status: int | str | None = run()
    except SystemExit as told:
        status = told.code
    for left in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            left.flush()
    atexit._run_exitfuncs()
    os._exit(status if isinstance(status, int) else int(status is not None))


def _leave(number: int, _: FrameType | None) -> None:
    if _held:
        _waiting.append(number)
        return
    for action in reversed(list(_open.values())):
        with contextlib.suppress(Exception):
            action()
    line = f"symderiv: {_WORDS[signal.Signals(number).name]}\n"
    with contextlib.suppress(OSError):
        # A progress bar is wiped out first.
        os.write(2, (f"\r\x1b[K{line}" if os.isatty(2) else line).encode())
    os._exit(128 + number)


def reset() -> None:
    """In a worker: what its parent would clean up is no business of its own, and a signal simply ends it."""
    _open.clear()
    _held.clear()
    _waiting.clear()
    for number in _signals():
        signal.signal(number, signal.SIG_DFL)


def is_command() -> bool:
    """Whether this package is being loaded for ``python -m symderiv``, rather than as a library."""
    return sys.argv[:1] == ["-m"] and "symderiv" in sys.orig_argv
