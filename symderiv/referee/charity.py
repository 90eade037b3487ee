"""Charity: what else a line may mean by how it is written, tried before it is called wrong.

Every reading is a change of the tree of a claim with the words that say what was taken for what.  It is tried where the
plain reading is not accepted, and believed only where the claim holds under it.  None of them changes what a line says
about the objects: they move the reach of an operator or of a bar, or take a call, a product or a letter for what writers
mean by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..arrays.operator import shape_of
from ..arrays.symbols import Label
from ..reader.declare.context import DeclaredNames, Definition, LetterDeclared, Quantity, arity
from ..reader.notation.call_syntax import names_below
from ..reader.syntax import tree as t
from .dropped_scripts import chosen
from .line_claims import Claim
from .roles import names_read

MAX_READINGS = 8


@dataclass(frozen=True)
class Taken:
    """A claim as it may be meant, in words.

    decides  where the plain reading has no value, so that this one tells
    untyped  where it is a reading only of what else is not well-typed
    by       what a bare nabla is taken to differentiate by, here and in the lines below
    """

    claim: Claim
    words: str
    decides: bool = False
    untyped: bool = False
    by: t.Tree | None = None


Rule = Callable[[t.Tree, DeclaredNames], t.Tree]


def readings(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """The other readings of a claim, the likeliest first, and no more than a few."""
    count = 0
    for rule, words, decides in _RULES:
        made = _changed(claim, lambda tree, rule=rule: rule(tree, context))  # type: ignore[misc]
        if made is not None and count < MAX_READINGS:
            count += 1
            yield Taken(made, words, decides)
    for special in _SPECIAL:
        yield from special(claim, context)


def with_differentials(claim: Claim, context: DeclaredNames) -> Claim:
    """A claim in which d is a differential in front of a name, as was declared, whatever else is called d."""
    return _changed(claim, lambda tree: _size_for_d(tree, context)) or claim


def _changed(claim: Claim, change: Callable[[t.Tree], t.Tree]) -> Claim | None:
    """A claim with both sides changed; None where nothing is."""
    def everywhere(tree: t.Tree) -> t.Tree:
        return change(t.below(tree, everywhere))
    left, right = everywhere(claim.left), everywhere(claim.right)
    return None if (left, right) == (claim.left, claim.right) else replace(claim, left=left, right=right)


# ------------------------------------------------------------------ how far an operator reaches

def _operates(tree: t.Tree) -> bool:
    """Whether a derivative stands as an operator in front of what it takes."""
    return isinstance(tree, t.Derivative) and tree.body is not None and bool(tree.variables) and tree.kind != "nabla" \
        and tree.body.span[0] >= tree.variables[-1].span[1] > 0


def _to_the_end(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """d/dx (a - b)' C (a - b): the operator takes the whole product."""
    if not isinstance(tree, t.Factors):
        return tree
    for place, factor in enumerate(tree.factors[:-1]):
        if _operates(factor) and isinstance(factor, t.Derivative) and factor.body is not None:
            body = factor.body if isinstance(factor.body, t.Factors) else t.Factors((factor.body,), ())
            reaching = replace(factor, body=t.Bracket(tree.run(place).exchanged(0, 1, *body.factors, joints=body.joints)))
            return tree.exchanged(place, None, reaching).plain
    return tree


