"""A closed form gathered once more: signs, logarithms and dot products, where that is shorter.

Rules on array expressions (see ``arrays/rewriting.py``); each gives another form of the same value, which is taken where it
has no more operations.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from sympy import Add, Dummy, Expr, Mul, Poly, PolynomialError, Pow, S, factor_list

from ..arrays.arrays import Apply, Entry, order_key
from ..arrays.operator import Operator, is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, ArrayRewriter, Shared, array_rule, head
from ..arrays.walks import Uses, bottom_up, lacking, subexpressions
from ..bounds import of_the_call, remembered
from ..functions.scalar_function import EVEN, ODD
from ..layers.arranged import known_total, numbers_in_front, sum_of_names
from ..layers.multiplied_out import one_norm
from ..layers.one_spelling import numbers_together
from ..layers.one_way import numbers_counted, numbers_into_sum
from ..layers.operator_text import negative
from ..layers.pieces_joined import triangle, turned_triangle
from ..layers.product_parts import reduced
from ..layers.projections import LOW_RANK, among, cholesky_squared, inverse_of_rank_one, through_an_inverse
from ..layers.reductions import reduced_axes
from ..layers.shorter import like_terms
from ..layers.signs import PARITY
from ..layers.written_out import (
    added,
    argument,
    brackets_opened,
    mean_taken_off,
    of_factor,
    of_term,
    positive,
    scaled,
    softmax,
    split,
    terms,
)
from .bracketing import in_brackets, in_signs
from .build import entry_factors, flat_product, hadamard, is_op, matmul, plus, total_of, transpose
from .contracted import CONTRACTED
from .cost import least, no_longer, read_in
from .one_form import ONE_FORM, content_in_front
from .quotients import QUOTIENTS
from .shortening import shorter
from .stand_ins import StandIns

_gathered = of_the_call(set[Apply])
"""Operators that no gathering applies to, nor to their operands."""


_LINEAR = (RECORDS.sum, RECORDS.mean, RECORDS.flip, RECORDS.cumsum, RECORDS.diag)


_bracketed = of_the_call(set[Apply])
"""Operators in which no term has the bracket of another one, nor in their operands."""
_in_front = of_the_call(set[Apply])
"""Operators whose numbers have no common number in them, nor those in their operands."""


def _of(expr: Expr, op: Operator) -> Expr | None:
    """x for f(x), of a scalar or of entries."""
    return argument(expr, op.name)


def _alike(a: Expr) -> bool:
    """Whether all terms have the shape of the sum: none is broadcast."""
    return all(shape_of(t) == shape_of(a) for t in terms(a))


# ------------------------------------------------------------------ signs

def _turned(a: Expr, shared: Container[Expr] = ()) -> Expr | None:
    """-a, the sign gone into one difference in it that is not ``shared``; None where there is none."""
    if is_op(a, RECORDS.add) or isinstance(a, Add):
        if a in shared:
            return None
        signs = {split(t)[0].could_extract_minus_sign() for t in a.args}
        turned = [scaled(-split(t)[0], split(t)[1]) if is_array(t) else -t for t in a.args]
        return added(*sorted(_means_turned(turned), key=of_term)) if signs == {True, False} else None
    if PARITY.get(head(a)) == ODD or (is_op(a, RECORDS.clip) and a.args[1] == -a.args[2]):
        inner = _turned(a.args[0], shared)
        return None if inner is None else a.op(inner, *a.args[1:]) if isinstance(a, Apply) else a.func(inner)
    if is_op(a, RECORDS.relu) and is_array(a):
        number, inner = split(a.args[0])
        return RECORDS.minimum(0, scaled(-number, inner)) if number.could_extract_minus_sign() else None
    if isinstance(a, Apply) and a.op in _LINEAR:
        inner = _turned(a.args[0], shared)
        return None if inner is None else a.op(inner, **a.params)
    if isinstance(a, Mul):
        each = {k: t for k, t in enumerate(_turned(f, shared) for f in a.args) if t is not None}
        return Mul(*(each.get(k, f) for k, f in enumerate(a.args))) if len(each) == 1 else None
    if isinstance(a, Apply) and a.op in (RECORDS.matmul, RECORDS.mul, RECORDS.transpose):
        each = {k: t for k, t in enumerate(_turned(f, shared) for f in a.args) if t is not None}
        if len(each) == 1:
            return rebuilt(a.op, [each.get(k, f) for k, f in enumerate(a.args)])
    return None


def _means_turned(parts: list[Expr]) -> list[Expr]:
    """The terms -u and Σ u, or those of u apart, with u turned round in both: v - Σ v for v = -u."""
    inside: dict[Expr, Expr] = {}
    for c, rest in map(split, parts):
        if is_op(rest, RECORDS.add) and c == -1 and (turned := _turned(rest)) is not None:
            inside[scaled(c, rest)] = turned
    own = {t for part in parts for t in (terms(inside[part]) if part in inside else (part,))}
    found = [inside.get(t, t) for t in parts]
    for k, (c, rest) in enumerate(map(split, found)):
        if isinstance(rest, Apply) and rest.op in _LINEAR and is_op(rest.args[0], RECORDS.add):
            turned = _turned(rest.args[0])
            if turned is not None and set(terms(turned)) <= own:
                found[k] = scaled(-c, rest.op(turned, **rest.params))
    return found


def rebuilt(op: Operator, args: list[Expr]) -> Expr:
    """The operator of other operands, in normal form."""
    if op is RECORDS.mul:
        return hadamard(args)
    return transpose(*args) if op is RECORDS.transpose else matmul(*args)


@shorter("a sign inside", RECORDS.mul, Mul, more=0)
def sign_inside(expr: Expr, about: About) -> Expr | None:
    """X'f(x - y) for -X'f(y - x) with an odd f, u'(b - a) for -u'(a - b), and -a - b for -(a + b)."""
    number, rest = split(expr)
    if not number.could_extract_minus_sign():
        return None
    turned = _turned(rest, about.shared)
    if turned is not None:
        about.shared.of(turned)  # what stands in it twice is not turned back in one place
        return scaled(-number, turned)
    if number == -1 and (is_op(rest, RECORDS.add) or isinstance(rest, Add)) and rest not in about.shared:
        return added(*sorted((scaled(S.NegativeOne, t) if is_array(t) else -t for t in rest.args), key=of_term))
    return None


# ------------------------------------------------------------------ sums

@shorter("like terms", RECORDS.add, more=0)
def flat(expr: Apply, about: About) -> Expr | None:
    """x + (a - x) = a; brackets in which nothing cancels stay, for they may have a name."""
    inner = [terms(split(t)[1]) if is_array(t) else (t,) for t in expr.args]
    if all(len(each) == 1 for each in inner):
        return None
    made = plus([t for a in expr.args for t in _shallow(a)])
    return made if len(terms(split(made)[1])) < sum(map(len, inner)) else None


def _shallow(a: Expr) -> list[Expr]:
    """The terms of 2 (x - 1), where the number is one and the bracket has one in it; any other term."""
    c, rest = split(a) if is_array(a) else (a, a)
    opens = is_op(rest, RECORDS.add) and c.is_number and any(t.is_number for t in rest.args if not is_array(t))
    return [scaled(c * split(t)[0], split(t)[1]) if is_array(t) else c * t for t in rest.args] if opens else [a]


@shorter("one dot product for two", Add)
def one_dot(expr: Add, about: About) -> Expr | None:
    """u'a - u'b = u'(a - b)."""
    found: dict[Expr, list[tuple[Expr, Expr]]] = {}
    for term in expr.args:
        dots = [f for f in Mul.make_args(term) if is_op(f, RECORDS.matmul)]
        number = term / dots[0] if len(dots) == 1 else S.One
        for own, other in (dots[0].args, dots[0].args[::-1]) if len(dots) == 1 else ():
            if len(shape_of(own)) == len(shape_of(other)) == 1 and own != other:
                found.setdefault(own, []).append((term, scaled(number, other)))
    for own, group in found.items():
        if len(group) > 1:
            gone = [term for term, _ in group]
            return Add(*(t for t in expr.args if t not in gone), RECORDS.matmul(own, plus([x for _, x in group])))
    return None


