"""Notation that can be read in more than one way: how a line was read, and what another reading would say.

One reading holds for a whole text.  Another is tried on the whole text as well, and where it gives a line another
verdict, the line says so and shows both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from ..answers import HOLDS
from ..errors import SymderivError
from ..reader.declare.context import Definition
from ..reader.meaning.derivatives import in_front
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from ..reader.syntax.notations import is_elementwise
from ..reader.syntax.sum_reach import drawn_in, is_product, last_big, own_factors
from ..reader.syntax.tokens import SourceText
from .interpretations import Interpretation, Way, elaborator_for
from .refereed_text import RefereedText
from .report import READ_AS, Alternative, Line, Report
from .roles import reads

Change = Callable[[t.Tree, SourceText], t.Tree]


@dataclass(frozen=True)
class Notation:
    """Another way to read a notation: in words, and as a change of trees; ``chosen`` where a text may mean it.

    It does not where ``never`` is found in what is read so.
    """

    words: str
    change: Change
    chosen: str = ""
    never: str = r"(?!)"


# ------------------------------------------------------------------ how a line was read

def shown(line: t.DisplayedLine | None, referee: RefereedText) -> str:
    """A line as it was read, with the brackets that its notation leaves out, in LaTeX."""
    if line is None or not line.parts:
        return ""
    reader = elaborator_for(referee.judge.context, referee.text.source, Way())
    parts = (bracketed(_with_reach(part, reader)) for part in line.parts)
    return latex(replace(line, parts=tuple(parts), remarks=()))


def _with_reach(tree: t.Tree, reader: Interpretation) -> t.Tree:
    """A tree in which every nabla has what it differentiates in brackets."""
    made = t.below(tree, lambda inner: _with_reach(inner, reader))
    if _is_nabla(made):
        assert isinstance(made, t.Derivative)
        if isinstance(made.body, t.Factors) and not any(made.body.joints):
            with suppress(SymderivError):
                return in_front(reader, made, made.body)
    return made


def bracketed(tree: t.Tree) -> t.Tree:
    """A tree with every grouping that precedence or convention decided set in brackets."""
    made = t.below(tree, bracketed)
    if isinstance(made, t.Factors):
        return _grouped(made)
    if isinstance(made, t.Terms) and len(made.terms) > 1:
        return replace(made, terms=tuple(_wrapped(x) if isinstance(x, t.Big | t.Terms) else x for x in made.terms))
    if isinstance(made, t.Big):
        return replace(made, body=_wrapped(made.body) if isinstance(made.body, t.Factors | t.Terms | t.Big) else made.body)
    if isinstance(made, t.Power) and isinstance(made.base, t.Factors | t.Terms | t.Big | t.Fraction | t.Call):
        return replace(made, base=_wrapped(made.base))
    if isinstance(made, t.Derivative) and made.body is not None and isinstance(made.body, t.Factors | t.Terms | t.Big):
        return replace(made, body=_wrapped(made.body))
    return made


def _grouped(tree: t.Factors) -> t.Tree:
    """A product from left to right: what a slash divides as a fraction, products of linear algebra before the others."""
    if len({is_elementwise(j) for j in tree.joints}) == 2:
        groups: list[t.Tree] = []
        start = 0
        for place, joint in enumerate([*tree.joints, "odot"]):
            if is_elementwise(joint):
                part = tree.factors[start:place + 1]
                groups.append(_grouped(t.Factors(part, tree.joints[start:place])) if len(part) > 1 else part[0])
                start = place + 1
        return t.Factors(tuple(_wrapped(g) if isinstance(g, t.Factors | t.Terms) else g for g in groups),
                         tuple(j for j in tree.joints if is_elementwise(j)))
    result: t.Tree | None = None
    for place, factor in enumerate(tree.factors):
        joint = tree.joints[place - 1] if place else ""
        each = _wrapped(factor) if isinstance(factor, t.Terms | t.Big | t.Factors) or _is_nabla(factor) else factor
        if result is None:
            result = each
        elif joint == "/":
            result = t.Fraction(_unwrapped(result), _unwrapped(each))
        elif isinstance(result, t.Factors) and not _ends(result):
            result = t.Factors((*result.factors, each), (*result.joints, joint))
        else:
            result = t.Factors((_wrapped(result) if isinstance(result, t.Factors | t.Fraction) else result, each), (joint,))
    assert result is not None
    return result


def _ends(tree: t.Factors) -> bool:
    """Whether a product read so far is a number: a row in front of a column."""
    first, last = tree.factors[-2:]
    return isinstance(first, t.Transpose) and isinstance(first.base, t.Name) and first.base.arity == 1 \
        and isinstance(last, t.Name) and last.arity == 1


def _is_nabla(tree: t.Tree) -> bool:
    return isinstance(tree, t.Derivative) and tree.kind == "nabla" and tree.body is not None


def _wrapped(tree: t.Tree) -> t.Tree:
    return tree if isinstance(tree, t.Bracket) else t.Bracket(tree)


def _unwrapped(tree: t.Tree) -> t.Tree:
    return tree.body if isinstance(tree, t.Bracket) else tree


# ------------------------------------------------------------------ other readings

def _everywhere(rule: Change, sign: object) -> Change:
    """A change of single nodes as a change of whole trees: of those in which a kind of nodes or a sign stands."""
    def changed(tree: t.Tree, source: SourceText) -> t.Tree:
        return rule(t.below(tree, lambda inner: changed(inner, source)), source)
    return _where(sign, changed)


def _where(sign: object, change: Change) -> Change:
    return lambda tree, source: change(tree, source) if sign in t.signs(tree) else tree


def _bare(tree: t.Tree, source: SourceText) -> bool:
    """Whether a function stands in front of its argument without brackets."""
    if not (isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and len(tree.arguments) == 1):
        return False
    start, end = tree.function.span[1], tree.arguments[0].span[0]
    between = source.text[start:end].replace("\\left", "").replace("\\,", "").strip()
    return 0 < start <= end and not between and source.text[start:end + 1].strip()[:1] not in ("(", "[", "{")


def _shorter_argument(tree: t.Tree, source: SourceText) -> t.Tree:
    """log a b as (log a) b; log of a sum, times what stands behind the sum's last factor with its letter."""
    if not _bare(tree, source):
        return tree
    assert isinstance(tree, t.Call)
    inside = tree.arguments[0]
    if isinstance(inside, t.Factors) and not isinstance(inside.factors[0], t.Number):
        first = replace(tree, arguments=(inside.factors[0],))
        return t.Factors((first, *inside.factors[1:]), inside.joints, span=tree.span)
    return _shorter(inside, lambda kept: replace(tree, arguments=(kept,)), tree)


