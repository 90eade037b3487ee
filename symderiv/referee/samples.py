"""Numbers for a whole derivation: a few sets of sizes, several points at each, the declared constraints held at all.

Every quantity is drawn once a point, by its name and the seed, so that all lines meet the same data, whatever else is
in them, and what lines share is computed once.  The points of one set of sizes are rows of a batch.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sympy import Abs, Expr, Function, Integer, Max, Min, Piecewise, Symbol, sign
from sympy import Sum as SympySum

from ..arrays.arrays import Apply, Tensor
from ..arrays.registry import RECORDS
from ..arrays.symbols import Label
from ..arrays.walks import subexpressions
from ..bounds import ENTRIES, recounted, remembered, spend
from ..errors import EvaluationError, SymderivError
from ..functions.network_functions import stop_gradient
from ..late import np
from ..numeric.closed_sums import with_closed_sums
from ..numeric.dual import Dual, Numbers
from ..numeric.evaluate import Data, Evaluator, Variables, value_of
from ..numeric.points import breadth, one_of
from ..numeric.sampling import Sample, draw, drawn_labels, label_edges, random_sizes, size_relations
from ..numeric.thresholds import positions_exist, reach
from ..numeric.unify import concrete
from ..reader.declare.told import ONE_HOT

BATCH = 4
CROWD = 64
ATTEMPTS, FUTILE = 40, 4
"""How many draws are made for points at which constraints hold; how many where equations have no solution near any."""
GRID, GRID_NAMES, GRID_POINTS, SIZES_COMPARED = 6, 4, 400, 60
"""How far the values of sizes go that are all tried, of how many of them, and how many combinations at most; how many
of them a claim is compared at."""
LARGEST = 9
NEWTON_STEPS = 30
HOLDS = 1e-9
LEAST = 0.05
# Entries that are computed at once.
MOST = 4_000_000
LONGEST = 5000


@dataclass(frozen=True)
class SampleConstraint:
    """Something that holds at every point: an array that is zero, or (``test``) a condition on values.

    kind     "zero" (solved for), "positive", "not negative", "nonzero" (drawn until it holds)
    """

    expr: Expr
    kind: str
    text: str = ""


@dataclass(frozen=True)
class Setting:
    """What all points respect.

    constraints  relations between quantities;  choices  the values that the entries of a tensor are drawn from
    held         further properties of tensors, by name;  zero  names that may be moved to zero
    still        names that are not moved to where the relations hold
    """

    constraints: tuple[SampleConstraint, ...] = ()
    choices: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    held: Mapping[str, frozenset[str]] = field(default_factory=dict)
    zero: frozenset[str] = frozenset()
    still: frozenset[str] = frozenset()


class Batch(Data):
    """Data for one set of sizes, several points at once; tensors are drawn when they are first asked for."""

    def __init__(self, sizes: Mapping[str, int], seed: int, count: int, setting: Setting,
                 spread: str = "both signs") -> None:
        self.tensors: dict[str, Any] = {}
        self.labels: dict[str, Numbers] = {}
        self.scalars: dict[str, Any] = {}
        self.kind = "float"
        self.sizes = dict(sizes)
        self.known: dict[str, Any] = {}
        self.seed, self.count, self.setting, self.spread = seed, count, setting, spread

    def _generator(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def require(self, variables: Variables) -> None:
        """Draw what is not there yet.  Raises EvaluationError for a size that nothing determines."""
        for name, symbol in variables.sizes.items():
            if symbol.is_integer:
                if name not in self.sizes:
                    low = 1 if symbol.is_positive else 0
                    self.sizes[name] = int(self._generator(name).integers(low + 1, low + 5))
            elif name not in self.scalars:
                rng = self._generator(name)
                values = rng.uniform(0.2, 2.0, self.count) if symbol.is_positive else rng.normal(size=self.count)
                self.scalars[name] = values
        for name, tensor in variables.tensors.items():
            if name not in self.tensors and name not in self.labels:
                self._draw(name, tensor)
        for name, label in variables.labels.items():
            if name not in self.labels:
                self.labels[name] = np.asarray([self._label(name, label) + 1])
        self.known |= variables.tensors

    def _label(self, name: str, label: Label) -> int:
        """A label, from 0: at one of the edges, each in an order of its own, so that none is the last one in all batches.

        In every other batch it is another one than the labels before it, as far as there are so many, and in the rest it
        may be the same.
        """
        classes = concrete(label.size, self.sizes, name)
        edges = label_edges(classes)
        order = np.random.default_rng(zlib.crc32(name.encode())).permutation(len(edges))
        turned = [int(edges[order[(self.seed + k) % len(edges)]]) for k in range(len(edges))]
        taken = [int(x[0]) - 1 for x in self.labels.values() if x.shape == (1,)]
        if not taken:
            return turned[0]
        if self.seed % 2:
            return taken[0] if taken[0] < classes else turned[0]
        return next((x for x in (*turned, *range(classes)) if x not in taken), turned[0])

    def _draw(self, name: str, tensor: Tensor) -> None:
        rng = self._generator(name)
        shape = tuple(concrete(size, self.sizes, name) for size in tensor.shape)
        if any(size < 1 for size in shape):
            raise EvaluationError(f"{name} has the shape {shape} at these sizes")
        if tensor.label_size is not None:
            self.labels[name] = drawn_labels(concrete(tensor.label_size, self.sizes, name), (1, *shape), rng) + 1
            return
        ENTRIES.admit(math.prod(shape) * self.count, where=name)
        if self.setting.held.get(name):
            tensor = Tensor(tensor.name, tensor.shape, self.held(name, tensor), tensor.label_size)
        choices = self.setting.choices.get(name)
        if choices is not None and ONE_HOT not in tensor.properties:
            self.tensors[name] = rng.choice(np.asarray(choices, float), size=(self.count, *shape))
            return
        rows = [np.asarray(draw(tensor, shape, rng, self.spread), float) for _ in range(self.count)]
        if self.spread == "integers" and "positive" in tensor.properties:
            rows = [np.abs(r) + (r == 0) for r in rows]
        self.tensors[name] = np.stack(rows)

    def held(self, name: str, tensor: Tensor | None = None) -> frozenset[str]:
        """The properties of a tensor, those that are declared apart from it too."""
        known = tensor or self.known.get(name)
        return frozenset(getattr(known, "properties", ())) | self.setting.held.get(name, frozenset())

    def row(self, number: int) -> Sample:
        """One point of the batch, as the rest of the library takes it: labels from 0."""
        return one_of(self, number)

    def only(self, number: int) -> Batch:
        """The same with one point alone."""
        single = Batch(self.sizes, self.seed, 1, self.setting, self.spread)
        single.tensors = {name: value[number:number + 1] for name, value in self.tensors.items()}
        single.labels, single.known = dict(self.labels), dict(self.known)
        single.scalars = {name: value[number:number + 1] for name, value in self.scalars.items()}
        return single


class Points:
    """A batch with the values computed at it."""

    def __init__(self, data: Batch) -> None:
        self.data = data
        self.evaluator = Evaluator(data)
        self._values: dict[Expr, Numbers] = {}

    @property
    def count(self) -> int:
        """Number of points."""
        return self.data.count

    def value(self, expr: Expr) -> Numbers:
        """The value of an expression at all points: batch axis first.  Raises SymderivError."""
        found = self._values.get(expr)
        if found is None:
            found = self._values[expr] = self._value(expr)
        return found

    def put(self, expr: Expr, numbers: Numbers) -> None:
        """Let the value of an expression be known."""
        self._values[expr] = numbers

    def _value(self, expr: Expr) -> Numbers:
        expr, variables, letters, ends = _measured(expr)
        self.data.require(variables)
        widest = max(self.data.sizes.values(), default=2)
        if widest ** letters * self.count > MOST or _longest(ends, widest) > LONGEST:
            raise EvaluationError("too many entries at these sizes")
        with np.errstate(all="ignore"):
            try:
                found = np.asarray(value_of(self.evaluator, expr))
            except (ZeroDivisionError, OverflowError, RecursionError, np.linalg.LinAlgError) as error:
                raise EvaluationError(f"this has no value at these sizes: {error}") from None
        return np.broadcast_to(found, (self.count, *found.shape[1:]))


@remembered(512)
def _measured(expr: Expr) -> tuple[Expr, Variables, int, tuple[Expr, ...]]:
    """An expression with sums in closed form, what it reads, its breadth, and where its sums end: the same at all points."""
    closed = with_closed_sums(expr)
    return closed, Variables([closed]), breadth([closed], operators=False), _ends(closed)


def has_pieces(expr: Any) -> bool:
    """Whether an expression is not one analytic function: it has cases, absolute values or the like, definitions too."""
    return any(isinstance(node, Piecewise | Abs | Max | Min | sign) or (isinstance(node, Apply) and node.op.pieces)
               for node in subexpressions(expr))


def longest(expr: Any, size: int) -> int:
    """The largest end of a sum's range, where all sizes and letters have one value."""
    return _longest(_ends(expr), size)