@shorter("one product for two", RECORDS.add)
def one_product(expr: Apply, about: About) -> Expr | None:
    """A x - B x = (A - B) x, A B + A C = A (B + C), P a - p'a = (P - p) a, with p taken off every row, and
    M v - (v'v) u = (M - u v') v."""
    found: dict[tuple[int, Expr], list[tuple[Expr, Expr]]] = {}
    for term in expr.args:
        number, rest = split(term)
        chain = flat_product(rest) if is_array(rest) else []
        for own, matrix in _with_dot_product(number, rest) if len(expr.shape) == 1 else ():
            found.setdefault((1, own), []).append((term, matrix))
        if len(chain) > 1 and shape_of(rest) == expr.shape:
            found.setdefault((1, chain[-1]), []).append((term, scaled(number, matmul(*chain[:-1]))))
            if not is_op(chain[-1], RECORDS.add):  # a bracket may stand beside: r - A r
                found.setdefault((0, chain[0]), []).append((term, scaled(number, matmul(*chain[1:]))))
        elif is_op(rest, RECORDS.matmul) and not is_array(rest) and len(expr.shape) == 1:
            for own, other in (rest.args, rest.args[::-1]):
                if len(shape_of(own)) == len(shape_of(other)) == 1:
                    found.setdefault((1, own), []).append((term, scaled(number, other)))
    for (last, x), group in found.items():
        if len(group) < 2 or (last and all(len(shape_of(m)) == 1 for _, m in group)) or is_op(x, RECORDS.diag):
            continue
        gone = [term for term, _ in group]
        inner = added(*sorted((m for _, m in group), key=of_term))
        rest = [t for t in expr.args if t not in gone]
        return added(*sorted((*rest, matmul(inner, x) if last else matmul(x, inner)), key=of_term))
    return None


def _with_dot_product(number: Expr, u: Expr) -> Iterator[tuple[Expr, Expr]]:
    """(v, c u wᵀ) and (w, c u vᵀ) of (c v'w) u, where no product of matrices is formed."""
    for f in Mul.make_args(number) if is_array(u) and not is_op(u, RECORDS.matmul) else ():
        if is_op(f, RECORDS.matmul) and [len(shape_of(a)) for a in f.args] == [1, 1]:
            for own, other in dict.fromkeys((f.args, f.args[::-1])) if not any(
                    is_op(a, RECORDS.matmul) for a in f.args) else ():
                yield own, scaled(number / f, RECORDS.outer(u, other))


@shorter("the identity multiplied out", RECORDS.add, more=0)
def identity_multiplied_out(expr: Apply, about: About) -> Expr | None:
    """(I - A) X + X = 2 X - A X."""
    beside = [split(t)[1] for t in expr.args if is_array(t)]
    for term in expr.args:
        number, rest = split(term) if is_array(term) else (S.One, term)
        if not (is_op(rest, RECORDS.matmul) and len(rest.args) == 2 and rest.args[1] in beside):
            continue
        matrix, x = rest.args
        if is_op(matrix, RECORDS.add) and matrix not in about.shared and any(
                is_op(split(t)[1], RECORDS.eye) for t in matrix.args if is_array(t)):
            return plus([*(t for t in expr.args if t is not term), scaled(number, multiplied(matrix, x))])
    return None


OPENED = 24
"""Terms from which on a sum within a sum stays one term: a deep network adds up as many as it has layers."""


def _opened(a: Expr) -> list[Expr]:
    """The terms of a sum, and of sums in it that have a number in front; the outer ones first."""
    found: list[Expr] = []
    waiting = deque([(S.One, a)])
    while waiting:
        number, t = waiting.popleft()
        c, rest = split(t) if is_array(t) else (t, S.One)
        if is_op(rest, RECORDS.add) and len(found) + len(waiting) < OPENED and all(
                not is_array(each) or shape_of(each) == shape_of(rest) for each in rest.args):
            waiting.extend((number * c, each) for each in rest.args)
        else:
            found.append(scaled(number * c, rest))
    return found


NEAR = 400
"""Parts of all terms together among which a bracket is looked for: a deep network has as many as it has layers."""


@remembered(8_192)
def _brackets(term: Expr, within: int) -> tuple[Expr, ...]:
    """The sums among the first parts of a term; of a deep network, many sums have the term."""
    return tuple(b for b in islice(read_in(term), within) if is_op(b, RECORDS.add))


