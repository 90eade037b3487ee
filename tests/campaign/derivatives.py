"""Random networks and random index expressions, and what is asked of a derivative: it is that of the primal in numbers."""

from __future__ import annotations

import numpy as np
from sympy import Add, KroneckerDelta, Mul, Piecewise, Pow, Rational, exp, tanh
from sympy import Sum as SympySum

import symderiv as sd
from symderiv.arrays.arrays import Array, Entry, Named
from symderiv.arrays.symbols import Index, plain_sum
from symderiv.errors import EvaluationError
from symderiv.numeric.evaluate import Variables, evaluate, evaluate_all
from symderiv.numeric.numerical_derivatives import jacobian
from symderiv.numeric.sampling import sample

SMOOTH = (sd.tanh, sd.sigmoid, sd.softplus, sd.sin, sd.cos, sd.erf)
KINKED = (sd.relu, sd.abs)


class Network:
    """A random network of the layers, its weights sometimes shared; ``inner`` keeps the layers' outputs."""

    def __init__(self, rng, depth):
        self.rng = rng
        symbolic = sd.dims("m n p")
        self.sizes = [rng.choice([s, c]) if rng.random() < 0.3 else s for s, c in zip(symbolic, (2, 3, 4), strict=True)]
        self.weights = {}
        self.inner = []
        h = self.weight(rng.choice(self.sizes)) if rng.random() < 0.6 else self.weight(*rng.sample(self.sizes, 2))
        for _ in range(depth):
            h = (self.on_vector if len(h.shape) == 1 else self.on_matrix)(h)
            if not getattr(h, "shape", ()):
                break
            if rng.random() < 0.2:
                h = sd.define(f"h{len(self.inner)}", h)
            self.inner.append(h)
        self.output = self.loss(h) if getattr(h, "shape", ()) and rng.random() < 0.6 else h

    def weight(self, *shape):
        """A weight of a shape, perhaps one that was used before."""
        known = self.weights.setdefault(shape, [])
        if not known or self.rng.random() < 0.5:
            name = "ABCDEFGHKMPQRSUVWXYZ"[sum(map(len, self.weights.values())) % 20]
            known.append(sd.tensor(name if len(shape) > 1 else name.lower(), *shape))
        return self.rng.choice(known)

    def entrywise(self, h):
        """A function, or arithmetic with something of the same or a broadcast shape."""
        kind = self.rng.randrange(10)
        if kind < 4:
            return self.rng.choice(SMOOTH)(h)
        if kind == 4:
            return self.rng.choice(KINKED)(h)
        if kind == 5:
            return h ** 2 / 2 - h
        if kind == 6:
            return h / (1 + sd.exp(h))
        if kind == 7 and self.inner:
            return h * self.inner[-1] if self.inner[-1].shape == h.shape else h + h
        other = self.weight(*h.shape[-1:]) if self.rng.random() < 0.5 else self.weight(*h.shape)
        return self.rng.choice([h + other, h * other, h - other, other - h])

    def on_vector(self, h):
        """One layer on a vector."""
        rng, (n,) = self.rng, h.shape
        other = rng.choice(self.sizes)
        kind = rng.randrange(14)
        if kind < 4:
            return self.entrywise(h)
        if kind == 4:
            return self.weight(other, n) @ h
        if kind == 5:
            return h @ self.weight(n, other)
        if kind == 6:
            return sd.linear(h, self.weight(other, n), self.weight(other))
        if kind == 7:
            return rng.choice([sd.softmax, sd.log_softmax])(h)
        if kind in (8, 9):
            return self.convolution(h)
        if kind == 10:
            return sd.flip(h)
        if kind == 11:
            return sd.outer(h, self.weight(other))
        if kind == 12:
            return rng.choice([sd.mean(h), sd.sum(h), sd.logsumexp(h), sd.dot(h, self.weight(n))]) * self.weight(other)
        return sd.diag(h) @ self.weight(n, other)

    def convolution(self, h):
        """A convolution in a random mode; the kernel's size is a symbol or a number."""
        rng = self.rng
        kernel = self.weight(rng.choice([sd.dims("k"), 2, 3]))
        options = {"flip": rng.random() < 0.5}
        if rng.random() < 0.4:
            options["stride"] = rng.choice([2, 3])
        if rng.random() < 0.3:
            options["dilation"] = 2
        if rng.random() < 0.25:
            options["padding"] = rng.choice([1, (2, 0), (0, 1)])
        else:
            options["mode"] = rng.choice(["valid", "full", "same"])
        try:
            return sd.conv1d(h, kernel, **options)
        except sd.SymderivError:
            return sd.conv1d(h, kernel, mode="full", flip=options["flip"])

    def on_matrix(self, h):
        """One layer on a matrix, its rows often a batch."""
        rng, (rows, columns) = self.rng, h.shape
        other = rng.choice(self.sizes)
        kind = rng.randrange(13)
        if kind < 4:
            return self.entrywise(h)
        if kind == 4:
            return h @ self.weight(columns, other)
        if kind == 5:
            return self.weight(other, rows) @ h
        if kind == 6:
            return h.T
        if kind == 7:
            return sd.linear(h, self.weight(other, columns), self.weight(other))
        if kind == 8:
            return rng.choice([sd.softmax, sd.log_softmax])(h, axis=rng.choice([0, 1, -1]))
        if kind == 9:
            return rng.choice([sd.sum, sd.mean, sd.logsumexp])(h, axis=rng.choice([0, 1]))
        if kind == 10:
            return h @ self.weight(columns)
        if kind == 11:
            return h - rng.choice([sd.mean, sd.sum])(h, axis=rng.choice([0, 1]), keepdims=True)
        return h.T @ h

    def loss(self, h):
        """A scalar of the output."""
        rng = self.rng
        kind = rng.randrange(8)
        size = h.shape[-1]
        if kind == 0:
            return sd.cross_entropy(h, sd.label("y", size, shape=h.shape[:-1]))
        if kind == 1:
            return sd.cross_entropy(h, sd.tensor("t", *h.shape))
        if kind == 2:
            return sd.mse(h, sd.tensor("t", *h.shape))
        if kind == 3:
            return sd.bce_with_logits(h, sd.tensor("t", *h.shape), reduction=rng.choice(["mean", "sum"]))
        if kind == 4:
            return sd.nll(sd.log_softmax(h), sd.label("y", size, shape=h.shape[:-1]))
        if kind == 5:
            return sd.sum(h * sd.tensor("t", *h.shape))
        if kind == 6 and len(h.shape) == 1:
            return sd.log(1 + sd.dot(h, h))
        return rng.choice([sd.sum, sd.mean])(h)

    def variable(self):
        """What to differentiate by: a weight of the output, or a layer's output."""
        rng = self.rng
        if self.inner[:-1] and rng.random() < 0.2:
            return rng.choice(self.inner[:-1])
        return rng.choice(sorted((w for known in self.weights.values() for w in known), key=str))