def _shorter(big: t.Tree, around: Callable[[t.Tree], t.Tree], tree: t.Tree) -> t.Tree:
    """A sum or product that ends with the last factor that names its letter, with what stands around it; else the tree."""
    body = big.body if isinstance(big, t.Big) else None
    if not (isinstance(big, t.Big) and isinstance(body, t.Factors)) or (own := own_factors(big)) == len(body.factors):
        return tree
    return replace(body.exchanged(0, own, around(replace(big, body=body.run(0, own).plain))), span=tree.span)


def _over_products(tree: t.Tree) -> t.Tree:
    """The tree with a slash dividing by all factors that stand together behind it; fractions of digits stay as they are."""
    made = t.below(tree, _over_products)
    return _below_all(made) if isinstance(made, t.Factors) else made


def _below_all(tree: t.Factors) -> t.Tree:
    factors: list[t.Tree] = [tree.factors[0]]
    joints: list[str] = []
    position = 0
    while position < len(tree.joints):
        joint, factor = tree.joints[position], tree.factors[position + 1]
        stop = position + 1
        if joint == "/" and not (isinstance(factors[-1], t.Number) and isinstance(factor, t.Number)):
            while stop < len(tree.joints) and tree.joints[stop] == "":
                stop += 1
        below = tree.factors[position + 1:stop + 1]
        if len(below) > 1:
            factor = t.Bracket(t.Factors(below, ("",) * (len(below) - 1)), span=(below[0].span[0], below[-1].span[1]))
        joints.append(joint)
        factors.append(factor)
        position = stop
    if len(factors) == len(tree.factors):
        return tree
    return t.Factors(tuple(factors), tuple(joints), span=tree.span)


