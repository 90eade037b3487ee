"""What else the names of a text may be, put to the test before a line of it is called wrong.

Where nobody declares what σ_i, P_K or KL is, how it was taken is a guess, and an equation may give a name another value than
it had above.  Under other guesses, alone and two together, a text is refereed again: one that costs no line that holds, and
under which lines hold that failed, says more of the text and is taken.  One line alone that a guess makes true is evidence
of nothing but that it hangs on the guess: it is not called wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import SymderivError
from ..functions.elementary import log
from ..reader.declare.context import DeclaredNames, Definition, Quantity
from ..reader.declare.function_names import canonical
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import WORD, Macro, Token, tokenize
from .implications import FOLLOWS_NOT
from .report import ACCEPTED, Line, Report
from .roles import ClassifiedText, Parsed, marked, names_in, names_read, sentence_before
from .text_rows import Written
from .unsaid import opened

FAILS = ("refuted", "ill-typed")
MAX_TRIALS = 5
"""So many other guesses are tried for a part of a text."""
Run = Callable[[Written, DeclaredNames, bool], tuple[Report, ClassifiedText]]


@dataclass(frozen=True)
class Refereed:
    """A text as it is read, with its report."""

    text: Written
    report: Report
    reading: ClassifiedText


@dataclass(frozen=True)
class Guess:
    """What else names may be: in words, entries among the macros, and the rows that give their names other values.

    said  whether the text says so, so that no line below need bear it out
    """

    words: str
    macros: dict[str, Macro] = field(default_factory=dict)
    rows: frozenset[int] = frozenset()
    said: bool = False

    def __and__(self, other: Guess) -> Guess:
        return Guess(f"{self.words}, and {other.words}", self.macros | other.macros, self.rows | other.rows, other.said)


@dataclass
class Trials:
    """Other guesses tried on a text: what it is under the best of them, and how many have been."""

    found: Refereed
    complete: Callable[[Written], DeclaredNames]
    run: Run
    count: int = 0

    def under(self, guess: Guess, quick: bool = True) -> Refereed:
        """The text as it is read under a guess."""
        before = self.found
        text = replace(before.text, macros={**before.text.macros, **guess.macros})
        # Among names that the text has defined already, its definitions would be claims, and all of them true.
        context = self.complete(text)
        context.renewed |= before.reading.context.renewed
        context.renewed |= {before.reading.rows[row].row.start for row in guess.rows}
        context.values.clear()
        context.bodies.clear()
        self.count += quick
        report, reading = self.run(text, context, quick)
        return Refereed(text, report, reading)

    def holds(self, guess: Guess) -> tuple[set[int], bool]:
        """The lines that hold under a guess and no longer fail, and whether they are enough to take it everywhere."""
        other = self.under(guess).report
        gained = _gained(self.found.report, other)
        if gained is None:
            return set(), False
        lines = {n for n in gained - guess.rows if not guess.rows or n > min(guess.rows)}
        bad, still = len(failing(self.found.report)), len(failing(other))
        return lines, len(lines) > 1 or guess.said or bool(lines and (guess.rows or still < bad - 1))

    def adopt(self, guess: Guess, first: int) -> None:
        """Read the text under a guess from here on, which the first line that it makes true tells.

        What was a definition above stays one: it is known when the text is read again.
        """
        made, above = self.under(guess, False), self.found.report.lines
        lines = [old if old.status == "noted" and line.number not in guess.rows and not guess.macros else line
                 for old, line in zip(above, made.report.lines, strict=True)]
        lines = [replace(line, notes=(*line.notes, f"{guess.words}, in the whole text")) if line.number == first else line
                 for line in lines]
        self.found = replace(made, report=replace(made.report, lines=tuple(lines)))


def otherwise_read(found: Refereed, complete: Callable[[Written], DeclaredNames], run: Run,
                   given: set[str]) -> tuple[Refereed, dict[int, str]]:
    """A text under the guesses that make most of its lines true; ``complete`` declares the names of a text.

    Beside it the lines that hold under a guess that is not taken, and equations that may give a name another value.
    """
    trials, tried, open_ = Trials(found, complete, run), set[str](), dict[int, str]()
    while trials.count < MAX_TRIALS and failing(trials.found.report):
        guess = next((each for each in _guesses(trials.found, given) if each.words not in tried), None)
        if guess is None:
            break
        tried.add(guess.words)
        holds, enough = trials.holds(guess)
        open_.update(dict.fromkeys(holds, guess.words))
        if enough:
            trials.adopt(guess, min(holds | guess.rows, default=-1))
    for row in _renewing(trials.found, given):
        if trials.found.report.lines[row].diagnosis in (None, FOLLOWS_NOT):
            open_.setdefault(row, "it gives its name another value")
    return trials.found, open_


def left_open(report: Report, open_: dict[int, str]) -> Report:
    """A report in which lines that hang on what else names may be are not decided."""
    lines = [opened(line, f"it fails as it was read, and it is not decided whether {open_[line.number]}: declare it")
             if line.status in FAILS and line.number in open_ else line for line in report.lines]
    return replace(report, lines=tuple(lines))


def failing(report: Report) -> list[Line]:
    """The lines that fail as they are read."""
    return [line for line in report.lines if line.status in FAILS]


def _gained(before: Report, after: Report) -> set[int] | None:
    """The lines that fail in one report and hold in another; None where that takes a line that holds from the first."""
    pairs = list(zip(before.lines, after.lines, strict=True))
    if any(one.status in ACCEPTED and two.status not in (*ACCEPTED, "noted") for one, two in pairs):
        return None
    return {one.number for one, two in pairs if one.status in FAILS and two.status in ACCEPTED}


def _guesses(found: Refereed, given: set[str]) -> Iterator[Guess]:
    """What else names may be of which lines that fail are made: letters, values, and both together."""
    written = {word for line in failing(found.report) for word in re.findall(r"[A-Za-z]+", line.text)}
    letters = [guess for key, guess in letters_apart(found.text, found.reading.context.macros)
               if any(key in word for word in written)]
    rows = [*_renewing(found, given)]
    several = dict.fromkeys((frozenset(rows), *(frozenset([row]) for row in rows))) if rows else ()
    values = [_anew(found, chosen) for chosen in several]
    yield from (*letters, *values[:1])
    yield from (each & values[0] for each in letters if values)
    yield from values[1:]


# ------------------------------------------------------------------ letters that are several names

@dataclass
class _Letters:
    """What a text does with its letters: those that are called, and that stand alone; what stands below each; the products
    of capitals, and the letters with what stands below them, that equations begin with."""

    called: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    below: dict[str, set[str]] = field(default_factory=dict)
    products: set[str] = field(default_factory=set)
    heads: set[tuple[str, str]] = field(default_factory=set)

    def note(self, tokens: Sequence[Token], at: int) -> None:
        """Count one use of a letter."""
        token, script = tokens[at], _script(tokens, at)
        if script is None:
            return
        key, end = script
        behind = tokens[min(end, len(tokens) - 1)].key
        first = (not at or tokens[at - 1].key in ("align", ",", "text")) and behind in ("=", ":=", "align")
        if key:
            self.below.setdefault(token.key, set()).add(key)
            self.heads |= {(token.key, key)} if first else set()
        elif behind == "(" or (behind == "'" and tokens[end + 1].key == "("):
            self.called.add(token.key)
        else:
            self.alone.add(token.key)
            self.products |= {token.key} if first and 1 < len(token.key) < 6 and token.key.isupper() else set()


def letters_apart(text: Written, macros: dict[str, Macro]) -> Iterator[tuple[str, Guess]]:
    """Letters that may be names of their own with what stands below them, with what this would mean."""
    found = _Letters()
    for row in text.rows:
        tokens = _tokens(text, row.start, row.end, macros)
        for at in (k for k, token in enumerate(tokens[:-1]) if token.kind == WORD and not token.accents):
            found.note(tokens, at)
    for key in sorted(found.products):
        yield key, Guess(f"{key} is one name", {f"= {key}": Macro(0, key)})
    for sign in dict.fromkeys(said[1] for row in text.rows for said in _SIGN_CALLED.finditer(row.text)):
        yield sign, Guess(f"{sign}(...) is a function, and no sign", {f"( {sign}": Macro(0, sign)}, said=True)
    for key, script in sorted(found.heads):
        if {key, script} <= found.alone and script.isupper():
            yield key, Guess(f"{key}_{script} is a name of its own", _marked(f"_{script}", key))
    for key in sorted(found.called & {name for name, _ in found.heads}):
        words = f"{key} with an index is a quantity of its own, beside the function {key}"
        yield key, Guess(words, _marked("_", key))
    summed = {letter for row in text.rows for letter in _SUMMED.findall(row.text)}
    for key, scripts in sorted(found.below.items()):
        tags = [s for s in sorted(scripts - summed) if len(s) == 1 and s.islower()]
        if 1 < len(tags) < 4 and key not in found.called and not (key[0] == "d" and key[1:] in found.below):
            shown = " and ".join(f"{key}_{s}" for s in tags)
            yield key, Guess(f"{shown} are names of their own", _marked(f"_{tags[1]}", key))


# I(β) = ..., d(x, y) = ..., of what else is the identity matrix, a differential, an expectation
_SIGN_CALLED = re.compile(r"(?<![A-Za-z\\_^{])([IdDE])\s{0,3}\([^()]{1,20}\)\s{0,3}&?\s{0,3}:?=")


_SUMMED = re.compile(r"(?:sum|prod|[∑Σ∏])\s{0,3}(?:\\limits)?_\s{0,3}\{?\s{0,3}([a-z])")


def _marked(below: str, key: str) -> dict[str, Macro]:
    """A letter above what stands below it, also behind the d of plain text, as entries among the macros."""
    return {f"{below} {each}": Macro(0, each) for each in (key, f"d{key}")}


def _tokens(text: Written, start: int, end: int, macros: dict[str, Macro]) -> list[Token]:
    try:
        return tokenize(text.source, start, end, macros)
    except SymderivError:
        return []


def _script(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """What stands alone below a letter, "" for nothing, and where it ends; None where it is more than one sign."""
    if tokens[at + 1].key != "_":
        return "", at + 1
    inside = tokens[at + 2:at + 5]
    if len(inside) == 3 and inside[0].key == "{" and inside[2].key == "}":
        return inside[1].key, at + 5
    return (inside[0].key, at + 3) if inside and inside[0].kind == WORD else None


# ------------------------------------------------------------------ names that are given another value

def _anew(found: Refereed, rows: frozenset[int]) -> Guess:
    """The guess that rows give their names other values."""
    names = dict.fromkeys(str(head_of(found.reading.rows[row])[0]) for row in sorted(rows))
    said = all(_ANEW.search(sentence_before(found.reading.rows[row], found.text)) for row in rows)
    return Guess(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} given another value below", {}, rows, said)


_ANEW = re.compile(r"\b(?:instead|now|new|modif\w{1,8}|replac\w{1,5}|redefin\w{1,4}|with|adding)\b", re.IGNORECASE)


def _renewing(found: Refereed, given: set[str]) -> Iterator[int]:
    """The rows that fail and may give their name another value, made of other things than the one above."""
    context = found.reading.context
    for line in failing(found.report):
        parsed = found.reading.rows[line.number] if line.number < len(found.reading.rows) else None
        name, right = head_of(parsed) if parsed is not None else (None, None)
        if parsed is None or name is None or right is None or name in given or name in names_in(right):
            continue
        if any(isinstance(case, t.Relation) and case.signs == ("=",) for case in parsed.conditions):
            continue  # what it is in a case
        old = next((r for r in context.by_name(name) if isinstance(r, Definition)), None)
        if old is None or old.source.text != found.reading.source.text or isinstance(old.tree, t.Derivative) \
                or not found.text.rows[0].start <= old.tree.span[0] < parsed.row.start:
            continue
        made = names_read(context, [right]) - names_read(context, [old.tree]) - {name}
        if any(isinstance(r, Quantity) for each in made for r in context.by_name(each)):
            yield line.number


def head_of(parsed: Parsed) -> tuple[str | None, t.Tree | None]:
    """The name on the left side of an equation, and what it is said to be."""
    line = parsed.line
    part = line.parts[0] if line is not None and line.parts else None
    if not isinstance(part, t.Relation) or part.signs[0] not in ("=", ":=") or part.sides[0] is None:
        return None, None
    left = part.sides[0]
    if isinstance(left, t.Call) and isinstance(left.function, t.Function) and canonical(left.function.name) == log.name \
            and len(left.arguments) == 1:
        left = left.arguments[0]  # log p(x) = ... says what p(x) is
    if isinstance(left, t.Call) and isinstance(left.function, t.Function):
        if any(isinstance(a, t.Name) and marked(a.name) for a in left.arguments):
            return None, None  # S(β̂) = ... says what a known S is there
        return (left.function.name, part.sides[1]) if not left.function.primes else (None, None)
    base = left.base if isinstance(left, t.Subscripted) else left
    return (base.name, part.sides[1]) if isinstance(base, t.Name) else (None, None)