@shorter("a bracket that another term has", RECORDS.add)
def same_bracket(expr: Apply, about: About) -> Expr | None:
    """r - A r for x - b - A (x - b)."""
    flat = _opened(expr)
    own = {split(t)[1]: split(t)[0] for t in flat if is_array(t)}
    numbers = [t for t in flat if not is_array(t) and t.args]
    if len(own) + len(numbers) < 3:  # two terms and the one that has their bracket
        return None
    each = max(8, NEAR >> len(flat).bit_length())
    in_front = [c for c in own.values() if c.args and c.free_symbols]
    for bracket in dict.fromkeys(b for x in (*own, *numbers, *in_front) for b in _brackets(x, each)):
        if not all(is_array(t) and split(t)[1] in own for t in bracket.args):
            continue
        parts = {split(t)[1]: split(t)[0] for t in bracket.args if is_array(t)}
        whole = any(is_array(t) and split(t)[1] == bracket for t in expr.args)
        if whole or len(parts) < len(bracket.args) or shape_of(bracket) != shape_of(expr) or not parts.keys() <= own.keys():
            continue
        for sign in (S.One, S.NegativeOne):
            if all(brackets_opened(own[x] - sign * c) == (S.Zero,) for x, c in parts.items()):
                rest = [t for t in flat if not is_array(t) or split(t)[1] not in parts]
                return added(*sorted((*rest, scaled(sign, bracket)), key=of_term))
    return None


@shorter("one diagonal matrix for two", RECORDS.add)
def one_diagonal(expr: Apply, about: About) -> Expr | None:
    """Diag(a) + Diag(b) = Diag(a + b)."""
    own = [t for t in expr.args if is_array(t) and is_op(split(t)[1], RECORDS.diag) and len(shape_of(t)) == 2]
    if len(own) < 2:
        return None
    inside = plus([scaled(split(t)[0], split(t)[1].args[0]) for t in own])
    number, rest = split(inside)
    return added(*(t for t in expr.args if t not in own), scaled(number, RECORDS.diag(rest)))


@shorter("a factor that some terms share", RECORDS.add, more=0)
def shared_entries(expr: Apply, about: About) -> Expr | None:
    """G ⊙ K + H ⊙ K - D = (G + H) ⊙ K - D, and G - G ⊙ S - D = G ⊙ (1 - S) - D."""
    if not _alike(expr):
        return None
    apart = [dict(entry_factors(split(t)[1])) if is_array(t) else {} for t in expr.args]
    for factor, e in dict.fromkeys((f, e) for own in apart for f, e in own.items() if len(own) > 1):
        own = [t for t, factors in zip(expr.args, apart, strict=True) if factors.get(factor) == e]
        if len(own) > 1:
            rest = [t for t in expr.args if t not in own]
            return added(*rest, plus(own)) if rest else plus(own)
    return None


@shorter("a number that some terms share", RECORDS.add)
def shared_number(expr: Apply, about: About) -> Expr | None:
    """r (A h + u b) - c for r A h + u r b - c."""
    apart = [split(t) for t in expr.args if is_array(t)]
    for factor in dict.fromkeys(f for c, _ in apart for f in _numbers(c)):
        own = [(c / factor, rest) for c, rest in apart if factor in _numbers(c)]
        if len(own) > 1:
            others = [t for t in expr.args if not is_array(t) or factor not in _numbers(split(t)[0])]
            number, bracket = split(plus([scaled(c, rest) for c, rest in own]))
            return added(*sorted((*others, scaled(factor * number, bracket)), key=of_term))
    return None


def _numbers(c: Expr) -> list[Expr]:
    """What a number is the product of, up to its sign."""
    return [f for f in (abs(f) if f.is_number else f for f in Mul.make_args(c)) if f != 1]


@shorter("an inverse beside the terms of its matrix", RECORDS.add)
def beside_its_terms(expr: Apply, about: About) -> Expr | None:
    """(A + c I)⁻¹ A b + c (A + c I)⁻¹ b = b, and so behind a product."""
    numbers = {tuple(flat_product(rest)): c for c, rest in map(split, filter(is_array, expr.args))}
    for chain, k in ((fs, k) for fs in numbers for k, f in enumerate(fs) if is_op(f, RECORDS.inv)):
        inner = [split(t) for t in terms(chain[k].args[0])]
        front, behind = chain[:k], chain[k + 1:]
        own = next((c for c, t in inner if is_op(t, RECORDS.eye)), None)
        for at in (k, k + 1) if own is not None and len(inner) > 1 else ():
            found = {(*chain[:at], *(() if is_op(t, RECORDS.eye) else flat_product(t)), *chain[at:]): c for c, t in inner}
            if len(found) == len(inner) and all(
                    numbers.get(beside, S.Zero) * own == c * numbers[chain] for beside, c in found.items()):
                left = matmul(*front, *behind) if front or behind else RECORDS.eye(size=shape_of(expr)[0])
                rest = [t for t in expr.args if not is_array(t) or tuple(flat_product(split(t)[1])) not in found]
                return plus([*rest, scaled(numbers[chain] / own, left)])
    return None


@shorter("the inverse of a diagonal matrix", RECORDS.diag, more=0)
def inverse_of_diagonal(expr: Apply, about: About) -> Expr | None:
    """1/d for the diagonal of Diag(d)⁻¹."""
    (x,) = expr.args
    inner = x.args[0].args[0] if is_op(x, RECORDS.inv) and is_op(x.args[0], RECORDS.diag) else x
    return RECORDS.pow(inner, S.NegativeOne) if len(shape_of(inner)) == 1 and inner is not x else None


@shorter("one transpose", RECORDS.add, more=0)
def one_transpose(expr: Apply, about: About) -> Expr | None:
    """Bᵀ - Aᵀ = (B - A)ᵀ."""
    parts = [split(t) if is_array(t) else (S.One, t) for t in expr.args]
    if len(expr.shape) != 2 or not _alike(expr) or not all(is_op(rest, RECORDS.transpose) for _, rest in parts):
        return None
    return transpose(added(*(scaled(c, rest.args[0]) for c, rest in parts)))


@shorter("known totals of the rows", RECORDS.sum, more=0)
def row_totals(expr: Apply, about: About) -> Expr | None:
    """The rows of one-hot labels and of a softmax add up to 1."""
    (x,) = expr.args
    total = known_total(x, 2) if len(shape_of(x)) == 2 and reduced_axes(expr.params.get("axis"), 2, None) == (1,) else None
    return None if total is None else scaled(total, RECORDS.ones(shape=expr.shape))


