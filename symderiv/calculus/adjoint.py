"""Reverse accumulation over a program of definitions: one cotangent a symbol.

The cotangent of z is z̄_i = Σ over the definitions u that read z, Σ_a ū_a ∂u_a/∂z_i.  Each is worked out in index
notation by named rules.  A cotangent of one term is written out where it is used; one of several terms gets a name,
so that results stay as large as the network and factored the way backpropagation factors them.

Source: Griewank and Walther, Evaluating Derivatives (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..arrays.registry import RECORDS
from ..bounds import foresee, steps_left
from ..errors import BoundExceeded
from ..functions.elementary import exp
from ..lowering.program import Program
from ..terms.affine import Affine, Idx, affine
from ..terms.nodes import (
    ONE,
    ZERO,
    Add,
    FunctionValue,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    deriv,
    ent,
    fresh_axes,
    mul,
    names_in,
    rename_bound,
    split_coeff,
    substitute,
    subterms,
    terms_of,
    total,
)
from .contract import TIDY
from .differentiate import DIFFERENTIATE
from .factor import separable_content
from .fold import FOLD, match, term_count
from .rules import DerivationLine, Rewriter, Rule, RuleContext

MAX_INLINE = 40
# The product rule writes every factor once more for each that it differentiates.
PLAIN_FACTORS, WRITTEN_FACTORS = 100, 20_000
LETTERS = "ijklabcdefghpqrstuv"
EACH_CONTRIBUTION = 150
"""Steps of work that what one definition passes down to another takes at the least, but for what vanishes."""
TOLD_BY, DEARER = 8, 2
"""Once one in so many has been worked out, the others are not expected to be so many times cheaper."""


@dataclass
class Contribution:
    """What one definition adds to a cotangent: Σ_a ū_a ∂u_a/∂z_i, worked out line by line."""

    consumer: Sym
    own: tuple[Idx, ...]
    upstream: Node
    context: RuleContext
    lines: list[DerivationLine]


@dataclass
class Cotangent:
    """∂(output)/∂(sym) at ``letters``: ``body`` in terms of entries and of named cotangents, and how it came about."""

    sym: Sym
    letters: tuple[Idx, ...]
    body: Node
    contributions: list[Contribution] = field(default_factory=list)
    named: Sym | None = None
    content: Node | None = None


def admit_contributions(number: int, where: object) -> None:
    """Raises BoundExceeded where the budget of the call does not reach for so many reads of one definition by another."""
    _admit_steps(EACH_CONTRIBUTION * number, where)


def _admit_steps(steps: int, where: object) -> None:
    if not foresee(steps):
        raise BoundExceeded(f"the derivative takes about {steps:,} steps of work: so often definitions read one another",
                            where=where, hint="name parts by sd.define, or work on a part")


def _admit_product(sym: Sym, product: Mul, need: set[Sym]) -> None:
    """Raises BoundExceeded where a derivative of a product would be too long to be read or worked with."""
    written = sum(not f.syms.isdisjoint(need) for f in product.factors) * len(product.factors)
    if written > WRITTEN_FACTORS:
        raise BoundExceeded(f"the derivative of a product of {len(product.factors)} factors has {written:,} factors",
                            where=sym.array, hint="name parts of it by sd.define, each with fewer factors")


class Adjoints:
    """Cotangents of everything between an output and the variables asked for."""

    def __init__(self, program: Program, output: Sym, seed: Callable[[tuple[Idx, ...]], Node],
                 free: tuple[Idx, ...], name: str) -> None:
        """``seed`` gives the output's own cotangent at given letters; ``free`` are the letters of a Jacobian's rows."""
        self.program = program
        self.output = output
        self.seed = seed
        self.free = free
        self.name = name
        self.cotangents: dict[Sym, Cotangent] = {}
        self.order: list[Cotangent] = []
        self.consumers: dict[Sym, list[Sym]] = {}
        self._names = program.names()
        self._foldable: list[Sym] = []
        self._looked_at = 0
        self._settled: dict[tuple[Rule, ...], set[Node]] = {DIFFERENTIATE: set(), TIDY: set()}
        reached = {output}
        for sym in reversed(program.definitions):
            if sym in reached and sym.body is not None:
                for read in sym.body.syms:
                    reached.add(read)
                    self.consumers.setdefault(read, []).append(sym)

    def wanted(self, targets: tuple[Sym, ...]) -> set[Sym]:
        """The symbols that lie between the targets and the output."""
        depends = set(targets)
        for sym in self.program.definitions:
            if sym.body is not None and sym not in depends and sym.body.syms & depends:
                depends.add(sym)
        return depends

    def run(self, targets: tuple[Sym, ...]) -> None:
        """Work out the cotangents of the targets, and of what lies on the way."""
        need = self.wanted(targets)
        for sym in self.program.definitions:
            if isinstance(sym.body, Mul) and len(sym.body.factors) > PLAIN_FACTORS:
                _admit_product(sym, sym.body, need)
        self._cotangent_of_output()
        position = {sym: k for k, sym in enumerate(self.program.definitions)}
        on_path = [s for s in need if s is not self.output and (s in self.consumers)]
        on_path.sort(key=lambda s: (position.get(s, -1), s.key), reverse=True)
        reads = [sum(u in need for u in self.consumers[s]) for s in on_path]
        waiting, begun = sum(reads), steps_left()
        admit_contributions(waiting, self.output.array)
        done = 0
        for sym, own in zip(on_path, reads, strict=True):
            self._accumulate(sym)
            done, waiting = done + own, waiting - own
            if done > max(waiting // TOLD_BY, TOLD_BY):
                _admit_steps((begun - steps_left()) * waiting // (done * DEARER), self.output.array)

    def _cotangent_of_output(self) -> None:
        letters = self._letters(self.output, ())
        body = self.seed(letters)
        self.cotangents[self.output] = Cotangent(self.output, letters, body)

    def _letters(self, sym: Sym, taken: tuple[Idx, ...], beside: Node = ZERO) -> tuple[Idx, ...]:
        """Fresh letters for the axes of a symbol, apart from those taken and those in an expression."""
        used = {t.key for t in (*taken, *self.free)} | self._names
        if taken:
            used |= names_in(beside) | (names_in(sym.body) - {i.key for i in sym.letters or ()} if sym.body else set())
        return fresh_axes(sym.shape, used, LETTERS + LETTERS.upper())

    def _accumulate(self, sym: Sym) -> None:
        letters = self._letters(sym, ())
        parts: list[Node] = []
        contributions: list[Contribution] = []
        consumers = [u for u in self.consumers.get(sym, ()) if u in self.cotangents
                     and self.cotangents[u].body is not ZERO]
        if not consumers:
            return
        for u in consumers:
            own = self._letters(u, letters, self.cotangents[u].body)
            idx = tuple(map(affine, own))
            best = self._contribution(u, own, sym, letters, self.at(u, idx))
            named = self.cotangents[u].named
            if named is not None and self.cotangents[u].body.size <= MAX_INLINE:
                # What cancels across definitions is seen only when the cotangent is written out.
                other = self._contribution(u, own, sym, letters, self.spelled(u, idx))
                written, short = other.lines[-1].expr, best.lines[-1].expr
                entrywise = not any(isinstance(n, Sum) and named in n.syms for n in subterms(short))
                unnamed = short.size + (named.body.size - 1 if named.body and entrywise and named in short.syms else 0)
                if written.size <= short.size or written.size < unnamed or (
                        term_count(written) < len(terms_of(self.cotangents[u].body))):
                    best = other
            parts.append(best.lines[-1].expr)
            contributions.append(best)
        body = add(*parts)
        if body.size > 20_000:
            raise BoundExceeded("a cotangent grew beyond 20,000 nodes", where=sym.array, hint="name parts by sd.define")
        cotangent = Cotangent(sym, letters, body, contributions)
        self.cotangents[sym] = cotangent
        self.order.append(cotangent)

    def _contribution(self, u: Sym, own: tuple[Idx, ...], sym: Sym, letters: tuple[Idx, ...],
                      upstream: Node) -> Contribution:
        """Σ_a ū_a ∂u_a/∂sym, worked out."""
        assert u.body is not None and u.letters is not None
        body = first_line_body(u, own, letters, self.free)
        upstream = rename_bound(upstream, {i.key for i in (*own, *letters, *self.free)})
        start = total(mul(upstream, deriv(body, sym, tuple(map(affine, letters)))), own)
        own_name = () if u.role == "output" else (u,)
        context = RuleContext(self.program.facts, (*own_name, *self._folds(u, start), *self._recognised(body)))
        rewriter = Rewriter(context, settled=self._settled)
        expr = rewriter.start(start, "chain rule")
        expr = rewriter.exhaust(expr, DIFFERENTIATE, "differentiate")
        expr = rewriter.exhaust(expr, TIDY, "carry out the sums over the Kronecker deltas")
        rewriter.exhaust(expr, FOLD, "write definitions by their names", last=TIDY)
        return Contribution(u, own, upstream, context, rewriter.lines)

    def _recognised(self, body: Node) -> list[Sym]:
        """Operators that a body suggests though it does not read them: Σ_k e^{z_k} suggests softmax(z)."""
        found = []
        for n in subterms(body):
            if not (isinstance(n, Sum) and len(n.binders) == 1 and isinstance(n.body, FunctionValue)
                    and exp.of(n.body)):
                continue
            (k,), z = n.binders, n.body.children[0]
            if isinstance(z, TensorEntry) and z.sym.array is not None and all(isinstance(p.single, Idx) for p in z.idx):
                axis = next((a for a, p in enumerate(z.idx) if p.single is k), None)
                if axis is not None and k.hi is z.sym.shape[axis]:
                    found.append(self.program.symbol(RECORDS.softmax(z.sym.array, axis=axis)))
        known = [s for s in self.program.definitions if s.role == "named" and s.letters]
        return [p for p in found if not any(_same_body(p, s) for s in known)]

    def spelled(self, sym: Sym, idx: tuple[Affine, ...]) -> Node:
        """The cotangent of a symbol at given positions, written out whatever its length."""
        c = self.cotangents[sym]
        return substitute(c.body, dict(zip(c.letters, idx, strict=True)))

    def _folds(self, u: Sym, start: Node) -> tuple[Sym, ...]:
        """Definitions that the user named, or that the consumer is made of, may be written by name again.

        Only those near by: what a definition is made of must stand in the line, or in the definitions that it reads.
        """
        near = start.syms.union(*(s.body.syms for s in start.syms if s.body is not None))
        found: list[Sym] = []
        more = self.program.definitions[self._looked_at:]
        self._looked_at += len(more)
        self._foldable += [s for s in more if s.body is not None and s.letters is not None and (
            s.role == "named" or (isinstance(s.body, Mul) and any(isinstance(f, Pow) for f in s.body.factors)))]
        for s in self._foldable:
            if s is not u and s.body is not None and s.body.syms <= near:
                found.append(s)
                near |= {s}
        return tuple(found)

    def at(self, sym: Sym, idx: tuple[Affine, ...]) -> Node:
        """The cotangent of a symbol at given positions inside its range, by name where it is long."""
        c = self.cotangents[sym]
        if c.named is None and ((isinstance(c.body, Add) and not _one_entry(c.body)) or c.body.size > MAX_INLINE):
            self._name(c)
        if c.named is None:
            return self.spelled(sym, idx)
        env = dict(zip(c.letters, idx, strict=True))
        assert c.content is not None and c.named.letters is not None
        return mul(substitute(c.content, env), ent(c.named, *(env.get(i, affine(i)) for i in c.named.letters)))

    def _name(self, c: Cotangent) -> None:
        """Give a cotangent a name; a common factor of its terms stays outside, so that it can move on."""
        c.content, rest = separable_content(c.body)
        letters = tuple(i for i in (*self.free, *c.letters) if c.content is ONE or i in rest.free)
        c.named = Sym(f"adj_{c.sym.key}", tuple(i.hi for i in letters), key=f"adj_{c.sym.key}", role="adjoint")
        c.named.letters, c.named.body = letters, rest


def _one_entry(body: Add) -> bool:
    """Whether a sum is an entry and a number, such as t - 1: shorter than any name, and seen to cancel."""
    rest = [t for t in body.children if not isinstance(t, Num)]
    return len(rest) == 1 and isinstance(split_coeff(rest[0])[1], TensorEntry)


def _same_body(a: Sym, b: Sym) -> bool:
    """Whether two definitions say the same."""
    if a.letters is None or b.letters is None or len(a.letters) != len(b.letters) or a.body is None or b.body is None:
        return False
    return match(b.body, a.body, frozenset(b.letters), {})


def first_line_body(u: Sym, own: tuple[Idx, ...], letters: tuple[Idx, ...], free: tuple[Idx, ...]) -> Node:
    """The definition's body at its own letters, its bound letters kept apart from all others of the line."""
    assert u.body is not None and u.letters is not None
    taken = {i.key for i in (*own, *letters, *free)}
    return substitute(rename_bound(u.body, taken), dict(zip(u.letters, map(affine, own), strict=True)))