def _to_the_next(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """d/du g(u) d/dx u: the first operator ends before the next."""
    if not (_operates(tree) and isinstance(tree, t.Derivative) and isinstance(tree.body, t.Factors)):
        return tree
    body = tree.body
    place = next((k for k, f in enumerate(body.factors) if k and isinstance(f, t.Derivative)), 0)
    if not place:
        return tree
    return body.exchanged(0, place, replace(tree, body=body.run(0, place).plain))


# ------------------------------------------------------------------ what stands for what

def _size_for_d(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """d mu where d is a size as well: a differential."""
    if not isinstance(tree, t.Factors) or context.signs.get("d") != "differential":
        return tree
    return _paired(tree, lambda one, two: t.Differential(two) if one == t.Name("d") and isinstance(
        two, t.Name | t.Bracket) else None)


def _paired(tree: t.Factors, paired: Callable[[t.Tree, t.Tree], t.Tree | None]) -> t.Tree:
    """A product in which two factors side by side that are one, are one, from the last on."""
    for place in range(len(tree.factors) - 2, -1, -1):
        one = paired(*tree.factors[place:place + 2]) if tree.joints[place] == "" else None
        tree = tree if one is None else tree.exchanged(place, place + 2, one)
    return tree.plain


def _value_called(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """s(x)_i for the entry s_i of a quantity that depends on x."""
    return _paired(tree, lambda one, two: _entry_of_value(one, two, context)) if isinstance(tree, t.Factors) else tree


def _entry_of_value(name: t.Tree, behind: t.Tree, context: DeclaredNames) -> t.Tree | None:
    if isinstance(behind, t.Power | t.Transpose):
        inner = _entry_of_value(name, behind.base, context)
        return None if inner is None else replace(behind, base=inner)
    entry = behind if isinstance(behind, t.Subscripted) else None
    bracket = entry.base if entry is not None else behind
    if isinstance(name, t.Subscripted) and isinstance(behind, t.Bracket):
        return name if _entry_of_value(name.base, behind, context) is not None else None  # r_i(x)
    if not (isinstance(name, t.Name) and isinstance(bracket, t.Bracket) and isinstance(bracket.body, t.Name)):
        return None
    depends: set[str] = set()
    for record in context.by_name(name.name):
        if isinstance(record, Quantity):
            depends |= {*record.depends}
        elif isinstance(record, Definition):
            depends |= {*names_below(context, record)}
    if bracket.body.name not in depends:
        return None
    return replace(entry, base=name) if entry is not None else name


def _zero_based(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """A sum from 0 to n over an axis that starts at 1: over the whole axis."""
    if not isinstance(tree, t.Big) or context.first_index == 0:
        return tree
    binders = tuple(t.Binder(b.letter) if b.low == t.Number("0") and isinstance(b.high, t.Name) else b for b in tree.binders)
    return replace(tree, binders=binders)


_RULES: list[tuple[Rule, str, bool]] = [
    (_to_the_end, "the operator reaches to the end of its product", False),
    (_to_the_next, "an operator ends before the next one", False),
    (_value_called, "brackets behind a name repeat what it depends on", False),
    (_zero_based, "the sum from 0 runs over the whole axis, which starts at 1", True),
]


# ------------------------------------------------------------------ of whole claims

def _accumulated(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """g = g + h: what is added, where g was 0 before."""
    right = claim.right
    if claim.sign == "=" and isinstance(right, t.Terms) and len(right.terms) > 1:
        for place, (term, sign) in enumerate(zip(right.terms, right.signs, strict=True)):
            if term == claim.left and sign == 1 and isinstance(claim.left, t.Name):
                made = t.Terms(right.terms[:place] + right.terms[place + 1:], right.signs[:place] + right.signs[place + 1:])
                yield Taken(replace(claim, right=made.plain), "an assignment that adds to what was 0 before", True)


_ENTROPIES = frozenset(["CrossEntropy", "cross_entropy", "crossentropy", "CE", "H", "xent"])


def _probabilities(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """CrossEntropy(y, p) of probabilities, in either order."""
    for swapped, words in ((False, "(target, probabilities)"), (True, "(probabilities, target)")):
        def change(tree: t.Tree, swapped: bool = swapped) -> t.Tree:
            if not (isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and len(tree.arguments) == 2
                    and tree.function.name in _ENTROPIES and not context.by_name(tree.function.name)):
                return tree
            target, found = tree.arguments[::-1] if swapped else tree.arguments
            inside = t.Factors((t.Bracket(target), t.Call(t.Function("ln"), (found,))), (".*",))
            return t.Terms((t.Call(t.Function("sum"), (inside,)),), (-1,))
        made = _changed(claim, change)
        if made is not None:
            yield Taken(made, f"the cross entropy is that of {words}")
    turned = _changed(claim, lambda tree: replace(tree, arguments=tree.arguments[::-1]) if isinstance(tree, t.Call)
                      and isinstance(tree.function, t.Function) and tree.function.name in _ENTROPIES
                      and len(tree.arguments) == 2 else tree)
    if turned is not None:
        yield Taken(turned, "the cross entropy is that of (target, logits)")


def _apart(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """Conditions between index letters that were declared."""
    letters = {n.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Letter | t.Name)}
    said = []
    for each in context.constraints:
        tree = each.tree
        if isinstance(tree, t.Relation) and all(isinstance(s, t.Letter | t.Name | t.Unknown) for s in tree.sides) \
                and all(s.name in letters and len(s.name) == 1 for s in tree.sides):  # type: ignore[union-attr]
            said.append(replace(tree, sides=tuple(t.Letter(s.name) for s in tree.sides)))  # type: ignore[union-attr]
    if said and not claim.conditions:
        yield Taken(replace(claim, conditions=tuple(said)), "the declared condition on its letters holds", True)


def _same_variable(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """A bare nabla that does not say by what: by what another one of the line differentiates."""
    nodes = (n for side in (claim.left, claim.right) for n in t.walk(side))
    nablas = [n for n in nodes if isinstance(n, t.Derivative) and n.kind == "nabla"]
    said = [v for n in nablas if (v := _variable(n, context)) is not None]
    if all(_variable(n, context) is not None for n in nablas):
        return
    if not said:
        yield from _by_any(claim, context, nablas)
        return
    made = _changed(claim, lambda n: replace(n, variables=(said[0],)) if isinstance(n, t.Derivative) and n.kind == "nabla"
                    and _variable(n, context) is None else n)
    if made is not None:
        yield Taken(made, "every nabla of the line differentiates by the same", True)


def _by_any(claim: Claim, context: DeclaredNames, nablas: list[t.Derivative]) -> Iterator[Taken]:
    """A bare nabla of what depends on several arrays: by the one with which both sides conform."""
    spoken = names_read(context, [n.body for n in nablas if n.body is not None])
    arrays = [r for r in context.all() if isinstance(r, Quantity) and r.rank and r.name in spoken]
    for record in sorted(arrays, key=lambda r: r.rank != 1)[:MAX_READINGS]:
        by = t.Name(record.name, arity(record))
        made = with_variable(claim, by)
        if made is not claim:
            yield Taken(made, f"the gradient is by {record.name}", True, by=by)


def with_variable(claim: Claim, by: t.Tree | None) -> Claim:
    """A claim in which every bare nabla differentiates by a variable, if there is one."""
    def change(tree: t.Tree) -> t.Tree:
        bare = isinstance(tree, t.Derivative) and tree.kind == "nabla" and not tree.variables
        return replace(tree, variables=(by,)) if bare and by is not None else tree  # type: ignore[call-arg]
    return claim if by is None else _changed(claim, change) or claim


def _entries_meant(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """v = y - u for v_i = y_i - u_i, where v and u are defined for one i: a vector that is added stands for its entry."""
    letters = [r for r in context.all() if isinstance(r, LetterDeclared) and r.name.isalpha()]
    whole = {n for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name) and n.arity == 1}
    for letter in letters[:1]:
        size = (letter.index.hi - letter.index.lo + 1).expand()
        meant = {n for n in whole if any(isinstance(r, Quantity) and shape_of(r.value) == (size,)
                                         for r in context.by_name(n.name))}

        def change(tree: t.Tree, meant: set[t.Name] = meant, name: str = letter.name) -> t.Tree:
            if isinstance(tree, t.Terms):
                terms = (t.Subscripted(x, (t.Letter(name),)) if x in meant else x for x in tree.terms)
                tree = replace(tree, terms=tuple(terms))
            return tree if isinstance(tree, t.Subscripted | t.Derivative) else t.below(tree, change)

        left, right = change(claim.left), change(claim.right)
        if (left, right) != (claim.left, claim.right):
            yield Taken(replace(claim, left=left, right=right), f"a vector stands for its entry {letter.name}", untyped=True)


def _variable(tree: t.Derivative, context: DeclaredNames) -> t.Tree | None:
    """What a nabla says that it differentiates by: below it, or in the brackets behind its function."""
    if tree.variables:
        return tree.variables[0]
    body = tree.body
    if isinstance(body, t.Call) and len(body.arguments) == 1 and isinstance(body.arguments[0], t.Name):
        return body.arguments[0]
    for record in context.by_name(body.name) if isinstance(body, t.Name) else ():
        if isinstance(record, Definition) and record.parameters is not None and len(record.parameters) == 1:
            return t.Name(record.parameters[0], 1)
    return None


def _put_in(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """d(y'y)|_{y = Wx} = 2y' dy|_{y = Wx}: a value behind bars is put in wherever its name stands, below a d as well."""
    bars = [n.values for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.At)]
    if not bars or any(values != bars[0] for values in bars):
        return
    made = _changed(claim, lambda tree: t.Bracket(tree.body) if isinstance(tree, t.At) else tree)
    assert made is not None
    for value in bars[0]:
        if not (isinstance(value, t.Relation) and isinstance(value.sides[0], t.Name) and value.sides[1] is not None):
            return
        new = t.Bracket(value.sides[1])
        left, right = (t.exchanged(side, value.sides[0], new) for side in (made.left, made.right))
        made = replace(made, left=left, right=right)
    yield Taken(made, "what stands behind the bar is put in everywhere, below a d as well")


def _at_any_one(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """N(x | μ, σ²) = exp(...)/..., beside x_n, μ_k and σ_k: what is said of any three numbers is said of one of each."""
    if not isinstance(claim.left, t.Call):
        return
    own = {n for each in claim.left.arguments for n in t.walk(each) if isinstance(n, t.Name)}
    whole = {n for n in own if n.arity == 1
             and any(isinstance(r, Quantity) and r.rank == 1 for r in context.by_name(n.name))}
    read = {n for n in t.walk(claim.right) if isinstance(n, t.Name)}
    if not whole or not whole <= read or any(isinstance(n, t.Subscripted) and n.base in whole for n in t.walk(claim.right)):
        return

    def change(tree: t.Tree) -> t.Tree:
        return t.Subscripted(tree, (t.Number("1"),)) if tree in whole else t.below(tree, change)

    made = replace(claim, left=change(claim.left), right=change(claim.right))
    yield Taken(made, "what it says of any numbers is claimed of one of each", decides=True, untyped=True)


def _one_of_its_family(claim: Claim, context: DeclaredNames) -> Iterator[Taken]:
    """W for W^{(1)} or W^{(2)}."""
    for made, words in chosen(claim, context):
        yield Taken(made, words, True)


_SPECIAL = (_one_of_its_family, _at_any_one, _entries_meant, _apart, _put_in, _same_variable, _accumulated, _probabilities)


def different_letters(claim: Claim, context: DeclaredNames) -> Iterator[tuple[Claim, str]]:
    """A claim about an off-diagonal entry alone, where it names two letters and says nothing of their being equal."""
    if claim.conditions or any(isinstance(n, t.DeltaSign | t.Cases | t.Big) or (isinstance(n, t.Iverson) and not any(
            isinstance(x, t.Subscripted) for x in t.walk(n))) for n in t.walk(claim.right)):
        return
    left, right = map(t.letters_in, (claim.left, claim.right))
    shared: list[t.Letter | t.Name] = [*map(t.Letter, sorted(left & right))]
    labels = {n for n in t.walk(claim.right) if isinstance(n, t.Name) and _is_label(n, context)} \
        or set(_labels_apart(claim, context))
    if len(shared) == len({n.name for n in labels}) == 1:
        shared.append(labels.pop())  # a class j beside the right one, y
    if len(shared) == 2:
        yield replace(claim, conditions=(t.Relation(tuple(shared), ("!=",)),)), f"{shared[0].name} ≠ {shared[1].name}"


def _is_label(tree: t.Name, context: DeclaredNames) -> bool:
    return any(isinstance(r, Quantity) and isinstance(r.value, Label) for r in context.by_name(tree.name))


def _labels_apart(claim: Claim, context: DeclaredNames) -> Iterator[t.Name]:
    """The labels of entries, as o of u_o, that are read beside the entry u_k that a claim differentiates by."""
    nodes = [*t.walk(claim.left)]
    by = {v.base for n in nodes if isinstance(n, t.Derivative) for v in n.variables if isinstance(v, t.Subscripted)}
    read = {n.name for n in nodes if isinstance(n, t.Name)} if by else set()
    for record in (r for name in sorted(read) for r in context.by_name(name) if isinstance(r, Definition)):
        for node in t.walk(record.tree):
            if isinstance(node, t.Subscripted) and node.base in by:
                yield from (p for p in node.positions if isinstance(p, t.Name) and _is_label(p, context))


def apart_from_sums(claim: Claim, context: DeclaredNames) -> Iterator[tuple[DeclaredNames, str]]:
    """Names as they are where the entry that a claim differentiates by is none of those that are summed over, as u_o
    beside the sum over u_1, ..., u_K, with what that supposes."""
    nodes = [n for side in (claim.left, claim.right) for n in t.walk(side)]
    entries = [v for n in nodes if isinstance(n, t.Derivative) for v in n.variables if isinstance(v, t.Subscripted)]
    spoken = {n.name for n in nodes if isinstance(n, t.Name)}
    for entry in entries[:1]:
        label = entry.positions[0] if len(entry.positions) == 1 else None
        if not isinstance(label, t.Letter | t.Name):
            continue
        others, letters = context.copy(), set[str]()

        def without(tree: t.Tree, entry: t.Subscripted = entry, label: t.Letter | t.Name = label,
                    letters: set[str] = letters) -> t.Tree:
            tree = t.below(tree, without)
            if not isinstance(tree, t.Big) or len(tree.binders) != 1 or tree.condition is not None:
                return tree
            summed = t.Letter(tree.binders[0].letter)
            if summed == label or all(n != replace(entry, positions=(summed,)) for n in t.walk(tree.body)):
                return tree
            letters.add(summed.name)
            return replace(tree, condition=t.Relation((summed, label), ("!=",)))

        for record in [r for name in sorted(spoken) for r in context.by_name(name) if isinstance(r, Definition)]:
            made = without(record.tree)
            if made != record.tree and any(n in (label, entry) for n in t.walk(record.tree)):
                others.replace(record, replace(record, tree=made))
        if letters:
            others.values.clear()
            others.bodies.clear()
            yield others, f"{label.name} is none of the {min(letters)} that are summed over"
