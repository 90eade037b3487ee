"""Cases whose values are worked out when a test first asks for them, not while tests are collected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Asked(dict[str, Any]):
    """Values by name; one given as a function without arguments is what it returns, made once."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if isinstance(value, Callable):
            self[name] = value = value()
        return value