def _shorter_product(tree: t.Tree, source: SourceText) -> t.Tree:
    """A product over a range that ends with the last factor with its letter; a sum is the same either way."""
    return _shorter(tree, lambda kept: kept, tree) if is_product(tree) else tree


def _longer_argument(tree: t.Tree, source: SourceText) -> t.Tree:
    """(log x_i) y_i as log(x_i y_i)."""
    if not isinstance(tree, t.Factors):
        return tree
    for place, factor in enumerate(tree.factors[:-1]):
        if _bare(factor, source) and tree.joints[place] == "" and not isinstance(tree.factors[place + 1], t.Call):
            assert isinstance(factor, t.Call)
            stop = place + 1
            while stop < len(tree.factors) and tree.joints[stop - 1] == "":
                stop += 1
            inside = tree.run(place, stop).exchanged(0, 1, factor.arguments[0])
            return tree.exchanged(place, stop, replace(factor, arguments=(inside,))).plain
    return tree


def _shorter_derivative(tree: t.Tree, source: SourceText) -> t.Tree:
    """d/dx f g as (d/dx f) g, where both have the x in them; a row in front of a column belongs to it."""
    if not isinstance(tree, t.Derivative) or not isinstance(tree.body, t.Factors):
        return tree
    body, names = tree.body, t.varied((tree,)).keys()
    reading = [any(isinstance(n, t.Name) and n.name in names for n in t.walk(f)) for f in body.factors]
    last = next((k for k, f in enumerate(body.factors) if any(reading[:k + 1]) and not isinstance(f, t.Transpose)
                 and not (isinstance(f, t.Name) and f.arity == 2)), len(body.factors))
    if not any(reading[last + 1:]):
        return tree
    first = replace(tree, body=_wrapped(body.run(0, last + 1).plain))
    return replace(body.exchanged(0, last + 1, first), span=tree.span)


def _longer_derivative(tree: t.Tree, source: SourceText) -> t.Tree:
    """(d/dx (f)) g as d/dx (f g)."""
    if not isinstance(tree, t.Factors):
        return tree
    for place, factor in enumerate(tree.factors[:-1]):
        if isinstance(factor, t.Derivative) and isinstance(factor.body, t.Bracket) and not any(tree.joints[place:]):
            inside = tree.run(place).exchanged(0, 1, factor.body)
            return tree.exchanged(place, None, replace(factor, body=_wrapped(inside))).plain
    return tree


def _longer_sum(tree: t.Tree, source: SourceText) -> t.Tree:
    """A sum that reaches over the terms behind it."""
    if not isinstance(tree, t.Terms):
        return tree
    for place, term in enumerate(tree.terms[:-1]):
        big = last_big(term)
        if big is not None and (big.adds or big.multiplies):
            return drawn_in(tree, place, len(tree.terms))
    return tree


def _entrywise_star(tree: t.Tree, source: SourceText) -> t.Tree:
    """A star between arrays as the product entry by entry."""
    if isinstance(tree, t.Factors) and "*" in tree.joints:
        return replace(tree, joints=tuple("odot" if j == "*" else j for j in tree.joints))
    return tree


