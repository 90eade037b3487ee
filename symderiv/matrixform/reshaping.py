"""Axes that are summed in row order, made one.

Σ_i G[i, q - (i - 1) n], with an axis of size n behind that of i, is the entry q of G with the two axes made one: what
lies outside the range is 0, so that exactly one i counts.  (Entries that are read in row order: see ``digits``.)
"""

from __future__ import annotations

from ..arrays.arrays import order_key
from ..arrays.registry import RECORDS
from ..lowering.export import export_affine, export_sym
from ..terms.affine import Affine, Idx, affine, constant
from ..terms.nodes import Node, Sum, Sym, TensorEntry, ent, factors_of, mul, num, replace, subterms, total
from ..terms.ranges import within
from .build import reshape

ONE = constant(1)


def with_joined_axes(node: Node) -> Node:
    """The node with axes that are summed in row order made one, where they are then read inside their range."""
    changed = node
    while True:
        found = next(((s, new) for s in subterms(changed) if isinstance(s, Sum) and (new := _joined(s)) is not s), None)
        if found is None:
            break
        changed = replace(changed, dict([found]))
    before = {e for e in subterms(node) if isinstance(e, TensorEntry)}
    made = [e for e in subterms(changed) if isinstance(e, TensorEntry) and e not in before]
    return changed if all(within(p, ONE, n) for e in made for p, n in zip(e.idx, e.sym.shape, strict=True)) else node


def _full(letter: Idx) -> bool:
    return letter.lo is ONE and not letter.hi.free


def _joined(node: Sum) -> Node:
    """Σ_i G[.., i, .., q - (i - 1) n, ..] as an entry of G with the axes of i and of size n made one."""
    coeff, factors = factors_of(node.body)
    for i in node.binders:
        reading = [f for f in factors if i in f.free]
        entry = reading[0] if len(reading) == 1 else None
        if not _full(i) or not isinstance(entry, TensorEntry) or any(i in b.lo.free | b.hi.free for b in node.binders):
            continue
        axes = [n for n, p in enumerate(entry.idx) if i in p.free]
        if len(axes) != 2:
            continue
        outer, inner = axes if entry.idx[axes[0]].single is i else axes[::-1]
        size = entry.sym.shape[inner]
        position = entry.idx[inner] + (affine(i) - 1).times(export_affine(size))
        if entry.idx[outer].single is not i or entry.sym.shape[outer] is not i.hi or i in position.free:
            continue
        order = [n for n in range(len(entry.idx)) if n != outer]
        order.insert(order.index(inner), outer)
        at = order.index(outer)
        moved = [entry.sym.shape[n] for n in order]
        merged = (*moved[:at], i.hi.times(export_affine(size)), *moved[at + 2:])
        idx = [entry.idx[n] for n in order]
        new = ent(_reshaped(entry.sym, tuple(order), merged), *idx[:at], position, *idx[at + 2:])
        product = mul(num(coeff), *(new if f is entry else f for f in factors))
        return total(product, tuple(b for b in node.binders if b is not i))
    return node


def _reshaped(sym: Sym, order: tuple[int, ...], shape: tuple[Affine, ...]) -> Sym:
    """A symbol for the array with its axes in this order and then in this shape."""
    array = RECORDS.permute(export_sym(sym), axes=order)
    array = reshape(array, tuple(map(export_affine, shape)))
    return Sym(order_key(array), shape, array, role="closed")
