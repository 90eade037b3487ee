"""What vector-Jacobian products are called."""

import symderiv as sd


def test_a_vector_jacobian_product_is_the_gradient_of_a_number():
    n, m = sd.dims("n m")
    W, x, g = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("g", m)
    assert str(sd.vjp(sd.define("y", sd.tanh(W @ x)), W, g)) == "dL/dW = (g.*(1 - y.^2))*x.T, where dL/dy = g"
    assert str(sd.vjp(sd.define("L", W @ x), W, g)) == "dJ/dW = g*x.T, where dJ/dL = g"
