"""The engine's nodes: whatever the constructors shorten, the value stays, also outside ranges and at zeros."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

import symderiv as sd
from symderiv.errors import IndexError_
from symderiv.terms.affine import Affine, Idx, affine, constant, size_affine
from symderiv.terms.nodes import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Delta,
    IndexValue,
    IversonBracket,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    delta,
    ent,
    factors_of,
    guard,
    mul,
    neg,
    num,
    power,
    rename_bound,
    replace,
    substitute,
    subterms,
    terms_of,
    total,
    val,
)

n = sd.dims("n")
N = 3
SIZE = size_affine(n)
i, j, k = (Idx(name, constant(1), SIZE) for name in "ijk")
X, Y = Sym("x", (SIZE,)), Sym("A", (SIZE, SIZE))
DATA = {"x": [Fraction(2), Fraction(-1), Fraction(3)],
        "A": [[Fraction(3 * r + c + 1, 2) for c in range(N)] for r in range(N)]}


def position(expr: Affine, at: dict[Any, int]) -> int:
    return sum(c * (N if str(a) == "n" else at[a]) for a, c in expr.terms) + expr.const


def value(node: Node, at: dict[Any, int]) -> Fraction:
    """The meaning of a node, every sum enumerated; an entry outside its range is 0."""
    match node:
        case Num():
            return Fraction(node.value)
        case IndexValue():
            return Fraction(N if str(node.atom) == "n" else at[node.atom])
        case TensorEntry():
            found: Any = DATA[node.sym.name]
            for place in node.idx:
                if not 1 <= position(place, at) <= N:
                    return Fraction(0)
                found = found[position(place, at) - 1]
            return Fraction(found)
        case Delta():
            return Fraction(position(node.expr, at) == 0)
        case IversonBracket():
            return Fraction(position(node.expr, at) >= 0)
        case Add():
            return sum((value(t, at) for t in node.children), Fraction(0))
        case Mul():
            found = Fraction(node.coeff)
            for f in node.factors:
                found *= value(f, at)
            return found
        case Pow():
            return value(node.base, at) ** int(value(node.exponent, at))
        case Sum():
            first, *rest = node.binders
            inner = total(node.body, rest) if rest else node.body
            return sum((value(inner, {**at, first: p}) for p in range(position(first.lo, at), position(first.hi, at) + 1)),
                       Fraction(0))
    raise AssertionError(type(node))


def drawn(rng: random.Random, depth: int) -> Node:
    """Any node over i, j and k."""
    letters = [affine(b) for b in (i, j, k)]
    if depth == 0:
        return rng.choice([num(rng.randint(-2, 2)), num(Fraction(1, 2)), ent(X, rng.choice(letters)),
                           ent(Y, rng.choice(letters), rng.choice(letters) + rng.randint(-1, 1)),
                           delta(rng.choice(letters) - rng.choice(letters)), val(rng.choice(letters)),
                           guard(rng.choice(letters) - rng.choice(letters))])
    a, b = drawn(rng, depth - 1), drawn(rng, depth - 1)
    return rng.choice([add(a, b), add(a, neg(b)), mul(a, b), power(a, num(2)), total(a, (rng.choice([i, j, k]),)),
                       total(mul(a, b), (i, j))])


AT = {i: 1, j: 2, k: 3}


@pytest.mark.parametrize("seed", range(25))
def test_constructors_keep_the_value(seed: int) -> None:
    rng = random.Random(seed)
    a, b, c = (drawn(rng, 2) for _ in range(3))
    x, y, z = (value(node, AT) for node in (a, b, c))
    assert value(add(a, b, c, a), AT) == x + y + z + x
    assert value(mul(a, b, c, MINUS_ONE), AT) == -x * y * z
    assert value(mul(a, add(b, neg(c))), AT) == x * (y - z)
    assert value(power(a, num(3)), AT) == x ** 3
    assert value(total(a, (j, k)), AT) == sum(value(a, {**AT, j: p, k: q}) for p in range(1, 4) for q in range(1, 4))


@pytest.mark.parametrize("seed", range(25))
def test_substitution_captures_nothing(seed: int) -> None:
    rng = random.Random(seed)
    node = drawn(rng, 3)
    shift = rng.randint(-2, 2)
    assert value(substitute(node, {i: affine(j) + shift}), AT) == value(node, {**AT, i: AT[j] + shift})
    assert value(substitute(node, {i: affine(j), j: affine(i)}), AT) == value(node, {**AT, i: AT[j], j: AT[i]})
    assert value(rename_bound(node, {"i", "j"}), AT) == value(node, AT)


@pytest.mark.parametrize("seed", range(10))
def test_terms_and_factors_make_the_node_again(seed: int) -> None:
    node = drawn(random.Random(seed), 3)
    coeff, factors = factors_of(node)
    assert add(*terms_of(node)) is node and mul(num(coeff), *factors) is node
    assert replace(node, {}) is node and node in subterms(node)


def test_equal_nodes_are_one_object() -> None:
    x, y = ent(X, affine(i)), ent(X, affine(j))
    assert add(x, y) is add(y, x) and mul(x, y, x) is mul(power(x, num(2)), y)
    assert add(x, neg(x)) is ZERO and mul(x, power(x, MINUS_ONE)) is ONE and power(x, num(0)) is ONE
    assert add(x, x) is mul(num(2), x) and mul(num(Fraction(1, 2)), num(2)) is ONE


def test_deltas_and_brackets_that_are_decided_are_numbers() -> None:
    assert delta(constant(0)) is ONE and delta(constant(2)) is ZERO and guard(constant(-1)) is ZERO
    two = affine(i).scaled(2) - affine(j).scaled(2)
    assert delta(two) is delta(affine(i) - affine(j)) is delta(affine(j) - affine(i))
    assert delta(two + 1) is ZERO  # an even number is not odd
    assert guard(affine(i).scaled(2) - 3) is guard(affine(i) - 2)  # of integers, 2i >= 3 is i >= 2


def test_free_letters_are_those_that_no_sum_binds() -> None:
    node = mul(ent(X, affine(i)), total(ent(Y, affine(i), affine(j)), (j,)))
    assert node.free == {i} and total(node, (i,)).free == frozenset() and node.syms == {X, Y}


def test_roots_are_taken_where_they_are_exact_and_powers_merge_where_that_is_sound() -> None:
    half, x = num(Fraction(1, 2)), ent(X, affine(i))
    assert power(num(Fraction(9, 4)), half) is num(Fraction(3, 2))
    assert power(num(8), num(Fraction(-2, 3))) is num(Fraction(1, 4))
    assert isinstance(power(num(2), half), Pow) and isinstance(power(num(-4), half), Pow)
    assert power(power(x, half), num(2)) is x  # x**(1/2) has no value below 0
    root_of_square = power(power(x, num(2)), half)
    assert isinstance(root_of_square, Pow) and root_of_square is not x  # that is |x|
    assert isinstance(power(ZERO, MINUS_ONE), Pow) and power(ZERO, num(2)) is ZERO and power(ONE, x) is ONE
    assert mul(power(num(2), x), power(num(2), neg(x))) is ONE


def test_a_letter_is_bound_once_and_sums_merge_only_where_no_range_reads_the_other() -> None:
    node = mul(ent(X, affine(i)), ent(X, affine(j)))
    assert total(total(node, (i,)), (j,)) is total(node, (i, j)) is total(node, (j, i))
    inner = Idx("k", constant(1), affine(i))
    nested = total(total(ent(X, affine(inner)), (inner,)), (i,))
    assert isinstance(nested, Sum) and value(nested, {}) == sum(sum(DATA["x"][:p + 1]) for p in range(N))
    with pytest.raises(IndexError_, match="bound twice"):
        total(node, (i, i))
    assert total(ZERO, (i,)) is ZERO and total(node, ()) is node
