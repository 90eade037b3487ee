"""A notebook's cell magic, and what the package shows of itself."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import symderiv as sd
from symderiv.web.doctor import findings


class Shell:
    """As much of IPython as an extension sees."""

    def __init__(self) -> None:
        self.magics: dict[str, Any] = {}
        self.display_formatter = self
        self.formatters: dict[str, Any] = defaultdict(lambda: self)

    def for_type(self, kind: type, write: Any) -> None:
        assert write(sd.dims("n") + 1).count("<math") == 1

    def register_magic_function(self, function: Any, magic_kind: str, magic_name: str) -> None:
        assert magic_kind == "cell"
        self.magics[magic_name] = function


def test_a_cell_is_refereed_and_shows_itself() -> None:
    shell = Shell()
    sd.load_ipython_extension(shell)
    report = shell.magics["verify"]("x: n", "L = x^\\top x\n\\nabla_x L = x")
    assert report.first_wrong == 1 and "<math" in report._repr_html_()


def test_only_public_names_are_listed() -> None:
    assert dir(sd) == sorted(sd.__all__)


def test_what_is_missing_says_how_to_get_it() -> None:
    found = {each.name: each for each in findings()}
    assert found["sympy"].found and found["numpy"].found
    assert all(each.found or each.get in str(each) for each in found.values())


m, n = sd.dims("m n")
A, x = sd.tensor("A", n, n), sd.tensor("x", n)


@cache
def d() -> sd.Derivation:
    return sd.derive(x @ A @ x, x)


SHOWN: dict[str, Callable[[], Any]] = {
    "derivation": d, "derivations": lambda: sd.derive(x @ A @ x, (x, A)), "closed form": lambda: d().closed,
    "proof": lambda: d().proof, "tensor": lambda: A, "verdict": lambda: sd.prove(x @ x, sd.sum(x * x)),
    "refuted": lambda: sd.prove(x @ x, sd.sum(x)), "check": lambda: d().check(),
    "graph": lambda: d().graph(),
    "report": lambda: sd.verify([r"\nabla_x x^\top x = x"], "x: n"),
    "line": lambda: sd.verify([r"\nabla_x x^\top x = x"], "x: n").lines[0],
    "session": lambda: (s := sd.session("x: n"), s.step("x'x = x'x"))[0],
    "function": lambda: sd.function("phi").derivative(2),
    "structure": lambda: sd.hessian(sd.logsumexp(x), x).structure,
    "code": lambda: d().numpy(), "value and gradient": lambda: sd.value_and_grad(x @ A @ x, x),
    "recurrence": lambda: sd.recurrence(x, sd.tanh(A @ x), sd.indices("t", m)),
    "solution": lambda: sd.solve_stationary(sd.norm(A @ x - x)**2, x),
    "backward": lambda: sd.check_backward(x @ A @ x, x, lambda x, A: A @ x),
    "update": lambda: sd.sgd(x[1]**2, x, rate=sd.tensor("g")),
    "moment": lambda: sd.variance(x @ sd.random("z", n, mean=0, var=1, iid=True)),
}


@pytest.mark.parametrize("result", SHOWN.values(), ids=SHOWN)
def test_every_result_shows_itself_without_a_network_and_in_latex(result: Callable[[], Any]) -> None:
    result = result()
    bundle = result._repr_mimebundle_() if hasattr(result, "_repr_mimebundle_") else {
        "text/html": result._repr_html_(), "text/latex": result._repr_latex_(), "text/plain": str(result)}
    html = bundle["text/html"].replace("http://www.w3.org", "")
    assert "http" not in html and "<script" not in html and "src=" not in html
    assert any(part in html for part in ("<math", "<pre", "<svg"))
    assert bundle["text/latex"].startswith(("$", "\\begin", "\\paragraph")) and bundle["text/plain"]
    if hasattr(result, "status") and result.status != "proved":
        assert result.status in html


def test_a_refuted_claim_and_a_proof_show_what_matters() -> None:
    assert "counterexample" in SHOWN["refuted"]()._repr_html_().lower()
    assert SHOWN["proof"]()._repr_html_().count("<details") == 3
    assert "factor 2 lost" in SHOWN["report"]()._repr_html_()
    html = SHOWN["backward"]()._repr_html_()
    assert "term A.T missing" in html and "<math" in html and "should be" not in html


CELLS = ["import symderiv as sd\nm, n = sd.dims('m n')\nA, x = sd.tensor('A', n, n), sd.tensor('x', n)",
         "d = sd.derive(x @ A @ x, x)\nd", "d.proof", "sd.prove(x @ x, sd.sum(x*x))", "d.closed"]


def test_a_notebook_of_jupyter_runs() -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs nbclient and ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbclient and ipykernel")
    cells = [*CELLS, "%load_ext symderiv", "%%verify x: n\n\\nabla_x x^\\top x = x", "d.index"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, timeout=300).execute()
    shown = [cell.outputs[0].data for cell in book.cells if cell.outputs]
    assert len(shown) == 6 and all("<math" in each["text/html"] and each["text/latex"] for each in shown)
    assert "refuted" in shown[4]["text/html"]


MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    import symderiv as sd
    n = sd.dims("n")
    A, x = sd.tensor("A", n, n), sd.tensor("x", n)
    return A, sd, x

@app.cell
def _(A, sd, x):
    sd.derive(x @ A @ x, x)
    return

@app.cell
def _(A, sd, x):
    sd.prove(x @ A @ x, x @ A.T @ x)
    return
"""


def test_a_notebook_of_marimo_is_exported(tmp_path: Path) -> None:
    pytest.importorskip("marimo", reason="needs marimo")
    (tmp_path / "book.py").write_text(MARIMO)
    ran = subprocess.run([sys.executable, "-m", "marimo", "-q", "-y", "export", "html", "book.py", "-o", "book.html"],
                         cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert (tmp_path / "book.html").read_text().count("math display") >= 2
