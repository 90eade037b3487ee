"""Lines that leave out what is small, as in f(x + h) = f(x) + g h + O(h^2): both sides agree up to an order in h."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ..arrays.arrays import Tensor
from ..bounds import LINE_WORK, within
from ..errors import SymderivError
from ..late import np
from ..reader.declare.context import DeclaredNames, Definition, Pattern, Quantity
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from .as_written import as_written
from .edits import changes
from .interpretations import Way
from .judge import Judge, Judgement
from .line_claims import EQUALITIES, Claim
from .report import ACCEPTED
from .text_rows import sentence_until

OPEN = "what is left out is not looked at: of which small quantity it is meant is not seen"
MAX_ORDER, MAX_CHANGES = 6, 200
# A difference of the order that is left out is about 2^-BITS at the first of two steps; the second is CLOSER times smaller.
BITS, CLOSER = 18, 8
# Numbers on the way to an end, in two windows, and how the largest ratio in the second may be to that in the first.
ZERO, FAR = "0", "∞"
ENDS = {ZERO: re.compile(r"(?:\\(?:to|rightarrow|downarrow)|→|->)\s*\{?0|\b(?:small|near|tends? to (?:0|zero))\b"),
        FAR: re.compile(r"(?:\\(?:to|rightarrow)|→|->)\s*\{?\+?(?:\\infty|∞)|\b(?:large|infinity|asymptotic)")}
WINDOWS, LEANS, GROWS, SHRINKS, NOISE, SEEN = (6, 12), (1, 1.37, 1.71), 1.5, 0.75, 1e-9, 1e-2
# By how much less than its order a difference may shrink.
SLACK = 0.4


@dataclass(frozen=True)
class _Expansion:
    """Both sides without what is left out; ``order`` derivatives along the ray from ``origin`` to ``name`` agree."""

    left: t.Tree
    right: t.Tree
    name: t.Name
    origin: t.Tree | None
    order: int


def leaves_out(claim: Claim) -> bool:
    """Whether a side of a claim ends in O(...) or o(...)."""
    return any(isinstance(n, t.Remainder) for side in (claim.left, claim.right) for n in t.walk(side))


def up_to_its_order(claim: Claim, judge: Judge) -> Judgement:
    """The verdict on a claim that leaves out terms: every derivative along a ray that they cannot touch must agree.

    With O(‖h‖^k) these are the derivatives of orders 0 to k - 1 at h = 0, with o(‖h‖^k) also that of order k.  Two small
    steps along the ray are looked at as well, as a function with a kink there has derivatives that say nothing.
    """
    if claim.sign not in EQUALITIES | {"approx"}:
        return Judgement("undecided", OPEN)
    found, ends = _expansion(claim, judge.context), _ends_said(claim, judge)
    if found is None:
        return _at_ends(claim, judge, ends)
    if ZERO in ends:
        small = _near_the_origin(claim, found, judge)
        if small.status != "refuted" or FAR not in ends:
            return small
        large = _at_ends(claim, judge, ends)
        return large if large.status == "supported" else small
    return _at_ends(claim, judge, ends)


def _near_the_origin(claim: Claim, found: _Expansion, judge: Judge) -> Judgement:
    """The verdict where what is left out is read as small: by derivatives along a ray."""
    step, inside = _with_a_step(judge)
    order, name = found.order, found.name.name
    not_seen = f"that the sides agree up to order {order} in {name} is not seen"
    partly = False
    for k in range(found.order):
        each = inside.decide(_at_origin(claim, found, step, k))
        if each.status == "refuted" and _shrinks(claim, found, step, inside) is False:
            at = "at" if not k else f"in their derivatives of order {k} at"
            message = f"the sides differ {at} {name} = {_origin(found)}, which what is left out does not explain"
            wrong = Judgement("refuted", message, each.counterexample, notes=each.notes)
            return wrong if judge.quick else _with_repair(claim, wrong, step, inside)
        partly = partly or each.status == "conditional"
        if each.status not in ACCEPTED:
            return Judgement("undecided", not_seen, notes=each.notes)
    if not _shrinks(claim, found, step, inside):
        return Judgement("undecided", not_seen)
    if partly:
        return Judgement("conditional", f"the sides agree up to order {order} in {name} where both have a value")
    told = f"the sides agree up to order {order} in {name}, and so they do at two small steps"
    return Judgement("supported", "", notes=(told,))


def _ends_said(claim: Claim, judge: Judge) -> tuple[str, ...]:
    """Where a claim is said to hold: as x → 0, as x → ∞, or nothing of either."""
    start, end = claim.left.span[0], max(claim.right.span[1], claim.left.span[1])
    text = judge.source.text
    around = sentence_until(text, start) + " " + re.split(r"[.!?;]\s|\n\s*\n", text[end:end + 80])[0]
    said = tuple(name for name, words in ENDS.items() if words.search(around))
    return said if len(said) == 1 else tuple(ENDS)


def _at_ends(claim: Claim, judge: Judge, ends: tuple[str, ...]) -> Judgement:
    """The verdict by numbers that go to 0 or beyond all bounds: what is left out has to keep up with the difference.

    Wrong is what holds at no end that may be meant; which was, is said.
    """
    (left, some), (right, more) = _without(claim.left), _without(claim.right)
    said = [*some, *more]
    if len(said) != 1 or any(isinstance(n, t.Remainder) for side in (left, right) for n in t.walk(side)):
        return Judgement("undecided", OPEN)
    name = _goes(said[0], (left, right), judge.context)
    if name is None:
        return Judgement("undecided", OPEN)
    size = name.name in judge.context.sizes
    kept, nothing = (right if more else left), t.Number("0")
    # Of 1 - x² + O(x⁴) nothing is said for x → ∞, where what is left out is larger than all that is kept.
    meant = [end for end in ends if not (size and end == ZERO) and (len(ends) == 1 or kept == nothing or not _keeps_up(
        replace(claim, left=kept, right=nothing, sign="="), replace(said[0], little=True), name, judge, end))]
    seen = {end: _keeps_up(replace(claim, left=left, right=right, sign="="), said[0], name, judge, end) for end in meant}
    held = next((end for end, found in seen.items() if found), None)
    if held is not None:
        told = f"read for {name.name} → {held}: what is left out keeps up with the difference"
        return Judgement("supported", "", notes=(told,))
    if not seen or None in seen.values():
        return Judgement("undecided", OPEN)
    where = " and for ".join(f"{name.name} → {end}" for end in seen)
    return Judgement("refuted", f"what is left out does not keep up with the difference for {where}")


def _goes(left_out: t.Remainder, sides: tuple[t.Tree, ...], context: DeclaredNames) -> t.Name | None:
    """The one number or size that what is left out, or where that is a number the sides, speak of."""
    for trees in ((left_out.body,), sides):
        names = {n.name: n for tree in trees for n in t.walk(tree) if isinstance(n, t.Name)}
        if names:
            name = next(iter(names.values()))
            record = next(iter(context.by_name(name.name)), None)
            number = isinstance(record, Quantity) and isinstance(record.value, Tensor) and not record.value.shape
            alone = len(names) == 1 and (number or name.name in context.sizes) and not _hidden(context, sides, name.name)
            return name if alone else None
    return None


def _keeps_up(claim: Claim, left_out: t.Remainder, name: t.Name, judge: Judge, end: str) -> bool | None:
    """Whether what is left out bounds the difference on the way to an end, or it is small beside; None without values."""
    largest = []
    for start in WINDOWS:
        ratios = []
        for lean in LEANS:
            number: t.Tree = t.Number(str(int(2**start * lean)))
            number = t.Bracket(number if end == FAR else t.Fraction(t.Number("1"), number))
            moved = [t.exchanged(tree, name, number) for tree in (claim.left, claim.right, left_out.body)]
            apart = _differences(replace(claim, left=moved[0], right=moved[1]), judge)
            gaps = list(apart)
            sizes = [gap for gap, _ in _differences(replace(claim, left=moved[2], right=t.Number("0")), judge)]
            # Where rounding is not small beside what is left out, nothing is seen.
            if not gaps or not sizes or max(noise for _, noise in gaps) > SEEN * min(sizes):
                return None
            ratios.append(max(max(gap - noise, 0.0) for gap, noise in gaps) / min(sizes))
        largest.append(max(ratios))
    return largest[1] <= (SHRINKS if left_out.little else GROWS) * largest[0] + NOISE


def _with_repair(claim: Claim, wrong: Judgement, step: t.Name, judge: Judge) -> Judgement:
    """A wrong claim with the first change of its right side after which the sides agree up to what is left out."""
    said = [n for n in t.walk(claim.right) if isinstance(n, t.Remainder)]
    tried = (c for c in islice(changes(claim.right, judge, claim), MAX_CHANGES)
             if [n for n in t.walk(c.tree) if isinstance(n, t.Remainder)] == said)
    mended = within(LINE_WORK, lambda: next((c for c in tried if _agrees(replace(claim, right=c.tree), step, judge)), None))
    if mended is None:
        return wrong
    right = as_written(mended.tree, claim.right, judge.source) or latex(mended.tree)
    return replace(wrong, diagnosis=mended.slip, suggestion=right)


def _agrees(claim: Claim, step: t.Name, judge: Judge) -> bool:
    found = _expansion(claim, judge.context)
    return found is not None and _shrinks(claim, found, step, judge) is True and all(
        judge.decide_quickly(_at_origin(claim, found, step, order)) for order in range(found.order))


def _origin(found: _Expansion) -> str:
    return "0" if found.origin is None else found.origin.name if isinstance(found.origin, t.Name) else "the point"


def _expansion(claim: Claim, context: DeclaredNames) -> _Expansion | None:
    """What a claim says, where what is left out is a power of one declared name or of its distance from another."""
    (left, some), (right, more) = _without(claim.left), _without(claim.right)
    said = [*some, *more]
    if not said or any(isinstance(n, t.Remainder) for side in (left, right) for n in t.walk(side)):
        return None
    parts = [_small(each) for each in said]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts) or len({p[:2] for p in known}) != 1:
        return None
    name, origin, _ = known[0]
    order = min(p[2] for p in known)
    record = next(iter(context.by_name(name.name)), None)
    if not isinstance(record, Quantity) or not isinstance(record.value, Tensor) or not 0 < order <= MAX_ORDER \
            or _hidden(context, (left, right), name.name):
        return None
    return _Expansion(left, right, name, origin, order)


def _without(side: t.Tree) -> tuple[t.Tree, list[t.Remainder]]:
    """A side without the terms that say what is left out, and these."""
    if isinstance(side, t.Remainder):
        return t.Number("0"), [side]
    if not isinstance(side, t.Terms):
        return side, []
    kept = [(term, sign) for term, sign in zip(side.terms, side.signs, strict=True) if not isinstance(term, t.Remainder)]
    left_out = [term for term in side.terms if isinstance(term, t.Remainder)]
    return (t.added(kept) if kept else t.Number("0")) if left_out else side, left_out


def _small(tree: t.Remainder) -> tuple[t.Name, t.Tree | None, int] | None:
    """(name, point it goes to or None for 0, how many derivatives cannot be touched) of O(‖h‖^2) or o(|x - a|)."""
    body, power = tree.body, 1
    while isinstance(body, t.Bracket | t.Norm | t.Bars | t.Power):
        if isinstance(body, t.Power):
            if not isinstance(body.exponent, t.Number) or not body.exponent.text.isdecimal() or power != 1:
                return None
            power = int(body.exponent.text)
            body = body.base
        else:
            body = body.body
    origin: t.Tree | None = None
    if isinstance(body, t.Terms) and len(body.terms) == 2 and body.signs == (1, -1):
        body, origin = body.terms
    if not isinstance(body, t.Name) or not (origin is None or isinstance(origin, t.Name | t.Number)):
        return None
    return body, origin, power + tree.little


def _hidden(context: DeclaredNames, sides: tuple[t.Tree, ...], name: str) -> bool:
    """Whether a definition that the sides use reads the small quantity, so that its steps would not be seen there."""
    seen, waiting = set[str](), [n.name for side in sides for n in t.walk(side) if isinstance(n, t.Name | t.Function)]
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        for record in context.by_name(each):
            if isinstance(record, Definition):
                used = {n.name for n in t.walk(record.tree) if isinstance(n, t.Name | t.Function)}
                if name in used - {*(record.parameters or ())}:
                    return True
                waiting.extend(used)
            elif isinstance(record, Quantity) and name in record.depends:
                return True
    return False


def _with_a_step(judge: Judge) -> tuple[t.Name, Judge]:
    """A name of a number that the text does not have, and a judge who knows it."""
    names = judge.context.copy()
    word = "step"
    while names.starting(word):
        word += "s"
    names.add(Quantity(Pattern((word,)), Tensor(word, ())))
    return t.Name(word, 0), judge.with_names(names)


def _along(tree: t.Tree, found: _Expansion, step: t.Tree) -> t.Tree:
    """A side with the small quantity a step away from the point that it goes to."""
    name, origin = found.name, found.origin
    if origin is None:
        moved: t.Tree = t.Factors((step, name), ("",))
    else:
        moved = t.Terms((origin, t.Factors((step, t.Bracket(t.Terms((name, origin), (1, -1)))), ("",))), (1, 1))
    return t.exchanged(tree, name, t.Bracket(moved))


def _at_origin(claim: Claim, found: _Expansion, step: t.Name, order: int) -> Claim:
    """The claim that the derivatives of an order along the ray agree where it begins."""
    here = (t.Relation((step, t.Number("0")), ("=",)),)

    def side(tree: t.Tree) -> t.Tree:
        moved = _along(tree, found, step)
        return t.At(t.Derivative(moved, (step,), "total", order) if order else moved, here)

    return replace(claim, left=side(found.left), right=side(found.right), sign="=")


def _shrinks(claim: Claim, found: _Expansion, step: t.Name, judge: Judge) -> bool | None:
    """Whether the difference shrinks as fast as is said, from one small step to a smaller one; None without values."""
    sizes, first = [], 2 ** -(-BITS // found.order)
    for parts in (first, first * CLOSER):
        put = (t.Relation((step, t.Fraction(t.Number("1"), t.Number(str(parts)))), ("=",)),)
        left, right = (t.At(_along(side, found, step), put) for side in (found.left, found.right))
        sizes.append([*_differences(replace(claim, left=left, right=right, sign="="), judge)])
    if not sizes[0] or len(sizes[0]) != len(sizes[1]):
        return None
    return all(small <= tiny or large / small >= CLOSER ** (found.order - SLACK)
               for (large, tiny), (small, _) in zip(*sizes, strict=True))


def _differences(claim: Claim, judge: Judge) -> Iterator[tuple[float, float]]:
    """How far the sides are apart at every point, with what is rounding there."""
    for each in judge.readings(claim, [Way()])[0][:1]:
        for batch in judge.laboratory.batches():
            try:
                left, right = np.broadcast_arrays(batch.value(each.left), batch.value(each.right))
            except SymderivError:
                continue
            for a, b in zip(left, right, strict=True):
                if np.isfinite(a).all() and np.isfinite(b).all():
                    yield float(np.max(np.abs(a - b), initial=0.0)), 1e-11 * (1 + float(np.max(np.abs(a), initial=0.0)))
