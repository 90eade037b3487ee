"""What a rule is, the table of all rules, and the rewriter that applies them and keeps the log.

A rule is a small function from a node (and the context of the derivation) to the node it may be replaced by, with the
side conditions it relied on; None means "does not apply".  The rewriter applies rules one redex at a time and writes
down (rule, before, after) for each: that log is the proof as it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

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
    """Applies rules to one expression until none applies, and logs every rewrite."""

    context: RuleContext
    lines: list[DerivationLine] = field(default_factory=list)

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

    def exhaust(self, expr: Node, rules: Sequence[Rule], words: str) -> Node:
        """Rewrite with these rules until none applies; the result is a new line where anything changed."""
        log: list[Rewrite] = []
        normal: set[Node] = set()
        by_kind = dispatch(tuple(rules))
        while True:
            found = find_redex(expr, by_kind, self.context, normal)
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


def find_redex(expr: Node, by_kind: dict[type[Node], tuple[Rule, ...]], context: RuleContext,
               normal: set[Node]) -> Rewrite | None:
    """The outermost redex, leftmost first.  ``normal`` collects nodes that hold none, to be skipped next time."""
    if expr in normal:
        return None
    for r in by_kind.get(type(expr), ()):
        outcome = r.apply(expr, context)
        if outcome is not None and outcome[0] is not expr:
            return Rewrite(r.name, expr, outcome[0], outcome[1])
    for child in expr.children:
        found = find_redex(child, by_kind, context, normal)
        if found is not None:
            return found
    normal.add(expr)
    return None
