"""Closed forms of one member of a stack: ∂L/∂Σ_k in matrices, where ∂L/∂Σ as a whole has three axes.

The letters in front stand still while the form is sought, as sizes do: an array read at them is one of its members.
"""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import Apply, Tensor
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index
from ..arrays.walks import bottom_up, subexpressions
from ..lowering.export import export_affine
from ..lowering.program import Program
from ..terms.affine import Idx, affine
from ..terms.nodes import Node, substitute
from ..terms.ranges import Facts
from .close import close
from .cost import longer_by


def by_member(node: Node, letters: tuple[Idx, ...], whole: Expr, primal: Expr, program: Program,
              facts: Facts = ()) -> tuple[tuple[Index, ...], Expr] | None:
    """The letters in front, by the names that the primal has for them, and the form of a member of at most two axes.

    None where the form of the whole needs no array of three axes but those that are given, or none of a member is shorter.
    """
    if len(letters) < 2 or not _of_many_axes(whole):
        return None
    known = sorted({s for s in subexpressions(primal) if isinstance(s, Index)}, key=str)
    for count in range(max(len(letters) - 2, 1), len(letters)):
        chosen: list[Index] = []
        for idx in letters[:count]:
            size = export_affine(idx.hi)
            fits = (i for i in known if i.lo == 1 and i.hi == size and i not in chosen)
            chosen.append(next(fits, Index(idx.key, 1, size)))
        still = {idx: affine(i) for idx, i in zip(letters, chosen, strict=False)}
        form = close(substitute(node, still), letters[count:], facts)
        if form is not None:
            form = form.xreplace({RECORDS.take(named, index=(*chosen, None, None)): array for named, (free, array) in
                                  program.members.items() if free == tuple(chosen) and len(array.shape) == 2})
        if form is not None and not _of_many_axes(form) and longer_by(form, whole) <= 3:
            return tuple(chosen), form
    return None


def _of_many_axes(form: Expr) -> bool:
    """Whether something is computed of three axes; of what is given parts are taken, and matrices inverted."""
    taken = {a.args[0] for a in bottom_up(form) if RECORDS.take.of(a) and None not in a.params["index"][:-2]}
    return any((isinstance(a, Apply) and len(a.shape) > 2 and a not in taken) or RECORDS.einsum.of(a)
               for a in bottom_up(form) if not isinstance(a, Tensor))
