"""What would have to stand at one place of a side: many things tried at once, as numbers.

A place is replaced by a fresh array, so that the side is read once; whatever may belong there is computed by itself, and
the side is evaluated for all of it in one batch.  So every factor that the text speaks of, and every one that the chain
rule gives for what it defines, can be tried at every place, for what a few single changes would cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, permutations
from typing import Any

from ..arrays.arrays import Tensor
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape
from ..arrays.symbols import Index
from ..errors import SymderivError
from ..functions.elementary import exp
from ..late import np
from ..numeric.dual import Numbers
from ..numeric.evaluate import Variables
from ..numeric.unify import concrete
from ..reader.declare.context import Definition, LetterDeclared, Pattern, Quantity, arity
from ..reader.meaning.entrywise import letters_in, settled
from ..reader.meaning.oriented import ROW, known_value
from ..reader.syntax import tree as t
from ..reader.syntax.lines import parse_line
from ..reader.syntax.notations import is_elementwise, is_linear
from .coefficients import CLOSE, SIGN, Judging, fraction, negative, rational, with_side
from .interpretations import Way, elaborator_for, lean
from .line_claims import Claim, Typed, over_letters, typed
from .roles import names_between
from .samples import Batch, Points

HOLE = "\0hole"
MAX_PLACES, MAX_FACTORS, MAX_FOUND, MAX_BETWEEN, MAX_SQUARED = 40, 180, 24, 3, 3
MAX_READ = 400
CHAIN, FACTOR, CONFUSED = "missing factor of the chain rule", "missing factor", "one quantity in the place of another"
EXPONENT, LOST, DERIVED, TOO_MANY = "exponent", "a term lost", "\0derived", "a factor too many"
ZERO = "0 is meant"
_RANKS = {EXPONENT: 0, SIGN: 1, CONFUSED: 2, CHAIN: 3, LOST: 5}
_OTHERS = 4
Put = Callable[[t.Tree], t.Tree]


@dataclass(frozen=True)
class Measured:
    """A tree with its values at the points of a batch: batch axis first, then its free letters, then its own axes."""

    tree: t.Tree
    numbers: Numbers
    letters: tuple[Index, ...]
    shape: Shape
    row: bool = False


@dataclass(frozen=True)
class PossibleFactor:
    """Something that may be missing; ``slip`` says what it is, and ``entrywise`` whether it goes along with entries."""

    what: Measured
    slip: str
    entrywise: bool


@dataclass(frozen=True)
class Replacement:
    """A side with another tree in one place, and what the slip is called."""

    slip: str
    tree: t.Tree
    old: t.Tree
    new: t.Tree


@dataclass(frozen=True)
class _Trial:
    """What may stand at a place: how it is written, and its values over these letters."""

    slip: str
    new: t.Tree
    numbers: Numbers
    letters: tuple[Index, ...]
    shape: Shape


@dataclass(frozen=True)
class Bench:
    """One claim under one reading, with the points at which things are tried."""

    judge: Judging
    claim: Claim
    way: Way
    batch: Points
    side: str

    def exponents(self) -> list[t.Tree]:
        """The exponents that are letters, in the claim and in what is defined."""
        defined = [r.tree for r in self.judge.context.all() if isinstance(r, Definition)]
        return list(dict.fromkeys(n.exponent for tree in (self.claim.left, self.claim.right, *defined) for n in t.walk(tree)
                                  if isinstance(n, t.Power) and isinstance(n.exponent, t.Name)))

    def powers(self) -> list[t.Tree]:
        """The powers that a number is meant to be raised to: with halves where the claim has a root."""
        rooted = any(isinstance(n, t.Root) for tree in (self.claim.left, self.claim.right) for n in t.walk(tree))
        half: tuple[t.Tree, ...] = (t.Fraction(t.Number("3"), t.Number("2")),) if rooted else ()
        return [*half, t.Number("2"), t.Number("3")]

    def measured(self, tree: t.Tree) -> Measured | None:
        """The values of a tree as it stands in the claim; None where it has none by itself."""
        judge, claim = self.judge, self.claim
        try:
            reader = elaborator_for(judge.context, judge.source, self.way, None, judge.memo)
            reader.whole = t.Sequence((claim.left, claim.right, *claim.conditions, tree))
            found = known_value(reader.of(tree))
            expr = lean(found.expr if found.shape else settled(found.expr))
            letters = tuple(sorted(letters_in(expr), key=str))
            if any(letter.lo != judge.context.first_index for letter in letters):
                return None
            numbers = self.batch.value(over_letters(expr, letters))
            return Measured(tree, numbers, letters, shape_of(expr), found.stands == ROW)
        except (SymderivError, TypeError, ValueError, AttributeError):
            return None

    def with_hole(self, put: Put, letters: tuple[Index, ...], shape: Shape, row: bool) -> tuple[Typed, Tensor] | None:
        """The claim with a fresh array in one place; None where it has no type so."""
        axes = (*((letter.hi - letter.lo + 1).expand() for letter in letters), *shape)
        context = self.judge.context.copy()
        tensor = Tensor(HOLE, axes)
        context.add(Quantity(Pattern((HOLE,)), tensor))
        hole: t.Tree = t.Name(HOLE, len(axes))
        if letters:
            hole = t.Subscripted(hole, tuple(t.Letter(letter.name) for letter in letters))
        hole = t.Transpose(hole) if row else hole
        try:
            found = typed(with_side(self.claim, self.side, put(hole)), context, self.judge.source, self.way, self.judge.memo)
        except (SymderivError, TypeError, ValueError, AttributeError):
            return None
        return None if found.entrywise or found.assumed else (found, tensor)


def replaced(judge: Judging, claim: Claim, way: Way, batch: Points, side: str,
             spots: Callable[[t.Tree], Iterator[tuple[t.Tree, Put]]], untyped: bool) -> Iterator[Replacement]:
    """The changes of one place under which the sides agree at the points of a batch, the most telling first."""
    bench = Bench(judge, claim, way, batch, side)
    tree: t.Tree = getattr(claim, side)
    factors: list[PossibleFactor] | None = None
    found: list[tuple[Any, Replacement]] = []
    alone = {id(f) for n in t.walk(tree) if isinstance(n, t.Factors) and all(map(is_linear, n.joints)) for f in n.factors}
    said = t.free_letters(claim.left)
    bound = {b.letter for n in t.walk(tree) if isinstance(n, t.Big) for b in n.binders}
    for number, (old, put) in enumerate(_places(tree, spots)):
        if number >= MAX_PLACES or len(found) >= MAX_FOUND:
            break
        place = bench.measured(old)
        if place is None or (place.letters and place.shape):
            continue
        factors = list(_factors(bench)) if factors is None else factors
        groups: dict[Any, list[_Trial]] = {}
        ranges = {letter.name: letter for letter in place.letters}
        known = said | {x for x in bound if x not in t.free_letters(put(t.Letter(x)))}
        for trial in (*_of_itself(bench, place, id(old) in alone), *_trials(place, factors, _joint(tree, judge), untyped)):
            more = {letter.name for letter in trial.letters} - {letter.name for letter in place.letters}
            if not (untyped or more <= known):
                continue
            same = trial.shape == place.shape and more <= known
            if untyped != same or trial.slip == CONFUSED or len(trial.shape) > len(place.shape):
                others = [x for x in trial.letters if ranges.setdefault(x.name, x) != x]
                groups.setdefault((trial.shape, *others), []).append(trial)
        for (shape, *_), trials in groups.items():
            for trial in _agreeing(bench, put, place.row, shape, trials):
                weight = sum(1 for _ in t.walk(trial.new)) - sum(1 for _ in t.walk(old))
                # A factor is lost more often than one is divided by.
                weight += 3 if isinstance(trial.new, t.Fraction) and not isinstance(old, t.Fraction) else 0
                rank: float = _RANKS.get(trial.slip, _OTHERS)
                new = put(trial.new)
                if isinstance(trial.new, t.Factors) and all(isinstance(f, t.Name) for f in trial.new.factors) \
                        and all(map(is_elementwise, trial.new.joints)):
                    rank = _RANKS[CONFUSED] - 0.5  # y = a g for g: a is lost.
                if trial.slip.startswith(f"{SIGN}, "):
                    rank, new = len(_RANKS) + _OTHERS, negative(new)
                found.append(((rank, weight, -number), Replacement(trial.slip, new, old, trial.new)))
    if not untyped and factors is not None:
        found.extend(((_RANKS[LOST], 0, 0), each) for each in _added(bench, tree, factors))
    yield from (each for _, each in sorted(found, key=lambda pair: pair[0]))


def _added(bench: Bench, tree: t.Tree, factors: Iterable[PossibleFactor]) -> Iterator[Replacement]:
    """The side with one more term, where that is one of the things that the text speaks of."""
    try:
        each = bench.judge.typed(bench.claim, bench.way)
        residual = bench.batch.value(each.left) - bench.batch.value(each.right)
    except SymderivError:
        return
    worked_out = not any(isinstance(n, t.Derivative) for n in t.walk(tree))
    for what in (factor.what for factor in factors if not (worked_out and isinstance(factor.what.tree, t.Derivative))):
        if tuple(map(str, what.letters)) == each.letters and what.numbers.shape == residual.shape and not what.row:
            for sign in (1, -1):
                if bench.side == "right" and np.allclose(residual, sign * what.numbers, rtol=1e-8, atol=1e-10):
                    new = t.Terms((*(tree.terms if isinstance(tree, t.Terms) else (tree,)), what.tree),
                                  (*(tree.signs if isinstance(tree, t.Terms) else (1,)), sign))
                    yield Replacement(LOST, new, tree, new)


def _agreeing(bench: Bench, put: Put, row: bool, shape: Shape, trials: list[_Trial]) -> Iterable[_Trial]:
    """Those of some values for one place with which the claim holds at all points."""
    letters = tuple(sorted({letter for x in trials for letter in x.letters}, key=str))
    made = bench.with_hole(put, letters, shape, row)
    if made is None and len(shape) == 1:
        made = bench.with_hole(put, letters, shape, not row)
    if made is None:
        return []
    each, tensor = made
    count, data = bench.batch.count, bench.batch.data
    try:
        axes = (count, *(concrete(size, data.sizes, HOLE) for size in tensor.shape))
        numbers = [np.broadcast_to(_spread(x, letters, len(shape)), axes) for x in trials]
    except (SymderivError, ValueError):
        return []
    times = len(trials)
    many = Batch(data.sizes, data.seed, count * times, data.setting, data.spread)
    read = Variables(each.exprs)
    many.tensors, many.scalars = ({name: _repeated(x, count, times) for name, x in known.items() if name in asked}
                                  for known, asked in ((data.tensors, read.tensors), (data.scalars, read.sizes)))
    many.labels, many.known = dict(data.labels), dict(data.known)
    many.tensors[HOLE] = np.concatenate(numbers)
    many.known[HOLE] = tensor
    try:
        points = Points(many)
        for side in (each.left, each.right):
            if tensor not in side.free_symbols:
                points.put(side, _repeated(bench.batch.value(side), count, times))
        gap, fine = bench.judge.gap(each, points)
        left, right = np.broadcast_arrays(points.value(each.left), points.value(each.right))
    except SymderivError:
        return []
    turned = np.isclose(left, -right, rtol=1e-8, atol=1e-10).reshape(times, -1).all(axis=1)
    gap, fine = (np.broadcast_to(x, (count * times, *x.shape[1:])).reshape(times, -1) for x in (gap, fine))
    agree = np.asarray(fine.all(axis=1) & (gap.max(axis=1) <= 1))
    return [replace(x, slip=x.slip if fits else f"{SIGN}, and {x.slip}") for x, fits, opposite in zip(
        trials, agree.tolist(), turned.tolist(), strict=True) if fits or (opposite and x.slip != SIGN)]


def _repeated(values: Numbers, count: int, times: int) -> Numbers:
    """The values at some points, for each of many things that are tried there."""
    return np.concatenate([np.broadcast_to(values, (count, *values.shape[1:]))] * times)


# ------------------------------------------------------------------ places

def _places(tree: t.Tree, spots: Callable[[t.Tree], Iterator[tuple[t.Tree, Put]]]) -> Iterator[tuple[t.Tree, Put]]:
    """Where something may be missing: everything that is a value, but not what is below a derivative or an index."""
    inside: set[int] = set()
    stretches: list[Iterator[tuple[t.Tree, Put]]] = []
    for node, put in spots(tree):
        if isinstance(node, t.Derivative | t.Differential | t.Unit | t.DeltaSign):
            inside.update(id(n) for n in t.walk(node) if n is not node)
        elif isinstance(node, t.Subscripted):
            inside.update(id(n) for p in node.positions for n in t.walk(p))
        elif isinstance(node, t.Big):
            inside.update(id(n) for b in node.binders for n in t.walk(b))
        if id(node) in inside or isinstance(node, t.Number | t.Letter | t.Function | t.Binder | t.Relation):
            continue
        if isinstance(node, t.Terms) and len(node.terms) == 1:
            continue
        yield node, put
        if isinstance(node, t.Terms):
            yield from _runs(node, put)
        elif isinstance(node, t.Factors) and all(map(is_linear, node.joints)):
            stretches.append(_stretches(node, put))
    yield from chain.from_iterable(stretches)


def _stretches(node: t.Factors, put: Put) -> Iterator[tuple[t.Tree, Put]]:
    """Some neighbouring factors of a product, as one place: the first ones first."""
    count = len(node.factors)
    for start in range(count - 1):
        for stop in range(start + 2, count + (start > 0)):
            def exchange(new: t.Tree, start: int = start, stop: int = stop) -> t.Tree:
                if isinstance(new, t.Factors) and all(map(is_linear, new.joints)):
                    return put(node.exchanged(start, stop, *new.factors, joints=new.joints))
                inside = t.Bracket(new) if isinstance(new, t.Factors | t.Terms) else new
                return put(node.exchanged(start, stop, inside).plain)
            yield node.run(start, stop), exchange


def _runs(node: t.Terms, put: Put) -> Iterator[tuple[t.Tree, Put]]:
    """Some neighbouring terms of a sum, as one place."""
    for start in range(len(node.terms)):
        for stop in range(start + 2, len(node.terms) + (start > 0)):
            run = t.added(list(zip(node.terms[start:stop], node.signs[start:stop], strict=True)))

            def exchange(new: t.Tree, start: int = start, stop: int = stop) -> t.Tree:
                inside = list(zip(new.terms, new.signs, strict=True)) if isinstance(new, t.Terms) else [(new, 1)]
                each = list(zip(node.terms, node.signs, strict=True))
                return put(t.added([*each[:start], *inside, *each[stop:]]))
            yield run, exchange


# ------------------------------------------------------------------ what may be missing

def _factors(bench: Bench) -> Iterator[PossibleFactor]:
    """Names, what the text multiplies by, and what the chain rule gives for its definitions, each once, with its values."""
    seen: set[t.Tree] = set()
    values: set[tuple[Any, bytes]] = set()
    defined = [r.tree for r in bench.judge.context.all() if isinstance(r, Definition) and not r.letters and not r.parameters]
    own = ((DERIVED, tree) for _, tree in _spoken(_derived(bench)))
    said = _spoken((bench.claim.right, *bench.judge.above, *defined))
    for slip, tree in (*_chain_factors(bench), *said, *_names(bench), *own):
        if tree in seen or len(seen) >= MAX_FACTORS:
            continue
        seen.add(tree)
        what = bench.measured(tree)
        if what is None or (what.letters and what.shape) or not np.isfinite(what.numbers).all():
            continue
        value = what.shape, what.numbers.tobytes()
        if slip == DERIVED:
            if value in values:
                continue  # The person has a name for it.
            slip = FACTOR
        values.add(value)
        if slip == CHAIN and isinstance(tree, t.Call) and isinstance(tree.function, t.Function):
            plain = bench.measured(replace(tree, function=replace(tree.function, primes=0)))
            if plain is not None and np.array_equal(plain.numbers, what.numbers):
                what, slip = plain, FACTOR  # The exponential function is its own derivative.
        yield PossibleFactor(what, slip, slip == CHAIN)


def letters_of(claim: Claim) -> list[str]:
    """The letters that are free in a claim or bound in it."""
    nodes = [n for side in (claim.left, claim.right) for n in t.walk(side)]
    bound = (b.letter for n in nodes if isinstance(n, t.Big) for b in n.binders)
    return list(dict.fromkeys((*(n.name for n in nodes if isinstance(n, t.Letter)), *bound)))


def _chain_factors(bench: Bench) -> Iterator[tuple[str, t.Tree]]:
    """f'(u) for every f(u) that the text defines or the line says, and as it is said by the name of f(u)."""
    for record in bench.judge.context.all():
        if not isinstance(record, Definition) or record.parameters:
            continue
        for here in _renamings(record.letters, letters_of(bench.claim)):
            tree = _relettered(record.tree, here)
            name: t.Tree = t.Name(record.name, len(record.letters))
            if record.letters:
                name = t.Subscripted(name, tuple(t.Letter(here[x]) for x in record.letters))
            yield from _slopes(tree, name)
    for node in t.walk(bench.claim.right):
        if isinstance(node, t.Call):
            yield from _slopes(node, node)
    yield from _between(bench)


