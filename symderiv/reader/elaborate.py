"""From a tree to an expression: names get their meaning, letters their ranges, products their shapes.

An elaborator works for one tree under one reading; the referee may run several over the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Expr, Integer, KroneckerDelta, Piecewise, Rational, S, Symbol, floor
from sympy import Sum as SympySum

from ..errors import (
    BoundExceeded,
    DeclarationError,
    DefinitionCycle,
    IndexError_,
    ParseError,
    ShapeError,
    SymderivError,
    UnknownFunction,
)
from ..index.arrays import Apply, Named, define
from ..index.arrays import Entry as SympyEntry
from ..index.operator import operator, shape_of
from ..index.sizes import Shape, same_size, show_shape
from ..index.symbols import Index, Label, iverson
from . import tree as t
from .context import Context, Declared, Definition, LetterDeclared, Quantity, arity
from .entrywise import as_vector, at, fresh_name, letters_in, rows, settled, stacked, substituted
from .functions import function
from .ranges import partners, uses
from .tokens import Source
from .values import (
    COLUMN,
    EITHER,
    Value,
    aligned,
    as_scalar,
    bounded,
    dot,
    flat_scaled,
    frobenius,
    hadamard,
    hadamard_of,
    known_value,
    outer,
    over,
    plus,
    raised,
    scaled,
    times,
    transposed,
    value,
)

MAX_UNROLLED = 64
ENTRYWISE = frozenset([".*", "odot", "circ", "./", "oslash"])
TIGHT = frozenset(["", "*", "cdot", "times", "/", "@"])
MEANINGS = {"": "product", "*": "product", "cdot": "dot", "times": "product", "@": "product", "/": "divide",
            ".*": "elementwise", "odot": "elementwise", "circ": "elementwise", "./": "elementwise_divide",
            "oslash": "elementwise_divide", "otimes": "kron"}


@dataclass
class Reading:
    """Choices that a text leaves open.

    layout   whether a derivative of a scalar by a vector stands as a row in products ("numerator") or as the variable
    strict   whether a letter whose range differs from the axis it reads is refused
    bounds   whether bars around a vector mean its number of entries
    free     letters that are free on the whole, so that no repeated index is summed over them; None for no such rule
    """

    layout: str | None = None
    strict: bool = True
    bounds: bool = False
    free: frozenset[str] | None = None


@dataclass
class Elaborator:
    """The state of one elaboration.

    whole       the tree that ranges of free letters are looked for in
    bound       letters bound around this place;  free  letters that are not, with the ranges found for them
    names       values of the parameters of a defined function
    conditions  relations found in index positions, such as the i != k of a subscript
    notes       what a report should say about the reading
    busy        definitions being elaborated;  guessing  whether only shapes matter
    """

    context: Context
    source: Source
    reading: Reading = field(default_factory=Reading)
    bound: dict[str, Expr] = field(default_factory=dict)
    names: dict[str, Value] = field(default_factory=dict)
    free: dict[str, Index] = field(default_factory=dict)
    whole: t.Tree | None = None
    conditions: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    busy: tuple[str, ...] = ()
    guessing: bool = False

    # ------------------------------------------------------------------ entry points

    def expression(self, tree: t.Tree) -> Expr:
        """The expression of a whole tree."""
        self.whole = tree
        try:
            found = known_value(self.of(tree))
        except ShapeError as error:
            raise self.placed(error, tree) from None
        return settled(found.expr) if not found.shape else found.expr

    def of(self, tree: t.Tree) -> Value:
        """The value of a tree.  Errors say where in the text they arose."""
        rule = _RULES.get(type(tree))
        if rule is None:
            raise self.refused(f"{type(tree).__name__.lower()} has no value here", tree)
        try:
            return rule(self, tree)
        except (ParseError, BoundExceeded):
            raise
        except SymderivError as error:
            raise self.placed(error, tree) from None

    def placed(self, error: SymderivError, tree: t.Tree) -> SymderivError:
        """The same error with the place it arose at."""
        if getattr(error, "place", None) is not None or tree.span == t.NOWHERE:
            return error
        line, column = self.source.place(tree.span[0])
        shown = self.text(tree)
        new = type(error)(f"line {line}, column {column}: {error.message}", where=shown, hint=error.hint)
        new.place = line, column  # type: ignore[attr-defined]
        return new

    def text(self, tree: t.Tree) -> str:
        """What a tree was read from."""
        shown = self.source.text[tree.span[0]:tree.span[1]].strip()
        return shown if len(shown) <= 80 else shown[:77] + "..."

    def refused(self, message: str, tree: t.Tree, hint: str | None = None) -> ParseError:
        """A ParseError at a tree."""
        return self.source.error(message, tree.span[0], tree.span[1], hint)

    def scalar(self, tree: t.Tree) -> Expr:
        """The expression of a tree that must be a scalar."""
        return settled(as_scalar(self.of(tree), self.text(tree)))

    # ------------------------------------------------------------------ leaves

    def number(self, tree: t.Number) -> Value:
        if tree.text == "e":
            return Value(S.Exp1)
        if tree.text == "pi":
            return Value(S.Pi)
        if tree.text == "infty":
            return Value(S.Infinity)
        if tree.font and tree.text in ("0", "1"):
            return Value(S.One, COLUMN, "ones" if tree.text == "1" else "zeros")
        digits = tree.text.replace(",", "")
        if len(digits) > 400:
            raise self.refused("this number is too long", tree)
        return Value(Rational(digits))

    def name(self, tree: t.Name) -> Value:
        if tree.name in self.names:
            return self.names[tree.name]
        record = self.record(tree.name, tree.arity)
        if record is None:
            raise self.refused(f"{tree.name} is not declared", tree)
        return self.meaning(record)

    def record(self, name: str, indices: int | None = None) -> Declared | None:
        """The declaration of a name; of several, the one with as many indices."""
        found = self.context.by_name(name)
        if indices is not None:
            found = [d for d in found if arity(d) == indices] or found
        return found[0] if found else None

    def meaning(self, record: Declared) -> Value:
        """What a declared name stands for."""
        if isinstance(record, Quantity):
            return value(record.value)
        if isinstance(record, LetterDeclared):
            return Value(record.index)
        if isinstance(record, Definition):
            return self.definition(record)
        raise DeclarationError(f"{record.name} is not a quantity", hint="it is declared as a function")

    def letter(self, tree: t.Letter) -> Value:
        return Value(self.index(tree.name, tree))

    def index(self, name: str, tree: t.Tree) -> Expr:
        """The meaning of a letter: bound, declared, or free with the range of the axes it is used on."""
        if name in self.bound:
            return self.bound[name]
        if name in self.names:
            return as_scalar(self.names[name], name)
        for record in self.context.by_name(name):
            if isinstance(record, LetterDeclared):
                return record.index
            if isinstance(record, Quantity) and not record.rank:
                return self.as_position(record.value)
        if name not in self.free:
            found = self.range_of(name, self.whole)
            if found is None:
                raise self.source.error(f"the range of the index {name} is not known", *tree.span,
                                        hint=f"declare it, for instance as {name}: index n")
            self.free[name] = Index(name, *found)
        return self.free[name]

    def as_position(self, expr: Expr) -> Expr:
        """A label counts from 1; where the text counts from 0, so does its name."""
        return expr - 1 if isinstance(expr, Label) and self.context.first_index == 0 else expr

    def unknown(self, tree: t.Unknown) -> Value:
        if tree.name in self.names:
            return self.names[tree.name]
        if tree.name in self.bound:
            return Value(self.bound[tree.name])
        from .undeclared import undeclared

        raise undeclared(self.source, tree.name, *tree.span, self.context.near(tree.name))

    # ------------------------------------------------------------------ ranges

    def axes(self, tree: t.Entry) -> list[tuple[Expr, int]] | None:
        """(size, first position) of the axes that the positions of an entry stand for; None if it is not known."""
        origins: tuple[int | None, ...] = ()
        if isinstance(tree.base, t.Name) and tree.base.name not in self.names:
            record = self.record(tree.base.name, tree.base.arity)
            if isinstance(record, Quantity):
                shape, origins = shape_of(record.value), record.origins
            elif isinstance(record, Definition) and record.declared is not None:
                shape = shape_of(record.declared.value)
            elif isinstance(record, Definition) and record.name in self.busy:
                return None
            else:
                try:
                    shape = self.of(tree.base).shape
                except SymderivError:
                    return None
        else:
            guess = replace(self, guessing=True, bound=dict(self.bound), free=dict(self.free))
            try:
                found = guess.of(tree.base)
            except (SymderivError, RecursionError):
                return None
            shape = found.shape
        kept = self.kept_axes(shape, len(tree.positions))
        if kept is None:
            return None
        first = self.context.first_index
        starts = [first if axis >= len(origins) or origins[axis] is None else int(origins[axis] or 0) for axis in kept]
        return [(shape[axis], start) for axis, start in zip(kept, starts, strict=True)]

    @staticmethod
    def kept_axes(shape: Shape, count: int) -> list[int] | None:
        """The axes that positions stand for: all, those of size above 1 where these are as many, or the first ones."""
        if count > len(shape):
            return None
        if count == len(shape):
            return list(range(count))
        long = [axis for axis, size in enumerate(shape) if size != 1]
        return long if len(long) == count else list(range(count))

    def range_of(self, letter: str, tree: t.Tree | None, seen: frozenset[str] = frozenset()) -> tuple[Expr, Expr] | None:
        """The range of a letter from its uses as an index; None if it has none.  Raises ShapeError where they differ."""
        if tree is None:
            return None
        found: list[tuple[Expr, int, t.Tree]] = list(uses(letter, tree, self.axes_while_guessing(letter)))
        if not found:
            for partner in partners(letter, tree):
                if partner in seen:
                    continue
                known = self.known_range(partner) or self.range_of(partner, tree, seen | {letter})
                if known is not None:
                    return known
            return (S.One, Symbol("?")) if self.guessing else None
        size, first, where = found[0]
        for other, start, place in found[1:]:
            if not same_size(size, other) or start != first:
                if not self.reading.strict:
                    continue
                raise self.placed(ShapeError(
                    f"the index {letter} runs over {size} in {self.text(where)}, but over {other} in {self.text(place)}",
                    hint="use another letter, or transpose"), place)
        return Integer(first), (size + first - 1)

    def axes_while_guessing(self, letter: str) -> Callable[[t.Entry], list[tuple[Expr, int]] | None]:
        """The axes of entries, while the letter itself has no range yet."""
        placeholder = Index(letter, 1, Symbol("?"))
        guess = replace(self, guessing=True, bound={**self.bound, letter: placeholder}, free=dict(self.free))
        return guess.axes

    def known_range(self, letter: str) -> tuple[Expr, Expr] | None:
        """The range of a letter that is bound or declared."""
        found: object = self.bound.get(letter, self.free.get(letter))
        if found is None:
            found = next((r.index for r in self.context.by_name(letter) if isinstance(r, LetterDeclared)), None)
        if found is None:
            for record in self.context.by_name(letter):
                if isinstance(record, Quantity) and isinstance(record.value, Label):
                    first = self.context.first_index
                    return Integer(first), record.value.size + first - 1
        return (found.lo, found.hi) if isinstance(found, Index) else None

    # ------------------------------------------------------------------ entries

    def entry(self, tree: t.Entry) -> Value:
        base = self.of(tree.base)
        if base.pending == "ones":
            return Value(base.expr)
        if base.pending == "zeros":
            return Value(S.Zero)
        if base.pending == "eye":
            if len(tree.positions) != 2:
                raise ShapeError("an identity matrix has two indices")
            return Value(base.expr * KroneckerDelta(*(self.scalar(p) for p in tree.positions)))
        if base.scalar:
            raise ShapeError(f"{self.text(tree.base)} is a scalar and has no entries")
        shape = base.shape
        kept = self.kept_axes(shape, len(tree.positions))
        if kept is None:
            raise IndexError_(f"{len(tree.positions)} indices for the {len(shape)} axes of {base.described()}")
        starts = self.axes(tree)
        first = [start for _, start in starts] if starts is not None else [self.context.first_index] * len(kept)
        index: list[Expr | None] = [None] * len(shape)
        if len(kept) < len(shape):
            for axis, size in enumerate(shape):
                if size == 1 and axis not in kept:
                    index[axis] = Integer(1)
        for axis, start, position in zip(kept, first, tree.positions, strict=True):
            if not isinstance(position, t.Colon):
                index[axis] = self.position(position, start, shape[axis])
        if None not in index:
            return Value(self.read(base.expr, tuple(p for p in index if p is not None)))
        sliced = any(isinstance(p, t.Colon) for p in tree.positions)
        taken = operator("take")(base.expr, index=tuple(index))
        return Value(taken, (EITHER if sliced else COLUMN) if len(shape_of(taken)) == 1 else "")

    @staticmethod
    def read(array: Expr, positions: tuple[Expr, ...]) -> Expr:
        """One entry."""
        if letters_in(array) or (isinstance(array, Apply) and array.op.name in ("take", "transpose", "one_hot", "eye")):
            return _entry_of(array, positions)
        return SympyEntry(array, *positions)

    def position(self, tree: t.Tree, start: int, size: Expr) -> Expr:
        """A position counted from 1, from one counted as the text does; checked against the axis."""
        if isinstance(tree, t.Relation) and tree.sides[0] is not None:
            self.conditions.append(self.condition(tree))
            tree = tree.sides[0]
        expr = self.scalar(tree)
        if isinstance(tree, t.Name):
            expr = self.as_position(expr)
        if expr.is_integer is False or (expr.is_number and not expr.is_Integer):
            raise IndexError_(f"{self.text(tree)} is not a position")
        if expr.is_integer is None:
            raise IndexError_(f"{self.text(tree)} is a number, not a position",
                              hint=f"declare it: {self.text(tree)}: index n, or: label n")
        if self.reading.strict and not self.guessing:
            self.within(tree, expr, start, size)
        shifted = expr + (1 - start)
        return shifted.expand() if isinstance(shifted, Expr) else shifted

    def within(self, tree: t.Tree, position: Expr, start: int, size: Expr) -> None:
        """Refuses what is certainly a slip: a constant outside the axis, a plain letter over an unrelated size."""
        last = size + start - 1
        if position.is_Integer:
            if position < start or (last.is_Integer and position > last):
                raise IndexError_(f"position {position} is outside the range {start}..{last}")
        elif isinstance(position, Index | Label):
            hi = position.size + start - 1 if isinstance(position, Label) else position.hi
            related = hi.free_symbols & last.free_symbols or same_size(hi, last) or not hi.free_symbols
            if not related:
                raise ShapeError(f"the index {position} runs to {hi}, but this axis to {last}",
                                 hint=f"declare {position} over {size}, or use another letter")

    # ------------------------------------------------------------------ arithmetic

    def sum(self, tree: t.Sum) -> Value:
        total: Value | None = None
        parts: list[Expr] = []
        for term, sign in zip(tree.terms, tree.signs, strict=True):
            each = self.term(term)
            if sign < 0:
                entrywise = isinstance(term, t.Product) and all(j in ENTRYWISE for j in term.joints)
                each = (flat_scaled if entrywise else scaled)(S.NegativeOne, each)
            if total is None:
                total, parts = each, [each.expr]
            elif total.pending or each.pending or total.rank != each.rank or total.stands != each.stands:
                total = plus(_added(total, parts), each)
                parts = [total.expr]
            else:
                # Terms of one kind are checked one by one and added at once.
                aligned(total, each, "+")
                parts.append(each.expr)
        assert total is not None
        return _added(total, parts)

    def term(self, tree: t.Tree) -> Value:
        """One term; repeated indices are summed where that is the convention."""
        if self.reading.free is not None and self.context.einstein:
            return self.einstein(tree)
        return self.of(tree)

    def einstein(self, tree: t.Tree) -> Value:
        """Letters of a term that are not free on the whole are summed over."""
        letters: list[str] = []
        for node in _outside_sums(tree):
            if isinstance(node, t.Letter) and node.name not in self.bound and node.name not in letters \
                    and node.name not in (self.reading.free or ()) and not self._fixed(node.name):
                letters.append(node.name)
        if not letters:
            return self.of(tree)
        big = t.Big("sum", tuple(t.Binder(name) for name in letters), None, tree, span=tree.span)
        return self.of(big)

    def _fixed(self, name: str) -> bool:
        return any(isinstance(r, Quantity) for r in self.context.by_name(name))

    def meaning_of(self, joint: str) -> tuple[str, dict[str, Any]]:
        """What an operator sign means here."""
        if joint in self.context.operators:
            name, options = self.context.operators[joint]
            return name, dict(options)
        if joint in MEANINGS:
            return MEANINGS[joint], {}
        raise DeclarationError(f"the sign {joint} is not declared",
                               hint=f"declare it, for instance as {joint}: conv1d valid")

    def product(self, tree: t.Product) -> Value:
        factors = list(tree.factors)
        values = [self.of(f) for f in factors]
        joints = list(tree.joints)
        meanings = {j: self.meaning_of(j) for j in joints}
        plain_only = all(j in ("*", ".*", "/", "./", "@") and j not in self.context.operators for j in joints)
        tight = [j == "/" or meanings[j][0] in ("product", "dot", "divide", "matmul") for j in joints]
        orders = [self.from_left, self.tight_first]
        if not (plain_only or all(tight)):
            orders.reverse()
        if all(tight) or not any(tight):
            orders = orders[:1]
        failure: SymderivError | None = None
        for order in orders:
            try:
                found = order(values, joints, tight, meanings)
                if failure is not None:
                    self.notes.append(f"{self.text(tree)} is read as {found.expr}: no other grouping conforms")
                return found
            except (ShapeError, DeclarationError) as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def from_left(self, values: list[Value], joints: list[str], tight: list[bool],
                  meanings: Mapping[str, tuple[str, dict[str, Any]]]) -> Value:
        """One sign after the other; matrices in front of a column are applied to it from the right.

        Numbers on the way are one factor of the whole: 2 x' A x is 2 (x' A x), not (2 x)' A x.
        """
        chain = _Chain(values[0])
        position = 0
        while position < len(joints):
            meaning, options = meanings[joints[position]]
            following = values[position + 1]
            stop = position
            if chain.result is not None and chain.result.rank == 2:
                while stop < len(joints) and meanings[joints[stop]][0] in _LINEAR and values[stop + 1].rank == 2:
                    stop += 1
            if stop > position and stop < len(joints) and meanings[joints[stop]][0] in _LINEAR \
                    and values[stop + 1].rank == 1 and values[stop + 1].stands == COLUMN:
                column = values[stop + 1]
                assert chain.result is not None
                for matrix in reversed([chain.result, *values[position + 1:stop + 1]]):
                    column = times(matrix, column, "*")
                chain.put(column)
                position = stop + 1
                continue
            if chain.number(following, meaning):
                position += 1
                continue
            left = chain.taken(meaning)
            stop = position
            while stop < len(joints) and meanings[joints[stop]][0] in _ENTRYWISE and values[stop + 1].shape \
                    and values[stop + 1].rank == left.rank:
                stop += 1
            if stop > position and left.shape:
                # A run of entrywise factors is one product.
                run = [over(value(1), v, "./", True) if meanings[joint][0] == "elementwise_divide" else v
                       for joint, v in zip(joints[position:stop], values[position + 1:stop + 1], strict=True)]
                chain.put(hadamard_of([left, *run]), True)
                position = stop
                continue
            chain.put(self.combine(left, following, joints[position], meaning, options))
            position += 1
        return chain.value()

    def tight_first(self, values: list[Value], joints: list[str], tight: list[bool],
                    meanings: Mapping[str, tuple[str, dict[str, Any]]]) -> Value:
        """Products of linear algebra before elementwise ones, convolutions and the like."""
        groups: list[Value] = []
        loose: list[str] = []
        start = 0
        for position, joint in enumerate([*joints, None]):
            if joint is None or not tight[position]:
                groups.append(self.from_left(values[start:position + 1], joints[start:position], tight, meanings))
                if joint is not None:
                    loose.append(joint)
                start = position + 1
        return self.from_left(groups, loose, tight, meanings)

    def combine(self, a: Value, b: Value, joint: str, meaning: str, options: dict[str, Any]) -> Value:
        """Two factors under one sign."""
        rule = _COMBINE.get(meaning)
        if rule is not None:
            return rule(a, b)
        if meaning == "divide":
            return over(a, b)
        if a.scalar or b.scalar or (meaning == "conv1d" and {a.rank, b.rank} == {1, 2}):
            # A sign declared as a convolution is still the product where nothing can be convolved.
            return times(a, b)
        made = function(meaning)(known_value(a).expr, known_value(b).expr, **options)
        return value(made)

    def fraction(self, tree: t.Fraction) -> Value:
        entrywise = self.context.operators.get("/", ("", ()))[0].startswith("elementwise")
        return over(self.of(tree.top), self.of(tree.bottom), "/", entrywise)

    def power(self, tree: t.Power) -> Value:
        base = self.of(tree.base)
        if isinstance(tree.exponent, t.Name | t.Letter) and tree.exponent.name == "T" and base.rank:
            return transposed(base)
        exponent = self.of(tree.exponent)
        if isinstance(tree.base, t.Norm) and exponent.expr == 2 and isinstance(base.expr, Apply):
            # The square of a 2-norm is a sum of squares; no root is taken.
            return square(base.expr.args[0])
        if exponent.shape:
            if tree.elementwise:
                return value(operator("pow")(base.expr, exponent.expr))
            raise ShapeError(f"the exponent {self.text(tree.exponent)} is not a scalar", hint=".^ raises entry by entry")
        return raised(base, settled(exponent.expr), tree.elementwise)

    def transpose(self, tree: t.Transpose) -> Value:
        return transposed(self.of(tree.base))

    def root(self, tree: t.Root) -> Value:
        inside = self.of(tree.base)
        exponent = S.Half if tree.degree is None else 1 / self.scalar(tree.degree)
        if inside.scalar:
            return Value(sympy.sqrt(inside.expr) if tree.degree is None else inside.expr ** exponent)
        if tree.degree is None:
            return Value(operator("sqrt")(inside.expr), inside.stands)
        return Value(operator("pow")(inside.expr, exponent), inside.stands)

    def bracket(self, tree: t.Bracket) -> Value:
        return self.of(tree.body)

    # ------------------------------------------------------------------ binders

    def big(self, tree: t.Big) -> Value:
        if tree.kind not in ("sum", "prod"):
            raise UnknownFunction(f"{tree.kind} over an index is not read", hint="write it as a function of an array")
        inner = dict(self.bound)
        ranges: list[tuple[str, Expr, Expr]] = []
        for binder in tree.binders:
            low, high = self.limits(binder, tree, inner)
            taken = {str(s) for s in inner.values()} | set(self.free)
            shown = fresh_name(binder.letter, taken) if binder.letter in taken else binder.letter
            inner[binder.letter] = Index(shown, low, high)
            ranges.append((binder.letter, low, high))
        within = replace(self, bound=inner)
        if tree.kind == "prod" or self._unrolls(tree):
            return self.unrolled(tree, within, ranges)
        before = len(self.conditions)
        body = within.of(tree.body)
        if tree.condition is not None:
            body = scaled(iverson(within.condition(tree.condition)), body)
        for condition in self.conditions[before:]:
            body = scaled(iverson(condition), body)
        del self.conditions[before:]
        if body.pending:
            raise ShapeError("the size of an array below this sum is not known", hint="write ones(n)")
        expr = body.expr
        letters = [inner[name] for name, _, _ in ranges]
        if body.shape:
            for letter, (_, low, high) in reversed(list(zip(letters, ranges, strict=True))):
                expr = stacked(expr, letter, low, high, f"sum_{letter}({expr})")
            return Value(expr, body.stands)
        return Value(SympySum(settled(expr), *((letter, low, high) for letter, (_, low, high) in
                                               zip(letters, ranges, strict=True))))

    def limits(self, binder: t.Binder, tree: t.Big, inner: Mapping[str, Expr]) -> tuple[Expr, Expr]:
        """The range of a summed letter: written, declared, or that of the axes it is used on."""
        scope = replace(self, bound=dict(inner), reading=replace(self.reading, bounds=True))
        low = scope.scalar(binder.low) if binder.low is not None else None
        high = scope.scalar(binder.high) if binder.high is not None else None
        for end in (low, high):
            if end is not None and end.is_integer is False:
                raise IndexError_(f"the end {end} of the range of {binder.letter} is not an integer")
        if low is not None and high is not None:
            return low, high
        found: tuple[Expr, Expr] | None = None
        if high is None:
            declared = next((r.index for r in self.context.by_name(binder.letter) if isinstance(r, LetterDeclared)), None)
            found = (declared.lo, declared.hi) if declared is not None else None
            if found is None:
                body = t.Sequence((tree.body, *([tree.condition] if tree.condition is not None else [])))
                found = scope.range_of(binder.letter, body)
            if found is None:
                raise self.source.error(f"the range of the index {binder.letter} is not known", *binder.span,
                                        hint=f"write sum_{{{binder.letter}=1}}^n, or declare {binder.letter}: index n")
        return (low if low is not None else found[0] if found else Integer(self.context.first_index),
                high if high is not None else found[1] if found else S.One)

    @staticmethod
    def _unrolls(tree: t.Big) -> bool:
        names = {b.letter for b in tree.binders}
        return any(isinstance(node, t.Member) and "step" in node.family and any(isinstance(x, t.Letter | t.Name) and x.name in names
                                                      for x in t.walk(node.argument)) for node in t.walk(tree.body))

    def unrolled(self, tree: t.Big, within: Elaborator, ranges: list[tuple[str, Expr, Expr]]) -> Value:
        """A sum or product over a range of numbers, written out."""
        if len(ranges) != 1:
            raise self.refused("this sum over several letters cannot be written out", tree)
        name, low, high = ranges[0]
        if not (isinstance(low, Integer) and isinstance(high, Integer)):
            raise self.refused(f"a {tree.kind} over the range {low}..{high} is not read here", tree,
                               hint="give the range in numbers")
        if int(high) - int(low) + 1 > MAX_UNROLLED:
            raise BoundExceeded(f"a {tree.kind} over {int(high) - int(low) + 1} terms is too long to write out")
        result: Value | None = None
        for step in range(int(low), int(high) + 1):
            each = replace(within, bound={**within.bound, name: Integer(step)})
            if tree.condition is not None and not each.condition(tree.condition):
                continue
            body = each.of(tree.body)
            result = body if result is None else plus(result, body) if tree.kind == "sum" else times(result, body)
        if result is None:
            return Value(S.Zero) if tree.kind == "sum" else Value(S.One, "", "eye")
        return result

    def expectation(self, tree: t.Expectation) -> Value:
        raise self.refused("an expectation has no value of its own", tree)

    # ------------------------------------------------------------------ brackets with a meaning

    def norm(self, tree: t.Norm) -> Value:
        return norm(known_value(self.of(tree.body)), tree.kind)

    def bars(self, tree: t.Bars) -> Value:
        inside = known_value(self.of(tree.body))
        if inside.scalar:
            return Value(sympy.Abs(inside.expr))
        if inside.rank == 1 and self.reading.bounds:
            return Value(inside.shape[0])
        if inside.rank == 2:
            return Value(operator("det")(inside.expr))
        raise ShapeError(f"bars around {inside.described()}, have more than one meaning",
                         hint="write abs(x) for absolute values, norm(x) for the length")

    def round(self, tree: t.Round) -> Value:
        return Value((sympy.ceiling if tree.up else floor)(self.scalar(tree.body)))

    def delta(self, tree: t.Delta) -> Value:
        return Value(KroneckerDelta(self.scalar(tree.left), self.scalar(tree.right)))

    def unit(self, tree: t.Unit) -> Value:
        position = self.of(tree.position)
        if position.pending or position.shape:
            size = getattr(position.expr, "label_size", None)
            if size is None or position.pending:
                raise ShapeError(f"the unit vector {self.text(tree)} needs a position, not {position.described()}",
                                 hint=f"declare {self.text(tree.position)}: label n")
            return value(operator("one_hot")(position.expr, size=size))
        expr = position.expr
        if isinstance(expr, Label):
            return value(operator("one_hot")(expr, size=expr.size))
        size = expr.hi if isinstance(expr, Index) and expr.lo == 1 else None
        if isinstance(expr, Index) and size is None:
            size = expr.hi - expr.lo + 1
        if size is None:
            shown = self.text(tree.position)
            raise ShapeError(f"how many entries has the unit vector {self.text(tree)}?",
                             hint=f"write one_hot({shown}, n), or declare {shown}: label n")
        return value(operator("one_hot")(expr + (1 - self.context.first_index), size=size))

    def iverson_(self, tree: t.Iverson) -> Value:
        return Value(iverson(self.condition(tree.condition)))

    def condition(self, tree: t.Tree) -> Any:
        """A relation as SymPy's."""
        if isinstance(tree, t.Sequence):
            return sympy.And(*(self.condition(x) for x in tree.items))
        if isinstance(tree, t.Not):
            return sympy.Not(self.condition(tree.body))
        if isinstance(tree, t.Bracket | t.Iverson):
            return self.condition(tree.body if isinstance(tree, t.Bracket) else tree.condition)
        if isinstance(tree, t.String) and tree.text in ("True", "False"):
            return sympy.true if tree.text == "True" else sympy.false
        if not isinstance(tree, t.Relation) or any(side is None for side in tree.sides):
            raise self.refused("this is not a condition", tree, hint="compare with <, <=, =, !=, >= or >")
        parts = []
        for left, sign, right in zip(tree.sides, tree.signs, tree.sides[1:], strict=False):
            assert left is not None and right is not None
            rule = _COMPARE.get(sign)
            if rule is None:
                raise self.refused(f"the relation {sign} cannot be used as a condition", tree)
            parts.append(rule(self.scalar(left), self.scalar(right)))
        return sympy.And(*parts) if len(parts) > 1 else parts[0]

    def cases(self, tree: t.Cases) -> Value:
        pairs = []
        for branch, condition in tree.branches:
            pairs.append((self.scalar(branch), True if condition is None else self.condition(condition)))
        return Value(Piecewise(*pairs, evaluate=False))

    def matrix(self, tree: t.Matrix) -> Value:
        width = {len(row) for row in tree.rows}
        if len(width) != 1:
            raise ShapeError("the rows of this matrix have different lengths")
        entries = []
        for row in tree.rows:
            for cell in row:
                if isinstance(cell, t.Dots):
                    raise self.refused("a matrix with dots is not read", cell, hint="write a general entry instead")
                entries.append(self.scalar(cell))
        return value(literal(entries, (len(tree.rows), width.pop())))

    def sequence(self, tree: t.Sequence) -> Value:
        if any(isinstance(x, t.Dots) for x in tree.items):
            raise self.refused("a list with dots is not read", tree, hint="write a general entry instead")
        return value(literal([self.scalar(x) for x in tree.items], (len(tree.items),)))

    # ------------------------------------------------------------------ calls

    def call(self, tree: t.Call) -> Value:
        from .calls import called

        return called(self, tree)

    def function(self, tree: t.Function) -> Value:
        raise self.refused(f"{tree.name} is a function; its argument is missing", tree)

    def member(self, tree: t.Member) -> Value:
        record = self.record(tree.family)
        if isinstance(record, Definition):
            return self.of(t.Entry(t.Name(tree.family, arity(record), span=tree.span), (tree.argument,), span=tree.span))
        step = self.scalar(tree.argument)
        if not isinstance(step, Integer):
            raise self.refused(f"the step {step} of {tree.family} is not a number", tree)
        from .recurrence import member

        return member(self, tree, int(step))

    # ------------------------------------------------------------------ definitions

    def definition(self, record: Definition) -> Value:
        """The value of a defined name, elaborated once.  Raises DefinitionCycle."""
        key = f"{record.name}/{arity(record)}"
        if key in self.context.values:
            return self.context.values[key]  # type: ignore[no-any-return]
        if key in self.busy:
            raise DefinitionCycle(f"the definition of {record.name} refers to itself",
                                  hint="give the steps a letter: h^{(t)} = ... for t = 1..3")
        inside = Elaborator(self.context, record.source, replace(self.reading, free=None), busy=(*self.busy, key))
        found = inside.defined(record)
        self.context.values[key] = found
        return found

    def defined(self, record: Definition) -> Value:
        """The array or scalar that a definition introduces."""
        self.whole = record.tree
        origin = self.context.first_index
        letters: list[Index] = []
        declared = shape_of(record.declared.value) if record.declared is not None else None
        for axis, name in enumerate(record.letters):
            known = self.known_range(name)
            if declared is not None and axis < len(declared):
                known = Integer(origin), declared[axis] + origin - 1
            known = known or self.range_of(name, record.tree)
            if known is None:
                raise self.source.error(f"the range of the index {name} of {record.name} is not known", *record.tree.span,
                                        hint=f"declare {name}: index n, or the shape: {record.name}: n")
            self.bound[name] = Index(name, *known)
            letters.append(self.bound[name])
        if self.context.einstein:
            self.reading = replace(self.reading, free=frozenset(record.letters))
        body = known_value(self.term(record.tree))
        expr = body.expr if body.shape else settled(body.expr)
        if self.free:
            raise IndexError_(f"the index {min(self.free)} is free in the definition of {record.name}",
                              where=self.text(record.tree), hint="sum over it, or put it on the left side")
        if not letters:
            if declared is not None and record.declared is not None:
                self._agrees(record, body.shape, declared)
            if isinstance(record.tree, t.Name):
                return body
            return replace(body, expr=define(record.name, expr) if body.shape else Named(record.name, (), expr))
        own, shift = [], {}
        for letter in letters:
            size = (letter.hi - letter.lo + 1).expand()
            own.append(Index(letter.name, 1, size))
            if letter.lo != 1:
                shift[letter] = own[-1] + (letter.lo - 1)
        expr = substituted(expr, shift) if shift else expr
        named = rows(expr, tuple(own), record.name) if body.shape else Named(record.name, tuple(own), expr)
        if declared is not None:
            self._agrees(record, shape_of(named), declared)
        return value(named)

    @staticmethod
    def _agrees(record: Definition, found: Shape, declared: Shape) -> None:
        if len(found) != len(declared) or not all(map(same_size, found, declared)):
            raise ShapeError(f"{record.name} is declared with shape {show_shape(declared)}, but its definition has shape "
                             f"{show_shape(found)}", hint="correct one of the two")

    def applied(self, record: Definition, arguments: Iterable[Value]) -> Value:
        """A defined function at arguments."""
        given = list(arguments)
        names = record.parameters or ()
        if len(given) != len(names):
            raise ShapeError(f"{record.name} has {len(names)} arguments, {len(given)} are given")
        if all(self._is_parameter(name, v) for name, v in zip(names, given, strict=True)):
            return self.definition(record)
        if len(self.busy) > 40:
            raise BoundExceeded(f"the definition of {record.name} is nested too deeply")
        inside = Elaborator(self.context, record.source, replace(self.reading, free=None),
                            busy=(*self.busy, f"{record.name}()"), names=dict(zip(names, given, strict=True)),
                            bound=dict(self.bound), free=self.free)
        if inside.busy.count(f"{record.name}()") > 8:
            raise DefinitionCycle(f"the definition of {record.name} refers to itself")
        inside.whole = record.tree
        return inside.of(record.tree)

    def _is_parameter(self, name: str, given: Value) -> bool:
        record = self.record(name)
        return isinstance(record, Quantity) and record.value == given.expr

    # ------------------------------------------------------------------ derivatives

    def derivative(self, tree: t.Derivative) -> Value:
        from .calculus import derivative

        return derivative(self, tree)


