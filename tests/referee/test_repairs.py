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
    (NETWORK, r"\frac{\partial L}{\partial W} = V^\top\delta x^\top", "missing factor of the chain rule",
     r"\left( V^\top\delta \odot \phi'\left(z\right) \right) x^\top"),
    ("X: N d; W: d k; G: N k; \\odot: elementwise; A = max(X*W, 0); L = sum(G .* A)",
     r"\frac{\partial L}{\partial W} = X^\top G", "missing factor of the chain rule",
     r"X^\top \left( G \odot \mathbb{1}_{X * W > 0} \right)"),
    ("W: m n; x: n; t: m; phi: function; \\odot: elementwise; u = W*x; e = phi(u) - t; L = 1/2*norm(e)^2",
     r"\frac{\partial L}{\partial W} = (e^\top \phi'(u)) x^\top", "elementwise and matrix product confused",
     r"(e \odot \phi'(u)) x^\top"),
    ("A: m n; X: n p; B: p q; vec: column-major; \\otimes: kron",
     r"\operatorname{vec}(AXB) = (A \otimes B^\top)\operatorname{vec}(X)", "factors in the wrong order",
     r"(B^\top \otimes A)\operatorname{vec}(X)"),
    ("x: N d; mu: K d; r: N K; Q = sum_n sum_k r_{nk}*sum_j (x_{nj} - mu_{kj})^2",
     r"\frac{\partial Q}{\partial \mu_{kj}} = -2\sum_n r_{nk}(x_{nj} - r_{nk})", "one quantity in the place of another",
     r"-2\sum_n r_{nk}(x_{nj} - \mu_{k, j})"),
    ("X: N d; w: d; y: N; p = sigmoid(X*w); L = -1/N*sum_i (y_i*log(p_i) + (1 - y_i)*log(1 - p_i))",
     r"\nabla_w L = \frac1N X^\top p - y", "bracket lost", r"\frac1N X^\top \left( p - y \right)"),
    ("s: n; i, j: index n; i != j; L = log(1 + exp(s_j - s_i))",
     r"\frac{\partial L}{\partial s_i} = \operatorname{sigmoid}(s_j - s_i)", "sign",
     r"-\operatorname{sigmoid}(s_j - s_i)"),
    ("x: scalar; f(x) = x/(1 + exp(-x))", r"f'(0) = 0", "number", r"\frac{1}{2}"),
    ("x: n", r"\nabla_x \|x\| = x", "missing factor", r"\frac{x}{\operatorname{norm}\left(x\right)}"),
    ("r: N K; p: K; Q = sum_n sum_k r_{nk}*log(p_k)", r"\frac{\partial Q}{\partial p_k} = \frac{1}{p_k}\sum_n r_{kk}",
     "wrong index", r"\frac{1}{p_k}\sum_n r_{n, k}"),
    ("z: K; s = softmax(z); S = diag(s)", r"\frac{\partial s}{\partial z} = S - S s^\top",
     "one quantity in the place of another", r"S - s s^\top"),
], ids=["a gate", "a matrix of the chain", "a matrix between", "an inverse", "a mean over some terms", "a power", "reversed",
        "a coefficient below", "a stride", "a path around", "a slope inside a product", "the slope of a ramp",
        "a row times a column", "a Kronecker product", "another entry", "a bracket of no type", "letters that differ",
        "the value at a point", "our own factor", "an index of no type", "an array of another kind"])
def test_a_slip_is_named_and_mended_in_the_hand_of_who_wrote_the_line(given: str, line: str, slip: str, repair: str) -> None:
    found = verify([line], given.replace("; ", "\n")).lines[0]
    assert (found.wrong, found.diagnosis, found.suggestion) == (True, slip, repair)
    again = verify([line.partition("=")[0] + "= " + repair], given.replace("; ", "\n")).lines[0]
    assert again.status in ("proved", "supported")


@pytest.mark.parametrize(("given", "lines"), [
    ("W1: h d; W2: c h; x: d; t: c\nz1 = W1*x\na1 = tanh(z1)\nL = 1/2*norm(W2*a1 - t)^2",
     [r"\frac{\partial L}{\partial W_2} = (W_2a_1 - t)a_1^\top",
      r"\frac{\partial L}{\partial a^{(1)}} = W^{(2)\top}(W_2a1 - t)"]),
    ("S, T: d d symmetric positive-definite\nl = log(det(T)) - tr(S*T)",
     [r"d l = \operatorname{tr}(T^{-1} dT) - \operatorname{tr}(S\,dT)", r"\frac{1}{d} + \frac{1}{d} = \frac{2}{d}"]),
    ("v0, g: n; b: scalar\nv = b*v0 + g", [r"v - g = b v_0", r"v_0 = v_0"]),
], ids=["a number below for one beside", "a differential beside a size d", "a number below beside an array"])
def test_names_are_read_as_they_are_spelled(given: str, lines: list[str]) -> None:
    assert {line.status for line in verify(lines, given).lines} <= {"proved", "supported"}
    slips = [line.replace("= ", "= 2", 1) for line in lines]
    assert {line.status for line in verify(slips, given).lines} == {"refuted"}


def test_arrays_side_by_side_are_multiplied_entry_by_entry_on_condition() -> None:
    lines = [r"\frac{\partial L}{\partial h} = G z", r"\frac{\partial L}{\partial h} = G \odot z",
             r"\operatorname{sigmoid}'(z) = \operatorname{sigmoid}(z)(1 - \operatorname{sigmoid}(z))"]
    lines.append(r"\frac{\partial L}{\partial h} = G u")
    found = verify(lines, "h, z, G: m\nu = z.*1\ny = z.*h\nL = sum(G.*y)").lines
    assert [line.status for line in found] == ["conditional", "proved", "proved", "conditional"]


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


def test_entries_that_are_laid_out_otherwise_are_not_called_wrong() -> None:
    line = r"\frac{\partial X^{-1}}{\partial X} = -X^{-1}\otimes X^{-1}"
    found = verify([line], "X: n n invertible\n\\otimes: kron").lines[0]
    assert (found.status, found.wrong) == ("ill-typed", False)
