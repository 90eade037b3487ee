"""Recurrences s_t = F(s_{t-1}, t): run exactly, solved where they are linear, claimed closed forms proved by induction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from sympy import Add, Expr, Mul, Rational, latex

from ..answers import Answer
from ..arrays.arrays import Array, Entry, Named, Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.sizes import same_size, show_shape
from ..arrays.strict import data_of, number_of, strict
from ..arrays.symbols import Index, Sum, open_letters
from ..arrays.walks import operators
from ..bounds import bounded, extent
from ..calculus.expand import defined_symbols
from ..errors import DeclarationError, EvaluationError, NoRule, ShapeError, SymderivError
from ..kept import makes
from ..late import np
from ..lowering.export import export
from ..lowering.program import Program
from ..numeric.check import CheckReport
from ..numeric.evaluate import Variables, evaluate_all
from ..numeric.sampling import over_letters, sample_at, smallest_sizes
from ..numeric.unify import concrete
from ..proof.equality import prove
from ..proof.parts import Finding, Part, ProofInParts, equality
from ..terms.affine import Affine, Idx, affine
from ..terms.letters import spare
from ..terms.nodes import ZERO, Node, ent, substitute
from .induction import ClaimedForm, axis_letters, entries, later, shift, split_rule, step_groups, through, with_entries
from .step_rows import replaced, replacements, rows_of, step_name

Exprs = tuple[Expr, ...]
STEPS = "the steps"


@dataclass(frozen=True, eq=False)
class StateRules(Answer):
    """States s_t = rule(s_{t-1}, t), one or several at once: see ``Recurrence``.

    states  tensors that stand for the state before the step;  rules  the state after it, an expression in these and t
    letter  the step t, counted from its lower end;  starts  the state before the first step
    rows    what stands for the row of the step in an array over the steps, and that row
    """

    states: tuple[Tensor, ...]
    rules: Exprs
    letter: Index
    starts: Exprs
    several: bool = False
    rows: Mapping[Expr, Expr] = field(default_factory=dict)

    @property
    def _extent(self) -> int:
        """How large a step is: it is differentiated by all that it reads, by the states once more at the next step."""
        read = set().union(*(rule.free_symbols for rule in self.rules))
        return extent(sum(map(operators, self.rules)), several=len(read) + len(self.states))

    def over_steps(self, expr: Expr) -> Expr:
        """An expression with the inputs of a step as rows of arrays over the steps."""
        return replaced(expr, self.rows)

    # ---------------------------------------------------------------- numbers

    @bounded
    @strict
    def run(self, steps: int, **values: Any) -> list[Any]:
        """The states after each of the first steps, exactly where the values are exact (integers, fractions).

        A value that steps use one after the other has the steps as its first axis.  Raises EvaluationError.
        """
        data = {name: exact(value) for name, value in values.items()}
        read = set().union(*(e.free_symbols for e in (*self.rules, *self.starts))) - set(self.states)
        missing = sorted(s.name for s in read if isinstance(s, Tensor) and s.name not in data)
        if missing:
            raise EvaluationError(f"no value is given for {', '.join(missing)}", hint=f"run({steps}, {missing[0]}=...)")
        current = [_start(start, state, data) for start, state in zip(self.starts, self.states, strict=True)]
        first = int(self.letter.lo)
        return [self._given(current := self._next(current, first + n, data)) for n in range(steps)]

    def _given(self, values: Sequence[Any]) -> Any:
        return tuple(values) if self.several else values[0]

    def _next(self, current: Sequence[Any], at: int, data: Mapping[str, Any]) -> list[Any]:
        """All states after one step, from those before it."""
        names = {state.name: value for state, value in zip(self.states, current, strict=True)}
        return evaluate_all(self.rules, {**data, **names, self.letter.name: at}, strict=False)

    # ---------------------------------------------------------------- closed forms

    @property
    @bounded
    def closed(self) -> Finding:
        """The closed form of a linear recurrence of one scalar, s_t = a s_{t-1} + b_t with a the same at every step:
        s_t = a^t s_0 + Σ_i a^(t-i) b_i, proved by induction.  Raises NoRule for other recurrences.
        """
        if self.several or self.states[0].shape:
            raise NoRule("a closed form is found for one scalar recurrence only", where=self,
                         hint="state it entry by entry, with a free index letter, or claim a form: .prove(...)")

        t, lo = self.letter, self.letter.lo
        factor, outside, rest = _linear_form(self.rules[0], self.states[0], t)
        i = _fresh_letter(t, (self.rules[0], self.starts[0]))
        summed = Sum(factor ** (t - i) * substituted(rest, {t: i}), (i, lo, t))
        return self.prove(factor ** (t - lo + 1) * self.starts[0] + outside * summed)

    @makes
    @bounded
    def prove(self, *claimed: object, seed: int = 0) -> Finding:
        """Decide whether the states are these expressions in t, at every step: by induction, or by numbers.

        A wrong claim is refuted with the smallest step found.  Raises ShapeError where the shapes differ.
        """
        forms = tuple(map(as_expr, claimed))
        if len(forms) != len(self.states):
            raise ShapeError(f"{len(forms)} forms are claimed for {len(self.states)} states", where=self)
        for form, state in zip(forms, self.states, strict=True):
            same_shape(form, state, f"the claimed {state}")
            if form.free_symbols & set(self.states):
                raise DeclarationError(f"the form {form} is written with the state", where=form,
                                       hint=f"write it in {self.letter} and what is given")
        proof = self._induction(forms)
        status = proof.status if proof is not None else "undecided"
        evidence, counterexample = f"induction on {self.letter}", None
        if status != "proved":
            counterexample, points = self._difference(forms, seed)
            status = "refuted" if counterexample else "supported" if points else "undecided"
            evidence = (f"differs at step {counterexample.step}" if counterexample else
                        f"the forms agree with {points} runs of the recurrence, step by step")
        text = ", ".join(f"{state}[{self.letter}] = {form}" for state, form in zip(self.states, forms, strict=True))
        sign = r"\ne" if status == "refuted" else "="
        formula = r",\quad ".join(f"{self._at(state)} {sign} {latex(form)}"
                                  for state, form in zip(self.states, forms, strict=True))
        empty = ProofInParts(text, ())
        return Solution(f"{status}: {text}", formula, proof or empty, status, evidence, counterexample,
                        lambda seed: self._report(forms, seed), recurrence=self, forms=forms)

    def _at(self, state: Tensor) -> str:
        """The state at a step, in LaTeX."""
        return str(latex(_stepped(state, str(self.letter))))

    def _induction(self, forms: Exprs) -> ProofInParts | None:
        program = Program()
        at = program.letter(self.letter)
        free = dict.fromkeys(i for e in (*self.rules, *forms, *self.starts) for i in open_letters(e) if i != self.letter)
        others = tuple(map(program.letter, free))
        taken = {i.name for i in (at, *others)}
        own = [axis_letters(state.shape, taken) for state in self.states]
        syms = frozenset(map(program.symbol, self.states))
        rules = [through(entries(rule, letters, program), syms) for rule, letters in zip(self.rules, own, strict=True)]
        claims = [ClaimedForm(state.name, at, others, letters, entries(form, letters, program))
                  for state, form, letters in zip(self.states, forms, own, strict=True)]
        starts = [_started(state, start, letters, program)
                  for state, start, letters in zip(self.states, self.starts, own, strict=True)]
        step = later(at)
        parts = []
        for heading, instant, known, used in (
                (f"Base, ${at.name} = {at.lo}$", at.lo, starts, others),
                (f"Step from ${at.name} - 1$ to ${at.name}$", affine(step),
                 [_hypothesis(c, affine(step) - 1) for c in claims], (step, *others))):
            for state, rule, claim, letters in zip(self.states, rules, claims, own, strict=True):
                left = shift(rule, at, instant)
                for sym, make in zip(map(program.symbol, self.states), known, strict=True):
                    left = with_entries(left, sym, make)
                if syms & defined_symbols(left):
                    return None  # the state is read as a whole matrix, by an inverse or determinant
                right = shift(claim.body, at, instant)
                proof = equality(f"{state}", left, right, (*used, *letters), program,
                                 step_groups(split_rule(at, claim.body)))
                if proof is None:
                    return None
                which = f" for ${latex(state)}$" if self.several else ""
                parts.append(Part(f"{heading}{which}.", proof, (left, right)))
        return ProofInParts("induction", tuple(parts), tuple(program.conditions),
                            rf"By induction the form holds for every ${at.name} \ge {at.lo}$.")

    # ---------------------------------------------------------------- checks

    def _report(self, forms: Exprs, seed: int) -> Any:
        found, points = self._difference(forms, seed)
        return CheckReport(found is None and points > 0, 1.0 if found else 0.0, (), points,
                           ("the recurrence run step by step",), str(found or ""))

    def _difference(self, forms: Exprs, seed: int) -> tuple[StepCounterexample | None, int]:
        """The first step at which a form differs from the recurrence run in numbers, and how many runs were made."""
        watched = [over_letters(e, open_letters(e))
                   for e in (*self.rules, *forms, *self.starts, Entry(_counter(self.letter), self.letter))]
        variables = Variables(watched)
        runs = 0
        chosen = [s for s in smallest_sizes(variables) if s][:40] or [{}]
        rng = np.random.default_rng(seed)
        for sizes, whole in [(sizes, True) for sizes in chosen[:4]] + [(sizes, False) for sizes in chosen[-8:]]:
            try:
                point = sample_at(watched, sizes, rng, variables, whole=whole)
                found = self._run_against(forms, point.everything, sizes)
            except SymderivError:
                continue
            runs += 1
            if found is not None:
                return found, runs
        return None, runs

    def _run_against(self, forms: Exprs, data: Mapping[str, Any], sizes: Mapping[str, int]) -> StepCounterexample | None:
        free = tuple(dict.fromkeys(i for e in (*self.rules, *forms) for i in open_letters(e) if i != self.letter))
        ends = [range(concrete(i.lo, sizes), concrete(i.hi, sizes) + 1) for i in free]
        given = {name: value for name, value in data.items() if name not in {STEPS, *(s.name for s in self.states)}}
        for values in product(*ends):
            here = {**given, **{i.name: v for i, v in zip(free, values, strict=True)}}
            current = [_start(start, state, here) for start, state in zip(self.starts, self.states, strict=True)]
            for at in range(int(self.letter.lo), concrete(self.letter.hi, sizes) + 1):
                current = self._next(current, at, here)
                wanted = evaluate_all(forms, {**here, self.letter.name: at}, strict=False)
                for state, one, other in zip(self.states, current, wanted, strict=True):
                    scale = max(1.0, float(np.max(np.abs(one))))
                    if not np.allclose(np.asarray(one, float), np.asarray(other, float), rtol=1e-9, atol=1e-9 * scale):
                        return StepCounterexample(at, state.name, here, one, other)
        return None

    @bounded
    def latex(self) -> str:
        """The recurrence as equations."""
        before: dict[Expr, Expr] = {state: _stepped(state, f"{self.letter}-1") for state in self.states}
        before |= replacements(self.rules, self.letter, rows_of(self.rules, self.letter, str(self.letter)))
        return r",\quad ".join(f"{self._at(state)} = {latex(replaced(rule, before))}"
                               for state, rule in zip(self.states, self.rules, strict=True))

    def __str__(self) -> str:
        return ", ".join(f"{state} <- {rule}" for state, rule in zip(self.states, self.rules, strict=True))

    def __repr__(self) -> str:
        return f"<Recurrence {self}>"


@dataclass(frozen=True, eq=False)
class Solution(Finding):
    """What became of claimed closed forms of a recurrence; ``forms`` are they."""

    recurrence: StateRules | None = None
    forms: Exprs = ()

    @property
    def form(self) -> Expr:
        """The form of the first state."""
        return self.forms[0]


@dataclass(frozen=True)
class StepCounterexample:
    """Where a claimed form differs from the recurrence: the step, the state, the data, and both values."""

    step: int
    state: str
    data: Mapping[str, Any]
    value: Any
    claimed: Any

    def __str__(self) -> str:
        shown = ", ".join(f"{k} = {np.asarray(v).tolist()}" for k, v in self.data.items())
        return f"at step {self.step}, for {shown}: {self.state} is {self.value}, the form gives {self.claimed}"


def _stepped(state: Tensor, step: str) -> Tensor:
    """The state at a step, as a tensor of its own."""
    return Tensor(step_name(state.name, step), state.shape)


def _hypothesis(claim: ClaimedForm, instant: Affine) -> Any:
    """Entries of the state before a step, by the claim at that step."""
    sym = claim.hypothesis()

    def make(idx: tuple[Affine, ...]) -> Node:
        return ent(sym, instant, *map(affine, claim.others), *idx)

    return make


def _started(state: Tensor, start: Expr, own: tuple[Idx, ...], program: Program) -> Any:
    """Entries of the state before the first step."""
    if start == 0:
        return lambda idx: ZERO
    if isinstance(start, Array) and start.shape:
        return lambda idx: program.read(start, idx)
    if not state.shape:
        return lambda idx: program.scalar(start)
    letters = tuple(Index(i.name, 1, size) for i, size in zip(own, state.shape, strict=True))
    spread = Named(f"{state.name}_start", letters, start)
    return lambda idx: program.read(spread, idx)


def _linear_form(rule: Expr, state: Tensor, t: Index) -> tuple[Expr, Expr, Expr]:
    """(a, c, b) with rule = a s + c b, where a and c depend neither on s nor on t.  Raises NoRule where there are none.

    The candidates are read off the terms of the rule; that they give the rule back is proved.
    """
    # Multiplied out only where the state stands, so that a factor before what changes stays one.
    terms = [part for term in Add.make_args(rule)
             for part in (Add.make_args(term.expand()) if state in term.free_symbols else (term,))]
    factor = Add(*(term for term in terms if state in term.free_symbols)).coeff(state, 1)
    added = Add(*(term for term in terms if state not in term.free_symbols))
    if state in factor.free_symbols or not prove(rule, factor * state + added).coincide:
        raise NoRule(f"the recurrence is not linear in {state}", where=rule, hint="claim a closed form: .prove(...)")
    if t in factor.free_symbols:
        raise NoRule(f"the factor {factor} of {state} changes from step to step", where=rule,
                     hint="claim a closed form: .prove(...)")
    constant = [f for f in Mul.make_args(added) if t not in f.free_symbols]
    changing = [f for f in Mul.make_args(added) if t in f.free_symbols]
    return factor, Mul(*constant), Mul(*changing)


def _counter(t: Index) -> Tensor:
    """Something with one entry a step, so that the number of steps is known wherever numbers are drawn."""
    return Tensor(STEPS, (t.hi,))


def _start(start: Expr, state: Tensor, data: Mapping[str, Any]) -> Any:
    """The start as an array of the state's shape."""
    value = exact(start) if start.is_Rational else evaluate_all([start], data, strict=False)[0]
    if shape_of(start) or not state.shape:
        return value
    symbols = {name for size in state.shape for name in map(str, size.free_symbols)}
    sizes = {name: int(data[name]) for name in symbols if name in data}
    if len(sizes) < len(symbols):
        raise EvaluationError(f"the start of {state} is a number, and the size of {state} is not known",
                              hint=f"give the sizes {', '.join(sorted(symbols))}, or a start with axes")
    return np.full([concrete(size, sizes) for size in state.shape], value)


