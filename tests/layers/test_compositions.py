"""Layers and losses made of other operators: values against NumPy by hand, derivatives against those of the primal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import latex

import symderiv as sd
from symderiv.errors import DeclarationError, ShapeError, SymderivError
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
from tests.several import samples

m, n, k, N, C, H = sd.dims("m n k N C H")
T = sd.tensor
x, a, b, u = T("x", n), T("a", n), T("b", n), T("u", n)
xp, v, v2 = T("x", n, positive=True), T("v", n, positive=True), T("w", n, positive=True)
X, B, Z, z = T("X", N, n), T("B", N, n), T("Z", N, m), T("z", m)
W, V, P = T("W", m, n), T("V", m, n), T("P", k, m)
y, t = sd.label("y", m), sd.label("t", m, shape=(N,))
p, q = T("p", m, positive=True, sums_to_one=True), T("q", m, positive=True, sums_to_one=True)
c, e = T("c"), T("epsilon", positive=True)
S1, S2 = T("S", n, n, positive_definite=True), T("R", n, n, positive_definite=True)
gamma, beta = T("gamma", n), T("beta", n)
Q, K, VV = T("Q", m, k), T("K", N, k), T("V", N, n)
h, cell = T("h", m), T("c", m)


def gate(name):
    return T("W" + name, m, n), T("U" + name, m, m), T("b" + name, m)


CASES = {
    "leaky_relu": sd.leaky_relu(x), "leaky_relu, a slope": sd.leaky_relu(x, c), "elu": sd.elu(x), "gelu": sd.gelu(x),
    "gelu by tanh": sd.gelu(x, approximate="tanh"), "silu": sd.silu(x), "mish": sd.mish(x),
    "maximum": sd.maximum(a, b), "minimum with a number": sd.minimum(a, 1), "clip": sd.clip(x, -1, 1),
    "clip to symbols": sd.clip(x, c, 2 * c), "where": sd.where(a > b, a * x, x**2), "where with a mask": sd.where(u, a, b),
    "tan": sd.tan(x), "arctanh": sd.arctanh(sd.sin(x)), "arccosh": sd.arccosh(1 + xp), "expm1": sd.expm1(x),
    "log1p": sd.log1p(xp), "log2": sd.log2(xp), "exp2": sd.exp2(x), "log_sigmoid": sd.log_sigmoid(x),
    "power": sd.power(xp, a), "square": sd.square(x), "reciprocal": sd.reciprocal(x),
    "var": sd.var(x), "var of columns": sd.var(X, axis=0), "std": sd.std(x, ddof=1), "std of rows": sd.std(X, axis=1),
    "norm": sd.norm(x), "norm 1": sd.norm(x, 1), "Frobenius": sd.norm(X), "norms of rows": sd.norm(X, axis=1),
    "norm of a residual": sd.norm(W @ x - z),
    "max": sd.max(x), "min of columns": sd.min(X, axis=0), "max of all": sd.max(X), "max of a product": sd.max(W @ x),
    "mae": sd.mae(x, a), "huber": sd.huber(X, B, 2, reduction="sum"), "hinge": sd.hinge(x, a),
    "hinge with a label": sd.hinge(z, y), "hinge of a batch": sd.hinge(Z, t),
    "gaussian_nll": sd.gaussian_nll(x, a, v), "weight_decay": sd.weight_decay(c, W, x),
    "kl_div": sd.kl_div(p, q), "kl_div of softmaxes": sd.kl_div(sd.softmax(z), sd.softmax(T("w", m))),
    "distillation": sd.distillation(z, T("w", m), 3), "kl_gaussian": sd.kl_gaussian(x, v),
    "kl_gaussian, diagonal": sd.kl_gaussian(x, v, a, v2), "kl_gaussian, full": sd.kl_gaussian(x, S1, a, S2),
    "focal": sd.focal(z, y), "focal of a batch": sd.focal(Z, t),
    "smoothed label": sd.cross_entropy(z, y, label_smoothing=e),
    "smoothed labels": sd.cross_entropy(Z, t, label_smoothing=e),
    "smoothed target": sd.cross_entropy(z, p, label_smoothing=e), "temperature": sd.cross_entropy(z / e, y),
    "cosine_similarity": sd.cosine_similarity(x, a), "cosine_similarity of rows": sd.cosine_similarity(X, B),
    "triplet": sd.triplet(x, a, b), "triplet of rows": sd.triplet(X, B, T("D", N, n)), "info_nce": sd.info_nce(X, B, e),
    "layer_norm": sd.layer_norm(x, gamma, beta, e), "layer_norm of rows": sd.layer_norm(X, gamma, beta, e),
    "rms_norm": sd.rms_norm(X, gamma, e), "batch_norm": sd.batch_norm(X, gamma, beta, e),
    "batch_norm of images": sd.batch_norm(T("x", N, C, H, 2), T("gamma", C), T("beta", C), e, axis=(0, 2, 3)),
    "instance_norm": sd.instance_norm(T("x", N, C, H), T("gamma", C), T("beta", C), e),
    "group_norm": sd.group_norm(T("x", N, 2 * C, H), 2, T("gamma", 2 * C), T("beta", 2 * C), e),
    "two layer_norms": sd.layer_norm(sd.tanh(sd.layer_norm(x, gamma, None, e)), gamma, None, e),
    "l2_normalize": sd.l2_normalize(x), "l2_normalize of rows": sd.l2_normalize(X, axis=1),
    "weight_norm": sd.weight_norm(x, c),
    "attention": sd.attention(Q, K, VV), "attention with a mask": sd.attention(Q, K, VV, T("M", m, N)),
    "two heads": sd.multi_head_attention(X, [(T(f"Q{i}", n, k), T(f"K{i}", n, k), T(f"V{i}", n, k)) for i in "12"],
                                         [T("O1", k, n), T("O2", k, n)]),
    "swiglu": sd.swiglu(x, W, V, P), "highway": sd.highway(z, sd.tanh(h), sd.sigmoid(T("g", m))),
    "rnn_cell": sd.rnn_cell(x, h, *gate("r")), "gru_cell": sd.gru_cell(x, h, r=gate("r"), z=gate("z"), n=gate("n")),
    "lstm_cell": sd.lstm_cell(x, h, cell, i=gate("i"), f=gate("f"), g=gate("g"), o=gate("o"))[0],
    "three steps": sd.unroll(lambda s, state: sd.rnn_cell(s, state, *gate("r")), [x, a, b], h)[-1],
    "slice": T("x", n + 3)[1:-1], "slice with a stride": T("x", 9)[1:8:3], "slice backwards": X[:, ::-1],
    "slice at a size": T("x", n + k)[n:], "concat": sd.concat(x, z), "concat along columns": sd.concat(X, Z, axis=1),
    "stack": sd.stack(x, sd.exp(x), axis=1), "expand": sd.expand(x, m, n), "expand_dims": sd.expand_dims(z, 1) * W,
    "squeeze": sd.squeeze(T("x", n, 1)), "reshape": sd.reshape(T("x", 6 * n), -1, 2, 3), "vec": sd.vec(T("X", 3, n)),
    "pad": sd.pad(X, ((1, 2), (0, k))), "kron": sd.kron(X, T("B", 2, 3)), "permute": sd.permute(T("A", m, n, k), (1, 2, 0)),
    "embedding": sd.embedding(T("E", m, n), t), "embedding of one": sd.embedding(T("E", m, n), y),
    "dropout": sd.dropout(x, T("M", n), e),
}
HEAVY = {"two heads", "batch_norm of images", "group_norm", "gru_cell", "lstm_cell", "three steps", "two layer_norms"}


def tensors(expr):
    return sorted((s for s in expr.free_symbols if getattr(s, "shape", None) is not None and hasattr(s, "properties")
                   and s.label_size is None), key=str)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_by_every_tensor(name):
    expr = CASES[name]
    upstream = T("G", *expr.shape) if getattr(expr, "shape", ()) else None
    wrt = tuple(tensors(expr))
    found = sd.vjp(expr, wrt, upstream) if upstream is not None else sd.derive(expr, wrt)
    for d in found:
        report = d.check(samples=1)
        assert report.ok, f"{d}: {report}"
        assert name in HEAVY or d.status in ("proved", "supported")


@pytest.mark.parametrize("name", sorted(set(CASES) - HEAVY))
def test_compiled_values(name):
    expr = CASES[name]
    function, source = compile_numpy(expr)
    for s in samples(expr, 0, 2):
        np.testing.assert_allclose(function(**s.everything), evaluate(expr, **s.everything), rtol=1e-9, atol=1e-11,
                                   err_msg=source)


SECOND = ["leaky_relu", "elu", "silu", "maximum", "var", "norm", "max of a product", "huber", "kl_div of softmaxes",
          "smoothed label", "cosine_similarity", "layer_norm", "swiglu", "rnn_cell", "stack"]


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives(name):
    expr = CASES[name]
    loss = sd.sum(expr * expr) if getattr(expr, "shape", ()) else expr
    variable = next((s for s in tensors(expr) if len(s.shape) == 1), tensors(expr)[0])
    second = sd.hessian(loss, variable)
    assert second.check(samples=1).ok


WRITTEN = ["leaky_relu", "gelu", "gelu by tanh", "silu", "maximum", "clip", "log2", "var of columns", "std", "norm 1",
           "norms of rows", "max", "min of columns", "mae", "hinge with a label", "kl_div", "focal", "slice",
           "slice with a stride", "slice backwards", "slice at a size", "concat", "stack", "expand", "expand_dims",
           "squeeze", "reshape", "vec", "pad", "kron", "permute", "embedding"]


@pytest.mark.parametrize("name", WRITTEN)
def test_text_is_read_back(name):
    expr = CASES[name]
    assert sd.parse(str(expr), **{str(s): s for s in expr.free_symbols}) == expr
    assert latex(expr)


def closed(expr, variable, upstream=None):
    return str(sd.derive(expr, variable).closed if upstream is None else sd.vjp(expr, variable, upstream).closed)


G = T("g", n)
TEXTBOOK = [
    # Petersen and Pedersen, The Matrix Cookbook, eq. 129 and 130; by hand for the variance
    (lambda: closed(sd.norm(x), x), "x/norm(x)"),
    (lambda: closed(sd.norm(x)**2, x), "2*x"),
    (lambda: closed(sd.var(x), x), "2*(x - mean(x))/n"),
    (lambda: closed(sd.norm(W @ x - z), x), "W.T*(W*x - z)/norm(W*x - z)"),
    # Ba, Kiros and Hinton, Layer Normalization; Zhang and Sennrich, Root Mean Square Layer Normalization
    (lambda: closed(sd.layer_norm(x, None, None, e), x, G), "(g - mean(g) - mean(g.*xhat)*xhat)/s"),
    (lambda: closed(sd.rms_norm(x, None, e), x, G), "(g - mean(g.*xhat)*xhat)/r"),
    (lambda: closed(sd.layer_norm(x, gamma, beta, e), gamma, G), "g.*xhat"),
    (lambda: closed(sd.layer_norm(x, gamma) * sd.layer_norm(a), gamma, G), "g.*xhat.*xhat_a"),
    # Hinton, Vinyals and Dean, Distilling the Knowledge, eq. 2, times T²
    (lambda: closed(sd.distillation(z, T("w", m), 3), z), "3*(softmax(z/3) - softmax(w/3))"),
    (lambda: closed(sd.kl_div(sd.softmax(z), sd.softmax(T("w", m))), T("w", m)), "softmax(w) - softmax(z)"),
    # Kingma and Welling, Auto-Encoding Variational Bayes, appendix B
    (lambda: closed(sd.kl_gaussian(x, v), x), "x"),
    (lambda: closed(sd.kl_gaussian(x, v), v), "(1 - 1./v)/2"),
    (lambda: closed(sd.kl_gaussian(x, S1, a, S2), S1), "(inv(R) - inv(S))/2"),
    (lambda: closed(sd.info_nce(X, B, e), X), "(softmax(X*B.T/epsilon) - I)*B/(N*epsilon)"),
    (lambda: closed(sd.weight_decay(c, W), W), "c*W"),
    (lambda: closed(sd.max(x), x), "argmax_one_hot(x)"),
    (lambda: closed(sd.embedding(T("E", m, n), t), T("E", m, n), T("G", N, n)), "onehot(t).T*G"),
    (lambda: closed(sd.attention(Q, K, VV), VV, T("G", m, n)), "P.T*G"),
]


@pytest.mark.parametrize("found, expected", TEXTBOOK, ids=[text for _, text in TEXTBOOK])
def test_closed_forms_of_textbooks(found, expected):
    assert found() == expected


# ------------------------------------------------------------------ values by hand

RNG = np.random.default_rng(7)


def close(expr, expected, **data):
    np.testing.assert_allclose(evaluate(expr, **data), expected, rtol=1e-12, atol=1e-12)


def test_activations_by_hand():
    d = np.array([-3.0, -0.2, 0.0, 0.4, 2.5])
    phi = np.array([0.5 * (1 + math.erf(s / math.sqrt(2))) for s in d])
    close(sd.leaky_relu(x), np.where(d > 0, d, d / 100), x=d)
    close(sd.elu(x, 2), np.where(d > 0, d, 2 * np.expm1(d)), x=d)
    close(sd.gelu(x), d * phi, x=d)
    close(sd.silu(x), d / (1 + np.exp(-d)), x=d)
    close(sd.mish(x), d * np.tanh(np.log1p(np.exp(d))), x=d)
    close(sd.clip(x, -1, 1), np.clip(d, -1, 1), x=d)
    assert evaluate(sd.derive(sd.sum(sd.elu(x, 3)), x).closed, x=np.zeros(2)).tolist() == [3, 3]


def test_a_tie_gives_its_gradient_to_the_first():
    same = np.array([1.0, -2.0])
    for operation in (sd.maximum, sd.minimum):
        da, db = sd.derive(sd.sum(operation(a, b)), (a, b))
        assert evaluate(da.closed, a=same, b=same).tolist() == [1, 1]
        assert evaluate(db.closed, a=same, b=same).tolist() == [0, 0]
    tied = np.array([1.0, 3.0, 3.0])
    assert evaluate(sd.derive(sd.max(x), x).closed, x=tied).tolist() == [0, 1, 0]
    assert evaluate(sd.derive(sd.min(-x), x).closed, x=tied).tolist() == [0, -1, 0]


def test_statistics_and_norms_by_hand():
    d = RNG.normal(size=(4, 3))
    close(sd.var(X, axis=0, ddof=1), d.var(axis=0, ddof=1), X=d)
    close(sd.std(X, axis=1, keepdims=True), d.std(axis=1, keepdims=True), X=d)
    close(sd.norm(X), np.linalg.norm(d), X=d)
    close(sd.norm(X, axis=1), np.linalg.norm(d, axis=1), X=d)
    close(sd.norm(x, 1), np.linalg.norm(d[0], 1), x=d[0])
    close(sd.max(X, axis=0), d.max(axis=0), X=d)
    close(sd.min(X), d.min(), X=d)


def test_losses_by_hand():
    s, r = RNG.normal(size=(2, 5)) * 2
    log_p = s - np.log(np.exp(s).sum())
    residual = np.abs(s - r)
    close(sd.huber(x, a), np.where(residual <= 1, residual**2 / 2, residual - 0.5).mean(), x=s, a=r)
    close(sd.hinge(z, y), np.maximum(0, 1 + np.delete(s, 2) - s[2]).sum(), z=s, y=2)
    close(sd.focal(z, y), -(1 - np.exp(log_p[3]))**2 * log_p[3], z=s, y=3)
    target = np.full(5, 0.1 / 5)
    target[1] += 0.9
    close(sd.cross_entropy(z, y, label_smoothing=0.1), -target @ log_p, z=s, y=1)
    close(sd.gaussian_nll(x, a, 2), ((s - r)**2 / 4 + np.log(4 * np.pi) / 2).mean(), x=s, a=r)
    batch = RNG.normal(size=(2, 3, 4))
    scores = batch[0] @ batch[1].T / 0.5
    expected = (np.log(np.exp(scores).sum(axis=1)) - np.diag(scores)).mean()
    close(sd.info_nce(X, B, 0.5), expected, X=batch[0], B=batch[1])


def test_full_gaussian_divergence_by_hand():
    root = RNG.normal(size=(2, 3, 3))
    first, second = (r @ r.T + np.eye(3) for r in root)
    mean1, mean2 = RNG.normal(size=(2, 3))
    d, inverse = mean2 - mean1, np.linalg.inv(second)
    logs = np.linalg.slogdet(second)[1] - np.linalg.slogdet(first)[1]
    close(sd.kl_gaussian(x, S1, a, S2), (np.trace(inverse @ first) + d @ inverse @ d - 3 + logs) / 2,
          x=mean1, S=first, a=mean2, R=second)


@pytest.mark.parametrize("layer, axes, groups", [
    (lambda s: sd.batch_norm(s, None, None, e, axis=(0, 2)), (0, 2), None),
    (lambda s: sd.layer_norm(s, None, None, e, axis=(1, 2)), (1, 2), None),
    (lambda s: sd.instance_norm(s, None, None, e), (2,), None),
    (lambda s: sd.group_norm(s, 2, None, None, e), (2, 3), 2),
], ids=["batch", "layer", "instance", "group"])
def test_normalisation_by_hand(layer, axes, groups):
    d = RNG.normal(size=(3, 4, 5))
    parts = d if groups is None else d.reshape(3, groups, 4 // groups, 5)
    expected = (parts - parts.mean(axes, keepdims=True)) / np.sqrt(parts.var(axes, keepdims=True) + 0.01)
    close(layer(T("x", N, 2 * C, H)), expected.reshape(d.shape), x=d, epsilon=0.01)


def test_attention_by_hand():
    query, key, value, mask = (RNG.normal(size=s) for s in ((2, 3), (4, 3), (4, 5), (2, 4)))
    scores = query @ key.T / np.sqrt(3) + mask
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    close(sd.attention(Q, K, VV, T("M", m, N)), weights @ value, Q=query, K=key, V=value, M=mask)


def test_lstm_by_hand():
    out, memory = sd.lstm_cell(x, h, cell, i=gate("i"), f=gate("f"), g=gate("g"), o=gate("o"))
    data = {str(s): RNG.normal(size=[{m: 3, n: 2}[size] for size in s.shape]) for s in tensors(out)}
    pre = {g: data["W" + g] @ data["x"] + data["U" + g] @ data["h"] + data["b" + g] for g in "ifgo"}
    gates = {g: 1 / (1 + np.exp(-pre[g])) for g in "ifo"}
    new = gates["f"] * data["c"] + gates["i"] * np.tanh(pre["g"])
    close(out, gates["o"] * np.tanh(new), **data)
    close(memory, new, **{name: value for name, value in data.items() if not name.endswith("o")})


@pytest.mark.parametrize("key", [slice(1, None), slice(None, -2), slice(None, None, 2), slice(None, None, -1),
                                 slice(7, 1, -2), slice(-3, None), slice(2, 100), slice(None, 4, -1)], ids=str)
def test_slices_are_numpys(key):
    d = RNG.normal(size=9)
    close(T("x", 9)[key], d[key], x=d)
    assert T("x", 9)[key].shape == d[key].shape


def test_a_slice_and_a_position():
    d = RNG.normal(size=(4, 5))
    i = sd.indices("i", 3)
    close(T("X", 4, 5)[1:, 2], d[1:, 1], X=d)
    close(sd.define("p", (i,), T("X", 4, 5)[1:, 2][i]), d[1:, 1], X=d)


@pytest.mark.parametrize("build", [
    lambda: sd.batch_norm(X, T("gamma", m)), lambda: sd.attention(Q, T("K", N, n), VV), lambda: sd.concat(X, Z),
    lambda: sd.attention(Q, K, VV, T("M", N, m)), lambda: sd.reshape(X, 5), lambda: sd.squeeze(X, 0), lambda: x[3:3],
    lambda: sd.max(c), lambda: sd.norm(X, 2), lambda: sd.clip(x, 1, -1), lambda: sd.gelu(x, approximate="erf"),
    lambda: sd.group_norm(T("x", N, C, H), 2),
    lambda: sd.dropout(x, a, 1), lambda: sd.where(sd.delta(1, 2) > 3, a, z), lambda: sd.hinge(Z, y),
    lambda: sd.cosine_similarity(x, z), lambda: sd.lstm_cell(x, h, cell, i=W, f=W, g=W, o=W),
    lambda: sd.permute(X, (0, 0)), lambda: sd.pad(x, -1), lambda: sd.kl_div(p, T("q", n)),
    lambda: sd.mae(x, a, reduction="average"),
])
def test_what_does_not_fit_is_refused(build):
    with pytest.raises(SymderivError) as caught:
        build()
    assert isinstance(caught.value, ShapeError | DeclarationError)


def test_class_weights_weigh_the_mean_over_labels():
    N, c = sd.dims("N c")
    Z, y, w = sd.tensor("Z", N, c), sd.label("y", c, shape=(N,)), sd.tensor("w", c, positive=True)
    loss = sd.cross_entropy(Z, y, weight=w)
    z, labels, weights = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]), np.array([2, 0]), np.array([0.2, 1.0, 3.0])
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    own = weights[labels]
    assert np.isclose(sd.evaluate(loss, Z=z, y=labels, w=weights), -(own * log_p[[0, 1], labels]).sum() / own.sum())
    d = sd.derive(loss, Z)
    assert d.status == "proved" and d.check(samples=2).ok


def test_a_last_window_that_is_cut_off_counts_with_ceil_mode():
    """The values of torch.nn.functional with ceil_mode=True."""
    x, given = sd.tensor("x", 5), np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    assert np.allclose(sd.evaluate(sd.max_pool1d(x, 2, ceil_mode=True), x=given), [3, 4, 5])
    assert np.allclose(sd.evaluate(sd.avg_pool1d(x, 2, ceil_mode=True), x=given), [2, 2.5, 5])
    assert np.allclose(sd.evaluate(sd.max_pool1d(x, 3, stride=2, padding=1, ceil_mode=True), x=given), [3, 4, 5])
    with pytest.raises(sd.SymderivError, match="longer than the window"):
        sd.max_pool1d(x, 2, stride=3, ceil_mode=True)
