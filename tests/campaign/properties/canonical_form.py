"""What rules and canonical forms make of an expression has its value, at every size, empty sums and ends included."""

from __future__ import annotations

import random

import numpy as np
from sympy import Expr

from symderiv.calculus.canonical import Canonical
from symderiv.calculus.contract import TIDY
from symderiv.calculus.expand import defined_symbols, spelled_out
from symderiv.calculus.rules import Rewriter, RuleContext
from symderiv.errors import BoundExceeded
from symderiv.lowering.export import export
from symderiv.lowering.program import Program
from symderiv.numeric.digits import settled
from symderiv.numeric.sampling import Sample
from symderiv.terms.nodes import Node
from tests.campaign.index_expressions import Grower, agree, valued, values
from tests.campaign.record import Property

POINTS = 4


def forms(node: Node, everything: frozenset) -> dict[str, Node]:
    """The expression with its sums carried out, and its canonical forms, with and without sums written as terms."""
    spelled = spelled_out(node, RuleContext(unfolds=everything))
    found = {"tidied": Rewriter(RuleContext()).exhaust(node, TIDY, ""), "spelled out": spelled}
    for termwise in (False, True):
        canonical = Canonical(termwise=termwise)
        canonical.prepare(spelled)
        found[f"canonical{' termwise' * termwise}"] = canonical.node(spelled)
    return found


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    expression = Grower(rng).expression()
    node = Program().scalar(expression)
    everything = frozenset(s for s in defined_symbols(node) if s.body is not None)
    try:
        shown = {name: export(form) for name, form in forms(node, everything).items()}
        return compared(expression, shown, rng)
    except (BoundExceeded, ZeroDivisionError):
        return None


def compared(expression: Expr, shown: dict[str, Expr], rng: random.Random) -> str | None:
    """What is wrong with the values of some forms of an expression at a few sizes and points."""
    for _ in range(POINTS):
        sizes = {"n": rng.randint(1, 4), "T": rng.randint(1, 4)}
        arrays = values(rng, sizes)
        expected, *found = valued([expression, *shown.values()], arrays, sizes)
        for (name, form), value in zip(shown.items(), found, strict=True):
            if np.isfinite(expected) and not agree(expected, value) and settled((expression, form), Sample(arrays, sizes)):
                return f"{expression}, {name}: {form} is {value}, not {expected}, at {sizes}"
    return None


PROPERTY = Property("canonical_form", "The canonical form of an index expression has its value at sizes 1 to 4.",
                    case, ci=12, long=5_000)
