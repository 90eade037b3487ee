"""The readings that a line is tried under, where writers leave to the reader what their products mean.

Beside the elaborator's own rules: products of derivatives are contracted over what both factors share, whatever the
number of its axes; factors that no product of linear algebra fits are multiplied entry by entry; a partial derivative
may hold the other names fixed.  A reading never replaces another silently: what was needed is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

import sympy
from sympy import Expr, Integer

from ..arrays.arrays import Array, Named, Tensor
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape, same_shape, same_size
from ..arrays.symbols import iverson
from ..bounds import remembered
from ..errors import BoundExceeded, ShapeError, SymderivError
from ..layers import einsum
from ..reader.declare.context import DeclaredNames, Quantity, arity
from ..reader.meaning.brackets import norm, one_value
from ..reader.meaning.derivatives import derivative
from ..reader.meaning.elaborate import Elaborator, ReadingChoices
from ..reader.meaning.entrywise import at
from ..reader.meaning.juxtaposition import meaning_of
from ..reader.meaning.laws import SPREADS
from ..reader.meaning.oriented import (
    COLUMN,
    EITHER,
    ROW,
    Value,
    hadamard,
    known_value,
    over,
    plus,
    scaled,
    settle,
    times,
    transposed,
    value,
)
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import SourceText
from ..terms.traversals import reached
from .kept_meanings import differentiates, kept_with, once, stands_alone

_LINEAR = frozenset(["product", "matmul", "dot"])
_ENTRYWISE = frozenset(["elementwise", "hadamard"])
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MAX_AXES = 6
# Spells a name that no text can; and marks the definitions that are read entry by entry, beside their values.
_HELD = "\0held"
BY_ENTRIES = "\0entry by entry "
IN_COLUMNS = "a column that is added to a matrix is added to each of its columns"
BESIDE = "arrays side by side are multiplied entry by entry"


@dataclass(frozen=True)
class Way:
    """One reading of a line.

    layout  how a gradient stands in products;  chain  products of derivatives contract what both factors share
    entries products that do not conform are taken entry by entry;  direct  partials hold the other names fixed
    dots    so are those with a dot between values of functions, below or above an array: a / (e^x · (e^x + 1))
    loose   letters may run beyond the axes that they read, where every entry is 0
    left    factors are multiplied from left to right, whatever the signs between them
    bars    what bars around a vector mean: "norm", or "abs" where only the shape of entrywise values matters
    fine    integrals are computed by the finer of two rules
    spread  the variance of a vector is its covariance matrix
    """

    layout: str | None = None
    chain: bool = False
    entries: bool = False
    dots: bool = False
    direct: bool = False
    loose: bool = False
    left: bool = False
    bars: str = ""
    fine: bool = False
    spread: bool = False

    @property
    def note(self) -> str:
        """What a report says about the reading."""
        parts = []
        if self.chain:
            parts.append("products of derivatives are contracted over the axes that both factors share")
        if self.layout == "numerator":
            parts.append("gradients stand as rows")
        if self.entries:
            parts.append("products are taken entry by entry" + ", those with a dot too" * self.dots)
        if self.direct:
            parts.append("partial derivatives hold the other names fixed")
        if self.left:
            parts.append("factors are multiplied from left to right")
        if self.loose:
            parts.append("entries outside their range are 0")
        if self.bars == "norm":
            parts.append("bars around a vector are its length")
        if self.spread:
            parts.append("the variance of a vector is its covariance matrix")
        return "read so that " + ", and ".join(parts) if parts else ""


@dataclass
class Interpretation(Elaborator):
    """An elaborator under one way of reading.

    duties   pairs of arrays that must be equal for the reading to be allowed: a Jacobian, and what it is if it is diagonal
    assumed  conventions that the reading relies on and nobody declared
    """

    way: Way = field(default_factory=Way)
    duties: list[tuple[Expr, Expr]] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    memo: dict[Any, Value] | None = None

    def of(self, tree: t.Tree) -> Value:
        """The value of a tree, found once for all lines of a text, and changes of them, in which it hangs on the same."""
        if self.memo is None or self.guessing or self.names or self.busy or not tree.children() or not stands_alone(tree):
            return super().of(tree)
        reading = self.reading
        here = (reading.bounds, reading.free, reading.varying, *self.bound.items(), None, *self.free.items())
        plain, own = _plainly(self.way, differentiates(tree))
        # What a plain reading gives a meaning to, one that forgives more reads alike.
        ways = (own,) if own == plain or "/" in self.context.operators else (plain, own)
        lists = (self.conditions, self.notes, self.duties, self.assumed)
        return once(self, tree, [(way, *here) for way in ways], kept_with(tree, self.memo), lists, super().of)

    def value_of(self, tree: t.Tree) -> Value:
        """The value of a tree."""
        if isinstance(tree, t.Factors) and (self.way.chain or self.way.entries) and not self.way.left:
            return self._product(tree)
        if isinstance(tree, t.Fraction) and self.way.entries:
            return self._fraction(tree)
        if isinstance(tree, t.Terms) and self.way.entries:
            return self._sum(tree)
        if isinstance(tree, t.Derivative):
            return self._remembered(tree)
        if isinstance(tree, t.Differential) and (named := known_differential(tree, self.context)) is not None:
            return self.of(named)
        if isinstance(tree, t.Cases):
            return self._cases(tree)
        if self.way.spread and is_variance(tree):
            tree = replace(tree, function=t.Function(SPREADS[1]))
        if isinstance(tree, t.Bars) and self.way.bars:
            inside = known_value(self.of(tree.body))
            if inside.rank == 1:
                return norm(inside, "") if self.way.bars == "norm" else inside
        return super().value_of(tree)

    def _cases(self, tree: t.Cases) -> Value:
        """Values by conditions, which may be arrays: the first condition that holds decides."""
        branches = [self.of(one_value(self, branch)) for branch, _ in tree.branches]
        known = next((v for v in branches if v.shape), None)
        if known is None:
            return super().value_of(tree)
        total: Value | None = None
        before: list[Any] = []
        for branch, (_, said) in zip(branches, tree.branches, strict=True):
            holds = self.condition(said) if said is not None else sympy.true
            here = sympy.And(holds, *(sympy.Not(b) for b in before))
            before.append(holds)
            branch = settle(branch, known.shape) if branch.pending else branch
            part = scaled(iverson(here), branch)
            total = part if total is None else plus(total, part)
        assert total is not None
        return total

    def _remembered(self, tree: t.Derivative) -> Value:
        """A derivative, taken once for all lines of a text in which its letters mean the same."""
        if self.memo is None or self.names or self.guessing or any(isinstance(node, t.Relation) for node in t.walk(tree)):
            return self._derivative(tree)
        names = sorted({node.name for node in t.walk(tree) if isinstance(node, t.Letter)})
        key = self._key(tree, names)
        if key not in self.memo:
            found = self._derivative(tree)
            key = self._key(tree, names)
            self.memo[key] = found
        return self.memo[key]

    def _key(self, tree: t.Tree, letters: list[str]) -> Any:
        meant = tuple(self.bound.get(n, self.free.get(n)) for n in letters)
        return tree, self.reading.layout, self.way, meant

    # ------------------------------------------------------------------ derivatives

    def _derivative(self, tree: t.Derivative) -> Value:
        """A derivative; in the denominator layout a Jacobian has the axes of the variable first."""
        if not tree.variables and tree.body is not None:
            tree = self._only_variable(tree)
        found = self._outputs_first(tree)
        if not _whole(tree) or tree.kind == "nabla" or tree.body is None or len(tree.variables) != 1:
            return found
        if self.context.layout == "denominator":
            return self._variable_first(found, tree.body)
        if self.context.layout == "numerator" and found.rank == 2 and known_value(self.of(tree.variables[0])).rank == 2:
            # The derivative of a number by a matrix has the shape of the transposed matrix.
            return transposed(found)
        return found

    def _outputs_first(self, tree: t.Derivative) -> Value:
        """A derivative, whatever the layout."""
        return self._direct(tree) if self.way.direct else super().value_of(tree)

    def _variable_first(self, found: Value, body: t.Tree) -> Value:
        """The derivative of a vector by a vector, a row or a column, with the axis of the variable first."""
        out = [size for size in known_value(self.of(body)).shape if size != 1]
        made = lean(found.expr) if found.rank > 2 else found.expr
        return transposed(Value(made)) if len(out) == 1 and len(shape_of(made)) == 2 else found

    def _only_variable(self, tree: t.Derivative) -> t.Derivative:
        """A bare nabla in front of what depends on one array alone."""
        assert tree.body is not None
        try:
            expr = self.of(tree.body).expr
        except SymderivError:
            return tree
        found = [s for s in expr.free_symbols if isinstance(s, Tensor) and s.label_size is None]
        if len(found) > 1:
            found = [s for s in found if s.shape]
        if len(found) > 1:
            found = [s for s in found if len(s.shape) == 1] or found
        names = [r for r in self.context.all() if isinstance(r, Quantity) and len(found) == 1 and r.value == found[0]]
        return replace(tree, variables=(t.Name(names[0].name, arity(names[0])),)) if len(names) == 1 else tree

    def _direct(self, tree: t.Derivative) -> Value:
        """The derivative of a defined name with the other defined names in it held fixed."""
        body = tree.body
        if not isinstance(body, t.Name | t.Subscripted | t.Member) or len(tree.variables) != 1:
            return super().value_of(tree)
        base = body.base if isinstance(body, t.Subscripted) else body
        whole = self.of(base).expr
        variable = tree.variables[0]
        by = self.of(variable.base if isinstance(variable, t.Subscripted) else variable).expr
        if not isinstance(whole, Named) or not isinstance(by, Array):
            return super().value_of(tree)
        inside_it, mentioned = _names_in(whole, by)
        if not inside_it or not mentioned:
            # What does not stand in the definition itself is reached through the other names.
            return super().value_of(tree)
        fixed = {x: Tensor(f"fixed_{x.name}_{k}", x.shape) for k, x in enumerate(sorted(inside_it, key=str))}
        made = Named(whole.name, whole.letters, whole.body.xreplace(fixed))
        inside = replace(self, names={**self.names, _HELD: value(made)}, way=replace(self.way, direct=False))
        name = t.Name(_HELD, len(made.letters), span=base.span)
        held = replace(body, base=name) if isinstance(body, t.Subscripted) else name
        found = derivative(inside, replace(tree, body=held))
        return replace(found, expr=found.expr.xreplace({v: k for k, v in fixed.items()}))

    def fresh(self, source: SourceText, busy: str) -> Elaborator:
        """A definition that does not conform as it stands may be meant entry by entry too."""
        plain = super().fresh(source, busy)
        if not self.way.entries:
            return plain
        return Interpretation(plain.context, source, plain.reading, busy=plain.busy, notes=plain.notes,
                              partial=plain.partial, way=Way(entries=True))

    # ------------------------------------------------------------------ products

    def _product(self, tree: t.Factors) -> Value:
        if self.way.chain and any(_differentiates(f) for f in tree.factors):
            try:
                return self._contracted(tree)
            except ShapeError:
                pass
        try:
            return super().value_of(tree)
        except ShapeError:
            if not self.way.entries:
                raise
            if self.busy:
                self.context.values[BY_ENTRIES + self.busy[-1]] = True
            return self._entrywise(tree)

    def _entrywise(self, tree: t.Factors) -> Value:
        """Factors multiplied entry by entry, vectors along the axis of a matrix that they fit."""
        tree = _grouped(tree)
        result: Value | None = None
        for place, factor in enumerate(tree.factors):
            joint = tree.joints[place - 1] if place else ""
            meaning = meaning_of(self, joint)[0]
            if meaning not in _LINEAR | _ENTRYWISE | {"divide", "elementwise_divide"}:
                raise ShapeError(f"{self.text(tree)} does not conform")
            here = known_value(self.of(factor))
            if result is not None and result.rank == here.rank == 1 and (
                    (joint == "times" and meaning == "product") or (
                        joint and meaning in _ENTRYWISE and result.stands != here.stands
                        and any(map(self._laid_down, tree.factors[place - 1:place + 1])))):
                # Between vectors × is the cross product, or nothing, and x ⊙ zᵀ is a slip.
                raise ShapeError(f"{self.text(tree)} does not conform")
            if result is None:
                result = here
            elif "divide" in meaning:
                result = _beside(result, over(value(1), here, "/", True))
            elif meaning in _LINEAR and result.rank == 2 and here.rank == 1:
                # gamma X scales the columns of X; a matrix in front of a vector is applied to it, or is a slip.
                raise ShapeError(f"{self.text(tree)} does not conform")
            else:
                if not joint and result.rank == here.rank > 0 and not self.busy and self._arrays(tree) > 1:
                    self.assumed.append(BESIDE)
                result = _beside(result, here)
        assert result is not None
        return result

    def _arrays(self, tree: t.Tree) -> int:
        """How many arrays a tree speaks of: g f(g)(1 - g) of one may be a formula for its entries."""
        names = {n for n in t.walk(tree) if isinstance(n, t.Name)}
        return len({n.name for n in names if n.arity or known_value(self.of(n)).shape})

    def _sum(self, tree: t.Terms) -> Value:
        """Terms that stand as rows and as columns are added entry by entry, a column to every column of a matrix."""
        try:
            return super().value_of(tree)
        except ShapeError:
            terms = [known_value(self.of(node)) for node in tree.terms]
            shape = next((each.shape for each in terms if each.rank == 2), None)
            if shape is None and (any(each.rank != 1 for each in terms) or any(map(self._laid_down, tree.terms))):
                raise
            total: Value | None = None
            for each, sign in zip(terms, tree.signs, strict=True):
                term = scaled(sympy.Integer(sign), each)
                term = replace(term, stands=EITHER) if shape is None else self._in_all_columns(term, shape)
                total = term if total is None else plus(total, term)
            assert total is not None
            return total

    def _laid_down(self, tree: t.Tree) -> bool:
        """Whether a term is a transposed vector with numbers around it: beside a column, xᵀ is a slip."""
        if isinstance(tree, t.Transpose):
            return isinstance(tree.base, t.Name) and known_value(self.of(tree.base)).rank == 1
        parts = tree.children() if isinstance(tree, t.Factors | t.Fraction | t.Bracket | t.Power) else ()
        arrays = [each for each in parts if known_value(self.of(each)).rank]
        return len(arrays) == 1 and self._laid_down(arrays[0])

    def _in_all_columns(self, term: Value, shape: Shape) -> Value:
        """b 1ᵀ for a column b that is as long as those of the matrix it is added to, and not as its rows."""
        if term.rank != 1 or term.stands == ROW or not same_size(term.shape[0], shape[0]) or same_size(*shape):
            return term
        self.assumed.append(IN_COLUMNS)
        return settle(Value(term.expr, pending="columns"), shape)

    def _fraction(self, tree: t.Fraction) -> Value:
        top, bottom = self.of(tree.top), self.of(tree.bottom)
        if self.way.dots and (top.rank, bottom.rank) in ((1, 0), (0, 1)):
            top, bottom = self._undotted(tree.top, top), self._undotted(tree.bottom, bottom)
        if bottom.scalar or bottom.pending:
            return over(top, bottom)
        return _beside(top, over(value(1), bottom, "/", True))

    def _undotted(self, tree: t.Tree, found: Value) -> Value:
        """What is found, or a product with dots taken entry by entry: no factor of it is a name alone, as in x·x."""
        if isinstance(tree, t.Factors) and found.scalar and "cdot" in tree.joints \
                and not any(isinstance(each, t.Name) for each in tree.factors):
            return self._entrywise(tree)
        return found

    def _contracted(self, tree: t.Factors) -> Value:
        """Factors from left to right as linear maps; neighbours are contracted over the axes that they share."""
        runs: list[list[t.Tree]] = [[]]
        entrywise: list[str] = []
        for place, factor in enumerate(tree.factors):
            if place:
                meaning = meaning_of(self, tree.joints[place - 1])[0]
                if meaning in _ENTRYWISE:
                    runs.append([])
                    entrywise.append(meaning)
                elif meaning not in _LINEAR:
                    raise ShapeError(f"{self.text(tree)} is not a product of derivatives")
            runs[-1].append(factor)
        maps = [self._run(run) for run in runs]
        result = maps[0]
        for each in maps[1:]:
            result = self._hadamard(result, each)
        if any(m.turned for m in maps) and self.context.layout != "denominator":
            self.assumed.append("Jacobians are written with the axes of the variable first (layout: denominator)")
        return result.as_value()

    def _run(self, factors: list[t.Tree]) -> Map:
        result: Map | None = None
        for factor in factors:
            for each in self._maps(factor):
                result = each if result is None else result.then(each)
        assert result is not None
        return result

    def _maps(self, tree: t.Tree) -> Iterator[Map]:
        """The maps that a factor is: a derivative has the axes of what is differentiated out, of the variable in."""
        flips = 0
        inner = tree
        while isinstance(inner, t.Transpose | t.Bracket):
            flips += isinstance(inner, t.Transpose)
            inner = inner.base if isinstance(inner, t.Transpose) else inner.body
        if isinstance(inner, t.Factors) and inner is not tree and not flips and any(map(_differentiates, inner.factors)):
            found = self._contracted(inner)
            yield Map(found.expr, (), found.shape, found.stands)
            return
        if isinstance(inner, t.Derivative) and inner.body is not None and _whole(inner):
            found = self._outputs_first(inner)
            out = known_value(self.of(inner.body)).shape
            if len(out) + sum(known_value(self.of(v)).rank for v in inner.variables) == len(shape_of(found.expr)):
                made = Map(found.expr, out, shape_of(found.expr)[len(out):], "", inner.body, inner.variables[-1])
                yield made.flipped() if flips % 2 else made
                return
        found = known_value(self.of(tree))
        yield Map(found.expr, (), found.shape, found.stands, plain=True)

    def _hadamard(self, a: Map, b: Map) -> Map:
        """Entry by entry; a Jacobian of something that acts entry by entry stands for its diagonal."""
        for one, other in ((a, b), (b, a)):
            if one.out and len(one.out) == len(one.inn) and one.axes == (*other.axes, *other.axes):
                made = self.diagonal(one.expr, len(one.out))
                return Map(RECORDS.mul(other.expr, made), (), other.axes, COLUMN)
        if not same_shape(a.axes, b.axes):
            raise ShapeError("factors of an entrywise product have different shapes")
        return Map(RECORDS.mul(a.expr, b.expr), (), a.axes, a.stands or b.stands)

    def diagonal(self, array: Expr, rank: int) -> Expr:
        """The diagonal of ∂a/∂b for a of the shape of b; that nothing else is there becomes a duty."""
        first, second = _LETTERS[:rank], _LETTERS[rank:2 * rank]
        found = einsum(f"{first}{first}->{first}", array)
        sizes = shape_of(array)[:rank]
        eyes = [RECORDS.eye(size=n) for n in sizes]
        spec = ",".join([first, *(x + y for x, y in zip(first, second, strict=True))]) + "->" + first + second
        self.duties.append((array, einsum(spec, found, *eyes)))
        return found


@dataclass(frozen=True)
class Map:
    """A factor as a linear map: an array whose axes are those that come out, then those that go in.

    A plain value has no axes out: a vector or matrix, with the way it stands.
    """

    expr: Expr
    out: Shape
    inn: Shape
    stands: str = ""
    body: t.Tree | None = None
    variable: t.Tree | None = None
    plain: bool = False
    turned: bool = False

    @property
    def axes(self) -> Shape:
        """All axes."""
        return (*self.out, *self.inn)

    @property
    def flat(self) -> bool:
        """Whether the array is no more than a matrix, so that the order of a product says which layout is meant."""
        return len(self.axes) <= 2

    def flipped(self) -> Map:
        """The transposed map."""
        n, m = len(self.out), len(self.inn)
        letters = _LETTERS[:n + m]
        if n == 0 or m == 0:
            return Map(self.expr, self.inn, self.out, self.stands, self.variable, self.body)
        turned = einsum(f"{letters}->{letters[n:]}{letters[:n]}", self.expr)
        return Map(turned, self.inn, self.out, self.stands, self.variable, self.body)

    def as_value(self) -> Value:
        """The array, and how it stands."""
        rank = len(self.axes)
        return Value(self.expr, (self.stands if self.plain else EITHER) if rank == 1 else "")

    def then(self, other: Map) -> Map:
        """The product with the factor that follows.  Raises ShapeError."""
        if not self.axes or not other.axes:
            scalar, array = (self, other) if not self.axes else (other, self)
            made = scaled(scalar.expr, Value(array.expr, array.stands)).expr if array.axes else scalar.expr * array.expr
            return replace(array, expr=made)
        if self.plain and other.plain:
            return self._ordinary(other)
        named = self.variable is not None and self.variable == other.body
        turned = self.body is not None and self.body == other.variable
        if named or (not turned and not self.plain and same_shape(self.inn, other.out)):
            return _joined(self, other)
        if turned or (not other.plain and not self.plain and same_shape(other.inn, self.out)):
            found = _joined(other, self)
            return replace(found, turned=found.turned or (self.flat and other.flat))
        if self.plain and same_shape(self.inn, other.out):
            if self.stands == COLUMN and len(self.inn) == 1 and other.flat:
                raise ShapeError("a column stands in front of a matrix", hint="transpose it")
            return _joined(self, other)
        if other.plain and self.out and same_shape(self.out, other.inn):
            # A matrix in front of a column is applied to it: its axes are exchanged.
            made = _joined(Map(other.expr, (), other.inn), self)
            return replace(made, turned=made.turned or (bool(self.inn) and self.flat))
        if self.plain and len(self.inn) == 2 and len(other.out) == 1 and same_size(self.inn[1], other.out[0]):
            return _joined(Map(self.expr, self.inn[:1], self.inn[1:]), other)
        if other.plain and len(other.inn) == 2 and len(self.inn) == 1 and same_size(self.inn[0], other.inn[0]):
            return _joined(self, Map(other.expr, other.inn[:1], other.inn[1:]))
        if other.plain and len(other.inn) == 1 and len(self.inn) == 1 and self.out and same_size(self.inn[0], other.inn[0]):
            return _joined(self, Map(other.expr, other.inn, ()))
        return self._ordinary(other)

    def _ordinary(self, other: Map) -> Map:
        made = times(self.as_value(), other.as_value())
        return Map(made.expr, (), made.shape, made.stands, plain=self.plain and other.plain)


def _joined(first: Map, second: Map) -> Map:
    """The axes that go into the first are those that come out of the second."""
    if not same_shape(first.inn, second.out):
        raise ShapeError("these derivatives do not follow each other")
    a, b, c = len(first.out), len(first.inn), len(second.inn)
    if a + b + c > 3 * _MAX_AXES or a + b > _MAX_AXES or b + c > _MAX_AXES:
        raise BoundExceeded("a derivative has too many axes", hint="write it with indices")
    one, two, three = _LETTERS[:a], _LETTERS[a:a + b], _LETTERS[a + b:a + b + c]
    return Map(einsum(f"{one}{two},{two}{three}->{one}{three}", first.expr, second.expr), first.out, second.inn, "",
               first.body, second.variable, turned=first.turned or second.turned)


def lean(expr: Expr) -> Expr:
    """Without axes of size 1: a 1 x n matrix is the row, a 1 x 1 matrix the number."""
    shape = shape_of(expr)
    if Integer(1) not in shape:
        return expr
    if all(size == 1 for size in shape):
        return at(expr, (Integer(1),) * len(shape))
    return RECORDS.take(expr, index=tuple(Integer(1) if size == 1 else None for size in shape))


def _grouped(tree: t.Factors) -> t.Factors:
    """W'd * (1 - a): what stands side by side is one factor, where signs stand between others."""
    runs, joints = [[tree.factors[0]]], []
    for joint, factor in zip(tree.joints, tree.factors[1:], strict=True):
        if joint == "":
            runs[-1].append(factor)
        else:
            joints.append(joint)
            runs.append([factor])
    if not joints or len(runs) == len(tree.factors):
        return tree
    made = (run[0] if len(run) == 1 else t.Bracket(t.Factors(tuple(run), ("",) * (len(run) - 1))) for run in runs)
    return replace(tree, factors=tuple(made), joints=tuple(joints))