def _added(total: Value, parts: list[Expr]) -> Value:
    """The sum of parts of one kind; ``total`` is a value of that kind."""
    if len(parts) == 1:
        return replace(total, expr=parts[0])
    if total.scalar:
        return Value(bounded(sympy.Add(*parts)))
    return Value(operator("add")(*parts), total.stands)


_LINEAR = ("product", "matmul")
_ENTRYWISE = ("elementwise", "hadamard", "elementwise_divide")


class _Chain:
    """A product read so far: its numbers, its array part, and whether that is a run of entrywise factors."""

    def __init__(self, first: Value) -> None:
        self.numbers: list[Expr] = []
        self.result: Value | None = None
        self.flat = False
        self.put(first)

    def put(self, made: Value, flat: bool = False) -> None:
        """The array part is now this; a scalar joins the numbers."""
        self.flat = flat
        if made.scalar:
            self.numbers.append(made.expr)
            self.result = None
        else:
            self.result = made

    def number(self, following: Value, meaning: str) -> bool:
        """Takes a factor in where that needs no product of arrays."""
        if following.scalar and meaning in (*_LINEAR, "dot", "divide"):
            self.numbers.append(over(Value(S.One), following).expr if meaning == "divide" else following.expr)
            return True
        if self.result is None and meaning in (*_LINEAR, "dot"):
            self.put(following)
            return True
        return False

    def taken(self, meaning: str) -> Value:
        """The left operand of a product of arrays; numbers stay in front where it is linear in it."""
        if self.result is not None and meaning in (*_LINEAR, "dot", *_ENTRYWISE):
            return self.result
        made = self.value()
        self.numbers, self.result = [], None
        return made

    def value(self) -> Value:
        """The whole product."""
        number = bounded(sympy.Mul(*self.numbers))
        if self.result is None:
            return Value(number)
        if number == 1:
            return self.result
        return flat_scaled(number, self.result) if self.flat else scaled(number, self.result)


