"""What pytest collects from a file of derivations: one item for each statement, named by what it states.

Files are read and statements run in processes of their own: one that exits, forks or hangs fails by itself, and neither
ends the run nor makes it pass.

The hook that finds such files is the module symderiv_pytest.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from .. import suite


class DerivationFile(pytest.File):
    """A file of derivations."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each statement, named by it; a file that raises gives one item that fails."""
        taken: set[str] = set()
        for item in suite.items_of(self.path):
            # "::" parts the node ids of pytest, so it cannot stand in a name.
            name = item.title.replace("::", ":")
            if name in taken:
                name = f"{name} ({item.name})"
            taken.add(name)
            yield IdentityItem.from_parent(self, name=name, statement=item)


class IdentityItem(pytest.Item):
    """One statement: passes where it reaches the status that it expects."""

    def __init__(self, *, statement: Any, **options: Any) -> None:
        super().__init__(**options)
        self.statement = statement

    def runtest(self) -> None:
        """Derive or prove, and check in numbers."""
        result = suite.result_alone(self.statement)
        self.user_properties += [("status", result.status), ("function", result.name)]
        if not result.ok:
            raise StatementFailed(result.error)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What fell short, in words; a traceback only for what is not the statement's own failure."""
        if isinstance(excinfo.value, StatementFailed):
            return f"{self.statement.title}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the statement stands."""
        return self.path, max(self.statement.line - 1, 0), self.name


class StatementFailed(Exception):
    """A statement did not reach the status that it expects."""
