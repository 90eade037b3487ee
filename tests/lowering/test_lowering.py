"""From what people write to nodes and back: the value of every entry stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Integer

import symderiv as sd
from symderiv.arrays.assumptions import relation_facts
from symderiv.lowering.export import export, export_affine, plain_letters
from symderiv.lowering.program import Program
from symderiv.numeric import evaluate_all
from symderiv.terms.affine import affine, constant, size_affine
from symderiv.terms.nodes import fresh_axes, subterms
from symderiv.terms.ranges import nonnegative

m, n = sd.dims("m n")
W, x, y, c = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("y", n), sd.tensor("c")
i, k = sd.indices("i k", n)
DATA = {"W": np.arange(6.0).reshape(2, 3) / 3 - 1, "x": np.array([0.5, -1.0, 2.0]), "y": np.array([1.5, 0.25, -2.0]),
        "c": 3.0, "n": 3, "m": 2}
EXPRESSIONS = {
    "a matrix product": W @ x, "entry by entry": x * y + c, "a softmax": sd.softmax(W @ x),
    "an outer product": sd.outer(x, y),
    "a definition of one's own": sd.define("p", (i,), sd.exp(x[i]) / sd.Sum(sd.exp(x[k]), k)),
    "a shift, zero outside": sd.define("s", (i,), x[i + 1] - x[i - 1]), "a reduction": sd.mean(W, axis=0),
    "a bracket": sd.define("t", (i,), sd.Sum(sd.iverson(k <= i) * x[k], k)), "a convolution": sd.conv1d(x, y),
}


def value(expr: Any) -> Any:
    return evaluate_all([expr], DATA, strict=False)[0]


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_entries_read_back_have_the_same_value(what: str) -> None:
    expr = EXPRESSIONS[what]
    program = Program(())
    letters = fresh_axes(map(size_affine, expr.shape), set(), "abcd")
    entry = export(plain_letters(program.read(expr, map(affine, letters))))
    whole = value(expr)
    for place in np.ndindex(whole.shape):
        named = {str(s): p + 1 for s, p in zip(letters, place, strict=True)}
        found = value(entry.xreplace({s: Integer(named[s.name]) for s in entry.free_symbols if str(s) in named}))
        np.testing.assert_allclose(float(found), whole[place], rtol=1e-12)


def test_a_name_is_read_once() -> None:
    program = Program(())
    hidden = sd.tanh(W @ x)
    program.read(sd.define("u", (), sd.sum(hidden) + hidden @ hidden))
    names = [s.key for s in program.definitions]
    assert len(names) == len(set(names)) and len({id(s) for s in program.definitions}) == len(names)


def test_an_entry_outside_its_range_is_zero() -> None:
    program = Program(())
    outside = program.read(x, [size_affine(n) + constant(1)])
    assert outside in subterms(outside) and float(value(export(outside))) == 0


def test_relations_of_sizes_are_facts_that_are_at_least_zero() -> None:
    facts = (*relation_facts(m <= n), *relation_facts(n > 2))
    assert relation_facts(c > 0) == []
    assert nonnegative(size_affine(n) - size_affine(m), facts) and nonnegative(size_affine(n) - 3, facts)
    assert not nonnegative(size_affine(m) - size_affine(n), facts) and not nonnegative(size_affine(m) - 2, facts)


@pytest.mark.parametrize("expr", [c * x[1] + 2, sd.Sum(x[i] * y[i], i), sd.Sum(sd.Sum(W[1, k] * x[i], k), i),
                                  sd.exp(x[2])**2,
                                  sd.Sum(x[k] * sd.delta(k, i), k), sd.Sum(W[2, k], (k, 1, n - 1)), sd.log(c)])
def test_a_scalar_comes_back_with_its_value(expr: Any) -> None:
    letters = {s: Integer(2) for s in expr.free_symbols if str(s) == "i"}
    back = export(Program(()).scalar(expr))
    np.testing.assert_allclose(float(value(back.xreplace(letters))), float(value(expr.xreplace(letters))), rtol=1e-12)


def test_an_array_that_is_read_twice_is_one_symbol() -> None:
    program = Program(())
    first, again = program.symbol(sd.tanh(W @ x)), program.symbol(sd.tanh(W @ x))
    assert first is again and program.symbol(W) is program.symbol(sd.tensor("W", m, n))
    assert [str(export_affine(size)) for size in first.shape] == ["m"]


def test_what_is_computed_of_a_member_is_a_member_of_what_is_computed_of_the_stack():
    count, size = sd.dims("K d")
    k = sd.indices("k", count)
    stack = sd.tensor("S", count, size, size)
    program = Program(())
    member, whole = program.symbol(sd.inv(stack[k])), program.symbol(sd.inv(stack))
    assert member is whole and len(whole.shape) == 3
