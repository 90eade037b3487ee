"""What is printed is what is meant: brackets, names, ones and identities in text, LaTeX and Python text."""

from functools import reduce
from operator import mul

import pytest
from sympy import E, Integer, exp, latex, pi

import symderiv as sd
from symderiv.arrays.matrixfunction import MatrixFunction
from symderiv.errors import BoundExceeded, DeclarationError, SymderivError
from tests.campaign.properties.printed_forms import agree, declared, read_latex, read_text, run_python

m, n, k = sd.dims("m n k")
x, y, c, s = sd.tensor("x", n), sd.tensor("y", n), sd.tensor("c"), sd.tensor("s")
A, B, C, D = sd.tensor("A", n, n), sd.tensor("B", n, n), sd.tensor("C", m, n), sd.tensor("D", 1, n)

BRACKETS = [
    (sd.kron(A, B).T, "kron(A, B).T", r"\left(A \otimes B\right)^{\top}"),
    (sd.outer(1 / x, 1 / y), "(1./x)*(1./y).T", r"\left(1 \oslash x\right) \left(1 \oslash y\right)^{\top}"),
    (-s / (y @ x), "-s/(y.T*x)", r"- \frac{s}{y^{\top} x}"),
    (-1 / (x @ A @ y), "-1/(x.T*A*y)", r"- \frac{1}{x^{\top} A y}"),
    ((x @ y) * A @ x, "(x.T*y)*A*x", r"\left(x^{\top} y\right) A x"),
    (sd.inv(sd.inv(A) ** 2), "inv(inv(A).^2)", r"\left(\left(A^{-1}\right)^{\odot 2}\right)^{-1}"),
    (A + 1, "A + ones(n, n)", r"A + \mathbf{1}_{n} \mathbf{1}_{n}^{\top}"),
    (1 - C ** 2, "1 - C.^2", r"1 - C^{\odot 2}"),
    (A * (1 - A), "A.*(1 - A)", r"A \odot \left(1 - A\right)"),
    (A + x, "A + ones(n)*x.T", r"A + \mathbf{1}_{n} x^{\top}"),
    (sd.expand_dims(x, 1) - x, "x*ones(n).T - ones(n)*x.T", r"x \mathbf{1}_{n}^{\top} - \mathbf{1}_{n} x^{\top}"),
    (sd.trace(A) * sd.eye(n), "tr(A)*eye(n)", r"\operatorname{tr}\left(A\right) I_{n}"),
    (A - c * sd.eye(n), "A - c*I", r"A - c I_{n}"),
    (sd.logdet(A) ** 2, "logdet(A)**2", r"\left(\log\left|\det\left(A\right)\right|\right)^{2}"),
    (sd.max(C, axis=1), "max(C, axis=1)", r"\operatorname{max}\left(C,\, \mathrm{axis}=1\right)"),
    (-(D @ x), "-matmul(D, x)", r"-\operatorname{matmul}\left(D, x\right)"),
    ((sd.tensor("B", m, 1) @ D) @ x, "(B*D)*x", r"\left(B D\right) x"),
    (D + x, "D + ones(1)*x.T", r"D + \mathbf{1}_{1} x^{\top}"),
    (sd.vec(D), "squeeze(D.T, axis=1)", r"\operatorname{squeeze}\left(D^{\top},\, \mathrm{axis}=1\right)"),
    (sd.inv(sd.tensor("q", 1, 1)), "inv(q)", "q^{-1}"),
    (sd.tensor("I", n, n) @ sd.tensor("eye", n, n) @ sd.eye(n), "I*eye*sd.eye(n)",
     r"I \mathrm{eye} \operatorname{sd.eye}\left(n\right)"),
]


@pytest.mark.parametrize("expr, text, tex", BRACKETS, ids=[text for _, text, _ in BRACKETS])
def test_what_stands_in_a_formula_is_bracketed_by_what_binds_it(expr, text, tex):
    assert str(expr) == text and latex(expr) == tex
    names = declared(expr)
    for again in (read_text(text, names), read_latex(tex, names), run_python(sd.python(expr), names)):
        assert agree(expr, again, 1) is None


E_, I_, PI, E1, EXP, SUM = (sd.tensor(name, *shape) for name, shape in (
    ("e", ()), ("I", (n, n)), ("pi", ()), ("e_1", (n,)), ("exp", (n,)), ("sum", (n,))))
label, size = sd.label("o", n), sd.dims("e")
NAMED = {
    "e": E_ * E * exp(c), "I": I_ @ sd.eye(n) + sd.eye(n) * 2, "pi": PI * pi, "e_1": E1 - sd.one_hot(1, n),
    "exp": sd.exp(EXP) + EXP, "sum": sd.sum(SUM) * SUM, "a scalar function": EXP * exp(c),
    "a size e": exp(size) * sd.ones(size),
    "a label of a size e": sd.one_hot(sd.label("o", size)), "T": sd.tensor("T", n) ** sd.tensor("c"),
    "an exponent T": x ** sd.tensor("T"), "sigma": sd.sigmoid(x) * sd.tensor("sigma"), "keyword": sd.tensor("lambda", n) @ x,
    "prime": sd.tensor("x'", n) @ A, "script": sd.tensor("W^{(1)}", m, n) @ x, "accent": sd.tensor(r"\hat{x}", n).T @ x,
    "sd": sd.tensor("sd", n) * x, "Diag": sd.diag(sd.tensor("Diag", n)) @ x, "log": sd.log_softmax(sd.tensor("log", n)),
}


