"""Modules that are loaded when something of them is first used: declaring needs no NumPy, deriving no writers.

``np`` is NumPy, loaded when a number is first computed; where it is not installed, what stands in for it.  ``digest`` and
``nearest`` load what few runs ask the standard library for.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


@contextmanager
def uncollected() -> Iterator[None]:
    """While modules are loaded no garbage is looked for: they make none, and a seventh of the time went into the search."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            if not gc.get_freeze_count():  # what was loaded stays: it is old at once, without a search of its own
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def late(package: str, table: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a package: ``table`` says which of its modules has which names.

    No name may be that of a module of the package, which would hide it.
    """
    modules = {name: module for module, names in table.items() for name in names}

    def find(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find


def has_numpy() -> bool:
    """Whether NumPy is installed.  Without it, numbers are computed by ``plain_arrays``."""
    return numbers().__name__ == "numpy"


@lru_cache(maxsize=1)
def numbers() -> ModuleType:
    """NumPy, or what stands in for it where it is not installed."""
    try:
        return import_module("numpy")
    except ImportError:
        warnings.warn("NumPy is not installed: numbers are computed in plain Python, which is slower", stacklevel=3)
        return import_module("symderiv.plain_arrays")


def loaded_numpy() -> Any:
    """NumPy where somebody has imported it: what is not there, no value comes from.

    It is waited for where another thread is still importing it: until then it is there, and has not all of its names.
    """
    return numbers() if sys.modules.get("numpy") is not None else None


class _Late:
    """A module that is loaded when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(numbers(), name)
        setattr(self, name, value)
        return value


def digest(text: str) -> str:
    """A text's SHA-256."""
    return str(import_module("hashlib").sha256(text.encode()).hexdigest())


def nearest(word: str, words: Iterable[str]) -> list[str]:
    """Those of the words that a misspelt one may have meant, the nearest first."""
    return list(import_module("difflib").get_close_matches(word, list(words)))


if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]
else:
    np = _Late()
    Numbers = Any


__all__ = ["np"]
