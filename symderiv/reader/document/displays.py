"""Whole documents: the displays of a LaTeX or Markdown text, row by row, with the macros and declarations it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, islice

from ...bounds import ROWS
from ...errors import BoundExceeded, ParseError
from ..syntax.tokens import Macro, SourceText, closings
from .code import FORMULAS_IN, read_code
from .formats import plain_source

MAX_DOCUMENT = 2_000_000
CODE = "code"
_LINE = re.compile(r"^[ \t]*(\S(?:[^\n]*\S)?)[ \t]*$", re.MULTILINE)

_FRAMES = ("align", "equation", "gather", "multline", "eqnarray", "displaymath", "flalign", "alignat", "math", "dmath",
           "IEEEeqnarray")
_INSIDE_FRAMES = ("aligned", "gathered", "split")
_OPEN = re.compile(r"^[ \t]*```\w*(?:[ \t][^\n]*)?$|(?<!\\)\$\$|(?<!\\)\\\[|\\begin\s*\{("
                   + "|".join((*_FRAMES, *_INSIDE_FRAMES))
                   + r")(\*?)\}(?:\{\d+\}|(?<=IEEEeqnarray\})\{\w+\})?", re.MULTILINE)
FRAME_ENDS = re.compile(r"\\end\s*\{(?:" + "|".join(_FRAMES) + r")\*?\}|(?<!\\)\\\]|(?<!\\)\$\$")
"""Behind a row inside a display: where the frame around it ends."""
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
# What may be repeated never gives back what it has taken (++): a long run of blanks is read once, whatever follows.
_MACRO = re.compile(r"\\(?:re)?newcommand\*?\s*+(?:\{\s*+)?\\([A-Za-z]++)\s*+(?:\}\s*+)?(?:\[(\d)\]\s*+)?"
                    r"(?:\[([^\]]{0,200}+)\]\s*+)?\{"
                    r"|\\def\s*+\\([A-Za-z]++)\s*+((?:#\d)*+)\s*+\{"
                    r"|\\DeclareMathOperator\*?\s*+\{\s*+\\([A-Za-z]++)\s*+\}\s*+\{")
_VERBATIM = re.compile(r"\\begin\s*+\{(verbatim|lstlisting|minted|comment)\}|^[ \t]*+```[ \t]*+(\w*+)", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*+```", re.MULTILINE)
# A fence of assignments alone says what its names are, as formulas do; what makes numbers up or prints says nothing.
_ASSIGNED = re.compile(r"[ \t]*[A-Za-z_∂]\w{0,30}(?:[ ]?/[ ]?[A-Za-z_∂]\w{0,30})?"
                       r"[ \t]{0,8}=(?!=)[ \t]{0,8}[^\s='\"{][^'\"{}:;]*\Z")
_SAYS_NOTHING = re.compile(r"[ \t]*(?:#|import\b|from\b|print\b|assert\b|//|$)|"
                           r".*(?:\brandom\b|\brandn?\(|\.shape\b|\blen\(|\brange\()")
_COMMENTED = re.compile(r"\s{0,40}#[^=]*\([^()=]*,[^()=]*\)[^=]*$")
_GIVEN_IN_MARKDOWN = re.compile(r"<!--\s*+given:")
_GIVEN = re.compile(r"^[ \t]*%+[ \t]*given:[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class DisplayStretch:
    """A display as stretches of the text: with its delimiters, and without; ``environment`` is "" for signs."""

    outer: int
    start: int
    end: int
    behind: int
    environment: str = ""


@dataclass(frozen=True)
class DisplayRow:
    """One row of a display, as a stretch of the document; ``display`` counts displays from 0."""

    source: SourceText
    start: int
    end: int
    display: int

    @property
    def text(self) -> str:
        """What was written."""
        return self.source.text[self.start:self.end]


@dataclass(frozen=True)
class Document:
    """A text with what was found in it: rows of displays, macros, and declarations in comments (with their offset).

    shown   the text with comments and verbatim stretches blanked;  format  what it is written in
    """

    source: SourceText
    rows: tuple[DisplayRow, ...]
    macros: dict[str, Macro] = field(default_factory=dict)
    given: str = ""
    problems: tuple[ParseError, ...] = ()
    displays: tuple[DisplayStretch, ...] = ()
    shown: str = ""
    format: str = ""


def read_document(text: str) -> Document:
    """The rows of all displays of a document, in order.

    Raises BoundExceeded for a document too long, ParseError for one that is no text.
    """
    if "\x00" in text:
        raise ParseError("this is not a text", hint="give a .tex, .md or .txt file")
    if len(text) > MAX_DOCUMENT:
        raise BoundExceeded(f"the document has {len(text)} characters, more than {MAX_DOCUMENT}", hint="split it")
    given = declarations_in(text)
    text, kind = plain_source(text)
    text, unread = read_code(text)
    source = SourceText(text)
    shown = without_macros(hidden(text))
    starts = [0, *(found.end() for found in re.finditer("\n", text))] if unread else []
    problems = [source.error(reason, starts[line - 1]) for line, reason in unread]
    rows: list[DisplayRow] = []
    found = tuple(islice(displays(source, shown, problems), ROWS.limit + 1))
    ROWS.admit(len(found))
    for number, each in enumerate(found):
        if each.environment == CODE:
            rows.extend(DisplayRow(source, *line.span(1), number) for line in _LINE.finditer(shown, each.start, each.end)
                        if _ASSIGNED.match(line[0]) or _is_equation(line[0]))
            continue
        rows.extend(split_rows(source, each.start, each.end, number, shown, each.environment))
    return Document(source, tuple(rows), macros_in(text), given, tuple(problems), found, shown, kind)


def hidden(text: str) -> str:
    """The text with comments and verbatim stretches blanked out, so that offsets stay."""
    pieces, position = [], 0
    for start, end in _verbatim(text):
        pieces += [text[position:start], _formulas(text[start:end]) or _blank(text[start:end])]
        position = end
    return _COMMENT.sub(lambda match: _blank(match.group()), "".join([*pieces, text[position:]]))


def _formulas(fence: str) -> str:
    """A fence of assignments alone, with all else blanked out; "" for any other."""
    opened, *lines, closed = fence.split("\n") if fence.lstrip().startswith("```") else ("", "")
    language = opened.strip().strip("`").partition(" ")[0].lower()
    said = [re.split(r"(?:\s|^)(?:#|//)", each)[0] for each in lines]
    kept = [not _SAYS_NOTHING.match(each) for each in said]
    if language not in FORMULAS_IN or not any(kept) or not all(
            _ASSIGNED.match(each) or _is_equation(each) for each, says in zip(said, kept, strict=True) if says):
        return ""
    # A comment alone in a line may say shapes; its # would begin a heading.
    made = [each.ljust(len(line)) if says else re.sub(r"^(\s*)#+", lambda m: " " * len(m[0]), line) if _COMMENTED.match(line)
            else _blank(line) for each, line, says in zip(said, lines, kept, strict=True)]
    return "\n".join([opened, *made, closed])


def _is_equation(line: str) -> bool:
    """Whether a line of code is left = right with one sign outside of brackets, as what is asserted is written."""
    if "=" not in line or re.search(r"['\"{}:;$\\]", line):
        return False
    depths = accumulate((c in "([") - (c in ")]") for c in line)
    left, *others = "".join("\0" if c == "=" and not depth else c for c, depth in zip(line, depths, strict=True)).split("\0")
    return len(others) == 1 and bool(others[0].strip()) and re.search(r"[\w)\]][ \t]*\Z", left) is not None


@lru_cache(maxsize=32)
def code_in(shown: str) -> tuple[tuple[int, int], ...]:
    """The stretches of fences that say something, in a text in which all others are blanked out."""
    marks = [found.start() for found in _FENCE.finditer(shown)]
    return tuple(zip(marks[::2], marks[1::2], strict=False))


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _verbatim(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that are shown as they stand.  What is not closed is none, and is looked for once."""
    position, open_for_ever = 0, set()
    while (opened := _VERBATIM.search(text, position)) is not None:
        position, name = opened.end(), opened.group(1)
        if name in open_for_ever:
            continue
        closed = (_FENCE if name is None else re.compile(r"\\end\s*+\{" + name + r"\}")).search(text, position)
        if closed is None:
            open_for_ever.add(name)
            continue
        position = closed.end()
        if opened.group(2) != "math":
            yield opened.start(), closed.end()


