"""Every record of a scalar function: its derivative, values and symmetry against numbers that do not read them."""

from __future__ import annotations

import pickle
import re
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from sympy import Float, Rational, Symbol, floor, latex

import symderiv as sd
from symderiv import checker
from symderiv.functions import FUNCTIONS
from symderiv.lowering.export import export
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.dual import Dual
from symderiv.numeric.evaluate import evaluate
from symderiv.numeric.interval import enclosure
from symderiv.numeric.scalars import function
from symderiv.terms.nodes import Const, num

POINTS = (Fraction(-11, 4), Fraction(-7, 8), Fraction(-3, 8), Fraction(1, 4), Fraction(7, 8), Fraction(9, 4))
NAMES = sorted(FUNCTIONS)
SLOTS = {name: len(f.derivative) for name, f in FUNCTIONS.items()}
n = sd.dims("n")
ARRAYS = tuple(sd.tensor(letter, n) for letter in "xy")


def value(f, *at):
    """By mpmath, None where the function has no real value."""
    rule = f.multiprecision or (lambda mp, *numbers: getattr(mp, f.sympy.__name__)(*numbers))
    try:
        found = rule(mpmath.mp, *(mpmath.mpf(a.numerator) / a.denominator for a in at))
    except (ValueError, ZeroDivisionError):
        return None
    return found if isinstance(found, mpmath.mpf) and mpmath.isfinite(found) else None


def places(name):
    """Arguments at which the function has a value, those of a whole order excepted."""
    last = [(p,) for p in POINTS] if SLOTS[name] == 1 else [(q, p) for p in POINTS for q in (Fraction(1), Fraction(3, 2))]
    whole = [at for at in last if at[0].denominator == 1] if name == "polygamma" else last
    return [at for at in whole if value(FUNCTIONS[name], *at) is not None]


def number(node):
    return mpmath.mpf(export(node).evalf(30))


def slots(name):
    """Those by which there is a derivative."""
    return [k for k in range(SLOTS[name]) if (name, k) != ("polygamma", 0)]


# What is agreed everywhere, not at kinks alone, is no derivative of the values: stop_gradient counts as a constant.
DIFFERENTIATED = [name for name in NAMES if FUNCTIONS[name].kink is None or FUNCTIONS[name].pieces]


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_the_derivative_is_that_of_the_values(name):
    f = FUNCTIONS[name]
    with mpmath.workdps(30):
        for at in places(name):
            for k in slots(name):
                def along(t, at=at, k=k):
                    return value(f, *at[:k], Fraction(*float(at[k]).as_integer_ratio()) + Fraction(str(t)), *at[k + 1:])
                step = Fraction(1, 10**8)
                slope = (along(step) - along(-step)) / (2 * mpmath.mpf(10) ** -8)
                assert abs(number(f.derivative[k](*map(num, at))) - slope) < 1e-10 * (1 + abs(slope))


