"""What is handed in, as rows of one text: a list of lines, a document with displays, or expressions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import ParseError
from ..reader.declare.told import NAMED_FUNCTION, RESTATED, names_of
from ..reader.document.displays import (
    MAX_DOCUMENT,
    Document,
    declarations_in,
    displays,
    hidden,
    macros_in,
    read_document,
    split_rows,
    without_macros,
)
from ..reader.document.formats import NOTEBOOK, PAGE, PLAIN
from ..reader.document.surroundings import (
    SENTENCE_WORD,
    ScopeStart,
    Stretch,
    formulas_in_words,
    inline,
    is_prose,
    marked,
    names_in_words,
    scopes,
    without_lead,
)
from ..reader.syntax.connectives import connectives
from ..reader.syntax.spellings import GREEK
from ..reader.syntax.tokens import Macro, SourceText
from .best_values import speaks_of_optimum


@dataclass(frozen=True)
class Page:
    """What stands around the rows of a document: its words, the mathematics in them, and where scopes begin."""

    shown: str
    stretches: tuple[Stretch, ...]
    scopes: tuple[ScopeStart, ...]
    format: str = ""


@dataclass(frozen=True)
class TextRow:
    """One row: its place in the text; ``display`` tells displays apart; ``sides`` are expressions handed in as such.

    ``pieces`` are the stretches of a line handed in as one that is a display of several rows.
    ``inline`` says that it stands in a sentence, ``supposed`` that this says "subject to" it; ``conditions`` are
    stretches of the sentence before it that say when it holds.
    """

    number: int
    start: int
    end: int
    display: int = 0
    sides: tuple[Any, ...] = ()
    text: str = ""
    pieces: tuple[tuple[int, int], ...] = ()
    inline: bool = False
    conditions: tuple[tuple[int, int], ...] = ()
    supposed: bool = False


@dataclass(frozen=True)
class Written:
    """A text with its rows, and the macros and declarations that stand in it; ``page`` is what stands around the rows.

    ``worded`` are stretches that say in words alone what something is: "mu = mean of the rows of x".
    """

    source: SourceText
    rows: tuple[TextRow, ...]
    macros: dict[str, Macro] = field(default_factory=dict)
    given: str = ""
    problems: tuple[ParseError, ...] = ()
    document: bool = False
    page: Page | None = None
    worded: tuple[str, ...] = ()


def written(lines: object, alone: bool = False) -> Written:
    """The rows of a text, of a list of lines, or of a list of expressions; ``alone`` where nothing else is said of it.

    Raises ParseError for anything else.
    """
    if isinstance(lines, str):
        return _text(lines, alone)
    if not isinstance(lines, Iterable):
        raise ParseError(f"a text or a list of lines is needed, not {type(lines).__name__}",
                         hint=r'verify([r"\frac{dt}{dz} = 1 - t^2"], given)')
    pieces: list[str] = []
    rows: list[TextRow] = []
    position = 0
    for number, line in enumerate(lines):
        text = line if isinstance(line, str) else _shown(line)
        sides = () if isinstance(line, str) else _sides(line)
        rows.append(TextRow(number, position, position + len(text), 0, sides, text, () if sides
                            else _within(text, position)))
        pieces.append(text)
        position += len(text) + 1
    whole = "\n".join(pieces)
    return Written(SourceText(whole), tuple(rows), macros_in(whole) if "\\newcommand" in whole or "\\def" in whole else {})


def _within(text: str, offset: int) -> tuple[tuple[int, int], ...]:
    """The rows of a line that is a display, shifted to where it stands; none for a plain line."""
    if "\\" not in text or len(text) > MAX_DOCUMENT:
        return ()
    source = SourceText(text)
    opened = text.lstrip().startswith(("\\[", "$$", "\\begin"))
    inside = list(displays(source, text, [])) if opened else []
    stretches = [(each.start, each.end) for each in inside] or [(0, len(text))]
    rows = [row for start, end in stretches for row in split_rows(source, start, end, 0)]
    return tuple((offset + row.start, offset + row.end) for row in rows) if inside or len(rows) > 1 else ()


def _text(text: str, alone: bool) -> Written:
    if "\x00" in text:
        raise ParseError("this is not a text", hint="give a .tex, .md or .txt file")
    text = _without_markdown(text)
    found = read_document(text)
    if found.rows or (found.problems and found.format != PLAIN) or found.format in (NOTEBOOK, PAGE) or _speaks(found):
        rows, page = page_of(found)
        said = [*(row.text for row in found.rows), *(found.source.text[each.start:each.end] for each in page.stretches
                                                     if each.display is None)]
        worded = tuple(each for each in said if _WORDS_ALONE.search(each) or _LAW.search(each))
        return Written(found.source, rows, found.macros, found.given, found.problems, True, page, worded)
    if len(text) > MAX_DOCUMENT:
        raise ParseError("the text is too long", hint="split it")
    bare = replace(_bare(found.source.text), problems=found.problems)
    in_words = [row for row in bare.rows if _IN_WORDS.match(row.text)]
    prose = [row for row in bare.rows if row in in_words or is_prose(row.text) or _SHAPED.match(row.text)]
    return replace(_plain(bare, prose), worded=tuple(row.text for row in in_words)) if prose or alone else bare


_BACKTICKS = re.compile(r"(?<!`)`([^`\n]{1,200})`(?!`)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*|__)(?=[A-Za-z])([^*=\n]{1,80})(?<=[\w.:!?)])\1(?!\w)")
_LATEX_INSIDE = re.compile(r"\$|\\[(\[]|\\begin\b|```")


def _without_markdown(text: str) -> str:
    """Markdown without LaTeX, its emphasis blanked out: what stands between backticks is a formula of a sentence, if no
    formula has a line of its own, and plain text otherwise.  Every character stays where it stands.
    """
    if _LATEX_INSIDE.search(text) or not ("`" in text or "**" in text or "__" in text):
        return text
    text = _EMPHASIS.sub(lambda found: "  ".join(("", found[2], "")), text)
    alone = any("`" not in line and "=" in line and not is_prose(line) for line in text.split("\n"))
    return _BACKTICKS.sub(r" \1 " if alone else r"$\1$", text)


def _speaks(found: Document) -> bool:
    """Whether a text is sentences with formulas in them, none of which is displayed."""
    stretches = list(inline(found.shown, found.displays))
    outside = re.sub(r"⟨\d+⟩", " ", marked(found.shown, stretches, 0, len(found.shown))) if stretches else ""
    words = re.findall(r"(?<!\\)\b[A-Za-z]{2,}\b", outside)
    return len(words) > ENOUGH_WORDS or (len(stretches) > 1 and bool(words))


def _plain(bare: Written, prose: list[TextRow]) -> Written:
    """A text in plain characters, as from a PDF: its sentences are told from its formulas line by line."""
    words = {row.number for row in prose}
    shown = bare.source.text
    rows = [replace(row, start=row.start + without_lead(shown[row.start:row.end])) for row in bare.rows
            if row.number not in words and re.search(r"[A-Za-z0-9]", row.text)]
    words_behind = [replace(row, start=row.start + tail.start()) for row in rows
                    if (tail := _SAID_BEHIND.search(shown[row.start:row.end]))]
    ends = {row.end: row.start for row in words_behind}
    rows = [replace(row, end=ends.get(row.end, row.end)) for row in rows]
    found = ((start, start + len(_NAME_BEHIND.sub("", shown[start:end])))
             for row in prose for start, end in (*formulas_in_words(shown, row.start, row.end),
                                                 *_derivatives_said(shown, row.start, row.end)))
    said = [TextRow(0, start, end, inline=True, conditions=tuple(_case_said(shown, start))) for start, end in found
            if _worth_a_row(shown[start:end], shown[max(0, start - 60):start], bare.macros)
            or (shown[:start].rstrip().endswith(":") and _is_equation(shown[start:end]) and "(" in shown[start:end])
            or _says_derivative(shown, start, end)]
    if not rows and not said:
        return bare
    rows = sorted([*rows, *said], key=lambda row: row.start)
    stretches = [Stretch(row.start, row.end, None if row.inline else k) for k, row in enumerate(rows)]
    for row in (*prose, *words_behind):
        stretches.extend(Stretch(start, end) for start, end in names_in_words(shown, row.start, row.end)
                         if not any(each.start <= start < each.end for each in said))
    page = Page(shown, tuple(sorted(stretches, key=lambda each: each.start)), tuple(scopes(shown, [])), PLAIN)
    kept = []
    for k, row in enumerate(rows):
        end = row.start + len(_BEHIND.sub("", shown[row.start:row.end]))
        kept.append(replace(row, number=k, display=-1 if row.inline else k, end=end, text=shown[row.start:end]))
    return replace(bare, rows=tuple(kept), page=page)


# p = softmax(z), y is one-hot;  p = softmax(z)  (y one-hot)
_SAID_BEHIND = re.compile(r"\s{1,3}(?:with|where|for)\s[A-Za-z]\w{0,4}(?:\s?,\s?[A-Za-z]\w{0,4}){0,4}\s"
                          r"(?:is |are |lies? |lying )?(?:in|∈)\s{1,3}\S{1,40}(?:\s?[x×]\s?\S{1,20})?\s{0,3}\Z"
                          r"|(?:,\s{1,3}|\s{1,30}\()(?:and\s|where\s|with\s)?"
                          r"[A-Za-z]\w{0,4}\s(?:(?:is|are|being|be)\s)?(?:(?:an?|the)\s)?"
                          r"[A-Za-z-]{4,20}(?:\s[A-Za-z-]{1,20}){0,5}\)?\.?\s{0,3}\Z")
# The y of "p = softmax(z), y one-hot" is no part of the formula, nor is "(x ∈ ℝⁿ)".
_NAME_BEHIND = re.compile(r",\s{1,3}[A-Za-z]\w{0,4}\s{0,3}\Z|(?<=[^\s*/+-])\s{1,9}\([^()]{1,40}∈[^()]{1,60}\)\s{0,3}\Z")
# Behind a formula (3.2) is its number, (row-wise) a remark, and ". Then" begins the next sentence.
_BEHIND = re.compile(r"\s+\(\d{1,2}(?:\.\d{1,2}){0,2}[a-z]?\)\s*$|\s+\([A-Za-z]{3,}(?:[- ][A-Za-z]{2,}){0,4}\)\s*$"
                     r"|[.;,]\s+[A-Za-z]?[a-z]{2,}[:,]?\s*$")
ENOUGH_WORDS = 3


# ------------------------------------------------------------------ the rows of a document

# Words in front of mathematics that say when something holds, or that something is supposed.
_WHEN = re.compile(r"(?:^|[\s(*])(?:if|for|when(?:ever)?|in (?:the )?case|case|cases|assume|assuming|suppose|unless|"
                   r"falls|für|wenn|at|otherwise|where|i\.e\.)\s*(?:that|of|\d+\s*[:.]|[a-z]\)|:|,)?\s*"
                   r"(?:⟨\d+⟩\s*(?:,|and|or)\s*)*$", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:if|for|when(?:ever)?|case(?:\s*\d+)?|falls|für|wenn)\s*[:(*,]*\s*(?:that\s+)?"
                        r"(?P<listed>⟨\d+⟩(?:\s{0,3}(?:,|and|,\s{0,3}and)\s{0,3}⟨\d+⟩){0,3})", re.IGNORECASE)
# What is said to be subject to an equation, or to be under it, holds where that does.
_CONSTRAINED = re.compile(r"\b(?:(?:given|provided|assum(?:e|ing)|suppos(?:e|ing))(?: that)?\s*$)|"
                          r"\b(?:subject to|s\.\s?t\.|such that)(?:\s+(?:the\s+)?(?:[\w-]+\s+)?constraints?)?"
                          r"(?:\s+that)?\s*$|\b(?:constraints?|condition)(?:\s+that)?\s*$", re.IGNORECASE)
_AT_VALUE = re.compile(r"\b(?:with|taking|ignoring|at|mit)\s*⟨(\d+)⟩", re.IGNORECASE)
# "Since ab = 0, we have a = 0": what gives a reason, and what is said to follow, is claimed.
_FOLLOWS = re.compile(r"\b(?:hence|thus|therefore|then|follows that|(?:we|one) (?:have|get|obtain|conclude|find|see)|"
                      r"yields|implies|gives|likewise|similarly|moreover|furthermore|conversely)"
                      r"(?: that)?\s*,?\s*$|\b(?:since|because|as|given|provided|if|when|assum(?:e|ing)|suppos(?:e|ing))"
                      r"(?: that)?\s*⟨\d+⟩\s*,\s*$"
                      r"|\b(?:sees?|seen|shows?|shown|notes?|known?|recall|observe[sd]?|check(?:ed)?|verif(?:y|ied)|proved?|finds?|fact|"
                      r"clear|obvious|evident|trivial|remember|claim|concluded?|deduced?|(?:keep|bear) in mind) that\s*$"
                      r"|\bto (?:zero|0)\s{0,3}[:,]\s*$|\b(?:i\.e\.|that is|namely|equivalently|in other words)\s{0,3},?\s*$"
                      r"|\b(?:keep|bear) in mind\s{0,3},?\s*$"
                      r"|\b(?:hence|thus|therefore|then|so),\s{0,3}for\s(?:all|every|each|any)\s{0,3}⟨\d+⟩\s*,\s*$",
                      re.IGNORECASE)
# "From x'y = 0 we get ..." and "squaring both sides of a = b" name what something follows from.
_PREMISE = re.compile(r"\b(?:from|(?:both|the two) sides of)\s*$", re.IGNORECASE)
_SUPPOSES = re.compile(r"\b(?:let|satisf|assum|suppos|denot|defin|consider|given|with|where|take)", re.IGNORECASE)
_REASON = re.compile(r"\b(?:since|because|as|using)(?: that)?\s*$", re.IGNORECASE)
_EQUATION = re.compile(r"(?<![<>!:])=(?!>)|:=|\\equiv\b|\\coloneqq\b|\\triangleq\b")
_SCRIPTS = re.compile(r"[_^]\s*\{[^{}]*=[^{}]*\}")
_COMPARISON = re.compile(r"=|\\n?eq?\b|≠|\\not\s*=|[<>]|\\leq?\b|\\geq?\b|≤|≥")
_DERIVES = re.compile(r"\\partial|\\nabla|∂|∇|\\frac\s*\{\s*(?:d|\\mathrm\s*\{d\})|'\s*\(")
_SECOND = re.compile(r"\s*(?:\\nabla|∇|∂|d(?=\s?\^?\s?\{?2\}?\s?\w{1,3}\s?/)|\\d?frac\s?\{\s?(?:\\partial|\\mathrm\s?\{d\}|"
                     r"d))(?:_\{?\w\}?)?\s?(?:\^\s?\{?2|²)")
# x = \\text{input}: one side is said in words.
_WORDS_ALONE = re.compile(r"(?:=|\\coloneqq)\s*&?\s*\\(?:text|textrm|textit|mathrm|mbox|"
    r"textbf)\s*\{[^{}$\\]*[a-z]{3}[^{}$\\]*\}\s*"
                          r"(?:\\qquad|\\quad|[.,;&]|\\text\{[^{}]*\})*\s*$"
                          r"|^\s*\\(?:text|textrm|mbox)\s*\{[^{}$\\]*\s[^{}$\\]*\}\s*$")
# mu = mean of the rows of x: so is it in plain text.
_IN_WORDS = re.compile(r"\s{0,20}[\w^{}\\']{1,20}\s{0,3}:?=\s{0,3}(?:(?!where|with|and|if)[A-Za-z-]{2,20}[ \t]{1,3}){1,5}"
                       r"(?:of|over|from|per|across|along)(?:[ \t]{1,3}[A-Za-z][\w-]{0,20}){1,8}[ \t]{0,3}[.,;]?\s*$")
# - W1: (h, d)
_SHAPED = re.compile(r"\s{0,20}[-*•]?\s{0,3}\w{1,12}(?:\s{0,2},\s{0,2}\w{1,12}){0,5}\s{0,3}(?::|∈|-|–)\s{0,3}"
                     r"[(\[]\s?\w{1,8}\s?(?:,\s?\w{0,8}\s?){1,4}[)\]][.,;]?\s*$")
# p(z) = N(0, I) says what is random and how: no equation between quantities.
_LAW = re.compile(r"=\s*&?\s*\\(?:mathcal|mathrm|text|operatorname)\s*\{?\s*(?:N|U|Normal|Uniform|Bernoulli|Ber|Bern|Cat|"
                  r"Categorical|Dir|Gamma|Poisson|GP)\s*\}?\s*\\?(?:left|big|Big)?\s*[(]"
                  r"|=\s*&?\s*N\s*\(\s*[^(),]{1,30},[^(),]{0,20}(?:\\sigma|\\Sigma|diag|(?<![A-Za-z])I(?![A-Za-z])|1\s*\))")
# min_w f(w) names what is looked for, and claims nothing.
_OBJECTIVE = re.compile(r"\s*&?\s*(?:\\(?:text|textrm|mathrm)\s*\{[^{}]*\}\s*)?(?:\\underset\s*\{[^{}]*\}\s*\{\s*)?\\"
                        r"(?:arg\s*\\?|operatorname\*?\s*\{\s*arg\s*\\?,?)?(?:min|max)(?![A-Za-z])|"
                        r"\s*&?\s*\\(?:text|textrm|mathrm|operatorname\*?)\s*\{\s*(?:arg\s*)?(?:min|max)(?:imi[sz]e)?\s*\}")
_MARK = r"(?:[-*+•]|\d+[.)])"
_SENTENCE = re.compile(rf"[.!?]\s|\n\s*{_MARK}\s|\\item\b")
# "If C = 2I" is a case of C, and "with C = 2I" one as well.
_OF_IDENTITY = re.compile(r"\s*-?\s*[\w.]{0,8}?\s*(?:(?:\\[a-z]{1,8}|[a-z])\s?(?:_\s?\{?\w\}?)?\s?(?:\^\s*\{?\d\}?)?\s*)?"
                          r"(?:\\(?:mathbf|mathbb|bm|boldsymbol)\s*\{?\s*)?I\}?\s*(?:_\s*\{?\w\}?)?\s*")
_OPENS_WITH = re.compile(r"(?:^|[.;:]\s|\n)\s*(?:With|Taking)\s*$")
_GIVEN_VALUE = re.compile(rf"\s*-?[\d.]+\s*|{_OF_IDENTITY.pattern}")
# "If C = I this is |y|²; in general it is y'Cy": what stands behind is of no case.
_IN_GENERAL = re.compile(r"\b(?:in general|generally|otherwise|in all cases|always|without (?:this|that|these))\b",
                         re.IGNORECASE)
# What follows is of the case of the sentence that it follows from.
_HENCE = re.compile(rf"\s*(?:{connectives('hence')})\b", re.IGNORECASE)
_SUBJECT = re.compile(r"\\(?:text|textrm|mathrm|operatorname)\s*\{\s*(?:s\.?\s*t\.?|subject to|such that|where)")
# The entries of a diagonal are listed as what it is of, and not as where something runs.
_DIAGONAL = re.compile(r"[Dd]iag\}?\s*(?:\\left|\\big|\\Big)?\s*\([^()]*\)")
_RANGE = re.compile(r"=\s*\\?\{?\s*\d+\s*,|\\[lcd]?dots|\.\.|…")


def page_of(document: Document) -> tuple[tuple[TextRow, ...], Page]:
    """The rows of a document, those in its sentences among them, and what stands around."""
    outer = [Stretch(each.outer, each.behind, k) for k, each in enumerate(document.displays)]
    stretches = tuple(sorted([*inline(document.shown, document.displays), *outer], key=lambda each: each.start))
    page = Page(document.shown, stretches, tuple(scopes(document.shown, document.displays)), document.format)
    conditions: dict[int, tuple[tuple[int, int], ...]] = {}
    rows: list[TextRow] = []
    for number, each in enumerate(stretches):
        before, behind = _behind_case(page, _before(page, number)), tuple(_conditions_behind(page, number))
        if each.display is not None:
            conditions[each.display] = (*_conditions(page, before), *behind)
        elif _is_supposed(page, number, before) and _is_constraint(
                document.source.text[each.start:each.end], document.macros):
            rows.append(TextRow(0, each.start, each.end, -1, (), document.source.text[each.start:each.end], inline=True,
                                supposed=True))
        elif (_worth_a_row(document.source.text[each.start:each.end], before, document.macros)
              or _stands_alone(page, number, before, document.source.text[each.start:each.end])
              or _says_derivative(document.source.text, each.start, each.end)) \
                and not _LAW.search(document.source.text[each.start:each.end]):
            rows.append(TextRow(0, each.start, each.end, -1, (), document.source.text[each.start:each.end], inline=True,
                                conditions=behind or _last_case(page, before)))
    if not rows and not document.rows:  # a sentence that claims anything claims its equations
        rows = [TextRow(0, each.start, each.end, -1, (), document.source.text[each.start:each.end], inline=True,
                        conditions=_last_case(page, _before(page, number)))
                for number, each in enumerate(stretches) if _is_equation(document.source.text[each.start:each.end])
                and not _SUPPOSES.search(_SENTENCE.split(_before(page, number))[-1])]
    for row in document.rows:
        if not names_of(row.text, document.macros) and not _WORDS_ALONE.search(row.text) \
                and not (_LAW.search(row.text) and len(_EQUATION.findall(row.text)) == 1) \
                and not (_OBJECTIVE.match(row.text) and not _EQUATION.search(_SCRIPTS.sub("", _SUBJECT.split(row.text)[0]))):
            rows.append(TextRow(0, row.start, row.end, row.display, (), row.text,
                                conditions=conditions.get(row.display, ())))
    rows.sort(key=lambda row: row.start)
    return tuple(replace(row, number=number) for number, row in enumerate(rows)), page


_SENTENCE_ENDS = re.compile(r"(?:\s|\$|\\\))*(?:[.;]|\n\s*\n|\Z)")
_ITEM_BEGINS = re.compile(rf"(?:\\item\b(?:\s*\[[^\]]*\])?|\n\s*{_MARK})[\s$(\\]*\Z")
_ITEM_ENDS = re.compile(
    rf"(?:[ \t]|\$|\\\))*[.,;]?[ \t]*(?:\Z|\n\s*(?:\\item\b|\\end\s*\{{|{_MARK}\s|\n|\Z))")
_LIST_BEGINS = re.compile(rf"\\begin\s*\{{(?:itemize|enumerate)|\n\s*\n(?=\s*{_MARK}\s)")
_POSTULATES = re.compile(r"\b(?:assum|suppos|condition|axiom)", re.IGNORECASE)
_ASSUMES = re.compile(r"\b(?:let|assum|suppos|condition|given|where|with|axiom|propert|notation|defin|denot|setup|setting|"
                      r"satisf|if)", re.IGNORECASE)


def _stands_alone(page: Page, number: int, before: str, text: str) -> bool:
    """Whether an equation is a sentence of its own, or all that is behind a colon: no words make it anything but a claim."""
    sentence = _SENTENCE.split(before)[-1]
    sides = _EQUATION.split(_SCRIPTS.sub("", text))
    alone = sentence.rstrip().endswith(":") or not re.search(r"\w|⟨", sentence)
    listed = _words_of_items(page, number) if len(sides) == 2 else None
    if listed is not None and not _ASSUMES.search(listed) and not _RANGE.search(text) and not RESTATED.match(text):
        return bool(re.search(r"[-+*/^\\|(]|[A-Za-z]\s?[A-Za-z]", sides[0]))
    return len(sides) == 2 and alone and not _RANGE.search(text) and not RESTATED.match(text) \
        and bool(_SENTENCE_ENDS.match(page.shown, page.stretches[number].end)) and bool(re.search(r"[-+*/^\\|(]", sides[0]))


def _words_of_items(page: Page, number: int) -> str | None:
    """The words before the list of which a formula is a whole item; None for any other formula."""
    here = page.stretches[number]
    above = page.shown[max(0, here.start - 1200):here.start]
    begun = [found.start() for found in _LIST_BEGINS.finditer(above)]
    if not begun or not _ITEM_BEGINS.search(above) or not _ITEM_ENDS.match(page.shown, here.end):
        return None
    words = above[:begun[-1]].rstrip()[-160:]
    return "" if words.endswith(".") else _SENTENCE.split(words)[-1]


def _is_supposed(page: Page, number: int, before: str) -> bool:
    """Whether words before a formula, or before the list that it is an item of, suppose it."""
    return bool(_CONSTRAINED.search(before) or _POSTULATES.search(_words_of_items(page, number) or ""))


def _before(page: Page, number: int) -> str:
    """The words before a stretch, back to the display or the paragraph before it."""
    start = page.stretches[number].start
    last = number
    while last and page.stretches[last - 1].display is None and page.stretches[last - 1].end > start - 600:
        last -= 1
    text = marked(page.shown, page.stretches, max(page.stretches[last - 1].end if last else 0, start - 600), start)
    return re.split(r"\n\s*\n(?=\s*\S)", text)[-1]


# "For x > 0, |x| = x": behind the case stands what is claimed of it.
_FOR_CASE = re.compile(r"\bfor(?:\s(?:all|any|every|each))?\s*⟨(\d+)⟩\s*,\s*$", re.IGNORECASE)


def _behind_case(page: Page, before: str) -> str:
    """The words before a stretch; behind a comparison that is its case, with words that say that it is claimed."""
    case = _FOR_CASE.search(before)
    text = page.shown[page.stretches[int(case[1])].start:page.stretches[int(case[1])].end] if case else ""
    said = _COMPARISON.search(text) and not _EQUATION.search(text) and not _RANGE.search(text)
    return f"{before} we have " if said else before


def _conditions(page: Page, before: str) -> Iterator[tuple[int, int]]:
    """Comparisons that the sentence before a display names as its case."""
    *above, before = _SENTENCE.split(before)
    while above and _HENCE.match(before):
        before = f"{above.pop()} {before}"
    before = _IN_GENERAL.split(before)[-1]
    for found in _CONDITION.finditer(before):
        for number in re.findall(r"\d+", found["listed"]):
            each = page.stretches[int(number)]
            text = page.shown[each.start:each.end]
            if _COMPARISON.search(text) and not _RANGE.search(text):
                yield each.start, each.end
    for found in re.finditer(r"⟨(\d+)⟩", before):
        # "with respect to the score of a wrong class, j ≠ y": two letters that differ are a case, whatever the words.
        each = page.stretches[int(found.group(1))]
        if re.fullmatch(r"\s*\\?\w+\s*(?:\\neq?\b|≠|\\not\s*=)\s*\\?\w+\s*", page.shown[each.start:each.end]):
            yield each.start, each.end
    for found in _AT_VALUE.finditer(before):
        each = page.stretches[int(found.group(1))]
        sides = _EQUATION.split(page.shown[each.start:each.end])
        if len(sides) == 2 and len(sides[0]) <= 30 and _GIVEN_VALUE.fullmatch(sides[1]):
            yield each.start, each.end


_LISTED = re.compile(r"\s*(?:\$|\\\))?\s*(?:,|and|,\s*and)\s*(?:\$|\\\()?\s*")


def _last_case(page: Page, before: str) -> tuple[tuple[int, int], ...]:
    """The last case that the words before a formula of a sentence name, whole where it is a list: if a = b and c = d."""
    found = tuple(_conditions(page, before))
    first = len(found) - 1
    while first > 0 and _LISTED.fullmatch(page.shown, found[first - 1][1], found[first][0]):
        first -= 1
    return found[max(first, 0):]


# "|x| = x for x > 0"
_CASE_BEHIND = re.compile(r"[\s,;]{0,4}(?:holds\s)?(?:for|if|when(?:ever)?|provided(?: that)?|as long as)\s+"
                          r"(?:all\s+|every\s+)?\Z")


def _conditions_behind(page: Page, number: int) -> Iterator[tuple[int, int]]:
    """The comparison that is said to be the case of a stretch right behind it."""
    here, after = page.stretches[number], page.stretches[number + 1:number + 2]
    for each in after:
        text = page.shown[each.start:each.end]
        if each.display is None and _CASE_BEHIND.match(page.shown[here.end:each.start].replace("$", "")) \
                and _COMPARISON.search(text) and not _RANGE.search(text):
            yield each.start, each.end


def _is_equation(text: str) -> bool:
    """Whether mathematics is one equation, and says not where something runs, what is random or what is given again."""
    text = _SCRIPTS.sub("", _SCRIPTS.sub("", text))
    return len(_EQUATION.split(text)) == 2 and not any(pattern.search(text) for pattern in (_RANGE, _LAW)) \
        and not RESTATED.match(text) and not NAMED_FUNCTION.match(text)


def _is_constraint(text: str, macros: dict[str, Macro]) -> bool:
    """Whether mathematics is one equation about more than a name."""
    sides = _EQUATION.split(_SCRIPTS.sub("", _SCRIPTS.sub("", text)))
    return len(sides) == 2 and not _lone(sides[0], macros) and not _RANGE.search(text) and not _DERIVES.search(text)


def _lone(text: str, macros: dict[str, Macro]) -> bool:
    """Whether a side is one name, of one letter."""
    return any(len(each.base[0]) == 1 or each.base[0] in GREEK for each in names_of(text, macros))


_SO_THAT = "(?:and|so|then|hence|thus|that|therefore|get|have)"
_GIVES = r"(?:is|equals?|becomes?|reads?|gives|yields|to be|it is|(?:we|one|you) (?:get|obtain|have|find))(?:\s+that)?"
_DERIVATIVE_WORDS = r"gradient|derivative|hessian|jacobian|differentiat(?:e|ing)"
_DERIVATIVE_SAID = re.compile(
    rf"(?:\A|\b{_SO_THAT}|,)\W*(?:\b(?:the|its|whose)\s+|\b(?:taking|computing|compute)\s+(?:the\s+)?|\b(?=differentiat)"
    rf"|(?=[^:]{{1,120}}:\W*\Z))(?:partial\s+)?({_DERIVATIVE_WORDS})\b(.*?)(?:"
    rf"[\s,](?:{_GIVES}(?:\s+(?:then|thus|therefore|simply|just|given by))?\W*\Z)|:\W*\Z)", re.IGNORECASE | re.DOTALL)
"""Words in front of a formula that say whose derivative it is."""
_NO_VALUE = re.compile(rf"{_COMPARISON.pattern}|{_DERIVES.pattern}|[,~]|\\(?:times|in|sim|to|approx|propto)\b|×|∈|"
                       r"\s*\\?(?:mathcal\s*\{?)?O\}?\s*(?:\\left)?\(")
_A_PRODUCT = re.compile(r"(?!\s*[A-Za-z]+\s*\Z).*?(?:\d\s*\\?[A-Za-z]|[A-Za-z](?:[^A-Za-z\\]{0,40}|[^A-Za-z]{0,40}\\)"
                        r"[A-Za-z]|[A-Za-z)}]\s?[\^/]|[/(+-]\s?\\?[A-Za-z])", re.DOTALL)
# "The derivative of x'x is x" says what it is of: what it is may be a name or a number.
_OF_FORMULA = re.compile(r"(?:\$|\\\()[^$]*(?:[\^+*/|(-]|\\[a-z]{2}|[A-Za-z]\s?[A-Za-z])[^$]*(?:\$|\\\))")
_NEXT_SAID = rf"\n\s*(?:[-*+•]|\d{{1,2}}[.)])\s|\n\W{{0,6}}(?=(?:the\s)?(?:partial\s)?(?:{_DERIVATIVE_WORDS})\b)"
_CLAUSE_ENDS = re.compile(rf"\s{{0,3}}(?:\$|\\\))?[ \t]{{0,3}}(?:[.,;]?\s*\Z|[.,;]\s|\n\s*\n|{_NEXT_SAID}|"
                          r"\s{0,3}and\s(?:the|its|that|so)\b)", re.IGNORECASE)
# The Hessian with respect to p is 2I, or 0.
_VALUE = re.compile(r"\s*-?\s*\d{0,4}\s*(?:(?<=\d)|I(?:_\{?\w\}?)?|\\(?:mathbf|mathbb|bm)\s?\{?[I0]\}?)\s*\Z")


def sentence_until(shown: str, end: int, start: int = 0, reach: int = 160) -> str:
    """What stands of a sentence before a place in a page, of so many characters."""
    return re.split(r"[.!?;]\s|\n\s*\n", shown[max(start, end - reach):end])[-1]


def derivative_said(words: str) -> re.Match[str] | None:
    """What the words before a formula, from the last item or heading on, say that it is: the word, of what and by what."""
    return _DERIVATIVE_SAID.search(re.split(_NEXT_SAID, words, flags=re.IGNORECASE)[-1])


def _says_derivative(shown: str, start: int, end: int) -> bool:
    """Whether a formula without an equals sign is what the words before it say a derivative is: the gradient is 2Aw."""
    before = shown[max(0, start - 400):start].replace("w.r.t.", "wrt")
    said = derivative_said(re.split(rf"[.!?;]\s|\n\s*\n|\b(?={_SO_THAT}\b)", before, flags=re.IGNORECASE)[-1])
    named = derivative_of(said.group(2)) if said is not None and "=" not in said.group(2) else None
    return named is not None and said is not None \
        and _CLAUSE_ENDS.match(shown[end:end + 40]) is not None and not _NO_VALUE.search(shown[start:end]) \
        and (_A_PRODUCT.match(shown[start:end]) is not None or _is_known(shown[start:end], shown[:start])
             or _OF_FORMULA.search(said.group(2)) is not None
             or (named[1] != "" and _VALUE.match(shown[start:end]) is not None))


def _is_known(formula: str, above: str) -> bool:
    """Whether a formula is one name that a sentence above has, so that "the Hessian is A" says nothing of what A is."""
    name = formula.strip()
    if re.fullmatch(r"\\?[A-Za-z]{1,7}\d?(?:_\w)?", name) is None or (len(name) > 2 and name.lstrip("\\") not in GREEK):
        return False
    ends = [end.end() for end in re.finditer(r"[.!?;]\s|\n", above)]
    return bool(ends) and re.search(rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z])", above[:ends[-1]]) is not None


def _derivatives_said(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What plain text says that a derivative is, behind "the gradient of f is", to the end of the clause."""
    for verb in (*_VERB.finditer(text, start, end), *_HEADED.finditer(text, start, end)):
        behind = _CLAUSE.match(text, verb.end(), end)
        if behind is not None and "=" not in behind[1] and not SENTENCE_WORD.search(behind[1]):
            yield behind.span(1)


