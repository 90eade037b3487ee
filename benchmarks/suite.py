"""How long does the whole suite in ``derivations/`` take to check?"""

from __future__ import annotations

import subprocess
import sys
import time

from .imports import ROOT
from .measure import Figure, shown


def figures() -> list[Figure]:
    """The wall-clock time of ``symderiv check derivations`` in a new process, its start included."""
    files = sorted((ROOT / "derivations").glob("*.py"))
    question = f"`symderiv check derivations` ({len(files)} files)"
    if not files:
        return [Figure(question, "nothing to check", "< 20 s", None)]
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "symderiv", "check", "derivations"], capture_output=True, text=True,
                          check=False, cwd=ROOT)
    spent = time.perf_counter() - begin
    return [Figure(question, shown(spent), "< 20 s", spent < 20 and done.returncode == 0,
                   "" if done.returncode == 0 else "it reports failures")]