class IndexExpression:
    """A random scalar index expression, or an array defined by one, with affine indices."""

    def __init__(self, rng):
        self.rng = rng
        self.n, self.m, self.k = sd.dims("n m k")
        self.x, self.y, self.w = sd.tensor("x", self.n), sd.tensor("y", self.m), sd.tensor("w", self.k)
        self.A = sd.tensor("A", self.m, self.n)
        self.count = 0
        self.label = sd.label("c", self.n)
        kind = rng.randrange(4)
        if kind == 0:
            self.output = self.scalar(())
        elif kind == 1:
            i = sd.indices("i", rng.choice([self.n, self.m, self.n + self.k - 1]))
            self.output = sd.define("f", (i,), self.scalar((i,)))
        elif kind == 2:
            i, j = sd.indices("i", self.n), sd.indices("j", self.m)
            self.output = sd.define("F", (i, j), self.scalar((i, j)))
        else:
            i, j = sd.indices("i", self.m), sd.indices("j", self.n)
            inner = sd.define("g", (i,), self.scalar((i,)))
            self.output = sd.define("f", (j,), self.term((j,), inner))

    def fresh(self):
        """A new bound letter, and its binder: over a whole axis or a part of it."""
        rng = self.rng
        self.count += 1
        size = rng.choice([self.n, self.m, self.k])
        letter = sd.indices(f"{'abdefghlopqrstuv'[self.count % 16]}", size)
        return letter, rng.choice([letter, letter, letter, (letter, 2, size), (letter, 1, size - 1)])

    def affine(self, letters):
        """An affine index."""
        rng = self.rng
        if not letters:
            return rng.choice([1, 2])
        first = rng.choice(letters)
        kind = rng.randrange(8)
        if kind < 3:
            return first
        if kind == 3:
            return first + rng.choice([-1, 1, 2])
        if kind == 4:
            return rng.choice([self.n, self.m, self.k]) - first + 1
        if kind == 5:
            return rng.choice([2 * first - 1, 3 * first - 2, 2 * first])
        second = rng.choice(letters)
        return rng.choice([first + second - 1, first - second + 1, second - first + self.k, 2 * first - second])

    def entry(self, letters, extra=None):
        """An entry read at affine indices."""
        rng = self.rng
        t = rng.choice([self.x, self.x, self.y, self.w, self.A] + ([extra] * 3 if extra is not None else []))
        for _ in range(10):
            try:
                return t[tuple(self.affine(letters) for _ in t.shape)]
            except sd.SymderivError:
                continue
        return self.x[1]

    def factor(self, letters, extra=None):
        """An entry, a function of one, a delta, or a bracket."""
        rng = self.rng
        kind = rng.randrange(9)
        e = self.entry(letters, extra)
        if kind < 4:
            return e
        if kind == 4:
            return rng.choice([sd.tanh, sd.sigmoid, exp, sd.sin, sd.relu])(e)
        if kind == 5:
            return e ** 2
        if kind == 6 and letters:
            return sd.delta(self.affine(letters), rng.choice([*letters, self.label, 2])) + rng.choice([0, e])
        if kind == 7 and len(letters) > 1:
            a, b = rng.sample(list(letters), 2)
            return sd.iverson(rng.choice([a < b, a <= b + 1, a >= b])) if rng.random() < 0.8 else sd.iverson(a <= 2)
        return 1 / (1 + e ** 2)

    def term(self, letters, extra=None):
        """Σ of a product over new letters."""
        rng = self.rng
        bound = [self.fresh() for _ in range(rng.choice([0, 1, 1, 2]))]
        everything = (*letters, *(b for b, _ in bound))
        body = rng.choice([1, 1, -2, Rational(1, 2)])
        for _ in range(rng.choice([1, 2, 2, 3])):
            body = body * self.factor(everything, extra)
        if rng.random() < 0.15:
            body = body + self.factor(everything, extra)
        return sd.Sum(body, *(binder for _, binder in bound)) if bound else body

    def scalar(self, letters):
        """A sum of terms, sometimes under a function."""
        rng = self.rng
        total = self.term(letters)
        for _ in range(rng.choice([0, 0, 1])):
            total = total + self.term(letters)
        if rng.random() < 0.2:
            total = rng.choice([sd.tanh, sd.softplus, lambda t: t ** 2])(total)
        return total

    def variable(self):
        """What to differentiate by."""
        return self.rng.choice([self.x, self.y, self.w, self.A])


