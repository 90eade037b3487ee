"""LaTeX paragraphs and displays as a small tree, for a page that cannot run TeX.

Only what mathematical prose needs is read: paragraphs, displays, lists, headings, emphasis, inline mathematics.  An
unknown command loses its name and keeps its argument; an unknown environment keeps its content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .escape import LONE_SIGNS


@dataclass(frozen=True)
class Text:
    """Words; style is "", "b", "i" or "code"."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Inline:
    """Mathematics in a line, without its dollars."""

    latex: str


@dataclass(frozen=True)
class Reference:
    """A reference to an item of a book, by the item's name."""

    name: str


@dataclass(frozen=True)
class Paragraph:
    """A run of words and mathematics."""

    parts: tuple[Text | Inline | Reference, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    parts: tuple[Text | Inline | Reference, ...]


@dataclass(frozen=True)
class Display:
    """Displayed mathematics; with its environment where the rows are aligned."""

    latex: str


@dataclass(frozen=True)
class AlignedRow:
    """A line of a chain: mathematics left of the relation, the relation and what follows, and why, as LaTeX text."""

    left: str
    right: str
    words: str


@dataclass(frozen=True)
class AlignedLines:
    """Aligned lines, each a relation with its reason, as proofs are made of."""

    rows: tuple[AlignedRow, ...]


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool


Block = Paragraph | Heading | Display | AlignedLines | Items

SINGLE = {"equation", "equation*", "displaymath", "math"}
ROWS = {"align", "align*", "gather", "gather*", "multline", "multline*", "flalign", "flalign*", "alignat", "alignat*",
        "eqnarray", "eqnarray*"}
STYLES = {"textbf": "b", "emph": "i", "textit": "i", "texttt": "code", "textsl": "i", "mathbf": "b"}
HEADINGS = {"section", "section*", "subsection", "subsection*", "subsubsection", "subsubsection*"}
RUN_IN = {"paragraph", "paragraph*", "subparagraph", "subparagraph*"}
LITERALS = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "ldots": "…", "dots": "…", "qed": "∎",
    "textless": "<", "textgreater": ">", "textbar": "|", "ss": "ß", "ae": "æ", "AE": "Æ", "o": "ø", "O": "Ø", "aa": "å",
    "AA": "Å", "l": "ł", "L": "Ł", "oe": "œ", "OE": "Œ", "S": "§", "P": "¶", "copyright": "©", "i": "ı", "quad": " ",
    "qquad": " ", "newline": " ", "linebreak": " ", "LaTeX": "LaTeX", "TeX": "TeX",
}
ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
           '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "c": "\u0327", "k": "\u0328"}
LIGATURES = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("?`", "¿"), ("!`", "¡"), ("`", "‘"), ("'", "’"))
# What has its own way to align or number lines, and is not taken apart.
_OWN_LINES = re.compile(r"\\(?:tag|label|intertext|shortintertext|begin\{(?:align|gather|split))")
_ROW_GAP = re.compile(r"^\s*\[-?[\d.]+\s*[a-z]{2}\]")
_CONTINUED = re.compile(r"\\qquad\b\s*")
_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
_MARKER = re.compile(r"\\|\$|[{}~]|%[^\n]*\n?|\n[ \t]*\n\s*")


def read_fragment(latex: str) -> tuple[Block, ...]:
    """The blocks of a LaTeX fragment, in order."""
    return _ProseReader(latex).blocks()


