"""The precedence parser: tokens to a tree, asking what is declared at every sign whose reading depends on it.

From loose to tight: relations; sums; products; signs; powers and other marks behind; names, calls and brackets.
Big sums and derivative operators extend to the end of their product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count, pairwise
from typing import Any, cast

from ...arrays.printing import LIBRARY
from ...arrays.symbols import Label
from ...bounds import spend
from ...errors import BoundExceeded, ParseError
from ...functions.elementary import exp
from ...functions.network_functions import relu
from ...functions.special import log_gamma
from ..declare.context import (
    Declared,
    DeclaredNames,
    Definition,
    Expected,
    FunctionDeclared,
    LetterDeclared,
    Pattern,
    Quantity,
    SteppedName,
    arity,
    around,
)
from ..declare.function_names import bare, known
from ..declare.undeclared import undeclared
from . import tree as t
from .names import (
    CLOSING,
    OPENING,
    Match,
    Scripts,
    at_letters,
    cut,
    find,
    matching,
    numbered_otherwise,
    read_scripts,
    split_items,
    with_scripted_letters,
)
from .notations import INFIX, PARTS
from .spellings import NOT_READ
from .tokens import (
    BEGIN,
    MAX_DEPTH,
    NUMBER,
    OPERATOR,
    STOP,
    STRING,
    STRUCTURE,
    TEXT,
    WORD,
    SourceText,
    Token,
    looks_like_latex,
    tokenize,
)

RELATIONS = frozenset(["=", "!=", "<", "<=", ">", ">=", "<<", ">>", ":=", "=:", "approx", "equiv", "sim", "propto", "in",
                       "notin", "gets", "to", "mapsto", "subset"])
_AROUND_A_TERM = RELATIONS | frozenset(["+", "-", "(", ")", ",", ".", ";", "align"])
COMPARISONS = frozenset(["=", "!=", "<", "<=", ">", ">=", "in", "notin"])
MATRICES = frozenset(["matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array", "vmatrix", "Vmatrix"])
CASES = frozenset(["cases", "dcases", "rcases"])
WRAPPERS = frozenset(["aligned", "split", "gathered", "align", "equation", "gather", "eqnarray", "multline", "displaymath",
                      "math", "flalign", "alignat", "alignedat", "subequations"])
CONNECTING = frozenset([
    "mod", "if", "otherwise", "else", "for", "all", "every", "each", "where", "and", "or", "with", "when", "as", "since",
    "using", "by", "hence",
    "thus", "then", "therefore", "so", "similarly", "because", "let", "note", "now", "finally", "also", "that", "which",
    "recall", "but", "i.e", "e.g", "from", "at", "is", "are", "we", "have", "get", "likewise", "proof", "given", "next",
    "suppose", "assume", "assuming", "supposing", "define", "defining", "redefine", "denote", "denoting", "letting", "set",
    "choosing", "choose", "taking", "plugging", "substituting", "inserting", "picking",
    "setting", "put", "under", "write", "writing", "provided", "implies", "gives", "yields", "obtain",
])


def connects(token: Token, following: Token, latex: bool) -> bool:
    """Whether a word stands between formulas, as in "a = b for j != 1"; two letters side by side may be a product."""
    word = token.upright or (following.spaced and (len(token.key) > 2 or token.key == "if" or not latex))
    return word and token.key.lower() in CONNECTING


SLID_SIGNS = ("*", "tilde *", "bar *")
MODULES = frozenset(["np", "numpy", "jnp", "torch", "tf", "math", "F", "nn", "linalg", "special", "scipy", "functional",
                     "sd"])
MAX_SUBSCRIPT = 200
TRANSPOSED = frozenset(["top", "T", "tr", "t", "dagger"])


def admit_depth(depth: int) -> None:
    """Refuses what stands, or is marked, too many times inside each other."""
    if depth > MAX_DEPTH:
        raise BoundExceeded(f"the expression is nested deeper than {MAX_DEPTH}", hint="name parts of it")


class Parser:
    """One pass over a run of tokens.

    scope     letters bound around this place
    indexed   whether single letters that nothing declares are index letters here
    lenient   whether a name that nothing declares is kept as Unknown instead of refused
    """

    def __init__(self, context: DeclaredNames, source: SourceText, tokens: Sequence[Token], *, latex: bool,
                 scope: frozenset[str] = frozenset(), indexed: bool = False, lenient: bool = False, depth: int = 0) -> None:
        self.context, self.source = context, source
        self.tokens = list(tokens)
        if not self.tokens or self.tokens[-1].kind != STOP:
            end = self.tokens[-1].end if self.tokens else 0
            self.tokens.append(Token(STOP, STOP, end, end))
        self.at = 0
        self.latex, self.scope, self.indexed, self.lenient = latex, scope, indexed, lenient
        self.depth = depth
        if not depth:
            self.tokens = _with_ones(with_scripted_letters(context, self.tokens), context)
        if latex and not depth:
            _bare_signs(self.tokens)
        self.bars: list[str] = []
        # Text with signs that no keyboard has is set as mathematics is: factors stand together.
        self.juxtaposes = latex or not source.text.isascii()

    # ------------------------------------------------------------------ cursor

    @property
    def token(self) -> Token:
        try:
            return self.tokens[self.at]
        except IndexError:
            return self.tokens[-1]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def is_sign(self, *keys: str) -> bool:
        token = self.token
        return token.kind == OPERATOR and token.key in keys

    def take(self) -> Token:
        token = self.token
        if token.kind != STOP:
            self.at += 1
        return token

    def expect(self, key: str, opened: Token | None = None) -> Token:
        if not self.is_sign(key):
            if opened is not None:
                raise self.error(f"expected {key!r} to close the {opened.key!r} opened here, found {self.shown()}", opened)
            raise self.error(f"expected {key!r}, found {self.shown()}")
        return self.take()

    def shown(self) -> str:
        token = self.token
        return "the end of the text" if token.kind == STOP else repr(self.source.text[token.start:token.end] or token.key)

    def error(self, message: str, token: Token | None = None, hint: str | None = None) -> ParseError:
        token = token or self.token
        return self.source.error(message, token.start, max(token.end, token.start + 1), hint)

    def span(self, start: int) -> t.Span:
        """From a token to the last one taken."""
        return self.tokens[start].start, self.tokens[max(start, self.at - 1)].end

    def child(self, tokens: Sequence[Token], *, indexed: bool | None = None, scope: frozenset[str] | None = None) -> Parser:
        """A parser for tokens cut out of this run."""
        admit_depth(self.depth)
        if not tokens:
            raise self.error("something is missing here")
        spend(1 + len(tokens) // 100)
        end = tokens[-1].end
        return Parser(self.context, self.source, [*tokens, Token(STOP, STOP, end, end)], latex=self.latex,
                      scope=self.scope if scope is None else scope, lenient=self.lenient,
                      indexed=self.indexed if indexed is None else indexed, depth=self.depth + 1)

    def inside(self, tokens: Sequence[Token], rule: Callable[[Parser], t.Tree] | None = None, *, indexed: bool | None = None,
               scope: frozenset[str] | None = None) -> t.Tree:
        """What tokens cut out of this run are, all of them: an expression, or what else is asked for."""
        child = self.child(tokens, indexed=indexed, scope=scope)
        return child.whole(lambda: (rule or Parser.expression)(child))

    def whole(self, rule: Callable[[], t.Tree]) -> t.Tree:
        """A rule that must take every token."""
        tree = rule()
        if self.token.kind != STOP:
            raise self.unread("does not belong here")
        return tree

    def unread(self, words: str) -> ParseError:
        """What stands here and is not read, by the name of the notation where it is a known one."""
        if self.token.key in NOT_READ:
            what, instead = NOT_READ[self.token.key]
            return self.error(f"{self.shown()}, {what}, is not read", hint=instead)
        return self.error(f"{self.shown()} {words}", hint=self._why_not())

    def _why_not(self) -> str | None:
        if not self.latex and self.starts_factor():
            return "write a product with *"
        if self.is_sign(":"):
            return "declare what it means, for instance as :: frobenius"
        return "close the bracket, or leave it out" if self.is_sign(*CLOSING) else None

    def read(self, name: str, *given: Any) -> t.Tree:
        """A part of the text, by the rule of a notation."""
        return cast(t.Tree, PARTS[name](self, *given))

    def attempt(self, name: str, *given: Any) -> t.Tree | None:
        """A part of the text that the rule of a notation may leave to others."""
        return cast("t.Tree | None", PARTS[name](self, *given))

    # ------------------------------------------------------------------ sums and products

    def expression(self) -> t.Tree:
        """Terms with signs."""
        self.depth += 1
        admit_depth(self.depth)
        spend()
        start = self.at
        terms: list[t.Tree] = []
        signs: list[int] = []
        while True:
            signs.append(self._sign())
            if self.is_sign("dots"):
                self.take()
                terms.append(t.Dots(span=self.span(self.at - 1)))
            else:
                terms.append(self.product())
            self._unbrace_signed()
            if self.is_sign("pm", "mp"):
                raise self.error("a sign ± stands for two expressions", hint="write one of them")
            if not self.is_sign("+", "-"):
                break
        self.depth -= 1
        if len(terms) == 1 and signs == [1]:
            return terms[0]
        return t.Terms(tuple(terms), tuple(signs), span=self.span(start))

    def _unbrace_signed(self) -> None:
        """a {+1}: braces around a signed term group for the eye alone, and the sign stands between two terms."""
        while self._opens_signed():
            close = matching(self.tokens, self.at)
            if close is None:
                return
            del self.tokens[close], self.tokens[self.at]

    def _opens_signed(self) -> bool:
        """Whether braces with a sign first open here."""
        return self.latex and self.is_sign("{") and self.peek().kind == OPERATOR and self.peek().key in ("+", "-")

    def joint(self) -> str | None:
        """The sign of a product at this place, scripts included; None where none stands."""
        token = self.token
        if token.kind != OPERATOR:
            return None
        accented = token.key.rpartition(" ")[2] in INFIX and " " in token.key
        if token.key in ("|", "||") or (token.key not in INFIX and token.key not in self.context.operators
                                        and not accented):
            return None
        key = token.key
        after = self.at + 1
        if self.peek().kind == OPERATOR and self.peek().key in ("_", "^"):
            for scripts in read_scripts(self.tokens, after, self.source, self.latex):
                full = operator_key(token, scripts)
                if full in self.context.operators and scripts.rest is None:
                    key, after = full, scripts.next
                elif self.latex and key == token.key in SLID_SIGNS and (options := self._options_below(scripts)) is not None:
                    key, after = f"{key}{'^' * bool(scripts.sup)}_{{{options}}}", scripts.next
        self._after_joint = after
        return key

    def _options_below(self, scripts: Scripts) -> str | None:
        """What stands below the sign of a convolution, as s=2,d=1; None where that is something else."""
        options = all(len(item) > 2 and item[0].key in "sdpgn" and item[1].key == "=" for item in scripts.subs)
        placed = [x.key for x in scripts.sup] == ["top"] or (scripts.subs and not scripts.sup)
        if not (options and placed) or scripts.primes or scripts.rest or self.token.key in self.context.operators:
            return None
        return self.source.text[scripts.subs[0][0].start:scripts.subs[-1][-1].end] if scripts.subs else ""

    def product(self) -> t.Tree:
        """Factors with the signs between them; a factor may carry a minus sign after such a sign."""
        start = self.at
        factors = [self.signed()]
        joints: list[str] = []
        while True:
            joint = self.joint()
            if joint is not None:
                self.at = self._after_joint
                if self.token.kind == STOP or self.is_sign(*CLOSING):
                    raise self.error(f"a factor is missing after {joint!r}", self.tokens[self.at - 1])
                joints.append(joint)
                factors.append(self.signed())
            elif self.starts_factor():
                if not (self.latex or self.juxtaposes or isinstance(factors[-1], t.Transpose)):
                    raise self.error(f"{self.shown()} does not belong here", hint="write a product with *")
                following = self.peek() if self.is_sign("{") else self.token
                if isinstance(factors[-1], t.Number) and following.kind == NUMBER and not factors[-1].font \
                        and not following.font:
                    raise self.error("two numbers stand side by side", hint=r"write \cdot between them")
                joints.append("")
                factors.append(self.factor())
            else:
                break
        if not joints:
            return factors[0]
        return t.Factors(tuple(factors), tuple(joints), span=self.span(start))

    def starts_factor(self) -> bool:
        """Whether a factor can start here."""
        token = self.token
        if token.wide or self._opens_signed():
            return False
        if token.kind in (NUMBER, WORD, STRUCTURE, STRING, BEGIN):
            return not (token.kind == WORD and self.is_word_sign(token))
        if token.kind != OPERATOR:
            return False
        if token.key in ("|", "||"):
            return not (self.bars and (self.bars[-1] == token.key or self.closes_twice()))
        return token.key in ("(", "[", "{", "\\{", "lfloor", "lceil", "langle")

    def closes_twice(self) -> bool:
        """Whether || closes an absolute value and opens or closes another: |a||b|."""
        token = self.token
        return bool(self.bars) and self.bars[-1] == "|" and self.source.text[token.start:token.end] == "||"

    def is_word_sign(self, token: Token) -> bool:
        """Words that stand for signs: mod, if, and so on."""
        called = known(token.key) and self.peek().kind == OPERATOR and self.peek().key == "("
        return connects(token, self.peek(), self.latex) and not called and not self.context.starting(token.key)

    def signed(self) -> t.Tree:
        start = self.at
        sign = self._sign()
        body = self.factor()
        return t.Terms((body,), (-1,), span=self.span(start)) if sign < 0 else body

    def _sign(self) -> int:
        """The sign that stands here, however many are written."""
        sign = 1
        while self.is_sign("+", "-"):
            sign = -sign if self.take().key == "-" else sign
        return sign

    # ------------------------------------------------------------------ marks behind

    def factor(self) -> t.Tree:
        """An atom with everything raised, lowered or put behind it."""
        self.depth += 1
        admit_depth(self.depth)
        start = self.at
        result = self.marks(self.atom(), start)
        self.depth -= 1
        return result

    def marks(self, base: t.Tree, start: int) -> t.Tree:
        """Powers, transposes and index positions behind a tree."""
        for behind in count(self.depth):
            if self.token.kind != OPERATOR:
                break
            admit_depth(behind)
            key = self.token.key
            if isinstance(base, t.Power) and key in ("^", ".^", "**") and self.raises_again():
                raise self.error("a power of a power needs brackets", hint="write (a^b)^c or a^(b^c)")
            if key in ("top", "'", "''"):
                if key != "top" and self.latex and isinstance(base, t.Number):
                    break
                self.take()
                for _ in range(1 if key == "top" else len(key) if self.latex else len(key) % 2):
                    base = t.Transpose(base, self.latex and key != "top", span=self.span(start))
            elif key in (".^", "**"):
                self.take()
                base = t.Power(base, self.exponent(), True, span=self.span(start))
            elif key in ("^", "_") or (key == "{" and self.latex and self.peek().key in ("_", "^")):
                scripts = read_scripts(self.tokens, self.at, self.source, self.latex)[0]
                if scripts.empty:
                    break
                if isinstance(base, t.Bracket) and scripts.subs and [x.key for x in scripts.subs[0]] == ["+"]:
                    self.accept(replace(scripts, sup=(), primes=0))
                    base = t.Call(t.Function(relu.name), (base.body,), span=self.span(start))
                    scripts = replace(scripts, subs=())
                    base = base if scripts.empty else self.scripted(base, scripts, start)
                    continue
                self.accept(scripts)
                base = self.scripted(base, scripts, start)
            elif key == "!":
                # n! is Γ(n + 1), of which the library has the logarithm.
                self.take()
                above = t.Terms((base, t.Number("1")), (1, 1), span=self.span(start))
                inside = t.Call(t.Function(log_gamma.name), (above,), span=self.span(start))
                base = t.Call(t.Function(exp.name), (inside,), span=self.span(start))
            elif key == "[" and self.is_indexing(base):
                base = self.bracket_index(base, start)
            elif key == "." and not self.latex and self._calls_method():
                base = self.method(base, start)
            elif key == "at" or (key == "|" and self.peek().key == "_" and not self.bars):
                base = self.evaluated(base, start)
            else:
                break
        return base

    def _calls_method(self) -> bool:
        """x.sum(): a known function behind a dot."""
        word, bracket = self.peek(), self.peek(2)
        return word.kind == WORD and not word.spaced and known(word.key) and bracket.key == "(" and not bracket.spaced

    def method(self, base: t.Tree, start: int) -> t.Tree:
        """x.sum(axis=1) as sum(x, axis=1)."""
        self.take()
        word = self.take()
        positional, keywords = PARTS["arguments"](self)
        inside = base.body if isinstance(base, t.Bracket) else base
        function = t.Function(word.key, span=(word.start, word.end))
        return t.Call(function, (inside, *positional), keywords, span=self.span(start))

    def evaluated(self, base: t.Tree, start: int) -> t.Tree:
        """Behind a bar, the values that names take."""
        bar = self.take()
        scripts = read_scripts(self.tokens, self.at, self.source, self.latex)[0]
        if not scripts.subs:
            raise self.error("it is not said at what this is taken", bar, hint=r"write \left. f \right|_{x = 0}")
        if scripts.sup or scripts.primes:
            raise self.error("a difference between two values is not read", bar, hint="write both values out")
        self.accept(scripts)
        values = []
        for item in scripts.subs:
            found = self.inside(item, Parser.relation)
            if not (isinstance(found, t.Relation) and found.signs == ("=",) and None not in found.sides):
                raise self.error("it is not said what takes this value", item[0], hint="write |_{x = 0}")
            values.append(found)
        inside = base.body if bar.key == "at" and isinstance(base, t.Bracket) else base
        return t.At(inside, tuple(values), span=self.span(start))

    def raises_again(self) -> bool:
        """Whether the mark here is another power, not a transpose."""
        following = self.peek()
        return not ((following.kind == OPERATOR and following.key == "top") or following.key == "T"
                    or (following.key == "{" and self.peek(2).key in ("top", "T")))

    def accept(self, scripts: Scripts) -> None:
        """Move behind scripts; what was cut off a word goes back."""
        self.at = scripts.next
        if scripts.rest is not None:
            self.tokens[self.at] = scripts.rest

    def taken_scripts(self) -> Scripts:
        """The scripts that stand here, and move behind them."""
        scripts = read_scripts(self.tokens, self.at, self.source, self.latex)[0]
        self.accept(scripts)
        return scripts

    def closing(self) -> int:
        """Where the bracket that opens here is closed.  Raises ParseError where it is not."""
        close = matching(self.tokens, self.at)
        if close is None:
            raise self.error("this bracket is not closed")
        return close

    def exponent(self) -> t.Tree:
        """What stands behind a sign of a power in plain text: one factor without sums, or a signed one."""
        if self.is_sign("{"):
            opened = self.take()
            body = self.expression()
            self.expect("}", opened)
            return body
        start = self.at
        if self.is_sign("-", "+"):
            negative = self.take().key == "-"
            body = self.exponent()
            return t.Terms((body,), (-1,), span=self.span(start)) if negative else body
        atom = self.atom()
        while self.is_sign("[") and self.is_indexing(atom):
            atom = self.bracket_index(atom, start)
        if self.is_sign(".^", "**", "^"):
            self.take()
            return t.Power(atom, self.exponent(), span=self.span(start))
        return atom

    def is_indexing(self, base: t.Tree) -> bool:
        """Whether a square bracket behind a tree holds index positions rather than a factor."""
        close = matching(self.tokens, self.at)
        if close is None:
            return False
        inside = self.tokens[self.at + 1:close]
        if not self.latex:
            return True
        if self.token.spaced or not isinstance(base, t.Name | t.Subscripted | t.Call | t.Bracket | t.Derivative):
            return False
        plain = all(x.kind in (WORD, NUMBER) or x.key in (",", ":", "+", "-", "*") for x in inside)
        letters = all(x.kind != WORD or self._is_letter(x.key) or (
            len(x.key) == 1 and (x.key in self.scope or not self.context.starting(x.key))) for x in inside)
        return bool(inside) and plain and letters

    def _is_letter(self, key: str) -> bool:
        """Whether a name is an index letter or a label: what stands in the bracket of an entry."""
        return any(isinstance(d, LetterDeclared) or (isinstance(d, Quantity) and isinstance(d.value, Label))
                   for d in self.context.starting(key))

    def _entry_of(self, declared: Definition) -> bool:
        """Whether the square bracket here holds as many positions as the value of a function f(x)[i, j] has."""
        items = split_items(self.tokens[self.at + 1:self.closing()])
        return len(items) == len(declared.letters) and len(items) != len(declared.parameters or ())

    def bracket_index(self, base: t.Tree, start: int) -> t.Tree:
        opened = self.token
        items = split_items(self.tokens[self.at + 1:self.closing()])
        positions = tuple(self.position(item, opened) for item in items)
        self.at = self.closing() + 1
        return self.laid_out(t.Subscripted(base, positions, span=self.span(start)))

    def laid_out(self, entry: t.Subscripted) -> t.Tree:
        """An entry of a derivative, in the order of positions that the declarations say."""
        for left, right in self.context.laid_out:
            linked = _linked(entry.base)
            if left.base in (entry.base, linked) and len(left.positions) == len(entry.positions):
                # At once: the letters of the one may be among the positions of the other.
                own = [t.Letter(f"{n} of the layout") for n in range(len(left.positions))]
                for old, new in (*zip(left.positions, own, strict=True), *zip(own, entry.positions, strict=True)):
                    right = t.exchanged(right, old, new)
                if linked is None:
                    return t.spanning(right, entry.span)
                if isinstance(right, t.Derivative):
                    # A product of derivatives is laid out as what the chain rule says that it is.
                    parts = (right.body, *right.variables)
                    order = tuple(p for x in parts if isinstance(x, t.Subscripted) for p in x.positions)
                    return replace(entry, positions=order)
        return entry

    def position(self, item: Sequence[Token], opened: Token) -> t.Tree:
        """One index position between commas."""
        if not item:
            raise self.error("an index is missing", opened)
        if len(item) == 1 and self._whole_axis(item[0]):
            return t.Colon(span=(item[0].start, item[0].end))
        return self.inside(item, Parser.relation, indexed=True)

    def positions(self, items: Sequence[Sequence[Token]], rank: int | None) -> tuple[t.Tree, ...]:
        """Index positions of a subscript, where letters that stand together are positions one by one."""
        found: list[t.Tree] = []
        if sum(len(x.key) for item in items for x in item) > MAX_SUBSCRIPT:
            raise BoundExceeded("a subscript is too long", hint="declare the name that it belongs to")
        for item in items:
            if not item:
                raise self.error("an index is missing")
            if len(item) > 1 and any(self._whole_axis(x) for x in (item[0], item[-1])):
                for part in _around_axes(item, self._whole_axis):
                    found.extend([t.Colon(span=(part[0].start, part[0].end))] if self._whole_axis(part[0])
                                 else self.positions((part,), None))
                continue
            if all(x.kind in (WORD, NUMBER) for x in item) and not self._is_product(item, rank, len(items)):
                for x in item:
                    found.extend(self.letters_of(x, rank, len(item) * len(items)))
            elif self._alternating(item):
                found.extend(self._with_primes(item))
            else:
                found.append(self.position(item, item[0]))
        return tuple(found)

    @staticmethod
    def _whole_axis(token: Token) -> bool:
        """Signs for all positions of an axis: a colon, a dot, a star."""
        return token.kind == OPERATOR and token.key in (":", "cdot", "*", "star")

    @staticmethod
    def _alternating(item: Sequence[Token]) -> bool:
        """Letters with primes, as in j' or jj'."""
        return item[0].kind == WORD and all(x.kind in (WORD, NUMBER) or x.key in ("'", "''") for x in item)

    def _with_primes(self, item: Sequence[Token]) -> list[t.Tree]:
        found: list[t.Tree] = []
        for x in item:
            if x.key in ("'", "''"):
                last = found[-1]
                name = getattr(last, "name", None)
                if name is None:
                    raise self.error("a prime stands behind something that is not a letter", x)
                found[-1] = t.Letter(name + x.key, span=(last.span[0], x.end))
            else:
                found.extend(self.letters_of(x, None, 2))
        return found

    def _is_product(self, item: Sequence[Token], rank: int | None, count: int) -> bool:
        """2i as one position of a vector."""
        return rank == count and len(item) > 1 and item[0].kind == NUMBER

    def letters_of(self, token: Token, rank: int | None, count: int) -> list[t.Tree]:
        """The positions a word or number in a subscript stands for."""
        span = (token.start, token.end)
        if token.kind == NUMBER:
            if rank is not None and rank > 1 and count == 1 and len(token.key) == rank and token.key.isdecimal():
                return [t.Number(d, span=span) for d in token.key]
            return [t.Number(token.key, span=span)]
        if len(token.key) == 1 or token.upright or token.accents or token.key in self.scope \
                or self.context.starting(token.key):
            return [self.one_position(token)]
        result: list[t.Tree] = []
        digits = ""
        for place, c in enumerate(token.key):
            at = token.start + place
            if c.isdecimal():
                digits += c
                if place + 1 < len(token.key) and token.key[place + 1].isdecimal():
                    continue
                result.append(t.Number(digits, span=(at, at + 1)))
                digits = ""
            else:
                result.append(self.one_position(replace(token, key=c, start=at, end=at + 1)))
        return result

    def one_position(self, token: Token) -> t.Tree:
        return self.inside((token,), indexed=True)

    # ------------------------------------------------------------------ scripts behind a tree

    def scripted(self, base: t.Tree, scripts: Scripts, start: int) -> t.Tree:
        """Scripts that are not part of a name: index positions, transposes, inverses and powers."""
        rank = self.rank(base)
        span = self.span(start)
        for _ in range(scripts.primes):
            base = t.Transpose(base, self.latex, span=span)
        sup = scripts.sup
        flipped, raised = self.superscript(sup) if sup else (False, None)
        positions: tuple[t.Tree, ...] = ()
        if scripts.subs:
            if not (self.latex or self.context.upper or rank is None or rank or isinstance(base, t.Call | t.Bracket)):
                raise self.error(f"{self.source.text[span[0]:span[1]]} is a scalar and has no entries",
                                 self.tokens[start])
            positions = self.positions(scripts.subs, rank)
        # The row X_{i,:} is transposed where that stands first; of an entry, and where the sign stands first, the matrix is.
        turned_last = bool(scripts.sup and positions) and scripts.subs[0][0].start < scripts.sup[0].start
        inner = rank == 2 and len(positions) == 2 and not (turned_last and any(isinstance(p, t.Colon) for p in positions))
        if positions and not inner:
            base = t.Subscripted(base, positions, span=span)
        if flipped:
            base = t.Transpose(base, span=span)
        if positions and inner:
            if raised is not None and _is_minus_one(raised):
                base, raised = t.Power(base, raised, span=span), None
            base = t.Subscripted(base, positions, span=span)
        if raised is not None:
            base = self.raise_(base, raised, sup, span)
        return base

    def raise_(self, base: t.Tree, raised: t.Tree, sup: Sequence[Token], span: t.Span) -> t.Tree:
        """A superscript that is neither part of a name nor a transpose."""
        rank = self.rank(base)
        if sup[0].key in ("odot", "circ") and len(sup) > 1:
            return t.Power(base, self.inside(sup[1:]), True, span=span)
        if sup[0].key == "(" and matching(sup, 0) == len(sup) - 1 and isinstance(raised, t.Bracket) and (
                isinstance(raised.body, t.Letter | t.Name | t.Number) if rank
                else rank is None and isinstance(base, t.Name) and isinstance(raised.body, t.Letter)):
            return t.Subscripted(base, (raised.body,), True, span=span)
        if self.context.upper and rank != 0 and not any(x.kind == NUMBER for x in sup):
            return t.Subscripted(base, self.positions(split_items(sup), rank), True, span=span)
        return t.Power(base, raised, span=span)

    def superscript(self, sup: Sequence[Token]) -> tuple[bool, t.Tree | None]:
        """(whether it transposes, what is left as an exponent)."""
        keys = [x.key for x in sup]
        flipped = False
        if keys[-1] in TRANSPOSED and self.transposes(sup[-1]):
            flipped = True
            sup = sup[:-1]
            if not sup:
                return True, None
            if len(sup) == 1 and sup[0].key == "-":
                token = sup[0]
                return True, t.Terms((t.Number("1", span=(token.start, token.end)),), (-1,), span=(token.start, token.end))
        if all(k in ("'", "''") for k in keys):
            return sum(map(len, keys)) % 2 == 1, None
        if self.context.upper and all(x.kind == WORD or x.key == "," for x in sup):
            return flipped, t.Sequence(self.positions(split_items(sup), None), "^")
        if sup[0].key in ("odot", "circ") and len(sup) > 1:
            return flipped, t.Number("1")
        child = self.child(sup)
        if child.is_sign("*", "star", "dagger") and len(sup) == 1:
            raise self.error("a superscript star is not part of a declared name", sup[0], hint="declare the name with it")
        return flipped, child.whole(child.expression)

    def transposes(self, token: Token) -> bool:
        """Whether a raised sign is the transpose: T is, unless it is the name of a size or a letter in scope."""
        if token.key == "top" or token.key == "dagger":
            return True
        if token.key in ("t", "tr"):
            return not self.context.starting(token.key) and token.key not in self.scope
        if token.key == "T" and any(isinstance(d, Quantity) and not d.rank for d in self.context.starting("T")):
            # Whether gamma^T is a power is seen when it is known what gamma is.
            return False
        return token.upright or token.key not in self.scope

    def rank(self, tree: t.Tree) -> int | None:
        """Number of axes, as far as it is known without elaborating."""
        if isinstance(tree, t.Name):
            for declared in self.context.by_name(tree.name):
                if arity(declared) == tree.arity:
                    return declared.rank
        if isinstance(tree, t.Transpose):
            return self.rank(tree.base)
        if isinstance(tree, t.Subscripted):
            rank = self.rank(tree.base)
            fixed = sum(not isinstance(p, t.Colon) for p in tree.positions)
            return None if rank is None else max(rank - fixed, 0)
        if isinstance(tree, t.Number | t.Letter):
            return 0
        return None

    # ------------------------------------------------------------------ atoms

    def atom(self) -> t.Tree:
        """A number, name, call, bracket, fraction, big sum, derivative or matrix."""
        self._unbrace()
        token = self.token
        start = self.at
        if token.kind == NUMBER:
            return self.number()
        if token.kind == WORD:
            return self.word()
        if token.kind == STRING:
            self.take()
            return t.String(token.key, span=self.span(start))
        if token.kind == STRUCTURE:
            return self.read("structure")
        if token.kind == BEGIN:
            return self.read("environment")
        if token.kind == OPERATOR:
            found = self.attempt("bracket")
            if found is not None:
                return found
        if token.kind == STOP:
            raise self.error("something is missing at the end" if self.at else "there is nothing to read")
        raise self.error(f"{self.shown()} cannot stand here", hint=self._why_not())

    def _unbrace(self) -> None:
        """Braces around one word, as around a font switch, say nothing."""
        while self.is_sign("{") and (self.peek().kind == WORD or self.peek().font) and self.peek(2).kind == OPERATOR \
                and self.peek(2).key == "}":
            self.tokens[self.at:self.at + 3] = [replace(self.peek(), spaced=self.token.spaced)]
        if self.is_sign("{") and any(isinstance(d, Expected) for d in self.context.starting(self.peek().key)):
            # {E_x}[f]: braces around the sign of an expectation.
            close = matching(self.tokens, self.at)
            if close is not None and self.tokens[close + 1].key in ("[", "(", "\\{"):
                del self.tokens[close], self.tokens[self.at]

    def number(self) -> t.Tree:
        """A number; a one set bold or doubled is a vector of ones or an indicator."""
        token = self.take()
        start = self.at - 1
        if token.key == "1" and (token.font or self.is_sign("\\{", "[") or (self.is_sign("{") and not self.source.latex) or (
                self.is_sign("_") and self.latex)):
            found = self.attempt("indicator", token, start)
            if found is not None:
                return found
        if token.key == "0" and token.font and self.is_sign("_"):
            found = self.attempt("indicator", token, start)
            if found is not None:
                return found
        return t.Number(token.key, token.font, span=self.span(start))

    def word(self) -> t.Tree:
        """A name, a function, an index letter, or several of them written as one word."""
        start = self.at
        named = self._leave_out_module()
        self._join_letter_primes()
        token = self.token
        if token.key in self.scope and not self._longer_name():
            self.take()
            return t.Letter(token.key, span=self.span(start))
        found = self._total(token) if token.key == "d" else self.attempt("directional") if token.key[0] == "D" else None
        if found is not None:
            return found
        named_by_marks = self.attempt("named_by_marks")
        if named_by_marks is not None:
            return named_by_marks
        match = find(self.context, self.tokens, self.at, self.source, self.latex)
        if match is not None and (match.scripts.sup or match.scripts.primes) and self.context.spelled and self._spelled(
                token, read_scripts(self.tokens, self.at + 1, self.source, self.latex)[0]):
            match = None
        if match is not None and self.lenient and self._marked_apart(match):
            match = None  # L_D beside a number L
        if match is not None and token.key == "pi" and self.lenient and self._circle(match):
            match = None  # 2 pi beside weights pi_k
        if match is None and (found := self.attempt("jacobian_of")) is not None:
            return found
        joined = self.function_word()
        if match is not None and not (joined is not None and (named or self._longer_function(match, joined[1]))):
            return self.declared(match, start)
        if joined is not None:
            word, after = joined
            made = self.read("prefix_call" if self._prefix(word, after) else "call", word, after)
            if named and match is not None and isinstance(made, t.Call) and isinstance(made.function, t.Function):
                return replace(made, function=replace(made.function, name=LIBRARY + word))
            return made
        entry = self._lower_case_entry(start)
        if entry is not None:
            return entry
        special = self.attempt("special_word")
        if special is not None:
            return special
        if self.indexed and (len(token.key) == 1 or "_" in token.key):
            self.take()
            return t.Letter(token.key, span=self.span(start))
        pieces = self.segments(token) or (self._in_plain_text(token) if self.source.typeset else None)
        if pieces is not None:
            self.tokens[self.at:self.at + 1] = pieces
            return self.atom()
        return self.not_declared(start)

    def _lower_case_entry(self, start: int) -> t.Tree | None:
        """u_{ik} for the entry of a declared matrix U, where nothing is named u."""
        token = self.token
        whole = token.key.upper()
        if not (self.lenient and self.latex and len(token.key) == 1 and token.key.islower() and self.peek().key == "_"
                and not self.context.starting(token.key)):
            return None
        scripts = read_scripts(self.tokens, self.at + 1, self.source, self.latex)[0]
        known = next((d for d in self.context.starting(whole)
                      if isinstance(d, Quantity | Definition) and not d.pattern.subs and not d.pattern.sups), None)
        # What a defined name is, is seen later: with two letters below it, it is a matrix.
        open_ = isinstance(known, Definition) and known.parameters is None and known.rank is None
        rank = 0 if known is None else 2 if open_ else known.rank or arity(known)
        if rank != 2 or scripts.primes or len(self.positions(scripts.subs, rank)) != rank:
            return None
        self.take()
        self.accept(scripts)
        return self.scripted(t.Name(whole, 0 if open_ else rank, span=self.span(start)), scripts, start)

    def _longer_function(self, match: Match, after: int) -> bool:
        """Whether a function's name goes on where a declared name ends: log_softmax(x) beside a quantity log."""
        pattern = match.declared.pattern
        return after > self.at + 1 and len(pattern.base) == 1 and not pattern.subs and not self.latex

    def _leave_out_module(self) -> bool:
        """np.exp, torch.linalg.inv, sd.sum: the function alone.  Whether a module was named."""
        token = self.token
        if token.upright and token.key.startswith(LIBRARY) and known(token.key.removeprefix(LIBRARY)):
            self.tokens[self.at] = replace(token, key=token.key.removeprefix(LIBRARY))
            return True
        before = len(self.tokens)
        while not self.latex and self.token.key in MODULES and not self.context.starting(self.token.key) \
                and self.peek().key == "." and self.peek(2).kind == WORD:
            del self.tokens[self.at:self.at + 2]
        return len(self.tokens) < before

    def _join_letter_primes(self) -> None:
        """j' is a letter of its own where it is bound."""
        token = self.token
        if self.peek().kind == OPERATOR and self.peek().key in ("'", "''") and token.key + self.peek().key in self.scope:
            mark = self.peek()
            self.tokens[self.at:self.at + 2] = [replace(token, key=token.key + mark.key, end=mark.end, upright=True)]

    def _longer_name(self) -> bool:
        """Whether a bound letter starts a longer declared name here, such as x_1 where x is bound."""
        match = find(self.context, self.tokens, self.at, self.source, self.latex)
        return match is not None and len(match.declared.pattern.base) + len(match.declared.pattern.subs) > 1

    def _prefix(self, word: str, after: int) -> bool:
        """Whether a function is written without brackets around its argument."""
        position = after
        while self.tokens[position].kind == OPERATOR and self.tokens[position].key in ("'", "''"):
            position += 1
        token = self.tokens[position]
        return not (token.kind == OPERATOR and token.key in ("(", "[", "\\{", "{"))

    def _total(self, token: Token) -> t.Tree | None:
        """What begins with an upright d, or with d^2 beside a size d: a differential, or d^2 L/d w^2."""
        behind = self.peek()
        if token.upright and behind.kind == WORD and not behind.upright:
            return self.attempt("differential")
        return self.attempt("special_word") if behind.key == "^" and token.key in self.context.sizes else None

    def function_word(self) -> tuple[str, int] | None:
        """(name, position behind) of a function known to the library, underscores joined: log_softmax."""
        token = self.token
        best: tuple[str, int] | None = (token.key, self.at + 1) if self._calls(token.key, self.at + 1) else None
        name, position = token.key, self.at + 1
        while self.tokens[position].key == "_" and self.tokens[position + 1].kind == WORD \
                and not self.tokens[position + 1].spaced:
            name += "_" + self.tokens[position + 1].key
            position += 2
            if self._calls(name, position):
                best = name, position
        return best

    def _calls(self, name: str, after: int) -> bool:
        """Whether a word is a function here: known, and not a single letter; or unknown, upright and before a bracket."""
        token = self.tokens[after]
        opens = token.kind == OPERATOR and token.key in ("(", "{", "[") and not (token.key != "(" and not self.latex)
        if name in ("sum", "prod", "e_", "vector", "matrix") and token.key == "_":
            return False
        if len(name) == 1 or (token.key == "_" and not self.latex and self._scripted_name(after)):
            return False
        return known(name) and (opens or bare(name) or token.key in ("'", "^", "_")
                                or (self.latex and self.token.upright))

    def _scripted_name(self, at: int) -> bool:
        """Whether an underscore and a word follow, and no bracket: inv_std and exp_z of code are names."""
        word, behind = self.tokens[at + 1], self.tokens[min(at + 2, len(self.tokens) - 1)]
        return word.kind == WORD and not word.spaced and behind.key != "("

    def segments(self, token: Token) -> list[Token] | None:
        """A word cut into declared names, letters in scope and numbers, the longest first; None if it cannot be."""
        word = token.key
        if not self.latex or token.upright or token.accents or len(word) < 2:
            return None
        if word[-1].isdecimal() and not self.source.latex:
            return None  # w2 of plain text is a name, and not w times 2.
        ends: dict[int, list[int] | None] = {len(word): []}

        def rest(at: int) -> list[int] | None:
            if at not in ends:
                ends[at] = None
                for stop in range(len(word), at, -1):
                    if stop - at < len(word) and self._piece(word[at:stop], stop == len(word)):
                        tail = rest(stop)
                        if tail is not None:
                            ends[at] = [stop, *tail]
                            break
            return ends[at]

        if len(word) > 60:
            return None
        stops = rest(0)
        if stops is None:
            return None
        pieces: list[Token] = []
        left = token
        for stop in stops[:-1]:
            piece, left = cut(left, stop - (left.start - token.start))
            pieces.append(replace(piece, kind=NUMBER if piece.key.isdecimal() else WORD))
        pieces.append(replace(left, kind=NUMBER if left.key.isdecimal() else WORD))
        return pieces

    def _piece(self, piece: str, last: bool) -> bool:
        if piece.isdecimal() or piece in self.scope:
            return True
        if any(len(d.pattern.base) == 1 for d in self.context.starting(piece)):
            return True
        if (piece == "d" and not last) or piece == "I":
            return True
        if self.indexed and len(piece) == 1:
            return True
        if last and numbered_otherwise(self.context, [replace(self.token, key=piece), *self.tokens[self.at + 1:]], 0,
                                       self.source, self.latex) is not None:
            return True
        return (piece == "e" and last) or (len(piece) > 1 and known(piece) and last)

    def not_declared(self, start: int) -> t.Tree:
        """A name that nothing declares: refused, or kept with its scripts."""
        token = self.token
        following = self.peek()
        if following.kind == OPERATOR and following.key == "(" and len(token.key) > 1 and not self.lenient:
            return self.read("call", token.key, self.at + 1)
        if not self.lenient:
            mean = self.attempt("mean_by_its_bar") if token.accents else None
            if mean is not None:
                return mean
            self._missing_product(token)
            if known(token.key) and len(token.key) > 1:
                raise self.error(f"{token.key} is a function; its argument is missing", hint=f"write {token.key}(...)")
            shown = self.source.text[token.start:token.end] or token.key
            raise undeclared(self.source, shown, token.start, token.end, self.context.near(token.key))
        self.take()
        scripts = read_scripts(self.tokens, self.at, self.source, self.latex)[0]
        if scripts.sup and scripts.sup[0].key not in ("(", "[") and not self._spelled(token, scripts):
            # A power is no part of a name, unless it is declared as one.
            self.accept(scripts)
            own = scripts.primes if self._spelled(token, replace(scripts, sup=())) else 0
            unknown = t.Unknown(pattern_of(token, replace(scripts, sup=(), primes=own)).text, span=self.span(start))
            return self.scripted(unknown, replace(scripts, subs=(), primes=scripts.primes - own), start)
        self.accept(scripts)
        return t.Unknown(pattern_of(token, scripts).text, span=self.span(start))

    def _spelled(self, token: Token, scripts: Scripts) -> bool:
        """Whether the superscript belongs to the name, as in sigma^2 or w^* of which the text never has the name without
        it, or the primes do, as in the h' of which it says what it is."""
        sups = tuple(x.key for x in scripts.sup)
        if sups in (("*",), ("star",)):
            return True
        return any(each.base[0] == token.key and each.sups == sups and each.primes in (0, scripts.primes) and bool(
            sups or each.primes) for each in self.context.spelled)

    def _marked_apart(self, match: Match) -> bool:
        """Whether a subscript that is no position makes another name of that of a number or a function."""
        declared, subs = match.declared, match.scripts.subs
        number = isinstance(declared, Quantity) and declared.rank == 0 and not isinstance(declared.value, Label)
        called = isinstance(declared, Definition) and declared.parameters is not None and not declared.letters
        if len(subs) != 1 or declared.pattern.subs or isinstance(declared, Expected):
            return False
        if subs[0][0].key in self.context.stepping and any(
                other.pattern.subs and other.pattern.subs[0][0] == subs[0][0].key
                for other in self.context.starting(declared.pattern.base[0])):
            return True  # x_{t+1} beside x_t is no entry of x
        word = subs[0][0].key if len(subs[0]) == 1 else ""
        if (word in _VARIABLES or word in self.context.stepping or (called and word.isdecimal())) and any(
                each.base == declared.pattern.base and each.subs == ((word,),) for each in self.context.spelled):
            return True
        array = (word in _VARIABLES or len(word) > 1) and word not in self.scope
        if array and not (self.indexed or self.context.einstein) and any(
                not d.pattern.subs and (isinstance(d, Definition) and d.parameters is None if not isinstance(d, Quantity)
                                        else d.rank and getattr(d.value, "label_size", 0) is None)
                for d in self.context.starting(word)):
            return True  # An array is no position: K_y beside a vector y, or one that is defined as y = f + e.
        # The sign in x_+ is no position in x, and "new" in w_new is no three of them.
        sign, more = all(x.key in ("+", "-") for x in subs[0]), word.isalpha() and len(word) > max(2, arity(declared))
        return sign or more or ((number or called) and all(
            x.kind == WORD and (x.upright or x.key.isupper()) for x in subs[0]))

    def _circle(self, match: Match) -> bool:
        """Whether a bare pi behind a 2 is the number, though pi is an array: within brackets, a root or behind a function.

        2 pi on its own is twice the array, as in the gradient of the sum of its squares.
        """
        called = isinstance(match.declared, Definition) and bool(match.declared.parameters)
        if not self.at or self.tokens[self.at - 1].key != "2" or not match.scripts.empty or match.declared.pattern.subs \
                or not (arity(match.declared) or called):
            return False
        if called:
            return self.peek().key not in ("(", "[")  # 2π beside a policy π(a|s)
        before = self.tokens[self.at - 2] if self.at > 1 else None
        if before is None:
            return self.depth > 0
        return before.key in (*OPENING, "|") or (before.kind == WORD and before.upright)

    def _missing_product(self, token: Token) -> None:
        """Wx in plain text: said to be a product, where that is what it must be."""
        pieces = self._in_plain_text(token)
        if pieces is not None:
            parts = "*".join(p.key for p in pieces)
            raise undeclared(self.source, token.key, token.start, token.end, [parts])

    def _in_plain_text(self, token: Token) -> list[Token] | None:
        """The names that Wx consists of as in LaTeX."""
        if self.latex or self.indexed or len(token.key) < 2:
            return None
        latex = self.child((token,))
        latex.latex = True
        return latex.segments(token)

    # ------------------------------------------------------------------ declared names

    def declared(self, match: Match, start: int) -> t.Tree:
        """A declared name with what follows it."""
        declared, scripts = match.declared, match.scripts
        base_end = self.at + len(declared.pattern.base)
        self.at = base_end
        self.accept(scripts)
        span = self.span(start)
        if isinstance(declared, LetterDeclared):
            letter = t.Letter(declared.name + "'" * scripts.primes, span=span)
            return self.scripted(letter, replace(scripts, primes=0), start) if scripts.sup or scripts.subs else letter
        if isinstance(declared, FunctionDeclared):
            return self.read("call_declared", declared, scripts, start)
        if isinstance(declared, Expected):
            return self.read("expectation", declared, scripts, start)
        if isinstance(declared, SteppedName) or (isinstance(declared, Definition | Quantity) and match.filled):
            member = t.Member(declared.name, self.inside(match.filled, indexed=True), around(declared.pattern), span=span)
            return self.scripted(member, scripts, start) if not scripts.empty else member
        if isinstance(declared, Definition) and declared.parameters is not None and not scripts.primes:
            if self.is_sign("(") or (self.is_sign("[") and not self._entry_of(declared)):
                return self.read("restated", declared, scripts, start)
        elif scripts.primes and self.is_sign("(") and isinstance(declared, Definition | Quantity) \
                and (not declared.rank or isinstance(declared, Definition)):
            return self.read("call_declared", declared, scripts, start)
        if declared.name == "e" and any(x.kind == WORD and x.key not in TRANSPOSED for x in scripts.sup):
            raise self.error("e is declared as a name, but stands here as the base of a power", self.tokens[start],
                             hint=r"write \exp(...) for the exponential, or (e)^k for a power")
        if self.lenient and (other := self._name_beside(declared, scripts, start)) is not None:
            return other
        name = t.Name(declared.name, arity(declared), span=span)
        pair = declared.name == "delta" and sum(len(x.key) for item in scripts.subs for x in item) == 2
        if self.lenient and scripts.subs and not pair and _is_plain_number(declared, PARTS["is_number"]):
            # A number has no entries: L_reg beside L is a name of its own.
            unknown = t.Unknown(pattern_of(self.tokens[start], replace(scripts, sup=(), primes=0)).text, span=span)
            rest = replace(scripts, subs=())
            return unknown if rest.empty else self.scripted(unknown, rest, start)
        tree: t.Tree = name if scripts.empty else self.scripted(name, scripts, start)
        if isinstance(declared, Quantity | Definition) and self.is_sign("("):
            return self._before_arguments(declared, scripts, tree, start)
        return tree

    def _before_arguments(self, declared: Quantity | Definition, scripts: Scripts, tree: t.Tree, start: int) -> t.Tree:
        """A name before a bracket: what it depends on, where it is an entry, or a factor."""
        if PARTS["arguments_restated"](self, declared):
            return tree
        entry = self._called_at(declared, scripts)
        if entry is not None:
            return t.Subscripted(tree, entry, span=self.span(start))
        if not self.latex:
            raise self.error(f"{declared.name} is not a function", self.tokens[start],
                             hint=f"write a product with *, or declare {declared.name}: function")
        return tree

    def _called_at(self, declared: Quantity | Definition, scripts: Scripts) -> tuple[t.Tree, ...] | None:
        """The positions of π(a|s), where a and s are index letters and π has as many axes; None for any other bracket."""
        close = matching(self.tokens, self.at)
        inside = self.tokens[self.at + 1:close] if close is not None and scripts.empty and self.latex else ()
        items = at_letters(inside)
        free = all(x.key in self.scope or all(
            isinstance(d, LetterDeclared) for d in self.context.starting(x.key)) for x in items)
        if not items or not arity(declared) or not free:
            return None
        # phi(s, a) may be a vector for every s and a.
        if len(items) not in (arity(declared), arity(declared) - 1):
            raise self.error(f"{declared.name} has {arity(declared)} positions, not {len(items)}", items[0])
        self.at += len(inside) + 2
        return tuple(t.Letter(x.key, span=(x.start, x.end)) for x in items)

    def _name_beside(self, declared: Declared, scripts: Scripts, start: int) -> t.Tree | None:
        """w^* beside a declared w, and theta^{(1)} beside a declared theta^{(0)}, as names of their own; None for others."""
        span = self.span(start)
        if len(scripts.sup) == 1 and scripts.sup[0].key in ("*", "star") and not scripts.subs:
            return t.Unknown(pattern_of(self.tokens[start], scripts).text, span=span)
        if not self._numbered_beside(declared, scripts):
            return None
        unknown = t.Unknown(pattern_of(self.tokens[start], replace(scripts, sup=scripts.sup[:3])).text, span=span)
        rest = replace(scripts, subs=(), sup=scripts.sup[3:])
        return unknown if rest.empty else self.scripted(unknown, rest, start)

    def _numbered_beside(self, declared: Declared, scripts: Scripts) -> bool:
        """Whether a number in brackets stands above, as it does above another declared name of this letter."""
        keys = tuple(x.key for x in scripts.sup[:3])
        return len(keys) == 3 and keys[0] == "(" and keys[1].isdecimal() and not declared.pattern.sups and not scripts.subs \
            and any(len(d.pattern.sups) == 3 and d.pattern.sups[0] == "(" and d.pattern.sups[1].isdecimal()
                    for d in self.context.starting(declared.pattern.base[0]))

    # ------------------------------------------------------------------ relations

    def relation(self, aligned: bool = False) -> t.Tree:
        """One expression, or a chain of relations; ``aligned``, also one with alignment marks before its signs."""
        start = self.at
        sides: list[t.Tree | None] = []
        signs: list[str] = []
        if self.is_sign(*RELATIONS):
            sides.append(None)
        else:
            sides.append(self.expression())
        while True:
            while aligned and self.is_sign("align"):
                self.take()
            if not self.is_sign(*RELATIONS):
                break
            signs.append(self.take().key)
            while self.is_sign("align"):
                self.take()
            sides.append(self.side(signs[-1]))
        if not signs:
            assert sides[0] is not None
            return sides[0]
        # p_k = P(Y=k | x) = ...: what it is the probability of says what it means, and nothing to compare with.
        kept = [k for k, side in enumerate(sides) if k == 0 or len(sides) < 3 or not _of_event(side)]
        return t.Relation(tuple(sides[k] for k in kept), tuple(signs[k - 1] for k in kept[1:]), span=self.span(start))

    def side(self, sign: str) -> t.Tree:
        """The right side of a relation: an expression, or a set."""
        if sign in ("in", "notin"):
            found = self.attempt("a_set")
            if found is not None:
                return found
        return self.expression()

    def condition(self) -> t.Tree:
        """Relations joined by and."""
        start = self.at
        parts = [self.relation()]
        while self.is_sign("land", ",", "and"):
            self.take()
            parts.append(self.relation())
        return parts[0] if len(parts) == 1 else t.Sequence(tuple(parts), "and", span=self.span(start))


