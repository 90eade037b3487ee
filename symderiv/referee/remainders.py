"""Lines that leave out what is small, as in f(x + h) = f(x) + g h + O(h^2): both sides agree up to an order in h."""

from __future__ import annotations

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

OPEN = "what is left out is not looked at: of which small quantity it is meant is not seen"
MAX_ORDER, MAX_CHANGES = 6, 200
# A difference of the order that is left out is about 2^-BITS at the first of two steps; the second is CLOSER times smaller.
BITS, CLOSER = 18, 8
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
    found = _expansion(claim, judge.context)
    if found is None or claim.sign not in EQUALITIES | {"approx"}:
        return Judgement("undecided", OPEN)
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