def _between(bench: Bench) -> Iterator[tuple[str, t.Tree]]:
    """The derivatives of what is differentiated by the names on the way to the variable."""
    left = bench.claim.left
    if not isinstance(left, t.Derivative) or left.order != 1 or left.body is None or len(left.variables) != 1:
        return
    for record in names_between(bench.judge.context, left.body, left.variables[0])[:MAX_BETWEEN]:
        name = t.Name(record.name, len(record.letters))
        used = letters_of(bench.claim)
        entries: list[t.Tree] = [t.Subscripted(name, tuple(t.Letter(here[x]) for x in record.letters)) if here else name
                                 for here in _renamings(record.letters, used)]
        if isinstance(left.variables[0], t.Subscripted) and not record.letters:
            # y = W x as a whole, of which an entry is meant.
            entries = [t.Subscripted(name, tuple(map(t.Letter, chosen))) for count in (1, 2)
                       for chosen in permutations(used, count)]
        for entry in entries:
            yield CHAIN, replace(left, variables=(entry,), span=t.NOWHERE)
            yield CHAIN, replace(left, body=entry, span=t.NOWHERE)


def _slopes(tree: t.Tree, name: t.Tree) -> Iterator[tuple[str, t.Tree]]:
    """The derivatives of the functions called in a tree that stands for a name: by their arguments, and as they are
    written by the values of a sigmoid, a tanh and gates."""
    one = t.Number("1")
    for node in t.walk(tree):
        if isinstance(node, t.Call) and isinstance(node.function, t.Function) and len(node.arguments) == 2 \
                and node.function.name.lower().startswith((RECORDS.max.name, RECORDS.min.name)):
            for pair in (node.arguments, node.arguments[::-1]):
                yield CHAIN, t.Iverson(t.Relation(pair, (">",)))
    calls = [n for n in t.walk(tree) if isinstance(n, t.Call) and len(n.arguments) == 1]
    for call in calls:
        if not isinstance(call.function, t.Function):
            continue
        value = name if call is tree else call
        rest = t.Bracket(t.Terms((one, value), (1, -1)))
        yield CHAIN, rest
        yield CHAIN, t.Factors((value, rest), ("odot" if isinstance(value, t.Name) else "",))
        for square in (t.Power(value, t.Number("2")), t.Power(value, t.Number("2"), True)):
            yield CHAIN, t.Bracket(t.Terms((one, square), (1, -1)))
        if not call.function.primes:
            yield CHAIN, replace(call, function=replace(call.function, primes=1))
    if not calls:
        yield CHAIN, t.Bracket(t.Terms((one, name), (1, -1)))