def end_of_remainder(tokens: Sequence[Token], at: int) -> int | None:
    """Where O(h^2) or o(h) ends that is a whole term of a sum; None where something else stands there."""
    before = tokens[at - 1].key if at else "+"
    if tokens[at].key not in ("O", "o") or at + 1 >= len(tokens) or tokens[at + 1].key != "(" \
            or before not in _AROUND_A_TERM:
        return None
    close = matching(tokens, at + 1)
    behind = tokens[close + 1] if close is not None and close + 1 < len(tokens) else None
    return close if behind is None or behind.kind == STOP or behind.key in _AROUND_A_TERM else None


def _of_event(tree: t.Tree | None) -> bool:
    """Whether a side is the probability of something, under a sign of which nothing else is known."""
    return isinstance(tree, t.Factors) and len(tree.factors) == 2 and isinstance(tree.factors[0], t.Unknown) \
        and isinstance(tree.factors[1], t.Iverson)


def _linked(tree: t.Tree) -> t.Derivative | None:
    """∂l/∂W of a product ∂l/∂f ∂f/∂W in brackets."""
    inside = tree.body if isinstance(tree, t.Bracket) else tree
    links = [x for x in inside.factors if isinstance(x, t.Derivative)] if isinstance(inside, t.Factors) else []
    if not links or len(links) < len(inside.children()) or any(a.variables != (b.body,) for a, b in pairwise(links)):
        return None
    return replace(links[0], variables=links[-1].variables)


