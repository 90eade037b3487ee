"""Computed values: numbers, tuples of sizes, arrays of exact numbers.  Comparing them and writing them down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Float, NDimArray, S, expand_log, latex
from sympy.matrices import MatrixBase

from ..answers import HOLDS
from ..arrays.arrays import Array, as_expr
from ..proof.equality import prove
from ..render.escape import latex_literal
from ..render.line_breaks import glyphs
from ..render.plain_math import line
from .decorators import RANKS
from .worked import Worked, is_worked, number_latex, value_of

# How far two floating-point numbers may be apart, relative to the larger of them and 1.
TOLERANCE = 1e-9
MAX_ROWS = 12
WIDEST_ROW = 50
"""A vector of sums with more signs stands upright: a row of them cannot be broken."""


@dataclass(frozen=True)
class ValueComparison:
    """What became of the claim that two values are equal: as a Verdict, without a proof to show."""

    lhs: Any
    rhs: Any
    status: str
    evidence: str
    counterexample: str | None = None

    def latex(self) -> str:
        """The claim as an equation, the working first; the value alone where both sides look the same."""
        sides = self._sides()
        left, right = map(value_latex, sides)
        if is_worked(self.rhs) and max(glyphs(left), glyphs(right)) > WIDEST_ROW:
            # The answer stays a row, as the question has it, where the sums stand upright.
            upright = [value_latex(_upright(side)) for side in sides]
            short = not is_worked(sides[1]) and upright[1] != right and glyphs(right) <= WIDEST_ROW
            left, right = upright[0], rf"{right}^\top" if short else upright[1]
        if left == right and self.status != "refuted":
            return left
        sign = r"\ne" if self.status == "refuted" else "="
        return f"{left} {sign} {right}"

    def source(self) -> str:
        """The value in Python's notation."""
        return value_text(self.lhs)

    def _sides(self) -> tuple[Any, Any]:
        """Both sides, the working first."""
        return (self.rhs, self.lhs) if is_worked(self.rhs) and self.status != "refuted" else (self.lhs, self.rhs)

    def __str__(self) -> str:
        """The claim as ``latex`` has it, on one line."""
        left, right = map(_line_of, self._sides())
        if left == right and self.status != "refuted":
            return left
        return f"{left} {'≠' if self.status == 'refuted' else '='} {right}"


def is_value(value: Any) -> bool:
    """Whether something is a number, a word, or an array of these, rather than a symbolic array or a claim."""
    if value is None or isinstance(value, Worked | bool | int | float | Fraction | str | NDimArray | MatrixBase):
        return True
    if isinstance(value, Expr):
        return not isinstance(value, Array)
    return hasattr(value, "tolist") or (isinstance(value, list | tuple) and all(map(is_value, value)))


def comparable(left: Any, right: Any) -> bool:
    """Whether two values are equal or not without a proof: numbers, words, and arrays, which ``sd.prove`` does not take."""
    if not (is_value(left) and is_value(right)):
        return False
    if is_worked(left) or is_worked(right):
        return True
    symbolic = [isinstance(side, Expr) and not side.is_Number for side in (left, right)]
    return not any(symbolic) or any(not isinstance(side, Expr | int | Fraction) for side in (left, right))


def compare_values(lhs: Any, rhs: Any) -> ValueComparison:
    """Whether two values have the same shape and the same entries: exactly for exact numbers."""
    statuses, count = [], 0
    for place, a, b in _pairs(nested(value_of(lhs)), nested(value_of(rhs)), ()):
        count += 1
        status = _compare_entries(a, b)
        if status not in HOLDS:
            where = f"entry ({', '.join(map(str, place))}) is " if place else ""
            return ValueComparison(lhs, rhs, status, "the values differ", f"{where}{value_text(a)}, not {value_text(b)}")
        statuses.append(status)
    status = min(statuses, default="proved", key=RANKS.index)
    entries = "the value" if count == 1 else f"all {count} entries"
    how = "agrees exactly" if count == 1 else "agree exactly"
    return ValueComparison(lhs, rhs, status,
                           f"{entries} {how if status == 'proved' else how.replace('exactly', 'to 9 digits')}")


