"""Within reach: the page and its engine, and the protocols of editors and agents.  All of it is thin.

What is asked and answered is plain data (``questions``); the page, the command line's ``--json``, agents and editors all
speak it, so that one question has one answer wherever it is asked.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import ToolMissing

# The modules that need a package which not everybody has: the extra that brings it.
EXTRAS = {"serve": "web", "mcp": "mcp", "lsp": "lsp"}


def part(name: str) -> Any:
    """The door: a module of this room, loaded when it is used.  Raises ToolMissing, with the extra that it needs."""
    try:
        return import_module(f"{__name__}.{name}")
    except ImportError as error:
        if name not in EXTRAS or (error.name or "").startswith("symderiv"):
            raise
        raise ToolMissing(f"symderiv {name} needs a package that is not installed, or an older one is: {error.name}",
                          hint=f"pip install 'symderiv[{EXTRAS[name]}]'") from None


__all__ = ["EXTRAS", "part"]
