"""Folding: what a definition spells out is written back as its name.

After differentiating p_i = e^{z_i}/S, e^{z_i}/S stands in the result again and becomes p_i.  A definition that is a
product is solved for its first factor (e^{z_i} = p_i S), so that what is left over cancels by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..bounds import of_the_call
from ..functions import FUNCTIONS
from ..functions.elementary import exp
from ..functions.network_functions import sigmoid
from ..terms.affine import Affine, Idx, affine
from ..terms.nodes import (
    MINUS_ONE,
    ONE,
    Add,
    Const,
    Delta,
    Deriv,
    FunctionValue,
    IndexValue,
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
    subterms,
    terms_of,
    total,
)
from ..terms.ranges import within
from .canonical import Canonical
from .factor import common_content, powers_of
from .rules import Outcome, RuleContext, rule

Binding = dict[Idx, Affine]


def match(pattern: Node, node: Node, letters: frozenset[Idx], found: Binding) -> bool:
    """Whether the node is the pattern with its free ``letters`` replaced; the replacements are put into ``found``.

    Bound letters of the pattern are matched to those of the node.  A failed match may leave entries in ``found``.
    """
    if pattern is node and not pattern.free & (letters | found.keys()):
        return True
    if type(pattern) is not type(node):
        return False
    special = MATCHED.get(type(pattern))
    if special is not None:
        return special(pattern, node, letters, found)
    # What is no operand: the name of a function, the coefficient of a product.
    if any(getattr(pattern, own, None) != getattr(node, own, None) for own in ("name", "coeff")):
        return False
    if len(pattern.children) != len(node.children):
        return False
    if isinstance(pattern, Add | Mul):
        return _match_unordered(list(pattern.children), list(node.children), letters, found)
    return all(match(p, q, letters, found) for p, q in zip(pattern.children, node.children, strict=True))


def _match_entries(pattern: TensorEntry | MatrixFunctionEntry, node: Any, letters: frozenset[Idx], found: Binding) -> bool:
    return pattern.sym is node.sym and getattr(pattern, "kind", "") == getattr(node, "kind", "") and all(
        match_affine(p, q, letters, found) for p, q in zip(pattern.idx, node.idx, strict=True))


def _match_deltas(pattern: Delta, node: Delta, letters: frozenset[Idx], found: Binding) -> bool:
    """[e = 0] and [-e = 0] are one; which is written depends on the names of the letters."""
    for expr in (node.expr, -node.expr):
        trial = dict(found)
        if match_affine(pattern.expr, expr, letters, trial):
            found.update(trial)
            return True
    return False


def _match_sums(pattern: Sum, node: Sum, letters: frozenset[Idx], found: Binding) -> bool:
    if len(pattern.binders) != len(node.binders):
        return False
    # A bound letter of the node must not hide one from outside that the pattern means.
    outer = frozenset[Idx]().union(*(found[i].free if i in found else (i,) for i in pattern.free))
    body, binders = node.body, node.binders
    if outer & frozenset(binders):
        body, binders = rename_away(node, outer)
    hidden = {p: found[p] for p in pattern.binders if p in found}
    before = dict(found)
    inner = _match_in_order(pattern, binders, body, letters, found)
    if not inner and len(binders) > 1:
        found.clear()
        found.update(before)
        inner = _match_in_any_order(pattern, binders, body, letters, found)
    for p in pattern.binders:
        found.pop(p, None)
    found.update(hidden)
    return inner


def _match_in_order(pattern: Sum, binders: tuple[Idx, ...], body: Node, letters: frozenset[Idx], found: Binding) -> bool:
    """Whether the bodies match, the first bound letter of one sum being the first of the other, and so on."""
    for p, q in zip(pattern.binders, binders, strict=True):
        if not (match_affine(p.lo, q.lo, letters, found) and match_affine(p.hi, q.hi, letters, found)):
            return False
        found[p] = affine(q)
    return match(pattern.body, body, letters | frozenset(pattern.binders), found)


def _match_in_any_order(pattern: Sum, binders: tuple[Idx, ...], body: Node, letters: frozenset[Idx],
                        found: Binding) -> bool:
    """Whether the bodies match with the bound letters paired as the bodies ask for, each over the range of its partner."""
    for p in pattern.binders:
        found.pop(p, None)
    if not match(pattern.body, body, letters | frozenset(pattern.binders), found):
        return False
    partners = [found[p].single if p in found else None for p in pattern.binders]
    if len(set(partners)) < len(partners) or not set(partners) <= set(binders):
        return False
    return all(isinstance(q, Idx) and match_affine(p.lo, q.lo, letters, found) and match_affine(p.hi, q.hi, letters, found)
               for p, q in zip(pattern.binders, partners, strict=True))


def _never(pattern: Node, node: Node, letters: frozenset[Idx], found: Binding) -> bool:
    return False


# How nodes of a class match that are more than their operands.
MATCHED: dict[type[Node], Callable[[Any, Any, frozenset[Idx], Binding], bool]] = {
    TensorEntry: _match_entries, MatrixFunctionEntry: _match_entries, Delta: _match_deltas, Sum: _match_sums,
    IversonBracket: lambda pattern, node, letters, found: match_affine(pattern.expr, node.expr, letters, found),
    IndexValue: lambda pattern, node, letters, found: match_affine(affine(pattern.atom), affine(node.atom), letters, found),
    Num: _never, Const: _never, Deriv: _never,
}


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
    rest = pattern - affine(letter).scaled(c)
    if abs(c) != 1 or any(i in letters and i not in found for i in rest.free):
        return False
    found[letter] = (expr - rest).scaled(c)
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


def _positions(sym: Sym, found: Binding, context: RuleContext) -> tuple[Affine, ...] | None:
    """The matched positions, where all are known and inside the definition's range; an axis of size 1 has one."""
    assert sym.letters is not None
    if any(letter not in found and letter.lo is not letter.hi for letter in sym.letters):
        return None
    idx = tuple(found.get(letter, letter.lo) for letter in sym.letters)
    inside = all(within(p, i.lo, i.hi, context.facts) for p, i in zip(idx, sym.letters, strict=True))
    return idx if inside else None