def displays(source: SourceText, shown: str, problems: list[ParseError]) -> Iterator[DisplayStretch]:
    """The displays of a text; one that is not closed is reported."""
    position = 0
    while True:
        opened = _OPEN.search(shown, position)
        if opened is None:
            return
        fenced = opened.group().strip()
        if fenced.startswith("```"):
            closing = re.compile(r"^[ \t]*```", re.MULTILINE).search(shown, opened.end())
            stop, behind = (closing.start(), closing.end()) if closing else (-1, -1)
        elif opened.group() == "$$":
            stop = shown.find("$$", opened.end())
            behind = stop + 2
        elif opened.group().endswith("["):
            stop = shown.find("\\]", opened.end())
            behind = stop + 2
        else:
            stop, behind = _end_of(shown, opened)
        if stop < 0:
            problems.append(source.error("this display is not closed", opened.start(), opened.end()))
            return
        if not (opened.group() == "$$" and _inline(shown, opened.start(), behind)):
            code = fenced.startswith("```") and not fenced.startswith("```math")
            yield DisplayStretch(opened.start(), opened.end(), stop, behind, CODE if code else opened.group(1) or "")
        position = behind


def _inline(text: str, start: int, end: int) -> bool:
    """Whether $$...$$ stands inside a sentence, as some writers of Markdown have it."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    behind = text[end:line_end if line_end >= 0 else len(text)]
    return "\n" not in text[start:end] and bool(re.search(r"\w", text[line_start:start])) \
        and bool(re.search(r"\w", behind))


def _end_of(text: str, opened: re.Match[str]) -> tuple[int, int]:
    """Where an environment ends; the same environment may stand inside it."""
    name = re.escape(opened.group(1) + opened.group(2))
    depth = 1
    for mark in re.compile(r"\\(begin|end)\s*\{" + name + r"\}").finditer(text, opened.end()):
        depth += 1 if mark.group(1) == "begin" else -1
        if depth == 0:
            return mark.start(), mark.end()
    return -1, -1


_MARK = re.compile(r"[\\{}]")
_WRAPPER = re.compile(r"\s*(?:\\label\s*\{[^{}]*\}\s*)*\\begin\s*"
                      r"\{(aligned|split|gathered|alignedat|align|eqnarray|gather|multline|array)\*?\}"
                      r"(?:\{(?:\d+|[lcr@{} |]+)\})?(?:\[[a-z]\])?")


def split_rows(source: SourceText, start: int, end: int, display: int, shown: str | None = None,
               environment: str = "") -> list[DisplayRow]:
    """Rows of a display: cut at line ends outside braces and inner environments; wrappers that only align are opened.

    The lines of a multline are one row.
    """
    text = shown if shown is not None else hidden(source.text)
    wrapper = _WRAPPER.match(text, start, end)
    if wrapper:
        closing = re.compile(r"\\end\s*\{" + wrapper.group(1) + r"\*?\}\s*+(?:[.,;]\s*+)?$").search(text, wrapper.end(), end)
        if closing and not (wrapper.group(1) == "array" and _values_by_case(text[wrapper.end():closing.start()])):
            start, end = wrapper.end(), closing.start()
    plain = re.compile(r"\s*\\(?:eqalign|displaylines|aligned)\s*\{").match(text, start, end)
    if plain and (close := closings(text[:end]).get(plain.end() - 1)) is not None:
        # Plain TeX's alignment takes its rows in braces.
        start, end = plain.end(), close
    rows: list[DisplayRow] = []
    depth, at, first = 0, start, start
    while at <= end:
        if at < end and text[at] not in "\\{}":
            mark = _MARK.search(text, at, end)
            at = mark.start() if mark else end
        broken = _BREAK.match(text, at, end) if depth == 0 else None
        if broken:
            left, right = _trimmed(text, first, at)
            if left < right:
                rows.append(DisplayRow(source, left, right, display))
            stop = broken.end() if broken.group(1) is None else closing_brace(text, broken.end() - 1)
            at = first = end if stop is None else min(end, stop + (broken.group(1) is not None))
            continue
        if at == end or (depth == 0 and text.startswith("\\\\", at)):
            left, right = _trimmed(text, first, at)
            if left < right:
                rows.append(DisplayRow(source, left, right, display))
            if at == end:
                break
            at += 2
            skip = re.compile(r"\*?(\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|cm|mm)\s*\])?").match(text, at, end)
            at = skip.end() if skip else at
            first = at
            continue
        if text[at] == "\\":
            mark = re.compile(r"\\(begin|end)\s*\{").match(text, at, end)
            if mark:
                depth += 1 if mark.group(1) == "begin" else -1
                at = text.find("}", at) + 1 or end
            else:
                at += 2
            at = min(at, end)
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    if rows and (environment == "multline" or (wrapper and wrapper.group(1) == "multline")):
        return [DisplayRow(source, rows[0].start, rows[-1].end, display)]
    return _joined(rows, text)


def _values_by_case(inside: str) -> bool:
    """Whether every row of an array is a value and when it holds, so that the array is one value and no alignment."""
    rows = [row.split("&") for row in inside.split("\\\\") if row.strip()]
    return all(len(row) == 2 and not _RELATION.search(row[0]) and not _RELATION.match(row[1].lstrip())
               and (_RELATION.search(row[1]) or re.search(r"\\(?:text|mbox|textrm|mathrm)\b", row[1])) for row in rows)


# A row ends at these as well; a remark between rows stands in braces.
_BREAK = re.compile(r"\\(?:cr|newline)(?![A-Za-z])|\\((?:short)?intertext)\s*\{")
_GAP = r"(?:\s|&|~|\\[,;:! ]|\\q?quad\b|\\left\s*\.|\\right\s*\.|\\(?:nonumber|notag)\b)*"
_SIGN = r"[+*/]|\\(?:cdot|times|odot|circ|otimes|oplus|div)\b"
_GOES_ON = re.compile(_GAP + f"(?:{_SIGN}|[)\\]](?!\\w)|\\\\right\\b)")
# How far back the end of a row is looked at for a sign.
TAIL = 200
_NEGATIVE = re.compile(_GAP + "-")
_UNFINISHED = re.compile(f"(?:{_SIGN}|[-=(\\[]|\\\\left\\s*[(\\[]){_GAP}$")
_RELATION = re.compile(r"(?<![<>!:])=|[<>≤≥≠≈]|\\(?:leq?|geq?|neq?|approx|equiv|propto|sim|Rightarrow|implies|iff)\b")


def _joined(rows: list[DisplayRow], text: str) -> list[DisplayRow]:
    """Rows with those that go on from them: one that starts with a sign, or follows one that ends with a sign."""
    made: list[DisplayRow] = []
    for row in rows:
        shown = text[row.start:row.end]
        tail = text[max(made[-1].start, made[-1].end - TAIL):made[-1].end] if made else ""
        goes_on = made and (_GOES_ON.match(shown) or _UNFINISHED.search(tail)
                            or (_NEGATIVE.match(shown) and not _RELATION.search(shown)))
        if goes_on:
            made[-1] = DisplayRow(row.source, made[-1].start, row.end, row.display)
        else:
            made.append(row)
    return made


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] == "&"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


# ------------------------------------------------------------------ macros

def macros_in(text: str) -> dict[str, Macro]:
    """The user's own commands that a text defines."""
    found: dict[str, Macro] = {}
    closed = closings(text) if _MACRO.search(text) else {}
    for match in _MACRO.finditer(text):
        close = closed.get(match.end() - 1)
        if close is None:
            continue
        body = text[match.end():close]
        if match.group(1):
            found[match.group(1)] = Macro(int(match.group(2) or 0), body, match.group(3))
        elif match.group(4):
            found[match.group(4)] = Macro(match.group(5).count("#"), body)
        else:
            found[match.group(6)] = Macro(0, rf"\operatorname{{{body}}}")
    return found


