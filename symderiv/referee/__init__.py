"""The referee: a person's derivation, line by line, with a verdict on each line."""

from __future__ import annotations

from .referee import verify
from .report import Line, Report
from .session import Session, session

__all__ = ["Line", "Report", "Session", "session", "verify"]
