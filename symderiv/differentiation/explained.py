"""Names in results: those that are taken, and what those in a closed form stand for."""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import Named, Spelled, subexpressions
from ..arrays.operator import shape_of
from ..arrays.walks import bottom_up
from ..bounds import bounded
from ..lowering.program import Program, renamed_operator
from ..matrixform.close import close
from ..matrixform.compact import operations
from ..matrixform.gathered import Gathering


def names_of(*exprs: Expr | None) -> set[str]:
    """Names that a new one must not repeat: those of variables, of definitions and of their sizes."""
    found: set[str] = set()
    for expr in exprs:
        if expr is not None:
            found |= {str(s) for s in expr.free_symbols} | {s.name for s in subexpressions(expr) if isinstance(s, Named)}
            found |= {str(s) for t in expr.free_symbols for size in getattr(t, "shape", ()) for s in size.free_symbols}
    return found


@bounded
def explained(*exprs: Expr) -> dict[str, Expr]:
    """The named definitions that expressions print by name, each with what it stands for, after those that it needs."""
    found: dict[str, Expr] = {}
    named = {n for n in subexpressions(*exprs) if isinstance(n, Named)}
    nodes = sorted(named, key=lambda n: n.name)
    needs = {node: {n for n in bottom_up(node.body, named) if isinstance(n, Named)} for node in nodes}
    done: set[Named] = set()
    # What the definitions have in common is read once; where two have one name, each is read by itself.
    program, gathering = Program() if len({n.name for n in nodes}) == len(nodes) else None, Gathering()
    while len(done) < len(nodes):
        for node in nodes:
            if node not in done and needs[node] <= done:
                done.add(node)
                found.setdefault(node.name, renamed_operator(node) or _as_arrays(node, program or Program(), gathering))
    return found


def _as_arrays(node: Named, program: Program, gathering: Gathering) -> Expr:
    """What a name stands for: the entry, as it was written, or the whole array where that is shorter."""
    sym = program.symbol(node)
    array = close(sym.body, sym.letters, (), gathering) if sym.body is not None and sym.letters is not None else None
    if array is not None and operations(array) < operations(node.body) and len(shape_of(array)) == len(node.shape):
        return array
    return Spelled(node.name, node.letters, node.body) if node.shape else node.body
