"""Questions as data: every job answers, and what cannot be answered says why and where."""

from __future__ import annotations

import json
from typing import Any

import pytest

import symderiv as sd
from symderiv.web.proposals import proposed, variable
from symderiv.web.questions import JOBS, MOST, answer


def test_a_derivative_is_the_string_of_the_library() -> None:
    found = answer("derive", {"expr": "x'*A*x", "given": "A: n n; x: n", "wrt": "x"})
    n = sd.dims("n")
    A, x = sd.tensor("A", n, n), sd.tensor("x", n)
    assert found["results"][0]["closed"] == str(sd.derive(x @ A @ x, x).closed)
    assert found["results"][0]["status"] == "proved"


def test_what_a_page_shows_is_whole_and_can_be_sent() -> None:
    asked = {"expr": "sum(exp(W*x))", "given": "W: m n; x: n", "wrt": "W"}
    found = json.loads(json.dumps(answer("show", asked)))["results"][0]
    assert {"mathml", "proofs", "code", "graph", "check", "certificate"} <= set(found)
    assert all("<math" in found["proofs"][grain] for grain in ("answer", "steps", "rewrites"))
    assert "np." in found["code"]["numpy"] and "jnp." in found["code"]["jax"] and found["code"]["python"].startswith("sd.")
    assert found["check"]["ok"] and len(found["certificate"]) == 64


def test_a_false_equality_comes_with_its_counterexample() -> None:
    found = answer("prove", {"left": "(A*B)'", "right": "A'*B'", "given": "A: n n; B: n n"})
    assert found["status"] == "refuted" and found["counterexample"]


@pytest.mark.parametrize(("job", "fields", "field"), [
    ("derive", {"expr": "x +* 2", "wrt": "x", "given": "x: n"}, "expr"),
    ("derive", {"expr": "x", "wrt": "x", "given": "x: n; y z"}, "given"),
    ("derive", {"expr": "x", "wrt": "q", "given": "x: n"}, "wrt"),
    ("derive", {"expr": "x", "wrt": "x+", "given": "x: n"}, "wrt"),
    ("prove", {"left": "x", "right": "(x", "given": "x: n"}, "right"),
    ("prove", {"left": "y", "right": "x", "given": "x: n"}, "left"),
    ("preview", {"expr": "x", "given": "x: -1"}, "given"), ("verify", {"text": "x = x", "given": "x: -1"}, "given"),
])
def test_an_error_says_in_which_field_it_is(job: str, fields: dict[str, str], field: str) -> None:
    assert answer(job, fields)["error"]["field"] == field


def test_lines_are_counted_from_one() -> None:
    found = answer("verify", {"text": "L = x^\\top x\n\\nabla_x L = x", "given": "x: n"})
    assert [line["number"] for line in found["lines"]] == [1, 2]
    assert [line["kind"] for line in found["lines"]] == ["quiet", "wrong"]