def _renamings(letters: tuple[str, ...], used: list[str]) -> Iterator[dict[str, str]]:
    """The letters of a definition as letters of the claim."""
    if not letters:
        yield {}
    elif len(letters) <= 2:
        for chosen in permutations(used, len(letters)):
            yield dict(zip(letters, chosen, strict=True))


def _relettered(tree: t.Tree, names: dict[str, str]) -> t.Tree:
    if isinstance(tree, t.Letter):
        return t.Letter(names.get(tree.name, tree.name))
    return t.below(tree, lambda inner: _relettered(inner, names))


def _spoken(sources: Iterable[t.Tree]) -> Iterator[tuple[str, t.Tree]]:
    """What is multiplied by or divided by in some trees: powers, norms, roots, brackets, derivatives."""
    kinds = (t.Power, t.Norm, t.Root, t.Call, t.Bracket, t.Derivative, t.Subscripted, t.Big)
    for source in sources:
        for node in t.walk(source):
            if isinstance(node, kinds) and sum(1 for _ in t.walk(node)) < 12:
                yield FACTOR, node


def _derived(bench: Bench) -> Iterator[t.Tree]:
    """Our own value of a derivative, read as a text."""
    with suppress(SymderivError, TypeError, ValueError):
        if isinstance(bench.claim.left, t.Derivative) and not t.letters_in(bench.claim.left):
            text = str(bench.judge.as_declared(bench.claim, bench.way))
            # What is a sum may be known to be 1.
            if len(text) < MAX_READ and RECORDS.sum.name not in text:
                yield from parse_line(text, bench.judge.context).parts


