"""How a book looks: its title page, the language of the fixed words, the style, and what of it is shown to whom."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from ..errors import DeclarationError

ANSWERS = ("inline", "end", "none")
COLUMNS = (1, 2)
# A fixed word stands alone between marks: a heading, a reason, a cell, a button.
_BEFORE, _BEHIND = r"(?<=[{>&}\n])(\s*)", r"(?=\s*(?:[}<&]|\n|\\\\|\s\d+(?:\.\d+)*\w*[<}]|(?<=Misprint): ))"


# A reason, or a heading, or sentences on a line for themselves; mathematics and a count are $ in the files of words.
_REASON = re.compile(r'(?m)^(\\chainline\{.*\}\{)(.*)(\})$|(<div class="why">)(.*?)(</div>)'
                     r"|^()([A-Z].*)()$|(<p>)(.*?)(</p>)"
                     r"|^(\\(?:paragraph|heading)\{)(.*)(\})$")
_COUNTEREXAMPLE = re.compile(r"(?:\\textbf\{|<strong>)Counterexample\.[^\n]*")
# "height and width $...$; parameters $...$", behind the layers.
_WORKING = re.compile(r"(?m)^\\item .*$|<li>.*?</li>")
_OF_WORKING = re.compile(r"(?<=[:;] )([a-z ]+?)(?= (?:\$|<math))")
_OF_COUNTEREXAMPLES = re.compile(r"(?<![\\\w])(for|left|right|at entry)(?!\w)(?![^<]*>)")
_DERIVATIVE = re.compile(r"^derivative of(?= \w+$)")
_CODE = re.compile(r"\[U\+([0-9A-F]{4,6})\]")
_MATHEMATICS = re.compile(r"\$[^$]*\$|<math.*?</math>|(?<=Part )\d+")
_SENTENCES = re.compile(r"(?<=[.:])(\s+)(?=[A-Z$])")
_SUPPOSED = re.compile(r"Here (.+)\.")
_LED = re.compile(r"<strong>(.*)</strong>(\s*)")


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
        return "\n".join((r"\usepackage{fontspec}", r"\usepackage[english]{babel}",
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
        """A text with its fixed words in the language of the book."""
        words = dict(fixed_words(self.language)) | self.words
        changed = {word: other for word, other in words.items() if word != other}
        if not changed:
            return text
        text = _COUNTEREXAMPLE.sub(lambda m: _OF_COUNTEREXAMPLES.sub(lambda word: words[word[1]], m[0]), text)
        text = _WORKING.sub(lambda m: _OF_WORKING.sub(lambda word: words.get(word[1], word[1]), m[0]), text)
        choice = "|".join(sorted(map(re.escape, changed), key=len, reverse=True))
        text = _REASON.sub(lambda match: _reason(match, words), text)
        return re.sub(rf"{_BEFORE}({choice}){_BEHIND}", lambda m: m[1] + changed[m[2]], text)

    @property
    def script(self) -> Script | None:
        """The script of the language, where not every TeX has its letters."""
        told = _told(self.language).get("script")
        return None if told is None else Script(**told)

    def word(self, word: str) -> str:
        """One fixed word in the language of the book."""
        return self.words.get(word, fixed_words(self.language).get(word, word))

    def counted(self, number: int, word: str) -> str:
        """A number of statements of a kind, in the language of the book: those of some languages agree in number."""
        several = _told(self.language).get("several", {}) if number != 1 else {}
        return f"{number} {several.get(word, self.word(word))}"


def _reason(match: re.Match[str], words: dict[str, str]) -> str:
    """A reason whose parts have words in the language, in these; another one as it is."""
    before, told, behind = (part for part in match.groups() if part is not None)
    formulas = iter(found := _MATHEMATICS.findall(told))
    plain = _MATHEMATICS.sub("$", told)
    if plain.count("$") != len(found):
        return match[0]  # a line of a person's text, whose formula goes on below
    if not (match[1] or match[4]):
        said = _sentences(plain, words)
        if said is None:
            return match[0]  # a sentence that is not one of ours
    else:
        parts = [plain] if plain in words else plain.split(", ")
        said = ", ".join(words.get(part) or _DERIVATIVE.sub(lambda m: words.get(m[0], m[0]), part) for part in parts)
    return before + re.sub(r"\$", lambda _: next(formulas), said) + behind


def _sentences(plain: str, words: dict[str, str]) -> str | None:
    """Sentences of ours, or a heading and what stands behind it, in these words; None where one is another's."""
    if led := _LED.match(plain):
        heading, rest = _sentences(re.sub("</?strong>", "", led[1]), words), plain[led.end():]
        behind = _sentences(rest, words) if rest else ""
        if heading is None or behind is None:
            return None
        return f"<strong>{heading.replace('$', '</strong>$<strong>')}</strong>{led[2]}{behind}"
    pieces = [plain] if plain in words else _SENTENCES.split(plain)
    told = [piece if k % 2 else _sentence(piece, words) for k, piece in enumerate(pieces)]
    return None if None in told else "".join(map(str, told))


def _sentence(plain: str, words: dict[str, str]) -> str | None:
    """A sentence of ours in these words, what it supposes one by one; None for another."""
    if plain in words or not (supposed := _SUPPOSED.fullmatch(plain)):
        return words.get(plain)
    parts = [part if part == "$" else words.get(part) for part in supposed[1].split(", ")]
    return None if None in parts else words["Here $."].replace("$", ", ".join(map(str, parts)))


def languages() -> list[str]:
    """The languages for which there is a file of fixed words."""
    folder = resources.files(__package__).joinpath("languages")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@lru_cache(maxsize=100)
def fixed_words(language: str) -> dict[str, str]:
    """The fixed words of a language, by those of English.  Raises DeclarationError for a language without a file."""
    return dict(_told(language)["words"])


@lru_cache(maxsize=100)
def _told(language: str) -> dict[str, Any]:
    """What the file of a language says.  Raises DeclarationError for a language without a file."""
    if language not in languages():
        raise DeclarationError(f"there are no fixed words in {language!r}", hint="one of " + ", ".join(languages()))
    return tomllib.loads(resources.files(__package__).joinpath("languages", f"{language}.toml").read_text(encoding="utf-8"))


def asset(name: str) -> str:
    """A style, a script or a preamble that stands in a file of its own."""
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
