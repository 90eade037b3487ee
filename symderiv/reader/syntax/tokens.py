"""Text to tokens: LaTeX, Unicode and plain spellings of one sign become the same token.

Every character is consumed or refused; every token knows where it stands in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from ...bounds import DIGITS, remembered
from ...errors import BoundExceeded, ParseError
from ..declare.function_names import known
from .spellings import (
    ACCENTS,
    APART,
    BRACED_MATRICES,
    COMBINING,
    FONT_SWITCHES,
    FONTS,
    GREEK,
    LABELLED,
    NABLA,
    NOT_READ,
    OPERATORS,
    SKIPPED_WITH_ARGUMENT,
    SPACES,
    STACKED,
    STRUCTURE_COMMANDS,
    STRUCTURES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UNICODE_OPERATORS,
    UNICODE_WORDS,
    UPRIGHT,
    WORD_COMMANDS,
)

MAX_LENGTH = 100_000
MAX_TOKENS = 20_000
MAX_DEPTH = 200

NUMBER, WORD, OPERATOR, STRUCTURE, TEXT, STRING, BEGIN, END, STOP = (
    "number", "word", "operator", "structure", "text", "string", "begin", "end", "end of text")


@dataclass(frozen=True, slots=True)
class Token:
    """A sign: its kind, its canonical spelling, and the half-open span of characters it was read from.

    font     "bold", "bb", "cal" ... as written; it matters only where two declared names differ in it.
    upright  a word set upright or by a command, which is never cut into letters.
    accents  those put on a word; they are part of ``key``.
    spaced   whether white space stands in front; ``wide`` whether it separates, as \\quad does.
    side     "left" or "right" of a delimiter that is said to open or to close.
    """

    kind: str
    key: str
    start: int
    end: int
    font: str = ""
    upright: bool = False
    accents: tuple[str, ...] = ()
    spaced: bool = False
    wide: bool = False
    side: str = ""


@dataclass(frozen=True)
class SourceText:
    """A text, and where its characters stand."""

    text: str
    first_line: int = 1
    first_column: int = 1

    @cached_property
    def typeset(self) -> bool:
        """Whether signs that only mathematics has stand in it: letters beside each other are a product then."""
        return not _TYPESET.isdisjoint(self.text)

    @cached_property
    def latex(self) -> bool:
        """Whether the text is LaTeX; braces behind ^ make no LaTeX of lines of plain text."""
        return "\\" in self.text or ("^{" in self.text and ("$" in self.text or "\n" not in self.text))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1."""
        before = self.text[:offset]
        line = before.count("\n")
        column = offset - (before.rfind("\n") + 1)
        return self.first_line + line, column + (self.first_column if line == 0 else 1)

    def error(self, message: str, start: int, end: int | None = None, hint: str | None = None) -> ParseError:
        """A ParseError at an offset, showing what stands there."""
        line, column = self.place(start)
        stop = len(self.text) if end is None else end
        token = self.text[start:stop].split("\n")[0][:40]
        from_line = self.text.rfind("\n", 0, start) + 1
        to_line = self.text.find("\n", start)
        shown = self.text[max(from_line, start - 60):min(to_line if to_line >= 0 else len(self.text), start + 60)]
        return ParseError(message, line=line, column=column, token=token, where=shown or None, hint=hint)


_TYPESET = frozenset("ᵀ⊤⁻‖⊙⊗∘∇∂⟨⟩√∑∏∫½¼²³·−𝟏")
_NUMBER = re.compile(r"\d{1,3}(?:\{,\}\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][+-]?\d+(?![A-Za-z\d]))?|\.\d+")
_WORD = re.compile(rf"[A-Za-z][A-Za-z0-9]*{APART}?")
_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
_SPACE = re.compile(r"(?:\s|~|%[^\n]*(?:\n|$))+")
_WIDTH = re.compile(r"\s*+(\d++(?:\.\d++)?|\.\d++)\s*+(em|ex|pt|px|mm|cm|in|mu)\s*")
_EMS = {"em": 1.0, "ex": 0.43, "pt": 0.1, "px": 0.1, "mm": 0.28, "cm": 2.8, "in": 7.2, "mu": 1 / 18}
_QUOTED = re.compile(r"'([A-Za-z][A-Za-z,>. -]*+)'(?=[ ]{0,9}[,)])")
_DOTTED = re.compile(r"\.(?:\*|/|\^|')")
_PLAIN = re.compile(r"\.\.\.|\.\.|@|\*\*|<=>|<=|(?<=\s)<-(?=\s)|>=|!=|==|:=|=:|=>|->|\|\||"
                    r"\.T(?![A-Za-z0-9])|[-+*/^_()\[\]{},;:=<>!|&'.]")
TELLING = frozenset("new old prev next opt best ref true pred init out ols mle map post prior train test ridge".split())  # noqa: SIM905
_PLAIN_KEYS = {"...": "dots", "=>": "implies", "<=>": "iff", "->": "to", "<-": "gets", "==": "=", "&": "align"}
# One sign between two words, and each letter in one word only: in a text of n letters there is one way to read it.
# What does not depend on the variables is one name, however it is said; the group is what ends before a formula.
CONSTANT = "const"
_CONSTANT = re.compile(
    r"(?i:\(?(?:(?:additive|other|some|a) )?(?:const(?:ants?)?|cst)\.?(?: terms?)?\)?"
    r"|\(?(?:other )?terms? (?:that (?:are|do) )?"
    r"(?:(?:independent|constant|not depend(?:ing|ent)?|not involv(?:ing|e)|without)"
    r"(?: of| on| in| with respect to| w\.r\.t\.)?)(?: \$[^$]{1,30}\$\)?|()))")
