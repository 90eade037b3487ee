"""A normal form of the checker's terms, reached by instances of its axioms that are written down.

Every method returns (term, steps): what the term becomes, and the steps by which the checker gets there.  Products are
multiplied out; a sum is split into its terms, what does not depend on the letter stands before it, sums over deltas are
carried out, nested sums become one block whose letters stand in an order and at an origin that depend on nothing but
the term; brackets that entries imply are written and those that follow from others are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import combinations, islice, permutations, product
from types import MappingProxyType
from typing import Any

from ...bounds import remembered
from ...checker import (
    AXIOMS,
    FUNCTIONS,
    ODD,
    TWO,
    ZERO,
    Pos,
    Refused,
    Term,
    bracket,
    closed,
    constant,
    held_by,
    in_range,
    is_fn,
    mono_key,
    mul,
    num,
    opened,
    poly,
    power,
    rebuilt,
    replaced,
    single,
)
from ...functions.elementary import exp, log
from .expected_products import EXPECTATION, expectation
from .models import QUOTIENT
from .search import ADD, COSINE, INVERSE, MUL, POW, ROWS, SINE, STEP, SUM, WHERE, Recorder, encoded, encoded_term

Steps = list[Any]
# What is shared in memory is written out in a certificate: steps, those inside others counted wherever they stand.
MAX_STEPS = 20_000
Work = Callable[[Recorder, Term], tuple[Term, Steps]]
ORDERS = 24
PLAIN = ("num", "const", "val")
ROUNDS = 400
# Terms of a sum over numbers, and of an angle, that are written one by one.
FEW = 12
ONE_BY_ONE, BY_CASES, TOO_MUCH = "one by one", "by cases", "too much work"
# The entry of a script that names the definitions that are proved to be symmetric.
TURNED = "turned"
# Conditions inside a function that are told apart: each doubles its cases.
MANY_CASES = 4


# Factors under a logarithm that may be the one whose sign nothing else tells.
ONE_UNKNOWN = 4


class Trail(Steps):
    """Steps, and how many they are with those inside; refused when they are too many."""

    size = 0

    def append(self, step: Any) -> None:
        """One step more."""
        self._grows(steps_in((step,)))
        super().append(step)

    def __iadd__(self, more: Iterable[Any]) -> Trail:  # type: ignore[misc]
        self._grows(steps_in(more))
        super().extend(more)
        return self

    def _grows(self, by: int) -> None:
        self.size += by
        if self.size > MAX_STEPS:
            raise Refused("a proof of too many steps")


def steps_in(steps: Iterable[Any]) -> int:
    """How many steps there are, those inside others too."""
    if isinstance(steps, Trail):
        return steps.size
    return sum(1 if step[0] != "at" else steps_in(step[2]) for step in steps)


class NormalLine:
    """A term on its way, with the steps so far."""

    def __init__(self, facts: Recorder, t: Term) -> None:
        self.facts, self.t, self.steps = facts, t, Trail()

    def does(self, name: str, *params: Any) -> bool:
        """Apply an axiom to the whole term; False where it refuses or changes nothing."""
        made: Steps = []
        self.facts.script["made"] = made
        where = dict(self.facts.script[WHERE])
        try:
            after = AXIOMS[name][0](self.facts, self.t, *params)
        except (Refused, ValueError, LookupError, TypeError, AttributeError, StopIteration):
            self.facts.script[WHERE] = where
            return False
        if after == self.t:
            self.facts.script[WHERE] = where
            return False
        step: Steps = [name, list(params), made] if made else [name, list(params)] if params else [name]
        self.steps.append(step)
        self.t = after
        return True

    def at(self, k: int, work: Work) -> bool:
        """Let something else work on a part; whether it changed anything."""
        t = self.t
        if t.kind == SUM:
            self.facts.spend(weight(t))
            letter = self.facts.fresh()
            inner = self.facts.inside((), [letter])
            before = opened(t, single(letter))
        else:
            self.facts.spend(len(t.children))
            others = t.children[:k] + t.children[k + 1:]
            known = held_by([c for c in others if c.kind == "iv"]) if t.kind == MUL else ()
            inner, before = self.facts.inside(known), t.children[k]
        after, steps = work(inner, before)
        if not steps or after == before:
            return False
        children = (*t.children[:k], after, *t.children[k + 1:])
        try:
            self.t = closed(after, letter) if t.kind == SUM else rebuilt(t, children, t.positions)
        except Refused:  # a bracket that followed from others was the only one to end the sum
            return False
        self.steps.append(["at", k, steps])
        return True

    def follow(self, work: Work) -> bool:
        """Let something else work on the whole term."""
        after, steps = work(self.facts, self.t)
        self.t = after
        if steps:
            self.steps += steps
        return bool(steps)


@remembered(10_000)
def weight(t: Term) -> int:
    """How many terms a term is made of: what it costs to open or to close a sum over it."""
    return 1 + sum(map(weight, t.children))


class Normaliser:
    """Normal forms, names in ``unfolds`` written out.

    ``plain`` leaves functions, powers and the ends of ranges as they are: it tells what is written in another order or with
    other letters, by few steps and without conditions.
    """

    def __init__(self, unfolds: frozenset[str] = frozenset(), fuel: int = 400_000,
                 alias: Mapping[str, str] = MappingProxyType({}), plain: bool = False) -> None:
        self.unfolds, self.plain = unfolds, plain
        # Names that are replaced by others, to which they are proved to be equal.
        self.alias = alias
        self.fuel = fuel
        self.memo: dict[Any, tuple[Term, Steps, frozenset[str]]] = {}
        self.ringed: set[bytes] = set()

    def normal(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        """The normal form of a term."""
        if t.kind in PLAIN:
            return t, []
        key = (t, facts.known, len(facts.letters))
        found, steps, written = self.memo.get(key, (None, [], frozenset()))
        if found is None or (self.unfolds - written) & found.reads:
            self.fuel -= 1 + len(t.children)
            facts.spend(10)
            if self.fuel < 0:
                raise Refused(TOO_MUCH)
            line = NormalLine(facts, found or t)
            if steps:
                line.steps += steps
            getattr(self, f"_{line.t.kind}")(line) if line.t.kind not in PLAIN else None
            found, steps = line.t, line.steps if line.t != t else []
            self.memo[key] = found, steps, self.unfolds
        return found, steps

    # ------------------------------------------------------------ parts first

    def _children(self, line: NormalLine, work: Work | None = None) -> None:
        """Every part in normal form, whatever order the parts stand in."""
        done: set[bytes] = set()
        kind = line.t.kind
        for _ in range(ROUNDS):
            if kind == MUL and any(is_fn(c, EXPECTATION) for c in line.t.children):
                self._equal(line)  # what a delta says of positions is used before expectations are worked out
            before = line.t.children
            k = next((k for k, c in enumerate(before) if c.kind not in PLAIN and c not in done), None)
            if k is None or line.t.kind != kind:
                break
            if line.at(k, work or self.normal):
                done |= set(line.t.children).difference(before)
            else:
                done.add(before[k])
        if line.t.kind != kind:
            line.follow(self.normal)

    def _add(self, line: NormalLine) -> None:
        self._children(line)
        self._ring(line)

    def _ring(self, line: NormalLine) -> None:
        """Multiplied out; then every product with its brackets in order."""
        self._multiplied(line)
        self._products(line)
        if not self.plain:
            self._squares(line)

    def _squares(self, line: NormalLine) -> None:
        """Squares of a sine by those of the cosine."""
        terms = line.t.children if line.t.kind == ADD else (line.t,)
        k = next((k for k, c in enumerate(terms) if any(map(_sine_squared, _factors(c)))), None)
        if k is not None and (line.at(k, _by_cosine) if line.t.kind == ADD else line.follow(_by_cosine)):
            self._multiplied(line)
            self._squares(line)

    def _multiplied(self, line: NormalLine) -> bool:
        """Multiplied out, unless it is what came of that before; whether it changed."""
        if line.t in self.ringed or _plainly_multiplied(line.t):
            return False
        changed = line.does("ring")
        self.ringed.add(line.t)
        return changed

    def _products(self, line: NormalLine) -> None:
        if line.t.kind == ADD:
            if any(c.kind in (MUL, "ent", "iv") for c in line.t.children):
                self._children(line, self.monomial)
                if self._multiplied(line):
                    self._products(line)
        elif line.t.kind in (MUL, "ent", "iv") and line.follow(self.monomial) and self._multiplied(line):
            self._products(line)

    def _mul(self, line: NormalLine) -> None:
        self._brackets(line)
        if line.t.kind != MUL:
            line.follow(self.normal)
            return
        self._children(line)
        if line.t.kind == MUL and line.facts.statement.given:  # before factors are multiplied out
            self._needless_step(line)
        if line.t.kind == MUL and not self.plain and any(f.kind == ADD for f in line.t.children):
            self._turned_step(line)
        if line.t.kind in (MUL, ADD):
            self._ring(line)

    def _pow(self, line: NormalLine) -> None:
        self._children(line)
        if self.plain:
            self._ring(line)
            return
        if line.t.kind == POW and line.t.children[1].kind != "num":
            line.does("power")
        if line.t.kind == POW and (line.t.children[1].kind != "num" or line.t.children[1].data < 0 or (
                line.t.children[1].data.denominator != 1)):
            self._cases(line)
        self._ring(line)

    def _iv(self, line: NormalLine) -> None:
        self._brackets(line)

    def _ent(self, line: NormalLine) -> None:
        name = line.t.data
        if name in self.alias and line.does("lemma", self.alias[name]):
            name = line.t.data
        if name in self.unfolds and line.facts.statement.tensors[name].body is not None:
            line.does("unfold", *[True] * bool(line.t.positions)) or line.does("unfold")
            line.follow(self.normal)
        else:
            self._symmetric(line)
            line.follow(self.monomial)

    def _symmetric(self, line: NormalLine) -> None:
        t, p = line.t, line.t.positions
        held = line.facts.statement.tensors[_name(t)].properties if len(p) > 1 else ()
        if t.kind == "mat" and "orthogonal" in held:
            line.does("declared", "orthogonal")
        elif "diagonal" in held and p[-2] != p[-1] and not _known(line.facts, bracket("eq", p[-2].plus(p[-1], -1))):
            if line.does("declared", "diagonal"):
                line.follow(self.normal)
        elif len(p) > 1 and p[-1] < p[-2]:
            line.does(*_turning(line.facts, t))

    def _mat(self, line: NormalLine) -> None:
        name = _name(line.t)
        if name in self.alias:
            line.does("lemma", self.alias[name])
        if (name in self.unfolds and len(line.facts.statement.shape(name)) == 2 and line.does("chain")) or (
                "positive" in line.facts.statement.tensors[name].properties and line.does("logarithms")):
            line.follow(self.normal)
        elif line.t.kind == "mat":
            self._symmetric(line)

    # ------------------------------------------------------------ functions

    def _fn(self, line: NormalLine) -> None:
        self._children(line)
        name = line.t.data
        if self.plain:
            return
        if name in FUNCTIONS:
            line.does("function")
            line.follow(self.normal)
        elif name == EXPECTATION:
            expectation(line, self.normal)
        elif name == exp.name:
            if line.does(name):
                line.follow(self.normal) if _conditions_in(line.t) else self._ring(line)  # its powers by cases
        elif name == log.name:
            line.at(0, self._over_one)
            allow, line.facts.script["allow"] = line.facts.script["allow"], False
            any(line.does(name, *but) for but in ((), *((k,) for k in range(ONE_UNKNOWN))))
            line.facts.script["allow"] = allow
            self._multiplied(line)
        elif name in (*ODD, COSINE):
            self._parity(line)
            if is_fn(line.t, SINE) or is_fn(line.t, COSINE):
                self._angle(line)
            elif line.t.kind != "fn":
                line.follow(self.normal)
        elif name == STEP:
            line.does("step")
            allow, line.facts.script["allow"] = line.facts.script["allow"], False
            line.does("positive") or line.does("positive", -1)
            line.facts.script["allow"] = allow
            self._step_of_product(line)
        if line.t.kind == "fn":
            self._cases(line)

    def _step_of_product(self, line: NormalLine) -> None:
        """H(a b) by the steps of a and of b, only where the sides differ without."""
        inner = line.t.children[0] if is_fn(line.t, STEP) else line.t
        places = [k for k, f in enumerate(inner.children) if f.kind != "num"] if inner.kind == MUL else []
        if len(places) > 1:
            if not line.facts.script.get(ONE_BY_ONE, True):
                line.facts.script[ONE_BY_ONE] = None
            elif line.does("positive", 0, places[0]):
                line.follow(self.normal)

    def _cases(self, line: NormalLine) -> None:
        """A function, or a power, of what is different where a bracket or a step holds: each case by itself.

        What has values everywhere only where the sides differ without; of what needs a condition each case has its own.
        """
        found = frozenset[Term]().union(*map(_conditions_in, line.t.children))
        if not found or len(found) > MANY_CASES:
            return
        if not line.facts.script.get(BY_CASES, True) and _everywhere(line.facts, line.t):
            line.facts.script[BY_CASES] = None
        elif line.does("cases", encoded_term(min(found))):
            line.follow(self.normal)

    def _over_one(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        """A sum over the denominator of all its terms."""
        line = NormalLine(facts, t)
        below = denominator([t])
        if t.kind == ADD and below:
            line.does("over", encoded_term(below))
        return line.t, line.steps

    def _angle(self, line: NormalLine) -> None:
        """The angles of sums and of multiples taken apart."""
        p = poly(line.facts, line.t.children[0])
        first = p[min(p, key=mono_key)] if p else 0
        if p and first.denominator == 1 and (len(p) > 1 or first > 1) and sum(map(abs, p.values())) < FEW and (
                line.does("angle")):
            line.follow(self.normal)

    def _parity(self, line: NormalLine) -> None:
        p = poly(line.facts, line.t.children[0])
        if not p or p[min(p, key=mono_key)] < 0:
            line.does("parity")
            self._multiplied(line)

    # ------------------------------------------------------------ products

    def _brackets(self, line: NormalLine) -> None:
        """No bracket that follows from the others, or contradicts them."""
        if line.t.kind not in (MUL, "iv"):
            return
        self._linear(line)
        factors = _factors(line.t)
        brackets, dropped = [(k, f) for k, f in enumerate(factors) if f.kind == "iv"], []
        left = dict(brackets)
        for k, f in sorted(brackets, key=lambda pair: _dispensable(pair[1])):
            inner = line.facts.inside(held_by(g for j, g in left.items() if j != k))
            if _known(inner, f):
                dropped.append(k)
                del left[k]
            elif _known(inner, bracket("ge", constant(-1).plus(f.positions[0], -1))):
                self._fails(line, k, -1)
                return
            elif f.data == "eq" and _known(inner, bracket("ge", constant(-1).plus(f.positions[0]))):
                self._fails(line, k, 1)
                return
        if dropped:
            line.does("holds", dropped)

    def _linear(self, line: NormalLine) -> None:
        """Beside every bracket about a quotient ⌊a/b⌋ the one about a that says the same."""
        for f in _factors(line.t):
            for atom in _quotients(f):
                c, rest = f.positions[0].slope(atom)
                if c in (1, -1):
                    # ⌊a/b⌋ + r >= 0 is a + b r >= 0, and r - ⌊a/b⌋ >= 0 is b r + b - 1 - a >= 0.
                    ends = constant(-1).plus(atom[2]) if c < 0 else constant(0)
                    same = bracket("ge", ends.plus(atom[2].times(rest)).plus(atom[1], c))
                    if same.kind == "iv" and same not in _factors(line.t):
                        line.does("holds", [], [encoded(same.positions[0])])
        return None

    def _fails(self, line: NormalLine, k: int, side: int) -> None:
        if line.t.kind == "iv":
            line.does("fails", side)
        else:
            line.at(k, lambda facts, t: _one(facts, t, "fails", side))

    def monomial(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        """A product with the brackets of its entries, deltas used, and no bracket too many."""
        line = NormalLine(facts, t)
        if t.kind not in (MUL, "ent", "iv"):
            return t, []
        if t.kind == MUL and any(is_fn(f, STEP) for f in t.children) and (line.does("step") or self._needless_step(line)):
            return line.t, line.steps
        self._equal(line)
        self._support(line)
        self._rows(line)
        self._brackets(line)
        if line.t.kind == MUL and any(f.kind == "iv" for f in line.t.children):
            self._implied(line)
        return line.t, line.steps

    def _rows(self, line: NormalLine) -> None:
        """Two letters that count rows of one length are one where both leave the same place: 1 <= t - n a, t - n b <= n."""
        if line.t.kind != MUL:
            return
        letters, found = {*line.facts.letters}, set()
        for b in _held(line.t):
            by_rows = (m for m in b.positions[0].terms if len(m) == 2 and len({*m} & letters) == 1)
            found |= {m if m[1] in letters else m[::-1] for m in by_rows}
        for (length, one), (other, two) in combinations(sorted(m for m in found if isinstance(m[0], str)), 2):
            if length == other and {one, two} <= line.t.free:
                line.facts.script[ROWS] = length
                try:
                    apart = single(one).plus(single(two), -1)
                    if line.does("holds", [], [encoded(apart)], True):
                        self._equal(line)
                finally:
                    line.facts.script[ROWS] = None

    def _turned_step(self, line: NormalLine) -> None:
        """d H(-d), or -d H(-d), by H(d) where d begins with a positive term: before it is multiplied out, as d is a sum.

        Only where the sides differ without: a step may stand alone elsewhere, and is not turned there.
        """
        for f in line.t.children:
            p = poly(line.facts, f.children[0]) if is_fn(f, STEP) else {}
            if len(p) < 2 or p[min(p, key=mono_key)] > 0 or line.t.kind != MUL or f not in line.t.children:
                continue
            if line.facts.script.get(ONE_BY_ONE, True):
                line.does("step", line.t.children.index(f), True)
            else:
                line.facts.script[ONE_BY_ONE] = None

    def _needless_step(self, line: NormalLine) -> bool:
        """A step beside what it is of, where that is not negative by what is assumed."""
        steps = [k for k, f in enumerate(line.t.children) if is_fn(f, STEP)] if line.facts.statement.given else ()
        return any(line.does("step", k) for k in steps)

    def _implied(self, line: NormalLine) -> None:
        """No bracket before a sum that follows from the brackets in it, once its deltas are used."""
        for f in line.t.children:
            depth, body = _depth(f)
            names = {name for g in _factors(body) if g.kind == "iv" and g.data == "eq" for name in g.free}
            outside = [g for g in line.t.children if g.kind == "iv" and g.free & names]
            if not depth or not outside:
                continue
            trial, before = NormalLine(line.facts, line.t), sum(g.kind == "iv" for g in _factors(body))
            if not trial.does("into", line.t.children.index(f)):
                continue
            for level in range(1, depth):
                _deep(trial, level, _into_last)
            _deep(trial, depth, self._settled)
            _deep(trial, depth, partial(_one_delta_each, depth))
            if trial.t.kind == SUM and sum(g.kind == "iv" for g in _factors(_depth(trial.t)[1])) < before + len(
                    [g for g in line.t.children if g.kind == "iv"]):
                for level in reversed(range(depth)):
                    _deep(trial, level, lambda facts, t: _one(facts, t, "out"))
                if self.plain and _ends(line) and not _ends(trial):
                    continue
                line.t = trial.t
                line.steps += trial.steps
                return

    def _settled(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        """A product with its deltas used and no bracket that follows from others."""
        line = NormalLine(facts, t)
        self._equal(line)
        self._brackets(line)
        return line.t, line.steps

    def _equal(self, line: NormalLine) -> None:
        """Deltas used to write the last letter by the others."""
        used: set[bytes] = set()
        while line.t.kind == MUL:
            k = next((k for k, c in enumerate(line.t.children)
                      if c.kind == "iv" and c.data == "eq" and c not in used), None)
            if k is None:
                return
            used.add(line.t.children[k])
            p = line.t.children[k].positions[0]
            letters = sorted((a for a in p.free if a in line.facts.letters and p.slope(a)[0] in (1, -1)), key=_rank)
            if letters and any(letters[-1] in c.free for j, c in enumerate(line.t.children) if j != k):
                line.does("equal", k, letters[-1])

    def _support(self, line: NormalLine, every: bool = False) -> None:
        """Brackets that entries imply, where they do not follow from what is there; or every one."""
        factors = _factors(line.t)
        inner = line.facts if every else line.facts.inside(held_by(_held(line.t)))
        inner.script["made"] = []
        for c in factors:
            if c.kind == POW and c.children[1].kind == "num" and c.children[1].data > 0:
                c = c.children[0]
            if c.kind != "ent":
                continue
            held = in_range(c.positions, line.facts.statement.tensors[c.data].shape)
            missing = [k for k, b in enumerate(held) if not _known(inner, b) and b not in _held(line.t)]
            if missing:
                self._write_support(line, c, missing)
                if line.t.kind == "num":
                    return
                inner = line.facts if every else line.facts.inside(held_by(_held(line.t)))

    def _write_support(self, line: NormalLine, entry: Term, which: list[int]) -> None:
        if line.t == entry:
            line.does("support", which)
            return
        for k, c in enumerate(line.t.children):
            if c == entry:
                line.at(k, lambda facts, t: _one(facts, t, "support", which))
                return
            if c.kind == POW and c.children[0] == entry:
                line.at(k, lambda facts, t: _inside_power(facts, t, which))
                return

    # ------------------------------------------------------------ sums

    def _sum(self, line: NormalLine) -> None:
        line.at(0, self.normal)
        if line.t.kind != SUM:
            line.follow(self.normal)
            return
        if line.t.children[0].kind == ADD:
            line.does("out")
            self._children(line, self.block)
            self._multiplied(line)
            self._products(line)
        else:
            line.follow(self.block)

    def block(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        """Σ over a product: constants out, inner sums merged, deltas sifted, letters in their order."""
        line = NormalLine(facts, t)
        if t.kind != SUM:
            return t, []
        self._block(line)
        return line.t, line.steps

    def _block(self, line: NormalLine) -> None:
        for _ in range(ROUNDS):
            if line.t.kind != SUM:
                line.follow(self.normal)
                return
            if self._whole(line) or self._merge(line):
                continue
            if self._sift(line) or (not self.plain and self._few(line)):
                line.follow(self.normal)
                return
            _deep(line, _depth(line.t)[0], partial(_one_delta_each, _depth(line.t)[0]))
            if self._outside(line):
                self._children(line, self.block)
                self._multiplied(line)
                self._products(line)
                return
            if self._total(line):
                continue
            if not self.plain and self._end(line):
                line.follow(self.normal)
                return
            break
        self._canonical(line)

    def _few(self, line: NormalLine) -> bool:
        """The last value apart of a position that has room for a few, such as a letter over a few numbers, or over few more
        than another one."""
        depth, body = _depth(line.t)
        held = [f for f in _factors(body) if f.kind == "iv" and f.data == "ge" and _bound(f, depth)]
        room = [(f.positions[0].plus(g.positions[0]).number(), max(f, g)) for f, g in combinations(held, 2)]
        narrow = [(r, key) for r, key in room if r is not None and 0 <= r < FEW]
        wanted = line.facts.script.get(ONE_BY_ONE, True)
        if narrow and min(narrow)[0] and not wanted:
            line.facts.script[ONE_BY_ONE] = None  # not asked for, but it would have made a difference
        if not narrow or (min(narrow)[0] and not wanted):
            return False
        mark = next(f for f in held if f == min(narrow)[1])
        return self._ended(line, mark, -1)

    def _total(self, line: NormalLine) -> bool:
        """A sum among other factors that has a value: its letter innermost, and those outside."""
        depth, body = _depth(line.t)
        factors = [f for f in _factors(body) if f.kind != "iv"]
        for level in range(depth):
            own = [f for f in factors if level in _bound(f, depth)]
            if not _has_value(line.facts, own, level):
                continue
            order = list(range(depth))
            order.append(order.pop(depth - 1 - level))
            trial = NormalLine(line.facts, line.t)
            if (not level or trial.does("exchange", order)) and _deep(trial, depth - 1, _out_and_valued):
                line.t = trial.t
                line.steps += trial.steps
                _deep(line, depth - 1, self._tidied)
                return True
        return False

    def _end(self, line: NormalLine) -> bool:
        """A range that ends before that of an entry does: the whole range without what stands there."""
        depth, body = _depth(line.t)
        factors = _factors(body)
        supports = {b for f in factors for e in _entries(f)
                    for b in in_range(e.positions, line.facts.statement.tensors[_name(e)].shape)}
        for b in factors:
            levels = _bound(b, depth) if b.kind == "iv" and b.data == "ge" and b not in supports else ()
            if len(levels) != 1 or b.positions[0].slope(*levels)[0] not in (1, -1):
                continue
            side = _side(b, next(iter(levels)), supports)
            if not side:
                continue
            return self._ended(line, b, side)
        return False

    def _ended(self, line: NormalLine, mark: Term, side: int) -> bool:
        """The range cut at one of its ends, where the bracket that says so stands."""
        depth, _ = _depth(line.t)

        def cut(facts: Recorder, t: Term) -> tuple[Term, Steps]:
            inner = NormalLine(facts, t)
            k = next((k for k, f in enumerate(_factors(t)) if _alike(f, mark, facts, depth)), None)
            if k is not None and t.kind == MUL:
                inner.at(k, lambda facts, t: _one(facts, t, "end", side))
            elif k is not None:
                inner.does("end", side)
            self._multiplied(inner)
            return inner.t, inner.steps

        return _deep(line, depth, cut)

    def _whole(self, line: NormalLine) -> bool:
        """A sum that has a value: a count, a declared total, a matrix times its inverse."""
        return line.does("count") or line.does("total") or line.does("inverse")

    def _sift(self, line: NormalLine) -> bool:
        """A delta in the body of the innermost sum, with any letter of the block."""
        depth, body = _depth(line.t)
        for f in _factors(body):
            if f.kind != "iv" or f.data != "eq":
                continue
            for level in range(depth):
                c, _ = f.positions[0].slope(level)
                if c in (1, -1):
                    return self._sift_level(line, depth, level, f)
        return False

    def _sift_level(self, line: NormalLine, depth: int, level: int, delta: Term) -> bool:
        """Bring the letter to the innermost place and sift there."""
        if level:
            order = list(range(depth))
            order.append(order.pop(depth - 1 - level))
            if not line.does("exchange", order) and not (self._free(line, depth, level) and line.does("exchange", order)):
                return False
        def sift(facts: Recorder, t: Term) -> tuple[Term, Steps]:
            inner = NormalLine(facts, t)
            for k, f in enumerate(_factors(t.children[0])):
                if f.kind == "iv" and f.data == "eq" and f.positions[0].slope(0)[0] in (1, -1) and inner.does("sift", k):
                    break
            return inner.t, inner.steps
        return _deep(line, depth - 1, sift)

    def _free(self, line: NormalLine, depth: int, level: int) -> bool:
        """What the ranges of a letter say of the others, so that these have ranges without it."""
        name = f"@{len(line.facts.letters) + depth - 1 - level}"
        def write(facts: Recorder, t: Term) -> tuple[Term, Steps]:
            inner = NormalLine(facts, t)
            inner.does("holds", [], [encoded(p) for p in _eliminated(t, name)])
            return inner.t, inner.steps
        return _deep(line, depth, write)

    def _merge(self, line: NormalLine) -> bool:
        """c Σ f inside a sum as one sum more."""
        depth, body = _depth(line.t)
        factors = _factors(body)
        # What is multiplied stands before what is summed: only inner sums that depend on a letter of the block.
        if not any(f.kind == SUM or _power_of_sum(f) for f in factors):
            return False
        def into(facts: Recorder, t: Term) -> tuple[Term, Steps]:
            inner = NormalLine(facts, t)
            for k, f in enumerate(_factors(inner.t)):
                if (f.kind == SUM or _power_of_sum(f)) and inner.does("into", k):
                    break
            return inner.t, inner.steps
        if not _deep(line, depth, into):
            return False
        depth, _ = _depth(line.t)
        _deep(line, depth, self._tidied)
        return True

    def _tidied(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        line = NormalLine(facts, t)
        self._multiplied(line)
        line.follow(self.monomial)
        self._multiplied(line)
        return line.t, line.steps

    def _outside(self, line: NormalLine) -> bool:
        """Factors without the letters, and parts that share no letter, out of the sums."""
        depth, body = _depth(line.t)
        groups = _components(_factors(body), depth)
        if groups is None:
            return False
        free, parts = groups
        if not free and len(parts) <= 1:
            return False
        order = [depth - 1 - level for part in parts for level in sorted(part, reverse=True)]
        if order != list(range(depth)):
            line.does("exchange", order)
        for level in reversed(range(depth)):
            _deep(line, level, lambda facts, t: _one(facts, t, "out"))
        return True

    def _canonical(self, line: NormalLine) -> None:
        """Letters at an origin and in an order that depend on the term alone."""
        if self._origins(line):
            line.follow(self.normal)
            if line.t.kind != SUM:
                return
        depth, body = _depth(line.t)
        if depth > 1 and self.plain:
            _deep(line, depth, self._saturated)
            depth, body = _depth(line.t)
        if depth > 1 and any(self._is_symmetric(line.facts, f) for f in _factors(body)):
            self._with_symmetry(line, depth)
        elif depth > 1:
            best = min(_orders(line.facts, line.t, depth), key=lambda pair: pair[0])
            if best[1] != list(range(depth)):
                line.does("exchange", best[1])

    def _is_symmetric(self, facts: Recorder, f: Term) -> bool:
        """Whether an entry, or its square, is one of a symmetric matrix."""
        f = f.children[0] if f.kind == POW else f
        return f.kind in ("ent", "mat") and len(f.positions) > 1 and (_name(f) in facts.script.get(TURNED, ()) or bool(
            {"symmetric", "positive_definite", "diagonal"} & facts.statement.tensors[_name(f)].properties))

    def _with_symmetry(self, line: NormalLine, depth: int) -> None:
        """The order of the letters for which the block is least, once its symmetric entries are in order as well."""
        def in_order(facts: Recorder, t: Term) -> tuple[Term, Steps]:
            inner = NormalLine(facts, t)
            for f in _factors(t):
                if self._is_symmetric(facts, f) and f.kind != POW and f.positions[-1] < f.positions[-2]:
                    k = next((k for k, g in enumerate(_factors(inner.t)) if g == f), None)
                    if k is not None and inner.t.kind == MUL:
                        inner.at(k, lambda facts, t: _one(facts, t, *_turning(facts, t)))
            return inner.t, inner.steps

        tried = []
        for order in islice(permutations(range(depth)), ORDERS):
            trial = NormalLine(line.facts, line.t)
            if list(order) != list(range(depth)) and not trial.does("exchange", list(order)):
                continue
            _deep(trial, depth, in_order)
            tried.append(trial)
        best = min(tried, key=lambda trial: trial.t)
        line.t = best.t
        line.steps += best.steps

    def _saturated(self, facts: Recorder, t: Term) -> tuple[Term, Steps]:
        """A product with the supports of its entries and the ranges that its letters have whatever the others are, so that
        no order of letters is better than another."""
        line = NormalLine(facts, t)
        self._support(line, every=True)
        letters = [name for name in facts.letters if name in line.t.free]
        new = [p for name in letters for p in _eliminated(line.t, name) if not _known(facts, bracket("ge", p))]
        if new:
            line.does("holds", [], [encoded(p) for p in dict.fromkeys(new)])
        return line.t, line.steps

    def _origins(self, line: NormalLine) -> bool:
        """Each letter shifted and turned so that the first entry that it stands in alone reads it plainly."""
        depth, body = _depth(line.t)
        changed = False
        for level in range(1, depth):
            if _counts_by_rows(body, level):
                order = list(range(depth))
                order.append(order.pop(depth - 1 - level))
                changed = line.does("exchange", order)
                break
        for level in range(depth):
            _, body = _depth(line.t)
            entries = (e for f in _factors(body) for e in _entries(f))
            choice = _origin([e for e in entries if not self._is_symmetric(line.facts, e)], level)
            if choice is None:
                continue
            c, rest = choice
            # k = c·(k' - rest): the position c·k + rest becomes k'.
            above = depth - 1 - level
            shift = constant(0).plus(_lifted(rest, level, depth, len(line.facts.letters)), -c)
            changed |= _deep(line, above, _changed(c, shift))
        return changed


def pinned(facts: Recorder, t: Term) -> tuple[Term, Steps]:
    """Letters, labels and sizes that are bound from both sides by one value, written as that value.

    From i >= 1 and 1 >= i: f(i) = [1 - i >= 0] f(i) = ([-i >= 0] + [1 - i = 0]) f(i) = [1 - i = 0] f(i) = f(1).
    """
    line = NormalLine(facts, t)
    for p, q in combinations(facts.known, 2):
        if p.plus(q).terms:
            continue
        name = max((a for a in p.free & line.t.free if p.slope(a)[0] in (1, -1)), key=_rank, default=None)
        if name is not None:
            _pin(line, p if p.slope(name)[0] == -1 else q, name)
    return line.t, line.steps


def _pin(line: NormalLine, p: Pos, name: str) -> None:
    """A name a with p = c - a >= 0 and a - c >= 0 written as c."""
    def is_delta(facts: Recorder, t: Term) -> tuple[Term, Steps]:
        inner, below = NormalLine(facts, t), bracket("ge", p.plus(constant(-1)))
        inner.does("end", -1)
        inner.at(inner.t.children.index(below), lambda facts, t: _one(facts, t, "fails", -1))
        return inner.t, inner.steps

    mark, delta = bracket("ge", p), bracket("eq", p)
    line.does("holds", [], [encoded(p)])
    line.at(line.t.children.index(mark), is_delta)
    line.does("equal", _factors(line.t).index(delta), name)
    if delta in _factors(line.t):
        line.does("holds", [_factors(line.t).index(delta)])


def _lifted(p: Any, level: int, depth: int, base: int) -> Any:
    """A position inside a block, with the letters of the outer sums of the block by name."""
    for other in range(level + 1, depth):
        name = f"@{base + depth - 1 - other}"
        p = Pos({tuple(name if a == other else a for a in m): c for m, c in p.terms.items()})
    return p


def _origin(entries: list[Term], level: int) -> tuple[int, Any] | None:
    """(sign, rest) so that the first of some entries reads rest + sign·letter, or a multiple of that and a remainder; None
    where it stands plainly already or nowhere alone."""
    found = []
    for e in entries:
        for axis, p in enumerate(e.positions):
            c, rest = p.slope(level)
            inner = any(isinstance(a, int) and a < level for m in rest.terms for a in m)
            if c and not inner and not _hidden(rest):
                others = sum(1 for m in rest.terms for a in m if isinstance(a, int))
                found.append((abs(c), others, str(e.data), axis, len(rest.terms), c, rest))
    if not found:
        return None
    # Where a place is counted row by row, neither way has fewer letters than the other.
    by_rows = any(len(m) > 1 and any(isinstance(a, int) for a in m) for *_, rest in found for m in rest.terms)
    best = min(found, key=lambda x: (x[0], x[1] * (not by_rows), *x[2:5]))
    c, rest = best[-2:]
    sign, rest = (1 if c > 0 else -1), Pos({m: x // abs(c) for m, x in rest.terms.items() if x // abs(c)})
    return None if sign == 1 and not rest.terms else (sign, rest)


def _counts_by_rows(body: Term, level: int) -> bool:
    """Whether the first entry by name in which a letter stands is counted row by row, with rows of an inner letter."""
    places = [(str(e.data), axis, rest) for f in _factors(body) for e in _entries(f) for axis, p in enumerate(e.positions)
              for c, rest in [p.slope(level)] if c in (1, -1)]
    rest = min(places, key=lambda place: place[:2])[2] if places else constant(0)
    return any(len(m) > 1 and any(isinstance(a, int) and a < level for a in m) for m in rest.terms)


def _hidden(p: Pos) -> bool:
    """Whether letters of a block stand inside labels or quotients."""
    return any(q.loose for m in p.terms for a in m if isinstance(a, tuple) for q in a if isinstance(q, Pos))


def denominator(sides: list[Term]) -> Term | None:
    """What the terms of some sums are divided by: sums, each in the highest power."""
    found: dict[Term, Any] = {}
    for side in sides:
        for t in side.children if side.kind == ADD else (side,):
            for f in _factors(t):
                if f.kind == POW and f.children[0].kind == ADD and f.children[1].kind == "num" and (
                        f.children[1].data < 0 and f.children[1].data.denominator == 1):
                    d, e = f.children
                    found[d] = max(found.get(d, 0), -e.data)
    return mul(*(power(d, num(e)) for d, e in found.items())) if found else None


def _turning(facts: Recorder, t: Term) -> tuple[Any, ...]:
    """The step by which an entry of a symmetric matrix is that of its transpose: by declaration, or since it was proved."""
    return ("lemma", _name(t), -1) if _name(t) in facts.script.get(TURNED, ()) else ("declared", "symmetric")


def _name(e: Term) -> str:
    """The array of an entry, or of an entry of its inverse."""
    return str(e.data if e.kind == "ent" else e.data[1])


def _quotients(f: Term) -> list[Any]:
    """The atoms ⌊a/b⌋ that a bracket is linear in."""
    if f.kind != "iv" or f.data != "ge":
        return []
    return [m[0] for m in f.positions[0].terms if len(m) == 1 and isinstance(m[0], tuple) and m[0][0] == QUOTIENT]


NEAR = 4


def _side(b: Term, level: int, supports: set[Term]) -> int:
    """Which way the end of a range is moved: out to that of an entry, or to that which a size or a letter names."""
    p = b.positions[0]
    beyond = [d for s in supports if s.kind == "iv" and (d := s.positions[0].plus(p, -1).number()) is not None]
    if beyond:
        return int(min(beyond) >= 0 and any(0 < d < NEAR for d in beyond))
    rest = [m for m in p.terms if m not in ((), (level,))]
    if len(rest) > 1 or any(len(m) > 1 or not isinstance(m[0], str) or m[0].startswith("@") for m in rest):
        return 0
    away = p.terms.get((), 0) + (not rest)  # from the name itself, or from 1
    return 0 if abs(away) >= NEAR or (not rest and p.terms[level,] < 0) else (away < 0) - (away > 0)


def _dispensable(f: Term) -> tuple[bool, bool]:
    """What is left out first: what speaks of no letter of a sum, for it may follow from two that do; then quotients."""
    return any(name.startswith("@") for name in f.free), not _quotients(f)


def _alike(f: Term, mark: Term, facts: Recorder, depth: int) -> bool:
    """Whether a bracket over named letters is one over the letters of the block."""
    base = len(facts.letters) - 1
    by_name = mark
    for level in range(depth):
        by_name = replaced(by_name, None, single(f"@{base - level}"), level)
    return bool(f == by_name)


def _eliminated(t: Term, name: str) -> list[Pos]:
    """What follows from two brackets of a product each, and does not speak of a letter; not what is there."""
    held = held_by([f for f in _factors(t) if f.kind == "iv"])
    slopes = [(p, p.slope(name)[0]) for p in held]
    found = []
    for p, c in slopes:
        for q, d in slopes:
            if c and d and c > 0 > d:
                sum_ = bracket("ge", Pos({m: -d * x for m, x in p.terms.items()}).plus(q, c))
                if sum_.kind == "iv" and sum_ not in _factors(t):
                    found.append(sum_.positions[0])
    return found[:16]


def _ends(line: NormalLine) -> bool:
    """Whether brackets end the sum around, if this is its body."""
    try:
        return not line.facts.letters or bool(closed(line.t, line.facts.letters[-1]))
    except Refused:
        return False


def _has_value(facts: Recorder, own: list[Term], level: int) -> bool:
    """Whether the factors in which a letter stands are a declared total, or a matrix times its inverse."""
    if not own or not all(f.kind in ("ent", "mat") and single(level) in f.positions for f in own):
        return False
    held = facts.statement.tensors[_name(own[0])].properties
    if len(own) == 1:
        return bool(own[0].kind == "ent" and {"sums_to_one", "one_hot"} & held)
    inverses = [f for f in own if f.kind == "mat" and f.data[0] == INVERSE]
    return len(own) == 2 and _name(own[0]) == _name(own[1]) and (len(inverses) == 1 or "orthogonal" in held)


def _out_and_valued(facts: Recorder, t: Term) -> tuple[Term, Steps]:
    line = NormalLine(facts, t)
    line.does("out")
    if line.t.kind == SUM:
        return (line.t, line.steps) if _valued(line) else (t, [])
    k = next((k for k, f in enumerate(line.t.children) if f.kind == SUM), None)

    def work(facts: Recorder, t: Term) -> tuple[Term, Steps]:
        inner = NormalLine(facts, t)
        return (inner.t, inner.steps) if _valued(inner) else (t, [])
    return (line.t, line.steps) if k is not None and line.at(k, work) else (t, [])


def _valued(line: NormalLine) -> bool:
    """A declared total, a matrix times its inverse, either turned where that is the same, or times its transpose."""
    if line.does("total") or line.does("inverse"):
        return True
    for which, entries, held in ((0, 2, "orthogonal"), (1, 2, "orthogonal"), (0, 1, "symmetric")):
        trial = NormalLine(line.facts, line.t)

        def turned(facts: Recorder, t: Term, which: int = which, entries: int = entries, held: str = held,
                   ) -> tuple[Term, Steps]:
            inner = NormalLine(facts, t)
            places = [k for k, f in enumerate(_factors(t)) if f.kind == "ent"]
            if len(places) == entries:
                inner.at(places[which], lambda facts, t: _one(facts, t, "declared", held))
            return inner.t, inner.steps
        if trial.at(0, turned) and trial.does("inverse"):
            line.t = trial.t
            line.steps += trial.steps
            return True
    return False


@remembered(10_000)
def _conditions_in(t: Term) -> frozenset[Term]:
    """The brackets and steps in a term that depend on no letter of a sum."""
    if not t.loose and (t.kind == "iv" or is_fn(t, STEP)):
        return frozenset({t})
    return frozenset().union(*map(_conditions_in, t.children)) if t.kind != SUM else frozenset()


def _entries(t: Term) -> list[Term]:
    """The entries in a term that is not a sum."""
    if t.kind in ("ent", "mat"):
        return [t]
    return [e for c in t.children for e in _entries(c)] if t.kind != SUM else []


def _rank(name: str) -> tuple[int, int, str]:
    return (1, int(name[1:]), "") if name.startswith("@") else (0, 0, name)


def _changed(c: int, shift: Any) -> Work:
    """The letter of a sum counted otherwise."""
    return lambda facts, t: _one(facts, t, "letter", c, encoded(shift))


def _one(facts: Recorder, t: Term, name: str, *params: Any) -> tuple[Term, Steps]:
    """One axiom, as work on a part."""
    line = NormalLine(facts, t)
    line.does(name, *params)
    return line.t, line.steps


def _into_last(facts: Recorder, t: Term) -> tuple[Term, Steps]:
    """c Σ f as Σ c f."""
    line = NormalLine(facts, t)
    which = next((k for k, f in enumerate(_factors(t)) if f.kind == SUM), None)
    if which is not None and t.kind == MUL:
        line.does("into", which)
    return line.t, line.steps


def _inside_power(facts: Recorder, t: Term, which: list[int]) -> tuple[Term, Steps]:
    line = NormalLine(facts, t)
    line.at(0, lambda facts, t: _one(facts, t, "support", which))
    return line.t, line.steps


def _known(facts: Recorder, b: Term) -> bool:
    """Whether a bracket follows."""
    if b == ZERO:
        return False
    key, known = (b, facts.known), facts.script["farkas"]
    if key not in known:
        facts.script["made"] = []
        try:
            for p in held_by([b]):
                facts.need(p)
            known[key] = True
        except Refused:
            known[key] = False
    return bool(known[key])


def _depth(t: Term) -> tuple[int, Term]:
    """(number of sums, body of the innermost) of a block."""
    depth = 0
    while t.kind == SUM:
        depth, t = depth + 1, t.children[0]
    return depth, t


def _factors(t: Term) -> tuple[Term, ...]:
    return t.children if t.kind == MUL else (t,)


def _held(t: Term) -> list[Term]:
    return [f for f in _factors(t) if f.kind == "iv"]


OPAQUE = frozenset(("ent", "mat", SUM, "val", "const", "fn"))


@remembered(10_000)
def _plainly_multiplied(t: Term) -> bool:
    """Whether it is seen at once that nothing can be multiplied out or collected: products of unlike atoms and a number."""
    found: set[tuple[Term, ...]] = set()
    for each in t.children if t.kind == ADD else (t,):
        factors = tuple(f for f in _factors(each) if f.kind != "num")
        bases = {f.children[0] if f.kind == POW and f.children[1].kind == "num" else f for f in factors}
        if len(bases) < len(factors) or len(factors) + 1 < len(_factors(each)) or factors in found:
            return False
        if any((b.kind not in OPAQUE and (b.kind != "iv" or b not in factors)) or is_fn(b, STEP) for b in bases):
            return False
        found.add(factors)
    return True


def _sine_squared(f: Term) -> bool:
    return bool(f.kind == POW and is_fn(f.children[0], SINE) and f.children[1] == TWO)


def _by_cosine(facts: Recorder, t: Term) -> tuple[Term, Steps]:
    """The first square of a sine in a product."""
    line = NormalLine(facts, t)
    if t.kind == POW:
        line.does("angle")
    else:
        line.at(next(k for k, f in enumerate(t.children) if _sine_squared(f)), lambda facts, t: _one(facts, t, "angle"))
    return line.t, line.steps


def _everywhere(facts: Recorder, t: Term) -> bool:
    """Whether a function or a power has a value wherever its argument has one, by nothing that is not declared."""
    return facts.positive(t.children[0]) if t.kind == POW else any(is_fn(t, name) for name in (exp.name, SINE, COSINE))


def _power_of_sum(f: Term) -> bool:
    return bool(f.kind == POW and f.children[0].kind == SUM and f.children[1].kind == "num"
                and f.children[1].data > 1 and f.children[1].data.denominator == 1)


def _deep(line: NormalLine, levels: int, work: Work) -> bool:
    """Work below so many sums."""
    if levels == 0:
        return line.follow(work)
    def inner(facts: Recorder, t: Term) -> tuple[Term, Steps]:
        below = NormalLine(facts, t)
        _deep(below, levels - 1, work)
        return below.t, below.steps
    return line.at(0, inner)


@remembered(10_000)
def _bound(t: Term, depth: int) -> frozenset[int]:
    """The letters of the block that a factor depends on."""
    return frozenset(a for a in t.loose if a < depth)


def _one_delta_each(depth: int, facts: Recorder, t: Term) -> tuple[Term, Steps]:
    """[2k = i] [2k = j] as [2k = i] [i = j], which can stand before the sum over k."""
    line, own = NormalLine(facts, t), {*facts.letters[-depth:]}
    deltas = sorted((f for f in _held(t) if f.data == "eq" and f.free & own), key=lambda f: sorted(map(_rank, f.free)))
    for f, g in combinations(deltas, 2):
        apart = next((p for c in (1, -1) if not (p := f.positions[0].plus(g.positions[0], c)).free & own), None)
        if apart is not None and apart.number() is None and g in _held(line.t) and f in _held(line.t):
            line.does("holds", [], [encoded(apart)], True)
            line.does("holds", [_factors(line.t).index(g)])
    return line.t, line.steps


def _components(factors: tuple[Term, ...], depth: int) -> tuple[list[Term], list[frozenset[int]]] | None:
    """(factors without letters, letters that hang together) of a block."""
    parts: list[frozenset[int]] = []
    free = []
    for f in factors:
        own = _bound(f, depth)
        if not own:
            free.append(f)
            continue
        touching = [p for p in parts if p & own]
        parts = [p for p in parts if not p & own] + [own.union(*touching)]
    if set().union(*parts) != set(range(depth)):
        return None
    return free, parts


def _orders(facts: Recorder, t: Term, depth: int) -> list[tuple[bytes, list[int]]]:
    """Candidates for the order of the letters of a block, each with the digest of the result."""
    _, body = _depth(t)
    colours = [(_colour(body, level, depth), level) for level in range(depth)]
    classes: dict[Any, list[int]] = {}
    for colour, level in sorted(colours):
        classes.setdefault(colour, []).append(depth - 1 - level)
    every = product(*(list(islice(permutations(c), ORDERS)) for _, c in sorted(classes.items())))
    found = []
    for choice in islice(every, ORDERS):
        order = [k for group in choice for k in group]
        try:
            found.append((AXIOMS["exchange"][0](facts, t, order), order))
        except Refused:
            continue
    return found or [(t, list(range(depth)))]


def _colour(body: Term, level: int, depth: int) -> tuple[Any, ...]:
    """What can be seen of a letter without knowing the others: the entries and axes where it stands."""
    marks = []
    for f in _factors(body):
        outer = f.kind + (str(f.data) if f.kind in ("fn", "iv") else "")
        for e in _entries(f):
            for axis, p in enumerate(e.positions):
                if any(a == level for m in p.terms for a in m):
                    shape = tuple(sorted((len(m), c) for m, c in p.terms.items()))
                    marks.append((outer, str(e.data), axis, shape, e.kind))
        if f.kind == "iv" and any(a == level for m in f.positions[0].terms for a in m):
            terms = f.positions[0].terms.items()
            around = sorted((tuple("#" if isinstance(a, int) else str(a) for a in m), c) for m, c in terms)
            marks.append((outer, repr(around), 0, (), "iv"))
    return (tuple(sorted(map(repr, marks))),)
