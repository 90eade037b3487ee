"""Modules that are loaded when something of them is first used: declaring needs no NumPy, deriving no writers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


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


def numpy() -> Any:
    """NumPy, for what is loaded before it is needed."""
    return import_module("numpy")


__all__ = ["late", "numpy"]
