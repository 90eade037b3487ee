"""Backpropagation through time: a backward recurrence for the cotangents of the states, for any number of steps.

For h_t = f(h_{t-1}, x_t; W) and L = Σ_t l(h_t), let δ_t be the gradient of L with respect to h_t, all of its influence
counted.  Nothing after T reads h_T, so δ_T is the gradient of l there; before, h_t is read by l and by the next step:
δ_t = ∂l/∂h_t + (∂f/∂h)ᵀ δ_{t+1}.  That is the chain rule with δ_{t+1} given, which is what the engine's vector-Jacobian
products prove; the parameters collect (∂f/∂W)ᵀ δ_t over the steps.
Source: Werbos, Backpropagation through time (1990); Goodfellow, Bengio and Courville, Deep Learning (2016), 10.2.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sympy import Add, Expr, latex

from ..arrays.arrays import Named, Tensor, as_expr, subexpressions, written_operators
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import show_shape
from ..arrays.symbols import Index
from ..bounds import bounded
from ..differentiation.engine import Derivation, derive
from ..errors import DeclarationError, ShapeError
from ..kept import makes
from ..lowering.program import renamed_operator
from ..matrixform.naming import name_jointly
from ..proof.parts import Part, ProofInParts
from ..proof.steps import Proof
from .instants import Found, Instant, added, cotangent_name, instant, local_loss, tensors_read
from .loop import Backward, check_backward
from .state_rules import StateRules
from .step_rows import rows_of, step_name


@makes
def backward(rec: StateRules, loss: object, at: str = "every") -> Backward:
    """The backward recurrence of Σ_t loss(s_t), or of loss(s_T) with at="last".

    ``loss`` is a scalar in the states of the recurrence, which stand for those after the step, and may read targets
    y[t].  Raises DeclarationError and ShapeError.
    """
    if at not in ("every", "last"):
        raise DeclarationError(f"a loss at {at!r}", hint='at="every" step, or at the "last"')
    if rec.letter.lo != 1:
        raise DeclarationError(f"the steps start at {rec.letter.lo}", hint="backpropagation counts them from 1")
    cost = rec.over_steps(as_expr(loss))
    if shape_of(cost):
        raise ShapeError(f"the loss has shape {show_shape(shape_of(cost))}, but must be a scalar", where=cost)
    if not cost.free_symbols & set(rec.states):
        raise DeclarationError(f"the loss does not read {', '.join(map(str, rec.states))}", where=cost,
                               hint="write it with the states of the recurrence")
    for start in rec.starts:
        if not (isinstance(start, Tensor) or start.is_number) or any(start in rule.free_symbols for rule in rec.rules):
            raise DeclarationError(f"the start {start} is not a tensor of its own", where=start,
                                   hint="name the start by a tensor, and derive it by what it depends on")
    t = str(rec.letter)
    _refuse_names_of_steps(rec, cost)
    this, following = instant(rec, t, f"{t}-1"), instant(rec, f"{t}+1", t)
    when = t if at == "every" else str(rec.letter.hi)
    here = local_loss(rec, cost, when)
    after = [Tensor(step_name(state.name, when), state.shape) for state in rec.states]
    tensors = tensors_read(rec, cost)
    of_loss = rows_of((cost,), rec.letter, when)
    carried = tuple(following.pull(*following.before))
    pulled = this.pull(*this.after, *(this.rows.get(tensor, tensor) for tensor in tensors))
    within, collected = tuple(pulled[:len(after)]), dict(zip(tensors, pulled[len(after):], strict=True))
    read = [v for v in (*after, *(of_loss.get(tensor, tensor) for tensor in tensors)) if v in here.free_symbols]
    by_loss = dict(zip(read, derive(here, tuple(read)), strict=True))
    local = tuple(by_loss.get(s) for s in after)
    direct = {tensor: by_loss.get(of_loss.get(tensor, tensor)) for tensor in tensors}
    made: list[Backward] = []

    def check(seed: int) -> Any:
        return check_backward(made[0], seed)

    proof = _proof(rec, when, (*local, *direct.values()), carried, pulled)
    statement = [*_forward(this), *_written(rec, _equations(rec, local, within, carried, collected, direct, at), this, at)]
    made.append(Backward("\n".join(e.text() for e in statement),
                         r"\begin{align*}" + r" \\ ".join(e.latex() for e in statement) + r"\end{align*}", proof,
                         "", "every step proved by the chain rule, the whole by induction from the last step",
                         None, check, recurrence=rec, loss=cost, at=at, carried=carried, within=within,
                         local=local, collected=collected, direct=direct))
    return made[0]


def _refuse_names_of_steps(rec: StateRules, cost: Expr) -> None:
    """No tensor may have a name that something gets at one step."""
    t = str(rec.letter)
    steps = (f"{t}-1", t, f"{t}+1")
    sources = [*rec.states, *(s for s in rows_of((*rec.rules, cost), rec.letter, t) if isinstance(s, Tensor))]
    made_up = {step_name(s.name, step) for s in sources for step in steps}
    made_up |= {cotangent_name(rec, s, step) for s in rec.states for step in steps}
    for tensor in tensors_read(rec, cost):
        if tensor.name in made_up:
            raise DeclarationError(f"the name {tensor.name} stands for something at one step", where=tensor,
                                   hint="give the tensor another name")


# ------------------------------------------------------------------ proof and statement

def _proof(rec: StateRules, when: str, of_loss: Found, carried: Found, pulled: Found) -> ProofInParts:
    t, T = latex(rec.letter), latex(rec.letter.hi)
    where = f"at the last step, the base ${t} = {T}$" if when != str(rec.letter) else (
        f"at step ${t}$; for ${t} = {T}$ the base")
    headings = (f"The gradients of the loss {where}.",
                f"From ${t} + 1$ to ${t}$, the gradients at ${t} + 1$ being given.",
                f"What step ${t}$ passes on within itself, to parameters and to inputs.")
    names = frozenset(f"{name}_{t}" for name in ("delta", *map(str, rec.states)))
    parts = tuple(Part(heading, proof) for heading, found in zip(headings, (of_loss, carried, pulled), strict=True)
                  if (proof := _together([d for d in found if d is not None], names)) is not None)
    conditions = tuple(dict.fromkeys(c for part in parts for c in part.proof.conditions))
    closing = (rf"Each $\delta_{{{t}}}$ follows from $\delta_{{{t}+1}}$, down from ${t} = {T}$; a tensor that every step "
               rf"reads collects the gradients of all its uses.")
    if any(pulled[:len(rec.states)]):
        closing += (rf" Within a step, a state that another one reads counts as given: its $\delta_{{{t}}}$ has all of its "
                    "influence.")
    return ProofInParts("backpropagation through time", parts, conditions, closing)


def _together(found: Sequence[Derivation], taken: frozenset[str]) -> Proof | None:
    """The derivations of one reverse pass as one proof: what they have in common stands once, no name is ``taken``."""
    proofs = [d.proof for d in found]
    if not proofs:
        return None
    return replace(proofs[-1], taken=taken, accumulations=tuple(dict.fromkeys(a for p in proofs for a in p.accumulations)),
                   closings=tuple(dict.fromkeys(c for p in proofs for c in p.closings)),
                   claims=tuple(dict.fromkeys(c for p in proofs for c in p.claims)))


@dataclass(frozen=True)
class Equation:
    """One line of the statement: a name, or the derivative by it, and its value; summed over steps where that is said.

    ``step`` is the one at which a value is that is one step's.
    """

    name: str
    value: Any
    derivative: bool = False
    summed: Index | None = None
    beside: Any = None
    step: str = ""

    @bounded
    def text(self) -> str:
        """In plain text."""
        right = str(self.value)
        if self.summed is not None:
            right = f"Sum({right}, ({self.summed}, 1, {self.summed.hi}))"
        return f"{'dL/d' if self.derivative else ''}{self.name} = {right}" + (
            "" if self.beside is None else f" + {self.beside}")

    @bounded
    def latex(self) -> str:
        """In LaTeX, aligned at the equals sign."""
        left, right = str(latex(Tensor(self.name, ()))), str(latex(self.value))
        if self.derivative:
            left = rf"\frac{{\partial L}}{{\partial {left}}}"
        if self.summed is not None:
            if isinstance(self.value, Add) or RECORDS.add.of(self.value):
                right = rf"\left({right}\right)"
            right = rf"\sum_{{{latex(self.summed)}=1}}^{{{latex(self.summed.hi)}}} {right}"
        return f"{left} &= {right}" + ("" if self.beside is None else f" + {latex(self.beside)}")


def _forward(this: Instant) -> list[Equation]:
    """The definitions of the step, each after what it reads."""
    found: dict[str, Named] = {}
    for k in this.order:
        found.update((n.name, n) for n in _names_in(this.cells[k]))
    return [Equation(name, renamed_operator(n) or n.body) for name, n in found.items()]


def _equations(rec: StateRules, local: Found, within: Found, carried: Found, collected: Mapping[Tensor, Derivation | None],
               direct: Mapping[Tensor, Derivation | None], at: str) -> list[Equation]:
    """The backward recurrence, its end, and the gradients that it gives."""
    t, end = rec.letter, str(rec.letter.hi)
    lines = []
    for state, one, same, other in zip(rec.states, local, within, carried, strict=True):
        lines.append(Equation(cotangent_name(rec, state, str(t)), _added(None if at == "last" else one, same, other),
                              step=f"{t}+1"))
        if at == "last":
            lines.append(Equation(cotangent_name(rec, state, end), _added(one, _within_last(rec, state))))
        else:
            lines.append(Equation(cotangent_name(rec, state, f"{end}+1"), 0))
    for tensor in collected:
        one, other = collected[tensor], direct[tensor]
        over_steps = any(d is not None and d.wrt != tensor for d in (one, other))
        if tensor in rec.starts:
            lines.append(Equation(tensor.name, started(rec, tensor), True, step="1"))
        elif over_steps:
            merged = at == "every" or one is None or other is None
            for d in [(one, other)] if merged else [(one, None), (None, other)]:
                given = next(x for x in d if x is not None)
                lines.append(Equation(str(given.wrt), _added(*d), True, step=str(t) if merged or one in d else ""))
        elif at == "every":
            lines.append(Equation(tensor.name, _added(other, one), True, t, step=str(t)))
        elif one is None:
            lines.append(Equation(tensor.name, _added(other), True))
        else:
            lines.append(Equation(tensor.name, _added(one), True, t, None if other is None else other.spelled, str(t)))
    return lines


LONG, SAVED = 60, 1.4
"""Operators from which on a statement is long, and how many times shorter it must be with names for what its lines share."""


def _written(rec: StateRules, lines: list[Equation], this: Instant, at: str) -> list[Equation]:
    """A statement, and where it is long, with names for what the lines of one step share.

    What one state hands on to the one before it then is said at its own step, beside the gradients that share it.
    """
    long = _length(lines)
    if long < LONG:
        return lines
    found = lines
    if at == "last" and len(rec.states) == 1:
        t = str(rec.letter)
        before = {cotangent_name(rec, rec.states[0], t): Equation(
            cotangent_name(rec, rec.states[0], f"{t}-1"), _added(*this.pull(*this.before)), step=t)}
        begins = Tensor(cotangent_name(rec, rec.states[0], "0"), rec.states[0].shape)
        found = [replace(line, value=begins) if line.step == "1" else before.get(line.name, line) for line in lines]
    named = _with_names(found, this)
    return named if SAVED * _length(named) < long else lines


def _length(lines: list[Equation]) -> int:
    """The operators of a statement, each as often as it is written."""
    return sum(written_operators(line.value) for line in lines)


def _with_names(lines: list[Equation], this: Instant) -> list[Equation]:
    """Names for what the lines of one step share, each explained before it is read."""
    forward = set(subexpressions(*this.cells))
    read = [*(s for line in lines for s in getattr(line.value, "free_symbols", ())), *(
        n.name for line in lines for n in _names_in(line.value)), *(n.name for n in _names_in(*this.cells)), "delta"]
    taken = {str(name).partition("_")[0] for name in read}
    for step in dict.fromkeys(line.step for line in lines if line.step):
        own = [line for line in lines if line.step == step]
        values = name_jointly([line.value for line in own], taken, forward, partial(step_name, step=step))
        known = _names_in(*(line.value for line in own))
        parts = [Equation(n.name, renamed_operator(n) or n.body) for n in _names_in(*values) if n not in known]
        taken |= {part.name.partition("^")[0].removesuffix(f"_{step}") for part in parts}
        named = {line: replace(line, value=value) for line, value in zip(own, values, strict=True)}
        first = lines.index(own[0])
        lines = [*lines[:first], *parts, *(named.get(line, line) for line in lines[first:])]
    return lines


def _names_in(*values: Any) -> list[Named]:
    """The definitions that values read, each after those that it reads."""
    inner = [n for n in subexpressions(*(v for v in values if isinstance(v, Expr))) if isinstance(n, Named)]
    depth = {n: sum(isinstance(m, Named) for m in subexpressions(n)) for n in inner}
    return sorted(inner, key=lambda n: (depth[n], n.name))


def _within_last(rec: StateRules, state: Tensor) -> Derivation | None:
    """What reaches a state from the others within the last step."""
    last = instant(rec, str(rec.letter.hi), f"{rec.letter.hi}-1")
    return last.pull(last.after[rec.states.index(state)])[0]


def _added(*found: Derivation | None) -> Any:
    """The closed forms added up; 0 for none."""
    return added([d.spelled for d in found if d is not None] or [0])


def started(rec: StateRules, start: Tensor) -> Any:
    """The gradient of the start: what the first step carries back to the state before it."""
    first = instant(rec, "1", "0")
    return _added(*first.pull(*(old for old, given in zip(first.before, rec.starts, strict=True) if given == start)))


__all__ = ["Backward"]
