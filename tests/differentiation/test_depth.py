"""The work on the gradients of all weights of a deep network grows with its depth, hardly faster: steps are counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Integer

import symderiv as sd
from symderiv import bounds, checker
from symderiv.arrays.registry import RECORDS
from symderiv.bounds import WORK, budget
from symderiv.numeric import doubts
from symderiv.numeric.numerical_derivatives import jacobian, jacobians
from symderiv.proof.certify import certificates

T, H, K, F, n = sd.dims("T H K F n")
EPS = sd.tensor("eps", positive=True)


def gated(depth, tag):
    h, weights = sd.tensor(f"x{tag}", n), []
    for layer in range(1, depth + 1):
        weights.append(sd.tensor(f"W{tag}_{layer}", n, n))
        h = h * sd.sigmoid(weights[-1] @ h)
    return sd.dot(h, h), tuple(weights)


def residual(depth, tag):
    h, weights = sd.tensor(f"x{tag}", n), []
    for layer in range(1, depth + 1):
        V, W = (sd.tensor(f"{name}{tag}_{layer}", n, n) for name in "VW")
        weights += [V, W]
        h = h + V @ sd.relu(W @ h)
    return sd.dot(h, h), tuple(weights)


def lstm(depth, tag):
    h, c = sd.tensor(f"h{tag}", n), sd.tensor(f"c{tag}", n)
    weights = {name: sd.tensor(f"{name}{tag}", n, n) for name in ("Ui", "Uf", "Ug", "Uo")}
    for step in range(1, depth + 1):
        i, f, g, o = (U @ h + sd.tensor(f"x{tag}_{step}", n) for U in weights.values())
        c = sd.sigmoid(f) * c + sd.sigmoid(i) * sd.tanh(g)
        h = sd.sigmoid(o) * sd.tanh(c)
    return sd.dot(h, h), tuple(weights.values())


def transformer(depth, tag):
    width, weights = H * K, []
    x, y = sd.tensor(f"X{tag}", T, width), sd.tensor(f"Y{tag}", T, width)

    def weight(name, *shape):
        weights.append(sd.tensor(f"{name}{tag}_{len(weights)}", *shape))
        return weights[-1]

    def heads(a):
        return sd.transpose(sd.reshape(a, (T, H, K)), (1, 0, 2))

    for _ in range(depth):
        u = sd.layer_norm(x, weight("g", width), weight("b", width), EPS)
        a = sd.attention(*(heads(u @ weight(name, width, width)) for name in ("Wq", "Wk", "Wv")))
        x = x + sd.reshape(sd.transpose(a, (1, 0, 2)), (T, width)) @ weight("Wo", width, width)
        v = sd.layer_norm(x, weight("h", width), weight("c", width), EPS)
        x = x + sd.gelu(v @ weight("A", width, F)) @ weight("B", F, width)
    return sd.mse(x, y), tuple(weights)


def steps(call):
    """The steps of work of a call."""
    with budget(WORK, 10**9) as own:
        call()
    return 10**9 - own.left


@pytest.mark.parametrize("network", [gated, residual], ids=lambda f: f.__name__)
def test_all_of_it_is_proved_and_four_times_the_depth_takes_at_most_eight_times_the_work(network):
    spent = []
    for depth in (2, 8):
        ds = sd.derive(*network(depth, f"d{depth}"))
        spent.append([steps(lambda: ds.status), steps(lambda: ds.source()), steps(lambda: ds.proof.latex())])  # noqa: B023
        assert ds.status == "proved"
    assert all(deep <= 8 * shallow for shallow, deep in zip(*spent, strict=True)), spent


@pytest.mark.parametrize(("lost", "proved"), [("W", [True, False, True, True]), ("add", [False, False, True, True])])
def test_what_cannot_be_certified_costs_what_rests_on_it_and_nothing_else(monkeypatch, lost, proved):
    loss, weights = residual(2, f"lost{lost}")
    # The second weight of the first layer; what both layers' sum passes on to the first layer.
    asked, wrong = [], {"W": f"Wlost{lost}_1", "add": "add"}[lost]

    def same(self, facts, left, right, given, found=certificates.Prover.same):
        asked.append(given.get("of"))
        if given.get("of") == wrong:
            raise checker.Refused("too much work")
        return found(self, facts, left, right, given)

    monkeypatch.setattr(certificates.Prover, "same", same)
    ds = sd.derive(loss, weights)
    assert [d.status == "proved" for d in ds] == proved
    assert all(d.uncertified == "too much work" for d, sure in zip(ds, proved, strict=True) if not sure)
    assert asked.count(wrong) == 1 and max(asked.count(name) for name in asked if name) <= 2


def test_what_is_too_deep_is_refused_once_for_all(monkeypatch):
    asked = []
    monkeypatch.setattr(certificates, "DEEPEST", 2)
    monkeypatch.setattr(certificates, "_depth", lambda primal, found=certificates._depth: asked.append(1) or found(primal))
    ds = sd.derive(*residual(3, "deep"))
    assert {d.uncertified for d in ds} == {"more than 2 definitions stand one inside the other"} and len(asked) == 1
    assert ds.status == "supported"


def test_steps_of_an_lstm_are_proved():
    assert sd.derive(*lstm(3, "l")).status == "proved"


def test_a_block_of_a_transformer_has_proofs_and_code():
    ds = sd.derive(*transformer(1, "b"))
    assert ds.status == "proved" and all(d.is_closed for d in ds)
    assert str(ds[5].closed) == "2*U.T*(R + u - mean(u, axis=1, keepdims=True))/(H*K*T)"
    sizes, rng = {T: 3, H: 2, K: 2, F: 5}, np.random.default_rng(0)
    point = {v.name: rng.normal(size=[int(s.subs(sizes)) for s in v.shape]) for v in ds.variables if hasattr(v, "shape")}
    point["eps"] = np.array(0.1)
    found = ds.numpy()(**point, H=2, K=2)
    for k in (0, 4, len(ds) - 1):
        assert np.allclose(found[k], jacobian(ds.primal, ds[k].wrt, {**point, "T": 3, "H": 2, "K": 2, "F": 5}), atol=1e-9)


def test_a_proof_of_many_closed_forms_may_take_more_work_to_be_shown(monkeypatch):
    proof = sd.derive(*residual(3, "e")).proof
    monkeypatch.setattr(bounds, "WORK", replace(WORK, limit=1))
    assert "Definitions" in proof.latex()


def test_two_blocks_of_a_transformer_are_proved():
    """The gradients by the first and the last weight that the path through both blocks goes through."""
    loss, weights = transformer(2, "t")
    assert sd.derive(loss, (weights[0], weights[-1])).status == "proved"


def test_what_goes_into_a_layer_has_a_name_in_what_its_own_names_stand_for():
    """A layer's mean is said of the sum of all blocks before it, and says it by its name; no letter has that name, too."""
    found = [sd.derive(*transformer(depth, f"n{depth}")).where for depth in (2, 3)]
    longest = [max(len(str(body)) for name, body in where.items() if name.startswith(("mu", "d_"))) for where in found]
    assert longest[1] < 1.5 * longest[0], longest
    for where in found:
        assert not where.keys() & {i.name for body in where.values() for i in getattr(body, "letters", ())}