def _is_plain_number(declared: Declared, is_number: Callable[[t.Tree], bool]) -> bool:
    """Whether a name is known to be a number, of which nothing is said but that or how it is computed."""
    if isinstance(declared, Quantity):
        return not declared.rank and not declared.depends
    return isinstance(declared, Definition) and not declared.letters and declared.declared is None \
        and is_number(declared.tree)


def _around_axes(item: Sequence[Token], whole: Callable[[Token], bool]) -> list[tuple[Token, ...]]:
    """i: as i and the colon."""
    parts: list[list[Token]] = []
    for token in item:
        if whole(token) or not parts or whole(parts[-1][0]):
            parts.append([token])
        else:
            parts[-1].append(token)
    return [tuple(p) for p in parts]


def _with_ones(tokens: list[Token], context: DeclaredNames) -> list[Token]:
    """Tokens in which the ones of 11ᵀ, 1 1ᵀ and 1ᵀA1 are vectors, as no number is transposed."""
    made: list[Token] = []
    turned = False
    for place, token in enumerate(tokens):
        raised = [x for x in tokens[place + 1:place + 4] if x.key != "{"] if _is_ones(token) else []
        if len(raised) < 2 or raised[0].key != "^" or not (
                raised[1].key == "top" or (raised[1].key == "T" and not context.starting("T"))):
            made.append(token)
            continue
        turned = True
        if len(token.key) == 1 and made and _is_ones(made[-1]):
            made[-1] = replace(made[-1], font="bf")
        made += [replace(each, font="bf") for each in (cut(token, 1) if len(token.key) > 1 else (token,))]
    for place, token in enumerate(made) if turned else ():
        # What stands behind a factor, and before none.
        joined = place and (made[place - 1].kind == WORD or made[place - 1].key in (")", "]", "}"))
        if joined and token.key == "1" and _is_ones(token) and made[place + 1].kind in (OPERATOR, STOP) \
                and made[place + 1].key not in ("^", "_", "(", "["):
            made[place] = replace(token, font="bf")
    return made


