"""Big sums and products: what stands below and above them, and sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...arrays.arrays import Tensor
from ..declare.context import LetterDeclared, Quantity
from ..syntax import tree as t
from ..syntax.grammar import RELATIONS, Parser
from ..syntax.names import OPENING, read_scripts, split_at, split_items
from ..syntax.notations import part
from ..syntax.sum_reach import ended_by_product
from ..syntax.tokens import OPERATOR, STRUCTURE, TEXT, WORD, Token


def reals(parser: Parser, start: int) -> t.Tree:
    """The real numbers, or arrays of them with their sizes above."""
    parser.take()
    sizes: tuple[t.Tree, ...] = ()
    if parser.is_sign("^"):
        sizes = tuple(parser.inside(item) for part in split_items(parser.taken_scripts().sup, "times")
                      for item in split_items(part))
    return t.Space("R", sizes, span=parser.span(start))


def big_here(parser: Parser, kind: str) -> t.Tree:
    """A big sum or product: its scripts, then the product behind it."""
    start = parser.at
    parser.take()
    choices = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)
    scripts = choices[0]
    if not scripts.subs and not scripts.sup and kind == "sum" and parser.latex and parser.starts_factor():
        return _over_all(parser, start)
    if not scripts.subs:
        raise parser.error(f"it is not said what the {kind} runs over", parser.tokens[start],
                           hint=f"write {kind}_i, or {kind}_{{i=1}}^n")
    parser.accept(scripts)
    return big(parser, kind, scripts.subs, scripts.sup, start)


def _over_all(parser: Parser, start: int) -> t.Tree:
    """A sum with nothing below it: over the letters of what stands behind, or over the entries of a whole array."""
    body = parser.product()
    letters = dict.fromkeys(n.name for n in t.walk(body) if isinstance(n, t.Letter) and n.name not in parser.scope)
    span = parser.span(start)
    return t.summed(body, *(t.Binder(name, soft=True, span=span) for name in letters), span=span)


def big(parser: Parser, kind: str, subs: Sequence[Sequence[Token]], sup: Sequence[Token], start: int) -> t.Tree:
    """Binders from what stands below and above; the body is the product behind."""
    if len(subs) == 1 and subs[0] and subs[0][0].kind == STRUCTURE and subs[0][0].key == "substack":
        inside = subs[0][2:-1]
        subs = [part for row in split_items(inside, "newline") for part in split_items(row)]
    high: t.Tree | None = None
    if sup:
        high = parser.inside(sup, indexed=True)
    binders: list[t.Binder] = []
    conditions: list[t.Tree] = []
    for item in subs:
        if not item:
            raise parser.error("an index is missing below this sign", parser.tokens[start])
        _binder(parser, item, high, binders, conditions)
    if not binders:
        raise parser.error("no index is bound here", parser.tokens[start])
    condition = None if not conditions else conditions[0] if len(conditions) == 1 else t.Sequence(tuple(conditions), "and")
    saved, parser.scope = parser.scope, parser.scope | {b.letter for b in binders}
    body = parser.product()
    parser.scope = saved
    return ended_by_product(t.Big(kind, tuple(binders), condition, body, span=parser.span(start)))


def extreme(parser: Parser, kind: str, subs: Sequence[Sequence[Token]], sup: Sequence[Token], start: int) -> t.Tree:
    """The largest z_k over an index k, or the largest J(w) over a quantity w, which then reaches over all terms."""
    items = [item for sub in subs for item in split_items(sub)]
    names = [item[0] for item in items if item and item[0].kind == WORD and (len(item) == 1 or item[1].kind == OPERATOR)]
    if len(names) != len(items) or sup:
        return big(parser, kind, subs, sup, start)
    behind = [item[1:] for item in items if len(item) > 1]
    in_space = [rest[0].key == "in" and len(rest) > 1 and rest[1].font == "bb" for rest in behind]
    found = big(parser, kind, [[name] for name in names] if any(in_space) else subs, sup, start)
    if not isinstance(found, t.Big) or not any(_is_value(parser, found.body, name.key) for name in names):
        return found
    variables = tuple(parser.inside([name]) for name in names)
    body = found.body
    for name, variable in zip(names, variables, strict=True):
        body = t.exchanged(body, t.Letter(name.key), variable)
    if parser.is_sign("+", "-"):
        body = t.Terms((body, parser.expression()), (1, 1), span=parser.span(start))
    return t.Optimum(kind, variables, body, not all(in_space), span=parser.span(start))


def _is_value(parser: Parser, tree: t.Tree, letter: str) -> bool:
    """Whether a letter stands for a value that is computed with, and not for a position."""
    if isinstance(tree, t.Letter):
        return tree.name == letter
    if isinstance(tree, t.Call) and not any(
            isinstance(r, Quantity) and isinstance(r.value, Tensor) and r.value.label_size is None
            for r in parser.context.by_name(letter)):
        return False  # p(y|x) may be one of many for each y.
    inner = (tree.base,) if isinstance(tree, t.Subscripted) else () if isinstance(tree, t.Iverson) else tree.children()
    return any(_is_value(parser, each, letter) for each in inner)


def _is_word(parser: Parser, item: Sequence[Token]) -> bool:
    """Whether a set is called by a word, as in w ∈ Vocab: all that the letter can be."""
    only = item[0] if len(item) == 1 else None
    return only is not None and (only.kind == TEXT or (only.kind == WORD and only.upright)) and len(only.key) > 2 \
        and not parser.context.starting(only.key)


def _binder(parser: Parser, item: Sequence[Token], high: t.Tree | None, binders: list[t.Binder],
            conditions: list[t.Tree]) -> None:
    for separator in (":", "|"):
        if any(x.key == separator and x.kind == OPERATOR for x in item[1:]):
            first, *rest = split_items(item, separator)
            _binder(parser, first, high, binders, conditions)
            for part in rest:
                scope = parser.scope | {b.letter for b in binders}
                conditions.append(parser.inside(part, Parser.condition, indexed=True, scope=scope))
            return
    signs = [x for x in item if x.kind == OPERATOR and x.key in RELATIONS]
    if not signs:
        for name, span in _letters(parser, item):
            binders.append(t.Binder(name, None, high, span=span))
        return
    names = _letters(parser, item[:item.index(signs[0])]) if signs[0].key in ("=", "in") else []
    behind = item[item.index(signs[0]) + 1:]
    if signs[0].key == "=" and names:
        start = parser.inside(behind, indexed=True)
        # j,k = 1 is said of both letters.
        binders[:] = [replace(b, low=start) if b.low is None and not b.soft else b for b in binders]
        binders.extend(t.Binder(name, start, high, span=span) for name, span in names)
        return
    if signs[0].key == "in" and names:
        child = parser.child(behind)
        found = a_set(child)
        low, last = _bounds(found) if found is not None else (None, None)
        if low is None and parser.lenient and _is_word(parser, behind):
            binders.extend(t.Binder(name, None, high, span=span) for name, span in names)
            return
        if low is None:
            raise parser.error("this set is not understood as a range", behind[0],
                               hint="write the range as i=1 below and n above")
        binders.extend(t.Binder(name, low, last, span=span) for name, span in names)
        return
    known = parser.scope | {b.letter for b in binders}
    sides = split_at(item, lambda x: x.kind == OPERATOR and x.key in RELATIONS)
    alone = [side[0] for side in sides if len(side) == 1]
    letters = [x for x in alone if x.kind == WORD and _may_be_bound(parser, x)]
    if letters and letters[0].key in known:
        letters = []
    between = len(signs) > 2
    for place, x in enumerate(x for x in letters if x.key not in known):
        # The first letter is bound; whether a later one is depends on what is free in the line, but in 1 <= i < j <= n.
        binders.append(t.Binder(x.key, None, high, place > 0 and not between, span=(x.start, x.end)))
    condition = parser.inside(item, Parser.condition, indexed=True, scope=parser.scope | {b.letter for b in binders})
    if place_of := _range_said(condition, binders):
        binder, low, last = place_of
        binders[binder] = replace(binders[binder], low=low, high=last)
        return
    conditions.append(condition)


def _may_be_bound(parser: Parser, token: Token) -> bool:
    declared = parser.context.starting(token.key)
    return len(token.key) == 1 and all(isinstance(d, LetterDeclared) or d.rank for d in declared)


def _range_said(condition: t.Tree, binders: list[t.Binder]) -> tuple[int, t.Tree, t.Tree] | None:
    """1 <= j <= n as the range of j."""
    if not isinstance(condition, t.Relation) or condition.signs != ("<=", "<="):
        return None
    low, letter, high = condition.sides
    for place, binder in enumerate(binders):
        if letter == t.Letter(binder.letter) and binder.low is None and low is not None and high is not None:
            return place, low, high
    return None


def _bounds(tree: t.Tree) -> tuple[t.Tree | None, t.Tree | None]:
    """{1, ..., n} as a range."""
    if isinstance(tree, t.Sequence) and len(tree.items) >= 3 and any(isinstance(x, t.Dots) for x in tree.items):
        return tree.items[0], tree.items[-1]
    return None, None


def _letters(parser: Parser, item: Sequence[Token]) -> list[tuple[str, t.Span]]:
    """The letters bound by ij, i j or j'."""
    found: list[tuple[str, t.Span]] = []
    for x in item:
        if x.kind == OPERATOR and x.key in ("'", "''") and found:
            name, span = found[-1]
            found[-1] = name + x.key, (span[0], x.end)
        elif x.kind == WORD:
            if len(x.key) == 1 or x.upright or x.accents or parser.context.starting(x.key):
                found.append((x.key, (x.start, x.end)))
            elif x.key.isalpha():
                found.extend((c, (x.start + n, x.start + n + 1)) for n, c in enumerate(x.key))
            else:
                raise parser.error("an index that is summed over must be a letter", x)
        else:
            raise parser.error("an index that is summed over must be a letter", x)
    return found


