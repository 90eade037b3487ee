"""Expectations in the axioms of the checker: which factors are independent of which, and where a mirror image helps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from ...checker import Refused, Term, factors, is_fn, places
from .search import POW, SUM, Recorder

# The axiom of the mean, and the function that it is about.
MEAN, EXPECTATION = "expect", "E"
# A normal form, and how it is reached; a ``line`` is a term on its way, as in normal.py, which calls this module.
Normal = Callable[[Recorder, Term], tuple[Term, list[Any]]]


def expectation(line: Any, normal: Normal) -> None:
    """An expectation taken apart: what is not random before it, sums, moments, independent factors, mirror images.

    What the declarations do not settle stays.
    """
    line.at(0, lambda facts, t: _with_ends(line, facts, t))
    if line.does(MEAN) or line.does("moment"):
        line.follow(normal)
        return
    every = factors(line.t.children[0])
    k = next((k for k, f in enumerate(every) if f.kind == SUM or (f.kind == POW and f.children[0].kind == SUM)), None)
    if k is not None:
        if line.at(0, lambda facts, t: _once(line, facts, t, "into", k)) and line.does(MEAN):
            line.follow(normal)
        return
    for which in _splits(line.facts, line.t.children[0]):
        if line.does("independent", which):
            line.does("ring")
            line.follow(normal)
            return
    for name in sorted(line.facts.statement.random(line.t)):
        if _mirrored(line, normal, name):
            line.follow(normal)
            return


def _with_ends(line: Any, facts: Recorder, t: Term, outermost: bool = True) -> tuple[Term, list[Any]]:
    """Sums in sums, each with the ends of its letter beside it: Σ_k [..k..] Σ_l f, so that the mean of f may stand there."""
    inner = type(line)(facts, t)
    if t.kind == SUM:
        inner.at(0, lambda facts, t: _with_ends(line, facts, t, False))
        if not outermost:
            inner.does("out")
    return inner.t, inner.steps


def _once(line: Any, facts: Recorder, t: Term, *step: Any) -> tuple[Term, list[Any]]:
    """One axiom, as work on a part."""
    inner = type(line)(facts, t)
    inner.does(*step)
    return inner.t, inner.steps


def _splits(facts: Recorder, x: Term) -> Iterator[list[int]]:
    """Factors that may be independent of the others."""
    every, random = factors(x), facts.statement.random
    for which in (_connected(every, random), _at_one_place(every, random(x))):
        if 0 < len(which) < len(every):
            yield which


def _connected(every: tuple[Term, ...], random: Callable[[Term], set[str]]) -> list[int]:
    """The first factor, and those that hang together with it by what they read."""
    which, names = {0}, random(every[0])
    while True:
        more = {k for k, f in enumerate(every) if random(f) & names} - which
        if not more:
            return sorted(which)
        which |= more
        names = names.union(*(random(every[k]) for k in more))


def _at_one_place(every: tuple[Term, ...], names: set[str]) -> list[int]:
    """The factors that read nothing but what the first one reads, entry by entry."""
    try:
        read = [{(a, p) for a in names for p in places(f, a)} for f in every]
    except Refused:
        return []
    return [k for k, own in enumerate(read) if own and own <= read[0]]


def _mirrored(line: Any, normal: Normal, name: str) -> bool:
    """Half the sum of a function and its mirror image, where that has no function left."""
    trial = copy.copy(line)
    trial.steps = type(line.steps)()
    trial.steps += line.steps
    if not trial.does("mirror", name):
        return False
    trial.at(0, normal)
    if is_fn(trial.t, EXPECTATION) and _functions(trial.t.children[0]):
        return False
    line.t, line.steps = trial.t, trial.steps
    return True


def _functions(t: Term) -> bool:
    """Whether a term holds a function."""
    return t.kind == "fn" or any(map(_functions, t.children))
