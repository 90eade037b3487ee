"""What stands around the displays of a document: inline mathematics, the words between, and the scopes of names."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..syntax.grammar import CONNECTING
from ..syntax.spellings import GREEK, NABLA
from .displays import DisplayStretch

_INLINE = re.compile(r"(?<![\\$])\$\$(?P<c>[^$\n]{1,600}?)\$\$|(?<![\\$])\$(?!\$)(?P<a>(?:[^$\\]|\\.){1,600}?)\$|"
                     r"(?<!\\)\\\((?P<b>.{1,600}?)\\\)", re.DOTALL)
# What opens a scope: a heading, an exercise, an example; whether names may start anew in it.
_SCOPE = re.compile(
    r"^[ \t]*(?P<hash>#{1,6})[ \t]+(?P<title>[^\n]{0,200})"
    r"|\\(?P<section>chapter|section|subsection|subsubsection|"
        r"paragraph)\*?\s*(?:\[[^\]]{0,100}\])?\s*\{(?P<name>[^{}]{0,200})"
    r"|\\begin\s*\{(?P<environment>problem|exercise|question|example|Problem|Exercise|Example|Question|aufgabe|"
        r"Aufgabe|exer|prob|ex|"
    r"theorem|lemma|proposition|homeworkProblem|beispiel)s?\*?\}"
    r"|^[ \t]*(?:\\noindent\s*)?(?:\*\*|__|\\(?:textbf|textit|textsc|underline)\s*\{|\{\\bf\s)?"
        r"(?P<word>Problem|Exercise|Question|Example|Task|Aufgabe|Teilaufgabe|Beispiel|Übung|Part|"
        r"Q)\b[ \t.]*(?P<count>[\d.()a-z]{1,6})"
    r"|^[ \t]*\*\*(?!Answer|Solution|Proof|Question|Antwort|Lösung|Beweis)(?P<bold>[^*:\n$]{2,60})\*\*[ \t]*$"
    r"|^[ \t]*(?:\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)[ \t]+(?P<numbered>[A-Z][^\n=$\\]{2,80})$"
    r"|\\item\s*\[\s*\(?(?P<item>[a-z0-9]{1,3})[.)]?\s*\]", re.MULTILINE)
_PROBLEM = re.compile(r"problem|exercise|question|example|aufgabe|beispiel|übung|\bq\s?\d", re.IGNORECASE)


@dataclass(frozen=True)
class ScopeStart:
    """Where a scope begins; ``anew`` where it is a problem, an exercise or an example of its own."""

    offset: int
    title: str
    anew: bool
    level: int = 0


@dataclass(frozen=True)
class Stretch:
    """A stretch of mathematics, in a sentence or apart."""

    start: int
    end: int
    display: int | None = None


def inline(shown: str, displays: Sequence[DisplayStretch]) -> Iterator[Stretch]:
    """The mathematics in the sentences between the displays."""
    position = 0
    for stop, behind in [*((each.outer, each.behind) for each in displays), (len(shown), len(shown))]:
        for found in _INLINE.finditer(shown, position, stop):
            name = next(k for k in "abc" if found.group(k) is not None)
            if not re.search(r"\n\s*\n", found.group()):
                yield Stretch(found.start(name), found.end(name))
        position = max(position, behind)


def scopes(shown: str, displays: Sequence[DisplayStretch]) -> list[ScopeStart]:
    """Where scopes begin, in order; the first begins with the text."""
    starts = [each.outer for each in displays]
    found = [ScopeStart(0, "", False)]
    for match in _SCOPE.finditer(shown):
        place = bisect_right(starts, match.start()) - 1
        if place >= 0 and match.start() < displays[place].behind:
            continue
        title = next((match[k] for k in ("title", "name", "numbered", "bold") if match[k]), match[0]).strip()
        numbered = match.group("environment") or match.group("word") or match.group("item")
        anew = bool(match.group("environment") or match.group("word") or _PROBLEM.search(title))
        level = len(match.group("hash") or "") or (9 if numbered else 7 if match.group("bold") else 2)
        found.append(ScopeStart(match.start(), title, anew, level))
    return found


def marked(shown: str, stretches: Sequence[Stretch], start: int, end: int, first: int = 0) -> str:
    """Words with ⟨k⟩ in the place of the k-th stretch of mathematics, ⟪k⟫ where it stands apart; commands left out."""
    pieces: list[str] = []
    position = start
    for number in range(bisect_right(stretches, start, key=lambda each: each.end), len(stretches)):
        each = stretches[number]
        if each.start >= end:
            break
        pieces.append(_words(shown[position:each.start]))
        pieces.append(f" ⟨{number + first}⟩ " if each.display is None else f" ⟪{number + first}⟫ ")
        position = each.end
    pieces.append(_words(shown[position:end]))
    return "".join(pieces)


_COMMAND = re.compile(r"\\(?:begin|end|label|ref|eqref|cite[pt]?|includegraphics|item)\s*(?:\[[^\]]*\])?\s*(?:\{[^{}]*\})?"
                      r"|\\[A-Za-z]+\*?|\\[()\[\]]|[$*_`]{1,2}|[{}]")


def _words(text: str) -> str:
    return re.sub(r"[ \t]+", " ", _COMMAND.sub(" ", text))


# ------------------------------------------------------------------ plain characters

_WORD = re.compile(r"(?<![\\A-Za-z_^{])[A-Za-zäöüß]{2,}(?![A-Za-z]*[({\[_^])")
_FUNCTION_WORD = re.compile(r"exp|log|ln|sin|cos|tan|tanh|sigmoid|softmax|relu|tr|det|norm|sum|diag|inv|max|min|sqrt|trace|"
                            r"if|for|mean")
_RELATION = re.compile(r"=|≤|≥|≈|∝|<|>")
_PLAIN_MATH = re.compile(
    rf"(?<![\w-])(?!(?:be|is|as|lie|in)\b)(?:{'|'.join(sorted(GREEK))}|[A-Za-zα-ωΑ-Ω]['̂̄]?(?:_?\w{{1,2}})?)"
        r"(?:\s*,\s*[A-Za-zα-ωΑ-Ω]\w{0,2})*\s*(?:∈|\bin\b)\s*(?:ℝ|R)\s*(?:\^?\s*(?:\{[^{}]*\}|"
        r"\([^()]*\)|[\w×⁰-⁹ⁿᵐᵈ]+))?"
    r"|(?<=\bin\s)(?:ℝ|R)\s*\^\s*(?:\{[^{}]*\}|\([^()]*\)|[\w×⁰-⁹ⁿᵐᵈ]+)"
    r"|\b(?!(?:[Ll]et|[Ff]or|[Ii]f|[Aa]nd|[Aa]s|is|of|[Ii]n|an)\b)\w{1,3}\s*(?:×|\bx\b|-?\bby\b-?)\s*"
        r"(?!(?:be|is|are|as|in|to|we|and|of|a)\b)\w{1,3}\b"
    rf"|(?<![\w'’])(?:eps|{'|'.join(sorted(GREEK))}|[A-Za-z])\s*(?:>|≥|>=)\s*0(?!\w|\.\d)|(?<![\w'’])(?:eps|{'|'.join(sorted(GREEK))})"
        r"(?:_\w{1,5})?(?![\w'’])"
    r"|(?<![\w'’])(?:[B-HJ-Zb-z]|A(?:(?<=[a-z,] A)|(?!\s+[a-z]{2,}(?<!is)(?<!be)(?<!and)(?<!has)))|[α-ωΑ-Ω])"
        r"(?:_\{?\w{1,5}\}?|\d)?(?![\w'’])"
    r"|(?:∈|(?<=\bin\s))\s*\{[^{}]*\}")


# What a formula has in brackets, and a name that stands alone between its signs, are no words of a sentence.
_OF_FORMULA = re.compile(r"\([^()]{0,400}[=+*/^,-][^()]{0,400}\)|(?<=\w)\([^()]{0,400}\)")
_BETWEEN_SIGNS = re.compile(r"(?:(?<=[=+*/^@-])|^)[ \t]{0,8}[A-Za-z_][\w.]{0,40}[ \t]{0,8}(?=[=+*/^@-]|$)")
_NESTED = 4


# Let A ∈ ℝ^{n×n} and y = Ax;  if z = Wx, then dz/dx = W
_SAYS_WHAT_NAMES_ARE = re.compile(r"\s{0,20}(?:(?:let|given|suppose|assume|consider|take)\b[^=]{1,400}(?:∈|\bin\s|->|→)|"
                                  r"if\b[^=]{1,100}=[^=]{1,400}\bthen\b)", re.IGNORECASE)
# "Layer norm: mu = mean(x), ...";  "A: Let ..."
_LABEL = re.compile(r"\s{0,20}(?!(?:Let|Given|Suppose|Assume|Consider|For|If)\b)"
                    r"[A-Z][\w-]{0,20}(?:[ -][A-Za-z]{1,20}){0,3}:\s{1,3}")


def is_prose(line: str) -> bool:
    """Whether a line of plain text is a sentence rather than a formula."""
    label = _LABEL.match(line)
    if _SAYS_WHAT_NAMES_ARE.match(line, label.end() if label else 0):
        return True
    if line.strip(" \t,.:").lower() in CONNECTING:
        return True
    bare = line
    for _ in range(_NESTED if _RELATION.search(line) else 0):
        bare = _OF_FORMULA.sub("()", bare)
    words = [w for w in _WORD.findall(_BETWEEN_SIGNS.sub("", bare)) if not _FUNCTION_WORD.fullmatch(w.lower())]
    related = bool(_RELATION.search(line))
    if "\\" in line and related:
        return len(words) >= 6
    if related and (re.search(r"[a-z)][.;]\s+[A-Z][a-z]+\s", line) or _VERB_BETWEEN.search(line)):
        # A sentence ends in the line, and another begins; or a verb stands between two equations.
        return len(words) >= 2
    return len(words) >= (4 if related else 2) or (line.rstrip().endswith(":") and bool(words)) \
        or bool(words and not related and not re.search(r"[+*/^=]", line))


_VERB_BETWEEN = re.compile(r"=[^=]{1,200}\s(?:satisf(?:y|ies)|obeys?|fulfil\w{1,3}|follows)\s[^=]{1,200}=")
_LEAD = re.compile(
    r"\s*(?:(?:where|with|and|so|then|now|hence|thus|therefore|finally|similarly|also|let|define|denote|write|or|since|i\.e\.|"
    r"because|using|note(?: that)?|recall(?: that)?|we (?:have|get|obtain|find)|which gives|this gives|that is)\b[,:]?\s+"
    r"|(?:\((?:\d{1,2}|[a-z]|i{1,3})\)[:.]?|(?:[A-Z][\w-]*(?:[ -][A-Za-z]+){0,3}|[a-z]|i{1,3}|\d{1,2})[:.)])\s+)+"
    r"(?=[^=]*?(?:=|<-|←))", re.IGNORECASE)
_FORMULA_WORDS = "|".join((*sorted(GREEK), *NABLA)) + "|sqrt|sum|prod|exp|log|ln|tr|det|diag|tanh|sin|cos|max|min|inv|norm"
# "the Hessian ∇²J = ..." and "the SVD X = ..." call a formula by a word.
SENTENCE_WORD = re.compile(rf"(?<![\w\\^{{'])(?:(?!(?:{_FORMULA_WORDS})\b)(?:we|in|is|of|to|by|so|be|as|at|or|if|an|it|on|"
                           r"and|[A-Za-z](?=[a-z]*[aeiou])[a-z]{2,})(?![\w({\[_^/'])[,.;:]?"
                           r"|(?:hessian|gradient)(?=\s{1,3}∇)|(?-i:[A-Z]{3,5})(?=\s{1,3}[^\s=]{1,12}\s?=))", re.IGNORECASE)


def without_lead(line: str) -> int:
    """Where the formula of a line of plain text begins, behind words such as "where", or a label such as "E-step:"."""
    found = _LEAD.match(line)
    start = found.end() if found else 0
    word = SENTENCE_WORD.match(line, start)
    if word and not line[word.end():].lstrip().startswith("="):
        start = next((low for low, _ in formulas_in_words(line, start, len(line))), start)
    return start


def _is_of_formula(text: str, start: int, begin: int, end: int) -> bool:
    """Whether a word is a name of a formula: within brackets, or with a sign of a formula behind it."""
    open_ = text.count("(", start, begin) - text.count(")", start, begin)
    return open_ > 0 or bool(re.match(r"\s*[=+*/^]", text[end:end + 4]))


def formulas_in_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Equations that stand in a sentence of plain text, from the word or the comma before to the word behind."""
    label = _LABEL.match(text, start, end)
    start = label.end() if label else start
    words = (word.span() for word in SENTENCE_WORD.finditer(text, start, end))
    breaks = [(start, start), *(word for word in words if not _is_of_formula(text, start, *word)), (end, end)]
    for (begin, low), (high, _) in pairwise(breaks):
        for first, last in _listed(text, low, high, text[begin:low] == "in"):
            kept = text[first:last].strip(" \t,.;:?")
            if "=" in kept[1:-1]:
                # "with respect to b: dL/db = ..."
                kept = kept[head.end():] if (head := _HEADING.match(kept)) else kept
                begin = first + text[first:last].index(kept)
                yield begin, begin + len(kept)


_HEADING = re.compile(r"\w{1,4}:\s{1,4}(?=[^=]{1,200}=)")
# x ∈ R^n, f: R^n -> R and T > 0 say what a name may be.
_SPACE = re.compile(r"∈|->|→|\A\s{0,3}[^\W\d]\w{0,12}\s{0,3}(?:[<>]=?|≤|≥)\s{0,3}[\d.]{1,9}\s{0,3}\Z")


def _listed(text: str, start: int, end: int, space: bool = False) -> Iterator[tuple[int, int]]:
    """What is listed by commas outside brackets, cut where what says in which space a name is ends or begins.

    ``space``  whether "in" stands before it, so that the first is a space.
    """
    depth, first, cuts = 0, start, []
    for at in range(start, end):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if text[at] == "," and depth == 0:
            cuts.append(at)
    for at, behind in pairwise([*cuts, end]):
        if space or _SPACE.search(text[first:at]) or _SPACE.search(text[at + 1:behind]):
            yield first, at
            first, space = at + 1, False
    yield first, end


def names_in_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Names, sizes and sets that stand in a sentence of plain text."""
    for found in _PLAIN_MATH.finditer(text, start, end):
        yield found.span()
