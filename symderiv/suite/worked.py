"""Numbers that remember how they were computed, so that an item can print the substitution beside the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sympy import Expr, Float, Max, Rational, floor
from sympy.printing.latex import LatexPrinter

from ..arrays.arrays import as_expr
from ..errors import DeclarationError
from ..late import np

if TYPE_CHECKING:
    from numpy import object_
    from numpy.typing import NDArray

SUM, PRODUCT, ATOM = 0, 1, 2
"""How tightly what is written binds."""
DECIMALS = 6
"""A fraction with more of them stays one."""


def number_latex(value: Any) -> str:
    """A number in LaTeX, the digits of a large whole one in threes; of a sum the positive terms first."""
    if isinstance(value, int) or (isinstance(value, Expr) and value.is_Integer):
        return f"{int(value):,}".replace(",", r"\,") if abs(int(value)) >= 10_000 else str(value)
    return str(_PositiveFirst().doprint(value))


class _PositiveFirst(LatexPrinter):  # type: ignore[misc]
    """SymPy's LaTeX, but that no sum begins with a negative term where it has another."""

    def _as_ordered_terms(self, expr: Expr, order: Any = None) -> list[Expr]:
        terms = list(super()._as_ordered_terms(expr, order))
        first = next((k for k, term in enumerate(terms) if not term.could_extract_minus_sign()), 0)
        return [terms[first], *terms[:first], *terms[first + 1:]]


def in_decimals(expr: Expr) -> Expr:
    """Fractions whose decimals end as these, to be shown and not to be reckoned with."""
    return expr.xreplace({r: Float(f"{r.p / r.q:.{DECIMALS}f}") for r in expr.atoms(Rational)
                          if r.q > 1 and (r * 10**DECIMALS).is_Integer})


class Worked:
    """A number, exact, and the arithmetic that it comes from in LaTeX; ``+ - * /`` with numbers go on writing."""

    __slots__ = ("binding", "latex", "value")
    __array_priority__ = 1000

    def __init__(self, value: Any, text: str = "", binding: int = ATOM, decimals: bool = False) -> None:
        self.value: Expr = as_expr(value)
        self.latex = text or number_latex(in_decimals(self.value) if decimals else self.value)
        self.binding = binding

    def _bracketed(self, least: int) -> str:
        negative = least > SUM and self.latex.startswith("-")
        return rf"\left({self.latex}\right)" if self.binding < least or negative else self.latex

    def __add__(self, other: Any) -> Worked:
        b = _as_worked(other)
        sign, text = (" - ", b.latex[1:]) if b.latex.startswith("-") and b.binding > SUM else (" + ", b._bracketed(SUM))
        return Worked(self.value + b.value, f"{self.latex}{sign}{text}", SUM)

    def __radd__(self, other: Any) -> Worked:
        # The empty sum that ``sum`` begins with is nothing to be written.
        return self if isinstance(other, int) and other == 0 else _as_worked(other) + self

    def __sub__(self, other: Any) -> Worked:
        b = _as_worked(other)
        return Worked(self.value - b.value, f"{self.latex} - {b._bracketed(PRODUCT)}", SUM)

    def __rsub__(self, other: Any) -> Worked:
        return _as_worked(other) - self

    def __mul__(self, other: Any) -> Worked:
        b = _as_worked(other)
        left = self.latex if self.binding > SUM else self._bracketed(PRODUCT)
        return Worked(self.value * b.value, rf"{left} \cdot {b._bracketed(PRODUCT)}", PRODUCT)

    def __rmul__(self, other: Any) -> Worked:
        # Nor is the empty product that ``prod`` begins with.
        return self if isinstance(other, int) and other == 1 else _as_worked(other) * self

    def __truediv__(self, other: Any) -> Worked:
        b = _as_worked(other)
        if b.value == 0:
            raise DeclarationError(f"{self.latex} is divided by 0")
        return Worked(self.value / b.value, rf"\frac{{{self.latex}}}{{{b.latex}}}", ATOM)

    def __rtruediv__(self, other: Any) -> Worked:
        return _as_worked(other) / self

    def __floordiv__(self, other: Any) -> Worked:
        quotient = self / other
        exact = quotient.value.is_integer
        return quotient if exact else Worked(floor(quotient.value), rf"\left\lfloor{quotient.latex}\right\rfloor")

    def __neg__(self) -> Worked:
        return Worked(-self.value, f"-{self._bracketed(PRODUCT)}", PRODUCT)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Worked) else other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __str__(self) -> str:
        return str(self.value)

    __repr__ = __str__


def _as_worked(value: Any, decimals: bool = False) -> Worked:
    return value if isinstance(value, Worked) else Worked(value, decimals=decimals)


def worked(value: object, decimals: bool = False) -> Worked | NDArray[object_]:
    """A number, or an array of numbers, whose arithmetic is written down; arrays are NumPy's, of objects.

    Raises DeclarationError for what is no number.  Source: docs/tutorials/suite.md, What may be returned.

    With ``decimals`` fractions are written as these where they end: for questions that are asked in decimals.

    >>> str(worked([1, 2]) @ worked([3, -1])), (worked([1, 2]) @ worked([3, -1])).latex
    ('1', '1 \\\\cdot 3 + 2 \\\\cdot \\\\left(-1\\\\right)')
    >>> (worked(sd.rational(-1, 5), decimals=True) * 3).latex
    '-0.2 \\\\cdot 3'
    """
    inner = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(inner, list | tuple):
        return np.array(_nested(inner, decimals), dtype=object)
    return _as_worked(inner, decimals)


def _nested(values: Any, decimals: bool) -> Any:
    return [_nested(v, decimals) for v in values] if isinstance(values, list | tuple) else _as_worked(values, decimals)


def _named(name: str, function: Callable[[Expr], Expr]) -> Callable[[Any], Any]:
    def entry(value: Any) -> Worked:
        w = _as_worked(value)
        return Worked(function(w.value), rf"{name}\left({w.latex}\right)")

    def everywhere(value: Any) -> Any:
        return np.vectorize(entry, otypes=[object])(value) if isinstance(value, np.ndarray) else entry(value)

    return everywhere


worked_relu = _named(r"\operatorname{ReLU}", lambda x: Max(x, Rational(0)))


def value_of(value: Any) -> Any:
    """Worked numbers as the numbers they are, in arrays too; anything else as it stands."""
    if isinstance(value, Worked):
        return value.value
    if isinstance(value, np.ndarray) and value.dtype == object:
        return value_of(value.tolist())
    return type(value)(map(value_of, value)) if isinstance(value, list | tuple) else value


def is_worked(value: Any) -> bool:
    """Whether a number, or an entry of an array, says how it was computed."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        value = value.tolist()
    return any(map(is_worked, value)) if isinstance(value, list | tuple) else isinstance(value, Worked)
