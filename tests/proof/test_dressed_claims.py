"""False statements dressed up as certificates: none is accepted as what a reader sees.

The dresses: steps of another claim, steps drawn at random, lemmas without a proof, what is assumed that cannot be, arrays
that are called random so that nobody looks, definitions and properties that make something else of it, which is printed.
"""

from __future__ import annotations

import contextlib
import copy
import json
import random
from functools import cache
from typing import Any

import pytest

import symderiv as sd
from symderiv import checker
from symderiv.proof.certify.certificates import identity
from tests.proof.test_checker import FALSE, A, P, a, b, dressed, n, w, x, z

MINUS_ONE, NIL = ["num", -1, 1], ["num", 0, 1]
REFUSALS = (checker.Refused, *checker.MALFORMED)
OTHERS = (lambda: sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1), lambda: sd.prove(sd.sum(sd.softmax(x)), 1),
          lambda: sd.prove(x @ (A + A.T) @ x, 2 * (x @ A @ x)), lambda: sd.prove(sd.log(sd.exp(a) * sd.exp(b)), a + b),
          lambda: sd.prove(sd.sum(P @ x * w), w @ P @ x), lambda: sd.derive(sd.sum(sd.tanh(A @ x)), x))


@cache
def text(name: str) -> str:
    """The statement of a false claim."""
    return json.dumps(identity(*FALSE[name])[0])


@cache
def others() -> tuple[Any, ...]:
    """Proofs of what is true."""
    every = [claim().certificate()["steps"] for claim in OTHERS]
    return tuple(p for proof in every for p in proof.get("all", [proof]))


def drawn(draw: random.Random, names: list[str]) -> list[Any]:
    """Steps of any axiom, with parameters of its kinds, at the top or somewhere inside."""
    parameters = [[], [0], [1], [-1], [[0]], [[0, 1]], [[1, 0]], [1, {"": 1}], ["symmetric"], [draw.choice(names)],
                  [0, "@0"]]
    hints = [["pos"], ["where"], ["parts"], [[1, []]], [[1, [[0, 1]]]], []]
    axioms = sorted(checker.AXIOMS)
    steps = [[draw.choice(axioms), draw.choice(parameters), draw.choice(hints)] for _ in range(draw.randrange(4))]
    return [["at", draw.randrange(2), drawn(draw, names)], *steps] if draw.random() < 0.5 else steps


@pytest.mark.parametrize("name", FALSE)
def test_no_other_steps_dress_up_a_false_statement(name):
    data, draw = json.loads(text(name)), random.Random(name)
    names = [*data["tensors"], *(d["name"] for d in data["definitions"]), "n"]
    lemmas = [{"names": [v, u], "letters": ["e0", "e1"][:len(shape)]} for v, u, shape in (
        (d["name"], other["name"], d["shape"]) for d in data["definitions"] for other in data["definitions"]) if v != u]
    forged = [{"left": drawn(draw, names), "right": drawn(draw, names)} for _ in range(8)]
    unfolded = {"left": [["unfold"]], "right": [["unfold"]]}
    for proof in (*others(), *forged, {"lemmas": lemmas, **unfolded}, {"lemmas": lemmas, "left": [["lemma", names[-2:-1]]]},
                  {"terms": [NIL], **unfolded}, {"left": [["unfold"], ["ring"]], "right": [["unfold"], ["ring"]]}):
        with pytest.raises(REFUSALS):
            checker.check(dressed(data, proof))


def contradicted(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Statements with something assumed that cannot be."""
    first = next(iter(data["tensors"]), None)
    entry = ["ent", first, [{"": 1}] * len(data["tensors"][first]["shape"])] if first else ["val", {"n": 1}]
    new = {"assumptions": [[{"": -1}], [{"n": 1, "": -3}, {"n": -1, "": 2}]], "where": [[["ne", [], [], NIL]]], "given": [
        [["gt", [], [], NIL]], [["ge", [], [], MINUS_ONE]], [["gt", [f"l{k}" for k in range(40)], [], ["num", 1, 1]], [
            "gt", [], [], NIL]], [["gt", [], [], entry], ["gt", [], [], ["mul", MINUS_ONE, entry]]]]}
    sized = "n" in data["sizes"]
    return [{**data, key: [*data.get(key, []), *rows]} for key, every in new.items() for rows in every
            if sized or "n" not in str(rows).replace("num", "").replace("ent", "")]


@pytest.mark.parametrize("name", FALSE)
def test_what_is_assumed_and_cannot_be_is_said(name):
    """Whatever follows from it: the checker finds no point at which it holds, and accepts nothing, of chance or not."""
    for statement in contradicted(json.loads(text(name))):
        for of_chance in (False, True):
            with pytest.raises(checker.Refused, match="no point was found"):
                checker.second_opinion(statement, of_chance)


def test_what_is_of_chance_is_not_proved_from_what_cannot_be():
    """From -1 >= 0 everything follows, and an expectation has no numbers to look at."""
    data = json.loads(text("a factor lost"))
    data["tensors"]["x"]["properties"] = ["random"]
    data |= {"independent": [["x"]], "assumptions": [{"": -1}], "left": ["ent", "x", [{"": 1}]], "right": NIL, "letters": []}
    far, fails = {"n": -1, "": -5}, ["fails", [-1], [[1, [[1, 6], [0, 1]]]]]
    proof = {"left": [["holds", [[], [far]], [[1, [[[0, 0], 0], [1, 5], [0, 0]]]]], ["at", 0, [fails]]]}
    with pytest.raises(REFUSALS):
        checker.check(dressed(data, proof))


def turned(data: dict[str, Any]) -> list[dict[str, Any]]:
    """True statements that are made of a false one: by a property, a definition, a range, a condition, or another side."""
    found = [{**data, "right": data["left"]}, {**data, "left": data["right"]}]
    for k, _ in enumerate(data["definitions"]):
        changed = copy.deepcopy(data)
        changed["definitions"][k]["body"] = ["num", 77, 1]
        found.append(changed)
    for name, key, value in (*((t, "properties", p) for t in data["tensors"] for p in (["positive"], ["symmetric"])),
                             *((t, "shape", [{"": 1}]) for t in data["tensors"])):
        changed = copy.deepcopy(data)
        changed["tensors"][name][key] = value if key == "properties" else value * len(changed["tensors"][name]["shape"])
        found.append(changed)
    return [*found, {**data, "assumptions": [*data["assumptions"], {"": 1}]}, {**data, "sizes": [*data["sizes"], "other"]},
            {**data, "words": "x = x"}]


@pytest.mark.parametrize("name", FALSE)
def test_a_statement_that_is_another_one_is_printed_otherwise(name):
    data = json.loads(text(name))
    shown = checker.show_statement(data, False)
    for statement in turned(data):
        alike = {**statement, "words": data["words"]} == data
        with contextlib.suppress(*REFUSALS):
            accepted = checker.check(dressed(statement, {"left": [["unfold"]], "right": [["unfold"]]}))
            assert not alike and accepted != shown
        assert alike or checker.show_statement(statement, False) != shown
    assert n.name in shown or "n" not in data["sizes"]