def leading_factor(sym: Sym) -> tuple[Node, Fraction] | None:
    """(base, exponent) of the factor that a product definition is solved for.

    It names all letters of the definition; of functions and entries the power is 1 or -1, of sums any.
    """
    assert sym.body is not None and sym.letters is not None
    letters = frozenset(sym.letters)
    naming = [f for f in factors_of(sym.body)[1] if letters <= f.free]
    for f in naming:
        base, e = (f.base, f.exponent) if isinstance(f, Pow) else (f, num(1))
        if not isinstance(e, Num):
            continue
        if isinstance(base, FunctionValue) and abs(e.value) == 1:
            return base, Fraction(e.value)
        if isinstance(base, TensorEntry) and abs(e.value) == 1 and len(naming) == 1 and letters:
            return base, Fraction(e.value)
        if isinstance(base, Sum) and sum(bool(g.syms) for g in naming) == 1:
            return base, Fraction(e.value)
    return None


@rule("fold a definition", MatrixFunctionEntry, FunctionValue, Pow, Sum, Mul, Add, words="written by its name again")
def fold(node: Node, context: RuleContext) -> Outcome:
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


def _fold_power(node: Node, sym: Sym, context: RuleContext) -> Node | None:
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
def fold_product(node: Node, context: RuleContext) -> Outcome:
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
        pattern, exponent = leading
        for f in node.factors:
            base, own = (f.base, f.exponent) if isinstance(f, Pow) else (f, num(1))
            found: Binding = {}
            if type(base) is not type(pattern) or not match(pattern, base, frozenset(sym.letters), found):
                continue
            idx = _positions(sym, found, context)
            if idx is None:
                continue
            instance = aligned(instantiate(sym, idx), node)
            ratio = mul(instance, power(ent(sym, *idx), num(-1)))  # 1, so that any power of it may be put in
            if isinstance(pattern, Sum):
                times = Fraction(own.value) / exponent if isinstance(own, Num) else Fraction(1, 2)
                candidate = mul(node, power(ratio, num(-times))) if times.denominator == 1 else node
                if candidate.size < node.size:
                    return candidate, (f"definition of {sym.key}",)
                continue
            for candidate in (mul(node, power(ratio, num(-1))), mul(node, ratio)):
                if weight(candidate) < weight(node):
                    return candidate, (f"definition of {sym.key}",)
        if isinstance(pattern, Sum):
            continue
        inside = _fold_inside(node, sym, pattern, context)
        if inside is not None:
            return inside, (f"definition of {sym.key}",)
    return None


def _fold_inside(node: Mul, sym: Sym, pattern: Node, context: RuleContext) -> Node | None:
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


