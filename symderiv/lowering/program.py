"""From public expressions to the engine's: a program of definitions over index expressions.

Every array (a declared tensor, an operator applied to operands, a named definition) becomes one symbol; its body reads
the symbols of its operands by entry and is never expanded.  The program is a DAG, as the user built it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from itertools import islice
from typing import Any

from sympy import (
    Add as SympyAdd,
)
from sympy import (
    Expr,
    I,
    Integer,
    KroneckerDelta,
    NumberSymbol,
    Piecewise,
    Rational,
    Symbol,
    floor,
)
from sympy import (
    Float as SympyFloat,
)
from sympy import (
    Mul as SympyMul,
)
from sympy import (
    Pow as SympyPow,
)
from sympy import (
    Sum as SympySum,
)
from sympy.core.numbers import Exp1
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from ..arrays.arrays import Apply, Array, Entry, Named, Tensor, scalar_nodes
from ..arrays.assumptions import relation_facts, relations
from ..arrays.matrixfunction import MatrixFunction
from ..arrays.named_sizes import Size
from ..arrays.registry import RECORDS
from ..arrays.sizes import show_shape
from ..arrays.symbols import Index, Label, open_letters
from ..arrays.symmetry import symmetric_members
from ..arrays.walks import by_class, outermost
from ..errors import BoundExceeded, DeclarationError, IndexError_, ShapeError, UnknownFunction
from ..functions import BY_CLASS
from ..functions.elementary import exp
from ..functions.network_functions import heaviside
from ..functions.unknown import OpaqueFunction
from ..terms.affine import Affine, Idx, LabelRef, affine, combine, constant, size_affine
from ..terms.letters import spare, unused
from ..terms.nodes import (
    ONE,
    ZERO,
    Const,
    IndexValue,
    IversonBracket,
    MatrixFunctionEntry,
    Node,
    Sym,
    TensorEntry,
    add,
    delta,
    ent,
    factors_of,
    fn,
    guard,
    instantiate,
    mul,
    neg,
    num,
    power,
    substitute,
    terms_of,
    total,
    val,
)
from ..terms.ranges import Facts, within
from ..terms.traversals import operands_first
from .export import export

MAX_NODES = 200_000
LETTERS = "ijklpqrstuvabcdefgh"


class Program:
    """Symbols and definitions of one derivation, in the order of their use, with what is assumed of the sizes."""

    def __init__(self, assuming: Iterable[object] = (), keep: Collection[Expr] = ()) -> None:
        """``keep`` are arrays that are read by name, however trivial: what is differentiated by."""
        self._kept = set(keep)
        self.symbols: dict[Expr, Sym] = {}
        self.definitions: list[Sym] = []
        self.facts: Facts = tuple(f for relation in assuming for f in relation_facts(relation))
        self.conditions: dict[Expr, None] = {}
        self.nodes = 0
        # What stands for arrays with free letters, and these.
        self.members: dict[Expr, tuple[tuple[Index, ...], Expr]] = {}
        self._scalars: dict[Expr, Node] = {}
        self._alike: dict[tuple[tuple[Idx, ...], Node], Sym] = {}
        self._count = 0
        self._names: set[str] = set()
        # What the names of arrays with free letters must not be.
        self._given: set[str] = set()
        self._asked: list[Expr] = [*keep]
        self._named_as: dict[str, Named] = {}
        self._tensors: dict[str, Tensor] = {}
        self.renamed: dict[Expr, Expr] = {}
        self._named = 0
        for array in keep:
            while isinstance(array, Apply) and array.op.composite:
                array = self._unfolded(array)
                self._kept.add(array)

    # -------------------------------------------------------------- arrays

    def symbol(self, array: Expr) -> Sym:
        """The symbol of an array expression; its operands first, without recursion over depth."""
        if array in self.symbols:
            return self.symbols[array]
        self._asked.append(array)
        for top in operands_first([array], lambda each: self._operands(each)[::-1], self.symbols):
            self.symbols[top] = self._make(top)
        return self.symbols[array]

    def _operands(self, array: Expr) -> list[Expr]:
        if isinstance(array, Tensor):
            return []
        if isinstance(array, Named):
            named = renamed_operator(array)
            return _operands_of(array.body) if named is None else self._operands(named)
        if isinstance(array, Apply):
            if array.op.composite:
                return [self._unfolded(array)]
            stack = self._stack(array)
            if stack is not None:
                return [stack[0], *_arrays_in(stack[1])]
            return [a for arg in array.args for a in _operands_of(arg)] + [
                a for value in array.params.values() for a in _arrays_in(value)]
        raise ShapeError("this is not an array expression", where=array)

    def _unfolded(self, array: Apply) -> Expr:
        """The expression that a composite operator stands for."""
        expr: Expr = array.op.definition(array.args, array.params)
        if not isinstance(expr, Array):
            expr = Named("L" if array.free_symbols else str(array), (), expr)
        return expr

    def _make(self, array: Expr) -> Sym:
        self._count += 1
        if isinstance(array, Tensor):
            other = self._tensors.setdefault(array.name, array)
            if other != array:
                raise DeclarationError(f"two tensors are named {array.name}, of shapes {show_shape(other.shape)} and "
                                       f"{show_shape(array.shape)}", hint="give one of them another name")
            return Sym(array.name, tuple(map(size_affine, array.shape)), array, properties=array.properties)
        if isinstance(array, Named):
            named = renamed_operator(array)
            if named is None:
                free = open_letters(array)
                source = Named(array.name, (*free, *array.letters), array.body) if free else array
                return self._define(source, array.name, source.letters, array.body, "named")
            self._note_conditions(named)
            sym = self._define(array, array.name, array.letters, self._body(named, array.letters), "named")
            self.symbols.setdefault(named, sym)
            return sym
        assert isinstance(array, Apply)
        stack = self._stack(array)
        if stack is not None:
            return self.symbols[stack[0]]
        self._note_conditions(array)
        if array.op.composite:
            return self.symbols[self._unfolded(array)]
        taken = {s.name for size in array.shape for s in size.free_symbols} | letter_names(array)
        names = spare(LETTERS, taken)
        own = tuple(Index(next(names), 1, size) for size in array.shape)
        body = self._body(array, own)
        # An array with free letters is one array for each of their values: they become axes, in front of its own.
        free = open_letters(array)
        public = Named(unused(f"node{self._count:03d}", self._taken(), "_"), (*free, *own), body) if free else array
        sym = self._define(public, f"t{self._count:03d}", (*free, *own), body, "applied")
        if free:
            sym.stem = array.op.stem
            self.members[sym.array or public] = free, array
        return sym

    def _taken(self) -> set[str]:
        """What the names of arrays with free letters must not be: names in what was asked for."""
        while self._asked:
            self._given |= {str(s) for s in self._asked.pop().free_symbols}
        return self._given

    def read(self, array: Expr, positions: Iterable[Affine] = ()) -> Node:
        """An entry of an array expression; letters that are free in the array stand as positions of their own."""
        sym = self.symbol(array)
        while isinstance(array, Apply) and array.op.composite:
            array = self._unfolded(array)
        stack = self._stack(array)
        if stack is not None:
            return self.read(stack[0], (*map(self.position, stack[1]), *positions))
        free = open_letters(array)
        entry = ent(sym, *(affine(self.letter(i)) for i in free), *positions)
        found = self._renamed(entry) if free else entry
        return self._inlined(entry) if found is entry else found

    def _stack(self, array: Expr) -> tuple[Expr, tuple[Expr, ...]] | None:
        """S⁻¹ and (k,) for S[k]⁻¹: what is computed of a member of a stack is a member of what is computed of the stack."""
        if array in self._kept or not (isinstance(array, Apply) and array.op.members and RECORDS.take.of(array.args[0])):
            return None
        part = array.args[0]
        chosen = sum(p is not None for p in part.params["index"])
        lead = part.params["index"][:chosen]
        if part in self._kept or open_letters(part.args[0]) or any(p is None for p in lead) or not open_letters(array):
            return None
        return array.op(part.args[0], **array.params), lead

    def _inlined(self, entry: TensorEntry) -> Node:
        """1 - p, -p and 2p at i, and Aᵀ at i and j, are written out, not names of their own: what cancels is seen.

        A definition by one entry at its own letters, times a number, plus a number (sizes count as such); an entry
        outside its range is 0, so a number is added only where the positions are inside.
        """
        sym = entry.sym
        if sym.role != "applied" or sym.array in self._kept or sym.body is None or sym.letters is None:
            return entry
        if isinstance(sym.body, IversonBracket):  # a triangle of ones: its condition meets others
            inside = all(within(p, i.lo, i.hi, self.facts) for p, i in zip(entry.idx, sym.letters, strict=True))
            return instantiate(sym, entry.idx) if inside else entry
        numbers = [t for t in terms_of(sym.body) if not t.syms and not t.free]
        varying = [f for t in terms_of(sym.body) if t not in numbers for f in factors_of(t)[1] if f.syms or f.free]
        if len(varying) != 1 or not isinstance(varying[0], TensorEntry):
            return entry
        read = tuple(p.single for p in varying[0].idx)
        if len(read) != len(sym.letters) or set(read) != set(sym.letters):
            return entry
        # Outside its range a slice is 0, what it is cut from is not.
        whole = all(isinstance(i, Idx) and i.lo is constant(1) and i.hi is n
                    for i, n in zip(read, varying[0].sym.shape, strict=True))
        if (numbers or not whole) and not all(
                within(p, i.lo, i.hi, self.facts) for p, i in zip(entry.idx, sym.letters, strict=True)):
            return entry
        return instantiate(sym, entry.idx)

    def _renamed(self, entry: TensorEntry) -> Node:
        """W[a, :] at i is W at (a, i): a definition by one entry at plain letters, each over its whole axis."""
        sym = entry.sym
        inner = sym.body
        if not isinstance(inner, TensorEntry) or any(
                p.single not in (sym.letters or ()) or p.single.hi is not n or p.single.lo is not constant(1)
                for p, n in zip(inner.idx, inner.sym.shape, strict=True)):
            return entry
        return instantiate(sym, entry.idx)

    def _body(self, array: Apply, letters: tuple[Index, ...]) -> Expr:
        """The operator's definition at the letters."""
        body: Expr = array.op.definition(letters, array.args, array.params)
        return body

    def _note_conditions(self, array: Apply) -> None:
        for condition in array.op.conditions(array.args, array.params) if array.op.conditions else ():
            self.conditions[condition] = None

    def _define(self, array: Expr, name: str, letters: tuple[Index, ...], body: Expr, role: str) -> Sym:
        held = frozenset(("symmetric",)) if symmetric_members(array) else frozenset()
        sym = Sym(name, tuple(size_affine(i.hi) for i in letters), array, role=role, properties=held)
        sym.letters = tuple(self.letter(i) for i in letters)
        sym.body = self.scalar(body)
        alone = not any(map(open_letters, arrays_read(body)))
        if role == "applied" and array not in self._kept and alone:
            # A sum in another order is the same array: it is differentiated once.
            known = self._alike.setdefault((sym.letters, sym.body), sym)
            if known is not sym:
                return known
        if role == "named" and isinstance(array, Named):
            own = self._own_name(array)
            if own != array.name:
                # Two definitions of one name: the second is shown, and known from here on, by a name of its own.
                sym.name = sym.key = own
                sym.array = Named(own, array.letters, array.body)
                self.symbols[sym.array] = sym
                self.renamed[array] = sym.array
        if not alone:
            # What is shown, evaluated and compiled later on reads arrays that stand on their own.
            sym.array = Named(array.name if isinstance(array, Named) else name, letters, export(sym.body))
        self.definitions.append(sym)
        return sym

    def _own_name(self, array: Named) -> str:
        """The definition's name, or a numbered one where another definition has it already."""
        name, count = array.name, 1
        while self._named_as.setdefault(name, array) != array:
            count += 1
            name = f"{array.name}_{count}"
        return name

    def names(self) -> set[str]:
        """Names in use: of tensors, and of the symbols in their sizes."""
        for array in islice(self.symbols, self._named, None):
            if isinstance(array, Tensor | Named):
                # The l of W_l is no letter for something else beside it.
                self._names |= {array.name, *re.split(r"[^A-Za-z]+", array.name.partition("_")[2])}
            self._names |= {s.name for size in getattr(array, "shape", ()) for s in size.free_symbols}
        self._named = len(self.symbols)
        return self._names

    # -------------------------------------------------------------- indices

    def letter(self, index: Index) -> Idx:
        """An index letter of the engine."""
        return Idx(index.name, size_affine(index.lo), size_affine(index.hi))

    def position(self, expr: Expr) -> Affine:
        """An index expression as an affine combination."""
        if isinstance(expr, Integer):
            return constant(int(expr))
        if isinstance(expr, Index):
            return affine(self.letter(expr))
        if isinstance(expr, Label):
            self._names.add(expr.name)
            return affine(LabelRef(expr, None, (), size_affine(expr.size)))
        if isinstance(expr, Entry):
            base = expr.base
            if getattr(base, "label_size", None) is None:
                raise IndexError_(f"{expr} is a number, not an index", where=expr,
                                  hint="only labels can be used as positions: sd.label(name, size, shape=(N,))")
            idx = tuple(self.position(p) for p in expr.indices)
            return affine(LabelRef(None, self.symbol(base), idx, size_affine(base.label_size)))
        if isinstance(expr, SympyAdd):
            return combine((self.position(arg), 1) for arg in expr.args)
        if isinstance(expr, SympyMul):
            c, rest = expr.as_coeff_Mul()
            if isinstance(c, Integer) and c != 1:
                return self.position(rest).scaled(int(c))
            expanded = expr.expand()
            if isinstance(expanded, SympyAdd):
                return self.position(expanded)
            moving = [f for f in expanded.args if not _of_sizes(f)]
            sizes = expanded / moving[0] if len(moving) == 1 else None
            if sizes is not None and sizes.is_integer and sizes.is_positive:
                return self.position(moving[0]).times(sizes)
        if any(isinstance(s, Index | Label) for s in expr.free_symbols):
            raise IndexError_(f"the index expression {expr} is not affine in its letters", where=expr,
                              hint="use sums of letters, each times an integer or a size")
        if not _of_sizes(expr):
            raise IndexError_(f"{expr} is a number, not an index", where=expr,
                              hint="positions are made of letters, labels, sizes and integers")
        return affine(expr)

    # -------------------------------------------------------------- scalars

    def scalar(self, expr: Expr) -> Node:
        """A scalar index expression as a node.  Memoised: shared sub-expressions are read once."""
        found = self._scalars.get(expr)
        if found is None:
            found = self._scalars[expr] = self._scalar(expr)
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise BoundExceeded(f"more than {MAX_NODES} sub-expressions", hint="split the network by definitions")
        return found

    def _scalar(self, expr: Expr) -> Node:
        return by_class(SCALARS, type(expr))(self, expr)

    def _value(self, expr: Expr) -> Node:
        return val(self.position(expr))

    def _entry(self, expr: Entry) -> Node:
        if getattr(expr.base, "label_size", None) is not None:
            return self._value(expr)
        return self.read(expr.base, (self.position(p) for p in expr.indices))

    def _array(self, expr: Array) -> Node:
        if expr.shape:
            raise ShapeError("an array stands where a scalar is needed", where=expr,
                             hint="index it, or use @ and sd.sum")
        return self.read(expr)

    def _matrix_function(self, expr: MatrixFunction) -> Node:
        """Of a matrix with free letters, as of one of a stack: which it is stands in front of the positions."""
        lead = (affine(self.letter(i)) for i in open_letters(expr.matrix))
        at = (self.position(p) for p in expr.positions)
        return MatrixFunctionEntry(expr.kind, self.symbol(expr.matrix), (*lead, *at))  # type: ignore[no-any-return]

    def _floor(self, expr: floor) -> Node:
        return IndexValue(expr) if _of_sizes(expr) else self._function(expr)

    def _power(self, expr: SympyPow) -> Node:
        squares = square_sum(expr)
        base, exponent = (expr.base, expr.exp) if squares is None else (squares, expr.exp / 2)
        return power(self.scalar(base), self.scalar(exponent))

    def _function(self, expr: Expr) -> Node:
        record = BY_CLASS.get(type(expr).__name__)
        if expr is I:
            raise UnknownFunction("a root or a logarithm of a negative number is no real number", where=expr)
        if record is None:
            raise UnknownFunction(f"{type(expr).__name__} has no meaning here", where=expr,
                                  hint="write it with the functions listed in the documentation, or define it by indices")
        return record.node(*map(self.scalar, expr.args))

    def _sum(self, expr: SympySum) -> Node:
        body = self.scalar(expr.function)
        for letter, lo, hi in expr.limits:
            if isinstance(letter, Index):
                inner = self.letter(letter)
            else:
                raise IndexError_(f"the summed letter {letter} is not an index", where=expr, hint="use sd.indices")
            bound = Idx(letter.name, self.position(lo), self.position(hi))
            if bound is not inner:
                if not within(bound.lo, inner.lo, inner.hi) or not within(bound.hi, inner.lo, inner.hi):
                    self._refuse_open(expr, letter)
                body = substitute(body, {inner: affine(bound)})
            # Numbers and sizes stand outside from the start, so that a derivative finds the sum again.
            coeff, factors = factors_of(body)
            outside = [f for f in factors if not f.syms and not f.free]
            body = mul(num(coeff), *outside, total(mul(*(f for f in factors if f not in outside)), (bound,))) if (
                outside or (coeff != 1 and factors)) else total(body, (bound,))
        return body

    def _refuse_open(self, expr: SympySum, letter: Index) -> None:
        """Arrays that a letter is free in have an axis over its own range, which the sum must not leave."""
        for array in arrays_read(expr.function):
            if letter in array.free_symbols:
                raise IndexError_(f"the sum over {letter} leaves {letter.lo}..{letter.hi}, the letter's own range",
                                  where=expr, hint=f"declare {letter} over the range it is summed over")

    def _piecewise(self, expr: Piecewise) -> Node:
        """Σ value·[condition and none of those before]."""
        parts: list[Node] = []
        rest: Node = ONE
        for value, condition in expr.args:
            holds = self.condition(condition)
            parts.append(mul(self.scalar(value), holds, rest))
            rest = mul(rest, add(ONE, neg(holds)))
        return add(*parts)

    def condition(self, expr: Any) -> Node:
        """A condition as a node that is 1 where it holds and 0 elsewhere."""
        if expr == True:  # noqa: E712  SymPy's true compares equal to Python's
            return ONE
        if expr == False:  # noqa: E712
            return ZERO
        if isinstance(expr, And):
            return mul(*map(self.condition, expr.args))
        if isinstance(expr, Or):
            return add(ONE, neg(mul(*(add(ONE, neg(self.condition(a))) for a in expr.args))))
        if isinstance(expr, Not):
            return add(ONE, neg(self.condition(expr.args[0])))
        if isinstance(expr, Relational):
            a, b = expr.args
            if a.is_integer and b.is_integer and expr.rel_op in OF_WHOLE:
                return OF_WHOLE[expr.rel_op](self.position(a) - self.position(b))
            if expr.rel_op in OF_REAL:
                return OF_REAL[expr.rel_op](add(self.scalar(a), neg(self.scalar(b))))
        raise UnknownFunction(f"the condition {expr} cannot be used", where=expr, hint="compare with <, <=, >, >=, Eq or Ne")


