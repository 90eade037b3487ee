"""Environments: matrices, cases, and those that only set lines."""

from __future__ import annotations

from collections.abc import Sequence

from ..syntax import tree as t
from ..syntax.grammar import CASES, COMPARISONS, CONNECTING, MATRICES, WRAPPERS, Parser
from ..syntax.names import OPENING
from ..syntax.notations import part
from ..syntax.tokens import BEGIN, END, OPERATOR, STOP, TEXT, WORD, Token


@part
def environment(parser: Parser) -> t.Tree:
    """A matrix, cases, or an environment that only sets lines."""
    opened = parser.take()
    start = parser.at - 1
    depth, stop = 1, parser.at
    while depth:
        token = parser.tokens[stop]
        if token.kind == STOP:
            raise parser.error(f"the environment {opened.key} is not closed", opened)
        depth += (token.kind == BEGIN) - (token.kind == END)
        stop += 1
    closing = parser.tokens[stop - 1]
    if closing.key != opened.key:
        raise parser.error(f"the environment {opened.key} is closed as {closing.key}", closing)
    inside = parser.tokens[parser.at:stop - 1]
    parser.at = stop
    span = parser.span(start)
    if opened.key in MATRICES and not (opened.key == "array" and _states_cases(inside)):
        rows = tuple(tuple(_cell(parser, cell, opened) for cell in _split(row, "align"))
                     for row in _split(inside, "newline") if row)
        if not rows:
            raise parser.error("this matrix is empty", opened)
        matrix = t.Matrix(rows, span=span)
        return t.Bars(matrix, span=span) if opened.key in ("vmatrix", "Vmatrix") else matrix
    if opened.key in CASES or opened.key in MATRICES:
        return _cases(parser, inside, opened, span)
    if opened.key in WRAPPERS:
        body = [x for x in inside if not (x.kind == OPERATOR and x.key == "align")]
        if any(x.kind == OPERATOR and x.key == "newline" for x in body):
            raise parser.error(f"several rows stand in {opened.key}", opened, hint="give the rows one by one")
        return parser.inside(body, Parser.relation)
    raise parser.error(f"the environment {opened.key} is not known", opened)


def _states_cases(inside: Sequence[Token]) -> bool:
    """Whether every row of an array is a value with its condition."""
    rows = [_split(row, "align") for row in _split(inside, "newline") if row]
    return bool(rows) and all(len(row) == 2 and any(
        x.kind == TEXT or x.key in (COMPARISONS if x.kind == OPERATOR else CONNECTING if x.upright else ())
        for x in row[1]) for row in rows)


def _split(tokens: Sequence[Token], sign: str) -> list[tuple[Token, ...]]:
    """Tokens cut at a sign outside brackets and inner environments."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind == BEGIN) - (token.kind == END)
        if token.kind == OPERATOR and token.key in OPENING:
            depth += 1
        elif token.kind == OPERATOR and token.key in OPENING.values():
            depth -= 1
        if token.kind == OPERATOR and token.key == sign and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return [tuple(item) for item in items]


def _cell(parser: Parser, cell: Sequence[Token], opened: Token) -> t.Tree:
    if not cell:
        # A blank among dots stands for what the dots say.
        return t.Dots(span=(opened.start, opened.end))
    if len(cell) == 1 and cell[0].key in ("dots", ".."):
        return t.Dots(span=(cell[0].start, cell[0].end))
    return parser.inside(cell)


def _cases(parser: Parser, inside: Sequence[Token], opened: Token, span: t.Span) -> t.Tree:
    branches: list[tuple[t.Tree, t.Tree | None]] = []
    for row in _split(inside, "newline"):
        if not row:
            continue
        value, *rest = _split(row, "align")
        said = [x for part in rest for x in part]
        shown, more = _before_condition(value)
        said = [*more, *said]
        while shown and shown[-1].kind == OPERATOR and shown[-1].key in (",", ";"):
            shown = shown[:-1]
        tree = parser.inside(shown, Parser.relation)
        condition = [x for x in said if not (x.kind == TEXT or (x.kind == WORD and parser.is_word_sign(x)))]
        while condition and condition[-1].kind == OPERATOR and condition[-1].key in (",", ".", ";"):
            condition.pop()
        while condition and condition[0].kind == OPERATOR and condition[0].key in (",", ";"):
            condition.pop(0)
        if not condition:
            branches.append((tree, None))
            continue
        branches.append((tree, parser.inside(condition, Parser.condition, indexed=True)))
    if not branches:
        raise parser.error("these cases are empty", opened)
    return t.Cases(tuple(branches), span=span)


def _before_condition(value: Sequence[Token]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """A row without an alignment mark: the value up to the word if."""
    for position, token in enumerate(value):
        if token.kind == TEXT or (token.kind == WORD and token.upright and token.key in ("if", "otherwise", "for", "when")):
            return tuple(value[:position]), tuple(value[position:])
    return tuple(value), ()