def _entry_of(array: Expr, positions: tuple[Expr, ...]) -> Expr:
    """An entry read through what only rearranges."""
    if isinstance(array, Apply):
        if array.op.name == "transpose":
            return _entry_of(array.args[0], tuple(reversed(positions)))
        if array.op.name == "eye":
            return KroneckerDelta(*positions)
        if array.op.name == "one_hot" and not shape_of(array.args[0]):
            return KroneckerDelta(positions[0], array.args[0])
    return at(array, positions)


def literal(entries: list[Expr], shape: tuple[int, ...]) -> Expr:
    """An array written out entry by entry."""
    own = tuple(Index(name, 1, Integer(size)) for name, size in zip("ij", shape, strict=False))
    taken = {str(s) for e in entries for s in e.free_symbols}
    own = tuple(Index(fresh_name(str(i), taken), 1, i.hi) for i in own)
    terms = []
    for place, each in enumerate(entries):
        where = divmod(place, shape[1]) if len(shape) == 2 else (place,)
        terms.append(each * sympy.Mul(*(KroneckerDelta(i, Integer(p + 1)) for i, p in zip(own, where, strict=True))))
    if len(shape) == 2:
        lines = [", ".join(map(str, entries[r * shape[1]:(r + 1) * shape[1]])) for r in range(shape[0])]
        name = "[" + "; ".join(lines) + "]"
    else:
        name = "[" + ", ".join(map(str, entries)) + "]"
    return Named(name, own, sympy.Add(*terms))


