"""Sizes as people read them: whole numbers as Python's, floors over one denominator, shapes with a times sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Add, Expr, Integer, Mul, Symbol, floor, fraction
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from ..arrays.strict import expression
from ..bounds import remembered

Number = int | Expr
"""A Python integer, or an expression in the sizes."""


def product(sizes: Iterable[Expr]) -> Expr:
    """The product of sizes, 1 of none."""
    return Mul(*sizes)


def plain(size: Any) -> Any:
    """A whole number as a Python integer; an expression as it is."""
    return int(size) if isinstance(size, Integer) else size


def plain_shape(shape: Iterable[Any]) -> tuple[Any, ...]:
    """A shape of Python integers and expressions."""
    return tuple(map(plain, shape))


def substituted(size: Any, values: Mapping[Symbol, Any]) -> Any:
    """A size at values of its symbols."""
    return plain(size.xreplace(values)) if isinstance(size, Expr) else size


class _PlusFirst:
    """W - k rather than -k + W."""

    def _as_ordered_terms(self, expr: Expr, order: Any = None) -> list[Expr]:
        terms: list[Expr] = super()._as_ordered_terms(expr, order)  # type: ignore[misc]
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


class _Text(_PlusFirst, StrPrinter):  # type: ignore[misc]
    def _print_floor(self, expr: floor) -> str:
        top, bottom = fraction(expr.args[0].together())
        return f"floor({self._print(top)})" if bottom == 1 else f"floor({self.parenthesize(top, 50)}/{self._print(bottom)})"


class _Latex(_PlusFirst, LatexPrinter):  # type: ignore[misc]
    def _print_floor(self, expr: floor, exp: str | None = None) -> str:
        top, bottom = fraction(expr.args[0].together())
        inner = self._print(top) if bottom == 1 else rf"\frac{{{self._print(top)}}}{{{self._print(bottom)}}}"
        text = rf"\left\lfloor {inner} \right\rfloor"
        return text if exp is None else f"{text}^{{{exp}}}"


@remembered(10_000)
def _text(size: Expr) -> str:
    return str(_Text().doprint(size))


@remembered(10_000)
def _latex(size: Expr) -> str:
    return str(_Latex().doprint(size))


def text(size: Any) -> str:
    """A number or expression as plain text, thousands set apart."""
    if isinstance(size, int | Integer):
        return f"{int(size):,}"
    return _text(expression(size, "a size"))


def latex(size: Any) -> str:
    r"""A number or expression as LaTeX, thousands set apart."""
    return text(size).replace(",", r"\,") if isinstance(size, int | Integer) else _latex(expression(size, "a size"))


def shape_text(shape: Iterable[Any]) -> str:
    """A shape, "8×17×17"; sums and products among its sizes stand in brackets."""
    sizes = tuple(shape)
    return "×".join(f"({text(n)})" if len(sizes) > 1 and isinstance(n, Add | Mul) else text(n).replace(",", "")
                    for n in sizes)


def shape_latex(shape: Iterable[Any]) -> str:
    """A shape as LaTeX."""
    sizes = tuple(shape)
    return r" \times ".join(rf"\left({latex(n)}\right)" if len(sizes) > 1 and isinstance(n, Add) else
                            latex(n).replace(r"\,", "") for n in sizes)
