"""The operator that CONTRIBUTING.md adds is one: its code is taken from there, and the registry's checks run on it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sympy import latex

import symderiv as sd
from symderiv.arrays.operator import OPERATORS
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
n = sd.dims("n")
x = sd.tensor("x", n)


@pytest.fixture
def example():
    before = set(OPERATORS)
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    exec(compile(block, str(GUIDE), "exec"), {})
    (name,) = set(OPERATORS) - before
    try:
        yield OPERATORS[name].example()
    finally:
        del OPERATORS[name]


def test_it_is_short():
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    code = [line for line in block.splitlines() if line.strip() and not line.startswith(("from", "import"))]
    assert len(code) <= 20


def test_its_value_and_its_writing(example):
    data = np.array([1.0, 4.0, 2.0, 2.5])
    assert evaluate(example, x=data) == compile_numpy(example)[0](x=data) == 5.5
    assert str(example) == "total_variation(x)" and latex(example) == r"\operatorname{TV}\left(x\right)"
    assert sd.parse("total_variation(x)", x=x) == example


def test_its_derivatives_follow(example):
    loss = example**2 + sd.sum(x**3)
    for d in (sd.derive(loss, x), sd.hessian(loss, x)):
        assert d.check().ok
    assert sd.derive(example, x).status == "proved"


def test_it_refuses_what_does_not_conform(example):
    with pytest.raises(sd.SymderivError, match="vector"):
        example.op(sd.tensor("W", n, n))
