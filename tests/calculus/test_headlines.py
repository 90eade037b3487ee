"""Derivatives that textbooks print, as text, with their proofs."""

from __future__ import annotations

import pytest
from sympy import exp, gamma, log

import symderiv as sd
from symderiv.errors import NoRule, SymderivError

m, n, d, k = sd.dims("m n d k")
W, x, z, t = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m), sd.tensor("t", m)
y = sd.label("y", m)
h, w = sd.tensor("h", d), sd.tensor("w", k)
G = "dL_dy"


def proved(derivation):
    """The closed form as text, of a derivation that is proved and agrees with numbers."""
    assert derivation.proof.status == "proved"
    assert derivation.status == "proved"
    report = derivation.check(seed=1)
    assert report.ok, report
    return str(derivation.closed)


def test_gradient_of_cross_entropy_in_the_weights():
    assert proved(sd.derive(sd.cross_entropy(W @ x, y), W)) == "(softmax(W*x) - e_y)*x.T"


def test_gradient_of_cross_entropy_in_the_input():
    assert proved(sd.derive(sd.cross_entropy(W @ x, y), x)) == "W.T*(softmax(W*x) - e_y)"


def test_several_variables_in_one_pass():
    both = sd.derive(sd.cross_entropy(W @ x, y), (W, x))
    assert [proved(one) for one in both] == ["(softmax(W*x) - e_y)*x.T", "W.T*(softmax(W*x) - e_y)"]


def test_intermediate_variable():
    logits = W @ x
    assert proved(sd.derive(sd.cross_entropy(logits, y), logits)) == "softmax(W*x) - e_y"


def test_softmax_jacobian():
    d = sd.derive(sd.softmax(z), z)
    assert proved(d) == "Diag(p) - p*p.T" and str(d.where["p"]) == "softmax(z)"


@pytest.mark.parametrize("names", ["i k", "a b", "k i"])
def test_softmax_jacobian_of_a_definition(names):
    i, j = sd.indices(names, m)
    p = sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[j]), j))
    assert proved(sd.derive(p, z)) == "Diag(p) - p*p.T"


def test_hessian_of_cross_entropy_is_the_softmax_jacobian():
    hessian = sd.hessian(sd.cross_entropy(z, y), z)
    assert proved(hessian) == "Diag(p) - p*p.T"
    assert hessian.closed == sd.derive(sd.softmax(z), z).closed


def test_cross_entropy_written_by_hand():
    i, j = sd.indices("i j", m)
    p = sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[j]), j))
    assert proved(sd.derive(-log(p[y]), z)) == "p - e_y"
    logits = sd.define("u", W @ x)
    q = sd.define("q", (i,), exp(logits[i]) / sd.Sum(exp(logits[j]), j))
    assert proved(sd.derive(-log(q[y]), W)) == "(q - e_y)*x.T"


def test_renaming_changes_names_only():
    r, s = sd.dims("r s")
    A, b, c = sd.tensor("A", r, s), sd.tensor("b", s), sd.label("c", r)
    assert proved(sd.derive(sd.cross_entropy(A @ b, c), A)) == "(softmax(A*b) - e_c)*b.T"


def test_order_of_terms_does_not_matter():
    A = sd.tensor("A", n, n)
    terms = [x @ A @ x, sd.sum(sd.tanh(x)), sd.dot(x, sd.tensor("b", n))]
    first = sd.derive(terms[0] + terms[1] + terms[2], x).closed
    assert sd.derive(terms[2] + terms[0] + terms[1], x).closed == first
    assert sd.derive(terms[1] + (terms[2] + terms[0]), x).closed == first


def test_weight_used_twice():
    A = sd.tensor("A", n, n)
    derivation = sd.derive(sd.sum(A @ sd.tanh(A @ x)), A)
    proved(derivation)
    assert len(derivation.proof.accumulations[-1].chains) == 2


def test_quadratic_form():
    A = sd.tensor("A", n, n)
    assert proved(sd.derive(x @ A @ x, x)) == "(A + A.T)*x"
    assert proved(sd.derive(x @ A @ x, A)) == "x*x.T"
    assert proved(sd.hessian(x @ A @ x, x)) == "A + A.T"


def test_vector_jacobian_product_takes_the_cotangent_given():
    v = sd.tensor("v", m)
    assert proved(sd.vjp(W @ x, W, v)) == "v*x.T"
    assert proved(sd.vjp(W @ x, x, upstream=v)) == "W.T*v"


def test_hessian_vector_product_is_the_hessian_times_the_vector():
    v = sd.tensor("v", m)
    product = sd.hvp(sd.cross_entropy(z, y), z, v)
    proved(product)
    assert str(product).startswith("d2L/dz2*v = ")
    assert sd.prove(product.closed, sd.hessian(sd.cross_entropy(z, y), z).closed @ v).status == "proved"


def test_variable_that_does_not_occur():
    derivation = sd.derive(sd.cross_entropy(W @ x, y), sd.tensor("q", n, m))
    assert proved(derivation) == "zeros(n, m)"
    assert derivation.shape == (n, m)
    assert "does not occur" in derivation.notes[0]


def test_variable_that_cancels_is_not_reported_as_missing():
    assert sd.derive(sd.sum(x) - sd.sum(x) + sd.sum(sd.sin(x)), x).notes == ()


