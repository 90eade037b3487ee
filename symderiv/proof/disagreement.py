"""Where a proof and the numbers contradict each other: a mistake of the engine, which nothing may hide.

A user is told that nothing is decided, and why.  Tests set ``STRICT``, so that one which meets it fails.
"""

from __future__ import annotations

from ..errors import InternalDisagreement

STRICT = False


def disagreement(message: str, where: object) -> None:
    """Say that a proof and the numbers disagree.  Raises InternalDisagreement where ``STRICT`` is set."""
    if STRICT:
        raise InternalDisagreement(message, where=where, hint="one of the rules that the proof used is wrong")
