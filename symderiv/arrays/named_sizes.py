"""Sizes with names, as they are declared."""

from __future__ import annotations

from sympy import Expr, Symbol

from ..errors import DeclarationError
from .border import guarded
from .strict import name_of


@guarded
class Size(Symbol):
    """A named size: SymPy's positive integer symbol, and equal to it, whose operators never read text."""

    __slots__ = ()

    def __new__(cls, name: str) -> Size:
        return Symbol.__xnew__(cls, name, positive=True, integer=True)  # type: ignore[no-any-return]

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        return (self.name,), {}

    def __eq__(self, other: object) -> bool:
        # This class and SymPy's below it; as Python ends, the names of a module are gone before weak references are.
        return self is other or (type(other) in type(self).__mro__[:2]
                                 and self._hashable_content() == other._hashable_content())  # type: ignore[attr-defined]

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = Symbol.__hash__

    def _subs(self, old: object, new: Expr, **hints: object) -> Expr:
        """SymPy replaces what is equal and of one class."""
        return new if self == old else self


# SymPy hashes and orders by the names of classes: what is equal must not differ in these.
Size.__name__ = "Symbol"


def dims(names: str) -> Symbol | tuple[Symbol, ...]:
    """Declare sizes: positive integer symbols.  One name gives one symbol, several a tuple.

    Raises DeclarationError for what is no name.  Source: docs/conventions.md, Declarations.

    >>> m, n = dims("m n")
    """
    words = name_of(names, "dims", 'dims("m n")').replace(",", " ").split()
    if not words:
        raise DeclarationError("dims needs at least one name", hint='dims("m n")')
    for word in words:
        if word[0].isdigit() or words.count(word) > 1:
            raise DeclarationError(f"{word!r} cannot be declared as a size" + (" twice" if words.count(word) > 1 else ""),
                                   hint='dims("m n"): each name once, beginning with a letter')
    symbols = tuple(map(Size, words))
    return symbols[0] if len(symbols) == 1 else symbols
