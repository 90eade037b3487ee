"""What stands beside an expression: arrays of numbers are constants of it, anything else is refused in a sentence."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import ImmutableMatrix, Matrix, MatrixSymbol, Rational

import symderiv as sd
from symderiv.errors import BoundExceeded, DeclarationError, EvaluationError, ShapeError

n = sd.dims("n")
x, X, c, v = sd.tensor("x", 3), sd.tensor("X", 3, 3), sd.tensor("c"), sd.tensor("v", n)
A = np.array([[1.0, 2.5, -1.0], [0.0, 3.0, 1.0], [2.0, 2.0, 0.5]])
NUMBERS = {"x": np.array([1.5, -2.0, 0.25]), "X": np.arange(9.0).reshape(3, 3) - 4, "c": 1.5}


class Frame:
    """A table of another library: it has an array, and is none."""

    def __array__(self, dtype=None, copy=None):
        return A.copy()


CONSTANTS = {
    "vector on the right": (lambda: x + A[0], lambda x: x + A[0]),
    "vector on the left": (lambda: A[0] - x, lambda x: A[0] - x),
    "quotient": (lambda: A[2] / x, lambda x: A[2] / x),
    "power": (lambda: x ** np.array([2, 1, 3]), lambda x: x ** np.array([2, 1, 3])),
    "matrix on the left": (lambda: A @ x, lambda x: A @ x),
    "matrix on the right": (lambda: X @ A, lambda X: X @ A),
    "integers": (lambda: X * np.arange(9).reshape(3, 3), lambda X: X * np.arange(9).reshape(3, 3)),
    "single precision": (lambda: A.astype(np.float32) @ X, lambda X: A @ X),
    "objects": (lambda: np.array([1, Fraction(1, 2), Rational(1, 3)], dtype=object) * x, lambda x: x / np.array([1, 2, 3])),
    "array without axes": (lambda: np.array(2.5) * x, lambda x: 2.5 * x),
    "NumPy's number": (lambda: np.float64(2.5) * x + np.int64(2), lambda x: 2.5 * x + 2),
    "ones": (lambda: x + np.ones(3), lambda x: x + 1),
    "identity": (lambda: np.eye(3) @ x, lambda x: x),
    "SymPy's matrix on the left": (
        lambda: Matrix([[1, 2, 3], [4, 5, 6]]) @ x,
        lambda x: np.array([[1, 2, 3], [4, 5, 6]]) @ x,
    ),
    "SymPy's matrix on the right": (lambda: X @ ImmutableMatrix(3, 3, range(9)), lambda X: X @ np.arange(9.0).reshape(3, 3)),
    "SymPy's matrix added": (lambda: Matrix(3, 3, range(9)) + X, lambda X: X + np.arange(9.0).reshape(3, 3)),
    "SymPy's array": (lambda: x * sympy.Array([1, 2, 3]), lambda x: x * np.array([1, 2, 3])),
    "a list": (lambda: x - [1, 2, 3], lambda x: x - np.array([1, 2, 3])),
    "a list on the left": (lambda: [1, 2, 3] * x, lambda x: x * np.array([1, 2, 3])),
    "nested lists": (lambda: [[1, 2, 3], [4, 5, 6]] @ x, lambda x: np.array([[1, 2, 3], [4, 5, 6]]) @ x),
    "a table": (lambda: x @ Frame(), lambda x: x @ A),
    "a list of expressions": (lambda: sd.sum(x) * [c, 2, x[1]], lambda x, c: x.sum() * np.array([c, 2, x[0]])),
    "an entry times an array": (lambda: x[1] * A[0], lambda x: x[0] * A[0]),
    "an array times an entry": (lambda: A[0] * x[1], lambda x: x[0] * A[0]),
    "a scalar times an array": (lambda: A * c, lambda c: A * c),
    "an operand of a function": (lambda: sd.dot(x, A[0]), lambda x: x @ A[0]),
    "data of a layer": (lambda: sd.mse(A @ x, [1, 0, 2]), lambda x: np.mean((A @ x - np.array([1, 0, 2])) ** 2)),
    "a decimal fraction": (lambda: x * Decimal("0.1") + Fraction(1, 3), lambda x: x / 10 + 1 / 3),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_arrays_of_numbers_are_constants(name):
    form, value = CONSTANTS[name]
    e = form()
    taken = value.__code__.co_varnames[: value.__code__.co_argcount]
    expected = value(**{key: NUMBERS[key] for key in taken})
    numbers = {key: NUMBERS[key] for key in taken}
    np.testing.assert_allclose(np.array(sd.evaluate(e, **numbers), dtype=float), expected, rtol=1e-12)
    d = sd.derive(sd.sum(e) if e.shape else e, {"x": x, "X": X, "c": c}[taken[0]])
    assert d.status == "proved" and d.check().ok
    np.testing.assert_allclose(d.numpy()(**numbers), np.array(d.at(**numbers), dtype=float), rtol=1e-9)


def test_ones_zeros_and_the_identity_have_their_names_at_any_size():
    assert str(x + np.ones(3)) == "x + ones(3)"
    assert str(np.eye(3) @ x) == "I*x" and str(X @ Matrix.eye(3)) == "X*I"
    w = sd.tensor("w", 2000)
    assert str(sd.dot(w, np.zeros(2000))).startswith("zeros(2000)") or "zeros(2000)" in str(sd.dot(w, np.zeros(2000)))


REFUSED = {
    "text": ("a + b", "is text", "sd.parse"),
    "bytes": (b"a", "bytes", "numbers"),
    "None": (None, "None is not", "value"),
    "truth value": (True, "truth value", "1 or 0"),
    "NumPy's truth value": (np.bool_(True), "truth value", "1 or 0"),
    "truth values": (np.array([True, False, True]), "truth value", "1 or 0"),
    "complex": (2j, "complex", "real"),
    "complex array": (np.array([1j, 1, 1]), "complex", "real"),
    "nan": (float("nan"), "no real number", "finite"),
    "infinity": (np.inf, "no real number", "finite"),
    "nan in an array": (np.array([1, np.nan, 2]), "no real number", "finite"),
    "set": ({1, 2}, "type set", "numbers"),
    "dict": ({"a": 1}, "type dict", "numbers"),
    "object": (object(), "type object", "numbers"),
    "generator": ((k for k in (1, 2)), "generator", "numbers"),
    "function": (len, "is not", "numbers"),
    "MatrixSymbol": (MatrixSymbol("M", 3, 3), "MatrixSymbol", "sd.tensor"),
    "matrix expression": (2 * MatrixSymbol("M", 3, 3), "MatMul", "sd.tensor"),
    "dates": (np.array(["2020-01-01"] * 3, dtype="datetime64[D]"), "is not", "numbers"),
    "text in a list": ([1, "2", 3], "is text", "sd.parse"),
    "text in an array": (np.array(["1", "2", "3"]), "is text", "sd.parse"),
    "nothing": ([], "no numbers", "1 or more"),
    "no entries": (np.array([]), "no entries", "1 or more"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_in_a_sentence(name):
    value, said, hint = REFUSED[name]
    for act in (lambda: x + value, lambda: value - x, lambda: X @ value, lambda: x[1] * value):
        with pytest.raises(sd.SymderivError) as caught:
            act()
        assert said in str(caught.value) and hint in str(caught.value), str(caught.value)


def test_shapes_are_checked_against_literal_sizes():
    for act in (lambda: x + np.ones(4), lambda: np.ones((2, 2)) @ x, lambda: X + Matrix.eye(2), lambda: v + np.ones(3)):
        with pytest.raises(ShapeError):
            act()
    with pytest.raises(ShapeError, match="differ in length"):
        x * [[1, 2, 3], [4, 5]]


def test_numbers_are_no_labels_beside_declared_tensors():
    Z = sd.tensor("Z", 2, 3)
    for act in (lambda: sd.pick(Z, [1, 2]), lambda: sd.cross_entropy(Z, [0, 1]), lambda: sd.embedding(Z, np.array([0, 1]))):
        with pytest.raises(sd.SymderivError, match=r"sd\.label"):
            act()
    assert sd.cross_entropy(x, [0, 1, 0]).shape == ()


def test_an_array_too_large_for_a_formula_is_data():
    with pytest.raises(BoundExceeded, match=r"sd\.tensor"):
        np.random.default_rng(0).normal(size=(100, 3)) @ x
    with pytest.raises(BoundExceeded):
        x * [[[0, k] for k in range(1000)]]


WRONG_KINDS = {
    "an operator to derive": (lambda: sd.derive(sd.sqrt, c), "sqrt"),
    "an operator as variable": (lambda: sd.derive(c**2, sd.exp), "exp"),
    "a class": (lambda: sd.derive(int, c), "int"),
    "a size as variable": (lambda: sd.derive(sd.sum(v), n), "not a tensor"),
    "a derivation": (lambda: sd.derive(sd.derive(sd.sum(x * x), x), x), "Derivation"),
    "a variable that is a dict": (lambda: sd.derive(sd.sum(x), {"x": x}), "dict"),
    "sides that are functions": (lambda: sd.prove(sd.sin, sd.cos), "sin"),
    "an option that is text": (lambda: sd.sum(x, keepdims="no"), "True or False"),
    "an axis that is true": (lambda: sd.sum(X, axis=True), "not an axis"),
    "a mode that is a list": (lambda: sd.conv1d(x, x, mode=["same"]), "mode"),
    "a law that is a list": (lambda: sd.random("w", 3, law=["normal"]), "law"),
    "a mean that is text": (lambda: sd.random("w", 3, mean="0"), "text"),
    "a seed that is text": (lambda: sd.prove(x, 2 * x, seed="1"), "seed"),
    "a property that is text": (lambda: sd.tensor("S", 3, 3, symmetric="no"), "True or False"),
    "names that are numbers": (lambda: sd.dims(3), "name"),
    "a name that is a size": (lambda: sd.tensor(n, 3), "name"),
    "assumptions that are numbers": (lambda: sd.prove(x, x, assuming=[3]), "relation"),
    "one assumption": (lambda: sd.prove(x, x, assuming=3), "list"),
    "end of a sum": (lambda: sd.Sum(v[1], (sd.indices("i", n), 1, "n")), "text"),
    "sides of a delta": (lambda: sd.delta("i", 1), "text"),
    "a size that is true": (lambda: sd.tensor("u", True), "truth value"),
    "a size that is an array": (lambda: sd.tensor("u", x), "not a size"),
    "a rate that is text": (lambda: sd.sgd(c**2, c, rate="0.1"), "text"),
}


@pytest.mark.parametrize("name", WRONG_KINDS)
def test_a_wrong_kind_of_argument_is_named(name):
    act, said = WRONG_KINDS[name]
    with pytest.raises(sd.SymderivError) as caught:
        act()
    assert said in str(caught.value), str(caught.value)


def test_data_is_numbers_and_never_text():
    d = sd.derive(sd.sum(sd.exp(x)) * c, x)
    for values in (
        ["1", "2", "3"],
        np.array(["1", "2", "3"]),
        [1, 2, "3"],
        {"a": 1},
        [[1, 2], [3]],
        "1",
        None,
        [1, None, 2],
    ):
        for function in (d.numpy(), lambda **given: sd.evaluate(x * c, **given), d.at):
            with pytest.raises((EvaluationError, DeclarationError)):
                function(x=values, c=1.0)
    for size in ("3", [3], 2.5, 0, -1, True, None, float("nan")):
        with pytest.raises(EvaluationError):
            sd.evaluate(sd.ones(n), n=size)


def test_what_stands_beside_is_converted_once_for_all_spellings():
    ones = ([1, 1, 1], (1.0, 1.0, 1.0), Matrix([1, 1, 1]).T.tolist()[0], sympy.Array([1, 1, 1]))
    assert all(x + each == x + np.ones(3) for each in ones)
    assert x * Fraction(1, 2) == x * Rational(1, 2) == x * Decimal("0.5") == x / 2


ON_THE_RIGHT = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a ** b, lambda a, b: a @ b, lambda a, b: a < b]
ON_THE_LEFT = [lambda a, b: b - a, lambda a, b: b / a, lambda a, b: b // a, lambda a, b: b >= a]
SCALARS = [n, n + 1, 2 * n, n // 2, sd.indices("i", n) + 1, 2 * c + 1, sd.iverson(sd.indices("i", n) < 3), x[1] ** 2]


@pytest.mark.parametrize("value", ["text", ("print()",), {"a": "print()"}, b"a", None, True, 2j, float("nan"), object(),
                                   MatrixSymbol("M", 3, 3), sympy.S.true, sympy.Interval(0, 1)],
                         ids=lambda v: type(v).__name__)
def test_sympys_own_sums_of_ours_refuse_what_is_no_mathematics(value):
    for scalar in SCALARS:
        # SymPy's objects have operators of their own.
        for act in ON_THE_RIGHT + ([] if isinstance(value, sympy.Basic) else ON_THE_LEFT):
            with pytest.raises(sd.SymderivError):
                act(scalar, value)


def test_nothing_is_evaluated_beside_a_size(capsys):
    for scalar in SCALARS:
        for act in ON_THE_RIGHT + ON_THE_LEFT:
            for value in ("print('ran')", ("print('ran')",), {"print('ran')": 1}):
                with pytest.raises(sd.SymderivError):
                    act(scalar, value)
    assert capsys.readouterr().out == ""


def test_arrays_beside_a_size_are_constants_and_sympys_own_expressions_stay_as_they_are():
    assert ((n + 1) * np.array([1, 2, 3])).shape == (3,) and ([1, 2, 3] * (n + 1)).shape == (3,)
    assert sd.sum([v, v]).shape == ()
    q = sympy.Symbol("q")
    with pytest.raises(TypeError):
        (q + 1) * "text"
    assert (q + 1) * (n + 1) == (n + 1) * (q + 1)
    with pytest.raises(BoundExceeded):
        (n + 1) * 10 ** 5000
