"""The kernel: repeats a proof step by step, with no search and no simplification of its own.

A step is accepted when its rule, applied to the redex, gives exactly the replacement, and putting the replacement for
the redex turns the line before into the line after.  A chain must begin with the chain rule for the definition it
names, and each line with the line before; a cotangent must be the sum of its chains over all definitions that read
the variable.  Anything else is refused with an exception.
"""

from __future__ import annotations

from ..calculus.adjoint import first_line_body
from ..calculus.rules import RULES, Context, Rewrite
from ..errors import StepRefused
from ..index.affine import affine
from ..index.nodes import Node, Sym, add, deriv, mul, replace, subterms, terms_of, total
from .steps import Accumulation, Chain, Proof, Step


def replay(proof: Proof) -> None:
    """Check a whole proof.  Raises StepRefused."""
    for accumulation in proof.accumulations:
        replay_accumulation(accumulation, proof.definitions)
    for chain in proof.chains:
        replay_chain(chain)


def replay_accumulation(acc: Accumulation, definitions: tuple[Sym, ...]) -> None:
    """The cotangent is the sum of the chains, one for each definition that reads the variable."""
    readers = [c.consumer for c in acc.chains]
    if len(set(readers)) != len(readers):
        raise StepRefused(f"a definition is counted twice in the cotangent of {acc.subject}")
    for chain in acc.chains:
        if chain.subject is not acc.subject or chain.letters != acc.letters:
            raise StepRefused(f"a chain of another variable is added to the cotangent of {acc.subject}")
        replay_chain(chain)
    if add(*(c.result for c in acc.chains)) is not acc.total:
        raise StepRefused(f"the chains do not add up to the cotangent of {acc.subject}", where=acc.total)
    if acc.named is not None:
        body, content = acc.named.body, acc.content
        if body is None or content is None or add(*(mul(content, t) for t in terms_of(body))) is not acc.total:
            raise StepRefused(f"{acc.named} is not the cotangent it names", where=acc.total)


def replay_chain(chain: Chain) -> None:
    """The first line is what its kind says, and each step begins where the last ended."""
    if chain.kind == "chain rule":
        check_chain_rule(chain)
    line = chain.start
    for step in chain.steps:
        if step.before is not line:
            raise StepRefused("a step does not begin where the last one ended", where=step.before)
        replay_step(step, chain.context)
        line = step.after


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


def replay_step(step: Step, context: Context) -> None:
    """Every rewrite of the step, one after the other."""
    line = step.before
    for rewrite in step.rewrites:
        line = replay_rewrite(line, rewrite, context)
    if line is not step.after:
        raise StepRefused(f"{step.rule}: the rewrites give {line}, not {step.after}", where=step.before)


def replay_rewrite(line: Node, rewrite: Rewrite, context: Context) -> Node:
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
    return replace(line, {rewrite.before: rewrite.after})


__all__ = ["replay", "replay_accumulation", "replay_chain", "replay_rewrite", "replay_step"]
