"""The array that an index form is the entries of, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from sympy import Expr

from .. import numeric
from ..answers import Status
from ..arrays.arrays import Array, Named
from ..bounds import CLOSING_WORK, budget, ended
from ..calculus.canonical import Canonical, sums_written
from ..calculus.contract import TIDY
from ..calculus.expand import defined_symbols, spelled_out
from ..calculus.fold import alpha_equal
from ..calculus.rules import Rewriter, RuleContext
from ..errors import BoundExceeded
from ..lowering.export import export, export_index
from ..lowering.program import Program
from ..terms.affine import Affine, Idx, affine
from ..terms.nodes import (
    Add,
    FunctionValue,
    MatrixFunctionEntry,
    Mul,
    Node,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    ent,
    factors_of,
    mul,
    neg,
    num,
    replace,
    rewritten,
    substitute,
    subterms,
    total,
)
from ..terms.ranges import Facts
from ..terms.traversals import reached


def judged(record: Any, judge: Callable[[Any], str]) -> str:
    """What a judge says of a frozen record, worked out again where any of its fields is another one than last time."""
    now = tuple(getattr(record, f.name) for f in fields(record))
    known: tuple[tuple[Any, ...], str] | None = record.__dict__.get("_judged")
    if known is None or len(known[0]) != len(now) or any(a is not b for a, b in zip(known[0], now, strict=True)):
        known = record.__dict__["_judged"] = now, judge(record)
    return known[1]


def position(letter: Idx) -> Affine:
    """A letter as a position; over one number only, that number."""
    return letter.lo if letter.lo is letter.hi else affine(letter)


@dataclass(frozen=True)
class Closing:
    """An index expression and the array it is the entry of."""

    index: Node
    letters: tuple[Idx, ...]
    closed: Expr
    program: Program

    @property
    def status(self) -> str:
        """"proved" where the closed form, spelled out again, has the canonical form of the index form."""
        return judged(self, _closes)


def _closes(closing: Closing) -> str:
    """Cotangents of several arrays may be one and the same: what is proved of one is proved of each."""
    key = closing.index, closing.letters, closing.closed
    if key in closing.program.closed:
        return Status.proved
    try:
        with ended():
            found = closes(*key, closing.program)
    except BoundExceeded:
        return Status.undecided
    if found == Status.proved:
        closing.program.closed.add(key)
    return found


def closes(body: Node, letters: tuple[Idx, ...], array: Expr, program: Program, seed: int = 0) -> str:
    """How sure it is that ``array`` at ``letters`` is ``body``: "proved" by canonical forms, else by numbers."""
    right = program.read(array, map(position, letters)) if isinstance(array, Array) else program.scalar(array)
    index_form = body
    body = one_name_each(substitute(body, {i: i.lo for i in letters if i.lo is i.hi}), program)
    everything = frozenset(s for n in (body, right) for s in defined_symbols(n) if s.body is not None)
    # First with the names that the index form reads, then with those of the network alone, then without any.
    named, network = body.syms, _of_the_network(body)
    opened = _opened(named)
    levels = tuple(dict.fromkeys((named, opened, _opened(opened), frozenset(filter(_bends, everything)), network,
                                  frozenset[Sym]())))
    # Mostly both sides are spelled alike.  Multiplying out is exact as well, but costs 2^depth in a network.
    tried: set[tuple[Node, Node]] = set()
    spelled_alike = (named, opened, _factors_of(named), _one_step_down(named), _opened(opened), network)
    for keep in dict.fromkeys((*spelled_alike, _one_step_down(network))):
        try:
            left, other = _spelled(body, right, everything - keep, program.facts)
            pair = one_name_each(left, program), one_name_each(other, program)
            if pair not in tried and alpha_equal(*(_tidied(n, program.facts) for n in pair)):
                return "proved"
            tried.add(pair)
        except (BoundExceeded, RecursionError):
            continue
    bodies = (body, right, *(s.body for s in everything if s.body is not None))
    with budget(CLOSING_WORK):
        for termwise in sums_written(*bodies):
            for keep in levels:
                vanishes = _vanishes(body, right, everything - keep, program.facts, termwise)
                if vanishes:
                    return "proved"
                if vanishes is None:
                    break  # with fewer names it is longer still
    status = numeric.compare(entries_of(index_form, letters), array, assuming=program.conditions, seed=seed).status
    # Where one form alone has a value, the other stands in another way for the same: so far as both say something.
    return "supported" if status == "conditional" else status


def entries_of(index_form: Node, letters: tuple[Idx, ...]) -> Expr:
    """An index form as the array of its entries."""
    form = export(index_form)
    return Named("index_form", tuple(map(export_index, letters)), form) if letters else form


def _bends(sym: Sym) -> bool:
    """Whether a definition is more than sums of products: what only such definitions tie together is a polynomial."""
    assert sym.body is not None
    return any(isinstance(n, FunctionValue | Pow | MatrixFunctionEntry) and n.syms for n in subterms(sym.body))


def _vanishes(left: Node, right: Node, unfolds: frozenset[Sym], facts: Facts, termwise: bool) -> bool | None:
    """Whether the difference has the canonical form 0; None where that is too large to say."""
    context = RuleContext(facts, unfolds=unfolds)
    try:
        difference = add(spelled_out(left, context), neg(spelled_out(right, context)))
        return Canonical(facts, termwise=termwise).is_zero(difference)
    except (BoundExceeded, RecursionError):
        return None
    except ZeroDivisionError:
        return False


def _of_the_network(body: Node) -> frozenset[Sym]:
    """The symbols that a node reads, cotangents seen through."""
    return _seen_through(body.syms, lambda sym: sym.role == "adjoint" and sym.body is not None)


def _seen_through(names: frozenset[Sym], opens: Callable[[Sym], bool]) -> frozenset[Sym]:
    """What is reached from names through the bodies of those that open."""
    reads = reached(names, lambda sym: sym.body.syms if opens(sym) and sym.body is not None else ())
    return frozenset(sym for sym in reads if not opens(sym))


def _opened(names: frozenset[Sym]) -> frozenset[Sym]:
    """What the bodies of cotangents read; the other names themselves.  A sum in a sum is no array of its own."""
    return frozenset[Sym]().union(*(s.body.syms if s.role == "adjoint" and s.body is not None else (s,) for s in names))


def one_name_each(node: Node, program: Program) -> Node:
    """Cotangents that say the same under one name: that by which a closed form is read."""
    if not program.same.keys() & node.syms:
        return node
    entries = [n for n in subterms(node) if isinstance(n, TensorEntry) and n.sym in program.same]
    return replace(node, {n: ent(program.same[n.sym], *n.idx) for n in entries})


def note_same(sym: Sym, program: Program) -> None:
    """Note a cotangent that says what another one says by which its array is known already."""
    other = program.symbols.get(sym.array) if sym.array is not None else None
    if other is None or other is sym or other.role != "adjoint" or len(other.shape) != len(sym.shape):
        return
    if other.body is not None and sym.body is not None and other.letters is not None and sym.letters is not None:
        env = dict(zip(other.letters, map(affine, sym.letters), strict=True))
        if one_name_each(substitute(other.body, env), program) is one_name_each(sym.body, program):
            program.same[sym] = other


def _one_step_down(names: frozenset[Sym]) -> frozenset[Sym]:
    """What the definitions of these names read; cotangents and declared tensors themselves."""
    return frozenset[Sym]().union(*((s,) if s.role == "adjoint" or s.body is None else s.body.syms for s in names))


def _factors_of(names: frozenset[Sym]) -> frozenset[Sym]:
    """What definitions by products of entries are made of; the other names themselves."""
    return _seen_through(names, lambda sym: isinstance(sym.body, Mul) and sym.role != "adjoint" and all(
        isinstance(f, TensorEntry) for f in sym.body.factors))


def _spelled(left: Node, right: Node, unfolds: frozenset[Sym], facts: Facts) -> tuple[Node, Node]:
    context = RuleContext(facts, unfolds=unfolds)
    return spelled_out(left, context), spelled_out(right, context)


def _tidied(node: Node, facts: Facts) -> Node:
    """Sums over deltas carried out and constants outside; nothing multiplied out."""
    return _common_outside(Rewriter(RuleContext(facts)).exhaust(node, TIDY, ""))


def _common_outside(node: Node) -> Node:
    """What all terms of a sum have in common stands before it: Σ_j (2ab - 2a) as 2a Σ_j (b - 1)."""
    def outside(n: Node) -> Node:
        if not isinstance(n, Sum):
            return _factored(n) if isinstance(n, Add) else n
        letters = frozenset(n.binders)
        c, factors = factors_of(n.body)
        inside = [f for f in factors if f.free & letters]
        before = [f for f in factors if not f.free & letters]
        return mul(num(c), *before, total(mul(*inside), n.binders)) if inside else n

    return rewritten(node, after=outside)


def _factored(node: Add) -> Node:
    """A sum of terms with the number and the factors that they share before it."""
    parts = [factors_of(t) for t in node.children]
    numbers = [Fraction(c) for c, _ in parts]
    c = Fraction(gcd(*(p.numerator for p in numbers)), lcm(*(p.denominator for p in numbers)))
    shared = [f for f in parts[0][1] if all(f in factors for _, factors in parts[1:])]
    terms = (mul(num(p / c), *(f for f in factors if f not in shared))
             for p, (_, factors) in zip(numbers, parts, strict=True))
    return mul(num(c), *shared, add(*terms))


__all__ = ["Closing", "closes", "judged", "note_same", "position"]
