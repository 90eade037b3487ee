"""dW = xᵀ dz: names of gradients, as programs have them, in a text that has a loss and says nothing else about d.

A text whose rows say what dW, dz and the like are, and in which one number depends on all else, speaks of the gradients
of that number, unless it speaks of differentials: of that of the number itself, or of what it is the sum of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ..arrays.arrays import tensor
from ..arrays.operator import shape_of
from ..arrays.sizes import same_size
from ..errors import SymderivError
from ..reader.declare.context import DeclaredNames, Definition, Pattern, Quantity
from ..reader.meaning.oriented import as_scalar
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import NUMBER, OPERATOR, WORD, SourceText, Token, tokenize
from .interpretations import Way, elaborator_for, known_differential, raised_to_t
from .report import Report
from .roles import LOSSES
from .text_rows import Written
from .unsaid import opened

NOTE = "names such as dW are read as gradients of {}"
NO_LOSS = "it says what a gradient is, and nothing says of which number: say what the loss is"
OF_EACH = "names such as dW are read as gradients of {}, and those of one value for each example as those of its own loss"


def heads(text: Written, context: DeclaredNames) -> bool:
    """Whether a row says what dX is, for an X that the text or its declarations know, or what dL/dX is where dX is used."""
    by = {each for row in text.rows if (found := _BY.match(row.text)) for each in found.groups() if each}
    if any(each in by for row in text.rows for each in _USED.findall(row.text)):
        return True
    for row in text.rows:
        try:
            tokens = tokenize(text.source, row.start, row.end, context.macros)[:-1]
        except SymderivError:
            continue
        tokens = [x for x in tokens if x.key != "align"]
        if _is_head(tokens, context):
            return True
    return False


# dL/dP = ..., and the dP of dS = P ⊙ (dP - ...)
_BY = re.compile(r"\s{0,9}(?:\\frac\s?\{\s?(?:d|\\partial)\s?\w{1,9}\s?\}\s?\{\s?(?:d|\\partial)\s?(\w{1,9})\s?\}"
                 r"|[d∂]\w{1,9}\s?/\s?[d∂](\w{1,9}))\s{0,9}&?=")
_USED = re.compile(r"(?<![\w\\/∂])d(\w{1,9})(?!\w|\s?/)")


_BACKWARD = re.compile(r"\b(?:backward|back-?prop\w*|upstream|(?:given|receive\w?) \$?d[A-Za-z])"
                       r"|(?<![\w.])(?:np|torch|jnp)\.|\w @ \w", re.IGNORECASE)


def goes_backward(text: Written) -> bool:
    """Whether a text says that it goes backward through a network, or is code: dX is no differential in it."""
    return _BACKWARD.search(text.source.text) is not None


def without_loss(report: Report) -> Report:
    """The verdicts on a program of which no loss is known: a dX that is the gradient of nothing is not wrong."""
    return replace(report, lines=tuple(
        opened(line, NO_LOSS) if line.wrong and _USED.search(line.text) else line for line in report.lines))


def speaks_of_differentials(text: Written, context: DeclaredNames) -> bool:
    """Whether a row has d in front of a name, or joined to one that is known, where d is declared and no sign."""
    if not context.starting("d") or context.signs.get("d") == "differential":
        return False
    for row in text.rows:
        try:
            tokens = tokenize(text.source, row.start, row.end, context.macros)
        except SymderivError:
            continue
        for one, two in pairwise(tokens):
            joined = len(one.key) > 1
            if one.kind == WORD and one.key[0] == "d" and (two.kind == WORD if not joined else (
                    context.starting(one.key[1:]) and not context.starting(one.key))):
                return True
    return False


def gradients_named(context: DeclaredNames) -> bool:
    """Whether a part of the text above has made names such as dX known as gradients."""
    return any(isinstance(r, Definition) and isinstance(r.tree, t.Derivative) and any(
        isinstance(v, t.Name) and r.name == f"d{v.name}" for v in r.tree.variables) for r in context.all())


def _is_head(tokens: list[Token], context: DeclaredNames) -> bool:
    """Whether d and a name, perhaps with scripts, in brackets or with a number, stand in front of the first equals sign."""
    start = next((k for k, x in enumerate(tokens) if x.kind != NUMBER and x.key not in ("-", "(", "[")), 0)
    tokens = [x for x in tokens[start:] if x.key not in (")", "]")] if start else tokens
    stop = next((k for k, x in enumerate(tokens) if x.kind == OPERATOR and x.key == "="), 0)
    if not stop or tokens[0].kind != WORD or tokens[0].key[0] != "d" or tokens[0].accents:
        return False
    joined = tokens[0].key != "d"
    if joined and ((tokens[0].upright and len(tokens[0].key) > 3) or context.starting(tokens[0].key)):
        return False
    rest = tokens[1:stop] if joined else tokens[2:stop]
    if not joined and (stop < 2 or tokens[1].kind != WORD):
        return False
    return not rest or rest[0].key in ("_", "^")


def with_differentials_of_names(context: DeclaredNames, times: bool = False) -> DeclaredNames:
    """A context in which dX is a name beside a size d, or ``times`` X where d is a quantity."""
    more = context.copy()
    more.signs["d"] = "product" if times else "differential"
    return more


def name_gradients(context: DeclaredNames, trees: Sequence[t.Tree], of_each: bool = False) -> str:
    """Put dX for every quantity X in as the gradient of the loss; the name of the loss, or nothing where there is none.

    ``of_each`` where the loss is a mean over examples: dZ of what has a value for each of them is that of its own loss.
    """
    written = [n for tree in trees for n in t.walk(tree) if isinstance(n, t.Differential)]
    names = {n for d in written if (n := _named(d.body)) is not None}
    said = {n for tree in trees for n in _sides(tree)}
    explicit = dict(pair for tree in trees for pair in _said_outright(tree))
    loss = _loss(context) or (_given(context, names - said) if said else None)
    if loss is None or not said or loss.name in names:
        return ""
    number = _examples(loss) if of_each else None
    if of_each and number is None:
        return ""
    for record in list(context.all()):
        if record.name not in names or not isinstance(record, Quantity | Definition):
            continue
        base = (f"d{record.pattern.base[0]}", *record.pattern.base[1:])
        pattern = Pattern(base, record.pattern.subs, record.pattern.sups, record.pattern.primes)
        if context.by_name(pattern.text) or f"d{record.name}" != pattern.text:
            continue
        by = t.Name(record.name, len(record.letters) if isinstance(record, Definition) else record.rank or 0)
        made: t.Tree = explicit.get(record.name) or t.Derivative(t.Name(loss.name, 0), (by,), "partial", 1)
        if number is not None and record.name not in explicit and _has_each(context, record, number):
            made = t.Factors((number, made), ("",))
        shaped = Quantity(pattern, tensor(pattern.text, *record.value.shape)) \
            if isinstance(record, Quantity) and record.rank else None
        try:
            context.add(Definition(pattern, (), None, made, SourceText(""), shaped))
        except SymderivError:
            continue
    for record in list(context.all()):
        if isinstance(record, Definition) and any(isinstance(n, t.Differential) for n in t.walk(record.tree)):
            context.replace(record, replace(record, tree=_named_in(record.tree, context)))
    context.values.clear()
    return loss.name


def _examples(loss: Quantity | Definition) -> t.Name | None:
    """The m of a loss that is 1/m times a sum over m examples, perhaps beside penalties."""
    for node in t.walk(loss.tree) if isinstance(loss, Definition) else ():
        if isinstance(node, t.Factors) and any(isinstance(x, t.Big) for x in node.factors):
            below = [x.bottom for x in node.factors if isinstance(x, t.Fraction) and isinstance(x.top, t.Number)]
            counts = [x for each in below for x in t.walk(each) if isinstance(x, t.Name)]
            if len(counts) == 1:
                return counts[0]
    return None


def _has_each(context: DeclaredNames, record: Quantity | Definition, number: t.Name) -> bool:
    """Whether an array has an axis of so many examples."""
    elaborator = elaborator_for(context, SourceText(""), Way(entries=True, chain=True))
    try:
        count = as_scalar(elaborator.of(number))
        shape = elaborator.meaning(record).shape if isinstance(record, Definition) else shape_of(record.value)
    except SymderivError:
        return False
    return any(same_size(size, count) for size in shape)


def _named_in(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """A tree in which the gradients that have a name are spoken of by it."""
    named = known_differential(tree, context) if isinstance(tree, t.Differential) else None
    return named or t.below(tree, lambda inner: _named_in(inner, context))


def _given(context: DeclaredNames, names: set[str]) -> Quantity | None:
    """A loss of which nothing is said but its gradients by these names, which are used and never said to be something."""
    known = [n for n in sorted(names) if any(isinstance(r, Definition) for r in context.by_name(n))]
    free = next((name for name in ("L", "J", "E") if not context.starting(name)), None)
    if not known or free is None:
        return None
    loss = Quantity(Pattern((free,)), tensor(free), (), tuple(known))
    context.add(loss)
    return loss


def _named(body: t.Tree) -> str | None:
    """The name whose differential it is, or an entry or the transpose of it."""
    while isinstance(body, t.Transpose | t.Subscripted | t.Bracket) or raised_to_t(body):
        body = body.body if isinstance(body, t.Bracket) else body.base
    return body.name if isinstance(body, t.Name) else None


def _sides(tree: t.Tree) -> Iterator[str]:
    """The names X of which a relation says what dX is, or the derivative by X."""
    for node in t.walk(tree):
        if isinstance(node, t.Relation) and node.signs[0] in ("=", ":=") and isinstance(node.sides[0], t.Tree):
            left = node.sides[0]
            if isinstance(left, t.Derivative) and len(left.variables) == 1 and isinstance(left.variables[0], t.Name):
                yield left.variables[0].name
            while (inner := _multiplied(left)) is not None:
                left = inner
            left = left.base if isinstance(left, t.Subscripted) else left
            name = _named(left.body) if isinstance(left, t.Differential) else None
            if name is not None:
                yield name


def _said_outright(tree: t.Tree) -> Iterator[tuple[str, t.Derivative]]:
    """dh = dL/dh_new says what dh stands for, beside an h."""
    for node in t.walk(tree):
        if isinstance(node, t.Relation) and node.signs[0] in ("=", ":=") and isinstance(node.sides[0], t.Differential) \
                and isinstance(node.sides[1], t.Derivative):
            name, by = _named(node.sides[0].body), node.sides[1].variables
            if name is not None and len(by) == 1 and isinstance(by[0], t.Name) and by[0].name != name:
                yield name, node.sides[1]


def _multiplied(tree: t.Tree) -> t.Tree | None:
    """What stands in brackets, behind a sign or behind numbers; None where nothing does."""
    if isinstance(tree, t.Bracket):
        return tree.body
    if isinstance(tree, t.Terms):
        return tree.terms[0] if len(tree.terms) == 1 else None
    numbered = isinstance(tree, t.Factors) and all(isinstance(x, t.Number) for x in tree.factors[:-1])
    return tree.factors[-1] if isinstance(tree, t.Factors) and numbered else None


def _loss(context: DeclaredNames) -> Quantity | Definition | None:
    """The number that depends on all else: defined or said to be a function, and read by no other definition."""
    read = {n.name for r in context.all() if isinstance(r, Definition) and not isinstance(r.tree, t.Derivative)
            for n in t.walk(r.tree) if isinstance(n, t.Name | t.Function)}
    found = [r for r in context.all() if r.name not in read and _is_number(context, r)]
    usual = [r for r in found if r.pattern.base[0] in LOSSES] or found
    return usual[0] if len(usual) == 1 else None  # type: ignore[return-value]


def _is_number(context: DeclaredNames, record: object) -> bool:
    if isinstance(record, Quantity):
        return bool(record.depends) and not record.rank
    if not isinstance(record, Definition) or record.letters or isinstance(record.tree, t.Derivative) or record.parameters:
        return False
    for way in (Way(), Way(entries=True, chain=True)):
        try:
            found = elaborator_for(context, SourceText(""), way).meaning(record)
        except SymderivError:
            continue
        return found.scalar and not found.pending and not found.expr.is_number
    return False