def compare_derivatives(expr, wrt, seed):
    """Index form, closed form and compiled function against the primal's numerical derivative, and its certificate.

    Raises AssertionError.
    """
    d = sd.derive(expr, wrt)
    assert d.status in ("proved", "supported"), d.evidence
    try:
        point = sample([expr, wrt], seed, assuming=[c for c in d.conditions if hasattr(c, "lhs")]).everything
    except EvaluationError:
        return  # no small sizes satisfy the conditions, or every point lies on a kink
    truth = jacobian(expr, wrt, point)
    near = {"rtol": 1e-7, "atol": 1e-8 * max(1.0, float(np.abs(truth).max(initial=0)))}
    entries = Named("entries", d.indices, d.index) if d.indices else d.index
    (index,) = evaluate_all([entries], point, strict=False)
    np.testing.assert_allclose(index, truth, err_msg=f"index form: {d.index}", **near)
    np.testing.assert_allclose(evaluate(d.closed, **_of([d.closed], point)), truth, err_msg=f"closed: {d.closed}", **near)
    accepted = {**_of([d.closed], point), **{str(v): point[str(v)] for v in d.variables if str(v) in point}}
    np.testing.assert_allclose(d.numpy()(**accepted), truth, err_msg=f"compiled: {d.closed}", **near)


def _of(exprs, point):
    """The data that expressions read."""
    names = set(Variables(exprs).names)
    return {key: value for key, value in point.items() if key in names}


class Rewriting:
    """Random rewrites of an index expression that keep its value."""

    def __init__(self, rng):
        self.rng = rng

    def again(self, expr):
        """The same value, written differently: every part perhaps rewritten."""
        if not expr.args or isinstance(expr, Array | Piecewise | KroneckerDelta | Entry):
            return expr
        if isinstance(expr, SympySum):
            return self.of_sum(expr)
        parts = [self.again(arg) for arg in expr.args]
        if isinstance(expr, Mul) and self.rng.random() < 0.4:
            for position, part in enumerate(parts):
                if isinstance(part, Add):
                    others = [p for q, p in enumerate(parts) if q != position]
                    return Add(*(Mul(*others, term) for term in part.args))
        if isinstance(expr, tanh) and self.rng.random() < 0.5:
            return 2 * sd.sigmoid(2 * parts[0]) - 1
        if isinstance(expr, Pow) and expr.exp == 2:
            return Mul(parts[0], self.again(expr.base))
        return expr.func(*parts)

    def of_sum(self, expr):
        """A sum shifted, reflected, split at its end, or over terms."""
        body, limits = self.again(expr.function), [tuple(limit) for limit in expr.limits]
        kind = self.rng.randrange(5)
        letter, lo, hi = limits[0]
        if kind == 0 and len(limits) == 1 and isinstance(body, Add):
            return Add(*(plain_sum(term, limits) for term in body.args))
        if kind == 1:
            return plain_sum(body.xreplace({letter: lo + hi - letter}), limits)
        if kind == 2:
            other = Index(letter.name, lo + 1, hi + 1)
            return plain_sum(body.xreplace({letter: other - 1}), [(other, lo + 1, hi + 1), *limits[1:]])
        if kind == 3 and len(limits) == 1 and (hi - lo).is_nonnegative:
            return plain_sum(body, [(letter, lo, hi - 1)]) + body.xreplace({letter: hi})
        return plain_sum(body, list(reversed(limits)))
