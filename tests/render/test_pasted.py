"""What ``latex()`` gives compiles where it is pasted: in a document of amsmath alone, each fragment by itself."""

from __future__ import annotations

import re

import pytest

import symderiv as sd
from symderiv.errors import OutputError
from symderiv.reader import declare, parse
from symderiv.render import pdf

PREAMBLE = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n"
DERIVED = [
    ("cross_entropy(W*x, y)", "W: m n; x: n; y: label m", "W"), ("norm(W*x - y)^2", "W: m n; x: n; y: m", "W"),
    ("x'*A*x", "A: n n; x: n", "x"), ("softmax(z)", "z: m", "z"), ("log(det(X))", "X: n n positive_definite", "X"),
    ("tr(A*inv(X)*B)", "A: n n; B: n n; X: n n invertible", "X"), ("sum(relu(W*x + b))", "W: m n; x: n; b: m", "b"),
    ("sum(log(1 + exp(x)))", "x: n", "x"), ("mean((x - mean(x))^2)", "x: n", "x"), ("tr(expm(X))", "X: n n", "X"),
    ("a*x^2 + b", "a, b, x: scalar", "x"), ("norm1(x_1 - k_1)", "x_1: n; k_1: n", "x_1"), ("prod(x)", "x: n", "x"),
    ("sum(tanh(W*x) .* sigmoid(V*x))", "W: k m; V: k m; x: m", "x"), ("max(x)", "x: n", "x"),
]


def fragments():
    """Results and proofs at every grain, each with what it is of."""
    for text, given, wrt in DERIVED:
        context = declare(given)
        d = sd.derive(parse(text, context), parse(wrt, context), assuming=context.assuming)
        yield text, rf"\[ {d.latex()} \]"
        yield from ((text, d.proof.latex(grain)) for grain in ("answer", "steps", "rewrites"))


@pytest.mark.skipif(pdf.tex_engine() is None, reason="no TeX engine is installed")
def test_every_fragment_compiles_where_there_is_amsmath_alone():
    pieces = list(fragments())
    # One document for speed; each fragment is a group that says where it begins, so that TeX's complaint names it.
    body = "".join(rf"\typeout{{fragment {k}}}\begingroup " + "\n" + text + "\n\\endgroup\\par\n"
                   for k, (_, text) in enumerate(pieces))
    try:
        _, log = pdf.typeset(PREAMBLE + body + "\\end{document}\n")
    except OutputError as error:
        line = int(found[1]) if (found := re.search(r"l\.(\d+)", str(error))) else 0
        before = (PREAMBLE + body).split("\n")[:line]
        last = max((int(k) for k in re.findall(r"fragment (\d+)", "\n".join(before))), default=0)
        pytest.fail(f"{pieces[last][0]}: {error}\n{pieces[last][1]}")
    assert log.count("fragment ") >= len(pieces)
