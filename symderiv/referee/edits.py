"""The likely slip behind a wrong line: single changes of its tree, each tested by numbers like any other claim.

A repair is believed only where the changed line holds at every point.  The changes are those that people make by
mistake most often; each knows what the mistake is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import chain, combinations, islice, pairwise
from typing import Any

from sympy import latex as sympy_latex

from ..arrays.arrays import Named
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.symbols import Label
from ..arrays.walks import subexpressions
from ..bounds import REPAIR_WORK, Budget, budget
from ..errors import ShapeError, SymderivError
from ..functions.scalar_function import FUNCTIONS
from ..late import np
from ..reader.declare.context import Definition, LetterDeclared, Quantity, arity
from ..reader.declare.function_names import canonical, known
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from ..reader.syntax.lines import parse_line
from ..reader.syntax.notations import INFIX, is_elementwise, is_linear
from ..terms.nodes import FunctionValue, neg, num
from .as_written import as_written
from .coefficients import (
    CLOSE,
    SIGN,
    Judging,
    fraction,
    lost_term,
    negative,
    opposite,
    range_ends,
    rational,
    rescaled,
    with_side,
)
from .interpretations import Way
from .line_claims import Claim
from .replacements import TOO_MANY, letters_of, replaced
from .roles import names_between
from .samples import Points
from .summing_slips import factors_outside, forgotten_paths

# Changes that are tried at most, those among them that have a type and are computed, and of a line without a type.
MAX_TRIED = 400
MAX_COMPUTED = 150
# A claim with more parts than this is the dearer to compute, and has fewer changes tried.
PARTS = 60
MAX_UNTYPED = 150
MAX_BRACKETS = 24
MAX_BOTTOM = 64
LOST = "a term lost"
UPSIDE_DOWN = "quotient upside down"
_OPPOSITE = {"/": "*", "./": ".*", "oslash": "odot", ".*": "./", "odot": "oslash", "circ": "oslash"}
EXCHANGED = "two quantities exchanged"
MAX_PAIRS = 12
_ANYWHERE = num(7)  # no function of the table has a value there that is written otherwise


@dataclass(frozen=True)
class Repair:
    """A slip by name, with the line as it should be, in LaTeX; ``part`` is what is wrong, if it is a part, and ``where``
    says what should stand there."""

    diagnosis: str
    suggestion: str
    where: str = ""
    part: str = ""


@dataclass(frozen=True)
class Change:
    """A side with one change, and what the slip is called that the change undoes."""

    slip: str
    tree: t.Tree
    old: t.Tree | None = None
    new: t.Tree | None = None


def diagnose(judge: Judging, claim: Claim, way: Way, batch: Points, untyped: bool = False) -> Repair | None:
    """The first change of the right side that makes the claim true, or where that says nothing, of the left side.

    ``batch`` are points at which the claim fails; the search ends after a number of changes, never by the clock.
    A claim that is ``untyped`` needs a change of shapes.
    """
    constant = None if untyped or rational(claim.right) is None else _constant(judge, claim, way, batch)
    if constant is not None:
        return constant
    for place, each in enumerate(claim.conditions):
        for slip, other in () if untyped else _conditions(each, judge, claim):
            said = (*claim.conditions[:place], other, *claim.conditions[place + 1:])
            if holds(judge, replace(claim, conditions=said), way, batch):
                return Repair(slip, f"{latex(claim.right)}, where {latex(other)}", f"{latex(each)} should be {latex(other)}")
    sides = [] if isinstance(claim.right, t.Number | t.Name) and not differentiates(claim.left) else ["right"]
    if claim.own and not differentiates(claim.left) and not isinstance(claim.left, t.Name):
        sides.append("left")
    with budget(REPAIR_WORK) as own:
        for side in sides:
            found = _repair(judge, claim, way, batch, untyped, side, own)
            if found is not None or own.exhausted:
                return found
    return None


def _constant(judge: Judging, claim: Claim, way: Way, batch: Points) -> Repair | None:
    """The number that the left side is, where it is one."""
    with suppress(SymderivError):
        values = np.asarray(batch.value(judge.typed(claim, way).left)).reshape(-1)
        if len(values) and np.isfinite(values).all() and values.max() - values.min() <= CLOSE * (1 + abs(values[0])):
            number = Fraction(float(values[0])).limit_denominator(MAX_BOTTOM)
            tree = t.Terms((fraction(-number),), (-1,)) if number < 0 else fraction(number)
            # Values that are all 0 tell no claim from another.
            if number == 0 or holds(judge, replace(claim, right=tree), way, batch):
                return Repair("number", latex(tree))
    return None


def _repair(judge: Judging, claim: Claim, way: Way, batch: Points, untyped: bool, side: str, own: Budget) -> Repair | None:
    """The first change of one side that makes the claim true."""
    tree = getattr(claim, side)
    with budget(REPAIR_WORK, own.left * 3 // 4):
        change = _likely(judge, claim, way, batch, untyped, side)
    lost: Repair | None = None
    if change is None and not untyped and side == "right":
        term = lost_term(judge, claim, way)
        if term is not None:
            shown = sympy_latex(term.body if isinstance(term, Named) else term)
            joint = "" if shown.startswith("-") else "+ "
            lost = Repair(LOST, f"{as_written(tree, tree, judge.source) or latex(tree)} {joint}{shown}")
            if _means(judge, claim, way, batch, lost.suggestion):
                return lost
    if change is None:
        change = _searched(judge, claim, way, batch, untyped, side, own)
    if change is None:
        return lost and replace(lost, suggestion="")
    new = tidy(change.tree)
    new = new.body if isinstance(new, t.Bracket) and not isinstance(tree, t.Bracket) else new
    return _repair_of(change, tree, _suggested(judge, claim, way, batch, side, new))


def _likely(judge: Judging, claim: Claim, way: Way, batch: Points, untyped: bool, side: str) -> Change | None:
    """A coefficient that is off, or what one place would have to be, each told by the numbers."""
    others: Iterable[Any] = () if untyped else rescaled(judge, claim, way, batch, side, spots)
    brackets = (Change(slip, put(new), node, new) for node, put in spots(getattr(claim, side))
                for rule in (_bracket, _missing) for slip, new in rule(node, judge, claim))
    others = chain(others, islice(brackets, MAX_BRACKETS))
    if side == "right":
        others = chain(others, replaced(judge, claim, way, batch, side, spots, untyped))
    for each in others:
        mended = with_side(claim, side, each.tree)
        if mended.left != mended.right and holds(judge, mended, way, batch):
            return Change(each.slip, each.tree, each.old, each.new)
    return None


def _searched(judge: Judging, claim: Claim, way: Way, batch: Points, untyped: bool, side: str, own: Budget) -> Change | None:
    """The first of the single changes that people make by mistake which makes the claim true."""
    weight = _weight(judge, claim, way)
    tree = getattr(claim, side)
    seen = {tree}
    computed = 0.0
    for number, change in enumerate(changes(tree, judge, claim, untyped)):
        if number >= (MAX_UNTYPED if untyped else MAX_TRIED) or computed >= MAX_COMPUTED or own.exhausted:
            break
        if change.tree in seen or change.tree in (claim.left, claim.right):
            # x = x repairs nothing.
            continue
        seen.add(change.tree)
        changed = with_side(claim, side, change.tree)
        found = holds(judge, changed, way, batch)
        computed += weight if found is not None else 0
        if found is False and not untyped and change.slip != SIGN and opposite(judge, changed, way, batch):
            # Two slips, of which one is the sign.
            turned = Change(f"sign, and {change.slip}", negative(change.tree))
            found = holds(judge, with_side(claim, side, turned.tree), way, batch)
            change = turned if found else change
        if found:
            return change
    return None


def _means(judge: Judging, claim: Claim, way: Way, batch: Points, text: str) -> bool:
    """Whether a right side makes the claim true as it is read: what our own value is made of may have the person's names."""
    with suppress(SymderivError):
        parts = parse_line(text, judge.context).parts
        return len(parts) == 1 and bool(holds(judge, with_side(claim, "right", parts[0]), way, batch))
    return False