_SYMBOL = re.compile(r" *(?:\\[A-Za-z]+|[A-Za-z])(?:[_^](?:\w|\{[^{}]{0,20}\}))?")
# grad f, grad_w L and Hessian f, and neither grad(f, x) nor a name such as grad_w.
_OF_SOMETHING = re.compile(r"(?:_(?:\w{1,9}|\{[^{}]{1,20}\}))? +(?=[A-Za-z(|\[])")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*+(?:[-_. ][A-Za-z0-9]++)*+")
_LARGE = dict(re.findall(r"(\w+)=(\w+)", "Sigma=sum Pi=prod"))
_SPACING = re.compile(r"\*?\s*\[[^\]\n]{0,80}+\]")


def looks_like_latex(text: str) -> bool:
    """Whether letters that stand together are a product, as in LaTeX, rather than one name, as in plain text."""
    return "\\" in text or "^{" in text


@dataclass(frozen=True)
class Macro:
    """A user's own command: the number of its arguments, what it stands for, and a default for the first argument."""

    arguments: int
    body: str
    default: str | None = None


Macros = Mapping[str, Macro]

# Commands of packages, and of so many preambles that their meaning is beyond doubt; a text may define them otherwise.
COMMON_MACROS: Macros = {
    "dv": Macro(2, r"\frac{d #1}{d #2}"), "pdv": Macro(2, r"\frac{\partial #1}{\partial #2}"),
    "norm": Macro(1, r"\left\|#1\right\|"), "abs": Macro(1, r"\left|#1\right|"), "R": Macro(0, r"\mathbb{R}"),
    "llbracket": Macro(0, "["), "rrbracket": Macro(0, "]"), "vb": Macro(1, r"\mathbf{#1}"), "E": Macro(0, r"\mathbb{E}"),
    "ip": Macro(2, r"\langle #1, #2 \rangle"), "inner": Macro(2, r"\langle #1, #2 \rangle"),
}


def tokenize(source: SourceText, start: int = 0, end: int | None = None, macros: Macros | None = None) -> list[Token]:
    """The tokens of a text, closed by a STOP token.

    What a user's own command stands for gets the place of the command.
    Raises ParseError, and BoundExceeded for a text too long, or commands that do not come to an end.
    """
    end = len(source.text) if end is None else end
    return list(_tokens(source, start, end, tuple((macros or {}).items())))


@remembered(500)
def _tokens(source: SourceText, start: int, end: int, macros: tuple[tuple[str, Macro], ...]) -> tuple[Token, ...]:
    """A row is read again whenever one above it gives a name to something, and the same names are read in every text."""
    if end - start > MAX_LENGTH:
        raise BoundExceeded(f"the text has {end - start} characters, more than {MAX_LENGTH}", hint="split it into lines")
    reader = _Tokenizer(source, end, dict(macros))
    reader.run(start, end)
    reader.tokens.append(Token(STOP, STOP, end, end))
    return tuple(_rewritten(source, _stars(_places_of_extremes(_large_letters(reader.tokens)))))


def _stars(tokens: list[Token]) -> list[Token]:
    """The star of w* = ..., behind which nothing stands to be multiplied, as the superscript that it is.

    At the end of what is multiplied by stars a factor is missing.
    """
    made: list[Token] = []
    for place, token in enumerate(tokens):
        if token.kind == OPERATOR and token.key == "*" and not token.spaced and made and made[-1].kind == WORD:
            behind = tokens[place + 1:place + 3]
            products = any(x.key == "*" and y.key != "^" for x, y in zip(made[1:], made, strict=False))
            ends = (behind[0].kind == STOP or [x.key for x in behind] == [".", STOP]) and not products
            apart = behind[0].key in ("+", "-") and all(x.spaced for x in behind)
            if ends or apart or (behind[0].kind == OPERATOR and behind[0].key in _BEHIND_A_STAR):
                made.append(replace(token, key="^", end=token.start))
        made.append(token)
    return made


_BEHIND_A_STAR = frozenset(["=", ":=", "<=", ">=", "<", ">", "!=", "approx", ",", ")", "]", "/", "'"])


def _large_letters(tokens: list[Token]) -> list[Token]:
    r"""\Sigma_{i=1}^m as the sum that it is meant to be: no name has an equation below it; \Pi likewise."""
    for place, token in enumerate(tokens[:-5]):
        if token.kind == WORD and token.key in _LARGE and tokens[place + 1].key in ("_", "^"):
            keys = [each.key for each in tokens[place + 1:place + 16]]
            if keys[0] == "^":
                # \Sigma^m_{i=1}: what stands above comes first.
                keys = keys[keys.index("}") + 1 if keys[1] == "{" and "}" in keys else 2:]
            if keys[:2] == ["_", "{"] and keys[3:4] == ["="]:
                tokens[place] = replace(token, kind=STRUCTURE, key=_LARGE[token.key], upright=False)
    return tokens


