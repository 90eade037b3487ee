"""Expressions beside NumPy: its operators leave the work to ours, and its functions are refused, not misread."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd

m, n = sd.dims("m n")
W, x = sd.tensor("W", m, n), sd.tensor("x", n)
a = sd.tensor("a")


@pytest.mark.parametrize("call", [
    lambda: np.dot(W, x), lambda: np.sum(x), lambda: np.linalg.inv(W), lambda: np.einsum("ij,j->i", W, x),
    lambda: np.dot(x[1], x[2]), lambda: np.concatenate([x, x]),
])
def test_a_function_of_numpy_is_refused(call):
    with pytest.raises(sd.SymderivError, match="takes arrays of numbers"):
        call()


def test_an_array_of_numbers_times_ours_is_ours():
    z = sd.tensor("z", 2)
    assert str(np.ones((3, 2)) @ z) == "ones(3, 2)*z"


def test_rounded_quotients_are_of_scalars():
    assert sd.evaluate(a // 2, a=-3.0) == -2 and sd.evaluate(a % 2, a=-3.0) == 1
    assert sd.evaluate(7 % a, a=4.0) == 3
    for call in (lambda: x // 2, lambda: x % 2, lambda: 2 // x, lambda: 2 % x, lambda: divmod(x, 2)):
        with pytest.raises(sd.SymderivError, match="no operations of arrays"):
            call()


def test_a_method_of_numpy_says_which_function_is_meant():
    with pytest.raises(AttributeError, match=r"write sd\.sum\("):
        _ = x.sum
    assert not hasattr(x, "nothing_of_the_kind")


def test_a_name_is_that_of_one_tensor():
    with pytest.raises(sd.SymderivError, match="no name of one tensor"):
        sd.tensor("A B", n)
