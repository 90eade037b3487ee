"""What CONTRIBUTING.md adds, a function, an operator, a notation, works as it stands there, and touches few files."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

ASKED = {
    "function": ("""
        n = sd.dims("n")
        x, z = sd.tensor("x", n), sd.tensor("z")
        e = sd.gudermannian(x)
        d = sd.derive(sd.sum(e), x)
        assert str(d.closed) == "1./cosh(x)" and d.check().ok
        assert d.status == "supported" and "no axiom tells of gudermannian" in d.notes[-1]
        assert sd.prove(sd.gudermannian(-x), -e).status == "supported"
        assert sd.prove(e, 2 * sd.arctan(sd.tanh(x / 2))).status == "supported"
        assert sd.parse(str(e), x=x) == sd.parse(latex(e), x=x) == sd.parse("gd(x)", x=x) == e
        assert sd.hessian(sd.sum(e**2), x).check().ok and sd.prove(e, x).status == "refuted"
        assert all("compiled" in sd.derive(sd.sum(e**2), x).source(t) for t in ("numpy", "jax", "torch"))
        given = np.array([-1.5, 0.0, 2.0])
        assert np.allclose(evaluate(e, x=given), compile_numpy(e)[0](x=given))
        assert sd.gudermannian(0) == 0 and eval(sd.python(e), {"sd": sd, "x": x}) == e
        assert Activation("gudermannian").function == "gudermannian"
        """, 1),
    "operator": ("""
        n = sd.dims("n")
        x = sd.tensor("x", n)
        e = sd.total_variation(x)
        data = np.array([1.0, 4.0, 2.0, 2.5])
        assert evaluate(e, x=data) == compile_numpy(e)[0](x=data) == 5.5
        assert str(e) == "total_variation(x)" and latex(e) == r"\\operatorname{TV}\\left(x\\right)"
        assert sd.parse("total_variation(x)", x=x) == e
        loss = e**2 + sd.sum(x**3)
        assert sd.derive(loss, x).check().ok and sd.hessian(loss, x).check().ok
        assert sd.derive(e, x).status == "proved"
        try:
            sd.total_variation(sd.tensor("W", n, n))
        except sd.SymderivError as error:
            assert "vector" in str(error)
        else:
            raise AssertionError
        """, 1),
    "notation": ("""
        n = sd.dims("n")
        A, B = sd.tensor("A", n, n), sd.tensor("B", n, n)
        meant = (A @ B + B @ A) / 2
        assert sd.parse(r"A \\diamond B", A=A, B=B) == sd.parse("A ⋄ B", A=A, B=B) == meant
        assert sd.parse(r"\\operatorname{tr}(A \\diamond B)", A=A, B=B) == sd.trace(meant)
        assert sd.verify(r"\\operatorname{tr}(A \\diamond B) = \\operatorname{tr}(AB)", given="A: n n; B: n n").ok
        assert not sd.verify(r"A \\diamond B = AB", given="A: n n; B: n n").ok
        """, 1),
}
IMPORTS = """
import numpy as np
from sympy import latex
import symderiv as sd
from symderiv.counting.dense import Activation
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
"""


def section(kind):
    (text,) = re.findall(rf"## Adding an? {kind}\n(.*?)(?=\n## |\Z)", GUIDE, re.DOTALL)
    return re.findall(r"```python\n# (\S+)\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("kind", ASKED)
def test_what_the_guide_adds_works_and_touches_few_files(kind, tmp_path):
    asked, files = ASKED[kind]
    shutil.copytree(ROOT / "symderiv", tmp_path / "symderiv")
    for name, code in section(kind):
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write("\n\n" + code)
    touched = [path for path in (tmp_path / "symderiv").rglob("*.py")
               if not filecmp.cmp(path, ROOT / path.relative_to(tmp_path), shallow=False)]
    assert len(touched) == len(section(kind)) == files
    script = IMPORTS + re.sub(r"^ {8}", "", asked, flags=re.MULTILINE)
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
                         env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"})
    assert run.returncode == 0, run.stderr
