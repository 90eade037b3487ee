"""From a person's text, LaTeX or plain, to expressions, with the declarations that give the names their meaning."""

from __future__ import annotations

from . import notation as _notation  # noqa: F401  the grammar knows none until it is handed them
from .declare.context import DeclaredNames
from .declare.declarations import declare
from .parse import parse, sides

__all__ = ["DeclaredNames", "declare", "parse", "sides"]
