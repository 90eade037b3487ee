"""One step of recurrent networks, and their unrolling over time.

Each gate has a matrix W of the input, a matrix U of the state and a bias b, given as (W, U, b) or, without bias, (W, U).

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), eq. 10.8 and 10.9; Hochreiter and Schmidhuber, Long
Short-Term Memory (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000); Cho et al., Learning Phrase
Representations using RNN Encoder-Decoder (2014), eq. 5 to 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from sympy import Expr

from ..arrays.arrays import as_expr, define
from ..arrays.operator import operator
from ..errors import DeclarationError
from .inner_names import Naming
from .linear import linear

Input = TypeVar("Input")
State = TypeVar("State")

Gate = tuple[object, ...]


def _require_gate(name: str, gate: object) -> None:
    if not isinstance(gate, tuple | list) or len(gate) not in (2, 3):
        raise DeclarationError(f"the gate {name} is given as (W, U, b) or (W, U), not {gate!r}")


def _preactivation(x: Expr, state: Expr, gate: Gate) -> Expr:
    """W x + U h + b of one gate."""
    total = linear(x, gate[0]) + linear(state, gate[1])
    return total if len(gate) == 2 or gate[2] is None else total + as_expr(gate[2])


def rnn_cell(x: object, h: object, W: object, U: object, b: object = None, activation: str = "tanh") -> Expr:
    """The next state tanh(W x + U h + b), for vectors or batches of rows.  Raises ShapeError and UnknownFunction.

    Source: Elman (1990).

    >>> sd.rnn_cell([0], [0], [[1]], [[1]])
    [0]
    """
    return operator(activation)(_preactivation(as_expr(x), as_expr(h), (W, U, b)))


def lstm_cell(x: object, h: object, c: object, *, i: Gate, f: Gate, g: Gate, o: Gate) -> tuple[Expr, Expr]:
    """(next h, next c) of a long short-term memory cell, for vectors x (n,), h and c (m,), or batches of rows of them.

    i, f, o are the input, forget and output gates, σ of W x + U h + b; g is the candidate, tanh of the same.
    c' = f ⊙ c + i ⊙ g and h' = o ⊙ tanh(c').  The gates and the new cell are definitions with these names.
    Raises ShapeError and DeclarationError.
    Source: Hochreiter and Schmidhuber (1997); the forget gate: Gers, Schmidhuber and Cummins (2000).

    >>> gate = [[0]], [[0]], [0]
    >>> sd.lstm_cell([0], [0], [4], i=gate, f=gate, g=gate, o=gate)[1]
    [2]
    """
    signal, state, cell = as_expr(x), as_expr(h), as_expr(c)
    sigmoid, tanh = operator("sigmoid"), operator("tanh")
    for name, gate in (("i", i), ("f", f), ("g", g), ("o", o)):
        _require_gate(name, gate)
    naming = Naming(signal, state, cell, *i, *f, *g, *o)
    a, keep, candidate, out = (
        define(naming(name), (tanh if name == "g" else sigmoid)(_preactivation(signal, state, gate)))
        for name, gate in (("i", i), ("f", f), ("g", g), ("o", o)))
    memory = define(naming("c"), keep * cell + a * candidate)
    return out * tanh(memory), memory


def gru_cell(x: object, h: object, *, r: Gate, z: Gate, n: Gate) -> Expr:
    """The next state of a gated recurrent unit, (1 - z) ⊙ n + z ⊙ h, for vectors x (n,), h (m,), or batches of rows.

    r and z are the reset and update gates, σ of W x + U h + b; the candidate is n = tanh(W x + r ⊙ (U h) + b).
    Raises ShapeError and DeclarationError.
    Source: Cho et al. (2014).

    >>> gate = [[0]], [[0]], [0]
    >>> sd.gru_cell([0], [4], r=gate, z=gate, n=gate)
    [2]
    """
    signal, state = as_expr(x), as_expr(h)
    sigmoid, tanh = operator("sigmoid"), operator("tanh")
    for name, gate in (("r", r), ("z", z), ("n", n)):
        _require_gate(name, gate)
    naming = Naming(signal, state, *r, *z, *n)
    reset, update = (define(naming(k), sigmoid(_preactivation(signal, state, gate))) for k, gate in (("r", r), ("z", z)))
    inside = linear(signal, n[0]) + reset * linear(state, n[1])
    if len(n) == 3 and n[2] is not None:
        inside = inside + as_expr(n[2])
    candidate = define(naming("n"), tanh(inside))
    return (1 - update) * candidate + update * state


def unroll(step: Callable[[Input, State], State], inputs: Iterable[Input], state: State) -> list[State]:
    """The states after each input: step(x, state) gives the next state, which may be a tuple, of the shapes of the first.

    Raises what the step raises; DeclarationError for inputs that cannot be gone through.
    Source: Goodfellow, Bengio and Courville (2016), section 10.1.

    >>> sd.unroll(lambda x, state: x + state, [1, 2, 3], 0)
    [1, 3, 6]
    """
    states: list[State] = []
    for x in inputs:
        state = step(x, state)
        states.append(state)
    return states


__all__ = ["gru_cell", "lstm_cell", "rnn_cell", "unroll"]