def _beside(a: Value, b: Value) -> Value:
    """Entry by entry, a vector along the axis of a matrix that it fits."""
    if a.scalar or b.scalar:
        return hadamard(a, b)
    if {a.rank, b.rank} == {1, 2}:
        vector, matrix = (a, b) if a.rank == 1 else (b, a)
        fits = [axis for axis in range(2) if same_size(matrix.shape[axis], vector.shape[0])]
        if len(fits) == 1:
            return Value(einsum("ij,i->ij" if fits == [0] else "ij,j->ij", matrix.expr, vector.expr))
        raise ShapeError(f"{a.described()} and {b.described()} do not conform entry by entry")
    if a.rank == 1 and b.rank == 1:
        a, b = replace(a, stands=EITHER), replace(b, stands=EITHER)
    return hadamard(a, b)


def _whole(tree: t.Derivative) -> bool:
    """Whether a derivative is by whole variables, and of something whole."""
    return not any(isinstance(v, t.Subscripted) for v in tree.variables) and bool(tree.variables)


def _differentiates(tree: t.Tree) -> bool:
    while isinstance(tree, t.Transpose | t.Bracket):
        tree = tree.base if isinstance(tree, t.Transpose) else tree.body
    if isinstance(tree, t.Factors):
        return any(map(_differentiates, tree.factors))
    return isinstance(tree, t.Derivative) and tree.body is not None


