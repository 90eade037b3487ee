"""The headline derivations with their proofs, against SymPy's own diff, doit and simplify on the indexed form.

Both sides are warm, and both get names that they have never seen in every repetition, so that neither reads its answer
from a cache.  Our time is that of the closed form with its proof written out; beside it stands the same with the status,
for which a certificate is made and checked, which SymPy has nothing like.  SymPy's answer is compared at small sizes with
the derivative of the expression that SymPy itself writes out there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import (
    Add,
    Derivative,
    Expr,
    Indexed,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Piecewise,
    Sum,
    Symbol,
    exp,
    log,
    symbols,
    tanh,
)

import symderiv as sd

from .measure import Figure, OutOfTime, limit, median, shown

m, n, d, k = sd.dims("m n d k")
SIZES = {m: 3, n: 2, d: 5, k: 2}
LIMIT = 60.0


@dataclass(frozen=True)
class Peer:
    """The same question in SymPy: an expression, what to differentiate by (None: is it zero?), and where to test."""

    expr: Expr
    wrt: Expr | None
    positions: dict[Symbol, int]

    def answer(self) -> Expr:
        """SymPy's way: diff, doit, simplify."""
        expr = self.expr if self.wrt is None else self.expr.diff(self.wrt)
        return expr.doit().simplify()


@dataclass(frozen=True)
class Headline:
    """One derivation, in both systems, under names made distinct by a tag."""

    title: str
    ours: Callable[[str], Any]
    sympys: Callable[[str], Peer]


def classifier(tag: str) -> Any:
    """∂L/∂W of the softmax classifier."""
    W, x, y = sd.tensor("W" + tag, m, n), sd.tensor("x" + tag, n), sd.label("y" + tag, m)
    return sd.derive(sd.cross_entropy(W @ x, y), W)


def classifier_in_sympy(tag: str) -> Peer:
    """log Σ_k exp(Σ_j W_kj x_j) - Σ_j W_yj x_j, by W_ab."""
    W, x = IndexedBase("W" + tag, real=True), IndexedBase("x" + tag, real=True)
    y, a, b, i, j = symbols(f"y{tag} a b i j", integer=True, positive=True)
    loss = log(Sum(exp(Sum(W[i, j] * x[j], (j, 1, n))), (i, 1, m))) - Sum(W[y, j] * x[j], (j, 1, n))
    return Peer(loss, W[a, b], {y: 2, a: 1, b: 2})


def jacobian(tag: str) -> Any:
    """The Jacobian of the softmax."""
    z = sd.tensor("z" + tag, m)
    return sd.derive(sd.softmax(z), z)


def jacobian_in_sympy(tag: str) -> Peer:
    """exp(z_a) / Σ_i exp(z_i), by z_b."""
    z = IndexedBase("z" + tag, real=True)
    a, b, i = symbols("a b i", integer=True, positive=True)
    return Peer(exp(z[a]) / Sum(exp(z[i]), (i, 1, m)), z[b], {a: 1, b: 2})


def reparameterised(tag: str) -> Any:
    """A network of sigmoid units is a network of tanh units."""
    W, x, b = sd.tensor("W" + tag, m, n), sd.tensor("x" + tag, n), sd.tensor("b" + tag, m)
    v, c = sd.tensor("v" + tag, m), sd.tensor("c" + tag)
    half = sympy.Rational(1, 2)
    return sd.prove(v @ sd.sigmoid(W @ x + b) + c,
                    (half * v) @ sd.tanh((half * W) @ x + half * b) + (c + half * sd.sum(v)))


def reparameterised_in_sympy(tag: str) -> Peer:
    """The difference of the two networks: is it zero?"""
    W, x, b, v = (IndexedBase(name + tag, real=True) for name in "Wxbv")
    c = Symbol("c" + tag, real=True)
    i, j = symbols("i j", integer=True, positive=True)
    sigmoids = Sum(v[i] / (1 + exp(-Sum(W[i, j] * x[j], (j, 1, n)) - b[i])), (i, 1, m)) + c
    tanhs = Sum(v[i] / 2 * tanh(Sum(W[i, j] / 2 * x[j], (j, 1, n)) + b[i] / 2), (i, 1, m)) + c
    return Peer(sigmoids - tanhs - Sum(v[i] / 2, (i, 1, m)), None, {})