def _places_of_extremes(tokens: list[Token]) -> list[Token]:
    r"""\arg\max as the one word that it is."""
    made: list[Token] = []
    for token in tokens:
        if made and made[-1].key == "arg" and made[-1].kind == token.kind == WORD and token.key in ("max", "min"):
            made[-1] = replace(made[-1], key=f"arg{token.key}", end=token.end)
        else:
            made.append(token)
    return made


# What stands below a letter.
_BELOW = re.compile(r"\s{0,3}_\s{0,3}(?:\{\s{0,3}\\?([A-Za-z]{1,12})\s{0,3}\}|\\?([A-Za-z])|\{)")
_CALLED = re.compile(r"\s{0,3}(?:\\left\s{0,3})?\(")


@dataclass(frozen=True, slots=True)
class Command:
    """A command in a text: its name, where it stands and stops, where the text ends, and as it is written."""

    name: str
    at: int
    stop: int
    end: int
    text: str


class _Tokenizer:
    """State of one pass: the tokens so far and the font in force."""

    def __init__(self, source: SourceText, end: int, macros: Macros, depth: int = 0,
                 expanded: list[int] | None = None) -> None:
        """``expanded`` counts the characters that commands have been replaced by, over all levels."""
        self.source, self.text, self.end = source, source.text, end
        self.macros = macros
        self.marked = any(each[0] in "_=(" for each in macros)
        self.tokens: list[Token] = []
        self.font = ""
        self.upright = False
        self.depth = depth
        self.expanded = [0] if expanded is None else expanded
        self.spaced = False
        self.wide = False
        self.side = ""

    @cached_property
    def closings(self) -> Mapping[int, int]:
        """Where each brace of the text is closed."""
        return closings(self.text)

    def put(self, kind: str, key: str, start: int, end: int, upright: bool = False) -> None:
        if kind == NUMBER:
            DIGITS.admit(len(key), key[:40])
        accents: tuple[str, ...] = ()
        if self.font and kind == WORD and f"{self.font} {key}" in self.macros:
            # A letter that means something else in this font, as letters_apart finds, is marked by it as by an accent.
            key, upright, accents = key + self.font, True, (self.font,)
        elif self.marked and kind == WORD:
            below = _BELOW.match(self.text, end, self.end)
            if f"= {key}" in self.macros:
                upright = True
            elif f"( {key}" in self.macros and _CALLED.match(self.text, end, self.end):
                key, upright, accents = key + APART, True, (APART,)
            elif below is not None and (f"_ {key}" in self.macros or f"_{below[1] or below[2]} {key}" in self.macros):
                name = key[0] != "d" or len(key) == 1  # db over du in plain text is no name
                key, upright, accents = key + APART, name, (APART,) * name
        font = "" if self.font == "rm" else self.font
        self.tokens.append(Token(kind, key, start, end, font, upright, accents, self.spaced, self.wide, self.side))
        self.spaced = self.wide = False
        self.side = ""

    def run(self, at: int, end: int) -> None:
        """Read up to ``end``; font switches inside end with it."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BoundExceeded(f"groups are nested deeper than {MAX_DEPTH}", hint="name parts of the expression")
        saved = self.font, self.upright
        stack: list[tuple[str, bool]] = []
        while at < end:
            at = self.step(at, end, stack)
            if len(self.tokens) > MAX_TOKENS:
                raise BoundExceeded(f"the text has more than {MAX_TOKENS} signs", hint="split it into lines")
        self.font, self.upright = saved
        self.depth -= 1

    def step(self, at: int, end: int, stack: list[tuple[str, bool]]) -> int:
        text = self.text
        space = _SPACE.match(text, at, end)
        if space:
            self.spaced = True
            return space.end()
        c = text[at]
        if c == "{":
            stack.append((self.font, self.upright))
            self.put(OPERATOR, "{", at, at + 1)
            return at + 1
        if c == "}":
            if stack:
                self.font, self.upright = stack.pop()
            self.put(OPERATOR, "}", at, at + 1)
            return at + 1
        if c == "\\":
            return self.command(at, end)
        if c == '"':
            close = text.find('"', at + 1, end)
            if close < 0:
                raise self.source.error("the quotation mark is not closed", at)
            self.put(STRING, text[at + 1:close], at, close + 1)
            return close + 1
        if c == "'" and self.tokens and self.tokens[-1].key in ("(", ",", "=") and (quoted := _QUOTED.match(text, at, end)):
            # Behind a bracket or a comma there is nothing to transpose.
            self.put(STRING, quoted.group(1), at, quoted.end())
            return quoted.end()
        if c.isascii():
            return self.ascii(at, end)
        return self.unicode(at, end)

    def typeset_near(self, at: int) -> bool:
        """Whether commands of LaTeX stand around: where none does, (1 - p)^gamma is plain text beside braces."""
        text = self.text
        start = max(text.rfind("\n", 0, at) + 1, at - 200)
        return "\\" in text[start:at + 200].partition("\n")[0]

    def ascii(self, at: int, end: int) -> int:
        text = self.text
        found = _WORD.match(text, at, end)
        if found:
            word = found.group()
            if word in GREEK and text[at - 1:at] == "^" and self.source.latex and self.typeset_near(at):
                word = word[0]  # \\sum_{i=1}^nu runs up to n, and is of u
                self.put(WORD, word, at, at + 1)
                return at + 1
            if word in GREEK:
                self.put(WORD, word, at, found.end(), upright=True)
            elif word in NABLA and _OF_SOMETHING.match(text, found.end(), end):
                self.put(STRUCTURE, "nabla", at, found.end())
                if NABLA[word] > 1:
                    self.put(OPERATOR, "^", at, found.end())
                    self.put(NUMBER, str(NABLA[word]), at, found.end())
            else:
                self.put(WORD, word, at, found.end(), upright=self.upright or self.tells_apart(word, at, found.end()))
            return self.combine(found.end(), end)
        found = None if text.startswith("..", at) else _NUMBER.match(text, at, end)
        if found:
            self.put(NUMBER, found.group().replace("{,}", ""), at, found.end())
            return found.end()
        found = _DOTTED.match(text, at, end) or _PLAIN.match(text, at, end)
        if found:
            key = found.group()
            key = {".T": "top", ".'": "'"}.get(key, _PLAIN_KEYS.get(key, key))
            self.put(OPERATOR, key, at, found.end())
            return found.end()
        if text[at] == "$":
            self.spaced = True
            return at + 1
        raise self.source.error(f"the character {text[at]!r} has no meaning here", at, at + 1)

    def tells_apart(self, word: str, at: int, end: int) -> bool:
        """Whether a word is all of a script and one that tells names apart, as in beta^{new} or w_new: no product."""
        braced = self.text[at - 1:at] == "{" and self.text[end:end + 1] == "}"
        braced = braced and self.text[max(0, at - 2):at - 1] in ("^", "_")
        return word in TELLING and (braced or self.text[at - 1:at] == "_")

    def combine(self, at: int, end: int) -> int:
        """Combining accents behind a letter."""
        while at < end and self.text[at] in COMBINING:
            self.accent_last(COMBINING[self.text[at]], len(self.tokens) - 1, at + 1)
            at += 1
        return at

    def accent_last(self, accent: str, position: int, end: int) -> None:
        token = self.tokens[position]
        if len(token.key) > 1 and not token.upright and not token.accents:
            # Only the last letter of a run bears the accent.
            cut = token.end - 1
            self.tokens[position] = replace(token, key=token.key[:-1], end=cut)
            token = replace(token, key=token.key[-1], start=cut, spaced=False, wide=False)
            self.tokens.append(token)
            position += 1
        self.tokens[position] = replace(token, key=token.key + accent, end=end, upright=True,
                                        accents=(*token.accents, accent))

    def unicode(self, at: int, end: int) -> int:
        c = self.text[at]
        if c in UNICODE_OPERATORS:
            self.put(OPERATOR, UNICODE_OPERATORS[c], at, at + 1)
            return at + 1
        if c in UNICODE_WORDS:
            self.put(WORD, UNICODE_WORDS[c], at, at + 1, upright=True)
            return self.combine(at + 1, end)
        if c in STRUCTURES:
            self.put(STRUCTURE, STRUCTURES[c], at, at + 1)
            return at + 1
        for marks, table in (("^", SUPERSCRIPTS), ("_", SUBSCRIPTS)):
            if c in table:
                return self.raised(at, end, marks, table)
        if c.isspace() or c in "\u200b\u200c\u2060\ufeff\u2061\u2062":
            self.spaced = True
            return at + 1
        if c in COMBINING and self.tokens and self.tokens[-1].kind == WORD:
            return self.combine(at, end)
        return self.composed(c, at, end)

    def composed(self, c: str, at: int, end: int) -> int:
        """A character that stands for others: a fraction, a letter in another font or with an accent."""
        plain = unicodedata.normalize("NFKC", c)
        top, slash, bottom = plain.partition("\u2044")
        if slash and top.isdecimal() and bottom.isdecimal():
            self.put(STRUCTURE, "frac", at, at + 1)
            for digits in (top, bottom):
                self.put(OPERATOR, "{", at, at)
                self.put(NUMBER, digits, at, at + 1)
                self.put(OPERATOR, "}", at + 1, at + 1)
            return at + 1
        decomposed = unicodedata.normalize("NFD", plain)
        name = unicodedata.name(c, "")
        font = "bold" if "BOLD" in name else "bb" if "DOUBLE-STRUCK" in name else "cal" if "SCRIPT" in name else ""
        if plain != c and len(plain) == 1 and (plain.isascii() or plain in UNICODE_WORDS):
            saved, self.font = self.font, font or self.font
            if plain.isdecimal():
                self.put(NUMBER, plain, at, at + 1)
            elif plain.isalpha():
                self.put(WORD, UNICODE_WORDS.get(plain, plain), at, at + 1, upright=plain in UNICODE_WORDS)
            self.font = saved
            if plain.isalnum():
                return self.combine(at + 1, end)
        if len(decomposed) > 1 and decomposed[0].isascii() and all(m in COMBINING for m in decomposed[1:]):
            self.put(WORD, decomposed[0], at, at + 1)
            for mark in decomposed[1:]:
                self.accent_last(COMBINING[mark], len(self.tokens) - 1, at + 1)
            return self.combine(at + 1, end)
        raise self.source.error(f"the character {c!r} ({name or 'unnamed'}) has no meaning here", at, at + 1,
                                hint="write it as a LaTeX command or in plain letters")

    def raised(self, at: int, end: int, mark: str, table: dict[str, str]) -> int:
        """A run of superscript or subscript characters as a script in braces."""
        stop = at
        while stop < end and self.text[stop] in table:
            stop += 1
        run = "".join(table[c] for c in self.text[at:stop])
        self.put(OPERATOR, mark, at, at)
        self.put(OPERATOR, "{", at, at)
        if run == "T":
            self.put(OPERATOR, "top", at, stop)
        else:
            for found in re.finditer(r"\d+|\D", run):
                kind = NUMBER if found.group().isdecimal() else WORD if found.group().isalpha() else OPERATOR
                self.put(kind, found.group(), at + found.start(), at + found.end())
        self.put(OPERATOR, "}", stop, stop)
        return stop

    # ------------------------------------------------------------------ commands

    def command(self, at: int, end: int) -> int:
        found = _COMMAND.match(self.text, at, end)
        if not found:
            raise self.source.error("a backslash stands at the end", at)
        name, stop = found.group(1), found.end()
        if name in self.macros:
            return self.macro(self.macros[name], at, stop, end)
        if name == "\\":
            return self.row_end(at, stop, end)
        if name.isspace() or name in SPACES:
            return self.delimiter(name, stop, end)
        use = Command(name.rstrip("*") if len(name) > 1 else name, at, stop, end, found.group())
        for names, read in _COMMANDS:
            if use.name in names:
                return read(self, use)
        return self.other_command(use)

    def row_end(self, at: int, stop: int, end: int) -> int:
        """The end of a row, and the space behind it that it may ask for."""
        self.put(OPERATOR, "newline", at, stop)
        spacing = _SPACING.match(self.text, stop, end)
        return spacing.end() if spacing and re.search(r"\d\s*(pt|em|ex|cm|mm)", spacing.group()) else stop

    def other_command(self, use: Command) -> int:
        """A name of the library, a command that many define, or none that is known.  Raises ParseError."""
        if known(use.name) and len(use.name) > 1:
            return self.word_command(use)
        if use.name in COMMON_MACROS:
            return self.macro(COMMON_MACROS[use.name], use.at, use.stop, use.end)
        if use.name == "T" and self.tokens and self.tokens[-1].key in ("^", "{"):
            self.put(OPERATOR, "top", use.at, use.stop)
            return use.stop
        if use.name in NOT_READ:
            what, instead = NOT_READ[use.name]
            raise self.source.error(f"{use.text}, {what}, is not read", use.at, use.stop, hint=instead)
        raise self.source.error(f"the command {use.text} is not known", use.at, use.stop,
                                hint=f"declare it as a name, or define it: \\newcommand{{{use.text}}}{{...}}")

    def environment(self, use: Command) -> int:
        """The begin or the end of an environment, with the columns that it may declare."""
        group, stop = self.group(use.stop, use.end, use.text)
        environment = self.text[group[0]:group[1]].strip().rstrip("*")
        self.put(BEGIN if use.name == "begin" else END, environment, use.at, stop)
        if use.name == "begin" and environment in ("array", "alignedat", "alignat", "tabular"):
            columns = re.compile(r"\s*(?:\[[a-z]\])?\s*\{[^{}]*\}").match(self.text, stop, use.end)
            stop = columns.end() if columns else stop
        return stop

    def operator_command(self, use: Command) -> int:
        """A sign."""
        self.put(OPERATOR, OPERATORS[use.name], use.at, use.stop)
        return use.stop

    def word_command(self, use: Command) -> int:
        """A letter or a name."""
        self.put(WORD, use.name, use.at, use.stop, upright=True)
        return use.stop

    def structure_command(self, use: Command) -> int:
        """A command whose arguments the grammar reads."""
        self.put(STRUCTURE, "frac" if use.name.endswith("frac") else use.name, use.at, use.stop)
        return use.stop

    def words_between(self, use: Command) -> int:
        """Words between the rows of an alignment."""
        (inner, close), after = self.group(use.stop, use.end, use.text)
        self.put(TEXT, self.text[inner:close].strip(), use.at, after)
        return after

    def switched(self, use: Command) -> int:
        """A font for all that follows."""
        self.font = FONT_SWITCHES[use.name]
        self.upright = use.name == "rm"
        return use.stop

    def labelled(self, use: Command) -> int:
        """A sign with something written above or below it."""
        optional = self.optional(use.stop, use.end)
        stop = self.argument(optional[1] + 1 if optional else use.stop, use.end, use.text)[2]
        self.put(OPERATOR, LABELLED[use.name], use.at, stop)
        return stop

    def braced_matrix(self, use: Command) -> int:
        """A matrix in plain TeX's way."""
        inner, close, stop = self.argument(use.stop, use.end, use.text)
        self.put(BEGIN, BRACED_MATRICES[use.name], use.at, inner)
        self.run(inner, close)
        self.put(END, BRACED_MATRICES[use.name], close, stop)
        return stop

    def skipped(self, use: Command) -> int:
        """A command that says nothing, with its argument; but space may be wide."""
        spaced = _SPACE.match(self.text, use.stop, use.end)
        after = spaced.end() if spaced else use.stop
        if not (after < use.end and self.text[after] == "{"):
            return use.stop
        group, stop = self.group(use.stop, use.end, use.text)
        self.wide = self.wide or (use.name in ("hspace", "mspace") and _is_wide(self.text[group[0]:group[1]]))
        return stop

    def stacked(self, name: str, stop: int, end: int, command: str) -> int:
        """Two arguments one over the other: the second counts; what stands under max, min and sums is its subscript."""
        above, close, stop = self.argument(stop, end, command)
        inner, last, stop = self.argument(stop, end, command)
        before = len(self.tokens)
        self.run(inner, last)
        made = self.tokens[before:]
        if name == "underset" and len(made) in (1, 2) and made[-1].key in ("max", "min", "argmax", "argmin", "sum", "prod"):
            self.put(OPERATOR, "_", above, above)
            self.put(OPERATOR, "{", above, above)
            self.run(above, close)
            self.put(OPERATOR, "}", close, close)
        return stop

    def macro(self, macro: Macro, at: int, stop: int, end: int) -> int:
        """A user's own command, replaced by what it stands for."""
        command = self.text[at:stop]
        given: list[str] = []
        if macro.default is not None:
            optional = self.optional(stop, end)
            given.append(self.text[optional[0]:optional[1]] if optional else macro.default)
            stop = optional[1] + 1 if optional else stop
        while len(given) < macro.arguments:
            inner, close, stop = self.argument(stop, end, command)
            given.append(self.text[inner:close])
        body = re.sub(r"#([1-9])", lambda m: given[int(m.group(1)) - 1] if int(m.group(1)) <= len(given) else "", macro.body)
        self.expanded[0] += len(body) + 1
        if self.expanded[0] > MAX_LENGTH:
            raise BoundExceeded(f"{command} stands for more than {MAX_LENGTH} characters",
                                hint="write out what it stands for")
        inside = _Tokenizer(SourceText(body), len(body), self.macros, self.depth + 1, self.expanded)
        try:
            inside.run(0, len(body))
        except ParseError as error:
            raise self.source.error(f"in what {command} stands for: {error.message.partition(': ')[2]}", at, stop) from None
        if len(self.tokens) + len(inside.tokens) > MAX_TOKENS:
            raise BoundExceeded(f"the text has more than {MAX_TOKENS} signs", hint="split it into lines")
        made = [replace(x, start=at, end=stop) for x in inside.tokens]
        if made:
            made[0] = replace(made[0], spaced=self.spaced)
        self.spaced = False
        self.tokens.extend(made)
        return stop

    def delimiter(self, name: str, stop: int, end: int) -> int:
        """Spacing and sizing commands; the invisible delimiter of ``\\left.`` goes with its command."""
        self.spaced = self.spaced or name not in ("left", "right", "middle")
        self.wide = self.wide or name in ("quad", "qquad", "hfill")
        if name in ("left", "right", "middle"):
            dot = re.compile(r"\s*\.").match(self.text, stop, end)
            if dot and name != "middle":
                self.put(OPERATOR, f"{name}.", stop, dot.end())
            elif not dot:
                self.side = name if name != "middle" else ""
                angle = re.compile(r"\s*([<>])").match(self.text, stop, end)
                if angle and name != "middle":
                    self.put(OPERATOR, "langle" if angle.group(1) == "<" else "rangle", angle.start(1), angle.end())
                    return angle.end()
            return dot.end() if dot else stop
        return stop

    def negated(self, at: int, stop: int, end: int) -> int:
        before = len(self.tokens)
        stop = self.step(self.skip(stop, end), end, []) if self.skip(stop, end) < end else stop
        opposite = {"=": "!=", "in": "notin", "<": ">=", ">": "<=", "equiv": "!="}
        if len(self.tokens) == before + 1 and self.tokens[-1].key in opposite:
            self.tokens[-1] = replace(self.tokens[-1], key=opposite[self.tokens[-1].key], start=at)
            return stop
        raise self.source.error("\\not stands before a sign that it cannot negate", at, stop)

    def skip(self, at: int, end: int) -> int:
        space = _SPACE.match(self.text, at, end)
        return space.end() if space else at

    def group(self, at: int, end: int, command: str) -> tuple[tuple[int, int], int]:
        """((start, end) of the inside of the braced group that follows, offset behind it)."""
        start = self.skip(at, end)
        if start >= end or self.text[start] != "{":
            raise self.source.error(f"{command} needs an argument in braces", at)
        stop = self.closings.get(start, end)
        if stop >= end:
            raise self.source.error("this brace is not closed", start, start + 1)
        return (start + 1, stop), stop + 1

    def optional(self, at: int, end: int) -> tuple[int, int] | None:
        """(start, end) of the inside of an argument in square brackets; None where none follows."""
        start = self.skip(at, end)
        stop = self.text.find("]", start, end) if self.text.startswith("[", start, end) else -1
        return (start + 1, stop) if stop >= 0 else None

    def argument(self, at: int, end: int, command: str) -> tuple[int, int, int]:
        """(start, end, offset behind) of the argument of a command: a group, a command or one character."""
        start = self.skip(at, end)
        if start >= end:
            raise self.source.error(f"{command} has no argument", at)
        if self.text[start] == "{":
            (inner, close), stop = self.group(at, end, command)
            return inner, close, stop
        if self.text[start] == "\\":
            found = _COMMAND.match(self.text, start, end)
            stop = found.end() if found else end
            if found and (found.group(1) in FONTS or found.group(1) in ACCENTS or found.group(1) in UPRIGHT):
                stop = self.argument(stop, end, found.group())[2]
            return start, stop, stop
        return start, start + 1, start + 1

    def accent(self, accent: str, at: int, stop: int, end: int) -> int:
        """An accent over a letter, or over a letter with its scripts, or over an operator sign."""
        inner, close, after = self.argument(stop, end, self.text[at:stop])
        before = len(self.tokens)
        spaced = self.spaced
        self.run(inner, close)
        made = self.tokens[before:]
        while len(made) > 2 and made[0].key == "{" and made[-1].key == "}":
            made = made[1:-1]
        if not made:
            raise self.source.error("an accent stands over nothing", at, after)
        first = made[0]
        if first.kind == OPERATOR and len(made) == 1 and first.key not in ("{", "}"):
            made[0] = replace(first, key=f"{accent} {first.key}", start=at)
        elif first.kind == STRUCTURE and first.key == "nabla":
            made[0] = replace(first, start=at)
        elif first.kind == NUMBER and len(made) == 1 and first.key in ("0", "1"):
            # An arrow over a one makes a vector of ones, as bold type does.
            made[0] = replace(first, font="bold", start=at)
        elif first.kind in (WORD, NUMBER) and (len(made) == 1 or made[1].key in ("_", "^")):
            if first.kind == WORD and len(first.key) > 1 and not first.upright and len(made) > 1:
                raise self.source.error("it is not clear over which letter the accent stands", at, after)
            made[0] = replace(first, key=first.key + accent, start=at, upright=True, kind=WORD,
                              accents=(*first.accents, accent))
        else:
            raise self.source.error("an accent over more than one letter is not understood", at, after,
                                    hint="declare a name for what stands below it")
        made[0] = replace(made[0], spaced=spaced)
        made[-1] = replace(made[-1], end=after)
        self.tokens[before:] = made
        return after

    def font_group(self, font: str, at: int, stop: int, end: int) -> int:
        """A font command: its argument without the braces, but where a script or a fraction needs them."""
        inner, close, after = self.argument(stop, end, self.text[at:stop])
        before, spaced = len(self.tokens), self.spaced
        saved, self.font = self.font, font or self.font
        self.run(inner, close)
        self.font = saved
        made = self.tokens[before:]
        previous = self.tokens[before - 1].key if before else ""
        if len(made) != 1 and (previous in ("_", "^", "frac", "sqrt") or not made or font == ""
                               or (before > 1 and previous == "}")):
            self.tokens[before:] = [Token(OPERATOR, "{", at, stop, spaced=spaced), *made,
                                    Token(OPERATOR, "}", after - 1, after)]
        elif made:
            self.tokens[before] = replace(made[0], spaced=spaced)
        return after

    def word_group(self, at: int, stop: int, end: int, command: str) -> int:
        """Upright text: one word, a sign, or a remark."""
        inner, close, after = self.argument(stop, end, command)
        content = self.text[inner:close].replace("\\_", "_").replace("\\-", "").replace("\\,", "").strip()
        content = content.strip("~ ")
        if not content:
            self.spaced = True
            return after
        if command.startswith(("\\operatorname", "\\mathrm", "\\textup", "\\mathup")) and "\\" in content:
            saved = self.upright
            self.upright = True
            self.run(inner, close)
            self.upright = saved
            return after
        constant = _CONSTANT.fullmatch(content)
        if constant is not None:
            # "terms independent of" is followed by what they are independent of.
            beside = _SYMBOL.match(self.text, after, end) if constant[1] is not None else None
            after = after if beside is None else beside.end()
            self.put(WORD, CONSTANT, at, after, upright=True)
        elif _IDENTIFIER.fullmatch(content) and (" " not in content or command.startswith("\\operatorname")):
            self.put(WORD, content, at, after, upright=True)
        elif content.isdecimal():
            self.put(NUMBER, content, at, after)
        elif len(content) > 1 and content[0] == content[-1] == '"' and '"' not in content[1:-1]:
            self.put(STRING, content[1:-1], at, after)
        elif re.search(r"(?<!\\)\$[^$]+\$", content):
            self.mixed(inner, close)
        else:
            self.put(TEXT, self.text[inner:close].strip(), at, after)
        return after


    def mixed(self, inner: int, close: int) -> None:
        """Words with mathematics between dollar signs: the words are remarks, the rest is read."""
        position = inner
        for found in re.compile(r"(?<!\\)\$([^$]+)\$").finditer(self.text, inner, close):
            self.words(position, found.start())
            self.run(found.start(1), found.end(1))
            position = found.end()
        self.words(position, close)

    def words(self, start: int, end: int) -> None:
        shown = self.text[start:end].strip(" ~")
        if shown in (",", ".", ";"):
            self.put(OPERATOR, shown, start, end)
        elif shown:
            self.put(TEXT, shown, start, end)
        else:
            self.spaced = True


