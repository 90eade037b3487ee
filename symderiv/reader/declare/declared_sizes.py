"""Sizes as they are declared: names, numbers, ranges and what is computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import sympy
from sympy import Expr, Integer, floor

from ...arrays.named_sizes import Size
from ...arrays.operator import shape_of
from ...arrays.sizes import as_size
from ...bounds import decimal
from ...errors import DeclarationError
from ..meaning.oriented import power_of
from ..syntax import tree as t
from ..syntax.grammar import Parser
from ..syntax.names import CLOSING, OPENING, matching, read_scripts
from ..syntax.tokens import NUMBER, OPERATOR, STOP, STRUCTURE, WORD, SourceText, Token, tokenize
from .context import DeclaredNames, Definition, Quantity
from .statements import DeclarationStatement, head

# Signs between sizes, or between the parts of one.
BETWEEN = ("+", "-", "*", "/", "^", "times", "cdot", ",", "..")


def axes(context: DeclaredNames, statement: DeclarationStatement, start: int, end: int) -> tuple[tuple[Expr, ...],
                                                                                                 tuple[int | None, ...]]:
    """Sizes separated by blanks, each a number, a name or a bracket; or one size that is a sum or product."""
    tokens = tokenize(statement.source, start, end)[:-1]
    hyphens = {place + step for place, token in enumerate(tokens) if token.key == "by" for step in (-1, 1)}
    tokens = [token for place, token in enumerate(tokens) if token.key != "-" or place not in hyphens]
    parts = _between_signs(context, tokens)
    if tokens and tokens[0].key in ("(", "[") and matching(tokens, 0) == len(tokens) - 1:
        # (m, n) as NumPy writes a shape
        inner = _between_signs(context, tokens[1:-1])
        parts = inner if inner[1:] else parts
    pairs = [pair for part in parts for pair in _beside(context, part, statement, end)]
    if not pairs:
        raise statement.error("a size is missing", "name: m n")
    return tuple(length for length, _ in pairs), tuple(origin for _, origin in pairs)


def _beside(context: DeclaredNames, tokens: list[Token], statement: DeclarationStatement, end: int) \
        -> list[tuple[Expr, int | None]]:
    """Sizes that only blanks separate; or one that is computed."""
    units, joined = _units(tokens, statement, end)
    if not joined:
        return [_axis(context, statement, unit) for unit in units]
    between, ranges = _adjacent(tokens, statement), sum(x.key == ".." for x in tokens)
    if ranges == 1 and between is None:
        return [_axis(context, statement, tuple(tokens))]
    if ranges:
        raise statement.error("a computed end of a range stands in brackets", "y: 0..(W - 1)")
    if between is not None:
        raise statement.error("a computed size among several stands in brackets", "y: C (H - k + 1)", between)
    return [(size(context, statement, tuple(tokens)), None)]


def _between_signs(context: DeclaredNames, tokens: Sequence[Token]) -> list[list[Token]]:
    """What stands between commas, signs × and their words: m x n, where no size is called x, and m by n."""
    words = {"by"} | {"x", "X"} - set(context.sizes)
    parts: list[list[Token]] = [[]]
    depth = 0
    for place, token in enumerate(tokens):
        if token.kind == OPERATOR:
            depth += (token.key in OPENING) - (token.key in CLOSING)
        before, behind = tokens[place - 1] if parts[-1] else None, tokens[place + 1] if place + 1 < len(tokens) else None
        if before is None or behind is None or depth:
            parts[-1].append(token)
        else:
            word = token.kind == WORD and token.key in words and before.key not in BETWEEN and behind.key not in BETWEEN \
                and before.end < token.start and token.end < behind.start
            if word or (token.kind == OPERATOR and token.key in ("times", ",")):
                parts.append([])
            else:
                parts[-1].append(token)
    return [part for part in parts if part]


def _units(tokens: list[Token], statement: DeclarationStatement, end: int) -> tuple[list[tuple[Token, ...]], bool]:
    """The tokens of each size, and whether signs join them to one."""
    units: list[tuple[Token, ...]] = []
    joined = False
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.kind == OPERATOR and token.key in BETWEEN:
            joined = joined or token.key not in ("times", ",", "..")
            if token.key == "..":
                units[-1:] = [(*units[-1], token)] if units else []
            position += 1
            continue
        joined = joined or (token.kind in (OPERATOR, STRUCTURE) and token.key in ("lfloor", "frac"))
        stop = _unit_end(tokens, position, statement, end)
        piece = tuple(tokens[position:stop])
        if units and units[-1] and units[-1][-1].key == "..":
            units[-1] = (*units[-1], *piece)
        else:
            units.append(piece)
        position = stop
    return units, joined


def _unit_end(tokens: list[Token], position: int, statement: DeclarationStatement, end: int) -> int:
    """Where a size ends that begins at a token.  Raises DeclarationError for what begins none."""
    token = tokens[position]
    if token.key in ("(", "{") and token.kind == OPERATOR:
        close = matching(tokens, position)
        if close is None:
            raise statement.error("this bracket is not closed", at=token.start)
        return close + 1
    if token.kind == WORD:
        return read_scripts([*tokens, Token(STOP, STOP, end, end)], position + 1, statement.source, False)[0].next
    if token.kind == NUMBER or (token.kind in (OPERATOR, STRUCTURE) and token.key in ("lfloor", "frac")):
        return position + 1
    raise statement.error(f"{statement.source.text[token.start:token.end]!r} is not a size",
                          "declarations are separated by ;" if token.key == ":" else "name: m n", token.start)


def _axis(context: DeclaredNames, statement: DeclarationStatement, unit: tuple[Token, ...]) -> tuple[Expr, int | None]:
    """The length of an axis, and where a range low..high that it is declared by begins."""
    dots = next((n for n, x in enumerate(unit) if x.key == ".."), None)
    if dots is None:
        return size(context, statement, unit), None
    low, high = (_size_expr(context, statement, part) for part in (unit[:dots], unit[dots + 1:]))
    if not low.is_Integer:
        raise statement.error(f"the range {low}..{high} must start at a number", "x: 0..n", unit[0].start)
    return as_size((high - low + 1).expand()), int(low)


def _adjacent(tokens: Sequence[Token], statement: DeclarationStatement) -> int | None:
    """Where two sizes stand side by side in something computed."""
    depth = 0
    for a, b in pairwise(tokens):
        depth += (a.key in OPENING and a.kind == OPERATOR) - (a.key in CLOSING and a.kind == OPERATOR)
        ends = a.kind in (NUMBER, WORD) or a.key in CLOSING
        starts = b.kind in (NUMBER, WORD) or b.key in ("(",)
        if depth == 0 and ends and starts and a.end < b.start:
            return b.start
    return None


def size(context: DeclaredNames, statement: DeclarationStatement, tokens: Sequence[Token]) -> Expr:
    """A size; names in it become sizes."""
    try:
        return as_size(_size_expr(context, statement, tokens)).expand()
    except DeclarationError as error:
        if error.message.startswith("line "):
            raise
        raise statement.error(error.message, error.hint, tokens[0].start) from None


def _size_expr(context: DeclaredNames, statement: DeclarationStatement, tokens: Sequence[Token]) -> Expr:
    if not tokens:
        raise statement.error("a size is missing")
    ended = [*tokens, Token(STOP, STOP, tokens[-1].end, tokens[-1].end)]
    parser = Parser(context, statement.source, ended, latex=False, lenient=True)
    return size_of(context, statement, parser.whole(parser.expression))


def size_of(context: DeclaredNames, statement: DeclarationStatement, tree: t.Tree) -> Expr:
    def inner(node: t.Tree) -> Expr:
        return size_of(context, statement, node)

    if isinstance(tree, t.Number):
        if tree.text == "e":
            return size_symbol(context, tree.text)  # where a size stands, the letter is a name
        if not tree.text.isdecimal():
            raise statement.error(f"{tree.text} is not a size", "sizes are whole numbers", tree.span[0])
        return Integer(decimal(tree.text).numerator)
    if isinstance(tree, t.Unknown | t.Name | t.Letter):
        return _named_size(context, statement, tree)
    if isinstance(tree, t.Terms):
        return sympy.Add(*(sign * inner(term) for term, sign in zip(tree.terms, tree.signs, strict=True)))
    if isinstance(tree, t.Factors):
        result = inner(tree.factors[0])
        for joint, factor in zip(tree.joints, tree.factors[1:], strict=True):
            result = result / inner(factor) if joint == "/" else result * inner(factor)
        return result
    if isinstance(tree, t.Fraction):
        return inner(tree.top) / inner(tree.bottom)
    if isinstance(tree, t.Power):
        return power_of(inner(tree.base), inner(tree.exponent))
    if isinstance(tree, t.Bracket):
        return inner(tree.body)
    if isinstance(tree, t.Round):
        return (sympy.ceiling if tree.up else floor)(inner(tree.body))
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function) \
            and tree.function.name in ("floor", "ceil", "ceiling"):
        return (floor if tree.function.name == "floor" else sympy.ceiling)(inner(tree.arguments[0]))
    raise statement.error(f"{statement.source.text[tree.span[0]:tree.span[1]]!r} is not a size", at=tree.span[0])


def _named_size(context: DeclaredNames, statement: DeclarationStatement, tree: t.Unknown | t.Name | t.Letter) -> Expr:
    """The whole number that a name is declared as, or defined by; else the size of that name."""
    for record in context.by_name(tree.name) if isinstance(tree, t.Name) else ():
        if isinstance(record, Quantity) and not shape_of(record.value) and record.value.is_integer:
            return record.value
        if isinstance(record, Definition):
            return size_of(context, statement, record.tree)
    pattern = head(tokenize(SourceText(tree.name))[:-1])
    return size_symbol(context, pattern.text if pattern is not None else tree.name)


def size_symbol(context: DeclaredNames, name: str) -> Expr:
    """The size of a name: a symbol, or the number that it is read at."""
    if name in context.numbers:
        context.sizes[name] = Integer(context.numbers[name])
    if name not in context.sizes:
        context.sizes[name] = Size(name)
    return context.sizes[name]
