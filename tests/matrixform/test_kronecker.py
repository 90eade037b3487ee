"""Jacobians of vectors that matrices were written into: Kronecker products.

Source: Petersen and Pedersen (2012), 10.2; Magnus and Neudecker (2019), ch. 2: vec AXB = (B' ⊗ A) vec X.
"""

import pytest

import symderiv as sd

m, n, k, L = sd.dims("m n k L")
T = sd.tensor
A, B, S, v = T("A", k, m), T("B", n, L), T("S", m, m), T("v", m * n)
X = sd.reshape(v, (n, m)).T  # vec X = v
a, b = T("a", m), T("b", n)

JACOBIANS = {
    "vec AXB": (sd.vec(A @ X @ B), v, "kron(B.T, A)"),
    "vec AX": (sd.vec(A @ X), v, "kron(eye(n), A)"),
    "vec XB": (sd.vec(X @ B), v, "kron(B.T, eye(m))"),
    "rows of AXB": (sd.flatten(A @ sd.reshape(v, (m, n)) @ B), v, "kron(A, B.T)"),
    "AXb": (A @ X @ b, v, "kron(expand_dims(b, axis=0), A)"),
    "a kron b by a": (sd.kron(a, b), a, "kron(eye(m), expand_dims(b, axis=1))"),
    "a kron b by b": (sd.kron(a, b), b, "kron(expand_dims(a, axis=1), eye(n))"),
}


@pytest.mark.parametrize(("primal", "variable", "closed"), JACOBIANS.values(), ids=JACOBIANS)
def test_jacobian(primal, variable, closed):
    d = sd.derive(primal, variable)
    assert d.status == "proved" and d.check(seed=1).ok
    assert str(d.closed) == closed


def test_hessian_of_a_quadratic_form_of_a_matrix():
    d = sd.hessian(sd.trace(X.T @ S @ X), v)
    assert d.status == "proved" and d.check().ok
    assert str(d.closed) == "kron(eye(n), S + S.T)"


def test_factors_in_the_other_order_are_refuted():
    d = sd.derive(sd.vec(T("A", m, m) @ sd.reshape(T("u", m * m), (m, m)).T @ T("B", m, m)), T("u", m * m))
    right, wrong = sd.kron(T("B", m, m).T, T("A", m, m)), sd.kron(T("A", m, m), T("B", m, m).T)
    assert sd.prove(d.closed, right).status == "proved"
    assert sd.prove(d.closed, wrong).status == "refuted"


def test_kernels_that_overlap_are_no_kronecker_product():
    d = sd.vjp(sd.conv1d(T("x", 3 * n), T("w", 3), stride=2), T("x", 3 * n))
    assert d.check().ok and "kron" not in str(d.closed)


def test_digits_that_do_not_fill_an_axis_are_no_reshape():
    """x[3 (i - 1) + j] over j in 1..2 leaves out every third entry."""
    i, j = sd.indices("i", n), sd.indices("j", 2)
    d = sd.derive(sd.define("y", (i, j), T("x", 3 * n)[3 * i + j - 3]), T("x", 3 * n))
    assert d.check().ok and "reshape" not in str(d.closed)
