"""Random networks: every derivative is that of an independent automatic differentiation, at zeros as well."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad

import symderiv as sd
from symderiv.errors import SymderivError
from tests.campaign.record import Property

n, m, T = sd.dims("n m T")
SIZES = {"n": 3, "m": 2, "T": 4}
NAMES = {"x": (n,), "W": (m, n), "A": (n, n), "b": (m,), "X": (T, n), "g": (n,), "s": ()}
TENSORS = {name: sd.tensor(name, *shape) for name, shape in NAMES.items()}


@dataclass(frozen=True)
class Value:
    """One array as an expression and as a function of the numbers, with its axes by name."""

    expr: Any
    of: Callable[[dict[str, Any]], Any]
    shape: tuple[Any, ...]


def leaf(name: str) -> Value:
    return Value(TENSORS[name], lambda at: at[name], NAMES[name])


def relu(a):
    return a * (a > 0)      # with the derivative 0 at 0


def softmax(a):
    e = anp.exp(a - anp.max(a, axis=-1, keepdims=True))
    return e / anp.sum(e, axis=-1, keepdims=True)


def normed(a):
    centred = a - anp.mean(a, axis=-1, keepdims=True)
    return centred / anp.sqrt(anp.mean(centred ** 2, axis=-1, keepdims=True) + 0.5)


ENTRYWISE: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    (sd.tanh, anp.tanh), (sd.sigmoid, lambda a: 1 / (1 + anp.exp(-a))), (sd.exp, anp.exp), (sd.sin, anp.sin),
    (sd.relu, relu), (sd.softplus, lambda a: anp.log1p(anp.exp(a))), (lambda a: a ** 2, lambda a: a ** 2),
    (lambda a: a ** 3, lambda a: a * a * a), (lambda a: 1 / (2 + a ** 2), lambda a: 1 / (2 + a ** 2)),
    (lambda a: -a / 2, lambda a: -a / 2), (sd.cos, anp.cos), (lambda a: sd.log(1 + a ** 2), lambda a: anp.log(1 + a ** 2)),
)
ROWWISE: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    (sd.softmax, softmax), (sd.log_softmax, lambda a: anp.log(softmax(a))),
    (lambda a: a - sd.mean(a, axis=-1, keepdims=True), lambda a: a - anp.mean(a, axis=-1, keepdims=True)),
)


def grown(rng: random.Random, shape: tuple[Any, ...], depth: int) -> Value:
    """An array of a shape."""
    leaves = [name for name, own in NAMES.items() if own == shape]
    if depth == 0:
        return leaf(rng.choice(leaves)) if leaves else made(shape)
    kinds = ["entrywise"] * 3 + ["sum", "difference", "product"] + (["rows"] * 2 if shape else []) + ["matmul"] * 2
    return BUILD[rng.choice(kinds)](rng, shape, max(depth - 1, 0))


def made(shape: tuple[Any, ...]) -> Value:
    """An array of a shape that no tensor has."""
    over = {m: leaf("W"), n: leaf("A"), T: leaf("X")}
    a = over[shape[0]]
    if len(shape) == 1:
        return Value(a.expr @ TENSORS["g"], lambda at: anp.dot(a.of(at), at["g"]), shape)
    b = over[shape[1]]
    return Value(a.expr @ b.expr.T, lambda at: anp.dot(a.of(at), anp.transpose(b.of(at))), shape)


def entrywise(rng: random.Random, shape: tuple[Any, ...], depth: int) -> Value:
    a = grown(rng, shape, depth)
    symbolic, numeric = rng.choice(ENTRYWISE)
    return Value(symbolic(a.expr), lambda at: numeric(a.of(at)), shape)


def rows(rng: random.Random, shape: tuple[Any, ...], depth: int) -> Value:
    a = grown(rng, shape, depth)
    symbolic, numeric = rng.choice(ROWWISE)
    return Value(symbolic(a.expr), lambda at: numeric(a.of(at)), shape)


def combined(sign: str) -> Callable[..., Value]:
    def build(rng: random.Random, shape: tuple[Any, ...], depth: int) -> Value:
        a, b = grown(rng, shape, depth), grown(rng, shape, depth)
        of = {"sum": lambda p, q: p + q, "difference": lambda p, q: p - q, "product": lambda p, q: p * q}[sign]
        return Value(of(a.expr, b.expr), lambda at: of(a.of(at), b.of(at)), shape)
    return build


def matmul(rng: random.Random, shape: tuple[Any, ...], depth: int) -> Value:
    """A product of matrices or vectors, a transpose among them at times; for a scalar a dot product or a total."""
    inner = rng.choice([n, n, m, T])
    if not shape:
        kind = rng.choice(["dot", "sum", "mean", "norm", "logsumexp"])
        a = grown(rng, (inner,), depth)
        if kind == "dot":
            b = grown(rng, (inner,), depth)
            return Value(a.expr @ b.expr, lambda at: anp.sum(a.of(at) * b.of(at)), ())
        symbolic, numeric = {"sum": (sd.sum, anp.sum), "mean": (sd.mean, anp.mean),
                             "norm": (lambda e: sd.sqrt(1 + sd.sum(e ** 2)), lambda e: anp.sqrt(1 + anp.sum(e ** 2))),
                             "logsumexp": (sd.logsumexp, lambda e: anp.log(anp.sum(anp.exp(e))))}[kind]
        return Value(symbolic(a.expr), lambda at: numeric(a.of(at)), ())
    if rng.random() < 0.5:
        a = grown(rng, (shape[0], inner), depth)
        left, of_left = a.expr, a.of
    else:
        a = grown(rng, (inner, shape[0]), depth)
        left, of_left = a.expr.T, lambda at: anp.transpose(a.of(at))
    b = grown(rng, (inner, *shape[1:]), depth)
    return Value(left @ b.expr, lambda at: anp.dot(of_left(at), b.of(at)), shape)


BUILD: dict[str, Callable[..., Value]] = {
    "entrywise": entrywise, "rows": rows, "matmul": matmul,
    **{sign: combined(sign) for sign in ("sum", "difference", "product")}}


def point(rng: random.Random, zeros: float) -> dict[str, Any]:
    """Numbers for all tensors, with a share of zeros."""
    draw = np.random.default_rng(rng.getrandbits(32))
    found = {}
    for name, shape in NAMES.items():
        value = 0.7 * draw.normal(size=[SIZES[str(size)] for size in shape])
        found[name] = np.where(draw.random(value.shape) < zeros, 0.0, value)[()]
    return found


def loss(rng: random.Random) -> Value:
    a = grown(rng, rng.choice([(), (n,), (m,), (T, n), (m, n), (n, n)]), rng.choice([1, 2, 2, 3]))
    return a if not a.shape else Value(sd.sum(a.expr), lambda at: anp.sum(a.of(at)), ())


def case(seed: int) -> str | None:
    rng = random.Random(seed)
    network = loss(rng)
    read = sorted(str(s) for s in network.expr.free_symbols if str(s) in NAMES)
    if not read:
        return None
    name = rng.choice(read)
    try:
        derivation = sd.derive(network.expr, TENSORS[name])
    except SymderivError as error:
        return f"derive({network.expr}, {name}) is refused: {error}"
    for zeros in (0.0, 0.3, 1.0):
        at = point(rng, zeros)
        with np.errstate(all="ignore"):
            expected = grad(lambda value, at=at: network.of({**at, name: value}))(at[name])
            found = derivation.numpy()(**{key: at[key] for key in read})
        if np.all(np.isfinite(expected)) and not np.allclose(found, expected, rtol=1e-6, atol=1e-8):
            return f"derive({network.expr}, {name}) = {derivation} is {found}, not {expected}, with {zeros:.0%} zeros"
    if derivation.status not in ("proved", "supported"):
        return f"derive({network.expr}, {name}) = {derivation} is {derivation.status}"
    return None


PROPERTY = Property("networks", "Derivatives of random networks are those of automatic differentiation, at zeros too.",
                    case, ci=8, long=3_000)
