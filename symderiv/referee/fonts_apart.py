"""Letters that mean different things in different fonts of one text, as the loss L beside the Lagrangian 𝓛."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..errors import SymderivError
from ..reader.declare.told import Told
from ..reader.syntax.tokens import WORD, Macro, SourceText, Token, tokenize
from .text_rows import Written

# Blackboard letters are sets and expectations, and the N of a normal law is none of anything else.
_FONTS = frozenset(["bold", "cal", "frak", "sf"])
_LAWS = frozenset(["N", "O", "U"])
_CHANGES = frozenset(["partial", "d"])
_OF_NUMBERS = frozenset(["positive", "nonnegative"])


@dataclass
class _Letter:
    """What a text does with a letter in one font: the names that it is called at, or differentiated by; the shapes told;
    the fonts of the letter that an equation says what it is by."""

    called: set[str] = field(default_factory=set)
    varied: set[str] = field(default_factory=set)
    shapes: set[tuple[str, ...]] = field(default_factory=set)
    ranks: set[int] = field(default_factory=set)
    made_of: set[str] = field(default_factory=set)


def fonts_apart(text: Written, said: Iterable[Told], known: Iterable[str]) -> dict[str, Macro]:
    """The letters whose font tells them apart, as entries among the macros of a text; ``known`` letters are declared."""
    letters: dict[tuple[str, str], _Letter] = {}
    for each in text.page.stretches if text.page is not None else ():
        try:
            tokens = tokenize(SourceText(text.source.text[each.start:each.end]), 0, None, text.macros)
        except SymderivError:
            continue
        for token in tokens:
            if token.kind == WORD:
                letters.setdefault((token.key, token.font), _Letter())
        for letter, font in _made_of(tokens):
            letters[letter.key, letter.font].made_of.add(font)
        for letter, argument in _calls(tokens):
            letters.setdefault((letter.key, letter.font), _Letter()).called.add(argument)
        for letter, variable in _derivatives(tokens):
            letters.setdefault((letter.key, letter.font), _Letter()).varied.add(variable)
    if not any(font in _FONTS for _, font in letters):
        return {}
    for told in said:
        place = told.pattern.base[0], told.pattern.font
        rank = 0 if told.rank is None and told.properties & _OF_NUMBERS else told.rank
        if len(told.pattern.base) == 1 and place in letters and rank is not None and not told.pattern.subs:
            letters[place].ranks.add(rank)
            letters[place].shapes.add(told.sizes)
    fonts: dict[str, list[str]] = {}
    for key, font in letters:
        fonts.setdefault(key, []).append(font)
    return {f"{font} {key}": Macro(0, key) for key, several in fonts.items() if key not in {*known, *_LAWS}
            for font in several if font in _FONTS and any(
                _differ(letters[key, font], letters[key, other]) or other in letters[key, font].made_of
                or font in letters[key, other].made_of for other in several if other != font)}


def _differ(one: _Letter, other: _Letter) -> bool:
    """Whether a letter is told to be two things, or is a function of this in one font, and of that in the other."""
    if one.ranks and other.ranks and (not one.ranks & other.ranks or not one.shapes & other.shapes):
        return True
    return any(a.called and (b.called or b.varied) and not a.called & (b.called | b.varied)
               for a, b in ((one, other), (other, one)))


def _made_of(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """The letter that an equation is about, with its fonts on the right side: 𝓛 = L + λ, but not x = (x_1, x_2)."""
    at = next((k for k, x in enumerate(tokens) if x.key in ("=", ":=")), len(tokens))
    for letter, behind in zip(tokens[at + 1:], tokens[at + 2:], strict=False):
        if letter.key == tokens[0].key and letter.kind == WORD and letter.font != tokens[0].font and behind.key != "_":
            yield tokens[0], letter.font


def _calls(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Letters with what stands alone in brackets behind them."""
    for letter, opening, argument, closing in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if letter.kind == argument.kind == WORD and opening.key == "(" and closing.key in (")", ",", ";"):
            yield letter, argument.key


def _derivatives(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Letters with what they are differentiated by."""
    for at, token in enumerate(tokens):
        after = [x for x in tokens[at + 1:at + 12] if x.key not in ("{", "}")]
        if token.key == "nabla" and len(after) > 2 and after[0].key == "_" and after[1].kind == after[2].kind == WORD:
            yield after[2], after[1].key
        elif token.key == "frac" and len(after) > 3 and after[0].key == after[2].key and after[0].key in _CHANGES:
            yield after[1], after[3].key
