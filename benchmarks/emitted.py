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
TARGET = 1.25


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


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def cases() -> Iterator[Case]:
    """Every family at a size where the work is done in NumPy, and the small quadratic ones at three sizes."""
    yield from _regression()
    yield from _networks()
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
    begin = time.perf_counter()
    second()
    calls = max(1, min(2000, int(budget / max(time.perf_counter() - begin, 1e-7))))
    quotients, best = [], math.inf
    for at in range(rounds):
        spent = {}
        for which, run in ((0, first), (1, second)) if at % 2 else ((1, second), (0, first)):
            begin = time.perf_counter()
            for _ in range(calls):
                run()
            spent[which] = time.perf_counter() - begin
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
    """Emitted / by hand for every case; JAX / emitted in between; structured / dense softmax Hessians."""
    found: list[Figure] = []
    if hasattr(os, "sched_setaffinity"):
        # JAX has threads of its own: one core for everything is one thread for everything.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    library = _jax()
    second: list[float] = []
    for case in cases():
        data, f = case.data(), case.derive().numpy()
        used = {name: value for name, value in data.items() if name in f.names}
        hand, value = case.by_hand(**used), f(**used)
        agreeing(value, hand, case.name)
        # Both take their arrays by name.
        quotient, seconds = ratio(lambda f=f, used=used: f(**used),  # type: ignore[misc]
                                  lambda case=case, used=used: case.by_hand(**used))  # type: ignore[misc]
        note = f"{seconds * 1e6:.1f} µs by hand"
        found.append(Figure(f"emitted / by hand: {case.name}", f"{quotient:.2f}", f"≤ {TARGET}", quotient <= TARGET, note))
        if library is not None and case.by_jax is not None:
            run = case.by_jax(*library)
            arrays = {name: library[1].asarray(v) for name, v in data.items()}
            if not case.name.startswith("attention"):
                wrt = case.derive().wrt.name
                first = arrays.pop(wrt) if wrt in arrays else None
                call: Callable[[], Any] = lambda run=run, first=first, arrays=arrays: run(  # type: ignore[misc]  # noqa: E731
                    first, **arrays).block_until_ready()
                if case.second or case.convolution:
                    # These take their arguments in order.
                    order = [first, *arrays.values()] if not case.convolution else [
                        library[1].asarray(data[name]) for name in ("x", "w", "g")]
                    call = lambda run=run, order=order: run(*order).block_until_ready()  # type: ignore[misc]  # noqa: E731
            else:
                call = lambda run=run, arrays=arrays: run(**arrays).block_until_ready()  # type: ignore[misc]  # noqa: E731
            agreeing(call(), value, case.name)
            quotient, _ = ratio(call, lambda f=f, used=used: f(**used))  # type: ignore[misc]
            large = not case.name.endswith(" = 10")
            if case.second and large:
                second.append(quotient)
            bar = case.second or case.convolution
            found.append(Figure(f"JAX jit / emitted: {case.name}", f"{quotient:.2f}", "-" if bar else "≥ 1",
                                None if bar else quotient >= 1))
    if second:
        mean = math.exp(statistics.fmean(map(math.log, second)))
        found.append(Figure("JAX jit / emitted: Hessians and Jacobians, n ≥ 100, geometric mean", f"{mean:.1f}", "≥ 5",
                            mean >= 5))
    found.append(_structured())
    return found + _joint()


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


def _structured() -> Figure:
    """The Hessian of cross-entropy in the logits times a vector, kept as diagonal + rank 1 and made dense."""
    z, y = sd.tensor("z", m), sd.label("y", m)
    d = sd.hessian(sd.cross_entropy(z, y), z)
    structure, dense = d.structure, d.numpy()
    data: Data = {"z": normal(1000), "y": 3}
    v = normal(1000, seed=2)

    def by_hand() -> Any:
        e = np.exp(data["z"] - data["z"].max())
        p = e / e.sum()
        return (np.diag(p) - np.outer(p, p)) @ v

    agreeing(structure(**data) @ v, by_hand(), "structure")
    agreeing(dense(**data) @ v, by_hand(), "dense")
    quotient, seconds = ratio(by_hand, lambda: structure(**data) @ v)
    emitted, _ = ratio(lambda: dense(**data) @ v, lambda: structure(**data) @ v)
    return Figure("dense by hand / structured: softmax Hessian times a vector, n = 1000", f"{quotient:.0f}", "≥ 100",
                  quotient >= 100, f"{seconds * 1e6:.0f} µs structured; {emitted:.0f} times against the emitted dense code")
