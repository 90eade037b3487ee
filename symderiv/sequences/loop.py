"""Backpropagation through time in numbers: one loop forward, one backward; and its check against unrolled networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer

from ..arrays.arrays import Entry, Tensor
from ..arrays.registry import RECORDS
from ..bounds import bounded
from ..differentiation.engine import Derivation
from ..errors import EvaluationError
from ..functions.unknown import applications, derives_from, word_of
from ..late import np
from ..numeric.check import CENTRAL_TOLERANCE, TOLERANCE, CheckReport
from ..numeric.compiled import compile_together
from ..numeric.evaluate import Variables, evaluate_all
from ..numeric.numerical_derivatives import jacobians
from ..numeric.sampling import sample
from ..numeric.unify import concrete, unify
from ..proof.parts import Finding
from .instants import instant, local_loss, tensors_read
from .loop_source import source_of
from .state_rules import StateRules
from .step_rows import replaced, rows_of, step_name

LENGTHS = (1, 2, 3)
# How many steps the slower second method sees.
SECOND_OPINION = 3
# Up to so many entries of all gradients each is compared; beyond, of several steps, so many random combinations of them.
ENTRIES_ONE_BY_ONE, WAYS = 400, 3


class NumericExpressions:
    """Expressions in numbers: compiled together, or evaluated where nothing is said of a function that they apply."""

    def __init__(self, exprs: Sequence[Expr]) -> None:
        self.exprs = exprs
        self.words = set(map(word_of, applications(*exprs)))
        self.function = compile_together(exprs) if exprs else None

    def __call__(self, data: Mapping[str, Any]) -> Sequence[Any]:
        """The values at named arrays."""
        if self.function is None:
            return ()
        if not self.words <= data.keys():
            return evaluate_all(list(self.exprs), data, strict=False)
        found: tuple[Any, ...] = self.function(**{name: data[name] for name in self.function.names if name in data})
        return found


class Loop:
    """The compiled recurrence, forward and backward."""

    def __init__(self, result: Backward) -> None:
        rec, loss = result.recurrence, result.loss
        assert rec is not None and loss is not None
        t = str(rec.letter)
        self.rec, self.last, self.letter = rec, result.at == "last", rec.letter
        self.this, self.next = instant(rec, t, f"{t}-1"), instant(rec, f"{t}+1", t)
        when = t if result.at == "every" else str(rec.letter.hi)
        local = local_loss(rec, loss, when)
        self.when = when
        self.tensors = tensors_read(rec, loss)
        self.declared = Variables([*rec.rules, *rec.starts, loss, Entry(Tensor("steps", (rec.letter.hi,)), rec.letter)])
        self.functions = tuple(applications(*rec.rules, *rec.starts, loss))
        self.rows = {s for s in rows_of((*rec.rules, loss), self.letter, t) if isinstance(s, Tensor)}
        self.order = self.this.order
        self.forward = [NumericExpressions([cell]) for cell in self.this.cells]
        self.within = [None if d is None else NumericExpressions([d.spelled]) for d in result.within]
        # The loss and its gradients, and what a step passes on and collects, each by one function: what these share is
        # computed once.
        self.local = {k: d.spelled for k, d in enumerate(result.local) if d is not None}
        self.direct = {tensor: d.spelled for tensor, d in result.direct.items() if d is not None}
        self.loss = NumericExpressions([local, *self.local.values(), *self.direct.values()])
        self.carried = {k: self._now(d.spelled) for k, d in enumerate(result.carried) if d is not None}
        self.collected = {tensor: d.spelled for tensor, d in result.collected.items() if d is not None}
        self.back = NumericExpressions([*self.carried.values(), *self.collected.values()])

    def __call__(self, /, **arrays: Any) -> dict[str, Any]:
        functions = {name: value for name, value in arrays.items() if derives_from(name, self.functions)}
        words = set().union(*(piece.words for piece in self.pieces))
        if missing := words - functions.keys():
            raise EvaluationError(f"nothing says what the function {min(missing)} is",
                                  hint=f"give a function of arrays, such as {min(missing)}=np.tanh")
        return self.run({name: value for name, value in arrays.items() if name not in functions}, functions)

    def _now(self, expr: Expr) -> Any:
        """What is said of the step after this one, said of this one."""
        pairs = (*zip(self.next.before, self.this.before, strict=True), *zip(self.next.after, self.this.after, strict=True),
                 *zip(self.next.upstream, self.this.upstream, strict=True),
                 *((row, self.this.rows[source]) for source, row in self.next.rows.items()))
        return replaced(expr, dict(pairs))

    @property
    def pieces(self) -> list[NumericExpressions]:
        """Everything that is computed."""
        return [piece for piece in (*self.forward, self.loss, *self.within, self.back) if piece is not None]

    def run(self, arrays: Mapping[str, Any], functions: Mapping[str, Any]) -> dict[str, Any]:
        """The loss and all gradients; what is not said of a function is made up, alike everywhere."""
        given = {name: np.asarray(value) for name, value in arrays.items()}
        steps, sizes = self._steps(given)
        t = str(self.letter)
        own = self.declared.tensors
        shared: dict[str, Any] = {n: v for n, v in given.items() if n in own and own[n] not in self.rows}
        shared |= {**sizes, **functions}
        states = self._starts(given, sizes)
        trace, value, at_loss = [states], 0.0, []
        for k in range(steps):
            now = {**shared, **self._at(given, k, t), **self._named(states, f"{t}-1")}
            for place in self.order:
                now[self.this.after[place].name] = self.forward[place](now)[0]
            states = [now[after.name] for after in self.this.after]
            trace.append(states)
            if not self.last or k == steps - 1:
                own, *slopes = self.loss({**shared, **self._at(given, k, self.when), **self._named(states, self.when)})
                value = value + own
                at_loss.append(slopes)
        gradients: dict[str, Any] = {tensor.name: np.zeros_like(given[tensor.name], dtype=float) for tensor in self.tensors}
        deltas = [np.zeros_like(s, dtype=float) for s in states]

        def collect(tensors: Iterable[Tensor], found: Sequence[Any], k: int) -> None:
            for tensor, slope in zip(tensors, found, strict=True):
                place = gradients[tensor.name][k:k + 1] if tensor in self.rows else gradients[tensor.name]
                place += slope

        for k in reversed(range(steps)):
            if not self.last or k == steps - 1:
                slopes = at_loss.pop()
                for place, slope in zip(self.local, slopes, strict=False):
                    deltas[place] = deltas[place] + slope
                collect(self.direct, slopes[len(self.local):], k)
            now = {**shared, **self._at(given, k, t), **self._named(trace[k], f"{t}-1"), **self._named(trace[k + 1], t)}
            for place in reversed(self.order):
                reaching = self.within[place]
                if reaching is not None:
                    deltas[place] = deltas[place] + reaching(now)[0]
                now[self.this.upstream[place].name] = deltas[place]
            found = self.back(now)
            collect(self.collected, found[len(self.carried):], k)
            passed = dict(zip(self.carried, found, strict=False))
            deltas = [np.asarray(passed[place]) if place in passed else np.zeros_like(state, dtype=float)
                      for place, state in enumerate(trace[k])]
        for start, delta in zip(self.rec.starts, deltas, strict=True):
            if isinstance(start, Tensor):
                gradients[start.name] = gradients[start.name] + delta
        return {"loss": value, **gradients}

    def _at(self, given: Mapping[str, Any], k: int, step: str) -> dict[str, Any]:
        return {step_name(s.name, step): given[s.name][k] for s in self.rows}

    def _named(self, states: list[Any], step: str) -> dict[str, Any]:
        return {step_name(s.name, step): v for s, v in zip(self.rec.states, states, strict=True)}

    def _steps(self, given: Mapping[str, Any]) -> tuple[int, dict[str, int]]:
        wanted = {n for n, s in self.declared.tensors.items() if s not in self.rec.states and n != "steps"}
        missing, unknown = wanted - given.keys(), given.keys() - wanted - self.declared.sizes.keys()
        if missing or unknown:
            raise EvaluationError(f"missing {', '.join(sorted(missing))}" if missing else
                                  f"{', '.join(sorted(unknown))} is not read", hint="give " + ", ".join(sorted(wanted)))
        numbers = {n: int(v) for n, v in given.items() if n in self.declared.sizes}
        sizes = unify([(n, self.declared.tensors[n].shape, given[n].shape) for n in sorted(wanted)], numbers)
        return concrete(self.letter.hi, sizes), sizes

    def _starts(self, given: Mapping[str, Any], sizes: Mapping[str, int]) -> list[Any]:
        return [np.asarray(given[start.name], dtype=float) if isinstance(start, Tensor) else
                np.full([concrete(size, sizes) for size in state.shape], float(start))
                for start, state in zip(self.rec.starts, self.rec.states, strict=True)]


@dataclass(frozen=True, eq=False)
class Backward(Finding):
    """The gradients of a loss over a recurrence, in closed form at a step.

    carried     for every state, how δ_{t+1} reaches δ_t: a Derivation at the step t + 1, or None
    within      for every state, how the gradients of other states reach it that read it within the step, or None
    local       for every state, the gradient of the loss at its step (t, or T for the loss of the last state), or None
    collected   for every other tensor, what the step t adds to its gradient, or None
    direct      for every other tensor, what it gets from the loss at its step, or None
    """

    recurrence: StateRules | None = None
    loss: Expr | None = None
    at: str = "every"
    carried: tuple[Derivation | None, ...] = ()
    within: tuple[Derivation | None, ...] = ()
    local: tuple[Derivation | None, ...] = ()
    collected: Mapping[Tensor, Derivation | None] = field(default_factory=dict)
    direct: Mapping[Tensor, Derivation | None] = field(default_factory=dict)

    @property
    def _extent(self) -> int:
        """As large as the steps that it goes back through."""
        return self.recurrence._extent if self.recurrence is not None else 0

    @bounded
    def source(self) -> str:
        """The code behind ``numpy()``: one function for each part of a step, and the loops that call them."""
        return source_of(Loop(self))

    @bounded
    def numpy(self) -> Callable[..., dict[str, Any]]:
        """A function of keyword arrays: the loss and all gradients, by name, by one loop forward and one backward."""
        return compiled(self)


def compiled(result: Backward) -> Callable[..., dict[str, Any]]:
    """The gradients as a function of keyword arrays; labels count from 0."""
    return Loop(result)


def unrolled(rec: StateRules, loss: Expr, steps: int, last: bool) -> Expr:
    """The loss of a given number of steps, written out."""
    t = str(rec.letter)
    one = instant(rec, t, f"{t}-1")
    here = local_loss(rec, loss, t)
    sources = rows_of((*rec.rules, loss), rec.letter, t)
    states: list[Any] = [start if isinstance(start, Tensor) or not state.shape else
                         RECORDS.mul(start, RECORDS.ones(shape=state.shape))
                         for start, state in zip(rec.starts, rec.states, strict=True)]
    total: Any = Integer(0)
    for k in range(1, steps + 1):
        known: dict[Expr, Any] = {row: source[k] for source, row in sources.items()}
        known |= dict(zip(one.before, states, strict=True))
        for place in one.order:
            known[one.after[place]] = replaced(one.cells[place], known)
        states = [known[after] for after in one.after]
        if not last or k == steps:
            total = total + replaced(here, known)
    return total


def check_backward(result: Backward, seed: int) -> CheckReport:
    """The gradients of the loop against dual numbers and central differences of networks unrolled for 1 to 3 steps.

    Where there are many entries, those of several steps are compared along random ways instead of one by one.
    """
    rec, loss = result.recurrence, result.loss
    assert rec is not None and loss is not None
    loop = Loop(result)
    worst, where, tried, ways = 0.0, "", [], False
    for steps in LENGTHS:
        whole = unrolled(rec, loss, steps, result.at == "last")
        tensors = [s for s in Variables([*rec.rules, *rec.starts, loss]).tensors.values() if s not in rec.states]
        length = {str(rec.letter.hi): steps}
        point = sample([whole, *tensors], seed * 1009 + steps, length if any(
            rec.letter.hi in size.free_symbols for t in tensors for size in t.shape) else None)
        found = loop.run({**{t.name: point.arrays[t.name] for t in tensors}, **point.sizes, **length}, {})
        tried.append(point.sizes)
        wanted = tensors_read(rec, loss)
        many = sum(found[tensor.name].size for tensor in wanted) > ENTRIES_ONE_BY_ONE
        # Where the longest are compared along ways, the slower method sees the shortest.
        second = steps == (SECOND_OPINION if not many else LENGTHS[0])
        ways = ways or (many and not second)
        for tensor, method, gap in _gaps(whole, wanted, point.everything, found, (many and not second, second, seed)):
            worst = max(worst, gap) if method == "dual" else worst
            if not gap <= (TOLERANCE if method == "dual" else CENTRAL_TOLERANCE):
                where = f"the gradient of {tensor} over {steps} steps, {method}"
    words = "dual numbers and central differences, unrolled" + ", over several steps along random ways" * ways
    return CheckReport(not where, worst, tuple(tried), len(tried), (words,), where)


def _gaps(whole: Expr, wanted: list[Tensor], data: Mapping[str, Any], found: Mapping[str, Any],
          how: tuple[bool, bool, int]) -> Iterator[tuple[Tensor, str, float]]:
    """How far gradients are from numerical ones: relative to the largest entry, or where that is larger, to 1."""
    along, second, seed = how
    if along:
        rng = np.random.default_rng(seed)
        for _ in range(WAYS):
            ways = [rng.uniform(-1, 1, found[tensor.name].shape) for tensor in wanted]
            for tensor, way, slope in zip(wanted, ways, jacobians(whole, wanted, data, ways), strict=True):
                yield tensor, "dual", _gap(slope, np.sum(found[tensor.name] * way))
        return
    for method in ("dual", "central")[:1 + second]:
        for tensor, slope in zip(wanted, jacobians(whole, wanted, data, method=method), strict=True):
            yield tensor, method, _gap(slope, found[tensor.name])


def _gap(truth: Any, found: Any) -> float:
    largest = max(1.0, float(np.max(np.abs(truth), initial=0.0)))
    return float(np.max(np.abs(truth - found), initial=0.0)) / largest
