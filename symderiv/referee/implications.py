"""What follows from what: a claim tested where equations hold, on every branch of their solutions that is found.

An equation that is supposed has branches: a b = a c holds where a is 0, whatever b and c are; sin a = sin b holds where
a + b is pi; A² = 0 for more matrices than 0, which lie where no search arrives, for the slope vanishes there.  So the
points are moved to where the equations hold from many starts: both signs, wide, with one quantity after the other at zero,
and with one eigenvalue alone.  A conclusion is refuted by one point, and the step that led to it is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from sympy import Add, Expr, Rational

from ..arrays.operator import shape_of
from ..errors import SymderivError
from ..late import Numbers, np
from ..numeric.check import Counterexample
from ..numeric.evaluate import Variables
from ..numeric.points import landmarks
from ..reader.declare.context import DeclaredNames
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from .declared_relations import constraint
from .inequalities import ORDERED
from .interpretations import ways
from .judge import Judge, Judgement, differentiates
from .line_claims import Claim, Typed
from .samples import Batch, Laboratory, Points, SampleConstraint, with_all

STARTS = 4
"""Points from each kind of start."""
MAX_SIZES = 2
MAX_GRID = 40
"""Values of sizes alone at which a relation between them holds."""
MAX_ZEROS = 6
WIDE = 2.5
# Functions repeat themselves after 2 pi, and have hardly a slope left farther out.
FAR, FARTHEST = 7.0, 9.0
MARKS, MOST_FAR = 12, 1e3
HELD, NEAR = 1e-11, 1e-3
SHAKEN, STEADY = 1e-12, 1e-4
"""How far a point is moved, and how far what has a value there may move with it, as parts of what is there."""
NEAR_EDGE = Rational(1, 50)
"""How near the edge of what is supposed to be greater a point is looked at."""
MET = 1e-9
"""How far two sides that meet at a point are apart, in units of the largest of their terms."""
# In units of the tolerance of a comparison: what is surely different, and what is surely equal, where points were moved.
APART, TOGETHER = 1e5, 1e3

FOLLOWS_NOT = "does not follow"


@dataclass(frozen=True)
class Premise:
    """An equation that is supposed, as a constraint on points; ``names`` are the quantities that it speaks of."""

    claim: Claim
    constraint: SampleConstraint
    names: frozenset[str]


@dataclass(frozen=True)
class Branch:
    """A point at which equations hold, at its ``place`` among others that are computed with it.

    ``zero`` is the quantity that was put at zero, if one was.
    ``frail`` where an entry was driven near zero: there a quotient has digits of no meaning, and refutes nothing.
    ``tied`` where the points were moved to satisfy equations, to rounding.
    """

    points: Points
    place: int
    zero: str = ""
    frail: bool = False
    tied: bool = False

    @cached_property
    def alone(self) -> Points:
        """The point without the others."""
        return Points(self.points.data.only(self.place))


@dataclass(frozen=True)
class Outcome:
    """"follows", "fails" (at a point, on the branch where ``zero`` is 0 if on that alone) or "unknown"."""

    outcome: str
    points: int = 0
    zero: str = ""
    counterexample: Counterexample | None = None


def premise(context: DeclaredNames, claim: Claim) -> Premise | None:
    """A claim as what is supposed; None where it says nothing about quantities."""
    made = constraint(context, claim.left, claim.sign, claim.right, sizes=True)
    return None if made is None else Premise(claim, made, _quantities(Variables([made.expr])))


def _quantities(variables: Variables) -> frozenset[str]:
    """The arrays and numbers that something depends on; the sizes, where it depends on nothing else."""
    return frozenset(variables.tensors or variables.sizes)


def branches(laboratory: Laboratory, constraints: Sequence[SampleConstraint]) -> list[Branch]:
    """Points at which the constraints hold, from all kinds of starts; some at, or near, the edge of what is compared."""
    found = _branches(laboratory, constraints)
    for place, edge in enumerate(constraints):
        if edge.kind in ("positive", "not negative") and not shape_of(edge.expr):
            near = SampleConstraint(edge.expr - NEAR_EDGE if edge.kind == "positive" else edge.expr, "zero")
            found += [b for b in _branches(laboratory, (*constraints[:place], *constraints[place + 1:], near))
                      if edge.kind == "not negative" or not b.frail]
    return found


def _branches(laboratory: Laboratory, constraints: Sequence[SampleConstraint]) -> list[Branch]:
    variables = Variables([c.expr for c in constraints])
    free = {n: x for n, x in sorted(variables.tensors.items()) if x.label_size is None and not x.properties
            and n not in laboratory.setting.choices}
    bound = frozenset(variables.tensors) - frozenset(free)
    found: list[Branch] = []
    for still in (bound, frozenset[str]()) if bound else (bound,):
        setting = replace(laboratory.setting, constraints=(*laboratory.setting.constraints, *constraints),
                          zero=frozenset(variables.tensors), still=still)
        under = laboratory.under(setting)
        wide = sorted((s for s in laboratory.sizes if max(s.values(), default=2) > 1), key=lambda s: sum(s.values()))
        most = MAX_SIZES
        if constraints and not variables.tensors:
            # Between sizes there is nothing to be moved: those that satisfy it are looked for among all small ones.
            wide, most = laboratory.grid(variables.sizes), MAX_GRID
        useful = 0
        for place, sizes in enumerate(wide):
            here = list(_moved(under, sizes, laboratory.seed * 211 + place, variables, list(free)))
            found.extend(here)
            useful += bool(here)
            if useful == most:
                break
        if found:
            break
    return found


def _moved(under: Laboratory, sizes: Mapping[str, int], seed: int, variables: Variables,
           free: list[str]) -> Iterable[Branch]:
    """Points at one set of sizes from all kinds of starts, each moved to where the constraints hold."""
    # Where a quantity is put at zero, or has the eigenvalue 0, an inverse may have no value: then from the other starts.
    for zeros in dict.fromkeys((tuple(free[:MAX_ZEROS]), ())):
        with suppress(SymderivError):
            yield from list(_moved_from(under, sizes, seed, variables, free, zeros))
            return


def _moved_from(under: Laboratory, sizes: Mapping[str, int], seed: int, variables: Variables, free: list[str],
                zeros: tuple[str, ...]) -> Iterable[Branch]:
    scalars = [n for n in free if not variables.tensors[n].shape]
    marks = _marks(under.setting.constraints) if scalars else []
    square = [n for n in free if zeros and len(variables.tensors[n].shape) == 2 and len({*variables.tensors[n].shape}) == 1]
    kinds = 3 + len(zeros)
    trial = Batch(sizes, seed, STARTS * (kinds + bool(square)) + len(marks), under.setting)
    trial.require(variables)
    for name in free:
        array = trial.tensors[name]
        array[STARTS:2 * STARTS] = np.clip(WIDE * array[STARTS:2 * STARTS], -FAR, FAR)
        array[2 * STARTS:3 * STARTS] = FAR * (2 / np.pi) * np.arctan(2 * array[2 * STARTS:3 * STARTS])
    for place, name in enumerate(zeros, 3):
        trial.tensors[name][place * STARTS:(place + 1) * STARTS] = 0.0
    for name in square:
        _one_eigenvalue(trial.tensors[name][kinds * STARTS:(kinds + 1) * STARTS])
    for place, name in enumerate(scalars if marks else ()):
        begin = -5 * place % len(marks)  # each number meets others
        trial.tensors[name][-len(marks):] = marks[begin:] + marks[:begin]
    farthest = max(FARTHEST, *(2 * abs(mark) for mark in marks)) if marks else FARTHEST
    rows = under.kept(trial)[1]
    equations = [c.expr for c in under.setting.constraints if c.kind == "zero"]
    together = Points(with_all(rows, under.setting)) if rows else None
    left = [np.abs(together.value(e)).reshape(together.count, -1).max(axis=1) for e in equations] if together else []
    holding = [number for number in range(len(rows)) if not any(off[number] >= HELD for off in left)]
    near = [number for number in holding if not any(
        float(np.max(np.abs(rows[number].tensors[n]), initial=0.0)) > farthest for n in free)]
    passing = near or [number for number in holding if not _flat(rows[number], equations)]
    points = Points(with_all([rows[number] for number in passing], under.setting)) if passing else None
    for place, row in enumerate(rows[number] for number in passing):
        assert points is not None
        frail = any(np.any((row.tensors[n] != 0) & (np.abs(row.tensors[n]) < NEAR)) for n in free)
        yield Branch(points, place, next((name for name in zeros if not np.any(row.tensors[name])), ""), frail,
                     bool(equations))


def is_edge(branch: Branch) -> bool:
    """Whether a point lies where something is zero or next to it, as H where K = PHᵀA⁻¹ and K = PHᵀB⁻¹ are to hold."""
    return branch.frail or branch.zero != "" or any(
        not np.any(np.abs(value) >= NEAR) for value in branch.alone.data.tensors.values())


def _one_eigenvalue(matrices: Numbers) -> None:
    """Makes each 0, 1 or -1 times the identity and a matrix with square 0: nothing but its upper right corner is kept."""
    half = matrices.shape[-1] // 2
    matrices[:, half:] = 0.0
    matrices[:, :, :half] = 0.0
    matrices += np.array([0.0, 1.0, -1.0])[np.arange(len(matrices)) % 3].reshape(-1, 1, 1) * np.eye(matrices.shape[-1])


def _flat(row: Batch, equations: Sequence[Expr]) -> bool:
    """Whether equations hold beside a point as well as at it: far out, tanh a = 1 does to all digits."""
    moved = row.only(0)
    moved.tensors = {name: value * (1 + NEAR) for name, value in moved.tensors.items()}
    points = Points(moved)
    return all(bool(np.max(np.abs(points.value(e)), initial=0.0) < HELD) for e in equations)


def _marks(constraints: Iterable[SampleConstraint]) -> list[float]:
    """Numbers beside those that equations name, of both signs: roots that are far from other points are met there."""
    near = sorted({float(x) for x in landmarks([c.expr for c in constraints]) if 0 < abs(x) <= MOST_FAR})
    return [near[k * (len(near) - 1) // (MARKS - 1)] for k in range(MARKS)]


def follows(judge: Judge, claim: Claim, found: Sequence[Branch]) -> Outcome:
    """Whether a claim holds on all branches that were found, under one of its readings."""
    failed: Outcome | None = None
    for way in ways(judge.context, differentiates(claim)):
        if way.loose:
            continue
        try:
            each = judge.typed(claim, way)
        except SymderivError:
            continue
        if each.entrywise:
            continue
        outcome = _on(judge, each, found)
        if outcome.outcome == "follows":
            return outcome
        failed = failed or outcome
    return failed or Outcome("unknown")


def _on(judge: Judge, each: Typed, found: Sequence[Branch]) -> Outcome:
    agreed = 0
    failing: dict[str, Branch] = {}
    for branch, gap, fine in _gaps(judge, each, found):
        if not fine.any():
            continue
        # A relation such as < holds or does not: nothing in between is left to rounding.
        apart, together = (1.0, 1.0) if each.sign in ORDERED else (APART, TOGETHER)
        if float(gap.max()) > apart and not branch.frail:
            if branch.zero not in failing and (not branch.tied or _steady(each, branch.alone)):
                failing[branch.zero] = branch
        elif float(gap.max()) < together:
            agreed += 1
    if failing:
        zero = min(failing) if "" not in failing else ""
        shown = judge.counterexample(each, [each.left, each.right], failing[zero].alone, failing[zero].tied)
        return Outcome("fails", agreed, zero, shown)
    return Outcome("follows", agreed) if agreed else Outcome("unknown")


def _steady(each: Typed, point: Points) -> bool:
    """Whether both sides keep their values where a point is moved by little more than rounding: what is 0/0 does not."""
    moved, rng = point.data.only(0), np.random.default_rng(0)
    for name, value in moved.tensors.items():
        moved.tensors[name] = value * (1 + SHAKEN * rng.uniform(-1, 1, value.shape))
    try:
        there = Points(moved)
        return all(np.allclose(point.value(side), there.value(side), STEADY, HELD, equal_nan=True)
                   for side in (each.left, each.right))
    except SymderivError:
        return False


def _gaps(judge: Judge, each: Typed, found: Sequence[Branch]) -> Iterator[tuple[Branch, Numbers, Numbers]]:
    """How far apart the sides are on each branch, and where that can be said; where it cannot at all, nothing."""
    for _, together in groupby(found, key=lambda branch: id(branch.points)):
        branches = tuple(together)
        points, tied = branches[0].points, branches[0].tied
        try:
            gap, fine = (np.broadcast_to(x, (points.count, *x.shape[1:])) for x in judge.gap(each, points, tied))
            yield from ((b, gap[b.place], fine[b.place]) for b in branches)
        except SymderivError:
            # One point without a value says nothing of the others.
            for branch in branches:
                with suppress(SymderivError):
                    yield (branch, *judge.gap(each, branch.alone, tied))


def meets(judge: Judge, claim: Claim, found: Sequence[Branch]) -> Counterexample | None:
    """A point at which the sides of a claim with ≠, < or > are equal, out of those that were moved there."""
    for way in ways(judge.context, False)[:1]:
        try:
            each = judge.typed(claim, way)
        except SymderivError:
            return None
        if shape_of(each.left):
            return None
        terms = [term for side in (each.left, each.right) for term in Add.make_args(side)]
        for branch in found:
            with suppress(SymderivError):
                left, right = (float(branch.alone.value(side)[0]) for side in (each.left, each.right))
                largest = max(abs(float(branch.alone.value(term)[0])) for term in terms)
                if not branch.frail and abs(left - right) <= MET * largest:
                    return judge.counterexample(each, [each.left, each.right], branch.alone, True)
    return None


# ------------------------------------------------------------------ the step that does not hold

def refusal(premises: Sequence[Claim], claim: Claim, outcome: Outcome) -> Judgement:
    """The verdict on a conclusion that does not follow, with the step that was taken by name."""
    diagnosis, words = FOLLOWS_NOT, "it does not follow from what is supposed above"
    if outcome.zero:
        diagnosis = "a factor that may be 0 is cancelled"
        words = f"it does not follow: {outcome.zero} may be 0"
    for each in reversed(premises):
        named = step(each, claim)
        if named is not None and not (outcome.zero and named[0] == FOLLOWS_NOT):
            diagnosis, words = named
            break
    suggestion = None
    if outcome.zero and diagnosis.startswith("a factor"):
        suggestion = f"{outcome.zero} != 0"
    return Judgement("refuted", words, outcome.counterexample, diagnosis, suggestion)


def step(above: Claim, below: Claim) -> tuple[str, str] | None:
    """(what a step is called, in words) that leads from one equation to another; None for none that is known."""
    sides = t.unbracketed(above.left), t.unbracketed(above.right)
    wanted = t.unbracketed(below.left), t.unbracketed(below.right)
    for left, right in (sides, sides[::-1]):
        if isinstance(left, t.Power) and (left.base, _base(right)) in (wanted, wanted[::-1]):
            return "a root is taken", "it does not follow: a power does not say of which sign its base is"
        if isinstance(left, t.Power) and t.unbracketed(left.base) in wanted:
            return "a root is taken", "it does not follow: the root may have either sign"
        function = _function(left)
        if function and function == _function(right) and {_inside(left), _inside(right)} == set(wanted):
            return "a function that is not injective is undone", \
                f"it does not follow: {function} takes the same value at different places"
        if isinstance(left, t.Factors | t.Transpose) or isinstance(right, t.Factors):
            rest = _cancelled(left, right)
            if rest is not None and {t.unbracketed(rest[1]), t.unbracketed(rest[2])} == set(wanted):
                return "a factor that may be 0 is cancelled", \
                    f"it does not follow: {rest[0]} is cancelled, which need not be invertible"
    return None


def _base(tree: t.Tree) -> t.Tree:
    return t.unbracketed(tree.base) if isinstance(tree, t.Power) else tree


def _function(tree: t.Tree) -> str:
    """The name of what is done to one thing, where that is all that a tree says."""
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and len(tree.arguments) == 1:
        return tree.function.name
    if isinstance(tree, t.Norm | t.Bars):
        return "a norm" if isinstance(tree, t.Norm) else "an absolute value"
    return "a sum" if isinstance(tree, t.Big) else ""


def _inside(tree: t.Tree) -> t.Tree:
    if isinstance(tree, t.Call):
        return t.unbracketed(tree.arguments[0])
    body = tree.body if isinstance(tree, t.Norm | t.Bars | t.Big) else tree
    return t.unbracketed(body)


def _cancelled(left: t.Tree, right: t.Tree) -> tuple[str, t.Tree, t.Tree] | None:
    """(the factor, what is left of either side) of two products with a factor in common, first or last."""
    if not (isinstance(left, t.Factors) and isinstance(right, t.Factors)):
        return None
    for place in (0, -1):
        if left.factors[place] == right.factors[place]:
            return latex(left.factors[place]), _without(left, place), _without(right, place)
    common = [f for f in left.factors if f in right.factors]
    if common:
        return (latex(common[0]), _without(left, left.factors.index(common[0])),
                _without(right, right.factors.index(common[0])))
    return None


def _without(tree: t.Factors, place: int) -> t.Tree:
    place %= len(tree.factors)
    return tree.exchanged(place, place + 1).plain


def speaks_of(judge: Judge, claim: Claim, sizes: bool = False) -> frozenset[str]:
    """The quantities that a claim depends on, through definitions; with ``sizes`` these, where there is nothing else."""
    for way in ways(judge.context, differentiates(claim)):
        try:
            variables = Variables(judge.typed(claim, way).exprs)
            return _quantities(variables) if sizes else frozenset(variables.tensors)
        except SymderivError:
            continue
    return frozenset()


def sides_apart(judge: Judge, claim: Claim) -> bool:
    """Whether each side reads a quantity that the other does not: no identity is, but an equation between quantities."""
    for way in ways(judge.context, False)[:1]:
        try:
            each = judge.typed(claim, way)
        except SymderivError:
            return False
        left, right = _read(each.left), _read(each.right)
        return bool(left - right) and bool(right - left)
    return False


def may_be_given(judge: Judge, claim: Claim) -> bool:
    """Whether an equation says something of its quantities, as ab = 0, A = Aᵀ or a = 2b do, and is no would-be identity."""
    if sides_apart(judge, claim):
        return True
    sides = claim.left, claim.right
    names = [{n.name for n in t.walk(side) if isinstance(n, t.Name)} for side in sides]
    return not all(names) or (names[0] == names[1] and all(_is_monomial(n) for side in sides for n in t.walk(side)))


def _is_monomial(node: t.Tree) -> bool:
    """Whether a node of a tree is a name, its power or transpose, or a product or negative of such."""
    if isinstance(node, t.Transpose | t.Power):
        return not isinstance(node.children()[0], t.Factors | t.Bracket)
    return isinstance(node, t.Name | t.Factors | t.Number) or (isinstance(node, t.Terms) and len(node.terms) == 1)


def _read(expr: Expr) -> set[str]:
    return {n for n, x in Variables([expr]).tensors.items() if x.label_size is None}