@pytest.mark.parametrize(("text", "given", "wanted"), [
    ("softmax(W*x + b)", "", "W: m n; x: n; b: m"),
    ("tr(A*B)\ntr(B*A)", "", "A: m n; B: n m"),
    ("norm(X*w - y)^2", "y: N", "X: N m; w: m"),
    ("f(A*x + b)", "", "f: function; A: m n; x: n; b: m"),
    ("\\sigma(w^\\top x + b)", "", "sigma: sigmoid; w: m; x: m; b: scalar"),
    ("softmax(W2*relu(W1*x+b1)+b2)", "", "W2: m n; W1: n k; x: k; b1: n; b2: m"),
    ("\\|Xw - y\\|^2 + \\lambda\\|w\\|^2", "", "X: m n; w: n; y: m; lambda: scalar"),
    ("tr(A*X*B*X')", "", "A: m m; X: m n; B: n n"),
    ("\\frac12 (y - Xw)^\\top \\Sigma^{-1}(y-Xw)", "", "y: m; X: m n; w: n; Sigma: m m"),
    ("A*B*c", "c: m", "A: n k; B: k m"),
    ("x'*x", "x: n", ""),
    ("kron(A, B)", "", "A: m n; B: k p"),
    ("softmax(Q*K'/sqrt(d))*V", "", "Q: m n; K: k n; V: k p; d: scalar"),
    ("exp(-norm(x - mu)^2/(2*s^2))", "", "x: m; mu: m; s: scalar"),
    ("\\frac{1}{N}\\sum_{i=1}^N (y_i - w^\\top x_i)^2", "", "y: N; w: m; x: N m"),
    ("v'*tanh(W*x + U*h + c)", "", "v: m; W: m n; x: n; U: m k; h: k; c: m"),
    ("foo(x)", "", ""),
    ("cross_entropy(W2*relu(W1*x), y)", "", "W2: m n; W1: n k; x: k; y: label m"),
    ("\\beta^\\top X^\\top X\\beta", "", "beta: m; X: n m"),
    ("\\sum_i x_i^2", "", "x: m"),
    ("\\sum_{i,j} A_{ij} x_i x_j", "", "A: m m; x: m"),
    ("\\sum_{ij} (A_{ij} - u_i v_j)^2", "", "A: m n; u: m; v: n"),
    ("-\\log \\frac{e^{z_y}}{\\sum_k e^{z_k}}", "", "z: m; y: label m"),
    ("layer_norm(x,g,b)", "", "x: m; g: m; b: m"), ("attention(Q,K,V)", "", "Q: m n; K: k n; V: k p"),
    ("bce(p,y)", "", "p: m; y: m"), ("batch_norm(X,g,b)", "", "X: m n; g: n; b: n"), ("kl_div(p,q)", "", "p: m; q: m"),
    ("log(1 + exp(-y*(w'*x)))", "", "w: m; x: m; y: scalar"), ("max(0, 1 - y*w'*x)", "", "w: m; x: m; y: scalar"),
    ("\\sum_{i=1}^n (y_i - a x_i - b)^2", "", "y: n; x: n; b: scalar; a: scalar"), ("b*b'", "", "b: m"),
    ("y .* (W*x)", "", "y: m; W: m n; x: n"), ("-\\log p_k", "", "p: m; k: label m"),
    ("\\log\\frac{e^{z_k}}{\\sum_j e^{z_j}}", "", "z: m; k: label m"),
    ("layer_norm(x,g,b) @ u", "", "x: m; g: m; b: m; u: m"), ("linear(x,W,b)", "", "x: m; W: n m; b: n"),
])
def test_declarations_are_proposed_as_general_as_the_text_allows(text: str, given: str, wanted: str) -> None:
    assert proposed(tuple(text.split("\n")), given) == wanted


@pytest.mark.parametrize(("text", "said", "place"), [
    ("A*x +", "something is missing at the end", 0), ("x^^2", "'^' cannot stand here", 0),
    ("W*x + (b", "the bracket '(' is not closed", 0), ("f(x)g(x)", "f is not a function", 0),
    ("A*B\ntr(B*A", "not closed", 1),
])
def test_what_no_declaration_helps_is_said_with_its_place(text: str, said: str, place: int) -> None:
    found = answer("propose", {"text": text})
    assert found["given"] == "" and said in found["misread"]["message"] and found["misread"]["column"]
    assert found["misread"]["text"] == place


@pytest.mark.parametrize("text", ["\\sum_i x_{ij} y_j", "x_i*y_i", "f(x)", "softmax(W*x + b)"])
def test_names_alone_are_nothing_that_is_written_wrong(text: str) -> None:
    assert answer("propose", {"text": text})["misread"] is None


def test_plain_text_is_shown_as_it_was_read() -> None:
    lines = answer("verify", {"text": "p = softmax(z)\ndp/dz = diag(p) - p*p'\np = @", "given": "z: m"})["lines"]
    assert "softmax" in lines[0]["mathml"] and "<code>" in lines[2]["mathml"]


@pytest.mark.parametrize(("declarations", "wanted"), [
    ("y: m; X: m n; w: n", "w"), ("f: function; g: function; x: m", "x"), ("x: m; A: m m", "x"), ("U: m k; V: n k", "U"),
    ("y: label m; W2: m n; W1: n k; x: k", "W2"), ("sigma: sigmoid", ""), ("N: size; X: N m; theta: m", "theta"),
])
def test_what_one_most_likely_derives_by_is_proposed(declarations: str, wanted: str) -> None:
    assert variable(declarations) == wanted


@pytest.mark.parametrize(("job", "fields", "said"), [
    ("derive", {"expr": "x +* 2", "wrt": "x", "given": "x: n"}, "column"),
    ("derive", {"expr": "x", "given": "x: n"}, "wrt is missing"),
    ("derive", {"expr": 3, "wrt": "x"}, "to be text"),
    ("derive", {"expr": "x", "wrt": "x", "code": "y"}, "no field"),
    ("derive", ["x"], "object of texts"),
    ("derive", {"expr": "x" * (MOST + 1), "wrt": "x"}, "more than"),
    ("nothing", {}, "no job"),
    (None, {}, "no job"),
    ("prove", {"left": "(" * 3000 + "x" + ")" * 3000, "right": "x", "given": "x: n"}, "nested"),
    ("count", {"text": "Conv2d(64, 7)"}, "sizes of the input"),
    ("preview", {"expr": "\\documentclass{article}\n\\begin{document} $x$ \\end{document}"}, "belongs to a document"),
])
def test_what_cannot_be_answered_says_why(job: Any, fields: Any, said: str) -> None:
    assert said in str(answer(job, fields)["error"]["message"])