def _names(bench: Bench) -> Iterator[tuple[str, t.Tree]]:
    """Declared and defined quantities, and with the letters of the claim, their entries."""
    letters = letters_of(bench.claim)
    for record in bench.judge.context.all():
        if not isinstance(record, Quantity | Definition) or isinstance(record, LetterDeclared):
            continue
        if isinstance(record, Definition) and record.parameters:
            continue
        name = t.Name(record.name, arity(record))
        yield FACTOR, name
        if 0 < name.arity <= 2 and letters:
            for chosen in permutations(letters, name.arity):
                yield FACTOR, t.Subscripted(name, tuple(map(t.Letter, chosen)))


# ------------------------------------------------------------------ one thing with another

def _of_itself(bench: Bench, place: Measured, factor: bool) -> Iterator[_Trial]:
    """The values that a place may have by an exponent, the sign of an argument, or if a ``factor`` were not there."""
    old = place.tree
    if factor and not place.shape:
        yield _Trial(_scalar_slip(old, "factor {} too many", TOO_MANY), t.Number("1"), np.ones(bench.batch.count), (), ())
    changes: list[tuple[str, t.Tree]] = []
    if isinstance(old, t.Name) and not place.shape and not np.any(place.numbers % 1):
        changes.extend(("off by one", t.Bracket(t.Terms((old, t.Number("1")), (1, step)))) for step in (1, -1))
    if isinstance(old, t.Terms | t.Name) and not place.shape:
        terms, signs = (old.terms, old.signs) if isinstance(old, t.Terms) else ((old,), (1,))
        with_one = (t.Terms((*terms, t.Number("1")), (*signs, sign)) for sign in (1, -1))
        changes.extend((LOST, new if isinstance(old, t.Terms) else t.Bracket(new)) for new in with_one)
    if _is_exponential(old):
        pass  # A power of it is another argument.
    elif isinstance(old, t.Power):
        changes.append((EXPONENT, old.base))
        changes.extend((EXPONENT, replace(old, exponent=each)) for each in _exponents(old.exponent))
    elif isinstance(old, t.Factors | t.Terms) and not place.shape and len(old.children()) <= MAX_SQUARED:
        changes.extend((EXPONENT, t.Power(t.Bracket(old), number)) for number in bench.powers())
    elif isinstance(old, t.Name | t.Norm | t.Bracket | t.Subscripted | t.Call) and not place.row:
        changes.extend((EXPONENT, t.Power(old, t.Number(number), joined)) for number, joined in (
            ("2", False), ("2", True), ("3", False)) if not joined or len(place.shape) == 2)
        changes.append((EXPONENT, t.Root(old)))
        if not place.shape:
            changes.append((EXPONENT, t.Power(old, t.Terms((t.Number("1"),), (-1,)))))
        changes.extend((EXPONENT, t.Power(old, each)) for each in bench.exponents() if not place.shape)
    if isinstance(old, t.Root) and old.degree is None:
        changes.append((EXPONENT, old.base))
    if isinstance(old, t.Call) and len(old.arguments) == 1:
        changes.append((SIGN, replace(old, arguments=(negative(old.arguments[0]),))))
    for slip, new in changes:
        what = bench.measured(new)
        if what is not None:
            yield _Trial(slip, new, what.numbers, what.letters, what.shape)


