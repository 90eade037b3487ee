"""Straight-line source for expressions, every shared part computed once.

An operator contributes the NumPy source of its record; a definition by index letters becomes einsum where it is a sum
of products over plain letters, and broadcasting over one axis a letter otherwise.  The source is made by this module
and the operators' records alone, from names that are checked; no text of a user is ever part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

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
    exp,
    floor,
    fraction,
    log,
)
from sympy import Float as SympyFloat
from sympy import Sum as SympySum
from sympy.core.function import Function
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from ..arrays.arrays import Apply, Array, Entry, Named, Tensor, scalar_nodes
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape, same_size
from ..arrays.symbols import Index, Label
from ..arrays.walks import by_class
from ..errors import EvaluationError, UnknownFunction
from ..functions import BY_CLASS
from ..functions.unknown import OpaqueFunction, opaque_operator
from ..layers.arithmetic import add, mul
from ..layers.constants import eye_record, one_hot_record, ones_record
from ..layers.products import diag_record, einsum_record, outer_record
from ..layers.structure import new_axes, stretch_record
from ..lowering.program import arrays_read, renamed_operator
from ..terms.traversals import operands_first, reached
from .basic_block import BasicBlock, allocates, numbered
from .batching import NotVectorised, batched_source

Letters = tuple[tuple[Symbol, str], ...]


class Emitter:
    """Statements that compute expressions, and the name or text of each value.

    ``batched`` are the variables that have leading axes; where one comes in, the value has them too.  ``inplace``
    allows code that writes into arrays it has made itself.
    """

    def __init__(self, names: Mapping[str, str], uses: Mapping[Expr, int], batched: frozenset[str] = frozenset(),
                 inplace: bool = True, sizes: Mapping[str, str] | None = None) -> None:
        self.names = names
        self.sizes = names if sizes is None else sizes
        self.uses = uses
        self.batched = batched
        self.inplace = inplace and not batched
        self.block = BasicBlock(self.fresh)
        self.arrays: dict[Expr, str] = {}
        self.shapes: dict[str, object] = {}
        self.memo: dict[Any, str] = {}
        self.count = 0
        self.guarded = False
        """Whether something undefined may stand where a condition does not hold."""

    def fresh(self) -> str:
        """A name for a value."""
        self.count += 1
        return f"t_{self.count}"

    def assign(self, source: str, shape: object = None) -> str:
        """The name of a new statement's value."""
        name = self.fresh()
        self.block.add(name, source)
        if shape is not None:
            self.shapes[name] = shape
        return name

    def finished(self, value: str, shape: Shape) -> tuple[list[str], str]:
        """The lines in their final form, and the source of the result."""
        result = self.block.tidy(value, shape, self.shapes, self.inplace)
        return numbered(self.block.statements, result)

    def lifted(self, expr: Expr) -> bool:
        """Whether a value has the leading axes of a batch."""
        return bool(self.batched) and any(getattr(s, "name", "") in self.batched for s in expr.free_symbols)

    # -------------------------------------------------------------- arrays

    def array(self, node: Expr) -> str:
        """The source of an array's value; operands first, without recursion over depth."""
        for top in operands_first([node], _below, self.arrays):
            source = self._array(top)
            name = self.arrays[top] = source if source.isidentifier() else self.assign(source, top.shape)
            self.shapes.setdefault(name, top.shape)
        return self.arrays[node]

    def _array(self, node: Expr) -> str:
        if isinstance(node, Tensor):
            return self.names[node.name]
        if isinstance(node, Named):
            return self._definition(node)
        assert isinstance(node, Apply)
        shapes = tuple(shape_of(arg) for arg in node.args)
        if self.inplace and (source := self._sparse_sum(node) if add.of(node) else self._filled(node)):
            return source
        if node.op in (RECORDS.add, RECORDS.mul) and not self.lifted(node):
            return node.op.numpy(self._terms(node.args, node.shape), {}, shapes)
        if stretch_record.of(node) and new_axes(node.args, node.params) and not self.lifted(node) \
                and (narrow := self._narrow(node)) is not None:
            return narrow
        sources = tuple(self.array(arg) if isinstance(arg, Array) else self.scalar(arg, ()) for arg in node.args)
        params = {key: self._parameter(value) for key, value in node.params.items()}
        if self.lifted(node):
            return batched_source(node, sources, params, shapes, tuple(map(self.lifted, node.args)))
        return node.op.numpy(sources, params, shapes)

    def _terms(self, args: tuple[Expr, ...], shape: Shape) -> tuple[str, ...]:
        """Sources of the operands of a sum or product; one that is constant along an axis is not spread over it
        where another operand has the whole shape."""
        spread = [isinstance(a, Array) and a.shape == shape and self._narrow(a) is not None for a in args]
        if all(s or not isinstance(a, Array) or a.shape != shape for a, s in zip(args, spread, strict=True)):
            spread = [False] * len(args)
        return tuple(str(self._narrow(a)) if s else self.array(a) if isinstance(a, Array) else self.scalar(a, ())
                     for a, s in zip(args, spread, strict=True))

    def _narrow(self, node: Expr) -> str | None:
        """An array that is constant along some axes, with axes of length 1 there; None for any other."""
        factor, rest = _split(node)
        if not isinstance(rest, Apply):
            return None
        times = "" if factor == 1 else f"({self.scalar(factor, ())}) * "
        if outer_record.of(rest) and all(len(shape_of(a)) == 1 for a in rest.args):
            a, b = rest.args
            if _is_ones(b):
                return f"({times}({self.array(a)}))[:, None]"
            if _is_ones(a):
                return f"({times}({self.array(b)}))"
        if stretch_record.of(rest) and len(shape_of(rest.args[0])):
            axes = rest.params["axes"]
            key = ", ".join(":" if axis in axes else "None" for axis in range(len(rest.shape)))
            return f"({times}({self.array(rest.args[0])}))[{key}]"
        return None

    def _sparse_sum(self, node: Apply) -> str | None:
        """A sum whose diagonal and one-hot terms are added in place to the other terms, or None."""
        sparse: list[tuple[Expr, Apply]] = []
        dense: list[Expr] = []
        for term in node.args:
            factor, rest = _split(term)
            if isinstance(rest, Apply) and rest.shape == node.shape and _is_sparse(rest):
                sparse.append((factor, rest))
            else:
                dense.append(term)
        if not sparse or not dense or not any(shape_of(d) == node.shape for d in dense):
            return None
        sources = self._terms(tuple(dense), node.shape)
        own = self.block.named(sources[0]) if len(dense) == 1 and self.uses.get(dense[0], 0) <= 1 else None
        if own is not None and allocates(own.value):
            own.kept, name = True, sources[0]
        else:
            name = self.fresh()
            total = node.op.numpy(sources, {}, tuple(map(shape_of, dense))) if len(dense) > 1 else f"np.array({sources[0]})"
            self.block.add(name, total, kept=True)
            self.shapes[name] = node.shape
        for factor, rest in sparse:
            sign, size = ("-", -factor) if factor.could_extract_minus_sign() else ("+", factor)
            value = self.scalar(size, ())
            if einsum_record.of(rest):
                view, block = _blocks(rest)
                entry = self._block(size, block, view)
                self.block.change(f"np.einsum({view!r}, {name})[...] {sign}= {entry}")
            elif one_hot_record.of(rest):
                label = rest.args[0]
                position = f"{self.array(label) if isinstance(label, Tensor) else self.integer(label, ())} - 1"
                if isinstance(label, Tensor):
                    position = f"np.arange({self.integer(node.shape[0], ())}), {position}"
                self.block.change(f"{name}[{position}] {sign}= {value}")
            else:
                entry = f"({value}) * ({self.array(rest.args[0])})" if diag_record.of(rest) else value
                self.block.change(f'np.einsum("ii->i", {name})[...] {sign}= {entry}')
        return name

    def _filled(self, node: Apply) -> str | None:
        """An array of blocks on a diagonal, such as Diag(a) ⊗ C: zeros, into which the blocks are written; or None."""
        factor, rest = _split(node)
        if not einsum_record.of(rest) or not _is_sparse(rest):
            return None
        view, block = _blocks(rest)
        shape = "".join(f"{self.integer(size, ())}, " for size in node.shape)
        name, value = self.fresh(), self._block(factor, block, view)
        self.block.add(name, f"np.zeros(({shape}), dtype=dtype)", kept=True)
        self.block.change(f"np.copyto(np.einsum({view!r}, {name}), {value})")
        self.shapes[name] = node.shape
        return name

    def _block(self, factor: Expr, block: tuple[Expr, str] | None, view: str) -> str:
        """What stands on a diagonal: a number times an array, whose letters are some of those of the view."""
        number = self.scalar(factor, ())
        if block is None:
            return number
        array, letters = block
        key = ", ".join(":" if c in letters else "None" for c in view.partition("->")[2])
        value = f"({self.array(array)})" + (f"[{key}]" if "None" in key else "")
        return value if factor == 1 else f"({number}) * {value}"

    def _parameter(self, value: Any) -> Any:
        """A parameter in which every symbolic number is the name of a Python integer.

        A name of our own: a record's source may have parameters called as a size is.
        """
        if isinstance(value, tuple):
            return tuple(self._parameter(v) for v in value)
        if not isinstance(value, Expr) or value.is_Integer:
            return value
        source = self.integer(value, ())
        return Symbol(self.assign(source))

    def _definition(self, node: Named) -> str:
        if (renamed := renamed_operator(node)) is not None:
            return self.array(renamed)
        product = self._einsum(node.body, node.letters)
        if product is not None:
            return product
        letters: Letters = ()
        for letter, size in zip(node.letters, node.shape, strict=True):
            letters = (*letters, (letter, self.assign(f"np.arange(1, {self.integer(size, ())} + 1)")))
        source = self.scalar(node.body, letters)
        if not letters:
            return source
        shape = "(" + "".join(f"{self.integer(size, ())}, " for size in node.shape) + ")"
        if self.lifted(node):
            return f"(lambda a: np.broadcast_to(a, a.shape[:-{len(letters)}] + {shape}))({source})"
        # Where every letter is read from an array's own axis, the value has its full shape already.
        if self.full(node.body, node.letters):
            return source
        return f"np.array(np.broadcast_to({source}, {shape}), dtype=dtype)"

    def full(self, body: Expr, letters: tuple[Index, ...]) -> bool:
        """Whether entries with plain letters alone give a value every axis, and its floating type."""
        if not isinstance(body, Add | Mul | Pow) and not (isinstance(body, Function) and len(body.args) == 1):
            return False
        parts, found = scalar_nodes(body), set[Expr]()
        for part in parts:
            if isinstance(part, Entry) and getattr(part.base, "label_size", None) is None and not any(
                    isinstance(q, Entry) for p in part.indices for q in scalar_nodes(p)):
                found |= {p for p, size in zip(part.indices, part.base.shape, strict=True)
                          if isinstance(p, Index) and p.lo == 1 and same_size(p.hi, size)}
        return found >= set(letters) and not any(isinstance(p, Piecewise | KroneckerDelta) for p in parts)

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
            spelled += [("..." if self.lifted(f.base) else "") + "".join(marks[p] for p in f.indices)] * power
        if len(marks) > 26 or not arrays or seen != set(sizes) or (out and self.lifted(scalar)):
            return None
        result = "..." if any(map(self.lifted, arrays)) else ""
        spec = ",".join(spelled) + "->" + result + "".join(marks[letter] for letter in out)
        # A contraction order pays where a letter is summed that does not stand in every operand.
        kept = {marks[letter] for letter in out}
        plan = any(set(s.removeprefix("...")) | kept != set(marks.values()) for s in spelled) or len(spelled) > 2
        source = f'np.einsum("{spec}", {", ".join(map(self.array, arrays))}{", optimize=True" if plan else ""})'
        return source if scalar == 1 else f"{self.scalar(scalar, ())} * {source}"

    def _einsum_beside(self, expr: Expr, letters: Letters) -> str | None:
        """A sum of a product of several entries as einsum, with an axis for every letter in scope; or None."""
        used = [symbol for symbol, _ in letters if _reads(expr, symbol)]
        body = expr.function
        several = isinstance(body, Pow) or (isinstance(body, Mul) and sum(isinstance(f, Entry | Pow) for f in body.args) > 1)
        if not several or not used or not all(isinstance(s, Index) and s.lo == 1 and self._covers(s, letters) for s in used):
            return None
        source = self._einsum(expr, tuple(used))
        if source is None:
            return None
        key = ", ".join(":" if symbol in used else "None" for symbol, _ in letters)
        if len(used) == len(letters):
            return source
        return f"({source})[{'..., ' if self.lifted(expr) else ''}{key}]"

    # -------------------------------------------------------------- scalars

    def scalar(self, expr: Expr, letters: Letters) -> str:
        """The source of a scalar expression: an array with one axis for each letter in scope, or a number."""
        key = (expr, letters)
        found = self.memo.get(key)
        if found is None:
            found = self._scalar(expr, letters)
            if expr.args and not found.isidentifier():
                found = self.assign(found)
            self.memo[key] = found
        return found

    def _scalar(self, expr: Expr, letters: Letters) -> str:
        if isinstance(expr, Rational):
            return _rational(expr)
        if isinstance(expr, SympyFloat | NumberSymbol):
            return repr(float(expr))
        if isinstance(expr, Entry) and getattr(expr.base, "label_size", None) is None:
            return self._entry(expr, letters)
        if isinstance(expr, Array):
            return self._beside(self.array(expr), expr, letters)
        if isinstance(expr, Pow | exp) and (stable := self._shifted((expr,), letters)) is not None:
            return stable
        if isinstance(expr, log) and (total := _exponential_sum(expr.args[0])) is not None:
            return self._logsumexp(*total, letters)
        if _whole(expr):
            source = self.integer(expr, letters)
            return f"({source}).astype(dtype)" if _uses(expr, letters) else source
        return by_class(SCALARS, type(expr))(self, expr, letters)

    def _joined(self, expr: Add, letters: Letters) -> str:
        return "(" + " + ".join(self.scalar(arg, letters) for arg in expr.args) + ")"

    def _summed(self, expr: SympySum, letters: Letters) -> str:
        product = None if letters else self._einsum(expr, ())
        if letters and (joint := self._einsum_beside(expr, letters)) is not None:
            return joint
        if letters and self.lifted(expr) and not _uses(expr, letters):
            return self._beside(self.scalar(expr, ()), expr, letters)
        return product or self._sum(expr.function, expr.limits, letters)

    def _function(self, expr: Expr, letters: Letters) -> str:
        record = BY_CLASS.get(type(expr).__name__)
        if record is None:
            raise UnknownFunction(f"{type(expr).__name__} cannot be compiled", where=expr)
        return record.numpy.format(*(self.scalar(arg, letters) for arg in expr.args))

    def _beside(self, source: str, expr: Expr, letters: Letters) -> str:
        """A number, with an axis of length 1 for every letter in scope where it has leading axes."""
        if not letters or not self.lifted(expr):
            return source
        return f"np.asarray({source})[..., {', '.join(['None'] * len(letters))}]"

    def _shifted(self, factors: Iterable[Expr], letters: Letters) -> str | None:
        """A product of exponentials and of powers of sums of them as one exponential, which cannot overflow."""
        exponents: list[str] = []
        totals = False
        for f in factors:
            base, power = (f.base, f.exp) if isinstance(f, Pow) else (f, Integer(1))
            total = _exponential_sum(base) if isinstance(power, Integer) and power < 0 else None
            if total is not None:
                totals = True
                value = self._logsumexp(*total, letters)
                exponents.append(f"({power}) * {value}" if power != -1 else f"(-({value}))")
            elif isinstance(f, exp):
                exponents.append(self.scalar(f.args[0], letters))
            else:
                return None
        return f"np.exp({' + '.join(exponents)})" if totals else None

    def _logsumexp(self, exponent: Expr, limit: tuple[Any, ...], letters: Letters) -> str:
        """log Σ exp over a letter, the largest exponent taken out."""
        letter, lo, hi = limit
        if not _reads(exponent, letter):
            count = self.integer(hi - lo + 1, letters)
            return f"({self.scalar(exponent, letters)} + np.log({count}))"
        name = self.assign(f"np.arange({self.integer(lo, ())}, {self.integer(hi, ())} + 1)")
        own = isinstance(letter, Index) and (letter.lo, letter.hi) == (lo, hi)
        values = self.scalar(exponent, (*letters, (letter, name if own else "#" + name)))
        return ("(lambda z, m: np.log(np.sum(np.exp(z - m), axis=-1)) + np.squeeze(m, -1))"
                f"(*(lambda z: (z, np.max(z, axis=-1, keepdims=True)))({values}))")

    def _entry(self, expr: Entry, letters: Letters) -> str:
        if self.lifted(expr):
            if any(self.lifted(p) for p in expr.indices):
                raise NotVectorised("entries at labels that differ along a batch have no rule", where=expr)
            if not any(_uses(p, letters) for p in expr.indices) and letters:
                return self._beside(self._entry(expr, ()), expr, letters)
        lead = ["..."] if self.lifted(expr.base) else []
        base, axes = self.array(expr.base), {letter: n for n, (letter, _) in enumerate(letters)}
        plain = [axes.get(p) for p in expr.indices]
        if letters and None not in plain and len(set(plain)) == len(plain) and all(
                isinstance(p, Index) and p.lo == 1 and same_size(p.hi, size) and self._covers(p, letters)
                for p, size in zip(expr.indices, expr.base.shape, strict=True)):
            order = sorted(range(len(plain)), key=lambda n: plain[n] or 0)
            view = base
            if order != list(range(len(plain))):
                spelled = "abcdefghijklmnopqrstuvwxyz"[:len(plain)]
                turned = "".join(spelled[n] for n in order)
                view = f'np.einsum("...{spelled}->...{turned}", {base})' if lead else f"np.transpose({base}, {tuple(order)})"
            present = {axis for axis in plain if axis is not None}
            if len(present) == len(letters):
                return view
            key = ", ".join([*lead, *(":" if n in present else "None" for n in range(len(letters)))])
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
        exponential = [a for a in expr.args if isinstance(a, exp) or (isinstance(a, Pow) and _exponential_sum(a.base))]
        stable = self._shifted(exponential, letters)
        if stable is not None:
            top.append(stable)
        for arg in expr.args:
            if stable is not None and arg in exponential:
                continue
            if isinstance(arg, KroneckerDelta):
                brackets.append(arg)
                continue
            if isinstance(arg, Piecewise) and len(arg.args) == 2 and arg.args[1] == (0, True):
                brackets.append(arg.args[0][1])
                arg = arg.args[0][0]
            apart = isinstance(arg, Pow) or (isinstance(arg, Rational) and not _is_long(arg))
            n, d = fraction(arg) if apart else (arg, Integer(1))
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
            # A number made of sizes is Python's, so that it does not widen the type of an array.
            return f"math.sqrt({base})" if not letters and _of_sizes(expr.base) else f"np.sqrt({base})"
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
            return (self.names if isinstance(expr, Index | Label) else self.sizes)[expr.name]
        if self.lifted(expr):
            raise NotVectorised("labels that differ along a batch have no rule here", where=expr)
        return by_class(WHOLE, type(expr))(self, expr, letters)

    def _label(self, expr: Entry, letters: Letters) -> str:
        positions = ", ".join(self.integer(p, letters) for p in expr.indices)
        return f"entries({self.names[expr.base.name]}, {positions})"

    def _whole_sum(self, expr: Add, letters: Letters) -> str:
        top, bottom = fraction(expr.together())
        if bottom != 1:
            return f"({self.integer(top.expand(), letters)}) // {self.integer(bottom, letters)}"
        return "(" + " + ".join(self.integer(arg, letters) for arg in expr.args) + ")"

    def _whole_product(self, expr: Mul, letters: Letters) -> str:
        top, bottom = fraction(expr)
        if bottom != 1:
            return f"({self.integer(top, letters)}) // ({self.integer(bottom, letters)})"
        return "(" + " * ".join(self.integer(arg, letters) for arg in expr.args) + ")"

    def _whole_power(self, expr: Pow, letters: Letters) -> str:
        if not isinstance(expr.exp, Integer) or expr.exp <= 0:
            return self._no_position(expr, letters)
        return f"({self.integer(expr.base, letters)}) ** {expr.exp}"

    def _rounded(self, expr: Expr, letters: Letters) -> str:
        top, bottom = fraction(expr.args[0].together())
        a, b = self.integer(top.expand(), letters), self.integer(bottom, letters)
        return f"(({a}) // ({b}))" if isinstance(expr, floor) else f"(-(-({a}) // ({b})))"

    def _remainder(self, expr: Mod, letters: Letters) -> str:
        a, b = (self.integer(arg, letters) for arg in expr.args)
        return f"(({a}) % ({b}))"

    def _no_position(self, expr: Expr, letters: Letters) -> str:
        raise UnknownFunction(f"the index expression {expr} cannot be compiled", where=expr)