@pytest.mark.parametrize("name", NAMES)
def test_dual_numbers_have_the_same_value_and_slope(name):
    f = FUNCTIONS[name]
    for at in places(name):
        for k in slots(name):
            duals = [Dual(np.array([float(a)]), np.array([float(j == k)])) for j, a in enumerate(at)]
            found = function(f, *duals)
            assert found.value[0] == pytest.approx(float(value(f, *at)), abs=1e-13)
            assert found.slope[0] == pytest.approx(float(number(f.derivative[k](*map(num, at)))), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("name", [name for name in NAMES if FUNCTIONS[name].expansion])
def test_what_it_is_made_of_has_its_values(name):
    f = FUNCTIONS[name]
    for at in places(name):
        assert abs(number(f.expansion(*map(num, at))) - value(f, *at)) < 1e-15


@pytest.mark.parametrize("name", NAMES)
def test_symmetry_sign_and_what_it_undoes(name):
    f = FUNCTIONS[name]
    for at in places(name) if SLOTS[name] == 1 else ():
        here, there = value(f, *at), value(f, -at[0])
        assert f.parity == 0 or abs(there - f.parity * here) < 1e-14
        assert f.reflected is None or abs(number(f.reflected(Const(Float(here)), num(at[0]))) - there) < 1e-14
        assert (f.sign < 2 or here > 0) and (f.sign < 1 or here >= 0)
        assert not f.indicator or here in (0, 1)
        assert f.square is None or abs(number(f.square(num(at[0]))) - here**2) < 1e-14
        if f.undoes is not None and (inner := value(FUNCTIONS[f.undoes], *at)) is not None:
            with mpmath.workdps(30):
                inner = value(FUNCTIONS[f.undoes], *at)
                rule = f.multiprecision or getattr(mpmath, f.sympy.__name__)
                assert abs(rule(inner) - mpmath.mpf(at[0].numerator) / at[0].denominator) < 1e-20


@pytest.mark.parametrize("name", NAMES)
def test_exact_values_are_values(name):
    f = FUNCTIONS[name]
    for at in (*POINTS, *map(Fraction, (0, 1, 2, -3))) if SLOTS[name] == 1 else ():
        exact = f.exact(at)
        if exact is not None:
            assert float(exact) == pytest.approx(float(value(f, at)), abs=1e-14)
            assert f.node(num(at)) is num(Fraction(exact)) if isinstance(exact, int | Fraction) else f(Rational(at)) == exact


@pytest.mark.parametrize("name", [name for name in NAMES if FUNCTIONS[name].interval])
def test_enclosures_hold_the_values_in_between(name):
    f, z = FUNCTIONS[name], sd.tensor("z")
    for low, high in ((-1.5, -0.25), (-0.5, 0.75), (0.5, 2.25)):
        found = enclosure(f(z), {"z": (low, high)})
        with mpmath.workdps(80):
            inside = [v for t in np.linspace(low, high, 9) if (v := value(f, Fraction(float(t)))) is not None]
            assert found is None or all(found[0] <= v <= found[1] for v in inside)
    assert enclosure(f(z), {"z": (0.5, 2.25)}) is not None


@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_the_evaluator_agree_on_arrays(name):
    f, at = FUNCTIONS[name], places(name)
    if name == "polygamma":
        expr, given = f(2, ARRAYS[0]), {"x": np.array([float(p[-1]) for p in at])}
    else:
        expr = f(*ARRAYS[:SLOTS[name]])
        given = {letter: np.array([float(p[k]) for p in at]) for k, letter in enumerate("xy"[:SLOTS[name]])}
    assert compile_numpy(expr)[0](**given) == pytest.approx(evaluate(expr, **given), rel=1e-12, abs=1e-14)
    single = compile_numpy(expr)[0](**{key: v.astype(np.float32) for key, v in given.items()})
    assert single.dtype == np.float32 and single == pytest.approx(evaluate(expr, **given), rel=2e-4, abs=1e-5)


@pytest.mark.parametrize("name", sorted({*checker.FUNCTIONS, *checker.DERIVATIVES} & {*NAMES}))
def test_the_tables_of_the_checker_say_what_is_true_in_numbers(name):
    letters = {"a": sd.tensor("a"), "b": sd.tensor("b")}
    at = [2.0, 0.7] if name == "polygamma" else [1.3 if name == "arccosh" else 0.7, 0.4][:SLOTS[name]]

    def there(text, values):
        text = text.replace("a + 1", "3")  # an order is a number
        given = {letter: v for letter, v in zip("ab", values, strict=False) if re.search(rf"\b{letter}\b", text)}
        return float(sd.evaluate(sd.parse(text, **letters), **given))

    if name in checker.FUNCTIONS:
        assert there(checker.FUNCTIONS[name], at) == pytest.approx(float(FUNCTIONS[name].value(np, *at)), rel=1e-12)
        return
    slopes = checker.DERIVATIVES[name].split("; ")
    assert len(slopes) == SLOTS[name]
    for k, slope in enumerate(slopes):
        if slope != "none":
            ends = [FUNCTIONS[name].value(np, *(x + h * (j == k) for j, x in enumerate(at))) for h in (1e-5, -1e-5)]
            assert there(slope, at) == pytest.approx(float(ends[0] - ends[1]) / 2e-5, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_read_back_and_emitted_for_every_library(name):
    f = FUNCTIONS[name]
    expr = f(2, ARRAYS[0]) if name == "polygamma" else f(*ARRAYS[:SLOTS[name]])
    declared = {"x": ARRAYS[0], "y": ARRAYS[1]}
    assert sd.parse(str(expr), **declared) == expr
    assert name == "sigmoid" or sd.parse(latex(expr), **declared) == expr  # σ is whatever σ is declared as
    for spelled in f.reads:
        assert sd.parse(str(expr).replace(name, spelled), **declared) == expr
    d = sd.derive(sd.sum(expr**2), ARRAYS[0])
    assert d.status == "proved" and d.check().ok
    for target in ("numpy", "jax", "torch"):
        assert "def compiled" in d.source(target)


@pytest.mark.parametrize("name", NAMES)
def test_values_of_it_can_be_pickled(name):
    x = ARRAYS[0]
    expr = FUNCTIONS[name](*(x[k + 1] for k in range(SLOTS[name])))
    assert pickle.loads(pickle.dumps(expr)) == expr


def test_jax_agrees_on_functions_that_numpy_lacks():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    x = np.array([0.3, 1.7, 4.2])
    for f in (sd.erf, sd.gammaln, sd.digamma, sd.normal_cdf, lambda v: sd.polygamma(2, v)):
        expr = f(ARRAYS[0])
        scope = {}
        exec(sd.derive(sd.sum(expr), ARRAYS[0]).source("jax"), scope)
        assert np.asarray(scope["compiled"](x)) == pytest.approx(sd.derive(sd.sum(expr), ARRAYS[0]).numpy()(x=x), rel=1e-10)


@pytest.mark.parametrize("rounding", ["floor", "ceil", "round"])
def test_rounding_says_that_its_derivative_is_0(rounding):
    x = ARRAYS[0]
    d = sd.derive(sd.sum(getattr(sd, rounding)(2 * x) * x), x)
    assert d.closed == getattr(sd, rounding)(2 * x) and d.status == "proved"
    assert any(f"{rounding} is constant in pieces" in note for note in d.notes)


def test_identities_follow_from_the_records():
    x, y = ARRAYS
    for left, right in ((sd.normal_cdf(x) + sd.normal_cdf(-x), sd.ones(n)), (sd.ceil(-x), -sd.floor(x)),
                        (sd.round(-x), -sd.round(x)), (sd.normal_pdf(-x), sd.normal_pdf(x)),
                        (sd.sqrt(2 * sd.rational(1, 2)) * sd.normal_cdf(x), (1 + sd.erf(x / sd.sqrt(2))) / 2)):
        assert sd.prove(left, right).status in ("proved", "supported")  # as far as the checker has their axioms
    for left, right in ((sd.ceil(x), sd.floor(x)), (sd.arctan2(x, y), sd.arctan2(y, x)), (sd.digamma(x), sd.gammaln(x))):
        assert sd.prove(left, right).status == "refuted"


def test_a_size_that_is_rounded_stays_a_size():
    k = Symbol("k", integer=True, positive=True)
    assert sd.parse("floor(k/2)", k=k) == sd.parse(r"\lfloor k/2 \rfloor", k=k)
    assert sd.parse(r"\lceil x \rceil", x=ARRAYS[0]) == sd.ceil(ARRAYS[0])


def test_a_rounded_letter_is_a_number_beside_entries():
    i = sd.indices("i", n)
    d = sd.derive(sd.Sum(floor(i / 2) * ARRAYS[0][i], i), ARRAYS[0])
    assert d.status == "proved" and d.check().ok
    assert d.numpy()(x=np.zeros(5)) == pytest.approx([0, 1, 1, 2, 2])
