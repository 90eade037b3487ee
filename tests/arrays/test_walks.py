"""Walks over expressions look at each shared part once, and through what is known already not at all."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.arrays.registry import RECORDS
from symderiv.arrays.walks import Uses, lacking, operators

n = sd.dims("n")
x, A = sd.tensor("x", n), sd.tensor("A", n, n)


def test_operators_are_counted_once_however_often_they_are_shared() -> None:
    h = x
    for _ in range(40):
        h = h * sd.tanh(h)
    assert operators(h) == operators(h + h) - 1 == 80
    assert operators(x) == operators(n + 1) == 0


def test_what_is_used_more_than_once_is_told_for_each_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    uses, h = Uses(), sd.tanh(A @ x)
    apart, twice, both = sd.sigmoid(h), h + x, h * (h + x)
    several = {e: {p for p in (A, x, h, A @ x) if uses.several(p, uses.below(e) or 0)} for e in (apart, twice, both)}
    assert several == {apart: set(), twice: {x}, both: {x, h}}
    assert uses.operators(both) == operators(both) == 4
    monkeypatch.setattr(Uses, "MANY", 4)
    assert uses.renewed() is not uses and Uses().below(both) is None and Uses().operators(both) == 4


def test_what_is_known_to_lack_something_is_not_looked_through_again() -> None:
    looked = []

    def norm(node: object) -> bool:
        looked.append(node)
        return RECORDS.norm.of(node)

    known: dict[object, bool] = {}
    h = sd.tanh(A @ sd.sigmoid(x))
    assert lacking(h, known, norm) and not known[h]
    looked.clear()
    assert lacking(h + x, known, norm) and len(looked) == 2
    assert not lacking(h + x * sd.norm(x), known, norm) and known[x * sd.norm(x)]
    looked.clear()
    assert not lacking(sd.tanh(h + x * sd.norm(x)), known, norm) and len(looked) == 1
    assert not lacking(sd.tanh(x) / sd.norm(x), known, norm) and not known[sd.tanh(x)]