_COMMANDS: tuple[tuple[Container[str], Callable[[_Tokenizer, Command], int]], ...] = (
    (("begin", "end"), _Tokenizer.environment),
    (OPERATORS, _Tokenizer.operator_command),
    ({*GREEK, *WORD_COMMANDS}, _Tokenizer.word_command),
    (STRUCTURE_COMMANDS, _Tokenizer.structure_command),
    (ACCENTS, lambda self, use: self.accent(ACCENTS[use.name], use.at, use.stop, use.end)),
    (("intertext", "shortintertext"), _Tokenizer.words_between),
    (UPRIGHT, lambda self, use: self.word_group(use.at, use.stop, use.end, use.text)),
    (FONTS, lambda self, use: self.font_group(FONTS[use.name], use.at, use.stop, use.end)),
    (FONT_SWITCHES, _Tokenizer.switched),
    (STACKED, lambda self, use: self.stacked(use.name, use.stop, use.end, use.text)),
    (LABELLED, _Tokenizer.labelled),
    (BRACED_MATRICES, _Tokenizer.braced_matrix),
    (SKIPPED_WITH_ARGUMENT, _Tokenizer.skipped),
    (("not",), lambda self, use: self.negated(use.at, use.stop, use.end)),
)
"""What reads which commands, in order: a name in two of them is read by the first."""


