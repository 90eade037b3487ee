"""What the engine says in plain text, set in LaTeX: counterexamples, and words with index expressions in them."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..arrays.arrays import latex_name
from .escape import latex_literal

DIGITS = 4
"""So many significant digits of a number that was only computed."""
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_VALUE = re.compile(r"(?:(?<!\w)(?P<name>[A-Za-z]\w*+(?:\^\w++)?(?:/[A-Za-z]\w*+)?) = )?"
                    rf"(?P<value>\[[][\d.,\se+-]*\]|(?<![\w.]){_NUMBER}(?![\w.]*\w))")
_LETTER = r"[a-z](?:_\w+)?"
_OPERAND = rf"(?:{_LETTER}|\d+)"
_INDEX = re.compile(rf"(?<![\w$\\·]){_OPERAND}(?:(?: ?[-+=≥≤] ?|\.\.){_OPERAND})+(?![\w$']|,\d)|(?<![\w$\\])[a-z]_\w+"
                    r"|(?<![\w$\\'])[b-zB-HJ-Z](?![\w$'])")
SAID = 5_000
"""So many characters are looked through for mathematics; what is longer is set as it stands."""
_SIGNS = {"≥": r"\ge", "≤": r"\le", "..": r", \dots, "}


def counterexample_latex(text: str) -> str:
    """``for mu = -2.0, x = [1.5]: left 4, right 8`` with its names and numbers as mathematics."""
    def written(match: re.Match[str]) -> str:
        value = re.sub(_NUMBER, lambda number: _rounded(number[0]), match["value"])
        if match["name"]:
            return f"${_name(match['name'])} = {value}$"
        return value if value.isdigit() else f"${value}$"

    return _set(text, _VALUE, written)


def words_latex(text: str) -> str:
    """Words with index expressions, such as ``i + j - k_2``, as mathematics."""
    def written(match: re.Match[str]) -> str:
        signs = re.sub(r"[≥≤]|\.\.", lambda sign: _SIGNS[sign[0]], match[0])
        return "$" + re.sub(r"_(\w{2,})", r"_{\1}", signs) + "$"

    return _set(text, _INDEX, written)


def _name(name: str) -> str:
    """A name in LaTeX, da/dx as a derivative."""
    top, _, bottom = name.partition("/d")
    return rf"\partial {latex_name(top[1:])}/\partial {latex_name(bottom)}" if bottom else latex_name(name)


def _rounded(number: str) -> str:
    """A whole number as it is, another one with few digits, and powers of ten where it is very large or small."""
    shown = number if number.lstrip("-").isdigit() else f"{float(number):.{DIGITS}g}"
    mantissa, _, exponent = shown.partition("e")
    return (mantissa if mantissa != "-0" else "0") + (rf" \cdot 10^{{{int(exponent)}}}" if exponent else "")


def _set(text: str, pattern: re.Pattern[str], written: Callable[[re.Match[str]], str]) -> str:
    if len(text) > SAID:
        return latex_literal(text)
    pieces, position = [], 0
    for match in pattern.finditer(text):
        pieces += [latex_literal(text[position:match.start()]), written(match)]
        position = match.end()
    return "".join([*pieces, latex_literal(text[position:])])
