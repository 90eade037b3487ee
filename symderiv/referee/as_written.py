"""A changed line in the hand of who wrote it: what is not changed stands as it stood, in its own layout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex, sign_between, with_spelling
from ..reader.syntax.tokens import SourceText, looks_like_latex

_SCRIPTED = t.Transpose | t.Power | t.Subscripted
_FONT = re.compile(r"\\(?:mathbf|boldsymbol|bm|mathrm|mathcal|mathsf|mathit|textbf|bold)\s*\{?\s*$")
_LARGE = re.compile(r"\\(?:left|[bB]igg?l?)\s*$")


def as_written(new: t.Tree, old: t.Tree, source: SourceText) -> str | None:
    """LaTeX of a tree that was made from another one by a change; None where that one was not written in LaTeX."""
    start, end = old.span
    line = source.text[source.text.rfind("\n", 0, start) + 1:end]
    if old.span == t.NOWHERE or not looks_like_latex(line):
        return None
    return _Hand(old, source.text).write(new)


@dataclass
class _Hand:
    """The tree as it stands in a text."""

    old: t.Tree
    text: str

    def __post_init__(self) -> None:
        self.kept = {id(node) for node in t.walk(self.old) if node.span != t.NOWHERE}
        # The span of a name holds its scripts, which may say something else than the name.
        for node in t.walk(self.old):
            if isinstance(node, _SCRIPTED) and node.children()[0].span == node.span:
                self.kept.discard(id(node.children()[0]))

        self.places = {id(child): (node, k) for node in t.walk(self.old) if isinstance(node, t.Factors)
                       for k, child in enumerate(node.factors)}

    def write(self, new: t.Tree) -> str:
        """The text of a tree made from the old one."""
        with with_spelling(self._spelling):
            return self._spliced(new, self.old).strip()

    def _spelling(self, node: t.Tree) -> str | None:
        """The text of what stands so in the old tree, and of a product in which neighbours do."""
        if id(node) in self.kept:
            return self.piece(*node.span).strip()
        if not isinstance(node, t.Factors):
            return None
        text = ""
        start = 0
        while start < len(node.factors):
            stop = start + 1
            while stop < len(node.factors) and self._neighbours(node, stop):
                stop += 1
            first, last = node.factors[start], node.factors[stop - 1]
            whole = stop > start + 1 and id(first) in self.kept and id(last) in self.kept
            piece = self.piece(first.span[0], last.span[1]) if whole else latex(first)
            text += (sign_between(node.joints[start - 1]) if start else "") + piece.strip()
            start = stop if whole else start + 1
        return text

    def _neighbours(self, node: t.Factors, place: int) -> bool:
        """Whether a factor stands behind the one before it in the old tree too, with the same sign between."""
        one, two = (self.places.get(id(node.factors[k])) for k in (place - 1, place))
        return one is not None and two is not None and one[0] is two[0] and one[1] + 1 == two[1] \
            and one[0].joints[one[1]] == node.joints[place - 1] and isinstance(one[0], t.Factors)

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """A span with the braces, fonts and sizes that belong to its ends."""
        text = self.text
        depth = low = 0
        for c in text[start:end]:
            depth += (c == "{") - (c == "}")
            low = min(low, depth)
        while low < 0 and (brace := text.rfind("{", 0, start)) >= 0:
            start, low, depth = brace, low + 1, depth + 1
            command = re.search(r"\\[A-Za-z]+\s*$", text[:start])
            start = command.start() if command else start
        while depth > 0 and text[end:end + 1] == "}":
            end, depth = end + 1, depth - 1
        if (size := _LARGE.search(text, 0, start)) and text[start] in "([{|\\":
            start = size.start()
        if (font := _FONT.search(text, 0, start)) and ("{" not in font.group() or text[end:end + 1] == "}"):
            start, end = font.start(), end + ("{" in font.group())
        return start, end

    def piece(self, start: int, end: int) -> str:
        """The text of a span."""
        start, end = self.whole(start, end)
        return self.text[start:end]

    def _spliced(self, new: t.Tree, old: t.Tree) -> str:
        """The text of the old tree with that of changed parts in their places, as far as both have the same parts."""
        if new is old or type(new) is not type(old):
            return latex(new)
        before, after = old.children(), new.children()
        if len(before) != len(after) or t.with_children(old, after) != new:
            return latex(new)
        # The function of e^{x} stands nowhere.
        if not self._in_order(old, [was for was, now in zip(before, after, strict=True)
                                    if now is not was or was.span != t.NOWHERE]):
            return latex(new)
        at, stop = self.whole(*old.span)
        made = ""
        for was, now in zip(before, after, strict=True):
            if now is was:
                continue
            start, end = self.whole(*was.span)
            if start < at or end > stop:
                return latex(new)
            made += self.text[at:start] + self._changed(now, was, old)
            at = end
        return made + self.text[at:stop]

    def _changed(self, now: t.Tree, was: t.Tree, inside: t.Tree) -> str:
        """A changed part, with the brackets or braces that it needs where it stands."""
        part = self._spliced(now, was)
        long = isinstance(now, t.Terms | t.Factors) and not isinstance(was, t.Terms | t.Factors)
        mark = self.text[was.span[0] - 1]
        if long and isinstance(inside, _SCRIPTED) and was is inside.children()[0]:
            return rf"\left( {part} \right)"
        raised = isinstance(now, _SCRIPTED) and not isinstance(was, _SCRIPTED) and isinstance(inside, _SCRIPTED)
        if mark in "^_" or (isinstance(inside, t.Fraction) and mark != "{") or (raised and was is inside.children()[0]):
            return "{" + part + "}"
        return part

    def _in_order(self, old: t.Tree, parts: Iterable[t.Tree]) -> bool:
        """Whether the parts of a tree stand in its text one behind the other."""
        at = old.span[0]
        for part in parts:
            if part.span == t.NOWHERE or part.span[0] < at or (part.span == old.span and isinstance(old, _SCRIPTED)):
                return False
            at = part.span[1]
        return at <= old.span[1]
