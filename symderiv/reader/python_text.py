"""One expression of a program, as NumPy, PyTorch and JAX write it, read by their meaning where a text is no formula.

Positions count from 0 and from the end, ``*`` and ``/`` are entry by entry, None is a new axis.  Nothing is evaluated: the
text is parsed by Python, and every name, operator and call is looked up here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from operator import add, ge, gt, le, lt, matmul, mul, neg, pos, sub, truediv
from typing import Any

from sympy import E, Expr, Integer, Rational, nan, pi, zoo
from sympy.core.relational import Relational

from ..arrays.arrays import as_expr
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..errors import ParseError, SymderivError
from ..layers import expand_dims, repeat, take_slice
from .declare.function_names import function, known
from .meaning.oriented import power_of

MODULES = frozenset("np numpy torch F nn functional jnp jax linalg math scipy special tf xp sd".split())  # noqa: SIM905
TORCH = frozenset("torch F nn functional".split())  # noqa: SIM905
CALLED = re.compile(rf"(?<![\w.])({'|'.join(sorted(MODULES))})\.[A-Za-z]")
CERTAINLY_ONE = re.compile(r"(?:[)\]]|(?<!\w)[A-Za-z_]\w{0,20})\.[a-z_]++\(")
LOOKS_LIKE_ONE = re.compile(r"\.[a-z_]++\(|\[[^\[\]]{0,80}(?::|None)|\[(?:[^\[\],]{0,40},)?\s{0,4}-\d+\s{0,4}[\],]")
MAX_TEXT = 4_000
_OPTIONS = {"dim": "axis", "keepdim": "keepdims"}
_SPELLED = {  # what has another name here
    spelled: meant.name for meant, words in (
        (RECORDS.concat, "concatenate cat"), (RECORDS.eye, "identity"), (RECORDS.abs, "absolute fabs"),
        (RECORDS.reshape, "view"), (RECORDS.transpose, "t swapaxes"), (RECORDS.inv, "inverse"), (RECORDS.max, "amax"),
        (RECORDS.stop_gradient, "detach"), (RECORDS.diag, "diagonal"), (RECORDS.min, "amin"),
        (RECORDS.bce_with_logits, "binary_cross_entropy_with_logits")) for spelled in words.split()} | {"ravel": "flatten"}


def _raised(a: Any, b: Any) -> Any:
    if not is_array(a) and not is_array(b):
        return power_of(as_expr(a), as_expr(b))
    return a**b


_SIGNS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv, ast.MatMult: matmul, ast.Pow: _raised, ast.USub: neg,
    ast.UAdd: pos, ast.Gt: gt, ast.Lt: lt, ast.GtE: ge, ast.LtE: le}
# What torch has under these names takes other arguments, or another order of them.
_OTHERS = frozenset("kl_div embedding layer_norm batch_norm group_norm instance_norm nll_loss pad one_hot "  # noqa: SIM905
                    "dropout".split())
_CONSTANTS: dict[str, Expr] = {"pi": pi, "e": E}


class NoProgram(Exception):
    """What is not read here; with words where it means something else than it seems to."""


def certainly_a_program(text: str, name: Callable[[str], Any]) -> bool:
    """Whether a text multiplies by @, or calls a function of a module or an array, as no mathematics does."""
    found = "@" in text or CERTAINLY_ONE.search(text) is not None
    return found or any(name(called[1]) is None for called in CALLED.finditer(text))  # F.T is a matrix F turned


def program_text(text: str, name: Callable[[str], Any], certain: bool = False) -> Expr | None:
    """The expression of a text that looks like one of a program; None for others, and for what is not read here.

    ``name`` gives what a declared name stands for, None for what is none; ``certain`` asks for a text that names a module.
    What Python calls itself, between two underscores each, is no mathematics, and not even parsed.
    Raises ParseError for a call that means something else there.
    """
    if len(text) > MAX_TEXT or "__" in text or not (
            certainly_a_program(text, name) or (not certain and LOOKS_LIKE_ONE.search(text))):
        return None
    try:
        found = _Program(name).of(ast.parse(text.strip(), mode="eval").body)
        return as_expr(found) if isinstance(found, Expr) and not found.has(zoo, nan) else None
    except NoProgram as reason:
        if reason.args:
            raise ParseError(*reason.args) from None
        return None
    except (SyntaxError, ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError,
            SymderivError):
        return None


def _between(x: Any, axis: int = -1) -> Any:
    """Differences of neighbours."""
    axis %= len(shape_of(x))
    return take_slice(x, 1, None, axis=axis) - take_slice(x, None, -1, axis=axis)


def _normalized(x: Any, p: int = 2, axis: int = 1) -> Any:
    if p != 2:
        raise NoProgram
    return x / RECORDS.norm(x, axis=axis, keepdims=True)


def _cosines(x: Any, y: Any, axis: int = 1) -> Any:
    return RECORDS.sum(x * y, axis=axis) / (RECORDS.norm(x, axis=axis) * RECORDS.norm(y, axis=axis))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, p: Any = None) -> Any:
    """NumPy's and torch's norm where both say the same: of all entries, of rows or columns, of absolute values."""
    kind = p if ord is None else ord
    options = ({"axis": axis} if axis is not None else {}) | ({"keepdims": True} if keepdims else {})
    rank = 1 if axis is not None else len(shape_of(x))
    if kind is None or kind == "fro" or (kind == 2 and (rank == 1 or p is not None)):
        return RECORDS.norm(x, **options)
    if kind == 1 and rank == 1:
        return RECORDS.sum(RECORDS.abs(x), **options)
    if kind in (2, "nuc") and rank == 2:
        return (RECORDS.spectral_norm if kind == 2 else RECORDS.nuclear_norm)(x)
    raise NoProgram(f"this norm, of order {kind}, is not read")


def _clipped(x: Any, low: Any = None, high: Any = None, **named: Any) -> Any:
    low, high = named.get(RECORDS.min.name, low), named.get(RECORDS.max.name, high)
    below = x if low is None else RECORDS.maximum(x, low)
    if low is not None and high is not None:
        return RECORDS.clip(x, low, high)
    return below if high is None else RECORDS.minimum(x, high)


def _pairs(x: Any, y: Any) -> Any:
    return RECORDS.norm(x[:, None] - y[None], axis=2)


def _power(a: Any, n: Any) -> Any:
    """The power of a whole matrix."""
    made = a if int(n) > 0 else RECORDS.inv(a)
    for _ in range(min(abs(int(n)), 16) - 1):
        made = made @ (a if int(n) > 0 else RECORDS.inv(a))
    if not 0 < abs(int(n)) <= 16:
        raise NoProgram
    return made


def _slid(x: Any, w: Any, mode: str, flip: bool) -> Any:
    """NumPy's convolve and correlate of vectors, where both say the same of which is the longer."""
    gap = (shape_of(x)[0] - shape_of(w)[0]).expand()
    if mode not in ("valid", "full") or (mode == "valid" and gap.is_nonpositive):
        raise NoProgram(f"the mode {mode} is not read here: write conv1d(x, w, ...)")
    return function(RECORDS.conv1d.name)(x, w, mode=mode, flip=flip)


