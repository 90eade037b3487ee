"""From a tree to an expression: names get their meaning, letters their ranges, products their shapes.

An elaborator works for one tree under one reading; the referee may run several over the same tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from sympy import Expr, Integer, Rational, S, Symbol, ceiling, expand, floor

from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...arrays.sizes import Shape, same_size
from ...arrays.symbols import Index, Label
from ...bounds import EACH_SIGN_READ, decimal, spend
from ...errors import BoundExceeded, DeclarationError, ParseError, ShapeError, SymderivError
from ..declare.context import Declared, DeclaredNames, Definition, LetterDeclared, Quantity, arity
from ..declare.undeclared import called_name, undeclared
from ..syntax import tree as t
from ..syntax.tokens import SourceText
from .entrywise import settled
from .oriented import COLUMN, ONES, ZEROS, NeedsNumber, Value, as_scalar, known_value, value


@dataclass
class ReadingChoices:
    """Choices that a text leaves open.

    layout   whether a derivative of a scalar by a vector stands as a row in products ("numerator") or as the variable
    strict   whether a letter whose range differs from the axis it reads is refused
    bounds   whether bars around a vector mean its number of entries
    free     letters that are free on the whole, so that no repeated index is summed over them; None for no such rule
    from_left  whether factors are multiplied one after the other, whatever the signs between them
    nodes    how integrals are computed: "coarse" or "fine"; nothing where they are not
    varying  names that differentials differentiate by; None for those whose differentials the text writes
    """

    layout: str | None = None
    strict: bool = True
    bounds: bool = False
    free: frozenset[str] | None = None
    from_left: bool = False
    varying: frozenset[str] | None = None
    nodes: str = ""


MEANINGS: dict[type, Callable[[Any, Any], Value]] = {}
"""What gives a node of a tree its value, by its class."""


@dataclass
class Elaborator:
    """The state of one elaboration.

    whole       the tree that ranges of free letters are looked for in
    bound       letters bound around this place;  free  letters that are not, with the ranges found for them
    names       values of the parameters of a defined function
    conditions  relations found in index positions, such as the i != k of a subscript
    notes       what a report should say about the reading
    busy        definitions being elaborated;  guessing  whether only shapes matter
    steps       how many terms of sums and products were written out so far
    partial     the numbers in the tree that not every point gives a value to, as they were before anything cancelled:
                quotients, roots, logarithms and other calls, by the place where they stand
    sloped      what is differentiated, and by what
    """

    context: DeclaredNames
    source: SourceText
    reading: ReadingChoices = field(default_factory=ReadingChoices)
    bound: dict[str, Expr] = field(default_factory=dict)
    names: dict[str, Value] = field(default_factory=dict)
    free: dict[str, Index] = field(default_factory=dict)
    whole: t.Tree | None = None
    conditions: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    busy: tuple[str, ...] = ()
    guessing: bool = False
    steps: list[int] = field(default_factory=lambda: [0])
    partial: dict[tuple[int, str], Expr] = field(default_factory=dict)
    sloped: dict[tuple[Expr, Expr], None] = field(default_factory=dict)
    _numbers: dict[int, tuple[t.Tree, Expr]] = field(default_factory=dict)

    # ------------------------------------------------------------------ entry points

    def expression(self, tree: t.Tree) -> Expr:
        """The expression of a whole tree."""
        self.whole = tree
        try:
            found = known_value(self.of(tree))
        except ShapeError as error:
            raise self.placed(error, tree) from None
        except RecursionError:
            raise BoundExceeded("the expression is nested too deeply", hint="name parts of it") from None
        return settled(found.expr) if not found.shape else found.expr

    def of(self, tree: t.Tree) -> Value:
        """The value of a tree.  Errors say where in the text they arose."""
        found = self.value_of(tree)
        if found.scalar:
            self._numbers[id(tree)] = tree, found.expr  # with the tree, so that no other gets its number
            if isinstance(tree, t.Power | t.Root | t.Call):
                self.partial[id(tree), "value"] = found.expr
        for below in _bottoms(tree):
            if id(below) in self._numbers and (number := self._numbers[id(below)][1]) != 0:
                self.partial[id(below), "below"] = 1 / number
        if isinstance(tree, t.Derivative):
            # What is only differentiated need not have a value of its own: the derivative is claimed where there is one.
            for node in t.walk(tree):
                self.partial.pop((id(node), "value"), None)
                self.partial.pop((id(node), "below"), None)
        return found

    def value_of(self, tree: t.Tree) -> Value:
        """The same, before it is noted what it needs."""
        spend(EACH_SIGN_READ)
        rule = MEANINGS.get(type(tree))
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
        new = type(error)(lambda: f"line {line}, column {column}: {error.message}", where=shown, hint=error.hint)
        new.place = line, column  # type: ignore[attr-defined]
        if isinstance(error, NeedsNumber) and isinstance(new, NeedsNumber):
            new.names = error.names
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

    def fresh(self, source: SourceText, busy: str) -> Elaborator:
        """An elaborator for another text, with nothing bound."""
        return Elaborator(self.context, source, replace(self.reading, free=None), busy=(*self.busy, busy), notes=self.notes,
                          partial=self.partial, sloped=self.sloped)

    # ------------------------------------------------------------------ leaves

    def number(self, tree: t.Number) -> Value:
        """A number, or a constant by name."""
        if tree.text == "e":
            return Value(S.Exp1)
        if tree.text == "pi":
            return Value(S.Pi)
        if tree.text == "infty":
            return Value(S.Infinity)
        if tree.font and tree.text in ("0", "1"):
            return Value(S.One, COLUMN, ONES if tree.text == "1" else ZEROS)
        digits = tree.text.replace(",", "")
        exact = decimal(digits)
        return Value(Rational(exact.numerator, exact.denominator))

    def name(self, tree: t.Name) -> Value:
        """What a declared name stands for."""
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
        raise DeclarationError(f"{record.name} is not a quantity", hint=record.unclear)

    def letter(self, tree: t.Letter) -> Value:
        """An index letter as a number."""
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
                if not self._is_position(name):
                    raise undeclared(self.source, name, *tree.span, self.context.near(name))
                raise self.source.error(f"the range of the index {name} is not known", *tree.span,
                                        hint=f"declare it, for instance as {name}: index n")
            self.free[name] = Index(name, *found)
        return self.free[name]

    def _is_position(self, name: str) -> bool:
        """Whether a letter stands in an index position anywhere, alone or in a sum."""
        nodes = t.walk(self.whole) if self.whole is not None else ()
        places = (p for n in nodes for p in (n.positions if isinstance(n, t.Subscripted) else (n.left, n.right)
                                             if isinstance(n, t.DeltaSign) else ()))
        return any(isinstance(x, t.Letter) and x.name == name for p in places for x in t.walk(p))

    def as_position(self, expr: Expr) -> Expr:
        """A label counts from 1; where the text counts from 0, so does its name."""
        return expr - 1 if isinstance(expr, Label) and self.context.first_index == 0 else expr

    def unknown(self, tree: t.Unknown) -> Value:
        """A name that only a call or a sum gives a meaning to."""
        if tree.name in self.names:
            return self.names[tree.name]
        if tree.name in self.bound:
            return Value(self.bound[tree.name])
        if self._is_position(tree.name):
            return Value(self.index(tree.name, tree))
        made = self._row(tree.name) or called_name(self.source, tree)
        raise undeclared(self.source, tree.name, *tree.span, self.context.near(tree.name), made)

    def _row(self, name: str) -> str:
        """The declaration of w_y as a row of a declared matrix W."""
        base, _, position = name.partition("_")
        whole = base.upper()
        matrix = any(isinstance(r, Quantity) and r.rank == 2 for r in self.context.by_name(whole))
        return f"{name} = {whole}[{position},:]" if matrix and whole != base and position.isalnum() else ""

    # ------------------------------------------------------------------ ranges

    def axes(self, tree: t.Subscripted) -> list[tuple[Expr, int]] | None:
        """(size, first position) of the axes that the positions of an entry stand for; None if it is not known."""
        origins: tuple[int | None, ...] = ()
        if isinstance(tree.base, t.Name) and tree.base.name not in self.names:
            record = self.record(tree.base.name, tree.base.arity)
            if isinstance(record, Quantity):
                shape, origins = shape_of(record.value), record.origins
            elif isinstance(record, Definition) and record.declared is not None:
                shape, origins = shape_of(record.declared.value), record.declared.origins
            elif isinstance(record, Definition) and record.name in self.busy:
                return None
            else:
                try:
                    shape = self.of(tree.base).shape
                except SymderivError:
                    return None
                if isinstance(record, Definition):
                    origins = tuple(map(self._origin, record.letters))
        else:
            guess = replace(self, guessing=True, bound=dict(self.bound), free=dict(self.free))
            try:
                found = guess.of(tree.base)
            except (SymderivError, RecursionError):
                return None
            shape = found.shape
        kept = self.kept_axes(tree, shape)
        if kept is None:
            return None
        first = self.context.first_index
        starts = [first if axis >= len(origins) or origins[axis] is None else int(origins[axis] or 0) for axis in kept]
        return [(shape[axis], start) for axis, start in zip(kept, starts, strict=True)]

    def _origin(self, letter: str) -> int | None:
        """Where a declared index letter starts."""
        found = next((r.index for r in self.context.by_name(letter) if isinstance(r, LetterDeclared)), None)
        return int(found.lo) if isinstance(found, Index) and found.lo.is_Integer else None

    def kept_axes(self, tree: t.Subscripted, shape: Shape) -> list[int] | None:
        """The axes that positions stand for: all, those of size above 1 where these are as many, or the first ones.

        Z^{(i)} is the i-th column, where i runs over the columns and not over the rows.
        """
        count = len(tree.positions)
        if count > len(shape):
            return None
        if count == len(shape):
            return list(range(count))
        long = [axis for axis, size in enumerate(shape) if size != 1]
        if tree.upper and count == 1 and len(shape) == len(long) == 2 and isinstance(tree.positions[0], t.Letter):
            known = self.known_range(tree.positions[0].name)
            if known is not None and same_size(known[1], shape[1]) and not same_size(*shape):
                return [1]
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
            if self.guessing:
                return S.One, Symbol("?")
            return self._range_implied(letter, tree) or self._range_within(letter, tree)
        size, first, where = found[0]
        for other, start, place in found[1:]:
            if not same_size(size, other) or start != first:
                if not self.reading.strict:
                    continue
                raise self.placed(ShapeError(
                    f"the index {letter} runs over {size} in {self.text(where)}, but over {other} in {self.text(place)}",
                    hint="use another letter, or transpose"), place)
        return Integer(first), (size + first - 1)

    def _range_implied(self, letter: str, tree: t.Tree) -> tuple[Expr, Expr] | None:
        """The range of a letter from the definition of a name that is said of any such letter."""
        for node in t.walk(tree):
            record = self.record(node.name, node.arity) if isinstance(node, t.Name) else None
            if isinstance(record, Definition) and not record.letters and record.name not in self.busy \
                    and letter in implied_letters(self.context, record.tree):
                return self.fresh(record.source, record.name).range_of(letter, record.tree)
        return None

    def _range_within(self, letter: str, tree: t.Tree) -> tuple[Expr, Expr] | None:
        """The range that keeps every position such as 2j + k on its axis, from where axes start; None if none does."""
        first = Integer(self.context.first_index)
        mine = Index(letter, first, Symbol("?"))
        scope = replace(self, guessing=True, bound={**self.bound, letter: mine})
        ends = {end for low, end in self._reaches(mine, scope, tree) if low == first}
        return (first, ends.pop()) if len(ends) == 1 else None

    def _reaches(self, letter: Index, scope: Elaborator, tree: t.Tree) -> Iterator[tuple[Expr, Expr]]:
        """(first, last) value of a letter for every position that grows with it, whatever the other letters are."""
        if isinstance(tree, t.Big):
            if any(b.letter == letter.name for b in tree.binders):
                return
            bound = dict(scope.bound)
            for b in tree.binders:
                ends = (scope.scalar(b.low), scope.scalar(b.high)) if b.low is not None and b.high is not None \
                    else scope.range_of(b.letter, tree.body)
                if ends is None:
                    return
                bound[b.letter] = Index(b.letter, *ends)
            scope = replace(scope, bound=bound)
        if isinstance(tree, t.Subscripted):
            for position, (size, start) in zip(tree.positions, scope.axes(tree) or (), strict=False):
                if letter.name in t.letters_in(position):
                    yield from fits(scope.scalar(position), letter, size, start)
        for child in tree.children():
            yield from self._reaches(letter, scope, child)

    def axes_while_guessing(self, letter: str) -> Callable[[t.Subscripted], list[tuple[Expr, int]] | None]:
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

    # ------------------------------------------------------------------ by other modules

    # The meanings of single notations stand in modules that are written with an elaborator: elaborate.py hands them in.
    term: ClassVar[Callable[..., Value]]
    condition: ClassVar[Callable[..., Any]]
    entry: ClassVar[Callable[..., Value]]
    definition: ClassVar[Callable[..., Value]]
    applied: ClassVar[Callable[..., Value]]
    call: ClassVar[Callable[..., Value]]
    stepped: ClassVar[Callable[..., Value]]

    def function(self, tree: t.Function) -> Value:
        raise self.refused(f"{tree.name} is a function; its argument is missing", tree)

    def member(self, tree: t.Member) -> Value:
        record = self.record(tree.family)
        if isinstance(record, Definition | Quantity):
            return self.of(t.Subscripted(t.Name(tree.family, arity(record), span=tree.span), (tree.argument,),
                                         span=tree.span))
        step = self.scalar(tree.argument)
        if not isinstance(step, Integer):
            raise self.refused(f"the step {step} of {tree.family} is not a number", tree)
        return self.stepped(tree, int(step))


def _bottoms(tree: t.Tree) -> tuple[t.Tree, ...]:
    """What a tree divides by."""
    if isinstance(tree, t.Fraction):
        return (tree.bottom,)
    if isinstance(tree, t.Factors):
        return tuple(f for sign, f in zip(tree.joints, tree.factors[1:], strict=True) if sign == "/")
    return ()


# ------------------------------------------------------------------ ranges of letters, from the axes they are used on

# (size, first position, the entry that was read)
Use = tuple[Expr, int, t.Tree]
Axes = Callable[[t.Subscripted], list[tuple[Expr, int]] | None]


def uses(letter: str, tree: t.Tree, axes: Axes) -> Iterator[Use]:
    """Where a letter alone is an index position; sums that bind it again are left out."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, t.Big) and any(b.letter == letter for b in node.binders):
            for b in node.binders:
                stack.extend(x for x in (b.low, b.high) if x is not None)
            continue
        if isinstance(node, t.Subscripted) and any(_is(letter, p) for p in node.positions):
            found = axes(node)
            if found is not None:
                for position, (size, first) in zip(node.positions, found, strict=False):
                    if _is(letter, position):
                        yield size, first, node
        if isinstance(node, t.Member) and _is(letter, node.argument):
            found = axes(t.Subscripted(t.Name(node.family, 1, span=node.span), (node.argument,), span=node.span))
            if found:
                yield *found[0], node
        stack.extend(reversed(node.children()))


