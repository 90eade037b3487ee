"""What a rule is, the table of all rules, and the rewriter that applies them and keeps the log.

A rule is a small function from a node (and the context of the derivation) to the node it may be replaced by, with the
side conditions it relied on; None means "does not apply".  The rewriter applies rules one redex at a time and writes
down (rule, before, after) for each: that log is the proof as it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from ..bounds import spend
from ..errors import BoundExceeded
from ..terms.nodes import Node, Sym, replace
from ..terms.ranges import Facts

Conditions = tuple[str, ...]
Outcome = tuple[Node, Conditions] | None
MAX_REWRITES = 20_000


@dataclass(frozen=True, eq=False)
class RuleContext:
    """What rules may rely on.

    facts    assumptions on sizes, as affine expressions that are at least 0
    folds    definitions that may be written back by their names
    unfolds  definitions that may be spelled out
    beside   expressions that the line will be compared with, so that their canonical forms use the same atoms
    termwise  whether a canonical form writes a sum over a few numbers as its terms
    canonical  a ``Canonical`` of these, made ready for what stands ``beside``: what it found is not sought again
    """

    facts: Facts = ()
    folds: tuple[Sym, ...] = ()
    unfolds: frozenset[Sym] = frozenset()
    beside: tuple[Node, ...] = ()
    termwise: bool = True
    canonical: Any = None
    known_total: ClassVar[Callable[[Sym, int], Node | None]]
    """Σ over an axis of a definition as a number.  The canonical form hands it in, which is made with rules itself."""


@dataclass(frozen=True, eq=False)
class Rule:
    """A named rewrite.  ``words`` is what a proof prints beside the line, ``kinds`` the node types it can apply to."""

    name: str
    kinds: tuple[type[Node], ...]
    apply: Callable[[Node, RuleContext], Outcome]
    words: str


RULES: dict[str, Rule] = {}


def rule(name: str, *kinds: type[Node], words: str | None = None) -> Callable[
        [Callable[[Node, RuleContext], Outcome]], Rule]:
    """Register a function as a rule under its textbook name."""
    def register(function: Callable[[Node, RuleContext], Outcome]) -> Rule:
        if name in RULES:
            raise ValueError(f"two rules are named {name}")
        RULES[name] = Rule(name, kinds, function, words or name)
        return RULES[name]
    return register


@dataclass(frozen=True)
class Rewrite:
    """One rewrite: the redex, what replaced it, the rule's name and the side conditions used."""

    rule: str
    before: Node
    after: Node
    conditions: Conditions


@dataclass
class DerivationLine:
    """A line of a derivation: the expression, and how it came from the line before."""

    expr: Node
    words: str
    rewrites: tuple[Rewrite, ...] = ()


@dataclass
class Rewriter:
    """Applies rules to one expression until none applies, and logs every rewrite.

    ``settled`` holds, for rules that ask the context for nothing but its facts, nodes to which none of them applies, nor to
    what stands in them; more are added, so that rewriters of the same facts look at a node once.
    """

    context: RuleContext
    lines: list[DerivationLine] = field(default_factory=list)
    settled: dict[tuple[Rule, ...], set[Node]] = field(default_factory=dict)

    def start(self, expr: Node, words: str) -> Node:
        """The first line."""
        self.lines.append(DerivationLine(expr, words))
        return expr

    def once(self, expr: Node, r: Rule, words: str) -> Node:
        """Apply one rule to the whole expression; a new line where it changes anything."""
        outcome = r.apply(expr, self.context)
        if outcome is None or outcome[0] is expr:
            return expr
        self.lines.append(DerivationLine(outcome[0], words, (Rewrite(r.name, expr, outcome[0], outcome[1]),)))
        return outcome[0]

    def exhaust(self, expr: Node, rules: Sequence[Rule], words: str, last: tuple[Rule, ...] = ()) -> Node:
        """Rewrite with these rules, and the ``last`` after them at each node, until none applies; the result is a new line
        where anything changed."""
        log: list[Rewrite] = []
        search = _Redexes(self.context, tuple(rules), last, self.settled)
        while True:
            found = search.redex(expr)
            if found is None:
                break
            log.append(found)
            expr = replace(expr, {found.before: found.after})
            if len(log) > MAX_REWRITES:
                raise BoundExceeded("the derivation does not come to an end within the bound", where=expr,
                                    hint="split the expression by definitions")
        if log:
            self.lines.append(DerivationLine(expr, words, tuple(log)))
        return expr


@lru_cache(64)
def dispatch(rules: tuple[Rule, ...]) -> dict[type[Node], tuple[Rule, ...]]:
    """The rules that can apply to each node type, in order."""
    table: dict[type[Node], list[Rule]] = {}
    for r in rules:
        for kind in r.kinds:
            table.setdefault(kind, []).append(r)
    return {kind: tuple(found) for kind, found in table.items()}


class _Redexes:
    """What is not looked at again while an expression is rewritten: nodes that hold no redex."""

    def __init__(self, context: RuleContext, rules: tuple[Rule, ...], last: tuple[Rule, ...],
                 settled: dict[tuple[Rule, ...], set[Node]]) -> None:
        self.context = context
        self._first, self._all = dispatch(rules), dispatch((*rules, *last))
        self._normal: set[Node] = set() if last else settled.get(rules, set())
        self._settled: Container[Node] = settled.get(last, ()) if last else ()

    def redex(self, expr: Node) -> Rewrite | None:
        """The outermost redex, leftmost first."""
        if expr in self._normal:
            return None
        spend()
        rules = self._first if expr in self._settled else self._all
        for r in rules.get(type(expr), ()):
            outcome = r.apply(expr, self.context)
            if outcome is not None and outcome[0] is not expr:
                return Rewrite(r.name, expr, outcome[0], outcome[1])
        for child in expr.children:
            found = self.redex(child)
            if found is not None:
                return found
        self._normal.add(expr)
        return None
