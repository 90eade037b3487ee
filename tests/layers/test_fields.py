"""What records say of signs and of symmetry, at numbers."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import preorder_traversal

import symderiv as sd
from symderiv.arrays.arrays import Apply, Tensor
from symderiv.arrays.operator import OPERATORS
from symderiv.numeric.evaluate import evaluate
from symderiv.numeric.sampling import sample


def values(op, positive=False):
    expr = next(node for node in preorder_traversal(op.example()) if isinstance(node, Apply) and node.op is op)
    point = sample([expr], 3).everything
    if positive:
        labels = {t.name for t in expr.free_symbols if isinstance(t, Tensor) and t.label_size is not None}
        point = {k: np.abs(v) + 0.25 if isinstance(v, np.ndarray) and k not in labels and v.dtype.kind == "f" else v
                 for k, v in point.items()}
    return np.asarray(evaluate(expr, **point), float)


@pytest.mark.parametrize("op", [op for op in OPERATORS.values() if op.sign], ids=repr)
def test_signs_are_those_of_the_values(op):
    found = values(op)
    assert (found > 0).all() if op.sign == 2 else (found >= 0).all()


@pytest.mark.parametrize("op", [op for op in OPERATORS.values() if op.keeps_sign], ids=repr)
def test_positive_operands_make_entries_of_their_sign(op):
    found = values(op, positive=True)
    assert (found > 0).all() if op.keeps_sign == 2 else (found >= 0).all()


def test_what_is_called_symmetric_is():
    n, m = sd.dims("n m")
    x, A, S = sd.tensor("x", n), sd.tensor("A", n, m), sd.tensor("S", n, n, symmetric=True)
    made = [sd.eye(n), sd.diag(x), sd.inv(S), S.T, S + A @ A.T, S * S, S**2, sd.outer(x, x), A @ A.T, A @ A.T @ S @ A @ A.T,
            sd.ones(n, n), sd.exp(S), 2 * S]
    for expr in made:
        assert isinstance(expr, Apply | Tensor)
        assert (expr.T - expr) == sd.zeros(n, n) or sd.prove(expr.T, expr).status == "proved"
    assert sd.prove((S @ sd.diag(x)).T, S @ sd.diag(x)).status == "refuted"
