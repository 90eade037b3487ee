"""Reproducible random data for expressions: sizes that tell axes apart, entries that respect declared properties.

The same seed always gives the same data.  Sizes are pairwise different where the assumptions allow it, so that a
transposed factor cannot hide; points at which something is undefined, or closer than a margin to a kink, are drawn
again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

from sympy import Eq, Expr, Integer, Or, Symbol

from ..arrays.arrays import SQUARE, Apply, Entry, Named, Tensor, as_expr
from ..arrays.assumptions import bounds, of_values
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index, Label
from ..bounds import remembered
from ..errors import BoundExceeded, EvaluationError, SymderivError
from ..late import np
from ..terms.letters import spare
from .assumed import bounded, given_values, holds_at
from .dual import Numbers
from .evaluate import Data, Evaluator, Variables, value_of
from .unify import concrete

MARGIN = 1e-3
# Beyond this many sizes, the smallest of a few choices: the evaluator enumerates the product of what indices run over.
MANY = 3
CHOICES = 8
ATTEMPTS = 60
# Draws of sizes, those drawn before not tried again, and how many are tried where no point is found.
RESIZES = 40
TRIED = 6
# Of so many turns one has label arrays of one label, and one has them one after another.
LABEL_TURNS = 4


@dataclass(frozen=True)
class Sample:
    """Arrays and labels (from 0) by name, and the sizes they have."""

    arrays: dict[str, Any]
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def everything(self) -> dict[str, Any]:
        """Arrays, labels and sizes together, as ``evaluate`` takes them."""
        return {**self.sizes, **self.arrays}


# ------------------------------------------------------------------ sizes

def size_relations(variables: Variables, assuming: Iterable[Any] = (), *, empty: int = 1) -> list[Any]:
    """What sizes must satisfy: the assumptions, operators' conditions, shapes of at least 1, ``empty`` for parts of axes."""
    relations: dict[Any, None] = dict.fromkeys(assuming)
    for symbol in (s for r in relations for s in getattr(r, "free_symbols", ())):
        if isinstance(symbol, Symbol) and symbol.is_integer and not isinstance(symbol, Index | Label):
            # A size that the assumptions alone name may tie those that are read.
            variables.sizes.setdefault(symbol.name, symbol)
    relations.update(dict.fromkeys(r for node in variables.applications for r in _asked(node, empty)))
    for tensor in variables.tensors.values():
        relations.update(dict.fromkeys(size >= 1 for size in tensor.shape if not size.is_positive))
    return [r for r in relations if r != True]  # noqa: E712  SymPy's true compares equal to Python's


@remembered(2_000)
def _asked(node: Apply, empty: int) -> tuple[Any, ...]:
    """What one operator asks of sizes; they are drawn several times, and inequalities of long sizes are dear."""
    conditions = node.op.conditions(node.args, node.params) if node.op.conditions is not None else ()
    sizes = node.shape
    if not empty and RECORDS.slice.of(node):
        conditions = tuple(Or(c, Eq(sizes[node.params["axis"]], 0)) for c in conditions)
    elif not empty and node.args and not _of_nothing(node):
        empty, sizes = 1, (*sizes, *(size for arg in node.args for size in shape_of(arg)))
    return *conditions, *(size >= empty for size in sizes if not size.is_positive)


def _of_nothing(node: Apply) -> bool:
    """Whether NumPy makes of operands without entries what it should: of such a mean or a maximum is nothing."""
    entrywise = node.op.scalar is not None or node.op in (RECORDS.add, RECORDS.pow)
    return entrywise or node.op.free or node.op is RECORDS.pad or (node.op.multilinear and node.op is not RECORDS.mean)


def _names(variables: Variables) -> list[str]:
    return sorted(name for name, symbol in variables.sizes.items() if symbol.is_integer)


def _holds(relations: list[Any], symbols: Mapping[str, Symbol], sizes: Mapping[str, int]) -> bool:
    values = {symbols[name]: Integer(value) for name, value in sizes.items() if name in symbols}
    for relation in relations:
        decided = relation.xreplace(values)
        if decided == False or (decided != True and not decided.free_symbols and not bool(decided)):  # noqa: E712
            return False
    return True


