"""Named rules on array expressions, and the rewriter that applies them and keeps the log.

A rule is a small function from an expression whose operands are in normal form to the expression of the same value and
shape that it may be replaced by; None means "does not apply".  What it needs besides is a side condition that it looks
at itself.  The log of (rule, before, after) is what a proof shows.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, MutableSet, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sympy import Expr, Mul, Sum

from ..bounds import REWRITES, spend
from ..errors import ShapeError
from ..terms.traversals import leaves, operands_first
from .arrays import Apply, Named, Tensor
from .operator import shape_of
from .sizes import same_shape
from .symbols import plain_sum
from .walks import Uses

FEW, EACH_OPERAND = 8, 4
"""Operands that cost nothing, and the steps of looking by all rules at each further one."""


class Shared:
    """Parts of expressions that are used more than once: looked for when they are first asked after."""

    def __init__(self, uses: Uses | None = None) -> None:
        """``uses`` are those of expressions that have much in common."""
        self._uses = uses or Uses()
        self._waiting: list[Any] = []
        self._within: list[int] = []
        self._found: set[Any] = set()

    def of(self, expr: Any) -> None:
        """Those of an expression as well."""
        self._waiting.append(expr)

    def add(self, node: Any) -> None:
        """One more."""
        self._found.add(node)

    def __contains__(self, node: Any) -> bool:
        while self._waiting:
            waiting = [self._waiting.pop()]
            within = self._uses.below(waiting[0])
            if within is not None:
                self._within.append(within)
                continue
            seen = set(waiting)
            while waiting:
                for part in waiting.pop().args:
                    known = len(seen)
                    seen.add(part)
                    if len(seen) > known:
                        waiting.append(part)
                    else:
                        self._found.add(part)
        return node in self._found or any(self._uses.several(node, within) for within in self._within)


@dataclass(frozen=True)
class About:
    """What rules may ask beyond the expression: what is differentiated by, which names are in use, and which parts are
    used more than once and so are to stay parts."""

    targets: Set[Expr] = frozenset()
    names: frozenset[str] = frozenset()
    shared: Shared = field(default_factory=Shared)


@dataclass(frozen=True, eq=False)
class ArrayRule:
    """A named rewrite.  ``heads`` are the operators, or SymPy's classes, that it can apply to; a ``silent`` one is not
    mentioned in a proof, as the order of terms is not.  ``opens`` are the operands of the same operator whose brackets it
    takes away whatever stands in them: a long chain of them is then looked at once, and not once for each bracket."""

    name: str
    heads: tuple[str, ...]
    apply: Callable[[Any, About], Expr | None]
    silent: bool = False
    opens: Callable[[Any, Any, About], bool] | None = None


def array_rule(name: str, *heads: str, silent: bool = False, opens: Callable[[Any, Any, About], bool] | None = None,
               ) -> Callable[[Callable[[Any, About], Expr | None]], ArrayRule]:
    """A function as a rule under the name that a proof prints."""
    return lambda function: ArrayRule(name, heads, function, silent, opens)


@dataclass(frozen=True)
class ArrayRewrite:
    """One rewrite: the rule's name, the expression, and what replaced it; ``silent`` where nobody would mention it."""

    rule: str
    before: Expr
    after: Expr
    silent: bool = False


def head(expr: Any) -> str:
    """The name of an operator, or of SymPy's class."""
    return str(expr.op.name) if isinstance(expr, Apply) else type(expr).__name__


@lru_cache(64)
def _dispatch(rules: tuple[ArrayRule, ...]) -> tuple[Mapping[str, list[ArrayRule]], Mapping[str, Callable[..., bool]]]:
    """The rules that can apply to each head, in order, and which operands of it are brackets to be opened."""
    by_head: dict[str, list[ArrayRule]] = {}
    for rule in rules:
        for name in rule.heads:
            by_head.setdefault(name, []).append(rule)
    return by_head, {name: rule.opens for rule in rules if rule.opens is not None for name in rule.heads}