def test_many_jacobians_from_few_evaluations_are_those_of_each():
    loss, weights = residual(3, "j")
    data = {v.name: np.random.default_rng(1).normal(size=(7,) * len(v.shape)) for v in (*weights, sd.tensor("xj", n))}
    assert sum(7 ** len(w.shape) for w in weights) > 256
    for w, both in zip(weights, jacobians(loss, weights, data), strict=True):
        assert np.allclose(both, jacobian(loss, w, data), atol=1e-10)


def test_one_wrong_result_among_many_is_doubted_and_no_other():
    ds = sd.derive(*gated(3, "w"))
    doubted = doubts(ds, [c * (2 if k == 1 else 1) for k, c in enumerate(ds.closed)])
    assert [words is not None for words in doubted] == [False, True, False]
    assert "differs" in doubted[1]


def test_one_wrong_entry_of_a_large_network_is_doubted():
    matrices = [sd.tensor(f"T_{k}", 6, 6) for k in range(9)]
    ds = sd.derive(sum(sd.sum(t**3) for t in matrices), matrices)
    entry = sd.outer(*(RECORDS.one_hot(Integer(k), size=Integer(6)) for k in (2, 3))) / 1000
    doubted = doubts(ds, [c + entry if k == 4 else c for k, c in enumerate(ds.closed)])
    assert [words is not None for words in doubted] == [k == 4 for k in range(9)]
