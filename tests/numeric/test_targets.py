"""The emitted code: readable, stable far out, and the same for other libraries."""

from __future__ import annotations

import ast
import warnings

import numpy as np
import pytest
from sympy import exp, log

import symderiv as sd
from symderiv.errors import DeclarationError, UnknownFunction
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
from symderiv.numeric.targets import source_for
from tests.asked import Asked
from tests.several import samples

m, n, k, N = sd.dims("m n k N")
W, x, z, A, X, w = (sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m), sd.tensor("A", n, n), sd.tensor("X", N, n),
                    sd.tensor("w", k))
V = sd.tensor("V", N)
y, t = sd.label("y", m), sd.label("t", n, shape=(N,))
i, j = sd.indices("i j", m)

DERIVATIVES = Asked({
    "classifier": lambda: sd.derive(sd.cross_entropy(W @ x, y), W),
    "batch of labels": lambda: sd.derive(sd.cross_entropy(X, t), X),
    "logistic regression": lambda: sd.derive(sd.bce_with_logits(X @ x, V), x),
    "its Hessian": lambda: sd.hessian(sd.bce_with_logits(X @ x, V), x),
    "softmax": lambda: sd.derive(sd.softmax(z), z),
    "log-sum-exp of an affine map": lambda: sd.hessian(sd.logsumexp(W @ x), x),
    "network": lambda: sd.derive(sd.sum(sd.relu(W @ sd.tanh(A @ x))**2), A),
    "attention": lambda: sd.vjp(sd.attention(X, A, A), A),
    "layer normalisation": lambda: sd.vjp(sd.layer_norm(X, x, sd.tensor("beta", n)), X),
    "convolution": lambda: sd.vjp(sd.conv1d(x, w), x),
    "convolution in its kernel": lambda: sd.vjp(sd.conv1d(x, w, stride=2), w),
    "largest entry": lambda: sd.derive(sd.max(z), z),
    "determinant": lambda: sd.derive(sd.logdet(A @ A.T), A),
    "by index": lambda: sd.derive(sd.sum(sd.define("v", (i,), z[i + 1] * z[i]**2)), z),
})


@pytest.mark.parametrize("name", DERIVATIVES)
def test_the_shown_source_is_the_function(name):
    d = DERIVATIVES[name]
    f, source = compile_numpy(d.closed, d.variables)
    scope: dict[str, object] = {}
    exec(compile(source, name, "exec"), scope)
    (s,) = samples(d.closed, 3, 1)
    arrays = {key: value for key, value in s.everything.items() if key in f.names}
    shown = scope["compiled"]
    taken = shown.__code__.co_varnames[:shown.__code__.co_argcount]
    before = {key: np.copy(value) for key, value in arrays.items()}
    got = shown(**{key: arrays[key] for key in taken})
    np.testing.assert_allclose(got, f(**arrays), err_msg=source)
    np.testing.assert_allclose(got, evaluate(d.closed, **s.everything), rtol=1e-10, atol=1e-12, err_msg=source)
    assert all((before[key] == value).all() for key, value in arrays.items()), "the operands are left as they were"
    assert max(map(len, source.splitlines())) <= 120, source


@pytest.mark.parametrize("name", DERIVATIVES)
@pytest.mark.parametrize("target", ["jax", "torch"])
def test_other_libraries(name, target):
    d = DERIVATIVES[name]
    source = source_for(d.closed, target)
    assert "np." not in source.replace("jnp.", "")
    code = compile(source, name, "exec")
    library = pytest.importorskip(target)
    if target == "jax":
        library.config.update("jax_enable_x64", True)
    scope: dict[str, object] = {}
    exec(code, scope)
    (s,) = samples(d.closed, 3, 1)
    shown = scope["compiled"]
    taken = shown.__code__.co_varnames[:shown.__code__.co_argcount]
    convert = library.numpy.asarray if target == "jax" else library.as_tensor
    got = shown(**{key: convert(s.everything[key]) if np.ndim(s.everything[key]) else s.everything[key] for key in taken})
    np.testing.assert_allclose(np.asarray(got), compile_numpy(d.closed)[0](**{
        key: value for key, value in s.everything.items() if key in taken}), rtol=1e-9, atol=1e-12, err_msg=source)


def test_there_is_no_other_target():
    with pytest.raises(DeclarationError, match="fortran"):
        source_for(x + 1, "fortran")


def test_what_torch_lacks_is_refused():
    with pytest.raises(UnknownFunction, match="PyTorch"):
        source_for(sd.cross_entropy(X, t), "torch")


FAR = Asked({
    "softmax": sd.softmax(z),
    "log softmax": sd.log(sd.softmax(z)),
    "softmax by hand": sd.define("s", (i,), exp(z[i]) / sd.Sum(exp(z[j]), j)),
    "its logarithm by hand": sd.define("s", (i,), z[i] - log(sd.Sum(exp(z[j]), j))),
    "logsumexp": sd.logsumexp(z),
    "logsumexp by hand": log(sd.Sum(exp(z[j]), j)),
    "sigmoid": sd.sigmoid(z),
    "log sigmoid": sd.log(sd.sigmoid(z)),
    "softplus": sd.softplus(z),
    "softplus by hand": sd.log(1 + sd.exp(z)),
    "silu": sd.silu(z),
    "tanh": sd.tanh(z),
    "bce": sd.bce_with_logits(z, sd.sigmoid(z)),
    "cross-entropy": sd.cross_entropy(z, y),
    "gradient of log sigmoid": lambda: sd.derive(sd.sum(sd.log(sd.sigmoid(z))), z).closed,
    "Hessian of softplus": lambda: sd.hessian(sd.sum(sd.softplus(z)), z).closed,
    "Jacobian of log softmax": lambda: sd.derive(sd.log_softmax(z), z).closed,
})


