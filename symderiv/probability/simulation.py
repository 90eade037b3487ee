"""Monte Carlo checks of expectations, seeded: random tensors drawn from laws with the declared moments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from sympy import Expr

from ..arrays.symbols import open_letters
from ..errors import EvaluationError, SymderivError
from ..late import np
from ..numeric.check import CheckReport
from ..numeric.evaluate import Data, Evaluator, Variables, evaluate_all, value_of
from ..numeric.sampling import data_for, over_letters, random_sizes
from ..numeric.unify import concrete
from .distributions import RandomTensor

DRAWS = 40_000
MOST_ERRORS = 5.0
MOST_ASSIGNMENTS = 400
SHAPES = ("normal", "uniform", "skewed")


@dataclass(frozen=True)
class Simulation(CheckReport):
    """What a simulation found; ``max_error`` is the largest deviation in standard errors.

    Where only labels are random they take all their values in turn, and nothing is drawn.
    """

    drawn: bool = True

    def __str__(self) -> str:
        where = "; ".join(dict.fromkeys(", ".join(f"{k}={v}" for k, v in s.items()) for s in self.sizes if s))
        verdict = "agrees" if self.ok else f"DISAGREES ({self.worst})"
        how = f"at most {self.max_error:.1f} standard errors from the mean of {DRAWS} draws" if self.drawn else (
            "at all values of the labels")
        return f"{verdict}: {how}, {self.samples} times{f' at {where}' if where else ''}"


def simulated(kind: str, of: tuple[Expr, ...], claim: Expr, seed: int = 0, samples: int = 3,
              assuming: Iterable[Any] = ()) -> CheckReport:
    """Compare a claimed moment with the mean of many draws: no entry may be off by more than five standard errors.

    A law of which only moments are declared is played by a different distribution in each sample.
    """
    free = tuple(dict.fromkeys(letter for e in (*of, claim) for letter in open_letters(e)))
    wrapped = [over_letters(e, free) for e in (*of, claim)]
    variables = Variables(wrapped)
    randoms = [t for t in variables.tensors.values() if isinstance(t, RandomTensor)]
    worst, where = 0.0, ""
    tried: list[Mapping[str, int]] = []
    everything = Variables([*wrapped, *(p for t in randoms for p in t.law.parameters.values())])
    problem: SymderivError | None = None
    for attempt in range(4 * samples):
        if len(tried) == samples:
            break
        rng = np.random.default_rng(seed * 1009 + attempt)
        try:
            sizes = random_sizes(everything, rng, assuming=assuming)
            errors = _deviation(kind, wrapped, randoms, everything, sizes, rng, SHAPES[attempt % len(SHAPES)])
        except SymderivError as raised:  # undefined there, as the inverse of a singular matrix is
            problem = raised
            continue
        tried.append(sizes)
        if errors > worst:
            worst, where = errors, f"{errors:.1f} standard errors apart at {sizes}"
    if not tried and problem is not None:
        raise problem
    return Simulation(worst <= MOST_ERRORS, worst, tuple(tried), len(tried), ("simulation",), where,
                      any(t.label_size is None for t in randoms))


def _deviation(kind: str, wrapped: list[Expr], randoms: list[RandomTensor], everything: Variables, sizes: Mapping[str, int],
               rng: Any, shape: str) -> float:
    """How many standard errors the last expression is from the estimated moment of the others, at most."""
    # What is not random is positive and below 1, so that probabilities and variances are what they must be.
    fixed = data_for(everything, sizes, rng, lambda tensor, shape: rng.uniform(0.2, 0.8, size=shape),
                     lambda symbol: rng.uniform(0.2, 0.8), apart=(RandomTensor,))
    drawn = {t.name: _draw(t, fixed, sizes, rng, shape) for t in randoms if t.label_size is None}
    values = _values(wrapped[:-1], {**sizes, **fixed}, drawn, [t for t in randoms if t.label_size is not None], sizes)
    wanted = np.asarray(evaluate_all([wrapped[-1]], {**sizes, **fixed}, strict=False)[0], float)
    mean, error = _estimate(kind, values)
    off = np.abs(mean - np.broadcast_to(wanted.ravel(), mean.shape))
    return float(np.max(off / np.maximum(error, 1e-12 + 1e-9 * np.abs(mean))))


def _values(exprs: list[Expr], data: Mapping[str, Any], drawn: Mapping[str, Any], labels: list[RandomTensor],
            sizes: Mapping[str, int]) -> list[Any]:
    """The expressions at every draw, one row a draw, by the evaluator: the draws are its batch.

    Random labels take all their values in turn, each with its share of the draws.
    """
    rows: list[list[Any]] = [[] for _ in exprs]
    choices = list(_assignments(labels, sizes))
    share = DRAWS // len(choices)
    for number, chosen in enumerate(choices):
        part = {name: value[number * share:(number + 1) * share] for name, value in drawn.items()}
        held = Data(Variables(exprs), {**data, **chosen, **{name: v[0] for name, v in part.items()}}, strict=False)
        held.tensors.update((name, v) for name, v in part.items() if name in held.tensors)
        evaluator = Evaluator(held)
        for row, expr in zip(rows, exprs, strict=True):
            value = np.asarray(value_of(evaluator, expr), float)
            row.append(np.broadcast_to(value.reshape(len(value), -1), (share, value[0].size)))
    return [np.concatenate(row) for row in rows]


def _assignments(labels: list[RandomTensor], sizes: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Every value of the random labels, counted from 0."""
    shapes = [tuple(concrete(size, sizes, t.name) for size in t.shape) for t in labels]
    ranges = [range(concrete(t.label_size, sizes, t.name)) for t in labels if t.label_size is not None]
    if math.prod(len(r) ** math.prod(s) for r, s in zip(ranges, shapes, strict=True)) > MOST_ASSIGNMENTS:
        raise EvaluationError("the random labels have too many values to go through", hint="check a smaller expression")
    each = [[np.array(v, dtype=int).reshape(s) for v in product(r, repeat=math.prod(s))]
            for r, s in zip(ranges, shapes, strict=True)]
    for values in product(*each):
        yield {t.name: v for t, v in zip(labels, values, strict=True)}


