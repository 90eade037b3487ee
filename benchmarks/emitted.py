"""How fast is the emitted code, against the best closed form written by hand, and against JAX where it is installed?"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import symderiv as sd

from .measure import Figure

Data = dict[str, Any]
m, n, k, N, r, C, F, h = sd.dims("m n k N r C F h")
TARGET, MEAN = 1.30, 1.08


@dataclass(frozen=True)
class Case:
    """A derivative: ``derive`` gives the Derivation, ``by_hand`` its best closed form in NumPy, ``by_jax`` a function of
    jax and jax.numpy that gives the jitted one.  ``second`` marks Hessians and Jacobians."""

    name: str
    derive: Callable[[], Any]
    data: Callable[[], Data]
    by_hand: Callable[..., Any]
    by_jax: Callable[[Any, Any], Callable[..., Any]] | None = None
    second: bool = False
    convolution: bool = False
    bar: float = TARGET


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def cases() -> Iterator[Case]:
    """Every family at a size where the work is done in NumPy, and the small quadratic ones at three sizes."""
    yield from _regression()
    yield from _networks()
    yield _deep_hessian()
    yield from _softmax()
    yield from _convolution()
    yield from _normalisation()
    yield from _attention()
    for size in (10, 100, 1000):
        yield from _quadratic(size)


def _regression() -> Iterator[Case]:
    X, w, y = sd.tensor("X", N, n), sd.tensor("w", n), sd.tensor("y", N)

    def loss(jnp: Any) -> Callable[..., Any]:
        return lambda w, X, y: jnp.mean(jnp.logaddexp(0, X @ w) - y * (X @ w))

    yield Case("logistic regression", lambda: sd.derive(sd.bce_with_logits(X @ w, y), w),
               lambda: {"X": normal(2000, 200), "w": normal(200) / 14, "y": (normal(2000) > 0) * 1.0},
               lambda X, w, y: X.T @ (1 / (1 + np.exp(-(X @ w))) - y) / len(y),
               lambda jax, jnp: jax.jit(jax.grad(loss(jnp))))

    def hessian_by_hand(X: Any, w: Any, y: Any = None) -> Any:
        s = 1 / (1 + np.exp(-(X @ w)))
        return (X.T * (s * (1 - s) / len(s))) @ X

    yield Case("logistic regression, Hessian", lambda: sd.hessian(sd.bce_with_logits(X @ w, y), w),
               lambda: {"X": normal(2000, 200), "w": normal(200) / 14, "y": (normal(2000) > 0) * 1.0},
               hessian_by_hand, lambda jax, jnp: jax.jit(jax.hessian(loss(jnp))), second=True)

    U, V, M = sd.tensor("U", m, r), sd.tensor("V", n, r), sd.tensor("M", m, n)
    E = M - U @ V.T
    yield Case("matrix factorisation", lambda: sd.derive(sd.sum(E * E), U),
               lambda: {"U": normal(500, 20), "V": normal(400, 20), "M": normal(500, 400)},
               lambda U, V, M: (U @ V.T - M) @ (2 * V),
               lambda jax, jnp: jax.jit(jax.grad(lambda U, V, M: jnp.sum((M - U @ V.T)**2))))

    def filled(U: Any, V: Any, M: Any = None) -> Any:
        H = np.zeros((*U.shape, *U.shape))
        np.einsum("ijil->ijl", H)[...] = 2 * (V.T @ V)
        return H

    yield Case("matrix factorisation, Hessian", lambda: sd.hessian(sd.sum(E * E), U),
               lambda: {"U": normal(100, 10), "V": normal(80, 10), "M": normal(100, 80)}, filled,
               lambda jax, jnp: jax.jit(jax.hessian(lambda U, V, M: jnp.sum((M - U @ V.T)**2))), second=True)


def _networks() -> Iterator[Case]:
    depth, x, t = 10, sd.tensor("x", n), sd.tensor("t", n)
    names = [f"W{i + 1}" for i in range(depth)]
    a: Any = x
    for name in names:
        a = sd.relu(sd.tensor(name, n, n) @ a)

    def by_hand(x: Any, t: Any, **W: Any) -> Any:
        signals = [x]
        for name in names:
            signals.append(np.maximum(W[name] @ signals[-1], 0))
        delta = 2 * (signals[-1] - t) * (signals[-1] > 0)
        for i in range(depth - 1, 0, -1):
            delta = (delta @ W[names[i]]) * (signals[i] > 0)
        return delta[:, None] * signals[0]

    def by_jax(jax: Any, jnp: Any) -> Callable[..., Any]:
        def loss(W1: Any, x: Any, t: Any, **W: Any) -> Any:
            a = x
            for name in names:
                a = jnp.maximum((W1 if name == "W1" else W[name]) @ a, 0)
            return jnp.sum((a - t)**2)
        return jax.jit(jax.grad(loss))

    yield Case("ten-layer ReLU network", lambda: sd.derive(sd.sum((a - t)**2), sd.tensor("W1", n, n)),
               lambda: {"x": normal(200), "t": normal(200),
                        **{name: normal(200, 200, seed=i) / 10 for i, name in enumerate(names)}}, by_hand, by_jax)


def _deep_hessian() -> Case:
    """The Hessian of ten tanh layers in their input; by hand the Jacobians of all layers, each worked out once."""
    depth, x, t = 10, sd.tensor("x", n), sd.tensor("t", n)
    names = [f"W{i + 1}" for i in range(depth)]
    a: Any = x
    for name in names:
        a = sd.tanh(sd.tensor(name, n, n) @ a)

    def by_hand(x: Any, t: Any, **W: Any) -> Any:
        states, inner, J = [x], [], None
        for name in names:
            states.append(np.tanh(W[name] @ states[-1]))
            inner.append(W[name] if J is None else W[name] @ J)
            J = (1 - states[-1]**2)[:, None] * inner[-1]
        assert J is not None
        H, back = 2 * J.T @ J, 2 * (states[-1] - t)
        for k in range(depth, 0, -1):
            slope = 1 - states[k]**2
            H += (inner[k - 1].T * (-2 * back * states[k] * slope)) @ inner[k - 1]
            back = (back * slope) @ W[names[k - 1]]
        return H

    def by_jax(jax: Any, jnp: Any) -> Callable[..., Any]:
        def loss(x: Any, t: Any, *W: Any) -> Any:
            for matrix in W:
                x = jnp.tanh(matrix @ x)
            return jnp.sum((x - t)**2)
        return jax.jit(jax.hessian(loss))

    return Case("ten-layer tanh network, Hessian", lambda: sd.hessian(sd.sum((a - t)**2), x),
                lambda: {"x": normal(100), "t": normal(100, seed=1),
                         **{name: normal(100, 100, seed=i) / 10 for i, name in enumerate(names)}},
                by_hand, by_jax, second=True, bar=1.5)


def _softmax() -> Iterator[Case]:
    Z, t, z = sd.tensor("Z", N, m), sd.label("t", m, shape=(N,)), sd.tensor("z", m)

    def cross_entropy(Z: Any, t: Any) -> Any:
        P = np.exp(Z - Z.max(axis=1, keepdims=True))
        P /= P.sum(axis=1, keepdims=True)
        P[np.arange(len(t)), t] -= 1
        P /= len(t)
        return P

    def jax_loss(jax: Any, jnp: Any) -> Callable[..., Any]:
        return jax.jit(jax.grad(lambda Z, t: -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), t[:, None], 1))))

    yield Case("softmax cross-entropy in logits", lambda: sd.derive(sd.cross_entropy(Z, t), Z),
               lambda: {"Z": normal(500, 200), "t": np.arange(500) % 200}, cross_entropy, jax_loss)

    def jacobian(z: Any) -> Any:
        p = np.exp(z - z.max())
        p /= p.sum()
        J = -p[:, None] * p
        np.einsum("ii->i", J)[...] += p
        return J

    for size in (100, 1000):
        yield Case(f"softmax Jacobian, n = {size}", lambda: sd.derive(sd.softmax(z), z),
                   lambda size=size: {"z": normal(size)},  # type: ignore[misc]
                   jacobian, lambda jax, jnp: jax.jit(jax.jacobian(jax.nn.softmax)), second=True)


def _convolution() -> Iterator[Case]:
    x, w, g = sd.tensor("x", n), sd.tensor("w", k), sd.tensor("g", n - k + 1)

    def data() -> Data:
        return {"x": normal(10000), "w": normal(50), "g": normal(9951)}

    def total(jnp: Any) -> Callable[..., Any]:
        return lambda x, w, g: g @ jnp.convolve(x, w[::-1], "valid")

    yield Case("conv1d in input", lambda: sd.vjp(sd.conv1d(x, w), x, upstream=g), data,
               lambda g, w, x=None: np.convolve(g, w, "full"),
               lambda jax, jnp: jax.jit(jax.grad(total(jnp), 0)), convolution=True)
    yield Case("conv1d in kernel", lambda: sd.vjp(sd.conv1d(x, w), w, upstream=g), data,
               lambda g, x, w=None: np.correlate(x, g, "valid"),
               lambda jax, jnp: jax.jit(jax.grad(total(jnp), 1)), convolution=True)

    X, W, G = sd.tensor("X", N, C, n), sd.tensor("W", F, C, k), sd.tensor("G", N, F, n - k + 1)
    windows = np.lib.stride_tricks.sliding_window_view

    def channels() -> Data:
        return {"X": normal(8, 16, 200), "W": normal(24, 16, 5), "G": normal(8, 24, 196)}

    def in_input(W: Any, G: Any, X: Any = None) -> Any:
        reach = W.shape[2] - 1
        padded = windows(np.pad(G, ((0, 0), (0, 0), (reach, reach))), reach + 1, 2)
        return np.tensordot(padded, W[:, :, ::-1], axes=([1, 3], [0, 2])).transpose(0, 2, 1)

    def in_kernel(X: Any, G: Any, W: Any = None) -> Any:
        return np.tensordot(G, windows(X, G.shape[2], 2), axes=([0, 2], [0, 3]))

    yield Case("conv1d with channels, in input", lambda: sd.vjp(sd.conv1d(X, W), X, upstream=G), channels, in_input,
               convolution=True)
    yield Case("conv1d with channels, in kernel", lambda: sd.vjp(sd.conv1d(X, W), W, upstream=G), channels, in_kernel,
               convolution=True)


def _normalisation() -> Iterator[Case]:
    X, G = sd.tensor("X", N, n), sd.tensor("G", N, n)
    gamma, beta = sd.tensor("gamma", n), sd.tensor("beta", n)

    def by_hand(X: Any, G: Any, gamma: Any, beta: Any = None) -> Any:
        hat = X - X.mean(axis=0)
        s = np.sqrt(np.einsum("ij,ij->j", hat, hat) / len(X) + 1e-5)
        hat /= s
        shift = G.mean(axis=0)
        hat *= np.einsum("ij,ij->j", G, hat) / len(X)
        return (gamma / s) * (G - shift - hat)

    def by_jax(jax: Any, jnp: Any) -> Callable[..., Any]:
        def loss(X: Any, G: Any, gamma: Any, beta: Any) -> Any:
            return jnp.sum(G * (gamma * (X - X.mean(0)) / jnp.sqrt(X.var(0) + 1e-5) + beta))
        return jax.jit(jax.grad(loss))

    yield Case("batch-norm backward", lambda: sd.vjp(sd.batch_norm(X, gamma, beta), X, upstream=G),
               lambda: {"X": normal(500, 100), "G": normal(500, 100, seed=1), "gamma": normal(100), "beta": normal(100)},
               by_hand, by_jax)


def _attention() -> Iterator[Case]:
    Q, K, V, G = sd.tensor("Q", N, h), sd.tensor("K", m, h), sd.tensor("V", m, r), sd.tensor("G", N, r)

    def weights(Q: Any, K: Any) -> Any:
        P = (Q / math.sqrt(Q.shape[1])) @ K.T
        P -= P.max(axis=1, keepdims=True)
        np.exp(P, out=P)
        P /= P.sum(axis=1, keepdims=True)
        return P

    def scores(Q: Any, K: Any, V: Any, G: Any) -> Any:
        P = weights(Q, K)
        S = G @ V.T
        S *= P
        P *= S.sum(axis=1, keepdims=True)
        S -= P
        return S

    by_hand = {"Q": lambda Q, K, V, G: scores(Q, K, V, G) @ (K / math.sqrt(K.shape[1])),
               "K": lambda Q, K, V, G: scores(Q, K, V, G).T @ (Q / math.sqrt(K.shape[1])),
               "V": lambda Q, K, G, V=None: weights(Q, K).T @ G}

    def by_jax(name: str) -> Callable[[Any, Any], Callable[..., Any]]:
        def jitted(jax: Any, jnp: Any) -> Callable[..., Any]:
            def loss(value: Any, **others: Any) -> Any:
                a = {**others, name: value}
                return jnp.sum(a["G"] * (jax.nn.softmax(a["Q"] @ a["K"].T / math.sqrt(a["Q"].shape[1])) @ a["V"]))
            grad = jax.jit(jax.grad(loss))
            return lambda **a: grad(a.pop(name), **a)
        return jitted

    for wrt in (Q, K, V):
        yield Case(f"attention backward, {wrt}",
                   lambda wrt=wrt: sd.vjp(sd.attention(Q, K, V), wrt, upstream=G),  # type: ignore[misc]
                   lambda: {"Q": normal(300, 64), "K": normal(200, 64), "V": normal(200, 48), "G": normal(300, 48)},
                   by_hand[str(wrt)], by_jax(str(wrt)))


def _quadratic(size: int) -> Iterator[Case]:
    A, x, b, B = sd.tensor("A", n, n), sd.tensor("x", n), sd.tensor("b", m), sd.tensor("B", m, n)

    def form() -> Data:
        return {"A": normal(size, size), "x": normal(size)}

    def squares() -> Data:
        return {"B": normal(size, size), "x": normal(size), "b": normal(size, seed=1)}

    direct = size < 30
    yield Case(f"x'Ax, gradient, n = {size}", lambda: sd.derive(x @ A @ x, x), form,
               (lambda A, x: (A + A.T) @ x) if direct else (lambda A, x: A @ x + x @ A),
               lambda jax, jnp: jax.jit(jax.grad(lambda x, A: x @ A @ x)))
    yield Case(f"x'Ax, Hessian, n = {size}", lambda: sd.hessian(x @ A @ x, x), form, lambda A, x=None: A + A.T,
               lambda jax, jnp: jax.jit(jax.hessian(lambda x, A: x @ A @ x)), second=True)
    yield Case(f"|Ax - b|^2, gradient, n = {size}", lambda: sd.derive(sd.norm(B @ x - b)**2, x), squares,
               lambda B, x, b: 2 * (B.T @ (B @ x - b)),
               lambda jax, jnp: jax.jit(jax.grad(lambda x, B, b: jnp.sum((B @ x - b)**2))))
    yield Case(f"|Ax - b|^2, Hessian, n = {size}", lambda: sd.hessian(sd.norm(B @ x - b)**2, x), squares,
               lambda B, x=None, b=None: 2 * (B.T @ B),
               lambda jax, jnp: jax.jit(jax.hessian(lambda x, B, b: jnp.sum((B @ x - b)**2))), second=True)


def ratio(first: Callable[[], Any], second: Callable[[], Any], rounds: int = 15,
          budget: float = 0.02) -> tuple[float, float]:
    """(median of first / second taken in turns, seconds of second)."""
    begin = time.process_time()
    second()
    calls = max(1, min(2000, int(budget / max(time.process_time() - begin, 1e-7))))
    quotients, best = [], math.inf
    for at in range(rounds):
        spent = {}
        for which, run in ((0, first), (1, second)) if at % 2 else ((1, second), (0, first)):
            begin = time.process_time()
            for _ in range(calls):
                run()
            spent[which] = time.process_time() - begin
        quotients.append(spent[0] / spent[1])
        best = min(best, spent[1] / calls)
    return statistics.median(quotients), best


def agreeing(one: Any, other: Any, name: str) -> None:
    """Raises AssertionError where two ways to compute a derivative differ."""
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-8, atol=1e-8, err_msg=name)


def _jax() -> tuple[Any, Any] | None:
    """JAX in double precision, where it is installed."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    return jax, jnp


