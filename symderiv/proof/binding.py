"""Whether a proof that is shown is one of the claim that it stands beside: it begins and ends where the claim says.

That the claim is true is no business of this module: a certificate says so, which the checker has accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from ..arrays.operator import shape_of
from ..arrays.sizes import same_size
from ..errors import StepRefused
from ..lowering.export import export_affine
from ..matrixform.naming import renamed
from ..terms.affine import Affine, affine, constant, size_affine
from ..terms.nodes import ZERO, Delta, Node, Sym, TensorEntry, add, delta, factors_of, mul, neg
from ..terms.traversals import reached
from .chains import Chain
from .claims import EntryEquation, Gradient, Identity
from .proof_record import ProofRecord


def shows(proof: ProofRecord) -> bool:
    """Whether a proof begins and ends where its claims say, so that it may stand beside them."""
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


def check_claim(chains: tuple[Chain, ...]) -> None:
    """Two sides of a claim end in one expression; the difference of the sides ends in 0."""
    if any(chain.kind != "claim" for chain in chains):
        raise StepRefused("a chain of a claim begins with something else")
    if len(chains) == 1 and chains[0].result is not ZERO:
        raise StepRefused("the difference of the sides does not come out as 0", where=chains[0].result)
    if any(chain.result is not chains[0].result for chain in chains):
        raise StepRefused("the sides do not end in the same expression", where=chains[-1].result)


def _reads(sym: Sym) -> Iterable[Sym]:
    return sym.body.syms if sym.body is not None else ()


class DefinitionGraph:
    """Which definitions read which, from the outputs of a proof downwards, and the cotangents it works out."""

    def __init__(self, proof: ProofRecord) -> None:
        self.cotangents = {a.subject: a for a in proof.accumulations}
        if len(self.cotangents) < len(proof.accumulations):
            raise StepRefused("a cotangent is worked out twice")
        self.outputs = frozenset(proof.outputs)
        self.readers: dict[Sym, set[Sym]] = {}
        for sym in reached(self.outputs, _reads):
            for read in _reads(sym):
                self.readers.setdefault(read, set()).add(sym)

    def vanishes(self, sym: Sym) -> bool:
        """Whether the cotangent of a definition is shown to be 0."""
        known = self.cotangents
        above = reached((sym,), lambda s: () if s in known else self.readers.get(s, ()))
        return all(known[s].total is ZERO if s in known else s not in self.outputs for s in above)


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
