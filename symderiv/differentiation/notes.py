"""What a reader should know of a result besides its formula: declarations that would shorten it, and conventions."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, floor, fraction

from ..arrays.arrays import Tensor
from ..arrays.symmetry import is_symmetric
from ..bounds import of_the_call
from ..calculus.contract import constant_total
from ..functions import FUNCTIONS
from ..terms.affine import constant
from ..terms.nodes import ONE, FunctionValue, Mul, Node, Sum, Sym, TensorEntry, subterms

# How the gradient on a set of matrices follows from the one by independent entries, for the inner product tr(AᵀB).
ON_THE_SET = {
    "symmetric": "on the symmetric matrices the gradient is its symmetric part, (G + G.T)/2",
    "diagonal": "on the diagonal matrices the gradient is its diagonal, Diag(diag(G))",
    "orthogonal": "on the orthogonal matrices the gradient is G - {0}*({0}.T*G + G.T*{0})/2",
}


def remarks(bodies: Iterable[Node], target: Expr, closed: Expr, upstream: bool) -> tuple[str, ...]:
    """Sentences about a derivative, whose cotangents have these ``bodies``."""
    found = dict.fromkeys(name for body in bodies for name in undeclared_totals(body))
    notes = [f"the sum of {name} stays, because {name} is not declared to sum to one; declared so (sums_to_one), it is 1"
             for name in found]
    return (*notes, *convention(target, closed, upstream))


def rounding(arrays: Iterable[Expr]) -> tuple[str, ...]:
    """Which sizes round down, as that of a convolution with a stride, and what that leaves out."""
    floors = {f for array in arrays for size in getattr(array, "shape", ()) for f in size.atoms(floor)}
    parts = [(f, *fraction(f.args[0].together())) for f in sorted(floors, key=str)]
    return tuple(f"{f} is exact where {bottom} divides {top.expand()}; elsewhere it rounds down, and the last entries are "
                 "not read" for f, top, bottom in parts)


def of_functions(definitions: Iterable[Sym]) -> tuple[str, ...]:
    """What the records of the functions in a network say of derivatives through them."""
    names = {n.name for s in definitions if s.body is not None for n in subterms(s.body) if isinstance(n, FunctionValue)}
    return tuple(note for name in sorted(names) if (note := FUNCTIONS[name].note if name in FUNCTIONS else None))


_totals = of_the_call(dict[Node, list[str]])


def undeclared_totals(body: Node) -> list[str]:
    """The tensors whose total, along the last axis, multiplies entries that sum to one: targets of a cross-entropy."""
    known = _totals()
    if body not in known:
        known[body] = _undeclared_totals(body)
    return known[body]


def _undeclared_totals(body: Node) -> list[str]:
    names = []
    for product in subterms(body):
        if not isinstance(product, Mul):
            continue
        found = [p.sym.name for p in map(_summed, product.factors) if p is not None]
        if found and any(isinstance(f, TensorEntry) and f.idx and constant_total(f.sym, len(f.idx) - 1) is ONE
                         for f in product.factors):
            names += found
    return names


def _summed(factor: Node) -> TensorEntry | None:
    """The entry of a declared tensor that is summed over its last axis here, and not declared to sum to one."""
    total = factor.sym.body if isinstance(factor, TensorEntry) and factor.sym.body is not None else factor
    if not (isinstance(total, Sum) and len(total.binders) == 1 and isinstance(total.body, TensorEntry)):
        return None
    p, (b,) = total.body, total.binders
    if not p.idx or not isinstance(p.sym.array, Tensor) or "sums_to_one" in p.sym.properties:
        return None
    return p if p.idx[-1].single is b and b.lo is constant(1) and b.hi is p.sym.shape[-1] else None


def convention(target: Expr, closed: Expr, upstream: bool) -> tuple[str, ...]:
    """What a gradient by a matrix of a declared kind means: its entries count as independent."""
    if upstream or not isinstance(target, Tensor) or len(target.shape) != 2 or len(getattr(closed, "shape", ())) != 2:
        return ()
    kind = next((k for k in ("orthogonal", "diagonal", "symmetric") if k in target.properties), None)
    if kind is None:
        return ()
    words = f"the entries of {target} count as independent"
    if kind == "symmetric" and is_symmetric(closed):
        return (f"{words}; the gradient on the symmetric matrices is the same",)
    return (f"{words}; {ON_THE_SET[kind].format(target)} for this G",)