def nested(value: Any) -> Any:
    """Arrays as nested lists; anything else as it is."""
    if isinstance(value, list | tuple):
        return [nested(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _pairs(a: Any, b: Any, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any, Any]]:
    """The entries of two nested lists side by side, with their places from 1; where the lengths differ, the lists."""
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for position, (left, right) in enumerate(zip(a, b, strict=True), 1):
            yield from _pairs(left, right, (*place, position))
    else:
        yield place, a, b


def _compare_entries(a: Any, b: Any) -> str:
    if any(each is None or isinstance(each, str | bool | list) for each in (a, b)):
        return "proved" if type(a) is type(b) and a == b else "refuted"
    if any(isinstance(each, float) or getattr(each, "is_Float", False) for each in (a, b)):
        left, right = complex(as_expr(a)), complex(as_expr(b))
        near = abs(left - right) <= TOLERANCE * max(1.0, abs(left), abs(right))
        return "supported" if near else "refuted"
    left, right = as_expr(a), as_expr(b)
    # Logarithms of integers by their primes, so that log 4 is 2 log 2.
    difference = S.Zero if left == right else expand_log((left - right).expand(), factor=True)
    if difference.is_Rational:
        return "refuted" if difference else "proved"
    return prove(left, right).status


def value_text(value: Any) -> str:
    """A value on one line, in Python's notation."""
    value = nested(value_of(value)) if not isinstance(value, tuple) else value_of(value)
    if isinstance(value, list | tuple):
        inner = ", ".join(map(value_text, value))
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value) if isinstance(value, str | float) else str(value)


def _line_of(value: Any) -> str:
    """A value on one line, with the arithmetic that it comes from."""
    inner = value if isinstance(value, tuple) else nested(value)
    if isinstance(inner, list | tuple):
        entries = ", ".join(map(_line_of, inner))
        return f"[{entries}]" if isinstance(inner, list) else f"({entries})"
    return value_text(inner) if inner is None or isinstance(inner, str | bool) else line(value_latex(inner))


def value_latex(value: Any) -> str:
    """A value in LaTeX: vectors and matrices in brackets, arrays of more axes as a list of matrices."""
    if isinstance(value, tuple):
        return r"\left(" + r",\; ".join(map(value_latex, value)) + r"\right)"
    inner = nested(value)
    if isinstance(inner, list):
        return _array_latex(inner)
    if isinstance(inner, Worked):
        return inner.latex
    if inner is None:
        return r"\text{none}"
    if isinstance(inner, bool | str):
        return rf"\text{{{latex_literal(str(inner))}}}"
    if isinstance(inner, float):
        return str(latex(Float(float(f"{inner:.6g}"))))
    return number_latex(as_expr(inner))


def _upright(value: Any) -> Any:
    """A vector as a column; anything else as it is."""
    entries = None if isinstance(value, tuple) else nested(value)
    if not isinstance(entries, list) or any(isinstance(entry, list) for entry in entries):
        return value
    return [[entry] for entry in entries]


def _array_latex(rows: list[Any]) -> str:
    lists = [row for row in rows if isinstance(row, list)]
    if lists and (len({len(row) for row in lists}) > 1 or len(lists) < len(rows) or any(
            isinstance(entry, list) for row in lists for entry in row)):
        return r"\left(" + r",\; ".join(map(value_latex, rows)) + r"\right)"
    lines = [_elided([value_latex(entry) for entry in row], r"\cdots") for row in (lists or [rows])]
    width = max(map(len, lines), default=1)
    # Fractions in neighbouring rows would touch.
    end = r" \\[4pt] " if any(r"\frac" in entry for line in lines for entry in line) else r" \\ "
    body = end.join(" & ".join(line) for line in _elided(lines, [r"\vdots"] * width))
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _elided(parts: list[Any], dots: Any) -> list[Any]:
    """The parts, those in the middle of a long list left out."""
    half = MAX_ROWS // 2
    return parts if len(parts) <= MAX_ROWS else [*parts[:half], dots, *parts[-half:]]


@dataclass(frozen=True)
class GivenData:
    """Names with the values that a question gives them."""

    values: tuple[tuple[str, Any], ...]

    def latex(self) -> str:
        """The equations side by side."""
        return r", \qquad ".join(f"{name} = {value_latex(value)}" for name, value in self.values)
