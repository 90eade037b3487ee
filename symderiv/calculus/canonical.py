"""The canonical form: two expressions that have it in common are equal.

An expression becomes a quotient of polynomials over atoms (entries, exponentials of single terms, logarithms, closed
sums, brackets).  Exponentials are split (e^{a+b} = e^a e^b), hyperbolic and logistic functions are written in them,
sums are distributed, split into the components that share bound letters, anchored at one of their entries, and their
letters renamed.  Equality of the quotients is then a question about polynomials, and exact.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

from sympy import Expr

from ..functions import FUNCTIONS, ScalarFunction
from ..functions.elementary import exp, log
from ..functions.network_functions import absolute, sign
from ..functions.of_matrices import DETERMINANT, LOG_DETERMINANT, PRODUCT, PRODUCTS
from ..functions.scalar_function import EVEN, is_indicator
from ..terms.affine import Affine, Idx, affine, constant
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
    TensorEntry,
    add,
    delta,
    factors_of,
    fn,
    fresh_letter,
    fresh_letters,
    guard,
    letters_read,
    mul,
    neg,
    num,
    power,
    replace,
    substitute,
    subterms,
    terms_of,
    total,
)
from ..terms.ranges import Facts, nonnegative
from .angles import pythagorean, sum_of_angles
from .colouring import orders
from .contract import PLAIN, drop_guard, supports
from .matrices import by_factors, by_logarithms, by_the_whole
from .polynomial import (
    MAX_WORK,
    Monomial,
    Poly,
    Quotient,
    TooLarge,
    Work,
    p_add,
    p_atom,
    p_const,
    p_mul,
    p_reduce,
    poly_node,
    primitive,
    q_add,
    q_inverse,
    q_mul,
)
from .positive import WHOLE_POWER, has_value, is_positive, zeros
from .rules import Rewriter, RuleContext
from .spelled import flattened
from .symmetric import ordered_entries, ordered_entry

MISSING = 8
MOST_MOVING = 3
"""Letters of one sum whose ranges are moved, in every way in which each of them can be."""


EXPONENTIAL = frozenset(f.name for f in FUNCTIONS.values() if f.exponential)


class Canonical:
    """Computes canonical forms under assumptions; memoised over nodes."""

    def __init__(self, facts: Facts = (), *, positive: Callable[[Node], bool] | None = None, termwise: bool = True) -> None:
        """``termwise`` writes sums over a few numbers as their terms, which decides more and costs more."""
        Work.left = MAX_WORK
        self.facts = facts
        self.termwise = termwise
        self._memo: dict[Node, Quotient] = {}
        self._nodes: dict[Node, Node] = {}
        self._guards: dict[Node, bool] = {}
        self._denominators: dict[Node, int] = {}
        self._finer = False  # what is kept was worked out with other denominators
        self._positive = positive or is_positive
        self._splits = False

    def prepare(self, *nodes: Node) -> None:
        """Note the fractions in which exponents occur, so that e^{z/2} and e^z are powers of one atom; counting begins."""
        Work.left = MAX_WORK
        for node in nodes:
            for n in subterms(node):
                if isinstance(n, FunctionValue) and n.name in EXPONENTIAL:
                    factor = 1
                    for term in n.children[0].children if isinstance(n.children[0], Add) else (n.children[0],):
                        c, _ = factors_of(term)
                        q = Fraction(c).denominator * factor
                        rest = mul(*factors_of(term)[1]) if factors_of(term)[1] else ONE
                        old = self._denominators.get(rest, 1)
                        if old % q:
                            self._denominators[rest], self._finer = old * q // _gcd(old, q), True
        if self._finer:
            self._finer = False
            self._memo.clear()
            self._nodes.clear()

    def node(self, expr: Node) -> Node:
        """The canonical form as a node."""
        found = self._nodes.get(expr)
        if found is None:
            found = self.to_node(self.quotient(expr))
            if self._splits:
                found = replace(found, {n: power(*n.children) for n in subterms(found)
                                        if isinstance(n, FunctionValue) and n.name == WHOLE_POWER})
            self._nodes[expr] = found
        return found

    def is_zero(self, expr: Node) -> bool:
        """Whether the canonical form is 0."""
        self.prepare(expr)
        return not self.quotient(expr).num

    def to_node(self, q: Quotient) -> Node:
        """A quotient written out."""
        numerator = poly_node(q.num)
        bottom = [power(poly_node(dict(key)), num(-e)) for key, e in
                  sorted(q.den.items(), key=lambda item: poly_node(dict(item[0])).key)]
        return mul(numerator, *bottom)

    def quotient(self, expr: Node) -> Quotient:
        """The canonical quotient of a node."""
        found = self._memo.get(expr)
        if found is None:
            found = self._memo[expr] = self._quotient(expr)
        return found

    def _quotient(self, n: Node) -> Quotient:
        return QUOTIENTS[type(n)](self, n)

    def _atom(self, n: Node) -> Quotient:
        return Quotient(p_atom(n), {})

    def _entry(self, n: TensorEntry) -> Quotient:
        if any(nonnegative(-p) or nonnegative(p - size - 1) for p, size in zip(n.idx, n.sym.shape, strict=True)):
            return Quotient({}, {})  # outside the range
        if "diagonal" in n.sym.properties and n.idx[-2] is not n.idx[-1]:
            *lead, i, j = n.idx
            return self.quotient(mul(delta(i - j), TensorEntry(n.sym, (*lead, i, i))))
        return Quotient(p_atom(ordered_entry(n)), {})

    def _matrix_function(self, n: MatrixFunctionEntry) -> Quotient:
        if n.kind in PRODUCTS[1:]:
            return self.quotient(by_the_whole(n))
        if n.kind == PRODUCT and "positive" in n.sym.properties:
            return self.quotient(by_logarithms(n))
        written = by_factors(n, self._apart)
        return Quotient(p_atom(ordered_entry(n)), {}) if written is None else self.quotient(written)

    def _bracket(self, n: IversonBracket) -> Quotient:
        if nonnegative(n.expr, self.facts):
            return Quotient(p_const(1), {})
        return Quotient({}, {}) if nonnegative(-n.expr - 1, self.facts) else self._atom(n)

    def _product(self, n: Mul) -> Quotient:
        if self._guarded(n):
            plain = self._without_conditions(n)
            if not isinstance(plain, Mul):
                return self.quotient(plain)
            n = plain
        signed = _without_sign(n)
        if signed is not n:
            return self.quotient(signed)
        result = Quotient(p_const(n.coeff), {})
        for f in n.factors:
            result = self._times(result, self.quotient(f))
        return self._at_deltas(result)

    def _guarded(self, n: Node) -> bool:
        """Whether a condition stands anywhere in a node."""
        found = self._guards.get(n)
        if found is None:
            found = self._guards[n] = isinstance(n, IversonBracket) or any(map(self._guarded, n.children))
        return found

    def _without_conditions(self, n: Mul) -> Node:
        """A product without the conditions that hold wherever it is not 0, inside its factors as well."""
        plain = Rewriter(RuleContext(self.facts)).exhaust(n, (drop_guard,), "")
        if not isinstance(plain, Mul):
            return plain
        known = (*self.facts, *supports(plain.factors))
        factors: list[Node] = []
        for f in plain.factors:
            below = subterms(f) if isinstance(f, Add | FunctionValue | Pow) and self._guarded(f) else []
            bound = {b for g in below if isinstance(g, Sum) for b in g.binders}
            held: dict[Node, Node] = {g: num(1) for g in below
                                      if isinstance(g, IversonBracket) and not g.free & bound and nonnegative(g.expr, known)}
            factors.append(replace(f, held) if held else f)
        return mul(num(plain.coeff), *factors)

    def _apart(self, expr: Node) -> Node:
        """The canonical form of another expression, which counts for nothing here."""
        left = Work.left
        found = Canonical(self.facts, positive=self._positive, termwise=False).node(expr)
        Work.left = left
        return found

    def _times(self, a: Quotient, b: Quotient) -> Quotient:
        """Product, whole powers of roots written out: b^(1/q) to the q-th is b."""
        product = q_mul(a, b)
        if not any(isinstance(x, Pow) for m in product.num for x, _ in m):
            return product
        parts: list[Quotient] = []
        changed = False
        for m, c in product.num.items():
            part = Quotient({frozenset((x, e) for x, e in m if not isinstance(x, Pow)): c}, {})
            for x, e in m:
                if not isinstance(x, Pow):
                    continue
                degree = Fraction(x.exponent.value) * e if isinstance(x.exponent, Num) else Fraction(1, 2)
                whole = floor(degree) if isinstance(x.exponent, Num) else 0
                if whole and x.exponent.value.numerator == 1:  # type: ignore[attr-defined]
                    changed = True
                    q = Fraction(x.exponent.value).denominator  # type: ignore[attr-defined]
                    part = q_mul(part, self._power_whole(self.quotient(x.base), whole))
                    e = e - whole * q
                if e:
                    part = q_mul(part, Quotient(p_atom(x, e), {}))
            parts.append(part)
        if not changed:
            return product
        return q_mul(q_add(parts), Quotient(p_const(1), product.den))

    def _at_deltas(self, q: Quotient) -> Quotient:
        """Under δ(i, e) the letter i is written e in the other factors of a term."""
        changed = False
        parts: list[Node] = []
        if not any(isinstance(a, Delta) for m in q.num for a, _ in m):
            return q
        for m, c in q.num.items():
            term = mul(num(c), *(power(a, num(e)) for a, e in m))
            new = self._apply_deltas(term)
            changed |= new is not term
            parts.append(new)
        if not changed:
            return q
        q2 = q_add([Quotient(*self._flat(p)) for p in parts])
        return Quotient(q2.num, {**q.den}).cancelled() if not q2.den else self._times(q2, Quotient(p_const(1), q.den))

    def _flat(self, n: Node) -> tuple[Poly, dict[frozenset[tuple[Monomial, Fraction]], int]]:
        result = Quotient(p_const(1), {})
        coeff, factors = factors_of(n)
        result = Quotient(p_const(coeff), {})
        for f in factors:
            result = self._times(result, self.quotient(f))
        return result.num, result.den

    def _apply_deltas(self, term: Node) -> Node:
        coeff, factors = factors_of(term)
        for d in factors:
            if not isinstance(d, Delta):
                continue
            letters = [a for a, c in d.expr.terms if isinstance(a, Idx) and abs(c) == 1]
            for letter in sorted(letters, key=lambda i: i.key, reverse=True):
                c = d.expr.coeff(letter)
                solution = (d.expr - affine(letter).scaled(c)).scaled(-c)
                others = [f for f in factors if f is not d]
                if any(letter in f.free for f in others):
                    return mul(num(coeff), d, *(substitute(f, {letter: solution}) for f in others))
                break
        return term

    def _power(self, n: Pow) -> Quotient:
        base = self.quotient(n.base)
        if not isinstance(n.exponent, Num):
            exponent = self.node(n.exponent)
            if self._positive(n.base):
                return self.quotient(exp.node(mul(exponent, log.node(n.base))))
            return self._whole_powers(base, exponent)
        e = Fraction(n.exponent.value)
        whole, part = floor(e), e - floor(e)
        if part == 0:
            return self._power_whole(base, whole)
        if not base.num:
            return q_inverse(base) if e < 0 else base  # 0^e is 0, or has no value
        # base^e = base^whole · base^part with the root an atom of its own, 0 < part < 1.
        if isinstance(n.base, TensorEntry | IndexValue | Const) or (len(base.num) == 1 and not base.den and all(
                self._positive(a) for m in base.num for a, _ in m) and all(c > 0 for c in base.num.values())):
            (m, c), = base.num.items()
            monomial: Poly = {frozenset((a, x * e) for a, x in m): Fraction(1)}
            if c == 1:
                return Quotient(monomial, {})
            number = self._times(Quotient(p_const(Fraction(c) ** whole), {}), Quotient(p_atom(power(num(c), num(part))), {}))
            return self._times(Quotient(monomial, {}), number)
        if len(base.num) == 1 and not base.den and (2 * e).denominator == 1:
            # sqrt(x²) is |x| = x sign(x).
            (m, c), = base.num.items()
            if c > 0 and all((x / 2).denominator == 1 or self._positive(a) for a, x in m):
                parts = [absolute.node(a) if not self._positive(a) and (x / 2).denominator == 1 else a for a, x in m]
                result = self.quotient(power(num(c), num(e))) if c != 1 else Quotient(p_const(1), {})
                for a, (_, x) in zip(parts, m, strict=True):
                    result = self._times(result, self.quotient(power(a, num(x * e))))
                return result
        outside, inside = self._positive_content(base)
        root = Pow(self.to_node(inside), num(Fraction(1, part.denominator)))
        own = self._times(self._power_whole(inside, whole), Quotient(p_atom(root, part.numerator), {}))
        return self._times(Quotient({frozenset((a, x * e) for a, x in outside.items()): Fraction(1)}, {}), own)

    def _positive_content(self, base: Quotient) -> tuple[dict[Node, Fraction], Quotient]:
        """Powers of what is positive that stand before a root, and what is left: √(s/n) is √s/√n."""
        terms = [dict(m) for m in base.num]
        atoms = {a for m in terms for a in m if not base.den and self._positive(a)}
        content = {a: max(m.get(a, Fraction(0)) for m in terms) for a in atoms}
        content = {a: x for a, x in content.items() if x != 0}
        if not content:
            return {}, base
        inverse = Quotient({frozenset((a, -x) for a, x in content.items()): Fraction(1)}, {})
        return content, self._times(base, inverse)

    def _whole_powers(self, base: Quotient, exponent: Node) -> Quotient:
        """b^{Σ c·t} = Π (b^t)^c for whole c and whole-numbered t, as letters and sizes are; else one atom."""
        node = self.to_node(base)
        parts = [(factors_of(term)[0], mul(*factors_of(term)[1])) for term in terms_of(exponent)]
        if not all(c.denominator == 1 and _whole_number(t) for c, t in parts):
            return Quotient(p_atom(power(node, exponent)), {})
        if len(base.num) == 1 and not base.den:
            # A product: each factor to the power.
            m, factor = next(iter(base.num.items()))
            if m and all(e.denominator == 1 for _, e in m) and (factor != 1 or len(m) > 1 or next(iter(m))[1] != 1):
                product = self.quotient(power(num(factor), exponent))
                for a, e in m:
                    product = self._times(product, self._power_whole(self.quotient(power(a, exponent)), int(e)))
                return product
        result = Quotient(p_const(1), {})
        for c, t in parts:
            # A function of its own: powers of one base would be put together again under a sum.
            part = self._power_whole(base, int(c)) if t is ONE else Quotient(p_atom(fn(WHOLE_POWER, node, t), int(c)), {})
            self._splits |= t is not ONE
            result = self._times(result, part)
        return result

    def _power_whole(self, base: Quotient, whole: int) -> Quotient:
        q = base if whole >= 0 else q_inverse(base)
        result = Quotient(p_const(1), {})
        for _ in range(abs(whole)):
            result = self._times(result, q)
        return result

    # -------------------------------------------------------------- functions

    def _function(self, n: FunctionValue) -> Quotient:
        if exp.of(n):
            return self._exp(n.children[0])
        if log.of(n):
            return self._log(n.children[0])
        record = FUNCTIONS.get(n.name)
        if record is not None and record.expansion is not None and record.exponential:
            return self.quotient(record.expansion(*n.children))
        if n.name == WHOLE_POWER:
            return Quotient(p_atom(n), {})
        args = [self.node(c) for c in n.children]
        apart = sum_of_angles(n, args[0])
        if apart is not None:
            return self.quotient(apart)
        if record is not None and (record.parity or record.reflected) and _leads_negative(args[0]):
            return self._reflected(record, self.node(neg(args[0])))
        if record is not None and record.expansion is not None:
            return self.quotient(record.expansion(*args))
        if record is not None and record.indicator and len(args) == 1:
            args = [_unscaled(args[0])]
        made = fn(n.name, *args)
        return Quotient(p_atom(made), {}) if isinstance(made, FunctionValue) else self.quotient(made)

    def _reflected(self, record: ScalarFunction, x: Node) -> Quotient:
        """f(-x) by f(x), for odd and even functions and those that say how: relu(-x) = relu(x) - x."""
        f = record.expansion(x) if record.expansion is not None else record.node(x)
        if record.reflected is not None:
            return self.quotient(record.reflected(f, x))
        found = Quotient(p_atom(f), {}) if f is record.node(x) and isinstance(f, FunctionValue) else self.quotient(f)
        return found if record.parity == EVEN else self._times(Quotient(p_const(-1), {}), found)

    def _exp(self, x: Node) -> Quotient:
        """e^{Σ c·t} = Π (e^{t/q})^{cq}, q the least common denominator of the fractions of t that occur."""
        q = self.quotient(x)
        if q.den:
            return Quotient(p_atom(exp.node(self.to_node(q))), {})
        step = next((a for m in q.num for a, e in m if is_indicator(a) and e > 0), None)
        if step is not None:
            return self._exp_by_cases(q.num, step)
        result: Poly = p_const(1)
        extra = Quotient(p_const(1), {})
        for m, c in q.num.items():
            t = poly_node({m: Fraction(1)})
            if log.of(t) and c.denominator == 1:
                extra = self._times(extra, self._power_whole(self.quotient(t.children[0]), int(c)))
                continue
            d = self._denominators.get(t, 1)
            if d % c.denominator:
                d = d * c.denominator // _gcd(d, c.denominator)
                self._denominators[t], self._finer = d, True
            atom = exp.node(mul(num(Fraction(1, d)), t))
            result = p_mul(result, p_atom(atom, c * d))
        return self._times(Quotient(result, {}), extra)

    def _exp_by_cases(self, exponent: Poly, step: Node) -> Quotient:
        """e^{a + b[x > 0]} = (1 - [x > 0]) e^a + [x > 0] e^{a + b}.  Terminates: one step function fewer."""
        off = {m: c for m, c in exponent.items() if all(a is not step for a, _ in m)}
        freed = ({frozenset((a, e) for a, e in m if a is not step): c} for m, c in exponent.items() if m not in off)
        on = p_add([off, *freed])
        at = p_atom(step)
        not_at = p_add([p_const(1), {m: -c for m, c in at.items()}])
        return q_add([self._times(Quotient(p, {}), self._exp(poly_node(terms))) for p, terms in ((not_at, off), (at, on))])

    def _log(self, x: Node) -> Quotient:
        """log Π f^e = Σ e log f, for factors known to be positive; log det X is the logarithm of |det X|."""
        if isinstance(x, MatrixFunctionEntry) and x.kind == DETERMINANT:
            return self.quotient(MatrixFunctionEntry(LOG_DETERMINANT, x.sym, x.idx))
        q = self.quotient(x)
        if len(q.num) >= 1:
            content, rest = primitive(q.num)
            (m, c), = content.items()
            atoms_ok = all(self._positive(a) for a, _ in m) and c > 0
            factors: list[tuple[Poly, int]] = [(dict(key), -e) for key, e in q.den.items()]
            if len(rest) > 1:
                factors.append((rest, 1))
            if atoms_ok and all(self._positive(poly_node(p)) for p, _ in factors):
                parts: list[Quotient] = []
                if c != 1:
                    parts.append(Quotient(p_atom(log.node(num(c))), {}))
                for a, e in m:
                    inner = a.children[0] if exp.of(a) else None
                    part = self.quotient(inner) if inner is not None else Quotient(p_atom(log.node(a)), {})
                    parts.append(self._times(Quotient(p_const(e), {}), part))
                for p, times in factors:
                    parts.append(Quotient({m2: c2 * times for m2, c2 in p_atom(log.node(poly_node(p))).items()}, {}))
                return q_add(parts) if parts else Quotient({}, {})
        return Quotient(p_atom(log.node(self.to_node(q))), {})

    # -------------------------------------------------------------- sums

    def _sum(self, n: Sum) -> Quotient:
        """Distributed over the terms of the numerator, each split into connected components."""
        letters = frozenset(n.binders)
        single = next((b for b in n.binders if b.lo is b.hi), None)
        if single is not None:  # in the ranges that read it as well
            inner = {single}
            while more := {b for b in letters - inner if not (b.lo.free | b.hi.free).isdisjoint(inner)}:
                inner |= more
            at = substitute(total(n.body, inner - {single}), {single: single.lo})
            return self.quotient(total(at, letters - inner))
        written = written_out(n, 16 if self.termwise else 1)
        if written is not None:
            return self.quotient(written)
        q = self.quotient(n.body)
        outside: dict[frozenset[tuple[Monomial, Fraction]], int] = {}
        inside: list[Node] = []
        for key, e in q.den.items():
            p = poly_node(dict(key))
            if p.free & letters:
                inside.append(power(p, num(-e)))
            else:
                outside[key] = e
        parts: list[Quotient] = []
        varying = [(key, e) for key, e in q.den.items() if key not in outside]
        layers: list[tuple[Poly, list[Node]]] = [(q.num, inside)]
        if len(varying) == 1:
            # num/D^e = quotient/D^(e-1) + remainder/D^e: the remainder is unique.
            (key, e), layers, numerator = varying[0], [], q.num
            divisor = dict(key)
            for level in range(e, 0, -1):
                numerator, remainder = p_reduce(numerator, divisor)
                layers.append((remainder, [power(poly_node(divisor), num(-level))]))
            layers.append((numerator, []))
        for polynomial, below in layers:
            for m, c in polynomial.items():
                term = mul(*(power(a, num(e)) for a, e in m), *below)
                parts.append(self._times(Quotient(p_const(c), {}), self._component_product(term, n.binders)))
        result = q_add(parts) if parts else Quotient({}, {})
        return self._times(result, Quotient(p_const(1), outside)) if outside else result

    def _component_product(self, term: Node, binders: tuple[Idx, ...]) -> Quotient:
        term, binders = flattened(term, binders)
        reduced = Rewriter(RuleContext(self.facts)).exhaust(total(term, binders), PLAIN, "")
        coeff, factors = factors_of(reduced)
        if isinstance(reduced, Add):
            return self.quotient(reduced)
        result = Quotient(p_const(coeff), {})
        for f in factors:
            if isinstance(f, Sum):
                if any(isinstance(g, Add) for g in factors_of(f.body)[1]):
                    result = self._times(result, self.quotient(f))
                    continue
                result = self._times(result, self._connected(f))
            else:
                result = self._times(result, self.quotient(f))
        return result

    def _connected(self, n: Sum) -> Quotient:
        """A sum whose factors hang together by its letters; what a bracket, an end or an axis makes of it is seen afresh."""
        cut = _ranges_from_brackets(n)
        whole = self._over_whole_axis(n) if cut is n else cut
        if whole is not None:
            return self.quotient(whole)
        moved = self._over_axes(n)
        cut = _ranges_from_brackets(moved)
        if cut is not moved:  # what was a range cuts off that of the axis
            return self.quotient(cut)
        atom = self._rename(moved)
        return Quotient(p_atom(atom), {}) if isinstance(atom, Sum) else self.quotient(atom)

    def _over_whole_axis(self, n: Sum) -> Node | None:
        """A sum that leaves out a few entries of an axis, as the sum over the whole axis less those.

        Σ_{i=1}^{n-1} x_i = Σ_i x_i - x_n, and Σ_i x_{i+1} = Σ_i x_i - x_1 by zero extension.
        """
        for b in n.binders:
            if any(b in other.lo.free | other.hi.free for other in n.binders) or self._runs_freely(n, b):
                continue
            for f in _entries(n.body):
                for p, size in zip(f.idx, f.sym.shape, strict=True):
                    c = p.coeff(b)
                    if abs(c) != 1 or p.free != {b} or b in (p - affine(b).scaled(c)).free:
                        continue
                    ends = [p.substitute({b: b.lo}), p.substitute({b: b.hi})]
                    low, high = ends if c > 0 else ends[::-1]
                    below, above = low - 1, size - high
                    if not (below.is_const and above.is_const and max(below.const, above.const) > 0
                            and abs(below.const) + abs(above.const) <= MISSING):
                        continue
                    left_low, left_high = max(below.const, 0), max(above.const, 0)
                    if left_low and left_high and not nonnegative(size - left_low - left_high, self.facts):
                        continue  # the ends may overlap: at n = 1, x_1 and x_n are one entry
                    anchor = fresh_letter("_w", constant(1), size, letters_read(n, n.body, *n.binders))
                    solution = (affine(anchor) - (p - affine(b).scaled(c))).scaled(c)
                    body = substitute(n.body, {b: solution})
                    rest = [i for i in n.binders if i is not b]
                    left_out = [constant(k) for k in range(1, below.const + 1)]
                    left_out += [size - k for k in range(above.const)]
                    if not self._may_extend(body, b, anchor) or not all(
                            has_value(substitute(body, {anchor: at})) for at in left_out):
                        continue
                    parts = [total(body, [anchor, *rest])]
                    parts += [neg(total(substitute(body, {anchor: at}), rest)) for at in left_out]
                    return add(*parts)
        return None

    def _rename(self, n: Sum) -> Node:
        """Anchored and with canonical letters: the smallest of all equivalent spellings."""
        best: Node | None = None
        for candidate in self._anchored(n):
            for spelled in self._spellings(candidate):
                if best is None or spelled.key < best.key:
                    best = spelled
        return best if best is not None else n

    def _over_axes(self, n: Sum) -> Sum:
        """Σ_{b=1}^s x[s (a - 1) + b] as a sum over the axis that is read, where b is read in that one place alone.

        What was the range of b becomes brackets.  Terminates: the new letter stands alone where it is read.
        """
        for b in n.binders:
            if any(b in other.lo.free | other.hi.free for other in n.binders) or self._runs_freely(n, b):
                continue
            read = {(p, size) for f in subterms(n.body) if isinstance(f, TensorEntry)
                    for p, size in zip(f.idx, f.sym.shape, strict=True) if b in p.free}
            place, size = next(iter(read)) if len(read) == 1 else (affine(b), b.hi)
            c = place.coeff(b)
            rest = place - affine(b).scaled(c)
            if abs(c) != 1 or not rest.free or b in rest.free or not any(place in f.idx for f in _entries(n.body)):
                continue
            anchor = fresh_letter("_x", constant(1), size, letters_read(n, n.body, *n.binders), tag=b.tag)
            solution = (affine(anchor) - rest).scaled(c)
            body = substitute(n.body, {b: solution})
            if not self._may_extend(body, b, anchor):
                continue
            body = mul(body, guard(solution - b.lo), guard(b.hi - solution))
            found = total(body, [anchor if i is b else i for i in n.binders])
            return self._over_axes(found) if isinstance(found, Sum) else n
        return n

    def _anchored(self, n: Sum) -> list[Node]:
        """Changes of a summation letter by a shift or reflection, where the sum may be read over all integers."""
        letters = n.binders
        if len(letters) > MOST_MOVING:  # of many, those that slide
            sliding = {b for f in _entries(n.body) for p in f.idx if p.single is None for b in p.free}
            letters = tuple(b for b in letters if b in sliding)
        if len(letters) > MOST_MOVING:
            return [n]
        results: list[Node] = [n]
        for b in letters:
            results = [new for old in results for new in (self._anchor_letter(old, b) if isinstance(old, Sum) else [old])]
        return results

    def _runs_freely(self, n: Sum, b: Idx) -> bool:
        """Whether the entries are 0 outside the letter's range, so that it may run over all integers."""
        known = [*self.facts]
        for f in _entries(n.body):
            if b in f.free:
                for p, size in zip(f.idx, f.sym.shape, strict=True):
                    known += [p - 1, size - p]
        wide = fresh_letter(b.name, constant(-10**9), constant(10**9), letters_read(n, n.body, *n.binders), tag=b.tag)
        env = {b: affine(wide)}
        facts = tuple(f.substitute(env) for f in known)
        return nonnegative((affine(b) - b.lo).substitute(env), facts) and nonnegative(
            (b.hi - affine(b)).substitute(env), facts)

    def _may_extend(self, body: Node, b: Idx, anchor: Idx) -> bool:
        """Whether a sum over b may be read over the range of another letter: 0 is not multiplied with what has no value."""
        return has_value(body) if not nonnegative(b.hi - b.lo, self.facts) else all(
            map(has_value, (f for f in factors_of(body)[1] if anchor in f.free)))

    def _anchor_letter(self, n: Sum, b: Idx) -> list[Node]:
        if b not in n.binders or any(b in other.lo.free | other.hi.free for other in n.binders):
            return [n]
        if not self._runs_freely(n, b):
            return [n]
        entries = [f for f in _entries(n.body) if b in f.free]
        options: list[Node] = []
        for f in entries:
            for p, size in zip(f.idx, f.sym.shape, strict=True):
                c = p.coeff(b)
                if abs(c) != 1:
                    continue
                anchor = fresh_letter("_a", constant(1), size, letters_read(n, n.body, *n.binders), tag=b.tag)
                solution = (affine(anchor) - (p - affine(b).scaled(c))).scaled(c)
                body = substitute(n.body, {b: solution})
                if self._may_extend(body, b, anchor):
                    options.append(total(body, [anchor if i is b else i for i in n.binders]))
        return options or [n]

    def _spellings(self, n: Node) -> list[Node]:
        """The sum with its letters renamed to canonical ones, in every order of letters of one range."""
        if not isinstance(n, Sum):
            return [n]
        results = []
        depth, outer = _depth(n.body), letters_read(n)
        for order in orders(n):
            Work.spend(n.size)
            env: dict[Idx, Affine] = {}
            new: list[Idx] = []
            ok = True
            for k, b in enumerate(order):
                if b.lo.free & frozenset(order) - env.keys() or b.hi.free & frozenset(order) - env.keys():
                    ok = False
                    break
                taken = outer | letters_read(*new)
                letter = fresh_letter(f"_{depth}_{k}", b.lo.substitute(env), b.hi.substitute(env), taken)
                env[b] = affine(letter)
                new.append(letter)
            if ok:
                results.append(total(ordered_entries(substitute(n.body, env)), new))
        return results or [n]


