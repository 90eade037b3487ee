"""Scaled dot-product attention and its composition into heads; gated units.

Source: Vaswani et al., Attention Is All You Need (2017), eq. 1 and 3.2.2; Srivastava, Greff and Schmidhuber, Highway
Networks (2015), eq. 2; Shazeer, GLU Variants Improve Transformer (2020), eq. 5.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, exp, sqrt

from ..arrays.arrays import as_expr, define
from ..arrays.operator import operator, shape_of
from ..arrays.sizes import same_size
from ..arrays.symbols import Sum, iverson
from ..errors import ShapeError
from .inner_names import Naming
from .linear import linear
from .products import einsum
from .record import Shown, at, with_shapes


def attention(Q: object, K: object, V: object, mask: object = None, causal: bool = False) -> Expr:
    """softmax(Q Kᵀ/√d + mask) V, the softmax being along the keys; the softmax is a definition with the name P.

    Queries (..., M, d), keys (..., N, d), values (..., N, v) with the same leading axes; an additive mask that
    stretches to (..., M, N), with large negative numbers where a query must not look.  With ``causal`` the query i
    sees the keys 1..i alone.  Shape (..., M, v).  Raises ShapeError.
    Source: Vaswani et al. (2017), eq. 1.

    >>> sd.attention([[0, 0]], [[1, 2], [3, 4]], [[2], [4]])
    [[3]]
    """
    return _attention(Q, K, V, mask, causal, Naming(Q, K, V, mask))


def _attention(Q: object, K: object, V: object, mask: object, causal: bool, naming: Naming) -> Expr:
    q, k, v = map(as_expr, (Q, K, V))
    where = Shown("attention", (q, k, v))
    shapes = [shape_of(a) for a in (q, k, v)]
    ranks = {len(s) for s in shapes}
    ends = ((shapes[0][-1:], shapes[1][-1:]), (shapes[1][:-1], shapes[2][:-1]), (shapes[0][:-2], shapes[1][:-2]))
    clash = next((pair for one, other in ends for pair in zip(one, other, strict=False) if not same_size(*pair)), None)
    if clash is not None or len(ranks) > 1 or max(ranks) < 2:
        raise ShapeError(f"attention takes queries (..., M, d), keys (..., N, d) and values (..., N, v), "
                         f"not {with_shapes(q, k, v)}" + (f": {clash[0]} against {clash[1]}" if clash else ""), where=where)
    scores = (operator("matmul")(q, operator("transpose")(k)) if len(shapes[0]) == 2 else
              einsum("...ij,...kj->...ik", q, k)) / sqrt(shapes[0][-1])
    if mask is not None:
        added = as_expr(mask)
        full, own = shape_of(scores), shape_of(added)
        aligned = zip(reversed(own), reversed(full), strict=False)
        if len(own) > len(full) or not all(a == 1 or same_size(a, b) for a, b in aligned):
            raise ShapeError(f"the mask {with_shapes(added)} does not stretch to the scores {with_shapes(scores)}",
                             where=where)
        scores = scores + added
    weights = _causal(scores, naming) if causal else define(naming("P"), operator("softmax")(scores))
    return operator("matmul")(weights, v)


def _causal(scores: Expr, naming: Naming) -> Expr:
    """The softmax over the keys up to the query's own place."""
    *lead, i, j, k = naming.letters("pqijkabc"[4 - len(shape_of(scores)):], (*shape_of(scores), shape_of(scores)[-1]))
    row = [at(scores, (*lead, i, key)) for key in (j, k)]
    return define(naming("P"), (*lead, i, j), iverson(j <= i) * exp(row[0]) / Sum(iverson(k <= i) * exp(row[1]), k))


def multi_head_attention(x: object, heads: Sequence[Sequence[object]], output: Sequence[object] | None = None,
                         mask: object = None, causal: bool = False) -> Expr:
    """Attention of x (N, e) to itself by several heads.

    ``heads`` is a sequence of (WQ, WK, WV), each (e, d) or (e, v); ``output`` a sequence of matrices (v, e), one a head:
    Σ_h attention(x WQ, x WK, x WV) WO.  That is the usual product of the heads side by side with one matrix, whose rows
    are those of the matrices one below the other.  Without ``output`` the heads are added up.  Raises ShapeError.
    Source: Vaswani et al. (2017), section 3.2.2.

    >>> sd.multi_head_attention([[1], [3]], [([[0]], [[0]], [[1]]), ([[0]], [[0]], [[2]])])
    [[6], [6]]
    """
    signal = as_expr(x)
    groups = list(heads)
    projections = [None] * len(groups) if output is None else list(output)
    if not groups or len(projections) != len(groups):
        raise ShapeError(f"{len(groups)} heads and {len(projections)} output matrices", where=signal,
                         hint="give each head its (WQ, WK, WV) and its own rows of WO")
    matmul = operator("matmul")
    naming = Naming(signal, mask, *(w for group in groups for w in group), *(w for w in projections if w is not None))
    total: Expr | None = None
    for (wq, wk, wv), wo in zip(groups, projections, strict=True):
        query, key, value = (matmul(signal, as_expr(w)) for w in (wq, wk, wv))
        head = _attention(query, key, value, mask, causal, naming)
        part = head if wo is None else matmul(head, as_expr(wo))
        total = part if total is None else total + part
    return total


def glu(x: object, W: object, V: object, b: object = None, c: object = None, activation: str = "sigmoid") -> Expr:
    """f(W x + b) ⊙ (V x + c): a gated linear unit with an elementwise function f, for a vector or a batch of rows.

    Raises ShapeError and UnknownFunction.
    Source: Dauphin, Fan, Auli and Grangier (2017).

    >>> sd.glu([3], [[0]], [[2]])
    [3]
    """
    return operator(activation)(linear(x, W, b)) * linear(x, V, c)


def swiglu(x: object, W: object, V: object, W2: object = None) -> Expr:
    """silu(W x) ⊙ (V x), and W2 times that where it is given, for a vector or a batch of rows.  Raises ShapeError.

    Source: Shazeer (2020).

    >>> sd.swiglu([3], [[0]], [[2]])
    [0]
    """
    gated = glu(x, W, V, activation="silu")
    return gated if W2 is None else linear(gated, W2)


def highway(x: object, layer: object, gate: object) -> Expr:
    """g ⊙ h + (1 - g) ⊙ x for the output h of a layer and a gate g in 0..1, all of one shape.  Raises ShapeError.

    Source: Srivastava, Greff and Schmidhuber (2015).

    >>> sd.highway([1, 2], [5, 6], [0, 1])
    [1, 6]
    """
    h, g = as_expr(layer), as_expr(gate)
    return g * h + (1 - g) * as_expr(x)


__all__ = ["attention", "glu", "highway", "multi_head_attention", "swiglu"]
