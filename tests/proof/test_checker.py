"""The checker against what is false, forged or hostile: refused, and never a crash."""

from __future__ import annotations

import contextlib
import copy
import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from sympy import Abs, floor, log

import symderiv as sd
from symderiv import checker
from symderiv.arrays.arrays import as_expr
from symderiv.proof.certify.certificates import identity
from symderiv.proof.certify.normal import Normaliser
from symderiv.proof.certify.search import Recorder

T, n, m = sd.dims("T n m")
i, j, k = sd.indices("i j k", n)
t = sd.indices("t", T)
S = sd.Sum
A, x, z, w, u = sd.tensor("A", n, n), sd.tensor("x", n), sd.tensor("z", T, n), sd.tensor("w", T), sd.tensor("u", T)
P = sd.tensor("P", T, n, sums_to_one=True)
ys = sd.label("ys", n, shape=(T,))
Q, D = sd.tensor("Q", n, n, orthogonal=True), sd.tensor("D", n, n, diagonal=True)
a, b = sd.tensor("a"), sd.tensor("b")

FALSE = {
    "a corner by one letter for two axes": (S(A[i, j], (i, 1, n - 1), (j, 1, n - 1)),
                                            sd.trace(A) - S(A[n, k], k) - (n - 1) * A[n, n]),
    "an inner sum that is empty at n = 1": (S(x[i], (i, 2, n - 1)), sd.sum(x) - x[1] - x[n]),
    "a row read outside its range": (S(P[t + 1, i], t, i), S(P[t, i], t, i)),
    "a label read outside its range": (S(sd.delta(i, ys[t + 1]) * w[t], t, i), sd.sum(w)),
    "nought to the power nought": (S(u[t + 1]**(n - 1), t), S(u[t]**(n - 1), t) - u[1]**(n - 1)),
    "a value without its sign": (Abs(b), b),
    "a function without its bound": (sd.tanh(a + 20), 1 + 0 * a),
    "a coefficient that is small": (a / 10**10, 0 * a),
    "a polynomial with six roots": ((n - 1) * (n - 2) * (n - 3) * (n - 4) * (n - 5) * (n - 6) * a, 0 * a),
    "a logarithm without its domain": (log(a**2), 2 * log(a)),
    "a sign lost": (sd.tanh(z), sd.tanh(-z)),
    "a factor lost": (S(x[i], i, j), S(x[i], i)),
    "the other function": (sd.tanh(a), sd.sigmoid(a)),
    "the sum of too few numbers": (S(i, (i, 1, n)), n * (n - 1) / 2 + 0 * a),
    "the other end cut off": (S(x[i], (i, 2, n)), sd.sum(x) - x[2]),
    "a stride forgotten": (S(x[2 * i], i), S(x[i], i)),
    "half of a range": (S(x[i], (i, 1, floor(n / 2))), S(x[i], (i, 1, floor((n - 1) / 2)))),
    "a rotation twice": (Q @ Q, sd.eye(n)),
    "a diagonal on the other side": (D @ A, A @ D),
    "a sine of a sum": (sd.sin(x + a), sd.sin(x) + sd.sin(a)),
    "an arc beyond its branch": (sd.arctan(sd.tan(a)), a),
    "a root without its sign": (sd.sqrt(a**2), a),
    "an inverse in the wrong order": (sd.inv(A @ Q) @ x, sd.inv(A) @ sd.inv(Q) @ x),
    "a determinant of a multiple, its power forgotten": (sd.det(3 * A), 3 * sd.det(A)),
    "a determinant of a sum": (sd.det(A + Q), sd.det(A) + sd.det(Q)),
    "a product of numbers that may be negative": (sd.prod(x), sd.exp(S(sd.log(x[i]**2) / 2, i))),
    "a case forgotten": (sd.exp(sd.relu(a)), sd.exp(a) * sd.heaviside(a)),
    "a bound above forgotten": (sd.clip(a, 0, 6), sd.relu(a)),
    "a bound of nine": (Abs(a + 9), a + 9),
    "a sixth of a rectifier": (sd.clip(a, 0, 6), sd.clip(a, 0, 7)),
    "a product under a logarithm": (log(a * b), log(a) + log(b)),
    "a quotient that is 0 at first": (floor(n / 9) * a, 0 * a),
    "the sum of three numbers": (S(i, (i, 1, 3)) + 0 * a, 7 + 0 * a),
    "the product of three numbers": (sd.prod(A @ x), 7 * sd.sum(x)),
    "numbers that are nearly one": (100000000 * a, 100000001 * a),
    "whole numbers that are nearly one": (100000000 + 0 * a, 100000001 + 0 * a),
    "what is plus one": (a + 1, a),
    "a conclusion from one product": (A, Q),
    "a factor taken for a label": (x[sd.label("y", n)], sd.sum(x) * sd.delta(i, sd.label("y", n))),
    "a slash before two letters": (a / 2 * b, a / (2 * b)),
    "an entrywise exponential": (sd.exp(A), sd.exp(A) @ sd.eye(n) + A),
    "a row of a gradient read outside": (sd.softmax(z)[t, i] - P[t + 1, i],
                                         (sd.softmax(z)[t, i] - P[t + 1, i]) * sd.iverson(t < T)),
    "a total of rows that are next to each other": (S((sd.softmax(z)[t + 1, i] - sd.softmax(z)[t, i]) * w[t], t, i), 0 * a),
    "a one-hot vector squared": (S(sd.delta(i, ys[t])**2, i), 2 + 0 * u[t]),
    "a sum that is empty": (S(sd.tanh(x[j]) * x[i], (j, i, n), (i, 1, n - 2)), x[1] * S(sd.tanh(x[j]), j)),
    "few numbers more": (S(sd.heaviside(a) * x[j] * sd.delta(i, j + 1), i, j), S(x[j], j) * sd.heaviside(a)),
}
OTHERS = (lambda: sd.prove(sd.tanh(a), 2 * sd.sigmoid(2 * a) - 1), lambda: sd.prove(sd.sum(sd.softmax(x)), 1))


