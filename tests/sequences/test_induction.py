"""Claims about every step, proved by induction on the step."""

import pytest
from sympy import Rational

import symderiv as sd
from symderiv import checker
from symderiv.errors import DeclarationError

T = sd.dims("T")
t, i, j = sd.indices("t i j", T)
beta, a, g = sd.tensor("beta", positive=True), sd.tensor("a"), sd.tensor("g", T)


def to(body, letter=i):
    return sd.Sum(body, (letter, 1, t))


TRUE = {
    "the geometric sum": (to(beta ** (t - i)), (1 - beta**t) / (1 - beta)),
    "the geometric sum for any number": (to(a ** (t - i)), (1 - a**t) / (1 - a)),
    "the sum of the first numbers": (to(i), t * (t + 1) / 2),
    "the sum of squares": (to(i**2), t * (t + 1) * (2 * t + 1) / 6),
    "the sum of cubes": (to(i**3), (t * (t + 1) / 2) ** 2),
    "an arithmetic-geometric sum": (to(i * beta**i), beta * (1 - (t + 1) * beta**t + t * beta ** (t + 1)) / (1 - beta) ** 2),
    "a telescoping sum": (to(1 / (i * (i + 1))), t / (t + 1)),
    "a sum of a power of a sum": (to((1 - a) ** (t - i)), (1 - (1 - a) ** t) / a),
    "a sum counted from 0": (sd.Sum(a**i, (i, 0, t - 1)), (1 - a**t) / (1 - a)),
    "a sum that ends later": (sd.Sum(a**i, (i, 0, t + 1)), (1 - a ** (t + 2)) / (1 - a)),
    "weights counted from the newest": (sd.Sum(a**i * g[t - i], (i, 0, t - 1)), to(a ** (t - i) * g[i])),
    "powers of a product": ((2 * a) ** t * beta**t, 2**t * (a * beta) ** t),
    "a double sum": (sd.Sum(g[i] * g[j], (i, 1, t), (j, 1, t)), to(g[i]) ** 2),
}
FALSE = {
    "one power too many": (to(beta ** (t - i)), (1 - beta ** (t + 1)) / (1 - beta)),
    "a sum that stops too early": (to(i), t * (t - 1) / 2),
    "wrong from the second step on": (to(i**2), to(i)),
    "wrong at the third step only up to there": (to(i), t * (t + 1) / 2 + (t - 1) * (t - 2)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_are_proved_and_replayed(name):
    found = sd.prove_by_induction(*TRUE[name], t)
    assert found.status == "proved", found.evidence
    assert found.proof.status == found.status
    assert found.check().ok


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_are_refuted_with_the_step(name):
    found = sd.prove_by_induction(*FALSE[name], t)
    assert found.status == "refuted"
    assert found.counterexample is not None
    assert not found.check().ok


def test_a_base_alone_proves_nothing():
    """The claim holds for t = 1; the step fails."""
    assert sd.prove_by_induction(to(i**2), t, t).status == "refuted"


def test_the_parts_are_recurrence_base_and_step():
    found = sd.prove_by_induction(*TRUE["the geometric sum"], t)
    assert [p.heading for p in found.proof.parts] == [
        "The left side, $S_{t}$, satisfies a recurrence.", "Base, $t = 1$.", "Step from $t - 1$ to $t$."]
    rules = {r.rule for step in found.proof for r in step.rewrites}
    assert {"last term of a sum", "induction hypothesis"} <= rules
    assert r"\text{by the induction hypothesis}" in found.proof.latex()


def test_a_step_that_was_tampered_with_is_refused():
    from dataclasses import replace

    found = sd.prove_by_induction(*TRUE["the sum of the first numbers"], t)
    proof = found.proof.parts[2].proof
    chain = proof.chains[0]
    other = found.proof.parts[1].proof.chains[0].start
    forged = replace(proof, chains=(replace(chain, steps=(*chain.steps[:-1], replace(chain.steps[-1], after=other))),
                                    proof.chains[1]))
    assert forged.status == "undecided"


def test_a_proof_of_something_else_is_no_part():
    from dataclasses import replace

    found = sd.prove_by_induction(*TRUE["the sum of the first numbers"], t)
    recurrence, base, step = found.proof.parts
    assert found.proof.status == found.status
    forged = replace(found.proof, parts=(recurrence, base, replace(step, proof=base.proof)))
    assert forged.status == "undecided"


def test_the_last_term_of_a_sum_is_split_only_where_there_is_one():
    """Σ_{i=3}^{t} may be empty at t = 2: nothing is taken out of it."""
    found = sd.prove_by_induction(sd.Sum(i, (i, 3, t)), t * (t + 1) / 2 - 3, t)
    assert found.status == "refuted"  # at t = 1 the sum is 0, the form -2


def test_steps_may_start_elsewhere():
    s = sd.indices("s", T, 2)
    claim = sd.prove_by_induction(sd.Sum(1 / (i * (i - 1)), (i, 2, s)), 1 - 1 / s, s)
    assert claim.status == "proved"


def test_a_claim_without_the_step_is_not_one_about_every_step():
    with pytest.raises(DeclarationError, match="does not occur"):
        sd.prove_by_induction(a, a, t)
    with pytest.raises(DeclarationError, match="not an index letter"):
        sd.prove_by_induction(a, a, T)


def test_powers_of_any_number_by_whole_numbers_add_their_exponents():
    assert sd.prove(a ** (t - 1) * a, a**t).status == "proved"
    assert sd.prove((1 - a) ** (t + 2), (1 - a) ** t * (1 - 2 * a + a**2)).status == "proved"
    assert sd.prove(sd.sqrt(a ** (2 * t)), a**t).conditions == (a >= 0,)
    assert sd.prove((-a) ** t, a**t).status == "refuted"
    assert sd.prove(Rational(9, 10) ** (t + 1), Rational(9, 10) * Rational(9, 10) ** t).status == "proved"


def test_an_induction_is_certified_as_a_whole():
    found = sd.prove_by_induction(*TRUE["the geometric sum"], t)
    whole = found.certificate()
    assert "left" in whole["statement"] and {"base", "on", "ratio"} <= whole["steps"].keys()
    assert checker.check(whole).count("=") >= 1
    for change in ({"base": {}}, {"on": "T"}, {"ratio": ["num", 7, 1]}):
        with pytest.raises(checker.Refused):
            checker.check(whole | {"steps": whole["steps"] | change})
    with pytest.raises(checker.Refused):
        checker.check(whole | {"steps": {k: v for k, v in whole["steps"].items() if k != "base"}})


def test_an_induction_is_written_with_its_base_even_where_both_sides_are_the_same():
    steps = sd.dims("T")
    t, w, h = sd.indices("t", steps), sd.tensor("w"), sd.tensor("h")
    latex = sd.recurrence(h, w * h, t, start=sd.tensor("h_0")).closed.proof.latex()
    assert latex.index("Base") < latex.index("Both sides are the same.") < latex.index("Step from")
