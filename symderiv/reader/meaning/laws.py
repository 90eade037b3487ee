"""What declarations say of the moments of random arrays: ``E[x] = mu``, ``Var(x_i) = s^2``, ``Cov(x) = Sigma``.

Which relation among the declarations is one of these is read off its tree; its value, where a mean is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Integer

from ...arrays.arrays import Named, Tensor
from ...arrays.operator import shape_of
from ...arrays.symbols import Index
from ...errors import DeclarationError, SymderivError
from ..declare.context import DeclaredNames, Expected, RandomLaw, SaidMoment
from ..syntax import tree as t
from .elaborator import Elaborator
from .entrywise import at, settled
from .oriented import settle

SPREADS = ("Var", "Cov")


@dataclass(frozen=True)
class KnownSpread:
    """The mean of a random array, and the variances of its entries or the covariance matrix of its rows; None: not said."""

    centre: Expr | None = None
    variance: Expr | None = None
    covariance: Expr | None = None


# ------------------------------------------------------------------ which relations these are

def note_moment(context: DeclaredNames, tree: t.Relation, text: str) -> bool:
    """Keep a relation that says a moment of a random name with its law; whether it is one."""
    left, right = tree.sides[:2]
    if tree.signs != ("=",) or left is None or right is None:
        return False
    found = _moment(context, left)
    if found is None or any(isinstance(n, t.Name) and n.name == found[0] for n in t.walk(right)):
        return False
    name, letters, offset, outer, central = found
    law = context.laws.get(name, RandomLaw())
    if law.name:
        return False
    order = 1 if offset is _MEAN else 2
    made = SaidMoment(order, letters, None if offset is _MEAN else offset, outer, central, right, text)
    context.laws[name] = replace(law, moments=(*law.moments, made))
    return True


_MEAN = t.Number("1")
_Found = tuple[str, tuple[str, ...], t.Tree | None, bool, bool]


def _moment(context: DeclaredNames, left: t.Tree) -> _Found | None:
    """(name, letters of entries, what is taken off it, whether of two entries, whether its mean is taken off)."""
    if isinstance(left, t.ExpectationSign) and left.given is None:
        body = t.unbracketed(left.body)
        mean = _entry(context, body)
        if mean is not None:
            return (*mean, _MEAN, False, False)
        pair = _squared(body)
        return None if pair is None else _second(context, pair, False)
    if isinstance(left, t.Call) and isinstance(left.function, t.Function) and left.function.name in SPREADS \
            and left.power is None and len(left.arguments) <= 2:
        first, last = left.arguments[0], left.arguments[-1]
        outer = left.function.name == "Cov"
        return _second(context, (first, last, outer and len(left.arguments) == 1), True)
    return None


def _squared(tree: t.Tree) -> tuple[t.Tree, t.Tree, bool] | None:
    """u² as (u, u, False), u uᵀ as (u, u, True), and u v as they stand."""
    if isinstance(tree, t.Power) and tree.exponent == t.Number("2"):
        return tree.base, tree.base, False
    if isinstance(tree, t.Factors) and len(tree.factors) == 2 and tree.joints == ("",):
        first, last = tree.factors
        return (first, last.base, True) if isinstance(last, t.Transpose) else (first, last, False)
    return None


def _second(context: DeclaredNames, pair: tuple[t.Tree, t.Tree, bool], central: bool) -> _Found | None:
    (first, taken), (last, taken_too) = (_taken_off(t.unbracketed(each)) for each in pair[:2])
    one, other = _entry(context, first), _entry(context, last)
    if one is None or other is None or one[0] != other[0] or taken != taken_too:
        return None
    if one == other:
        return (*one, taken, pair[2], central)
    if len(one[1]) == len(other[1]) == 1:
        return one[0], one[1] + other[1], taken, True, central
    return None


def _taken_off(tree: t.Tree) -> tuple[t.Tree, t.Tree | None]:
    if isinstance(tree, t.Terms) and len(tree.terms) == 2 and tree.signs == (1, -1):
        return tree.terms
    return tree, None


def _entry(context: DeclaredNames, tree: t.Tree) -> tuple[str, tuple[str, ...]] | None:
    """A random name, or its entry at letters."""
    base = tree.base if isinstance(tree, t.Subscripted) else tree
    if not isinstance(base, t.Name) or base.name not in said_random(context):
        return None
    positions = tree.positions if isinstance(tree, t.Subscripted) else ()
    letters = tuple(p.name for p in positions if isinstance(p, t.Letter))
    return (base.name, letters) if len({*letters}) == len(positions) else None


def said_random(context: DeclaredNames) -> tuple[str, ...]:
    """What is random: the names with a law, and those that expectations are said to be over."""
    named = (name for d in context.all() if isinstance(d, Expected) for name in d.over)
    return tuple(dict.fromkeys((*context.laws, *named)))


# ------------------------------------------------------------------ what they say

def spread(elaborator: Elaborator, x: Tensor, law: RandomLaw) -> KnownSpread:
    """What is said of the moments of a random array.  Raises DeclarationError where it has no meaning."""
    found = KnownSpread()
    for moment in sorted(law.moments, key=lambda m: m.order):
        try:
            found = _centre(elaborator, x, moment) if moment.order == 1 else _spread(elaborator, x, moment, found.centre)
        except SymderivError as error:
            raise DeclarationError(f"{moment.text} says nothing that can be used: {error.message}",
                                   hint=error.hint) from error
    return found


def _letters(x: Tensor, count: int, sign: str = "p") -> tuple[Index, ...]:
    return tuple(Index(f"{sign}{k}_{x.name}", 1, size) for k, size in enumerate(x.shape[:count]))


def _valued(elaborator: Elaborator, tree: t.Tree, bound: dict[str, Index], shape: tuple[Expr, ...]) -> Expr:
    """The value of a tree with letters in it, of a shape, or a number for every entry."""
    found = replace(elaborator, bound={**elaborator.bound, **bound}).of(tree)
    made = settle(found, shape) if found.pending else found
    return made.expr


def _array(x: Tensor, letters: tuple[Index, ...], entry: Expr, name: str) -> Expr:
    """The array of entries; a number where all are alike."""
    return Named(f"{name} of {x.name}", letters, entry) if {*letters} & entry.free_symbols else entry


def _at(expr: Expr, letters: tuple[Index, ...]) -> Expr:
    shape = shape_of(expr)
    made: Expr = at(expr, letters[-len(shape):]) if shape else settled(expr)
    return made


def _centre(elaborator: Elaborator, x: Tensor, moment: SaidMoment) -> KnownSpread:
    axes = _letters(x, len(x.shape))
    own = dict(zip(moment.letters, axes, strict=False))
    value = _valued(elaborator, moment.value, own, x.shape[len(own):])
    return KnownSpread(_array(x, axes, _at(value, axes), "centre"))


def _spread(elaborator: Elaborator, x: Tensor, moment: SaidMoment, centre: Expr | None) -> KnownSpread:
    """The variances or the covariance, from E[(x - c)(x - c)ᵀ] = V + (m - c)(m - c)ᵀ."""
    axes, column = _letters(x, len(x.shape)), _letters(x, 1, "q")
    two = len(moment.letters) == 2 and moment.outer and len(axes) == 1
    own = dict(zip(moment.letters, (*axes, *column) if two else axes, strict=False))
    tail = () if two else x.shape[len(own):]
    value = _valued(elaborator, moment.value, own, tail * 2 if moment.outer else tail)
    if not axes or (not moment.outer and (not tail or len(shape_of(value)) < 2)):
        entry = _at(value, axes) - _off(elaborator, moment, centre, own, axes)**2
        return KnownSpread(centre, _array(x, axes, settled(entry), "variance"))
    row = axes[-1]
    column = column if two else (Index(f"q_{x.name}", 1, row.hi),)
    off = _off(elaborator, moment, centre, own, axes)
    entry = _at(value, (row, *column)) - off * off.xreplace({row: column[0]})
    return KnownSpread(centre, None, Named(f"covariance of {x.name}", (row, *column), settled(entry)))


def _off(elaborator: Elaborator, moment: SaidMoment, centre: Expr | None, own: dict[str, Index],
         axes: tuple[Index, ...]) -> Expr:
    """m - c at letters; 0 where the relation is one of a variance."""
    if moment.central:
        return Integer(0)
    if centre is None:
        raise DeclarationError("the mean is not said", hint="declare E[x] = ...")
    taken = Integer(0) if moment.offset is None else _at(_valued(elaborator, moment.offset, own, shape_of(centre)), axes)
    return _at(centre, axes) - taken
