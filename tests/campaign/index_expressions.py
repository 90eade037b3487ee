"""Random index expressions: affine reads, dependent ranges, labels, declared totals; and their values by brute force.

Everything a rule about sums could get wrong at an end occurs: entries that are read outside their axes, sums that are
empty where a size is 1, powers whose exponent is 0 there, labels read outside their array.
"""

from __future__ import annotations

import random
from itertools import count

import numpy as np
from sympy import Expr, Rational, cos, exp, log, tanh

import symderiv as sd
from symderiv.arrays.symbols import Index
from symderiv.numeric.evaluate import evaluate_all

n, T = sd.dims("n T")
x, v = sd.tensor("x", n), sd.tensor("v", n)
u, w = sd.tensor("u", T), sd.tensor("w", T)
A, z = sd.tensor("A", n, n), sd.tensor("z", T, n)
S = sd.tensor("S", n, n, symmetric=True)
D = sd.tensor("D", n, n, diagonal=True)
q = sd.tensor("q", n, sums_to_one=True)
P = sd.tensor("P", T, n, sums_to_one=True)
h = sd.tensor("h", n, one_hot=True)
a = sd.tensor("a", n, positive=True)
y, ys = sd.label("y", n), sd.label("ys", n, shape=(T,))
c = sd.tensor("c")
TENSORS = {t.name: t for t in (x, v, u, w, A, z, S, D, q, P, h, a, c)}
NAMES = {**TENSORS, "y": y, "ys": ys}