@shorter("equal numbers on the diagonal", RECORDS.matmul)
def diagonal_of_ones(expr: Apply, about: About) -> Expr | None:
    """Diag(c 1) A = c A."""
    if not among(expr, RECORDS.diag.name):
        return None
    number: Expr = S.One
    chain = []
    for f in flat_product(expr):
        c, inner = split(f.args[0]) if is_op(f, RECORDS.diag) else (S.Zero, f)
        if is_op(inner, RECORDS.ones) and c != 0:
            number *= c
        else:
            chain.append(f)
    return scaled(number, matmul(*chain)) if 0 < len(chain) < len(flat_product(expr)) else None


_OF_ROWS = tuple(op.name for op in (RECORDS.norm, RECORDS.sum, RECORDS.mean, RECORDS.std))


@shorter("rows divided by their own sums or norms", RECORDS.matmul)
def rows_divided(expr: Apply, about: About) -> Expr | None:
    """X over the norms of its rows for Diag(1/norms) X."""
    chain = flat_product(expr) if among(expr, RECORDS.diag.name) else []
    for k, f in enumerate(chain[:-1]):
        number, below = split(f.args[0]) if is_op(f, RECORDS.diag) else (S.One, f)
        if not (is_op(below, RECORDS.pow) and below.args[1] == -1 and len(shape_of(chain[k + 1])) == 2):
            continue
        found = reduced(below.args[0], *_OF_ROWS)
        if found is not None and found.axes == (1,) and len(shape_of(found.x)) == 2 and is_op(below.args[0], found.name):
            rows = RECORDS.pow(below.args[0].op(found.x, axis=1, keepdims=True), S.NegativeOne)
            if k == 0 and len(shape_of(chain[-1])) == 2:
                return scaled(number, hadamard([matmul(*chain[1:]), rows]))
            return scaled(number, matmul(*chain[:k], hadamard([chain[k + 1], rows]), *chain[k + 2:]))
    return None


@array_rule("order of the terms", RECORDS.add.name, silent=True)
def in_one_order(expr: Apply, about: About) -> Expr | None:
    """W x before b, what is taken off last."""
    def key(t: Expr) -> tuple[bool, ...]:
        return (is_op(t, RECORDS.add) and all(map(negative, t.args)), *of_term(t))  # type: ignore[return-value]
    found = sorted(expr.args, key=key)
    return None if tuple(found) == expr.args else added(*found)


@array_rule("order of the factors", RECORDS.mul.name, silent=True)
def factors_in_order(expr: Apply, about: About) -> Expr | None:
    """Brackets behind names, divisors last."""
    found = sorted((f for f in expr.args if is_array(f)), key=of_factor)
    made = [f for f in expr.args if not is_array(f)] + found
    return None if tuple(made) == expr.args else expr.op(*made)


@shorter("a known total", RECORDS.matmul, more=1)
def total_known(expr: Apply, about: About) -> Expr | None:
    """(C - 1 x')'p = C'p - x for Σ p = 1, and C'p for Σ p = 0."""
    turned, p = expr.args
    if not is_op(turned, RECORDS.transpose) or not is_op(turned.args[0], RECORDS.add) or len(shape_of(p)) != 1:
        return None
    whole = [t for t in turned.args[0].args if len(shape_of(t)) == 2 and shape_of(t) == shape_of(turned.args[0])]
    alike = [t for t in turned.args[0].args if len(shape_of(t)) == 1]
    total = known_total(p)
    if total is None or len(whole) + len(alike) < len(turned.args[0].args) or not whole or not alike:
        return None
    made = matmul(transpose(added(*whole)), p)
    return plus([made, *(scaled(total, x) for x in alike)]) if total != 0 else made


@shorter("a common factor", Add)
def common_factor(expr: Add, about: About) -> Expr | None:
    """n ψ(a) - n log b = n (ψ(a) - log b)."""
    apart = [Mul.make_args(t) for t in expr.args]
    for factor in dict.fromkeys(f for own in apart for f in own if not f.is_number):
        with_it = [own for own in apart if factor in own]
        if len(with_it) > 1:
            inner = Add(*(Mul(*(f for f in own if f != factor)) for own in with_it))
            if inner.could_extract_minus_sign() and all(t.could_extract_minus_sign() for t in inner.args):
                factor, inner = -factor, -inner
            return Add(*(Mul(*own) for own in apart if own not in with_it), Mul(factor, inner, evaluate=False))
    return None


FEW_TERMS, FEW_BASES = 12, 4
"""A polynomial in no more bases, and of no more terms, is factored."""


@shorter("a polynomial in factors", Add)
def in_factors(expr: Add, about: About) -> Expr | None:
    """s (1 - s) (2 - 3 s) for 3 s³ - 5 s² + 2 s."""
    powers = dict.fromkeys(f.as_base_exp() for t in expr.args for f in Mul.make_args(t) if not f.is_number)
    bases = dict.fromkeys(b for base, e in powers if e.is_Integer and e > 0 for b in _bases(base))
    if not 3 <= len(expr.args) <= FEW_TERMS or not 0 < len(bases) <= FEW_BASES or not any(
            e.is_Integer and e > 2 for _, e in powers):
        return None
    names = {b: Dummy() for b in bases}
    try:
        number, factors = factor_list(Poly(expr.xreplace(names), *names.values()))
    except PolynomialError:
        return None
    found = {f.as_expr(): k for f, k in factors}
    for name in names.values():
        if found.get(name - 1) == found.get(name + 1) is not None:
            found[name**2 - 1] = found.pop(name - 1)
            del found[name + 1]
    turned = next((f for f in found if number < 0 and found[f] == 1 and isinstance(f, Add)), None)
    if turned is not None:
        number, found = -number, {(-f if f is turned else f): k for f, k in found.items()}
    back = {name: b for b, name in names.items()}
    return Mul(number, *(f.xreplace(back) ** k for f, k in found.items()), evaluate=len(found) == 1)


def _bases(base: Expr) -> list[Expr]:
    """What a factor is a polynomial in: itself, or of a bracket what its terms are products of."""
    if not isinstance(base, Add):
        return [base]
    return [f.as_base_exp()[0] for t in base.args for f in Mul.make_args(t) if not f.is_number]


