"""Fast NumPy functions from expressions: straight-line source, shared parts computed once.

An operator contributes the NumPy source of its record; a definition by index letters becomes einsum where it is a sum
of products over plain letters, and broadcasting over one axis a letter otherwise.  The source is made by this module
and the operators' records alone, from names that it checks itself; no text of a user is ever executed.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from sympy import (
    Add,
    Expr,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mod,
    Mul,
    NumberSymbol,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    ceiling,
    floor,
    fraction,
)
from sympy import Float as SympyFloat
from sympy import Sum as SympySum
from sympy.core.function import Function
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from ..errors import EvaluationError, UnknownFunction
from ..index.arrays import Apply, Array, Entry, Named, Tensor, as_expr
from ..index.lowering import FUNCTIONS, arrays_read
from ..index.operator import OPERATORS, shape_of
from ..index.sizes import same_size
from ..index.symbols import Index
from .association import reassociated
from .evaluate import Variables
from .unify import concrete, unify

RESERVED = frozenset({"np", "math", "dtype", "entries", "compiled"})
INLINE = 48
"""Longest source of a value used once that is written where it is used."""


def entries(array: Any, *positions: Any) -> Any:
    """Entries at positions counted from 1, 0 outside the range: the one helper that compiled source calls."""
    if 0 in array.shape:
        return np.zeros(np.broadcast_shapes(*map(np.shape, positions)), dtype=array.dtype)
    inside: Any = True
    clipped = []
    for p, size in zip(positions, array.shape, strict=True):
        inside = inside & (p >= 1) & (p <= size)
        clipped.append(np.clip(p, 1, size) - 1)
    found = array[tuple(clipped)]
    return found if np.all(inside) else np.where(inside, found, array.dtype.type(0))


Letters = tuple[tuple[Symbol, str], ...]


class Source:
    """Statements that compute expressions, and the name or text of each value."""

    def __init__(self, names: Mapping[str, str], uses: Mapping[Expr, int]) -> None:
        self.names = names
        self.uses = uses
        self.lines: list[str] = []
        self.arrays: dict[Expr, str] = {}
        self.memo: dict[Any, str] = {}
        self.count = 0
        self.guarded = False
        """Whether something undefined may stand where a condition does not hold."""

    def assign(self, source: str) -> str:
        """A fresh name for a value."""
        self.count += 1
        self.lines.append(f"t{self.count} = {source}")
        return f"t{self.count}"

    # -------------------------------------------------------------- arrays

    def array(self, node: Expr) -> str:
        """The source of an array's value; operands first, without recursion over depth."""
        stack = [node]
        while stack:
            top = stack[-1]
            waiting = [] if top in self.arrays else [a for a in _below(top) if a not in self.arrays]
            if waiting:
                stack.extend(waiting)
            else:
                stack.pop()
                if top not in self.arrays:
                    source = self._array(top)
                    short = len(source) <= INLINE and self.uses.get(top, 0) <= 1
                    self.arrays[top] = source if short or source.isidentifier() else self.assign(source)
        return self.arrays[node]

    def _array(self, node: Expr) -> str:
        if isinstance(node, Tensor):
            return self.names[node.name]
        if isinstance(node, Named):
            return self._definition(node)
        assert isinstance(node, Apply)
        shapes = tuple(shape_of(arg) for arg in node.args)
        sources = tuple(self.array(arg) if isinstance(arg, Array) else self.scalar(arg, ()) for arg in node.args)
        return node.op.numpy(sources, {key: self._parameter(value) for key, value in node.params.items()}, shapes)

    def _parameter(self, value: Any) -> Any:
        """A parameter in which every symbolic number is the name of a Python integer."""
        if isinstance(value, tuple):
            return tuple(self._parameter(v) for v in value)
        if not isinstance(value, Expr) or value.is_Integer:
            return value
        source = self.integer(value, ())
        return Symbol(source if source.isidentifier() else self.assign(source))

    def _definition(self, node: Named) -> str:
        product = self._einsum(node.body, node.letters)
        if product is not None:
            return product
        letters: Letters = ()
        for letter, size in zip(node.letters, node.shape, strict=True):
            letters = (*letters, (letter, self.assign(f"np.arange(1, {self.integer(size, ())} + 1)")))
        source = self.scalar(node.body, letters)
        if not letters:
            return source
        shape = "(" + "".join(f"len({name}), " for _, name in letters) + ")"
        return f"np.array(np.broadcast_to({source}, {shape}), dtype=dtype)"

    def _einsum(self, body: Expr, out: tuple[Index, ...]) -> str | None:
        """A sum of a product of entries over plain letters as einsum, or None."""
        limits: list[Any] = []
        scalar, rest = body.as_coeff_Mul()
        while isinstance(rest, SympySum):
            limits += rest.limits
            c, rest = rest.function.as_coeff_Mul()
            scalar = scalar * c
        factors = Mul.make_args(rest)
        sizes: dict[Symbol, Expr] = {letter: letter.hi for letter in out}
        for letter, lo, hi in limits:
            if lo != 1 or letter in sizes:
                return None
            sizes[letter] = hi
        spelled: list[str] = []
        marks = {letter: chr(ord("a") + n) for n, letter in enumerate(sizes)}
        seen: set[Symbol] = set()
        arrays: list[Expr] = []
        for f in factors:
            power = 1
            if isinstance(f, Pow) and isinstance(f.exp, Integer) and 1 < f.exp <= 4:
                f, power = f.base, int(f.exp)
            if not isinstance(f, Entry) or getattr(f.base, "label_size", None) is not None:
                return None
            for p, size in zip(f.indices, f.base.shape, strict=True):
                if p not in sizes or not same_size(sizes[p], size):
                    return None
            seen |= set(f.indices)
            arrays += [f.base] * power
            spelled += ["".join(marks[p] for p in f.indices)] * power
        if len(marks) > 26 or not arrays or seen != set(sizes):
            return None
        spec = ",".join(spelled) + "->" + "".join(marks[letter] for letter in out)
        source = f'np.einsum("{spec}", {", ".join(map(self.array, arrays))}, optimize=True)'
        return source if scalar == 1 else f"{self.scalar(scalar, ())} * {source}"

    # -------------------------------------------------------------- scalars

    def scalar(self, expr: Expr, letters: Letters) -> str:
        """The source of a scalar expression: an array with one axis for each letter in scope, or a number."""
        key = (expr, letters)
        found = self.memo.get(key)
        if found is None:
            found = self._scalar(expr, letters)
            if len(found) > INLINE and expr.args:
                found = self.assign(found)
            self.memo[key] = found
        return found

    def _scalar(self, expr: Expr, letters: Letters) -> str:
        if isinstance(expr, Rational):
            return str(expr.p) if expr.q == 1 else f"({expr.p} / {expr.q})"
        if isinstance(expr, SympyFloat | NumberSymbol):
            return repr(float(expr))
        if isinstance(expr, Entry) and getattr(expr.base, "label_size", None) is None:
            return self._entry(expr, letters)
        if isinstance(expr, Array):
            return self.array(expr)
        if _whole(expr):
            source = self.integer(expr, letters)
            return f"({source}).astype(dtype)" if _uses(expr, letters) else source
        if isinstance(expr, Symbol):
            return self.names[expr.name]
        if isinstance(expr, Add):
            return "(" + " + ".join(self.scalar(arg, letters) for arg in expr.args) + ")"
        if isinstance(expr, Mul):
            return self._product(expr, letters)
        if isinstance(expr, Pow):
            return self._power(expr, letters)
        if isinstance(expr, SympySum):
            product = None if letters else self._einsum(expr, ())
            return product or self._sum(expr.function, expr.limits, letters)
        if isinstance(expr, KroneckerDelta):
            return f"({self.condition(expr, letters)}) * dtype.type(1)"
        if isinstance(expr, Piecewise):
            return self._piecewise(expr, lambda e: self.scalar(e, letters), letters)
        if isinstance(expr, Max | Min):
            name = "np.maximum" if isinstance(expr, Max) else "np.minimum"
            sources = [self.scalar(arg, letters) for arg in expr.args]
            return _nested(name, sources)
        if isinstance(expr, Function) and len(expr.args) == 1:
            name = FUNCTIONS.get(type(expr).__name__, "")
            if name in OPERATORS:
                return OPERATORS[name].numpy((self.scalar(expr.args[0], letters),), {}, ((),))
        raise UnknownFunction(f"{type(expr).__name__} cannot be compiled", where=expr)

    def _entry(self, expr: Entry, letters: Letters) -> str:
        base, axes = self.array(expr.base), {letter: n for n, (letter, _) in enumerate(letters)}
        plain = [axes.get(p) for p in expr.indices]
        if letters and None not in plain and len(set(plain)) == len(plain) and all(
                isinstance(p, Index) and p.lo == 1 and same_size(p.hi, size) and self._covers(p, letters)
                for p, size in zip(expr.indices, expr.base.shape, strict=True)):
            order = sorted(range(len(plain)), key=lambda n: plain[n] or 0)
            view = base if order == list(range(len(plain))) else f"np.transpose({base}, {tuple(order)})"
            present = {axis for axis in plain if axis is not None}
            if len(present) == len(letters):
                return view
            key = ", ".join(":" if n in present else "None" for n in range(len(letters)))
            return f"({view})[{key}]"
        positions = ", ".join(self.integer(p, letters) for p in expr.indices)
        return f"entries({base}, {positions})"

    def _covers(self, letter: Expr, letters: Letters) -> bool:
        """Whether a letter in scope runs over its own declared range (a sum may have given it another)."""
        names = [name for symbol, name in letters if symbol == letter]
        return not names[-1].startswith("#")

    def _product(self, expr: Mul, letters: Letters) -> str:
        """A product; brackets choose, so that what stands beside a 0 may be undefined."""
        brackets: list[Any] = []
        top, bottom = [], []
        for arg in expr.args:
            if isinstance(arg, KroneckerDelta):
                brackets.append(arg)
                continue
            if isinstance(arg, Piecewise) and len(arg.args) == 2 and arg.args[1] == (0, True):
                brackets.append(arg.args[0][1])
                arg = arg.args[0][0]
            n, d = fraction(arg) if isinstance(arg, Pow | Rational) else (arg, Integer(1))
            if n != 1:
                top.append(self.scalar(n, letters))
            if d != 1:
                bottom.append(self.scalar(d, letters))
        source = " * ".join(top) or "1"
        if bottom:
            source = f"{source} / " + (bottom[0] if len(bottom) == 1 else f"({' * '.join(bottom)})")
        source = f"({source})"
        if brackets:
            holds = " & ".join(f"({self.condition(b, letters)})" for b in brackets)
            self.guarded = True
            source = f"np.where({holds}, {source}, 0)"
        return source

    def _power(self, expr: Pow, letters: Letters) -> str:
        base, exponent = self.scalar(expr.base, letters), expr.exp
        if exponent == Rational(1, 2):
            return f"np.sqrt({base})"
        if exponent.is_number and exponent.is_negative:
            return f"(1 / {self.scalar(Pow(expr.base, -exponent), letters)})"
        return f"({base}) ** ({self.scalar(exponent, letters)})"

    def _sum(self, body: Expr, limits: tuple[Any, ...], letters: Letters) -> str:
        """Σ over the last letter of the sum over those before it, whose ends may depend on it."""
        if not limits:
            return self.scalar(body, letters)
        inside, (letter, lo, hi) = limits[:-1], limits[-1]
        low, high = self.integer(lo, letters), self.integer(hi, letters)
        if not any(_reads(e, letter) for e in (body, *(end for limit in inside for end in limit[1:]))):
            return f"(np.maximum({high} - {low} + 1, 0).astype(dtype) * {self._sum(body, inside, letters)})"
        moving = _uses(lo, letters) or _uses(hi, letters)
        first, last = (f"np.min({low})", f"np.max({high})") if moving else (low, high)
        # The mark keeps a letter with another range than declared from being read as covering its axis.
        own = isinstance(letter, Index) and (letter.lo, letter.hi) == (lo, hi)
        name = self.assign(f"np.arange({first}, {last} + 1)")
        inner: Letters = (*letters, (letter, name if own else "#" + name))
        source = self._sum(body, inside, inner)
        if moving:
            grid = self.integer(letter, inner)
            low, high = (f"np.asarray({end})[..., None]" for end in (low, high))
            source = f"np.where(({low} <= {grid}) & ({grid} <= {high}), {source}, 0)"
        return f"np.sum({source}, axis=-1)"

    def _piecewise(self, expr: Piecewise, emit: Callable[[Expr], str], letters: Letters) -> str:
        last_value, last_condition = expr.args[-1]
        self.guarded = True
        source = emit(last_value)
        if last_condition != True:  # noqa: E712  SymPy's true compares equal to Python's
            source = f"np.where({self.condition(last_condition, letters)}, {source}, np.nan)"
        for value, condition in reversed(expr.args[:-1]):
            source = f"np.where({self.condition(condition, letters)}, {emit(value)}, {source})"
        return source

    # -------------------------------------------------------------- conditions and positions

    def condition(self, expr: Any, letters: Letters) -> str:
        """The source of a condition."""
        if expr == True or expr == False:  # noqa: E712
            return str(bool(expr))
        if isinstance(expr, KroneckerDelta):
            a, b = (self.integer(arg, letters) for arg in expr.args)
            return f"np.equal({a}, {b})"
        if isinstance(expr, And | Or):
            joint = " & " if isinstance(expr, And) else " | "
            return joint.join(f"({self.condition(arg, letters)})" for arg in expr.args)
        if isinstance(expr, Not):
            return f"np.logical_not({self.condition(expr.args[0], letters)})"
        if isinstance(expr, Relational):
            emit = self.integer if all(map(_whole, expr.args)) else self.scalar
            a, b = (emit(arg, letters) for arg in expr.args)
            return f"np.asarray({a}) {expr.rel_op} ({b})"
        raise UnknownFunction(f"the condition {expr} cannot be compiled", where=expr)

    def integer(self, expr: Expr, letters: Letters) -> str:
        """The source of a size or a position, in integers."""
        if isinstance(expr, Integer):
            return str(expr) if expr >= 0 else f"({expr})"
        for axis, (letter, name) in reversed(tuple(enumerate(letters))):
            if letter == expr:
                name = name.lstrip("#")
                if len(letters) == 1:
                    return str(name)
                key = ", ".join(":" if n == axis else "None" for n in range(len(letters)))
                return f"{name}[{key}]"
        if isinstance(expr, Symbol):
            if isinstance(expr, Index) and expr.name not in self.names:
                raise EvaluationError(f"the index {expr} is free", where=expr, hint="define an array over it first")
            return self.names[expr.name]
        if isinstance(expr, Entry):
            positions = ", ".join(self.integer(p, letters) for p in expr.indices)
            return f"entries({self.names[expr.base.name]}, {positions})"
        if isinstance(expr, Add):
            top, bottom = fraction(expr.together())
            if bottom != 1:
                return f"({self.integer(top.expand(), letters)}) // {self.integer(bottom, letters)}"
            return "(" + " + ".join(self.integer(arg, letters) for arg in expr.args) + ")"
        if isinstance(expr, Mul):
            top, bottom = fraction(expr)
            if bottom != 1:
                return f"({self.integer(top, letters)}) // ({self.integer(bottom, letters)})"
            return "(" + " * ".join(self.integer(arg, letters) for arg in expr.args) + ")"
        if isinstance(expr, Pow) and isinstance(expr.exp, Integer) and expr.exp > 0:
            return f"({self.integer(expr.base, letters)}) ** {expr.exp}"
        if isinstance(expr, floor | ceiling):
            top, bottom = fraction(expr.args[0].together())
            a, b = self.integer(top.expand(), letters), self.integer(bottom, letters)
            return f"(({a}) // ({b}))" if isinstance(expr, floor) else f"(-(-({a}) // ({b})))"
        if isinstance(expr, Mod):
            a, b = (self.integer(arg, letters) for arg in expr.args)
            return f"(({a}) % ({b}))"
        if isinstance(expr, Max | Min):
            return _nested("np.maximum" if isinstance(expr, Max) else "np.minimum",
                           [self.integer(arg, letters) for arg in expr.args])
        if isinstance(expr, KroneckerDelta):
            return f"({self.condition(expr, letters)}) * 1"
        if isinstance(expr, Piecewise):
            return self._piecewise(expr, lambda e: self.integer(e, letters), letters)
        raise UnknownFunction(f"the index expression {expr} cannot be compiled", where=expr)


