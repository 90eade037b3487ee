"""Code at the limit: blocks on a diagonal are filled, products that several chains have in common are formed once."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import symderiv as sd
from symderiv.matrixform.cost import no_longer, operations
from symderiv.numeric.compiled import contracted
from symderiv.numeric.quickest import plain_contraction

m, n, r = sd.dims("m n r")
A, B, W, x, z = (sd.tensor("A", n, n), sd.tensor("B", n, n), sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m))
SIZES = {"A": (4, 4), "B": (4, 4), "W": (3, 4), "x": (4,), "z": (3,)}


def data(names, seed=0):
    return {k: np.random.default_rng([seed, *map(ord, k)]).normal(size=SIZES[k]) for k in names}


@pytest.mark.parametrize(("derivative", "names", "rank"), [
    (lambda: sd.hessian(sd.sum(sd.exp(W @ x)), W), "Wx", 4),
    (lambda: sd.derive(W @ x, W), "Wx", 3),
    (lambda: sd.hessian(sd.sum((W @ x) ** 2) + sd.sum(W * W), W), "Wx", 4),
    (lambda: sd.derive(sd.diag(z) @ W, W), "Wz", 4),
    (lambda: sd.derive(W * W, W), "W", 4),
], ids=["a sum of exponentials", "a linear layer", "two terms", "rows scaled", "entries squared"])
def test_blocks_on_a_diagonal_are_filled_and_never_multiplied_with_zeros(derivative, names, rank):
    d, given = derivative(), data(names)
    f = d.numpy()
    assert "np.zeros" in f.source and "np.eye" not in f.source and f.source.count("np.zeros") == 1
    found = f(**given)
    assert found.ndim == rank and np.allclose(found, d.at(**given), atol=1e-12)
    assert d.check(seed=1).ok
    assert f(**{k: v.astype(np.float32) for k, v in given.items()}).dtype == np.float32


def test_what_several_products_have_in_common_is_multiplied_once():
    state, given = x, data("x")
    for k in range(6):
        state = sd.tanh(sd.tensor(f"W{k}", n, n) @ state)
        given[f"W{k}"] = np.random.default_rng(k).normal(size=(4, 4))
    d = sd.hessian(sd.sum(state), x)
    f = d.numpy()
    # Two products a layer, one vector a layer forward and back, and a few: not one more for each pair of layers.
    assert f.source.count(" @ ") < 6 * 6
    assert np.allclose(f(**given), sd.evaluate(d.spelled, **given), atol=1e-10)


@pytest.mark.parametrize("spec", ["ij,jk->ik", "ij,kj->ik", "ji,jk->ki", "abc,cbd->ad", "abc,bd->acd",
                                  "ij,ij->ij", "ij,k->i"])
def test_einsums_of_two_arrays_are_plain_contractions_where_they_are_such(spec):
    shapes = [[2 + "ijkabcd".index(c) for c in own] for own in spec.partition("->")[0].split(",")]
    first, second = (np.random.default_rng(k).normal(size=shape) for k, shape in enumerate(shapes))
    made = plain_contraction(spec, [ast.Name("first", ast.Load()), ast.Name("second", ast.Load())])
    expected = np.einsum(spec, first, second)
    assert np.allclose(contracted(spec, first, second), expected)
    if made is None:
        assert spec in ("abc,bd->acd", "ij,ij->ij", "ij,k->i")
    else:
        assert np.allclose(eval(ast.unparse(made), {"np": np, "first": first, "second": second}), expected)


def test_two_forms_are_compared_as_their_operations_are():
    forms = [A @ x + B @ x, (A + B) @ x, sd.exp(A @ x) * (A @ x), sd.exp(A @ x) * x, (A @ x) / 2 + sd.exp(A @ x), x, -x,
             (A @ x) @ x * x, ((A @ x) @ x + 1) * x]
    for one in forms:
        for other in forms:
            for more in (-1, 0, 1):
                assert no_longer(one, other, more) == (operations(one) <= operations(other) + more)


def test_the_work_on_code_grows_with_what_is_written():
    visited = []
    for k in (16, 128):
        loss = sd.dot(x, x)
        for i in range(k):
            loss = loss * sd.tensor(f"c{k}_{i}")
        source = sd.derive(loss, x).source("numpy")
        visited.append(len(source))
    assert visited[1] < 10 * visited[0]