def _extreme(emit: Callable[[Any, Expr, Letters], str]) -> Callable[[Any, Any, Letters], str]:
    """The largest or the smallest of operands that are emitted one way or the other."""
    return lambda self, expr, letters: _nested("np.maximum" if isinstance(expr, Max) else "np.minimum",
                                               [emit(self, arg, letters) for arg in expr.args])


# How an expression of each class is emitted: as a number, and as a position or a size.
SCALARS: dict[type, Callable[[Any, Any, Letters], str]] = {
    Symbol: lambda self, expr, letters: self._beside(self.sizes[expr.name], expr, letters),
    Add: Emitter._joined, Mul: Emitter._product, Pow: Emitter._power, SympySum: Emitter._summed,
    KroneckerDelta: lambda self, expr, letters: f"({self.condition(expr, letters)}) * dtype.type(1)",
    Piecewise: lambda self, expr, letters: self._piecewise(expr, lambda e: self.scalar(e, letters), letters),
    Max: _extreme(Emitter.scalar), Min: _extreme(Emitter.scalar),
    OpaqueFunction: lambda self, expr, letters: opaque_operator(expr.key).numpy(
        tuple(self.scalar(a, letters) for a in expr.args), {}, ()),
    object: Emitter._function,
}
WHOLE: dict[type, Callable[[Any, Any, Letters], str]] = {
    Entry: Emitter._label, Add: Emitter._whole_sum, Mul: Emitter._whole_product, Pow: Emitter._whole_power,
    floor: Emitter._rounded, ceiling: Emitter._rounded, Mod: Emitter._remainder,
    Max: _extreme(Emitter.integer), Min: _extreme(Emitter.integer),
    KroneckerDelta: lambda self, expr, letters: f"({self.condition(expr, letters)}) * 1",
    Piecewise: lambda self, expr, letters: self._piecewise(expr, lambda e: self.integer(e, letters), letters),
    object: Emitter._no_position,
}


