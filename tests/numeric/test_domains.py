"""What an expression needs to have a value, and what its operators make sure of."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.numeric.domains import needed

GIVEN = "A: m n; x: n; b: m; v: n positive; z = exp(A*x + b)"


@pytest.mark.parametrize("text", ["1/(ones(m)'*z)", "log(z'*z)", "1/(v'*v)", "log(ones(m)'*exp(A*x))", "1/(1 + x'*x)",
                                  "1/(z'*A*v)^2", "1/(x'*x)"])
def test_products_of_positive_arrays_are_positive(text: str) -> None:
    positive = "A" not in text.replace("A*x", "") and text != "1/(x'*x)"
    assert bool(needed(sd.parse(text, GIVEN))) != positive
