"""Expressions of numbers and scalar names, as they stand in sentences or formulas, and their values.

A small reader of its own: what it does not know it does not read, and then nothing is said of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

Number = Fraction | float

_SPELLINGS = ((r"(?<=\d)(?:\{,\}|\\,)\s?(?=\d{3}(?!\d))", ""), (r"(\d+(?:\.\d+)?)\s*\\?%", r"(\1/100)"),
              (r"\^\s*\{\s*(\d+)\s*\}(?!\d)", r"^\1"),
              (r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1"),
              (r"\\(?:left|right|displaystyle|,|;|!|quad)(?![A-Za-z])", " "),
              (r"\\(?:mathbf|boldsymbol|mathrm)\s*\{(\w+)\}", r"\1"),
              (r"\\\*|\\times(?![A-Za-z])|\\cdot(?![A-Za-z])|×|·", "*"),
              (r"−|–", "-"), (r"(?<=\d),\s?(?=\d{3}(?!\d))", ""), (r"(?<=\d)\s*[xX]\s*(?=\d)", "*"))
_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|\\[A-Za-z]+|[A-Za-z]|[-+*/^_(){}\[\]])")
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "\\tanh": math.tanh, "\\exp": math.exp, "\\log": math.log, "\\ln": math.log, "\\sqrt": math.sqrt, "\\sin": math.sin,
    "\\cos": math.cos, "\\sigma": lambda x: 1 / (1 + math.exp(-x))}


def spelled(text: str) -> str:
    """A text with one sign for a product, without separators of thousands and without what only serves the eye."""
    for pattern, plain in _SPELLINGS:
        text = re.sub(pattern, plain, text)
    return text


def value(text: str, names: Mapping[str, Number] | None = None) -> Number | None:
    """The value of an expression at values of its names; None for one that is not read, or has none."""
    reader = _Reader(_tokens(spelled(text)), names or {})
    try:
        found = reader.sum()
        return found if reader.at == len(reader.tokens) else None
    except (_Unread, ZeroDivisionError, ValueError, OverflowError):
        return None


def names_in(text: str) -> set[str]:
    """The names in an expression, with what stands below and above them."""
    reader = _Reader(_tokens(spelled(text)), None)
    try:
        reader.sum()
    except (_Unread, ZeroDivisionError, ValueError, OverflowError):
        return set()
    return reader.seen


class _Unread(Exception):
    """Something that this reader does not know."""


def _tokens(text: str) -> list[str]:
    tokens, position, text = [], 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return ["?"]
        tokens.append(match[1])
        position = match.end()
    return tokens or ["?"]


class _Reader:
    def __init__(self, tokens: list[str], names: Mapping[str, Number] | None) -> None:
        self.tokens, self.names, self.at = tokens, names, 0
        self.seen: set[str] = set()

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise _Unread
        self.at += 1
        return token

    def sum(self) -> Number:
        total = self.product()
        while self.peek() in ("+", "-"):
            total = total + self.product() if self.take() == "+" else total - self.product()
        return total

    def product(self) -> Number:
        if self.peek() == "-":
            self.take()
            return -self.product()
        result = self.power()
        while (token := self.peek()) and token not in ("+", "-", ")", "}", "]", "\\rfloor", "^", "_"):
            if token in ("*", "/"):
                self.take()
            factor = -self.power() if self.peek() == "-" and self.take() else self.power()
            result = result / factor if token == "/" else result * factor
        return result

    def power(self) -> Number:
        if self.peek() == "e" and self.tokens[self.at + 1:self.at + 2] == ["^"]:
            self.at += 2
            return math.exp(self.group())
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        exponent = self.group()
        whole = isinstance(exponent, Fraction) and exponent.denominator == 1 and abs(exponent) < 64
        return base ** int(exponent) if whole else float(base) ** float(exponent)

    def group(self) -> Number:
        """What stands in braces, or the next sign alone."""
        if self.peek() == "{":
            self.take()
            inner = self.sum()
            self.take("}")
            return inner
        return self.atom()

    def atom(self) -> Number:
        token = self.take()
        if token[0].isdecimal():
            return Fraction(token)
        for opening, closing in (("(", ")"), ("[", "]"), ("{", "}"), ("\\lfloor", "\\rfloor")):
            if token == opening:
                inner = self.sum()
                self.take(closing)
                return Fraction(math.floor(inner)) if opening == "\\lfloor" else inner
        if token in ("\\frac", "\\dfrac", "\\tfrac"):
            top = self.group()
            return top / self.group()
        if token in FUNCTIONS:
            if self.peek() not in ("(", "{"):
                raise _Unread
            return FUNCTIONS[token](float(self.atom()))
        if token.isalpha():
            return self.name(token)
        raise _Unread

    def name(self, token: str) -> Number:
        if self.peek() == "_":
            self.take()
            token += "_" + self.script()
        self.seen.add(token)
        if self.names is None:
            return Fraction(1)
        if token not in self.names:
            raise _Unread
        return self.names[token]

    def script(self) -> str:
        """What stands below a name, as text."""
        if self.peek() != "{":
            return self.take()
        depth, parts = 0, []
        while True:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token, 0)
            parts.append(token)
            if depth == 0:
                return "".join(parts[1:-1])
