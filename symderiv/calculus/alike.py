"""The pattern of a definition: what is left of it when its names are numbers, the same for every layer of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..bounds import of_the_call
from ..terms.affine import Affine, Idx, affine
from ..terms.nodes import (
    Deriv,
    MatrixFunctionEntry,
    Node,
    Sum,
    Sym,
    TensorEntry,
    deriv,
    ent,
    substitute,
    subterms,
    total,
)

Definition = tuple[tuple[Idx, ...], Node]


def with_symbols(node: Node, stands: Mapping[Sym, Sym]) -> Node:
    """The node with every symbol replaced by another of its shape."""
    memo: dict[Node, Node] = {}
    for n in subterms(node):
        if isinstance(n, TensorEntry):
            memo[n] = ent(stands.get(n.sym, n.sym), *n.idx)
        elif isinstance(n, MatrixFunctionEntry):
            memo[n] = MatrixFunctionEntry(n.kind, stands.get(n.sym, n.sym), n.idx)
        elif isinstance(n, Deriv):
            memo[n] = deriv(memo[n.body], stands.get(n.sym, n.sym), n.idx)
        elif n.children:
            memo[n] = n.rebuild(tuple(memo[c] for c in n.children))
        else:
            memo[n] = n
    return memo[node]


_STANDING: dict[Any, Sym] = {}


Pattern = tuple[tuple[Affine, ...], tuple[tuple[Sym | None, Definition], ...]]
"""A shape, and definitions, each with the number that stands for its symbol; the first is that of the symbol itself."""


def pattern(sym: Sym, levels: int) -> Pattern:
    """The definition of a symbol and those that it reads, so many levels down, with numbers for names.

    Two definitions of one pattern are the same up to the names of arrays; what the deepest level reads counts as given.
    """
    order: dict[Sym, Sym] = {}
    shown: list[tuple[Sym | None, Definition]] = []
    level = [sym]
    for _ in range(levels + 1):
        below: list[Sym] = []
        for s in level:
            if s.body is None or s.letters is None:
                continue
            letters, body = _anonymous(s)
            for n in subterms(body):
                if isinstance(n, TensorEntry | MatrixFunctionEntry) and n.sym not in order:
                    order[n.sym] = _standing(n.sym, len(order))
                    below.append(n.sym)
            shown.append((order.get(s), (letters, with_symbols(body, order))))
        level = below
    return (sym.shape, tuple(shown))


def example(pattern: Pattern) -> Sym:
    """A symbol of that pattern, for which what the deepest level reads is given."""
    shape, shown = pattern
    stands = {s: Sym(s.name, s.shape, properties=s.properties) for s, _ in shown if s is not None}
    found = Sym("#", shape)
    for s, (letters, body) in shown:
        own = found if s is None else stands[s]
        own.letters, own.body = letters, with_symbols(body, stands)
    return found


_anonymous_ones = of_the_call(dict[Sym, Definition])


def _anonymous(sym: Sym) -> Definition:
    """A definition whose letters say where they stand: its own by their axes, bound ones by how much is bound inside."""
    known = _anonymous_ones()
    if sym not in known:
        assert sym.letters is not None and sym.body is not None
        known[sym] = _without_letters(sym.letters, sym.body)
    return known[sym]


def _without_letters(letters: tuple[Idx, ...], body: Node) -> Definition:
    own = {i: Idx("#", i.lo, i.hi, k) for k, i in enumerate(letters)}
    found: dict[Node, tuple[Node, int]] = {}
    for n in subterms(substitute(body, {i: affine(o) for i, o in own.items()})):
        inside = max((found[c][1] for c in n.children), default=0)
        new = n.rebuild(tuple(found[c][0] for c in n.children)) if n.children else n
        if isinstance(n, Sum):
            env: dict[Idx, Affine] = {}
            inner = found[n.body][0]
            for b in n.binders:
                inside += 1
                env[b] = affine(Idx("b", b.lo.substitute(env), b.hi.substitute(env), inside))
            new = total(substitute(inner, env), [e.single for e in env.values() if isinstance(e.single, Idx)])
        found[n] = new, inside
    (_, last) = found.popitem()
    return tuple(own.values()), last[0]


def _standing(sym: Sym, number: int) -> Sym:
    """The stand-in of a number for symbols of one shape and with the same properties."""
    key = (number, sym.shape, sym.properties)
    if len(_STANDING) > 10_000:
        _STANDING.clear()
    return _STANDING.setdefault(key, Sym(f"#{number}", sym.shape, properties=sym.properties))