def _is(letter: str, tree: t.Tree) -> bool:
    if isinstance(tree, t.Relation) and tree.sides[0] is not None:
        return _is(letter, tree.sides[0])
    return isinstance(tree, t.Letter) and tree.name == letter


def partners(letter: str, tree: t.Tree) -> Iterator[str]:
    """Letters and labels that a letter is compared with, in deltas and conditions."""
    for node in t.walk(tree):
        pairs: list[tuple[t.Tree | None, t.Tree | None]] = []
        if isinstance(node, t.DeltaSign):
            pairs.append((node.left, node.right))
        elif isinstance(node, t.Relation):
            pairs.extend(zip(node.sides, node.sides[1:], strict=False))
        for a, b in pairs:
            if isinstance(a, t.Letter | t.Name) and isinstance(b, t.Letter | t.Name):
                if a.name == letter != b.name:
                    yield b.name
                elif b.name == letter != a.name:
                    yield a.name


def fits(position: Expr, letter: Index, size: Expr, start: int) -> Iterator[tuple[Expr, Expr]]:
    """(first, last) value of a letter at which a position that grows with all its letters is still on its axis."""
    slope, rest = position.coeff(letter), expand(position - position.coeff(letter) * letter)
    others = sorted((s for s in rest.free_symbols if isinstance(s, Index)), key=str)
    if not slope.is_Integer or slope <= 0 or rest.has(letter) or any(not rest.coeff(o).is_positive for o in others):
        return
    least, most = (expand(rest.xreplace({o: getattr(o, end) for o in others})) for end in ("lo", "hi"))
    low, high = (expand(e) for e in (start - least, size + start - 1 - most))
    yield (low, high) if slope == 1 else (ceiling(low / slope), floor(high / slope))


