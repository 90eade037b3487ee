"""What is divided by a sum of exponentials, or by a square root along new axes, is multiplied by its reciprocal."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import symderiv as sd
from symderiv.numeric.reciprocals import by_reciprocals

SOFTMAX = ["t = Z - np.max(Z, axis=-1, keepdims=True)", "np.exp(t, out=t)", "t /= np.sum(t, axis=-1, keepdims=True)"]


def rewritten(*lines: str) -> list[str]:
    """The lines, where N is a size and c is not."""
    return [ast.unparse(s) for s in by_reciprocals(ast.parse("\n".join(lines)).body, {"N"})]


@pytest.mark.parametrize(("lines", "made"), [
    (SOFTMAX, [*SOFTMAX[:2], "t *= 1 / np.sum(t, axis=-1, keepdims=True)"]),
    ([*SOFTMAX, "t[y] -= 1", "t /= N"],
     [*SOFTMAX[:2], "t *= 1 / (N * np.sum(t, axis=-1, keepdims=True))", "t[y] -= 1 / N"]),
    ([*SOFTMAX, "t[y] -= 1", "t /= c"],
     [*SOFTMAX[:2], "t *= 1 / np.sum(t, axis=-1, keepdims=True)", "t[y] -= 1", "t /= c"]),
    (["s = np.sqrt(v)", "x /= s[None, :]", "y = a / s[:, None]"],
     ["s = np.sqrt(v)", "x *= (1 / s)[None, :]", "y = a * (1 / s)[:, None]"])], ids=["softmax", "mean", "number", "root"])
def test_quotients_become_products(lines: list[str], made: list[str]) -> None:
    assert rewritten(*lines) == made


@pytest.mark.parametrize("lines", [
    [SOFTMAX[0].replace("axis=-1", "axis=0"), *SOFTMAX[1:]],  # a sum far below the largest of all may be almost 0
    ["t = Z - np.max(Y, axis=-1, keepdims=True)", *SOFTMAX[1:]], ["t = np.exp(Z)", *SOFTMAX[2:]],
    ["s = np.sqrt(v)", "s -= 1", "x /= s[None, :]"], ["s = np.sqrt(v)", "np.exp(s, out=s)", "x /= s[None, :]"],
    ["x /= v[None, :]"], ["s = np.sqrt(v)", "x /= s"]],
    ids=["other axis", "other array", "no maximum", "less", "in place", "no root", "as large"])
def test_what_may_be_almost_0_stays_below(lines: list[str]) -> None:
    assert rewritten(*lines) == lines


def test_values_are_those_of_the_code_that_is_shown() -> None:
    N, m = sd.dims("N m")
    Z, y = sd.tensor("Z", N, m), sd.label("y", m, shape=(N,))
    d = sd.derive(sd.cross_entropy(Z, y), Z)
    data = {"Z": np.array([[800.0, -800.0, 799.0], [0.0, 1.0, 2.0]], dtype=np.float32), "y": np.array([1, 2])}
    shown: dict[str, object] = {}
    exec(d.source(), shown)
    value = d.numpy()(**data)
    assert value.dtype == np.float32
    np.testing.assert_allclose(value, shown["compiled"](**data), rtol=1e-6)  # type: ignore[operator]
