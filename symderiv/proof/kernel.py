"""The kernel: repeats a proof step by step, with no search and no simplification of its own.

A step is accepted when its rule, applied to the redex, gives exactly the replacement, and putting the replacement for
the redex turns the line before into the line after.  A chain must begin with the chain rule for the definition it
names, and each line with the line before; a cotangent must be the sum of its chains over all definitions that read
the variable.  Anything else is refused with an exception.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import permutations

from ..arrays.operator import shape_of
from ..arrays.sizes import same_size
from ..calculus.adjoint import first_line_body
from ..calculus.canonical import is_zero
from ..calculus.divisors import cancelled
from ..calculus.fold import alpha_equal
from ..calculus.rules import RULES, Rewrite, RuleContext
from ..errors import StepRefused
from ..lowering.export import export_affine
from ..matrixform.naming import renamed
from ..terms.affine import Affine, affine, constant, size_affine
from ..terms.nodes import (
    ZERO,
    Delta,
    Node,
    Sym,
    TensorEntry,
    add,
    delta,
    deriv,
    ent,
    factors_of,
    mul,
    neg,
    replace,
    substitute,
    subterms,
    terms_of,
    total,
)
from .chains import Accumulation, Chain, Step
from .claims import EntryEquation, Gradient, Identity
from .proof_record import ProofRecord


def replay(proof: ProofRecord) -> None:
    """Check a whole proof.  Raises StepRefused."""
    if not proof.chains and not proof.claims:
        raise StepRefused("a proof without lines, or without what they show, proves nothing")
    check_definitions(proof)
    graph = DefinitionGraph(proof)
    for accumulation in proof.accumulations:
        replay_accumulation(accumulation, graph)
    for chain in proof.chains:
        replay_chain(chain)
    check_claim(proof.chains)
    for claim in proof.claims:
        if isinstance(claim, Gradient):
            check_gradient(claim, proof, graph)
        else:
            check_sides(claim, proof.chains)


def shows(proof: ProofRecord) -> bool:
    """Whether a proof begins and ends where its claims say, so that it may stand beside them; no line is repeated."""
    try:
        graph = DefinitionGraph(proof)
        check_claim(proof.chains)
        for claim in proof.claims:
            if isinstance(claim, Gradient):
                check_gradient(claim, proof, graph)
            else:
                check_sides(claim, proof.chains)
    except StepRefused:
        return False
    return bool(proof.claims)


def check_sides(claim: Identity | EntryEquation, chains: tuple[Chain, ...]) -> None:
    """The chains begin with the entries of the two sides, or with their difference, at letters that run over every axis."""
    for side in (claim.lhs, claim.rhs) if isinstance(claim, Identity) else ():
        axes = [(constant(1), size_affine(n)) for n in shape_of(side)]
        if len(axes) != len(claim.letters) or any(i.lo is not lo or (i.hi is not hi and not same_size(
                export_affine(i.hi), export_affine(hi))) for i, (lo, hi) in zip(claim.letters, axes, strict=True)):
            raise StepRefused("the entries are not those of every position", where=side)
    left, right = claim.entries()
    starts = tuple(chain.start for chain in chains)
    if starts not in ((left, right), (add(left, neg(right)),)):
        raise StepRefused("the lines do not begin with the sides of the claim", where=left)


def check_gradient(claim: Gradient, proof: ProofRecord, graph: DefinitionGraph) -> None:
    """The cotangent of the variable, worked out from the output that is claimed, is the index form of what is shown."""
    if claim.reading.before is not claim.primal and claim.reading.before != claim.primal:
        raise StepRefused("something else was read", where=claim.primal)
    claim.reading.replay()
    closing, program = claim.closing, claim.closing.program
    if not any(c is closing for c in proof.closings):
        raise StepRefused("nothing ties the result to the lines that lead to it", where=claim.spelled)
    if renamed(closing.closed, program.renamed) != claim.spelled:
        raise StepRefused("the result is not the one that was worked out", where=claim.spelled)
    output, sym = program.symbols.get(claim.root), program.symbols.get(claim.wrt)
    if output is None or output not in graph.outputs:
        raise StepRefused("something else was differentiated", where=claim.primal)
    given = None if claim.upstream is None else program.symbols.get(claim.upstream)
    for chain in (c for a in proof.accumulations for c in a.chains if c.consumer is output):
        seed = chain.upstream.sym if isinstance(chain.upstream, TensorEntry) else None
        if output not in graph.cotangents and seed is not given:
            raise StepRefused("the derivative is not pulled back from what is said", where=chain.upstream)
    acc = graph.cotangents.get(sym) if sym is not None else None
    if acc is not None and closing.index is not ZERO:
        if acc.total is not closing.index or closing.letters[len(closing.letters) - len(acc.letters):] != acc.letters:
            raise StepRefused("the cotangent of the variable is another one", where=closing.index)
    elif sym is not None and sym is output:
        if not is_seed(closing.index, tuple(map(affine, closing.letters[len(closing.letters) - len(sym.shape):]))):
            raise StepRefused("the derivative by the output itself is not the unit", where=closing.index)
    elif closing.index is not ZERO or not (sym is None or graph.vanishes(sym)):
        raise StepRefused("the cotangent of the variable is missing", where=claim.wrt)


def check_definitions(proof: ProofRecord) -> None:
    """The body of every definition is what the record of its operator says of its operands."""
    programs = {id(p): p for p in (*(c.program for c in proof.closings),
                                   *(c.program for c in proof.claims if isinstance(c, Identity)))}.values()
    for sym in proof.definitions:
        for program in programs:
            if sym.array is not None and program.symbols.get(sym.array) is sym and sym.role != "adjoint":
                known = program.checked.get(sym)
                if known is not None and known[0] is sym.array and known[1] is sym.body and known[2] is sym.letters:
                    continue
                meant = program.meaning(sym)
                if meant is not None and meant is not sym.body:
                    raise StepRefused(f"{sym} is not what it is defined to be", where=sym.array)
                program.checked[sym] = sym.array, sym.body, sym.letters


def check_claim(chains: tuple[Chain, ...]) -> None:
    """Two sides of a claim end in one expression; the difference of the sides ends in 0."""
    if any(chain.kind != "claim" for chain in chains):
        raise StepRefused("a chain of a claim begins with something else")
    if len(chains) == 1 and chains[0].result is not ZERO:
        raise StepRefused("the difference of the sides does not come out as 0", where=chains[0].result)
    if any(chain.result is not chains[0].result for chain in chains):
        raise StepRefused("the sides do not end in the same expression", where=chains[-1].result)


class DefinitionGraph:
    """Which definitions read which, from the outputs of a proof downwards, and the cotangents it works out."""

    def __init__(self, proof: ProofRecord) -> None:
        self.cotangents = {a.subject: a for a in proof.accumulations}
        if len(self.cotangents) < len(proof.accumulations):
            raise StepRefused("a cotangent is worked out twice")
        self.outputs = frozenset(proof.outputs)
        self.readers: dict[Sym, set[Sym]] = {}
        stack = list(self.outputs)
        seen = set(stack)
        while stack:
            sym = stack.pop()
            for read in sym.body.syms if sym.body is not None else ():
                self.readers.setdefault(read, set()).add(sym)
                if read not in seen:
                    seen.add(read)
                    stack.append(read)

    def vanishes(self, sym: Sym) -> bool:
        """Whether the cotangent of a definition is shown to be 0."""
        if sym in self.cotangents:
            return self.cotangents[sym].total is ZERO
        return sym not in self.outputs and all(map(self.vanishes, self.readers.get(sym, ())))


def replay_accumulation(acc: Accumulation, graph: DefinitionGraph) -> None:
    """The cotangent is the sum of the chains, one for each definition that reads the variable."""
    readers = [c.consumer for c in acc.chains]
    if len(set(readers)) != len(readers):
        raise StepRefused(f"a definition is counted twice in the cotangent of {acc.subject}")
    for missing in graph.readers.get(acc.subject, set()) - set(readers):
        if not graph.vanishes(missing):
            raise StepRefused(f"{missing} reads {acc.subject}, but its part of the cotangent is missing")
    for chain in acc.chains:
        if chain.kind != "chain rule" or chain.subject is not acc.subject or chain.letters != acc.letters:
            raise StepRefused(f"a chain of another variable is added to the cotangent of {acc.subject}")
        replay_chain(chain)
        check_upstream(chain, graph)
    if add(*(c.result for c in acc.chains)) is not acc.total:
        raise StepRefused(f"the chains do not add up to the cotangent of {acc.subject}", where=acc.total)
    if acc.named is not None:
        body, content = acc.named.body, acc.content
        if body is None or content is None or not is_product(content, body, acc.total):
            raise StepRefused(f"{acc.named} is not the cotangent it names", where=acc.total)


def is_product(content: Node, body: Node, total_: Node) -> bool:
    """Whether content times body is the total, term by term, or else by canonical forms."""
    return add(*(mul(content, t) for t in terms_of(body))) is total_ or is_zero(add(mul(content, body), neg(total_)))


def replay_chain(chain: Chain) -> None:
    """The first line is what its kind says, and each step begins where the last ended.

    Derivatives by several variables share chains: one is repeated once, and again where anything in it is another.
    """
    now = (*(getattr(chain, f.name) for f in fields(chain)), chain.consumer and chain.consumer.body)
    known = chain.__dict__.get("_replayed")
    if known is not None and all(a is b for a, b in zip(known, now, strict=True)):
        return
    if chain.kind == "chain rule":
        check_chain_rule(chain)
    line = chain.start
    for step in chain.steps:
        if step.before is not line:
            raise StepRefused("a step does not begin where the last one ended", where=step.before)
        replay_step(step, chain.context)
        line = step.after
    chain.__dict__["_replayed"] = now


def check_chain_rule(chain: Chain) -> None:
    """The first line reads Σ_a ū_a ∂u_a/∂z_i, u_a being the definition's own body."""
    u, z = chain.consumer, chain.subject
    if u is None or z is None or u.body is None or u.letters is None or chain.upstream is None:
        raise StepRefused("a chain rule without a definition")
    free = tuple(i for i in chain.start.free if i not in chain.letters)
    body = first_line_body(u, chain.own, chain.letters, free)
    expected = total(mul(chain.upstream, deriv(body, z, tuple(map(affine, chain.letters)))), chain.own)
    if expected is not chain.start:
        raise StepRefused("the first line is not the chain rule", where=chain.start)