def _unless(holds: Node) -> Node:
    return add(ONE, neg(holds))


# How an expression of each class is read.
SCALARS: dict[type, Callable[[Any, Any], Node]] = {
    Rational: lambda program, expr: num(Fraction(expr.p, expr.q)),
    SympyFloat: lambda program, expr: num(Fraction(str(expr))),
    Index: lambda program, expr: IndexValue(program.letter(expr)),
    Label: Program._value, Entry: Program._entry, Array: Program._array, MatrixFunction: Program._matrix_function,
    Exp1: lambda program, expr: exp.node(ONE),
    NumberSymbol: lambda program, expr: Const(expr),
    Symbol: lambda program, expr: IndexValue(expr),
    SympyAdd: lambda program, expr: add(*map(program.scalar, expr.args)),
    SympyMul: lambda program, expr: mul(*map(program.scalar, expr.args)),
    SympyPow: Program._power,
    SympySum: Program._sum,
    KroneckerDelta: lambda program, expr: delta(program.position(expr.args[0]) - program.position(expr.args[1])),
    Piecewise: Program._piecewise, floor: Program._floor,
    OpaqueFunction: lambda program, expr: fn(expr.key, *map(program.scalar, expr.args)),
    object: Program._function,
}
# A comparison by the difference of its sides: of whole numbers, and of numbers.
OF_WHOLE: dict[str, Callable[[Affine], Node]] = {
    "==": delta, "!=": lambda d: _unless(delta(d)), ">=": guard, ">": lambda d: guard(d - 1), "<=": lambda d: guard(-d),
    "<": lambda d: guard(-d - 1),
}
OF_REAL: dict[str, Callable[[Node], Node]] = {
    ">": heaviside.node, "<": lambda d: heaviside.node(neg(d)), ">=": lambda d: _unless(heaviside.node(neg(d))),
    "<=": lambda d: _unless(heaviside.node(d)),
}


