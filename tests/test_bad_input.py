"""Bad input raises a clear error of ours: what is wrong, where, and a way out."""

from __future__ import annotations

import pytest
from sympy import Function, Symbol, gamma

import symderiv as sd
from symderiv.errors import (
    BoundExceeded,
    DeclarationError,
    DefinitionCycle,
    EvaluationError,
    IndexError_,
    OutputError,
    ShapeError,
    UnknownFunction,
)

m, n, k = sd.dims("m n k")
W, x, z, c = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m), sd.tensor("c")
y = sd.label("y", m)
i, j = sd.indices("i j", m)
a = sd.indices("a", n)

SHAPES = {
    "matrix times vector": (lambda: W @ z, ["(m, n)", "(m,)", "W @ z"]),
    "sum": (lambda: W + z, ["(m, n)", "(m,)", "n against m"]),
    "sum of layers": (lambda: sd.tanh(W @ x) + sd.softmax(x), ["(m,)", "(n,)", "softmax(x)"]),
    "label of other classes": (lambda: sd.cross_entropy(W @ x, sd.label("q", n)), ["n classes", "(m,)"]),
    "target of another shape": (lambda: sd.cross_entropy(z, x), ["(m,)", "(n,)"]),
    "letter over another axis": (lambda: x[i], ["size m", "size n"]),
    "trace of a rectangle": (lambda: sd.trace(W), ["(m, n)", "square"]),
    "kernel longer than its input": (lambda: sd.conv1d(sd.tensor("u", 2), sd.tensor("v", 3)), ["(2,)", "(3,)"]),
    "Hessian of an array": (lambda: sd.hessian(sd.softmax(z), z), ["(m,)", "scalar"]),
    "cotangent of another shape": (lambda: sd.vjp(W @ x, x, x), ["(n,)", "(m,)"]),
    "sides of other shapes": (lambda: sd.prove(z, x), ["(m,)", "(n,)"]),
    "property of a rectangle": (lambda: sd.tensor("S", m, n, symmetric=True), ["(m, n)", "not square"]),
    "inverse of a rectangle": (lambda: sd.inv(W), ["(m, n)", "square"]),
    "determinant of a rectangle": (lambda: sd.det(W), ["(m, n)", "square"]),
    "power of a rectangle": (lambda: sd.matrix_power(W, 2), ["(m, n)", "square"]),
    "mask of another shape": (lambda: sd.attention(W, W, W, mask=W.T), ["mask", "(n, m)", "(m, m)"]),
    "axis that is not there": (lambda: sd.sum(W, axis=2), ["axis 2", "2 axes"]),
    "axis from the end that is not there": (lambda: sd.softmax(W, axis=-3), ["axis -3", "2 axes"]),
    "axis that is text": (lambda: sd.mean(W, axis="rows"), ["'rows'", "0 is the first"]),
    "axis that is a fraction": (lambda: sd.max(W, axis=0.5), ["0.5", "integers"]),
    "axis named twice": (lambda: sd.sum(W, axis=(0, -2)), ["twice"]),
    "axis of a normalisation": (lambda: sd.layer_norm(W, axis=3), ["axis 3"]),
    "reshape to another number of entries": (lambda: sd.reshape(W, n, n), ["m*n", "n**2"]),
    "reshape that need not divide": (lambda: sd.reshape(W, 3, -1), ["m*n", "rows of 3"]),
    "batches of other sizes": (lambda: sd.tensor("T", m, k, n) @ sd.tensor("U", k, n, m), ["m", "k"]),
    "vectors of other sizes in an einsum": (lambda: sd.einsum("...i,i->...", W, z), ["letter i", "n and m"]),
    "rows that labels cannot name": (lambda: sd.embedding(W, sd.label("t", n, shape=(k,))), ["m rows", "1..n"]),
    "numbers for labels": (lambda: sd.embedding(W, z), ["numbers", "sd.label"]),
    "position found in another axis": (lambda: W[sd.argmax(x)], ["1..n", "size m"]),
    "covariances of another shape": (lambda: sd.gaussian_nll(x, x, W), ["(m, n)", "(n, n)"]),
    "groups that do not fit": (lambda: sd.conv1d(sd.tensor("u", 1, 4, 9), sd.tensor("v", 6, 2, 3), groups=3), ["3 groups"]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_shown(name):
    act, words = SHAPES[name]
    with pytest.raises(ShapeError) as caught:
        act()
    assert all(word in str(caught.value) for word in words), str(caught.value)


DECLARATIONS = {
    "size as text": (lambda: sd.tensor("W", "m"), 'dims("m")'),
    "size zero": (lambda: sd.tensor("W", 0), "positive integer"),
    "negative size": (lambda: sd.tensor("W", -2), "positive integer"),
    "fractional size": (lambda: sd.tensor("W", 1.5), "positive integer"),
    "negative symbolic size": (lambda: sd.tensor("W", -n), "positive integer"),
    "size that may be a fraction": (lambda: sd.tensor("W", n / 2), "floor"),
    "undeclared size": (lambda: sd.tensor("W", Symbol("q")), "sd.dims"),
    "no name": (lambda: sd.tensor(" "), "name"),
    "definition without a name": (lambda: sd.define("", (i,), z[i]), "name"),
    "unknown property": (lambda: sd.tensor("x", n, happy=True), "positive_definite"),
    "letters that are text": (lambda: sd.define("p", ("i",), z[i]), "sd.indices"),
    "variable that is a number": (lambda: sd.derive(sd.sum(z), 3), "not a tensor"),
    "variable that is a label": (lambda: sd.derive(sd.cross_entropy(z, y), y), "not a tensor"),
    "variable that is an entry": (lambda: sd.derive(sd.sum(z), z[i]), "not a tensor"),
    "several variables of a Hessian": (lambda: sd.hessian(sd.sum(z), (z,)), "one variable"),
    "text for an expression": (lambda: sd.derive("x**2", x), "sd.parse"),
    "text in arithmetic": (lambda: x + "y", "sd.parse"),
    "text for a variable": (lambda: sd.derive(sd.sum(z), "z"), "sd.parse"),
    "assumption as text": (lambda: sd.derive(sd.sum(z), z, assuming=["k < n"]), "assuming=[k <= d"),
    "unknown mode": (lambda: sd.conv1d(x, z, mode="sam"), "valid, full, same"),
    "unknown reduction": (lambda: sd.mse(z, z, reduction="avg"), "mean, sum, none"),
    "comparison by ==": (lambda: sd.where(x == 0, x, 1), "compare expressions as such"),
    "ends of a clip in the wrong order": (lambda: sd.clip(x, 3, 1), "exchange"),
    "spectral norm": (lambda: sd.norm(W, 2), "Frobenius"),
    "exponent that is a size": (lambda: sd.matrix_power(W @ W.T, n), "whole number"),
    "groups of channels that need not be whole": (lambda: sd.group_norm(sd.tensor("v", 2, n, 3), 2), "2*c"),
    "two tensors of one name": (lambda: sd.derive(sd.sum(x) + sd.sum(sd.tensor("x", m)), x), "two tensors"),
    "size declared twice": (lambda: sd.dims("m m"), "once"),
    "grain": (lambda: sd.derive(sd.sum(z), z).proof.latex("tiny"), "rewrites"),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_declarations(name):
    act, words = DECLARATIONS[name]
    with pytest.raises(DeclarationError) as caught:
        act()
    assert words in str(caught.value)


INDICES = {
    "bound index reused": (lambda: sd.Sum(sd.Sum(z[i], i), i), "bound twice"),
    "one index bound twice": (lambda: sd.Sum(z[i], i, i), "bound twice"),
    "a range of a letter summed within": (lambda: sd.Sum(z[i] * z[j], (i, 1, n), (j, 1, i)), "innermost sum outwards"),
    "free and bound": (lambda: sd.define("p", (i,), z[i] / sd.Sum(z[i], i)), "both free and bound"),
    "free letter not listed": (lambda: sd.define("p", (i,), z[j]), "not among its letters"),
    "letter listed twice": (lambda: sd.define("p", (i, i), z[i]), "listed twice"),
    "symbol for a letter": (lambda: sd.Sum(z[i], Symbol("i")), "sd.indices"),
    "array under a sum": (lambda: sd.Sum(z, i), "sd.sum"),
    "position zero": (lambda: x[0], "count from 1"),
    "position beyond the end": (lambda: sd.tensor("v", 3)[4], "1..3"),
    "too many letters": (lambda: x[a, a], "2 indices"),
    "half an index": (lambda: x[a / 2], "integer"),
    "number for an index": (lambda: z[x[1]], "integer"),
    "product of letters": (lambda: sd.derive(sd.define("f", (i,), z[i * i]), z), "not affine"),
    "letter that starts late": (lambda: sd.define("p", (sd.indices("i", m, 2),), z[1]), "starts at 2"),
    "condition that is a number": (lambda: sd.iverson(3), "iverson(i < j)"),
    "scalar with a free letter": (lambda: sd.derive(x[a] ** 2, x), "free"),
    "array with a free letter": (lambda: sd.derive(x[a] * W, x), "free"),
    "variable with a free letter": (lambda: sd.derive(sd.sum(W), W[i, :]), "free"),
}


@pytest.mark.parametrize("name", INDICES)
def test_indices(name):
    act, words = INDICES[name]
    with pytest.raises(IndexError_) as caught:
        act()
    assert words in str(caught.value)


def test_sum_beyond_the_range_of_a_letter_that_arrays_depend_on():
    total = sd.Sum(sd.norm(sd.tanh(x[a] * W)), (a, 1, 2 * n))
    with pytest.raises(IndexError_, match="own range"):
        sd.derive(total, x)


@pytest.mark.parametrize("value", [2, -1, 0.5])
def test_label_out_of_range(value):
    loss = sd.cross_entropy(z, y)
    with pytest.raises(EvaluationError, match="label y"):
        sd.evaluate(loss, z=[1.0, 2.0], y=value)
    with pytest.raises(EvaluationError, match="y"):
        sd.derive(loss, z).numpy()(z=[1.0, 2.0], y=value)


def test_label_of_more_classes_than_entries():
    with pytest.raises(ShapeError, match=r"size 4.*size 3"):
        sd.tensor("p", 3)[sd.label("y", 4)]


@pytest.mark.parametrize("function", [gamma, Function("mystery")], ids=str)
def test_unknown_function(function):
    with pytest.raises(UnknownFunction, match=str(function)):
        sd.derive(sd.define("f", (i,), function(z[i])), z)


def test_definition_that_mentions_itself():
    with pytest.raises(DefinitionCycle, match="mentions z itself"):
        sd.define("z", (i,), z[i] + 1)
    with pytest.raises(DefinitionCycle):
        sd.define("p", (i,), sd.define("p", (j,), sd.exp(z[j]))[i])


def test_variable_that_does_not_occur_is_an_exact_zero_with_a_note():
    derivation = sd.derive(sd.softmax(z), W)
    assert derivation.shape == (m, m, n)
    assert str(derivation.closed) == "zeros(m, m, n)" and derivation.index == 0
    assert derivation.notes == ("W does not occur in the expression: the derivative is exactly zero",)


def test_expression_beyond_the_bound(monkeypatch):
    from symderiv.lowering import program as lowering

    monkeypatch.setattr(lowering, "MAX_NODES", 10)
    with pytest.raises(BoundExceeded, match="10"):
        sd.derive(sd.sum(sd.tanh(sd.sigmoid(sd.sin(z) * z + 1) + z) ** 2 / 3), z)


def test_deep_network_needs_no_deep_recursion():
    h = x
    A = sd.tensor("A", n, n)
    for _ in range(300):
        h = sd.tanh(A @ h)
    assert sd.derive(sd.sum(h), x).shape == (n,)


@pytest.mark.parametrize("write", ["to_tex", "to_html"])
def test_file_that_cannot_be_written(tmp_path, write):
    derivation = sd.derive(sd.sum(z), z)
    with pytest.raises(OutputError):
        getattr(derivation, write)(tmp_path / "missing" / "out")
    assert list(tmp_path.iterdir()) == []


def test_missing_and_unknown_arrays():
    with pytest.raises(EvaluationError, match="W"):
        sd.evaluate(W @ x, x=[1.0])
    with pytest.raises(EvaluationError, match="size"):
        sd.evaluate(W @ x, x=[1.0], W=[[1.0, 2.0]])
    with pytest.raises(EvaluationError, match="no variable named q"):
        sd.derive(sd.sum(z), z).numpy()(q=1)


def test_arrays_are_not_iterable():
    with pytest.raises(TypeError, match=r"sd\.indices"):
        list(x)
