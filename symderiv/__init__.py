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
from .late import uncollected as _uncollected

if _interrupts.is_command():  # what follows takes a while
    _interrupts.install()

with _uncollected():
    from . import layers as _layers
    from .arrays.arrays import define as define, label as label, tensor as tensor
    from .arrays.named_sizes import dims as dims
    from .arrays.strict import strict as _strict
    from .arrays.symbols import Sum as Sum, delta as delta, indices as indices, iverson as iverson, rational as rational
    from .errors import SymderivError as SymderivError
    from .functions.unknown import function as function
    from .layers import *  # noqa: F403  the operators, by the names NumPy and the field use
    from .numeric.eager import computing as _computing
    from .web import part as _part

if TYPE_CHECKING:
    from .differentiation.engine import (
        Derivation as Derivation, derive as derive, hessian as hessian, hvp as hvp, vjp as vjp,
    )
    from .differentiation.python_layer import layer as layer
    from .differentiation.reparameterize import reparameterize as reparameterize
    from .differentiation.stationary import solve_stationary as solve_stationary
    from .differentiation.value_and_grad import value_and_grad as value_and_grad
    from .numeric.evaluate import evaluate as evaluate
    from .optimizers import (
        adam as adam, bias_correction as bias_correction, momentum as momentum, moving_average as moving_average,
        rmsprop as rmsprop, sgd as sgd,
    )
    from .probability.distributions import random as random
    from .probability.expectation import covariance as covariance, expectation as expectation, variance as variance
    from .proof.equality import Verdict as Verdict, prove as prove
    from .reader.parse import parse as parse
    from .referee.own_backward import BackwardReport as BackwardReport, check_backward as check_backward
    from .referee.referee import verify as verify
    from .referee.session import session as session
    from .render.python import python as python
    from .sequences.induction import prove_by_induction as prove_by_induction
    from .sequences.recurrence import recurrence as recurrence
    from .sequences.repeated import repeated as repeated
    from .suite.certifying import write_certificate as write_certificate
    from .suite.decorators import (
        another_way as another_way, derivation as derivation, identity as identity, misprint as misprint,
        stated as stated, tested as tested,
    )
    from .suite.shown import data as data, errata as errata, steps as steps
    from .suite.worked import worked as worked

for _name in ("define", "function", "tensor", "dims", "Sum", "delta", "indices", "iverson", "label"):
    globals()[_name] = _strict(globals()[_name])
for _name in _layers.NAMES:
    # The operators take numbers for operands too, and compute with them.
    if callable(globals()[_name]):
        globals()[_name] = _computing(globals()[_name])

__version__ = "0.1.0"

_LATE = {
    "probability.expectation": ("covariance", "expectation", "variance"),
    "sequences.induction": ("prove_by_induction",),
    "probability.distributions": ("random",),
    "optimizers": ("adam", "bias_correction", "momentum", "moving_average", "rmsprop", "sgd"),
    "sequences.recurrence": ("recurrence",),
    "sequences.repeated": ("repeated",),
    "suite.certifying": ("write_certificate",),
    "differentiation.engine": ("Derivation", "derive", "hessian", "hvp", "vjp"),
    "differentiation.value_and_grad": ("value_and_grad",),
    "numeric.evaluate": ("evaluate",),
    "differentiation.reparameterize": ("reparameterize",),
    "differentiation.stationary": ("solve_stationary",),
    "proof.equality": ("Verdict", "prove"),
    "differentiation.python_layer": ("layer",),
    "reader": ("parse",),
    "render.python": ("python",),
    "referee": ("BackwardReport", "check_backward", "session", "verify"),
    "suite.shown": ("data", "errata", "steps"),
    "suite.worked": ("worked",),
    "suite.decorators": ("another_way", "derivation", "identity", "misprint", "stated", "tested"),
}


def load_ipython_extension(ipython: Any) -> None:
    """What ``%load_ext symderiv`` does in a notebook: the cell magic ``%%verify``."""
    _part("notebook").load(ipython)


if not TYPE_CHECKING:  # to which every name would be there, and nothing public but what a list without computation says
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
        return sorted(__all__)

    __all__ = [
        # declared
        "dims", "indices", "tensor", "label", "function", "random", "define", "Sum", "delta", "iverson", "rational",
        # derived and computed
        "derive", "vjp", "hvp", "hessian", "value_and_grad", "reparameterize", "solve_stationary", "layer", "evaluate",
        "Derivation",
        # proved
        "prove", "prove_by_induction", "Verdict", "write_certificate",
        # read, refereed and written
        "parse", "verify", "session", "check_backward", "BackwardReport", "python",
        # in time and in the mean
        "recurrence", "repeated", "expectation", "variance", "covariance",
        "sgd", "momentum", "rmsprop", "adam", "moving_average", "bias_correction",
        # kept
        "identity", "derivation", "stated", "another_way", "misprint", "tested", "worked", "data", "steps", "errata",
        "SymderivError", *_layers.NAMES,
    ]
