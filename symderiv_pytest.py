"""The hook by which pytest finds files of derivations.

It stands outside the package because pytest loads it in every run in which symderiv happens to be installed: importing
the package would import SymPy, half a second that runs without derivations need not pay.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_IMPORT = re.compile(rb"^[ \t]*(?:import|from)[ \t]+symderiv\b", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for a file of derivations, None for any other file."""
    if file_path.suffix != ".py" or not _may_have_items(file_path):
        return None
    from symderiv.suite.collect import has_items, is_test_file
    from symderiv.suite.pytest_plugin import DerivationFile

    ours = has_items(file_path) and not is_test_file(file_path)
    return DerivationFile.from_parent(parent, path=file_path) if ours else None


def _may_have_items(path: Path) -> bool:
    """A first look, which tells most files apart before anything is imported."""
    name = path.name
    if name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py":
        return False
    try:
        return _IMPORT.search(path.read_bytes()) is not None
    except OSError:
        return False
