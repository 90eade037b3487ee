"""Certificates forged by hand, the cleverest that we could think of: the steps alone are refused, whatever numbers say."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from symderiv import checker
from symderiv.checker import Refused, Statement, check, digest

POSITIVE = {"shape": [], "properties": ["positive"]}
ANY = {"shape": [], "properties": []}
ZERO, ONE, MINUS, TWO, HALF = (["num", p, q] for p, q in ((0, 1), (1, 1), (-1, 1), (2, 1), (1, 2)))
N, J, K = {"n": 1}, {"i": 1}, {"k": 1}


def E(name, *at):
    return ["ent", name, list(at)]


def over(t, below):
    return ["mul", t, ["pow", below, MINUS]]


def at_least(p):
    return ["iv", "ge", p]


def statement(**given):
    """A statement about nothing, but for what is given; arrays by their lengths, "+x" for positive ones."""
    arrays = {name.strip("+"): {"shape": [*shape], "properties": ["positive"] * name.startswith("+")}
              for name, shape in given.pop("arrays", {}).items()}
    whole = {"sizes": [], "labels": {}, "tensors": arrays, "assumptions": [], "terms": [], "definitions": [], "where": [],
             "invertible": [], **({"letters": []} if "left" in given else {}), **given}
    return whole


def certificate(data, steps):
    return {"version": checker.VERSION, "statement": data, "steps": steps, "digest": digest(data)}


x, y, z, a, b, c = map(E, "xyzabc")
RING = ["ring", [], ["pos", "whole"] * 20]
PARTS = ["add", x, y]
SHARED = ["pow", ["add", over(x, PARTS), over(y, PARTS)], MINUS]
ROOT = ["add", ["mul", ["pow", b, TWO], ["pow", a, MINUS]], ONE]
CASE = ["add", ["mul", ["pow", b, TWO], ["pow", at_least({"n": 1, "": -2}), MINUS]], ONE]
SUM = ["sum", "k", {"": 1}, N, E("x", K)]
FAR = at_least({"i": -1, "": 1000})
BESIDE = ["add", ["mul", FAR, x], ["mul", FAR, y]]
SHIFTED = [[1, ["k"]], [1, [["floor", N, {"": 1000}]]]]
SCALARS = {f"+{name}": () for name in "xyzabc"}
REAL = dict.fromkeys("xyzabc", ())
Q = ["sum", "k", {"": 1}, N, ["mul", E("A", J, K), E("A", {"j": 1}, K)]]
SQUARE = {"shape": [N, N], "properties": []}
LAW = {"shape": [N], "properties": ["random", "symmetric law"]}
T = {"t": 1}
COUNTED = statement(sizes=["n"], letters=[["t", N]], left=["sum", "k", {"": 1}, T, ONE], right=["val", T])
HALVES = ["val", T]


def by(*left):
    return {"left": [*left]}


BASE = by(["count"])
GRAM = ["sum", "k", {"": 1}, N, ["mul", E("A", J, K), ["mat", "inv", "A", [K, J]]]]
STEP = {"on": "t", "ratio": ONE, "left": [["ring"]], "right": [["ring"]]}


# What is claimed, and the steps that pretend to prove it.
FORGED = {
    "a power of what has a factor of its own": (
        statement(arrays=SCALARS, left=["mul", z, SHARED], right=over(z, PARTS)),
        {"left": [["ring", [], ["pos", 1] * 20]], "right": [["ring", [], ["pos", 1] * 20]]}),
    "a fraction under a root, its denominator lost": (
        statement(arrays=SCALARS, left=["mul", ["pow", b, TWO], ["pow", ROOT, ["num", -1, 2]]],
                  right=["add", ["pow", ROOT, HALF], ["mul", MINUS, ["pow", ROOT, ["num", -1, 2]]]]),
        {"left": [RING], "right": [RING]}),
    "a bracket below a fraction": (
        statement(sizes=["n"], arrays=SCALARS, left=["mul", ["pow", b, TWO], ["pow", CASE, MINUS]],
                  right=["add", ONE, ["mul", MINUS, ["pow", CASE, MINUS]]], where=[["ne", [], [], CASE]]),
        {"left": [["ring", [], ["where"] * 9]], "right": [["ring", [], ["where"] * 9]]}),
    "a bracket above a fraction that is lost with it": (
        statement(sizes=["n"], arrays=REAL, letters=[["i", N]], left=["mul", FAR, x, ["pow", BESIDE, MINUS]],
                  right=["add", ONE, ["mul", MINUS, FAR, y, ["pow", BESIDE, MINUS]]],
                  where=[["ne", ["i"], [{"i": 1, "": -1}, {"i": -1, "n": 1}, {"i": -1, "": 1000}], BESIDE]]),
        {"left": [["ring", [], ["where"] * 9]], "right": [["ring", [], ["where"] * 9]]}),
    "a root divided into what has no sign": (
        statement(arrays=REAL, left=over(x, ["add", ["pow", x, HALF], ONE]),
                  right=["add", ["pow", x, HALF], MINUS, over(ONE, ["add", ["pow", x, HALF], ONE])]),
        {"left": [["ring", [], ["where"] * 9]], "right": [["ring", [], ["where"] * 9]]}),
    "a number that divides itself at nought": (statement(arrays=REAL, left=over(x, x), right=ONE),
                                               by(["ring", [], ["pos"]])),
    "a root of a square": (statement(arrays=REAL, left=["pow", ["pow", x, TWO], HALF], right=x),
                           by(["ring", [], ["split", "pos"]])),
    "a root taken apart": (statement(arrays=REAL, left=["pow", ["mul", x, y], HALF],
                                     right=["mul", ["pow", x, HALF], ["pow", y, HALF]]),
                           by(["ring", [], ["split", "pos", "pos"]])),
    "a logarithm of a square": (statement(arrays=REAL, left=["fn", "log", ["pow", x, TWO]],
                                          right=["mul", TWO, ["fn", "log", x]]), by(["log", [], ["pos"]])),
    "a logarithm of nought": (statement(arrays=REAL, left=["fn", "log", ZERO], right=ZERO), by(["log"])),
    "a logarithm of a negative number": (statement(arrays=REAL, left=["fn", "log", ["num", -2, 1]],
                                                   right=["fn", "log", TWO]), by(["log", [], ["pos"]])),
    "an exponential of a logarithm": (statement(arrays=REAL, left=["fn", "exp", ["fn", "log", x]], right=x),
                                      by(["exp", [], ["pos"]])),
    "another condition than is needed": (
        statement(arrays=REAL, left=over(x, x), right=ONE, where=[["ge", [], [], x]]), by(["ring", [], ["where"]])),
    "a condition at another place": (
        statement(sizes=["n"], arrays={"x": [N]}, letters=[["i", N]], left=over(E("x", J), E("x", J)), right=ONE,
                  where=[["ne", ["i"], [{"i": 1, "": -2}], E("x", J)]]), by(["ring", [], ["where"]])),
    "the first entry of an array that may end": (
        statement(sizes=["n"], arrays={"+x": [{"n": 1, "": -1}]}, left=over(E("x", {"": 1}), E("x", {"": 1})), right=ONE),
        by(["ring", [], ["pos", [1, [[0, 1]]]]])),
    "a sum that may be empty": (
        statement(sizes=["n"], arrays={"+x": [N]}, left=["fn", "heaviside", ["sum", "k", {"": 2}, N, E("x", K)]], right=ONE),
        by(["positive", [1], ["pos", {"": 2}, [1, [[0, 1]]]]])),
    "a negative multiplier": (statement(sizes=["n"], left=at_least({"n": 1, "": -2}), right=ONE),
                              by(["holds", [[0]], [[1, [[0, -1]]]]])),
    "a multiplier of nought": (statement(sizes=["n"], left=at_least({"n": 1, "": -2}), right=ONE),
                               by(["holds", [[0]], [[0, []]]])),
    "a negative scale": (statement(sizes=["n"], left=at_least({"n": 1, "": -2}), right=ONE),
                         by(["holds", [[0]], [[-1, [[0, 1]]], [1, []]]])),
    "a scale that may be nought": (statement(sizes=["n"], left=at_least({"n": 1, "": -2}), right=ONE),
                                   by(["holds", [[0]], [[{"n": 1, "": -1}, []], [1, [[0, 1]]]]])),
    "a bracket that follows from itself": (statement(sizes=["n"], left=["mul", at_least({"n": 1, "": -2}), x], right=x,
                                                     arrays=REAL), by(["holds", [[0]], [[1, [[1, 1]]]]])),
    "two brackets that follow from each other": (
        statement(sizes=["n"], left=["mul", at_least({"n": 2, "": -5}), at_least({"n": 1, "": -3})], right=ONE),
        by(["holds", [[0, 1]], [[1, [[1, 2]]], [1, [[1, 1]]]]])),
    "a remainder of nothing": (
        statement(sizes=["n", "m"], left=at_least([[2, [["floor", N, {"m": 1}]]], [-1, ["n"]]]), right=ONE),
        by(["holds", [[0]], [[1, [["hi:0", 1]], [1, []]]]])),
    "a label outside its array": (
        statement(sizes=["n", "m"], labels={"ys": {"size": N, "shape": [{"m": 1}]}},
                  left=at_least([[1, [["label", "ys", [{"m": 1, "": 1}]]]], [-1, []]]), right=ONE),
        by(["holds", [[0]], [[1, [["lo:0", 1]]], [1, [[1, 1]]], [1, [[1, 1]]]]])),
    "a letter that is caught": (
        statement(sizes=["n"], arrays={"x": [N], "y": [N]}, letters=[["i", N]],
                  left=["sum", "k", {"": 1}, N, ["mul", E("x", K), E("y", J)]],
                  right=["sum", "i", {"": 1}, N, ["mul", E("x", J), E("y", J)]]), {}),
    "a letter that shifts by itself": (statement(sizes=["n"], arrays={"x": [N]}, left=SUM, right=ZERO),
                                       by(["letter", [1, {"@0": -1}]])),
    "a letter that is stretched": (statement(sizes=["n"], arrays={"x": [N]}, left=SUM, right=ZERO), by(["letter", [2, {}]])),
    "a delta with a coefficient": (
        statement(sizes=["n"], arrays={"x": [N]}, left=["sum", "k", {"": 1}, N, ["mul", ["iv", "eq", {"k": 2, "n": -1}],
                                                                                E("x", K)]], right=ZERO),
        by(["sift", [0]], ["sift", [1]], ["sift", [2]], ["sift", [3]])),
    "a factor that depends on the letter": (
        statement(sizes=["n"], arrays={"x": [N]}, left=["sum", "k", {"": 1}, N, ["mul", ["val", K], E("x", K)]],
                  right=["mul", ["val", N], SUM]), by(["out"])),
    "sums in another order, without an end": (
        statement(sizes=["n"], left=["sum", "k", {"": 1}, N, ["sum", "i", {"": 1}, K, ONE]],
                  right=["sum", "i", {"": 1}, N, ["sum", "k", {"": 1}, J, ONE]]), by(["exchange", [[1, 0]]])),
    "a total of a part": (
        statement(sizes=["n"], tensors={"p": {"shape": [N], "properties": ["sums_to_one"]}},
                  left=["sum", "k", {"": 1}, {"n": 1, "": -1}, E("p", K)], right=ONE), by(["total"])),
    "a total of a row outside": (
        statement(sizes=["n"], tensors={"P": {"shape": [N, N], "properties": ["sums_to_one"]}},
                  left=["sum", "k", {"": 1}, N, E("P", {"n": 1, "": 1}, K)], right=ONE), by(["total"])),
    "a total of the other axis": (
        statement(sizes=["n"], tensors={"P": {"shape": [N, N], "properties": ["sums_to_one"]}}, letters=[["i", N]],
                  left=["sum", "k", {"": 1}, N, E("P", K, J)], right=ONE), by(["total"])),
    "a symmetric matrix that is none": (
        statement(sizes=["n"], tensors={"A": SQUARE}, letters=[["i", N], ["j", N]], left=E("A", J, {"j": 1}),
                  right=E("A", {"j": 1}, J)), by(["declared", ["symmetric"]])),
    "an inverse of what is singular": (
        statement(sizes=["n"], tensors={"A": SQUARE}, letters=[["i", N], ["j", N]], left=["sum", "k", {"": 1}, N, [
            "mul", E("A", J, K), ["mat", "inv", "A", [K, {"j": 1}]]]],
                  right=["iv", "eq", {"i": 1, "j": -1}]), by(["inverse"])),
    "an inverse in the wrong order": (
        statement(sizes=["n"], tensors={"A": {**SQUARE, "properties": ["invertible"]}}, letters=[["i", N], ["j", N]],
                  left=["sum", "k", {"": 1}, N, ["mul", E("A", K, J), ["mat", "inv", "A", [K, {"j": 1}]]]],
                  right=["iv", "eq", {"i": 1, "j": -1}]), by(["inverse"])),
    "a step of a product as that of its factors": (
        statement(arrays=REAL, left=["fn", "heaviside", ["mul", x, y]],
                  right=["mul", ["fn", "heaviside", x], ["fn", "heaviside", y]]), by(["positive", [0, 0]], ["ring"])),
    "a step of a sum as that of a product": (
        statement(arrays=REAL, left=["fn", "heaviside", PARTS],
                  right=["add", *(["mul", *(["fn", "heaviside", ["mul", s, v]] for v in (x, y))] for s in (ONE, MINUS))]),
        by(["positive", [0, 0]], ["ring"])),
    "an equation of a singular matrix": (
        statement(sizes=["n"], tensors={"A": SQUARE}, letters=[["i", N]], left=["mul", MINUS, GRAM],
                  right=["mul", MINUS, at_least({"i": 1, "": -1}), at_least({"i": -1, "n": 1})]),
        by(["equation", [GRAM, [["inverse"]]]], ["ring"])),
    "an equation that its steps do not show": (
        statement(arrays=REAL, left=x, right=y), by(["equation", [["mul", MINUS, x], [["parity"]]]], ["ring"])),
    "an equation under a condition of its own": (
        statement(arrays=REAL, left=x, right=["add", x, over(y, y), MINUS]),
        by(["equation", [over(y, y), [["ring", [], ["where"]]]]])),
    "an equation about a letter of nothing": (
        statement(sizes=["n"], arrays={"x": [N]}, left=E("x", {"": 1}), right=E("x", {"": 1})),
        by(["equation", [E("x", {"@0": 1}), []]], ["ring"])),
    "an equation that holds elsewhere": (
        statement(sizes=["n"], arrays=REAL, left=["add", ["mul", at_least({"n": 1, "": -2}), x], y],
                  right=["add", ["mul", at_least({"n": 1, "": -2}), x], y, at_least({"n": 1, "": -2}), MINUS]),
        by(["equation", [at_least({"n": 1, "": -2}), [["holds", [[0]], [[1, [[1, 1]]]]]]]])),
    "an equation of what is random": (
        statement(sizes=["n"], tensors={"x": LAW}, letters=[["i", N]], left=["fn", "E", E("x", J)], right=ZERO),
        by(["at", 0, [["equation", [E("x", J), []]]]], ["mirror", ["x"]], ["ring"])),
    "a determinant of what is no product": (
        statement(sizes=["n"], tensors={"A": SQUARE, "B": SQUARE}, definitions=[
            {"name": "v", "letters": ["p", "q"], "shape": [N, N],
             "body": ["mul", E("A", {"p": 1}, {"q": 1}), E("B", {"p": 1}, {"q": 1})]}],
            left=["mat", "det", "v", []], right=["mul", ["mat", "det", "A", []], ["mat", "det", "B", []]]), by(["chain"])),
    "a determinant of a product that leaves a term out where n is large": (
        statement(sizes=["n"], tensors={"A": SQUARE, "B": SQUARE}, definitions=[
            {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ["sum", "k", {"": 1}, N, [
                "mul", E("A", {"p": 1}, SHIFTED), E("B", SHIFTED, {"q": 1})]]}],
            left=["mat", "det", "v", []], right=["mul", ["pow", ONE, ["val", N]], ["mat", "det", "A", []], [
                "mat", "det", "B", []]]), by(["chain"])),
    "a factor without its power": (
        statement(sizes=["n"], tensors={"A": SQUARE, "c": ANY}, definitions=[
            {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ["mul", c, E("A", {"p": 1}, {"q": 1})]}],
            left=["mat", "det", "v", []], right=["mul", c, ["mat", "det", "A", []]]), by(["chain"])),
    "both sides times a singular matrix": (
        statement(sizes=["n"], tensors={"A": SQUARE, "x": {"shape": [N], "properties": []}}, letters=[["i", N]],
                  left=E("x", J), right=ZERO), {"times": [["i", "A", 1]]}),
    "a step at nought": (statement(arrays=REAL, left=["fn", "heaviside", ["mul", MINUS, x]],
                                   right=["add", ONE, ["mul", MINUS, ["fn", "heaviside", x]]]), by(["step"])),
    "a case of a random sign": (
        statement(sizes=["n"], tensors={"x": LAW}, independent=[["x"]],
                  left=["fn", "E", ["fn", "heaviside", E("x", {"": 1})]],
                  right=ONE), by(["cases", [["fn", "heaviside", E("x", {"": 1})]]])),
    "a mean of a product of one entry": (
        statement(sizes=["n"], tensors={"x": {"shape": [N], "properties": ["random", "independent entries"]}},
                  independent=[["x"]], left=["fn", "E", ["pow", E("x", {"": 1}), TWO]],
                  right=["pow", ["fn", "E", E("x", {"": 1})], TWO]), by(["independent", [[0]]])),
    "a mirror of what is not symmetric": (
        statement(sizes=["n"], tensors={"x": {"shape": [N], "properties": ["random"]}}, independent=[["x"]],
                  left=["fn", "E", E("x", {"": 1})], right=ZERO), by(["mirror", ["x"]], ["at", 0, [["ring"]]])),
    "a definition that is folded before it is made": (
        statement(definitions=[{"name": "v", "letters": [], "shape": [], "body": ["add", E("v"), ONE]}],
                  left=E("v"), right=ZERO), {}),
    "a definition with another's name": (
        statement(arrays={"v": ()}, definitions=[{"name": "v", "letters": [], "shape": [], "body": ZERO}],
                  left=E("v"), right=ZERO), by(["unfold"])),
    "a lemma by itself": (
        statement(arrays=REAL, definitions=[{"name": "v", "letters": [], "shape": [], "body": x},
                                            {"name": "w", "letters": [], "shape": [], "body": y}],
                  left=E("v"), right=E("w")),
        {"lemmas": [{"names": ["v", "w"], "letters": [], "left": [["lemma", ["w"]]]}], "left": [["lemma", ["w"]]]}),
    "a reader that is left out": (
        statement(arrays=REAL, definitions=[{"name": "u", "letters": [], "shape": [], "body": ["mul", TWO, x]},
                                            {"name": "L", "letters": [], "shape": [], "body": ["mul", E("u"), x]}],
                  primal="L", variable="x", rows=[], letters=[], result=E("u")),
        {"cotangents": [{"of": "x", "letters": [], "term": E("u"), "left": [["ring"]]}]}),
    "a cotangent twice": (
        statement(arrays=REAL, definitions=[{"name": "L", "letters": [], "shape": [], "body": ["pow", x, TWO]}],
                  primal="L", variable="x", rows=[], letters=[], result=["mul", TWO, ["mul", TWO, x]]),
        {"cotangents": [{"of": "x", "letters": [], "term": ["mul", TWO, x]}] * 2}),
    "a proof that defines what is claimed": (
        statement(arrays=REAL, definitions=[{"name": "L", "letters": [], "shape": [], "body": ["pow", x, TWO]}],
                  primal="L", variable="x", rows=[], letters=[], result=E("w")),
        {"definitions": [{"name": "w", "letters": [], "shape": [], "body": ZERO}],
         "cotangents": [{"of": "x", "letters": [], "term": ["mul", TWO, x]}], "left": [["ring"]]}),
    "an induction without its base": (COUNTED | {"right": ["add", ONE, HALVES]}, {**STEP, "base": {}}),
    "an induction with another's base": (COUNTED | {"right": ["add", ONE, HALVES]}, {**STEP, "base": BASE}),
    "an induction whose step is another's": (COUNTED | {"right": ["mul", HALVES, HALVES]}, {**STEP, "base": BASE}),
    "an induction on a size": (COUNTED, {**STEP, "base": BASE, "on": "n"}),
    "an induction on a letter that ends another": (
        COUNTED | {"letters": [["t", N], ["j", T]], "left": at_least({"t": 1, "j": -1, "": -1}), "right": ZERO},
        {"on": "t", "ratio": ONE, "base": by(["fails", [-1], [[1, [[4, 1]]]]])}),
    "an induction by a letter of no one": (COUNTED, {**STEP, "base": BASE, "ratio": ["val", {"@9": 1}]}),
    "an induction in the middle": (COUNTED, by(["induction", [HALVES, {"on": "t", "ratio": ZERO, "base": {}}, {}]])),
    "the last of a table, counted from its end": (statement(terms=[ONE, ZERO], left=-1, right=0), {}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_proof_is_refused_by_its_steps(name):
    data, steps = json.loads(json.dumps(FORGED[name]))
    with pytest.raises((Refused, *checker.MALFORMED)):
        checker.prove(Statement(data), steps)
    with pytest.raises(Refused):
        check(certificate(data, steps))


def minus(a, b):
    return ["add", a, ["mul", MINUS, b]]


def step(a):
    return ["fn", "heaviside", a]


BESIDE_STEPS = {
    "another sum": (["add", x, y], minus(x, y), minus(y, x), True, False),
    "the quotient of a sum": (["pow", minus(x, y), MINUS], minus(x, y), minus(y, x), True, False),
    "a sum whose sign is not known": (minus(y, x), minus(x, y), None, False, False),
    "the sum itself": (minus(x, y), minus(x, y), minus(y, x), True, True),
    "the opposite sum": (minus(y, x), minus(x, y), minus(y, x), True, True),
}


@pytest.mark.parametrize("name", BESIDE_STEPS)
def test_a_step_is_turned_over_beside_what_it_is_of_alone(name):
    f, of, turned, turn, true = BESIDE_STEPS[name]
    right = ["mul", f, minus(ONE, step(turned))] if turn else f
    data = json.loads(json.dumps(statement(arrays=REAL, left=["mul", f, step(of)], right=right, where=[["ne", [], [], of]])))
    proofs = []
    for which in range(-2, 3):
        with contextlib.suppress(Refused, *checker.MALFORMED):
            proofs.append(checker.prove(Statement(data), by(["step", [which, turn]])))
    assert len(proofs) == true


def test_the_steps_of_the_forged_are_those_of_the_true():
    """The same steps prove what is true, so that it is the falsehood that is refused."""
    true = {
        "a power of what has a factor of its own": {"right": z},
        "a root of a square": {"tensors": {"x": POSITIVE}},
        "a logarithm of a square": {"tensors": {"x": POSITIVE}},
        "an exponential of a logarithm": {"tensors": {"x": POSITIVE}},
        "another condition than is needed": {"where": [["ne", [], [], x]]},
        "a factor without its power": {"right": ["mul", ["pow", c, ["val", N]], ["mat", "det", "A", []]]},
        "a step of a sum as that of a product": {"left": ["fn", "heaviside", ["mul", x, y]]},
        "an equation of a singular matrix": {"invertible": ["A"]},
        "an equation under a condition of its own": {"where": [["ne", [], [], y]]},
        "a symmetric matrix that is none": {"tensors": {"A": {**SQUARE, "properties": ["symmetric"]}}},
    }
    for name, change in true.items():
        data, steps = json.loads(json.dumps(FORGED[name]))
        assert check(certificate(data | json.loads(json.dumps(change)), steps)), name


# What is printed must be what is claimed, and nothing else.
DISGUISED = {
    "a property that is a sentence": statement(tensors={"x": {"shape": [], "properties": ["; and 1 = 2"]}}, left=x, right=x),
    "independence that is a sentence": statement(left=ONE, right=ONE, independent=[["; and 1 = 2", "x"]]),
    "moments that are a sentence": statement(
        tensors={"x": {"shape": [], "properties": [], "moments": ["0; and 1 = 2"]}}, left=x, right=x),
    "an inverse of a sentence": statement(left=ONE, right=ONE, invertible=["A; and 1 = 2; A"]),
    "a one that is not seen": statement(arrays=REAL, left=["add", x, ["mul"]], right=["add", x, ONE]),
    "a nought that is not seen": statement(arrays=REAL, left=["mul", x, ["add"]], right=ZERO),
    "a name with a sentence": statement(tensors={"x; and 1 = 2": ANY}, left=ONE, right=ONE),
}


@pytest.mark.parametrize("name", DISGUISED)
def test_what_would_be_printed_otherwise_is_refused(name):
    with pytest.raises(Refused):
        check(certificate(DISGUISED[name], {}))


def test_an_inverse_is_not_printed_as_a_product():
    square, scalar = {**SQUARE, "properties": ["invertible"]}, ["mat", "det", "A", []]
    one = check(certificate(statement(sizes=["n"], tensors={"A": square}, left=scalar, right=scalar), {}))
    two = ["mul", E("det"), E("A")]
    other = check(certificate(statement(arrays={"det": (), "A": ()}, left=two, right=two), {}))
    assert one.split(";")[0] == "det(A) = det(A)" and other.split(";")[0] == "det·A = det·A"


HUGE = 10**15
BIG = ["sum", "k", {"": 1}, N, ["add", *(["mul", ["num", q + 2, 1], E("x", {"k": 1, "": q})] for q in range(900))]]
ENTRIES = {"+x": [{"": HUGE}]}
LONG = ["sum", "k", {"": 1}, {"": HUGE}, E("y", K)]
HOSTILE = {
    "a product of very many": statement(arrays=ENTRIES, left=["mat", "prod", "x", []], right=["mat", "prod", "x", []]),
    "a total of very many": statement(tensors={"x": {"shape": [{"": HUGE}], "properties": ["sums_to_one"]}},
                                      left=E("x", {"": 1}), right=E("x", {"": 1})),
    "a determinant of very many": statement(arrays={"A": [{"": HUGE}] * 2}, left=["mat", "det", "A", []],
                                            right=["mat", "det", "A", []]),
    "very many sizes": statement(sizes=[f"n{q}" for q in range(100_000)], left=ONE, right=ONE),
    "very many letters": statement(sizes=["n"], letters=[[f"i{q}", N] for q in range(20_000)], left=ONE, right=ONE),
    "very many definitions": statement(arrays=REAL, left=ONE, right=ONE, definitions=[
        {"name": f"d{q}", "letters": [], "shape": [], "body": x} for q in range(3_000)]),
    "letters of a condition": statement(arrays=SCALARS, left=x, right=x,
                                        where=[["gt", [f"i{q}" for q in range(100_000)], [], x]]),
    "a product along less than nothing, and a long sum": statement(
        sizes=["n"], arrays={"x": [{"n": 1, "": -HUGE}], "y": [{"": HUGE}]}, left=["add", ["mat", "prod", "x", []], LONG],
        right=["add", ["mat", "prod", "x", []], LONG]),
    "a term made of itself": statement(terms=[["add", 0, 0]], left=0, right=0),
    "terms made of each other": statement(terms=[1, 0], left=0, right=0),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_statement_is_answered(name):
    """Refused in a sentence, or accepted with the remark that it was too large for numbers; it never hangs."""
    data = json.loads(json.dumps(HOSTILE[name]))
    try:
        said = check(certificate(data, {}))
    except Refused as why:
        assert str(why)
    else:
        assert "not looked at in numbers" in said or name == "very many definitions"


def test_a_long_sum_is_counted_wherever_its_number_stands(monkeypatch):
    monkeypatch.setattr(checker, "MAX_FUEL", 10_000)
    data = statement(arrays=REAL, left=ONE, right=ONE, terms=[["add", *(["mul", ["num", q + 2, 1], x] for q in range(900))]],
                     definitions=[{"name": f"d{q}", "letters": [], "shape": [], "body": ["add", 0, ["num", q, 1]]}
                                  for q in range(90)])
    with pytest.raises(Refused, match="too long to be read"):
        check(certificate(json.loads(json.dumps(data)), {}))


def test_positions_inside_positions_do_not_grow_without_end():
    halves = [[1, [["floor", {"p": 1}, {"": 2}]]], [1, [["floor", {"p": 1}, {"": 3}]]]]
    bodies = [E("x", {"p": 1}), *(E(f"d{q}", halves) for q in range(39))]
    data = statement(sizes=["n"], arrays={"x": [N]}, letters=[["i", N]], left=E("d39", J), right=ONE, definitions=[
        {"name": f"d{q}", "letters": ["p"], "shape": [N], "body": body} for q, body in enumerate(bodies)])
    facts = checker.Facts(given := Statement(data), given.known, ["i"])
    t = given.term(data["left"])
    with pytest.raises(Refused, match="long"):
        for _ in range(40):
            t = next(c for c in checker.unfold(facts, t).children if c.kind == "ent")


def test_steps_are_counted_by_what_they_rewrite(monkeypatch):
    monkeypatch.setattr(checker, "MAX_FUEL", 90_000)
    data = statement(sizes=["n"], arrays={"x": [N]}, left=BIG, right=BIG)
    many = [["letter", [1, {"": 1}]]] * 2_000
    with pytest.raises(Refused, match="too much work"):
        check(certificate(json.loads(json.dumps(data)), {"left": many, "right": many}))


def test_a_path_and_a_hostile_file_are_shown_as_one_line(tmp_path):
    texts = {"a\n.json": "{}", "deep.json": "[" * 10**6, "deeper.json": '{"a":' * 10**5 + "1" + "}" * 10**5,
             "number.json": '{"version": %s}' % ("9" * 10**5), "nan.json": '{"version": NaN}', "infinite.json": "1e999",
             "bytes.json": "\x00\x01", "twice.json": '{"version":2,"version":1,"statement":{},"steps":{},"digest":""}',
             "half.json": '{"version":2,"statement":"\\ud800","steps":{},"digest":""}', "long.json": '"%s"' % ("x" * 10**6)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    files = [*map(str, tmp_path.iterdir()), str(tmp_path)]
    done = subprocess.run([sys.executable, "-I", "-S", str(Path(checker.__file__)), *files],
                          capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and not done.stderr and len(lines) == len(texts) + 1, done.stderr
    assert all(": REFUSED: " in line and len(line) < 1_500 for line in lines)


def tower(e):
    return ["pow", ["pow", ["pow", ["pow", ["num", 3, 1], e], e], e], e]


@pytest.mark.parametrize("left", [tower(["num", 60, 1]), tower(["num", -60, 1]),
                                  ["mul", *(["num", 2**4000 + k, 1] for k in range(1_000))],
                                  ["add", *(["num", 1, 3**1200 + 2 * k] for k in range(1_000))]])
def test_numbers_that_grow_are_refused_before_they_are_long(left):
    with pytest.raises(Refused, match="a number is too long"):
        check(certificate(json.loads(json.dumps(statement(left=left, right=ONE))), {"left": [["ring"]]}))