class Grower:
    """Draws expressions; letters in scope are those that a sum around them binds, or that are free in the whole."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names = (f"{letter}{number or ''}" for number in count() for letter in "ijklpr")

    def letter(self, scope: list[Index]) -> tuple[Index, tuple[Index, Expr, Expr]]:
        """A letter with the range it is summed over: whole, cut off at an end, or as long as another letter says."""
        size = self.rng.choice([n, n, T])
        own = sd.indices(next(self.names), size)
        within = [i for i in scope if i.hi == size]
        ends = [(1, size)] * 3 + [(1, size - 1), (2, size), (2, size - 1), (3, size)]
        ends += [(1, 2), (1, 3), (1, size + 1), (0, size)]
        if within:
            other = self.rng.choice(within)
            ends += [(other, size), (1, other), (other + 1, size), (1, other - 1), (other, other + 1)] * 2
        return own, (own, *self.rng.choice(ends))

    def position(self, scope: list[Index], size: Expr) -> Expr:
        """A position on an axis: a letter, an affine combination, an end, a label."""
        fitting = [i for i in scope if i.hi == size] or scope
        ends: list[object] = [1, size, 2, size - 1]
        if not fitting:
            return self.rng.choice(ends)
        i, other = self.rng.choice(fitting), self.rng.choice(fitting)
        plain = [i] * 6 if i.hi == size else []
        affine = [*plain, i + 1, i - 1, i + 2, size + 1 - i, size - i, 2 * i, 2 * i - 1,
                  i + other - 1, i - other + 1, i - other]
        named = [y, *(ys[t + self.rng.choice([0, 0, 1, -1])] for t in scope if t.hi == T)] if size == n else []
        chosen = self.rng.choice(affine + ends[:2] + named)
        return 1 if getattr(chosen, "is_number", False) and chosen < 1 else chosen

    def entry(self, scope: list[Index], kind: object = None) -> Expr:
        """An entry of one of the tensors, or of a softmax."""
        drawn = self.rng.choice([x, x, v, u, w, A, A, z, z, S, D, q, P, P, h, a, c, "softmax"])
        tensor = drawn if kind is None else kind
        if isinstance(tensor, str):
            tensor = sd.softmax(z)
        if not tensor.shape:
            return tensor
        return tensor[tuple(self.position(scope, size) for size in tensor.shape)]

    def factor(self, scope: list[Index], depth: int) -> Expr:
        e = self.entry(scope)
        kinds = [lambda: e] * 8 + [
            lambda: e ** 2, lambda: e ** (n - 1), lambda: e ** n, lambda: exp(e), lambda: tanh(e), lambda: sd.sigmoid(e),
            lambda: cos(e), lambda: sd.relu(e), lambda: sd.abs(e), lambda: 1 / (1 + e ** 2), lambda: 1 / (2 + cos(e)),
            lambda: log(1 + exp(e)), lambda: e + Rational(1, 2), lambda: exp(-e ** 2), lambda: sd.softplus(e)]
        if scope:
            i, j = self.rng.choice(scope), self.rng.choice(scope)
            kinds += [lambda: sd.delta(self.position(scope, i.hi), self.position(scope, i.hi)), lambda: sd.iverson(i < j),
                      lambda: sd.iverson(i <= self.position(scope, i.hi)), lambda: i]
            kinds += [lambda: a[i] ** Rational(1, 2), lambda: 1 / self.entry([i], a), lambda: log(a[i])] if i.hi == n else []
        if depth:
            kinds += [lambda: self.sum(scope, depth - 1)] * 4 + [lambda: exp(self.sum(scope, depth - 1)),
                                                                 lambda: self.sum(scope, depth - 1) ** 2]
        return self.rng.choice(kinds)()

    def product(self, scope: list[Index], depth: int) -> Expr:
        result: Expr = Rational(self.rng.choice([1, 1, 1, -1, 2, 3]), self.rng.choice([1, 1, 1, 2]))
        for _ in range(self.rng.choice([1, 1, 2, 2, 3])):
            result = result * self.factor(scope, depth)
        return result

    def sum(self, scope: list[Index], depth: int) -> Expr:
        """A sum over one or two new letters."""
        inner, limits = list(scope), []
        for _ in range(self.rng.choice([1, 1, 2])):
            own, limit = self.letter(inner)
            inner.append(own)
            limits.append(limit)
        body = self.product(inner, depth)
        if self.rng.random() < 0.2:
            body = body + self.product(inner, 0)
        return sd.Sum(body, *reversed(limits))

    def expression(self) -> Expr:
        """A closed expression of one to three terms."""
        terms = [self.sum([], self.rng.choice([0, 0, 1, 1, 2])) for _ in range(self.rng.choice([1, 1, 2, 3]))]
        return sum(terms[1:], terms[0])


def values(rng: random.Random, sizes: dict[str, int]) -> dict[str, object]:
    """Arrays that hold to what is declared of them; a few entries are 0, and 1."""
    draw = np.random.default_rng(rng.getrandbits(32))
    count_of = {n: sizes["n"], T: sizes["T"]}
    found: dict[str, object] = {}
    for name, tensor in TENSORS.items():
        shape = tuple(count_of[size] for size in tensor.shape)
        value = np.round(draw.normal(size=shape), 2)
        value = np.where(draw.random(shape) < 0.1, np.round(value), value)
        if "positive" in tensor.properties:
            value = np.abs(value) + 0.25
        if "symmetric" in tensor.properties:
            value = value + value.T
        if "diagonal" in tensor.properties:
            value = np.diag(np.diag(value))
        if "one_hot" in tensor.properties:
            value = np.eye(shape[-1])[draw.integers(shape[-1])]
        elif "sums_to_one" in tensor.properties:
            value = value + (1 - value.sum(-1, keepdims=True)) / shape[-1]
        found[name] = value
    found["y"] = int(draw.integers(sizes["n"]))
    found["ys"] = draw.integers(sizes["n"], size=sizes["T"])
    return found


def valued(exprs: list[Expr], arrays: dict[str, object], sizes: dict[str, int]) -> list[float]:
    """The values by brute force; not a number where there is none."""
    with np.errstate(all="ignore"):
        return [float(found) for found in evaluate_all(exprs, {**arrays, **sizes}, strict=False)]


def agree(left: float, right: float) -> bool:
    return bool(np.isclose(left, right, rtol=1e-7, atol=1e-7 * (1 + abs(left))))