def figures() -> list[Figure]:
    """Emitted / by hand for every case; JAX / emitted in between; joint code, structures, and what JAX needs to begin."""
    found: list[Figure] = []
    if hasattr(os, "sched_setaffinity"):
        # JAX has threads of its own: one core for everything is one thread for everything.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    library = _jax()
    _begun(library)
    hand, second, first, begun = [], [], {}, {}
    for case in cases():
        begin = time.process_time()
        f = case.derive().numpy()
        ours = time.process_time() - begin
        data = case.data()
        used = {name: value for name, value in data.items() if name in f.names}
        value = f(**used)
        agreeing(value, case.by_hand(**used), case.name)
        # Both take their arrays by name.
        quotient, seconds = ratio(lambda f=f, used=used: f(**used),  # type: ignore[misc]
                                  lambda case=case, used=used: case.by_hand(**used))  # type: ignore[misc]
        hand.append(quotient)
        found.append(Figure(f"emitted / by hand: {case.name}", f"{quotient:.2f}", f"≤ {case.bar}", quotient <= case.bar,
                            f"{seconds * 1e6:.1f} µs by hand"))
        if library is None or case.by_jax is None:
            continue
        call = _call(case, library, data)
        begin = time.process_time()
        agreeing(call(), value, case.name)
        begun[case.name] = ours / (time.process_time() - begin)
        quotient, _ = ratio(call, lambda f=f, used=used: f(**used))  # type: ignore[misc]
        large = not case.name.endswith(" = 10")
        if case.second and large:
            second.append(quotient)
        if not case.second and not case.convolution:
            first[case.name] = quotient
        found.append(Figure(f"JAX jit / emitted: {case.name}", f"{quotient:.2f}", "-", None))
    mean = math.exp(statistics.fmean(map(math.log, hand)))
    found.append(Figure("emitted / by hand: geometric mean of all rows", f"{mean:.2f}", f"≤ {MEAN}", mean <= MEAN))
    if second:
        mean = math.exp(statistics.fmean(map(math.log, second)))
        found.append(Figure("JAX jit / emitted: Hessians and Jacobians, n ≥ 100, geometric mean", f"{mean:.1f}", "≥ 9",
                            mean >= 9))
        found.append(_least("JAX jit / emitted: gradients without convolution, least", first, 0.9, least=True))
        found.append(_least("derive and emit / JAX trace and compile, worst", begun, 0.3, least=False))
        found.append(_single_precision(library))
    return [*found, *_structured(), *_joint()]


