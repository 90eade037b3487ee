"""Functions of which only the name is known: in results, proofs, code and text, and backpropagation for all of them."""

from __future__ import annotations

import pickle

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import DeclarationError, EvaluationError, ShapeError

L, m, n = sd.dims("L m n")
W, b, x, t = sd.tensor("W", m, n), sd.tensor("b", m), sd.tensor("x", n), sd.tensor("t", m)
phi = sd.function("phi")
LOSS = sd.sum((phi(W @ x + b) - t)**2)
RNG = np.random.default_rng(5)
DATA = {"W": RNG.normal(size=(3, 4)), "x": RNG.normal(size=4), "b": RNG.normal(size=3), "t": RNG.normal(size=3)}
TANH = {"phi": np.tanh, "dphi": lambda z: 1 - np.tanh(z)**2, "d2phi": lambda z: -2 * np.tanh(z) * (1 - np.tanh(z)**2)}


def plain(b):
    return anp.sum((anp.tanh(DATA["W"] @ DATA["x"] + b) - DATA["t"])**2)


def test_derivatives_print_with_primes():
    first, second = sd.derive(LOSS, b), sd.hessian(LOSS, b)
    z, (d1, d2) = W @ x + b, (phi.derivative(), phi.derivative(2))
    assert sd.prove(first.closed, 2 * d1(z) * (phi(z) - t)).status == "proved"
    assert sd.prove(second.closed, 2 * sd.diag(d2(z) * (phi(z) - t) + d1(z)**2)).status == "proved"
    assert "phi'(" in str(first) and "phi''(" in str(second) and r"\phi''\left(" in second.latex()
    assert r"\phi'" in first.proof.latex()
    assert first.status == second.status == "proved" and first.check().ok and second.check().ok


def test_code_takes_the_function_and_its_derivatives():
    first, second = sd.derive(LOSS, (W, b)), sd.hessian(LOSS, b)
    np.testing.assert_allclose(first.numpy()(**DATA, **TANH)[1], autograd.grad(plain)(DATA["b"]), rtol=1e-12)
    np.testing.assert_allclose(second.numpy()(**DATA, **TANH), autograd.hessian(plain)(DATA["b"]), rtol=1e-10)
    np.testing.assert_allclose(second.at(**DATA, **TANH), autograd.hessian(plain)(DATA["b"]), rtol=1e-10)
    value, _ = sd.value_and_grad(LOSS, (W,))(**DATA, **TANH)
    assert np.isclose(value, plain(DATA["b"])) and np.isclose(sd.evaluate(LOSS, **DATA, phi=np.tanh), value)
    assert "phi, dphi):" in first.source("jax")


def test_a_constant_derivative_and_batches_are_spread():
    ds = sd.derive(LOSS, (W, b))
    assert ds.numpy()(**DATA, phi=lambda z: z, dphi=lambda z: 1.0)[0].shape == (3, 4)
    batch = ds.numpy()(**{**DATA, "x": RNG.normal(size=(5, 4))}, **TANH)
    assert [g.shape for g in batch] == [(5, 3, 4), (5, 3)]


@pytest.mark.parametrize("call, error", [
    (lambda: sd.evaluate(LOSS, **DATA), EvaluationError), (lambda: sd.derive(LOSS, b).numpy()(**DATA), EvaluationError),
    (lambda: sd.derive(LOSS, b).numpy()(**DATA, phi=3, dphi=np.cos), EvaluationError),
    (lambda: sd.derive(LOSS, b).numpy()(**DATA, phi=lambda z: np.ones(7), dphi=np.cos), EvaluationError),
    (lambda: sd.derive(LOSS, b).numpy()(**DATA, **TANH, psi=np.cos), EvaluationError),
    (lambda: sd.function("tanh"), DeclarationError), (lambda: sd.function(3), DeclarationError),
    (lambda: sd.function("phi@1"), DeclarationError), (lambda: phi(), DeclarationError),
    (lambda: sd.function("g")(sd.tensor("u", 2), sd.tensor("v", 3)), ShapeError),
    (lambda: sd.derive(phi(b) @ sd.tensor("phi", m), b).numpy(), EvaluationError)])
def test_nothing_is_made_up_and_nothing_is_taken_for_a_function(call, error):
    with pytest.raises(error):
        call()


