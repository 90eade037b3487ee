"""Indices: one that survives its sum, one that stands on one side only, two ends for a range, names off by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from .equation_chains import Side, chains, formulas
from .erratum import Erratum
from .plain_numbers import names_in, value

_SUM = re.compile(r"\\sum_\{?\s*([a-z])\s*(?:=|\\in|\b|\})(?!')")
_RANGE = re.compile(r"\\sum_\{\s*([a-z])\s*=\s*([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*\^"
                    r"(?:\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|(\w))")
_PAIR = re.compile(r"([a-z])\s*\\in\s*\\\{([^{}]*(?:\{[^{}]*\}[^{}]*)*?)\\\}")
_CASE = re.compile(r"\\begin\{cases\}\s*(.*?)&\s*\\text\s*\{[^{}]*\}(.*?)\\\\", re.DOTALL)
_SCRIPTS = re.compile(r"_\{([^{}]*)\}|_([a-z])(?![A-Za-z])")
_FREE = "ijkl"
# y_i = ..., up to where words begin.
_CLAIM = re.compile(r"([a-z])_([a-z])\s*=\s*([^=]*?)\s*(?:\\text|\\quad|\\end|$)")
_FONTS = re.compile(r"\\(?:mathbf|boldsymbol|mathrm)\s*\{(\w+)\}")


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", _FONTS.sub(r"\1", text))


def equal_sizes(a: str, b: str) -> bool:
    """Whether two index expressions are the same at every whole number that is tried."""
    names = names_in(a) | names_in(b)
    for shift in (3, 7, 12):
        at = {name: Fraction(shift * (k + 2) + k * k) for k, name in enumerate(sorted(names))}
        found = value(a, at), value(b, at)
        if None in found or found[0] != found[1]:
            return False
    return True


# ------------------------------------------------------------------ an index that survives its sum

def surviving(text: str) -> Iterator[Erratum]:
    """A case behind a sum that still reads the sum's index, which the case's condition determines."""
    for sides in chains(text):
        bound = {match[1] for side in sides for match in _SUM.finditer(side.text)}
        for side in sides[1:]:
            case = _CASE.search(side.text)
            if case is None:
                continue
            used = _letters(case[1])
            for letter in sorted(bound & used - _letters(sides[0].text)):
                solved = _solved(case[2], letter)
                if solved:
                    right = _SCRIPTS.sub(lambda m, at=letter, by=solved: (
                        f"_{{{by}}}" if (m[1] or m[2]) == at else m[0]), case[1].strip())
                    yield Erratum(side.line, case[1].strip(), right, "index survives its sum",
                                  f"{letter} is the index of the sum, and the condition makes it {solved}")
            yield from _other_index(sides, side, case[2])


def _letters(text: str) -> set[str]:
    """Index letters that are read below a name."""
    return {letter for match in _SCRIPTS.finditer(text) for letter in re.findall(r"[a-z](?!_)(?!')", match[1] or match[2])}


def _solved(condition: str, letter: str) -> str:
    """The letter from an equation in which it has the coefficient 1."""
    left, sign, right = condition.partition("=")
    terms = re.findall(r"([+-]?)\s*(\\?[A-Za-z]+(?:_\{?\w+\}?)?|\d+)", left.strip())
    if not sign or (("", letter) not in terms and ("+", letter) not in terms):
        return ""
    rest = [(mark, term) for mark, term in terms if term != letter]
    return _bare(right) + "".join(f" {'+' if mark == '-' else '-'} {term}" for mark, term in rest)


def _other_index(sides: tuple[Side, ...], case: Side, condition: str) -> Iterator[Erratum]:
    """A sum whose factor is read at another index than its cases say."""
    left, sign, _ = condition.partition("=")
    for side in sides if sign else ():
        sums = list(_SUM.finditer(side.text))
        derived = re.search(r"\\partial\s+([A-Za-z])", sides[0].text.partition("{\\partial")[2].partition("}{")[2])
        for match in re.finditer(r"([a-z])_\{([^{}]*)\}", side.text[sums[0].end():] if sums else ""):
            if derived and match[1] == derived[1] and len(match[2]) > 1 and not equal_sizes(match[2], left):
                yield Erratum(side.line, f"{match[1]}_{{{match[2]}}}", f"{match[1]}_{{{_bare(left)}}}", "index",
                              f"the cases of the same equation are those of the index {_bare(left)}")


# ------------------------------------------------------------------ an entry for a whole

def one_sided(text: str) -> Iterator[Erratum]:
    """A chain from a whole array to a whole array whose sides between are entries of it."""
    for sides in chains(text):
        free = [_letters(_FONTS.sub(r"\1", side.text)) & set(_FREE) - {m[1] for m in _SUM.finditer(side.text)}
                for side in sides]
        heads = re.fullmatch(r"[A-Z]\((?:[^()]*)\)", _bare(sides[0].text)), re.fullmatch(r"[A-Z]\((?:[^()]*)\)",
                                                                                  _bare(sides[-1].text))
        between = set.union(*free[1:-1]) if len(free) > 2 else set()
        if all(heads) and not free[0] and not free[-1] and len(between) == 1 and all(free[1:-1]):
            (letter,) = between
            left, right = sides[0].text, sides[1].text
            yield Erratum(sides[0].line, f"{left} = {right}", f"{left}_{letter} = {right}", "index",
                          f"{letter} is free on the right alone: the sides between are entry {letter} of the vector")


# ------------------------------------------------------------------ two ends for a range

def two_ends(text: str) -> Iterator[Erratum]:
    """i ∈ {a, b} where a sum of the same text runs from a to b."""
    ranges = [(m[1], m[2], m[3] or m[4]) for m in _RANGE.finditer(text)]
    for source, line, _ in formulas(text):
        for match in _PAIR.finditer(source):
            ends = [end.strip() for end in match[2].split(",")]
            if len(ends) != 2 or not any(letter == match[1] and equal_sizes(ends[0], low) and equal_sizes(ends[1], high)
                                         for letter, low, high in ranges):
                continue
            yield Erratum(line + source.count("\n", 0, match.start()), match[0].strip(),
                          rf"{match[1]} \in \{{{ends[0]}, \dots, {ends[1]}\}}", "two elements for a range",
                          "the sum runs over all numbers from one end to the other")


# ------------------------------------------------------------------ names off by one

def off_by_one(text: str) -> Iterator[Erratum]:
    """A list written out in two ways, and a general name for its entries that is that of a neighbour."""
    for source, line, _ in formulas(text):
        lists = [_items(m[1]) for m in re.finditer(r"\[([^\[\]]*\\dots[^\[\]]*)\]", source)]
        claim = _CLAIM.search(_FONTS.sub(r"\1", source).rpartition("]")[2])
        named = _named_entry(lists, claim[1]) if claim else None
        if claim is None or named is None:
            continue
        general, letter = claim[3].strip(), claim[2]
        number, entry = named
        if _at(general, letter, number) != entry and _at(general, letter, number + 1) == entry:
            right = re.sub(rf"_{letter}(?![A-Za-z])", f"_{{{letter}+1}}", general)
            row = line + source.count("\n", 0, source.rfind(f"{claim[1]}_{letter}"))
            yield Erratum(row, f"{claim[1]}_{letter} = {general}", f"{claim[1]}_{letter} = {right}", "off by one",
                          f"in the lists {claim[1]}_{number} is {entry}")


def _named_entry(lists: list[list[str]], name: str) -> tuple[int, str] | None:
    """The first entry that one list writes out and the next one names: y_1 for x_2 - x_1."""
    for one, other in pairwise(lists):
        for entry, named in zip(one, other, strict=False):
            number = re.fullmatch(rf"{name}_(\d+)", named)
            if number is not None and re.search(r"_\{?\d", entry):
                return int(number[1]), entry
    return None


def _items(inner: str) -> list[str]:
    return [_bare(item) for item in inner.split(",")]


def _at(general: str, letter: str, number: int) -> str:
    return _bare(re.sub(rf"_\{{?{letter}\}}?(?![A-Za-z])", f"_{number}", general))
