"""Rules that carry out sums: Kronecker deltas sifted, ranges turned into guards, constants taken out."""

from __future__ import annotations

from collections.abc import Iterable

from ..bounds import of_the_call
from ..functions.of_matrices import INVERSE, OTHERS, PRODUCT
from ..terms.affine import Affine, Factor, Idx, Multiple, affine, constant
from ..terms.nodes import (
    ONE,
    ZERO,
    Add,
    Delta,
    IversonBracket,
    MatrixFunctionEntry,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    delta,
    factors_of,
    fresh_letter,
    fresh_letters,
    guard,
    letters_read,
    mul,
    num,
    power,
    rename_away,
    substitute,
    terms_of,
    total,
    val,
)
from ..terms.ranges import Facts, empty, nonnegative, support
from .positive import has_value, zeros
from .rules import Conditions, Outcome, Rule, RuleContext, rule


def has_delta(node: Node, letters: frozenset[Idx]) -> bool:
    """Whether a delta or guard on one of the letters stands in a product, sum of products, or sum below."""
    if not node.deltas:
        return False
    if isinstance(node, Delta):
        return bool(node.free & letters)
    if isinstance(node, Mul | Add):
        return bool(node.free & letters) and any(has_delta(c, letters) for c in node.children)
    if isinstance(node, Sum):
        return bool(node.free & letters) and has_delta(node.body, letters - frozenset(node.binders))
    return False


def supports(factors: tuple[Node, ...]) -> Facts:
    """What holds wherever the product is not 0, by zero extension and the deltas in it."""
    facts: list[Affine] = []
    taken = letters_read(*factors)
    for e in zeros(factors):
        facts += support(e.idx, e.sym.shape)
    for f in factors:
        if isinstance(f, IversonBracket):
            facts.append(f.expr)
        elif isinstance(f, Delta):
            facts += [f.expr, -f.expr]
        elif isinstance(f, Sum):
            # Where a sum is not 0, one of its terms is not: what holds of every term, whatever its letters are.
            apart: dict[Idx, Affine] = {}
            for b in f.binders:
                if not b.lo.free and not b.hi.free:
                    letter = fresh_letter(b.name, b.lo, b.hi, taken, tag=b.tag)
                    taken.add(letter.key)
                    apart[b] = affine(letter)
            inside = supports(tuple(g for g in factors_of(f.body)[1] if not isinstance(g, Sum)))
            facts += [e.substitute(apart) for e in inside if not e.free & set(f.binders) - apart.keys()]
    return tuple(facts)


@rule("sifting of the Kronecker delta", Sum, words="the Kronecker delta picks one term of the sum")
def sift(node: Node, context: RuleContext) -> Outcome:
    """Σ_b δ(b, e) f(b) = f(e) [lo <= e <= hi].

    The bracket is dropped where the range of the letters, an assumption, or the support of a factor implies it.
    Terminates: one bound letter fewer.
    """
    assert isinstance(node, Sum)
    coeff, factors = factors_of(node.body)
    best: tuple[tuple[int, int, str], Idx, Delta, Affine] | None = None
    for f in factors:
        if not isinstance(f, Delta):
            continue
        for b in node.binders:
            c = f.expr.coeff(b)
            if abs(c) != 1:
                continue
            if any(b in position.free for a, _ in f.expr.terms if not isinstance(a, Idx) and hasattr(a, "idx")
                   for position in a.idx):
                continue
            solution = (f.expr - affine(b).scaled(c)).scaled(-c)
            if any(other in solution.free for other in _dependents(b, node.binders)):
                continue
            # A letter replaced by a plain letter reads best; of two, the one that occurs in fewer factors goes.
            rank = (0 if solution.single is not None or solution.is_const else 1,
                    sum(b in g.free for g in factors), b.key)
            if best is None or rank < best[0]:
                best = rank, b, f, solution
    if best is None:
        return None
    _, b, chosen, solution = best
    # Letters whose ranges read b read the solution instead.
    others = tuple(i for i in node.binders if i is not b)
    letters = fresh_letters(others, letters_read(node, solution) - letters_read(*others), {b: solution})
    env = {b: solution, **{i: affine(new) for i, new in zip(others, letters, strict=True) if new is not i}}
    product = mul(num(coeff), *(substitute(f, env) for f in factors if f is not chosen))
    if product is ZERO:
        return ZERO, ()
    known = _known(context, factors_of(product)[1])
    ends = (solution - b.lo, f"{b.lo} <= {solution}"), (b.hi - solution, f"{solution} <= {b.hi}")
    brackets, conditions = _brackets(ends, known)
    return total(mul(product, *brackets), letters), conditions