@rule("fold a total", Add, words="written by its name again")
def fold_total(node: Node, context: RuleContext) -> Outcome:
    """Σ_k x_k - n μ = 0, for a definition μ = Σ_k x_k / n: sums that a definition is solved for, where terms cancel.

    Terminates: fewer terms.
    """
    assert isinstance(node, Add)
    for sym in context.folds:
        body = sym.body
        leading = leading_factor(sym) if isinstance(body, Mul) and sym.letters is not None and sym in node.syms else None
        if leading is None or not isinstance(leading[0], Sum):
            continue
        pattern, exponent = leading
        assert sym.letters is not None
        solved: dict[Node, Node] = {}
        for n in {f.base if isinstance(f, Pow) else f for t in node.children for f in factors_of(t)[1]}:
            found: Binding = {}
            if isinstance(n, Sum) and exponent == 1 and match(pattern, n, frozenset(sym.letters), found):
                idx = _positions(sym, found, context)
                if idx is not None:
                    instance = aligned(instantiate(sym, idx), n)
                    solved[n] = mul(n, ent(sym, *idx), power(instance, num(-1)))
        if solved:
            candidate = add(*(replace(t, solved) for t in node.children))
            if len(terms_of(candidate)) < len(node.children):
                return candidate, (f"definition of {sym.key}",)
    return None


@rule("one letter for one sum", Add, words="a summed letter may have any name")
def same_letters(node: Node, context: RuleContext) -> Outcome:
    """Σ_k f(k) - Σ_q f(q) = 0: sums that differ in their letters are spelled alike, where terms then meet.

    Terminates: fewer different sums.
    """
    assert isinstance(node, Add)
    sums: list[Node] = []
    mapping: dict[Node, Node] = {}
    for term in node.children:
        for f in factors_of(term)[1]:
            n = f.base if isinstance(f, Pow) else f
            if isinstance(n, Sum) and n not in sums:
                same = next((s for s in sums if s.size == n.size and s.syms == n.syms and alpha_equal(s, n)), None)
                if same is None:
                    sums.append(n)
                else:
                    mapping[n] = same
    return (replace(node, mapping), ()) if mapping else None


def _applied(node: Node, context: RuleContext) -> Node:
    """What an entry of a definition is a function of: |x_i| for the entry of a definition by it."""
    if not (isinstance(node, TensorEntry) and node.sym in context.folds and isinstance(node.sym.body, FunctionValue)):
        return node
    inside = all(within(p, i.lo, i.hi, context.facts) for p, i in zip(node.idx, node.sym.letters or (), strict=True))
    return instantiate(node.sym, node.idx) if inside else node


@rule("step functions", Mul, words="[x > 0] relu(x) = relu(x)")
def steps_meet(node: Node, context: RuleContext) -> Outcome:
    """[x > 0] relu(x) = relu(x), sign(x) |x| = x and x sign(x) = |x|, x [x > 0] = relu(x).

    Terminates: fewer factors, or a lower power.
    """
    assert isinstance(node, Mul)
    steps = [(f, FUNCTIONS[f.name]) for f in node.factors if isinstance(f, FunctionValue) and f.name in FUNCTIONS]
    for f, record in steps:
        if record.by_argument is None:
            continue
        (x,) = f.children
        known = fn(record.by_argument, x)
        rest = tuple(g for g in node.factors if g is not f)
        for base, e in powers_of(mul(*rest))[1].items():
            if _applied(base, context) is known and e > 0:
                if record.indicator:
                    return mul(num(node.coeff), *rest), ()
                if e >= 1:
                    return mul(num(node.coeff), *rest, power(base, MINUS_ONE), x), ()
        if x in rest:
            return mul(num(node.coeff), *(g for g in rest if g is not x), known), ()
    return None


QUOTIENTS = {f.quotient[1]: (f.quotient[0], f.name) for f in FUNCTIONS.values() if f.quotient is not None}
"""Of a function below the line: the one above it, and what the quotient is."""


@rule("logistic function", Mul, Pow, words="1/(1 + e^-x) = σ(x), sinh x/cosh x = tanh x")
def logistic(node: Node, context: RuleContext) -> Outcome:
    """(1 + e^x)⁻¹ = σ(-x), e^x (1 + e^x)⁻¹ = σ(x), and sinh x (cosh x)⁻¹ = tanh x.

    Terminates: fewer exponentials or hyperbolic functions.
    """
    powers: dict[Node, tuple[Node, Fraction]] = {
        _applied(base, context): (base, e) for base, e in powers_of(node)[1].items()}
    for shown, (base, e) in powers.items():
        if e.denominator != 1 or e >= 0:
            continue
        if isinstance(shown, FunctionValue) and shown.name in QUOTIENTS:
            top, ratio = QUOTIENTS[shown.name]
            over = powers.get(fn(top, *shown.children))
            if over is not None and over[1] >= 1:
                return mul(node, base, power(over[0], MINUS_ONE), fn(ratio, *shown.children)), ()
        if not (isinstance(base, Add) and len(base.children) == 2 and ONE in base.children):
            continue
        growth = _applied(next(t for t in base.children if t is not ONE), context)
        if isinstance(growth, FunctionValue) and exp.of(growth):
            above = powers.get(growth)
            if above is not None and above[1] >= 1:
                return mul(node, base, power(above[0], MINUS_ONE), sigmoid.node(*growth.children)), ()
            if not any(exponential_of(sym) for sym in context.folds):
                return mul(node, base, sigmoid.node(neg(growth.children[0]))), ()
    return None


