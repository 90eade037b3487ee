"""Expressions as trees: what is shared is walked once, rows make them again, and what is certain of their entries."""

from __future__ import annotations

from functools import reduce
from operator import add, mul

import numpy as np
import pytest
from sympy import Integer

import symderiv as sd
from symderiv.arrays.given import as_expr
from symderiv.arrays.keeping import from_rows, rows_of
from symderiv.arrays.registry import RECORDS
from symderiv.arrays.rewriting import ArrayRewriter, array_rule
from symderiv.arrays.sign import certainly_positive
from symderiv.arrays.symmetry import is_symmetric, transposes
from symderiv.arrays.walks import bottom_up, depth, subexpressions
from symderiv.errors import BoundExceeded, DeclarationError, ShapeError, UnknownFunction
from symderiv.layers.one_spelling import flat_product, flat_sum

m, n = sd.dims("m n")
A, W = sd.tensor("A", n, n), sd.tensor("W", m, n)
S, D = sd.tensor("S", n, n, symmetric=True), sd.tensor("D", n, n, diagonal=True)
x, y, a, p = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("a"), sd.tensor("p", positive=True)


def doubled(levels):
    e = x
    for _ in range(levels):
        e = sd.tanh(e) * e
    return e


def test_what_is_shared_is_walked_once_and_operands_come_first():
    nodes = list(bottom_up(doubled(200)))
    assert len(nodes) == len(set(nodes)) < 1_000
    place = {node: k for k, node in enumerate(nodes)}
    assert all(place[arg] < place[node] for node in nodes for arg in node.args)
    assert set(subexpressions(W @ x)) >= {W, x, W @ x}
    assert depth(sd.tanh(sd.tanh(x))) == depth(x) + 2


@pytest.mark.parametrize("expr", [doubled(60), sd.softmax(W @ x), W.T @ W + S, sd.conv1d(x, sd.tensor("w", 3)), x[1] * a + 1,
                                  sd.define("s", (sd.indices("i", n),), x[sd.indices("i", n)] ** 2)])
def test_rows_make_the_expression_again(expr):
    rows = rows_of(expr)
    assert from_rows(rows) == expr and all(place < k for k, (_, _, places) in enumerate(rows) for place in places)


@pytest.mark.parametrize("matrix", [S, D, S + D, 2 * S, S * S, A @ A.T, A.T @ S @ A, A + A.T, sd.eye(n), sd.outer(x, x),
                                    sd.inv(S), sd.exp(S), sd.diag(x)])
def test_what_is_its_own_transpose(matrix):
    assert is_symmetric(matrix)


@pytest.mark.parametrize("matrix", [A, W, S @ D, A @ A, A - A.T, sd.outer(x, y), S + x, sd.inv(A)])
def test_what_need_not_be(matrix):
    assert not is_symmetric(matrix)


def test_one_is_the_transpose_of_the_other():
    assert transposes(A, A.T) and transposes(A.T, A) and not transposes(A, A) and not transposes(A, W.T)


def test_sums_of_products_of_positive_numbers_are_positive():
    assert all(map(certainly_positive, [p, n * p + 1, p**-2, (p + n)**2, a**2 + p]))
    assert not any(map(certainly_positive, [a, p - 1, a**2, a**2 - p, -p]))


@pytest.mark.parametrize(("given", "named"), [
    (np.zeros((2, 3)), sd.zeros(2, 3)), (np.ones(4), sd.ones(4)), (3 * np.eye(2), 3 * sd.eye(2)),
    ([[1, 0], [0, 1]], sd.eye(2)), ([0, 0], sd.zeros(2)), (np.array(7), Integer(7)), ([2.0, 2.0], 2 * sd.ones(2)),
    (np.ones((10**3, 10**3)), sd.ones(1000, 1000))])
def test_arrays_of_numbers_are_called_by_their_names(given, named):
    assert as_expr(given) == named


@pytest.mark.parametrize(("given", "error"), [
    ([], DeclarationError), ([[1, 2], [3]], ShapeError), (np.arange(300.0), BoundExceeded), ("x", DeclarationError),
    ([["x"]], DeclarationError), (np.zeros((0, 2)), DeclarationError)])
def test_what_is_no_array_of_numbers_is_refused(given, error):
    with pytest.raises(error):
        as_expr(given)


def test_a_misspelt_record_is_an_error_that_names_the_nearest():
    with pytest.raises(UnknownFunction, match="matmull") as found:
        _ = RECORDS.matmull
    assert "matmul" in str(found.value.hint)
    assert RECORDS.matmul.of(W @ x) and not RECORDS.matmul.of(x) and not RECORDS.add.of(W @ x)


def test_rules_are_applied_from_the_inside_out_and_logged():
    @array_rule("two transposes", "transpose")
    def twice(e, about):
        return e.args[0].args[0] if RECORDS.transpose.of(e.args[0]) else None

    @array_rule("times the identity", "matmul")
    def identity(e, about):
        return e.args[0] if len(e.args) == 2 and RECORDS.eye.of(e.args[1]) else None

    raw = RECORDS.tanh(RECORDS.transpose(RECORDS.transpose(RECORDS.matmul(A, sd.eye(n)))))
    rewriter = ArrayRewriter((twice, identity))
    assert rewriter.normal(raw) == sd.tanh(A)
    for before, rewrite in rewriter.log.items():
        assert rewrite.before == before and rewrite.rule in ("two transposes", "times the identity")
        assert rewrite.before.shape == rewrite.after.shape


def test_whether_what_is_shared_is_symmetric_is_asked_once():
    e = S
    for _ in range(60):
        e = sd.tanh(e) * e
    assert is_symmetric(e)


def test_rules_look_at_a_chain_of_brackets_once():
    looked = []
    sees = array_rule("sees", "mul", "add")(lambda e, about: looked.append(len(e.args)))
    each = [sd.tensor(f"u{k}", n) for k in range(60)]
    product, total = reduce(mul, each), reduce(add, each)
    shared = product + sd.tanh(product)
    for e, seen in ((product, [60]), (total, [60]), (shared, [60, 2]), (product @ total, [60, 60])):
        looked.clear()
        ArrayRewriter((flat_product, flat_sum, sees)).whole(e, ())
        assert looked == seen


def test_what_is_read_at_a_label_depends_on_what_it_is_a_label_of() -> None:
    E = sd.tensor("E", m, n)
    rows = [sd.embedding(E, each) for each in (sd.tensor("t"), sd.label("t", m))]
    assert len({*rows}) == 2 and rows[1] is sd.embedding(E, sd.label("t", m))