class _ProseReader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.done: list[Block] = []
        self.line: list[Text | Inline | Reference] = []

    def blocks(self) -> tuple[Block, ...]:
        while self.position < len(self.source):
            marker = _MARKER.search(self.source, self.position)
            if marker is None:
                self.words(self.source[self.position:])
                break
            self.words(self.source[self.position:marker.start()])
            self.position = marker.start()
            self.marker(marker[0])
        self.end_paragraph()
        return tuple(self.done)

    def marker(self, sign: str) -> None:
        if sign == "\\":
            self.command()
            return
        if sign == "$":
            double = self.source.startswith("$$", self.position)
            mark = "$$" if double else "$"
            end = _closing_dollar(self.source, self.position + len(mark), mark)
            body = self.source[self.position + len(mark):end]
            self.position = min(end + len(mark), len(self.source))
            if double:
                self.display(body)
            elif body in LONE_SIGNS:
                # A sign that stood in a sentence goes back there: alone, it would get the gaps of an operator.
                self.words(LONE_SIGNS[body], ligatures=False)
            else:
                self.line.append(Inline(body))
            return
        self.position += len(sign)
        if sign == "~":
            self.words("\u00a0")
        elif sign.startswith("\n"):
            self.end_paragraph()

    def command(self) -> None:
        match = _COMMAND.match(self.source, self.position)
        if match is None:
            self.position += 1
            return
        name = match[1]
        self.position = match.end()
        if name == "begin":
            self.environment(self.group())
        elif name == "[":
            self.display(self.until(r"\]"))
        elif name == "(":
            self.line.append(Inline(self.until(r"\)")))
        elif name == "par":
            self.end_paragraph()
        elif name in HEADINGS:
            self.end_paragraph()
            self.done.append(Heading(_inline_parts(self.group())))
        elif name in RUN_IN:
            self.end_paragraph()
            self.line += [_styled(part, "b") for part in _inline_parts(self.group())] + [Text(" ")]
        elif name in STYLES:
            self.line += [_styled(part, STYLES[name]) for part in _inline_parts(self.group())]
        elif name == "itemref":
            self.line.append(Reference(self.group()))
        elif name in LITERALS:
            self.literal(LITERALS[name])
        elif name in ACCENTS and (not name.isalpha() or self.source.startswith("{", self.position)):
            self.words((self.group() or " ")[:1] + ACCENTS[name], ligatures=False)
        elif not name[0].isalpha():
            self.words({"\\": " ", ",": "\u202f", ";": " ", " ": " ", "\n": " ", "-": "", "/": ""}.get(name, name),
                       ligatures=False)
        elif name in ("label", "vspace", "vspace*", "hspace", "hspace*", "setlength"):
            self.group()
        # Any other command: its name goes, and what it is applied to is read as text.

    def literal(self, text: str) -> None:
        if self.source.startswith("{}", self.position):
            self.position += 2
        self.words(text, ligatures=False)

    def environment(self, name: str) -> None:
        body = self.until_end(name)
        if name in SINGLE:
            self.display(body)
        elif name in ROWS:
            rows = chain_rows(body) if name.startswith("align") and "at" not in name else ()
            if rows:
                self.end_paragraph()
                self.done.append(AlignedLines(rows))
            else:
                self.display(rf"\begin{{{name}}}{body}\end{{{name}}}")
        elif name in ("itemize", "enumerate", "description"):
            self.end_paragraph()
            parts = re.split(r"\\item\b(?:\s*\[[^\]]*\])?", body)
            self.done.append(Items(tuple(read_fragment(part) for part in parts[1:]), name == "enumerate"))
        else:
            self.end_paragraph()
            self.done += read_fragment(body)

    def display(self, latex: str) -> None:
        self.end_paragraph()
        if latex.strip():
            self.done.append(Display(latex.strip()))

    def words(self, text: str, ligatures: bool = True) -> None:
        if ligatures:
            for sign, glyph in LIGATURES:
                text = text.replace(sign, glyph)
        text = re.sub(r"[ \t\n]+", " ", text)
        if text:
            self.line.append(Text(text))

    def end_paragraph(self) -> None:
        if any(not isinstance(part, Text) or part.text.strip() for part in self.line):
            self.done.append(Paragraph(tuple(self.line)))
        self.line = []

    def group(self) -> str:
        """The braced argument that stands here; without braces, the next character."""
        while self.position < len(self.source) and self.source[self.position] == " ":
            self.position += 1
        if not self.source.startswith("{", self.position):
            self.position += 1
            return self.source[self.position - 1:self.position]
        end = closing_brace(self.source, self.position)
        body = self.source[self.position + 1:end]
        self.position = end + 1
        return body

    def until(self, mark: str) -> str:
        end = self.source.find(mark, self.position)
        end = len(self.source) if end < 0 else end
        body = self.source[self.position:end]
        self.position = end + len(mark)
        return body

    def until_end(self, name: str) -> str:
        depth, start = 1, self.position
        for match in re.finditer(rf"\\(begin|end)\{{{re.escape(name)}\}}", self.source[start:]):
            depth += 1 if match[1] == "begin" else -1
            if depth == 0:
                self.position = start + match.end()
                return self.source[start:start + match.start()]
        self.position = len(self.source)
        return self.source[start:]


