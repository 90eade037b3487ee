r"""Short mathematics as lines of characters, for pictures: letters in italics, subscripts below, \frac with a slash."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import escape

from ..reader.syntax.spellings import LATEX_WORDS
from .escape import GREEK, SYMBOLS
from .prose_tree import closing_brace

_SIGNS = {name: char for char, name in (SYMBOLS | GREEK).items()} | {
    "leq": "≤", "geq": "≥", "neq": "≠", "ldots": "…", "dots": "…", "cdots": "⋯", "quad": "\u2003", "sum": "∑", "prime": "′",
    ",": "\u2009", ";": "\u2009", ":": "\u2009", " ": " ", "!": "", "{": "{", "}": "}", "|": "‖", "colon": ":", "top": "⊤",
    "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "left": "", "right": ""}
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "overline": "\u0304", "dot": "\u0307", "vec": "\u20d7"}
_SPACED = {"=", "+", "−", "≤", "≥", "≠", "⊙", "<", ">", "⊗"}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


class Unwritable(Exception):
    """Mathematics that does not go on a line of characters."""


@dataclass(frozen=True)
class Run:
    """Characters of one look.  level: 0 on the line, 1 above it, -1 below it."""

    text: str
    italic: bool
    level: int = 0


def runs(latex: str) -> tuple[Run, ...]:
    """A formula as runs of characters.  Raises Unwritable for what needs more than a line, such as a matrix."""
    return tuple(_runs(latex, 0))


def width(line: tuple[Run, ...]) -> float:
    """About how wide the characters are, in units of the size of the letters."""
    return sum((0.74 if run.level else 1.0) * sum(_advance(char) for char in run.text) for run in line)


def tspans(line: tuple[Run, ...]) -> str:
    """The runs as SVG text."""
    out, level = [], 0
    for run in line:
        shift = {0: 0.0, 1: -0.42, -1: 0.28}
        move = shift[run.level] - shift[level]
        attributes = f' dy="{move:.2f}em"' if move and not run.level else ""
        if run.level:
            # The shift counts in the run's own, smaller letters.
            attributes = (f' dy="{move / 0.74:.2f}em"' if move else "") + ' font-size="74%"'
        if run.italic:
            attributes += ' font-style="italic"'
        out.append(f"<tspan{attributes}>{escape(run.text, quote=False)}</tspan>")
        level = run.level
    return "".join(out)


def _advance(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if char in " \u2009\u200a":
        return 0.22
    if char in "ijlt.,;:'|()[]′f":
        return 0.36
    return 0.78 if char in "mwMW=+−×∑⊙≤≥∂" else 0.56


def _runs(latex: str, level: int) -> list[Run]:
    found: list[Run] = []
    position = 0
    while position < len(latex):
        match = _TOKEN.match(latex, position)
        assert match is not None
        token, position = match[0], match.end()
        name = token[1:] if token.startswith("\\") else ""
        if token in "^_":
            if level:
                raise Unwritable(latex)
            inner, position = _group(latex, position)
            found += _runs(inner, 1 if token == "^" else -1)
        elif token == "{":
            end = closing_brace(latex, position - 1)
            found += _runs(latex[position:end], level)
            position = end + 1
        elif name in ("frac", "dfrac", "tfrac"):
            top, position = _group(latex, position)
            bottom, position = _group(latex, position)
            found += [*_bracketed(top, level), Run("/", False, level), *_bracketed(bottom, level)]
        elif name == "sqrt":
            inner, position = _group(latex, position)
            found += [Run("√", False, level), *_bracketed(inner, level)]
        elif name in _ACCENTS:
            inner, position = _group(latex, position)
            base = _runs(inner, level)
            if len(base) != 1 or len(base[0].text) != 1:
                raise Unwritable(latex)
            found.append(Run(base[0].text + _ACCENTS[name], base[0].italic, level))
        elif name in ("operatorname", "mathrm", "text", "mathit", "mathbf"):
            inner, position = _group(latex, position)
            found.append(Run(inner.replace(r"\_", "_"), name == "mathit", level))
        elif name in ("mathbin", "mathrel"):
            inner, position = _group(latex, position)
            found += [Run(f"{run.text} ", run.italic, level) for run in _runs(inner, level)]
        elif name in ("left", "right", "displaystyle"):
            if latex.startswith(".", position) and name != "displaystyle":
                position += 1
        else:
            found.append(_sign(token, name, level))
    return found


def _sign(token: str, name: str, level: int) -> Run:
    if name in LATEX_WORDS:
        return Run(name, False, level)
    if name:
        if name not in _SIGNS:
            raise Unwritable(token)
        text = _SIGNS[name]
        return Run(f" {text} " if text in _SPACED and not level else text, text.isalpha() and text.islower(), level)
    if token.isspace():
        return Run("\u200a", False, level)
    text = "−" if token == "-" else "∗" if token == "*" else token
    if text in "&#%~$\\":
        raise Unwritable(token)
    return Run(f" {text} " if text in _SPACED and not level else text, text.isalpha(), level)


def _bracketed(latex: str, level: int) -> list[Run]:
    inner = _runs(latex, level)
    plain = sum(len(run.text) for run in inner if not run.level) <= 1
    return inner if plain else [Run("(", False, level), *inner, Run(")", False, level)]


def _group(latex: str, position: int) -> tuple[str, int]:
    while latex.startswith(" ", position):
        position += 1
    if latex.startswith("{", position):
        end = closing_brace(latex, position)
        return latex[position + 1:end], end + 1
    match = _TOKEN.match(latex, position)
    if match is None:
        raise Unwritable(latex)
    return match[0], match.end()


__all__ = ["Run", "Unwritable", "runs", "tspans", "width"]