@pytest.mark.parametrize("name", NAMED)
def test_names_that_look_like_constants_or_functions_are_told_apart(name):
    expr = NAMED[name]
    names = declared(expr)
    for again in (read_text(str(expr), names), read_latex(latex(expr), names), run_python(sd.python(expr), names)):
        assert agree(expr, again, 1) is None


def test_names_of_shared_parts_read_back_when_declared_by_their_table():
    X, gamma, beta, eps = sd.tensor("X", m, n), sd.tensor("gamma", n), sd.tensor("beta", n), sd.tensor("eps", positive=True)
    for d in (sd.derive(sd.layer_norm(x, gamma, beta, eps), x), sd.derive(sd.sum(sd.attention(X, X, X) ** 2), X),
              sd.derive(sd.softmax(sd.log(x) / 3) @ A @ sd.softmax(sd.log(x) / 3), x)):
        assert d.where
        again = sd.parse(str(d.closed), **{**declared(d.primal), **d.where})
        assert agree(d.closed, again, 1) is None
        seen: set[str] = set()
        for name, body in d.where.items():
            needed = {other for other in d.where if other != name and other in declared(body)}
            assert needed <= seen | {name}, f"{name} is shown before what it needs"
            seen.add(name)


def test_the_python_text_of_a_derivation_builds_its_closed_form():
    W = sd.tensor("W", n, n)
    d = sd.derive(sd.sum((W @ x) ** 2), x)
    assert sd.python(d) == "2*(W.T @ W @ x)" or agree(d.spelled, run_python(sd.python(d), declared(d.primal)), 1) is None
    i, j = sd.indices("i j", n)
    for e in (sd.Sum(A[i, j] * (x[i] - x[j]) ** 2 / 2, i, j), sd.attention(A, A, A), sd.layer_norm(x, y, y, c)):
        assert agree(e, run_python(sd.python(e), declared(e)), 1) is None
    with pytest.raises(SymderivError):
        sd.python("__import__('os')")


def test_python_text_of_deep_expressions_is_what_python_reads_or_none():
    chain, tower = reduce(mul, [sd.tensor(f"u{k}", n) for k in range(400)]), x
    assert run_python(sd.python(chain), declared(chain)) == chain
    for _ in range(400):
        tower = sd.tanh(tower)
    with pytest.raises(BoundExceeded):
        sd.python(tower)


def test_exact_fractions():
    assert sd.rational(1, 2) * 2 == 1 and sd.rational(3) == 3
    for wrong in (("1", 2), (1.5, 2), (1, 0), (True, 2)):
        with pytest.raises(DeclarationError):
            sd.rational(*wrong)


def test_options_of_a_call_are_literals():
    assert sd.parse(r"\operatorname{sum}\left(C,\, \mathrm{axis}=0\right)", C=C) == sd.sum(C, axis=0)
    with pytest.raises(SymderivError):
        sd.parse('sum(C, axis="0")', C=C)
    with pytest.raises(SymderivError):
        sd.parse(r'\operatorname{conv1d}\left(x, y,\, \mathrm{mode}=\texttt{"__import__"}\right)', x=x, y=y)


def test_an_unknown_function_has_python_text():
    c, phi = sd.tensor("c"), sd.function("phi")
    total = sd.Sum(x[sd.indices("i", n)], sd.indices("i", n)) * sd.parse("phi(c)", phi=phi, c=c)
    assert eval(sd.python(total), {"sd": sd, "c": c, "x": x, "n": n, "i": sd.indices("i", n)}) == total


P = sd.tensor("e", n, n)


@pytest.mark.parametrize("expr", [
    sd.spectral_norm(C) ** 2, sd.nuclear_norm(C) ** 2 / c, -sd.nuclear_norm(-C / c) * x, sd.leading_pair(C) - C,
    sd.eiggaps(A) * A, sd.expm(P) @ P, sd.trace_expm(P) * P, sd.trace_expm(sd.expm(A)) + c, sd.polar(C).T,
    1 / sd.trace(sd.expm(A @ B)),
    sd.spectral_norm(sd.tensor("sigma", m, n)) * sd.tensor("max")], ids=str)
def test_functions_of_a_whole_matrix_are_read_back(expr):
    names = declared(expr)
    for again in (read_text(str(expr), names), read_latex(latex(expr), names), run_python(sd.python(expr), names)):
        assert agree(expr, again, 1) is None


