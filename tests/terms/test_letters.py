"""Letters: new ones clash with nothing, renaming keeps the value, and parts are replaced at every place."""

from __future__ import annotations

import pytest

from symderiv.errors import BoundExceeded
from symderiv.terms.affine import Idx, LabelRef, affine, constant, size_affine
from symderiv.terms.letters import spare, unused
from symderiv.terms.nodes import (
    MAX_TREE,
    ONE,
    ZERO,
    Deriv,
    FunctionValue,
    MatrixFunctionEntry,
    Mul,
    Num,
    Sum,
    Sym,
    TensorEntry,
    add,
    deriv,
    ent,
    factors_of,
    fn,
    fresh_letter,
    fresh_letters,
    instantiate,
    letters_read,
    mul,
    names_in,
    num,
    power,
    rename_away,
    rename_bound,
    replace,
    split_coeff,
    substitute,
    subterms,
    total,
)
from symderiv.terms.ranges import empty, nonnegative, within

FIVE = constant(5)
X, A = Sym("x", (FIVE,)), Sym("A", (FIVE, FIVE))
i, j, k = (Idx(name, constant(1), FIVE) for name in "ijk")


def x(letter):
    return ent(X, affine(letter))


def a(row, column):
    return ent(A, affine(row), affine(column))


def test_letters_that_are_taken_are_never_given():
    names = spare("ij", {"i", "j_1"})
    assert [next(names) for _ in range(5)] == ["j", "i_1", "i_2", "j_2", "i_3"]
    assert unused("k", {"k", "k1"}) == "k2" and unused("k", {"m"}) == "k"
    assert fresh_letter("i", constant(1), FIVE, {"i"}).key == "i'" and fresh_letter("i", constant(1), FIVE, {"j"}) is i
    assert fresh_letter("i", constant(1), FIVE, {"i", "k"}, "kl").key == "l"


def test_ranges_follow_when_letters_are_renamed():
    inner = Idx("j", constant(1), affine(i))
    new_i, new_inner = fresh_letters((i, inner), {"i", "j"})
    assert new_i.key != "i" and new_inner.key not in ("j", new_i.key) and new_inner.hi is affine(new_i)


def test_names_in_a_node_are_what_a_new_letter_must_not_take():
    node = add(total(mul(a(i, j), x(j)), (j,)), x(k))
    assert names_in(node) == {"A", "x", "i", "j", "k"} and letters_read(node) == {"i", "k"}


def test_a_sum_is_renamed_away_and_stays_the_same_sum():
    node = total(mul(a(i, j), x(j)), (j,))
    body, (letter,) = rename_away(node, (j,))
    assert letter is not j and total(substitute(body, {letter: affine(j)}), (j,)) is node
    again = rename_bound(node, {"j"})
    assert isinstance(again, Sum) and again.binders[0].key != "j" and again.free == node.free
    assert rename_bound(node, {"z"}) is node


def test_parts_are_replaced_at_every_place_and_outermost_first():
    node = add(fn("exp", x(i)), mul(num(2), power(x(i), num(3))))
    found = replace(node, {x(i): x(j)})
    assert found is add(fn("exp", x(j)), mul(num(2), power(x(j), num(3))))
    assert replace(node, {fn("exp", x(i)): ONE, x(i): ZERO}) is ONE
    assert replace(node, {}) is node


def test_a_definition_is_its_body_at_positions():
    u = Sym("u", (FIVE,))
    with pytest.raises(ValueError, match="no definition"):
        instantiate(u, (affine(i),))
    u.letters, u.body = (i,), total(a(i, j), (j,))
    assert instantiate(u, (affine(k),)) is total(a(k, j), (j,))
    captured = instantiate(u, (affine(j),))
    assert captured.free == {j} and isinstance(captured, Sum) and captured.binders[0] is not j


def test_fields_are_read_by_name():
    entry, inverse = a(i, j), MatrixFunctionEntry("inv", A, (affine(i), affine(j)))
    assert (entry.sym, entry.idx) == (A, (affine(i), affine(j))) and (inverse.kind, inverse.sym) == ("inv", A)
    product = mul(num(3), x(i), x(j))
    assert isinstance(product, Mul) and product.coeff == 3 and set(product.factors) == {x(i), x(j)} == set(product.children)
    assert factors_of(product) == (3, product.factors) and split_coeff(product) == (3, mul(x(i), x(j)))
    assert split_coeff(num(4)) == (4, ONE) and factors_of(num(4)) == (4, ())
    slope = deriv(mul(x(i), x(i)), X, (affine(j),))
    assert isinstance(slope, Deriv) and slope.sym is X and slope.children == (mul(x(i), x(i)),) and slope.free == {i, j}
    assert all(isinstance(n, Num | Mul | TensorEntry | Deriv | FunctionValue) or n.children for n in subterms(slope))


def test_every_part_comes_before_what_it_is_part_of():
    node = total(add(mul(a(i, j), fn("exp", x(j))), x(i)), (j,))
    parts = subterms(node)
    assert len(parts) == len(set(parts)) and parts[-1] is node
    assert all(parts.index(c) < parts.index(p) for p in parts for c in p.children)


def test_what_doubles_with_every_level_comes_to_an_end():
    node = x(i)
    with pytest.raises(BoundExceeded, match=str(MAX_TREE)):
        for _ in range(40):
            node = fn("exp", add(fn("sin", node), fn("cos", node)))


def test_positions_lie_in_their_ranges_and_what_does_not_follow_is_not_shown():
    size = Sym("n", ())
    label = LabelRef(None, size, (), FIVE)
    assert within(affine(i), constant(1), FIVE) and not within(affine(i) + 1, constant(1), FIVE)
    assert within(affine(label), constant(1), FIVE) and not within(affine(label) - 1, constant(1), FIVE)
    assert nonnegative(affine(i) - 1) and not nonnegative(affine(i) - affine(j))
    assert nonnegative(affine(i) - affine(j), (affine(i) - affine(k), affine(k) - affine(j)))
    assert empty(FIVE, constant(4)) and not empty(constant(1), size_affine(FIVE.terms[0][0]) if FIVE.terms else FIVE)