@rule("a product by definition", Mul, words="by definition")
def cancel_definition(node: Node, context: RuleContext) -> Outcome:
    """x t⁻¹ = x⁻¹ for a definition t = x², and q u⁻¹ = t for u = q/t: spelled out where that is shorter, multiplied out or
    not.  Terminates: fewer factors, or a smaller expression."""
    assert isinstance(node, Mul)
    for f, e in powers_of(node)[1].items():
        body = f.sym.body if isinstance(f, TensorEntry) and f.sym.role == "applied" else None
        if not (isinstance(f, TensorEntry) and isinstance(body, Pow | Mul)) or any(isinstance(n, Sum)
                                                                                   for n in subterms(body)):
            continue
        if not all(within(p, i.lo, i.hi, context.facts) for p, i in zip(f.idx, f.sym.letters or (), strict=True)):
            continue
        if isinstance(body, Pow) and isinstance(body.exponent, Num) and not isinstance(body.exponent.value, int):
            # A root is folded back to its name, whole powers of it as well.
            continue
        candidate = mul(node, power(f, num(-e)), power(instantiate(f.sym, f.idx), num(e)))
        if weight(candidate) < weight(node):
            return candidate, (f"definition of {f.sym.key}",)
        if e < 0 and any(isinstance(g, Add) for g in node.factors):
            outcome = multiply_out.apply(candidate, context)
            if outcome is not None and outcome[0].size < node.size:
                return outcome[0], (f"definition of {f.sym.key}",)
    return None


@rule("common factor cancels", Mul, words="a factor common to all terms cancels")
def cancel_content(node: Node, context: RuleContext) -> Outcome:
    """c⁻¹ (c f + c g) = f + g, and (2a + 2b)(a + b)⁻¹ = 2.  Terminates: fewer factors."""
    assert isinstance(node, Mul)
    for f in node.factors:
        if isinstance(f, Add):
            content, rest = common_content(f)
            outside = {g.base if isinstance(g, Pow) else g for g in node.factors if g is not f}
            if (content is not ONE and rest in outside) or outside & set(powers_of(content)[1]):
                others = tuple(g for g in node.factors if g is not f)
                return mul(num(node.coeff), *others, content, rest), ()
    return None


@rule("multiply out", Add, Mul, Pow, words="multiplied out")
def multiply_out(node: Node, context: RuleContext) -> Outcome:
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


_exponentials = of_the_call(dict[Sym, tuple[FunctionValue, Node] | None])


def exponential_of(sym: Sym) -> tuple[FunctionValue, Node] | None:
    """(E, expression of E by the definition's entry) where the body is a Möbius function of one exponential E."""
    known = _exponentials()
    if sym not in known:
        known[sym] = _solve_exponential(sym)
    return known[sym]


def _solve_exponential(sym: Sym) -> tuple[FunctionValue, Node] | None:
    body = sym.body
    if body is None or sym.letters is None or body.size > 60:
        return None
    exponentials = {n for n in subterms(body) if exp.of(n)}
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
    if not (isinstance(atom, FunctionValue) and exp.of(atom) and frozenset(sym.letters) <= atom.free):
        return None
    generator = frozenset(((atom, e),))
    unit: frozenset[tuple[Node, Fraction]] = frozenset()
    a, b = top.get(generator, Fraction(0)), top.get(unit, Fraction(0))
    p, d = bottom.get(generator, Fraction(0)), bottom.get(unit, Fraction(0))
    s = ent(sym, *map(affine, sym.letters))
    value = mul(add(num(b), mul(num(-d), s)), power(add(mul(num(p), s), num(-a)), num(-1)))
    inner = exp.node(mul(num(e), atom.children[0]))
    return (inner, value) if isinstance(inner, FunctionValue) else None


FOLD = (fold, fold_product, fold_total, same_letters, steps_meet, logistic, cancel_definition, cancel_content, multiply_out)
