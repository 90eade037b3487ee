"""Conventions of a text: layout, first index, summation, what log means."""

from __future__ import annotations

import re
from collections.abc import Callable

import sympy

from ...layers import flatten, vec
from .context import DeclaredNames, FunctionDeclared, Pattern
from .statements import DeclarationStatement


def conventions(context: DeclaredNames, statements: list[DeclarationStatement]) -> None:
    """Conventions hold for all other statements, so they are read first, and taken out."""
    said: dict[str, str] = {}
    for statement in list(statements):
        found = re.match(r"(layout|indices|summation|goal|tolerance|log|vec|d)\s*:\s*(.*)$", statement.text, re.DOTALL)
        if re.fullmatch(r"\^\{?(t|T|\\top|')\}?\s*:\s*transpose", statement.text.strip()):
            # It is read so wherever nothing else is called so.
            statements.remove(statement)
        if not found:
            continue
        what, value = found.group(1), " ".join(found.group(2).split())
        if not value:
            raise statement.error("nothing stands after the colon", f"{what}: ...")
        rule = _CONVENTIONS[what]
        if rule(context, statement, value):
            kind = f"{what} {value.split()[0]}" if what == "indices" else what
            if said.setdefault(kind, value) != value:
                raise statement.error(f"{what} is said twice: {said[kind]}, and {value}", "keep one of the two")
            statements.remove(statement)


def _layout(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    if value not in ("denominator", "numerator"):
        raise statement.error(f"unknown layout {value!r}", "layout: denominator, or layout: numerator")
    context.layout = value
    return True


def _indices(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    if value == "upper":
        context.upper = True
    elif value in ("from 0", "from 1"):
        context.first_index = int(value[-1])
    else:
        raise statement.error(f"unknown convention {value!r}", "indices: from 0, indices: from 1, or indices: upper")
    return True


def _summation(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    if value not in ("einstein", "explicit"):
        raise statement.error(f"unknown convention {value!r}", "summation: einstein, or summation: explicit")
    context.einstein = value == "einstein"
    return True


def _goal(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    context.goal = value
    return True


def _tolerance(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    if not re.fullmatch(r"(?:\d++(?:\.\d++)?|\.\d++)(e-?\d++)?", value) or not 0 < float(value) < 1:
        raise statement.error(f"{value!r} is not a tolerance between 0 and 1", "tolerance: 0.01")
    context.tolerance = float(value)
    return True


def _log(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    found = re.fullmatch(r"base (\d+(\.\d+)?|e)", value)
    if found:
        context.log_base = None if found.group(1) == "e" else sympy.Rational(found.group(1))
        return True
    return value == "natural"


def _differential(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    if value == "differential":
        context.signs["d"] = "differential"
        return True
    return False


def _stacked(context: DeclaredNames, statement: DeclarationStatement, value: str) -> bool:
    """In which order vec takes the entries of a matrix: column by column, unless it is said otherwise."""
    found = re.fullmatch(r"(by )?(columns?|rows?)([- ]major|[- ]wise)?", value)
    if found and found.group(2).startswith("row"):
        context.add(FunctionDeclared(Pattern((statement.text.split(":")[0].strip(),)), flatten.__name__))
    return found is not None


_CONVENTIONS: dict[str, Callable[[DeclaredNames, DeclarationStatement, str], bool]] = {
    "layout": _layout, "indices": _indices, "summation": _summation, "goal": _goal, "tolerance": _tolerance, "log": _log,
    vec.__name__: _stacked, "d": _differential,
}