@lru_cache(maxsize=16)
def closings(text: str) -> Mapping[int, int]:
    """For every brace that opens, the offset of the one that closes it; one pass over a text, of which lines are read."""
    found: dict[int, int] = {}
    open_: list[int] = []
    for mark in _BRACE.finditer(text):
        if mark.group() == "{":
            open_.append(mark.start())
        elif mark.group() == "}" and open_:
            found[open_.pop()] = mark.start()
    return found


_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)


def _is_wide(length: str) -> bool:
    """Whether a gap separates statements: at least as wide as most of a quad."""
    found = _WIDTH.fullmatch(length)
    return found is not None and float(found[1]) * _EMS[found[2]] >= 0.8


def _rewritten(source: SourceText, tokens: list[Token]) -> list[Token]:
    """Signs that stand for others: fractions with \\over, cases set as an array, null delimiters."""
    return _with_fractions(source, _without_nulls(source, tokens))


def _without_nulls(source: SourceText, tokens: list[Token]) -> list[Token]:
    """\\left. x \\right|_{x=0} as brackets with the sign of an evaluation; \\left\\{ array \\right. as cases."""
    tokens = _without_split_brackets(tokens)
    open_: list[int] = []
    made = list(tokens)
    dropped: set[int] = set()
    behind: dict[int, Token] = {}
    for place, token in enumerate(tokens):
        if token.side == "left" or token.key == "left.":
            open_.append(place)
        elif token.side == "right" or token.key == "right.":
            if not open_:
                raise source.error("\\right stands without \\left", token.start, token.end)
            start = open_.pop()
            left = tokens[start]
            if left.key == "left." and token.key in ("|", "]", ")"):
                made[start] = replace(left, key="(")
                made[place] = replace(token, key=")", side="")
                if token.key == "|":
                    behind[place] = replace(token, key="at", side="")
            elif left.key == "left." and token.key == "right.":
                dropped |= {start, place}
            elif left.key == "\\{" and token.key == "right.":
                if tokens[start + 1].kind != BEGIN or tokens[place - 1].kind != END:
                    raise source.error("this brace is closed by nothing", left.start, left.end)
                made[start + 1] = replace(tokens[start + 1], key="cases")
                made[place - 1] = replace(tokens[place - 1], key="cases")
                dropped |= {start, place}
            elif "." in (left.key[-1], token.key[-1]):
                raise source.error("a bracket opens or closes here with nothing to match it", left.start, token.end)
    if open_:
        left = tokens[open_[-1]]
        raise source.error("this bracket is not closed: \\left stands without \\right", left.start, left.end)
    return [x for place, token in enumerate(made) if place not in dropped
            for x in ((token, behind[place]) if place in behind else (token,))]


