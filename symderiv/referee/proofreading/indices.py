"""Indices: one that survives its sum, one that stands on one side only, two ends for a range, names off by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
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
_DELTA = re.compile(r"\\delta_\{([^{},]+),([^{},]+)\}")
_SCRIPTS = re.compile(r"_\{([^{}]*)\}|_([a-z])(?![A-Za-z])")
_FREE = "ijkl"
BEHIND = 3
"""How many lines behind a list the general name of its entries may stand."""
_ENDS_MEANT = re.compile(r"\b(?:first|both ends|end ?points|either|only the|two ends)\b")
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
        for before, side in pairwise(sides):
            case = _CASE.search(side.text)
            if case is None:
                continue
            used = _letters(case[1])
            for letter in sorted(bound & used - _letters(sides[0].text)):
                solved = _solved(case[2], letter)
                if not solved and (delta := _DELTA.search(before.text)) and letter not in _letters(case[2]):
                    solved = next(filter(None, (_solved("=".join(ends), letter) for ends in (
                        delta.groups(), delta.groups()[::-1]))), "")
                if solved:
                    right = _SCRIPTS.sub(lambda m, at=letter, by=solved: (
                        f"_{{{by}}}" if (m[1] or m[2]) == at else m[0]), case[1].strip())
                    yield Erratum(side.line, case[1].strip(), right, "index survives its sum",
                                  f"{letter} is the index of the sum, and the condition makes it {solved}")
            yield from _other_index(sides, side, case[2])


def outside(text: str) -> Iterator[Erratum]:
    """A side that reads the index of a sum outside its group, where an index of the first side is missing."""
    for sides in chains(text):
        bound = {m[1] or m[2] for side in sides for m in _BOUND.finditer(side.text)}
        known = bound.union(*(_primed(side.text) for side in sides))
        wanted = _primed(sides[0].text, known)
        for side in sides[1:]:
            free = _primed(_without_sums(side.text), known)
            lost, missing = (free & bound) - wanted, wanted - free - _primed(side.text, known)
            shared = free & bound - _primed(_without_sums(sides[0].text), known)
            if len(shared) == len(free) == 1 and not missing and all(
                    _sums_over(shared, x.text) for x in (sides[0], side)):
                yield Erratum(side.line, side.text, sides[0].text, "index survives its sum",
                              f"{min(shared)} is the index of the sum, and stands outside of it too")
            elif len(lost) == len(missing) == 1 and free - lost <= wanted and not _CASE.search(side.text):
                (letter,), (right,) = lost, missing
                place = f"_{{{letter}}}"
                yield Erratum(side.line, side.text, _freed(side.text, letter, right), "index survives its sum",
                              f"{letter} is the index of a sum that has ended; {place} should be _{{{right}}}")


def _sums_over(letters: Set[str], text: str) -> bool:
    return any(letters & {*match.groups()} for match in _BOUND.finditer(text))


_BOUND = re.compile(r"\\sum(?:\\limits)?_(?:\{\s*([a-z]'*)[^{}]*\}|([a-z]))")
_PRIMED = re.compile(r"_\{?([a-z]'*)\}?(?![A-Za-z])")
_SEVERAL = re.compile(r"_\{([a-z]{2,4})\}")
_GROUPS = re.compile(r"\\left\s*\(|\\right\s*\)|[{}()]|\\sum")


def _primed(text: str, known: Set[str] = frozenset()) -> set[str]:
    """Letters that stand below a name, with their primes: alone, or several of which each is ``known`` for one."""
    bare = _FONTS.sub(r"\1", _BOUND.sub(" ", text))
    return set(_PRIMED.findall(bare)).union(*(m[1] for m in _SEVERAL.finditer(bare) if set(m[1]) <= known))


def _spans(text: str) -> list[tuple[int, int]]:
    """Where sums reach: from each to the end of its group."""
    starts: list[list[int]] = [[]]
    found = []
    for match in _GROUPS.finditer(text):
        token = match[0]
        if token == "\\sum":
            starts[-1].append(match.start())
        elif token[-1] in "{(":
            starts.append([])
        elif len(starts) > 1:
            found += [(start, match.start()) for start in starts.pop()]
    return found + [(start, len(text)) for group in starts for start in group]


def _without_sums(text: str) -> str:
    spans = _spans(text)
    return "".join(" " if any(a <= k < b for a, b in spans) else char for k, char in enumerate(text)) if spans else text


def _freed(text: str, letter: str, right: str) -> str:
    """The side with another letter outside its sums."""
    spans = _spans(text)
    return re.sub(r"_\{[a-z']+\}|_[a-z]'*", lambda m: m[0] if any(a <= m.start() < b for a, b in spans) else (
        f"_{{{right}}}" if m[0].strip("_{}") == letter else m[0].replace(letter, right)), text)


def lost_sums(text: str) -> Iterator[Erratum]:
    """A side without a sum that reads an index which the sums of the other sides bind, and nothing else has."""
    rows = text.split("\n")
    for sides in chains(text) if not _CONVENTION.search(text) else ():
        ranges = {m[1]: m[0] for side in sides for m in _RANGE.finditer(side.text)}
        for side in sides[1:]:
            others = set().union(*(_letters(_without_sums(other.text)) for other in sides if other is not side))
            loose = (_letters(side.text) & ranges.keys()) - others
            if len(loose) != 1 or _BINDS.search(side.text) or any(  # an implied sum, which another side writes
                    _bare(other.text).endswith(_bare(side.text)) for other in sides if other is not side):
                continue
            (letter,) = loose
            said = re.sub(r"_\{[^{}]*\}", "", " ".join(rows[side.line - 1:side.line + 2]))
            if not re.search(_SAID_OF.format(letter), said):
                by = _BY.search(sides[0].text)
                if by and by[1] in _letters(side.text):
                    yield Erratum(side.line, side.text, _freed(side.text, letter, by[1]), "index survives its sum",
                                  f"{letter} is the index of a sum of which one term depends on what is derived by")
                else:
                    yield Erratum(side.line, side.text, f"{ranges[letter]} {side.text}", "index survives its sum",
                                  f"nothing binds {letter} here; the other sides sum over it")


_BY = re.compile(r"\{\s*\\partial\s*\\?[A-Za-z]+_\{?([a-z])\}?\s*\}\s*$")
_BINDS = re.compile(r"\\(?:sum|prod|int|max|min|bigcup|bigoplus|delta|mathbb\{1\}|mathbf\{1\}|partial|begin)")
_CONVENTION = re.compile(r"\b(?:Einstein|summ(?:ation|ed|ing) (?:convention|over)|repeated ind)")
# "for every j", "with j = n": the letter means something outside the sums.
_SAID_OF = r"(?<![\w{{]){0}\s*(?:=|\\in|\\le|\\to)|(?:every|each|all|any|for|over)\s+\$?{0}\b"


def unsummed(text: str) -> Iterator[Erratum]:
    """A side that is a sum whose index is not in it, while another index in it is bound by nothing and on no other side."""
    for sides in chains(text):
        for side in sides[1:]:
            match = _WHOLE_SUM.match(side.text)
            used = _letters(match[2]) if match is not None else set()
            if match is None or "\\sum" in match[2] or match[1] in used or re.search(
                    rf"(?<![A-Za-z\\]){match[1]}(?![A-Za-z])", match[2]):
                continue
            loose = used - set().union(*(_letters(other.text) for other in sides if other is not side))
            if len(loose) == 1 and re.search(r"[-+]", re.sub(r"\{[^{}]*\}|\([^()]*\)", "", match[2])) is None:
                (letter,) = loose
                right = side.text[:match.start(2)] + re.sub(rf"_\{{?{letter}\}}?(?![A-Za-z])", f"_{match[1]}", match[2])
                yield Erratum(side.line, side.text, right, "index",
                              f"the sum is over {match[1]}, which is not in it, and nothing binds {letter}")


_WHOLE_SUM = re.compile(r"\s*-?\s*(?:\\[dt]?frac\s*(?:\{[^{}]*\}|\d)\s*(?:\{[^{}]*\}|\w)|[\w/]*)\s*\\sum(?:\\limits)?"
                        r"_\{?\s*([a-z])\b[^{}^]*\}?(?:\s*\^\s*(?:\{[^{}]*\}|\w))?(.+)", re.DOTALL)


def _letters(text: str) -> set[str]:
    """Index letters that are read below a name."""
    return {letter for match in _SCRIPTS.finditer(text) for letter in re.findall(r"[a-z](?!_)(?!')", match[1] or match[2])}


def _solved(condition: str, letter: str) -> str:
    """The letter from an equation in which it has the coefficient 1 or -1."""
    left, sign, right = condition.partition("=")
    terms = re.findall(r"([+-]?)\s*(\\?[A-Za-z]+(?:_\{?\w+\}?)?|\d+)", left.strip())
    rest = [(mark, term) for mark, term in terms if term != letter]
    if sign and ("-", letter) in terms and rest:  # t - j = s is j = t - s
        behind = "" if _bare(right) == "0" else f" - {_bare(right)}" if re.fullmatch(r"\s*\w+\s*", right) else (
            f" - ({_bare(right)})")
        return "".join(f" {mark or '+'} {term}" for mark, term in rest).removeprefix(" + ") + behind
    if not sign or (("", letter) not in terms and ("+", letter) not in terms):
        return ""
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
    """i ∈ {a, b} where a sum of the same text runs from a to b, or an index that it gives runs from end to end."""
    rows = text.split("\n")
    ranges = [(m[1], m[2], m[3] or m[4]) for m in _RANGE.finditer(text)]
    for source, line, _ in formulas(text):
        # y_1, ..., y_{K-1} is a range of the i of a y_i beside it.
        listed = [(letter, m[2], m[3] or m[4]) for m in _LISTED.finditer(_bare(source)) for letter in re.findall(
            rf"{m[1]}_\{{?([a-z])\}}?(?![A-Za-z])", _bare(source))]
        for match in _PAIR.finditer(source):
            ends = [end.strip() for end in match[2].split(",")]
            if len(ends) != 2 or not (any(letter == match[1] and equal_sizes(ends[0], low) and equal_sizes(ends[1], high)
                                          for letter, low, high in (*ranges, *listed)) or _end_to_end(text, match[1], ends)):
                continue
            row = line + source.count("\n", 0, match.start())
            if _ENDS_MEANT.search(" ".join(rows[row - 1:row + 1])):
                continue
            yield Erratum(row, match[0].strip(),
                          rf"{match[1]} \in \{{{ends[0]}, \dots, {ends[1]}\}}", "two elements for a range",
                          "what has this index runs over all numbers from one end to the other")


_SPANS = re.compile(r"(?<![A-Za-z\\])([a-z])\s*\\in\s*\\\{\s*(\w+)\s*,\s*\\[cl]?dots\s*,\s*([^{},]*(?:\{\w*\})?)\s*\\\}")
_GIVES = re.compile(r"\$([a-z])\s*=\s*([^=$]*)\$")


def _end_to_end(text: str, letter: str, ends: list[str]) -> bool:
    """Whether an index j = n - i + 1 of the text, which runs over a range, is at its ends where i is at its two."""
    for other, told in _GIVES.findall(text):
        at = [re.sub(rf"(?<![A-Za-z\\_]){letter}(?![A-Za-z_])", f"({end})", told) for end in ends]
        spans = [(low, high) for name, low, high in _SPANS.findall(text) if name == other and at[0] != told]
        if any(equal_sizes(at[k], low) and equal_sizes(at[1 - k], high) for low, high in spans for k in (0, 1)):
            return True
    return False


_LISTED = re.compile(r"([a-z])_\{?(\d)\}?(?:,\1_\{?\d\}?)*,\\dots,\1_(?:\{([^{}]*)\}|([A-Z]))")


# ------------------------------------------------------------------ names off by one

def short_lists(text: str) -> Iterator[Erratum]:
    """Two lists that are set equal, entry by entry, of which one ends too soon or too late; the other's end stands again."""
    for source, line, _ in formulas(text):
        lists = [(m, _items(m[1])) for m in re.finditer(r"\[([^\[\]]*\\dots[^\[\]]*)\]", source)]
        for (at, one), (_, other) in pairwise(lists):
            shifts = [int(a[1]) - int(b[1]) for x, y in zip(one, other, strict=False)
                      if (a := _NUMBERED.search(x)) and (b := _NUMBERED.search(y))]
            ends = [m[1] or m[2] for items in (one, other) if (m := _END.search(items[-1]))]
            if len(set(shifts)) != 1 or len(ends) != 2:
                continue
            high, wanted = ends[0], f"{ends[1]}+{shifts[0]}"
            if equal_sizes(high, wanted) or _bare(text).count(other[-1]) < 2:
                continue
            simpler = re.sub(r"[-+]\d+", "", high), f"{high}+1", f"{high}-1"
            end = next((x for x in simpler if equal_sizes(x, wanted)), wanted)
            place = line + source.count("\n", 0, at.start())
            yield Erratum(place, one[-1], one[-1].replace(high, end, 1), "off by one",
                          f"the lists have the same entries, and the other one ends with {other[-1]}")


_NUMBERED, _END = re.compile(r"_\{?(\d+)\}?"), re.compile(r"_(?:\{([A-Z][^{}]*)\}|([A-Z]))")


def off_by_one(text: str) -> Iterator[Erratum]:
    """A list written out in two ways, and a general name for its entries that is that of a neighbour."""
    found = list(formulas(text))
    for place, (source, line, _) in enumerate(found):
        lists = [_items(m[1]) for m in re.finditer(r"\[([^\[\]]*\\dots[^\[\]]*)\]", source)]
        claim = _CLAIM.search(_FONTS.sub(r"\1", source).rpartition("]")[2]) if lists else None
        if lists and claim is None and place + 1 < len(found) and found[place + 1][1] - line <= BEHIND:
            source, line, _ = found[place + 1]
            claim = _CLAIM.search(_FONTS.sub(r"\1", source))
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