def _ends(expr: Any) -> tuple[Expr, ...]:
    """Where the sums in an expression begin and end, each once."""
    sums = (node for node in subexpressions(expr) if isinstance(node, SympySum))
    return tuple(dict.fromkeys(end for node in sums for _, *ends in node.limits for end in ends))


def _longest(ends: tuple[Expr, ...], size: int) -> int:
    largest = 0
    for end in ends:
        value = end.xreplace({s: Integer(size) for s in end.free_symbols if s.is_integer})
        largest = max(largest, abs(int(value)) if value.is_Integer else LONGEST + 1 if value.is_number else 0)
    return largest


# ------------------------------------------------------------------ sizes

def sets_of_sizes(variables: Variables, assuming: Iterable[Any], least: int, seed: int) -> list[dict[str, int]]:
    """Sizes to try: pairwise different ones, and the smallest.  Empty where no sizes satisfy the assumptions."""
    relations = size_relations(variables, assuming)
    rng = np.random.default_rng(seed)
    found: list[dict[str, int]] = []
    names = sorted(name for name, symbol in variables.sizes.items() if symbol.is_integer)
    if not names:
        return [{}]
    for _ in range(2):
        with_room = max(2, min(least + 1, LARGEST))
        try:
            found.append(random_sizes(variables, rng, assuming=relations, smallest=with_room))
        except EvaluationError:
            try:
                found.append(random_sizes(variables, rng, assuming=relations, smallest=1))
            except EvaluationError:
                break
    found.extend(_small(variables.sizes, relations, names))
    unique: list[dict[str, int]] = []
    for sizes in found:
        if sizes not in unique:
            unique.append(sizes)
    return unique


