"""Expectations are certified from what is declared of laws, and from nothing else."""

from __future__ import annotations

import copy

import pytest

import symderiv as sd
from symderiv import checker

n, m = sd.dims("n m")
i, j = sd.indices("i j", n)
s, mu = sd.tensor("s"), sd.tensor("mu")
a = sd.tensor("a", n)
W = sd.random("W", m, n, mean=0, var=s**2, iid=True)
w = sd.random("w", n, mean=0, var=s**2, iid=True)
x = sd.random("x", n, mean=mu, var=s**2, iid=True, independent_of=w)
y = sd.random("y", n, mean=a, var=a**2, independent=True, independent_of=(w, x))
g = sd.random("g", n, law="normal", mean=mu, var=s**2, iid=True)
z = sd.random("z", n, law="normal", var=s**2, iid=True, independent_of=W)
one = sd.random("one", mean=mu, var=s**2)

CLAIMS = {
    "a mean": lambda: sd.expectation(sd.sum(a * x)),
    "a product": lambda: sd.variance(w @ x),
    "three of them": lambda: sd.expectation(sd.sum(w**2 * x * y)),
    "two entries": lambda: sd.expectation(x[i] * x[j]),
    "two entries that differ": lambda: sd.expectation(x[1] * x[2], assuming=[n >= 2]),
    "entries of different laws": lambda: sd.variance(sd.sum(y)),
    "a square of a normal law": lambda: sd.variance(g @ g),
    "half of a rectified law": lambda: sd.variance(W @ sd.relu(z)),
    "how often a rectifier is open": lambda: sd.expectation(sd.sum(sd.heaviside(z))),
    "an odd moment": lambda: sd.expectation(z[i]**3),
    "within a sample": lambda: sd.expectation(sd.var(x)),
    "one number": lambda: sd.variance(3 * one + 1),
    "correction of a bias": lambda: sd.bias_correction(sd.tensor("beta")),
}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_what_the_declarations_settle_is_certified(claim):
    text = checker.check(claim().certificate())
    assert "random" in text and "not looked at in numbers" in text


def without(name, held):
    def change(statement):
        statement["tensors"][name]["properties"].remove(held)
    return change


def other_moment(name):
    def change(statement):
        statement["tensors"][name]["moments"].pop(0)
    return change


def dependent(statement):
    statement["independent"] = [[name] for group in statement["independent"] for name in group]


def no_delta(statement):
    statement["right"] = ["pow", ["ent", "mu", []], ["num", 2, 1]]


def given(random_definition):
    def change(statement):
        statement["independent"].append([random_definition, *statement["tensors"]])
    return change


FORGED = {
    "dependent entries": ("two entries that differ", without("x", "independent entries")),
    "dependent entries in a sum": ("a mean squared", without("x", "independent entries")),
    "dependent arrays": ("a product", dependent),
    "three that depend": ("three of them", dependent),
    "another law": ("a product", other_moment("w")),
    "another power": ("a square of a normal law", other_moment("g")),
    "no symmetry": ("half of a rectified law", without("z", "symmetric law")),
    "an odd moment without symmetry": ("an odd moment", other_moment("z")),
    "a law with mass at nought": ("how often a rectifier is open", without("z", "continuous")),
    "equal positions forgotten": ("two entries", no_delta),
    "what is not random at all": ("a mean", without("x", "random")),
}
CLAIMS["a mean squared"] = lambda: sd.expectation(sd.sum(x)**2)


@pytest.mark.parametrize("name, change", FORGED.values(), ids=FORGED)
def test_outside_of_what_is_declared_nothing_is_accepted(name, change):
    forged = copy.deepcopy(CLAIMS[name]().certificate())
    assert checker.check(forged)
    change(forged["statement"])
    forged["digest"] = checker.digest(forged["statement"])
    with pytest.raises(checker.Refused):
        checker.check(forged)


def statement(left, right, **more):
    """E of something about one random vector z."""
    given = {"sizes": ["n"], "labels": {}, "assumptions": [], "terms": [], "definitions": [], "where": [], "invertible": [],
             "tensors": {"z": {"shape": [{"n": 1}], "properties": ["random", "independent entries"], "moments": []}},
             "independent": [["z"]], "letters": [["i", {"n": 1}], ["j", {"n": 1}]], "left": left, "right": right, **more}
    return {"version": checker.VERSION, "statement": given, "digest": checker.digest(given)}


Z, ZJ = ["ent", "z", [{"i": 1}]], ["ent", "z", [{"j": 1}]]
STEP = ["fn", "heaviside", Z]


@pytest.mark.parametrize("left, right, steps, why", [
    (["fn", "E", STEP], STEP, [["cases", [STEP]], ["ring"]], "it is random"),
    (["fn", "E", Z], Z, [["expect"]], "differ"),
    (["fn", "E", ["mul", Z, Z]], ["mul", ["fn", "E", Z], ["fn", "E", Z]], [["independent", [[0]]], ["ring"]], "differ"),
    (["fn", "E", ["mul", Z, ZJ]], ["mul", ["fn", "E", Z], ["fn", "E", ZJ]], [["independent", [[0]]], ["ring"]], "differ"),
    (["fn", "E", Z], ["num", 0, 1], [["moment"]], "list index"),
    (["fn", "E", Z], ["num", 0, 1], [["mirror", ["z"]], ["at", 0, [["ring"]]], ["expect"]], "not symmetric"),
], ids=["a case of what is random", "not a constant", "an entry with itself", "equal positions", "no moment", "no mirror"])
def test_an_axiom_of_expectations_is_refused_outside_of_its_condition(left, right, steps, why):
    with pytest.raises(checker.Refused, match=why):
        checker.check({**statement(left, right), "steps": {"left": steps, "right": [["ring"]] if right[0] == "mul" else []}})


def test_what_is_defined_by_something_random_is_not_independent_of_it():
    double = {"name": "d", "letters": ["l"], "shape": [{"n": 1}], "body": ["mul", ["num", 2, 1], ["ent", "z", [{"l": 1}]]]}
    d = ["ent", "d", [{"i": 1}]]
    left, right = ["fn", "E", ["mul", d, ZJ]], ["mul", ["fn", "E", d], ["fn", "E", ZJ]]
    made = statement(left, right, definitions=[double], independent=[["z", "d"]])
    with pytest.raises(checker.Refused, match="depend"):
        checker.check({**made, "steps": {"left": [["independent", [[0]]], ["ring"]]}})


def test_random_labels_have_no_certificate():
    drawn, labels, k = sd.random("I", n, law="labels", labels=m, iid=True), sd.tensor("l", m), sd.indices("k", n)
    claim = sd.expectation(sd.Sum(labels[drawn[k]], k))
    assert not claim.certified and "random labels" in claim.uncertified


def test_only_what_is_random_is_not_looked_at_in_numbers():
    x = sd.tensor("x", sd.dims("n"))
    certificate = sd.derive(sd.dot(x, x), x).certificate()
    claims = certificate["statement"].get("all", [certificate["statement"]])
    for each in claims:
        each["independent"] = []
    certificate["digest"] = checker.digest(certificate["statement"])
    assert "not looked at in numbers" not in checker.check(certificate)