def test_text_is_read_and_written():
    assert sd.parse(r"\phi'(Wx) \odot \phi(Wx)", phi=phi, W=W, x=x) == phi.derivative()(W @ x) * phi(W @ x)
    assert sd.parse(r"\sigma''(Wx)", "W: m n; x: n; sigma: function") == sd.function("sigma").derivative(2)(W @ x)
    d = sd.derive(LOSS, b)
    assert sd.prove(sd.parse(str(d.closed), phi=phi, W=W, x=x, b=b, t=t), d.closed).status == "proved"
    assert sd.python(d.closed).count("sd.function('phi').derivative()(") == 1
    assert pickle.loads(pickle.dumps(phi)) == phi and pickle.loads(pickle.dumps(d)) == d
    number = sd.derive(phi(sd.tensor("a")), sd.tensor("a"))
    assert pickle.loads(pickle.dumps(number)) == number and pickle.loads(pickle.dumps(number.closed)) == number.closed
    assert repr(phi.derivative(2)) == "phi''"


def test_a_function_of_several_numbers_has_partial_derivatives():
    g, u, v = sd.function("g"), sd.tensor("u", n), sd.tensor("v", n)
    d = sd.derive(sd.sum(g(u, v)), u)
    assert d.status == "proved" and d.check().ok and r"g^{(1,0)}\left(u, v\right)" in d.latex()
    found = d.numpy()(u=np.array([1.0, 2.0]), v=np.array([3.0, 4.0]), d_1_0_g=lambda u, v: v)
    np.testing.assert_array_equal(found, [3.0, 4.0])


def test_the_four_equations_of_backpropagation_hold_for_any_activation():
    V, c, y = sd.tensor("V", m, m), sd.tensor("c", m), sd.tensor("y", m)
    z1 = W @ x + b
    z2 = V @ phi(z1) + c
    by_z2 = (phi(z2) - y) * phi.derivative()(z2)
    by_z1 = (V.T @ by_z2) * phi.derivative()(z1)
    ds = sd.derive(sd.sum((phi(z2) - y)**2) / 2, (c, b, V, W))
    claims = (by_z2, by_z1, sd.outer(by_z2, phi(z1)), sd.outer(by_z1, x))
    assert all(sd.prove(d.closed, claim).status == "proved" for d, claim in zip(ds, claims, strict=True))
    assert ds.status == "proved"


def test_a_repeated_layer_is_proved_at_any_depth_by_induction():
    U, p, h0, y = sd.tensor("U", n, n), sd.tensor("p", n), sd.tensor("h_0", n), sd.tensor("y", n)
    net = sd.repeated(lambda h: phi(U @ h + p), depth=L, start=h0)
    (h,) = net.states
    found = net.backward(sd.sum((h - y)**2), at="last")
    lines = str(found).splitlines()
    assert any(line.startswith("delta_l = U_{l+1}.T*(delta_{l+1}.*phi'(") for line in lines)
    assert any(line.startswith("dL/dU_l = (delta_l.*phi'(") and line.endswith(")*h_{l-1}.T") for line in lines)
    assert found.status == "proved" and found.check().ok
    assert r"\sum_{l=1}^{n}" not in found.proof.latex()
    shapes = {"U": (6, 4, 4), "p": (6, 4), "h_0": (4,), "y": (4,)}
    data = {name: RNG.normal(size=shape) for name, shape in shapes.items()}

    def network(U):
        state = data["h_0"]
        for k in range(6):
            state = anp.tanh(U[k] @ state + data["p"][k])
        return anp.sum((state - data["y"])**2)

    np.testing.assert_allclose(found.numpy()(**data, **TANH)["U"], autograd.grad(network)(data["U"]), rtol=1e-9, atol=1e-12)
    with pytest.raises(EvaluationError, match="what the function dphi is"):
        found.numpy()(**data, phi=np.tanh)


def test_weights_may_be_shared_between_layers_and_the_depth_may_be_a_number():
    U, g, h0 = sd.tensor("U", n, n), sd.tensor("g", n), sd.tensor("h_0", n)
    net = sd.repeated(lambda h: h + sd.tanh(U @ h) * g, depth=16, start=h0, shared=U)
    (h,) = net.states
    found = net.backward(h @ h, at="last")
    assert found.status == "proved" and "dL/dg_l" in str(found) and "Sum(" in str(found)
    grads = found.numpy()(U=0.1 * RNG.normal(size=(3, 3)), g=RNG.normal(size=(16, 3)), h_0=RNG.normal(size=3))
    assert grads["g"].shape == (16, 3) and grads["U"].shape == (3, 3)