NOTATIONS = (
    Notation("a slash is read to divide by all factors behind it", _where("/", lambda tree, source: _over_products(tree)),
             "a slash is read from left to right"),
    Notation("a function without brackets is read to end with its first factor", _everywhere(_shorter_argument, t.Call)),
    Notation("a function without brackets is read to reach over the factors behind it",
             _everywhere(_longer_argument, t.Call)),
    Notation("a product is read to end with its last factor that has its letter", _everywhere(_shorter_product, t.Big)),
    Notation("a sum is read to reach over the terms behind it", _everywhere(_longer_sum, t.Big)),
    Notation("a derivative is read to end with the first factor behind it", _everywhere(_shorter_derivative, t.Derivative)),
    Notation("a derivative is read to reach over all factors behind it", _everywhere(_longer_derivative, t.Derivative)),
    Notation("a star is read as the product entry by entry", _everywhere(_entrywise_star, "*"),
             "a star is read as the product of matrices", r"'|(?<![.\w])(?:tr|trace|inv|det|logdet|kron|vec)\s?\("),
)


# ------------------------------------------------------------------ whole texts

def with_readings(referee: RefereedText, report: Report) -> Report:
    """A report whose lines say how they were read, and what other readings of the text would make of them."""
    lines = {line.number: line for line in report.lines}
    read = {p.row.number: shown(p.line, referee) for p in referee.reading.rows}
    for notation in NOTATIONS:
        other, affected = changed(referee, notation)
        if not affected:
            continue
        found = {line.number: line for line in other.report_on(affected)}
        taken = bool(notation.chosen) and any(lines[k].wrong for k in affected) and all(
            found[k].status in (*HOLDS, "noted") and not re.search(notation.never, lines[k].text) for k in affected)
        through: tuple[str, str] | None = None
        for parsed in (p for p in other.reading.rows if p.row.number in affected):
            number = parsed.row.number
            first, second, pair = lines[number], found[number], (read[number], shown(parsed.line, other))
            words = notation.words
            if taken:
                first, second, pair = replace(second, readings=first.readings), first, (pair[1], pair[0])
                first = replace(first, notes=(*first.notes, f"{words}, in the whole text"))
                words = notation.chosen
                read[number] = pair[0]
            if pair[0] == pair[1] and _verdict(first.status) != _verdict(second.status):
                # It is a definition above that is read otherwise.
                pair = through or pair
            elif pair[0] != pair[1]:
                through = through or pair
            lines[number] = _beside(first, second, pair, words)
    made = [replace(line, reading=read.get(line.number, "")) if line.number in read else line for line in lines.values()]
    return replace(report, lines=tuple(made))


def _beside(line: Line, other: Line, pair: tuple[str, str], words: str) -> Line:
    """A line with another reading of it, where that has a type; ``pair`` is how it, or what it rests on, is read."""
    read, text = pair
    if other.status in ("ill-typed", "unread", "undeclared", "undefined") or text == read:
        return line
    readings = line.readings or (Alternative(read, "", line.status),)
    line = replace(line, readings=(*readings, Alternative(text, words, other.status)))
    if {_verdict(line.status), _verdict(other.status)} != {"right", "wrong"}:
        return line
    said = "it would hold" if _verdict(other.status) == "right" else "it would be wrong"
    return replace(line, notes=(*line.notes, f"{READ_AS}${read}$; read so that {words}, as ${text}$, {said}"))


def _verdict(status: str) -> str:
    return "right" if status in HOLDS else "wrong" if status in ("refuted", "ill-typed") else status


def changed(referee: RefereedText, notation: Notation) -> tuple[RefereedText, set[int]]:
    """A referee for the same text with one notation read otherwise, and the rows that this may make a difference for."""
    source = referee.text.source
    other = referee.beside()
    context = other.reading.context
    names = set()
    for record in list(context.all()):
        if isinstance(record, Definition) and record.source is source:
            tree = notation.change(record.tree, source)
            if tree != record.tree:
                context.replace(record, replace(record, tree=tree))
                names.add(record.name)
    affected = set()
    for place, parsed in enumerate(other.reading.rows):
        if parsed.line is None:
            continue
        line = replace(parsed.line, parts=tuple(notation.change(p, source) for p in parsed.line.parts))
        if line != parsed.line or any(reads(context, p, name) for p in line.parts for name in names):
            affected.add(parsed.row.number)
            other.reading.rows[place] = replace(parsed, line=line)
    if affected:
        other.begin(referee.laboratory)
    return other, affected