@shorter("sums of a product's columns", RECORDS.sum, more=0)
def summed_product(expr: Apply, about: About) -> Expr | None:
    """1'(A B) = (Aᵀ1)'B, and 1'(A X - X) = (Aᵀ1 - 1)'X."""
    (x,) = expr.args
    if expr.params != {"axis": 0} or len(shape_of(x)) != 2:
        return None
    parts = [(c, flat_product(rest)) for c, rest in map(split, terms(x)) if is_array(rest)]
    last = parts[0][1][-1]
    if not _alike(x) or len(parts) < len(terms(x)) or any(chain[-1] != last for _, chain in parts) or all(
            len(chain) == 1 for _, chain in parts) or is_op(last, RECORDS.diag):
        return None
    weights = [scaled(c, _sums(chain[:-1])) if len(chain) > 1 else c for c, chain in parts]
    return matmul(transpose(last), plus(weights))


def _sums(chain: list[Expr]) -> Expr:
    """The sums of the columns of a product."""
    first, *others = chain
    found: Expr = first.args[0] if is_op(first, RECORDS.diag) else RECORDS.sum(first, axis=0)
    for f in others:
        found = hadamard([f.args[0], found]) if is_op(f, RECORDS.diag) else matmul(transpose(f), found)
    return found


@shorter("multiplied out", RECORDS.matmul)
def multiplied_out(expr: Apply, about: About) -> Expr | None:
    """(U Diag(d) Uᵀ + s I) x = U (d ⊙ Uᵀ x) + s x."""
    matrix, x = expr.args
    if not is_op(matrix, RECORDS.add) or len(shape_of(matrix)) != 2 or len(shape_of(x)) != 1 or not _alike(matrix):
        return None
    apart = multiplied(matrix, x)
    return least((apart, plus(apart.args))) if is_op(apart, RECORDS.add) and all(map(is_array, apart.args)) else apart


def multiplied(matrix: Expr, x: Expr) -> Expr:
    """The terms of a matrix, each times a vector or a matrix."""
    return added(*(scaled(c, _times(flat_product(rest), x)) for c, rest in map(split, terms(matrix))))


@shorter("rows scaled after the sum", RECORDS.sum)
def scaled_after(expr: Apply, about: About) -> Expr | None:
    """(A ⊙ Diag(x) B) 1 = x ⊙ (A ⊙ B) 1, and (A ⊙ B Diag(y)) 1 = (A ⊙ B) y."""
    number, product = split(expr.args[0])
    if expr.params != {"axis": 1} or len(shape_of(product)) != 2 or not is_op(product, RECORDS.mul):
        return None
    for k, f in enumerate(product.args):
        chain = flat_product(f)
        others = [*product.args[:k], *product.args[k + 1:]]
        if len(chain) > 1 and is_op(chain[0], RECORDS.diag):
            rest = hadamard([matmul(*chain[1:]), *others])
            return scaled(number, hadamard([chain[0].args[0], RECORDS.sum(rest, axis=1)]))
        if len(chain) > 1 and is_op(chain[-1], RECORDS.diag) and all(shape_of(f) == shape_of(product) for f in others):
            return scaled(number, matmul(hadamard([matmul(*chain[:-1]), *others]), chain[-1].args[0]))
    return None


@shorter("a deviation from the mean of a distribution", RECORDS.add)
def same_for_all_scores(expr: Apply, about: About) -> Expr | None:
    """u + log softmax f - p'(u + log softmax f) = u + f - p'(u + f) for Σ p = 1."""
    numbers = [t for t in expr.args if not is_array(t)]
    c, dot = split(numbers[0]) if len(numbers) == 1 else (S.Zero, S.Zero)
    if not is_op(dot, RECORDS.matmul) or len(shape_of(expr)) != 1:
        return None
    for u, p in (dot.args, dot.args[::-1]) if len(dot.args) == 2 else ():
        own = [s for t in expr.args if is_array(t) for s in terms(t)]
        found = {t for t in terms(u) if is_array(t) and is_op(split(t)[1], RECORDS.log_softmax)}
        if found and len(shape_of(p)) == 1 and known_total(p) == 1 and c in (1, -1) and {
                scaled(-c * split(t)[0], split(t)[1]) for t in own} == set(terms(u)):
            shifted = plus([scaled(split(t)[0], split(t)[1].args[0]) if t in found else t for t in terms(u)])
            return plus([scaled(-c, shifted), c * RECORDS.matmul(shifted, p)])
    return None


@shorter("a bracket that stands beside its dot product", RECORDS.add, more=0)
def same_bracket_in_dot(expr: Apply, about: About) -> Expr | None:
    """u - v - p'(u - v) for u - v + p'(v - u)."""
    own = {s for t in expr.args if is_array(t) for s in terms(t)}
    for t in expr.args:
        c, dot = split(t)
        if isinstance(dot, Apply) and dot.op in (RECORDS.mean, RECORDS.sum) and is_op(dot.args[0], RECORDS.add):
            turned = _turned(dot.args[0]) if set(terms(dot.args[0])).isdisjoint(own) else None
            if turned is not None and set(terms(turned)) <= own:
                return added(*sorted((*(s for s in expr.args if s is not t), scaled(-c, dot.op(turned, **dot.params))),
                                     key=of_term))
        for f in Mul.make_args(c) if is_array(t) else ():
            for u, p in (f.args, f.args[::-1]) if is_op(f, RECORDS.matmul) and not is_array(f) else ():
                turned = _turned(u) if is_op(u, RECORDS.add) and set(terms(u)).isdisjoint(own) else None
                if turned is not None and set(terms(turned)) <= own:
                    number = -c / f * RECORDS.matmul(*sorted((p, turned), key=lambda a: bool(a.args)))
                    return added(*sorted((*(s for s in expr.args if s is not t), scaled(number, dot)), key=of_term))
        for u, p in (dot.args, dot.args[::-1]) if is_op(dot, RECORDS.matmul) and not is_array(t) else ():
            turned = _turned(u) if is_op(u, RECORDS.add) else None
            rest = [s for s in expr.args if s is not t]
            off = scaled(S.NegativeOne, u)
            if turned is not None and off in rest:
                return added(turned, *(s for s in rest if s != off), -c * RECORDS.matmul(turned, p))
            if turned is not None and set(terms(u)).isdisjoint(own) and set(terms(turned)) <= own:
                return added(*rest, -c * RECORDS.matmul(turned, p))
    return None


