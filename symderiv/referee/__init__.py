"""The referee: a person's derivation, line by line, with a verdict on each line."""

from __future__ import annotations

from .own_backward import BackwardReport, check_backward
from .referee import verify
from .report import Line, Report
from .session import Session, session

__all__ = ["BackwardReport", "Line", "Report", "Session", "check_backward", "session", "verify"]
