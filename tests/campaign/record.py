"""What a property is: a sentence, and a function from a seed to what was found wrong, or None."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Property:
    """A statement that is tried on random cases.

    ``case(seed)`` builds the case of the seed and returns None where the statement holds of it, or a sentence that
    shows the case and what is wrong.  It never depends on anything but the seed, so that a finding can be repeated.
    ``ci`` cases are tried in every run of the tests, ``long`` by ``./run campaign``.
    """

    name: str
    states: str
    case: Callable[[int], str | None]
    ci: int
    long: int


def properties() -> dict[str, Property]:
    """All properties by name, in the order of their names."""
    from tests.campaign import properties as folder
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    found = [importlib.import_module(f"{folder.__name__}.{name}").PROPERTY for name in names]
    return {each.name: each for each in found}


def tried(name: str, seed: int) -> str | None:
    """What is wrong with the case of a seed; an exception that escapes is a finding too."""
    try:
        return properties()[name].case(seed)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
