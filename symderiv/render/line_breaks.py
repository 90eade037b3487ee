r"""Where a formula may be broken: before its relations, then before its plus and minus signs, then inside brackets.

A long fraction is written with a bracket, so that it can be broken; a long product is broken between its factors.

A browser and TeX decide at which of these places the line ends; here a formula is only cut into pieces that stay whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from .prose_tree import closing_brace

RELATIONS = {"=", "<", ">", r"\ne", r"\neq", r"\le", r"\leq", r"\ge", r"\geq", r"\approx", r"\sim", r"\equiv", r"\to",
             r"\in", r"\propto", r"\implies", r"\Rightarrow", r"\iff", r"\mapsto", r"\leftarrow", r"\gets",
             ":=", r"\mid"}
SIGNS = {"+", "-", r"\pm", r"\mp"}
GAPS = {r"\quad", r"\qquad"}
# What may not be followed by a break before a sign: there the sign belongs to what follows.
_OPENING = {"(", "[", ",", r"\{", r"\cdot", r"\times", r"\odot", r"\left", r"\frac", "^", "_", "/"} | GAPS | RELATIONS
_OPENING |= SIGNS
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|:=|[{}]|\s+|.", re.DOTALL)
_SILENT = re.compile(r"\\(?:left|right|displaystyle|big|Big|bigg|Bigg)[lr]?(?![A-Za-z])|\\[,;:!> ]|\\phantom\{[^{}]*\}")
# Glyphs that a piece may hold before it is cut inside a bracket too; about a line of the page, and of a column.
LONG = 60
COLUMN = 32
_PRODUCTS = (r"\,", r"\odot")


@dataclass(frozen=True)
class UnbrokenPart:
    """A part that stays on one line.  kind: "relation", "term" or "factor" for what it begins with, "" for none of them."""

    latex: str
    kind: str = ""


def pieces(latex: str, phantoms: bool = False, long: float = LONG) -> tuple[UnbrokenPart, ...]:
    r"""The parts of a formula between the places where it may be broken; what is not ``long`` is not cut inside brackets.

    With ``phantoms`` the two halves of a bracket cut in two are of one height, by \vphantom.
    """
    found = _cut(latex.strip())
    for _ in range(20):
        longer = [inner for piece in found for inner in _cut_long(piece, phantoms, long)]
        if len(longer) == len(found):
            break
        found = longer
    return tuple(found)


def glyphs(latex: str) -> float:
    """About how many letters wide a formula is."""
    count, position = 0.0, 0
    latex = _SILENT.sub("", latex)
    while position < len(latex):
        match = _TOKEN.match(latex, position)
        assert match is not None
        token = match[0]
        position = match.end()
        if token in (r"\frac", r"\dfrac", r"\tfrac"):
            top, position = _argument(latex, position)
            bottom, position = _argument(latex, position)
            count += max(glyphs(top), glyphs(bottom))
        elif token in ("^", "_"):
            inner, position = _argument(latex, position)
            count += 0.7 * glyphs(inner)
        elif token in (r"\operatorname", r"\text", r"\mathrm", r"\mathit"):
            inner, position = _argument(latex, position)
            count += len(inner)
        elif token in (r"\begin", r"\end") or token == r"\vphantom":
            _, position = _argument(latex, position)
        elif token in RELATIONS | SIGNS:
            count += 2
        elif token in GAPS:
            count += 3
        elif not token.isspace() and token not in "{}&" and token != r"\\":
            count += 1
    return count


def _argument(latex: str, position: int) -> tuple[str, int]:
    while position < len(latex) and latex[position] == " ":
        position += 1
    if latex.startswith("{", position):
        end = closing_brace(latex, position)
        return latex[position + 1:end], end + 1
    match = _TOKEN.match(latex, position)
    return (match[0], match.end()) if match else ("", position)


def _cut(latex: str) -> list[UnbrokenPart]:
    """The pieces between relations and signs that stand in no bracket, group or environment."""
    found: list[UnbrokenPart] = []
    start, kind, before = 0, "", ""
    for position, token in _top_level(latex):
        new = "relation" if token in RELATIONS or token in GAPS else "term" if token in SIGNS else ""
        if new and (token in GAPS or before not in _OPENING) and latex[start:position].strip():
            found.append(UnbrokenPart(latex[start:position].strip(), kind))
            start, kind = position, new
        before = token
    found.append(UnbrokenPart(latex[start:].strip(), kind))
    if (first := _TOKEN.match(found[0].latex)) and first[0] in RELATIONS:
        found[0] = UnbrokenPart(found[0].latex, "relation")
    return found


def _top_level(latex: str) -> list[tuple[int, str]]:
    r"""The tokens outside of groups, \left…\right and environments, with their positions; what is inside as one token."""
    tokens: list[tuple[int, str]] = []
    depth = plain = 0
    skip = False
    for match in _TOKEN.finditer(latex):
        token = match[0]
        opens = token in ("{", r"\left", r"\begin")
        closes = token in ("}", r"\right", r"\end")
        if token.isspace():
            continue
        if closes:
            depth -= 1
            skip = token == r"\right"
            if depth == plain == 0:
                tokens.append((match.start(), "}"))
            continue
        if depth == 0 and not skip:
            plain -= plain > 0 and token in (")", "]")
            if plain == 0:
                tokens.append((match.start(), token))
            plain += token in ("(", "[")
        skip = False
        if opens:
            depth += 1
    return tokens


def _cut_long(piece: UnbrokenPart, phantoms: bool, long: float) -> list[UnbrokenPart]:
    """The piece in two or more where it is long and there is a way to part it."""
    if glyphs(piece.latex) <= long:
        return [piece]
    if long < LONG and len(parts := _cut_product(piece)) > 1:
        return parts
    for latex in dict.fromkeys((piece.latex, _without_fraction(piece.latex))):
        parts = _cut_bracket(UnbrokenPart(latex, piece.kind), phantoms)
        if len(parts) > 1:
            return parts
    return _cut_product(piece)


def _without_fraction(latex: str) -> str:
    r"""The widest fraction of a product as \frac{1}{b} (a), or as (a) (b)^{-1} where what stands below is wide too."""
    widest = (0.0, "")
    for start, token in _top_level(latex):
        if token == r"\frac":
            top, position = _argument(latex, start + 5)
            bottom, end = _argument(latex, position)
            below = rf"\frac{{1}}{{{bottom}}} \left({top}\right)"
            if glyphs(bottom) > LONG / 2:
                below = rf"\left({top}\right) \left({bottom}\right)^{{-1}}"
            # A power of the fraction would become one of its last factor.
            if not latex[end:].lstrip().startswith("^"):
                widest = max(widest, (glyphs(latex[start:end]), f"{latex[:start]}{below}{latex[end:]}"))
    return widest[1] if widest[0] > LONG / 2 else latex


def _cut_product(piece: UnbrokenPart) -> list[UnbrokenPart]:
    r"""The piece between its factors, where a \, or an ⊙ stands."""
    places = [start for start, token in _top_level(piece.latex) if token in _PRODUCTS]
    ends = [0, *places, len(piece.latex)]
    parts = [piece.latex[a:b].strip() for a, b in pairwise(ends)]
    return [UnbrokenPart(part, piece.kind if not count else "factor" if part.startswith(r"\,") else "term")
            for count, part in enumerate(parts) if part]


def _cut_inside(inside: str) -> list[UnbrokenPart]:
    """What stands in a bracket, before its signs, or else between its factors."""
    parts = _cut(inside)
    return parts if len(parts) > 1 else _cut_product(UnbrokenPart(inside))


def _cut_bracket(piece: UnbrokenPart, phantoms: bool) -> list[UnbrokenPart]:
    """The piece before the signs in its widest bracket."""
    best: tuple[float, int, int] | None = None
    for start, token in _top_level(piece.latex):
        if token == r"\left":
            end = _matching_right(piece.latex, start)
            inside = piece.latex[start + 6:end]
            if end and len(_cut_inside(inside)) > 1 and (best is None or glyphs(inside) > best[0]):
                best = glyphs(inside), start, end
    if best is None:
        return [piece]
    _, start, end = best
    opening, closing = piece.latex[start:start + 6], piece.latex[end:end + 7]
    inside = piece.latex[start + 6:end].strip()
    parts = _cut_inside(inside)
    strut = rf"\vphantom{{{inside}}}" if phantoms else ""
    first = f"{piece.latex[:start]}{opening}{strut}{parts[0].latex}\\right."
    last = f"\\left.{strut}{{}}{parts[-1].latex}{closing}{piece.latex[end + 7:]}"
    return [UnbrokenPart(first, piece.kind), *(UnbrokenPart(p.latex, p.kind) for p in parts[1:-1]),
            UnbrokenPart(last, "term")]


def _matching_right(latex: str, start: int) -> int:
    r"""Where the \right of the \left at a position stands; 0 where either is not a plain bracket."""
    depth = 0
    for match in re.finditer(r"\\(left|right)(?![A-Za-z])(.)", latex[start:], re.DOTALL):
        depth += 1 if match[1] == "left" else -1
        if match[2] not in "()[]|":
            return 0
        if depth == 0:
            return start + match.start()
    return 0