@pytest.mark.parametrize("kind, at", [("eigvecs", (1, 2)), ("eiggaps", (1, 2)), ("inv", (2, 1)), ("leading_pair", (1, 1)),
                                      ("det", ()), ("nuclear_norm", ()), ("trace_expm", ())])
def test_an_entry_of_a_function_of_a_whole_matrix_is_read_back(kind, at):
    whole = getattr(sd, kind)(A)
    entry = MatrixFunction(kind, A, *map(Integer, at))
    names = declared(whole)
    for again in (read_text(str(entry), names), read_latex(latex(entry), names), run_python(sd.python(entry), names)):
        assert agree(whole[at] if at else whole, again, 1) is None


@pytest.mark.parametrize("expr, tex", [
    (sd.inv(sd.inv(A)).T, r"{\left(A^{-1}\right)^{-1}}^{\top}"),
    (2 * 2 ** x * y, r"2 \cdot 2^{\odot x} \odot y"),
    (sd.expm_frechet(A, B) @ sd.tensor("L", n), r"\operatorname{expm\_frechet}\left(A, B\right) L"),
], ids=["an inverse of an inverse", "a number before a power of a number", "a name that is an operator's sign"])
def test_marks_and_signs_that_meet_are_kept_apart(expr, tex):
    assert latex(expr) == tex
    assert agree(expr, read_latex(tex, declared(expr)), 1) is None


@pytest.mark.parametrize("expr", [
    A - sd.tensor("eye") * sd.eye(n), x - sd.tensor("ones") * sd.ones(n), (sd.tensor("eye", n) @ x) * sd.eye(n) @ x],
                         ids=str)
def test_signs_of_constant_arrays_stand_beside_what_is_called_as_they_are(expr):
    names = declared(expr)
    for again in (read_text(str(expr), names), read_latex(latex(expr), names), run_python(sd.python(expr), names)):
        assert agree(expr, again, 1) is None


def test_a_power_of_a_sum_has_brackets():
    i = sd.indices("i", n)
    total = sd.Sum(x[i] / y[i], i)
    assert latex(total ** 2 * c) == r"c \left(\sum_{i=1}^{n} \frac{x_{i}}{y_{i}}\right)^{2}"
    assert agree(total ** 2, read_latex(latex(total ** 2), declared(total)), 1) is None


a, b = sd.tensor("a"), sd.tensor("b")
NO_MINUS_FIRST = [
    (-a + b * c, "b*c - a", "b c - a", "b*c - a"),
    (-1 / (n + a) + 1 / a, "1/a - 1/(n + a)", r"\frac{1}{a} - \frac{1}{n + a}", "1/a - 1/(n + a)"),
    (-y + A @ x, "A*x - y", "A x - y", "A @ x - y"),
    (-y + y @ x, "y.T*x - y", r"y^{\top} x - y", "y @ x - y"),
    (-sd.sum(y) + x / 2, "x/2 - sum(y)", r"\frac{1}{2} x - \operatorname{sum}\left(y\right)",
     "sd.rational(1, 2)*x - sd.sum(y)"),
    (-a * b - c, "-a*b - c", "- a b - c", "-c - a*b"),
    ((-a * b) ** 2 / c, "a**2*b**2/c", r"\frac{a^{2} b^{2}}{c}", "a**2*b**2/c"),
    (sd.exp(-a), "exp(-a)", "e^{- a}", "sd.exp(-a)"),
]


@pytest.mark.parametrize("expr, text, tex, python", NO_MINUS_FIRST, ids=[text for _, text, *_ in NO_MINUS_FIRST])
def test_no_sum_begins_with_a_minus_where_a_term_has_none(expr, text, tex, python):
    assert (str(expr), latex(expr), sd.python(expr)) == (text, tex, python)
    names = declared(expr)
    for again in (read_text(text, names), read_latex(tex, names), run_python(python, names)):
        assert agree(expr, again, 1) is None


def test_a_truth_value_is_set_upright_and_read_back():
    tex = latex(sd.sum(C, axis=1, keepdims=True))
    assert tex == r"\operatorname{sum}\left(C,\, \mathrm{axis}=1,\, \mathrm{keepdims}=\mathrm{True}\right)"
    assert agree(sd.sum(C, axis=1, keepdims=True), read_latex(tex, {"C": C, "m": m, "n": n}), 1) is None


@pytest.mark.parametrize("of", (sd.exp, sd.log, sd.sqrt, sd.tanh), ids=lambda of: of.__name__)
def test_a_function_of_the_entries_of_a_square_matrix_is_read_back(of):
    X = sd.tensor("X", m, n)
    for e in (of(A), of(X @ X.T).T @ X, X @ of(A) ** 2):
        assert sd.parse(latex(e), A=A, X=X) == e
    assert r"\odot" not in latex(of(X))


def test_a_function_of_the_entries_stands_in_text_with_its_mark():
    G = sd.tensor("G", n, n)
    assert "G ⊙ exp_⊙(-A)" in str(sd.derive(sd.sum(G * sd.exp(-A)), A).proof)
