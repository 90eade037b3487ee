"""Statements of declarations, and the names on their left sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...errors import DeclarationError, SymderivError
from ..syntax.grammar import RELATIONS, operator_key
from ..syntax.names import CLOSING, OPENING, matching, read_scripts, split_items
from ..syntax.tokens import NUMBER, OPERATOR, STOP, WORD, SourceText, Token, tokenize
from .context import Pattern
from .described import PROPERTY


@dataclass(frozen=True)
class DeclarationStatement:
    """One statement, as a stretch of the source."""

    source: SourceText
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start:self.end]

    def error(self, message: str, hint: str | None = None, at: int | None = None) -> DeclarationError:
        """A DeclarationError with its place."""
        place = self.start if at is None else at
        line, column = self.source.place(place)
        return DeclarationError(f"line {line}, column {column}: {message}", where=self.text.strip(), hint=hint)

    def tokens(self, start: int | None = None, end: int | None = None) -> list[Token]:
        return tokenize(self.source, self.start if start is None else start, self.end if end is None else end)


def split(source: SourceText) -> Iterator[DeclarationStatement]:
    """Statements: lines, cut at semicolons outside brackets, without comments and blanks."""
    text, start, depth = source.text, 0, 0
    position = 0
    while position <= len(text):
        c = text[position] if position < len(text) else "\n"
        escaped = position > 0 and text[position - 1] == "\\"
        if c in "([{" and not escaped:
            depth += 1
        elif c in ")]}" and not escaped:
            depth = max(0, depth - 1)
        cut = depth == 0 and not escaped and (c == ";" or (c == "," and _another(text, start, position)))
        if c == "\n" or cut or (c == "%" and not escaped):
            left, right = start, position
            while left < right and text[left].isspace():
                left += 1
            while right > left and text[right - 1].isspace():
                right -= 1
            if left < right:
                yield DeclarationStatement(source, left, right)
            if c == "%":
                stop = text.find("\n", position)
                position = len(text) if stop < 0 else stop
            start = position + 1
            depth = 0
        position += 1


# A declaration that is longer ends with its line, or at a semicolon.
LONGEST_SAID = 300
_NAMED = re.compile(r",\s*[\\\w^{}']+\s*:(?![:=])")


def _another(text: str, start: int, comma: int) -> bool:
    """Whether a declaration begins behind a comma: ``X: m n, y: m``, where no other comma could be the one meant."""
    if comma - start > LONGEST_SAID or not _NAMED.match(text, comma):
        return False
    _, colon, said = text[start:comma].partition(":")
    outside = re.sub(r"[(\[{][^()\[\]{}]*[)\]}]", "", said)
    return bool(colon) and all(PROPERTY.fullmatch(part.strip()) for part in outside.split(",")[1:])


def top_level(statement: DeclarationStatement) -> tuple[int | None, int | None]:
    """Offsets of the colon of a declaration, and of the first relation sign, outside brackets; None where there is none."""
    depth = 0
    tokens = statement.tokens()
    if [x.key for x in tokens[:2]] == [":", ":"]:
        return tokens[1].start, None
    for token in tokens:
        if token.kind != OPERATOR:
            continue
        if token.key in OPENING:
            depth += 1
        elif token.key in CLOSING:
            depth -= 1
        elif depth == 0 and token.key == ":":
            return token.start, None
        elif depth == 0 and token.key in RELATIONS:
            return None, token.start
    return None, None


def token_head(left: Sequence[Token]) -> bool:
    """P(O=w|C=c): a name made of several signs."""
    close = matching(left, 1) if len(left) > 2 and left[1].key == "(" else None
    return close == len(left) - 1 and all(x.kind in (WORD, NUMBER, OPERATOR) for x in left)


def head(tokens: Sequence[Token]) -> Pattern | None:
    """The pattern of a name with its scripts; None if the tokens are something else."""
    if not tokens:
        return None
    first = 0
    while first < len(tokens) and tokens[first].kind in (WORD, NUMBER):
        first += 1
    if first == 0 or tokens[0].kind == NUMBER:
        return None
    base = tuple(x.key for x in tokens[:first])
    source = SourceText("")
    ended = [*tokens, Token(STOP, STOP, tokens[-1].end, tokens[-1].end)]
    # Unbraced scripts are whole words here: W_1, h_t, v_max.
    try:
        scripts = read_scripts(ended, first, source, False)[0]
    except SymderivError:
        return None
    if scripts.next != len(tokens):
        return None
    return Pattern(base, tuple(tuple(x.key for x in item) for item in scripts.subs), tuple(x.key for x in scripts.sup),
                   scripts.primes, tokens[0].font)


def called_head(tokens: Sequence[Token]) -> tuple[Pattern, tuple[Pattern, ...]] | None:
    """f(x, y): the name and its parameters."""
    if len(tokens) < 3 or tokens[-1].key != ")":
        return None
    open_ = next((n for n, x in enumerate(tokens) if x.key == "(" and matching(tokens, n) == len(tokens) - 1), None)
    if not open_:
        return None
    pattern = head(tokens[:open_])
    if pattern is None:
        return None
    parameters = []
    items = (part for semi in split_items(tokens[open_ + 1:-1], ";") for piece in split_items(semi)
             for bars in split_items(piece, "||") for part in split_items(bars, "|"))
    for item in items:
        parameter = head(item)
        if parameter is None:
            return None
        parameters.append(parameter)
    return pattern, tuple(parameters)


def entry_head(tokens: Sequence[Token]) -> tuple[Pattern, tuple[Pattern, ...], tuple[str, ...]] | None:
    """f(x)[i, j]: the name, its parameters and the letters of its entries."""
    if len(tokens) < 5 or tokens[-1].key != "]":
        return None
    open_ = next((n for n, x in enumerate(tokens) if x.key == "[" and matching(tokens, n) == len(tokens) - 1), None)
    called = called_head(tokens[:open_]) if open_ else None
    items = split_items(tokens[open_ + 1:-1]) if open_ else ()
    if called is None or not all(len(item) == 1 and item[0].kind == WORD for item in items):
        return None
    return (*called, tuple(item[0].key for item in items))


def operator_sign(left: Sequence[Token]) -> str | None:
    """The spelling of an operator sign, with its scripts; None where names stand."""
    keys = [x.key for x in left]
    if keys == ["(", ":", ")"]:
        return ":"
    if keys and keys[0] in ("|", "||") and keys[-1] == keys[0]:
        return keys[0]
    if left[0].kind != OPERATOR or left[0].key in OPENING:
        return None
    if len(left) == 1:
        return left[0].key
    ended = [*left, Token(STOP, STOP, left[-1].end, left[-1].end)]
    scripts = read_scripts(ended, 1, SourceText(""), False)[0]
    return operator_key(left[0], scripts) if scripts.next == len(left) else None