def _exponential_sum(expr: Expr) -> tuple[Expr, tuple[Any, ...]] | None:
    """(exponent, limit) of a sum of exponentials over one letter with fixed ends."""
    if isinstance(expr, SympySum) and len(expr.limits) == 1 and isinstance(expr.function, exp):
        (limit,) = expr.limits
        if len(limit) == 3 and not any(s.is_integer and isinstance(s, Index) for end in limit[1:] for s in end.free_symbols):
            return expr.function.args[0], tuple(limit)
    return None


LONGEST_INTEGER = 2**31
"""From here on the integers of other libraries, which may have 32 bits, end."""


def _is_long(value: Rational) -> bool:
    return bool(max(abs(value.p), value.q) >= LONGEST_INTEGER)


def _rational(value: Rational) -> str:
    """A fraction of short integers as such, any other as the nearest floating-point number, where there is one."""
    if _is_long(value) and abs(value) < 10**300:
        return repr(value.p / value.q)
    return str(value.p) if value.q == 1 else f"({value.p} / {value.q})"


def _split(term: Expr) -> tuple[Expr, Expr]:
    """(scalar, array) of an elementwise product with one array; (1, itself) of anything else."""
    if isinstance(term, Apply) and mul.of(term) and len(term.args) == 2 and not shape_of(term.args[0]):
        return term.args[0], term.args[1]
    return Integer(1), term


