"""Index expressions of the engine: light, interned nodes with smart constructors.

A node is a scalar in its free index letters.  Equal nodes are identical.  The constructors keep a local normal form
(flat sums and products, like terms and powers collected, numbers folded) and nothing more: distribution, contraction
and folding are named rules elsewhere, so that a proof can cite them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import partial
from inspect import get_annotations
from operator import attrgetter
from typing import Any, ClassVar, Protocol

from sympy import Expr

from ..bounds import COPIED, admit_number, admit_power, first, spend
from ..errors import BoundExceeded, IndexError_
from .affine import Affine, Atom, Idx, Interned, LabelRef, Multiple, affine, atom_key, constant
from .letters import spare
from .traversals import Once

Number = int | Fraction


class Sym:
    """A tensor as the engine knows it: a name, axis sizes, and the array expression it stands for.

    ``letters`` and ``body`` are set for definitions, and None for declared tensors.
    """

    __slots__ = ("__weakref__", "array", "body", "key", "latex", "letters", "name", "properties", "role", "shape", "stem")

    def __init__(self, name: str, shape: tuple[Affine, ...], array: Expr | None = None, *, key: str | None = None,
                 properties: frozenset[str] = frozenset(), latex: str | None = None, role: str = "declared") -> None:
        self.name = name
        self.shape = shape
        self.array = array
        self.key = key or name
        self.properties = properties
        self.latex = latex
        self.role = role
        self.stem = ""  # what names a definition that has no operator's name: one that is computed at free letters
        self.letters: tuple[Idx, ...] | None = None
        self.body: Node | None = None

    def __repr__(self) -> str:
        return self.key


# Every node keeps its own text, so that what doubles with every level must end somewhere.
MAX_TREE = 100_000


_NONE: frozenset[Any] = frozenset()
_KEY = attrgetter("key")


class Node:
    """Base of index expressions.  ``free`` holds the free letters, ``syms`` the tensors read, ``size`` the tree size,
    ``deltas`` whether a Kronecker delta stands in it, ``children`` the nodes directly below."""

    __slots__ = ("__weakref__", "_letters_in", "children", "deltas", "fields", "free", "key", "size", "syms")
    _letters_in: frozenset[str]
    children: tuple[Node, ...]
    deltas: bool
    fields: tuple[Any, ...]
    free: frozenset[Idx]
    syms: frozenset[Sym]
    size: int
    key: str
    _table: ClassVar[Interned[Any, Node]] = Interned()
    _names: ClassVar[tuple[str, ...]] = ()
    """What the first fields are called."""

    def __init_subclass__(cls) -> None:
        cls._names += tuple(get_annotations(cls))

    def __new__(cls, *fields: Any) -> Any:
        spend()
        ident = (cls, fields)
        found = Node._table.get(ident)
        if found is None:
            found = object.__new__(cls)
            found.fields = fields
            for name, value in zip(cls._names, fields, strict=False):
                setattr(found, name, value)
            found.children = found._below()
            found._finish()
            found = Node._table.one(ident, found)
        if len(found.key) >= COPIED and first(hash(found.key)):
            spend(len(found.key) // COPIED)
        return found

    def _finish(self) -> None:
        free, syms, size, deltas = _NONE, _NONE, 1, False
        for c in self.children:
            free = free if c.free <= free else c.free if free <= c.free else free | c.free
            syms = syms if c.syms <= syms else c.syms if syms <= c.syms else syms | c.syms
            size += c.size
            deltas = deltas or c.deltas
        self.free, self.syms, self.size, self.deltas = free, syms, size, deltas
        if self.size > MAX_TREE:
            raise BoundExceeded(f"written out, an expression has more than {MAX_TREE} nodes", hint="name parts by sd.define")
        self.key = self._key()

    def _key(self) -> str:
        raise NotImplementedError

    def _below(self) -> tuple[Node, ...]:
        return ()

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        """The same node over new children, through the smart constructors."""
        return self

    def __repr__(self) -> str:
        return self.key

    def __reduce__(self) -> Any:
        raise TypeError("engine nodes are not pickled; pickle the public expression instead")


def _union(sets: Iterable[frozenset[Any]]) -> frozenset[Any]:
    result: frozenset[Any] = frozenset()
    for s in sets:
        if s:
            result = s if not result else result if s <= result else result | s
    return result


class Num(Node):
    """A rational number."""

    __slots__ = ("value",)
    value: Number

    def _finish(self) -> None:
        admit_number(self.value)
        super()._finish()

    def _key(self) -> str:
        return _number_key(self.value)


class Const(Node):
    """A mathematical constant such as pi, kept as a SymPy number."""

    __slots__ = ()

    def _key(self) -> str:
        return str(self.fields[0])


class IndexValue(Node):
    """The value of an index letter, a size or a label, as a number."""

    __slots__ = ("atom",)
    atom: Atom

    def _finish(self) -> None:
        super()._finish()
        self.free = frozenset((self.atom,)) if isinstance(self.atom, Idx) else _union(
            p.free for p in getattr(self.atom, "idx", ()))

    def _key(self) -> str:
        return atom_key(self.atom)


class TensorEntry(Node):
    """An entry of a tensor."""

    __slots__ = ("idx", "sym")
    sym: Sym
    idx: tuple[Affine, ...]

    def _finish(self) -> None:
        super()._finish()
        self.free = _union(i.free for i in self.idx)
        self.syms = frozenset((self.sym,))

    def _key(self) -> str:
        return _entry_key(self.sym, self.idx)


class MatrixFunctionEntry(Node):
    """An entry of the inverse of a matrix ("inv"), or its determinant or log-determinant.

    The matrix is an array of two axes, or a member of a stack: ``lead`` are the positions that say which, ``own`` the rest.
    """

    __slots__ = ("idx", "kind", "sym")
    kind: str
    sym: Sym
    idx: tuple[Affine, ...]

    @property
    def lead(self) -> tuple[Affine, ...]:
        """Which matrix of a stack it is."""
        return self.idx[:len(self.sym.shape) - 2]

    @property
    def own(self) -> tuple[Affine, ...]:
        """The positions in that matrix."""
        return self.idx[len(self.sym.shape) - 2:]

    def _finish(self) -> None:
        super()._finish()
        self.free = _union(i.free for i in self.idx)
        self.syms = frozenset((self.sym,))

    def _key(self) -> str:
        return f"{self.kind}({self.sym.key})" + (f"[{','.join(i.key for i in self.idx)}]" if self.idx else "")


class PositionCondition(Node):
    """1 where an affine expression is what is asked, else 0."""

    __slots__ = ("expr",)
    expr: Affine

    def _finish(self) -> None:
        super()._finish()
        self.free = self.expr.free


class Delta(PositionCondition):
    """Kronecker delta: 1 where the affine expression is 0."""

    __slots__ = ()

    def _finish(self) -> None:
        super()._finish()
        self.deltas = True

    def _key(self) -> str:
        return f"[{self.expr.key}=0]"


class IversonBracket(PositionCondition):
    """Iverson bracket: 1 where the affine expression is at least 0."""

    __slots__ = ()

    def _key(self) -> str:
        return f"[{self.expr.key}>=0]"


class FunctionValue(Node):
    """A scalar function of scalars, by name; the derivative table lists them all."""

    __slots__ = ("name",)
    name: str

    def _below(self) -> tuple[Node, ...]:
        return self.fields[1]  # type: ignore[no-any-return]

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        return fn(self.name, *children)

    def _key(self) -> str:
        return f"{self.name}({','.join(c.key for c in self.children)})"


class Pow(Node):
    """base ** exponent."""

    __slots__ = ("base", "exponent")
    base: Node
    exponent: Node

    def _below(self) -> tuple[Node, ...]:
        return self.fields

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        return power(*children)

    def _key(self) -> str:
        return f"({self.base.key})^{self.exponent.key}"


class Mul(Node):
    """coefficient times at least one factor."""

    __slots__ = ("coeff", "factors")
    coeff: Number
    factors: tuple[Node, ...]

    def _below(self) -> tuple[Node, ...]:
        return self.fields[1]  # type: ignore[no-any-return]

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        return mul(num(self.coeff), *children)

    def _key(self) -> str:
        head = [] if self.coeff == 1 else [_number_key(self.coeff)]
        return "*".join(head + [f"({f.key})" if isinstance(f, Add) else f.key for f in self.factors])


class Add(Node):
    """A sum of at least two terms."""

    __slots__ = ()

    def _below(self) -> tuple[Node, ...]:
        return self.fields[0]  # type: ignore[no-any-return]

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        return add(*children)

    def _key(self) -> str:
        return "+".join(c.key for c in self.children)


class Sum(Node):
    """Σ over bound letters, each over the range it carries."""

    __slots__ = ("binders", "body")
    body: Node
    binders: tuple[Idx, ...]

    def _below(self) -> tuple[Node, ...]:
        return (self.fields[0],)

    def _finish(self) -> None:
        super()._finish()
        ends = _union(e.free for b in self.binders for e in (b.lo, b.hi))
        self.free = (self.free - frozenset(self.binders)) | (ends - frozenset(self.binders))

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        return total(children[0], self.binders)

    def _key(self) -> str:
        limits = ",".join(f"{b.key}={b.lo.key}..{b.hi.key}" for b in self.binders)
        return f"Sum_{{{limits}}}({self.body.key})"


class Deriv(Node):
    """∂ body / ∂ tensor[positions], not yet carried out; names in the body count as independent."""

    __slots__ = ("body", "idx", "sym")
    body: Node
    sym: Sym
    idx: tuple[Affine, ...]

    def _below(self) -> tuple[Node, ...]:
        return (self.fields[0],)

    def _finish(self) -> None:
        super()._finish()
        self.free = self.free | _union(i.free for i in self.idx)

    def rebuild(self, children: tuple[Node, ...]) -> Node:
        return deriv(children[0], self.sym, self.idx)

    def _key(self) -> str:
        return f"d[{self.body.key}]/d[{_entry_key(self.sym, self.idx)}]"


def _number_key(value: Number) -> str:
    return f"({value})" if value < 0 or isinstance(value, Fraction) else str(value)


def _entry_key(sym: Sym, idx: tuple[Affine, ...]) -> str:
    return sym.key + (f"[{','.join(i.key for i in idx)}]" if idx else "")


# ------------------------------------------------------------------ constructors

def num(value: Number) -> Num:
    """A rational number, an integer where it is one."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    return Num(value)  # type: ignore[no-any-return]


