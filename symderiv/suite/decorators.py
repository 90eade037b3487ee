"""The decorators that make a function of a file an item of a suite.

They stand apart from the finding and running of items, so that importing symderiv costs next to nothing for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any, NamedTuple, TypeVar

from ..errors import DeclarationError

Statement = TypeVar("Statement", bound=Callable[[], object])

# From the least to the most sure; a list of claims is as sure as its weakest.
RANKS = ("error", "refuted", "undecided", "conditional", "supported", "proved")


class Registration(NamedTuple):
    """A decorated function, and what its decorator said."""

    function: Callable[[], Any]
    kind: str
    title: str
    expect: str
    question: str
    points: float = 0.0
    words: tuple[str, ...] = ()


_WORDS = re.compile(r"\\\((.*?)\\\)", re.DOTALL)
# In the order of decoration.  Who imports a file takes out what it added.
REGISTERED: list[Registration] = []


def identity(statement: str, *, expect: str = "proved", question: str = "", points: float = 0
             ) -> Callable[[Statement], Statement]:
    """Decorator: the function states an identity.

    ``statement`` is a sentence, with $mathematics$ that its claims say, and with mathematics that is nothing but words
    between \\( and \\).  ``expect`` is the status that the item must reach:
    "refuted" for a stated falsehood; "supported" is satisfied by "proved" as well.  ``question`` is the number under
    which the question was asked, such as "002.2.3"; ``points`` what it is worth.  Raises DeclarationError.
    Source: docs/tutorials/suite.md, One file.

    >>> @sd.identity("One and one is two")
    ... def item():
    ...     return 1 + 1, 2
    >>> item()
    (2, 2)
    """
    return _item("identity", statement, expect, question, points)


def derivation(statement: str, *, expect: str = "proved", question: str = "", points: float = 0
               ) -> Callable[[Statement], Statement]:
    """Decorator: the function derives something.  As ``identity``.

    Raises DeclarationError where the statement is no text.  Source: docs/tutorials/suite.md, One file.

    >>> @sd.derivation("The derivative of a square is twice the number")
    ... def item():
    ...     x = sd.tensor("x")
    ...     return sd.derive(x**2, x)
    >>> print(item())
    dL/dx = 2*x
    """
    return _item("derivation", statement, expect, question, points)


_SAME = object()


@dataclass(frozen=True)
class Misprint:
    """A printed line that is wrong: where it stands, what is right, and what is printed.

    Without ``printed``, ``right`` is a report that found the printed text to be wrong.
    """

    where: str
    right: Any
    printed: tuple[Any, ...] | None


def misprint(where: str, right: object, printed: object = _SAME) -> Misprint:
    """A printed line that is wrong, as an item may return it: its two sides must turn out to be different.

    ``where`` says in words where it stands.  Instead of ``right`` and ``printed``, one report on the printed text will
    do, such as that of ``sd.verify``; it must have found the text to be wrong.
    Source: docs/tutorials/suite.md, What may be returned.

    >>> sd.misprint("line 3", 2, 3).where
    'line 3'
    """
    if not isinstance(where, str) or not where.strip():
        raise DeclarationError(f"a misprint needs a place in words, not {where!r}",
                               hint='sd.misprint("solution 2, line 3", right, printed)')
    return Misprint(where, right, None if printed is _SAME else (printed,))


@dataclass(frozen=True)
class Placed:
    """A thing that an item returns, and where it stands in the book: "nowhere", "folded" under a caption, or "bare"."""

    what: Any
    place: str
    caption: str = ""


def tested(left: object, right: object) -> Placed:
    """A claim that the item must meet and that no reader needs: it counts for the status and is not in the book.

    Source: docs/tutorials/suite.md, What may be returned.

    >>> sd.tested(1 + 1, 2).place
    'nowhere'
    """
    return Placed((left, right), "nowhere")


def another_way(caption: str, what: object) -> Placed:
    """Something that is shown where a reader opens it, and not on paper: a second proof, say.

    Source: docs/tutorials/suite.md, What may be returned.

    >>> sd.another_way("counted", (1 + 1, 2)).caption
    'counted'
    """
    return Placed(what, "folded", caption)


def stated(what: object) -> Placed:
    """A claim whose proof is not printed, since what stands around it says why; on a page the proof unfolds.

    Source: docs/tutorials/suite.md, What may be returned.

    >>> sd.stated((1 + 1, 2)).place
    'bare'
    """
    return Placed(what, "bare")


def _item(kind: str, statement: str, expect: str, question: str, points: float) -> Callable[[Statement], Statement]:
    if not isinstance(statement, str) or not statement.strip():
        raise DeclarationError(f"@sd.{kind} needs a sentence, not {statement!r}",
                               hint=f'@sd.{kind}("softmax is invariant under translation")')
    if expect not in RANKS[1:]:
        raise DeclarationError(f"{expect!r} is not a status", hint="expect one of " + ", ".join(RANKS[:0:-1]))
    if not isinstance(question, str):
        raise DeclarationError(f"{question!r} is not the number of a question", hint='question="002.2.3"')

    if isinstance(points, bool) or not isinstance(points, int | float) or points < 0:
        raise DeclarationError(f"{points!r} are no points", hint="points=3")

    def mark(function: Statement) -> Statement:
        needed = [p.name for p in signature(function).parameters.values() if p.default is p.empty]
        if needed:
            raise DeclarationError(f"{function.__name__} takes {', '.join(needed)}, but an item takes no arguments",
                                   hint="declare what it needs inside the function, or above it in the file")
        words = tuple(" ".join(formula.split()) for formula in _WORDS.findall(statement))
        title = " ".join(_WORDS.sub(r"$\1$", statement).split())
        REGISTERED.append(Registration(function, kind, title, expect, question.strip(), float(points), words))
        return function

    return mark