def _is_exponential(tree: t.Tree) -> bool:
    return isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and tree.function.name == exp.name


def _exponents(tree: t.Tree) -> Iterator[t.Tree]:
    """The exponents that are meant instead of one."""
    number = rational(tree)
    if number is not None:
        for other in (number + 1, number - 1, number * 2, number / 2, -number):
            if other not in (0, 1):
                yield t.Terms((fraction(-other),), (-1,)) if other < 0 else fraction(other)
        return
    terms, signs = (tree.terms, tree.signs) if isinstance(tree, t.Terms) else ((tree,), (1,))
    for step in (1, -1):
        yield t.Terms((*terms, t.Number("1")), (*signs, step))
    yield negative(tree)



def _trials(place: Measured, factors: Iterable[PossibleFactor], joint: tuple[str, str],
            untyped: bool) -> Iterator[_Trial]:
    """The values that a place may have with each of the factors."""
    old = place.tree
    for factor in factors:
        what = factor.what
        if _is_exponential(old) and _is_exponential(what.tree):
            continue
        if isinstance(old, t.Name) and isinstance(what.tree, t.Name) and what.tree != old and what.row == place.row \
                and (untyped or len(what.shape) == len(place.shape)) and not place.letters:
            yield _Trial(CONFUSED, what.tree, what.numbers, (), what.shape)
        elif isinstance(old, t.Subscripted | t.Name) and isinstance(what.tree, t.Subscripted | t.Name) \
                and what.tree != old and not (place.shape or what.shape):
            same = isinstance(old, t.Subscripted) and isinstance(what.tree, t.Subscripted) and what.tree.base == old.base
            yield _Trial("wrong index" if same else CONFUSED, what.tree, what.numbers, what.letters, ())
        if place.shape and what.shape:
            if not place.letters and not what.letters:
                yield from _of_arrays(place, factor, joint)
            continue
        letters = tuple(sorted({*place.letters, *what.letters}, key=str))
        shape = place.shape or what.shape
        if letters and shape:
            continue
        a, b = (_spread(x, letters, len(shape)) for x in (place, what))
        with np.errstate(all="ignore"):
            slip = factor.slip if what.shape or factor.entrywise else _scalar_slip(what.tree, "factor {} lost")
            # A number stands in front.
            pair = (what.tree, old) if isinstance(what.tree, t.Name) and not what.shape else (old, what.tree)
            yield _Trial(slip, _times(*pair, joint[0]), a * b, letters, shape)
            if factor.slip == FACTOR and {*what.letters} <= {*place.letters} and what.shape == place.shape:
                yield from _more(place, what.tree, a, b)
            if not what.shape and np.all(b != 0) and not _is_exponential(what.tree):
                slip = _scalar_slip(what.tree, "1/{} lost") if not factor.entrywise else factor.slip
                rest = _without_factor(old, what.tree)
                yield _Trial(slip if rest is None else _scalar_slip(what.tree, "factor {} too many", TOO_MANY),
                             _divided(old, what.tree) if rest is None else rest, a / b, letters, shape)


