"""Shapes of names that nothing declares, from the lines that they stand in.

Every name gets a number of axes, every axis a size that may still be open.  The lines are walked once with open sizes,
which become equal where a sum, a product or a relation needs it; what does not fit costs.  The numbers of axes that cost
least are taken; how people use letters decides only between those that fit equally well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, islice, product
from typing import Any

import sympy
from sympy import Expr

from ..arrays.arrays import tensor
from ..arrays.operator import OPERATORS, shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape
from ..bounds import spend
from ..errors import SymderivError
from ..layers import gaussian_nll
from ..reader.declare.context import DeclaredNames, Definition, FunctionDeclared, LetterDeclared, Quantity
from ..reader.declare.function_names import canonical, function, known
from ..reader.meaning.laws import SPREADS
from ..reader.syntax import tree as t

MISFIT = 1.0
ODD = 0.5
LIKELY = 0.2
COUNTS = frozenset(["n", "m", "d", "k", "N", "M", "D", "K", "P", "B"])
"""Letters by which people count what they take the mean of."""


@dataclass(frozen=True)
class Axes:
    """The open sizes of an array, and whether a vector lies as a row."""

    sizes: tuple[int, ...] = ()
    row: bool = False

    @property
    def rank(self) -> int:
        return len(self.sizes)


SCALAR = Axes()


@dataclass
class Sizes:
    """Open sizes, of which some are found to be equal, and some have names."""

    parent: list[int] = field(default_factory=list)
    label: dict[int, str] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)

    def fresh(self) -> int:
        """A size of which nothing is known."""
        self.parent.append(len(self.parent))
        return len(self.parent) - 1

    def of(self, name: str) -> int:
        """The size with this name."""
        if name not in self.named:
            self.named[name] = self.fresh()
            self.label[self.named[name]] = name
        return self.find(self.named[name])

    def find(self, size: int) -> int:
        """The first of all sizes that are equal to one."""
        while self.parent[size] != size:
            self.parent[size] = self.parent[self.parent[size]]
            size = self.parent[size]
        return size

    def differ(self, a: int, b: int) -> bool:
        """Whether two sizes have different names."""
        one, two = self.label.get(self.find(a)), self.label.get(self.find(b))
        return one is not None and two is not None and one != two

    def join(self, a: int, b: int) -> bool:
        """Make two sizes equal; whether they can be."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return True
        one, two = self.label.get(a), self.label.get(b)
        if one is not None and two is not None:
            return one == two
        if two is not None:
            a, b = b, a
        self.parent[b] = a
        return True


