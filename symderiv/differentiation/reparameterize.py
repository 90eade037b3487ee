"""Finding parameters: an equivalent network of a given form, with other activations, and its parameters as functions
of the old ones.

The network is rewritten by identities of its activations that are proved first, multiplied out, and compared with the
template term by term.  In each term of the template one unknown stands beside what it multiplies; the terms of the
network that contain this carrier give the unknown's value.  What comes out is put into the template and proved equal
to the network, so a mistake of the search can cost a result but never make a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from sympy import Expr, Symbol, diff, latex, real_root

from ..answers import Answer
from ..arrays.arrays import Array, Named, Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.sizes import same_shape, show_shape
from ..bounds import bounded
from ..calculus.canonical import TooLarge, is_zero
from ..calculus.contract import TIDY
from ..calculus.expand import defined_symbols, in_exponentials, spelled_out
from ..calculus.fold import alpha_equal
from ..calculus.rules import Rewriter, RuleContext
from ..errors import BoundExceeded, DeclarationError, ShapeError, SymderivError
from ..functions import FUNCTIONS
from ..kept import makes
from ..lowering.export import export, export_index, function_class
from ..lowering.program import Program
from ..matrixform.close import close
from ..proof.equality import Verdict, prove
from ..proof.steps import Proof
from ..terms.affine import Affine, Idx, affine, constant
from ..terms.nodes import (
    ONE,
    Add,
    FunctionValue,
    IndexValue,
    Mul,
    Node,
    NodeMap,
    Num,
    Number,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    ent,
    fresh_letters,
    mul,
    names_in,
    neg,
    num,
    replace,
    rewritten,
    substitute,
    subterms,
    total,
)

MAX_TERMS = 400
MAX_ORDER = 7
MAX_TRIALS = 20_000


# ------------------------------------------------------------------ what is found

@dataclass(frozen=True, eq=False, repr=False)
class Reparameterization(Answer):
    """An equivalent network of the template's form.

    parameters  unknown tensor -> its value, a definition that carries the unknown's name
    network     the template with these values
    identities  what the activations were rewritten by, each proved
    verdict     the proof that the new network equals the old one
    """

    parameters: dict[Expr, Expr]
    network: Expr
    identities: tuple[Verdict, ...]
    verdict: Verdict

    @property
    def status(self) -> str:
        """That of the proof that both networks are equal."""
        return self.verdict.status

    @property
    def proof(self) -> Proof:
        """The proof that both networks are equal."""
        return self.verdict.proof

    @property
    def closed(self) -> dict[str, Expr]:
        """Name -> value: a closed form where there is one, else the entry at the definition's letters."""
        return {value.name: _closed(value) for value in self.parameters.values() if isinstance(value, Named)}

    def __getitem__(self, unknown: object) -> Expr:
        """The value of an unknown, given as the tensor or by its name."""
        for tensor, value in self.parameters.items():
            if tensor == unknown or str(tensor) == unknown:
                return value
        raise DeclarationError(f"{unknown} is not among the unknowns", hint=", ".join(map(str, self.parameters)))

    @bounded
    def latex(self) -> str:
        """One equation an unknown, aligned."""
        rows = []
        for value in self.parameters.values():
            assert isinstance(value, Named)
            left = latex(value[value.letters] if value.letters else value)
            rows.append(f"{left} &= {latex(value.body)}")
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def __str__(self) -> str:
        return "\n".join(f"{name} = {value}" for name, value in self.closed.items())


