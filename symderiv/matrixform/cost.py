"""What a form costs a reader: operations, then depth, then a fixed order.

Every distinct part counts once, as one reads a name for it.  Transpositions, constants, and what only gives an array
another shape are read past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush

from sympy import Add, Expr, Mul, Pow, S

from ..arrays.arrays import Apply, Array, Entry, order_key
from ..arrays.walks import depth
from ..layers.arithmetic import add, mul, power
from ..layers.constants import ones_record as ones
from ..layers.products import einsum_record as einsum
from ..layers.products import outer_record as outer
from ..terms.traversals import reached


def own(node: Expr) -> int:
    """Operations of one node, its operands apart."""
    if isinstance(node, Apply):
        if node.op.free or (node.op is outer and all(isinstance(a, Apply) and a.op is ones for a in node.args)):
            return 0
        if node.op not in (add, mul):
            return _products(node) if node.op is einsum else 1
        quotients = (a for a in node.args if node.op is mul and isinstance(a, Mul))
        return len(node.args) - 1 + sum(len(a.args) - 1 for a in quotients)
    if isinstance(node, Array) or not node.args or node.is_number:
        return 0
    return len(node.args) - 1 if isinstance(node, Add | Mul) else 1


def _products(node: Apply) -> int:
    """Products of an einsum, and one operation more where it sums."""
    read, _, written = str(node.params["spec"]).partition("->")
    return len(node.args) - 1 + bool(set(read) - {","} - set(written))


def parts(node: Expr) -> list[Expr]:
    """What is read below a node: of a - b and a/b, a and b, for the sign and the bar are the operation itself."""
    below = [a for a in node.args if isinstance(a, Expr)] if isinstance(node, Apply) or not isinstance(node, Array) else []
    if _is(node, add, Add):
        return [_unsigned(a) for a in below]
    if _is(node, mul, Mul):
        below = [f for a in below for f in (Mul.make_args(a) if isinstance(a, Mul) else (a,))]
        return [a.args[0] if _is(a, power, Pow) and a.args[1] == -1 else a for a in below]
    return below


def _is(node: Expr, record: object, scalar: type) -> bool:
    return isinstance(node, scalar) or (isinstance(node, Apply) and node.op is record)


def _unsigned(term: Expr) -> Expr:
    if not _is(term, mul, Mul):
        return term
    first, *rest = term.args
    if first is S.NegativeOne:
        return rest[0] if len(rest) == 1 else term.func(*rest)
    if isinstance(first, Mul) and first.args[0] is S.NegativeOne:
        return term.func(-first, *rest)
    return term


def read_in(expr: Expr) -> Iterator[Expr]:
    """Every part that is read in an expression once; the bodies of definitions are not."""
    return (node for node in reached([expr], lambda node: () if isinstance(node, Entry) else parts(node))
            if not isinstance(node, Entry))


def operations(expr: Expr) -> int:
    """How many operations a reader counts."""
    return sum(map(own, read_in(expr)))


def no_longer(one: Expr, other: Expr, more: int = 0) -> bool:
    """Whether a form takes at most so many operations ``more`` than another: operations(one) <= operations(other) + more."""
    return longer_by(one, other) <= more


def longer_by(one: Expr, other: Expr) -> int:
    """How many operations more a form takes than another: operations(one) - operations(other).

    Both are read together from the top, the deeper parts first, and only as far as they differ.
    """
    sides: dict[Expr, int] = {}
    heap: list[tuple[int, int, Expr]] = []
    apart = 0  # how many parts that wait have been met in one of the two alone
    gap = 0

    def meet(node: Expr, side: int) -> int:
        before = sides.get(node, 0)
        if before | side == before or not node.args or isinstance(node, Entry) or not (
                isinstance(node, Apply) if isinstance(node, Array) else not node.is_number):
            return 0
        sides[node] = before | side
        if not before:
            heappush(heap, (-depth(node), len(sides), node))
        return (before | side != BOTH) - (before not in (0, BOTH))

    apart += meet(one, ONE)
    apart += meet(other, OTHER)
    while apart:
        node = heappop(heap)[2]
        side = sides[node]
        if side != BOTH:
            apart -= 1
            gap += own(node) if side == ONE else -own(node)
        for part in parts(node):
            apart += meet(part, side)
    return gap


ONE, OTHER, BOTH = 1, 2, 3


def least(forms: Iterable[Expr], then: Callable[[Expr], int] = depth) -> Expr:
    """The form of fewest operations, of those the one of least depth, or what else is asked, and the first in order."""
    best, *others = forms
    for form in others:
        more = longer_by(form, best)
        if more < 0 or (more == 0 and (then(form), order_key(form)) < (then(best), order_key(best))):
            best = form
    return best
