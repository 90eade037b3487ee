"""Declarations for an expression that has none: the most general shapes under which all of it has a meaning.

Names of more than one axis get sizes of their own wherever the expression allows it; a name behind which a bracket stands
may be a function.  The search is over shapes and sizes and is counted, never clocked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product

from ..errors import SymderivError
from ..reader import declare, parse
from ..reader.declare.undeclared import UndeclaredName

# Sizes that a proposal may use, in the order in which they are taken.
SIZES = ("m", "n", "k", "d")
MOST_NAMES = 6
# Declarations that are tried before the search is given up.
MOST_TRIED = 1500


def proposed(texts: tuple[str, ...], given: str) -> str:
    """Declarations that give all the texts a meaning; empty where none were found within the bound."""
    names = _undeclared(texts, given)
    if not names or len(names) > MOST_NAMES:
        return ""
    best: tuple[tuple[int, int], str] | None = None
    for declarations, rank in islice(_candidates(names, _sizes(given)), MOST_TRIED):
        if best is not None and rank >= best[0]:
            continue
        if _meaningful(texts, _joined(given, declarations)):
            best = rank, declarations
    return best[1] if best else ""


def _joined(given: str, more: str) -> str:
    return "; ".join(part for part in (given.strip().rstrip(";"), more) if part)


def _undeclared(texts: tuple[str, ...], given: str) -> list[str]:
    """The names that nothing declares, in the order of their use."""
    found: list[str] = []
    for text in texts:
        for _ in range(MOST_NAMES + 1):
            try:
                parse(text, declare(_joined(given, "; ".join(f"{name}: scalar" for name in found))))
            except UndeclaredName as error:
                if error.name in found or len(found) > MOST_NAMES:
                    break
                found.append(error.name)
                continue
            except SymderivError:
                # Scalars need not fit: the next name is found by its spelling.
                found += _spelled(text, given, found)
            break
    return found


def _spelled(text: str, given: str, found: list[str]) -> list[str]:
    """Names that stand in a text alone and are neither declared nor known to the reader."""
    known = {part.split(":")[0].strip() for part in re.split(r"[;\n]", given)}
    names = dict.fromkeys(re.findall(r"(?<![A-Za-z\\_])[A-Za-z](?:_[A-Za-z0-9])?(?![A-Za-z(_])", text))
    return [name for name in names if name not in known and name not in found and _free(name)]


def _free(name: str) -> bool:
    try:
        parse(name, declare(""))
    except UndeclaredName:
        return True
    except SymderivError:
        return False
    return False


def _sizes(given: str) -> tuple[str, ...]:
    """Sizes that are in use already, then those that are free to take."""
    used = re.findall(r"\b[a-zA-Z]\b", " ".join(part.partition(":")[2] for part in re.split(r"[;\n]", given)))
    return tuple(dict.fromkeys((*used, *SIZES)))[:5]


def _candidates(names: list[str], sizes: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Declarations and how far they are from the most general: fewer scalars first, then more sizes that differ."""
    for axes in sorted(product(*(_axes(name) for name in names)), key=lambda each: sum(a != w for a, w in zip(
            each, map(_expected, names), strict=True))):
        for assigned in _assignments(sum(axes), sizes):
            rest = iter(assigned)
            parts = [f"{name}: {' '.join(next(rest) for _ in range(count)) or 'scalar'}"
                     for name, count in zip(names, axes, strict=True)]
            off = sum(a != w for a, w in zip(axes, map(_expected, names), strict=True))
            yield "; ".join(parts), (off, -len(set(assigned)))


def _expected(name: str) -> int:
    """Axes that people give a name of this spelling: capitals are matrices, Greek letters scalars, others vectors."""
    return 2 if name[:1].isupper() else 0 if len(name.split("_")[0]) > 1 or name in ("c", "t", "r") else 1


def _axes(name: str) -> tuple[int, ...]:
    first = _expected(name)
    return (first, *(count for count in (1, 0, 2) if count != first))


def _assignments(count: int, sizes: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Sizes for so many axes, those that differ most first; a size is taken only after those before it."""
    def grown(taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(taken) == count:
            yield taken
            return
        for size in range(min(len(sizes), max(taken, default=-1) + 2)):
            yield from grown((*taken, size))
    for places in sorted(islice(grown(()), 5000), key=lambda each: -len(set(each))):
        yield tuple(sizes[place] for place in places)


def _meaningful(texts: tuple[str, ...], given: str) -> bool:
    try:
        context = declare(given)
        shapes = {tuple(getattr(parse(text, context), "shape", ())) for text in texts}
    except SymderivError:
        return False
    return len(shapes) == 1


__all__ = ["proposed"]
