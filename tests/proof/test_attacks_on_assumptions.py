"""False claims beside what is assumed of entries, matrices and ranges, with hints and steps drawn at random: none is proved.

Every claim here is false somewhere where what is assumed holds, so that any proof of it would be a hole in an axiom.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from symderiv import checker
from tests.proof.test_attacks import AT, MATRIX, NIL, ONE, N, array, dressed, ent, fn, statement, total

A, B, X, Y = ent("a"), ent("b"), ent("x", AT), ent("y", AT)
DRAWN = 40
RANGE = [{"k": 1, "": -1}, {"n": 1, "k": -1}]
AT_LEAST_4 = ["ge", [], [], ["add", B, ["num", -4, 1]]]
POSITIVE_X = ["gt", ["k"], RANGE, ent("x", {"k": 1})]


def minus(a: Any, b: Any) -> Any:
    return ["add", a, ["mul", ["num", -1, 1], b]]


def step(a: Any) -> Any:
    return fn("heaviside", a)


def number(k: int) -> Any:
    return ["num", k, 1]


# name -> (what is assumed, a false equation)
FALSE: dict[str, tuple[list[Any], Any, Any]] = {
    "more than is assumed": ([AT_LEAST_4], step(minus(B, number(5))), ONE),
    "the very end of what is assumed": ([AT_LEAST_4], step(minus(B, number(4))), ONE),
    "the other way round": ([AT_LEAST_4], step(minus(number(4), B)), ONE),
    "less than is assumed": ([AT_LEAST_4], step(minus(B, number(5))), NIL),
    "a step that is dropped too soon": ([AT_LEAST_4], ["mul", minus(B, number(5)), step(minus(B, number(5)))],
                                        minus(B, number(5))),
    "a step dropped beside something else": ([AT_LEAST_4], ["mul", A, step(A)], A),
    "a step beside its opposite": ([["ge", [], [], A]], ["mul", A, step(["mul", number(-1), A])], A),
    "a step at nought": ([["ge", [], [], A]], step(A), ONE),
    "a sign from what is not nought": ([["ne", [], [], A]], step(A), ONE),
    "a sign from a square": ([["gt", [], [], ["pow", A, number(2)]]], step(A), ONE),
    "one of two from their difference": ([["gt", [], [], minus(A, B)]], step(A), ONE),
    "the lesser of two": ([["gt", [], [], minus(A, B)]], step(minus(B, A)), ONE),
    "another array": ([POSITIVE_X], step(Y), ONE),
    "an entry beyond those that are assumed": (
        [["gt", ["k"], [RANGE[0], {"n": 1, "k": -1, "": -1}], ent("x", {"k": 1})]], step(X), ONE),
    "entries beyond the array": ([POSITIVE_X], step(ent("x", {"i": 1, "": 1})), ONE),
    "larger entries": ([POSITIVE_X], step(minus(X, ONE)), ONE),
    "one entry for all": ([["gt", [], [], ent("x", {"": 1})]], step(X), ONE),
    "a product from one factor": ([["gt", [], [], A]], step(["mul", A, B]), ONE),
    "a quotient that is not known": ([["ge", [], [], A]], ["mul", A, ["pow", A, number(-1)]], ONE),
    "a root of a square": ([["gt", [], [], B]], ["pow", ["pow", A, number(2)], ["num", 1, 2]], A),
}
MULTIPLES = [number(1), number(2), ["num", 1, 2], number(-1), number(0), A, B, ["mul", number(-1), A], ["val", {"n": 1}]]


def hint(draw: random.Random) -> Any:
    """A hint of any kind, true or false."""
    at = draw.choice([[], [], [AT], [{"i": 1, "": 1}], [{"": 1}]])
    multiple = [draw.choice([0, 0, 0, 1, -1]), at, draw.choice(MULTIPLES)]
    return draw.choice(["parts", "parts", "pos", "where", "split", 1, 2, [multiple], [multiple, multiple], [],
                        [1, [[draw.randrange(8), 1]]], [1, [[2, 1], [1, 1]]], [draw.choice([{"n": 1}, {"": 1}, 2]), []]])


@pytest.mark.parametrize("name", FALSE)
def test_no_hints_prove_a_false_claim_by_what_is_assumed(name):
    given, left, right = FALSE[name]
    draw = random.Random(name)
    steps = [["positive"], ["positive", [-1]], ["step"], *(["step", [k]] for k in range(-2, 3)), ["ring"], ["power"]]
    for _ in range(DRAWN):
        axiom = draw.choice(steps)
        hints = [draw.choice(["pos", hint(draw)]), *(hint(draw) for _ in range(draw.randrange(7)))]
        proof = {"left": [[axiom[0], axiom[1] if axiom[1:] else [], hints]]}
        with pytest.raises((checker.Refused, *checker.MALFORMED)):
            checker.prove(checker.Statement(statement(left, right, given=given)), proof)


def test_what_is_assumed_proves_what_follows():
    """The same steps with hints that are right: the refusals are not for another reason."""
    data = statement(step(minus(B, ONE)), ONE, given=[AT_LEAST_4])
    proof = {"left": [["positive", [], ["pos", [[0, [], number(1)]], "parts", "parts"]]]}
    assert "(b + -4) ≥ 0" in checker.check(dressed(data, proof))


ROWS = {"of a letter that it does not name": ["gt", [], [], ent("x", {"k": 1})],
        "of a size as a letter": ["gt", ["n"], [], ent("x", N)],
        "of a kind that is no word": ["lt", [], [], A], "without a term": ["gt", [], []]}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_condition_that_is_not_well_formed_is_refused(row):
    with pytest.raises((checker.Refused, *checker.MALFORMED)):
        checker.check(dressed(statement(X, X, given=[row]), {}))


CONTRADICTIONS = {
    "a positive number that is negative": {"given": [["gt", [], [], A], ["gt", [], [], ["mul", number(-1), A]]]},
    "greater than itself": {"given": [["gt", [], [], minus(A, A)]]},
    "a circle": {"given": [["gt", [], [], minus(A, B)], ["gt", [], [], minus(B, A)]]},
    "a positive array below nought": {"given": [["gt", ["k"], RANGE, ["mul", number(-1), ent("p", {"k": 1})]]],
                                      "tensors": {"p": array(N, properties=["positive"])}},
    "no size at all": {"assumptions": [{"n": 1, "": -2}, {"n": -1, "": 1}]},
    "a matrix of noughts that is invertible": {"invertible": ["v"], "definitions": [
        {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": NIL}]},
    "a matrix of ones that is invertible for every size": {"invertible": ["v"], "sizes": ["n", "m"], "assumptions": [{
        "n": 1, "": -2}], "definitions": [{"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ONE}]},
}


@pytest.mark.parametrize("more", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_assumptions_that_contradict_each_other_are_said(more):
    data = {**statement(A, B, letters=[["i", N]]), **more}
    data["tensors"] = {**data["tensors"], "x": array(N), "A": MATRIX, "a": array(), "b": array()}
    with pytest.raises(checker.Refused, match="no point was found"):
        checker.second_opinion(data)


LONG = total("k", A, None, {"": 1_000_000})
LONG_ONES = ["gt", [], [], total("k", ONE, None, {"": 1_000_000})]


@pytest.mark.parametrize("before", [[], [LONG_ONES]], ids=["", "beside long ones"])
@pytest.mark.parametrize("more", [*CONTRADICTIONS.values(), {"given": [["gt", ["k"], [{"k": 1, "": -1_000}], minus(A, A)]]}],
                         ids=[*CONTRADICTIONS, "far from every array"])
def test_nothing_is_accepted_unseen_by_assumptions_that_may_contradict_each_other(more, before):
    data = {**statement(["add", LONG, ONE], LONG, letters=[["i", N]]), **more}
    data["given"] = [*before, *data.get("given", ())]
    data["tensors"] = {**data["tensors"], "x": array(N), "A": MATRIX, "a": array(), "b": array()}
    with pytest.raises(checker.Refused, match="no point was found"):
        checker.second_opinion(data)


@pytest.mark.parametrize("properties", [["positive", "diagonal"], ["orthogonal", "positive"], ["positive", "one_hot"],
                                        ["random", "positive"], ["random", "symmetric law", "one_hot"], ["hollow"]])
def test_properties_that_exclude_each_other_are_refused(properties):
    data = statement(ONE, ONE, tensors={"D": array(N, N, properties=properties)})
    with pytest.raises(checker.Refused, match="exclude"):
        checker.check(dressed(data, {}))


# Multiplying by a matrix: [letter, matrix, 1 or -1 for its transpose] where it does not tell the entries apart.
TIMES = [["i", "A", 1], ["j", "A", 1], ["i", "R", 1], ["i", "x", 1], ["i", "S", 1], ["i", "S", 2], ["i", "S", 0],
         ["q", "S", 1],
         ["@0", "S", 1], ["n", "S", 1], ["i", "r", 1], ["i", "Q", 1], ["i", "T", 1], ["i", "S", None], ["i"], [], "i",
         ["i", "S", 1, 1], ["i", "nobody", 1], [0, "S", 1], ["l", "S", 1], ["l", "S", -1]]


@pytest.mark.parametrize("by", TIMES, ids=map(str, TIMES))
def test_a_factor_that_is_no_square_of_an_invertible_matrix_is_refused(by):
    """Also where the steps make both sides equal: a letter that runs over a part of the rows tells the others nothing."""
    more = {"tensors": {"S": array(N, N, properties=["invertible"]), "r": array(N, N, properties=["random", "invertible"]),
                        "Q": array({"m": 1}, {"m": 1}, properties=["invertible"]), "T": array(N, N, N)},
            "invertible": ["R", "T", "x"], "letters": [["i", N], ["j", N], ["l", {"n": 1, "": -1}]], "independent": [["r"]]}
    data = statement(X, Y, **more)
    with pytest.raises((checker.Refused, *checker.MALFORMED)):
        checker.prove(checker.Statement(data), {"times": [by], "left": [["ring"]], "right": [["ring"]]})
    if by not in (["i", "S", 1], ["j", "S", 1]):
        with pytest.raises((checker.Refused, *checker.MALFORMED)):
            checker.prove(checker.Statement({**data, "right": X}), {"times": [by]})


BRACKETS = [["iv", "ge", {"i": 1, "": -2}], ["iv", "ge", {"n": 1, "i": -1, "": -1}], ["iv", "ge", {"j": 1, "i": -1}],
            ["iv", "eq", {"i": 1, "j": -1}], ["iv", "ge", [[1, ["n", "i"]], [-1, ["n"]], [-1, []]]],
            ["iv", "ge", [[1, ["n", "i"]], [-2, ["n"]], [1, []]]]]
FACTORS = [{"n": 1}, {"": 0}, {"n": 1, "": -1}, {"i": 1}, {"i": 1, "j": -1}, {"": -1}, {"n": -1}, {"m": 1, "n": -1}, 0, -1,
           1, 2, True, [[1, ["n", "n"]]], {"q": 1}, None, 10**30]


@pytest.mark.parametrize("bracket", BRACKETS, ids=map(str, BRACKETS))
def test_no_factor_of_a_goal_proves_what_does_not_follow(bracket):
    """k p + k - 1 >= 0 says that p >= 0 only where k >= 1."""
    draw = random.Random(str(bracket))
    for _ in range(3 * DRAWN):
        pairs = [[draw.choice([draw.randrange(6), [draw.randrange(6), draw.randrange(6)]]), draw.choice([1, 1, 2, 0, -1])]
                 for _ in range(draw.randrange(4))]
        hints = [[draw.choice(FACTORS), pairs], *([draw.choice(FACTORS), [[draw.randrange(6), 1]]] for _ in range(3))]
        for left in ([["holds", [[0]], hints]], [["holds", [[], [bracket[2]], bracket[1] == "eq"], hints]]):
            sides = (bracket, ONE) if left[0][1] == [[0]] else (X, ["mul", bracket, X])
            with pytest.raises((checker.Refused, *checker.MALFORMED)):
                checker.prove(checker.Statement(statement(*sides)), {"left": left})


# Functions of the table: a wrong derivative, or a wrong meaning, whatever one axiom makes of it.
SQUARES = ["pow", ["add", ["pow", A, number(2)], ["pow", B, number(2)]], number(-1)]
WRONG_SLOPES = {
    "an angle by its first": (fn("arctan2", A, B), ["mul", A, SQUARES]),
    "an angle by its second": (fn("arctan2", B, A), ["mul", B, SQUARES]),
    "log gamma by itself": (fn("gammaln", A), fn("gammaln", A)),
    "the order of a derivative": (fn("polygamma", ONE, A), fn("polygamma", ONE, A)),
    "by the order": (fn("polygamma", A, B), fn("polygamma", ["add", A, ONE], B)),
    "digamma twice": (fn("digamma", A), fn("polygamma", number(2), A)),
    "a density as its own integral": (fn("normal_cdf", A), fn("normal_cdf", A)),
    "a density without its sign": (fn("normal_pdf", A), ["mul", A, fn("normal_pdf", A)]),
    "an inverse cosine as an inverse sine": (fn("arccos", A), ["pow", minus(ONE, ["pow", A, number(2)]), ["num", -1, 2]]),
}


@pytest.mark.parametrize("name", WRONG_SLOPES)
def test_no_step_makes_a_wrong_slope_of_a_function_right(name):
    body, result = WRONG_SLOPES[name]
    data = {**statement(None, None), "definitions": [{"name": "L", "letters": [], "shape": [], "body": body}], "primal": "L",
            "rows": [], "variable": "a", "letters": [], "result": result}
    del data["left"], data["right"]
    for steps in ([], [["ring"]], [["function"]], [["at", 0, [["function"]]], ["ring"]], [["ring"], ["ring"]]):
        for other in ([], [["function"]], [["function"], ["ring"]]):
            proof = {"cotangents": [{"of": "a", "letters": [], "term": result, "left": steps, "right": other}]}
            with pytest.raises((checker.Refused, *checker.MALFORMED)):
                checker.prove(checker.Statement(data), proof)


@pytest.mark.parametrize("given", [fn("arctan2", A), fn("arctan2", A, B, A), fn("polygamma", A), fn("gammaln", A, B),
                                   fn("gammaln"), fn("none", A), fn("pi", A), ["sum", "k", N, ONE],
                                   total("k", ONE, N, {"k": 1})])
def test_a_function_has_its_own_number_of_arguments(given):
    with pytest.raises((checker.Refused, *checker.MALFORMED)):
        checker.prove(checker.Statement(statement(given, given)), {})
