"""The command ``symderiv``, begun before anything large is imported: an interrupt is one line from the first moment on.

It stands outside the package because importing the package imports SymPy.
"""

from __future__ import annotations

import os
import signal
from typing import NoReturn


def _leave(number: int, _: object) -> None:
    os.write(2, b"symderiv: interrupted\n" if number == signal.SIGINT else b"symderiv: terminated\n")
    os._exit(128 + number)


def main() -> NoReturn:
    """Run the command."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    from symderiv.cli import main as run
    from symderiv.interrupts import ends_with

    ends_with(run)
