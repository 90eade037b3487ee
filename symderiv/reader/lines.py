"""Displayed lines: relation chains joined by commas and arrows, with remarks beside them."""

from __future__ import annotations

from ..errors import BoundExceeded
from . import tree as t
from .context import Context
from .grammar import RELATIONS, Parser, parser_for
from .tokens import NUMBER, OPERATOR, STOP, TEXT, WORD, Source

_JOINTS = frozenset([",", ";", "implies", "iff", "land", "and"])
_CLOSING_MARKS = frozenset([".", ",", ";", "qed", "newline", "align", "!"])


def parse_line(text: str, context: Context, *, latex: bool | None = None, lenient: bool = True,
               source: Source | None = None) -> t.Line:
    """One line of a derivation.  Raises ParseError with the place where reading stops.

    ``lenient`` keeps names that nothing declares as Unknown nodes, for the referee to report or define.
    """
    try:
        return line(parser_for(text, context, latex=True if latex is None else latex, lenient=lenient, source=source))
    except RecursionError:
        raise BoundExceeded("the line is nested too deeply", hint="name parts of it") from None


def line(parser: Parser) -> t.Line:
    """All parts of a line, to the end of the text."""
    parts: list[t.Tree] = []
    joints: list[str] = []
    remarks: list[t.Remark] = []
    start = parser.at
    while True:
        joint = _skip(parser, remarks, bool(parts))
        if parser.token.kind == STOP:
            break
        if parts and _is_tag(parser):
            start_of_tag = parser.at
            parser.at += 3
            remarks.append(t.Remark(parser.source.text[parser.tokens[start_of_tag].start:parser.tokens[parser.at - 1].end],
                                    span=parser.span(start_of_tag)))
            continue
        if parts:
            joints.append(joint or ",")
        elif joint in ("implies", "iff"):
            joints.append(joint)
            parts.append(t.Remark(""))
        parts.append(_part(parser))
    if parts and isinstance(parts[0], t.Remark) and not parts[0].text:
        parts, joints = parts[1:], joints[1:]
    if not parts and not remarks:
        raise parser.error("there is nothing to read")
    return t.Line(tuple(parts), tuple(joints), tuple(remarks), span=parser.span(start))


def _is_tag(parser: Parser) -> bool:
    """Whether the number of an equation stands here, at the end of the line."""
    return parser.is_sign("(") and parser.peek().kind == NUMBER and parser.peek(2).key == ")" and parser.peek(3).kind == STOP


def _skip(parser: Parser, remarks: list[t.Remark], inside: bool) -> str | None:
    """Move over marks and remarks between parts; the sign that joins the parts, if one stands there."""
    joint: str | None = None
    before = parser.at
    while parser.token.kind != STOP:
        token = parser.token
        if token.kind == TEXT or (token.kind == WORD and parser.is_word_sign(token)):
            remarks.append(t.Remark(token.key, span=(token.start, token.end)))
            joint = joint or ","
        elif token.kind == OPERATOR and token.key in _JOINTS | _CLOSING_MARKS:
            joint = token.key if token.key in ("implies", "iff") else joint or ","
        else:
            break
        parser.take()
    if inside and parser.at == before and parser.token.kind != STOP:
        if parser.token.wide:
            return ","
        raise parser.error(f"{parser.shown()} does not belong here")
    return joint


def _part(parser: Parser) -> t.Tree:
    """A relation chain whose sides may be separated by alignment marks."""
    start = parser.at
    sides: list[t.Tree | None] = []
    signs: list[str] = []
    if parser.is_sign(*RELATIONS):
        sides.append(None)
    else:
        sides.append(parser.expression())
    while True:
        while parser.is_sign("align"):
            parser.take()
        if not parser.is_sign(*RELATIONS):
            break
        sign = parser.take().key
        while parser.is_sign("align"):
            parser.take()
        signs.append(sign)
        sides.append(parser.side(sign))
    if not signs:
        assert sides[0] is not None
        return sides[0]
    return t.Relation(tuple(sides), tuple(signs), span=parser.span(start))


__all__ = ["line", "parse_line"]
