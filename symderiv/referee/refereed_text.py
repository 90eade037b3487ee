"""What is asked of the referee by those that it asks: readings, conventions, hints."""

from __future__ import annotations

from typing import Any, Protocol

from .report import Line


class RefereedText(Protocol):
    """What is asked of the referee of a text: its rows as they were read, and the same text read otherwise beside it."""

    text: Any
    reading: Any
    laboratory: Any
    judge: Any

    def beside(self) -> RefereedText: ...

    def last_claim(self) -> Any: ...

    def begin(self, laboratory: Any) -> None: ...

    def report_on(self, rows: set[int], quick: bool = True, only: bool = False) -> list[Line]: ...
