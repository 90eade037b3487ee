"""A block repeated: h_l = block(h_{l-1}), for l = 1, …, L, as a recurrence whose steps are layers.

Depth then is what time is for a recurrent network: the gradients of all layers are one backward recurrence, proved by
induction from the last layer, whatever L is.  Source: Goodfellow, Bengio and Courville, Deep Learning (2016), 6.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr

from ..arrays.arrays import Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.sizes import as_size
from ..arrays.symbols import Index
from ..errors import DeclarationError
from .recurrence import Recurrence, recurrence
from .step_rows import nodes_of

STATES, LETTERS = "hsuvq", "ltkpr"


def repeated(block: Callable[[Expr], object], depth: object, *, start: object, shared: object = ()) -> Recurrence:
    """The network h_0 = start, h_l = block(h_{l-1}) for l = 1, ..., depth; the depth may be a symbol.

    The tensors and labels that the block reads have a value of their own in every layer, W_l, but for those ``shared``
    by all layers.  Code takes the former with the layers as their first axis.

    >>> import symderiv as sd
    >>> L, n = sd.dims("L n")
    >>> W, x = sd.tensor("W", n, n), sd.tensor("x", n)
    >>> net = sd.repeated(lambda h: h + sd.tanh(W @ h), depth=L, start=x)
    >>> (h,) = net.states
    >>> str(net.backward(h @ h, at="last")).splitlines()[1]
    'delta_l = W_{l+1}.T*(delta_{l+1}.*(1 - tanh(W_{l+1}*h_l).^2)) + delta_{l+1}'

    ``.backward(loss, at="last")`` gives the gradients of a loss of the last layer.
    Raises DeclarationError and ShapeError.  Source: Goodfellow, Bengio and Courville (2016), section 6.5.
    """
    if not callable(block):
        raise DeclarationError(f"{block!r} is no block", hint="a function of the layer before: lambda h: sd.tanh(W @ h)")
    begun = as_expr(start)
    held = set(shared if isinstance(shared, tuple | list) else (shared,))
    taken = {str(s) for s in begun.free_symbols} | {str(s) for s in as_size(depth).free_symbols}
    probe = as_expr(block(Tensor("h", shape_of(begun))))
    taken |= {str(s) for s in probe.free_symbols if str(s) != "h" or s.shape != shape_of(begun)}
    name = next((n for n in STATES if n not in taken), "h_state")
    # A sum within a layer must not count layers: Σ_l of h_{l-1} would be read as one over these.
    taken |= {n.name for n in nodes_of(probe) if isinstance(n, Index)}
    letter = next((n for n in LETTERS if n not in taken), "layer")
    state = Tensor(name, shape_of(begun))
    rule = as_expr(block(state))
    own = [s for s in _read(rule) if s != state and s not in held and s not in _read(begun)]
    return recurrence(state, rule, Index(letter, 1, as_size(depth)), start=begun, inputs=tuple(own))


def _read(expr: Expr) -> list[Any]:
    """The tensors and labels that an expression reads, by name."""
    return sorted((s for s in expr.free_symbols if isinstance(s, Tensor) or hasattr(s, "size")), key=str)
