"""The printers of expressions: what SymPy's do, and what they cannot know of arrays and of names.

SymPy writes the arithmetic of scalars, and every operator's record writes itself (``Operator.text``, ``Operator.latex``);
how tightly a thing binds is asked here alone, of its record.  ``str`` and SymPy's ``latex`` come here as well: a product
of scalars is SymPy's own, and its printer would not know that ``y.T*x`` needs brackets below a line, nor that the
``pi`` in an expression is a declared name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sympy import E, Expr, Function, Indexed, Mod, Mul, Pow, Rational, S, Symbol, default_sort_key, fraction, pi
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE, PRECEDENCE_TRADITIONAL, precedence, precedence_traditional
from sympy.printing.str import StrPrinter

from ..terms.traversals import reached
from .arrays import Array, Entry
from .operator import ADD, is_product

LIBRARY = "sd."
"""Stands before a function's name where a quantity has the same."""
CONSTANTS = frozenset(["e", "E", "pi", "I"])
"""Names that are read as constants where nothing else is declared under them."""


def _parts(expr: Any) -> Iterator[Any]:
    """Every part of an expression once; what a definition stands for is not printed."""
    def below(node: Any) -> list[Any]:
        args: Any = () if hasattr(node, "body") else getattr(node, "args", ())
        return [a for a in args if isinstance(a, Expr) or bool(getattr(a, "args", ()))]

    return reached([expr], below)


def _name_of(node: Any) -> str | None:
    """The name of a leaf or a definition; an entry has none of its own."""
    return node.name if isinstance(node, Symbol) or (not isinstance(node, Indexed) and hasattr(node, "name")) else None


def names_printed(expr: Any) -> frozenset[str]:
    """The names of tensors, definitions, letters, and of the sizes of all these: what a reader of the text declares."""
    found: set[str] = set()
    for node in _parts(expr):
        if (name := _name_of(node)) is not None:
            found.add(name)
            sizes = (*getattr(node, "shape", ()), getattr(node, "size", None), getattr(node, "label_size", None))
            found |= {s.name for size in sizes for s in _symbols(size)}
        for value in getattr(node, "params", {}).values():
            found |= {s.name for s in _symbols(value)}
    return frozenset(found)


