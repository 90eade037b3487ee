"""A checker of certificates: one file, the standard library alone, nothing of the program that made them.
    python -I -S checker.py FILE...      a line for every certificate; exit status 0 only if all are accepted
    python -I -S checker.py --axioms     everything that is believed, as mathematics
A certificate is a ``statement``, printed in index notation, and ``steps``, instances of the axioms below.  Nothing is
searched: an axiom *builds* the right side of an equation from the left and parameters, or refuses; inequalities come
with multipliers.  The claim is: for all sizes, letters in their ranges, and tensors with the declared properties that
satisfy assumptions and conditions, both sides are equal where they have values.  A *position* is an integer, a polynomial
in letters, sizes (at least 1) and labels.  A *term* is a real number: a number, constant, value of a position, entry
T[positions], sum, product, power, function, bracket [p ≥ 0] or [p = 0] (1 where it holds, else 0), Σ over all integers k of
a term that brackets make 0 outside a finite range: Σ_{k=a..b} f is Σ_k [k-a ≥ 0] [b-k ≥ 0] f.  An entry outside its tensor
is 0; A⁻¹[l,p,q] is one of the inverse of A[l], a matrix of a stack: axioms name its last axes.  Inside here 1/0, a root of
a negative number and log where it has no value are 0; x/x = 1 needs the condition x ≠ 0."""
import ast, copy, hashlib, json, operator, random, re, sys, types, typing
from decimal import Decimal, localcontext; from fractions import Fraction; from math import gcd, prod
from functools import lru_cache, reduce; from itertools import accumulate, product, takewhile
MAX_BYTES, MAX_DEPTH, MAX_TERMS, MAX_FUEL, MAX_BITS, MAX_KNOWN, VERSION = 20_000_000, 120, 4_000, 4_000_000, 4_096, 1_000, 3
NAME, FRESH, UNKNOWN = (re.compile(p) for p in (r"[^\W\d]\w{,150}'{,40}\Z", r"@\d+\Z", r"[^\W\d]\w*'*@\d+(,\d+)*\Z"))
class Refused(Exception): """Why a certificate is not accepted."""
def refuse(why): raise Refused(why)
def require(holds, why): return holds or refuse(why)
def integer(x, bits=64): return x if type(x) is int and x.bit_length() <= bits else refuse("an integer is needed")
class Pos(bytes):  # Tuple of atoms -> coefficient: names, bound letters (from inside), ("label", name, *p), ("floor", p, q).
    terms: dict; free: frozenset; loose: frozenset  # names, and bound letters, that occur
    def __new__(cls, terms):  # No coefficient is 0.  It is a text, by which positions are equal and stand in order.
        require(len(terms) <= 64 and not any(len(m) > 8 or abs(c) >> 99 for m, c in terms.items()), "a long position")
        text = ";".join(sorted([f"{'*'.join([atom_key(a) for a in m])}:{c}" for m, c in terms.items()])) or "0"
        self, atoms = bytes.__new__(cls, text.encode()), {a for m in terms for a in m}
        inner = [q for a in atoms if type(a) is tuple for q in a if type(q) is Pos and require(len(text) < 9_999, "long")]
        self.terms, self.free = terms, frozenset([a for a in atoms if type(a) is str]).union(*[p.free for p in inner])
        self.loose = frozenset([a for a in atoms if type(a) is int]).union(*[p.loose for p in inner]); return self
    def plus(self, p, c=1): return Pos(collected([*self.terms.items(), *((m, c * d) for m, d in p.terms.items())]))  # + c p
    def times(self, other):  # The product.
        pairs = product(self.terms.items(), other.terms.items())
        return Pos(collected((tuple(sorted(m + n, key=atom_key)), c * d) for (m, c), (n, d) in pairs))
    def number(self): return self.terms.get((), 0) if len(self.terms) == (() in self.terms) else None  # As an integer.
    def slope(self, atom):  # (coefficient, rest) of an atom; None for a coefficient where it is not linear in it.
        rest = Pos({m: c for m, c in self.terms.items() if m != (atom,)})
        return (None if atom in rest.free or atom in rest.loose else self.terms.get((atom,), 0)), rest
def atom_key(a):  # A text that tells atoms apart.
    if type(a) is not tuple: return f"#{a}" if type(a) is int else a
    return f"({'|'.join(q.decode() if type(q) is Pos else q for q in a)})"
constant = lru_cache(maxsize=1_000)(lambda value: Pos({(): value} if value else {}))  # an integer as a position
single = lru_cache(maxsize=1_000)(lambda atom: Pos({(atom,): 1}))  # one atom as a position
def moved(p, what, by, depth):  # An atom replaced; ``what`` None is the bound letter of this depth, ``by`` None too.
    target, put = depth if what is None else what, single(depth) if by is None else by
    def image(a): return put if a == target else single(a if type(a) is not tuple else tuple(
        moved(q, what, by, depth) if type(q) is Pos else q for q in a))
    if target not in (p.loose if what is None else p.free): return p
    return reduce(Pos.plus, [reduce(Pos.times, map(image, m), constant(c)) for m, c in p.terms.items()], constant(0))
class Term(bytes):  # It is its own digest, by which terms are equal and stand in order.
    kind: str; children: tuple; positions: tuple; data: typing.Any; free: frozenset; loose: frozenset; reads: frozenset
    @lru_cache(maxsize=20_000)
    def __new__(cls, kind, children=(), at=(), data=None):  # at positions; ``data`` is a name, or a number
        text = b"".join([f"{kind}|{data}|{len(children)}|".encode(), *[b"%d|%b" % (len(c), c) for c in (*children, *at)]])
        self = bytes.__new__(cls, hashlib.blake2b(text, digest_size=20).digest())
        self.kind, self.children, self.positions, self.data = kind, children, at, data
        self.height, self.size = 1 + max([c.height for c in children], default=0), 1 + sum([c.size for c in children])
        require(self.height <= MAX_DEPTH, "a term is too deep"); every = (*children, *at)
        self.free, loose = frozenset().union(*[p.free for p in every]), frozenset().union(*[p.loose for p in every])
        self.reads = frozenset(data[1:] if kind == "mat" else [data] * (kind == "ent")).union(*[c.reads for c in children])
        self.loose = loose if kind != "sum" else frozenset([a - 1 for a in loose if a]); return self
def short(c): return c if (c.numerator * c.denominator).bit_length() <= MAX_BITS else refuse("a number is too long")
def exact(c): return c.numerator if c.denominator == 1 else c  # A whole number as an integer, which is faster.
def num(value): return Term("num", data=exact(short(Fraction(short(value)))))  # A rational number.
PROPERTIES = {"positive", "one_hot", "sums_to_one", "symmetric", "positive_definite", "invertible", "orthogonal", "diagonal"}
LAWS, COMPARED = {"random", "independent entries", "symmetric law", "continuous"}, ("ne", "gt", "ge")
SYMMETRIC, INVERTIBLE = {"symmetric", "positive_definite", "diagonal"}, {"invertible", "orthogonal", "positive_definite"}
ZERO, ONE, MINUS, TWO, HALF = num(0), num(1), num(-1), num(2), num(Fraction(1, 2))
def multiset(kind, terms, unit):  # A sum or product: nested ones are merged, units left out, 0 · a = 0.
    flat = [t for s in terms for t in (s.children if s.kind == kind else (s,)) if t != unit]
    if kind == "mul" and ZERO in flat or len(flat) > MAX_TERMS: return ZERO if ZERO in flat else refuse("a sum is too long")
    return Term(kind, tuple(sorted(flat))) if len(flat) > 1 else flat[0] if flat else unit