def _suggested(judge: Judging, claim: Claim, way: Way, batch: Points, side: str, new: t.Tree) -> str:
    """What a side should be, in the hand of who wrote the line where that reads as what is meant."""
    text = as_written(new, getattr(claim, side), judge.source)
    if text is not None:
        with suppress(SymderivError):
            parts = parse_line(text, judge.context).parts
            if len(parts) == 1 and (parts[0] == new or holds(judge, with_side(claim, side, parts[0]), way, batch)):
                return text
    return latex(new)


def _repair_of(change: Change, tree: t.Tree, right: str) -> Repair:
    """A change of a side that makes its claim true, as a repair."""
    old, new = change.old, change.new
    if old is None or new is None or old == tree:
        return Repair(change.slip, right)
    inside = any(old is n for s in t.walk(tree) if isinstance(s, t.Subscripted) for p in s.positions for n in t.walk(p))
    # What is lost from an index is no factor of the expression.
    slip = "wrong index" if inside and change.slip.startswith("factor") else change.slip
    before, after = latex(old), latex(tidy(new))
    if new == negative(old) and any(term is old and sign < 0 for s in t.walk(tree) if isinstance(s, t.Terms)
                              for term, sign in zip(s.terms, s.signs, strict=True)):
        # The minus that is wrong stands in front of the term.
        before, after = f"-{before}", f"+{before}"
    where = f"{before} does not belong there" if slip.endswith(TOO_MANY.split()[-1]) and new == t.Number("1") else \
        f"{before} should be {after}"
    return Repair(slip, right, where, latex(old))


def tidy(tree: t.Tree) -> t.Tree:
    """A tree without what a change leaves behind and nobody writes: factors of 1, brackets around brackets."""
    made = t.below(tree, tidy)
    if isinstance(made, t.Bracket) and isinstance(made.body, t.Bracket | t.Number):
        return made.body
    if isinstance(made, t.Subscripted) and isinstance(made.base, t.Power):
        return t.Power(replace(made, base=made.base.base, span=t.NOWHERE), made.base.exponent)
    if isinstance(made, t.Power) and made.exponent == t.Number("1"):
        return made.base
    if isinstance(made, t.Transpose) and isinstance(made.base, t.Transpose):
        return made.base.base
    if isinstance(made, t.Subscripted) and isinstance(made.base, t.Transpose) and len(made.positions) == 2:
        return replace(made, base=made.base.base, positions=made.positions[::-1])
    if isinstance(made, t.Fraction):
        top, bottom = (x.body if isinstance(x, t.Bracket) else x for x in (made.top, made.bottom))
        if bottom == t.Number("1"):
            return top
        return made if (top, bottom) == (made.top, made.bottom) else replace(made, top=top, bottom=bottom)
    if isinstance(made, t.Terms):
        return _added(made)
    if isinstance(made, t.Factors) and any(isinstance(f, t.Factors) and any(map(is_elementwise, f.joints))
                                           for f in made.factors):
        made = _flat(made)
        made = replace(made, factors=tuple(t.Bracket(f) if isinstance(f, t.Factors) else f for f in made.factors))
    if not isinstance(made, t.Factors) or t.Number("1") not in made.factors:
        return made
    place = made.factors.index(t.Number("1"))
    if place == len(made.factors) - 1:
        return made.run(0, -1).plain if is_linear(made.joints[-1]) else made
    if not is_linear(made.joints[place]):
        return made
    return made.exchanged(place, place + 2, made.factors[place + 1]).plain