@part
def a_set(parser: Parser) -> t.Tree | None:
    """A set: R^{m x n}, {1, ..., m} or [0, 1]; None where something else stands."""
    start = parser.at
    if parser.token.kind == WORD and parser.token.font == "bb":
        name = parser.token.key
        return reals(parser, start) if name in ("R", "Reals") else None
    if parser.is_sign("\\{", "{"):
        opened = parser.take()
        items: list[t.Tree] = []
        while True:
            if parser.is_sign("dots"):
                parser.take()
                items.append(t.Dots(span=parser.span(parser.at - 1)))
            else:
                items.append(parser.expression())
            if not parser.is_sign(","):
                break
            parser.take()
        parser.expect(OPENING[opened.key], opened)
        return t.Sequence(tuple(items), "\\{", span=parser.span(start))
    if parser.is_sign("(", "["):
        return _interval(parser, start)
    return None


def _interval(parser: Parser, start: int) -> t.Tree:
    """(0, 1], by its ends; the brackets are its name."""
    left = parser.take().key
    low = parser.expression()
    parser.expect(",")
    if parser.is_sign("dots"):
        # (1, ..., n): the whole numbers of a range.
        dots = t.Dots(span=parser.span(parser.at))
        parser.take()
        parser.expect(",")
        last = parser.expression()
        parser.expect(OPENING[left], parser.tokens[start])
        return t.Sequence((low, dots, last), "\\{", span=parser.span(start))
    high = parser.expression()
    if not parser.is_sign(")", "]"):
        raise parser.error("this interval is not closed", parser.tokens[start])
    return t.Space(left + parser.take().key, (low, high), span=parser.span(start))