def _names_in(whole: Named, by: Expr) -> tuple[set[Named], bool]:
    """The other defined names that the body of one reads directly, and whether it reads the variable itself."""
    found = set(reached([whole.body], lambda node: () if node == by or isinstance(node, Named) else node.args))
    return {node for node in found - {by} if isinstance(node, Named)}, by in found


def raised_to_t(tree: t.Tree) -> TypeGuard[t.Power]:
    """Whether it is S^T beside a size T: the transpose, if S is an array."""
    return isinstance(tree, t.Power) and isinstance(tree.exponent, t.Name | t.Letter) and tree.exponent.name == "T"


def known_differential(tree: t.Differential, context: DeclaredNames) -> t.Tree | None:
    """dX as the declared name dX, in whatever font its letter is set; an entry or the transpose of it likewise."""
    if isinstance(tree.body, t.Subscripted | t.Transpose) or raised_to_t(tree.body):
        inner = known_differential(replace(tree, body=tree.body.base), context)
        return None if inner is None else replace(tree.body, base=inner)
    found = context.by_name(f"d{tree.body.name}") if isinstance(tree.body, t.Name) else []
    return t.Name(found[0].name, arity(found[0]), span=tree.span) if found else None


def is_variance(tree: t.Tree) -> TypeGuard[t.Call]:
    """Whether it is the variance of one quantity."""
    return isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and tree.function.name == SPREADS[0] \
        and len(tree.arguments) == 1


