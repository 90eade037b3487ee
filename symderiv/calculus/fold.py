"""Folding: what a definition spells out is written back as its name.

After differentiating p_i = e^{z_i}/S, e^{z_i}/S stands in the result again and becomes p_i.  A definition that is a
product is solved for its first factor (e^{z_i} = p_i S), so that what is left over cancels by itself.
"""

from __future__ import annotations

from fractions import Fraction
from weakref import WeakKeyDictionary

from ..index.affine import Affine, Idx, affine
from ..index.nodes import (
    Add,
    Const,
    Delta,
    Deriv,
    Ent,
    Fn,
    Guard,
    MatFn,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    Val,
    add,
    ent,
    factors_of,
    fn,
    instantiate,
    mul,
    neg,
    num,
    power,
    rename_away,
    replace,
    split_coeff,
    substitute,
    subterms,
    terms_of,
    total,
)
from ..index.ranges import within
from .canonical import Canonical
from .factor import common_content, powers_of
from .polynomial import poly_node
from .rules import Context, Outcome, rule

Binding = dict[Idx, Affine]


def match(pattern: Node, node: Node, letters: frozenset[Idx], found: Binding) -> bool:
    """Whether the node is the pattern with its free ``letters`` replaced; the replacements are put into ``found``.

    Bound letters of the pattern are matched to those of the node.  A failed match may leave entries in ``found``.
    """
    if pattern is node and not pattern.free & (letters | found.keys()):
        return True
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, Ent) and isinstance(node, Ent):
        return pattern.sym is node.sym and all(
            match_affine(p, q, letters, found) for p, q in zip(pattern.idx, node.idx, strict=True))
    if isinstance(pattern, MatFn) and isinstance(node, MatFn):
        return pattern.sym is node.sym and pattern.kind == node.kind and all(
            match_affine(p, q, letters, found) for p, q in zip(pattern.idx, node.idx, strict=True))
    if isinstance(pattern, Delta | Guard) and isinstance(node, Delta | Guard):
        return match_affine(pattern.expr, node.expr, letters, found)
    if isinstance(pattern, Val) and isinstance(node, Val):
        return match_affine(affine(pattern.atom), affine(node.atom), letters, found)
    if isinstance(pattern, Sum) and isinstance(node, Sum):
        if len(pattern.binders) != len(node.binders):
            return False
        # A bound letter of the node must not hide one from outside that the pattern means.
        outer = frozenset[Idx]().union(*(found[i].free if i in found else (i,) for i in pattern.free))
        body, binders = node.body, node.binders
        if outer & frozenset(binders):
            body, binders = rename_away(node, outer)
        hidden = {p: found[p] for p in pattern.binders if p in found}
        for p, q in zip(pattern.binders, binders, strict=True):
            if not (match_affine(p.lo, q.lo, letters, found) and match_affine(p.hi, q.hi, letters, found)):
                return False
            found[p] = affine(q)
        inner = match(pattern.body, body, letters | frozenset(pattern.binders), found)
        for p in pattern.binders:
            found.pop(p, None)
        found.update(hidden)
        return inner
    if isinstance(pattern, Fn) and isinstance(node, Fn) and pattern.name != node.name:
        return False
    if isinstance(pattern, Mul) and isinstance(node, Mul) and pattern.coeff != node.coeff:
        return False
    if isinstance(pattern, Num | Const | Deriv) or not pattern.children or len(pattern.children) != len(node.children):
        return False
    if isinstance(pattern, Add | Mul):
        return _match_unordered(list(pattern.children), list(node.children), letters, found)
    return all(match(p, q, letters, found) for p, q in zip(pattern.children, node.children, strict=True))


def _match_unordered(patterns: list[Node], nodes: list[Node], letters: frozenset[Idx], found: Binding) -> bool:
    if not patterns:
        return True
    for k, node in enumerate(nodes):
        trial = dict(found)
        if match(patterns[0], node, letters, trial) and _match_unordered(
                patterns[1:], nodes[:k] + nodes[k + 1:], letters, trial):
            found.update(trial)
            return True
    return False


def match_affine(pattern: Affine, expr: Affine, letters: frozenset[Idx], found: Binding) -> bool:
    """Affine patterns: letters already found are put in; one that is left, with coefficient ±1, is solved for."""
    pattern = pattern.substitute(found)
    open_letters = [a for a, _ in pattern.terms if isinstance(a, Idx) and a in letters and a not in found]
    if not open_letters:
        return pattern is expr
    letter = open_letters[0]
    c = pattern.coeff(letter)
    if len(open_letters) > 1 or abs(c) != 1:
        return False
    found[letter] = (expr - (pattern - affine(letter).scaled(c))).scaled(c)
    return True


