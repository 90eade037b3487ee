"""What is declared: names with their patterns, the meaning of operator signs, and conventions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from operator import itemgetter
from typing import Any, ClassVar

from sympy import Expr

from ...arrays.operator import shape_of
from ...arrays.symbols import Index
from ...errors import DeclarationError
from ..syntax.spellings import TYPED, VARIANTS
from ..syntax.tokens import Macro, SourceText
from ..syntax.tree import Subscripted, Tree

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """How a name is written: its first signs, and the scripts that belong to it rather than being indices or powers.

    base   keys of the signs, usually one; several for names such as \\delta 3
    subs   items of the subscript that are part of the name, each as keys
    sups   keys of the superscript that is part of the name
    hole   the letter in ``subs`` or ``sups`` that stands for any step of a recurrence
    """

    base: Keys
    subs: tuple[Keys, ...] = ()
    sups: Keys = ()
    primes: int = 0
    font: str = ""
    hole: str | None = None

    @cached_property
    def text(self) -> str:
        """The canonical spelling, by which the name is printed and can be read again."""
        text = "".join(self.base) if len(self.base) > 1 and self.base[0].isalpha() and not self.base[1].isalpha() \
            else " ".join(self.base)
        if self.subs:
            text += "_" + _script(",".join("".join(item) for item in self.subs))
        if self.sups:
            text += "^" + _script("".join(self.sups))
        return text + "'" * self.primes


def around(pattern: Pattern) -> tuple[str, str]:
    """What is written before and after the hole of a pattern."""
    mark = "\0"

    def fill(keys: Keys) -> Keys:
        return tuple(mark if k == pattern.hole else k for k in keys)

    before, _, after = replace(pattern, base=fill(pattern.base), subs=tuple(map(fill, pattern.subs)),
                               sups=fill(pattern.sups)).text.partition(mark)
    return before, after


def _script(text: str) -> str:
    return text if text.isalnum() else "{" + text + "}"


_NUMBERED = re.compile(r"([A-Za-z]{1,20})(?:_|\^\{[(\[]|)(\d{1,4})(?:[)\]]\}|)")


def numbered(name: str) -> tuple[str, str] | None:
    """The letters and the number of W1, W_1 and W^{(1)}, which are one name where only one of them is known."""
    found = _NUMBERED.fullmatch(name)
    return (found[1], found[2]) if found else None


@dataclass(frozen=True, eq=False)
class Declared:
    """Base of declared names; ``unclear`` says why a name that is no quantity has no value."""

    pattern: Pattern
    unclear: ClassVar[str] = "it is declared as a function"

    @property
    def name(self) -> str:
        """Canonical spelling."""
        return self.pattern.text

    @property
    def rank(self) -> int | None:
        """Number of axes, where it is known without elaborating a definition."""
        return None


@dataclass(frozen=True, eq=False)
class Quantity(Declared):
    """A tensor, label, size or any expression under a name.

    origins   the first position of each axis, where it is not the convention of the text
    family    the letters of a family of arrays: its first axes, which are indexed by subscripts
    depends   for an unknown quantity, the names it is a function of
    """

    value: Expr
    origins: tuple[int | None, ...] = ()
    depends: tuple[str, ...] = ()

    @property
    def rank(self) -> int | None:
        return len(shape_of(self.value))


@dataclass(frozen=True, eq=False)
class LetterDeclared(Declared):
    """An index letter with its range."""

    index: Index


@dataclass(frozen=True, eq=False)
class FunctionDeclared(Declared):
    """A name for a registered function, or (``target`` None) for an unknown one that acts on every entry."""

    target: str | None = None
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Definition(Declared):
    """A name defined by an expression: ``y_i = ...``, ``f(x) = ...`` or ``p = ...``.

    letters     index letters on the left side
    parameters  names of the arguments on the left side, None where there are no brackets
    tree        the right side
    shape       a shape declared beside the definition
    """

    letters: tuple[str, ...]
    parameters: tuple[str, ...] | None
    tree: Tree
    source: SourceText
    declared: Quantity | None = None
    upper: bool = False

    @property
    def rank(self) -> int | None:
        if self.declared is not None:
            return self.declared.rank
        return len(self.letters) or None


@dataclass(frozen=True, eq=False)
class SteppedName(Declared):
    """A name with a step in it, h^{(t)}; ``members`` are the declared steps."""

    letter: str = "t"
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Expected(Declared):
    """The sign of an expectation, or of a probability; over all that is random where nothing is said."""

    over: tuple[str, ...] = ()
    of_events: bool = False


@dataclass(frozen=True, eq=False)
class Parameter(Declared):
    """An argument of a function that is being defined; its value comes with the call."""


@dataclass(frozen=True)
class SaidMoment:
    """A relation that says a moment of a random name: E[x_i] = value, E[(x - offset)(x - offset)ᵀ] = value.

    letters  those of the entry;  outer  whether of two entries;  central  whether the mean is taken off, as in Var(x)
    """

    order: int
    letters: tuple[str, ...]
    offset: Tree | None
    outer: bool
    central: bool
    value: Tree
    text: str


@dataclass(frozen=True)
class RandomLaw:
    """The law of a random name.

    name        as the room of probability knows it; empty where none is said
    parameters  the texts of its parameters, with their source
    iid         whether the entries are independent of each other;  alike  whether they are so with one distribution
    symmetric   whether it is distributed as its negative;  moments  what relations say of it
    """

    name: str = ""
    parameters: tuple[tuple[int, int], ...] = ()
    source: SourceText | None = None
    iid: bool = False
    symmetric: bool = False
    alike: bool = False
    moments: tuple[SaidMoment, ...] = ()


@dataclass(frozen=True)
class Constraint:
    """A relation that the declarations state, such as Σ_i y_i = 1."""

    tree: Tree
    text: str


class ByFirstScript:
    """Names of one first sign by the first sign below them, so that x_1, ..., x_{2000} are found at once."""

    def __init__(self, names: Iterable[Declared]) -> None:
        self.by_script: dict[str, list[tuple[int, Declared]]] = {}
        self.count = 0
        for each in names:
            self.add(each)

    def add(self, declared: Declared) -> None:
        """Put a name behind the others."""
        subs = declared.pattern.subs
        told = bool(subs) and bool(subs[0]) and declared.pattern.hole is None and len(declared.pattern.base) == 1
        self.by_script.setdefault(folded(subs[0][0]) if told else ANY, []).append((self.count, declared))
        self.count += 1

    def possible(self, scripts: Iterable[str]) -> list[Declared]:
        """Names with one of some signs first below, and those that any sign may follow."""
        keys = dict.fromkeys((ANY, *map(folded, scripts)))
        return [each for _, each in sorted((x for k in keys for x in self.by_script.get(k, ())), key=itemgetter(0))]


ANY = ""


def folded(key: str) -> str:
    """A sign, variants of Greek letters taken as one."""
    return min(key, VARIANTS.get(key, key), key=len)


@dataclass
class DeclaredNames:
    """All that a text may rely on.

    operators    sign -> (meaning, options), such as "*" -> ("conv1d", (("mode", "valid"),))
    numbers      whole numbers for names that the text leaves open: the last step of a recurrence, a power of a matrix
    spellings    the records of ``names`` by their canonical spelling;  scripted  index letters with a script
    laid_out     entries of derivatives with what the declarations say that they are: ∂f/∂x[a, d, c] = ∂f[a]/∂x[c, d]
    values       what defined names stand for;  bodies  the expressions that define them, as they are written
    open_steps   names of steps that definitions lead up to, v_t = f(v_{t-1}) with t: integer
    stepped      names that stand for one array a step, x_t for t = 1..T
    alike        whether the members of a random family have one distribution
    held         names that are said to be held fixed: derivatives do not go through their definitions
    guessed      names of which only the lines that they stand in tell anything, and whether their spelling bears that out
    renewed      where rows begin that give a name another value
    worded       names of which a text says in words alone what they are, with these words
    told_apart   the records of ``names`` by the sign below them, where many begin alike;  added  what was put in or changed
    later        definitions that wait for names that the text defines, with why they could not be read yet
    cases        bounds that words suppose of rows above, as written
    first_index  1, or 0 where the text counts from 0
    layout       "denominator" (a gradient has the shape of its variable) or "numerator"; None if nothing is said
    assuming     relations between sizes;  laws  those of the random names
    """

    names: dict[str, list[Declared]] = field(default_factory=dict)
    operators: dict[str, tuple[str, tuple[tuple[str, Any], ...]]] = field(default_factory=dict)
    signs: dict[str, str] = field(default_factory=dict)
    layout: str | None = None
    first_index: int = 1
    upper: bool = False
    einstein: bool = False
    log_base: Expr | None = None
    goal: str | None = None
    tolerance: float | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    open_steps: frozenset[str] = frozenset()
    alike: bool = False
    held: frozenset[str] = frozenset()
    guessed: dict[str, bool] = field(default_factory=dict)
    renewed: frozenset[int] = frozenset()
    worded: dict[str, str] = field(default_factory=dict)
    later: dict[str, Any] = field(default_factory=dict)
    stepped: set[Pattern] = field(default_factory=set)
    constraints: list[Constraint] = field(default_factory=list)
    laid_out: list[tuple[Subscripted, Tree]] = field(default_factory=list)
    assuming: list[Any] = field(default_factory=list)
    sizes: dict[str, Expr] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    bodies: dict[Any, Expr] = field(default_factory=dict, repr=False)
    problems: list[Any] = field(default_factory=list)
    spelled: set[Pattern] = field(default_factory=set)
    laws: dict[str, RandomLaw] = field(default_factory=dict)
    spellings: dict[str, list[Declared]] = field(default_factory=dict, repr=False)
    scripted: set[str] = field(default_factory=set)
    told_apart: dict[str, ByFirstScript] = field(default_factory=dict, repr=False, compare=False)
    added: list[Pattern] = field(default_factory=list, repr=False, compare=False)
    supposed: list[Any] = field(default_factory=list)
    cases: dict[str, None] = field(default_factory=dict)
    stepping: frozenset[str] = frozenset()

    def add(self, declared: Declared) -> None:
        """Put a name in.  Raises DeclarationError where the same spelling is declared with another meaning."""
        for other in self.by_name(declared.name):
            if other.pattern == declared.pattern and not self._may_stand_beside(other, declared):
                raise DeclarationError(f"{declared.name} is declared twice", hint="give one of the two another name")
        key = declared.pattern.base[0]
        self.names.setdefault(key, []).append(declared)
        if key in self.told_apart:
            self.told_apart[key].add(declared)
        self.added.append(declared.pattern)
        self.spellings.setdefault(declared.name, []).append(declared)
        if isinstance(declared, LetterDeclared) and declared.pattern.subs:
            self.scripted.add(declared.name)

    @staticmethod
    def _may_stand_beside(a: Declared, b: Declared) -> bool:
        """z beside z_i, and x_i beside x_{ij}: told apart by the number of indices."""
        return isinstance(a, Quantity | Definition) and isinstance(b, Quantity | Definition) and arity(a) != arity(b)

    def replace(self, old: Declared, new: Declared) -> None:
        """Put another record in the place of one."""
        bucket = self.names[old.pattern.base[0]]
        bucket[bucket.index(old)] = new
        self.told_apart.pop(old.pattern.base[0], None)
        self.added.append(new.pattern)
        same = self.spellings[old.name]
        if new.name == old.name:
            same[same.index(old)] = new
        else:
            same.remove(old)
            self.spellings.setdefault(new.name, []).append(new)

    def remove(self, old: Declared) -> None:
        """Take a record out."""
        self.names[old.pattern.base[0]].remove(old)
        self.told_apart.pop(old.pattern.base[0], None)
        self.added.append(old.pattern)
        same = self.spellings[old.name]
        same.remove(old)
        if not any(isinstance(other, LetterDeclared) and other.pattern.subs for other in same):
            self.scripted.discard(old.name)

    def starting(self, key: str) -> list[Declared]:
        """Names whose first sign has this key; a variant of a Greek letter stands for the letter if it alone is known."""
        found = self.names.get(key)
        if found is None and key in VARIANTS:
            found = self.names.get(VARIANTS[key])
        return found or next((self.names[other] for other in TYPED.get(key, ()) if self.names.get(other)), [])

    def possible(self, key: str, scripts: Iterable[str]) -> list[Declared]:
        """Those of ``starting`` whose first sign below, if they have one, is among ``scripts``, in their order."""
        found = self.starting(key)
        first = found[0].pattern.base[0]
        if first not in self.told_apart:
            self.told_apart[first] = ByFirstScript(found)
        return self.told_apart[first].possible(scripts)

    def by_name(self, name: str) -> list[Declared]:
        """The records under a canonical spelling."""
        return list(self.spellings.get(name, ()))

    def spelled_otherwise(self, letters: str, number: str) -> Declared | None:
        """The quantity whose number is written otherwise than here: W1, W_1, W^{(1)} or W^{[1]}."""
        for name in (f"{letters}{number}", f"{letters}_{number}", f"{letters}^{{({number})}}", f"{letters}^{{[{number}]}}"):
            for record in self.spellings.get(name, ()):
                if isinstance(record, Quantity) or (isinstance(record, Definition) and not record.parameters):
                    return record
        return None

    def all(self) -> Iterator[Declared]:
        """Every record."""
        for bucket in self.names.values():
            yield from bucket

    def near(self, word: str) -> list[str]:
        """Declared names that look alike."""
        return get_close_matches(word, [d.name for d in self.all()], 3)

    def copy(self) -> DeclaredNames:
        """A context that can be added to without changing this one."""
        return replace(self, names={k: list(v) for k, v in self.names.items()}, operators=dict(self.operators),
                       signs=dict(self.signs), numbers=dict(self.numbers), stepped=set(self.stepped),
                       constraints=list(self.constraints), laid_out=list(self.laid_out),
                       assuming=list(self.assuming), sizes=dict(self.sizes), texts=dict(self.texts),
                       macros=dict(self.macros), values=dict(self.values), bodies=dict(self.bodies),
                       problems=list(self.problems), spelled=set(self.spelled), laws=dict(self.laws),
                       scripted=set(self.scripted), guessed=dict(self.guessed), worded=dict(self.worded),
                       later=dict(self.later), spellings={k: list(v) for k, v in self.spellings.items()},
                       supposed=list(self.supposed), cases=dict(self.cases), told_apart={}, added=list(self.added))


def arity(declared: Declared) -> int:
    """How many indices a spelling takes before it is an entry; 0 where it stands alone."""
    if isinstance(declared, Definition):
        return len(declared.letters)
    return declared.rank or 0