def convolution(tag: str) -> Any:
    """The gradient of a valid convolution by its input, a full convolution with the flipped kernel."""
    h, w, g = sd.tensor("h" + tag, d), sd.tensor("w" + tag, k), sd.tensor("G" + tag, d - k + 1)
    return sd.vjp(sd.conv1d(h, w), h, upstream=g, assuming=[k <= d])


def convolution_in_sympy(tag: str) -> Peer:
    """Σ_i G_i Σ_j h_{i+j-1} w_j, by h_a."""
    h, w, g = (IndexedBase(name + tag, real=True) for name in "hwG")
    a, i, j = symbols("a i j", integer=True, positive=True)
    return Peer(Sum(g[i] * Sum(h[i + j - 1] * w[j], (j, 1, k)), (i, 1, d - k + 1)), h[a], {a: 3})


HEADLINES = (
    Headline("softmax classifier, ∂L/∂W", classifier, classifier_in_sympy),
    Headline("Jacobian of softmax", jacobian, jacobian_in_sympy),
    Headline("sigmoid network as a tanh network", reparameterised, reparameterised_in_sympy),
    Headline("valid convolution, ∂L/∂h", convolution, convolution_in_sympy),
)


def judged(peer: Peer, answer: Expr) -> str:
    """"right", or what is the matter with SymPy's answer."""
    written = _written_out(peer.expr, peer.positions)
    expected = Integer(0) if peer.wrt is None else written.diff(_written_out(peer.wrt, peer.positions))
    difference = _written_out(answer, peer.positions) - expected
    rng = random.Random(0)
    values = {s: sympy.Float(rng.uniform(-1, 1), 30) for s in sorted(difference.atoms(Indexed, Symbol), key=str)}
    value = difference.xreplace(values).evalf(20)
    if not (value.is_number and abs(value) < sympy.Float("1e-12")):
        return "wrong"
    if peer.wrt is None:
        return "right" if answer == 0 else "unfinished: not seen to be 0"
    left = [f.__name__ for f in (Derivative, KroneckerDelta, Piecewise)
            if any(s.function.has(f) for s in answer.atoms(Sum))]
    return "unfinished: a sum over " + ", ".join(left) if left else "right"


def _written_out(expr: Expr, positions: dict[Symbol, int]) -> Expr:
    """At the small sizes and positions, every sum written out."""
    small = expr.subs({**SIZES, **positions})
    return Add(*small.doit().args) if small.is_Add else small.doit()


def figures(repetitions: int = 7) -> list[Figure]:
    """Per headline: our time with a proof, and with a checked certificate, and how many times as long SymPy takes."""
    found = []
    for h in HEADLINES:
        statuses: set[str] = set()

        def proof(number: int, h: Headline = h) -> None:
            str(h.ours(f"_{number}").proof)

        def status(number: int, h: Headline = h, statuses: set[str] = statuses) -> None:
            result = h.ours(f"_s{number}")
            str(result.proof)
            statuses.add(result.proof.status)

        def theirs(number: int, h: Headline = h) -> None:
            h.sympys(f"_{number}").answer()

        mine, certified = median(proof, repetitions, 2), median(status, repetitions, 2)
        try:
            with limit(LIMIT):
                answer = h.sympys("_check").answer()
                verdict = judged(h.sympys("_check"), answer)
                peer = median(theirs, 3, 0)
            more, theirs_shown = "", shown(peer)
        except OutOfTime:
            peer, verdict, more, theirs_shown = LIMIT, "unfinished", "> ", f"> {LIMIT:.0f} s"
        ratio = f"{more}{peer / mine:.0f} times ({shown(mine)}; SymPy {theirs_shown})"
        found += [Figure(f"{h.title}, with proof", ratio, "≥ 50 times", statuses == {"proved"} and peer / mine >= 50,
                         f"SymPy's answer: {verdict}"),
                  Figure(f"{h.title}, with proof and status", f"{more}{peer / certified:.0f} times ({shown(certified)})",
                         "", None, ", ".join(sorted(statuses)))]
    return found
