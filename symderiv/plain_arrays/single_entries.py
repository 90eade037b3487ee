"""What is computed with single entries, as floating point does it: 1/0 is inf, log(-1) is nan, nothing raises.

A function here has up to three forms: for real numbers, for complex ones, and for any objects, which are asked themselves.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from typing import Any

NAN, INF = math.nan, math.inf


def divided(a: Any, b: Any) -> Any:
    """a / b."""
    try:
        return a / b
    except ZeroDivisionError:
        if isinstance(a, complex) or isinstance(b, complex):
            return complex(NAN, NAN)
        return NAN if a == 0 or a != a else math.copysign(INF, a) * math.copysign(1.0, b)
    except OverflowError:
        return NAN if isinstance(a, complex) else INF if (a > 0) == (b > 0) else -INF


def modulo(a: Any, b: Any) -> Any:
    """a mod b, with the sign of b; 0 for whole numbers by 0."""
    try:
        return a % b
    except (ZeroDivisionError, OverflowError, ValueError):
        return 0 if isinstance(b, int) and isinstance(a, int) else NAN


def floor_divided(a: Any, b: Any) -> Any:
    """The floor of a / b."""
    try:
        return a // b
    except ZeroDivisionError:
        return 0 if isinstance(a, int) and isinstance(b, int) else divided(a, b)


def raised(a: Any, b: Any) -> Any:
    """a ** b for real numbers; nan where it is complex."""
    try:
        found = a ** b
    except ZeroDivisionError:
        odd = b == math.floor(b) and b % 2 == 1
        return math.copysign(INF, a) if odd else INF
    except OverflowError:
        return -INF if a < 0 and b == math.floor(b) and b % 2 == 1 else INF
    return NAN if isinstance(found, complex) else found


def complex_raised(a: Any, b: Any) -> Any:
    """a ** b for complex numbers."""
    try:
        return complex(a) ** b
    except (ZeroDivisionError, OverflowError):
        return complex(NAN, NAN)


def whole_raised(a: int, b: int) -> int:
    """a ** b for whole numbers.  Raises ValueError for a negative exponent, as NumPy does."""
    if b < 0:
        raise ValueError("Integers to negative integer powers are not allowed.")
    return int(a ** b)


def larger(a: Any, b: Any) -> Any:
    """The larger of two; nan where one is."""
    return a if a != a or a >= b else b


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two; nan where one is."""
    return a if a != a or a <= b else b


def sign(x: Any) -> Any:
    """-1, 0 or 1; nan of nan."""
    return x if x != x else type(x)((x > 0) - (x < 0)) if isinstance(x, int | float) else (x > 0) - (x < 0)


def guarded(function: Callable[..., Any], poles: dict[float, float] | None = None,
            far: Callable[[float], float] = lambda x: INF) -> Callable[..., Any]:
    """A function of ``math`` that answers where it raises: at its poles, where it is too large (``far``), else nan."""
    def found(x: Any) -> Any:
        try:
            return function(x)
        except OverflowError:
            return far(x)
        except ValueError:
            return (poles or {}).get(x, NAN)
    return found


def guarded_complex(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ``cmath`` that is nan where it raises."""
    def found(x: Any) -> Any:
        try:
            return function(x)
        except (ValueError, OverflowError, ZeroDivisionError):
            return complex(NAN, NAN)
    return found


def _signed(x: float) -> float:
    return math.copysign(INF, x)


def _to_whole(function: Callable[[float], int]) -> Callable[[Any], float]:
    return lambda x: x if isinstance(x, float) and not math.isfinite(x) else float(function(x))


REAL: dict[str, Callable[[Any], Any]] = {
    "exp": guarded(math.exp), "expm1": guarded(math.expm1), "exp2": guarded(lambda x: 2.0 ** x),
    "log": guarded(math.log, {0.0: -INF}), "log2": guarded(math.log2, {0.0: -INF}),
    "log10": guarded(math.log10, {0.0: -INF}),
    "log1p": guarded(math.log1p, {-1.0: -INF}), "sqrt": guarded(math.sqrt),
    "sin": guarded(math.sin), "cos": guarded(math.cos), "tan": guarded(math.tan),
    "sinh": guarded(math.sinh, far=_signed), "cosh": guarded(math.cosh), "tanh": math.tanh,
    "arcsin": guarded(math.asin), "arccos": guarded(math.acos), "arctan": math.atan,
    "arcsinh": math.asinh, "arccosh": guarded(math.acosh), "arctanh": guarded(math.atanh, {1.0: INF, -1.0: -INF}),
    "floor": _to_whole(math.floor), "ceil": _to_whole(math.ceil), "rint": _to_whole(round),
}
_COMPLEX_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
                  "arctanh": "atanh"}
COMPLEX: dict[str, Callable[[Any], Any]] = {
    **{name: guarded_complex(getattr(cmath, _COMPLEX_NAMES.get(name, name))) for name in REAL
       if hasattr(cmath, _COMPLEX_NAMES.get(name, name))},
    # Near 0, where the complex step looks, 1 + x would lose it.
    "log1p": guarded_complex(lambda x: complex(math.log1p(x.real) if abs(x.imag) < 1e-20 and x.real > -1
                                               else cmath.log(1 + x).real, cmath.phase(1 + x))),
    "expm1": guarded_complex(lambda x: complex(math.expm1(x.real) * math.cos(x.imag) + math.cos(x.imag) - 1,
                                               math.exp(x.real) * math.sin(x.imag))),
}
# name: (of real numbers, of complex numbers, of objects); None where there is none.
TWO: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any] | None, Callable[[Any, Any], Any]]] = {
    "add": (operator.add, operator.add, operator.add), "subtract": (operator.sub, operator.sub, operator.sub),
    "multiply": (operator.mul, operator.mul, operator.mul), "true_divide": (divided, divided, operator.truediv),
    "floor_divide": (floor_divided, None, operator.floordiv), "mod": (modulo, None, operator.mod),
    "power": (raised, complex_raised, operator.pow),
    "maximum": (larger, None, larger), "minimum": (smaller, None, smaller),
    "arctan2": (math.atan2, None, math.atan2), "hypot": (math.hypot, None, math.hypot),
}
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge}
BITWISE: dict[str, Callable[[Any, Any], Any]] = {
    "bitwise_and": operator.and_, "bitwise_or": operator.or_, "bitwise_xor": operator.xor}