def _begun(library: tuple[Any, Any] | None) -> None:
    """Both have derived, compiled and run something before they are timed, as in every figure of ``headlines``."""
    q = sd.tensor("q", n)
    sd.derive(sd.sum(sd.exp(q)), q).numpy()(q=normal(3))
    if library is not None:
        jax, jnp = library
        jax.jit(jax.grad(lambda a: jnp.sum(jnp.exp(a))))(jnp.asarray(normal(3))).block_until_ready()


def _least(question: str, values: dict[str, float], bar: float, least: bool) -> Figure:
    """The least, or the largest, of several quotients."""
    name = (min if least else max)(values, key=values.__getitem__)
    within = values[name] >= bar if least else values[name] <= bar
    return Figure(question, f"{values[name]:.2f}", f"{'≥' if least else '≤'} {bar}", within, name)


def _call(case: Case, library: tuple[Any, Any], data: Data) -> Callable[[], Any]:
    """JAX's derivative at the data, as a function without arguments."""
    assert case.by_jax is not None
    run = case.by_jax(*library)
    arrays = {name: library[1].asarray(v) for name, v in data.items()}
    if case.name.startswith("attention"):
        return lambda: run(**arrays).block_until_ready()
    if case.convolution:
        order = [arrays[name] for name in ("x", "w", "g")]
        return lambda: run(*order).block_until_ready()
    wrt = case.derive().wrt.name
    first = arrays.pop(wrt)
    if case.second:
        return lambda: run(first, *arrays.values()).block_until_ready()
    return lambda: run(first, **arrays).block_until_ready()


