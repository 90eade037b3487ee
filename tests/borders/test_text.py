"""No text is evaluated, wherever it stands: every public call, every layer's every parameter, and the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symderiv
from tests.source import nodes, reads_the_source

ROOT = Path(symderiv.__file__).parent
COMPILES = {"numeric/compiled.py": {"exec", "compile"}}
"""Where our own generated NumPy code becomes a function; ``compile`` and ``eval`` of SymPy's or ours are methods."""
BANNED = {"eval", "exec", "compile", "sympify", "parse_expr", "lambdify", "S", "literal_eval", "auto_symbol", "__import__"}


@pytest.mark.parametrize("part", ["public descriptions operators", "foreign results names"])
def test_no_payload_runs_and_every_refusal_is_ours(part):
    done = subprocess.run(
        [sys.executable, "-m", "tests.borders.walk", *part.split()],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == "", done.stdout[:2000]


@reads_the_source
def test_the_source_evaluates_no_text():
    found = []
    for path, node in nodes(rf"\b({'|'.join(sorted(BANNED))})\s*\("):
        called = node.func if isinstance(node, ast.Call) else None
        word = (
            called.id
            if isinstance(called, ast.Name)
            else called.attr
            if isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id in ("sympy", "builtins")
            else ""
        )
        if word in BANNED - COMPILES.get(path.as_posix(), set()):
            found.append(f"{path}:{node.lineno}: {word}(...)")
    assert not found, "text could be evaluated: " + ", ".join(found)
