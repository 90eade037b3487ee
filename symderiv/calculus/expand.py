"""Rules that spell things out: definitions by their bodies, logistic functions by exponentials, canonical forms."""

from __future__ import annotations

from ..bounds import LEMMA_WORK, recounted, spend, within
from ..functions import FUNCTIONS
from ..functions.elementary import exp, log
from ..functions.network_functions import stop_gradient
from ..terms.nodes import (
    ONE,
    Add,
    Delta,
    FunctionValue,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    add,
    factors_of,
    fn,
    mul,
    neg,
    num,
    power,
    replace,
    subterms,
    total,
)
from .alike import Pattern, example, pattern
from .canonical import Canonical, canonical
from .positive import is_positive
from .rules import Outcome, RuleContext, rule
from .spelled import defined_symbols, spelled_out, unfold

# Definitions whose entries have a known total are short.
MAX_LEMMA = 80
# Products of a line that are written in another way.
MOST_WRITTEN = 24
# A lemma about a definition looks at what its body reads, and at what that reads: x̂ = d/s, d = x - μ, and μ.
LEVELS = 3


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
    c = context.canonical or Canonical(context.facts, termwise=context.termwise)
    c.prepare(node, *context.beside)
    return as_written(c.node(node)), ()


def as_written(node: Node) -> Node:
    """A canonical form as people write it: Σ_i β^{t-i} g_i for β^t Σ_i β^{-i} g_i, and p/(1 - p) for -p/(p - 1)."""
    for _ in range(MOST_WRITTEN):
        made = next(((n, new) for n in subterms(node) if isinstance(n, Mul)
                     and (new := _denominators_turned(_powers_joined(n))) is not n), None)
        if made is None:
            return node
        node = replace(node, {made[0]: made[1]})
    return node


def _powers_joined(n: Mul) -> Node:
    """A power with a symbolic exponent, and what else has its base: in the sum beside it whose body has such a power too."""
    for base, exponent in map(_power_of, n.factors):
        same = [(f, e) for f in n.factors for b, e in [_power_of(f)] if b is base]
        if isinstance(exponent, Num):
            continue
        rest = [f for f in n.factors if _power_of(f)[0] is not base]
        for beside in rest:
            inner = [(f, e) for f in factors_of(beside.body)[1] for b, e in [_power_of(f)] if b is base] if isinstance(
                beside, Sum) else []
            if len(inner) == 1 and isinstance(beside, Sum):
                joined = _powered(base, add(*(e for _, e in same), inner[0][1]))
                body = replace(beside.body, {inner[0][0]: joined})
                return mul(num(n.coeff), *(f for f in rest if f is not beside), total(body, list(beside.binders)))
        if len(same) > 1:
            return mul(num(n.coeff), *rest, _powered(base, add(*(e for _, e in same))))
    return n


def _power_of(n: Node) -> tuple[Node, Node]:
    """Base and exponent; e^{t log b} is b^t."""
    if isinstance(n, Pow):
        base, exponent = _power_of(n.base)
        return base, mul(exponent, n.exponent)
    if isinstance(n, FunctionValue) and exp.of(n):
        coeff, factors = factors_of(n.children[0])
        logs = [f for f in factors if log.of(f)]
        if len(logs) == 1:
            return logs[0].children[0], mul(num(coeff), *(f for f in factors if f is not logs[0]))
    return n, ONE


def _powered(base: Node, exponent: Node) -> Node:
    return power(base, exponent) if not is_positive(base) else fn(exp.name, mul(exponent, fn(log.name, base)))


def _denominators_turned(n: Node) -> Node:
    """A product without minus signs, where turning the sign of a difference below takes them away."""
    if not isinstance(n, Mul):
        return n
    above: Node | None = next((f for f in n.factors if isinstance(f, Add)), None)
    minus = n.coeff < 0 or (above is not None and all(factors_of(t)[0] < 0 for t in above.children))
    for f in n.factors if minus else ():
        base, exponent = _power_of(f)
        if (isinstance(base, Add) and isinstance(exponent, Num) and exponent.value < 0 and exponent.value % 2 == 1
                and len(base.children) == 2 and sorted(factors_of(t)[0] > 0 for t in base.children) == [False, True]):
            rest = [g for g in n.factors if g is not f and g is not above]
            above = above if above is None or n.coeff < 0 else add(*map(neg, above.children))
            below = power(add(*map(neg, base.children)), exponent)
            return mul(num(max(n.coeff, -n.coeff)), *rest, *([] if above is None else [above]), below)
    return n


def total_by_definition(sym: Sym, axis: int) -> Node | None:
    """Σ over one axis of a definition as a number, by the canonical form of what it spells out; None where it is none.

    What reads alike is worked out once: the layers of a network differ by names alone.
    """
    if sym.body is None or sym.letters is None:
        return None
    return _total_alike(axis, pattern(sym, LEVELS - 1))


@recounted(2_000)
def _total_alike(axis: int, alike: Pattern) -> Node | None:
    try:
        found = within(LEMMA_WORK, lambda: _total_of(example(alike), axis))
    except ZeroDivisionError:
        found = None
    spend()  # where it was the call's own budget that did not reach, nothing was found out
    return found


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
