"""Index letters, labels, sums and brackets, as SymPy objects a user can write with."""

from __future__ import annotations

from typing import Any, ClassVar

from sympy import Eq, Expr, Integer, KroneckerDelta, Ne, Piecewise, Rational, S, Symbol, Tuple
from sympy import Sum as SympySum
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanFalse, BooleanTrue

from ..bounds import CONDITIONS, remembered
from ..errors import DeclarationError, IndexError_
from .border import guarded
from .given import operand
from .sizes import as_size
from .strict import expression, name_of, shown
from .walks import scalar_nodes


@guarded
class Index(Symbol):
    """An index letter with its range lo..hi (both included).  Same name and range: same letter."""

    __slots__ = ("_content", "hi", "lo")
    stays: ClassVar[str] = "letter"
    lo: Expr
    hi: Expr
    _content: tuple[str, ...]

    def __new__(cls, name: str, lo: object, hi: object) -> Index:
        obj = Symbol.__xnew__(cls, name, integer=True)
        obj.lo, obj.hi = expression(lo, "an end of a range"), expression(hi, "an end of a range")
        # SymPy asks for this at every comparison: written once.
        obj._content = (obj.name, "index", *_range_written(obj.lo, obj.hi))
        return obj  # type: ignore[no-any-return]

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        return (self.name, self.lo, self.hi), {}

    def __str__(self) -> str:
        return str(self.name)

    def _hashable_content(self) -> tuple[Any, ...]:
        return self._content

    @property
    def range(self) -> tuple[Expr, Expr]:
        """Lower and upper end, both included."""
        return self.lo, self.hi


@remembered(10_000)
def _range_written(lo: Expr, hi: Expr) -> tuple[str, ...]:
    """The ends of a range, and letters in it with their ranges: two that are called j over 1..k differ as their k do."""
    inner = sorted((s._content for end in (lo, hi) for s in end.free_symbols if isinstance(s, Index)), key=str)
    return (*(end.name if isinstance(end, Symbol) else str(end) for end in (lo, hi)), *map(str, inner))


@guarded
class Label(Symbol):
    """An index-valued symbol in 1..size: a class label, known only as data."""

    __slots__ = ("_content", "size")
    stays: ClassVar[str] = "letter"
    size: Expr
    shape: tuple[Expr, ...] = ()
    _content: tuple[str, ...]

    def __new__(cls, name: str, size: object) -> Label:
        obj = Symbol.__xnew__(cls, name, integer=True)
        obj.size = as_size(size)
        obj._content = (obj.name, "label", str(obj.size))
        return obj  # type: ignore[no-any-return]

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        return (self.name, self.size), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        return self._content


@remembered(10_000)
def open_letters(array: Expr) -> tuple[Index, ...]:
    """The index letters that are free in an array expression, as in x[i]*A, in the order of their names."""
    found = {s for s in array.free_symbols if isinstance(s, Index)}
    return tuple(sorted(found, key=lambda s: (s.name, str(s.lo), str(s.hi))))


def indices(names: str, size: object, lo: object = 1) -> Index | tuple[Index, ...]:
    """Declare index letters over lo..size (1..size unless ``lo`` is given).  One name gives one letter.

    Raises DeclarationError for what is no name, or no size.  Source: docs/conventions.md, Positions.

    >>> i, k = indices("i k", 5)
    """
    words = name_of(names, "indices", 'indices("i k", m)').replace(",", " ").split()
    if not words:
        raise DeclarationError("indices needs at least one name", hint='indices("i k", m)')
    low = _end(lo)
    hi = as_size(size) if low == 1 else _end(size)
    letters = tuple(Index(word, low, hi) for word in words)
    return letters[0] if len(letters) == 1 else letters


def _end(value: object) -> Expr:
    """An end of a range: a whole number, or an expression in sizes and letters.  Raises IndexError_."""
    end = expression(value, "an end of a range", "use an integer, or an expression in sizes and letters")
    if getattr(end, "shape", ()) or end.is_integer is False:
        raise IndexError_(f"{shown(end)} is no end of a range", hint="use an integer, or an expression in sizes and letters")
    return end


