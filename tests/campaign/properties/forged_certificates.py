"""An attack on the checker: certificates changed in one place or in several are refused, or what they say is still true.

The proof is judged by its steps alone, without the checker's own look at numbers, and a digest is made that fits; so a
change that the axioms let through and that makes the statement false is found here.
"""

from __future__ import annotations

import copy
import json
import operator
import random
from decimal import Decimal, localcontext
from functools import cache
from typing import Any
from unittest.mock import patch

from sympy import exp, log

import symderiv as sd
from symderiv import checker
from tests.campaign.record import Property

m, n, N = sd.dims("m n N")
W, x, z, c = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m), sd.tensor("c")
V, h, w, q = sd.tensor("V", m, m), sd.tensor("h", n), sd.tensor("w", m), sd.tensor("q", m, positive=True)
A, y, X = sd.tensor("A", n, n), sd.label("y", m), sd.tensor("X", N, n)
ys = sd.label("ys", n, shape=(N,))
i, k = sd.indices("i k", m)
r, last = sd.indices("r last", n)
Q, D = sd.tensor("Q", n, n, orthogonal=True), sd.tensor("D", n, n, diagonal=True)

def residual(layers: int) -> Any:
    """Gradients of a residual network by all weights: what was read differs from what is given, layer by layer."""
    deep, weights = x, [sd.tensor(f"W{layer}", n, n) for layer in range(layers)]
    for weight in weights:
        deep = deep + sd.tanh(weight @ deep)
    return sd.derive(sd.sum((deep - h)**2), tuple(weights))


def draw(name: str, *others: Any, **law: Any) -> Any:
    """A random vector with independent entries, which does not depend on others."""
    known = {} if "law" in law else {"mean": 0}
    return sd.random(name, n, iid=True, independent_of=others, var=sd.tensor("s")**2, **{**known, **law})


CLAIMS = (
    lambda: sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1),
    lambda: sd.prove(sd.softmax(z + c), sd.softmax(z)),
    lambda: sd.prove(sd.sum(sd.softmax(z)), 1),
    lambda: sd.prove(x @ (W.T @ W) @ x, sd.dot(W @ x, W @ x)),
    lambda: sd.prove(sd.sum(sd.log(q * sd.exp(z))), sd.sum(sd.log(q)) + sd.sum(z)),
    lambda: sd.derive(sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[k]), k)), z),
    lambda: sd.derive(sd.Sum(log(q[k]) * z[k], k), q),
    lambda: sd.derive(sd.cross_entropy(W @ x, y), W),
    lambda: sd.derive(sd.cross_entropy(V @ sd.tanh(W @ x), y), W),
    lambda: sd.derive(sd.sum(sd.tanh(sd.conv1d(h, w))**2), w, assuming=[m <= n]),
    lambda: sd.derive(sd.conv1d(h, w, padding=1), h, assuming=[m <= n]),
    lambda: sd.derive(sd.norm(x), x),
    lambda: sd.derive(sd.logdet(A), A),
    lambda: sd.vjp(sd.softmax(z), z),
    lambda: sd.derive(sd.cross_entropy(X, ys), X),
    lambda: sd.hessian(sd.logsumexp(z), z),
    lambda: sd.hessian(sd.prod(x), x),
    lambda: sd.prove(sd.sin(2 * z), 2 * sd.sin(z) * sd.cos(z)),
    lambda: sd.prove(sd.norm(Q @ x)**2, sd.norm(x)**2),
    lambda: sd.prove(D @ x, sd.diag(D) * x),
    lambda: sd.vjp(sd.conv1d(h, w, stride=2), h, assuming=[m <= n]),
    lambda: sd.prove(sd.Sum(h[r], (r, 2, n)), sd.sum(h) - h[1]),
    lambda: sd.derive(sd.sum(z * sd.stop_gradient(z)), z),
    lambda: sd.prove(sd.log(1 - sd.sigmoid(z)), -sd.softplus(z)),
    lambda: sd.derive(sd.sum(sd.tanh(W @ x + w)), (W, x, w)),
    lambda: sd.prove(sd.det(A @ A.T @ sd.inv(A)), sd.det(A)),
    lambda: sd.prove(sd.inv(A @ A.T) @ x, sd.inv(A).T @ sd.inv(A) @ x),
    lambda: sd.prove(sd.prod(q), exp(sd.Sum(log(q[k]), k))),
    lambda: sd.derive(sd.sum(sd.elu(z) + sd.abs(z)**3), z),
    lambda: residual(4),
    lambda: residual(4),
    lambda: sd.variance(draw("w") @ draw("x", draw("w"), mean=c)),
    lambda: sd.expectation(sd.relu(draw("x", mean=0, symmetric=True))**2),
    lambda: sd.variance(sd.sum(draw("w", law="normal", mean=c)**2)),
    lambda: sd.expectation(sd.sum(sd.relu(draw("x", law="normal"))**2 * draw("w", draw("x", law="normal"))**2)),
    lambda: sd.prove(sd.abs(c - 1), c - 1, assuming=[c >= 4]),
    lambda: sd.prove(sd.relu(h - 1), h - 1, assuming=[h[r] >= 1]),
    lambda: sd.prove(sd.abs(c * z), -c * z, assuming=[c < 0, z > 0]),
    lambda: sd.prove(A @ sd.inv(sd.eye(n) + A), sd.inv(sd.eye(n) + A) @ A),
    lambda: sd.prove(sd.trace(sd.kron(A, V)), sd.trace(A) * sd.trace(V)),
    lambda: sd.derive(sd.sum(sd.arctan2(z, w) * sd.gammaln(z)), (z, w)),
    lambda: sd.prove_by_induction(sd.Sum(r**2, (r, 1, last)), last * (last + 1) * (2 * last + 1) / 6, last),
)
BUDGET = 40_000


