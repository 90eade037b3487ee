"""Functions of which nothing is known but their name: phi(x), its derivatives phi'(x), and both entry by entry.

The engine knows such a function by a key, the name with the order of the derivative in every slot: ``phi@1``.
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Callable, Iterable
from functools import wraps
from keyword import iskeyword
from typing import Any, ClassVar, TypeVar
from weakref import WeakValueDictionary

from sympy import Expr, Function
from sympy.core.function import FunctionClass
from sympy.printing.latex import LatexPrinter

from ..answers import ShowsItself
from ..arrays.arrays import Apply, entry, latex_name, subexpressions, tensor
from ..arrays.operator import Operator, Writer
from ..arrays.registry import FAMILIES, OPERATORS
from ..arrays.sizes import Shape, broadcast_shapes
from ..arrays.strict import name_of, whole
from ..errors import DeclarationError

MARK = "@"
RESERVED = frozenset(("np", "jnp", "jax", "torch", "math", "dtype", "entries", "compiled", "windows", "convolve", "pad"))
"""Names that emitted code has for itself."""
Made = TypeVar("Made")


class OpaqueClass(FunctionClass):
    """The class of classes of unknown functions, which are pickled as the key that makes them."""


class OpaqueFunction(Function, metaclass=OpaqueClass):
    """A smooth unknown function of real numbers, or one of its derivatives; ``key`` says which."""

    key: ClassVar[str] = ""

    def _eval_is_real(self) -> bool:
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        return _applied, (self.key, *self.args)

    def _made_by(self) -> tuple[Any, ...]:
        return _applied, self.key

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
    return OpaqueClass(_marked(name, orders), (OpaqueFunction,),
                       {"key": key, "nargs": len(orders), "__module__": __name__})


copyreg.pickle(OpaqueClass, lambda made: (opaque_class, (made.key,)) if made.key else made.__name__)


def _applied(key: str, *args: Expr) -> Expr:
    """The function of an engine name, applied to numbers."""
    scalar: Any = opaque_class(key)
    return scalar(*args)


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
        return f"{word_of(key)}({', '.join(sources)})"

    return Operator(key, shape, definition, numpy, lambda: scalar(*(tensor(c) for c in "uvwxyz"[:len(orders)])),
                    text=text, latex=latex, scalar=scalar)


def word_of(key: str) -> str:
    """The name under which code takes a function: phi, its derivatives dphi, d2phi; of a function of two, d_1_0_phi."""
    name, orders = parts_of(key)
    name = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not name.isidentifier() or iskeyword(name) or name in RESERVED:
        name = f"f_{name}"
    if not any(orders):
        return name
    if len(orders) > 1:
        return f"d_{'_'.join(map(str, orders))}_{name}"
    return f"d{'' if orders == (1,) else orders[0]}{name}"


def applications(*exprs: Expr) -> dict[str, Expr]:
    """The unknown functions that expressions apply, by their keys, each with one of its applications."""
    found: dict[str, Expr] = {}
    for node in (node for expr in exprs for node in subexpressions(expr)):
        if isinstance(node, OpaqueFunction) or (isinstance(node, Apply) and is_opaque(node.op.name)):
            found[node.key if isinstance(node, OpaqueFunction) else node.op.name] = node
    return found


def derives_from(word: str, keys: Iterable[str]) -> bool:
    """Whether a word is that of one of some functions, or of a derivative of one."""
    bases = {word_of(key_of(name, (0,) * len(orders))) for name, orders in map(parts_of, keys)}
    return any(re.fullmatch(rf"(d\d*|d(_\d+)+_)?{base}", word) for base in bases)


class NamedFunction(ShowsItself):
    """An unknown smooth function of numbers, or a derivative of one; a call applies it entry by entry.

    >>> phi = function("phi")
    >>> phi(tensor("z"))
    phi(z)

    Its derivatives print as phi'(z), phi''(z).  Code takes it by its name, and its derivatives as dphi, d2phi, each a
    function of arrays: ``d.numpy()(phi=np.tanh, dphi=lambda z: 1 - np.tanh(z)**2, z=z)``.
    """

    __slots__ = ("name", "order")

    def __init__(self, name: str, order: int = 0) -> None:
        self.name, self.order = name, order

    def __call__(self, *arguments: object) -> Any:
        """The function of every entry, with NumPy's broadcasting where it has several arguments.  Raises ShapeError."""
        if not arguments:
            raise DeclarationError(f"{self} is a function of something", hint=f"{self.name}(x)")
        if self.order and len(arguments) > 1:
            raise DeclarationError(f"{self} does not say by which of its {len(arguments)} arguments",
                                   hint=f"sd.derive({self.name}(x, y), x)")
        orders = (self.order,) if len(arguments) == 1 else (0,) * len(arguments)
        return opaque_operator(key_of(self.name, orders))(*arguments)

    def derivative(self, times: int = 1) -> NamedFunction:
        """phi', or a higher derivative."""
        return NamedFunction(self.name, self.order + whole(times, "the order of a derivative", least=0))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamedFunction) and (self.name, self.order) == (other.name, other.order)

    def __hash__(self) -> int:
        return hash((NamedFunction, self.name, self.order))

    def __repr__(self) -> str:
        return _marked(self.name, (self.order,))

    def latex(self) -> str:
        """Its sign in LaTeX."""
        return latex_of(key_of(self.name, (self.order,)))


def function(name: str) -> NamedFunction:
    """Declare an unknown smooth function of numbers, such as an activation that is left open.  Raises DeclarationError.

    Source: docs/howto.md, An unknown function.

    >>> phi, x = sd.function("phi"), sd.tensor("x", sd.dims("n"))
    >>> print(sd.derive(sd.sum(phi(x)), x).closed)
    phi'(x)
    """
    name = name_of(name, "a function", 'function("phi")').strip()
    if name in OPERATORS or MARK in name:
        raise DeclarationError(f"{name} is a function that the library has", hint="give the unknown one another name")
    return NamedFunction(name)


FAMILIES.append(lambda name: opaque_operator(name) if is_opaque(name) else None)
