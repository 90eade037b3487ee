"""From the engine's nodes back to SymPy's standard ones: Indexed entries, Sum, KroneckerDelta, Piecewise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import Add as SympyAdd
from sympy import Derivative, Expr, Function, Ge, Integer, KroneckerDelta, Piecewise, Rational, S, Symbol
from sympy import Mul as SympyMul
from sympy import Pow as SympyPow
from sympy.core.mul import _mulsort

from ..arrays.arrays import Entry, Named
from ..arrays.operator import operator
from ..arrays.registry import RECORDS
from ..arrays.symbols import Index, plain_sum
from ..functions import FUNCTIONS
from ..functions.elementary import exp, log
from ..functions.of_matrices import PRODUCTS
from ..functions.unknown import is_opaque, opaque_class
from ..terms.affine import Affine, Idx, LabelRef, Multiple, affine, atom_key
from ..terms.nodes import (
    Add,
    Const,
    Delta,
    Deriv,
    FunctionValue,
    IndexValue,
    IversonBracket,
    MatrixFunctionEntry,
    Mul,
    Node,
    NodeMap,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    factors_of,
    fresh_letters,
    mul,
    names_in,
    num,
    rename_bound,
    rewritten,
    substitute,
    subterms,
    total,
)
from ..terms.traversals import Once


def export_index(idx: Idx) -> Index:
    """The public index letter; primes become part of the name."""
    return Index(idx.key, export_affine(idx.lo), export_affine(idx.hi))


def export_affine(expr: Affine) -> Expr:
    """An affine index expression."""
    parts: list[Expr] = [Integer(expr.const)] if expr.const else []
    for atom, c in expr.terms:
        if isinstance(atom, Idx):
            public: Expr = export_index(atom)
        elif isinstance(atom, LabelRef):
            public = export_label(atom)
        elif isinstance(atom, Multiple):
            public = SympyMul(atom.factor, export_affine(atom.idx[0]))
        else:
            public = atom
        parts.append(SympyMul(Integer(c), public) if c != 1 else public)
    return SympyAdd(*parts)


def export_label(ref: LabelRef) -> Expr:
    """A label, or the entry of an array of labels."""
    if ref.sym is None:
        assert ref.source is not None
        return ref.source
    return Entry(export_sym(ref.sym), *map(export_affine, ref.idx))


def export_sym(sym: Sym) -> Expr:
    """The array a symbol stands for."""
    if sym.array is None:
        assert sym.body is not None and sym.letters is not None
        sym.array = Named(sym.key, tuple(map(export_index, sym.letters)), export(sym.body))
    return sym.array


def function_class(name: str) -> type[Function]:
    """The SymPy function of an engine function name."""
    return opaque_class(name) if is_opaque(name) else FUNCTIONS[name].sympy


def export(node: Node) -> Expr:
    """A node as a SymPy scalar expression.  Memoised over shared parts."""
    return Once(_export_one).of(node)


def _without_logarithms(n: Node) -> bool:
    """Whether this is an exponential of a product without a logarithm in it.

    SymPy looks for logarithms in all that its arrays are made of, as a tree, whenever it evaluates such a one.
    """
    return exp.of(n) and isinstance(n.children[0], Mul) and not any(map(log.of, n.children[0].factors))


def _product(coeff: Expr, n: Mul, factors: list[Expr]) -> Expr:
    """A product; where one such exponential is the only one, SymPy does not evaluate it anew."""
    powers = [k for k, f in enumerate(factors) if isinstance(f, exp.sympy) or (f.is_Pow and f.base == S.Exp1)]
    if len(powers) != 1 or not _without_logarithms(n.factors[powers[0]]):
        return SympyMul(coeff, *factors)
    number, rest = SympyMul(coeff, *(f for k, f in enumerate(factors) if k != powers[0])).as_coeff_mul()
    if number == 0:
        return S.Zero
    parts = [*rest, factors[powers[0]]]
    _mulsort(parts)
    return SympyMul._from_args([*([] if number == 1 else [number]), *parts])


Walk = Callable[[Node], Expr]


def _export_one(n: Node, walk: Walk) -> Expr:
    if isinstance(n, FunctionValue):
        return _function(n, walk)
    return EXPORTED[type(n)](n, walk)


def _value(n: IndexValue, walk: Walk) -> Expr:
    atom = n.atom
    return export_index(atom) if isinstance(atom, Idx) else export_label(atom) if isinstance(atom, LabelRef) else atom


def _at(base: Expr, positions: tuple[Affine, ...]) -> Expr:
    return Entry(base, *map(export_affine, positions)) if positions else base


def _matrix_function(n: MatrixFunctionEntry, walk: Walk) -> Expr:
    """Of a member of a stack: S[k]⁻¹ at i and j, as people write it."""
    array = export_sym(n.sym)
    if n.kind in PRODUCTS or not n.lead:
        return _at(operator(n.kind)(array), n.idx)
    return _at(operator(n.kind)(RECORDS.take(array, index=(*map(export_affine, n.lead), None, None))), n.own)


def _delta(n: Delta, walk: Walk) -> Expr:
    """The first letter or label with coefficient 1 stands alone on the left."""
    for atom, c in n.expr.terms:
        if abs(c) == 1 and not isinstance(atom, Multiple):
            rest = (n.expr - affine(atom).scaled(c)).scaled(-c)
            return KroneckerDelta(export_affine(affine(atom)), export_affine(rest))
    return KroneckerDelta(export_affine(n.expr), S.Zero)


def _function(n: FunctionValue, walk: Walk) -> Expr:
    power = _power_in_exponential(n)
    if power is not None:
        return SympyPow(*map(walk, power))
    if _without_logarithms(n):
        return exp.sympy(walk(n.children[0]), evaluate=False)
    return function_class(n.name)(*map(walk, n.children))


def _sum(n: Sum, walk: Walk) -> Expr:
    inner_first = sorted(n.binders, key=lambda b: -_rank(b, n.binders))
    return plain_sum(walk(n.body), [(export_index(b), export_affine(b.lo), export_affine(b.hi)) for b in inner_first])


# How a node of each class is written in SymPy's.
EXPORTED: dict[type[Node], Callable[[Any, Walk], Expr]] = {
    Num: lambda n, walk: Rational(n.value.numerator, n.value.denominator),
    Const: lambda n, walk: n.fields[0],
    IndexValue: _value,
    TensorEntry: lambda n, walk: _at(export_sym(n.sym), n.idx),
    MatrixFunctionEntry: _matrix_function,
    Delta: _delta,
    IversonBracket: lambda n, walk: Piecewise((S.One, Ge(export_affine(n.expr), 0)), (S.Zero, True)),
    Pow: lambda n, walk: SympyPow(walk(n.base), walk(n.exponent)),
    Mul: lambda n, walk: _product(Rational(n.coeff.numerator, n.coeff.denominator), n, [walk(f) for f in n.factors]),
    Add: lambda n, walk: SympyAdd(*map(walk, n.children)),
    Sum: _sum,
    Deriv: lambda n, walk: Derivative(walk(n.body), Symbol(str(walk(TensorEntry(n.sym, n.idx)))), evaluate=False),
}


def _power_in_exponential(n: FunctionValue) -> tuple[Node, Node] | None:
    """(b, x) for e^{x log b}, as canonical forms write b^x."""
    if not exp.of(n):
        return None
    coeff, factors = factors_of(n.children[0])
    logarithm = next((f for f in factors if log.of(f)), None)
    if logarithm is None:
        return None
    return logarithm.children[0], mul(num(coeff), *(f for f in factors if f is not logarithm))


def _rank(b: Idx, binders: tuple[Idx, ...]) -> int:
    """How many letters deep the range of a letter reads: SymPy lists the innermost first."""
    return max((1 + _rank(c, binders) for c in binders if c in b.lo.free | b.hi.free), default=0)


def labels_read(nodes: Iterable[Node]) -> frozenset[str]:
    """The names of the labels that stand in positions."""
    return frozenset(a.key for node in nodes for n in subterms(node) for p in (
        (n.expr,) if isinstance(n, Delta) else getattr(n, "idx", ())) for a, _ in p.terms if isinstance(a, LabelRef))


def plain_letters(node: Node, labels: frozenset[str] = frozenset()) -> Node:
    """Bound letters as a person would choose them: from the alphabet where a canonical form numbers them, and none that
    stands free in the same line, names a size there or one of the ``labels``, or is that of a sum around it.
    """
    sizes = labels | {atom_key(a) for n in subterms(node) if isinstance(n, Sum) for b in n.binders for e in (b.lo, b.hi)
                      for a, _ in e.terms if isinstance(a, Expr)}

    def plain(n: Node, walk: NodeMap) -> Node | None:
        if isinstance(n, Sum) and any(b.name.startswith("_") or b.key in sizes for b in n.binders):
            taken = {i.key for i in n.free} | (names_in(n.body) - {b.key for b in n.binders}) | sizes
            letters = fresh_letters(n.binders, taken | {b.key for b in n.binders if b.name.startswith("_")})
            return total(walk(substitute(n.body, {b: affine(f) for b, f in zip(n.binders, letters, strict=True)})),
                         letters)
        return None

    free = {i.key for i in node.free}

    def apart(n: Node) -> Node:
        """No letter stands for two things: one of a sum within a sum is another than that of the outer one."""
        body = rename_bound(n.body, free | {b.key for b in n.binders}) if isinstance(n, Sum) else None
        return n if body is None or body is n.body else total(body, n.binders)  # type: ignore[attr-defined]

    return rename_bound(rewritten(rewritten(node, plain), after=apart), free)
