"""Operators called as NumPy and PyTorch users call them: axes, keepdims, batches, positions; values against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import oo

import symderiv as sd
from symderiv.arrays.arrays import Tensor
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate

N, h, m, n, k, d = sd.dims("N h m n k d")
x, y, z = (sd.tensor(name, n) for name in "xyz")
X, Y = sd.tensor("X", m, n), sd.tensor("Y", m, n)
T, U, V = sd.tensor("T", N, m, n), sd.tensor("U", N, n, k), sd.tensor("V", n, k)
ids = sd.label("ids", m, shape=(N,))
words = sd.label("words", n, shape=(N, m))

RNG = np.random.default_rng(0)
SIZES = {"N": 2, "h": 3, "m": 4, "n": 5, "k": 6, "d": 7}
DATA = {t.name: RNG.normal(size=[SIZES[s.name] for s in t.shape]) for t in (x, y, z, X, Y, T, U, V)}
DATA["ids"] = np.array([3, 0])
DATA["words"] = RNG.integers(0, 5, (2, 4))


def softmax(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


VALUES = {
    "prod": (sd.prod(x), lambda x: np.prod(x)),
    "prod, axis": (sd.prod(X, axis=0), lambda X: np.prod(X, axis=0)),
    "prod, two axes kept": (sd.prod(T, axis=(0, -1), keepdims=True), lambda T: np.prod(T, axis=(0, -1), keepdims=True)),
    "cumsum": (sd.cumsum(X, axis=-1), lambda X: np.cumsum(X, axis=-1)),
    "argmax, from 1": (sd.argmax(X, axis=0), lambda X: np.argmax(X, axis=0) + 1),
    "one-hot of argmin": (sd.one_hot(sd.argmin(X, axis=0)), lambda X: np.eye(4)[np.argmin(X, axis=0)]),
    "indexed by argmax": (X[:, sd.argmax(x)], lambda X, x: X[:, np.argmax(x)]),
    "max, kept": (X - sd.max(X, axis=1, keepdims=True), lambda X: X - np.max(X, axis=1, keepdims=True)),
    "min, two axes": (sd.min(T, axis=(1, 2)), lambda T: np.min(T, axis=(1, 2))),
    "max where": (sd.max(X, axis=1, where=sd.heaviside(Y)),
                  lambda X, Y: np.max(X, axis=1, where=Y > 0, initial=-9) * (Y > 0).any(axis=1)),
    "logsumexp of all": (sd.logsumexp(X, axis=None), lambda X: np.log(np.exp(X).sum())),
    "logsumexp, kept": (sd.logsumexp(T, axis=(0, 2), keepdims=True), lambda T: np.log(np.exp(T).sum((0, 2), keepdims=True))),
    "3-norm": (sd.norm(x, 3), lambda x: np.linalg.norm(x, 3)),
    "inf-norm": (sd.norm(x, oo), lambda x: np.linalg.norm(x, np.inf)),
    "column-sum norm": (sd.norm(X, 1), lambda X: np.linalg.norm(X, 1)),
    "row-sum norm along axes": (sd.norm(T, np.inf, axis=(2, 0)), lambda T: np.linalg.norm(T, np.inf, axis=(2, 0))),
    "einsum, ellipsis": (sd.einsum("...ij,jk->...ik", T, V), lambda T, V: np.einsum("...ij,jk->...ik", T, V)),
    "einsum, no arrow": (sd.einsum("...i,i", T, x), lambda T, x: np.einsum("...i,i", T, x)),
    "batches multiply": (T @ U, lambda T, U: T @ U),
    "a batch times a matrix": (T @ V, lambda T, V: T @ V),
    "a batch times a vector": (T @ x, lambda T, x: T @ x),
    "a vector times a batch": (x @ U, lambda x, U: x @ U),
    "an axis of size 1 broadcasts": (sd.expand_dims(X, 0) @ U, lambda X, U: X[None] @ U),
    "linear over rows of batches": (sd.linear(T, V.T, sd.sum(V, axis=0)), lambda T, V: T @ V + V.sum(axis=0)),
    "transpose with axes": (sd.transpose(T, (1, 2, 0)), lambda T: np.transpose(T, (1, 2, 0))),
    "power of a matrix": (sd.matrix_power(X @ X.T, 3), lambda X: np.linalg.matrix_power(X @ X.T, 3)),
    "clip between arrays": (sd.clip(x, y, z), lambda x, y, z: np.clip(x, y, z)),
    "clip from above": (sd.clip(x, None, 0.5), lambda x: np.clip(x, None, 0.5)),
    "clip by keyword": (sd.clip(x, min=0), lambda x: np.clip(x, 0, None)),
    "where with and": (sd.where((x > 0) & (y < 0), x, z), lambda x, y, z: np.where((x > 0) & (y < 0), x, z)),
    "where with or, not": (sd.where((x > 0) | ~(y < z), x, z), lambda x, y, z: np.where((x > 0) | ~(y < z), x, z)),
    "new axes": (X[:, None, :] - Y[None, :, :], lambda X, Y: X[:, None] - Y[None]),
    "rows by labels": (X[ids], lambda X, ids: X[ids]),
    "columns by labels": (X.T[:, ids], lambda X, ids: X.T[:, ids]),
    "hypot": (sd.hypot(x, y), lambda x, y: np.hypot(x, y)),
    "logaddexp": (sd.logaddexp(x, y), lambda x, y: np.logaddexp(x, y)),
    "softsign": (sd.softsign(x), lambda x: x / (1 + np.abs(x))),
    "hardswish": (sd.hardswish(3 * x), lambda x: 3 * x * np.clip(x / 2 + 0.5, 0, 1)),
    "selu": (sd.selu(x), lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
    "prelu": (sd.prelu(X, x), lambda X, x: np.where(X > 0, X, x * X)),
    "relu6": (sd.relu6(8 * x), lambda x: np.clip(8 * x, 0, 6)),
    "weights by direction and length": (sd.weight_norm(X, sd.sum(X, axis=1), axis=1),
                                        lambda X: X * (X.sum(1) / np.linalg.norm(X, axis=1))[:, None]),
    "global maximum": (sd.global_max_pool(T), lambda T: T.max(axis=2)),
    "attention over batches": (sd.attention(T, T, T), lambda T: softmax(T @ T.swapaxes(1, 2) / np.sqrt(5)) @ T),
    "causal attention": (sd.attention(X, X, Y, causal=True), lambda X, Y: softmax(
        np.where(np.tri(4) > 0, X @ X.T / np.sqrt(5), -np.inf)) @ Y),
    "Gaussian of full covariance": (
        sd.gaussian_nll(x, y, V @ V.T), lambda x, y, V: (np.linalg.slogdet(V @ V.T)[1] + 5 * np.log(2 * np.pi)
                                                         + (x - y) @ np.linalg.inv(V @ V.T) @ (x - y)) / 2),
    "cross-entropy of sequences": (sd.cross_entropy(T, words), lambda T, words: -np.mean(
        np.log(np.take_along_axis(softmax(T), words[..., None], axis=-1)))),
    "rows for words": (sd.embedding(X.T, words), lambda X, words: X.T[words]),
    "stacked along the last axis": (sd.stack([x, y], -1), lambda x, y: np.stack([x, y], -1)),
    "one after the other": (sd.concat([X, Y], 1), lambda X, Y: np.concatenate([X, Y], 1)),
    "KL of a batch": (sd.kl_gaussian(X, sd.exp(Y)), lambda X, Y: np.mean(np.sum(np.exp(Y) + X**2 - 1 - Y, axis=1)) / 2),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_numpys(name):
    expr, run = VALUES[name]
    reads = {str(s): DATA[str(s)] for s in expr.free_symbols if isinstance(s, Tensor)}
    meant = run(**reads)
    np.testing.assert_allclose(evaluate(expr, **reads), meant, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(compile_numpy(expr)[0](**reads), meant, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in VALUES if "Gaussian" not in name])
def test_gradients_agree_with_the_definition(name):
    expr, _ = VALUES[name]
    loss = sd.sum(expr**2) if getattr(expr, "shape", ()) else expr**2
    for t in sorted((s for s in expr.free_symbols if isinstance(s, Tensor) and s.label_size is None), key=str):
        d = sd.derive(loss, t)
        report = d.check(samples=1)
        assert report.ok, f"{d}\n{report}"


def test_the_gradient_of_a_product_is_right_at_zeros():
    v = sd.tensor("v", 3)
    f = sd.derive(sd.prod(v), v).numpy()
    np.testing.assert_allclose(f(v=np.array([2.0, 0.0, 5.0])), [0, 10, 0])
    d = sd.derive(sd.prod(x), x)
    assert str(d.closed) == "prod(x)./x" and d.status == "proved"
    np.testing.assert_allclose(d.numpy()(x=np.array([2.0, 0.0, 5.0])), [0, 10, 0])


def test_argmax_is_a_label_whose_gradient_is_zero():
    assert str(sd.derive(x[sd.argmax(y)], x).closed) == "argmax_one_hot(y)"
    assert str(sd.derive(x[sd.argmax(y)], y).closed) == "zeros(n)"


@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}, {"stride": 1, "padding": (2, 1)}])
def test_padding_of_a_maximum_holds_no_entries(options):
    signal = -1 - np.abs(RNG.normal(size=7))
    expr = sd.max_pool1d(sd.tensor("s", d), 3, **options)
    left, right = np.broadcast_to(options.get("padding", 0), 2)
    padded = np.pad(signal, (left, right), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3)[::options.get("stride", 3)]
    np.testing.assert_allclose(evaluate(expr, s=signal), windows.max(axis=1))
    np.testing.assert_allclose(compile_numpy(expr)[0](s=signal), windows.max(axis=1))
    gradient = sd.derive(sd.sum(expr**2), sd.tensor("s", d))
    assert gradient.status == "proved" and gradient.check(samples=2).ok


def test_padding_of_a_maximum_along_two_axes():
    image = sd.tensor("I", 4, 5)
    expr = sd.max_pool2d(image, 3, stride=2, padding=1)
    values = -1 - np.abs(RNG.normal(size=(4, 5)))
    padded = np.pad(values, 1, constant_values=-np.inf)
    meant = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))[::2, ::2].max(axis=(2, 3))
    np.testing.assert_allclose(evaluate(expr, I=values), meant)
    assert sd.derive(sd.sum(expr**2), image).check(samples=1).ok


def test_a_mean_may_leave_the_padding_out():
    expr = sd.avg_pool1d(sd.tensor("s", d), 3, stride=2, padding=1, count_include_pad=False)
    signal = RNG.normal(size=7)
    meant = [signal[0:2].mean(), signal[1:4].mean(), signal[3:6].mean(), signal[5:7].mean()]
    np.testing.assert_allclose(evaluate(expr, s=signal), meant)
    np.testing.assert_allclose(compile_numpy(expr)[0](s=signal), meant)
    assert sd.derive(sd.sum(expr**2), sd.tensor("s", d)).check(samples=2).ok


def test_a_quotient_in_the_middle_of_a_product_is_bracketed():
    assert str(X.T @ (1 / Y)) == "X.T*(1./Y)"
    assert sd.parse("X.T*(1./Y)", X=X, Y=Y) == X.T @ (1 / Y)
