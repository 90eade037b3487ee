"""What notations tell the grammar: signs between factors, and rules for parts of a text.

The grammar knows no notation; those of ``reader/notation/`` put themselves in here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .spellings import OPERATORS, UNICODE_OPERATORS


@dataclass(frozen=True)
class InfixSign:
    """A sign between two factors.

    key         its canonical spelling, as trees and declarations hold it.
    meaning     what it means unless it is declared: a word of ``meaning/juxtaposition.py``, or a function of two
                expressions; nothing for a sign that has to be declared.
    commands    the LaTeX commands, and ``characters`` the characters, that are read as it.
    latex       how it is written; default the command of its name, or itself.
    plain       whether it belongs to the plain language of a keyboard.
    slips       signs that people write where they mean this one.
    """

    key: str
    meaning: str | Callable[[Any, Any], Any] = ""
    commands: tuple[str, ...] = ()
    characters: str = ""
    latex: str | None = None
    plain: bool = False
    slips: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The sign in LaTeX."""
        return self.latex if self.latex is not None else "\\" + self.key if self.key.isalpha() else self.key

    @property
    def linear(self) -> bool:
        """Whether it is a product of linear algebra."""
        return self.meaning in ("product", "dot", "numpy")

    @property
    def elementwise(self) -> bool:
        """Whether it is a product or quotient entry by entry, which binds less tightly than juxtaposition."""
        return self.meaning in ("elementwise", "elementwise_divide")


INFIX: dict[str, InfixSign] = {}
"""Every sign by its canonical spelling; the empty one stands where factors are written side by side."""


def infix(*signs: InfixSign) -> None:
    """Add signs: the tokenizer, the grammar, meanings, writing and repairs know them from then on."""
    for sign in signs:
        INFIX[sign.key] = sign
        OPERATORS.update(dict.fromkeys(sign.commands, sign.key))
        UNICODE_OPERATORS.update(dict.fromkeys(sign.characters, sign.key))


def is_linear(joint: str) -> bool:
    """Whether a sign is a product of linear algebra."""
    return joint in INFIX and INFIX[joint].linear


def is_elementwise(joint: str) -> bool:
    """Whether a sign is a product or quotient entry by entry."""
    return joint in INFIX and INFIX[joint].elementwise


PARTS: dict[str, Callable[..., Any]] = {}
"""The rules for parts of a text, by the names under which the grammar calls them."""

Rule = TypeVar("Rule", bound=Callable[..., Any])


def part(rule: Rule) -> Rule:
    """Decorator: the rule that reads a part of a text, under its own name."""
    PARTS[rule.__name__] = rule
    return rule