def _small(symbols: Mapping[str, Any], checks: list[Any], names: Sequence[str]) -> Iterable[dict[str, int]]:
    """The sizes 2 and 1, as far as the relations allow them."""
    for size in (2, 1):
        sizes = dict.fromkeys(names, size)
        if _allowed(checks, symbols, sizes):
            yield sizes
            continue
        if len(names) <= 5:
            for values in product((1, 2, 3), repeat=len(names)):
                mixed = dict(zip(names, values, strict=True))
                if _allowed(checks, symbols, mixed):
                    yield mixed
                    return


def _allowed(relations: Iterable[Any], symbols: Mapping[str, Symbol], sizes: Mapping[str, int]) -> bool:
    values = {symbols[name]: value for name, value in sizes.items() if name in symbols}
    for relation in relations:
        decided = relation.subs(values) if hasattr(relation, "subs") else relation
        if decided == False:  # noqa: E712  SymPy's false compares equal to Python's
            return False
    return True


# ------------------------------------------------------------------ points at which constraints hold

class Laboratory:
    """Batches of points for one derivation.

    exprs  everything that will be compared: it decides which sizes are possible
    """

    def __init__(self, exprs: Iterable[Expr], setting: Setting, assuming: Iterable[Any] = (), seed: int = 0,
                 count: int = BATCH) -> None:
        nodes = [*exprs, *(c.expr for c in setting.constraints)]
        self.setting, self.seed, self.count = setting, seed, count
        self.assuming = (*assuming, *positions_exist(nodes, LARGEST))
        self.variables = _variables(nodes)
        self.problem = ""
        self.sizes = sets_of_sizes(self.variables, self.assuming, min(reach(nodes), LARGEST - 1), seed)
        if not self.sizes:
            self.problem = "no small sizes satisfy the assumptions"
        self._batches: dict[str, list[Points]] = {}
        self._crowds: dict[str, list[Points]] = {}
        if self.sizes and not self.batches():
            self.problem = "no point was found at which the declared constraints hold"

    def batches(self, spread: str = "both signs") -> list[Points]:
        """Points at every set of sizes; ``spread`` says what the entries are drawn from."""
        if spread not in self._batches:
            made = (self.points(sizes, self.seed * 101 + k, spread=spread) for k, sizes in enumerate(self.sizes))
            self._batches[spread] = [p for p in made if p is not None]
        return self._batches[spread]

    def crowd(self, spread: str = "both signs") -> list[Points]:
        """Many points at the smallest sizes above 1, for what changes from region to region."""
        if spread not in self._crowds:
            wide = [s for s in self.sizes if max(s.values(), default=2) > 1]
            sizes = min(wide, key=lambda s: sum(s.values()), default=None)
            found = self.points(sizes, self.seed * 101 + CROWD, CROWD, spread) if sizes is not None else None
            self._crowds[spread] = [] if found is None else [found]
        return self._crowds[spread]

    def under(self, setting: Setting) -> Laboratory:
        """The same sizes, with other things to be respected."""
        other = copy(self)
        other.setting = setting
        other._batches, other._crowds = {}, {}
        return other

    def assumed(self, relations: Iterable[Any]) -> Laboratory:
        """Points at those sizes that satisfy more relations."""
        other = self.under(self.setting)
        other.assuming = (*self.assuming, *relations)
        other.sizes = sets_of_sizes(self.variables, other.assuming, 1, self.seed)
        other.problem = "" if other.sizes else "no small sizes satisfy the case"
        return other

    @property
    def single(self) -> bool:
        """Whether every size is 1 in all points."""
        return bool(self.sizes) and all(max(s.values(), default=2) == 1 for s in self.sizes)

    def grid(self, names: Iterable[str]) -> list[dict[str, int]]:
        """Small values of sizes in a mixed order, the smallest first; of all sizes where they are few, or of those named."""
        symbols = {n: s for n, s in sorted(self.variables.sizes.items()) if s.is_integer}
        if len(symbols) > GRID_NAMES:
            symbols = {n: s for n, s in symbols.items() if n in set(names)}
        if len(symbols) > GRID_NAMES or not self.sizes:
            return []
        values = [range(1 if s.is_positive else 0 if s.is_nonnegative else -2, GRID + 1) for s in symbols.values()]
        every = list(product(*values))
        order = dict.fromkeys([0, *map(int, np.random.default_rng(self.seed).permutation(len(every)))])
        found = [{**self.sizes[0], **dict(zip(symbols, every[k], strict=True))} for k in order]
        relations = size_relations(self.variables, self.assuming)
        return [s for s in found[:GRID_POINTS] if _allowed(relations, self.variables.sizes, s)]

    def small_sizes(self, names: Iterable[str]) -> list[Points]:
        """A point at each of many small sizes of these names, for what compares nothing but sizes."""
        key = " ".join(("sizes", *sorted(names)))
        if key not in self._batches:
            made = (self.points(sizes, self.seed, 1) for sizes in self.grid(names)[:SIZES_COMPARED])
            self._batches[key] = [p for p in made if p is not None]
        return self._batches[key]

    def points(self, sizes: Mapping[str, int], seed: int, count: int | None = None, spread: str = "both signs",
               attempts: int = ATTEMPTS) -> Points | None:
        """Points at given sizes; None where the constraints could not be met."""
        found = Batch(sizes, seed, count or self.count, self.setting, spread)
        if not self.setting.constraints:
            return Points(found)
        rows: list[Batch] = []
        solved = False
        for attempt in range(attempts):
            trial = Batch(sizes, seed + 7919 * attempt, count or self.count, self.setting, spread)
            try:
                near, kept = self.kept(trial)
            except SymderivError:
                return None
            rows.extend(kept)
            solved = solved or near
            if len(rows) >= trial.count or (not solved and attempt + 1 >= FUTILE):
                break
        if not rows:
            return None
        return Points(with_all(rows[:count or self.count], self.setting))

    def kept(self, trial: Batch) -> tuple[bool, list[Batch]]:
        """The points of a trial at which all constraints hold, after solving those that are equations; and whether any
        solves these."""
        zero = [c.expr for c in self.setting.constraints if c.kind == "zero"]
        trial.require(_variables([c.expr for c in self.setting.constraints]))
        drawn = {name: np.abs(value).reshape(trial.count, -1).max(axis=1) for name, value in trial.tensors.items()}
        if zero:
            self._meet(trial, zero, drawn)
        points = Points(trial)
        fine = self._away_from_zero(trial, drawn)
        solved = bool(fine.any())
        # Equations first: where none is solved nearby, it is no matter of chance.
        for constraint in sorted(self.setting.constraints, key=lambda c: c.kind != "zero"):
            value = points.value(constraint.expr).reshape(trial.count, -1)
            with np.errstate(all="ignore"):
                fine &= np.all(_TESTS[constraint.kind](value), axis=1)
            solved = bool(fine.any()) if constraint.kind == "zero" else solved
        return solved, [trial.only(int(k)) for k in np.nonzero(fine)[0]]

    def _meet(self, trial: Batch, zero: list[Expr], drawn: Mapping[str, Numbers]) -> None:
        """Move the points of a trial to where equations hold; the same trial of the same equations is moved once."""
        def move() -> Mapping[str, Numbers]:
            _set_numbers(trial, zero)
            _set_arrays(trial, zero)
            if trial.spread != "integers":
                _solve(trial, zero, self.setting, lambda: self._away_from_zero(trial, drawn))
            return trial.tensors

        trial.tensors = {name: value.copy() for name, value in _moved(_Start(trial, zero, self.setting, move)).items()}

    def _away_from_zero(self, trial: Batch, drawn: Mapping[str, Numbers]) -> Numbers:
        """The points whose quantities are positive where they have to be, and have not been driven to zero: that solves
        equations in a way that nobody means."""
        fine = np.ones(trial.count, bool)
        for name, value in trial.tensors.items():
            if "positive" in trial.held(name):
                fine &= value.reshape(trial.count, -1).min(axis=1) > 0
            if name not in self.setting.zero:
                fine &= np.abs(value).reshape(trial.count, -1).max(axis=1) > LEAST * drawn[name]
        return fine


