"""Inverses, determinants and functions of the members of a stack of matrices: Σ_k of a mixture, P_t of a filter."""

import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import EvaluationError

K, d, N = sd.dims("K d N")
k, i = sd.indices("k", K), sd.indices("i", N)
S, P = sd.tensor("S", K, d, d), sd.tensor("P", K, d, d, positive_definite=True)
x, mu, r, v = sd.tensor("x", N, d), sd.tensor("mu", K, d), sd.tensor("r", N, K), sd.tensor("v", d)


def test_the_gaussian_mixture_is_derived_by_its_covariances_member_by_member():
    e = x[i] - mu[k]
    got = sd.derive(sd.Sum(r[i, k] * (sd.logdet(P[k]) + e @ sd.inv(P[k]) @ e) / 2, k, i), P)
    assert got.status == "proved" and not got.conditions
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 2, 2))
    given = {"P": a @ np.swapaxes(a, 1, 2) + np.eye(2), "x": rng.normal(size=(4, 2)), "mu": rng.normal(size=(3, 2)),
             "r": rng.uniform(size=(4, 3))}
    inverse, away = np.linalg.inv(given["P"]), given["x"][:, None] - given["mu"]
    outer = np.einsum("ik,kab,ikb,ikc,kcd->kad", given["r"], inverse, away, away, inverse)
    np.testing.assert_allclose(got.numpy()(**given), (given["r"].sum(0)[:, None, None] * inverse - outer) / 2, rtol=1e-9)


@pytest.mark.parametrize(("loss", "by"), [
    (sd.Sum(sd.det(S[k]), k), S), (sd.Sum(sd.logdet(S[k]), k), S), (sd.Sum(v @ sd.inv(S[k]) @ v, k), v),
    (sd.Sum(sd.trace(sd.inv(P[k])), k), P)])
def test_functions_of_members_are_proved(loss, by):
    assert sd.derive(loss, by).status == "proved"


def test_members_outside_the_stack_have_no_inverse():
    with pytest.raises(EvaluationError):
        sd.evaluate(sd.trace(sd.inv(S[3])), S=np.stack([np.eye(2)] * 2))
