"""Declarations for an expression that has none: the most general shapes under which all of it has a meaning.

Names of more than one axis get sizes of their own wherever the expression allows it; a name behind which a bracket stands
may be a function.  The search is over shapes and sizes and is counted, never clocked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count, islice, product
from typing import Any

from sympy import preorder_traversal

from ..errors import SymderivError
from ..layers.arithmetic import add
from ..reader import declare, parse
from ..reader.declare.undeclared import UndeclaredName
from ..referee.referee import verify

# Sizes that a proposal may use, in the order in which they are taken.
SIZES = ("m", "n", "k", "d")
MOST_NAMES = 6
# Declarations that are tried before the search is given up.
MOST_TRIED = 1500
# Axes of all names together that are told apart.
MOST_AXES = 9


def proposed(texts: tuple[str, ...], given: str) -> str:
    """Declarations that give all the texts a meaning; empty where none were found within the bound."""
    told, names = _missing(texts, given)
    # What looks like a call may be a product after all, as in \\Sigma^{-1}(x - y).
    arrays = [*names, *(each.partition(":")[0] for each in told)]
    return _fitting(texts, given, "; ".join(told), names) or (_fitting(texts, given, "", arrays) if told else "")


def _fitting(texts: tuple[str, ...], given: str, told: str, names: list[str]) -> str:
    """Declarations for some names and others that have none, beside what is told; empty where none were found."""
    names = _undeclared(texts, _joined(given, told), names)
    if not (told or names) or len(names) > MOST_NAMES:
        return ""
    best: tuple[int, str] | None = None
    budget = count(1)

    def spread(declarations: str) -> int | None:
        return _spread(texts, _joined(given, told, declarations)) if next(budget) <= MOST_TRIED else None

    for axes, off in _axes_of(names):
        if best is not None and off >= best[0]:
            break
        declarations = _most_general(names, axes, _sizes(given), len(_used(given)), spread)
        worse = None if declarations is None else spread(declarations)
        if declarations is not None and worse is not None and (best is None or off + worse < best[0]):
            best = off + worse, _joined(told, declarations)
    return best[1] if best else ""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in (each.strip().rstrip(";") for each in parts) if part)


def _missing(texts: tuple[str, ...], given: str) -> tuple[list[str], list[str]]:
    """What the referee would have declared: what is called or is a size, and the names of arrays."""
    told: list[str] = []
    names: list[str] = []
    heads = [letter for letter in "LJEQZFC" if letter not in " ".join((*texts, given))]
    try:
        needed = verify([f"{head} = {text}" for head, text in zip(heads, texts, strict=False)], given).needed
    except SymderivError:
        return [], []
    for declaration in (each.partition("%")[0].strip() for each in needed):
        name, _, kind = declaration.partition(": ")
        if kind in ("scalar", "n", "m n"):
            names.append(name)
        else:
            told.append(declaration)
    return told, names


def _undeclared(texts: tuple[str, ...], given: str, known: list[str]) -> list[str]:
    """Names that are known and the others that nothing declares, in the order of their use."""
    found = list(known)
    for text in texts:
        for _ in range(MOST_NAMES + 1):
            try:
                parse(text, declare(_joined(given, "; ".join(f"{name}: scalar" for name in found))))
            except UndeclaredName as error:
                # Letters side by side are a product in LaTeX, as soon as one of them is declared.
                letters = list(error.name) if "\\" in text and error.name.isalpha() else [error.name]
                names = [name for name in letters if name not in found]
                readable = len(letters) > 1 or re.fullmatch(r"\\?[a-z]+( ?\w)?|\w|\w_\w+|\w\d+", error.name)
                if not names or not readable or len(found) > MOST_NAMES:
                    break
                found += dict.fromkeys(names)
                continue
            except SymderivError:
                # Scalars need not fit: the next name is found by its spelling.
                found += _spelled(text, given, found)
            break
    whole = "\n".join(texts)
    if "\\" in whole:  # letters side by side are names there, those of commands are none
        shown = {*found, *(f"\\{name}" for name in found)}
        whole = re.sub(r"\\[A-Za-z]+", lambda said: said[0] if said[0] in shown else " " * len(said[0]), whole)
        return sorted(found, key=whole.find)
    alone = {name: re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z0-9])", whole) for name in found}
    return sorted(found, key=lambda name: len(whole) if (at := alone[name]) is None else at.start())


def _spelled(text: str, given: str, found: list[str]) -> list[str]:
    """Names that stand in a text alone and are neither declared nor known to the reader."""
    known = {part.split(":")[0].strip() for part in re.split(r"[;\n]", given)}
    names = dict.fromkeys(re.findall(r"(?<![A-Za-z\\_])[A-Za-z](?:_[A-Za-z0-9])?(?![A-Za-z0-9(_])", text))
    return [name for name in names if name not in known and name not in found and _free(name)]


def _free(name: str) -> bool:
    try:
        parse(name, declare(""))
    except UndeclaredName:
        return True
    except SymderivError:
        return False
    return False


def _used(given: str) -> tuple[str, ...]:
    """The sizes of what is declared already."""
    said = " ".join(part.partition(":")[2] for part in re.split(r"[;\n]", given))
    return tuple(dict.fromkeys(re.findall(r"\b[a-zA-Z]\b", said)))


def _sizes(given: str) -> tuple[str, ...]:
    """Sizes that are in use already, then those that are free to take."""
    return tuple(dict.fromkeys((*_used(given), *SIZES)))[:5]


def _axes_of(names: list[str]) -> list[tuple[tuple[int, ...], int]]:
    """How many axes each name may have, and how far that is from what people mean by such names; the nearest first."""
    usual = tuple(map(_expected, names))
    found = ((axes, sum(a != w for a, w in zip(axes, usual, strict=True))) for axes in product(*map(_axes, names)))
    return sorted(found, key=lambda each: each[1])


def _most_general(names: list[str], axes: tuple[int, ...], sizes: tuple[str, ...], used: int,
                  fits: Callable[[str], int | None]) -> str | None:
    """The declarations with these axes of which as few sizes as possible are one; None where none of them fit."""
    def declared(assigned: tuple[str, ...]) -> str:
        rest = iter(assigned)
        return "; ".join(f"{name}: {' '.join(next(rest) for _ in range(many)) or 'scalar'}"
                         for name, many in zip(names, axes, strict=True))

    total = sum(axes)
    if used:
        return next((text for text in map(declared, _assignments(total, sizes, used)) if fits(text) is not None), None)
    if total > MOST_AXES or fits(declared(sizes[:1] * total)) is None:
        return None
    # Two sizes are one if none of the ways to give each of them one of two values fits that tells them apart.
    every = product(sizes[:2], repeat=max(0, total - 1))
    ways = [way for way in every if fits(declared((*sizes[:1], *way)[:total])) is not None]
    kinds = [tuple(way[place] for way in ways) for place in range(total - 1)]
    first = tuple(sizes[0] for _ in ways)
    order = list(dict.fromkeys([first, *kinds]))
    names_of = (*sizes, *(f"{sizes[0]}_{k}" for k in range(1, total)))
    return declared(tuple(names_of[order.index(kind)] for kind in [first, *kinds][:total]))


def _expected(name: str) -> int:
    """Axes that people give a name of this spelling: capitals are matrices, Greek letters scalars, others vectors."""
    return 2 if name[:1].isupper() else 0 if len(name.split("_")[0]) > 1 or name in ("c", "t", "r") else 1


def _axes(name: str) -> tuple[int, ...]:
    first = _expected(name)
    return (first, *(count for count in (1, 0, 2) if count != first))


def _assignments(count: int, sizes: tuple[str, ...], used: int) -> Iterator[tuple[str, ...]]:
    """Sizes for so many axes, those that differ most first; a size is taken only after those before it."""
    def grown(taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(taken) == count:
            yield taken
            return
        for size in range(min(len(sizes), max((used - 1, *taken)) + 2)):
            yield from grown((*taken, size))
    for places in sorted(islice(grown(()), 5000), key=lambda each: -len(set(each))):
        yield tuple(sizes[place] for place in places)


def _spread(texts: tuple[str, ...], given: str) -> int | None:
    """How often a number is added to an array, which is rarely meant; None where the texts have no meaning together."""
    try:
        context = declare(given)
        exprs = [parse(text, context) for text in texts]
    except SymderivError:
        return None
    if len({tuple(getattr(expr, "shape", ())) for expr in exprs}) > 1:
        return None
    sums = (node for expr in exprs for node in preorder_traversal(expr) if getattr(node, "func", None) and _adds(node))
    return 2 * sum(len({bool(getattr(part, "shape", ())) for part in node.args if not part.is_number}) > 1 for node in sums)


def _adds(node: Any) -> bool:
    return bool(node.is_Add) or getattr(node, "op", None) is add