_OWN: dict[str, Callable[..., Any]] = dict(  # noqa: C408
    square=lambda x: x**2, pow=_raised, power=_raised, multiply=mul, mul=mul, divide=truediv, div=truediv, subtract=sub,
    add=add, dot=matmul, matmul=matmul, mm=matmul, mv=matmul, inner=lambda a, b: _plain_dot(a, b),
    vdot=lambda a, b: _plain_dot(a, b), reciprocal=lambda x: 1 / x, rsqrt=lambda x: x**Rational(-1, 2), diff=_between,
    norm=_norm, vector_norm=_norm, normalize=_normalized, cosine_similarity=_cosines, cdist=_pairs, clip=_clipped,
    clamp=_clipped, matrix_power=_power, unsqueeze=lambda x, axis: expand_dims(x, axis),
    mse_loss=lambda x, y: RECORDS.mean((x - y)**2), l1_loss=lambda x, y: RECORDS.mean(RECORDS.abs(x - y)),
    convolve=lambda x, w, mode="full": _slid(x, w, mode, True),
    correlate=lambda x, w, mode="valid": _slid(x, w, mode, False),
    slogdet=lambda x: (RECORDS.sign(RECORDS.det(x)), RECORDS.logdet(x)), item=lambda x: x, copy=lambda x: x,
    astype=lambda x: x,
    ones_like=lambda x: RECORDS.ones(shape=shape_of(x)), zeros_like=lambda x: RECORDS.zeros(shape=shape_of(x)),
    ones=lambda *n: RECORDS.ones(shape=_sizes(n)), zeros=lambda *n: RECORDS.zeros(shape=_sizes(n)))


