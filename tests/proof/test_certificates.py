"""Certificates: what is proved has one that a program without our packages accepts, and it says what was claimed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_type_hints

import pytest
from sympy import Ne, exp

import symderiv as sd
from symderiv import checker
from symderiv.proof.certify import certificates
from symderiv.proof.certify.numbers import Looks, fingerprints

m, n = sd.dims("m n")
W, x, z, c = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m), sd.tensor("c")
V, h, w = sd.tensor("V", m, m), sd.tensor("h", n), sd.tensor("w", m)
three, size, width = sd.tensor("u", 3), sd.tensor("beta", positive=True), sd.tensor("l")
positive = sd.tensor("q", n, positive=True)
A, y, rows = sd.tensor("A", n, n), sd.label("y", m), sd.tensor("P", n, m, sums_to_one=True)
r, last = sd.indices("r last", n)
row, few, only = sd.tensor("R", 1, n), sd.tensor("F", 1, 3), sd.label("t", 1)
one, single = sd.tensor("o", 1), sd.tensor("S", 1, 1)
Q, D = sd.tensor("Q", n, n, orthogonal=True), sd.tensor("D", n, n, diagonal=True)
i, k = sd.indices("i k", m)
P = sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[k]), k))
CHECKER = Path(checker.__file__)

CLAIMS = {
    "tanh by sigmoid": lambda: sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1),
    "softmax does not change with a shift": lambda: sd.prove(sd.softmax(z + c), sd.softmax(z)),
    "softmax sums to one": lambda: sd.prove(sd.sum(sd.softmax(z)), 1),
    "a quadratic form as a square": lambda: sd.prove(x @ (W.T @ W) @ x, sd.dot(W @ x, W @ x)),
    "Jacobian of a softmax with a name": lambda: sd.derive(P, z),
    "softmax classifier": lambda: sd.derive(sd.cross_entropy(W @ x, y), W),
    "two layers": lambda: sd.derive(sd.cross_entropy(V @ sd.tanh(W @ x), y), W),
    "input of a convolution": lambda: sd.derive(sd.sum(sd.tanh(sd.conv1d(h, w))**2), h, assuming=[m <= n]),
    "kernel of a convolution": lambda: sd.derive(sd.sum(sd.tanh(sd.conv1d(h, w))**2), w, assuming=[m <= n]),
    "a stride by its inserted zeros": lambda: sd.vjp(sd.conv1d(h, w, stride=2), h, assuming=[m <= n]),
    "a dilated kernel": lambda: sd.vjp(sd.conv1d(h, w, dilation=2), h),
    "both, with padding": lambda: sd.vjp(sd.conv1d(h, w, padding=1, stride=2, dilation=3), h),
    "same size, flipped": lambda: sd.vjp(sd.conv1d(h, w, mode="same", flip=True), w),
    "windows that are added up": lambda: sd.vjp(sd.windows(h, 3, stride=2, padding=1), h),
    "two kernels of three numbers": lambda: sd.vjp(sd.conv1d(sd.conv1d(h, three), three), h),
    "cubes of what was normalised": lambda: sd.derive(sd.sum(((h - sd.mean(h)) / sd.sqrt(sd.var(h) + 1))**3), h),
    "a margin's loss": lambda: sd.derive(-sd.log(sd.sigmoid(size * (c - width))), c),
    "one end of a sum": lambda: sd.prove(sd.Sum(h[r], (r, 2, n)), sd.sum(h) - h[1]),
    "a shifted row's total": lambda: sd.prove(sd.Sum(rows[r + 1, k] * h[r], k, r), sd.Sum(h[r], (r, 1, n - 1))),
    "logarithms over one denominator": lambda: sd.derive(
        sd.sum(sd.log(1 - sd.sigmoid(z)) - 2 * sd.log(sd.sigmoid(z))), z),
    "a product without division": lambda: sd.derive(sd.prod(h), h),
    "its second derivative": lambda: sd.hessian(sd.prod(h), h),
    "sine and cosine": lambda: sd.prove(sd.sin(z)**2 + sd.cos(z)**2, sd.ones(m)),
    "a sum of angles": lambda: sd.prove(sd.cos(z + w), sd.cos(z) * sd.cos(w) - sd.sin(z) * sd.sin(w)),
    "rotations keep lengths": lambda: sd.prove(sd.norm(Q @ h)**2, sd.norm(h)**2),
    "a diagonal matrix acts entry by entry": lambda: sd.prove(D @ h, sd.diag(D) * h),
    "a sum over three numbers": lambda: sd.prove(sd.Sum(h[r], (r, 1, 3)), h[1] + h[2] + h[3]),
    "what is held": lambda: sd.derive(sd.sum((sd.stop_gradient(z) - w)**2), w),
    "both gradients": lambda: sd.derive(sd.sum(sd.tanh(W @ x)), (W, x)),
    "an induction": lambda: sd.prove_by_induction(sd.Sum(r, (r, 1, last)), last * (last + 1) / 2, last),
    "whole numbers above and below": lambda: sd.prove(sd.floor(h), -sd.ceil(-h)),
    "what passes straight through": lambda: sd.derive(sd.sum(w * (z + sd.stop_gradient(sd.round(z) - z))), z),
    "a layer of one row": lambda: sd.derive(sd.sum(sd.tanh(row @ x)**2), row),
    "one example of three features": lambda: sd.derive(sd.sum(sd.sigmoid(few @ three)), (few, three)),
    "softmax over one class": lambda: sd.derive(sd.softmax(one), one),
    "the label of one class": lambda: sd.derive(sd.cross_entropy(row @ x, only), row),
    "one entry, normalised": lambda: sd.derive(sd.sum(sd.layer_norm(one, one, one, size)**2), one),
    "a matrix of one entry": lambda: sd.prove(single.T, single),
    "an average over one row": lambda: sd.prove(sd.mean(row, axis=0), row[1, :]),
    "log of a determinant": lambda: sd.derive(sd.logdet(A), A),
    "determinant of a product": lambda: sd.prove(sd.det(2 * A @ A.T @ sd.inv(A)), 2**n * sd.det(A)),
    "inverse of a product": lambda: sd.prove(sd.inv(A @ A.T) @ A, sd.inv(A).T),
    "a geometric mean": lambda: sd.derive(sd.prod(positive)**(1 / n), positive),
    "each case of a function": lambda: sd.derive(sd.sum(sd.elu(h) + sd.abs(h)**3), h),
    "vector-Jacobian product": lambda: sd.vjp(sd.softmax(z), z),
    "a lower bound": lambda: sd.prove(sd.abs(c - 1), c - 1, assuming=[c >= 4]),
    "not negative": lambda: sd.prove(sd.sqrt(c**2), c, assuming=[c >= 0]),
    "not negative, entry by entry": lambda: sd.prove(sd.relu(h - 1), h - 1, assuming=[h[r] >= 1]),
    "negative": lambda: sd.derive(sd.sum(sd.abs(h)), h, assuming=[h < 0]),
    "the greater of two": lambda: sd.prove(sd.maximum(z, w), z, assuming=[z >= w]),
    "two assumptions together": lambda: sd.prove(sd.abs(c - size), c - size, assuming=[c > width, width >= size]),
    "a product of two signs": lambda: sd.prove(sd.abs(c * width), -c * width, assuming=[c < 0, width > 0]),
    "between two numbers": lambda: sd.prove(sd.clip(c, 0, 1), c, assuming=[c >= 0, c <= 1]),
    "unequal": lambda: sd.prove((c**2 - width**2) / (c - width), c + width, assuming=[Ne(c, width)]),
    "an angle": lambda: sd.derive(sd.sum(sd.arctan2(z, w)), (z, w)),
    "an inverse cosine": lambda: sd.derive(sd.sum(sd.arccos(z)), z),
    "log gamma and its slopes": lambda: sd.hessian(sd.sum(sd.gammaln(z) * sd.digamma(w)), z),
    "a normal distribution": lambda: sd.derive(sd.sum(sd.normal_cdf(z) * sd.normal_pdf(w)), (z, w)),
}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_what_is_proved_is_certified(claim):
    certificate = claim().certificate()
    assert set(certificate) == {"version", "statement", "steps", "digest"}
    assert checker.check(json.loads(json.dumps(certificate)))


def test_the_checker_runs_without_any_package(tmp_path):
    sd.write_certificate(sd.derive(sd.cross_entropy(W @ x, y), W), tmp_path / "good.json")
    bad = json.loads((tmp_path / "good.json").read_text())
    bad["steps"]["cotangents"].pop(0)
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    run = [sys.executable, "-I", "-S", str(CHECKER)]
    good = subprocess.run([*run, str(tmp_path / "good.json")], capture_output=True, text=True, cwd="/")
    assert good.returncode == 0 and "accepted: ∂L/∂W[i,j] = " in good.stdout, good.stdout + good.stderr
    both = subprocess.run([*run, *(str(tmp_path / name) for name in ("good.json", "bad.json"))], capture_output=True,
                          text=True, cwd="/")
    assert both.returncode == 1 and "bad.json: REFUSED: the cotangent of" in both.stdout, both.stdout + both.stderr


def test_what_has_no_proof_has_no_certificate():
    with pytest.raises(sd.SymderivError, match="nothing was proved"):
        sd.prove(sd.tanh(z), sd.sigmoid(z)).certificate()
    assert not sd.prove(sd.tanh(z), sd.sigmoid(z)).certified


def test_a_folder_is_certified_by_the_command(tmp_path):
    (tmp_path / "items.py").write_text(
        'import symderiv as sd\n\nn = sd.dims("n")\nx = sd.tensor("x", n)\n\n\n'
        '@sd.identity("the gradient of a square")\ndef square():\n    return sd.derive(x @ x, x)\n\n\n'
        '@sd.identity("tanh is odd")\ndef odd():\n    return sd.tanh(-x), -sd.tanh(x)\n')
    command = [sys.executable, "-m", "symderiv", "certify", str(tmp_path / "items.py"), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "2 certificates of 2 proved claims" in done.stdout, done.stdout + done.stderr
    written = sorted((tmp_path / "out").glob("*.json"))
    assert [p.name for p in written] == ["items.odd.1.json", "items.square.1.json"]
    assert checker.main([str(p) for p in written]) == 0


def test_size_is_linear_in_depth():
    def size(layers):
        h = x
        for k in range(layers):
            h = sd.tanh(sd.tensor(f"W{k}", n, n) @ h + sd.tensor(f"b{k}", n))
        return len(json.dumps(sd.derive(sd.sum(h), sd.tensor("W0", n, n)).certificate()))

    assert size(6) < 6 * size(1)


def residual(layers):
    h, weights = x, [sd.tensor(f"W{k}", n, n) for k in range(layers)]
    for weight in weights:
        h = h + sd.tanh(weight @ h)
    return sd.derive(sd.sum((h - sd.tensor("t", n))**2), tuple(weights))


def test_gradients_by_several_variables_have_one_certificate_in_which_every_cotangent_stands_once():
    read, shared = residual(3).certificate()["statement"]["all"]
    assert "left" in read and len(shared["also"]) == 2
    proof = residual(3).certificate()["steps"]["all"][1]
    names = [each["of"] for each in proof["cotangents"]]
    assert len(set(names)) == len(names) and all(d.certified for d in residual(2))


def test_what_is_too_large_for_numbers_has_a_certificate_or_none():
    large, v = sd.tensor("X", 100, 100), sd.tensor("v", 100)
    claim = sd.derive(sd.sum(sd.tanh(large @ v)), v)
    assert claim.certified or claim.uncertified


def test_a_false_gradient_among_true_ones_is_refused():
    a, b = sd.tensor("a", n), sd.tensor("b", n)
    good = json.loads(json.dumps(sd.derive(sd.sum(sd.tanh(a * b)), (a, b)).certificate()))
    assert checker.check(good).count(" = ") >= 2
    for change in ({"result": good["statement"]["also"][0]["result"]}, {"variable": "a"}, {"variable": "b"}):
        forged = json.loads(json.dumps(good))
        forged["statement"] |= change
        forged["digest"] = checker.digest(forged["statement"])
        if forged["statement"] != good["statement"]:
            with pytest.raises(checker.Refused):
                checker.check(forged)


def test_what_is_written_with_other_letters_or_in_another_order_is_proved_without_conditions():
    i, j, k = (sd.indices(name, m) for name in "ijk")
    a, t = sd.tensor("a", m), sd.tensor("t", m)
    for left, right in ((sd.Sum(a[j] * t[i], (j, 1, i), i), sd.Sum(a[j] * t[i], (i, j, m), j)),
                        (sd.Sum(sd.iverson(i < j) * a[i], i, j), sd.Sum((m - i) * a[i], i)),
                        (sd.Sum(2 * a[m + 1 - i], (i, 2, m - 1)), sd.Sum(2 * a[i], (i, 2, m - 1))),
                        (sd.Sum(a[2 * i - 1] * sd.exp(t[i]), i), sd.Sum(a[2 * m + 1 - 2 * i] * sd.exp(t[m + 1 - i]), i)),
                        (sd.Sum(a[i] ** m * t[k], (k, i, m), i), sd.Sum(t[k] * a[i] ** m, (i, 1, k), k))):
        verdict = sd.prove(left, right)
        assert verdict.status == "proved" and not verdict.certificate()["statement"]["where"], verdict
        assert sd.prove(left, right + a[1]).status == "refuted"


def test_a_lemma_must_be_proved_before_it_is_used(monkeypatch):
    monkeypatch.setattr(certificates, "FOUND", {})
    monkeypatch.setattr(certificates.Prover, "_gently", certificates.Prover._by_cut)  # which finds shorter steps without
    forged = json.loads(json.dumps(residual(4).certificate()))
    read = next(steps for steps in forged["steps"]["all"] if "lemmas" in steps)
    kept = read.pop("lemmas")
    with pytest.raises(checker.Refused, match="not proved before"):
        checker.check(forged)
    read["lemmas"] = [{**kept[0], "names": [kept[0]["names"][0], kept[-1]["names"][1]]}, *kept]
    with pytest.raises(checker.Refused):
        checker.check(forged)


def test_a_second_derivative_and_one_in_a_direction_are_certified():
    v = sd.tensor("v", m)
    for claim in (sd.hessian(sd.logsumexp(z), z), sd.hvp(sd.logsumexp(z), z, v)):
        assert "∂" in checker.check(claim.certificate()).partition("; and ")[2]


def test_what_cannot_be_certified_gives_up_early_and_says_why():
    claim = sd.derive(sd.trace(sd.expm(A)), A)
    assert not claim.certified and "no word" in claim.uncertified


def test_a_certificate_is_one_of_the_claim_beside_it():
    claim = sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1)
    assert not replace(claim, rhs=sd.sigmoid(z)).certified
    gradient = sd.derive(x @ A @ x, x)
    assert gradient.certified and not replace(gradient, spelled=2 * gradient.spelled).certified


def test_proved_means_certified():
    good, bad = sd.derive(sd.norm(x)**2, x), sd.derive(sd.trace(sd.expm(A)), A)
    assert (good.status, good.notes) == ("proved", ())
    assert bad.status == "supported" and any("not certified" in note for note in bad.notes)
    assert sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1).status == "proved"


def test_what_a_certificate_is_made_of_is_said_by_its_type():
    parts = get_type_hints(get_type_hints(sd.Derivation.certificate)["return"])
    assert parts.keys() == sd.derive(x @ x, x).certificate().keys()
    assert not any("Any" in str(part) for part in parts.values())


def test_a_line_of_a_report_has_the_certificate_of_its_claim():
    report = sd.verify([r"L = x^\top x", r"\nabla_x L = 2x", r"x^\top x = 2 x^\top x"], "x: n")
    assert checker.check(report.lines[1].certificate())
    for line in (report.lines[0], report.lines[2]):
        with pytest.raises(sd.SymderivError, match="nothing was proved"):
            line.certificate()


def test_a_claim_about_an_entry_is_one_about_all_of_them():
    said = checker.check(sd.prove(z[i] + w[i], w[i] + z[i]).certificate())
    assert "z[" in said
    assert not sd.prove(z[i] + w[i], w[i] - z[i]).certified


def test_what_a_rectifier_does_not_change_at_one_point_is_not_taken_for_it():
    statement = checker.Statement(sd.derive(sd.sum(sd.relu(W @ x)), x).certificate()["statement"])
    kinds = {name: tensor.body.kind for name, tensor in statement.tensors.items() if tensor.body is not None}
    assert {"sum", "fn"} <= set(kinds.values())
    assert all(not {"sum", "fn"} <= {kinds[name] for name in group} for group in fingerprints(statement).values())


def test_as_many_names_are_written_out_in_a_deep_network_as_in_a_shallow_one(monkeypatch):
    tried, most = [], []
    monkeypatch.setattr(Looks, "agree", lambda *given, agree=Looks.agree: tried.append(1) or agree(*given))

    def counted(self, *given, cut=certificates.Prover._cut):
        tried.clear()
        found = cut(self, *given)
        most[-1] = max(most[-1], len(tried))
        return found

    monkeypatch.setattr(certificates.Prover, "_cut", counted)
    for layers in (2, 6):
        monkeypatch.setattr(certificates, "FOUND", {})
        most.append(0)
        assert all(residual(layers).certificate().values())
    assert 0 < most[1] <= most[0] + 2


def test_what_stands_directly_on_a_name_is_written_out_before_what_is_deep():
    """u = s a, and s b beside it with b = -a: that b is -a is seen without what a is made of."""
    n, at, here = {"n": 1}, [{"i": 1}], [{"k": 1}]

    def ent(name, at=at):
        return ["ent", name, at]

    deep = [(f"p{k}", ["fn", "tanh", ent(f"p{k - 1}" if k else "x")]) for k in range(20)]
    bodies = [*deep, ("a", ["add", ent("p19"), ent("p18")]), ("s", ["fn", "exp", ent("x")]),
              ("b", ["add", ["mul", ["num", -1, 1], ent("p19")], ["mul", ["num", -1, 1], ent("p18")]]),
              ("u", ["mul", ent("s"), ent("a")])]
    both = {"sizes": ["n"], "labels": {}, "tensors": {"x": {"shape": [n], "properties": []}}, "assumptions": [], "terms": [],
            "definitions": [{"name": name, "letters": ["i"], "shape": [n], "body": body} for name, body in bodies],
            "where": [], "invertible": [], "letters": [["i", n]], "words": "",
            "left": ["add", ent("u"), ["mul", ["num", -1, 1], ["sum", "k", {"": 1}, n, ent("u", here)]]],
            "right": ["add", ent("u"), ["sum", "k", {"": 1}, n, ["mul", ent("s", here), ent("b", here)]]]}
    prover = certificates.Prover(checker.Statement(both))
    facts = checker.over(certificates._recorder(prover)(prover.statement, prover.statement.known), ["i"],
                         [prover.statement.position(n)])
    prover.script["looks"] = certificates.LOOKS
    assert prover._cut(facts, *(prover.statement.term(both[side]) for side in ("left", "right"))) == {"u", "a", "b"}


def test_what_is_deeper_than_the_checker_follows_is_not_searched(monkeypatch):
    monkeypatch.setattr("symderiv.proof.certify.certificates.DEEPEST", 5)
    n = sd.dims("n")
    h, w = sd.tensor("x", n), sd.tensor("W", n, n)
    for _ in range(4):
        h = sd.tanh(w @ h)
    d = sd.derive(sd.sum(h), w)
    assert d.status == "supported"
    assert "one inside the other" in " ".join(d.notes)


@pytest.mark.parametrize("vanishing", [lambda: sd.sum(sd.softmax(x)), lambda: sd.sum(sd.softmax(sd.softplus(x) - x**3)),
                                       lambda: sd.sum(A @ x - sd.mean(A @ x))], ids=["total", "of others", "centred"])
def test_a_derivative_that_vanishes_as_a_whole_is_certified_by_what_is_between(vanishing):
    d = sd.derive(vanishing(), x)
    assert d.status == "proved" and str(d.closed).startswith("zeros")
    assert [given["of"] for given in d.certificate()["steps"]["cotangents"]][-1] == "x"


def test_sides_that_need_no_cases_are_not_taken_apart_by_them():
    i, j, k = sd.indices("i", n), sd.indices("j", n), sd.dims("k")
    u = A[j, i] * x[i - j + k] / (1 + A[i, 2 * j - 1] ** 2)
    v = sd.prove(sd.define("f", (i, j), sd.tanh(u / 2)), sd.define("g", (i, j), 2 * sd.sigmoid(u) - 1))
    assert v.status == "proved" and '"cases"' not in json.dumps(v.certificate()["steps"])
