"""Derivatives by several variables are one answer: shared parts once, in results, in proofs and in code."""

from __future__ import annotations

import pickle
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import symderiv as sd
from symderiv.bounds import WORK, budget
from symderiv.cli import main

h, m, n, N = sd.dims("h m n N")
W1, b1, W2, b2 = sd.tensor("W1", h, n), sd.tensor("b1", h), sd.tensor("W2", m, h), sd.tensor("b2", m)
x, y = sd.tensor("x", n), sd.label("y", m)
WEIGHTS = (W1, b1, W2, b2)
LOSS = sd.cross_entropy(W2 @ sd.tanh(W1 @ x + b1) + b2, y)
RNG = np.random.default_rng(3)
DATA = {"W1": RNG.normal(size=(4, 3)), "b1": RNG.normal(size=4), "W2": RNG.normal(size=(5, 4)), "b2": RNG.normal(size=5),
        "x": RNG.normal(size=3), "y": 2}


def loss(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: int) -> Any:
    z = W2 @ anp.tanh(W1 @ x + b1) + b2
    return anp.log(anp.sum(anp.exp(z))) - z[y]


def truth(**data: Any) -> list[Any]:
    return [autograd.grad(lambda v, name=name: loss(**{**data, name: v}))(data[name]) for name in ("W1", "b1", "W2", "b2")]


def test_what_derivatives_share_is_named_in_the_order_of_backpropagation() -> None:
    ds = sd.derive(sd.cross_entropy(W2 @ sd.tanh(W1 @ x), y), (W1, x, W2))
    assert str(ds).splitlines() == [
        "h_1 = tanh(W1*x)", "delta_1 = softmax(W2*h_1) - e_y", "delta_2 = (W2.T*delta_1).*(1 - h_1.^2)",
        "dL/dW1 = delta_2*x.T", "dL/dx = W1.T*delta_2", "dL/dW2 = delta_1*h_1.T"]
    assert list(ds.where) == ["h_1", "delta_1", "delta_2"]
    assert ds.latex().count(r"\delta_{1} &=") == 1 and r"\begin{aligned}" in ds._repr_latex_()


def test_several_derivatives_are_a_tuple_and_one_object() -> None:
    ds = sd.derive(LOSS, WEIGHTS)
    first, *_, last = ds
    assert isinstance(ds, tuple) and first is ds[0] and str(last.closed).endswith(" - e_y")
    assert ds.status == "proved" and ds.proof.status == "proved" and ds.check().ok
    assert len(ds.proof.steps) < sum(len(d.proof.steps) for d in ds)
    assert pickle.loads(pickle.dumps(ds)) == ds


def test_a_joint_proof_says_each_cotangent_once_and_ends_in_all_results() -> None:
    text = sd.derive(LOSS, WEIGHTS).proof.latex()
    heading = r"\paragraph{Derivative with respect to $r^{(2)}_{i}$.}"
    assert text.count(heading) == 1 and text.index(heading) < text.index(r"\left(b_{2}\right)_{i}$.}")
    assert all(rf"\frac{{\partial L}}{{\partial {w}}} &= " in text for w in ("W_{1}", "b_{1}", "W_{2}", "b_{2}"))


def test_the_joint_function_computes_every_shared_part_once() -> None:
    ds = sd.derive(LOSS, WEIGHTS)
    source = ds.source()
    assert source.count("np.tanh") == source.count("np.exp(") == source.count("W2.T") == 1
    for value, expected, own in zip(ds.numpy()(**DATA), truth(**DATA), ds.at(**DATA), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        np.testing.assert_allclose(own, expected, rtol=1e-12)


def test_value_and_gradients_come_from_one_function() -> None:
    f = sd.value_and_grad(LOSS, WEIGHTS)
    value, gradients = f(**DATA)
    assert np.isclose(value, loss(**DATA), rtol=1e-12) and len(gradients) == 4 and f.derivation.status == "proved"
    for value, expected in zip(gradients, truth(**DATA), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-12)
    one, gradient = sd.value_and_grad(LOSS, W1)(**DATA)
    assert np.isclose(one, loss(**DATA)) and gradient.shape == (4, 3)
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again(**DATA)[1][0], gradients[0])


@pytest.mark.parametrize("target, module", [("jax", "jnp.tanh"), ("torch", "torch.tanh")])
def test_value_and_gradients_are_written_for_other_libraries(target: str, module: str) -> None:
    source = sd.value_and_grad(LOSS, WEIGHTS).source(target)
    assert source.count(module) == 1 and "return (" in source and "np.array" not in source.replace("jnp.array", "")


def test_leading_axes_are_batches_of_every_derivative() -> None:
    f = sd.value_and_grad(LOSS, (W1, b2))
    xs, ys = RNG.normal(size=(6, 3)), np.arange(6) % 5
    values, gradients = f(**{**DATA, "x": xs, "y": ys})
    for k in range(6):
        one, own = f(**{**DATA, "x": xs[k], "y": int(ys[k])})
        np.testing.assert_allclose(values[k], one)
        for batch, single in zip(gradients, own, strict=True):
            np.testing.assert_allclose(batch[k], single)