# For i != j, the derivative is
_CASE_SAID = re.compile(r"\b(?:for|if|when|whenever)\s{1,3}(\w{1,3}\s{0,3}(?:!=|≠|==?|<=?|>=?|≤|≥)\s{0,3}\w{1,3})\b",
                        re.IGNORECASE)


def _case_said(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Comparisons of two letters or numbers that a sentence of plain text names as its case, before a place in it."""
    sentence = re.split(r"[.!?;]\s|\n", text[max(0, start - 400):start])[-1]
    for found in _CASE_SAID.finditer(text, start - len(sentence), start):
        yield found.span(1)


_VERB = re.compile(rf"\b{_GIVES}(?:\s+(?:then|thus|therefore|simply|just|given by))?[ \t:]{{1,4}}", re.IGNORECASE)
# Gradient w.r.t. w: ...
_HEADED = re.compile(rf"(?:(?<=\n)|\A)\W{{0,6}}(?:the\s)?(?:partial\s)?(?:{_DERIVATIVE_WORDS})\b[^:=\n]{{0,80}}"
                     r":\**[ \t]{1,4}", re.IGNORECASE)
_CLAUSE = re.compile(r"([^;?!\n]{1,400}?)(?=[.,;]?[ \t]{0,4}(?:\Z|\n)|[.;,][ \t]|[ \t](?:and|so|which|where)\b)")


def derivative_of(said: str) -> tuple[str, str] | None:
    """What stands between "gradient" and "is": of what, and by what, each "" where it is not said.

    None where other words stand there too.
    """
    found = _OF_AND_BY.fullmatch(said)
    of, by = (_LEADING.sub("", each or "") for each in found.groups()) if found is not None else ("", "$")
    of, by = (one[1] or one[2] if (one := _FORMULA.fullmatch(each)) else each for each in (of, by))
    words = SENTENCE_WORD.search(f"{of} ") or (len(by) > 2 and SENTENCE_WORD.search(f"{by} "))
    return None if "$" in of + by or words else (of, by)


_FORMULA = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)")
_OF_AND_BY = re.compile(r"\s{0,9}(?:(?:matrix|vector)\s{1,9})?(?:(?:of\s{1,9}|(?=\$|\\\())(.{1,300}?))?\s{0,9}"
                        r"(?:\b(?:with respect to|wrt|in|for|at)\s{1,9}(.{1,100}?))?\s{0,9}", re.DOTALL)
_LEADING = re.compile(r"\A(?:(?:the|this|our|loss|function|objective|cost|matrix|vector|weights?|parameters?|inputs?|scalar|"
                      r"variable)\b\s{0,9}){1,4}")


def _worth_a_row(text: str, before: str, macros: dict[str, Macro]) -> bool:
    """Whether mathematics in a sentence says something: a definition, or a claim that is not only supposed."""
    text = _SCRIPTS.sub("", _SCRIPTS.sub("", text))
    sign = _EQUATION.search(text)
    if RESTATED.match(text) or NAMED_FUNCTION.match(text):
        return False
    if sign is None or _RANGE.search(_DIAGONAL.sub("D", text[sign.start():])):
        return False
    sides = _EQUATION.split(text)
    listed = re.fullmatch(r"\s*(?:\\left\s*)?[({\[]([^()]*,[^()]*)(?:\\right\s*)?[)}\]][\s.,;]*", sides[-1])
    if len(sides) == 2 and listed and names_of(sides[0], macros) and names_of(listed.group(1), macros):
        return False  # θ = (μ, σ²) says what belongs together, and nothing of values
    if _OPENS_WITH.search(before) and _OF_IDENTITY.fullmatch(sides[-1]):
        return False
    named = len(names_of(sides[0], macros)) == 1
    number = re.fullmatch(r"\s*-?[\d.,]+\s*", sides[-1]) is not None
    if number and named and speaks_of_optimum(re.split(r"[.!?;]\s", before)[-1]):
        return True
    follows, lone = _FOLLOWS.search(before) is not None, _lone(sides[0], macros)
    if re.search(r"\b(?:only if|iff)\s*$", before) and not (named and number):
        return True
    if _WHEN.search(before) and not _DERIVES.search(text) and not (follows and not lone):
        # "If z = f(x), then" introduces z; "if y = t", "if x = 0" and "whenever m = i + j - 1" are cases.
        if re.fullmatch(r"\s*[i-np-t]\s*", sides[0]) and re.fullmatch(r"[\si-np-t\d+−-]{1,40}", sides[-1].strip(" .,;")):
            return False
        composed = re.search(r"[A-Za-z}\])](?:_\w)?\s*[-(+*/^\\]|[A-Z]\s*[a-z]|\d\s*\\?[A-Za-z]", sides[-1])
        return bool(names_of(sides[0], macros)) and composed is not None and not _OF_IDENTITY.fullmatch(sides[-1])
    if _SECOND.match(sides[0]):
        return True
    if _DERIVES.search(text):
        # A gradient that is set to 0 is no claim; what it is before, is one.
        return len(sides) > 2 or not re.fullmatch(r"[\s0\\,;.]*|\s*\\mathbf\s*\{?0\}?\s*", sides[-1])
    if _PREMISE.search(before) and not (named and number):
        return True
    if (follows and not lone) or (number and (follows or _REASON.search(before)) and not (lone and sides[-1].strip(" 0.,"))):
        return True
    turned = not number and re.search(r"\^\s*\{?\s*(?:T|\\top)", sides[0]) is not None  # W'W = I
    return (named and not number) or turned or len(sides) > 2 or (not number and not names_of(sides[-1], macros))


def _bare(text: str) -> Written:
    """A text without displays: one row a line, unless braces or an environment are open; ``\\\\`` ends a row too."""
    clean = without_macros(text)
    source = SourceText(clean)
    shown = hidden(clean)
    rows: list[TextRow] = []
    start = position = 0
    for line in clean.split("\n"):
        position += len(line) + 1
        chunk = clean[start:position - 1]
        if chunk.count("\\begin{") > chunk.count("\\end{"):
            continue
        for found in split_rows(source, start, position - 1, 0, shown):
            if not found.text.startswith("%"):
                # Behind # stands a comment, as in code.
                end = found.start + len(re.split(r"\s#(?=\s)", text[found.start:found.end])[0].rstrip())
                rows.append(TextRow(len(rows), found.start, end, 0, (), text[found.start:end]))
        start = position
    if not rows:
        raise ParseError("there is nothing to read", hint="give the lines of a derivation")
    said = [part for row in _without_bullets(rows, clean) for part in _clauses(row)]
    return Written(source, tuple(replace(row, number=k) for k, row in enumerate(said)), macros_in(text),
                   declarations_in(text))


# sum_i (x_i - mu) = 0 and sum_i xhat_i = 0 are two claims.
_AND = re.compile(r",?[ \t]{1,20}(?:and|then|hence|thus|therefore)[ \t]{1,20}(?=[^=]{1,200}=)")


def _clauses(row: TextRow) -> Iterator[TextRow]:
    """The equations that words join in one row."""
    start = 0
    for found in () if is_prose(row.text) else _AND.finditer(row.text):
        if "=" in row.text[start:found.start()]:
            yield replace(row, start=row.start + start, end=row.start + found.start(), text=row.text[start:found.start()])
            start = found.end()
    yield replace(row, start=row.start + start, text=row.text[start:])


# - dV = P^T dO: an item of a list, where there are several or a colon announces it.
_BULLET = re.compile(r"([-+*•–])[ \t]{1,20}(?=[^=]{1,200}=)")


def _without_bullets(rows: list[TextRow], text: str) -> Iterator[TextRow]:
    """Rows without the signs that make them items of a list; one row alone that starts with a minus is a row."""
    found = [_BULLET.match(row.text) for row in rows]
    often = Counter(each[1] for each in found if each)
    for row, bullet in zip(rows, found, strict=True):
        if bullet and (bullet[1] in "*•" or often[bullet[1]] > 1 or text[:row.start].rstrip()[-1:] == ":"):
            yield replace(row, start=row.start + bullet.end(), text=row.text[bullet.end():])
        else:
            yield row


def _sides(line: Any) -> tuple[Any, ...]:
    """Left and right of an equation or a pair; the one side of an expression that goes on."""
    if isinstance(line, tuple) and len(line) == 2:
        return line
    if hasattr(line, "rel_op") and getattr(line, "rel_op", "") == "==":
        return line.lhs, line.rhs
    return (line,)


def _shown(line: Any) -> str:
    sides = _sides(line)
    return " = ".join(map(str, sides)) if len(sides) > 1 else str(sides[0])