_TESTS: dict[str, Callable[[Numbers], Numbers]] = {
    "zero": lambda v: np.abs(v) < HOLDS * 100,
    "positive": lambda v: v > 1e-3,
    "not negative": lambda v: v >= 0,
    "nonzero": lambda v: np.abs(v) > 1e-3,
}


def _variables(nodes: Iterable[Expr]) -> Variables:
    return Variables(list(nodes))


def with_all(rows: list[Batch], setting: Setting) -> Batch:
    """One batch from single points; those that differ in a label, or in the shape of an array, cannot stand together."""
    first = rows[0]
    alike = [r for r in rows if all(np.array_equal(r.labels[k], first.labels[k]) for k in first.labels) and all(
        r.tensors[name].shape[1:] == first.tensors[name].shape[1:] for name in first.tensors)]
    whole = Batch(first.sizes, first.seed, len(alike), setting, first.spread)
    whole.labels, whole.known = dict(first.labels), dict(first.known)
    whole.tensors = {name: np.concatenate([r.tensors[name] for r in alike]) for name in first.tensors}
    whole.scalars = {name: np.concatenate([r.scalars[name] for r in alike]) for name in first.scalars}
    return whole


class _Start:
    """How points are moved, until they are; equal to another where all that this reads is equal."""

    def __init__(self, batch: Batch, zero: list[Expr], setting: Setting, move: Callable[[], Mapping[str, Numbers]]) -> None:
        self.move: Callable[[], Mapping[str, Numbers]] | None = move
        arrays = [each for known in (batch.tensors, batch.labels, batch.scalars) for each in sorted(known.items())]
        entries = ((name, value.dtype.str, value.shape, value.tobytes()) for name, value in arrays)
        self.key = (*entries, *sorted(batch.sizes.items()), batch.seed, batch.spread, *zero,
                    frozenset(setting.choices), frozenset(setting.held.items()), setting.zero, setting.still)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Start) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@recounted(128)
