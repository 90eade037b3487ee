"""The mathematics of a title: the heading of a claim that has a status must be said by it, or be marked as words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sympy import Expr

from ..arrays.arrays import Array, Named
from ..arrays.registry import shape_of
from ..errors import SymderivError
from ..proof.equality import prove
from ..reader.parse import parse
from ..render.prose_tree import split_top
from .outcomes import Exhibit

_FORMULA = re.compile(r"([^$]*)\$([^$]+)\$")
# "for $y = 1$", "where $f = \sigma(a)$": under what something holds, or what a name means.
_CONDITION = re.compile(r"\b(?:for|where|if|when|with|of|at|by|under|through)\s*$", re.IGNORECASE)
_RELATION = re.compile(r"\\(?:leq?|geq?|neq?|leftarrow|to)(?![A-Za-z])|[=<>]")
_SPACING = re.compile(r"[^\S\n]|\\[,;:! ]|\\q?quad(?![A-Za-z])|\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])")
_ROWS = re.compile(r"&|\\\\(?![A-Za-z])|\\(?:begin|end)\{(?:align\*?|aligned|cases|equation\*?)\}")
_COMMAND = re.compile(r"\\(?:operatorname|mathrm|text)\{([^{}]*)\}|\\[td](frac)(?![A-Za-z])|\\var(phi|epsilon|theta|rho)")
_FRACTION = re.compile(r"\\frac" + 2 * r"(?:\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}|(\d))")
_NAME = re.compile(r"(?:\\[A-Za-z]+|[A-Za-z\d])(?:[_^](?:\w|\\\w+|\{[^{}]*\})|')*")
_SIZES = re.compile(r"\w+(?:\\times\w+)+|\w+[-+]\d+")
MOST = 24
"""With so many sides of claims is a formula compared."""


def unclaimed(title: str, entries: Sequence[Exhibit], words: Sequence[str] = ()) -> str:
    """The first formula of a title that no claim of its item says; "" where there is none.

    A name, a size, what "for", "where", "with" or "of" govern, and ``words`` say nothing.  What a claim says is read from
    its formula and its caption; where that has other words for it, both are expressions that are proved equal.
    """
    claims = [entry for entry in entries if entry.part is not None]
    said = "\n".join(plain_formula(text) for entry in claims for text in (entry.part.latex, entry.caption))  # type: ignore[union-attr]
    for before, formula in _FORMULA.findall(title):
        plain = plain_formula(formula)
        bare = _NAME.fullmatch(plain) or _SIZES.fullmatch(plain)
        if not (formula in words or bare or _CONDITION.search(before) or _stands_in(plain, said) or all(
                (not n and _NAME.fullmatch(plain_formula(part))) or _stands_in(plain_formula(part), said, alone=n > 0)
                or _means(part, claims) for n, part in enumerate(_parts(formula)))):
            return str(formula)
    return ""


def _parts(formula: str) -> list[str]:
    """The sides of a relation, the entries of a list, or the formula."""
    sides = [part for part in _RELATION.split(formula) if part.strip()]
    if len(sides) == 1 and formula.startswith("(") and formula.endswith(")"):
        return split_top(formula[1:-1], ",")
    return sides


def _stands_in(plain: str, said: str, alone: bool = False) -> bool:
    """Whether a formula is written in a claim, and not only the end or the beginning of what is written there.

    A name ``alone`` is a side, or a case, of its own.
    """
    if alone and _NAME.fullmatch(plain):
        return re.search(rf"(?:=|(?m:^)){re.escape(plain)}(?![\w^_'(+-])", said) is not None
    before = r"(?<![\w.}\])^_-])" if plain[0] in "([" or plain[0] == "\\" else r"(?<![\w.}\])^_\\+-])"
    return re.search(before + re.escape(plain) + r"(?![\w^_'])", said) is not None


def plain_formula(latex: str) -> str:
    """A formula without spacing, sizes of brackets and braces that change nothing, its fractions on the line."""
    text = _SPACING.sub("", _ROWS.sub("\n", latex.replace("&=", "=")))
    text = _COMMAND.sub(lambda m: m[1] or "\\" + (m[2] or m[3]), text)
    for _ in range(4):
        text, count = _FRACTION.subn(lambda m: f"{_bracketed(m[1] or m[2])}/{_bracketed(m[3] or m[4])}", text)
        if not count:
            break
    return re.sub(r"\{(\w|\\[A-Za-z]+)\}", r"\1", text)


def _bracketed(part: str) -> str:
    outside = re.sub(r"\([^()]*\)|\{[^{}]*\}", "", part)
    return f"({part})" if re.search(r"[-+]", outside[1:]) else part


def _means(part: str, claims: Sequence[Exhibit]) -> bool:
    """Whether a side of a formula is a side of a claim in other words."""
    sides = [side for entry in claims for side in _sides(entry.subject)]
    known = {str(node): node for side in sides for node in (*side.free_symbols, *side.atoms(Array, Named))
             if getattr(node, "name", None)}
    try:
        meant = parse(part.strip(), **known)
        same = [side for side in sides if shape_of(side) == shape_of(meant)]
        return any(prove(meant, side).status == "proved" for side in same[:MOST])
    except SymderivError:
        return False


def _sides(subject: Any) -> Iterator[Expr]:
    for name in ("closed", "lhs", "rhs"):
        side = getattr(subject, name, None)
        yield from (each for each in (side if isinstance(side, tuple) else (side,)) if isinstance(each, Expr))
    if isinstance(subject, tuple):
        for each in subject:
            yield from _sides(each)
