"""Functions applied to every entry of an array.  On a scalar they give SymPy's function of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr

from ..arrays.arrays import Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import Operator, elementwise, is_array, operator
from ..functions import FUNCTIONS, ScalarFunction
from ..functions import network_functions as functions


def _example(name: str, slots: int = 1, whole: int = 0) -> Callable[[], Expr]:
    return lambda: operator(name)(*range(1, whole + 1), *(Tensor(letter, (dims("n"),)) for letter in "xyz"[whole:slots]))


def _record(name: str, scalar: Callable[..., Expr], source: str, latex: str | None = None, **facts: Any) -> Operator:
    return elementwise(name, scalar, source, latex=latex, example=_example(name), **facts)


for _f in FUNCTIONS.values():
    elementwise(_f.name, _f.sympy, _f.numpy, latex=_f.latex, example=_example(_f.name, len(_f.derivative), _f.whole),
                sign=_f.sign, pieces=_f.pieces, domain=_f.domain, stem=_f.stem, named=_f.named, unit=_f.unit, reads=_f.reads,
                bare=_f.bare, declarable=_f.bracket is not None and not _f.indicator,
                of_matrices=_f.of_matrices)
sqrt_record = _record("sqrt", sympy.sqrt, "np.sqrt({0})", r"\sqrt{{0}}", domain=True, of_matrices=True, bare=True,
                      keeps_sign=2)
# Made of the others; the sources are NumPy's own, which lose no digits near 0.
_record("expm1", lambda x: sympy.exp(x) - 1, "np.expm1({0})")
_record("log1p", lambda x: sympy.log(1 + x), "np.log1p({0})")
_record("exp2", lambda x: sympy.Integer(2) ** x, "np.exp2({0})")
_record("log2", lambda x: sympy.log(x) / sympy.log(2), "np.log2({0})", r"\log_{2}")
_record("log10", lambda x: sympy.log(x) / sympy.log(10), "np.log10({0})", r"\log_{10}")
log_sigmoid_record = _record("log_sigmoid", lambda x: -functions.softplus(-x),
"-" + functions.softplus.numpy.format("-({0})"), r"\log \sigma")


def _lost(given: Expr, found: Expr) -> bool:
    """Whether a function of a scalar has a value where its argument has none, because SymPy has cancelled what has none."""
    if is_array(given) or not given.free_symbols:
        return False
    partial = (f for f in FUNCTIONS.values() if not f.everywhere)
    inside = given.atoms(*(f.sympy for f in partial)) - found.atoms(sympy.Function)
    return any(not (isinstance(each, sympy.log) and each.args[0].is_positive) for each in inside)


def _public(name: str, doc: str, slots: int = 1) -> Callable[..., Any]:
    """The function of arrays and scalars that people call."""
    def one(x: object) -> Expr:
        given = as_expr(x)
        found: Expr = operator(name)(given)
        # SymPy's exp(log(a)) is a, which has a value where log(a) has none.
        return found if not _lost(given, found) else FUNCTIONS[name].sympy(given, evaluate=False)

    def several(*args: object) -> Expr:
        if len(args) != slots:
            raise TypeError(f"{name}() takes {slots} arguments, not {len(args)}")
        return operator(name)(*map(as_expr, args))

    made = one if slots == 1 else several
    what, _, shown = doc.partition("\n\n")
    raises = "DeclarationError for what is no number" if slots == 1 else "ShapeError where they do not broadcast"
    made.__name__, made.__qualname__, made.__doc__ = name, name, f"{what}\n\nRaises {raises}.\n\n{shown}"
    return made


def _with_example(f: ScalarFunction) -> str:
    """What a function is, and its value where its record has one: at 0, at 1, or at numbers of both signs."""
    if f.values is None:
        return f.doc + _ELSEWHERE.get(f.name, "")
    if callable(f.values):
        shown = f">>> sd.{f.name}([-3, 2])\n{[f.values(-3), f.values(2)]}"
    else:
        point, value = next(iter(f.values.items()))
        shown = f">>> sd.{f.name}({point})\n{value}"
    return f"{f.doc}\n\n{shown}"


# Functions without exact values at whole numbers, by a derivative.
_ELSEWHERE = {name: f"\n\n>>> a = sd.tensor(\"a\")\n>>> print(sd.derive(sd.{name}({arguments}), a))\ndL/da = {slope}" for
              name, arguments, slope in (
                  ("arccos", "a", "-1/sqrt(1 - a**2)"), ("arccosh", "a", "1/sqrt(a**2 - 1)"),
                  ("digamma", "a", "polygamma(1, a)"), ("polygamma", "1, a", "polygamma(2, a)"),
                  ("arctan2", "a, 1", "1/(a**2 + 1)"), ("where_defined", "a, 1/a", "1"))}
_PUBLIC = {f.name: _public(f.name, _with_example(f), len(f.derivative)) for f in FUNCTIONS.values()} | {
    name: _public(name, f"{doc}\n\n>>> sd.{name}({at})\n{value}") for name, doc, at, value in (
        ("sqrt", "Square root of every entry.  Source: NumPy, sqrt.", [4, 9], [2, 3]),
        ("expm1", "exp(x) - 1 of every entry.  Source: NumPy, expm1.", 0, 0),
        ("log1p", "log(1 + x) of every entry.  Source: NumPy, log1p.", 0, 0),
        ("exp2", "2 to the power of every entry.  Source: NumPy, exp2.", 3, 8),
        ("log2", "Logarithm of every entry to base 2.  Source: NumPy, log2.", 1, 0),
        ("log10", "Logarithm of every entry to base 10.  Source: NumPy, log10.", 1, 0),
        ("log_sigmoid", "log σ(x) = -softplus(-x) of every entry.  Source: PyTorch, nn.LogSigmoid.", 0, "-log(2)"))}


def __getattr__(name: str) -> Any:
    """The functions of the records by their names."""
    if name in _PUBLIC:
        return _PUBLIC[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def square(x: object) -> Expr:
    """Every entry times itself.  Raises DeclarationError for what is no number.  Source: NumPy, square.

    >>> sd.square([2, -3])
    [4, 9]
    """
    return as_expr(x) ** sympy.Integer(2)


def reciprocal(x: object) -> Expr:
    """1/x of every entry.  Raises DeclarationError for what is no number.  Source: NumPy, reciprocal.

    >>> sd.reciprocal([2, 4])
    [1/2, 1/4]
    """
    return 1 / as_expr(x)


def logaddexp(a: object, b: object) -> Expr:
    """log(exp(a) + exp(b)), entry by entry, with NumPy's broadcasting.  Raises ShapeError.  Source: NumPy, logaddexp.

    >>> sd.logaddexp(0, 0)
    log(2)
    """
    return as_expr(a) + operator("softplus")(as_expr(b) - as_expr(a))


def hypot(a: object, b: object) -> Expr:
    """√(a² + b²), entry by entry, with NumPy's broadcasting.  Raises ShapeError.  Source: NumPy, hypot.

    >>> sd.hypot(3, 4)
    5
    """
    return operator("sqrt")(square(a) + square(b))


def logit(p: object) -> Expr:
    """log(p/(1 - p)) of every entry, the inverse of sigmoid.  Raises DeclarationError for what is no number.

    Source: Berkson (1944).

    >>> sd.logit(sd.sigmoid(0))
    0
    """
    return operator("log")(as_expr(p)) - operator("log")(1 - as_expr(p))


def power(x: object, exponent: object) -> Expr:
    """x ** exponent, entry by entry, with NumPy's broadcasting.  Raises ShapeError.  Source: NumPy, power.

    >>> sd.power([2, 3], 2)
    [4, 9]
    """
    return as_expr(x) ** as_expr(exponent)


if TYPE_CHECKING:  # the functions of the records, as who checks types or completes names is to see them
    abs = arccos = arccosh = arcsin = arcsinh = arctan = arctanh = ceil = cos = cosh = digamma = erf = exp = reciprocal
    exp2 = expm1 = floor = gammaln = heaviside = log = log10 = log1p = log2 = log_sigmoid = normal_cdf = reciprocal
    normal_pdf = relu = round = sigmoid = sign = sin = sinh = softplus = sqrt = stop_gradient = tan = tanh = reciprocal
    arctan2 = polygamma = where_defined = logaddexp
else:
    __all__ = ["hypot", "logaddexp", "logit", "power", "reciprocal", "square", *_PUBLIC]