def test_results_share_no_memory_with_each_other_or_with_what_was_given() -> None:
    a, b = sd.tensor("a", n), sd.tensor("b", n)
    u, v = RNG.normal(size=3), RNG.normal(size=3)
    by_a, by_b, by_c = sd.derive(a @ b + sd.sum(a) + sd.sum(b), (a, b, a)).numpy()(a=u, b=v)
    by_a[:], by_b[:] = 0, 7
    assert not np.shares_memory(by_a, v) and not np.shares_memory(by_a, by_c)
    np.testing.assert_allclose(by_c, v + 1)
    (g,) = sd.derive(a @ b, (a,)).numpy()(a=u, b=v)
    assert not np.shares_memory(g, v)


def test_a_variable_may_be_named_twice() -> None:
    a, b = sd.tensor("a", n), sd.tensor("b", n)
    assert [d.status for d in sd.derive(a @ a + a @ b, (a, b, a))] == ["proved"] * 3


def test_a_number_in_front_of_every_gradient_is_multiplied_once() -> None:
    V = sd.tensor("V", n, n)
    squares = sd.sum((V @ sd.tanh(W1.T @ b1) - x)**2) / n
    f = sd.value_and_grad(squares, (V, W1))
    assert f.source().count("2 * ") == 1
    data = {"V": RNG.normal(size=(3, 3)), "W1": DATA["W1"], "b1": DATA["b1"], "x": DATA["x"]}

    def plain(V: Any, W1: Any) -> Any:
        return anp.sum((V @ anp.tanh(W1.T @ data["b1"]) - data["x"])**2) / 3

    for k, value in enumerate(f(**data)[1]):
        np.testing.assert_allclose(value, autograd.grad(plain, k)(data["V"], data["W1"]), rtol=1e-11)


@pytest.mark.parametrize("body", [lambda a, b: a * sd.exp(a), lambda a, b: a**2 * b, lambda a, b: sd.sum(a) * a + b])
def test_a_number_moves_only_onto_what_all_results_are_linear_in(body: Any) -> None:
    a, b = sd.tensor("a", n), sd.tensor("b", n)
    ds = sd.derive(3 * sd.sum(body(a, b)) + 3 * sd.sum(a * b), (a, b))
    u, v = RNG.normal(size=3), RNG.normal(size=3)
    for joint, single in zip(ds.numpy()(a=u, b=v), ds, strict=True):
        np.testing.assert_allclose(joint, single.numpy()(a=u, b=v), rtol=1e-12)


def test_a_scalar_cotangent_is_shared_too() -> None:
    w, b, t = sd.tensor("w", n), sd.tensor("b"), sd.tensor("t")
    ds = sd.derive(sd.bce_with_logits(w @ x + b, t), (w, b))
    assert str(ds.closed[0]) == "delta_1*x" and str(ds.closed[1]) == "delta_1"


def test_names_of_the_person_are_not_taken() -> None:
    delta = sd.tensor("delta_1", m)
    ds = sd.derive(sd.cross_entropy(W2 @ b1, y) + delta @ b2, (W2, b1, delta))
    assert "g_1" in ds.where and "delta_1" not in ds.where


def test_a_result_without_closed_form_stands_beside_the_others() -> None:
    i, k = sd.indices("i k", n)
    c, a = sd.tensor("c", n), sd.tensor("a")
    ds = sd.derive(sd.Sum(sd.exp(c[i] * c[k] * i * a), i, k), (c, a))
    assert str(ds) and ds.latex() and ds.proof.latex()
    assert len(ds.numpy()(c=np.ones(3), a=1.0)) == 2


def test_the_command_prints_one_answer_and_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "cross_entropy(W2*tanh(W1*x+b1), y)", "--given",
                 "W1: h n; b1: h; W2: m h; x: n; y: label m", "--wrt", "W1,b1,W2", "--code"]) == 0
    out = capsys.readouterr().out
    assert out.count("delta_1 =") == 1 and "dL/db1 = delta_2" in out and out.count("def compiled(") == 1


def network(depth: int) -> tuple[Any, tuple[Any, ...]]:
    state, weights = x, []
    for k in range(1, depth + 1):
        weights.append(sd.tensor(f"V{k}", n, n))
        state = state + sd.tanh(weights[-1] @ state)
    return state @ state, tuple(weights)


def work(depth: int) -> int:
    loss, weights = network(depth)
    ds = sd.derive(loss, weights)
    with budget(WORK, 10**7) as counted:
        source = ds.source()
    assert source.count("np.tanh") == depth
    return 10**7 - counted.left


def test_the_work_on_joint_code_grows_with_the_depth_and_no_faster() -> None:
    shallow, deep = work(6), work(24)
    assert deep <= 5 * shallow


def test_a_deep_network_has_a_joint_function_and_a_joint_proof() -> None:
    loss, weights = network(20)
    f = sd.value_and_grad(loss, weights)
    data = {str(w): 0.3 * RNG.normal(size=(3, 3)) for w in weights}
    _, gradients = f(**data, x=DATA["x"])

    def plain(first: Any) -> Any:
        state = DATA["x"]
        for name in data:
            state = state + anp.tanh((first if name == "V1" else data[name]) @ state)
        return state @ state

    np.testing.assert_allclose(gradients[0], autograd.grad(plain)(data["V1"]), rtol=1e-9)
    assert f.derivation.proof.status == "proved"


def test_what_all_derivatives_read_alike_is_shown_once() -> None:
    label = sd.tensor("t", h, one_hot=True)
    proof = str(sd.derive(-label @ sd.log_softmax(W1 @ x + b1), (W1, b1, x)).proof)
    assert proof.count("[a known total]") == 1
