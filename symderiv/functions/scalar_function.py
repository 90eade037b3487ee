"""The record of a scalar function, and the registry of all of them.

One record holds everything that is known of a function: its derivative, what it is made of, its values, sign and symmetry,
how it is written and read, its code in every library, and how the evaluator computes it.  Every other room reads from it.

The evaluator stays a second opinion: ``value``, ``slopes``, ``multiprecision`` and ``interval`` are handed a library of
numbers and say the function anew, and never look at ``derivative`` or ``expansion``; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from mpmath import mp, workprec  # type: ignore[import-untyped]
from sympy import Expr, Function, Rational, S
from sympy.printing.latex import LatexPrinter

from ..arrays.operator import OPERATORS, is_array
from ..terms.nodes import RULES, ZERO, FunctionValue, Node, Num, Number, fn, num, power

Partial = Callable[..., Node]
Numeric = Callable[..., Any]
POSITIVE, NONNEGATIVE, UNKNOWN = 2, 1, 0
ODD, EVEN = -1, 1


@dataclass(frozen=True, eq=False)
class ScalarFunction:
    """One function of real numbers.

    name        NumPy's or the field's name: of the engine, of plain text, and of ``sd``.
    doc         what it does to every entry of an array; the documentation of ``sd``'s function.
    derivative  its partial derivatives, one a slot, as nodes of the arguments.
    numpy       format of NumPy source, as in "np.tanh({0})"; ``jax`` and ``torch`` where theirs is no translation of it.
    whole       how many of its first arguments are whole numbers, not arrays, as the order of a derivative is.
    helper      what NumPy's source calls, a Python function that reads its arguments, np and math; it is written in front.
                A source that JAX or PyTorch have another of is one call, so that it is found again in what is emitted.
    value       (np, *arrays) -> array; of complex numbers too, the complex step, unless ``analytic`` is unset.
    slopes      (np, *arrays) -> partial derivative as numbers, one a slot: dual numbers read them.
    multiprecision  (mpmath context, *numbers) -> number; default mpmath's function of SymPy's name.
    interval    (iv, interval) -> an enclosure, None where there is none.
    sympy       SymPy's class of it; one is made where SymPy has none.
    latex       its sign, or the whole with {0} for the argument; default the upright name.
    bracket     how index notation writes it where that has brackets of its own, as [x > 0] for a step.
    reads       other names that people write; ``bare`` whether it is read without brackets, as in \\sin x.
    values      exact values: of numbers by a table, or by a rule.
    limits      values at -oo and oo, where they are known.
    undoes      the function g with f(g(x)) = x wherever g has a value.
    reflected   (f(x), x) -> f(-x), where that is another function of f(x).
    parity      ODD, EVEN or 0; sign: POSITIVE, NONNEGATIVE or UNKNOWN.
    expansion   what canonical forms write instead, as a node; ``shown`` whether proofs may do so too.
    exponential whether it is made of exponentials of its argument.
    bits        (|x|) -> the binary digits that tell its value from its limit, where that is so close that they matter.
    indicator   whether its values are 0 and 1, so that powers of it are itself.
    square      its square where that is shorter, as |x|² is x².
    by_argument the function x f(x), as |x| = x sign(x).
    quotient    functions f, g with f/g this one, where quotients of the two are written as it.
    note        what a reader of a derivative through it should know.
    kink        what is agreed where it has no derivative; ``pieces`` whether it is put together from pieces,
                and ``to_kink`` (np, array) -> what is 0 where they meet; default the argument.
    everywhere  whether it has a value at every real number; ``within`` the ends of the interval where it has one, if that is
                all, and whether it has one at them.
    domain      whether roots of what stands inside are a condition worth looking for.
    of_matrices whether it may also mean the function of a matrix, which is not entry by entry.
    stem        the letter that names its values in proofs, and ``named`` in results.
    unit        whether it is what a layer applies: such a layer has a customary name.
    """

    name: str
    doc: str
    derivative: tuple[Partial, ...]
    numpy: str
    value: Numeric
    slopes: tuple[Numeric, ...]
    multiprecision: Numeric | None = None
    interval: Numeric | None = None
    analytic: bool = True
    sympy: Any = None
    whole: int = 0
    helper: Callable[..., Any] | None = None
    jax: str | None = None
    torch: str | None = None
    latex: str | None = None
    bracket: str | None = None
    reads: tuple[str, ...] = ()
    bare: bool = False
    values: Mapping[Number, Any] | Callable[[Number], Any] | None = None
    limits: tuple[Any, Any] | None = None
    undoes: str | None = None
    reflected: Partial | None = None
    parity: int = 0
    sign: int = UNKNOWN
    expansion: Partial | None = None
    shown: bool = False
    exponential: bool = False
    bits: Callable[[float], float] | None = None
    indicator: bool = False
    square: Partial | None = None
    by_argument: str | None = None
    quotient: tuple[str, str] | None = None
    kink: str | None = None
    note: str | None = None
    pieces: bool = False
    to_kink: Numeric | None = None
    everywhere: bool = True
    within: tuple[Any, Any, bool] | None = None
    domain: bool = False
    of_matrices: bool = False
    stem: str = "u"
    named: str = "u"
    unit: bool = False

    def __call__(self, *args: Any) -> Any:
        """The function of scalar expressions, or of arrays entry by entry."""
        return OPERATORS[self.name](*args) if any(map(is_array, args)) else self.sympy(*args)

    def node(self, *args: Node) -> Node:
        """The function of the engine's nodes."""
        return fn(self.name, *args)

    def of(self, node: object) -> bool:
        """Whether a node is a value of it."""
        return isinstance(node, FunctionValue) and node.name == self.name

    def applied(self, expr: object) -> bool:
        """Whether an expression, of a scalar or of an array, is an application of it."""
        return isinstance(expr, self.sympy) or getattr(getattr(expr, "op", None), "scalar", None) is self.sympy

    @property
    def written(self) -> str:
        """Its sign in LaTeX."""
        return self.latex or r"\operatorname{" + self.name.replace("_", r"\_") + "}"

    def exact(self, at: Number) -> Any:
        """Its value at a rational number, None where it has no exact one."""
        if self.values is None:
            return None
        return self.values(at) if callable(self.values) else self.values.get(at)

    def evaluated(self, args: tuple[Node, ...]) -> Node | None:
        """What nodes of it are at once: exact rational values, and what it undoes.  No side condition is needed."""
        x = args[0]
        if isinstance(x, FunctionValue):
            return x.children[0] if self.undoes is not None and x.name == self.undoes else None
        if self.values is None or not isinstance(x, Num) or len(args) > 1:
            return None
        found = self.exact(x.value)
        return num(Fraction(found.p, found.q)) if isinstance(found, Rational) else \
            num(found) if isinstance(found, int | Fraction) else None

    def raised(self, args: tuple[Node, ...], exponent: int) -> Node | None:
        """A positive whole power of it that is shorter: of an indicator itself, an even one by its square."""
        if self.indicator:
            return self.node(*args)
        return power(self.square(*args), num(exponent // 2)) if self.square is not None and exponent % 2 == 0 else None


FUNCTIONS: dict[str, ScalarFunction] = {}
BY_CLASS: dict[str, ScalarFunction] = {}
"""By the name of SymPy's class."""


class RealFunction(Function):
    """A real-valued function of real arguments that SymPy lacks; its record says the rest."""

    record: ClassVar[ScalarFunction]

    @classmethod
    def eval(cls, *args: Expr) -> Any:
        """Exact values alone: at rational numbers, at what is 0, and at both infinities."""
        (x, *rest) = args
        if rest:
            return None
        if cls.record.limits is not None and x in (S.NegativeInfinity, S.Infinity):
            return cls.record.limits[x is S.Infinity]
        if x.is_number and x.is_zero:
            x = S.Zero
        found = cls.record.exact(Fraction(x.p, x.q)) if isinstance(x, Rational) else None
        return Rational(found.numerator, found.denominator) if isinstance(found, int | Fraction) else found

    def _eval_is_real(self) -> bool:
        return True

    def _eval_is_positive(self) -> bool | None:
        return True if self.record.sign == POSITIVE else None

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.record.sign >= NONNEGATIVE else None

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        return set_in_latex(self.record, [printer._print(a) for a in self.args], exp)

    def _eval_evalf(self, prec: int) -> Any:
        inside = [a._eval_evalf(prec) if not a.is_Float else a for a in self.args]
        if not all(a is not None and a.is_comparable for a in inside) or self.record.multiprecision is None:
            return None
        with workprec(prec + 10):
            value = self.record.multiprecision(mp, *(a._to_mpmath(prec + 10) for a in inside))
        return Expr._from_mpmath(value, prec)


def set_in_latex(record: ScalarFunction, inside: list[str], power: str | None = None, in_proofs: bool = False) -> str:
    """An application in LaTeX, its arguments being set already."""
    sign = record.bracket if in_proofs and record.bracket is not None else record.written
    if "{0}" in sign:
        whole = sign
        for k, each in enumerate(inside):
            whole = whole.replace(f"{{{k}}}", each)
        return whole if power is None else rf"{{{whole}}}^{{{power}}}"
    return sign + (f"^{{{power}}}" if power is not None else "") + r"\left(" + ", ".join(inside) + r"\right)"


def register(record: ScalarFunction) -> ScalarFunction:
    """Add a record to the registry, with a SymPy class where it has none, and hand it back."""
    if record.sympy is None:
        made = type(record.name, (RealFunction,), {"record": record, "nargs": len(record.derivative),
                                                   "__module__": __name__, "__doc__": record.doc})
        object.__setattr__(record, "sympy", made)
    FUNCTIONS[record.name] = BY_CLASS[getattr(record.sympy, "__name__", record.name)] = record
    RULES[record.name] = record
    return record


def is_indicator(node: object) -> bool:
    """Whether a node is the value of a function that is 0 or 1."""
    return isinstance(node, FunctionValue) and node.name in FUNCTIONS and FUNCTIONS[node.name].indicator


def flat(*_: Node) -> Node:
    """The derivative of what is constant in pieces."""
    return ZERO


def no_slope(np: Any, x: Any) -> Any:
    """The same as numbers."""
    return 0 * x


def steep(x: float) -> float:
    """The binary digits between exp(x) and exp(-x), which the function is made of."""
    return 3 * x


def rising(x: float) -> float:
    """The binary digits between exp(x) and 1, which the function is made of."""
    return 1.5 * x


def by_ends(rule: Numeric) -> Numeric:
    """The enclosure of an increasing function by its values at both ends."""
    return lambda iv, x: iv.mpf([rule(iv, iv.mpf(x.a)).a, rule(iv, iv.mpf(x.b)).b])


def __getattr__(name: str) -> Any:
    """The classes that were made, so that expressions of them can be pickled."""
    if name in FUNCTIONS:
        return FUNCTIONS[name].sympy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
