"""Certificates of verdicts and derivations: the statement as data, and a proof that the checker has accepted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace as replace_in
from functools import reduce
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from sympy import Expr
from sympy.core.relational import Relational

from ... import checker
from ...arrays.arrays import Apply, Array, Tensor, subexpressions
from ...arrays.assumptions import of_sizes, relation_facts, relations
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...bounds import deeper, forgotten, spend
from ...checker import (
    MALFORMED,
    ONE,
    SYMMETRIC,
    VERSION,
    ZERO,
    Facts,
    Refused,
    Statement,
    Term,
    accumulated,
    at_letters,
    check,
    digest,
    ent,
    equal_arrays,
    equals,
    factors,
    goals,
    multiplied,
    over,
    readers,
    single,
)
from ...checker import mul as times
from ...checker import prove as walk
from ...functions.network_functions import stop_gradient
from ...lowering.program import Program
from ...matrixform.close import plainly_closed
from ...matrixform.naming import renamed
from ...terms.affine import Affine, Idx, affine, constant, size_affine
from ...terms.nodes import MINUS_ONE, Node, Sym, TensorEntry, mul, replace, substitute, subterms
from ...terms.nodes import ONE as ONE_NODE
from ...terms.nodes import ZERO as ZERO_NODE
from ...terms.nodes import Mul as MulNode
from ...terms.traversals import reached
from ..claims import ByInduction, EntryEquation, Gradient, Identity
from ..equality import over_open_letters, sides_of
from ..proof_record import ProofRecord
from ..reading import reordered
from .entry_conditions import assumed
from .inverses import inverses_in, meet_by_inverses
from .normal import BY_CASES, ONE_BY_ONE, TOO_MUCH, TURNED, Normaliser, NormalLine, denominator, pinned, steps_in
from .numbers import LEFT, Looks, fingerprints
from .search import ADD, INVERSE, MUL, POW, WHERE, Recorder, encoded, encoded_term
from .writing import CertificateError, StatementWriter

if TYPE_CHECKING:
    from ..steps import Accumulation


Names = frozenset[str]
# Visits of terms, when names are written out one after the other, and when all are at once.
FUEL, FUEL_AT_ONCE = 150_000, 15_000
# Equations that were proved: derivatives by several variables have cotangents in common.
FOUND: dict[Any, Any] = {}
KEPT = 1_000
forgotten((checker, checker.Pos, checker.Term))
# Beyond so many steps another order of names is tried, which may be shorter.
LONG = 60
# Definitions, if more, are looked at for those that are equal.
MANY = 8
# Names that are written out while numbers do not agree.
MAX_OPENED = 40
# Both sides are multiplied by so many matrices that are inverted in them, and in so many ways.
MOST_TIMES, TRIED_TIMES = 4, 3
# Work on one equation, all ways together: steps of the search, and terms that are looked at in numbers; lemmas not found.
WORK, LOOKS, MISSES = 30_000, 40_000, 3
# Steps of a call for each term of what is certified: it is walked, numbered and checked anew.
EACH_CERTIFIED = 40
# The work on doing without conditions where there is a way with them: what is found so is found by less than half of it.
GENTLE = 10_000


class Prover:
    """Finds the steps of every equation that a proof owes, in the order in which the checker asks for them."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.script: dict[str, Any] = {"hints": iter(()), "fuel": WORK, "made": [], WHERE: {}, "allow": True,
                                       "farkas": {}, "inverted": {}, TURNED: frozenset()}
        self.heights: dict[str, int] = {}
        self.meanings: dict[str, int] = {}
        self.belows: dict[str, Names] = {}
        # Names for which another one stands that is proved to be equal.
        self.alias: dict[str, str] = {}
        self.points = Looks(statement, self.alias)
        # Of several variables, and of what is between: what was not found, in words.
        self.failed: dict[str, str] = {}
        self.gentle = WORK
        # How far the sides came when they were last written out name after name.
        self.reached: tuple[Term, ...] = ()
        # What is random is written out; numbers do not say which names are to be.
        self.random = frozenset(n for n, t in statement.tensors.items() if t.body is not None and "random" in t.properties)
        self.random |= {m for t in statement.data["tensors"].values() for m in t.get("moments", ())}
        self.ways: tuple[Any, ...] = (self._by_cut, self._gradually, self._apart, self._at_once)
        if "left" in statement.data:
            self.ways = (self._by_cut, self._gently, *self.ways[1:])
        if any("random" in tensor.properties for tensor in statement.tensors.values()):
            self.ways = (self._gradually, self._at_once)

    def same(self, facts: Facts, left: Term, right: Term, given: dict[str, Any]) -> None:
        """Bring both sides to one normal form."""
        if left == right:
            return
        facts = Recorder(facts.statement, facts.known, facts.letters, self.script)
        key = (left, right, facts.known, facts.letters, str(self.statement.data["labels"]), *self.alias.items(),
               self.script[TURNED], str(self.statement.given), *(way.__name__ for way in self.ways),
               *map(self._meaning, sorted(left.reads | right.reads)))
        if key not in FOUND:
            if len(FOUND) >= KEPT:
                FOUND.clear()
            needed = {name: self.script[name] for name in (WHERE, "inverted")}
            self.script |= {name: {} for name in needed} | {"fuel": WORK, LEFT: LOOKS}
            steps: dict[str, Any] = {}
            try:
                (one, first), (two, other) = (pinned(facts, t) for t in (left, right))
                try:
                    self._find(facts, one, two, steps)
                    steps.update(left=[*first, *steps["left"]], right=[*other, *steps["right"]])
                except Refused as why:
                    if not self._find_times(facts, left, right, steps):
                        raise Refused(f"{self._words(given)}: {why}") from None
                FOUND[key] = steps, {name: self.script[name] for name in needed}
            except Refused as why:
                FOUND[key] = str(why)
                raise
            finally:
                self.script |= {**needed, "fuel": WORK}  # what is owed next is no dearer for it
        if isinstance(FOUND[key], str):
            raise Refused(FOUND[key])
        steps, conditions = FOUND[key]
        given.update(json.loads(json.dumps(steps)))
        for name, found in conditions.items():
            self.script[name].update(found)

    def one_by_one(self, proof: dict[str, Any]) -> Callable[..., None]:
        """As ``same``, for derivatives by several variables: what is not found is noted, and what rests on it not tried."""
        data = self.statement.data
        graph = readers(self.statement, data["primal"], {g["variable"] for g in goals(data)})
        variables = {id(steps): g["variable"] for g, steps in zip(goals(data), [proof, *proof["also"]], strict=True)}

        def each(facts: Facts, left: Term, right: Term, given: dict[str, Any]) -> None:
            name = given["of"] if "of" in given else variables[id(given)]
            rests_on = sorted(graph[name]) if "of" in given else [name]
            why = next((self.failed[v] for v in rests_on if v in self.failed), None)
            if why is None:
                try:
                    return self.same(facts, left, right, given)
                except Refused as refused:
                    why = str(refused)
            self.failed[name] = why

        return each

    def complete(self, proof: dict[str, Any]) -> None:
        """Enter the cotangents that the engine does not need: of what vanishes as a whole it has none between."""
        statement, data = Statement(self.statement.data), self.statement.data
        variables = [g["variable"] for g in goals(data)]
        graph = readers(statement, primal := data["primal"], set(variables))
        needed = [v for v in variables if v in graph]
        for v in needed:  # those that are found are appended on the way
            needed += [u for u in graph.get(v, ()) if u not in needed]
        known = {given["of"]: given for given in proof["cotangents"]}
        if {*needed} <= {primal, *known}:
            return
        statement.table = statement.table + proof["terms"]
        statement.define(proof["definitions"])
        shape, seed = statement.shape(primal), data.get("seed")
        facts = over(Recorder(statement, statement.known, (), self.script), data["rows"], () if seed is not None else shape)
        own, rows = [f"@a{k}" for k, _ in enumerate(shape)], map(single, data["rows"])
        at = [*map(single, own)]
        bars = {primal: (own, times(*equals(at, rows)) if seed is None else ent(seed, at))}
        while waiting := [u for u in needed if u not in bars]:
            u = next(u for u in waiting if graph[u] <= bars.keys())
            if u not in known:
                inner = over(facts, own := [f"e{k}_" for k, _ in enumerate(statement.shape(u))], statement.shape(u))
                found, _ = Normaliser(self.random, FUEL).normal(inner, accumulated(inner, bars, graph[u], u, own))
                known[u] = {"of": u, "letters": own, "term": encoded_term(found)}
            bars[u] = known[u]["letters"], statement.term(known[u]["term"])
        proof["cotangents"] = [known[u] for u in bars if u in known]

    def _words(self, given: dict[str, Any]) -> str:
        """Which equation it is that is owed."""
        if "of" in given:
            return f"no steps to the cotangent of {at_letters(given['of'], given['letters'])} were found"
        goal = "one side to the other" if "left" in self.statement.data else "the cotangents to the result"
        return f"no steps from {goal} were found"

    def lemmas(self) -> list[dict[str, Any]]:
        """Which definitions are equal, as far as numbers say so and a proof is found, those that are made of fewest first.

        Deep expressions that are written in two ways are equal layer by layer.
        """
        found: list[dict[str, Any]] = []
        tensors, ways, misses = self.statement.tensors, self.ways, 0
        self.ways = tuple(way for way in ways if way != self._gently)[:1]
        first = {name: names[0] for names in fingerprints(self.statement).values() for name in names[1:]}
        for name in (n for n in tensors if n in first):
            pair, letters = [name, first[name]], [f"e{k}_" for k in range(len(tensors[name].shape))]
            given: dict[str, Any] = {"names": pair, "letters": letters}
            try:
                equal_arrays(_recorder(self)(self.statement, self.statement.known), given, self.same)
            except Refused:
                misses += 1
                if misses == MISSES:
                    break
                continue
            found.append(given)
            self.alias[name] = first[name]
        self.ways = ways
        return found

    def symmetries(self, more: list[Any]) -> list[dict[str, Any]]:
        """Which definitions are symmetric, of those whose inverses are read."""
        found = []
        inverted = {row[2] for row in (*self.statement.data["terms"], *more) if row[:2] == ["mat", INVERSE]}
        known = self.statement.tensors
        for name in sorted(n for n in inverted if n in known and known[n].body is not None):
            given: dict[str, Any] = {"names": [name, name], "letters": ["e0_", "e1_"], TURNED: True}
            with suppress(Refused):
                equal_arrays(_recorder(self)(self.statement, self.statement.known), given, self._seen_equal)
                found.append(given)
                self.script[TURNED] |= {name}
        return found

    def _seen_equal(self, facts: Facts, left: Term, right: Term, given: dict[str, Any]) -> None:
        """As ``same``, once numbers agree with everything written out."""
        self.script[LEFT] = LOOKS
        every = [n for n, t in self.statement.tensors.items() if t.body is not None]
        here = Recorder(facts.statement, facts.known, facts.letters, self.script)
        if self.points.agree(here, left, right, every) is False:
            raise Refused("the two sides differ in numbers")
        self.same(facts, left, right, given)

    def _meaning(self, name: str) -> tuple[Any, ...]:
        """What a name stands for, and all that it is made of."""
        if name not in self.meanings:
            t = self.statement.tensors[name]
            inner = () if t.body is None else tuple(map(self._meaning, sorted(t.body.reads)))
            self.meanings[name] = hash((name, t.shape, t.properties, t.letters, t.body, inner))
        return (name, self.meanings[name])

    def _find(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """As they are; or else functions by cases, and then the terms of sums over a few numbers one by one."""
        asked: dict[str, Any] = {BY_CASES: False, ONE_BY_ONE: False}
        try:
            while True:
                self.script |= {**asked, "fuel": WORK, LEFT: LOOKS}
                try:
                    return self._found(facts, left, right, given)
                except Refused as why:
                    wanted = next((way for way in asked if self.script[way] is None), "")
                    if not wanted or (wanted == ONE_BY_ONE and str(why) == TOO_MUCH):  # which is more term by term
                        raise
                asked[wanted] = True
        finally:
            self.script[BY_CASES] = True

    def _find_times(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> bool:
        """Whether both sides are found to be equal once they are multiplied by the matrices that are inverted at their ends,
        one after the other."""
        own = [p[0] for p in self.statement.data["letters"]] if "left" in self.statement.data else []
        if not own or not set(own) <= {*facts.letters}:
            return False
        ways, self.ways = self.ways, (self._but_inverted,)
        inverted = {row[2] for row in self.statement.data["terms"] if row[:2] == ["mat", INVERSE]}
        inside: list[list[Any]] = [[]] if any(self.statement.tensors[n].body is not None for n in inverted) else []
        waiting, left_over = [*self._ends(own, []), *inside], TRIED_TIMES
        try:
            while waiting and left_over:
                times, left_over = waiting.pop(0), left_over - 1
                self.script |= {WHERE: {}, "inverted": {}, "fuel": WORK, LEFT: LOOKS}
                self.reached = ()
                with suppress(Refused):
                    one, two = (reduce(lambda t, by: multiplied(facts, t, *by), times, t) for t in (left, right))
                    self._found(facts, one, two, given)
                    given["times"] = times
                    return True
                if len(times) < MOST_TIMES:
                    waiting[:0] = self._ends(own, times)
        finally:
            self.ways = ways
        return False

    def _ends(self, own: list[str], times: list[Any]) -> list[list[Any]]:
        """By what else both sides may be multiplied: matrices whose inverses stand first, or last, in every term with
        inverses of a side that was reached; those that are made of others before those that are declared."""
        found: set[tuple[Any, ...]] = set()
        for side in self.reached:
            terms = [[*inverses_in(t)] for t in (side.children if side.kind == ADD else (side,))]
            every = [{by for f in inverses for by in self._end(f, own)} for inverses in terms if inverses]
            found |= set.intersection(*every) if every else set()
        declared = {name: self.statement.tensors[name].body is None for _, name, _ in found}
        return [[*times, list(by)] for by in sorted(found, key=lambda by: (declared[by[1]], by[2] < 0, by))]

    def _end(self, inverse: Term, own: list[str]) -> Iterator[tuple[Any, ...]]:
        """At which end the entry of an inverse stands."""
        name = inverse.data[1]
        turned = name in self.script[TURNED] or SYMMETRIC & self.statement.tensors[name].properties
        for letter, way in ((own[0], 1), (own[-1], -1)):
            if single(letter) in (inverse.positions if turned else inverse.positions[::way][:1]):
                yield letter, name, way

    def _found(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """By one of the ways: without conditions if that is possible, and by few steps."""
        before = dict(self.script[WHERE])
        best, reason = None, ""
        for way in self.ways:
            self.script[WHERE], self.gentle = dict(before), WORK if best is None else GENTLE
            found: dict[str, Any] = {}
            try:
                way(facts, left, right, found)
            except (Refused, RecursionError) as why:
                reason = str(why)
            else:
                length = sum(map(steps_in, found.values()))
                each = len(self.script[WHERE]) if self._gently in self.ways else 0, length, found, self.script[WHERE]
                best = min(best or each, each, key=lambda each: each[:2])
            asked = best is not None and best[0] > len(before) and way == self._by_cut  # it may do without conditions
            if best is not None and not asked and (best[1] < LONG or way in (self._gently, self._by_cut, self._apart)):
                break
        if best is None:
            raise Refused(reason)
        given.update(best[2])
        self.script[WHERE] = best[3]

    def _gently(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """As gradually, without any condition, and nothing but orders and letters changed; this costs the others nothing."""
        fuel, self.script["allow"], self.script["fuel"] = self.script["fuel"], False, self.gentle
        try:
            self._gradually(facts, left, right, given, work=Normaliser(self.random, FUEL_AT_ONCE, plain=True))
        finally:
            self.script |= {"fuel": fuel, "allow": True}

    def _by_cut(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """Those names written out without which the sides are not equal in numbers, and no other."""
        work = Normaliser(frozenset(), FUEL, self.alias)
        ends = [work.normal(facts, t) for t in (left, right)]
        if ends[0][0] != ends[1][0]:
            work.unfolds = self._cut(facts, ends[0][0], ends[1][0])
            ends = [(t, [*steps, *more]) for steps, (t, more) in ((s, work.normal(facts, t)) for t, s in ends)]
        _meet(facts, ends, given)

    def _cut(self, facts: Recorder, left: Term, right: Term) -> Names:
        """The names to write out; every other one may stand for any array."""
        opened: set[str] = set()
        last = ""
        for _ in range(MAX_OPENED):
            same = self.points.agree(facts, left, right, opened)
            if same:
                break
            if same is None:
                raise Refused("no numbers")
            last = self._higher(self._vocabulary(left, opened), self._vocabulary(right, opened), opened)
            opened.add(last)
        for name in sorted(opened - {last}, key=lambda n: (self._height(n), n)):  # without the last one they differed
            if self.points.agree(facts, left, right, opened - {name}):
                opened.remove(name)
        return frozenset(opened)

    def _vocabulary(self, t: Term, opened: set[str]) -> Names:
        """What a term reads once some names are written out."""
        def known(names: Iterable[str]) -> list[str]:
            return [self.alias.get(name, name) for name in names]

        return frozenset(reached(known(t.reads), lambda name: known(
            self.statement.tensors[name].body.reads) if name in opened else ())) - opened

    def _higher(self, left: Names, right: Names, opened: set[str]) -> str:
        """The name to write out next: what reads that which the other side alone reads, the nearest, whatever the depth; or
        else what one side alone reads; among those that both read what brings in no new name."""
        differing = sorted(left ^ right, key=lambda n: (-self._height(n), n))
        for name in differing:
            other = right if name in left else left
            over = [n for n in other if name in self._below(n)]
            near = [n for n in over if n not in left & right or name in self.statement.tensors[n].body.reads]
            if near or (over and self.statement.tensors[name].body is None):
                return min(near or over, key=lambda n: (self._height(n), n))
        last = next((name for name in differing if self.statement.tensors[name].body is not None), None)
        if last is not None:
            return last
        both = left | right
        defined = [n for n in both if self.statement.tensors[n].body is not None]
        if not defined:
            raise Refused("the two sides differ in numbers")
        known = both | opened | {n for n, t in self.statement.tensors.items() if t.body is None}
        return min(defined, key=lambda n: (bool(self.statement.tensors[n].body.reads - known), -self._height(n), n))

    def _below(self, name: str) -> Names:
        """All that a name is made of."""
        if name not in self.belows:
            body = self.statement.tensors[name].body
            reads = frozenset() if body is None else body.reads
            self.belows[name] = reads.union(*map(self._below, reads))
        return self.belows[name]

    def _at_once(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """All names written out."""
        work = Normaliser(frozenset(n for n, t in self.statement.tensors.items() if t.body is not None), FUEL_AT_ONCE)
        ends = [work.normal(facts, t) for t in (left, right)]
        _meet(facts, ends, given)

    def _but_inverted(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """As gradually, what is inverted last, so that it meets its inverse."""
        inverted = {row[2] for row in self.statement.data["terms"] if row[:2] == ["mat", INVERSE]}
        names = frozenset(n for n, t in self.statement.tensors.items() if t.body is not None and n not in inverted)
        self._gradually(facts, left, right, given, work=Normaliser(self.random | names, FUEL), inverses=True)

    def _apart(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """As gradually, names that one side alone reads first."""
        self._gradually(facts, left, right, given, apart=True)

    def _gradually(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any], apart: bool = False,
                   work: Normaliser | None = None, inverses: bool = False) -> None:
        """One name after the other written out, until the sides agree; with ``inverses``, by what these say at last."""
        sides = [left, right]
        steps: tuple[list[Any], list[Any]] = ([], [])
        work = work or Normaliser(self.random, FUEL)
        while True:
            for k, t in enumerate(sides):
                if not work.unfolds or work.unfolds & t.reads:
                    sides[k], more = work.normal(facts, t)
                    steps[k].extend(more)
            if sides[0] == sides[1]:
                break
            self.reached = tuple(sides)
            try:
                work.unfolds |= self._next(sides[0], sides[1], work.unfolds, apart)
            except Refused:
                if inverses and meet_by_inverses(facts, work, sides, steps):
                    break
                raise
        given["left"], given["right"] = steps

    def _next(self, left: Term, right: Term, written: Names, apart: bool) -> Names:
        """The names to write out: what is built last of those that the sides read where they differ, or else anywhere;
        with it whatever is a product of entries, which grows nothing."""
        own, other = differing(left, right)
        first = own ^ other if apart else own | other
        for names in (first, own | other, left.reads ^ right.reads, left.reads | right.reads):
            defined = [n for n in names - written if self.statement.tensors[n].body is not None]
            if defined:
                last = max(defined, key=lambda n: (self._height(n), n))
                more = () if apart else (n for n in defined if is_product(self.statement.tensors[n].body))
                return frozenset({last, *more})
        raise Refused("the two sides have no common normal form")

    def _height(self, name: str) -> int:
        """How many definitions stand on each other below a name."""
        if name not in self.heights:
            body = self.statement.tensors[name].body
            self.heights[name] = 0 if body is None else 1 + max(map(self._height, body.reads), default=0)
        return self.heights[name]


def is_product(t: Term) -> bool:
    """Whether a term is made of numbers and entries that are multiplied."""
    return all(f.kind in ("num", "ent", "iv", "val") for f in factors(t))


def _meet(facts: Recorder, ends: list[tuple[Term, list[Any]]], given: dict[str, Any]) -> None:
    """Note the steps that lead both sides to one form, over a common denominator where they need one."""
    below = denominator([t for t, _ in ends])
    if ends[0][0] != ends[1][0] and below is not None:
        ends = [_over(facts, *end, below) for end in ends]
    if ends[0][0] != ends[1][0]:
        raise Refused("the two sides have no common normal form")
    given["left"], given["right"] = (steps for _, steps in ends)


def _over(facts: Recorder, t: Term, steps: list[Any], below: Term) -> tuple[Term, list[Any]]:
    """A normal form over a denominator."""
    line = NormalLine(facts, t)
    line.does("over", encoded_term(below))
    return line.t, [*steps, *line.steps]


def differing(left: Term, right: Term) -> tuple[Names, Names]:
    """The names that each of two terms reads where they differ: not in summands, factors and parts that both have."""
    if left == right:
        return frozenset(), frozenset()
    if left.kind == right.kind == ADD:
        own, other = Counter(left.children), Counter(right.children)
        return _of_products([*(own - other).elements()], [*(other - own).elements()])
    if left.kind == MUL or right.kind == MUL:
        return _of_products([left], [right])
    alike = left.kind == right.kind and left.data == right.data and len(left.children) == 1 == len(right.children)
    return differing(left.children[0], right.children[0]) if alike else (left.reads, right.reads)


def _of_products(own: list[Term], other: list[Term]) -> tuple[Names, Names]:
    """The same for the summands that two sums do not share: factors that all of them have in one power are left out."""
    powers = [[_powers(t) for t in terms] for terms in (own, other)]
    every = [*powers[0], *powers[1]]
    shared = {base for base, e in every[0].items() if all(p.get(base, ZERO) == e for p in every)} if every else set()
    bases = [{base for p in side for base in p} - shared for side in powers]
    if len(own) == len(other) == 1:
        if len(bases[0]) == len(bases[1]) == 1 and bases[0] != bases[1]:
            return differing(*(base for side in bases for base in side))
        bases[0] |= bases[1] & bases[0]
        bases[1] -= bases[0]
    first, second = (frozenset().union(*(base.reads for base in side)) for side in bases)
    return first, second


def _powers(t: Term) -> dict[Term, Any]:
    """The factors of a product with their exponents."""
    return {f.children[0] if f.kind == POW else f: f.children[1] if f.kind == POW else ONE for f in factors(t)}


def _statement(writer: StatementWriter, program: Program, words: str, conditions: Iterable[Any] = ()) -> dict[str, Any]:
    """The declarations of a statement, with what is assumed of its arrays."""
    known = [*program.facts, *(f for c in program.conditions for f in _relation(c))]
    assumptions = [writer.position(f) for f in dict.fromkeys(known)]
    given = list(assumed(writer, program, conditions))
    return {"words": words, "sizes": sorted(writer.sizes), "labels": writer.labels, "tensors": writer.tensors,
            "assumptions": assumptions, "terms": writer.table, "definitions": writer.definitions, WHERE: [],
            "invertible": [], **({"given": given} if given else {})}


def _relation(condition: Any) -> list[Any]:
    try:
        return relation_facts(condition)
    except Exception:
        return []


def _proved(prover: Prover, data: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    """The certificate with the steps that were found and the conditions that they rest on.  Raises Refused."""
    many = len(data["definitions"]) > MANY or any(row[0] == "mat" for row in data["terms"])
    apart = data.get("left") != data.get("right")
    lemmas = [*(prover.lemmas() if many and apart else ()), *prover.symmetries(proof.get("terms", []))]
    if "primal" in data:
        prover.complete(proof)
    walk(prover.statement, proof, _recorder(prover), prover.one_by_one(proof) if "also" in data else prover.same)
    if prover.failed:
        raise Refused(next(iter(prover.failed.values())))
    proof |= {"lemmas": lemmas} if lemmas else {}
    for whole in (each for each in prover.script[WHERE] if each not in prover.statement.where):
        kind, (t, *known) = whole.data, whole.children
        letters = sorted(n for n in whole.free if n not in prover.statement.fixed)
        data[WHERE].append([kind, letters, [encoded(b.positions[0]) for b in known], encoded_term(t)])
    data["invertible"] = sorted(prover.script["inverted"])
    return {"version": VERSION, "statement": data, "steps": proof, "digest": digest(data)}


def _finished(data: dict[str, Any], proof: dict[str, Any], writer: StatementWriter) -> dict[str, Any]:
    """The certificate, once the checker itself has accepted it.  Raises CertificateError."""
    prover: Prover | None = None
    spend(EACH_CERTIFIED * len(data["terms"]))
    try:
        with deeper(EACH_DEEP * DEEPEST):
            prover = Prover(Statement(data))
            certificate = _proved(prover, data, proof)
            check(certificate)
    except (Refused, *MALFORMED) as why:
        said = f"the checker has no word for {str(why.args[0]).replace('_', ' ')}" if isinstance(why, KeyError) else why
        error = CertificateError(f"not certified: {said}", where=data["words"])
        error.failed = prover.failed if prover else {}
        raise error from None
    return certificate


def _recorder(prover: Prover) -> Any:
    """Makes the facts of a place for a prover."""
    return lambda statement, known: Recorder(statement, known, (), prover.script)


def certificate(claim: Any) -> dict[str, Any]:
    """The certificate of what a claim rests on, as data for JSON, accepted by the checker; of several together.

    Raises SymderivError where there is none, with the equation that could not be certified.
    """
    rests_on = getattr(claim, "rests_on", None)
    if rests_on is None:
        raise CertificateError(f"a {type(claim).__name__} has no certificate", hint="certify a result, or a verdict")
    if not rests_on:
        raise CertificateError("nothing was proved, or something else", where=claim, hint="see its status")
    if not isinstance(claim, ProofRecord):
        return together([each.certificate() for each in rests_on])
    for first, second in pairwise(claim.claims):
        if isinstance(first, Gradient) and isinstance(second, Gradient) and second.primal == first.spelled:
            _differentiable_again(first)
    return together([_of_claims(group, claim) for group in _jointly(claim.claims)])


def _differentiable_again(first: Gradient) -> None:
    """Refuse a gradient that has its values only where the entries of the variable are tied, or that holds some of them
    fixed: its derivative need not be the second one."""
    properties = first.wrt.properties if isinstance(first.wrt, Tensor) else ()
    if set(properties) - {"positive", "invertible"} or any(map(
            stop_gradient.applied, (*subexpressions(first.primal), *subexpressions(first.spelled)))):
        raise CertificateError("the entries are tied, or what is held would move", where=first.spelled)


def together(certificates: list[dict[str, Any]]) -> dict[str, Any]:
    """Several certificates as one: its statement is that all theirs hold."""
    if len(certificates) == 1:
        return certificates[0]
    pairs = [pair for c in certificates for pair in (zip(c["statement"]["all"], c["steps"]["all"], strict=True)
                                                     if "all" in c["statement"] else [(c["statement"], c["steps"])])]
    statement = {"all": [s for s, _ in pairs]}
    return {"version": VERSION, "statement": statement, "steps": {"all": [p for _, p in pairs]}, "digest": digest(statement)}


def _jointly(claims: tuple[Any, ...]) -> list[list[Any]]:
    """The claims of a proof one by one; gradients by several variables together.

    A second derivative is two claims: one of the gradient, and one of its gradient.
    """
    gradients = [c for c in claims if isinstance(c, Gradient) and isinstance(c.wrt, Tensor)]
    same = [c for c in gradients if c.primal == gradients[0].primal and c.upstream == gradients[0].upstream and (
        c.upstream is not None or not shape_of(c.primal))]
    joint = len({c.wrt for c in same}) == len(claims) > 1
    return [list(claims)] if joint else [[claim] for claim in claims]


def _of_claims(group: list[Any], proof: ProofRecord) -> dict[str, Any]:
    """The certificate of an equation, or of a derivative."""
    if isinstance(group[0], Gradient):
        return _of_derivative(group, proof)
    if isinstance(group[0], Identity):
        return _finished(*identity(group[0].lhs, group[0].rhs, proof.conditions))
    return _finished(*_equation(group[0]))


def _equation(claim: EntryEquation) -> tuple[dict[str, Any], dict[str, Any], StatementWriter]:
    """The statement of an equation between nodes; letters count from 1."""
    nodes, letters = [*claim.entries(), *((claim.ratio,) if isinstance(claim, ByInduction) else ())], []
    for i in claim.letters:
        own = i if i.lo is constant(1) else Idx(i.name, constant(1), i.hi - i.lo + 1, i.tag)
        if own is not i:
            nodes = [substitute(n, {i: affine(own) + i.lo - 1}) for n in nodes]
        letters.append(own)
    data, proof, writer = _sides(nodes[:2], letters, claim.program, "an equation")
    if isinstance(claim, ByInduction):
        proof.update(base={}, on=writer.letter(letters[0]), ratio=writer.term(nodes[2]))
    return data, proof, writer


def identity(lhs: Expr, rhs: Expr, conditions: Iterable[Any] = (), words: str = "",
             ) -> tuple[dict[str, Any], dict[str, Any], StatementWriter]:
    """The statement that two sides are equal, true or not, and a proof that is still empty.

    Both sides are read anew: the statement is about nothing but what is shown.
    """
    sides = over_open_letters(lhs, rhs)
    assuming = relations(_relations(conditions))
    nodes, letters, program = sides_of(*sides, assuming)[1:]
    return _sides(nodes, letters, program, words or f"{lhs} = {rhs}", assuming)


def _sides(nodes: Iterable[Node], letters: Iterable[Idx], program: Program, words: str, conditions: Iterable[Any] = ()
           ) -> tuple[dict[str, Any], dict[str, Any], StatementWriter]:
    writer = StatementWriter()
    writer.reserve(_reached(nodes))
    left, right = (writer.term(n) for n in nodes)
    laws = _write_laws(writer, program)
    data = _statement(writer, program, words, conditions) | laws
    names = [[writer.letter(i), writer.position(i.hi)] for i in letters]
    data.update(left=left, right=right, letters=names, sizes=sorted(writer.sizes))
    return data, {}, writer


def _write_laws(writer: StatementWriter, program: Program) -> dict[str, Any]:
    """What is declared of the distributions of the random arrays that a statement reads: properties of each, its moments as
    definitions, and which are independent of each other.
    """
    random: dict[Any, str] = {s.array: name for s, name in writer.names.items() if getattr(s.array, "law", None) is not None}
    for array, name in random.items():
        law, shape = array.law, tuple(map(size_affine, array.shape))
        letters = [Idx(f"{name}_{k}", constant(1), n) for k, n in enumerate(shape, 1)]
        held = {"random": True, "independent entries": law.independent and bool(array.shape),
                "symmetric law": law.symmetric, "continuous": law.continuous}
        moments = [Sym(f"E{k}_{name}", shape) for k, _ in enumerate(law.moments(), 1)]
        for sym, m in zip(moments, law.moments(), strict=True):
            sym.letters, sym.body = tuple(letters), _entry(program, m, map(affine, letters if shape_of(m) else ()))
        writer.tensors[name] |= {"properties": [p for p, holds in held.items() if holds],
                                 "moments": list(map(writer.reading, moments))}
    groups = [set(g) for k in range(1, len(random) + 1) for g in combinations(random, k) if _mutually_independent(g)]
    largest = [g for g in groups if not any(g < other for other in groups)]
    return {"independent": [sorted(random[a] for a in g) for g in largest]} if random else {}


def _mutually_independent(arrays: tuple[Any, ...]) -> bool:
    """Whether they can be put in an order in which each is declared independent of all before it."""
    left = set(arrays)
    while left:
        last = next((a for a in arrays if a in left and left - {a} <= set(a.law.others)), None)
        if last is None:
            return False
        left.remove(last)
    return True


def _relations(conditions: Iterable[Any]) -> tuple[Any, ...]:
    """Those conditions that are relations, and not words."""
    return tuple(c for c in conditions if isinstance(c, Relational))


DEEPEST = 800
"""Definitions one inside the other at most: the checker follows them by recursion, to which Python sets an end."""
EACH_DEEP = 12
"""Levels of recursion for each of them."""


def _depth(primal: Sym) -> int:
    """How many definitions stand one inside the other below an array."""
    depth: dict[Sym, int] = {}
    stack = [primal]
    while stack:
        below = stack[-1].body.syms if stack[-1].body is not None else ()
        waiting = [s for s in below if s not in depth]
        stack += waiting
        if not waiting:
            depth[stack.pop()] = 1 + max((depth[s] for s in below), default=0)
    return depth[primal]


def _reached(nodes: Any, *syms: Sym) -> list[Sym]:
    """All arrays that nodes read, through definitions; the nodes themselves as the bodies of nameless ones."""
    def nameless(node: Node) -> Sym:
        sym = Sym("", ())
        sym.body = node
        return sym

    return list(reached([*syms, *map(nameless, nodes)], lambda sym: sym.body.syms if sym.body is not None else ()))


def _of_derivative(claims: list[Gradient], proof: ProofRecord) -> dict[str, Any]:
    """The certificate of a derivative, or of one by several variables, by the accumulation of cotangents."""
    read = _of_reading(claims[0], proof)
    writer = StatementWriter()
    order = _Order(claims, proof, writer)
    writer.reserve(order.reached())
    order.declare()
    goal, *also = order.goals()
    data: dict[str, Any] = {"primal": writer.reading(order.primal), **goal}
    if order.upstream is not None:
        data["seed"] = writer.reading(order.program.symbol(order.upstream))
    data |= {"also": also} if also else {}
    data = _statement(writer, order.program, f"{proof.title} = {claims[-1].spelled}", _relations(proof.conditions)) | data
    data["rows"] = [writer.letter(i) for i in order.rows]
    data["terms"] = list(writer.table)
    owed = order.owed()
    if also:
        owed["also"] = [{} for _ in also]
    owed["terms"] = writer.table[len(data["terms"]):]
    writer.table = data["terms"]
    data["sizes"] = sorted(writer.sizes)
    try:
        found = _finished(data, owed, writer)
    except CertificateError as why:
        found = _of_plain_form(claims[0], proof) if len(claims) == 1 else {}
        if found:
            return together([*([] if read is None else [read]), found])
        why.failed = {c.wrt: why.failed[name] for c, g in zip(claims, goals(data), strict=True)
                      if (name := g["variable"]) in why.failed}
        raise
    return together([*([] if read is None else [read]), found])


def _of_plain_form(claim: Gradient, proof: ProofRecord) -> dict[str, Any]:
    """The certificates of a derivative in the form in which it was found, and of that form as the one with other inverses
    that is shown; nothing where there are none."""
    closing = claim.closing
    plain = plainly_closed(closing.index, closing.letters, closing.program.facts)
    if plain is None or plain == closing.closed or not any(
            isinstance(n, Apply) and n.op is RECORDS.inv for n in subexpressions(plain)):
        return {}
    first = replace_in(claim, spelled=renamed(plain, closing.program.renamed), closing=replace_in(closing, closed=plain))
    with suppress(CertificateError):
        last = _finished(*identity(first.spelled, claim.spelled, proof.conditions))
        return together([_of_derivative([first], proof), last])
    return {}


READ_AS = "what was given is what was differentiated"


def _of_reading(claim: Gradient, proof: ProofRecord) -> dict[str, Any] | None:
    """The certificate that what is differentiated is what was given, in the form in which it was read; None for itself, with
    its terms and factors in any order."""
    if claim.reading.before != claim.primal:
        raise CertificateError("something else was read", where=claim.primal)
    if claim.reading.after is claim.primal or reordered(claim.primal, claim.reading.after):
        return None
    known = claim.reading.__dict__.setdefault("_certificates", {})
    if proof.conditions not in known:
        # Where entries may lie on the edge of what is assumed, equal values do not make equal derivatives.
        around = [c for c in _relations(proof.conditions) if of_sizes(c) or c.rel_op in ("<", ">", "!=")]
        known[proof.conditions] = _finished(*identity(claim.primal, claim.reading.after, around, READ_AS))
    found: dict[str, Any] = known[proof.conditions]
    return found


class _Order:
    """One order of differentiation: the claims, read anew, and the cotangents of the engine's proof of them."""

    def __init__(self, claims: list[Gradient], proof: ProofRecord, writer: StatementWriter) -> None:
        for claim in claims:
            if renamed(claim.closing.closed, claim.closing.program.renamed) != claim.spelled:
                raise CertificateError("the result is not the one that was worked out", where=claim.spelled)
        self.writer, self.upstream = writer, claims[0].upstream
        self.program = Program(_relations(proof.conditions), keep=tuple(c.wrt for c in claims))
        self.primal = self.program.symbol(claims[0].root)
        self.variables = [self.program.symbol(c.wrt) for c in claims]
        if _depth(self.primal) > DEEPEST:
            error = CertificateError(f"more than {DEEPEST} definitions stand one inside the other")
            error.failed = dict.fromkeys((c.wrt for c in claims), str(error))  # by itself each would be as deep
            raise error
        axes = [*self.primal.shape] if self.upstream is None else []
        self.rows = claims[0].closing.letters[:len(axes)]
        self.letters, self.results = [], []
        for claim, variable in zip(claims, self.variables, strict=True):
            letters = claim.closing.letters
            if [(i.lo, i.hi) for i in letters] != [(constant(1), n) for n in (*axes, *variable.shape)]:
                raise CertificateError("the letters are not those of every entry", where=claim.spelled)
            self.letters.append(letters[len(axes):])
            self.results.append(_entry(self.program, claim.closing.closed, map(affine, letters)))
        known = [claim.closing.program for claim in claims]
        own = {sym for program in known for sym in (*program.definitions, *program.symbols.values())}
        found = {(claim.closing.index, claim.closing.letters): r for claim, r in zip(claims, self.results, strict=True)}
        self.cotangents = [(a, found.get((a.total, (*self.rows, *a.letters))) or _term_of(a, self.rows, self.program))
                           for a in proof.accumulations if a.subject in own]

    def reached(self) -> list[Sym]:
        """All arrays that it reads."""
        return _reached((*self.results, *(t for _, t in self.cotangents)), self.primal)

    def declare(self) -> None:
        """What the statement is about."""
        for sym in (self.primal, *self.variables):
            self.writer.declare(sym)

    def goals(self) -> list[dict[str, Any]]:
        """The variables, and what is claimed of each."""
        return [{"variable": self.writer.reading(v), "letters": [self.writer.letter(i) for i in letters],
                 "result": self.writer.term(result)}
                for v, letters, result in zip(self.variables, self.letters, self.results, strict=True)]

    def owed(self) -> dict[str, Any]:
        """The definitions of the proof, and its cotangents without their steps."""
        made: list[Any] = []
        self.writer.definitions = made
        steps: list[Any] = []
        known = self.writer.known
        done, readers = {known(self.primal)}, self._readers()
        needed = set(reached(map(known, self.variables), lambda sym: readers.get(sym, ())))

        def step(of: Sym, letters: Iterable[Idx], term: Node) -> None:
            steps.append({"of": self.writer.reading(of), "letters": [self.writer.letter(i) for i in letters],
                          "term": self.writer.term(term)})
            done.add(known(of))

        for a, t in self.cotangents:
            if known(a.subject) not in needed:
                continue
            missing = [v for v in readers.get(known(a.subject), ()) if v not in done]
            while missing:
                # The engine has no lines for a cotangent that vanishes because those of all its readers do.
                waiting = [v for v in readers.get(missing[-1], ()) if v not in done]
                missing += waiting
                if not waiting and (v := missing.pop()) not in done:
                    step(v, v.letters or (), ZERO_NODE)
            step(a.subject, a.letters, t)
        return {"definitions": made, "cotangents": steps}

    def _readers(self) -> dict[Sym, list[Sym]]:
        """Name -> the definitions that read it, from the primal to the variable."""
        found: dict[Sym, list[Sym]] = {}
        for sym in _reached((), self.primal):
            for read in sym.body.syms if sym.body is not None and sym not in self.variables else ():
                found.setdefault(self.writer.known(read), []).append(self.writer.known(sym))
        return found


# A cotangent that is longer is written as an entry of its closed form, so that the next ones are no longer.
PLAIN = 4


def _term_of(a: Accumulation, rows: tuple[Idx, ...], program: Program) -> Node:
    """A cotangent as it is used: the array that it is a name for, or its closed form; the index form where it has none."""
    if a.named is not None and a.content is not None and a.named.letters is not None and a.named.array is not None:
        entry = _entry(program, a.named.array, map(affine, a.named.letters))
        return mul(_without_names(a.content, program), entry)
    letters = (*rows, *a.letters)
    # A sign is no part of what is named: within, it would turn every name that it meets into another one.
    sign = MINUS_ONE if isinstance(a.total, MulNode) and a.total.coeff < 0 else ONE_NODE
    array = plainly_closed(mul(sign, a.total), letters, program.facts) if a.total.size > PLAIN and letters else None
    if array is None:
        return _without_names(a.total, program)
    return mul(sign, _entry(program, array, map(affine, letters)))


def _entry(program: Program, expr: Expr, positions: Iterable[Affine]) -> Node:
    """The entry of an array, or a scalar expression."""
    return program.read(expr, positions) if isinstance(expr, Array) else program.scalar(expr)


def _without_names(node: Node, program: Program) -> Node:
    """Names of cotangents replaced by the arrays that they are names for."""
    named = [n for n in subterms(node) if isinstance(n, TensorEntry) and n.sym.role == "adjoint" and n.sym.array is not None]
    return replace(node, {n: _entry(program, n.sym.array, n.idx) for n in named}) if named else node