def exact(value: Any) -> Any:
    """Integers, fractions and SymPy's rational numbers as Fractions; anything else stays as it is."""
    array = data_of(value, "a value")
    if array.dtype.kind not in "iuO" or any(isinstance(v, float) for v in array.flat):
        return value
    rational = [Fraction(int(r.p), int(r.q)) if isinstance(r := number_of(v) or v, Rational) else v for v in array.flat]
    return np.array(rational, dtype=object).reshape(array.shape) if array.ndim else rational[0]


def _fresh_letter(t: Index, exprs: Sequence[Expr]) -> Index:
    taken = {str(s) for e in exprs for s in e.free_symbols} | {str(t.hi), str(t)}
    return Index(next(spare("ijklpqrsuv", taken)), t.lo, t.hi)


def substituted(expr: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """Free letters of a scalar replaced, by the engine, which looks into the parameters of operators as well."""

    program = Program()
    env = {program.letter(old): program.position(new) for old, new in mapping.items() if isinstance(old, Index)}
    return export(substitute(program.scalar(expr), env)) if expr.free_symbols & set(mapping) else expr


def same_shape(expr: Expr, state: Tensor, what: str) -> None:
    a, b = shape_of(expr), state.shape
    if len(a) != len(b) or not all(map(same_size, a, b)):
        raise ShapeError(f"{what} has shape {show_shape(a)}, the state {show_shape(b)}", where=expr)
