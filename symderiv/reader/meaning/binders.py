"""Big sums and products: ranges of their letters, conditions, and those that are written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from sympy import Expr, Integer, S

from ...arrays.arrays import Entry, Named
from ...arrays.operator import operator, shape_of
from ...arrays.registry import RECORDS
from ...arrays.sizes import same_size
from ...arrays.symbols import Index, iverson, plain_sum
from ...bounds import spend
from ...errors import BoundExceeded, IndexError_, ShapeError, SymderivError
from ...layers import eye, prod
from ...terms.letters import unused
from ..declare.context import LetterDeclared
from ..syntax import tree as t
from ..syntax.sum_reach import own_factors
from .elaborator import Elaborator, implied_letters
from .entrywise import at, family, letters_in, settled, stacked, substituted
from .oriented import EYE, Value, plus, scaled, times

MAX_UNROLLED = 64
MAX_STEPS = 1000
EACH_SIGN = 30
"""Steps of work on the ranges of one big sign."""


def big(elaborator: Elaborator, tree: t.Big) -> Value:
    """A sum or product over letters; an inner letter that is in use gets another name."""
    spend(EACH_SIGN)
    if tree.kind.removeprefix("arg") in ("max", "min"):
        return extreme(elaborator, tree)
    entries = _entries(elaborator, tree)
    if entries is not None:
        return entries
    inner = dict(elaborator.bound)
    ranges: list[tuple[str, Expr, Expr]] = []
    for each in tree.binders:
        binder = _letter_of_axis(elaborator, each, tree)
        if binder.soft and _stays_free(elaborator, tree, binder.letter):
            continue
        low, high = limits(elaborator, binder, tree, inner)
        taken = {s.name if isinstance(s, Index) else str(s) for s in inner.values()} | set(elaborator.free)
        shown = unused(binder.letter, taken) if binder.letter in taken else binder.letter
        inner[binder.letter] = Index(shown, low, high)
        ranges.append((binder.letter, low, high))
    within = replace(elaborator, bound=inner)
    written_out = len(ranges) == 1 and all(isinstance(end, Integer) for end in ranges[0][1:])
    if (tree.multiplies and written_out) or _unrolls(tree):
        return unrolled(elaborator, tree, within, ranges)
    before = len(elaborator.conditions)
    body = within.of(tree.body)
    conditions = [within.condition(tree.condition)] if tree.condition is not None else []
    conditions += elaborator.conditions[before:]
    del elaborator.conditions[before:]
    for condition in conditions:
        # Where the condition does not hold, a product has a factor 1, a sum a term 0.
        body = Value(1 + iverson(condition) * (settled(body.expr) - 1)) if tree.multiplies and body.scalar \
            else scaled(iverson(condition), body)
    if body.pending:
        raise ShapeError("the size of an array below this sum is not known", hint="write ones(n)")
    expr = body.expr
    letters = [inner[name] for name, _, _ in ranges]
    if tree.multiplies:
        return product_of_numbers(elaborator, tree, expr, letters)
    if body.shape:
        for letter, (_, low, high) in reversed(list(zip(letters, ranges, strict=True))):
            expr = stacked(expr, letter, low, high, f"sum_{letter}({expr})")
        return Value(expr, body.stands)
    # SymPy's constructor would lift cases out of the sum, and the letter with them.
    return Value(plain_sum(settled(expr), [(letter, low, high) for letter, (_, low, high) in
                                           zip(letters, ranges, strict=True)]))


def _letter_of_axis(elaborator: Elaborator, binder: t.Binder, tree: t.Big) -> t.Binder:
    """The letter that Σ_D is over, where an axis has length D and one letter below the sum is declared to run along it."""
    size = elaborator.context.sizes.get(binder.letter) if binder.low is None and binder.high is None else None
    if size is None:
        return binder
    used = t.letters_in(tree.body)
    along = [r.name for r in elaborator.context.all() if isinstance(r, LetterDeclared) and r.name in used
             and same_size(r.index.hi - r.index.lo + 1, size)]
    return replace(binder, letter=along[0]) if len(along) == 1 else binder


def _entries(elaborator: Elaborator, tree: t.Big) -> Value | None:
    """Σ_j e^z of a whole array, which does not name the letter: the sum of its entries; None for any other sum.

    A sum with nothing below it is one too.  Raises ParseError where that stands before a number.
    """
    if not tree.adds:
        return None
    letter = tree.binders[0].letter if tree.binders else ""
    if tree.binders:
        if tree.condition is not None or len(tree.binders) != 1 or tree.binders[0].high is not None:
            return None
        if any(isinstance(n, t.Letter | t.Name | t.Unknown) and n.name == letter for n in t.walk(tree.body)) or any(
                isinstance(n, t.Subscripted | t.Member) for n in t.walk(tree.body)) \
                or letter in implied_letters(elaborator.context, tree.body):
            return None
    body = elaborator.of(tree.body)
    if not body.shape:
        if letter:
            return None
        raise elaborator.source.error("it is not said what the sum runs over", *tree.span,
                                      hint="write sum_i, or sum_{i=1}^n")
    elaborator.notes.append(f"the sum is over the entries of {elaborator.text(tree.body)}"
                            + (f", which does not name {letter}" if letter else ""))
    return Value(RECORDS.sum(body.expr))


def _stays_free(elaborator: Elaborator, tree: t.Big, letter: str) -> bool:
    """Whether a later letter of i < j or i ≠ j is not bound: something outside names it.

    Below an expression that stands alone, i ≠ j is over i; in a claim j would be free on one side alone, so it is over both.
    """
    if _named_outside(elaborator, letter):
        return True
    named = letter in t.letters_in(tree.body)
    asked = tree.condition.items if isinstance(tree.condition, t.Sequence) else (tree.condition,)
    if any(isinstance(c, t.Relation) and "!=" in c.signs and t.Letter(letter) in c.sides for c in asked):
        return not named or not isinstance(elaborator.whole, t.Sequence)
    # The sums over i < k and i > k are parts of one; a sum over i < k alone is over both.
    sums = [n for n in t.walk(elaborator.whole) if isinstance(n, t.Big)] if elaborator.whole is not None else []
    beside = [n for n in sums if n.condition is not None and letter in t.letters_in(n.condition) - t.letters_in(n.body)]
    return not named and tree.binders[0].letter in t.letters_in(tree.body) and len(beside) > 1


def _named_outside(elaborator: Elaborator, letter: str) -> bool:
    """Whether a letter has a meaning outside the sums that may bind it."""
    if letter in elaborator.bound or letter in elaborator.free:
        return True
    return elaborator.whole is not None and any(isinstance(node, t.Letter) and node.name == letter for node in t.walk(
        elaborator.whole, lambda node: isinstance(node, t.Big) and any(b.letter == letter for b in node.binders)))


def limits(elaborator: Elaborator, binder: t.Binder, tree: t.Big, inner: Mapping[str, Expr]) -> tuple[Expr, Expr]:
    """The range of a summed letter: written, declared, or that of the axes it is used on."""
    scope = replace(elaborator, bound=dict(inner), reading=replace(elaborator.reading, bounds=True))
    low = _end(scope.scalar(binder.low)) if binder.low is not None else None
    high = _end(scope.scalar(binder.high)) if binder.high is not None else None
    for end in (low, high):
        if end is not None and end.is_integer is False:
            raise IndexError_(f"the end {end} of the range of {binder.letter} is not an integer")
    if low is not None and high is not None:
        return low, high
    found: tuple[Expr, Expr] | None = None
    if high is None:
        declared = next((r.index for r in elaborator.context.by_name(binder.letter) if isinstance(r, LetterDeclared)), None)
        found = (declared.lo, declared.hi) if declared is not None else None
        if found is None:
            body = t.Sequence((tree.body, *([tree.condition] if tree.condition is not None else [])))
            found = scope.range_of(binder.letter, body)
        sizes = {str(s): s for s in elaborator.context.sizes.values()} if found is None else {}
        if len(sizes) == 1 and any(t.Letter(binder.letter) in (n.left, n.right) for n in t.walk(tree.body)
                                   if isinstance(n, t.DeltaSign)):
            (size,) = sizes.values()
            elaborator.notes.append(f"{binder.letter} runs to {size}, the only size there is")
            found = Integer(elaborator.context.first_index), size + elaborator.context.first_index - 1
        if found is None:
            raise elaborator.source.error(f"the range of the index {binder.letter} is not known", *binder.span,
                                    hint=f"write sum_{{{binder.letter}=1}}^n, or declare {binder.letter}: index n")
    return (low if low is not None else found[0] if found else Integer(elaborator.context.first_index),
            high if high is not None else found[1] if found else S.One)


def _end(expr: Expr) -> Expr:
    """The end of a range: of a name for a size, as m = n - k + 1, what it is."""
    named = {n: n.body for n in expr.atoms(Named) if isinstance(n, Named) and not n.letters and n.body.is_integer}
    return _end(expr.xreplace(named)) if named else expr


def _unrolls(tree: t.Big) -> bool:
    names = {b.letter for b in tree.binders}
    members = (node for node in t.walk(tree.body) if isinstance(node, t.Member) and "step" in node.family)
    return any(isinstance(x, t.Letter | t.Name) and x.name in names for m in members for x in t.walk(m.argument))


def unrolled(elaborator: Elaborator, tree: t.Big, within: Elaborator, ranges: list[tuple[str, Expr, Expr]]) -> Value:
    """A sum or product over a range of numbers, written out."""
    if len(ranges) != 1:
        raise elaborator.refused("this sum over several letters cannot be written out", tree)
    name, low, high = ranges[0]
    if not (isinstance(low, Integer) and isinstance(high, Integer)):
        raise elaborator.refused(f"a {tree.kind} over the range {low}..{high} is not read here", tree,
                           hint="give the range in numbers")
    if int(high) - int(low) + 1 > MAX_UNROLLED:
        raise BoundExceeded(f"a {tree.kind} over {int(high) - int(low) + 1} terms is too long to write out")
    inner, outer = _split(tree) if tree.multiplies else (tree.body, None)
    if outer is None or _repeats(within, name, int(high), tree.body):
        return _folded(tree, within, name, int(low), int(high), tree.body)
    elaborator.notes.append(f"{elaborator.text(outer)} stands behind the product over {name}, not in it: "
                            "no other grouping conforms")
    return times(_folded(tree, within, name, int(low), int(high), inner), elaborator.of(outer))


def _repeats(within: Elaborator, name: str, step: int, body: t.Tree) -> bool:
    """Whether the factors of a product conform with each other: numbers and square matrices do, columns do not."""
    found = replace(within, bound={**within.bound, name: Integer(step)}).of(body)
    return found.scalar or bool(found.pending) or found.rank == 2


def _folded(tree: t.Big, within: Elaborator, name: str, low: int, high: int, inner: t.Tree) -> Value:
    """The sum or product of a tree at every value of a letter; Jacobians stand in the order of the chain rule."""
    bodies: list[Value] = []
    for step in range(low, high + 1):
        within.steps[0] += 1
        if within.steps[0] > MAX_STEPS:
            raise BoundExceeded(f"more than {MAX_STEPS} terms would have to be written out", hint="take smaller ranges")
        each = replace(within, bound={**within.bound, name: Integer(step)})
        if tree.condition is None or each.condition(tree.condition):
            bodies.append(each.of(inner))
    if not bodies:
        return Value(S.Zero) if tree.adds else _one_like(within, name, low, inner)
    if tree.adds:
        return reduce(plus, bodies)
    if len(bodies) > 1 and all(_follows(b, a) and not _follows(a, b) for a, b in pairwise(bodies)):
        bodies.reverse()
        within.notes.append(f"the factors of the product over {name} are taken in the order of the chain rule, "
                            f"from {high} down to {low}")
    return reduce(times, bodies)


def _one_like(within: Elaborator, name: str, low: int, inner: t.Tree) -> Value:
    """The product of no factors, where they would be numbers or square matrices."""
    try:
        factor = replace(within, bound={**within.bound, name: Integer(low)}).of(inner)
    except SymderivError:
        return Value(S.One, "", EYE)
    return Value(S.One) if factor.scalar else Value(eye(factor.shape[0]))


def _follows(a: Value, b: Value) -> bool:
    """Whether ∂u/∂v stands before ∂v/∂w."""
    return a.chain is not None and b.chain is not None and a.chain.by == b.chain.of


def _split(tree: t.Big) -> tuple[t.Tree, t.Tree | None]:
    """The body of a product up to the last factor that names its letter, and what stands behind."""
    body, own = tree.body, own_factors(tree)
    if not isinstance(body, t.Factors) or own == len(body.factors):
        return body, None
    return body.run(0, own).plain, body.run(own).plain


def product_of_numbers(elaborator: Elaborator, tree: t.Big, body: Expr, letters: list[Expr]) -> Value:
    """A product over ranges of symbolic length, of numbers: the product of the entries of the family that they are."""
    if shape_of(body):
        raise elaborator.refused("a product of arrays over a range of symbolic length is not read", tree,
                                 hint="give the range in numbers")
    made = settled(body)
    for letter in reversed([i for i in letters if isinstance(i, Index)]):
        made = _over_entries(prod, elaborator.text(tree.body), made, letter)
    return Value(made)


def _over_entries(reduce_: Callable[..., Expr], name: str, body: Expr, letter: Index) -> Expr:
    """A reduction of the values that an expression takes over the range of a letter."""
    own = Index(letter.name, 1, (letter.hi - letter.lo + 1).expand())
    entries = settled(substituted(body, {letter: own + (letter.lo - 1)}))
    free = tuple(sorted(letters_in(entries) - {own}, key=str))
    whole = isinstance(entries, Entry) and entries.indices == (*free, own) and same_size(shape_of(entries.base)[-1], own.hi)
    found = reduce_(entries.base if whole else family(name, (*free, own), entries), axis=-1)
    return settled(at(found, free)) if free else found


def optimum(elaborator: Elaborator, tree: t.Optimum) -> Value:
    """Where quantities make something least is no closed form: a text may name it, and say what it is."""
    raise elaborator.refused("what quantities make least or largest is no expression", tree, hint="write what it is")


def extreme(elaborator: Elaborator, tree: t.Big) -> Value:
    """The largest or smallest of the values that an expression takes over the ranges of letters, or where it is taken."""
    place = tree.kind.startswith("arg")
    if tree.condition is not None or (place and len(tree.binders) != 1):
        raise elaborator.refused(f"a {tree.kind} over more than the ranges of its letters is not read", tree)
    inner = dict(elaborator.bound)
    for binder in tree.binders:
        inner[binder.letter] = Index(binder.letter, *limits(elaborator, binder, tree, inner))
    found = replace(elaborator, bound=inner).scalar(tree.body)
    for binder in reversed(tree.binders):
        letter = inner[binder.letter]
        assert isinstance(letter, Index)
        found = _over_entries(operator(tree.kind), elaborator.text(tree.body), found, letter)
        found = found + (letter.lo - 1) if place else found
    return Value(found)
