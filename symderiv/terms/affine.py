"""Affine index expressions: integer combinations of index letters, sizes, labels, and letters times sizes.

The engine's own light form of ``i + j - 1`` or ``d - k + 1``.  Objects are interned: equal means identical, so they
compare and hash in constant time.
"""

from __future__ import annotations

from _weakref import _remove_dead_weakref  # type: ignore[attr-defined]  # as weakref itself does
from collections.abc import Iterable, Mapping, MutableMapping
from math import gcd
from threading import RLock
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, Union
from weakref import WeakValueDictionary, ref

from sympy import Add, Expr, Integer, Mul

from ..bounds import remembered, spend

Atom = Union["Idx", "LabelRef", "Multiple", Expr]
Factor: TypeAlias = int | Expr
"""What a letter is multiplied by: an integer, or an expression in sizes."""


Key = TypeVar("Key")
Kept = TypeVar("Kept")
_INTERNING = RLock()


def interned(table: MutableMapping[Key, Kept], key: Key, made: Kept) -> Kept:
    """The one object of its key: what another thread made in the meantime, else what was made here."""
    with _INTERNING:
        return table.setdefault(key, made)


class _Ref(ref[Kept]):
    """To an object, with the key under which it is known."""

    __slots__ = ("key",)
    key: Any


class Interned(Generic[Key, Kept]):
    """Objects by what they are made of, as long as somebody holds them.

    As WeakValueDictionary, for what is made by the million: nothing but what is needed is done for each.
    """

    def __init__(self) -> None:
        self._refs: dict[Key, _Ref[Kept]] = {}
        refs = self._refs

        # The function as a default: what dies when the interpreter ends finds no module around it.
        def removed(gone: Any, remove: Any = _remove_dead_weakref) -> None:
            remove(refs, gone.key)

        self._removed = removed

    def get(self, key: Key) -> Kept | None:
        """The object of a key, if there is one."""
        found = self._refs.get(key)
        return None if found is None else found()

    def one(self, key: Key, made: Kept) -> Kept:
        """The one object of its key: what another thread made in the meantime, else what was made here."""
        with _INTERNING:
            known = self.get(key)
            if known is not None:
                return known
            mine = _Ref(made, self._removed)
            mine.key = key
            self._refs[key] = mine
            return made


class Idx:
    """An index letter of the engine: name, number of primes, and range lo..hi."""

    __slots__ = ("__weakref__", "hi", "key", "lo", "name", "tag")
    name: str
    tag: int
    lo: Affine
    hi: Affine
    key: str
    _table: ClassVar[WeakValueDictionary[Any, Idx]] = WeakValueDictionary()

    def __new__(cls, name: str, lo: Affine, hi: Affine, tag: int = 0) -> Idx:
        ident = (name, tag, lo, hi)
        found = cls._table.get(ident)
        if found is None:
            found = object.__new__(cls)
            found.name, found.tag, found.lo, found.hi = ident[0], tag, lo, hi
            found.key = cls.keyed(name, tag)
            found = interned(cls._table, ident, found)
        return found

    @staticmethod
    def keyed(name: str, tag: int) -> str:
        """How a letter is called that has so many primes."""
        return name + chr(39) * tag

    def __repr__(self) -> str:
        return self.key


class LabelRef:
    """A label, or one entry of an array of labels, used as a position: an integer in 1..size known only as data.

    ``sym`` is the array of labels, a ``Sym``.
    """

    __slots__ = ("__weakref__", "idx", "key", "size", "source", "sym")
    source: Expr | None
    sym: Any
    idx: tuple[Affine, ...]
    size: Affine
    key: str
    _table: ClassVar[WeakValueDictionary[Any, LabelRef]] = WeakValueDictionary()

    def __new__(cls, source: Expr | None, sym: Any, idx: tuple[Affine, ...], size: Affine) -> LabelRef:
        ident = (source, sym, idx, size)
        found = cls._table.get(ident)
        if found is None:
            found = object.__new__(cls)
            found.source, found.sym, found.idx, found.size = source, sym, idx, size
            name = str(source) if sym is None else sym.key
            found.key = name + (f"[{','.join(i.key for i in idx)}]" if idx else "")
            found = interned(cls._table, ident, found)
        return found

    def __repr__(self) -> str:
        return self.key


