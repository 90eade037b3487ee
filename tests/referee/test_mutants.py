"""Changed right lines are found wrong; changes that leave a line true are seen to be true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from symderiv.reader import declare
from symderiv.reader.syntax import tree as t
from symderiv.reader.syntax.latex import latex
from symderiv.reader.syntax.lines import parse_line
from symderiv.referee import verify
from symderiv.referee.edits import spots

LINES = [
    ("softmax", "z, y: n\nsum_i y_i = 1\np_i = exp(z_i)/sum_j exp(z_j)\nL = -sum_i y_i*log(p_i)",
     r"\frac{\partial L}{\partial z_k} = -\sum_i y_i(\delta_{ik} - p_k)"),
    ("network", "W: m n; x: n; V: k m; t: k\nh = tanh(W*x)\nL = norm(V*h - t)^2\n\\odot: elementwise",
     r"\frac{\partial L}{\partial W} = 2(V^\top(Vh - t)\odot(1-h^2))x^\top"),
    ("convolution", "x: n; w: k; k <= n; y: n-k+1\ny_i = sum_{j=1}^k x_{i+j-1}*w_j\nL: function of y",
     r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^{n-k+1}\frac{\partial L}{\partial y_i}x_{i+j-1}"),
]
ACCEPTED = ("proved", "supported")


def mutants(tree: t.Tree) -> Iterator[tuple[str, t.Tree]]:
    """A flipped sign, a dropped transpose, a shifted index, a dropped sum, twice the whole."""
    for node, put in spots(tree):
        if isinstance(node, t.Terms) and not _index(tree, node):
            for k, sign in enumerate(node.signs):
                yield "sign", put(replace(node, signs=(*node.signs[:k], -sign, *node.signs[k + 1:])))
        elif isinstance(node, t.Transpose):
            yield "transpose", put(node.base)
        elif isinstance(node, t.Big):
            yield "sum", put(t.Bracket(node.body))
        elif isinstance(node, t.Subscripted):
            for k, position in enumerate(node.positions):
                if isinstance(position, t.Letter):
                    moved = t.Terms((position, t.Number("1")), (1, 1))
                    yield "shift", put(replace(node, positions=(*node.positions[:k], moved, *node.positions[k + 1:])))
    yield "scale", t.Factors((t.Number("2"), t.Bracket(tree)), ("",))


def _index(tree: t.Tree, node: t.Terms) -> bool:
    """Whether a sum stands in an index position or at the end of a range, where zero extension may forgive a change."""
    return any(node in n.positions or any(node is x for p in n.positions for x in t.walk(p))
               for n in t.walk(tree) if isinstance(n, t.Subscripted)) or any(
        node is end for n in t.walk(tree) if isinstance(n, t.Big) for b in n.binders for end in (b.low, b.high))


@pytest.mark.parametrize(("given", "line"), [pytest.param(g, x, id=name) for name, g, x in LINES])
def test_mutants_are_found_wrong(given: str, line: str) -> None:
    assert verify([line], given).lines[0].status in ACCEPTED
    relation = parse_line(line, declare(given)).parts[0]
    assert isinstance(relation, t.Relation)
    left, right = relation.sides
    assert left is not None and right is not None
    changed = [(kind, f"{latex(left)} = {latex(new)}") for kind, new in mutants(right)]
    assert len({kind for kind, _ in changed}) >= 3
    report = verify([text for _, text in changed], given)
    for verdict, (kind, text) in zip(report.lines, changed, strict=True):
        assert verdict.status in ("refuted", "ill-typed", "undeclared", "unread"), f"{kind}: {text}"
    assert sum(v.status in ("refuted", "ill-typed") for v in report.lines) >= 0.8 * len(changed)


@pytest.mark.parametrize(("line", "accepted"), [(r"(I-dA)y = b", True), (r"(I+dA)y = b", False),
                                                (r"\nabla_b x^\top y = (I-dA)^{-1}x", False)])
def test_a_scalar_d_in_front_of_a_matrix_is_a_factor(line: str, accepted: bool) -> None:
    found = verify([line], "A: n n; x, b: n; d: scalar; y = inv(I - d*A)*b").lines[0]
    assert (found.status in ACCEPTED, found.wrong) == (accepted, not accepted)
    assert found.suggestion is None or "}^" not in found.suggestion or "}}^" in found.suggestion


@pytest.mark.parametrize("right", [
    r"c(x^\top - z) + 2A^\top s", r"cx - cz^\top + 2A^\top s", r"c(x-z)\odot y^\top + 2A^\top s"])
def test_a_vector_that_is_transposed_in_a_sum_of_columns_is_a_slip(right: str) -> None:
    given = "x, z, s, y: n; A: n n; c: scalar; q = c*(x - z) + 2*A'*s; r = c*(x-z).*y + 2*A'*s"
    assert verify([f"{'r' if 'y' in right else 'q'} = {right}"], given).lines[0].status == "ill-typed"


@pytest.mark.parametrize(("line", "given"), [
    (r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^{n}\frac{\partial L}{\partial y_i}x_{i+j-1}", LINES[2][1]),
    (r"\frac{\partial L}{\partial z_k} = p_k\sum_i y_i - y_k", LINES[0][1]),
    (r"\frac{\partial L}{\partial W} = 2((1-h^2)\odot V^\top(Vh - t))x^\top", LINES[1][1]),
    (r"\frac{\partial L}{\partial W} = 2\operatorname{diag}(1-h\odot h)V^\top(Vh - t)x^\top", LINES[1][1]),
    (r"x^\top A x = x^\top A^\top x", "A: n n; x: n"),
])
def test_changes_that_leave_a_line_true_are_accepted(line: str, given: str) -> None:
    assert verify([line], given).lines[0].status in ACCEPTED