def norm(inside: Value, kind: str) -> Value:
    """A norm by what stands below it: 2, 1 or nothing for a vector, F or nothing for a matrix."""
    if inside.scalar:
        return Value(sympy.Abs(inside.expr))
    array = as_vector(inside.expr)
    rank = len(shape_of(array))
    if kind == "1" and rank == 1:
        return Value(operator("sum")(operator("abs")(array)))
    if (kind in ("", "2") and rank == 1) or (kind in ("", "F", "Fro", "fro") and rank >= 1):
        return Value(function("norm")(array))
    raise ShapeError(f"the norm with {kind!r} of {inside.described()}, is not read",
                     hint="write norm(X) for the Frobenius norm")


def square(array: Expr) -> Value:
    """The sum of squares of all entries."""
    if len(shape_of(array)) == 1:
        return Value(operator("matmul")(array, array))
    return Value(operator("sum")(operator("pow")(array, Integer(2))))


def _outside_sums(tree: t.Tree) -> Iterable[t.Tree]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, t.Big):
            continue
        yield node
        stack.extend(reversed(list(node.children())))


_COMBINE: dict[str, Callable[[Value, Value], Value]] = {
    "product": times, "matmul": times, "dot": dot, "elementwise": hadamard, "hadamard": hadamard, "frobenius": frobenius,
    "outer": outer, "kron": outer, "elementwise_divide": lambda a, b: over(a, b, "./", True),
}

