"""Definitions by their bodies, and sums within sums as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..terms.affine import Idx
from ..terms.nodes import (
    Node,
    NodeMap,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    factors_of,
    guard,
    instantiate,
    mul,
    num,
    rename_away,
    rewritten,
)
from ..terms.ranges import nonnegative
from ..terms.traversals import reached
from .polynomial import TooLarge
from .rules import Outcome, RuleContext, rule

# As a tree, a network that reads its layers twice doubles with every layer.
MAX_SPELLED = 50_000


@rule("definition", TensorEntry, words="by definition")
def unfold(node: Node, context: RuleContext) -> Outcome:
    """p[e] = body at e, with the bracket [1 <= e <= n] where e may leave the range (an entry outside is 0)."""
    assert isinstance(node, TensorEntry)
    sym = node.sym
    if sym not in context.unfolds or sym.body is None or sym.letters is None:
        return None
    brackets = []
    for position, letter in zip(node.idx, sym.letters, strict=True):
        for expr in (position - letter.lo, letter.hi - position):
            if not nonnegative(expr, context.facts):
                brackets.append(guard(expr))
    return mul(instantiate(sym, node.idx), *brackets), (f"definition of {sym.key}",)


def spelled_out(node: Node, context: RuleContext, most: int = MAX_SPELLED) -> Node:
    """Every definition unfolded, down to declared tensors; without a log.  Raises TooLarge beyond ``most`` nodes."""
    def unfolded(n: Node, walk: NodeMap) -> Node | None:
        outcome = unfold.apply(n, context) if isinstance(n, TensorEntry) else None
        return None if outcome is None else walk(outcome[0])

    def bounded(n: Node) -> Node:
        if n.size > most:
            raise TooLarge(f"spelled out, the expression has more than {most} nodes")
        return n

    return rewritten(node, unfolded, bounded)


def defined_symbols(node: Node) -> frozenset[Sym]:
    """All symbols that a node reads, directly or through definitions."""
    return frozenset(through_definitions(node.syms))


def through_definitions(syms: Iterable[Sym]) -> Iterator[Sym]:
    """Symbols, and what they are defined by."""
    return reached(syms, lambda sym: sym.body.syms if sym.body is not None else ())


def flattened(term: Node, binders: tuple[Idx, ...]) -> tuple[Node, tuple[Idx, ...]]:
    """Σ_a f(a) Σ_b g(a, b) as one sum over a and b; so (Σ_b g(a, b))², as the product that it is."""
    while True:
        coeff, factors = factors_of(term)
        square = next((f for f in factors if isinstance(f, Pow) and isinstance(f.base, Sum) and f.exponent is num(2)
                       and f.free & frozenset(binders)), None)
        if square is not None and isinstance(square.base, Sum):
            others = tuple(f for f in factors if f is not square)
            first, letters = rename_away(square.base, frozenset(binders).union(*(f.free for f in others)))
            term, binders = mul(num(coeff), *others, square.base, first), (*binders, *letters)
            continue
        inner = next((f for f in factors if isinstance(f, Sum) and f.free & frozenset(binders)), None)
        if inner is None:
            return term, binders
        others = tuple(f for f in factors if f is not inner)
        body, letters = rename_away(inner, frozenset(binders).union(*(f.free for f in others)))
        term, binders = mul(num(coeff), *others, body), (*binders, *letters)