def _flat(tree: t.Factors) -> t.Factors:
    """A product entry by entry of products entry by entry, as one."""
    for place, factor in enumerate(tree.factors):
        if isinstance(factor, t.Factors) and len({*tree.joints, *factor.joints}) == 1:
            return _flat(tree.exchanged(place, place + 1, *factor.factors, joints=factor.joints))
    return tree


def _added(tree: t.Terms) -> t.Tree:
    """A sum with its whole numbers added up: j - k for j - k - 1 + 1."""
    pairs = list(zip(tree.terms, tree.signs, strict=True))
    if len(pairs) == 2 and tree.terms[0] == tree.terms[1] and sum(tree.signs) == 0:
        return t.Number("0")
    whole = [(x, s) for x, s in pairs if isinstance(x, t.Number) and x.text.isdecimal() and not x.font]
    if len(whole) < 2 or len(whole) == len(pairs):
        return tree
    total = sum(s * int(x.text) for x, s in whole if isinstance(x, t.Number))
    kept = [(x, s) for x, s in pairs if (x, s) not in whole]
    if total:
        kept.append((t.Number(str(abs(total))), 1 if total > 0 else -1))
    return t.added(kept)


def _weight(judge: Judging, claim: Claim, way: Way) -> float:
    """How dear a claim is to compute: the number of its parts, each counted once, over PARTS, and at least 1."""
    try:
        return max(1.0, sum(1 for _ in subexpressions(*judge.typed(claim, way).exprs)) / PARTS)
    except SymderivError:
        return 1.0


def differentiates(tree: t.Tree) -> bool:
    """Whether a tree is a derivative."""
    primed = isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and tree.function.primes > 0
    return primed or isinstance(tree, t.Derivative | t.Differential)


def holds(judge: Judging, claim: Claim, way: Way, batch: Points) -> bool | None:
    """Whether a changed claim holds: first at the points where the old one failed, then at all; None without a type."""
    try:
        typed = judge.typed(claim, way)
        if typed.entrywise or typed.assumed:
            return False
        # What is to be 0, and is so, has no value that tells it from others.
        void = claim.right == t.Number("0")
        found = (judge.compare(typed, batches) for batches in ([batch], None))
        return all(each.outcome == "agree" or (void and each.outcome == "nowhere" and each.points) for each in found)
    except ShapeError:
        return None
    except Exception:  # A change may make anything of a line; what cannot be tried is no repair.
        return False


# ------------------------------------------------------------------ changes

def changes(tree: t.Tree, judge: Judging, claim: Claim, shapes_only: bool = False) -> Iterator[Change]:
    """Single changes, the commonest slips first; ``shapes_only`` leaves out those that change no shape.

    Inside the ends of ranges they come last: an end is more often off by one.
    """
    ends = range_ends(tree)
    places = sorted(spots(tree), key=lambda place: id(place[0]) in ends)
    outside = [place for place in places if id(place[0]) not in ends]
    first, late = (_SHAPES, ()) if shapes_only else (_RULES, _LATE)
    for rules, where, of_whole in ((first, outside, _whole), (late, outside, _lost_names),
                                   ((*first, *late), places[len(outside):], None)):
        for rule in rules:
            for node, put in where:
                for slip, new in rule(node, judge, claim):
                    yield Change(slip, put(new), node, new)
        for slip, new in of_whole(tree, judge, claim) if of_whole is not None else ():
            yield Change(slip, new)


Put = Callable[[t.Tree], t.Tree]
Found = Iterator[tuple[str, t.Tree]]


def spots(tree: t.Tree) -> Iterator[tuple[t.Tree, Put]]:
    """Every node, with the function that puts another in its place."""
    yield tree, lambda new: new
    for field in fields(tree):
        value = getattr(tree, field.name)
        for inner, put in _inside(value):
            yield from _lifted(tree, field.name, inner, put)


def _lifted(tree: t.Tree, name: str, inner: t.Tree, put: Callable[[t.Tree], Any]) -> Iterator[tuple[t.Tree, Put]]:
    for node, deeper in spots(inner):
        yield node, lambda new, deeper=deeper: replace(tree, **{name: put(deeper(new))})  # type: ignore[misc]


def _inside(value: object) -> Iterator[tuple[t.Tree, Callable[[t.Tree], Any]]]:
    if isinstance(value, t.Tree):
        yield value, lambda new: new
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            for inner, put in _inside(item):
                yield inner, lambda new, place=place, put=put: (  # type: ignore[misc]
                    *value[:place], put(new), *value[place + 1:])