@pytest.mark.parametrize(("expr", "wrt", "field", "said"), [
    ("", "x", "expr", "missing"), ("x'*x", " ", "wrt", "missing"), ("log(-1)*x", "x", "expr", "no real number"),
    ("cross_entropy(x, y)", "y", "wrt", "not a tensor"), ("(((", "x", "expr", "not closed"), ("x'*x", "+", "wrt", "missing"),
    ("norm(x) + W*x", "x", "expr", "not declared"), ("norm(x) % 2", "x", "expr", "comment"),
])
def test_an_error_says_which_field_it_is_about(expr: str, wrt: str, field: str, said: str) -> None:
    error = answer("derive", {"expr": expr, "wrt": wrt, "given": "x: n; y: label n"})["error"]
    assert error["field"] == field and said in error["message"]


def test_what_is_to_be_tried_is_typeset_only_where_it_is_a_formula() -> None:
    words, formula = (answer("verify", {"text": text, "given": "x: n"})["lines"][0]
                      for text in ("}}{{", "\\nabla_x (x'*x + \\|x\\|^2) = 2x + x"))
    assert words["suggested"] is None and words["shown"][-1].startswith("try: close the bracket")
    assert "<math" in formula["suggested"] and not any(each.startswith("should") for each in formula["shown"])


def test_names_of_a_result_are_set_as_mathematics() -> None:
    (found,) = answer("show", {"expr": "layer_norm(x)'*u", "given": "x: n; u: n", "wrt": "x"})["results"]
    assert {"<math><mi>μ</mi></math>", "<math><mi>s</mi></math>"} <= {name for name, _ in found["names"]}
    assert "<mtext>cross_entropy</mtext>" in answer("preview", {"expr": "cross_entropy(x, x)", "given": "x: n"})["reading"]


def test_a_name_that_is_no_name_is_cut_short() -> None:
    assert len(answer("preview", {"expr": "x" * 5000})["error"]["message"]) < 100


def test_an_error_of_reading_has_its_place() -> None:
    error = answer("preview", {"expr": "A*q", "given": "A: n n"})["error"]
    assert (error["line"], error["column"], error["token"]) == (1, 3, "q")


@pytest.mark.parametrize("job", JOBS)
def test_every_job_takes_nothing_without_a_crash(job: str) -> None:
    assert "error" in answer(job, {})


@pytest.mark.parametrize("lines", [
    [r"\nabla_w \|Xw - y\|^2 = 2X^\top(Xw - y)"], [r"L = \log(1+e^{-y w^\top x})", r"\nabla_w L = -y\sigma(-y w^\top x) x"],
    [r"\nabla_A \operatorname{tr}(A^\top B) = B"],
    [r"p = \operatorname{softmax}(z)", r"\frac{\partial p}{\partial z} = \operatorname{Diag}(p) - pp^\top"],
    [r"h = \tanh(Wx+b)", r"\frac{\partial h}{\partial x} = \operatorname{diag}(1-h^2)W"], [r"\sum_i x_i y_i = x^\top y"],
])
def test_what_is_missing_can_be_pasted(lines: list[str]) -> None:
    given = "; ".join(each.partition("%")[0].strip() for each in sd.verify(lines, "").needed)
    assert sd.verify(lines, given).lines[-1].status == "proved"


@pytest.mark.parametrize(("text", "wanted"), [
    ("cross_entropy(W*embedding(E, t), y)", "W: m n; E: k n; t: label k; y: label m"),
    ("mse(multi_head_attention(X, ((A, B, C),)), Y)", "X: m n; A: n k; B: n k; C: n m; Y: m m"),
    ("sum(gru_cell(x, h, r=(R, S), z=(T, U), n=(V, W)))",
     "x: m; h: n; R: n m; S: n n; T: n m; U: n n; V: n m; W: n n"),
    ("w'*embedding(E, t)", "w: m; E: n m; t: label n"),
    ("norm(pixel_shuffle(X, 3))", "X: (9*m) n k"), ("det(sqrtm(A))", "A: m m positive-definite"),
    ('einsum("bij,bjk->bik", A, B)', "A: m n k; B: m k p"), ("sum(conv_transpose2d(X, W, stride=2))", "X: m n; W: k p"),
])
def test_what_does_not_read_says_what_to_declare(text: str, wanted: str) -> None:
    assert proposed((text,), "") == wanted
