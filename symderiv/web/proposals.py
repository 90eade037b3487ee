"""Declarations for expressions that have none: what the referee takes the names of a text for, where that has a meaning."""

from __future__ import annotations

import re

from sympy import preorder_traversal

from ..arrays.arrays import Tensor
from ..errors import SymderivError
from ..reader import declare, parse
from ..reader.declare.context import DeclaredNames
from ..reader.declare.undeclared import UndeclaredName
from ..referee.taken import ALONE, IN_TEXTS, LetterUse, TakenNames, complete
from ..referee.text_rows import written

MOST_NAMES = 6
"""More names than these are better declared by whoever knows them."""
VARIABLES = ("W", "w", "theta", "beta", "x", "X", "z")
"""What people derive by, first of all."""


def proposed(texts: tuple[str, ...], given: str) -> str:
    """Declarations that give all the texts a meaning; empty where none were found."""
    found = next(filter(None, (_taken(texts, given, use) for use in (ALONE, IN_TEXTS))), "")
    return _with_labels(texts, given, found) if found else ""


def _taken(texts: tuple[str, ...], given: str, use: LetterUse, numbers: tuple[str, ...] = ()) -> str:
    """Declarations by one use of letters; ``numbers`` are signs of the notation that are names here."""
    taken, known = TakenNames(), _joined(given, *numbers)
    try:
        context = declare(known)
        complete(written(texts), context, taken, {record.name for record in context.all()}, {}, use)
        found = _joined(*(declaration.text for declaration in taken.declarations.values()), *numbers)
        context = declare(_joined(given, found))
        shapes = {tuple(getattr(parse(text, context), "shape", ())) for text in texts}
    except UndeclaredName as error:
        # d is the sign of a differential elsewhere.
        more = f"{error.name}: scalar"
        return "" if len(error.name) > 1 or more in numbers else _taken(texts, given, use, (*numbers, more))
    except SymderivError:
        return ""
    return found if len(shapes) == 1 and len(taken.declarations) <= MOST_NAMES else ""


def _with_labels(texts: tuple[str, ...], given: str, found: str) -> str:
    """The same declarations, with a label where an operator takes one: classes are what a loss is mostly given."""
    context = declare(_joined(given, found))
    for node in (node for text in texts for node in preorder_traversal(parse(text, context))):
        if getattr(getattr(node, "op", None), "labels", None) and isinstance(node.args[1], Tensor):
            (*rows, classes), target = node.args[0].shape, node.args[1]
            if target.label_size is None and tuple(target.shape) == (*rows, classes):
                label = " ".join(map(str, (f"{target}: label", classes, *rows)))
                plain = f"{target}: {' '.join(map(str, target.shape))}"
                found = "; ".join(label if part == plain else part for part in found.split("; "))
    return found


def variable(declarations: str) -> str:
    """What one most likely derives by, weights before inputs; never a function, a label or a size."""
    context = declare(declarations)
    declared = (each.partition(":")[0].strip() for each in declarations.split(";"))
    names = [name for name in declared if _is_tensor(name, context)]
    stems = [re.split(r"[_\d]", name)[0] for name in names]
    return next((names[stems.index(usual)] for usual in VARIABLES if usual in stems), next(iter(names), ""))


def _is_tensor(name: str, context: DeclaredNames) -> bool:
    try:
        found = parse(name, context)
    except SymderivError:
        return False
    return isinstance(found, Tensor) and found.label_size is None


def _joined(*parts: str) -> str:
    return "; ".join(part for part in (each.strip().rstrip(";") for each in parts) if part)