def dressed(statement, steps):
    return {"version": checker.VERSION, "statement": statement, "steps": steps, "digest": checker.digest(statement)}


def attempts(statement):
    """Proofs that a liar would try: none, both normal forms, those of others."""
    yield {}
    for claim in OTHERS:
        yield claim().certificate()["steps"]
    script = {"hints": iter(()), "fuel": 10**9, "made": [], "where": {}, "allow": True, "farkas": {}, "inverted": {}}
    given = checker.Statement(statement)
    facts = checker.over(Recorder(given, given.known, (), script), [p[0] for p in statement["letters"]],
                         [given.position(p[1]) for p in statement["letters"]])
    every = frozenset(name for name, tensor in given.tensors.items() if tensor.body is not None)
    sides = [Normaliser(every).normal(facts, given.term(statement[side])) for side in ("left", "right")]
    yield {"left": sides[0][1], "right": sides[1][1]}


@pytest.fixture(autouse=True)
def as_deep_as_before():
    """The checker's command lets Python go deeper, which is for its own process."""
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("sides", FALSE.values(), ids=FALSE)
def test_a_false_statement_has_no_proof(sides):
    statement, _, _ = identity(*map(as_expr, sides))
    for steps in attempts(statement):
        with pytest.raises(checker.Refused):
            checker.check(dressed(statement, steps))
        with pytest.raises((checker.Refused, *checker.MALFORMED)):      # by its steps alone, not only by numbers
            checker.prove(checker.Statement(statement), steps)


CERTIFICATE = sd.derive(sd.cross_entropy(sd.tensor("W", m, n) @ x, sd.label("y", m)), sd.tensor("W", m, n)).certificate()