@array_rule("an inner product of matrices as a trace", RECORDS.sum.name)
def inner_product(expr: Apply, about: About) -> Expr | None:
    """tr(AᵀX) for the sum of A ⊙ X, where these are names or products."""
    number, x = split(expr.args[0])
    made = total_of(x) if not expr.params and len(shape_of(x)) == 2 else None
    if made is None or not is_op(made, RECORDS.trace):
        return None
    turned = one_norm.apply(made, about)
    return scaled(number, turned if turned is not None and is_op(turned, RECORDS.trace) else made)


@shorter("product with ones", RECORDS.matmul, more=1)
def summed_matrix(expr: Apply, about: About) -> Expr | None:
    """(Aᵀ - A) 1 = Aᵀ1 - A1, the sums of rows and of columns."""
    matrix, x = expr.args
    return multiplied(matrix, x) if is_op(x, RECORDS.ones) and len(shape_of(matrix)) == 2 and _alike(matrix) else None


def _times(chain: list[Expr], x: Expr) -> Expr:
    for f in reversed(chain):
        if is_op(x, RECORDS.ones) and len(shape_of(f)) == 2:
            x = RECORDS.sum(f.args[0], axis=0) if is_op(f, RECORDS.transpose) else RECORDS.sum(f, axis=1)
        else:
            scales = is_op(f, RECORDS.outer) and len(shape_of(x)) == 1
            x = hadamard([f.args[0], x]) if is_op(f, RECORDS.diag) else x if is_op(f, RECORDS.eye) else (
                scaled(RECORDS.matmul(f.args[1], x), f.args[0]) if scales else matmul(f, x))
    return x


# ------------------------------------------------------------------ logarithms

@shorter("one logarithm", RECORDS.add)
def one_logarithm(expr: Apply, about: About) -> Expr | None:
    """log a - log b = log(a/b) for positive a and b."""
    logs = [(c, x, t) for t in expr.args for c, rest in (split(t),) if c in (1, -1) and (
        x := _logarithm_of(rest)) is not None and (positive(x) if is_array(x) else x.is_positive)]
    if len(logs) < 2 or not any(is_array(x) for _, x, _ in logs):
        return None
    rest = [t for t in expr.args if t not in [log for *_, log in logs]]
    quotient = hadamard([f for c, x, _ in logs for f in _raised(x, c)])
    return added(*rest, RECORDS.log(quotient))


def _logarithm_of(x: Expr) -> Expr | None:
    """a for log a; a with new axes for log a with these."""
    if not is_op(x, RECORDS.stretch):
        return _of(x, RECORDS.log)
    inner = _of(x.args[0], RECORDS.log)
    return None if inner is None or not is_array(inner) else RECORDS.stretch(inner, **x.params)


def _raised(x: Expr, c: Expr) -> tuple[Expr, ...]:
    """The factors of x^c, the number in x apart."""
    number, rest = split(x) if is_array(x) else (S.One, x)
    return number**c, RECORDS.pow(rest, c) if is_array(rest) else rest**c


@shorter("softmax by name", RECORDS.mul)
def softmax_of_product(expr: Apply, about: About) -> Expr | None:
    """A e^f/Σ e^f = A softmax f."""
    number, rest = split(expr)
    chain = flat_product(rest)
    for below, e in number.as_powers_dict().items():
        f = _of(below.args[0], RECORDS.exp) if e == -1 and is_op(below, RECORDS.sum) and not below.params else None
        if f is not None and len(shape_of(f)) == 1 and below.args[0] in chain[-1:]:
            return scaled(number * below, matmul(*chain[:-1], RECORDS.softmax(f)))
    return None


_ONE_SIGN: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
"""Whether in operators anything may stand for the same with the other sign, as long as somebody holds them."""


def _both_signs(n: Expr) -> bool:
    """Whether a node is another function of the same with the other sign: σ(-x), softplus(-x), (x - y)²."""
    for op in (RECORDS.sigmoid, RECORDS.softplus):
        if (f := _of(n, op)) is not None:
            return _other_sign(f) is not None
    return _turned_base(n) is not None


def _turned_base(n: Expr) -> Expr | None:
    """y - x for an even function of x - y."""
    even = PARITY.get(head(n)) == EVEN or is_op(n, RECORDS.norm) or (
        is_op(n, RECORDS.pow) and not is_array(n.args[1]) and (n.args[1] / 2).is_Integer)
    if is_op(n, RECORDS.matmul) and not is_array(n):
        if n.args[0] == n.args[1]:
            return _turned(n.args[0])
        ends = flat_product(n)
        return _turned(ends[0]) if ends[0] == ends[-1] and is_op(ends[0], RECORDS.add) else None
    return _turned(n.args[0]) if even and is_op(n.args[0], RECORDS.add) else None


def _with_both_signs(expr: Expr) -> bool:
    """Whether such a node stands anywhere in an expression; what deep ones share is walked once."""
    return not lacking(expr, _ONE_SIGN, _both_signs)


def _other_sign(f: Expr) -> Expr | None:
    """-f, for what has a sign in front, and for a difference."""
    number, x = split(f)
    if number.could_extract_minus_sign():
        return scaled(-number, x)
    turned = _turned(x) if is_op(x, RECORDS.add) else None
    return None if turned is None else scaled(number, turned)


@array_rule("one function of both signs")
def one_probability(expr: Expr, about: About) -> Expr | None:
    """σ(-x) = 1 - σ(x) and softplus(-x) = -log σ(x), where σ(x) stands in the expression as well."""
    if not _with_both_signs(expr):
        return None
    nodes = set(subexpressions(expr))
    upright = _upright_probability(expr, nodes)
    if upright is not None:
        return upright
    known = {x: n for n in nodes if (x := _of(n, RECORDS.sigmoid)) is not None}
    swap: dict[Expr, Expr] = {}
    for n in sorted(nodes, key=order_key) if known else ():
        for op in (RECORDS.sigmoid, RECORDS.softplus):
            own = known.get(_other_sign(f)) if (f := _of(n, op)) is not None else None
            if own is not None and own not in swap:
                swap[n] = added(S.One, scaled(S.NegativeOne, own)) if op is RECORDS.sigmoid else scaled(
                    S.NegativeOne, RECORDS.log(own))
    return expr.xreplace(swap) if swap else None