def closing_brace(text: str, start: int) -> int | None:
    """The offset of the brace that closes the one at ``start``; None where none does."""
    depth = 0
    at = start
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
        at += 1
    return None


def without_macros(text: str) -> str:
    """A text with its definitions of commands blanked out."""
    pieces, position = [], 0
    closed = closings(text) if _MACRO.search(text) else {}
    for match in _MACRO.finditer(text):
        close = closed.get(match.end() - 1)
        if close is None or match.start() < position:
            continue
        pieces.append(text[position:match.start()] + re.sub(r"[^\n]", " ", text[match.start():close + 1]))
        position = close + 1
    return "".join(pieces) + text[position:]


# ------------------------------------------------------------------ declarations

def declarations_in(text: str) -> str:
    """Declarations in comments: what follows ``% given:``, and the comment lines right below it; in Markdown what stands
    in ``<!-- given: ... -->``.
    """
    blocks = []
    last = text.rfind("-->")
    for match in _GIVEN_IN_MARKDOWN.finditer(text):
        if match.end() > last:
            break
        blocks.append(text[match.end():text.find("-->", match.end())])
    for match in _GIVEN.finditer(text):
        block = [match.group(1)]
        position = match.end() + 1
        while True:
            line = re.compile(r"[ \t]*%+[ \t]?([^\n]*)(?:\n|$)").match(text, position)
            if line is None or _GIVEN.match(line.group()) or not line.group().strip():
                break
            block.append(line.group(1))
            position = line.end()
        blocks.append("\n".join(block))
    return "\n".join(blocks)
