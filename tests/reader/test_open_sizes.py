"""Ones, zeros and identities whose size is said by where they stand; rows, sums and logarithms as people write them."""

import pytest

import symderiv as sd
from symderiv.reader.declare.declarations import declare

GIVEN = declare("X: N d; K: N N; x: N; w: d; r: N; m: d; a: scalar; b: scalar")


@pytest.mark.parametrize(("text", "meaning"), [
    (r"(I - \frac{1}{N}\mathbf{1}\mathbf{1}^\top) X", "(I - ones(N, N)/N)*X"),
    (r"x^\top ((1-a) I + a \mathbf 1\mathbf 1^\top) x", "x.T*((1 - a)*I + a*ones(N, N))*x"),
    (r"\operatorname{tr}(K \mathbf{1}\mathbf{1}^\top)", "tr(K*ones(N)*ones(N).T)"),
    ("tr(X'*matrix(1))", "tr(sum(X.T, axis=1)*ones(d).T)"),
    (r"\mathbf{0}_{N}", "zeros(N)"),
    ("x^T K x", "x.T*K*x"),
    (r"X_{2,:}^\top", "X[2,:]"),
    (r"X^\top_{2,:}", "X.T[2,:]"),
    (r"\sum_{i=1}^N r_i X_{i,:}", "X.T*r"),
    (r"\frac1N\sum_{i=1}^N X_{i,:}", "sum(X, axis=0)/N"),
    (r"\sum_{i=1}^N r_i (X_{i,:} - m)(X_{i,:} - m)^\top", "(X - m).T*Diag(r)*(X - m)"),
    (r"\log \frac1N \sum_{i=1}^N e^{x_i}", "log(Sum(exp(x[i]), (i, 1, N))/N)"),
])
def test_what_a_text_says(text, meaning):
    assert str(sd.parse(text, GIVEN)) == meaning


def test_the_prime_of_a_declared_number_is_not_its_derivative_by_itself():
    with pytest.raises(sd.SymderivError, match="prime"):
        sd.parse(r"\,K x b'", GIVEN)
