"""A value and its gradients from one compiled function, as training takes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr

from ..arrays.arrays import as_expr
from ..arrays.operator import is_array, shape_of
from ..arrays.sizes import show_shape
from ..bounds import bounded
from ..errors import ShapeError
from ..numeric.compiled import Compiled, compile_together, together
from ..numeric.targets import source_for
from ..proof.reading import read
from .engine import Derivation, derive
from .joint import Derivations


class ValueAndGradient(Compiled):
    """f(W1=..., ...) -> (value, (g1, g2)); (value, g) for one variable that was not in a tuple.

    derivation   the derivatives, with their proof and status
    """

    derivation: Derivation | Derivations
    value: Expr

    def source(self, target: str = "numpy") -> str:
        """The code that runs; the same for another library with "jax" or "torch"."""
        node, variables = self.recipe
        return source_for(node, target, variables)

    def __reduce__(self) -> tuple[Any, ...]:
        return _of, (self.value, self.derivation)


@bounded
def value_and_grad(expr: object, wrt: object, *, assuming: Iterable[object] = ()) -> ValueAndGradient:
    """One compiled function of keyword arrays for a scalar and its gradients; what they share is computed once.

    ``wrt`` and ``assuming`` as for ``derive``.  The function takes arrays as ``d.numpy()`` does.
    Raises ShapeError where the expression is an array.
    Source: Griewank and Walther (2008), ch. 3.

    >>> x = sd.tensor("x", sd.dims("n"))
    >>> value, gradient = sd.value_and_grad(x @ x, x)(x=[1.0, 2.0])
    >>> float(value), gradient.tolist()
    (5.0, [2.0, 4.0])
    """
    value = as_expr(expr)
    if is_array(value):
        raise ShapeError(f"a gradient is that of a scalar, not of shape {show_shape(shape_of(value))}", where=value,
                         hint="sum it, or call sd.derive(...).numpy() for its Jacobian")
    return _of(value, derive(value, wrt, assuming=assuming))


def _of(value: Expr, derivation: Derivation | Derivations) -> ValueAndGradient:
    several = tuple(derivation) if isinstance(derivation, Derivations) else (derivation,)
    gradients = together(d.spelled for d in several) if isinstance(derivation, Derivations) else derivation.spelled
    # What value and gradients share is seen where both are read in one form.
    read_so = read(value, [d.wrt for d in several]).after
    compiled = compile_together((read_so, gradients), derivation.variables)
    found = ValueAndGradient(compiled.func)  # type: ignore[attr-defined]
    found.recipe, found.value, found.derivation = compiled.recipe, value, derivation  # type: ignore[attr-defined]
    return found
