"""Rules that spell things out: definitions by their bodies, logistic functions by exponentials, canonical forms."""

from __future__ import annotations

from ..bounds import LEMMA_WORK, spend, within
from ..functions import FUNCTIONS
from ..functions.network_functions import stop_gradient
from ..terms.nodes import (
    Add,
    Delta,
    FunctionValue,
    Node,
    Num,
    Sum,
    Sym,
    replace,
    subterms,
    total,
)
from .alike import Pattern, example, pattern
from .canonical import Canonical, canonical
from .rules import Outcome, RuleContext, rule
from .spelled import defined_symbols, spelled_out, unfold

# Definitions whose entries have a known total are short.
MAX_LEMMA = 80
# A lemma about a definition looks at what its body reads, and at what that reads: x̂ = d/s, d = x - μ, and μ.
LEVELS = 3
_TOTALS: dict[tuple[int, Pattern], Node | None] = {}
MOST_TOTALS = 2_000


@rule("in exponentials", FunctionValue, words="written with exponentials")
def in_exponentials(node: Node, context: RuleContext) -> Outcome:
    """σ(x) = 1/(1 + e^-x), tanh x = (e^2x - 1)/(e^2x + 1), softplus x = log(1 + e^x), and what else its record shows."""
    assert isinstance(node, FunctionValue)
    record = FUNCTIONS.get(node.name)
    if record is None or record.expansion is None or not record.shown:
        return None
    return record.expansion(*node.children), ()


@rule("value of a stop", FunctionValue, words="stop-gradient changes no value")
def value_of_a_stop(node: Node, context: RuleContext) -> Outcome:
    """sg(x) = x, for equations: an equation between values says nothing of derivatives."""
    assert isinstance(node, FunctionValue)
    return (node.children[0], ()) if stop_gradient.of(node) else None


def without_stops(node: Node) -> Node:
    """The same value with nothing stopped; without a log."""
    stops = [n for n in subterms(node) if stop_gradient.of(n)]
    for stop in sorted(stops, key=lambda n: n.size):
        node = replace(node, {stop: stop.children[0]})
    return node


@rule("canonical form", Node, words="one denominator, multiplied out and cancelled")
def canonical_form(node: Node, context: RuleContext) -> Outcome:
    """The canonical form of the whole line; its definition is in calculus/canonical.py."""
    c = Canonical(context.facts, termwise=context.termwise)
    c.prepare(node, *context.beside)
    return c.node(node), ()


def total_by_definition(sym: Sym, axis: int) -> Node | None:
    """Σ over one axis of a definition as a number, by the canonical form of what it spells out; None where it is none.

    What reads alike is worked out once: the layers of a network differ by names alone.
    """
    if sym.body is None or sym.letters is None:
        return None
    key = (axis, pattern(sym, LEVELS - 1))
    if key not in _TOTALS:
        if len(_TOTALS) > MOST_TOTALS:
            _TOTALS.clear()
        try:
            found = within(LEMMA_WORK, lambda: _total_of(example(key[1]), axis))
        except ZeroDivisionError:
            found = None
        spend()  # where it was the call's own budget that did not reach, nothing was found out
        _TOTALS[key] = found
    return _TOTALS[key]


def _total_of(sym: Sym, axis: int) -> Node | None:
    assert sym.body is not None and sym.letters is not None
    body, letter = sym.body, sym.letters[axis]
    names: frozenset[Sym] = frozenset()
    below = frozenset((sym,))
    for _ in range(LEVELS):
        spelled = spelled_out(body, RuleContext(unfolds=names), MAX_LEMMA)
        if not isinstance(body, Add) or any(isinstance(n, Sum | Delta) for n in subterms(spelled)):
            found = canonical(total(spelled, (letter,)))
            if isinstance(found, Num):
                return found
        below = frozenset(s for t in below if t.body is not None for s in t.body.syms if s.body is not None)
        if not below:
            return None
        names |= below
    return None


RuleContext.known_total = staticmethod(total_by_definition)


__all__ = ["defined_symbols", "spelled_out", "unfold"]
