"""Equations of matrices whose entries are numbers: sums and products that do not come out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from .equation_chains import chains
from .erratum import Erratum
from .plain_numbers import Number, spelled, value

Matrix = list[list[Fraction]]
_MATRIX = re.compile(r"\\begin\{([bpv]?matrix)\}(.*?)\\end\{\1\}(\s*\^\s*\{?\s*(?:\\top|\\intercal|T)\s*\}?)?", re.DOTALL)
# (1/2, 3); the comma of 1,200 is none between entries.
_LIST = re.compile(r"\s*(?:\\left)?\s*[(\[]([^()\[\]]*(?:\([^()\[\]]*\)[^()\[\]]*)*)(?:\\right)?\s*[)\]]\s*$")
_COMMA = re.compile(r",(?!\d{3}(?!\d))|,\s+")
_SIGNS = re.compile(r"\s*(\*|\+|-)?\s*")


def wrong_matrices(text: str) -> Iterator[Erratum]:
    """Two sides of an equation that are matrices of numbers, and not the same matrix."""
    for sides in chains(text):
        read = [(side, matrix_value(side.text)) for side in sides]
        for (_, a), (side, b) in pairwise(read):
            if a is None or b is None or a == b or [len(r) for r in a] != [len(r) for r in b]:
                continue
            apart = [(i, j) for i, row in enumerate(a) for j, entry in enumerate(row) if not (
                _near(entry, b[i][j]) or _near(b[i][j], entry))]
            if apart:
                i, j = apart[0]
                listed = _LIST.match(side.text) is not None
                kind = "product of" if "+" not in sides[0].text else "sum of"
                right = f"({', '.join(map(str, a[0]))})" if listed else _latex(a, side.text)
                yield Erratum(side.line, side.text, right, f"{kind} {'numbers' if listed else 'matrices'}", (
                    f"entry {j + 1 if listed else (i + 1, j + 1)} is {a[i][j]}, not {b[i][j]}"))


def matrix_value(text: str) -> Matrix | None:
    """The value of a sum of products of matrices of numbers, or of a list of numbers; None for anything else."""
    if listed := _LIST.match(text):
        entries = [value(cell) for cell in _COMMA.split(listed[1])]
        known = [Fraction(entry) for entry in entries if entry is not None]
        return [known] if len(entries) == len(known) > 1 else None
    total: Matrix | None = None
    term: Matrix | None = None
    factor, sign, position = Fraction(1), 1, 0
    for match in _MATRIX.finditer(text):
        between = spelled(text[position:match.start()]).strip()
        if "*" in text[position:match.start()]:
            return None  # a product, or a convolution
        made = _entries(match[2])
        if made is None or match[1] == "vmatrix":
            return None
        made = [list(column) for column in zip(*made, strict=True)] if match[3] else made
        joint = re.fullmatch(r"([-+]?)\s*(.*?)\s*\*?", between)
        scalar = value(joint[2]) if joint and joint[2] else Fraction(1)
        if joint is None or scalar is None or (term is not None and joint[2] and not joint[1]):
            return None
        if term is None or joint[1]:
            total, term = _added(total, term, factor * sign) if term is not None else total, made
            factor, sign = Fraction(scalar), -1 if joint[1] == "-" else 1
        else:
            term = _product(term, made)
        if term is None:
            return None
        position = match.end()
    if term is None or text[position:].strip(" .,"):
        return None
    return _added(total, term, factor * sign)


def _entries(body: str) -> Matrix | None:
    rows = [[value(cell) for cell in row.split("&")] for row in re.split(r"\\\\(?:\[[^\]]*\])?", body) if row.strip()]
    if not rows or len({len(row) for row in rows}) != 1 or any(cell is None for row in rows for cell in row):
        return None
    return [[Fraction(cell) for cell in row if cell is not None] for row in rows]


def _product(a: Matrix, b: Matrix) -> Matrix | None:
    if len(a[0]) != len(b):
        return None
    return [[sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for column in zip(*b, strict=True)]
            for row in a]


def _added(total: Matrix | None, term: Matrix, factor: Fraction) -> Matrix | None:
    scaled = [[factor * entry for entry in row] for row in term]
    if total is None:
        return scaled
    if (len(total), len(total[0])) != (len(scaled), len(scaled[0])):
        return None
    return [[x + y for x, y in zip(r, s, strict=True)] for r, s in zip(total, scaled, strict=True)]


def _near(a: Number, b: Number) -> bool:
    """Whether the printed entry is the right one, or the right one rounded."""
    digits = len(str(float(b)).partition(".")[2]) if Fraction(b).denominator != 1 else 0
    return a == b or (digits > 0 and abs(float(a) - float(b)) <= 0.5 * 10.0 ** -digits)


def _latex(matrix: Matrix, like: str) -> str:
    """A matrix in the brackets of another one."""
    kind = match[1] if (match := _MATRIX.search(like)) else "bmatrix"
    return rf"\begin{{{kind}}} " + r" \\ ".join(" & ".join(map(str, row)) for row in matrix) + rf" \end{{{kind}}}"
