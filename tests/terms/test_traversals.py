"""Walks: each part once, in its order, whatever is shared and however deep it is."""

from __future__ import annotations

import pytest

from symderiv.errors import BoundExceeded
from symderiv.terms import traversals
from symderiv.terms.traversals import Once, operands_first, reached

# d reads b and c, and both read a: what is shared is one part.
BELOW = {"d": ("b", "c"), "c": ("a",), "b": ("a",), "a": ()}


def ladder(height: int) -> dict[int, tuple[int, ...]]:
    """Every step reads the one below it twice: as a tree it has 2**height leaves."""
    return {k: (k - 1, k - 1) if k else () for k in range(height + 1)}


def test_each_part_comes_once_and_behind_one_that_reads_it():
    assert list(reached(["d"], BELOW.__getitem__)) == ["d", "c", "a", "b"]
    assert list(reached([], BELOW.__getitem__)) == [] and list(reached(["a", "a"], BELOW.__getitem__)) == ["a"]


def test_operands_come_first_and_what_is_known_is_left_out():
    found = list(operands_first(["d"], BELOW.__getitem__))
    assert sorted(found) == ["a", "b", "c", "d"]
    assert all(found.index(c) < found.index(p) for p, below in BELOW.items() for c in below)
    assert list(operands_first(["d"], BELOW.__getitem__, known={"b", "a"})) == ["c", "d"]
    known: dict[str, int] = {}
    for part in operands_first(["d", "b"], BELOW.__getitem__, known=known):
        known[part] = 1 + sum(known[c] for c in BELOW[part])  # it may grow meanwhile
    assert known == {"a": 1, "b": 2, "c": 2, "d": 5}


def test_what_is_shared_is_walked_once_however_deep():
    steps = ladder(5_000)
    assert len(list(reached([5_000], steps.__getitem__))) == 5_001
    assert list(operands_first([5_000], steps.__getitem__)) == list(range(5_001))


def test_a_walk_that_waits_for_too_much_ends(monkeypatch):
    monkeypatch.setattr(traversals, "MOST_WAITING", 40)
    with pytest.raises(BoundExceeded, match="too deep"):
        list(operands_first([50], {k: (k - 1,) if k else () for k in range(51)}.__getitem__))


def test_a_rule_is_asked_once_for_each_node_and_what_is_known_is_believed():
    asked: list[int] = []

    def leaves(node, walk):
        asked.append(node)
        below = ladder(30)[node]
        return sum(map(walk, below)) if below else 1

    assert Once(leaves).of(30) == 2**30 and sorted(asked) == list(range(31))
    assert Once(leaves, {29: 5}).of(30) == 10
