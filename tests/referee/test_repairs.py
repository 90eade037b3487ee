"""What a wrong line should be: one slip anywhere in a line is named, and mended in the hand of who wrote it."""

from __future__ import annotations

import pytest

from symderiv.referee import verify

NETWORK = r"W: m n; V: k m; x: n; b: m; phi: function; L: function of o; \odot: elementwise; z = W*x + b; a = phi(z); " \
    r"o = V*a; delta = \partial L/\partial o"
GATED = r"W, V: m n; x: n; \odot: elementwise; a = W*x; s = sigmoid(V*x); y = a.*s; L: function of y"
STACKED = "A: m n; X: n p; B: p q\n\\otimes: kron\n"
LINEAR = "X: n d; w: n; beta: d; y: n; S = 1/2*sum_i w_i*(y_i - X[i,:]*beta)^2; W = diag(w)"


@pytest.mark.parametrize(("given", "line", "slip", "repair"), [
    (GATED, r"\frac{\partial L}{\partial V} = \Bigl(\frac{\partial L}{\partial y}\odot a\odot s\Bigr)x^\top",
     "missing factor of the chain rule",
     r"\Bigl(\frac{\partial L}{\partial y}\odot a\odot s \odot \left( 1 - s \right)\Bigr)x^\top"),
    (NETWORK, r"\frac{\partial L}{\partial W} = (\delta\odot\phi'(z))x^\top", "missing factor",
     r"(V^{\top} \delta\odot\phi'(z))x^\top"),
    (LINEAR, r"\nabla_\beta S = X^\top X\beta - X^\top W y", "missing factor", r"X^\top W X\beta - X^\top W y"),
    ("S: n n positive-definite; x: n; f = x'*S^{-1}*x", r"\frac{\partial f}{\partial S} = -S^{-1}xx^\top", "missing factor",
     r"-S^{-1}xx^\top S^{-1}"),
    ("X: N d; w: d; y: N; lambda: scalar; J = 1/(2*N)*norm(X*w - y)^2 + lambda/2*w'*w",
     r"\nabla_w J = X^\top Xw - X^\top y + \lambda w", "1/N lost",
     r"\frac{1}{N} \left( X^\top Xw - X^\top y \right) + \lambda w"),
    ("x: n; u = x/norm(x); L: function of u", r"\nabla_x L = \frac{1}{\|x\|^2}(I - uu^\top)\nabla_u L", "exponent",
     r"\frac{1}{\|x\|}(I - uu^\top)\nabla_u L"),
    ("L: k d; x, y: d; D = norm(L*(x - y))^2", r"\frac{\partial D}{\partial L} = 2(x-y)(x-y)^\top L^\top",
     "factors in the wrong order, transposed", r"2L(x-y) (x-y)^{\top}"),
    ("s, L: scalar; s > 0; J = L/(2*s^2)", r"\frac{\partial J}{\partial s} = -\frac{L}{2s^3}", "factor 2 lost",
     r"-\frac{L}{s^3}"),
    ("x: n; w: k; s: size; y: m; (m-1)*s + k <= n; y_i = sum_{j=1}^k w_j*x_{(i-1)*s+j}; L: function of y",
     r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^m \frac{\partial L}{\partial y_i}x_{is+j}", "index shifted by one",
     r"\sum_{i=1}^m \frac{\partial L}{\partial y_i}x_{\left( i - 1 \right) s + j}"),
    ("W: n n; x, b: n; h = x + tanh(W*x + b); L: function of h; delta = \\partial L/\\partial h; \\odot: elementwise",
     r"\frac{\partial L}{\partial x} = W^\top\left(\delta\odot(1-\tanh^2(Wx+b))\right)", "a term lost",
     r"W^\top\left(\delta\odot(1-\tanh^2(Wx+b))\right) + \frac{\partial L}{\partial h}"),
], ids=["a gate", "a matrix of the chain", "a matrix between", "an inverse", "a mean over some terms", "a power", "reversed",
        "a coefficient below", "a stride", "a path around"])
def test_a_slip_is_named_and_mended_in_the_hand_of_who_wrote_the_line(given: str, line: str, slip: str, repair: str) -> None:
    found = verify([line], given.replace("; ", "\n")).lines[0]
    assert (found.wrong, found.diagnosis, found.suggestion) == (True, slip, repair)
    again = verify([line.partition("=")[0] + "= " + repair], given.replace("; ", "\n")).lines[0]
    assert again.status in ("proved", "supported")


def test_beside_the_product_of_numpy_a_star_is_entry_by_entry() -> None:
    given = "X: N d; W: d k; V: k m; G: N m\nH = tanh(X*W); F: function of H\nL = tr(G'*H*V)"
    found = verify(["dL/dW = X.T @ (G @ V.T * (1 - H**2))"], given).lines[0]
    assert found.status in ("proved", "supported")


@pytest.mark.parametrize(("given", "line", "right"), [
    ("X: N d; w: d; y: N\nJ = 1/2*norm(X*w - y)^2", r"\nabla J = X^\top(Xw - y)", True),
    ("X: N d; w: d; y: N\nJ = 1/2*norm(X*w - y)^2", r"\nabla^2 J = X^\top X", True),
    ("X: N d; w: d; y: N\nJ = norm(X*w - y)^2", r"\nabla J = X^\top(Xw - y)", False),
    ("eta: scalar\nA = log(1 + exp(eta))", r"A'(\eta) = \frac{e^\eta}{1 + e^\eta}", True),
    ("eta: scalar\nA = log(1 + exp(eta))", r"A''(\eta) = \frac{e^\eta}{1 + e^\eta}", False),
    (STACKED + "vec: column-major", r"\operatorname{vec}(AXB) = (B^\top\otimes A)\operatorname{vec}(X)", True),
    (STACKED + "vec: row-major", r"\operatorname{vec}(AXB) = (A\otimes B^\top)\operatorname{vec}(X)", True),
    (STACKED + "vec: row-major", r"\operatorname{vec}(AXB) = (B^\top\otimes A)\operatorname{vec}(X)", False),
])
def test_what_a_derivative_is_by_and_what_vec_stacks_is_read_off(given: str, line: str, right: bool) -> None:
    found = verify([line], given).lines[0]
    assert found.status in ("proved", "supported") if right else found.wrong