def _transposed(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    if isinstance(node, t.Transpose):
        yield "transposed", node.base
    elif isinstance(node, t.Bracket | t.Derivative | t.Matrix) or (isinstance(node, t.Name) and _may_be_array(node, judge)) \
            or (isinstance(node, t.Call) and not _is_scalar_call(node)):
        yield "transposed", t.Transpose(_wrapped(node))


def _may_be_array(node: t.Name, judge: Judging) -> bool:
    """Whether a name has axes, or is defined as a whole, so that its arity does not say."""
    return node.arity > 0 or any(isinstance(r, Definition) and not r.parameters for r in judge.context.by_name(node.name))


def _is_scalar_call(node: t.Call) -> bool:
    return isinstance(node.function, t.Function) and node.function.name in ("log", "exp", "det", "tr", "Tr", "trace")


def _order(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    lead = next((k for k, f in enumerate(node.factors) if rational(f) is None), 0) if isinstance(node, t.Factors) else 0
    if isinstance(node, t.Factors) and all(map(is_linear, node.joints)) and len(node.factors) > lead + 1:
        # Numbers stay in front.
        front, (first, *between, last) = node.factors[:lead], node.factors[lead:]
        swapped = [[*node.factors[:k], node.factors[k + 1], node.factors[k], *node.factors[k + 2:]]
                   for k in range(lead, len(node.factors) - 1)]
        for moved in (*swapped, *([[*front, last, first, *between], [*front, *between, last, first]] if between else ())):
            yield "factors in the wrong order", replace(node, factors=tuple(moved))
        for k, factors in enumerate(swapped, lead):
            one, two = factors[k], factors[k + 1]
            for pair in ((_turned(one), two), (one, _turned(two)), (_turned(one), _turned(two))):
                factors[k], factors[k + 1] = pair
                slip = "factors in the wrong order, transposed" if one in pair or two in pair else "transposed"
                yield slip, replace(node, factors=tuple(factors))
        yield "transposed", replace(node, factors=(*front, _turned(first), *between, _turned(last)))
        for start in range(lead, len(node.factors) - 1):
            run = node.run(start)
            turned: t.Tree = replace(run, factors=tuple(map(_turned, run.factors[::-1])), joints=run.joints[::-1])
            if sum(isinstance(f, t.Transpose) for f in run.factors) * 2 < len(run.factors):
                turned = t.Transpose(t.Bracket(run))
            made = turned.factors if isinstance(turned, t.Factors) else (turned,)
            yield "transposed", node.exchanged(start, len(node.factors), *made, joints=turned.joints if isinstance(
                turned, t.Factors) else ()).plain


def _turned(tree: t.Tree) -> t.Tree:
    if isinstance(tree, t.Number):
        return tree
    return tree.base if isinstance(tree, t.Transpose) else t.Transpose(_wrapped(tree))


def _wrapped(tree: t.Tree) -> t.Tree:
    return tree if isinstance(tree, t.Name | t.Bracket | t.Subscripted | t.Call | t.Number | t.Matrix) else t.Bracket(tree)


def _hadamard(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    if isinstance(node, t.Factors):
        for k, joint in enumerate(node.joints):
            for other in INFIX[joint].slips if joint in INFIX else ():
                joints = (*node.joints[:k], other, *node.joints[k + 1:])
                yield "elementwise and matrix product confused", replace(node, joints=joints)
                one, two = node.factors[k:k + 2]
                if is_elementwise(other) and isinstance(one, t.Transpose) != isinstance(two, t.Transpose):
                    # u'v for u ⊙ v: a transpose that the product of linear algebra needs.
                    pair = (x.base if isinstance(x, t.Transpose) else x for x in (one, two))
                    yield "elementwise and matrix product confused", replace(
                        node, joints=joints, factors=(*node.factors[:k], *pair, *node.factors[k + 2:]))


def _signs(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    if isinstance(node, t.Terms):
        for k, sign in enumerate(node.signs):
            yield SIGN, replace(node, signs=(*node.signs[:k], -sign, *node.signs[k + 1:]))
        if len(node.terms) > 2:
            yield SIGN, replace(node, signs=(node.signs[0], *(-s for s in node.signs[1:])))
    if isinstance(node, t.Call) and len(node.arguments) == 1:
        yield SIGN, replace(node, arguments=(_negative(node.arguments[0]),))
    if isinstance(node, t.Power):
        yield "exponent", replace(node, exponent=_negative(node.exponent))
    if isinstance(node, t.Cases):
        for k, (value, when) in enumerate(node.branches):
            yield SIGN, replace(node, branches=(*node.branches[:k], (_negative(value), when), *node.branches[k + 1:]))


def _negative(tree: t.Tree) -> t.Tree:
    if isinstance(tree, t.Terms):
        return replace(tree, signs=tuple(-s for s in tree.signs))
    return t.Terms((tree,), (-1,))


def _bracket(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """a + bc for (a + b)c, and ab + c for a(b + c)."""
    if not isinstance(node, t.Terms) or len(node.terms) < 2:
        return
    for k, term in enumerate(node.terms):
        if isinstance(term, t.Factors):
            for cut in range(1, len(term.factors)):
                yield from (("bracket lost", each) for each in _bracketed(node, k, term, cut))


def _bracketed(node: t.Terms, k: int, term: t.Factors, cut: int) -> Iterator[t.Tree]:
    """A sum with a bracket from terms before a product to its first factors, and from its last ones to terms behind it."""
    count = len(node.terms)
    for start in range(k):
        inner = t.Bracket(t.Terms((*node.terms[start:k], term.run(0, cut).plain), (*node.signs[start:k], node.signs[k])))
        product = term.exchanged(0, cut, inner)
        yield t.Terms((*node.terms[:start], product, *node.terms[k + 1:]),
                      (*node.signs[:start], 1, *node.signs[k + 1:])).plain
    for stop in range(k + 2, count + 1):
        inner = t.Bracket(t.Terms((term.run(-cut).plain, *node.terms[k + 1:stop]), (1, *node.signs[k + 1:stop])))
        product = term.exchanged(-cut, None, inner)
        yield t.Terms((*node.terms[:k], product, *node.terms[stop:]), (*node.signs[:k + 1], *node.signs[stop:])).plain


def _operand(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """d/dx a + bc for d/dx (a + b) c: the bracket lost around what is differentiated."""
    if not isinstance(node, t.Terms) or len(node.terms) < 2:
        return
    first, last = node.terms[0], node.terms[-1]
    operator = first.factors[0] if isinstance(first, t.Factors) else first
    if not isinstance(operator, t.Derivative) or operator.body is None:
        return
    inner: t.Tree = replace(first, factors=(operator.body, *first.factors[1:])) if isinstance(first, t.Factors) \
        else operator.body
    yield "bracket lost", replace(operator, body=t.Bracket(replace(node, terms=(inner, *node.terms[1:]))))
    if isinstance(last, t.Factors):
        whole = t.Bracket(replace(node, terms=(inner, *node.terms[1:-1], last.run(0, -1).plain)))
        yield "bracket lost", last.exchanged(0, -1, replace(operator, body=whole))


def _bodies(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """Sums: over the wrong letter, one too many, the ends off by one."""
    if not isinstance(node, t.Big):
        return
    inside = list(dict.fromkeys(n.name for n in t.walk(node.body) if isinstance(n, t.Letter)))
    bound = [b.letter for b in node.binders]
    for k, binder in enumerate(node.binders):
        for name in inside:
            if name not in bound:
                yield "summed over the wrong index", replace(node, binders=(*node.binders[:k], replace(binder, letter=name),
                                                                           *node.binders[k + 1:]))
                yield "wrong summed index", replace(node, body=t.renamed(node.body, name, binder.letter))
        for low, value in ((True, binder.low), (False, binder.high)):
            if value is not None:
                for step in (1, -1):
                    end = t.Terms((value, t.Number("1")), (1, step))
                    moved = replace(binder, low=end) if low else replace(binder, high=end)
                    yield "range of the sum off by one", replace(node, binders=(*node.binders[:k], moved,
                                                                                *node.binders[k + 1:]))
    if node.adds:
        yield "a sum too many", t.Bracket(node.body)
        if node.condition is not None:
            yield "i = j and i ≠ j confused", replace(node, condition=None)


def _indices(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """Entries: letters confused, exchanged, or off by one."""
    if not isinstance(node, t.Subscripted | t.DeltaSign | t.Unit):
        return
    letters = letters_of(claim)
    if isinstance(node, t.DeltaSign):
        for name in letters:
            yield "wrong index", replace(node, left=t.Letter(name))
            yield "wrong index", replace(node, right=t.Letter(name))
        return
    if isinstance(node, t.Unit):
        return
    if len(node.positions) == 2:
        yield "indices exchanged", replace(node, positions=node.positions[::-1])
    for k, position in enumerate(node.positions):
        if isinstance(position, t.Letter):
            for name in letters:
                if name != position.name:
                    yield "wrong index", replace(node, positions=(*node.positions[:k], t.Letter(name),
                                                                  *node.positions[k + 1:]))
    for k, position in enumerate(node.positions):
        if isinstance(position, t.Letter | t.Terms):
            for step in (1, -1):
                moved = t.Terms((position, t.Number("1")), (1, step)) if isinstance(position, t.Letter) else \
                    replace(position, terms=(*position.terms, t.Number("1")), signs=(*position.signs, step))
                yield "index shifted by one", replace(node, positions=(*node.positions[:k], moved,
                                                                       *node.positions[k + 1:]))
        for letter in dict.fromkeys(n for n in t.walk(position) if isinstance(n, t.Letter) and n is not position):
            for step in (1, -1):
                inside = t.exchanged(position, letter, t.Bracket(t.Terms((letter, t.Number("1")), (1, step))))
                yield "index shifted by one", replace(node, positions=(*node.positions[:k], inside, *node.positions[k + 1:]))


def _conditions(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """i = j for i ≠ j; branches of cases exchanged."""
    other = {"=": "!=", "!=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
    if isinstance(node, t.Relation) and len(node.signs) == 1 and node.signs[0] in other:
        slip = "i = j and i ≠ j confused" if node.signs[0] in ("=", "!=") else "wrong side of the condition"
        yield slip, replace(node, signs=(other[node.signs[0]],))
    if isinstance(node, t.Cases) and len(node.branches) == 2:
        (a, when), (b, otherwise) = node.branches
        yield "i = j and i ≠ j confused", replace(node, branches=((b, when), (a, otherwise)))
    if isinstance(node, t.DeltaSign):
        yield "i = j and i ≠ j confused", t.Bracket(t.Terms((t.Number("1"), node), (1, -1)))


def _flips(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """Convolutions with a flip too many or too few."""
    if isinstance(node, t.Call) and isinstance(node.function, t.Function) and node.function.name in ("flip", "rot180") \
            and len(node.arguments) == 1:
        yield "wrong flip", node.arguments[0]


def _unflipped(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """Convolutions whose operand should be flipped, or whose operands stand in the wrong order."""
    if isinstance(node, t.Factors):
        for k, joint in enumerate(node.joints):
            meaning = judge.context.operators.get(joint, ("", ()))[0] or (INFIX[joint].meaning if joint in INFIX else "")
            if meaning == RECORDS.kron.name:
                one, two = node.factors[k:k + 2]
                yield "factors in the wrong order", node.exchanged(k, k + 2, two, one, joints=(joint,))
            elif str(meaning).startswith("conv"):
                for place in (k, k + 1):
                    turned = t.Call(t.Function("flip"), (node.factors[place],))
                    yield "wrong flip", replace(node, factors=(*node.factors[:place], turned, *node.factors[place + 1:]))
                factors = list(node.factors)
                factors[k], factors[k + 1] = factors[k + 1], factors[k]
                yield "factors in the wrong order", replace(node, factors=tuple(factors))


def _points(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A derivative evaluated at the wrong point."""
    if isinstance(node, t.Call) and isinstance(node.function, t.Function) and node.function.primes \
            and len(node.arguments) == 1:
        for name in names(judge):
            yield "derivative evaluated at the wrong point", replace(node, arguments=(name,))
            if isinstance(node.arguments[0], t.Subscripted):
                entry = replace(node.arguments[0], base=name)
                yield "derivative evaluated at the wrong point", replace(node, arguments=(entry,))
        yield "missing derivative", replace(node, function=replace(node.function, primes=node.function.primes - 1))


def names(judge: Judging) -> list[t.Name]:
    """The declared and defined quantities."""
    return [t.Name(r.name, arity(r)) for r in judge.context.all() if isinstance(r, Quantity | Definition)
            and not (isinstance(r, Definition) and r.parameters) and not isinstance(r, LetterDeclared)]


def _numbers(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """Numbers and exponents; a size in the place of another axis's."""
    yield from (("one quantity in the place of another", t.Bracket(size)) for size in _computed_ends(node, judge, claim))
    if isinstance(node, t.Power):
        yield "exponent", node.base
        if isinstance(node.exponent, t.Number) and node.exponent.text.isdecimal():
            for number in (int(node.exponent.text) + 1, int(node.exponent.text) - 1):
                yield "exponent", replace(node, exponent=t.Number(str(number)))
        else:
            for step in (1, -1):
                yield "exponent", replace(node, exponent=t.Terms((node.exponent, t.Number("1")), (1, step)))
        if isinstance(node.exponent, t.Name | t.Letter):
            for name in names(judge):
                if not name.arity:
                    yield "wrong letter", replace(node, exponent=name)
    elif isinstance(node, t.Number) and node.text.isdecimal() and len(node.text) < 4 and not node.font:
        for number in (int(node.text) + 1, int(node.text) - 1, 2 * int(node.text)):
            if number >= 0:
                yield "number", replace(node, text=str(number))
        if int(node.text) % 2 == 0 and node.text != "0":
            yield "number", replace(node, text=str(int(node.text) // 2))


def _computed_ends(node: t.Tree, judge: Judging, claim: Claim) -> Iterator[t.Tree]:
    """The ends of sums that are computed from the size of a name, as n - k + 1 is from n and k."""
    if isinstance(node, t.Name) and node.name in judge.context.sizes:
        trees = (claim.left, claim.right, *(r.tree for r in judge.context.all() if isinstance(r, Definition)))
        ends = (b.high for tree in trees for n in t.walk(tree) if isinstance(n, t.Big) for b in n.binders)
        yield from dict.fromkeys(end for end in ends if isinstance(end, t.Terms) and node in end.terms)


def _terms(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """One term of a sum without its 2, or with one too many; a number beside matrices that belongs on the diagonal."""
    if isinstance(node, t.Terms) and len(node.terms) > 1:
        for k, term in enumerate(node.terms if _is_square(judge, claim) else ()):
            identity = t.Call(t.Function(RECORDS.eye.name), ())
            yield "an identity lost", replace(node, terms=(*node.terms[:k], _times(term, identity), *node.terms[k + 1:]))
        for k, term in enumerate(node.terms):
            for slip, factor in (("factor 2 lost", t.Number("2")), ("factor 2 too many", t.Fraction(t.Number("1"),
                                                                                                  t.Number("2")))):
                terms = (*node.terms[:k], _times(factor, term), *node.terms[k + 1:])
                yield slip, replace(node, terms=terms)


def _is_square(judge: Judging, claim: Claim) -> bool:
    """Whether a claim is about a square matrix."""
    with suppress(SymderivError):
        shape = shape_of(judge.typed(claim, Way()).left)
        return len(shape) == 2 and shape[0] == shape[1]
    return False


def _powers(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A square lost; bars lost or too many; a logarithm or its argument."""
    if isinstance(node, t.Name | t.Norm | t.Bracket | t.Subscripted | t.Call):
        yield "exponent", t.Power(_wrapped(node), t.Number("2"))
    if (isinstance(node, t.Name) and node.arity == 2) or (isinstance(node, t.Derivative) and node.order == 2):
        yield "inverse lost", t.Power(node, _negative(t.Number("1")))
    if isinstance(node, t.Bars):
        yield "absolute value", t.Bracket(node.body)
    if isinstance(node, t.Root):
        yield "exponent", t.Bracket(node.base)
    elif isinstance(node, t.Bracket | t.Fraction | t.Terms):
        yield "exponent", t.Root(node)
    if isinstance(node, t.Call) and len(node.arguments) == 1:
        yield "a function too many", t.Bracket(node.arguments[0])
        for factor in (t.Number("2"),):
            yield "factor in the argument", replace(node, arguments=(_times(factor, node.arguments[0]),))


def _times(*factors: t.Tree, joint: str = "") -> t.Tree:
    factors = tuple(f for f in factors if f != t.Number("1")) or factors[:1]
    if len(factors) == 1:
        return factors[0]
    inside = tuple(t.Bracket(f) if isinstance(f, t.Terms | t.Relation) else f for f in factors)
    return t.Factors(inside, (joint,) * (len(inside) - 1))


def _dropped(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A term or factor too many."""
    if isinstance(node, t.Factors) and all(j in INFIX and INFIX[j].slips for j in node.joints):
        for k in range(len(node.factors)):
            yield "a factor too many", node.exchanged(k, k + 1).plain
    if isinstance(node, t.Fraction):
        yield "a factor too many", node.top
        yield UPSIDE_DOWN, replace(node, top=node.bottom, bottom=node.top)
        yield UPSIDE_DOWN, t.Bracket(_times(node.top, node.bottom))
    if isinstance(node, t.Factors):
        for k, joint in enumerate(node.joints):
            if joint in _OPPOSITE:
                yield UPSIDE_DOWN, replace(node, joints=(*node.joints[:k], _OPPOSITE[joint], *node.joints[k + 1:]))
    if isinstance(node, t.Terms) and len(node.terms) > 1:
        for k in range(len(node.terms)):
            yield "a term too many", t.Terms(node.terms[:k] + node.terms[k + 1:], node.signs[:k] + node.signs[k + 1:]).plain


def _missing(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A factor lost in front of an array whose size its neighbours decide, as in A - I for A - r I."""
    if isinstance(node, t.Call) and isinstance(node.function, t.Function) and not node.arguments:
        for name in names(judge):
            yield "missing factor", _times(name, node)
            if name.arity != 1:
                yield "one quantity in the place of another", name


def _whole(tree: t.Tree, judge: Judging, claim: Claim) -> Found:
    """The whole side: its sign, a number or size that it lacks, a sum over a letter that is free in it alone, a log base."""
    yield SIGN, t.Terms((t.Bracket(tree) if isinstance(tree, t.Terms) else tree,), (-1,))
    body: t.Tree = t.Bracket(tree) if isinstance(tree, t.Terms) else tree
    for number in ("2", "4", "3"):
        yield f"factor {number} lost", _times(t.Number(number), body)
        yield f"factor {number} too many", _times(t.Fraction(t.Number("1"), t.Number(number)), body)
    for record in list(judge.context.all()):
        if isinstance(record, Quantity) and not record.rank and record.value.is_Symbol and record.value.is_integer:
            name = t.Name(record.name)
            yield f"1/{record.name} lost", _times(t.Fraction(t.Number("1"), name), body)
            yield f"factor {record.name} lost", _times(name, body)
        elif isinstance(record, Quantity) and not record.rank:
            name = t.Name(record.name)
            yield f"factor {record.name} lost", _times(name, body)
            yield f"1/{record.name} lost", _times(t.Fraction(t.Number("1"), name), body)
    yield from _other_steps(tree)
    letters = letters_of(claim)
    for k, one in enumerate(letters):
        for two in letters[k + 1:]:
            swapped = t.renamed(t.renamed(t.renamed(tree, one, "\0"), two, one), "\0", two)
            yield "indices exchanged", swapped
    left = t.letters_in(claim.left)
    bound = {b.letter for n in t.walk(tree) if isinstance(n, t.Big) for b in n.binders}
    for letter in dict.fromkeys(n.name for n in t.walk(tree) if isinstance(n, t.Letter)):
        if letter not in left and letter not in bound:
            yield "dropped sum", t.summed(tree, t.Binder(letter))
    for letter in sorted(left - t.letters_in(tree)):
        for other in sorted(left - {letter}):
            delta = t.DeltaSign(t.Letter(letter), t.Letter(other))
            yield "a delta lost", delta if tree == t.Number("1") else t.Factors((body, delta), ("",))
    used = [n for n in t.walk(tree) if isinstance(n, t.Name)]
    for node in dict.fromkeys(used):
        if used.count(node) > 1 and not node.arity:
            yield "variance and standard deviation confused", t.exchanged(tree, node, t.Power(node, t.Number("2")))
            yield "variance and standard deviation confused", t.exchanged(tree, node, t.Root(node))
        if node.arity == 2:
            yield "transposed", t.exchanged(tree, node, t.Transpose(node))
    yield from ((EXCHANGED, each) for each in _exchanged(tree, used))
    base = t.Call(t.Function("log"), (t.Number("2"),))
    yield "base of the logarithm", _times(base, body)
    yield "base of the logarithm", t.Fraction(tree, base)


def _exchanged(tree: t.Tree, used: list[t.Name]) -> Iterator[t.Tree]:
    """A side with two of its quantities in each other's place."""
    for first, last in islice(combinations(dict.fromkeys(used), 2), MAX_PAIRS):
        if first.arity == last.arity:
            held = t.Name("\0", first.arity)
            yield t.exchanged(t.exchanged(t.exchanged(tree, first, held), last, first), held, last)


def _other_steps(tree: t.Tree) -> Found:
    """h_2, h_1 for h_1, h_0: the steps of all that stands below the same name."""
    for stem in sorted({n.name.rpartition("_")[0] for n in t.walk(tree) if isinstance(n, t.Name)} - {""}):
        for step in (1, -1):
            yield "index shifted by one", _stepped(tree, stem, step)


def _stepped(tree: t.Tree, stem: str, step: int) -> t.Tree:
    """A tree in which each x_k is x_{k+1}, or x_{k-1}."""
    if isinstance(tree, t.Name) and tree.name.startswith(f"{stem}_"):
        number = tree.name[len(stem) + 1:]
        return t.Name(f"{stem}_{int(number) + step}", tree.arity) if number.isdecimal() else tree
    return t.below(tree, lambda inner: _stepped(inner, stem, step))


def _deltas(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A delta lost from one term of a sum, as in p_i (1 - p_j) for p_i (δ_ij - p_j)."""
    letters = sorted(t.free_letters(claim.left))
    if isinstance(node, t.Terms) and len(node.terms) > 1:
        for k, term in enumerate(node.terms):
            for one, two in combinations(letters, 2):
                delta = t.DeltaSign(t.Letter(one), t.Letter(two))
                made = delta if term == t.Number("1") else _times(term, delta)
                yield "a delta lost", replace(node, terms=(*node.terms[:k], made, *node.terms[k + 1:]))


def _strides(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """x_{i - 1 + j} for x_{s (i - 1) + j}, and x_{i + j} for x_{s i + j}."""
    if not isinstance(node, t.Subscripted):
        return
    for place, position in enumerate(node.positions):
        terms = list(zip(position.terms, position.signs, strict=True)) if isinstance(position, t.Terms) else []
        ones = [pair for pair in terms if pair == (t.Number("1"), -1)]
        letters = [pair for pair in terms if isinstance(pair[0], t.Letter) and pair[1] > 0]
        for name in names(judge) if len(letters) > 1 else ():
            for letter in letters if name.name in judge.context.sizes and not name.arity else ():
                for inside in ([letter, *ones], [letter])[not ones:]:
                    factor: t.Tree = t.Bracket(t.added(inside)) if len(inside) > 1 else letter[0]
                    rest = [pair for pair in terms if pair not in inside]
                    new = t.added([(_times(name, factor), 1), *rest])
                    yield f"factor {name.name} lost", replace(node, positions=(
                        *node.positions[:place], new, *node.positions[place + 1:]))


def _reach(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """√(a + b) for √a + b, and √a + b for √(a + b); so of every function of one argument, and (1 - h)² for 1 - h²."""
    whole = node.base.body if isinstance(node, t.Power) and isinstance(node.base, t.Bracket) else None
    if isinstance(node, t.Power) and isinstance(whole, t.Terms) and len(whole.terms) > 1:
        yield "a bracket that reaches too far", t.Bracket(replace(whole, terms=(
            *whole.terms[:-1], replace(node, base=whole.terms[-1]))))
    inside = _argument(node)
    if isinstance(inside, t.Terms) and len(inside.terms) > 1:
        for cut in range(1, len(inside.terms)):
            first, rest = (replace(inside, terms=inside.terms[part], signs=inside.signs[part]).plain
                           for part in (slice(cut), slice(cut, None)))
            yield "a bracket that reaches too far", t.Bracket(t.Terms((_of(node, first), rest), (1, 1)))
    if not isinstance(node, t.Terms):
        return
    for k, term in enumerate(node.terms[:-1]):
        inside = _argument(term)
        if inside is not None:
            more = t.Terms((inside, *node.terms[k + 1:]), (1, *(x * node.signs[k] for x in node.signs[k + 1:])))
            yield "bracket lost", t.Terms((*node.terms[:k], _of(term, more)), node.signs[:k + 1]).plain


def _argument(node: t.Tree) -> t.Tree | None:
    if isinstance(node, t.Root):
        return node.base
    return node.arguments[0] if isinstance(node, t.Call) and len(node.arguments) == 1 else None


def _of(node: t.Tree, inside: t.Tree) -> t.Tree:
    return replace(node, base=inside) if isinstance(node, t.Root) else replace(node, arguments=(inside,))  # type: ignore


def _multiplied(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """z y for the entry z_y: a product with a label or an index letter."""
    if not isinstance(node, t.Factors):
        return
    for k, (one, two) in enumerate(pairwise(node.factors)):
        if isinstance(one, t.Name) and one.arity and is_linear(node.joints[k]) and _is_position(two, judge):
            yield "an entry written as a product", node.exchanged(k, k + 2, t.Subscripted(one, (two,))).plain


def _is_position(node: t.Tree, judge: Judging) -> bool:
    return isinstance(node, t.Letter) or (isinstance(node, t.Name) and any(
        isinstance(r, Quantity) and isinstance(r.value, Label) for r in judge.context.by_name(node.name)))


def _dropped_sums(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A sum lost inside: over a letter that is bound further out."""
    if isinstance(node, t.Factors | t.Subscripted | t.Call | t.Fraction) and not isinstance(node, t.Big):
        for name in dict.fromkeys(n.name for n in t.walk(node) if isinstance(n, t.Letter)):
            yield "dropped sum", t.Bracket(t.summed(node, t.Binder(name)))


def _expectations(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """E[x²] for Var[x]."""
    if isinstance(node, t.ExpectationSign):
        body = node.body
        if isinstance(body, t.Power) and body.exponent == t.Number("2"):
            square = t.Power(t.ExpectationSign(node.name, body.base), t.Number("2"))
            yield "E[x²] in the place of the variance", t.Bracket(t.Terms((node, square), (1, -1)))


def _functions(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A prime lost, of a function or of what the text defines by the variable: e R p for e dR/dθ p."""
    if isinstance(node, t.Function) and known(node.name) and node.primes < 2:
        other = _slope(node.name) if not node.primes else ""
        yield "missing derivative", t.Function(other, typeset=node.typeset) if other \
            else replace(node, primes=node.primes + 1)
    if isinstance(node, t.Call) and isinstance(node.function, t.Function) and not node.function.primes \
            and _slope(node.function.name, -1):
        turned = replace(node, function=replace(node.function, name=_slope(node.function.name, -1)))
        yield "missing derivative", t.Bracket(t.Terms((turned,), (-1,)))
    left = claim.left
    if isinstance(node, t.Name) and isinstance(left, t.Derivative) and left.order == 1 and len(left.variables) == 1 \
            and left.body is not None and any(r.name == node.name and not r.letters for r in names_between(
                judge.context, left.body, left.variables[0])):
        yield "missing derivative", replace(left, body=node, span=t.NOWHERE)


def _slope(name: str, sign: int = 1) -> str:
    """The function, if it is one by name, that is the derivative of another, or that times -1."""
    record = FUNCTIONS.get(canonical(name))
    slope = record.derivative[0](_ANYWHERE) if record is not None and len(record.derivative) == 1 else None
    if sign < 0 and slope is not None:
        slope = neg(slope)
    return slope.name if isinstance(slope, FunctionValue) and slope.name != canonical(name) \
        and slope.fields[1] == (_ANYWHERE,) else ""


def _summing(node: t.Tree, judge: Judging, claim: Claim) -> Found:
    """What stands outside a sum and belongs below it; a chain rule without the sum over its paths."""
    yield from forgotten_paths(node)
    yield from factors_outside(node)


def _lost_names(tree: t.Tree, judge: Judging, claim: Claim) -> Found:
    """A term lost that is one quantity: the path around a block."""
    spoken = {n.name for n in t.walk(tree) if isinstance(n, t.Name)}
    for name in sorted(names(judge), key=lambda n: n.name not in spoken):
        for sign in (1, -1):
            yield "a term lost", t.Terms((tree, name), (1, sign))


_RULES = (_transposed, _signs, _summing, _hadamard, _order, _operand, _bodies, _indices, _conditions, _flips, _unflipped,
          _points, _expectations, _numbers)
_SHAPES = (_transposed, _multiplied, _order, _hadamard, _bodies, _indices, _points, _dropped_sums, _dropped)
_LATE = (_reach, _strides, _deltas, _terms, _powers, _dropped_sums, _dropped, _functions)
