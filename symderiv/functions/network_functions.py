"""Scalar functions of networks that SymPy lacks, as SymPy functions of a real argument.

They evaluate themselves only where the value is exact; their derivatives are in the derivative table.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sympy import Expr, Function, Max, Rational, S, exp, log
from sympy.printing.latex import LatexPrinter


class RealFunction(Function):
    """A real-valued function of one real argument, written with ``symbol`` in LaTeX."""

    nargs = 1
    symbol: ClassVar[str] = ""

    def _eval_is_real(self) -> bool:
        return True

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"{self.symbol}{power}\left({printer._print(self.args[0])}\right)"

    def _eval_evalf(self, prec: int) -> Any:
        return self._in_elementary_functions(self.args[0])._eval_evalf(prec)

    def _in_elementary_functions(self, x: Expr) -> Expr:
        raise NotImplementedError


class sigmoid(RealFunction):
    """1/(1 + exp(-x)), the logistic function."""

    symbol = r"\sigma"

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        """Exact at 0 and at both infinities."""
        if x.is_zero and x.is_number:
            return S.Half
        if x is S.Infinity:
            return S.One
        return S.Zero if x is S.NegativeInfinity else None

    def _eval_is_positive(self) -> bool:
        return True

    def _in_elementary_functions(self, x: Expr) -> Expr:
        return 1 / (1 + exp(-x))

    def _eval_rewrite_as_exp(self, x: Expr, **hints: Any) -> Expr:
        return self._in_elementary_functions(x)


class softplus(RealFunction):
    """log(1 + exp(x)), an antiderivative of the logistic function."""

    symbol = r"\operatorname{softplus}"

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        """Exact at 0."""
        return log(2) if x.is_zero and x.is_number else None

    def _eval_is_positive(self) -> bool:
        return True

    def _in_elementary_functions(self, x: Expr) -> Expr:
        return log(1 + exp(x))

    def _eval_rewrite_as_exp(self, x: Expr, **hints: Any) -> Expr:
        return self._in_elementary_functions(x)


class relu(RealFunction):
    """max(x, 0)."""

    symbol = r"\operatorname{relu}"

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        """Exact at rational numbers."""
        return Max(x, 0) if isinstance(x, Rational) else None

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _in_elementary_functions(self, x: Expr) -> Expr:
        return Max(x, 0)


class heaviside(RealFunction):
    """1 where x > 0, else 0: the step function with value 0 at 0, which is relu'."""

    symbol = r"\operatorname{step}"

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        """Exact at rational numbers."""
        return (S.One if x > 0 else S.Zero) if isinstance(x, Rational) else None

    def _eval_is_nonnegative(self) -> bool:
        return True

    def _in_elementary_functions(self, x: Expr) -> Expr:
        return (1 + x / abs(x)) / 2 if x.is_nonzero else S.Zero


__all__ = ["RealFunction", "heaviside", "relu", "sigmoid", "softplus"]
