"""What floats cannot tell is told in many digits: steep functions, and numbers beyond floats."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sympy import Integer

import symderiv as sd
from symderiv.numeric import digits
from symderiv.numeric.check import check_derivation
from symderiv.numeric.sampling import Sample
from symderiv.reader import declare, parse

c = sd.tensor("c")
STEEP = ["exp(1000*x^2)", "sin(10000*x)", "cosh(800*x)"]


@pytest.mark.parametrize("text", STEEP)
def test_the_check_of_a_steep_function_looks_at_more_digits(text: str) -> None:
    given = declare("x: scalar")
    x = parse("x", given)
    for found in (sd.derive(parse(text, given), x), sd.hessian(parse(text, given), x)):
        assert found.check() and found.check(seed=1)


def test_the_check_of_steep_functions_of_arrays_looks_at_more_digits() -> None:
    given = declare("x: n; W: n n; g: n")
    for text, by in (("sin(3000*W*x)", "W"), ("sum(exp(400*x^2))", "x")):
        report = sd.derive(parse(text, given), parse(by, given)).check()
        assert report and report.max_error < 1e-9
    assert sd.vjp(parse("sin(3000*W*x)", given), parse("x", given), upstream=parse("g", given)).check()


def test_a_wrong_derivative_of_a_steep_function_is_found() -> None:
    given = declare("x: scalar")
    right = sd.derive(parse("sin(10000*x)", given), parse("x", given))
    wrong = sd.derive(parse("sin(10000*x) + x/100", given), parse("x", given))

    class Lying:
        def __getattr__(self, name: str) -> object:
            return getattr(wrong if name in ("index", "closed", "found") else right, name)

    assert not check_derivation(Lying(), samples=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(("left", "right", "said"), [
    (1000, 1001, "left 1.97007e+434, right 5.35521e+434"), (-1000, -1001, "left 5.07596e-435, right 1.86734e-435"),
    (1, 2, "left 2.71828, right 7.38906")])
def test_a_counterexample_beyond_floats_is_said_in_digits(left: int, right: int, said: str) -> None:
    assert str(sd.prove(sd.exp(Integer(left)), sd.exp(Integer(right))).counterexample) == said
    line, = sd.verify(f"\\[ e^{{{left}}} = e^{{{right}}} \\]").lines
    assert str(line.counterexample) == said
    json.dumps(line.to_json(), allow_nan=False)


def test_numbers_that_cannot_be_written_are_said_in_words() -> None:
    counter = sd.prove(sd.exp(Integer(1)), sd.exp(Integer(2))).counterexample
    assert counter is not None
    vast = replace(counter, lhs=float("inf"), rhs=float("inf"))
    assert "differ" in str(vast) and "beyond" in str(vast)


@pytest.mark.parametrize(("right", "verdict", "passes"), [
    ("exp(x)*exp(-1)", None, 1), ("exp(x - 1) + exp(-300)", "differ", 3), ("exp(1000*x)/exp(999*x + 1)", None, 2)])
def test_sides_that_agree_but_for_rounding_are_computed_no_more_often_than_their_size_asks_for(
        right: str, verdict: str | None, passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = declare("x: scalar")
    counted: list[int] = []
    entries = digits._entries
    monkeypatch.setattr(digits, "_entries", lambda *a: counted.append(a[3]) or entries(*a))
    found = digits.settled((parse("exp(x - 1)", given), parse(right, given)), Sample({"x": 0.25}))
    assert (found and found.kind, len(counted)) == (verdict, passes)
    # 1 - sigmoid(1000) begins at the 435th digit; both sides are computed in more, and in twice as many.
    assert digits.settled((parse("log(1 - sigmoid(x))", given), parse("-softplus(x)", given)), Sample({"x": 1000.0})) is None
    assert counted[-2:] == [616, 1232]


@pytest.mark.parametrize(("left", "right", "status"), [
    (c + 1e-15, c, "refuted"), (c * (1 + 1e-13), c, "refuted"), (sd.log(sd.exp(c) + 1e-12), c, "refuted"),
    ((1 / 3) * c, c / 3, "supported"), (2**0.5 * c, sd.sqrt(2) * c, "supported"), (0.1 * c + 0.2 * c, 0.3 * c, "proved")])
def test_a_floating_number_excuses_what_its_last_digits_make_of_it_and_no_more(left, right, status):
    assert sd.prove(left, right).status == status


@pytest.mark.parametrize("seen", [lambda e: e, sd.trace])
def test_a_matrix_function_of_what_has_no_value_has_none_and_ends(seen) -> None:
    n = sd.dims("n")
    K = sd.tensor("K", n, n, symmetric=True)
    verdict = sd.prove(seen(sd.expm(sd.logm(K))), seen(K))
    assert verdict.status == "conditional" and verdict.conditions == (sd.eigvalsh(K) > 0,)