def _of_arrays(place: Measured, factor: PossibleFactor, joint: tuple[str, str]) -> Iterator[_Trial]:
    """Products of two arrays, entry by entry and of linear algebra; a row stands for its column."""
    a, b, old, new = place.numbers, factor.what.numbers, place.tree, factor.what.tree
    linear, entrywise = joint
    if place.shape == factor.what.shape and place.row == factor.what.row:
        yield _Trial(factor.slip, _times(old, new, entrywise), a * b, (), place.shape)
        if factor.slip == FACTOR:
            yield from _more(place, new, a, b)
    if len(place.shape) == len(factor.what.shape) == 1 and not factor.what.row:
        # A row stands for its column: outer products, and the inner ones that are numbers.
        column = (new, b) if place.row else (old, a)
        row = (old, a) if place.row else (t.Transpose(new), b)
        yield _Trial(factor.slip, _times(column[0], row[0], linear), column[1][:, :, None] * row[1][:, None, :], (),
                     (*(factor.what if place.row else place).shape, *(place if place.row else factor.what).shape))
    if factor.what.row or len(factor.what.shape) != 2:
        return
    turned: t.Tree = new.base if isinstance(new, t.Transpose) else t.Transpose(new)
    m, n = factor.what.shape
    for tree, matrix, out, inner in ((new, b, m, n), (turned, np.swapaxes(b, 1, 2), n, m)):
        if not place.row and place.shape[0] == inner:
            product = (matrix.reshape(*matrix.shape, *(1,) * (a.ndim - 2)) * a[:, None]).sum(axis=2)
            yield _Trial(factor.slip, _times(tree, old, linear), product, (), (out, *place.shape[1:]))
        if place.shape[-1] == out and (place.row or len(place.shape) == 2):
            product = (a[..., None] * matrix.reshape(len(matrix), *(1,) * (a.ndim - 2), *matrix.shape[1:])).sum(axis=-2)
            yield _Trial(factor.slip, _times(old, tree, linear), product, (), (*place.shape[:-1], inner))