def _ranges_from_brackets(n: Sum) -> Sum:
    """Σ_{i=1}^n [n - 1 - i >= 0] f(i) = Σ_{i=1}^{n-1} f(i): a bracket on one letter that cuts its range off.

    Terminates: fewer brackets.
    """
    coeff, factors = factors_of(n.body)
    for g in factors:
        if not isinstance(g, IversonBracket):
            continue
        for b in n.binders:
            c = g.expr.coeff(b)
            end = (g.expr - affine(b).scaled(c)).scaled(-c)
            if abs(c) != 1 or end.free or not nonnegative(b.hi - end if c < 0 else end - b.lo):
                continue
            lo, hi = (b.lo, end) if c < 0 else (end, b.hi)
            cut = fresh_letter(b.name, lo, hi, letters_read(n, n.body, *n.binders), tag=b.tag)
            others = tuple(i for i in n.binders if i is not b)
            renamed = fresh_letters(others, letters_read(n, cut), {b: affine(cut)})
            env = {b: affine(cut), **{i: affine(new) for i, new in zip(others, renamed, strict=True) if new is not i}}
            body = substitute(mul(num(coeff), *(f for f in factors if f is not g)), env)
            found = total(body, (cut, *renamed))
            return _ranges_from_brackets(found) if isinstance(found, Sum) and len(found.binders) == len(n.binders) else n
    return n