@pytest.mark.parametrize("name", FAR)
def test_far_out(name):
    f, source = compile_numpy(FAR[name])
    data = {"z": np.array([1000.0, -1000, 3, 0, 40, -40])} | ({"y": 1} if "y" in f.names else {})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = f(**data)
        single = f(**{key: v.astype(np.float32) if key == "z" else v for key, v in data.items()})
    assert np.isfinite(got).all() and np.isfinite(single).all(), source
    assert single.dtype == np.float32


def test_tails_keep_their_digits():
    f, _ = compile_numpy(FAR["gradient of log sigmoid"])
    np.testing.assert_allclose(f(z=np.array([40.0, 300])), np.exp([-40.0, -300]), rtol=1e-12)
    g, _ = compile_numpy(FAR["log sigmoid"])
    np.testing.assert_allclose(g(z=np.array([40.0, -700])), [-np.exp(-40.0), -700], rtol=1e-12)


def test_a_diagonal_is_never_made_dense_to_multiply():
    _, source = compile_numpy(DERIVATIVES["log-sum-exp of an affine map"].closed)
    assert "np.diag" not in source and "np.eye" not in source


def test_the_product_with_its_own_transpose_reads_one_buffer():
    _, source = compile_numpy(sd.hessian(sd.norm(W @ x - z)**2, x).closed)
    assert "W.T @ W" in source


def test_weights_that_are_not_negative_are_split_between_the_two():
    _, source = compile_numpy(DERIVATIVES["its Hessian"].closed)
    assert source.splitlines()[-1].strip() == "return t2.T @ t2 / N"
    _, source = compile_numpy(X.T @ sd.diag(V) @ X)
    assert "sqrt" not in source


def test_vectors_are_applied_before_matrices_are_multiplied():
    _, source = compile_numpy((A @ A) @ x)
    assert source.splitlines()[-1] == "    return A @ (A @ x)"
    _, source = compile_numpy(sd.outer(x, x) @ x)
    assert "[:, None]" not in source


def test_repeated_parts_are_written_once():
    _, source = compile_numpy(sd.tanh(W @ x) * (1 - sd.tanh(W @ x)**2))
    assert source.count("np.tanh") == 1


def test_code_for_jax_goes_through_its_transforms():
    """The function that is emitted runs under jit, vmap and grad, and keeps the kind of numbers that it gets."""
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    d = sd.derive(sd.logsumexp(W @ sd.tanh(A @ x)), x)
    space: dict[str, object] = {}
    exec(d.source("jax"), space)
    gradient, rng = space["compiled"], np.random.default_rng(0)
    for kind, close in (("float32", 1e-5), ("float64", 1e-12)):
        with jax.enable_x64(True):
            data = {s.name: jnp.asarray(rng.normal(size=size), kind) for s, size in ((W, (3, 4)), (A, (4, 4)), (x, 4))}
            loss = lambda x, data=data: jax.nn.logsumexp(data["W"] @ jnp.tanh(data["A"] @ x))  # noqa: E731
            found = jax.jit(gradient)(**data)
            assert found.dtype == kind and np.allclose(found, jax.grad(loss)(data["x"]), atol=close)
            rows = jnp.asarray(rng.normal(size=(5, 4)), kind)
            many = jax.vmap(lambda x, data=data: gradient(**{**data, "x": x}))(rows)
            assert np.allclose(many, jax.vmap(jax.grad(loss))(rows), atol=close)
            along = jax.grad(lambda x, data=data: gradient(**{**data, "x": x}).sum())(data["x"])
            assert np.allclose(along, jax.hessian(loss)(data["x"]).sum(0), atol=10 * close)


def test_numbers_too_long_for_the_integers_of_other_libraries_are_floats():
    d = sd.derive(sd.sum(sd.selu(x)), x)
    source = d.source("torch")
    written = [c.value for c in ast.walk(ast.parse(source)) if isinstance(c, ast.Constant)]
    assert all(value < 2**31 for value in written if type(value) is int)
    point = np.array([-2.0, 0.5])
    truth = np.where(point > 0, 1.0, 1.6732632423543772 * np.exp(point)) * 1.0507009873554805
    np.testing.assert_allclose(d.numpy()(x=point), truth, rtol=1e-14)


def test_shapes_depend_on_no_values():
    """A largest entry of windows gets its gradient under jit, where no array may be read at truths."""
    d = sd.derive(sd.sum(sd.max_pool1d(x, 3, stride=2, padding=1)**2), x)
    point = np.array([3.0, -1.0, 2.0, 5.0, 4.0, -2.0, 0.5])
    np.testing.assert_allclose(d.numpy()(x=point), [6.0, 0, 0, 20.0, 0, 0, 1.0])
    jax = pytest.importorskip("jax")
    space: dict[str, object] = {}
    exec(d.source("jax"), space)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(space["compiled"])(point), [6.0, 0, 0, 20.0, 0, 0, 1.0])