def test_a_kept_digest_binds_the_statement():
    forged = copy.deepcopy(CERTIFICATE)
    forged["statement"]["words"] = "dL/dW = 0"
    with pytest.raises(checker.Refused, match="digest"):
        checker.check(forged)


@pytest.mark.parametrize("at", range(len(CERTIFICATE["steps"]["cotangents"])))
def test_every_reader_must_be_counted(at):
    forged = copy.deepcopy(CERTIFICATE)
    forged["steps"]["cotangents"].pop(at)
    with pytest.raises(checker.Refused):
        checker.check(forged)


def test_a_cotangent_is_worked_out_once():
    forged = copy.deepcopy(CERTIFICATE)
    forged["steps"]["cotangents"].append(forged["steps"]["cotangents"][0])
    with pytest.raises(checker.Refused):
        checker.check(forged)


def test_conditions_cannot_be_removed():
    certificate = sd.prove(S(x[k] / sd.sum(x), k), 1).certificate()
    assert certificate["statement"]["where"]
    statement = {**certificate["statement"], "where": []}
    with pytest.raises(checker.Refused, match="condition"):
        checker.check(dressed(statement, certificate["steps"]))


@pytest.mark.parametrize("kind", ["add", "lt", "le", "eq", "sub", ""])
def test_what_is_assumed_is_a_sign_that_is_known(kind):
    c, z = sd.tensor("c"), sd.tensor("z", n)
    certificate = sd.prove(sd.abs(c * z), -c * z, assuming=[c < 0, z > 0]).certificate()
    for at in range(len(certificate["statement"]["given"])):
        statement = copy.deepcopy(certificate["statement"])
        statement["given"][at][0] = kind
        with pytest.raises(checker.Refused):
            checker.prove(checker.Statement(statement), certificate["steps"])


def test_a_singular_matrix_is_not_inverted_unsaid():
    certificate = sd.derive(sd.logdet(A), A).certificate()
    statement = {**certificate["statement"], "invertible": []}
    with pytest.raises(checker.Refused, match="singular"):
        checker.check(dressed(statement, certificate["steps"]))


HOSTILE = {
    "no JSON": "{", "a list": "[]", "a number": "17", "not a number": '{"version": NaN}', "a float": '{"version": 1.0}',
    "a key twice": '{"version": 1, "version": 1}', "deep": "[" * 100_000, "long number": "9" * 100_000,
    "no statement": '{"version": 1, "statement": null, "steps": {}, "digest": ""}', "nothing": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(text, tmp_path):
    (tmp_path / "c.json").write_text(text)
    assert checker.main([str(tmp_path / "c.json")]) == 1


def doubled(depth):
    """A table whose every row reads the row before twice, each time beside another term."""
    rows = [["ent", "x", [{"k": 1}]]]
    for _ in range(depth):
        rows.append(["add", ["mul", len(rows) - 1, ["num", 2, 1]], ["pow", len(rows) - 1, ["num", 3, 1]]])
    return rows


BLOWN_UP = {
    "terms that double": {"terms": doubled(40), "left": 40, "right": 40},
    "a sum over very many": {"terms": [["sum", "j", {"": 1}, {"": 10**15}, ["num", 1, 1]]], "left": 0, "right": 0},
    "a sum of terms that double": {"terms": [*doubled(30), ["sum", "k", {"": 1}, {"n": 1}, 30]], "left": 31, "right": 31},
    "a term in itself": {"terms": [["mul", 0, 0]], "left": 0, "right": 0},
    "a tower of powers": {"terms": [["pow", ["num", 9, 1], ["pow", ["num", 9, 1], ["num", 9, 1]]]], "left": 0, "right": 0},
    "a row that is no term": {"terms": [None], "left": 0, "right": 0},
}


@pytest.mark.parametrize("given", BLOWN_UP.values(), ids=BLOWN_UP)
def test_what_blows_up_is_refused_in_bounded_work(given):
    statement = {"sizes": ["n"], "labels": {}, "tensors": {"x": {"shape": [{"n": 1}], "properties": []}}, "assumptions": [],
                 "definitions": [], "where": [], "invertible": [], "letters": [["k", {"n": 1}]], **given}
    for steps in ({}, {"left": [["ring"]], "right": [["ring"]]}):
        with contextlib.suppress(checker.Refused):          # x = x is true, however long it is
            checker.check(dressed(statement, steps))


def test_the_axioms_are_printed_as_mathematics(capsys):
    assert checker.main(["--axioms"]) == 0
    printed = capsys.readouterr().out
    assert all(re.search(rf"^{name}\b", printed, re.MULTILINE) for name in checker.AXIOMS)
    assert "Σ_k [c k + p = 0] f(k) = f(-c p)" in printed


def test_the_checker_imports_the_standard_library_alone():
    lines = Path(checker.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 900
    names = {name for line in lines for name in re.findall(r"^(?:from|import) ([\w, ]+?)(?: import|$)", line)}
    assert {part for name in names for part in name.split(", ")} <= sys.stdlib_module_names


def test_the_example_of_the_documentation_is_accepted():
    page = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text(encoding="utf-8")
    example = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])
    assert checker.check(example) in page


