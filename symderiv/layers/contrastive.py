"""Losses that compare embeddings: cosine similarity, triplets, and contrast with the rest of a batch.

Source: Schroff, Kalenichenko and Philbin, FaceNet (2015), eq. 1; van den Oord, Li and Vinyals, Representation Learning
with Contrastive Predictive Coding (2018), eq. 4.
"""

from __future__ import annotations

from sympy import Expr, Mul

from ..arrays.arrays import as_expr
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.sizes import same_shape
from ..errors import ShapeError
from ..functions.network_functions import relu
from .record import Shown, with_shapes


def _alike(name: str, *arrays: Expr) -> int:
    """The common rank, 1 or 2, of arrays of one shape.  Raises ShapeError."""
    first = shape_of(arrays[0])
    for other in map(shape_of, arrays):
        if len(first) not in (1, 2) or not same_shape(other, first):
            raise ShapeError(f"{name} takes vectors, or batches of rows, of one shape, not {with_shapes(*arrays)}",
                             where=Shown(name, arrays))
    return len(first)


def cosine_similarity(a: object, b: object) -> Expr:
    """aᵀb/(‖a‖‖b‖) of two vectors, or of the rows of two matrices.  Raises ShapeError.

    >>> sd.cosine_similarity([3, 4], [4, 3])
    24/25
    """
    u, v = as_expr(a), as_expr(b)
    norm = operator("norm")
    if _alike("cosine_similarity", u, v) == 1:
        return operator("matmul")(u, v) / (norm(u) * norm(v))
    return operator("sum")(u * v, axis=1) / (norm(u, axis=1) * norm(v, axis=1))


def triplet(anchor: object, positive: object, negative: object, margin: object = 1) -> Expr:
    """relu(‖a - p‖² - ‖a - n‖² + margin), averaged over the rows of a batch.  Raises ShapeError.

    >>> sd.triplet([0, 0], [1, 0], [0, 2], margin=4)
    1
    """
    a, p, n = map(as_expr, (anchor, positive, negative))
    rank = _alike("triplet", a, p, n)
    axis = {"axis": 1} if rank == 2 else {}
    gap = operator("sum")((a - p)**2, **axis) - operator("sum")((a - n)**2, **axis) + as_expr(margin)
    return operator("mean")(operator("relu")(gap)) if is_array(gap) else relu(gap)


def info_nce(queries: object, keys: object, temperature: object = 1) -> Expr:
    """Mean over rows of -log softmax(Q Kᵀ/T)_ii: each query against all keys, its own key being the right one.

    Queries and keys (N, n).  Raises ShapeError.

    >>> sd.info_nce([[1, 0]], [[2, 3]])
    0
    """
    q, k = as_expr(queries), as_expr(keys)
    if _alike("info_nce", q, k) != 2:
        raise ShapeError(f"info_nce takes batches of rows, not {with_shapes(q, k)}", where=Shown("info_nce", (q, k)))
    scores = Mul(1, 1 / as_expr(temperature)) * operator("matmul")(q, operator("transpose")(k))
    return operator("mean")(operator("logsumexp")(scores) - operator("diag")(scores))


__all__ = ["cosine_similarity", "info_nce", "triplet"]
