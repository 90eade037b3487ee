"""Hessians kept as diagonal plus low rank agree with their dense selves."""

import numpy as np
import pytest

import symderiv as sd

m, n = sd.dims("m n")
z, W, x = sd.tensor("z", m), sd.tensor("W", m, n), sd.tensor("x", n)
y = sd.label("y", m)
lam = sd.tensor("lam", positive=True)
rng = np.random.default_rng(0)


def data(**sizes):
    return {"z": rng.normal(size=5), "W": rng.normal(size=(5, 3)), "x": rng.normal(size=3), "y": 2, "lam": 0.7}


@pytest.mark.parametrize("loss, wrt, kind", [
    (sd.cross_entropy(z, y), z, "diagonal + rank 1"),
    (sd.cross_entropy(z, y) + lam * (z @ z) / 2, z, "diagonal + rank 1"),
    (sd.sum(sd.softplus(z)), z, "diagonal"),
    (sd.logsumexp(W @ x), x, "product"),
])
def test_products_and_dense_form(loss, wrt, kind):
    d = sd.hessian(loss, wrt)
    assert kind in d.structure.kind
    used = {k: v for k, v in data().items() if k in d.numpy().names}
    M = d.structure(**used)
    full = d.numpy()(**used)
    v = rng.normal(size=full.shape[0])
    assert np.allclose(M.dense(), full)
    assert np.allclose(M @ v, full @ v)
    assert np.allclose(M @ np.stack([v, 2 * v], axis=1), full @ np.stack([v, 2 * v], axis=1))


def test_solving_by_woodbury():
    d = sd.hessian(sd.cross_entropy(z, y) + lam * (z @ z) / 2, z)
    used = {k: v for k, v in data().items() if k in d.numpy().names}
    b = rng.normal(size=5)
    assert np.allclose(d.numpy()(**used) @ d.structure(**used).solve(b), b)


def test_a_singular_matrix_is_reported():
    d = sd.hessian(sd.cross_entropy(z, y), z)
    with pytest.raises(sd.SymderivError, match="singular"):
        d.structure(z=np.zeros(4), y=1).solve(np.ones(4))


def test_only_matrices_have_structure():
    with pytest.raises(sd.SymderivError, match="matrices"):
        _ = sd.derive(sd.cross_entropy(z, y), z).structure


def test_what_the_parts_have_in_common_is_computed_once():
    d = sd.hessian(sd.cross_entropy(z, y), z)
    assert d.structure._function.source.count("np.exp") == 1
    with pytest.raises(sd.SymderivError, match="leading axes"):
        d.structure(z=np.ones((2, 5)), y=1)