def test_the_command_says_which_step_is_refused(tmp_path):
    forged = copy.deepcopy(CERTIFICATE)
    forged["steps"]["cotangents"][-1]["left"].insert(0, ["sift", [0]])
    (tmp_path / "c.json").write_text(json.dumps(forged))
    run = [sys.executable, "-I", "-S", checker.__file__, str(tmp_path / "c.json")]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 1 and "REFUSED: sift: " in done.stdout


def test_several_statements_need_a_proof_each():
    both = sd.derive(sd.tanh(A @ x), (A, x)).certificate()
    assert set(both["statement"]) == {"all"} and checker.check(both)
    steps = both["steps"]["all"]
    for forged in ({"all": steps[:1]}, {"all": steps[::-1]}, {"all": [*steps, steps[0]]}, {"all": []}, steps[0]):
        with pytest.raises(checker.Refused):
            checker.check(dressed(both["statement"], forged))
    for statement in ({"all": []}, {"all": [both["statement"]]}, {"all": both["statement"]}):
        with pytest.raises(checker.Refused):
            checker.check(dressed(statement, {"all": []}))


def test_what_is_held_is_not_differentiated_again():
    """A gradient written with a stop-gradient has another derivative than the second one."""
    assert "held" in sd.hessian(sd.sum(x**2 * sd.stop_gradient(x)), x).uncertified


def test_a_product_with_a_place_left_out_has_no_rows_to_exchange():
    """Π over a row without one entry is not that over a column, of however symmetric a matrix."""
    terms = [["mat", "prod", "S", [{"i": 1}, {"k": 1}]], ["mat", "prod", "S", [{"k": 1}, {"i": 1}]]]
    statement = {"sizes": ["n"], "labels": {}, "tensors": {"S": {"shape": [{"n": 1}] * 2, "properties": ["symmetric"]}},
                 "assumptions": [], "definitions": [], "where": [], "invertible": [], "terms": terms, "left": 0, "right": 1,
                 "letters": [["i", {"n": 1}], ["k", {"n": 1}]]}
    with pytest.raises(checker.Refused, match="not an entry of a matrix"):
        checker.prove(checker.Statement(statement), {"left": [["declared", ["symmetric"]]]})


def test_a_certificate_of_another_version_is_told_so():
    certificate = OTHERS[0]().certificate()
    assert certificate["version"] == checker.VERSION and checker.check(certificate)
    for version in (1, 2, True, "3", 4, None):
        with pytest.raises(checker.Refused, match="make the certificate anew"):
            checker.check({**certificate, "version": version})
    with pytest.raises(checker.Refused, match="other parts"):
        checker.check({"version": 1})