_COMPARE: dict[str, Callable[[Expr, Expr], Any]] = {
    "=": sympy.Eq, "!=": sympy.Ne, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge,
}

_RULES: dict[type, Callable[[Elaborator, Any], Value]] = {
    t.Number: Elaborator.number, t.Name: Elaborator.name, t.Letter: Elaborator.letter, t.Unknown: Elaborator.unknown,
    t.Sum: Elaborator.sum, t.Product: Elaborator.product, t.Fraction: Elaborator.fraction, t.Power: Elaborator.power,
    t.Transpose: Elaborator.transpose, t.Root: Elaborator.root, t.Bracket: Elaborator.bracket, t.Entry: Elaborator.entry,
    t.Big: Elaborator.big, t.Norm: Elaborator.norm, t.Bars: Elaborator.bars, t.Round: Elaborator.round,
    t.Delta: Elaborator.delta, t.Unit: Elaborator.unit, t.Iverson: Elaborator.iverson_, t.Cases: Elaborator.cases,
    t.Matrix: Elaborator.matrix, t.Sequence: Elaborator.sequence, t.Call: Elaborator.call, t.Function: Elaborator.function,
    t.Member: Elaborator.member, t.Derivative: Elaborator.derivative, t.Expectation: Elaborator.expectation,
}

__all__ = ["Elaborator", "Reading", "literal", "norm", "square"]