def _single_precision(library: tuple[Any, Any] | None) -> Figure:
    """Convolutions in float32, against JAX's."""
    assert library is not None
    found: dict[str, float] = {}
    for case in _convolution():
        if case.by_jax is not None:
            data = {name: v.astype(np.float32) for name, v in case.data().items()}
            f = case.derive().numpy()
            used = {name: v for name, v in data.items() if name in f.names}
            assert f(**used).dtype == np.float32
            found[case.name], _ = ratio(lambda f=f, used=used: f(**used), _call(case, library, data))  # type: ignore[misc]
    return _least("float32, emitted / JAX jit: convolutions, worst", found, 2.0, least=False)


LAYERS = 10


def _joint() -> list[Figure]:
    """The value and all gradients of a tanh network of ten layers, by one function, against the same by hand."""
    state = sd.tensor("x", n)
    weights = [sd.tensor(f"W{k}", n, n) for k in range(1, LAYERS + 1)]
    for weight in weights:
        state = sd.tanh(weight @ state)
    f = sd.value_and_grad(state @ state, tuple(weights))

    def by_hand(x: Any, **matrices: Any) -> Any:
        states, given = [x], list(matrices.values())
        for matrix in given:
            x = np.tanh(matrix.dot(x))
            states.append(x)
        back, gradients = 2 * x, []
        for k in reversed(range(LAYERS)):
            h = states[k + 1]
            delta = back * (1 - h * h)
            gradients.append(delta[:, None] * states[k])
            back = delta.dot(given[k]) if k else back
        return x.dot(x), tuple(reversed(gradients))

    found = []
    for size, bar in ((10, 1.10), (100, 1.05), (300, 1.05)):
        data = {"x": normal(size), **{str(w): normal(size, size, seed=k) / size**0.5 for k, w in enumerate(weights)}}
        for mine, theirs in zip(f(**data)[1], by_hand(**data)[1], strict=True):
            agreeing(mine, theirs, "ten layers")
        quotient, seconds = ratio(lambda data=data: f(**data), lambda data=data: by_hand(**data))  # type: ignore[misc]
        found.append(Figure(f"joint / by hand: all gradients of ten layers, n = {size}", f"{quotient:.2f}", f"≤ {bar}",
                            quotient <= bar, f"{seconds * 1e6:.1f} µs by hand"))
    return found


