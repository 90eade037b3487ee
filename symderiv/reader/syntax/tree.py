"""The syntax tree of what a person wrote: typed nodes with the span of text each was read from.

A tree says how signs belong together, not yet what they mean: a product keeps its factors and the signs between them,
a script that is not part of a declared name stays a script.  The elaborator gives the tree its meaning, and may be run
with different readings over one tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from operator import is_
from typing import Any, ClassVar, dataclass_transform

Span = tuple[int, int]
NOWHERE: Span = (0, 0)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
@dataclass(frozen=True)
class Tree:
    """Base of all nodes, each a frozen dataclass.  Two trees are equal if they say the same, wherever they stand."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)
    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True)(cls)
        cls._names = tuple(each.name for each in fields(cls))

    def children(self) -> tuple[Tree, ...]:
        """The nodes directly below, in order of writing; looked for once, as a node never changes."""
        known: tuple[Tree, ...] | None = self.__dict__.get("_children")
        if known is None:
            found: list[Tree] = []
            for name in self._names:
                value = getattr(self, name)
                if isinstance(value, Tree):
                    found.append(value)
                elif isinstance(value, tuple):
                    found.extend(_trees(value))
            self.__dict__["_children"] = known = tuple(found)
        return known


def _trees(values: tuple[object, ...]) -> Iterator[Tree]:
    for value in values:
        if isinstance(value, Tree):
            yield value
        elif isinstance(value, tuple):
            yield from _trees(value)