def alpha_equal(a: Node, b: Node) -> bool:
    """Whether two nodes differ at most in the names of bound letters."""
    return a is b or match(a, b, frozenset(), {})


def aligned(instance: Node, beside: Node) -> Node:
    """The instance with its sums spelled as in another expression, so that equal sums are identical and cancel."""
    spelled = [n for n in subterms(beside) if isinstance(n, Sum)]
    mapping: dict[Node, Node] = {}
    for n in subterms(instance):
        if isinstance(n, Sum) and n not in spelled:
            same = next((t for t in spelled if alpha_equal(n, t)), None)
            if same is not None:
                mapping[n] = same
    return replace(instance, mapping) if mapping else instance


def _positions(sym: Sym, found: Binding, context: Context) -> tuple[Affine, ...] | None:
    """The matched positions, where all are known and inside the definition's range."""
    assert sym.letters is not None
    if any(letter not in found for letter in sym.letters):
        return None
    idx = tuple(found[letter] for letter in sym.letters)
    inside = all(within(p, i.lo, i.hi, context.facts) for p, i in zip(idx, sym.letters, strict=True))
    return idx if inside else None


def leading_factor(sym: Sym) -> tuple[Node, int] | None:
    """The factor that a product definition is solved for: it names all letters, and its power is 1 or -1."""
    assert sym.body is not None and sym.letters is not None
    for f in factors_of(sym.body)[1]:
        base, e = (f.base, f.exponent) if isinstance(f, Pow) else (f, num(1))
        if isinstance(base, Fn | Ent) and frozenset(sym.letters) <= base.free and e in (num(1), num(-1)):
            alone = sum(frozenset(sym.letters) <= g.free for g in factors_of(sym.body)[1]) == 1
            if isinstance(base, Fn) or (alone and sym.letters):
                return base, 1 if e is num(1) else -1
    return None


@rule("fold a definition", MatFn, Fn, Pow, Sum, Mul, Add, words="written by its name again")
def fold(node: Node, context: Context) -> Outcome:
    """A sub-expression that equals the body of a definition becomes the definition's entry."""
    for sym in context.folds:
        body = sym.body
        if body is None or sym.letters is None or not body.syms <= node.syms or type(body) is not type(node):
            continue
        root = _fold_power(node, sym, context)
        if root is not None:
            return root, (f"definition of {sym.key}",)
        found: Binding = {}
        if match(body, node, frozenset(sym.letters), found):
            idx = _positions(sym, found, context)
            if idx is not None and alpha_equal(instantiate(sym, idx), node):
                return ent(sym, *idx), (f"definition of {sym.key}",)
    return None


def _fold_power(node: Node, sym: Sym, context: Context) -> Node | None:
    """b^-1/2 = s⁻¹ for a definition s = b^1/2: a power of the definition's base with a whole multiple of its exponent."""
    body = sym.body
    assert sym.letters is not None
    if not (isinstance(body, Pow) and isinstance(node, Pow) and isinstance(body.exponent, Num)
            and isinstance(node.exponent, Num)) or isinstance(body.exponent.value, int):
        return None
    ratio = Fraction(node.exponent.value) / Fraction(body.exponent.value)
    found: Binding = {}
    if ratio.denominator != 1 or not match(body.base, node.base, frozenset(sym.letters), found):
        return None
    idx = _positions(sym, found, context)
    return None if idx is None else power(ent(sym, *idx), num(ratio))


def weight(node: Node) -> Fraction:
    """How many factors a product has, powers counted out, those under its sums included."""
    if isinstance(node, Mul):
        return sum(map(weight, node.factors), Fraction(0))
    if isinstance(node, Pow) and isinstance(node.exponent, Num):
        return abs(Fraction(node.exponent.value)) * weight(node.base)
    return weight(node.body) if isinstance(node, Sum) else Fraction(1)


@rule("fold a product", Mul, words="written by its name again")
def fold_product(node: Node, context: Context) -> Outcome:
    """f(i) g = p_i, for a definition p_i = f(i) g: the factor f(i) is replaced by p_i / g where g cancels.

    Terminates: one occurrence of the leading factor fewer.
    """
    assert isinstance(node, Mul)
    for sym in context.folds:
        body = sym.body
        if not isinstance(body, Mul) or sym.letters is None or not body.syms <= node.syms:
            continue
        leading = leading_factor(sym)
        if leading is None:
            continue
        pattern, _ = leading
        for f in node.factors:
            base = f.base if isinstance(f, Pow) else f
            found: Binding = {}
            if type(base) is not type(pattern) or not match(pattern, base, frozenset(sym.letters), found):
                continue
            idx = _positions(sym, found, context)
            if idx is None:
                continue
            instance = aligned(instantiate(sym, idx), node)
            solved = mul(node, power(mul(instance, power(ent(sym, *idx), num(-1))), num(-1)))
            inverse = mul(node, mul(instance, power(ent(sym, *idx), num(-1))))
            for candidate in (solved, inverse):
                if weight(candidate) < weight(node):
                    return candidate, (f"definition of {sym.key}",)
        inside = _fold_inside(node, sym, pattern, context)
        if inside is not None:
            return inside, (f"definition of {sym.key}",)
    return None


