"""Certificates of verdicts and derivations: the statement as data, and a proof that the checker has accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sympy import Expr
from sympy.core.relational import Relational

from ...arrays.arrays import Array
from ...arrays.assumptions import relations
from ...checker import MAX_FUEL, ONE, ZERO, Facts, Refused, Statement, Term, check, digest, factors
from ...checker import prove as walk
from ...lowering.program import Program, relation_facts
from ...matrixform.close import close
from ...matrixform.naming import renamed
from ...terms.affine import Affine, Idx, affine, constant
from ...terms.nodes import ZERO as ZERO_NODE
from ...terms.nodes import Node, Sym, TensorEntry, mul, replace, subterms
from ..equality import over_open_letters, sides_of
from ..kernel import shows
from .normal import Normaliser, NormalLine, denominator
from .search import ADD, MUL, POW, Recorder, encoded, encoded_term
from .writing import CertificateError, StatementWriter

if TYPE_CHECKING:
    from ..equality import Verdict
    from ..steps import Accumulation


Names = frozenset[str]
# Visits of terms, when names are written out one after the other, and when all are at once.
FUEL, FUEL_AT_ONCE = 150_000, 15_000


class Prover:
    """Finds the steps of every equation that a proof owes, in the order in which the checker asks for them."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.script: dict[str, Any] = {"hints": iter(()), "fuel": MAX_FUEL // 16, "made": [], "where": {}, "allow": True,
                                       "farkas": {}, "inverted": {}}
        self.heights: dict[str, int] = {}

    def same(self, facts: Facts, left: Term, right: Term, given: dict[str, Any]) -> None:
        """Bring both sides to one normal form."""
        facts = Recorder(facts.statement, facts.known, facts.letters, self.script)
        before = dict(self.script["where"])
        try:
            self._gradually(facts, left, right, given)
        except (Refused, RecursionError):
            self.script["where"] = before
            self._at_once(facts, left, right, given)

    def _at_once(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """All names written out."""
        work = Normaliser(frozenset(n for n, t in self.statement.tensors.items() if t.body is not None), FUEL_AT_ONCE)
        ends = [work.normal(facts, t) for t in (left, right)]
        below = denominator([t for t, _ in ends])
        if ends[0][0] != ends[1][0] and below is not None:
            ends = [_over(facts, *end, below) for end in ends]
        if ends[0][0] != ends[1][0]:
            raise Refused("the two sides have no common normal form")
        given["left"], given["right"] = (steps for _, steps in ends)

    def _gradually(self, facts: Recorder, left: Term, right: Term, given: dict[str, Any]) -> None:
        """One name after the other written out, until the sides agree."""
        sides = [left, right]
        steps: tuple[list[Any], list[Any]] = ([], [])
        work = Normaliser(frozenset(), FUEL)
        while True:
            for k, t in enumerate(sides):
                if not work.unfolds or work.unfolds & t.reads:
                    sides[k], more = work.normal(facts, t)
                    steps[k].extend(more)
            if sides[0] == sides[1]:
                break
            work.unfolds |= {self._next(sides[0], sides[1], work.unfolds)}
        given["left"], given["right"] = steps

    def _next(self, left: Term, right: Term, written: Names) -> str:
        """The name to write out: one that one side alone reads where the sides differ, or else any that is read there,
        or anywhere; what is built last first."""
        own, other = differing(left, right)
        for names in (own ^ other, own | other, left.reads ^ right.reads, left.reads | right.reads):
            defined = [(self._height(n), n) for n in names - written if self.statement.tensors[n].body is not None]
            if defined:
                return str(max(defined)[1])
        raise Refused("the two sides have no common normal form")

    def _height(self, name: str) -> int:
        """How many definitions stand on each other below a name."""
        if name not in self.heights:
            body = self.statement.tensors[name].body
            self.heights[name] = 0 if body is None else 1 + max(map(self._height, body.reads), default=0)
        return self.heights[name]


def _over(facts: Recorder, t: Term, steps: list[Any], below: Term) -> tuple[Term, list[Any]]:
    """A normal form over a denominator."""
    line = NormalLine(facts, t)
    line.does("over", encoded_term(below))
    return line.t, [*steps, *line.steps]


def differing(left: Term, right: Term) -> tuple[Names, Names]:
    """The names that each of two terms reads where they differ: not in summands, factors and parts that both have."""
    if left == right:
        return frozenset(), frozenset()
    if left.kind == right.kind == ADD:
        own, other = Counter(left.children), Counter(right.children)
        return _of_products([*(own - other).elements()], [*(other - own).elements()])
    if left.kind == MUL or right.kind == MUL:
        return _of_products([left], [right])
    alike = left.kind == right.kind and left.data == right.data and len(left.children) == 1 == len(right.children)
    return differing(left.children[0], right.children[0]) if alike else (left.reads, right.reads)


def _of_products(own: list[Term], other: list[Term]) -> tuple[Names, Names]:
    """The same for the summands that two sums do not share: factors that all of them have in one power are left out."""
    powers = [[_powers(t) for t in terms] for terms in (own, other)]
    every = [*powers[0], *powers[1]]
    shared = {base for base, e in every[0].items() if all(p.get(base, ZERO) == e for p in every)} if every else set()
    bases = [{base for p in side for base in p} - shared for side in powers]
    if len(own) == len(other) == 1:
        if len(bases[0]) == len(bases[1]) == 1 and bases[0] != bases[1]:
            return differing(*(base for side in bases for base in side))
        bases[0] |= bases[1] & bases[0]
        bases[1] -= bases[0]
    first, second = (frozenset().union(*(base.reads for base in side)) for side in bases)
    return first, second


def _powers(t: Term) -> dict[Term, Any]:
    """The factors of a product with their exponents."""
    return {f.children[0] if f.kind == POW else f: f.children[1] if f.kind == POW else ONE for f in factors(t)}


def _statement(writer: StatementWriter, program: Program, words: str) -> dict[str, Any]:
    """The declarations of a statement."""
    known = [*program.facts, *(f for c in program.conditions for f in _relation(c))]
    assumptions = [writer.position(f) for f in dict.fromkeys(known)]
    return {"words": words, "sizes": sorted(writer.sizes), "labels": writer.labels, "tensors": writer.tensors,
            "assumptions": assumptions, "terms": writer.table, "definitions": writer.definitions, "where": [],
            "invertible": []}


def _relation(condition: Any) -> list[Any]:
    try:
        return relation_facts(condition)
    except Exception:
        return []


def _finished(data: dict[str, Any], proof: dict[str, Any], writer: StatementWriter) -> dict[str, Any]:
    """The certificate, once the checker itself has accepted it.  Raises CertificateError."""
    try:
        prover = Prover(Statement(data))
        walk(prover.statement, proof, _recorder(prover), prover.same)
        for whole in prover.script["where"]:
            kind, (t, *known) = whole.data, whole.children
            letters = sorted(n for n in whole.free if n not in prover.statement.fixed)
            data["where"].append([kind, letters, [encoded(b.positions[0]) for b in known], encoded_term(t)])
        data["invertible"] = sorted(prover.script["inverted"])
        certificate = {"version": 1, "statement": data, "steps": proof, "digest": digest(data)}
        check(certificate)
    except (Refused, RecursionError) as why:
        raise CertificateError(f"not certified: {why}", where=data["words"]) from None
    return certificate


def _recorder(prover: Prover) -> Any:
    """Makes the facts of a place for a prover."""
    return lambda statement, known: Recorder(statement, known, (), prover.script)


def certificate(claim: Any) -> dict[str, Any]:
    """The certificate of a Derivation or a Verdict, as data for JSON, accepted by the checker.

    Raises SymderivError where there is none, with the equation that could not be certified.
    """
    if hasattr(claim, "wrt"):
        return of_derivation(claim)
    if hasattr(claim, "lhs") and hasattr(claim, "evidence"):
        return of_verdict(claim)
    raise CertificateError(f"a {type(claim).__name__} has no certificate", hint="certify a Derivation or a Verdict")


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    """The certificate of an identity."""
    if not verdict.proof.chains:
        raise CertificateError("nothing was proved", where=f"{verdict.lhs} = {verdict.rhs}", hint="see its status")
    return _finished(*identity(verdict.lhs, verdict.rhs, verdict.conditions))


def identity(lhs: Expr, rhs: Expr, conditions: Iterable[Any] = ()) -> tuple[dict[str, Any], dict[str, Any], StatementWriter]:
    """The statement that two sides are equal, true or not, and a proof that is still empty.

    Both sides are read anew: the statement is about nothing but what is shown.
    """
    sides = over_open_letters(lhs, rhs)
    nodes, letters, program = sides_of(*sides, relations(_relations(conditions)))[1:]
    writer = StatementWriter()
    writer.reserve(_reached(nodes))
    left, right = (writer.term(n) for n in nodes)
    data = _statement(writer, program, f"{lhs} = {rhs}")
    names = [[writer.letter(i), writer.position(i.hi)] for i in letters]
    data.update(left=left, right=right, letters=names, sizes=sorted(writer.sizes))
    return data, {}, writer


def _relations(conditions: Iterable[Any]) -> tuple[Any, ...]:
    """Those conditions that are relations, and not words."""
    return tuple(c for c in conditions if isinstance(c, Relational))


def _reached(nodes: Any, *syms: Sym) -> list[Sym]:
    """All arrays that nodes read, through definitions; the nodes themselves as the bodies of nameless ones."""
    found: dict[Sym, None] = {}
    stack = list(syms)
    for n in nodes:
        stack.append(Sym("", ()))
        stack[-1].body = n
    while stack:
        sym = stack.pop()
        if sym not in found:
            found[sym] = None
            stack += sym.body.syms if sym.body is not None else ()
    return list(found)


def of_derivation(d: Any) -> dict[str, Any]:
    """The certificate of a derivative, by the accumulation of cotangents; of a second one by that of both orders."""
    orders = d._cache.get("orders", (d,))
    if not (d.claimed() and all(shows(each.proof) for each in orders)):
        raise CertificateError("the proof is not one of this derivative", where=d.name)
    _certify_readings(d)
    writer = StatementWriter()
    parts = [_Order(o, writer) for o in orders]
    for part in parts:
        writer.reserve(part.reached())
    for part in parts:
        part.declare()
    last = parts[-1]
    names: dict[str, Any] = {"primal": writer.reading(parts[0].primal), "variable": writer.reading(last.variable)}
    if d.upstream is not None:
        names["seed"] = writer.reading(last.program.symbol(d.proof.claims[-1].upstream))
    if len(parts) == 2:
        names["second"] = True
    result = writer.term(last.result)
    data = _statement(writer, last.program, str(d))
    rows = last.letters[:len(last.letters) - len(last.variable.shape)]
    data.update(result=result, rows=[writer.letter(i) for i in rows],
                letters=[writer.letter(i) for i in last.letters[len(rows):]], **names)
    data["terms"] = list(writer.table)
    owed = last.owed()
    if len(parts) == 2:
        owed["first"] = {"array": writer.reading(last.primal), "letters": [writer.letter(i) for i in parts[0].letters],
                         **parts[0].owed()}
    owed["terms"] = writer.table[len(data["terms"]):]
    writer.table = data["terms"]
    data["sizes"] = sorted(writer.sizes)
    return _finished(data, owed, writer)


def _certify_readings(d: Any) -> None:
    """That every expression is what it was read as: else the certificate would be about something else.  Raises."""
    for claim in d.proof.claims:
        reading = getattr(claim, "reading", None)
        if reading is not None and reading.after is not reading.before:
            _finished(*identity(reading.before, reading.after, d.required))


class _Order:
    """One order of differentiation: the claim, read anew, and the cotangents of the engine's proof of it."""

    def __init__(self, d: Any, writer: StatementWriter) -> None:
        final, claim = d.proof.closings[-1], d.proof.claims[-1]
        if renamed(final.closed, final.program.renamed) != claim.spelled:
            raise CertificateError("the result is not the one that was worked out", where=d.name)
        self.writer = writer
        self.program = Program(_relations(d.required), keep=(claim.wrt,))
        self.primal = self.program.symbol(claim.root)
        self.variable = self.program.symbol(claim.wrt)
        self.letters = final.letters
        axes = [*self.primal.shape] if d.upstream is None else []
        ranges = [(constant(1), n) for n in (*axes, *self.variable.shape)]
        if [(i.lo, i.hi) for i in self.letters] != ranges:
            raise CertificateError("the letters are not those of every entry", where=d.name)
        rows = self.letters[:len(axes)]
        self.result = _entry(self.program, final.closed, map(affine, self.letters))
        self.cotangents = [(a, _term_of(a, rows, self.program)) for a in d.proof.accumulations]

    def reached(self) -> list[Sym]:
        """All arrays that it reads."""
        return _reached((self.result, *(t for _, t in self.cotangents)), self.primal)

    def declare(self) -> None:
        """What the statement is about."""
        self.writer.declare(self.primal)
        self.writer.declare(self.variable)

    def owed(self) -> dict[str, Any]:
        """The definitions of the proof, and its cotangents without their steps."""
        made: list[Any] = []
        self.writer.definitions = made
        steps: list[Any] = []
        known = self.writer.known
        done, readers = {known(self.primal)}, self._readers()

        def step(of: Sym, letters: Iterable[Idx], term: Node) -> None:
            steps.append({"of": self.writer.reading(of), "letters": [self.writer.letter(i) for i in letters],
                          "term": self.writer.term(term)})
            done.add(known(of))

        for a, t in self.cotangents:
            missing = [v for v in readers.get(known(a.subject), ()) if v not in done]
            while missing:
                # The engine has no lines for a cotangent that vanishes because those of all its readers do.
                waiting = [v for v in readers.get(missing[-1], ()) if v not in done]
                missing += waiting
                if not waiting and (v := missing.pop()) not in done:
                    step(v, v.letters or (), ZERO_NODE)
            step(a.subject, a.letters, t)
        return {"definitions": made, "cotangents": steps}

    def _readers(self) -> dict[Sym, list[Sym]]:
        """Name -> the definitions that read it, from the primal to the variable."""
        found: dict[Sym, list[Sym]] = {}
        for sym in _reached((), self.primal):
            for read in sym.body.syms if sym.body is not None and sym is not self.variable else ():
                found.setdefault(self.writer.known(read), []).append(self.writer.known(sym))
        return found


# A cotangent that is longer is written as an entry of its closed form, so that the next ones are no longer.
PLAIN = 4


def _term_of(a: Accumulation, rows: tuple[Idx, ...], program: Program) -> Node:
    """A cotangent as it is used: the array that it is a name for, or its closed form; the index form where it has none."""
    if a.named is not None and a.content is not None and a.named.letters is not None and a.named.array is not None:
        entry = _entry(program, a.named.array, map(affine, a.named.letters))
        return mul(_without_names(a.content, program), entry)
    letters = (*rows, *a.letters)
    array = close(a.total, letters, program.facts) if a.total.size > PLAIN and letters else None
    if array is None:
        return _without_names(a.total, program)
    return _entry(program, array, map(affine, letters))


def _entry(program: Program, expr: Expr, positions: Iterable[Affine]) -> Node:
    """The entry of an array, or a scalar expression."""
    return program.read(expr, positions) if isinstance(expr, Array) else program.scalar(expr)


def _without_names(node: Node, program: Program) -> Node:
    """Names of cotangents replaced by the arrays that they are names for."""
    named = [n for n in subterms(node) if isinstance(n, TensorEntry) and n.sym.role == "adjoint" and n.sym.array is not None]
    return replace(node, {n: _entry(program, n.sym.array, n.idx) for n in named}) if named else node


__all__ = ["certificate", "of_derivation", "of_verdict"]
