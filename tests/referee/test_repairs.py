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
    ("t: scalar; p, q: 2; R = [cos(t), -sin(t);sin(t), cos(t)]; e = R*p - q; E = 1/2*e'*e",
     r"\frac{\partial E}{\partial t} = e^\top R p", "missing derivative", r"e^\top \frac{\partial R}{\partial t} p"),
    ("q: 2; l: scalar; y = l*sin(q_1 + q_2)", r"\frac{\partial y}{\partial q_1} = l\sin(q_1+q_2)", "missing derivative",
     r"l\cos(q_1+q_2)"),
    ("w, v: n; c: scalar; f = 1/2*norm(w - v)^2 + c/2*norm(w)^2", r"\nabla_w f = 1 + c w - v", "bracket lost",
     r"\left( 1 + c \right) w - v"),
    ("x, y: n; A: n n", r"\nabla_x (x^\top A x + 3x^\top y) = (A+A^\top)x + 2y", "number", r"(A+A^\top)x + 3y"),
    ("z: scalar; sigma: sigmoid; t(z) = 2*sigmoid(2*z) - 1", r"t(z) = 2\sigma(z) - 1", "factor in the argument",
     r"2\sigma(2 z) - 1"),
    ("z: K; p = softmax(z)", r"\frac{\partial p_i}{\partial z_j} = p_i(1-p_j)", "a delta lost", r"p_i(\delta_{i, j}-p_j)"),
    ("g, s: n; c: scalar; s > 0; w = g./(sqrt(s) + c)", r"w_i = \frac{g_i}{\sqrt{s_i + c}}",
     "a bracket that reaches too far", r"\frac{g_i}{\sqrt{s_i} + c}"),
    ("g: n; f = log(1 + norm(g)^2)", r"f = \log(1) + \|g\|^2", "bracket lost", r"\log\left(1 + \|g\|^2\right)"),
    ("x: n; q = log(1 + x'*x)", r"\nabla_x^2 q = \frac{2}{1+x^\top x} - \frac{4xx^\top}{(1+x^\top x)^2}", "an identity lost",
     r"\frac{2}{1+x^\top x} I - \frac{4xx^\top}{(1+x^\top x)^2}"),
    ("W: n n; h, x: n; c: scalar; \\odot: elementwise; z = sigmoid(W*h); g = (1-z).*h + z.*x; L: function of g; "
     "G = \\partial L/\\partial g", r"\frac{\partial L}{\partial h} = W^\top (G \odot (x - h) \odot z \odot (1 - z))",
     "a term lost",
     r"W^\top (G \odot (x - h) \odot z \odot (1 - z)) + G \odot \left(1 - z\right)"),
    ("W: n n; h: n; c: scalar; g = (1-c)*h + c*tanh(W*h); L: function of g; G = \\partial L/\\partial g",
     r"\frac{\partial L}{\partial h} = c W^\top \operatorname{diag}(1 - \tanh^2(W h)) G", "a term lost",
     r"c W^\top \operatorname{diag}(1 - \tanh^2(W h)) G + G - c G"),
    ("s: T; p = softmax(s); v: T; y = p'*v", r"\sum_t \frac{\partial y}{\partial s_t} = 1", "number", "0"),
    (LINEAR, r"\nabla_\beta S = X^\top X\beta - X^\top W y", "missing factor", r"X^\top W X\beta - X^\top W y"),
    ("S: n n positive-definite; x: n; f = x'*S^{-1}*x", r"\frac{\partial f}{\partial S} = -S^{-1}xx^\top", "missing factor",
     r"-S^{-1}xx^\top S^{-1}"),
    ("X: N d; w: d; y: N; lambda: scalar; J = 1/(2*N)*norm(X*w - y)^2 + lambda/2*w'*w",
     r"\nabla_w J = X^\top Xw - X^\top y + \lambda w", "1/N lost",
     r"\frac{1}{N} \left( X^\top Xw - X^\top y \right) + \lambda w"),
    ("w: n; b, c: scalar; c > 0; R = b*sqrt(w'*w + c)",
     r"\nabla_w^2 R = \frac{b}{\sqrt{w^\top w + c}}I - \frac{bww^\top}{w^\top w + c}", "exponent",
     r"\frac{b}{\sqrt{w^\top w + c}}I - \frac{bww^\top}{\left( w^\top w + c \right)^{\frac{3}{2}}}"),
    ("S: n n positive-definite; x: n; f = log(det(S)) + 3*x'*S^{-1}*x",
     r"\frac{\partial f}{\partial S} = S^{-1} - 3(xx^\top)S^{-1}S^{-1}", "factors in the wrong order",
     r"S^{-1} - 3S^{-1}(xx^\top)S^{-1}"),
    ("x: N C M; mu_{nc} = 1/M*sum_m x_{ncm}", r"\frac{\partial\mu_{nc}}{\partial x_{ijk}} = \frac1M\delta_{nj}\delta_{ci}",
     "indices exchanged", r"\frac1M\delta_{cj}\delta_{ni}"),
    ("x: n; w: k; s: size; y: m; (m-1)*s + k <= n; y_i = sum_{j=1}^k w_j*x_{(i-1)*s+j}; L: function of y",
     r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^m \frac{\partial L}{\partial y_i}x_{i-1+j}", "factor s lost",
     r"\sum_{i=1}^m \frac{\partial L}{\partial y_i}x_{s \left( i - 1 \right) + j}"),
    ("x: n; W: m n; y = W*x; L: function of y", r"\frac{\partial L}{\partial x_j} = \sum_i W_{ij}",
     "missing factor of the chain rule", r"\sum_i W_{ij} \frac{\partial L}{\partial y_{i}}"),
    ("x: n; a, b: n; l = sum_i exp(a_i*x_i)", r"\frac{\partial^2 l}{\partial x_i^2} = a_i^2 e^{2a_ix_i}", "number",
     r"a_i^2 e^{a_ix_i}"),
    ("u, v: scalar; p = exp(u)/(exp(u) + exp(v))", r"\log p = -\log(1+e^{u-v})", "sign", r"-\log(1+e^{v-u})"),
    ("p, a, b: scalar; p > 0; J = b*p - p*log(p) + a*p", r"\frac{\partial J}{\partial p} = b - \log p + a", "a term lost",
     r"b - \log p + a - 1"),
    ("x: n; u = x/norm(x); L: function of u", r"\nabla_x L = \frac{1}{\|x\|^2}(I - uu^\top)\nabla_u L", "exponent",
     r"\frac{1}{\|x\|}(I - uu^\top)\nabla_u L"),
    ("L: k d; x, y: d; D = norm(L*(x - y))^2", r"\frac{\partial D}{\partial L} = 2(x-y)(x-y)^\top L^\top",
     "transposed", r"2L(x-y) (x-y)^{\top}"),
    ("s, L: scalar; s > 0; J = L/(2*s^2)", r"\frac{\partial J}{\partial s} = -\frac{L}{2s^3}", "factor 2 lost",
     r"-\frac{L}{s^3}"),
    ("x: n; w: k; s: size; y: m; (m-1)*s + k <= n; y_i = sum_{j=1}^k w_j*x_{(i-1)*s+j}; L: function of y",
     r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^m \frac{\partial L}{\partial y_i}x_{is+j}", "index shifted by one",
     r"\sum_{i=1}^m \frac{\partial L}{\partial y_i}x_{\left( i - 1 \right) s + j}"),
    ("W: n n; x, b: n; h = x + tanh(W*x + b); L: function of h; delta = \\partial L/\\partial h; \\odot: elementwise",
     r"\frac{\partial L}{\partial x} = W^\top\left(\delta\odot(1-\tanh^2(Wx+b))\right)", "a term lost",
     r"W^\top\left(\delta\odot(1-\tanh^2(Wx+b))\right) + \delta"),
    ("x: n; A, B: n n; \\odot: elementwise; u = A*x; v = B*x; w = u.*v",
     r"\frac{\partial w}{\partial x} = \operatorname{diag}(u)A + \operatorname{diag}(v)B", "two quantities exchanged",
     r"\operatorname{diag}(v)A + \operatorname{diag}(u)B"),
    ("x: n; w: 3; y: n-2; y_i = sum_{j=1}^3 w_j*x_{i+j-1}; m = 1/(n-2)*sum_i y_i",
     r"\frac{\partial m}{\partial w_j} = \frac{1}{n}\sum_{i=1}^{n-2} x_{i+j-1}", "one quantity in the place of another",
     r"\frac{1}{n-2}\sum_{i=1}^{n-2} x_{i+j-1}"),
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
    ("A, B: n n; X: n n invertible; f = tr(A*inv(X)*B)", r"\frac{\partial f}{\partial X} = -X^{-1}BAX^{-1}", "transposed",
     r"-\left( X^{-1}BAX^{-1} \right)^{\top}"),
    ("Q, p: A; phi: A d; J = sum_a p_a*Q_a; y = sum_a p_a*Q_a*phi_a", r"y = \sum_a p_a Q_a \phi_a\, J",
     "factor J too many", r"\sum_a p_a Q_a \phi_a"),
    ("x: n; \\bar x = 1/n*sum_i x_i; s = 1/(n-1)*sum_i (x_i - \\bar x)^2; n > 1",
     r"\frac{\partial s}{\partial x_j} = \frac{2}{n}(x_j - \bar x)", "off by one", r"\frac{2}{n - 1}(x_j - \bar x)"),
    ("W: n n; h_0: n; h_1 = tanh(W*h_0); h_2 = tanh(W*h_1); L: function of h_2"
     "; d_2 = \\partial L/\\partial h_2.*(1 - h_2.^2); d_1 = \\partial L/\\partial h_1.*(1 - h_1.^2)",
     r"\frac{\partial L}{\partial W} = d_2 h_2^\top + d_1 h_1^\top", "index shifted by one",
     r"d_2 h_{1}^{\top} + d_1 h_{0}^{\top}"),
    ("a, b: scalar; t: integer; h = a/(1 - b^t)", r"h = \frac{a}{1 - b}", "exponent", r"\frac{a}{1 - b^{t}}"),
    ("a, s, G: n; y = a.*s; L = G'*y; \\odot: elementwise", r"\frac{\partial L}{\partial s} = G", "missing factor",
     r"G \odot a"),
    ("r, c: scalar; c > 0; f(r) = c*abs(r)", r"f'(r) = \begin{cases} c & r > 0 \\ c & r < 0 \end{cases}", "sign",
     r"\begin{cases} c & r > 0 \\ -c & r < 0 \end{cases}"),
    ("x: n", r"\nabla_x \|x\| = x", "missing factor", r"\frac{x}{\operatorname{norm}\left(x\right)}"),
    ("r: N K; p: K; Q = sum_n sum_k r_{nk}*log(p_k)", r"\frac{\partial Q}{\partial p_k} = \frac{1}{p_k}\sum_n r_{kk}",
     "wrong index", r"\frac{1}{p_k}\sum_n r_{n, k}"),
    ("z: K; s = softmax(z); S = diag(s)", r"\frac{\partial s}{\partial z} = S - S s^\top",
     "one quantity in the place of another", r"S - s s^\top"),
], ids=["a gate", "a matrix of the chain", "a turn", "a sine", "a bracket of a number",
        "a coefficient", "a number inside", "a delta in a term",
        "a term below a root",
        "an argument cut short", "a number on the diagonal", "a path past a gate",
        "a path past a number", "nothing at all", "a matrix between", "an inverse",
        "a mean over some terms", "a power below", "an order behind a number", "letters of deltas",
        "a stride lost", "what arrives",
        "a number in an exponent", "a sign in an exponent", "a term 1", "a power",
        "reversed", "a coefficient below", "a stride", "a path around", "two of them", "a size",
        "a slope inside a product", "the slope of a ramp",
        "a row times a column", "a Kronecker product", "another entry", "a bracket of no type", "letters that differ",
        "the value at a point", "the whole product", "a factor too many", "one less", "steps of all names",
        "an exponent of the text", "a gate and its name", "a branch",
        "our own factor", "an index of no type", "an array of another kind"])
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