def check_upstream(chain: Chain, graph: DefinitionGraph) -> None:
    """The factor ū_a of a chain is the cotangent of its definition, written out or by name, or the output's own."""
    own = tuple(map(affine, chain.own))
    given = chain.upstream
    acc = graph.cotangents.get(chain.consumer) if chain.consumer is not None else None
    if given is None or not (chain.consumer in graph.outputs and is_seed(given, own) if acc is None else any(
            alpha_equal(form, given) for form in cotangent_forms(acc, own))):
        raise StepRefused(f"the chain rule through {chain.consumer} does not begin with its cotangent", where=given)


def cotangent_forms(acc: Accumulation, own: tuple[Affine, ...]) -> tuple[Node, ...]:
    """A cotangent at given positions: written out, and where it has a name, by that."""
    env = dict(zip(acc.letters, own, strict=True))
    written = substitute(acc.total, env)
    if acc.named is None or acc.content is None or acc.named.letters is None:
        return (written,)
    at = (env.get(i, affine(i)) for i in acc.named.letters)
    return written, mul(substitute(acc.content, env), ent(acc.named, *at))


def is_seed(given: Node, own: tuple[Affine, ...]) -> bool:
    """Whether this is the cotangent of an output: deltas to the letters of a Jacobian's rows, or a given array's entry."""
    if isinstance(given, TensorEntry):
        return given.idx == own and given.sym.role != "adjoint"
    coeff, factors = factors_of(given)
    if coeff != 1 or len(factors) != len(own) or not all(isinstance(f, Delta) for f in factors):
        return False
    rows = [i for i in given.free if affine(i) not in own]
    wanted = (mul(*(delta(a - affine(i)) for a, i in zip(own, order, strict=True))) for order in permutations(rows))
    return len(rows) == len(own) and any(w is given for w in wanted)


