"""Whole numbers at which everything holds that is known at a place: what is negative at one of them does not follow.

A search for multipliers that cannot succeed is the dearest of all; most are spared by a few numbers.  Nothing here is
believed: only searches are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

from ...checker import Pos, Statement

QUOTIENT = "floor"
# Numbers for all names that are kept for a place, attempts at them, and how far a letter without an end goes.
KEPT, TRIED, FAR = 6, 24, 4
Model = dict[str, int]


class NoNumber(Exception):
    """A quotient by zero."""


class Models:
    """Numbers for sizes, letters and labels that satisfy what is known, for every place that is asked about."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.found: dict[frozenset[Pos], tuple[list[Model], Iterator[Model]]] = {}

    def refute(self, known: tuple[Pos, ...], letters: tuple[str, ...], p: Pos) -> bool:
        """Whether p is negative somewhere where everything known is not."""
        place = frozenset(known)
        if place not in self.found:
            self.found[place] = [], self._models(known, letters)
        found, more = self.found[place]
        if any(self._negative(p, model) for model in found):
            return True
        for model in more:
            found.append(model)
            if self._negative(p, model):
                return True
        return False

    def _negative(self, p: Pos, model: Model) -> bool:
        try:
            return self.value(p, model) < 0
        except NoNumber:
            return False

    def _models(self, known: tuple[Pos, ...], letters: tuple[str, ...]) -> Iterator[Model]:
        names = list(dict.fromkeys([*sorted(frozenset().union(*(f.free for f in known)) - {*letters}), *letters]))
        place = {name: k for k, name in enumerate(names)}
        # What is known is used to choose the last of its names.
        facts: list[list[Pos]] = [[] for _ in names]
        for f in dict.fromkeys(known):
            if f.free:
                facts[max(place[name] for name in f.free)].append(f)
        draw, left = Random(0), KEPT
        for _ in range(TRIED):
            model = None
            with suppress(NoNumber):
                model = self._drawn(names, facts, draw)
            if model is not None:
                left -= 1
                yield model
            if not left:
                return

    def _drawn(self, names: Iterable[str], facts: list[list[Pos]], draw: Random) -> Model | None:
        """One number after the other, between the ends that those before it leave; None where nothing is between them."""
        model: Model = {}
        for name, own in zip(names, facts, strict=True):
            least, most, late = None, None, []
            for f in own:
                c, rest = f.slope(name)
                if c is None:
                    late.append(f)
                elif c > 0:
                    end = -(self.value(rest, model) // c)
                    least = end if least is None else max(least, end)
                else:
                    end = self.value(rest, model) // -c
                    most = end if most is None else min(most, end)
            least = (most - FAR if most is not None else -FAR) if least is None else least
            most = least + FAR if most is None else most
            if least > most:
                return None
            model[name] = draw.choice((least, most, draw.randint(least, most)))
            if any(self.value(f, model) < 0 for f in late):
                return None
        return model

    def value(self, p: Pos, model: Model) -> int:
        """The number that a position is; a name of which nothing is known is 0."""
        found = 0
        for atoms, c in p.terms.items():
            for a in atoms:
                c *= self._atom(a, model)
            found += c
        return found

    def _atom(self, a: Any, model: Model) -> int:
        if isinstance(a, str):
            return model.get(a, 0)
        if a[0] == QUOTIENT:
            below = self.value(a[2], model)
            if below <= 0:
                raise NoNumber
            return self.value(a[1], model) // below
        size, shape = self.statement.labels[a[1]]
        at = [self.value(p, model) for p in a[2:]]
        top = self.value(size, model)
        inside = all(1 <= k <= self.value(n, model) for k, n in zip(at, shape, strict=True))
        return 1 + (len(a[1]) + 3 * sum(at)) % top if inside and top > 0 else 0