@makes
@bounded
def reparameterize(network: object, template: object, unknowns: object, *,
                   using: Iterable[tuple[object, object]] | None = None, assuming: Iterable[object] = (),
                   seed: int = 0) -> Reparameterization:
    """Find the ``unknowns`` of ``template``, in terms of what only ``network`` reads, that make the two equal.

    ``using`` are identities (lhs, rhs) of functions of one scalar tensor, such as
    ``(sd.sigmoid(u), (1 + sd.tanh(u/2))/2)``, by which the network is rewritten from left to right; each is proved
    first.  Without it the identities f(u) = a + b g(c u) between the functions of the network and of the template are
    looked for.  An unknown does not depend on anything that the template reads beside the unknowns (its input).

    Raises ShapeError where the two differ in shape, DeclarationError for unknowns that do not occur in the template
    and for identities that are not of the form above or not proved, BoundExceeded for networks with too many terms,
    SymderivError where no parameters are found.
    Source: Kingma and Welling (2014).

    >>> a, b, c, x = map(sd.tensor, "abcx")
    >>> found = sd.reparameterize(sd.sigmoid(x), a * sd.tanh(b * x) + c, (a, b, c))
    >>> found.status, [str(found.parameters[name].body) for name in (a, b, c)]
    ('proved', ['1/2', '1/2', '1/2'])
    """
    old, new = as_expr(network), as_expr(template)
    a, b = shape_of(old), shape_of(new)
    if not same_shape(a, b):
        raise ShapeError(f"the network has shape {show_shape(a)}, the template {show_shape(b)}", where=new)
    tensors = tuple(as_expr(u) for u in (unknowns if isinstance(unknowns, tuple | list) else (unknowns,)))
    assumed = tuple(assuming)
    program = Program(assumed)
    letters = tuple(Idx(name, constant(1), n) for name, n in zip("ijklpqrs", _sizes(old, program), strict=False))
    source, target = (_spelled(side, letters, program) for side in (old, new))
    wanted = _unknowns(tensors, target, program)
    identities = tuple(_given(using, seed) if using is not None else _looked_for(source, target, seed))
    rewritten = _rewrite(source, identities, program)
    search = Search(program, wanted, (target.syms - wanted) - {s for s in target.syms if s.body is not None})
    solution = search.run(target, rewritten)
    if solution is None:
        raise _no_match(old, new, rewritten, target)
    parameters = {t: _definition(t, program.symbol(t), search, solution) for t in tensors}
    found = new.xreplace(parameters)
    verdict = prove(old, found, assuming=assumed, seed=seed)
    if verdict.status == "refuted":
        raise _no_match(old, new, rewritten, target)
    return Reparameterization(parameters, found, identities, verdict)


# ------------------------------------------------------------------ both networks, spelled out

def _sizes(side: Expr, program: Program) -> tuple[Affine, ...]:
    return program.symbol(side).shape if isinstance(side, Array) else ()


def _spelled(side: Expr, letters: tuple[Idx, ...], program: Program) -> Node:
    """The entry of a side at the letters, down to declared tensors."""
    if isinstance(side, Array):
        node: Node = ent(program.symbol(side), *map(affine, letters))
    else:
        node = program.scalar(side)
    return spelled_out(node, RuleContext(program.facts, unfolds=frozenset(
        s for s in defined_symbols(node) if s.body is not None)))


def _unknowns(tensors: tuple[Expr, ...], target: Node, program: Program) -> frozenset[Sym]:
    for t in tensors:
        if not isinstance(t, Tensor):
            raise DeclarationError(f"the unknown {t} is not a declared tensor", where=t, hint='sd.tensor("V", k, m)')
        if t not in program.symbols or program.symbols[t] not in target.syms:
            raise DeclarationError(f"the unknown {t} does not occur in the template", where=t)
    return frozenset(program.symbols[t] for t in tensors)


def _no_match(old: Expr, new: Expr, rewritten: Node, target: Node) -> SymderivError:
    apart = sorted(_functions(rewritten) - _functions(target))
    hint = (f"give an identity for {', '.join(apart)}: using=[({apart[0]}(u), ...)]" if apart else
            "declare an unknown for every term of the network, with the same sizes")
    return SymderivError(f"no values of the unknowns were found that make the template equal to {old}", where=new,
                         hint=hint)


# ------------------------------------------------------------------ identities of activations

def _given(using: Iterable[tuple[object, object]], seed: int) -> Iterator[Verdict]:
    for pair in using:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise DeclarationError(f"{pair!r} is not an identity", hint="using=[(left side, right side)]")
        verdict = prove(*pair, seed=seed)
        if not verdict.coincide:
            raise DeclarationError(f"the identity is not proved, but {verdict.status}",
                                   where=f"{verdict.lhs} = {verdict.rhs}")
        yield verdict


def _functions(node: Node) -> set[str]:
    return {n.name for n in subterms(node) if isinstance(n, FunctionValue) and len(n.children) == 1}


def _looked_for(source: Node, target: Node, seed: int) -> Iterator[Verdict]:
    """f(u) = a + b g(c u) for every function f that only the network has, with a g of the template."""
    goals = sorted(_functions(target) - _functions(source)) or sorted(_functions(target))
    for f in sorted(_functions(source) - _functions(target)):
        for g in goals:
            verdict = connect(f, g, seed)
            if verdict is not None:
                yield verdict
                break


