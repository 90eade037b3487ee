"""The last look at a closed form: one transposition in place of many."""

from __future__ import annotations

import re

from sympy import Expr

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import ArrayRewriter
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import bottom_up
from ..bounds import of_the_call
from ..layers.shorter import SHORTER
from .build import flat_product, is_op, matmul, negated, outer, plus, scale, split_scalar, transpose
from .contracted import pairwise
from .gathered import Gathering, gathered
from .one_form import alike_summed

# A call, .T, an operator of entries, and every other sign; a power and a keyword's = are one sign and none.
_OPERATION = re.compile(r"[A-Za-z_]\w*(?=\()|\.T\b|\*\*|\.[*/^]|[-+*/@]")


_short = of_the_call(set[Apply])
"""Operators that no shortening applies to, nor to their operands."""


LONG_PRODUCTS = 50_000
"""Factors of products, each counted with those beside it, from which on a form is left as it came: nobody reads so many."""


def compact(closed: Expr, gathering: Gathering | None = None) -> Expr:
    """A closed form with signs gathered."""
    if sum(len(part.args) ** 2 for part in bottom_up(closed, _short()) if is_op(part, RECORDS.mul)) > LONG_PRODUCTS:
        return closed
    rewriter = ArrayRewriter((*SHORTER, pairwise, alike_summed), settled=_short())
    found: Expr = rewriter.normal(transposed_once(upright(closed)) if is_array(closed) else closed)
    return gathered(plus(found.args) if rewriter.log and is_op(found, RECORDS.add) else found, gathering)


_as_they_stand = of_the_call(set[Apply])
"""Operators that stand upright."""


def upright(a: Expr) -> Expr:
    """2 (y - x) for -2 (x - y): of two ways to write a difference, the one that leaves no sign in front."""
    known = _as_they_stand()
    if a in known:
        return a
    found = _upright(a)
    if isinstance(found, Apply) and found is a:
        known.add(found)
    return found


def _upright(a: Expr) -> Expr:
    scalar, rest = split_scalar(a)
    if scalar.could_extract_minus_sign():
        turned = negated(rest)
        if turned is not None:
            return scale(-scalar, turned)
    if is_op(rest, RECORDS.add):
        terms = [upright(t) if is_array(t) else t for t in rest.args]
        return a if tuple(terms) == rest.args else scale(scalar, plus(terms))
    return a


def transposed_once(closed: Expr) -> Expr:
    """(X B + B X)ᵀ for Bᵀ Xᵀ + Xᵀ Bᵀ: the transpose of the whole, where that saves two signs or a product is a power."""
    if len(shape_of(closed)) != 2:
        return closed
    scalar, matrix = split_scalar(closed)
    terms = matrix.args if is_op(matrix, RECORDS.add) else (matrix,)
    if not all(map(is_array, terms)):
        return closed
    chains = [flat_product(split_scalar(t)[1]) for t in terms]
    gains = [_gain(f) for chain in chains for f in chain]
    repeated = len(chains) == 1 and len(chains[0]) > 1 and len(set(chains[0])) == 1
    if sum(gains) < (2 if repeated else 3):
        return closed
    turned = plus([scale(split_scalar(t)[0], matmul(*(_turned(f) for f in reversed(chain))))
                   for t, chain in zip(terms, chains, strict=True)])
    return scale(scalar, transpose(turned) if is_op(turned, RECORDS.transpose) else RECORDS.transpose(turned))


def operations(expr: Expr) -> int:
    """How many operators and calls the text of an expression has."""
    return len(_OPERATION.findall(str(expr)))


def _gain(f: Expr) -> int:
    """How many signs of transposition go when a factor is transposed."""
    if is_op(f, RECORDS.transpose):
        return 1
    return 0 if is_op(f, RECORDS.outer) or is_op(f, RECORDS.diag) or is_symmetric(f) else -1


def _turned(f: Expr) -> Expr:
    return outer(f.args[1], f.args[0]) if is_op(f, RECORDS.outer) else f if is_op(f, RECORDS.diag) else transpose(f)