def _moved(start: _Start) -> Mapping[str, Numbers]:
    """The arrays of points that have been moved: most readings of a text start from the same."""
    assert start.move is not None
    found = {name: value.copy() for name, value in start.move().items()}
    start.move = None  # the way there is not kept
    return found


def _set_numbers(batch: Batch, exprs: list[Expr]) -> None:
    """Give the quantities their values that are said to be numbers: x = -1.5 needs no solving, and is shown as it is."""
    for expr in exprs:
        number, rest = expr.as_coeff_Add()
        factor, tensor = rest.as_coeff_Mul()
        if number and isinstance(tensor, Tensor) and tensor.name in batch.tensors and not tensor.shape:
            batch.tensors[tensor.name][...] = float(-number / factor)


# Whether points are of a kind that no small step away from them is of.
_KEPT: dict[str, Callable[[Numbers], Numbers]] = {
    "orthogonal": lambda x: _near_zero(np.swapaxes(x, -1, -2) @ x - np.eye(x.shape[-1])),
    "positive_definite": lambda x: _near_zero(x - np.swapaxes(x, -1, -2)) & np.all(
        [np.linalg.det(x[..., :k, :k]).reshape(len(x), -1) > 0 for k in range(1, x.shape[-1] + 1)], axis=(0, 2)),
    "diagonal": lambda x: _near_zero(x * (1 - np.eye(x.shape[-1]))),
}