def _of_sizes(expr: Expr) -> bool:
    """Whether a number depends on sizes alone."""
    return all(isinstance(s, Symbol) and not isinstance(s, Index | Label) for s in expr.free_symbols)


def _is_ones(node: Expr) -> bool:
    return isinstance(node, Apply) and ones_record.of(node)


def _is_sparse(node: Apply) -> bool:
    """Whether an array is 0 but for a diagonal, or for one entry a row that a label names."""
    if one_hot_record.of(node):
        label = node.args[0]
        return not shape_of(label) or (isinstance(label, Tensor) and len(label.shape) == 1)
    return _on_diagonal(node) or (einsum_record.of(node) and any(_block_factors(node)))


def _on_diagonal(node: Expr) -> bool:
    return isinstance(node, Apply) and (eye_record.of(node) or (diag_record.of(node) and len(node.shape) == 2))


def _block_factors(node: Apply) -> list[bool]:
    """Which operands of an einsum are diagonal between two letters of the result."""
    read, _, out = str(node.params["spec"]).partition("->")
    return [_on_diagonal(a) and own[0] != own[1] and set(own) <= set(out)
            for a, own in zip(node.args, read.split(","), strict=True)]


def _blocks(node: Apply) -> tuple[str, tuple[Expr, str] | None]:
    """(view of the result in which only the blocks stand, what stands there with its letters) of an einsum with diagonal
    factors."""
    read, _, out = str(node.params["spec"]).partition("->")
    operands, names = list(zip(node.args, read.split(","), strict=True)), {c: c for c in read + out}
    rest: list[tuple[Expr, str]] = []
    for (array, own), diagonal in zip(operands, _block_factors(node), strict=True):
        if not diagonal:
            rest.append((array, own))
            continue
        one, other = names[own[0]], names[own[1]]
        names = {c: one if c2 == other else c2 for c, c2 in names.items()}
        if diag_record.of(array):
            rest.append((array.args[0], own[0]))
    spelled = [(array, "".join(names[c] for c in own)) for array, own in rest]
    view = "".join(names[c] for c in out)
    letters = "".join(dict.fromkeys(view))
    view = f"{view}->{letters}"
    if not spelled:
        return view, None
    own = "".join(c for c in letters if any(c in s for _, s in spelled))
    if len(spelled) == 1 and spelled[0][1] == own:
        return view, (spelled[0][0], own)
    spec = ",".join(s for _, s in spelled) + "->" + own
    return view, (Apply(einsum_record, tuple(a for a, _ in spelled), {"spec": spec}), own)


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
    def below(node: Any) -> Any:
        if isinstance(node, floor | ceiling):
            return fraction(node.args[0].together())
        return node.args[:1] if isinstance(node, Pow) else node.args if isinstance(node, Add | Mul | Max | Min | Mod) else ()

    def is_whole(node: Any) -> bool:
        if isinstance(node, Entry):
            return getattr(node.base, "label_size", None) is not None
        if isinstance(node, Pow):
            return isinstance(node.exp, Integer) and bool(node.exp > 0)
        return bool(node.is_integer) if isinstance(node, Symbol) else isinstance(
            node, Integer | floor | ceiling | Add | Mul | Max | Min | Mod)

    return all(map(is_whole, reached([expr], below)))


def _below(node: Expr) -> list[Expr]:
    """The arrays that an array reads; an operator made of others is compiled by its own record."""
    if isinstance(node, Tensor):
        return []
    return list(dict.fromkeys(a for item in _operands(node) for a in arrays_read(item) if getattr(
        a, "label_size", None) is None))


def _operands(node: Expr) -> list[Expr]:
    """The expressions that a node is made of, those of its options included."""
    parts = (*node.args, *(node.params.values() if isinstance(node, Apply) else ()))
    return [item for part in parts for item in (part if isinstance(part, tuple) else (part,)) if isinstance(item, Expr)]


def uses_of(expr: Expr) -> dict[Expr, int]:
    """How many places read each array."""
    uses: dict[Expr, int] = {}
    for node in reached([expr], _operands):
        for item in _operands(node):
            if isinstance(item, Array):
                uses[item] = uses.get(item, 0) + 1
            # Entries inside index expressions may be emitted more than once.
            elif not isinstance(node, Apply):
                for array in arrays_read(item):
                    uses[array] = uses.get(array, 0) + 2
    return uses
