"""The record of an operator, and the registry of all of them, by which arrays find what their signs mean.

One record holds everything that is known of an operator: its definition as a scalar index expression (its
meaning), its shape rule, how it is written in text and LaTeX, the NumPy code that computes it, and an example.
Derivatives follow from the definition; nothing else about an operator stands anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from sympy import Expr
from sympy.printing.precedence import PRECEDENCE

from ..errors import UnknownFunction
from ..late import nearest
from .sizes import Shape

Args = tuple[Expr, ...]
Params = dict[str, Any]
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


Binding = int | Callable[[Args, Params], int]
"""How tightly an operator binds as it is written: a number, or one that depends on operands and parameters."""


@dataclass(frozen=True, eq=False, repr=False)
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
    sign        2 where every entry is positive for certain, 1 where none is negative, 0 where that is not known.
    keeps_sign  2 where positive operands make positive entries, as sums and products do; 1 where zeros may come in.
    pieces      whether it is put together from pieces, so that it has kinks.
    domain      whether what stands in it must be restricted: a root, a logarithm, an inverse.
    stem        the letter that names its values in proofs, and ``named`` in results.
    unit        whether it is what a layer applies: such a layer has a customary name.
    plain       whether it only rearranges or fills, or reads best with its operand named: it gets no name itself.
    free        whether a reader counts it for no operation, as what only puts entries elsewhere.
    reads       other names that people write for it; ``bare`` whether it is read without brackets, as in \\sin x.
    called      whether it is called by its name; others have signs of their own.  ``sized``: its arguments are sizes.
    declarable  whether it is offered as the meaning of a sign, such as bars or a star.
    labels      the operand that may hold labels by its name, and the axis of the first operand along which they count.
    members     whether it is computed of a matrix, or of each member of a stack, along the last two axes.
    positions   whether its values are positions, which count from 0 among numbers.
    reduces     whether it reduces axes, and may keep them; ``along_one`` whether it runs along one axis,
    by default the last.
    batched     its source for operands with further axes in front: the same, the operands aligned ("entries"), with axes
                counted from the end ("axes"), as it is ("stacks"), or (sources, params, ranks, which are batched) -> source.
    symmetric   (args,
    shape) -> whether a matrix that it makes is certainly its own transpose; ``transposes`` whether it is one.
    of_matrices whether its name also means a function of a matrix that is not entry by entry.
    scalar      for an elementwise operator, the SymPy function of scalars it applies entry by entry.
    multilinear whether it is linear in each of its operands while the others stand still.
    conditions  (args, params) -> relations between sizes that the operator needs, such as kernel fits input.
    build       of a normalising operator, (operator, operands, params) -> expression; any expression may come out.
    """

    name: str
    shape: Callable[[Args, Params], Shape]
    definition: Callable[..., Expr]
    numpy: Callable[[tuple[str, ...], Params, tuple[Shape, ...]], str]
    example: Callable[[], Expr]
    text: Callable[[Writer, Args, Params], str] | None = None
    latex: Callable[[Writer, Args, Params], str] | None = None
    precedence: Binding = FUNC
    latex_precedence: Binding | None = None
    scalar: Callable[..., Expr] | None = None
    composite: bool = False
    multilinear: bool = False
    sign: int = 0
    keeps_sign: int = 0
    pieces: bool = False
    domain: bool = False
    stem: str = "u"
    named: str = "u"
    unit: bool = False
    plain: bool = False
    free: bool = False
    reads: tuple[str, ...] = ()
    bare: bool = False
    called: bool = True
    declarable: bool = False
    sized: bool = False
    labels: tuple[str, int] | None = None
    members: bool = False
    positions: bool = False
    reduces: bool = False
    along_one: bool = False
    batched: str | Callable[[tuple[str, ...], Params, tuple[int, ...], tuple[bool, ...]], str] = ""
    symmetric: Callable[[Args, Shape], bool] | None = None
    transposes: bool = False
    of_matrices: bool = False
    conditions: Callable[[Args, Params], tuple[Any, ...]] | None = None
    build: Callable[[Operator, Args, Params], Expr] | None = None
    _applied: ClassVar[Callable[..., Any]]
    """An application as an expression: arrays hand it in."""

    def __call__(self, *args: object, **params: Any) -> Any:
        """Apply to arrays or scalars; shapes are checked here."""
        return self._applied(*args, **params)

    def of(self, expr: object) -> bool:
        """Whether an expression is an application of it."""
        return getattr(expr, "op", None) is self

    def binds(self, args: Args, params: Params, latex: bool) -> int:
        """How tightly an application binds in text or in LaTeX."""
        rule = self.precedence if not latex or self.latex_precedence is None else self.latex_precedence
        return rule if isinstance(rule, int) else rule(args, params)

    def __repr__(self) -> str:
        return f"<operator {self.name}>"


OPERATORS: dict[str, Operator] = {}
class Records:
    """The records by their names, as attributes: ``RECORDS.matmul``.  What is misspelt is an error at once."""

    def __init__(self) -> None:
        self.__dict__ = OPERATORS  # a record is found as any attribute is, without a call

    def __getattr__(self, name: str) -> Operator:
        return operator(name)


RECORDS = Records()
READS: dict[str, str] = {}
"""Operators by the other names that people write."""
FAMILIES: list[Callable[[str], Operator | None]] = []
"""What makes the record of a name that is none of these, such as that of an unknown function, or None."""


def register(operator: Operator) -> Operator:
    """Add a record to the registry, and hand it back."""
    if operator.name in OPERATORS:
        raise UnknownFunction(f"an operator named {operator.name} exists already", hint="choose another name")
    OPERATORS[operator.name] = operator
    READS.update(dict.fromkeys(operator.reads, operator.name))
    return operator


def operator(name: str) -> Operator:
    """The record of a name.  Raises UnknownFunction with the nearest names."""
    if name not in OPERATORS:
        made = next(filter(None, (family(name) for family in FAMILIES)), None)
        if made is not None:
            return made
        near = ", ".join(nearest(name, OPERATORS))
        raise UnknownFunction(f"no operator is named {name!r}", hint=f"did you mean {near}?" if near else None)
    return OPERATORS[name]


def is_product(expr: object) -> bool:
    """Whether an operator's application is written as a product."""
    return getattr(expr, "precedence", None) == MUL


def is_array(expr: object) -> bool:
    """Whether an expression has axes."""
    return bool(getattr(expr, "shape", ()))


def shape_of(expr: object) -> Shape:
    """The shape of an expression, () for a scalar."""
    return tuple(getattr(expr, "shape", ()))
