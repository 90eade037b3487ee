"""What does ``import symderiv`` cost beside ``import sympy``?  Fresh processes in turn, bytecode written for both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from .measure import Figure, shown

ROOT = Path(__file__).resolve().parent.parent
CODE = "import time; t = time.process_time(); import {module}; print(time.process_time() - t)"


def seconds(module: str, environment: dict[str, str]) -> float:
    """The time of one import in a new process, the start of the interpreter left out."""
    done = subprocess.run([sys.executable, "-c", CODE.format(module=module)], capture_output=True, text=True,
                          check=True, env=environment, cwd=ROOT)
    return float(done.stdout)


def figures(repetitions: int = 11) -> list[Figure]:
    """The ratio of the medians, medians of fresh processes in turn."""
    with tempfile.TemporaryDirectory() as folder:
        cached = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        cached |= {"PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": str(ROOT)}
        seconds("symderiv", cached)
        found: dict[str, list[float]] = {"sympy": [], "symderiv": []}
        for _ in range(repetitions):
            for module, values in found.items():
                values.append(seconds(module, cached))
    sympy, ours = (statistics.median(found[m]) for m in ("sympy", "symderiv"))
    return [Figure("`import symderiv` / `import sympy`", f"{ours / sympy:.2f} ({shown(ours)} / {shown(sympy)})",
                   "≤ 1.10", ours / sympy <= 1.1)]
