"""Scaled dot-product attention and its composition into heads; gated units.

Source: Vaswani et al., Attention Is All You Need (2017), eq. 1 and 3.2.2; Srivastava, Greff and Schmidhuber, Highway
Networks (2015), eq. 2; Shazeer, GLU Variants Improve Transformer (2020), eq. 5.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, sqrt

from ..errors import ShapeError
from ..index.arrays import as_expr, define
from ..index.operator import operator, shape_of
from ..index.sizes import broadcast_shapes, same_size
from .linear import linear
from .naming import Naming
from .record import Shown, with_shapes


def attention(Q: object, K: object, V: object, mask: object = None) -> Any:
    """softmax(Q Kᵀ/√d + mask) V, the softmax being along the keys; the softmax is a definition with the name P.

    Queries (M, d), keys (N, d), values (N, v); an additive mask that stretches to (M, N), with large negative numbers
    where a query must not look.  Shape (M, v).  Raises ShapeError.
    """
    return _attention(Q, K, V, mask, Naming(Q, K, V, mask))


def _attention(Q: object, K: object, V: object, mask: object, naming: Naming) -> Expr:
    q, k, v = map(as_expr, (Q, K, V))
    where = Shown("attention", (q, k, v))
    shapes = [shape_of(a) for a in (q, k, v)]
    if any(len(s) != 2 for s in shapes) or not same_size(shapes[0][1], shapes[1][1]) or not same_size(
            shapes[1][0], shapes[2][0]):
        raise ShapeError(f"attention takes queries (M, d), keys (N, d) and values (N, v), not {with_shapes(q, k, v)}",
                         where=where)
    scores = operator("matmul")(q, operator("transpose")(k)) / sqrt(shapes[0][1])
    if mask is not None:
        added = as_expr(mask)
        full = (shapes[0][0], shapes[1][0])
        stretched = broadcast_shapes([full, shape_of(added)], where)
        if len(stretched) != 2 or not all(map(same_size, stretched, full)):
            raise ShapeError(f"the mask {with_shapes(added)} does not stretch to the scores {with_shapes(scores)}",
                             where=where)
        scores = scores + added
    weights = define(naming("P"), operator("softmax")(scores))
    return operator("matmul")(weights, v)


def multi_head_attention(x: object, heads: object, output: object = None, mask: object = None) -> Any:
    """Attention of x (N, e) to itself by several heads.

    ``heads`` is a sequence of (WQ, WK, WV), each (e, d) or (e, v); ``output`` a sequence of matrices (v, e), one a head:
    Σ_h attention(x WQ, x WK, x WV) WO.  That is the usual product of the heads side by side with one matrix, whose rows
    are those of the matrices one below the other.  Without ``output`` the heads are added up.  Raises ShapeError.
    """
    signal = as_expr(x)
    groups = list(heads)  # type: ignore[call-overload]
    projections = [None] * len(groups) if output is None else list(output)  # type: ignore[call-overload]
    if not groups or len(projections) != len(groups):
        raise ShapeError(f"{len(groups)} heads and {len(projections)} output matrices", where=signal,
                         hint="give each head its (WQ, WK, WV) and its own rows of WO")
    matmul = operator("matmul")
    naming = Naming(signal, mask, *(w for group in groups for w in group), *(w for w in projections if w is not None))
    total: Expr | None = None
    for (wq, wk, wv), wo in zip(groups, projections, strict=True):
        query, key, value = (matmul(signal, as_expr(w)) for w in (wq, wk, wv))
        head = _attention(query, key, value, mask, naming)
        part = head if wo is None else matmul(head, as_expr(wo))
        total = part if total is None else total + part
    return total


def glu(x: object, W: object, V: object, b: object = None, c: object = None, activation: str = "sigmoid") -> Any:
    """f(W x + b) ⊙ (V x + c): a gated linear unit with an elementwise function f, for a vector or a batch of rows."""
    return operator(activation)(linear(x, W, b)) * linear(x, V, c)


def swiglu(x: object, W: object, V: object, W2: object = None) -> Any:
    """silu(W x) ⊙ (V x), and W2 times that where it is given, for a vector or a batch of rows.  Raises ShapeError."""
    gated = glu(x, W, V, activation="silu")
    return gated if W2 is None else linear(gated, W2)


def highway(x: object, layer: object, gate: object) -> Any:
    """g ⊙ h + (1 - g) ⊙ x for the output h of a layer and a gate g in 0..1.  Raises ShapeError."""
    h, g = as_expr(layer), as_expr(gate)
    return g * h + (1 - g) * as_expr(x)


__all__ = ["attention", "glu", "highway", "multi_head_attention", "swiglu"]