def _more(place: Measured, what: t.Tree, values: Numbers, more: Numbers) -> Iterator[_Trial]:
    """A place with one more term, which is no multiple of it."""
    old = place.tree
    if isinstance(old, t.Bracket):
        return
    with np.errstate(all="ignore"):
        ratios = more / values
        multiple = bool(np.all(np.abs(ratios - ratios.flat[0]) < CLOSE))
    for sign in (1, -1):
        terms = t.Terms((*(old.terms if isinstance(old, t.Terms) else (old,)), what),
                        (*(old.signs if isinstance(old, t.Terms) else (1,)), sign))
        new = terms if isinstance(old, t.Terms) else t.Bracket(terms)
        if sign < 0 and what == old:
            yield _Trial(ZERO, t.Number("0"), 0 * place.numbers, place.letters, place.shape)
        elif not multiple:
            yield _Trial(LOST, new, values + sign * more, place.letters, place.shape)


def _spread(what: Measured | _Trial, letters: tuple[Index, ...], rank: int) -> Numbers:
    """Values with an axis for each of some letters, of length 1 where a letter does not occur, and for their own axes."""
    sizes = iter(what.numbers.shape[1:])
    axes = [next(sizes) if letter in what.letters else 1 for letter in letters]
    own = list(sizes) or [1] * rank
    return what.numbers.reshape(len(what.numbers), *axes, *own)


