"""Sizes and labels at which conditions on them are met together, where chance seldom leads: δ(y, 7) δ(z, y + 6).

Conditions are linear in sizes, labels, entries of label arrays and letters, each of which has its range.  From values
drawn at random one condition after the other is met by moving one of the quantities in it, ranges among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Integer, KroneckerDelta, Mul, Symbol, expand
from sympy import Sum as SympySum
from sympy.core.relational import Relational

from ..arrays.arrays import Entry
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index, Label
from ..bounds import spend
from ..late import np
from .points import parts

LARGEST, GROUPS, MOST, TRIES, STEPS = 40, 6, 16, 4, 60
Places = Mapping[tuple[str, tuple[int, ...]], int]
"""Labels, from 1, by name and position in a label array."""


@dataclass(frozen=True)
class Tied:
    """Σ c u + constant, which is to be 0, or at most 0 where it is ``below``."""

    terms: tuple[tuple[Any, int], ...]
    constant: int
    below: bool

    def missing(self, values: Mapping[Any, int]) -> int:
        """What it is, where the condition does not hold; otherwise 0."""
        found = self.constant + sum(c * values[u] for u, c in self.terms)
        return max(found, 0) if self.below else found


def groups(exprs: Iterable[Any]) -> list[tuple[Tied, ...]]:
    """Conditions that a product or a sum asks for together, of which one at least is on labels or on sizes alone."""
    exprs = tuple(exprs)
    found: dict[tuple[Tied, ...], None] = {}
    nodes = tuple(parts(exprs))
    if not any(True for node in nodes for _ in _conditions(node)):
        return []
    products = (node for node in nodes if isinstance(node, Mul | SympySum) or RECORDS.mul.of(node))
    for whole in (exprs, *((node,) for node in products)):
        below = tuple(parts(whole))
        spend(len(below) // 4)
        own = tuple(dict.fromkeys(c for node in below for c in _conditions(node)))
        if own and len(own) <= MOST and any(map(_by_choice, own)):
            found[own] = None
    return sorted(found, key=len, reverse=True)[:GROUPS]


def _conditions(node: Any) -> Iterator[Tied]:
    if isinstance(node, KroneckerDelta):
        yield from _linear(node.args[0] - node.args[1], False)
    elif isinstance(node, Relational) and node.rel_op != "!=":
        least, most = (node.lhs, node.rhs) if node.rel_op in ("<", "<=", "==") else (node.rhs, node.lhs)
        yield from _linear(least - most + int(node.rel_op in ("<", ">")), node.rel_op != "==")


def _linear(expr: Expr, below: bool) -> Iterator[Tied]:
    terms = expand(expr).as_coefficients_dict()
    constant = terms.pop(Integer(1), 0)
    if terms and all(_quantity(u) for u in terms) and all(c == int(c) for c in (constant, *terms.values())):
        yield Tied(tuple(sorted(((u, int(c)) for u, c in terms.items()), key=str)), int(constant), below)


def _quantity(u: Any) -> bool:
    if isinstance(u, Entry):
        return getattr(u.base, "label_size", None) is not None
    return isinstance(u, Symbol) and bool(u.is_integer)


def _by_choice(condition: Tied) -> bool:
    """Whether no letter alone meets a condition: it is on a label, or on sizes alone."""
    return any(isinstance(u, Label | Entry) for u, _ in condition.terms) or not any(
        isinstance(u, Index) for u, _ in condition.terms)


def met(asked: Iterable[tuple[Tied, ...]], sizes: Iterable[Mapping[Symbol, int]],
        rng: np.random.Generator) -> Iterator[tuple[dict[str, int], Places]]:
    """Sizes and labels at which groups of conditions are met, or as many of them as could be: each time from other sizes."""
    starts = list(sizes)
    seen = set()
    for k, group in enumerate(group for group in asked for _ in range(TRIES)):
        values = _solved(group, starts[k % len(starts)], rng)
        if values is not None:
            found = {u.name: v for u, v in values.items() if not isinstance(u, Index | Label | Entry)}, _labels(values)
            if (key := str(found)) not in seen:
                seen.add(key)
                yield found


def _labels(values: Mapping[Any, int]) -> Places:
    found: dict[tuple[str, tuple[int, ...]], int] = {}
    known = {s: Integer(v) for s, v in values.items() if isinstance(s, Symbol)}
    for u, value in values.items():
        if isinstance(u, Label):
            found[u.name, ()] = value
        elif isinstance(u, Entry):
            position = tuple(p.xreplace(known) for p in u.indices)
            if all(p.is_Integer for p in position):
                found[u.base.name, tuple(map(int, position))] = value
    return found


def _solved(group: tuple[Tied, ...], start: Mapping[Symbol, int], rng: np.random.Generator) -> dict[Any, int] | None:
    """Values of all quantities at which each lies in its range, with the most conditions met that were met on the way."""
    ranges: dict[Any, list[Tied]] = {}
    open_ = [u for condition in group for u, _ in condition.terms] + list(start)
    while open_:
        u = open_.pop()
        if u not in ranges:
            ranges[u] = list(_range(u))
            open_ += [v for condition in ranges[u] for v, _ in condition.terms]
            open_ += [s for p in (u.indices if isinstance(u, Entry) else ()) for s in p.free_symbols if _quantity(s)]
    inside = [condition for own in ranges.values() for condition in own]
    values = {u: start.get(u, 1 + int(rng.integers(LARGEST // 4))) for u in sorted(ranges, key=str)}
    best: tuple[int, dict[Any, int]] | None = None
    for _ in range(STEPS):
        wrong = [c for c in inside if c.missing(values)]
        unmet = [c for c in group if c.missing(values)]
        if not wrong and (best is None or len(unmet) < best[0]):
            best = len(unmet), dict(values)
        if not wrong and not unmet:
            break
        _meet(_one(wrong or unmet, rng), values, rng)
    return best[1] if best else None


def _range(u: Any) -> Iterator[Tied]:
    low, high = ((u.lo, u.hi) if isinstance(u, Index) else (1, u.size) if isinstance(u, Label) else
                 (1, u.base.label_size) if isinstance(u, Entry) else (1, LARGEST))
    yield from _linear(Add(low, -u), True)
    yield from _linear(Add(u, -high), True)


def _meet(condition: Tied, values: dict[Any, int], rng: np.random.Generator) -> None:
    """One quantity moved to where a condition holds, as near as can be."""
    u, c = _one(condition.terms, rng)
    missing = condition.missing(values)
    if condition.below or missing % c == 0:
        values[u] -= -(-missing // abs(c)) * (1 if c > 0 else -1)


def _one(choices: Any, rng: np.random.Generator) -> Any:
    return choices[int(rng.integers(len(choices)))]