# How the quotient of a node of each class is made.
QUOTIENTS: dict[type[Node], Callable[[Canonical, Any], Quotient]] = {
    Num: lambda canonical, n: Quotient(p_const(n.value), {}),
    TensorEntry: Canonical._entry, MatrixFunctionEntry: Canonical._matrix_function, IversonBracket: Canonical._bracket,
    **dict.fromkeys((Delta, IndexValue, Const, Deriv), Canonical._atom),
    Add: lambda canonical, n: pythagorean(q_add([canonical.quotient(c) for c in n.children])),
    Mul: Canonical._product, FunctionValue: Canonical._function,
    Pow: lambda canonical, n: canonical._at_deltas(canonical._power(n)),
    Sum: lambda canonical, n: canonical._at_deltas(canonical._sum(n)),
}


def sums_written(*nodes: Node) -> tuple[bool, ...]:
    """The ways to write sums in canonical forms, the cheap one first: as they stand, and over a few numbers as their terms.

    ``nodes`` are what the forms are of, and the bodies of the definitions that they read.
    """
    few = any(isinstance(n, Sum) and any(b.lo.is_const and b.hi.is_const for b in n.binders)
              for node in nodes for n in subterms(node))
    return (False, True) if few else (False,)


def written_out(n: Sum, most: int = 16) -> Node | None:
    """A sum over a few numbers, at most ``most``, as its terms."""
    ranges = [(b.lo.const, b.hi.const) for b in n.binders if b.lo.is_const and b.hi.is_const]
    if len(ranges) < len(n.binders):
        return None
    count = 1
    for lo, hi in ranges:
        count *= max(hi - lo + 1, 0)
    if count > most:
        return None
    terms = [n.body]
    for b in n.binders:
        terms = [substitute(t, {b: constant(v)}) for t in terms for v in range(b.lo.const, b.hi.const + 1)]
    return add(*terms)


