"""Sizes are SymPy's positive integer symbols, and read no text."""

from __future__ import annotations

import copy
import operator
import pickle

import pytest
from sympy import Symbol, floor

import symderiv as sd

n, m = sd.dims("n m")
PLAIN = Symbol("n", positive=True, integer=True)


def test_a_size_is_the_symbol_of_its_name():
    assert n == PLAIN and operator.eq(PLAIN, n) and hash(n) == hash(PLAIN) and {PLAIN: 1}[n] == 1
    assert n != Symbol("n") and n != m and n != "n" and n.compare(PLAIN) == 0
    assert n + PLAIN == 2 * n and n - PLAIN == 0 and n ** 2 * m + PLAIN == PLAIN ** 2 * m + n
    assert floor(n / 2) == floor(PLAIN / 2) and (n * m).subs(PLAIN, 3) == 3 * m == (n * m).xreplace({PLAIN: 3})
    assert sd.tensor("x", n) == sd.tensor("x", PLAIN)


def test_a_size_is_copied_and_pickled_as_itself():
    assert pickle.loads(pickle.dumps(n)) == n == copy.deepcopy(n)
    assert type(pickle.loads(pickle.dumps(n))) is type(n)


@pytest.mark.parametrize("act", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.lt])
@pytest.mark.parametrize("text", ["1/0", ("1/0",), ["1/0"], {"1/0": 1}, {"1/0"}])
def test_nothing_beside_a_size_is_read_as_a_program(act, text):
    for sides in ((n, text), (text, n)):
        with pytest.raises(sd.SymderivError):
            act(*sides)


@pytest.mark.parametrize("method", ["coeff", "match", "equals", "has", "count"])
def test_methods_of_a_size_refuse_text(method):
    with pytest.raises(sd.SymderivError):
        getattr(n, method)(("1/0",))
