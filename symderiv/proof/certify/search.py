"""The side of an axiom that the checker does not do: finding the multipliers, the witnesses and the signs.

A ``Recorder`` is the checker's own ``Facts``; where the checker reads a hint, it looks for one and writes it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations_with_replacement
from math import gcd
from typing import Any

from ...bounds import remembered
from ...checker import (
    Facts,
    Pos,
    Refused,
    Term,
    atom_key,
    constant,
    held_by,
    held_in,
    in_order,
    is_fn,
    opened,
    poly,
    renamed,
    replaced,
    rest_of,
    single,
    term,
)
from ...functions.elementary import cos, exp, sin
from ...functions.network_functions import heaviside
from .models import QUOTIENT, Models

# Kinds of terms that hold others.
ADD, MUL, POW, SUM = "add", "mul", "pow", "sum"
SINE, COSINE, STEP = sin.name, cos.name, heaviside.name
WHERE, INVERSE = "where", "inv"
# The entries of a script that keep numbers at which what is known holds, and what is declared of labels.
MODELS, LABELS = "models", "labels"
Pairs = list[tuple[Any, int]]
Held = dict[tuple[Any, bool], list[tuple[Any, Pos]]]
# What was searched for, and found or not.
SOUGHT: dict[Any, tuple[tuple[int, Pairs] | None, int]] = {}
# The entry of a script that counts how many assumptions a sign rests on, and how many are tried.
ASSUMED, FEW_ASSUMED = "assumed", 3
# The entry of a script that names the length of rows by which places may be counted.
ROWS = "rows"
KEPT = 10_000
DEPTH = 4
TRIED = 4_000


class Recorder(Facts):
    """Facts at a place, with the hints that an axiom needed."""

    def need(self, p: Pos) -> None:
        """Find multipliers for p >= 0, or refuse."""
        if (p.number() or -1) >= 0 or not p.terms:
            return None
        made = self.script["made"]
        for extra in (False, True):
            found = self._search(p, extra)
            if found is None:
                continue
            mark = len(made)
            k, pairs = found
            made.append([k, [[which, m] for which, m in pairs]])
            try:
                for which, _ in pairs:
                    for one in which if isinstance(which, list) else [which]:
                        self.fact(one, p)
                return None
            except Refused:
                del made[mark:]
        if self.script.get(ROWS) is not None:
            return self._need_by_rows(p, self.script[ROWS])
        raise Refused("does not follow")

    def _need_by_rows(self, p: Pos, length: str) -> None:
        """p >= 0 since q p + q - 1 >= 0 for a length q."""
        q = single(length)
        found = _multipliers(q.times(p).plus(q).plus(constant(-1)), (_holding(self.known),))[0]
        if found is None:
            raise Refused("does not follow")
        k, pairs = found
        self.script["made"].append([encoded(constant(k).times(q)), [[which, m] for which, m in pairs]])
        self.need(constant(k).times(q).plus(constant(-1)))

    def _search(self, p: Pos, extra: bool) -> tuple[int, list[tuple[Any, int]]] | None:
        key = (p, self.known, extra, self.script.get(ROWS) is not None)
        memo = self.script["farkas"]
        if key not in memo:
            if LABELS not in self.script:
                self.script |= {LABELS: str(self.statement.data["labels"]), MODELS: Models(self.statement)}
            # What follows from what is the same in every statement with these labels.
            whole = (self.script[LABELS], self.letters, *key)
            if whole not in SOUGHT:
                if len(SOUGHT) >= KEPT:
                    SOUGHT.clear()
                SOUGHT[whole] = self._sought(p, extra)
            memo[key], tried = SOUGHT[whole]
            self.spend(tried)
        return memo[key]  # type: ignore[no-any-return]

    def _sought(self, p: Pos, extra: bool) -> tuple[tuple[int, Pairs] | None, int]:
        """Multipliers, and the work on them: of known facts; with ``extra`` also of the ends of labels and quotients, and of
        products of two facts."""
        if not extra:
            return _multipliers(p, (_holding(self.known),))
        ends: list[tuple[Any, Pos]] = []
        for n, atom in enumerate(sorted({a for m in p.terms for a in m if isinstance(a, tuple)}, key=atom_key)):
            ends += zip((f"lo:{n}", f"hi:{n}"), self.ends(atom), strict=True)
        products = any(len(m) > 1 for f in (p, *self.known) for m in f.terms)
        if not (ends or products) or self.script[MODELS].refute(self.known, self.letters, p):
            return None, 1
        made = [_products(self.known, self.script.get(ROWS) is not None)] if products else []
        return _multipliers(p, (_holding(self.known), _by_monomial(ends), *made))

    def splits(self, g: Any) -> bool:
        """Split a root where all factors are positive by declaration."""
        positive = self.positive(*(a for a, _ in g))
        self.script["made"].append("split" if positive else "whole")
        return positive

    def positive(self, *terms: Term) -> bool:
        """Whether all are positive by declaration; nothing is written down."""
        made, allow = self.script["made"], self.script["allow"]
        mark = len(made)
        self.script["allow"] = False
        try:
            for t in terms:
                self.condition("gt", t)
        except Refused:
            return False
        finally:
            self.script["allow"] = allow
            del made[mark:]
        return True

    def condition(self, kind: str, t: Term) -> None:
        """From the declarations where possible, else a condition of the statement."""
        if is_fn(t, exp.name) or (t.kind == "num" and t.data > 0):
            return
        made = self.script["made"]
        mark = len(made)
        made.append("pos")
        try:
            self.sign(t, kind != "ge")
            return
        except Refused:
            del made[mark:]
        if not self.script["allow"]:
            raise Refused("a condition")
        made.append(WHERE)
        whole = self.as_condition(kind, t)
        self.script[WHERE][whole] = None

    def invertible(self, name: str) -> None:
        """Note that a matrix must be invertible."""
        if not {"invertible", "orthogonal", "positive_definite"} & self.statement.tensors[name].properties:
            self.script["inverted"][name] = None

    def sign(self, t: Term, strict: bool) -> None:
        """As the checker, by the parts first, then by what is assumed."""
        if not self.statement.given:
            return self.parts(t, strict)
        made, depth = self.script["made"], self.script.get(ASSUMED, 0)
        mark = len(made)
        made.append("parts")
        try:
            return self.parts(t, strict)
        except Refused:
            del made[mark:]
        for multiple in self._multiples(t) if depth < FEW_ASSUMED else ():
            self.script[ASSUMED] = depth + 1
            made.append([multiple])
            try:
                return self.sign(*self.without(t, strict, [multiple]))
            except Refused:
                del made[mark:]
            finally:
                self.script[ASSUMED] = depth
        raise Refused("its sign is not known")

    def _multiples(self, t: Term) -> Iterator[list[Any]]:
        """Multiples of what is assumed, at positions that the term reads, without which one of its monomials vanishes."""
        own = poly(self, t)
        for which, (letters, row) in enumerate(self.statement.given):
            for at in _instances(letters, row.children[0], t):
                found = poly(self, renamed(row.children[0], letters, at))
                ratios = dict.fromkeys(_ratio(n, d, m, c) for m, c in found.items() for n, d in own.items())
                yield from ([which, [encoded(p) for p in at], encoded_term(ratio)] for ratio in ratios if ratio is not None)

    def parts(self, t: Term, strict: bool) -> None:
        """As the checker, trying which summand is positive and where a sum has a positive term."""
        made = self.script["made"]
        mark = len(made)
        if t.kind == ADD and strict:
            for which in range(len(t.children)):
                made.append(which + 1)
                try:
                    for k, c in enumerate(t.children):
                        self.sign(c, k == which)
                    return
                except Refused:
                    del made[mark:]
            raise Refused("its sign is not known")
        if t.kind == SUM and strict:
            return self._sign_of_sum(t)
        super().parts(t, strict)

    def _sign_of_sum(self, t: Term) -> None:
        made = self.script["made"]
        name = self.fresh()
        body = opened(t, single(name))
        rest, held = rest_of(body), held_in(body)
        self.inside(held_by(held), [name]).sign(rest, False)
        mark = len(made)
        for witness in _witnesses(held, name):
            try:
                made.append(encoded(witness))
                for p in held_by([replaced(b, name, witness) for b in held]):
                    self.need(p)
                self.sign(replaced(rest, name, witness), True)
                return
            except Refused:
                del made[mark:]
        raise Refused("a sum that may be empty")


def _ratio(n: Any, d: Any, m: Any, c: Any) -> Term | None:
    """d n / (c m) for monomials, if it is a positive number times powers that are none of a quotient."""
    left = dict(n)
    for a, e in m:
        left[a] = left.get(a, 0) - e
    return term({in_order(left.items()): Fraction(d) / c}) if d * c > 0 and min(left.values(), default=0) >= 0 else None


def _instances(letters: list[str], row: Term, t: Term) -> Iterator[list[Pos]]:
    """What letters stand for where a term reads the entries of a condition."""
    if not letters:
        yield []
        return
    names = [*map(single, letters)]
    wanted = next((e for e in _entries(row) if len(e.positions) == len(names) and {*names} == {*e.positions}), None)
    for e in dict.fromkeys(_entries(t)):
        if wanted is not None and e.data == wanted.data:
            yield [e.positions[wanted.positions.index(name)] for name in names]


def _entries(t: Term) -> Iterator[Term]:
    if t.kind == "ent":
        yield t
    for c in t.children:
        yield from _entries(c)


def _by_monomial(facts: Iterable[tuple[Any, Pos]]) -> Held:
    """Which facts hold a monomial, by its sign there."""
    found: Held = {}
    for which, f in facts:
        for m, c in f.terms.items():
            found.setdefault((m, c > 0), []).append((which, f))
    return found


@remembered(1_000)
def _holding(known: tuple[Pos, ...]) -> Held:
    return _by_monomial(enumerate(known))


@remembered(1_000)
def _products(known: tuple[Pos, ...], rows: bool = False) -> Held:
    """Products of two short facts; for ``rows`` also of one that a size is at least 1 with facts further on."""
    short = [(i, f) for i, f in enumerate(known) if len(f.terms) <= 3]
    pairs = [*combinations_with_replacement(short[:8], 2)]
    if rows:
        pairs += ((one, other) for one in short[:8] for other in short[8:24]
                  if len(one[1].terms) == 2 and one[1].terms.get((), 0) == -1)
    return _by_monomial(([i, j], _product(f, g)) for (i, f), (j, g) in pairs)


_product = remembered(10_000)(Pos.times)


def _witnesses(held: list[Term], name: str) -> Iterator[Pos]:
    """Ends of a range."""
    for b in held:
        c, rest = b.positions[0].slope(name)
        if c in (1, -1):
            yield constant(0).plus(rest, -c)


def _multipliers(goal: Pos, layers: tuple[Held, ...]) -> tuple[tuple[int, Pairs] | None, int]:
    """(k > 0 and multipliers with k·goal + k - 1 - Σ m f = c >= 0, work); a search of bounded depth."""
    search = _Search(layers)
    return search.of(dict(goal.terms), 1, [], DEPTH), TRIED - search.left


class _Search:
    """The facts that are searched, and how much may still be tried."""

    def __init__(self, layers: tuple[Held, ...]) -> None:
        self.left = TRIED
        keys = dict.fromkeys(key for held in layers for key in held) if len(layers) > 1 else ()
        self.held = {key: [each for held in layers for each in held.get(key, ())] for key in keys} if keys else layers[0]

    def of(self, p: dict[Any, int], k: int, used: Pairs, depth: int) -> tuple[int, Pairs] | None:
        self.left -= 1
        loose = [m for m in p if m]
        if not loose:
            return (k, used) if p.get((), 0) + k - 1 >= 0 else None
        if depth == 0 or self.left < 0:
            return None
        # What fewest facts hold first, then the longest.
        held = self.held
        m = min(loose, key=lambda m: (len(held.get((m, p[m] > 0), ())), -len(m)))
        for which, f in held.get((m, p[m] > 0), ()):
            c = f.terms[m]
            g = gcd(c, p[m])
            scale, times = abs(c) // g, abs(p[m]) // g
            if k * scale > 64:
                continue
            rest = {n: x * scale for n, x in p.items()}
            for n, x in f.terms.items():
                rest[n] = rest.get(n, 0) - times * x
            found = self.of({n: x for n, x in rest.items() if x}, k * scale,
                            [*((w, x * scale) for w, x in used), (which, times)], depth - 1)
            if found is not None:
                return found
        return None


def encoded(p: Pos) -> Any:
    """A position as JSON."""
    if all(len(m) <= 1 and all(isinstance(a, str) for a in m) for m in p.terms):
        return {(m[0] if m else ""): c for m, c in sorted(p.terms.items())}
    return [[c, [encoded_atom(a) for a in m]] for m, c in p.terms.items()]


def encoded_term(t: Term, depth: int = 0) -> Any:
    """A term of the checker as nested JSON; a sum over all integers has its brackets in the body."""
    if t.kind == SUM:
        letter = f"q{depth}_"
        return ["all", letter, encoded_term(opened(t, single(letter)), depth + 1)]
    data = [t.data.numerator, t.data.denominator] if t.kind == "num" else t.data if t.kind == "mat" else [t.data]
    positions = [encoded(p) for p in t.positions]
    return [t.kind, *(() if t.data is None else data), *([positions] if t.kind in ("ent", "mat") else positions),
            *(encoded_term(c, depth) for c in t.children)]


def encoded_atom(a: Any) -> Any:
    """An atom as JSON."""
    if isinstance(a, str):
        return a
    if a[0] == "label":
        return ["label", a[1], [encoded(p) for p in a[2:]]]
    return [QUOTIENT, encoded(a[1]), encoded(a[2])]
