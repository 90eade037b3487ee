"""The package's own source as syntax trees, read once a process: tests that look at it run in one process."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePath

import pytest

PACKAGE = Path(__file__).parent.parent / "symderiv"

Modules = Sequence[tuple[PurePath, ast.Module]]

reads_the_source = pytest.mark.xdist_group("source")


@cache
def texts() -> Sequence[tuple[PurePath, str]]:
    """Every module's place below the package, with its text."""
    return [(path.relative_to(PACKAGE), path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]


parsed = cache(ast.parse)


@cache
def package() -> Modules:
    """Every module with its place below the package."""
    return [(path, parsed(text)) for path, text in texts()]


@cache
def nodes(pattern: str) -> Sequence[tuple[PurePath, ast.Attribute | ast.Call | ast.Import | ast.ImportFrom]]:
    """The attributes, calls and imports of every module with a match of the pattern; the others are not read."""
    return [(path, node) for path, text in texts() if re.search(pattern, text) for node in ast.walk(parsed(text))
            if isinstance(node, ast.Attribute | ast.Call | ast.Import | ast.ImportFrom)]
