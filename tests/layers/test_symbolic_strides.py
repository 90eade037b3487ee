"""Letters times sizes: strides, dilations and groups that are symbols, arrays read in row order, Kronecker products."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd

N, c, F, L, k, s, r, g, d, H, W, m, n, a, b = sd.dims("N c F L k s r g d H W m n a b")
x, w = sd.tensor("x", d), sd.tensor("w", k)
P, Q = sd.tensor("P", m, n), sd.tensor("Q", a, b)


def weighted(expr):
    return sd.sum(expr * sd.tensor("G", *expr.shape))


CLOSED = {
    "stride, by the input": (sd.conv1d(x, w, stride=s), x,
                             "conv_transpose1d(G, w, stride=s, output_size=d)"),
    "stride, by the kernel": (sd.conv1d(x, w, stride=s), w,
                              "conv1d(x, G, padding=(0, k - d + s*floor(d/s - k/s)), dilation=s)"),
    "dilation, by the kernel": (sd.conv1d(x, w, dilation=r), w, "conv1d(x, G, stride=r)"),
    "window of a mean": (sd.avg_pool1d(sd.tensor("u", k * n), k), sd.tensor("u", k * n), None),
    "groups, by the input": (sd.conv1d(sd.tensor("X", N, g * c, L), sd.tensor("K", g * F, c, 2), groups=g),
                             sd.tensor("X", N, g * c, L), "conv_transpose1d(G, K, groups=g)"),
    "groups, by the kernel": (sd.conv1d(sd.tensor("X", N, g * c, L), sd.tensor("K", g * F, c, 2), groups=g),
                              sd.tensor("K", g * F, c, 2), None),
    "flatten": (sd.flatten(P), P, "reshape(G, m, n)"),
    "vec": (sd.vec(P), P, "reshape(G, n, m).T"),
    "heads apart": (sd.reshape(sd.tensor("X", N, g * c), N, g, c), sd.tensor("X", N, g * c), "reshape(G, N, c*g)"),
    "all but the first": (sd.reshape(sd.tensor("X", N, c, 2, W), N, -1), sd.tensor("X", N, c, 2, W),
                          "reshape(G, N, c, 2, W)"),
    "Kronecker, first": (sd.kron(P, Q), P, 'einsum("kl,ikjl->ij", Q, reshape(G, m, a, n, b))'),
    "Kronecker, second": (sd.kron(P, Q), Q, 'einsum("kl,kilj->ij", P, reshape(G, m, a, n, b))'),
}


@pytest.mark.parametrize("name", CLOSED)
def test_gradients_are_closed_proved_and_agree_with_the_definition(name):
    expr, variable, closed = CLOSED[name]
    d = sd.derive(weighted(expr), variable)
    assert d.is_closed and d.status == "proved", d
    assert closed is None or str(d.closed) == closed
    report = d.check(samples=1)
    assert report.ok, report


def test_a_network_of_convolution_and_dense_layer_with_symbolic_sizes():
    X, K, V = sd.tensor("X", c, L), sd.tensor("K", F, c, k), sd.tensor("V", F * (L - k + 1), m)
    loss = sd.cross_entropy(sd.flatten(sd.relu(sd.conv1d(X, K))) @ V, sd.label("y", m))
    for variable in (X, K, V):
        d = sd.derive(loss, variable)
        assert d.is_closed and d.status == "proved" and d.check(samples=1).ok, d


@pytest.mark.parametrize(("lhs", "rhs"), [
    (sd.kron(P, Q).T, sd.kron(P.T, Q.T)),
    (sd.vec(sd.outer(sd.tensor("u", m), sd.tensor("v", n))), sd.kron(sd.tensor("v", n), sd.tensor("u", m))),
    (sd.reshape(sd.flatten(P), m, n), P),
])
def test_identities_of_kronecker_products_and_columns(lhs, rhs):
    assert sd.prove(lhs, rhs).status in ("proved", "supported")
    assert sd.prove(lhs, 2 * rhs).status == "refuted"


def test_a_group_is_normalised_with_symbolic_groups():
    X = sd.tensor("X", 2, g * c, 3)
    d = sd.derive(weighted(sd.group_norm(X, g)), X)
    assert d.status == "proved" and d.check(samples=1).ok


def test_the_numbers_need_the_stride():
    f = sd.derive(weighted(sd.conv1d(x, w, stride=s)), x).numpy()
    data = {"x": np.ones(7), "w": np.array([1.0, 2.0]), "G": np.array([1.0, 10.0, 100.0])}
    np.testing.assert_allclose(f(**data, s=2), [1, 2, 10, 20, 100, 200, 0])
    with pytest.raises(sd.SymderivError):
        f(**data)
    with pytest.raises(sd.SymderivError):
        f(**data, s=5)


def test_a_product_of_two_letters_is_refused():
    i, j = sd.indices("i", n), sd.indices("j", m)
    with pytest.raises(sd.SymderivError, match="affine"):
        sd.derive(sd.Sum(x[i * j], i, j), x)
