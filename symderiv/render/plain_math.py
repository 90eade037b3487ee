r"""Short mathematics as lines of characters, for pictures and terminals: subscripts below, \frac with a slash."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import escape

from ..reader.syntax.spellings import LATEX_WORDS
from .escape import GREEK, SYMBOLS, split_math
from .prose_tree import closing_brace

_SIGNS = {name: char for char, name in (SYMBOLS | GREEK).items()} | {
    "leq": "≤", "geq": "≥", "neq": "≠", "ldots": "…", "dots": "…", "cdots": "⋯", "quad": "\u2003", "sum": "∑", "prime": "′",
    ",": "\u2009", ";": "\u2009", ":": "\u2009", " ": " ", "!": "", "{": "{", "}": "}", "|": "‖", "colon": ":", "top": "⊤",
    "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "left": "", "right": ""}
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "overline": "\u0304", "dot": "\u0307", "vec": "\u20d7"}
_SPACED = {"=", "+", "−", "≤", "≥", "≠", "⊙", "⊘", "<", ">", "⊗"}
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
        elif name in ("operatorname", "mathrm", "text", "texttt", "mathit", "mathbf"):
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


# ------------------------------------------------------------------ one line of text

_ABOVE = str.maketrans("0123456789+-()T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀ")
_IN_TEXT = {"top": "ᵀ", ",": " ", ";": " ", ":": " ", "quad": "  ", "qquad": "    ", "lVert": "‖", "rVert": "‖", "circ": "∘"}


_LIMITS = re.compile(r"_\{([A-Za-z]'*)=([^{}]*)\}\^")
_CALL = re.compile(r"\s*(?=\(|\{?\\left\s*\()")
_BLANKS = re.compile(r"  +")
_NEEDLESS = re.compile(r"(?<=[∂‖(]) (?=[\w(])|(?<=[\w)]) (?=[‖)])|(?<=[a-z]) (?=[⁰¹²³⁴-⁹]+\()|(?<=\(-) (?=[\w(√])")
_OPERAND_ENDS = re.compile(r"[\w)\]⁰¹²³⁴-⁹ᵀ′‖|]")
_SPACED_IN_TEXT = _SPACED | {"∈"}


def in_characters(text: str) -> str:
    """Words with mathematics between dollars, such as a title, on a line of characters."""
    return "".join(line(part[1:-1]) if math else part for math, part in split_math(text)).strip()


def line(latex: str) -> str:
    """A formula on one line of text: fractions with a slash, subscripts behind _, powers behind ^; brackets where needed."""
    out, position = "", 0
    while position < len(latex):
        match = _TOKEN.match(latex, position)
        assert match is not None
        token, position = match[0], match.end()
        name = token[1:] if token.startswith("\\") else ""
        if token in "^_":
            inner, position = _group(latex, position)
            out += _script(token, line(inner))
        elif token == r"\sum":
            limits = _LIMITS.match(latex, position)
            out += "Σ"
            if limits is not None:
                out += f"_{limits[1]} " if limits[2] == "1" else f"_({limits[1]}={line(limits[2])}) "
                _, position = _group(latex, limits.end())
        elif token == "-" and _OPERAND_ENDS.match(out.rstrip(" ")[-1:]):
            out += " - "
        elif token == "{":
            end = closing_brace(latex, position - 1)
            out, position = out + line(latex[position:end]), end + 1
        elif name in ("frac", "dfrac", "tfrac"):
            top, position = _group(latex, position)
            bottom, position = _group(latex, position)
            out += f"{_whole(line(top))}/{_whole(line(bottom), True)}"
        elif token == r"\sqrt":
            inner, position = _group(latex, position)
            out += f"√{_whole(line(inner), True)}"
        elif name in _ACCENTS:
            inner, position = _group(latex, position)
            out += line(inner) + _ACCENTS[name]
        elif name in ("operatorname", "mathrm", "text", "texttt", "mathit", "mathbf", "mathbb", "textstyle", "displaystyle"):
            if "style" not in name:
                inner, position = _group(latex, position)
                out += inner.replace(r"\_", "_") if inner != "1" else "1"
        elif name in ("mathbin", "mathrel"):
            inner, position = _group(latex, position)
            out += f" {line(inner)} "
        elif name in ("left", "right"):
            position += latex.startswith(".", position)
        elif name in LATEX_WORDS:
            call = _CALL.match(latex, position)
            position = call.end() if call else position
            out += f"{' ' * out[-1:].isalnum()}{name}{' ' * (call is None and latex[position:position + 1] != '_')}"
        else:
            out += _IN_TEXT.get(name) or _spaced(token, name)
    return _NEEDLESS.sub("", _BLANKS.sub(" ", out)).strip() if " " in out else out.strip()


def _spaced(token: str, name: str) -> str:
    text = _SIGNS.get(name, name) if name else token
    return f" {text} " if text in _SPACED_IN_TEXT else text


def _script(sign: str, inner: str) -> str:
    """A superscript in small characters, where there are such; anything longer than a word in brackets."""
    if sign == "^" and all(ch in "0123456789+-()ᵀT" for ch in inner.replace("−", "-")):
        return inner.replace("−", "-").translate(_ABOVE)
    if inner in ("ᵀ", "′"):
        return inner
    entries = inner.replace("⊙ ", "⊙")
    return f"{sign}{entries}" if entries.lstrip("⊙").isalnum() or entries == "⊙" else f"{sign}({inner})"


def _whole(text: str, below: bool = False) -> str:
    """A part of a fraction, bracketed where it would be read otherwise."""
    plain = re.fullmatch(r"[\w.∂′ᵀ⁻²¹Σσδ∂^]+|[\w.]*\([^()]*\)|∂[\w_(), ]+", text)
    return text if plain and not (below and " " in text and not text.startswith("∂")) else f"({text})"


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