def Sum(body: object, *binders: object) -> Expr:
    """Σ body, a scalar, over index letters, each over its own range or, as ``(i, lo, hi)``, over the given one.

    Raises IndexError_ when a letter is bound twice.
    Source: Graham, Knuth and Patashnik (1994), ch. 2.

    >>> x, i = sd.tensor("x", sd.dims("n")), sd.indices("i", sd.dims("n"))
    >>> print(sd.derive(sd.Sum(x[i]**2, i), x).closed)
    2*x
    """
    expr = operand(body)
    expr = Integer(expr) if isinstance(expr, int) else expr
    if getattr(expr, "shape", ()):
        raise IndexError_("Sum takes a scalar body; sum an array with sd.sum", where=expr,
                          hint="index the array first, as in Sum(x[i], i)")
    limits = []
    for binder in binders:
        if isinstance(binder, Index):
            limits.append((binder, binder.lo, binder.hi))
        elif isinstance(binder, tuple) and len(binder) == 3:
            if not isinstance(binder[0], Index):
                raise IndexError_(f"{shown(binder[0])} is no letter to sum over", hint="use an index from sd.indices")
            limits.append((binder[0], _end(binder[1]), _end(binder[2])))
        else:
            raise IndexError_(f"{shown(binder)} has no range", hint="use an index from sd.indices, or (i, lo, hi)")
    letters = [letter for letter, _, _ in limits]
    inner = {limit[0] for node in scalar_nodes(expr) if isinstance(node, SympySum) for limit in node.limits}
    for position, letter in enumerate(letters):
        if letter in letters[:position] or letter in inner:
            raise IndexError_(f"the index {letter} is bound twice", where=expr, hint="rename one of the two")
        lo, hi = limits[position][1:]
        if not {*letters[:position + 1], *inner}.isdisjoint(lo.free_symbols | hi.free_symbols):
            raise IndexError_(f"the range {lo}..{hi} of {letter} names a letter that is summed within it", where=expr,
                              hint="ranges go from the innermost sum outwards, as in Sum(x[i, j], (j, 1, i), (i, 1, n))")
    return plain_sum(expr, limits)


def plain_sum(body: Expr, limits: list[tuple[Expr, Expr, Expr]]) -> Expr:
    """SymPy's Sum without its constructor, which walks the whole tree below (and a shared network as a tree)."""
    return PlainSum(body, *(Tuple(*limit) for limit in limits))


@guarded
class PlainSum(SympySum):
    """SymPy's Sum as it was written: rebuilt, as by xreplace, it stays as it is.

    SymPy's own constructor moves a Piecewise out of inner sums, letters and all, and so captures them.
    """

    __slots__ = ()

    def __new__(cls, body: Expr, *limits: Tuple) -> PlainSum:
        total = Expr.__new__(cls, body, *limits)
        total.is_commutative = True
        return total  # type: ignore[no-any-return]

    @property
    def free_symbols(self) -> set[Any]:
        """Without the letters that are bound here; the ends of each may read those that are bound further out."""
        found = set(self.function.free_symbols)
        for letter, lo, hi in self.limits:
            found.discard(letter)
            found |= lo.free_symbols | hi.free_symbols
        return found


def delta(a: object, b: object) -> Expr:
    """Kronecker delta: 1 where two index expressions are equal, else 0.

    Raises IndexError_ for arrays, DeclarationError for text.  Source: Knuth (1992).

    >>> i, j = sd.indices("i j", sd.dims("n"))
    >>> print(sd.delta(i, j))
    KroneckerDelta(i, j)
    """
    return KroneckerDelta(_end(a), _end(b))


def iverson(condition: object) -> Expr:
    """[condition], a scalar: 1 where it holds, else 0.

    Raises IndexError_ for what is no condition.  Source: Knuth (1992).

    >>> i, j = sd.indices("i j", sd.dims("n"))
    >>> print(sd.Sum(sd.iverson(j <= i), j))
    Sum(Piecewise((1, i >= j), (0, True)), (j, 1, n))
    """
    if isinstance(condition, bool | BooleanTrue | BooleanFalse):
        return S.One if condition else S.Zero
    if isinstance(condition, Eq) and all(side.is_integer for side in condition.args):
        return KroneckerDelta(*condition.args)
    if isinstance(condition, Ne) and all(side.is_integer for side in condition.args):
        return S.One - KroneckerDelta(*condition.args)
    if not isinstance(condition, Boolean):
        raise IndexError_(f"{shown(condition)} is not a condition", hint="write iverson(i < j)")
    if condition.has(Piecewise):
        CONDITIONS.admit(len(condition.atoms(Relational)), condition)
    return Piecewise((Integer(1), condition), (Integer(0), True))


def rational(top: int, bottom: int = 1) -> Expr:
    """The exact number top/bottom.  Raises DeclarationError for anything but whole numbers, and for a bottom of 0.

    Source: SymPy, Rational.

    >>> print(sd.rational(1, 3))
    1/3
    """
    numbers = [Integer(int(n)) if isinstance(n, int | Integer) and not isinstance(n, bool) else None for n in (top, bottom)]
    if None in numbers or numbers[1] == 0:
        raise DeclarationError(f"{shown(top)}/{shown(bottom)} is not a fraction of whole numbers", hint="rational(1, 2)")
    return Rational(*numbers)