def add(*terms): return multiset("add", terms, ZERO)
def mul(*factors): return multiset("mul", factors, ONE)
def neg(t): return mul(MINUS, t)
def fn(name, *args): return Term("fn", args, data=name)
def ent(name, positions): return Term("ent", (), tuple(positions), name)
def is_fn(t, name): return t.kind == "fn" and t.data == name
def power(a, e): return Term("pow", (a, e)) if e not in (ZERO, ONE) else a if e == ONE else ONE  # a ** e
def bracket(kind, p):  # [p ≥ 0] ("ge") or [p = 0] ("eq") of integers, so that a common divisor is divided out.
    value, g = p.number(), gcd(*(c for m, c in p.terms.items() if m))
    if value is not None: return ONE if (value >= 0 if kind == "ge" else value == 0) else ZERO
    if kind == "eq" and p.terms.get((), 0) % g: return ZERO
    g *= 1 if kind == "ge" or p.terms[min((m for m in p.terms if m), key=lambda m: "*".join(map(atom_key, m)))] > 0 else -1
    return Term("iv", (), (p if g == 1 else Pos({m: c // g for m, c in p.terms.items()}),), kind)
def total(body):  # Σ over all integers of the bound letter 0 of a body whose brackets show that its support is finite.
    return ZERO if body == ZERO else Term("sum", (body,)) if all(bounds(body, 0)) else refuse("a sum without ends")
def bounds(t, level):  # Whether brackets make a term 0 below, and above, some value of a bound letter.
    if t.kind == "iv":
        c, rest = t.positions[0].slope(level); c = 0 if c is None or any(a < level for a in rest.loose) else c
        return (c != 0, c != 0) if t.data == "eq" else (c > 0, c < 0)
    if t.kind in ("mul", "add"):
        return tuple((any if t.kind == "mul" else all)([bounds(c, level)[side] for c in t.children]) for side in (0, 1))
    return bounds(t.children[0], level + 1) if t.kind == "sum" else (t == ZERO, t == ZERO)
BUILD = {"add": add, "mul": mul, "pow": power, "sum": total}  # what a term is made by, where it has a form
num, moved, bracket, bounds, Pos.plus, Pos.slope = map(lru_cache(10_000), (num, moved, bracket, bounds, Pos.plus, Pos.slope))
def rebuilt(t, children, positions):  # A term of the same kind over other children and positions.
    if t.kind in ("iv", "val"): return bracket(t.data, *positions) if t.kind == "iv" else value(*positions)
    return BUILD[t.kind](*children) if t.kind in BUILD else Term(t.kind, tuple(children), tuple(positions), t.data)
def value(p): return add(*(mul(num(c), *(Term("val", (), (single(a),)) for a in m)) for m, c in p.terms.items()))
def replaced(t, what, by, depth=0, memo=None):  # As ``moved``, in a term; nothing is captured: bound letters have no names.
    memo = {} if memo is None else memo
    if depth not in t.loose if what is None else what not in t.free: return t
    if (t, depth) not in memo:
        children = [replaced(c, what, by, depth + (t.kind == "sum"), memo) for c in t.children]
        memo[t, depth] = rebuilt(t, children, [moved(p, what, by, depth) for p in t.positions])
    return memo[t, depth]
def body_of(t): return t.children[0] if t.kind == "sum" else refuse("not a sum over a letter")
opened = lru_cache(10_000)(lambda t, p: replaced(body_of(t), None, p))  # the body of a sum with a position for its letter
closed = lru_cache(10_000)(lambda t, *ks: reduce(lambda t, k: total(replaced(t, k, None)), reversed(ks), t))  # Σ, outer 1st
def renamed(t, names, positions):  # A term with names replaced, all at once.
    apart = [f"@t{k}" for k, _ in enumerate(names)]
    return reduce(lambda t, pair: replaced(t, *pair), [*zip(names, map(single, apart)), *zip(apart, positions)], t)
def factors(t): return t.children if t.kind == "mul" else (t,)  # Of a product; what is none is its only factor.
def held_in(t): return [f for f in factors(t) if f.kind == "iv"]  # The brackets of a product.
def rest_of(t): return mul(*(f for f in factors(t) if f.kind != "iv"))  # What stands beside them.
def in_range(positions, shape):  # The brackets [1 ≤ p ≤ n] of positions.
    return [bracket("ge", q) for p, n in zip(positions, shape) for q in (p.plus(constant(-1)), n.plus(p, -1))]
def equals(p, q): return [bracket("eq", a.plus(b, -1)) for a, b in zip(p, q)]  # The brackets [p = q].
def held_by(brackets):  # What is at least 0 where brackets are 1.
    return [q for b in brackets if b != ONE and require(b.kind == "iv", "not a bracket that may hold")
            for q in b.positions + ((constant(0).plus(*b.positions, -1),) if b.data == "eq" else ())]
class Facts:  # What is known at a place: positions that are at least 0, letters opened on the way, hints of a step.
    def __init__(self, statement, known=(), letters=(), script=None):
        self.statement, self.known, self.letters = statement, tuple(known), tuple(letters)
        self.script = script or {"hints": iter(()), "fuel": MAX_FUEL}
    def inside(self, more=(), letters=()):  # What is known one level down.
        return type(self)(self.statement, (*self.known, *more), (*self.letters, *letters), self.script)
    def fresh(self, k=0): return f"@{len(self.letters) + k}"  # A name for a letter that is opened here.
    def spend(self, amount=1):  # Count work; beyond a bound the certificate is refused.
        self.script["fuel"] -= amount; require(self.script["fuel"] > 0, "too much work")
    def hint(self): return next(self.script["hints"], None) or refuse("a hint is missing")  # Of this step.
    def legible(self, thing):  # A position or term of the certificate, provided that its names mean something here.
        return thing if thing.free <= self.statement.fixed.union(self.letters) else refuse("an unknown letter")
    def certain(self, t): return t if not self.statement.random(self.legible(t)) else refuse("it is random")
    def need(self, p):  # p ≥ 0, since k p + k - 1 = c + Σ m·(product of facts), given m ≥ 0, k ≥ 1, c ≥ 0, so that p > -1.
        if p.number() is not None and p.number() >= 0: return
        k, pairs = self.hint(); k = self.legible(self.statement.position(k if type(k) is dict else {"": k}))  # a position
        require(k.number() != 0 and all(integer(m) >= 0 for _, m in pairs), "a negative multiplier")
        rest = self.need(k.plus(constant(-1))) or constant(-1).plus(k).plus(p.times(k))
        for which, m in self.spend(len(pairs)) or pairs:
            facts = (self.fact(w, p) for w in (which if type(which) is list else [which]))
            rest = rest.plus(reduce(Pos.times, facts, constant(1)), -m)
        require(rest.number() is not None and rest.number() >= 0, f"{p.decode()} ≥ 0 does not follow")
    def fact(self, which, goal):  # A fact by its number, or an end ("lo:n", "hi:n") of the n-th compound atom of the goal.
        if type(which) is not str: return self.known[which] if integer(which) >= 0 else refuse("no such fact")
        side, _, n = which.partition(":")
        atom = sorted({a for m in goal.terms for a in m if isinstance(a, tuple)}, key=atom_key)[int(n)]
        size, shape = self.statement.labels[atom[1]] if atom[0] == "label" else (atom[2].plus(constant(-1)), ())
        for p in [size] if side == "hi" or atom[0] == "floor" else held_by(in_range(atom[2:], shape)): self.need(p)
        return self.ends(atom)[("lo", "hi").index(side)]  # a denominator is positive; a label is 0 outside its array
    def ends(self, atom):  # q = ⌊a/b⌋ has a - bq ≥ 0 and bq + b - 1 - a ≥ 0; a label lies between 1 and its size.
        if atom[0] == "label": return held_by(in_range([single(atom)], self.statement.labels[atom[1]][:1]))
        return (low := atom[1].plus(atom[2].times(single(atom)), -1)), constant(-1).plus(atom[2]).plus(low, -1)
    def condition(self, kind, t):  # t ≠ 0 ("ne"), > 0 ("gt") or ≥ 0 ("ge"), by its sign ("pos") or as a condition ("where").
        if is_fn(t, "exp") or t.kind == "num" and t.data > 0: return
        if self.hint() == "pos": self.sign(t, kind != "ge")
        else: require(self.as_condition(kind, t) in self.statement.where, "a condition that the statement does not have")
    def as_condition(self, kind, t):  # For all opened letters that satisfy what is known: t is not 0, or is positive.
        known, letters = set(), t.free & {*self.letters}
        while more := {p for p in self.known if p.free & letters} - known:
            known, letters = known | more, letters.union(*(p.free & {*self.letters} for p in more))
        return condition(kind, t, known)
    def invertible(self, name):  # Whether a matrix is invertible: declared, or among the conditions.
        require(INVERTIBLE & self.statement.tensors[name].properties or name in self.statement.inverted, "it is singular")
    def splits(self, g): return self.hint() == "split"  # Whether √(a b) is to be √a √b, where a, b must be positive.
    def sign(self, t, strict):  # t > 0 (strict) or t ≥ 0, by what is assumed where something is, or by its parts.
        pairs = self.hint() if self.spend() or self.statement.given else "parts"
        return self.sign(*self.without(t, strict, pairs)) if pairs != "parts" else self.parts(t, strict)
    def parts(self, t, strict):  # By the signs of its parts, ranges by multipliers, for Σ by a term.
        if t.kind == "num": require(t.data > 0 or (t.data == 0 and not strict), "a number of the wrong sign")
        elif t.kind == "val": self.need(t.positions[0].plus(constant(-1 if strict else 0)))
        elif t.kind == "pow" and (e := t.children[1]):
            if strict or e.kind != "num" or e.data % 2: self.sign(t.children[0], strict or e.kind != "num")
        elif t.kind in ("mul", "add"):
            which = integer(self.hint()) if t.kind == "add" and strict else None  # one is positive, counted from 1
            require(which is None or 0 < which <= len(t.children), "no such part")
            for k, c in enumerate(t.children): self.sign(c, strict if which is None else k + 1 == which)
        elif t.kind == "ent":
            tensor = self.statement.tensors[t.data]; require(tensor.body or "positive" in tensor.properties, "no known sign")
            for p in held_by(in_range(t.positions, tensor.shape)) if strict else (): self.need(p)
            if tensor.body is not None: self.sign(renamed(tensor.body, tensor.letters, t.positions), strict)
        elif t.kind == "sum":
            name, body = self.fresh(), opened(t, single(self.fresh())); held = held_in(body)
            self.inside(held_by(held), [name]).sign(rest_of(body), False)
            if strict:
                there = self.legible(self.statement.position(self.hint()))
                for p in held_by([replaced(b, name, there) for b in held]): self.need(p)
                self.sign(replaced(rest_of(body), name, there), True)
        else: require(t.kind == "const" or t.kind == "iv" and not strict or t.kind == "fn" and t.data in (
            "exp", "sigmoid", "softplus", "cosh", *(() if strict else ("abs", "relu", "heaviside"))), "no known sign")
    def without(self, t, strict, pairs):  # What is left of t without positive multiples of what is assumed.
        for which, at, m in pairs:
            m, (letters, row) = self.legible(self.statement.term(m)), self.statement.given[integer(which)]
            self.sign(require(len(at) == len(letters) and which >= 0, "not what is assumed") and m, True)
            w, *held = renamed(row, letters, [self.legible(self.statement.position(p)) for p in at]).children
            for p in held_by(held): self.need(p)
            t, strict = add(t, neg(mul(m, w))), strict and row.data != "gt"
        return term(poly(self, t)), strict
def opposite(facts, t): return term(scaled(poly(facts, t), -1))  # -t, multiplied out.
def condition(kind, t, known): return Term("where", (t, *sorted(bracket("ge", p) for p in known)), (), kind)  # t ≠ 0 ...
def in_order(pairs):  # A monomial: pairs (atom, exponent not 0) by digests; {monomial: coefficient} is a polynomial.
    return tuple(sorted([(a, exact(e)) for a, e in pairs if e], key=operator.itemgetter(0)))
def scaled(p, c): return {m: c * d for m, d in p.items()}  # A polynomial times a number.
def collected(pairs):  # Like monomials added up.
    result = {}
    for m, c in pairs: result[m] = short(result.get(m, 0) + c)
    return {m: c for m, c in result.items() if c}
def times(facts, p, q):  # The product of two polynomials.
    facts.spend(len(p) * len(q) if len(p) * len(q) < 40_000 else MAX_FUEL)
    found = [(c * d, (1, m or n) if not m or not n else joined(facts, m, n)) for m, c in p.items() for n, d in q.items()]
    return collected((m, c * factor) for c, (factor, m) in found)
def joined(facts, m, n):  # (c, product): a^p a^q = a^(p+q), a ≠ 0 for p = -q, a > 0 for roots; a bracket is its own square.
    exponents, factor, there = dict(m), 1, lambda: facts.inside(held_by(a for a, e in (*m, *n) if a.kind == "iv" and e > 0))
    for a, e in n:
        before, after = exponents.get(a, 0), exponents.get(a, 0) + e
        if before and (a.kind == "iv" or is_fn(a, "heaviside")): after = 1
        elif before and (before.denominator != 1 or e.denominator != 1):
            there().condition("ge" if before > 0 and e > 0 else "gt", a)
        elif not after: there().condition("ne", a)
        factor, exponents[a] = (factor * Fraction(a.data) ** (after // 1), after % 1) if a.kind == "num" else (factor, after)
    return factor, in_order(exponents.items())
def poly(facts, t):  # A term as a polynomial over its opaque parts: distributed, like terms collected.
    if facts.spend() or t.kind == "num": return {(): t.data} if t.data else {}
    if t.kind == "add": return collected(pair for c in t.children for pair in poly(facts, c).items())
    if t.kind == "mul":  # the factors that are opaque, and unlike, are in their order already; brackets are among them
        whole = [c.kind not in ("num", "add", "pow") and t.children[k - 1:k] != (c,) for k, c in enumerate(t.children)]
        others = [poly(facts, c) for c, plain in zip(t.children, whole) if not plain]
        return reduce(lambda p, q: times(facts, p, q), others, {tuple((c, 1) for c, w in zip(t.children, whole) if w): 1})
    if t.kind == "pow" and t.children[1].kind == "num": return poly_power(facts, t.children[0], t.children[1].data)
    return {((t, 1),): 1}
def poly_power(facts, base, e):  # (c a b)^e = c^e a^e b^e: e integer, or c > 0 and one a, or a, b > 0; sums by e > 0 alone.
    require(abs(e) <= 64 and e.denominator <= 10 ** 9, "an exponent is too large"); p = poly(facts, base)
    if e.denominator == 1 and e > 0: return reduce(lambda q, _: times(facts, q, p), range(int(e)), {(): 1})
    if not p: return {}
    c, g, rest = content(facts, p, e.denominator != 1)
    if e.denominator == 1: outside, extra = c if c in (1, e % 2 * -1) else Fraction(c) ** int(e), ()
    else:
        simple = not g or not rest and len(g) == 1 and g[0][1] == 1 or all(is_fn(a, "exp") for a, _ in g)
        if c < 0 or not (simple or facts.splits(g)): return {((term(p), e),): 1}
        for a, x in () if simple else g: facts.condition("ge" if x > 0 and e > 0 else "gt", a)
        powers = [(n, x) for n, x in ((c.numerator, e), (c.denominator, -e)) if n != 1]
        outside, extra = prod(Fraction(n) ** (x // 1) for n, x in powers), [(num(n), x % 1) for n, x in powers]
    factor, m = joined(facts, in_order([*extra, *((a, x * e) for a, x in rest)]), in_order((a, x * e) for a, x in g))
    return {m: exact(short(outside * factor))}
def content(facts, p, positive):  # p as (number, monomial, rest if there is), least powers; a ≠ 0, or a > 0 for roots.
    if len(p) == 1: return (*next((c, m) for m, c in p.items()), [])
    exponents, least = [dict(m) for m in p], {}
    for a in sorted({a for x in exponents for a in x if a.kind not in ("iv", "num") and not is_fn(a, "heaviside")}):
        low = least[a] = min(every := [x.get(a, 0) for x in exponents])
        if any(x.denominator != 1 for x in every) and low and set(every) != {low}: facts.condition("gt", a)
        elif low < 0 and 0 in every: facts.condition("ne", a)
    rest = {in_order((a, x.get(a, 0) - least.get(a, 0)) for a in {**x, **least}): p[m] for x, m in zip(exponents, p)}
    lead = abs(rest[min(rest, key=mono_key)]) if positive else rest[min(rest, key=mono_key)]
    return lead, in_order(least.items()), [(term(rest if lead == 1 else scaled(rest, 1 / Fraction(lead))), 1)]
def mono_key(m): return -sum(e for _, e in m), tuple((a, -e) for a, e in m)  # Highest degree first, constant last.
def term(p): return add(*[mul(num(c), *[a if e == 1 else power(a, num(e)) for a, e in m]) for m, c in p.items()])
def within(lead, m): return all(0 < e <= (x := m.get(a, 0)) and e.denominator <= x.denominator for a, e in lead)  # m / lead
def divided(facts, p):  # No monomial keeps the leading one of a sum d below it, nor r/a where d = r + a q, r a monomial.
    result, todo = [], list(p.items())
    while todo:
        m, c = facts.spend() or todo.pop()
        for d, k in m if any(e.denominator > 1 for _, e in m) else ():
            if d.kind == "add" and k.denominator == 1 and (a := term(scaled(poly(facts, d), -1))) in dict(m):  # d = -a
                factor, m = joined(facts, ((a, k),), tuple(pair for pair in m if pair[0] != d))
                c = c * factor * (-1) ** int(k % 2)
        for d, k in m:
            lead = min((q := poly(facts, d) if d.kind == "add" and k < 0 else {}), key=mono_key, default=())
            if not q or not within(lead, dict(m)):
                alone = [[n for n in q if a not in dict(n)] for a, e in m if e < 0]
                lead = next((n[0] for n in alone if len(n) == 1 and within(n[0], dict(m))), None)
                if lead is None: continue
            rest, x = in_order((a, e - dict(lead).get(a, 0)) for a, e in m), Fraction(q[lead])  # lead = (d - others)/x
            if k == -1: facts.inside(held_by(a for a, e in rest if a.kind == "iv" and e > 0)).condition("ne", d)
            todo.append((in_order((a, e + (a == d)) for a, e in rest), c / x))
            todo += times(facts, {n: -y / x for n, y in q.items() if n != lead}, {rest: c}).items(); break
        else: result.append((m, c))
    return collected(result)
AXIOMS, ODD = {}, ("sin", "erf", "arctan", "arcsin", "arcsinh", "arctanh")  # odd functions
def axiom(name, mathematics, needs=""): return lambda rule: AXIOMS.setdefault(name, (rule, mathematics, needs))[0]
@axiom("ring", "s = t, one polynomial; [p]² = [p]; m/d^k = (d^(1-k) - y/d^k)/x, d = x m + y", "a ≠ 0 for a/a, ≥ 0 for roots")
def ring(facts, t): return term(divided(facts, poly(facts, t)))
@axiom("over", "t = (t d)/d", "d ≠ 0")
def over_one(facts, t, d):
    return facts.condition("ne", d := facts.legible(facts.statement.term(d))) or mul(ring(facts, mul(t, d)), power(d, MINUS))
@axiom("equation", "t = t + s - s'", "s = s' by given steps, nothing in s is random")
def equation(facts, t, s, steps): return add(t, s := facts.certain(facts.statement.term(s)), neg(run(facts, s, steps)))
@axiom("out", "Σ_k (f + g) = Σ_k f + Σ_k g; Σ_k c f = c Σ_k f", "k does not occur in c")
def out(facts, t):
    if body_of(t).kind == "add": return add(*map(total, body_of(t).children))
    free, bound = ([f for f in factors(body_of(t)) if bool(f.loose) == side] for side in (False, True))
    return mul(*free, total(mul(*bound)))
@axiom("into", "c Σ_k f = Σ_k c f; c (Σ_k f)^n = Σ_k c f (Σ_k f)^(n-1)", "n > 1 is an integer")
def into(facts, t, which):
    others, inner = apart(factors(t), which); inner, n = inner.children if inner.kind == "pow" else (inner, ONE)
    require(n.kind == "num" and n.data > 0 and n.data.denominator == 1, "not a power")
    return total(mul(body_of(inner), power(inner, num(n.data - 1)), *others))
@axiom("exchange", "Σ_k Σ_l f = Σ_l Σ_k f, several at once", "finite ranges, before and after")
def exchange(facts, t, order):
    names = [facts.fresh(k) for k in sorted(order)] if sorted(order) == [*range(len(order))] else refuse("not a permutation")
    return closed(reduce(opened, map(single, names), t), *(names[k] for k in order))
@axiom("letter", "Σ_k f(k) = Σ_k f(c k + p)", "c = ±1, k not in p")
def letter(facts, t, c, p):
    p = facts.legible(facts.statement.position(p)) if c in (1, -1) else refuse("not a change of letter")
    return closed(opened(t, p.plus(single(facts.fresh()), c)), facts.fresh())
@axiom("sift", "Σ_k [c k + p = 0] f(k) = f(-c p)", "c = ±1, k not in p")
def sift(facts, t, which):
    others, delta = apart(factors(body_of(t)), which); return replaced(mul(*others), None, solved(delta, 0))
@axiom("count", "Σ_k [k-a ≥ 0] [b-k ≥ 0] = (b-a+1) [b-a+1 ≥ 0]")
def count(facts, t):
    ends = [f.positions[0].slope(0) if f.kind == "iv" and f.data == "ge" else (0, None) for f in factors(body_of(t))]
    require(sorted(c or 0 for c, _ in ends) == [-1, 1], "not the number of terms of a range")
    return (lambda n: mul(value(n), bracket("ge", n)))(ends[0][1].plus(ends[1][1]).plus(constant(1)))
@axiom("support", "T[p] = [1 ≤ p ≤ n] T[p]", "n is the length of that axis")
def support(facts, t, which):
    return mul(t, *(in_range(t.positions, facts.statement.shape(t.data))[integer(k)] for k in which if t.kind == "ent"))
@axiom("holds", "[p ≥ 0] f = f, [p = 0] f = f", "p ≥ 0 (and -p ≥ 0) follows from the brackets of f")
def holds(facts, t, which, more=(), zero=False):  # Brackets are left out, then others, or deltas, written down.
    left, more = dict(enumerate(factors(t))), [facts.legible(facts.statement.position(p)) for p in more]
    new = [bracket("eq" if zero else "ge", p) for p in more]
    for k in [*which, None]:
        goals = held_by(new if k is None else [left.pop(integer(k))])
        for p in goals: facts.inside(held_by(f for f in left.values() if f.kind == "iv")).need(p)
    return mul(*left.values(), *new)
@axiom("fails", "[p ≥ 0] = 0, [p = 0] = 0", "p ≤ -1 follows, or p ≥ 1 for the delta")
def fails(facts, t, side):
    require(t.kind == "iv" and (side == -1 or side == 1 and t.data == "eq"), "not a bracket")
    return facts.need(constant(-1).plus(t.positions[0], side)) or ZERO
@axiom("end", "[p ≥ 0] = [p + 1 ≥ 0] - [p + 1 = 0] = [p - 1 ≥ 0] + [p = 0]")
def end(facts, t, side):
    p = require(t.kind == "iv" and t.data == "ge" and side in (1, -1), "not an end") and t.positions[0].plus(constant(side))
    return add(bracket("ge", p), mul(num(-side), bracket("eq", p if side == 1 else t.positions[0])))
@axiom("equal", "[c a + p = 0] f(a) = [c a + p = 0] f(-c p)", "c = ±1, a is a name that does not occur in p")
def equal(facts, t, which, name):
    others, delta = apart(factors(t), which); return mul(delta, *(replaced(f, name, solved(delta, name)) for f in others))
def apart(every, which): return [f for k, f in enumerate(every) if k != integer(which) % len(every)], every[which]
def solved(t, atom):  # -c p for a delta [c·atom + p = 0] with c = ±1.
    c, p = t.positions[0].slope(atom) if t.kind == "iv" and t.data == "eq" else (None, None)
    return constant(0).plus(p, -c) if c in (1, -1) else refuse("not a delta of the letter")
@axiom("unfold", "v[p] = [1 ≤ p ≤ n] body(p); v[p] = body(p)", "v is defined by body; 1 ≤ p ≤ n follows")
def unfold(facts, t, within=False):
    tensor = facts.statement.tensors[t.data if t.kind == "ent" else refuse("not an entry")]
    held = [b for b in in_range(t.positions, tensor.shape) if not within or any(map(facts.need, held_by([b])))]  # or none
    return mul(*held, renamed(tensor.body or refuse("no name"), tensor.letters, t.positions))
@axiom("lemma", "v[p] = w[p]; A⁻¹[p] = B⁻¹[p], det A = det B", "v = w, A = B, or v = wᵀ, A = Bᵀ for turned p, proved before")
def lemma(facts, t, name, way=1):  # -1 for turned positions
    require(t.kind in ("ent", "mat") and (name_of(t), name, way) in facts.statement.lemmas and (
        way == 1 or t.kind == "ent" or t.data[0] != "prod" and len(facts.statement.shape(name)) == 2), "not proved before")
    return ent(name, t.positions[::way]) if t.kind == "ent" else Term("mat", (), t.positions[::way], (t.data[0], name))
def name_of(t): return t.data if t.kind == "ent" else t.data[1]  # the array of an entry, of its inverse or determinant
def is_over(t, n): return set(held_in(body_of(t))) == set(in_range([single(0)], [n]))  # a sum over 1..n
@axiom("total", "Σ_k [1 ≤ k ≤ n] T[p,k] = [1 ≤ p ≤ m]", "T sums to one along its last axis, of length n")
def whole(facts, t):
    (*before, last), tensor = (rest := rest_of(body_of(t))).positions, facts.statement.tensors[rest.data]
    require({"sums_to_one", "one_hot"} & tensor.properties and rest.kind == "ent" and last == single(0)
            and is_over(t, tensor.shape[-1]) and not any(p.loose for p in before), "not the whole of a declared total")
    return mul(*in_range(before, tensor.shape))
@axiom("declared", "A[p,q] = A[q,p], A⁻¹[p,q] = A⁻¹[q,p]; D[p,q] = [p = q] D[p,q]; Q[p,q] = Q⁻¹[q,p]", "as declared")
def declared(facts, t, how):
    require(t.kind == "ent" or t.kind == "mat" and t.data[0] == "inv", "not an entry of a matrix")
    (*m, p, q), a, held = t.positions, facts.statement.tensors[name := name_of(t)], {how} if how[0] != "s" else SYMMETRIC
    require(held & a.properties and a.shape[-1] == a.shape[-2], "not declared so, or not square")
    return {"diagonal": mul(bracket("eq", p.plus(q, -1)), t), "symmetric": rebuilt(t, (), (*m, q, p)), "orthogonal": ent(
        name, (*m, q, p)) if t.kind == "mat" else Term("mat", (), (*m, q, p), ("inv", name))}[how]
@axiom("inverse", "Σ_k A[p,k] A⁻¹[k,q] = Σ_k A⁻¹[p,k] A[k,q] = [p = q] [1 ≤ p, q ≤ n]", "A is invertible, 1 ≤ k ≤ n")
def inverse(facts, t):
    a, b = sorted(factors(rest_of(body_of(t))), key=lambda f: f.kind)
    facts.invertible(a.data if a.kind == "ent" and b.data == ("inv", a.data) else refuse("not a matrix times its inverse"))
    (*which, p, k), (*m, j, q) = (a.positions, b.positions) if a.positions[-1] == single(0) else (b.positions, a.positions)
    n = facts.statement.shape(a.data) if which == m and k == j == single(0) else refuse("not a product of matrices")
    require(is_over(t, n[-1]) and not any(x.loose for x in (*m, p, q)), "not the sum over the letter between")
    return mul(bracket("eq", p.plus(q, -1)), *in_range([*m, p, q], n))
@axiom("chain", "det v = c^n Π det A, log|det v| = Σ log|det A|, v⁻¹ = 1/c … B⁻¹ A⁻¹ for v[p,q] = c Σ_k A[p,k] B[k,l] …,\n"
       "each matrix as it is, turned or inverted", "squares of one size, whole ranges; invertible but for det A, c ≠ 0")
def chain(facts, t):
    kind, inner, result, tensor = t.data[0], [], [], facts.statement.tensors[t.data[1]]
    (n, _), every, (at, last) = tensor.shape, [*factors(tensor.body or refuse("no name"))], map(single, tensor.letters)
    for f in every:  # those of inner sums are appended on the way
        if f.kind == "sum": inner, every[len(every):] = [*inner, k := facts.fresh(len(inner))], factors(opened(f, single(k)))
    held, left = {f for f in every if f.kind == "iv"}, [f for f in every if f.positions and f.kind != "iv"]
    names, c = {*map(single, (*tensor.letters, *inner))}, mul(*(f for f in every if not f.positions and f.kind != "sum"))
    whole = held == {*in_range(map(single, inner), [n] * len(inner))} and not c.free & {*tensor.letters, *inner}
    while whole and left:  # from the first index to the last, every inner one once
        f = left.pop(next(k for k, f in enumerate(left) if at in f.positions))
        names, at, back, a = names - {at}, f.positions[1 - f.positions.index(at)], f.positions[::-1], name_of(f)
        require(facts.statement.shape(a) == (n, n) and (f.kind == "ent" or f.data[0] == "inv"), "not a square")
        if f.kind == "mat" or kind != "det": facts.invertible(a)
        d, e = Term("mat", (), (), (kind, a)), ONE if f.kind == "ent" else MINUS
        result.append({"det": power(d, e), "logdet": mul(d, e), "inv": (
            ent(a, back) if f.kind == "mat" else Term("mat", (), back, ("inv", a)))}[kind])
    require(at == last and names == {at} and len(result) == len(inner) + 1 and (c == ONE or kind != "logdet"), "no chain")
    if kind != "inv": return mul(power(c, value(n)), *result) if kind == "det" else add(*result)
    inverse = mul(power(c, MINUS), *result, *held) if c == ONE or not facts.condition("ne", c) else ZERO
    return renamed(closed(inverse, *inner), tensor.letters, t.positions[::-1])
@axiom("logarithms", "Π_k T[p,k] = e^(Σ_k log T[p,k]), divided by T[p,q] where q is left out", "T > 0 there, 1 ≤ q ≤ n")
def logarithms(facts, t):
    (*lead, n), k = facts.statement.shape(name_of(t)), single(facts.fresh())
    held, left, entry = in_range([k], [n]), t.positions[len(lead):], lambda q: ent(t.data[1], (*t.positions[:len(lead)], q))
    for p in require(t.data[0] == "prod" and len(left) < 2, "not a product") and held_by(in_range(left, [n])): facts.need(p)
    facts.inside(held_by(held), [facts.fresh()]).condition("gt", entry(k))
    return mul(fn("exp", closed(mul(*held, fn("log", entry(k))), facts.fresh())), *(power(entry(q), MINUS) for q in left))
@axiom("expect", "E[Σ c X] = Σ c E[X] for both kinds of sums, E[1] = 1; what is written exists", "c is not random")
def mean(facts, t):
    random = facts.statement.random
    def of(y): return mul(*(f for f in factors(y) if not random(f)), fn("E", mul(*(f for f in factors(y) if random(f)))))
    if (x := inside(t)) == ONE or x.kind == "sum": return ONE if x == ONE else total(of(body_of(x)))
    return add(*map(of, x.children if x.kind == "add" else (x,)))
def inside(t): return t.children[0] if is_fn(t, "E") else refuse("not an expectation")
@axiom("independent", "E[X Y] = c E[X] E[Y] + (1 - c) E[X Y], c = Π (1 - [p = q]) for all x[p] in X and x[q] in Y",
       "the arrays that X and Y read are declared independent of each other; an x in both has independent entries")
def independent(facts, t, which):
    every, random, data = factors(inside(t)), facts.statement.random, facts.statement.data
    x, y = (mul(*(f for k, f in enumerate(every) if (k in which) == side)) for side in (True, False))
    require(any(random(mul(x, y)) <= {*names} & {*data["tensors"]} for names in data["independent"])
            and all("independent entries" in data["tensors"][a]["properties"] for a in random(x) & random(y)), "they depend")
    c = mul(*(add(ONE, neg(mul(*equals(p, q)))) for a in random(x) & random(y) for p in places(x, a) for q in places(y, a)))
    return add(mul(c, fn("E", x), fn("E", y)), mul(add(ONE, neg(c)), t))
def places(t, name):  # The positions at which an array is read.
    if t.kind == "sum" and name in t.reads: refuse(f"which entries of {name}")
    return [t.positions] if t.kind == "ent" and t.data == name else [p for c in t.children for p in places(c, name)]
@axiom("moment", "E[x[p]^k] = m[p]", "m is declared the k-th moment of x")
def moment(facts, t):
    (x, k), statement = inside(t).children if inside(t).kind == "pow" else (inside(t), ONE), facts.statement
    require(x.kind == "ent" and k.kind == "num" and k.data > 0 == k.data % 1, "not a power of an entry")
    m = ent(statement.data["tensors"][x.data]["moments"][int(k.data) - 1], x.positions)
    return require(not statement.random(m) and statement.shape(m.data) == statement.shape(x.data), "no moment") and m
@axiom("mirror", "E[f(x)] = E[(f(x) + f(-x))/2]; H(-x[p]) = 1 - H(x[p]) there if x is continuous and 1 ≤ p ≤ n",
       "x is distributed as -x, and f reads nothing else that is random")
def mirror(facts, t, name):
    tensor, x = facts.statement.tensors[name], inside(t)
    def turned(t):
        if t.kind == "ent": return neg(t) if t.data == name else t
        f = t.children[0] if "continuous" in tensor.properties and is_fn(t, "heaviside") else t
        if f.kind != "ent" or f.data != name: return rebuilt(t, [*map(turned, t.children)], t.positions)
        return t if any(map(facts.need, held_by(in_range(f.positions, tensor.shape)))) else add(ONE, neg(t))
    require("symmetric law" in tensor.properties and facts.statement.random(x) == {name}, "not symmetric, or not alone")
    return fn("E", mul(HALF, add(x, turned(x))))
OPERATIONS = {ast.Add: add, ast.Sub: lambda a, b: add(a, neg(b)), ast.Mult: mul, ast.Pow: power, ast.Div: (
    lambda a, b: mul(a, num(1 / Fraction(b.data)) if b.kind == "num" else power(b, MINUS)))}
def formula(text, *args):  # A term from its text, such as "1/(1 + exp(-a))", with terms for its letters a and b.
    letters = {"pi": Term("const", data="pi"), **dict(zip("ab", args))}
    def of(e):
        if type(e) in (ast.Constant, ast.Name): return letters[e.id] if isinstance(e, ast.Name) else num(Fraction(e.value))
        if isinstance(e, ast.Call): return fn(e.func.id, *map(of, e.args))
        if isinstance(e, ast.BinOp): return OPERATIONS[type(e.op)](of(e.left), of(e.right))
        return num(Fraction(-e.operand.value)) if isinstance(e.operand, ast.Constant) else neg(of(e.operand))
    return of(ast.parse(text, mode="eval").body)
FUNCTIONS = {"sigmoid": "1/(1 + exp(-a))", "softplus": "log(1 + exp(a))", "relu": "a*heaviside(a)", "stop_gradient": "a",
    "tanh": "1 - 2/(1 + exp(2*a))", "sinh": "(exp(a) - exp(-a))/2", "cosh": "(exp(a) + exp(-a))/2", "tan": "sin(a)/cos(a)",
    "sign": "heaviside(a) - heaviside(-a)", "abs": "a*heaviside(a) - a*heaviside(-a)", "ceil": "-floor(-a)",
    "arccos": "pi/2 - arcsin(a)", "normal_cdf": "(1 + erf(2**-0.5*a))/2", "Var": "E(a**2) - E(a)**2",
    "normal_pdf": "exp(-a**2/2)*(2*pi)**-0.5"}
@axiom("function", "\n".join(f"{name}(a) = {text}" for name, text in FUNCTIONS.items()))
def function(facts, t): return formula(FUNCTIONS[t.data], *t.children) if t.kind == "fn" else refuse("not a function")
@axiom("exp", "e^(Σ c m) = Π (e^m)^c for numbers c; e^(m log a) = a^m", "a > 0")
def exponential(facts, t):
    def of(m):  # e^m
        log = next((a for a, e in m if e == 1 and is_fn(a, "log")), None)
        rest = term({tuple(pair for pair in m if pair[0] is not log): Fraction(1)})
        return power(*log.children, rest) if log and not facts.condition("gt", *log.children) else fn("exp", rest)
    p = poly(facts, t.children[0] if is_fn(t, "exp") else refuse("not an exponential"))
    return mul(*(power(of(m), num(c)) for m, c in p.items()))
@axiom("log", "log(c Π a^e) = log c + Σ e log a for numbers c, e; log e^a = a", "c, a > 0, or all but one a with e odd")
def logarithm(facts, t, but=None):  # One a is positive where the logarithm has a value, as everything beside it is.
    c, g, rest = content(facts, is_fn(t, "log") and poly(facts, t.children[0]) or refuse("not a logarithm, or log 0"), True)
    for k, (a, e) in enumerate(require(c > 0, "a logarithm of a negative number") and (pairs := [*g, *rest])):
        if (c != 1 or len(pairs) > 1 or e != 1) and (k != but or not e.numerator % 2): facts.condition("gt", a)
    logs = [mul(num(e), a.children[0] if is_fn(a, "exp") else fn("log", a)) for a, e in pairs]
    return add(*logs, *[fn("log", num(c))] * (c != 1))
@axiom("parity", "f(-a) = -f(a) for f = " + ", ".join(ODD) + "; cos(-a) = cos a; f(0) = 0, cos 0 = 1")
def parity(facts, t):
    even = t.data == "cos" if t.kind == "fn" and t.data in (*ODD, "cos") else refuse("neither odd nor even")
    return num(int(even)) if (a := opposite(facts, t.children[0])) == ZERO else fn("cos", a) if even else neg(fn(t.data, a))
@axiom("angle", "sin(a + b) = sin a cos b + cos a sin b, cos(a + b) = cos a cos b - sin a sin b, sin² a = 1 - cos² a")
def angle(facts, t):
    if t.kind == "pow" and (f := t.children)[1] == TWO and is_fn(f[0], "sin"): return formula("1-cos(a)**2", *f[0].children)
    p = poly(facts, *t.children) if is_fn(t, "sin") or is_fn(t, "cos") else refuse("not an angle")
    b = term(poly(facts, add(*t.children, neg(a := term({min(p, key=mono_key): Fraction(1)})))))
    return formula("sin(a)*cos(b) + cos(a)*sin(b)" if t.data == "sin" else "cos(a)*cos(b) - sin(a)*sin(b)", a, b)
@axiom("step", "H(c a) = H(a); H(0) = 0; f H(-a) = f (1 - H(a)) for f = (±a)^n g; f H(a) = f", "c, n > 0; a ≥ 0 at last")
def step(facts, t, which=None, turn=False):
    p = poly(facts, t.children[0]) if is_fn(t, "heaviside") else None
    if p is not None: return fn("heaviside", term(scaled(p, 1 / Fraction(abs(p[min(p, key=mono_key)]))))) if p else ZERO
    bases = {f.children[0] if f.kind == "pow" and f.children[1].kind == "num" and f.children[1].data > 0 else f
             for f in factors(t) if f.kind != "num"}  # where one of these is 0, t is
    turned = {k: opposite(facts, f.children[0]) for k, f in enumerate(factors(t)) if is_fn(f, "heaviside")}
    if which is not None: bases |= {opposite(facts, f) for f in bases if f.kind == "add"}
    k, a = (turn := True) and next((k, a) for k, a in turned.items() if {*factors(a)} <= bases) if which is None else (
        which, turned[which] if turn else t.children[integer(which)].children[0])
    require(k in turned and {*factors(a)} <= bases and (turn or not facts.sign(a, False)), "nothing beside a step")
    return mul(*t.children[:k], *t.children[k + 1:], *[formula("1 - heaviside(a)", a)] * bool(turn))
@axiom("cases", "t = b t(1) + (1 - b) t(0)", "b is a bracket or a step in t that depends on no letter bound there")
def cases(facts, t, b):
    def put(t, by): return by if t == b else rebuilt(t, [put(c, by) for c in t.children], t.positions)
    case = (b := facts.certain(facts.statement.term(b))).kind == "iv" or is_fn(b, "heaviside")
    return add(mul(b, put(t, ONE)), mul(add(ONE, neg(b)), put(t, ZERO))) if case else refuse("not a case")
@axiom("positive", "H(a) = 1; H(a) = 0; H(a b) = H(a) H(b) + H(-a) H(-b)", "a > 0; -a ≥ 0; nothing")
def positive(facts, t, side=1, which=0):
    others, b = apart(factors(a := t.children[0] if is_fn(t, "heaviside") else refuse("not a step")), which)
    if side == 0: return formula("heaviside(a)*heaviside(b) + heaviside(-a)*heaviside(-b)", b, mul(*others))
    return facts.condition("gt", a) or ONE if side == 1 else facts.sign(opposite(facts, a), False) or ZERO
@axiom("power", "(a b)^(x+y) = a^x b^x a^y b^y, a^(c m) = (a^m)^c, (e^a)^x = e^(a x), 1^x = 1", "a, b > 0")
def powers(facts, t):
    bases, e = factors(t.children[0]), t.children[1] if t.kind == "pow" else refuse("not a power")
    for a in bases: facts.condition("gt", a)
    every = [(a, m, c) for m, c in poly(facts, e).items() for a in bases if a != ONE]
    def raised(a, b): return fn("exp", mul(*a.children, b)) if is_fn(a, "exp") else power(a, b)
    return mul(*(power(raised(a, term({m: Fraction(1)})) if m else a, num(c)) for a, m, c in every))
DERIVATIVES = {"arcsin": "(1 - a**2)**-0.5", "arcsinh": "(1 + a**2)**-0.5", "arccosh": "(a**2 - 1)**-0.5", "exp": "exp(a)",
    "cos": "-sin(a)", "digamma": "polygamma(1, a)", "erf": "2*exp(-a**2)*pi**-0.5", "polygamma": "none; polygamma(a + 1, b)",
    "arctan": "1/(1 + a**2)", "gammaln": "digamma(a)", "sin": "cos(a)", "arctan2": "b/(a**2 + b**2); -a/(a**2 + b**2)",
    "log": "1/a", "arctanh": "1/(1 - a**2)", **dict.fromkeys(("heaviside", "stop_gradient", "round", "floor"), "0")}
AXIOMS["derivative"] = lambda *_: refuse("for cotangents alone"), (
    "∂T[p]/∂T[q] = [p = q] [1 ≤ q ≤ n]; sums, products, powers; ∂f(a) = f'(a) ∂a, by what f is made of or by:\n"
    + "\n".join(f"  {name}' = {text}" for name, text in DERIVATIVES.items()) + "\n"
    "∂A⁻¹[p,q]/∂A[r,s] = -A⁻¹[p,r] A⁻¹[s,q], ∂log|det A| = A⁻¹[s,r], ∂det A = det A A⁻¹[s,r],\n"
    "∂Π_j T[p,j]/∂T[q,k] = [p = q] Π_{j≠k} T[p,j]; Σ_k [k = p] f(k) is f(p)"), "others are independent; A is invertible"
def summed(facts, outer, t, *letters):  # Σ outer·t, term by term: Σ_k [k = p] f(k) is f(p), a bracket that is known is 1.
    def one(t, left=()):
        for k in letters:
            d = next((f for f in held_in(t) if f.data == "eq" and f.positions[0].slope(k)[0] in (1, -1)), None)
            t, left = (replaced(mul(*(f for f in factors(t) if f != d)), k, solved(d, k)), left) if d else (t, (*left, k))
        known = {f for f in held_in(t) if f.data == "ge" and f.positions[0] in facts.known}
        return closed(mul(*(f for f in factors(t) if f not in known)), *left)
    return add(*(one(mul(outer, c)) for c in (t.children if t.kind == "add" else (t,))))
def differentiated(facts, t, name, q):  # ∂t/∂name[q]
    if facts.spend(t.size * (1 + len(t.children))) or name not in t.reads: return ZERO
    held, k = in_range(q, facts.statement.shape(name)), facts.fresh()
    if t.kind == "ent": return mul(*equals(t.positions, q), *held)
    if t.kind == "sum": return summed(facts, ONE, differentiated(facts.inside((), [k]), opened(t, single(k)), name, q), k)
    inner = [differentiated(facts, c, name, q) for c in t.children]
    if t.kind == "add": return add(*inner)
    if t.kind == "mul": return add(*(mul(d, *t.children[:k], *t.children[k + 1:]) for k, d in enumerate(inner)))
    if t.kind == "pow":
        (a, e), (da, de) = t.children, inner
        return add(mul(e, power(a, num(e.data - 1) if e.kind == "num" else add(e, MINUS)), da), mul(t, fn("log", a), de))
    if t.kind == "fn" and t.data in DERIVATIVES:  # by each of its arguments
        return add(*(mul(formula(f, *t.children), d) for f, d in zip(DERIVATIVES[t.data].split("; "), inner) if d != ZERO))
    if t.kind == "fn" and t.data in FUNCTIONS: return differentiated(facts, function(facts, t), name, q)
    if t.kind == "fn":  # phi@0,1 is an unknown function with the orders of its derivative, slot by slot
        head, _, orders = t.data.rpartition("@")
        primed = [",".join(str(int(x) + (k == j)) for j, x in enumerate(orders.split(","))) for k in range(len(inner))]
        return add(*(mul(fn(f"{head}@{primed[k]}", *t.children), d) for k, d in enumerate(inner)))
    if t.kind == "mat" and t.data[0] == "prod":
        lead, left = t.positions[:len(q) - 1], t.positions[len(q) - 1:]
        apart = [add(ONE, neg(bracket("eq", p.plus(q[-1], -1)))) for p in left]
        return mul(Term("mat", (), (*lead, *sorted({*left, q[-1]})), t.data), *apart, *equals(lead, q), *held)
    facts.invertible(name if t.kind == "mat" else refuse("no derivative of this")); held += equals(t.positions, q[:-2])
    (*m, r, s), own = q, t.positions; at = [(*m, own[-2], r), (*m, s, own[-1])] if t.data[0] == "inv" else [(*m, s, r)]
    return mul({"inv": MINUS, "det": t, "logdet": ONE}[t.data[0]], *held, *(Term("mat", (), p, ("inv", name)) for p in at))
def monomials(p): return [[c, [name] if name else []] for name, c in p.items()] if isinstance(p, dict) else p
PARTS = {"num": 3, "const": 2, "val": 2, "iv": 3, "pow": 3, "ent": 3, "mat": 4, "sum": 5, "all": 3}
def tensor_of(shape, properties=(), letters=(), body=None):  # A declared array, or a definition: with letters and a body.
    held, others = frozenset(properties), {"one_hot", "diagonal", "orthogonal"} if "positive" in properties else set()
    require(held <= LAWS or held <= PROPERTIES - others, "properties that are unknown, or that exclude each other")
    return types.SimpleNamespace(shape=tuple(shape), properties=held, letters=letters, body=body)
class Statement:  # What a certificate claims, read from JSON; Refused, or an ordinary error, for what is not well formed.
    def __init__(self, data):
        self.data, self.tensors, self.labels, self.fixed, self.table = data, {}, {}, frozenset(), data["terms"]
        self.memo, self.lemmas, self.read, self.inverted = {}, set(), 0, frozenset(data["invertible"])
        every = [data["sizes"], data["labels"], data["assumptions"], *(row[1] for row in conditions(data))]
        require(max(map(len, every)) <= MAX_KNOWN and len({*every[0]}) == len(every[0]), "too much is assumed, or twice")
        self.fixed, known = frozenset(map(self.new, data["sizes"])), [single(s).plus(constant(-1)) for s in data["sizes"]]
        for name, y in data["labels"].items():
            self.labels[self.new(name)] = size, shape = self.position(y["size"]), tuple(map(self.position, y["shape"]))
            if not shape: self.fixed, known = self.fixed | {name}, known + held_by(in_range([single(name)], [size]))
        for name, given in data["tensors"].items():
            self.tensors[self.new(name)] = tensor_of(map(self.position, given["shape"]), given["properties"])
        self.known = [*known, *map(self.position, data["assumptions"])]
        shapes = [n for t in self.tensors.values() for n in t.shape] + [n for s, t in self.labels.values() for n in (s, *t)]
        require(all(p.free <= self.fixed for p in self.known + shapes), "an unknown letter in a shape or an assumption")
        every = [data["invertible"], *data.get("independent", ()), *(t.get("moments", ()) for t in data["tensors"].values())]
        self.define(data["definitions"]); require(("left" in data) != ("primal" in data), "an identity, or a derivative")
        require(all(a in self.tensors for names in every for a in names), "an unknown array")
        sides = [self.term(g[k]) for g in goals(data) for k in {"left", "right", "result"} & {*g}]  # as it says itself
        self.chance = any(map(self.random, [*sides, *[ent(data.get("primal"), ())] * ("primal" in data)]))
        rows = [(i, condition(kind, self.term(t), map(self.position, known))) for kind, i, known, t in conditions(data)]
        self.given = [(i, row) for i, row in rows[:len(data.get("given", ()))] if row.data != "ne"]
        self.where = {require(r.data in COMPARED and r.free <= self.fixed ^ {*i}, "no condition") and r for i, r in rows}
    def new(self, name): return name if NAME.match(name) and not any(name in taken for taken in (
        self.fixed, self.tensors, self.labels)) else refuse(f"{name!r} is no new name")
    def define(self, definitions):  # In their order; each reads what was declared before it.
        for given in definitions:
            shape, letters = tuple(map(self.position, given["shape"])), tuple(map(self.new, given["letters"]))
            body = self.term(given["body"])
            require(len(set(letters)) == len(shape) == len(letters) and body.free <= self.fixed.union(letters)
                    and all(n.free <= self.fixed for n in shape), "the letters of a definition")
            self.tensors[self.new(given["name"])] = tensor_of(shape, ["random"] * bool(self.random(body)), letters, body)
    def shape(self, name): return self.tensors[name].shape  # The lengths of an array.
    def random(self, t): return {a for a in t.reads if "random" in self.tensors[a].properties}  # What a term reads of it.
    def position(self, given):  # {"name": coefficient, "": constant}, or a list of [coefficient, [atoms]].
        return Pos(collected((tuple(sorted(map(self.atom, m), key=atom_key)), integer(c)) for c, m in monomials(given)))
    def atom(self, given):  # A letter, size or label, ["label", array, positions], or ["floor", numerator, denominator].
        if isinstance(given, str): return given if NAME.match(given) or FRESH.match(given) else refuse("no letter")
        kind, a, b = given
        if kind == "floor": return kind, self.position(a), self.position(b)
        fits = kind == "label" and len(b) == len(self.labels[a][1])
        return kind, a, *map(self.position, b if fits else refuse("not an entry of labels"))
    def counted(self, t):  # A term that was made of others; beyond a bound the certificate is refused.
        self.read += t.size if t.kind == "sum" else len(t.children)
        return require(self.read < MAX_FUEL, "too long to be read") and t
    def term(self, given):  # A number of the table, or [kind, ...].
        if type(given) is int: return self.memo.get(given) or self.memo.setdefault(given, self.term(
            self.table[given if given >= 0 else len(self.table)]))
        kind, *rest = require(len(given) == PARTS.get(given[0], len(given)), "a term with other parts") and given
        if kind == "num": return num(Fraction(integer(rest[0], MAX_BITS), integer(rest[1], MAX_BITS)))
        if kind == "val": return value(self.position(rest[0]))
        if kind == "iv" and rest[0] in ("ge", "eq"): return bracket(rest[0], self.position(rest[1]))
        if kind in ("add", "mul", "pow") and rest: return self.counted(BUILD[kind](*map(self.term, rest)))
        if kind == "fn" and (UNKNOWN.match(rest[0]) or rest[0] in DERIVATIVES | FUNCTIONS | {"E": mean}):
            count = rest[0].count(",") + 1 + (rest[0] in ("arctan2", "polygamma"))
            return fn(rest[0], *map(self.term, rest[1:])) if len(rest) == 1 + count else refuse("arguments")
        if kind in ("sum", "all"):  # all integers, or those between two ends
            k, ends = single(self.new(rest[0])), [*map(self.position, rest[1:-1])]
            require(not any(rest[0] in p.free for p in ends), "a range that depends on its own letter")
            held = (bracket("ge", p.plus(q, -1)) for p, q in zip([k, *ends[1:]], [*ends[:1], k]))
            return self.counted(closed(mul(*held, self.term(rest[-1])), rest[0]))
        if kind == "const" and rest == ["pi"]: return Term("const", data="pi")
        if kind not in ("ent", "mat"): refuse(f"no axiom tells of {rest[0] if kind == 'fn' else kind}")
        name, positions, shape = rest[-2], tuple(map(self.position, rest[-1])), self.shape(rest[-2])
        if kind == "ent": return ent(name, positions if len(positions) == len(shape) else refuse(f"the axes of {name}"))
        least = {"inv": (m := len(shape) - 2) + 2, "det": m, "logdet": m, "prod": max(m + 1, len(positions))}[rest[0]]
        square = len(positions) == least and (rest[0] == "prod" or m >= 0 and shape[-1] == shape[-2])
        require(square and not self.random(ent(name, ())), f"the axes of {name}")  # no inverse or product of what is random
        return Term("mat", (), positions, (rest[0], name))
def run(facts, t, steps):  # What a term becomes by steps, each ["at", child, steps] or [axiom, parameters, hints].
    for name, *rest in steps:
        if facts.spend(5 + 4 * t.size) or name == "at": t = run_inside(facts, t, integer(rest[0]), rest[1])
        else:
            facts.script["hints"] = iter(rest[1] if len(rest) > 1 else ())
            try: t = AXIOMS[name][0](facts, t, *(rest[0] if rest else ()))
            except Refused as why: raise Refused(f"{name}: {why}") from None
    return t
def run_inside(facts, t, k, steps):  # A part rewritten: in a sum its letter is opened, in a product brackets are facts.
    if require(0 <= k < len(t.children), "no such part") and t.kind == "sum":
        return closed(run(facts.inside((), [facts.fresh()]), opened(t, single(facts.fresh())), steps), facts.fresh())
    before, after = t.children[:k], t.children[k + 1:]
    known = held_by(c for c in before + after if c.kind == "iv") if t.kind == "mul" else ()
    return rebuilt(t, (*before, run(facts.inside(known), t.children[k], steps), *after), t.positions)
def multiplied(facts, t, letter, name, way):  # Σ_k A[letter,k] t(k), or turned: with A invertible it tells all t(k) apart.
    (n, m), k, own = facts.statement.shape(name), single(facts.fresh()), {p for p in facts.known if letter in p.free}
    require(own == {*held_by(in_range([single(letter)], [n]))} and n == m and letter in facts.letters and way in (1, -1)
            and not facts.invertible(name) and not facts.statement.random(ent(name, ())), "not a square by every entry")
    return closed(mul(ent(name, (single(letter), k)[::way]), replaced(t, letter, k), *in_range([k], [n])), facts.fresh())
def same(facts, left, right, given):  # Both sides, multiplied by invertible matrices if there are any, come to one term.
    left, right = (reduce(lambda t, by: multiplied(facts, t, *by), given.get("times", ()), t) for t in (left, right))
    require(run(facts, left, given.get("left", [])) == run(facts, right, given.get("right", [])), "the sides differ")
def prove(statement, proof, kind=Facts, same=same):  # Refuse unless the proof proves the statement; whether it is of chance.
    data, facts, statement.table = statement.data, kind(statement, statement.known), statement.table + proof.get("terms", [])
    for given in proof.get("lemmas", []): equal_arrays(facts, given, same)
    if "primal" in data: return derived(facts, data, proof, same) or statement.chance
    facts = over(facts, [p[0] for p in data["letters"]], [statement.position(p[1]) for p in data["letters"]])
    sides = [facts.legible(statement.term(data[side])) for side in ("left", "right")]
    return same(*(induction(facts, sides, proof, same) if "base" in proof else (facts, *sides)), proof) or statement.chance
@axiom("induction", "f(t) = g(t), as f(1) = g(1) and f(t) - q f(t-1) = g(t) - q g(t-1) for t > 1", "t ≥ 1, a whole claim")
def induction(facts, sides, given, same):  # The base is shown, the step is what is left to show.
    (t, q), p = (given["on"], facts.legible(facts.statement.term(given["ratio"]))), single(given["on"]).plus(constant(-1))
    require(t in facts.letters and sum(t in known.free for known in facts.known) < 3, "not a letter of its own range")
    same(facts, *(replaced(f, t, constant(1)) for f in sides), given["base"])
    return facts.inside([p.plus(constant(-1))]), *(add(f, neg(mul(q, replaced(f, t, p)))) for f in sides)
def equal_arrays(facts, given, same):  # v[i] = w[i], or w[reversed i], in range, so everywhere: both are 0 elsewhere.
    (v, w), letters, way = given["names"], given["letters"], -1 if given.get("turned") is True else 1
    shape, at = facts.statement.shape(v), [*map(single, letters)]
    require(facts.statement.shape(w) == shape[::way], "arrays of different shapes")
    same(over(facts, letters, shape), ent(v, at), ent(w, at[::way]), given); facts.statement.lemmas.add((v, w, way))
def goals(data): return [data, *data.get("also", [])]  # The variables by which a derivative is claimed, with its results.
def conditions(data): return [*data.get("given", ()), *data["where"]]  # What is assumed, and what the proof relies on.
def derived(facts, goal, proof, same):  # ∂primal/∂variable = result, by the cotangents of everything between.
    statement, primal, variables = facts.statement, goal["primal"], {g["variable"] for g in goals(goal)}
    graph, shape, seed = readers(statement, primal, variables), statement.shape(primal), goal.get("seed")
    require(len(variables) == 1 or not goal["rows"] and all(statement.tensors[v].body is None for v in variables),
            "several variables have a gradient where each is a declared array")
    statement.define(proof.get("definitions", []))
    own, facts = [f"@a{k}" for k in range(len(shape))], over(facts, goal["rows"], () if seed is not None else shape)
    require(seed is None or statement.shape(seed) == shape, "the seed has another shape")
    rows, at = map(single, goal["rows"]), [*map(single, own)]
    bars = {primal: (own, mul(*equals(at, rows)) if seed is None else ent(seed, at))}
    for given in proof.get("cotangents", []):
        inner = over(facts, own := given["letters"], statement.shape(u := given["of"]))
        require(u in graph and u not in bars, "a cotangent of something else, or a second one")
        result = inner.legible(statement.term(given["term"]))
        bars[u] = same(inner, accumulated(inner, bars, graph[u], u, own), result, given) or (own, result)
    for each, steps in zip(goals(goal), [proof, *proof.get("also", [])], strict=True):
        inner = over(facts, letters := each["letters"], statement.shape(v := each["variable"]))
        require(v in bars or v not in graph, f"the cotangent of {v} is missing")
        found = renamed(bars[v][1], bars[v][0], map(single, letters)) if v in bars else ZERO
        same(inner, found, inner.legible(statement.term(each["result"])), steps)
def over(facts, letters, shape):  # Facts in which letters run over a shape.
    require(len(letters) == len(shape) == len({*letters} - {*facts.letters}) <= MAX_KNOWN, "letters that fit no shape")
    return facts.inside(held_by(in_range(map(single, map(facts.statement.new, letters)), shape)), letters)
def readers(statement, primal, variables):  # Name -> the definitions that read it, from the primal to the variables.
    every, found = [primal], {}
    for v in every:  # those that are found are appended on the way
        for u in getattr(statement.tensors[v].body, "reads", ()) if v not in variables else ():
            every[len(every):] = [u] * (u not in found); found.setdefault(u, set()).add(v)
    return found
def accumulated(facts, bars, consumers, u, letters):  # Σ over all definitions v that read u, of Σ_a v̄_a ∂v_a/∂u_letters.
    def through(v):
        tensor = facts.statement.tensors[require(v in bars, f"the cotangent of {v} is missing, which reads {u}") and v]
        at = [*map(single, own := [f"@a{k}" for k in range(len(tensor.shape))])]
        change = differentiated(facts, renamed(tensor.body, tensor.letters, at), u, tuple(map(single, letters)))
        return summed(facts, mul(renamed(bars[v][1], bars[v][0], at), *in_range(at, tensor.shape)), change, *own)
    return add(*map(through, sorted(consumers)))
PI, FAILURES = Decimal("3.141592653589793238462643383279502884197169399375105821"), (ArithmeticError, ValueError)  # no value
class Numbers:  # The statement at sizes and random decimals, literally, by no axiom; ``bump`` moves entries for derivatives.
    def __init__(self, data, sizes, seed, budget):
        self.data, self.table, self.names, self.seed, self.bump = data, data["terms"], dict(sizes), seed, ()
        self.still, self.budget, self.seen, self.defined = self, budget, {}, {d["name"]: d for d in data["definitions"]}
        self.shape = lru_cache(999)(lambda a: [*map(self.position, (self.defined.get(a) or data["tensors"][a])["shape"])])
        self.draw = lru_cache(9_999)(self.draw)  # what is drawn is shared by the points beside this one
        self.names |= {name: self.label(name, ()) for name, label in data["labels"].items() if not label["shape"]}
    def chance(self, *what):  # Between 0 and 1, and the same whenever it is asked for.
        return int.from_bytes(hashlib.blake2b(f"{self.seed} {what}".encode(), digest_size=6).digest(), "big") / 2 ** 48
    def label(self, name, at):  # A label, 0 outside its array.
        size, *shape = [self.position(p, {}) for y in [self.data["labels"][name]] for p in (y["size"], *y["shape"])]
        return 1 + int(self.chance(name, at) * size) % max(size, 0) if all(1 <= k <= n for k, n in zip(at, shape)) else 0
    def draw(self, name, at, held):  # A random entry with the declared properties; every other time all are below 1.
        ends = self.spend() or [(99, 750), (750, 9_000), (1, 99 if self.seed % 2 else 250)]  # some satisfy what is assumed
        if not (self.seed % 2 or {"positive", "sums_to_one"} & held): ends += [(-750, -99), (-250, 250)]
        a, b = ends[int(self.chance(name) * len(ends)) if "given" in self.data else -1]
        x = Decimal(int(1000 * (a + (b - a) * self.chance(name, at[:-2], sorted(at[-2:]) if SYMMETRIC & held else at))) or 7)
        if "one_hot" in held: return Decimal(at[-1] == 1 + sum(at[:-1]) % self.shape(name)[-1])
        if "orthogonal" in held: return x / abs(x) * (at[-1] == at[-2])
        if "positive_definite" in held and at[-1] == at[-2]: x += 300_000 * self.shape(name)[-1]
        return x / 100_000 if "diagonal" not in held or at[-1] == at[-2] else Decimal(0)
    def position(self, given, letters=()):  # The integer that a position is.
        if type(given) is not dict: return sum([c * prod([self.atom(a, letters) for a in m]) for c, m in given])
        return sum([c * (letters[a] if a in letters else self.names[a] if a else 1) for a, c in given.items()])
    def atom(self, given, letters):  # A letter, a size, a label (0 outside its array), or a quotient.
        if isinstance(given, str): return letters[given] if given in letters else self.names[given]
        if given[0] == "label": return self.label(given[1], tuple(self.position(p, letters) for p in given[2]))
        return self.position(given[1], letters) // self.position(given[2], letters)
    def entry(self, name, at):  # An entry, 0 outside the shape.
        if (name, at) not in self.seen:
            found, given, shape = Decimal(0), self.defined.get(name), self.shape(name)
            if all(1 <= k <= n for k, n in zip(at, shape)):
                held = frozenset(() if given else self.data["tensors"][name]["properties"])
                found = self.term(given["body"], dict(zip(given["letters"], at))) if given else self.draw(name, at, held)
                if "sums_to_one" in held: found /= sum(self.draw(name, (*at[:-1], k), held) for k in range(1, 1 + shape[-1]))
            self.seen[name, at] = found + self.bump[name, at] if (name, at) in self.bump else found
        return self.seen[name, at]
    def spend(self, amount=1):  # Count work; beyond a bound this point is given up.  A length may be negative.
        self.budget[0] -= abs(amount)
        if self.budget[0] < 0: raise MemoryError
    def term(self, t, letters):  # The value of a term.
        while type(t) is int: t = self.table[t]
        kind, *rest = self.spend() or t
        if kind == "ent": return self.entry(rest[0], tuple([self.position(p, letters) for p in rest[1]]))
        if kind == "iv": return Decimal(getattr(operator, rest[0])(self.position(rest[1], letters), 0))
        if kind in ("num", "const"): return PI if kind == "const" else Decimal(rest[0]) / Decimal(rest[1])
        if kind == "val": return Decimal(self.position(rest[0], letters))
        if kind == "mat": return self.matrix(*rest, letters)
        if kind in ("sum", "all"):  # "all" stands in conditions alone, whose brackets end it
            ends = [self.position(p, letters) for p in rest[1:-1]] or [0, max([0, *self.names.values()]) + 2]
            return sum([self.term(rest[-1], {**letters, rest[0]: k}) for k in range(ends[0], ends[1] + 1)], Decimal(0))
        if kind == "mul":  # brackets first: where one is 0 the product is 0, whatever stands behind it
            rows = [self.table[c] if type(c) is int else c for c in rest]
            if not all(self.term(row, letters) for row in rows if row[0] == "iv"): return Decimal(0)
            return reduce(lambda x, r: x and x * self.term(r, letters), [r for r in rows if r[0] != "iv"], Decimal(1))
        if rest[0] == "stop_gradient": return self.still.term(rest[1], letters)  # what is held does not move
        inner = [self.term(c, letters) for c in (rest[1:] if kind == "fn" else rest)]
        if kind == "pow" and not inner[0] and inner[1] < 0: raise ZeroDivisionError
        if kind == "pow" and abs(2 * inner[1] % 2) == 1: inner = [inner[0].sqrt(), 2 * inner[1]]
        if kind == "pow": return inner[0] ** inner[1] if inner[1] else Decimal(1)
        return sum(inner, Decimal(0)) if kind == "add" else at_number(rest[0], tuple(inner))
    def matrix(self, kind, name, positions, letters):  # By minors; "prod" goes along the last axis, some left out.
        *lead, last = self.shape(name) or [0]
        at, n, m = [self.position(p, letters) for p in positions], self.spend(last) or range(1, 1 + last), len(lead)
        if kind == "prod": return prod((self.entry(name, (*at[:m], k)) for k in n if k not in at[m:]), start=Decimal(1))
        def det(rows, columns, at=tuple(at[:m - 1])):
            return self.spend() or Decimal(1) if not rows else sum(((-1) ** k * self.entry(name, (*at, rows[0], c)) * det(
                rows[1:], [d for d in columns if d != c]) for k, c in enumerate(columns)), Decimal(0))
        whole = self.seen.get(k := (name, *at[:m - 1])) or self.seen.setdefault(k, det([*n], [*n]))
        if abs(whole) < 1e-9: raise ZeroDivisionError
        if kind != "inv": return whole if kind == "det" else abs(whole).ln()
        return (-1) ** sum(at[-2:]) * det(*([k for k in n if k != q] for q in at[:-3:-1])) / whole * ({*at[-2:]} <= {*n})
def some(chance, shape, count): return sorted({tuple([chance.randint(1, n) for n in shape]) for _ in range(count)})
def series(first, by):  # Σ of terms, each from the one before.
    return Decimal(sum(takewhile(lambda x: abs(x) > 1e-54, accumulate(range(3_000), lambda x, k: x * by(k), initial=first))))
def at_number(name, args):  # A function at a number; unknown is phi@d, c^d e^(c x) with c from its name, and log Γ as well.
    x, y, square, (base, _, orders) = args[0], args[0] % (2 * PI), args[0] ** 2, name.rpartition("@")
    if base:
        slopes = [Decimal(1 + (sum(base.encode()) + 3 * k) % 7) / 10 for k in range(len(args))]
        return prod((c ** int(d) * (c * a).exp() for c, d, a in zip(slopes, orders.split(","), args)), start=Decimal(1))
    if name == "log" and x <= 0 or abs(x) > {"erf": 6, "arctan": 4}.get(name, 10_000): raise ZeroDivisionError
    return {"erf": lambda: 2 / PI.sqrt() * (-square).exp() * series(x, lambda k: 2 * square / (2 * k + 3)), "E": lambda: x,
        "log": lambda: x.ln(), "arctan2": lambda: 2 * at_number("arctan", (x / (args[1] + (square + args[1] ** 2).sqrt()),)),
        "sin": lambda: series(y, lambda k: -y * y / ((2 * k + 2) * (2 * k + 3))), "sign": lambda: Decimal((x > 0) - (x < 0)),
        "tan": lambda: at_number("sin", (x,)) / at_number("cos", (x,)), "arccos": lambda: PI / 2 - at_number("arcsin", args),
        "arcsinh": lambda: (x + (1 + square).sqrt()).ln(), "arcsin": lambda: at_number("arctan2", (x, (1 - square).sqrt())),
        "sigmoid": lambda: 1 / (1 + (-x).exp()), "normal_cdf": lambda: (1 + at_number("erf", (x / Decimal(2).sqrt(),))) / 2,
        "normal_pdf": lambda: (-square / 2).exp() / (2 * PI).sqrt(), "arccosh": lambda: (x + (square - 1).sqrt()).ln(),
        "arctanh": lambda: ((1 + x) / (1 - x)).ln() / 2, "polygamma": lambda: at_number(f"gamma@{x + 1}", args[1:]),
        "arctan": lambda: series(x / (1 + square), lambda k: square / (1 + square) * (2 * k + 2) / (2 * k + 3)),
        "cos": lambda: at_number("sin", (x + PI / 2,)), "gammaln": lambda: at_number("gamma@0", args), "abs": lambda: abs(x),
        "tanh": lambda: 1 - 2 / (1 + (2 * x).exp()), "digamma": lambda: at_number("gamma@1", args), "exp": lambda: x.exp(),
        "sinh": lambda: (x.exp() - (-x).exp()) / 2, "cosh": lambda: (x.exp() + (-x).exp()) / 2, "Var": lambda: x - x,
        "softplus": lambda: (1 + x.exp()).ln(), "floor": lambda: x // 1 - (x % 1 < 0), "ceil": lambda: x // 1 + (x % 1 > 0),
        "heaviside": lambda: Decimal(x > 0), "relu": lambda: max(x, Decimal(0)), "round": lambda: Decimal(round(x))}[name]()
def second_opinion(data, unseen=False):  # Refuse what is false at small sizes, or nowhere has values; 2: too large to look.
    draw, seen, large, left = random.Random(0), 0, 0, [budget := max(3_000, min(30 * len(data["terms"]), 200_000))]
    more = {0: 5, 1: 40 * bool(every := data["sizes"])}
    for k in range(64):  # all sizes 2, then 1, then 3 and 2, then at random
        sizes = {s: (2, 1, large or 3 - n % 2)[k] if k < 3 else draw.randint(1, 4 + k // 16) for n, s in enumerate(every)}
        try: seen += at_point(data, sizes, k, left, unseen) if left[0] > 0 and (k < 3 or seen < 3) else 0
        except FAILURES: continue
        except MemoryError: left, large = left if seen else [more.get(k, 0) * budget], large + (k == 1 < len(left))
    return 0 if seen else 2 * require(large and not conditions(data), "no point was found at which both sides have values")
def at_point(data, sizes, seed, left, seen=0):  # How many entries agree; ``left`` is longer if what is assumed is possible.
    numbers, derived_, chance, few = Numbers(data, sizes, seed, left), "primal" in data, random.Random(seed), 3 * (not seen)
    if any(numbers.position(p, {}) < 0 for p in data["assumptions"]) or not all(
            numbers.matrix("det", a, [{"": k} for k in at], {}) for a in data["invertible"] if a in numbers.defined
            for at in product(*(range(1, n + 1) for n in numbers.shape(a)[:-2]))): return 0
    for kind, own, known, t in sorted(conditions(data), key=lambda row: len(row[1])):  # letters up to all sizes and 1 more
        for env in (dict(zip(own, at)) for at in product(range(max([1, *numbers.names.values()]) + 2), repeat=len(own))):
            outside = numbers.spend() or any(numbers.position(p, env) < 0 for p in known)
            if not (outside or getattr(operator, kind)(numbers.term(t, env), 0)): return 0
    left.append(0); names, shape = (data["rows"], [] if "seed" in data else numbers.shape(data["primal"])) if derived_ else (
        [i for i, _ in data["letters"]], [numbers.position(n, {}) for _, n in data["letters"]])
    for at in some(chance, shape, few):  # gradients are looked at in one direction
        env, moved = dict(zip(names, at)), [(g, a, Decimal(chance.randint(1, 99)) / 100) for g in goals(data) * derived_
                                            for a in some(chance, numbers.shape(g["variable"]), 9)]
        try: right, other = (sum(w * numbers.term(g["result"], {**env, **dict(zip(g["letters"], a))}) for g, a, w in moved),
            quotient(data, at, numbers, moved)) if derived_ else (numbers.term(data[k], env) for k in ("right", "left"))
        except FAILURES: continue
        small, seen = Decimal("1e-14" if derived_ else "1e-25") * (1 + abs(other) + abs(right)), seen + 1
        require(abs(other - right) <= small, f"false in numbers: {other:.6g} against {right:.6g} at {sizes}, entry {at}")
    return seen
def quotient(data, at, numbers, moved):  # (f(x+h) - f(x-h))/2h in one direction, of the output ``at``, or of Σ seed·f.
    numbers.spend(prod(numbers.shape(data["seed"])) if "seed" in data else 1)
    def value_at(h):
        every = [at] if "seed" not in data else product(*(range(1, n + 1) for n in numbers.shape(data["seed"])))
        there = copy.copy(numbers)
        there.bump, there.seen, there.still = {(g["variable"], a): h * w for g, a, w in moved}, {}, numbers
        return sum((numbers.entry(data["seed"], a) if "seed" in data else 1) * there.entry(data["primal"], a) for a in every)
    return (value_at(h := Decimal("1e-12")) - value_at(-h)) / (2 * h)
SIGNS, BARE = {*"Σ∂≥≤≠·⌊⌋«»…αβγδεζηθλμξρστφχψωΓΔΘΛΞΦΨΩ"}, re.compile(r"\w+'*(\[[^][]*\])?")  # shown as they are; in a power
def plain(text): return "".join(c if " " <= c <= "~" or c in SIGNS else f"\\u{ord(c):04x}" for c in text)  # None look alike.
def show_pos(p):  # A position of the JSON as text.
    return "".join(f"{'-' if c < 0 else '+'}{'·'.join([str(abs(c))] * (abs(c) != 1 or not m) + [*map(show_atom, m)])}"
                   for c, m in monomials(p)).removeprefix("+") or "0"
def show_atom(a): return a if type(a) is str else at_letters(a[1], map(show_pos, a[2])) if a[0] == "label" else (
    f"⌊({show_pos(a[1])})/({show_pos(a[2])})⌋")
def at_letters(name, letters): return f"{name}[{','.join(letters)}]".removesuffix("[]")
def show(t, table, texts, whole=False):  # A term of the JSON as text; a long part stands once, by its number «k».
    if type(t) is int and (text := texts.get(t) or texts.setdefault(t, show(table[t], table, texts))):
        return text if whole or len(text) <= 100 else f"«{t}»"
    kind, *rest = t
    if kind in ("num", "const"): return "3.14159…" if kind == "const" else str(Fraction(*rest))
    if kind in ("iv", "val"): return f"[{show_pos(rest[1])} {'=≥'['ge' in rest]} 0]" if rest[1:] else f"({show_pos(*rest)})"
    if kind in ("ent", "mat"): return at_letters("(".join(rest[:-1]) + ")" * (kind == "mat"), map(show_pos, rest[-1]))
    inner = [show(c, table, texts) for c in rest[{"add": 0, "mul": 0, "pow": 0, "fn": 1}.get(kind, -1):]]
    if kind in ("sum", "all"): return f"(Σ({rest[0]}={'..'.join(map(show_pos, rest[1:-1]))}) {inner[0]})"
    if kind in ("fn", "mul"): return f"{rest[0]}({', '.join(inner)})" if kind == "fn" else "·".join(inner)
    return f"({' + '.join(inner) if kind == 'add' else '^'.join(x if BARE.fullmatch(x) else f'({x})' for x in inner)})"
def show_statement(data, unseen):  # The claim and all that it is about: everything that is said but for the words.
    texts, text = {}, lambda t: show(t, data["terms"], texts, True)
    top = (f"Σ {data['seed']}·" if "seed" in data else "") + f"∂{at_letters(data.get('primal', ''), data.get('rows', ()))}"
    every = [f"{text(data['left'])} = {text(data['right'])}"] if "left" in data else [
        f"{top}/∂{at_letters(g['variable'], g['letters'])} = {text(g['result'])}" for g in goals(data)]
    free = [*data["sizes"], *(f"{i}≤{show_pos(n)}" for i, n in data["letters"] * ("left" in data)),
            *(f"{at_letters(a, map(show_pos, y['shape']))}≤{show_pos(y['size'])}" for a, y in data["labels"].items())]
    named = [*data["tensors"].items(), *((d["name"], d) for d in data["definitions"])]
    arrays = [" ".join([at_letters(a, map(show_pos, t["shape"])), *t.get("properties", ()), *(
        f"E^{k}={m}" for k, m in enumerate(t.get("moments", ()), 1))]) for a, t in named]
    every += [*(f"{words} {', '.join(found)}" for words, found in (("for all", free), ("arrays", arrays)) if found),
              *(f"{show_pos(p)} ≥ 0" for p in data["assumptions"]), *(f"{a} invertible" for a in data["invertible"]),
              *(" where ".join([f"{text(t)} {'≠>≥'[COMPARED.index(kind)]} 0", *(f"{show_pos(p)} ≥ 0" for p in at)])
                for kind, _, at, t in conditions(data)), *["means exist", "not looked at in numbers"][unseen - 1:2 * unseen],
              *(f"{', '.join(names)} independent" for names in data.get("independent", ()) if names[1:]),
              *(f"{at_letters(d['name'], d['letters'])} := {text(d['body'])}" for d in data["definitions"])]
    there = {*re.findall("«([0-9]+)»", f"{every}{texts}")}
    return plain("; ".join(every + [f"«{t}» := {texts[t]}" for t in texts if str(t) in there]))
def digest(statement):  # What binds a proof to its statement.
    return hashlib.sha256(json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=0).encode()).hexdigest()
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RuntimeError, ArithmeticError, MemoryError, StopIteration)
def check(certificate):  # Refuse a certificate unless it proves its statement; the claim in words and index notation.
    try:
        require({*certificate} == {"version", "statement", "steps", "digest"}, "other parts than those of a certificate")
        require(certificate["version"] == VERSION, f"only version {VERSION} is read here: make the certificate anew")
        require(certificate["digest"] == digest(data := certificate["statement"]), "the digest is not that of the statement")
        claims = require(data["all"], "nothing is claimed") if data.keys() == {"all"} else [data]
        with localcontext(prec=50): return "; and ".join([
            show_statement(d, second_opinion(d, chance := prove(Statement(d), p)) or chance)
            for d, p in zip(claims, certificate["steps"]["all"] if "all" in data else [certificate["steps"]], strict=True)])
    except MALFORMED as why: raise Refused(f"not well formed: {type(why).__name__} {why}") from None
def once(pairs): return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse("a key stands twice")  # an object
def load(path):  # A certificate from a file.
    with open(path, "rb") as file:
        return json.loads(file.read(MAX_BYTES), object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
def main(arguments):  # The command: a line for every file.
    if arguments == ["--axioms"]: return print(*("\n".join([name, text, *[f"needs: {needs}"] * bool(needs)]).replace(
        "\n", "\n    ") for name, (_, text, needs) in AXIOMS.items()), sep="\n") or 0
    bad, _ = not arguments, sys.setrecursionlimit(12_000)  # definitions are followed by recursion
    for path in arguments:
        try: said = f"accepted: {check(load(path))}"
        except (Refused, OSError, *MALFORMED) as why: bad, said = True, f"REFUSED: {plain(str(why)[:1_000])}"
        print(f"{plain(path)}: {said}")
    return int(bad)
if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