def _plain_dot(a: Any, b: Any) -> Any:
    if len(shape_of(a)) != 1 or len(shape_of(b)) != 1:
        raise NoProgram
    return a @ b


def _sizes(given: tuple[Any, ...]) -> tuple[Any, ...]:
    inner = given[0] if len(given) == 1 and isinstance(given[0], tuple | list) else given
    return tuple(map(as_expr, inner))


def _counted(x: Any) -> Any:
    """A comparison as the ones and zeros that it is in arithmetic."""
    return function(RECORDS.where.name)(x, 1, 0) if isinstance(x, Relational) else x


class _Program:
    """The meaning of a syntax tree."""

    def __init__(self, name: Callable[[str], Any]) -> None:
        self.name = name

    def of(self, node: ast.expr) -> Any:
        """What an expression stands for."""
        match node:
            case ast.Constant(value=value):
                return value if isinstance(value, bool | str) or value is None else Rational(str(value))
            case ast.Name(id=word):
                return self._named(word)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return tuple(map(self.of, items))
            case ast.UnaryOp(op=sign, operand=x) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)](_counted(self.of(x)))
            case ast.BinOp(left=a, op=sign, right=b) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)](_counted(self.of(a)), _counted(self.of(b)))
            case ast.Compare(left=a, ops=[sign], comparators=[b]) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)](self.of(a), self.of(b))
            case ast.Subscript(value=x, slice=index):
                return self._entries(self.of(x), index)
            case ast.Attribute(value=x, attr=word):
                return self._attribute(x, word)
            case ast.Call():
                return self._call(node)
        raise NoProgram

    def _named(self, word: str) -> Any:
        found = self.name(word)
        if found is None:
            raise NoProgram
        return found

    def _module(self, node: ast.expr) -> str:
        """The name of a module that an expression stands for, "" for what is an array."""
        while isinstance(node, ast.Attribute) and node.attr in MODULES:
            node = node.value
        own = isinstance(node, ast.Name) and node.id in MODULES and self.name(node.id) is None
        return node.id if own and isinstance(node, ast.Name) else ""

    def _attribute(self, x: ast.expr, word: str) -> Any:
        if self._module(x) and word in _CONSTANTS:
            return _CONSTANTS[word]
        if word in ("T", "mT") and not self._module(x):
            return RECORDS.transpose(self.of(x))
        raise NoProgram

    def _entries(self, x: Any, index: ast.expr) -> Any:
        """x[1:, None, -1], counted from 0."""
        keys = index.elts if isinstance(index, ast.Tuple) else [index]
        if isinstance(x, tuple):
            return x[int(self.of(keys[0]))]
        axis, new = 0, []
        for place, key in enumerate(keys):
            if (isinstance(key, ast.Constant) and key.value is None) or (
                    isinstance(key, ast.Attribute) and key.attr == "newaxis"):
                new.append(place)
                continue
            if isinstance(key, ast.Slice):
                ends = [None if end is None else self.of(end) for end in (key.lower, key.upper, key.step)]
                x = take_slice(x, ends[0], ends[1], None if ends[2] is None else int(ends[2]), axis=axis)
                axis += 1
                continue
            at = self.of(key)
            if not isinstance(at, Integer) or new:
                raise NoProgram
            position = at + 1 if at >= 0 else shape_of(x)[axis] + at + 1
            x = x[(*(slice(None),) * axis, position)]
        return expand_dims(x, tuple(new)) if new else x

    def _call(self, node: ast.Call) -> Any:
        func, given = node.func, list(node.args)
        module = ""
        if isinstance(func, ast.Attribute):
            module = self._module(func.value)
            word = func.attr
            given = given if module else [func.value, *given]
        elif isinstance(func, ast.Name):
            word = func.id
        else:
            raise NoProgram
        options = {_OPTIONS.get(k.arg or "", k.arg or ""): self.of(k.value) for k in node.keywords if k.arg != "dtype"}
        torch = module in TORCH or any(k.arg == "dim" for k in node.keywords)
        if word in (RECORDS.var.name, RECORDS.std.name):
            biased = [options.pop(key) for key in ("unbiased", "correction", "ddof") if key in options]
            if biased not in ([], [False], [0]) or (torch and not biased):
                raise NoProgram(f"{word} divides by n - 1 here: write unbiased=False, or n/(n - 1) times it")
        if torch and word in _OTHERS:
            raise NoProgram(f"{word} takes its arguments in another way here: write it out")
        if (word == repeat.__name__ and not module) or (
                word in (RECORDS.norm.name, RECORDS.sum.name) and not module and isinstance(func, ast.Name)):
            raise NoProgram
        options = {key: _axis(value) if key == "axis" else value for key, value in options.items()}
        values = [self.of(a) for a in (given[:1] if word == "astype" else given)]
        if word == RECORDS.norm.name and len(values) == 2 and module not in ("np", "numpy", "jnp"):
            options["p"] = values.pop()  # of all entries, as torch has it
            if isinstance(func, ast.Attribute) and "linalg" in ast.unparse(func):
                raise NoProgram
        if word in _ENDS and len(values) == 2 and (isinstance(func, ast.Name) or is_array(values[1])):
            word = f"{word}imum"
        return self._applied(word, values, options)

    def _applied(self, word: str, given: list[Any], options: dict[str, Any]) -> Any:
        if word != RECORDS.where.name:
            given = list(map(_counted, given))
        if word in _OWN:
            return _OWN[word](*map(_axis, given), **options)
        word = _SPELLED.get(word, word)
        if not known(word):
            raise NoProgram
        if word in _REDUCING and len(given) == 2 and isinstance(given[1], Integer):
            options["axis"] = _axis(given.pop())
        if word in _ENDS and options.get("axis") == 0 and len(shape_of(given[0])) == 1:
            options.pop("axis")
        if word == RECORDS.transpose.name and len(given) > 1:
            if len(shape_of(given[0])) != 2 or {int(n) % 2 for n in given[1:]} != {0, 1}:
                raise NoProgram
            given = given[:1]
        return function(word)(*given, **options)


_REDUCING = frozenset(op.name for op in (
    RECORDS.sum, RECORDS.mean, RECORDS.max, RECORDS.min, RECORDS.prod, RECORDS.var, RECORDS.std, RECORDS.logsumexp,
    RECORDS.softmax, RECORDS.log_softmax, RECORDS.cumsum))
_ENDS = (RECORDS.max.name, RECORDS.min.name)


def _axis(value: Any) -> Any:
    """A whole number as Python has it."""
    if isinstance(value, tuple):
        return tuple(map(_axis, value))
    return int(value) if isinstance(value, Integer) else value
