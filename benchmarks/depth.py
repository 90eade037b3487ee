"""How do the gradients of all weights of a deep network grow with its depth?  Time and memory, against depth."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import reduce
from operator import matmul, mul
from typing import Any

import symderiv as sd

from .measure import Figure, shown

n = sd.dims("n")
Network = Callable[[int, str], tuple[Any, tuple[Any, ...]]]


def tanh_network(depth: int, tag: str) -> tuple[Any, tuple[Any, ...]]:
    """Loss and weights of h ← tanh(W h), repeated."""
    h, weights = sd.tensor(f"x{tag}", n), []
    for layer in range(1, depth + 1):
        weights.append(sd.tensor(f"W{tag}_{layer}", n, n))
        h = sd.tanh(weights[-1] @ h)
    return sd.dot(h, h), tuple(weights)


def gated_network(depth: int, tag: str) -> tuple[Any, tuple[Any, ...]]:
    """Loss and weights of h ← h ⊙ σ(W h), repeated: as a tree it doubles with every layer."""
    h, weights = sd.tensor(f"x{tag}", n), []
    for layer in range(1, depth + 1):
        weights.append(sd.tensor(f"W{tag}_{layer}", n, n))
        h = h * sd.sigmoid(weights[-1] @ h)
    return sd.dot(h, h), tuple(weights)


def residual_network(depth: int, tag: str) -> tuple[Any, tuple[Any, ...]]:
    """Loss and weights of h ← h + tanh(W h), repeated."""
    h, weights = sd.tensor(f"x{tag}", n), []
    for layer in range(1, depth + 1):
        weights.append(sd.tensor(f"W{tag}_{layer}", n, n))
        h = h + sd.tanh(weights[-1] @ h)
    return sd.dot(h, h), tuple(weights)


def transformer(depth: int, tag: str) -> tuple[Any, tuple[Any, ...]]:
    """Loss and weights of pre-norm blocks: attention with heads and an MLP with GELU, each behind a layer norm."""
    T, H, K, F = sd.dims("T H K F")
    eps, width = sd.tensor("eps", positive=True), H * K
    weights: list[Any] = []
    x = sd.tensor(f"X{tag}", T, width)

    def weight(*shape: Any) -> Any:
        weights.append(sd.tensor(f"W{tag}_{len(weights)}", *shape))
        return weights[-1]

    for _ in range(depth):
        u = sd.layer_norm(x, weight(width), weight(width), eps)
        heads = (sd.transpose(sd.reshape(u @ weight(width, width), (T, H, K)), (1, 0, 2)) for _ in range(3))
        a = sd.transpose(sd.attention(*heads), (1, 0, 2))
        x = x + sd.reshape(a, (T, width)) @ weight(width, width)
        v = sd.layer_norm(x, weight(width), weight(width), eps)
        x = x + sd.gelu(v @ weight(width, F)) @ weight(F, width)
    return sd.mse(x, sd.tensor(f"Y{tag}", T, width)), tuple(weights)


def gradients(network: Network, depth: int, tag: str) -> Any:
    """All gradients, from building the network to their closed forms."""
    loss, weights = network(depth, tag)
    return sd.derive(loss, weights)


def peak(depth: int, number: int) -> int:
    """Bytes at the peak."""
    gc.collect()
    tracemalloc.start()
    kept = gradients(tanh_network, depth, f"m{depth}r{number}")
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(kept) == depth
    return top


STAGES: dict[str, Callable[[Any], Any]] = {
    "code": lambda ds: ds.source("numpy"), "LaTeX of the proof": lambda ds: ds.proof.latex(), "status": lambda ds: ds.status}


def stages(depth: int, number: int) -> dict[str, float]:
    """Seconds of each stage for a residual network."""
    spent = {}
    gc.collect()
    begin = time.process_time()
    ds = gradients(residual_network, depth, f"s{depth}r{number}")
    spent["derive"] = time.process_time() - begin
    for name, run in STAGES.items():
        begin = time.process_time()
        run(ds)
        spent[name] = time.process_time() - begin
    return spent


def by_stage(repetitions: int = 2) -> list[Figure]:
    """Each stage at depth 64 and at depth 8, in turn; the medians of quotients."""
    runs = [(stages(8, k), stages(64, k)) for k in range(repetitions + 1)][1:]
    found = []
    for name in runs[0][0]:
        shallow, deep = (statistics.median(run[k][name] for run in runs) for k in (0, 1))
        found.append(Figure(f"residual network, {name}, depth 64 / depth 8",
                            f"{deep / shallow:.1f} ({shown(deep)} / {shown(shallow)})", "≤ 9", deep / shallow <= 9))
    return found


def squares(terms: int, tag: str) -> tuple[Any, Any]:
    """Σ ‖A x - b‖² over so many matrices, by x."""
    x = sd.tensor(f"x{tag}", n)
    return sum(sd.norm(sd.tensor(f"A{tag}_{k}", n, n) @ x - sd.tensor(f"b{tag}_{k}", n))**2 for k in range(terms)), x


def product(factors: int, tag: str) -> tuple[Any, Any]:
    """1ᵀ A B … x with so many matrices, by x."""
    x = sd.tensor(f"x{tag}", n)
    return sd.sum(reduce(matmul, (sd.tensor(f"A{tag}_{k}", n, n) for k in range(factors))) @ x), x


def units(factors: int, tag: str) -> tuple[Any, Any]:
    """σ(a'x) σ(b'x) … of so many units, by x."""
    x = sd.tensor(f"x{tag}", n)
    return reduce(mul, (sd.sigmoid(sd.tensor(f"a{tag}_{k}", n) @ x) for k in range(factors))), x


def quotients(terms: int, tag: str) -> tuple[Any, Any]:
    """Σ a'x/(1 + (b'x)²) of so many terms, by x."""
    x = sd.tensor(f"x{tag}", n)
    return sum(sd.tensor(f"a{tag}_{k}", n) @ x / (1 + (sd.tensor(f"b{tag}_{k}", n) @ x)**2) for k in range(terms)), x


def exponentials(terms: int, tag: str) -> tuple[Any, Any]:
    """log Σ exp(a'x) of so many terms, by x."""
    x = sd.tensor(f"x{tag}", n)
    return sd.log(sum(sd.exp(sd.tensor(f"a{tag}_{k}", n) @ x) for k in range(terms))), x


def determinants(factors: int, tag: str) -> tuple[Any, Any]:
    """log det(A B …) of so many matrices, by one of them."""
    given = [sd.tensor(f"A{tag}_{k}", n, n, invertible=True) for k in range(factors)]
    return sd.logdet(reduce(matmul, given)), given[factors // 2]


def kronecker_trace(factors: int, tag: str) -> tuple[Any, Any]:
    """tr(A ⊗ B ⊗ …) of so many matrices, by one of them."""
    given = [sd.tensor(f"A{tag}_{k}", n, n) for k in range(factors)]
    return sd.trace(reduce(sd.kron, given)), given[factors // 2]


def of_many(repetitions: int = 2) -> list[Figure]:
    """One derivative of 16 and of 128 terms, or factors, in turn; the medians."""
    found = []
    for build in (squares, product, units, quotients, exponentials, determinants, kronecker_trace):
        runs: dict[int, list[float]] = {16: [], 128: []}
        for number in range(repetitions + 1):
            for many, spent in runs.items():
                loss, x = build(many, f"{build.__name__[0]}{many}r{number}")
                gc.collect()
                begin = time.process_time()
                assert sd.derive(loss, x).closed is not None
                spent.append(time.process_time() - begin)
        few, most = (statistics.median(spent[1:]) for spent in runs.values())
        found.append(Figure(f"{build.__name__} of 128 / of 16, one derivative",
                            f"{most / few:.1f} ({shown(most)} / {shown(few)})", "≤ 10", most / few <= 10))
    return found


def blocks(shallow: int = 1, deep: int = 4) -> list[Figure]:
    """What a block of a transformer costs: its derivatives, and with their status; how that grows."""
    spent: dict[int, list[float]] = {}
    for depth in (shallow, shallow, deep):  # the first one warms up
        gc.collect()
        begin = time.process_time()
        ds = gradients(transformer, depth, f"t{depth}r{len(spent)}")
        derived = time.process_time() - begin
        assert ds.status == "proved"
        spent[depth] = [derived, time.process_time() - begin]
    return [Figure(f"transformer, {name}, a block of {deep}", f"{shown(cost[0] / deep)} ({cost[0] / cost[1]:.1f} times one)",
                   f"< {bar} s", cost[0] / deep < bar)
            for name, bar, cost in zip(("derivatives", "with status"), (1, 2), zip(spent[deep], spent[shallow], strict=True),
                                       strict=True)]


def sixteen_blocks(shallow: int = 4, deep: int = 16) -> list[Figure]:
    """Derivatives of four times as many blocks of a transformer, their code, and the LaTeX of their proof."""
    spent: dict[int, dict[str, float]] = {}
    for depth in (shallow, deep):
        gc.collect()
        begin = time.process_time()
        ds = gradients(transformer, depth, f"q{depth}")
        spent[depth] = {"derivatives": time.process_time() - begin}
        for name in ("code", "LaTeX of the proof"):
            begin = time.process_time()
            STAGES[name](ds)
            spent[depth][name] = time.process_time() - begin
    return [Figure(f"transformer, {name}, {deep} blocks / {shallow}",
                   f"{cost / spent[shallow][name]:.1f} ({shown(cost)} / {shown(spent[shallow][name])})", "≤ 5",
                   cost <= 5 * spent[shallow][name]) for name, cost in spent[deep].items()]


def figures(repetitions: int = 5) -> list[Figure]:
    """Times of depths 8 and 64 in turn, peaks of memory at four depths, then the stages of a residual network."""
    cases: tuple[tuple[Network, int], ...] = ((tanh_network, 8), (tanh_network, 64), (gated_network, 64))
    runs: list[list[float]] = [[], [], []]
    for number in range(-1, repetitions):
        for (network, depth), found in zip(cases, runs, strict=True):
            gc.collect()
            begin = time.process_time()
            kept = gradients(network, depth, f"{network.__name__[0]}{depth}r{number + 1}")
            if number >= 0:
                found.append(time.process_time() - begin)
            del kept
    shallow, deep, gated = map(statistics.median, runs)
    # The least of three: what caches take on for the first time is not the network's.
    peaks = {depth: min(peak(depth, number) for number in range(3)) for depth in (8, 16, 32, 64)}
    doubling = peaks[64] / peaks[32]
    return [
        Figure("all gradients of a tanh network, depth 64 / depth 8",
               f"{deep / shallow:.1f} ({shown(deep)} / {shown(shallow)})", "≤ 9", deep / shallow <= 9),
        Figure("self-gated x·σ(Wx) / tanh network, depth 64",
               f"{gated / deep:.2f} ({shown(gated)} / {shown(deep)})", "≤ 2", gated / deep <= 2),
        Figure("peak memory at depth 8, 16, 32, 64", ", ".join(f"{p / 2**20:.1f}" for p in peaks.values()) + " MiB",
               "linear", doubling <= 2.2, f"depth 64 takes {doubling:.2f} times as much as depth 32"),
        *by_stage(),
        *of_many(),
        *blocks(),
        *sixteen_blocks(),
    ]
