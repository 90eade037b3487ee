"""The kernel accepts what the engine derived, and refuses every mutant of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symderiv as sd
from symderiv.calculus.rules import RULES, RuleContext
from symderiv.errors import StepRefused
from symderiv.terms.affine import Idx, affine
from symderiv.terms.nodes import Add, IversonBracket, Sum, add, mul, neg, num, substitute, terms_of, total

m, n, d, k = sd.dims("m n d k")
W, x, z = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m)
A = sd.tensor("A", n, n)
h, w = sd.tensor("h", d), sd.tensor("w", k)


PROOFS = {
    "classifier": lambda: sd.derive(sd.cross_entropy(W @ x, sd.label("y", m)), W).proof,
    "softmax": lambda: sd.derive(sd.softmax(z), z).proof,
    "shared weight": lambda: sd.derive(sd.sum(A @ sd.tanh(A @ x)), A).proof,
    "convolution": lambda: sd.vjp(sd.conv1d(h, w), h).proof,
    "strided convolution": lambda: sd.vjp(sd.conv1d(h, w, stride=2, flip=True), h).proof,
    "relu": lambda: sd.derive(sd.sum(sd.relu(A @ x)), x).proof,
    "Hessian": lambda: sd.hessian(sd.cross_entropy(z, sd.label("y", m)), z).proof,
    "identity": lambda: sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1).proof,
    "one side only": lambda: sd.prove(sd.trace(A @ A.T), sd.sum(A * A)).proof,
}


@pytest.fixture(scope="module", params=PROOFS)
def proof(request):
    return PROOFS[request.param]()


def with_chain(proof, old, new):
    """The proof with one chain replaced; sums over chains are left as they were."""
    accumulations = tuple(replace(a, chains=tuple(new if c is old else c for c in a.chains)) for a in proof.accumulations)
    return replace(proof, accumulations=accumulations, chains=tuple(new if c is old else c for c in proof.chains))


def with_step(proof, chain, position, step):
    """The proof with one step replaced."""
    steps = (*chain.steps[:position], step, *chain.steps[position + 1:])
    return with_chain(proof, chain, replace(chain, steps=steps))


def every_step(proof):
    return [(chain, position, step) for chain in proof.all_chains for position, step in enumerate(chain.steps)]


def refused(proof):
    with pytest.raises(StepRefused):
        proof.replay()
    assert proof.status == "undecided"


def test_the_proof_itself_replays(proof):
    proof.replay()
    assert proof.status == "proved"


def test_sign_of_a_line(proof):
    for chain, position, step in every_step(proof):
        if step.after is not num(0):
            refused(with_step(proof, chain, position, replace(step, after=neg(step.after))))


def test_sign_of_a_replacement(proof):
    for chain, position, step in every_step(proof):
        for r, rewrite in enumerate(step.rewrites):
            if rewrite.after is num(0):
                continue
            wrong = replace(rewrite, after=neg(rewrite.after))
            rewrites = (*step.rewrites[:r], wrong, *step.rewrites[r + 1:])
            refused(with_step(proof, chain, position, replace(step, rewrites=rewrites)))


def test_another_rule(proof):
    names = list(RULES)
    for chain, position, step in every_step(proof):
        for r, rewrite in enumerate(step.rewrites):
            for other in (names[(names.index(rewrite.rule) + 7) % len(names)], "magic"):
                if other in RULES and type(rewrite.before) in RULES[other].kinds:
                    continue
                try:
                    same = other in RULES and RULES[other].apply(rewrite.before, chain.context) == (
                        rewrite.after, rewrite.conditions)
                except Exception:
                    same = False
                if not same:
                    rewrites = (*step.rewrites[:r], replace(rewrite, rule=other), *step.rewrites[r + 1:])
                    mutant = with_step(proof, chain, position, replace(step, rewrites=rewrites))
                    with pytest.raises((StepRefused, AssertionError)):
                        mutant.replay()


def test_rewrite_left_out(proof):
    for chain, position, step in every_step(proof):
        refused(with_step(proof, chain, position, replace(step, rewrites=step.rewrites[:-1])))


def test_redex_that_does_not_occur(proof):
    for chain, position, step in every_step(proof):
        first = step.rewrites[0]
        wrong = replace(first, before=mul(first.before, num(3)))
        refused(with_step(proof, chain, position, replace(step, rewrites=(wrong, *step.rewrites[1:]))))


def test_dropped_term(proof):
    for chain, position, step in every_step(proof):
        if isinstance(step.after, Add):
            refused(with_step(proof, chain, position, replace(step, after=add(*terms_of(step.after)[1:]))))


def test_index_shifted_by_one(proof):
    for chain, position, step in every_step(proof):
        for letter in sorted(step.after.free, key=str)[:1]:
            shifted = substitute(step.after, {letter: affine(letter) + 1})
            if shifted is not step.after:
                refused(with_step(proof, chain, position, replace(step, after=shifted)))


def test_range_off_by_one(proof):
    for chain, position, step in every_step(proof):
        if isinstance(step.after, Sum):
            old = step.after.binders[0]
            new = Idx(old.name, old.lo + 1, old.hi, old.tag)
            body = substitute(step.after.body, {old: affine(new)})
            refused(with_step(proof, chain, position, replace(step, after=total(body, (new, *step.after.binders[1:])))))


def test_dropped_sum(proof):
    for chain, position, step in every_step(proof):
        if isinstance(step.after, Sum):
            refused(with_step(proof, chain, position, replace(step, after=step.after.body)))


def test_side_condition_left_out_or_invented(proof):
    for chain, position, step in every_step(proof):
        if step.conditions:
            refused(with_step(proof, chain, position, replace(step, conditions=())))
        refused(with_step(proof, chain, position, replace(step, conditions=(*step.conditions, "whatever"))))


def test_step_left_out(proof):
    for chain in proof.all_chains:
        if chain.steps:
            refused(with_chain(proof, chain, replace(chain, steps=chain.steps[:-1])))
        if len(chain.steps) > 1:
            refused(with_chain(proof, chain, replace(chain, steps=chain.steps[1:])))


def test_another_first_line(proof):
    for accumulation in proof.accumulations:
        for chain in accumulation.chains:
            refused(with_chain(proof, chain, replace(chain, start=mul(num(2), chain.start))))


def test_another_cotangent_upstream(proof):
    for accumulation in proof.accumulations:
        for chain in accumulation.chains:
            upstream = mul(num(2), chain.upstream)
            refused(with_chain(proof, chain, replace(chain, upstream=upstream)))


def test_cotangent_of_nothing_left_out(proof):
    for position in range(len(proof.accumulations)):
        left = proof.accumulations[:position] + proof.accumulations[position + 1:]
        if left:
            needed = {c.consumer for a in left for c in a.chains} | {a.subject for a in left}
            if proof.accumulations[position].subject in needed:
                refused(replace(proof, accumulations=left))


def test_part_of_a_cotangent_left_out(proof):
    for position, accumulation in enumerate(proof.accumulations):
        chains = accumulation.chains[1:]
        short = replace(accumulation, chains=chains, total=add(*(c.result for c in chains)))
        rest = (*proof.accumulations[:position], short, *proof.accumulations[position + 1:])
        refused(replace(proof, accumulations=rest))


def test_wrong_total(proof):
    for position, accumulation in enumerate(proof.accumulations):
        wrong = replace(accumulation, total=mul(num(2), accumulation.total))
        if wrong.total is not accumulation.total:
            refused(replace(proof, accumulations=(
                *proof.accumulations[:position], wrong, *proof.accumulations[position + 1:])))


def test_context_without_the_definitions_it_used():
    proof = PROOFS["softmax"]()
    used = [c for c in proof.all_chains if any("definition of" in text for s in c.steps for text in s.conditions)]
    assert used
    for chain in used:
        refused(with_chain(proof, chain, replace(chain, context=RuleContext(chain.context.facts))))


def test_range_condition_is_not_lost_without_its_assumption():
    r = sd.indices("r", d)
    cut = sd.Sum(h[r] * sd.iverson(r <= k), r)
    proof = sd.prove(cut, sd.sum(h), assuming=[d <= k]).proof
    proof.replay()
    for chain in proof.all_chains:
        if any(isinstance(part, IversonBracket) for step in chain.steps for part in _parts(step.before)):
            refused(with_chain(proof, chain, replace(chain, context=replace(chain.context, facts=()))))
            return
    raise AssertionError("no line carries the range condition")


def _parts(node):
    from symderiv.terms.nodes import subterms

    return subterms(node)


def test_claim_whose_sides_differ():
    proof = PROOFS["identity"]()
    first, second = proof.chains
    refused(replace(proof, chains=(first, replace(second, steps=second.steps[:-1]))))
    other = sd.prove(sd.sigmoid(z), 1 - sd.sigmoid(-z)).proof.chains[0]
    refused(replace(proof, chains=(first, other)))


def test_what_cancels_is_recorded_as_not_zero():
    verdict = sd.prove(x * x / x, x)
    assert any("x[i] != 0" in step.conditions for step in verdict.proof.steps)
    assert r"x_{i} \neq 0" in verdict.proof.latex()
    positive = sd.tensor("u", n, positive=True)
    assert not any("!= 0" in c for step in sd.prove(positive * x / positive, x).proof.steps for c in step.conditions)


def test_what_is_still_divided_by_is_not_recorded():
    d = sd.derive(sd.sum(sd.log(x)), x)
    assert str(d.closed) == "1./x"
    assert not any("!= 0" in c for step in d.proof.steps for c in step.conditions)


def test_definition_that_is_not_what_its_operator_says():
    proof = sd.derive(sd.sum(A @ sd.tanh(A @ x)), A).proof
    sym = next(s for s in proof.definitions if str(s.array) == "tanh(A*x)")
    body, sym.body = sym.body, neg(sym.body)
    try:
        refused(replace(proof))
    finally:
        sym.body = body
    replace(proof).replay()
