"""Declarations for expressions that have none: what the referee takes the names of a text for, where that has a meaning."""

from __future__ import annotations

from ..errors import SymderivError
from ..reader import declare, parse
from ..reader.declare.undeclared import UndeclaredName
from ..referee.taken import IN_TEXTS, LetterUse, TakenNames, axes_alone, complete
from ..referee.text_rows import written

MOST_NAMES = 6
"""More names than these are better declared by whoever knows them."""
ALONE = LetterUse(axes_alone, ("m", "n", "k", "p", "q"))


def proposed(texts: tuple[str, ...], given: str) -> str:
    """Declarations that give all the texts a meaning; empty where none were found."""
    return next(filter(None, (_taken(texts, given, use) for use in (ALONE, IN_TEXTS))), "")


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


def _joined(*parts: str) -> str:
    return "; ".join(part for part in (each.strip().rstrip(";") for each in parts) if part)
