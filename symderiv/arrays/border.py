"""What stands beside our expressions is converted strictly before SymPy sees it, whose own operators evaluate text.

``guarded`` is put on every class of expressions that people hold: operands of arithmetic and comparisons are numbers,
arrays of numbers or expressions, and the methods inherited from SymPy that would read a text as a program refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, TypeVar

from sympy import Atom, Basic, Expr, KroneckerDelta, ceiling, default_sort_key, exp, floor, log, tanh
from sympy.core import basic
from sympy.core.function import Application

from ..errors import DeclarationError, ShapeError
from ..terms.traversals import reached
from .given import admitted, as_expr, operand, writable
from .strict import UNREAL, refusal, shown
from .walks import ArrayNode, scalar_nodes, subexpressions

Class = TypeVar("Class", bound=type)

ARITHMETIC = tuple(f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv", "pow", "mod", "floordiv", "divmod")
                   for side in ("", "r"))
COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")
PRODUCTS = ("__matmul__", "__rmatmul__")
SMALL = 2**64
"""Below this, a whole number is as short as any."""
METHODS = ("as_coeff_add", "as_coeff_exponent", "as_coeff_mul", "as_coefficient", "as_coefficients_dict", "as_independent",
           "as_leading_term", "coeff", "collect", "count", "diff", "dir", "dummy_eq", "equals", "expand",
           "extract_additively", "extract_multiplicatively", "find", "fourier_series", "fps", "has", "integrate", "invert",
           "is_algebraic_expr", "is_polynomial", "is_rational_function", "leadterm", "limit", "lseries", "match", "matches",
           "nseries", "replace", "series", "subs", "taylor_term", "evalf", "n", "rewrite", "is_constant", "as_poly",
           "__and__", "__or__", "__xor__", "__rand__", "__ror__", "__rxor__", "__lshift__", "__rshift__", "__rlshift__",
           "__rrshift__")
"""Those of SymPy's methods that convert what they are given."""
PRIORITY = 12.0
"""Above that of SymPy's matrix expressions."""
WORDS = frozenset(("+", "-", "+-", "exp", "log", "sin", "cos", "tan", "Piecewise", "sqrt", "gamma", "besselj"))
"""Words that these methods take."""


def without_text(*values: object) -> None:
    """Refuse text, also inside tuples, lists, sets and dictionaries.  Raises DeclarationError."""
    for value in values:
        if isinstance(value, str | bytes) and value not in WORDS:
            raise refusal(value, "an expression")
        if isinstance(value, Mapping):
            without_text(*value.keys(), *value.values())
        elif isinstance(value, tuple | list | set | frozenset):
            without_text(*value)


def guarded(cls: Class) -> Class:
    """Class decorator: operators inherited from SymPy convert strictly, and methods refuse text."""
    # NumPy must not take an expression for a scalar, nor SymPy's matrices: their operators leave the work to ours.
    cls.__array_ufunc__ = None  # type: ignore[attr-defined]
    cls.__array_function__ = _no_numpy  # type: ignore[attr-defined]
    cls._op_priority = max(PRIORITY, cls._op_priority)  # type: ignore[attr-defined]
    for names, made in ((ARITHMETIC, _operation), (COMPARISONS, _comparison)):
        for name in names:
            if name not in vars(cls) and hasattr(cls, name):
                setattr(cls, name, made(getattr(cls, name)))
    for name in METHODS:
        if hasattr(cls, name) and callable(getattr(cls, name)):
            setattr(cls, name, _method(getattr(cls, name)))
    return cls


def _operation(plain: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plain)
    def operation(self: Any, other: object, *rest: object) -> Any:
        return plain(self, operand(other), *(None if each is None else operand(each) for each in rest))
    return operation


def _no_numpy(self: Any, function: Any, *_: object) -> Any:
    """NumPy's functions would take an array of ours for a number: np.dot(W, x) for W*x entry by entry."""
    name = getattr(function, "__name__", "")
    raise DeclarationError(f"NumPy's {name} takes arrays of numbers, and {shown(self)} is none",
                           hint={"dot": "write W @ x"}.get(name, f"write sd.{name}(...) where there is one"))