def _is_ones(token: Token) -> bool:
    return token.kind == NUMBER and token.key in ("1", "11") and not token.font


def _bare_signs(tokens: list[Token]) -> None:
    """a{-}b and a {=} b: braces around a sign alone only change the space around it; they are left out."""
    made: list[Token] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        inside = tokens[position + 1:position + 3]
        scripted = bool(made) and (made[-1].kind == STRUCTURE or made[-1].key in ("^", "_", "}"))
        if token.key == "{" and token.kind == OPERATOR and len(inside) == 2 and inside[0].kind == OPERATOR \
                and inside[0].key in _BARE and inside[1].key == "}" and not scripted:
            made.append(inside[0])
            position += 3
            continue
        made.append(token)
        position += 1
    tokens[:] = made


# Letters that people seldom use for positions.
_VARIABLES = frozenset("uvwxyz")
_BARE = RELATIONS | frozenset(["+", "-", "*", "/", "cdot", "times", "odot", "circ", ",", "implies", "iff"])


def _is_minus_one(tree: t.Tree) -> bool:
    return isinstance(tree, t.Terms) and tree.signs == (-1,) and tree.terms[0] == t.Number("1")


def pattern_of(token: Token, scripts: Scripts) -> Pattern:
    """The name that a sign and all its scripts spell."""
    subs = tuple(tuple(x.key for x in item) for item in scripts.subs)
    return Pattern((token.key,), subs, tuple(x.key for x in scripts.sup), scripts.primes, token.font)


def operator_key(token: Token, scripts: Scripts) -> str:
    """The spelling of an operator sign with its scripts, as declarations file it."""
    key = token.key
    if scripts.subs:
        key += "_" + ",".join("".join(x.key for x in item) for item in scripts.subs)
    if scripts.sup:
        key += "^" + "".join(x.key for x in scripts.sup)
    return key


def parser_for(text: str, context: DeclaredNames, *, latex: bool | None = None, lenient: bool = False,
               source: SourceText | None = None, start: int = 0, end: int | None = None) -> Parser:
    """A parser over a text.  Raises ParseError where a sign has no meaning."""
    source = source or SourceText(text)
    tokens = tokenize(source, start, end, context.macros)
    mode = looks_like_latex(text[start:end]) if latex is None else latex
    return Parser(context, source, tokens, latex=mode, lenient=lenient)


__all__ = ["TEXT"]
