"""Under which condition two sides agree: a counted search over conditions on what they take a logarithm of, and the like.

A candidate is a sign, a bound or "not 0" of an operand of a logarithm, a root, a power, an inverse, a quotient or a
function with a kink, or of an entry of a tensor.  It is the answer where every point at which it holds agrees and none at
which it fails does; where the sides never differ but one alone has a value, the first is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from sympy import Abs, Expr, Function, Integer, Ne, Pow, pi
from sympy.core.relational import Relational

from ..arrays.arrays import Apply, Array, Tensor
from ..arrays.assumptions import words
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index
from ..errors import SymderivError
from ..functions import BY_CLASS
from ..functions.elementary import log
from ..functions.network_functions import absolute, heaviside, sign
from ..late import np
from .assumed import holds_at
from .dual import Numbers
from .evaluate import Evaluator
from .points import Rows, parts

SINGLE, PAIRS, TRIPLES = 120, 2000, 1000
LEAST = 6
BEST = 4
# Points in general position: what holds at zeros alone is no condition.
GENERAL = frozenset(("both signs", "positive", "unit", "wide"))


@dataclass(frozen=True)
class Found:
    """The relations that must hold, in words, and how many were tried at how many points."""

    conditions: tuple[Any, ...]
    words: str
    counted: str


@dataclass(frozen=True)
class _Tested:
    relation: Any
    holds: Numbers


Group = tuple[Rows, tuple[Numbers, Numbers]]
"""Points, and at which of them both sides agree in all entries, or do not."""


def conditions_for(nodes: Iterable[Any], groups: Sequence[Group], exact: bool) -> tuple[Found, ...]:
    """The conditions that explain where the sides agree, the best first; none where none of the candidates does."""
    if not groups:
        return ()
    good, bad = (np.concatenate([g[k] for _, g in groups]) for k in (0, 1))
    if not good.any() or not bad.any():
        return ()
    general = np.array([spread in GENERAL for rows, _ in groups for spread in rows.spreads])
    if (good & general).sum() < LEAST:
        return ()  # whatever holds, it holds at too few of them
    points = [(Evaluator(rows.data()), rows.count) for rows, _ in groups]
    tested: list[_Tested] = []
    for relation in islice(dict.fromkeys(candidates(nodes)), SINGLE):
        holds = np.concatenate([_holds(relation, evaluator, number) for evaluator, number in points])
        # A condition that holds everywhere, or nowhere, explains nothing.
        if holds.any() and not holds.all():
            tested.append(_Tested(relation, holds))
    count, found = 0, []
    for size, most in ((1, SINGLE), (2, PAIRS), (3, TRIPLES)):
        among = tested if size < 3 else [t for t in tested if t.relation.rel_op in (">", "!=") and t.relation.rhs == 0]
        for chosen in islice(combinations(among, size), most):
            count += 1
            holds = np.logical_and.reduce([c.holds for c in chosen])
            # Wherever it holds, both sides have a value and agree.
            if (holds & bad).any() or (holds & good & general).sum() < LEAST or (holds & good).sum() < 0.9 * holds.sum():
                continue
            missed = int((good & ~holds).sum())
            if exact and missed:
                continue
            composite = sum(not _of_an_atom(c.relation) for c in chosen)
            rank = (int((holds & ~good).sum()), int(missed > 0), composite, missed, -int(holds.sum()),
                    sum(len(str(c.relation)) for c in chosen))
            found.append((rank, tuple(c.relation for c in chosen)))
        # One condition is enough, or else two; more of them only where fewer do not explain all.
        if found and min(rank for rank, _ in found)[0] == 0:
            break
    found.sort(key=lambda f: f[0])
    return tuple(Found(relations, " and ".join(words(r) for r in relations), f"{count} conditions tried at "
                       f"{len(good)} points") for _, relations in found[:BEST])


def _holds(relation: Any, evaluator: Evaluator, count: int) -> Numbers:
    try:
        with np.errstate(all="ignore"):
            return np.array(holds_at(relation, evaluator, count))
    except (SymderivError, TypeError, ValueError, np.linalg.LinAlgError):
        return np.zeros(count, dtype=bool)


def _of_an_atom(relation: Any) -> bool:
    left = relation.lhs
    if absolute.applied(left) or RECORDS.det.of(left):
        left = left.args[0]
    return isinstance(left, Tensor)


# ------------------------------------------------------------------ candidates

def candidates(exprs: Iterable[Any]) -> Iterator[Any]:
    """Conditions that could be what is missing, the likeliest first."""
    nodes = list(parts(exprs))
    atoms = [n for n in nodes if isinstance(n, Tensor) and n.label_size is None]
    operands = [o for n in nodes for o in _operands(n)]
    # A logarithm has no value at 0, whatever an exponential makes of it.
    logged = {s for n in nodes if log.applied(n) for s in (*n.args, *n.args[0].free_symbols)}
    # A sign or a bound is what an inverse function, a root or an absolute value asks for; a claim that is false on one
    # side of a kink is false.
    asked = {s for o in (*operands, *(a for n in nodes if isinstance(n, Abs) for a in n.args)) for s in (o, *o.free_symbols)}
    # Where the pieces of a step or a sign meet, a claim may be false at that place alone.
    jumps = [a for n in nodes for record in (sign, heaviside) if record.applied(n) for a in n.args]
    for u in dict.fromkeys((*sorted(atoms, key=str), *operands, *jumps)):
        if u in asked:
            yield from _about(u, u in logged)
        else:
            yield Ne(u, Integer(0))


def _about(u: Expr, logged: bool) -> Iterator[Any]:
    shape: tuple[Any, ...] = tuple(getattr(u, "shape", ()))
    made: list[Any] = []
    size = absolute(u)
    made += [u > 0, Ne(u, Integer(0)), u < 0] if logged else [u > 0, u >= 0, Ne(u, Integer(0)), u < 0, u <= 0]
    made += [size < pi / 2, size < 1, *(() if logged else (size <= 1, size <= pi / 2)), size < pi,
             *(() if logged else (u >= 1,)), u > 1, u > -1]
    if len(shape) == 2 and len(set(shape)) == 1:
        made.insert(0, Ne(RECORDS.det(u), Integer(0)))
    yield from (r for r in made if isinstance(r, Relational))


def _operands(node: Any) -> Iterator[Expr]:
    """What a node takes the logarithm, the root, the inverse of, or what it divides by."""
    found: list[Any] = []
    if isinstance(node, Apply):
        if node.op.domain:
            found = list(node.args[:1])
    elif isinstance(node, Pow):
        found = [node.base] if not (node.exp.is_Integer and node.exp > 0) else []
    elif isinstance(node, Function) and (record := BY_CLASS.get(type(node).__name__)) is not None and record.domain:
        found = list(node.args)
    for operand in found:
        free = operand.free_symbols if isinstance(operand, Expr) else ()
        if free and not any(isinstance(s, Index) for s in free) and isinstance(operand, Expr) and (
                isinstance(operand, Array) or not any(s.is_integer for s in free)):
            yield operand
