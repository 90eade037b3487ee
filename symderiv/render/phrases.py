"""The fixed phrases of a rendered text in another language: what stands between marks and formulas, and is all ours.

A file of words says ``$`` for a formula, ``#`` for a number or sizes, ``%`` for a name and ``…`` for whatever stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

# What a phrase may stand around, in HTML and in LaTeX: mathematics, code, what is quoted, a reference.
_ATOM = (r"(?:</strong>)?<math\b.*?</math>(?:<strong>)?|<(?P<tag>code|em|style|script|pre|svg)\b.*?</(?P=tag)>"
         r'|<a class="ref".*?</a>|(?<!\\)\$[^$]*\$'
         r"|\\(?:math[a-z]+|operatorname\*?|itemref|texttt|emph)\{(?:[^{}]|\{[^{}]*\})*\}")
_MARK = r"\\(?:begin|end|label)\{[^{}]*\}|</?[a-z][^<>]*>|\\(?:[A-Za-z]+\*?|.)|[{}&\n<>$\\]"
_FRAGMENT = re.compile(rf"(?P<words>(?:{_ATOM}|[^<>\\{{}}&\n$])+)|{_MARK}", re.DOTALL)
_NUMBER = r"(?<![\w.])\d+(?:(?:[.,×·]|\$\{\\(?:cdot|times)\}\$)\d+)*(?:e[-+]?\d+)?(?!\w)"
_SIZES = r"(?<!\w)[A-Za-z]\w*=\d+(?!\w)"
_HOLE = re.compile(rf"{_ATOM}|(?P<number>{_SIZES}|-?{_NUMBER})", re.DOTALL)
_QUOTED = re.compile(r"(\\emph\{|<em>)(.*)(\}|</em>)", re.DOTALL)
_BETWEEN = re.compile(r"([\s();:,.—]*[();:,.—][\s();:,.—]*)")
_TOLD_BESIDE = re.compile(r'(?<= )(title|aria-label)="([^"]*)"')
_SECTION = re.compile(r"(?=<section|^\\(?:sub)*section\b)", re.MULTILINE)
_OPEN, _OPEN_TO = re.compile("[…%]"), {"…": "([^;]+?)", "%": r"((?!(?:the|a|an|each)\b)[\w-]+(?: \w+)?)"}
_HOLES = re.compile("[$#]")
_ENDS = re.compile(r"(?<=\w):(?=\s*[$#]?\s*\Z)")
LONGEST = 12
"""So many pieces between commas a phrase has at most."""


class Phrases:
    """The phrases of a language, by those of English; ``several`` stand behind a number other than one."""

    def __init__(self, words: Mapping[str, str], several: Mapping[str, str], marks: Mapping[str, str]) -> None:
        self.words = {english: other for english, other in words.items() if not _OPEN.search(english)}
        for english, other in words.items():
            if english[-1] in ".:":  # the mark is found by itself as well
                self.words.setdefault(english[:-1], other.removesuffix(english[-1]).rstrip())
        self.open = [(_pattern(english), other) for english, other in sorted(
            words.items(), key=lambda item: -len(item[0])) if _OPEN.search(english)]
        self.before = {english[:-1]: other for english, other in self.words.items() if english.endswith(" $") and
                       other.count("$") == 1}
        self.several, self.marks = several, marks
        self.said = lru_cache(maxsize=4000)(self._said)

    def of(self, text: str) -> str:
        """A text in LaTeX or HTML with its phrases in the language; everything else stays."""
        return "".join(map(self.said, _SECTION.split(text)))

    def _said(self, text: str) -> str:
        text = _TOLD_BESIDE.sub(lambda m: f'{m[1]}="{self.words.get(m[2], m[2])}"', text)
        return _FRAGMENT.sub(lambda m: self._fragment(m[0]) if m["words"] else m[0], text)

    def _fragment(self, text: str) -> str:
        """A text between two marks, where all of it is made of our phrases."""
        holes: list[str] = []

        def hole(match: re.Match[str]) -> str:
            quoted = _QUOTED.fullmatch(match[0])
            holes.append(quoted[1] + self._fragment(quoted[2]) + quoted[3] if quoted else match[0])
            return "#" if match["number"] else "$"

        plain = _HOLE.sub(hole, text)
        said = self._all(_BETWEEN.split(plain), holes) if re.search(r"[^\W\d_]{2}", plain) else plain
        if said is None:  # a person's words, but the colon behind them is ours
            said = _ENDS.sub(lambda m: self.marks.get(m[0], m[0]), plain)
        if not len(_HOLES.findall(plain)) == len(_HOLES.findall(said)) == len(holes):
            return text
        return _filled(_HOLES, said, holes)

    def _all(self, pieces: list[str], holes: Iterable[str]) -> str | None:
        """Pieces and what stands between them, the longest phrases first; None where one is not ours."""
        told, at, numbers = "", 0, list(holes)
        while at < len(pieces):
            for end in range(min(len(pieces), at + 2 * LONGEST - 1), at, -2):
                piece = "".join(pieces[at:end])
                first = len(_HOLES.findall("".join(pieces[:at])))
                said = self.phrase(piece, numbers[first] if first < len(numbers) else "")
                if said is not None:
                    break
            else:
                return None
            told += said + "".join(self.marks.get(mark, mark) for mark in pieces[end:end + 1])
            at = end + 1
        return told

    def phrase(self, piece: str, number: str = "") -> str | None:
        """A phrase in the language; what has no words is what it was, and what is not ours None."""
        core = piece.strip()
        if core != piece:
            said = self.phrase(core, number)
            return None if said is None else piece.replace(core, said)
        if piece in self.words:
            return self.words[piece]
        if not re.search(r"[^\W\d_]{2}", piece):
            return piece
        if piece[:1].isupper() and (said := self.phrase(piece[0].lower() + piece[1:], number)) is not None:
            return said[:1].upper() + said[1:]
        counted = re.fullmatch(r"([$#]) (.*)", piece)
        if counted and (said := (self.several if number != "1" else {}).get(counted[2], self.words.get(counted[2]))):
            return f"{counted[1]} {said}"
        behind = re.fullmatch(r"(.*[^$#]) ([$#])", piece)
        if behind and behind[1] in self.words:
            return f"{self.words[behind[1]]} {behind[2]}"
        for words, other in self.before.items():
            if piece.startswith(words) and (said := self.phrase(piece.removeprefix(words))) is not None:
                return other.replace("$", said)
        found = ((match, other) for pattern, other in self.open if (match := pattern.fullmatch(piece)))
        match, other = next(found, (None, ""))
        return None if match is None else _filled(_OPEN, other, match.groups())


def _filled(hole: re.Pattern[str], text: str, with_these: Iterable[str]) -> str:
    """A text with its holes filled one after the other."""
    filled = iter(with_these)
    return hole.sub(lambda _: next(filled), text)


def _pattern(english: str) -> re.Pattern[str]:
    """A phrase that has a name within it, or whatever stands there, though not another sentence."""
    parts = re.split("([…%])", english)
    return re.compile("".join(_OPEN_TO.get(part) or re.escape(part) for part in parts))