def _structured() -> list[Figure]:
    """The Hessian of cross-entropy in the logits, kept as diagonal + rank 1 and made dense: a product, and a Newton step
    where a multiple of the identity is added."""
    z, y, c = sd.tensor("z", m), sd.label("y", m), sd.tensor("c", positive=True)
    plain = sd.hessian(sd.cross_entropy(z, y), z)
    damped = sd.hessian(sd.cross_entropy(z, y) + c * sd.dot(z, z) / 2, z)
    data: Data = {"z": normal(1000), "y": 3}
    both: Data = {**data, "c": 0.1}
    v = normal(1000, seed=2)

    def dense() -> Any:
        e = np.exp(data["z"] - data["z"].max())
        p = e / e.sum()
        return np.diag(p) - np.outer(p, p)

    agreeing(plain.structure(**data) @ v, dense() @ v, "structure")
    found = []
    for question, bar, by_hand, run in (
            ("times a vector", 100, lambda: dense() @ v, lambda: plain.structure(**data) @ v),
            ("a Newton step", 500, lambda: np.linalg.solve(dense() + 0.1 * np.eye(1000), v),
             lambda: damped.structure(**both).solve(v))):
        agreeing(run(), by_hand(), question)
        quotient, seconds = ratio(by_hand, run, rounds=5)
        found.append(Figure(f"dense by hand / structured: softmax Hessian, n = 1000, {question}", f"{quotient:.0f}",
                            f"≥ {bar}", quotient >= bar, f"{seconds * 1e6:.0f} µs structured"))
    return found