def chain_rows(body: str) -> tuple[AlignedRow, ...]:
    r"""The rows of an alignment of the form ``left &= right && \text{why}``; none where it is of another form.

    A row that only goes on with the one before (it begins with a quad) is joined to it.
    """
    if _OWN_LINES.search(body):
        return ()
    rows: list[AlignedRow] = []
    for line in split_top(body, r"\\"):
        line = _ROW_GAP.sub("", line)
        cells = [cell.strip() for cell in split_top(line, "&")]
        if cells == [""]:
            continue
        if len(cells) not in (2, 3, 4) or (len(cells) > 2 and cells[2]):
            return ()
        words = _words_of(cells[3]) if len(cells) == 4 else ""
        if words is None:
            return ()
        right = cells[1].removeprefix(r"\phantom{=}\;").strip()
        if rows and not cells[0] and (more := _CONTINUED.match(right)) and not rows[-1].words:
            rows[-1] = AlignedRow(rows[-1].left, f"{rows[-1].right} {right[more.end():]}", words)
        else:
            rows.append(AlignedRow(cells[0], right, words))
    return tuple(rows)


def _words_of(cell: str) -> str | None:
    r"""The words of a \text cell, None where there is anything else in it."""
    if not cell:
        return ""
    opening = cell.find("{")
    if cell[:opening].strip() not in (r"\text", r"\mbox") or closing_brace(cell, opening) != len(cell) - 1:
        return None
    return cell[opening + 1:-1]


def split_top(source: str, mark: str) -> list[str]:
    """The parts between the marks that stand in no group and no environment."""
    parts, depth, start = [], 0, 0
    for found in _groups(mark).finditer(source):
        token = found[0]
        if token == mark and depth == 0:
            parts.append(source[start:found.start()])
            start = found.end()
        elif token in "{}" or token.startswith((r"\begin{", r"\end{")):
            depth += 1 if token == "{" or token.startswith(r"\begin") else -1
    return [*parts, source[start:]]


@lru_cache(maxsize=20)
def _groups(mark: str) -> re.Pattern[str]:
    """A mark, and what opens and closes groups and environments."""
    return re.compile(rf"{re.escape(mark)}|\\(?:begin|end)\{{[^}}]*\}}?|\\.|[{{}}]", re.DOTALL)


_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)


def closing_brace(source: str, opening: int) -> int:
    """Where the brace that opens at a position closes; the end where it never does."""
    depth = 0
    for found in _BRACES.finditer(source, opening):
        depth += (found[0] == "{") - (found[0] == "}")
        if depth == 0 and found[0] in "{}":
            return found.start()
    return len(source)


def _closing_dollar(source: str, start: int, mark: str) -> int:
    depth, position = 0, start
    while position < len(source):
        char = source[position]
        if char == "\\":
            position += 1
        elif depth <= 0 and source.startswith(mark, position):
            return position
        else:
            # A dollar inside braces belongs to a \text{…} in the mathematics.
            depth += (char == "{") - (char == "}")
        position += 1
    return len(source)


def _inline_parts(latex: str) -> tuple[Text | Inline | Reference, ...]:
    blocks = read_fragment(latex)
    return tuple(part for block in blocks if isinstance(block, Paragraph) for part in block.parts)


def _styled(part: Text | Inline | Reference, style: str) -> Text | Inline | Reference:
    return Text(part.text, style) if isinstance(part, Text) else part
