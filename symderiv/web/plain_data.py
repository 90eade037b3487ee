"""Results as plain data that JSON can carry, the same from every door."""

from __future__ import annotations

from typing import Any

from ..arrays.assumptions import words
from ..errors import ParseError, SymderivError

Answer = dict[str, Any]


def derivation(d: Any) -> Answer:
    """A derivative: closed and index form, status, conditions, names, notes."""
    return {
        "expression": str(d.primal), "wrt": str(d.wrt), "closed": str(d.closed), "index": str(d.index),
        "indices": [str(letter) for letter in d.indices], "shape": [str(size) for size in d.shape], "status": d.status,
        "latex": d.latex(), "where": {name: str(body) for name, body in d.where.items()},
        "conditions": [words(condition) for condition in d.conditions], "notes": list(d.notes),
    }


def checked(report: Any) -> Answer:
    """A comparison with numerical derivatives."""
    sizes = [{str(name): int(value) for name, value in size.items()} for size in report.sizes]
    return {"ok": bool(report.ok), "max_error": float(report.max_error), "samples": int(report.samples), "sizes": sizes}


def described(error: SymderivError) -> Answer:
    """An error: message, hint, the expression it is in, line and column where it is one of reading."""
    found: Answer = {"kind": type(error).__name__, "message": error.message, "hint": error.hint,
                     "in": None if error.where is None else str(error.where)}
    if isinstance(error, ParseError):
        found |= {"line": error.line, "column": error.column, "token": error.token}
    return found