def connect(f: str, g: str, seed: int = 0) -> Verdict | None:
    """f(u) = a + b g(c u), found from the Taylor coefficients at 0 and then proved; None where there is none.

    With f_n = b cⁿ g_n for the coefficients from the first on, the first two that are not 0 give c, and then b.
    """
    u = Symbol("u", real=True)
    fs, gs = _taylor(f, u), _taylor(g, u)
    if fs is None or gs is None:
        return None
    orders = [n for n in range(1, MAX_ORDER) if gs[n] != 0]
    if len(orders) < 2 or any(fs[n] == 0 for n in orders[:2]):
        return None
    first, second = orders[:2]
    power, ratio = second - first, fs[second] / gs[second] / (fs[first] / gs[first])
    root = real_root(ratio, power)
    if not (root.is_real and root.is_rational):
        return None
    variable = Tensor("u", ())
    for c in (root, -root) if power % 2 == 0 else (root,):
        b = fs[first] / gs[first] / c ** first
        a = fs[0] - b * gs[0]
        verdict = prove(function_class(f)(variable), a + b * function_class(g)(c * variable), seed=seed)
        if verdict.coincide:
            return verdict
    return None


def _taylor(name: str, u: Symbol) -> list[Expr] | None:
    """The Taylor coefficients at 0 as far as they are needed; None for a function with a kink or a pole there."""
    if name not in FUNCTIONS or FUNCTIONS[name].pieces:
        return None
    f = FunctionValue(name, (IndexValue(u),))
    outcome = in_exponentials.apply(f, RuleContext())
    expr = export(outcome[0] if outcome is not None else f)
    coefficients, factorial = [], 1
    for n in range(MAX_ORDER):
        value = as_expr(expr.subs(u, 0))
        if not value.is_finite:
            return None
        coefficients.append(value / factorial)
        factorial *= n + 1
        expr = diff(expr, u)
    return coefficients


def _rewrite(source: Node, identities: Sequence[Verdict], program: Program) -> Node:
    """Every function that an identity has on its left side, innermost first."""
    rules: dict[str, tuple[Node, Node]] = {}
    for identity in identities:
        left, right = program.scalar(identity.lhs), program.scalar(identity.rhs)
        if not (isinstance(left, FunctionValue) and len(left.children) == 1 and isinstance(left.children[0], TensorEntry)
                and not left.children[0].idx and right.syms <= left.syms):
            raise DeclarationError("an identity must have a function of one scalar tensor on its left side",
                                   where=f"{identity.lhs} = {identity.rhs}",
                                   hint='u = sd.tensor("u"); (sd.sigmoid(u), ...)')
        rules[left.name] = left.children[0], right
    def by_rule(n: Node) -> Node:
        if not (isinstance(n, FunctionValue) and n.name in rules):
            return n
        variable, right = rules[n.name]
        return replace(right, {variable: n.children[0]})

    return rewritten(source, after=by_rule)


# ------------------------------------------------------------------ term by term

@dataclass(frozen=True)
class TemplateTerm:
    """Σ over the letters of coeff times the factors; no two terms share a bound letter."""

    coeff: Number
    factors: tuple[Node, ...]
    letters: tuple[Idx, ...] = ()


Solution = dict[Sym, Node]


