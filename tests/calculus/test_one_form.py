"""One closed form for one derivative, however it was spelled, and whatever the seed of Python's hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import symderiv as sd

m, n, N = sd.dims("m n N")
A, B, X, W = sd.tensor("A", n, n), sd.tensor("B", n, n), sd.tensor("X", N, n), sd.tensor("W", n, m)
V, x, z, b = sd.tensor("V", m, n), sd.tensor("x", n), sd.tensor("z", n), sd.tensor("b", m)
y, t = sd.label("y", m, shape=(N,)), sd.tensor("t", n)
c = sd.tensor("c")

SPELLINGS = {
    "order of terms": (x, lambda: x @ A @ x + z @ x + c * sd.norm(x)**2, lambda: c * (x @ x) + x @ z + x @ (A @ x)),
    "order of factors": (x, lambda: sd.sum(z * sd.sigmoid(x) * t), lambda: sd.sum(t * (z * sd.sigmoid(x)))),
    "a sum and a product": (x, lambda: sd.sum(z * sd.tanh(x)), lambda: sd.tanh(x) @ z),
    "association": (x, lambda: sd.norm(V @ (A @ x) - b)**2, lambda: sd.norm(b - (V @ A) @ x)**2),
    "a trace and a norm": (A, lambda: sd.trace((A - B).T @ (A - B)), lambda: sd.norm(B - A)**2),
    "cross-entropy and its logarithms": (z, lambda: sd.cross_entropy(z, sd.label("k", n)),
                                         lambda: -sd.log_softmax(z)[sd.label("k", n)]),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spelling_does_not_matter(name):
    variable, *spellings = SPELLINGS[name]
    first, second = (sd.derive(spelling(), variable) for spelling in spellings)
    assert str(first.closed) == str(second.closed)
    assert first.status == second.status == "proved"


SCRIPT = """
import random, sys
import symderiv as sd
m, n, N = sd.dims("m n N")
order = random.Random(int(sys.argv[1]))
def shuffled(*terms):
    terms = list(terms)
    order.shuffle(terms)
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
A, X, W, x, z = sd.tensor("A", n, n), sd.tensor("X", N, n), sd.tensor("W", n, m), sd.tensor("x", n), sd.tensor("z", n)
y, g, G = sd.label("y", m, shape=(N,)), sd.tensor("g", n), sd.tensor("G", N, n)
print(sd.derive(shuffled(x @ A @ x, z @ x, sd.sum(sd.exp(x) * z), sd.norm(x - z)**2), x))
print(sd.derive(shuffled(sd.cross_entropy(X @ W, y), sd.norm(W)**2), W))
print(sd.derive(shuffled(sd.trace(A @ A), sd.logdet(A), sd.sum(A * A)), A))
print(sd.hessian(sd.logsumexp(shuffled(A @ x, z, g)), x))
d = sd.vjp(sd.layer_norm(X, z, g), X, G)
print(d, {name: str(body) for name, body in d.where.items()}, d.alternatives)
print(sd.vjp(shuffled(sd.silu(x), x * z, sd.softmax(x)), x, g))
for d in (sd.derive(sd.cross_entropy(W.T @ x, sd.label("k", m)), W), sd.derive(sd.softmax(A @ x), x), d):
    print(d.index, d.status, d.conditions, d.latex(), d.proof.latex())
given = "X: N d; w: d; y: N; p: scalar"
print(sd.derive(sd.parse("sum(abs(X*w - y).^p)/p", given), sd.parse("w", given)).certificate())
from symderiv.web.proposals import proposed
for text in (r"\\sigma(w^\\top x + b)", "exp(-norm(x - mu)^2/(2*s^2))", "a'*X*b + c*norm(h - a)"):
    print(proposed((text,), ""))
"""


def output(seed: str) -> str:
    """What the script prints in a fresh interpreter."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
    ran = subprocess.run([sys.executable, "-c", SCRIPT, seed], env=environment, capture_output=True, text=True, timeout=120,
                         check=True)
    return ran.stdout


def test_neither_the_hash_seed_nor_the_order_of_terms_matters():
    first, second = output("1"), output("3")
    assert first == second and first.count("\n") > 9
