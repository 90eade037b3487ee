"""Families of layers and losses, and random compositions, against the automatic differentiation of the autograd library.

Every case is written twice: with our operators and symbolic sizes, and with autograd's NumPy for arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational

import symderiv as sd
from tests.drawn import drawn

autograd = pytest.importorskip("autograd")
anp = pytest.importorskip("autograd.numpy")

NAMES = "N c f l h w k d e m n"
S = dict(zip(NAMES.split(), sd.dims(NAMES), strict=True))
SIZES = ({"N": 3, "c": 2, "f": 4, "l": 7, "h": 5, "w": 6, "k": 3, "d": 4, "e": 5, "m": 6, "n": 3},
         {"N": 2, "c": 3, "f": 2, "l": 8, "h": 6, "w": 5, "k": 2, "d": 3, "e": 2, "m": 4, "n": 5})
EPS = Rational(1, 100)


@dataclass(frozen=True)
class Case:
    """Shapes of the variables by the names of their sizes, and the loss twice; ``second`` are variables for a Hessian."""

    shapes: dict[str, str]
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    labels: tuple[str, str] | None = None
    second: tuple[str, ...] = ()


def softmax(z, axis=-1):
    e = anp.exp(z - anp.max(z, axis=axis, keepdims=True))
    return e / anp.sum(e, axis=axis, keepdims=True)


def logsumexp(z, axis=-1):
    top = anp.max(z, axis=axis, keepdims=True)
    return anp.log(anp.sum(anp.exp(z - top), axis=axis)) + anp.squeeze(top, axis)


def sigmoid(z):
    return 1 / (1 + anp.exp(-z))


def conv1d(x, w, stride=1, padding=(0, 0), dilation=1):
    """x (N, c, l), w (f, c, k)."""
    x = anp.pad(x, ((0, 0), (0, 0), padding), "constant")
    k = w.shape[2]
    count = (x.shape[2] - dilation * (k - 1) - 1) // stride + 1
    parts = [anp.einsum("ncl,fc->nfl", x[:, :, j * dilation:j * dilation + stride * (count - 1) + 1:stride], w[:, :, j])
             for j in range(k)]
    return sum(parts[1:], parts[0])


def conv2d(x, w, stride=1, padding=0):
    x = anp.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), "constant")
    count = [(x.shape[a] - w.shape[a]) // stride + 1 for a in (2, 3)]
    parts = [anp.einsum("nchw,fc->nfhw", x[:, :, i:i + stride * (count[0] - 1) + 1:stride,
                                           j:j + stride * (count[1] - 1) + 1:stride], w[:, :, i, j])
             for i in range(w.shape[2]) for j in range(w.shape[3])]
    return sum(parts[1:], parts[0])


def pooled(x, size, stride, reduce):
    count = (x.shape[-1] - size) // stride + 1
    return anp.stack([reduce(x[..., stride * i:stride * i + size]) for i in range(count)], axis=-1)


def normal(x, axes, eps=0.01):
    centred = x - anp.mean(x, axis=axes, keepdims=True)
    return centred / anp.sqrt(anp.mean(centred**2, axis=axes, keepdims=True) + eps)


def attention(q, k, v, mask=0):
    return softmax(q @ anp.swapaxes(k, -1, -2) / anp.sqrt(q.shape[-1]) + mask) @ v


def unit(a):
    """Rows of length 1."""
    return a / anp.sqrt(anp.sum(a**2, axis=1, keepdims=True))


def gru(x, h, p):
    r, z = (sigmoid(p["W" + g] @ x + p["U" + g] @ h) for g in "rz")
    return (1 - z) * anp.tanh(p["Wn"] @ x + r * (p["Un"] @ h)) + z * h


def lstm(x, h, c, p):
    i, f, o = (sigmoid(p["W" + g] @ x + p["U" + g] @ h) for g in "ifo")
    c = f * c + i * anp.tanh(p["Wg"] @ x + p["Ug"] @ h)
    return o * anp.tanh(c), c


def rolled(step, p):
    h = step(p["x"], p["h"])
    return step(p["y"], h)


CASES = {
    "conv1d, stride and padding": Case(
        {"x": "N c l", "w": "f c k"}, lambda x, w: sd.sum(sd.tanh(sd.conv1d(x, w, stride=2, padding=(1, 2)))),
        lambda x, w: anp.sum(anp.tanh(conv1d(x, w, 2, (1, 2))))),
    "conv1d, dilation and bias": Case(
        {"x": "N c l", "w": "f c k", "b": "f"}, lambda x, w, b: sd.sum(sd.conv1d(x, w, b, dilation=2)**2),
        lambda x, w, b: anp.sum((conv1d(x, w, dilation=2) + b[None, :, None])**2), second=("b",)),
    "two convolutions": Case(
        {"x": "N c l", "w": "f c k", "v": "e f k"}, lambda x, w, v: sd.mean(sd.conv1d(sd.relu(sd.conv1d(x, w)), v)**2),
        lambda x, w, v: anp.mean(conv1d(anp.maximum(conv1d(x, w), 0), v)**2)),
    "conv2d and a dense layer": Case(
        {"x": "N c h w", "v": "f c k k", "b": "f"},
        lambda x, v, b: sd.sum(sd.global_avg_pool(sd.tanh(sd.conv2d(x, v, b, stride=2, padding=1)))**2),
        lambda x, v, b: anp.sum(anp.mean(anp.tanh(conv2d(x, v, 2, 1) + b[None, :, None, None]), axis=(2, 3))**2),
        second=("b",)),
    "largest entries of overlapping windows": Case(
        {"x": "N c l"}, lambda x: sd.sum(sd.max_pool1d(x, 3, stride=2)**2),
        lambda x: anp.sum(pooled(x, 3, 2, lambda a: anp.max(a, axis=-1))**2)),
    "means of overlapping windows": Case(
        {"x": "c l"}, lambda x: sd.sum(sd.avg_pool1d(x, 3, stride=2)**3),
        lambda x: anp.sum(pooled(x, 3, 2, lambda a: anp.mean(a, axis=-1))**3), second=("x",)),
    "flattened for a dense layer": Case(
        {"x": "N c h w", "v": "d d"}, lambda x, v: sd.sum(sd.tanh(sd.flatten(x)))**2 + sd.sum(sd.reshape(x, S["N"], -1)**3),
        lambda x, v: anp.sum(anp.tanh(x))**2 + anp.sum(x**3)),
    "batch_norm": Case(
        {"x": "N d", "g": "d", "b": "d"}, lambda x, g, b: sd.sum(sd.batch_norm(x, g, b, EPS)**3),
        lambda x, g, b: anp.sum((g * normal(x, 0) + b)**3), second=("g",)),
    "batch_norm of images": Case(
        {"x": "N c h w", "g": "c", "b": "c"}, lambda x, g, b: sd.sum(sd.tanh(sd.batch_norm(x, g, b, EPS, axis=(0, 2, 3)))),
        lambda x, g, b: anp.sum(anp.tanh(g[None, :, None, None] * normal(x, (0, 2, 3)) + b[None, :, None, None]))),
    "layer_norm": Case(
        {"x": "d", "g": "d"}, lambda x, g: sd.sum(sd.layer_norm(x, g, None, EPS)**3),
        lambda x, g: anp.sum((g * normal(x, 0))**3), second=("x", "g")),
    "instance_norm": Case(
        {"x": "N c h w"}, lambda x: sd.sum(sd.instance_norm(x, None, None, EPS)**3),
        lambda x: anp.sum(normal(x, (2, 3))**3)),
    "group_norm": Case(
        {"x": "N d h", "g": "d"},
        lambda x, g: sd.sum(sd.group_norm(sd.concat(x, x * x, axis=1), 2, sd.concat(g, g), None, EPS)**3),
        lambda x, g: anp.sum((anp.concatenate([g, g])[None, :, None] * anp.concatenate(
            [normal(x, (1, 2)), normal(x * x, (1, 2))], axis=1))**3)),
    "attention, masked": Case(
        {"q": "m d", "k": "n d", "v": "n e", "b": "m n"}, lambda q, k, v, b: sd.sum(sd.attention(q, k, v, mask=b)**2),
        lambda q, k, v, b: anp.sum(attention(q, k, v, b)**2)),
    "attention over batches": Case(
        {"q": "N m d", "k": "N n d", "v": "N n e"}, lambda q, k, v: sd.sum(sd.attention(q, k, v)**2),
        lambda q, k, v: anp.sum(attention(q, k, v)**2)),
    "causal attention": Case(
        {"x": "m d", "a": "d d"}, lambda x, a: sd.sum(sd.attention(x @ a, x, x, causal=True)**2),
        lambda x, a: anp.sum(attention(x @ a, x, x, np.where(np.tri(len(x)) > 0, 0, -1e9))**2)),
    "two heads": Case(
        {"x": "n d", "a": "d k", "b": "d k", "u": "d e", "o": "e d"},
        lambda x, a, b, u, o: sd.sum(sd.multi_head_attention(x, [(a, b, u), (b, a, u)], [o, 2 * o])**2),
        lambda x, a, b, u, o: anp.sum((attention(x @ a, x @ b, x @ u) @ o + 2 * attention(x @ b, x @ a, x @ u) @ o)**2)),
    "gated recurrent unit": Case(
        {"x": "e", "y": "e", "h": "d"} | {"W" + g: "d e" for g in "rzn"} | {"U" + g: "d d" for g in "rzn"},
        lambda **p: sd.sum(rolled(lambda x, h: sd.gru_cell(x, h, **{g: (p["W" + g], p["U" + g]) for g in "rzn"}), p)**2),
        lambda **p: anp.sum(rolled(lambda x, h: gru(x, h, p), p)**2), second=("h",)),
    "long short-term memory": Case(
        {"x": "e", "y": "e", "h": "d", "c": "d"} | {"W" + g: "d e" for g in "ifgo"} | {"U" + g: "d d" for g in "ifgo"},
        lambda **p: sd.sum(sd.lstm_cell(p["y"], *sd.lstm_cell(
            p["x"], p["h"], p["c"], **{g: (p["W" + g], p["U" + g]) for g in "ifgo"}),
            **{g: (p["W" + g], p["U" + g]) for g in "ifgo"})[0]),
        lambda **p: anp.sum(lstm(p["y"], *lstm(p["x"], p["h"], p["c"], p), p)[0])),
    "highway and SwiGLU": Case(
        {"x": "d", "a": "d d", "b": "d d", "v": "d d"},
        lambda x, a, b, v: sd.sum(sd.highway(x, sd.swiglu(x, a, b, v), sd.sigmoid(a @ x))**2),
        lambda x, a, b, v: (lambda s: anp.sum((s * (v @ (a @ x * s * (b @ x))) + (1 - s) * x)**2))(sigmoid(a @ x)),
        second=("x",)),
    "softmax classifier, smoothed": Case(
        {"x": "N d", "v": "m d", "b": "m"},
        lambda x, v, b, y: sd.cross_entropy(sd.linear(x, v, b), y, label_smoothing=Rational(1, 10)),
        lambda x, v, b, y: anp.mean(logsumexp(x @ v.T + b) - 0.9 * (x @ v.T + b)[np.arange(len(x)), y]
                                    - 0.1 * anp.mean(x @ v.T + b, axis=1)), ("y", "m"), second=("b",)),
    "focal": Case(
        {"z": "m"}, lambda z, y: sd.focal(z, y), lambda z, y: -(1 - softmax(z)[y])**2 * anp.log(softmax(z)[y]), ("y", "m"),
        second=("z",)),
    "distillation": Case(
        {"z": "N m", "u": "N m"}, lambda z, u: sd.distillation(z, u, 3),
        lambda z, u: -9 * anp.mean(anp.sum(softmax(u / 3) * anp.log(softmax(z / 3)), axis=1))),
    "Kullback-Leibler": Case(
        {"z": "m", "u": "m"}, lambda z, u: sd.kl_div(sd.softmax(z), sd.softmax(u)),
        lambda z, u: anp.sum(softmax(z) * (anp.log(softmax(z)) - anp.log(softmax(u)))), second=("z", "u")),
    "Gaussians": Case(
        {"u": "d", "v": "d", "A": "d d", "B": "d d"},
        lambda u, v, A, B: sd.kl_gaussian(u, A @ A.T + sd.eye(S["d"]), v, B @ B.T + sd.eye(S["d"])),
        lambda u, v, A, B: (lambda P, Q: (anp.trace(anp.linalg.inv(Q) @ P) + (v - u) @ anp.linalg.inv(Q) @ (v - u) - len(u)
                                          + anp.linalg.slogdet(Q)[1] - anp.linalg.slogdet(P)[1]) / 2)(
            A @ A.T + np.eye(len(u)), B @ B.T + np.eye(len(u))), second=("u",)),
    "contrast": Case(
        {"a": "N d", "b": "N d"}, lambda a, b: sd.info_nce(sd.l2_normalize(a, axis=1), sd.l2_normalize(b, axis=1), EPS * 20),
        lambda a, b: (lambda s: anp.mean(logsumexp(s) - anp.diag(s)))(unit(a) @ unit(b).T / 0.2)),
    "triplet and cosine": Case(
        {"a": "d", "b": "d", "u": "d"}, lambda a, b, u: sd.triplet(a, b, u, 9) * sd.cosine_similarity(a, u),
        lambda a, b, u: (anp.maximum(anp.sum((a - b)**2) - anp.sum((a - u)**2) + 9, 0) * (a @ u)
                         / anp.sqrt((a @ a) * (u @ u))), second=("a",)),
    "quotients, traces and determinants": Case(
        {"x": "d", "A": "d d"},
        lambda x, A: (x @ A @ x) / (x @ x) + sd.trace(A @ A) + sd.logdet(A @ A.T + sd.eye(S["d"])) + sd.exp(sd.trace(A) / 9),
        lambda x, A: (x @ A @ x) / (x @ x) + anp.trace(A @ A) + anp.linalg.slogdet(A @ A.T + np.eye(len(x)))[1]
        + anp.exp(anp.trace(A) / 9), second=("x", "A")),
    "least squares with decay": Case(
        {"A": "m d", "x": "d", "b": "m"}, lambda A, x, b: sd.mse(A @ x, b) + sd.weight_decay(EPS, x, A),
        lambda A, x, b: anp.mean((A @ x - b)**2) + 0.005 * (x @ x + anp.sum(A**2)), second=("x",)),
    "products and norms": Case(
        {"x": "d", "X": "m n"}, lambda x, X: sd.prod(x) * sd.norm(X) + sd.sum(sd.std(X, axis=0)) + sd.norm(x, 3),
        lambda x, X: anp.prod(x) * anp.sqrt(anp.sum(X**2)) + anp.sum(anp.std(X, axis=0)) + anp.sum(anp.abs(x)**3)**(1 / 3),
        second=("x", "X")),
    "Kronecker product": Case(
        {"A": "m d", "B": "n e"}, lambda A, B: sd.sum(sd.tanh(sd.kron(A, B))),
        lambda A, B: anp.sum(anp.tanh(anp.kron(A, B)))),
    "a batch of products": Case(
        {"A": "N m d", "B": "d e", "v": "e"}, lambda A, B, v: sd.sum(sd.softmax(A @ B) @ v),
        lambda A, B, v: anp.sum(softmax(A @ B) @ v), second=("v",)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_and_hessians(name):
    """Derived once, compared at two choices of sizes."""
    case = CASES[name]
    tensors = {n: sd.tensor(n + "_", *(S[s] for s in shape.split())) for n, shape in case.shapes.items()}
    labels = {}
    if case.labels is not None:
        label, classes = case.labels
        labels[label] = sd.label(label + "_", S[classes], shape=(S["N"],) if "x" in case.shapes else ())
    loss = case.ours(**tensors, **labels)
    first = dict(zip(tensors, sd.derive(loss, tuple(tensors.values())), strict=True))
    second = {n: sd.hessian(loss, tensors[n]) for n in case.second}
    for seed, chosen in enumerate(SIZES):
        rng = np.random.default_rng(seed)
        data = {n: rng.normal(size=[chosen[s] for s in shape.split()]) for n, shape in case.shapes.items()}
        data |= {n: rng.integers(0, chosen[case.labels[1]], [chosen["N"]] * len(y.shape) or None) for n, y in labels.items()}

        def run(value, wrt, data=data):
            return case.theirs(**{**data, wrt: value})

        for found, meant, rtol in ((first, autograd.grad(run), 1e-9), (second, autograd.hessian(run), 1e-8)):
            for n, d in found.items():
                f = d.numpy()
                got = f(**{n + "_": v for n, v in data.items() if n + "_" in f.names})
                np.testing.assert_allclose(got, meant(data[n], n), rtol=rtol, atol=rtol, err_msg=f"{d}\n{d.source()}")


# ------------------------------------------------------------------ compositions

UNARY = {
    "tanh": (sd.tanh, lambda a: anp.tanh(a)),
    "sigmoid": (sd.sigmoid, sigmoid),
    "softplus": (sd.softplus, lambda a: anp.logaddexp(0, a)),
    "sin": (sd.sin, lambda a: anp.sin(a)),
    "square": (lambda a: a**2, lambda a: a**2),
    "softmax": (sd.softmax, softmax),
    "centred": (lambda a: a - sd.mean(a, axis=0, keepdims=True), lambda a: a - anp.mean(a, axis=0, keepdims=True)),
    "normal": (lambda a: sd.layer_norm(a, None, None, EPS), lambda a: normal(a, 1)),
    "flipped": (lambda a: sd.flip(a, axis=1), lambda a: a[:, ::-1]),
    "rows scaled": (lambda a: a / sd.norm(a + 3, axis=1, keepdims=True),
                    lambda a: a / anp.sqrt(anp.sum((a + 3)**2, axis=1, keepdims=True))),
}
BINARY = {
    "sum": (lambda a, b: a + 2 * b, lambda a, b: a + 2 * b),
    "product": (lambda a, b: a * b, lambda a, b: a * b),
    "three products": (lambda a, b: a @ b.T @ a, lambda a, b: a @ b.T @ a),
    "quotient": (lambda a, b: a / (2 + b**2), lambda a, b: a / (2 + b**2)),
    "gate": (lambda a, b: sd.sigmoid(a) * b + (1 - sd.sigmoid(a)) * a, lambda a, b: sigmoid(a) * b + (1 - sigmoid(a)) * a),
    "attention": (lambda a, b: sd.attention(a, b, b), lambda a, b: attention(a, b, b)),
}
LEAVES = st.sampled_from(["X", "Y", "W"])
TREES = st.recursive(LEAVES, lambda inner: st.one_of(
    st.tuples(st.sampled_from(sorted(UNARY)), inner),
    st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)), max_leaves=4)


def built(tree, leaves, side):
    if isinstance(tree, str):
        return leaves[tree]
    table = UNARY if len(tree) == 2 else BINARY
    return table[tree[0]][side](*(built(t, leaves, side) for t in tree[1:]))


@drawn(4)
@given(TREES, st.integers(0, 1))
def test_gradients_of_compositions(tree, which):
    chosen = SIZES[which]
    tensors = {n: sd.tensor(n, S["m"], S["d"]) for n in "XYW"}
    rng = np.random.default_rng(which)
    data = {n: 0.7 * rng.normal(size=(chosen["m"], chosen["d"])) for n in "XYW"}
    weight = rng.normal(size=(chosen["m"], chosen["d"]))
    loss = sd.sum(sd.tensor("C", S["m"], S["d"]) * built(tree, tensors, 0))
    used = sorted(str(s) for s in loss.free_symbols if str(s) in tensors)
    for n, d in zip(used, sd.derive(loss, tuple(tensors[n] for n in used)), strict=True):
        f = d.numpy()
        got = f(**{key: v for key, v in {**data, "C": weight}.items() if key in f.names})
        meant = autograd.grad(lambda value, n=n: anp.sum(weight * built(tree, {**data, n: value}, 1)))(data[n])
        np.testing.assert_allclose(got, meant, rtol=1e-9, atol=1e-11, err_msg=f"{d}\n{d.source()}")
