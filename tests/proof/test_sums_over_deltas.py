"""Sums over deltas, which the checker carries out where it makes a derivative: what they are in numbers, and false ones."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from symderiv import checker
from symderiv.proof.certify.numbers import ValuesAtPoint

N, AT, K = {"n": 1}, {"i": 1}, {"k": 1}


def statement(result: Any, body: Any, *definitions: Any, **arrays: Any) -> dict[str, Any]:
    """∂L/∂x[i] = result for L := body, by no step at all."""
    named = [*definitions, {"name": "L", "letters": [], "shape": [], "body": body}]
    plain = {"shape": [N], "properties": []}
    return {"sizes": ["n"], "labels": {}, "tensors": {"x": plain, "y": plain, **arrays}, "assumptions": [], "terms": [],
            "definitions": named, "where": [], "invertible": [], "primal": "L", "rows": [], "variable": "x",
            "letters": ["i"], "result": result}


def ent(name: str, *at: Any) -> Any:
    return ["ent", name, list(at)]


def total(body: Any, low: Any = None, high: Any = None) -> Any:
    return ["sum", "k", low or {"": 1}, high or N, body]


def definition(name: str, body: Any) -> Any:
    return {"name": name, "letters": ["i"], "shape": [N], "body": body}


ONE, XK = ["num", 1, 1], ent("x", K)
VECTOR = {"shape": [N], "properties": []}
# name -> a statement that is false, though a careless sum over a delta would make it hold without a step
FALSE = {
    "a shift that leaves the range": statement(ONE, total(ent("v", K)), definition("v", ent("x", {"i": 1, "": 1}))),
    "a shift to the other side": statement(ONE, total(ent("v", K)), definition("v", ent("x", {"i": 1, "": -1}))),
    "a stride": statement(ONE, total(ent("x", {"k": 2}))),
    "a stride in a definition": statement(ONE, total(ent("v", K)), definition("v", ent("x", {"i": 2}))),
    "half a range": statement(ONE, total(XK, None, {"n": 1, "": -1})),
    "a range that begins late": statement(ONE, total(XK, {"": 2})),
    "one entry for all": statement(ONE, ent("x", {"": 1})),
    "a square for a product of three": statement(
        ["mul", ["num", 3, 1], ent("x", AT)], total(["mul", XK, XK, XK])),
    "a factor that stands twice": statement(ent("y", AT), total(["mul", ent("y", K), ent("y", K), XK])),
    "a factor that is called like a bracket": statement(ONE, total(["mul", ent("ge", K), XK]), ge=VECTOR),
    "a factor that is called like a delta": statement(ONE, total(["mul", ent("eq", K), XK]), eq=VECTOR),
    "an entry at a turned place": statement(ent("y", AT), total(["mul", ent("y", K), ent("x", {"n": 1, "": 1, "k": -1})])),
    "a letter times a size": statement(ONE, total(ent("x", [[1, ["n", "k"]]]))),
    "a letter in a quotient": statement(ONE, total(ent("x", [[1, [["floor", {"k": 1, "": 1}, {"": 2}]]]]))),
}
TRUE = {
    "itself": statement(ONE, total(XK)),
    "a product": statement(ent("y", AT), total(["mul", ent("y", K), XK])),
    "through a definition": statement(ent("y", AT), total(["mul", ent("y", K), ent("v", K)]), definition("v", ent("x", AT))),
    "two ways": statement(["add", ONE, ent("y", AT)], ["add", total(XK), total(["mul", ent("y", K), XK])]),
}


def steps(data: dict[str, Any]) -> Any:
    """No steps: the cotangent of a name between, if there is one, is what is claimed of x where all is read once."""
    before = [{"of": "v", "letters": ["i"], "term": data["result"]}] if data["definitions"][1:] else []
    return {"cotangents": [*before, {"of": "x", "letters": ["i"], "term": data["result"]}]}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_derivative_is_refused_by_its_steps(name):
    data = FALSE[name]
    with pytest.raises(checker.Refused, match="the sides differ"):
        checker.prove(checker.Statement(data), steps(data))
    with pytest.raises(checker.Refused, match="false in numbers"):
        checker.second_opinion(data)


@pytest.mark.parametrize("name", TRUE)
def test_a_true_one_needs_no_step(name):
    data = TRUE[name]
    checker.prove(checker.Statement(data), steps(data))
    assert checker.second_opinion(data) == 0


def pos(**terms: int) -> Any:
    return checker.Pos({(() if name == "one" else (name,)): c for name, c in terms.items() if c})


A, B = "@a0", "@a1"
EQUAL = [pos(**{A: 1, "i": -1}), pos(**{A: -1, "i": 1, "one": 2}), pos(**{A: 2, "i": -1}), pos(**{A: 1, B: -1}),
         pos(**{B: 1, "i": -1, "one": -1}), pos(**{A: 1, B: 1, "i": -1}), pos(**{"i": 1, "one": -2})]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_sum_over_deltas_is_what_it_is_in_numbers(size):
    data = statement(ONE, total(XK), M={"shape": [N, N], "properties": []})
    facts = checker.over(checker.Facts(checker.Statement(data), ()), ["i"], [pos(n=1)])
    point = ValuesAtPoint(facts.statement, {}, 0)
    point.sizes["n"] = size
    ranges = checker.in_range([pos(**{A: 1}), pos(**{B: 1})], [pos(n=1)] * 2)
    square = checker.ent("x", [pos(**{A: 1})])
    known = checker.in_range([pos(i=1)], [pos(n=1)])
    inner = checker.add(checker.ent("M", [pos(**{A: 1}), pos(**{B: 1})]), checker.mul(square, square))
    carried = 0
    for first, second in product(EQUAL, repeat=2):
        deltas = [checker.bracket("eq", p) for p in (first, second)]
        t = checker.add(checker.mul(*deltas, inner), checker.mul(deltas[0], square, *known))
        whole = checker.add(*(checker.closed(checker.mul(*ranges, c), A, B) for c in t.children))
        found = checker.summed(facts, checker.mul(*ranges), t, A, B)
        carried += found != whole
        for i in range(1, size + 1):
            point.left = 10_000
            values = [point.term(side, {"i": i}, ()) for side in (whole, found)]
            assert values[0] == pytest.approx(values[1]), (first, second, i)
    assert carried > 20
