"""What the equation of an inverse says inside products: (W + R) S⁻¹ = I for S = W + R, so that W S⁻¹ = I - R S⁻¹."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ...checker import (
    ONE,
    SYMMETRIC,
    Pos,
    Refused,
    Term,
    closed,
    ent,
    factors,
    held_by,
    in_range,
    mul,
    num,
    opened,
    single,
)
from .normal import TURNED, Normaliser, NormalLine, Steps
from .search import ADD, INVERSE, MUL, SUM, Recorder, encoded_term

# So many products with an inverse are rewritten, on each side and with each choice of what is eliminated.
MOST = 8
Chain = list[tuple[Any, int]]


def meet_by_inverses(facts: Recorder, work: Normaliser, sides: list[Term], steps: tuple[list[Any], list[Any]]) -> bool:
    """Whether both sides, in normal form with everything written out, are one once the longest products that a matrix is a
    sum of are eliminated beside its inverse; the sides and steps then are those."""
    inverted = {f.data[1] for t in sides for f in inverses_in(t)}
    choices = {name: found for name in sorted(inverted) if (found := _longest(facts, work, name))}
    for which in range(max(map(len, choices.values()), default=0)):
        rules = {name: found[which % len(found)] for name, found in choices.items()}
        lines = [NormalLine(facts, t) for t in sides]
        for line in lines:
            for _ in range(MOST):
                if not any(_eliminated(line, work, s, name, c) for s, name, c in _places(line, rules)):
                    break
        if lines[0].t == lines[1].t:
            for k, line in enumerate(lines):
                sides[k] = line.t
                steps[k].extend(line.steps)
            return True
    return False


def inverses_in(t: Term) -> Iterator[Term]:
    """The entries of inverses in a term, those in sums too."""
    if t.kind == "mat" and t.data[0] == INVERSE:
        yield t
    for c in t.children:
        yield from inverses_in(c)


def _summands(t: Term) -> tuple[Term, ...]:
    return t.children if t.kind == ADD else (t,)


def _longest(facts: Recorder, work: Normaliser, name: str) -> list[tuple[Chain, Chain, Fraction]]:
    """The longest products of matrices that a matrix is a sum of, read from the last index and from the first, and what they
    are multiplied by."""
    tensor = facts.statement.tensors[name]
    if tensor.body is None:
        return []
    row, column = facts.fresh(), facts.fresh(1)
    at = [single(row), single(column)]
    inner = facts.inside(held_by(in_range(at, tensor.shape)), [row, column])
    found = []
    for t in _summands(work.normal(inner, ent(name, at))[0]):
        c = next((f.data for f in factors(t) if f.kind == "num"), Fraction(1))
        _, body, _ = _opened(inner, mul(*(f for f in factors(t) if f.kind != "num")))
        every = [f for f in factors(body) if f.kind != "iv"]
        last, first = (_walk(facts, every, p) for p in (at[1], at[0]))
        if every and last[2] == at[0] and len(last[0]) == len(every):
            found.append((last[0], first[0], c))
    return [each for each in found if len(each[0]) == max(len(other[0]) for other in found)]


def _opened(facts: Recorder, t: Term) -> tuple[list[str], Term, Term]:
    """The letters of the sums in a product, its body with them, and the factors beside the sums."""
    block = next((f for f in factors(t) if f.kind == SUM), None)
    if block is None:
        return [], t, ONE
    names: list[str] = []
    body = block
    while body.kind == SUM:
        names.append(facts.fresh(len(names)))
        body = opened(body, single(names[-1]))
    return names, body, mul(*(f for f in factors(t) if f != block))


def _walk(facts: Recorder, every: list[Term], p: Pos, most: int = 99) -> tuple[Chain, list[Term], Pos]:
    """From one index to the next through entries: which matrices, as they are or turned; the entries; where it ends."""
    chain: Chain = []
    left, used = list(every), []
    while len(chain) < most:
        here = [f for f in left if len(f.positions) == 2 and p in f.positions]
        if len(here) != 1:
            break
        left.remove(here[0])
        way = 1 if here[0].positions[1] == p else -1
        chain.append((here[0].data, 0 if _symmetric(facts, here[0]) else way))
        used.append(here[0])
        p = here[0].positions[0 if way == 1 else 1]
    return chain, used, p


def _symmetric(facts: Recorder, f: Term) -> bool:
    name = f.data[1] if f.kind == "mat" else f.data
    return name in facts.script.get(TURNED, ()) or bool(SYMMETRIC & facts.statement.tensors[name].properties)


def _places(line: NormalLine, rules: dict[str, tuple[Chain, Chain, Fraction]]) -> Iterator[tuple[Term, str, Term]]:
    """Each summand in which a product stands beside an inverse, with the sum of the whole matrix and its inverse there."""
    for t in _summands(line.t):
        names, body, others = _opened(line.facts, t)
        every = [f for f in factors(body) if f.kind != "iv"]
        for f in every:
            name = f.data[1] if f.kind == "mat" and f.data[0] == INVERSE else None
            if name not in rules:
                continue
            last, first, c = rules[name]
            either = _symmetric(line.facts, f)
            for side in (0, 1):
                for chain in (last, first) if either else ((last, first)[side],):
                    if f.positions[side] in map(single, names):
                        made = _whole(line.facts, (names, body, others), f, side, chain, Fraction(-1) / c)
                        if made is not None:
                            yield made, name, t


def _whole(facts: Recorder, parts: tuple[list[str], Term, Term], inverse: Term, side: int, chain: Chain, c: Fraction,
           ) -> Term | None:
    """The product with the whole matrix for what stands before its inverse (``side`` 0), or behind it."""
    names, body, others = parts
    every = [f for f in factors(body) if f.kind != "iv"]
    every.remove(inverse)
    at, far = inverse.positions[side], inverse.positions[1 - side]
    found, used, end = _walk(facts, every, at, len(chain))
    if found != chain:
        return None
    for f in used:
        every.remove(f)
    gone = {p for f in used for p in f.positions} - {end} | {at}
    if any(p in f.positions for f in every for p in gone):
        return None
    name, k = inverse.data[1], facts.fresh(len(names))
    removed = {n for n in names if single(n) in gone}
    held = [b for b in factors(body) if b.kind == "iv" and not b.free & removed]
    place = [(end, single(k)), (single(k), far)] if side == 0 else [(single(k), end), (far, single(k))]
    inner = closed(mul(*in_range([single(k)], facts.statement.shape(name)[:1]), ent(name, place[0]),
                       Term("mat", (), place[1], inverse.data)), k)
    try:
        made: Term = mul(num(c), others, closed(mul(*held, *every, inner), *(n for n in names if n not in removed)))
        return made
    except Refused:
        return None


def _eliminated(line: NormalLine, work: Normaliser, s: Term, name: str, t: Term) -> bool:
    """Whether a summand is gone once an equation of an inverse is added."""
    steps = _met(line.facts, s)[1]
    trial = NormalLine(line.facts, line.t)
    if not steps or not trial.does("equation", encoded_term(s), list(steps)):
        return False
    trial.follow(work.normal)
    if t in _summands(trial.t):
        return False
    line.t = trial.t
    line.steps += trial.steps
    return True


def _met(facts: Recorder, t: Term) -> tuple[Term, Steps]:
    """A matrix times its inverse, wherever it stands."""
    line = NormalLine(facts, t)
    if t.kind == SUM and not line.does("inverse"):
        line.at(0, _met)
    elif t.kind == MUL:
        for k in [k for k, c in enumerate(t.children) if c.kind == SUM]:
            if line.at(k, _met):
                break
    return line.t, line.steps