def _symbols(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for each in value:
            yield from _symbols(each)
    elif isinstance(value, Expr):
        yield from value.atoms(Symbol)


def _concerns_us(expr: Any) -> bool:
    """Whether there is an array, an entry or a name that SymPy would print like a constant."""
    return any(isinstance(node, Array | Entry) or _name_of(node) in CONSTANTS for node in _parts(expr))


def _holds(expr: Any, kind: type) -> bool:
    """Whether something of a class is printed in an expression."""
    return any(isinstance(node, kind) for node in _parts(expr))


MANY_TERMS = 200
"""Above this, nobody reads a sum for the order of its terms."""


def no_minus_first(terms: Sequence[Any]) -> list[Any]:
    """Terms in their order, but no minus first where a term without one could be: t - i and 1 - x."""
    first = next((k for k, term in enumerate(terms) if not term.could_extract_minus_sign()), 0)
    return [terms[first], *terms[:first], *terms[first + 1:]] if terms[0].could_extract_minus_sign() else list(terms)


class _Knowing:
    """What both printers know: the names around, and how tightly operators bind."""

    names: frozenset[str] = frozenset()
    within: tuple[Any, ...] = ()

    def doprint(self, expr: Any) -> str:
        self.names = names_printed(expr)
        return str(super().doprint(expr))  # type: ignore[misc]

    def taken(self, name: str) -> bool:
        """Whether a name stands for something declared in this text."""
        return name in self.names

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        """SymPy's order by monomials writes for each term the power of every name in the whole sum."""
        if len(expr.args) > MANY_TERMS:
            return no_minus_first(sorted(expr.args, key=default_sort_key))
        return no_minus_first(super()._as_ordered_terms(expr, order))  # type: ignore[misc]


class PlainPrinter(_Knowing, StrPrinter):
    """Plain text, as ``sd.parse`` reads it."""

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        inside = self._print(item)
        own = precedence(item)
        return f"({inside})" if own < level or (not strict and own <= level) else inside

    def _print_Mul(self, expr: Any) -> str:
        below = any(isinstance(f, Pow) and f.exp.is_number and f.exp.is_negative and is_product(f.base)
                    for f in Mul.make_args(expr))
        if below and expr.could_extract_minus_sign():
            return "-" + self.parenthesize(-expr, ADD)
        return str(super()._print_Mul(expr))

    def _print_Exp1(self, expr: Any) -> str:
        return self.called("exp") + "(1)"

    def _print_Pi(self, expr: Any) -> str:
        return self.called("arccos") + "(-1)" if self.taken("pi") else "pi"

    def _print_Function(self, expr: Any) -> str:
        return self.called(str(super()._print_Function(expr)))

    def called(self, text: str) -> str:
        """A call; a function whose name is declared for something else is said to be the library's."""
        return LIBRARY + text if self.taken(text.partition("(")[0]) else text


class Latex(_Knowing, LatexPrinter):
    """LaTeX, as ``sd.parse`` reads it."""

    def misread(self, text: str) -> bool:
        """Whether a function's sign at the start of a call is the name of something declared."""
        head = _SIGNS.match(text)
        return head is not None and any(self.taken(word.replace(r"\_", "_")) for word in _WORDS.findall(head[0]))

    def function_word(self, name: str) -> str:
        """The name of a function as it is set, said to be the library's where something else has it."""
        return (LIBRARY + name if self.taken(name) else name).replace("_", r"\_")

    def _print(self, expr: Any, **kwargs: Any) -> str:
        # SymPy's constants write themselves, whatever the printer.
        constant = self._print_Pi if expr is pi else self._print_Exp1 if expr is E else None
        if constant is not None:
            return constant(expr, **kwargs)
        text = str(super()._print(expr, **kwargs))
        if not isinstance(expr, Function) or not self.names or not self.misread(text):
            return text
        inside = ", ".join(map(self._print, expr.args))
        plain = rf"\operatorname{{{self.function_word(type(expr).__name__)}}}\left({inside}\right)"
        power = kwargs.get("exp")
        return plain if power is None else rf"\left({plain}\right)^{{{power}}}"

    def parenthesize(self, item: Any, level: int, is_neg: bool = False, strict: bool = False) -> str:
        own = getattr(item, "latex_precedence", None)
        if own is None:
            return str(super().parenthesize(item, level, is_neg=is_neg, strict=strict))
        inside = self._print(item)
        return self._add_parens(inside) if own < level or (not strict and own <= level) else inside

    def _print_Mul(self, expr: Any) -> str:
        """A sum stands behind the line of a fraction, and not above it."""
        factors = Mul.make_args(expr)
        sums = [f for f in factors if isinstance(f, ExprWithLimits)]
        below = [f for f in factors if isinstance(f, Rational | Pow) and fraction(f)[1] is not S.One]
        if len(sums) != 1 or not below or any(_holds(f, ExprWithLimits) for f in below):
            return str(super()._print_Mul(expr))
        return f"{super()._print_Mul(Mul(*(f for f in factors if f is not sums[0])))} {self._print(sums[0])}"

    def _needs_add_brackets(self, expr: Any) -> bool:
        return bool(expr.is_Relational or expr.is_Add) or _holds(expr, Mod)

    def _needs_mul_brackets(self, expr: Any, first: bool = False, last: bool = False) -> bool:
        # SymPy asks the same of the whole tree, in which what a network shares stands 2^depth times.
        loose = not first and expr.could_extract_minus_sign() if expr.is_Mul else \
            precedence_traditional(expr) < PRECEDENCE["Mul"] or expr.is_Relational
        return bool(loose or expr.is_Piecewise) or _holds(expr, Mod) or (not last and _holds(expr, ExprWithLimits))

    def _print_Exp1(self, expr: Any, exp: Any = None) -> str:
        text = r"\exp\left(1\right)" if self.taken("e") else "e"
        if exp is None:
            return text
        return rf"\left({text}\right)^{{{exp}}}" if self.taken("e") else f"{text}^{{{exp}}}"

    def _print_ExpBase(self, expr: Any, exp: Any = None) -> str:
        if not self.taken("e"):
            return str(super()._print_ExpBase(expr, exp=exp))
        text = rf"\exp\left({self._print(expr.args[0])}\right)"
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text

    def _print_log(self, expr: Any, exp: Any = None) -> str:
        text = str(super()._print_log(expr))
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text

    def _print_Pi(self, expr: Any, exp: Any = None) -> str:
        text = r"\arccos\left(-1\right)" if self.taken("pi") else r"\pi"
        return rf"{text}^{{{exp}}}" if exp is not None else text


# SymPy knows by the names of classes how tightly they bind: our sums as its own, so that a power of one has brackets.
PRECEDENCE_TRADITIONAL["PlainSum"] = PRECEDENCE_TRADITIONAL["Sum"]

_SIGNS = re.compile(r"(?:\\operatorname\{[A-Za-z][A-Za-z0-9\\_]*\}|\\(?!left)[A-Za-z]+|[ {}^_0-9])+(?=\\left)")
_WORDS = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|\\_)*")


def _adopt(foreign: Any, ours: Any) -> None:
    """SymPy's printer hands what it cannot know over to ours; everything else it prints itself."""
    plain = foreign.doprint

    def doprint(self: Any, expr: Any) -> Any:
        if type(self) is foreign and isinstance(expr, Expr) and _concerns_us(expr):
            known = {key: value for key, value in self._settings.items() if key in ours._default_settings}
            return ours(known).doprint(expr)
        return plain(self, expr)

    foreign.doprint = doprint


_adopt(StrPrinter, PlainPrinter)
_adopt(LatexPrinter, Latex)
