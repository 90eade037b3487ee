"""How long do checking ``derivations/`` and making a book of it take?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from .imports import ROOT
from .measure import Figure, shown


def figures() -> list[Figure]:
    """Wall-clock times of commands in new processes, their start included; of the book without TeX, first and again."""
    files = sorted((ROOT / "derivations").glob("*.py"))
    question = f"`symderiv check derivations` ({len(files)} files)"
    if not files:
        return [Figure(question, "nothing to check", "< 20 s", None)]
    with tempfile.TemporaryDirectory() as folder:
        book = ("book", "derivations", "--no-pdf", "-o", os.path.join(folder, "book"))
        return [_figure(question, 20, folder, "check", "derivations"),
                _figure("`symderiv book derivations`, LaTeX and HTML, from cold", 30, folder, *book),
                _figure("the same when nothing has changed", 3, folder, *book)]


def _figure(question: str, bar: float, folder: str, *arguments: str) -> Figure:
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "symderiv", *arguments], capture_output=True, text=True, check=False,
                          cwd=ROOT, env={**os.environ, "XDG_CACHE_HOME": folder})
    spent = time.perf_counter() - begin
    return Figure(question, shown(spent), f"< {bar:g} s", spent < bar and done.returncode == 0,
                  "" if done.returncode == 0 else "it reports failures")