@cache
def certificate(number: int) -> str:
    """A true certificate, as text; one of those that say together what was read and what is its derivative."""
    made = CLAIMS[number]().certificate()
    if "all" in made["statement"]:
        which = number % 2
        made = {"statement": made["statement"]["all"][which], "steps": made["steps"]["all"][which]}
    return json.dumps(made)


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all parts of JSON data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [p for key, value in inner for p in [(*at, key), *places(value, (*at, key))]]


def found(data: Any, place: tuple[Any, ...]) -> Any:
    """The part at a place."""
    for key in place:
        data = data[key]
    return data


def changed(rng: random.Random, data: Any, every: list[tuple[Any, ...]]) -> str:
    """Change one part; what was done, in words."""
    place = rng.choice(every)
    parent, key, value = found(data, place[:-1]), place[-1], found(data, place)
    kind = rng.choice(("value", "value", "value", "dropped", "doubled", "exchanged", "copied", "key"))
    if kind == "dropped":
        parent.pop(key)
    elif kind == "doubled" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(value))
    elif kind == "exchanged" and isinstance(parent, list):
        other = rng.randrange(len(parent))
        parent[key], parent[other] = parent[other], value
    elif kind == "copied":
        parent[key] = copy.deepcopy(found(data, rng.choice(every)))
    elif kind == "key" and isinstance(parent, dict):
        parent[rng.choice([*parent, "i", "k", "n", "", "second", "seed", "also", "lemmas"])] = parent.pop(key)
    elif type(value) is int:
        parent[key] = rng.choice((value + 1, value - 1, -value, 0, 1, 2, 10**9))
    elif isinstance(value, str):
        strings = [found(data, p) for p in every if isinstance(found(data, p), str)]
        parent[key] = rng.choice(strings + ["ge", "eq", "add", "mul", "sum", "exp", "log", "ne", "gt"] * 9)
    else:
        parent[key] = copy.deepcopy(found(data, rng.choice(every)))
    return f"{kind} at {'/'.join(map(str, place))}"


class Undrawn(Exception):
    """A random entry that is read before it has a value."""