def replay_step(step: Step, context: RuleContext) -> None:
    """Every rewrite of the step, one after the other."""
    line = step.before
    for rewrite in step.rewrites:
        line = replay_rewrite(line, rewrite, context)
    rewritten = dict.fromkeys(c for rewrite in step.rewrites for c in rewrite.conditions)
    if step.conditions != tuple(rewritten | dict.fromkeys(cancelled(step.before, step.after, step.rewrites))):
        raise StepRefused(f"{step.rule}: the side conditions are not those of its rewrites", where=step.before)
    if line is not step.after:
        raise StepRefused(f"{step.rule}: the rewrites give {line}, not {step.after}", where=step.before)


def replay_rewrite(line: Node, rewrite: Rewrite, context: RuleContext) -> Node:
    """One rule at one redex."""
    rule = RULES.get(rewrite.rule)
    if rule is None:
        raise StepRefused(f"there is no rule named {rewrite.rule}")
    if rewrite.before not in subterms(line):
        raise StepRefused(f"{rewrite.rule}: its redex does not occur in the line", where=rewrite.before)
    outcome = rule.apply(rewrite.before, context)
    if outcome is None or outcome[0] is not rewrite.after:
        got = None if outcome is None else outcome[0]
        raise StepRefused(f"{rewrite.rule}: expected {rewrite.after}, got {got}", where=rewrite.before)
    if outcome[1] != rewrite.conditions:
        raise StepRefused(f"{rewrite.rule}: it holds under {outcome[1]}, not under {rewrite.conditions}",
                          where=rewrite.before)
    return replace(line, {rewrite.before: rewrite.after})


__all__ = ["replay", "replay_accumulation", "replay_chain", "replay_rewrite", "replay_step", "shows"]