def _scalar_slip(tree: t.Tree, words: str, other: str = FACTOR) -> str:
    return words.format(tree.name) if isinstance(tree, t.Name) else other


def _without_factor(tree: t.Tree, factor: t.Tree) -> t.Tree | None:
    """A product without one of its factors; None where it has no such factor."""
    if not isinstance(tree, t.Factors) or factor not in tree.factors:
        return None
    place = tree.factors.index(factor)
    if any("/" in joint for joint in tree.joints[max(place - 1, 0):place + 1]):
        return None
    return tree.exchanged(place, place + 1).plain


def _times(one: t.Tree, two: t.Tree, joint: str) -> t.Tree:
    factors: list[t.Tree] = []
    joints: list[str] = []
    for part in (one, two):
        bare = t.Bracket(part) if isinstance(part, t.Terms | t.Relation) else part
        same = isinstance(bare, t.Factors) and all(is_elementwise(j) == is_elementwise(joint) and "/" not in j
                                                  for j in bare.joints)
        inside = bare if isinstance(bare, t.Factors) and same else t.Factors((
            t.Bracket(bare) if isinstance(bare, t.Factors) and is_elementwise(joint) is False else bare,), ())
        joints.extend(([joint] if factors else []) + list(inside.joints))
        factors.extend(inside.factors)
    return t.Factors(tuple(factors), tuple(joints))


def _divided(tree: t.Tree, by: t.Tree) -> t.Tree:
    """A tree over a number: in the bottom of a fraction, where it is one."""
    if isinstance(tree, t.Fraction):
        return replace(tree, bottom=_times(by, tree.bottom, ""))
    if isinstance(tree, t.Bracket | t.Name | t.Subscripted):
        return t.Fraction(tree.body if isinstance(tree, t.Bracket) else tree, by)
    return _times(t.Fraction(t.Number("1"), by), tree, "")


def _joint(tree: t.Tree, judge: Judging) -> tuple[str, str]:
    """The signs by which a line multiplies: as in linear algebra, and entry by entry."""
    joints = [j for n in t.walk(tree) if isinstance(n, t.Factors) for j in n.joints]
    linear = next((j for j in joints if j in ("@", "*")), "")
    entrywise = next((j for j in joints if is_elementwise(j) and "/" not in j), "*" if "@" in joints else "odot")
    return linear, entrywise