@dataclass
class ArrayRewriter:
    """Applies rules to an expression and its parts, operands first, until none applies.

    ``settled`` are operators in normal form already, of these rules and with nothing known about them; more are added, so
    that what many expressions share, as a network and its gradients do, is walked once; ``here`` are those that hold what
    is to stay as it is.
    """

    rules: Iterable[ArrayRule]
    about: About = field(default_factory=About)
    log: dict[Any, ArrayRewrite] = field(default_factory=dict)
    settled: MutableSet[Apply] = field(default_factory=set)
    here: set[Apply] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._by_head, self._opens = _dispatch(tuple(self.rules))
        self._normal: dict[Any, Any] = {}
        self._within = 0
        self._holding: set[Any] = set()  # what is to stay as it is, and what reads it

    def whole(self, expr: Any, rules: Iterable[ArrayRule]) -> Any:
        """The expression in normal form, after rules that look at the whole of it."""
        self.about.shared.of(expr)
        found = self.normal(expr)
        for rule in rules:
            after = rule.apply(found, self.about)
            if after is not None:
                self.log[found] = ArrayRewrite(rule.name, found, after)
                self.about.shared.of(after)
                self._normal.clear()  # what is now used more than once stays as it is
                found = self.normal(after)
        return found

    def normal(self, expr: Any) -> Any:
        """The expression in normal form; what is differentiated by stays as it is, and so do definitions."""
        normal, settled = self._normal, self.settled
        leaves = _Leaves(self.about.targets, normal, settled, self.here)
        for node in operands_first([expr], lambda node: () if node in leaves else self._operands(node, leaves)[::-1]):
            if isinstance(node, Apply) and node in settled:
                normal[node] = node
                continue
            if node in self.about.targets or node in self.here or not self._holding.isdisjoint(
                    self._operands(node, normal)):
                self._holding.add(node)
            if node in self.here:
                normal[node] = node
            if node in normal:
                continue
            made = self._rebuilt(node)
            # SymPy takes powers of one base together: such a part has not been looked at.
            known = made is node or isinstance(made, Apply) or all(a in normal or not a.args for a in made.args)
            # What comes of a node may be what it came from, which stands as it is until that is done.
            found = normal[node] = normal[made] if made in normal else self._closed(made) if known else self.normal(made)
            # Inside a rewrite some nodes count as normal that are not yet.
            if found is node and isinstance(node, Apply) and not self._within and len(self.log) < REWRITES.limit:
                (self.here if node in self._holding else settled).add(node)
            if found is not node and node in self.about.shared:
                self.about.shared.add(found)
        return normal[expr]

    def _rebuilt(self, node: Any) -> Any:
        if not node.args or node in self.about.targets or isinstance(node, Named | Tensor):
            return node
        args = [self._normal[arg] for arg in self._operands(node, self._normal)]
        if len(args) == len(node.args) and all(a is b for a, b in zip(args, node.args, strict=True)):
            return node
        return plain_sum(args[0], args[1:]) if isinstance(node, Sum) else node.func(*args)

    def _operands(self, node: Any, leave: Container[Any]) -> Sequence[Any]:
        """The operands; in place of one that is a bracket to be opened, what stands in it."""
        opens = self._opens.get(head(node)) if self._opens else None
        if opens is None:
            return node.args  # type: ignore[no-any-return]
        return list(leaves(node, lambda arg: arg is node or (
            head(arg) == head(node) and arg not in leave and opens(node, arg, self.about))))

    def _closed(self, node: Any) -> Any:
        """What the first rule that applies makes of a node, in normal form itself."""
        if node in self.about.targets or len(self.log) >= REWRITES.limit:
            return node
        wide = len(node.args) + sum(len(arg.args) for arg in node.args[:1] if isinstance(arg, Mul))
        spend(EACH_OPERAND * max(wide - FEW, 0))
        for rule in self._by_head.get(head(node), ()):
            try:
                after = rule.apply(node, self.about)
            except ShapeError:
                continue  # what does not conform is not what the rule is about
            if after is None or after == node or not same_shape(shape_of(after), shape_of(node)):
                continue
            self._normal[node] = node  # nothing that comes of it is to lead back to it
            self.log.setdefault(node, ArrayRewrite(rule.name, node, after, rule.silent))
            self._within += 1
            try:
                found = self._normal[node] = self.normal(after)
            finally:
                self._within -= 1
            return found
        return node


class _Leaves:
    """What a walk does not go into: names, what is differentiated by, and what is in normal form already."""

    def __init__(self, targets: Set[Expr], known: dict[Any, Any], settled: Container[Any],
                 here: Container[Any]) -> None:
        self.targets, self.known, self.settled, self.here = targets, known, settled, here

    def __contains__(self, node: Any) -> bool:
        return isinstance(node, Named | Tensor) or node in self.targets or node in self.known or node in self.here or (
            isinstance(node, Apply) and node in self.settled)
