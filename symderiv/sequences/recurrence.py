"""Recurrences as they are declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ..arrays.arrays import SQUARE, Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.symbols import Index, Label
from ..bounds import bounded
from ..errors import DeclarationError
from ..kept import makes
from .backward import Backward, backward
from .state_rules import StateRules, same_shape
from .step_rows import replaced


@dataclass(frozen=True, eq=False, repr=False)
class Recurrence(StateRules):
    """A recurrence: run, solved, proved and differentiated."""

    @bounded
    def backward(self, loss: object, *, at: str = "every") -> Backward:
        """Backpropagation through time: the gradients of Σ_t loss(s_t), or with at="last" of loss(s_T)."""
        return backward(self, loss, at)


@makes
@bounded
def recurrence(state: object, rule: object, t: object, *, start: object = 0, inputs: object = ()) -> Recurrence:
    """The recurrence s_t = rule(s_{t-1}, t).

    ``state`` is a tensor that stands for s_{t-1}, or a tuple of them with a tuple of rules; ``t`` an index letter;
    ``start`` the state before the first step.  What changes from step to step has the steps as its first axis, g[t]; or
    it is a tensor or label among ``inputs``, which stands for its row at the step.

    >>> import symderiv as sd
    >>> T = sd.dims("T")
    >>> t = sd.indices("t", T)
    >>> v, g, beta = sd.tensor("v"), sd.tensor("g", T), sd.tensor("beta", positive=True)
    >>> print(sd.recurrence(v, beta*v + (1 - beta)*g[t], t).closed)
    proved: v[t] = (1 - beta)*Sum(beta**(t - i)*g[i], (i, 1, t))

    Raises DeclarationError and ShapeError.  Source: Goodfellow, Bengio and Courville (2016), section 10.1.
    """
    several = isinstance(state, tuple | list)
    states: tuple[Any, ...] = tuple(state) if isinstance(state, tuple | list) else (state,)
    given: tuple[Any, ...] = tuple(rule) if isinstance(rule, tuple | list) else (rule,)
    begun: tuple[Any, ...] = tuple(start) if isinstance(start, tuple | list) else (start,) * len(states)
    if not isinstance(t, Index):
        raise DeclarationError(f"{t!r} is not an index letter", hint='declare the step: t = sd.indices("t", T)')
    if not len(states) == len(given) == len(begun):
        raise DeclarationError(f"{len(states)} states, {len(given)} rules and {len(begun)} starts",
                               hint="give one of each for every state")
    for each in states:
        if not isinstance(each, Tensor) or each.label_size is not None:
            raise DeclarationError(f"{each} is not a tensor", hint='the state before the step: h = sd.tensor("h", n)')
    rows = {each: _row(each, t) for each in (inputs if isinstance(inputs, tuple | list) else (inputs,))}
    rules, starts = tuple(replaced(as_expr(e), rows) for e in given), tuple(map(as_expr, begun))
    for one, expr, first in zip(states, rules, starts, strict=True):
        same_shape(expr, one, f"the next {one}")
        if shape_of(first):
            same_shape(first, one, f"the start of {one}")
        if first.free_symbols & {t, *states}:
            raise DeclarationError(f"the start {first} depends on the step or the state", where=first,
                                   hint="name the start by another tensor")
    return Recurrence(states, rules, t, starts, several, rows)


def _row(given: Any, t: Index) -> Expr:
    """The row at the step t of the array over the steps that an input is a row of."""
    if isinstance(given, Label):
        return Tensor(given.name, (t.hi,), label_size=given.size)[t]
    if not isinstance(given, Tensor):
        raise DeclarationError(f"{given!r} is not an input", hint='an input of a step: x = sd.tensor("x", d)')
    return Tensor(given.name, (t.hi, *given.shape), given.properties - SQUARE, given.label_size)[t]