def _near_zero(values: Numbers) -> Numbers:
    largest: Numbers = np.abs(values).reshape(len(values), -1).max(axis=1)
    return largest < HOLDS


def _set_arrays(batch: Batch, exprs: list[Expr]) -> None:
    """Give arrays that are not moved the values that they are said to have, as in C = I, where these are of their kind."""
    for expr in exprs:
        terms = expr.args if RECORDS.add.of(expr) else ()
        for term in terms:
            negative = RECORDS.mul.of(term) and len(term.args) == 2 and term.args[0] == -1
            tensor = term.args[1] if negative else term
            kinds = tensor.properties & _KEPT.keys() if isinstance(tensor, Tensor) else ()
            if not kinds or sum(tensor.name in Variables([other]).tensors for other in terms) > 1:
                continue
            off = Points(batch).value(expr)
            value = batch.tensors[tensor.name] + (off if negative else -off)
            fine = np.all([_KEPT[kind](value) for kind in kinds], axis=0)
            batch.tensors[tensor.name][fine] = value[fine]


def _solve(batch: Batch, exprs: list[Expr], setting: Setting, meant: Callable[[], Numbers]) -> None:
    """Move the points of a batch to where the expressions are zero: Gauss-Newton steps of least norm, by dual numbers.

    A point that is not one of those ``meant`` any more is given up.
    """
    exprs = [_let_through(e) for e in exprs]
    variables = _variables(exprs)
    names = [n for n, x in sorted(variables.tensors.items()) if x.label_size is None and n not in setting.choices
             and n not in setting.still and not x.properties & {ONE_HOT, *_KEPT}]
    if names:
        read = {n: batch.tensors[n] for n in variables.tensors if n in batch.tensors}
        directions = {n: _directions(batch.held(n), read[n].shape[1:]) for n in names}
        waiting = np.arange(batch.count)
        for _ in range(NEWTON_STEPS):
            waiting = _step(batch, waiting, read, directions, exprs)
            waiting = waiting[meant()[waiting]]
            if not len(waiting):
                return


