"""Entries of symmetric matrices in one order."""

from __future__ import annotations

from ..functions.of_matrices import EIGEN
from ..terms.nodes import MatrixFunctionEntry, Node, TensorEntry, replace, subterms


def ordered_entry(n: TensorEntry | MatrixFunctionEntry) -> Node:
    """S_ij for S_ji, where S is symmetric and i stands before j; so for the inverse of S."""
    if isinstance(n, MatrixFunctionEntry) and n.kind in EIGEN:
        return n  # eigenvectors of a symmetric matrix are columns
    if len(n.idx) == len(n.sym.shape) > 1 and n.idx[-2].key > n.idx[-1].key and {"symmetric", "diagonal"} & n.sym.properties:
        swapped = (*n.idx[:-2], n.idx[-1], n.idx[-2])
        return TensorEntry(n.sym, swapped) if isinstance(n, TensorEntry) else MatrixFunctionEntry(n.kind, n.sym, swapped)  # type: ignore[no-any-return]
    return n


def ordered_entries(body: Node) -> Node:
    """Every entry of a symmetric matrix in order."""
    entries = (n for n in subterms(body) if isinstance(n, TensorEntry | MatrixFunctionEntry))
    mapping: dict[Node, Node] = {n: m for n in entries if (m := ordered_entry(n)) is not n}
    return replace(body, mapping) if mapping else body