def _brackets(ends: Iterable[tuple[Affine, str]], known: Facts) -> tuple[list[Node], Conditions]:
    """Brackets for what need not be at least 0, and the conditions for what is wherever the term is not 0."""
    brackets: list[Node] = []
    conditions: list[str] = []
    for expr, text in ends:
        if nonnegative(expr):
            continue
        if nonnegative(expr, known):
            conditions.append(f"{text} wherever the term is not 0")
        else:
            brackets.append(guard(expr))
    return brackets, tuple(conditions)


def _known(context: RuleContext, factors: tuple[Node, ...]) -> Facts:
    """What holds wherever a product is not 0; where a factor may have no value, 0 does not make the product 0."""
    return (*context.facts, *supports(factors)) if all(map(has_value, factors)) else context.facts


def _dependents(b: Idx, binders: tuple[Idx, ...]) -> set[Idx]:
    """The letters whose ranges read a letter, directly or through others."""
    found = {b}
    while True:
        more = {i for i in binders if i not in found and (i.lo.free | i.hi.free) & found}
        if not more:
            return found - {b}
        found |= more


@rule("range of the sum", Mul, IversonBracket, Sum, words="the range condition holds already")
def drop_guard(node: Node, context: RuleContext) -> Outcome:
    """[e >= 0] f = f where f vanishes unless e >= 0; = 0 where e < 0 for certain; empty sums are 0."""
    if isinstance(node, Sum):
        if any(empty(b.lo, b.hi, context.facts) for b in node.binders):
            return ZERO, ()
        return None
    coeff, factors = factors_of(node)
    for g in factors:
        if isinstance(g, IversonBracket):
            rest = tuple(f for f in factors if f is not g)
            known = _known(context, rest)
            if nonnegative(g.expr, known):
                return mul(num(coeff), *rest), (f"{g.expr} >= 0",)
            if nonnegative(-g.expr - 1, known):
                return ZERO, (f"{g.expr} < 0",)
        if isinstance(g, Delta):
            rest = tuple(f for f in factors if f is not g)
            known = (*context.facts, *supports(rest))
            if nonnegative(g.expr - 1, known) or nonnegative(-g.expr - 1, known):
                return ZERO, (f"{g.expr} is never 0",)
    return None


@rule("equal digits", Delta, Sum, words="two numbers are equal where their digits are")
def equal_digits(node: Node, context: RuleContext) -> Outcome:
    """δ(s a + b, s c + d) = δ(a, c) δ(b, d) where |b - d| < s, below a sum before one of them is solved for a letter.

    Terminates: shorter brackets.
    """
    if isinstance(node, Sum):
        coeff, factors = factors_of(node.body)
        split: dict[Node, Node] = {
            f: found[0] for f in factors if isinstance(f, Delta) and (found := equal_digits.apply(f, context))}
        return (total(mul(num(coeff), *(split.get(f, f) for f in factors)), node.binders), ()) if split else None
    assert isinstance(node, Delta)
    steps: dict[Factor, None] = dict.fromkeys(abs(c) for a, c in node.expr.terms if isinstance(a, Idx) and abs(c) > 1)
    steps |= dict.fromkeys(a.factor for a, _ in node.expr.terms if isinstance(a, Multiple))
    for step in steps:
        lead, last = _digit(node.expr, step)
        size = constant(1).times(step)
        if lead.free and last.free and all(nonnegative(size - 1 - e, context.facts) for e in (last, -last)):
            return mul(delta(lead), delta(last)), ()
    return None