def _fold_inside(node: Mul, sym: Sym, pattern: Node, context: Context) -> Node | None:
    """g⁻¹ Σ_k f(k) h(k) = Σ_k p_k h(k): the leading factor stands under a sum, what it cancels against outside."""
    assert sym.letters is not None
    for g in node.factors:
        if not isinstance(g, Sum):
            continue
        coeff, inner = factors_of(g.body)
        for f in inner:
            found: Binding = {}
            if type(f) is not type(pattern) or not match(pattern, f, frozenset(sym.letters), found):
                continue
            idx = _positions(sym, found, context)
            if idx is None:
                continue
            left_over = mul(aligned(instantiate(sym, idx), node), power(f, num(-1)))
            if left_over.free & frozenset(g.binders):
                continue
            others = tuple(h for h in inner if h is not f)
            new = total(mul(num(coeff), *others, ent(sym, *idx)), g.binders)
            rest = tuple(h for h in node.factors if h is not g)
            candidate = mul(num(node.coeff), *rest, new, power(left_over, num(-1)))
            if weight(candidate) < weight(node):
                return candidate
    return None


@rule("common factor cancels", Mul, words="a factor common to all terms cancels")
def cancel_content(node: Node, context: Context) -> Outcome:
    """c⁻¹ (c f + c g) = f + g.  Terminates: fewer factors."""
    assert isinstance(node, Mul)
    for f in node.factors:
        if isinstance(f, Add):
            content, rest = common_content(f)
            outside = {g.base if isinstance(g, Pow) else g for g in node.factors if g is not f}
            if outside & set(powers_of(content)[1]):
                others = tuple(g for g in node.factors if g is not f)
                return mul(num(node.coeff), *others, content, rest), ()
    return None


@rule("multiply out", Add, Mul, Pow, words="multiplied out")
def multiply_out(node: Node, context: Context) -> Outcome:
    """f (g + h) = f g + f h, where the result is shorter because terms cancel, and -(g - h) = h - g.

    Terminates: the node shrinks, or loses the sign before its only bracket.
    """
    if isinstance(node, Mul) and node.coeff == -1 and len(node.factors) == 1 and isinstance(node.factors[0], Add):
        terms = node.factors[0].children
        if 2 * sum(factors_of(t)[0] < 0 for t in terms) >= len(terms):
            return add(*map(neg, terms)), ()
    if node.size > 200 or not any(isinstance(c, Add | Mul) for c in node.children):
        return None
    coeff, factors = factors_of(node) if isinstance(node, Mul) else (1, ())
    for f in factors:
        if isinstance(f, Add):
            # One sum alone: what its terms divide by may stand among the other factors.
            rest = mul(num(coeff), *(g for g in factors if g is not f))
            candidate = add(*(mul(rest, t) for t in f.children))
            if candidate.size < node.size and (len(terms_of(candidate)) < len(f.children) or any(
                    _divides(rest, t) for t in f.children)):
                return candidate, ()
    expanded = expand(node)
    if expanded is node or expanded.size >= node.size or len(terms_of(expanded)) >= term_count(node):
        return None
    return expanded, ()


def _divides(a: Node, b: Node) -> bool:
    """Whether something stands above the fraction bar in one of two terms and below it in the other."""
    left, right = powers_of(a)[1], powers_of(b)[1]
    return any(e * right[base] < 0 for base, e in left.items() if base in right)


def term_count(node: Node) -> int:
    """How many terms a node has when multiplied out, before like terms are collected."""
    if isinstance(node, Add):
        return sum(map(term_count, node.children))
    if isinstance(node, Pow) and isinstance(node.base, Add) and node.exponent is num(2):
        return len(node.base.children) ** 2
    result = 1
    for f in node.factors if isinstance(node, Mul) else ():
        result *= term_count(f)
    return result