class Multiple:
    """A letter, or a label, times a size, as in a stride s: position s·n.  The size is a product without a number."""

    __slots__ = ("__weakref__", "factor", "idx", "inner", "key")
    factor: Expr
    inner: Idx | LabelRef
    idx: tuple[Affine, ...]
    key: str
    _table: ClassVar[WeakValueDictionary[Any, Multiple]] = WeakValueDictionary()

    def __new__(cls, factor: Expr, inner: Idx | LabelRef) -> Multiple:
        found = cls._table.get((factor, inner))
        if found is None:
            found = object.__new__(cls)
            found.factor, found.inner = factor, inner
            found.idx = (Affine._interned(((inner, 1),), 0),)
            found.key = f"{_written(factor)}*{inner.key}"
            found = interned(cls._table, (factor, inner), found)
        return found

    def __repr__(self) -> str:
        return self.key


def atom_key(atom: Atom) -> str:
    """A name to sort and print an atom by."""
    return atom.key if isinstance(atom, Idx | LabelRef | Multiple) else _written(atom)


@remembered(4096)
def _written(expr: Expr) -> str:
    """A size as text; SymPy's printer is slow, and the same few sizes are sorted by again and again."""
    return str(expr)


class Affine:
    """Σ coefficient·atom + const."""

    __slots__ = ("__weakref__", "const", "free", "key", "terms")
    terms: tuple[tuple[Atom, int], ...]
    const: int
    free: frozenset[Idx]
    key: str
    _table: ClassVar[Interned[Any, Affine]] = Interned()

    def __new__(cls, terms: tuple[tuple[Atom, int], ...], const: int) -> Affine:
        spend()
        return cls._interned(terms, const)

    @classmethod
    def _interned(cls, terms: tuple[tuple[Atom, int], ...], const: int) -> Affine:
        ident = (terms, const)
        found = cls._table.get(ident)
        if found is None:
            found = object.__new__(cls)
            found.terms, found.const = terms, const
            free: set[Idx] = set()
            for atom, _ in terms:
                if isinstance(atom, Idx):
                    free.add(atom)
                elif isinstance(atom, LabelRef | Multiple):
                    for position in atom.idx:
                        free |= position.free
            found.free = frozenset(free)
            found.key = _text(terms, const)
            found = cls._table.one(ident, found)
        return found

    def __repr__(self) -> str:
        return self.key

    @property
    def is_const(self) -> bool:
        """Whether it is a plain integer."""
        return not self.terms

    def coeff(self, atom: Atom) -> int:
        """The coefficient of an atom, 0 where it does not occur."""
        for other, c in self.terms:
            if other is atom or (other == atom):
                return c
        return 0

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.terms, self.const + other) if other else self
        spend()
        return _added(self, other, 1)

    def __sub__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return self + (-other)
        spend()
        return _added(self, other, -1)

    def __neg__(self) -> Affine:
        return self.scaled(-1)

    def scaled(self, factor: int) -> Affine:
        """factor times this."""
        if factor == 1:
            return self
        if factor == 0:
            return constant(0)
        return Affine(tuple((a, c * factor) for a, c in self.terms), self.const * factor)

    def slope(self, letter: Idx) -> Factor:
        """How fast this grows with a letter: its coefficient, and the sizes that it is multiplied by."""
        plain = self.coeff(letter)
        sizes = [a.factor * c for a, c in self.terms if isinstance(a, Multiple) and a.inner is letter]
        return Add(plain, *sizes) if sizes else plain

    def times(self, size: Factor) -> Affine:
        """This times a size: what is a letter becomes a multiple of one."""
        if isinstance(size, int | Integer):
            return self.scaled(int(size))
        parts: list[tuple[Affine, int]] = [(size_affine(size), self.const)]
        for atom, c in self.terms:
            for term in Add.make_args(size.expand()):
                if isinstance(atom, Expr):
                    parts.append((size_affine((atom * term).expand()), c))
                    continue
                factor, inner = (term * atom.factor, atom.inner) if isinstance(atom, Multiple) else (term, atom)
                number, factor = factor.as_coeff_Mul()
                parts.append((affine(Multiple(factor, inner)) if factor != 1 else affine(inner), c * int(number)))
        return combine(parts)

    def divided(self, factor: int) -> Affine | None:
        """This divided by an integer, or None where a coefficient is not divisible."""
        if any(c % factor for _, c in self.terms) or self.const % factor:
            return None
        return Affine(tuple((a, c // factor) for a, c in self.terms), self.const // factor)

    @property
    def content(self) -> int:
        """The greatest common divisor of the coefficients (not of the constant); 0 for a constant."""
        result = 0
        for _, c in self.terms:
            result = gcd(result, c)
        return result

    @property
    def single(self) -> Atom | None:
        """The letter, label or size, where this is exactly one of them."""
        if len(self.terms) != 1 or self.terms[0][1] != 1 or self.const or isinstance(self.terms[0][0], Multiple):
            return None
        return self.terms[0][0]

    def substitute(self, env: Mapping[Idx, Affine]) -> Affine:
        """Index letters replaced; labels indexed by them follow."""
        if self.free.isdisjoint(env):
            return self
        alone = self.single
        if isinstance(alone, Idx):
            spend(2)  # as where the parts are put together
            return env[alone]
        parts: list[tuple[Affine, int]] = [(constant(self.const), 1)]
        for atom, c in self.terms:
            if isinstance(atom, Idx) and atom in env:
                parts.append((env[atom], c))
            elif isinstance(atom, LabelRef) and atom.idx:
                idx = tuple(position.substitute(env) for position in atom.idx)
                parts.append((affine(LabelRef(atom.source, atom.sym, idx, atom.size)), c))
            elif isinstance(atom, Multiple):
                parts.append((atom.idx[0].substitute(env).times(atom.factor), c))
            else:
                parts.append((affine(atom), c))
        return combine(parts)


def _text(terms: tuple[tuple[Atom, int], ...], const: int) -> str:
    out = ""
    for atom, c in terms:
        sign = "-" if c < 0 else "+"
        out += sign + ("" if abs(c) == 1 else f"{abs(c)}*") + atom_key(atom)
    if const or not out:
        out += f"{const:+d}"
    return out.removeprefix("+")


def constant(value: int) -> Affine:
    """An integer."""
    return Affine((), int(value))


def affine(atom: Atom) -> Affine:
    """One atom."""
    return Affine(((atom, 1),), 0)


def combine(parts: Iterable[tuple[Affine, int]]) -> Affine:
    """Σ factor·affine, like atoms collected and sorted."""
    spend()
    return _combined(parts)


# The same few positions are compared again and again; spent is the same whether the result is still known or not.
@remembered(8192)
def _added(a: Affine, b: Affine, factor: int) -> Affine:
    return _combined(((a, 1), (b, factor)))


def _combined(parts: Iterable[tuple[Affine, int]]) -> Affine:
    total: dict[Atom, int] = {}
    const = 0
    for part, factor in parts:
        const += part.const * factor
        for atom, c in part.terms:
            total[atom] = total.get(atom, 0) + c * factor
    kept = [(a, c) for a, c in total.items() if c]
    if len(kept) > 1:
        kept.sort(key=_order)
    terms = tuple(kept)
    return Affine._interned(terms, const)


def _order(term: tuple[Atom, int]) -> tuple[int, str]:
    return _kind(term[0]), atom_key(term[0])


def _kind(atom: Atom) -> int:
    return 0 if isinstance(atom, Idx) else 1 if isinstance(atom, LabelRef | Multiple) else 2


def size_affine(size: Expr) -> Affine:
    """A size as an affine expression; what is not linear with integer coefficients stays one opaque atom."""
    if isinstance(size, Integer):
        return constant(int(size))
    if isinstance(size, Add):
        return combine((size_affine(arg), 1) for arg in size.args)
    if isinstance(size, Mul):
        number, rest = size.as_coeff_Mul()
        if isinstance(number, Integer) and number != 1:
            return size_affine(rest).scaled(int(number))
        expanded = size.expand()
        if isinstance(expanded, Add):
            return size_affine(expanded)
    return affine(size)
