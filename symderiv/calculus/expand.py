"""Rules that spell things out: definitions by their bodies, logistic functions by exponentials, canonical forms."""

from __future__ import annotations

from ..errors import BoundExceeded
from ..index.nodes import (
    MINUS_ONE,
    ONE,
    Ent,
    Fn,
    Node,
    Sym,
    add,
    fn,
    guard,
    instantiate,
    mul,
    neg,
    num,
    power,
    total,
)
from ..index.ranges import nonnegative
from .canonical import Canonical, TooLarge, canonical
from .rules import Context, Outcome, rule

# As a tree, a network that reads its layers twice doubles with every layer.
MAX_SPELLED = 50_000

@rule("definition", Ent, words="by definition")
def unfold(node: Node, context: Context) -> Outcome:
    """p[e] = body at e, with the bracket [1 <= e <= n] where e may leave the range (an entry outside is 0)."""
    assert isinstance(node, Ent)
    sym = node.sym
    if sym not in context.unfolds or sym.body is None or sym.letters is None:
        return None
    brackets = []
    for position, letter in zip(node.idx, sym.letters, strict=True):
        for expr in (position - letter.lo, letter.hi - position):
            if not nonnegative(expr, context.facts):
                brackets.append(guard(expr))
    return mul(instantiate(sym, node.idx), *brackets), (f"definition of {sym.key}",)

@rule("in exponentials", Fn, words="written with exponentials")
def in_exponentials(node: Node, context: Context) -> Outcome:
    """σ(x) = 1/(1 + e^-x), tanh x = (e^2x - 1)/(e^2x + 1), softplus x = log(1 + e^x), sinh and cosh."""
    assert isinstance(node, Fn)
    x = node.children[0]
    if node.name == "sigmoid":
        return power(add(ONE, fn("exp", neg(x))), MINUS_ONE), ()
    if node.name == "tanh":
        e = fn("exp", mul(num(2), x))
        return mul(add(e, MINUS_ONE), power(add(e, ONE), MINUS_ONE)), ()
    if node.name == "softplus":
        return fn("log", add(ONE, fn("exp", x))), ()
    return None

@rule("canonical form", Node, words="one denominator, multiplied out and cancelled")
def canonical_form(node: Node, context: Context) -> Outcome:
    """The canonical form of the whole line; its definition is in calculus/canonical.py."""
    c = Canonical(context.facts, termwise=context.termwise)
    c.prepare(node, *context.beside)
    return c.node(node), ()

def spelled_out(node: Node, context: Context) -> Node:
    """Every definition unfolded, down to declared tensors; without a log.  Raises TooLarge."""
    memo: dict[Node, Node] = {}

    def walk(n: Node) -> Node:
        found = memo.get(n)
        if found is None:
            outcome = unfold.apply(n, context) if isinstance(n, Ent) else None
            if outcome is not None:
                found = walk(outcome[0])
            elif n.children:
                new = tuple(walk(c) for c in n.children)
                found = n if new == n.children else n.rebuild(new)
                if found.size > MAX_SPELLED:
                    raise TooLarge(f"spelled out, the expression has more than {MAX_SPELLED} nodes")
            else:
                found = n
            memo[n] = found
        return found

    return walk(node)

def total_by_definition(sym: Sym, axis: int) -> Node | None:
    """Σ over one axis of a definition, by the canonical form of what it spells out; None where that is too large."""
    if sym.body is None or sym.letters is None:
        return None
    names = frozenset(s for s in defined_symbols(sym.body) if s.body is not None)
    try:
        spelled = spelled_out(sym.body, Context(unfolds=names))
        return canonical(total(spelled, (sym.letters[axis],))) if spelled.size <= 80 else None
    except (BoundExceeded, ZeroDivisionError):
        return None


def defined_symbols(node: Node) -> frozenset[Sym]:
    """All symbols that a node reads, directly or through definitions."""
    seen: set[Sym] = set()
    stack = list(node.syms)
    while stack:
        sym = stack.pop()
        if sym not in seen:
            seen.add(sym)
            if sym.body is not None:
                stack.extend(sym.body.syms)
    return frozenset(seen)

__all__ = ["canonical_form", "defined_symbols", "in_exponentials", "spelled_out", "unfold"]
