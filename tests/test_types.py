"""What a type checker knows of the public names: this file runs, and ./run lint reads it with mypy --strict.

Where a line says ``type: ignore``, mypy must find the mistake: it warns of one that is not needed.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import assert_type, get_overloads

import pytest

import symderiv as sd
from symderiv.differentiation.joint import Derivations
from symderiv.numeric.compiled import CompiledFunction
from symderiv.referee.report import Line, Report

n = sd.dims("n")
x, A = sd.tensor("x", n), sd.tensor("A", n, n)


def test_what_depends_on_what_was_asked_has_overloads() -> None:
    assert_type(sd.derive(x @ A @ x, x), sd.Derivation)
    assert_type(sd.derive(x @ A @ x, (x, A)), Derivations)
    assert_type(sd.derive(x @ A @ x, [x, A]), Derivations)
    assert_type(sd.vjp(A @ x, x), sd.Derivation)
    assert_type(sd.vjp(A @ x, (x, A)), Derivations)
    assert_type(sd.hessian(x @ A @ x, x), sd.Derivation)
    assert all(len(get_overloads(inspect.unwrap(f))) == 3 for f in (sd.derive, sd.vjp))


def test_answers_have_types() -> None:
    assert_type(sd.derive(x @ x, x).numpy(), CompiledFunction)
    assert_type(sd.prove(x, x), sd.Verdict)
    assert_type(sd.prove(x, x).status, str)
    assert_type(sd.verify("x = x", "x: n"), Report)
    assert_type(sd.verify(["x = x"], {"x": x}).lines[0], Line)


def test_mistakes_are_found_by_who_checks_types() -> None:
    with pytest.raises(AttributeError):
        sd.softmx(x)  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        sd.tanh(x, 1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        sd.softmax(x, axs=0)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        print(sd.prove(x, x).counterexmple)  # type: ignore[attr-defined]
    with pytest.raises(sd.SymderivError):
        sd.hessian(x @ A @ x, (x, A))


def test_every_public_name_is_there_without_running_anything() -> None:
    """Type checkers and editors run nothing: a name that only a computed list says is no name to them."""
    package, told = Path(sd.__file__).parent, set[str]()
    for node in ast.walk(ast.parse((package / "__init__.py").read_text())):
        if isinstance(node, ast.ImportFrom):
            told |= {each.asname for each in node.names if each.asname and each.asname == each.name}
    for family in (package / "layers").glob("[a-z]*.py"):
        for node in ast.parse(family.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                told.add(node.name)
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                assert isinstance(ast.literal_eval(node.value), list)
            elif isinstance(node, ast.If):
                told |= {name.id for each in ast.walk(node) if isinstance(each, ast.Assign) for name in each.targets
                         if isinstance(name, ast.Name)}
    assert told >= set(getattr(sd, "__all__"))  # noqa: B009
