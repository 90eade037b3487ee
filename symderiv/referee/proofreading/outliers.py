"""A side of a chain of equations that is another number than the sides before and behind it, which agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from .equation_chains import Side, chains
from .erratum import Erratum
from .plain_numbers import Number, names_in, value

POINTS = 4
NEAR = 1e-9


def outliers(text: str) -> Iterator[Erratum]:
    """Sides between two that agree, where they do not: scalar names are tried at whole numbers."""
    for sides in chains(text):
        # What is first may be a name, or an equation; where all have its names, it says what they say.
        names = names_in(sides[0].text)
        whole = len(sides) > 2 and names and all(names_in(side.text) == names for side in sides)
        wrong = []
        read = [(side, values) for side in sides[not whole:] if (values := _values(side, sides)) is not None]
        for place, (side, values) in enumerate(read[1:-1], 1):
            for first, last in ((read[0], read[-1]), (read[place - 1], read[place + 1])):
                if not _same(first[1], last[1]) or _same(values, first[1]) or not names_in(side.text) <= (
                        names_in(first[0].text) | names_in(last[0].text)):
                    continue
                right, why = _one_sign(side, sides, first[1]) or (last[0].text, "another value than the sides around it")
                wrong.append(side)
                yield Erratum(side.line, side.text, right, "step", why)
                break
        if sides[-2] not in wrong:
            yield from _apart(sides, read)


def _apart(sides: tuple[Side, ...], read: list[tuple[Side, list[Number]]]) -> Iterator[Erratum]:
    """A last side that is the one before it but for a number, so that no values make them equal."""
    if len(read) < 2 or read[-1][0] is not sides[-1] or read[-2][0] is not sides[-2]:
        return
    (before, wanted), (side, values) = read[-2:]
    names = names_in(side.text)
    apart = {Fraction(a) - Fraction(b) for a, b in zip(values, wanted, strict=True)}
    if len(apart) == 1 and not _same(values, wanted) and len(names) > 1 and names == names_in(before.text):
        more = apart.pop()
        yield Erratum(side.line, side.text, before.text, "step", f"{'more' if more > 0 else 'less'} than the side before it "
                      f"by {abs(more)}, whatever the names stand for")


def _values(side: Side, sides: tuple[Side, ...]) -> list[Number] | None:
    names = sorted({name for each in sides for name in names_in(each.text)})
    chance = random.Random(0)
    found = []
    for _ in range(POINTS):
        got = value(side.text, {name: Fraction(chance.randint(2, 9)) for name in names})
        if got is None:
            return None
        found.append(got)
    return found


def _same(a: list[Number], b: list[Number]) -> bool:
    pairs = ((float(x), float(y)) for x, y in zip(a, b, strict=True))
    return all(abs(x - y) <= NEAR * max(1.0, abs(x), abs(y)) for x, y in pairs)


def _one_sign(side: Side, sides: tuple[Side, ...], wanted: list[Number]) -> tuple[str, str] | None:
    """The side with one sign changed that makes it right."""
    for position, sign in enumerate(side.text):
        if sign in "+-":
            other = side.text[:position] + ("-" if sign == "+" else "+") + side.text[position + 1:]
            values = _values(Side(other, side.line), sides)
            if values is not None and _same(values, wanted):
                return other, "a sign is wrong"
    return None