def _entries(body: Node) -> list[TensorEntry]:
    """Entries that multiply the body: where one is 0, so is the body."""
    return zeros(factors_of(body)[1])


def _depth(n: Node) -> int:
    """How deep sums are nested."""
    inner = max((_depth(c) for c in n.children), default=0)
    return inner + isinstance(n, Sum)


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def _whole_number(n: Node) -> bool:
    """Whether a product of letters, labels and sizes stands here, which is a whole number."""
    return all(isinstance(f, IndexValue) and (not isinstance(f.atom, Expr) or bool(f.atom.is_integer))
               for f in factors_of(n)[1])


def _without_sign(n: Mul) -> Node:
    """x sign(x) is |x|, and |x| sign(x) is x."""
    for f in n.factors:
        if sign.of(f):
            (x,) = f.children
            size = absolute.node(x)
            for g in n.factors:
                base, e = (g.base, g.exponent) if isinstance(g, Pow) else (g, ONE)
                if base in (x, size) and isinstance(e, Num) and e.value >= 1:
                    return mul(n, power(f, MINUS_ONE), power(base, MINUS_ONE), size if base is x else x)
    return n


def _leads_negative(n: Node) -> bool:
    """Whether of n and -n the other one is the representative: the one with fewer signs, or the first by its text."""
    turned = add(*map(neg, terms_of(n)))
    return min((n, turned), key=lambda m: (sum(factors_of(t)[0] < 0 for t in terms_of(m)), m.key)) is not n


def _unscaled(n: Node) -> Node:
    """Without a positive numerical factor."""
    if isinstance(n, Mul) and n.coeff > 0:
        return mul(*n.factors)
    return n


def canonical(node: Node, facts: Facts = ()) -> Node:
    """The canonical form of a node.  Raises TooLarge where it has too many terms."""
    c = Canonical(facts)
    c.prepare(node)
    return c.node(node)


def is_zero(node: Node, facts: Facts = ()) -> bool:
    """Whether the canonical form of a node is 0."""
    return Canonical(facts).is_zero(node)


__all__ = ["TooLarge"]