def _estimate(kind: str, values: list[Any]) -> tuple[Any, Any]:
    """The estimated moment and its standard error, entry by entry."""
    x = values[0]
    if kind != "E":
        y = values[-1]
        # Var[X] = Cov[X, X]: the mean of the products of deviations.
        x = (x - x.mean(axis=0)) * (y - y.mean(axis=0)) * len(x) / (len(x) - 1)
    return x.mean(axis=0), x.std(axis=0) / np.sqrt(len(x))


def _draw(tensor: RandomTensor, fixed: Mapping[str, Any], sizes: Mapping[str, int], rng: Any, shape_of_law: str) -> Any:
    """Many draws of a random tensor, along the first axis."""
    shape = (DRAWS, *(concrete(size, sizes, tensor.name) for size in tensor.shape))
    law = tensor.law
    p = {key: np.asarray(evaluate_all([value], {**sizes, **fixed}, strict=False)[0], float)
         for key, value in law.parameters.items()}
    if law.name == "bernoulli":
        return (_entries(rng.uniform, shape, law.independent) < p["p"]).astype(float)
    if law.name == "rademacher":
        return np.where(_entries(rng.uniform, shape, law.independent) < 0.5, -1.0, 1.0)
    if law.name == "uniform":
        return p["low"] + (p["high"] - p["low"]) * _entries(rng.uniform, shape, law.independent)
    if np.any(p.get("var", np.ones(())) < 0):
        raise EvaluationError(f"the variance of {tensor} came out negative", hint="write it as a square")
    kind = "normal" if law.name == "normal" or (law.symmetric and shape_of_law == "skewed") else shape_of_law
    standard = {"normal": rng.normal, "uniform": lambda size: rng.uniform(-np.sqrt(3), np.sqrt(3), size=size),
                "skewed": lambda size: rng.exponential(size=size) - 1}[kind]
    return p.get("mean", np.zeros(())) + np.sqrt(p.get("var", np.ones(()))) * _entries(standard, shape, law.independent)


def _entries(draw: Any, shape: tuple[int, ...], independent: bool) -> Any:
    """Independent entries; where they are not declared so, one number for all of a draw."""
    if independent:
        return draw(size=shape)
    return np.broadcast_to(draw(size=shape[:1]).reshape(-1, *(1,) * (len(shape) - 1)), shape)
