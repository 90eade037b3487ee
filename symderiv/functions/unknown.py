"""Functions of which nothing is known but their name: phi(x), its derivatives phi'(x), and both entry by entry.

The engine knows such a function by a key, the name with the order of the derivative in every slot: ``phi@1``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeVar
from weakref import WeakValueDictionary

from sympy import Expr, Function
from sympy.printing.latex import LatexPrinter

from ..arrays.arrays import entry, latex_name, tensor
from ..arrays.operator import Operator, Writer
from ..arrays.registry import FAMILIES
from ..arrays.sizes import Shape, broadcast_shapes
from ..errors import UnknownFunction

MARK = "@"
Made = TypeVar("Made")


class OpaqueFunction(Function):
    """A smooth unknown function of real numbers, or one of its derivatives; ``key`` says which."""

    key: ClassVar[str] = ""

    def _eval_is_real(self) -> bool:
        return True

    def _latex(self, printer: LatexPrinter, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp is not None else ""
        inside = ", ".join(map(printer._print, self.args))
        return rf"{latex_of(self.key)}{power}\left({inside}\right)"


def latex_of(key: str) -> str:
    """The sign of a function in LaTeX."""
    name, orders = parts_of(key)
    return _marked(latex_name(name), orders)


def _marked(name: str, orders: tuple[int, ...]) -> str:
    """A name with primes, or with the order in every slot where there are several."""
    if len(orders) == 1:
        return name + "'" * orders[0]
    return name + (f"^{{({','.join(map(str, orders))})}}" if any(orders) else "")


def key_of(name: str, orders: tuple[int, ...]) -> str:
    """The engine's name of a function."""
    return f"{name}{MARK}{','.join(map(str, orders))}"


def parts_of(key: str) -> tuple[str, tuple[int, ...]]:
    """(name, orders) of the engine's name of a function."""
    name, _, orders = key.rpartition(MARK)
    return name, tuple(map(int, orders.split(",")))


def is_opaque(key: str) -> bool:
    """Whether an engine name is that of an unknown function."""
    return MARK in key


def derivative_key(key: str, slot: int) -> str:
    """The engine's name of the partial derivative in one slot, counted from 0."""
    name, orders = parts_of(key)
    return key_of(name, tuple(o + (k == slot) for k, o in enumerate(orders)))


def weakly(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """One object a key for as long as anything holds it: ever new names leave nothing behind."""
    made: WeakValueDictionary[str, Any] = WeakValueDictionary()

    @wraps(make)
    def found(key: str) -> Made:
        each: Made | None = made.get(key)
        return made.setdefault(key, make(key)) if each is None else each
    return found


@weakly
def opaque_class(key: str) -> type[OpaqueFunction]:
    """The SymPy function of an engine name."""
    name, orders = parts_of(key)
    return type(_marked(name, orders), (OpaqueFunction,),
                {"key": key, "nargs": len(orders), "__module__": __name__})


@weakly
def opaque_operator(key: str) -> Operator:
    """The record that applies an unknown function to every entry of arrays."""
    name, orders = parts_of(key)
    scalar: Any = opaque_class(key)

    def definition(out: tuple[Expr, ...], args: tuple[Expr, ...], params: dict[str, Any]) -> Expr:
        return scalar(*(entry(arg, out) for arg in args))

    def shape(args: tuple[Expr, ...], params: dict[str, Any]) -> Shape:
        return broadcast_shapes([getattr(arg, "shape", ()) for arg in args], name)

    def latex(write: Writer, args: tuple[Expr, ...], params: dict[str, Any]) -> str:
        return rf"{latex_of(key)}\left({', '.join(write(a) for a in args)}\right)"

    def text(write: Writer, args: tuple[Expr, ...], params: dict[str, Any]) -> str:
        return f"{_marked(name, orders)}({', '.join(write(a) for a in args)})"

    def numpy(sources: tuple[str, ...], params: dict[str, Any], shapes: tuple[Shape, ...]) -> str:
        raise UnknownFunction(f"{name} is only declared as a function, so it has no numbers",
                              hint=f"declare what it is, for instance as {name}: tanh")

    return Operator(key, shape, definition, numpy, lambda: scalar(*(tensor(c) for c in "uvwxyz"[:len(orders)])),
                    text=text, latex=latex, scalar=scalar)


FAMILIES.append(lambda name: opaque_operator(name) if is_opaque(name) else None)

__all__ = ["MARK", "OpaqueFunction", "derivative_key", "is_opaque", "key_of", "latex_of", "opaque_class", "opaque_operator",
           "parts_of"]
