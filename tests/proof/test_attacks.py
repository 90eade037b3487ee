"""Statements and steps written by hand to deceive the checker: each is refused, for the reason named, by the steps alone.

The last tests are about what is printed: two statements that say different things are never shown alike.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from symderiv import checker

NIL, ONE, TWO, MINUS, HALF = ["num", 0, 1], ["num", 1, 1], ["num", 2, 1], ["num", -1, 1], ["num", 1, 2]
AT, TO, K, N = {"i": 1}, {"j": 1}, {"k": 1}, {"n": 1}
MATRIX = {"shape": [N, N], "properties": []}


def ent(name: str, *at: Any) -> Any:
    return ["ent", name, list(at)]


def fn(name: str, *args: Any) -> Any:
    return ["fn", name, *args]


def total(letter: str, body: Any, low: Any = None, high: Any = None) -> Any:
    return ["sum", letter, low or {"": 1}, high or N, body]


def array(*shape: Any, **more: Any) -> Any:
    return {"shape": list(shape), "properties": [], **more}


def statement(left: Any, right: Any, **more: Any) -> dict[str, Any]:
    """An identity at i, j <= n about vectors x, y of n, a matrix A, scalars a and b, P of rows that sum to one."""
    return {"sizes": ["n", "m"], "labels": {}, "assumptions": [], "terms": [], "definitions": [], "where": [],
            "invertible": [], "letters": [["i", N], ["j", N]], "left": left, "right": right, **more,
            "tensors": {"x": array(N), "y": array(N), "A": MATRIX, "a": array(), "b": array(), "R": array(N, {"m": 1}),
                        "P": array(N, N, properties=["sums_to_one"]), **more.get("tensors", {})}}


X, XK, A = ent("x", AT), ent("x", K), ent("a")
DELTA, RANGE = ["iv", "eq", {"i": 1, "j": -1}], ["iv", "ge", {"i": 1, "": -1}]
LATER = ["iv", "ge", {"i": 1, "": -2}]
TURNED = {"turned": True, "left": [["unfold"]], "right": [["unfold"]]}
# name -> (left, right, the steps of the left side, words of the refusal, what else the statement says)
ATTACKS: dict[str, tuple[Any, ...]] = {
    "a letter changed by itself": (total("k", XK), total("k", ent("x", {"k": 2})), [["letter", [1, {"@0": 1}]]], "unknown"),
    "a letter changed by another that is not there": (total("k", XK), ONE, [["letter", [1, {"q": 1}]]], "unknown letter"),
    "a letter changed by a multiple": (total("k", XK), ONE, [["letter", [2, {}]]], "not a change"),
    "a letter that is only turned": (total("k", XK), ONE, [["letter", [True, {}]], ["sift", [0]]], "not a delta"),
    "a delta of twice the letter": (total("k", ["mul", ["iv", "eq", {"k": 2, "i": -1}], XK]), X, [["sift", [0]]], "delta"),
    "a delta of a product with the letter": (
        total("k", ["mul", ["iv", "eq", [[1, ["n", "k"]], [-1, ["i"]]]], XK]), X, [["sift", [0]]], "delta"),
    "a delta that is an inequality": (total("k", ["mul", ["iv", "ge", {"k": 1, "i": -1}], XK]), X, [["sift", [0]]], "delta"),
    "nothing to take out": (X, X, [["out"], ["ring"]], "not a sum"),
    "a sum into a quotient": (["pow", total("k", XK), MINUS], ONE, [["into", [0]]], "not a power"),
    "a sum into half a power": (["pow", total("k", XK), HALF], ONE, [["into", [0]]], "not a power"),
    "sums exchanged whose ranges hang together": (
        total("k", total("l", ent("A", K, {"l": 1}), {"": 1}, K)), ONE, [["exchange", [[1, 0]]], ["exchange", [[1, 1]]]],
        "not a sum"),
    "a row that is read beyond the last": (total("k", ent("P", {"i": 1, "": 1}, K)), ONE, [["total"]], "differ"),
    "a total of half a row": (total("k", ent("P", AT, K), None, {"n": 1, "": -1}), ONE, [["total"]], "not the whole"),
    "a total of a column": (total("k", ent("P", K, AT)), ONE, [["total"]], "not the whole"),
    "a total that nobody declared": (total("k", ent("A", AT, K)), ONE, [["total"]], "not the whole"),
    "a total of a diagonal": (total("k", ent("P", K, K)), ONE, [["total"]], "not the whole"),
    "too few counted": (total("k", ONE), ["val", {"n": 1, "": -1}], [["count"]], "differ"),
    "an empty range counted": (total("k", ONE, {"": 2}, {"n": 1, "": -1}), ["val", {"n": 1, "": -2}], [["count"]], "differ"),
    "a count of what is not 1": (total("k", XK), ["val", N], [["count"]], "."),
    "a quotient cancelled": (["mul", X, ["pow", X, MINUS]], ONE, [["ring", [], ["where"]]], "condition"),
    "a quotient cancelled by a sign that is not known": (
        ["mul", A, ["pow", A, MINUS]], ONE, [["ring", [], ["pos"]]], "sign"),
    "over a denominator that is 0": (
        A, ent("b"), [["over", [["add", A, ["mul", MINUS, A]]], ["where"]]], "condition"),
    "a root of a square": (["pow", ["pow", A, TWO], HALF], A, [["ring", [], ["split", "where"]]], "condition"),
    "roots joined": (["mul", ["pow", A, HALF], ["pow", A, HALF]], A, [["ring", [], ["where"]]], "condition"),
    "a logarithm of a square": (fn("log", ["pow", A, TWO]), ["mul", TWO, fn("log", A)], [["log", [], ["where"]]], "cond"),
    "a logarithm of a square, its base excused": (
        fn("log", ["pow", A, TWO]), ["mul", TWO, fn("log", A)], [["log", [0], ["where"]]], "cond"),
    "a logarithm of a product of which one factor is excused": (
        fn("log", ["mul", A, ent("b")]), ["add", fn("log", A), fn("log", ent("b"))], [["log", [0], ["where"]]], "cond"),
    "a logarithm of minus one": (fn("log", MINUS), NIL, [["log"]], "negative"),
    "a logarithm of nought": (fn("log", NIL), NIL, [["log"]], "log 0"),
    "an exponential of a logarithm": (
        fn("exp", ["mul", TWO, fn("log", A)]), ["pow", A, TWO], [["exp", [], ["pos"]]], "sign"),
    "a power of a negative number": (["pow", ["mul", MINUS, A], ["val", N]], ONE, [["power", [], ["pos"]]], "sign"),
    "a power of a position that may be nought": (
        ["pow", ["val", {"n": 1, "": -1}], A], ONE, [["power", [], ["pos", 1, [1, [[0, 1]]]]]], "sign"),
    "a matrix that is not symmetric": (ent("A", AT, TO), ent("A", TO, AT), [["declared", ["symmetric"]]], "not declared"),
    "a rectangle that is declared symmetric": (
        ent("S", AT, AT), ent("S", AT, AT), [["declared", ["symmetric"]]], "square",
        {"tensors": {"S": array(N, {"m": 1}, properties=["symmetric"])}}),
    "a matrix that is not diagonal": (
        ent("A", AT, TO), ["mul", DELTA, ent("A", AT, TO)], [["declared", ["diagonal"]]], "declared"),
    "a rotation that is declared symmetric alone": (
        ent("S", AT, TO), ["mat", "inv", "S", [TO, AT]], [["declared", ["orthogonal"]]], "not declared",
        {"tensors": {"S": array(N, N, properties=["symmetric"])}}),
    "a singular matrix inverted": (
        total("k", ["mul", ent("A", AT, K), ["mat", "inv", "A", [K, TO]]]), DELTA, [["inverse"]], "singular"),
    "a product with the transposed inverse": (
        total("k", ["mul", ent("A", AT, K), ["mat", "inv", "A", [TO, K]]]), DELTA, [["inverse"]], "product",
        {"invertible": ["A"]}),
    "an inverse of a rectangle": (["mat", "inv", "R", [AT, TO]], ONE, [], "axes"),
    "a bracket that holds by nothing": (["mul", DELTA, X], X, [["holds", [[0]]], ["holds", [[1]]]], "hint|bracket"),
    "a bracket that holds by a negative multiplier": (
        ["mul", LATER, X], X, [["holds", [[0]], [[1, [[2, -1]]]]]], "multiplier"),
    "a bracket that holds by itself": (LATER, ONE, [["holds", [[0]], [[1, [[6, 1]]]]]], "range"),
    "a bracket that holds by the last fact from behind": (
        LATER, ONE, [["holds", [[0]], [[1, [[-1, 1]]]]]], "fact"),
    "a bracket that holds for no multiple": (LATER, ONE, [["holds", [[0]], [[0, []]]]], "multiplier"),
    "a bracket that holds by a true number": (LATER, ONE, [["holds", [[0]], [[True, []]]]], "integer"),
    "a bracket that holds by very large numbers": (
        LATER, ONE, [["holds", [[0]], [[2**70, [[2, 2**70]]]]]], "integer"),
    "a bracket that fails by nothing": (["iv", "ge", {"i": 1, "": -1}], NIL, [["fails", [-1], [[1, []]]]], "follow"),
    "a bracket that fails on the wrong side": (["iv", "ge", {"i": 1, "": -1}], NIL, [["fails", [1]]], "bracket"),
    "an end moved by two": (["iv", "ge", AT], ["iv", "ge", {"i": 1, "": 2}], [["end", [2]]], "not an end"),
    "an end forgotten": (RANGE, LATER, [["end", [-1]]], "differ"),
    "a letter put for another without a delta": (
        ["mul", RANGE, ent("A", AT, TO)], ent("A", TO, TO), [["equal", [0, "i"]]], "delta"),
    "half a letter put for another": (
        ["mul", ["iv", "eq", {"i": 2, "j": -1}], X], X, [["equal", [-1, "i"]], ["equal", [0, "i"]]], "delta"),
    "a support that a definition does not have": (X, ["mul", LATER, X], [["support", [[0, 1]]]], "differ"),
    "a name unfolded beyond its range": (
        ent("v", {"i": 1, "": 1}), ["add", ONE, ent("x", {"i": 1, "": 1})], [["unfold"]], "differ",
        {"definitions": [{"name": "v", "letters": ["p"], "shape": [N], "body": ["add", ONE, ent("x", {"p": 1})]}]}),
    "a name unfolded within a range that it leaves": (
        ent("v", {"i": 1, "": 1}), ONE, [["unfold", [True], [[1, [[3, 1]]], [1, [[2, 1]]]]]], "follow",
        {"definitions": [{"name": "v", "letters": ["p"], "shape": [N], "body": ONE}]}),
    "a name unfolded at a place outside every range": (
        ent("v", {}), ONE, [["unfold", [True]]], "not a bracket",
        {"definitions": [{"name": "v", "letters": ["p"], "shape": [N], "body": ONE}]}),
    "a tensor unfolded": (X, ONE, [["unfold"]], "no name"),
    "a definition in itself": (X, X, [], ".", {"definitions": [
        {"name": "v", "letters": ["p"], "shape": [N], "body": ent("v", {"p": 1})}]}),
    "a definition with a letter from outside": (X, X, [], "letters of a definition", {"definitions": [
        {"name": "v", "letters": ["p"], "shape": [N], "body": ent("A", {"p": 1}, AT)}]}),
    "a definition with one letter for two axes": (X, X, [], "letters of a definition", {"definitions": [
        {"name": "v", "letters": ["p", "p"], "shape": [N, N], "body": ONE}]}),
    "a case that is not one": (A, ONE, [["cases", [A]]], "not a case"),
    "a case with a bound letter": (
        total("k", ["mul", ["iv", "ge", {"k": 1, "": -2}], XK]), ONE,
        [["cases", [["iv", "ge", {"@0": 1, "": -2}]]]], "unknown"),
    "a step of what is at least nought": (fn("heaviside", fn("relu", A)), ONE, [["positive", [], ["pos"]]], "sign"),
    "a step turned over at the kink": (
        fn("heaviside", ["mul", MINUS, A]), ["add", ONE, ["mul", MINUS, fn("heaviside", A)]], [["step"]], "differ"),
    "a step turned over beside a quotient": (
        ["mul", ["pow", A, MINUS], fn("heaviside", ["mul", MINUS, A])], ONE, [["step"]], None),
    "an exponential that is odd": (fn("exp", ["mul", MINUS, A]), fn("exp", A), [["parity"]], "neither"),
    "a range of one letter too few": (
        ["mul", ["iv", "ge", {"n": 1, "i": -1, "": -1}], X], X, [["holds", [[0]], [[1, [[4, 1]]]]]], "follow"),
    "a label beyond its array": (
        ["iv", "ge", [[1, [["label", "ys", [{"i": 1, "": 1}]]]], [-1, []]]], ONE,
        [["holds", [[0]], [[1, [["lo:0", 1]]], [1, []], [1, []]]]], "follow", {"labels": {"ys": {"size": N, "shape": [N]}}}),
    "a quotient by what may be nought": (
        ["iv", "ge", [[1, ["i"]], [-1, [["floor", AT, {"n": 1, "": -1}]]]]], ONE,
        [["holds", [[0]], [[1, [["lo:0", 1]]], [1, [[0, 1]]]]]], "follow"),
    "a lemma that proves itself": (
        ent("v", AT), ent("w", AT), [["lemma", ["w"]]], "not proved before", {"definitions": [
            {"name": "v", "letters": ["p"], "shape": [N], "body": ent("x", {"p": 1})},
            {"name": "w", "letters": ["q"], "shape": [N], "body": ent("y", {"q": 1})}],
            "lemmas": [{"names": ["v", "w"], "letters": ["e"], "left": [["lemma", ["w"]]]}]}),
    "a lemma about other lengths": (ent("v", AT), ent("w", AT), [["lemma", ["w"]]], "different shapes", {"definitions": [
        {"name": "v", "letters": ["p"], "shape": [N], "body": ONE},
        {"name": "w", "letters": ["q"], "shape": [{"m": 1}], "body": ONE}],
        "lemmas": [{"names": ["v", "w"], "letters": ["e"], "left": [["unfold"]], "right": [["unfold"]]}]}),
    "a matrix taken for its transpose by a lemma about itself": (
        ent("v", AT, TO), ent("v", TO, AT), [["lemma", ["v", -1]]], "not proved before", {"definitions": [
            {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ent("A", {"p": 1}, {"q": 1})}],
            "lemmas": [{"names": ["v", "v"], "letters": ["e", "f"]}]}),
    "a lemma about a transpose that is no word": (
        ent("v", AT, TO), ent("v", TO, AT), [["lemma", ["v", -1]]], "not proved before", {"definitions": [
            {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ent("A", {"p": 1}, {"q": 1})}],
            "lemmas": [{"names": ["v", "v"], "letters": ["e", "f"], "turned": -1}]}),
    "a symmetry that is not proved": (
        ent("v", AT, TO), ent("v", TO, AT), [["lemma", ["v", -1]]], "differ", {"definitions": [
            {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ent("A", {"p": 1}, {"q": 1})}],
            "lemmas": [{"names": ["v", "v"], "letters": ["e", "f"], **TURNED}]}),
    "a symmetry of a rectangle": (
        ent("v", AT, AT), ent("v", AT, AT), [], "different shapes", {"definitions": [
            {"name": "v", "letters": ["p", "q"], "shape": [N, {"m": 1}], "body": ONE}],
            "lemmas": [{"names": ["v", "v"], "letters": ["e", "f"], **TURNED}]}),
    "a product along the rows of a symmetric matrix": (
        ["mat", "prod", "v", [AT]], ONE, [["lemma", ["v", -1]]], "not proved", {"definitions": [
            {"name": "v", "letters": ["p", "q"], "shape": [N, N], "body": ONE}],
            "lemmas": [{"names": ["v", "v"], "letters": ["e", "f"], **TURNED}]}),
    "a size twice": (X, X, [], "or twice", {"sizes": ["n", "m", "n"]}),
    "a size that is named as a tensor": (X, X, [], "no new name", {"sizes": ["n", "m", "x"]}),
    "a size that is named as a letter on the way": (X, X, [], "no new name", {"sizes": ["n", "m", "@0"]}),
    "a letter that is a size": (X, X, [], "no new name", {"letters": [["n", N]]}),
    "a letter twice": (X, X, [], "fit no shape", {"letters": [["i", N], ["i", N]]}),
    "a letter that nobody declared": (ent("x", {"z": 1}), ent("x", {"z": 1}), [], "unknown letter"),
    "a sum whose range reads its letter": (total("k", ONE, K, N), ONE, [], "own letter"),
    "a sum without ends": (["all", "k", XK], ONE, [], "without ends"),
    "a sum that ends on one side": (["all", "k", ["mul", ["iv", "ge", K], XK]], ONE, [], "without ends"),
    "an entry with too few places": (ent("A", AT), ONE, [], "axes"),
    "a letter from the inside": (ent("x", [[1, [0]]]), ONE, [], "."),
    "an expectation of what is fixed": (fn("E", A), ent("b"), [["moment"]], "."),
    "an expectation of a quotient": (
        fn("E", ["pow", ent("r"), MINUS]), ["pow", ent("b"), MINUS], [["moment"]], "not a power",
        {"tensors": {"r": array(properties=["random"], moments=["b"])}, "independent": [["r"]]}),
    "a moment that is not declared": (
        fn("E", ["pow", ent("r"), TWO]), ["pow", ent("b"), TWO], [["moment"]], ".",
        {"tensors": {"r": array(properties=["random"], moments=["b"])}, "independent": [["r"]]}),
    "what depends on each other": (
        fn("E", ["mul", ent("r"), ent("s")]), ONE, [["independent", [[0]]]], "depend",
        {"tensors": {"r": array(properties=["random"]), "s": array(properties=["random"])}, "independent": [["r"], ["s"]]}),
    "entries that depend on each other": (
        fn("E", ["mul", ent("r", AT), ent("r", TO)]), ONE, [["independent", [[0]]]], "depend",
        {"tensors": {"r": array(N, properties=["random"])}, "independent": [["r"]]}),
    "a mirror image of a law that has none": (
        fn("E", ent("r")), NIL, [["mirror", ["r"]], ["at", 0, [["ring"]]], ["expect"]], "symmetric",
        {"tensors": {"r": array(properties=["random"])}, "independent": [["r"]]}),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_refused_by_its_steps(attack):
    left, right, steps, words, *more = attack
    given = dict(more[0]) if more else {}
    proof = {"left": steps, "lemmas": given.pop("lemmas", [])}
    with pytest.raises((checker.Refused, *checker.MALFORMED), match=words):
        checker.prove(checker.Statement(statement(left, right, **given)), proof)


def derivative(body: Any, result: Any, **more: Any) -> dict[str, Any]:
    """d L/d a = result, where L is a body."""
    return {**statement(None, None), "definitions": [{"name": "L", "letters": [], "shape": [], "body": body}], "primal": "L",
            "rows": [], "variable": "a", "letters": [], "result": result, "left": None, **more}


def gradient(body: Any, result: Any, steps: Any = (), **more: Any) -> tuple[Any, Any]:
    """The statement that d L/d a is the result, and a proof in one step."""
    data = derivative(body, result, **more)
    del data["left"], data["right"]
    return data, {"cotangents": [{"of": "a", "letters": [], "term": result, "left": list(steps)}]}


DERIVATIVES = {
    "what is held": gradient(["mul", A, fn("stop_gradient", A)], ["mul", TWO, A], [["ring"]]),
    "a kink from the other side": gradient(
        fn("relu", A), ["add", ONE, ["mul", MINUS, fn("heaviside", ["mul", MINUS, A])]], [["ring"]]),
    "a square": gradient(["pow", A, TWO], A, [["ring"]]),
    "a rounding that moves": gradient(fn("round", A), ONE, [["ring"]]),
    "an expectation": gradient(fn("E", A), ONE, [["ring"]]),
    "what is not read": gradient(ent("b"), ONE),
}


@pytest.mark.parametrize("forged", DERIVATIVES.values(), ids=DERIVATIVES)
def test_a_false_derivative_is_refused_by_its_steps(forged):
    with pytest.raises((checker.Refused, *checker.MALFORMED)):
        checker.prove(checker.Statement(forged[0]), forged[1])


def dressed(data: Any, proof: Any) -> dict[str, Any]:
    return {"version": checker.VERSION, "statement": data, "steps": proof, "digest": checker.digest(data)}


TRUE = gradient(["pow", A, TWO], ["mul", TWO, A], [["ring"]])


def test_a_false_identity_beside_a_true_derivative_is_not_shown():
    assert checker.check(dressed(*TRUE))
    with pytest.raises(checker.Refused, match="an identity, or a derivative"):
        checker.check(dressed({**TRUE[0], "left": ONE, "right": TWO}, TRUE[1]))


@pytest.mark.parametrize("given", [["ent", "y", "x", [AT]], ["val", N, AT], ["num", 1, 1, 2], ["pow", A, A, A],
                                   ["mat", "inv", "det", "A", [AT, TO]], ["const", "pi", "pi"],
                                   ["iv", "ge", N, AT], [*total("k", XK), XK]])
def test_a_term_has_no_part_that_only_the_print_would_show(given):
    with pytest.raises((checker.Refused, *checker.MALFORMED)):
        checker.prove(checker.Statement(statement(given, given, invertible=["A"])), {})


def test_a_name_does_not_keep_numbers_from_being_looked_at():
    """From -1 >= 0 everything follows by steps; a point would tell, and there is none."""
    far, fails = {"i": 1, "n": -1, "": -5}, ["fails", [-1], [[1, [[4, 1]]]]]
    accepted = 0
    for name in ("random", "x"):
        data = statement(ent("y", AT), NIL, assumptions=[{"": -1}], tensors={name: array(N)}, letters=[["i", N]])
        for bracket in (0, 1):
            proof = {"left": [["holds", [[], [far]], [[1, [[[2, 4], 1], [2, 5]]]]], ["at", bracket, [fails]]]}
            with contextlib.suppress(checker.Refused):
                checker.prove(checker.Statement(data), proof)
                accepted += 1
                with pytest.raises(checker.Refused, match="no point was found"):
                    checker.check(dressed(data, proof))
    assert accepted == 2


def test_a_look_at_numbers_ends():
    side = ["mat", "logdet", "B", []]
    large = statement(side, side, tensors={"B": array({"": 12}, {"": 12})}, invertible=["B"])
    assert "not looked at in numbers" in checker.check(dressed(large, {}))
    many = statement(A, A, where=[["ne", [f"l{k}" for k in range(40)], [], A]])
    with pytest.raises(checker.Refused, match="no point was found"):
        checker.check(dressed(many, {}))


SHOWN = {
    "a product of a sum, and a sum of products": (
        ["mul", total("i", X), ent("y", AT)], total("i", ["mul", X, ent("y", AT)])),
    "a power of a sum, and a sum of powers": (["pow", total("i", X), TWO], total("i", ["pow", X, TWO])),
    "a power of a product": (["pow", ["mul", A, ent("b")], TWO], ["mul", A, ["pow", ent("b"), TWO]]),
    "a power of a quotient": (["pow", HALF, A], ["mul", ONE, ["pow", TWO, A]]),
    "a sign inside a power": (["pow", MINUS, TWO], ["mul", MINUS, ["pow", ONE, TWO]]),
    "pi by name": (["const", "pi"], ent("π")),
    "letters of two alphabets": (ent("b"), ent("\u042c")),
    "a long sum, and one that ends otherwise": (
        ["add", *[ent("x", {"": k}) for k in range(99)]],
        ["add", *[ent("x", {"": k}) for k in range(98)], ent("x", {"": 7})]),
    "a long part in two places": (
        ["mul", A, fn("exp", ["add", *[ent("x", {"": k}) for k in range(99)]])],
        ["mul", A, fn("exp", ["add", *[ent("x", {"": k}) for k in range(98)], ent("x", {"": 7})])]),
}


@pytest.mark.parametrize("pair", SHOWN.values(), ids=SHOWN)
def test_what_means_something_else_is_shown_otherwise(pair):
    names = {"tensors": {"π": array(), "\u042c": array()}}
    first, second = (checker.show_statement(statement(side, ONE, **names), False) for side in pair)
    assert first.partition("; for all")[0] != second.partition("; for all")[0]
    assert all(text.isprintable() and "\u042c" not in text for text in (first, second))


def test_everything_that_a_statement_says_is_shown():
    data = statement(X, ONE, letters=[["i", {"n": 1, "": -5}]], labels={"ys": {"size": {"m": 3}, "shape": [N]}},
                     where=[["ne", ["k"], [{"k": 1, "": -7}], A]], tensors={"x": array({"": 4}, properties=["positive"])},
                     definitions=[{"name": "v", "letters": ["p"], "shape": [{"m": 9}], "body": ent("y", {"p": 1})}])
    shown = checker.show_statement(data, False)
    for said in ("i≤n-5", "ys[n]≤3·m", "a ≠ 0 where k-7 ≥ 0", "x[4] positive", "v[9·m]", "v[p] := y[p]", "A[n,n]"):
        assert said in shown, shown


def test_a_refusal_is_one_line_without_signs_that_move_the_cursor(tmp_path, capsys):
    path = tmp_path / "c.json"
    path.write_text(json.dumps(dressed(statement(X, X), {"left": [["ring\nc.json: accepted: 1 = 2\u202e\x1b[2K"]]})))
    assert checker.main([str(path)]) == 1
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1 and "REFUSED" in printed and printed.strip().isprintable()