@pytest.mark.parametrize("variable", ["input", "kernel"])
@pytest.mark.parametrize(("mode", "flip", "expected"), [
    ("valid", False, {"input": f'conv1d({G}, flip(w), mode="full")', "kernel": f"conv1d(h, {G})"}),
    ("valid", True, {"input": f'conv1d({G}, w, mode="full")', "kernel": f"flip(conv1d(h, {G}))"}),
    ("full", False, {"input": f"conv1d({G}, flip(w))", "kernel": f"flip(conv1d({G}, h))"}),
    ("full", True, {"input": f"conv1d({G}, w)", "kernel": f"conv1d({G}, h)"})])
def test_convolution(mode, flip, expected, variable):
    output = sd.conv1d(h, w, mode=mode, flip=flip)
    assert proved(sd.vjp(output, h if variable == "input" else w)) == expected[variable]


@pytest.mark.parametrize("variable", [h, w], ids=["input", "kernel"])
@pytest.mark.parametrize("options", [
    {"mode": "same"}, {"mode": "same", "flip": True}, {"stride": 2}, {"stride": 3, "flip": True}, {"dilation": 2},
    {"dilation": 2, "mode": "full"}, {"padding": (1, 2)}, {"stride": 2, "mode": "full"},
    {"stride": 2, "mode": "same"}, {"padding": 1, "stride": 2, "dilation": 3}], ids=str)
def test_convolution_with_options(options, variable):
    proved(sd.vjp(sd.conv1d(h, w, **options), variable))


def test_a_convolution_with_strides_goes_back_by_a_transposed_one():
    assert proved(sd.vjp(sd.conv1d(h, w, stride=2), h)) == f"conv_transpose1d({G}, w, stride=2, output_size=d)"
    assert proved(sd.vjp(sd.conv1d(h, w, padding=1), h)) == f"conv_transpose1d({G}, w, padding=(1, 1))"


def test_jacobian_of_a_valid_convolution_keeps_its_ranges():
    derivation = sd.derive(sd.conv1d(h, w), w)
    assert derivation.shape == (d - k + 1, k)
    assert proved(derivation)


def test_function_without_a_rule_raises():
    i = sd.indices("i", m)
    with pytest.raises(SymderivError, match="gamma"):
        sd.derive(sd.define("f", (i,), gamma(z[i])), z)


def test_every_function_has_a_derivative_or_raises():
    from symderiv.calculus.differentiate import DIFFERENTIATE
    from symderiv.calculus.rules import Rewriter, RuleContext
    from symderiv.terms.nodes import FunctionValue, Sym, deriv, ent

    c = Sym("c", ())
    with pytest.raises(NoRule, match="mystery"):
        Rewriter(RuleContext()).exhaust(deriv(FunctionValue("mystery", (ent(c),)), c, ()), DIFFERENTIATE, "differentiate")


def test_free_letter_of_an_operand_stays_apart_from_the_axes():
    A = sd.tensor("A", n, n)
    i = sd.indices("i", n)
    assert proved(sd.derive(sd.define("q", (i,), sd.sum(x[i] * A)), x)) == "sum(A)*eye(n)"
    a = sd.indices("a", m)
    row = sd.define("q", (a,), sd.logsumexp(W[a, :]))
    derivation = sd.derive(row, W)
    proved(derivation)
    assert derivation.shape == (m, m, n)


def test_row_vectors_behind_matrices_become_columns():
    A, B, C = (sd.tensor(name, n, n) for name in "ABC")
    proved(sd.derive(sd.log(1 + sd.dot(sd.tanh(x) @ A @ B, x @ A @ B)) + sd.sum(C), A))
    proved(sd.derive(sd.cross_entropy((B.T @ x * sd.tensor("c", n)) @ C, sd.label("y", n)), x))


def test_index_form_binds_no_letter_that_is_free():
    from sympy import Sum as SympySum

    A, u = sd.tensor("A", n, n), sd.tensor("u", n)
    derivation = sd.derive(sd.diag(x) @ A @ sd.diag(u), x)
    free = {letter.name for letter in derivation.indices}
    bound = {limit[0].name for total in derivation.index.atoms(SympySum) for limit in total.limits}
    assert bound and not free & bound


def test_proof_lines_bind_no_letter_that_is_free():
    from symderiv.terms.nodes import Sum, subterms

    A, B = sd.tensor("A", n, n), sd.tensor("B", n, n)
    for chain in sd.derive(sd.tanh(A @ B) @ A, A).proof.all_chains:
        for line in (chain.start, *(step.after for step in chain.steps)):
            bound = {b.key for part in subterms(line) if isinstance(part, Sum) for b in part.binders}
            assert not bound & {letter.key for letter in line.free}, line


def test_jacobian_letters_differ_from_the_sizes():
    i, k_ = sd.dims("i k")
    v, M = sd.tensor("v", i), sd.tensor("M", i, k_)
    derivation = sd.derive(sd.tanh(v @ M), M)
    assert not {"i", "k"} & {letter.name for letter in derivation.indices}
    proved(derivation)


def test_cotangent_that_vanishes_is_part_of_the_proof():
    b, c = sd.tensor("b", m), sd.tensor("c", n)
    h = sd.outer(b, c)
    centred = h - sd.mean(h, axis=1, keepdims=True)
    proved(sd.derive(sd.nll(sd.log_softmax(centred), sd.label("y", n, shape=(m,))), b))


def test_compiled_function_takes_the_sizes_of_the_result():
    i = sd.indices("i", m)
    function = sd.derive(sd.define("f", (i,), x[1] ** 2), x).numpy()
    assert function(x=[3.0, 1.0], m=2).tolist() == [[6.0, 0.0], [6.0, 0.0]]