def _without_split_brackets(tokens: list[Token]) -> list[Token]:
    """\\right. at the end of a row and \\left. at the start of the next keep one pair of brackets together."""
    made: list[Token] = []
    for token in tokens:
        if token.key == "left.":
            gap = len(made)
            while gap and made[gap - 1].kind == OPERATOR and made[gap - 1].key in ("newline", "align"):
                gap -= 1
            if gap and made[gap - 1].key == "right.":
                del made[gap - 1]
                continue
        made.append(token)
    return made


MAX_OVER = 100


def _with_fractions(source: SourceText, tokens: list[Token]) -> list[Token]:
    """``{a \\over b}`` as the fraction it is."""
    if sum(x.kind == OPERATOR and x.key == "over" for x in tokens) > MAX_OVER:
        raise BoundExceeded(f"the text has more than {MAX_OVER} fractions with \\over", hint="split it into lines")
    while True:
        place = next((n for n, x in enumerate(tokens) if x.kind == OPERATOR and x.key == "over"), None)
        if place is None:
            return tokens
        sign = tokens[place]
        left, right = _edge(tokens, place, -1, "{", "}"), _edge(tokens, place, 1, "}", "{")
        if left + 1 == place or place + 1 == right:
            raise source.error("\\over needs something on both sides", sign.start, sign.end)
        top, bottom = tokens[left + 1:place], tokens[place + 1:right]
        made = [replace(sign, kind=STRUCTURE, key="frac", spaced=top[0].spaced), *_braced(top), *_braced(bottom)]
        tokens = [*tokens[:left + 1], *made, *tokens[right:]]


def _braced(tokens: list[Token]) -> list[Token]:
    start, end = tokens[0].start, tokens[-1].end
    return [Token(OPERATOR, "{", start, start), *tokens, Token(OPERATOR, "}", end, end)]


def _edge(tokens: list[Token], place: int, step: int, stop: str, start: str) -> int:
    """Where the group around a place ends in one direction: at a brace, or at the end of the text."""
    depth, at = 0, place + step
    while 0 <= at < len(tokens) and tokens[at].kind != STOP:
        key = tokens[at].key if tokens[at].kind == OPERATOR else ""
        if key == stop and depth == 0:
            break
        depth += (key == start) - (key == stop)
        at += step
    return at
