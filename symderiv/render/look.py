"""How a book looks: its title page, the language of the fixed words, the style, and what of it is shown to whom."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from ..errors import DeclarationError
from .phrases import Phrases

ANSWERS = ("inline", "end", "none")
COLUMNS = (1, 2)
_CODE = re.compile(r"\[U\+([0-9A-F]{4,6})\]")


@dataclass(frozen=True)
class Script:
    """Letters that LuaTeX sets by a font of the system: their name in babel, the first and the last, fonts that have them,
    and the package of Debian with such fonts."""

    babel: str
    block: list[str]
    fonts: list[str]
    package: str

    def preamble(self, contents: str) -> str:
        """What LuaTeX needs to set them, by the first of the fonts that is installed."""
        chosen = r"\PackageError{fontspec}{no font with these letters is installed}{}"
        for font in reversed(self.fonts):
            families = "".join(rf"\babelfont[{self.babel}]{{{family}}}{{{font}}}" for family in ("rm", "sf", "tt"))
            chosen = rf"\IfFontExistsTF{{{font}}}{{{families}}}{{{chosen}}}"
        # Where there are no spaces, the room that a line has to give is little.
        return "\n".join((r"\usepackage{fontspec}", r"\tolerance=9999", r"\usepackage[english]{babel}",
                          rf"\babelprovide[import,onchar=ids fonts]{{{self.babel}}}", chosen,
                          rf"\addto\captionsenglish{{\renewcommand{{\contentsname}}{{{contents}}}}}"))

    def written(self, text: str) -> str:
        """A text in which these letters were shown by their codes, with the letters."""
        first, last = map(ord, self.block)
        return _CODE.sub(lambda m: chr(int(m[1], 16)) if first <= int(m[1], 16) <= last else m[0], text)


@dataclass(frozen=True)
class Look:
    """Title, author, course and language; document class, preamble and columns; where answers stand; who reads it.

    ``answers`` is "inline", "end" (behind all questions) or "none" (questions only); ``statuses`` says whether it is told
    how sure each claim is, ``points`` whether those of each question are told.  ``key_only`` names files of which no
    question is asked.  ``pages`` is how many the PDF may have at most, 0 for any number.
    """

    title: str = "Solution book"
    author: str = ""
    course: str = ""
    language: str = "en"
    documentclass: str = ""
    preamble: str = ""
    columns: int = 1
    answers: str = "inline"
    statuses: bool = True
    points: bool = False
    pages: int = 0
    key_only: str = ""
    words: dict[str, str] = field(default_factory=dict, compare=False)

    def said(self, text: str) -> str:
        """A text in LaTeX or HTML with its fixed words in the language of the book."""
        if self.language == "en" and not self.words:
            return text
        return _phrases(self.language, tuple(self.words.items())).of(text)

    @property
    def script(self) -> Script | None:
        """The script of the language, where not every TeX has its letters."""
        told = _told(self.language).get("script")
        return None if told is None else Script(**told)

    def word(self, word: str) -> str:
        """One fixed word in the language of the book."""
        return self.words.get(word, fixed_words(self.language).get(word, word))

    def mark(self, mark: str) -> str:
        """A mark of punctuation as the language of the book sets it."""
        return str(_told(self.language).get("marks", {}).get(mark, mark))

    def counted(self, number: int, word: str) -> str:
        """A number of statements of a kind, in the language of the book: those of some languages agree in number."""
        several = _told(self.language).get("several", {}) if number != 1 else {}
        return f"{number} {several.get(word, self.word(word))}"


def languages() -> list[str]:
    """The languages for which there is a file of fixed words."""
    folder = resources.files(__package__).joinpath("languages")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@lru_cache(maxsize=100)
def fixed_words(language: str) -> dict[str, str]:
    """The fixed words of a language, by those of English.  Raises DeclarationError for a language without a file."""
    return dict(_told(language)["words"])


def begun(language: str, text: str) -> str:
    """A file of a new folder, written in English, in a language.  Raises DeclarationError for one without a file."""
    for english, other in _told(language)["begun"].items():
        text = text.replace(english, other)
    return text


@lru_cache(maxsize=20)
def _phrases(language: str, own: tuple[tuple[str, str], ...]) -> Phrases:
    """The phrases of a language, some of them as a folder says."""
    told = _told(language)
    return Phrases(told["words"] | dict(own), told.get("several", {}), told.get("marks", {}))


@lru_cache(maxsize=100)
def _told(language: str) -> dict[str, Any]:
    """What the file of a language says.  Raises DeclarationError for a language without a file."""
    if language not in languages():
        raise DeclarationError(f"there are no fixed words in {language!r}", hint="one of " + ", ".join(languages()))
    return tomllib.loads(resources.files(__package__).joinpath("languages", f"{language}.toml").read_text(encoding="utf-8"))


def asset(name: str) -> str:
    """A style, a script or a preamble that stands in a file of its own."""
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