def _comparison(plain: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plain)
    def comparison(self: Any, other: object) -> Any:
        other = as_expr(other)
        try:
            return plain(self, other)
        except TypeError as error:  # SymPy's word on what has no order.
            raise DeclarationError(f"{shown(self)} and {shown(other)} cannot be compared: {error}",
                                   hint="sizes, letters and real scalars have an order") from error
    return comparison


def _no_product(self: Any, other: object) -> Any:
    """A scalar has no axis to multiply along; an array of ours on the other side says so in its own words."""
    if isinstance(other, ArrayNode) or not _holds_ours(self):
        return NotImplemented
    raise ShapeError(f"{shown(self)} @ {shown(operand(other))} is a product with a scalar", hint="write * beside scalars")


def _completed(plain: Callable[..., Any], strict: Callable[..., Any]) -> Callable[..., Any]:
    """An operator of SymPy's own sums and functions, such as n + 1 and n//2: strict where these hold something of ours.

    SymPy's evaluates text inside tuples and dictionaries, and leaves Python to complain of other types.
    """
    @wraps(plain)
    def operation(self: Any, other: object, *rest: object) -> Any:
        if not writable(self, other):
            _refuse_large(self, other)
        known = isinstance(other, Expr) and not other.is_Matrix and other not in UNREAL
        if known or (type(other) is int and -SMALL < other < SMALL) or not _holds_ours(self):
            return plain(self, other, *rest)
        return strict(self, other, *rest)
    return operation


def _holds_ours(expr: Expr) -> bool:
    return any(isinstance(node, ArrayNode) or hasattr(type(node), "__array_ufunc__") for node in scalar_nodes(expr))


def _refuse_large(*values: Any) -> None:
    """SymPy prints, compares and evaluates by recursion: what holds something of ours ends before Python's own bound does.

    Raises BoundExceeded.
    """
    for value in values:
        if not writable(value) and _holds_ours(value):
            admitted(value)


def _function(plain: Callable[..., Any]) -> Callable[..., Any]:
    """SymPy's own functions, which look into what they are given before there is a node."""
    @wraps(plain)
    def made(cls: Any, *args: Any, **options: Any) -> Any:
        if not writable(*args):
            _refuse_large(*args)
        if not options and cls in _STAY and all(getattr(type(arg), "stays", None) == _STAY[cls] for arg in args):
            if len(args) == 2 and default_sort_key(args[1]) < default_sort_key(args[0]):
                args = args[::-1]
            options = {"evaluate": args[0] == args[-1] and len(args) == 2}
        return plain(cls, *args, **options)
    return made


# What these functions make of an entry, or of two different letters, is nothing, which SymPy takes long to find out.
_STAY: Mapping[Any, str] = {exp: "entry", log: "entry", tanh: "entry", KroneckerDelta: "letter"}


def _atoms(expr: Basic, *kinds: Any) -> set[Basic]:
    """SymPy's, each shared part once: its own looks at a definition as often as definitions above it read it."""
    wanted = tuple(kind if isinstance(kind, type) else type(kind) for kind in kinds) or Atom
    return {part for part in subexpressions(expr) if isinstance(part, wanted)}


def _free_parts(expr: Any, bound: bool = False) -> Iterator[Any]:
    """SymPy's parts of an expression but bound letters, each shared part once."""
    def binds(node: Any) -> bool:
        return not bound and hasattr(node, "bound_symbols")

    for node in reached([expr], lambda node: () if binds(node) else node.args):
        yield node
        if binds(node):
            letters = node.canonical_variables.values()
            yield from (part for part in _free_parts(node.as_dummy(), True) if not part.has(*letters))


def _complete() -> None:
    Basic.atoms = _atoms
    basic.iterargs, basic.iterfreeargs = subexpressions, _free_parts
    Application.__new__ = _function(Application.__new__)
    for cls in (Expr, floor, ceiling):
        for names, made in ((ARITHMETIC, _operation), (COMPARISONS, _comparison)):
            for name in names:
                if name in vars(cls):
                    plain = getattr(cls, name)
                    setattr(cls, name, _completed(plain, made(plain)))
    for name in PRODUCTS:
        setattr(Expr, name, _no_product)


_complete()


def _method(plain: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plain)
    def method(self: Any, *args: Any, **options: Any) -> Any:
        if args or options:
            without_text(*args, *options.values())
        return plain(self, *args, **options)
    return method