def implied_letters(context: DeclaredNames, tree: t.Tree, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The index letters that nothing in a tree binds, nor in what its names are defined by, in the order they stand."""
    if isinstance(tree, t.Letter):
        return () if context.by_name(tree.name) else (tree.name,)
    found: list[str] = []
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and tree.function.name == RECORDS.diag.name:
        return ()  # diag(p_i(1 - p_i)) has the entries for all i
    if isinstance(tree, t.Name) and tree.name not in seen:
        found += _letters_of_name(context, tree.name, seen)
    for child in tree.children():
        found += implied_letters(context, child, seen)
    bound = {b.letter for b in tree.binders} if isinstance(tree, t.Big) else set()
    return tuple(dict.fromkeys(name for name in found if name not in bound))


def _letters_of_name(context: DeclaredNames, name: str, seen: frozenset[str]) -> tuple[str, ...]:
    """The letters that the definition of a name leaves open, found once."""
    key = f"{name} of any letter"
    if key not in context.values:
        record = next((r for r in context.by_name(name) if isinstance(r, Definition)), None)
        plain = record is not None and not record.letters and record.parameters is None
        context.values[key] = implied_letters(context, record.tree, seen | {name}) if plain and record is not None else ()
    found: tuple[str, ...] = context.values[key]
    return found
