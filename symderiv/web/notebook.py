"""In a notebook: ``%load_ext symderiv`` brings the cell magic ``%%verify``.

The line behind ``%%verify`` declares the names, the cell is the derivation; the report shows itself below.
"""

from __future__ import annotations

from typing import Any

from sympy import Basic

from ..referee.referee import verify
from ..render.subjects import notebook_cell


def verify_cell(line: str, cell: str) -> Any:
    """The report on a cell.

    >>> print(verify_cell("x: n", r"\\nabla_x x^\\top x = 2x").lines[0].status)
    proved
    """
    return verify(cell, line)


def load(ipython: Any) -> None:
    """What ``%load_ext symderiv`` does; SymPy's own expressions, an index form say, are shown without a network then too."""
    ipython.register_magic_function(verify_cell, magic_kind="cell", magic_name="verify")
    ipython.display_formatter.formatters["text/html"].for_type(Basic, notebook_cell)