@pytest.mark.parametrize("layers", [2, 400])
def test_definitions_are_followed_however_deep_they_stand(tmp_path, capsys, layers):
    """A wrong claim about the last of four hundred is seen in numbers, a right one is accepted."""
    n, at = {"n": 1}, [{"i": 1}]
    inner = [["mul", ["ent", "W", [{"i": 1}, {"k": 1}]], ["ent", before, [{"k": 1}]]]
             for before in ("x", *(f"v{k}" for k in range(layers - 1)))]
    bodies = [["fn", "tanh", ["sum", "k", {"": 1}, n, body]] for body in inner]
    last = ["ent", f"v{layers - 1}", at]
    said = []
    for right in (last, ["add", last, ["num", 1, 10]]):
        data = {"sizes": ["n"], "labels": {}, "assumptions": [], "terms": [], "where": [], "invertible": [], "words": "",
                "tensors": {"x": {"shape": [n], "properties": []}, "W": {"shape": [n, n], "properties": []}},
                "definitions": [{"name": f"v{k}", "letters": ["i"], "shape": [n], "body": b} for k, b in enumerate(bodies)],
                "letters": [["i", n]], "left": last, "right": right}
        path = tmp_path / "c.json"
        whole = {"version": checker.VERSION, "statement": data, "steps": {}, "digest": checker.digest(data)}
        path.write_text(json.dumps(whole))
        done = checker.main([str(path)])
        said.append((done, capsys.readouterr().out))
        with contextlib.suppress(checker.Refused):
            checker.second_opinion(data)
            assert right == last
    assert [done for done, _ in said] == [0, 1]
    assert "not looked at in numbers" not in said[0][1] and "the sides differ" in said[1][1]


@pytest.mark.parametrize("inner", ['["add",{}]', '["pow",{},["num",1,1]]', '["fn","exp",{}]', "[{}]"])
def test_what_is_nested_without_end_is_refused(tmp_path, capsys, inner):
    first, last = (part * 20_000 for part in inner.split("{}"))
    path = tmp_path / "c.json"
    path.write_text('{"version": 3, "statement": {"left": ' + first + "1" + last + '}, "steps": {}, "digest": ""}')
    assert checker.main([str(path)]) == 1
    assert "REFUSED: maximum recursion depth exceeded" in capsys.readouterr().out


NEAR = Fraction(1 / 3)      # what a machine takes for a third


@pytest.mark.parametrize("made", [
    lambda a, b: checker.power(checker.mul(checker.num(3), a), checker.MINUS),
    lambda a, b: checker.power(checker.add(checker.mul(checker.num(3), a), checker.mul(checker.num(-6), b)), checker.MINUS),
    lambda a, b: checker.formula("1/(3*a)", a),
    lambda a, b: checker.formula("a**-1/3", a),
    lambda a, b: checker.mul(checker.power(checker.num(3), checker.num(-1)), checker.power(a, checker.MINUS)),
    lambda a, b: checker.mul(*(checker.power(checker.num(3), checker.num(Fraction(e, 2))) for e in (1, -3)),
                             checker.power(a, checker.MINUS)),
], ids=range(6))
def test_a_third_is_no_number_of_a_machine(made):
    scalar = {"shape": [], "properties": []}
    data = {"sizes": [], "labels": {}, "tensors": {"a": scalar, "b": scalar}, "assumptions": [], "terms": [], "where": [],
            "definitions": [], "invertible": [], "letters": [], "left": ["ent", "a", []], "right": ["ent", "a", []]}
    facts = checker.Facts(checker.Statement(data), ())
    a, b = checker.ent("a", ()), checker.ent("b", ())
    inner = checker.add(a, checker.mul(checker.num(-2), b)) if "b" in made(a, b).reads else a
    found, right, near = (checker.ring(facts, t) for t in (made(a, b), *(
        checker.mul(checker.num(third), checker.power(inner, checker.MINUS)) for third in (Fraction(1, 3), NEAR))))
    assert found == right != near
    with pytest.raises(AttributeError):
        checker.num(1 / 7)
