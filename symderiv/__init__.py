"""symderiv: gradients, Jacobians and Hessians of networks in closed form, with proofs and checks.

>>> import symderiv as sd
>>> m, n = sd.dims("m n")
>>> W, x = sd.tensor("W", m, n), sd.tensor("x", n)
>>> y = sd.label("y", m)
>>> print(sd.derive(sd.cross_entropy(W @ x, y), W).closed)
(softmax(W*x) - e_y)*x.T

Layout: the gradient of a scalar has the shape of the variable; a Jacobian has the output's axes first.  Positions and
labels count from 1 in mathematics and from 0 in NumPy arrays handed to numeric functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import interrupts as _interrupts

if _interrupts.is_command():  # what follows takes a while
    _interrupts.install()

from . import layers as _layers
from .concrete import computing as _computing
from .errors import SymderivError
from .index.arrays import define, tensor
from .index.sizes import dims
from .index.strict import strict as _strict
from .index.symbols import Sum, delta, indices, iverson, label, rational
from .layers import *  # noqa: F403  the operators, by the names NumPy and the field use

if TYPE_CHECKING:
    from .calculi.expectation import covariance, expectation, variance
    from .calculi.induction import prove_by_induction
    from .calculi.laws import random
    from .calculi.optimizers import adam, bias_correction, momentum, moving_average, rmsprop, sgd
    from .calculi.recurrence import recurrence
    from .certifying import write_certificate
    from .engine import Derivation, derive, hessian, hvp, vjp
    from .numeric.evaluate import evaluate
    from .parameters import reparameterize
    from .proof.equality import Verdict, prove
    from .proof.written import layer
    from .reader.parse import parse
    from .referee.referee import verify
    from .referee.session import session
    from .render.python import python
    from .statement import derivation, identity, misprint

for _name in ("define", "tensor", "dims", "Sum", "delta", "indices", "iverson", "label"):
    globals()[_name] = _strict(globals()[_name])
for _name in _layers.__all__:
    # The operators take numbers for operands too, and compute with them.
    if callable(globals()[_name]):
        globals()[_name] = _computing(globals()[_name])

__version__ = "0.1.0"

_LATE = {
    "calculi.expectation": ("covariance", "expectation", "variance"),
    "calculi.induction": ("prove_by_induction",),
    "calculi.laws": ("random",),
    "calculi.optimizers": ("adam", "bias_correction", "momentum", "moving_average", "rmsprop", "sgd"),
    "calculi.recurrence": ("recurrence",),
    "certifying": ("write_certificate",),
    "engine": ("Derivation", "derive", "hessian", "hvp", "vjp"),
    "numeric.evaluate": ("evaluate",),
    "parameters": ("reparameterize",),
    "proof.equality": ("Verdict", "prove"),
    "proof.written": ("layer",),
    "reader": ("parse",),
    "render.python": ("python",),
    "referee": ("session", "verify"),
    "statement": ("derivation", "identity", "misprint"),
}


def __getattr__(name: str) -> Any:
    """The engine, the reader, the suite and what needs NumPy are imported at first use: declaring needs none."""
    for module, names in _LATE.items():
        if name in names:
            from importlib import import_module

            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value if isinstance(value, type) else _strict(value)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = ["Derivation", "Sum", "SymderivError", "Verdict", "define", "delta", "derivation", "derive", "dims",
           "evaluate", "hessian", "hvp", "identity", "indices", "iverson", "label", "layer", "misprint", "parse", "prove",
           "python", "rational", "reparameterize", "session", "tensor", "verify", "vjp", *_layers.__all__,
           "adam", "bias_correction", "covariance", "expectation", "momentum", "moving_average", "prove_by_induction",
           "random", "recurrence", "rmsprop", "sgd", "variance", "write_certificate"]
