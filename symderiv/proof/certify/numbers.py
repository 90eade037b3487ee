"""The checker's terms in floating-point numbers: which names an equation has to be written out for.

With some names written out and all others as arrays of arbitrary numbers, two sides that agree are equal whatever these
arrays are, almost surely: then no other name needs to be looked into.  Nothing here is believed; it only says what to try.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice, product
from random import Random
from typing import Any
from zlib import crc32

from ...bounds import remembered
from ...checker import FUNCTIONS, Facts, Numbers, Pos, Statement, Term, at_number, factors, formula
from ...functions.of_matrices import PRODUCT
from .search import ADD, INVERSE, SUM

POINTS, CELLS, STEPS = 12, 600, 60_000
# For all the names of a statement at all points: arrays that grow with each layer would take a minute.
ALL_STEPS = 600_000
# Arrays with more entries cost more to look at than a search may.
LARGE = 4_000
CLOSE = 1e-8
# What is drawn is counted where it is read.
UNCOUNTED = 1 << 40
# Small entries, so that numbers do not grow with the depth of a network.
SMALL = 0.2
BRACKET, DETERMINANT = "iv", "det"
# The entry of a script that counts the terms that may still be looked at.
LEFT = "looks"


class NoValue(Exception):
    """No value at this point, or too much work for one."""


@remembered(10_000)
def _at(name: str, args: tuple[float, ...]) -> float:
    return float(at_number(name, tuple(map(Decimal, args))))


WITHOUT_VALUE = (NoValue, MemoryError, ArithmeticError, ValueError, LookupError, AttributeError)


@remembered(10_000)
def _linear_brackets(body: Term) -> tuple[tuple[Pos, bool], ...]:
    """The brackets of a product that are linear in its innermost letter, and whether each is a delta."""
    held = ((f.positions[0], f.data == "eq") for f in factors(body) if f.kind == BRACKET)
    return tuple((p, delta) for p, delta in held if all(m.count(0) < 2 and not any(
        0 in q.loose for a in m if isinstance(a, tuple) for q in a if isinstance(q, Pos)) for m in p.terms))


@remembered(10_000)
def _brackets_first(t: Term) -> list[Term]:
    return sorted(t.children, key=lambda c: c.kind != BRACKET)


class ValuesAtPoint:
    """Terms at one point: arrays of random numbers, those in ``unfolds`` by their definitions.

    An entry is worked out once for all ways to choose ``unfolds`` that do not differ below it.
    """

    def __init__(self, statement: Statement, alias: Mapping[str, str], seed: int, positive: bool = True) -> None:
        self.statement, self.alias, self.seed = statement, alias, seed
        self.left, self.scale = STEPS, 1.0
        self.unfolds: frozenset[str] = frozenset()
        # All sizes 2 first, then of two kinds.
        self.sizes = {s: 2 + bool(seed) * (seed + k) % 2 + seed // 3 for k, s in enumerate(statement.data["sizes"])}
        self.seen: dict[Any, float] = {}
        self.written: dict[str, int] = {}
        self.inverted: dict[tuple[Any, ...], tuple[float, list[list[float]]]] = {}
        self.drawn = Numbers({**statement.data, "definitions": []}, self.sizes, 2 * seed + positive, [UNCOUNTED])
        self.sizes = dict(self.drawn.names)  # with the labels
        if any(self.position(p, {}, ()) < 0 for p in statement.known):
            raise NoValue
        self.shapes: dict[str, tuple[int, ...]] = {}
        # Letters by what is known of them, and values of whole sides by what is written out in them.
        self.places: dict[Any, dict[str, int] | None] = {}
        self.sides: dict[Any, float] = {}

    def unfold(self, names: Iterable[str]) -> None:
        """From now on these are written out, and no others."""
        self.unfolds, self.written = frozenset(names), {}

    def _as_written(self, name: str) -> int:
        """Tells apart what a name may stand for: which names are written out in it."""
        if name not in self.unfolds:
            return 0
        if name not in self.written:
            inner = sorted(self.alias.get(n, n) for n in self.statement.tensors[name].body.reads)
            self.written[name] = hash((name, *map(self._as_written, inner)))
        return self.written[name]

    def letters(self, facts: Facts) -> dict[str, int]:
        """Letters that satisfy what is known of them."""
        place = facts.known, facts.letters
        if place not in self.places:
            top, draw = max(self.sizes.values(), default=1), Random(self.seed)
            every = ({i: draw.randint(1, top) for i in facts.letters} for _ in range(POINTS))
            fitting = (env for env in every if all(self.position(p, env, ()) >= 0 for p in facts.known))
            self.places[place] = next(fitting, None)
        env = self.places[place]
        if env is None:
            raise NoValue
        return env

    def side(self, facts: Facts, t: Term) -> float:
        """The value of a whole side: worked out again only if something else is written out in it."""
        reads = (self.alias.get(name, name) for name in sorted(t.reads))
        key = t, facts.known, facts.letters, *map(self._as_written, reads)
        if key not in self.sides:
            self.sides[key] = self.term(t, self.letters(facts), ())
        return self.sides[key]

    def position(self, p: Pos, env: Mapping[str, int], stack: tuple[int, ...]) -> int:
        """The integer that a position is."""
        found = 0
        for atoms, c in p.terms.items():
            for a in atoms:
                kind = type(a)
                c *= (env[a] if a in env else self.sizes[a]) if kind is str else \
                    stack[-1 - a] if kind is int else self.compound(a, env, stack)
            found += c
        return found

    def compound(self, a: Any, env: Mapping[str, int], stack: tuple[int, ...]) -> int:
        """A label or a quotient."""
        if a[0] == "label":
            return int(self.drawn.label(a[1], tuple(self.position(p, env, stack) for p in a[2:])))
        below = self.position(a[2], env, stack)
        if not below:
            raise NoValue
        return self.position(a[1], env, stack) // below

    def shape(self, name: str) -> tuple[int, ...]:
        """The lengths of an array."""
        if name not in self.shapes:
            self.shapes[name] = tuple(self.position(n, {}, ()) for n in self.statement.tensors[name].shape)
        return self.shapes[name]

    def entry(self, name: str, at: tuple[int, ...]) -> float:
        """An entry, 0 outside the shape."""
        name = self.alias.get(name, name)
        key = name, at, self._as_written(name) if name in self.unfolds else 0
        if key not in self.seen:
            tensor = self.statement.tensors[name]
            if not all(1 <= k <= n for k, n in zip(at, self.shape(name), strict=True)):
                found = 0.0
            elif tensor.body is None:
                if math.prod(self.shape(name)) > LARGE:
                    raise NoValue
                found = float(self.drawn.entry(name, at)) * (1 if tensor.properties else self.scale)
            elif name in self.unfolds:
                found = self.term(tensor.body, dict(zip(tensor.letters, at, strict=True)), ())
            else:
                found = 0.2 + 1.1 * crc32(f"{self.seed} {name} {at}".encode()) / 2 ** 32
            self.seen[key] = found
        return self.seen[key]

    def term(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        """The value of a term."""
        self.left -= 1
        if self.left < 0:
            raise NoValue
        return float(getattr(self, f"_{t.kind}")(t, env, stack))

    def _num(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        return float(t.data)

    def _const(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        return math.pi

    def _val(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        return self.position(t.positions[0], env, stack)

    def _iv(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        value = self.position(t.positions[0], env, stack)
        return value >= 0 if t.data == "ge" else value == 0

    def _ent(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        return self.entry(t.data, tuple(self.position(p, env, stack) for p in t.positions))

    def _add(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        return math.fsum(self.term(c, env, stack) for c in t.children)

    def _mul(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        found = 1.0
        for c in _brackets_first(t):
            found *= self.term(c, env, stack)
            if not found:
                break
        return found

    def _pow(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        base, e = (self.term(c, env, stack) for c in t.children)
        if e == int(e):
            return float(base ** int(e))
        if base <= 0:
            raise NoValue
        return float(base ** e)

    def _fn(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        args = tuple(self.term(c, env, stack) for c in t.children)
        try:
            return _at(t.data, args)
        except LookupError:
            return self.term(formula(FUNCTIONS[t.data], *t.children), env, stack)

    def _sum(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        body = t.children[0]
        lowest, highest = self.ends(body, env, stack)
        return math.fsum(self.term(body, env, (*stack, k)) for k in range(lowest, highest + 1))

    def ends(self, body: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> tuple[int, int]:
        """Between which values of its letter the brackets of a body allow it not to be 0."""
        lowest, highest = -CELLS, CELLS
        for p, delta in _linear_brackets(body):
            self.left -= 1
            at_nought = self.position(p, env, (*stack, 0))
            c = self.position(p, env, (*stack, 1)) - at_nought
            if c > 0 or (c and delta):
                lowest = max(lowest, -(at_nought // c))
            if c < 0 or (c and delta):
                highest = min(highest, at_nought // -c)
        if body.kind == ADD:
            every = [self.ends(c, env, stack) for c in body.children]
            lowest, highest = min(lo for lo, _ in every), max(hi for _, hi in every)
        elif body.kind == SUM and (lowest, highest) == (-CELLS, CELLS):
            top = 2 * max(self.sizes.values(), default=1)
            lowest, highest = -top, top
        return lowest, highest

    def _mat(self, t: Term, env: Mapping[str, int], stack: tuple[int, ...]) -> float:
        kind, name = t.data
        at = tuple(self.position(p, env, stack) for p in t.positions)
        lead, n = len(self.shape(name)) - 1, range(1, self.shape(name)[-1] + 1)
        if kind == PRODUCT:
            return math.prod(self.entry(name, (*at[:lead], k)) for k in n if k not in at[lead:])

        member, own = at[:lead - 1], at[lead - 1:]  # which of a stack it is, and where in it
        key = name, self._as_written(self.alias.get(name, name)), *member
        if key not in self.inverted:
            self.inverted[key] = inverted([[self.entry(name, (*member, r, c)) for c in n] for r in n])
        whole, inverse = self.inverted[key]
        if abs(whole) < 1e-6:
            raise NoValue
        if kind != INVERSE:
            return whole if kind == DETERMINANT else math.log(abs(whole))
        return inverse[own[0] - 1][own[1] - 1] if all(k in n for k in own) else 0.0


def inverted(rows: list[list[float]]) -> tuple[float, list[list[float]]]:
    """Determinant and inverse, by elimination: a Kronecker product has as many rows as its factors multiplied."""
    rows = [[*row, *(float(k == n) for k in range(len(rows)))] for n, row in enumerate(rows)]
    whole = 1.0
    for n in range(len(rows)):
        at = max(range(n, len(rows)), key=lambda k: abs(rows[k][n]))
        pivot = rows[at][n]
        if pivot == 0:
            return 0.0, []
        whole *= pivot if at == n else -pivot
        rows[at], rows[n] = rows[n], [x / pivot for x in rows[at]]
        rows = [row if k == n else [x - row[n] * y for x, y in zip(row, rows[n], strict=True)] for k, row in enumerate(rows)]
    return whole, [row[len(rows):] for row in rows]


class Looks:
    """The points at which the equations of one statement are looked at."""

    def __init__(self, statement: Statement, alias: Mapping[str, str]) -> None:
        self.statement, self.alias = statement, alias
        self.made: dict[tuple[int, int], ValuesAtPoint | None] = {}

    def _at(self, seed: int) -> ValuesAtPoint | None:
        key = seed, len(self.alias)
        if key not in self.made:
            try:
                self.made[key] = ValuesAtPoint(self.statement, self.alias, seed)
            except WITHOUT_VALUE:
                self.made[key] = None
        return self.made[key]

    def agree(self, facts: Facts, left: Term, right: Term, unfolds: Iterable[str]) -> bool | None:
        """Whether two sides agree with these names written out and the others arbitrary; None where no point says."""
        seen = 0
        for seed in range(POINTS):
            values = self._at(seed)
            if values is None:
                continue
            values.unfold(unfolds)
            before = values.left = min(STEPS, facts.script[LEFT])
            try:
                a, b = values.side(facts, left), values.side(facts, right)
            except WITHOUT_VALUE:
                continue
            finally:
                facts.script[LEFT] -= before - max(values.left, 0)
            if not math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE):
                return False
            seen += bool(a) + (seed > POINTS // 2)
            if seen >= 2:
                return True
        return True if seen else None


def fingerprints(statement: Statement) -> dict[Any, list[str]]:
    """Defined names by their shapes and entries at a few points, everything written out: what may be equal.

    At the first all entries are positive, at the others they have both signs, where a rectifier is not the identity.
    """
    defined = [n for n, t in statement.tensors.items() if t.body is not None]
    keys: dict[str, tuple[Any, ...]] = {n: (statement.tensors[n].shape,) for n in defined}
    left = [ALL_STEPS]
    for positive, points in ((True, 1), (False, 3)):
        alike = Counter(keys.values())
        names = [n for n in defined if alike[keys[n]] > 1]  # every other one differs from all
        seen = filter(None, (_cells(statement, names, seed, positive, left) for seed in range(POINTS * bool(names))))
        for at in islice(seen, points):
            for n in names:
                keys[n] += at.get(n) or (n,) if positive else at.get(n, ())
    found: dict[Any, list[str]] = {}
    for n in defined:
        found.setdefault(keys[n], []).append(n)
    return found


def _cells(statement: Statement, names: list[str], seed: int, positive: bool, left: list[int],
           ) -> dict[str, tuple[float, ...]]:
    """The entries of names at a point, to ten digits; none for those that have no values, or are 0, or would take more
    steps than are ``left``."""
    found: dict[str, tuple[float, ...]] = {}
    try:
        values = ValuesAtPoint(statement, {}, seed, positive)
        values.unfold(n for n, t in statement.tensors.items() if t.body is not None)
        values.scale = SMALL
    except WITHOUT_VALUE:
        return {}
    for n in names:  # a definition after those that it reads
        values.left = given = min(STEPS, left[0])
        try:
            cells = [values.entry(n, at) for at in product(*(range(1, k + 1) for k in values.shape(n)))] \
                if math.prod(values.shape(n)) <= LARGE else []
        except WITHOUT_VALUE:
            continue
        finally:
            left[0] -= given - values.left
        if any(cells):
            found[n] = tuple(float(f"{x:.9e}") for x in cells)
    return found
