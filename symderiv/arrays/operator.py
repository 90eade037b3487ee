"""The record of an operator, and the registry of all of them.

One record holds everything that is known of an operator: its definition as a scalar index expression (its
meaning), its shape rule, how it is written in text and LaTeX, the NumPy code that computes it, and an example.
Derivatives follow from the definition; nothing else about an operator stands anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sympy import Expr
from sympy.printing.precedence import PRECEDENCE

from ..errors import UnknownFunction
from .sizes import Shape, broadcast_shapes

ATOM, FUNC, POW, MUL, ADD = (int(PRECEDENCE[k]) for k in ("Atom", "Func", "Pow", "Mul", "Add"))


class Writer(Protocol):
    """What a text or LaTeX rule is handed: writes an operand, bracketed where it binds no tighter than ``level``.

    ``latex`` says which of the two is written, ``around`` holds the operators around this one, the nearest last, and
    ``taken`` tells whether a name is declared for something in the text.
    """

    latex: bool
    around: tuple[Any, ...]

    def __call__(self, operand: Expr, level: int = 0) -> str: ...

    def taken(self, name: str) -> bool: ...


Binding = int | Callable[[tuple[Expr, ...], dict[str, Any]], int]
"""How tightly an operator binds as it is written: a number, or one that depends on operands and parameters."""


@dataclass(frozen=True, eq=False)
class Operator:
    """One operator.

    name        NumPy's or the field's name; also its name in plain text.
    shape       (args, params) -> shape of the result; raises ShapeError.
    definition  (out, args, params) -> scalar expression for the entry at the index letters ``out``; or, for an
                operator made of others, (args, params) -> array expression when ``composite`` is set.
    text        (write, args, params) -> plain text;  default name(args, key=value).
    latex       (write, args, params) -> LaTeX;       default the call of ``text`` in LaTeX's dress.
    precedence  how tightly the plain text binds, as SymPy counts it; latex_precedence the LaTeX where it differs.
    numpy       (sources of the args, params, shapes) -> Python source of the value, NumPy being ``np``.
    example     an expression that uses it, for the registry test and the documentation.
    scalar      for an elementwise operator, the SymPy function of scalars it applies entry by entry.
    conditions  (args, params) -> relations between sizes that the operator needs, such as kernel fits input.
    """

    name: str
    shape: Callable[[tuple[Expr, ...], dict[str, Any]], Shape]
    definition: Callable[..., Expr]
    numpy: Callable[[tuple[str, ...], dict[str, Any], tuple[Shape, ...]], str]
    example: Callable[[], Expr]
    text: Callable[[Writer, tuple[Expr, ...], dict[str, Any]], str] | None = None
    latex: Callable[[Writer, tuple[Expr, ...], dict[str, Any]], str] | None = None
    precedence: Binding = FUNC
    latex_precedence: Binding | None = None
    scalar: Callable[..., Expr] | None = None
    composite: bool = False
    conditions: Callable[[tuple[Expr, ...], dict[str, Any]], tuple[Any, ...]] | None = None

    def __call__(self, *args: object, **params: Any) -> Any:
        """Apply to arrays or scalars; shapes are checked here."""
        from .arrays import Apply, as_expr

        operands = tuple(as_expr(arg) for arg in args)
        if self.scalar is not None and not params and all(not getattr(arg, "shape", ()) for arg in operands):
            return self.scalar(*operands)
        return Apply(self, operands, params)

    def binds(self, args: tuple[Expr, ...], params: dict[str, Any], latex: bool) -> int:
        """How tightly an application binds in text or in LaTeX."""
        rule = self.precedence if not latex or self.latex_precedence is None else self.latex_precedence
        return rule if isinstance(rule, int) else rule(args, params)

    def __repr__(self) -> str:
        return f"<operator {self.name}>"


OPERATORS: dict[str, Operator] = {}


def register(operator: Operator) -> Operator:
    """Add a record to the registry, and hand it back."""
    if operator.name in OPERATORS:
        raise UnknownFunction(f"an operator named {operator.name} exists already", hint="choose another name")
    OPERATORS[operator.name] = operator
    return operator


def operator(name: str) -> Operator:
    """The record of a name.  Raises UnknownFunction with the nearest names."""
    if name not in OPERATORS:
        from ..functions.unknown import is_opaque, opaque_operator

        if is_opaque(name):
            return opaque_operator(name)
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(name, OPERATORS, 3))
        raise UnknownFunction(f"no operator is named {name!r}", hint=f"did you mean {near}?" if near else None)
    return OPERATORS[name]


def elementwise(name: str, scalar: Callable[..., Expr], numpy: str, *, latex: str | None = None,
                example: Callable[[], Expr]) -> Operator:
    """Register an operator that applies a scalar function to every entry, its arguments broadcast.

    ``numpy`` is a format string for the sources, as in ``"np.tanh({0})"``; ``latex`` the function's symbol,
    or the whole with ``{0}`` for its argument.
    """
    from .arrays import entry

    symbol = latex or r"\operatorname{" + name.replace("_", r"\_") + "}"

    def definition(out: tuple[Expr, ...], args: tuple[Expr, ...], params: dict[str, Any]) -> Expr:
        return scalar(*(entry(arg, out) for arg in args))

    def to_latex(write: Writer, args: tuple[Expr, ...], params: dict[str, Any]) -> str:
        if "{0}" in symbol:
            return symbol.replace("{0}", write(args[0]))
        return rf"{symbol}\left(" + ", ".join(write(arg) for arg in args) + r"\right)"

    return register(Operator(
        name=name, scalar=scalar, definition=definition, latex=to_latex, example=example,
        latex_precedence=MUL if " " in symbol else FUNC,  # two functions before one pair of brackets
        shape=lambda args, params: broadcast_shapes([getattr(arg, "shape", ()) for arg in args], name),
        numpy=lambda sources, params, shapes: numpy.format(*sources)))


def is_product(expr: object) -> bool:
    """Whether an operator's application is written as a product."""
    return getattr(expr, "precedence", None) == MUL


def is_array(expr: object) -> bool:
    """Whether an expression has axes."""
    return bool(getattr(expr, "shape", ()))


def shape_of(expr: object) -> Shape:
    """The shape of an expression, () for a scalar."""
    return tuple(getattr(expr, "shape", ()))


__all__ = ["ADD", "ATOM", "FUNC", "MUL", "OPERATORS", "POW", "Binding", "Operator", "Writer", "elementwise", "is_array",
           "is_product", "operator", "register", "shape_of"]