@pytest.mark.parametrize(("given", "line", "slip", "repair"), [
    ("A: n n symmetric positive-definite; b: n; p: n; s: scalar; f(s) = 1/2*s^2*p'*A*p - s*p'*b",
     r"f'(s) = 0 \implies s = \frac{p^\top b}{2 p^\top A p}", "factor 2 lost", r"\frac{p^\top b}{p^\top A p}"),
    ("x: K; mu: K; r: N K; y: N; i: index N; k: index K; Q_k = sum_i r_{ik}*(y_i - mu_k)",
     r"Q_k = \sum_i r_{ik}(y_i - \mu_k) = \sum_i r_{ik}y_i - \mu_k\sum_i r_{ik} = \sum_i r_{ik}y_i - \mu_k",
     "missing factor", r"\sum_i r_{ik}y_i - \mu_k \sum_{i} r_{i, k}"),
    ("o: C; s = softmax(o); i, j: index C", r"i \neq j: \quad \frac{\partial s_i}{\partial o_j} = s_i(1 - s_i)",
     "i = j and i ≠ j confused", r"s_{i} \left( 1 - s_{i} \right), where i = j"),
], ids=["what follows", "a factor of the line above", "the other condition"])
def test_what_would_follow_is_said(given: str, line: str, slip: str, repair: str) -> None:
    found = verify([line], given.replace("; ", "\n")).lines[0]
    assert (found.status, found.diagnosis, found.suggestion) == ("refuted", slip, repair)


