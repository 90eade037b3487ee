"""Slips of a coefficient: a term with the wrong sign, a number or a size lost or too many, a term that does not belong.

A side of a claim is linear in its terms, so one evaluation with a term doubled says by which factor that term would
have to be multiplied for the sides to agree, if there is one; what the factor is, is then read off at all points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, combinations
from typing import Any, Protocol

import sympy
from sympy import Expr

from ..arrays.arrays import Apply, Array, Entry, Named, Tensor
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..errors import SymderivError
from ..late import np
from ..layers.written_out import scaled, split
from ..numeric.dual import Numbers
from ..reader.declare.context import DeclaredNames, Definition, Quantity
from ..reader.meaning.entrywise import at
from ..reader.meaning.oriented import Value
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import SourceText
from .interpretations import Way
from .line_claims import Claim, Typed
from .samples import Points

Put = Callable[[t.Tree], t.Tree]
MAX_TERMS, MAX_PAIRED = 24, 6
CLOSE = 1e-6
SIGN = "sign"
# Factors that are lost or too many, simplest first.
MAX_TOP, MAX_BOTTOM = 24, 12
NUMBERS = tuple(Fraction(*x) for x in ((2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4)))


class Judging(Protocol):
    """What is asked of the judge: a claim under one way of reading, and whether its sides agree."""

    context: DeclaredNames
    source: SourceText
    above: tuple[t.Tree, ...]
    memo: dict[Any, Value]

    def typed(self, claim: Claim, way: Way) -> Typed: ...

    def as_declared(self, claim: Claim, way: Way) -> Expr: ...

    def slopes(self) -> Iterator[tuple[t.Derivative, str, str]]: ...

    def slope(self, tree: t.Derivative) -> Expr: ...

    def compare(self, each: Typed, batches: Any = None) -> Any: ...

    def gap(self, each: Typed, batch: Points, tied: bool | None = None) -> tuple[Numbers, Numbers]: ...


@dataclass(frozen=True)
class Rescaled:
    """A side with one coefficient changed, and what the slip is called; ``old`` and ``new`` are the part."""

    slip: str
    tree: t.Tree
    old: t.Tree
    new: t.Tree


def rescaled(judge: Judging, claim: Claim, way: Way, batch: Points, side: str,
             spots: Callable[[t.Tree], Iterator[tuple[t.Tree, Put]]]) -> Iterator[Rescaled]:
    """The changes of one coefficient under which the sides agree at the points of a batch."""
    tree: t.Tree = getattr(claim, side)
    try:
        left, right = _values(judge, claim, way, batch)
    except SymderivError:
        return
    sign = 1.0 if side == "right" else -1.0
    known = _scalars(judge, batch)
    for number, (old, put) in enumerate(_terms(tree, spots)):
        if number >= MAX_TERMS:
            return
        doubled = put(t.Factors((t.Number("2"), t.Bracket(old)), ("",)))
        try:
            pair = _values(judge, with_side(claim, side, doubled), way, batch)
        except SymderivError:
            continue
        before, after = (right, pair[1]) if side == "right" else (left, pair[0])
        if after.shape != before.shape:
            continue  # The change has another reading.
        with np.errstate(all="ignore"):
            ratios = _ratios(sign * (left - right), after - before)
        if ratios is None:
            continue
        for slip, new in _named(1 + ratios, known, old):
            yield Rescaled(slip, put(new) if new is not None else _without(tree, old), old, new or t.Number("0"))


def with_side(claim: Claim, side: str, tree: t.Tree) -> Claim:
    """A claim with its "left" or "right" side changed."""
    return replace(claim, right=tree) if side == "right" else replace(claim, left=tree)


def _values(judge: Judging, claim: Claim, way: Way, batch: Points) -> tuple[Numbers, Numbers]:
    typed = judge.typed(claim, way)
    left, right = np.broadcast_arrays(batch.value(typed.left), batch.value(typed.right))
    return left, right


def opposite(judge: Judging, claim: Claim, way: Way, batch: Points) -> bool:
    """Whether one side is the negative of the other at the points of a batch."""
    try:
        left, right = _values(judge, claim, way, batch)
    except SymderivError:
        return False
    fine = np.isfinite(left) & np.isfinite(right)
    return bool(fine.any() and np.all(np.abs(left + right)[fine] <= CLOSE * (1e-2 + np.abs(left)[fine]))
                and np.abs(left[fine]).max() > CLOSE)


def _ratios(residual: Numbers, more: Numbers) -> Numbers | None:
    """By how much a term is off at every point; None where no one number explains all entries there."""
    if residual.shape != more.shape:
        return None
    flat, step = residual.reshape(len(residual), -1), more.reshape(len(more), -1)
    fine = np.isfinite(flat) & np.isfinite(step)
    flat, step = np.where(fine, flat, 0.0), np.where(fine, step, 0.0)
    size = np.sum(step * step, axis=1)
    if not np.all(size > 1e-20):
        return None
    ratios: Numbers = np.sum(flat * step, axis=1) / size
    off = np.abs(flat - ratios[:, None] * step)
    return ratios if np.all(off <= CLOSE * (1e-2 + np.abs(flat).max(axis=1, initial=0.0)[:, None])) else None


def _scalars(judge: Judging, batch: Points) -> dict[str, Numbers]:
    """Declared sizes at the points of a batch."""
    found: dict[str, Numbers] = {}
    for record in judge.context.all():
        if isinstance(record, Quantity) and not record.rank and record.value.is_Symbol and record.value.is_integer:
            try:
                value: Any = batch.value(record.value)
            except SymderivError:
                continue
            if np.ndim(value) <= 1:
                found[record.name] = np.broadcast_to(np.asarray(value, float), (batch.count,))
    return found


def _named(factor: Numbers, known: Mapping[str, Numbers], old: t.Tree) -> Iterator[tuple[str, t.Tree | None]]:
    """(what a coefficient that is off by a factor is called, the term with the right one), None for no term at all."""
    def is_(value: Numbers | float) -> bool:
        return bool(np.all(np.abs(factor - value) <= CLOSE * (1 + np.abs(value))))

    if is_(-1.0):
        yield SIGN, negative(old)
        return
    if is_(0.0):
        yield "a term too many", None
        return
    for number in NUMBERS:
        for sign, also in ((1, ""), (-1, ", and the sign")):
            if is_(float(sign * number)):
                lost = f"factor {number} lost" if number > 1 else f"factor {1 / number} too many"
                new = multiplied(old, number)
                # It may be a size as well, which has this value here.
                yield lost + also, negative(new) if sign < 0 else new
    other = Fraction(float(factor.flat[0])).limit_denominator(MAX_BOTTOM)
    if abs(other) not in NUMBERS and other.numerator <= MAX_TOP and is_(float(other)):
        yield "number", multiplied(old, other) if other > 0 else negative(multiplied(old, -other))
    raised = {n.base.name for n in t.walk(old) if isinstance(n, t.Power) and isinstance(n.base, t.Name)}
    for name, values in known.items():
        if np.all(values == 1.0) or name in raised:
            # What stands there with an exponent has the wrong exponent.
            continue
        letter = t.Name(name)
        for one, words, new in ((1 / values if np.all(values) else None, f"1/{name} lost", _over(old, letter)),
                                (values, f"factor {name} lost", _times(letter, old)),
                                (2 / values if np.all(values) else None, f"2/{name} lost",
                                 _over(multiplied(old, Fraction(2)), letter))):
            if one is not None and is_(one):
                yield words, new


# ------------------------------------------------------------------ a term that is lost

def lost_term(judge: Judging, claim: Claim, way: Way) -> Expr | None:
    """The term of our own value of the left side that the right side lacks; None where it is not one term."""
    try:
        typed = judge.typed(claim, way)
        # The functions that stand for unknown quantities are not the person's: in their names it is told.
        named = judge.as_declared(claim, way)
        values, shown = _slopes(judge, named) if named != typed.left else ({}, {})
    except SymderivError:
        return None
    terms = addends(named)
    # (1 - a) g may stand there as g - a g.
    pairs = (_plus(*pair) for pair in combinations(terms[:MAX_PAIRED], 2) if _arrays_in(pair[0]) == _arrays_in(pair[1])
             and shape_of(pair[0]) == shape_of(pair[1]))
    for term in chain(terms[:MAX_TERMS], pairs):
        with suppress(SymderivError):
            whole = _plus(typed.right, term.xreplace(values))
            if judge.compare(replace(typed, right=whole)).outcome == "agree":
                return term.xreplace(shown)
    return None


def _arrays_in(expr: Expr) -> frozenset[Expr]:
    """The arrays that a term speaks of, but numbers."""
    return frozenset(x for x in expr.free_symbols if isinstance(x, Tensor) and x.shape)


def _slopes(judge: Judging, expr: Expr) -> tuple[dict[Expr, Expr], dict[Expr, Expr]]:
    """The derivatives of unknown quantities in an expression: their values, and the names that the text gives them."""
    values: dict[Expr, Expr] = {}
    shown: dict[Expr, Expr] = {}
    tensors = {x.name: x for x in expr.free_symbols if isinstance(x, Tensor)}
    for tree, unknown, by in judge.slopes():
        here = tensors.get(f"d{unknown}_d{by}")
        if here is not None:
            values[here] = judge.slope(tree)
            named = (r.name for r in judge.context.all() if isinstance(r, Definition) and isinstance(r.tree, t.Derivative)
                     and (r.tree.body, r.tree.variables) == (tree.body, tree.variables))
            shown[here] = Tensor(next(named, here.name), here.shape)
    return values, shown


def addends(expr: Expr) -> list[Expr]:
    """The terms of a value, and where they are products with a sum as a factor, theirs; none of a value of one term."""
    found = _split(expr)
    return [*found, *(x for each in found for x in _split(each))]


def _split(expr: Expr) -> list[Expr]:
    """The terms of a sum, or of a product with a sum as its factor."""
    if isinstance(expr, Named):
        inside = _split(expr.body)
        return [Named(expr.name, expr.letters, x) for x in inside]
    if isinstance(expr, sympy.Add):
        return list(expr.args)
    if isinstance(expr, sympy.Mul) and any(isinstance(x, sympy.Add) for x in expr.args):
        return list(sympy.Add.make_args(sympy.expand_mul(expr, deep=False)))
    if isinstance(expr, Entry):
        # A term of fewer axes is added along the last ones.
        return [at(x, tuple(expr.indices)[len(expr.indices) - len(shape_of(x)):]) for x in _split(expr.base)]
    if not isinstance(expr, Apply):
        return []
    if RECORDS.add.of(expr):
        return list(expr.args)
    for place, factor in enumerate(expr.args if expr.op in (RECORDS.mul, RECORDS.matmul, RECORDS.transpose) else ()):
        inside = _split(factor) if isinstance(factor, Array) else []
        if len(inside) > 1:
            return [_with_factor(expr, place, x) for x in inside]
    return []


def _with_factor(product: Apply, place: int, factor: Expr) -> Expr:
    """A product with another factor in one place; an identity matrix is none."""
    others = (*product.args[:place], *product.args[place + 1:])
    number, rest = split(factor)
    if RECORDS.matmul.of(product) and RECORDS.eye.of(rest) and others:
        return scaled(number, others[0] if len(others) == 1 else product.op(*others, **product.params))
    return product.op(*product.args[:place], factor, *product.args[place + 1:], **product.params)


def _plus(whole: Expr, term: Expr) -> Expr:
    return RECORDS.add(whole, term) if shape_of(whole) else whole + term


# ------------------------------------------------------------------ trees as a person would write them

def negative(tree: t.Tree) -> t.Tree:
    """A term with the other sign; a sum with its first positive term in front."""
    inner = tree.body if isinstance(tree, t.Bracket) else tree
    if isinstance(inner, t.Terms):
        pairs = [(x, -s) for x, s in zip(inner.terms, inner.signs, strict=True)]
        first = next((k for k, (_, s) in enumerate(pairs) if s > 0), 0)
        pairs = [pairs[first], *pairs[:first], *pairs[first + 1:]]
        made = t.added(pairs)
        return replace(tree, body=made) if isinstance(tree, t.Bracket) else made
    return t.Terms((tree,), (-1,))


def multiplied(tree: t.Tree, number: Fraction) -> t.Tree:
    """A number times a term, taken into a number that the term starts with; no factor of 1."""
    if isinstance(tree, t.Terms) and len(tree.terms) == 1:
        return replace(tree, terms=(multiplied(tree.terms[0], number),))
    if isinstance(tree, t.Factors) and not tree.joints[0].startswith(("/", ".")):
        first = _number(tree.factors[0])
        if first is not None:
            product = first * number
            return tree.run(1).plain if product == 1 else tree.exchanged(0, 1, fraction(product))
        into = multiplied(tree.factors[0], number) if isinstance(tree.factors[0], t.Fraction) else None
        if isinstance(into, t.Fraction):
            return tree.exchanged(0, 1, into)
        return replace(tree, factors=(fraction(number), *tree.factors), joints=("", *tree.joints))
    if isinstance(tree, t.Fraction) and _number(tree) is None:
        first = _number(tree.bottom.factors[0] if isinstance(tree.bottom, t.Factors) else tree.bottom) or Fraction(1)
        top = _number(tree.top)
        if top is not None and (top * number).denominator == 1 and (first / number).denominator != 1:
            return replace(tree, top=fraction(top * number))
        if (first / number).denominator == 1:
            return replace(tree, bottom=multiplied(tree.bottom, 1 / number))
    alone = _number(tree)
    return fraction(alone * number) if alone is not None else _times(fraction(number), tree)


def rational(tree: t.Tree) -> Fraction | None:
    """The value of a number in an exponent: with a sign, in brackets, or over another."""
    if isinstance(tree, t.Bracket):
        return rational(tree.body)
    if isinstance(tree, t.Terms) and len(tree.terms) == 1:
        inner = rational(tree.terms[0])
        return None if inner is None else inner * tree.signs[0]
    if isinstance(tree, t.Factors) and tree.joints == ("/",):
        return _number(t.Fraction(*tree.factors))
    return _number(tree)


def _number(tree: t.Tree) -> Fraction | None:
    """The value of a whole number or a fraction of two."""
    if isinstance(tree, t.Number) and tree.text.isdecimal() and not tree.font:
        return Fraction(int(tree.text))
    if isinstance(tree, t.Fraction):
        top, bottom = _number(tree.top), _number(tree.bottom)
        return top / bottom if top is not None and bottom else None
    return None


def fraction(number: Fraction) -> t.Tree:
    """A positive number as it is written."""
    whole = t.Number(str(number.numerator))
    return whole if number.denominator == 1 else t.Fraction(whole, t.Number(str(number.denominator)))


def _times(factor: t.Tree, tree: t.Tree) -> t.Tree:
    if isinstance(tree, t.Terms) and len(tree.terms) == 1:
        return replace(tree, terms=(_times(factor, tree.terms[0]),))
    if isinstance(tree, t.Factors) and not tree.joints[0].startswith(("/", ".")):
        return replace(tree, factors=(factor, *tree.factors), joints=("", *tree.joints))
    if tree == t.Number("1"):
        return factor
    return t.Factors((factor, t.Bracket(tree) if isinstance(tree, t.Terms) else tree), ("",))


def _over(tree: t.Tree, letter: t.Name) -> t.Tree:
    """A term over a letter: into the fraction or the number that it starts with, where it does."""
    if isinstance(tree, t.Terms) and len(tree.terms) == 1:
        return replace(tree, terms=(_over(tree.terms[0], letter),))
    if isinstance(tree, t.Fraction):
        return replace(tree, bottom=_times(letter, tree.bottom))
    if isinstance(tree, t.Factors) and isinstance(tree.factors[0], t.Number) and tree.joints[0] == "":
        return replace(tree, factors=(t.Fraction(tree.factors[0], letter), *tree.factors[1:]))
    if isinstance(tree, t.Factors) and isinstance(tree.factors[0], t.Fraction):
        return replace(tree, factors=(_over(tree.factors[0], letter), *tree.factors[1:]))
    return _times(t.Fraction(t.Number("1"), letter), tree)


def _terms(tree: t.Tree, spots: Callable[[t.Tree], Iterator[tuple[t.Tree, Put]]]) -> Iterator[tuple[t.Tree, Put]]:
    """The whole side, and every term of every sum in it, with what puts another in its place; not the ends of ranges."""
    yield tree, lambda new: new
    ends = range_ends(tree)
    for node, put in spots(tree):
        if isinstance(node, t.Terms) and len(node.terms) > 1 and id(node) not in ends:
            for k, term in enumerate(node.terms):
                yield term, lambda new, k=k, node=node, put=put: put(_with_term(node, k, new))  # type: ignore[misc]


def range_ends(tree: t.Tree) -> set[int]:
    """The nodes, by identity, in the ends of the ranges of sums."""
    return {id(n) for big in t.walk(tree) if isinstance(big, t.Big) for b in big.binders
            for end in (b.low, b.high) if end is not None for n in t.walk(end)}


def _with_term(node: t.Terms, place: int, new: t.Tree) -> t.Tree:
    """A sum with another term in a place; a single negative term gives its sign to the sum."""
    signs = list(node.signs)
    if isinstance(new, t.Terms) and len(new.terms) == 1:
        signs[place] *= new.signs[0]
        new = new.terms[0]
    return replace(node, terms=(*node.terms[:place], new, *node.terms[place + 1:]), signs=tuple(signs))


def _without(tree: t.Tree, term: t.Tree) -> t.Tree:
    """A side without one of its terms; 0 without its only one."""
    if tree == term:
        return t.Number("0")
    if isinstance(tree, t.Terms) and any(x is term for x in tree.terms):
        kept = [(x, s) for x, s in zip(tree.terms, tree.signs, strict=True) if x is not term]
        return t.added(kept) if kept else t.Number("0")
    return t.below(tree, lambda inner: _without(inner, term) if inner is not term else inner)