def _upright_probability(expr: Expr, nodes: set[Expr]) -> Expr | None:
    """With σ(x) for 1 - σ(-x), where both σ(-x) and 1 - σ(-x) stand in the expression: softplus(-x) is -log σ(x)."""
    swap: dict[Expr, Expr] = {}
    for n in nodes:
        f = _of(n, RECORDS.sigmoid)
        one = None if f is None else added(S.One, scaled(S.NegativeOne, n))
        if f is None or one not in nodes or not split(f)[0].could_extract_minus_sign():
            continue
        own = RECORDS.sigmoid(_other_sign(f))
        swap |= {one: own, n: added(S.One, scaled(S.NegativeOne, own)),
                 RECORDS.softplus(f): scaled(S.NegativeOne, RECORDS.log(own))}
    made = expr.xreplace(swap) if swap else expr
    return made if swap and no_longer(made, expr) else None


@array_rule("one difference")
def one_difference(expr: Expr, about: About) -> Expr | None:
    """(y - x)² for (x - y)², and so in other even functions, where y - x stands in the expression as well."""
    if not _with_both_signs(expr):
        return None
    nodes = set(subexpressions(expr))
    swap = {n: _with_base(n, turned) for n in nodes
            if (turned := _turned_base(n)) is not None and turned in nodes and isinstance(n, Apply)}
    return expr.xreplace(swap) if swap else None


def _with_base(n: Apply, base: Expr) -> Expr:
    """The even function of another base; of a quadratic form both ends."""
    if n.op is not RECORDS.matmul:
        return n.op(base, *n.args[1:], **n.params)
    return RECORDS.matmul(base, base) if n.args[0] == n.args[1] else matmul(base, *flat_product(n)[1:-1], base)


@array_rule("squares of a norm")
def squares_of_norms(expr: Expr, about: About) -> Expr | None:
    """x'x for ‖x‖² where ‖x‖ of the vector stands in the expression in no other power."""
    if lacking(expr, _WITH_NORM, lambda n: is_op(n, RECORDS.norm)):
        return None
    nodes = list(subexpressions(expr))
    norms = {n for n in nodes if is_op(n, RECORDS.norm) and not n.params and len(shape_of(n.args[0])) == 1}
    even = {n: n.exp for n in nodes if isinstance(n, Pow) and n.base in norms and (n.exp / 2).is_Integer} if norms else {}
    odd = {a for n in nodes if n not in even for a in n.args} if even else set()
    swap = {n: RECORDS.matmul(*2 * n.base.args)**(e / 2) for n, e in even.items() if n.base not in odd}
    return expr.xreplace(swap) if swap else None


@array_rule("a sum that stands in it")
def sum_inside(expr: Expr, about: About) -> Expr | None:
    """x'(Wᵀ1) for Σ W x, where the sums of the columns of W stand in the expression as well."""
    if lacking(expr, _WITH_SUM, lambda n: is_op(n, RECORDS.sum) and is_op(n.args[0], RECORDS.matmul)):
        return None
    nodes = set(subexpressions(expr))
    swap = {}
    for n in nodes:
        if is_op(n, RECORDS.sum) and not n.params and is_op(n.args[0], RECORDS.matmul) and len(shape_of(n.args[0])) == 1:
            matrix, x = n.args[0].args
            columns = RECORDS.sum(matrix, axis=0) if len(shape_of(matrix)) == 2 else None
            if columns in nodes:
                swap[n] = RECORDS.matmul(x, columns)
    return expr.xreplace(swap) if swap else None


@array_rule("a row that stands in it")
def row_inside(expr: Expr, about: About) -> Expr | None:
    """W_i'x for (W x)_i, where the row of W stands in the expression as well."""
    if lacking(expr, _WITH_ENTRY, _of_product):
        return None
    nodes = set(subexpressions(expr))
    swap = {}
    for n in nodes:
        if _of_product(n) and len(n.indices) == 1:
            matrix, *rest = flat_product(n.base)
            row = RECORDS.take(matrix, index=(*n.indices, None)) if len(shape_of(matrix)) == 2 else None
            if row in nodes:
                swap[n] = RECORDS.matmul(*sorted((row, matmul(*rest)), key=order_key))
    return expr.xreplace(swap) if swap else None


def _of_product(n: Any) -> bool:
    return isinstance(n, Entry) and is_op(n.base, RECORDS.matmul)


@shorter("numbers over one divisor", Add)
def over_one_divisor(expr: Add, about: About) -> Expr | None:
    """(n - s)/(1 - p) - s/p for n/(1 - p) - s (1/(1 - p) + 1/p)."""
    apart = brackets_opened(expr) or expr.args
    groups: dict[tuple[Expr, ...], list[Expr]] = {}
    for t in apart:
        below = tuple(f for f in Mul.make_args(t) if isinstance(f, Pow) and f.exp.is_negative)
        groups.setdefault(below, []).append(Mul(*(f for f in Mul.make_args(t) if f not in below)))
    if len(groups) == len(apart):
        return None
    return Add(*(Mul(Add(*above), *below, evaluate=len(above) == 1 or not below) for below, above in groups.items()))


@remembered(64)
def _near(expr: Expr) -> tuple[Any, ...]:
    """The first parts of an expression, in which several rules look, one after the other."""
    return tuple(islice(bottom_up(expr, ()), NEAR))


@array_rule("one bracket of numbers for both signs")
def one_bracket_of_numbers(expr: Expr, about: About) -> Expr | None:
    """x^(a - 1) - (a - 1) y for x^(a - 1) + (1 - a) y."""
    if lacking(expr, _WITH_BRACKET, _less_than_a_number):
        return None
    brackets = {n for n in _near(expr) if isinstance(n, Add) and len(n.args) == 2}
    swap = {n: Mul(S.NegativeOne, other, evaluate=False) for n in brackets
            if _less_than_a_number(n) and (other := Add(*(-t for t in n.args))) in brackets}
    made = expr.xreplace(swap) if swap else expr
    return made if swap and no_longer(made, expr, -1) else None


def _less_than_a_number(n: Any) -> bool:
    return isinstance(n, Add) and len(n.args) == 2 and n.args[0].is_number and n.args[1].could_extract_minus_sign()


