"""What the rows of a text say: definitions that it makes, claims, conditions, shapes, assignments and remarks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..arrays.arrays import Tensor
from ..arrays.symbols import Index, Label
from ..bounds import EACH_STRETCH_READ, spend
from ..errors import BoundExceeded, ParseError, SymderivError
from ..functions.elementary import exp, log
from ..functions.network_functions import stop_gradient
from ..reader.declare.context import Declared, DeclaredNames, Definition, LetterDeclared, Pattern, Quantity, folded
from ..reader.declare.declarations import declare_later
from ..reader.declare.statements import called_head, head
from ..reader.declare.told import names_decomposition
from ..reader.document.displays import code_in
from ..reader.document.formats import PLAIN
from ..reader.meaning.elaborate import Elaborator
from ..reader.syntax import tree as t
from ..reader.syntax.connectives import connectives, does
from ..reader.syntax.grammar import parser_for
from ..reader.syntax.lines import line as read_line
from ..reader.syntax.spellings import ACCENTS
from ..reader.syntax.sum_reach import reaching
from ..reader.syntax.tokens import OPERATOR, SourceText, Token, looks_like_latex, tokenize
from .best_values import Best, taken_out
from .line_claims import EQUALITIES
from .spellings_used import CHANGES, STARS
from .sums_over_steps import REST, at_step, at_this_step
from .text_rows import TextRow, Written

COMPARED = frozenset(["<", "<=", ">", ">=", "!="])
SILENT = frozenset(["gets", "to", "mapsto", "sim", "<<", ">>", "notin", "subset"])
# "If z = Wx + b", and not "so z = Wx + b", which is claimed.
_CONCLUDES = rf"(?!.*\b(?:{connectives('claims', 'recalls')}|we have)\b)"
# "Let the columns of W be orthonormal, W'W = I" and "suppose that AB = BA", but not "Assuming symmetry, AB = BA".
LET = re.compile(_CONCLUDES + rf"(?:.*\b(?:{connectives('lets')}|subject to)(?:\s+that)?[\s$(\\]*\Z|"
                 rf".*\b(?:{connectives('be')})\b(?!\s+(?:us|me)\b).*\b"
                 r"(?:be|has|have|is|are|satisf\w{1,4})\b.*[,(:][\s$\\]*\Z)", re.IGNORECASE | re.DOTALL)
# "If W has orthonormal columns, W'W = I, then ..." and "for a unit vector u (u'u = 1) ...": a condition said once more.
_CASE = re.compile(_CONCLUDES + r"(?:.*\n|\W*)\s*(?:(?:and|but|so|now|finally)[\s,]+)?"
                   rf"(?:{connectives('opens', 'lets')}|for|once)\b.*"
                   r"(?P<closed>,|\((?:i\.?e\.?,?)?)[\s$(\\]*\Z", re.IGNORECASE | re.DOTALL)
_THEN = re.compile(r"\A[\s$)\\]*,\s*(?:then|so that|we|one|the|it|its|our|this|there)\b", re.IGNORECASE)
_GIVEN = re.compile(rf".*\b(?:{connectives('given')})(?:\s+that)?[\s$(\\]*\Z", re.IGNORECASE | re.DOTALL)
ARROWS = frozenset(["implies", "iff"])
# What people call losses.
LOSSES = frozenset(["L", "J", "E", "C", "R", "F", "ell", "loss", "Loss", "cost", "l"])
OPTIMAL = re.compile(r"\b(?:zero|vanish|optim|stationar|critical|minim|maxim|solv|set)|=\s*0\b", re.IGNORECASE)
_SO = re.compile(rf"\b(?:{connectives('so')}|follows that|(?:we|one) (?:have|get|obtain|conclude))(?: that)?"
                 r"[\s,$(\\]*\Z", re.IGNORECASE)
BECAUSE = re.compile(rf".*\b(?:{connectives('reason')})(?:\s+that)?[\s$(\\]*\Z", re.IGNORECASE | re.DOTALL)
_ROUNDED = re.compile(r"(?i)\b(?:round|approx|about|roughly|nearly|decimal|digit|significant|truncat|d\.? ?p\b|s\.? ?f\b)")
_ROUNDS = 8
_CLOSED, _OPENED = re.compile(r"\A\s*(?:\$\$?|\\[)\]])"), re.compile(r"(?:\$\$?|\\[(\[])\s*\Z")
_FONT_OPENED = re.compile(r"(?:\\[A-Za-z]+\s*\{\s*)+\Z")
_COMMANDS = re.compile(r"\\(begin|end|label|tag)\s*\{[^{}]*\}|\\[A-Za-z]+|\$[^$]*\$")


@dataclass
class Parsed:
    """A row with its tree, or with what kept it from being read."""

    row: TextRow
    line: t.DisplayedLine | None = None
    error: SymderivError | None = None
    conditions: tuple[t.Tree, ...] = ()
    best: tuple[Best, ...] = ()

    @property
    def varied(self) -> set[str]:
        """The names by which the row differentiates."""
        return {*t.varied((self.line,))} if self.line is not None else set()


@dataclass(frozen=True)
class Said:
    """One thing that a row says.

    kind   "claim", "definition", "shape", "silent" (nothing to test), "expression", "condition"
    left   what stands on the left; for a claim that goes on from the row before, None
    aside  whether it stands beside the chain, so that the next row does not go on from it
    arrow  "implies" or "iff" where it is said to follow from what stands before it;  concluded  where words say so too
    rounded  whether words beside it say that its numbers are rounded;  reason  whether what stands beside it follows from it
    fixes  whether a condition holds from here on
    """

    kind: str
    left: t.Tree | None = None
    sign: str = ""
    right: t.Tree | None = None
    first: bool = True
    aside: bool = False
    arrow: str = ""
    concluded: bool = False
    rounded: bool = False
    reason: bool = False
    fixes: bool = False


@dataclass
class ClassifiedText:
    """All rows read, and the context with the names that the text itself defines.

    beside  the rows within sentences that words say to define something: chains go on behind them
    """

    context: DeclaredNames
    source: SourceText
    rows: list[Parsed]
    defined: dict[tuple[int, int], str] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict, repr=False)
    beside: set[int] = field(default_factory=set)


def read_rows(text: Written, context: DeclaredNames) -> ClassifiedText:
    """Rows to trees; the names that the text defines are put into the context.

    A name that words or := define is known wherever it is used.  One that a bare equation introduces is known from there
    on: no equation is a definition of what stands before it.
    """
    context = context.copy()
    context.macros |= text.macros
    found = ClassifiedText(context, text.source, [_parsed(row, text, context) for row in text.rows])
    found.read = dict.fromkeys(range(len(found.rows)), len(context.added))
    for _ in range(_ROUNDS):
        if not _define(found, text, True):
            break
        for place in range(len(found.rows)):
            _read_again(found, place, text)
    _join_rows(found)
    lost = [place for place, parsed in enumerate(found.rows) if parsed.line is not None and _names_a_gradient(parsed.line)]
    if _define(found, text, False) and lost:
        before = [found.rows[place] for place in lost]
        for place in lost:
            _read_again(found, place, text)
        if before != [found.rows[place] for place in lost]:
            _define(found, text, False)  # G = dL/dO, of an O of which rows below say what it is
    return found


def _join_rows(found: ClassifiedText) -> None:
    """A row that starts with + or - goes on with the last side of the row above, which then holds the whole of it."""
    above: Parsed | None = None
    for parsed in found.rows:
        line = parsed.line
        if above is None or line is None or parsed.row.inline or found.context.goal is not None:
            above = parsed if line is not None and line.parts else None
            continue
        sign = found.source.text[parsed.row.start:parsed.row.end].lstrip(" \t&")[:1]
        going_on = line.parts[0] if len(line.parts) == 1 and not line.joints and sign in ("+", "-") else None
        if isinstance(going_on, t.Relation):
            sides: tuple[t.Tree | None, ...] = going_on.sides
            tree, rest = sides[0], (sides[1:], going_on.signs)
            if sign == "-":
                tree = None  # -x = y stands for itself
        else:
            tree, rest = going_on, ((), ())
        joined = _joined(above, tree, rest)
        if joined is None:
            above = parsed if line.parts else above
            continue
        above.line = joined
        parsed.line = replace(line, parts=(), joints=(), remarks=(t.Remark("goes on from the row above"),))


def _joined(above: Parsed, tree: t.Tree | None, rest: tuple[tuple[t.Tree | None, ...], tuple[str, ...]],
            ) -> t.DisplayedLine | None:
    """The line above with terms put behind its last side; None where this is no such row."""
    line = above.line
    last = line.parts[-1] if line is not None and line.parts else None
    if tree is None or line is None or not isinstance(last, t.Relation) or last.sides[-1] is None:
        return None
    if isinstance(last.sides[-1], t.Space):
        return None
    side = last.sides[-1]
    terms, signs = (side.terms, side.signs) if isinstance(side, t.Terms) else ((side,), (1,))
    more, its = (tree.terms, tree.signs) if isinstance(tree, t.Terms) else ((tree,), (1,))
    whole = t.Terms((*terms, *more), (*signs, *its), span=(side.span[0], tree.span[1]))
    made = t.Relation((*last.sides[:-1], whole, *rest[0]), (*last.signs, *rest[1]), span=(last.span[0], tree.span[1]))
    return replace(line, parts=(*line.parts[:-1], made))


def _parsed(row: TextRow, text: Written, context: DeclaredNames) -> Parsed:
    if row.sides:
        return Parsed(row)
    lines: list[t.DisplayedLine] = []
    for start, end in row.pieces or ((row.start, row.end),):
        found = stretch_read(text, context, start, end)
        if isinstance(found, SymderivError):
            return Parsed(row, None, found)
        lines.append(reaching(found))
    lines = [at_this_step(each, context) for each in lines]
    summed = sorted({b.letter for each in lines for n in t.walk(each) if isinstance(n, t.Big) for b in n.binders}
                    & context.stepping)
    summed += sorted({n.name for each in lines if _has_steps(each, context) for n in _upper_ends(each)}
                     & context.stepping)
    if summed:
        return Parsed(row, None, ParseError(f"a sum over all steps {summed[0]} of a recurrence is not read",
                                            hint="write it for one step"))
    fixed = [n.name for each in lines for n in t.walk(each) if isinstance(n, t.Name) and _at_fixed_step(n, context)]
    if fixed:
        return Parsed(row, None, ParseError(f"what depends on {fixed[0]}, at one step of all, is not known",
                                            hint="write it for any step"))
    told = [taken_out(each) for each in lines]
    lines, best = [line for line, _ in told], tuple(each for _, found in told for each in found)
    if len(lines) == 1:
        line = _after_an_arrow(lines[0], row, text)
        return Parsed(row, line, None, tuple(_conditions_before(row, text, context, line)), best)
    joints = [*lines[0].joints]
    for each in lines[1:]:
        joints.extend((each.before(0) or ",", *(each.before(k) for k in range(1, len(each.parts)))))
    whole = t.DisplayedLine(tuple(p for each in lines for p in each.parts), tuple(joints),
                            tuple(r for each in lines for r in each.remarks),
                            next((each.stray for each in lines if each.stray is not None), None), span=(row.start, row.end))
    return Parsed(row, whole, best=best)


def _names_a_gradient(line: t.DisplayedLine) -> bool:
    """Whether a line calls a derivative by what is not known so far by a name of its own: G = ∂L/∂O."""
    part = line.parts[0] if len(line.parts) == 1 else None
    return isinstance(part, t.Relation) and len(part.sides) == 2 and isinstance(part.sides[0], t.Unknown) \
        and isinstance(part.sides[1], t.Derivative) and any(isinstance(n, t.Unknown) for n in t.walk(part.sides[1]))


def _upper_ends(line: t.DisplayedLine) -> Iterator[t.Name]:
    """What sums of a line run up to."""
    return (b.high for n in t.walk(line) if isinstance(n, t.Big) for b in n.binders if isinstance(b.high, t.Name))


def _has_steps(line: t.DisplayedLine, context: DeclaredNames) -> bool:
    """Whether a line speaks of a name at a step, as in m_t = Σ_{i=1}^t g_i, which unrolls a recurrence."""
    own = [r.pattern for n in t.walk(line) if isinstance(n, t.Name | t.Unknown) for r in context.by_name(n.name)]
    return any(at_step(each, context) for each in own)


def _at_fixed_step(name: t.Name, context: DeclaredNames) -> bool:
    """Whether a name stands for what a recurrence has at a step such as the last, beside a sum over all its steps."""
    if not context.stepping or not context.by_name(REST):
        return False
    own = next((r.pattern for r in context.by_name(name.name)), None)
    return own is not None and bool(own.subs or own.sups) and not at_step(own, context) and any(
        r.pattern.base == own.base and at_step(r.pattern, context) for r in context.all())


def _conditions_before(row: TextRow, text: Written, context: DeclaredNames, line: t.DisplayedLine) -> Iterator[t.Tree]:
    """The cases that the sentence before a row names, as far as they are about letters of the row."""
    letters = {n.name for n in t.walk(line) if isinstance(n, t.Letter | t.Name | t.Unknown)}
    letters |= {r.name for r in context.all() if isinstance(r, Quantity) and isinstance(r.value, Label)}
    for start, end in row.conditions:
        found = _read(text, context, start, end, True)
        parts = found.parts if isinstance(found, t.DisplayedLine) else ()
        for part in parts:
            spoken = {n.name for n in t.walk(part) if isinstance(n, t.Letter | t.Name | t.Unknown)}
            if not isinstance(part, t.Relation) or None in part.sides or not spoken:
                continue
            if isinstance(part.sides[0], t.Call) and part.signs == ("=",):
                continue  # "For g(x) = |x|, ..." says what g is.
            # "If C = I" names its case by itself, "if C = c I" where the row has the c.  Letters of a range are meant where
            # the row has them.
            leaves = [n for n in t.walk(part.sides[1]) if not n.children()]  # type: ignore[arg-type]
            at_value = isinstance(part.sides[0], t.Name) and all(
                n.name in letters for n in leaves if isinstance(n, t.Letter | t.Name | t.Unknown))
            if spoken <= letters or at_value:
                yield part


def _is_typeset(text: Written) -> bool:
    """Whether a text is a document whose formulas are LaTeX."""
    return text.page is not None and text.page.format != PLAIN


def _is_code(text: Written, start: int) -> bool:
    """Whether a place of a document is within a fence of code."""
    return text.page is not None and any(low < start < high for low, high in code_in(text.page.shown))


def stretch_read(text: Written, context: DeclaredNames, start: int, end: int) -> t.DisplayedLine | SymderivError:
    """The tree of a stretch of text, or what kept it from being read.

    A stretch is LaTeX, or plain text, by the same rule as an expression alone.  Without a sign of either it is plain,
    unless it makes sense in LaTeX only: where letters that stand together are a product.
    """
    said = text.source.text[start:end]
    first = _read(text, context, start, end, True)
    if looks_like_latex(said) or ("'" in said and isinstance(first, t.DisplayedLine) and _primed(first)):
        kept = isinstance(first, t.DisplayedLine) or "\\" in said
        return first if kept else _better(_read(text, context, start, end, False), first)
    plain = _read(text, context, start, end, False)
    if _is_typeset(text) and "*" not in said and not _is_code(text, start) and isinstance(first, t.DisplayedLine) and (
            isinstance(plain, SymderivError) or _unknowns(first) <= _unknowns(plain)):
        return first
    return _better(plain, first)


def _better(plain: t.DisplayedLine | SymderivError,
            typeset: t.DisplayedLine | SymderivError) -> t.DisplayedLine | SymderivError:
    """Of two readings the one that makes sense, or knows more names; the plain one if both do."""
    if isinstance(plain, SymderivError) or isinstance(typeset, SymderivError):
        return plain if isinstance(plain, t.DisplayedLine) else typeset
    return plain if _unknowns(plain) <= _unknowns(typeset) else typeset


def _primed(line: t.DisplayedLine) -> bool:
    """Whether a prime stands behind what is not known to be an array, so that it may be a derivative."""
    primed = [n.base for n in t.walk(line) if isinstance(n, t.Transpose) and n.prime]
    return any(not any(isinstance(x, t.Name) and x.arity for x in t.walk(base)) for base in primed)


def _unknowns(line: t.DisplayedLine) -> int:
    return sum(isinstance(n, t.Unknown) for n in t.walk(line))


def _read(text: Written, context: DeclaredNames, start: int, end: int, latex: bool) -> t.DisplayedLine | SymderivError:
    try:
        spend(EACH_STRETCH_READ)
        parser = parser_for(text.source.text, context, latex=latex, lenient=True, source=text.source, start=start, end=end)
        unopened = _unopened(parser.tokens)
        first = min((parser.tokens[k].start for k in unopened), default=None)
        # What closes nothing is a slip of the pen, where the line is right without it.
        parser.tokens[:] = [x for k, x in enumerate(parser.tokens) if k not in unopened]
        return replace(read_line(parser), stray=first)
    except SymderivError as error:
        return error
    except RecursionError:
        return BoundExceeded("the line is nested too deeply", hint="name parts of it")


def _unopened(tokens: Sequence[Token]) -> set[int]:
    """Round and square brackets that close nothing, where all others are paired."""
    pairs = {")": "(", "]": "["}
    stack: list[str] = []
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind != OPERATOR:
            continue
        if token.key in pairs.values() or token.key in ("{", "\\{"):
            stack.append(token.key)
        elif token.key in pairs and pairs[token.key] in stack[-1:]:
            stack.pop()
        elif token.key in pairs and stack:
            return set()
        elif token.key in pairs:
            found.add(place)
        elif token.key in ("}", "\\}") and stack:
            stack.pop()
    return found if not stack else set()


# ------------------------------------------------------------------ definitions that the text makes

def _define(found: ClassifiedText, text: Written, worded: bool) -> bool:
    """Put the names into the context that an equation of the text defines, row after row; whether there were any.

    ``worded`` takes those alone that words or := say to be definitions.
    """
    any_new = False
    for place in range(len(found.rows)):
        any_new = (bool(found.context.later) and declare_later(found.context)) or any_new
        if any_new:
            _read_again(found, place, text)
        while _define_one(found, found.rows[place], text, worded):
            any_new = True
            _read_again(found, place, text)
    return any_new


def _read_again(found: ClassifiedText, place: int, text: Written) -> None:
    """Read a row anew if names were put in since whose signs stand in it."""
    parsed, added = found.rows[place], found.context.added
    since, found.read[place] = found.read[place], len(added)
    if since == len(added) or (parsed.line is None and parsed.error is None):
        return
    row = parsed.row
    try:
        written = "".join(folded(x.key) for start, end in (*(row.pieces or ((row.start, row.end),)), *row.conditions)
                           for x in tokenize(text.source, start, end, found.context.macros))
    except SymderivError:
        return  # A sign that means nothing here: the row says so.
    if any(folded(p.base[0]).rstrip("0123456789") in written and (
            p.hole is not None or not p.subs or not p.subs[0] or folded(p.subs[0][0]) in written) for p in added[since:]):
        found.rows[place] = _parsed(row, text, found.context)


def _define_one(found: ClassifiedText, parsed: Parsed, text: Written, worded: bool) -> bool:
    """The first name that a row defines and that is not known yet."""
    if parsed.line is None or parsed.row.supposed:
        return False
    parts = parsed.line.parts
    ranges = _ranges(parts)
    letters = {n.name for part in parts for n in t.walk(part) if isinstance(n, t.Letter)}
    for number, part in enumerate(parts):
        said = said_to_define(parsed, number, text)
        if worded and not said and not _is_formula(part):
            continue
        for left, right in _equations(part):
            if concluded(parsed.line, number) and not said and not (isinstance(left, t.Unknown) and marked(left.name)):
                continue
            # "for i = 1" says where something holds; it is no name for the number.
            if number in ranges or (isinstance(left, t.Unknown) and left.name in letters) or _supposed(parsed.line, part):
                continue
            if worded and _is_begun(found, parsed, left):
                continue  # what stands first is the definition, though a name in it is said below
            if isinstance(left, t.Unknown) and _transposes(right, left.name):
                continue  # A = A^T says that A is symmetric.
            habit = _by_habit(found.context, left)
            if _defines(found.context, left, habit or right, text):
                if habit is not None:
                    # So it is elsewhere; here it may be the gradient by what is inside an activation.
                    found.context.guessed.setdefault(found.context.added[-1].text, False)
                if habit is not None or _within_chain(part, left):
                    return True
                found.defined[parsed.row.number, number] = text.source.text[left.span[0]:left.span[1]].strip()
                if said and parsed.row.inline:
                    found.beside.add(parsed.row.number)
                return True
    return False


def _is_begun(found: ClassifiedText, parsed: Parsed, left: t.Tree) -> bool:
    """Whether a row above says what the same left side is, or what its entries are."""
    above = (each.line.parts for each in found.rows[:parsed.row.number] if each.line is not None)
    return any(isinstance(part, t.Relation) and (part.sides[0] == left or _is_entry_of(part, left))
               for parts in above for part in parts)


def _is_entry_of(part: t.Relation, whole: t.Tree) -> bool:
    """Whether the left side of an equation is an entry of what a name calls: the p_k of p, by a k of the right side."""
    entry = part.sides[0]
    if not (isinstance(entry, t.Unknown) and isinstance(whole, t.Unknown)):
        return False
    name, _, letters = entry.name.partition("_")
    return name == whole.name and bool(letters) and {*letters.strip("{}")} <= t.letters_in(part)


def _transposes(side: t.Tree, name: str) -> bool:
    return isinstance(side, t.Transpose) and isinstance(side.base, t.Unknown) and side.base.name == name


def _by_habit(context: DeclaredNames, left: t.Tree) -> t.Tree | None:
    """∂L/∂f of δf, where the text said that δh is ∂L/∂h: the equation for it is then a claim."""
    if not (isinstance(left, t.Factors) and len(left.factors) == 2 and isinstance(left.factors[0], t.Unknown)
            and left.factors[0].name in CHANGES and isinstance(left.factors[1], t.Name)):
        return None
    change, of = left.factors[0].name, left.factors[1]
    told = (r.tree for r in context.all() if isinstance(r, Definition) and r.name.startswith(f"{change} "))
    return next((replace(tree, variables=(of,)) for tree in told if isinstance(tree, t.Derivative)), None)


def _within_chain(part: t.Tree, side: t.Tree) -> bool:
    """Whether a chain only names what stands within it or ends it: the rest of the chain is claimed."""
    return isinstance(part, t.Relation) and len(part.sides) > 2 and part.signs[-1] == "=" and side is not part.sides[0]


def _is_formula(part: t.Tree) -> bool:
    """Whether an equation says what a function is of any argument, g(z) = 1/(1 + e^{-z}): then it says so wherever g is."""
    if not isinstance(part, t.Relation) or part.signs[0] != "=" or not isinstance(part.sides[0], t.Factors):
        return False
    first, *rest = part.sides[0].factors
    inside = rest[0].body if len(rest) == 1 and isinstance(rest[0], t.Bracket) else None
    return isinstance(first, t.Unknown) and isinstance(inside, t.Unknown | t.Name) and any(
        isinstance(n, t.Unknown | t.Name) and n.name == inside.name for n in t.walk(part.sides[1]))  # type: ignore[arg-type]


SQUARED = "^2"
"""Behind a name: a variance is solved for as such."""


def marked(name: str) -> str:
    """The name without the hat, the star or the like that says that it is what was solved for; empty if it has none."""
    name = name.removesuffix(SQUARED)
    return next((name[:-len(mark)] for accent in (*dict.fromkeys(ACCENTS.values()), *STARS)
                 for mark in (f"^{{{accent}}}", f"^{accent}", accent) if name.endswith(mark) and name != mark), "")


_LABEL = re.compile(r"\A(?P<name>.+?)_\{?[A-Za-z]{2,12}\}?\Z")


def unmarked(name: str) -> str:
    """A name without marks and without a label of letters, which says of which kind a value is, as in w_ridge."""
    found = _LABEL.match(name)
    name = found["name"] if found else name
    return marked(name) or name


def concluded(line: t.DisplayedLine, number: int) -> bool:
    """Whether a part is said to follow from what stands before it, or is said to be equivalent to what follows it."""
    part = line.parts[number]
    return line.before(number) in ARROWS or _introduced(line, part, "hence") or _following(line, part) \
        or any(line.before(k) == "iff" for k in range(number + 1, len(line.parts)))


def said_to_define(parsed: Parsed, number: int, text: Written, by: str = "defines") -> bool:
    """Whether := or words such as "let" and "where" make a part a definition."""
    assert parsed.line is not None
    part = parsed.line.parts[number]
    if isinstance(part, t.Relation) and (part.signs[0] in (":=", "equiv") or part.signs[-1] == "=:"):
        return True
    said = _words_before(parsed.line, part)
    if said is None and number == 0:
        said = re.findall(r"[a-z]+", _COMMANDS.sub(" ", _words_of_list(parsed.row, text)).lower())
    if not said or {"zero", "0"} & set(said):
        return False
    # "Setting dJ/dw = 0 gives w = 2a" concludes; "with this gain, P = ..." says what follows for what is known.
    known = len(said) > 2 and said[0] == "with" and said[1] in ("this", "these", "that", "those", "such")
    return does(said[-1], by) or (does(said[0], by) and not known and not any(does(word, "hence") for word in said))


def sentence_before(parsed: Parsed, text: Written) -> str:
    """What stands of its sentence in front of a row of a document."""
    return _sentences_before(parsed.row, text)[-1]


_BESIDE = re.compile(r"[\s,;]{0,20}(?:and\s{1,3})?[\s$(\\]{0,4}")


def _words_of_list(row: TextRow, text: Written) -> str:
    """What stands of its sentence in front of a row, or of the first of those that it is listed with: where a = b, c = d."""
    words = _sentences_before(row, text)
    for before in reversed([each for each in text.rows if each.end <= row.start]):
        between = text.source.text[before.end:row.start]
        listed = (before.inline and row.inline) or (text.page is not None and text.page.format == PLAIN)
        if len(words) > 1 or not listed or not _BESIDE.fullmatch(words[-1]) or re.search(r"\n\s*\n", between):
            break
        row, first = before, _sentences_before(before, text)
        words = first if not _GIVEN.match(first[-1]) else words
    return words[-1]


_TO = re.compile(r"(?i)[\W_]*(?:(?:and|which|this|that|it)\s+)*(?:(?:implies|entails|forces|gives|yields)(?:\s+that)?|"
                 r"(?P<iff>(?:holds\s+|is true\s+)?(?:iff|if and only if|exactly (?:if|when))|is equivalent to))[\W_]*\Z")
_FROM = re.compile(r"(?i)(?:\A|.*\W)from[\s$(\\]*\Z", re.DOTALL)
_FOUND = re.compile(r"(?i)[\W_]*(?:(?:(?:we|one)\s+(?:(?:can|may)\s+)?(?:conclude|get|obtain|deduce|infer|find|see|have)|"
                    r"it follows|follows)(?:\s+that)?)[\W_]*\Z")


def _after_an_arrow(line: t.DisplayedLine, row: TextRow, text: Written) -> t.DisplayedLine:
    """A formula of a sentence with the arrow that words are: P implies Q, from P we get Q, P if and only if Q."""
    above = max((r for r in text.rows if r.end <= row.start), key=lambda r: r.end, default=None)
    words = _sentences_before(row, text)
    if not row.inline or above is None or not above.inline or len(words) > 1 or len(line.joints) == len(line.parts):
        return line
    to = _TO.match(words[0])
    if to is None and not (_FOUND.match(words[0]) and _FROM.match(_sentences_before(above, text)[-1])):
        return line
    return replace(line, joints=("iff" if to is not None and to["iff"] else "implies", *line.joints))


def _sentences_before(row: TextRow, text: Written) -> list[str]:
    """What stands between a row of a document and the row before it, sentence by sentence."""
    rows = [r for r in text.rows if r.end <= row.start]
    start = max((r.end for r in rows), default=0) if text.page is not None else row.start
    # The signs that close the formula before and open this one stand around words, not around a formula.
    between = _OPENED.sub("", _CLOSED.sub("", text.source.text[start:row.start])).replace("w.r.t.", "wrt")
    return re.split(r"[.!?;]\s|\n\s*\n(?!\s*\Z)", between[-400:])


# "with $U \\in R^{n \\times d}$, $U'U = I$": what lies where is let be so beside it.
_SPACES_SAID = re.compile(r"(?:(?:\$|\\\()[^$=]{1,80}(?:\\in(?![A-Za-z])|∈)[^$=]{1,80}(?:\$|\\\))\s{0,3},?"
                          r"\s{0,3}(?:and\s{1,3})?){1,6}[\s$(\\]{0,3}\Z")


# "Write a = b, c = d." is a request; "we can write a = b" claims it.
_WRITE = re.compile(r"(?:^|[.:]\W)\W{0,9}Write[\s$(\\]*\Z")


def lets(reading: ClassifiedText, number: int, text: Written) -> bool:
    """Whether the sentence of a row lets something be so: "with A = B, C = D" is one sentence; a decomposition is let be."""
    joined = True
    if names_decomposition(sentence_before(reading.rows[number], text)):
        return True
    while reading.rows[number].row.inline:
        *ended, words = _sentences_before(reading.rows[number].row, text)
        words = _SPACES_SAID.sub("", words)
        if LET.match(words) is not None or _WRITE.search(words):
            # "Given A = B, C = D" claims what stands behind the comma.
            return joined or _GIVEN.match(words) is None
        if joined and _says_case_again(words, text.source.text[reading.rows[number].row.end:][:40]):
            return True
        joined = bool(re.search(r"\b(?:and|or|with|where|for)\b", words))
        if ended or not number or not re.fullmatch(r"[\W_]*(?:and|or|with|where|for)?[\W_]*", words):
            return False
        number -= 1
    return False


def _says_case_again(words: str, behind: str) -> bool:
    """Whether the equation between words repeats in symbols the case in which the sentence holds."""
    found = _CASE.match(words)
    return found is not None and (found["closed"] != "," or _THEN.match(behind) is not None)


def _equations(part: t.Tree, squares: bool = True) -> Iterator[tuple[t.Tree, t.Tree]]:
    """(what may be defined, what it is) of an equation: its left side, or the right one where there are two.

    ``squares`` unset claims a² = b², as of names that somebody has declared.
    """
    if not isinstance(part, t.Relation):
        return
    if part.signs[-1] == "=:":
        name, value = part.sides[-1], part.sides[-2]
        assert name is not None
        if value is not None:
            yield name, value
        return
    if part.signs[0] not in EQUALITIES or part.sides[0] is None:
        return
    left, right = part.sides[0], part.sides[1]
    assert right is not None
    yield left, right
    inside = _under_logarithm(left)
    if inside is not None:
        # log p(y) = ... says what p(y) is.
        yield inside, t.Call(t.Function(exp.name), (right,), span=right.span)
    if squares and isinstance(left, t.Power) and isinstance(left.exponent, t.Number) and left.exponent.text == "2" \
            and names_in(right):
        # σ² = ... says what σ is, where σ is spoken of as well: the root that is not negative.
        yield left.base, t.Root(right, span=right.span)
    for name, sign, value in zip(part.sides[1:], part.signs[1:], part.sides[2:], strict=False):
        if isinstance(name, t.Unknown | t.Name) and sign == "=" and value is not None:
            yield name, value  # A chain may name what it goes through.
    if part.signs[0] != ":=" and part.sides[-2] is not None and part.signs[-1] in EQUALITIES:
        yield part.sides[-1], part.sides[-2]  # type: ignore[misc]


def _under_logarithm(tree: t.Tree) -> t.Tree | None:
    """p(y) of log p(y), which reads as (log p)(y) where nobody says yet that p is a function."""
    rest: tuple[t.Tree, ...] = ()
    call = tree
    if isinstance(tree, t.Factors) and len(tree.factors) == 2 and tree.joints == ("",):
        call, rest = tree.factors[0], tree.factors[1:]
    if not (isinstance(call, t.Call) and isinstance(call.function, t.Function) and call.function.name in (log.name, "ln")
            and len(call.arguments) == 1 and call.power is None):
        return None
    first = call.arguments[0]
    return t.Factors((first, *rest), ("",), span=(first.span[0], rest[0].span[1])) if rest else first


def _defines(context: DeclaredNames, left: t.Tree, right: t.Tree, text: Written) -> bool:
    """Whether an equation introduces its left side, which is then known."""
    base = left.base if isinstance(left, t.Subscripted) else left
    pair = base.factors if isinstance(base, t.Factors) and len(base.factors) == 2 else ()
    first = pair[0] if pair else base
    # Who says what e is by other names means no constant.
    named_e = isinstance(left, t.Number) and left.text == "e" and left.span < right.span and bool(names_in(right))
    change = isinstance(first, t.Unknown) and first.name in CHANGES
    if not (isinstance(first, t.Unknown) or named_e) or (pair and not isinstance(pair[1], t.Bracket | t.Sequence) and not (
            change and isinstance(pair[1], t.Name | t.Unknown | t.Member))):
        return False
    own = first if pair and change else left
    if any(isinstance(n, t.Unknown) and _unknown_for_good(n, own, right) for n in t.walk(right)):
        return False
    start, end = left.span
    spelled = text.source.text[start:end]
    opened = _FONT_OPENED.search(text.source.text[:start]) if spelled.count("}") > spelled.count("{") else None
    # The span of \mathbf{a}^{(1)} begins with the letter.
    tokens = tokenize(text.source, opened.start() if opened else start, end, context.macros)[:-1]
    parameters: tuple[Pattern, ...] | None = None
    pattern = head(tokens)
    if pattern is None:
        found = called_head(tokens)
        if found is None:
            return False
        pattern, parameters = found
        if any(len(p.base) > 1 or {"top", "T"} & {*p.sups} for p in parameters):
            return False  # f(x y) is about a product, and no parameter
    letters: tuple[str, ...] = ()
    if parameters and all(p.text in t.letters_in(right) for p in parameters):
        # pi(a|s) = ... says what the entries of pi are.
        letters, parameters = tuple(p.text for p in parameters), None
    elif parameters is None or not {p.text for p in parameters} & names_in(right):
        for label in [n for n in t.walk(right) if isinstance(n, t.Name) and (n.name,) in pattern.subs and any(
                isinstance(r, Quantity) and isinstance(r.value, Label) for r in context.by_name(n.name))]:
            right = t.exchanged(right, label, t.Letter(label.name))  # p_y = exp(z_y)/Σ_j exp(z_j), whatever y is
        pattern, letters = _split(pattern, t.letters_in(right))
    if pattern.text in context.held:
        right = t.Call(t.Function(stop_gradient.name), (right,), span=right.span)
    record = Definition(pattern, letters, tuple(p.text for p in parameters) if parameters is not None else None, right,
                        text.source)
    try:
        context.add(record)
    except SymderivError:
        return False
    context.values.clear()
    return True


def _unknown_for_good(node: t.Unknown, left: t.Tree, right: t.Tree) -> bool:
    """Whether nothing can give a name a meaning: it is neither a parameter of the left side nor bound on the right."""
    bound = {n.name for n in t.walk(left) if isinstance(n, t.Unknown | t.Name | t.Letter)}
    bound |= {b.letter for n in t.walk(right) if isinstance(n, t.Big) for b in n.binders}
    return node.name not in bound


def _split(pattern: Pattern, used: set[str]) -> tuple[Pattern, tuple[str, ...]]:
    """The scripts of a name that are index letters on the right side."""
    fixed, letters = list(pattern.subs), list[str]()
    while fixed:
        keys = [c for key in fixed[-1] for c in ([key] if key in used else key)]
        if not all(c in used for c in keys):
            break
        letters[:0] = keys
        fixed.pop()
    return replace(pattern, subs=tuple(fixed)), tuple(letters)


def free_definitions(reading: ClassifiedText, text: Written, constrained: set[str], anywhere: bool = False) -> bool:
    """Names declared by shape alone, and said by the text to be something before it uses them; whether there are any.

    ``anywhere`` takes equations as well that stand behind a use.
    """
    any_new = False
    special = _special_entries(reading, constrained)
    # What a declared quantity is made of, or what a line above differentiates by, is a variable: an equation for it is
    # what somebody solved for, and no definition.
    above = {p.row.number + 1: p for p in reading.rows}
    fixed = set(constrained) | _read_by_definitions(reading)
    used: set[str] = set()
    for place, parsed in enumerate(reading.rows):
        fixed |= above[parsed.row.number].varied if parsed.row.number in above else set()
        below = reading.rows[place + 1].line if place + 1 < len(reading.rows) else None
        for number, part in enumerate(parsed.line.parts if parsed.line is not None and not parsed.row.supposed else ()):
            assert parsed.line is not None
            listed = not number and place > 0 and _is_listed_behind(reading, reading.rows[place - 1], parsed, text)
            worded = listed or said_to_define(parsed, number, text)
            before, used = used, used | names_in(part)
            if _supposed(parsed.line, part):
                continue
            known = (parsed.row.number, number) in reading.defined
            arrows = [parsed.line.before(k) for k in range(len(parsed.line.parts))]
            leads = ARROWS & {*arrows} or _following(parsed.line, part) or (
                not gives_reason(parsed.line, number) and any(gives_reason(parsed.line, k) for k in range(len(arrows)))) or (
                not number and parsed.row.inline and _SO.search(sentence_before(parsed, text)))
            # What something else is said to follow from, or to be equivalent to, is supposed there and no more.
            onward = below.before(0) if below is not None and below.parts else ""
            known_alone = parsed.row.inline and isinstance(part, t.Relation) and isinstance(part.sides[-1], t.Name)
            supposed = (leads or onward == "iff" or (onward == "implies" and known_alone)) and not worded
            for left, right in _equations(part, squares=text.page is not None):
                claimed = (known or supposed) and not _within_chain(part, left)
                record = None if claimed else declared_only(reading.context, left)
                if record is None or reads(reading.context, right, record.name) \
                        or (record.name in fixed and not record.depends) or _has_a_value(reading, right, text):
                    continue
                if record.name in reading.context.laws and not names_in(right) & reading.context.laws.keys():
                    continue  # What is drawn is made of what is drawn, if its law is to stay what was said.
                if record.name in before and (isinstance(right, t.Name | t.Number) or not (
                        (listed or _looks_back(parsed, number, text)) if worded else anywhere)):
                    continue  # "With A = B this is ..." is about a case.
                if record.name in before and names_in(right) <= before and _is_chosen(record, right, parsed.row, text):
                    continue
                letters = tuple(p.name for p in left.positions if isinstance(p, t.Letter)) \
                    if isinstance(left, t.Subscripted) else ()
                near = [each for each in special.get(record.name, []) if abs(each[0][0] - parsed.row.number) <= 1]
                own = near if letters else []
                made = Definition(record.pattern, letters, None, _with_special(right, letters, own), text.source, record)
                if put(reading.context, record, made):
                    any_new = True
                    if not _within_chain(part, left):
                        reading.defined[parsed.row.number, number] = record.name
                    reading.defined |= {where: record.name for where, _, _ in own}
                    break
    return any_new


# "It decreases: with η = 1/L, ..." and "With η = 1/L", but not "..., with p = softmax(z)" right behind a formula.
_CHOICE = re.compile(r"(?:\A\W*With|\w.*\b[Ww]ith)[\s$(\\]*\Z", re.DOTALL)


def _is_chosen(record: Quantity, value: t.Tree, row: TextRow, text: Written) -> bool:
    """Whether a number of which is spoken above is chosen from others: what stands there is so for any of its values."""
    return not record.rank and _CHOICE.search(_words_of_list(row, text)) is not None and all(isinstance(
        each, t.Number | t.Name | t.Fraction | t.Terms | t.Factors | t.Power | t.Bracket) for each in t.walk(value))


_BACK = re.compile(r"\b(?:[Ww]here|with|[Hh]ere|reparam\w{3,12})\b"
                   r"(?!.{0,200}\b(?:let|set|define|denote|put|take)\b)", re.DOTALL)
# "... and with A = BB^T this reduces to ..." is about a case.
OF_THE_CASE = re.compile(r"[\s$)\\,:]{0,6}(?:this|it|the (?:above|latter|expression|gradient|result|formula))\s"
                          r"(?:reduces|becomes|simplifies|is|gives|yields)\b")


def _is_listed_behind(reading: ClassifiedText, before: Parsed, parsed: Parsed, text: Written) -> bool:
    """Whether a formula of a sentence stands in one list with a definition: the cell is h = tanh(a), a = W x."""
    between = text.source.text[before.row.end:parsed.row.start]
    return before.row.inline and parsed.row.inline and (before.row.number, 0) in reading.defined \
        and len(between) < 40 and _BESIDE.fullmatch(re.sub(r"^[\s$)\\]{0,4}", "", between)) is not None


def _looks_back(parsed: Parsed, number: int, text: Written) -> bool:
    """Whether words say what a name was where it stands above, as "where p = softmax(z)", and not what it is from now on."""
    assert parsed.line is not None
    said = _words_before(parsed.line, parsed.line.parts[number])
    if said is None and not number:
        return _BACK.search(_words_of_list(parsed.row, text)) is not None \
            and not OF_THE_CASE.match(text.source.text, parsed.row.end)
    return said is not None and _BACK.search(said[-1]) is not None


def _has_a_value(reading: ClassifiedText, tree: t.Tree, text: Written) -> bool:
    """Whether a side is a name that the text gives a value, which an equation may change, but not hand on."""
    return isinstance(tree, t.Name) and any(isinstance(r, Definition) and r.source is text.source and r.declared is None
                                            for r in reading.context.by_name(tree.name))


def names_in(tree: t.Tree) -> set[str]:
    """The names that are spoken of in a tree."""
    return {n.family if isinstance(n, t.Member) else n.name for n in t.walk(tree)
            if isinstance(n, t.Name | t.Unknown | t.Member | t.Function)}


def _read_by_definitions(reading: ClassifiedText) -> set[str]:
    """Declared names that the declared definitions, not those of the text, are made of."""
    context = reading.context
    trees = [r.tree for r in context.all() if isinstance(r, Definition) and r.source is not reading.source]
    return {r.name for r in context.all() if isinstance(r, Quantity)} & names_read(context, trees)


Special = tuple[tuple[int, int], t.Subscripted, t.Tree]


def _special_entries(reading: ClassifiedText, constrained: set[str]) -> dict[str, list[Special]]:
    """Equations for entries at fixed positions, such as w_{j0} = b_j, of names declared by shape alone."""
    found: dict[str, list[Special]] = {}
    for parsed in reading.rows:
        for number, part in enumerate(parsed.line.parts if parsed.line is not None else ()):
            for left, right in _equations(part):
                if not isinstance(left, t.Subscripted) or not any(isinstance(p, t.Number) for p in left.positions):
                    continue
                free = [p.name for p in left.positions if isinstance(p, t.Letter)]
                record = declared_only(reading.context, left.base)
                if record is not None and record.name not in constrained and record.rank == len(left.positions) \
                        and all(isinstance(p, t.Letter | t.Number) for p in left.positions) and len(set(free)) == len(free) \
                        and not reads(reading.context, right, record.name):
                    found.setdefault(record.name, []).append(((parsed.row.number, number), left, right))
    return found


def _with_special(general: t.Tree, letters: tuple[str, ...], special: list[Special]) -> t.Tree:
    """The right side of a definition, with the entries at fixed positions as cases."""
    branches: list[tuple[t.Tree, t.Tree | None]] = []
    for _, left, value in special:
        conditions: list[t.Tree] = []
        for letter, position in zip(letters, left.positions, strict=True):
            if isinstance(position, t.Letter):
                value = t.renamed(value, position.name, letter)
            else:
                conditions.append(t.Relation((t.Letter(letter), position), ("=",)))
        branches.append((value, conditions[0] if len(conditions) == 1 else t.Sequence(tuple(conditions), "and")))
    return t.Cases((*branches, (general, None))) if branches else general


def put(context: DeclaredNames, record: Declared, made: Definition) -> bool:
    """Put a definition in the place of another record, if it has a value, and one of the shape that was declared."""
    context.replace(record, made)
    context.values.clear()
    context.bodies.clear()
    try:
        Elaborator(context, made.source).definition(made)
    except (SymderivError, RecursionError):
        context.replace(made, record)
        context.values.clear()
        context.bodies.clear()
        return False
    return True


def declared_only(context: DeclaredNames, left: t.Tree) -> Quantity | None:
    """The record of a name that is declared by its shape, or by what it depends on, and defined by nothing, where it
    stands as a whole."""
    base = left.base if isinstance(left, t.Subscripted) else left
    if not isinstance(base, t.Name):
        return None
    if isinstance(left, t.Subscripted):
        names = [p.name for p in left.positions if isinstance(p, t.Letter)]
        if len(set(names)) != len(left.positions):
            return None
    found = [r for r in context.by_name(base.name) if isinstance(r, Quantity)]
    if len(found) != 1 or not isinstance(found[0].value, Tensor) \
            or found[0].value.label_size is not None:
        return None
    if isinstance(left, t.Subscripted) and len(left.positions) != found[0].rank:
        return None
    return found[0]


def reads(context: DeclaredNames, tree: t.Tree, name: str) -> bool:
    """Whether an expression depends on a name, through definitions."""
    return name in names_read(context, (tree,))


def names_read(context: DeclaredNames, trees: Iterable[t.Tree]) -> set[str]:
    """The names that expressions depend on, through definitions; each is looked at once."""
    records: dict[str, list[Declared]] = {}
    for record in context.all():
        records.setdefault(record.name, []).append(record)
    found: set[str] = set()
    waiting, names = list(trees), list[str]()
    while waiting or names:
        if not names:
            names += [used for node in t.walk(waiting.pop()) if (used := _used(node)) is not None]
            continue
        used = names.pop()
        if used in found:
            continue
        found.add(used)
        for record in records.get(used, ()):
            if isinstance(record, Definition) and record.tree is not None:
                waiting.append(record.tree)
            elif isinstance(record, Quantity):
                names += record.depends
    return found


def wholes(context: DeclaredNames, defined: Iterable[Definition], names: set[str]) -> list[Definition]:
    """What is made of a variable, by one of its names, and of which nothing else among that is made: as a loss is."""
    made = [r for r in defined if not r.letters and r.name not in names and not names.isdisjoint(
        r.parameters if r.parameters is not None else names_read(context, (r.tree,)))]
    inner = names_read(context, [r.tree for r in made])
    return [r for r in made if r.name not in inner]


def names_between(context: DeclaredNames, body: t.Tree, variable: t.Tree) -> list[Definition]:
    """The definitions that an expression depends through on a variable."""
    base = variable.base if isinstance(variable, t.Subscripted) else variable
    if not isinstance(base, t.Name):
        return []
    own = {body.name} if isinstance(body, t.Name) else set()
    read = names_read(context, (body,)) - {base.name} - own
    # Of an unknown quantity it is not known here what it depends on: all that is made of the variable may be between.
    return [r for r in context.all() if isinstance(r, Definition) and r.name not in own and r.parameters is None
            and (r.name in read or not read) and reads(context, r.tree, base.name)]


def _used(node: t.Tree) -> str | None:
    """The name that a node speaks of."""
    if isinstance(node, t.Call) and isinstance(node.function, t.Function):
        return node.function.name
    return node.name if isinstance(node, t.Name | t.Unknown) else node.family if isinstance(node, t.Member) else None



# ------------------------------------------------------------------ what a row says

def said(parsed: Parsed, reading: ClassifiedText) -> Iterator[Said]:
    """What a row says, in order; its conditions first."""
    assert parsed.line is not None
    # (j ≠ i) behind a formula is its case.
    parts = tuple(part.condition if k and isinstance(part, t.Iverson) else part for k, part in enumerate(parsed.line.parts))
    letters = {n.name for part in parts for n in t.walk(part) if isinstance(n, t.Letter)}
    ranges = _ranges(parts)
    for case in parsed.conditions:
        yield Said("condition", _with_letters(case))
    chosen = {k for k in range(len(parts)) if k not in ranges and _chosen(parsed.line, k, reading.context)}
    conditions = [k for k, part in enumerate(parts) if k not in ranges and (
        k in chosen or parsed.row.supposed or _supposed(parsed.line, part)
        or _bounds_a_quantity(parsed.line, k, reading.context)
        or is_condition(part, reading.context, _introduced(parsed.line, part), letters))]
    for k in conditions:
        yield Said("condition", _with_letters(parts[k]),
                   fixes=k in chosen and _introduced(parsed.line, parsed.line.parts[k], "fixes"))
    rounded = any(_ROUNDED.search(remark.text) for remark in parsed.line.remarks)
    # "With $a = Kx$:" stands between the rows of a chain.
    main = aside = parsed.row.number in reading.beside
    for number in sorted(range(len(parts)), key=lambda k: not gives_reason(parsed.line, k)):  # type: ignore[arg-type]
        part = parts[number]
        if number in conditions or number in ranges:
            continue
        reason = gives_reason(parsed.line, number)
        # What is said "as" or "using" something else is a reason; the chain goes on without it, and without stray numbers.
        aside = main and (aside or _introduced(parsed.line, part) or _recalls(part, parts[0], reading.context))
        if isinstance(part, t.Relation):
            arrow = parsed.line.before(number)
            for each in _relation(part, (parsed.row.number, number) in reading.defined):
                yield replace(each, aside=(aside or reason) and arrow not in ARROWS, arrow=arrow if arrow in ARROWS else "",
                              concluded=concluded(parsed.line, number), rounded=rounded, reason=reason)
        elif not isinstance(part, t.Remark):
            yield Said("expression", part, aside=main)
        main = main or not reason


def gives_reason(line: t.DisplayedLine, number: int) -> bool:
    """Whether an equation is what another part of the line is said to follow from, as in "since a = b, a² = b²"."""
    part, before = line.parts[number], _words_before(line, line.parts[number])
    if not before or len(line.parts) < 2 or not isinstance(part, t.Relation) or part.signs != ("=",) or None in part.sides:
        return False
    return does(before[-1], "reason") or (before[-1] == "that" and any(does(word, "reason") for word in before))


def _recalls(part: t.Tree, first: t.Tree, context: DeclaredNames) -> bool:
    """Whether a part behind a derivative says once more what a name is, as in dC/dw = 2v dv/dw, v = y - u."""
    if not (isinstance(part, t.Relation) and isinstance(first, t.Relation) and isinstance(first.sides[0], t.Derivative)):
        return False
    left = part.sides[0].base if isinstance(part.sides[0], t.Subscripted) else part.sides[0]
    return isinstance(left, t.Name) and any(isinstance(r, Definition) for r in context.by_name(left.name))


def _supposed(line: t.DisplayedLine, part: t.Tree) -> bool:
    """Whether a relation between quantities is supposed, as in "if y = 1" or "subject to W'W = I"."""
    if not isinstance(part, t.Relation) or any(side is None for side in part.sides):
        return False
    if part is line.parts[0]:
        return _introduced(line, part, "supposes") and not isinstance(part.sides[0], t.Unknown) \
            and _said_of(line, part)
    return all(s in EQUALITIES for s in part.signs) and _introduced(line, part, "case")


def _chosen(line: t.DisplayedLine, place: int, context: DeclaredNames) -> bool:
    """Whether a part says at which value of a free quantity the rest of its row holds: "for η = 1/L", "(η = 1/L)"."""
    part = line.parts[place]
    inner = part.condition if isinstance(part, t.Iverson) else part
    if not isinstance(inner, t.Relation) or inner.signs != ("=",) or None in inner.sides or len(line.parts) == 1:
        return False
    left, right = inner.sides
    if not isinstance(left, t.Name) or right is None or left in t.walk(right) or declared_only(context, left) is None:
        return False
    others = [p for p in line.parts if p is not part]
    if concluded(line, place) or not all(isinstance(p, t.Relation) for p in others) or left.name in t.varied(others):
        return False
    words = _words_before(line, part)
    if words is None:
        return isinstance(part, t.Iverson) and place > 0
    return any(does(word, "chooses") for word in (words[0], words[-1])) and not OPTIMAL.search(" ".join(words[1:]))


def _bounds_a_quantity(line: t.DisplayedLine, place: int, context: DeclaredNames) -> bool:
    """Whether a part behind an equation says where that holds, as in "|x| = x (x > 0)"."""
    first, part = line.parts[0], line.parts[place]
    part = part.condition if isinstance(part, t.Iverson) else part
    if not place or line.before(place) in ARROWS or not (isinstance(first, t.Relation) and set(first.signs) <= EQUALITIES):
        return False
    if not isinstance(part, t.Relation) or any(sign not in COMPARED | {"in"} for sign in part.signs):
        return False
    leaves = [n for side in part.sides if side is not None for n in t.walk(side) if not n.children()]
    # y_i ∈ {-1, 1} is of an entry.
    entry = part.signs == ("in",) and isinstance(part.sides[0], t.Subscripted)
    return all(isinstance(n, (t.Name | t.Number | t.Letter) if entry else (t.Name | t.Number)) for n in leaves) and all(
        isinstance(r, Quantity) for n in leaves if isinstance(n, t.Name) for r in context.by_name(n.name))


def _said_of(line: t.DisplayedLine, part: t.Tree) -> bool:
    """Whether words suppose a part, and not something of their own: "assuming symmetry, AB = BA" claims AB = BA."""
    remark = max((r for r in line.remarks if r.span[1] <= part.span[0]), key=lambda r: r.span[1]).text
    return not remark.rstrip().endswith(",") or LET.match(remark) is not None


def _ranges(parts: tuple[t.Tree, ...]) -> set[int]:
    """Parts that say where an index runs, as in i = 1, ..., n: they restrict nothing."""
    found: set[int] = set()
    for k, part in enumerate(parts):
        if isinstance(part, t.Relation) and part.signs == ("=",) and isinstance(part.sides[1], t.Number):
            stop = k + 1
            while stop < len(parts) and isinstance(parts[stop], t.Number | t.Dots):
                stop += 1
            if stop > k + 1 and isinstance(parts[stop - 1], t.Dots):
                found |= {*range(k, min(stop + 1, len(parts)))}
    return found


def _with_letters(tree: t.Tree) -> t.Tree:
    """A condition, in which single letters that nothing declares are index letters."""
    for node in list(t.walk(tree)):
        if isinstance(node, t.Unknown):
            tree = t.exchanged(tree, node, t.Letter(node.name, span=node.span))
    return tree


def _relation(part: t.Relation, defines: bool) -> Iterator[Said]:
    for place, (left, sign, right) in enumerate(zip(part.sides, part.signs, part.sides[1:], strict=False)):
        assert right is not None
        first = place == 0
        if isinstance(right, t.Space):
            yield Said("shape", left, sign, right, first)
        elif sign in SILENT or (isinstance(left, t.Name) and left == right and part.span[1] > right.span[1]):
            # L = L(y) says what L depends on.
            yield Said("silent", left, sign, right, first)
        elif sign == "=:" or (first and defines and "=:" not in part.signs):
            yield Said("definition", left, sign, right, first)
        else:
            yield Said("claim", left, sign, right, first)


def _introduced(line: t.DisplayedLine, part: t.Tree, by: str = "aside") -> bool:
    """Whether words such as "if" or "where" stand right before a part."""
    before = _words_before(line, part)
    return bool(before) and (does(before[-1], by) or does(before[0], by))  # type: ignore[index]


def _following(line: t.DisplayedLine, part: t.Tree) -> bool:
    """Whether words right before a part say that it follows."""
    return any(does(word, "therefore") for word in _words_before(line, part) or ())


def _words_before(line: t.DisplayedLine, part: t.Tree) -> list[str] | None:
    """The words right before a part; None where there are none."""
    before = [r for r in line.remarks if r.span[1] <= part.span[0]]
    if not before:
        return None
    closest = max(before, key=lambda r: r.span[1])
    others = [p for p in line.parts if p is not part and closest.span[1] <= p.span[0] < part.span[0]]
    words = closest.text.lower().strip(" .,:;()").split()
    return words if not others and words else None


def is_condition(part: t.Tree, context: DeclaredNames, introduced: bool, known: set[str]) -> bool:
    """Whether a relation only says for which indices, or where, something else holds; ``known`` are letters of the row."""
    if not isinstance(part, t.Relation) or any(side is None for side in part.sides):
        return False
    if not set(part.signs) <= EQUALITIES | COMPARED | {"in"} or any(isinstance(s, t.Space) for s in part.sides):
        return False
    nodes = [n for side in part.sides if side is not None for n in t.walk(side)]
    if not all(isinstance(n, _OF_POSITIONS) for n in nodes):
        # More than letters, numbers and sizes: that is something to be claimed.
        return introduced and all(sign in COMPARED for sign in part.signs)
    leaves = [n for n in nodes if not n.children()]
    letters = [n for n in leaves if isinstance(n, t.Letter | t.Unknown) or _is_position(context, n)]
    if all(n in letters or isinstance(n, t.Number) or is_size(context, n) for n in leaves) and letters:
        return introduced or all(isinstance(n, t.Letter) or _is_position(context, n) or n.name in known  # type: ignore
                                 for n in letters)
    return introduced and all(sign in COMPARED for sign in part.signs)


_OF_POSITIONS = t.Letter | t.Unknown | t.Name | t.Number | t.Terms | t.Factors | t.Bracket | t.Sequence | t.Dots | t.Space


def _is_position(context: DeclaredNames, node: t.Tree) -> bool:
    """Whether a leaf is a declared index letter or label."""
    return isinstance(node, t.Name) and any(
        isinstance(r, LetterDeclared) or (isinstance(r, Quantity) and isinstance(r.value, Label | Index))
        for r in context.by_name(node.name))


def is_size(context: DeclaredNames, node: t.Tree | None) -> bool:
    """Whether a tree is the name of a size, or of a number of which nothing but that is declared."""
    return isinstance(node, t.Name) and any(
        isinstance(r, Quantity) and not r.rank and not isinstance(r.value, Tensor) for r in context.by_name(node.name))