def _digit(expr: Affine, step: Factor) -> tuple[Affine, Affine]:
    """(a, b) with expr = step·a + b, b being what is not written as a multiple of the step."""
    lead = constant(0)
    for atom, c in expr.terms:
        if isinstance(step, int):
            lead += affine(atom).scaled(c // step) if c % step == 0 else constant(0)
        elif isinstance(atom, Multiple) and atom.factor == step:
            lead += affine(atom.inner).scaled(c)
        elif atom == step:
            lead += c
    if isinstance(step, int):
        lead += round(expr.const / step)
    return lead, expr - lead.times(step)


@rule("linearity of the sum", Sum, words="Σ (f + g) = Σ f + Σ g")
def split_sum(node: Node, context: RuleContext) -> Outcome:
    """Σ (f + g) = Σ f + Σ g, where a delta or a constant term asks for it."""
    assert isinstance(node, Sum)
    letters = frozenset(node.binders)
    if not isinstance(node.body, Add):
        return None
    if has_delta(node.body, letters) or any(not letters <= t.free or known_total.apply(total(t, node.binders), context)
                                            for t in node.body.children):
        return add(*(total(t, node.binders) for t in node.body.children)), ()
    return None


@rule("distributivity", Sum, words="a product over a sum of terms is multiplied out")
def distribute(node: Node, context: RuleContext) -> Outcome:
    """Σ f (g + h) = Σ (f g + f h), where a delta stands among g and h, or the total of f g is known."""
    assert isinstance(node, Sum)
    letters = frozenset(node.binders)
    coeff, factors = factors_of(node.body)
    for k, f in enumerate(factors):
        if isinstance(f, Add):
            others = factors[:k] + factors[k + 1:]
            terms = tuple(mul(num(coeff), *others, t) for t in terms_of(f))
            if has_delta(f, letters) or any(known_total.apply(total(t, node.binders), context) for t in terms):
                return total(add(*terms), node.binders), ()
    return None


@rule("one sum for two", Sum, words="a factor is taken under the inner sum")
def merge(node: Node, context: RuleContext) -> Outcome:
    """Σ_a f(a) Σ_b g(a, b) = Σ_{a,b} f(a) g(a, b), where a delta in g ties a and b together."""
    assert isinstance(node, Sum)
    letters = frozenset(node.binders)
    coeff, factors = factors_of(node.body)
    for k, f in enumerate(factors):
        if isinstance(f, Sum) and has_delta(f, letters):
            others = factors[:k] + factors[k + 1:]
            taken = frozenset(node.binders).union(*(g.free for g in others))
            inner, binders = rename_away(f, taken)
            return total(mul(num(coeff), *others, inner), (*node.binders, *binders)), ()
    return None


@rule("constant factor", Sum, words="what does not depend on the summed letter stands outside")
def take_out(node: Node, context: RuleContext) -> Outcome:
    """Σ_b c f(b) = c Σ_b f(b), and Σ_{a,b} f(a) g(b) = Σ_a f(a) Σ_b g(b).

    The product is split into components that share bound letters.  Terminates: fewer factors under each sum.
    """
    assert isinstance(node, Sum)
    coeff, factors = factors_of(node.body)
    if isinstance(node.body, Add):
        return None
    groups: list[tuple[set[Idx], list[Node]]] = []
    outside: list[Node] = []
    ties: dict[Idx, set[Idx]] = {b: {b} for b in node.binders}
    for b in node.binders:
        for c in _dependents(b, node.binders):
            ties[c].add(b)
    for f in factors:
        letters = set().union(*(ties[b] for b in node.binders if b in f.free)) if f.free else set()
        if not letters:
            outside.append(f)
            continue
        joined: tuple[set[Idx], list[Node]] = (set(letters), [f])
        rest = []
        for g in groups:
            if g[0] & joined[0]:
                joined = (joined[0] | g[0], g[1] + joined[1])
            else:
                rest.append(g)
        groups = [*rest, joined]
    without = [f for f in factors if not has_value(f)]
    if without and not all(nonnegative(b.hi - b.lo, context.facts) for b in node.binders):
        return None  # an empty sum is 0, whatever stands under it
    if any(any(isinstance(f, Delta | IversonBracket) for f in own) and not set(without) <= set(own) for _, own in groups):
        return None  # and so is one of which a bracket leaves nothing
    used = set().union(*(g[0] for g in groups)) if groups else set()
    lonely = [b for b in node.binders if b not in used]
    if any(b in other.lo.free | other.hi.free for b in lonely for other in node.binders if other is not b):
        return None
    if coeff == 1 and not outside and len(groups) == 1 and not lonely:
        return None
    counts = []
    for b in lonely:
        count = b.hi - b.lo + 1
        if not nonnegative(count, context.facts):
            return None
        if count.free & frozenset(node.binders):
            # Another summed letter decides how often: the count stays under its sum.
            return total(mul(node.body, val(count)), (i for i in node.binders if i is not b)), ()
        counts.append(val(count))
    # Two components may have used the same letter names before they were one sum; each keeps its own here.
    sums = [total(mul(*g[1]), g[0]) for g in groups]
    return mul(num(coeff), *outside, *counts, *sums), ()


@rule("known total", Sum, words="the total of its entries is known")
def known_total(node: Node, context: RuleContext) -> Outcome:
    """Σ_k p_k = 1, for p declared to sum to one (over its last axis), or defined so; Σ_k x̂_k = 0 likewise.

    For a definition the sum is worked out once, by canonical forms.  Terminates: one sum fewer.
    """
    return total_of_entries(node, context)


@rule("declared total", Sum, words="its entries are declared to sum to one")
def declared_total(node: Node, context: RuleContext) -> Outcome:
    """Σ_k t_k = 1, for t declared to sum to one over its last axis, as one-hot vectors do."""
    return total_of_entries(node, context, declared=True)


def total_of_entries(node: Node, context: RuleContext, declared: bool = False) -> Outcome:
    """Σ_k p_k f = f, or 0, where the total of the entries is known; by declaration alone where ``declared``.

    Brackets say where the other positions lie in their ranges, unless that is known.
    """
    assert isinstance(node, Sum)
    coeff, factors = factors_of(node.body)
    for b in node.binders:
        readers = [f for f in factors if b in f.free]
        p = readers[0] if len(readers) == 1 else None
        if not isinstance(p, TensorEntry):
            continue
        axes = [a for a, position in enumerate(p.idx) if b in position.free]
        if len(axes) != 1 or p.idx[axes[0]].single is not b or b.lo is not constant(1):
            continue
        axis = axes[0]
        if b.hi is not p.sym.shape[axis] or any(b in other.lo.free | other.hi.free for other in node.binders):
            continue
        value: Node | None = ONE
        why = f"{p.sym.name} is declared to sum to one"
        if "sums_to_one" not in p.sym.properties or axis != len(p.idx) - 1:
            value, why = None if declared else constant_total(p.sym, axis), f"by the definition of {p.sym.name}"
        if value is None:
            continue
        others = tuple(f for f in factors if f is not p)
        brackets, conditions = _read_inside(p, axis, (*context.facts, *supports(others)))
        rest = mul(num(coeff), value, *brackets, *others)
        return total(rest, (i for i in node.binders if i is not b)), (why, *conditions)
    return None


def _read_inside(p: TensorEntry, axis: int, known: Facts) -> tuple[list[Node], Conditions]:
    """Brackets for the axes that are not summed: a row that is read outside its range is 0, and so is its total."""
    ends = zip(p.idx[:axis] + p.idx[axis + 1:], p.sym.shape[:axis] + p.sym.shape[axis + 1:], strict=True)
    return _brackets((end for position, size in ends for end in (
        (position - 1, f"1 <= {position}"), (size - position, f"{position} <= {size}"))), known)


_totals = of_the_call(dict[tuple[Sym, int], Node | None])


def constant_total(sym: Sym, axis: int) -> Node | None:
    """The number that a definition's entries always sum to over an axis, by canonical forms; worked out once."""
    if sym.body is None or sym.letters is None or not (
            isinstance(sym.body, Add) or any(isinstance(f, Pow) for f in factors_of(sym.body)[1])):
        return None
    known = _totals()
    if (sym, axis) not in known:
        known[sym, axis] = RuleContext.known_total(sym, axis)
    return known[sym, axis]


@rule("value at the Kronecker delta", Mul, words="under δ(a, b) the letter a may be written b")
def at_delta(node: Node, context: RuleContext) -> Outcome:
    """δ(i, y) f(i) = δ(i, y) f(y), for a label or a constant y: the letter then stands in the delta alone."""
    assert isinstance(node, Mul)
    for d in node.factors:
        if isinstance(d, Delta) and len(d.expr.terms) <= 2:
            letters = [a for a, c in d.expr.terms if isinstance(a, Idx) and abs(c) == 1]
            if len(letters) != 1:
                continue
            c = d.expr.coeff(letters[0])
            solution = (d.expr - affine(letters[0]).scaled(c)).scaled(-c)
            others = tuple(f for f in node.factors if f is not d)
            if letters[0] not in solution.free and any(letters[0] in f.free for f in others):
                return mul(num(node.coeff), d, *(substitute(f, {letters[0]: solution}) for f in others)), ()
    return None


@rule("the inverse cancels", Sum, words="X⁻¹ X = I")
def inverse_cancels(node: Node, context: RuleContext) -> Outcome:
    """Σ_k (X⁻¹)_ik X_kj = δ_ij = Σ_k X_ik (X⁻¹)_kj, for positions inside the range."""
    assert isinstance(node, Sum)
    coeff, factors = factors_of(node.body)
    for inverse in factors:
        if not (isinstance(inverse, MatrixFunctionEntry) and inverse.kind == INVERSE):
            continue
        for x in factors:
            if not (isinstance(x, TensorEntry) and x.sym is inverse.sym):
                continue
            *lead, row, column = x.idx
            if tuple(lead) != inverse.lead:
                continue
            straight = [(inverse.own, (row, column)), ((row, column), inverse.own)]
            # Entries of a symmetric matrix stand in one order, whichever way they were written.
            turned = [(one, other[::-1]) for one, other in straight] + [(one[::-1], other) for one, other in straight]
            for (i, k), (other, j) in straight + (turned if {"symmetric", "diagonal"} & x.sym.properties else []):
                b = k.single
                if not (k is other and isinstance(b, Idx) and b in node.binders):
                    continue
                rest = tuple(f for f in factors if f is not x and f is not inverse)
                size = x.sym.shape[-1]
                if any(b in f.free for f in rest) or b.lo is not constant(1) or b.hi is not size or b in i.free | j.free:
                    continue
                if any(b in p.free for p in lead) or not all(
                        nonnegative(p - 1, context.facts) and nonnegative(n - p, context.facts)
                        for p, n in ((i, size), (j, size), *zip(lead, x.sym.shape, strict=False))):
                    continue
                body = mul(num(coeff), *rest, delta(i - j))
                return total(body, (c for c in node.binders if c is not b)), (f"{x.sym.name} is invertible",)
    return None


@rule("the product of the others", Mul, words="x_k Π_{j≠k} x_j = Πx")
def product_of_the_others(node: Node, context: RuleContext) -> Outcome:
    """Π_{j≠k} x_j times x_k is the whole product, and over the whole product 1/x_k."""
    assert isinstance(node, Mul)
    for others in node.factors:
        if not (isinstance(others, MatrixFunctionEntry) and others.kind == OTHERS):
            continue
        whole, entry = MatrixFunctionEntry(PRODUCT, others.sym, others.idx[:-1]), TensorEntry(others.sym, others.idx)
        rest = mul(num(node.coeff), *(f for f in node.factors if f is not others))
        if entry in node.factors:
            return mul(rest, whole, power(entry, num(-1))), ()
        if any(isinstance(f, Pow) and _stands_for(f.base, whole) and isinstance(f.exponent, Num) and f.exponent.value < 0
               for f in node.factors):
            name = next(f.base for f in node.factors if isinstance(f, Pow) and _stands_for(f.base, whole))
            return mul(rest, name, power(entry, num(-1))), (f"no entry of {others.sym.name} is 0",)
    return None


def _stands_for(base: Node, whole: MatrixFunctionEntry) -> bool:
    """Whether a base is a product, or the name of it."""
    if not isinstance(base, TensorEntry) or not isinstance(base.sym.body, MatrixFunctionEntry) or base.sym.letters is None:
        return base is whole
    return substitute(base.sym.body, dict(zip(base.sym.letters, base.idx, strict=True))) is whole


@rule("orthogonal matrix", Sum, words="Q' Q = I")
def orthogonal(node: Node, context: RuleContext) -> Outcome:
    """Σ_k Q_ki Q_kj = δ_ij = Σ_k Q_ik Q_jk for a matrix declared orthogonal, at positions inside the range."""
    assert isinstance(node, Sum)
    coeff, factors = factors_of(node.body)
    entries = [f for g in factors for f in ((g.base, g.base) if isinstance(g, Pow) and g.exponent is num(2) else (g,))]
    for n, p in enumerate(entries):
        for q in entries[n + 1:]:
            if not (isinstance(p, TensorEntry) and isinstance(q, TensorEntry) and p.sym is q.sym
                    and "orthogonal" in p.sym.properties and p.idx[:-2] == q.idx[:-2]):
                continue
            size = p.sym.shape[-1]
            for own, other in ((-2, -1), (-1, -2)):
                b, i, j = p.idx[own].single, p.idx[other], q.idx[other]
                if not (isinstance(b, Idx) and q.idx[own] is p.idx[own] and b in node.binders):
                    continue
                rest = list(entries)
                rest.remove(p)
                rest.remove(q)
                ends = ((i, size), (j, size), *zip(p.idx[:-2], p.sym.shape, strict=False))
                if b.lo is not constant(1) or b.hi is not size or any(b in a.free for a, _ in ends) or any(
                        b in f.free for f in rest):
                    continue
                if not all(nonnegative(a - 1, context.facts) and nonnegative(n - a, context.facts) for a, n in ends):
                    continue
                body = mul(num(coeff), *rest, delta(i - j))
                return total(body, (c for c in node.binders if c is not b)), (f"{p.sym.name} is orthogonal",)
    return None


# The canonical form is made with the first, and a lemma about a definition with the canonical form.
PLAIN: tuple[Rule, ...] = (drop_guard, equal_digits, sift, distribute, merge, split_sum, inverse_cancels, orthogonal,
                           product_of_the_others,
                           declared_total, take_out, at_delta)
TIDY: tuple[Rule, ...] = (*PLAIN, known_total)