class Expectations(checker.Numbers):
    """Numbers in which an expectation is a sum over values with weights, of either sign, that have the declared moments.

    What is not declared independent moves together, as far as it has the same moments.
    """

    outcome: dict[Any, Any] | None = None

    def entry(self, name: str, at: tuple[int, ...]) -> Decimal:
        given = self.data["tensors"].get(name, {})
        inside = all(1 <= k <= n for k, n in zip(at, self.shape(name), strict=False))
        if self.outcome is None or "random" not in given.get("properties", ()) or not inside:
            return super().entry(name, at)
        points = self.law(name, at)
        driver = at if "independent entries" in given["properties"] else (), tuple(w for _, w in points), *(
            a for a, other in self.data["tensors"].items() if ("random" in other["properties"] and not any(
                {a, name} <= set(group) for group in self.data["independent"])) or a == name)
        if driver not in self.outcome:
            raise Undrawn(driver, len(points))
        return points[self.outcome[driver]][0]

    def term(self, t: Any, letters: dict[str, int]) -> Decimal:
        while type(t) is int:
            t = self.table[t]
        if t[:2] not in (["fn", "E"], ["fn", "Var"]):
            return super().term(t, letters)
        mean, square = self.mean(t[2], letters, {})
        return mean if t[1] == "E" else square - mean**2

    def mean(self, t: Any, letters: dict[str, int], outcome: dict[Any, Any]) -> tuple[Any, ...]:
        """E[t] and E[t²], over the values of the entries that it reads, one after the other."""
        there = copy.copy(self)
        there.seen, there.outcome = {}, outcome
        try:
            value = there.term(t, letters)
            return value, value**2
        except Undrawn as undrawn:
            driver, count = undrawn.args
        weights = driver[1]
        each = [self.mean(t, letters, {**outcome, driver: k}) for k in range(count)]
        return tuple(sum(w * e[k] for w, e in zip(weights, each, strict=True)) for k in (0, 1))

    def law(self, name: str, at: tuple[int, ...]) -> list[tuple[Decimal, Decimal]]:
        """Values and weights: by Lagrange's polynomials at 1, -1, 2, -2, ..., so that no moment is missed."""
        there = copy.copy(self)
        there.outcome = None
        m = [Decimal(1), *(there.entry(a, at) for a in self.data["tensors"][name]["moments"])]
        if "symmetric law" in self.data["tensors"][name]["properties"] and any(m[1::2]):
            raise ZeroDivisionError  # declarations that contradict each other: nothing is claimed
        m += [Decimal(0)] * (len(m) % 2)
        points = [Decimal(sign * k) for k in range(1, len(m) // 2 + 1) for sign in (1, -1)]
        found = []
        for x in points:
            p = [Decimal(1)]
            for y in points:
                if y != x:
                    shifted = zip([Decimal(0), *p], [*p, Decimal(0)], strict=True)
                    p = [(below - y * same) / (x - y) for below, same in shifted]
            found.append((x, sum(map(operator.mul, p, m), Decimal(0))))
        return found


def is_false(statement: Any) -> str | None:
    """What the numbers say against a statement, at more points than the checker looks at."""
    with localcontext() as precision, patch.object(checker, "Numbers", Expectations):
        precision.prec = 50
        # An expectation is taken over all values of what it reads, which are many where sizes are not small.
        many, largest, budget = (6, 2, BUDGET // 10) if "independent" in statement else (30, 4, BUDGET)
        for seed in range(100, 100 + many):
            rng = random.Random(seed)
            sizes = {s: rng.randint(1, largest) for s in statement["sizes"]}
            try:
                checker.at_point(statement, sizes, seed, [budget])
            except (MemoryError, *checker.FAILURES):
                continue
            except checker.Refused as why:
                return str(why)
    return None


def case(seed: int) -> str | None:
    """Change the certificate of the seed, see whether its steps are accepted, and whether it has become false."""
    rng = random.Random(seed)
    data = json.loads(certificate(seed % len(CLAIMS)))
    body = {"statement": data["statement"], "steps": data["steps"]}
    if rng.random() < 0.1:
        body["steps"] = json.loads(certificate(rng.randrange(len(CLAIMS))))["steps"]
    before = checker.digest(data["statement"])
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        try:
            side = rng.choice(("statement", "statement", "steps", "both"))
            every = [p for p in places(body) if len(p) > 1 and (side == "both" or p[0] == side)]
            done.append(changed(rng, body, every))
        except (LookupError, TypeError, AttributeError):
            continue
    forged = {"version": checker.VERSION, **body, "digest": before}
    try:
        checker.check(json.loads(json.dumps(forged)))
        if checker.digest(body["statement"]) != before:
            return f"accepted with the digest of another statement: {done}"
    except checker.Refused:
        pass
    try:
        checker.prove(checker.Statement(body["statement"]), body["steps"])
    except (checker.Refused, *checker.MALFORMED):
        return None
    wrong = None
    try:
        wrong = is_false(body["statement"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, ArithmeticError):
        return None      # the statement is not well formed, which the checker's own look at numbers finds
    return None if wrong is None else f"proved, but {wrong}: {done}"


PROPERTY = Property("forged_certificates", "A forged certificate is refused, or what it says is true.", case,
                    ci=250, long=10_000)