def expand(node: Node) -> Node:
    """Products of sums multiplied out, at the top of the node only."""
    if isinstance(node, Add):
        return add(*(expand(t) for t in node.children))
    if isinstance(node, Pow) and isinstance(node.base, Add) and node.exponent is num(2):
        return add(*(mul(a, b) for a in node.base.children for b in node.base.children))
    if isinstance(node, Mul):
        terms: tuple[Node, ...] = (num(node.coeff),)
        for f in node.factors:
            inner = expand(f) if isinstance(f, Pow) else f
            parts = inner.children if isinstance(inner, Add) else (inner,)
            if len(terms) * len(parts) > 64:
                return node
            terms = tuple(mul(a, b) for a in terms for b in parts)
        return add(*terms)
    return node


@rule("solve for the exponential", Add, Mul, Pow, words="the exponential expressed by the definition")
def fold_exponential(node: Node, context: Context) -> Outcome:
    """For a definition s_i = (a E + b)/(c E + d) with E = e^{f_i}: E = (b - d s_i)/(c s_i - a), where that is shorter.

    So e^-z/(1 + e^-z)² becomes s (1 - s) for s = 1/(1 + e^-z), however s was spelled.
    """
    if node.size > 120:
        return None
    for sym in context.folds:
        solved = exponential_of(sym)
        if solved is None:
            continue
        atom, value = solved
        assert sym.letters is not None
        found: dict[Node, Node] = {}
        for n in subterms(node):
            if isinstance(n, Fn) and n.name == "exp":
                binding = _scaled_match(atom, n, frozenset(sym.letters))
                if binding is None:
                    continue
                idx = _positions(sym, binding[1], context)
                if idx is not None:
                    inner = substitute(value, dict(zip(sym.letters, idx, strict=True)))
                    found[n] = power(inner, num(binding[0]))
        if not found:
            continue
        quotient = Canonical(context.facts).quotient(replace(node, found))
        if not quotient.den:
            after = poly_node(quotient.num)
            content, rest = common_content(after)
            after = min((after, mul(content, rest)), key=lambda n: n.size)
            if after.size < node.size:
                return after, (f"definition of {sym.key}",)
    return None


def _scaled_match(atom: Fn, node: Fn, letters: frozenset[Idx]) -> tuple[Fraction, Binding] | None:
    """(c, binding) with node = e^{c f} for atom = e^f."""
    (c, f), (d, g) = split_coeff(atom.children[0]), split_coeff(node.children[0])
    found: Binding = {}
    ratio = Fraction(d) / Fraction(c)
    if ratio.denominator == 1 and match(f, g, letters, found):
        return ratio, found
    return None


_EXPONENTIALS: WeakKeyDictionary[Sym, tuple[Fn, Node] | None] = WeakKeyDictionary()


def exponential_of(sym: Sym) -> tuple[Fn, Node] | None:
    """(E, expression of E by the definition's entry) where the body is a Möbius function of one exponential E."""
    if sym not in _EXPONENTIALS:
        _EXPONENTIALS[sym] = _solve_exponential(sym)
    return _EXPONENTIALS[sym]


def _solve_exponential(sym: Sym) -> tuple[Fn, Node] | None:
    body = sym.body
    if body is None or sym.letters is None or body.size > 60:
        return None
    exponentials = {n for n in subterms(body) if isinstance(n, Fn) and n.name == "exp"}
    if not exponentials or any(isinstance(n, Sum) for n in subterms(body)):
        return None
    c = Canonical()
    c.prepare(body)
    q = c.quotient(body)
    if len(q.den) != 1 or set(q.den.values()) != {1}:
        return None
    (key,) = q.den
    top, bottom = q.num, dict(key)
    powers: set[tuple[Node, Fraction]] = {item for p in (top, bottom) for m in p for item in m}
    if len({a for a, _ in powers}) != 1 or len({e for _, e in powers}) != 1:
        return None
    ((atom, e),) = powers
    if not (isinstance(atom, Fn) and atom.name == "exp" and frozenset(sym.letters) <= atom.free):
        return None
    generator = frozenset(((atom, e),))
    unit: frozenset[tuple[Node, Fraction]] = frozenset()
    a, b = top.get(generator, Fraction(0)), top.get(unit, Fraction(0))
    p, d = bottom.get(generator, Fraction(0)), bottom.get(unit, Fraction(0))
    s = ent(sym, *map(affine, sym.letters))
    value = mul(add(num(b), mul(num(-d), s)), power(add(mul(num(p), s), num(-a)), num(-1)))
    inner = fn("exp", mul(num(e), atom.children[0]))
    return (inner, value) if isinstance(inner, Fn) else None


FOLD = (fold, fold_product, cancel_content, multiply_out, fold_exponential)

__all__ = ["FOLD", "fold", "fold_product", "match", "match_affine"]