def renamed_operator(array: Named) -> Apply | None:
    """The operator application that a definition only gives a name to, as in define("p", softmax(z))."""
    base = array.whole if array.letters else array.body
    return base if isinstance(base, Apply) and not base.op.composite and base.shape == array.shape else None


def letter_names(array: Apply) -> set[str]:
    """Names of the letters, bound and free, in the scalar operands of an application and in its parameters."""
    params = (value if isinstance(value, tuple) else (value,) for value in array.params.values())
    values = [*array.args, *(v for value in params for v in value)]
    nodes = {n for v in values if isinstance(v, Expr) for n in scalar_nodes(v)}
    return {n.name for n in nodes if isinstance(n, Index)} | {i.name for i in open_letters(array)}


def square_sum(expr: Expr) -> Apply | None:
    """Σ X² for an even power of ‖X‖: it has no root, and a derivative where X is 0."""
    if not isinstance(expr, SympyPow) or not (expr.exp.is_number and (expr.exp / 2).is_Integer):
        return None
    norm = expr.base
    found: Apply | None = RECORDS.sum(RECORDS.pow(norm.args[0], 2)) if RECORDS.norm.of(norm) and not norm.shape and (
        norm.params.get("ord", 2) == 2) else None
    return found


def _operands_of(expr: Expr) -> list[Expr]:
    """The arrays that the reading of an expression asks for."""
    found = outermost(expr, lambda node: isinstance(node, Array) or square_sum(node) is not None)
    return [array if isinstance(array, Array) else square_sum(array) for array in found]


def arrays_read(expr: Expr) -> list[Expr]:
    """The arrays that an expression reads directly, in order of appearance."""
    return list(outermost(expr, lambda node: isinstance(node, Array)))


def _arrays_in(value: object) -> list[Expr]:
    if isinstance(value, tuple):
        return [a for v in value for a in _arrays_in(v)]
    return arrays_read(value) if isinstance(value, Expr) else []


def _of_sizes(expr: Expr) -> bool:
    """Whether an expression is made of sizes and numbers alone: neither letters nor entries of arrays."""
    return all(type(s) in (Symbol, Size) for s in expr.free_symbols) and not arrays_read(expr)


__all__ = ["relations"]