def test_declarations_may_say_more_of_a_name_and_greek_letters_may_be_typed_short() -> None:
    report = verify([r"P^\top A = PA", r"y = x + \lambda\epsilon", "A^\\top P = AP"],
                    "P, A: n n\nP: n n symmetric\nx, eps: n; lam: scalar\ny_i = x_i + lam*eps_i")
    assert [line.status for line in report.lines] == ["proved", "proved", "refuted"]
    assert verify([r"P = P"], "P: n n; P: n m").problems


def test_what_reads_one_name_alone_says_that_it_varies() -> None:
    report = verify([r"df = \operatorname{tr}(A\, d(X^{-1})\, B)", r"df = \operatorname{tr}(A\,dX\,B)"],
                    "A, B: n n; d: differential\nX: n n invertible\nf = tr(A*inv(X)*B)")
    assert [line.status for line in report.lines] == ["proved", "refuted"]


def test_who_inverts_a_matrix_in_a_definition_says_that_it_has_an_inverse() -> None:
    report = verify([r"\operatorname{tr}(P) = p", r"(I - P)X = 0", r"\operatorname{tr}(P) = n"],
                    "X: n p\nP = X*inv(X'*X)*X'")
    assert [line.status for line in report.lines] == ["supported", "supported", "refuted"]