@array_rule("a variance by name")
def variance_alone(expr: Expr, about: About) -> Expr | None:
    """n var x for ‖x - mean x‖² where x - mean x stands nowhere else in the expression."""
    if lacking(expr, _WITH_SQUARE, lambda n: _centred(n) is not None):
        return None
    nodes = _near(expr)
    own = {n: x for n in nodes if (x := _centred(n)) is not None}
    swap = {n: shape_of(x)[0] * RECORDS.var(x) for n, x in own.items()
            if not any(n.args[0] in other.args for other in nodes if other != n)}
    return expr.xreplace(swap) if swap else None


def _centred(n: Any) -> Expr | None:
    """The x of ‖x - mean x‖²."""
    taken = mean_taken_off(n.args[0]) if is_op(n, RECORDS.matmul) and n.args[0] == n.args[1] else None
    return None if taken is None else taken.x


@array_rule("one bracket for both signs")
def one_bracket(expr: Expr, about: About) -> Expr | None:
    """a ⊙ (x - y) - b ⊙ (x - y) for a ⊙ (x - y) + b ⊙ (y - x)."""
    if lacking(expr, _WITH_MINUS, _has_minus):
        return None
    alike: dict[frozenset[Expr], list[tuple[dict[Expr, Expr], Expr]]] = {}
    sums = [n for n in _near(expr) if is_op(n, RECORDS.add)]
    sizes = Counter(len(n.args) for n in sums)
    for n in sums:
        if sizes[len(n.args)] > 1 and all(map(is_array, n.args)):
            numbers = {rest: c for c, rest in map(_with_sign, n.args)}
            alike.setdefault(frozenset(numbers), []).append((numbers, n))
    swap: dict[Expr, Expr] = {}
    for (numbers, first), *others in alike.values():
        opposite = {rest: -c for rest, c in numbers.items()}
        swap |= {n: scaled(S.NegativeOne, first) for own, n in others if own == opposite}
    made = expr.xreplace(swap) if swap else expr
    return made if swap and no_longer(made, expr, -1) else None


@remembered(4_096)  # the layers of a network say the same terms again and again
def _with_sign(t: Expr) -> tuple[Expr, Expr]:
    """(number, rest), where the differences in a product stand the way round that comes first in order."""
    c, rest = split(t)
    factors = []
    for f in rest.args if is_op(rest, RECORDS.mul) else (rest,):
        turned = _turned(f) if is_op(f, RECORDS.add) else None
        if turned is not None and order_key(turned) < order_key(f):
            c, f = -c, turned
        factors.append(f)
    return c, hadamard(factors) if len(factors) > 1 else factors[0]


def _has_minus(n: Any) -> bool:
    return is_op(n, RECORDS.add) and all(map(is_array, n.args)) and any(
        _with_sign(t)[0].could_extract_minus_sign() for t in n.args)


_WITH_MINUS: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
_WITH_BRACKET: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
_WITH_SQUARE: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
_WITH_TRACE: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
_WITH_NORM: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
_WITH_SUM: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
_WITH_ENTRY: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
"""Operators in which no sum with a minus, no trace, norm or sum of products stands, as long as somebody holds them."""


@array_rule("a product that stands in it")
def product_inside(expr: Expr, about: About) -> Expr | None:
    """Σ S ⊙ B S for tr(Sᵀ B S), where B S stands in the expression as well."""
    if lacking(expr, _WITH_TRACE, lambda n: is_op(n, RECORDS.trace)):
        return None
    traces = {n for n in subexpressions(expr) if is_op(n, RECORDS.trace)}
    nodes = set(subexpressions(expr.xreplace({n: Dummy() for n in traces})))
    swap = {}
    for n in traces:
        chain = flat_product(n.args[0])
        for k in range(len(chain)) if len(chain) > 2 else ():
            first, *others = (*chain[k:], *chain[:k])
            if (rest := matmul(*others)) in nodes:
                swap[n] = RECORDS.sum(hadamard([transpose(first), rest]))
                break
    return expr.xreplace(swap) if swap else None


GATHERED = (numbers_together, flat, like_terms, sign_inside, one_dot, one_product, one_diagonal, shared_entries,
            shared_number, beside_its_terms, inverse_of_diagonal,
            one_transpose, total_known, row_totals, diagonal_of_ones, rows_divided,
            common_factor, in_factors, summed_product, summed_matrix, multiplied_out, inner_product,
            scaled_after, same_for_all_scores, identity_multiplied_out, numbers_in_front,
            *QUOTIENTS, one_logarithm, softmax, softmax_of_product, triangle, turned_triangle, *CONTRACTED, *ONE_FORM,
            in_one_order, factors_in_order, over_one_divisor, sum_of_names, inverse_of_rank_one, cholesky_squared, *LOW_RANK,
            numbers_counted, numbers_into_sum)


@dataclass
class Gathering:
    """What the closed forms of one call have in common: parts that stay as they are, for a form in which they were gathered
    became longer by it, and operators that nothing else applies to beside these; and whether they share so much that each
    is to keep its brackets."""

    together: bool = True
    kept: set[Expr] = field(default_factory=set)
    normal: set[Apply] = field(default_factory=set)
    stand_ins: StandIns = field(default_factory=StandIns)
    uses: Uses = field(default_factory=Uses)


def gathered(closed: Expr, gathering: Gathering | None = None) -> Expr:
    """A closed form gathered, where it has no more operations for that."""
    gathering = gathering or Gathering()
    gathering.uses = gathering.uses.renewed()
    about = About(gathering.kept, shared=Shared(gathering.uses))
    rewriter = ArrayRewriter(GATHERED, about, settled=_gathered(), here=gathering.normal)
    found: Expr = rewriter.whole(closed, (through_an_inverse, one_probability, one_difference, one_bracket,
                                          one_bracket_of_numbers, squares_of_norms, sum_inside, row_inside,
                                          variance_alone))
    # Alone, for others would turn the bracket round again.
    last = ArrayRewriter((same_bracket_in_dot, same_bracket), settled=_bracketed())
    found = last.normal(found)
    found = product_inside.apply(found, about) or found
    if not gathering.together:
        found = last.normal(ArrayRewriter((content_in_front,), settled=_in_front()).normal(in_signs(in_brackets(found))))
    if no_longer(found, closed):
        return found
    gathering.kept.update((*rewriter.log, *last.log))
    return closed
