"""Plain text: what is read, with which meaning, and that it reads back what is printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import exp, latex

import symderiv as sd
from symderiv.arrays.arrays import Named, Tensor
from symderiv.arrays.operator import OPERATORS
from symderiv.arrays.symbols import Index, Label
from symderiv.errors import IndexError_, ParseError, ShapeError, UnknownFunction
from symderiv.reader import declare, parse
from symderiv.reader.declare.undeclared import UndeclaredName
from tests.drawn import drawn

GIVEN = """W: m n; x: n; u: n; v: n; A: n n; B: n n; b: m; c: scalar; y: label m; X: N n; t: label m N
p = softmax(W*x)
s: d; w: k; k < d; sigma: sigmoid"""


@pytest.fixture(scope="module")
def context() -> Any:
    return declare(GIVEN)


@pytest.mark.parametrize(("text", "printed"), [
    ("x'*A*x", "x.T*A*x"),
    ("A.*B", "A.*B"),
    ("A*B", "A*B"),
    ("x.^2", "x.^2"),
    ("1./x", "1./x"),
    ("tr(A)", "tr(A)"),
    ("norm2(x)", "norm(x)"),
    ("||x||^2", "x.T*x"),
    ("log(det(A))", "log(det(A))"),
    ("inv(A)*x", "inv(A)*x"),
    ("sum(x)", "sum(x)"),
    ("u*v'", "u*v.T"),
    ("u'*v", "u.T*v"),
    ("u.*v", "u.*v"),
    ("W'*b", "W.T*b"),
    ("x.T*W.T*b", "x.T*W.T*b"),
    ("(softmax(W*x) - e_y)*x'", "(softmax(W*x) - e_y)*x.T"),
    ("(softmax(W*x)-e_y)*x'", "(softmax(W*x) - e_y)*x.T"),
    ("Diag(p) - p*p.T", "Diag(p) - p*p.T"),
    ("cross_entropy(W*x, y)", "cross_entropy(W*x, y)"),
    ("linear(x, W, b)", "W*x + b"),
    ("2*x'*A'*A*x", "2*(x.T*A.T*A*x)"),
    ("-x'*u", "-(x.T*u)"),
    ("I*x", "I*x"),
    ("A + c*I", "A + c*I"),
    ("ones(n)'*x", "ones(n).T*x"),
    ("sum(X, axis=1, keepdims=True)", "sum(X, axis=1, keepdims=True)"),
    ('conv1d(s, w, mode="full", flip=True)', 'conv1d(s, w, mode="full", flip=True)'),
    ('einsum("ij,jk->ik", A, B)', 'einsum("ij,jk->ik", A, B)'),
    ("A^2*x", "A*A*x"),
    ("A^T*x", "A.T*x"),
    ("sigma(x)", "sigmoid(x)"),
    ("c^2 + 2^c", "2**c + c**2"),
    ("x_1", "x[1]"),
    ("A[2,:]*x", "A[2,:].T*x"),
])
def test_reads(context: Any, text: str, printed: str) -> None:
    found = parse(text, context)
    assert str(found) == str(parse(printed, context))
    assert str(found).replace("(x.T*u)", "x.T*u") == printed.replace("(x.T*u)", "x.T*u")


@pytest.mark.parametrize(("text", "printed"), [
    ("x²", "x.^2"), ("u ⊙ v", "u.*v"), ("Wᵀ·b", "W.T*b"), ("σ(x)", "sigmoid(x)"), ("x·u", "x.T*u"),
    ("Σ_i x_i·u_i", "Sum(u[i]*x[i], (i, 1, n))"), ("u − v", "u - v"), ("A⁻¹*x", "inv(A)*x"), ("∂c/∂c", "1"),
    ("x₁", "x[1]"), ("‖x‖", "norm(x)"), ("𝐱", "x"),
])
def test_unicode_reads_like_ascii(context: Any, text: str, printed: str) -> None:
    assert str(parse(text, context)) == printed


def test_indices_take_their_range_from_the_axes(context: Any) -> None:
    m, n = sd.dims("m n")
    W, x = sd.tensor("W", m, n), sd.tensor("x", n)
    i, j = sd.indices("i", m), sd.indices("j", n)
    for text in ("sum_j W_ij*x_j", "sum_{j=1}^n W_{ij}*x_j", "sum_j W[i,j]*x[j]", "Sum(W[i, j]*x[j], (j, 1, n))"):
        assert parse(text, context) == sd.Sum(W[i, j] * x[j], j)


def test_a_sum_extends_to_the_end_of_its_product(context: Any) -> None:
    i = sd.indices("i", sd.dims("n"))
    x, c = sd.tensor("x", sd.dims("n")), sd.tensor("c")
    assert parse("sum_i x_i*c + c", context) == sd.Sum(x[i] * c, i) + c
    assert parse("sum_i (x_i + c)", context) == sd.Sum(x[i] + c, i)


def test_an_inner_sum_may_use_the_letter_again(context: Any) -> None:
    expr = parse("sum_i x_i*(sum_i u_i)", context)
    value = sd.evaluate(expr, x=np.array([1.0, 2.0]), u=np.array([3.0, 5.0]))
    assert float(value) == 24.0


def test_division_binds_to_its_factor(context: Any) -> None:
    value = sd.evaluate(parse("-1/c*sum_i x_i", context), x=np.array([1.0, 2.0]), c=2.0)
    assert float(value) == -1.5


def test_matlab_products_group_from_the_left(context: Any) -> None:
    A, B = np.array([[1.0, 2], [3, 4]]), np.array([[0.0, 1], [1, 1]])
    assert np.allclose(sd.evaluate(parse("A.*B*B", context), A=A, B=B), (A * B) @ B)
    assert np.allclose(sd.evaluate(parse("A*B.*B", context), A=A, B=B), (A @ B) * B)


def test_the_matrix_product_binds_tighter_than_the_hadamard_sign(context: Any) -> None:
    A, B = np.array([[1.0, 2], [3, 4]]), np.array([[0.0, 1], [1, 1]])
    assert np.allclose(sd.evaluate(parse("A ⊙ B*B", context), A=A, B=B), A * (B @ B))


# ------------------------------------------------------------------ refusals

@pytest.mark.parametrize(("text", "error", "says"), [
    ("x*x", ShapeError, "(n, 1)"),
    ("W*b", ShapeError, "(m, n)"),
    ("x + x'", ShapeError, "row"),
    ("x + b", ShapeError, "(m, 1)"),
    ("A + x", ShapeError, "every row"),
    ("A/x", ShapeError, "./"),
    ("A*q", UndeclaredName, "q: n"),
    ("Wx", UndeclaredName, "W*x"),
    ("2x", ParseError, "with *"),
    ("softmx(x)", UnknownFunction, "softmax"),
    ("softmax", ParseError, "softmax(...)"),
    ("foo(x)", UnknownFunction, "foo: function"),
    ("(x", ParseError, "not closed"),
    ("x)", ParseError, "column 2"),
    ("x'*A*", ParseError, "factor is missing"),
    ("", ParseError, "nothing to read"),
    (" \n ", ParseError, "nothing to read"),
    ("x = u", ParseError, "equation"),
    ("x[0]", IndexError_, "1..n"),
    ("x[1,2]", IndexError_, "1 axes"),
    ("c_i", ParseError, "scalar"),
    ("sum_i x_i*b_i", ShapeError, "runs over"),
    ("sum_i c", ParseError, "declare i: index n"),
    ("vector(1)", ShapeError, "ones(n)"),
    ("I", ShapeError, "eye(n)"),
    ("1/0", ShapeError, "zero"),
    ("x § u", ParseError, "'§'"),
    ("x ± u", ParseError, "±"),
    ("cross_entropy(x, y)", ShapeError, "m classes"),
    ("W(x)", ParseError, "not a function"),
    ("conv1d(s)", ShapeError, "argument"),
    ('conv1d(s, "w")', ParseError, "text"),
    ('conv1d(s, w, padding="1+1")', ParseError, "text"),
])
def test_refuses_with_a_way_out(context: Any, text: str, error: type, says: str) -> None:
    with pytest.raises(error) as caught:
        parse(text, context)
    assert says in str(caught.value)


def test_errors_say_where() -> None:
    with pytest.raises(UndeclaredName) as caught:
        parse("x'*A*x\n + q", "A: n n; x: n")
    assert (caught.value.line, caught.value.column, caught.value.token) == (2, 4, "q")


@pytest.mark.parametrize("text", [
    "(" * 5000 + "x", "(" * 150 + "x" + ")" * 150, "x" * 200_000, "x+" * 20_000 + "x", "-" * 50_000 + "x", "9" * 5000,
    "x^" * 3000 + "2", "2^2^2^2^2^2", "9^9999", "sum_i " * 2000 + "x_i", "x_{" + "i" * 50_000 + "}",
    "tanh(" * 400 + "x" + ")" * 400,
])
def test_unbounded_text_is_refused_quickly(context: Any, text: str) -> None:
    with pytest.raises(sd.SymderivError):
        parse(text, context)


# ------------------------------------------------------------------ round trip

def names_of(expr: Any) -> dict[str, Any]:
    """The tensors, labels and sizes in an expression, by name."""
    found: dict[str, Any] = {}
    stack: list[Any] = [expr]
    seen: set[Any] = set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Tensor | Named | Label) or (getattr(node, "is_Symbol", False) and not isinstance(node, Index)):
            found[node.name] = node
        stack.extend(s for s in getattr(node, "shape", ()) if hasattr(s, "args"))
        stack.extend(s for s in (getattr(node, "size", None), getattr(node, "label_size", None)) if s is not None)
        stack.extend(getattr(node, "args", ()))
        if hasattr(node, "params"):
            stack.extend(s for s in node.free_symbols if s is not node)
    return found


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_is_read_back_as_it_prints(name: str) -> None:
    expr = OPERATORS[name].example()
    if str(expr) == "I":
        pytest.skip("an identity alone does not say its size")
    assert str(parse(str(expr), **names_of(expr))) == str(expr)


M, N = sd.dims("m n")
LEAVES = {"W": sd.tensor("W", M, N), "A": sd.tensor("A", N, N), "B": sd.tensor("B", N, N), "x": sd.tensor("x", N),
          "u": sd.tensor("u", N), "b": sd.tensor("b", M), "c": sd.tensor("c")}
ARRAYS = {"W": np.array([[0.5, -1.0], [0.25, 2.0], [1.5, 0.75]]), "A": np.array([[1.0, 0.5], [-0.5, 2.0]]),
          "B": np.array([[0.3, 1.1], [0.7, -0.2]]), "x": np.array([0.4, -0.9]), "u": np.array([1.3, 0.2]),
          "b": np.array([0.1, -0.6, 0.8]), "c": np.array(0.7)}


@st.composite
def expressions(draw: Any, shape: tuple[Any, ...] = (), depth: int = 3) -> Any:
    """Random array expressions of a shape."""
    W = LEAVES["W"]
    own = [v for v in LEAVES.values() if v.shape == shape] or [W.T if shape == (N, M) else W @ W.T]
    if depth == 0:
        return draw(st.sampled_from(own))

    def part(wanted: tuple[Any, ...]) -> Any:
        return draw(expressions(wanted, depth - 1))

    size = draw(st.sampled_from([M, N]))
    if not shape:
        choices = [lambda: part(()) + part(()), lambda: part(()) * part(()), lambda: part((size,)) @ part((size,)),
                   lambda: sd.sum(part((size,))), lambda: sd.trace(part((size, size))), lambda: exp(-part(())),
                   lambda: 2 * part(()), lambda: sd.logsumexp(part((size,)))]
    elif len(shape) == 1:
        choices = [lambda: part(shape) + part(shape), lambda: part(shape) * part(shape),
                   lambda: part((*shape, size)) @ part((size,)), lambda: part((size,)) @ part((size, *shape)),
                   lambda: sd.softmax(part(shape)), lambda: part(()) * part(shape), lambda: part(shape) - part(shape),
                   lambda: part(shape) ** 2]
    else:
        rows, columns = shape
        choices = [lambda: part(shape) + part(shape), lambda: part(shape) * part(shape),
                   lambda: part((rows, size)) @ part((size, columns)), lambda: part((columns, rows)).T,
                   lambda: sd.outer(part((rows,)), part((columns,))), lambda: part(()) * part(shape),
                   lambda: sd.tanh(part(shape)), lambda: -part(shape)]
    return draw(st.sampled_from([*choices, lambda: draw(st.sampled_from(own))]))()


@drawn(15)
@given(st.sampled_from([(), (N,), (M,), (M, N), (N, N)]).flatmap(lambda shape: expressions(shape)))
def test_what_is_printed_means_the_same_when_read(expr: Any) -> None:
    read = parse(str(expr), **LEAVES, m=M, n=N)
    assert tuple(getattr(read, "shape", ())) == tuple(getattr(expr, "shape", ()))
    # SymPy may combine equal parts while reading, so that an array is no longer needed.
    before, after = (sd.evaluate(e, **{k: v for k, v in ARRAYS.items() if k in {str(s) for s in e.free_symbols}})
                     for e in (expr, read))
    assert np.allclose(before, after)


@pytest.mark.parametrize(("text", "meaning"), [
    ("norm2(A)", "norm(A)"), ("norm1(A)", "sum(abs(A))"), ("norm1(b)", "sum(abs(b))"), ("a^b", "a.^b"), ("2^b", "2.^b"),
    ("adj(A)", "det(A)*inv(A)"), ("max(b, y)", "maximum(b, y)"), ("min(b, 0)", "minimum(b, 0)"), ("max(0, b)", "relu(b)"),
    ("max(b, vector(1))", "maximum(b, ones(n))"), ("matrix(1) + A", "1 + A"), ("A.*matrix(2)", "2*A"),
    ("y'*matrix(1)*b", "sum(b)*sum(y)"), ("(A*matrix(1))*b", "sum(b)*sum(A, axis=1)"),
])
def test_the_text_of_matrixcalculus_org_is_read(text, meaning):
    n = sd.dims("n")
    names = {"A": sd.tensor("A", n, n), "b": sd.tensor("b", n), "y": sd.tensor("y", n), "a": sd.tensor("a")}
    assert sd.prove(sd.parse(text, **names), sd.parse(meaning, **names)).status == "proved"


@pytest.mark.parametrize("text", ["matrix(1)", "matrix(1) + b", "b*matrix(1)", "matrix(1)*b"])
def test_a_matrix_of_ones_needs_neighbours_of_its_kind(text):
    n = sd.dims("n")
    with pytest.raises(sd.SymderivError):
        sd.parse(text, b=sd.tensor("b", n))


@pytest.mark.parametrize(("text", "meaning"), [
    ("einsum('ij,j->i', A, b)", "A*b"), ("matmul(A, b)", "A*b"), ("permute(A, (1, 0))", "A'"),
    ("concat((b, y))", "concat(b, y)"),
    ("stack([b, y])", "stack(b, y)"), ("mse(b, y, 'sum')", "norm(b - y)^2"), ("b'*y + y'*b", "2*y'*b"),
    ("multi_head_attention(A, ((A, A, A),))", "attention(A*A, A*A, A*A)"),
    ("sum(gru_cell(b, y, r=(A, A), z=(A, A, b), n=(A, A)))", "sum(gru_cell(b, y, r=(A, A), z=(A, A, b), n=(A, A, 0*b)))"),
])
def test_tuples_and_quotes_are_read_as_python_writes_them(text, meaning):
    n = sd.dims("n")
    names = {"A": sd.tensor("A", n, n), "b": sd.tensor("b", n), "y": sd.tensor("y", n)}
    assert sd.prove(sd.parse(text, **names), sd.parse(meaning, **names)).status == "proved"


@pytest.mark.parametrize(("text", "printed"), [
    ('norm(A,"nuc")', "nuclear_norm(A)"),
    (r"\prod_{i=1}^n x_i", "prod(x)"),
    (r"\max_i x_i", "max(x)"),
])
def test_the_nuclear_norm_and_products_of_the_entries_of_a_vector(text: str, printed: str) -> None:
    given = "A: m n; B: n n; x: n; y: n"
    assert str(sd.parse(text, given)) == printed
    assert sd.parse(printed, given) == sd.parse(text, given)


def test_letters_that_stand_together_are_their_product_where_nothing_else_is_declared():
    n, d = sd.dims("n d")
    names = {"X": sd.tensor("X", n, d), "w": sd.tensor("w", d), "t": sd.tensor("t", n), "A": sd.tensor("A", n, n)}
    assert sd.parse("||Xw - t||^2 + t'At", **names) == sd.parse("||X*w - t||^2 + t'*A*t", **names)
    for wrong in ("dXw", "Xv", "Xt"):  # a differential, a letter that is not declared, shapes that do not conform
        with pytest.raises(sd.SymderivError, match=f"{wrong} is not declared"):
            sd.parse(f"2*{wrong}", d=sd.tensor("d"), **names)


def test_a_negative_power_of_a_square_matrix_by_two_stars_is_asked_about():
    n = sd.dims("n")
    names = {"A": sd.tensor("A", n, n), "x": sd.tensor("x", n)}
    with pytest.raises(sd.SymderivError, match="of the matrix, or of every entry"):
        sd.parse("A**-1*x", **names)
    assert str(sd.parse("A.^-1*x", **names)) == str(sd.parse("A**-1 @ x", **names)) == "(1./A)*x"
    assert str(sd.parse("x**-1", **names)) == "1./x"


def test_signs_that_results_are_printed_with_are_read_back():
    n, k = sd.dims("n k")
    x, w, X, K = sd.tensor("x", n), sd.tensor("w", k), sd.tensor("X", n, n), sd.tensor("K", k, k)
    for e in (sd.sigmoid(x), x * sd.sigmoid(2 * x), sd.conv1d(x, w, mode="full"), sd.conv1d(x, w, mode="same"),
              sd.conv2d(X, K, mode="full"), sd.sigmoid(sd.conv1d(x, w)), sd.conv1d(x, w, stride=2, padding=(1, k)),
              sd.conv_transpose1d(x, w, stride=2, output_size=2 * n), sd.conv_transpose1d(x, w, mode="same"),
              sd.conv_transpose1d(x, w), sd.conv2d(X, K, dilation=2)):
        assert sd.parse(latex(e), x=x, w=w, X=X, K=K) == e
    assert sd.parse(r"\sigma(x)", "sigma: tanh", x=x) == sd.tanh(x) and sd.parse("σ(x)", x=x) == sd.sigmoid(x)
    assert sd.parse(r"x^\top\Phi(x)", x=x) == sd.parse("x'*Φ(x)", x=x) == x @ sd.normal_cdf(x)
    with pytest.raises(sd.SymderivError, match="sigma"):
        sd.parse(r"\sigma(x)", "x: n")  # without objects, what a text says is all that is known
    for ambiguous in (r"x\, * x", r"x * _{q=2} w"):
        with pytest.raises(sd.SymderivError):
            sd.parse(ambiguous, x=x, w=w)
    d = sd.derive(sd.sum(sd.tanh(sd.conv1d(x, w, mode="full", flip=True))), x)
    assert sd.parse(latex(d.closed), x=x, w=w, **d.where) == d.closed


def test_a_given_array_has_its_name_beside_a_size_of_that_name():
    n, d = sd.dims("n d")
    x, h = sd.tensor("x", n), sd.tensor("h", d)
    assert sd.parse("mean(d.^2)", h=h, d=x) == sd.mean(x**2)


def test_what_a_gradient_is_taken_by_may_stand_below():
    n = sd.dims("n")
    names = {"x": sd.tensor("x", n), "A": sd.tensor("A", n, n)}
    assert sd.parse("grad_x(x'*A*x)", **names) == sd.parse("grad(x'*A*x, x)", **names)
    assert sd.parse("hessian_x(x'*A*x)", **names) == sd.parse("hessian(x'*A*x, x)", **names)
    with pytest.raises(sd.SymderivError):
        sd.parse("grad_i(x'*A*x)", **names)


def test_a_norm_by_its_name_has_its_kind_below():
    given = "X, Y: m n; x: n"
    assert sd.parse("norm(X - Y)_F^2", given) == sd.parse(r"\|X - Y\|_F^2", given)
    assert sd.parse("norm(x)_1", given) == sd.parse("||x||_1", given)


@pytest.mark.parametrize(("text", "meant"), [
    ("1ᵀ A 1", "ones(n).T*A*ones(n)"), ("1ᵀ (A + I) 1 + 1", "ones(n).T*(A + I)*ones(n) + 1"),
    ("1^T A 1", "ones(n).T*A*ones(n)"),
    ("(I - 11ᵀ/n) A", "(I - ones(n, n)/n)*A"), ("2 1ᵀ A", "2*A.T*ones(n)"),
    (r"\frac1n 1^\top A 1", "(ones(n).T*A*ones(n))/n"),
    ("11^2 A", "121*A")])
def test_a_one_that_is_transposed_is_a_vector_of_ones(text, meant):
    assert str(sd.parse(text, "A: n n")) == meant