ZERO, ONE, MINUS_ONE = num(0), num(1), num(-1)


def val(expr: Affine) -> Node:
    """The value of an affine expression as a scalar."""
    return add(*(mul(num(c), _value(a)) for a, c in expr.terms), num(expr.const))


def _value(atom: Atom) -> Node:
    """The value of an atom; that of a letter times a size is a product."""
    if isinstance(atom, Multiple):
        return mul(*(power(IndexValue(base), num(int(e))) for base, e in atom.factor.as_powers_dict().items()),
                   IndexValue(atom.inner))
    return IndexValue(atom)  # type: ignore[no-any-return]


def ent(sym: Sym, *idx: Affine) -> TensorEntry:
    """An entry."""
    return TensorEntry(sym, idx)  # type: ignore[no-any-return]


def delta(expr: Affine) -> Node:
    """[expr = 0], with sign and common divisor removed; a number where it is decided."""
    if expr.is_const:
        return ONE if expr.const == 0 else ZERO
    divided = expr.divided(expr.content)
    if divided is None:
        return ZERO
    return Delta(divided if divided.terms[0][1] > 0 else -divided)  # type: ignore[no-any-return]


def guard(expr: Affine) -> Node:
    """[expr >= 0]; a number where it is decided."""
    if expr.is_const:
        return ONE if expr.const >= 0 else ZERO
    c = expr.content
    if c > 1:
        expr = Affine(tuple((a, k // c) for a, k in expr.terms), expr.const // c)
    return IversonBracket(expr)  # type: ignore[no-any-return]


class FunctionRule(Protocol):
    """What nodes are told of a function by its record."""

    def evaluated(self, args: tuple[Node, ...]) -> Node | None:
        """An exact value that needs no side condition."""

    def raised(self, args: tuple[Node, ...], exponent: int) -> Node | None:
        """A shorter form of a positive whole power."""


RULES: dict[str, FunctionRule] = {}
"""The functions, filled by the room of their records."""


def fn(name: str, *args: Node) -> Node:
    """A function application; only what is exact and free of side conditions is evaluated."""
    rule = RULES.get(name)
    found = rule.evaluated(args) if rule is not None else None
    return FunctionValue(name, args) if found is None else found


def split_coeff(node: Node) -> tuple[Number, Node]:
    """(number, rest) with node = number * rest."""
    if isinstance(node, Num):
        return node.value, ONE
    if isinstance(node, Mul) and node.coeff != 1:
        rest = node.factors
        return node.coeff, rest[0] if len(rest) == 1 else Mul(1, rest)
    return 1, node


_ZERO_OR_ONE = (Delta, IversonBracket)


def add(*terms: Node) -> Node:
    """A flat sum with like terms collected."""
    total_: dict[Node, Number] = {}
    stack = list(reversed(terms))
    while stack:
        term = stack.pop()
        if isinstance(term, Add):
            stack.extend(reversed(term.children))
            continue
        c, rest = split_coeff(term)
        if c:
            total_[rest] = total_.get(rest, 0) + c
    kept = [(c, rest) for rest, c in total_.items() if c]
    if not kept:
        return ZERO
    result = sorted((_scaled(c, rest) for c, rest in kept), key=_KEY)
    return result[0] if len(result) == 1 else Add(tuple(result))


def _scaled(c: Number, rest: Node) -> Node:
    if rest is ONE:
        return num(c)
    if c == 1:
        return rest
    c = num(c).value
    return Mul(c, rest.factors) if isinstance(rest, Mul) else Mul(c, (rest,))  # type: ignore[no-any-return]


def mul(*factors: Node) -> Node:
    """A flat product with powers of one base collected.  x·x⁻¹ is 1: where x is 0 the product was undefined."""
    coeff: Number = 1
    powers: dict[Node, Number | Node] = {}
    stack = list(reversed(factors))
    while stack:
        f = stack.pop()
        if isinstance(f, Num):
            if f.value == 0:
                return ZERO
            coeff *= f.value
        elif isinstance(f, Mul):
            coeff *= f.coeff
            stack.extend(reversed(f.factors))
        elif isinstance(f, Pow):
            e = f.exponent.value if isinstance(f.exponent, Num) else f.exponent
            powers[f.base] = _plus(powers[f.base], e) if f.base in powers else e
        elif isinstance(f, _ZERO_OR_ONE):
            powers[f] = 1
        else:
            powers[f] = _plus(powers[f], 1) if f in powers else 1
    result: list[Node] = []
    for base, e in powers.items():
        if isinstance(e, Node) or e != 1:
            p = power(base, e if isinstance(e, Node) else num(e))
            if isinstance(p, Num):
                coeff *= p.value
            elif isinstance(p, Mul):
                coeff *= p.coeff
                result.extend(p.factors)
            else:
                result.append(p)
        else:
            result.append(base)
    if coeff == 0:
        return ZERO
    if not result:
        return num(coeff)
    result.sort(key=_KEY)
    if len(result) == 1 and coeff == 1:
        return result[0]
    return Mul(num(coeff).value, tuple(result))  # type: ignore[no-any-return]


def _plus(a: Number | Node, b: Number | Node) -> Number | Node:
    if isinstance(a, Node) or isinstance(b, Node):
        s = add(a if isinstance(a, Node) else num(a), b if isinstance(b, Node) else num(b))
        return s.value if isinstance(s, Num) else s
    return a + b


def power(base: Node, exponent: Node) -> Node:
    """base ** exponent; nested powers merge only where that is sound for real numbers."""
    if exponent is ZERO:
        return ONE
    if exponent is ONE:
        return base
    if base is ONE:
        return ONE
    if isinstance(exponent, Num) and isinstance(exponent.value, int):
        e = exponent.value
        if isinstance(base, Num) and (base.value != 0 or e > 0) and (abs(e) < 512 or abs(base.value) == 1):
            admit_power(base.value, e)
            return num(Fraction(base.value) ** e)
        if e > 0 and isinstance(base, _ZERO_OR_ONE):
            return base
        if isinstance(base, Pow):
            return power(base.base, mul(base.exponent, exponent))
        if isinstance(base, Mul):
            admit_power(base.coeff, e)
            return mul(num(Fraction(base.coeff) ** e), *(power(f, exponent) for f in base.factors))
        if e > 0 and isinstance(base, FunctionValue) and base.name in RULES:
            shorter = RULES[base.name].raised(base.children, e)
            return Pow(base, exponent) if shorter is None else shorter
    elif isinstance(exponent, Num) and isinstance(base, Num) and base.value > 0:
        root = _exact_root(base.value, Fraction(exponent.value))
        if root is not None:
            return num(root)
    return Pow(base, exponent)  # type: ignore[no-any-return]


def _exact_root(value: Number, exponent: Fraction) -> Fraction | None:
    v = Fraction(value)
    n = exponent.denominator
    top, bottom = round(v.numerator ** (1 / n)), round(v.denominator ** (1 / n))
    if top ** n == v.numerator and bottom ** n == v.denominator:
        return Fraction(top, bottom) ** exponent.numerator
    return None


def total(body: Node, binders: Iterable[Idx]) -> Node:
    """Σ over letters; nested sums merge, a zero body gives 0, an empty list the body."""
    given = tuple(binders)
    letters = tuple(sorted(set(given), key=lambda b: (b.key, b.lo.key, b.hi.key)))
    if len(letters) < len(given):
        raise IndexError_(f"a letter of {given} is bound twice", where=body, hint="rename one of the two")
    if body is ZERO or not letters:
        return body
    if isinstance(body, Sum):
        outer = set(letters) | _union(end.free for b in letters for end in (b.lo, b.hi))
        if not outer & set(body.binders):
            return total(body.body, body.binders + letters)
    return Sum(body, letters)  # type: ignore[no-any-return]


def deriv(body: Node, sym: Sym, idx: tuple[Affine, ...]) -> Node:
    """∂ body / ∂ sym[idx], unevaluated."""
    return Deriv(body, sym, idx)  # type: ignore[no-any-return]


def neg(node: Node) -> Node:
    """-node."""
    return mul(MINUS_ONE, node)


def terms_of(node: Node) -> tuple[Node, ...]:
    """The summands of a node."""
    return node.children if isinstance(node, Add) else () if node is ZERO else (node,)


def factors_of(node: Node) -> tuple[Number, tuple[Node, ...]]:
    """(coefficient, factors) of a node read as a product."""
    if isinstance(node, Mul):
        return node.coeff, node.factors
    if isinstance(node, Num):
        return node.value, ()
    return 1, (node,)


# ------------------------------------------------------------------ traversal

NodeMap = Callable[[Node], Node]


def substitute(node: Node, env: Mapping[Idx, Affine]) -> Node:
    """Free letters replaced; bound letters are renamed where they would capture."""
    walk: Once[Node, Node] = Once(partial(_substitute_one, env))
    return walk.of(node)


def moved(n: Node, position: Callable[[Affine], Affine]) -> Node | None:
    """A node without parts with its positions changed; None for every other."""
    if isinstance(n, TensorEntry):
        return ent(n.sym, *map(position, n.idx))
    if isinstance(n, MatrixFunctionEntry):
        return MatrixFunctionEntry(n.kind, n.sym, tuple(map(position, n.idx)))  # type: ignore[no-any-return]
    if isinstance(n, Delta):
        return delta(position(n.expr))
    if isinstance(n, IversonBracket):
        return guard(position(n.expr))
    return val(position(affine(n.atom))) if isinstance(n, IndexValue) else None


def _substitute_one(env: Mapping[Idx, Affine], n: Node, walk: NodeMap) -> Node:
    if n.free.isdisjoint(env):
        return n
    leaf = moved(n, lambda position: position.substitute(env))
    if leaf is not None:
        return leaf
    if isinstance(n, Sum):
        incoming = _union(env[i].free for i in n.free & env.keys())
        staying = n.free - env.keys()
        outer = {i: env[i] for i in n.free & env.keys()}
        taken = {i.key for i in incoming | staying} | names_in(n.body) - {b.key for b in n.binders}
        binders = fresh_letters(n.binders, taken, outer)
        renaming = {b: affine(f) for b, f in zip(n.binders, binders, strict=True) if f is not b}
        body = substitute(n.body, {**outer, **renaming})
        return total(body, binders)
    if isinstance(n, Deriv):
        return deriv(walk(n.body), n.sym, tuple(i.substitute(env) for i in n.idx))
    return n.rebuild(tuple(walk(c) for c in n.children))


def names_in(n: Node) -> frozenset[str]:
    """Names that a new letter must not take: letters bound inside, sizes and labels read, tensors."""
    if not hasattr(n, "_letters_in"):
        for m in subterms(n):
            if not hasattr(m, "_letters_in"):
                m._letters_in = _union((_own_letters(m), *(c._letters_in for c in m.children)))
    return n._letters_in.union(s.key for s in n.syms)


def _own_letters(n: Node) -> frozenset[str]:
    positions: Iterable[Affine] = ()
    if isinstance(n, Sum):
        positions = (e for b in n.binders for e in (b.lo, b.hi))
    elif isinstance(n, TensorEntry | MatrixFunctionEntry):
        positions = n.idx
    elif isinstance(n, Delta | IversonBracket):
        positions = (n.expr,)
    bound = [b.key for b in n.binders] if isinstance(n, Sum) else []
    return frozenset((*bound, *(name for p in positions for a, _ in p.terms for name in atom_names(a))))


def atom_names(atom: Atom) -> set[str]:
    """The names in an atom of an index expression."""
    if isinstance(atom, Multiple):
        return {atom.inner.key} | {s.name for s in atom.factor.free_symbols}
    return {atom.key} if isinstance(atom, Idx | LabelRef) else {s.name for s in atom.free_symbols}


FRESH = "klpqrstuvabcdefghij"


def letters_read(*parts: Node | Affine | Idx) -> set[str]:
    """The names of the letters that are free in nodes and positions, and of letters themselves."""
    return {i.key for part in parts for i in ((part,) if isinstance(part, Idx) else part.free)}


def fresh_letter(name: str, lo: Affine, hi: Affine, taken: Iterable[str], others: str = "", tag: int = 0) -> Idx:
    """A letter over lo..hi whose name is not taken: the one proposed, else the next of others, or with primes.

    The only place where letters are made that are not in the expression already: a name that occurs is never given
    out again, whatever it ranges over, so that nothing can be captured.
    """
    used = taken if isinstance(taken, set | frozenset) else set(taken)
    if others and Idx.keyed(name, tag) in used:
        return Idx(next(spare(others, used)), lo, hi)
    while Idx.keyed(name, tag) in used:
        tag += 1
    return Idx(name, lo, hi, tag)


def fresh_axes(sizes: Iterable[Affine], taken: Iterable[str], alphabet: str) -> tuple[Idx, ...]:
    """A letter for every axis, from an alphabet, with numbers where it runs out."""
    return tuple(Idx(name, constant(1), size) for name, size in zip(spare(alphabet, set(taken)), sizes, strict=False))


def fresh_letters(letters: Iterable[Idx], taken: set[str], env: Mapping[Idx, Affine] | None = None) -> tuple[Idx, ...]:
    """The letters, each renamed where its name is taken: to the next free one of the alphabet, then with primes.

    Their ranges follow: where one letter's range reads another, it reads the other's new name; ``env`` says what else
    is replaced in the ranges.
    """
    used = set(taken)
    named: dict[Idx, Idx] = {}
    for b in letters:
        fresh = fresh_letter(b.name, b.lo, b.hi, used, FRESH, b.tag)
        used.add(fresh.key)
        named[b] = fresh
    known: dict[Idx, Affine] = dict(env or {})
    done: dict[Idx, Idx] = {}
    while len(done) < len(named):  # a range is there before its letter, so that none is in a circle
        ready = [b for b in named if b not in done and not ((b.lo.free | b.hi.free) & named.keys()) - done.keys() - {b}]
        for b in ready:
            f = named[b]
            done[b] = Idx(f.name, b.lo.substitute(known), b.hi.substitute(known), f.tag)
        known.update((b, affine(done[b])) for b in ready)
    return tuple(done[b] for b in named)


def rename_away(node: Sum, taken: Iterable[Idx]) -> tuple[Node, tuple[Idx, ...]]:
    """Body and bound letters of a sum, the letters renamed where one of that name is taken, or read by a range of one."""
    names = {i.key for t in taken for i in (t, *t.lo.free, *t.hi.free)} | {i.key for i in node.free} | names_in(node.body)
    binders = fresh_letters(node.binders, names)
    renaming = {b: affine(f) for b, f in zip(node.binders, binders, strict=True) if f is not b}
    return (substitute(node.body, renaming) if renaming else node.body), binders


def rename_bound(node: Node, taken: set[str]) -> Node:
    """Bound letters renamed wherever their names are taken, so that no letter means two things in one line."""
    if not any(isinstance(m, Sum) and any(b.key in taken for b in m.binders) for m in subterms(node)):
        return node

    def renamed(n: Node, walk: NodeMap) -> Node | None:
        if isinstance(n, Sum) and any(b.key in taken for b in n.binders):
            # The letters of its ranges count too: Sum_{j=1..k} must not become Sum_{k=1..k}.
            used = names_in(n.body) | {i.key for b in n.binders for end in (b.lo, b.hi) for i in end.free}
            binders = fresh_letters(n.binders, taken | used - {b.key for b in n.binders})
            env = {b: affine(f) for b, f in zip(n.binders, binders, strict=True) if f is not b}
            return total(walk(substitute(n.body, env)), binders)
        return None

    return rewritten(node, renamed)


def replace(node: Node, mapping: Mapping[Node, Node]) -> Node:
    """Sub-expressions replaced by others, outermost first, each place once."""
    if len(mapping) != 1:
        return rewritten(node, lambda n, walk: mapping.get(n))
    ((old, new),) = mapping.items()
    size, syms = old.size, old.syms

    def replaced(n: Node, walk: NodeMap) -> Node | None:
        """What is no larger, or does not read what is sought, does not hold it."""
        return new if n is old else n if n.size <= size or not syms <= n.syms else None

    return rewritten(node, replaced)


def rewritten(node: Node, before: Callable[[Node, NodeMap], Node | None] = lambda n, walk: None,
              after: NodeMap = lambda n: n) -> Node:
    """Every sub-expression anew, each once: as ``before`` says, which may walk on itself, else its parts, then ``after``."""
    return _Rewriting(before, after).of(node)


class _Rewriting:
    """One call a level, so that what is deep is reached: ``Once`` has two."""

    def __init__(self, before: Callable[[Node, NodeMap], Node | None], after: NodeMap) -> None:
        self._before, self._after = before, after
        self._known: dict[Node, Node] = {}

    def of(self, n: Node) -> Node:
        found = self._known.get(n)
        if found is None:
            found = self._before(n, self.of)
            if found is None:
                new = tuple(map(self.of, n.children))
                found = self._after(n if new == n.children else n.rebuild(new))
            self._known[n] = found
        return found


def instantiate(sym: Sym, idx: tuple[Affine, ...]) -> Node:
    """The body of a definition at given positions (inside its range)."""
    if sym.body is None or sym.letters is None:
        raise ValueError(f"{sym.key} has no definition")
    return substitute(sym.body, dict(zip(sym.letters, idx, strict=True)))


def subterms(node: Node) -> list[Node]:
    """Every distinct sub-expression, children before parents."""
    seen: dict[Node, None] = {}
    stack: list[Node | None] = [node]
    while stack:
        n = stack.pop()
        if n is None:  # all that stands below the next one is done
            n = stack.pop()
            assert n is not None
            seen[n] = None
        elif n not in seen:
            if n.children:
                stack += (n, None, *n.children)
            else:
                seen[n] = None
    spend(len(seen) // 4)
    return list(seen)
