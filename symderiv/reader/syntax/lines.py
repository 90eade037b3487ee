"""Displayed lines: relation chains joined by commas and arrows, with remarks beside them."""

from __future__ import annotations

from dataclasses import replace

from ...errors import BoundExceeded
from ..declare.context import DeclaredNames
from . import tree as t
from .grammar import RELATIONS, Parser, parser_for
from .names import CLOSING, OPENING
from .notations import INFIX
from .tokens import BEGIN, END, NUMBER, OPERATOR, STOP, TEXT, WORD, Token

_JOINTS = frozenset([",", ";", "implies", "iff", "land", "and", "because"])
_CLOSING_MARKS = frozenset([".", ",", ";", "qed", "newline", "align"])


def parse_line(text: str, context: DeclaredNames) -> t.DisplayedLine:
    """One line of a derivation.  Raises ParseError with the place where reading stops.

    Names that nothing declares stay as Unknown nodes, for the referee to report or define.
    """
    try:
        return line(parser_for(text, context, latex=True, lenient=True))
    except RecursionError:
        raise BoundExceeded("the line is nested too deeply", hint="name parts of it") from None


def line(parser: Parser) -> t.DisplayedLine:
    """All parts of a line, to the end of the text."""
    _join_rows(parser)
    _join_thousands(parser)
    _spread_dots(parser)
    parts: list[t.Tree] = []
    joints: list[str] = []
    remarks: list[t.Remark] = []
    start = parser.at
    while True:
        if parts and isinstance(parts[-1], t.Relation) and parser.is_sign(":") and ":" not in parser.context.operators:
            # i = j: what holds then
            parser.tokens[parser.at] = replace(parser.token, key=",")
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
        parts.append(parser.relation(aligned=True))
    if parts and isinstance(parts[0], t.Remark) and not parts[0].text:
        # The first joint is then the arrow that the line starts with.
        parts = parts[1:]
    if not parts and not remarks:
        raise parser.error("there is nothing to read")
    return t.DisplayedLine(tuple(parts), tuple(joints), tuple(remarks), span=parser.span(start))


def _join_rows(parser: Parser) -> None:
    """Line ends inside an expression that goes on over rows, and alignment marks beside signs, say nothing."""
    made: list[Token] = []
    depth = 0
    for position, token in enumerate(parser.tokens):
        depth += (token.kind == BEGIN) - (token.kind == END)
        if token.kind == OPERATOR and token.key in ("{", "}"):
            depth += 1 if token.key == "{" else -1
        if depth == 0 and token.kind == OPERATOR and token.key == "newline":
            continue
        if depth == 0 and token.kind == OPERATOR and token.key == "align":
            before = made[-1] if made else None
            following = parser.tokens[position + 1]
            rows = parser.tokens[position - 1].key == "newline" if position else False
            if rows or _is_sign(following) or (before is not None and _is_sign(before)):
                continue
        made.append(token)
    parser.tokens = made


def _is_sign(token: Token) -> bool:
    return token.kind == OPERATOR and (token.key in INFIX or token.key in RELATIONS or token.key in ("+", "-"))


def _join_thousands(parser: Parser) -> None:
    """600,000 outside brackets is one number; 0,5 is refused, as a comma there may part two expressions."""
    tokens, made, depth = parser.tokens, [], 0
    position = 0
    while position < len(tokens):
        token = tokens[position]
        depth += (token.key in OPENING) - (token.key in CLOSING) if token.kind == OPERATOR else 0
        short = len(token.key) <= 3 and token.key != "0"
        while depth == 0 and token.kind == NUMBER and _goes_on(tokens[position + 1:position + 3]):
            digits = tokens[position + 2]
            if [x.key for x in tokens[position + 3:position + 5]] == [",", "dots"]:
                break
            if not (short and len(digits.key) == 3 and digits.key.isdecimal()):
                raise parser.error(f"{token.key},{digits.key} may be a decimal number or two numbers", token,
                                   hint=f"write {token.key}.{digits.key}, or put a blank behind the comma")
            token = replace(token, key=token.key + digits.key, end=digits.end)
            position += 2
        made.append(token)
        position += 1
    parser.tokens = made


def _spread_dots(parser: Parser) -> None:
    """1..n is 1, ..., n where something runs."""
    made: list[Token] = []
    for token in parser.tokens:
        dots = token.kind == OPERATOR and token.key == ".."
        made += [replace(token, key=","), replace(token, key="dots"), replace(token, key=",")] if dots else [token]
    parser.tokens = made


def _goes_on(tokens: list[Token]) -> bool:
    """Whether a comma and digits stand here without a blank."""
    return len(tokens) == 2 and tokens[0].key == "," and tokens[1].kind == NUMBER and not any(x.spaced for x in tokens)


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
        elif token.kind == OPERATOR and token.key == "forall":
            remarks.append(_quantified(parser))
            joint = joint or ","
            continue
        elif token.kind == OPERATOR and token.key in _JOINTS | _CLOSING_MARKS:
            joint = token.key if token.key in ("implies", "iff") else joint or ","
        else:
            break
        parser.take()
    if inside and parser.at == before and parser.token.kind != STOP:
        if parser.token.wide:
            return ","
        raise parser.unread("does not belong here")
    return joint


def _quantified(parser: Parser) -> t.Remark:
    """For all i, with the set they are from: a remark, as letters are free for all their values anyway."""
    start = parser.at
    parser.take()
    while parser.token.kind == WORD or (parser.is_sign(",") and parser.peek().kind == WORD and len(parser.peek().key) == 1):
        parser.take()
    if parser.is_sign("in", "=", "!=", "<", "<=", ">", ">="):
        sign = parser.take().key
        parser.indexed, saved = True, parser.indexed
        parser.side(sign)
        parser.indexed = saved
    left, right = parser.span(start)
    return t.Remark(parser.source.text[left:right], span=(left, right))