@dataclass
class Walk:
    """One walk over the lines with given numbers of axes; ``cost`` is what did not fit."""

    context: DeclaredNames
    ranks: dict[str, int]
    sizes: Sizes = field(default_factory=Sizes)
    known: dict[str, Axes] = field(default_factory=dict)
    cost: float = 0.0
    letters: dict[str, int] = field(default_factory=dict)
    upstream: dict[str, list[str]] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    own: set[int] = field(default_factory=set)
    used_in_misfit: set[str] = field(default_factory=set)
    ranges: dict[str, str] = field(default_factory=dict)
    ran: dict[str, list[int]] = field(default_factory=dict)
    """What each letter runs over, in any line."""
    entrywise: bool = False
    alike: list[tuple[str, str]] = field(default_factory=list)
    open_ends: dict[int, int] = field(default_factory=dict)
    families: set[str] = field(default_factory=set)
    arguments: dict[str, str] = field(default_factory=dict)
    """What names are always functions of."""
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Sizes that the text says of names that it defines."""
    rowwise: bool = False
    """Whether the text speaks of row vectors, so that xW is one times a matrix;  ``rows`` whether a line needs that."""
    rows: bool = False
    stretches: bool = False
    """Whether the lines are code, in which arrays are stretched along the first axes of others."""

    def misfit(self, weight: float = MISFIT) -> None:
        """Something does not fit."""
        self.cost += weight

    def line(self, line: t.DisplayedLine) -> None:
        """Walk over one line; letters are its own."""
        self.letters = {}
        before = self.cost
        for part in line.parts:
            self.of(part)
        if self.cost >= before + ODD:
            self.used_in_misfit |= {n.name for n in t.walk(line) if isinstance(n, t.Name)}

    # ------------------------------------------------------------------ names

    def name(self, name: str) -> Axes | None:
        """The axes of a name; None where nothing is known."""
        if name in self.known:
            return self.known[name]
        if name in self.ranks:
            self.known[name] = Axes(tuple(self.sizes.fresh() for _ in range(self.ranks[name])))
            return self.known[name]
        found: Axes | None = None
        for record in self.context.by_name(name):
            if isinstance(record, Quantity):
                found = Axes(tuple(self.labelled(size) for size in shape_of(record.value)))
            elif isinstance(record, Definition) and record.parameters is None and name not in self.busy:
                found = self._defined(record)
            elif isinstance(record, Definition) and record.declared is not None:
                found = Axes(tuple(self.labelled(size) for size in shape_of(record.declared.value)))
            elif isinstance(record, Definition) and name not in self.busy:
                found = self._defined(record) if record.letters else self._called(record)
        if found is not None:
            self.known[name] = found
            sizes = self.said.get(name, ())
            if sizes and len(sizes) == found.rank:
                self.joined(found.sizes, tuple(self.sizes.of(size) for size in sizes))
            elif sizes:
                self.misfit()
                self.used_in_misfit |= self._made_of(name)
        return found

    def _made_of(self, name: str) -> set[str]:
        """The names in a definition."""
        trees = [r.tree for r in self.context.by_name(name) if isinstance(r, Definition)]
        return {n.name for tree in trees for n in t.walk(tree) if isinstance(n, t.Name)}

    def labelled(self, size: Expr) -> int:
        return self.sizes.of(str(size))

    def _defined(self, record: Definition) -> Axes | None:
        """What a definition of the text has: the axes of its letters, then of what it says for them."""
        self.busy.add(record.name)
        outside, self.letters = self.letters, {}
        try:
            inner = self.of(record.tree)
            own = tuple(self.letter(name) for name in record.letters)
        finally:
            self.letters = outside
            self.busy.discard(record.name)
        if inner is None:
            return None if not own else Axes(own)
        return Axes((*own, *inner.sizes), inner.row and not own)

    def _called(self, record: Definition) -> Axes | None:
        self.busy.add(record.name)
        try:
            return self.of(record.tree)
        finally:
            self.busy.discard(record.name)

    def letter(self, name: str) -> int:
        """The size that a letter runs over."""
        if name not in self.letters:
            declared = next((r for r in self.context.by_name(name) if isinstance(r, LetterDeclared)), None)
            if declared is not None:
                self.letters[name] = self.labelled((declared.index.hi - declared.index.lo + 1).expand())
            else:
                self.letters[name] = self.sizes.of(self.ranges[name]) if name in self.ranges else self.sizes.fresh()
            self.ran.setdefault(name, []).append(self.letters[name])
        return self.letters[name]

    # ------------------------------------------------------------------ trees

    def of(self, tree: t.Tree) -> Axes | None:
        """The axes of a tree; None where nothing is known."""
        spend()
        rule = _RULES.get(type(tree))
        if rule is not None:
            return rule(self, tree)
        for child in tree.children():
            self.of(child)
        return None

    def same(self, values: Iterable[Axes | None], weight: float = MISFIT) -> Axes | None:
        """Arrays that must have one shape; scalars beside arrays are odd."""
        first: Axes | None = None
        for each in values:
            if each is None:
                continue
            if first is None:
                first = each
            elif each.rank != first.rank:
                self.misfit(weight)
                first = max(first, each, key=lambda x: x.rank)
            else:
                if each.rank == 1 and each.row != first.row and not self.rowwise:
                    self.misfit(ODD / 2)
                self.joined(first.sizes, each.sizes)
        return first

    def joined(self, a: Sequence[int], b: Sequence[int]) -> None:
        for one, two in zip(a, b, strict=False):
            if not self.sizes.join(one, two):
                self.misfit()

    def terms(self, tree: t.Terms) -> Axes | None:
        """Numbers may be added to every entry; anything else needs the same shape."""
        values = [self.of(term) for term in tree.terms]
        kept = [v for v, term in zip(values, tree.terms, strict=True) if not isinstance(term, t.Number | t.Dots)]
        if self.stretches:
            return self.stretched(kept)
        kept = self._stretched(tree, kept)
        return self.same(kept) if any(v is not None and v.rank for v in kept) else (SCALAR if all(
            v is not None for v in values) else self.same(kept))

    def stretched(self, values: Sequence[Axes | None]) -> Axes | None:
        """Arrays whose last axes agree; the shorter ones are repeated along the first axes of the longest."""
        known_ = [each for each in values if each is not None]
        longest = max(known_, key=lambda each: each.rank, default=None)
        for each in known_ if longest is not None else ():
            self.joined(each.sizes, longest.sizes[longest.rank - each.rank:])  # type: ignore[union-attr]
        return longest if len(known_) == len(values) or (longest is not None and longest.rank) else None

    def _stretched(self, tree: t.Terms, values: list[Axes | None]) -> list[Axes | None]:
        """The terms without the vectors that stand alone beside a product of matrices: XW + b adds b to every row.

        WX + b adds a b to every column that is known to be as long as these.
        """
        wide = next((v for v in values if v is not None and v.rank == 2), None)
        if wide is None or not any(isinstance(term, t.Factors) and self._of_matrices(term) for term in tree.terms):
            return values
        alone = [self.name(term.name) for term in tree.terms if isinstance(term, t.Name)]
        one = any(self.sizes.label.get(self.sizes.find(size)) == "1" for size in wide.sizes)  # WX + b has one row
        kept = [v for v in values if v is None or v.rank > 1 or (v.rank == 0 and not one) or v not in alone]
        for each in values:
            if each is not None and each.rank and each not in kept:
                self.cost += LIKELY
                if self.sizes.find(each.sizes[0]) != self.sizes.find(wide.sizes[0]):
                    self.joined(each.sizes, wide.sizes[1:])
        return kept

    def _of_matrices(self, tree: t.Factors) -> bool:
        """Whether a product may be one of two matrices, and is not a matrix times numbers."""
        known = [self.name(f.name) if isinstance(f, t.Name) else None for f in tree.factors]
        return sum(each is None or each.rank > 0 for each in known) > 1

    def factors(self, tree: t.Factors) -> Axes | None:
        """Products from left to right as matrices; nothing is said of products of derivatives."""
        outside = self.entrywise
        starred = any(joint == "*" and not isinstance(one, t.Number) and not isinstance(two, t.Number)
                      for one, joint, two in zip(tree.factors, tree.joints, tree.factors[1:], strict=False))
        self.entrywise = outside or starred or any(joint in _ENTRYWISE for joint in tree.joints)
        values = [self.of(factor) for factor in self._but_arguments(tree)]
        self.entrywise = outside
        for divisor in _divisors(tree) if any(isinstance(f, t.Big) for f in tree.factors) else ():
            self._mean(divisor, tree.factors)
        chain = any((isinstance(f, t.Derivative) and v is not None and v.rank) or (isinstance(f, t.Derivative) and v is None)
                    for f, v in zip(tree.factors, values, strict=True))
        if chain and len([v for v in values if v is None or v.rank]) > 1:
            return None
        result: Axes | None = SCALAR
        skipped = 0
        for place, each in enumerate(values):
            if place < skipped:
                continue
            joint = tree.joints[place - 1] if place else ""
            before, factor = (values[place - 1] if place else None), tree.factors[place]
            factor = factor.base if isinstance(factor, t.Subscripted) else factor
            if before is not None and (before.rank == 2 or before.row) and each == SCALAR and isinstance(factor, t.Name) \
                    and not joint:
                # Xw is a matrix times a vector, w'x two vectors: a number would stand in front.
                self.cost += LIKELY if before.rank == 2 else 2 * LIKELY
                self.used_in_misfit.add(factor.name)
            if joint in _ENTRYWISE and None not in (result, each) and (result.rank, each.rank) == (1, 2):  # type: ignore[union-attr]
                # d ⊙ Wv: what stands together is multiplied first
                skipped = next((k for k in range(place, len(values)) if k == len(tree.joints) or tree.joints[k]), place) + 1
                for other in values[place + 1:skipped]:
                    each = self.product(each, other, "")
            result = self.product(result, each, joint) if place else each
        return result

    def _but_arguments(self, tree: t.Factors) -> Iterator[t.Tree]:
        """The factors; a number for what stands in brackets behind what always is a function of it, as θ in K(θ)."""
        for before, factor in zip((None, *tree.factors), tree.factors, strict=False):
            inside = factor.body if isinstance(factor, t.Bracket) and isinstance(before, t.Name) else None
            argument = self.arguments.get(before.name) if isinstance(before, t.Name) else None
            yield t.Number("1", span=factor.span) if isinstance(inside, t.Name) and inside.name == argument else factor

    def _mean(self, number: t.Tree, totals: Iterable[t.Tree]) -> None:
        """1/D of a sum that says not how far it runs: D is how many terms it has, where it is a letter for sizes."""
        parts = number.factors if isinstance(number, t.Factors) else (number,)
        named = [p.name for p in parts if isinstance(p, t.Name) and p.name in COUNTS and (
            self.ranks.get(p.name) == 0 or p.name in self.context.sizes)]
        ends = [self.open_ends[id(each)] for each in totals if id(each) in self.open_ends]
        if len(named) == len(ends) == 1 and self.sizes.label.get(self.sizes.find(ends[0])) is None:
            self.joined(ends, (self.sizes.of(named[0]),))

    def product(self, a: Axes | None, b: Axes | None, joint: str) -> Axes | None:
        """Two factors side by side."""
        if a is None or b is None:
            return None
        if not a.rank or not b.rank:
            if joint == "@":
                self.misfit()  # NumPy multiplies no numbers so.
            elif joint in _ENTRYWISE and a.rank != b.rank:
                self.misfit(ODD)
            return b if not a.rank else a
        if self.stretches and joint in ("*", "/"):
            return self.stretched((a, b))
        if joint == "/":
            return self.same((a, b))
        if joint in _ENTRYWISE:
            return self.same((a, b))
        if a.rank > 2 or b.rank > 2:
            return None
        if a.rank == 1 and b.rank == 1:
            return self._vectors(a, b, joint)
        return self._matrices(a, b)

    def _vectors(self, a: Axes, b: Axes, joint: str) -> Axes:
        if a.row and not b.row:
            self.joined(a.sizes, b.sizes)
            return SCALAR
        if b.row and not a.row:
            return Axes((a.sizes[0], b.sizes[0]))
        if joint not in ("cdot", "*"):
            self.misfit(ODD if joint == "" else 0)
        self.joined(a.sizes, b.sizes)
        return SCALAR if joint in ("cdot", "dot", "@") else a

    def _matrices(self, a: Axes, b: Axes) -> Axes:
        if a.rank == 1:
            self.rows |= not a.row
            if not a.row and not self.rowwise:
                self.misfit()
            self.joined(a.sizes, b.sizes[:1])
            return Axes(b.sizes[1:], True)
        if b.rank == 1:
            if b.row:
                self.misfit()
            self.joined(a.sizes[1:], b.sizes)
            return Axes(a.sizes[:1])
        self.joined(a.sizes[1:], b.sizes[:1])
        return Axes((a.sizes[0], b.sizes[1]))

    def fraction(self, tree: t.Fraction) -> Axes | None:
        """Below a bar stands a number, or what is divided by entry by entry."""
        top, bottom = self.of(tree.top), self.of(tree.bottom)
        self._mean(tree.bottom, (tree.top,))
        if self.stretches:
            return self.stretched((top, bottom))
        if bottom is not None and bottom.rank:
            if bottom.rank == 2:
                self.misfit(ODD)
            return self.same((top, bottom), ODD) if top is not None and top.rank else bottom
        return top

    def power(self, tree: t.Power) -> Axes | None:
        base, exponent = self.of(tree.base), self.of(tree.exponent)
        if exponent is not None and exponent.rank:
            self.misfit()
        if base is None or tree.elementwise:
            return base
        if base.rank == 2:
            # (1 - A^2) ⊙ G is about the squares of entries.
            if not self.entrywise or _is_minus_one(tree.exponent):
                self.joined(base.sizes[:1], base.sizes[1:])
        elif base.rank == 1 and (not self.entrywise or _is_minus_one(tree.exponent)):
            self.misfit(ODD if not _is_minus_one(tree.exponent) else MISFIT)
        return base

    def transpose(self, tree: t.Transpose) -> Axes | None:
        base = self.of(tree.base)
        if base is None:
            return None
        # Of u = x² + 1 the prime is a derivative.
        defined = tree.prime and isinstance(tree.base, t.Name) and any(
            isinstance(r, Definition) for r in self.context.by_name(tree.base.name))
        if base.rank == 0 and not defined:
            self.misfit(ODD)
        return Axes(base.sizes[::-1], not base.row and base.rank == 1)

    def bracket(self, tree: t.Bracket) -> Axes | None:
        return self.of(tree.body)

    def root(self, tree: t.Root) -> Axes | None:
        return self.of(tree.base)

    def subscripted(self, tree: t.Subscripted) -> Axes | None:
        """An entry: its letters run over the axes."""
        base = self.of(tree.base)
        if base is None:
            for position in tree.positions:
                self.of(position)
            return None
        if base.rank < len(tree.positions):
            self.misfit(2 * MISFIT)
            return SCALAR
        kept: list[int] = []
        only = tree.positions[0]
        if tree.upper and len(tree.positions) == 1 and base.rank == 2 and isinstance(only, t.Letter):
            over, one, two = (self.sizes.find(x) for x in (self.letter(only.name), *base.sizes))
            if over == two != one:  # the i-th column
                return Axes(base.sizes[:1] if self.sizes.label.get(one) != "1" else ())
        for position, size in zip(tree.positions, base.sizes, strict=False):
            if isinstance(position, t.Colon):
                kept.append(size)
            elif isinstance(position, t.Letter):
                self.joined((self.letter(position.name),), (size,))
            else:
                self.of(position)
        return Axes((*kept, *base.sizes[len(tree.positions):]))

    def member(self, tree: t.Member) -> Axes | None:
        """One array of a family."""
        found = self.name(tree.family)
        if found is None or not found.rank:
            return found
        if isinstance(tree.argument, t.Letter):
            self.joined((self.letter(tree.argument.name),), found.sizes[:1])
        return Axes(found.sizes[1:])

    def big(self, tree: t.Big) -> Axes | None:
        """A sum: its letter runs up to what is said."""
        outside = dict(self.letters)
        for binder in tree.binders:
            self.letters[binder.letter] = self.sizes.fresh()
            name = getattr(binder.high, "name", None)
            low = binder.low.text if isinstance(binder.low, t.Number) else "1"
            if isinstance(binder.high, t.Name | t.Unknown) and name and low == "1":
                self.joined((self.sizes.of(name),), (self.letters[binder.letter],))
        found = self.of(tree.body)
        if len(tree.binders) == 1 and tree.binders[0].high is None:
            self.open_ends[id(tree)] = self.letters[tree.binders[0].letter]
            for divisor in _divisors(tree.body):
                self._mean(divisor, (tree,))
        for binder in tree.binders:
            if binder.letter in outside:
                self.letters[binder.letter] = outside[binder.letter]
            else:
                self.letters.pop(binder.letter, None)
        return found

    def optimum(self, tree: t.Optimum) -> Axes | None:
        """A value is a number, as what it is the least of; where it is taken is what the variable is."""
        found = self.of(tree.body)
        return self.of(tree.variables[0]) if tree.kind.startswith("arg") and len(tree.variables) == 1 else found

    def derivative(self, tree: t.Derivative) -> Axes | None:
        """The gradient of a scalar has the shape of the variable."""
        body = self.of(tree.body) if tree.body is not None else SCALAR
        variables = [self.of(v) for v in tree.variables]
        if tree.kind == "nabla" and body is not None and body.rank >= 3 - tree.order:
            self.misfit(ODD)  # a Hessian is that of a number, and nobody writes ∇ of a matrix
        if body is None or any(v is None for v in variables) or body.rank:
            return None if body is None or not body.rank or any(v is None or v.rank for v in variables) else body
        if isinstance(tree.body, t.Name | t.Unknown):
            self.upstream.setdefault(tree.body.name, []).extend(n.name for v in tree.variables for n in t.walk(v)
                                                                if isinstance(n, t.Name))
        if not variables:
            return None
        first = variables[0]
        assert first is not None
        if tree.order == 2 and first.rank == 1:
            return Axes((*first.sizes, *first.sizes)) if len(variables) == 1 else None
        return Axes(first.sizes) if len(variables) == 1 and tree.order == 1 else None

    def directional(self, tree: t.Directional) -> Axes | None:
        """A direction has the shape of what is varied."""
        self.same((self.of(tree.variable), self.of(tree.direction)))
        return self.of(tree.body)

    def remainder(self, tree: t.Remainder) -> None:
        """As small as its body, and of the shape of what it is added to."""
        self.of(tree.body)

    def norm(self, tree: t.Norm) -> Axes | None:
        found = self.of(tree.body)
        if found is not None and not found.rank:
            self.misfit(ODD / 2)
        weight = self.of(tree.weight) if tree.weight is not None else None
        if weight is not None and found is not None and weight.rank == 2 and found.rank == 1:
            self.joined(weight.sizes, found.sizes * 2)
        return SCALAR

    def bars(self, tree: t.Bars) -> Axes | None:
        found = self.of(tree.body)
        if found is not None and found.rank == 2:
            self.joined(found.sizes[:1], found.sizes[1:])
        return SCALAR

    def relation(self, tree: t.Relation) -> Axes | None:
        """Sides have one shape; an entry beside an array is read as an entry of it."""
        with self._one_of_each(tree.sides[0]):
            values = [self.of(side) if side is not None else None for side in tree.sides]
        if any(isinstance(side, t.Space) for side in tree.sides):
            return None
        kept = [v for v, side in zip(values, tree.sides, strict=True)
                if side is not None and not isinstance(side, t.Number | t.Dots)]
        return self.same(kept)

    @contextmanager
    def _one_of_each(self, head: t.Tree | None) -> Iterator[None]:
        """Where a row says what p(x) is, x is any one of the x_i that a text speaks of."""
        named = {a.name for a in head.arguments if isinstance(a, t.Name)} if isinstance(head, t.Call) else set()
        saved = {name: axes for name in sorted(named & self.families) if (axes := self.name(name)) is not None and axes.rank}
        self.known |= {name: Axes(axes.sizes[1:]) for name, axes in saved.items()}
        try:
            yield
        finally:
            self.known |= saved

    def call(self, tree: t.Call) -> Axes | None:
        """A function of the library by what it makes of arrays; another acts on every entry."""
        values = [self.of(argument) for argument in tree.arguments]
        if not isinstance(tree.function, t.Function):
            return values[0] if values else None
        name = tree.function.name
        if any(isinstance(argument, t.Dots) for argument in tree.arguments):
            return self._listed(tree, values)
        if not values:
            return Axes((self.sizes.fresh(),)) if OPERATORS.get(name) in (RECORDS.ones, RECORDS.zeros) else None
        for record in self.context.by_name(name):
            if isinstance(record, FunctionDeclared):
                name = record.target or ""
            elif isinstance(record, Definition) and record.parameters is not None:
                return self._of_parameters(record, values)
        if OPERATORS.get(canonical(name)) is RECORDS.diag and values[0] == SCALAR and len(values) == 1:
            # diag(p_i (1 - p_i)) is made of all these entries.
            letters = sorted(t.letters_in(tree.arguments[0]))
            return Axes((self.letter(letters[0]),) * 2) if len(letters) == 1 else None
        if name in SPREADS and values[0] is not None and values[0].rank == 1:
            # Cov(x) is a matrix; Var(x) may be one as well.
            return Axes((values[0].sizes[0],) * 2) if name == "Cov" else None
        if not name or not known(name) or values[0] is None:
            return values[0]
        arrays = [v for v, each in zip(values, tree.arguments, strict=True) if not isinstance(each, t.Number)]
        if len(arrays) == 1 < len(values) and canonical(name) in _EXTREMES:
            return arrays[0]  # max(0, H) is taken of every entry
        options = dict(tree.keywords)
        operator = OPERATORS.get(canonical(name))
        if tree.function.typeset and operator is not None and operator.of_matrices and values[0].rank == 2 \
                and len({*map(self.sizes.find, values[0].sizes)}) == 1:
            self.misfit(ODD)  # nobody says whether it is a function of the matrix
        return self._along(canonical(name), options, values[0]) if "axis" in options \
            else self._of_library(canonical(name), values)

    def _along(self, name: str, options: Mapping[str, t.Tree], of: Axes) -> Axes | None:
        """sum(x, axis=0): all axes but one, for a function that leaves none of them; one that is kept stretches."""
        axis, kept = options["axis"], getattr(options.get("keepdims"), "name", "False") != "False"
        sign, number = (-1, axis.terms[0]) if _is_minus_one(axis) else (1, axis)  # type: ignore[attr-defined]
        made = _behaviour(name, of.rank, 1)
        if made is None or made[0] or not isinstance(number, t.Number) or not number.text.isdecimal():
            return of if made is not None and made[0] else None
        place = sign * int(number.text) % of.rank if of.rank else 0
        return Axes(of.sizes[:place] + ((self.sizes.fresh(),) if kept else ()) + of.sizes[place + 1:])

    def _listed(self, tree: t.Call, values: Sequence[Axes | None]) -> Axes | None:
        """diag(s_1, ..., s_n): as many entries as the last one says."""
        last = tree.arguments[-1]
        end = last.positions[-1] if isinstance(last, t.Subscripted) else None
        if not isinstance(last, t.Subscripted) or not isinstance(end, t.Name | t.Unknown) \
                or OPERATORS.get(getattr(tree.function, "name", "")) is not RECORDS.diag:
            return None
        size, base = self.sizes.of(end.name), self.of(last.base)
        if base is not None and base.rank == 1:
            self.joined(base.sizes, (size,))
        return Axes((size, size))

    def _of_parameters(self, record: Definition, values: Sequence[Axes | None]) -> Axes | None:
        if record.name in self.busy:
            return None
        self.busy.add(record.name)
        saved = {name: self.known.get(name) for name in record.parameters or ()}
        rows: tuple[int, ...] = ()
        for name, each in zip(record.parameters or (), values, strict=False):
            wanted = self.name(name)
            if each is not None and each.rank == 2 and wanted is not None and wanted.rank == 1:
                # h(X) of a function of vectors is taken of every row.
                rows, each = each.sizes[:1], Axes(each.sizes[1:])
                self.joined(wanted.sizes, each.sizes)
            if each is not None:
                self.known[name] = each
        try:
            found = self.of(record.tree)
            return Axes((*rows, *found.sizes)) if rows and found is not None else found
        finally:
            self.busy.discard(record.name)
            for name, old in saved.items():
                if old is None:
                    self.known.pop(name, None)
                else:
                    self.known[name] = old

    def _normal(self, values: Sequence[Axes | None]) -> Axes | None:
        """A density: of a vector, where its covariance is a matrix; of every entry else."""
        mean, point, variance = values
        if variance is not None and variance.rank == 2:
            vector = self.same((mean, point))
            if vector is not None and vector.rank == 1:
                self.joined(variance.sizes, vector.sizes * 2)
            return SCALAR
        return self.same(values)

    def _of_library(self, name: str, values: Sequence[Axes | None]) -> Axes | None:
        record = OPERATORS.get(name)
        first = values[0]
        assert first is not None
        if name == gaussian_nll.__name__ and len(values) == 3:
            return self._normal(values)
        if record is None and len(values) > 1 and None not in values:
            return self._of_several(name, [each for each in values if each is not None])
        if record is RECORDS.matmul and len(values) == 2:
            return self.product(values[0], values[1], "")
        if record is None or record.scalar is not None:
            return self.same(values) if len(values) > 1 and record is not None else first
        made = _behaviour(name, first.rank, len(values))
        if made is None:
            self.misfit()
            return None
        kept, square = made
        if square and first.rank == 2:
            self.joined(first.sizes[:1], first.sizes[1:])
        if len(values) > 1 and not _takes_any_sizes(name, tuple(each.rank for each in values if each is not None)):
            self.same(values, ODD)
        return None if kept is None else Axes(tuple(first.sizes[k] for k in kept))


    def _of_several(self, name: str, values: Sequence[Axes]) -> Axes | None:
        """What a function without a record makes of several arrays, whose sizes agree where it needs that."""
        axes = [size for each in values for size in each.sizes]
        found = _sharing(name, tuple(each.rank for each in values))
        if found is None:
            self.misfit()
            return values[0]
        classes, kept = found
        for size, group in zip(axes, classes, strict=True):
            self.joined((axes[classes.index(group)],), (size,))
        return None if kept is None else Axes(tuple(axes[k] for k in kept))


def _is_minus_one(tree: t.Tree) -> bool:
    return isinstance(tree, t.Terms) and tree.signs == (-1,)


_EXTREMES = frozenset(r.name for r in (RECORDS.max, RECORDS.min, RECORDS.maximum, RECORDS.minimum))
_PROBES = sympy.symbols("probe_1:9", positive=True, integer=True)
_PROBE = _PROBES[:3]
MOST_GROUPINGS = 200


def _shape_of(name: str, operands: tuple[Expr, ...]) -> Shape | None:
    """The shape of what an operator makes of arrays, by its record; None where it takes no such arrays."""
    try:
        return shape_of(OPERATORS[name](*operands))
    except (SymderivError, KeyError, IndexError, ValueError, TypeError):
        return None


@lru_cache(maxsize=256)
def _behaviour(name: str, rank: int, count: int) -> tuple[tuple[int, ...] | None, bool] | None:
    """Which axes of its first argument a function's value has, by its record, and whether it takes square matrices alone.

    The axes are None where its value has others as well; all is None where it takes no such argument.
    """
    for square, sizes in enumerate((_PROBE[:rank], _PROBE[:1] * rank)):
        shape = _shape_of(name, tuple(tensor(f"probe{k}", *sizes) for k in range(count)))
        if shape is not None:
            kept = tuple(k if square else sizes.index(size) for k, size in enumerate(shape) if size in sizes)
            return kept if len(kept) == len(shape) and all(k < rank for k in kept) else None, bool(square)
    return None


@lru_cache(maxsize=256)
def _sharing(name: str, ranks: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...] | None] | None:
    """Of the axes of its arguments, in order, which a function needs to agree, as few as it takes, by the same number; and
    which its value has, None where it has others.  All is None where it takes no such arguments."""
    for classes in islice(_groupings(sum(ranks)), MOST_GROUPINGS):
        left = iter(classes)
        operands = [tensor(f"probe{k}", *(_PROBES[next(left)] for _ in range(rank))) for k, rank in enumerate(ranks)]
        try:
            shape = shape_of(function(name)(*operands))
        except (SymderivError, KeyError, IndexError, ValueError, TypeError):
            continue
        known = [_PROBES.index(size) if size in _PROBES else -1 for size in shape]
        return classes, None if -1 in known else tuple(classes.index(k) for k in known)
    return None


def _groupings(count: int) -> Iterator[tuple[int, ...]]:
    """All ways in which so many axes may share sizes, those with the most sizes first."""
    def grown(classes: tuple[int, ...], wanted: int) -> Iterator[tuple[int, ...]]:
        used = max(classes, default=-1) + 1
        if len(classes) == count:
            yield classes
        elif wanted - used <= count - len(classes):
            # A size of its own comes last, so that neighbours are not joined first.
            for k in (*range(used), *((used,) if used < wanted else ())):
                yield from grown((*classes, k), wanted)

    for wanted in range(min(count, len(_PROBES)), 0, -1):
        yield from (classes for classes in grown((), wanted) if max(classes) + 1 == wanted)


@lru_cache(maxsize=256)
def _takes_any_sizes(name: str, ranks: tuple[int, ...]) -> bool:
    """Whether a function of several arrays lets each have sizes of its own, as a Kronecker product does."""
    sizes = iter(sympy.symbols(f"probe_1:{sum(ranks) + 1}", positive=True, integer=True))
    return _shape_of(name, tuple(tensor(f"probe{k}", *islice(sizes, rank)) for k, rank in enumerate(ranks))) is not None


def _divisors(tree: t.Tree) -> Iterator[t.Tree]:
    """What a product is divided by, under a bar or behind a slash, in brackets too."""
    if isinstance(tree, t.Bracket):
        yield from _divisors(tree.body)
    elif isinstance(tree, t.Fraction):
        yield tree.bottom
    elif isinstance(tree, t.Factors):
        for joint, factor in zip(("", *tree.joints), tree.factors, strict=True):
            if joint == "/":
                yield factor
            else:
                yield from _divisors(factor)


_ENTRYWISE = frozenset(["odot", "circ", ".*", "./", "otimes_entrywise", "oslash"])
_RULES: dict[type[t.Tree], Callable[[Walk, Any], Axes | None]] = {
    t.Number: lambda walk, tree: Axes((walk.sizes.fresh(),)) if tree.font else SCALAR, t.Letter: lambda walk, tree: SCALAR,
    t.Iverson: lambda walk, tree: walk.of(tree.condition),
    t.DeltaSign: lambda walk, tree: SCALAR, t.Name: lambda walk, tree: walk.name(tree.name),
    t.Unknown: lambda walk, tree: None, t.Terms: Walk.terms, t.Factors: Walk.factors, t.Fraction: Walk.fraction,
    t.Power: Walk.power, t.Transpose: Walk.transpose, t.Bracket: Walk.bracket, t.Root: Walk.root,
    t.Subscripted: Walk.subscripted, t.Member: Walk.member, t.Big: Walk.big, t.Derivative: Walk.derivative,
    t.Optimum: Walk.optimum, t.Norm: Walk.norm, t.Bars: Walk.bars, t.Relation: Walk.relation, t.Call: Walk.call,
    t.Remainder: lambda walk, tree: walk.remainder(tree),
    t.Differential: lambda walk, tree: walk.of(tree.body), t.Directional: Walk.directional,
}


# ------------------------------------------------------------------ the search

def best(lines: Sequence[t.DisplayedLine], context: DeclaredNames, options: dict[str, list[tuple[int, float]]],
         begin: Callable[[Walk], None] = lambda walk: None) -> Walk:
    """The walk of least cost: every name starts with its likeliest number of axes, and changes while that costs less.

    ``begin`` tells a walk what is known before it starts.
    """
    ranks = {name: each[0][0] for name, each in options.items()}

    def walked(now: dict[str, int]) -> tuple[float, Walk]:
        walk = Walk(context, now)
        begin(walk)
        for line in lines:
            walk.line(line)
        for one, other in walk.alike:
            walk.same((walk.name(one), walk.name(other)))
        return walk.cost + sum(dict(options[name])[rank] for name, rank in now.items()), walk

    # x, h and b may all be vectors, where none of them alone could be.
    likely = {name: 1 for name, each in options.items() if ranks[name] == 0 and dict(each).get(1, 1.0) < LIKELY}
    first = walked(ranks)
    starts = [(*first, ranks)]
    if likely and first[1].used_in_misfit:
        starts.append((*walked({**ranks, **likely}), {**ranks, **likely}))
    starts.sort(key=lambda each: each[0])
    found = _descended(options, *starts[0], walked)
    if found[1].cost >= ODD and len(starts) > 1:
        # Another start may lead to where all fits.
        other = _descended(options, *starts[1], walked)
        found = other if other[1].cost < LIKELY and other[0] < found[0] else found
    return found[1]


def _descended(options: dict[str, list[tuple[int, float]]], cost: float, walk: Walk, ranks: dict[str, int],
               walked: Callable[[dict[str, int]], tuple[float, Walk]]) -> tuple[float, Walk]:
    """The cheapest walk that is reached by changing the axes of one name after another, or of two at once."""
    for _ in range(len(options) + 1):
        found, blamed = None, walk.used_in_misfit
        for name in options:
            if name not in blamed and len(options) > 1 and dict(options[name])[ranks[name]] == 0:
                continue
            for rank, _ in options[name]:
                if rank != ranks[name]:
                    other = walked({**ranks, name: rank})
                    if other[0] < cost - 1e-9:
                        cost, walk, found = other[0], other[1], {**ranks, name: rank}
        if found is None:
            found = _pairs(options, ranks, walk, cost, walked)
            if found is None:
                break
            cost, walk = walked(found)
        ranks = found
    return cost, walk


def _pairs(options: dict[str, list[tuple[int, float]]], ranks: dict[str, int], walk: Walk, cost: float,
           walked: Callable[[dict[str, int]], tuple[float, Walk]]) -> dict[str, int] | None:
    """Two names at once, where no change of one helps; or all matrices that are vectors by their letters."""
    costs = {name: dict(each) for name, each in options.items()}
    lower = {n: 1 for n, rank in ranks.items() if rank == 2 and costs[n].get(1, 9.0) < costs[n][2]}
    if len(lower) > 1 and walked({**ranks, **lower})[0] < cost - 1e-9:
        return {**ranks, **lower}
    names = [n for n in options if n in walk.used_in_misfit and len(options[n]) > 1][:8]
    found = None
    for one, two in combinations(names, 2):
        for (a, _), (b, _) in product(options[one], options[two]):
            if a != ranks[one] and b != ranks[two]:
                other = {**ranks, one: a, two: b}
                now = walked(other)[0]
                if now < cost - 1e-9:
                    cost, found = now, other
    return found
