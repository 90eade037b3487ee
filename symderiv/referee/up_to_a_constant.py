"""Lines with "+ const": their sides may differ by what depends on none of the variables, so their gradients agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..answers import HOLDS
from ..reader.declare.context import Definition, arity
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import CONSTANT
from .judge import Judgement
from .line_claims import Claim
from .roles import ClassifiedText, names_read

UNKNOWN = "the sides may differ by what is called constant, which is not looked at"


def speaks_of_constants(claim: Claim) -> bool:
    """Whether a side of a claim has a term that is only said to be constant."""
    return any(isinstance(n, t.Name) and n.name == CONSTANT for side in (claim.left, claim.right) for n in t.walk(side))


def up_to_a_constant(claim: Claim, reading: ClassifiedText, decide: Callable[[Claim], Judgement]) -> Judgement:
    """The verdict on a claim whose sides may differ by a constant: on the gradients of both by each variable.

    The variables are the arguments of the function that is on its left side, or what the text differentiates by.
    """
    names = [name for name in _variables(claim, reading) if name in names_read(reading.context, (claim.left, claim.right))]
    found = {name: decide(_gradients(claim, name, reading)) for name in names}
    holds = [name for name, each in found.items() if each.status in HOLDS]
    fails = {name: each for name, each in found.items() if each.status == "refuted"}
    if not names or len(holds) + len(fails) < len(names):
        return Judgement("undecided", UNKNOWN)
    if not holds:
        return replace(next(iter(fails.values())), message="the sides differ by more than a constant: their gradients by "
                                                           f"{names[0]} are not equal")
    told = f"up to what does not depend on {', '.join(holds)}"
    if fails:
        return Judgement("conditional", f"true {told}; it does on {', '.join(fails)}")
    weakest = next((found[name] for name in holds if found[name].status != "proved"), found[holds[0]])
    return replace(weakest, notes=(*weakest.notes, f"the sides agree {told}"))


def _variables(claim: Claim, reading: ClassifiedText) -> list[str]:
    called = claim.left.function.name if isinstance(claim.left, t.Call) and isinstance(claim.left.function, t.Function) \
        else claim.left.name if isinstance(claim.left, t.Name) else ""
    given = [record.parameters for record in reading.context.by_name(called)
             if isinstance(record, Definition) and record.parameters and not record.letters]
    if given:
        return [*given[0]]
    return [*t.varied(parsed.line for parsed in reading.rows if parsed.line is not None)]


def _gradients(claim: Claim, name: str, reading: ClassifiedText) -> Claim:
    """The claim that the gradients of both sides agree."""
    known = reading.context.by_name(name)
    variable = t.Name(name, arity(known[0]) if known else 0)
    left, right = (t.Derivative(side, (variable,)) for side in (claim.left, claim.right))
    return replace(claim, left=left, right=right)
