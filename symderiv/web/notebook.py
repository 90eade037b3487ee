"""In a notebook: ``%load_ext symderiv`` brings the cell magic ``%%verify``.

The line behind ``%%verify`` declares the names, the cell is the derivation; the report shows itself below.
"""

from __future__ import annotations

from typing import Any

from ..referee.referee import verify


def verify_cell(line: str, cell: str) -> Any:
    """The report on a cell.

    >>> print(verify_cell("x: n", r"\\nabla_x x^\\top x = 2x").lines[0].status)
    proved
    """
    return verify(cell, line)


def load(ipython: Any) -> None:
    """What ``%load_ext symderiv`` does."""
    ipython.register_magic_function(verify_cell, magic_kind="cell", magic_name="verify")


__all__ = ["load", "verify_cell"]
