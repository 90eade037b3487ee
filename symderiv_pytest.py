"""The hook by which pytest finds files of derivations.

It stands outside the package because pytest loads it in every run in which symderiv happens to be installed: importing
the package would import SymPy, half a second that runs without derivations need not pay.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_DECORATOR = re.compile(rb"^[ \t]*@[ \t]*(?:\w+[ \t]*\.[ \t]*)?(?:identity|derivation)[ \t]*\(", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for a file of derivations, None for any other file."""
    if file_path.suffix != ".py" or not _has_items(file_path):
        return None
    from symderiv.pytest_plugin import DerivationFile
    from symderiv.suite import is_test_file

    return None if is_test_file(file_path) else DerivationFile.from_parent(parent, path=file_path)


def _has_items(path: Path) -> bool:
    """A look at the text, without running it."""
    try:
        text = path.read_bytes()
    except OSError:
        return False
    return b"symderiv" in text and _DECORATOR.search(text) is not None
