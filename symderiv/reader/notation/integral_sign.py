"""Integrals over one number: \\int_a^b f(x) dx, \\int f(x) dx, \\int dx f(x)."""

from __future__ import annotations

from ..syntax import tree as t
from ..syntax.grammar import Parser
from ..syntax.names import CLOSING, OPENING, cut
from ..syntax.notations import part
from ..syntax.tokens import OPERATOR, STOP, WORD, Token


@part
def integral(parser: Parser) -> t.Tree:
    """The bounds, the integrand up to its differential, and the name that is integrated over."""
    start = parser.at
    parser.take()
    scripts = parser.taken_scripts()
    found = _differential(parser)
    if found is None:
        raise parser.error("it is not said what this integral is over", parser.tokens[start],
                           hint="close it with its differential, as in dx")
    place, after, letter = found
    inside = parser.tokens[parser.at:place]
    if scripts.sup and not scripts.subs:
        raise parser.error("it is not said where this integral begins", parser.tokens[start], hint="write the lower bound")
    low, high = (parser.inside(scripts.subs[0]), parser.inside(scripts.sup)) if scripts.sup else (None, None)
    scope = parser.scope | {letter}
    if inside:
        body = parser.inside(inside, scope=scope)
        parser.at = after
    else:
        parser.at = after
        saved, parser.scope = parser.scope, scope
        body = parser.product()
        parser.scope = saved
    whole = not scripts.subs or low is not None
    return t.Integral(letter, low, high, body, whole or _everywhere(scripts.subs[0]), span=parser.span(start))


def _everywhere(below: tuple[Token, ...]) -> bool:
    """Whether the real line stands below the sign."""
    return any(x.font == "bb" and x.key == "R" for x in below) and len(below) == 1


def _differential(parser: Parser) -> tuple[int, int, str] | None:
    """(where dx stands, the place behind it, x) of the first one outside inner brackets."""
    depth = 0
    for place in range(parser.at, len(parser.tokens)):
        token, following = parser.tokens[place], parser.tokens[min(place + 1, len(parser.tokens) - 1)]
        if token.kind == STOP:
            return None
        if token.kind == OPERATOR:
            depth += (token.key in OPENING) - (token.key in CLOSING)
            if depth < 0:
                return None
        if depth or token.kind != WORD or token.key[0] != "d" or token.accents:
            continue
        if token.key == "d" and following.kind == WORD:
            name = following if len(following.key) == 1 or following.upright or not parser.latex else cut(following, 1)[0]
            if name is not following:
                parser.tokens[place + 1:place + 2] = [name, cut(following, 1)[1]]
            return place, place + 2, name.key
        if len(token.key) == 2 and not parser.context.starting(token.key):
            return place, place + 1, token.key[1]
    return None