def random_sizes(variables: Variables, rng: np.random.Generator, *, fixed: Mapping[str, int] | None = None,
                 assuming: Iterable[Any] = (), smallest: int = 2) -> dict[str, int]:
    """Small sizes, pairwise different where the relations allow it.  Raises EvaluationError where there are none."""
    relations = size_relations(variables, assuming)
    given = dict(fixed or {})
    names = [name for name in _names(variables) if name not in given]
    if not names:
        return given
    found: list[dict[str, int]] = []
    for attempt in range(400):
        pool = np.arange(smallest, smallest + len(names) + 1 + attempt // 20)
        distinct = attempt < 360
        chosen = rng.choice(pool, size=len(names), replace=not distinct)
        sizes = {**given, **{name: int(value) for name, value in zip(names, chosen, strict=True)}}
        if distinct and len(set(sizes.values())) < len(sizes) and attempt < 200:
            continue
        if _holds(relations, variables.sizes, sizes):
            found.append(sizes)
            if len(names) <= MANY or len(found) == CHOICES or attempt >= 40:
                break
    if found:
        return min(found, key=lambda sizes: math.prod(sizes.values()))
    raise EvaluationError("no small sizes satisfy " + ", ".join(map(str, relations)),
                          hint="check the assumptions, or give the sizes")


def smallest_sizes(variables: Variables, *, assuming: Iterable[Any] = (), largest: int = 4) -> Iterator[dict[str, int]]:
    """All assignments of sizes 1..largest that satisfy the relations, smallest total first."""
    relations = size_relations(variables, assuming)
    names = _names(variables)
    for total in range(len(names), largest * len(names) + 1):
        for values in product(range(1, largest + 1), repeat=len(names)):
            if sum(values) == total:
                sizes = dict(zip(names, values, strict=True))
                if _holds(relations, variables.sizes, sizes):
                    yield sizes


def allowed(variables: Variables, sizes: Mapping[str, int], assuming: Iterable[Any] = ()) -> bool:
    """Whether the relations hold at these sizes, those of all that is not given being given as well."""
    return set(_names(variables)) <= set(sizes) and _holds(size_relations(variables, assuming), variables.sizes, dict(sizes))


# ------------------------------------------------------------------ entries

def draw(tensor: Tensor, shape: tuple[int, ...], rng: np.random.Generator, spread: str = "both signs") -> Numbers:
    """Random entries with the tensor's properties.

    spread: "both signs", "positive", "unit" (inside 0..1), "integers" (small whole numbers), "origin".
    """
    held = tensor.properties
    if "one_hot" in held:
        return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
    if "positive" in held and spread == "both signs":
        spread = "positive"
    entries = _entries(shape, rng, spread)
    if "positive" in held and spread in ("integers", "origin"):
        entries = np.abs(entries) + 1
    if "sums_to_one" in held:
        if spread in ("positive", "unit") or "positive" in held:
            entries = np.abs(entries) + 0.05
            return np.asarray(entries / entries.sum(axis=-1, keepdims=True))
        return np.asarray(entries + (1 - entries.sum(axis=-1, keepdims=True)) / shape[-1])
    if len(shape) == 2 and shape[0] == shape[1]:
        return _square(entries, held, rng, spread)
    if SQUARE & held:  # a stack of matrices
        members = [_square(m, held, rng, spread) for m in entries.reshape(-1, *shape[-2:])]
        return np.reshape(np.array(members), shape)
    return entries


def _entries(shape: tuple[int, ...], rng: np.random.Generator, spread: str) -> Numbers:
    if spread == "integers":
        return rng.integers(-3, 4, size=shape).astype(float)
    if spread == "origin":
        return np.zeros(shape)
    if spread == "positive":
        return rng.uniform(0.2, 2.0, size=shape)
    if spread == "unit":
        return rng.uniform(0.05, 0.95, size=shape)
    return rng.normal(size=shape)


def _square(entries: Numbers, held: frozenset[str], rng: np.random.Generator, spread: str) -> Numbers:
    n = len(entries)
    if "orthogonal" in held:
        if "diagonal" in held:
            return np.diag(rng.choice([-1.0, 1.0], size=n))
        if "symmetric" in held:
            v = rng.normal(size=(n, 1))
            return np.eye(n) - 2 * v @ v.T / (v.T @ v)
        return np.linalg.qr(rng.normal(size=(n, n)))[0]
    if "diagonal" in held:
        d = np.diag(entries).copy()
        if "positive_definite" in held:
            d = np.abs(d) + 0.2
        elif "invertible" in held:
            d = np.where(np.abs(d) < 0.2, d + np.sign(d + 0.1), d)
        return np.diag(d)
    if "positive_definite" in held:
        return entries @ entries.T + 0.5 * np.eye(n)
    if "symmetric" in held:
        entries = entries + entries.T if spread == "integers" else (entries + entries.T) / 2
    while "invertible" in held and np.linalg.cond(entries) > 100:
        shift = rng.normal() if spread != "integers" else float(rng.integers(1, 4))
        entries = entries + shift * np.eye(n)
    return entries


# ------------------------------------------------------------------ samples

def sample(exprs: Iterable[object] | object, seed: int = 0, sizes: Mapping[str, int] | None = None, *,
           assuming: Iterable[Any] = ()) -> Sample:
    """Data at which all the expressions are defined, and no closer than ``MARGIN`` to a kink; ``sizes`` fixes some or all.

    Raises EvaluationError where no such data is found.
    """
    nodes = _closed(exprs)
    variables = Variables(nodes)
    rng = np.random.default_rng(seed)
    tried: list[dict[str, int]] = []
    problem: SymderivError | None = None
    for _ in range(RESIZES):
        chosen = random_sizes(variables, rng, fixed=sizes, assuming=assuming)
        if chosen not in tried and len(tried) < TRIED:
            tried.append(chosen)
            try:
                return sample_at(nodes, chosen, rng, variables, assuming=assuming)
            except (EvaluationError, BoundExceeded) as error:  # log det(XᵀX) has a value only where X is not wider than high
                problem = problem or error
    assert problem is not None
    raise problem


def sample_at(nodes: list[Expr], sizes: Mapping[str, int], rng: np.random.Generator, variables: Variables, *,
              whole: bool = False, assuming: Iterable[Any] = ()) -> Sample:
    """Data at given sizes; small ``whole`` numbers may be as near to a kink as they are.

    Raises EvaluationError where no defined point is found away from the kinks.
    """
    held = of_values(assuming)
    spreads = ("integers",) if whole else ("both signs", "positive", "unit")
    problem = ""
    for attempt in range(ATTEMPTS):
        # Most points are refused for a kink; only what stays undefined asks for another range of entries.
        spread = spreads[min(attempt * len(spreads) // ATTEMPTS, len(spreads) - 1)]
        arrays = data_for(variables, sizes, rng, partial(draw, rng=rng, spread=spread),
                          lambda symbol: rng.uniform(0.2, 2.0) if symbol.is_positive else rng.normal())
        if held and not _assumed(held, variables, sizes, arrays):
            problem = problem or "no point satisfies " + ", ".join(map(str, held))
            continue
        refused = _refused(nodes, variables, {**sizes, **arrays}, 0 if whole else MARGIN)
        if refused is None:
            return Sample(arrays, dict(sizes))
        problem = refused
    raise EvaluationError(f"no point found where everything is defined: {problem}",
                          hint="declare properties such as positive=True, or give the data")


def label_edges(classes: int) -> list[int]:
    """The labels, from 0, at which a sum that leaves out an end tells: the last two, and the first two."""
    return [max(0, classes - 1), 0, min(1, classes - 1), max(0, classes - 2)]


def drawn_labels(classes: int, shape: tuple[int, ...], rng: np.random.Generator, turn: int = 0,
                 named: Sequence[int] = ()) -> Numbers:
    """Labels from 0, every other of them at an edge or ``named``; at some turns all one, or one after another."""
    edges = [*named, *label_edges(classes)]
    if turn % LABEL_TURNS == 1:
        return np.full(shape, edges[turn // LABEL_TURNS % len(edges)])
    if turn % LABEL_TURNS == 2:
        return np.arange(math.prod(shape)).reshape(shape) % classes
    return np.where(rng.random(shape) < 0.5, rng.choice(edges, size=shape), rng.integers(classes, size=shape))


def data_for(variables: Variables, sizes: Mapping[str, int], rng: np.random.Generator, entries: Callable[..., Any],
             number: Callable[[Any], float], apart: tuple[type, ...] = ()) -> dict[str, Any]:
    """Data for variables: ``entries`` of a tensor of a shape, a ``number`` for a symbol; none for tensors ``apart``."""
    arrays: dict[str, Any] = {}
    for name, tensor in sorted(variables.tensors.items()):
        if isinstance(tensor, apart):
            continue
        shape = tuple(concrete(size, sizes, name) for size in tensor.shape)
        if tensor.label_size is not None:
            arrays[name] = drawn_labels(concrete(tensor.label_size, sizes, name), shape, rng)
        else:
            arrays[name] = entries(tensor, shape)
    for name, label in sorted(variables.labels.items()):
        arrays[name] = int(drawn_labels(concrete(label.size, sizes, name), (), rng))
    for name, symbol in sorted(variables.sizes.items()):
        if not symbol.is_integer:
            arrays[name] = float(number(symbol))
    return arrays


def _assumed(held: tuple[Any, ...], variables: Variables, sizes: Mapping[str, int], arrays: dict[str, Any]) -> bool:
    """Whether a point satisfies assumptions about values, once it has been moved to where it can."""
    limits = bounds(held)
    tensors = {name: bounded(np.asarray(arrays[name], float)[None], limits.get(name)) for name in variables.tensors
               if variables.tensors[name].label_size is None}

    def data() -> Data:
        return Data(variables, {**sizes, **arrays, **{name: value[0] for name, value in tensors.items()}})

    given_values(held, data, tensors)
    arrays.update({name: value[0] for name, value in tensors.items()})
    evaluator = Evaluator(data())
    return all(bool(holds_at(relation, evaluator, 1)[0]) for relation in held)


def _refused(nodes: list[Expr], variables: Variables, arrays: Mapping[str, Any], margin: float) -> str | None:
    """Why a point will not do, or None."""
    try:
        evaluator = Evaluator(Data(variables, arrays))
        for node in nodes:
            value = np.asarray(value_of(evaluator, node))
            if not np.all(np.isfinite(value)):
                return f"{type(node).__name__} has an undefined entry"
    except ZeroDivisionError:
        return "a division by zero"
    except SymderivError as error:
        if isinstance(error, EvaluationError | BoundExceeded):
            raise  # no other point of these sizes would do
        return error.message
    # What is 0 to the last digit at a random point is 0 at all of them, and no kink: |Y_t - Y_r| where t = r.
    with_zeros = any(np.any(np.asarray(arrays[name]) == 0) for name, t in variables.tensors.items() if t.label_size is None)
    gap = evaluator.kink_distance if with_zeros else evaluator.least_gap
    return "a kink is too near" if gap < margin else None


def over_letters(expr: Expr, free: Sequence[Index]) -> Expr:
    """An expression as an array over free letters and its own axes."""
    if not free:
        return expr
    names = spare("pqrsuvwabcdef", {i.name for i in free})
    own = tuple(Index(name, 1, size) for name, size in zip(names, shape_of(expr), strict=False))
    return Named("entries", (*free, *own), Entry(expr, *own) if own else expr)


def _closed(exprs: Iterable[object] | object) -> list[Expr]:
    """Expressions as nodes; a scalar with free letters as the array over them."""
    items = list(exprs) if isinstance(exprs, list | tuple | set) else [exprs]
    nodes = []
    for item in items:
        node = as_expr(item)
        letters = tuple(sorted((s for s in node.free_symbols if isinstance(s, Index)), key=str))
        nodes.append(Named("entries", letters, node) if letters and not is_array(node) else node)
    return nodes
