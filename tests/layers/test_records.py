"""Every record: its definition, evaluated by brute force, is what its NumPy source computes; how it is written."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sympy import latex

import symderiv as sd
from symderiv.arrays.operator import OPERATORS, operator
from symderiv.errors import DeclarationError, ShapeError
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
from tests.several import samples

m, n, k, d, N = sd.dims("m n k d N")
A, B = sd.tensor("A", n, n), sd.tensor("B", n, n)
W, X, V = sd.tensor("W", m, n), sd.tensor("X", N, n), sd.tensor("V", n, m)
a, b, x, w = sd.tensor("a", n), sd.tensor("b", n), sd.tensor("x", d), sd.tensor("w", k)
z, u, c = sd.tensor("z", m), sd.tensor("u", m), sd.tensor("c")
y, t = sd.label("y", m), sd.label("t", m, shape=(N,))
Y = sd.tensor("Y", N, m)


def agree(expr, count=3, seed=0):
    function, source = compile_numpy(expr)
    for s in samples(expr, seed, count):
        got, meant = function(**s.everything), evaluate(expr, **s.everything)
        assert np.shape(got) == np.shape(meant), source
        np.testing.assert_allclose(got, meant, rtol=1e-10, atol=1e-12, err_msg=source)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_numpy_source_agrees_with_the_definition(name):
    example = operator(name).example()
    agree(example)
    assert str(example) and latex(example)


VARIANTS = {
    "matrix @ matrix": W @ V,
    "vector @ matrix": z @ W,
    "vector @ vector": a @ b,
    "quadratic form": a @ A @ a,
    "outer of a product": sd.outer(z, A.T @ b),
    "einsum with a trace": sd.einsum("ii->", A),
    "einsum, implicit result": sd.einsum("ij,j", A, b),
    "diagonal of a matrix": sd.diag(A),
    "broadcast of a row": X + a,
    "quotient": a / b**2,
    "power of arrays": sd.exp(a) ** b,
    "scalar in front": c * a / n,
    "sum along the first axis": sd.sum(X, axis=0),
    "sum along the last axis, kept": sd.sum(X, axis=-1, keepdims=True),
    "sum of all": sd.sum(X),
    "mean along both axes": sd.mean(X, axis=(0, 1)),
    "mean of a vector": sd.mean(a),
    "softmax along the first axis": sd.softmax(X, axis=0),
    "log_softmax of a batch": sd.log_softmax(X),
    "logsumexp along the first axis": sd.logsumexp(X, axis=0),
    "logsumexp of a batch": sd.logsumexp(X),
    "one_hot of a batch": sd.one_hot(t),
    "row by label": W[y, :],
    "column": W[:, 2],
    "linear of a vector": sd.linear(a, W, z),
    "linear of a batch": sd.linear(X, W, z),
    "cross_entropy with a target": sd.cross_entropy(z, u),
    "cross_entropy of a batch with labels": sd.cross_entropy(X @ V, t),
    "cross_entropy of a batch, sum": sd.cross_entropy(X @ V, t, reduction="sum"),
    "cross_entropy of a batch, none": sd.cross_entropy(X @ V, t, reduction="none"),
    "cross_entropy of a batch with targets": sd.cross_entropy(X @ V, Y),
    "cross_entropy of a batch with targets, none": sd.cross_entropy(X @ V, Y, reduction="none"),
    "nll of a batch": sd.nll(sd.log_softmax(X @ V), t),
    "binary_cross_entropy of scalars": sd.binary_cross_entropy(sd.sigmoid(c), a[1]),
    "bce_with_logits of a batch, sum": sd.bce_with_logits(X @ V, Y, reduction="sum"),
    "mse, none": sd.mse(a, b, reduction="none"),
    "mse of scalars": sd.mse(c, a[1]),
    "insert_zeros by three": sd.insert_zeros(x, 3),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_agree_with_their_definitions(name):
    agree(VARIANTS[name])


CONVOLUTIONS = [{"mode": mode, "stride": stride, "dilation": dilation, "flip": flip}
                for mode, stride, dilation, flip in product(("valid", "full", "same"), (1, 2), (1, 2), (False, True))]
CONVOLUTIONS += [{"padding": 1}, {"padding": (2, 0), "stride": 2}, {"padding": (k - 1, 0)}, {"padding": (-1, 1)},
                 {"padding": 1, "stride": 3, "dilation": 2, "flip": True}]


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
def test_convolution_variants_agree_with_their_definitions(options):
    agree(sd.conv1d(x, w, **options), count=4)


def test_convolutions_of_the_exercise():
    # Three modes with the kernel flipped, worked by hand.
    signal, kernel = sd.tensor("x", 4), sd.tensor("w", 3)
    data = {"x": np.array([1, 2, 3, 4]), "w": np.array([1, 0, 2])}
    expected = {"valid": [5, 8], "same": [2, 5, 8, 6], "full": [1, 2, 5, 8, 6, 8]}
    for mode, values in expected.items():
        assert evaluate(sd.conv1d(signal, kernel, mode=mode, flip=True), **data).tolist() == values


@pytest.mark.parametrize("size", [3, 4, 5, 6])
@pytest.mark.parametrize("kernel", [1, 2, 3])
@pytest.mark.parametrize("mode", ["valid", "full", "same"])
def test_flipped_convolution_is_numpys_convolve(mode, size, kernel):
    rng = np.random.default_rng(size * 10 + kernel)
    data = {"x": rng.normal(size=size), "w": rng.normal(size=kernel)}
    np.testing.assert_allclose(evaluate(sd.conv1d(x, w, mode=mode, flip=True), **data),
                               np.convolve(data["x"], data["w"], mode))


@pytest.mark.parametrize("size, kernel, stride, dilation, padding", [(7, 3, 2, 1, 0), (8, 2, 3, 2, 1), (5, 4, 1, 1, 2)])
def test_convolution_sizes(size, kernel, stride, dilation, padding):
    e = sd.conv1d(sd.tensor("x", size), sd.tensor("w", kernel), stride=stride, dilation=dilation, padding=padding)
    assert e.shape == ((size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1,)


def test_symbolic_convolution_sizes():
    assert sd.conv1d(x, w).shape == (d - k + 1,)
    assert sd.conv1d(x, w, mode="full").shape == (d + k - 1,)
    assert sd.conv1d(x, w, mode="same").shape == (d,)
    assert sd.conv1d(sd.conv1d(x, w), sd.tensor("v", m)).shape == (d - k - m + 2,)


def test_a_valid_convolution_asks_that_the_kernel_fits():
    e = sd.conv1d(x, w)
    assert e.op.conditions(e.args, e.params) == (k <= d,)
    full = sd.conv1d(x, w, mode="full")
    assert full.op.conditions(full.args, full.params) == ()


@pytest.mark.parametrize("build, words", [
    (lambda: W @ z, ["(m, n)", "(m,)", "W @ z"]),
    (lambda: W + z, ["(m, n)", "(m,)", "W + z"]),
    (lambda: a * z, ["(n,)", "(m,)"]),
    (lambda: sd.outer(W, a), ["(m, n)", "outer(W, a)"]),
    (lambda: sd.dot(W, a), ["(m, n)", "dot(W, a)"]),
    (lambda: sd.trace(W), ["(m, n)"]),
    (lambda: sd.diag(W), ["(m, n)"]),
    (lambda: sd.einsum("ij,jk->ik", W, W), ["letter j", "(m, n)"]),
    (lambda: sd.einsum("ij->ik", W), ["letter k"]),
    (lambda: sd.einsum("i->i", W), ["(m, n)"]),
    (lambda: sd.sum(W, axis=2), ["axis 2"]),
    (lambda: sd.softmax(c), ["scalar"]),
    (lambda: sd.cross_entropy(a, y), ["n", "m"]),
    (lambda: sd.cross_entropy(X, z), ["(N, n)", "(m,)"]),
    (lambda: sd.conv1d(W, w), ["(m, n)"]),
    (lambda: sd.conv1d(sd.tensor("x", 2), sd.tensor("w", 3)), ["(2,)", "(3,)", "fit"]),
    (lambda: sd.flip(W), ["(m, n)"]),
    (lambda: sd.linear(z, W), ["(m,)", "(m, n)"]),
    (lambda: c @ a, ["scalar"]),
])
def test_shapes_that_do_not_conform_show_both_shapes(build, words):
    with pytest.raises(ShapeError) as caught:
        build()
    for word in words:
        assert word in str(caught.value)


def test_unknown_options_are_refused():
    with pytest.raises(DeclarationError, match="mode"):
        sd.conv1d(x, w, mode="reflect")
    with pytest.raises(DeclarationError, match="reduction"):
        sd.cross_entropy(z, y, reduction="average")
    with pytest.raises(DeclarationError):
        sd.conv1d(x, w, stride=0)


TEXTS = [
    (sd.outer(sd.softmax(W @ a) - sd.one_hot(y), a), "(softmax(W*a) - e_y)*a.T",
     r"\left(\operatorname{softmax}\left(W a\right) - e_{y}\right) a^{\top}"),
    (a @ A @ a, "a.T*A*a", r"a^{\top} A a"),
    (a @ b, "a.T*b", r"a^{\top} b"),
    (a @ A, "A.T*a", r"A^{\top} a"),
    (sd.outer(a, A.T @ b), "a*b.T*A", r"a b^{\top} A"),
    (W.T @ (z - u), "W.T*(z - u)", r"W^{\top} \left(z - u\right)"),
    (X.T @ (sd.softmax(X @ V) - Y) / N, "X.T*(softmax(X*V) - Y)/N",
     r"\frac{1}{N} X^{\top} \left(\operatorname{softmax}\left(X V\right) - Y\right)"),
    (sd.diag(a) - sd.outer(a, a), "Diag(a) - a*a.T", r"\operatorname{Diag}\left(a\right) - a a^{\top}"),
    (a * b, "a.*b", r"a \odot b"),
    (a / b, "a./b", r"a \oslash b"),
    (2 * a**2, "2*a.^2", r"2 a^{\odot 2}"),
    (-(a + b), "-(a + b)", r"-\left(a + b\right)"),
    (1 - a, "1 - a", "1 - a"),
    (a - 2 * b, "a - 2*b", "a - 2 b"),
    (a * (A @ b), "a.*(A*b)", r"a \odot \left(A b\right)"),
    ((a @ b) * A, "(a.T*b)*A", r"\left(a^{\top} b\right) A"),
    (A @ (2 * b), "A*(2*b)", r"A \left(2 b\right)"),
    ((A + B).T, "(A + B).T", r"\left(A + B\right)^{\top}"),
    (sd.eye(n), "eye(n)", "I_{n}"),
    (sd.conv1d(x, w, mode="full", flip=True), 'conv1d(x, w, mode="full", flip=True)',
     r"x \mathbin{\tilde{*}} \operatorname{flip}\left(w\right)"),
    (sd.conv1d(x, w), "conv1d(x, w)", "x * w"),
    (sd.trace(A), "tr(A)", r"\operatorname{tr}\left(A\right)"),
    (sd.sum(X, axis=0), "sum(X, axis=0)", r"\operatorname{sum}\left(X,\, \mathrm{axis}=0\right)"),
    (W[2, :], "W[2,:]", "{W}_{2,:}"),
    (sd.one_hot(t), "onehot(t)", r"\operatorname{onehot}\left(t\right)"),
]


@pytest.mark.parametrize("expr, text, tex", TEXTS, ids=[text for _, text, _ in TEXTS])
def test_written_as_in_a_textbook(expr, text, tex):
    assert str(expr) == text
    assert latex(expr) == tex


def test_normal_forms():
    assert ((a + b) + a).args[0] is (a + b)  # what is used twice stays one array
    assert (2 * a) * (3 * b) == 6 * a * b
    assert A.T.T == A
    assert a == a.T
    assert sd.insert_zeros(x, 1) == x
    assert sd.sum(a, axis=0) == sd.sum(a)
    assert sd.softmax(X, axis=1) == sd.softmax(X)
    assert sd.conv1d(x, w, padding=0) == sd.conv1d(x, w, mode="valid")
    assert a + 0 == a
    assert 1 * a == a


def test_scalars_give_sympys_own():
    import sympy

    s = sympy.Symbol("s", real=True)
    assert sd.exp(s) == sympy.exp(s)
    assert sd.exp(0) == 1
    assert sd.abs(-2) == 2
    assert sd.sigmoid(0) == sympy.Rational(1, 2)
    assert sd.relu(-3) == 0
    assert float(sd.sigmoid(sympy.Rational(3, 10)).evalf()) == pytest.approx(1 / (1 + np.exp(-0.3)))
    assert float(sd.softplus(sympy.Integer(2)).evalf()) == pytest.approx(np.log1p(np.exp(2)))


def test_a_registered_operator_of_a_user_works_like_ours():
    from symderiv.arrays.arrays import Tensor
    from symderiv.arrays.operator import Operator, register

    shift = register(Operator(
        name="shift_by_one_for_the_test",
        shape=lambda args, params: args[0].shape,
        definition=lambda out, args, params: sd.iverson(out[0] > 1) * args[0][out[0] - 1],
        numpy=lambda sources, params, shapes: f"(lambda v: np.append(np.zeros_like(v[:1]), v[:-1]))({sources[0]})",
        example=lambda: shift(Tensor("x", (n,)))))
    try:
        agree(shift(a))
        agree(sd.exp(shift(a)) @ b)
    finally:
        del OPERATORS["shift_by_one_for_the_test"]