def _let_through(expr: Expr) -> Expr:
    """An expression in which nothing is held fixed: it vanishes at the same points, and its slopes lead there."""
    stops = {n: n.args[0] for n in expr.atoms(Apply, Function) if stop_gradient.applied(n)}
    return expr.xreplace(stops) if stops else expr


def _step(batch: Batch, waiting: Numbers, read: Mapping[str, Numbers], directions: Mapping[str, Numbers],
          exprs: list[Expr]) -> Numbers:
    """One step of the points that are waiting, all at once, along directions; those that need another one.

    Every point stands as often as there are entries to be moved, each time with the slope by another of them.
    """
    total, count = sum(map(len, directions.values())), len(waiting)
    spend(5 * count)
    trial = Batch(batch.sizes, batch.seed, total * count, batch.setting)
    trial.kind, trial.labels = "dual", batch.labels
    trial.scalars = {k: Dual(np.repeat(v[waiting], total), np.zeros(total * count)) for k, v in batch.scalars.items()}
    trial.tensors = {name: np.repeat(value[waiting], total, axis=0) for name, value in read.items()}
    start = 0
    for name, ways in directions.items():
        slopes = np.zeros((count, total, len(ways)))
        slopes[:, start:start + len(ways)] = ways
        trial.tensors[name] = Dual(trial.tensors[name], slopes.reshape(trial.tensors[name].shape))
        start += len(ways)
    evaluator = Evaluator(trial)
    residuals, matrices = [], []
    for expr in exprs:
        with np.errstate(all="ignore"):
            found = value_of(evaluator, expr)
        value = np.asarray(found.value if isinstance(found, Dual) else found)
        slope = np.asarray(found.slope if isinstance(found, Dual) else np.zeros_like(value))
        shape = np.broadcast_shapes(value.shape[1:], slope.shape[1:])
        value, slope = (np.broadcast_to(x, (total * count, *shape)).reshape(count, total, -1) for x in (value, slope))
        residuals.append(value[:, 0])
        matrices.append(np.swapaxes(slope, 1, 2))
    residual, matrix = np.concatenate(residuals, axis=1), np.concatenate(matrices, axis=1)
    again = []
    for place, number in enumerate(waiting):
        r, m = residual[place], matrix[place]
        if not (np.all(np.isfinite(r)) and np.all(np.isfinite(m))) or float(np.max(np.abs(r))) < 1e-13:
            continue
        step = np.linalg.lstsq(m, -r, rcond=1e-12)[0]
        start = 0
        for name, ways in directions.items():
            batch.tensors[name][number] += (step[start:start + len(ways)] @ ways).reshape(read[name].shape[1:])
            start += len(ways)
        again.append(number)
    return np.asarray(again, int)


def _directions(held: frozenset[str], shape: tuple[int, ...]) -> Numbers:
    """For every entry of an array, how all of them move with it so that a symmetric matrix stays one, and a sum is kept."""
    length = int(np.prod(shape))
    ways = np.eye(length).reshape(length, *shape)
    if "symmetric" in held:
        ways = (ways + np.swapaxes(ways, -1, -2)) / 2
    if "sums_to_one" in held:
        ways = ways - ways.mean(axis=-1, keepdims=True)
    return ways.reshape(length, length)
