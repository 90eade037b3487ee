"""The rules by which expectations are taken apart, until moments of single tensors are left.

E[...], Var[...] and Cov[..., ...] are functions in the engine's expressions; each rule says what it relies on.
Source: Feller, An Introduction to Probability Theory and Its Applications I (1968), ch. IX.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..calculus.canonical import canonical
from ..calculus.contract import TIDY
from ..calculus.expand import unfold
from ..calculus.rules import Outcome, RuleContext, rule
from ..functions.scalar_function import is_indicator
from ..terms.affine import Affine, Idx, LabelRef, Multiple, affine, constant
from ..terms.nodes import (
    ONE,
    Add,
    FunctionValue,
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
    fn,
    guard,
    moved,
    mul,
    names_in,
    neg,
    num,
    power,
    rename_away,
    replace,
    rewritten,
    substitute,
    subterms,
    total,
    val,
)
from ..terms.ranges import nonnegative
from .randomness import MAX_ORDER, MOMENTS, independent, label_refs, law_of, randoms

E, VAR, COV = "E", "Var", "Cov"


def _inside(node: Node, name: str = E) -> Node | None:
    """What an expectation is taken of."""
    return node.children[0] if isinstance(node, FunctionValue) and node.name == name else None


def expect(node: Node) -> Node:
    """E[node]."""
    return fn(E, node)


@rule("definition of the variance", FunctionValue, words="Var[X] = E[X²] - E[X]²")
def variance_defined(node: Node, context: RuleContext) -> Outcome:
    """Var[X] = E[X²] - E[X]²."""
    x = _inside(node, VAR)
    return None if x is None else (add(expect(power(x, num(2))), neg(power(expect(x), num(2)))), ())


@rule("definition of the covariance", FunctionValue, words="Cov[X, Y] = E[XY] - E[X] E[Y]")
def covariance_defined(node: Node, context: RuleContext) -> Outcome:
    """Cov[X, Y] = E[X Y] - E[X] E[Y]."""
    if not isinstance(node, FunctionValue) or node.name != COV:
        return None
    x, y = node.children
    return add(expect(mul(x, y)), neg(mul(expect(x), expect(y)))), ()


@rule("definition of something random", TensorEntry, words="by definition")
def unfold_random(node: Node, context: RuleContext) -> Outcome:
    """A definition that reads something random is written out."""
    assert isinstance(node, TensorEntry)
    return unfold.apply(node, context) if node.sym.body is not None and randoms(node) else None


@rule("expectation of a constant", FunctionValue, words="what is not random is its own expectation")
def constant_expectation(node: Node, context: RuleContext) -> Outcome:
    """E[c] = c."""
    x = _inside(node)
    return (x, ()) if x is not None and not randoms(x) else None


@rule("linearity of expectation", FunctionValue, words="E is linear")
def linear(node: Node, context: RuleContext) -> Outcome:
    """E[X + Y] = E[X] + E[Y], E[Σ X_i] = Σ E[X_i], E[c X] = c E[X]: for finite sums, independent or not."""
    x = _inside(node)
    if isinstance(x, Add):
        return add(*map(expect, x.children)), ()
    if isinstance(x, Sum) and not any(_reads_label(e) for b in x.binders for e in (b.lo, b.hi)):
        return total(expect(x.body), x.binders), ()
    if isinstance(x, Mul):
        sure = [f for f in x.factors if not randoms(f)]
        if sure or x.coeff != 1:
            return mul(num(x.coeff), *sure, expect(mul(*(f for f in x.factors if randoms(f))))), ()
    return None


def _reads_label(end: Affine) -> bool:
    """Whether the end of a range is random."""
    return any(isinstance(a, LabelRef | Multiple) for a, _ in end.terms)


@rule("expanded under the expectation", FunctionValue, words="multiplied out")
def expanded(node: Node, context: RuleContext) -> Outcome:
    """A product that holds a random sum is multiplied out, one factor at a time; a power of a sum is a product."""
    x = _inside(node)
    if x is None or not isinstance(x, Mul | Pow):
        return None
    coeff, factors = factors_of(x)
    for k, f in enumerate(factors):
        base, times = (f.base, f.exponent.value) if isinstance(f, Pow) and isinstance(f.exponent, Num) else (f, 1)
        if not isinstance(base, Add | Sum) or not randoms(base) or not isinstance(times, int) or times < 1:
            continue
        rest = mul(num(coeff), *factors[:k], *factors[k + 1:], power(base, num(times - 1)))
        if isinstance(base, Add):
            return expect(add(*(mul(rest, t) for t in base.children))), ()
        bound = {b for n in subterms(rest) if isinstance(n, Sum) for b in n.binders}
        body, letters = rename_away(base, bound | rest.free | _letters_named(rest, base))
        return expect(total(mul(rest, body), letters)), ()
    return None


def _letters_named(node: Node, like: Sum) -> set[Idx]:
    """Letters of the sum whose names something in the node has already."""
    names = names_in(node)
    return {b for b in like.binders if b.key in names}


@rule("symmetry", FunctionValue, words="the tensor and its negative have one distribution")
def symmetric(node: Node, context: RuleContext) -> Outcome:
    """E[f(z)] = (E[f(z)] + E[f(-z)]) / 2 = E[(f(z) + f(-z)) / 2] for z distributed as -z, where that rids f of functions."""
    x = _inside(node)
    if x is None or not functions_of(x):
        return None
    for z in sorted(randoms(x), key=lambda s: s.key):
        others = randoms(x) - {z}
        if not law_of(z).symmetric or (others and not independent(frozenset((z,)), others)):
            continue
        if any(z in randoms(n) for n in subterms(x) if isinstance(n, TensorEntry | MatrixFunctionEntry) and n.sym is not z):
            continue
        mirrored = replace(x, {n: neg(n) for n in subterms(x) if isinstance(n, TensorEntry) and n.sym is z})
        made = canonical(add(x, mirrored), context.facts)
        conditions: tuple[str, ...] = ()
        if functions_of(made) and law_of(z).continuous:
            made, conditions = _without_zero(made, context), (f"P({z.name} = 0) = 0",)
        if not functions_of(made):
            return mul(num(Fraction(1, 2)), expect(made)), conditions
    return None


def functions_of(node: Node) -> list[FunctionValue]:
    """Functions and roots of something random."""
    return [n for n in subterms(node) if isinstance(n, FunctionValue) and randoms(n)]


def _without_zero(node: Node, context: RuleContext) -> Node:
    """[-u > 0] as 1 - [u > 0], which is true but at u = 0."""
    steps = [n for n in subterms(node) if is_indicator(n)]
    for one in steps:
        mirrored = canonical(neg(one.children[0]), context.facts)
        if any(canonical(s.children[0], context.facts) is mirrored for s in steps if s is not one):
            other = next(s for s in steps if s is not one and canonical(s.children[0], context.facts) is mirrored)
            return canonical(replace(node, {other: add(ONE, neg(one))}), context.facts)
    return node


@rule("independence", FunctionValue, words="E[XY] = E[X] E[Y] for independent X and Y")
def factorised(node: Node, context: RuleContext) -> Outcome:
    """E[X Y] = E[X] E[Y], where the declarations make what X and Y read independent."""
    x = _inside(node)
    if not isinstance(x, Mul) or x.coeff != 1:
        return None
    groups: list[tuple[frozenset[Sym], tuple[Node, ...]]] = []
    for f in x.factors:
        own: frozenset[Sym] = randoms(f)
        members: tuple[Node, ...] = (f,)
        while True:
            met = next((g for g in groups if not independent(g[0], own)), None)
            if met is None:
                break
            groups.remove(met)
            own, members = own | met[0], met[1] + members
        groups.append((own, members))
    everything = frozenset().union(*(g[0] for g in groups))
    if len(groups) < 2 or not all(independent(g[0], everything - g[0]) for g in groups):
        return None
    used = " and ".join(sorted(s.name for s in everything))
    return mul(*(expect(mul(*g[1])) for g in groups)), (f"{used} are independent",)


@rule("moments", FunctionValue, words="moments of independent entries")
def moments(node: Node, context: RuleContext) -> Outcome:
    """E[Π z_i] over entries of one tensor: the sum, over the ways to group the positions, of products of cumulants; a
    group of different entries contributes nothing.  E[z_i z_j] = σ² δ_ij + μ².
    """
    x = _inside(node)
    positions = entries_of(x) if x is not None else None
    if not positions:
        return None
    sym = positions[0].sym
    at = [p.idx for p in positions]
    law = law_of(sym)
    if len(at) > MAX_ORDER or (not law.independent and any(p != at[0] for p in at)):
        return None
    terms = []
    for blocks in partitions(len(at)):
        factors: list[Node] = []
        for block in blocks:
            cumulant = MOMENTS[sym].cumulant(len(block), at[block[0]])
            if cumulant is None:
                return None
            same = (delta(a - b) for k in block[1:] for a, b in zip(at[block[0]], at[k], strict=True))
            factors += [cumulant, *same]
        terms.append(mul(*factors))
    brackets = [guard(e) for p in dict.fromkeys(at) for i, n in zip(p, sym.shape, strict=True) for e in (i - 1, n - i)
                if not nonnegative(e, context.facts)]
    return mul(*brackets, add(*terms)), _declared(sym, len(at))


def _declared(sym: Sym, order: int) -> tuple[str, ...]:
    law = law_of(sym)
    return (f"the entries of {sym.name} are independent",) if order > 1 and law.independent and sym.shape else ()


def entries_of(x: Node) -> list[TensorEntry] | None:
    """The entries of one random tensor whose product a node is, each as often as it occurs."""
    coeff, factors = factors_of(x)
    found: list[TensorEntry] = []
    for f in factors:
        base, times = (f.base, f.exponent.value) if isinstance(f, Pow) and isinstance(f.exponent, Num) else (f, 1)
        if not isinstance(base, TensorEntry) or base.sym not in MOMENTS or not isinstance(times,
                                                                                          int) or times < 1 or label_refs(f):
            return None
        found += [base] * times
    return found if coeff == 1 and len({f.sym for f in found}) == 1 else None


def partitions(count: int) -> Iterator[list[list[int]]]:
    """The ways to group 0..count-1."""
    if count == 0:
        yield []
        return
    for smaller in partitions(count - 1):
        for k, block in enumerate(smaller):
            yield [*smaller[:k], [*block, count - 1], *smaller[k + 1:]]
        yield [*smaller, [count - 1]]


@rule("mean over the labels", FunctionValue, words="every label is equally likely")
def over_labels(node: Node, context: RuleContext) -> Outcome:
    """E[f(I)] = Σ_i f(i) / N for one label; for two, f is averaged over equal and over independent labels apart."""
    x = _inside(node)
    refs = label_refs(x) if x is not None else ()
    if x is None or not 1 <= len(refs) <= 2 or randoms(x) - {r.sym for r in refs} or len({r.sym for r in refs}) > 1:
        return None
    if any(_reads_label(e) for n in subterms(x) if isinstance(n, Sum) for b in n.binders for e in (b.lo, b.hi)):
        return None
    first, last = refs[0], refs[-1]
    assert first.sym is not None
    names = names_in(x) | {i.key for i in x.free}
    free = [c for c in "ijklpqrsuvabcdefgh" if c not in names]
    one, other = (Idx(name, constant(1), first.size) for name in free[:2])
    many = power(val(first.size), num(-1))
    alone = mul(many, total(at_labels(x, {first: one, last: one}), [one]))
    if first is last:
        return alone, ()
    if not law_of(first.sym).independent:
        return None
    apart = mul(power(many, num(2)), total(at_labels(x, {first: one, last: other}), [one, other]))
    same = mul(*(delta(a - b) for a, b in zip(first.idx, last.idx, strict=True)))
    return add(mul(same, alone), mul(add(ONE, neg(same)), apart)), _declared(first.sym, 2)


def at_labels(node: Node, values: dict[LabelRef, Idx]) -> Node:
    """The node with labels replaced by letters."""
    def position(expr: Affine) -> Affine:
        for atom, c in expr.terms:
            if isinstance(atom, LabelRef) and atom in values:
                expr = expr - affine(atom).scaled(c) + affine(values[atom]).scaled(c)
            elif isinstance(atom, Multiple) and atom.inner in values:
                expr = expr - affine(atom).scaled(c) + affine(Multiple(atom.factor, values[atom.inner])).scaled(c)
        return expr

    return rewritten(node, lambda n, walk: moved(n, position))


@rule("range of a bracket", Sum, words="the bracket becomes the range of the sum")
def narrowed(node: Node, context: RuleContext) -> Outcome:
    """Σ_{i=1}^{n} [i <= u] f(i) = Σ_{i=1}^{u} f(i), where u <= n; the same below."""
    assert isinstance(node, Sum)
    coeff, factors = factors_of(node.body)
    for bracket in factors:
        for b in node.binders if isinstance(bracket, IversonBracket) else ():
            assert isinstance(bracket, IversonBracket)
            c = bracket.expr.coeff(b)
            if abs(c) != 1 or any(b in other.lo.free | other.hi.free for other in node.binders) or (
                    bracket.expr.free & frozenset(node.binders)) != {b}:
                continue
            end = (bracket.expr - affine(b).scaled(c)).scaled(-c)
            lo, hi = (end, b.hi) if c > 0 else (b.lo, end)
            if not (nonnegative(lo - b.lo, context.facts) and nonnegative(b.hi - hi, context.facts)
                    and nonnegative(hi - lo + 1, context.facts)):
                continue
            letter = Idx(b.name, lo, hi, b.tag)
            rest = total(mul(num(coeff), *(f for f in factors if f is not bracket)), [i for i in node.binders if i is not b])
            return total(substitute(rest, {b: affine(letter)}), [letter]), ()
    return None


LINEAR = (constant_expectation, linear, expanded)
_INDEPENDENT = (
    ((factorised,), "independent factors apart"),
    (LINEAR, "the expectation is linear"),
    ((over_labels,), "every label is equally likely"),
    ((moments, constant_expectation), "moments of the entries"),
    ((*TIDY, narrowed), "sums over the Kronecker deltas carried out"),
)
GROUPS = (
    ((variance_defined, covariance_defined), "the definition"),
    ((unfold_random,), "by definition"),
    (LINEAR, "multiplied out; the expectation is linear"),
    *_INDEPENDENT,
    # What is a function of one entry by now may be a polynomial in the mean with its mirror image.
    ((symmetric,), "the tensor and its negative have one distribution"),
    (LINEAR, "multiplied out; the expectation is linear"),
    *_INDEPENDENT,
)
