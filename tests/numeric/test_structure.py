"""Hessians kept as diagonal plus low rank agree with their dense selves."""

import numpy as np
import pytest

import symderiv as sd
from symderiv.numeric.structured_operator import Structure

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


def test_a_multiple_of_the_identity_beside_a_diagonal_is_added_to_it():
    d, u, c = sd.tensor("d", n), sd.tensor("u", n), sd.tensor("c")
    structure = Structure(c * sd.eye(n) + sd.diag(d) + sd.outer(u, u) + sd.eye(n), (d, u, c))
    given = {"d": np.array([1.0, 2.0, 4.0]), "u": np.array([0.5, -1.0, 2.0]), "c": 0.25}
    dense = np.diag(given["d"] + 1.25) + np.outer(given["u"], given["u"])
    assert np.allclose(structure(**given).dense(), dense)
    assert np.allclose(dense @ structure(**given).solve(given["u"]), given["u"])


def test_a_damped_hessian_makes_no_array_of_ones():
    assert "ones" not in sd.hessian(sd.cross_entropy(z, y) + lam * (z @ z) / 2, z).structure._function.source


def test_the_identity_alone_keeps_its_size():
    c, x = sd.tensor("c"), sd.tensor("x", n)
    given = {"c": 2.0, "x": np.array([1.0, 0.0, 3.0])}
    eye, outer = np.eye(3), np.outer(given["x"], given["x"])
    for other, dense in ((0, 0 * eye), (sd.diag(x) * sd.outer(x, x), np.diag(given["x"] ** 3))):
        structure = Structure(c * sd.eye(n) + sd.outer(x, x) + other, (c, x))
        assert np.allclose(structure(**given).dense(), 2 * eye + outer + dense)
