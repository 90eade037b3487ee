"""An attack on the checker: certificates changed in one place or in several are refused, or what they say is still true.

The proof is judged by its steps alone, without the checker's own look at numbers, and a digest is made that fits; so a
change that the axioms let through and that makes the statement false is found here.
"""

from __future__ import annotations

import copy
import json
import random
from decimal import localcontext
from functools import cache
from typing import Any

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
r = sd.indices("r", n)
Q, D = sd.tensor("Q", n, n, orthogonal=True), sd.tensor("D", n, n, diagonal=True)

def residual(layers: int) -> Any:
    """Gradients of a residual network by all weights: what was read differs from what is given, layer by layer."""
    deep, weights = x, [sd.tensor(f"W{layer}", n, n) for layer in range(layers)]
    for weight in weights:
        deep = deep + sd.tanh(weight @ deep)
    return sd.derive(sd.sum((deep - h)**2), tuple(weights))


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


def is_false(statement: Any) -> str | None:
    """What the numbers say against a statement, at more points than the checker looks at."""
    with localcontext() as precision:
        precision.prec = 50
        for seed in range(100, 130):
            rng = random.Random(seed)
            sizes = {s: rng.choice((1, 2, 3, 4)) for s in statement["sizes"]}
            try:
                checker.at_point(statement, sizes, seed, [BUDGET])
            except (checker.Exhausted, *checker.FAILURES):
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
    forged = {"version": 1, **body, "digest": before}
    try:
        checker.check(json.loads(json.dumps(forged)))
        if checker.digest(body["statement"]) != before:
            return f"accepted with the digest of another statement: {done}"
    except checker.Refused:
        pass
    try:
        checker.prove(checker.Statement(body["statement"]), body["steps"])
    except (checker.Refused, ValueError, TypeError, LookupError, AttributeError, RecursionError, ArithmeticError):
        return None
    wrong = None
    try:
        wrong = is_false(body["statement"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, ArithmeticError):
        return None      # the statement is not well formed, which the checker's own look at numbers finds
    return None if wrong is None else f"proved, but {wrong}: {done}"


PROPERTY = Property("forged_certificates", "A forged certificate is refused, or what it says is true.", case,
                    ci=1_000, long=10_000)