def _nested(name: str, sources: list[str]) -> str:
    source = sources[0]
    for other in sources[1:]:
        source = f"{name}({source}, {other})"
    return source


def _reads(expr: Expr, letter: Symbol) -> bool:
    return letter in expr.free_symbols


def _uses(expr: Expr, letters: Letters) -> bool:
    """Whether an expression varies along a letter in scope."""
    free = expr.free_symbols
    return any(letter in free for letter, _ in letters)


def _whole(expr: Expr) -> bool:
    """Whether an expression is made of sizes, letters and labels alone, by integer operations."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Entry):
            if getattr(node.base, "label_size", None) is None:
                return False
        elif isinstance(node, floor | ceiling):
            pass
        elif isinstance(node, Symbol):
            if not node.is_integer:
                return False
        elif isinstance(node, Add | Mul | Max | Min | Mod):
            stack.extend(node.args)
        elif isinstance(node, Pow):
            if not (isinstance(node.exp, Integer) and node.exp > 0):
                return False
            stack.append(node.base)
        elif not isinstance(node, Integer):
            return False
    return True


def _below(node: Expr) -> list[Expr]:
    """The arrays that an array reads; an operator made of others is compiled by its own record."""
    if isinstance(node, Tensor):
        return []
    parts: Iterable[Any] = (*node.args, *node.params.values()) if isinstance(node, Apply) else node.args
    found: dict[Expr, None] = {}
    for part in parts:
        for item in part if isinstance(part, tuple) else (part,):
            if isinstance(item, Expr):
                found.update(dict.fromkeys(a for a in arrays_read(item) if getattr(a, "label_size", None) is None))
    return list(found)


def _uses_of(expr: Expr) -> dict[Expr, int]:
    """How many places read each array."""
    uses: dict[Expr, int] = {}
    stack, seen = [expr], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        for part in (*node.args, *(node.params.values() if isinstance(node, Apply) else ())):
            for item in part if isinstance(part, tuple) else (part,):
                if isinstance(item, Expr):
                    if isinstance(item, Array):
                        uses[item] = uses.get(item, 0) + 1
                    # Entries inside index expressions may be emitted more than once.
                    elif not isinstance(node, Apply):
                        for array in arrays_read(item):
                            uses[array] = uses.get(array, 0) + 2
                    stack.append(item)
    return uses


# ------------------------------------------------------------------ the function

def identifiers(names: Iterable[str]) -> dict[str, str]:
    """A Python name for each variable: its own where that is one, and not taken."""
    result: dict[str, str] = {}
    taken = set(RESERVED)
    for name in names:
        word = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not word or not word[0].isalpha() or keyword.iskeyword(word) or re.fullmatch(r"t\d+", word):
            word = f"v_{word}"
        while word in taken:
            word += "_"
        taken.add(word)
        result[name] = word
    return result


class CompiledFunction:
    """A function of keyword arrays.  Sizes come from the arrays; labels count from 0; float32 stays float32.

    Raises EvaluationError for missing or unknown names, shapes that contradict each other, labels out of range.
    """

    def __init__(self, function: Callable[..., Any], source: str, reads: Variables, accepted: Variables,
                 arguments: list[str], result: Expr) -> None:
        self._function = function
        self.source = source
        self._reads = reads
        self._accepted = accepted
        self._arguments = arguments
        self._result = result
        self._known: dict[tuple[Any, ...], dict[str, int]] = {}
        self.__name__ = "compiled"

    @property
    def names(self) -> list[str]:
        """The variables that may be given."""
        return self._accepted.names

    def __call__(self, **arrays: Any) -> Any:
        """The value at these arrays."""
        values: dict[str, Any] = {}
        given: dict[str, int] = {}
        tensors, labels = self._accepted.tensors, self._accepted.labels
        numbers: list[Any] = []
        for name, value in arrays.items():
            if name in tensors:
                array = np.asarray(value)
                values[name] = array
                if tensors[name].label_size is None and array.ndim:
                    numbers.append(array)
            elif name in labels:
                values[name] = value
            elif name in self._accepted.sizes:
                if self._accepted.sizes[name].is_integer:
                    given[name] = int(value)
                else:
                    values[name] = value
            else:
                raise EvaluationError(f"this function has no variable named {name}",
                                      hint="it takes " + ", ".join(self.names))
        missing = [n for n in (*self._reads.tensors, *self._reads.labels) if n not in arrays]
        if missing:
            raise EvaluationError(f"no value is given for {', '.join(missing)}",
                                  hint="it takes " + ", ".join(self.names))
        sizes = self._sizes(values, given)
        dtype = _common_type(numbers or [v for n, v in values.items()
                                         if n in tensors and tensors[n].label_size is None])
        passed: list[Any] = []
        for name in self._arguments:
            if name in tensors and tensors[name].label_size is None:
                array = values[name]
                passed.append(array if array.dtype == dtype else array.astype(dtype))
            elif name in tensors:
                passed.append(self._positions(name, values[name], concrete(tensors[name].label_size, sizes, name)))
            elif name in labels:
                passed.append(int(self._positions(name, np.asarray(value_of_label(name, values[name])),
                                                  concrete(labels[name].size, sizes, name))))
            elif name in sizes:
                passed.append(sizes[name])
            elif name in values:
                passed.append(dtype.type(values[name]))
            else:
                raise EvaluationError(f"nothing says what {name} is", hint=f"f(..., {name}=4)")
        result = self._function(dtype, *passed)
        if not isinstance(result, np.ndarray) or not result.ndim:
            return np.asarray(result, dtype=dtype)[()]
        # Never a view of what was passed in: the caller may write into the result.
        return result.copy() if result.base is not None or any(result is p for p in passed) else result

    def _sizes(self, values: Mapping[str, Any], given: Mapping[str, int]) -> dict[str, int]:
        """Sizes from shapes, remembered: a second call with the same shapes costs one look-up."""
        tensors = self._accepted.tensors
        key = (tuple((name, value.shape) for name, value in values.items() if name in tensors), tuple(given.items()))
        found = self._known.get(key)
        if found is None:
            found = unify([(name, tensors[name].shape, shape) for name, shape in key[0]], given)
            if len(self._known) > 1000:
                self._known.clear()
            self._known[key] = found
        return found

    def _positions(self, name: str, labels: Any, top: int) -> Any:
        """Labels counted from 0 as positions counted from 1.  Raises EvaluationError out of range."""
        if labels.dtype.kind not in "iu":
            raise EvaluationError(f"the label {name} must be an integer, not {labels}", where=name)
        if labels.size and (labels.min() < 0 or labels.max() >= top):
            wrong = labels[(labels < 0) | (labels >= top)].flat[0] if labels.ndim else labels
            raise EvaluationError(f"the label {name} = {wrong} is out of range 0..{top - 1}", where=name,
                                  hint="labels count from 0")
        return labels + 1

    def __repr__(self) -> str:
        return f"<compiled function of {', '.join(self.names)}: {self._result}>"


def value_of_label(name: str, value: Any) -> Any:
    """A single label.  Raises EvaluationError for an array."""
    if np.ndim(value):
        raise EvaluationError(f"the label {name} is one number, not an array of shape {np.shape(value)}", where=name)
    return value


def _common_type(arrays: Iterable[Any]) -> np.dtype[Any]:
    """The floating type of the data: whole numbers count as float64."""
    kinds = [a.dtype if a.dtype.kind in "fc" else np.dtype(np.float64) for a in arrays]
    return np.result_type(*kinds) if kinds else np.dtype(np.float64)


def compile_numpy(expr: object, variables: Iterable[Expr] = ()) -> tuple[CompiledFunction, str]:
    """A fast function for an expression, and its source.

    ``variables`` are further tensors and labels that the function shall accept, though the value may not need them.
    Raises UnknownFunction for what NumPy cannot compute.
    """
    node = as_expr(expr)
    reads = Variables([node])
    if reads.letters:
        raise EvaluationError(f"the index {min(reads.letters)} is free in the expression", where=node,
                              hint="define an array over it: sd.define(name, (i,), ...)")
    accepted = Variables([node, *variables])
    order = [*reads.tensors, *reads.labels, *reads.sizes]
    names = identifiers(order)
    program = reassociated(node, _uses_of(node)) if isinstance(node, Array) else node
    source = Source(names, _uses_of(program))
    value = source.array(program) if isinstance(program, Array) else source.scalar(program, ())
    body = [*source.lines, f"return {value}"]
    if source.guarded:
        body = ['with np.errstate(divide="ignore", invalid="ignore"):', *("    " + line for line in body)]
    used = [name for name in order if any(re.search(rf"\b{re.escape(names[name])}\b", line) for line in body)]
    text = "\n".join([f"def compiled({', '.join(['dtype', *(names[name] for name in used)])}):",
                      *(f"    {line}" for line in body), ""])
    scope: dict[str, Any] = {"np": np, "math": math, "entries": entries}
    exec(compile(text, "<symderiv>", "exec"), scope)
    return CompiledFunction(scope["compiled"], text, reads, accepted, used, node), text


__all__ = ["CompiledFunction", "Source", "compile_numpy", "entries", "identifiers"]
