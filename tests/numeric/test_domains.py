"""What an expression needs to have a value, and what its operators make sure of."""

from __future__ import annotations

import pytest
from sympy import Integer

import symderiv as sd
from symderiv.numeric import one_sided
from symderiv.numeric.domains import needed

GIVEN = "A: m n; x: n; b: m; v: n positive; z = exp(A*x + b)"


@pytest.mark.parametrize("text", ["1/(ones(m)'*z)", "log(z'*z)", "1/(v'*v)", "log(ones(m)'*exp(A*x))", "1/(1 + x'*x)",
                                  "1/(z'*A*v)^2", "1/(x'*x)"])
def test_products_of_positive_arrays_are_positive(text: str) -> None:
    positive = "A" not in text.replace("A*x", "") and text != "1/(x'*x)"
    assert bool(needed(sd.parse(text, GIVEN))) != positive


@pytest.mark.parametrize("text", ["1/sum(sqrt(v))", "1./sqrt(v)", "log(eigvalsh(P))", "log(eigvalsh(A))", "1./sqrt(b)"])
def test_roots_and_eigenvalues_of_what_is_positive_are_positive(text: str) -> None:
    given = "A: n n symmetric; P: n n positive_definite; b: m; v: n positive"
    assert bool(needed(sd.parse(text, given))) == ("A" in text or "b" in text)


def test_floats_that_come_out_as_0_are_no_points_without_a_value() -> None:
    # 1 - p of a softmax p is 0 in floats at far points, and at no point in numbers.
    given = "x: n; p = softmax(x); a, b: scalar"
    assert not one_sided([sd.parse("1 ./ (1 - p)", given)], [sd.parse("p", given)])
    assert one_sided([sd.parse("a^b", given)], [sd.parse("a^2", given)])


def test_what_has_a_cholesky_factor_is_positive_definite() -> None:
    n = sd.dims("n")
    K, D = sd.tensor("K", n, n, symmetric=True), sd.tensor("D", n, n, positive_definite=True)
    assert sd.prove(sd.cholesky(K) @ sd.cholesky(K).T, K).conditions == (sd.eigvalsh(K) > 0,)
    assert sd.derive(sd.sum(sd.cholesky(K)), K).conditions == (sd.eigvalsh(K) > 0,)
    assert sd.derive(sd.sum(sd.cholesky(D)), D).conditions == ()


@pytest.mark.parametrize("named", ["x", "W"])
def test_where_the_norm_of_a_rectified_vector_is_zero_is_no_point_to_look_at(named: str) -> None:
    m, n = sd.dims("m n")
    W, x, b = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("b", m)
    found = sd.derive(sd.norm(sd.relu(W @ x + b)), {"x": x, "W": W}[named])
    assert found.status == "proved", found.evidence


def test_zero_to_a_power_that_varies_is_constant_where_the_power_is_positive() -> None:
    n = sd.dims("n")
    b, p, u = sd.tensor("b"), sd.tensor("p", positive=True), sd.tensor("u", n)
    found = sd.derive(Integer(0)**b + b**2, b)
    assert (str(found.closed), found.conditions) == ("2*b", (b > 0,))
    assert sd.derive(Integer(0)**p, p).conditions == ()
    assert sd.derive(sd.sum(Integer(0)**u), u).conditions == (u > 0,)
