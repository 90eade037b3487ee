"""Walks over what is made of parts that may be shared: each part once, and without recursion."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ..errors import BoundExceeded

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")
MOST_WAITING = 100_000


class Once(Generic[T, V]):
    """What a rule makes of a node, worked out once for each; the rule is handed the node and the walk on.

    No function knows itself by it, as one in a function would: that is garbage which must be searched for.
    """

    def __init__(self, rule: Callable[[T, Callable[[T], V]], V], known: Mapping[T, V] | None = None) -> None:
        self._rule, self._known = rule, dict(known or {})

    def of(self, node: T) -> V:
        """What is made of this node."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = self._rule(node, self.of)
        return found


def reached(starts: Iterable[T], below: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """All that is reached from some starts by what stands below each, a part before what stands below it."""
    seen: set[T] = set()
    stack = list(starts)
    while stack:
        node = stack.pop()
        known = len(seen)
        seen.add(node)
        if len(seen) > known:
            yield node
            stack.extend(below(node))


def leaves(start: Any, opens: Callable[[Any], bool]) -> Iterator[Any]:
    """What something is put together from, in its order: everything that ``opens`` is gone into by its ``args``."""
    stack = [start]
    while stack:
        node = stack.pop()
        if opens(node):
            stack.extend(node.args[::-1])
        else:
            yield node


def operands_first(starts: Iterable[T], below: Callable[[T], Iterable[T]], known: Container[T] = ()) -> Iterator[T]:
    """All that is reached, a part behind what stands below it; what is ``known`` is left out, and may grow meanwhile.

    Raises BoundExceeded.
    """
    done: set[T] = set()
    stack = list(starts)
    while stack:
        top = stack[-1]
        if top in done or top in known:
            stack.pop()
            continue
        waiting = [each for each in below(top) if each not in done and each not in known]
        if len(stack) + len(waiting) > MOST_WAITING:
            raise BoundExceeded("the expression is too deep", hint="split it by definitions")
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        done.add(top)
        yield top