@pytest.mark.parametrize(("given", "lines", "diagnosis", "suggestion"), [
    ("w: d; y: n; X: n d; a: scalar; J = norm(y - X*w)^2/2 + a*norm(w)",
     [r"\nabla_w J = -X^\top (y - Xw) + a \|w\| w"], "exponent", r"-X^\top (y - Xw) + a \|w\|^{-1} w"),
    ("Y: n k; P: n n symmetric; J = tr(Y'*P*Y)",
     [r"\frac{\partial J}{\partial Y} = 2 P Y", r"J = 2\operatorname{tr}(P Y Y^\top)"], "factor 2 too many",
     r"\operatorname{tr}(P Y Y^\top)"),
    ("A: d d symmetric positive-definite; D: n d; J = tr(D*inv(A)*D')",
     [r"\frac{\partial J}{\partial A} = -A^{-1} D^\top D"], "missing factor", r"-A^{-1} D^\top D A^{-1}"),
])
def test_a_length_that_divides_an_objective_and_an_inverse_are_put_right(
        given: str, lines: list[str], diagnosis: str, suggestion: str) -> None:
    found = verify(lines, given).lines[-1]
    assert (found.status, found.diagnosis, found.suggestion) == ("refuted", diagnosis, suggestion)


@pytest.mark.parametrize(("given", "line", "diagnosis", "suggestion"), [
    ("x: n; w: k; g: n-k+1; k <= n; y_i = sum_{j=1}^{k} w_j*x_{i+j-1}; L = sum_{i=1}^{n-k+1} g_i*y_i",
     r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^{n-k} g_i x_{i+j-1}", "range of the sum off by one",
     r"\sum_{i=1}^{n - k + 1} g_{i} x_{i + j - 1}"),
    ("X: m n; A: m m; B: n n", r"\frac{d}{dX}\operatorname{tr}(X^\top AXB) = (A + A^\top)XB", "symmetry assumed", None),
    ("P: n n symmetric; H: m n; S: m m symmetric invertible; K = P*H'*inv(S)", r"K^\top = HPS^{-1}",
     "factors in the wrong order", r"S^{-1}HP"),
])
def test_slips_at_the_end_of_a_range_of_symmetry_and_of_order(given, line, diagnosis, suggestion):
    found = verify([line], given).lines[0]
    assert (found.wrong, found.diagnosis, found.suggestion) == (True, diagnosis, suggestion)


def test_a_symmetry_of_which_nothing_else_speaks_is_still_a_condition():
    assert verify([r"\nabla_x x^\top Ax = 2Ax"], "A: n n; x: n").lines[0].status == "conditional"


def test_matrices_that_are_all_taken_for_symmetric_are_a_slip_of_their_own() -> None:
    given = "X: m n; A: n n; B: m m; f = tr(X*A*X'*B)"
    wrong, right = verify([r"\nabla_X f = 2BXA", r"\nabla_X f = B^\top X A^\top + BXA"], given).lines
    assert (wrong.status, wrong.diagnosis, right.status) == ("refuted", "symmetry assumed", "proved")
    assert "it is true only if A and B are symmetric" in wrong.notes


def test_what_a_recurrence_defines_is_not_imposed() -> None:
    given = "beta, g: scalar; 0 < beta < 1; t: integer; t >= 1; m_t: scalar; m_0 = 0; m_t = beta*m_{t-1} + (1-beta)*g"
    wrong, right = verify([r"\frac{m_t}{1-\beta^{t-1}} = g", r"\frac{m_t}{1-\beta^t} = g"], given).lines
    assert (wrong.status, right.status) == ("refuted", "supported")


@pytest.mark.parametrize(("line", "slip"), [
    ("dW = np.outer(x, z - t)", "transposed"), ("dx = W.T @ ((z - t) / (1 - z**2))", "quotient upside down")])
def test_one_wrong_line_of_a_program_is_no_definition(line: str, slip: str) -> None:
    given = "W: m n; x: n; t: m; a = W*x; z = " + ("tanh(a)" if "dx" in line else "a") + "; E = 1/2*norm(z - t)^2"
    assert verify([line], given).lines[0].diagnosis == slip