class Search:
    """The comparison of a template with a network.

    wanted  the unknowns
    data    what the template reads beside them, which no unknown may depend on
    own     the letters in which each unknown's value is written
    """

    def __init__(self, program: Program, wanted: frozenset[Sym], data: frozenset[Sym]) -> None:
        self.program = program
        self.facts = program.facts
        self.wanted = wanted
        self.data = data
        self.own: dict[Sym, tuple[Idx, ...]] = {}
        self._trials = 0
        self._letters: set[str] = set()

    def run(self, template: Node, network: Node) -> Solution | None:
        """The first solution, or None; unknowns that nothing determines are 0."""
        self._letters = {*names_in(template), *names_in(network)}
        for entry in (n for n in subterms(template) if isinstance(n, TensorEntry) and n.sym in self.wanted):
            letters = tuple(p.single for p in entry.idx)
            if entry.sym not in self.own and len(set(letters)) == len(letters):
                self.own[entry.sym] = tuple(
                    Idx(p.name, constant(1), n) if isinstance(p, Idx) else Idx(x, constant(1), n)
                    for p, x, n in zip(letters, "abcdefgh", entry.sym.shape, strict=False))
        try:
            solution = next(self.equal(template, network, {}), None)
        except RecursionError as error:
            raise self.too_large() from error
        return None if solution is None else {**dict.fromkeys(self.own, num(0)), **solution}

    def too_large(self) -> BoundExceeded:
        """The error for a search that does not come to an end."""
        return BoundExceeded("the network has too many terms to be compared with the template",
                             hint="split it by definitions, and find the parameters of each part")

    # ---------------------------------------------------------------- sums of terms

    def terms(self, node: Node) -> list[TemplateTerm]:
        """The node multiplied out."""
        if isinstance(node, Num):
            return [TemplateTerm(node.value, ())] if node.value else []
        if isinstance(node, Add):
            return [t for c in node.children for t in self.terms(c)]
        if isinstance(node, Sum):
            letters = fresh_letters(node.binders, self._letters)
            self._letters |= {i.key for i in letters}
            body = substitute(node.body, {b: affine(f) for b, f in zip(node.binders, letters, strict=True)})
            return [TemplateTerm(t.coeff, t.factors, letters + t.letters) for t in self.terms(body)]
        if isinstance(node, Mul):
            return self._product([TemplateTerm(node.coeff, ())], node.factors)
        if isinstance(node, Pow) and isinstance(node.base, Add | Sum) and isinstance(node.exponent, Num) and (
                node.exponent.value in (2, 3)):
            return self._product([TemplateTerm(1, ())], (node.base,) * int(node.exponent.value))
        return [TemplateTerm(1, (node,))]

    def _product(self, result: list[TemplateTerm], factors: tuple[Node, ...]) -> list[TemplateTerm]:
        for f in factors:
            parts = self.terms(f)
            if len(result) * len(parts) > MAX_TERMS:
                raise self.too_large()
            result = [TemplateTerm(s.coeff * t.coeff, s.factors + t.factors, s.letters + t.letters)
                      for s in result for t in parts]
        return result

    # ---------------------------------------------------------------- matching

    def equal(self, template: Node, network: Node, known: Solution) -> Iterator[Solution]:
        """Values of the unknowns for which the template is the network, those already ``known`` included."""
        if not template.syms & self.wanted:
            if alpha_equal(template, network) or self._same(template, network):
                yield known
            return
        open_terms, target = [], self.terms(network)
        for t in self.terms(template):
            if any(f.syms & self.wanted for f in t.factors):
                open_terms.append(t)
            else:
                target.append(TemplateTerm(-t.coeff, t.factors, t.letters))
        if any(self.slot(t) is False for t in open_terms):
            return
        open_terms.sort(key=lambda t: -len(t.factors))
        yield from self.assign(open_terms, self._collected(target), {}, known)

    def _collected(self, terms: list[TemplateTerm]) -> list[TemplateTerm]:
        """Terms without letters collected, so that what cancels is gone."""
        together = add(*(mul(num(t.coeff), *t.factors) for t in terms if not t.letters))
        return [t for t in terms if t.letters] + self.terms(together)

    def slot(self, term: TemplateTerm) -> TensorEntry | bool | None:
        """The unknown of a term that stands by itself; None without one, False where the term is not linear in one."""
        found = [f for f in term.factors if isinstance(f, TensorEntry) and f.sym in self.wanted]
        rest = [f for f in term.factors if f.syms & self.wanted and f not in found and not isinstance(f, FunctionValue)]
        if len(found) > 1 or rest:
            return False
        return found[0] if found else None

    def assign(self, template: list[TemplateTerm], target: list[TemplateTerm], values: dict[int, Node],
               known: Solution) -> Iterator[Solution]:
        """Every term of the network is given to a term of the template that can take it."""
        if not target:
            yield from self.settle(template, values, known)
            return
        first, rest = target[0], target[1:]
        for k, t in enumerate(template):
            for value, found in self.take(t, first, known):
                yield from self.assign(template, rest, {**values, k: add(values.get(k, num(0)), value)}, found)

    def take(self, t: TemplateTerm, term: TemplateTerm, known: Solution) -> Iterator[tuple[Node, Solution]]:
        """The value that the unknown of a template's term gets from one term of the network."""
        slot = self.slot(t)
        self._trials += 1
        if self._trials > MAX_TRIALS:
            raise self.too_large()
        for chosen in permutations(term.letters, len(t.letters)):
            if any(a.lo is not b.lo or a.hi is not b.hi for a, b in zip(t.letters, chosen, strict=True)):
                continue
            env = {a: affine(b) for a, b in zip(t.letters, chosen, strict=True)}
            carrier = [substitute(f, env) for f in t.factors if f is not slot]
            for left, found in self.carried(carrier, list(term.factors), known):
                kept = tuple(b for b in term.letters if b not in chosen)
                value = total(mul(num(Fraction(term.coeff) / Fraction(t.coeff)), *left), kept)
                if slot is None:
                    if value is ONE:
                        yield value, found
                    continue
                assert isinstance(slot, TensorEntry)
                inside = self.in_own_letters(slot, env, value)
                if inside is not None:
                    yield inside, found

    def carried(self, carrier: list[Node], factors: list[Node],
                known: Solution) -> Iterator[tuple[list[Node], Solution]]:
        """What is left of the factors when the carrier is taken from them."""
        if not carrier:
            yield factors, known
            return
        head, rest = carrier[0], carrier[1:]
        for k, f in enumerate(factors):
            others = factors[:k] + factors[k + 1:]
            if not head.syms & self.wanted:
                if alpha_equal(head, f):
                    yield from self.carried(rest, others, known)
            elif (isinstance(head, FunctionValue) and isinstance(f, FunctionValue) and head.name == f.name
                    and len(head.children) == 1):
                for found in self.equal(head.children[0], f.children[0], known):
                    yield from self.carried(rest, others, found)

    def in_own_letters(self, slot: TensorEntry, env: dict[Idx, Affine], value: Node) -> Node | None:
        """A value written in the unknown's letters; None where it depends on other letters or on data."""
        positions = [p.substitute(env).single for p in slot.idx]
        own = self.own.get(slot.sym)
        if own is None or len(set(positions)) != len(positions) or not all(isinstance(p, Idx) for p in positions):
            return None
        if value.free - set(positions) or value.syms & (self.data | self.wanted):
            return None
        inside = {p: affine(o) for p, o in zip(positions, own, strict=True) if isinstance(p, Idx)}
        return self.readable(substitute(value, inside), own)

    def readable(self, value: Node, own: tuple[Idx, ...]) -> Node:
        """Sums carried out as far as the rules go, bound letters by their plain names."""
        names = {o.key for o in own}
        tidy = Rewriter(RuleContext(self.facts)).exhaust(value, TIDY, "")

        def plainly(n: Node, walk: NodeMap) -> Node | None:
            if not isinstance(n, Sum):
                return None
            plain = tuple(Idx(b.name, b.lo, b.hi) for b in n.binders)
            letters = fresh_letters(plain, names | (names_in(n.body) - {b.key for b in n.binders}))
            renaming = {b: affine(f) for b, f in zip(n.binders, letters, strict=True)}
            return total(walk(substitute(n.body, renaming)), letters)

        return rewritten(tidy, plainly)

    def settle(self, template: list[TemplateTerm], values: dict[int, Node], known: Solution) -> Iterator[Solution]:
        """One value for each unknown of the template's terms; none where two terms, or what is known, disagree."""
        result = dict(known)
        for k, t in enumerate(template):
            slot = self.slot(t)
            if not isinstance(slot, TensorEntry):
                if slot is None and values.get(k) is not ONE:
                    return
                continue
            value = values.get(k, num(0))
            if slot.sym in result and not self._same(result[slot.sym], value):
                return
            result.setdefault(slot.sym, value)
        yield result

    def _same(self, a: Node, b: Node) -> bool:
        try:
            return a is b or is_zero(add(a, neg(b)), self.facts)
        except (TooLarge, RecursionError):
            return False


# ------------------------------------------------------------------ the values, as definitions

def _definition(tensor: Expr, sym: Sym, search: Search, solution: Solution) -> Named:
    assert isinstance(tensor, Tensor)
    letters = tuple(map(export_index, search.own[sym]))
    return Named(tensor.name, letters, export(solution[sym]))


def _closed(value: Named) -> Expr:
    program = Program()
    sym = program.symbol(value)
    assert sym.body is not None and sym.letters is not None
    found = close(sym.body, sym.letters)
    return value.body if found is None else found