def walk(tree: Tree, closed: Callable[[Tree], bool] | None = None) -> Iterator[Tree]:
    """A tree and all nodes below it, outer nodes first, without recursion; those below what is ``closed`` are left out."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if closed is None or not closed(node):
            stack.extend(reversed(node.children()))


def unbracketed(tree: Tree) -> Tree:
    """What stands in brackets, or alone with a plus."""
    while isinstance(tree, Bracket) or (isinstance(tree, Terms) and tree.signs == (1,)):
        tree = tree.body if isinstance(tree, Bracket) else tree.terms[0]
    return tree


def below(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """A tree with all that stands directly below it changed."""
    return with_children(tree, [change(child) for child in tree.children()])


def with_children(tree: Tree, new: list[Tree] | tuple[Tree, ...]) -> Tree:
    """A tree with others in the places of its children."""
    if all(map(is_, new, tree.children())):
        return tree
    waiting = iter(new)
    return replace(tree, **{f.name: _put(value, waiting) for f in fields(tree)
                            if isinstance(value := getattr(tree, f.name), Tree | tuple) and f.name != "span"})


def exchanged(tree: Tree, old: Tree, new: Tree) -> Tree:
    """A tree with one node in the place of another, wherever it stands."""
    return new if tree == old else below(tree, lambda inner: exchanged(inner, old, new))


def renamed(tree: Tree, old: str, new: str) -> Tree:
    """A tree with one letter in the place of another."""
    return exchanged(tree, Letter(old), Letter(new))


def spanning(tree: Tree, span: Span) -> Tree:
    """A tree that stands at a place as a whole: what is said of a part of it is said of the whole."""
    return replace(below(tree, lambda inner: spanning(inner, span)), span=span)


def _put(value: Any, waiting: Iterator[Tree]) -> Any:
    """The nodes that wait, in the places of those in a value, which stand in the order of ``children``."""
    if isinstance(value, Tree):
        return next(waiting)
    return tuple(_put(v, waiting) for v in value) if isinstance(value, tuple) else value


def length(tree: Tree) -> int:
    """The number of nodes in a tree; counted once."""
    known: int | None = tree.__dict__.get("_length")
    if known is None:
        tree.__dict__["_length"] = known = 1 + sum(map(length, tree.children()))
    return known


def signs(tree: Tree) -> frozenset[object]:
    """The kinds of all nodes in a tree, and the signs between factors; looked for once."""
    known: frozenset[object] | None = tree.__dict__.get("_signs")
    if known is None:
        nodes = list(walk(tree))
        known = frozenset(map(type, nodes)).union(*(node.joints for node in nodes if isinstance(node, Factors)))
        tree.__dict__["_signs"] = known
    return known


# ------------------------------------------------------------------ leaves

class Number(Tree):
    """A number as written; ``font`` tells 1 from a vector of ones."""

    text: str
    font: str = ""


class Name(Tree):
    """A declared name, by its canonical spelling; ``arity`` tells z from the z of z_i where both are declared."""

    name: str
    arity: int = 0


class Letter(Tree):
    """An index letter, declared or not."""

    name: str


def letters_in(tree: Tree) -> set[str]:
    """The names of all index letters in a tree, bound or free."""
    return {n.name for n in walk(tree) if isinstance(n, Letter)}


def free_letters(tree: Tree) -> set[str]:
    """The index letters in a tree that no sum or product in it binds."""
    if isinstance(tree, Letter):
        return {tree.name}
    found = set().union(*map(free_letters, tree.children()))
    return found - {b.letter for b in tree.binders} if isinstance(tree, Big) else found


def varied(trees: Iterable[Tree]) -> dict[str, None]:
    """The names by which derivatives in some trees are taken, each once, in their order."""
    return dict.fromkeys(name.name for tree in trees for node in walk(tree) if isinstance(node, Derivative)
                         for variable in node.variables for name in walk(variable) if isinstance(name, Name))


class Unknown(Tree):
    """A name that nothing declares, with its scripts as written."""

    name: str


class String(Tree):
    """A quoted string, as an argument such as a mode."""

    text: str


class Colon(Tree):
    """A whole axis in an index list."""


class Dots(Tree):
    """An ellipsis."""


# ------------------------------------------------------------------ arithmetic

class Terms(Tree):
    """Terms with their signs, +1 or -1."""

    terms: tuple[Tree, ...]
    signs: tuple[int, ...]

    @property
    def plain(self) -> Tree:
        """The sum; of one positive term, that term."""
        return self.terms[0] if self.signs == (1,) else self


def added(pairs: Iterable[tuple[Tree, int]]) -> Tree:
    """The sum of terms with these signs, plainly."""
    terms, signs = zip(*pairs, strict=True)
    return Terms(terms, signs).plain


class Factors(Tree):
    """Factors and the signs between them: "" where nothing stands, "*", ".*", "/", "./", "cdot", "odot", ..."""

    factors: tuple[Tree, ...]
    joints: tuple[str, ...]

    @property
    def plain(self) -> Tree:
        """The product; of one factor, that factor."""
        return self if self.joints else self.factors[0]

    def run(self, start: int, stop: int | None = None) -> Factors:
        """The product of some neighbouring factors."""
        factors = self.factors[start:stop]
        return Factors(factors, self.joints[start:][:len(factors) - 1], span=(factors[0].span[0], factors[-1].span[1]))

    def exchanged(self, start: int, stop: int | None, *new: Tree, joints: tuple[str, ...] = ()) -> Factors:
        """The product with others in the place of a run of factors; with none, the sign in front of the run goes too."""
        start, stop, _ = slice(start, stop).indices(len(self.factors))
        before, behind = (start, stop - 1) if new else (start - 1, stop - 1) if start else (0, stop)
        return replace(self, factors=(*self.factors[:start], *new, *self.factors[stop:]),
                       joints=(*self.joints[:before], *joints, *self.joints[behind:]))


class Fraction(Tree):
    """A fraction set with a bar."""

    top: Tree
    bottom: Tree


class Power(Tree):
    """A power; ``elementwise`` for .^ and **."""

    base: Tree
    exponent: Tree
    elementwise: bool = False


class Transpose(Tree):
    """A transpose, however it is written; a ``prime`` behind a number is a derivative instead."""

    base: Tree
    prime: bool = False


class Root(Tree):
    """A root; the square root where no degree stands."""

    base: Tree
    degree: Tree | None = None


class Bracket(Tree):
    """Something in brackets, kept because it stops a product from being regrouped."""

    body: Tree
    kind: str = "("


# ------------------------------------------------------------------ entries and calls

class Subscripted(Tree):
    """Something with index positions, as subscripts, in square brackets or (``upper``) as superscripts."""

    base: Tree
    positions: tuple[Tree, ...]
    upper: bool = False


class Function(Tree):
    """A function by name, differentiated ``primes`` times; declared, or known to the library.

    ``typeset`` says that it stands in mathematics as it is set, where exp(X) of a matrix is no entrywise function;
    in plain text, as in NumPy, it is.
    """

    name: str
    primes: int = 0
    typeset: bool = field(default=False, compare=False)


class Call(Tree):
    """A function of arguments."""

    function: Tree
    arguments: tuple[Tree, ...]
    keywords: tuple[tuple[str, Tree], ...] = ()
    power: Tree | None = None


class Member(Tree):
    """A member of a family of names such as h^{(t)} or P(y = k): what stands in the place of its letter.

    ``around`` is what is written before and after that place.
    """

    family: str
    argument: Tree
    around: tuple[str, str]


# ------------------------------------------------------------------ binders

class Binder(Tree):
    """A letter below a sum, and its range where given; ``soft`` if it is bound only where nothing outside names it."""

    letter: str
    low: Tree | None = None
    high: Tree | None = None
    soft: bool = False


class Big(Tree):
    """A sum or product over letters: kind is "sum", "prod", "max" or "min", or "arg" before one of these two."""

    kind: str
    binders: tuple[Binder, ...]
    condition: Tree | None
    body: Tree

    @property
    def adds(self) -> bool:
        """Whether it is a sum."""
        return self.kind == "sum"

    @property
    def multiplies(self) -> bool:
        """Whether it is a product."""
        return self.kind == "prod"


def summed(body: Tree, *binders: Binder, span: Span = NOWHERE) -> Big:
    """The sum of something over letters."""
    return Big("sum", binders, None, body, span=span)


class Optimum(Tree):
    """The least or largest of what quantities can make of ``body``, or with "arg" in ``kind`` where it is that.

    ``limited`` where something is said of the variables below the sign.
    """

    kind: str
    variables: tuple[Tree, ...]
    body: Tree
    limited: bool = False


class Integral(Tree):
    """An integral over a letter; over the whole line where no bounds stand, and over a set where it is not ``whole``."""

    letter: str
    low: Tree | None
    high: Tree | None
    body: Tree
    whole: bool = True


class ExpectationSign(Tree):
    """The mean of a random quantity, where a condition holds if one is ``given``; ``over`` is what stands below the sign."""

    name: str
    body: Tree
    over: tuple[str, ...] = ()
    given: Tree | None = None


# ------------------------------------------------------------------ derivatives

class Derivative(Tree):
    """A derivative of ``body`` by the variables, in order; kind is "partial", "total" or "nabla".

    ``body`` is None for an operator that stands alone; ``variables`` is empty for a bare nabla.
    """

    body: Tree | None
    variables: tuple[Tree, ...]
    kind: str = "partial"
    order: int = 1


class Differential(Tree):
    """A differential such as dX."""

    body: Tree


class Directional(Tree):
    """Df(X)[H]: the derivative of f(X) by X in a direction."""

    body: Tree
    variable: Tree
    direction: Tree


class At(Tree):
    """Something with values put in for names: what stands behind a bar, x = 0."""

    body: Tree
    values: tuple[Tree, ...]


class Remainder(Tree):
    """O(h^2), or o(h) where ``little``: what is left out of a sum, and how small it is as the body goes to zero."""

    body: Tree
    little: bool = False


# ------------------------------------------------------------------ brackets with a meaning

class Norm(Tree):
    """A norm; ``kind`` as written below, such as "2", "1", "F"; or the matrix by which it weighs."""

    body: Tree
    kind: str = ""
    weight: Tree | None = None


class Bars(Tree):
    """Something between bars: an absolute value, a determinant or a size."""

    body: Tree


class Round(Tree):
    """Floor or ceiling."""

    body: Tree
    up: bool = False


class Sequence(Tree):
    """Several expressions in brackets, separated by commas: a vector written out, or arguments."""

    items: tuple[Tree, ...]
    kind: str = "("


class Matrix(Tree):
    """A matrix written out, row by row."""

    rows: tuple[tuple[Tree, ...], ...]


class Cases(Tree):
    """Values with conditions; a condition of None is "otherwise"."""

    branches: tuple[tuple[Tree, Tree | None], ...]


class Iverson(Tree):
    """1 where the condition holds, else 0."""

    condition: Tree


class DeltaSign(Tree):
    """Kronecker's delta."""

    left: Tree
    right: Tree


class Unit(Tree):
    """A unit vector e_y."""

    position: Tree
    size: Tree | None = None


class Not(Tree):
    """The opposite of a condition."""

    body: Tree


class Space(Tree):
    """A set such as R^{m x n}, or one written out."""

    name: str
    sizes: tuple[Tree, ...]


# ------------------------------------------------------------------ relations

class Relation(Tree):
    """A chain a = b <= c: sides and the relations between them.  A side of None goes on from the line before."""

    sides: tuple[Tree | None, ...]
    signs: tuple[str, ...]


class Remark(Tree):
    """Words beside the mathematics."""

    text: str


class DisplayedLine(Tree):
    """One displayed line: relation chains and bare expressions, joined by commas or arrows, and remarks.

    There is one joint less than there are parts, or as many where the line starts with an arrow.  ``stray`` is the place of
    a bracket that closes nothing and was left out.
    """

    parts: tuple[Tree, ...]
    joints: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    stray: int | None = None

    def before(self, number: int) -> str:
        """The joint in front of a part; none in front of the first of most lines."""
        place = number - (len(self.joints) < len(self.parts))
        return self.joints[place] if place >= 0 else ""
