"""Code is run by the functions of NumPy that begin their work soonest, and only where these give the same."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import symderiv as sd
from symderiv.numeric.quickest import Quickest


def quickest(*lines: str) -> list[str]:
    """The lines, where A and B are matrices, v and w vectors, c is a number, and nothing is known of what else is read."""
    known = {"A": 2, "B": 2, "v": 1, "w": 1, "c": 0}
    return ast.unparse(Quickest(known, {}).visit(ast.parse("\n".join(lines)))).splitlines()


@pytest.mark.parametrize(("line", "made"), [
    ("t = A @ B @ v", "t = A.dot(B).dot(v)"), ("t = v[:, None] * (c * w)", "t = v[:, None].dot((c * w)[None, :])"),
    ("t = v - np.max(v, axis=-1, keepdims=True)", "t = v - np.maximum.reduce(v)"),
    ("v *= 1 / (c * np.sum(v, axis=-1, keepdims=True))", "v *= 1 / (c * np.add.reduce(v))"),
    ("t = np.greater(v, 0).astype(dtype) * w", "t = np.greater(v, 0) * w"),
    ("t = np.sum(v) + np.sum(A)", "t = np.add.reduce(v) + np.add.reduce(A, axis=None)")])
def test_what_begins_soonest_is_run(line: str, made: str) -> None:
    assert quickest(line) == [made]


@pytest.mark.parametrize("line", [
    "t = A @ X", "t = v[:, None] * A", "t = v[:, None] * x", "t = np.maximum.reduce(v, axis=-1, keepdims=True)",
    "t = A - np.maximum.reduce(A, axis=-1, keepdims=True)", "t = np.greater(v, 0).astype(dtype) * 2",
    "t = np.greater(v, 0).astype(dtype) * np.less(w, 0).astype(dtype)", "t = np.greater(v, 0).astype(dtype)",
    "t = (lambda v: v[:, None] * w)(A)"])
def test_what_is_not_known_to_be_the_same_stays(line: str) -> None:
    assert quickest(line) == [line]
    assert quickest("y = np.greater(v, 0)", "t = y * np.less(w, 0).astype(dtype)")[1].endswith("astype(dtype)")


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_values_are_those_of_the_code_that_is_shown(kind: type) -> None:
    x, W = sd.tensor("x", sd.dims("n")), sd.tensor("W", *sd.dims("m n"))
    data = {"x": np.array([-1.0, 2.0, 4.0], kind), "W": np.array([[1.0, -2.0, 0.5], [0.3, 1.0, -1.0]], kind)}
    for d in (sd.derive(sd.softmax(x), x), sd.derive(sd.sum(sd.relu(W @ x) * sd.softmax(W @ x)), W),
              sd.derive(sd.exp(x - sd.sum(x, keepdims=True)), x), sd.hessian(sd.logsumexp(W @ x), x)):
        shown: dict[str, object] = {}
        exec(d.source(), shown)
        f = d.numpy()
        used = {name: data[name] for name in f.names if name in data}
        for _ in range(2):  # the second call takes the short way
            assert f(**used).dtype == kind
            np.testing.assert_allclose(f(**used), shown["compiled"](**used), rtol=1e-5)  # type: ignore[operator]
