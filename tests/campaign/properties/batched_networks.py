"""Random networks over the rows of a batch: gradients and Hessians against automatic differentiation."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from sympy import Rational

import symderiv as sd
from tests.campaign.record import Property

Run = Callable[[dict[str, Any]], Any]
SIZES = {"N": 4, "a": 2, "b": 3, "c": 5, "k": 2}
N, a, b, c, k = sd.dims("N a b c k")
WIDTHS = (a, b, c)
EPS = Rational(1, 100)

ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tanh": (sd.tanh, lambda z: anp.tanh(z)),
    "sigmoid": (sd.sigmoid, lambda z: 1 / (1 + anp.exp(-z))),
    "relu": (sd.relu, lambda z: anp.maximum(z, 0)),
    "softplus": (sd.softplus, lambda z: anp.logaddexp(0, z)),
    "silu": (sd.silu, lambda z: z / (1 + anp.exp(-z))),
    "elu": (sd.elu, lambda z: anp.where(z > 0, z, anp.exp(anp.minimum(z, 0)) - 1)),
    "square": (lambda z: z**2, lambda z: z**2),
    "sin": (sd.sin, lambda z: anp.sin(z)),
}


class Network:
    """A random network over the rows of a batch, built twice: as an expression, and as a function of arrays."""

    def __init__(self, seed: int, depth: int) -> None:
        self.random = random.Random(seed)
        self.weights: dict[str, Any] = {"X": sd.tensor("X", N, b)}
        self.shapes: dict[str, tuple[str, ...]] = {"X": ("N", "b")}
        self.expr: Any = self.weights["X"]
        self.run: Run = lambda p: p["X"]
        self.width = b
        for _ in range(depth):
            self.random.choice([self.dense, self.dense, self.activation, self.gate, self.residual, self.normalise,
                                self.attend])()

    def weight(self, letter: str, *sizes: Any) -> str:
        """A new tensor, or one that has these sizes already."""
        shape = tuple(map(str, sizes))
        old = [name for name, own in self.shapes.items() if own == shape and name.startswith(letter)]
        if old and self.random.random() < 0.3:
            return self.random.choice(old)
        name = f"{letter}{len(self.weights)}"
        self.weights[name] = sd.tensor(name, *sizes)
        self.shapes[name] = shape
        return name

    def extend(self, expr: Any, run: Callable[[Any, dict[str, Any]], Any]) -> None:
        before = self.run
        self.expr, self.run = expr, lambda p: run(before(p), p)

    def dense(self) -> None:
        new = self.random.choice(WIDTHS)
        w, v = self.weight("W", new, self.width), self.weight("v", new)
        self.extend(sd.linear(self.expr, self.weights[w], self.weights[v]), lambda h, p: h @ p[w].T + p[v])
        self.width = new

    def activation(self) -> None:
        symbolic, numeric = ACTIVATIONS[self.random.choice(sorted(ACTIVATIONS))]
        self.extend(symbolic(self.expr), lambda h, p: numeric(h))

    def gate(self) -> None:
        w = self.weight("W", self.width, self.width)
        self.extend(self.expr * sd.sigmoid(self.expr @ self.weights[w]), lambda h, p: h / (1 + anp.exp(-(h @ p[w]))))

    def residual(self) -> None:
        w = self.weight("W", self.width, self.width)
        self.extend(self.expr + sd.tanh(self.expr @ self.weights[w]), lambda h, p: h + anp.tanh(h @ p[w]))

    def normalise(self) -> None:
        g, s = self.weight("g", self.width), self.weight("v", self.width)
        self.extend(sd.layer_norm(self.expr, self.weights[g], self.weights[s], EPS),
                    lambda h, p: p[g] * (h - anp.mean(h, axis=1, keepdims=True))
                    / anp.sqrt(anp.var(h, axis=1, keepdims=True) + float(EPS)) + p[s])

    def attend(self) -> None:
        def run(h: Any, p: dict[str, Any]) -> Any:
            scores = h @ h.T / anp.sqrt(h.shape[1])
            e = anp.exp(scores - anp.max(scores, axis=1, keepdims=True))
            return e / anp.sum(e, axis=1, keepdims=True) @ h
        self.extend(sd.attention(self.expr, self.expr, self.expr), run)

    def loss(self) -> None:
        """Close with a scalar."""
        kind = self.random.choice(["squares", "classes", "logits"])
        if kind == "squares":
            t = self.weight("T", N, self.width)
            self.extend(sd.mse(self.expr, self.weights[t]), lambda h, p: anp.mean((h - p[t])**2))
        elif kind == "classes":
            name = f"y{len(self.weights)}"
            self.weights[name] = sd.label(name, self.width, shape=(N,))

            def run(h: Any, p: dict[str, Any]) -> Any:
                top = anp.max(h, axis=1, keepdims=True)
                total = anp.log(anp.sum(anp.exp(h - top), axis=1)) + top[:, 0]
                return anp.mean(total - h[np.arange(len(h)), p[name]])
            self.extend(sd.cross_entropy(self.expr, self.weights[name]), run)
        else:
            self.extend(sd.sum(sd.softplus(self.expr)) / N, lambda h, p: anp.sum(anp.logaddexp(0, h)) / len(h))

    def data(self, seed: int) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        values: dict[str, Any] = {n: rng.normal(size=[SIZES[s] for s in shape]) * 0.7 for n, shape in self.shapes.items()}
        for name in self.weights.keys() - self.shapes.keys():
            values[name] = rng.integers(0, SIZES[str(self.width)], SIZES["N"])
        return values


def agrees(d: Any, data: dict[str, Any], meant: Any, near: float) -> None:
    """A compiled derivative in numbers.  Raises AssertionError."""
    f = d.numpy()
    got = f(**{key: value for key, value in data.items() if key in f.names})
    np.testing.assert_allclose(got, meant, rtol=near, atol=near / 100, err_msg=f"{d}\n{d.source()}")


def case(seed: int) -> None:
    net = Network(seed, 1 + seed % 6)
    net.loss()
    data = net.data(seed)

    def by(name: str) -> Callable[[Any], Any]:
        return lambda value: net.run({**data, name: value})

    read = {str(s) for s in net.expr.free_symbols}
    names = [name for name in net.shapes if name in read]
    for name, d in zip(names, sd.derive(net.expr, tuple(net.weights[n] for n in names)), strict=True):
        agrees(d, data, autograd.grad(by(name))(data[name]), 1e-9)
    vectors = [name for name in names if len(net.shapes[name]) == 1]
    if vectors and seed % 6 < 3:
        agrees(sd.hessian(net.expr, net.weights[vectors[0]]), data, autograd.hessian(by(vectors[0]))(data[vectors[0]]), 1e-8)


PROPERTY = Property("batched_networks", "Gradients and Hessians of random networks on batches are those of autograd.",
                    case, ci=3, long=2_000)