def ways(context: Any, differentiates: bool, mixed: bool = False, dotted: bool = False, varies: bool = False) -> list[Way]:
    """The ways to try, the plainest first; ``mixed`` where a product has both entrywise and other signs in it.

    ``dotted``: part of a quotient is a product with dots;  ``varies``: there is a variance.
    """
    found = [Way()]
    if differentiates:
        if context.layout is None:
            found.append(Way(layout="numerator"))
        found.append(Way(chain=True))
        if context.layout is None:
            found.append(Way(layout="numerator", chain=True))
    found.append(Way(entries=True, chain=differentiates))
    if dotted:
        found.append(Way(entries=True, chain=differentiates, dots=True))
    if mixed:
        found.append(Way(left=True))
    if varies:
        found.append(Way(spread=True))
    found.append(Way(loose=True))
    return found


@remembered(64)
def _plainly(way: Way, differentiates: bool) -> tuple[Way, Way]:
    """The plain way of reading that one which forgives more may be the same as, and that one, as far as they matter."""
    own = way if differentiates else replace(way, chain=False, direct=False, layout=None)
    return own if own.dots else replace(own, entries=False, loose=False), own


def elaborator_for(context: Any, source: Any, way: Way, free: frozenset[str] | None = None,
                   memo: dict[Any, Value] | None = None) -> Interpretation:
    """An elaborator under one way of reading; ``memo`` is the memory of one text, without which nothing is remembered."""
    layout = way.layout or context.layout
    reading = ReadingChoices(layout=layout, strict=not way.loose, free=free, from_left=way.left,
                             nodes="fine" if way.fine else "coarse")
    return Interpretation(context, source, reading, way=way, memo=memo)
